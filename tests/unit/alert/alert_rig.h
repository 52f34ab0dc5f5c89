/* SPDX-License-Identifier: Apache-2.0 */
/** Alerts without the stages before them: events made by hand in, lines kept. */
#ifndef TESTS_ALERT_RIG_H
#define TESTS_ALERT_RIG_H

#include "sekimori/alert.h"
#include "sekimori/digest.h"
#include "unit.h"

#include <stdio.h>

#define UNUSED  __attribute__((unused))
#define T0      (1795478400 * SK_SEC) /* 2026-11-24T00:00:00Z */
#define MINUTE_ (60 * SK_SEC)

struct kept {
    char *json;
    sk_json *tree;
    enum sk_action action;
    enum sk_level level;
    uint64_t count;
    sk_time ts;
    char id[37], device[128], device_ja[128], headline[2][256], message[2][2048];
};
struct alert_rig {
    struct sk_alerts *alerts;
    const struct sk_policy *policy;
    struct sk_names names;
    struct sk_correlation *correlation;
    struct kept *line;
    size_t n, cap;
};

static UNUSED void alert_rig_keep(void *arg, const struct sk_alert_line *l) {
    struct alert_rig *r = (struct alert_rig *)arg;
    struct sk_error err = {0};
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 64;
        r->line = (struct kept *)reallocarray(r->line, r->cap, sizeof *r->line);
    }
    struct kept *k = &r->line[r->n++];
    assert_int_equal(strlen(l->json), l->len);
    assert_true(l->len < 8192);
    const char *path = getenv("SEKIMORI_TEST_LINES"); /* tests/golden/test_schema.py holds them against the schema */
    FILE *lines = path ? fopen(path, "ae") : NULL;
    if (lines) {
        fprintf(lines, "%s\n", l->json);
        (void)fclose(lines);
    }
    *k = (struct kept){.json = strdup(l->json),
                       .tree = sk_json_parse(l->json, l->len, &err),
                       .action = l->action,
                       .level = l->level,
                       .count = l->count,
                       .ts = l->ts};
    if (!k->tree)
        fail_msg("no JSON: %s in %s", err.msg, l->json);
    snprintf(k->id, sizeof k->id, "%s", l->alert_id);
    snprintf(k->device, sizeof k->device, "%s", l->device);
    snprintf(k->device_ja, sizeof k->device_ja, "%s", l->device_ja);
    snprintf(k->headline[0], sizeof k->headline[0], "%s", l->headline_en);
    snprintf(k->headline[1], sizeof k->headline[1], "%s", l->headline_ja);
    snprintf(k->message[0], sizeof k->message[0], "%s", l->message_en);
    snprintf(k->message[1], sizeof k->message[1], "%s", l->message_ja);
}

static UNUSED const char *alert_rig_file(void *arg, uint32_t file) {
    (void)arg;
    return file == 0 ? "monday.pcap" : "tuesday.pcap";
}
static UNUSED void alert_rig_drop(void *arg, struct sk_event *ev) { (void)arg, (void)ev; }

/** policy: YAML text or NULL; max_open 0 = the program's. */
static UNUSED struct alert_rig *alert_rig_new(const char *policy, uint32_t max_open) {
    struct alert_rig *r = (struct alert_rig *)calloc(1, sizeof *r);
    struct sk_diags diags = {0};
    r->policy = sk_policy_none();
    if (policy) {
        sk_err e = sk_policy_parse("test.yml", policy, strlen(policy), &r->policy, &diags);
        if (e != SK_OK)
            fail_msg("policy: %s", diags.n ? diags.at[0].msg : "?");
        sk_diags_free(&diags);
    }
    r->names = (struct sk_names){.policy = r->policy, .file = alert_rig_file};
    struct sk_correlation_config cc = {
        .policy = r->policy, .names = &r->names, .offline = true, .event = alert_rig_drop, .arg = r};
    r->correlation = sk_correlation_new(&cc, NULL);
    struct sk_alert_config ac = {.policy = r->policy,
                                 .names = &r->names,
                                 .correlation = r->correlation,
                                 .observer = "pcap",
                                 .run = "0123456789abcdef0123456789abcdef",
                                 .offline = true,
                                 .max_open = max_open,
                                 .line = alert_rig_keep,
                                 .arg = r};
    r->alerts = sk_alerts_new(&ac);
    assert_non_null(r->alerts);
    return r;
}

static UNUSED void alert_rig_free(struct alert_rig *r) {
    for (size_t i = 0; i < r->n; i++) {
        free(r->line[i].json);
        sk_json_free(r->line[i].tree);
    }
    free(r->line);
    sk_alerts_free(r->alerts);
    sk_correlation_free(r->correlation);
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

/** An event in static room: the next call overwrites it. */
static UNUSED struct sk_event *event_at(enum sk_event_type type, sk_time ts, const char *src, const char *dst) {
    static _Alignas(struct sk_event) uint8_t room[SK_EVENT_MAX];
    struct sk_event *ev = (struct sk_event *)(void *)room;
    sk_event_init(ev, type);
    ev->ts = ts;
    ev->src = addr_of(src);
    ev->dst = addr_of(dst);
    ev->smac = mac_of("02-00-00-00-00-AA");
    ev->dmac = mac_of("02-00-00-00-00-01");
    ev->flags = SK_EV_FRAME;
    ev->number = (uint64_t)((ts - T0) / SK_MSEC) + 1;
    return ev;
}

static UNUSED void match_at(struct alert_rig *r, const struct sk_rule *rule, enum sk_level level, bool alone,
                            const struct sk_event *ev) {
    struct sk_match m = {.rule = rule, .level = level, .alone = alone};
    sk_alerts_match(r->alerts, &m, ev);
}

static UNUSED const char *text_at(const struct kept *k, const char *path) { return sk_json_get_text(k->tree, path); }
static UNUSED int64_t int_at(const struct kept *k, const char *path) { return sk_json_get_int(k->tree, path, -1); }

static UNUSED uint32_t next_random(uint32_t *x) { return *x = *x * 1664525u + 1013904223u; }

#endif
