/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head fields: what nearly every event has, answered from the struct instead of from stored values. Their order
 * here is the order in which an event is rendered.
 */
#include "observe/event.h"
#include "sekimori/policy.h"
#include "sekimori/text.h"

/* clang-format off */
SK_FIELD(timestamp, "@timestamp", DATE, ONE, "", "0.1", "Time of the packet (of the tick, for expiries)")
SK_FIELD(event_dataset, "event.dataset", KEYWORD, ONE, "", "0.1", "Type of the event")
SK_FIELD(source_ip, "source.ip", IP, ONE, "", "0.1", "Address of the sender; of a flow or transaction: of who began it")
SK_FIELD(source_mac, "source.mac", KEYWORD, ONE, "", "0.1", "MAC address of the sender as the frame shows it (a router's, on transit links)")
SK_FIELD(source_port, "source.port", LONG, ONE, "", "0.1", "Port of the sender")
SK_FIELD(destination_ip, "destination.ip", IP, ONE, "", "0.1", "Address of the receiver")
SK_FIELD(destination_mac, "destination.mac", KEYWORD, ONE, "", "0.1", "MAC address of the receiver as the frame shows it")
SK_FIELD(destination_port, "destination.port", LONG, ONE, "", "0.1", "Port of the receiver")
SK_FIELD(network_name, "network.name", KEYWORD, ONE, "", "0.1", "Segment of the policy; unassigned where none matches")
SK_FIELD(network_vlan_id, "network.vlan.id", KEYWORD, ONE, "", "0.1", "Outermost VLAN id that is not 0")
SK_FIELD(network_inner_vlan_id, "network.inner.vlan.id", KEYWORD, ONE, "", "0.1", "Next VLAN id inside that is not 0")
SK_FIELD(network_type, "network.type", KEYWORD, ONE, "", "0.1", "ipv4, ipv6 or arp")
SK_FIELD(network_transport, "network.transport", KEYWORD, ONE, "", "0.1", "tcp, udp, icmp, icmpv6, sctp, gre, esp, ...")
SK_FIELD(network_iana_number, "network.iana_number", KEYWORD, ONE, "", "0.1", "IP protocol number of the transport")
SK_FIELD(network_community_id, "network.community_id", KEYWORD, ONE, "", "0.1", "Community ID v1, seed 0")
SK_FIELD(icmp_type, "icmp.type", LONG, ONE, "", "0.1", "ICMP or ICMPv6 type")
SK_FIELD(icmp_code, "icmp.code", LONG, ONE, "", "0.1", "ICMP or ICMPv6 code")
SK_FIELD(tunnel_depth, "tunnel.depth", LONG, ONE, "", "0.1", "Tunnels around what the event is about; 0 is native")
SK_FIELD(tunnel_vni, "tunnel.vni", LONG, ONE, "", "0.1", "Network id of the overlay it was seen in: VNI (VXLAN, GENEVE), virtual subnet (NVGRE)")
SK_FIELD(observer_ingress_interface_name, "observer.ingress.interface.name", KEYWORD, ONE, "", "0.1", "Capture interface")
SK_FIELD(log_file_path, "log.file.path", KEYWORD, ONE, "", "0.1", "Capture file")
SK_FIELD(sekimori_packet_file, "sekimori.packet.file", KEYWORD, ONE, "", "0.1", "Capture file that holds the frame")
SK_FIELD(sekimori_packet_number, "sekimori.packet.number", LONG, ONE, "", "0.1", "Number of the frame in its file, from 1, as Wireshark counts")
SK_FIELD(sekimori_duplicate, "sekimori.duplicate", BOOL, ONE, "", "0.1", "Copy of a frame that a mirror port showed before")
SK_FIELD(sekimori_own_traffic, "sekimori.own_traffic", BOOL, ONE, "", "0.1", "Sent by the sensor itself")
/* clang-format on */

static const uint16_t head_fields[] = {
    SKF_timestamp,
    SKF_event_dataset,
    SKF_source_ip,
    SKF_source_mac,
    SKF_source_port,
    SKF_destination_ip,
    SKF_destination_mac,
    SKF_destination_port,
    SKF_network_name,
    SKF_network_vlan_id,
    SKF_network_inner_vlan_id,
    SKF_network_type,
    SKF_network_transport,
    SKF_network_iana_number,
    SKF_network_community_id,
    SKF_icmp_type,
    SKF_icmp_code,
    SKF_tunnel_depth,
    SKF_tunnel_vni,
    SKF_observer_ingress_interface_name,
    SKF_log_file_path,
    SKF_sekimori_packet_file,
    SKF_sekimori_packet_number,
    SKF_sekimori_duplicate,
    SKF_sekimori_own_traffic,
};
enum { HEAD_FIELDS = sizeof head_fields / sizeof head_fields[0] };

/* The lines above are consecutive in the generated table, which sorts by file: so membership is a range check. */
_Static_assert(SKF_sekimori_own_traffic - SKF_timestamp + 1 == HEAD_FIELDS, "head fields are declared here alone");

bool sk_head_has_field(enum sk_field_id f) { return sk_event_in_head(f); }

enum sk_field_id sk_head_field(unsigned k) { return k < HEAD_FIELDS ? (enum sk_field_id)head_fields[k] : SKF_none; }

static bool put_i(struct sk_value *ret, enum sk_field_type type, int64_t i) {
    ret->type = type;
    ret->i = i;
    return true;
}

static bool put_s(struct sk_value *ret, const char *s) {
    if (!s || !*s)
        return false;
    ret->type = SK_T_KEYWORD;
    ret->s.p = s;
    ret->s.len = (uint32_t)strlen(s);
    return true;
}

static bool put_a(struct sk_value *ret, const struct sk_addr *a) {
    ret->type = SK_T_IP;
    ret->ip = *a;
    return a->fam != 0;
}

static bool put_number(struct sk_value *ret, unsigned n, char *scratch) {
    if (!scratch)
        return false;
    return put_s(ret, sk_uint_text(n, scratch));
}

static bool put_mac(struct sk_value *ret, const struct sk_mac *m, char *scratch) {
    return scratch && !sk_mac_zero(m) && put_s(ret, sk_mac_text(m, scratch));
}

static bool put_vlan(const struct sk_event *ev, unsigned k, char *scratch, struct sk_value *ret) {
    for (unsigned i = 0; i < ev->n_vlan && i < SK_VLANS_MAX; i++)
        if (ev->vlan[i] != 0 && k-- == 0)
            return put_number(ret, ev->vlan[i], scratch);
    return false;
}

static bool has_ports(const struct sk_event *ev) {
    bool kind = ev->transport == 6 || ev->transport == 17 || ev->transport == 132 || ev->transport == 33 ||
                ev->transport == 136;
    return kind && (ev->sport != 0 || ev->dport != 0);
}

static const char *transport_name(uint8_t proto) {
    switch (proto) {
    case 1:
        return "icmp";
    case 2:
        return "igmp";
    case 4:
        return "ipip";
    case 6:
        return "tcp";
    case 17:
        return "udp";
    case 33:
        return "dccp";
    case 41:
        return "ipv6";
    case 46:
        return "rsvp";
    case 47:
        return "gre";
    case 50:
        return "esp";
    case 51:
        return "ah";
    case 58:
        return "icmpv6";
    case 89:
        return "ospf";
    case 97:
        return "etherip";
    case 103:
        return "pim";
    case 112:
        return "vrrp";
    case 115:
        return "l2tp";
    case 132:
        return "sctp";
    case 136:
        return "udplite";
    default:
        return NULL; /* network.iana_number says it */
    }
}

static const char *type_name(const struct sk_event *ev) {
    if (ev->type == SKE_arp_message)
        return "arp";
    unsigned fam = ev->src.fam ? ev->src.fam : ev->dst.fam;
    return fam == 4 ? "ipv4" : fam == 6 ? "ipv6" : NULL;
}

static const char *segment_name(const struct sk_event *ev, const struct sk_names *names) {
    if (ev->segment == SK_SEGMENT_NONE)
        return "unassigned";
    const struct sk_segment *s = names && names->policy ? sk_policy_segment_at(names->policy, ev->segment) : NULL;
    return s ? s->id : NULL;
}

static const char *file_name(const struct sk_event *ev, const struct sk_names *names) {
    return (ev->flags & SK_EV_FRAME) && names && names->file ? names->file(names->arg, ev->file) : NULL;
}

static const char *iface_name(const struct sk_event *ev, const struct sk_names *names) {
    bool can = (ev->flags & SK_EV_FRAME) && names && names->iface;
    return can ? names->iface(names->arg, ev->file, ev->iface) : NULL;
}

static bool get_peer(const struct sk_event *ev, enum sk_field_id f, char *scratch, struct sk_value *ret) {
    switch ((unsigned)f) {
    case SKF_source_ip:
        return put_a(ret, &ev->src);
    case SKF_destination_ip:
        return put_a(ret, &ev->dst);
    case SKF_source_mac:
        return put_mac(ret, &ev->smac, scratch);
    case SKF_destination_mac:
        return put_mac(ret, &ev->dmac, scratch);
    case SKF_source_port:
        return has_ports(ev) && put_i(ret, SK_T_LONG, ev->sport);
    case SKF_destination_port:
        return has_ports(ev) && put_i(ret, SK_T_LONG, ev->dport);
    default:
        return false;
    }
}

static bool get_network(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id f, char *scratch,
                        struct sk_value *ret) {
    switch ((unsigned)f) {
    case SKF_network_name:
        return put_s(ret, segment_name(ev, names));
    case SKF_network_vlan_id:
        return put_vlan(ev, 0, scratch, ret);
    case SKF_network_inner_vlan_id:
        return put_vlan(ev, 1, scratch, ret);
    case SKF_network_type:
        return put_s(ret, type_name(ev));
    case SKF_network_transport:
        return put_s(ret, transport_name(ev->transport));
    case SKF_network_iana_number:
        return ev->transport && put_number(ret, ev->transport, scratch);
    case SKF_network_community_id:
        return scratch && sk_community_id(ev, scratch) && put_s(ret, scratch);
    case SKF_icmp_type:
        return ev->flags & SK_EV_ICMP && put_i(ret, SK_T_LONG, ev->icmp_type);
    case SKF_icmp_code:
        return ev->flags & SK_EV_ICMP && put_i(ret, SK_T_LONG, ev->icmp_code);
    default:
        return get_peer(ev, f, scratch, ret);
    }
}

bool sk_head_get(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id f, char *scratch,
                 struct sk_value *ret) {
    switch ((unsigned)f) {
    case SKF_timestamp:
        return put_i(ret, SK_T_DATE, ev->ts);
    case SKF_event_dataset:
        return put_s(ret, sk_events[ev->type].name);
    case SKF_tunnel_depth:
        return put_i(ret, SK_T_LONG, ev->depth);
    case SKF_tunnel_vni:
        return ev->vni >= 0 && put_i(ret, SK_T_LONG, ev->vni);
    case SKF_observer_ingress_interface_name:
        return put_s(ret, iface_name(ev, names));
    case SKF_log_file_path:
    case SKF_sekimori_packet_file:
        return put_s(ret, file_name(ev, names));
    case SKF_sekimori_packet_number:
        return (ev->flags & SK_EV_FRAME) && put_i(ret, SK_T_LONG, (int64_t)ev->number);
    case SKF_sekimori_duplicate:
        return put_i(ret, SK_T_BOOL, (ev->flags & SK_EV_DUPLICATE) != 0);
    case SKF_sekimori_own_traffic:
        return put_i(ret, SK_T_BOOL, (ev->flags & SK_EV_OWN) != 0);
    default:
        return get_network(ev, names, f, scratch, ret);
    }
}

bool sk_head_listed(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id f) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    if (!sk_head_get(ev, names, f, scratch, &v))
        return false;
    return v.type != SK_T_BOOL || v.i != 0;
}
