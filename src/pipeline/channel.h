/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a lane to the merge: events of 200 bytes to 8 KiB in blocks, a ring of descriptors that point into them, and a
 * ring on which empty blocks come back. The lane owns one side, the merge the other.
 *
 * An item's place in the order of everything is (epoch, stage, seq). The reader counts epochs: each tick or flush
 * begins one.
 */
#ifndef PIPELINE_CHANNEL_H
#define PIPELINE_CHANNEL_H

#include "pipeline/lane.h"
#include "sekimori/ring.h"

enum sk_stage {
    SK_STAGE_FLOWS,     /* events of flows at the tick */
    SK_STAGE_OBSERVERS, /* events of observers at the tick */
    SK_STAGE_TICK,      /* the tick or flush itself */
    SK_STAGE_PACKETS,   /* events of packets */
};
enum sk_item_kind {
    SK_ITEM_EVENT,
    SK_ITEM_MARK, /* at SK_STAGE_TICK: mark says which */
    SK_ITEM_PASS, /* nothing before this place comes any more */
};
struct sk_place_in_order {
    uint32_t epoch;
    uint8_t stage; /* enum sk_stage */
    uint64_t seq;  /* SK_STAGE_PACKETS only, else 0 */
};
struct sk_item {
    uint64_t seq;
    sk_time now; /* marks */
    uint32_t epoch;
    uint32_t offset; /* events: in the block */
    uint16_t block;
    uint8_t kind, stage, mark;
};

enum { SK_BLOCK = 65536, SK_BLOCKS = 16, SK_ITEMS = 4096 };

struct sk_channel {
    struct sk_ring *items;   /* struct sk_item, lane to merge */
    struct sk_ring *returns; /* uint16_t, merge to lane */
    uint8_t *blocks;         /* SK_BLOCKS of SK_BLOCK bytes */
    bool live;
    /* the lane's side */
    _Alignas(64) uint32_t epoch;
    uint8_t stage;
    uint16_t block; /* being filled */
    uint32_t used;  /* of it */
    bool stalled;   /* live: the merge did not keep up; drop until it does */
    struct sk_item *reserved;
    uint32_t n_reserved, n_filled; /* filled, not yet committed */
    struct sk_event *spare;        /* room for an event that will be dropped */
    uint64_t waits;
    /* the merge's side */
    _Alignas(64) uint16_t held; /* block of the event given last */
};

SK_MUST_USE bool sk_channel_init(struct sk_channel *c, bool live);
void sk_channel_free(struct sk_channel *c);

/* Lane. What the lane writes to; arg is the channel. */
struct sk_lane_out sk_channel_out(struct sk_channel *c);
/* A task of this epoch comes; tick: its events are of the tick. */
void sk_channel_begin(struct sk_channel *c, uint32_t epoch, bool tick);
/* Everything up to packet seq has been said; the merge sees it now. */
void sk_channel_pass(struct sk_channel *c, uint64_t seq);

/* Merge. The event of an item; its bytes stay until the next call. */
const struct sk_event *sk_channel_event(struct sk_channel *c, const struct sk_item *item);

#endif
