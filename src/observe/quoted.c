/* SPDX-License-Identifier: Apache-2.0 */
/* What an ICMP error quotes: proof that the quoted source sent such a packet (or that somebody forged the error). */
#include "observe/quoted.h"

#include "observe/ip.h"
#include "observe/tunnel.h"

/* clang-format off */
SK_FIELD(icmp_quoted_source_ip, "icmp.quoted.source.ip", IP, ONE, "", "0.1", "Source of the packet that the error quotes")
SK_FIELD(icmp_quoted_source_port, "icmp.quoted.source.port", LONG, ONE, "", "0.1", "Its source port")
SK_FIELD(icmp_quoted_destination_ip, "icmp.quoted.destination.ip", IP, ONE, "", "0.1", "Its destination")
SK_FIELD(icmp_quoted_destination_port, "icmp.quoted.destination.port", LONG, ONE, "", "0.1", "Its destination port")
SK_FIELD(icmp_quoted_iana_number, "icmp.quoted.iana_number", LONG, ONE, "", "0.1", "Its IP protocol number")
SK_FIELD(icmp_quoted_icmp_type, "icmp.quoted.icmp_type", LONG, ONE, "", "0.1", "Its ICMP or ICMPv6 type")
SK_FIELD(icmp_quoted_tunnel_kind, "icmp.quoted.tunnel.kind", KEYWORD, LIST, "", "0.1", "Tunnels in it: 6in4, 6to4, isatap, teredo, gre, ...")
/* clang-format on */

static void put_ports(struct sk_event *ev, const struct sk_layers *l, const struct sk_ip *ip) {
    if (ip->upper_layer >= l->n)
        return;
    uint32_t id = l->at[ip->upper_layer].id;
    if (ip->proto == 6 || ip->proto == 17 || ip->proto == 132) {
        sk_event_put_int(ev, SKF_icmp_quoted_source_port, id >> 16);
        sk_event_put_int(ev, SKF_icmp_quoted_destination_port, id & 0xffff);
    } else if (ip->proto == 1 || ip->proto == 58) {
        sk_event_put_int(ev, SKF_icmp_quoted_icmp_type, id >> 8);
    }
}

void sk_quoted_put(const struct sk_obs *o, struct sk_event *ev, unsigned layer) {
    const struct sk_layers *l = o->layers;
    bool first = true;
    for (unsigned i = layer + 1; i < l->n; i++) {
        const struct sk_layer *y = &l->at[i];
        if (!(y->flags & SK_LAYER_QUOTED))
            continue;
        if (first && y->ip < l->n_ip) {
            const struct sk_ip *ip = &l->ip[y->ip];
            sk_event_put_ip(ev, SKF_icmp_quoted_source_ip, &ip->src);
            sk_event_put_ip(ev, SKF_icmp_quoted_destination_ip, &ip->dst);
            if (ip->proto == 59 || sk_ip_transport(l, ip))
                sk_event_put_int(ev, SKF_icmp_quoted_iana_number, ip->proto);
            put_ports(ev, l, ip);
            first = false;
        }
        enum sk_tunnel_kind kind = sk_obs_tunnel_kind(o, i);
        if (kind != SK_TUN_NONE)
            sk_event_put_text(ev, SKF_icmp_quoted_tunnel_kind, sk_tunnel_kind_name(kind));
    }
}

void sk_quoted_ipv6(struct sk_event *ev, struct sk_cur c) {
    uint8_t version = sk_cur_u8(&c) >> 4;
    sk_cur_skip(&c, 5);
    uint8_t next = sk_cur_u8(&c);
    sk_cur_skip(&c, 1);
    struct sk_addr src = sk_cur_ip6(&c);
    struct sk_addr dst = sk_cur_ip6(&c);
    if (!sk_cur_ok(&c) || version != 6)
        return;
    sk_event_put_ip(ev, SKF_icmp_quoted_source_ip, &src);
    sk_event_put_ip(ev, SKF_icmp_quoted_destination_ip, &dst);
    sk_event_put_int(ev, SKF_icmp_quoted_iana_number, next);
}
