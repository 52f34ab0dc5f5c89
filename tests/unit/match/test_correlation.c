/* SPDX-License-Identifier: Apache-2.0 */
/* Correlations: what one file says, bounds of their state, disorder, the site's own words. */
#include "match/order.h"
#include "match/values.h"
#include "rules.h"

#define BASE                                                                                                           \
    "title: seen\nname: seen\nid: 6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a0001\nlogsource: {product: sekimori, category: "     \
    "icmpv6.ra}\ndetection: {a: {event.dataset: icmpv6.ra}, condition: a}\n"
#define OTHER                                                                                                          \
    "---\ntitle: other\nname: other\nid: 6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a0002\nlogsource: {product: sekimori, "        \
    "category: icmpv6.rs}\ndetection: {a: {event.dataset: icmpv6.rs}, condition: a}\n"
#define CORR(n, name, body)                                                                                            \
    "---\ntitle: flood\nname: " name "\nid: 6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a01" n "\ncorrelation: {" body "}\n"

struct last {
    unsigned n, single;
    struct sk_match m;
    char group[64];
};
static void keep(void *arg, const struct sk_match *m, const struct sk_event *ev) {
    struct last *l = arg;
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    l->single += !m->rule->correlation;
    if (!m->rule->correlation)
        return;
    l->n++;
    l->m = *m;
    if (sk_event_get(ev, NULL, SKF_correlation_group, 0, scratch, &v))
        snprintf(l->group, sizeof l->group, "%s", v.s.p);
}

struct bench {
    struct sk_ruleset *rs;
    struct sk_matcher *m;
    struct sk_event *ev;
    struct last last;
};
static struct bench begin(const char *text, const struct sk_policy *policy) {
    struct bench b = {.rs = rules_of(text, policy, NULL), .ev = calloc(1, SK_EVENT_MAX)};
    b.m = sk_matcher_new(b.rs, NULL, &sk_hash_key_fixed);
    assert_non_null(b.m);
    return b;
}
static void end(struct bench *b) {
    sk_matcher_free(b->m);
    sk_ruleset_free(b->rs);
    free(b->ev);
}
/* An event of this sender. */
static unsigned see(struct bench *b, enum sk_event_type type, sk_time ts, uint32_t sender) {
    sk_event_init(b->ev, type);
    b->ev->ts = ts;
    b->ev->segment = SK_SEGMENT_NONE;
    b->ev->src = addr_of("fe80::");
    memcpy(b->ev->src.b + 12, &sender, sizeof sender);
    b->ev->smac = (struct sk_mac){
        {2, 0, (uint8_t)(sender >> 24), (uint8_t)(sender >> 16), (uint8_t)(sender >> 8), (uint8_t)sender}};
    unsigned before = b->last.n;
    sk_matcher_event(b->m, b->ev, keep, &b->last);
    return b->last.n - before;
}

static void it_fires_when_it_becomes_true_and_while_it_is(void **unused) {
    (void)unused;
    struct bench b =
        begin(BASE CORR("01", "c",
                        "type: event_count, rules: [seen], group-by: [source.mac], timespan: 10s, condition: "
                        "{gt: 2}") "level: low\nsekimori: {searches: {_heavy: {'correlation.count|gte': 5}}, "
                                   "levels: [{when: _heavy, level: high}]}\n",
              NULL);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 100 * SK_SEC, 1) + see(&b, SKE_icmpv6_ra, 101 * SK_SEC, 1), 0);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 101 * SK_SEC, 2), 0);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 102 * SK_SEC, 1), 1);
    assert_int_equal(b.last.m.events, 3);
    assert_int_equal(b.last.m.level, SK_LEVEL_LOW);
    assert_string_equal(b.last.group, "02-00-00-00-00-01");
    assert_int_equal(see(&b, SKE_icmpv6_ra, 103 * SK_SEC, 1), 1);
    assert_int_equal(b.last.m.events, 1);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 104 * SK_SEC, 1), 1);
    assert_int_equal(b.last.m.level, SK_LEVEL_HIGH);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 120 * SK_SEC, 1), 0);
    assert_int_equal(b.last.single, 0); /* a building block */
    sk_matcher_forget(b.m);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 121 * SK_SEC, 1), 0);
    end(&b);
}

static void the_site_replaces_its_words(void **unused) {
    (void)unused;
    const struct sk_policy *p = policy_of("sekimori-policy: 1\nwatch: {c: {gte: 2, timespan: 1s}}\n");
    struct bench b = begin(
        BASE CORR("01", "c", "type: event_count, rules: [seen], group-by: [], timespan: 10m, condition: {gt: 100}"), p);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 100 * SK_SEC, 1) + see(&b, SKE_icmpv6_ra, 101 * SK_SEC, 2), 0);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 101 * SK_SEC + SK_MSEC, 3), 1);
    end(&b);
    sk_policy_free(p);
}

static void events_of_two_types_in_either_order(void **unused) {
    (void)unused;
    static const char *const order[] = {"temporal", "temporal_ordered"};
    for (unsigned i = 0; i < 2; i++) {
        struct sk_buf text = {0};
        sk_buf_fmt(&text,
                   BASE OTHER CORR("01", "c", "type: %s, rules: [other, seen], group-by: [source.mac], timespan: 10s"),
                   order[i]);
        struct bench b = begin(text.p, NULL);
        assert_int_equal(see(&b, SKE_icmpv6_ra, 100 * SK_SEC, 1), 0);
        assert_int_equal(see(&b, SKE_icmpv6_rs, 101 * SK_SEC, 1), i == 0);
        assert_int_equal(see(&b, SKE_icmpv6_ra, 102 * SK_SEC, 2), 0);
        assert_int_equal(see(&b, SKE_icmpv6_ra, 105 * SK_SEC, 1), 1);
        assert_int_equal(see(&b, SKE_icmpv6_ra, 111 * SK_SEC, 1), 0);
        end(&b);
        sk_buf_free(&text);
    }
}

/* The request was captured at another port and comes second. */
static void order_is_that_of_times(void **unused) {
    (void)unused;
    struct bench b = begin(
        BASE OTHER CORR("01", "c", "type: temporal_ordered, rules: [other, seen], group-by: [], timespan: 10s"), NULL);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 100 * SK_SEC, 1), 0);
    assert_int_equal(see(&b, SKE_icmpv6_rs, 100 * SK_SEC - SK_MSEC, 1), 1);
    end(&b);
    struct sk_order o = {0};
    for (unsigned i = 0; i < 1000; i++)
        sk_order_add(&o, 100 + i, 0, i % 2);
    assert_int_equal(o.n, SK_ORDER_MOST);
    assert_int_equal(sk_order_reached(&o, 2), 2);
}

static void late_events_do_not_count_until_the_clock_is_set_back(void **unused) {
    (void)unused;
    struct bench b = begin(
        BASE CORR("01", "c", "type: event_count, rules: [seen], group-by: [], timespan: 10s, condition: {gte: 2}"),
        NULL);
    struct sk_matcher_stats s;
    assert_int_equal(see(&b, SKE_icmpv6_ra, 10000 * SK_SEC, 1), 0);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 9990 * SK_SEC, 1), 0);
    sk_matcher_stats(b.m, &s);
    assert_int_equal(s.late, 1);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 9991 * SK_SEC, 1), 1);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 5000 * SK_SEC, 1), 0); /* anew */
    assert_int_equal(see(&b, SKE_icmpv6_ra, 5001 * SK_SEC, 1), 1);
    end(&b);
}

/* A flood counts exactly as long as its times fit, then nearly, and never takes more memory. */
static void a_flood_is_counted_nearly(void **unused) {
    (void)unused;
    struct sk_window w = {0};
    struct sk_share share = {1 << 20};
    const sk_time span = 10 * SK_SEC, step = SK_MSEC;
    for (unsigned i = 0; i < 100000; i++) {
        sk_time now = 1000 * SK_SEC + i * step;
        bool estimated;
        sk_window_add(&w, &share, now, now - span, span, 2);
        uint64_t count = sk_window_count(&w, now - span, &estimated);
        uint64_t want = i < 10000 ? i + 1 : 10000;
        assert_true(estimated || count == want);
        assert_true(count >= want && count <= want + want * 4 / SK_WINDOW_MOST + 1);
        assert_int_equal(sk_window_sum(&w), 2 * (int64_t)count);
        assert_true(w.cap <= SK_WINDOW_MOST);
    }
    sk_window_clear(&w, &share);
    assert_int_equal(share.left, 1 << 20);
}

static uint64_t spread(uint64_t x) { return sk_hash(&sk_hash_key_fixed, &x, sizeof x); }

static void many_values_are_estimated_and_few_are_exact_again(void **unused) {
    (void)unused;
    struct sk_values v = {0};
    struct sk_share share = {1 << 20};
    const sk_time span = 10 * SK_SEC;
    bool estimated;
    sk_time now = 1000 * SK_SEC;
    for (uint64_t i = 0; i < 50000; i++, now += SK_MSEC / 10) {
        sk_values_add(&v, &share, spread(i), now, now - span, span);
        double n = (double)sk_values_count(&v, now, now - span, &estimated), want = (double)i + 1;
        assert_int_equal(estimated, i >= SK_VALUES_MOST);
        assert_true(estimated ? n > want * 0.85 && n < want * 1.15 : n == want);
    }
    for (unsigned i = 0; i < 200; i++, now += SK_SEC / 4)
        sk_values_add(&v, &share, spread(i % 10), now, now - span, span);
    assert_int_equal(sk_values_count(&v, now, now - span, &estimated), 10);
    assert_false(estimated);
    sk_values_clear(&v, &share);
    assert_int_equal(share.left, 1 << 20);
}

static void without_memory_of_its_own_a_group_still_counts(void **unused) {
    (void)unused;
    struct sk_values v = {0};
    struct sk_window w = {0};
    struct sk_share none = {0};
    const sk_time span = 10 * SK_SEC;
    bool estimated;
    for (uint64_t i = 0; i < 2000; i++) {
        sk_time now = 1000 * SK_SEC + (sk_time)i * SK_MSEC;
        sk_values_add(&v, &none, spread(i), now, now - span, span);
        sk_window_add(&w, &none, now, now - span, span, 0);
        assert_int_equal(sk_window_count(&w, now - span, &estimated), i + 1);
        uint64_t n = sk_values_count(&v, now, now - span, &estimated);
        assert_true(n > i / 8 && n < 8 * (i + 1));
    }
    assert_true(estimated);
    assert_int_equal(v.cap, SK_VALUES_FEW);
    sk_values_clear(&v, &none);
    sk_window_clear(&w, &none);
    assert_int_equal(none.left, 0);
}

/* Groups an attacker invents push out old ones, and each one pushed out is counted. */
static void groups_are_bounded(void **unused) {
    (void)unused;
    struct bench b = begin(BASE CORR("01", "c",
                                     "type: value_count, rules: [seen], group-by: [source.mac], timespan: 1d, "
                                     "condition: {gte: 2, field: source.ip}"),
                           NULL);
    struct sk_matcher_stats s;
    for (uint32_t i = 0; i < 20000; i++)
        assert_int_equal(see(&b, SKE_icmpv6_ra, 100 * SK_SEC + i, i), 0);
    sk_matcher_stats(b.m, &s);
    assert_true(s.evicted >= 20000 - 8192 && s.evicted < 20000 - 4096);
    sk_matcher_forget(b.m);
    struct sk_matcher_stats after;
    sk_matcher_stats(b.m, &after);
    assert_int_equal(after.evicted, s.evicted);
    end(&b);
}

/* Who floods one place with made-up groups does not make another's forgotten. */
static void a_flood_takes_its_share_only(void **unused) {
    (void)unused;
    struct bench b = begin(BASE CORR("01", "c",
                                     "type: event_count, rules: [seen], group-by: [icmpv6.hop_limit, source.mac], "
                                     "timespan: 1d, condition: {gte: 2}"),
                           NULL);
    unsigned kept = 0;
    for (unsigned round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 20000; i++) {
            sk_event_init(b.ev, SKE_icmpv6_ra);
            b.ev->ts = 100 * SK_SEC + i;
            uint32_t sender = i < 8 ? i : 1000 + i + 20000 * round;
            b.ev->smac = (struct sk_mac){
                {2, 0, (uint8_t)(sender >> 24), (uint8_t)(sender >> 16), (uint8_t)(sender >> 8), (uint8_t)sender}};
            sk_event_put_int(b.ev, SKF_icmpv6_hop_limit, i < 8 ? (int64_t)i : 255);
            unsigned before = b.last.n;
            sk_matcher_event(b.m, b.ev, keep, &b.last);
            kept += b.last.n - before;
        }
    assert_true(kept >= 6); /* of 8 groups elsewhere; those in the flooded one's table may be gone */
    end(&b);
}

/* Told together: rules that alert by themselves come after the correlation that may absorb them. */
static void order_of_matches(void *arg, const struct sk_match *m, const struct sk_event *ev) {
    (void)ev;
    sk_buf_fmt(arg, "%s ", m->rule->name);
}
static void a_correlation_is_told_before_its_rules(void **unused) {
    (void)unused;
    struct bench b =
        begin(BASE CORR("01", "c",
                        "type: event_count, rules: [seen], group-by: [], timespan: 1d, condition: {gte: 1}, "
                        "generate: true") "sekimori: {absorbs: [SEEN]}\n" CORR("02", "d",
                                                                               "type: event_count, rules: "
                                                                               "[c], group-by: [], "
                                                                               "timespan: 1d, condition: "
                                                                               "{gte: 1}, generate: true"),
              NULL);
    struct sk_buf text = {0};
    sk_event_init(b.ev, SKE_icmpv6_ra);
    sk_matcher_event(b.m, b.ev, order_of_matches, &text);
    assert_string_equal(text.p, "c d seen ");
    const struct sk_rule *c = sk_ruleset_find(b.rs, "c");
    assert_int_equal(c->absorbs.n, 1);
    assert_string_equal(c->absorbs.at[0], "6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a0001");
    assert_int_equal(c->event, SKE_icmpv6_ra);
    assert_int_equal(c->n_subject, 1);
    sk_buf_free(&text);
    end(&b);
}

static void it_cannot_fire_where_its_rules_cannot(void **unused) {
    (void)unused;
    static const char text[] = BASE "sekimori: {needs: {all: [proxies]}}\n" OTHER CORR(
        "01", "c", "type: temporal, rules: [seen, other], group-by: [], timespan: 1d")
        CORR("02", "d", "type: event_count, rules: [seen, other], group-by: [], timespan: 1d, condition: {gte: 1}")
            CORR("03", "e", "type: event_count, rules: [c], group-by: [], timespan: 1d, condition: {gte: 1}");
    struct bench b = begin(text, NULL);
    assert_false(sk_ruleset_find(b.rs, "c")->can_fire);
    assert_string_equal(sk_ruleset_find(b.rs, "c")->missing, "proxies");
    assert_true(sk_ruleset_find(b.rs, "d")->can_fire);
    assert_false(sk_ruleset_find(b.rs, "e")->can_fire);
    assert_int_equal(see(&b, SKE_icmpv6_ra, 100 * SK_SEC, 1), 0);
    assert_int_equal(see(&b, SKE_icmpv6_rs, 100 * SK_SEC, 1), 1);
    end(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_fires_when_it_becomes_true_and_while_it_is),
        cmocka_unit_test(the_site_replaces_its_words),
        cmocka_unit_test(events_of_two_types_in_either_order),
        cmocka_unit_test(order_is_that_of_times),
        cmocka_unit_test(late_events_do_not_count_until_the_clock_is_set_back),
        cmocka_unit_test(a_flood_is_counted_nearly),
        cmocka_unit_test(many_values_are_estimated_and_few_are_exact_again),
        cmocka_unit_test(without_memory_of_its_own_a_group_still_counts),
        cmocka_unit_test(groups_are_bounded),
        cmocka_unit_test(a_flood_takes_its_share_only),
        cmocka_unit_test(a_correlation_is_told_before_its_rules),
        cmocka_unit_test(it_cannot_fire_where_its_rules_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
