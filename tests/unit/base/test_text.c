/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"
#include "sekimori/text.h"
#include "unit.h"

static void a_buffer_grows_and_stays_terminated(void **state) {
    (void)state;
    struct sk_buf b = {0};
    sk_buf_add(&b, NULL, 0);
    assert_string_equal(b.p, "");
    for (int i = 0; i < 1000; i++) {
        sk_buf_fmt(&b, "%d,", i);
        assert_int_equal(b.p[b.len], '\0');
    }
    assert_int_equal(b.len, 3890);
    assert_int_equal(strlen(b.p), 3890);
    assert_string_equal(b.p + b.len - 8, "998,999,");
    sk_buf_clear(&b);
    assert_string_equal(b.p, "");
    sk_buf_str(&b, "x");
    assert_string_equal(b.p, "x");
    sk_buf_free(&b);
    assert_null(b.p);
    sk_buf_fmt(&b, "%0100d", 7); /* first write larger than the first allocation */
    assert_int_equal(b.len, 100);
    sk_buf_free(&b);
}

static void escapes(const char *in, size_t n, const char *want) {
    char out[256];
    struct sk_guard g = sk_guard_end(in, n);
    assert_int_equal(sk_text_escape(g.p, n, out, sizeof out), strlen(want));
    assert_string_equal(out, want);
    assert_true(sk_utf8_valid(out, strlen(out)));
    sk_guard_free(&g);
}

static void plain_text_is_left_alone(void **state) {
    (void)state;
    escapes("", 0, "");
    escapes("example.jp", 10, "example.jp");
    escapes("\xe9\x96\xa2\xe5\xae\x88", 6, "\xe9\x96\xa2\xe5\xae\x88");
    escapes("\xf0\x9f\x90\x9f", 4, "\xf0\x9f\x90\x9f");
}

static void bytes_that_are_not_utf8_are_escaped_one_by_one(void **state) {
    (void)state;
    escapes("a\xff\x62", 3, "a\\xffb");
    escapes("\xe9\x96", 2, "\\xe9\\x96");          /* a character cut short */
    escapes("\xc0\xaf", 2, "\\xc0\\xaf");          /* overlong slash */
    escapes("\xed\xa0\x80", 3, "\\xed\\xa0\\x80"); /* surrogate */
    escapes("\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80");
    escapes("\x83\x65\x83\x58", 4, "\\x83e\\x83X"); /* Shift_JIS */
}

static void a_backslash_is_doubled_so_that_escapes_cannot_be_forged(void **state) {
    (void)state;
    escapes("\\xff", 4, "\\\\xff");
    escapes("\\", 1, "\\\\");
}

static void control_characters_are_escaped(void **state) {
    (void)state;
    escapes("\x1b[2J", 4, "\\x1b[2J");
    escapes("a\0b", 3, "a\\x00b");
    escapes("\r\n\t\x7f", 4, "\\x0d\\x0a\\x09\\x7f");
    escapes("\xc2\x9b", 2, "\\xc2\\x9b");                   /* C1 control sequence introducer */
    escapes("\xe2\x80\xae", 3, "\\xe2\\x80\\xae");          /* right-to-left override */
    escapes("\xe2\x81\xa6", 3, "\\xe2\\x81\\xa6");          /* left-to-right isolate */
    escapes("\xe2\x80\xa8", 3, "\\xe2\\x80\\xa8");          /* line separator */
    escapes("\xc2\xa0", 2, "\xc2\xa0");                     /* no-break space is text */
    escapes("\xc2\xad", 2, "\\xc2\\xad");                   /* soft hyphen: not seen */
    escapes("\xe2\x80\x8b", 3, "\\xe2\\x80\\x8b");          /* zero width space: not seen */
    escapes("\xe2\x81\xa0", 3, "\\xe2\\x81\\xa0");          /* word joiner: not seen */
    escapes("\xf3\xa0\x81\xa1", 4, "\\xf3\\xa0\\x81\\xa1"); /* tag letter a: not seen */
    escapes("\xe3\x80\x80", 3, "\xe3\x80\x80");             /* ideographic space is text */
}

static void an_escape_or_character_is_never_cut(void **state) {
    (void)state;
    static const uint8_t in[] = "a\xe9\x96\xa2\xff\\\x1b\xc2\x9bz";
    size_t n = sizeof in - 1;
    char whole[64];
    size_t full = sk_text_escape(in, n, whole, sizeof whole);
    static const size_t ends[] = {0, 1, 4, 8, 10, 14, 22, 23}; /* where a unit ends */
    for (size_t cap = 1; cap <= full + 2; cap++) {
        struct sk_guard out = sk_guard_end(NULL, cap);
        size_t got = sk_text_escape(in, n, (char *)out.p, cap);
        size_t want = 0;
        for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
            want = ends[i] <= cap - 1 ? ends[i] : want;
        assert_int_equal(got, want);
        assert_memory_equal(out.p, whole, got);
        assert_int_equal(out.p[got], '\0');
        sk_guard_free(&out);
    }
    assert_int_equal(sk_text_escape(in, n, whole, 0), 0);
}

static void what_is_escaped_is_valid_utf8_whatever_came_in(void **state) {
    (void)state;
    uint32_t x = 1;
    for (int round = 0; round < 20000; round++) {
        uint8_t in[12];
        char out[64];
        for (size_t i = 0; i < sizeof in; i++) {
            x = x * 1664525 + 1013904223;
            in[i] = (uint8_t)(x >> 24 | (round & 1 ? 0x80 : 0));
        }
        size_t n = sk_text_escape(in, sizeof in, out, sizeof out);
        assert_true(n <= 4 * sizeof in);
        assert_true(sk_utf8_valid(out, n));
    }
}

static bool valid(const char *s) { return sk_utf8_valid(s, strlen(s)); }

static void utf8_is_judged_at_each_boundary(void **state) {
    (void)state;
    assert_true(valid(""));
    assert_true(valid("\x7f"));
    assert_true(valid("\xc2\x80") && valid("\xdf\xbf"));
    assert_true(valid("\xe0\xa0\x80") && valid("\xed\x9f\xbf") && valid("\xee\x80\x80") && valid("\xef\xbf\xbf"));
    assert_true(valid("\xf0\x90\x80\x80") && valid("\xf4\x8f\xbf\xbf"));
    assert_true(sk_utf8_valid("a\0b", 3));
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x41",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xe3\x81",
                                      "\xe3\x81\x41",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf0\x9f\x90",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xfe"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (valid(bad[i]))
            fail_msg("accepted number %zu", i);
}

static void utf8_never_reads_past_its_end(void **state) {
    (void)state;
    static const char text[] = "\xf0\x9f\x90\x9f";
    struct sk_guard g = sk_guard_end(text, 4);
    for (size_t k = 0; k <= 4; k++) {
        const char *at = (const char *)sk_guard_cut(&g, text, k);
        assert_true(sk_utf8_valid(at, k) == (k == 0 || k == 4));
        assert_int_equal(sk_text_columns(at, k), k == 4 ? 2 : k);
        assert_int_equal(sk_text_fit(at, k, 1), k == 4 ? 0 : k < 1 ? 0 : 1);
    }
    sk_guard_free(&g);
}

static size_t columns(const char *s) { return sk_text_columns(s, strlen(s)); }

static void japanese_takes_two_columns_a_character(void **state) {
    (void)state;
    assert_int_equal(columns("abc"), 3);
    assert_int_equal(columns("関守"), 4);
    assert_int_equal(columns("みなと市役所 本庁舎"), 19);
    assert_int_equal(columns("ｶﾅ"), 2);   /* half-width katakana */
    assert_int_equal(columns("ＡＢ"), 4); /* full-width latin */
    assert_int_equal(columns("、。「」"), 8);
    assert_int_equal(columns("🐟"), 2);
    assert_int_equal(columns("か\xe3\x82\x99"), 2); /* combining voiced mark */
    assert_int_equal(columns("e\xcc\x81"), 1);      /* combining acute */
    assert_int_equal(columns("a\xe2\x80\x8b"), 1);  /* zero width space */
    assert_int_equal(columns("é±"), 2);
    assert_int_equal(columns("한글"), 4);
    assert_int_equal(columns("\xff\xff"), 2);
}

static void fit_is(const char *s, size_t cols, size_t want) { assert_int_equal(sk_text_fit(s, strlen(s), cols), want); }

static void text_is_cut_between_characters_and_within_columns(void **state) {
    (void)state;
    fit_is("関守", 4, 6);
    fit_is("関守", 3, 3); /* half a character does not fit */
    fit_is("関守", 2, 3);
    fit_is("関守", 1, 0);
    fit_is("関守", 0, 0);
    fit_is("a関b", 3, 4);
    fit_is("a関b", 2, 1);
    fit_is("abc", 10, 3);
    fit_is("", 5, 0);
    fit_is("か\xe3\x82\x99x", 2, 6); /* the mark stays with its letter */
    const char *text = "段階RAガード回避: 端末 10.30.0.5 が🐟広告を送信";
    for (size_t cols = 0; cols < 60; cols++) {
        size_t n = sk_text_fit(text, strlen(text), cols);
        assert_true(sk_utf8_valid(text, n));
        assert_true(sk_text_columns(text, n) <= cols);
        assert_true(n == strlen(text) || sk_text_columns(text, n) + 2 > cols);
    }
}

static void numbers_are_written_in_decimal(void **state) {
    (void)state;
    char buf[SK_UINT_TEXT];
    assert_string_equal(sk_uint_text(0, buf), "0");
    assert_string_equal(sk_uint_text(10, buf), "10");
    assert_string_equal(sk_uint_text(65535, buf), "65535");
    assert_string_equal(sk_uint_text(UINT32_MAX, buf), "4294967295");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_in_decimal),
        cmocka_unit_test(a_buffer_grows_and_stays_terminated),
        cmocka_unit_test(plain_text_is_left_alone),
        cmocka_unit_test(bytes_that_are_not_utf8_are_escaped_one_by_one),
        cmocka_unit_test(a_backslash_is_doubled_so_that_escapes_cannot_be_forged),
        cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(an_escape_or_character_is_never_cut),
        cmocka_unit_test(what_is_escaped_is_valid_utf8_whatever_came_in),
        cmocka_unit_test(utf8_is_judged_at_each_boundary),
        cmocka_unit_test(utf8_never_reads_past_its_end),
        cmocka_unit_test(japanese_takes_two_columns_a_character),
        cmocka_unit_test(text_is_cut_between_characters_and_within_columns),
    };
    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
