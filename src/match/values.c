/* SPDX-License-Identifier: Apache-2.0 */
/* Values in a hash table with chains, and in a list by the time they were last seen. */
#include "match/values.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = sizeof(struct sk_seen_value) + sizeof(uint16_t), LEVEL_MAX = 40 };

static uint16_t *heads(const struct sk_values *v) { return (uint16_t *)(void *)(v->at + v->cap); }
static uint16_t *head_of(const struct sk_values *v, uint64_t hash) { return &heads(v)[hash & (v->cap - 1)]; }
static uint64_t weight(uint8_t level) { return UINT64_C(1) << level; }
/* The chain is told by the lowest bits, the level by the highest. */
static bool in_sample(uint64_t hash, uint8_t level) { return level == 0 || hash >> (64 - level) == 0; }

static void unlink_time(struct sk_values *v, struct sk_seen_value *x) {
    *(x->older ? &v->at[x->older - 1].newer : &v->oldest) = x->newer;
    *(x->newer ? &v->at[x->newer - 1].older : &v->newest) = x->older;
}

/* Events come nearly in order: the place is at the end or close to it. */
static void link_time(struct sk_values *v, struct sk_seen_value *x) {
    uint16_t before = v->newest, me = (uint16_t)(x - v->at + 1);
    while (before && v->at[before - 1].last > x->last)
        before = v->at[before - 1].older;
    x->older = before;
    x->newer = before ? v->at[before - 1].newer : v->oldest;
    *(before ? &v->at[before - 1].newer : &v->oldest) = me;
    *(x->newer ? &v->at[x->newer - 1].older : &v->newest) = me;
}

static void drop(struct sk_values *v, struct sk_seen_value *x) {
    uint16_t me = (uint16_t)(x - v->at + 1), *slot = head_of(v, x->hash);
    while (*slot != me)
        slot = &v->at[*slot - 1].chain;
    *slot = x->chain;
    unlink_time(v, x);
    v->estimate -= weight(x->level);
    v->n--;
    x->chain = v->unused;
    v->unused = me;
}

static void put(struct sk_values *v, uint64_t hash, sk_time ts, uint8_t level) {
    struct sk_seen_value *x = &v->at[v->unused - 1];
    uint16_t me = v->unused, *slot = head_of(v, hash);
    v->unused = x->chain;
    *x = (struct sk_seen_value){.hash = hash, .last = ts, .chain = *slot, .level = level};
    *slot = me;
    link_time(v, x);
    v->estimate += weight(level);
    v->n++;
}

static void begin(struct sk_values *v) {
    memset(v->at, 0, v->cap * (size_t)BYTES);
    v->n = 0;
    v->oldest = v->newest = 0;
    v->estimate = 0;
    v->unused = 1;
    for (uint32_t i = 0; i < v->cap; i++)
        v->at[i].chain = (uint16_t)(i + 1 < v->cap ? i + 2 : 0);
}

static bool grow(struct sk_values *v, struct sk_share *share) {
    struct sk_values old = *v;
    uint32_t cap = v->cap ? v->cap * 2 : SK_VALUES_FEW;
    size_t more = v->cap ? (cap - v->cap) * (size_t)BYTES : 0; /* the first few are not shared: nobody has none */
    if (cap > SK_VALUES_MOST || more > share->left)
        return false;
    struct sk_seen_value *at = malloc(cap * (size_t)BYTES);
    if (!at)
        return false;
    share->left -= more;
    v->at = at;
    v->cap = cap;
    begin(v);
    for (uint16_t i = old.oldest; i; i = old.at[i - 1].newer)
        put(v, old.at[i - 1].hash, old.at[i - 1].last, old.at[i - 1].level);
    free(old.at);
    return true;
}

/* Only those with one more zero stay, and stand for twice as many. */
static void coarser(struct sk_values *v, sk_time until) {
    v->level++;
    v->coarse_until = until;
    for (uint16_t i = v->oldest, newer; i; i = newer) {
        struct sk_seen_value *x = &v->at[i - 1];
        newer = x->newer;
        if (!in_sample(x->hash, v->level)) {
            drop(v, x);
        } else if (x->level < v->level) {
            v->estimate += weight(v->level) - weight(x->level);
            x->level = v->level;
        }
    }
}

static void leave(struct sk_values *v, sk_time edge) {
    while (v->oldest && v->at[v->oldest - 1].last <= edge)
        drop(v, &v->at[v->oldest - 1]);
}

void sk_values_add(struct sk_values *v, struct sk_share *share, uint64_t hash, sk_time ts, sk_time edge, sk_time span) {
    leave(v, edge);
    if (v->level > 0 && v->estimate <= v->cap / 2) { /* they would all fit again */
        v->level--;
        v->coarse_until = sk_time_add(sk_time_add(edge, span), span);
    }
    if (!in_sample(hash, v->level)) /* nor is it there: coarser() has dropped all such */
        return;
    struct sk_seen_value *x = NULL;
    for (uint16_t i = v->cap ? *head_of(v, hash) : 0; i && !x; i = v->at[i - 1].chain)
        x = v->at[i - 1].hash == hash ? &v->at[i - 1] : NULL;
    if (x) {
        if (x->level > v->level) {
            v->estimate -= weight(x->level) - weight(v->level);
            x->level = v->level;
        }
        if (ts > x->last) {
            unlink_time(v, x);
            x->last = ts;
            link_time(v, x);
        }
        return;
    }
    while (v->n == v->cap && !grow(v, share)) {
        if (v->cap == 0 || v->level == LEVEL_MAX)
            return;
        coarser(v, sk_time_add(sk_time_add(edge, span), span));
    }
    if (in_sample(hash, v->level))
        put(v, hash, ts, v->level);
}

uint64_t sk_values_count(struct sk_values *v, sk_time now, sk_time edge, bool *ret_estimated) {
    leave(v, edge);
    *ret_estimated = v->estimate != v->n || v->level > 0 || v->coarse_until > now;
    return v->estimate;
}

void sk_values_clear(struct sk_values *v, struct sk_share *share) {
    share->left += v->cap > SK_VALUES_FEW ? (v->cap - SK_VALUES_FEW) * (size_t)BYTES : 0;
    free(v->at);
    *v = (struct sk_values){0};
}
