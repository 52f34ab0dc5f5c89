/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts of the policy as values of events, each with its line; unknown is never forbidden. And the whole: order. */
#include "cor_rig.h"

#define A "00-00-5E-00-53-0A"
static const char policy[] =
    "zones:\n"                                                              /* 1 */
    "  office: {side: inside, web: via-proxy}\n"                            /* 2 */
    "segments:\n"                                                           /* 3 */
    "  pcs:\n"                                                              /* 4 */
    "    vlan: 30\n"                                                        /* 5 */
    "    zone: office\n"                                                    /* 6 */
    "    prefixes: [10.30.0.0/16]\n"                                        /* 7 */
    "    ipv6: forbidden\n"                                                 /* 8 */
    "    clients: true\n"                                                   /* 9 */
    "    tolerate: {kinds: [mld], until: 2026-12-31}\n"                     /* 10 */
    "    routers: [{macs: [00-00-5E-00-53-01], link_local: \"fe80::1\"}]\n" /* 11 */
    "    dhcpv6_servers: []\n"                                              /* 12 */
    "proxies: [{ip: [10.99.0.1]}]\n"                                        /* 13 */
    "tunnels: [{id: REQ-7, kind: gre, local: 10.30.0.9, remote: 192.0.2.9, until: 2026-12-31}]\n";

static void is(const struct cor_rig *r, enum sk_field_id f, const char *want) {
    assert_string_equal(last_text(r, f), want);
}

static void ipv6_on_a_closed_segment_is_forbidden_or_tolerated_by_line(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    struct sk_event *ev = event_of(r, SKE_ipv6_seen, T0, A, "fe80::a", "ff02::2");
    sk_event_put_text(ev, SKF_ipv6_category, "rs");
    feed(r, ev);
    is(r, SKF_policy_segment_ipv6, "forbidden");
    is(r, SKF_policy_segment_tolerated, "false");
    is(r, SKF_policy_line, "test.yml:8");
    ev = event_of(r, SKE_ipv6_seen, T0, A, "fe80::a", "ff02::16");
    sk_event_put_text(ev, SKF_ipv6_category, "mld");
    feed(r, ev);
    is(r, SKF_policy_segment_tolerated, "true");
    is(r, SKF_policy_line, "test.yml:10");
    ev = event_of(r, SKE_ipv6_seen, T0 + 60 * SK_DAY, A, "fe80::a", "ff02::16"); /* past its date */
    sk_event_put_text(ev, SKF_ipv6_category, "mld");
    feed(r, ev);
    is(r, SKF_policy_segment_tolerated, "false");
    is(r, SKF_policy_line, "test.yml:8");
    cor_rig_free(r);
}

static void routers_are_listed_half_true_or_strangers(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    feed(r, event_of(r, SKE_icmpv6_ra, T0, "00-00-5E-00-53-01", "fe80::1", "ff02::1"));
    is(r, SKF_policy_router_verdict, "listed");
    feed(r, event_of(r, SKE_icmpv6_ra, T0, A, "fe80::1", "ff02::1"));
    is(r, SKF_policy_router_verdict, "impersonation");
    feed(r, event_of(r, SKE_icmpv6_ra, T0, A, "fe80::bad", "ff02::1"));
    is(r, SKF_policy_router_verdict, "not-listed");
    assert_true(last_text(r, SKF_policy_line)[0]);
    cor_rig_free(r);
}

static void dhcpv6_servers_none_allowed(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    struct sk_event *ev = event_of(r, SKE_dhcpv6_message, T0, A, "fe80::bad", "fe80::2");
    sk_event_put_text(ev, SKF_dhcpv6_server_duid, "000300010200000000AA");
    feed(r, ev);
    is(r, SKF_policy_dhcpv6_server_verdict, "not-listed");
    cor_rig_free(r);
}

static void tunnel(struct cor_rig *r, sk_time ts, const char *kind, const char *from, const char *to) {
    struct sk_event *ev = event_of(r, SKE_tunnel_state, ts, A, from, to);
    struct sk_addr a = addr_of(from), b = addr_of(to);
    sk_event_put_text(ev, SKF_tunnel_kind, kind);
    sk_event_put_ip(ev, SKF_tunnel_outer_source_ip, &a);
    sk_event_put_ip(ev, SKF_tunnel_outer_destination_ip, &b);
    feed(r, ev);
}

static void tunnels_are_allowed_by_entry_in_either_direction_until_its_date(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    tunnel(r, T0, "gre", "192.0.2.9", "10.30.0.9");
    is(r, SKF_policy_tunnel_verdict, "allowed");
    is(r, SKF_policy_entry, "REQ-7");
    tunnel(r, T0, "6to4", "10.30.0.9", "192.0.2.9");
    is(r, SKF_policy_tunnel_verdict, "not-allowed");
    is(r, SKF_policy_entry, "");
    tunnel(r, T0 + 60 * SK_DAY, "gre", "10.30.0.9", "192.0.2.9");
    is(r, SKF_policy_tunnel_verdict, "not-allowed");
    cor_rig_free(r);
}

static void a_quoted_tunnel_and_a_broker_are_judged_like_the_tunnel(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    struct sk_addr a = addr_of("10.30.0.9"), b = addr_of("192.0.2.9"), c = addr_of("192.0.2.10");
    const struct sk_addr *peer[] = {&b, &c};
    static const char *const want[] = {"allowed", "not-allowed"};
    for (unsigned i = 0; i < 2; i++) {
        struct sk_event *ev = event_of(r, SKE_icmp_error, T0, A, "192.0.2.1", "10.30.0.9");
        sk_event_put_text(ev, SKF_icmp_quoted_tunnel_kind, "gre");
        sk_event_put_ip(ev, SKF_icmp_quoted_source_ip, &a);
        sk_event_put_ip(ev, SKF_icmp_quoted_destination_ip, peer[i]);
        feed(r, ev);
        is(r, SKF_policy_tunnel_verdict, want[i]);
        is(r, SKF_policy_tunnel_clients, "true");
    }
    feed(r, event_of(r, SKE_tsp_message, T0, A, "10.30.0.9", "192.0.2.9"));
    is(r, SKF_policy_tunnel_verdict, "not-allowed");
    tunnel(r, T0, "gre", "192.0.2.9", "192.0.2.10");
    is(r, SKF_policy_tunnel_clients, "");
    cor_rig_free(r);
}

static void a_6rd_domain_is_known_when_a_server_told_it(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    struct sk_prefix p = {.addr = addr_of("2001:db8:6d::"), .len = 48};
    struct sk_addr edge = addr_of("10.30.0.5"), home = addr_of("2001:db8:6d:500::1");
    struct sk_event *ev = event_of(r, SKE_dhcpv4_message, T0, A, "10.30.0.1", "10.30.0.5");
    sk_event_put_prefix(ev, SKF_dhcpv4_sixrd_prefix, &p);
    sk_event_put_text(ev, SKF_dhcpv4_type, "ack");
    sk_event_put_ip(ev, SKF_dhcpv4_your_ip, &edge);
    feed(r, ev);
    static const char *const who[] = {"10.30.0.5", "10.30.0.6"}, *const is_edge[] = {"true", ""};
    for (unsigned i = 0; i < 2; i++) {
        struct sk_addr inside = addr_of(who[i]);
        ev = event_of(r, SKE_tunnel_state, T0, A, who[i], "192.0.2.9");
        sk_event_put_text(ev, SKF_tunnel_kind, "6in4");
        sk_event_put_ip(ev, SKF_tunnel_inside_ip, &inside);
        sk_event_put_ip(ev, SKF_tunnel_inner_source_ip, &home);
        feed(r, ev);
        is(r, SKF_tunnel_sixrd_prefix, "2001:db8:6d::/48");
        is(r, SKF_tunnel_sixrd_customer_edge, is_edge[i]);
    }
    cor_rig_free(r);
}

static void nothing_is_remembered_of_who_was_told_on_a_private_segment(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new("segments: {guests: {vlan: any, private: true, prefixes: [10.90.0.0/16]}}\n");
    struct sk_prefix p = {.addr = addr_of("2001:db8:6d::"), .len = 48};
    struct sk_addr edge = addr_of("10.90.0.5"), home = addr_of("2001:db8:6d:500::1");
    struct sk_event *ev = event_of(r, SKE_dhcpv4_message, T0, A, "10.90.0.1", "10.90.0.5");
    sk_event_put_prefix(ev, SKF_dhcpv4_sixrd_prefix, &p);
    sk_event_put_text(ev, SKF_dhcpv4_type, "ack");
    sk_event_put_ip(ev, SKF_dhcpv4_your_ip, &edge);
    feed(r, ev);
    ev = event_of(r, SKE_tunnel_state, T0, A, "10.90.0.5", "192.0.2.9");
    sk_event_put_text(ev, SKF_tunnel_kind, "6in4");
    sk_event_put_ip(ev, SKF_tunnel_inside_ip, &edge);
    sk_event_put_ip(ev, SKF_tunnel_inner_source_ip, &home);
    feed(r, ev);
    is(r, SKF_tunnel_sixrd_prefix, "");
    is(r, SKF_tunnel_sixrd_customer_edge, "");
    cor_rig_free(r);
}

static void flows_have_places_and_a_proxy_verdict(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    struct sk_event *ev = event_of(r, SKE_flow_state, T0, A, "10.30.0.5", "192.0.2.80");
    ev->transport = 6, ev->dport = 443;
    feed(r, ev);
    is(r, SKF_policy_source_zone, "office");
    is(r, SKF_policy_source_side, "inside");
    is(r, SKF_policy_source_web, "via-proxy");
    is(r, SKF_policy_destination_zone, "internet");
    is(r, SKF_policy_destination_side, "outside");
    is(r, SKF_policy_destination_group, "192.0.2.0/24");
    is(r, SKF_policy_proxy_verdict, "no");
    assert_true(last_text(r, SKF_policy_line)[0]);
    ev = event_of(r, SKE_flow_state, T0, A, "10.30.0.5", "10.99.0.1");
    ev->transport = 6, ev->dport = 8080;
    feed(r, ev);
    is(r, SKF_policy_proxy_verdict, "is-proxy");
    ev = event_of(r, SKE_flow_state, T0, A, "10.30.0.5", "2001:db8:1:2::80");
    feed(r, ev);
    is(r, SKF_policy_destination_group, "2001:db8:1::/48");
    cor_rig_free(r);
}

static void without_a_policy_everything_is_unknown(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    feed(r, event_of(r, SKE_icmpv6_ra, T0, A, "fe80::bad", "ff02::1"));
    is(r, SKF_policy_router_verdict, "unknown");
    is(r, SKF_policy_segment_ipv6, "unknown");
    is(r, SKF_policy_line, "");
    feed(r, event_of(r, SKE_dhcpv6_message, T0, A, "fe80::bad", "fe80::2"));
    is(r, SKF_policy_dhcpv6_server_verdict, "unknown");
    tunnel(r, T0, "6to4", "10.30.0.9", "192.0.2.9");
    is(r, SKF_policy_tunnel_verdict, "unknown");
    feed(r, event_of(r, SKE_flow_state, T0, A, "10.30.0.5", "192.0.2.80"));
    is(r, SKF_policy_proxy_verdict, "unknown");
    is(r, SKF_policy_source_web, "");
    struct sk_event *ev = event_of(r, SKE_dns_transaction, T0, A, "192.0.2.1", "10.0.0.53");
    sk_event_put_text(ev, SKF_dns_question_name, "a.example");
    feed(r, ev);
    is(r, SKF_policy_dns_own_zone, "");
    cor_rig_free(r);
}

static void names_are_known_before_the_policy_judges(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new("zones: {office: {side: inside, web: via-proxy, prefixes: [10.30.0.0/16]}}\n"
                                    "proxies: [{ip: [10.99.0.1]}]\n"
                                    "no_proxy: [{to: {names: [\"*.update.example\"]}}]\n");
    struct sk_event *ev = event_of(r, SKE_dns_transaction, T0, A, "10.30.0.5", "10.0.0.53");
    struct sk_addr ip = addr_of("192.0.2.80");
    sk_event_put_text(ev, SKF_dns_question_name, "eu.update.example");
    sk_event_put_ip(ev, SKF_dns_resolved_ip, &ip);
    feed(r, ev);
    feed(r, event_of(r, SKE_flow_state, T0, A, "10.30.0.5", "192.0.2.80"));
    is(r, SKF_policy_proxy_verdict, "exempt"); /* rank 30 before rank 50 */
    cor_rig_free(r);
}

static void what_is_fed_is_not_changed_and_a_full_event_does_no_harm(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    struct sk_event *ev = event_of(r, SKE_flow_state, T0, A, "10.30.0.5", "192.0.2.80");
    char text[1001];
    memset(text, 'x', 1000);
    text[1000] = '\0';
    for (int i = 0; i < 20; i++)
        sk_event_put_text(ev, SKF_icmpv6_ra_prefix, text);
    uint8_t *before = (uint8_t *)malloc(ev->size);
    size_t n = ev->size;
    memcpy(before, ev, n);
    feed(r, ev);
    assert_int_equal(ev->size, n);
    assert_memory_equal(ev, before, n);
    assert_true(r->out[0]->size <= SK_EVENT_MAX);
    free(before);
    cor_rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv6_on_a_closed_segment_is_forbidden_or_tolerated_by_line),
        cmocka_unit_test(routers_are_listed_half_true_or_strangers),
        cmocka_unit_test(dhcpv6_servers_none_allowed),
        cmocka_unit_test(tunnels_are_allowed_by_entry_in_either_direction_until_its_date),
        cmocka_unit_test(a_quoted_tunnel_and_a_broker_are_judged_like_the_tunnel),
        cmocka_unit_test(a_6rd_domain_is_known_when_a_server_told_it),
        cmocka_unit_test(nothing_is_remembered_of_who_was_told_on_a_private_segment),
        cmocka_unit_test(flows_have_places_and_a_proxy_verdict),
        cmocka_unit_test(without_a_policy_everything_is_unknown),
        cmocka_unit_test(names_are_known_before_the_policy_judges),
        cmocka_unit_test(what_is_fed_is_not_changed_and_a_full_event_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
