/* SPDX-License-Identifier: Apache-2.0 */
/* Many alerts that are one thing: storms, what an open alert absorbs, chains of one attack. */
#include "alert_rig.h"

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

/* A flood that is high must not hide what is critical, before it or while it is open. */
static void what_is_worse_is_told_beside_it(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    match_at(r, &single, SK_LEVEL_CRITICAL, false, ra_at(T0, 1));
    match_at(r, &flood, SK_LEVEL_HIGH, false, ra_at(T0 + SK_SEC, 2));
    match_at(r, &single, SK_LEVEL_CRITICAL, false, ra_at(T0 + 2 * SK_SEC, 3));
    match_at(r, &single, SK_LEVEL_HIGH, false, ra_at(T0 + 3 * SK_SEC, 4));
    assert_int_equal(r->n, 3);
    for (size_t i = 0; i < r->n; i++)
        assert_int_equal(r->line[i].action, SK_ACTION_OPEN);
    sk_alerts_close(r->alerts, T0 + MINUTE_, "end-of-input");
    assert_int_equal(r->n, 6);
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
        cmocka_unit_test(what_is_worse_is_told_beside_it),
        cmocka_unit_test(an_alert_about_one_host_absorbs_that_host_only),
        cmocka_unit_test(floods_absorptions_and_copies_add_up_whatever_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
