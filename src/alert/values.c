/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distinct values of a field. Some are kept as text: the first ones, or the most frequent ones (Space-Saving: a new
 * value takes the place and the count of the rarest). All are counted: exactly by their hashes while there is room,
 * then by a HyperLogLog sketch (Flajolet et al. 2007) of 4096 registers: standard error 1.6 %.
 */
#include "alert/values.h"

#include <stdlib.h>
#include <string.h>

enum { REGISTER_BITS = 12, REGISTERS = 1 << REGISTER_BITS };

/* ---- counting ---- */

static void sketch_add(uint8_t *sketch, uint64_t h) {
    uint64_t rest =
        h << REGISTER_BITS | (UINT64_C(1) << (REGISTER_BITS - 1)); /* a stop, so that it has a leading one */
    uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);
    uint8_t *r = &sketch[h >> (64 - REGISTER_BITS)];
    if (rank > *r)
        *r = rank;
}

/* Few values leave registers empty, which says more than their ranks do: m (H(m) - H(empty)) is what it takes to fill
 * the others. */
static uint64_t sketch_count(const uint8_t *sketch) {
    double sum = 0, few = 0;
    unsigned empty = 0;
    for (unsigned i = 0; i < REGISTERS; i++) {
        sum += 1.0 / (double)(UINT64_C(1) << sketch[i]);
        empty += sketch[i] == 0;
    }
    double all = 0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS * REGISTERS / sum;
    if (all > 2.5 * REGISTERS || empty == 0)
        return (uint64_t)(all + 0.5);
    for (unsigned k = empty + 1; k <= REGISTERS; k++)
        few += (double)REGISTERS / k;
    return (uint64_t)(few + 0.5);
}

static uint64_t *slot_of(uint64_t *set, uint32_t cap, uint64_t h) {
    uint32_t at = (uint32_t)(h >> 1) & (cap - 1);
    while (set[at] && set[at] != h)
        at = (at + 1) & (cap - 1);
    return &set[at];
}

/* Hashes that are on the account of all alerts together. */
static uint32_t on_account(uint32_t cap) { return cap > 2 * ALERT_DISTINCT_FEW ? cap : 0; }

static void give_back(struct alert_values *v) {
    if (v->room)
        *v->room += on_account(v->seen_cap);
    free(v->seen);
    v->seen = NULL;
}

/* @return false: no room */
static bool grow_set(struct alert_values *v) {
    uint32_t cap = v->seen_cap ? v->seen_cap * 2 : 16;
    if (cap > 2 * ALERT_DISTINCT || (v->room && *v->room + on_account(v->seen_cap) < on_account(cap)))
        return false;
    uint64_t *bigger = calloc(cap, sizeof *bigger);
    if (!bigger)
        return false;
    for (uint32_t i = 0; i < v->seen_cap; i++)
        if (v->seen[i])
            *slot_of(bigger, cap, v->seen[i]) = v->seen[i];
    give_back(v);
    if (v->room)
        *v->room -= on_account(cap);
    v->seen = bigger;
    v->seen_cap = cap;
    return true;
}

static void begin_sketch(struct alert_values *v) {
    v->sketch = calloc(REGISTERS, 1);
    if (!v->sketch)
        abort(); /* out of memory in a sensor: the service manager restarts it */
    for (uint32_t i = 0; i < v->seen_cap; i++)
        if (v->seen[i])
            sketch_add(v->sketch, v->seen[i]);
    give_back(v);
    v->seen_cap = 0;
}

/* @return true: not seen before */
static bool count(struct alert_values *v, uint64_t h) {
    h |= 1; /* 0 is an empty slot */
    if (!v->sketch && 2 * (v->n + 1) > v->seen_cap && !grow_set(v))
        begin_sketch(v);
    if (v->sketch) {
        sketch_add(v->sketch, h);
        return false;
    }
    uint64_t *slot = slot_of(v->seen, v->seen_cap, h);
    if (*slot)
        return false;
    *slot = h;
    v->n++;
    return true;
}

uint64_t alert_values_count(const struct alert_values *v, bool *ret_about) {
    *ret_about = v->sketch != NULL;
    return v->sketch ? sketch_count(v->sketch) : v->n;
}

/* ---- texts ---- */

/* What is kept of a value: its beginning, cut at a character. */
static void cut(const char *text, char out[ALERT_VALUE_BYTES]) {
    size_t n = strlen(text);
    if (n > ALERT_VALUE_BYTES - 1) {
        n = ALERT_VALUE_BYTES - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(out, text, n);
    out[n] = '\0';
}

static unsigned rarest(const struct alert_values *v) {
    unsigned k = 0;
    for (unsigned i = 1; i < v->n_text; i++)
        if (v->hits[i] < v->hits[k])
            k = i;
    return k;
}

static void keep(struct alert_values *v, const char *kept, sk_time ts) {
    unsigned i = v->n_text;
    if (!v->hits) { /* one block: counts, then first and last times */
        v->hits = calloc(ALERT_VALUES, sizeof *v->hits + 2 * sizeof *v->first);
        if (!v->hits)
            return;
        v->first = (sk_time *)(void *)(v->hits + ALERT_VALUES);
        v->last = v->first + ALERT_VALUES;
    }
    if (i == ALERT_VALUES)
        i = rarest(v);
    char *copy = strdup(kept);
    if (!copy)
        return;
    free(v->text[i]);
    v->text[i] = copy;
    v->hits[i]++; /* of the rarest, its count and one more: never too small */
    v->first[i] = v->last[i] = ts;
    v->n_text += i == v->n_text;
}

bool alert_values_add(struct alert_values *v, const struct sk_hash_key *key, const char *text, sk_time ts) {
    char kept[ALERT_VALUE_BYTES];
    bool fresh = count(v, sk_hash24(key, text, strlen(text)));
    cut(text, kept);
    for (unsigned i = 0; i < v->n_text; i++)
        if (strcmp(v->text[i], kept) == 0) {
            v->hits[i]++;
            v->last[i] = ts > v->last[i] ? ts : v->last[i];
            return fresh;
        }
    if (v->busiest || v->n_text < ALERT_VALUES)
        keep(v, kept, ts);
    return fresh;
}

unsigned alert_values_order(const struct alert_values *v, unsigned order[ALERT_VALUES]) {
    for (unsigned i = 0; i < v->n_text; i++) {
        unsigned k = i;
        for (; k > 0 && v->hits[order[k - 1]] < v->hits[i]; k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
    return v->n_text;
}

void alert_values_begin(struct alert_values *v, enum sk_field_id field, uint64_t *room) {
    *v = (struct alert_values){.field = field, .room = room};
}

void alert_values_free(struct alert_values *v) {
    for (unsigned i = 0; i < v->n_text; i++)
        free(v->text[i]);
    give_back(v);
    free(v->sketch);
    free(v->hits);
}
