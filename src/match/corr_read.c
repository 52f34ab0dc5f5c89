/* SPDX-License-Identifier: Apache-2.0 */
/* `correlation:` of a document. */
#include "match/corr.h"

#include <stdio.h>

static const char *const types[] = {"event_count", "value_count", "value_sum", "temporal", "temporal_ordered", NULL};
static const char *const comparisons[] = {"gt", "gte", "lt", "lte", "eq", "neq"};
enum { COMPARISONS = sizeof comparisons / sizeof comparisons[0] };

const char *sk_corr_type_name(enum sk_corr_type t) { return types[t]; }
const char *sk_corr_cmp_name(enum sk_corr_cmp c) { return comparisons[c]; }

bool sk_corr_true(const struct sk_corr *c, int64_t value) {
    switch (c->cmp) {
    case SK_CORR_GT:
        return value > c->limit;
    case SK_CORR_GTE:
        return value >= c->limit;
    case SK_CORR_LT:
        return value < c->limit;
    case SK_CORR_LTE:
        return value <= c->limit;
    case SK_CORR_EQ:
        return value == c->limit;
    case SK_CORR_NEQ:
        return value != c->limit;
    }
    return false;
}

static bool has_value(const struct sk_corr *c) {
    return c->type == SK_CORR_VALUE_COUNT || c->type == SK_CORR_VALUE_SUM;
}
static bool is_temporal(const struct sk_corr *c) {
    return c->type == SK_CORR_TEMPORAL || c->type == SK_CORR_TEMPORAL_ORDERED;
}

static bool read_type(const struct sk_load *l, const struct sk_yaml *map, const struct sk_yaml *v, struct sk_corr *c) {
    static const char *const refused[] = {"value_avg", "value_percentile", "value_median"};
    const char *word = NULL;
    if (!v) {
        sk_load_error(l, map,
                      "`correlation` needs `type`: event_count, value_count, value_sum, temporal or "
                      "temporal_ordered");
        return false;
    }
    for (size_t i = 0; v->kind == SK_YAML_TEXT && i < sizeof refused / sizeof refused[0]; i++)
        if (strcmp(v->text, refused[i]) == 0) {
            sk_load_error(l, v, "correlation type `%s` is not supported: it needs every value of the window at once",
                          refused[i]);
            return false;
        }
    if (!sk_read_word(l, v, "type", types, &word))
        return false;
    for (unsigned i = 0; types[i]; i++)
        if (word == types[i])
            c->type = (enum sk_corr_type)i;
    return true;
}

static bool read_rules(const struct sk_load *l, const struct sk_yaml *map, const struct sk_yaml *v, struct sk_corr *c) {
    if (!v || (v->kind == SK_YAML_LIST && v->n == 0)) {
        sk_load_error(l, v ? v : map, "`correlation` needs `rules`: names or ids of the rules it is about");
        return false;
    }
    if (!sk_read_refs(l, v, "rules", &c->rules))
        return false;
    if (c->rules.n > SK_CORR_RULES) {
        sk_load_error(l, v, "a correlation is about %d rules at most, this one names %zu", SK_CORR_RULES, c->rules.n);
        return false;
    }
    for (size_t i = 0; i < c->rules.n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(c->rules.at[i].name, c->rules.at[k].name) == 0) {
                sk_load_error(l, v->kind == SK_YAML_LIST ? &v->item[i] : v, "`%s` stands in `rules` twice",
                              c->rules.at[i].name);
                return false;
            }
    return true;
}

/* aliases: {name: {rule: field}} */
static bool read_alias(const struct sk_load *l, const struct sk_yaml *alias, struct sk_corr_group *g) {
    if (alias->kind != SK_YAML_MAP || alias->n == 0) {
        sk_load_error(l, alias, "an alias needs a map of rules and their fields, got %s",
                      sk_yaml_kind_name(alias->kind));
        return false;
    }
    struct sk_ref *rule = sk_arena_array(l->arena, alias->n, sizeof *rule);
    enum sk_field_id *field = sk_arena_array(l->arena, alias->n, sizeof *field);
    bool ok = true;
    for (size_t i = 0; i < alias->n; i++) {
        const struct sk_yaml *k = &alias->key[i], *v = &alias->item[i];
        rule[i] = (struct sk_ref){sk_arena_text(l->arena, k->text, k->len), l->file, k->line, k->col};
        sk_named_add(l, &rule[i], g->name.name);
        if (v->kind != SK_YAML_TEXT) {
            sk_load_error(l, v, "`%s` needs the name of a field, got %s", rule[i].name, sk_yaml_kind_name(v->kind));
            ok = false;
            continue;
        }
        field[i] = sk_load_field(l, v, v->text, v->len, true);
        ok = ok && field[i] != SKF_none;
        if (ok && sk_fields[field[i]].type != sk_fields[field[0]].type)
            sk_load_warning(l, v, "`%s` and `%s` are of different types: their values are never the same", v->text,
                            sk_fields[field[0]].name);
    }
    g->alias_rule = rule;
    g->alias_field = field;
    g->n_alias = alias->n;
    return ok;
}

static bool read_groups(const struct sk_load *l, const struct sk_yaml *v, const struct sk_yaml *aliases,
                        struct sk_corr *c) {
    struct sk_list names = {0};
    if (!sk_read_list(l, v, "group-by", &names))
        return false;
    if (names.n > SK_CORR_GROUPS) {
        sk_load_error(l, v, "`group-by` takes %d fields at most, got %zu", SK_CORR_GROUPS, names.n);
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < names.n; i++) {
        struct sk_corr_group *g = &c->group[c->n_group++];
        const struct sk_yaml *alias = sk_yaml_get(aliases, names.at[i]),
                             *at = v->kind == SK_YAML_LIST ? &v->item[i] : v;
        g->name = (struct sk_ref){names.at[i], l->file, at->line, at->col};
        if (alias) {
            ok = read_alias(l, alias, g) && ok;
            continue;
        }
        g->field =
            sk_load_field(l, v->kind == SK_YAML_LIST ? &v->item[i] : v, g->name.name, strlen(g->name.name), true);
        ok = ok && g->field != SKF_none;
    }
    return ok;
}

static bool check_aliases(const struct sk_load *l, const struct sk_yaml *aliases, const struct sk_corr *c) {
    if (!aliases)
        return true;
    if (aliases->kind != SK_YAML_MAP) {
        sk_load_error(l, aliases, "`aliases` needs a map of names, got %s", sk_yaml_kind_name(aliases->kind));
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < aliases->n; i++) {
        bool used = false;
        for (unsigned k = 0; k < c->n_group; k++)
            used = used || strcmp(c->group[k].name.name, aliases->key[i].text) == 0;
        if (!used) {
            sk_load_error(l, &aliases->key[i], "the alias `%s` is used by no `group-by`", aliases->key[i].text);
            ok = false;
        }
    }
    return ok;
}

static bool read_value_field(const struct sk_load *l, const struct sk_yaml *map, struct sk_corr *c) {
    const struct sk_yaml *v = sk_yaml_get(map, "field");
    if (!has_value(c)) {
        if (v)
            sk_load_error(l, v, "`field` belongs to value_count and value_sum, not to %s", types[c->type]);
        return !v;
    }
    if (!v) {
        sk_load_error(l, map, "%s needs `field`: whose values are counted", types[c->type]);
        return false;
    }
    struct sk_yaml one = {.kind = SK_YAML_LIST, .line = v->line, .col = v->col, .item = (struct sk_yaml *)v, .n = 1};
    if (!sk_read_fields(l, v->kind == SK_YAML_LIST ? v : &one, "field", &c->field, &c->n_field))
        return false;
    if (c->type == SK_CORR_VALUE_SUM && (c->n_field != 1 || sk_fields[c->field[0]].type != SK_T_LONG)) {
        sk_load_error(l, v, "value_sum adds up one field of whole numbers");
        return false;
    }
    return true;
}

/* Counts begin at the one that is judged, sums at nothing, and no more rules can have matched than there are. */
static bool never_true(const struct sk_corr *c) {
    int64_t least = c->type == SK_CORR_VALUE_SUM ? 0 : 1;
    int64_t most = is_temporal(c) ? (int64_t)c->rules.n : INT64_MAX;
    switch (c->cmp) {
    case SK_CORR_GT:
        return c->limit >= most;
    case SK_CORR_GTE:
        return c->limit > most;
    case SK_CORR_LT:
        return c->limit <= least;
    case SK_CORR_LTE:
        return c->limit < least;
    case SK_CORR_EQ:
        return c->limit < least || c->limit > most;
    case SK_CORR_NEQ:
        return false;
    }
    return false;
}

static bool read_condition(const struct sk_load *l, const struct sk_yaml *map, const struct sk_yaml *v,
                           struct sk_corr *c) {
    static const char *const keys[] = {"gt", "gte", "lt", "lte", "eq", "neq", "field", NULL};
    c->cmp = SK_CORR_GTE;
    c->limit = (int64_t)c->rules.n; /* temporal: all of them */
    if (!v && is_temporal(c))
        return true;
    if (!v) {
        sk_load_error(l, map, "%s needs `condition`, such as {gt: 50}", types[c->type]);
        return false;
    }
    if (v->kind == SK_YAML_TEXT) {
        sk_load_error(l, v, "a condition over rule names is not supported: here it is a map, such as {gte: 2}");
        return false;
    }
    if (!sk_read_keys(l, v, "`condition`", keys))
        return false;
    unsigned found = 0;
    for (unsigned i = 0; i < COMPARISONS; i++) {
        const struct sk_yaml *number = sk_yaml_get(v, comparisons[i]);
        if (!number)
            continue;
        if (number->kind != SK_YAML_INT) {
            sk_load_error(l, number, "`%s` needs a whole number, got %s", comparisons[i],
                          sk_yaml_kind_name(number->kind));
            return false;
        }
        c->cmp = (enum sk_corr_cmp)i;
        c->limit = number->i;
        found++;
    }
    if (found != 1) {
        sk_load_error(l, v, "`condition` needs exactly one of gt, gte, lt, lte, eq, neq; this one has %u", found);
        return false;
    }
    if (never_true(c) && is_temporal(c))
        sk_load_warning(l, v, "this is never true: the correlation is about %zu rules", c->rules.n);
    else if (never_true(c))
        sk_load_warning(l, v, "this is never true: it is judged when an event has come, so that there is one");
    if (c->type == SK_CORR_TEMPORAL_ORDERED && !(c->cmp == SK_CORR_GTE && c->limit == (int64_t)c->rules.n)) {
        sk_load_error(l, v, "temporal_ordered is about all of its rules: leave `condition` out");
        return false;
    }
    return read_value_field(l, v, c);
}

bool sk_corr_read(const struct sk_load *l, const struct sk_yaml *doc, struct sk_rule_code *code) {
    static const char *const keys[] = {"type",      "rules",   "group-by", "timespan",
                                       "condition", "aliases", "generate", NULL};
    const struct sk_yaml *map = sk_yaml_get(doc, "correlation");
    struct sk_corr *c = sk_arena_array(l->arena, 1, sizeof *c);
    code->corr = c;
    code->rule.correlation = true;
    bool ok = sk_read_keys(l, map, "`correlation`", keys);
    if (map->kind != SK_YAML_MAP)
        return false;
    bool kind = read_type(l, map, sk_yaml_get(map, "type"), c);
    kind = read_rules(l, map, sk_yaml_get(map, "rules"), c) && kind;
    const struct sk_yaml *aliases = sk_yaml_get(map, "aliases"), *span = sk_yaml_get(map, "timespan");
    ok = read_groups(l, sk_yaml_get(map, "group-by"), aliases, c) && ok;
    ok = check_aliases(l, aliases, c) && ok;
    if (!span)
        sk_load_error(l, map, "`correlation` needs `timespan`, such as 60s");
    ok = span && sk_read_span(l, span, "timespan", &c->span) && ok;
    ok = kind && read_condition(l, map, sk_yaml_get(map, "condition"), c) && ok;
    for (unsigned i = 0; i < 2; i++) { /* Sigma has had it in both places */
        const struct sk_yaml *v = sk_yaml_get(i ? doc : map, "generate");
        if (v && v->kind != SK_YAML_BOOL) {
            sk_load_error(l, v, "`generate` needs true or false, got %s", sk_yaml_kind_name(v->kind));
            ok = false;
        }
        c->generate = c->generate || (v && v->b);
    }
    return ok;
}
