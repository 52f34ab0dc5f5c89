/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The counted blocks that captured bytes live in. Packets point into blocks; a block is used again when the last packet
 * in it was retired. The block retired last is taken first, so that the bytes stay in the cache.
 */
#ifndef SEKIMORI_CAPTURE_BLOCKS_H
#define SEKIMORI_CAPTURE_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SK_BLOCKS_MAX = 64,
    SK_BLOCK_SIZE = 256 * 1024,
    SK_BLOCKS_BUDGET = 64 * 1024 * 1024, /**< bytes of all blocks, unless one alone needs more */
};

struct sk_block {
    uint8_t *p;
    size_t cap;
    uint64_t last_seq; /**< of the packets that point into it */
};

struct sk_blocks {
    struct sk_block at[SK_BLOCKS_MAX];
    uint8_t idle[SK_BLOCKS_MAX]; /**< stack of indices: nobody points into these */
    uint8_t busy[SK_BLOCKS_MAX]; /**< ring of indices, oldest first: done by the reader, not yet retired */
    size_t n_idle, busy_head, n_busy;
    size_t block_size, bytes;
    uint64_t retired;
    bool out_of_memory; /**< the last sk_blocks_take() failed for want of memory, not of a free block */
};

/** @param block_size 0 = SK_BLOCK_SIZE */
void sk_blocks_init(struct sk_blocks *b, size_t block_size);
/** A block of at least need bytes, or NULL: retire some first (or out_of_memory). */
struct sk_block *sk_blocks_take(struct sk_blocks *b, size_t need);
/** The reader puts no more packets into it; it comes back when last_seq is retired. Blocks are done in the order taken.
 */
void sk_blocks_done(struct sk_blocks *b, struct sk_block *block, uint64_t last_seq);
void sk_blocks_retire(struct sk_blocks *b, uint64_t seq);
void sk_blocks_free(struct sk_blocks *b);

#endif
