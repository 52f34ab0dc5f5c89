/* SPDX-License-Identifier: Apache-2.0 */
/* What the routers of a segment may advertise, and who else may speak there. */
#include "policy_text.h"

#include <netinet/in.h>

static const char text[] =
    "segments:\n"
    "  a:\n"
    "    vlan: 1\n"
    "    routers:\n"
    "      - {macs: [02-00-00-00-00-01], link_local: \"fe80::1\", prefixes: [\"2001:db8:1::/64\"], flags: [M, O], "
    "pref: "
    "high, mtu: 1400, lifetime_max: 30m, rdnss: [\"2001:db8::53\"], dnssl: [city.example], pref64: [], routes: "
    "[\"2001:db8:7::/48\"]}\n"
    "      - {mac: 02-00-00-00-00-02, pd_dynamic: [\"2001:db8:f000::/36\"]}\n"
    "      - {mac: 02-00-00-00-00-03, pd_dynamic: true, flags: []}\n"
    "      - {mac: 02-00-00-00-00-04}\n"
    "    mld_queriers: [02-00-00-00-00-10]\n"
    "    mdns_reflectors: 02-00-00-00-00-11\n"
    "    lateral_ok: [print, tcp/8000]\n"
    "    nd_scope: transit\n"
    "    dhcp_servers: [{mac: 02-00-00-00-00-20, ip: 10.0.0.2}]\n"
    "  b: {vni: [100, 200]}\n"
    "dns: {resolvers: [\"2001:db8::99\"], nat64_prefixes: [\"64:ff9b::/96\"]}\n";

static struct sk_prefix net_of(const char *t) {
    struct sk_prefix x;
    assert_true(sk_prefix_parse(t, strlen(t), false, &x));
    return x;
}

static struct sk_router_rules rules_of(const struct sk_policy *p, const char *mac, const char *lla) {
    struct sk_mac m = mac_of(mac);
    struct sk_addr a = addr_of(lla);
    struct sk_router_rules r = {.entry = NULL};
    assert_true(sk_policy_router_rules(p, 0, &m, &a, NULL, &r));
    return r;
}

static void an_entry_says_what_may_be_advertised(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of(text);
    struct sk_router_rules r = rules_of(p, "02-00-00-00-00-01", "fe80::1");
    struct sk_prefix own = net_of("2001:db8:1::/64"), bigger = net_of("2001:db8:1::/48"),
                     other = net_of("2001:db8::/64"), route = net_of("2001:db8:7::/48"), all = net_of("::/0"),
                     wkp = net_of("64:ff9b::/96");
    struct sk_addr dns = addr_of("2001:db8::53"), policy_dns = addr_of("2001:db8::99");
    assert_int_equal(r.flags, 0xc0);
    assert_true(r.flags_known && r.preference_known);
    assert_int_equal(r.preference, 1);
    assert_int_equal(r.mtu, 1400);
    assert_int_equal(r.lifetime_max, 1800);
    assert_int_equal(r.origin.line, 6);
    assert_int_equal(sk_router_may_prefix(p, &r, &own), SK_YES);
    assert_int_equal(sk_router_may_prefix(p, &r, &bigger), SK_NO);
    assert_int_equal(sk_router_may_prefix(p, &r, &other), SK_NO);
    assert_int_equal(sk_router_may_route(p, &r, &route), SK_YES);
    assert_int_equal(sk_router_may_route(p, &r, &own), SK_YES);
    assert_int_equal(sk_router_may_route(p, &r, &all), SK_NO);
    assert_int_equal(sk_router_may_resolver(p, &r, &dns), SK_YES);
    assert_int_equal(sk_router_may_resolver(p, &r, &policy_dns), SK_NO); /* the entry names its own */
    assert_int_equal(sk_router_may_domain(p, &r, "tax.city.example"), SK_YES);
    assert_int_equal(sk_router_may_domain(p, &r, "corp.evil"), SK_NO);
    assert_int_equal(sk_router_may_pref64(p, &r, &wkp), SK_NO); /* [] = none */
    sk_policy_free(p);
}

static void what_an_entry_does_not_say_is_unknown_or_the_sites(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of(text);
    struct sk_router_rules two = rules_of(p, "02-00-00-00-00-02", "fe80::2"),
                           three = rules_of(p, "02-00-00-00-00-03", "fe80::3"),
                           four = rules_of(p, "02-00-00-00-00-04", "fe80::4");
    struct sk_prefix isp = net_of("2001:db8:f123::/56"), other = net_of("2001:db8::/64"), wkp = net_of("64:ff9b::/96"),
                     bad = net_of("2001:db8:64::/96");
    struct sk_addr policy_dns = addr_of("2001:db8::99"), evil = addr_of("fe80::bad");
    assert_int_equal(sk_router_may_prefix(p, &two, &isp), SK_YES);
    assert_int_equal(sk_router_may_prefix(p, &two, &other), SK_NO);
    assert_int_equal(sk_router_may_prefix(p, &three, &other), SK_YES);
    assert_true(three.flags_known);
    assert_int_equal(three.flags, 0);
    assert_false(four.flags_known || four.preference_known);
    assert_int_equal(four.mtu, 0);
    assert_int_equal(sk_router_may_prefix(p, &four, &other), SK_UNKNOWN);
    assert_int_equal(sk_router_may_route(p, &four, &other), SK_UNKNOWN);
    assert_int_equal(sk_router_may_domain(p, &four, "x"), SK_UNKNOWN);
    assert_int_equal(sk_router_may_resolver(p, &four, &policy_dns), SK_YES);
    assert_int_equal(sk_router_may_resolver(p, &four, &evil), SK_NO);
    assert_int_equal(sk_router_may_pref64(p, &four, &wkp), SK_YES);
    assert_int_equal(sk_router_may_pref64(p, &four, &bad), SK_NO);
    sk_policy_free(p);
    struct sk_mac m = mac_of("02-00-00-00-00-01");
    struct sk_addr a = addr_of("fe80::2");
    struct sk_router_rules r;
    p = policy_of(text);
    assert_false(sk_policy_router_rules(p, 0, &m, &a, NULL, &r)); /* half of an entry is none */
    assert_false(sk_policy_router_rules(p, 1, &m, &a, NULL, &r));
    assert_int_equal(sk_policy_is_nat64_prefix(sk_policy_none(), &wkp), SK_UNKNOWN);
    sk_policy_free(p);
}

/* A site that lives below one label says so; nobody's labels make a top-level domain ours. */
static void search_domains_are_ours_or_not(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("dns: {internal_names: [lan, city.example.jp]}\n"
                                          "segments: {a: {vlan: 1, routers: [{mac: 02-00-00-00-00-01, dnssl: "
                                          "[corp.example.jp]}]}}\n");
    assert_int_equal(sk_policy_offered_domain(p, 0, "lan"), SK_YES);
    assert_int_equal(sk_policy_offered_domain(p, 0, "dept.LAN."), SK_YES);
    assert_int_equal(sk_policy_offered_domain(p, 0, "tax.city.example.jp"), SK_YES);
    assert_int_equal(sk_policy_offered_domain(p, 0, "example.jp"), SK_YES);
    assert_int_equal(sk_policy_offered_domain(p, 0, "corp.example.jp"), SK_YES);
    assert_int_equal(sk_policy_offered_domain(p, 0, "jp"), SK_NO);
    assert_int_equal(sk_policy_offered_domain(p, 0, "jp."), SK_NO);
    assert_int_equal(sk_policy_offered_domain(p, 0, "evil.example"), SK_NO);
    sk_policy_free(p);
}

static void others_who_may_speak(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of(text);
    struct sk_origin o;
    struct sk_mac router = mac_of("02-00-00-00-00-01"), sw = mac_of("02-00-00-00-00-10"),
                  reflector = mac_of("02-00-00-00-00-11"), dhcp = mac_of("02-00-00-00-00-20");
    struct sk_addr server = addr_of("10.0.0.2"), wrong = addr_of("10.0.0.3");
    assert_int_equal(sk_policy_mld_querier(p, 0, &router), SK_YES);
    assert_int_equal(sk_policy_mld_querier(p, 0, &sw), SK_YES);
    assert_int_equal(sk_policy_mld_querier(p, 0, &reflector), SK_NO);
    assert_int_equal(sk_policy_mld_querier(p, 1, &sw), SK_UNKNOWN);
    assert_int_equal(sk_policy_mdns_reflector(p, 0, &reflector), SK_YES);
    assert_int_equal(sk_policy_mdns_reflector(p, 0, &sw), SK_NO);
    assert_int_equal(sk_policy_mdns_reflector(p, 1, &sw), SK_UNKNOWN);
    assert_int_equal(sk_policy_is_transit(p, 0), SK_YES);
    assert_int_equal(sk_policy_is_transit(p, 1), SK_UNKNOWN);
    assert_int_equal(sk_policy_lateral(p, 0, IPPROTO_TCP, 631, &o), SK_YES);
    assert_int_equal(sk_policy_lateral(p, 0, IPPROTO_TCP, 445, &o), SK_NO);
    assert_int_equal(sk_policy_lateral(p, 0, IPPROTO_UDP, 8000, &o), SK_NO);
    assert_int_equal(sk_policy_lateral(p, 1, IPPROTO_TCP, 445, &o), SK_UNKNOWN);
    assert_int_equal(sk_policy_dhcp_server(p, 0, &dhcp, &server, &o), SK_ROUTER_LISTED);
    assert_int_equal(sk_policy_dhcp_server(p, 0, &dhcp, &wrong, &o), SK_ROUTER_IMPERSONATION);
    assert_int_equal(sk_policy_dhcp_server(p, 0, &sw, &wrong, &o), SK_ROUTER_NOT_LISTED);
    assert_int_equal(sk_policy_dhcp_server(p, 1, &sw, &wrong, &o), SK_ROUTER_UNKNOWN);
    assert_int_equal(sk_policy_segment(p, SK_TAP_NONE, NULL, 0, 200, NULL, NULL), 1);
    assert_int_equal(sk_policy_segment(p, SK_TAP_NONE, NULL, 0, 100, NULL, NULL), 1);
    assert_int_equal(sk_policy_segment(p, SK_TAP_NONE, NULL, 0, 300, NULL, NULL), 0xffff);
    sk_policy_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_says_what_may_be_advertised),
        cmocka_unit_test(what_an_entry_does_not_say_is_unknown_or_the_sites),
        cmocka_unit_test(search_domains_are_ours_or_not),
        cmocka_unit_test(others_who_may_speak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
