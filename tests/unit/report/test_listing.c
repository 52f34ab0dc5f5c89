/* SPDX-License-Identifier: Apache-2.0 */
/* The table of alerts: never wider than asked, worst first, nothing that steers a terminal. */
#include "sekimori/report.h"
#include "unit.h"

#include <stdio.h>

#define T0 (1795478400 * SK_SEC) /* 2026-11-24T00:00:00Z, 09:00 in Japan */

static const struct sk_rule rule = {.detection = "V6-011", .title = "t"};

static struct sk_alert_line line_of(const char *id, enum sk_level level, enum sk_action action, sk_time ts) {
    struct sk_alert_line l = {.json = "{}",
                              .len = 2,
                              .action = action,
                              .level = level,
                              .rule = &rule,
                              .count = 1,
                              .ts = ts,
                              .device = "kouhou-007",
                              .device_ja = "広報課の端末",
                              .mac = "00-00-5E-00-53-B7",
                              .ip = "10.30.1.44",
                              .segment = "inet-terminals",
                              .headline_en = "rogue router",
                              .headline_ja = "不正なルータ広告",
                              .message_en = "a sentence",
                              .message_ja = "一つの文"};
    snprintf(l.alert_id, sizeof l.alert_id, "%s", id);
    return l;
}
static struct sk_listing *listing(const char *lang, unsigned columns, bool wide) {
    struct sk_listing_options o = {.lang = lang, .timezone = "Asia/Tokyo", .columns = columns, .wide = wide};
    struct sk_listing *t = sk_listing_new(&o);
    assert_non_null(t);
    return t;
}
static char *rendered(struct sk_listing *t) {
    struct sk_buf b = {0};
    sk_listing_render(t, &b);
    sk_listing_free(t);
    assert_non_null(b.p);
    return b.p;
}
static void fits(const char *text, size_t columns) {
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        if (sk_text_columns(p, n) > columns)
            fail_msg("%zu columns: %.*s", sk_text_columns(p, n), (int)n, p);
        assert_true(n == 0 || p[n - 1] != ' ');
        p += n + (p[n] == '\n');
    }
}

static void no_line_is_wider_than_asked_in_any_language(void **state) {
    (void)state;
    static const char *const texts[] = {"不正なIPv6ルータ広告をセグメントで検知しました、長い見出し", "x", "",
                                        "a headline that is rather longer than the table is wide, by far and away"};
    for (unsigned wide = 0; wide < 2; wide++)
        for (unsigned ja = 0; ja < 2; ja++)
            for (size_t i = 0; i < 4; i++)
                for (size_t k = 0; k < 4; k++) {
                    struct sk_listing *t = listing(ja ? "ja" : "en", wide ? 160 : 80, wide);
                    struct sk_alert_line l = line_of("a", SK_LEVEL_HIGH, SK_ACTION_OPEN, T0);
                    l.headline_en = l.headline_ja = l.message_en = l.message_ja = texts[i];
                    l.device = l.device_ja = l.segment = texts[k];
                    l.mac = l.ip = "";
                    l.count = i == 3 ? UINT64_MAX : 123456;
                    sk_listing_line(t, &l);
                    char *text = rendered(t);
                    fits(text, wide ? 160 : 80);
                    free(text);
                }
}

static void nothing_steers_the_terminal(void **state) {
    (void)state;
    for (unsigned wide = 0; wide < 2; wide++) {
        struct sk_listing *t = listing("en", 160, wide);
        struct sk_alert_line l = line_of("a", SK_LEVEL_HIGH, SK_ACTION_OPEN, T0);
        l.headline_en = l.message_en = "\033[2Jx\ny\r\xc2\x9b"
                                       "31m\xe2\x80\xaez\x7f\xff";
        l.device = l.segment = l.mac = l.ip = "\033]0;t\a";
        sk_listing_line(t, &l);
        char *text = rendered(t);
        for (const char *p = text; *p; p++)
            assert_true(*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
        assert_null(strstr(text, "\xc2\x9b"));
        assert_null(strstr(text, "\xe2\x80\xae"));
        assert_null(strstr(text, "\xff"));
        assert_non_null(strstr(text, "?[2Jx?y"));
        free(text);
    }
}

static void worst_first_then_by_time_in_their_latest_state(void **state) {
    (void)state;
    struct sk_listing *t = listing("en", 80, false);
    struct sk_alert_line l = line_of("low", SK_LEVEL_LOW, SK_ACTION_OPEN, T0);
    sk_listing_line(t, &l);
    l = line_of("late", SK_LEVEL_CRITICAL, SK_ACTION_OPEN, T0 + 2 * SK_SEC);
    sk_listing_line(t, &l);
    l = line_of("early", SK_LEVEL_INFORMATIONAL, SK_ACTION_OPEN, T0 + 1 * SK_SEC);
    sk_listing_line(t, &l);
    l = line_of("early", SK_LEVEL_CRITICAL, SK_ACTION_CLOSE, T0 + 9 * SK_SEC); /* it got worse, and ended */
    l.count = 77;
    sk_listing_line(t, &l);
    char *text = rendered(t);
    const char *a = strstr(text, "09:00:01 CRIT end     77"), *b = strstr(text, "09:00:02 CRIT open"),
               *c = strstr(text, "09:00:00 LOW  open");
    assert_true(a && b && c && a < b && b < c);
    assert_non_null(strstr(text, "3 alerts (2 open)"));
    free(text);
}

static void japanese_is_japanese(void **state) {
    (void)state;
    struct sk_listing *t = listing("ja", 80, false);
    struct sk_alert_line l = line_of("a", SK_LEVEL_HIGH, SK_ACTION_UPDATE, T0);
    sk_listing_line(t, &l);
    char *text = rendered(t);
    assert_non_null(strstr(text, "広報課の端末"));
    assert_non_null(strstr(text, "不正なルータ広告"));
    assert_non_null(strstr(text, "1件（未終了1）"));
    free(text);
    text = rendered(listing("ja", 80, false));
    assert_string_equal(text, "警報はありません\n");
    free(text);
    text = rendered(listing("en", 80, false));
    assert_string_equal(text, "no alerts\n");
    free(text);
}

static void of_other_days_the_day_is_said(void **state) {
    (void)state;
    struct sk_listing *t = listing("en", 80, false);
    struct sk_alert_line l = line_of("a", SK_LEVEL_HIGH, SK_ACTION_OPEN, T0);
    sk_listing_line(t, &l);
    l = line_of("b", SK_LEVEL_LOW, SK_ACTION_OPEN, T0 + 18 * 3600 * SK_SEC); /* 03:00 of the next day there */
    sk_listing_line(t, &l);
    char *text = rendered(t);
    assert_memory_equal(text, "11/24 ", 6);
    assert_non_null(strstr(text, "\n09:00:00 HIGH"));
    assert_non_null(strstr(text, "\n25 03:00 LOW"));
    free(text);
}

static void wide_shows_segment_mac_address_and_the_sentence(void **state) {
    (void)state;
    struct sk_listing *t = listing("en", 160, true);
    struct sk_alert_line l = line_of("a", SK_LEVEL_HIGH, SK_ACTION_OPEN, T0);
    sk_listing_line(t, &l);
    char *text = rendered(t);
    static const char *const wanted[] = {"inet-terminals", "00-00-5E-00-53-B7", "10.30.1.44", "a sentence"};
    for (size_t i = 0; i < 4; i++)
        assert_non_null(strstr(text, wanted[i]));
    free(text);
}

static void past_the_cap_the_mild_go_and_the_bad_stay(void **state) {
    (void)state;
    struct sk_listing *t = listing("en", 80, false);
    struct sk_alert_line l = line_of("bad", SK_LEVEL_CRITICAL, SK_ACTION_CLOSE, T0);
    sk_listing_line(t, &l);
    l = line_of("open-low", SK_LEVEL_LOW, SK_ACTION_OPEN, T0);
    l.device = "open-low";
    sk_listing_line(t, &l);
    for (int i = 0; i < 100050; i++) {
        char id[32];
        snprintf(id, sizeof id, "low-%d", i);
        l = line_of(id, SK_LEVEL_LOW, SK_ACTION_CLOSE, T0);
        sk_listing_line(t, &l);
    }
    char *text = rendered(t);
    assert_non_null(strstr(text, "CRIT"));
    assert_non_null(strstr(text, "open-low"));
    assert_non_null(strstr(text, "52 more are only in the JSON lines"));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_line_is_wider_than_asked_in_any_language),
        cmocka_unit_test(nothing_steers_the_terminal),
        cmocka_unit_test(worst_first_then_by_time_in_their_latest_state),
        cmocka_unit_test(japanese_is_japanese),
        cmocka_unit_test(of_other_days_the_day_is_said),
        cmocka_unit_test(wide_shows_segment_mac_address_and_the_sentence),
        cmocka_unit_test(past_the_cap_the_mild_go_and_the_bad_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
