/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Buffers beside a page that nobody may touch: one byte too many is a crash in every build, not only under a sanitizer.
 */
#ifndef TESTS_SUPPORT_GUARD_H
#define TESTS_SUPPORT_GUARD_H

#include <stddef.h>
#include <stdint.h>

struct sk_guard {
    uint8_t *p; /**< the n bytes */
    size_t n;
    void *map;
    size_t map_len;
};

/** Copy of n bytes that ends exactly where a forbidden page begins. bytes may be NULL: zeros. */
struct sk_guard sk_guard_end(const void *bytes, size_t n);
/** Copy of n bytes that begins exactly where a forbidden page ends. */
struct sk_guard sk_guard_begin(const void *bytes, size_t n);
/**
 * For truncation sweeps: g (from sk_guard_end) now holds the first k bytes of `bytes`, again ending at the page. k must
 * not exceed the n that g was made with. Much cheaper than a new guard for each k. @return g->p
 */
const uint8_t *sk_guard_cut(struct sk_guard *g, const void *bytes, size_t k);
void sk_guard_free(struct sk_guard *g);

#endif
