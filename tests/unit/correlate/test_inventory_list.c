/* SPDX-License-Identifier: Apache-2.0 */
/* What the list of devices says: of those behind relays and routers, and of what they call themselves. */
#include "inventory_rig.h"

struct listed {
    const char *mac;
    struct sk_device_entry e;
    struct sk_addr ip[32];
    char name[SK_DEVICE_NAME];
};
static void list_one(void *arg, const struct sk_device_entry *e) {
    struct listed *l = arg;
    struct sk_mac m = mac_of(l->mac);
    if (!sk_mac_eq(&e->device.mac, &m))
        return;
    l->e = *e;
    snprintf(l->name, sizeof l->name, "%s", e->device.name ? e->device.name : "");
    for (unsigned i = 0; i < e->n_ip && i < 32; i++)
        l->ip[i] = e->ip[i].addr;
}
static struct listed list_of(struct cor_rig *r, const char *mac) {
    struct listed l = {.mac = mac};
    sk_correlation_devices(r->c, list_one, &l);
    return l;
}

static void relays6(struct cor_rig *r, sk_time ts, const char *type, const char *link, const char *peer,
                    const char *leased) {
    struct sk_event *ev = event_of(r, SKE_dhcpv6_message, ts, ROUTER, "2001:db8:40::1", "2001:db8:30::547");
    struct sk_addr l = addr_of(link), p = addr_of(peer);
    ev->sport = ev->dport = 547;
    sk_event_put_text(ev, SKF_dhcpv6_type, type);
    sk_event_put_text(ev, SKF_dhcpv6_inner_type, leased ? "reply" : "request");
    sk_event_put_text(ev, SKF_dhcpv6_client_duid, "0001000129aabbcc00005e00530b");
    sk_event_put_ip(ev, SKF_dhcpv6_relay_link, &l);
    sk_event_put_ip(ev, SKF_dhcpv6_relay_peer, &p);
    sk_event_put_text(ev, SKF_dhcpv6_fqdn, "far");
    if (leased) {
        struct sk_addr a = addr_of(leased);
        sk_event_put_ip(ev, SKF_dhcpv6_address, &a);
        sk_event_put_int(ev, SKF_dhcpv6_valid, 3600);
    }
    feed(r, ev);
}

#define FAR                                                                                                            \
    "segments: {office: {vlan: 30, prefixes: [10.30.0.0/16]}, far: {vlan: 40, prefixes: [\"2001:db8:40::/64\"]},\n"    \
    "           guests: {vlan: 50, private: true, prefixes: [\"2001:db8:50::/64\"]}}\n"

static void behind_a_dhcpv6_relay_a_device_is_where_the_relay_says(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(FAR);
    relays6(r, T0, "relay-forward", "2001:db8:40::1", "fe80::200:5eff:fe00:530b", NULL);
    struct listed l = list_of(r, B);
    assert_string_equal(l.name, "far");
    assert_int_equal(l.e.segment, 1);
    assert_int_equal(l.e.vlan, SK_DEVICE_LINK_UNKNOWN);
    relays6(r, T0 + 1, "relay-reply", "2001:db8:40::1", "fe80::200:5eff:fe00:530b", "2001:db8:40::77");
    struct sk_device d = who(r, T0 + 2, "2001:db8:40::77", ROUTER);
    is_mac(&d, B);
    assert_string_equal(d.known_by, "lease");
    relays6(r, T0 + 3, "relay-forward", "2001:db8:50::1", "fe80::200:5eff:fe00:530c", NULL); /* guests */
    assert_string_equal(list_of(r, "00-00-5E-00-53-0C").name, "");
    assert_int_equal(list_of(r, ROUTER).e.first, 0); /* the relay is not the client */
    cor_rig_free(r);
}

static void a_router_lists_none_of_the_addresses_it_passes_on(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    says_arp(r, T0, ROUTER, "10.1.0.1");
    for (int i = 2; i < 6; i++) {
        char ip[32];
        snprintf(ip, sizeof ip, "10.%d.0.1", i);
        sends(r, T0, ROUTER, ip);
    }
    struct listed l = list_of(r, ROUTER);
    assert_true(l.e.roles & SK_ROLE_FORWARDER);
    assert_int_equal(l.e.n_ip, 1);
    struct sk_addr own = addr_of("10.1.0.1");
    assert_true(sk_addr_eq(&l.ip[0], &own));
    struct sk_device d = who(r, T0 + 1, NULL, ROUTER);
    assert_int_equal(d.n_ip, 1);
    cor_rig_free(r);
}

static void names_are_readable_and_something(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(OFFICE);
    claims(r, T0, A, "10.30.0.5", "mdns", "\\227\\131\\151\\.1\\0272.local", "10.30.0.5");
    assert_string_equal(who(r, T0 + 1, "10.30.0.5", A).name, "プ.1\\x1b2");
    claims(r, T0, B, "10.30.0.6", "mdns", "\\255\\226\\128\\174x.local",
           "10.30.0.6"); /* no UTF-8; text runs backwards */
    assert_string_equal(who(r, T0 + 1, "10.30.0.6", B).name, "\\xff\\xe2\\x80\\xaex");
    char name[300] = "";
    for (size_t i = 0; i < 50; i++)
        memcpy(name + 4 * i, "\\x1b", 5);
    gets_lease(r, T0, "02-00-00-00-00-AB", "10.30.0.7", name, 0); /* cut, and not within an escape */
    struct sk_device d = who(r, T0 + 1, "10.30.0.7", NULL);
    assert_int_equal(strlen(d.name), 63);
    assert_string_equal(d.name + 56, "\\x1b…");
    gets_lease(r, T0 + 2, "02-00-00-00-00-AC", "10.30.0.8", "-", 0);
    assert_null(who(r, T0 + 3, "10.30.0.8", NULL).name);
    cor_rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behind_a_dhcpv6_relay_a_device_is_where_the_relay_says),
        cmocka_unit_test(a_router_lists_none_of_the_addresses_it_passes_on),
        cmocka_unit_test(names_are_readable_and_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
