/* SPDX-License-Identifier: Apache-2.0 */
/** The correlators alone: events made by hand in, annotated and derived events kept. */
#ifndef TESTS_CORRELATE_RIG_H
#define TESTS_CORRELATE_RIG_H

#include "sekimori/correlate.h"
#include "unit.h"

#include <stdio.h>

#define UNUSED __attribute__((unused))
#define T0     (1795478400 * SK_SEC) /* 2026-11-24T00:00:00Z */

enum { COR_KEPT = 256 };
struct cor_rig {
    struct sk_correlation *c;
    const struct sk_policy *policy;
    struct sk_names names;
    struct sk_event *out[COR_KEPT];
    unsigned n;
    uint64_t seq;
};

static UNUSED void cor_keep(void *arg, struct sk_event *ev) {
    struct cor_rig *r = (struct cor_rig *)arg;
    assert_true(r->n < COR_KEPT);
    r->out[r->n] = (struct sk_event *)malloc(ev->size);
    memcpy(r->out[r->n++], ev, ev->size);
}

static UNUSED struct cor_rig *cor_rig_new(const char *policy) {
    struct cor_rig *r = (struct cor_rig *)calloc(1, sizeof *r);
    struct sk_diags diags = {0};
    r->policy = sk_policy_none();
    if (policy && sk_policy_parse("test.yml", policy, strlen(policy), &r->policy, &diags) != SK_OK)
        fail_msg("policy: %s", diags.n ? diags.at[0].msg : "?");
    sk_diags_free(&diags);
    r->names = (struct sk_names){.policy = r->policy};
    struct sk_correlation_config cc = {
        .policy = r->policy, .names = &r->names, .offline = true, .event = cor_keep, .arg = r};
    r->c = sk_correlation_new(&cc, NULL);
    assert_non_null(r->c);
    return r;
}
static UNUSED void cor_clear(struct cor_rig *r) {
    for (unsigned i = 0; i < r->n; i++)
        free(r->out[i]);
    r->n = 0;
}
static UNUSED void cor_rig_free(struct cor_rig *r) {
    cor_clear(r);
    sk_correlation_free(r->c);
    if (!sk_policy_is_none(r->policy))
        sk_policy_free(r->policy);
    free(r);
}

static UNUSED struct sk_addr addr_of(const char *text) {
    struct sk_addr a = {0};
    assert_true(sk_addr_parse(text, strlen(text), &a));
    return a;
}
static UNUSED struct sk_mac mac_of(const char *text) {
    struct sk_mac m = {0};
    assert_true(sk_mac_parse(text, strlen(text), &m));
    return m;
}

/** An event in static room on segment 0 (or none without a policy); the next call overwrites it. */
static UNUSED struct sk_event *event_of(struct cor_rig *r, enum sk_event_type type, sk_time ts, const char *mac,
                                        const char *src, const char *dst) {
    static _Alignas(struct sk_event) uint8_t room[SK_EVENT_MAX];
    struct sk_event *ev = (struct sk_event *)(void *)room;
    sk_event_init(ev, type);
    ev->ts = ts;
    ev->seq = ++r->seq;
    ev->phase = 1;
    ev->segment = sk_policy_segments(r->policy) ? 0 : SK_SEGMENT_NONE;
    if (mac)
        ev->smac = mac_of(mac);
    if (src)
        ev->src = addr_of(src);
    if (dst)
        ev->dst = addr_of(dst);
    return ev;
}
static UNUSED void feed(struct cor_rig *r, const struct sk_event *ev) { sk_correlate_event(r->c, ev); }

static UNUSED const char *text_of(const struct cor_rig *r, const struct sk_event *ev, enum sk_field_id f) {
    static char text[SK_EVENT_TEXT_MAX + 1];
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    if (!sk_event_get(ev, &r->names, f, 0, scratch, &v))
        return "";
    return sk_value_text(&v, text, sizeof text);
}

/** Text of a field of the last event that came out and was fed; "" = none. Derived types are no repetition of it. */
static UNUSED const char *last_text(const struct cor_rig *r, enum sk_field_id f) {
    for (unsigned i = r->n; i-- > 0;)
        if (sk_events[r->out[i]->type].per != SK_PER_DERIVED)
            return text_of(r, r->out[i], f);
    fail_msg("nothing came out");
    return "";
}

/** Events of a type that came out since cor_clear(), and the text of a field of the last of them ("" = none). */
static UNUSED unsigned count_of(const struct cor_rig *r, enum sk_event_type type) {
    unsigned n = 0;
    for (unsigned i = 0; i < r->n; i++)
        n += r->out[i]->type == type;
    return n;
}
static UNUSED const char *last_of(const struct cor_rig *r, enum sk_event_type type, enum sk_field_id f) {
    for (unsigned i = r->n; i-- > 0;)
        if (r->out[i]->type == type)
            return text_of(r, r->out[i], f);
    return "";
}

#endif
