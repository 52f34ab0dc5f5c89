/* SPDX-License-Identifier: Apache-2.0 */
#include "sekimori/ring.h"

#include "unit.h"

#include <pthread.h>

struct slot {
    uint64_t seq, inverse;
};

/* --- one thread --- */

static void a_capacity_that_is_no_power_of_two_is_refused(void **state) {
    (void)state;
    assert_null(sk_ring_new(0, 8));
    assert_null(sk_ring_new(1, 8));
    assert_null(sk_ring_new(3, 8));
    assert_null(sk_ring_new(UINT32_C(1) << 31, 8));
    assert_null(sk_ring_new(8, 0));
}

static void every_slot_can_be_used_and_one_more_is_refused(void **state) {
    (void)state;
    struct sk_ring *r = sk_ring_new(8, sizeof(struct slot));
    uint32_t n;
    sk_ring_reserve(r, 100, &n);
    assert_int_equal(n, 8);
    sk_ring_commit(r, 8);
    sk_ring_reserve(r, 1, &n);
    assert_int_equal(n, 0);
    sk_ring_peek(r, 100, &n);
    assert_int_equal(n, 8);
    sk_ring_free(r);
}

static void an_empty_ring_gives_nothing(void **state) {
    (void)state;
    struct sk_ring *r = sk_ring_new(8, sizeof(struct slot));
    uint32_t n = 99;
    sk_ring_peek(r, 4, &n);
    assert_int_equal(n, 0);
    assert_false(sk_ring_wait_data(r, 100));
    sk_ring_free(r);
}

static void what_is_reserved_is_seen_only_after_commit(void **state) {
    (void)state;
    struct sk_ring *r = sk_ring_new(8, sizeof(struct slot));
    uint32_t n;
    struct slot *s = sk_ring_reserve(r, 2, &n);
    s[0].seq = 7;
    s[1].seq = 8;
    sk_ring_peek(r, 2, &n);
    assert_int_equal(n, 0);
    sk_ring_commit(r, 1);
    struct slot *got = sk_ring_peek(r, 2, &n);
    assert_int_equal(n, 1);
    assert_int_equal(got->seq, 7);
    sk_ring_free(r);
}

static void a_peeked_slot_is_not_free_before_release(void **state) {
    (void)state;
    struct sk_ring *r = sk_ring_new(2, sizeof(struct slot));
    uint32_t n;
    sk_ring_reserve(r, 2, &n);
    sk_ring_commit(r, 2);
    sk_ring_peek(r, 2, &n);
    sk_ring_reserve(r, 1, &n);
    assert_int_equal(n, 0);
    sk_ring_release(r, 1);
    sk_ring_reserve(r, 2, &n);
    assert_int_equal(n, 1);
    sk_ring_free(r);
}

static void a_batch_ends_at_the_end_of_the_array(void **state) {
    (void)state;
    struct sk_ring *r = sk_ring_new(8, sizeof(struct slot));
    uint32_t n;
    sk_ring_reserve(r, 6, &n);
    sk_ring_commit(r, 6);
    sk_ring_peek(r, 6, &n);
    sk_ring_release(r, 6);
    sk_ring_reserve(r, 8, &n);
    assert_int_equal(n, 2);
    sk_ring_commit(r, 2);
    sk_ring_reserve(r, 8, &n);
    assert_int_equal(n, 6);
    sk_ring_free(r);
}

/* Single steps over the wrap of the indices, at every fill level. */
static void indices_may_wrap_at_every_fill_level(void **state) {
    (void)state;
    for (uint32_t fill = 0; fill <= 4; fill++) {
        struct sk_ring *r = sk_ring_new_from(4, sizeof(struct slot), UINT32_MAX - 10);
        uint64_t in = 0, out = 0;
        uint32_t n;
        for (int step = 0; step < 100; step++) {
            while (in - out < fill || in == out) {
                struct slot *s = sk_ring_reserve(r, 1, &n);
                assert_int_equal(n, 1);
                s->seq = in++;
                sk_ring_commit(r, 1);
            }
            const struct slot *s = sk_ring_peek(r, 1, &n);
            assert_int_equal(n, 1);
            assert_int_equal(s->seq, out++);
            sk_ring_release(r, 1);
        }
        sk_ring_free(r);
    }
}

static void waiting_for_room_ends_with_each_release_once(void **state) {
    (void)state;
    struct sk_ring *r = sk_ring_new(2, sizeof(struct slot));
    uint32_t n;
    sk_ring_reserve(r, 2, &n);
    sk_ring_commit(r, 2);
    assert_false(sk_ring_wait_room(r, 100));
    sk_ring_peek(r, 1, &n);
    sk_ring_release(r, 1);
    assert_true(sk_ring_wait_room(r, 100));
    assert_false(sk_ring_wait_room(r, 100));
    sk_ring_free(r);
}

/* --- two threads --- */

struct job {
    struct sk_ring *ring;
    uint64_t items;
    bool sleep; /* wait in the kernel, or poll */
    uint64_t wrong, timeouts;
};

static uint32_t next_random(uint32_t *x) {
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

/* The producer of a pair; a plain yield where it polls, since there may be one processor. */
/*
 * A wake-up for what was seen already may come late and end a wait early: that is no loss. A lost one lets the wait run
 * out, which nothing else in this test can take as long as.
 */
static bool slept_out(bool (*wait)(struct sk_ring *, uint32_t), struct sk_ring *ring) {
    enum { SECONDS = 30 };
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    bool something = wait(ring, SECONDS * 1000000);
    clock_gettime(CLOCK_MONOTONIC, &after);
    return !something && after.tv_sec - before.tv_sec >= SECONDS - 1;
}

static void *produce(void *arg) {
    struct job *j = arg;
    uint32_t random = 1;
    for (uint64_t seq = 0; seq < j->items;) {
        uint32_t n, want = 1 + next_random(&random) % 100;
        struct slot *s = sk_ring_reserve(j->ring, want, &n);
        if (n == 0) {
            if (!j->sleep)
                sched_yield();
            else
                j->timeouts += slept_out(sk_ring_wait_room, j->ring);
            continue;
        }
        uint32_t k = 0;
        for (; k < n && seq < j->items; k++, seq++)
            s[k] = (struct slot){.seq = seq, .inverse = ~seq};
        sk_ring_commit(j->ring, k);
    }
    return NULL;
}

static void consume(struct job *j) {
    uint32_t random = 2;
    for (uint64_t seq = 0; seq < j->items;) {
        uint32_t n, want = 1 + next_random(&random) % 100;
        struct slot *s = sk_ring_peek(j->ring, want, &n);
        if (n == 0) {
            if (!j->sleep)
                sched_yield();
            else
                j->timeouts += slept_out(sk_ring_wait_data, j->ring);
            continue;
        }
        for (uint32_t k = 0; k < n; k++, seq++) {
            j->wrong += s[k].seq != seq || s[k].inverse != ~seq;
            s[k] = (struct slot){0};
        }
        sk_ring_release(j->ring, n);
    }
}

static void run_pair(struct job *j) {
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, produce, j), 0);
    consume(j);
    pthread_join(t, NULL);
}

static uint64_t items(void) {
    const char *n = getenv("RING_ITEMS");
    return n ? strtoull(n, NULL, 10) : 3000000;
}

static void two_threads_see_every_item_once_in_order_across_the_wrap(void **state) {
    (void)state;
    struct job j = {.ring = sk_ring_new_from(1024, sizeof(struct slot), UINT32_MAX - 1000000), .items = items()};
    run_pair(&j);
    assert_int_equal(j.wrong, 0);
    sk_ring_free(j.ring);
}

/* Small, so that both sides sleep all the time; a lost wake-up would show as a wait that ran out. */
static void two_threads_that_sleep_lose_no_wake_up(void **state) {
    (void)state;
    struct job j = {
        .ring = sk_ring_new_from(8, sizeof(struct slot), UINT32_MAX - 1000), .items = items() / 10, .sleep = true};
    run_pair(&j);
    assert_int_equal(j.wrong, 0);
    assert_int_equal(j.timeouts, 0);
    sk_ring_free(j.ring);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_capacity_that_is_no_power_of_two_is_refused),
        cmocka_unit_test(every_slot_can_be_used_and_one_more_is_refused),
        cmocka_unit_test(an_empty_ring_gives_nothing),
        cmocka_unit_test(what_is_reserved_is_seen_only_after_commit),
        cmocka_unit_test(a_peeked_slot_is_not_free_before_release),
        cmocka_unit_test(a_batch_ends_at_the_end_of_the_array),
        cmocka_unit_test(indices_may_wrap_at_every_fill_level),
        cmocka_unit_test(waiting_for_room_ends_with_each_release_once),
        cmocka_unit_test(two_threads_see_every_item_once_in_order_across_the_wrap),
        cmocka_unit_test(two_threads_that_sleep_lose_no_wake_up),
    };
    return cmocka_run_group_tests_name("pipeline/ring", tests, NULL, NULL);
}
