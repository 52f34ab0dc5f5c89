/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"
#include "sekimori/cursor.h"
#include "unit.h"

static const uint8_t bytes[8] = {0x81, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0xf8};

static void numbers_are_read_in_both_orders(void **state) {
    (void)state;
    struct sk_cur c = sk_cur_of(bytes, 8);
    assert_int_equal(sk_cur_u8(&c), 0x81);
    assert_int_equal(sk_cur_be16(&c), 0x0203);
    assert_int_equal(sk_cur_le16(&c), 0x0504);
    c = sk_cur_of(bytes, 8);
    assert_int_equal(sk_cur_be32(&c), 0x81020304u);
    assert_int_equal(sk_cur_le32(&c), 0xf8070605u);
    assert_int_equal(c.left, 0);
    assert_true(sk_cur_ok(&c));
    c = sk_cur_of(bytes, 8);
    assert_true(sk_cur_be64(&c) == UINT64_C(0x81020304050607f8));
}

static void the_last_byte_reads_and_the_first_past_the_end_does_not(void **state) {
    (void)state;
    struct sk_guard g = sk_guard_end(bytes, 8);
    struct sk_cur c = sk_cur_of(g.p, g.n);
    sk_cur_skip(&c, 7);
    assert_int_equal(sk_cur_u8(&c), 0xf8);
    assert_true(sk_cur_ok(&c));
    assert_int_equal(sk_cur_u8(&c), 0);
    assert_false(sk_cur_ok(&c));
    sk_guard_free(&g);
}

static void the_first_byte_reads_beside_a_guard_page(void **state) {
    (void)state;
    struct sk_guard g = sk_guard_begin(bytes, 8);
    struct sk_cur c = sk_cur_of(g.p, g.n);
    assert_int_equal(sk_cur_u8(&c), 0x81);
    sk_guard_free(&g);
}

static void an_empty_cursor_is_good_until_it_is_read(void **state) {
    (void)state;
    struct sk_cur c = sk_cur_of(NULL, 0);
    assert_true(sk_cur_ok(&c));
    sk_cur_skip(&c, 0);
    assert_true(sk_cur_ok(&c));
    assert_int_equal(sk_cur_peek(&c, 0), 0);
    assert_true(sk_cur_ok(&c));
    sk_cur_u8(&c);
    assert_false(sk_cur_ok(&c));
}

/* Every reader on every length that is too short by one or more: zero, bad, nothing left, and it stays so. */
static void a_short_read_gives_zero_and_sticks(void **state) {
    (void)state;
    struct sk_guard g = sk_guard_end(bytes, 8);
    for (size_t k = 0; k < 8; k++) {
        const uint8_t *at = sk_guard_cut(&g, bytes, k);
        struct sk_cur c = sk_cur_of(at, k);
        assert_true(sk_cur_be64(&c) == 0);
        assert_false(sk_cur_ok(&c));
        assert_int_equal(c.left, 0);
        assert_int_equal(sk_cur_u8(&c), 0); /* the bytes that were there are not given out any more */
        assert_int_equal(sk_cur_be32(&c), 0);
        assert_null(sk_cur_take(&c, 1));
        assert_false(sk_cur_ok(&c));
    }
    struct sk_cur c = sk_cur_of(sk_guard_cut(&g, bytes, 3), 3);
    assert_int_equal(sk_cur_be32(&c), 0);
    c = sk_cur_of(g.p, 3);
    assert_int_equal(sk_cur_le32(&c), 0);
    c = sk_cur_of(g.p, 1);
    assert_int_equal(sk_cur_be16(&c), 0);
    c = sk_cur_of(g.p, 1);
    assert_int_equal(sk_cur_le16(&c), 0);
    sk_guard_free(&g);
}

static void huge_lengths_do_not_wrap(void **state) {
    (void)state;
    struct sk_cur c = sk_cur_of(bytes, 8);
    sk_cur_skip(&c, 1);
    assert_null(sk_cur_take(&c, SIZE_MAX));
    assert_false(sk_cur_ok(&c));
    c = sk_cur_of(bytes, 8);
    assert_int_equal(sk_cur_peek(&c, SIZE_MAX), 0);
    assert_true(sk_cur_ok(&c));
}

static void a_sub_cursor_cannot_outgrow_its_parent(void **state) {
    (void)state;
    struct sk_cur c = sk_cur_of(bytes, 8);
    struct sk_cur sub = sk_cur_sub(&c, 3);
    assert_int_equal(sub.left, 3);
    assert_int_equal(c.left, 5);
    sk_cur_skip(&sub, 4);
    assert_false(sk_cur_ok(&sub));
    assert_true(sk_cur_ok(&c)); /* an inner length that lies does not spoil what follows */
    assert_int_equal(sk_cur_u8(&c), 0x04);
    struct sk_cur too_long = sk_cur_sub(&c, 5);
    assert_false(sk_cur_ok(&too_long));
    assert_false(sk_cur_ok(&c));
    assert_int_equal(too_long.left, 0);
    assert_int_equal(sk_cur_u8(&too_long), 0);
}

static void limit_shortens_and_never_lengthens(void **state) {
    (void)state;
    struct sk_cur c = sk_cur_of(bytes, 8);
    sk_cur_limit(&c, 9);
    assert_int_equal(c.left, 8);
    sk_cur_limit(&c, 2);
    assert_int_equal(c.left, 2);
    sk_cur_skip(&c, 3);
    assert_false(sk_cur_ok(&c));
    sk_cur_limit(&c, 8);
    assert_int_equal(c.left, 0);
}

static void peek_does_not_move(void **state) {
    (void)state;
    struct sk_cur c = sk_cur_of(bytes, 8);
    assert_int_equal(sk_cur_peek(&c, 7), 0xf8);
    assert_int_equal(sk_cur_peek(&c, 8), 0);
    assert_int_equal(c.left, 8);
    assert_true(sk_cur_ok(&c));
}

static void addresses_and_copies_are_whole_or_zero(void **state) {
    (void)state;
    struct sk_cur c = sk_cur_of(bytes, 8);
    struct sk_mac m = sk_cur_mac(&c);
    assert_memory_equal(m.b, bytes, 6);
    m = sk_cur_mac(&c); /* two bytes are left */
    assert_true(sk_mac_zero(&m));
    c = sk_cur_of(bytes, 8);
    struct sk_addr a = sk_cur_ip4(&c);
    assert_memory_equal(a.b, bytes, 4);
    assert_int_equal(a.fam, 4);
    assert_int_equal(a.b[4], 0);
    a = sk_cur_ip6(&c);
    assert_int_equal(a.fam, 6);
    static const uint8_t zero[16];
    assert_memory_equal(a.b, zero, 16);
    assert_false(sk_cur_ok(&c));
}

static void a_loop_over_what_is_left_ends_on_every_input(void **state) {
    (void)state;
    uint8_t noise[256];
    for (unsigned seed = 0; seed < 256; seed++) {
        for (unsigned i = 0; i < sizeof noise; i++)
            noise[i] = (uint8_t)(i * 31 + seed * 17 + (i >> 3));
        struct sk_cur c = sk_cur_of(noise, sizeof noise);
        unsigned rounds = 0;
        while (c.left) { /* type, length, value: as every option parser does */
            sk_cur_u8(&c);
            struct sk_cur value = sk_cur_sub(&c, sk_cur_u8(&c));
            (void)value;
            assert_true(++rounds <= sizeof noise);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_in_both_orders),
        cmocka_unit_test(the_last_byte_reads_and_the_first_past_the_end_does_not),
        cmocka_unit_test(the_first_byte_reads_beside_a_guard_page),
        cmocka_unit_test(an_empty_cursor_is_good_until_it_is_read),
        cmocka_unit_test(a_short_read_gives_zero_and_sticks),
        cmocka_unit_test(huge_lengths_do_not_wrap),
        cmocka_unit_test(a_sub_cursor_cannot_outgrow_its_parent),
        cmocka_unit_test(limit_shortens_and_never_lengthens),
        cmocka_unit_test(peek_does_not_move),
        cmocka_unit_test(addresses_and_copies_are_whole_or_zero),
        cmocka_unit_test(a_loop_over_what_is_left_ends_on_every_input),
    };
    return cmocka_run_group_tests_name("base/cursor", tests, NULL, NULL);
}
