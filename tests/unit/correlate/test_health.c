/* SPDX-License-Identifier: Apache-2.0 */
/* How well the sensor sees: counts of lanes and flows in, states out. */
#include "cor_rig.h"

#include "sekimori/match.h"
#include "sekimori/part.h"

/* A rig of a running sensor. */
static struct cor_rig *live_rig(const char *policy) {
    struct cor_rig *r = cor_rig_new(policy);
    sk_correlation_free(r->c);
    struct sk_correlation_config cc = {.policy = r->policy, .names = &r->names, .event = cor_keep, .arg = r};
    r->c = sk_correlation_new(&cc, NULL);
    assert_non_null(r->c);
    return r;
}

static void counts(struct cor_rig *r, sk_time ts, enum sk_field_id f, int64_t n, int64_t packets) {
    struct sk_event *ev = event_of(r, SKE_sensor_counts, ts, NULL, NULL, NULL);
    ev->segment = SK_SEGMENT_NONE;
    ev->tap = SK_TAP_NONE;
    if (packets)
        sk_event_put_int(ev, SKF_sensor_packets, packets);
    sk_event_put_int(ev, f, n);
    sk_correlate_event(r->c, ev);
}

static const char *state_of(const struct cor_rig *r, unsigned i) {
    static char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    if (i >= r->n || r->out[i]->type != SKE_sensor_state)
        return "";
    assert_true(sk_event_get(r->out[i], NULL, SKF_sensor_state, 0, scratch, &v));
    assert_true(sk_event_has(r->out[i], NULL, SKF_sensor_weakens));
    return v.s.p;
}

/* Each share is told from its limit on, and not below; few packets prove nothing. */
static void shares_are_told_at_the_end_of_a_chain(void **state) {
    (void)state;
    static const struct {
        enum sk_field_id field;
        int64_t n, packets;
        const char *told;
    } cases[] = {
        {SKF_sensor_truncated, 100, 10000, "truncated"},
        {SKF_sensor_truncated, 99, 10000, ""},
        {SKF_sensor_truncated, 999, 999, ""},
        {SKF_sensor_undecoded, 100, 10000, "undecoded"},
        {SKF_sensor_unreadable, 100, 10000, "unreadable"},
        {SKF_sensor_unreadable, 99, 10000, ""},
        {SKF_sensor_copies, 500, 10000, "duplicates"},
        {SKF_sensor_copies, 499, 10000, ""},
        {SKF_sensor_evicted, 1, 10, "evicting"},
        {SKF_sensor_lost, 11, 10000, "dropping"},
        {SKF_sensor_lost, 9, 10000, ""},
        {SKF_sensor_own, 1, 10, "speaks"},
        {SKF_sensor_clock_steps, 1, 10, "clock-step"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cor_rig *r = cor_rig_new(NULL);
        counts(r, T0, cases[i].field, cases[i].n / 2, cases[i].packets / 2); /* two lanes */
        counts(r, T0, cases[i].field, cases[i].n - cases[i].n / 2, cases[i].packets - cases[i].packets / 2);
        assert_int_equal(r->n, 0); /* the counts themselves go no further */
        sk_correlate_tick(r->c, 1, T0 + 600 * SK_SEC);
        assert_int_equal(r->n, 0); /* offline only the end is judged */
        sk_correlate_flush(r->c, 1, T0 + 600 * SK_SEC);
        assert_string_equal(state_of(r, 0), cases[i].told);
        assert_int_equal(r->n, *cases[i].told ? 1 : 0);
        assert_int_equal(sk_correlation_dropped(r->c)[SKE_sensor_counts], 2);
        cor_rig_free(r);
    }
}

/* Only what the full table held is less to be believed. */
static void evictions_weaken_what_was_in_the_table(void **state) {
    (void)state;
    static const struct {
        enum sk_field_id kind;
        const char *weakens;
    } cases[] = {{SKF_sensor_evicted_flows, "flow.state"},
                 {SKF_sensor_evicted_datagrams, "ip.fragments"},
                 {SKF_sensor_own, "ipv6.seen"}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cor_rig *r = cor_rig_new(NULL);
        char scratch[SK_EVENT_SCRATCH];
        struct sk_value v;
        counts(r, T0, SKF_sensor_evicted, 3, 10);
        counts(r, T0, cases[i].kind, 3, 0);
        sk_correlate_flush(r->c, 1, T0 + 600 * SK_SEC);
        assert_string_equal(state_of(r, 0), "evicting");
        assert_true(sk_event_get(r->out[0], NULL, SKF_sensor_weakens, 0, scratch, &v));
        assert_string_equal(v.s.p, cases[i].weakens);
        cor_rig_free(r);
    }
}

static void a_running_sensor_judges_every_minute_anew(void **state) {
    (void)state;
    struct cor_rig *r = live_rig(NULL);
    sk_correlate_tick(r->c, 1, T0);
    counts(r, T0 + 10 * SK_SEC, SKF_sensor_lost, 100, 10000);
    sk_correlate_tick(r->c, 2, T0 + 59 * SK_SEC);
    assert_int_equal(r->n, 0);
    sk_correlate_tick(r->c, 3, T0 + 60 * SK_SEC);
    assert_string_equal(state_of(r, 0), "dropping");
    counts(r, T0 + 70 * SK_SEC, SKF_sensor_lost, 0, 10000);
    sk_correlate_tick(r->c, 4, T0 + 125 * SK_SEC);
    assert_int_equal(r->n, 1);
    cor_rig_free(r);
}

static void a_silent_mirror_is_told_once_a_silence(void **state) {
    (void)state;
    static const struct {
        const char *policy;
        sk_time limit;
    } cases[] = {{NULL, 60 * SK_SEC},
                 {"sekimori-policy: 1\ntaps: {a: {iface: eth1}}\nwatch: {silent_mirror: {a: 10m}}\n", 600 * SK_SEC}};
    for (unsigned i = 0; i < 2; i++) {
        struct cor_rig *r = live_rig(cases[i].policy);
        struct sk_event *ev = event_of(r, SKE_sensor_counts, T0, NULL, NULL, NULL);
        ev->tap = i ? 0 : SK_TAP_NONE;
        sk_event_put_int(ev, SKF_sensor_packets, 1);
        sk_correlate_event(r->c, ev);
        sk_correlate_tick(r->c, 1, T0 + cases[i].limit - SK_SEC);
        assert_int_equal(r->n, 0);
        sk_correlate_tick(r->c, 2, T0 + cases[i].limit);
        sk_correlate_tick(r->c, 3, T0 + cases[i].limit + 100 * SK_SEC);
        assert_int_equal(r->n, 1);
        assert_string_equal(state_of(r, 0), "silent-mirror");
        counts(r, T0 + cases[i].limit + 200 * SK_SEC, SKF_sensor_lost, 0, 5);
        sk_correlate_tick(r->c, 4, T0 + 3 * cases[i].limit + 200 * SK_SEC);
        assert_int_equal(r->n, 2);
        cor_rig_free(r);
    }
}

static uint8_t flow_transport = 6;
static void flow(struct cor_rig *r, sk_time ts, unsigned port, uint16_t vlan, int64_t from, int64_t to, int64_t bytes) {
    struct sk_event *ev = event_of(r, SKE_flow_state, ts, NULL, "10.0.0.1", "10.0.1.1");
    ev->transport = flow_transport;
    ev->sport = (uint16_t)port;
    ev->dport = 443;
    ev->n_vlan = vlan != 0;
    ev->vlan[0] = vlan;
    struct sk_part_flow f = {.state = SK_FLOW_CLOSED,
                             .packets = {(uint64_t)from, (uint64_t)to},
                             .bytes = {(uint64_t)(from * bytes), 0},
                             .start = ts,
                             .end = ts};
    sk_event_put_flow(ev, &f);
    sk_correlate_event(r->c, ev);
}

/* So that its alert does not close, as if the mirror were back. */
static void a_silence_that_lasts_is_told_again(void **state) {
    (void)state;
    struct cor_rig *r = live_rig(NULL);
    counts(r, T0, SKF_sensor_lost, 0, 5);
    for (unsigned i = 1; i <= 60; i++)
        sk_correlate_tick(r->c, i, T0 + i * 60 * SK_SEC);
    assert_in_range(r->n, 6, 7);
    for (unsigned i = 0; i < r->n; i++)
        assert_string_equal(state_of(r, i), "silent-mirror");
    assert_in_range((r->out[1]->ts - r->out[0]->ts) / SK_SEC, 600, 660);
    cor_rig_free(r);
}

/* The states among all events so far. */
static void told(const struct cor_rig *r, const char *wanted) {
    struct sk_buf got = {0};
    for (unsigned i = 0; i < r->n; i++)
        if (r->out[i]->type == SKE_sensor_state)
            sk_buf_fmt(&got, "%s%s", got.len ? "," : "", state_of(r, i));
    assert_string_equal(got.len ? got.p : "", wanted);
    sk_buf_free(&got);
}

/* A quiet line: no minute has a thousand frames, twenty conversations or ten halves; some more have. */
static void what_a_minute_is_too_short_for_is_told_later(void **state) {
    (void)state;
    static const char *const after[] = {
        "", "", "", "one-sided", "one-sided,truncated,vlan-asymmetry", "one-sided,truncated,vlan-asymmetry"};
    struct cor_rig *r = live_rig(NULL);
    sk_correlate_tick(r->c, 1, T0);
    for (unsigned i = 0; i < 6; i++) {
        sk_time at = T0 + (i * 60 + 10) * SK_SEC;
        counts(r, at, SKF_sensor_truncated, 20, 200);
        for (unsigned k = 0; k < 2; k++) {
            flow(r, at, 1000 + 2 * i + k, 20, 5, 0, 200);
            flow(r, at + 1, 1000 + 2 * i + k, 30, 0, 5, 200);
            flow(r, at + 2, 2000 + 2 * i + k, 20, 5, 0, 200);
        }
        sk_correlate_tick(r->c, 2 + i, T0 + (i + 1) * 60 * SK_SEC);
        told(r, after[i]);
    }
    for (unsigned i = 0; i < r->n; i++) {
        char scratch[SK_EVENT_SCRATCH];
        struct sk_value v;
        if (r->out[i]->type != SKE_sensor_state || strcmp(state_of(r, i), "truncated") != 0)
            continue;
        assert_true(sk_event_get(r->out[i], NULL, SKF_sensor_packets, 0, scratch, &v));
        assert_int_equal(v.i, 1000);
        assert_true(sk_event_get(r->out[i], NULL, SKF_sensor_span, 0, scratch, &v));
        assert_int_equal(v.i, 300);
    }
    cor_rig_free(r);
}

/* At the end of a file all conversations are told at once: the time that is judged is theirs. */
static void a_share_of_conversations_spans_them(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    for (unsigned i = 0; i < 30; i++) {
        struct sk_event *ev =
            event_of(r, SKE_flow_state, T0 + 60 * SK_SEC, "02-00-00-00-00-01", "10.0.0.1", "192.0.2.1");
        struct sk_part_flow f = {
            .state = SK_FLOW_CLOSED, .packets = {5, 0}, .bytes = {4000, 0}, .start = T0 + i * SK_SEC};
        ev->transport = 6;
        ev->sport = (uint16_t)(1000 + i);
        sk_event_put_flow(ev, &f);
        feed(r, ev);
    }
    sk_correlate_flush(r->c, 1, T0 + 60 * SK_SEC);
    unsigned told = 0;
    while (told < r->n && strcmp(state_of(r, told), "one-sided") != 0)
        told++;
    assert_true(told < r->n);
    assert_true(sk_event_get(r->out[told], NULL, SKF_sensor_span, 0, scratch, &v));
    assert_int_equal(v.i, 60);
    cor_rig_free(r);
}

static void a_clock_that_jumps_is_told_live(void **state) {
    (void)state;
    struct cor_rig *r = live_rig(NULL);
    counts(r, T0, SKF_sensor_lost, 0, 5);
    sk_correlate_tick(r->c, 1, T0 + SK_SEC);
    counts(r, T0 + 2 * SK_SEC, SKF_sensor_lost, 0, 5);
    sk_correlate_tick(r->c, 2, T0 + 7200 * SK_SEC);
    bool told = false;
    for (unsigned i = 0; i < r->n; i++)
        told |= strcmp(state_of(r, i), "clock-step") == 0;
    assert_true(told);
    cor_rig_free(r);
}

static void judged(struct cor_rig *r, const char *wanted) {
    struct sk_buf got = {0};
    unsigned before = r->n;
    sk_correlate_flush(r->c, 1, T0 + 600 * SK_SEC);
    for (unsigned i = before; i < r->n; i++)
        sk_buf_fmt(&got, "%s%s", got.len ? "," : "", state_of(r, i));
    assert_string_equal(got.len ? got.p : "", wanted);
    sk_buf_free(&got);
    cor_rig_free(r);
}

static void one_side_alone_is_told_and_halves_on_two_vlans_too(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    for (unsigned i = 0; i < 20; i++)
        flow(r, T0 + i, 1000 + i, 0, i < 16 ? 5 : 5, i < 16 ? 0 : 5, 200);
    judged(r, "one-sided");
    r = cor_rig_new(NULL);
    for (unsigned i = 0; i < 20; i++)
        flow(r, T0 + i, 1000 + i, 0, 3, 0, 94); /* a scan */
    judged(r, "");
    r = cor_rig_new(NULL);
    for (unsigned i = 0; i < 20; i++)
        flow(r, T0 + i, 1000 + i, 0, 5, i < 15 ? 0 : 5, 200);
    judged(r, "");
    r = cor_rig_new(NULL);
    for (unsigned i = 0; i < 19; i++)
        flow(r, T0 + i, 1000 + i, 0, 5, 0, 200);
    judged(r, "");
    r = cor_rig_new(NULL);
    for (unsigned i = 0; i < 10; i++) {
        flow(r, T0 + 2 * i, 1000 + i, 20, 5, 0, 200);
        flow(r, T0 + 2 * i + 1, 1000 + i, 30, 0, 5, 200);
    }
    judged(r, "one-sided,vlan-asymmetry");
    r = cor_rig_new(NULL);
    for (unsigned i = 0; i < 9; i++) { /* the same VLAN, or the same side: no halves of one */
        flow(r, T0 + 4 * i, 1000 + i, 20, 5, 0, 200);
        flow(r, T0 + 4 * i + 1, 1000 + i, 20, 0, 5, 200);
        flow(r, T0 + 4 * i + 2, 2000 + i, 20, 5, 0, 200);
        flow(r, T0 + 4 * i + 3, 2000 + i, 30, 5, 0, 200);
    }
    judged(r, "one-sided");
}

/* Where only UDP is spoken the VLANs differ all the same; that one side is silent says nothing there. */
static void halves_of_udp_conversations_are_told_too(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    flow_transport = 17;
    for (unsigned i = 0; i < 20; i++)
        flow(r, T0 + i, 1000 + i, 20, 5, 0, 200);
    judged(r, "");
    r = cor_rig_new(NULL);
    for (unsigned i = 0; i < 10; i++) {
        flow(r, T0 + 2 * i, 1000 + i, 20, 1, 0, 80);
        flow(r, T0 + 2 * i + 1, 1000 + i, 30, 0, 1, 200);
    }
    judged(r, "vlan-asymmetry");
    flow_transport = 6;
}

static void on_match(void *arg, const struct sk_match *m, const struct sk_event *ev) {
    (void)ev;
    sk_buf_fmt(arg, "%s:%s ", m->rule->detection, sk_level_name(m->level));
}

/* What no capture can show: the rules fire on these states, at their levels. */
static void each_state_of_a_running_sensor_has_its_rule(void **state) {
    (void)state;
    const char *paths[] = {"signatures/sensor"};
    struct sk_ruleset *rs = NULL;
    struct sk_diags diags = {0};
    struct cor_rig *r = live_rig(NULL);
    assert_int_equal(sk_ruleset_load(paths, 1, sk_policy_none(), &rs, &diags), SK_OK);
    struct sk_matcher *m = sk_matcher_new(rs, &r->names, &sk_hash_key_fixed);
    struct sk_buf got = {0};
    counts(r, T0, SKF_sensor_lost, 100, 10000);
    counts(r, T0, SKF_sensor_evicted, 1, 0);
    counts(r, T0, SKF_sensor_own, 1, 0);
    sk_correlate_tick(r->c, 1, T0 + 61 * SK_SEC);
    for (unsigned i = 0; i < r->n; i++)
        sk_matcher_event(m, r->out[i], on_match, &got);
    assert_string_equal(got.p, "SYS-011:medium SYS-001:medium SYS-005:low SYS-008:low ");
    sk_buf_free(&got);
    sk_matcher_free(m);
    sk_ruleset_free(rs);
    sk_diags_free(&diags);
    cor_rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_told_at_the_end_of_a_chain),
        cmocka_unit_test(evictions_weaken_what_was_in_the_table),
        cmocka_unit_test(a_running_sensor_judges_every_minute_anew),
        cmocka_unit_test(a_silent_mirror_is_told_once_a_silence),
        cmocka_unit_test(a_silence_that_lasts_is_told_again),
        cmocka_unit_test(what_a_minute_is_too_short_for_is_told_later),
        cmocka_unit_test(a_share_of_conversations_spans_them),
        cmocka_unit_test(a_clock_that_jumps_is_told_live),
        cmocka_unit_test(one_side_alone_is_told_and_halves_on_two_vlans_too),
        cmocka_unit_test(halves_of_udp_conversations_are_told_too),
        cmocka_unit_test(each_state_of_a_running_sensor_has_its_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
