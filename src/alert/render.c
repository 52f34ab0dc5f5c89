/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One alert as one JSON line: Elastic Common Schema names outside `sekimori`, `@timestamp` first, the hash of the
 * previous line last. No null, no empty text, no key whose type varies, at most 8 KiB.
 */
#include "alert/device.h"
#include "alert/ecs.h"
#include "alert/fold.h"
#include "alert/template.h"
#include "sekimori/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
SK_FIELD(message, "message", KEYWORD, ALERT, "", "0.1", "One sentence an analyst can act on")
SK_FIELD(rule_id, "rule.id", KEYWORD, ALERT, "", "0.1", "Detection id")
SK_FIELD(rule_uuid, "rule.uuid", KEYWORD, ALERT, "", "0.1", "Sigma id of the signature")
SK_FIELD(rule_name, "rule.name", KEYWORD, ALERT, "", "0.1", "Title of the signature")
SK_FIELD(event_id, "event.id", KEYWORD, ALERT, "", "0.1", "UUIDv8 of the line: the de-duplication key")
SK_FIELD(event_action, "event.action", KEYWORD, ALERT, "", "0.1", "open, update or close")
SK_FIELD(event_severity, "event.severity", LONG, ALERT, "", "0.1", "1 informational, 2 low, 3 medium, 4 high, 5 critical")
SK_FIELD(event_sequence, "event.sequence", LONG, ALERT, "", "0.1", "Number of the line in its run, from 1: a gap is loss")
SK_FIELD(sekimori_run, "sekimori.run", KEYWORD, ALERT, "", "0.1", "The run; offline a hash of inputs, policy, signatures and version")
SK_FIELD(sekimori_alert_id, "sekimori.alert.id", KEYWORD, ALERT, "", "0.1", "The alert whose life this line tells")
SK_FIELD(sekimori_alert_count, "sekimori.alert.count", LONG, ALERT, "", "0.1", "Matches folded so far, exact")
SK_FIELD(sekimori_previous_line, "sekimori.previous_line", KEYWORD, ALERT, "", "0.1", "SHA-256 of the line before: the hash chain")
/* clang-format on */

enum { LINE_MAX_BYTES = 8192, TEXT_MAX_BYTES = 1000, HEADLINE_COLUMNS = 36 };

/* ---- parts of the line ---- */

static void put_time(sk_json *o, const char *path, sk_time t) {
    char text[SK_TIME_TEXT];
    sk_json_put_text(o, path, sk_time_text(t, text));
}

static void put_event(sk_json *o, const struct alert_writer *w, const struct alert *al, enum sk_action action,
                      sk_time ts) {
    char id[37], seed[64];
    snprintf(seed, sizeof seed, "%s/%llu/%d", al->id, (unsigned long long)al->revision, (int)action);
    alert_uuid(ts, seed, strlen(seed), id);
    sk_json_put_text(o, "event.id", id);
    sk_json_put_text(o, "event.kind", "alert");
    sk_json_put_text(o, "event.action", sk_action_name(action));
    sk_json *category = sk_json_new_array();
    sk_json_add_text(category, strncmp(al->rule->detection, "MAIL", 4) == 0 ? "email" : "network");
    sk_json_add_text(category, "intrusion_detection");
    sk_json_put(o, "event.category", category);
    sk_json *type = sk_json_new_array();
    sk_json_add_text(type, al->level > SK_LEVEL_INFORMATIONAL ? "indicator" : "info");
    sk_json_put(o, "event.type", type);
    sk_json_put_text(o, "event.dataset", "sekimori.alert");
    sk_json_put_text(o, "event.module", "sekimori");
    sk_json_put_text(o, "event.provider", al->rule->name ? al->rule->name : al->rule->detection);
    sk_json_put_int(o, "event.severity", al->level);
    put_time(o, "event.start", al->first_seen);
    put_time(o, "event.end", al->last_seen);
    sk_json_put_int(o, "event.sequence", (int64_t)w->sequence);
    if (!w->cfg.offline) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        put_time(o, "event.created", (sk_time)now.tv_sec * SK_SEC + now.tv_nsec);
    }
}

static void put_rule(sk_json *o, const struct sk_rule *r) {
    char category[16] = "";
    for (size_t i = 0; i < sizeof category - 1 && r->detection[i] && r->detection[i] != '-'; i++)
        category[i] = (char)(r->detection[i] >= 'A' && r->detection[i] <= 'Z' ? r->detection[i] + 32 : r->detection[i]);
    sk_json_put_text(o, "rule.id", r->detection);
    if (r->id)
        sk_json_put_text(o, "rule.uuid", r->id);
    sk_json_put_text(o, "rule.name", r->title);
    sk_json_put_text(o, "rule.version", "1");
    sk_json_put_text(o, "rule.category", category);
    sk_json_put_text(o, "rule.ruleset", strncmp(r->detection, "USR", 3) == 0 ? "local" : "sekimori-core");
    if (r->references.n)
        sk_json_put_text(o, "rule.reference", r->references.at[0]);
}

/* attack.t1557 -> technique, attack.t1498.001 -> subtechnique, attack.impact -> tactic. Sigma tags are lower case. */
static void put_threat(sk_json *o, const struct sk_rule *r) {
    sk_json *technique = NULL, *sub = NULL, *tactic = NULL;
    for (size_t i = 0; i < r->tags.n; i++) {
        const char *tag = r->tags.at[i];
        if (strncmp(tag, "attack.", 7) != 0)
            continue;
        tag += 7;
        if (tag[0] == 't' && tag[1] >= '0' && tag[1] <= '9') {
            char id[24];
            snprintf(id, sizeof id, "T%s", tag + 1);
            sk_json **list = strchr(id, '.') ? &sub : &technique;
            if (!*list)
                *list = sk_json_new_array();
            sk_json_add_text(*list, id);
        } else {
            if (!tactic)
                tactic = sk_json_new_array();
            sk_json_add_text(tactic, tag);
        }
    }
    if (!technique && !sub && !tactic)
        return;
    sk_json_put_text(o, "threat.framework", "MITRE ATT&CK");
    if (tactic)
        sk_json_put(o, "threat.tactic.name", tactic);
    if (technique)
        sk_json_put(o, "threat.technique.id", technique);
    if (sub)
        sk_json_put(o, "threat.technique.subtechnique.id", sub);
}

static void put_value(sk_json *o, const char *path, const struct sk_value *v) {
    char text[SK_EVENT_TEXT_MAX + 1];
    switch (v->type) {
    case SK_T_LONG:
        sk_json_put_int(o, path, v->i);
        break;
    case SK_T_BOOL:
        sk_json_put_bool(o, path, v->i != 0);
        break;
    case SK_T_FLOAT:
        sk_json_put_real(o, path, v->f);
        break;
    default:
        sk_value_text(v, text, sizeof text);
        if (text[0])
            sk_json_put_text(o, path, text);
    }
}

/* Each field once: where ECS has the name it stands at the top, otherwise under sekimori.facts with the same name. */
static void put_facts(sk_json *o, const struct sk_alert_config *cfg, const struct sk_event *ev, enum ecs_place place,
                      unsigned max_values) {
    char scratch[SK_EVENT_SCRATCH], path[160], text[SK_EVENT_TEXT_MAX + 1];
    enum sk_field_id f;
    for (unsigned k = 0; (f = sk_event_field(ev, cfg->names, k)) != SKF_none; k++) {
        struct sk_value v;
        if (ecs_place(sk_fields[f].name) != place || !sk_event_get(ev, cfg->names, f, 0, scratch, &v))
            continue;
        snprintf(path, sizeof path, "%s%s", place == ECS_TOP ? "" : "sekimori.facts.", sk_fields[f].name);
        if (sk_fields[f].many != SK_M_LIST) {
            put_value(o, path, &v);
            continue;
        }
        sk_json *list = sk_json_new_array();
        for (unsigned i = 0; i < max_values && sk_event_get(ev, cfg->names, f, i, scratch, &v); i++)
            if (v.type == SK_T_LONG)
                sk_json_add_int(list, v.i);
            else
                sk_json_add_text(list, sk_value_text(&v, text, sizeof text));
        if (sk_json_size(list))
            sk_json_put(o, path, list);
        else
            sk_json_free(list);
    }
}

static void put_values(sk_json *o, const char *path, const struct alert_values *v, unsigned max_values) {
    if (v->n_text == 0 || max_values == 0)
        return;
    sk_json *list = sk_json_new_array();
    for (unsigned i = 0; i < v->n_text && i < max_values; i++)
        if (v->text[i][0])
            sk_json_add_text(list, v->text[i]);
    sk_json_put(o, path, list);
}

static void put_life(sk_json *o, const struct alert *al, const char *close_reason) {
    sk_json_put_text(o, "sekimori.alert.id", al->id);
    sk_json_put_int(o, "sekimori.alert.revision", (int64_t)al->revision);
    put_time(o, "sekimori.alert.first_seen", al->first_seen);
    put_time(o, "sekimori.alert.last_seen", al->last_seen);
    sk_json_put_int(o, "sekimori.alert.count", (int64_t)al->count);
    sk_json_put_int(o, "sekimori.alert.peak_rate", (int64_t)al->peak_rate);
    if (al->suppressed)
        sk_json_put_int(o, "sekimori.alert.suppressed", (int64_t)al->suppressed);
    if (close_reason)
        sk_json_put_text(o, "sekimori.alert.close_reason", close_reason);
}

/* Our own sub-numbers of a clause (-1, -T) are never shown. */
static void put_clauses(sk_json *o, const struct sk_rule *r) {
    sk_json *list = sk_json_new_array();
    char last[128] = "";
    for (size_t i = 0; i < r->clauses.n; i++) {
        char clause[128];
        snprintf(clause, sizeof clause, "%s", r->clauses.at[i]);
        char *paren = strrchr(clause, ')'), *dash = strrchr(clause, '-');
        if (dash && paren && dash == paren + 1)
            *dash = '\0';
        if (strcmp(clause, last) != 0)
            sk_json_add_text(list, clause);
        snprintf(last, sizeof last, "%s", clause);
    }
    sk_json_put(o, "sekimori.clauses", list);
}

static void put_frames(sk_json *o, const struct sk_alert_config *cfg, const struct alert *al) {
    if (!al->n_frames || !cfg->names || !cfg->names->file)
        return;
    sk_json *list = sk_json_new_array();
    for (unsigned i = 0; i < al->n_frames; i++) {
        const char *file = cfg->names->file(cfg->names->arg, al->frame[i].file);
        struct sk_buf text = {0};
        sk_buf_fmt(&text, "%s:%llu", file ? file : "-", (unsigned long long)al->frame[i].number);
        sk_json_add_text(list, text.p);
        sk_buf_free(&text);
    }
    sk_json_put(o, "sekimori.frames", list);
}

/* ---- certainty ---- */

static const char *text_value(const struct sk_event *ev, enum sk_field_id f) {
    static _Thread_local char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    return sk_event_get(ev, NULL, f, 0, scratch, &v) && v.type == SK_T_KEYWORD ? v.s.p : NULL;
}

static void put_certainty(sk_json *o, const struct sk_rule *r, const struct sk_event *ev) {
    const char *word = r->certainty;
    if (!word || strcmp(word, "from-event") == 0) {
        const char *said = text_value(ev, SKF_sekimori_certainty);
        word = said ? said : "observed";
    }
    struct sk_value v;
    int64_t confidence = strcmp(word, "observed") == 0 ? 100 : strcmp(word, "inferred") == 0 ? 85 : 60;
    if (sk_event_get(ev, NULL, SKF_sekimori_confidence, 0, NULL, &v))
        confidence = v.i;
    sk_json_put_text(o, "sekimori.certainty", word);
    sk_json_put_int(o, "sekimori.confidence", confidence);
    const char *effect = text_value(ev, SKF_sekimori_effect);
    if (effect)
        sk_json_put_text(o, "sekimori.effect", effect);
}

/* ---- the whole ---- */

struct words {
    struct sk_device device;
    struct sk_buf message[2], headline[2], device_short;
};

static void make_words(const struct alert_writer *w, const struct alert *al, struct words *ret) {
    const struct sk_rule *r = al->rule;
    bool many = al->members.field && al->members.n > 1;
    alert_device(&w->cfg, r, al->last, &ret->device);
    for (int ja = 0; ja < 2; ja++) {
        struct sk_buf device = {0};
        alert_device_text(&ret->device, false, ja, &device);
        struct template_from from = {al, al->last, w->cfg.names, device.p, ja};
        const char *message = ja ? r->message.ja : r->message.en, *headline = ja ? r->headline.ja : r->headline.en;
        template_render(message ? message : r->title, &from, TEXT_MAX_BYTES, &ret->message[ja]);
        template_render(headline ? headline : r->title, &from, TEXT_MAX_BYTES, &ret->headline[ja]);
        struct sk_buf *h = &ret->headline[ja];
        size_t fit = sk_text_fit(h->p, h->len, HEADLINE_COLUMNS);
        if (fit < h->len) {
            h->len = sk_text_fit(h->p, h->len, HEADLINE_COLUMNS - 1);
            sk_buf_str(h, "…");
        }
        sk_buf_free(&device);
    }
    if (many)
        sk_buf_fmt(&ret->device_short, "%llu devices", (unsigned long long)al->members.n);
    else
        alert_device_text(&ret->device, true, false, &ret->device_short);
}

static void free_words(struct words *w) {
    for (int i = 0; i < 2; i++) {
        sk_buf_free(&w->message[i]);
        sk_buf_free(&w->headline[i]);
    }
    sk_buf_free(&w->device_short);
}

static sk_json *make_line(const struct alert_writer *w, const struct alert *al, enum sk_action action, sk_time ts,
                          const char *close_reason, const struct words *words, unsigned max_values) {
    sk_json *o = sk_json_new_object();
    char path[160];
    put_time(o, "@timestamp", ts);
    sk_json_put_text(o, "ecs.version", "8.11.0");
    put_event(o, w, al, action, ts);
    sk_json_put_text(o, "message", words->message[0].p);
    sk_json_put_text(o, "observer.name", w->cfg.observer);
    sk_json_put_text(o, "observer.product", "sekimori");
    sk_json_put_text(o, "observer.type", "ids");
    sk_json_put_text(o, "observer.version", SK_VERSION);
    put_rule(o, al->rule);
    put_threat(o, al->rule);
    put_facts(o, &w->cfg, al->last, ECS_TOP, max_values);
    sk_json_put_text(o, "sekimori.schema", "1.0");
    sk_json_put_text(o, "sekimori.severity", sk_level_name(al->level));
    put_certainty(o, al->rule, al->last);
    sk_json_put_text(o, "sekimori.run", w->cfg.run);
    sk_json_put_text(o, "sekimori.headline", words->headline[0].p);
    sk_json_put_text(o, "sekimori.headline_ja", words->headline[1].p);
    sk_json_put_text(o, "sekimori.message_ja", words->message[1].p);
    put_life(o, al, close_reason);
    sk_json_put(o, "sekimori.device", sk_json_new_object());
    alert_device_json(&words->device, o);
    put_clauses(o, al->rule);
    if (al->members.field) {
        sk_json_put_int(o, "sekimori.members.count", (int64_t)al->members.n);
        put_values(o, "sekimori.members.sample", &al->members, max_values);
    }
    sk_json_put(o, "sekimori.facts", sk_json_new_object());
    put_facts(o, &w->cfg, al->last, ECS_FACTS, max_values);
    for (unsigned i = 0; i < al->n_grows; i++) {
        snprintf(path, sizeof path, "sekimori.grown.%s", sk_fields[al->grows[i].field].name);
        put_values(o, path, &al->grows[i], max_values);
    }
    const char *line = text_value(al->last, SKF_policy_line);
    if (line)
        sk_json_put_text(o, "sekimori.policy_line", line);
    put_frames(o, &w->cfg, al);
    sk_json_put_text(o, "sekimori.previous_line", w->previous);
    return o;
}

void alert_render(struct sk_alerts *a, struct alert *al, enum sk_action action, sk_time ts, const char *close_reason) {
    static const unsigned budgets[] = {ALERT_VALUES, 8, 2, 0};
    struct alert_writer *w = alert_writer_of(a);
    struct words words = {0};
    char *text = NULL;
    w->sequence++;
    make_words(w, al, &words);
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        free(text);
        sk_json *o = make_line(w, al, action, ts, close_reason, &words, budgets[i]);
        text = sk_json_line(o);
        sk_json_free(o);
        if (strlen(text) < LINE_MAX_BYTES)
            break;
    }
    uint8_t hash[32];
    sk_sha256(text, strlen(text), hash);
    sk_hex(hash, sizeof hash, w->previous);
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value segment;
    bool named = sk_event_get(al->last, w->cfg.names, SKF_network_name, 0, scratch, &segment);
    struct sk_alert_line line = {.json = text,
                                 .len = strlen(text),
                                 .action = action,
                                 .level = al->level,
                                 .rule = al->rule,
                                 .count = al->count,
                                 .ts = ts,
                                 .device = words.device_short.p,
                                 .segment = named ? segment.s.p : "",
                                 .headline_en = words.headline[0].p,
                                 .headline_ja = words.headline[1].p,
                                 .message_en = words.message[0].p,
                                 .message_ja = words.message[1].p};
    memcpy(line.alert_id, al->id, sizeof line.alert_id);
    w->cfg.line(w->cfg.arg, &line);
    free(text);
    free_words(&words);
}
