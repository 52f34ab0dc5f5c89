/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments put together: order, copies, overlaps, identity, what is inside again. */
#include "defrag_rig.h"

static void in_order_and_out_of_order_give_the_same_datagram(void **state) {
    (void)state;
    uint8_t p[100];
    udp(p, sizeof p);
    static const int orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
    for (size_t k = 0; k < sizeof orders / sizeof *orders; k++)
        for (int six = 0; six < 2; six++) {
            struct rig r;
            begin(&r, NULL);
            for (int i = 0; i < 3; i++) {
                uint32_t off = (uint32_t)orders[k][i] * 40, n = off == 80 ? 20 : 40;
                assert_int_equal(r.n, 0);
                assert_true(six ? frag6(&r, 9, off, off < 80, p + off, n) : frag4(&r, 9, off, off < 80, p + off, n));
            }
            assert_int_equal(r.n, 1);
            assert_int_equal(r.at[0].n, sizeof p);
            assert_memory_equal(r.at[0].payload, p, sizeof p);
            assert_int_equal(r.at[0].upper, SKP_UDP);
            assert_true(r.at[0].reassembled && !r.at[0].fragment && r.at[0].d.complete);
            assert_int_equal(r.at[0].d.problems, 0);
            assert_int_equal(stats(&r).bytes, 4 * sizeof(uint64_t)); /* what tells copies, for a second */
            finish(&r);
        }
}

static void what_is_no_fragment_is_not_taken(void **state) {
    (void)state;
    uint8_t p[64], q[128];
    struct rig r;
    udp(p, 40);
    begin(&r, NULL);
    assert_false(frag6(&r, 1, 0, false, p, 40)); /* atomic: RFC 6946 */
    uint32_t n = v6(q, 1, 0, true, 17, p, 40);
    assert_false(feed(&r, q, n - 8, n)); /* not all of it was captured */
    assert_int_equal(stats(&r).fragments, 0);
    finish(&r);
}

static void identical_copies_are_no_overlap_and_late_ones_are_swallowed(void **state) {
    (void)state;
    uint8_t p[80];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    for (int copy = 0; copy < 2; copy++)
        frag6(&r, 5, 0, true, p, 40);
    for (int copy = 0; copy < 3; copy++)
        frag6(&r, 5, 40, false, p + 40, 40);
    assert_int_equal(r.n, 1);
    assert_int_equal(r.at[0].d.problems, SK_FRAG_DUPLICATE);
    r.now += 2 * SK_SEC; /* the identification is used anew */
    frag6(&r, 5, 0, true, p, 40);
    frag6(&r, 5, 40, false, p + 40, 40);
    assert_int_equal(r.n, 2);
    assert_int_equal(r.at[1].d.problems, 0);
    finish(&r);
}

/* A harmless datagram first, then another with its identification: a host puts both together, and so do we. */
static void what_follows_a_datagram_under_its_identification_is_given_unless_it_is_a_copy(void **state) {
    (void)state;
    uint8_t p[80], other[40];
    struct rig r;
    udp(p, sizeof p);
    memset(other, 0x5a, sizeof other);
    begin(&r, NULL);
    frag6(&r, 5, 0, true, p, 40);
    frag6(&r, 5, 40, false, p + 40, 40);
    assert_int_equal(r.n, 1);
    for (int copy = 0; copy < 3; copy++) { /* as a mirror shows them: nothing is told */
        frag6(&r, 5, 0, true, p, 40);
        frag6(&r, 5, 40, false, p + 40, 40);
    }
    assert_int_equal(r.n, 1);
    frag6(&r, 5, 0, true, p, 40); /* the first fragment is shared */
    frag6(&r, 5, 40, false, other, 40);
    assert_int_equal(r.n, 2);
    assert_int_equal(r.at[1].d.problems, 0);
    frag6(&r, 5, 0, true, p, 40); /* a copy of the second datagram, backwards */
    frag6(&r, 5, 40, false, other, 40);
    assert_int_equal(r.n, 2);
    frag6(&r, 5, 40, false, p + 40, 40); /* half a copy: silent at the end too */
    sk_defrag_flush(r.t);
    assert_int_equal(r.n, 2);
    finish(&r);
}

static void a_flood_of_copies_that_could_hide_a_fragment_is_told(void **state) {
    (void)state;
    uint8_t p[80];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    frag6(&r, 5, 0, true, p, 40);
    frag6(&r, 5, 40, false, p + 40, 40);
    for (unsigned copy = 0; copy < SK_DEFRAG_FRAGMENTS; copy++)
        frag6(&r, 5, 0, true, p, 40);
    assert_int_equal(r.n, 2);
    assert_true(r.at[1].d.problems & SK_FRAG_TOO_MANY);
    finish(&r);
}

/* In IPv4 from 10.0.0.1 to 10.0.0.2: protocol 41, or GRE that carries IPv6. */
static bool frag6_in(struct rig *r, bool gre, uint32_t off, bool more, const uint8_t *payload, uint32_t n) {
    uint8_t inner[256], outer[300];
    uint32_t len = v6(inner, 5, off, more, 17, payload, n);
    if (!gre) {
        len = v4(outer, 0, 0, false, 41, inner, len);
    } else {
        uint8_t with[260] = {0x00, 0x00, 0x86, 0xdd};
        memcpy(with + 4, inner, len);
        len = v4(outer, 0, 0, false, 47, with, len + 4);
    }
    return feed(r, outer, len, len);
}

static void fragments_in_different_tunnels_of_the_same_ends_are_different_datagrams(void **state) {
    (void)state;
    uint8_t p[80], other[40];
    struct rig r;
    udp(p, sizeof p);
    memset(other, 0xee, sizeof other);
    begin(&r, NULL);
    assert_true(frag6_in(&r, true, 40, false, other, 40));
    assert_true(frag6_in(&r, false, 0, true, p, 40));
    assert_int_equal(r.n, 0);
    assert_true(frag6_in(&r, false, 40, false, p + 40, 40));
    assert_int_equal(r.n, 1);
    assert_int_equal(r.at[0].d.problems, 0);
    assert_memory_equal(r.at[0].payload, p, 80);
    assert_true(frag6_in(&r, true, 0, true, p, 40));
    assert_int_equal(r.n, 2);
    assert_memory_equal(r.at[1].payload + 40, other, 40);
    finish(&r);
}

static void overlaps_that_differ_are_given_both_ways(void **state) {
    (void)state;
    uint8_t p[80], other[40];
    struct rig r;
    udp(p, sizeof p);
    memset(other, 0xee, sizeof other);
    begin(&r, NULL);
    frag6(&r, 6, 40, false, p + 40, 40);
    frag6(&r, 6, 40, false, other, 40);
    assert_int_equal(r.n, 0);
    frag6(&r, 6, 0, true, p, 40);
    assert_int_equal(r.n, 2);
    assert_true(r.at[0].d.problems & SK_FRAG_CONFLICT);
    assert_true(r.at[0].d.more_variants && !r.at[0].d.keeps_last);
    assert_true(r.at[1].d.keeps_last && !r.at[1].d.more_variants);
    assert_memory_equal(r.at[0].payload, p, 80);
    assert_memory_equal(r.at[1].payload, p, 40);
    assert_memory_equal(r.at[1].payload + 40, other, 40);
    assert_int_equal(stats(&r).conflicts, 1);
    finish(&r);
}

static void partial_overlaps_that_agree_are_named_and_given_once(void **state) {
    (void)state;
    uint8_t p[80];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    frag4(&r, 7, 0, true, p, 48);
    frag4(&r, 7, 40, false, p + 40, 40);
    assert_int_equal(r.n, 1);
    assert_int_equal(r.at[0].d.problems, SK_FRAG_OVERLAP);
    assert_memory_equal(r.at[0].payload, p, 80);
    finish(&r);
}

/* Of IPv6 the headers of a later fragment show who speaks; one that looks like neighbour discovery goes before others,
 * the first fragment before all. */
static void without_a_first_fragment_the_headers_of_a_later_one_are_given(void **state) {
    (void)state;
    static const uint8_t na[24] = {136};
    uint8_t p[80], q[128];
    struct rig r;
    udp(p, sizeof p);
    for (unsigned with = 0; with < 3; with++) {
        begin(&r, NULL);
        frag6(&r, 9, 40, false, p + 40, 40);
        if (with) {
            uint32_t n = v6(q, 9, 8, true, 58, na, sizeof na);
            q[7] = 255;
            feed(&r, q, n, n);
        }
        if (with == 2)
            frag6(&r, 9, 0, true, p, 8);
        sk_defrag_flush(r.t);
        assert_int_equal(r.n, 1);
        assert_true(!r.at[0].d.complete && r.at[0].fragment && !r.at[0].reassembled);
        assert_int_equal((r.at[0].d.problems & SK_FRAG_NO_FIRST) != 0, with == 1);
        assert_int_equal(stats(&r).bytes, 0);
        finish(&r);
    }
    begin(&r, NULL); /* the datagram was given: a part of a copy of it says nothing new */
    frag6(&r, 9, 0, true, p, 40);
    frag6(&r, 9, 40, false, p + 40, 40);
    p[79] ^= 1;
    frag6(&r, 9, 40, false, p + 40, 40);
    sk_defrag_flush(r.t);
    assert_int_equal(r.n, 1);
    finish(&r);
}

static void what_never_ends_is_given_as_far_as_its_first_fragment(void **state) {
    (void)state;
    uint8_t p[80];
    struct rig r;
    udp(p, sizeof p);
    for (int six = 0; six < 2; six++) {
        sk_time limit = (six ? 60 : 30) * SK_SEC;
        begin(&r, NULL);
        six ? frag6(&r, 8, 0, true, p, 40) : frag4(&r, 8, 0, true, p, 40);
        frag4(&r, 9, 40, false, p, 40); /* its beginning never comes */
        sk_defrag_tick(r.t, r.now + limit - 1);
        assert_int_equal(r.n, 0);
        sk_defrag_tick(r.t, r.now + limit);
        assert_int_equal(r.n, 1);
        assert_true(!r.at[0].d.complete && r.at[0].fragment && !r.at[0].reassembled);
        assert_true(r.at[0].d.problems & SK_FRAG_INCOMPLETE);
        assert_int_equal(r.at[0].n, 40);
        assert_int_equal(stats(&r).incomplete, 2);
        assert_int_equal(stats(&r).bytes, 0);
        finish(&r);
    }
}

static void a_flush_gives_everything_in_the_order_of_its_beginning(void **state) {
    (void)state;
    uint8_t p[40];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    for (uint32_t i = 0; i < 20; i++)
        i % 2 ? frag6(&r, 100 - i, 0, true, p, 40) : frag4(&r, (uint16_t)(100 - i), 0, true, p, 40);
    sk_defrag_flush(r.t);
    assert_int_equal(r.n, 20);
    for (size_t i = 1; i < r.n; i++)
        assert_true(r.at[i - 1].d.first_seq < r.at[i].d.first_seq);
    finish(&r);
}

static void identity_is_addresses_id_and_for_ipv4_the_protocol(void **state) {
    (void)state;
    uint8_t p[80], q[128];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    frag4(&r, 1, 0, true, p, 40);
    uint32_t n = v4(q, 1, 40, false, 6, p + 40, 40); /* another protocol */
    feed(&r, q, n, n);
    n = v4(q, 1, 40, false, 17, p + 40, 40);
    q[15] = 9; /* another source */
    feed(&r, q, n, n);
    assert_int_equal(r.n, 0);
    frag4(&r, 1, 40, false, p + 40, 40);
    assert_int_equal(r.n, 1);
    finish(&r);
}

/* 6in4 whose outer and inner packets are both in fragments. */
static void fragments_inside_fragments_are_put_together_too(void **state) {
    (void)state;
    uint8_t p[80], inner[2][128], outer[256];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    r.again = true;
    for (int i = 0; i < 2; i++) {
        uint32_t n = v6(inner[i], 77, (uint32_t)i * 40, i == 0, 17, p + i * 40, 40);
        for (uint32_t off = 0; off < n; off += 48) {
            uint32_t k = n - off < 48 ? n - off : 48;
            uint32_t len = v4(outer, (uint16_t)(20 + i), off, off + k < n, 41, inner[i] + off, k);
            feed(&r, outer, len, len);
        }
    }
    assert_int_equal(r.n, 3); /* two outer ones, the inner one */
    assert_int_equal(r.at[2].upper, SKP_UDP);
    assert_int_equal(r.at[2].n, 80);
    assert_memory_equal(r.at[2].payload, p, 80);
    finish(&r);
}

static void any_order_and_any_cuts_give_the_same_bytes(void **state) {
    (void)state;
    uint32_t seed = 1;
    static uint8_t p[4096];
    for (unsigned round = 0; round < 300; round++) {
        uint32_t n = 16 + lcg(&seed) % 4000, cut[512], k = 0;
        udp(p, n);
        for (uint32_t off = 0; off < n && k < 100; off += 8 * (1 + lcg(&seed) % 40))
            cut[k++] = off;
        struct rig r;
        begin(&r, NULL);
        for (uint32_t i = k; i > 1; i--) {
            uint32_t j = lcg(&seed) % i, t = cut[i - 1];
            cut[i - 1] = cut[j];
            cut[j] = t;
        }
        for (uint32_t i = 0; i < k; i++) {
            uint32_t end = n;
            for (uint32_t j = 0; j < k; j++)
                if (cut[j] > cut[i] && cut[j] < end)
                    end = cut[j];
            if (k == 1)
                break;
            frag6(&r, round, cut[i], end < n, p + cut[i], end - cut[i]);
            if (lcg(&seed) % 4 == 0 && i + 1 < k)
                frag6(&r, round, cut[i], end < n, p + cut[i], end - cut[i]);
        }
        if (k > 1) {
            assert_int_equal(r.n, 1);
            assert_int_equal(r.at[0].n, n);
            assert_memory_equal(r.at[0].payload, p, n);
        }
        finish(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order_and_out_of_order_give_the_same_datagram),
        cmocka_unit_test(what_is_no_fragment_is_not_taken),
        cmocka_unit_test(fragments_in_different_tunnels_of_the_same_ends_are_different_datagrams),
        cmocka_unit_test(identical_copies_are_no_overlap_and_late_ones_are_swallowed),
        cmocka_unit_test(what_follows_a_datagram_under_its_identification_is_given_unless_it_is_a_copy),
        cmocka_unit_test(a_flood_of_copies_that_could_hide_a_fragment_is_told),
        cmocka_unit_test(overlaps_that_differ_are_given_both_ways),
        cmocka_unit_test(partial_overlaps_that_agree_are_named_and_given_once),
        cmocka_unit_test(without_a_first_fragment_the_headers_of_a_later_one_are_given),
        cmocka_unit_test(what_never_ends_is_given_as_far_as_its_first_fragment),
        cmocka_unit_test(a_flush_gives_everything_in_the_order_of_its_beginning),
        cmocka_unit_test(identity_is_addresses_id_and_for_ipv4_the_protocol),
        cmocka_unit_test(fragments_inside_fragments_are_put_together_too),
        cmocka_unit_test(any_order_and_any_cuts_give_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
