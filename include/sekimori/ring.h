/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Single producer, single consumer, bounded, lock-free. The only lock-free structure of the program.
 *
 * Slots are fixed-size and by value. Capacity is a power of two; indices run free over 2^32 and are masked, full when
 * tail - head == capacity, so every slot is usable and wrap is harmless. Batches: reserve(n) -> fill -> commit(n),
 * peek(n) -> use -> release(n).
 *
 * Memory order (loads and stores, no fences): commit stores tail with release (R1), paired with the acquire load of
 * tail in peek (A1): slot contents are visible. release stores head with release (R2), paired with the acquire load of
 * head in reserve (A2): the consumer's reads are finished before the slot is overwritten. Own index: relaxed, nobody
 * else writes it. Each side keeps a stale copy of the other's index on its own cache line.
 *
 * Sleeping: the sleeper announces itself in a flag and looks again before it sleeps on that flag; the other side swaps
 * the flag after each commit or release and makes a system call only when it was set. ring.c has the argument why no
 * wake-up is lost.
 */
#ifndef SEKIMORI_RING_H
#define SEKIMORI_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sk_ring;
/** @param capacity power of two, 2..2^30 @param slot bytes, > 0. NULL: no memory, or a capacity that is none. */
struct sk_ring *sk_ring_new(uint32_t capacity, size_t slot);
/** Same with the value both indices start from: tests begin shortly before the wrap. */
struct sk_ring *sk_ring_new_from(uint32_t capacity, size_t slot, uint32_t first);
/** Producer: first of up to want contiguous free slots; *ret_n how many (0: full). */
void *sk_ring_reserve(struct sk_ring *r, uint32_t want, uint32_t *ret_n);
/** n: at most what was reserved last. */
void sk_ring_commit(struct sk_ring *r, uint32_t n);
/** Consumer: first of the filled contiguous slots; *ret_n how many, at most want (0: empty). */
void *sk_ring_peek(struct sk_ring *r, uint32_t want, uint32_t *ret_n);
/** n: at most what was peeked last. */
void sk_ring_release(struct sk_ring *r, uint32_t n);
/**
 * Consumer: wait until the ring is not empty or timeout_us passes: a short spin, then a futex.
 * @return false: still empty
 */
bool sk_ring_wait_data(struct sk_ring *r, uint32_t timeout_us);
/**
 * Producer: wait until the consumer has released something since the producer looked last (sk_ring_reserve() on a full
 * ring, or this function) and a quarter of the ring is free, or until timeout_us passes. A ring is never left full by a
 * consumer that is not stuck, so that comes. @return false: nothing released
 */
bool sk_ring_wait_room(struct sk_ring *r, uint32_t timeout_us);
void sk_ring_free(struct sk_ring *r);

#endif
