/* SPDX-License-Identifier: Apache-2.0 */
/* From the reader to the lanes: which lane a packet goes to, and what every lane must hear. The reader's thread. */
#ifndef PIPELINE_DEALER_H
#define PIPELINE_DEALER_H

#include "pipeline/reader.h"
#include "sekimori/ring.h"

#include <stdatomic.h>

enum sk_op {
    SK_OP_PACKET,
    SK_OP_PASS, /* every packet up to pkt.seq has been dealt */
    SK_OP_MARK, /* mark, before packet pkt.seq, at pkt.ts */
};
/* One slot of a lane's ring. */
struct sk_task {
    struct sk_packet pkt;
    uint32_t epoch; /* see channel.h */
    uint8_t op, mark;
};
enum { SK_TASKS = 2048 };

/* What reader and lane share. */
struct sk_deal_lane {
    struct sk_ring *tasks;
    _Alignas(64) _Atomic uint64_t done; /* written by the lane: every packet up to it, of this lane, is done with */
    /* the reader's side */
    _Alignas(64) struct sk_task *reserved;
    uint32_t n_reserved, n_filled;
    uint64_t told; /* the lane hears (once committed) that every packet up to it was dealt */
    bool stalled;  /* live: drop until there is room */
};

struct sk_deal {
    struct sk_deal_lane **lane; /* n */
    unsigned n;
    bool live;
    struct sk_hash_key key;
    uint32_t epoch;
    uint64_t last_seq;
    uint64_t passed_at; /* last_seq when idle lanes were told last */
    uint64_t waits, dropped;
    _Atomic uint64_t *told; /* dropped, for others; NULL: nobody asks */
};

SK_MUST_USE bool sk_deal_lane_init(struct sk_deal_lane *l);
void sk_deal_lane_free(struct sk_deal_lane *l);
/* What the reader writes to; arg is the deal. */
struct sk_dealer sk_deal_dealer(struct sk_deal *d);
/* Lane: packets up to seq are done with. */
void sk_deal_done(struct sk_deal_lane *l, uint64_t seq);

#endif
