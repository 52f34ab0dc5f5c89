/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks in a chain; large requests get a block of their own. */
#include "match/arena.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16384 };

struct sk_arena_block {
    struct sk_arena_block *next;
    size_t used, cap;
    _Alignas(max_align_t) unsigned char bytes[];
};

void *sk_arena_get(struct sk_arena *a, size_t n, size_t size) {
    size_t want;
    if (__builtin_mul_overflow(n, size, &want) || want > (size_t)1 << 40)
        abort();
    want = (want + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
    struct sk_arena_block *b = a->head;
    if (!b || b->cap - b->used < want) {
        size_t cap = want > BLOCK ? want : BLOCK;
        b = calloc(1, sizeof *b + cap);
        if (!b)
            abort();
        b->cap = cap;
        b->next = a->head;
        a->head = b;
    }
    void *ret = b->bytes + b->used;
    b->used += want;
    return ret;
}

const char *sk_arena_text(struct sk_arena *a, const char *s, size_t n) {
    char *ret = sk_arena_get(a, n + 1, 1);
    memcpy(ret, s, n);
    return ret;
}

void *sk_arena_copy(struct sk_arena *a, const void *from, size_t n, size_t size) {
    if (n == 0)
        return NULL;
    void *ret = sk_arena_get(a, n, size);
    memcpy(ret, from, n * size);
    return ret;
}

void sk_arena_free(struct sk_arena *a) {
    while (a->head) {
        struct sk_arena_block *next = a->head->next;
        free(a->head);
        a->head = next;
    }
}

void *sk_grow(void *at, size_t n, size_t *cap, size_t size) {
    if (n < *cap)
        return at;
    size_t more = *cap ? *cap * 2 : 16;
    void *ret = reallocarray(at, more, size);
    if (!ret)
        abort();
    *cap = more;
    return ret;
}
