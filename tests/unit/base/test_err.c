/* SPDX-License-Identifier: Apache-2.0 */
#include "sekimori/err.h"
#include "unit.h"

static void the_first_error_wins(void **state) {
    (void)state;
    struct sk_error e = {0};
    assert_int_equal(sk_error_at(&e, SK_EFORMAT, "a.yml", 3, 7, "first %d", 1), SK_EFORMAT);
    assert_int_equal(sk_error_set(&e, SK_EIO, "second"), SK_EIO);
    assert_string_equal(e.msg, "first 1");
    assert_string_equal(e.file, "a.yml");
    assert_int_equal(e.line, 3);
    assert_int_equal(e.col, 7);
}

static void an_error_without_a_place_to_put_it_is_still_its_code(void **state) {
    (void)state;
    assert_int_equal(sk_error_set(NULL, SK_ENOMEM, "x"), SK_ENOMEM);
    assert_int_equal(sk_error_at(NULL, SK_EUSAGE, NULL, 0, 0, "x"), SK_EUSAGE);
}

static void an_empty_message_counts_as_filled(void **state) {
    (void)state;
    struct sk_error e = {0};
    sk_error_set(&e, SK_EIO, "%s", "");
    sk_error_set(&e, SK_EIO, "late");
    assert_string_not_equal(e.msg, "late");
}

static void a_long_message_is_cut_and_terminated(void **state) {
    (void)state;
    char big[2000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    struct sk_error e = {0};
    sk_error_at(&e, SK_EIO, big, 1, 1, "%s", big);
    assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
    assert_int_equal(strlen(e.file), sizeof e.file - 1);
}

static void text_is(const struct sk_diag *d, const char *want) {
    char *text = sk_diag_text(d);
    assert_string_equal(text, want);
    free(text);
}

static void diagnostics_sort_by_file_line_and_column(void **state) {
    (void)state;
    struct sk_diags d = {0};
    sk_diag_add(&d, SK_DIAG_ERROR, "b.yml", 1, 1, "b");
    sk_diag_add(&d, SK_DIAG_WARNING, "a.yml", 10, 2, "later");
    sk_diag_add(&d, SK_DIAG_ERROR, "a.yml", 9, 30, "col 30");
    sk_diag_add(&d, SK_DIAG_NOTE, "a.yml", 9, 4, "col 4");
    sk_diag_add(&d, SK_DIAG_ERROR, NULL, 0, 0, "no file");
    sk_diags_sort(&d);
    assert_int_equal(d.n, 5);
    assert_int_equal(d.errors, 3);
    assert_int_equal(d.warnings, 1);
    text_is(&d.at[0], "no file");
    text_is(&d.at[1], "a.yml:9:4: note: col 4");
    text_is(&d.at[2], "a.yml:9:30: col 30");
    text_is(&d.at[3], "a.yml:10:2: warning: later");
    text_is(&d.at[4], "b.yml:1:1: b");
    sk_diags_free(&d);
    assert_null(d.at);
}

static void a_diagnostic_says_only_what_is_known(void **state) {
    (void)state;
    struct sk_diags d = {0};
    sk_diag_add(&d, SK_DIAG_ERROR, "f", 0, 0, "m");
    sk_diag_add(&d, SK_DIAG_ERROR, "f", 4, 0, "m");
    sk_diag_add(&d, SK_DIAG_ERROR, NULL, 4, 2, "m");
    text_is(&d.at[0], "f: m");
    text_is(&d.at[1], "f:4: m");
    text_is(&d.at[2], "4:2: m");
    sk_diags_free(&d);
}

static void diagnostics_past_the_limit_are_counted_not_kept(void **state) {
    (void)state;
    struct sk_diags d = {0};
    for (unsigned i = 0; i < SK_DIAGS_MAX + 7; i++)
        sk_diag_add(&d, SK_DIAG_ERROR, "f", i + 1, 1, "m");
    assert_int_equal(d.n, SK_DIAGS_MAX);
    assert_int_equal(d.lost, 7);
    assert_int_equal(d.errors, SK_DIAGS_MAX + 7);
    sk_diags_free(&d);
}

static const char *const commands[] = {"read", "watch", "report", "policy", "signatures", "explain", "routers", NULL};

static void the_nearest_word_is_found_through_each_kind_of_slip(void **state) {
    (void)state;
    assert_string_equal(sk_nearest("wtach", commands), "watch");           /* two neighbours swapped: one slip */
    assert_string_equal(sk_nearest("watcch", commands), "watch");          /* one too many */
    assert_string_equal(sk_nearest("polcy", commands), "policy");          /* one missing */
    assert_string_equal(sk_nearest("resort", commands), "report");         /* one wrong */
    assert_string_equal(sk_nearest("routers6", commands), "routers");      /* the README's own example */
    assert_string_equal(sk_nearest("sigantuers", commands), "signatures"); /* three */
    assert_string_equal(sk_nearest("EXPLAIN", commands), "explain");
    assert_string_equal(sk_nearest("read", commands), "read");
}

static void a_swap_counts_as_one_slip_not_two(void **state) {
    (void)state;
    static const char *const words[] = {"abc", NULL};
    assert_string_equal(sk_nearest("acb", words), "abc"); /* a third of three letters is one */
    assert_null(sk_nearest("cba", words));
}

static void the_nearest_of_several_wins_and_the_first_of_equals(void **state) {
    (void)state;
    static const char *const words[] = {"forward", "forbidden", "forbid", "forbade", NULL};
    assert_string_equal(sk_nearest("forbidd", words), "forbid");
    static const char *const equal[] = {"bat", "cat", NULL};
    assert_string_equal(sk_nearest("aat", equal), "bat");
}

static void a_word_too_far_from_all_has_no_nearest(void **state) {
    (void)state;
    assert_null(sk_nearest("xyzzy", commands));
    assert_null(sk_nearest("", commands));
    assert_null(sk_nearest("ra", commands)); /* two letters: no slip allowed */
    char big[200];
    memset(big, 'a', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    assert_null(sk_nearest(big, commands));
    const char *const none[] = {NULL};
    assert_null(sk_nearest("read", none));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(an_error_without_a_place_to_put_it_is_still_its_code),
        cmocka_unit_test(an_empty_message_counts_as_filled),
        cmocka_unit_test(a_long_message_is_cut_and_terminated),
        cmocka_unit_test(diagnostics_sort_by_file_line_and_column),
        cmocka_unit_test(a_diagnostic_says_only_what_is_known),
        cmocka_unit_test(diagnostics_past_the_limit_are_counted_not_kept),
        cmocka_unit_test(the_nearest_word_is_found_through_each_kind_of_slip),
        cmocka_unit_test(a_swap_counts_as_one_slip_not_two),
        cmocka_unit_test(the_nearest_of_several_wins_and_the_first_of_equals),
        cmocka_unit_test(a_word_too_far_from_all_has_no_nearest),
    };
    return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
