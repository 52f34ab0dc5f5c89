/* SPDX-License-Identifier: Apache-2.0 */
/* Address -> zone, side, way to the web, terminal or not. */
#include "policy_text.h"

struct want {
    const char *addr, *seen_in, *zone, *side, *web;
    enum sk_tri client;
    const char *segment; /* NULL = none */
    unsigned line;
};

static uint16_t segment_index(const struct sk_policy *p, const char *id) {
    for (size_t i = 0; id && i < sk_policy_segments(p); i++)
        if (strcmp(sk_policy_segment_at(p, (uint16_t)i)->id, id) == 0)
            return (uint16_t)i;
    return 0xffff;
}

static void check(const struct sk_policy *p, const struct want *w, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct sk_addr a = addr_of(w[i].addr);
        struct sk_place got;
        sk_policy_place(p, &a, segment_index(p, w[i].seen_in), &got);
        print_message("%s seen in %s\n", w[i].addr, w[i].seen_in ? w[i].seen_in : "-");
        assert_string_equal(got.zone, w[i].zone);
        assert_string_equal(sk_side_name(got.side), w[i].side);
        assert_string_equal(sk_web_name(got.web), w[i].web);
        assert_int_equal(got.client, w[i].client);
        assert_int_equal(got.segment, segment_index(p, w[i].segment));
        assert_int_equal(got.origin.line, w[i].line);
    }
}

static void without_a_policy_only_the_scope_is_known(void **state) {
    (void)state;
    static const struct want w[] = {
        {"10.1.2.3", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"172.16.0.1", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"192.168.1.1", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"100.64.0.1", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"169.254.1.1", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"127.0.0.1", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"224.0.0.251", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"255.255.255.255", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"0.0.0.0", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"fe80::1", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"fd00::1", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"::", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"ff02::1", NULL, "inside", "inside", "unknown", SK_UNKNOWN, NULL, 0},
        {"198.41.0.4", NULL, "internet", "outside", "unknown", SK_UNKNOWN, NULL, 0},
        {"2a00:1450::1", NULL, "internet", "outside", "unknown", SK_UNKNOWN, NULL, 0},
        {"2002:a00:1::1", NULL, "internet", "outside", "unknown", SK_UNKNOWN, NULL, 0},
    };
    check(sk_policy_none(), w, sizeof w / sizeof *w);
}

static void the_longest_prefix_decides_then_the_segment_then_the_scope(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("zones:\n"                                   /* 2 */
                                          "  office: {side: inside, web: via-proxy}\n" /* 3 */
                                          "  dmz:    {web: none}\n"                    /* 4 */
                                          "  ken:    {side: partner, prefixes: [10.200.0.0/16, 203.0.113.0/24]}\n"
                                          "  hq:     {prefixes: [10.50.0.0/16]}\n" /* 6 */
                                          "segments:\n"                            /* 7 */
                                          "  pcs:   {vlan: 1, zone: office, clients: true, prefixes: [10.30.0.0/22]}\n"
                                          "  dmz:   {vlan: 2, zone: dmz, prefixes: [203.0.113.0/28]}\n" /* 9 */
                                          "  print: {vlan: 3, prefixes: [10.50.8.0/24]}\n"              /* 10 */
                                          "  loose: {vlan: 4, zone: office, clients: true}\n"           /* 11 */
                                          "  wan:   {vlan: 5, zone: internet, prefixes: [198.51.100.0/24]}\n"
                                          "  free:  {vlan: 6, prefixes: [\"2001:db8:6::/64\"]}\n"); /* 13 */
    static const struct want w[] = {
        {"10.30.1.1", NULL, "office", "inside", "via-proxy", SK_YES, "pcs", 8},
        {"10.30.1.1", "dmz", "office", "inside", "via-proxy", SK_YES, "pcs", 8},
        {"10.200.1.1", NULL, "ken", "partner", "unknown", SK_NO, NULL, 5},
        {"203.0.113.200", NULL, "ken", "partner", "unknown", SK_NO, NULL, 5},
        {"203.0.113.5", NULL, "dmz", "inside", "none", SK_NO, "dmz", 9},    /* ours within the partner's block */
        {"10.50.8.9", NULL, "hq", "inside", "unknown", SK_NO, "print", 10}, /* a segment of no zone: the zone around */
        {"10.50.9.9", NULL, "hq", "inside", "unknown", SK_NO, NULL, 6},
        {"2001:db8:6::1", NULL, "inside", "inside", "unknown", SK_NO, "free", 13}, /* declared, so inside */
        {"198.51.100.7", NULL, "internet", "outside", "unknown", SK_NO, "wan", 12},
        {"fe80::1", "pcs", "office", "inside", "via-proxy", SK_YES, NULL, 8},
        {"fe80::1", NULL, "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"192.168.9.9", "loose", "office", "inside", "via-proxy", SK_YES, NULL, 11},
        {"192.168.9.9", "pcs", "inside", "inside", "unknown", SK_NO, NULL, 0}, /* pcs has prefixes, this is in none */
        {"fd00::9", "pcs", "office", "inside", "via-proxy", SK_YES, NULL, 8},  /* of this family it has none */
        {"198.41.0.4", "loose", "internet", "outside", "unknown", SK_NO, NULL, 0}, /* came through the router */
        {"2a00::1", "pcs", "internet", "outside", "unknown", SK_NO, NULL, 0},
    };
    check(p, w, sizeof w / sizeof *w);
    sk_policy_free(p);
}

static void a_zones_block_within_a_segment_stays_in_the_segment(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("zones: {office: {prefixes: [10.30.2.0/24]}}\n"
                                          "segments: {pcs: {vlan: 1, zone: office, clients: true,\n"
                                          "                 prefixes: [\"2001:db8::/64\", 10.30.0.0/22]},\n"
                                          "           two: {vlan: 2, zone: office, clients: true,\n"
                                          "                 prefixes: [10.40.0.0/22, \"2001:db8:4::/64\"]}}\n");
    static const struct want w[] = {
        {"10.30.2.1", NULL, "office", "inside", "unknown", SK_YES, "pcs", 2},
        {"fd00::9", "pcs", "inside", "inside", "unknown", SK_NO, NULL, 0}, /* it has prefixes of both families */
        {"10.99.0.1", "pcs", "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"10.99.0.1", "two", "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"fd00::9", "two", "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"0.0.0.0", "pcs", "office", "inside", "unknown", SK_YES, NULL, 3}, /* DHCP DISCOVER */
        {"::", "pcs", "office", "inside", "unknown", SK_YES, NULL, 3},      /* DAD */
    };
    check(p, w, sizeof w / sizeof *w);
    sk_policy_free(p);
}

static void what_a_segments_routers_may_advertise_is_of_the_segment(void **state) {
    (void)state;
    const struct sk_policy *p =
        policy_of("segments:\n"
                  "  pcs:\n"
                  "    vlan: 1\n"
                  "    prefixes: [\"2001:db8:31::/64\"]\n"
                  "    routers: [{link_local: \"fe80::1\", prefixes: [\"2001:db8:30::/64\", \"2001:db8:31::/64\"]}]\n"
                  "  other: {vlan: 2, routers: [{link_local: \"fe80::1\"}]}\n");
    static const struct want w[] = {
        {"2001:db8:30::9", NULL, "inside", "inside", "unknown", SK_YES, "pcs", 6},
        {"2001:db8:31::9", NULL, "inside", "inside", "unknown", SK_YES, "pcs", 5},
        {"2001:db8:32::9", "pcs", "internet", "outside", "unknown", SK_NO, NULL, 0},
        {"2001:db8:30::9", "other", "inside", "inside", "unknown", SK_YES, "pcs", 6},
    };
    check(p, w, sizeof w / sizeof *w);
    sk_policy_free(p);
}

static void without_clients_all_but_the_named_are_terminals(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("segments: {office: {vlan: any}, iot: {vlan: 9, clients: false}}\n"
                                          "proxies: [{ip: 10.200.1.10}]\n" /* 3 */
                                          "no_proxy:\n"
                                          "  - {hosts: [10.30.2.20], why: WSUS}\n"
                                          "  - {hosts: [10.30.2.21], why: one day, until: 2026-12-31}\n"
                                          "dns: {resolvers: [10.30.0.2], upstreams: [10.30.0.3],\n"
                                          "      authoritative: [{ip: 10.30.0.4, zones: [a.example]}]}\n"
                                          "mail: {mx: [10.30.0.5], relays: [10.30.0.6], submission: [10.30.0.7]}\n"
                                          "ntp_servers: [10.30.0.8/31]\n");
    static const struct want w[] = {
        {"10.30.1.1", NULL, "inside", "inside", "via-proxy", SK_YES, NULL, 3},
        {"10.30.1.1", "office", "inside", "inside", "via-proxy", SK_YES, NULL, 2},
        {"10.30.1.1", "iot", "inside", "inside", "unknown", SK_NO, NULL, 2},
        {"10.200.1.10", NULL, "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"10.30.2.20", NULL, "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"10.30.2.21", NULL, "inside", "inside", "via-proxy", SK_YES, NULL, 3}, /* judged by time elsewhere */
        {"10.30.0.2", NULL, "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"10.30.0.3", NULL, "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"10.30.0.4", NULL, "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"10.30.0.5", NULL, "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"10.30.0.6", NULL, "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"10.30.0.7", NULL, "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"10.30.0.9", NULL, "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"224.0.0.1", NULL, "inside", "inside", "unknown", SK_NO, NULL, 0},
        {"198.41.0.4", NULL, "internet", "outside", "unknown", SK_NO, NULL, 0},
    };
    check(p, w, sizeof w / sizeof *w);
    sk_policy_free(p);
}

static void the_way_to_the_web_is_the_zones_else_the_proxy(void **state) {
    (void)state;
    static const char text[] = "zones: {quiet: {}, says: {web: direct}, shrugs: {web: unknown}}\n"
                               "segments:\n"
                               "  quiet:  {vlan: 1, zone: quiet, clients: true, prefixes: [10.1.0.0/16]}\n" /* 4 */
                               "  says:   {vlan: 2, zone: says, clients: true, prefixes: [10.2.0.0/16]}\n"
                               "  shrugs: {vlan: 3, zone: shrugs, clients: true, prefixes: [10.3.0.0/16]}\n"
                               "  server: {vlan: 4, zone: quiet, prefixes: [10.4.0.0/16]}\n";
    char with[1024];
    (void)snprintf(with, sizeof with, "%sproxies: [{ip: 10.9.9.9}]\n", text);
    static const struct want proxied[] = {
        {"10.1.0.1", NULL, "quiet", "inside", "via-proxy", SK_YES, "quiet", 4},
        {"10.2.0.1", NULL, "says", "inside", "direct", SK_YES, "says", 5},
        {"10.3.0.1", NULL, "shrugs", "inside", "unknown", SK_YES, "shrugs", 6},
        {"10.4.0.1", NULL, "quiet", "inside", "unknown", SK_NO, "server", 7},
    };
    static const struct want bare[] = {
        {"10.1.0.1", NULL, "quiet", "inside", "unknown", SK_YES, "quiet", 4},
        {"10.2.0.1", NULL, "says", "inside", "direct", SK_YES, "says", 5},
    };
    const struct sk_policy *p = policy_of(with);
    check(p, proxied, 4);
    sk_policy_free(p);
    p = policy_of(text);
    check(p, bare, 2);
    sk_policy_free(p);
    (void)snprintf(with, sizeof with, "%sproxies: []\n", text); /* there is none: that says nothing of direct ways */
    p = policy_of(with);
    check(p, bare, 2);
    sk_policy_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_policy_only_the_scope_is_known),
        cmocka_unit_test(the_longest_prefix_decides_then_the_segment_then_the_scope),
        cmocka_unit_test(a_zones_block_within_a_segment_stays_in_the_segment),
        cmocka_unit_test(what_a_segments_routers_may_advertise_is_of_the_segment),
        cmocka_unit_test(without_clients_all_but_the_named_are_terminals),
        cmocka_unit_test(the_way_to_the_web_is_the_zones_else_the_proxy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
