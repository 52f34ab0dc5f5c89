/* SPDX-License-Identifier: Apache-2.0 */
/* `tests:` of a signature: captures that must make it fire, and captures that must not. */
#include "match/rule.h"

static const char *const case_keys[] = {"capture",       "policy", "opens", "count", "level",
                                        "level_at_most", "levels", "field", "why",   NULL};

static bool number(const struct sk_load *l, const struct sk_yaml *v, const char *key, int64_t *ret) {
    if (!v)
        return true;
    if (v->kind != SK_YAML_INT || v->i < 0) {
        sk_load_error(l, v, "`%s` needs a number of alerts or matches, got %s", key, sk_yaml_kind_name(v->kind));
        return false;
    }
    *ret = v->i;
    return true;
}

/* field: {name: value}: values as the alert's text shows them. */
static bool expected(const struct sk_load *l, const struct sk_yaml *v, struct sk_case *c) {
    if (!v)
        return true;
    if (v->kind != SK_YAML_MAP) {
        sk_load_error(l, v, "`field` needs a map of fields and values, got %s", sk_yaml_kind_name(v->kind));
        return false;
    }
    const char **name = sk_arena_array(l->arena, v->n + 1, sizeof *name);
    const char **value = sk_arena_array(l->arena, v->n + 1, sizeof *value);
    bool ok = true;
    for (size_t i = 0; i < v->n; i++) {
        const struct sk_yaml *x = &v->item[i];
        enum sk_field_id f = sk_load_field(l, &v->key[i], v->key[i].text, v->key[i].len, true);
        ok = ok && f != SKF_none;
        if (x->kind == SK_YAML_MAP || x->kind == SK_YAML_LIST || x->kind == SK_YAML_NULL) {
            sk_load_error(l, x, "the expected value of `%s` is one value, got %s", v->key[i].text,
                          sk_yaml_kind_name(x->kind));
            ok = false;
            continue;
        }
        name[i] = sk_arena_text(l->arena, v->key[i].text, v->key[i].len);
        value[i] = sk_arena_text(l->arena, x->text, x->len);
    }
    c->field = (struct sk_list){name, v->n};
    c->value = (struct sk_list){value, v->n};
    return ok;
}

/* levels: [low, high]: every one of them is that of an alert. */
static bool levels(const struct sk_load *l, const struct sk_yaml *v, unsigned *ret) {
    if (!v)
        return true;
    if (v->kind != SK_YAML_LIST || !v->n) {
        sk_load_error(l, v, "`levels` needs a list of levels, got %s", sk_yaml_kind_name(v->kind));
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < v->n; i++) {
        enum sk_level level = 0;
        ok = sk_read_level(l, &v->item[i], &level) && ok;
        *ret |= 1u << level;
    }
    return ok;
}

static bool one_case(const struct sk_load *l, const struct sk_yaml *v, bool fires, struct sk_case *c) {
    *c = (struct sk_case){.fires = fires, .opens = -1, .count = -1, .line = v->line};
    bool ok = sk_read_keys(l, v, "a test case", case_keys);
    if (v->kind != SK_YAML_MAP)
        return false;
    if (!sk_yaml_get(v, "capture")) {
        sk_load_error(l, v, "a test case needs `capture`");
        ok = false;
    }
    ok = sk_read_text(l, sk_yaml_get(v, "capture"), "capture", &c->capture) && ok;
    ok = sk_read_text(l, sk_yaml_get(v, "policy"), "policy", &c->policy) && ok;
    ok = number(l, sk_yaml_get(v, "opens"), "opens", &c->opens) && ok;
    ok = number(l, sk_yaml_get(v, "count"), "count", &c->count) && ok;
    ok = sk_read_level(l, sk_yaml_get(v, "level"), &c->level) && ok;
    ok = sk_read_level(l, sk_yaml_get(v, "level_at_most"), &c->level_at_most) && ok;
    ok = levels(l, sk_yaml_get(v, "levels"), &c->levels) && ok;
    return expected(l, sk_yaml_get(v, "field"), c) && ok;
}

bool sk_rule_cases(const struct sk_load *l, const struct sk_yaml *tests, struct sk_rule *r) {
    static const char *const keys[] = {"fires", "silent", "elsewhere", NULL};
    if (!tests)
        return true;
    bool ok = sk_read_keys(l, tests, "`tests`", keys);
    if (tests->kind != SK_YAML_MAP)
        return false;
    ok = sk_read_text(l, sk_yaml_get(tests, "elsewhere"), "elsewhere", &r->fires_elsewhere) && ok;
    const struct sk_yaml *list[2] = {sk_yaml_get(tests, "fires"), sk_yaml_get(tests, "silent")};
    size_t n = 0;
    for (unsigned i = 0; i < 2; i++) {
        if (list[i] && list[i]->kind != SK_YAML_LIST) {
            sk_load_error(l, list[i], "`%s` needs a list of cases, got %s", keys[i], sk_yaml_kind_name(list[i]->kind));
            ok = false;
            list[i] = NULL;
        }
        n += list[i] ? list[i]->n : 0;
    }
    struct sk_case *c = sk_arena_array(l->arena, n + 1, sizeof *c);
    r->tests = c;
    for (unsigned i = 0; i < 2; i++)
        for (size_t k = 0; list[i] && k < list[i]->n; k++)
            ok = one_case(l, &list[i]->item[k], i == 0, &c[r->n_tests++]) && ok;
    return ok;
}
