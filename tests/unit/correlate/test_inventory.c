/* SPDX-License-Identifier: Apache-2.0 */
/* Which device: what is believed of whom, for how long, and where nothing may be said. */
#include "inventory_rig.h"

#include "sekimori/part.h"

static void a_lease_is_believed_before_arp_and_arp_before_a_frame(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    sends(r, T0, A, "10.30.0.5");
    struct sk_device d = who(r, T0, "10.30.0.5", NULL);
    assert_string_equal(d.known_by, "frame");
    is_mac(&d, A);
    says_arp(r, T0 + 1, B, "10.30.0.5");
    d = who(r, T0 + 2, "10.30.0.5", NULL);
    assert_string_equal(d.known_by, "binding");
    is_mac(&d, B);
    sends(r, T0 + 3, A, "10.30.0.5"); /* a frame does not overturn ARP */
    d = who(r, T0 + 4, "10.30.0.5", NULL);
    is_mac(&d, B);
    gets_lease(r, T0 + 5, A, "10.30.0.5", "pc-a", 0);
    says_arp(r, T0 + 6, B, "10.30.0.5"); /* nor ARP a lease */
    d = who(r, T0 + 7, "10.30.0.5", B);
    assert_string_equal(d.known_by, "lease");
    assert_string_equal(d.name, "pc-a");
    assert_string_equal(d.name_source, "dhcp");
    is_mac(&d, A);
    cor_rig_free(r);
}

/* Conversations tell of their sender when they begin, and when they end if that is later than a moment. */
static void converses(struct cor_rig *r, sk_time at, sk_time end, bool shown, const char *mac, const char *src) {
    struct sk_event *ev = event_of(r, SKE_flow_state, end, mac, src, "192.0.2.1");
    struct sk_part_flow f = {.state = SK_FLOW_CLOSED, .start = at, .end = end, .sender_shown = shown};
    sk_event_put_flow(ev, &f);
    feed(r, ev);
}

static bool is_known(struct cor_rig *r, const char *ip) {
    struct sk_event *ev = event_of(r, SKE_flow_state, T0, NULL, ip, "192.0.2.1");
    struct sk_device d;
    return sk_correlation_device(r->c, ev, &ev->src, NULL, &d) && !sk_mac_zero(&d.mac);
}

static void what_a_beginning_showed_is_not_learned_again_a_moment_later(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    converses(r, T0, T0 + SK_SEC - 1, true, A, "10.30.0.5");
    assert_false(is_known(r, "10.30.0.5"));
    converses(r, T0, T0 + SK_SEC, true, A, "10.30.0.5");
    assert_true(is_known(r, "10.30.0.5"));
    converses(r, T0, T0 + 1, false, B, "10.30.0.6"); /* the other side spoke first */
    assert_true(is_known(r, "10.30.0.6"));
    cor_rig_free(r);
}

static void what_was_believed_ends_with_its_time(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    gets_lease(r, T0, A, "10.30.0.5", NULL, 3600);
    says_arp(r, T0 + 3599 * SK_SEC, B, "10.30.0.5");
    struct sk_device d = who(r, T0 + 3599 * SK_SEC, "10.30.0.5", NULL);
    is_mac(&d, A);
    says_arp(r, T0 + 3601 * SK_SEC, B, "10.30.0.5");
    d = who(r, T0 + 3602 * SK_SEC, "10.30.0.5", NULL);
    is_mac(&d, B);
    assert_string_equal(d.known_by, "binding");
    d = who(r, T0 + 4202 * SK_SEC, "10.30.0.5", A); /* ten minutes later the frame is the better witness */
    is_mac(&d, A);
    assert_string_equal(d.known_by, "frame");
    cor_rig_free(r);
}

static void an_address_that_moved_is_no_longer_of_its_first_device(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    says_arp(r, T0, A, "10.30.0.5");
    says_arp(r, T0, A, "10.30.0.6");
    says_arp(r, T0 + 1, B, "10.30.0.5");
    struct sk_device d = who(r, T0 + 2, "10.30.0.6", A);
    assert_true(has_ip(&d, "10.30.0.6"));
    assert_false(has_ip(&d, "10.30.0.5"));
    cor_rig_free(r);
}

static void behind_a_router_only_the_router_is_seen_and_that_is_said(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    sends(r, T0, ROUTER, "198.51.100.1");
    struct sk_device d = who(r, T0, "198.51.100.1", ROUTER); /* outside */
    assert_string_equal(d.known_by, "router-mac-only");
    assert_true(sk_mac_zero(&d.mac));
    assert_true(has_ip(&d, "198.51.100.1"));
    sends(r, T0, ROUTER, "10.40.0.9"); /* of another segment */
    d = who(r, T0, "10.40.0.9", ROUTER);
    assert_string_equal(d.known_by, "router-mac-only");
    sends(r, T0, A, "10.30.0.9"); /* at home here */
    d = who(r, T0, "10.30.0.9", A);
    assert_string_equal(d.known_by, "frame");
    is_mac(&d, A);
    says_arp(r, T0, ROUTER, "10.30.0.1"); /* the router's own address is the router's */
    d = who(r, T0, "10.30.0.1", ROUTER);
    assert_string_equal(d.known_by, "binding");
    is_mac(&d, ROUTER);
    assert_false(has_ip(&d, "198.51.100.1"));
    cor_rig_free(r);
}

static void without_a_policy_a_router_shows_by_the_strangers_it_sends_for(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    sends(r, T0, A, "198.51.100.1"); /* one public address may be its own */
    struct sk_device d = who(r, T0, "198.51.100.1", A);
    assert_string_equal(d.known_by, "frame");
    sends(r, T0, A, "198.51.100.2");
    d = who(r, T0, "198.51.100.2", A);
    assert_string_equal(d.known_by, "router-mac-only");
    cor_rig_free(r);
}

static void a_mac_that_sends_for_several_inside_addresses_it_never_claimed_is_a_router(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    sends(r, T0, ROUTER, "10.1.0.1");
    sends(r, T0, ROUTER, "10.2.0.1");
    struct sk_device d = who(r, T0, "10.2.0.1", ROUTER);
    assert_string_equal(d.known_by, "frame"); /* two may be its own */
    sends(r, T0, ROUTER, "10.3.0.1");
    d = who(r, T0, "10.2.0.1", ROUTER);
    assert_string_equal(d.known_by, "router-mac-only");
    says_arp(r, T0, ROUTER, "10.1.0.1"); /* this one it claims */
    d = who(r, T0, "10.1.0.1", ROUTER);
    is_mac(&d, ROUTER);
    for (int i = 1; i < 6; i++) { /* many addresses, all claimed: a server, no router */
        char ip[32];
        snprintf(ip, sizeof ip, "10.9.0.%d", i);
        says_arp(r, T0, A, ip);
        sends(r, T0, A, ip);
    }
    sends(r, T0, A, "10.9.0.99");
    d = who(r, T0, "10.9.0.99", A);
    assert_string_equal(d.known_by, "frame");
    cor_rig_free(r);
}

static void many_temporary_addresses_make_no_router(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new("segments: {office: {vlan: 30, prefixes: [\"2001:db8:30::/64\"]}}\n");
    char ip[64];
    for (int i = 1; i <= 20; i++) {
        snprintf(ip, sizeof ip, "2001:db8:30::%x", i);
        sends(r, T0 + i, A, ip);
    }
    struct sk_device d = who(r, T0 + 30, ip, A);
    assert_string_equal(d.known_by, "frame");
    assert_int_equal(d.n_ip, 8);
    assert_true(has_ip(&d, ip));
    d = who(r, T0 + 30, "2001:db8:30::1", A); /* long forgotten in the list, but this alert is about it */
    assert_true(has_ip(&d, "2001:db8:30::1"));
    assert_int_equal(d.n_ip, 8);
    cor_rig_free(r);
}

static void dad_ties_an_address_to_its_device_but_takes_none_away(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    struct sk_addr rogue = addr_of("2001:db8:bad::a"), victim = addr_of("fe80::1");
    struct sk_event *ev = event_of(r, SKE_icmpv6_ns, T0, A, "::", "ff02::1:ff00:a");
    sk_event_put_ip(ev, SKF_icmpv6_ns_target, &rogue);
    feed(r, ev);
    struct sk_device d = who(r, T0 + 1, "2001:db8:bad::a", A);
    assert_string_equal(d.known_by, "binding");
    is_mac(&d, A);
    feed(r, event_of(r, SKE_icmpv6_rs, T0 + 2, B, "fe80::1", "ff02::2"));
    ev = event_of(r, SKE_icmpv6_ns, T0 + 3, A, "::", "ff02::1:ff00:1");
    sk_event_put_ip(ev, SKF_icmpv6_ns_target, &victim);
    feed(r, ev);
    d = who(r, T0 + 4, "fe80::1", NULL);
    is_mac(&d, B);
    cor_rig_free(r);
}

static void what_hosts_would_discard_changes_nothing(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    says_arp(r, T0, A, "10.30.0.5");
    struct sk_event *ev = event_of(r, SKE_icmpv6_na, T0, B, "fe80::bad", "ff02::1");
    struct sk_addr target = addr_of("fe80::5");
    struct sk_mac m = mac_of(B);
    sk_event_put_ip(ev, SKF_icmpv6_na_target, &target);
    sk_event_put_mac(ev, SKF_icmpv6_nd_tlla, &m);
    sk_event_put_text(ev, SKF_sekimori_effect, "ignored-by-rfc");
    feed(r, ev);
    struct sk_device d = who(r, T0 + 1, "fe80::5", NULL);
    assert_true(sk_mac_zero(&d.mac));
    ev = event_of(r, SKE_icmpv6_na, T0, B, "fe80::bad", "ff02::1"); /* for another's MAC: not believed either */
    m = mac_of(A);
    sk_event_put_ip(ev, SKF_icmpv6_na_target, &target);
    sk_event_put_mac(ev, SKF_icmpv6_nd_tlla, &m);
    feed(r, ev);
    d = who(r, T0 + 1, "fe80::5", NULL);
    assert_true(sk_mac_zero(&d.mac));
    ev = event_of(r, SKE_icmpv6_na, T0, A, "fe80::5", "ff02::1"); /* its own: believed */
    sk_event_put_ip(ev, SKF_icmpv6_na_target, &target);
    sk_event_put_mac(ev, SKF_icmpv6_nd_tlla, &m);
    feed(r, ev);
    d = who(r, T0 + 1, "fe80::5", NULL);
    is_mac(&d, A);
    cor_rig_free(r);
}

static void what_is_derived_from_discarded_messages_changes_nothing(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    struct sk_addr target;
    char text[40];
    for (unsigned k = 0; k < 60; k++) { /* a flood: told, and yet nobody believes these */
        struct sk_event *ev = event_of(r, SKE_icmpv6_na, T0 + k, B, "fe80::5", "ff02::1");
        snprintf(text, sizeof text, "2001:db8::%x", k + 1);
        target = addr_of(text);
        sk_event_put_ip(ev, SKF_icmpv6_na_target, &target);
        sk_event_put_text(ev, SKF_sekimori_effect, "ignored-by-rfc");
        feed(r, ev);
    }
    assert_true(count_of(r, SKE_neighbour_flood) > 0);
    struct sk_device d = who(r, T0 + SK_SEC, "fe80::5", NULL);
    assert_true(sk_mac_zero(&d.mac));
    cor_rig_free(r);
}

static void of_private_segments_nothing_is_learned(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new("segments: {guests: {vlan: 90, prefixes: [10.90.0.0/16], private: true}}\n");
    says_arp(r, T0, A, "10.90.0.5");
    gets_lease(r, T0, A, "10.90.0.5", "phone-of-somebody", 0);
    struct sk_device d = who(r, T0, "10.90.0.5", NULL);
    assert_true(sk_mac_zero(&d.mac));
    assert_null(d.name);
    cor_rig_free(r);
}

static void segments_do_not_mix(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    feed(r, event_of(r, SKE_icmpv6_rs, T0, A, "fe80::1", "ff02::2"));
    struct sk_event *ev = event_of(r, SKE_icmpv6_rs, T0, B, "fe80::1", "ff02::2");
    ev->segment = 1;
    feed(r, ev);
    struct sk_device d = who(r, T0 + 1, "fe80::1", NULL);
    is_mac(&d, A);
    cor_rig_free(r);
}

static void names_are_cut_at_a_character_and_ids_are_of_the_mac(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    char name[200] = "";
    for (size_t i = 0; i < 60; i++)
        memcpy(name + 3 * i, "漢", 4);
    gets_lease(r, T0, "02-00-00-00-00-AA", "10.30.0.5", name, 0);
    struct sk_device d = who(r, T0, "10.30.0.5", NULL), e = who(r, T0 + 99, NULL, "02-00-00-00-00-AA");
    assert_int_equal(strlen(d.name), 63);
    assert_true(sk_utf8_valid(d.name, strlen(d.name)));
    assert_true(d.mac_random);
    assert_string_equal(d.id, e.id);
    assert_int_equal(strlen(d.id), 18);
    cor_rig_free(r);
}

static void times_at_the_end_of_time_overflow_nothing(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    gets_lease(r, INT64_MAX - 1, A, "10.30.0.5", NULL, 3600);
    says_arp(r, INT64_MAX - 1, A, "10.30.0.6");
    sends(r, INT64_MAX - 1, B, "10.30.0.6");
    struct sk_device d = who(r, INT64_MAX - 1, "10.30.0.6", NULL);
    is_mac(&d, A);
    cor_rig_free(r);
}

static void at_the_end_of_a_chain_devices_are_known_until_alerts_are_closed(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    says_arp(r, T0, A, "10.30.0.5");
    sk_correlate_flush(r->c, 9, T0);
    struct sk_device d = who(r, T0, "10.30.0.5", NULL);
    is_mac(&d, A);
    sk_correlate_forget(r->c);
    d = who(r, T0, "10.30.0.5", NULL);
    assert_true(sk_mac_zero(&d.mac));
    cor_rig_free(r);
}

/* ---- names, DUIDs, conflicts, caps ---- */

static void names_are_believed_by_their_source_and_only_of_oneself(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    says_arp(r, T0, A, "10.30.0.5");
    claims(r, T0 + 1, A, "10.30.0.5", "llmnr", "by-llmnr", "10.30.0.5");
    assert_string_equal(who(r, T0 + 2, "10.30.0.5", A).name, "by-llmnr");
    claims(r, T0 + 3, A, "10.30.0.5", "mdns", "by-mdns.local", "10.30.0.5");
    claims(r, T0 + 4, A, "10.30.0.5", "llmnr", "another", "10.30.0.5");
    struct sk_device d = who(r, T0 + 5, "10.30.0.5", A);
    assert_string_equal(d.name, "by-mdns");
    assert_string_equal(d.name_source, "mdns");
    claims(r, T0 + 6, B, "10.30.0.6", "mdns", "by-a-proxy.local", "10.30.0.5"); /* for another: nobody's name */
    says_arp(r, T0 + 6, B, "10.30.0.6");
    assert_null(who(r, T0 + 7, "10.30.0.6", B).name);
    assert_string_equal(who(r, T0 + 7, "10.30.0.5", A).name, "by-mdns");
    gets_lease(r, T0 + 8, A, "10.30.0.5", "by-dhcp", 0);
    assert_string_equal(who(r, T0 + 9, "10.30.0.5", A).name, "by-dhcp");
    for (int i = 0; i < 100; i++) { /* who answers to every name fills only his own list */
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        claims(r, T0 + 10 + i, B, "10.30.0.6", "llmnr", name, "10.30.0.6");
    }
    assert_string_equal(who(r, T0 + 200, "10.30.0.6", B).name, "n99");
    cor_rig_free(r);
}

static void a_duid_joins_macs_that_come_one_after_the_other(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    asks_dhcpv6(r, T0, "02-00-00-00-00-01", "fe80::1", "00040102", "phone");
    struct sk_device one = who(r, T0 + 1, NULL, "02-00-00-00-00-01");
    assert_string_equal(one.duid, "00040102");
    asks_dhcpv6(r, T0 + 60 * SK_SEC, "02-00-00-00-00-02", "fe80::2", "00040102", "phone");
    struct sk_device two = who(r, T0 + 61 * SK_SEC, NULL, "02-00-00-00-00-02");
    assert_string_equal(one.id, two.id);
    assert_int_equal(two.n_conflict, 0);
    asks_dhcpv6(r, T0 + 62 * SK_SEC, "02-00-00-00-00-01", "fe80::1", "00040102",
                "phone"); /* the first is still there */
    one = who(r, T0 + 63 * SK_SEC, NULL, "02-00-00-00-00-01");
    two = who(r, T0 + 63 * SK_SEC, NULL, "02-00-00-00-00-02");
    assert_string_not_equal(one.id, two.id);
    assert_int_equal(one.n_conflict, 1);
    assert_int_equal(two.n_conflict, 1);
    assert_string_equal(one.conflict->what, "duid");
    assert_true(sk_mac_eq(&one.conflict->other, &two.mac));
    cor_rig_free(r);
}

static void a_name_and_an_eui64_address_join_a_device_behind_another_mac(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new("segments: {office: {vlan: 30, prefixes: [\"2001:db8:30::/64\", 10.30.0.0/16]}}\n");
    asks_dhcpv6(r, T0, A, "fe80::200:5eff:fe00:530a", "000300010001", "laptop");
    asks_dhcpv6(r, T0 + 10, "02-00-00-00-00-01", "2001:db8:30:0:200:5eff:fe00:530a", "000300010002", "laptop");
    sends(r, T0 + 11, "02-00-00-00-00-01", "2001:db8:30:0:200:5eff:fe00:530a");
    assert_string_equal(who(r, T0 + 12, NULL, A).id, who(r, T0 + 12, NULL, "02-00-00-00-00-01").id);
    asks_dhcpv6(r, T0 + 20, "02-00-00-00-00-02", "2001:db8:30:0:200:5eff:fe00:530a", "000300010003", "stranger");
    assert_string_not_equal(who(r, T0 + 22, NULL, A).id, who(r, T0 + 22, NULL, "02-00-00-00-00-02").id);
    cor_rig_free(r);
}

static void what_two_say_of_one_address_stands_with_both(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    gets_lease(r, T0, A, "10.30.0.5", NULL, 3600);
    says_arp(r, T0 + 1, B, "10.30.0.5");
    says_arp(r, T0 + 2, B, "10.30.0.5");
    struct sk_device a = who(r, T0 + 3, "10.30.0.5", NULL), b = who(r, T0 + 3, NULL, B);
    is_mac(&a, A); /* the better source */
    assert_int_equal(a.n_conflict, 1);
    assert_int_equal(b.n_conflict, 1);
    assert_int_equal(a.conflict->count, 2);
    assert_true(sk_mac_eq(&a.conflict->other, &b.mac) && sk_mac_eq(&b.conflict->other, &a.mac));
    cor_rig_free(r);
}

static void an_address_embedded_in_another_leads_to_the_device(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    says_arp(r, T0, A, "10.30.0.5");
    struct sk_device d = who(r, T0 + 1, "2002:a1e:5::1", NULL); /* 6to4 of 10.30.0.5 */
    assert_string_equal(d.known_by, "embedded");
    is_mac(&d, A);
    d = who(r, T0 + 1, "fe80::5efe:a1e:5", NULL); /* ISATAP */
    is_mac(&d, A);
    d = who(r, T0 + 1, "2001:0:c633:6401:0:fbff:f5e1:fffa", NULL); /* Teredo: the address is inverted */
    is_mac(&d, A);
    d = who(r, T0 + 1, "fd00::200:5eff:fe00:530b", NULL); /* EUI-64 */
    assert_string_equal(d.known_by, "embedded");
    is_mac(&d, B);
    d = who(r, T0 + 1, "2001:db8::200:5eff:fe00:530b", NULL); /* of outside: nobody vouches for it */
    assert_true(sk_mac_zero(&d.mac));
    cor_rig_free(r);
}

static void where_both_segments_are_seen_a_routed_packet_is_of_its_device(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    struct sk_event *ev = event_of(r, SKE_arp_message, T0, A, NULL, NULL);
    struct sk_mac m = mac_of(A);
    struct sk_addr a = addr_of("10.40.0.9");
    sk_event_put_mac(ev, SKF_arp_sender_mac, &m);
    sk_event_put_ip(ev, SKF_arp_sender_ip, &a);
    ev->segment = 1;
    feed(r, ev);
    sends(r, T0, ROUTER, "10.40.0.9");
    struct sk_device d = who(r, T0 + 1, "10.40.0.9", ROUTER);
    assert_string_equal(d.known_by, "binding");
    is_mac(&d, A);
    cor_rig_free(r);
}

static void of_copies_nothing_is_learned(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    struct sk_event *ev = event_of(r, SKE_flow_state, T0, B, "10.30.0.5", "192.0.2.1");
    ev->flags |= SK_EV_DUPLICATE;
    feed(r, ev);
    struct sk_device d = who(r, T0 + 1, "10.30.0.5", NULL);
    assert_true(sk_mac_zero(&d.mac));
    cor_rig_free(r);
}

static void count_device(void *arg, const struct sk_device_entry *e) {
    (void)e;
    ++*(unsigned *)arg;
}
static void flooded(struct cor_rig *r, sk_time from, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        char mac[SK_MAC_TEXT], ip[32];
        snprintf(mac, sizeof mac, "02-66-%02X-%02X-%02X-00", i >> 16 & 255, i >> 8 & 255, i & 255);
        snprintf(ip, sizeof ip, "10.30.%u.%u", i >> 8 & 255, i & 255);
        says_arp(r, from + (sk_time)i * SK_USEC, mac, ip);
        cor_clear(r);
    }
}
static void a_flood_of_invented_macs_pushes_out_nobody_who_is_known(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    unsigned n = 0;
    for (int i = 0; i < 2; i++) /* seen again after a minute; or leased */
        asks_dhcpv6(r, T0 + i * 61 * SK_SEC, A, "fe80::a", "00040001", "known");
    gets_lease(r, T0, B, "10.30.255.254", "leased", 86400);
    flooded(r, T0 + 100 * SK_SEC, 140000);
    sk_correlation_devices(r->c, count_device, &n);
    assert_in_range(n, 32768, 32770); /* INV_SHARE_YOUNG, and the known */
    /* of the inventory, and of the hosts that cor_dhcpv6_client.c keeps (65 536) */
    assert_int_equal(sk_correlation_evictions(r->c), 140000 - 32768 + 140000 - 65536);
    assert_string_equal(who(r, T0 + 200 * SK_SEC, NULL, A).name, "known");
    struct sk_device d = who(r, T0 + 200 * SK_SEC, "10.30.255.254", NULL);
    assert_string_equal(d.known_by, "lease");
    is_mac(&d, B);
    cor_rig_free(r);
}

/* Of those that advertise themselves: 64 at once and one a second; whoever is known stays a router, and is seen. */
static void a_flood_of_forged_routers_leaves_few(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    char mac[SK_MAC_TEXT];
    unsigned n = 0;
    says_arp(r, T0, A, "10.30.0.9");
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(mac, sizeof mac, "02-66-00-00-%02X-%02X", i >> 8, i & 255);
        feed(r, event_of(r, SKE_icmpv6_ra, T0 + i, mac, "fe80::66", "ff02::1"));
        cor_clear(r);
    }
    sk_correlation_devices(r->c, count_device, &n);
    assert_int_equal(n, 1 + 64);
    feed(r, event_of(r, SKE_icmpv6_ra, T0 + 1000, A, "fe80::a", "ff02::1"));
    struct sk_device d = who(r, T0 + 1001, "fe80::a", NULL);
    is_mac(&d, A);
    feed(r, event_of(r, SKE_icmpv6_ra, T0 + 2 * SK_SEC, "02-66-00-01-00-00", "fe80::67", "ff02::1"));
    n = 0;
    sk_correlation_devices(r->c, count_device, &n);
    assert_int_equal(n, 1 + 64 + 1);
    cor_rig_free(r);
}

static void take_entry(void *arg, const struct sk_device_entry *e) { *(struct sk_device_entry *)arg = *e; }
static void one_mac_has_room_for_few_addresses(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    struct sk_device_entry e = {0};
    for (unsigned i = 0; i < 1000; i++) {
        char ip[32];
        snprintf(ip, sizeof ip, "10.30.%u.%u", i >> 8, i & 255);
        says_arp(r, T0 + (sk_time)i * SK_SEC, A, ip);
        cor_clear(r);
    }
    sk_correlation_devices(r->c, take_entry, &e);
    assert_int_equal(e.n_ip, 20);
    assert_int_equal(e.ip_forgotten, 980);
    struct sk_device d = who(r, T0 + 1000 * SK_SEC, "10.30.0.1", NULL);
    assert_true(sk_mac_zero(&d.mac)); /* its binding went with it */
    cor_rig_free(r);
}

static void routers_macs_are_told_as_such_and_are_others_elsewhere(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    struct sk_device_entry e = {0};
    feed(r, event_of(r, SKE_icmpv6_ra, T0, "00-00-5E-00-02-0A", "fe80::1", "ff02::1"));
    struct sk_device here = who(r, T0 + 1, "fe80::1", NULL);
    assert_string_equal(here.virtual_mac, "vrrp6");
    sk_correlation_devices(r->c, take_entry, &e);
    assert_int_equal(e.roles, SK_ROLE_ROUTER);
    struct sk_event *ev = event_of(r, SKE_icmpv6_ra, T0, "00-00-5E-00-02-0A", "fe80::1", "ff02::1");
    ev->segment = 1;
    feed(r, ev);
    sk_correlation_devices(r->c, take_entry, &e);
    assert_string_not_equal(e.device.id, here.id);
    cor_rig_free(r);
}

static void a_locally_administered_mac_is_a_device_of_its_segment_until_a_duid_joins_it(void **state) {
    (void)state;
    static const char *const mac[] = {"52-54-00-12-34-56", A};
    struct sk_device_entry e = {0};
    for (int i = 0; i < 2; i++) { /* drawn by a hypervisor: two machines. Given by the maker: one in two segments */
        struct cor_rig *r = cor_rig_new(OFFICE);
        feed(r, event_of(r, SKE_icmpv6_rs, T0, mac[i], "fe80::1", "ff02::2"));
        struct sk_device here = who(r, T0 + 1, "fe80::1", NULL);
        struct sk_event *ev = event_of(r, SKE_icmpv6_rs, T0 + 2, mac[i], "fe80::2", "ff02::2");
        ev->segment = 1;
        feed(r, ev);
        sk_correlation_devices(r->c, take_entry, &e);
        assert_int_equal(e.segment, 1);
        assert_int_equal(strcmp(e.device.id, here.id) == 0, i == 1);
        cor_rig_free(r);
    }
    struct cor_rig *r = cor_rig_new(OFFICE);
    asks_dhcpv6(r, T0, mac[0], "fe80::1", "00040102", "server");
    struct sk_device here = who(r, T0 + 1, NULL, mac[0]);
    struct sk_event *ev = event_of(r, SKE_dhcpv6_message, T0 + 2, mac[0], "fe80::2", "ff02::1:2");
    ev->segment = 1;
    ev->sport = 546;
    ev->dport = 547;
    sk_event_put_text(ev, SKF_dhcpv6_role, "client");
    sk_event_put_text(ev, SKF_dhcpv6_type, "solicit");
    sk_event_put_text(ev, SKF_dhcpv6_client_duid, "00040102");
    feed(r, ev);
    sk_correlation_devices(r->c, take_entry, &e);
    assert_int_equal(e.segment, 1);
    assert_string_equal(e.device.id, here.id);
    assert_int_equal(e.device.n_conflict, 0);
    cor_rig_free(r);
}

#define LEDGER                                                                                                         \
    "sekimori-policy: 1\n" OFFICE "devices: {also: [{name: pc-7, mac: " A ", section: General, segments: [office]}, "  \
    "{name: old, mac: 00-00-5E-00-53-0C, state: retired, date: 2026-01-01}, "                                          \
    "{name: phone-3, duid: \"00:04:01:02\"}, {name: gate, ip: [10.30.0.77]}]}\n"

static void the_ledger_names_a_device_by_what_was_observed(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(LEDGER);
    gets_lease(r, T0, A, "10.30.0.5", "what-it-calls-itself", 0);
    struct sk_device d = who(r, T0 + 1, "10.30.0.5", NULL);
    assert_string_equal(d.name, "pc-7");
    assert_string_equal(d.name_source, "register");
    assert_string_equal(d.section, "General");
    assert_string_equal(d.registered, "yes");
    gets_lease(r, T0, B, "10.30.0.6", "pc-7", 0); /* calls itself so */
    d = who(r, T0 + 1, "10.30.0.6", NULL);
    assert_string_equal(d.registered, "no");
    assert_string_equal(d.name_source, "dhcp");
    assert_string_equal(who(r, T0, NULL, "00-00-5E-00-53-0C").registered, "retired");
    asks_dhcpv6(r, T0, "02-00-00-00-00-01", "fe80::1", "00040102", NULL);
    assert_string_equal(who(r, T0 + 1, NULL, "02-00-00-00-00-01").name, "phone-3");
    says_arp(r, T0, "02-00-00-00-00-02", "10.30.0.77");
    assert_string_equal(who(r, T0 + 1, "10.30.0.77", NULL).registered, "yes");
    sends(r, T0, ROUTER, "10.40.0.9"); /* of a router's MAC nothing follows */
    d = who(r, T0 + 1, "10.40.0.9", ROUTER);
    assert_string_equal(d.known_by, "router-mac-only");
    assert_string_equal(d.registered, "unknown");
    cor_rig_free(r);
    r = cor_rig_new(OFFICE);
    assert_string_equal(who(r, T0, NULL, A).registered, "unknown");
    cor_rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lease_is_believed_before_arp_and_arp_before_a_frame),
        cmocka_unit_test(what_a_beginning_showed_is_not_learned_again_a_moment_later),
        cmocka_unit_test(what_was_believed_ends_with_its_time),
        cmocka_unit_test(an_address_that_moved_is_no_longer_of_its_first_device),
        cmocka_unit_test(behind_a_router_only_the_router_is_seen_and_that_is_said),
        cmocka_unit_test(without_a_policy_a_router_shows_by_the_strangers_it_sends_for),
        cmocka_unit_test(a_mac_that_sends_for_several_inside_addresses_it_never_claimed_is_a_router),
        cmocka_unit_test(many_temporary_addresses_make_no_router),
        cmocka_unit_test(dad_ties_an_address_to_its_device_but_takes_none_away),
        cmocka_unit_test(what_hosts_would_discard_changes_nothing),
        cmocka_unit_test(what_is_derived_from_discarded_messages_changes_nothing),
        cmocka_unit_test(of_private_segments_nothing_is_learned),
        cmocka_unit_test(segments_do_not_mix),
        cmocka_unit_test(names_are_cut_at_a_character_and_ids_are_of_the_mac),
        cmocka_unit_test(times_at_the_end_of_time_overflow_nothing),
        cmocka_unit_test(at_the_end_of_a_chain_devices_are_known_until_alerts_are_closed),
        cmocka_unit_test(names_are_believed_by_their_source_and_only_of_oneself),
        cmocka_unit_test(a_duid_joins_macs_that_come_one_after_the_other),
        cmocka_unit_test(a_name_and_an_eui64_address_join_a_device_behind_another_mac),
        cmocka_unit_test(what_two_say_of_one_address_stands_with_both),
        cmocka_unit_test(an_address_embedded_in_another_leads_to_the_device),
        cmocka_unit_test(where_both_segments_are_seen_a_routed_packet_is_of_its_device),
        cmocka_unit_test(of_copies_nothing_is_learned),
        cmocka_unit_test(a_flood_of_invented_macs_pushes_out_nobody_who_is_known),
        cmocka_unit_test(a_flood_of_forged_routers_leaves_few),
        cmocka_unit_test(one_mac_has_room_for_few_addresses),
        cmocka_unit_test(a_locally_administered_mac_is_a_device_of_its_segment_until_a_duid_joins_it),
        cmocka_unit_test(the_ledger_names_a_device_by_what_was_observed),
        cmocka_unit_test(routers_macs_are_told_as_such_and_are_others_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
