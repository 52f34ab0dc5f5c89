/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing, linear probing, at most half full; removal shifts back, so there are no tombstones to clean. */
#include "flow/table.h"

#include "base/mem.h"
#include "flow/pages.h"

static inline uint64_t word(const void *p, unsigned i) {
    uint64_t w;
    memcpy(&w, (const uint8_t *)p + i * sizeof w, sizeof w);
    return w;
}

/* Of constant size and in line: a call for 42 bytes costs more than the comparison. */
static inline bool same_key(const struct flow_hot *h, const struct flow_key *k) {
    return ((word(h, 0) ^ word(k, 0)) | (word(h, 1) ^ word(k, 1)) | (word(h, 2) ^ word(k, 2)) |
            (word(h, 3) ^ word(k, 3)) | (word(h, 4) ^ word(k, 4)) | (uint64_t)(h->kind ^ k->kind)) == 0;
}
_Static_assert(FLOW_KEY_BYTES == 5 * sizeof(uint64_t) + sizeof(uint16_t), "all of the key is compared");

uint32_t flow_find(const struct sk_flow_table *t, const struct flow_key *k, uint32_t hash) {
    for (uint32_t i = hash & t->mask;; i = (i + 1) & t->mask) {
        struct flow_slot s = t->slot[i];
        if (s.number == 0)
            return FLOW_NONE;
        if (s.hash == hash && same_key(&t->hot[s.number - 1], k))
            return s.number - 1;
    }
}

static void put(struct flow_slot *slot, uint32_t mask, struct flow_slot s) {
    uint32_t i = s.hash & mask;
    while (slot[i].number)
        i = (i + 1) & mask;
    slot[i] = s;
}

/* In the order of the old slots the new ones are written in two rising runs: a few milliseconds for a million. */
static void grow(struct sk_flow_table *t) {
    uint32_t slots = (t->mask + 1) * 2;
    struct flow_slot *bigger = flow_pages_new((size_t)slots * sizeof *bigger);
    if (!bigger)
        sk_mem_abort();
    for (uint32_t i = 0; i <= t->mask; i++)
        if (t->slot[i].number)
            put(bigger, slots - 1, t->slot[i]);
    flow_pages_free(t->slot, t->slot_bytes);
    t->slot = bigger;
    t->slot_bytes = (size_t)slots * sizeof *bigger;
    t->mask = slots - 1;
}

static uint32_t record_new(struct sk_flow_table *t) {
    if (t->free != FLOW_NONE) {
        uint32_t number = t->free;
        t->free = t->cold[number].next;
        return number;
    }
    return t->used++;
}

uint32_t flow_add(struct sk_flow_table *t, const struct flow_key *k, uint32_t hash) {
    if (t->stats.now == t->max) {
        flow_end(t, flow_wheel_first(t), false, true);
        t->stats.evicted++;
    }
    if (2 * (t->stats.now + 1) > (uint64_t)t->mask + 1)
        grow(t);
    uint32_t number = record_new(t);
    struct flow_hot *h = &t->hot[number];
    memset(h, 0, sizeof *h);
    memcpy(h, k, FLOW_KEY_BYTES);
    memset(&t->cold[number], 0, sizeof t->cold[number]);
    put(t->slot, t->mask, (struct flow_slot){.hash = hash, .number = number + 1});
    t->stats.created++;
    t->stats.now++;
    if (t->stats.now > t->stats.peak)
        t->stats.peak = t->stats.now;
    return number;
}

static void take(struct sk_flow_table *t, uint32_t number) {
    struct flow_key k;
    memcpy(&k, &t->hot[number], FLOW_KEY_BYTES);
    uint32_t i = flow_hash(t, &k) & t->mask;
    while (t->slot[i].number != number + 1)
        i = (i + 1) & t->mask;
    for (uint32_t j = (i + 1) & t->mask; t->slot[j].number; j = (j + 1) & t->mask) {
        /* The one at j may fill the hole at i unless its own place lies behind i. */
        uint32_t home = t->slot[j].hash & t->mask;
        if (((j - home) & t->mask) >= ((j - i) & t->mask)) {
            t->slot[i] = t->slot[j];
            i = j;
        }
    }
    t->slot[i] = (struct flow_slot){0};
}

void flow_remove(struct sk_flow_table *t, uint32_t number) {
    take(t, number);
    flow_wheel_take(t, number);
    t->cold[number].next = t->free;
    t->free = number;
    t->stats.now--;
}

void flow_remove_all(struct sk_flow_table *t) {
    memset(t->slot, 0, t->slot_bytes);
    memset(t->wheel, 0xff, FLOW_WHEEL * sizeof *t->wheel);
    t->used = 0;
    t->free = FLOW_NONE;
    t->stats.now = 0;
}
