/* SPDX-License-Identifier: Apache-2.0 */
/* The block pool: what is handed out, when it comes back. */
#include "capture/blocks.h"
#include "maker.h"

static void a_block_done_comes_back_when_its_last_packet_is_retired(void **state) {
    (void)state;
    struct sk_blocks b;
    sk_blocks_init(&b, 64);
    struct sk_block *first = sk_blocks_take(&b, 10);
    assert_int_equal(first->cap, 64);
    sk_blocks_done(&b, first, 5);
    sk_blocks_retire(&b, 4);
    assert_int_equal(b.n_busy, 1);
    assert_true(sk_blocks_take(&b, 10) != first);
    sk_blocks_retire(&b, 5);
    assert_int_equal(b.n_busy, 0);
    sk_blocks_free(&b);
}

static void the_block_retired_last_is_taken_first(void **state) {
    (void)state;
    struct sk_blocks b;
    sk_blocks_init(&b, 64);
    struct sk_block *one = sk_blocks_take(&b, 1), *two = sk_blocks_take(&b, 1);
    sk_blocks_done(&b, one, 1);
    sk_blocks_done(&b, two, 2);
    sk_blocks_retire(&b, 2);
    assert_ptr_equal(sk_blocks_take(&b, 1), two);
    assert_ptr_equal(sk_blocks_take(&b, 1), one);
    sk_blocks_free(&b);
}

static void a_block_of_packets_already_retired_comes_back_at_once(void **state) {
    (void)state;
    struct sk_blocks b;
    sk_blocks_init(&b, 64);
    struct sk_block *one = sk_blocks_take(&b, 1);
    sk_blocks_retire(&b, 9);
    sk_blocks_done(&b, one, 9);
    assert_int_equal(b.n_busy, 0);
    one = sk_blocks_take(&b, 1);
    sk_blocks_done(&b, one, 0); /* no packets in it */
    assert_int_equal(b.n_busy, 0);
    sk_blocks_free(&b);
}

static void retiring_backwards_changes_nothing(void **state) {
    (void)state;
    struct sk_blocks b;
    sk_blocks_init(&b, 64);
    sk_blocks_retire(&b, 7);
    sk_blocks_retire(&b, 3);
    sk_blocks_done(&b, sk_blocks_take(&b, 1), 7);
    assert_int_equal(b.n_busy, 0);
    sk_blocks_free(&b);
}

static void blocks_come_back_in_order_and_none_is_left_beyond_the_last(void **state) {
    (void)state;
    struct sk_blocks b;
    sk_blocks_init(&b, 64);
    for (uint64_t round = 0; round < 5; round++) {
        for (uint64_t i = 1; i <= SK_BLOCKS_MAX; i++) {
            struct sk_block *block = sk_blocks_take(&b, 1);
            assert_non_null(block);
            sk_blocks_done(&b, block, round * 100 + i);
        }
        assert_null(sk_blocks_take(&b, 1));
        assert_false(b.out_of_memory);
        sk_blocks_retire(&b, round * 100 + 10);
        assert_int_equal(b.n_busy, SK_BLOCKS_MAX - 10);
        sk_blocks_retire(&b, round * 100 + 99);
        assert_int_equal(b.n_busy, 0);
    }
    sk_blocks_free(&b);
}

static void large_blocks_are_bounded_by_the_budget_but_never_refused_when_nothing_is_in_use(void **state) {
    (void)state;
    struct sk_blocks b;
    sk_blocks_init(&b, 0);
    size_t huge = SK_BLOCKS_BUDGET; /* taken twice as large */
    struct sk_block *one = sk_blocks_take(&b, huge);
    assert_non_null(one);
    assert_true(one->cap >= huge);
    sk_blocks_done(&b, one, 1);
    assert_null(sk_blocks_take(&b, huge));
    assert_false(b.out_of_memory);
    sk_blocks_retire(&b, 1);
    assert_int_equal(b.bytes, 0); /* a large block is not kept */
    assert_non_null(sk_blocks_take(&b, huge));
    sk_blocks_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_done_comes_back_when_its_last_packet_is_retired),
        cmocka_unit_test(the_block_retired_last_is_taken_first),
        cmocka_unit_test(a_block_of_packets_already_retired_comes_back_at_once),
        cmocka_unit_test(retiring_backwards_changes_nothing),
        cmocka_unit_test(blocks_come_back_in_order_and_none_is_left_beyond_the_last),
        cmocka_unit_test(large_blocks_are_bounded_by_the_budget_but_never_refused_when_nothing_is_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
