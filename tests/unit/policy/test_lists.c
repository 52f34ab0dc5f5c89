/* SPDX-License-Identifier: Apache-2.0 */
/* Lists for %placeholders% and what `needs` may ask. */
#include "policy_text.h"
#include "sekimori/yaml.h"

static const char all[] =
    "proxies: [{ip: [10.200.1.10, 10.200.1.11], ports: [8080]}, {ip: 10.200.1.12}]\n"
    "dns:\n"
    "  resolvers: [10.30.0.2, \"2001:DB8:0::53\"]\n"
    "  upstreams: [10.200.1.53]\n"
    "  authoritative: [{ip: [203.0.113.6], zones: [city.example, b.example]}, {ip: 203.0.113.7, zones: [c.example]}]\n"
    "  internal_names: [minato.local]\n"
    "  public_names: [www.city.example]\n"
    "  doh_allowed: []\n"
    "  nat64_prefixes: [\"64:ff9b::/96\"]\n"
    "mail:\n"
    "  mx: [203.0.113.5]\n"
    "  relays: [10.200.1.25]\n"
    "  submission: [10.30.2.25]\n"
    "  own_domains: [city.example]\n"
    "  no_mail_domains: [www.city.example]\n"
    "  trusted_authserv_ids: [mx1.ken.example]\n"
    "ntp_servers: [10.200.1.123]\n"
    "srv6_domains: [\"5f00::/16\"]\n"
    "scanners: [{ip: [10.99.0.20, 10.99.1.0/24], until: 2026-12-28}, {ip: 10.99.2.1}]\n";

static const struct sk_policy_list *list_of(const struct sk_policy *p, const char *name) {
    return sk_policy_list(p, name, strlen(name));
}

static void every_list_holds_the_plain_values(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of(all);
    static const struct {
        const char *name;
        const char *value[5];
    } t[] = {
        {"proxies", {"10.200.1.10", "10.200.1.11", "10.200.1.12"}},
        {"resolvers", {"10.30.0.2", "2001:db8::53"}},
        {"srv6_domains", {"5f00::/16"}},
        {"relays", {"10.200.1.25"}},
        {"own_domains", {"city.example"}},
        {"scanners", {"10.99.0.20", "10.99.1.0/24", "10.99.2.1"}},
        {"mx", {"203.0.113.5"}},
        {"submission", {"10.30.2.25"}},
        {"no_mail_domains", {"www.city.example"}},
        {"trusted_authserv_ids", {"mx1.ken.example"}},
        {"upstreams", {"10.200.1.53"}},
        {"authoritative", {"203.0.113.6", "203.0.113.7"}},
        {"own_zones", {"city.example", "b.example", "c.example"}},
        {"internal_names", {"minato.local"}},
        {"public_names", {"www.city.example"}},
        {"doh_allowed", {NULL}},
        {"nat64_prefixes", {"64:ff9b::/96"}},
        {"ntp_servers", {"10.200.1.123"}},
    };
    size_t names = 0;
    while (sk_policy_list_names()[names])
        names++;
    assert_int_equal(names, sizeof t / sizeof *t);
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        const struct sk_policy_list *l = list_of(p, t[i].name);
        assert_non_null(l);
        assert_string_equal(l->name, t[i].name);
        assert_true(l->declared);
        size_t n = 0;
        for (; t[i].value[n]; n++)
            assert_true(n < l->n && strcmp(l->value[n], t[i].value[n]) == 0);
        assert_int_equal(l->n, n);
    }
    sk_policy_free(p);
}

static void only_what_ends_has_an_end(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of(all);
    const struct sk_policy_list *l = list_of(p, "scanners");
    assert_int_equal(l->until[0], day_of("2026-12-29") - 1);
    assert_int_equal(l->until[1], day_of("2026-12-29") - 1);
    assert_int_equal(l->until[2], 0);
    assert_int_equal(list_of(p, "resolvers")->until[0], 0);
    sk_policy_free(p);
}

static void undeclared_lists_are_unknown_and_no_list_is_no_list(void **state) {
    (void)state;
    const struct sk_policy *none = sk_policy_none();
    for (const char *const *name = sk_policy_list_names(); *name; name++) {
        const struct sk_policy_list *l = list_of(none, *name);
        assert_non_null(l);
        assert_string_equal(l->name, *name);
        assert_false(l->declared);
        assert_int_equal(l->n, 0);
    }
    assert_null(list_of(none, "routers"));
    assert_null(list_of(none, ""));
    assert_null(sk_policy_list(none, "proxiesX", 6));
    assert_non_null(sk_policy_list(none, "proxiesX", 7));
    const struct sk_policy *p = policy_of("scanners: []\n");
    assert_true(list_of(p, "scanners")->declared);
    assert_false(list_of(p, "mx")->declared);
    sk_policy_free(p);
}

/* --- needs -----------------------------------------------------------------------------------------------------------
 */

/* For every key: text under which it is declared. A key missing here fails the test. */
static const struct {
    const char *key, *text;
} declared[] = {
    {"sekimori-policy", ""},
    {"site", "site: {}\n"},
    {"site.name", "site: {name: x}\n"},
    {"site.timezone", "site: {timezone: UTC}\n"},
    {"site.language", "site: {language: ja}\n"},
    {"site.review", "site: {review: {}}\n"},
    {"site.review.last", "site: {review: {last: 2026-01-01}}\n"},
    {"site.review.every", "site: {review: {every: 2 weeks}}\n"},
    {"site.model", "site: {model: beta}\n"},
    {"site.standard", "site: {standard: x}\n"},
    {"site.own_clauses", "site: {own_clauses: {\"2.1\": x}}\n"},
    {"site.authority", "site: {authority: {approved_by: x}}\n"},
    {"site.authority.approved_by", "site: {authority: {approved_by: x}}\n"},
    {"site.authority.date", "site: {authority: {approved_by: q, date: 2026-01-01}}\n"},
    {"site.authority.until", "site: {authority: {approved_by: q, until: 2027-01-01}}\n"},
    {"site.authority.purpose", "site: {authority: {approved_by: q, purpose: x}}\n"},
    {"site.authority.payload", "site: {authority: {approved_by: q, payload: full}}\n"},
    {"site.hours", "site: {hours: {}}\n"},
    {"site.hours.weekdays", "site: {hours: {weekdays: \"08:30-17:15\"}}\n"},
    {"site.hours.saturday", "site: {hours: {saturday: closed}}\n"},
    {"site.hours.sunday", "site: {hours: {sunday: closed}}\n"},
    {"site.hours.holidays", "site: {hours: {holidays: [2026-01-01]}}\n"},
    {"mail.spf_own_must_end", "mail: {spf_own_must_end: \"-all\"}\n"},
    {"mail.show_local_parts", "mail: {show_local_parts: true}\n"},
    {"taps", "taps: {}\n"},
    {"taps.*.sensor", "taps: {a: {sensor: x}}\n"},
    {"taps.*.iface", "taps: {a: {iface: eth0}}\n"},
    {"taps.*.files", "taps: {a: {files: [\"*\"]}}\n"},
    {"taps.*.sees", "taps: {a: {sees: rx-only}}\n"},
    {"taps.*.place", "taps: {a: {place: outside-nat}}\n"},
    {"segments", "segments: {}\n"},
    {"segments.*.tap", "taps: {a: {}}\nsegments: {s: {tap: a}}\n"},
    {"segments.*.vlan", "segments: {s: {vlan: any}}\n"},
    {"segments.*.vni", "segments: {s: {vni: 0}}\n"},
    {"segments.*.prefixes", "segments: {s: {prefixes: [10.0.0.0/8]}}\n"},
    {"segments.*.zone", "segments: {s: {vlan: 1, zone: internet}}\n"},
    {"segments.*.ipv6", "segments: {s: {vlan: 1, ipv6: ipv6-only}}\n"},
    {"segments.*.since", "segments: {s: {vlan: 1, since: 2026-01-01}}\n"},
    {"segments.*.clients", "segments: {s: {vlan: 1, clients: false}}\n"},
    {"segments.*.private", "segments: {s: {vlan: 1, private: true}}\n"},
    {"segments.*.registered_only", "segments: {s: {vlan: 1, registered_only: false}}\n"},
    {"segments.*.tolerate", "segments: {s: {vlan: 1, tolerate: {kinds: rs, until: 2027-01-01}}}\n"},
    {"segments.*.tolerate.kinds", "segments: {s: {vlan: 1, tolerate: {kinds: rs, until: 2027-01-01}}}\n"},
    {"segments.*.tolerate.until", "segments: {s: {vlan: 1, tolerate: {kinds: rs, until: 2027-01-01}}}\n"},
    {"segments.*.tolerate.reason", "segments: {s: {vlan: 1, tolerate: {kinds: rs, until: 2027-01-01, reason: x}}}\n"},
    {"segments.*.routers", "segments: {s: {vlan: 1, routers: []}}\n"},
    {"segments.*.routers.*.mac", "segments: {s: {vlan: 1, routers: [{mac: 02-00-00-00-00-01}]}}\n"},
    {"segments.*.routers.*.macs", "segments: {s: {vlan: 1, routers: [{macs: [02-00-00-00-00-01]}]}}\n"},
    {"segments.*.routers.*.link_local", "segments: {s: {vlan: 1, routers: [{link_local: \"fe80::1\"}]}}\n"},
    {"segments.*.routers.*.prefixes",
     "segments: {s: {vlan: 1, routers: [{link_local: \"fe80::1\", prefixes: [\"2001:db8::/64\"]}]}}\n"},
    {"segments.*.routers.*.rdnss", "segments: {s: {vlan: 1, routers: [{link_local: \"fe80::1\", rdnss: []}]}}\n"},
    {"segments.*.routers.*.flags", "segments: {s: {vlan: 1, routers: [{link_local: \"fe80::1\", flags: [O]}]}}\n"},
    {"segments.*.routers.*.lifetime_max",
     "segments: {s: {vlan: 1, routers: [{link_local: \"fe80::1\", lifetime_max: 1800}]}}\n"},
    {"segments.*.dhcp_servers", "segments: {s: {vlan: 1, dhcp_servers: []}}\n"},
    {"segments.*.dhcp_servers.*.mac", "segments: {s: {vlan: 1, dhcp_servers: [{mac: 02-00-00-00-00-01}]}}\n"},
    {"segments.*.dhcp_servers.*.macs", "segments: {s: {vlan: 1, dhcp_servers: [{macs: 02-00-00-00-00-01}]}}\n"},
    {"segments.*.dhcp_servers.*.ip", "segments: {s: {vlan: 1, dhcp_servers: [{ip: 10.0.0.1}]}}\n"},
    {"segments.*.dhcpv6_servers", "segments: {s: {vlan: 1, dhcpv6_servers: []}}\n"},
    {"segments.*.dhcpv6_servers.*.mac", "segments: {s: {vlan: 1, dhcpv6_servers: [{mac: 02-00-00-00-00-01}]}}\n"},
    {"segments.*.dhcpv6_servers.*.macs", "segments: {s: {vlan: 1, dhcpv6_servers: [{macs: 02-00-00-00-00-01}]}}\n"},
    {"segments.*.dhcpv6_servers.*.ip", "segments: {s: {vlan: 1, dhcpv6_servers: [{ip: \"fe80::1\"}]}}\n"},
    {"segments.*.dhcpv6_servers.*.addr", "segments: {s: {vlan: 1, dhcpv6_servers: [{addr: \"fe80::1\"}]}}\n"},
    {"segments.*.dhcpv6_servers.*.duid", "segments: {s: {vlan: 1, dhcpv6_servers: [{duid: \"0001-00aa\"}]}}\n"},
    {"zones", "zones: {}\n"},
    {"zones.*.title", "zones: {z: {title: x}}\n"},
    {"zones.*.side", "zones: {z: {side: outside}}\n"},
    {"zones.*.weight", "zones: {z: {weight: +1}}\n"},
    {"zones.*.web", "zones: {z: {web: none}}\n"},
    {"zones.*.prefixes", "zones: {z: {prefixes: []}}\n"},
    {"proxies", "proxies: []\n"},
    {"proxies.*.ip", "proxies: [{ip: 10.0.0.1}]\n"},
    {"proxies.*.ports", "proxies: [{ip: 10.0.0.1, ports: 8080}]\n"},
    {"proxies.*.kind", "proxies: [{ip: 10.0.0.1, kind: socks}]\n"},
    {"proxies.*.zone", "proxies: [{ip: 10.0.0.1, zone: internet}]\n"},
    {"no_proxy", "no_proxy: []\n"},
    {"no_proxy.*.id", "no_proxy: [{id: x, hosts: 10.0.0.1}]\n"},
    {"no_proxy.*.hosts", "no_proxy: [{hosts: 10.0.0.1}]\n"},
    {"no_proxy.*.to", "no_proxy: [{to: {}}]\n"},
    {"no_proxy.*.to.ips", "no_proxy: [{to: {ips: 10.0.0.1}}]\n"},
    {"no_proxy.*.to.names", "no_proxy: [{to: {names: [a.example]}}]\n"},
    {"no_proxy.*.service", "no_proxy: [{hosts: 10.0.0.1, service: dns}]\n"},
    {"no_proxy.*.why", "no_proxy: [{hosts: 10.0.0.1, why: x}]\n"},
    {"no_proxy.*.owner", "no_proxy: [{hosts: 10.0.0.1, owner: x}]\n"},
    {"no_proxy.*.until", "no_proxy: [{hosts: 10.0.0.1, until: 2027-01-01}]\n"},
    {"dns", "dns: {}\n"},
    {"dns.resolvers", "dns: {resolvers: []}\n"},
    {"dns.upstreams", "dns: {upstreams: []}\n"},
    {"dns.authoritative", "dns: {authoritative: []}\n"},
    {"dns.authoritative.*.ip", "dns: {authoritative: [{ip: 10.0.0.1, zones: []}]}\n"},
    {"dns.authoritative.*.zones", "dns: {authoritative: [{ip: 10.0.0.1, zones: []}]}\n"},
    {"dns.authoritative.*.secondaries", "dns: {authoritative: [{ip: 10.0.0.1, zones: [], secondaries: []}]}\n"},
    {"dns.internal_names", "dns: {internal_names: []}\n"},
    {"dns.public_names", "dns: {public_names: []}\n"},
    {"dns.doh_allowed", "dns: {doh_allowed: [x]}\n"},
    {"dns.nat64_prefixes", "dns: {nat64_prefixes: []}\n"},
    {"mail", "mail: {}\n"},
    {"mail.mx", "mail: {mx: []}\n"},
    {"mail.relays", "mail: {relays: []}\n"},
    {"mail.submission", "mail: {submission: []}\n"},
    {"mail.own_domains", "mail: {own_domains: []}\n"},
    {"mail.no_mail_domains", "mail: {no_mail_domains: []}\n"},
    {"mail.trusted_authserv_ids", "mail: {trusted_authserv_ids: []}\n"},
    {"ntp_servers", "ntp_servers: []\n"},
    {"tunnels", "tunnels: []\n"},
    {"tunnels.*.id", "tunnels: [{kind: gre, id: x}]\n"},
    {"tunnels.*.kind", "tunnels: [{kind: gre}]\n"},
    {"tunnels.*.local", "tunnels: [{kind: gre, local: 10.0.0.1}]\n"},
    {"tunnels.*.remote", "tunnels: [{kind: gre, remote: 10.0.0.0/8}]\n"},
    {"tunnels.*.why", "tunnels: [{kind: gre, why: x}]\n"},
    {"tunnels.*.owner", "tunnels: [{kind: gre, owner: x}]\n"},
    {"tunnels.*.until", "tunnels: [{kind: gre, until: 2027-01-01}]\n"},
    {"tunnels.*.prefix", "tunnels: [{kind: 6rd, prefix: \"2001:db8::/32\"}]\n"},
    {"tunnels.*.ipv4_mask_len", "tunnels: [{kind: 6rd, prefix: \"2001:db8::/32\", ipv4_mask_len: 8}]\n"},
    {"mirror_encap", "mirror_encap: []\n"},
    {"mirror_encap.*.kind", "mirror_encap: [{kind: tzsp}]\n"},
    {"mirror_encap.*.from", "mirror_encap: [{kind: erspan, from: 10.0.0.1}]\n"},
    {"mirror_encap.*.to", "mirror_encap: [{kind: vxlan, to: 10.0.0.1}]\n"},
    {"mirror_encap.*.why", "mirror_encap: [{kind: erspan, why: x}]\n"},
    {"scanners", "scanners: []\n"},
    {"scanners.*.ip", "scanners: [{ip: 10.0.0.1}]\n"},
    {"scanners.*.why", "scanners: [{ip: 10.0.0.1, why: x}]\n"},
    {"scanners.*.until", "scanners: [{ip: 10.0.0.1, until: 2027-01-01}]\n"},
    {"segments.*.routers.*.pref", "segments: {s: {vlan: 1, routers: [{link_local: \"fe80::1\", pref: high}]}}\n"},
    {"segments.*.routers.*.mtu", "segments: {s: {vlan: 1, routers: [{link_local: \"fe80::1\", mtu: 1500}]}}\n"},
    {"segments.*.routers.*.dnssl",
     "segments: {s: {vlan: 1, routers: [{link_local: \"fe80::1\", dnssl: [a.example]}]}}\n"},
    {"segments.*.routers.*.pref64",
     "segments: {s: {vlan: 1, routers: [{link_local: \"fe80::1\", pref64: [\"64:ff9b::/96\"]}]}}\n"},
    {"segments.*.routers.*.routes", "segments: {s: {vlan: 1, routers: [{link_local: \"fe80::1\", routes: []}]}}\n"},
    {"segments.*.routers.*.pd_dynamic",
     "segments: {s: {vlan: 1, routers: [{link_local: \"fe80::1\", pd_dynamic: true}]}}\n"},
    {"segments.*.mld_queriers", "segments: {s: {vlan: 1, mld_queriers: []}}\n"},
    {"segments.*.mdns_reflectors", "segments: {s: {vlan: 1, mdns_reflectors: 02-00-00-00-00-01}}\n"},
    {"segments.*.nd_scope", "segments: {s: {vlan: 1, nd_scope: transit}}\n"},
    {"segments.*.icmpv6_echo_inbound", "segments: {s: {vlan: 1, icmpv6_echo_inbound: deny}}\n"},
    {"segments.*.lateral_ok", "segments: {s: {vlan: 1, lateral_ok: [print]}}\n"},
    {"flows", "flows: []\n"},
    {"flows.*.id", "flows: [{from: any, to: any, service: any, id: x}]\n"},
    {"flows.*.from", "flows: [{to: any, service: any, from: internet}]\n"},
    {"flows.*.to", "flows: [{from: any, service: any, to: any}]\n"},
    {"flows.*.hosts", "flows: [{from: any, to: any, service: any, hosts: 10.0.0.1}]\n"},
    {"flows.*.peers", "flows: [{from: any, to: any, service: any, peers: 10.0.0.1}]\n"},
    {"flows.*.service", "flows: [{from: any, to: any, service: any}]\n"},
    {"flows.*.ip", "flows: [{from: any, to: any, service: any, ip: 6}]\n"},
    {"flows.*.action", "flows: [{from: any, to: any, service: any, action: deny}]\n"},
    {"flows.*.why", "flows: [{from: any, to: any, service: any, why: x}]\n"},
    {"flows.*.owner", "flows: [{from: any, to: any, service: any, owner: x}]\n"},
    {"flows.*.until", "flows: [{from: any, to: any, service: any, until: 2027-01-01}]\n"},
    {"flows.*.review", "flows: [{from: any, to: any, service: any, review: 2027-01-01}]\n"},
    {"one_way", "one_way: []\n"},
    {"one_way.*.id", "one_way: [{from: any, to: any, back: nothing, id: x}]\n"},
    {"one_way.*.from", "one_way: [{to: any, back: nothing, from: internet}]\n"},
    {"one_way.*.to", "one_way: [{from: any, back: nothing, to: internet}]\n"},
    {"one_way.*.to.service",
     "services: [{id: s, ips: 10.0.0.1}]\none_way: [{from: any, back: nothing, to: {service: s}}]\n"},
    {"one_way.*.hosts", "one_way: [{from: any, to: any, back: nothing, hosts: {}}]\n"},
    {"one_way.*.hosts.from", "one_way: [{from: any, to: any, back: nothing, hosts: {from: 10.0.0.1}}]\n"},
    {"one_way.*.hosts.to", "one_way: [{from: any, to: any, back: nothing, hosts: {to: 10.0.0.1}}]\n"},
    {"one_way.*.back", "one_way: [{from: any, to: any, back: nothing}]\n"},
    {"one_way.*.back.max_bytes", "one_way: [{from: any, to: any, back: {max_bytes: 1}}]\n"},
    {"one_way.*.back.max_bytes_per_flow", "one_way: [{from: any, to: any, back: {max_bytes_per_flow: 1}}]\n"},
    {"one_way.*.why", "one_way: [{from: any, to: any, back: nothing, why: x}]\n"},
    {"one_way.*.until", "one_way: [{from: any, to: any, back: nothing, until: 2027-01-01}]\n"},
    {"services_ports", "services_ports: {a: tcp/1}\n"},
    {"srv6_domains", "srv6_domains: []\n"},
    {"services", "services: []\n"},
    {"services.*.id", "services: [{ips: 10.0.0.1, id: x}]\n"},
    {"services.*.names", "services: [{id: q, ips: 10.0.0.1, names: [a.example]}]\n"},
    {"services.*.list", "services: [{id: q, ips: 10.0.0.1, list: x}]\n"},
    {"services.*.ips", "services: [{id: q, ips: 10.0.0.1}]\n"},
    {"services.*.zones", "services: [{id: q, ips: 10.0.0.1, zones: internet}]\n"},
    {"services.*.grade", "services: [{id: q, ips: 10.0.0.1, grade: x}]\n"},
    {"services.*.approved", "services: [{id: q, ips: 10.0.0.1, approved: 2026-01-01}]\n"},
    {"services.*.until", "services: [{id: q, ips: 10.0.0.1, until: 2027-01-01}]\n"},
    {"services.*.register", "services: [{id: q, ips: 10.0.0.1, register: x}]\n"},
    {"services.*.why", "services: [{id: q, ips: 10.0.0.1, why: x}]\n"},
    {"services.*.owner", "services: [{id: q, ips: 10.0.0.1, owner: x}]\n"},
    {"services_unlisted", "services_unlisted: report\n"},
    {"devices", "devices: []\n"},
    {"devices.file", "devices: {file: no.csv}\n"},
    {"devices.encoding", "devices: {file: no.csv, encoding: cp932}\n"},
    {"devices.also", "devices: {also: []}\n"},
    {"devices.also.*.name", "devices: {also: [{ip: 10.0.0.2, name: x}]}\n"},
    {"devices.also.*.number", "devices: {also: [{ip: 10.0.0.2, number: x}]}\n"},
    {"devices.also.*.mac", "devices: {also: [{mac: 02-00-00-00-00-01}]}\n"},
    {"devices.also.*.macs", "devices: {also: [{macs: [02-00-00-00-00-01]}]}\n"},
    {"devices.also.*.duid", "devices: {also: [{duid: \"0001-00aa\"}]}\n"},
    {"devices.also.*.ip", "devices: {also: [{ip: 10.0.0.1}]}\n"},
    {"devices.also.*.segments", "devices: {also: [{ip: 10.0.0.2, segments: [any]}]}\n"},
    {"devices.also.*.section", "devices: {also: [{ip: 10.0.0.2, section: x}]}\n"},
    {"devices.also.*.role", "devices: {also: [{ip: 10.0.0.2, role: x}]}\n"},
    {"devices.also.*.state", "devices: {also: [{ip: 10.0.0.2, state: lost}]}\n"},
    {"devices.also.*.date", "devices: {also: [{ip: 10.0.0.2, date: 2026-01-01}]}\n"},
    {"exceptions", "exceptions: []\n"},
    {"exceptions.*.id", "exceptions: [{id: e, rule: r, where: {port: 1}, effect: mute, owner: o, approver: a, reason: "
                        "x, until: 2027-01-01}]\n"},
    {"exceptions.*.rule", "exceptions: [{id: e, rule: r, where: {port: 1}, effect: mute, owner: o, approver: a, "
                          "reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.where", "exceptions: [{id: e, rule: r, where: {port: 1}, effect: mute, owner: o, approver: a, "
                           "reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.effect", "exceptions: [{id: e, rule: r, where: {port: 1}, effect: mute, owner: o, approver: a, "
                            "reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.owner", "exceptions: [{id: e, rule: r, where: {port: 1}, effect: mute, owner: o, approver: a, "
                           "reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.approver", "exceptions: [{id: e, rule: r, where: {port: 1}, effect: mute, owner: o, approver: a, "
                              "reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.reason", "exceptions: [{id: e, rule: r, where: {port: 1}, effect: mute, owner: o, approver: a, "
                            "reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.until", "exceptions: [{id: e, rule: r, where: {port: 1}, effect: mute, owner: o, approver: a, "
                           "reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.where.segment", "exceptions: [{id: e, rule: r, where: {segment: unassigned}, effect: mute, owner: "
                                   "o, approver: a, reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.where.zone", "exceptions: [{id: e, rule: r, where: {zone: internet}, effect: mute, owner: o, "
                                "approver: a, reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.where.device", "exceptions: [{id: e, rule: r, where: {device: 02-00-00-00-00-01}, effect: mute, "
                                  "owner: o, approver: a, reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.where.source", "exceptions: [{id: e, rule: r, where: {source: 10.0.0.1}, effect: mute, owner: o, "
                                  "approver: a, reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.where.destination", "exceptions: [{id: e, rule: r, where: {destination: 10.0.0.1}, effect: mute, "
                                       "owner: o, approver: a, reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.where.port", "exceptions: [{id: e, rule: r, where: {port: [1, 2]}, effect: mute, owner: o, "
                                "approver: a, reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.where.vlan", "exceptions: [{id: e, rule: r, where: {vlan: 0}, effect: mute, owner: o, approver: a, "
                                "reason: x, until: 2027-01-01}]\n"},
    {"exceptions.*.where.protocol", "exceptions: [{id: e, rule: r, where: {protocol: tcp}, effect: mute, owner: o, "
                                    "approver: a, reason: x, until: 2027-01-01}]\n"},
    {"watch", "watch: {}\n"},
    {"watch.loss_alert", "watch: {loss_alert: 1%}\n"},
    {"watch.silent_mirror", "watch: {silent_mirror: {}}\n"},
};

static void every_key_is_declared_where_it_stands_and_nowhere_else(void **state) {
    (void)state;
    size_t keys = 0;
    while (sk_policy_keys()[keys])
        keys++;
    size_t n = sizeof declared / sizeof *declared;
    assert_int_equal(keys, n);
    const struct sk_policy *bare = policy_of("");
    for (size_t i = 0; i < n; i++) {
        bool known = false;
        const struct sk_policy *p = policy_of(declared[i].text);
        if (!sk_policy_declares(p, declared[i].key, &known))
            print_message("%s\n", declared[i].key);
        assert_true(sk_policy_declares(p, declared[i].key, &known));
        assert_true(known);
        assert_int_equal(sk_policy_declares(bare, declared[i].key, &known), i == 0);
        assert_false(sk_policy_declares(sk_policy_none(), declared[i].key, &known));
        sk_policy_free(p);
    }
    sk_policy_free(bare);
}

static void unknown_is_not_declared_and_no_key_is_not_known(void **state) {
    (void)state;
    bool known = true;
    const struct sk_policy *p = policy_of("zones: {z: {web: unknown}}\nsegments: {s: {vlan: 1, ipv6: unknown}}\n");
    assert_false(sk_policy_declares(p, "segments.*.ipv6", &known));
    assert_false(sk_policy_declares(p, "zones.*.web", &known));
    assert_true(known);
    assert_false(sk_policy_declares(p, "segments.s.ipv6", &known));
    assert_false(known);
    sk_policy_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_list_holds_the_plain_values),
        cmocka_unit_test(only_what_ends_has_an_end),
        cmocka_unit_test(undeclared_lists_are_unknown_and_no_list_is_no_list),
        cmocka_unit_test(every_key_is_declared_where_it_stands_and_nowhere_else),
        cmocka_unit_test(unknown_is_not_declared_and_no_key_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
