/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays in an arena (memory of a ruleset: given back at once) and growing work arrays. */
#ifndef SK_MATCH_ARENA_H
#define SK_MATCH_ARENA_H

#include "base/mem.h"

#include <string.h>

/** n zeroed elements. */
static inline void *sk_arena_array(struct sk_arena *a, size_t n, size_t size) {
    size_t want;
    if (__builtin_mul_overflow(n, size, &want))
        sk_mem_abort();
    return sk_arena_new(a, want);
}
/** Copy of an array; NULL when n is 0. */
static inline void *sk_arena_copy(struct sk_arena *a, const void *from, size_t n, size_t size) {
    if (n == 0 || !from)
        return NULL;
    void *ret = sk_arena_array(a, n, size);
    memcpy(ret, from, n * size);
    return ret;
}
/** Grow a work array so that one more element than n fits. @return the array */
static inline void *sk_grow(void *at, size_t n, size_t *cap, size_t size) {
    if (n < *cap)
        return at;
    *cap = *cap ? *cap * 2 : 16;
    return sk_mem_resize(at, *cap, size);
}

#endif
