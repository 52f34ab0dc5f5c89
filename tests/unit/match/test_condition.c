/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: words, precedence, counts, limits. Three searches: t1, t2 hold on the event, f1, f2 do not, _x holds. */
#include "rules.h"

static bool holds(const char *condition) {
    struct sk_event *ev = ra_event();
    struct sk_buf b = {0};
    sk_buf_fmt(&b,
               "  t1: {icmpv6.ra.mtu: 1280}\n  f1: {icmpv6.ra.mtu: 1}\n  t2: {icmpv6.ra.kind: default-router}\n"
               "  f2: {icmpv6.ra.kind: empty}\n  _x: {icmpv6.ra.mtu: 1280}\n  _y: {icmpv6.ra.mtu: 1}\n  condition: %s",
               condition);
    bool ret = fires_at(b.p, NULL, ev);
    sk_buf_free(&b);
    free(ev);
    return ret;
}

static void not_binds_before_and_before_or(void **state) {
    (void)state;
    assert_true(holds("t1 or t2 and f1"));
    assert_false(holds("(t1 or t2) and f1"));
    assert_true(holds("f1 and f2 or t1"));
    assert_false(holds("f1 and (f2 or t1)"));
    assert_true(holds("not f1 and t1"));
    assert_false(holds("not (f1 and t1) and f2"));
    assert_true(holds("not f1 or t1 and f1"));
    assert_false(holds("not t1 or f1"));
    assert_true(holds("not not t1"));
    assert_false(holds("not not not t1"));
    assert_true(holds("t1 and not f1 and t2 and not f2"));
    assert_true(holds("f1 or f2 or (t1 and (t2 or f1))"));
}

static void words_are_taken_in_either_case_and_names_as_written(void **state) {
    (void)state;
    assert_true(holds("t1 AND NOT f1"));
    assert_true(holds("1 OF t* Or f1"));
}

static void counts_take_patterns_and_them(void **state) {
    (void)state;
    assert_true(holds("1 of t*"));
    assert_true(holds("all of t*"));
    assert_false(holds("1 of f*"));
    assert_false(holds("all of f*"));
    assert_true(holds("1 of *1"));
    assert_false(holds("all of *1"));
    assert_true(holds("1 of them"));
    assert_false(holds("all of them"));
    assert_true(holds("all of _x*"));
    assert_true(holds("1 of _*"));
    assert_false(holds("all of _*"));
    assert_true(holds("any of f1* or t1"));
    assert_true(holds("not 1 of f* and all of t*"));
    assert_true(holds("1 of *"));
}

static void them_leaves_out_names_that_begin_with_an_underscore(void **state) {
    (void)state;
    struct sk_event *ev = ra_event();
    assert_true(fires_at("  a: {icmpv6.ra.mtu: 1280}\n  _b: {icmpv6.ra.mtu: 1}\n  condition: all of them and not _b",
                         NULL, ev));
    assert_false(
        fires_at("  a: {icmpv6.ra.mtu: 1}\n  _b: {icmpv6.ra.mtu: 1280}\n  condition: 1 of them or not _b", NULL, ev));
    free(ev);
}

static void a_list_of_conditions_is_an_or(void **state) {
    (void)state;
    assert_true(holds("[f1, t1 and t2]"));
    assert_false(holds("[f1, t1 and f2]"));
}

static char *error_of(const char *condition) {
    struct sk_buf b = {0};
    char *errors = NULL;
    sk_buf_fmt(&b, RULE_HEAD "detection:\n  a: {icmpv6.ra.mtu: 1}\n  condition: '%s'\n", condition);
    struct sk_ruleset *rs = rules_of(b.p, NULL, &errors);
    sk_ruleset_free(rs);
    sk_buf_free(&b);
    return errors;
}

static void hostile_depth_and_length_end_in_an_error(void **state) {
    (void)state;
    char text[6000];
    memset(text, '(', 100);
    memcpy(text + 100, "a", 2);
    char *e = error_of(text);
    assert_string_equal(e, "r.yml:6:79: condition: nested deeper than 64\n");
    free(e);
    size_t n = 0;
    for (unsigned i = 0; i < 100; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "not ");
    snprintf(text + n, sizeof text - n, "a");
    e = error_of(text);
    assert_non_null(strstr(e, "nested deeper"));
    free(e);
    n = 0;
    for (unsigned i = 0; i < 600; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "a or ");
    snprintf(text + n, sizeof text - n, "a");
    e = error_of(text);
    assert_non_null(strstr(e, "more than 1024 words"));
    free(e);
}

static void a_rule_of_too_many_comparisons_is_refused(void **state) {
    (void)state;
    struct sk_buf b = {0};
    char *errors = NULL;
    sk_buf_str(&b, RULE_HEAD "detection:\n  a:\n");
    for (unsigned i = 0; i < 1000; i++)
        sk_buf_fmt(&b, "    - icmpv6.ra.mtu: %u\n", i);
    sk_buf_str(&b, "  condition: a and a and a and a and a and a\n");
    struct sk_ruleset *rs = rules_of(b.p, NULL, &errors);
    assert_null(rs);
    assert_non_null(strstr(errors, "too large"));
    free(errors);
    sk_buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_binds_before_and_before_or),
        cmocka_unit_test(words_are_taken_in_either_case_and_names_as_written),
        cmocka_unit_test(counts_take_patterns_and_them),
        cmocka_unit_test(them_leaves_out_names_that_begin_with_an_underscore),
        cmocka_unit_test(a_list_of_conditions_is_an_or),
        cmocka_unit_test(hostile_depth_and_length_end_in_an_error),
        cmocka_unit_test(a_rule_of_too_many_comparisons_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
