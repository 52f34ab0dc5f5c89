/* SPDX-License-Identifier: Apache-2.0 */
#include "sekimori/time.h"
#include "unit.h"

static void time_is(sk_time t, const char *want) {
    char buf[SK_TIME_TEXT];
    assert_ptr_equal(sk_time_text(t, buf), buf);
    assert_string_equal(buf, want);
}

static void time_is_rfc_3339_with_microseconds(void **state) {
    (void)state;
    time_is(0, "1970-01-01T00:00:00.000000Z");
    time_is(1795479123 * SK_SEC + 104221 * SK_USEC + 999, "2026-11-24T00:12:03.104221Z");
    time_is(SK_DAY - 1, "1970-01-01T23:59:59.999999Z");
}

static void leap_days_are_where_they_belong(void **state) {
    (void)state;
    time_is(951782399 * SK_SEC, "2000-02-28T23:59:59.000000Z");
    time_is(951782400 * SK_SEC, "2000-02-29T00:00:00.000000Z");
    time_is(951868800 * SK_SEC, "2000-03-01T00:00:00.000000Z");
    time_is(4107542399 * SK_SEC, "2100-02-28T23:59:59.000000Z");
    time_is(4107542400 * SK_SEC, "2100-03-01T00:00:00.000000Z");
}

static void both_ends_of_the_type_have_a_text(void **state) {
    (void)state;
    time_is(INT64_MAX, "2262-04-11T23:47:16.854775Z");
    time_is(INT64_MIN, "1677-09-21T00:12:43.145224Z");
    time_is(-1, "1969-12-31T23:59:59.999999Z");
}

static void every_day_agrees_with_the_c_library(void **state) {
    (void)state;
    for (int64_t day = -106000; day < 106000; day++) {
        time_t seconds = day * 86400 + 3723;
        struct tm tm;
        char want[SK_TIME_TEXT];
        assert_non_null(gmtime_r(&seconds, &tm));
        assert_true(strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.000000Z", &tm) > 0);
        time_is(seconds * SK_SEC, want);
    }
}

static void what_was_written_reads_back(void **state) {
    (void)state;
    static const sk_time at[] = {0,           1,       1795478400 * SK_SEC, 951782400 * SK_SEC,
                                 SK_TIME_MAX, -SK_DAY, -5000000000 * SK_SEC};
    char text[SK_TIME_TEXT];
    sk_time back;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        for (sk_time add = 0; add < 900 * SK_DAY; add += 17 * SK_DAY + 3661 * SK_SEC + 123456 * SK_USEC) {
            sk_time t = sk_time_add(at[i] - at[i] % SK_USEC, add);
            if (t > SK_TIME_MAX)
                continue;
            assert_true(sk_time_parse(sk_time_text(t, text), &back));
            assert_int_equal(back, t);
        }
    assert_true(sk_time_parse("2026-11-24T00:00:00Z", &back));
    assert_int_equal(back, 1795478400 * SK_SEC);
    static const char *const wrong[] = {"",
                                        "2026-11-24",
                                        "2026-13-24T00:00:00Z",
                                        "2026-11-24T00:00:00",
                                        "2026-11-24T00:00:00.Z",
                                        "2026-11-24T00:00:00.1234567891Z",
                                        "2026-11-24 00:00:00Z",
                                        "x026-11-24T00:00:00Z"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(sk_time_parse(wrong[i], &back));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_reads_back),         cmocka_unit_test(time_is_rfc_3339_with_microseconds),
        cmocka_unit_test(leap_days_are_where_they_belong),     cmocka_unit_test(both_ends_of_the_type_have_a_text),
        cmocka_unit_test(every_day_agrees_with_the_c_library),
    };
    return cmocka_run_group_tests_name("base/time", tests, NULL, NULL);
}
