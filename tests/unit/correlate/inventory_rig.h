/* SPDX-License-Identifier: Apache-2.0 */
/** What devices say and send, as events for the inventory; and what is then believed. */
#ifndef TESTS_CORRELATE_INVENTORY_RIG_H
#define TESTS_CORRELATE_INVENTORY_RIG_H

#include "cor_rig.h"

#define A      "00-00-5E-00-53-0A"
#define B      "00-00-5E-00-53-0B"
#define ROUTER "00-00-5E-00-53-01"
#define OFFICE                                                                                                         \
    "segments: {office: {vlan: 30, prefixes: [10.30.0.0/16]}, servers: {vlan: 40, prefixes: [10.40.0.0/16]}}\n"

static UNUSED void says_arp(struct cor_rig *r, sk_time ts, const char *mac, const char *ip) {
    struct sk_event *ev = event_of(r, SKE_arp_message, ts, mac, NULL, NULL);
    struct sk_mac m = mac_of(mac);
    struct sk_addr a = addr_of(ip);
    sk_event_put_mac(ev, SKF_arp_sender_mac, &m);
    sk_event_put_ip(ev, SKF_arp_sender_ip, &a);
    feed(r, ev);
}
static UNUSED void gets_lease(struct cor_rig *r, sk_time ts, const char *mac, const char *ip, const char *name,
                              int64_t life) {
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
static UNUSED void sends(struct cor_rig *r, sk_time ts, const char *mac, const char *src) {
    feed(r, event_of(r, SKE_flow_state, ts, mac, src, strchr(src, ':') ? "2001:db8::1" : "192.0.2.1"));
}
static UNUSED struct sk_device who(struct cor_rig *r, sk_time ts, const char *ip, const char *mac) {
    struct sk_event *ev = event_of(r, SKE_flow_state, ts, mac, ip, "192.0.2.1");
    struct sk_device d;
    assert_true(sk_correlation_device(r->c, ev, ip ? &ev->src : NULL, mac ? &ev->smac : NULL, &d));
    return d;
}
static UNUSED void is_mac(const struct sk_device *d, const char *mac) {
    char text[SK_MAC_TEXT];
    assert_string_equal(sk_mac_text(&d->mac, text), mac);
}
static UNUSED bool has_ip(const struct sk_device *d, const char *ip) {
    struct sk_addr a = addr_of(ip);
    for (unsigned i = 0; i < d->n_ip; i++)
        if (sk_addr_eq(&a, &d->ip[i]))
            return true;
    return false;
}
static UNUSED void asks_dhcpv6(struct cor_rig *r, sk_time ts, const char *mac, const char *src, const char *duid,
                               const char *name) {
    struct sk_event *ev = event_of(r, SKE_dhcpv6_message, ts, mac, src, "ff02::1:2");
    ev->sport = 546;
    ev->dport = 547;
    sk_event_put_text(ev, SKF_dhcpv6_role, "client");
    sk_event_put_text(ev, SKF_dhcpv6_type, "solicit");
    sk_event_put_text(ev, SKF_dhcpv6_client_duid, duid);
    if (name)
        sk_event_put_text(ev, SKF_dhcpv6_fqdn, name);
    feed(r, ev);
}
static UNUSED void claims(struct cor_rig *r, sk_time ts, const char *mac, const char *src, const char *protocol,
                          const char *name, const char *ip) {
    struct sk_event *ev = event_of(r, SKE_name_claim, ts, mac, src, "224.0.0.251");
    struct sk_addr a = addr_of(ip);
    sk_event_put_text(ev, SKF_name_claim_protocol, protocol);
    sk_event_put_text(ev, SKF_name_claim_name, name);
    sk_event_put_ip(ev, SKF_name_claim_ip, &a);
    feed(r, ev);
}

#endif
