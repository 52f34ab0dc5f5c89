/* SPDX-License-Identifier: Apache-2.0 */
/* The section watch: thresholds that the site replaces. */
#include "policy/read.h"

#include <math.h>
#include <strings.h>

static const char *const op_words[] = {"gt", "gte", "lt", "lte", "eq", "neq", NULL};

static bool read_op(struct pol_read *r, const struct sk_yaml *key, const struct sk_yaml *v, struct pol_watch *w) {
    char shown[POL_SHOW];
    int op = -1;
    for (int i = 0; op_words[i]; i++)
        if (strcmp(key->text, op_words[i]) == 0)
            op = i;
    if (op < 0)
        return false;
    if (v->kind != SK_YAML_INT && v->kind != SK_YAML_REAL)
        POL_ERROR(r, v, "`%s` needs a number, got %s", key->text, pol_got(v, shown));
    else if (!isfinite(v->f))
        POL_ERROR(r, v, "`%s` needs a number that ends", key->text);
    else if (v->f < 0)
        POL_ERROR(r, v, "`%s` needs a number from 0 on, got %s: what is counted is never less", key->text,
                  pol_got(v, shown));
    else if (w->words.op != SK_WATCH_NONE)
        POL_ERROR(r, key, "`%s` and `%s`: a correlation compares once. Keep one of the two",
                  op_words[w->words.op - SK_WATCH_GT], key->text);
    w->words.op = (enum sk_watch_op)(SK_WATCH_GT + op);
    w->words.value = v->f;
    return true;
}

static void read_words(struct pol_read *r, const struct sk_yaml *v, struct pol_watch *w) {
    static const char *const all[] = {"gt", "gte", "lt", "lte", "eq", "neq", "timespan", NULL};
    char shown[POL_SHOW];
    for (size_t i = 0; i < v->n; i++) {
        const struct sk_yaml *key = &v->key[i], *value = &v->item[i];
        int64_t seconds = 0;
        if (strcmp(key->text, "timespan") == 0) {
            if (pol_get_duration(r, value, &seconds) && seconds <= 0)
                POL_ERROR(r, value, "a span of no time counts nothing. Write 10s, 5m, 2h or 1d");
            w->words.timespan = seconds * SK_SEC;
        } else if (!read_op(r, key, value, w)) {
            const char *near = sk_nearest(key->text, all);
            if (near)
                POL_ERROR(r, key, "unknown key `%s`. The key is `%s`", pol_show(key, shown), near);
            else
                POL_ERROR(r, key, "unknown key `%s`. Keys here: gt, gte, lt, lte, eq, neq, timespan",
                          pol_show(key, shown));
        }
    }
}

static bool is_threshold(const char *word) {
    for (int i = 0; op_words[i]; i++)
        if (strcmp(word, op_words[i]) == 0)
            return true;
    return strcmp(word, "timespan") == 0;
}

static bool is_rule_name(const struct sk_yaml *key) {
    return key->len && key->len <= 128 &&
           strspn(key->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789-_.") == key->len;
}

static void read_rule(struct pol_read *r, const struct sk_yaml *key, const struct sk_yaml *v) {
    char shown[POL_SHOW];
    static const char *const other[] = {"loss_alert", "silent_mirror", NULL};
    const char *near = sk_nearest(key->text, other);
    bool of_rule = v->kind == SK_YAML_MAP && (v->n == 0 || is_threshold(v->key[0].text));
    if (near && !of_rule) {
        POL_ERROR(r, key, "unknown key `%s`. The key is `%s`", pol_show(key, shown), near);
        return;
    }
    if (v->kind != SK_YAML_MAP || !is_rule_name(key)) {
        POL_ERROR(r, is_rule_name(key) ? v : key,
                  "%s: thresholds of a rule are written under its name: ra-flood: {gt: 50, timespan: 10s}",
                  pol_show(key, shown));
        return;
    }
    for (size_t i = 0; i < r->p->watches.n; i++) {
        const struct pol_watch *before = &r->p->watches.at[i];
        if (strcasecmp(before->rule, key->text) != 0)
            continue;
        POL_ERROR(r, key, "`%s` is written already at %s:%u. Keep one of the two", key->text, before->pos.path,
                  before->pos.line);
        return;
    }
    struct pol_watch *w = POL_PUSH(&r->p->watches);
    w->rule = sk_arena_text(&r->p->arena, key->text, key->len);
    w->pos = pol_pos(r, key);
    w->words.origin = pol_origin(&w->pos, NULL);
    read_words(r, v, w);
    if (v->n == 0)
        POL_ERROR(r, v, "nothing is said of `%s`. Write {gt: 50, timespan: 10s}, or remove the line", w->rule);
}

/* "0.1%", "5 %" -> 0.001, 0.05. @return -1: no percentage */
static double percentage(const char *text) {
    double n = 0, unit = 0.01;
    size_t i = 0;
    for (; text[i] >= '0' && text[i] <= '9'; i++)
        n = n * 10 + (text[i] - '0');
    bool digits = i > 0;
    if (text[i] == '.')
        for (i++; text[i] >= '0' && text[i] <= '9'; i++) {
            n = n * 10 + (text[i] - '0');
            unit /= 10;
        }
    i += text[i] == ' ';
    return digits && strcmp(text + i, "%") == 0 ? n * unit : -1;
}

/* A percentage, or a share: 0.001 */
bool pol_read_loss(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    char shown[POL_SHOW];
    double share = -1;
    if ((v->kind == SK_YAML_REAL || v->kind == SK_YAML_INT) && isfinite(v->f))
        share = v->f;
    else if (v->kind == SK_YAML_TEXT && v->len < 16)
        share = percentage(v->text);
    if (!(share >= 0 && share <= 1)) {
        POL_ERROR(r, v, "%s is no share of packets. Write a percentage: 0.1%%", pol_show(v, shown));
        return false;
    }
    if (v->kind != SK_YAML_TEXT && share >= 0.01)
        POL_WARN(r, v,
                 "%s without a percent sign is a share, %g %% of the packets. Write the percentage you mean: %s%%",
                 pol_show(v, shown), share * 100, pol_show(v, shown));
    r->p->loss_ppm = (uint32_t)(share * 1e6 + 0.5);
    r->p->loss_pos = pol_pos(r, v);
    return true;
}

static bool silence_before(struct pol_read *r, const struct sk_yaml *tap) {
    for (size_t i = 0; i < r->p->silences.n; i++) {
        const struct pol_silence *other = &r->p->silences.at[i];
        if (strcmp(other->tap_name, tap->text) != 0)
            continue;
        POL_ERROR(r, tap, "`%s` is written already at %s:%u. Keep one of the two", other->tap_name, other->pos.path,
                  other->pos.line);
        return true;
    }
    return false;
}

bool pol_read_silences(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    char shown[POL_SHOW];
    if (v->kind != SK_YAML_MAP) {
        POL_ERROR(r, v, "a span for each tap is needed here, got %s. Write {TAP: 60s}", pol_got(v, shown));
        return false;
    }
    for (size_t i = 0; i < v->n; i++) {
        if (silence_before(r, &v->key[i]))
            continue;
        struct pol_silence *s = POL_PUSH(&r->p->silences);
        s->tap_name = sk_arena_text(&r->p->arena, v->key[i].text, v->key[i].len);
        s->pos = pol_pos(r, &v->key[i]);
        if (pol_get_duration(r, &v->item[i], &s->seconds) && s->seconds <= 0)
            POL_ERROR(r, &v->item[i], "every mirror is silent for no time. Write 60s, 10m");
    }
    return true;
}

bool pol_read_watch(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    char shown[POL_SHOW];
    if (v->kind != SK_YAML_MAP) {
        POL_ERROR(r, v, "a map of rules is needed here, got %s. Write {ra-flood: {gt: 50, timespan: 10s}}",
                  pol_got(v, shown));
        return false;
    }
    for (size_t i = 0; i < v->n; i++) {
        if (strcmp(v->key[i].text, "loss_alert") == 0 || strcmp(v->key[i].text, "silent_mirror") == 0)
            pol_read_key(r, "watch", &v->key[i], &v->item[i], r->p);
        else
            read_rule(r, &v->key[i], &v->item[i]);
    }
    return true;
}

/* --- asked ----------------------------------------------------------------------------------------------------------
 */

bool sk_policy_watch(const struct sk_policy *p, const char *rule, struct sk_watch *ret) {
    for (size_t i = 0; rule && i < p->watches.n; i++) {
        if (strcasecmp(p->watches.at[i].rule, rule) != 0)
            continue;
        *ret = p->watches.at[i].words;
        return true;
    }
    return false;
}

const char *sk_policy_watch_name(const struct sk_policy *p, size_t i, struct sk_origin *ret) {
    if (i >= p->watches.n)
        return NULL;
    *ret = p->watches.at[i].words.origin;
    return p->watches.at[i].rule;
}

bool sk_policy_loss_alert(const struct sk_policy *p, uint32_t *ret_ppm, struct sk_origin *ret) {
    if (!p->loss_pos.path)
        return false;
    *ret_ppm = p->loss_ppm;
    *ret = pol_origin(&p->loss_pos, NULL);
    return true;
}

bool sk_policy_silent_mirror(const struct sk_policy *p, uint16_t tap, sk_time *ret_span, struct sk_origin *ret) {
    const char *name = sk_policy_tap_name(p, tap);
    for (size_t i = 0; name && i < p->silences.n; i++) {
        if (strcmp(p->silences.at[i].tap_name, name) != 0)
            continue;
        *ret_span = p->silences.at[i].seconds * SK_SEC;
        *ret = pol_origin(&p->silences.at[i].pos, NULL);
        return true;
    }
    return false;
}
