/* SPDX-License-Identifier: Apache-2.0 */
/* IP headers and extension header chains with something to tell. */
#include "rig.h"

/* An IPv6 packet whose first next header is `next`, then these bytes. */
static struct bytes packet(uint8_t next, const char *hex) {
    struct bytes payload = rig_hex(hex), ip = rig_ip6("2001:db8::1", "2001:db8::2", 64, next, &payload);
    return rig_eth(0x86dd, &ip);
}
#define ECHO "8000 0000 0001 0001"

static const struct sk_event *told(struct rig *r, const struct bytes *f) {
    rig_clear(r);
    rig_frame(r, f->b, f->n);
    return rig_event(r, SKE_ip_header, 0);
}

static void a_routing_header_says_kind_and_stations(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = packet(43, "3a02 0001 00000000 20010db8000000000000000000000003" ECHO);
    const struct sk_event *ev = told(r, &f);
    assert_field(ev, "ip.routing.kind", "rh0");
    assert_field(ev, "ip.routing.segments_left", "1");
    assert_field(ev, "ip.header.extension", "routing");
    assert_field(ev, "ip.header.problem", "");
    rig_sweep(&f);
    f = packet(43, "3a00 0400 00000000" ECHO);
    assert_field(told(r, &f), "ip.routing.kind", "srv6");
    rig_free(r);
}

static void a_source_route_of_ipv4_counts_what_is_left(void **state) {
    (void)state;
    struct rig *r = rig_new();
    static const struct {
        const char *option, *left;
    } cases[] = {{"83 0b 04 0a000001 0a000002 00", "2"},
                 {"83 0b 08 0a000001 0a000002 00", "1"},
                 {"89 0b 0c 0a000001 0a000002 00", "0"},
                 {"01 01 83 07 04 0a000001 00 00 00", "1"}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes options = rig_hex(cases[i].option), ip = rig_ip4("10.0.0.1", "10.0.0.2", 1, &options);
        ip.b[0] = 0x48;
        struct bytes f = rig_eth(0x0800, &ip);
        const struct sk_event *ev = told(r, &f);
        assert_field(ev, "ip.routing.segments_left", cases[i].left);
        rig_sweep(&f);
    }
    rig_free(r);
}

static void chains_are_judged_by_rfc_8200(void **state) {
    (void)state;
    struct rig *r = rig_new();
    static const struct {
        uint8_t next;
        const char *chain, *problem;
    } cases[] = {
        {0, "3a00 050200000100" ECHO, "router-alert"},
        {0, "3a00 050200000100 8f00 0000 0000 0000", ""}, /* MLDv2 report */
        {60, "3a00 0104 00000000" ECHO, ""},
        {60, "3a00 0104 00000001" ECHO, "padding-data"},
        {0, "3a01 010c 000000000000 000000000000" ECHO, "padding-run"},
        {0, "3c00 000000000000 3c00 000000000000 3a00 000000000000" ECHO, ""}, /* hop-by-hop, two destination options */
        {60, "0000 000000000000 3a00 000000000000" ECHO, "hopopts-not-first"},
        {0, "0000 000000000000 3a00 000000000000" ECHO, "repeated,hopopts-not-first"},
        {44, "2b00 0000 00000001 3a00 0200 00000000" ECHO, "order,atomic-fragment"},
        {44, "3a00 0006 00000001" ECHO, "reserved-bits,atomic-fragment"},
        {44, "3a01 0000 00000001" ECHO, "reserved-bits,atomic-fragment"},
        {60, "3a00 1304 00000000" ECHO, "option-unknown"},
        {60, "3a00 1e04 00000000" ECHO, "option-experimental"},
        {0, "3a00 3e04 00000000" ECHO, "option-experimental"},
        {60, "3a00 1104 00000000" ECHO, ""}, /* IOAM */
        {60, "3a00 1105 00000000" ECHO, "option-overrun"},
        {0, "3a00 c204 00010000" ECHO, "jumbo-payload"},
        {60, "3c00 000000000000 3c00 000000000000 3a00 000000000000" ECHO, "repeated"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes f = packet(cases[i].next, cases[i].chain);
        const struct sk_event *ev = told(r, &f);
        if (strcmp(rig_get(ev, "ip.header.problem"), cases[i].problem) != 0)
            fail_msg("%s: %s, wanted %s", cases[i].chain, rig_get(ev, "ip.header.problem"), cases[i].problem);
        rig_sweep(&f);
    }
    rig_free(r);
}

static void impossible_headers_are_named(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes udp = rig_hex("0fa0 0fa1 0004 0000"), ip = rig_ip6("2001:db8::1", "2001:db8::2", 64, 17, &udp);
    struct bytes f = rig_eth(0x86dd, &ip);
    assert_field(told(r, &f), "ip.header.problem", "l4-header");
    assert_field(told(r, &f), "ip.header.announced", "ipv6");
    f = rig_eth(0x0800, &ip);
    assert_field(told(r, &f), "ip.header.problem", "version-mismatch,l4-header");
    assert_field(told(r, &f), "ip.header.announced", "ipv4");
    ip.b[5] = 200;
    f = rig_eth(0x86dd, &ip);
    assert_field(told(r, &f), "ip.header.problem", "l4-header,longer-than-frame");
    ip.b[0] = 0x70;
    f = rig_eth(0x86dd, &ip);
    assert_field(told(r, &f), "ip.header.problem", "ip-header");
    assert_field(told(r, &f), "ip.header.announced", "ipv6");
    rig_free(r);
}

static void another_version_than_announced_is_told_either_way(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes udp = rig_hex("0fa0 0fa1 0008 0000"), ip4 = rig_ip4("10.0.0.1", "10.0.0.2", 17, &udp);
    struct bytes f = rig_eth(0x86dd, &ip4);
    assert_field(told(r, &f), "ip.header.problem", "version-mismatch");
    assert_field(told(r, &f), "ip.header.announced", "ipv6");
    assert_field(rig_event(r, SKE_ip_header, 0), "network.type", "ipv4");
    rig_sweep(&f);
    struct bytes outer = rig_ip4("10.0.0.1", "192.0.2.1", 41, &ip4); /* protocol 41 carries IPv6 */
    f = rig_eth(0x0800, &outer);
    assert_field(told(r, &f), "ip.header.announced", "ipv6");
    rig_sweep(&f);
    f = rig_eth(0x0800, &ip4);
    assert_null(told(r, &f));
    rig_free(r);
}

static void what_the_capture_cuts_off_is_no_fault(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = packet(17, "0fa0 0fa1 0010 0000 0000000000000000");
    for (size_t k = 14; k < f.n; k++) {
        rig_clear(r);
        rig_frame_at(r, f.b, k, f.n, 1000 * SK_SEC);
        assert_null(rig_event(r, SKE_ip_header, 0));
    }
    rig_free(r);
}

/* --- addresses --- */

static const char *class_of(struct rig *r, const char *src, const char *dst) {
    struct bytes udp = rig_hex("0fa0 0fa1 0008 0000"), ip = rig_ip6(src, dst, 64, 17, &udp), f = rig_eth(0x86dd, &ip);
    rig_clear(r);
    rig_frame(r, f.b, f.n);
    return rig_get(rig_event(r, SKE_ipv6_address, 0), "ipv6.address.class");
}

static void addresses_have_the_class_of_their_block(void **state) {
    (void)state;
    struct rig *r = rig_new();
    static const struct {
        const char *address, *name;
    } cases[] = {{"::ffff:1.2.3.4", "v4-mapped"},
                 {"::1.2.3.4", "v4-compatible"},
                 {"::1", "loopback"},
                 {"::", "unspecified"},
                 {"64:ff9b::1", ""},
                 {"100::1", "discard"},
                 {"100:0:0:1::1", ""},
                 {"200::1", "nsap"},
                 {"3ff:ffff::1", "nsap"},
                 {"400::1", ""},
                 {"2001::1", ""},
                 {"2001:10::1", "orchid"},
                 {"2001:1f:ffff::1", "orchid"},
                 {"2001:20::1", ""},
                 {"2001:db8::1", ""},
                 {"2002::1", ""},
                 {"3ffe::1", "6bone"},
                 {"3ffd::1", ""},
                 {"3fff::1", ""},
                 {"5f00::1", ""},
                 {"fe80::1", ""},
                 {"febf::1", ""},
                 {"fec0::1", "site-local"},
                 {"feff::1", "site-local"},
                 {"fd00::1", ""}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(class_of(r, cases[i].address, "2400::1"), cases[i].name);
        assert_string_equal(class_of(r, "2400::1", cases[i].address), cases[i].name);
    }
    rig_free(r);
}

static void documentation_is_wrong_only_for_a_policy_that_has_other_prefixes(void **state) {
    (void)state;
    static const struct {
        const char *prefixes, *documentation, *sid;
    } cases[] = {{"[10.0.0.0/8]", "", ""},
                 {"[\"2400:cb00::/32\"]", "documentation", "srv6-sid"},
                 {"[\"2001:db8:30::/64\"]", "", "srv6-sid"},
                 {"[\"5f00:1::/32\", \"2400::/16\"]", "documentation", ""}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        struct sk_diags diags = {0};
        struct rig *r = rig_new();
        const struct sk_policy *p = NULL;
        snprintf(text, sizeof text, "sekimori-policy: 1\nsegments:\n  a: {vlan: any, prefixes: %s}\n",
                 cases[i].prefixes);
        assert_int_equal(sk_policy_parse("p.yml", text, strlen(text), &p, &diags), SK_OK);
        r->o.policy = p;
        assert_string_equal(class_of(r, "2001:db8::1", "2400::1"), cases[i].documentation);
        assert_string_equal(class_of(r, "2400::1", "5f00::1"), cases[i].sid);
        rig_free(r);
        sk_policy_free(p);
        sk_diags_free(&diags);
    }
}

/* --- echo data --- */

static const struct sk_event *echo(struct rig *r, bool reply, unsigned sequence, const char *data, sk_time ts) {
    char hex[400];
    snprintf(hex, sizeof hex, "%s00 0000 0007 %04x %s", reply ? "81" : "80", sequence, data);
    struct bytes f = reply ? rig_icmp6("2400::2", "2400::1", 64, hex) : rig_icmp6("2400::1", "2400::2", 64, hex);
    rig_clear(r);
    rig_frame_at(r, f.b, f.n, f.n, ts);
    return rig_event(r, SKE_icmpv6_echo, 0);
}

static void a_reply_returns_the_data_of_its_request(void **state) {
    (void)state;
    struct rig *r = rig_new();
    const sk_time t = 1000 * SK_SEC;
    assert_field(echo(r, false, 1, "0102030405060708", t), "icmpv6.echo.bytes", "8");
    assert_field(echo(r, true, 1, "0102030405060708", t), "icmpv6.echo.altered", "false");
    assert_field(echo(r, true, 1, "0102030405060709", t), "icmpv6.echo.altered", "true");
    assert_field(echo(r, true, 1, "010203040506070809", t), "icmpv6.echo.altered", "true");
    assert_field(echo(r, true, 1, "01020304", t), "icmpv6.echo.altered", "");         /* cut on the way */
    assert_field(echo(r, true, 2, "0102030405060709", t), "icmpv6.echo.altered", ""); /* not asked */
    assert_field(echo(r, true, 1, "0102030405060709", t + 11 * SK_SEC), "icmpv6.echo.altered", "");
    assert_field(echo(r, true, 1, "01", t), "icmpv6.echo.distinct", "");
    rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_routing_header_says_kind_and_stations),
        cmocka_unit_test(a_source_route_of_ipv4_counts_what_is_left),
        cmocka_unit_test(chains_are_judged_by_rfc_8200),
        cmocka_unit_test(impossible_headers_are_named),
        cmocka_unit_test(another_version_than_announced_is_told_either_way),
        cmocka_unit_test(what_the_capture_cuts_off_is_no_fault),
        cmocka_unit_test(addresses_have_the_class_of_their_block),
        cmocka_unit_test(a_reply_returns_the_data_of_its_request),
        cmocka_unit_test(documentation_is_wrong_only_for_a_policy_that_has_other_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
