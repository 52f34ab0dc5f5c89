/* SPDX-License-Identifier: Apache-2.0 */
/* The register of exceptions: what it silences is counted, what it lowers or raises says so, critical is never mute. */
#include "alert_rig.h"

#define HEAD                                                                                                           \
    "zones: {office: {side: inside, prefixes: [10.0.0.0/8]}}\n"                                                        \
    "segments: {lan: {vlan: 20, zone: office}}\n"                                                                      \
    "exceptions:\n"
#define WORDS "owner: a, approver: b, reason: c"

static const enum sk_field_id by_source[] = {SKF_source_ip};
static const struct sk_rule rule = {.id = "6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0ab001",
                                    .name = "test-rule",
                                    .title = "A test",
                                    .detection = "BND-001",
                                    .level = SK_LEVEL_MEDIUM,
                                    .subject = by_source,
                                    .n_subject = 1,
                                    .window = 30 * MINUTE_,
                                    .certainty = "observed",
                                    .message = {"{count} from {source.ip}", NULL}};

static void match(struct alert_rig *r, enum sk_level level, sk_time ts, const char *src) {
    struct sk_event *ev = event_at(SKE_flow_state, ts, src, "192.0.2.1");
    ev->transport = 6;
    ev->dport = 443;
    match_at(r, &rule, level, false, ev);
}

static void a_mute_is_counted_and_writes_nothing_but_never_what_is_critical(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(
        HEAD "  - {id: EX-1, rule: test-rule, where: {source: 10.0.0.1}, effect: mute, until: 2026-12-31, " WORDS "}\n",
        0);
    for (unsigned i = 0; i < 5; i++)
        match(r, SK_LEVEL_MEDIUM, T0 + i, "10.0.0.1");
    assert_int_equal(r->n, 0);
    match(r, SK_LEVEL_CRITICAL, T0 + 10, "10.0.0.1");
    assert_int_equal(r->n, 1);
    match(r, SK_LEVEL_MEDIUM, T0 + 11, "10.0.0.1"); /* its key is open: it keeps count of what is silenced */
    match(r, SK_LEVEL_MEDIUM, T0 + 12, "10.0.0.2");
    sk_alerts_close(r->alerts, T0 + SK_SEC, "end-of-input");
    assert_int_equal(r->n, 4);
    assert_int_equal(int_at(&r->line[2], "sekimori.alert.muted"), 1);
    assert_null(sk_json_at(r->line[2].tree, "sekimori.exception"));
    struct sk_alert_stats s;
    sk_alerts_stats(r->alerts, &s);
    assert_int_equal(s.muted, 6);
    assert_int_equal(s.counted + s.muted, s.matches);
    size_t n;
    const uint64_t *by_entry = sk_alerts_excepted(r->alerts, &n);
    assert_int_equal(n, 1);
    assert_int_equal(by_entry[0], 6);
    alert_rig_free(r);
}

static void lower_and_raise_are_one_step_and_say_which_entry(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(
        HEAD "  - {id: EX-2, rule: BND-001, where: {source: 10.0.0.1}, effect: lower, until: 2026-12-31, " WORDS "}\n"
             "  - {id: EX-3, rule: BND-001, where: {source: 10.0.0.2}, effect: raise, until: 2026-12-31, " WORDS "}\n",
        0);
    match(r, SK_LEVEL_MEDIUM, T0, "10.0.0.1");
    match(r, SK_LEVEL_MEDIUM, T0 + 1, "10.0.0.2");
    match(r, SK_LEVEL_MEDIUM, T0 + 2, "10.0.0.3");
    assert_int_equal(r->line[0].level, SK_LEVEL_LOW);
    assert_string_equal(text_at(&r->line[0], "sekimori.exception.id"), "EX-2");
    assert_string_equal(text_at(&r->line[0], "sekimori.exception.effect"), "lower");
    assert_int_equal(r->line[1].level, SK_LEVEL_HIGH);
    assert_string_equal(text_at(&r->line[1], "sekimori.exception.effect"), "raise");
    assert_int_equal(r->line[2].level, SK_LEVEL_MEDIUM);
    assert_null(sk_json_at(r->line[2].tree, "sekimori.exception"));
    match(r, SK_LEVEL_CRITICAL, T0 + 3, "10.0.0.2"); /* no level above */
    assert_int_equal(r->line[3].level, SK_LEVEL_CRITICAL);
    alert_rig_free(r);
}

static void an_expired_entry_is_not_honoured(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(
        HEAD "  - {id: EX-4, rule: BND-001, where: {source: 10.0.0.1}, effect: mute, until: 2026-11-23, " WORDS "}\n",
        0);
    match(r, SK_LEVEL_MEDIUM, T0 - 24 * 3600 * SK_SEC, "10.0.0.1"); /* on its last day */
    assert_int_equal(r->n, 0);
    match(r, SK_LEVEL_MEDIUM, T0, "10.0.0.1");
    assert_int_equal(r->n, 1);
    alert_rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mute_is_counted_and_writes_nothing_but_never_what_is_critical),
        cmocka_unit_test(lower_and_raise_are_one_step_and_say_which_entry),
        cmocka_unit_test(an_expired_entry_is_not_honoured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
