/* SPDX-License-Identifier: Apache-2.0 */
/* Two predicates ask the same when field, comparison and all values are the same. */
#include "match/shared.h"

#include <stdlib.h>
#include <string.h>

static bool same_want(const struct sk_want *a, const struct sk_want *b) {
    if (a->kind != b->kind || a->until != b->until)
        return false;
    switch (a->kind) {
    case SK_WANT_GLOB:
        return a->glob.n == b->glob.n && a->glob.cased == b->glob.cased &&
               (a->glob.n == 0 || memcmp(a->glob.at, b->glob.at, a->glob.n * sizeof a->glob.at[0]) == 0);
    case SK_WANT_INT:
        return a->i == b->i;
    case SK_WANT_BOOL:
        return a->b == b->b;
    case SK_WANT_PREFIX:
        return a->prefix.len == b->prefix.len && sk_addr_eq(&a->prefix.addr, &b->prefix.addr);
    case SK_WANT_FIELD:
        return a->field.id == b->field.id && a->field.wrap == b->field.wrap;
    case SK_WANT_NULL:
    case SK_WANT_ANY:
        return true;
    case SK_WANT_REAL:
    case SK_WANT_REGEX:
        break; /* rare: each is asked for itself */
    }
    return false;
}

static bool same(const struct sk_pred *a, const struct sk_pred *b) {
    if (a->field != b->field || a->n != b->n || a->cmp != b->cmp || a->all != b->all || a->negated != b->negated ||
        a->cased != b->cased)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!same_want(&a->want[i], &b->want[i]))
            return false;
    return true;
}

uint32_t sk_shared_number(struct sk_shared *s, const struct sk_pred *p) {
    size_t i = 0;
    if (p->n == 0)
        return 0;
    while (i < s->n && !same(&s->at[i], p))
        i++;
    if (i == s->n) {
        s->at = sk_grow(s->at, s->n, &s->cap, sizeof s->at[0]);
        s->at[s->n++] = *p;
    }
    return (uint32_t)(i + 1);
}

void sk_shared_free(struct sk_shared *s) {
    free(s->at);
    *s = (struct sk_shared){0};
}
