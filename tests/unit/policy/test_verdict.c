/* SPDX-License-Identifier: Apache-2.0 */
/* Is this what the policy says? Routers (V6-011), DHCPv6 servers (V6-021), tolerances, tunnels, proxies, names. */
#include "policy_text.h"

#define FE80_1  "fe80::1"
#define FE80_2  "fe80::2"
#define MAC_1   "00-00-5E-00-53-01"
#define MAC_2   "00-00-5E-00-53-02"
#define VRRP    "00-00-5E-00-02-0A"
#define MAC_BAD "02-00-00-00-00-AA"

static void a_router_must_match_in_every_declared_field(void **state) {
    (void)state;
    const struct sk_policy *p =
        policy_of("segments:\n"
                  "  both:    {vlan: 1, routers: [{mac: " MAC_1 ", link_local: \"" FE80_1 "\"}]}\n"
                  "  maconly: {vlan: 2, routers: [{mac: " MAC_1 "}]}\n"
                  "  llonly:  {vlan: 3, routers: [{link_local: \"" FE80_1 "\"}]}\n"
                  "  none:    {vlan: 4, routers: []}\n"
                  "  unknown: {vlan: 5}\n"
                  "  vrrp:    {vlan: 6, routers: [{macs: [" MAC_1 ", " VRRP "], link_local: \"" FE80_1 "\"}]}\n"
                  "  two:\n"
                  "    vlan: 7\n"
                  "    routers:\n"
                  "      - {mac: " MAC_1 ", link_local: \"" FE80_1 "\"}\n" /* line 12 */
                  "      - {mac: " MAC_2 ", link_local: \"" FE80_2 "\"}\n");
    static const struct {
        uint16_t segment;
        const char *mac, *ll, *slla, *want;
        unsigned line;
    } t[] = {
        {0, MAC_1, FE80_1, NULL, "listed", 3},
        {0, MAC_1, FE80_1, MAC_1, "listed", 3},
        {0, MAC_1, FE80_2, MAC_1, "impersonation", 3},
        {0, MAC_BAD, FE80_1, MAC_BAD, "impersonation", 3},
        {0, MAC_1, FE80_1, MAC_BAD, "impersonation", 3}, /* right, but sends traffic to another */
        {0, MAC_BAD, FE80_2, MAC_1, "impersonation", 3}, /* claims the router's MAC */
        {0, MAC_BAD, FE80_2, MAC_BAD, "not-listed", 3},
        {0, MAC_BAD, FE80_2, NULL, "not-listed", 3},
        {1, MAC_1, FE80_2, MAC_1, "listed", 4},
        {1, MAC_1, FE80_2, MAC_2, "impersonation", 4},
        {1, MAC_2, FE80_2, MAC_2, "not-listed", 4},
        {2, MAC_2, FE80_1, MAC_2, "listed", 5},
        {2, MAC_2, FE80_1, MAC_1, "impersonation", 5},
        {3, MAC_1, FE80_1, NULL, "not-listed", 6},
        {4, MAC_1, FE80_1, NULL, "unknown", 0},
        {5, VRRP, FE80_1, VRRP, "listed", 8},
        {5, MAC_1, FE80_1, VRRP, "listed", 8}, /* VRRP: the virtual MAC is declared */
        {5, MAC_1, FE80_1, MAC_BAD, "impersonation", 8},
        {6, MAC_1, FE80_1, NULL, "listed", 12},
        {6, MAC_2, FE80_2, NULL, "listed", 13},
        {6, MAC_1, FE80_2, NULL, "impersonation", 12}, /* a half of each */
        {6, MAC_BAD, "fe80::3", NULL, "not-listed", 11},
        {99, MAC_1, FE80_1, NULL, "unknown", 0},
        {0xffff, MAC_1, FE80_1, NULL, "unknown", 0},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct sk_mac mac = mac_of(t[i].mac);
        struct sk_addr ll = addr_of(t[i].ll);
        struct sk_mac slla = mac_of(t[i].slla ? t[i].slla : MAC_1);
        struct sk_origin at = {0};
        print_message("row %zu\n", i);
        assert_string_equal(
            sk_router_verdict_name(sk_policy_router(p, t[i].segment, &mac, &ll, t[i].slla ? &slla : NULL, &at)),
            t[i].want);
        assert_int_equal(at.line, t[i].line);
        if (at.line)
            assert_string_equal(at.file, "test.yml");
    }
    sk_policy_free(p);
}

static void a_dhcpv6_server_must_match_in_every_declared_field(void **state) {
    (void)state;
    const struct sk_policy *p =
        policy_of("segments:\n"
                  "  full:    {vlan: 1, dhcpv6_servers: [{mac: " MAC_1 ", ip: [" FE80_1 ", \"2001:db8::1\"],\n"
                  "            duid: \"00:03:00:01:00:00:5e:00:53:01\"}]}\n"
                  "  empty:   {vlan: 2, dhcpv6_servers: []}\n"
                  "  unknown: {vlan: 3}\n"
                  "  addr:    {vlan: 4, dhcpv6_servers: [{addr: " FE80_1 "}]}\n");
    static const uint8_t right[] = {0, 3, 0, 1, 0, 0, 0x5e, 0, 0x53, 1}, wrong[] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 0xaa};
    static const struct {
        uint16_t segment;
        const char *mac, *addr;
        const uint8_t *duid;
        size_t duid_len;
        const char *want;
    } t[] = {
        {0, MAC_1, FE80_1, right, 10, "listed"},        {0, MAC_1, "2001:db8::1", right, 10, "listed"},
        {0, MAC_1, FE80_1, wrong, 10, "impersonation"}, {0, MAC_1, FE80_1, right, 9, "impersonation"},
        {0, MAC_1, FE80_1, NULL, 0, "impersonation"},   {0, MAC_BAD, FE80_1, right, 10, "impersonation"},
        {0, MAC_BAD, FE80_2, wrong, 10, "not-listed"},  {1, MAC_1, FE80_1, right, 10, "not-listed"},
        {2, MAC_1, FE80_1, right, 10, "unknown"},       {3, MAC_BAD, FE80_1, wrong, 10, "listed"},
        {3, MAC_BAD, FE80_2, wrong, 10, "not-listed"},  {9, MAC_1, FE80_1, right, 10, "unknown"},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct sk_mac mac = mac_of(t[i].mac);
        struct sk_addr addr = addr_of(t[i].addr);
        struct sk_origin at = {0};
        print_message("row %zu\n", i);
        assert_string_equal(sk_router_verdict_name(
                                sk_policy_dhcpv6_server(p, t[i].segment, &mac, &addr, t[i].duid, t[i].duid_len, &at)),
                            t[i].want);
        assert_int_equal(at.line != 0, strcmp(t[i].want, "unknown") != 0);
    }
    sk_policy_free(p);
}

static void tolerance_covers_its_kinds_until_its_last_day(void **state) {
    (void)state;
    const struct sk_policy *p =
        policy_of("site: {timezone: Asia/Tokyo}\n"
                  "segments:\n"
                  "  a: {vlan: 1, tolerate: {kinds: [mld, mdns], until: 2027-03-31, reason: Windows}}\n"
                  "  b: {vlan: 2}\n");
    sk_time last = day_of("2027-04-01") - 9 * 3600 * SK_SEC - 1; /* midnight in Tokyo */
    struct sk_origin at = {0};
    assert_true(sk_policy_tolerates(p, 0, "mld", day_of("2026-01-01"), &at));
    assert_int_equal(at.line, 4);
    assert_true(sk_policy_tolerates(p, 0, "mdns", last, NULL));
    assert_false(sk_policy_tolerates(p, 0, "mdns", last + 1, NULL));
    assert_false(sk_policy_tolerates(p, 0, "ra", last, NULL));
    assert_false(sk_policy_tolerates(p, 0, "ml", last, NULL));
    assert_false(sk_policy_tolerates(p, 1, "mld", last, NULL));
    assert_false(sk_policy_tolerates(p, 0xffff, "mld", last, NULL));
    sk_policy_free(p);
}

static const char *tunnel(const struct sk_policy *p, const char *kind, const char *a, const char *b, const char *day,
                          struct sk_origin *at) {
    struct sk_addr x = addr_of(a);
    struct sk_addr y = addr_of(b);
    return sk_tunnel_verdict_name(sk_policy_tunnel(p, kind, &x, &y, day_of(day), at));
}

static void tunnels_are_allowed_by_kind_ends_and_date(void **state) {
    (void)state;
    const struct sk_policy *p =
        policy_of("tunnels:\n"
                  "  - {id: T1, kind: 6in4, local: 203.0.113.9, remote: 198.51.100.0/24, until: 2026-06-30}\n"
                  "  - {id: T2, kind: gre, local: 203.0.113.9}\n");
    struct sk_origin at = {0};
    assert_string_equal(tunnel(p, "6in4", "203.0.113.9", "198.51.100.20", "2026-06-30", &at), "allowed");
    assert_string_equal(at.entry, "T1");
    assert_int_equal(at.line, 3);
    assert_string_equal(tunnel(p, "6in4", "198.51.100.20", "203.0.113.9", "2026-06-30", &at), "allowed");
    assert_string_equal(tunnel(p, "6in4", "203.0.113.9", "198.51.100.20", "2026-07-01", &at), "not-allowed");
    assert_int_equal(at.line, 2); /* the key */
    assert_null(at.entry);
    assert_string_equal(tunnel(p, "6to4", "203.0.113.9", "198.51.100.20", "2026-01-01", NULL), "not-allowed");
    assert_string_equal(tunnel(p, "6in4", "203.0.113.8", "198.51.100.20", "2026-01-01", NULL), "not-allowed");
    assert_string_equal(tunnel(p, "6in4", "203.0.113.9", "198.51.101.20", "2026-01-01", NULL), "not-allowed");
    assert_string_equal(tunnel(p, "gre", "192.0.2.77", "203.0.113.9", "2099-01-01", NULL), "allowed");
    assert_string_equal(tunnel(p, "gre", "192.0.2.77", "192.0.2.78", "2099-01-01", NULL), "not-allowed");
    sk_policy_free(p);
}

static void what_ends_holds_through_its_last_nanosecond(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("proxies: []\n"
                                          "tunnels: [{kind: gre, until: 2026-06-30}]\n"
                                          "no_proxy: [{hosts: [10.0.0.1], until: 2026-06-30}]\n");
    struct sk_addr a = addr_of("10.0.0.1");
    struct sk_addr b = addr_of("198.51.100.1");
    sk_time last = day_of("2026-07-01") - 1;
    assert_int_equal(sk_policy_tunnel(p, "gre", &a, &b, last, NULL), SK_TUNNEL_ALLOWED);
    assert_int_equal(sk_policy_tunnel(p, "gre", &a, &b, last + 1, NULL), SK_TUNNEL_NOT_ALLOWED);
    assert_int_equal(sk_policy_proxy(p, &a, &b, 6, 443, NULL, last, NULL), SK_PROXY_EXEMPT);
    assert_int_equal(sk_policy_proxy(p, &a, &b, 6, 443, NULL, last + 1, NULL), SK_PROXY_NO);
    sk_policy_free(p);
}

static void undeclared_tunnels_are_unknown_and_an_empty_list_allows_none(void **state) {
    (void)state;
    assert_string_equal(tunnel(sk_policy_none(), "6to4", "10.0.0.5", "192.88.99.1", "2026-01-01", NULL), "unknown");
    const struct sk_policy *p = policy_of("tunnels: []\n");
    assert_string_equal(tunnel(p, "6to4", "10.0.0.5", "192.88.99.1", "2026-01-01", NULL), "not-allowed");
    sk_policy_free(p);
}

static void the_proxy_verdict_names_what_excuses_a_flow(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of(
        "proxies: [{ip: [10.200.1.10, 198.51.100.80], ports: [8080]}]\n" /* 2 */
        "no_proxy:\n"
        "  - {id: WSUS, hosts: [10.30.2.20], to: {names: [\"*.windowsupdate.com\", one.example]}, until: 2026-06-30}\n"
        "  - {hosts: [10.30.0.0/30], to: {ips: [203.0.113.0/24]}, service: [https, tcp/8443]}\n" /* 5 */
        "  - {to: {ips: [192.0.2.1]}, service: any}\n"                                           /* 6 */
        "dns: {resolvers: [10.30.0.2, 192.0.2.53],\n"                                            /* 7 */
        "      authoritative: [{ip: 10.30.0.6, zones: [a.example], secondaries: [198.51.100.53]}]}\n"
        "mail: {relays: [10.30.0.25], submission: [10.30.0.26]}\n" /* 9 */
        "ntp_servers: [10.30.0.123, 192.0.2.123]\n");              /* 10 */
    static const struct {
        const char *client, *server;
        uint8_t transport;
        uint16_t port;
        const char *name, *day, *want;
        unsigned line;
    } t[] = {
        {"10.30.1.1", "198.51.100.1", 6, 443, NULL, "2026-01-01", "no", 2},
        {"10.30.1.1", "10.200.1.10", 6, 8080, NULL, "2026-01-01", "is-proxy", 2},
        {"10.30.1.1", "198.51.100.80", 6, 8080, NULL, "2026-01-01", "is-proxy", 2},
        {"10.30.1.1", "198.51.100.80", 6, 443, NULL, "2026-01-01", "no", 2}, /* another door of the same host */
        {"10.200.1.10", "198.51.100.1", 6, 443, NULL, "2026-01-01", "is-proxy", 2},
        {"10.30.2.20", "198.51.100.1", 6, 443, "dl.windowsupdate.com", "2026-06-30", "exempt", 4},
        {"10.30.2.20", "198.51.100.1", 6, 443, "a.b.WindowsUpdate.com", "2026-06-30", "exempt", 4},
        {"10.30.2.20", "198.51.100.1", 6, 443, "dl.windowsupdate.com", "2026-07-01", "no", 2},
        {"10.30.2.20", "198.51.100.1", 6, 443, "windowsupdate.com", "2026-06-30", "no", 2},
        {"10.30.2.20", "198.51.100.1", 6, 443, "xwindowsupdate.com", "2026-06-30", "no", 2},
        {"10.30.2.20", "198.51.100.1", 6, 443, "windowsupdate.com.evil.example", "2026-06-30", "no", 2},
        {"10.30.2.20", "198.51.100.1", 6, 443, "one.example", "2026-06-30", "exempt", 4},
        {"10.30.2.20", "198.51.100.1", 6, 443, "x.one.example", "2026-06-30", "no", 2},
        {"10.30.2.20", "198.51.100.1", 6, 443, NULL, "2026-06-30", "no", 2},
        {"10.30.2.21", "198.51.100.1", 6, 443, "dl.windowsupdate.com", "2026-06-30", "no", 2},
        {"10.30.0.1", "203.0.113.9", 6, 443, NULL, "2026-01-01", "exempt", 5},
        {"10.30.0.1", "203.0.113.9", 17, 443, NULL, "2026-01-01", "exempt", 5},
        {"10.30.0.1", "203.0.113.9", 6, 8443, NULL, "2026-01-01", "exempt", 5},
        {"10.30.0.1", "203.0.113.9", 17, 8443, NULL, "2026-01-01", "no", 2},
        {"10.30.0.1", "203.0.113.9", 6, 80, NULL, "2026-01-01", "no", 2},
        {"10.30.0.4", "203.0.113.9", 6, 443, NULL, "2026-01-01", "no", 2},
        {"10.77.0.1", "192.0.2.1", 17, 9, NULL, "2026-01-01", "exempt", 6}, /* everybody may go there */
        {"10.30.0.2", "198.41.0.4", 17, 53, NULL, "2026-01-01", "service-exempt", 7},
        {"10.30.1.1", "192.0.2.53", 17, 53, NULL, "2026-01-01", "service-exempt", 7},
        {"10.30.1.1", "192.0.2.53", 6, 853, NULL, "2026-01-01", "service-exempt", 7},
        {"10.30.1.1", "192.0.2.53", 6, 443, NULL, "2026-01-01", "no", 2},
        {"10.30.1.1", "8.8.8.8", 17, 53, NULL, "2026-01-01", "no", 2},
        {"10.30.0.6", "198.51.100.53", 6, 53, NULL, "2026-01-01", "service-exempt", 7},
        {"10.30.0.6", "8.8.8.8", 6, 53, NULL, "2026-01-01", "no", 2},
        {"10.30.0.25", "198.51.100.1", 6, 25, NULL, "2026-01-01", "service-exempt", 9},
        {"10.30.0.26", "198.51.100.1", 6, 25, NULL, "2026-01-01", "service-exempt", 9},
        {"10.30.0.25", "198.51.100.1", 6, 443, NULL, "2026-01-01", "no", 2},
        {"10.30.1.1", "198.51.100.1", 6, 25, NULL, "2026-01-01", "no", 2},
        {"10.30.0.123", "198.51.100.1", 17, 123, NULL, "2026-01-01", "service-exempt", 10},
        {"10.30.1.1", "192.0.2.123", 17, 123, NULL, "2026-01-01", "service-exempt", 10},
        {"10.30.1.1", "198.51.100.1", 17, 123, NULL, "2026-01-01", "no", 2},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct sk_addr c = addr_of(t[i].client);
        struct sk_addr s = addr_of(t[i].server);
        struct sk_origin at = {0};
        print_message("row %zu\n", i);
        assert_string_equal(sk_proxy_verdict_name(sk_policy_proxy(p, &c, &s, t[i].transport, t[i].port, t[i].name,
                                                                  day_of(t[i].day), &at)),
                            t[i].want);
        assert_int_equal(at.line, t[i].line);
    }
    struct sk_addr c = addr_of("10.30.1.1");
    struct sk_addr s = addr_of("198.51.100.1");
    assert_int_equal(sk_policy_proxy(sk_policy_none(), &c, &s, 6, 443, NULL, 0, NULL), SK_PROXY_UNKNOWN);
    sk_policy_free(p);
}

static void a_host_list_that_is_empty_excuses_nobody(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("proxies: []\nno_proxy: [{hosts: []}, {hosts: [10.0.0.1], to: {}}]\n");
    struct sk_addr c = addr_of("10.0.0.1");
    struct sk_addr s = addr_of("198.51.100.1");
    assert_int_equal(sk_policy_proxy(p, &c, &s, 6, 443, "x.example", 0, NULL), SK_PROXY_NO);
    sk_policy_free(p);
}

static void names_and_servers_are_known_absent_or_unknown(void **state) {
    (void)state;
    const struct sk_policy *p =
        policy_of("dns: {resolvers: [10.0.0.2, \"2001:db8::/64\"],\n"
                  "      authoritative: [{ip: [10.0.0.6], zones: [city.example, 113.0.203.in-addr.arpa]}]}\n"
                  "mail: {mx: [10.0.0.5], own_domains: [city.example]}\n");
    struct sk_addr a6 = addr_of("10.0.0.6");
    struct sk_addr a5 = addr_of("10.0.0.5");
    struct sk_addr a2 = addr_of("10.0.0.2");
    struct sk_addr v6 = addr_of("2001:db8::53");
    assert_int_equal(sk_policy_own_zone(p, &a6, "city.example"), SK_YES);
    assert_int_equal(sk_policy_own_zone(p, &a6, "www.city.example"), SK_YES);
    assert_int_equal(sk_policy_own_zone(p, &a6, "5.113.0.203.in-addr.arpa"), SK_YES);
    assert_int_equal(sk_policy_own_zone(p, &a6, "xcity.example"), SK_NO);
    assert_int_equal(sk_policy_own_zone(p, &a6, "example"), SK_NO);
    assert_int_equal(sk_policy_own_zone(p, &a6, ""), SK_NO);
    assert_int_equal(sk_policy_own_zone(p, &a5, "city.example"), SK_NO); /* another server */
    assert_int_equal(sk_policy_is_resolver(p, &a2), SK_YES);
    assert_int_equal(sk_policy_is_resolver(p, &v6), SK_YES);
    assert_int_equal(sk_policy_is_resolver(p, &a5), SK_NO);
    assert_int_equal(sk_policy_is_mail_server(p, &a5), SK_YES);
    assert_int_equal(sk_policy_is_mail_server(p, &a2), SK_NO);
    assert_int_equal(sk_policy_is_own_domain(p, "CITY.example"), SK_YES);
    assert_int_equal(sk_policy_is_own_domain(p, "mail.city.example"), SK_YES);
    assert_int_equal(sk_policy_is_own_domain(p, "felicity.example"), SK_NO);
    sk_policy_free(p);
    const struct sk_policy *none = sk_policy_none();
    assert_int_equal(sk_policy_own_zone(none, &a6, "city.example"), SK_UNKNOWN);
    assert_int_equal(sk_policy_is_resolver(none, &a2), SK_UNKNOWN);
    assert_int_equal(sk_policy_is_mail_server(none, &a5), SK_UNKNOWN);
    assert_int_equal(sk_policy_is_own_domain(none, "city.example"), SK_UNKNOWN);
    p = policy_of("dns: {resolvers: [], authoritative: []}\nmail: {relays: [], own_domains: []}\n");
    assert_int_equal(sk_policy_own_zone(p, &a6, "city.example"), SK_NO);
    assert_int_equal(sk_policy_is_resolver(p, &a2), SK_NO);
    assert_int_equal(sk_policy_is_mail_server(p, &a5), SK_NO);
    assert_int_equal(sk_policy_is_own_domain(p, "city.example"), SK_NO);
    sk_policy_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_router_must_match_in_every_declared_field),
        cmocka_unit_test(a_dhcpv6_server_must_match_in_every_declared_field),
        cmocka_unit_test(tolerance_covers_its_kinds_until_its_last_day),
        cmocka_unit_test(tunnels_are_allowed_by_kind_ends_and_date),
        cmocka_unit_test(what_ends_holds_through_its_last_nanosecond),
        cmocka_unit_test(undeclared_tunnels_are_unknown_and_an_empty_list_allows_none),
        cmocka_unit_test(the_proxy_verdict_names_what_excuses_a_flow),
        cmocka_unit_test(a_host_list_that_is_empty_excuses_nobody),
        cmocka_unit_test(names_and_servers_are_known_absent_or_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
