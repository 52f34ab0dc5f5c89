/* SPDX-License-Identifier: Apache-2.0 */
/* The table as others see it: made, asked by packets, freed. */
#include "flow/table.h"

#include "flow/pages.h"

#include <stdlib.h>

/* Linux gives up a connection after SYNs 1, 2, 4 .. 32 s apart: opening must outlast the longest pause, or one attempt
 * becomes two flows. RFC 4787 asks NATs for two minutes of UDP silence at the least. */
static void defaults(struct sk_flow_config *c) {
    c->max = c->max ? c->max : FLOW_DEFAULT_MAX;
    c->initial = c->initial < c->max ? c->initial : c->max;
    c->tcp_opening = c->tcp_opening ? c->tcp_opening : 35 * SK_SEC;
    c->tcp_idle = c->tcp_idle ? c->tcp_idle : 3600 * SK_SEC;
    c->udp_idle = c->udp_idle ? c->udp_idle : 180 * SK_SEC;
    c->icmp_idle = c->icmp_idle ? c->icmp_idle : 30 * SK_SEC;
    c->closed_linger = c->closed_linger ? c->closed_linger : 5 * SK_SEC;
}

struct sk_flow_table *sk_flow_new(const struct sk_flow_config *cfg, const struct sk_flow_hooks *hooks) {
    struct sk_flow_table *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->cfg = *cfg;
    defaults(&t->cfg);
    t->max = t->cfg.max;
    t->key = cfg->key;
    t->hooks = *hooks;
    t->free = FLOW_NONE;
    uint32_t slots = FLOW_SLOTS_MIN;
    while (slots < UINT32_C(1) << 31 && slots / 2 < t->cfg.initial)
        slots *= 2;
    t->mask = slots - 1;
    t->slot_bytes = (size_t)slots * sizeof *t->slot;
    t->hot_bytes = (size_t)t->max * sizeof *t->hot;
    t->cold_bytes = (size_t)t->max * sizeof *t->cold;
    t->slot = flow_pages_new(t->slot_bytes);
    t->hot = flow_pages_new(t->hot_bytes);
    t->cold = flow_pages_new(t->cold_bytes);
    t->wheel = malloc(FLOW_WHEEL * sizeof *t->wheel);
    t->streams = hooks->stream && hooks->stream_port ? flow_streams_new() : NULL;
    bool streams = t->streams || !hooks->stream || !hooks->stream_port;
    if (!t->slot || !t->hot || !t->cold || !t->wheel || !streams) {
        sk_flow_free(t);
        return NULL;
    }
    memset(t->wheel, 0xff, FLOW_WHEEL * sizeof *t->wheel);
    return t;
}

void sk_flow_free(struct sk_flow_table *t) {
    if (!t)
        return;
    flow_pages_free(t->slot, t->slot_bytes);
    flow_pages_free(t->hot, t->hot_bytes);
    flow_pages_free(t->cold, t->cold_bytes);
    flow_streams_free(t->streams);
    free(t->wheel);
    free(t->due);
    free(t);
}

void sk_flow_stats(const struct sk_flow_table *t, struct sk_flow_stats *ret) { *ret = t->stats; }

/* --- prefetch --- */

/** The slot of the index has come by now: ask for the record it names. */
static void ask_record(struct sk_flow_table *t) {
    struct flow_seen *s = &t->ahead[t->ahead_record++ % FLOW_AHEAD];
    s->guess = t->slot[s->hash & t->mask].number;
    if (s->guess)
        __builtin_prefetch(&t->hot[s->guess - 1], 1);
}

/** The record has come too: one that is not answered yet may be now, and be told. */
static void ask_cold(struct sk_flow_table *t) {
    const struct flow_seen *s = &t->ahead[t->ahead_cold++ % FLOW_AHEAD];
    if (!s->guess || flow_state(&t->hot[s->guess - 1]) != SK_FLOW_OPENED)
        return;
    const char *cold = (const char *)&t->cold[s->guess - 1];
    __builtin_prefetch(cold);
    __builtin_prefetch(cold + 64);
}

/* Each stage follows the one before by a fixed number of headers, so that memory has the time to answer. */
static void ask(struct sk_flow_table *t) {
    if ((int32_t)(t->ahead_record - t->ahead_use) < 0)
        t->ahead_record = t->ahead_use;
    if ((int32_t)(t->ahead_cold - t->ahead_use) < 0)
        t->ahead_cold = t->ahead_use;
    while (t->ahead_record != t->ahead_put && t->ahead_record - t->ahead_use < FLOW_AHEAD_RECORD)
        ask_record(t);
    while (t->ahead_cold != t->ahead_record && t->ahead_cold - t->ahead_use < FLOW_AHEAD_COLD)
        ask_cold(t);
}

void sk_flow_prefetch(struct sk_flow_table *t, const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip,
                      int32_t vni) {
    struct flow_seen *s = &t->ahead[t->ahead_put % FLOW_AHEAD];
    if (t->ahead_put - t->ahead_use == FLOW_AHEAD || !flow_key_of(t, pkt, l, ip, vni, s))
        return;
    s->guess = 0;
    __builtin_prefetch(&t->slot[s->hash & t->mask]);
    t->ahead_put++;
}

/** The key of this header if it was asked for ahead; else NULL. */
static const struct flow_seen *asked(struct sk_flow_table *t, const struct sk_packet *pkt, unsigned ip) {
    while (t->ahead_use != t->ahead_put) {
        const struct flow_seen *s = &t->ahead[t->ahead_use % FLOW_AHEAD];
        if (s->seq > pkt->seq || (s->seq == pkt->seq && s->ip > ip))
            return NULL;
        t->ahead_use++;
        ask(t);
        if (s->seq == pkt->seq && s->ip == ip)
            return s;
    }
    return NULL;
}

enum { TCP_READ = 14 /**< ports, numbers, length, flags */ };

/* The transport header, as far as it is captured. @return false: too little to follow */
static bool read_upper(struct flow_packet *p) {
    const struct sk_ip *ip = p->ip;
    p->upper = sk_cur_of(p->pkt->data + ip->upper_off, ip->upper_len);
    p->wire = ip->wire_upper_len;
    p->header = 8;
    struct sk_cur c = p->upper;
    if (ip->proto == 6) {
        if (c.left < TCP_READ)
            return false;
        sk_cur_skip(&c, 4);
        p->tcp_seq = sk_cur_be32(&c);
        p->tcp_ack = sk_cur_be32(&c);
        p->header = 4 * (uint32_t)(sk_cur_u8(&c) >> 4);
        p->tcp_flags = sk_cur_u8(&c);
        if (p->header < 20)
            return false;
    } else if (ip->proto == 132) {
        p->header = 12;
    }
    p->payload = p->wire > p->header ? p->wire - p->header : 0;
    return true;
}

static void count(struct sk_flow_table *t, uint32_t number, const struct flow_packet *p, unsigned end) {
    struct flow_hot *h = &t->hot[number];
    uint32_t len = p->ip->upper_off - p->layers->at[p->ip->layer].off + p->wire;
    if (++h->packets[end] == 0)
        t->cold[number].packets_high[end]++;
    h->bytes[end] += len;
    if (h->bytes[end] < len)
        t->cold[number].bytes_high[end]++;
    if (t->hooks.copy && *t->hooks.copy && t->cold[number].copies < UINT32_MAX)
        t->cold[number].copies++;
    if (p->pkt->ts > h->last)
        h->last = p->pkt->ts;
    if (!(h->bits & flow_bit(FB_SEEN0, end))) {
        h->bits |= flow_bit(FB_SEEN0, end);
        t->cold[number].mac[end] = p->layers->src_mac;
    }
}

/** Kind of the innermost tunnel around a layer. */
static uint8_t tunnel_of(const struct sk_layers *l, unsigned layer) {
    for (unsigned i = layer; i-- > 0;)
        if (l->at[i].flags & SK_LAYER_TUNNEL)
            return (uint8_t)sk_tunnel_kind(l, i);
    return SK_TUN_NONE;
}

static uint32_t begin(struct sk_flow_table *t, const struct flow_seen *s, const struct flow_packet *p) {
    uint32_t number = flow_add(t, &s->key, s->hash);
    struct flow_cold *c = &t->cold[number];
    c->first = p->pkt->ts;
    c->first_seq = p->pkt->seq;
    c->number = p->pkt->number;
    c->file = p->pkt->file;
    c->vni = p->vni;
    c->tap = p->pkt->tap;
    c->segment = p->segment;
    c->depth = p->ip->depth;
    c->tunnel = c->depth ? tunnel_of(p->layers, p->ip->layer) : SK_TUN_NONE;
    c->n_vlan = p->layers->n_vlan <= SK_VLANS_MAX ? p->layers->n_vlan : SK_VLANS_MAX;
    for (unsigned i = 0; i < c->n_vlan; i++)
        c->vlan[i] = p->layers->vlan[i];
    t->hot[number].last = p->pkt->ts;
    flow_begin(&t->hot[number], p, s->end);
    if (p->ip->proto == 6 && t->streams)
        flow_stream_begin(t, number, p);
    return number;
}

static bool closing(const struct flow_hot *h) { return flow_both(h, FB_FIN) || flow_state(h) == SK_FLOW_REFUSED; }

/* A reset that hosts discard ends nothing: its checksum is wrong, or its place in a stream whose bytes are read. */
static bool void_reset(const struct sk_flow_table *t, uint32_t number, const struct flow_packet *p, unsigned end) {
    if (p->ip->proto != 6 || !(p->tcp_flags & TCP_RST))
        return false;
    if (sk_checksum_upper(p->pkt, p->layers, p->ip_index) == SK_CKSUM_BAD)
        return true;
    return t->hot[number].bits & FB_STREAM && !flow_stream_reset(t, number, p, end);
}

uint32_t sk_flow_packet(struct sk_flow_table *t, const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip,
                        uint16_t segment, int32_t vni) {
    struct flow_seen here;
    const struct flow_seen *s = asked(t, pkt, ip);
    if (!s) {
        if (!flow_key_of(t, pkt, l, ip, vni, &here))
            return 0;
        s = &here;
    }
    struct flow_packet p = {.pkt = pkt,
                            .layers = l,
                            .ip = &l->ip[ip],
                            .ip_index = ip,
                            .sport = s->key.port[s->end],
                            .dport = s->key.port[!s->end],
                            .segment = segment,
                            .vni = vni};
    if (!read_upper(&p))
        return 0;
    uint32_t number = flow_find(t, &s->key, s->hash);
    if (number != FLOW_NONE && flow_reused(&t->hot[number], &p)) {
        flow_end(t, number, false, false);
        number = FLOW_NONE;
    }
    bool is_new = number == FLOW_NONE;
    if (is_new) {
        if (!flow_worth(&p))
            return 0;
        number = begin(t, s, &p);
    }
    struct flow_hot *h = &t->hot[number];
    bool was_closing = closing(h);
    count(t, number, &p, s->end);
    bool changed = !void_reset(t, number, &p, s->end) && flow_follow(h, &p, s->end);
    if (is_new && flow_initiator(h) == s->end)
        t->cold[number].shown = (uint8_t)(s->end + 1);
    if (is_new) /* only now its state says how long it may be silent */
        flow_wheel_add(t, number);
    else if (closing(h) != was_closing)
        flow_wheel_move(t, number);
    if (is_new || changed)
        flow_tell(t, number, false);
    if (h->bits & FB_STREAM)
        flow_stream_packet(t, number, &p, s->end);
    return number + 1;
}

/* Silence is an answer only where one was waited for: the whole timeout, or, when the input ends before, at least as
 * long as it takes to ask a second time. */
static bool unanswered(const struct flow_hot *h, const struct flow_cold *c, bool cut) {
    bool asked = h->bits & flow_bit(FB_SEEN0, flow_initiator(h));
    if (!asked || flow_both(h, FB_SEEN) || (flow_proto(h) == 6 && !(h->bits & FB_SYN)))
        return false;
    return !cut || h->last - c->first >= SK_SEC;
}

void flow_end_tell(struct sk_flow_table *t, uint32_t number, bool at_tick, bool cut) {
    struct flow_hot *h = &t->hot[number];
    if (h->bits & FB_STREAM)
        flow_stream_end(t, number);
    if (flow_state(h) != SK_FLOW_REFUSED) {
        bool open = flow_state(h) == SK_FLOW_OPENED;
        flow_set_state(h, open && unanswered(h, &t->cold[number], cut) ? SK_FLOW_UNANSWERED : SK_FLOW_CLOSED);
        flow_tell(t, number, at_tick);
    }
}

void flow_end(struct sk_flow_table *t, uint32_t number, bool at_tick, bool cut) {
    flow_end_tell(t, number, at_tick, cut);
    flow_remove(t, number);
}
