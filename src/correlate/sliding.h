/* SPDX-License-Identifier: Apache-2.0 */
/** A count over a sliding window: twelve buckets, the oldest falls out as time goes. Packet time; a step back counts in
 * the newest bucket. */
#ifndef SEKIMORI_SRC_CORRELATE_SLIDING_H
#define SEKIMORI_SRC_CORRELATE_SLIDING_H

#include "sekimori/time.h"

#include <stdint.h>
#include <string.h>

enum { SLIDING_BUCKETS = 12 };
struct sliding {
    int64_t at; /**< number of the newest bucket */
    uint32_t n[SLIDING_BUCKETS];
};

/** Let the buckets up to now go by. window: of all twelve. */
static inline void sliding_move(struct sliding *s, sk_time now, sk_time window) {
    int64_t at = now / (window / SLIDING_BUCKETS);
    if (at - s->at >= SLIDING_BUCKETS) {
        memset(s->n, 0, sizeof s->n);
        s->at = at;
    }
    for (; s->at < at; s->at++)
        s->n[(uint64_t)(s->at + 1) % SLIDING_BUCKETS] = 0;
}

static inline uint64_t sliding_sum(const struct sliding *s) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < SLIDING_BUCKETS; i++)
        sum += s->n[i];
    return sum;
}

/** One more. @return how many in the window, this one included */
static inline uint64_t sliding_add(struct sliding *s, sk_time now, sk_time window) {
    sliding_move(s, now, window);
    s->n[(uint64_t)s->at % SLIDING_BUCKETS]++;
    return sliding_sum(s);
}

#endif
