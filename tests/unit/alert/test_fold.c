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

static uint32_t next_random(uint32_t *x) { return *x = *x * 1664525u + 1013904223u; }

/* Whatever comes: the counts of the closings are the matches, revisions have no gap, lines are in the order of time. */
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

/* ---- storms ---- */

static struct sk_event *ra_at(sk_time ts, uint32_t sender) {
    char src[64];
    snprintf(src, sizeof src, "fe80::%x:%x", sender >> 16, sender & 0xffff);
    struct sk_event *ev = event_at(SKE_icmpv6_ra, ts, src, "ff02::1");
    ev->seq = (uint64_t)ts + sender;
    ev->smac.b[3] = (uint8_t)(sender >> 16), ev->smac.b[4] = (uint8_t)(sender >> 8), ev->smac.b[5] = (uint8_t)sender;
    return ev;
}
static const enum sk_field_id by_segment_and_source[] = {SKF_network_name, SKF_source_ip},
                              by_segment_only[] = {SKF_network_name}, grown_macs[] = {SKF_source_mac};
static const struct sk_rule single = {.id = "6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0ab011",
                                      .name = "single",
                                      .title = "A single one",
                                      .detection = "V6-011",
                                      .level = SK_LEVEL_HIGH,
                                      .subject = by_segment_and_source,
                                      .n_subject = 2,
                                      .grows = grown_macs,
                                      .n_grows = 1,
                                      .window = 30 * MINUTE_,
                                      .certainty = "observed",
                                      .headline = {"one {source.ip}", "単独 {source.ip}"},
                                      .message = {"{count} from {source.ip}", NULL}};
static const char *const absorbed_names[] = {"single"};
static const struct sk_rule flood = {.id = "6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0ab012",
                                     .name = "flood",
                                     .title = "A flood",
                                     .detection = "V6-012",
                                     .level = SK_LEVEL_CRITICAL,
                                     .subject = by_segment_only,
                                     .n_subject = 1,
                                     .grows = grown_macs,
                                     .n_grows = 1,
                                     .window = 10 * MINUTE_,
                                     .absorbs = {absorbed_names, 1},
                                     .certainty = "observed",
                                     .message = {"{distinct.source.mac} senders", NULL}};

static void accounts(struct alert_rig *r) {
    struct sk_alert_stats s;
    uint64_t sum = 0;
    sk_alerts_stats(r->alerts, &s);
    for (size_t i = 0; i < r->n; i++)
        if (r->line[i].action == SK_ACTION_CLOSE)
            sum += r->line[i].count;
    assert_int_equal(s.open, 0);
    assert_int_equal(s.opened, s.closed);
    assert_int_equal(sum, s.counted);
    assert_int_equal(s.counted + s.copies + s.absorbed + s.muted, s.matches);
}

/* A minute of atk6-flood_router26: three thousand a second, every sender new. */
static void too_many_alerts_of_one_kind_in_a_segment_are_one_storm(void **state) {
    (void)state;
    enum { FRAMES = 180000 };
    struct alert_rig *r = alert_rig_new(NULL, 0);
    for (uint32_t i = 0; i < FRAMES; i++) {
        sk_time t = T0 + (sk_time)i * MINUTE_ / FRAMES;
        if (i % 3000 == 0)
            sk_alerts_tick(r->alerts, t);
        match_at(r, &single, SK_LEVEL_HIGH, false, ra_at(t, i));
    }
    sk_alerts_close(r->alerts, T0 + MINUTE_, "end-of-input");
    assert_true(r->n <= 2 * 5 + 1);
    for (size_t i = 0; i < r->n; i++) /* of one it does not say how many there were */
        if (strcmp(r->line[i].device, "many") == 0 && r->line[i].count == 1)
            assert_null(strpbrk(strstr(text_at(&r->line[i], "message"), "so many"), "0123456789"));
    const struct kept *storm = &r->line[r->n - 1];
    assert_int_equal(storm->count, FRAMES - 4);
    assert_string_equal(text_at(storm, "rule.id"), "V6-011");
    int64_t subjects = int_at(storm, "sekimori.storm.subjects");
    assert_true(subjects > (FRAMES - 4) * 95 / 100 && subjects < (FRAMES - 4) * 105 / 100);
    assert_true(sk_json_get_bool(storm->tree, "sekimori.storm.estimated", false));
    assert_int_equal(int_at(storm, "sekimori.alert.peak_rate"), 3000);
    assert_null(sk_json_at(storm->tree, "source"));
    assert_string_equal(storm->device, "many");
    assert_string_equal(storm->device_ja, "多数");
    accounts(r);
    alert_rig_free(r);
}

static void thirty_alerts_a_minute_are_no_storm_and_another_detection_has_its_own_bucket(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    struct sk_rule other = single;
    other.detection = "V6-010";
    for (uint32_t i = 0; i < 120; i++) {
        match_at(r, &single, SK_LEVEL_HIGH, false, ra_at(T0 + i * 2 * SK_SEC, i));
        match_at(r, &other, SK_LEVEL_HIGH, false, ra_at(T0 + i * 2 * SK_SEC, i));
    }
    assert_int_equal(r->n, 240);
    struct sk_alert_stats s;
    sk_alerts_stats(r->alerts, &s);
    assert_int_equal(s.storms, 0);
    alert_rig_free(r);
}

static void a_storm_is_worse_when_a_match_is_and_ends_after_ten_minutes(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    for (uint32_t i = 0; i < 100; i++)
        match_at(r, &single, SK_LEVEL_MEDIUM, false, ra_at(T0 + i, i));
    assert_int_equal(r->n, 5);
    for (uint32_t i = 0; i < 50; i++) /* somebody hides in it */
        match_at(r, &single, SK_LEVEL_CRITICAL, false, ra_at(T0 + SK_SEC + i, 4711));
    assert_int_equal(r->n, 6);
    assert_int_equal(r->line[5].level, SK_LEVEL_CRITICAL);
    sk_alerts_tick(r->alerts, T0 + MINUTE_ + SK_SEC);
    const sk_json *busiest = sk_json_at(r->line[r->n - 1].tree, "sekimori.storm.busiest");
    assert_string_equal(sk_json_get_text(sk_json_item(busiest, 0), "id"), "fe80::1267");
    assert_true(sk_json_get_int(sk_json_item(busiest, 0), "count", 0) >= 50);
    sk_alerts_tick(r->alerts, T0 + 11 * MINUTE_);
    assert_int_equal(r->line[r->n - 1].action, SK_ACTION_CLOSE);
    assert_int_equal(r->line[r->n - 1].count, 146);
    match_at(r, &single, SK_LEVEL_HIGH, false, ra_at(T0 + 12 * MINUTE_, 99999));
    assert_string_equal(text_at(&r->line[r->n - 1], "source.ip"), "fe80::1:869f"); /* alone again */
    sk_alerts_close(r->alerts, T0 + 12 * MINUTE_, "end-of-input");
    accounts(r);
    alert_rig_free(r);
}

/* ---- absorbs ---- */

static void what_an_open_alert_absorbs_is_counted_by_rule_and_writes_no_line(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    struct sk_rule bystander = single;
    bystander.detection = "V6-013", bystander.name = "bystander", bystander.id = "6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0ab013";
    for (uint32_t i = 0; i < 3; i++)
        match_at(r, &single, SK_LEVEL_HIGH, false, ra_at(T0 + i, i));
    match_at(r, &bystander, SK_LEVEL_HIGH, false, ra_at(T0 + 3, 0));
    match_at(r, &flood, SK_LEVEL_CRITICAL, false, ra_at(T0 + 4, 3));
    assert_int_equal(r->n, 3 + 1 + 1 + 3); /* opened, opened, the flood, three closed */
    for (size_t i = 5; i < 8; i++) {
        assert_int_equal(r->line[i].action, SK_ACTION_CLOSE);
        assert_string_equal(text_at(&r->line[i], "sekimori.alert.close_reason"), "absorbed");
        assert_string_equal(text_at(&r->line[i], "sekimori.alert.absorbed_by"), r->line[4].id);
    }
    for (uint32_t i = 0; i < 1000; i++)
        match_at(r, &single, SK_LEVEL_HIGH, false, ra_at(T0 + 5 + i, i));
    assert_int_equal(r->n, 8);
    sk_alerts_tick(r->alerts, T0 + 10 * MINUTE_ + SK_SEC);
    const struct kept *over = &r->line[r->n - 1];
    assert_int_equal(over->action, SK_ACTION_CLOSE);
    assert_int_equal(over->count, 1);
    assert_int_equal(int_at(over, "sekimori.alert.absorbed.V6-011"), 1000);
    match_at(r, &single, SK_LEVEL_HIGH, false, ra_at(T0 + 11 * MINUTE_, 7)); /* afterwards they alert again */
    assert_int_equal(r->line[r->n - 1].action, SK_ACTION_OPEN);
    sk_alerts_close(r->alerts, T0 + 12 * MINUTE_, "end-of-input");
    accounts(r);
    alert_rig_free(r);
}

static void only_the_first_of_a_flood_to_come_is_told_before_it(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    struct sk_rule may_be_absorbed = single;
    may_be_absorbed.absorbed = true;
    for (uint32_t i = 0; i < 6; i++) { /* four alerts, then a storm */
        match_at(r, &may_be_absorbed, SK_LEVEL_HIGH, false, ra_at(T0 + i, i));
        sk_alerts_tick(r->alerts, T0 + i);
    }
    assert_int_equal(r->n, 1);
    match_at(r, &flood, SK_LEVEL_CRITICAL, false, ra_at(T0 + 6, 6));
    assert_int_equal(r->n, 3); /* the flood; what was told is closed */
    assert_int_equal(r->line[2].action, SK_ACTION_CLOSE);
    assert_string_equal(text_at(&r->line[2], "sekimori.alert.absorbed_by"), r->line[1].id);
    sk_alerts_close(r->alerts, T0 + SK_SEC, "end-of-input");
    assert_int_equal(r->n, 4);
    assert_int_equal(int_at(&r->line[3], "sekimori.alert.absorbed.V6-011"), 5);
    accounts(r);
    alert_rig_free(r);
}

static void what_waits_for_a_flood_that_never_comes_is_told_after_two_seconds(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    struct sk_rule may_be_absorbed = single;
    may_be_absorbed.absorbed = true;
    match_at(r, &may_be_absorbed, SK_LEVEL_HIGH, false, ra_at(T0, 1));
    match_at(r, &may_be_absorbed, SK_LEVEL_HIGH, false, ra_at(T0 + SK_SEC, 2));
    match_at(r, &may_be_absorbed, SK_LEVEL_HIGH, false, ra_at(T0 + SK_SEC, 2));
    sk_alerts_tick(r->alerts, T0 + 2 * SK_SEC);
    assert_int_equal(r->n, 1); /* the first was told at once */
    sk_alerts_tick(r->alerts, T0 + 4 * SK_SEC);
    assert_int_equal(r->n, 2);
    assert_int_equal(r->line[1].action, SK_ACTION_OPEN);
    assert_int_equal(r->line[1].count, 2);
    assert_true(r->line[1].ts == T0 + 3 * SK_SEC); /* when its time was up */
    match_at(r, &may_be_absorbed, SK_LEVEL_HIGH, false, ra_at(T0 + 7 * SK_SEC, 3));
    match_at(r, &may_be_absorbed, SK_LEVEL_HIGH, false, ra_at(T0 + 7 * SK_SEC, 4));
    assert_int_equal(r->n, 3);
    sk_alerts_close(r->alerts, T0 + 7 * SK_SEC, "end-of-input");
    assert_int_equal(r->n, 4 + 4); /* told, then closed */
    accounts(r);
    alert_rig_free(r);
}

static void an_alert_about_one_host_absorbs_that_host_only(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    struct sk_rule evasion = flood;
    evasion.subject = by_segment_and_source, evasion.n_subject = 2;
    match_at(r, &evasion, SK_LEVEL_CRITICAL, false, ra_at(T0, 1));
    match_at(r, &single, SK_LEVEL_HIGH, false, ra_at(T0 + 1, 1));
    match_at(r, &single, SK_LEVEL_HIGH, false, ra_at(T0 + 2, 2));
    struct sk_event *elsewhere = ra_at(T0 + 3, 1);
    elsewhere->segment = 3;
    match_at(r, &single, SK_LEVEL_HIGH, false, elsewhere);
    assert_int_equal(r->n, 3);
    sk_alerts_close(r->alerts, T0 + SK_SEC, "end-of-input");
    assert_int_equal(int_at(&r->line[3], "sekimori.alert.absorbed.V6-011"), 1);
    accounts(r);
    alert_rig_free(r);
}

static void floods_absorptions_and_copies_add_up_whatever_comes(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= 40; seed++) {
        struct alert_rig *r = alert_rig_new(NULL, seed % 4 ? 0 : 7);
        uint32_t x = seed * 977;
        sk_time t = T0;
        struct sk_rule one = single;
        one.absorbed = seed % 5 > 1;
        for (unsigned i = 0; i < 3000; i++) {
            t += (sk_time)(next_random(&x) >> 8) * (seed % 2 ? 1 : 2000);
            struct sk_event *ev = ra_at(t, next_random(&x) >> (seed % 3 ? 20 : 28));
            ev->segment = (uint16_t)(next_random(&x) >> 30);
            if (next_random(&x) >> 29 == 0)
                ev->flags |= SK_EV_DUPLICATE;
            const struct sk_rule *which = next_random(&x) >> 25 == 0 ? &flood : &one;
            sk_alerts_tick(r->alerts, t);
            match_at(r, which, which->level, false, ev);
        }
        sk_alerts_close(r->alerts, t, "end-of-input");
        for (size_t i = 1; i < r->n; i++)
            assert_true(r->line[i].ts >= r->line[i - 1].ts);
        uint64_t swallowed = 0;
        for (size_t i = 0; i < r->n; i++)
            if (r->line[i].action == SK_ACTION_CLOSE && sk_json_at(r->line[i].tree, "sekimori.alert.absorbed.V6-011"))
                swallowed += (uint64_t)int_at(&r->line[i], "sekimori.alert.absorbed.V6-011");
        struct sk_alert_stats s;
        sk_alerts_stats(r->alerts, &s);
        assert_int_equal(swallowed, s.absorbed);
        accounts(r);
        alert_rig_free(r);
    }
}

/* ---- chains ---- */

static struct sk_event *dhcp_at(sk_time ts, const char *src, const char *dst, const char *smac, const char *dmac) {
    struct sk_event *ev = event_at(SKE_dhcpv6_message, ts, src, dst);
    ev->smac = mac_of(smac);
    ev->dmac = mac_of(dmac);
    return ev;
}

/* Who makes up victims fills his own share: what is known of others' chains stays. */
static void one_alert_of_many_parties_pushes_no_chain_out(void **state) {
    (void)state;
    static const char attacker[] = "02-00-00-00-00-AA", flooder[] = "02-00-00-00-00-BB", all[] = "33-33-00-01-00-02";
    char dst[40];
    struct sk_rule first = single, second = single, many = single;
    first.chain = second.chain = many.chain = "mitm6";
    first.detection = "V6-020", second.detection = "V6-021", many.detection = "V6-022";
    struct alert_rig *r = alert_rig_new(NULL, 0);
    match_at(r, &first, SK_LEVEL_HIGH, false, dhcp_at(T0, "fe80::bad", "ff02::1", attacker, all));
    for (unsigned i = 0; i < 70000; i++) {
        snprintf(dst, sizeof dst, "2001:db8::%x:%x", i >> 16, i & 0xffff);
        match_at(r, &many, SK_LEVEL_HIGH, false, dhcp_at(T0 + SK_SEC + i, "fe80::f", dst, flooder, all));
    }
    size_t before = r->n;
    match_at(r, &second, SK_LEVEL_HIGH, false, dhcp_at(T0 + 2 * SK_SEC, "fe80::bad", "ff02::1", attacker, all));
    assert_int_equal(sk_json_size(sk_json_at(r->line[before].tree, "sekimori.chain.steps")), 2);
    struct sk_alert_stats stats;
    sk_alerts_stats(r->alerts, &stats);
    assert_true(stats.forgotten > 60000); /* and it is said */
    alert_rig_free(r);
}

/* mitm6: a client asks, a lure is advertised, a false server answers the client. */
static void steps_of_one_attack_share_a_chain(void **state) {
    (void)state;
    static const char victim[] = "00-00-5E-00-53-01", attacker[] = "02-00-00-00-00-AA", all[] = "33-33-00-01-00-02";
    struct sk_rule asks = single, lure = single, server = single, stranger = single;
    asks.chain = lure.chain = server.chain = stranger.chain = "mitm6";
    asks.detection = "V6-020", server.detection = "V6-021", stranger.detection = "V6-022";
    struct alert_rig *r = alert_rig_new(NULL, 0);
    match_at(r, &asks, SK_LEVEL_LOW, false, dhcp_at(T0, "fe80::1", "ff02::1:2", victim, all));
    match_at(r, &lure, SK_LEVEL_HIGH, false,
             dhcp_at(T0 + SK_SEC, "fe80::bad", "ff02::1", attacker, "33-33-00-00-00-01"));
    assert_null(sk_json_at(r->line[1].tree, "sekimori.chain"));
    match_at(r, &server, SK_LEVEL_HIGH, false, dhcp_at(T0 + 2 * SK_SEC, "fe80::bad", "fe80::1", attacker, victim));
    assert_string_equal(text_at(&r->line[2], "sekimori.chain.name"), "mitm6");
    const sk_json *steps = sk_json_at(r->line[2].tree, "sekimori.chain.steps");
    assert_int_equal(sk_json_size(steps), 3);
    assert_string_equal(sk_json_get_text(sk_json_item(steps, 0), "rule"), "V6-020");
    assert_string_equal(sk_json_get_text(sk_json_item(steps, 1), "alert"), r->line[1].id);
    assert_string_equal(sk_json_get_text(sk_json_item(steps, 2), "rule"), "V6-021");
    match_at(r, &stranger, SK_LEVEL_HIGH, false,
             dhcp_at(T0 + 3 * SK_SEC, "fe80::9", "ff02::1", "00-00-5E-00-53-09", all)); /* somebody else */
    match_at(r, &stranger, SK_LEVEL_HIGH, false,
             dhcp_at(T0 + 15 * MINUTE_, "fe80::bad", "ff02::1", attacker, all)); /* too late */
    assert_null(sk_json_at(r->line[4].tree, "sekimori.chain"));
    sk_alerts_close(r->alerts, T0 + 16 * MINUTE_, "end-of-input");
    size_t told = 0;
    for (size_t i = 5; i < r->n; i++)
        if (sk_json_at(r->line[i].tree, "sekimori.chain")) {
            assert_string_equal(text_at(&r->line[i], "sekimori.chain.id"), text_at(&r->line[2], "sekimori.chain.id"));
            told++;
        }
    assert_int_equal(told, 3); /* the first two as well: they learned of it later */
    alert_rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_of_one_attack_share_a_chain),
        cmocka_unit_test(one_alert_of_many_parties_pushes_no_chain_out),
        cmocka_unit_test(too_many_alerts_of_one_kind_in_a_segment_are_one_storm),
        cmocka_unit_test(thirty_alerts_a_minute_are_no_storm_and_another_detection_has_its_own_bucket),
        cmocka_unit_test(a_storm_is_worse_when_a_match_is_and_ends_after_ten_minutes),
        cmocka_unit_test(what_an_open_alert_absorbs_is_counted_by_rule_and_writes_no_line),
        cmocka_unit_test(only_the_first_of_a_flood_to_come_is_told_before_it),
        cmocka_unit_test(what_waits_for_a_flood_that_never_comes_is_told_after_two_seconds),
        cmocka_unit_test(an_alert_about_one_host_absorbs_that_host_only),
        cmocka_unit_test(floods_absorptions_and_copies_add_up_whatever_comes),

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
