/* SPDX-License-Identifier: Apache-2.0 */
/* The block pool: a stack of idle blocks and a queue of those that packets still point into. */
#include "capture/blocks.h"

void sk_blocks_init(struct sk_blocks *b, size_t block_size) {
    *b = (struct sk_blocks){.block_size = block_size ? block_size : SK_BLOCK_SIZE, .n_idle = SK_BLOCKS_MAX};
    for (size_t i = 0; i < SK_BLOCKS_MAX; i++)
        b->idle[i] = (uint8_t)(SK_BLOCKS_MAX - 1 - i);
}

static void forget(struct sk_blocks *b, struct sk_block *block) {
    free(block->p);
    b->bytes -= block->cap;
    *block = (struct sk_block){0};
}

/* A record larger than a block is rare, and the next is likely of that size too: twice the need saves copying. */
static size_t size_for(const struct sk_blocks *b, size_t need) {
    return need <= b->block_size ? b->block_size : need * 2;
}

struct sk_block *sk_blocks_take(struct sk_blocks *b, size_t need) {
    b->out_of_memory = false;
    if (b->n_idle == 0)
        return NULL;
    struct sk_block *block = &b->at[b->idle[b->n_idle - 1]];
    if (block->cap < need) {
        size_t cap = size_for(b, need);
        if (b->n_busy > 0 && b->bytes - block->cap + cap > SK_BLOCKS_BUDGET)
            return NULL;
        forget(b, block);
        block->p = (uint8_t *)malloc(cap);
        if (!block->p) {
            b->out_of_memory = true;
            return NULL;
        }
        block->cap = cap;
        b->bytes += cap;
    }
    b->n_idle--;
    block->last_seq = 0;
    return block;
}

static void release_oldest(struct sk_blocks *b) {
    uint8_t i = b->busy[b->busy_head];
    b->busy_head = (b->busy_head + 1) % SK_BLOCKS_MAX;
    b->n_busy--;
    if (b->at[i].cap > b->block_size)
        forget(b, &b->at[i]);
    b->idle[b->n_idle++] = i;
}

void sk_blocks_retire(struct sk_blocks *b, uint64_t seq) {
    if (seq > b->retired)
        b->retired = seq;
    while (b->n_busy > 0 && b->at[b->busy[b->busy_head]].last_seq <= b->retired)
        release_oldest(b);
}

void sk_blocks_done(struct sk_blocks *b, struct sk_block *block, uint64_t last_seq) {
    block->last_seq = last_seq;
    b->busy[(b->busy_head + b->n_busy) % SK_BLOCKS_MAX] = (uint8_t)(block - b->at);
    b->n_busy++;
    sk_blocks_retire(b, b->retired);
}

void sk_blocks_free(struct sk_blocks *b) {
    for (size_t i = 0; i < SK_BLOCKS_MAX; i++)
        free(b->at[i].p);
    *b = (struct sk_blocks){0};
}
