/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a ruleset: taken while rules are loaded, given back at once. Out of memory aborts, as in sk_buf. */
#ifndef SK_MATCH_ARENA_H
#define SK_MATCH_ARENA_H

#include <stddef.h>

struct sk_arena_block;
/** A zeroed struct is empty. */
struct sk_arena {
    struct sk_arena_block *head;
};
/** Zeroed memory, aligned for any type; lives until sk_arena_free(). */
void *sk_arena_get(struct sk_arena *a, size_t n, size_t size);
/** NUL-terminated copy of n bytes. */
const char *sk_arena_text(struct sk_arena *a, const char *s, size_t n);
/** Copy of an array; NULL when n is 0. */
void *sk_arena_copy(struct sk_arena *a, const void *from, size_t n, size_t size);
void sk_arena_free(struct sk_arena *a);

/** Grow a malloc'ed work array so that one more element fits. @return the array */
void *sk_grow(void *at, size_t n, size_t *cap, size_t size);

#endif
