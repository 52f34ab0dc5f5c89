/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capped hash table.
 *
 *   index: slots {record, tag}          records, in blocks that never move
 *   +----+----+----+----+               +--------------------------------------------------+
 *   |    | 7,t|    | 2,t|   ------->    | links and tag            | key ... | value ...   |
 *   +----+----+----+----+               +--------------------------------------------------+
 *
 * Open addressing with linear probing over slots of 8 bytes: the tag (32 bits of the hash) tells most strangers apart
 * without touching a record, and lets the index grow and close gaps without hashing again. Deletion moves later slots
 * back, so there are no tombstones and lookups do not slow down with age. Records are chained twice, by recency and by
 * insertion; free ones are chained through `after`.
 */
#include "sekimori/table.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_SIZE_MAX = 4096, VALUE_SIZE_MAX = 65536, BLOCK_BYTES = 64 * 1024, SLOTS_FIRST = 16 };
#define NONE 0u /* record numbers start at 1 */

struct slot {
    uint32_t record; /* NONE: empty */
    uint32_t tag;
};

struct links {
    uint32_t older, newer;  /* recency */
    uint32_t before, after; /* insertion; after also chains the free records */
    uint32_t tag, self;     /* tag: as in its slot, so that nothing is hashed to evict it; self: its own number */
};

struct sk_table {
    struct slot *slot;
    uint32_t mask;            /* slots - 1 */
    uint32_t n;               /* entries */
    uint32_t made;            /* records ever handed out; the next new one is made + 1 */
    uint32_t free_first;      /* chain of deleted records */
    uint32_t oldest, newest;  /* recency */
    uint32_t first, last;     /* insertion */
    uint32_t per_block_shift; /* records of a block, as a power of two */
    unsigned char **block;
    size_t blocks, block_cap;
    size_t record_size, value_at;
    uint64_t evicted;
    struct sk_table_config config;
};

enum { KEY_AT = sizeof(struct links) };

static size_t round8(size_t n) { return (n + 7) / 8 * 8; }

static unsigned char *record_at(const struct sk_table *t, uint32_t id) {
    uint32_t i = id - 1;
    uint32_t in_block = i & ((1u << t->per_block_shift) - 1);
    return t->block[i >> t->per_block_shift] + in_block * t->record_size;
}
static struct links *links_of(const struct sk_table *t, uint32_t id) {
    return (struct links *)(void *)record_at(t, id);
}
static unsigned char *key_of(const struct sk_table *t, uint32_t id) { return record_at(t, id) + KEY_AT; }
static unsigned char *value_of(const struct sk_table *t, uint32_t id) { return record_at(t, id) + t->value_at; }

static bool add_block(struct sk_table *t) {
    if (t->blocks == t->block_cap) {
        size_t cap = t->block_cap ? t->block_cap * 2 : 4;
        unsigned char **more = reallocarray(t->block, cap, sizeof *more);
        if (!more)
            return false;
        t->block = more;
        t->block_cap = cap;
    }
    unsigned char *b = malloc(t->record_size << t->per_block_shift);
    if (!b)
        return false;
    t->block[t->blocks++] = b;
    return true;
}

struct sk_table *sk_table_new(const struct sk_table_config *c) {
    if (c->key_size == 0 || c->key_size > KEY_SIZE_MAX || c->value_size > VALUE_SIZE_MAX || c->cap == 0 ||
        c->cap > INT32_MAX)
        return NULL;
    struct sk_table *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->config = *c;
    t->value_at = KEY_AT + round8(c->key_size);
    t->record_size = t->value_at + round8(c->value_size);
    while (t->record_size << (t->per_block_shift + 1) <= BLOCK_BYTES && 1u << t->per_block_shift < c->cap)
        t->per_block_shift++;
    t->mask = SLOTS_FIRST - 1;
    t->slot = calloc(SLOTS_FIRST, sizeof *t->slot);
    if (!t->slot || !add_block(t)) {
        sk_table_free(t);
        return NULL;
    }
    return t;
}

void sk_table_free(struct sk_table *t) {
    if (!t)
        return;
    for (uint32_t id = t->first; id != NONE && t->config.gone; id = links_of(t, id)->after)
        t->config.gone(t->config.user, key_of(t, id), value_of(t, id), false);
    for (size_t i = 0; i < t->blocks; i++)
        free(t->block[i]);
    free(t->block);
    free(t->slot);
    free(t);
}

static uint32_t tag_of(const struct sk_table *t, const void *key) {
    return (uint32_t)sk_hash(&t->config.key, key, t->config.key_size);
}

/* The slot that holds key, or the empty one where it belongs. Ends: the index is never more than 3/4 full. */
static uint32_t find_slot(const struct sk_table *t, const void *key, uint32_t tag) {
    uint32_t i = tag & t->mask;
    while (t->slot[i].record != NONE) {
        if (t->slot[i].tag == tag && memcmp(key_of(t, t->slot[i].record), key, t->config.key_size) == 0)
            break;
        i = (i + 1) & t->mask;
    }
    return i;
}

static void recency_unlink(struct sk_table *t, uint32_t id) {
    struct links *l = links_of(t, id);
    if (l->older != NONE)
        links_of(t, l->older)->newer = l->newer;
    else
        t->oldest = l->newer;
    if (l->newer != NONE)
        links_of(t, l->newer)->older = l->older;
    else
        t->newest = l->older;
}

static void recency_append(struct sk_table *t, uint32_t id) {
    struct links *l = links_of(t, id);
    l->older = t->newest;
    l->newer = NONE;
    if (t->newest != NONE)
        links_of(t, t->newest)->newer = id;
    else
        t->oldest = id;
    t->newest = id;
}

static void touch(struct sk_table *t, uint32_t id) {
    if (t->newest == id)
        return;
    recency_unlink(t, id);
    recency_append(t, id);
}

static void insertion_unlink(struct sk_table *t, uint32_t id) {
    struct links *l = links_of(t, id);
    if (l->before != NONE)
        links_of(t, l->before)->after = l->after;
    else
        t->first = l->after;
    if (l->after != NONE)
        links_of(t, l->after)->before = l->before;
    else
        t->last = l->before;
}

static void insertion_append(struct sk_table *t, uint32_t id) {
    struct links *l = links_of(t, id);
    l->before = t->last;
    l->after = NONE;
    if (t->last != NONE)
        links_of(t, t->last)->after = id;
    else
        t->first = id;
    t->last = id;
}

/* The slot of a record that is in the table. */
static uint32_t slot_of(const struct sk_table *t, uint32_t id) {
    uint32_t i = links_of(t, id)->tag & t->mask;
    while (t->slot[i].record != id)
        i = (i + 1) & t->mask;
    return i;
}

/* Empty slot i and pull back the slots behind it that would no longer be found. */
static void close_gap(struct sk_table *t, uint32_t i) {
    uint32_t gap = i;
    for (uint32_t k = (gap + 1) & t->mask; t->slot[k].record != NONE; k = (k + 1) & t->mask) {
        uint32_t home = t->slot[k].tag & t->mask;
        if (((k - home) & t->mask) < ((k - gap) & t->mask))
            continue; /* its home lies behind the gap: it stays reachable */
        t->slot[gap] = t->slot[k];
        gap = k;
    }
    t->slot[gap] = (struct slot){0};
}

static void remove_slot(struct sk_table *t, uint32_t i) {
    uint32_t id = t->slot[i].record;
    close_gap(t, i);
    recency_unlink(t, id);
    insertion_unlink(t, id);
    links_of(t, id)->after = t->free_first;
    t->free_first = id;
    t->n--;
}

static void evict(struct sk_table *t) {
    uint32_t id = t->oldest;
    if (t->config.gone)
        t->config.gone(t->config.user, key_of(t, id), value_of(t, id), true);
    remove_slot(t, slot_of(t, id));
    t->evicted++;
}

/* Twice the slots. On failure the old index stays. */
static bool grow_index(struct sk_table *t) {
    uint32_t mask = t->mask * 2 + 1;
    struct slot *wide = calloc((size_t)mask + 1, sizeof *wide);
    if (!wide)
        return false;
    for (uint32_t i = 0; i <= t->mask; i++) {
        if (t->slot[i].record == NONE)
            continue;
        uint32_t k = t->slot[i].tag & mask;
        while (wide[k].record != NONE)
            k = (k + 1) & mask;
        wide[k] = t->slot[i];
    }
    free(t->slot);
    t->slot = wide;
    t->mask = mask;
    return true;
}

/* Room for one entry more without eviction: a record and an index that stays below 3/4. */
static bool make_room(struct sk_table *t) {
    if (t->n >= t->config.cap)
        return false;
    if (t->n + 1 > t->mask / 4 * 3 && !grow_index(t))
        return false;
    return t->free_first != NONE || t->made < t->blocks << t->per_block_shift || add_block(t);
}

static uint32_t take_record(struct sk_table *t) {
    uint32_t id = t->free_first;
    if (id == NONE)
        return ++t->made;
    t->free_first = links_of(t, id)->after;
    return id;
}

void *sk_table_peek(const struct sk_table *t, const void *key) {
    uint32_t id = t->slot[find_slot(t, key, tag_of(t, key))].record;
    return id == NONE ? NULL : value_of(t, id);
}

void *sk_table_get(struct sk_table *t, const void *key) {
    uint32_t id = t->slot[find_slot(t, key, tag_of(t, key))].record;
    if (id == NONE)
        return NULL;
    touch(t, id);
    return value_of(t, id);
}

void sk_table_touch(struct sk_table *t, const void *value) {
    const struct links *l = (const struct links *)(const void *)((const unsigned char *)value - t->value_at);
    touch(t, l->self);
}

void *sk_table_put(struct sk_table *t, const void *key, bool *ret_new) {
    uint32_t tag = tag_of(t, key);
    uint32_t i = find_slot(t, key, tag);
    bool added = t->slot[i].record == NONE;
    if (ret_new)
        *ret_new = added;
    if (!added) {
        touch(t, t->slot[i].record);
        return value_of(t, t->slot[i].record);
    }
    if (!make_room(t))
        evict(t); /* an empty table has its first block and its first index: there is always one to evict */
    i = find_slot(t, key, tag); /* index or gap may have moved */
    uint32_t id = take_record(t);
    t->slot[i] = (struct slot){.record = id, .tag = tag};
    links_of(t, id)->tag = tag;
    links_of(t, id)->self = id;
    memcpy(key_of(t, id), key, t->config.key_size);
    memset(value_of(t, id), 0, t->config.value_size);
    recency_append(t, id);
    insertion_append(t, id);
    t->n++;
    return value_of(t, id);
}

bool sk_table_del(struct sk_table *t, const void *key) {
    uint32_t i = find_slot(t, key, tag_of(t, key));
    if (t->slot[i].record == NONE)
        return false;
    remove_slot(t, i);
    return true;
}

void sk_table_clear(struct sk_table *t) {
    while (t->oldest != NONE)
        (void)sk_table_del(t, key_of(t, t->oldest)); /* a record stays where it is: its key can be read meanwhile */
}

void *sk_table_oldest(const struct sk_table *t, const void **ret_key) {
    if (t->oldest == NONE)
        return NULL;
    if (ret_key)
        *ret_key = key_of(t, t->oldest);
    return value_of(t, t->oldest);
}

bool sk_table_next(const struct sk_table *t, uint32_t *at, const void **ret_key, void **ret_value) {
    const uint32_t end = UINT32_MAX;
    uint32_t id = *at == 0 ? t->first : *at;
    if (id == NONE || id == end)
        return false;
    if (ret_key)
        *ret_key = key_of(t, id);
    if (ret_value)
        *ret_value = value_of(t, id);
    uint32_t after = links_of(t, id)->after; /* read now: the caller may delete this entry */
    *at = after == NONE ? end : after;
    return true;
}

uint32_t sk_table_count(const struct sk_table *t) { return t->n; }
uint64_t sk_table_evicted(const struct sk_table *t) { return t->evicted; }
size_t sk_table_bytes(const struct sk_table *t) {
    return sizeof *t + ((size_t)t->mask + 1) * sizeof *t->slot + t->block_cap * sizeof *t->block +
           t->blocks * (t->record_size << t->per_block_shift);
}
