/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARP and RARP over Ethernet for IPv4 (RFC 826, 903, 5227): one event a message.
 *
 *   +---------------+---------------+-------+-------+-----------+
 *   | hardware type | protocol type | hlen  | plen  | operation |
 *   +---------------+---------------+-------+-------+-----------+
 *   | sender MAC, sender IP, target MAC, target IP              |
 */
#include "sekimori/observer.h"

/* clang-format off */
SK_EVENT(arp_message, "arp.message", FRAME, "0.1", "ARP or RARP message (RFC 826)")
SK_FIELD(arp_operation, "arp.operation", KEYWORD, ONE, "", "0.1", "request, reply, rarp-request, rarp-reply or the number")
SK_FIELD(arp_sender_mac, "arp.sender.mac", KEYWORD, ONE, "", "0.1", "Hardware address the sender claims")
SK_FIELD(arp_sender_ip, "arp.sender.ip", IP, ONE, "", "0.1", "Address the sender claims")
SK_FIELD(arp_target_mac, "arp.target.mac", KEYWORD, ONE, "", "0.1", "Hardware address of the target; absent while it is asked for")
SK_FIELD(arp_target_ip, "arp.target.ip", IP, ONE, "", "0.1", "Address of the target")
SK_FIELD(arp_gratuitous, "arp.gratuitous", BOOL, ONE, "", "0.1", "Announcement: sender and target address are the same (RFC 5227)")
SK_FIELD(arp_probe, "arp.probe", BOOL, ONE, "", "0.1", "Probe for a duplicate: request from 0.0.0.0 (RFC 5227)")
SK_FIELD(arp_mac_mismatch, "arp.mac_mismatch", BOOL, ONE, "", "0.1", "Claimed hardware address and the frame's source differ")
/* clang-format on */

enum { ETHERNET = 1, IPV4 = 0x0800, REQUEST = 1 };

static void put_operation(struct sk_event *ev, uint16_t op) {
    static const char *const names[] = {"", "request", "reply", "rarp-request", "rarp-reply"};
    char number[8];
    if (op >= 1 && op < sizeof names / sizeof names[0]) {
        sk_event_put_text(ev, SKF_arp_operation, names[op]);
        return;
    }
    snprintf(number, sizeof number, "%u", op);
    sk_event_put_text(ev, SKF_arp_operation, number);
}

static void put_ethernet_ipv4(struct sk_event *ev, struct sk_cur *c, uint16_t op) {
    static const struct sk_addr any = {.fam = 4};
    struct sk_mac smac = sk_cur_mac(c);
    struct sk_addr sip = sk_cur_ip4(c);
    struct sk_mac tmac = sk_cur_mac(c);
    struct sk_addr tip = sk_cur_ip4(c);
    if (!sk_cur_ok(c))
        return;
    bool probe = op == REQUEST && sk_addr_eq(&sip, &any);
    sk_event_put_mac(ev, SKF_arp_sender_mac, &smac);
    sk_event_put_ip(ev, SKF_arp_sender_ip, &sip);
    if (!sk_mac_zero(&tmac))
        sk_event_put_mac(ev, SKF_arp_target_mac, &tmac);
    sk_event_put_ip(ev, SKF_arp_target_ip, &tip);
    sk_event_put_int(ev, SKF_arp_gratuitous, !probe && sk_addr_eq(&sip, &tip));
    sk_event_put_int(ev, SKF_arp_probe, probe);
    sk_event_put_int(ev, SKF_arp_mac_mismatch, !sk_mac_zero(&ev->smac) && !sk_mac_eq(&ev->smac, &smac));
    if (!probe)
        ev->src = sip;
    ev->dst = tip;
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    (void)state;
    struct sk_event *ev = sk_obs_event(o, SKE_arp_message, i);
    if (!ev)
        return;
    struct sk_cur c = sk_layer_bytes(o->pkt, &o->layers->at[i]);
    uint16_t hw = sk_cur_be16(&c);
    uint16_t proto = sk_cur_be16(&c);
    uint8_t hlen = sk_cur_u8(&c);
    uint8_t plen = sk_cur_u8(&c);
    uint16_t op = sk_cur_be16(&c);
    put_operation(ev, op);
    if (hw == ETHERNET && proto == IPV4 && hlen == 6 && plen == 4)
        put_ethernet_ipv4(ev, &c, op);
    sk_obs_commit(o, ev);
}

static const uint8_t protos[] = {SKP_ARP, SKP_NONE};
const struct sk_observer sk_obs_arp = {.name = "arp", .protos = protos, .layer = layer};
