/* SPDX-License-Identifier: Apache-2.0 */
/* Beginning an event: its head from the packet, the layer and the IP header it belongs to; its segment; its count. */
#include "observe/event.h"
#include "observe/fragment.h"
#include "observe/ip.h"
#include "observe/translation.h"
#include "observe/tunnel.h"
#include "observe/tunnel_life.h"
#include "sekimori/observer.h"

/* Fields that several observers fill. */
/* clang-format off */
SK_FIELD(source_bytes, "source.bytes", LONG, ONE, "B", "0.1", "Bytes from the source, as on the wire")
SK_FIELD(destination_bytes, "destination.bytes", LONG, ONE, "B", "0.1", "Bytes from the destination, as on the wire")
SK_FIELD(network_bytes, "network.bytes", LONG, ONE, "B", "0.1", "Bytes of both directions, as on the wire")
SK_FIELD(network_packets, "network.packets", LONG, ONE, "", "0.1", "Packets of both directions")
SK_FIELD(tunnel_parent_community_id, "tunnel.parent.community_id", KEYWORD, ONE, "", "0.1", "Community ID of the outer conversation that carries this flow: its flow.state, and the alert of the tunnel")
SK_FIELD(tunnel_inside_mac, "tunnel.inside.mac", KEYWORD, ONE, "", "0.1", "MAC of the frame on the side of our end of the tunnel: its own, or that of a router before it")
/* clang-format on */

/*
 * Who sent it, on the link where it was seen. Inside a tunnel of IP packets there is no link: the MACs of the frame are
 * those of the tunnel's ends, not of who speaks inside. Of several headers the innermost: a provider's frame around it
 * (IEEE 802.1ah) names bridges.
 */
static bool macs_of(const struct sk_obs *o, unsigned layer, struct sk_mac *src, struct sk_mac *dst) {
    const struct sk_layers *l = o->layers;
    for (unsigned i = layer + 1; i-- > 0 && l->at[i].depth == l->at[layer].depth;)
        if (sk_layer_macs(o->pkt, &l->at[i], dst, src))
            return !sk_mac_zero(src);
    if (l->at[layer].depth > 0)
        return false;
    *src = l->src_mac; /* links that name an end without a header of two addresses */
    *dst = l->dst_mac;
    return !sk_mac_zero(src);
}

bool sk_obs_source_mac(const struct sk_obs *o, unsigned layer, struct sk_mac *ret) {
    struct sk_mac dst;
    return macs_of(o, layer, ret, &dst);
}

static void fill_ip(struct sk_event *ev, const struct sk_layers *l, const struct sk_ip *ip) {
    ev->src = ip->src;
    ev->dst = ip->dst;
    ev->transport = sk_ip_transport(l, ip);
    if (ip->upper_layer >= l->n)
        return;
    uint32_t id = l->at[ip->upper_layer].id;
    if (ip->proto == 6 || ip->proto == 17 || ip->proto == 132) {
        ev->sport = (uint16_t)(id >> 16);
        ev->dport = (uint16_t)id;
    } else if (ip->proto == 1 || ip->proto == 58) {
        ev->icmp_type = (uint8_t)(id >> 8);
        ev->icmp_code = (uint8_t)id;
        ev->flags |= SK_EV_ICMP;
    }
}

int32_t sk_obs_vni(const struct sk_layers *l, unsigned layer) {
    for (unsigned i = layer; l->at[layer].depth > 0 && i-- > 0;)
        if (l->at[i].proto == SKP_VXLAN || l->at[i].proto == SKP_GENEVE)
            return (int32_t)(l->at[i].id & 0xffffff);
        else if (l->at[i].proto == SKP_GRE && sk_tunnel_kind(l, i) == SK_TUN_NVGRE)
            return (int32_t)(l->at[i].id >> 8); /* RFC 7637: the key is the virtual subnet and a flow id, 8 bits */
    return -1;
}

uint16_t sk_obs_segment(struct sk_obs *o, unsigned layer) {
    const struct sk_layers *l = o->layers;
    unsigned ip = layer < l->n && l->at[layer].ip < l->n_ip ? l->at[layer].ip : SK_IPS_MAX;
    if (o->segments.seq != o->seq) {
        o->segments.seq = o->seq;
        o->segments.known = 0;
    }
    if (!(o->segments.known >> ip & 1)) {
        const struct sk_ip *h = ip < SK_IPS_MAX ? &l->ip[ip] : NULL;
        o->segments.of[ip] = sk_policy_segment(o->policy, o->pkt->tap, l->vlan, l->n_vlan, sk_obs_vni(l, layer),
                                               h ? &h->src : NULL, h ? &h->dst : NULL);
        o->segments.known |= 1u << ip;
    }
    return o->segments.of[ip];
}

/* Inside a tunnel of IP packets no frame shows who speaks; but the end of the tunnel that is ours is a device here. */
static void put_our_end(struct sk_event *ev, struct sk_obs *o, unsigned tunnel) {
    const struct sk_layers *l = o->layers;
    struct sk_addr inside;
    if (!sk_mac_zero(&ev->smac) || l->at[tunnel].ip >= l->n_ip)
        return;
    const struct sk_ip *outer = &l->ip[l->at[tunnel].ip];
    enum sk_direction d = sk_tunnel_direction(o, tunnel, outer, &inside);
    sk_tunnel_put_ends(ev, &outer->src, &outer->dst, d, &inside);
    const struct sk_mac *mac = d == SK_INBOUND ? &l->dst_mac : &l->src_mac;
    if (!sk_mac_zero(mac))
        sk_event_put_mac(ev, SKF_tunnel_inside_mac, mac);
}

/* What it is inside of: a signature can tell a router advertisement on the link from one in a Teredo tunnel. */
static void put_tunnel(struct sk_event *ev, struct sk_obs *o, unsigned layer) {
    const struct sk_layers *l = o->layers;
    char path[SK_EVENT_TEXT_MAX];
    for (unsigned i = layer; i-- > 0;)
        if (l->at[i].flags & SK_LAYER_TUNNEL) {
            sk_event_put_text(ev, SKF_tunnel_kind, sk_tunnel_kind_name(sk_obs_tunnel_kind(o, i)));
            put_our_end(ev, o, i);
            break;
        }
    sk_tunnel_path(l, layer, path, sizeof path);
    sk_event_put_text(ev, SKF_tunnel_path, path);
}

void sk_obs_head(struct sk_obs *o, enum sk_event_type type, unsigned layer, struct sk_event *ev) {
    const struct sk_layers *l = o->layers;
    const struct sk_layer *y = &l->at[layer];
    sk_event_init(ev, type);
    ev->ts = o->pkt->ts;
    ev->seq = o->seq;
    ev->phase = 1;
    ev->depth = y->depth;
    ev->flags = SK_EV_FRAME;
    if (y->flags & SK_LAYER_TRUNCATED)
        ev->flags |= SK_EV_TRUNCATED;
    if (o->copy)
        ev->flags |= SK_EV_DUPLICATE;
    if (o->pkt->own && ev->depth == 0)
        ev->flags |= SK_EV_OWN;
    ev->file = o->pkt->file;
    ev->number = o->pkt->number;
    ev->tap = o->pkt->tap;
    ev->iface = o->pkt->iface;
    ev->n_vlan = l->n_vlan;
    memcpy(ev->vlan, l->vlan, sizeof l->vlan[0] * l->n_vlan);
    ev->vni = sk_obs_vni(l, layer);
    ev->segment = sk_obs_segment(o, layer);
    (void)macs_of(o, layer, &ev->smac, &ev->dmac);
    if (y->ip < l->n_ip && y->proto != SKP_ARP) /* the header around ARP is that of a tunnel */
        fill_ip(ev, l, &l->ip[y->ip]);
}

struct sk_event *sk_obs_event(struct sk_obs *o, enum sk_event_type type, unsigned layer) {
    if (o->layers->at[layer].flags & SK_LAYER_QUOTED) {
        o->counts->quoted[type]++;
        return NULL;
    }
    o->counts->events[type]++;
    if (!o->wanted[type])
        return NULL;
    struct sk_event *ev = o->emit->begin(o->emit);
    sk_obs_head(o, type, layer, ev);
    ev->sub = o->sub++;
    bool of_tunnel =
        type == SKE_tunnel_frame || type == SKE_tunnel_state; /* tell of themselves, not of what is around */
    if (ev->depth > 0 && !of_tunnel)
        put_tunnel(ev, o, layer);
    sk_obs_put_translation(o->policy, ev);
    if (o->datagram && type != SKE_ip_fragments)
        sk_obs_put_fragments(ev, o->datagram);
    return ev;
}

static struct sk_event *begin_elsewhere(struct sk_obs *o, enum sk_event_type type) {
    o->counts->events[type]++;
    if (!o->wanted[type])
        return NULL;
    struct sk_event *ev = o->emit->begin(o->emit);
    sk_event_init(ev, type);
    ev->ts = o->now;
    ev->seq = o->seq;
    return ev;
}

/* The header of the packet in hand that is of this flow. */
static const struct sk_ip *header_of(const struct sk_layers *l, const struct sk_flow_view *v, bool *ret_back) {
    for (unsigned i = 0; i < l->n_ip; i++) {
        const struct sk_ip *ip = &l->ip[i];
        if (ip->quoted || ip->depth != v->depth)
            continue;
        *ret_back = sk_addr_eq(&ip->src, &v->addr[1]) && sk_addr_eq(&ip->dst, &v->addr[0]);
        if (*ret_back || (sk_addr_eq(&ip->src, &v->addr[0]) && sk_addr_eq(&ip->dst, &v->addr[1])))
            return ip;
    }
    return NULL;
}

static void put_parent(struct sk_event *ev, const struct sk_layers *l, const struct sk_ip *inner) {
    struct sk_event outer;
    char id[SK_COMMUNITY_ID + 1] = {0};
    unsigned i = inner->layer;
    while (i > 0 && !(l->at[i - 1].flags & SK_LAYER_TUNNEL && l->at[i - 1].depth < inner->depth))
        i--;
    if (i == 0 || l->at[i - 1].ip >= l->n_ip)
        return;
    sk_event_init(&outer, SKE_flow_state);
    fill_ip(&outer, l, &l->ip[l->at[i - 1].ip]);
    if (sk_community_id(&outer, id))
        sk_event_put_text(ev, SKF_tunnel_parent_community_id, id);
}

/* Of a flow in a tunnel: the frame's MACs are those of the tunnel's ends; who speaks inside is named as in every other
 * event of such a packet. At a tick there is no packet to read it from. */
static void put_tunnel_of_flow(struct sk_event *ev, struct sk_obs *o, const struct sk_flow_view *v, bool at_tick) {
    bool back = false;
    memset(&ev->smac, 0, sizeof ev->smac);
    memset(&ev->dmac, 0, sizeof ev->dmac);
    const struct sk_ip *ip = !at_tick && o->pkt && o->layers ? header_of(o->layers, v, &back) : NULL;
    if (!ip)
        return;
    (void)macs_of(o, ip->layer, back ? &ev->dmac : &ev->smac, back ? &ev->smac : &ev->dmac);
    put_tunnel(ev, o, ip->layer);
    put_parent(ev, o->layers, ip);
}

struct sk_event *sk_obs_flow_event(struct sk_obs *o, enum sk_event_type type, const struct sk_flow_view *v,
                                   bool at_tick) {
    struct sk_event *ev = begin_elsewhere(o, type);
    if (!ev)
        return NULL;
    ev->phase = at_tick ? 0 : 1;
    ev->sub = at_tick ? v->first_seq : o->sub++;
    ev->depth = v->depth;
    ev->flags = SK_EV_FRAME;
    if (v->copies && v->copies == v->packets[0] + v->packets[1])
        ev->flags |= SK_EV_DUPLICATE;
    ev->file = v->file;
    ev->number = v->number;
    ev->tap = v->tap;
    ev->segment = v->segment;
    ev->vni = v->vni;
    ev->n_vlan = v->n_vlan;
    memcpy(ev->vlan, v->vlan, sizeof v->vlan[0] * v->n_vlan);
    ev->smac = v->mac[0];
    ev->dmac = v->mac[1];
    ev->src = v->addr[0];
    ev->dst = v->addr[1];
    ev->transport = v->transport;
    ev->sport = v->port[0];
    ev->dport = v->port[1];
    if (v->transport == 1 || v->transport == 58) { /* the only flows of ICMP are echoes: type of the request */
        ev->icmp_type = v->transport == 1 ? 8 : 128;
        ev->flags |= SK_EV_ICMP;
    }
    if (v->depth)
        put_tunnel_of_flow(ev, o, v, at_tick);
    sk_obs_put_translation(o->policy, ev);
    return ev;
}

struct sk_event *sk_obs_tick_event(struct sk_obs *o, enum sk_event_type type, uint64_t cause, uint8_t order) {
    struct sk_event *ev = begin_elsewhere(o, type);
    if (!ev)
        return NULL;
    ev->phase = 0;
    ev->sub = cause;
    ev->order = order;
    return ev;
}

void sk_obs_commit(struct sk_obs *o, struct sk_event *ev) { o->emit->commit(o->emit, ev); }

static void add(uint64_t *to, const uint64_t *from, size_t n) {
    for (size_t i = 0; i < n; i++)
        to[i] += from[i];
}

static void add_segment(struct sk_segment_counts *to, const struct sk_segment_counts *from) {
    if (from->packets && (to->packets == 0 || from->first < to->first))
        to->first = from->first;
    if (from->packets && (to->packets == 0 || from->last > to->last))
        to->last = from->last;
    to->packets += from->packets;
    to->bytes += from->bytes;
    to->truncated += from->truncated;
    to->undecoded += from->undecoded;
    to->encrypted += from->encrypted;
    to->copies += from->copies;
    to->tcp_flows += from->tcp_flows;
    to->one_sided += from->one_sided;
}

void sk_counts_add(struct sk_counts *to, const struct sk_counts *from) {
    to->packets += from->packets;
    to->bytes += from->bytes;
    add(to->events, from->events, SKE_COUNT);
    add(to->quoted, from->quoted, SKE_COUNT);
    add(to->layers, from->layers, SKP_COUNT);
    add(to->quoted_layers, from->quoted_layers, SKP_COUNT);
    add(to->tunnels, from->tunnels, 64);
    add(to->quoted_tunnels, from->quoted_tunnels, 64);
    add(to->anomalies, from->anomalies, 64);
    to->evictions += from->evictions;
    to->copies_forgotten += from->copies_forgotten;
    to->events_dropped += from->events_dropped;
    to->own += from->own;
    for (unsigned i = 0; i < SK_SEGMENTS_COUNTED; i++)
        add_segment(&to->segment[i], &from->segment[i]);
    for (unsigned i = 0; i < SK_TAPS_COUNTED; i++)
        add_segment(&to->tap[i], &from->tap[i]);
    for (unsigned i = 0; i < SK_PAIRS_COUNTED; i++)
        for (unsigned k = i; k < SK_PAIRS_COUNTED; k++) {
            to->pair[i][k].tcp_flows += from->pair[i][k].tcp_flows;
            to->pair[i][k].one_sided += from->pair[i][k].one_sided;
        }
    to->flow.created += from->flow.created;
    to->flow.evicted += from->flow.evicted;
    to->flow.now += from->flow.now;
    to->flow.peak += from->flow.peak;
    to->flow.segments_buffered += from->flow.segments_buffered;
    to->flow.bytes_gapped += from->flow.bytes_gapped;
    to->flow.streams_capped += from->flow.streams_capped;
    to->defrag.fragments += from->defrag.fragments;
    to->defrag.datagrams += from->defrag.datagrams;
    to->defrag.incomplete += from->defrag.incomplete;
    to->defrag.evicted += from->defrag.evicted;
    to->defrag.conflicts += from->defrag.conflicts;
    to->defrag.bytes += from->defrag.bytes;
    to->defrag.peak_bytes += from->defrag.peak_bytes;
}
