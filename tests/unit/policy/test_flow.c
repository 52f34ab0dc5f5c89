/* SPDX-License-Identifier: Apache-2.0 */
/* Zone to zone: which line decides, and what no line says. */
#include "policy_text.h"

#include <netinet/in.h>

static const char city[] =
    "site: {timezone: UTC}\n"
    "segments:\n"
    "  pcs: {vlan: 1, zone: office, prefixes: [10.1.0.0/16, \"2001:db8:1::/64\"]}\n"
    "  servers: {vlan: 2, zone: office, prefixes: [10.2.0.0/16, \"2001:db8:2::/64\"]}\n"
    "  web: {vlan: 3, zone: dmz, prefixes: [203.0.113.0/28, \"2001:db8:50::/64\"], icmpv6_echo_inbound: allow}\n"
    "  lab: {vlan: 4, zone: lab, prefixes: [10.4.0.0/16, \"2001:db8:4::/64\"]}\n"
    "  other: {vlan: 5, zone: other, prefixes: [10.5.0.0/16, \"2001:db8:5::/64\"]}\n"
    "zones: {office: {side: inside}, dmz: {side: inside}, lab: {side: inside}, other: {side: inside}}\n"
    "services_ports: {gateway: [tcp/4443, udp/4443]}\n"
    "flows:\n"
    "  - {id: F1, from: internet, to: dmz, service: [https, dns, ping], peers: [203.0.113.5, \"2001:db8:50::5\"]}\n"
    "  - {id: F2, from: pcs, to: servers, service: [smb]}\n"
    "  - {id: F3, from: office, to: dmz, service: gateway, ip: 6}\n"
    "  - {id: F4, from: office, to: internet, service: any, hosts: [10.1.0.9], until: 2026-06-30}\n"
    "  - {id: F5, from: lab, to: any, action: deny}\n"
    "  - {id: F6, from: internet, to: lab, service: [ssh]}\n";

struct row {
    const char *src, *dst;
    uint8_t transport;
    uint16_t port;
    enum sk_flow_verdict verdict;
    const char *line; /* its id, "flows", or NULL */
};

static void ask(const struct sk_policy *p, const struct row *r, sk_time now) {
    struct sk_origin o = {.line = 0};
    struct sk_flow_query q = {.src = addr_of(r->src),
                              .dst = addr_of(r->dst),
                              .seen_in = 0xffff,
                              .transport = r->transport,
                              .port = r->port,
                              .echo = r->transport == IPPROTO_ICMPV6 && r->port == 128};
    enum sk_flow_verdict v = sk_policy_flow(p, &q, now, &o);
    if (v != r->verdict || (r->line && strcmp(r->line, o.entry ? o.entry : "flows") != 0))
        print_message("%s -> %s %u: %s by %s\n", r->src, r->dst, r->port, sk_flow_verdict_name(v),
                      o.entry ? o.entry : "-");
    assert_int_equal(v, r->verdict);
    if (r->line)
        assert_string_equal(o.entry ? o.entry : "flows", r->line);
}

static void the_first_line_that_fits_decides(void **state) {
    (void)state;
    static const struct row row[] = {
        {"198.51.100.1", "203.0.113.5", IPPROTO_TCP, 443, SK_FLOW_ALLOWED, "F1"},
        {"2001:db8:ffff::1", "2001:db8:50::5", IPPROTO_TCP, 443, SK_FLOW_ALLOWED, "F1"},
        {"2001:db8:ffff::1", "2001:db8:50::5", IPPROTO_ICMPV6, 128, SK_FLOW_ALLOWED, "F1"},
        {"2001:db8:ffff::1", "2001:db8:50::5", IPPROTO_ICMPV6, 1, SK_FLOW_DENIED, "flows"},
        {"2001:db8:ffff::1", "2001:db8:50::6", IPPROTO_TCP, 443, SK_FLOW_DENIED, "flows"},
        {"2001:db8:ffff::1", "2001:db8:50::5", IPPROTO_TCP, 22, SK_FLOW_DENIED, "flows"},
        {"2001:db8:ffff::1", "2001:db8:1::5", IPPROTO_TCP, 22, SK_FLOW_DENIED, "flows"}, /* office is named */
        {"10.1.0.1", "10.2.0.1", IPPROTO_TCP, 445, SK_FLOW_ALLOWED, "F2"},
        {"10.1.0.1", "10.2.0.1", IPPROTO_TCP, 22, SK_FLOW_UNKNOWN, NULL}, /* within a zone */
        {"2001:db8:1::1", "2001:db8:50::5", IPPROTO_UDP, 4443, SK_FLOW_ALLOWED, "F3"},
        {"10.1.0.1", "203.0.113.5", IPPROTO_TCP, 4443, SK_FLOW_DENIED, "flows"}, /* ip: 6 */
        {"10.1.0.9", "198.51.100.1", 47, 0, SK_FLOW_ALLOWED, "F4"},              /* any is any protocol */
        {"10.1.0.8", "198.51.100.1", IPPROTO_TCP, 443, SK_FLOW_DENIED, "flows"},
        {"10.4.0.1", "198.51.100.1", IPPROTO_TCP, 443, SK_FLOW_DENIED, "F5"},
        {"10.4.0.1", "10.4.0.2", IPPROTO_TCP, 443, SK_FLOW_UNKNOWN, NULL},
        {"198.51.100.1", "10.4.0.1", IPPROTO_TCP, 22, SK_FLOW_ALLOWED, "F6"},
        {"10.5.0.1", "10.5.9.9", IPPROTO_TCP, 22, SK_FLOW_UNKNOWN, NULL},
    };
    const struct sk_policy *p = policy_of(city);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        ask(p, &row[i], day_of("2026-06-30"));
    struct row ended = {"10.1.0.9", "198.51.100.1", IPPROTO_TCP, 443, SK_FLOW_DENIED, "flows"};
    ask(p, &ended, day_of("2026-07-01"));
    sk_policy_free(p);
}

static void without_flows_nothing_is_known(void **state) {
    (void)state;
    static const struct row row = {"198.51.100.1", "10.0.0.1", IPPROTO_TCP, 443, SK_FLOW_UNKNOWN, NULL};
    ask(sk_policy_none(), &row, 0);
    const struct sk_policy *p = policy_of("flows: []\n");
    ask(p, &row, 0); /* no zone is named, so none is closed */
    sk_policy_free(p);
    p = policy_of("flows: [{from: any, to: any, action: deny}]\n");
    struct row denied = row;
    denied.verdict = SK_FLOW_DENIED;
    ask(p, &denied, 0);
    sk_policy_free(p);
}

static enum sk_tri echo(const struct sk_policy *p, const char *addr) {
    struct sk_addr a = addr_of(addr);
    struct sk_origin o;
    return sk_policy_echo_inbound(p, &a, &o);
}

static void who_may_be_pinged_from_outside(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of(city);
    assert_int_equal(echo(p, "2001:db8:50::9"), SK_YES);    /* the segment says so */
    assert_int_equal(echo(p, "2001:db8:1::1"), SK_UNKNOWN); /* no line, no key */
    sk_policy_free(p);
    p = policy_of("segments: {a: {vlan: 1, prefixes: [\"2001:db8:1::/64\"], icmpv6_echo_inbound: deny}, b: {vlan: 2, "
                  "prefixes: [\"2001:db8:2::/64\"]}}\n"
                  "flows: [{from: internet, to: b, service: [ping]}, {from: any, to: any, action: deny}]\n");
    assert_int_equal(echo(p, "2001:db8:1::1"), SK_NO);
    assert_int_equal(echo(p, "2001:db8:2::1"), SK_YES);
    assert_int_equal(echo(p, "2001:db8:3::1"), SK_NO); /* the last line */
    sk_policy_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_that_fits_decides),
        cmocka_unit_test(without_flows_nothing_is_known),
        cmocka_unit_test(who_may_be_pinged_from_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
