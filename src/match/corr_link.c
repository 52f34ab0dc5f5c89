/* SPDX-License-Identifier: Apache-2.0 */
/* Correlations and the rules they name, once everything is loaded: files, folders and order do not matter. */
#include "match/corr.h"

#include <stdlib.h>

static struct sk_yaml place_of(const struct sk_ref *r) { return (struct sk_yaml){.line = r->line, .col = r->col}; }

/* Which field of this rule's events an alias stands for. */
static bool link_alias(const struct sk_load *l, struct sk_rule_code *const *rules, size_t n, struct sk_corr *c,
                       struct sk_corr_group *g) {
    struct sk_load there = *l;
    bool ok = true;
    for (size_t k = 0; k < g->n_alias; k++) {
        const struct sk_rule_code *named = sk_rule_named(rules, n, g->alias_rule[k].name);
        bool used = !named;
        for (size_t i = 0; i < c->rules.n; i++)
            if (c->from[i] && c->from[i] == named) {
                g->of[i] = g->alias_field[k];
                used = true;
            }
        if (!used) {
            struct sk_yaml at = place_of(&g->alias_rule[k]);
            there.file = g->alias_rule[k].file;
            sk_load_error(&there, &at, "`%s` is none of this correlation's `rules`", g->alias_rule[k].name);
        }
        ok = ok && used && named;
    }
    for (size_t i = 0; ok && i < c->rules.n; i++)
        if (g->of[i] == SKF_none) {
            struct sk_yaml at = place_of(&g->name);
            there.file = g->name.file;
            sk_load_error(&there, &at, "the alias `%s` says no field for `%s`", g->name.name, c->rules.at[i].name);
            ok = false;
        }
    return ok;
}

/* A field that these events never have: they would count nowhere, and nobody would see why. */
static void warn_absent(const struct sk_load *l, const struct sk_rule_code *code, unsigned place, enum sk_field_id f) {
    const struct sk_corr *c = code->corr;
    const struct sk_rule *r = &c->from[place]->rule;
    enum sk_event_type owner = sk_field_owner(f);
    if (c->from[place]->corr || owner == SKE_none || owner == r->event || sk_events[r->event].per == SK_PER_DERIVED)
        return;
    struct sk_load there = *l;
    struct sk_yaml at = {.line = c->rules.at[place].line, .col = c->rules.at[place].col};
    there.file = c->rules.at[place].file;
    sk_load_warning(&there, &at, "`%s` is of %s, but `%s` is about %s: its events have no such field and do not count",
                    sk_fields[f].name, sk_events[owner].name, r->name, sk_events[r->event].name);
}

static void warn_fields(const struct sk_load *l, const struct sk_rule_code *code) {
    const struct sk_corr *c = code->corr;
    for (unsigned i = 0; i < c->rules.n; i++) {
        for (unsigned k = 0; k < c->n_group; k++)
            warn_absent(l, code, i, c->group[k].of[i]);
        for (size_t k = 0; k < c->n_field; k++)
            warn_absent(l, code, i, c->field[k]);
    }
}

static bool link_one(const struct sk_load *l, struct sk_rule_code *const *rules, size_t n, struct sk_rule_code *code) {
    struct sk_corr *c = code->corr;
    bool ok = true;
    c->from = sk_arena_array(l->arena, c->rules.n, sizeof(struct sk_rule_code *));
    const char **ids = sk_arena_array(l->arena, c->rules.n, sizeof(*ids));
    for (size_t i = 0; i < c->rules.n; i++) {
        c->from[i] = sk_rule_named(rules, n, c->rules.at[i].name);
        ok = ok && c->from[i];
        ids[i] = c->from[i] ? c->from[i]->rule.id : "";
    }
    code->rule.rules = (struct sk_list){ids, c->rules.n};
    for (unsigned k = 0; k < c->n_group; k++) {
        struct sk_corr_group *g = &c->group[k];
        if (g->n_alias > 0)
            ok = link_alias(l, rules, n, c, g) && ok;
        for (size_t i = 0; g->n_alias == 0 && i < c->rules.n; i++)
            g->of[i] = g->field;
    }
    return ok;
}

/* Depth by rounds: what is left without one after SK_CORR_DEPTH rounds runs in a circle or is too deep. */
static void find_depths(const struct sk_load *l, struct sk_rule_code *const *rules, size_t n) {
    for (unsigned depth = 1; depth <= SK_CORR_DEPTH; depth++)
        for (size_t i = 0; i < n; i++) {
            struct sk_corr *c = rules[i]->corr;
            bool known = c && c->depth == 0;
            for (size_t k = 0; known && k < c->rules.n; k++) {
                const struct sk_corr *below = c->from[k]->corr;
                known = !below || (below->depth > 0 && below->depth < depth);
            }
            if (known)
                c->depth = depth;
        }
    for (size_t i = 0; i < n; i++) {
        const struct sk_corr *c = rules[i]->corr;
        if (!c || c->depth > 0)
            continue;
        struct sk_load there = *l;
        struct sk_yaml at = place_of(&c->rules.at[0]);
        there.file = c->rules.at[0].file;
        sk_load_error(&there, &at,
                      "the correlation `%s` refers to itself through its `rules`, or is over more than %d others",
                      rules[i]->rule.name, SK_CORR_DEPTH - 1);
    }
}

/* What is counted is whole: over 2.5 is over 2, at least 2.5 is at least 3. */
static int64_t whole_limit(double v, bool up) {
    if (!(v > -9e15 && v < 9e15))
        return v < 0 ? INT64_MIN : INT64_MAX;
    int64_t ret = (int64_t)v;
    ret -= (double)ret > v;
    return ret + (up && (double)ret < v);
}

/* The site's own words, from `watch` of the policy. */
static bool take_watch(const struct sk_load *l, struct sk_rule_code *code, struct sk_origin *ret) {
    struct sk_corr *c = code->corr;
    struct sk_watch w;
    if (!sk_policy_watch(l->policy, code->rule.name, &w) && !sk_policy_watch(l->policy, code->rule.id, &w) &&
        !sk_policy_watch(l->policy, code->rule.detection, &w))
        return false;
    *ret = w.origin;
    if (w.timespan > 0)
        c->span = w.timespan;
    if (w.op == SK_WATCH_NONE || c->type == SK_CORR_TEMPORAL_ORDERED)
        return true;
    static const enum sk_corr_cmp cmp[] = {
        [SK_WATCH_GT] = SK_CORR_GT,   [SK_WATCH_GTE] = SK_CORR_GTE, [SK_WATCH_LT] = SK_CORR_LT,
        [SK_WATCH_LTE] = SK_CORR_LTE, [SK_WATCH_EQ] = SK_CORR_EQ,   [SK_WATCH_NEQ] = SK_CORR_NEQ};
    c->cmp = cmp[w.op];
    c->limit = whole_limit(w.value, c->cmp == SK_CORR_GTE || c->cmp == SK_CORR_LT);
    return true;
}

/* `ra-any: value_count of source.mac by network.name in 60s, gt 10` */
static void describe(const struct sk_load *l, struct sk_rule_code *code, const struct sk_origin *site) {
    const struct sk_corr *c = code->corr;
    struct sk_buf b = {0};
    for (size_t i = 0; i < c->rules.n; i++)
        sk_buf_fmt(&b, "%s%s", i ? ", " : "", c->from[i]->rule.name);
    sk_buf_fmt(&b, ": %s", sk_corr_type_name(c->type));
    for (size_t i = 0; i < c->n_field; i++)
        sk_buf_fmt(&b, "%s%s", i ? ", " : " of ", sk_fields[c->field[i]].name);
    for (unsigned i = 0; i < c->n_group; i++)
        sk_buf_fmt(&b, "%s%s", i ? ", " : " by ", c->group[i].name.name);
    sk_buf_fmt(&b, " in %llds, %s %lld", (long long)(c->span / SK_SEC), sk_corr_cmp_name(c->cmp), (long long)c->limit);
    if (site)
        sk_buf_fmt(&b, " (%s:%u)", site->file, site->line);
    code->rule.counts = sk_arena_text(l->arena, b.p, b.len);
    sk_buf_free(&b);
}

/* By depth: a correlation cannot fire where the rules it needs cannot. */
static void find_firing(const struct sk_load *l, struct sk_rule_code *code) {
    struct sk_corr *c = code->corr;
    struct sk_rule *r = &code->rule;
    bool all = c->type == SK_CORR_TEMPORAL_ORDERED ||
               (c->type == SK_CORR_TEMPORAL && c->cmp == SK_CORR_GTE && c->limit == (int64_t)c->rules.n);
    const struct sk_rule *missing = NULL;
    bool some = false;
    for (size_t i = 0; i < c->rules.n; i++) {
        some = some || c->from[i]->rule.can_fire;
        if (!c->from[i]->rule.can_fire)
            missing = &c->from[i]->rule;
    }
    r->event = c->from[0]->rule.event;
    if (!r->can_fire || !missing || (some && !all))
        return;
    r->can_fire = false;
    r->missing = sk_arena_text(l->arena, missing->missing, strlen(missing->missing));
}

static void default_subject(const struct sk_load *l, struct sk_rule_code *code) {
    const struct sk_corr *c = code->corr;
    if (code->subject)
        return;
    enum sk_field_id *at = sk_arena_array(l->arena, SK_CORR_GROUPS, sizeof *at);
    bool alias = c->n_group == 0;
    for (unsigned k = 0; k < c->n_group; k++) {
        at[k] = c->group[k].field;
        alias = alias || c->group[k].n_alias > 0;
    }
    if (alias)
        at[0] = SKF_correlation_group;
    code->rule.subject = at;
    code->rule.n_subject = alias ? 1 : c->n_group;
}

static void find_users(const struct sk_load *l, struct sk_rule_code *const *rules, size_t n, struct sk_rule_code *of) {
    struct sk_rule_user *user = sk_mem_new(n * SK_CORR_RULES, sizeof *user);
    bool generate = false;
    size_t users = 0;
    for (size_t i = 0; i < n; i++) {
        const struct sk_corr *c = rules[i]->corr;
        for (size_t k = 0; c && k < c->rules.n; k++)
            if (c->from[k] == of) {
                user[users++] = (struct sk_rule_user){rules[i], (unsigned)k};
                generate = generate || c->generate;
            }
    }
    of->user = sk_arena_copy(l->arena, user, users, sizeof *user);
    free(user);
    of->n_user = users;
    of->rule.building_block = users > 0 && !generate;
}

void sk_corr_link(const struct sk_load *l, struct sk_rule_code *const *rules, size_t n) {
    bool ok = true;
    size_t correlations = 0;
    for (size_t i = 0; i < n; i++)
        if (rules[i]->corr) {
            ok = link_one(l, rules, n, rules[i]) && ok;
            correlations++;
        }
    if (!ok || correlations == 0)
        return;
    size_t errors = l->diags->errors;
    find_depths(l, rules, n);
    if (l->diags->errors > errors)
        return;
    for (unsigned depth = 1; depth <= SK_CORR_DEPTH; depth++)
        for (size_t i = 0; i < n; i++)
            if (rules[i]->corr && rules[i]->corr->depth == depth) {
                struct sk_origin site;
                describe(l, rules[i], take_watch(l, rules[i], &site) ? &site : NULL);
                warn_fields(l, rules[i]);
                find_firing(l, rules[i]);
                default_subject(l, rules[i]);
            }
    for (size_t i = 0; i < n; i++)
        find_users(l, rules, n, rules[i]);
}
