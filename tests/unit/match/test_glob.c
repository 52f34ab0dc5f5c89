/* SPDX-License-Identifier: Apache-2.0 */
/* Wildcard patterns of Sigma. */
#include "match/glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t steps;

static bool match_as(const char *pattern, bool cased, const char *text) {
    struct sk_arena a = {0};
    struct sk_glob_draft *d = sk_mem_new(1, sizeof *d);
    d->cased = cased;
    sk_glob_add_pattern(d, pattern, strlen(pattern));
    struct sk_glob g = sk_glob_end(d, &a);
    steps = 0;
    bool ok = sk_glob_match(&g, text, strlen(text), &steps);
    free(d);
    sk_arena_free(&a);
    return ok;
}
static bool matches(const char *pattern, const char *text) { return match_as(pattern, false, text); }

static void text_without_wildcards_matches_itself_only(void **state) {
    (void)state;
    assert_true(matches("abc", "abc"));
    assert_false(matches("abc", "abcd"));
    assert_false(matches("abc", "ab"));
    assert_true(matches("", ""));
    assert_false(matches("", "a"));
}

static void case_is_ignored_for_ascii_unless_cased(void **state) {
    (void)state;
    assert_true(matches("Teredo", "tEREDO"));
    assert_true(matches("*RED*", "teredo"));
    assert_false(match_as("Teredo", true, "teredo"));
    assert_true(match_as("Teredo", true, "Teredo"));
    assert_false(match_as("*RED*", true, "teredo"));
    assert_false(matches("É", "é")); /* only ASCII is folded */
}

static void a_star_takes_any_run_and_none(void **state) {
    (void)state;
    assert_true(matches("*", ""));
    assert_true(matches("a*c", "ac"));
    assert_true(matches("a*c", "abbbc"));
    assert_false(matches("a*c", "abbb"));
    assert_true(matches("*.example.jp", "www.example.jp"));
    assert_false(matches("*.example.jp", "example.jp"));
    assert_true(matches("*ab*ab*", "xabyabz"));
    assert_false(matches("*ab*ab*", "xaby"));
    assert_true(matches("**a**", "a"));
    assert_true(matches("*aab", "aaab"));
}

static void a_question_mark_takes_one_character(void **state) {
    (void)state;
    assert_true(matches("a?c", "abc"));
    assert_false(matches("a?c", "ac"));
    assert_false(matches("a?c", "abbc"));
    assert_true(matches("?", "課"));
    assert_false(matches("??", "課"));
    assert_true(matches("*??", "税務"));
    assert_false(matches("*???", "税務"));
}

static void a_backslash_escapes_wildcards_and_itself_and_is_else_itself(void **state) {
    (void)state;
    assert_true(matches("a\\*b", "a*b"));
    assert_false(matches("a\\*b", "axb"));
    assert_true(matches("a\\?b", "a?b"));
    assert_false(matches("a\\?b", "axb"));
    assert_true(matches("a\\\\b", "a\\b"));
    assert_true(matches("a\\nb", "a\\nb"));
    assert_true(matches("a\\", "a\\"));
    assert_true(matches("a\\\\*", "a\\xyz"));
}

static void hostile_patterns_cost_at_most_pattern_times_text(void **state) {
    (void)state;
    char text[2001];
    memset(text, 'a', 2000);
    text[2000] = 0;
    assert_false(matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
    assert_true(steps < 2000 * 26);
    uint64_t whole = steps;
    text[1000] = 0;
    assert_false(matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
    assert_true(whole < 2 * steps + 100); /* twice the text, twice the work */
    assert_false(matches("*aaaaaaaaaaaaaaab", text));
    assert_true(steps <= 1000 * 18);
}

static void a_pattern_that_is_too_long_says_so(void **state) {
    (void)state;
    struct sk_glob_draft *d = sk_mem_new(1, sizeof *d);
    for (int i = 0; i < SK_GLOB_MAX; i++)
        sk_glob_add_literal(d, "x", 1);
    assert_false(d->too_long);
    sk_glob_add_literal(d, "x", 1);
    assert_true(d->too_long);
    free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_without_wildcards_matches_itself_only),
        cmocka_unit_test(case_is_ignored_for_ascii_unless_cased),
        cmocka_unit_test(a_star_takes_any_run_and_none),
        cmocka_unit_test(a_question_mark_takes_one_character),
        cmocka_unit_test(a_backslash_escapes_wildcards_and_itself_and_is_else_itself),
        cmocka_unit_test(hostile_patterns_cost_at_most_pattern_times_text),
        cmocka_unit_test(a_pattern_that_is_too_long_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
