/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A capped table: fixed-size keys and values, keyed hash, least recently used entry out first, eviction counted.
 *
 * Memory is what is used, not the cap: records live in blocks that are added as the table grows (addresses of values
 * never move), the index of 8-byte slots doubles. Iteration is in order of insertion, so nothing of the hash shows.
 * Recency is an intrusive list: every operation is O(1). Not shared between threads; nothing locks.
 *
 * Keys are compared as bytes: zero them (padding too) before filling. Keys and values are aligned to 8 bytes.
 */
#ifndef SEKIMORI_TABLE_H
#define SEKIMORI_TABLE_H

#include "sekimori/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sk_table;

/** An entry is about to leave by eviction or by sk_table_free(), not by sk_table_del(). Must not change the table. */
typedef void sk_table_gone(void *user, const void *key, void *value, bool evicted);

struct sk_table_config {
    size_t key_size;   /**< 1..4096 bytes */
    size_t value_size; /**< 0..65536 bytes; 0 makes a set */
    uint32_t cap;      /**< most entries, 1..2^31-1 */
    struct sk_hash_key key;
    sk_table_gone *gone; /**< may be NULL; frees what values own */
    void *user;
};

/** @return a table, or NULL when the configuration is out of range or there is no memory for the first block */
struct sk_table *sk_table_new(const struct sk_table_config *config);
/** Calls gone for each entry. NULL is allowed. */
void sk_table_free(struct sk_table *t);

/** The value under key, or NULL. Recency stays as it is. Valid until the entry is deleted or evicted. */
void *sk_table_peek(const struct sk_table *t, const void *key);
/** The same, and the entry becomes the most recently used. */
void *sk_table_get(struct sk_table *t, const void *key);
/** The entry of this value, which is in the table, becomes the most recently used: sk_table_get() without the search.
 */
void sk_table_touch(struct sk_table *t, const void *value);
/**
 * The value under key, added (all zero) when it was absent; most recently used either way. At the cap, or when memory
 * cannot grow, the least recently used entry is evicted first. Never NULL.
 * @param ret_new may be NULL; whether the entry was added now
 */
void *sk_table_put(struct sk_table *t, const void *key, bool *ret_new);
/** Remove; gone is not called. @return was it there? */
bool sk_table_del(struct sk_table *t, const void *key);

/** Remove all; gone is not called. */
void sk_table_clear(struct sk_table *t);

/** The least recently used value, its key in *ret_key (may be NULL); NULL when empty. For expiry at ticks:
 *  `while ((v = sk_table_oldest(t, &key)) && v->last < limit) sk_table_del(t, key);` */
void *sk_table_oldest(const struct sk_table *t, const void **ret_key);
/**
 * Next entry in order of insertion; *at starts as 0. The entry just returned may be deleted, others may not be while
 * the walk lasts; nothing may be added.
 * @return false at the end
 */
bool sk_table_next(const struct sk_table *t, uint32_t *at, const void **ret_key, void **ret_value);

uint32_t sk_table_count(const struct sk_table *t);
uint64_t sk_table_evicted(const struct sk_table *t); /**< entries thrown out at the cap or for want of memory */
size_t sk_table_bytes(const struct sk_table *t);     /**< memory held: tests ask that it follows the use, not the cap */

#endif
