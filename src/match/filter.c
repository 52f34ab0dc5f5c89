/* SPDX-License-Identifier: Apache-2.0 */
/* A filter silences nothing that nobody answers for: owner, approver, reason and an end are asked for, as in the
 * policy's register of exceptions. Past its end, by packet time, it is as if it were not there. */
#include "match/filter.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool required(const struct sk_load *l, const struct sk_yaml *doc) {
    static const struct {
        const char *key, *what;
    } need[] = {{"title", "what the filter is for, in a few words"},
                {"id", "a UUID (uuidgen makes one)"},
                {"logsource", "{product: sekimori, category: <event type>}"}};
    bool ok = true;
    for (size_t i = 0; i < sizeof need / sizeof need[0]; i++)
        if (!sk_yaml_get(doc, need[i].key)) {
            sk_load_error(l, doc, "`%s` is missing: %s", need[i].key, need[i].what);
            ok = false;
        }
    return ok;
}

static bool read_until(const struct sk_load *l, const struct sk_yaml *v, struct sk_filter *f) {
    if (v->kind == SK_YAML_TEXT && sk_policy_day_end(l->policy, v->text, v->len, &f->until)) {
        f->until_text = sk_arena_text(l->arena, v->text, v->len);
        return true;
    }
    sk_load_error(l, v, "`until` needs a date such as 2027-03-31: the last day on which the filter holds");
    return false;
}

/* "-" and "?" are what people write who must write something. */
static bool says_something(const struct sk_load *l, const struct sk_yaml *v, const char *key) {
    for (size_t i = 0; i < v->len; i++)
        if ((unsigned char)v->text[i] >= 0x80 || isalnum((unsigned char)v->text[i]))
            return true;
    sk_load_error(l, v, "`%s` says nothing. A filter names who needs it, who allowed it, and why", key);
    return false;
}

/* sekimori: {owner, approver, reason, until} */
static bool answered_for(const struct sk_load *l, const struct sk_yaml *doc, struct sk_filter *f) {
    static const char *const keys[] = {"owner", "approver", "reason", "until", NULL};
    const char **to[] = {&f->owner, &f->approver, &f->reason};
    const struct sk_yaml *v = sk_yaml_get(doc, "sekimori");
    if (!v) {
        sk_load_error(l, doc,
                      "`sekimori` is missing: {owner, approver, reason, until}; nothing is silenced that nobody "
                      "answers for");
        return false;
    }
    bool ok = sk_read_keys(l, v, "`sekimori` of a filter", keys);
    if (v->kind != SK_YAML_MAP)
        return false;
    for (unsigned i = 0; keys[i]; i++) {
        const struct sk_yaml *x = sk_yaml_get(v, keys[i]);
        if (!x)
            sk_load_error(l, v, "a filter needs `%s`, like every exception", keys[i]);
        ok = x && (i < 3 ? sk_read_text(l, x, keys[i], to[i]) && says_something(l, x, keys[i]) : read_until(l, x, f)) &&
             ok;
    }
    return ok;
}

static bool read_rules(const struct sk_load *l, const struct sk_yaml *map, struct sk_filter_code *c) {
    const struct sk_yaml *v = sk_yaml_get(map, "rules");
    if (v && v->kind == SK_YAML_TEXT && strcmp(v->text, "any") == 0) {
        c->any = true;
        return true;
    }
    if (!v || v->kind != SK_YAML_LIST || v->n == 0) {
        sk_load_error(l, v ? v : map,
                      "`filter` needs `rules`: a list of names or ids, or `any` for all rules about this event type");
        return false;
    }
    return sk_read_refs(l, v, "rules", &c->rules);
}

/* What a filter selects is let through, unless it says `not`: easily meant the other way round. */
static void warn_positive(const struct sk_load *l, const struct sk_yaml *condition) {
    if (!condition || condition->kind != SK_YAML_TEXT)
        return;
    for (const char *p = condition->text; (p = strstr(p, "not")) != NULL; p += 3)
        if ((p == condition->text || strchr(" (", p[-1])) && strchr(" (", p[3]) && p[3])
            return;
    sk_load_warning(l, condition,
                    "without `not` only what the filter selects goes on to alert; to silence that, write `not %.*s`",
                    (int)(condition->len < 64 ? condition->len : 64), condition->text);
}

/* Everything but `rules` is searches and their condition. */
static bool read_searches(const struct sk_load *l, const struct sk_yaml *map, struct sk_filter_code *c) {
    struct sk_yaml rest = *map;
    rest.key = sk_mem_new(map->n, sizeof *rest.key);
    rest.item = sk_mem_new(map->n, sizeof *rest.item);
    rest.n = 0;
    for (size_t i = 0; i < map->n; i++) {
        if (strcmp(map->key[i].text, "rules") == 0)
            continue;
        rest.key[rest.n] = map->key[i];
        rest.item[rest.n++] = map->item[i];
    }
    struct sk_detection d = {0};
    bool ok = sk_detection_compile(l, &rest, "filter", &d);
    if (ok) {
        c->condition = d.condition;
        c->pred = sk_arena_copy(l->arena, d.pred, d.n, sizeof d.pred[0]);
    }
    sk_detection_free(&d);
    free(rest.key);
    free(rest.item);
    return ok;
}

struct sk_filter_code *sk_filter_read(const struct sk_load *l, const struct sk_yaml *doc) {
    static const char *const keys[] = {"title",      "id",        "name",     "description", "status",  "author",
                                       "references", "date",      "modified", "license",     "related", "tags",
                                       "taxonomy",   "logsource", "filter",   "sekimori",    NULL};
    struct sk_filter_code *c = sk_arena_array(l->arena, 1, sizeof *c);
    const struct sk_yaml *source = sk_yaml_get(doc, "logsource"), *map = sk_yaml_get(doc, "filter"),
                         *id = sk_yaml_get(doc, "id");
    c->filter.file = l->file;
    c->filter.line = doc->line;
    bool ok = sk_read_keys(l, doc, "a filter", keys);
    ok = required(l, doc) && ok;
    ok = sk_read_text(l, sk_yaml_get(doc, "title"), "title", &c->filter.title) && ok;
    ok = sk_read_date(l, sk_yaml_get(doc, "date"), "date") && ok;
    ok = sk_read_date(l, sk_yaml_get(doc, "modified"), "modified") && ok;
    if (id) {
        ok = sk_read_uuid(l, id, &c->filter.id) && ok;
        c->id_line = id->line;
        c->id_col = id->col;
    }
    ok = (!source || sk_read_logsource(l, source, &c->event)) && ok;
    ok = answered_for(l, doc, &c->filter) && ok;
    if (map->kind != SK_YAML_MAP) {
        sk_load_error(l, map, "`filter` needs a map, got %s", sk_yaml_kind_name(map->kind));
        return NULL;
    }
    ok = read_rules(l, map, c) && ok;
    struct sk_load with = *l;
    with.event = c->event;
    ok = read_searches(&with, map, c) && ok;
    warn_positive(l, sk_yaml_get(map, "condition"));
    return ok ? c : NULL;
}

/* ---- rules ---- */

static bool may_be_critical(const struct sk_rule_code *r) {
    bool ret = r->rule.level == SK_LEVEL_CRITICAL;
    for (size_t i = 0; i < r->n_level; i++)
        ret = ret || r->level[i].level == SK_LEVEL_CRITICAL;
    return ret;
}

static void add(const struct sk_load *l, struct sk_rule_code *r, const struct sk_filter_code *f) {
    if (may_be_critical(r) && !f->any) {
        struct sk_load there = *l;
        struct sk_yaml at = {.line = f->id_line, .col = f->id_col};
        there.file = f->filter.file;
        sk_load_warning(&there, &at,
                        "this filter silences `%s` where it is critical too; an exception of the policy never does",
                        r->rule.name);
    }
    const struct sk_filter_code **at = sk_arena_array(l->arena, r->n_filter + 1, sizeof(*at));
    for (size_t i = 0; i < r->n_filter; i++)
        at[i] = r->filter[i];
    at[r->n_filter++] = f;
    r->filter = at;
}

static void link_one(const struct sk_load *l, const struct sk_filter_code *f, struct sk_rule_code *const *rules,
                     size_t n) {
    for (size_t i = 0; f->any && i < n; i++)
        if (!rules[i]->corr && rules[i]->rule.event == f->event)
            add(l, rules[i], f);
    for (size_t i = 0; i < f->rules.n; i++) {
        const struct sk_ref *ref = &f->rules.at[i];
        struct sk_rule_code *r = sk_rule_named(rules, n, ref->name);
        if (!r)
            continue;
        if (!r->corr && r->rule.event != f->event) {
            struct sk_load there = *l;
            struct sk_yaml at = {.line = ref->line, .col = ref->col};
            there.file = ref->file;
            sk_load_error(&there, &at, "the filter is about %s, but `%s` is about %s", sk_events[f->event].name,
                          r->rule.name, sk_events[r->rule.event].name);
            continue;
        }
        add(l, r, f);
    }
}

void sk_filter_link(const struct sk_load *l, struct sk_filter_code *const *filters, size_t n,
                    struct sk_rule_code *const *rules, size_t n_rules) {
    for (size_t i = 0; i < n; i++) {
        filters[i]->index = i;
        link_one(l, filters[i], rules, n_rules);
    }
}

const struct sk_filter_code *sk_filter_silences(const struct sk_rule_code *c, const struct sk_look *k) {
    for (size_t i = 0; i < c->n_filter; i++) {
        const struct sk_filter_code *f = c->filter[i];
        if (k->ev->ts <= f->filter.until && !sk_program_run(&f->condition, f->pred, k))
            return f;
    }
    return NULL;
}
