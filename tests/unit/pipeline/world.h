/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small world around the pipeline: a source of made-up packets, a flow table and observers that make many events of
 * all sizes. The pipeline, the decoder and the event are the real ones.
 *
 * The source gives the bytes of a packet to free() as soon as they are retired, so that a sanitizer sees who reads them
 * later.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "sekimori/pipeline.h"
#include "sekimori/policy.h"

#include "unit.h"

#include <semaphore.h>
#include <stdatomic.h>

enum { FRAME = 50, WINDOW_MAX = 4096 };

/* --- the source --- */

struct made_packet {
    sk_time ts;
    uint32_t file;
    uint32_t pair; /* which address pair; 0: a frame without IP */
    bool idle;     /* no packet: SK_NEXT_IDLE */
};
struct sk_source {
    const struct made_packet *script;
    size_t n, at;
    size_t batch;    /* packets of one call */
    uint64_t window; /* packets that may be unretired; 0 = WINDOW_MAX */
    uint64_t seq, retired;
    uint8_t *bytes[WINDOW_MAX]; /* by seq */
    struct sk_input input[4];
    _Atomic bool stop;
    uint64_t waits;
};

/* Ethernet, IPv4, UDP, and the sequence number as payload. */
static void make_frame(uint8_t f[FRAME], uint32_t pair, uint64_t seq) {
    static const uint8_t head[] = {0x02, 0, 0,  0,  0, 1, 0x02, 0,    0,    0,    0, 2,  0x08, 0x00,
                                   0x45, 0, 0,  36, 0, 0, 0,    0,    64,   17,   0, 0,  10,   0,
                                   0,    0, 10, 1,  0, 0, 0x03, 0xe8, 0x07, 0xd0, 0, 16, 0,    0};
    memset(f, 0, FRAME);
    memcpy(f, head, sizeof head);
    if (pair == 0)
        f[12] = 0x99; /* an EtherType nobody decodes */
    /* Every second packet goes the other way. */
    unsigned src = seq & 1 ? 26 : 30, dst = seq & 1 ? 30 : 26;
    f[src] = f[dst] = 10;
    f[src + 1] = 0;
    f[dst + 1] = 1;
    f[26 + 2] = f[30 + 2] = (uint8_t)(pair >> 8);
    f[26 + 3] = f[30 + 3] = (uint8_t)pair;
    memcpy(f + 42, &seq, sizeof seq);
}

enum sk_next sk_source_next(struct sk_source *s, struct sk_packet *at, size_t max, size_t *ret_n) {
    uint64_t window = s->window ? s->window : WINDOW_MAX;
    *ret_n = 0;
    if (atomic_load(&s->stop) || s->at == s->n)
        return SK_NEXT_END;
    if (s->script[s->at].idle) {
        s->at++;
        return SK_NEXT_IDLE;
    }
    if (s->seq - s->retired >= window) {
        s->waits++;
        return SK_NEXT_WAIT;
    }
    uint32_t file = s->script[s->at].file;
    if (s->batch && max > s->batch)
        max = s->batch;
    while (*ret_n < max && s->at < s->n && !s->script[s->at].idle && s->script[s->at].file == file &&
           s->seq - s->retired < window) {
        const struct made_packet *m = &s->script[s->at++];
        uint8_t *f = malloc(FRAME);
        make_frame(f, m->pair, ++s->seq);
        s->bytes[s->seq % WINDOW_MAX] = f;
        at[(*ret_n)++] = (struct sk_packet){.data = f,
                                            .caplen = FRAME,
                                            .wirelen = FRAME,
                                            .ts = m->ts,
                                            .seq = s->seq,
                                            .number = s->seq,
                                            .file = file,
                                            .linktype = SK_LINKTYPE_ETHERNET};
    }
    return SK_NEXT_PACKETS;
}
void sk_source_retire(struct sk_source *s, uint64_t seq) {
    for (; s->retired < seq && s->retired < s->seq; s->retired++) {
        uint8_t *f = s->bytes[(s->retired + 1) % WINDOW_MAX];
        memset(f, 0xdd, FRAME);
        free(f);
    }
}
void sk_source_stop(struct sk_source *s) { atomic_store(&s->stop, true); }
const struct sk_input *sk_source_input(const struct sk_source *s, uint32_t index) { return &s->input[index]; }
size_t sk_source_inputs(const struct sk_source *s) {
    (void)s;
    return 4;
}

/* --- the policy --- */

uint16_t sk_policy_tap_of_file(const struct sk_policy *p, const char *path) {
    (void)p;
    return path[0] == 't' ? (uint16_t)(path[1] - '0') : SK_TAP_NONE;
}
uint16_t sk_policy_tap_of_iface(const struct sk_policy *p, const char *path) {
    (void)p;
    (void)path;
    return 7;
}

const struct sk_segment *sk_policy_segment_at(const struct sk_policy *p, uint16_t segment) {
    (void)p;
    (void)segment;
    return NULL;
}

/* --- the flow table: one flow a pair, in an array sorted by its first packet --- */

struct made_flow {
    uint32_t pair;
    uint64_t first_seq;
    sk_time last;
};
enum { FLOWS_MAX = 70000 };
struct sk_flow_table {
    struct sk_flow_hooks hooks;
    struct made_flow flow[FLOWS_MAX];
    uint32_t n;
    uint32_t at[65536]; /* by pair: index + 1 */
};
static uint32_t pair_of(const struct sk_packet *pkt) { return (uint32_t)pkt->data[28] << 8 | pkt->data[29]; }

struct sk_flow_table *sk_flow_new(const struct sk_flow_config *cfg, const struct sk_flow_hooks *hooks) {
    struct sk_flow_table *t = calloc(1, sizeof *t);
    assert_true(cfg->max > 0 && cfg->initial <= cfg->max);
    t->hooks = *hooks;
    return t;
}
void sk_flow_prefetch(struct sk_flow_table *t, const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip,
                      int32_t vni) {
    (void)t;
    (void)pkt;
    assert_true(ip < l->n_ip && vni == 5);
}
static void tell(struct sk_flow_table *t, const struct made_flow *f, bool at_tick) {
    struct sk_flow_view v = {.first_seq = f->first_seq, .last = f->last, .packets = {f->pair}};
    t->hooks.state(t->hooks.arg, &v, at_tick);
}
uint32_t sk_flow_packet(struct sk_flow_table *t, const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip,
                        uint16_t segment, int32_t vni) {
    (void)segment;
    assert_true(ip < l->n_ip);
    assert_int_equal(vni, 5);
    uint32_t pair = pair_of(pkt), *at = &t->at[pair];
    if (*at == 0) {
        t->flow[t->n] = (struct made_flow){.pair = pair, .first_seq = pkt->seq, .last = pkt->ts};
        tell(t, &t->flow[t->n], false);
        *at = ++t->n;
    }
    t->flow[*at - 1].last = pkt->ts;
    return *at;
}
static void expire(struct sk_flow_table *t, sk_time now, bool all) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        struct made_flow *f = &t->flow[i];
        if (all || now - f->last > 30 * SK_MSEC) {
            t->at[f->pair] = 0;
            tell(t, f, true);
            continue;
        }
        t->flow[kept] = *f;
        t->at[f->pair] = ++kept;
    }
    t->n = kept;
}
void sk_flow_tick(struct sk_flow_table *t, sk_time now) { expire(t, now, false); }
void sk_flow_flush(struct sk_flow_table *t) { expire(t, 0, true); }
void sk_flow_stats(const struct sk_flow_table *t, struct sk_flow_stats *ret) {
    *ret = (struct sk_flow_stats){.now = t->n};
}
void sk_flow_free(struct sk_flow_table *t) { free(t); }

/* --- the observers --- */

struct sk_observers {
    uint64_t seen[64]; /* packets of the last epoch, told at the tick in the wrong order */
    unsigned n;
};

/* Events of these packets: none to five, of 200 bytes to 8 KiB. */
static unsigned events_of(uint64_t seq) { return (unsigned)(seq * 2654435761u >> 7 & 7) % 6; }
static uint32_t size_of(uint64_t seq, uint64_t sub) {
    uint64_t h = (seq * 31 + sub) * 0x9e3779b97f4a7c15u;
    uint32_t size = (uint32_t)sizeof(struct sk_event) + (uint32_t)(h >> 40 & 511);
    return (h & 63) == 0 ? SK_EVENT_MAX : size & ~7u;
}
static void made_event(struct sk_obs *o, uint64_t cause, unsigned phase, uint64_t sub, uint8_t order) {
    struct sk_event *ev = o->emit->begin(o->emit);
    sk_event_init(ev, 0);
    ev->ts = o->now;
    ev->seq = o->seq;
    ev->phase = (uint8_t)phase;
    ev->sub = sub;
    ev->order = order;
    ev->number = cause;
    ev->size = size_of(cause, o->pkt ? sub : 0);
    memset(ev->data, (int)(cause & 0xff), ev->size - sizeof *ev);
    o->emit->commit(o->emit, ev);
}

/* Called in the lane for each packet; a test may block here. */
static void (*on_lane_packet)(const struct sk_packet *pkt);

struct sk_observers *sk_observers_new(struct sk_obs *o, struct sk_error *err) {
    (void)o;
    (void)err;
    return calloc(1, sizeof(struct sk_observers));
}
void sk_observe_packet(struct sk_observers *all, struct sk_obs *o) {
    uint64_t seq;
    memcpy(&seq, o->pkt->data + 42, sizeof seq);
    assert_int_equal(seq, o->pkt->seq);
    assert_int_equal(seq, o->seq);
    if (on_lane_packet)
        on_lane_packet(o->pkt);
    for (unsigned i = 0; i < events_of(seq); i++)
        made_event(o, seq, 1, o->sub++, 0);
    if (seq % 100 == 0 && all->n < 64)
        all->seen[all->n++] = seq;
}
void sk_observe_part(struct sk_observers *all, struct sk_obs *o, unsigned from, unsigned to) {
    (void)all, (void)o, (void)from, (void)to; /* nothing is fragmented here */
}
void sk_observe_datagram(struct sk_observers *all, struct sk_obs *o) { (void)all, (void)o; }
void sk_observe_flow(struct sk_observers *all, struct sk_obs *o, const struct sk_flow_view *v, bool at_tick) {
    (void)all;
    /* Like a stream that ends with its flow: said as if a packet had made it. */
    if (at_tick && v->packets[0] % 3 == 0)
        made_event(o, v->first_seq, 1, o->sub++, 0);
    made_event(o, v->first_seq, !at_tick, at_tick ? v->first_seq : o->sub++, 0);
}
unsigned sk_observe_stream_port(const struct sk_observers *all, uint16_t port) {
    (void)all;
    (void)port;
    return 0;
}
void sk_observe_stream(struct sk_observers *all, struct sk_obs *o, const struct sk_flow_view *v, unsigned observer,
                       void **user, unsigned dir, const uint8_t *data, size_t n, bool gap, bool end) {
    (void)all, (void)o, (void)v, (void)observer, (void)user, (void)dir, (void)data, (void)n, (void)gap, (void)end;
}
void sk_observe_tick(struct sk_observers *all, struct sk_obs *o) {
    for (; all->n > 0; all->n--)
        made_event(o, all->seen[all->n - 1], 0, all->seen[all->n - 1], 1);
}
void sk_observe_flush(struct sk_observers *all, struct sk_obs *o) { sk_observe_tick(all, o); }
void sk_observers_free(struct sk_observers *all) { free(all); }
uint16_t sk_obs_segment(struct sk_obs *o, unsigned layer) {
    (void)o;
    (void)layer;
    return SK_SEGMENT_NONE;
}
int32_t sk_obs_vni(const struct sk_layers *l, unsigned layer) {
    (void)l;
    (void)layer;
    return 5;
}
void sk_counts_add(struct sk_counts *to, const struct sk_counts *from) {
    to->packets += from->packets;
    to->events_dropped += from->events_dropped;
}

/* --- the downstream: writes down what it is given --- */

struct record {
    struct sk_buf text;
    uint64_t events, ticks, flushes, lasts;
    uint64_t seq; /* of the event given last */
    uint64_t disorder;
    void (*on_event)(struct record *r, const struct sk_event *ev);
    void *arg;
};
static uint32_t sum_of(const struct sk_event *ev) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < ev->size - sizeof *ev; i++)
        h = (h ^ ev->data[i]) * 16777619u;
    return h;
}
static void record_event(void *arg, const struct sk_event *ev) {
    struct record *r = arg;
    r->events++;
    r->disorder += ev->seq < r->seq;
    r->seq = ev->seq;
    sk_buf_fmt(&r->text, "e %lu %u %lu %u %ld %u %u %x\n", ev->seq, ev->phase, ev->sub, ev->order, ev->ts, ev->size,
               ev->tap, sum_of(ev));
    if (r->on_event)
        r->on_event(r, ev);
}
static void record_tick(void *arg, uint64_t seq, sk_time now) {
    struct record *r = arg;
    r->ticks++;
    sk_buf_fmt(&r->text, "t %lu %ld\n", seq, now);
}
static void record_flush(void *arg, uint64_t seq, sk_time now, bool last) {
    struct record *r = arg;
    r->flushes++;
    r->lasts += last;
    sk_buf_fmt(&r->text, "f %lu %ld %d\n", seq, now, last);
}

static struct sk_pipeline pipeline_of(struct sk_source *s, struct record *r, unsigned lanes) {
    return (struct sk_pipeline){
        .source = s,
        .down = {.event = record_event, .tick = record_tick, .flush = record_flush, .arg = r},
        .lanes = lanes,
        .forced_tap = SK_TAP_NONE,
    };
}
#endif
