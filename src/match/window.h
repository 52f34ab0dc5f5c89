/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What happened within a span of time that slides: how often, and a sum. Exact as long as its moments fit; past that,
 * neighbouring ones become one, and a total says so when such a one lies across the window's edge.
 */
#ifndef SK_MATCH_WINDOW_H
#define SK_MATCH_WINDOW_H

#include "sekimori/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SK_WINDOW_FEW = 8 /**< moments that need no memory of their own */, SK_WINDOW_MOST = 256 };

/** Memory that all windows and values of one correlation share: an attacker with many groups makes them coarser, not
 * larger. */
struct sk_share {
    size_t left;
};

struct sk_moment {
    sk_time first, last; /**< the same, or of several that became one */
    int64_t sum;
    uint32_t n;
    uint32_t untold; /**< of them, in no match yet */
};
struct sk_window {
    struct sk_moment few[SK_WINDOW_FEW];
    struct sk_moment *more; /**< NULL: few */
    uint32_t from, n, cap;  /**< moments at[from .. from + n), by time; cap 0: SK_WINDOW_FEW */
    uint64_t count;         /**< of all */
    uint64_t untold;        /**< of all */
    uint32_t latest;        /**< place of the moment that was added to last */
};

/** Count one at ts, which lies in the window (edge, edge + span]. Moments at or before edge leave. */
void sk_window_add(struct sk_window *w, struct sk_share *share, sk_time ts, sk_time edge, sk_time span, int64_t value);
/** Events of (edge, newest], edge being that of the last sk_window_add(). @param ret_estimated some moment lies across
 * it */
uint64_t sk_window_count(const struct sk_window *w, sk_time edge, bool *ret_estimated);
/** Sum of their values; stays at the ends of its range. */
int64_t sk_window_sum(const struct sk_window *w);
/** How many are in no match yet; from now on they are. @param ret_oldest when the first of them came (0: none) */
uint64_t sk_window_tell(struct sk_window *w, sk_time *ret_oldest);
/** Back to nothing. */
void sk_window_clear(struct sk_window *w, struct sk_share *share);

#endif
