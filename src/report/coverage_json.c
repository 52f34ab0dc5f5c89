/* SPDX-License-Identifier: Apache-2.0 */
/* The coverage record: deploy/schema/sekimori-coverage-1.schema.json. */
#include "report/coverage.h"

#include "base/mem.h"

#include <stdlib.h>

static void put_int(struct sk_json_out *j, const char *key, uint64_t v) {
    sk_json_key(j, key);
    sk_json_int(j, (int64_t)v);
}
static void put_text(struct sk_json_out *j, const char *key, const char *v) {
    sk_json_key(j, key);
    sk_json_text(j, v);
}
static void put_time(struct sk_json_out *j, const char *key, sk_time t) {
    char text[SK_TIME_TEXT];
    put_text(j, key, sk_time_text(t, text));
}

static void put_seen(struct sk_json_out *j, const struct sk_segment_counts *s) {
    put_int(j, "packets", s->packets);
    put_int(j, "bytes", s->bytes);
    if (s->packets) {
        put_time(j, "first", s->first);
        put_time(j, "last", s->last);
    }
    put_int(j, "tcp_flows", s->tcp_flows);
    put_int(j, "tcp_one_sided", s->one_sided);
    put_int(j, "copies", s->copies);
    put_int(j, "truncated", s->truncated);
    put_int(j, "undecoded", s->undecoded);
    put_int(j, "encrypted", s->encrypted);
}

static void put_places(struct sk_json_out *j, const struct sk_coverage *c) {
    sk_json_key(j, "taps");
    sk_json_array(j);
    for (unsigned i = 0; i < SK_TAPS_COUNTED; i++) {
        const char *name = coverage_tap(c, i);
        if (!name)
            continue;
        sk_json_object(j);
        put_text(j, "name", name);
        put_seen(j, &c->counts->tap[i]);
        sk_json_end_object(j);
    }
    sk_json_end_array(j);
    sk_json_key(j, "segments");
    sk_json_array(j);
    for (unsigned i = 0; i < SK_SEGMENTS_COUNTED; i++) {
        const char *name = coverage_segment(c, i);
        if (!name)
            continue;
        sk_json_object(j);
        put_text(j, "name", name);
        put_seen(j, &c->counts->segment[i]);
        sk_json_end_object(j);
    }
    sk_json_end_array(j);
}

/* How much of the conversations between two segments is seen from one side only (detections.md G10). */
static void put_pairs(struct sk_json_out *j, const struct sk_coverage *c) {
    sk_json_key(j, "segment_pairs");
    sk_json_array(j);
    for (unsigned i = 0; i < SK_PAIRS_COUNTED; i++)
        for (unsigned k = i; k < SK_PAIRS_COUNTED; k++) {
            const struct sk_pair_counts *p = &c->counts->pair[i][k];
            const char *a = coverage_pair_end(c, i), *b = coverage_pair_end(c, k);
            if (!p->tcp_flows || !a || !b)
                continue;
            sk_json_object(j);
            put_text(j, "a", a);
            put_text(j, "b", b);
            put_int(j, "tcp_flows", p->tcp_flows);
            put_int(j, "tcp_one_sided", p->one_sided);
            sk_json_key(j, "one_sided");
            sk_json_bool(j, coverage_one_sided(p->one_sided, p->tcp_flows) > ONE_SIDED);
            sk_json_end_object(j);
        }
    sk_json_end_array(j);
}

static void put_detection(struct sk_json_out *j, const struct sk_coverage *c, const struct sk_rule *r) {
    enum why why = coverage_why(c, r);
    unsigned limits = coverage_limits(c, r);
    sk_json_object(j);
    put_text(j, "id", r->detection);
    put_text(j, "name", r->name ? r->name : r->title);
    sk_json_key(j, "could_fire");
    sk_json_bool(j, why == COULD_FIRE);
    if (why == NEEDS_POLICY)
        put_text(j, "needs", r->missing);
    if (why == NOT_SEEN)
        put_text(j, "not_seen", sk_events[r->event].name);
    if (limits) {
        sk_json_key(j, "limited_by");
        sk_json_array(j);
        for (unsigned i = 0; i < LIMITS; i++)
            if (limits >> i & 1)
                sk_json_text(j, coverage_limit_name(i));
        sk_json_end_array(j);
    }
    sk_json_end_object(j);
}

/* What filter documents silenced: nothing goes without being said. */
static void put_filters(struct sk_json_out *j, const struct sk_coverage *c) {
    if (sk_ruleset_filters(c->rules) == 0)
        return;
    const struct sk_rule **rule = sk_mem_new(sk_ruleset_size(c->rules) + 1, sizeof(*rule));
    sk_json_key(j, "filters");
    sk_json_array(j);
    for (size_t i = 0; i < sk_ruleset_filters(c->rules); i++) {
        const struct sk_filter *f = sk_ruleset_filter(c->rules, i);
        size_t n = sk_ruleset_filtered(c->rules, i, rule);
        sk_json_object(j);
        put_text(j, "id", f->id);
        put_text(j, "title", f->title);
        put_text(j, "owner", f->owner);
        put_text(j, "approver", f->approver);
        put_text(j, "reason", f->reason);
        put_text(j, "until", f->until_text);
        sk_json_key(j, "detections");
        sk_json_array(j);
        for (size_t k = 0; k < n; k++)
            sk_json_text(j, rule[k]->detection);
        sk_json_end_array(j);
        put_int(j, "silenced", c->silenced[i]);
        sk_json_end_object(j);
    }
    sk_json_end_array(j);
    free(rule);
}

static void put_losses(struct sk_json_out *j, const struct sk_coverage *c) {
    const struct sk_counts *n = c->counts;
    put_int(j, "kernel_dropped", c->source.kernel_dropped + c->source.interface_dropped);
    put_int(j, "lost", c->lost);
    put_int(j, "evicted", c->evicted);
    put_int(j, "evicted_flows", n->flow.evicted);
    put_int(j, "evicted_datagrams", n->defrag.evicted);
    put_int(j, "datagrams", n->defrag.datagrams);
    put_int(j, "datagrams_incomplete", n->defrag.incomplete);
    put_int(j, "datagrams_conflicting", n->defrag.conflicts);
    put_int(j, "tcp_bytes_missing", n->flow.bytes_gapped);
    put_int(j, "copies_forgotten", n->copies_forgotten);
    put_int(j, "clock_back", c->clock_back);
    put_int(j, "clock_forward", c->clock_forward);
    put_int(j, "times_clamped", c->source.clamped_times);
}

static void put_without_tap(struct sk_json_out *j, const struct sk_coverage *c) {
    if (!c->without_tap)
        return;
    sk_json_key(j, "inputs_without_tap");
    sk_json_array(j);
    for (size_t i = 0; i < c->n_without_tap; i++)
        sk_json_text(j, c->without_tap[i]);
    sk_json_end_array(j);
}

/* Every match is in one of these: opened alerts' counts, absorbed, copies, muted, filtered. */
static void put_alerts(struct sk_json_out *j, const struct sk_coverage *c) {
    const struct sk_alert_stats *a = &c->alerts;
    sk_json_key(j, "alerts");
    sk_json_object(j);
    put_int(j, "alerts", a->opened);
    put_int(j, "storms", a->storms);
    put_int(j, "lines", a->lines);
    put_int(j, "matches", a->matches);
    put_int(j, "counted", a->counted);
    put_int(j, "absorbed", a->absorbed);
    put_int(j, "copies", a->copies);
    put_int(j, "muted", a->muted);
    put_int(j, "filtered", a->filtered);
    sk_json_end_object(j);
}

static void put_exceptions(struct sk_json_out *j, const struct sk_coverage *c, sk_time now) {
    sk_json_key(j, "exceptions");
    sk_json_array(j);
    for (size_t i = 0; c->excepted && i < sk_policy_exceptions(c->policy); i++) {
        const struct sk_exception *e = sk_policy_exception_at(c->policy, i);
        sk_json_object(j);
        put_text(j, "id", e->id);
        put_text(j, "effect", sk_exception_effect_name(e->effect));
        put_time(j, "until", e->until);
        sk_json_key(j, "expired");
        sk_json_bool(j, e->until < now);
        put_int(j, "matches", c->excepted[e->index]);
        sk_json_end_object(j);
    }
    sk_json_end_array(j);
}

void sk_coverage_json(const struct sk_coverage *c, struct sk_buf *buf) {
    struct sk_json_out j;
    struct sk_segment_counts all = coverage_sum(c->counts);
    sk_json_begin(&j, buf);
    sk_json_object(&j);
    put_text(&j, "schema", "sekimori-coverage-1");
    put_seen(&j, &all);
    put_int(&j, "inputs", c->source.opened_inputs);
    put_int(&j, "inputs_damaged", c->source.damaged_inputs);
    put_int(&j, "inputs_unreadable", c->source.unreadable_inputs);
    put_int(&j, "filtered", c->source.filtered);
    put_int(&j, "unfilterable", c->source.unfilterable);
    put_losses(&j, c);
    put_alerts(&j, c);
    put_exceptions(&j, c, all.last);
    put_without_tap(&j, c);
    put_places(&j, c);
    put_pairs(&j, c);
    sk_json_key(&j, "detections");
    sk_json_array(&j);
    for (size_t i = 0; i < sk_ruleset_size(c->rules); i++)
        if (!sk_ruleset_at(c->rules, i)->building_block)
            put_detection(&j, c, sk_ruleset_at(c->rules, i));
    sk_json_end_array(&j);
    put_filters(&j, c);
    sk_json_end_object(&j);
}
