/* SPDX-License-Identifier: Apache-2.0 */
/* Which device: what is believed of whom, for how long, and where nothing may be said. */
#include "cor_rig.h"

#define A      "00-00-5E-00-53-0A"
#define B      "00-00-5E-00-53-0B"
#define ROUTER "00-00-5E-00-53-01"
#define OFFICE                                                                                                         \
    "segments: {office: {vlan: 30, prefixes: [10.30.0.0/16]}, servers: {vlan: 40, prefixes: [10.40.0.0/16]}}\n"

static void says_arp(struct cor_rig *r, sk_time ts, const char *mac, const char *ip) {
    struct sk_event *ev = event_of(r, SKE_arp_message, ts, mac, NULL, NULL);
    struct sk_mac m = mac_of(mac);
    struct sk_addr a = addr_of(ip);
    sk_event_put_mac(ev, SKF_arp_sender_mac, &m);
    sk_event_put_ip(ev, SKF_arp_sender_ip, &a);
    feed(r, ev);
}
static void gets_lease(struct cor_rig *r, sk_time ts, const char *mac, const char *ip, const char *name, int64_t life) {
    struct sk_event *ev = event_of(r, SKE_dhcpv4_message, ts, ROUTER, "10.30.0.1", "255.255.255.255");
    struct sk_mac m = mac_of(mac);
    struct sk_addr a = addr_of(ip);
    sk_event_put_text(ev, SKF_dhcpv4_type, "ack");
    sk_event_put_mac(ev, SKF_dhcpv4_client_mac, &m);
    sk_event_put_ip(ev, SKF_dhcpv4_your_ip, &a);
    if (name)
        sk_event_put_text(ev, SKF_dhcpv4_hostname, name);
    if (life)
        sk_event_put_int(ev, SKF_dhcpv4_lease_time, life);
    feed(r, ev);
}
static void sends(struct cor_rig *r, sk_time ts, const char *mac, const char *src) {
    feed(r, event_of(r, SKE_flow_state, ts, mac, src, strchr(src, ':') ? "2001:db8::1" : "192.0.2.1"));
}
static struct sk_device who(struct cor_rig *r, sk_time ts, const char *ip, const char *mac) {
    struct sk_event *ev = event_of(r, SKE_flow_state, ts, mac, ip, "192.0.2.1");
    struct sk_device d;
    assert_true(sk_correlation_device(r->c, ev, ip ? &ev->src : NULL, mac ? &ev->smac : NULL, &d));
    return d;
}
static void is_mac(const struct sk_device *d, const char *mac) {
    char text[SK_MAC_TEXT];
    assert_string_equal(sk_mac_text(&d->mac, text), mac);
}
static bool has_ip(const struct sk_device *d, const char *ip) {
    struct sk_addr a = addr_of(ip);
    for (unsigned i = 0; i < d->n_ip; i++)
        if (sk_addr_eq(&a, &d->ip[i]))
            return true;
    return false;
}

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lease_is_believed_before_arp_and_arp_before_a_frame),
        cmocka_unit_test(what_was_believed_ends_with_its_time),
        cmocka_unit_test(an_address_that_moved_is_no_longer_of_its_first_device),
        cmocka_unit_test(behind_a_router_only_the_router_is_seen_and_that_is_said),
        cmocka_unit_test(without_a_policy_a_router_shows_by_the_strangers_it_sends_for),
        cmocka_unit_test(a_mac_that_sends_for_several_inside_addresses_it_never_claimed_is_a_router),
        cmocka_unit_test(many_temporary_addresses_make_no_router),
        cmocka_unit_test(dad_ties_an_address_to_its_device_but_takes_none_away),
        cmocka_unit_test(what_hosts_would_discard_changes_nothing),
        cmocka_unit_test(of_private_segments_nothing_is_learned),
        cmocka_unit_test(segments_do_not_mix),
        cmocka_unit_test(names_are_cut_at_a_character_and_ids_are_of_the_mac),
        cmocka_unit_test(times_at_the_end_of_time_overflow_nothing),
        cmocka_unit_test(at_the_end_of_a_chain_devices_are_known_until_alerts_are_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
