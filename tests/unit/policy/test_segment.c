/* SPDX-License-Identifier: Apache-2.0 */
/* Packet -> tap and segment (design section 5). */
#include "policy_text.h"

enum { UNTAGGED = 0 };

static const char *segment_of(const struct sk_policy *p, const char *tap, const uint16_t *vlan, unsigned n, int32_t vni,
                              const char *src, const char *dst) {
    struct sk_addr s = addr_of(src);
    struct sk_addr d = addr_of(dst);
    uint16_t t = tap ? sk_policy_tap_by_name(p, tap) : SK_TAP_NONE;
    const struct sk_segment *seg =
        sk_policy_segment_at(p, sk_policy_segment(p, t, vlan, n, vni, src ? &s : NULL, dst ? &d : NULL));
    return seg ? seg->id : "unassigned";
}

static void the_most_exact_segment_wins(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("taps: {a: {iface: eth1}, b: {iface: eth2}}\n"
                                          "segments:\n"
                                          "  rest:       {vlan: any}\n"
                                          "  wide:       {prefixes: [10.0.0.0/8]}\n"
                                          "  narrow:     {prefixes: [10.1.0.0/16, \"2001:db8::/32\"]}\n"
                                          "  tap-a:      {tap: a}\n"
                                          "  v30:        {vlan: 30}\n"
                                          "  v30-at-a:   {tap: a, vlan: 30}\n"
                                          "  several:    {vlan: [40, 41]}\n"
                                          "  vni7:       {vni: 7}\n"
                                          "  vni7-at-a:  {vni: 7, tap: a}\n"
                                          "  vni7-v30:   {vni: 7, vlan: 30}\n"
                                          "  vni7-a-v30: {vni: 7, vlan: 30, tap: a}\n");
    static const struct {
        const char *tap;
        uint16_t vid;
        int32_t vni;
        const char *src, *dst, *want;
    } t[] = {
        {"b", 0, -1, NULL, NULL, "rest"},
        {"b", 99, -1, "192.0.2.1", "192.0.2.2", "rest"},
        {"b", 99, -1, "10.2.0.1", NULL, "wide"},
        {"b", 99, -1, "10.1.0.1", "10.2.0.1", "narrow"},
        {"b", 99, -1, "10.2.0.1", "10.1.0.1", "wide"}, /* the source counts before the destination */
        {"b", 99, -1, "192.0.2.1", "10.1.0.1", "narrow"},
        {"b", 99, -1, "2001:db8::1", NULL, "narrow"},
        {"a", 99, -1, "10.1.0.1", NULL, "tap-a"},
        {"a", 0, -1, NULL, NULL, "tap-a"},
        {"b", 30, -1, "10.1.0.1", NULL, "v30"},
        {"a", 30, -1, NULL, NULL, "v30-at-a"},
        {"a", 40, -1, NULL, NULL, "several"},
        {"b", 41, -1, NULL, NULL, "several"},
        {"b", 42, -1, NULL, NULL, "rest"},
        {"b", 0, 7, NULL, NULL, "vni7"},
        {"a", 0, 7, NULL, NULL, "vni7-at-a"},
        {"b", 30, 7, NULL, NULL, "vni7-v30"},
        {"a", 30, 7, NULL, NULL, "vni7-a-v30"},
        {"a", 30, 8, NULL, NULL, "v30-at-a"},
        {"b", 0, 0, NULL, NULL, "rest"},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        uint16_t vid = t[i].vid;
        const char *got = segment_of(p, t[i].tap, &vid, vid ? 1 : 0, t[i].vni, t[i].src, t[i].dst);
        if (strcmp(got, t[i].want) != 0)
            print_message("row %zu\n", i);
        assert_string_equal(got, t[i].want);
    }
    sk_policy_free(p);
}

static void priority_tags_are_no_vlan(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("segments: {plain: {vlan: 0}, v30: {vlan: 30}}\n");
    const uint16_t zero[] = {0}, zeros[] = {0, 0, 30}, stack[] = {30, 40}, inner[] = {40, 30};
    assert_string_equal(segment_of(p, NULL, NULL, 0, -1, NULL, NULL), "plain");
    assert_string_equal(segment_of(p, NULL, zero, 1, -1, NULL, NULL), "plain");
    assert_string_equal(segment_of(p, NULL, zeros, 3, -1, NULL, NULL), "v30");
    assert_string_equal(segment_of(p, NULL, stack, 2, -1, NULL, NULL), "v30");
    assert_string_equal(segment_of(p, NULL, inner, 2, -1, NULL, NULL), "unassigned");
    sk_policy_free(p);
}

static void prefixes_do_not_choose_where_something_better_is_named(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("segments: {v30: {vlan: 30, prefixes: [10.30.0.0/16]}}\n");
    const uint16_t v30 = 30;
    assert_string_equal(segment_of(p, NULL, NULL, 0, -1, "10.30.0.1", NULL), "unassigned");
    assert_string_equal(segment_of(p, NULL, &v30, 1, -1, "10.99.0.1", NULL), "v30");
    sk_policy_free(p);
}

static void an_unknown_tap_fits_any_unless_two_segments_would(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("taps: {a: {}, b: {}}\n"
                                          "segments:\n"
                                          "  a20: {tap: a, vlan: 20}\n"
                                          "  b30: {tap: b, vlan: 30}\n"
                                          "  a30: {tap: a, vlan: 30}\n"
                                          "  b40: {tap: b, vlan: 40}\n"
                                          "  a40: {tap: a, vlan: 40}\n"
                                          "  v40: {vlan: 40}\n"
                                          "  avx: {tap: a, vni: 5}\n"
                                          "  bvx: {tap: b, vni: 5}\n"
                                          "  avy: {tap: a, vni: 6}\n");
    const uint16_t v20 = 20, v30 = 30, v40 = 40;
    assert_string_equal(segment_of(p, NULL, &v20, 1, -1, NULL, NULL), "a20");
    assert_string_equal(segment_of(p, NULL, &v30, 1, -1, NULL, NULL), "unassigned");
    assert_string_equal(segment_of(p, NULL, &v40, 1, -1, NULL, NULL), "v40");
    assert_string_equal(segment_of(p, NULL, NULL, 0, 5, NULL, NULL), "unassigned");
    assert_string_equal(segment_of(p, NULL, NULL, 0, 6, NULL, NULL), "avy");
    assert_string_equal(segment_of(p, "b", &v20, 1, -1, NULL, NULL), "unassigned");
    assert_string_equal(segment_of(p, "b", NULL, 0, 5, NULL, NULL), "bvx");
    sk_policy_free(p);
}

static void segments_carry_what_is_said_and_no_more(void **state) {
    (void)state;
    const struct sk_policy *p =
        policy_of("site: {timezone: Asia/Tokyo}\n"
                  "zones: {z: {side: inside}}\n"
                  "segments:\n"
                  "  full: {vlan: 1, zone: z, ipv6: dual-stack, since: 2026-04-01, clients: true, private: true,\n"
                  "         registered_only: true, routers: [], dhcpv6_servers: []}\n"
                  "  bare: {vlan: 2}\n");
    const struct sk_segment *s = sk_policy_segment_at(p, 0);
    assert_string_equal(s->id, "full");
    assert_string_equal(s->zone, "z");
    assert_int_equal(s->ipv6, SK_IPV6_DUAL_STACK);
    assert_int_equal(s->since, day_of("2026-04-01") - 9 * 3600 * SK_SEC);
    assert_int_equal(s->clients, SK_YES);
    assert_true(s->is_private && s->registered_only && s->routers_known && s->dhcpv6_servers_known);
    assert_string_equal(s->ipv6_origin.file, "test.yml");
    assert_int_equal(s->ipv6_origin.line, 5);
    assert_string_equal(s->ipv6_origin.entry, "full");
    s = sk_policy_segment_at(p, 1);
    assert_null(s->zone);
    assert_int_equal(s->ipv6, SK_IPV6_UNKNOWN);
    assert_int_equal(s->since, 0);
    assert_int_equal(s->clients, SK_UNKNOWN);
    assert_false(s->is_private || s->registered_only || s->routers_known || s->dhcpv6_servers_known);
    assert_int_equal(s->ipv6_origin.line, 7);
    assert_int_equal(sk_policy_segments(p), 2);
    assert_null(sk_policy_segment_at(p, 2));
    sk_policy_free(p);
}

static void taps_are_found_by_file_interface_and_name(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("taps:\n"
                                          "  core: {sensor: s1, iface: eth1, files: [\"*/s1/*.pcap*\"]}\n"
                                          "  dmz:  {sensor: s1, iface: eth2, files: [\"*/s1-dmz/*\", \"??.pcap\"]}\n"
                                          "  far:  {sensor: s2, iface: eth1, files: []}\n");
    assert_int_equal(sk_policy_tap_of_file(p, "/evidence/s1/0412.pcapng"), 0);
    assert_int_equal(sk_policy_tap_of_file(p, "s1/deep/er/0412.pcap.gz"), 0);
    assert_int_equal(sk_policy_tap_of_file(p, "/evidence/s1-dmz/x"), 1);
    assert_int_equal(sk_policy_tap_of_file(p, "ab.pcap"), 1);
    assert_int_equal(sk_policy_tap_of_file(p, "/evidence/s3/0412.pcap"), SK_TAP_NONE);
    assert_int_equal(sk_policy_tap_of_file(p, ""), SK_TAP_NONE);
    assert_int_equal(sk_policy_tap_of_iface(p, "eth2"), 1);
    assert_int_equal(sk_policy_tap_of_iface(p, "eth1"), SK_TAP_NONE); /* of two sensors */
    assert_int_equal(sk_policy_tap_of_iface(p, "lo"), SK_TAP_NONE);
    assert_int_equal(sk_policy_tap_by_name(p, "far"), 2);
    assert_int_equal(sk_policy_tap_by_name(p, "fa"), SK_TAP_NONE);
    assert_string_equal(sk_policy_tap_name(p, 1), "dmz");
    assert_null(sk_policy_tap_name(p, SK_TAP_NONE));
    sk_policy_free(p);
}

static void no_policy_knows_no_segment_and_no_tap(void **state) {
    (void)state;
    const struct sk_policy *p = sk_policy_none();
    const uint16_t v30 = 30;
    assert_true(sk_policy_is_none(p));
    assert_string_equal(segment_of(p, NULL, &v30, 1, 5, "10.0.0.1", "10.0.0.2"), "unassigned");
    assert_int_equal(sk_policy_tap_of_file(p, "x"), SK_TAP_NONE);
    assert_int_equal(sk_policy_segments(p), 0);
    sk_policy_free(p); /* does nothing */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_exact_segment_wins),
        cmocka_unit_test(priority_tags_are_no_vlan),
        cmocka_unit_test(prefixes_do_not_choose_where_something_better_is_named),
        cmocka_unit_test(an_unknown_tap_fits_any_unless_two_segments_would),
        cmocka_unit_test(segments_carry_what_is_said_and_no_more),
        cmocka_unit_test(taps_are_found_by_file_interface_and_name),
        cmocka_unit_test(no_policy_knows_no_segment_and_no_tap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
