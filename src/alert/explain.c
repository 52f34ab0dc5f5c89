/* SPDX-License-Identifier: Apache-2.0 */
/* What a detection means, why it is here, what to check and do, which clauses and RFCs: text for a terminal. */
#include "sekimori/alert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is(const char *lang, const char *word) { return lang && strcmp(lang, word) == 0; }

struct labels {
    const char *what, *meaning, *why, *who, *where, *when, *facts, *doing, *benign, *clauses, *rfcs, *attack, *evidence,
        *can, *cannot, *signature, *sure;
};
static const struct labels en = {"what",      "meaning",  "why here", "device",        "segment",
                                 "when",      "facts",    "to do",    "harmless if",   "clauses",
                                 "RFCs",      "ATT&CK",   "packets",  "can fire here", "cannot fire here: needs",
                                 "signature", "certainty"};
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
                                 "確からしさ"};

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
    sk_buf_str(buf, text);
    sk_buf_str(buf, "\n");
}

static void list(struct sk_buf *buf, const char *name, const struct sk_list *l, const char *prefix, bool numbered) {
    for (size_t i = 0; i < l->n; i++) {
        label(buf, i == 0 ? name : "");
        if (numbered)
            sk_buf_fmt(buf, "%zu ", i + 1);
        sk_buf_fmt(buf, "%s%s\n", prefix, l->at[i]);
    }
}

/* Our own sub-numbers of a clause (-1, -T) are never shown. */
static void clauses(struct sk_buf *buf, const char *name, const struct sk_rule *r) {
    char last[160] = "";
    bool first = true;
    for (size_t i = 0; i < r->clauses.n; i++) {
        char clause[160];
        snprintf(clause, sizeof clause, "%s", r->clauses.at[i]);
        char *paren = strrchr(clause, ')');
        if (paren && paren[1] == '-')
            paren[1] = '\0';
        if (strcmp(clause, last) == 0)
            continue;
        line(buf, first ? name : "", clause);
        first = false;
        snprintf(last, sizeof last, "%s", clause);
    }
}

/* Leaves of the facts, as name = value. */
static void facts(struct sk_buf *buf, const struct labels *l, const sk_json *alert) {
    bool first = true;
    for (unsigned f = 1; f < SKF_COUNT; f++) {
        char path[160];
        snprintf(path, sizeof path, "sekimori.facts.%s", sk_fields[f].name);
        const sk_json *at = sk_json_at(alert, path);
        if (!at)
            continue;
        char *value = sk_json_line(at);
        label(buf, first ? l->facts : "");
        sk_buf_fmt(buf, "%s = %s\n", sk_fields[f].name, value);
        free(value);
        first = false;
    }
}

static void json_list(struct sk_buf *buf, const char *name, const sk_json *alert, const char *path) {
    const sk_json *at = sk_json_at(alert, path);
    for (size_t i = 0; i < sk_json_size(at); i++) {
        const char *text = sk_json_get_text(sk_json_item(at, i), "");
        line(buf, i == 0 ? name : "", text);
    }
}

static void device(struct sk_buf *buf, const struct labels *l, const sk_json *alert) {
    static const char *const paths[] = {"sekimori.device.name", "sekimori.device.mac", "sekimori.device.section",
                                        "sekimori.device.registered", "sekimori.device.known_by"};
    struct sk_buf text = {0};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const char *word = sk_json_get_text(alert, paths[i]);
        if (word)
            sk_buf_fmt(&text, "%s%s%s", text.len ? "  " : "",
                       i == 3   ? "registered: "
                       : i == 4 ? "known by: "
                                : "",
                       word);
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
    line(buf, l->sure, sk_json_get_text(alert, "sekimori.certainty"));
    facts(buf, l, alert);
    json_list(buf, l->evidence, alert, "sekimori.frames");
}

/* An advice with its {fields} filled from the alert's facts and ECS part, or shown by name. */
static void advice(struct sk_buf *buf, const char *name, const struct sk_list *l, const sk_json *alert) {
    for (size_t i = 0; i < l->n; i++) {
        label(buf, i == 0 ? name : "");
        sk_buf_fmt(buf, "%zu ", i + 1);
        for (const char *p = l->at[i]; *p;) {
            const char *end = *p == '{' ? strpbrk(p, "|}") : NULL;
            char field[96], path[128];
            if (!end || !alert) {
                sk_buf_add(buf, p++, 1);
                continue;
            }
            snprintf(field, sizeof field, "%.*s", (int)(end - p - 1), p + 1);
            snprintf(path, sizeof path, "sekimori.facts.%s", field);
            const char *value = sk_json_get_text(alert, field);
            value = value ? value : sk_json_get_text(alert, path);
            const char *close = strchr(p, '}');
            if (value && close) {
                sk_buf_str(buf, value);
                p = close + 1;
            } else {
                sk_buf_add(buf, p++, 1);
            }
        }
        sk_buf_str(buf, "\n");
    }
}

char *sk_explain(const struct sk_rule *rule, const struct sk_policy *policy, const sk_json *alert, const char *lang) {
    bool in_ja = is(lang, "ja");
    const struct labels *l = in_ja ? &ja : &en;
    struct sk_buf buf = {0};
    const char *severity = alert ? sk_json_get_text(alert, "sekimori.severity") : NULL;
    sk_buf_fmt(&buf, "%s  %s  [%s]\n", rule->detection, rule->title, severity ? severity : sk_level_name(rule->level));
    if (alert)
        why_here(&buf, l, alert, in_ja);
    line(&buf, l->meaning, rule->description);
    advice(&buf, l->doing, in_ja && rule->advice_ja.n ? &rule->advice_ja : &rule->advice_en, alert);
    list(&buf, l->benign, &rule->falsepositives, "", false);
    clauses(&buf, l->clauses, rule);
    list(&buf, l->rfcs, &rule->rfcs, "RFC ", false);
    list(&buf, l->attack, &rule->tags, "", false);
    list(&buf, "", &rule->references, "", false);
    line(&buf, l->signature, rule->file);
    if (policy && !sk_policy_is_none(policy)) {
        sk_buf_str(&buf, "  ");
        sk_buf_fmt(&buf, "%s%s%s\n", rule->can_fire ? l->can : l->cannot, rule->can_fire ? "" : " ",
                   rule->can_fire ? "" : rule->missing);
    }
    return buf.p;
}
