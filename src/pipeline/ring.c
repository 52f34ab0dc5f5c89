/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single producer, single consumer ring. See sekimori/ring.h for use.
 *
 * Each atomic operation carries a letter and names its partner:
 *
 *   R1 commit stores tail, release; A1 peek, wait_data load it, acquire: slots are filled before they are seen.
 *   R2 release stores head, release; A2 reserve, wait_room load it, acquire: slots are read before they are reused.
 *   S1 wait_data swaps data_sleeper; W1 commit swaps it.
 *   S2 wait_room swaps room_sleeper; W2 release looks (or with 0) and swaps it.
 *
 * Why no wake-up is lost (S1 and W1; S2 and W2 are the same with the sides changed). All operations on the flag are
 * read-modify-writes with acquire and release, so they stand in one order and each synchronises with those before it.
 * The producer does R1, then W1; the consumer sets the flag (S1), then A1. Either W1 comes after S1: it reads 1 and
 * wakes the sleeper, or finds it not yet asleep, and then the kernel compares the flag, which W1 made 0, and does not
 * let it sleep. Or W1 comes before S1: then R1 happened before A1, which sees the new tail, and nobody sleeps.
 *
 * The flag is cleared by a swap too: a plain store would cut the chain through which S1 meets an older W1.
 *
 * A producer is not woken for each slot but for a quarter of the ring: until then the consumer leaves the flag as it
 * is, and since it goes on until the ring is empty, it comes to that.
 */
#include "sekimori/ring.h"

#include <linux/futex.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 64, SPINS = 128, CAPACITY_MAX = 1 << 30 };

struct sk_ring {
    uint32_t capacity, mask;
    uint32_t worthwhile; /* free slots for which a sleeping producer is woken */
    size_t slot;
    unsigned char *slots;
    alignas(LINE) _Atomic uint32_t tail;         /* written by the producer */
    alignas(LINE) uint32_t head_seen;            /* the producer's copy of head, maybe old */
    alignas(LINE) _Atomic uint32_t head;         /* written by the consumer */
    alignas(LINE) uint32_t tail_seen;            /* the consumer's copy of tail, maybe old */
    alignas(LINE) _Atomic uint32_t data_sleeper; /* 1: the consumer sleeps, or is about to */
    alignas(LINE) _Atomic uint32_t room_sleeper; /* 1: the producer sleeps, or is about to */
};

struct sk_ring *sk_ring_new_from(uint32_t capacity, size_t slot, uint32_t first) {
    if (capacity < 2 || capacity > CAPACITY_MAX || (capacity & (capacity - 1)) || slot == 0 ||
        slot > SIZE_MAX / capacity)
        return NULL;
    struct sk_ring *r = aligned_alloc(LINE, sizeof *r);
    unsigned char *slots = calloc(capacity, slot);
    if (!r || !slots) {
        free(r);
        free(slots);
        return NULL;
    }
    *r = (struct sk_ring){.capacity = capacity,
                          .mask = capacity - 1,
                          .worthwhile = capacity < 8 ? 1 : capacity / 4,
                          .slot = slot,
                          .slots = slots};
    atomic_init(&r->tail, first);
    atomic_init(&r->head, first);
    atomic_init(&r->data_sleeper, 0);
    atomic_init(&r->room_sleeper, 0);
    r->head_seen = r->tail_seen = first;
    return r;
}

struct sk_ring *sk_ring_new(uint32_t capacity, size_t slot) {
    return sk_ring_new_from(capacity, slot, 0);
}

void sk_ring_free(struct sk_ring *r) {
    if (!r)
        return;
    free(r->slots);
    free(r);
}

static void *slot_at(const struct sk_ring *r, uint32_t index) { return r->slots + (size_t)(index & r->mask) * r->slot; }

static uint32_t least(uint32_t a, uint32_t b, uint32_t c) {
    uint32_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static void wake(_Atomic uint32_t *flag) { syscall(SYS_futex, flag, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); }

static void sleep_on(_Atomic uint32_t *flag, uint32_t timeout_us) {
    struct timespec t = {.tv_sec = timeout_us / 1000000, .tv_nsec = (long)(timeout_us % 1000000) * 1000};
    syscall(SYS_futex, flag, FUTEX_WAIT_PRIVATE, 1, &t, NULL, 0);
}

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* --- producer --- */

static void look_at_head(struct sk_ring *r) {
    r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire); /* A2, with R2 */
}

void *sk_ring_reserve(struct sk_ring *r, uint32_t want, uint32_t *ret_n) {
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed); /* own index */
    if (r->capacity - (tail - r->head_seen) < want)
        look_at_head(r);
    *ret_n = least(want, r->capacity - (tail - r->head_seen), r->capacity - (tail & r->mask));
    return slot_at(r, tail);
}

void sk_ring_commit(struct sk_ring *r, uint32_t n) {
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);    /* own index */
    atomic_store_explicit(&r->tail, tail + n, memory_order_release);         /* R1, with A1 */
    if (atomic_exchange_explicit(&r->data_sleeper, 0, memory_order_acq_rel)) /* W1, with S1 */
        wake(&r->data_sleeper);
}

/* Room for a worthwhile batch, and more than there was at first. */
static bool got_room(struct sk_ring *r, uint32_t first) {
    look_at_head(r);
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed); /* own index */
    return r->head_seen != first && r->capacity - (tail - r->head_seen) >= r->worthwhile;
}

bool sk_ring_wait_room(struct sk_ring *r, uint32_t timeout_us) {
    uint32_t first = r->head_seen;
    for (unsigned i = 0; i < SPINS; i++) {
        if (got_room(r, first))
            return true;
        relax();
    }
    atomic_exchange_explicit(&r->room_sleeper, 1, memory_order_acq_rel); /* S2, with W2 */
    if (!got_room(r, first))
        sleep_on(&r->room_sleeper, timeout_us);
    atomic_exchange_explicit(&r->room_sleeper, 0, memory_order_acq_rel); /* S2, with W2 */
    look_at_head(r);
    return r->head_seen != first;
}

/* --- consumer --- */

static bool look_at_tail(struct sk_ring *r) {
    r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);         /* A1, with R1 */
    return r->tail_seen != atomic_load_explicit(&r->head, memory_order_relaxed); /* own index */
}

void *sk_ring_peek(struct sk_ring *r, uint32_t want, uint32_t *ret_n) {
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed); /* own index */
    if (r->tail_seen - head < want)
        look_at_tail(r);
    *ret_n = least(want, r->tail_seen - head, r->capacity - (head & r->mask));
    return slot_at(r, head);
}

void sk_ring_release(struct sk_ring *r, uint32_t n) {
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);              /* own index */
    atomic_store_explicit(&r->head, head + n, memory_order_release);                   /* R2, with A2 */
    bool asleep = atomic_fetch_or_explicit(&r->room_sleeper, 0, memory_order_acq_rel); /* W2, with S2 */
    if (!asleep)
        return;
    look_at_tail(r);
    if (r->capacity - (r->tail_seen - (head + n)) >= r->worthwhile) {
        atomic_exchange_explicit(&r->room_sleeper, 0, memory_order_acq_rel); /* W2, with S2 */
        wake(&r->room_sleeper);
    }
}

bool sk_ring_wait_data(struct sk_ring *r, uint32_t timeout_us) {
    for (unsigned i = 0; i < SPINS; i++) {
        if (look_at_tail(r))
            return true;
        relax();
    }
    atomic_exchange_explicit(&r->data_sleeper, 1, memory_order_acq_rel); /* S1, with W1 */
    bool data = look_at_tail(r);
    if (!data)
        sleep_on(&r->data_sleeper, timeout_us);
    atomic_exchange_explicit(&r->data_sleeper, 0, memory_order_acq_rel); /* S1, with W1 */
    return data || look_at_tail(r);
}
