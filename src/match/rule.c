/* SPDX-License-Identifier: Apache-2.0 */
/* One Sigma document to one rule. */
#include "match/corr.h"
#include "sekimori/digest.h"

#include <stdio.h>
#include <stdlib.h>

static bool uuid(const struct sk_load *l, const struct sk_yaml *v, struct sk_rule_code *c) {
    const char *text = NULL;
    if (!sk_read_text(l, v, "id", &text))
        return false;
    size_t n = strlen(text);
    char *low = sk_arena_array(l->arena, n + 1, 1);
    bool ok = n == 36;
    for (size_t i = 0; i < n && ok; i++) {
        char ch = text[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        low[i] = ch >= 'A' && ch <= 'F' ? (char)(ch + 32) : ch;
        ok = dash ? ch == '-' : (low[i] >= '0' && low[i] <= '9') || (low[i] >= 'a' && low[i] <= 'f');
    }
    if (!ok) {
        sk_load_error(l, v, "`id` is a UUID such as 6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a6011 (uuidgen makes one), got `%s`",
                      text);
        return false;
    }
    c->rule.id = low;
    c->id_line = v->line;
    c->id_col = v->col;
    return true;
}

static bool logsource(const struct sk_load *l, const struct sk_yaml *v, struct sk_rule *r) {
    static const char *const keys[] = {"product", "category", "service", "definition", NULL};
    bool ok = sk_read_keys(l, v, "`logsource`", keys);
    if (v->kind != SK_YAML_MAP)
        return false;
    const struct sk_yaml *product = sk_yaml_get(v, "product"), *category = sk_yaml_get(v, "category"),
                         *service = sk_yaml_get(v, "service");
    if (product && (product->kind != SK_YAML_TEXT || strcmp(product->text, "sekimori") != 0)) {
        sk_load_error(l, product, "this rule is about %s; only `product: sekimori` can be matched here",
                      product->kind == SK_YAML_TEXT ? product->text : sk_yaml_kind_name(product->kind));
        return false;
    }
    if (service) {
        sk_load_error(l, service, "`service` is not used here: name the event type in `category`");
        ok = false;
    }
    if (!category || category->kind != SK_YAML_TEXT) {
        sk_load_error(l, category ? category : v, "`logsource` needs `category`: an event type such as icmpv6.ra");
        return false;
    }
    r->event = sk_event_type_find(category->text, category->len);
    if (r->event == SKE_none) {
        const char *near = sk_nearest(category->text, sk_event_type_names());
        if (near)
            sk_load_error(l, category, "event type `%s` does not exist. Did you mean `%s`?", category->text, near);
        else
            sk_load_error(l, category, "event type `%s` does not exist (`sekimori fields` lists them)", category->text);
        return false;
    }
    return ok;
}

/* YYYY-MM-DD */
static bool date(const struct sk_load *l, const struct sk_yaml *v, const char *key) {
    if (!v)
        return true;
    static const char form[] = "dddd-dd-dd";
    bool ok = v->kind == SK_YAML_TEXT && v->len == 10;
    for (size_t i = 0; i < 10 && ok; i++)
        ok = form[i] == 'd' ? v->text[i] >= '0' && v->text[i] <= '9' : v->text[i] == '-';
    if (!ok)
        sk_load_error(l, v, "`%s` needs a date such as 2026-11-22", key);
    return ok;
}

static bool tag_ok(const char *s) {
    size_t dot = strcspn(s, ".");
    if (dot == 0 || s[dot] == 0 || s[dot + 1] == 0)
        return false;
    for (const char *p = s; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '-' || *p == '_' || *p == '.'))
            return false;
    return true;
}

static bool tags(const struct sk_load *l, const struct sk_yaml *v, struct sk_rule *r) {
    if (!sk_read_list(l, v, "tags", &r->tags))
        return false;
    bool ok = true;
    for (size_t i = 0; i < r->tags.n; i++)
        if (!tag_ok(r->tags.at[i])) {
            sk_load_error(l, v->kind == SK_YAML_LIST ? &v->item[i] : v,
                          "a tag is `namespace.name` in lower case, such as attack.t1557; got `%s`", r->tags.at[i]);
            ok = false;
        }
    return ok;
}

static bool head(const struct sk_load *l, const struct sk_yaml *doc, struct sk_rule_code *c) {
    static const char *const statuses[] = {"stable", "test", "experimental", "deprecated", "unsupported", NULL};
    struct sk_rule *r = &c->rule;
    bool ok = sk_read_text(l, sk_yaml_get(doc, "title"), "title", &r->title);
    if (sk_yaml_get(doc, "id"))
        ok = uuid(l, sk_yaml_get(doc, "id"), c) && ok;
    ok = sk_read_text(l, sk_yaml_get(doc, "name"), "name", &r->name) && ok;
    ok = sk_read_text(l, sk_yaml_get(doc, "description"), "description", &r->description) && ok;
    ok = sk_read_text(l, sk_yaml_get(doc, "author"), "author", &r->author) && ok;
    ok = sk_read_word(l, sk_yaml_get(doc, "status"), "status", statuses, &r->status) && ok;
    ok = sk_read_level(l, sk_yaml_get(doc, "level"), &r->level) && ok;
    ok = sk_read_list(l, sk_yaml_get(doc, "references"), "references", &r->references) && ok;
    ok = sk_read_list(l, sk_yaml_get(doc, "falsepositives"), "falsepositives", &r->falsepositives) && ok;
    ok = sk_read_fields(l, sk_yaml_get(doc, "fields"), "fields", &r->fields, &r->n_fields) && ok;
    ok = date(l, sk_yaml_get(doc, "date"), "date") && ok;
    ok = date(l, sk_yaml_get(doc, "modified"), "modified") && ok;
    return tags(l, sk_yaml_get(doc, "tags"), r) && ok;
}

static bool required(const struct sk_load *l, const struct sk_yaml *doc, bool correlation) {
    static const struct {
        const char *key, *what;
    } need[] = {{"title", "what the rule finds, in a few words"},
                {"id", "a UUID (uuidgen makes one)"},
                {"logsource", "{product: sekimori, category: <event type>}"},
                {"detection", "search identifiers and a condition"}};
    bool ok = true;
    for (size_t i = 0; i < (correlation ? 2 : sizeof need / sizeof need[0]); i++)
        if (!sk_yaml_get(doc, need[i].key)) {
            sk_load_error(l, doc, "`%s` is missing: %s", need[i].key, need[i].what);
            ok = false;
        }
    return ok;
}

/* What a plain Sigma rule without our key gets. */
static void defaults(const struct sk_load *l, struct sk_rule_code *c) {
    struct sk_rule *r = &c->rule;
    static const char *const subject[] = {"network.name", "source.ip"};
    enum sk_field_id *at = sk_arena_array(l->arena, 2, sizeof *at);
    for (unsigned i = 0; i < 2; i++) {
        enum sk_field_id f = sk_field_find(subject[i], strlen(subject[i]));
        if (f != SKF_none)
            at[r->n_subject++] = f;
    }
    r->subject = at;
    r->window = 600 * SK_SEC;
    r->certainty = "observed";
    r->level = SK_LEVEL_MEDIUM;
    r->status = "experimental";
    r->missing = "";
}

static void late_defaults(const struct sk_load *l, struct sk_rule *r) {
    if (!r->name)
        r->name = r->id;
    if (!r->message.en)
        r->message.en = r->title;
    if (r->detection)
        return;
    uint8_t sum[32];
    sk_sha256(r->id, strlen(r->id), sum);
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v = v << 8 | sum[i];
    char text[16];
    snprintf(text, sizeof text, "USR-%09u", (unsigned)(v % 1000000000u));
    r->detection = sk_arena_text(l->arena, text, strlen(text));
}

static void warn_unused(const struct sk_load *l, const struct sk_detection *d) {
    for (size_t i = 0; i < d->n_ident; i++) {
        const struct sk_ident *id = &d->ident[i];
        struct sk_yaml at = {.line = id->line, .col = id->col};
        if (!id->used)
            sk_load_warning(l, &at, "the search `%s` is used by no condition", id->name);
    }
}

static bool refused_kind(const struct sk_load *l, const struct sk_yaml *doc) {
    static const struct {
        const char *key, *what;
    } kind[] = {{"filter", "filters are not supported by this version: use `exceptions` of the policy"},
                {"action", "`action` (rule collections) is gone from Sigma"}};
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        const struct sk_yaml *v = sk_yaml_get(doc, kind[i].key);
        if (v) {
            sk_load_error(l, &doc->key[v - doc->item], "%s", kind[i].what);
            return true;
        }
    }
    return false;
}

struct sk_rule_code *sk_rule_read(const struct sk_load *l, const struct sk_yaml *doc) {
    if (doc->kind != SK_YAML_MAP) {
        sk_load_error(l, doc, "a rule is a map that begins with `title:`, got %s", sk_yaml_kind_name(doc->kind));
        return NULL;
    }
    if (refused_kind(l, doc))
        return NULL;
    struct sk_rule_code *c = sk_arena_array(l->arena, 1, sizeof *c);
    struct sk_detection d = {0};
    c->rule.file = l->file;
    c->rule.line = doc->line;
    defaults(l, c);
    const struct sk_yaml *source = sk_yaml_get(doc, "logsource"), *detection = sk_yaml_get(doc, "detection"),
                         *correlation = sk_yaml_get(doc, "correlation");
    bool ok = required(l, doc, correlation);
    ok = head(l, doc, c) && ok;
    if (correlation && (detection || source)) {
        sk_load_error(l, detection ? detection : source,
                      "a correlation has neither `logsource` nor `detection`: the rules it names have them");
        ok = false;
        detection = source = NULL;
    }
    ok = (!correlation || sk_corr_read(l, doc, c)) && ok;
    ok = (!source || logsource(l, source, &c->rule)) && ok;
    ok = (!detection || sk_detection_compile(l, detection, &d)) && ok;
    ok = sk_rule_custom(l, sk_yaml_get(doc, "sekimori"), &d, c) && ok;
    if (ok) {
        warn_unused(l, &d);
        late_defaults(l, &c->rule);
        c->condition = d.condition;
        c->pred = sk_arena_copy(l->arena, d.pred, d.n, sizeof d.pred[0]);
    }
    sk_detection_free(&d);
    return ok ? c : NULL;
}
