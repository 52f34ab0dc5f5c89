/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions of the `re` modifier. */
#include "match/regex.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t steps;
static struct sk_regex_error error;

/* 1 match, 0 none, -1 refused */
static int run(const char *re, unsigned flags, const char *text) {
    struct sk_arena a = {0};
    struct sk_regex rx;
    int ret = -1;
    if (sk_regex_compile(re, strlen(re), flags, &a, &rx, &error)) {
        steps = 0;
        ret = sk_regex_match(&rx, text, strlen(text), &steps);
    }
    sk_arena_free(&a);
    return ret;
}

struct row {
    const char *re, *text;
    int want;
    unsigned flags;
};

static void every_construct_matches_what_it_says(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"abc", "xxabcxx", 1, 0},
        {"abc", "ABC", 0, 0},
        {"abc", "xABCx", 1, SK_REGEX_I},
        {"ABC", "xabcx", 1, SK_REGEX_I},
        {"^abc$", "abc", 1, 0},
        {"^abc$", "xabc", 0, 0},
        {"^abc$", "abc\n", 1, 0}, /* PCRE: $ also before a final newline */
        {"^abc$", "abc\nx", 0, 0},
        {"^abc$", "x\nabc\ny", 1, SK_REGEX_M},
        {"^b", "a\nb", 0, 0},
        {"a.c", "abc", 1, 0},
        {"a.c", "a\nc", 0, 0},
        {"a.c", "a\nc", 1, SK_REGEX_S},
        {"^.$", "課", 1, 0},
        {"ab*c", "ac", 1, 0},
        {"ab*c", "abbbc", 1, 0},
        {"ab+c", "ac", 0, 0},
        {"ab+c", "abbc", 1, 0},
        {"^ab?c$", "abc", 1, 0},
        {"^ab?c$", "ac", 1, 0},
        {"^ab?c$", "abbc", 0, 0},
        {"^a{3}$", "aaa", 1, 0},
        {"^a{3}$", "aa", 0, 0},
        {"^a{3}$", "aaaa", 0, 0},
        {"^a{2,}$", "a", 0, 0},
        {"^a{2,}$", "aaaaa", 1, 0},
        {"^a{2,4}$", "a", 0, 0},
        {"^a{2,4}$", "aa", 1, 0},
        {"^a{2,4}$", "aaaa", 1, 0},
        {"^a{2,4}$", "aaaaa", 0, 0},
        {"^a{0}b$", "b", 1, 0},
        {"^a{0}b$", "ab", 0, 0},
        {"^(ab|cd){2}$", "abcd", 1, 0},
        {"^(ab|cd){2}$", "ab", 0, 0},
        {"^(ab|cd|e)+$", "eabcde", 1, 0},
        {"^(ab|cd|e)+$", "eabcdf", 0, 0},
        {"^(?:a|b(?:c|d))e$", "bde", 1, 0},
        {"^(?:a|b(?:c|d))e$", "be", 0, 0},
        {"^(a|)b$", "b", 1, 0},
        {"foo|bar", "xbarx", 1, 0},
        {"^foo|bar$", "foox", 1, 0},
        {"^foo|bar$", "xfoo", 0, 0},
        {"^[a-c]+$", "abcab", 1, 0},
        {"^[a-c]+$", "abd", 0, 0},
        {"^[^a-c]+$", "xyz", 1, 0},
        {"^[^a-c]+$", "xaz", 0, 0},
        {"^[]a]+$", "a]", 1, 0},
        {"^[a-]+$", "a-", 1, 0},
        {"^[a-c]$", "B", 1, SK_REGEX_I},
        {"^[^a-c]$", "B", 0, SK_REGEX_I},
        {"^[あ-ん]+$", "ひらがな", 1, 0},
        {"^[あ-ん]+$", "カタカナ", 0, 0},
        {"^\\d+\\.\\d+$", "10.30", 1, 0},
        {"^\\d+\\.\\d+$", "10x30", 0, 0},
        {"^\\w+$", "ab_9", 1, 0},
        {"^\\w+$", "a-b", 0, 0},
        {"^\\W$", "-", 1, 0},
        {"^\\W$", "課", 1, 0},
        {"^\\s\\S$", " x", 1, 0},
        {"^\\D$", "5", 0, 0},
        {"^[\\d.]+$", "1.2", 1, 0},
        {"^[^\\s]+$", "a b", 0, 0},
        {"^\\x41\\x{8ab2}$", "A課", 1, 0},
        {"^a\\tb$", "a\tb", 1, 0},
        {"^\\{\\}\\(\\)\\\\$", "{}()\\", 1, 0},
        {"^a*?b+?$", "aabb", 1, 0},
        {"(a*)*b", "aaab", 1, 0},
        {"(a*)+$", "b", 1, 0},
        {"^(a{2}){2}$", "aaaa", 1, 0},
        {"^(a{2}){2}$", "aaa", 0, 0},
        {"", "", 1, 0},
        {"", "x", 1, 0},
        {"()*x", "x", 1, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (run(rows[i].re, rows[i].flags, rows[i].text) != rows[i].want)
            fail_msg("/%s/ on \"%s\": not %d (%s)", rows[i].re, rows[i].text, rows[i].want, error.what);
}

static void what_is_not_supported_is_refused_with_its_place(void **state) {
    (void)state;
    static const struct {
        const char *re, *what;
        size_t at;
    } rows[] = {
        {"(a)\\1", "back-references", 3},
        {"a(?=b)", "(?:", 1},
        {"(?i)a", "(?:", 0},
        {"a\\b", "`\\b` is not supported", 1},
        {"*a", "nothing to repeat", 0},
        {"a**", "nothing to repeat", 2},
        {"a(*b)", "nothing to repeat", 2},
        {"(a", "not closed", 2},
        {"a)", "closes nothing", 1},
        {"[a", "not closed", 0},
        {"[b-a]", "backwards", 1},
        {"[[:alpha:]]", "name", 1},
        {"a{", "needs numbers", 1},
        {"a{,3}", "needs numbers", 1},
        {"a{3,1}", "not below", 1},
        {"a{1,300}", "at most", 1},
        {"a\\", "escapes nothing", 1},
        {"a++", "possessive", 2},
        {"\\xg", "hexadecimal", 2},
        {"\\x{110000}", "hexadecimal", 9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(run(rows[i].re, 0, ""), -1);
        if (!strstr(error.what, rows[i].what) || error.at != rows[i].at)
            fail_msg("/%s/: \"%s\" at %zu", rows[i].re, error.what, error.at);
    }
}

static void programs_that_grow_too_large_are_refused(void **state) {
    (void)state;
    assert_int_equal(run("((((a{255}){255}){255}){255})", 0, ""), -1);
    assert_non_null(strstr(error.what, "too large"));
    char deep[200];
    memset(deep, '(', 100);
    memset(deep + 100, ')', 99);
    deep[199] = 0;
    assert_int_equal(run(deep, 0, ""), -1);
    assert_non_null(strstr(error.what, "groups in groups"));
}

static void hostile_expressions_take_time_linear_in_the_text(void **state) {
    (void)state;
    static const char *const res[] = {"(a*)*b",
                                      "(a|a)*b",
                                      "(a|aa)+$",
                                      "(a+)+b",
                                      "^(([a-z])+.)+[A-Z]([a-z])+$",
                                      "(.*)(.*)(.*)(.*)b",
                                      "a?a?a?a?a?a?a?a?a?a?aaaaaaaaaab"};
    char *text = sk_mem_new(8001, 1);
    for (size_t i = 0; i < sizeof res / sizeof res[0]; i++) {
        memset(text, 'a', 4000);
        text[4000] = 0;
        assert_true(run(res[i], 0, text) >= 0);
        uint64_t half = steps;
        memset(text, 'a', 8000);
        assert_true(run(res[i], 0, text) >= 0);
        assert_true(steps <= 2 * half + 200);
        assert_true(steps <= (uint64_t)8001 * 2 * 40);
    }
    free(text);
}

/* Random expressions over {a, b} against the C library on random words. */
static void agrees_with_another_engine_on_random_expressions(void **state) {
    (void)state;
    uint64_t x = 88172645463325252u;
    unsigned compared = 0;
    for (unsigned round = 0; round < 4000; round++) {
        char re[40], text[12];
        size_t n = 0;
        static const char *const part[] = {"a",    "b",    ".",       "(a|b)", "(ab)",   "a*", "b+",  "a?",
                                           "[ab]", "[^a]", "(a|ba)*", "a{2}",  "b{1,2}", "|",  "(b|)"};
        for (unsigned k = 0; k < 5; k++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            const char *p = part[x % (sizeof part / sizeof part[0])];
            if (k == 0 && p[0] == '|')
                p = "a";
            n += (size_t)snprintf(re + n, sizeof re - n, "%s", p);
        }
        if (re[n - 1] == '|' || strstr(re, "||"))
            continue;
        char whole[48];
        snprintf(whole, sizeof whole, "^(%s)$", re);
        regex_t rx;
        if (regcomp(&rx, whole, REG_EXTENDED | REG_NOSUB) != 0)
            continue;
        for (unsigned w = 0; w < 8; w++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            size_t len = x % 7;
            for (size_t k = 0; k < len; k++)
                text[k] = (char)('a' + (x >> (8 + k) & 1));
            text[len] = 0;
            int want = regexec(&rx, text, 0, NULL, 0) == 0;
            if (run(whole, 0, text) != want)
                fail_msg("/%s/ on \"%s\": not %d", whole, text, want);
            compared++;
        }
        regfree(&rx);
    }
    assert_true(compared > 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_construct_matches_what_it_says),
        cmocka_unit_test(what_is_not_supported_is_refused_with_its_place),
        cmocka_unit_test(programs_that_grow_too_large_are_refused),
        cmocka_unit_test(hostile_expressions_take_time_linear_in_the_text),
        cmocka_unit_test(agrees_with_another_engine_on_random_expressions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
