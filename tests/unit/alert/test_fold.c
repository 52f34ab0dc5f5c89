/* SPDX-License-Identifier: Apache-2.0 */
/* Folding: what is one alert, when it is told, when it ends, and that every match is counted once. */
#include "alert_rig.h"

static const enum sk_field_id by_source[] = {SKF_source_ip}, by_port[] = {SKF_destination_port},
                              by_destination[] = {SKF_destination_ip};
static const struct sk_rule rule = {.id = "6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0ab001",
                                    .name = "test-rule",
                                    .title = "A test",
                                    .detection = "BND-001",
                                    .level = SK_LEVEL_LOW,
                                    .subject = by_source,
                                    .n_subject = 1,
                                    .discriminator = by_port,
                                    .n_discriminator = 1,
                                    .grows = by_destination,
                                    .n_grows = 1,
                                    .window = 30 * MINUTE_,
                                    .certainty = "observed",
                                    .message = {"{count} from {source.ip}", NULL}};

static struct sk_event *flow_at(sk_time ts, const char *src, const char *dst, uint16_t port) {
    struct sk_event *ev = event_at(SKE_flow_state, ts, src, dst);
    ev->transport = 6;
    ev->dport = port;
    return ev;
}

static void same_subject_and_discriminator_are_one_alert(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0, "10.0.0.1", "192.0.2.1", 443));
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 1, "10.0.0.1", "192.0.2.1", 443));
    assert_int_equal(r->n, 1);
    assert_int_equal(r->line[0].action, SK_ACTION_OPEN);
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 2, "10.0.0.2", "192.0.2.1", 443)); /* another subject */
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 3, "10.0.0.1", "192.0.2.1", 80));  /* another discriminator */
    assert_int_equal(r->n, 3);
    sk_alerts_close(r->alerts, T0 + SK_SEC, "end-of-input");
    assert_int_equal(r->n, 6);
    assert_int_equal(r->line[3].count, 2); /* closed in the order they were opened */
    assert_string_equal(r->line[3].id, r->line[0].id);
    assert_string_equal(text_at(&r->line[3], "sekimori.alert.close_reason"), "end-of-input");
    alert_rig_free(r);
}

static void rules_of_one_detection_fold_together_others_do_not(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    struct sk_rule twin = rule, other = rule;
    twin.id = "6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0ab002";
    other.detection = "BND-002";
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0, "10.0.0.1", "192.0.2.1", 443));
    match_at(r, &twin, SK_LEVEL_LOW, false, flow_at(T0, "10.0.0.1", "192.0.2.1", 443));
    match_at(r, &other, SK_LEVEL_LOW, false, flow_at(T0, "10.0.0.1", "192.0.2.1", 443));
    assert_int_equal(r->n, 2);
    assert_string_not_equal(r->line[0].id, r->line[1].id);
    alert_rig_free(r);
}

static void a_worse_match_is_told_at_once_and_a_milder_one_does_not_take_its_place(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    struct sk_event *ev = flow_at(T0, "10.0.0.1", "192.0.2.1", 443);
    sk_event_put_text(ev, SKF_flow_state, "refused");
    match_at(r, &rule, SK_LEVEL_INFORMATIONAL, false, ev);
    ev = flow_at(T0 + SK_SEC, "10.0.0.1", "192.0.2.1", 443);
    sk_event_put_text(ev, SKF_flow_state, "established");
    match_at(r, &rule, SK_LEVEL_HIGH, false, ev);
    assert_int_equal(r->n, 2);
    assert_int_equal(r->line[1].action, SK_ACTION_UPDATE);
    assert_int_equal(r->line[1].level, SK_LEVEL_HIGH);
    assert_int_equal(int_at(&r->line[1], "event.severity"), 4);
    ev = flow_at(T0 + 2 * SK_SEC, "10.0.0.1", "192.0.2.7", 443); /* milder, with a new destination */
    sk_event_put_text(ev, SKF_flow_state, "refused");
    match_at(r, &rule, SK_LEVEL_INFORMATIONAL, false, ev);
    assert_int_equal(r->n, 3); /* it grew */
    assert_int_equal(r->line[2].level, SK_LEVEL_HIGH);
    assert_string_equal(text_at(&r->line[2], "sekimori.facts.flow.state"), "established");
    assert_int_equal(sk_json_size(sk_json_at(r->line[2].tree, "sekimori.grown.destination.ip")), 2);
    struct sk_alert_stats s;
    sk_alerts_stats(r->alerts, &s);
    assert_int_equal(s.by_level[SK_LEVEL_HIGH], 1);
    assert_int_equal(s.by_level[SK_LEVEL_INFORMATIONAL], 0);
    sk_alerts_close(r->alerts, T0 + MINUTE_, "end-of-input");
    assert_int_equal(r->line[3].level, SK_LEVEL_HIGH);
    sk_alerts_stats(r->alerts, &s);
    assert_int_equal(s.by_level[SK_LEVEL_HIGH], 1);
    alert_rig_free(r);
}

static void growth_is_told_eight_times_a_minute_then_together(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    for (unsigned i = 0; i < 200; i++) {
        char dst[32];
        snprintf(dst, sizeof dst, "192.0.2.%u", i);
        match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + i * SK_MSEC, "10.0.0.1", dst, 443));
    }
    assert_int_equal(r->n, 1 + 8);
    for (sk_time t = T0; t <= T0 + MINUTE_ + SK_SEC; t += SK_SEC)
        sk_alerts_tick(r->alerts, t);
    assert_int_equal(r->n, 1 + 8 + 1);
    assert_int_equal(r->line[9].count, 200);
    alert_rig_free(r);
}

static void updates_come_after_one_five_fifteen_minutes_then_hourly_if_something_happened(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    for (sk_time t = 0; t < 200 * MINUTE_; t += 10 * SK_SEC) {
        sk_alerts_tick(r->alerts, T0 + t);
        match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + t, "10.0.0.1", "192.0.2.1", 443));
    }
    static const int64_t minutes[] = {0, 1, 5, 15, 75, 135, 195};
    assert_int_equal(r->n, sizeof minutes / sizeof *minutes);
    for (size_t i = 0; i < r->n; i++)
        assert_int_equal((r->line[i].ts - T0) / MINUTE_, minutes[i]);
    sk_alerts_tick(r->alerts, T0 + 256 * MINUTE_); /* quiet for its window: closed, not updated */
    assert_int_equal(r->n, 8);
    assert_int_equal(r->line[7].action, SK_ACTION_CLOSE);
    alert_rig_free(r);
}

static void silence_for_the_window_closes_and_the_next_match_opens_anew(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0, "10.0.0.1", "192.0.2.1", 443));
    sk_alerts_tick(r->alerts, T0 + 30 * MINUTE_ - 1);
    assert_int_equal(r->n, 1);
    sk_alerts_tick(r->alerts, T0 + 30 * MINUTE_ + SK_SEC);
    assert_int_equal(r->n, 2);
    assert_string_equal(text_at(&r->line[1], "sekimori.alert.close_reason"), "idle");
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 40 * MINUTE_, "10.0.0.1", "192.0.2.1", 443));
    assert_int_equal(r->line[2].action, SK_ACTION_OPEN);
    assert_string_not_equal(r->line[2].id, r->line[0].id);
    assert_int_equal(r->line[2].count, 1);
    alert_rig_free(r);
}

static void a_window_ends_without_a_tick_too(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    match_at(r, &rule, SK_LEVEL_HIGH, false, flow_at(T0, "10.0.0.1", "192.0.2.1", 443));
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 30 * MINUTE_ - 1, "10.0.0.1", "192.0.2.1", 443));
    assert_int_equal(r->n, 1);
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 61 * MINUTE_, "10.0.0.1", "192.0.2.1", 443));
    assert_int_equal(r->n, 3);
    assert_int_equal(r->line[1].action, SK_ACTION_CLOSE);
    assert_int_equal(r->line[1].count, 2);
    assert_int_equal(r->line[2].action, SK_ACTION_OPEN);
    assert_int_equal(r->line[2].level, SK_LEVEL_LOW);
    alert_rig_free(r);
}

static void times_at_the_end_of_time_overflow_nothing(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    for (int i = 0; i < 30; i++) {
        char dst[32];
        snprintf(dst, sizeof dst, "192.0.2.%d", i);
        match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(INT64_MAX - 30 + i, "10.0.0.1", dst, 443));
        sk_alerts_tick(r->alerts, INT64_MAX - 30 + i);
    }
    sk_alerts_tick(r->alerts, INT64_MAX);
    sk_alerts_close(r->alerts, INT64_MAX, "end-of-input");
    assert_int_equal(r->line[r->n - 1].count, 30);
    alert_rig_free(r);
}

static void the_next_group_of_inputs_may_lie_earlier(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 3600 * SK_SEC, "10.0.0.1", "192.0.2.1", 443));
    sk_alerts_close(r->alerts, T0 + 3601 * SK_SEC, "end-of-input");
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0, "10.0.0.1", "192.0.2.1", 443));
    sk_alerts_tick(r->alerts, T0 + SK_SEC);
    sk_alerts_close(r->alerts, T0 + 2 * SK_SEC, "end-of-input");
    assert_int_equal(r->n, 4);
    assert_true(r->line[3].ts == T0 + 2 * SK_SEC);
    assert_true(r->line[1].ts == T0 + 3601 * SK_SEC);
    alert_rig_free(r);
}

static void past_the_cap_the_longest_idle_is_superseded_and_counted(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 2);
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0, "10.0.0.1", "192.0.2.1", 443));
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 1 * SK_SEC, "10.0.0.2", "192.0.2.1", 443));
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 2 * SK_SEC, "10.0.0.1", "192.0.2.1", 443));
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 3 * SK_SEC, "10.0.0.3", "192.0.2.1", 443));
    assert_int_equal(r->n, 4);
    assert_int_equal(r->line[2].action, SK_ACTION_CLOSE);
    assert_string_equal(r->line[2].id, r->line[1].id);
    assert_string_equal(text_at(&r->line[2], "sekimori.alert.close_reason"), "superseded");
    assert_true(r->line[2].ts == T0 + 3 * SK_SEC); /* lines stay in the order of time */
    struct sk_alert_stats s;
    sk_alerts_stats(r->alerts, &s);
    assert_int_equal(s.evicted, 1);
    assert_int_equal(s.open, 2);
    /* the same subject again within the same nanosecond is another alert with another id */
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 3 * SK_SEC, "10.0.0.4", "192.0.2.1", 443));
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 3 * SK_SEC, "10.0.0.5", "192.0.2.1", 443));
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 3 * SK_SEC, "10.0.0.4", "192.0.2.1", 443));
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 3 * SK_SEC, "10.0.0.6", "192.0.2.1", 443));
    match_at(r, &rule, SK_LEVEL_LOW, false, flow_at(T0 + 3 * SK_SEC, "10.0.0.5", "192.0.2.1", 443));
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(text_at(&r->line[i], "event.id"), text_at(&r->line[k], "event.id"));
    alert_rig_free(r);
}

static void members_are_counted_and_a_host_that_stands_out_has_its_own_alert(void **state) {
    (void)state;
    static const enum sk_field_id by_segment[] = {SKF_network_name}, grown[] = {SKF_source_mac};
    struct sk_rule roll = rule;
    roll.subject = by_segment, roll.discriminator = NULL, roll.n_discriminator = 0, roll.grows = grown;
    roll.roll_up_members = SKF_source_mac;
    roll.message.en = "{members.count} devices";
    struct alert_rig *r = alert_rig_new(NULL, 0);
    for (uint8_t i = 0; i < 40; i++) {
        struct sk_event *ev = event_at(SKE_ipv6_seen, T0 + i * SK_MSEC, "fe80::1", "ff02::16");
        ev->smac.b[5] = (uint8_t)(i % 38);
        match_at(r, &roll, i == 5 ? SK_LEVEL_MEDIUM : SK_LEVEL_LOW, i == 5, ev);
    }
    sk_alerts_close(r->alerts, T0 + SK_SEC, "end-of-input");
    const struct kept *alone = &r->line[r->n - 1], *all = &r->line[r->n - 2];
    assert_int_equal(alone->count, 1);
    assert_int_equal(alone->level, SK_LEVEL_MEDIUM);
    assert_null(sk_json_at(alone->tree, "sekimori.members"));
    assert_string_equal(alone->message[0], "1 device");
    assert_int_equal(all->count, 39);
    assert_int_equal(int_at(all, "sekimori.members.count"), 37);
    assert_int_equal(sk_json_size(sk_json_at(all->tree, "sekimori.members.sample")), 32);
    assert_string_equal(all->device, "37 devices");
    assert_string_equal(all->device_ja, "37台");
    assert_string_equal(all->message[0], "37 devices");
    assert_string_equal(text_at(all, "source.mac"), "02-00-00-00-00-00"); /* the first device stays the one told */
    alert_rig_free(r);
}

static void a_mirrors_copy_of_what_was_counted_is_told_apart_from_the_count(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    struct sk_event *ev = flow_at(T0, "10.0.0.1", "192.0.2.1", 443);
    ev->flags |= SK_EV_DUPLICATE; /* the first frame did not match, in another VLAN: this one does */
    match_at(r, &rule, SK_LEVEL_LOW, false, ev);
    assert_int_equal(r->n, 1);
    assert_int_equal(r->line[0].count, 1);
    ev = flow_at(T0 + 99 * SK_MSEC, "10.0.0.1", "192.0.2.1", 443);
    ev->flags |= SK_EV_DUPLICATE;
    match_at(r, &rule, SK_LEVEL_LOW, false, ev);
    ev = flow_at(T0 + 300 * SK_MSEC, "10.0.0.1", "192.0.2.1", 443);
    ev->flags |= SK_EV_DUPLICATE; /* nothing was counted a tenth of a second before */
    match_at(r, &rule, SK_LEVEL_LOW, false, ev);
    ev = flow_at(T0 + 301 * SK_MSEC, "10.0.0.1", "192.0.2.1", 443);
    ev->flags |= SK_EV_DUPLICATE; /* worse than what was counted */
    match_at(r, &rule, SK_LEVEL_HIGH, false, ev);
    sk_alerts_close(r->alerts, T0 + SK_SEC, "end-of-input");
    assert_int_equal(r->line[r->n - 1].count, 3);
    assert_int_equal(r->line[r->n - 1].level, SK_LEVEL_HIGH);
    assert_int_equal(int_at(&r->line[r->n - 1], "sekimori.alert.copies"), 1);
    alert_rig_free(r);
}

/* Whatever comes: the counts of the closings are the matches, revisions have no gap, lines are in the order of time. */
static void every_match_is_in_exactly_one_count(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        struct alert_rig *r = alert_rig_new(NULL, seed % 3 ? 0 : 5);
        uint32_t x = seed;
        sk_time t = T0;
        uint64_t matches = 400, sum = 0, opens = 0, closes = 0;
        for (uint64_t i = 0; i < matches; i++) {
            char src[32], dst[32];
            snprintf(src, sizeof src, "10.0.0.%u", next_random(&x) >> 28);
            snprintf(dst, sizeof dst, "192.0.2.%u", next_random(&x) >> 26);
            t += (sk_time)(next_random(&x) >> 8) * (seed % 2 ? 100 : 100000);
            sk_alerts_tick(r->alerts, t);
            enum sk_level level = (enum sk_level)(1 + (next_random(&x) >> 16) % 5);
            match_at(r, &rule, level, false, flow_at(t, src, dst, (uint16_t)(next_random(&x) >> 31)));
        }
        sk_alerts_close(r->alerts, t, "end-of-input");
        for (size_t i = 0; i < r->n; i++) {
            assert_true(i == 0 || r->line[i].ts >= r->line[i - 1].ts);
            assert_int_equal(int_at(&r->line[i], "event.sequence"), i + 1);
            opens += r->line[i].action == SK_ACTION_OPEN;
            if (r->line[i].action == SK_ACTION_CLOSE)
                sum += r->line[i].count, closes++;
        }
        assert_int_equal(sum, matches);
        assert_int_equal(opens, closes);
        alert_rig_free(r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_subject_and_discriminator_are_one_alert),
        cmocka_unit_test(rules_of_one_detection_fold_together_others_do_not),
        cmocka_unit_test(a_worse_match_is_told_at_once_and_a_milder_one_does_not_take_its_place),
        cmocka_unit_test(growth_is_told_eight_times_a_minute_then_together),
        cmocka_unit_test(updates_come_after_one_five_fifteen_minutes_then_hourly_if_something_happened),
        cmocka_unit_test(silence_for_the_window_closes_and_the_next_match_opens_anew),
        cmocka_unit_test(a_window_ends_without_a_tick_too),
        cmocka_unit_test(times_at_the_end_of_time_overflow_nothing),
        cmocka_unit_test(the_next_group_of_inputs_may_lie_earlier),
        cmocka_unit_test(past_the_cap_the_longest_idle_is_superseded_and_counted),
        cmocka_unit_test(members_are_counted_and_a_host_that_stands_out_has_its_own_alert),
        cmocka_unit_test(a_mirrors_copy_of_what_was_counted_is_told_apart_from_the_count),
        cmocka_unit_test(every_match_is_in_exactly_one_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
