/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a lane to the merge.
 *
 * Blocks are filled and emptied in order, so a block is empty when the merge takes an event of the next one; no count
 * is kept. Descriptors become visible in batches: when the reserved ones are filled, before the lane waits, and at the
 * end of each batch of packets.
 *
 * Offline the lane waits for room. Live it waits LIVE_WAIT_US once, then drops events (counted) without waiting until
 * there is room again. Marks are never dropped.
 */
#include "pipeline/channel.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { RESERVE = 64, WAIT_US = 100000, LIVE_WAIT_US = 50000 };

bool sk_channel_init(struct sk_channel *c, bool live) {
    *c = (struct sk_channel){.live = live};
    c->items = sk_ring_new(SK_ITEMS, sizeof(struct sk_item));
    c->returns = sk_ring_new(SK_BLOCKS, sizeof(uint16_t));
    c->blocks = malloc((size_t)SK_BLOCKS * SK_BLOCK);
    c->spare = malloc(SK_EVENT_MAX);
    if (!c->items || !c->returns || !c->blocks || !c->spare) {
        sk_channel_free(c);
        return false;
    }
    /* Block 0 is the lane's first; the others lie ready as if the merge had returned them. */
    uint32_t n;
    uint16_t *free_block = sk_ring_reserve(c->returns, SK_BLOCKS - 1, &n);
    for (uint32_t i = 0; i < n; i++)
        free_block[i] = (uint16_t)(i + 1);
    sk_ring_commit(c->returns, n);
    return true;
}

void sk_channel_free(struct sk_channel *c) {
    sk_ring_free(c->items);
    sk_ring_free(c->returns);
    free(c->blocks);
    free(c->spare);
    *c = (struct sk_channel){0};
}

/* --- the lane's side --- */

static void commit(struct sk_channel *c) {
    if (c->n_filled)
        sk_ring_commit(c->items, c->n_filled);
    c->n_filled = 0;
    c->n_reserved = 0;
}

/* A wait that ended without result: go on waiting? */
static bool wait_more(struct sk_channel *c, bool droppable) {
    if (!c->live || !droppable)
        return true;
    c->stalled = true;
    return false;
}

/* Next descriptor, or NULL: dropped. */
static struct sk_item *next_item(struct sk_channel *c, bool droppable) {
    if (c->n_filled == c->n_reserved)
        commit(c);
    while (c->n_reserved == 0) {
        c->reserved = sk_ring_reserve(c->items, RESERVE, &c->n_reserved);
        if (c->n_reserved)
            break;
        if (c->stalled && droppable)
            return NULL;
        c->waits++;
        if (!sk_ring_wait_room(c->items, c->live ? LIVE_WAIT_US : WAIT_US) && !wait_more(c, droppable))
            return NULL;
    }
    return &c->reserved[c->n_filled++];
}

static void push(struct sk_channel *c, struct sk_item item) {
    struct sk_item *at = next_item(c, false);
    item.epoch = c->epoch;
    item.stage = c->stage;
    *at = item;
}

static struct sk_event *room(void *arg) {
    struct sk_channel *c = arg;
    while (SK_BLOCK - c->used < SK_EVENT_MAX) {
        uint32_t n;
        const uint16_t *block = sk_ring_peek(c->returns, 1, &n);
        if (n) {
            c->block = *block;
            c->used = 0;
            sk_ring_release(c->returns, 1);
            break;
        }
        if (c->stalled)
            return c->spare;
        commit(c);
        c->waits++;
        if (!sk_ring_wait_data(c->returns, c->live ? LIVE_WAIT_US : WAIT_US) && !wait_more(c, true))
            return c->spare;
    }
    return (struct sk_event *)(void *)(c->blocks + (size_t)c->block * SK_BLOCK + c->used);
}

static bool put(void *arg, const struct sk_event *ev) {
    struct sk_channel *c = arg;
    struct sk_event *to = room(c);
    struct sk_item *item = to == c->spare ? NULL : next_item(c, true);
    if (!item)
        return false;
    if (to != ev)
        memcpy(to, ev, ev->size);
    c->stalled = false;
    *item = (struct sk_item){.seq = to->seq,
                             .epoch = c->epoch,
                             .offset = c->used,
                             .block = c->block,
                             .kind = SK_ITEM_EVENT,
                             .stage = c->stage};
    c->used += (to->size + 7) & ~7u;
    return true;
}

static void mark(void *arg, enum sk_mark what, uint64_t seq, sk_time now) {
    struct sk_channel *c = arg;
    if (what == SK_MARK_FLOWS) {
        c->stage = SK_STAGE_OBSERVERS;
        push(c, (struct sk_item){.kind = SK_ITEM_PASS});
        return;
    }
    c->stage = SK_STAGE_TICK;
    push(c, (struct sk_item){.kind = SK_ITEM_MARK, .mark = (uint8_t)what, .seq = seq, .now = now});
    c->stage = SK_STAGE_PACKETS;
}

struct sk_lane_out sk_channel_out(struct sk_channel *c) {
    return (struct sk_lane_out){.room = room, .put = put, .mark = mark, .arg = c};
}

void sk_channel_begin(struct sk_channel *c, uint32_t epoch, bool tick) {
    c->epoch = epoch;
    c->stage = tick ? SK_STAGE_FLOWS : SK_STAGE_PACKETS;
}

void sk_channel_pass(struct sk_channel *c, uint64_t seq) {
    push(c, (struct sk_item){.kind = SK_ITEM_PASS, .seq = seq + 1});
    commit(c);
}

/* --- the merge's side --- */

static void give_back(struct sk_channel *c, uint16_t block) {
    uint32_t n;
    uint16_t *at = sk_ring_reserve(c->returns, 1, &n);
    /* It holds every block there is, so it is never full. */
    if (!n)
        abort();
    *at = block;
    sk_ring_commit(c->returns, 1);
}

const struct sk_event *sk_channel_event(struct sk_channel *c, const struct sk_item *item) {
    if (item->block != c->held) {
        give_back(c, c->held);
        c->held = item->block;
    }
    return (const struct sk_event *)(const void *)(c->blocks + (size_t)item->block * SK_BLOCK + item->offset);
}
