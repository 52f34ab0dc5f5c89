/* SPDX-License-Identifier: Apache-2.0 */
#include "match/order.h"

#include <string.h>

static void drop(struct sk_order *o, unsigned from, unsigned n) {
    memmove(&o->at[from], &o->at[from + n], (o->n - from - n) * sizeof o->at[0]);
    o->n -= n;
}

/* One that stands between two of its own kind tells nothing. */
static void thin(struct sk_order *o, unsigned i) {
    if (i > 0 && i + 1 < o->n && o->at[i - 1].rule == o->at[i].rule && o->at[i].rule == o->at[i + 1].rule)
        drop(o, i, 1);
}

void sk_order_add(struct sk_order *o, sk_time ts, sk_time edge, unsigned rule) {
    unsigned old = 0;
    while (old < o->n && o->at[old].ts <= edge)
        old++;
    drop(o, 0, old);
    if (o->n == SK_ORDER_MOST)
        drop(o, 0, 1);
    unsigned i = o->n;
    while (i > 0 && o->at[i - 1].ts > ts)
        i--;
    memmove(&o->at[i + 1], &o->at[i], (o->n - i) * sizeof o->at[0]);
    o->at[i].ts = ts;
    o->at[i].rule = rule;
    o->n++;
    thin(o, i + 1);
    thin(o, i);
    if (i > 0)
        thin(o, i - 1);
}

unsigned sk_order_reached(const struct sk_order *o, unsigned rules) {
    unsigned ret = 0;
    for (unsigned i = 0; i < o->n && ret < rules; i++)
        ret += o->at[i].rule == ret;
    return ret;
}
