/* SPDX-License-Identifier: Apache-2.0 */
/**
 * No link has many routers. Of MACs that begin to advertise themselves a link is told some at once and then one a
 * second of packet time: a token bucket a link, so that a flood of forged ones leaves alone what is known of others.
 */
#ifndef SEKIMORI_SRC_CORRELATE_NEW_ROUTERS_H
#define SEKIMORI_SRC_CORRELATE_NEW_ROUTERS_H

#include "correlate/link.h"
#include "sekimori/correlate.h"
#include "sekimori/table.h"

enum { COR_NEW_ROUTERS_LINKS = 4096, COR_NEW_ROUTERS_AT_ONCE = 64 };

/** Link -> when its bucket is, or was, full: tokens as the time they take to drip. NULL: out of memory */
static inline struct sk_table *cor_new_routers(const struct sk_hash_key *key) {
    struct sk_table_config cfg = {
        .key_size = sizeof(struct cor_link), .value_size = sizeof(sk_time), .cap = COR_NEW_ROUTERS_LINKS, .key = *key};
    return sk_table_new(&cfg);
}

/** One more, on the link of ev. @return it is one too many */
static inline bool cor_new_routers_crowd(struct sk_table *buckets, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    const sk_time token = SK_SEC, room = COR_NEW_ROUTERS_AT_ONCE * token;
    struct cor_link link = cor_link_of(ev);
    uint64_t before = sk_table_evicted(buckets);
    sk_time *full = sk_table_put(buckets, &link, NULL);
    ctx->evictions += sk_table_evicted(buckets) - before;
    if (*full < ev->ts || sk_time_add(ev->ts, room) < *full) /* the last: the clock was set back */
        *full = ev->ts;
    if (*full > sk_time_add(ev->ts, room - token))
        return true;
    *full = sk_time_add(*full, token);
    return false;
}

#endif
