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
        "test.yml:2               site town\\x1b[31m, time zone Asia/Tokyo, language ja\n"
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
        "test.yml:13              %proxies%: 10.200.1.10\n"
        "test.yml:18              %scanners%: 10.99.0.20 (ended)\n"
        "test.yml:19              %ntp_servers%: none\n"
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

static const char town[] =
    "site: {timezone: UTC, model: beta, hours: {weekdays: \"08:30-17:15\", saturday: closed}, own_clauses: {\"2.1\": "
    "x}}\n"
    "taps: {core: {iface: eth0}, dmz: {iface: eth1}}\n"
    "zones: {office: {side: inside, title: Office, weight: +1}, dmz: {side: inside}}\n"
    "segments:\n"
    "  pcs: {tap: core, vlan: 30, zone: office, prefixes: [10.30.0.0/22], lateral_ok: [print], mld_queriers: "
    "[02-00-00-00-00-10],\n"
    "        routers: [{mac: 02-00-00-00-00-01, pref: low, mtu: 1400, rdnss: [], dnssl: [a.example], flags: [M], "
    "pd_dynamic: true, lifetime_max: 10m}]}\n"
    "  web: {tap: dmz, vlan: 50, zone: dmz, prefixes: [203.0.113.0/28], icmpv6_echo_inbound: allow}\n"
    "flows:\n"
    "  - {id: F1, from: internet, to: dmz, service: [https, ping], peers: [203.0.113.5], review: 2026-01-01}\n"
    "  - {id: F2, from: pcs, to: internet, service: any, until: 2026-01-01, ip: 6}\n"
    "one_way: [{id: W, from: pcs, to: dmz, back: {max_bytes: 10}, why: x}]\n"
    "services: [{id: S, names: [\"*.meet.example\"], zones: office, until: 2026-01-01}]\n"
    "services_unlisted: report\n"
    "devices: [{name: d1, number: A-1, mac: 02-00-00-00-00-09, ip: 10.30.0.9, state: lost, date: 2026-01-01}, {name: "
    "d2, "
    "mac: 02-00-00-00-00-01}]\n"
    "exceptions: [{id: E, rule: V6-*, where: {segment: pcs, source: 10.30.0.0/24, port: [80, 443]}, effect: mute, "
    "owner: o, "
    "approver: a, reason: r, until: 2026-01-01}]\n"
    "watch: {ra-flood: {gt: 50, timespan: 10s}, loss_alert: 0.1%, silent_mirror: {core: 60s}}\n"
    "scanners: [{ip: 10.30.0.9}]\n";

static void has(const char *out, const char *line) {
    if (!strstr(out, line))
        print_message("missing: %s\nin:\n%s", line, out);
    assert_non_null(strstr(out, line));
}

static void every_section_is_shown(void **state) {
    (void)state;
    static const char *const line[] = {
        "site: time zone UTC, model beta\n",
        "test.yml:2               own clauses: 1, cited before those of the standard\n",
        "test.yml:2               office hours: 08:30-17:15, Saturday closed (no detection of this version judges by "
        "it)\n",
        "zone office: inside, web unknown, title Office, weight +1\n",
        "  terminals may speak to each other by tcp/9100, tcp/515, tcp/631 (no detection",
        "  router: 02-00-00-00-00-01, any delegated prefix, resolvers none, search domains a.example, flags M, "
        "preference low, "
        "MTU 1400, lifetime at most 600 s\n",
        "  MLD querier: 02-00-00-00-00-10\n",
        "  echo requests from outside: allowed\n",
        "test.yml:10              flow F1: allowed from internet to dmz (203.0.113.5), only tcp+udp/443, ping, review "
        "was due "
        "2026-01-01\n",
        "flow F2: allowed from pcs to internet, IPv6 only, NOT honoured: ended 2026-01-01\n",
        "one way W: from pcs to dmz, back at most 10 bytes, why: x (no detection",
        "service S: *.meet.example, for office, NOT honoured: ended 2026-01-01 (no detection",
        "services not listed: report (no detection",
        "device d1, number A-1, 02-00-00-00-00-09 at 10.30.0.9, lost since 2026-01-01\n",
        "exception E: mute V6-* in pcs from 10.30.0.0/24 port 80 or 443, owner o, approver a, reason: r, NOT honoured: "
        "ended "
        "2026-01-01\n",
        "watch ra-flood, over 50 within 10 s\n",
        "watch lost packets: alert from 0.1 %\n",
        "watch tap core: silent for 60 s is an alert\n",
    };
    const struct sk_policy *p = policy_of(town);
    struct sk_buf out = {0};
    sk_policy_show(p, day_of("2026-11-22"), &out);
    for (size_t i = 0; i < sizeof line / sizeof *line; i++)
        has(out.p, line[i]);
    sk_buf_free(&out);
    sk_policy_free(p);
}

static unsigned lines(const char *text) {
    unsigned n = 0;
    for (; text && *text; text++)
        n += *text == '\n';
    return n;
}

static void only_what_is_asked_for_is_shown(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of(town);
    struct sk_buf out = {0};
    struct sk_policy_view view = {.segment = "web"};
    sk_policy_show_view(p, &view, day_of("2026-11-22"), &out);
    has(out.p, "tap dmz");
    has(out.p, "zone dmz");
    has(out.p, "segment web");
    has(out.p, "flow F1");
    has(out.p, "one way W");
    assert_int_equal(lines(out.p), 6);
    sk_buf_free(&out);
    struct sk_addr addr = addr_of("10.30.0.9");
    view = (struct sk_policy_view){.addr = &addr};
    sk_policy_show_view(p, &view, day_of("2026-11-22"), &out);
    has(out.p, "test.yml:6               10.30.0.9: inside, zone office, segment pcs, ");
    has(out.p, "segment pcs");
    has(out.p, "flow F2");
    has(out.p, "device d1");
    has(out.p, "exception E");
    has(out.p, "%scanners%: 10.30.0.9\n");
    assert_null(strstr(out.p, "device d2"));
    assert_null(strstr(out.p, "flow F1"));
    assert_null(strstr(out.p, "segment web"));
    sk_buf_free(&out);
    struct sk_mac mac = mac_of("02-00-00-00-00-01");
    view = (struct sk_policy_view){.mac = &mac};
    sk_policy_show_view(p, &view, day_of("2026-11-22"), &out);
    has(out.p, "  router: 02-00-00-00-00-01");
    has(out.p, "device d2");
    assert_int_equal(lines(out.p), 2);
    sk_buf_free(&out);
    struct sk_addr other = addr_of("198.51.100.1");
    view = (struct sk_policy_view){.addr = &other};
    sk_policy_show_view(p, &view, day_of("2026-11-22"), &out);
    has(out.p, "198.51.100.1: outside, zone internet, no terminal, web unknown\n");
    sk_buf_free(&out);
    sk_policy_free(p);
}

static void json_holds_the_same_statements(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of(town);
    struct sk_buf text = {0}, json = {0};
    struct sk_policy_view view = {.json = true};
    sk_policy_show(p, day_of("2026-11-22"), &text);
    sk_policy_show_view(p, &view, day_of("2026-11-22"), &json);
    assert_int_equal(lines(text.p), lines(json.p));
    has(json.p, "{\"section\":\"flows\",\"id\":\"F2\",\"file\":\"test.yml\",\"line\":11,\"text\":\"flow F2: allowed "
                "from pcs to "
                "internet, IPv6 only, NOT honoured: ended 2026-01-01\",\"in_force\":false,\"judged\":true}\n");
    has(json.p, "\"section\":\"segments\",\"segment\":\"pcs\"");
    size_t n;
    for (const char *line = json.p; *line; line += n + 1) {
        n = strcspn(line, "\n");
        struct sk_error err = {.line = 0};
        sk_json *o = sk_json_parse(line, n, &err);
        assert_non_null(o);
        sk_json_free(o);
    }
    sk_buf_free(&text);
    sk_buf_free(&json);
    sk_policy_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_is_shown_with_its_line),
        cmocka_unit_test(without_a_policy_everything_is_unknown),
        cmocka_unit_test(tunnels_that_are_none_are_said_to_be_none),
        cmocka_unit_test(mirrors_and_6rd_domains_are_shown_with_their_ends),
        cmocka_unit_test(every_section_is_shown),
        cmocka_unit_test(only_what_is_asked_for_is_shown),
        cmocka_unit_test(json_holds_the_same_statements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
