/* SPDX-License-Identifier: Apache-2.0 */
/* What routers and DHCPv6 servers said before decides what their next message is; floods push nothing declared out. */
#include "cor_rig.h"

#define ROUTER "02-00-00-00-00-01"
#define ROGUE  "02-00-00-00-00-AA"
#define CLIENT "02-00-00-00-01-20"
static const char policy[] =
    "segments:\n"
    "  office:\n"
    "    vlan: any\n"
    "    ipv6: dual-stack\n"
    "    routers:\n"
    "      - {mac: 02-00-00-00-00-01, link_local: \"fe80::1\", prefixes: [\"2001:db8:30::/64\"], flags: [O], mtu: "
    "1500,\n"
    "         rdnss: [\"2001:db8:30::53\"], lifetime_max: 30m, pref: medium}\n"
    "      - {mac: 02-00-00-00-00-02, link_local: \"fe80::2\"}\n"
    "    dhcpv6_servers: []\n"
    "    dhcp_servers: [{mac: 02-00-00-00-00-01}]\n"
    "dns: {resolvers: [\"2001:db8:30::53\"], internal_names: [corp.example], nat64_prefixes: []}\n";

static struct sk_event *ra(struct cor_rig *r, double at, const char *mac, const char *src, int64_t lifetime) {
    struct sk_event *ev = event_of(r, SKE_icmpv6_ra, T0 + (sk_time)(at * 1e9), mac, src, "ff02::1");
    sk_event_put_int(ev, SKF_icmpv6_ra_router_lifetime, lifetime);
    return ev;
}

static void put_prefix(struct sk_event *ev, const char *prefix, int64_t valid, int64_t preferred) {
    sk_event_put_text(ev, SKF_icmpv6_ra_prefix, prefix);
    sk_event_put_int(ev, SKF_icmpv6_ra_prefix_valid, valid);
    sk_event_put_int(ev, SKF_icmpv6_ra_prefix_preferred, preferred);
}

static void is(const struct cor_rig *r, enum sk_field_id f, const char *want) {
    assert_string_equal(last_text(r, f), want);
}

static void what_a_router_takes_back_is_what_it_gave(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    feed(r, ra(r, 0, ROUTER, "fe80::1", 0));
    is(r, SKF_icmpv6_ra_withdraws, ""); /* nothing was given */
    struct sk_event *ev = ra(r, 1, ROUTER, "fe80::1", 1800);
    put_prefix(ev, "2001:db8:30::/64", 86400, 14400);
    feed(r, ev);
    is(r, SKF_icmpv6_ra_withdraws, "");
    ev = ra(r, 2, ROUTER, "fe80::1", 1800);
    put_prefix(ev, "2001:db8:30::/64", 7199, 7000);
    feed(r, ev);
    is(r, SKF_icmpv6_ra_withdraws, "prefix"); /* RFC 4862 5.5.3 e */
    feed(r, ra(r, 3, ROUTER, "fe80::1", 0));
    is(r, SKF_icmpv6_ra_withdraws, "default-router");
    is(r, SKF_icmpv6_ra_mac_changed, "false");
    is(r, SKF_icmpv6_ra_routers_left, "0");
    feed(r, ra(r, 4, ROUTER, "fe80::1", 0));
    is(r, SKF_icmpv6_ra_withdraws, ""); /* once */
    feed(r, ra(r, 5, ROUTER, "fe80::1", 1800));
    feed(r, ra(r, 1900, ROUTER, "fe80::1", 0));
    is(r, SKF_icmpv6_ra_withdraws, ""); /* of more than half an hour ago */
    cor_rig_free(r);
}

static void a_forger_is_told_from_the_router_and_changes_nothing(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    feed(r, ra(r, 0, ROUTER, "fe80::1", 1800));
    feed(r, ra(r, 0, "02-00-00-00-00-02", "fe80::2", 1800));
    feed(r, ra(r, 10, ROGUE, "fe80::1", 0));
    is(r, SKF_policy_router_verdict, "impersonation");
    is(r, SKF_icmpv6_ra_withdraws, "default-router");
    is(r, SKF_icmpv6_ra_mac_changed, "true");
    is(r, SKF_icmpv6_ra_routers_left, "1");
    is(r, SKF_icmpv6_ra_alternating, "");
    feed(r, ra(r, 20, ROGUE, "fe80::1", 0));
    is(r, SKF_icmpv6_ra_withdraws, "default-router"); /* the router never took anything back */
    is(r, SKF_icmpv6_ra_alternating, "true");
    feed(r, ra(r, 30, ROUTER, "fe80::1", 1800));
    is(r, SKF_icmpv6_ra_mac_changed, "false");
    cor_rig_free(r);
}

static void copies_and_what_hosts_discard_are_not_believed(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    feed(r, ra(r, 0, ROUTER, "fe80::1", 1800));
    struct sk_event *ev = ra(r, 1, ROUTER, "fe80::1", 0);
    sk_event_put_text(ev, SKF_sekimori_effect, "ignored-by-rfc");
    feed(r, ev);
    is(r, SKF_icmpv6_ra_withdraws, "");
    ev = ra(r, 2, ROUTER, "fe80::1", 0);
    ev->flags |= SK_EV_DUPLICATE;
    feed(r, ev);
    is(r, SKF_icmpv6_ra_withdraws, "");
    feed(r, ra(r, 3, ROUTER, "fe80::1", 0));
    is(r, SKF_icmpv6_ra_withdraws, "default-router"); /* all the time it was one */
    cor_rig_free(r);
}

static void a_flood_of_senders_leaves_the_declared_router_known_and_counts_a_day(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    feed(r, ra(r, 0, ROUTER, "fe80::1", 1800));
    for (unsigned i = 0; i < 20000; i++) {
        char src[40], prefix[40];
        snprintf(src, sizeof src, "fe80::bad:%x", i);
        snprintf(prefix, sizeof prefix, "2001:db8:bad:%x::/64", i);
        struct sk_event *ev = ra(r, 1 + i / 1000.0, ROGUE, src, 1800);
        put_prefix(ev, prefix, 86400, 14400);
        feed(r, ev);
        if (i == 8) {
            is(r, SKF_icmpv6_ra_day_prefixes, "9");
            is(r, SKF_icmpv6_ra_day_senders, "9");
        }
        cor_clear(r);
    }
    assert_true(sk_correlation_evictions(r->c) > 0); /* counted: the share of a link */
    feed(r, ra(r, 30, ROUTER, "fe80::1", 0));
    is(r, SKF_icmpv6_ra_withdraws, "default-router");
    struct sk_event *ev = ra(r, 30 + 2 * 86400.0, ROGUE, "fe80::bad", 0); /* the days before are over */
    feed(r, ev);
    is(r, SKF_icmpv6_ra_day_senders, "1");
    is(r, SKF_icmpv6_ra_day_prefixes, "0");
    cor_rig_free(r);
}

static void what_differs_from_the_entry_is_one_event_each(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    struct sk_event *ev = ra(r, 0, ROUTER, "fe80::1", 1800);
    put_prefix(ev, "2001:db8:30::/64", 86400, 14400);
    sk_event_put_text(ev, SKF_icmpv6_ra_flags, "O");
    sk_event_put_text(ev, SKF_icmpv6_ra_preference, "medium");
    feed(r, ev);
    assert_int_equal(count_of(r, SKE_router_drift), 0);
    ev = ra(r, 1, ROUTER, "fe80::1", 9000);
    put_prefix(ev, "2001:db8:30::/64", 86400, 14400);
    put_prefix(ev, "2001:db8:bad::/64", 86400, 14400);
    sk_event_put_text(ev, SKF_icmpv6_ra_flags, "M");
    sk_event_put_text(ev, SKF_icmpv6_ra_preference, "high");
    sk_event_put_int(ev, SKF_icmpv6_ra_mtu, 1400);
    struct sk_addr dns = addr_of("fe80::bad");
    sk_event_put_ip(ev, SKF_icmpv6_ra_rdnss, &dns);
    feed(r, ev);
    static const char *const want[] = {"prefix", "rdnss", "flags", "lifetime", "mtu", "preference"};
    assert_int_equal(count_of(r, SKE_router_drift), 6);
    unsigned k = 0;
    for (unsigned i = 0; i < r->n; i++)
        if (r->out[i]->type == SKE_router_drift)
            assert_string_equal(text_of(r, r->out[i], SKF_router_drift_field), want[k++]);
    is(r, SKF_policy_resolver_unlisted, ""); /* told as drift */
    cor_rig_free(r);
}

static void routers_that_compete_are_counted_where_none_is_declared(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    struct sk_event *ev = ra(r, 0, ROUTER, "fe80::1", 1800);
    put_prefix(ev, "2001:db8:30::/64", 86400, 14400);
    feed(r, ev);
    is(r, SKF_icmpv6_ra_competitors, "0");
    ev = ra(r, 1, "02-00-00-00-00-02", "fe80::2", 1800);
    put_prefix(ev, "2001:db8:30::/64", 86400, 14400);
    feed(r, ev);
    is(r, SKF_icmpv6_ra_competitors, "0"); /* the same prefix: a pair */
    ev = ra(r, 2, ROGUE, "fe80::bad", 1800);
    put_prefix(ev, "2001:db8:bad::/64", 86400, 14400);
    feed(r, ev);
    is(r, SKF_icmpv6_ra_competitors, "2");
    ev = ra(r, 3, ROGUE, "fe80::bad", 1800);
    put_prefix(ev, "2001:db8:bad::/64", 86400, 14400);
    ev->vlan[0] = 30; /* another link */
    ev->n_vlan = 1;
    feed(r, ev);
    is(r, SKF_icmpv6_ra_competitors, "0");
    is(r, SKF_network_link, "-/30/-");
    cor_rig_free(r);
}

static void a_listed_router_pushes_nobody_out_while_there_is_room(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    struct sk_event *ev = ra(r, 0, ROGUE, "fe80::bad", 1800);
    put_prefix(ev, "2001:db8:bad::/64", 86400, 14400);
    feed(r, ev);
    for (unsigned i = 0; i < 2; i++) {
        ev = ra(r, 1 + i, ROUTER, "fe80::1", 1800);
        put_prefix(ev, "2001:db8:30::/64", 86400, 14400);
        feed(r, ev);
        is(r, SKF_icmpv6_ra_competitors, "1");
    }
    cor_rig_free(r);
}

static void a_client_that_asks_two_resolvers_is_one_client(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    struct sk_addr one = addr_of("2001:db8:bad::53"), two = addr_of("2001:db8:bad::54");
    for (unsigned i = 0; i < 2; i++) {
        struct sk_event *ev = ra(r, 10 * i, ROGUE, "fe80::bad", 0);
        sk_event_put_ip(ev, SKF_icmpv6_ra_rdnss, &one);
        sk_event_put_ip(ev, SKF_icmpv6_ra_rdnss, &two);
        feed(r, ev);
        is(r, SKF_policy_resolver_users, i ? "1" : "0");
        for (unsigned k = 0; k < 2; k++) {
            ev = event_of(r, SKE_flow_state, T0 + SK_SEC, CLIENT, "2001:db8:30::20",
                          k ? "2001:db8:bad::54" : "2001:db8:bad::53");
            ev->dport = 53;
            feed(r, ev);
        }
    }
    cor_rig_free(r);
}

static struct sk_event *dhcpv6(struct cor_rig *r, double at, const char *mac, const char *src, const char *dns) {
    struct sk_event *ev = event_of(r, SKE_dhcpv6_message, T0 + (sk_time)(at * 1e9), mac, src, "fe80::120");
    ev->dmac = mac_of(CLIENT);
    sk_event_put_text(ev, SKF_dhcpv6_role, "server");
    sk_event_put_text(ev, SKF_dhcpv6_type, "reply");
    struct sk_addr a = addr_of(dns);
    sk_event_put_ip(ev, SKF_dhcpv6_dns, &a);
    return ev;
}

static void a_takeover_needs_a_resolver_and_more(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    feed(r, dhcpv6(r, 0, ROGUE, "fe80::bad", "fe80::bad"));
    is(r, SKF_policy_resolver_unlisted, "fe80::bad");
    is(r, SKF_policy_resolver_self, "true");
    assert_int_equal(count_of(r, SKE_dhcpv6_takeover), 0);
    struct sk_event *ev = event_of(r, SKE_flow_state, T0 + SK_SEC, CLIENT, "fe80::120", "fe80::bad");
    ev->transport = 17;
    ev->dport = 53;
    sk_event_put_text(ev, SKF_flow_state, "opened");
    feed(r, ev);
    assert_int_equal(count_of(r, SKE_dhcpv6_takeover), 1);
    assert_string_equal(last_of(r, SKE_dhcpv6_takeover, SKF_source_mac), ROGUE); /* whoever's packet told it */
    assert_string_equal(last_of(r, SKE_dhcpv6_takeover, SKF_source_ip), "fe80::bad");
    assert_string_equal(last_of(r, SKE_dhcpv6_takeover, SKF_dhcpv6_takeover_victim), CLIENT);
    assert_string_equal(last_of(r, SKE_dhcpv6_takeover, SKF_dhcpv6_takeover_score), "1");
    assert_string_equal(last_of(r, SKE_dhcpv6_takeover, SKF_sekimori_confidence), "90");
    feed(r, ev); /* nothing new */
    assert_int_equal(count_of(r, SKE_dhcpv6_takeover), 1);
    ev = ra(r, 2, ROGUE, "fe80::bad", 0);
    sk_event_put_text(ev, SKF_icmpv6_ra_kind, "dhcp-lure");
    sk_event_put_text(ev, SKF_icmpv6_ra_offers, "dhcp");
    put_prefix(ev, "2001:db8:bad::/64", 0, 0); /* gives none */
    feed(r, ev);
    assert_string_equal(last_of(r, SKE_dhcpv6_takeover, SKF_dhcpv6_takeover_score), "2");
    assert_string_equal(last_of(r, SKE_dhcpv6_takeover, SKF_sekimori_confidence), "99");
    feed(r, dhcpv6(r, 3, ROGUE, "fe80::bad", "fe80::bad"));
    is(r, SKF_policy_resolver_users, "1");
    is(r, SKF_policy_resolver_user, CLIENT);
    cor_clear(r);
    feed(r, dhcpv6(r, 3 + 601, ROGUE, "fe80::bad", "fe80::bad")); /* evidence of ten minutes ago is none */
    assert_int_equal(count_of(r, SKE_dhcpv6_takeover), 0);
    cor_rig_free(r);
}

static void names_and_prefixes_offered_are_ours_or_not(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    struct sk_event *ev = ra(r, 0, ROGUE, "fe80::bad", 0);
    sk_event_put_text(ev, SKF_icmpv6_ra_dnssl, "pc.corp.example");
    sk_event_put_text(ev, SKF_icmpv6_ra_dnssl, "corp.evil");
    sk_event_put_text(ev, SKF_icmpv6_ra_pref64, "2001:db8:64::/96");
    feed(r, ev);
    is(r, SKF_policy_resolver_unlisted_name, "corp.evil");
    is(r, SKF_policy_pref64_unlisted, "2001:db8:64::/96");
    ev = event_of(r, SKE_dns_transaction, T0, CLIENT, "2001:db8:30::20", "2001:db8:30::53");
    sk_event_put_text(ev, SKF_dns_question_name, "ipv4only.arpa");
    struct sk_addr a = addr_of("64:ff9b::c000:aa");
    sk_event_put_ip(ev, SKF_dns_resolved_ip, &a);
    feed(r, ev);
    is(r, SKF_policy_pref64_unlisted, "64:ff9b::/96");
    ev = event_of(r, SKE_dhcpv4_message, T0, ROGUE, "192.168.30.66", "255.255.255.255");
    sk_event_put_text(ev, SKF_dhcpv4_role, "server");
    feed(r, ev);
    is(r, SKF_policy_dhcp_server_verdict, "not-listed");
    cor_rig_free(r);
    r = cor_rig_new(NULL); /* unknown is not forbidden */
    ev = ra(r, 0, ROGUE, "fe80::bad", 0);
    sk_event_put_text(ev, SKF_icmpv6_ra_dnssl, "corp.evil");
    sk_event_put_text(ev, SKF_icmpv6_ra_pref64, "2001:db8:64::/96");
    feed(r, ev);
    is(r, SKF_policy_resolver_unlisted_name, "");
    is(r, SKF_policy_pref64_unlisted, "");
    cor_rig_free(r);
}

static void guests_are_nobodys_victims(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new("segments: {guest: {vlan: any, private: true, ipv6: dual-stack}}\n"
                                    "dns: {resolvers: [\"2001:db8:30::53\"]}\n");
    struct sk_event *ev = dhcpv6(r, 0, ROGUE, "fe80::bad", "fe80::bad");
    sk_event_put_int(ev, SKF_dhcpv6_t1, 200);
    sk_event_put_int(ev, SKF_dhcpv6_t2, 250);
    feed(r, ev);
    assert_int_equal(count_of(r, SKE_dhcpv6_takeover), 1); /* told all the same */
    assert_string_equal(last_of(r, SKE_dhcpv6_takeover, SKF_dhcpv6_takeover_victims), "0");
    is(r, SKF_policy_resolver_users, "");
    cor_rig_free(r);
}

static void a_lifetime_that_counts_down_is_not_taken_back(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    static const int64_t left[] = {7260, 7230, 7190, 7130};
    for (unsigned i = 0; i < sizeof left / sizeof *left; i++) {
        struct sk_event *ev = ra(r, 60.0 * i, ROUTER, "fe80::1", 1800);
        put_prefix(ev, "2001:db8:30::/64", left[i], left[i] - 3600);
        feed(r, ev);
        is(r, SKF_icmpv6_ra_withdraws, "");
    }
    struct sk_event *cut = ra(r, 200, ROUTER, "fe80::1", 1800);
    put_prefix(cut, "2001:db8:30::/64", 7000, 0);
    feed(r, cut);
    is(r, SKF_icmpv6_ra_withdraws, "prefix");
    cor_rig_free(r);
}

static struct sk_event *solicit(struct cor_rig *r, double at, const char *mac, const char *duid, const char *inside) {
    struct sk_event *ev = event_of(r, SKE_dhcpv6_message, T0 + (sk_time)(at * 1e9), mac, "fe80::120", "ff02::1:2");
    sk_event_put_text(ev, SKF_dhcpv6_role, "client");
    sk_event_put_text(ev, SKF_dhcpv6_client_duid, duid);
    struct sk_mac m = mac_of(inside);
    sk_event_put_mac(ev, SKF_dhcpv6_client_mac, &m);
    return ev;
}

static void a_host_that_comes_up_is_no_stranger(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    struct sk_event *seen = event_of(r, SKE_ipv6_seen, T0, CLIENT, "fe80::120", "ff02::1:2");
    sk_event_put_text(seen, SKF_ipv6_category, "dhcp6c"); /* what is asked about proves nothing */
    feed(r, seen);
    feed(r, solicit(r, 1, CLIENT, "00030001020000000120", CLIENT));
    is(r, SKF_dhcpv6_client_stranger, "true");
    is(r, SKF_dhcpv6_client_foreign, "false");
    seen = event_of(r, SKE_ipv6_seen, T0 + 2 * SK_SEC, CLIENT, "::", "ff02::1:ff00:120");
    sk_event_put_text(seen, SKF_ipv6_category, "dad");
    feed(r, seen);
    feed(r, solicit(r, 3, CLIENT, "00030001020000000120", ROGUE));
    is(r, SKF_dhcpv6_client_stranger, "false");
    is(r, SKF_dhcpv6_client_foreign, "true");
    is(r, SKF_dhcpv6_client_duids, "1");
    cor_rig_free(r);
}

static void identifiers_are_counted_for_five_minutes_and_for_the_busiest_three(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    for (unsigned k = 0; k < 60; k++) {
        char mac[SK_MAC_TEXT], duid[24];
        snprintf(mac, sizeof mac, "02-00-00-00-08-%02X", k % 3);
        snprintf(duid, sizeof duid, "00030001%012x", k);
        feed(r, solicit(r, k, mac, duid, mac));
        cor_clear(r);
    }
    feed(r, solicit(r, 60, CLIENT, "00030001020000000120", CLIENT)); /* an honest one beside them */
    is(r, SKF_dhcpv6_client_duids, "1");
    is(r, SKF_dhcpv6_client_duids_of_few, "60");
    feed(r, solicit(r, 400, CLIENT, "00030001020000000120", CLIENT));
    is(r, SKF_dhcpv6_client_duids_of_few, "1"); /* the others are forgotten */
    cor_rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lifetime_that_counts_down_is_not_taken_back),
        cmocka_unit_test(a_host_that_comes_up_is_no_stranger),
        cmocka_unit_test(identifiers_are_counted_for_five_minutes_and_for_the_busiest_three),
        cmocka_unit_test(what_a_router_takes_back_is_what_it_gave),
        cmocka_unit_test(a_forger_is_told_from_the_router_and_changes_nothing),
        cmocka_unit_test(copies_and_what_hosts_discard_are_not_believed),
        cmocka_unit_test(a_flood_of_senders_leaves_the_declared_router_known_and_counts_a_day),
        cmocka_unit_test(what_differs_from_the_entry_is_one_event_each),
        cmocka_unit_test(routers_that_compete_are_counted_where_none_is_declared),
        cmocka_unit_test(a_listed_router_pushes_nobody_out_while_there_is_room),
        cmocka_unit_test(a_client_that_asks_two_resolvers_is_one_client),
        cmocka_unit_test(a_takeover_needs_a_resolver_and_more),
        cmocka_unit_test(names_and_prefixes_offered_are_ours_or_not),
        cmocka_unit_test(guests_are_nobodys_victims),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
