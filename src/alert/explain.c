/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a detection means, why it is here, what to check and do, which clauses and RFCs: text for a terminal. The alert
 * line may come from anywhere (`explain -`): nothing of it reaches the terminal unfiltered.
 */
#include "alert/parts.h"
#include "alert/words.h"
#include "sekimori/alert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is(const char *lang, const char *word) { return lang && strcmp(lang, word) == 0; }

struct labels {
    const char *what, *meaning, *why, *who, *where, *when, *facts, *doing, *benign, *clauses, *rfcs, *attack, *evidence,
        *can, *cannot, *signature, *sure, *registered, *known_by, *outside, *reached, *stopped;
};
static const struct labels en = {"what",
                                 "meaning",
                                 "why here",
                                 "device",
                                 "segment",
                                 "when",
                                 "facts",
                                 "to do",
                                 "harmless if",
                                 "clauses",
                                 "RFCs",
                                 "ATT&CK",
                                 "packets",
                                 "can fire here",
                                 "cannot fire here: needs",
                                 "signature",
                                 "certainty",
                                 "registered: ",
                                 "known by: ",
                                 "outside",
                                 "data crossed the boundary",
                                 "tried, did not get across"};
static const struct labels ja = {"何が",
                                 "意味",
                                 "なぜ",
                                 "端末",
                                 "回線",
                                 "いつ",
                                 "事実",
                                 "すること",
                                 "誤報の例",
                                 "根拠条項",
                                 "RFC",
                                 "ATT&CK",
                                 "証拠",
                                 "この policy で検知できます",
                                 "この policy では検知できません。必要: ",
                                 "シグネチャ",
                                 "確からしさ",
                                 "台帳: ",
                                 "特定の根拠: ",
                                 "庁外",
                                 "境界を越えて通信が成立",
                                 "試みたが越えていない"};

static void put(struct sk_buf *buf, const char *text) { sk_buf_printable(buf, text, strlen(text)); }

static void label(struct sk_buf *buf, const char *text) {
    enum { WIDTH = 12 };
    sk_buf_str(buf, "  ");
    sk_buf_str(buf, text);
    for (size_t used = sk_text_columns(text, strlen(text)); used < WIDTH; used++)
        sk_buf_str(buf, " ");
}

static void line(struct sk_buf *buf, const char *name, const char *text) {
    if (!text || !text[0])
        return;
    label(buf, name);
    put(buf, text);
    sk_buf_str(buf, "\n");
}

static void list(struct sk_buf *buf, const char *name, const struct sk_list *l, const char *prefix) {
    for (size_t i = 0; i < l->n; i++) {
        label(buf, i == 0 ? name : "");
        sk_buf_str(buf, prefix);
        put(buf, l->at[i]);
        sk_buf_str(buf, "\n");
    }
}

static void clauses(struct sk_buf *buf, const char *name, const struct sk_rule *r) {
    char clause[ALERT_CLAUSE_BYTES];
    for (unsigned i = 0; alert_clause(r, i, clause); i++)
        line(buf, i == 0 ? name : "", clause);
}

/* ---- values of the line ---- */

/* A leaf as people read it; of a list the first four. Nothing for what is no leaf. */
static void put_leaf(struct sk_buf *buf, const sk_json *v, enum sk_field_id f, bool in_ja) {
    enum { SHOWN = 4 };
    bool is_list = sk_json_kind_of(v) == SK_JSON_ARRAY;
    size_t n = is_list ? sk_json_size(v) : 1;
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        const sk_json *item = is_list ? sk_json_item(v, i) : v;
        enum sk_json_kind kind = sk_json_kind_of(item);
        if (kind == SK_JSON_OBJECT || kind == SK_JSON_ARRAY || kind == SK_JSON_NULL)
            continue;
        if (i)
            sk_buf_str(buf, in_ja ? "、" : ", ");
        const char *text = sk_json_text_of(item);
        if (text) {
            put(buf, in_ja ? alert_word_ja(f, text) : text);
            continue;
        }
        char *other = sk_json_line(item);
        put(buf, other);
        free(other);
    }
    if (n > SHOWN)
        sk_buf_str(buf, " …");
}

/* The value of a field: below sekimori.facts, or where ECS has its place. NULL: not in this line. */
static const sk_json *value_of(const sk_json *alert, const char *field) {
    char path[160];
    snprintf(path, sizeof path, "sekimori.facts.%s", field);
    const sk_json *v = sk_json_at(alert, path);
    return v ? v : sk_json_at(alert, field);
}

/* Leaves of the facts, as name = value. */
static void facts(struct sk_buf *buf, const struct labels *l, const sk_json *alert) {
    bool first = true;
    for (unsigned f = 1; f < SKF_COUNT; f++) {
        char path[160];
        snprintf(path, sizeof path, "sekimori.facts.%s", sk_fields[f].name);
        const sk_json *at = sk_json_at(alert, path);
        if (!at || sk_json_kind_of(at) == SK_JSON_OBJECT)
            continue;
        label(buf, first ? l->facts : "");
        sk_buf_fmt(buf, "%s = ", sk_fields[f].name);
        put_leaf(buf, at, (enum sk_field_id)f, false);
        sk_buf_str(buf, "\n");
        first = false;
    }
}

static void json_list(struct sk_buf *buf, const char *name, const sk_json *alert, const char *path) {
    const sk_json *at = sk_json_at(alert, path);
    for (size_t i = 0; i < sk_json_size(at); i++) {
        const char *text = sk_json_text_of(sk_json_item(at, i));
        line(buf, i == 0 ? name : "", text);
    }
}

static void device(struct sk_buf *buf, const struct labels *l, const sk_json *alert) {
    static const char *const paths[] = {"sekimori.device.name", "sekimori.device.mac", "sekimori.device.section",
                                        "sekimori.device.registered", "sekimori.device.known_by"};
    struct sk_buf text = {0};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const char *word = sk_json_get_text(alert, paths[i]);
        if (word && !(i == 3 && strcmp(word, "unknown") == 0))
            sk_buf_fmt(&text, "%s%s%s", text.len ? "  " : "", i == 3 ? l->registered : i == 4 ? l->known_by : "", word);
    }
    line(buf, l->who, text.p);
    sk_buf_free(&text);
    json_list(buf, "", alert, "sekimori.device.ip");
}

static void why_here(struct sk_buf *buf, const struct labels *l, const sk_json *alert, bool in_ja) {
    char when[160];
    const char *first = sk_json_get_text(alert, "sekimori.alert.first_seen"),
               *last = sk_json_get_text(alert, "sekimori.alert.last_seen");
    const char *message = sk_json_get_text(alert, in_ja ? "sekimori.message_ja" : "message");
    line(buf, l->what, message);
    device(buf, l, alert);
    line(buf, l->where, sk_json_get_text(alert, "network.name"));
    snprintf(when, sizeof when, "%s - %s  (%lld)", first ? first : "?", last ? last : "?",
             (long long)sk_json_get_int(alert, "sekimori.alert.count", 0));
    line(buf, l->when, when);
    line(buf, l->why, sk_json_get_text(alert, "sekimori.policy_line"));
    if (sk_json_at(alert, "sekimori.reached_outside"))
        line(buf, l->outside, sk_json_get_bool(alert, "sekimori.reached_outside", false) ? l->reached : l->stopped);
    line(buf, l->sure, sk_json_get_text(alert, "sekimori.certainty"));
    facts(buf, l, alert);
    json_list(buf, l->evidence, alert, "sekimori.frames");
}

/* One {field|fallback}: the alert's value; else the fallback; else by name, as it stands in the signature. */
static void placeholder(struct sk_buf *buf, const char *p, const char *end, const sk_json *alert, bool in_ja) {
    char field[96];
    const char *bar = memchr(p, '|', (size_t)(end - p));
    const char *name_end = bar ? bar : end;
    snprintf(field, sizeof field, "%.*s", (int)(name_end - p - 1), p + 1);
    const sk_json *v = alert ? value_of(alert, field) : NULL;
    size_t before = buf->len;
    if (v)
        put_leaf(buf, v, sk_field_find(field, strlen(field)), in_ja);
    if (buf->len > before)
        return;
    if (bar)
        sk_buf_printable(buf, bar + 1, (size_t)(end - bar - 1));
    else
        sk_buf_printable(buf, p, (size_t)(end - p + 1));
}

/* Text of a signature with its {fields} filled from the alert. */
static void filled(struct sk_buf *buf, const char *text, const sk_json *alert, bool in_ja) {
    for (const char *p = text; *p;) {
        const char *end = *p == '{' && ((p[1] >= 'a' && p[1] <= 'z') || p[1] == '@') ? strchr(p, '}') : NULL;
        if (end) {
            placeholder(buf, p, end, alert, in_ja);
            p = end + 1;
            continue;
        }
        size_t n = 1 + strcspn(p + 1, "{");
        sk_buf_printable(buf, p, n);
        p += n;
    }
}

static void advice(struct sk_buf *buf, const char *name, const struct sk_list *l, const sk_json *alert, bool in_ja) {
    for (size_t i = 0; i < l->n; i++) {
        label(buf, i == 0 ? name : "");
        sk_buf_fmt(buf, "%zu ", i + 1);
        filled(buf, l->at[i], alert, in_ja);
        sk_buf_str(buf, "\n");
    }
}

/* The detection's name: the title; in Japanese what the headline says before its first placeholder. */
static void title(struct sk_buf *buf, const struct sk_rule *rule, const sk_json *alert, bool in_ja) {
    const char *headline = alert && in_ja ? sk_json_get_text(alert, "sekimori.headline_ja") : NULL;
    if (!in_ja || (!headline && !rule->headline.ja)) {
        put(buf, rule->title);
        return;
    }
    headline = headline ? headline : rule->headline.ja;
    size_t n = strcspn(headline, "{");
    while (n > 0 && headline[n - 1] == ' ')
        n--;
    sk_buf_printable(buf, headline, n);
}

char *sk_explain(const struct sk_rule *rule, const struct sk_policy *policy, const sk_json *alert, const char *lang) {
    bool in_ja = is(lang, "ja");
    const struct labels *l = in_ja ? &ja : &en;
    struct sk_buf buf = {0};
    const char *severity = alert ? sk_json_get_text(alert, "sekimori.severity") : NULL;
    sk_buf_fmt(&buf, "%s  ", rule->detection);
    title(&buf, rule, alert, in_ja);
    sk_buf_str(&buf, "  [");
    put(&buf, severity ? severity : sk_level_name(rule->level));
    sk_buf_str(&buf, "]\n");
    if (alert)
        why_here(&buf, l, alert, in_ja);
    line(&buf, l->meaning, rule->description);
    advice(&buf, l->doing, in_ja && rule->advice_ja.n ? &rule->advice_ja : &rule->advice_en, alert, in_ja);
    list(&buf, l->benign, &rule->falsepositives, "");
    clauses(&buf, l->clauses, rule);
    list(&buf, l->rfcs, &rule->rfcs, "RFC ");
    list(&buf, l->attack, &rule->tags, "");
    list(&buf, "", &rule->references, "");
    line(&buf, l->signature, rule->file);
    if (policy && !sk_policy_is_none(policy)) {
        sk_buf_str(&buf, "  ");
        sk_buf_fmt(&buf, "%s%s%s\n", rule->can_fire ? l->can : l->cannot, rule->can_fire ? "" : " ",
                   rule->can_fire ? "" : rule->missing);
    }
    return buf.p;
}
