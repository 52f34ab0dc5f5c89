/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that never returns NULL, and an arena. */
#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void sk_mem_abort(void) {
    (void)fputs("sekimori: out of memory\n", stderr);
    abort();
}

void *sk_mem_new(size_t n, size_t size) {
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p)
        sk_mem_abort();
    return p;
}

void *sk_mem_resize(void *old, size_t n, size_t size) {
    void *p = reallocarray(old, n ? n : 1, size ? size : 1);
    if (!p)
        sk_mem_abort();
    return p;
}

char *sk_mem_text(const char *s, size_t n) {
    char *copy = sk_mem_new(n + 1, 1);
    if (n)
        memcpy(copy, s, n);
    return copy;
}

enum { CHUNK = 64 * 1024 };

struct sk_arena_chunk {
    struct sk_arena_chunk *older;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

void *sk_arena_new(struct sk_arena *a, size_t n) {
    if (n > SIZE_MAX / 2)
        sk_mem_abort();
    size_t need = (n + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (!a->chunk || a->chunk->size - a->used < need) {
        size_t size = need > CHUNK ? need : CHUNK;
        struct sk_arena_chunk *c = sk_mem_new(1, sizeof *c + size);
        c->older = a->chunk;
        c->size = size;
        a->chunk = c;
        a->used = 0;
    }
    void *p = a->chunk->bytes + a->used;
    a->used += need;
    return p;
}

char *sk_arena_text(struct sk_arena *a, const char *s, size_t n) {
    char *copy = sk_arena_new(a, n + 1);
    if (n)
        memcpy(copy, s, n);
    return copy;
}

void sk_arena_free(struct sk_arena *a) {
    while (a->chunk) {
        struct sk_arena_chunk *older = a->chunk->older;
        free(a->chunk);
        a->chunk = older;
    }
    a->used = 0;
}
