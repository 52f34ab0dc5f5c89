/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The bytes of one input as a window that moves forward through blocks. One mechanism for files, pipes, unpacked
 * streams and files that grow or are cut while they are read: read into a block; what does not fit is carried to the
 * next block. Nothing is mapped, so nothing can raise SIGBUS, and a file of any size needs a handful of blocks.
 */
#ifndef SEKIMORI_CAPTURE_FEED_H
#define SEKIMORI_CAPTURE_FEED_H

#include "capture/blocks.h"
#include "capture/stream.h"
#include "sekimori/cursor.h"

struct sk_feed {
    struct sk_blocks *pool;
    struct sk_block *block; /**< NULL before the first byte */
    size_t pos, end;        /**< the window within block */
    uint64_t offset;        /**< of the window's first byte in the input */
    uint64_t last_seq;      /**< last packet handed out; set by the reader before it asks for more */
    struct sk_stream *in;   /**< not owned */
    bool at_end;            /**< there is nothing beyond the window */
    bool out_of_memory;     /**< for a block; the input ends there */
    const atomic_bool *stop;
};

enum sk_feed_result {
    SK_FEED_OK,   /**< the window holds what was asked for */
    SK_FEED_END,  /**< it never will: the window holds what there is */
    SK_FEED_WAIT, /**< no free block */
    SK_FEED_STOP, /**< stopped by the operator */
};

void sk_feed_open(struct sk_feed *f, struct sk_blocks *pool, struct sk_stream *in, const atomic_bool *stop);
/**
 * Grow the window to at least need bytes. Pointers into the window stay valid (their block does), the window may move.
 * @param want size a new block should have at least, 0 = need
 */
enum sk_feed_result sk_feed_need(struct sk_feed *f, size_t need, size_t want);
/** Step over n bytes, also past the window. OK, END (fewer were there), WAIT and STOP: ask again for *n, what is left.
 */
enum sk_feed_result sk_feed_skip(struct sk_feed *f, uint64_t *n);
void sk_feed_close(struct sk_feed *f);

static inline size_t sk_feed_left(const struct sk_feed *f) { return f->end - f->pos; }
static inline struct sk_cur sk_feed_window(const struct sk_feed *f) {
    return sk_cur_of(f->block ? f->block->p + f->pos : NULL, f->end - f->pos);
}
/** Step over n bytes of the window. */
static inline void sk_feed_consume(struct sk_feed *f, size_t n) {
    f->pos += n;
    f->offset += n;
}

#endif
