/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and time zones. The TZif files are written here, so the tests do not depend on the system's database. */
#include "guard.h"
#include "policy/tz.h"
#include "unit.h"

#include <stdio.h>

static struct pol_date date(const char *text) {
    struct pol_date d;
    assert_true(pol_date_parse(text, strlen(text), &d));
    return d;
}

static void dates_that_exist_are_read(void **state) {
    (void)state;
    struct {
        const char *text;
        int64_t days;
    } ok[] = {{"1970-01-01", 0}, {"2000-02-29", 11016}, {"2026-04-01", 20544}, {"2261-12-31", 106650}};
    for (size_t i = 0; i < sizeof ok / sizeof *ok; i++) {
        struct pol_date d = date(ok[i].text);
        assert_int_equal(pol_date_days(&d), ok[i].days);
    }
}

static void dates_that_do_not_exist_are_refused(void **state) {
    (void)state;
    const char *bad[] = {"2026-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "1969-12-31",
                         "2262-01-01", "2026-4-1",   "2026/04/01", "20260401",   "",           "2026-04-01 "};
    struct pol_date d;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(pol_date_parse(bad[i], strlen(bad[i]), &d));
}

static void every_day_of_the_range_goes_there_and_back(void **state) {
    (void)state;
    struct pol_date d;
    for (int64_t day = -40000; day < 110000; day++) {
        pol_date_of_days(day, &d);
        assert_int_equal(pol_date_days(&d), day);
    }
}

static void utc_days_begin_at_midnight_and_end_a_nanosecond_before_the_next(void **state) {
    (void)state;
    struct pol_tz tz = {0};
    struct pol_date d = date("2026-04-01");
    assert_int_equal(pol_date_begin(&tz, &d), 20544 * SK_DAY);
    assert_int_equal(pol_date_end(&tz, &d), 20545 * SK_DAY - 1);
}

static void tokyo_is_nine_hours_ahead(void **state) {
    (void)state;
    struct sk_arena arena = {0};
    struct pol_tz tz;
    assert_int_equal(pol_tz_load(&tz, "Asia/Tokyo", &arena), POL_TZ_OK);
    struct pol_date d = date("2026-04-01");
    assert_int_equal(pol_date_begin(&tz, &d), 20544 * SK_DAY - 9 * 3600 * SK_SEC);
    struct pol_date back;
    pol_date_at(&tz, pol_date_begin(&tz, &d), &back);
    assert_int_equal(back.day, 1);
    pol_date_at(&tz, pol_date_begin(&tz, &d) - 1, &back);
    assert_int_equal(back.day, 31);
    sk_arena_free(&arena);
}

static void names_that_leave_the_database_are_refused(void **state) {
    (void)state;
    struct sk_arena arena = {0};
    struct pol_tz tz;
    const char *bad[] = {"../../etc/passwd", "/etc/localtime",  "", "Asia", "Asia/", "Mars/Base",
                         "Asia//Tokyo",      "Asia/Tokyo Japan"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_not_equal(pol_tz_load(&tz, bad[i], &arena), POL_TZ_OK);
    sk_arena_free(&arena);
}

static void the_zone_that_was_meant_is_named(void **state) {
    (void)state;
    struct sk_arena arena = {0};
    assert_string_equal(pol_tz_nearest("Asia/Tokio", &arena), "Asia/Tokyo");
    assert_string_equal(pol_tz_nearest("asia/tokyo", &arena), "Asia/Tokyo");
    assert_string_equal(pol_tz_nearest("Tokyo", &arena), "Asia/Tokyo");
    assert_string_equal(pol_tz_nearest("Japan/Tokyo", &arena), "Asia/Tokyo");
    assert_null(pol_tz_nearest("Quetzalcoatlus/northropi", &arena));
    sk_arena_free(&arena);
}

/* --- TZif written by hand -------------------------------------------------------------------------------------------
 */

struct out {
    uint8_t b[1024];
    size_t n;
};
static void put(struct out *o, uint64_t v, unsigned bytes) {
    while (bytes--)
        o->b[o->n++] = (uint8_t)(v >> 8 * bytes);
}
static void put_header(struct out *o, uint32_t times, uint32_t types) {
    uint32_t counts[] = {0, 0, 0, times, types, 4};
    put(o, 0x545a6966, 4);
    put(o, '2', 1);
    put(o, 0, 8);
    put(o, 0, 7);
    for (unsigned i = 0; i < 6; i++)
        put(o, counts[i], 4);
}
/* Two types: 0 = standard, 1 = summer; transitions alternate, beginning with summer. */
static struct out tzif(const int64_t *when, uint32_t n, int32_t std, int32_t dst, const char *footer) {
    struct out o = {.n = 0};
    put_header(&o, 0, 1);
    put(&o, 0, 6);
    put(&o, 0, 4);
    put_header(&o, n, 2);
    for (uint32_t i = 0; i < n; i++)
        put(&o, (uint64_t)when[i], 8);
    for (uint32_t i = 0; i < n; i++)
        put(&o, i % 2 == 0, 1);
    put(&o, (uint32_t)std, 4);
    put(&o, 0, 2);
    put(&o, (uint32_t)dst, 4);
    put(&o, 1 << 8, 2);
    put(&o, 0, 4);
    for (; *footer; footer++)
        put(&o, (uint8_t)*footer, 1);
    return o;
}

static void footer_rules_hold_after_the_last_transition(void **state) {
    (void)state;
    struct sk_arena arena = {0};
    struct pol_tz tz;
    struct out o = tzif(NULL, 0, -18000, -14400, "\nEST5EDT,M3.2.0,M11.1.0\n");
    assert_true(pol_tz_parse(&tz, o.b, o.n, &arena));
    assert_int_equal(pol_tz_offset(&tz, 1772953199), -18000); /* 2026-03-08 01:59:59 EST */
    assert_int_equal(pol_tz_offset(&tz, 1772953200), -14400);
    assert_int_equal(pol_tz_offset(&tz, 1793512799), -14400); /* 2026-11-01 01:59:59 EDT */
    assert_int_equal(pol_tz_offset(&tz, 1793512800), -18000);
    o = tzif(NULL, 0, 36000, 39600, "\nAEST-10AEDT,M10.1.0,M4.1.0/3\n"); /* the south: summer spans new year */
    assert_true(pol_tz_parse(&tz, o.b, o.n, &arena));
    assert_int_equal(pol_tz_offset(&tz, 1767225600), 39600);         /* January */
    assert_int_equal(pol_tz_offset(&tz, 1782864000), 36000);         /* July */
    o = tzif(NULL, 0, 3600, 7200, "\nCET-1CEST,M3.5.0,M10.5.0/3\n"); /* week 5 is the last, here the fourth */
    assert_true(pol_tz_parse(&tz, o.b, o.n, &arena));
    assert_int_equal(pol_tz_offset(&tz, 1774745999), 3600); /* 2026-03-29 00:59:59Z */
    assert_int_equal(pol_tz_offset(&tz, 1774746000), 7200);
    assert_int_equal(pol_tz_offset(&tz, 1792889999), 7200); /* 2026-10-25 00:59:59Z */
    assert_int_equal(pol_tz_offset(&tz, 1792890000), 3600);
    o = tzif(NULL, 0, 3600, 7200, "\n<+0330>-3:30\n");
    assert_true(pol_tz_parse(&tz, o.b, o.n, &arena));
    assert_int_equal(pol_tz_offset(&tz, 0), 12600);
    sk_arena_free(&arena);
}

static void transitions_rule_before_the_footer(void **state) {
    (void)state;
    struct sk_arena arena = {0};
    struct pol_tz tz;
    int64_t when[] = {1000000, 2000000, 3000000};
    struct out o = tzif(when, 3, 3600, 7200, "\nCET-1\n");
    assert_true(pol_tz_parse(&tz, o.b, o.n, &arena));
    int64_t at[] = {0, 999999, 1000000, 1999999, 2000000, 2999999, 3000000};
    int32_t want[] = {3600, 3600, 7200, 7200, 3600, 3600, 3600};
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(pol_tz_offset(&tz, at[i]), want[i]);
    sk_arena_free(&arena);
}

static void a_day_whose_midnight_is_skipped_begins_at_the_jump(void **state) {
    (void)state;
    struct sk_arena arena = {0};
    struct pol_tz tz;
    int64_t jump = 20 * 86400 - 3600; /* clocks go from 00:00 to 01:00 of day 20, one hour east of UTC */
    struct out o = tzif(&jump, 1, 3600, 7200, "\n\n");
    assert_true(pol_tz_parse(&tz, o.b, o.n, &arena));
    struct pol_date d;
    pol_date_of_days(20, &d);
    assert_int_equal(pol_date_begin(&tz, &d), jump * SK_SEC);
    pol_date_of_days(19, &d);
    assert_int_equal(pol_date_end(&tz, &d), jump * SK_SEC - 1);
    sk_arena_free(&arena);
}

static void a_day_whose_midnight_comes_twice_begins_at_the_first(void **state) {
    (void)state;
    struct sk_arena arena = {0};
    struct pol_tz tz;
    int64_t when[] = {86400, 20 * 86400 - 3600}; /* back from 01:00 of day 20 (summer) to 00:00 */
    struct out o = tzif(when, 2, 3600, 7200, "\n\n");
    assert_true(pol_tz_parse(&tz, o.b, o.n, &arena));
    struct pol_date d;
    pol_date_of_days(20, &d);
    assert_int_equal(pol_date_begin(&tz, &d), (20 * 86400 - 7200) * SK_SEC);
    sk_arena_free(&arena);
}

static void a_cut_file_is_refused_and_never_read_past_its_end(void **state) {
    (void)state;
    struct sk_arena arena = {0};
    int64_t when[] = {1000000, 2000000};
    const char *footer = "\nEST5EDT,M3.2.0,M11.1.0\n";
    struct out o = tzif(when, 2, 3600, 7200, footer);
    struct sk_guard g = sk_guard_end(o.b, o.n);
    for (size_t k = 0; k < o.n; k++) {
        struct pol_tz tz;
        bool ok = pol_tz_parse(&tz, sk_guard_cut(&g, o.b, k), k, &arena);
        assert_int_equal(ok, k >= o.n - strlen(footer)); /* without a whole footer the last transition rules */
        if (ok)
            (void)pol_tz_offset(&tz, 4000000000);
    }
    sk_guard_free(&g);
    sk_arena_free(&arena);
}

static void damaged_files_are_refused(void **state) {
    (void)state;
    struct sk_arena arena = {0};
    struct pol_tz tz;
    int64_t backwards[] = {2000000, 1000000};
    struct out o = tzif(backwards, 2, 3600, 7200, "\n\n");
    assert_false(pol_tz_parse(&tz, o.b, o.n, &arena));
    o = tzif(NULL, 0, 900000, 0, "\n\n"); /* ten days east */
    assert_false(pol_tz_parse(&tz, o.b, o.n, &arena));
    o = tzif(NULL, 0, 0, 0, "\n\n");
    o.b[0] = 'X';
    assert_false(pol_tz_parse(&tz, o.b, o.n, &arena));
    o.b[0] = 'T';
    o.b[4] = 0; /* version 1 has no 64-bit part */
    assert_false(pol_tz_parse(&tz, o.b, o.n, &arena));
    sk_arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_that_exist_are_read),
        cmocka_unit_test(dates_that_do_not_exist_are_refused),
        cmocka_unit_test(every_day_of_the_range_goes_there_and_back),
        cmocka_unit_test(utc_days_begin_at_midnight_and_end_a_nanosecond_before_the_next),
        cmocka_unit_test(tokyo_is_nine_hours_ahead),
        cmocka_unit_test(names_that_leave_the_database_are_refused),
        cmocka_unit_test(the_zone_that_was_meant_is_named),
        cmocka_unit_test(footer_rules_hold_after_the_last_transition),
        cmocka_unit_test(transitions_rule_before_the_footer),
        cmocka_unit_test(a_day_whose_midnight_is_skipped_begins_at_the_jump),
        cmocka_unit_test(a_day_whose_midnight_comes_twice_begins_at_the_first),
        cmocka_unit_test(a_cut_file_is_refused_and_never_read_past_its_end),
        cmocka_unit_test(damaged_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
