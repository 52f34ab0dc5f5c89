/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One lane: decode, count, flow, observe.
 *
 * Packets are decoded SK_LANE_GROUP at a time; after each decode the line of its flow is fetched, so that it has the
 * time of the rest of the group to arrive before the flow table asks for it.
 */
#include "pipeline/lane.h"

#include "base/mem.h"
#include "pipeline/copies.h"

#include <stddef.h>
#include <stdlib.h>

enum { PROTO_WORDS = (SKP_COUNT + 63) / 64, FLOWS_INITIAL = 1 << 14, AHEAD = 2 };

enum stage { STAGE_PACKETS, STAGE_FLOWS, STAGE_OBSERVERS };

struct sk_lane {
    struct sk_emit emit;
    struct sk_lane_out out;
    struct sk_obs obs;
    struct sk_observers *observers;
    struct sk_flow_table *flow;
    struct sk_defrag *defrag;
    struct copies *copies;
    struct sk_hash_key key;
    enum stage stage;
    uint64_t cause;      /* first_seq of the flow or datagram whose events are held; 0: none */
    uint8_t cause_order; /* next order among them */
    struct sk_hold hold;
    struct sk_event *scratch; /* an event made at a tick, before it is held */
    uint64_t events;
    struct sk_counts counts;
    struct sk_layers layers[SK_LANE_GROUP];
    struct copies_mark mark[SK_LANE_GROUP];
};

/* --- events --- */

static struct sk_lane *lane_of(struct sk_emit *e) {
    return (struct sk_lane *)(void *)((char *)e - offsetof(struct sk_lane, emit));
}

static struct sk_event *emit_begin(struct sk_emit *e) {
    struct sk_lane *lane = lane_of(e);
    return lane->stage == STAGE_PACKETS ? lane->out.room(lane->out.arg) : lane->scratch;
}

static void put(void *arg, const struct sk_event *ev) {
    struct sk_lane *lane = arg;
    if (lane->out.put(lane->out.arg, ev))
        lane->events++;
    else
        lane->counts.events_dropped++;
}

/*
 * An event made at a tick is ordered by its cause alone. A stream that ends because its flow does is told like any
 * other bytes, so its event counts as made by a packet; a count of packets events in a tick would depend on how flows
 * were dealt to lanes.
 */
static void order_by_cause(struct sk_lane *lane, struct sk_event *ev) {
    if (ev->phase == 0)
        return;
    ev->phase = 0;
    ev->sub = lane->cause ? lane->cause : lane->obs.seq;
    ev->order = lane->cause_order;
    if (lane->cause_order < UINT8_MAX)
        lane->cause_order++;
}

static void emit_commit(struct sk_emit *e, struct sk_event *ev) {
    struct sk_lane *lane = lane_of(e);
    if (lane->stage == STAGE_PACKETS) {
        put(lane, ev);
        return;
    }
    order_by_cause(lane, ev);
    sk_hold_add(&lane->hold, ev);
}

/* --- what the flow table calls --- */

static struct sk_segment_counts *segment_counts(struct sk_counts *c, uint16_t segment) {
    return &c->segment[segment < SK_SEGMENTS_COUNTED - 1 ? segment : SK_SEGMENTS_COUNTED - 1];
}

static struct sk_segment_counts *tap_counts(struct sk_counts *c, uint16_t tap) {
    return &c->tap[tap < SK_TAPS_COUNTED - 1 ? tap : SK_TAPS_COUNTED - 1];
}

static unsigned pair_place(const struct sk_policy *p, const struct sk_addr *a) {
    struct sk_place place;
    sk_policy_place(p, a, SK_SEGMENT_NONE, &place);
    return place.segment < SK_PAIRS_COUNTED - 1 ? place.segment : SK_PAIRS_COUNTED - 1;
}

/*
 * How far one side alone is seen (detections.md G10): of connections that ended, or were refused. Where nobody answered
 * there was nothing to see of the other side.
 */
static void count_sides(struct sk_lane *lane, const struct sk_flow_view *v) {
    struct sk_counts *c = &lane->counts;
    struct sk_segment_counts *s = segment_counts(c, v->segment), *t = tap_counts(c, v->tap);
    unsigned from = pair_place(lane->obs.policy, &v->addr[0]), to = pair_place(lane->obs.policy, &v->addr[1]);
    struct sk_pair_counts *p = &c->pair[from < to ? from : to][from < to ? to : from];
    s->tcp_flows++;
    s->one_sided += v->one_sided;
    p->tcp_flows++;
    p->one_sided += v->one_sided;
    if (v->tap == SK_TAP_NONE)
        return;
    t->tcp_flows++;
    t->one_sided += v->one_sided;
}

/* Events of one cause are few; several flows may begin in one packet, in any order of the table. */
static void begin_cause(struct sk_lane *lane, uint64_t cause) {
    if (lane->stage != STAGE_FLOWS || lane->cause == cause)
        return;
    sk_hold_drain(&lane->hold, put, lane);
    lane->cause = cause;
    lane->cause_order = 0;
}

static void on_state(void *arg, const struct sk_flow_view *v, bool at_tick) {
    struct sk_lane *lane = arg;
    begin_cause(lane, v->first_seq);
    if (v->transport == 6 && (v->state == SK_FLOW_CLOSED || v->state == SK_FLOW_REFUSED))
        count_sides(lane, v);
    sk_observe_flow(lane->observers, &lane->obs, v, at_tick);
}

static void on_stream(void *arg, const struct sk_flow_view *v, unsigned observer, void **user, unsigned dir,
                      const uint8_t *data, size_t n, bool gap, bool end) {
    struct sk_lane *lane = arg;
    begin_cause(lane, v->first_seq);
    sk_observe_stream(lane->observers, &lane->obs, v, observer, user, dir, data, n, gap, end);
}

static unsigned on_stream_port(void *arg, uint16_t port) {
    const struct sk_lane *lane = arg;
    return sk_observe_stream_port(lane->observers, port);
}

/* --- packets --- */

static void count_kinds(uint64_t *to, uint64_t kinds) {
    for (; kinds; kinds &= kinds - 1)
        to[__builtin_ctzll(kinds)]++;
}

/* A frame counts once for each protocol it has, however often. @return some layer begins a tunnel */
static bool count_once(uint64_t *to, const struct sk_layer *at, unsigned n) {
    uint64_t seen[PROTO_WORDS] = {0};
    uint8_t flags = 0;
    for (unsigned i = 0; i < n; i++) {
        uint64_t *word = &seen[at[i].proto / 64], bit = UINT64_C(1) << at[i].proto % 64;
        to[at[i].proto] += (*word & bit) == 0;
        *word |= bit;
        flags |= at[i].flags;
    }
    return flags & SK_LAYER_TUNNEL;
}

static void count_layers(struct sk_counts *c, const struct sk_layers *l, unsigned from) {
    unsigned quoted = l->n; /* what an ICMP error quotes comes last */
    while (quoted > from && l->at[quoted - 1].flags & SK_LAYER_QUOTED)
        quoted--;
    if (count_once(c->layers, l->at + from, quoted - from))
        count_kinds(c->tunnels, sk_tunnel_kinds(l, false));
    if (quoted < l->n && count_once(c->quoted_layers, l->at + quoted, l->n - quoted))
        count_kinds(c->quoted_tunnels, sk_tunnel_kinds(l, true));
}

#define ANOMALY(a) (UINT64_C(1) << (a))

static void count_segment(struct sk_segment_counts *s, const struct sk_packet *pkt, const struct sk_layers *l,
                          bool copy) {
    static const uint64_t undecoded = ANOMALY(SK_AN_LINKTYPE) | ANOMALY(SK_AN_ETHERTYPE) |
                                      ANOMALY(SK_AN_UPPER_UNKNOWN) | ANOMALY(SK_AN_LINK_FRAGMENT) |
                                      ANOMALY(SK_AN_AGGREGATE);
    if (s->packets++ == 0)
        s->first = s->last = pkt->ts;
    s->first = pkt->ts < s->first ? pkt->ts : s->first;
    s->last = pkt->ts > s->last ? pkt->ts : s->last;
    s->bytes += pkt->wirelen;
    s->truncated += (l->anomalies & ANOMALY(SK_AN_TRUNCATED)) != 0;
    s->undecoded += (l->anomalies & undecoded) != 0;
    s->encrypted += sk_layers_encrypted(l);
    s->copies += copy;
}

static void count_packet(struct sk_counts *c, const struct sk_packet *pkt, const struct sk_layers *l) {
    c->packets++;
    c->bytes += pkt->wirelen;
    c->own += pkt->own;
    count_layers(c, l, 0);
    for (uint64_t a = l->anomalies; a; a &= a - 1)
        c->anomalies[__builtin_ctzll(a)]++;
}

/* A later fragment has no ports: it belongs to no conversation until it is reassembled. */
static bool has_flow(const struct sk_ip *ip) { return !ip->quoted && ip->frag_off == 0; }

static void prefetch_flows(const struct sk_lane *lane, const struct sk_packet *pkt, const struct sk_layers *l) {
    for (unsigned i = 0; i < l->n_ip; i++)
        if (has_flow(&l->ip[i]))
            sk_flow_prefetch(lane->flow, pkt, l, i, sk_obs_vni(l, l->ip[i].layer));
}

static void update_flows(struct sk_lane *lane, const struct sk_packet *pkt, const struct sk_layers *l, unsigned from,
                         unsigned to) {
    struct sk_obs *o = &lane->obs;
    for (unsigned i = from; i < to && i < l->n_ip; i++)
        if (has_flow(&l->ip[i]))
            sk_flow_packet(lane->flow, pkt, l, i, sk_obs_segment(o, l->ip[i].layer), sk_obs_vni(l, l->ip[i].layer));
}

static void look_at(struct sk_lane *lane, const struct sk_packet *pkt, const struct sk_layers *l) {
    struct sk_obs *o = &lane->obs;
    o->pkt = pkt;
    o->layers = l;
    o->segments.known = 0;
}

/*
 * A packet with a fragment in it is shown up to the IP header that is fragmented; that header and what follows are
 * shown with the whole datagram. Inside a datagram there may be fragments again: depth is bounded by the IP headers of
 * a stack.
 */
static void show(struct sk_lane *lane, const struct sk_packet *pkt, struct sk_layers *l, unsigned from_layer,
                 unsigned from_ip) {
    struct sk_obs *o = &lane->obs;
    unsigned ip = sk_defrag_wants(pkt, l), to = l->n;
    bool held = ip != SK_IPS_MAX && ip >= from_ip && (!o->datagram || o->datagram->complete || ip > o->datagram->ip);
    if (held)
        to = l->ip[ip].layer;
    if (lane->stage == STAGE_PACKETS) /* what is given up at a tick is evidence, no conversation */
        update_flows(lane, pkt, l, from_ip, held ? ip : l->n_ip);
    sk_observe_part(lane->observers, o, from_layer, to);
    if (held)
        sk_defrag_packet(lane->defrag, pkt, l, ip, sk_obs_vni(l, l->ip[ip].layer));
}

static void on_datagram(void *arg, const struct sk_packet *pkt, struct sk_layers *l, const struct sk_datagram *d) {
    struct sk_lane *lane = arg;
    struct sk_obs *o = &lane->obs;
    const struct sk_packet *outer_pkt = o->pkt;
    const struct sk_layers *outer_layers = o->layers;
    const struct sk_datagram *outer = o->datagram;
    bool outer_copy = o->copy, outer_routed = o->routed;
    if (lane->stage == STAGE_OBSERVERS) {
        lane->cause = d->first_seq;
        lane->cause_order = 0;
    }
    look_at(lane, pkt, l);
    o->datagram = d;
    o->copy = o->routed = false; /* its fragments may come twice, the datagram is given once */
    count_layers(&lane->counts, l, d->fresh);
    if (!d->keeps_last)
        sk_observe_datagram(lane->observers, o);
    show(lane, pkt, l, d->from, d->ip);
    o->pkt = outer_pkt;
    o->layers = outer_layers;
    o->datagram = outer;
    o->copy = outer_copy;
    o->routed = outer_routed;
    o->segments.known = 0;
}

static void one_packet(struct sk_lane *lane, const struct sk_packet *pkt, struct sk_layers *l,
                       const struct copies_mark *mark) {
    struct sk_obs *o = &lane->obs;
    o->now = pkt->ts;
    o->seq = pkt->seq;
    o->sub = 0;
    o->copy = copies_seen(lane->copies, pkt, l, mark);
    o->routed = o->copy && copies_routed(lane->copies);
    look_at(lane, pkt, l);
    count_segment(segment_counts(&lane->counts, sk_obs_segment(o, l->n_ip ? l->ip[0].layer : 0)), pkt, l, o->copy);
    if (pkt->tap != SK_TAP_NONE)
        count_segment(tap_counts(&lane->counts, pkt->tap), pkt, l, o->copy);
    unsigned ip = sk_defrag_wants(pkt, l);
    if (ip == SK_IPS_MAX) {
        count_packet(&lane->counts, pkt, l);
        update_flows(lane, pkt, l, 0, l->n_ip);
        sk_observe_packet(lane->observers, o);
        return;
    }
    struct sk_layers shown = *l; /* what the frame itself shows: headers up to the fragment's */
    sk_layers_cut(&shown, sk_layers_to_fragment(l, ip), ip);
    count_packet(&lane->counts, pkt, &shown);
    show(lane, pkt, l, 0, 0);
}

void sk_lane_packets(struct sk_lane *lane, const struct sk_packet *const pkt[], size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(pkt[i + AHEAD]->data);
        sk_decode(pkt[i], &lane->layers[i]);
        prefetch_flows(lane, pkt[i], &lane->layers[i]);
        copies_mark(lane->copies, pkt[i], &lane->layers[i], &lane->mark[i]);
    }
    for (size_t i = 0; i < n; i++)
        one_packet(lane, pkt[i], &lane->layers[i], &lane->mark[i]);
}

/* --- ticks --- */

/* What others count for the lane. */
static void refresh_counts(struct sk_lane *lane) {
    sk_flow_stats(lane->flow, &lane->counts.flow);
    sk_defrag_stats(lane->defrag, &lane->counts.defrag);
    lane->counts.copies_forgotten = copies_forgotten(lane->copies);
}

static void tick_or_flush(struct sk_lane *lane, uint64_t seq, sk_time now, enum sk_mark mark) {
    struct sk_obs *o = &lane->obs;
    o->pkt = NULL;
    o->layers = NULL;
    o->copy = o->routed = false;
    o->now = now;
    o->seq = seq;
    o->sub = 0;
    lane->stage = STAGE_FLOWS;
    lane->cause = 0;
    lane->cause_order = 0;
    if (mark == SK_MARK_TICK)
        sk_flow_tick(lane->flow, now);
    else
        sk_flow_flush(lane->flow);
    if (mark == SK_MARK_TICK)
        copies_tick(lane->copies, now);
    else
        copies_clear(lane->copies);
    sk_hold_drain(&lane->hold, put, lane);
    lane->out.mark(lane->out.arg, SK_MARK_FLOWS, seq, now);

    lane->stage = STAGE_OBSERVERS;
    if (mark == SK_MARK_TICK)
        sk_defrag_tick(lane->defrag, now);
    else
        sk_defrag_flush(lane->defrag);
    lane->cause = 0;
    lane->cause_order = 0;
    o->now = now;
    refresh_counts(lane);
    if (mark == SK_MARK_TICK)
        sk_observe_tick(lane->observers, o);
    else
        sk_observe_flush(lane->observers, o);
    sk_hold_drain(&lane->hold, put, lane);
    lane->stage = STAGE_PACKETS;
    lane->out.mark(lane->out.arg, mark, seq, now);
}

void sk_lane_tick(struct sk_lane *lane, uint64_t seq, sk_time now) { tick_or_flush(lane, seq, now, SK_MARK_TICK); }

void sk_lane_flush(struct sk_lane *lane, uint64_t seq, sk_time now, enum sk_mark mark) {
    tick_or_flush(lane, seq, now, mark);
}

/* --- life --- */

static struct sk_flow_table *new_flows(struct sk_lane *lane, uint32_t max) {
    struct sk_flow_config cfg = {.initial = max < FLOWS_INITIAL ? max : FLOWS_INITIAL, .max = max, .key = lane->key};
    struct sk_flow_hooks hooks = {
        .state = on_state, .stream = on_stream, .stream_port = on_stream_port, .copy = &lane->obs.copy, .arg = lane};
    return sk_flow_new(&cfg, &hooks);
}

struct sk_lane *sk_lane_new(const struct sk_lane_config *cfg, struct sk_error *err) {
    struct sk_lane *lane = sk_mem_new(1, sizeof *lane);
    lane->emit = (struct sk_emit){.begin = emit_begin, .commit = emit_commit};
    lane->out = cfg->out;
    lane->key = cfg->offline ? sk_hash_key_fixed : sk_hash_key_random();
    lane->scratch = sk_mem_new(1, SK_EVENT_MAX);
    lane->copies = copies_new(&lane->key);
    lane->obs = (struct sk_obs){.policy = cfg->policy,
                                .emit = &lane->emit,
                                .counts = &lane->counts,
                                .wanted = cfg->wanted,
                                .key = &lane->key,
                                .offline = cfg->offline};
    lane->observers = sk_observers_new(&lane->obs, err);
    if (lane->observers)
        lane->flow = new_flows(lane, cfg->flows_max);
    unsigned lanes = cfg->lanes ? cfg->lanes : 1;
    struct sk_defrag_config dc = {
        .key = lane->key, .datagrams = SK_DEFRAG_DATAGRAMS / lanes, .bytes = SK_DEFRAG_BYTES / lanes};
    lane->defrag = sk_defrag_new(&dc, &(struct sk_defrag_hooks){.datagram = on_datagram, .arg = lane});
    if (lane->observers && lane->flow && lane->defrag)
        return lane;
    (void)sk_error_set(err, SK_ENOMEM, "no memory for a lane of %u flows", (unsigned)cfg->flows_max);
    sk_lane_free(lane);
    return NULL;
}

void sk_lane_report(struct sk_lane *lane, struct sk_counts *counts, struct sk_lane_report *report) {
    refresh_counts(lane);
    sk_counts_add(counts, &lane->counts);
    report->packets = lane->counts.packets;
    report->events = lane->events;
}

void sk_lane_free(struct sk_lane *lane) {
    if (!lane)
        return;
    sk_defrag_free(lane->defrag);
    copies_free(lane->copies);
    if (lane->flow)
        sk_flow_free(lane->flow);
    if (lane->observers)
        sk_observers_free(lane->observers);
    sk_hold_free(&lane->hold);
    free(lane->scratch);
    free(lane);
}
