/* SPDX-License-Identifier: Apache-2.0 */
/** Predicates that ask the same, whatever rule they stand in: one number each, so that an event is asked once. */
#ifndef SK_MATCH_SHARED_H
#define SK_MATCH_SHARED_H

#include "match/pred.h"

/** Those numbered so far, while rules are loaded. Zeroed: none. */
struct sk_shared {
    struct sk_pred *at;
    size_t n, cap;
};
/** The number of p, from 1; 0: it has none and is asked each time. */
uint32_t sk_shared_number(struct sk_shared *s, const struct sk_pred *p);
void sk_shared_free(struct sk_shared *s);

#endif
