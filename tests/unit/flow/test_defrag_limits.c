/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments that are too many or wrong: limits, who gives way, what is named. */
#include "defrag_rig.h"

static void limits_hold_and_are_counted(void **state) {
    (void)state;
    uint8_t p[1024];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, &(struct sk_defrag_config){.datagrams = 4});
    for (uint16_t i = 0; i < 10; i++)
        frag4(&r, i, 0, true, p, 40);
    assert_int_equal(stats(&r).evicted, 6);
    assert_int_equal(r.n, 6);
    assert_true(r.at[0].d.problems & SK_FRAG_EVICTED);
    finish(&r);

    begin(&r, &(struct sk_defrag_config){.bytes = 64 * 1024});
    for (uint16_t i = 0; i < 200; i++)
        frag4(&r, i, 8 * 1000, true, p, 1024);
    assert_true(stats(&r).evicted > 100);
    assert_true(stats(&r).bytes <= 64 * 1024);
    finish(&r);

    begin(&r, NULL); /* too many fragments of one datagram: given up, told */
    for (uint32_t i = 0; i < SK_DEFRAG_FRAGMENTS; i++)
        frag4(&r, 1, 16 * i, true, p, 8);
    assert_int_equal(r.n, 1);
    assert_true(r.at[0].d.problems & SK_FRAG_TOO_MANY);
    finish(&r);

    begin(&r, NULL); /* past 65535 bytes */
    frag4(&r, 2, 0, true, p, 40);
    frag4(&r, 2, 65528, false, p, 40);
    sk_defrag_flush(r.t);
    assert_true(r.at[0].d.problems & SK_FRAG_TOO_LONG);
    finish(&r);
}

static void a_sender_that_fills_the_table_gives_way_before_the_others_do(void **state) {
    (void)state;
    uint8_t p[64], q[128];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, &(struct sk_defrag_config){.datagrams = 40});
    frag6(&r, 1, 0, true, p, 40); /* of another family: its own table */
    uint32_t n = v4(q, 1, 0, true, 17, p, 40);
    q[15] = 99; /* the oldest of all, of somebody else */
    feed(&r, q, n, n);
    for (uint16_t i = 0; i < 200; i++)
        frag4(&r, i, 0, true, p, 40);
    assert_int_equal(stats(&r).evicted, 161);
    n = v4(q, 1, 40, false, 17, p + 40, 24);
    q[15] = 99;
    size_t before = r.total;
    feed(&r, q, n, n);
    assert_int_equal(r.total, before + 1); /* still there, now whole */
    assert_int_equal(stats(&r).datagrams - stats(&r).incomplete, 1);
    finish(&r);
}

static void datagrams_that_were_given_leave_before_those_that_wait(void **state) {
    (void)state;
    uint8_t p[64], q[128];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, &(struct sk_defrag_config){.datagrams = 40});
    for (uint16_t i = 0; i < 40; i++) {
        uint32_t n = v4(q, i, 0, true, 17, p, 40);
        q[14] = (uint8_t)(i + 1); /* all of different senders */
        feed(&r, q, n, n);
        if (i % 2) {
            n = v4(q, i, 40, false, 17, p + 40, 24);
            q[14] = (uint8_t)(i + 1);
            feed(&r, q, n, n);
        }
    }
    r.now += 2 * SK_SEC;
    for (uint16_t i = 100; i < 120; i++)
        frag4(&r, i, 0, true, p, 40);
    assert_int_equal(stats(&r).evicted, 0);
    finish(&r);
}

static void an_overlap_in_ipv4_a_second_later_is_named_late(void **state) {
    (void)state;
    uint8_t p[64], q[64];
    struct rig r;
    udp(p, sizeof p);
    memset(q, 0xee, sizeof q);
    for (unsigned late = 0; late < 2; late++) {
        begin(&r, NULL);
        frag4(&r, 9, 0, true, p, 40);
        r.now += late ? 1100 * SK_MSEC : 900 * SK_MSEC;
        frag4(&r, 9, 8, true, q, 16);
        sk_defrag_flush(r.t);
        assert_int_equal((r.at[0].d.problems & SK_FRAG_CONFLICT) != 0, 1);
        assert_int_equal((r.at[0].d.problems & SK_FRAG_LATE) != 0, late);
        finish(&r);
    }
    begin(&r, NULL); /* IPv6: 32 bits of identification do not come around so soon */
    frag6(&r, 9, 0, true, p, 40);
    r.now += 1100 * SK_MSEC;
    frag6(&r, 9, 8, true, q, 16);
    sk_defrag_flush(r.t);
    assert_int_equal(r.at[0].d.problems & (SK_FRAG_CONFLICT | SK_FRAG_LATE), SK_FRAG_CONFLICT);
    finish(&r);
}

/* RFC 1858 3, RFC 3128: such a fragment can rewrite the flags of the one before. */
static void a_later_fragment_that_begins_inside_of_the_tcp_header_is_named(void **state) {
    (void)state;
    uint8_t p[64], q[128];
    struct rig r;
    udp(p, sizeof p);
    p[12] = 0x50;
    for (uint32_t off = 8; off <= 24; off += 8) {
        begin(&r, NULL);
        uint32_t n = v4(q, 9, 0, true, 6, p, 24);
        feed(&r, q, n, n);
        n = v4(q, 9, off, false, 6, p + off, 64 - off);
        feed(&r, q, n, n);
        assert_int_equal((r.at[0].d.problems & SK_FRAG_NO_UPPER) != 0, off < 20);
        finish(&r);
    }
}

static void a_first_fragment_without_its_upper_header_is_named(void **state) {
    (void)state;
    uint8_t p[80], q[160];
    struct rig r;
    udp(p, sizeof p);
    p[12] = 0x50; /* a TCP header of 20 bytes, 8 of them in the first fragment */
    begin(&r, NULL);
    uint32_t n = v6(q, 3, 0, true, 6, p, 8);
    assert_true(feed(&r, q, n, n));
    n = v6(q, 3, 8, false, 6, p + 8, 72);
    assert_true(feed(&r, q, n, n));
    assert_int_equal(r.n, 1);
    assert_true(r.at[0].d.problems & SK_FRAG_NO_UPPER);
    assert_int_equal(r.at[0].upper, SKP_TCP);
    finish(&r);
}

/* ESP, no next header and protocols that are not decoded end a chain; an extension header does not. */
static void what_ends_a_header_chain_is_no_fault(void **state) {
    (void)state;
    static const struct {
        uint8_t proto, at, byte;
        uint32_t n;
        bool ok;
    } cases[] = {{50, 0, 1, 16, true},     {50, 0, 1, 8, true},      {89, 0, 2, 8, true},
                 {17, 0, 9, 8, true},      {6, 12, 0x50, 16, false}, {6, 12, 0x50, 24, true},
                 {6, 12, 0x80, 24, false}, {60, 1, 9, 16, false},    {58, 0, 128, 8, true}};
    uint8_t p[160], q[256];
    struct rig r;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        udp(p, sizeof p);
        p[cases[i].at] = cases[i].byte;
        begin(&r, NULL);
        uint32_t n = v6(q, 3, 0, true, cases[i].proto, p, cases[i].n);
        assert_true(feed(&r, q, n, n));
        n = v6(q, 3, cases[i].n, false, cases[i].proto, p + cases[i].n, 64);
        assert_true(feed(&r, q, n, n));
        assert_int_equal(r.n, 1);
        if (((r.at[0].d.problems & SK_FRAG_NO_UPPER) == 0) != cases[i].ok)
            fail_msg("case %u", i);
        finish(&r);
    }
}

static void ends_that_disagree_are_named(void **state) {
    (void)state;
    uint8_t p[80];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    frag6(&r, 5, 40, false, p + 40, 16);
    frag6(&r, 5, 40, false, p + 40, 24);
    frag6(&r, 5, 0, true, p, 40);
    assert_int_equal(r.at[0].d.problems & (SK_FRAG_TWO_ENDS | SK_FRAG_BEYOND), SK_FRAG_TWO_ENDS);
    finish(&r);
    begin(&r, NULL);
    frag6(&r, 5, 40, true, p + 40, 32);
    frag6(&r, 5, 40, false, p + 40, 16);
    frag6(&r, 5, 0, true, p, 40);
    assert_int_equal(r.at[0].d.problems & (SK_FRAG_TWO_ENDS | SK_FRAG_BEYOND), SK_FRAG_BEYOND);
    finish(&r);
}

static void a_million_random_and_broken_fragments_keep_the_bound(void **state) {
    (void)state;
    static uint8_t p[2048];
    uint32_t seed = 7;
    struct rig r;
    begin(&r, &(struct sk_defrag_config){.datagrams = 256, .bytes = 1 << 20});
    udp(p, sizeof p);
    for (uint32_t i = 0; i < 1000000; i++) {
        uint32_t off = 8 * (lcg(&seed) % 8192), n = lcg(&seed) % 600;
        bool more = lcg(&seed) % 3;
        r.now += SK_MSEC;
        lcg(&seed) % 2 ? frag6(&r, lcg(&seed) % 300, off, more, p, n)
                       : frag4(&r, (uint16_t)(lcg(&seed) % 300), off, more, p, n);
        if (i % 4096 == 0)
            sk_defrag_tick(r.t, r.now);
    }
    /* one fragment may go over before the oldest give way: a whole datagram, both ways */
    assert_true(stats(&r).peak_bytes <= (1 << 20) + 4 * 65536 + 8192);
    assert_true(stats(&r).evicted > 0 && stats(&r).fragments > 900000);
    sk_defrag_flush(r.t);
    assert_int_equal(stats(&r).bytes, 0);
    finish(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_hold_and_are_counted),
        cmocka_unit_test(a_sender_that_fills_the_table_gives_way_before_the_others_do),
        cmocka_unit_test(datagrams_that_were_given_leave_before_those_that_wait),
        cmocka_unit_test(an_overlap_in_ipv4_a_second_later_is_named_late),
        cmocka_unit_test(a_later_fragment_that_begins_inside_of_the_tcp_header_is_named),
        cmocka_unit_test(a_first_fragment_without_its_upper_header_is_named),
        cmocka_unit_test(what_ends_a_header_chain_is_no_fault),
        cmocka_unit_test(ends_that_disagree_are_named),
        cmocka_unit_test(a_million_random_and_broken_fragments_keep_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
