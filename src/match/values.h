/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How many different values within a span of time that slides. Exact while they fit. Past that only the values whose
 * hash begins with enough zeros are kept, each for all those that are not (adaptive sampling; Flajolet, "On adaptive
 * sampling", 1990): unlike a HyperLogLog the sample slides with the window, since each of its values knows when it was
 * last seen. With 1024 kept the estimate is off by about 4 %.
 */
#ifndef SK_MATCH_VALUES_H
#define SK_MATCH_VALUES_H

#include "match/window.h"

enum { SK_VALUES_FEW = 16, SK_VALUES_MOST = 1024 };

struct sk_seen_value {
    uint64_t hash;
    sk_time last;
    uint16_t older, newer, chain; /**< index + 1; 0: none */
    uint8_t level;                /**< it stands for 2^level values */
};
struct sk_values {
    struct sk_seen_value *at; /**< cap of them, and behind them cap heads of chains */
    uint32_t cap, n;
    uint16_t oldest, newest, unused; /**< index + 1 */
    uint8_t level;
    sk_time coarse_until; /**< till then values are missing that a sample left out */
    uint64_t estimate;
};

/** A value seen at ts in the window (edge, edge + span]; those last seen at or before edge leave. */
void sk_values_add(struct sk_values *v, struct sk_share *share, uint64_t hash, sk_time ts, sk_time edge, sk_time span);
/** Of (edge, now]; others leave. @param ret_estimated whether that is an estimate */
uint64_t sk_values_count(struct sk_values *v, sk_time now, sk_time edge, bool *ret_estimated);
void sk_values_clear(struct sk_values *v, struct sk_share *share);

#endif
