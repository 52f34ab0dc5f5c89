/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which lane: a keyed hash of the outermost IP pair, the smaller address first, so both directions and all fragments
 * meet in one lane. Never ports: later fragments have none. Frames without IP share lane 0.
 */
#include "sekimori/pipeline.h"

#include <string.h>

unsigned sk_shard(const struct sk_packet *pkt, unsigned n, const struct sk_hash_key *key) {
    if (n < 2)
        return 0;
    struct sk_layers l;
    sk_decode_outer(pkt, &l);
    if (l.n_ip == 0)
        return 0;
    const struct sk_addr *a = &l.ip[0].src, *b = &l.ip[0].dst;
    bool swap = memcmp(a->b, b->b, sizeof a->b) > 0;
    uint8_t pair[2 * sizeof a->b + 1];
    memcpy(pair, swap ? b->b : a->b, sizeof a->b);
    memcpy(pair + sizeof a->b, swap ? a->b : b->b, sizeof a->b);
    pair[sizeof pair - 1] = a->fam;
    uint64_t h = sk_hash(key, pair, sizeof pair);
    /* The high half times n: no division, no bias that matters. */
    return (unsigned)(((h >> 32) * n) >> 32);
}
