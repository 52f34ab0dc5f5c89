/* SPDX-License-Identifier: Apache-2.0 */
/* The custom key `sekimori:` of a rule. */
#include "match/rule.h"
#include "sekimori/text.h"

#include <stdlib.h>

enum { HEADLINE_COLUMNS = 36 };

static const char *const keys[] = {"detection", "headline", "subject",  "discriminator", "window",   "certainty",
                                   "levels",    "grows",    "roll_up",  "absorbs",       "clauses",  "rfcs",
                                   "needs",     "message",  "advice",   "tests",         "searches", "chain",
                                   "title",     "meaning",  "harmless", "respond",       NULL};
static const char *const languages[] = {"en", "ja", NULL};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* V6-011, TUN-002, BND-001: letters and digits that begin with a letter, a hyphen, three digits or more. */
static bool detection_id_ok(const char *s) {
    size_t i = 0, digits = 0;
    if (!(s[0] >= 'A' && s[0] <= 'Z'))
        return false;
    while ((s[i] >= 'A' && s[i] <= 'Z') || is_digit(s[i]))
        i++;
    if (s[i] != '-' || i > 8)
        return false;
    for (i++; is_digit(s[i]); i++)
        digits++;
    return s[i] == 0 && digits >= 3 && digits <= 9;
}

static bool detection_id(const struct sk_load *l, const struct sk_yaml *v, struct sk_rule *r) {
    if (!v)
        return true;
    const char *id = NULL;
    if (!sk_read_text(l, v, "detection", &id))
        return false;
    if (!detection_id_ok(id)) {
        sk_load_error(l, v, "a detection id is like V6-011: capitals, a hyphen, three digits; got `%s`", id);
        return false;
    }
    r->detection = id;
    return true;
}

static bool template_text(const struct sk_load *l, const struct sk_yaml *v, const char *key, struct sk_rule *r,
                          const char **ret) {
    return sk_read_text(l, v, key, ret) && (!v || sk_template_check(l, v, r));
}

/* Columns of the text that stands around the placeholders. */
static size_t fixed_columns(const char *s) {
    size_t n = 0, start = 0, i = 0;
    for (; s[i]; i++) {
        if (s[i] != '{')
            continue;
        n += sk_text_columns(s + start, i - start);
        while (s[i] && s[i] != '}')
            i++;
        start = s[i] ? i + 1 : i;
        if (!s[i])
            break;
    }
    return n + sk_text_columns(s + start, i - start);
}

static bool headline(const struct sk_load *l, const struct sk_yaml *v, struct sk_rule *r) {
    if (!v)
        return true;
    bool ok = sk_read_keys(l, v, "`headline`", languages);
    if (v->kind != SK_YAML_MAP)
        return false;
    const char **to[] = {&r->headline.en, &r->headline.ja};
    for (unsigned i = 0; i < 2; i++) {
        const struct sk_yaml *t = sk_yaml_get(v, languages[i]);
        ok = template_text(l, t, "headline", r, to[i]) && ok;
        if (*to[i] && fixed_columns(*to[i]) > HEADLINE_COLUMNS) {
            sk_load_error(l, t, "a headline has at most %d columns, this one needs %zu", HEADLINE_COLUMNS,
                          fixed_columns(*to[i]));
            ok = false;
        }
    }
    return ok;
}

static bool message(const struct sk_load *l, const struct sk_yaml *v, struct sk_rule *r) {
    if (!v)
        return true;
    bool ok = sk_read_keys(l, v, "`message`", languages);
    if (v->kind != SK_YAML_MAP)
        return false;
    ok = template_text(l, sk_yaml_get(v, "en"), "message", r, &r->message.en) && ok;
    return template_text(l, sk_yaml_get(v, "ja"), "message", r, &r->message.ja) && ok;
}

static bool advice(const struct sk_load *l, const struct sk_yaml *v, struct sk_rule *r) {
    if (!v)
        return true;
    bool ok = sk_read_keys(l, v, "`advice`", languages);
    if (v->kind != SK_YAML_MAP)
        return false;
    struct sk_list *to[] = {&r->advice_en, &r->advice_ja};
    for (unsigned i = 0; i < 2; i++) {
        const struct sk_yaml *list = sk_yaml_get(v, languages[i]);
        ok = sk_read_list(l, list, "advice", to[i]) && ok;
        bool many = list && list->kind == SK_YAML_LIST;
        for (size_t k = 0; list && k < (many ? list->n : 1); k++) {
            const struct sk_yaml *one = many ? &list->item[k] : list;
            ok = (one->kind != SK_YAML_TEXT || sk_template_check(l, one, r)) && ok;
        }
    }
    return ok;
}

static bool rfcs(const struct sk_load *l, const struct sk_yaml *v, struct sk_rule *r) {
    bool ok = sk_read_list(l, v, "rfcs", &r->rfcs);
    for (size_t i = 0; ok && i < r->rfcs.n; i++) {
        const char *text = r->rfcs.at[i];
        if (*text && text[strspn(text, "0123456789")] == '\0')
            continue;
        sk_load_error(l, v->kind == SK_YAML_LIST ? &v->item[i] : v, "an RFC is a number, such as 4861; got `%s`", text);
        ok = false;
    }
    return ok;
}

static bool levels(const struct sk_load *l, const struct sk_yaml *v, struct sk_detection *d, struct sk_rule_code *c) {
    static const char *const level_keys[] = {"when", "level", NULL};
    if (!v)
        return true;
    if (v->kind != SK_YAML_LIST) {
        sk_load_error(l, v, "`levels` needs a list of {when, level}, got %s", sk_yaml_kind_name(v->kind));
        return false;
    }
    bool ok = true;
    struct sk_rule_level *at = sk_arena_array(l->arena, v->n + 1, sizeof *at);
    for (size_t i = 0; i < v->n; i++) {
        const struct sk_yaml *x = &v->item[i];
        ok = sk_read_keys(l, x, "`levels`", level_keys) && ok;
        const struct sk_yaml *when = sk_yaml_get(x, "when"), *level = sk_yaml_get(x, "level");
        if (!when || !level) {
            sk_load_error(l, x, "each of `levels` needs `when` and `level`");
            ok = false;
            continue;
        }
        at[i].when = sk_detection_expression(l, d, when);
        ok = sk_read_level(l, level, &at[i].level) && at[i].when.n > 0 && ok;
        c->rule.worst = at[i].level > c->rule.worst ? at[i].level : c->rule.worst;
    }
    c->level = at;
    c->n_level = v->n;
    return ok;
}

static bool roll_up(const struct sk_load *l, const struct sk_yaml *v, struct sk_detection *d, struct sk_rule_code *c) {
    static const char *const roll_keys[] = {"members", "alone_when", NULL};
    if (!v)
        return true;
    bool ok = sk_read_keys(l, v, "`roll_up`", roll_keys);
    if (v->kind != SK_YAML_MAP)
        return false;
    const struct sk_yaml *members = sk_yaml_get(v, "members"), *alone = sk_yaml_get(v, "alone_when");
    if (!members || members->kind != SK_YAML_TEXT) {
        sk_load_error(l, members ? members : v,
                      "`roll_up` needs `members`: the field that tells one subject from another");
        return false;
    }
    c->rule.roll_up_members = sk_load_field(l, members, members->text, members->len, true);
    ok = ok && c->rule.roll_up_members != SKF_none;
    if (alone) {
        c->alone = sk_detection_expression(l, d, alone);
        ok = ok && c->alone.n > 0;
    }
    return ok;
}

static bool needs_list(const struct sk_load *l, const struct sk_yaml *v, const char *key, struct sk_list *ret) {
    if (!v)
        return true;
    if (!sk_read_list(l, v, key, ret))
        return false;
    bool ok = true;
    for (size_t i = 0; i < ret->n; i++) {
        bool known = false;
        (void)sk_policy_declares(l->policy, ret->at[i], &known);
        if (known)
            continue;
        const struct sk_yaml *at = v->kind == SK_YAML_LIST ? &v->item[i] : v;
        const char *near = sk_nearest(ret->at[i], sk_policy_keys());
        if (near)
            sk_load_error(l, at, "the policy has no key `%s`. Did you mean `%s`?", ret->at[i], near);
        else
            sk_load_error(l, at, "the policy has no key `%s`", ret->at[i]);
        ok = false;
    }
    return ok;
}

static void join(struct sk_buf *b, const struct sk_list *keys_of, const char *word) {
    for (size_t i = 0; i < keys_of->n; i++)
        sk_buf_fmt(b, "%s%s", i ? word : "", keys_of->at[i]);
}

/* Which of the keys the present policy lacks. */
static void can_fire(const struct sk_load *l, struct sk_rule *r) {
    struct sk_buf b = {0};
    bool any = r->needs_any.n == 0, known;
    for (size_t i = 0; i < r->needs_any.n; i++)
        any = any || sk_policy_declares(l->policy, r->needs_any.at[i], &known);
    for (size_t i = 0; i < r->needs_all.n; i++)
        if (!sk_policy_declares(l->policy, r->needs_all.at[i], &known))
            sk_buf_fmt(&b, "%s%s", b.len ? " and " : "", r->needs_all.at[i]);
    if (!any) {
        sk_buf_str(&b, b.len ? ", and " : "");
        join(&b, &r->needs_any, " or ");
    }
    r->can_fire = b.len == 0;
    r->missing = sk_arena_text(l->arena, b.p ? b.p : "", b.len);
    sk_buf_free(&b);
}

static bool needs(const struct sk_load *l, const struct sk_yaml *v, struct sk_rule *r) {
    static const char *const needs_keys[] = {"any", "all", "optional", NULL};
    bool ok = true;
    if (v) {
        ok = sk_read_keys(l, v, "`needs`", needs_keys);
        if (v->kind != SK_YAML_MAP)
            return false;
        ok = needs_list(l, sk_yaml_get(v, "any"), "any", &r->needs_any) && ok;
        ok = needs_list(l, sk_yaml_get(v, "all"), "all", &r->needs_all) && ok;
        ok = needs_list(l, sk_yaml_get(v, "optional"), "optional", &r->needs_optional) && ok;
    }
    if (ok)
        can_fire(l, r);
    return ok;
}

/* A correlation has no `detection`: what its levels name stands here. */
static bool searches(const struct sk_load *l, const struct sk_yaml *v, struct sk_detection *d,
                     const struct sk_rule_code *c) {
    if (!v)
        return true;
    if (!c->corr) {
        sk_load_error(l, v, "`searches` is for correlations: this rule's searches stand under `detection`");
        return false;
    }
    return sk_detection_searches(l, v, d);
}

bool sk_rule_custom(const struct sk_load *l, const struct sk_yaml *v, struct sk_detection *d, struct sk_rule_code *c) {
    static const char *const certainties[] = {"observed", "inferred", "heuristic", "from-event", NULL};
    struct sk_rule *r = &c->rule;
    if (!v)
        return needs(l, NULL, r);
    bool ok = sk_read_keys(l, v, "`sekimori`", keys);
    if (v->kind != SK_YAML_MAP)
        return false;
    c->subject = sk_yaml_get(v, "subject");
    ok = searches(l, sk_yaml_get(v, "searches"), d, c) && ok;
    ok = detection_id(l, sk_yaml_get(v, "detection"), r) && ok;
    ok = headline(l, sk_yaml_get(v, "headline"), r) && ok;
    ok = sk_read_fields(l, sk_yaml_get(v, "subject"), "subject", &r->subject, &r->n_subject) && ok;
    ok = sk_read_fields(l, sk_yaml_get(v, "discriminator"), "discriminator", &r->discriminator, &r->n_discriminator) &&
         ok;
    ok = sk_read_fields(l, sk_yaml_get(v, "grows"), "grows", &r->grows, &r->n_grows) && ok;
    if (r->n_grows > SK_RULE_GROWS) {
        sk_load_error(l, sk_yaml_get(v, "grows"), "`grows` takes %d fields at most, got %zu", SK_RULE_GROWS,
                      r->n_grows);
        ok = false;
    }
    ok = sk_read_span(l, sk_yaml_get(v, "window"), "window", &r->window) && ok;
    ok = sk_read_word(l, sk_yaml_get(v, "certainty"), "certainty", certainties, &r->certainty) && ok;
    ok = levels(l, sk_yaml_get(v, "levels"), d, c) && ok;
    ok = roll_up(l, sk_yaml_get(v, "roll_up"), d, c) && ok;
    ok = sk_read_refs(l, sk_yaml_get(v, "absorbs"), "absorbs", &c->absorbs) && ok;
    ok = sk_read_list(l, sk_yaml_get(v, "clauses"), "clauses", &r->clauses) && ok;
    ok = rfcs(l, sk_yaml_get(v, "rfcs"), r) && ok;
    ok = message(l, sk_yaml_get(v, "message"), r) && ok;
    ok = advice(l, sk_yaml_get(v, "advice"), r) && ok;
    ok = needs(l, sk_yaml_get(v, "needs"), r) && ok;
    ok = sk_rule_explained(l, v, r) && ok;
    return sk_rule_cases(l, sk_yaml_get(v, "tests"), r) && ok;
}
