/* SPDX-License-Identifier: Apache-2.0 */
/* What `policy show` prints. */
#include "policy_text.h"
#include "sekimori/text.h"

static void shows(const struct sk_policy *p, const char *want) {
    struct sk_buf out = {0};
    sk_policy_show(p, day_of("2026-11-22"), &out);
    assert_string_equal(out.p, want);
    sk_buf_free(&out);
}

static void every_statement_is_shown_with_its_line(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of(
        "site: {name: \"town\\e[31m\", timezone: Asia/Tokyo, language: ja}\n"
        "taps: {core: {sensor: s1, iface: eth1, files: [\"*/s1/*\", \"*.pcap\"]}}\n"
        "zones: {office: {side: inside, web: via-proxy}, ken: {side: partner, prefixes: [10.200.0.0/16]}}\n"
        "segments:\n"
        "  pcs: {tap: core, vlan: [30, 31], vni: 7, zone: office, prefixes: [10.30.0.0/22, \"2001:db8::/64\"],\n"
        "        ipv6: forbidden, since: 2026-04-01, clients: true, private: true, registered_only: true,\n"
        "        tolerate: {kinds: [mld, mdns], until: 2026-11-21, reason: x},\n"
        "        routers: [{macs: [02-00-00-00-00-01, 02-00-00-00-00-02], link_local: \"fe80::1\",\n"
        "                   prefixes: [\"2001:db8::/64\"]}],\n"
        "        dhcp_servers: [{ip: 10.30.0.2}], dhcpv6_servers: [{duid: \"00:03:00:01\"}]}\n"
        "  rest: {vlan: any, routers: []}\n"
        "proxies: [{ip: [10.200.1.10], ports: [8080, 3128]}]\n"
        "no_proxy:\n"
        "  - {hosts: [10.30.2.20], to: {ips: [192.0.2.0/24], names: [\"*.a.example\"]}, service: [https, ntp, tcp/22], "
        "why: WSUS}\n"
        "  - {to: {ips: [192.0.2.1]}, until: 2027-01-01}\n"
        "tunnels: [{id: T, kind: gre, local: 10.0.0.1, why: x, until: 2026-11-22}]\n"
        "scanners: [{ip: 10.99.0.20, until: 2026-01-01}]\n"
        "ntp_servers: []\n");
    shows(
        p,
        "                         site town\\x1b[31m, time zone Asia/Tokyo, language ja\n"
        "test.yml:3               tap core, sensor s1, interface eth1, files */s1/*, *.pcap\n"
        "test.yml:4               zone office: inside, web via-proxy\n"
        "test.yml:4               zone ken: partner, web unknown, prefixes 10.200.0.0/16\n"
        "test.yml:6               segment pcs: tap core, VNI 7, VLAN 30 or 31, 10.30.0.0/22, 2001:db8::/64, zone "
        "office, "
        "IPv6 forbidden since 2026-04-01, terminals, private, registered devices only\n"
        "test.yml:8                 tolerates mld, mdns, NOT honoured: ended 2026-11-21\n"
        "test.yml:9                 router: 02-00-00-00-00-01 or 02-00-00-00-00-02 at fe80::1, prefixes 2001:db8::/64\n"
        "test.yml:11                DHCP server: at 10.30.0.2\n"
        "test.yml:11                DHCPv6 server: DUID 00:03:00:01\n"
        "test.yml:12              segment rest: VLAN any, IPv6 unknown\n"
        "test.yml:12                router: none allowed\n"
        "test.yml:13              proxy 10.200.1.10, port 8080, 3128\n"
        "test.yml:15              without proxy: 10.30.2.20 to 192.0.2.0/24 to *.a.example, only tcp+udp/443, udp/123, "
        "tcp/22, "
        "why: WSUS\n"
        "test.yml:16              without proxy: everybody to 192.0.2.1, until 2027-01-01\n"
        "test.yml:17              tunnel T: gre between 10.0.0.1 and any, why: x, until 2026-11-22\n"
        "                         %proxies%: 10.200.1.10\n"
        "                         %scanners%: 10.99.0.20 (ended)\n"
        "                         %ntp_servers%: none\n"
        "                         not declared, so unknown: dns.resolvers, dns.authoritative, mail.mx, mail.relays, "
        "mail.own_domains\n");
    sk_policy_free(p);
}

static void without_a_policy_everything_is_unknown(void **state) {
    (void)state;
    shows(sk_policy_none(),
          "                         site: time zone UTC\n"
          "                         not declared, so unknown: segments.*.ipv6, segments.*.routers, "
          "segments.*.dhcpv6_servers, zones, zones.*.web, proxies, dns.resolvers, dns.authoritative, mail.mx, "
          "mail.relays, mail.own_domains, ntp_servers, tunnels\n");
}

static void tunnels_that_are_none_are_said_to_be_none(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("tunnels: []\n");
    struct sk_buf out = {0};
    sk_policy_show(p, 0, &out);
    assert_non_null(strstr(out.p, "test.yml:2               tunnel: none allowed\n"));
    sk_buf_free(&out);
    sk_policy_free(p);
}

static void mirrors_and_6rd_domains_are_shown_with_their_ends(void **state) {
    (void)state;
    const struct sk_policy *p =
        policy_of("mirror_encap: [erspan, {kind: tzsp, from: 10.0.0.1, to: 192.0.2.10, why: ap}]\n"
                  "tunnels: [{kind: 6rd, local: 10.0.0.0/8, prefix: \"2001:db8::/32\", "
                  "ipv4_mask_len: 8}]\n");
    struct sk_buf out = {0};
    sk_policy_show(p, 0, &out);
    assert_non_null(strstr(out.p, "mirror encapsulation erspan, stripped: from any to any\n"));
    assert_non_null(strstr(out.p, "mirror encapsulation tzsp, stripped: from 10.0.0.1 to 192.0.2.10, why: ap\n"));
    assert_non_null(
        strstr(out.p, "tunnel 6rd: 6rd between 10.0.0.0/8 and any, 6rd prefix 2001:db8::/32 without 8 bits of IPv4\n"));
    sk_buf_free(&out);
    sk_policy_free(p);
    p = policy_of("mirror_encap: []\n");
    sk_policy_show(p, 0, &out);
    assert_non_null(strstr(out.p, "mirror encapsulation: none\n"));
    sk_buf_free(&out);
    sk_policy_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_is_shown_with_its_line),
        cmocka_unit_test(without_a_policy_everything_is_unknown),
        cmocka_unit_test(tunnels_that_are_none_are_said_to_be_none),
        cmocka_unit_test(mirrors_and_6rd_domains_are_shown_with_their_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
