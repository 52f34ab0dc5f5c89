/* SPDX-License-Identifier: Apache-2.0 */
/* One Sigma document to one rule. */
#include "match/corr.h"
#include "sekimori/digest.h"

#include <stdio.h>
#include <stdlib.h>

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
    const struct sk_yaml *id = sk_yaml_get(doc, "id");
    bool ok = sk_read_text(l, sk_yaml_get(doc, "title"), "title", &r->title);
    if (id) {
        c->id_line = id->line;
        c->id_col = id->col;
        ok = sk_read_uuid(l, id, &r->id) && ok;
    }
    ok = sk_read_text(l, sk_yaml_get(doc, "name"), "name", &r->name) && ok;
    ok = sk_read_text(l, sk_yaml_get(doc, "description"), "description", &r->description) && ok;
    ok = sk_read_text(l, sk_yaml_get(doc, "author"), "author", &r->author) && ok;
    ok = sk_read_word(l, sk_yaml_get(doc, "status"), "status", statuses, &r->status) && ok;
    ok = sk_read_level(l, sk_yaml_get(doc, "level"), &r->level) && ok;
    ok = sk_read_list(l, sk_yaml_get(doc, "references"), "references", &r->references) && ok;
    ok = sk_read_list(l, sk_yaml_get(doc, "falsepositives"), "falsepositives", &r->falsepositives) && ok;
    ok = sk_read_fields(l, sk_yaml_get(doc, "fields"), "fields", &r->fields, &r->n_fields) && ok;
    ok = sk_read_date(l, sk_yaml_get(doc, "date"), "date") && ok;
    ok = sk_read_date(l, sk_yaml_get(doc, "modified"), "modified") && ok;
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

static void keep_searches(const struct sk_load *l, struct sk_detection *d, struct sk_rule_code *c) {
    struct sk_rule_search *at = sk_arena_array(l->arena, d->n_ident + 1, sizeof *at);
    for (size_t i = 0; i < d->n_ident; i++) {
        char *name = sk_arena_text(l->arena, d->ident[i].name, strlen(d->ident[i].name));
        struct sk_yaml text = {.kind = SK_YAML_TEXT, .text = name, .len = strlen(name)};
        at[i] = (struct sk_rule_search){name, sk_detection_expression(l, d, &text)};
    }
    c->search = at;
    c->n_search = d->n_ident;
}

void sk_rule_searches(const struct sk_rule *r, const struct sk_event *ev, const struct sk_names *names,
                      void (*said)(void *arg, const char *search, bool holds), void *arg) {
    const struct sk_rule_code *c = (const struct sk_rule_code *)(const void *)r; /* its first member */
    const struct sk_look look = {.ev = ev, .names = names};
    if (c->corr)
        return;
    for (size_t i = 0; i < c->n_search; i++)
        said(arg, c->search[i].name, sk_program_run(&c->search[i].holds, c->pred, &look));
    said(arg, NULL, sk_program_run(&c->condition, c->pred, &look));
}

/* Sigma lets anybody add keys, so a misspelt one is no error; but whoever wrote `levle` meant something. */
static void warn_misspelt(const struct sk_load *l, const struct sk_yaml *doc) {
    static const char *const known[] = {
        "title", "id",        "name",     "related",  "status",   "description", "references",     "author",
        "date",  "fields",    "modified", "tags",     "license",  "taxonomy",    "scope",          "logsource",
        "level", "detection", "filter",   "sekimori", "generate", "correlation", "falsepositives", NULL};
    for (size_t i = 0; doc->kind == SK_YAML_MAP && i < doc->n; i++) {
        const struct sk_yaml *key = &doc->key[i];
        size_t k = 0;
        while (known[k] && strcmp(known[k], key->text) != 0)
            k++;
        const char *near = known[k] ? NULL : sk_nearest(key->text, known);
        if (near)
            sk_load_warning(l, key, "`%s` is a key of your own, which nothing reads. Did you mean `%s`?", key->text,
                            near);
    }
}

struct sk_rule_code *sk_rule_read(const struct sk_load *l, const struct sk_yaml *doc) {
    struct sk_rule_code *c = sk_arena_array(l->arena, 1, sizeof *c);
    struct sk_detection d = {0};
    c->rule.file = l->file;
    c->rule.line = doc->line;
    defaults(l, c);
    const struct sk_yaml *source = sk_yaml_get(doc, "logsource"), *detection = sk_yaml_get(doc, "detection"),
                         *correlation = sk_yaml_get(doc, "correlation");
    bool ok = required(l, doc, correlation);
    warn_misspelt(l, doc);
    ok = head(l, doc, c) && ok;
    if (correlation && (detection || source)) {
        sk_load_error(l, detection ? detection : source,
                      "a correlation has neither `logsource` nor `detection`: the rules it names have them");
        ok = false;
        detection = source = NULL;
    }
    ok = (!correlation || sk_corr_read(l, doc, c)) && ok;
    ok = (!source || sk_read_logsource(l, source, &c->rule.event)) && ok;
    struct sk_load with = *l;
    with.event = c->rule.event;
    ok = (!detection || sk_detection_compile(&with, detection, "detection", &d)) && ok;
    ok = sk_rule_custom(l, sk_yaml_get(doc, "sekimori"), &d, c) && ok;
    if (ok) {
        warn_unused(l, &d);
        keep_searches(l, &d, c);
        late_defaults(l, &c->rule);
        c->condition = d.condition;
        c->pred = sk_arena_copy(l->arena, d.pred, d.n, sizeof d.pred[0]);
    }
    sk_detection_free(&d);
    return ok ? c : NULL;
}
