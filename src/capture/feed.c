/* SPDX-License-Identifier: Apache-2.0 */
/* One input's bytes through blocks. See feed.h. */
#include "capture/feed.h"

void sk_feed_open(struct sk_feed *f, struct sk_blocks *pool, struct sk_stream *in, const atomic_bool *stop) {
    *f = (struct sk_feed){.pool = pool, .in = in, .stop = stop};
}

static bool stopped(const struct sk_feed *f) { return atomic_load_explicit(f->stop, memory_order_relaxed); }

/* Move what is left of the window to the front of a new block. */
static enum sk_feed_result carry(struct sk_feed *f, size_t size) {
    struct sk_block *next = sk_blocks_take(f->pool, size);
    if (!next) {
        if (!f->pool->out_of_memory)
            return SK_FEED_WAIT;
        f->out_of_memory = true;
        f->at_end = true;
        return SK_FEED_END;
    }
    size_t left = sk_feed_left(f);
    if (f->block) {
        memcpy(next->p, f->block->p + f->pos, left);
        sk_blocks_done(f->pool, f->block, f->last_seq);
    }
    f->block = next;
    f->pos = 0;
    f->end = left;
    return SK_FEED_OK;
}

enum sk_feed_result sk_feed_need(struct sk_feed *f, size_t need, size_t want) {
    while (sk_feed_left(f) < need) {
        if (stopped(f) && !sk_stream_held(f->in))
            return SK_FEED_STOP;
        if (f->at_end)
            return SK_FEED_END;
        if (!f->block || f->pos + need > f->block->cap) {
            enum sk_feed_result r = carry(f, want > need ? want : need);
            if (r != SK_FEED_OK)
                return r;
        }
        size_t got = sk_stream_read(f->in, f->block->p + f->end, f->block->cap - f->end);
        f->end += got;
        f->at_end = got == 0 && f->in->at_end;
    }
    return SK_FEED_OK;
}

enum sk_feed_result sk_feed_skip(struct sk_feed *f, uint64_t *n) {
    for (;;) {
        size_t some = *n < sk_feed_left(f) ? (size_t)*n : sk_feed_left(f);
        sk_feed_consume(f, some);
        *n -= some;
        if (*n == 0)
            return SK_FEED_OK;
        enum sk_feed_result r = sk_feed_need(f, 1, 0);
        if (r != SK_FEED_OK)
            return r;
    }
}

void sk_feed_close(struct sk_feed *f) {
    if (f->block)
        sk_blocks_done(f->pool, f->block, f->last_seq);
    *f = (struct sk_feed){.pool = f->pool, .stop = f->stop};
}
