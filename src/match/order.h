/* SPDX-License-Identifier: Apache-2.0 */
/** In which order the rules of a temporal_ordered correlation came. */
#ifndef SK_MATCH_ORDER_H
#define SK_MATCH_ORDER_H

#include "sekimori/time.h"

#include <stdbool.h>

enum { SK_ORDER_MOST = 64 };

struct sk_order {
    struct {
        sk_time ts;
        unsigned rule;
    } at[SK_ORDER_MOST]; /**< by time, of a run of one rule only the first and the last */
    unsigned n;
};
/** The rule at this place matched at ts; those at or before edge leave, and the oldest where there is no room. */
void sk_order_add(struct sk_order *o, sk_time ts, sk_time edge, unsigned rule);
/** How many of the first `rules` came one after the other? */
unsigned sk_order_reached(const struct sk_order *o, unsigned rules);

#endif
