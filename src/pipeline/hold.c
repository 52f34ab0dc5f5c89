/* SPDX-License-Identifier: Apache-2.0 */
/* Events that must be sorted before they go on. */
#include "pipeline/hold.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const struct sk_event *at(const uint8_t *bytes, uint32_t where) {
    return (const struct sk_event *)(const void *)(bytes + (size_t)where * 8);
}

void sk_hold_add(struct sk_hold *h, const struct sk_event *ev) {
    size_t need = ((size_t)ev->size + 7) & ~(size_t)7;
    if (h->cap - h->used < need) {
        h->cap = h->cap ? h->cap * 2 : (size_t)4 * SK_EVENT_MAX;
        h->bytes = sk_mem_resize(h->bytes, h->cap, 1);
    }
    if (h->n == h->at_cap) {
        h->at_cap = h->at_cap ? h->at_cap * 2 : 64;
        h->at = sk_mem_resize(h->at, h->at_cap, sizeof *h->at);
    }
    memcpy(h->bytes + h->used, ev, ev->size);
    h->at[h->n++] = (uint32_t)(h->used / 8);
    h->used += need;
}

static int compare(const void *a, const void *b, void *bytes) {
    return sk_event_compare(at(bytes, *(const uint32_t *)a), at(bytes, *(const uint32_t *)b));
}

void sk_hold_drain(struct sk_hold *h, void (*put)(void *arg, const struct sk_event *ev), void *arg) {
    if (h->n > 1)
        qsort_r(h->at, h->n, sizeof *h->at, compare, h->bytes);
    for (size_t i = 0; i < h->n; i++)
        put(arg, at(h->bytes, h->at[i]));
    h->n = 0;
    h->used = 0;
}

void sk_hold_free(struct sk_hold *h) {
    free(h->bytes);
    free(h->at);
    *h = (struct sk_hold){0};
}
