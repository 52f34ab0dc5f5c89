/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running whole of correlation: every correlator in rank order sees a work copy of each event and may add to it;
 * then the event goes on, then the events derived from it. A derived event is annotated by the correlators too but
 * derives nothing.
 */
#include "sekimori/correlate.h"

#include "correlate/correlate.h"

#include <stdlib.h>
#include <string.h>

#define SK_CORRELATOR(n) extern const struct sk_correlator sk_cor_##n;
#include "correlators.gen.h"
#undef SK_CORRELATOR

static const struct sk_correlator *const all[] = {
#define SK_CORRELATOR(n) &sk_cor_##n,
#include "correlators.gen.h"
#undef SK_CORRELATOR
};

enum { N_ALL = sizeof all / sizeof *all, DERIVED_MAX = 32 };

/* Room for an event to grow, aligned like the record. */
struct work {
    _Alignas(struct sk_event) uint8_t bytes[SK_EVENT_MAX];
};
static struct sk_event *event_in(struct work *w) { return (struct sk_event *)(void *)w->bytes; }

struct sk_correlation {
    struct sk_correlation_config cfg;
    struct sk_hash_key key;
    struct sk_cor_ctx ctx;
    const struct sk_correlator *order[N_ALL];
    void *state[N_ALL];
    uint8_t who[SKE_COUNT][N_ALL + 1]; /* looks at events of this type: place in order + 1, ended by 0 */
    struct work work;
    struct work derived[DERIVED_MAX];
    unsigned n_derived;
    bool deriving; /* a derived event is being annotated: it derives nothing */
    uint64_t dropped[SKE_COUNT], derived_count[SKE_COUNT];
};

static int by_rank(const void *a, const void *b) {
    const struct sk_correlator *x = *(const struct sk_correlator *const *)a;
    const struct sk_correlator *y = *(const struct sk_correlator *const *)b;
    return x->rank != y->rank ? x->rank - y->rank : strcmp(x->name, y->name);
}

static void derive(struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_correlation *c = sk_correlation_of(ctx);
    if (c->deriving)
        return;
    if (c->n_derived == DERIVED_MAX) {
        ctx->evictions++;
        return;
    }
    memcpy(c->derived[c->n_derived++].bytes, ev, ev->size);
}

struct sk_correlation *sk_correlation_of(struct sk_cor_ctx *ctx) {
    return (struct sk_correlation *)((char *)ctx - offsetof(struct sk_correlation, ctx));
}

const struct sk_policy *sk_correlation_policy(const struct sk_correlation *c) { return c->cfg.policy; }

const struct sk_hash_key *sk_correlation_key(const struct sk_correlation *c) { return &c->key; }

const char *sk_correlation_vendor(const struct sk_correlation *c, const struct sk_mac *mac) {
    return c->cfg.oui ? sk_oui_vendor(c->cfg.oui, mac) : NULL;
}

bool sk_cor_private(const struct sk_policy *p, const struct sk_event *ev) {
    if (!sk_policy_any_private(p))
        return false;
    const struct sk_segment *s = sk_policy_segment_at(p, ev->segment);
    if (!s || !s->is_private) {
        struct sk_place place;
        if (!ev->src.fam)
            return false;
        sk_policy_place(p, &ev->src, SK_SEGMENT_NONE, &place);
        s = sk_policy_segment_at(p, place.segment);
    }
    return s && s->is_private;
}

bool sk_cor_discarded(const struct sk_event *ev) {
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH];
    return !sk_event_lacks(ev, SKF_sekimori_effect) && sk_event_get(ev, NULL, SKF_sekimori_effect, 0, scratch, &v) &&
           strcmp(v.s.p, "ignored-by-rfc") == 0;
}

void *sk_cor_put(struct sk_cor_ctx *ctx, struct sk_table *t, const void *key, bool *ret_new) {
    uint64_t before = sk_table_evicted(t);
    void *value = sk_table_put(t, key, ret_new);
    ctx->evictions += sk_table_evicted(t) - before;
    return value;
}

void *sk_correlator_state(struct sk_correlation *c, const struct sk_correlator *which) {
    for (unsigned i = 0; i < N_ALL; i++)
        if (c->order[i] == which)
            return c->state[i];
    return NULL;
}

void sk_correlation_wants(bool *wanted) {
    for (unsigned i = 0; i < N_ALL; i++)
        for (const uint16_t *w = all[i]->wants; w && *w; w++)
            wanted[*w] = true;
}

static bool looks_at(const struct sk_correlator *who, unsigned type) {
    const uint16_t *t = who->looks_at;
    while (t && *t && *t != type)
        t++;
    return who->event && (!t || *t);
}

static void subscribe(struct sk_correlation *c) {
    for (unsigned type = 0; type < SKE_COUNT; type++)
        for (unsigned i = 0, n = 0; i < N_ALL; i++)
            if (looks_at(c->order[i], type))
                c->who[type][n++] = (uint8_t)(i + 1);
}

struct sk_correlation *sk_correlation_new(const struct sk_correlation_config *cfg, struct sk_error *err) {
    struct sk_correlation *c = calloc(1, sizeof *c);
    if (!c) {
        sk_error_set(err, SK_ENOMEM, "out of memory for the correlator");
        return NULL;
    }
    c->cfg = *cfg;
    c->key = cfg->offline ? sk_hash_key_fixed : sk_hash_key_random();
    c->ctx = (struct sk_cor_ctx){
        .policy = cfg->policy, .names = cfg->names, .key = &c->key, .offline = cfg->offline, .derive = derive};
    memcpy(c->order, all, sizeof all);
    qsort(c->order, N_ALL, sizeof *c->order, by_rank);
    subscribe(c);
    for (unsigned i = 0; i < N_ALL; i++) {
        c->state[i] = calloc(1, c->order[i]->state_size ? c->order[i]->state_size : 1);
        if (!c->state[i] || (c->order[i]->init && c->order[i]->init(c->state[i], &c->ctx) != SK_OK)) {
            sk_error_set(err, SK_ENOMEM, "out of memory for correlator %s", c->order[i]->name);
            sk_correlation_free(c);
            return NULL;
        }
    }
    return c;
}

/** @return false: a correlator says the event is a repeat */
static bool annotate(struct sk_correlation *c, struct sk_event *ev) {
    c->ctx.drop = c->ctx.crowded = false;
    c->ctx.now = ev->ts;
    for (const uint8_t *who = c->who[ev->type]; *who; who++) {
        c->order[*who - 1]->event(c->state[*who - 1], &c->ctx, ev);
        if (c->ctx.drop)
            return false;
    }
    return true;
}

static void give_derived(struct sk_correlation *c) {
    c->deriving = true;
    for (unsigned k = 0; k < c->n_derived; k++) {
        struct sk_event *ev = event_in(&c->derived[k]);
        if (!annotate(c, ev))
            continue;
        c->derived_count[ev->type] += sk_events[ev->type].per == SK_PER_DERIVED; /* told again is not one more */
        c->cfg.event(c->cfg.arg, ev);
    }
    c->n_derived = 0;
    c->deriving = false;
}

void sk_correlate_event(struct sk_correlation *c, const struct sk_event *ev) {
    memcpy(c->work.bytes, ev, ev->size);
    if (!annotate(c, event_in(&c->work))) {
        c->dropped[ev->type]++;
        c->n_derived = 0;
        return;
    }
    c->cfg.event(c->cfg.arg, event_in(&c->work));
    give_derived(c);
}

void sk_correlate_tick(struct sk_correlation *c, uint64_t seq, sk_time now) {
    (void)seq;
    c->ctx.now = now;
    for (unsigned i = 0; i < N_ALL; i++)
        if (c->order[i]->tick)
            c->order[i]->tick(c->state[i], &c->ctx);
    give_derived(c);
}

void sk_correlate_flush(struct sk_correlation *c, uint64_t seq, sk_time now) {
    (void)seq;
    c->ctx.now = now;
    for (unsigned i = 0; i < N_ALL; i++)
        if (c->order[i]->flush) {
            c->order[i]->flush(c->state[i], &c->ctx);
            give_derived(c); /* each has all the room: what is not told now is lost */
        }
}

void sk_correlate_forget(struct sk_correlation *c) {
    for (unsigned i = 0; i < N_ALL; i++) {
        if (c->order[i]->fini)
            c->order[i]->fini(c->state[i]);
        memset(c->state[i], 0, c->order[i]->state_size);
        if (c->order[i]->init && c->order[i]->init(c->state[i], &c->ctx) != SK_OK)
            abort(); /* out of memory in a sensor: the service manager restarts it */
    }
}

void sk_correlation_carry(struct sk_correlation *c, const struct sk_correlation_totals *t) {
    for (unsigned i = 0; i < SKE_COUNT; i++) {
        c->dropped[i] += t->dropped[i];
        c->derived_count[i] += t->derived[i];
    }
    c->ctx.evictions += t->evictions;
}

void sk_correlation_totals(const struct sk_correlation *c, struct sk_correlation_totals *ret) {
    memcpy(ret->dropped, c->dropped, sizeof ret->dropped);
    memcpy(ret->derived, c->derived_count, sizeof ret->derived);
    ret->evictions = c->ctx.evictions;
}

const uint64_t *sk_correlation_dropped(const struct sk_correlation *c) { return c->dropped; }
const uint64_t *sk_correlation_derived(const struct sk_correlation *c) { return c->derived_count; }
uint64_t sk_correlation_evictions(const struct sk_correlation *c) { return c->ctx.evictions; }

void sk_correlation_free(struct sk_correlation *c) {
    if (!c)
        return;
    for (unsigned i = 0; i < N_ALL; i++) {
        if (c->state[i] && c->order[i]->fini)
            c->order[i]->fini(c->state[i]);
        free(c->state[i]);
    }
    free(c);
}
