/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group is known by a keyed hash of its values. Its window ends at the latest event time seen of it and is open at
 * its beginning: what lies a whole timespan back is out. An event that comes late counts if it lies in the window;
 * one older than that is left out, unless the clock was set back: then the group begins anew.
 */
#include "match/series.h"
#include "match/order.h"

#include <string.h>

/* clang-format off */
SK_FIELD(correlation_count, "correlation.count", LONG, ONE, "", "0.1", "Events a correlation has counted in its timespan, in the group of the last one")
SK_FIELD(correlation_distinct, "correlation.distinct", LONG, ONE, "", "0.1", "Different values among them (value_count), or different rules (temporal, temporal_ordered)")
SK_FIELD(correlation_sum, "correlation.sum", LONG, ONE, "", "0.1", "Sum of their values (value_sum)")
SK_FIELD(correlation_estimated, "correlation.estimated", BOOL, ONE, "", "0.1", "Whether what the condition compares is an estimate, since more was seen than is kept")
SK_FIELD(correlation_group, "correlation.group", KEYWORD, LIST, "", "0.1", "Values of the fields a correlation groups by, in its order")
SK_FIELD(correlation_timespan, "correlation.timespan", LONG, ONE, "s", "0.1", "Timespan of the correlation")
/* clang-format on */

enum { GROUPS_MOST = 8192, GROUPS_FEW = 64, GROUP_BYTES = 4 << 20, SHARE_BYTES = 4 << 20 };
#define CLOCK_BACK (3600 * SK_SEC)

struct sk_group {
    sk_time newest;
    uint64_t counted, judged; /* serial of the event */
    bool begun;
    struct sk_window window;
    struct sk_values values;
    union {
        sk_time last[SK_CORR_RULES]; /* temporal: of each rule */
        struct sk_order order;       /* temporal_ordered */
    };
};

static size_t group_size(const struct sk_corr *c) {
    return c->type == SK_CORR_TEMPORAL           ? offsetof(struct sk_group, last) + c->rules.n * sizeof(sk_time)
           : c->type == SK_CORR_TEMPORAL_ORDERED ? offsetof(struct sk_group, order) + sizeof(struct sk_order)
                                                 : offsetof(struct sk_group, last);
}

static void gone(void *user, const void *key, void *value, bool evicted) {
    struct sk_series *s = user;
    struct sk_group *g = value;
    (void)key;
    (void)evicted;
    sk_window_clear(&g->window, &s->share);
    sk_values_clear(&g->values, &s->share);
}

bool sk_series_begin(struct sk_series *s, const struct sk_rule_code *code, const struct sk_hash_key *key) {
    const struct sk_corr *c = code->corr;
    size_t cap = GROUP_BYTES / group_size(c);
    s->code = code;
    s->key = *key;
    s->share.left = SHARE_BYTES;
    s->n_tables = c->n_group > 1 ? SK_SERIES_TABLES : 1;
    cap = cap > GROUPS_MOST ? GROUPS_MOST : cap;
    cap /= s->n_tables;
    cap = cap < GROUPS_FEW ? GROUPS_FEW : cap;
    struct sk_table_config cfg = {.key_size = sizeof(uint64_t),
                                  .value_size = group_size(c),
                                  .cap = (uint32_t)cap,
                                  .key = *key,
                                  .gone = gone,
                                  .user = s};
    for (unsigned i = 0; i < s->n_tables; i++)
        if (!(s->groups[i] = sk_table_new(&cfg)))
            return false;
    return true;
}

uint64_t sk_series_evicted(const struct sk_series *s) {
    uint64_t ret = s->evicted;
    for (unsigned i = 0; i < s->n_tables; i++)
        ret += s->groups[i] ? sk_table_evicted(s->groups[i]) : 0;
    return ret;
}

void sk_series_end(struct sk_series *s) {
    s->evicted = sk_series_evicted(s);
    for (unsigned i = 0; i < s->n_tables; i++) {
        sk_table_free(s->groups[i]);
        s->groups[i] = NULL;
    }
}

/* ---- values of the event ---- */

/* Bytes that are hashed together. What is too long for the rest goes in as its hash. */
struct gathered {
    size_t n;
    uint8_t b[256];
};

static void gather(const struct sk_series *s, struct gathered *g, const void *bytes, size_t n) {
    uint64_t hash;
    if (n > sizeof g->b - sizeof hash) {
        hash = sk_hash(&s->key, bytes, n);
        bytes = &hash;
        n = sizeof hash;
    }
    if (n > sizeof g->b - g->n) {
        hash = sk_hash(&s->key, g->b, g->n);
        memcpy(g->b, &hash, sizeof hash);
        g->n = sizeof hash;
    }
    memcpy(g->b + g->n, bytes, n);
    g->n += n;
}

static void gather_value(const struct sk_series *s, struct gathered *g, const struct sk_value *v) {
    switch (v->type) {
    case SK_T_KEYWORD:
        gather(s, g, &v->s.len, sizeof v->s.len);
        gather(s, g, v->s.p, v->s.len);
        break;
    case SK_T_IP:
        gather(s, g, &v->ip, sizeof v->ip);
        break;
    case SK_T_FLOAT:
        gather(s, g, &v->f, sizeof v->f);
        break;
    default:
        gather(s, g, &v->i, sizeof v->i);
        break;
    }
}

/* All values of a field, in their order. @return false: it has none */
static bool gather_field(const struct sk_series *s, const struct sk_look *k, enum sk_field_id f, struct gathered *io) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    uint32_t at = 0, n = 0;
    for (; sk_look_next(k, f, &at, scratch, &v); n++)
        gather_value(s, io, &v);
    gather(s, io, &n, sizeof n);
    return n > 0;
}

static uint64_t value_hash(const struct sk_series *s, const struct sk_value *v) {
    struct gathered g;
    g.n = 0;
    gather_value(s, &g, v);
    return sk_hash(&s->key, g.b, g.n);
}

static uint64_t load(const uint8_t *b) {
    uint64_t w;
    memcpy(&w, b, sizeof w);
    return w;
}

/* Of a value as it is kept. Short ones, as a flood's prefixes are, cost little; what is counted needs no more. The
 * halves of one shorter than 32 bytes overlap, and its length is hashed with them. */
static uint64_t bytes_hash(const struct sk_series *s, const void *bytes, size_t n) {
    const uint8_t *b = bytes;
    if (n < 8 || n > 32)
        return sk_hash(&s->key, bytes, n);
    if (n < 16)
        return sk_hash_pair(&s->key, load(b), load(b + n - 8) + n);
    uint64_t first = sk_hash_pair(&s->key, load(b), load(b + 8));
    return sk_hash_pair(&s->key, first ^ load(b + n - 16), load(b + n - 8) + n);
}

/* An event without a value of every field of `group-by` is in no group. */
static struct sk_group *group_of(struct sk_series *s, const struct sk_look *k, unsigned place) {
    const struct sk_corr *c = s->code->corr;
    struct gathered g;
    uint64_t first = 0;
    g.n = 0;
    for (unsigned i = 0; i < c->n_group; i++) {
        if (!gather_field(s, k, c->group[i].of[place], &g))
            return NULL;
        if (i == 0 && s->n_tables > 1)
            first = sk_hash(&s->key, g.b, g.n);
    }
    uint64_t hash = sk_hash(&s->key, g.b, g.n);
    return sk_table_put(s->groups[first % s->n_tables], &hash, NULL);
}

static bool sum_of(const struct sk_corr *c, const struct sk_look *k, int64_t *ret) {
    struct sk_value v;
    uint32_t at = 0, n = 0;
    *ret = 0;
    for (; sk_look_next(k, c->field[0], &at, NULL, &v); n++)
        if (__builtin_add_overflow(*ret, v.i, ret))
            *ret = v.i > 0 ? INT64_MAX : INT64_MIN;
    return n > 0;
}

/* ---- counting ---- */

static void restart(struct sk_series *s, struct sk_group *g) {
    sk_window_clear(&g->window, &s->share);
    sk_values_clear(&g->values, &s->share);
    memset(g, 0, group_size(s->code->corr));
}

/* @return false: it came after its window had passed */
static bool enter_window(struct sk_series *s, struct sk_group *g, sk_time ts) {
    sk_time span = s->code->corr->span;
    if (g->begun && g->newest - ts >= sk_time_add(span, CLOCK_BACK))
        restart(s, g);
    if (g->begun && g->newest - ts >= span) {
        s->late++;
        return false;
    }
    if (!g->begun || ts > g->newest)
        g->newest = ts;
    g->begun = true;
    return true;
}

/* value_count: each value of one field; of several fields, what they are together. */
static void add_values(struct sk_series *s, struct sk_group *g, const struct sk_look *k) {
    const struct sk_corr *c = s->code->corr;
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    sk_time edge = g->newest - c->span;
    if (c->n_field > 1) {
        struct gathered all;
        all.n = 0;
        for (size_t i = 0; i < c->n_field; i++)
            gather_field(s, k, c->field[i], &all);
        sk_values_add(&g->values, &s->share, sk_hash(&s->key, all.b, all.n), k->ev->ts, edge, c->span);
        return;
    }
    const void *bytes;
    size_t n;
    for (uint32_t at = 0; sk_event_next_bytes(k->ev, c->field[0], &at, &bytes, &n);) /* no text is made of a prefix */
        sk_values_add(&g->values, &s->share, bytes_hash(s, bytes, n), k->ev->ts, edge, c->span);
    for (uint32_t at = 0; sk_event_made(k->ev, c->field[0]) && sk_look_next(k, c->field[0], &at, scratch, &v);)
        sk_values_add(&g->values, &s->share, value_hash(s, &v), k->ev->ts, edge, c->span);
}

static bool has_fields(const struct sk_corr *c, const struct sk_look *k) {
    for (size_t i = 0; i < c->n_field; i++)
        if (!sk_event_has(k->ev, k->names, c->field[i]))
            return false;
    return true;
}

/* @return the group, or NULL: the event counts nowhere */
static struct sk_group *count(struct sk_series *s, const struct sk_look *k, unsigned place, uint64_t serial) {
    const struct sk_corr *c = s->code->corr;
    int64_t sum = 0;
    if (!has_fields(c, k) || (c->type == SK_CORR_VALUE_SUM && !sum_of(c, k, &sum)))
        return NULL;
    struct sk_group *g = group_of(s, k, place);
    if (!g || !enter_window(s, g, k->ev->ts))
        return NULL;
    sk_time edge = g->newest - c->span;
    if (g->counted != serial) { /* once, however many of the rules it matches */
        sk_window_add(&g->window, &s->share, k->ev->ts, edge, c->span, sum);
        if (c->type == SK_CORR_VALUE_COUNT)
            add_values(s, g, k);
    }
    g->counted = serial;
    if (c->type == SK_CORR_TEMPORAL_ORDERED)
        sk_order_add(&g->order, k->ev->ts, edge, place);
    else if (c->type == SK_CORR_TEMPORAL && k->ev->ts >= g->last[place])
        g->last[place] = k->ev->ts + 1; /* 0: never */
    return g;
}

/* ---- judging ---- */

static unsigned rules_seen(const struct sk_corr *c, const struct sk_group *g) {
    unsigned ret = 0;
    for (size_t i = 0; i < c->rules.n; i++)
        ret += g->last[i] != 0 && g->last[i] - 1 > g->newest - c->span;
    return ret;
}

static bool judge(struct sk_series *s, struct sk_group *g, struct sk_match *m) {
    const struct sk_corr *c = s->code->corr;
    bool estimated;
    sk_time edge = g->newest - c->span;
    uint64_t counted = sk_window_count(&g->window, edge, &estimated);
    *m = (struct sk_match){.rule = &s->code->rule, .level = s->code->rule.level, .counted = counted};
    int64_t value = (int64_t)counted;
    switch (c->type) {
    case SK_CORR_EVENT_COUNT:
        m->estimated = estimated;
        break;
    case SK_CORR_VALUE_SUM:
        m->estimated = estimated;
        value = m->sum = sk_window_sum(&g->window);
        break;
    case SK_CORR_VALUE_COUNT:
        m->distinct = sk_values_count(&g->values, g->newest, edge, &m->estimated);
        value = (int64_t)m->distinct;
        break;
    case SK_CORR_TEMPORAL:
        value = (int64_t)(m->distinct = rules_seen(c, g));
        break;
    case SK_CORR_TEMPORAL_ORDERED:
        value = (int64_t)(m->distinct = sk_order_reached(&g->order, (unsigned)c->rules.n));
        break;
    }
    if (!sk_corr_true(c, value))
        return false;
    m->events = sk_window_tell(&g->window, &m->since);
    return true;
}

unsigned sk_series_event(struct sk_series *s, const struct sk_look *k, uint64_t serial, struct sk_match *ret,
                         unsigned *ret_place) {
    struct sk_group *group[SK_CORR_RULES];
    unsigned place[SK_CORR_RULES], n = 0, found = 0;
    for (unsigned i = 0; i < s->code->corr->rules.n; i++) {
        if (!(s->places >> i & 1))
            continue;
        place[n] = i;
        group[n] = count(s, k, i, serial);
        n += group[n] != NULL;
    }
    s->places = 0;
    for (unsigned i = 0; i < n; i++) {
        if (group[i]->judged == serial)
            continue;
        group[i]->judged = serial;
        ret_place[found] = place[i];
        found += judge(s, group[i], &ret[found]);
    }
    return found;
}
