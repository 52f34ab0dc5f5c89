/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a declared mirror's transport off: what is left lies within what was there, however it is cut or damaged. */
#include "../decode/frame.h"

#include "../policy/policy_text.h"
#include "guard.h"
#include "pipeline/mirror.h"

static struct frame f;

static void ra_in(unsigned kind) {
    frame_begin(&f);
    wrap_icmpv6(&f, 134, 0);
    wrap_ipv6(&f, 1, 2);
    wrap_ether(&f);
    if (kind < 2) {
        wrap_erspan(&f, 1 + kind, kind);
        wrap_gre(&f, false, false, true, 0);
    } else if (kind == 2) {
        wrap_tzsp(&f, 1, 1, 3);
        wrap_udp(&f, 40000, 37008);
    } else if (kind == 3) {
        wrap_vxlan(&f, 7);
        wrap_udp(&f, 40000, 4789);
    } else {
        wrap_gre(&f, false, true, false, 0x1000);
    }
    wrap_ipv4(&f, 0x0a630001, 0xc000020a, 0);
    wrap_ether(&f);
}
enum { KINDS = 5, INNER = 14 + 40 + 8 };

static const struct sk_policy *all_of_them(void) {
    return policy_of("mirror_encap: [erspan, tzsp, {kind: vxlan, to: 192.0.2.10}, {kind: gre, to: 192.0.2.10}]\n");
}

static struct sk_packet packet(const uint8_t *b, size_t n, size_t wire) {
    return (struct sk_packet){.data = b,
                              .caplen = (uint32_t)n,
                              .wirelen = (uint32_t)wire,
                              .linktype = SK_LINKTYPE_ETHERNET,
                              .seq = 5,
                              .number = 6,
                              .ts = 7,
                              .tap = 1};
}

static void the_frame_inside_is_the_packet_and_keeps_its_place(void **state) {
    (void)state;
    const struct sk_policy *p = all_of_them();
    for (unsigned k = 0; k < KINDS; k++) {
        ra_in(k);
        struct sk_packet pkt = packet(frame_bytes(&f), frame_len(&f), frame_len(&f));
        mirror_strip(p, &pkt);
        assert_ptr_equal(pkt.data, f.b + ROOM - INNER);
        assert_int_equal(pkt.caplen, INNER);
        assert_int_equal(pkt.wirelen, INNER);
        assert_int_equal(pkt.linktype, SK_LINKTYPE_ETHERNET);
        assert_int_equal(pkt.seq, 5);
        assert_int_equal(pkt.number, 6);
        assert_int_equal(pkt.ts, 7);
        assert_int_equal(pkt.tap, 1);
    }
    sk_policy_free(p);
}

static void a_cut_capture_gives_a_cut_frame_of_the_declared_length(void **state) {
    (void)state;
    const struct sk_policy *p = all_of_them();
    for (unsigned k = 0; k < KINDS; k++) {
        ra_in(k);
        size_t n = frame_len(&f);
        struct sk_guard g = sk_guard_end(frame_bytes(&f), n);
        bool stripped = false;
        for (size_t cut = 0; cut <= n; cut++) {
            const uint8_t *at = sk_guard_cut(&g, frame_bytes(&f), cut);
            struct sk_packet pkt = packet(at, cut, n);
            mirror_strip(p, &pkt);
            if (pkt.data == at) {
                assert_false(stripped && cut > n - INNER + 14 + 8); /* once known, it stays known */
                assert_int_equal(pkt.caplen, cut);
                continue;
            }
            stripped = true;
            assert_int_equal(pkt.wirelen, INNER);
            assert_int_equal(pkt.caplen, cut - (n - INNER));
        }
        assert_true(stripped);
        sk_guard_free(&g);
    }
    sk_policy_free(p);
}

static uint64_t state64 = 1;
static uint32_t below(uint32_t n) {
    uint64_t z = (state64 += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) % n);
}

static void a_damaged_transport_never_leads_out_of_the_packet(void **state) {
    (void)state;
    const struct sk_policy *p = all_of_them();
    for (unsigned i = 0; i < 60000; i++) {
        ra_in(i % KINDS);
        if (below(4) == 0) { /* a mirror of a mirror */
            wrap_tzsp(&f, 1, 0, 0);
            wrap_udp(&f, 1, 37008);
            wrap_ipv6(&f, 1, 2);
            wrap_ether(&f);
        }
        size_t n = frame_len(&f);
        uint8_t *b = frame_bytes(&f);
        for (unsigned k = below(5); k > 0; k--)
            b[below((uint32_t)n)] = (uint8_t)below(256);
        size_t cut = below(3) ? n : below((uint32_t)n + 1);
        struct sk_packet pkt = packet(b, cut, n);
        mirror_strip(p, &pkt);
        assert_true(pkt.data >= b && pkt.data + pkt.caplen <= b + cut);
        assert_true(pkt.wirelen >= pkt.caplen);
        assert_true(pkt.vlan < 4096);
    }
    sk_policy_free(p);
}

static void what_is_not_declared_is_left_alone(void **state) {
    (void)state;
    static const char *const rows[] = {"mirror_encap: []\n", "mirror_encap: [{kind: erspan, to: 192.0.2.11}]\n",
                                       "mirror_encap: [{kind: gre, to: 192.0.2.10}]\n",
                                       "mirror_encap: [{kind: erspan, from: [10.99.0.2, 10.99.0.3]}]\n"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct sk_policy *p = policy_of(rows[i]);
        ra_in(0);
        struct sk_packet pkt = packet(frame_bytes(&f), frame_len(&f), frame_len(&f));
        mirror_strip(p, &pkt);
        assert_ptr_equal(pkt.data, frame_bytes(&f));
        assert_int_equal(pkt.caplen, frame_len(&f));
        assert_int_equal(sk_policy_has_mirrors(p), i > 0);
        sk_policy_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_frame_inside_is_the_packet_and_keeps_its_place),
        cmocka_unit_test(a_cut_capture_gives_a_cut_frame_of_the_declared_length),
        cmocka_unit_test(a_damaged_transport_never_leads_out_of_the_packet),
        cmocka_unit_test(what_is_not_declared_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
