/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules at work. First the rules over single events; then, from shallow to deep, the correlations that one of them (or
 * another correlation) touched; then the single ones are told, so that a correlation may absorb them.
 */
#include "match/ruleset.h"
#include "match/series.h"

#include <stdlib.h>
#include <string.h>

struct sk_matcher {
    const struct sk_ruleset *rs;
    const struct sk_names *names;
    struct sk_hash_key key;
    struct sk_series *series; /* by corr->index: from shallow to deep */
    uint64_t *touched;        /* bits */
    uint64_t *said;           /* by shared predicates: struct sk_look */
    const struct sk_rule_code **hit;
    const struct sk_filter **by; /* of each hit: what silences it, or NULL */
    uint64_t *silenced;          /* of each filter */
    size_t n_hit, touched_words;
    uint64_t serial;
    struct sk_matcher_stats carried;
    struct {
        _Alignas(struct sk_event) uint8_t bytes[SK_EVENT_MAX];
    } work; /* the event with what a correlation says of it */
};

static bool begin_all(struct sk_matcher *m) {
    for (size_t i = 0; i < m->rs->n_corr; i++)
        if (!sk_series_begin(&m->series[i], m->rs->corr[i], &m->key))
            return false;
    return true;
}

struct sk_matcher *sk_matcher_new(const struct sk_ruleset *rs, const struct sk_names *names,
                                  const struct sk_hash_key *key) {
    struct sk_matcher *m = calloc(1, sizeof *m);
    size_t most = 1;
    if (!m)
        return NULL;
    for (unsigned t = 0; t < SKE_COUNT; t++)
        most = rs->first[t + 1] - rs->first[t] > most ? rs->first[t + 1] - rs->first[t] : most;
    m->rs = rs;
    m->names = names;
    m->key = *key;
    m->touched_words = rs->n_corr / 64 + 1;
    m->touched = calloc(m->touched_words, sizeof *m->touched);
    m->series = calloc(rs->n_corr + 1, sizeof *m->series);
    m->said = calloc(rs->n_shared + 1, sizeof *m->said);
    m->hit = calloc(most, sizeof *m->hit);
    m->by = calloc(most, sizeof *m->by);
    m->silenced = calloc(rs->n_filter + 1, sizeof *m->silenced);
    if (!m->touched || !m->said || !m->series || !m->hit || !m->by || !m->silenced || !begin_all(m)) {
        sk_matcher_free(m);
        return NULL;
    }
    return m;
}

void sk_matcher_free(struct sk_matcher *m) {
    if (!m)
        return;
    for (size_t i = 0; m->series && i < m->rs->n_corr; i++)
        sk_series_end(&m->series[i]);
    free(m->series);
    free(m->touched);
    free(m->said);
    free(m->hit);
    free(m->by);
    free(m->silenced);
    free(m);
}

void sk_matcher_forget(struct sk_matcher *m) {
    for (size_t i = 0; i < m->rs->n_corr; i++)
        sk_series_end(&m->series[i]);
    if (!begin_all(m))
        abort(); /* out of memory in a sensor: the service manager restarts it */
}

void sk_matcher_stats(const struct sk_matcher *m, struct sk_matcher_stats *ret) {
    *ret = m->carried;
    for (size_t i = 0; i < m->rs->n_corr; i++) {
        ret->evicted += sk_series_evicted(&m->series[i]);
        ret->late += m->series[i].late;
    }
}

const uint64_t *sk_matcher_silenced(const struct sk_matcher *m) { return m->silenced; }

void sk_matcher_carry(struct sk_matcher *m, const struct sk_matcher_stats *s, const uint64_t *silenced) {
    m->carried.evicted += s->evicted;
    m->carried.late += s->late;
    for (size_t i = 0; i < m->rs->n_filter; i++)
        m->silenced[i] += silenced[i];
}

/* ---- one event ---- */

static void touch(struct sk_matcher *m, const struct sk_rule_code *c) {
    for (size_t i = 0; i < c->n_user; i++) {
        unsigned index = c->user[i].by->corr->index;
        if (index == SK_CORR_SILENT)
            continue;
        m->series[index].places |= UINT64_C(1) << c->user[i].place;
        m->touched[index / 64] |= UINT64_C(1) << index % 64;
    }
}

static void tell(const struct sk_rule_code *c, struct sk_match *match, const struct sk_look *k, sk_match_found *found,
                 void *arg) {
    for (size_t i = 0; i < c->n_level; i++)
        if (sk_program_run(&c->level[i].when, c->pred, k)) {
            match->level = c->level[i].level;
            break;
        }
    match->alone = c->alone.n > 0 && sk_program_run(&c->alone, c->pred, k);
    found(arg, match, k->ev);
}

static const struct sk_filter *silenced_by(struct sk_matcher *m, const struct sk_rule_code *c, const struct sk_look *k,
                                           uint64_t events) {
    const struct sk_filter_code *f = c->n_filter > 0 ? sk_filter_silences(c, k) : NULL;
    if (!f)
        return NULL;
    m->silenced[f->index] += events;
    return &f->filter;
}

static void single_rules(struct sk_matcher *m, const struct sk_look *k) {
    const struct sk_event *ev = k->ev;
    const struct sk_ruleset *rs = m->rs;
    bool counts = !(ev->flags & SK_EV_DUPLICATE);
    m->n_hit = 0;
    for (size_t i = rs->first[ev->type]; i < rs->first[ev->type + 1]; i++) {
        const struct sk_rule_code *c = rs->firing[i];
        if (sk_event_lacks(ev, rs->needs[i]) && rs->needs[i] != SKF_none)
            continue;
        if (!sk_program_run(&c->condition, c->pred, k))
            continue;
        const struct sk_filter *by = silenced_by(m, c, k, 1);
        if (counts && !by)
            touch(m, c);
        if (c->rule.building_block)
            continue;
        m->by[m->n_hit] = by;
        m->hit[m->n_hit++] = c;
    }
}

static void put_group(struct sk_event *to, const struct sk_event *ev, const struct sk_names *names,
                      const struct sk_corr *c, unsigned place) {
    char scratch[SK_EVENT_SCRATCH], text[SK_EVENT_TEXT_MAX + 1];
    struct sk_value v;
    for (unsigned i = 0; i < c->n_group; i++)
        for (unsigned k = 0; sk_event_get(ev, names, c->group[i].of[place], k, scratch, &v); k++)
            sk_event_put_text(to, SKF_correlation_group, sk_value_text(&v, text, sizeof text));
}

/* The event as the correlation's alert tells it. */
static const struct sk_event *counted_event(struct sk_matcher *m, const struct sk_corr *c, const struct sk_match *match,
                                            const struct sk_event *ev, unsigned place) {
    struct sk_event *to = (struct sk_event *)(void *)m->work.bytes;
    memcpy(to, ev, ev->size);
    sk_event_put_int(to, SKF_correlation_count, (int64_t)match->counted);
    if (c->type != SK_CORR_EVENT_COUNT && c->type != SK_CORR_VALUE_SUM)
        sk_event_put_int(to, SKF_correlation_distinct, (int64_t)match->distinct);
    if (c->type == SK_CORR_VALUE_SUM)
        sk_event_put_int(to, SKF_correlation_sum, match->sum);
    sk_event_put_int(to, SKF_correlation_estimated, match->estimated);
    sk_event_put_int(to, SKF_correlation_timespan, c->span / SK_SEC);
    put_group(to, ev, m->names, c, place);
    return to;
}

static void correlation(struct sk_matcher *m, struct sk_series *s, const struct sk_look *k, sk_match_found *found,
                        void *arg) {
    struct sk_match match[SK_CORR_RULES];
    unsigned place[SK_CORR_RULES];
    unsigned n = sk_series_event(s, k, m->serial, match, place);
    for (unsigned i = 0; i < n; i++) {
        const struct sk_look told = {.ev = counted_event(m, s->code->corr, &match[i], k->ev, place[i]),
                                     .names = m->names};
        match[i].suppressed = silenced_by(m, s->code, &told, match[i].events);
        if (!match[i].suppressed)
            touch(m, s->code);
        if (!s->code->rule.building_block)
            tell(s->code, &match[i], &told, found, arg);
    }
}

void sk_matcher_event(struct sk_matcher *m, const struct sk_event *ev, sk_match_found *found, void *arg) {
    const struct sk_look k = {.ev = ev, .names = m->names, .said = m->said, .serial = ++m->serial};
    if (ev->type >= SKE_COUNT)
        return;
    single_rules(m, &k);
    for (size_t w = 0; w < m->touched_words; w++)
        while (m->touched[w]) {
            unsigned bit = (unsigned)__builtin_ctzll(m->touched[w]);
            m->touched[w] &= m->touched[w] - 1; /* what it touches lies behind it */
            correlation(m, &m->series[w * 64 + bit], &k, found, arg);
        }
    for (size_t i = 0; i < m->n_hit; i++) {
        struct sk_match match = {
            .rule = &m->hit[i]->rule, .level = m->hit[i]->rule.level, .events = 1, .suppressed = m->by[i]};
        tell(m->hit[i], &match, &k, found, arg);
    }
}
