/* SPDX-License-Identifier: Apache-2.0 */
/* Growing text buffer. */
#include "base/mem.h"
#include "sekimori/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for n more bytes and the NUL. */
static void reserve(struct sk_buf *b, size_t n) {
    if (n > SIZE_MAX / 4 - b->len)
        sk_mem_abort();
    size_t need = b->len + n + 1;
    if (need <= b->cap)
        return;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap *= 2;
    b->p = sk_mem_resize(b->p, cap, 1);
    b->cap = cap;
}

void sk_buf_add(struct sk_buf *b, const void *bytes, size_t n) {
    reserve(b, n);
    if (n)
        memcpy(b->p + b->len, bytes, n);
    b->len += n;
    b->p[b->len] = '\0';
}

void sk_buf_str(struct sk_buf *b, const char *s) { sk_buf_add(b, s, strlen(s)); }

void sk_buf_fmt(struct sk_buf *b, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    va_list again;
    va_copy(again, args);
    size_t room = b->cap - b->len;
    int n = vsnprintf(b->p ? b->p + b->len : NULL, room, fmt, args);
    va_end(args);
    if (n < 0)
        sk_mem_abort();
    if ((size_t)n >= room) {
        reserve(b, (size_t)n);
        (void)vsnprintf(b->p + b->len, b->cap - b->len, fmt, again);
    }
    va_end(again);
    b->len += (size_t)n;
}

void sk_buf_clear(struct sk_buf *b) {
    b->len = 0;
    if (b->p)
        b->p[0] = '\0';
}

void sk_buf_free(struct sk_buf *b) {
    free(b->p);
    *b = (struct sk_buf){0};
}
