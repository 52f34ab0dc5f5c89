/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One alert as one JSON line: Elastic Common Schema names outside `sekimori`, `@timestamp` first, the hash of the
 * previous line last. No null, no empty text, no key whose type varies, at most 8 KiB.
 */
#include "alert/chain.h"
#include "alert/device.h"
#include "alert/ecs.h"
#include "alert/fold.h"
#include "alert/outside.h"
#include "alert/parts.h"
#include "alert/privacy.h"
#include "alert/template.h"
#include "alert/values.h"
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
SK_FIELD(sekimori_reached_outside, "sekimori.reached_outside", BOOL, ALERT, "", "0.1", "Data crossed the boundary (true), or was tried to and did not (false); absent where the traffic does not tell")
SK_FIELD(sekimori_alert_id, "sekimori.alert.id", KEYWORD, ALERT, "", "0.1", "The alert whose life this line tells")
SK_FIELD(sekimori_alert_copies, "sekimori.alert.copies", LONG, ALERT, "", "0.1", "Matches of frames that a mirror port had shown before; not in the count")
SK_FIELD(sekimori_alert_count, "sekimori.alert.count", LONG, ALERT, "", "0.1", "Matches folded so far, exact")
SK_FIELD(sekimori_alert_absorbed_by, "sekimori.alert.absorbed_by", KEYWORD, ALERT, "", "0.2", "The alert that swallowed this one and closed it")
SK_FIELD(sekimori_alert_muted, "sekimori.alert.muted", LONG, ALERT, "", "0.2", "Matches that an exception of the policy silenced while it was open; not in the count")
SK_FIELD(sekimori_exception_id, "sekimori.exception.id", KEYWORD, ALERT, "", "0.2", "The entry of the policy's exceptions that lowered or raised the level")
SK_FIELD(sekimori_chain_id, "sekimori.chain.id", KEYWORD, ALERT, "", "0.2", "Shared by the alerts that are steps of one attack")
SK_FIELD(sekimori_chain_name, "sekimori.chain.name", KEYWORD, ALERT, "", "0.2", "What attack its signatures say they are steps of")
SK_FIELD(sekimori_storm_subjects, "sekimori.storm.subjects", LONG, ALERT, "", "0.2", "Alerts that would have been opened: a storm stands for them")
SK_FIELD(sekimori_previous_line, "sekimori.previous_line", KEYWORD, ALERT, "", "0.1", "SHA-256 of the line before: the hash chain; of a first line, of the one it was appended to")
/* clang-format on */

enum { LINE_MAX_BYTES = 8192, HEADLINE_COLUMNS = 36, SENTENCE_BYTES = 1000, CLAUSES_MAX = 16, TAGS_MAX = 16 };

/* How much a line may hold. The next smaller one is taken until the line fits; the last one always does. */
struct budget {
    unsigned values, each, frames, clauses;
    size_t text; /* bytes of one text */
    bool facts;
};
static const struct budget budgets[] = {{ALERT_VALUES, 8, ALERT_FRAMES, CLAUSES_MAX, 1000, true},
                                        {8, 4, ALERT_FRAMES, CLAUSES_MAX, 256, true},
                                        {2, 2, 3, 8, 96, true},
                                        {0, 0, 1, 4, 64, false}};

/* ---- parts of the line ---- */

static void put_time(sk_json *o, const char *path, sk_time t) {
    char text[SK_TIME_TEXT];
    sk_json_put_text(o, path, sk_time_text(t, text));
}

static void put_event(sk_json *o, const struct alert_writer *w, const struct alert *al, enum sk_action action,
                      sk_time ts, const struct budget *b) {
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
    alert_put_text(o, "event.provider", al->rule->name ? al->rule->name : al->rule->detection, b->text);
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

static void put_rule(sk_json *o, const struct sk_rule *r, const struct budget *b) {
    char category[16] = "";
    for (size_t i = 0; i < sizeof category - 1 && r->detection[i] && r->detection[i] != '-'; i++)
        category[i] = (char)(r->detection[i] >= 'A' && r->detection[i] <= 'Z' ? r->detection[i] + 32 : r->detection[i]);
    sk_json_put_text(o, "rule.id", r->detection);
    if (r->id)
        sk_json_put_text(o, "rule.uuid", r->id);
    alert_put_text(o, "rule.name", r->title, b->text);
    sk_json_put_text(o, "rule.version", "1");
    sk_json_put_text(o, "rule.category", category);
    sk_json_put_text(o, "rule.ruleset", strncmp(r->detection, "USR", 3) == 0 ? "local" : "sekimori-core");
    if (r->references.n)
        alert_put_text(o, "rule.reference", r->references.at[0], b->text);
}

static void put_value(sk_json *o, const char *path, const struct sk_value *v, size_t max) {
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
        alert_put_text(o, path, sk_value_text(v, text, sizeof text), max);
    }
}

static sk_json *value_list(const struct sk_alert_config *cfg, const struct sk_event *ev, enum sk_field_id f,
                           const struct budget *b) {
    char scratch[SK_EVENT_SCRATCH], text[SK_EVENT_TEXT_MAX + 1];
    struct sk_value v;
    sk_json *list = sk_json_new_array();
    for (unsigned i = 0; i < b->values && sk_event_get(ev, cfg->names, f, i, scratch, &v); i++)
        if (v.type == SK_T_LONG)
            sk_json_add_int(list, v.i);
        else
            alert_add_text(list, sk_value_text(&v, text, sizeof text), b->text);
    if (sk_json_size(list))
        return list;
    sk_json_free(list);
    return NULL;
}

/* Each field once: where ECS has the name it stands at the top, otherwise under sekimori.facts with the same name. */
static void put_facts(sk_json *o, const struct sk_alert_config *cfg, const struct alert *al, enum ecs_place place,
                      const struct budget *b) {
    char scratch[SK_EVENT_SCRATCH], path[160];
    enum sk_field_id fields[SKF_COUNT];
    unsigned n = sk_event_fields(al->last, cfg->names, fields);
    for (unsigned k = 0; k < n; k++) {
        enum sk_field_id f = fields[k];
        struct sk_value v;
        if (ecs_place(f) != place || ((al->guests || al->storm) && !alert_private_may(f)))
            continue;
        snprintf(path, sizeof path, "%s%s", place == ECS_TOP ? "" : "sekimori.facts.", sk_fields[f].name);
        if (sk_fields[f].many == SK_M_LIST) {
            sk_json *list = value_list(cfg, al->last, f, b);
            if (list)
                sk_json_put(o, path, list);
        } else if (sk_event_get(al->last, cfg->names, f, 0, scratch, &v)) {
            put_value(o, path, &v, b->text);
        }
    }
}

static void put_values(sk_json *o, const char *path, const struct alert_values *v, const struct budget *b) {
    if (v->n_text == 0 || b->values == 0)
        return;
    sk_json *list = sk_json_new_array();
    for (unsigned i = 0; i < v->n_text && i < b->values; i++)
        alert_add_text(list, v->text[i], b->text);
    sk_json_put(o, path, list);
}

static void put_life(sk_json *o, const struct alert *al, const char *close_reason) {
    sk_json_put_text(o, "sekimori.alert.id", al->id);
    sk_json_put_int(o, "sekimori.alert.revision", (int64_t)al->revision);
    put_time(o, "sekimori.alert.first_seen", al->first_seen);
    put_time(o, "sekimori.alert.last_seen", al->last_seen);
    sk_json_put_int(o, "sekimori.alert.count", (int64_t)al->count);
    if (al->copies)
        sk_json_put_int(o, "sekimori.alert.copies", (int64_t)al->copies);
    if (al->muted)
        sk_json_put_int(o, "sekimori.alert.muted", (int64_t)al->muted);
    for (unsigned i = 0; i < al->n_absorbed; i++) {
        char path[64];
        snprintf(path, sizeof path, "sekimori.alert.absorbed.%s", al->absorbed[i].detection);
        sk_json_put_int(o, path, (int64_t)al->absorbed[i].n);
    }
    if (al->absorbed_by)
        sk_json_put_text(o, "sekimori.alert.absorbed_by", al->absorbed_by);
    sk_json_put_int(o, "sekimori.alert.peak_rate", (int64_t)al->peak_rate);
    if (close_reason)
        sk_json_put_text(o, "sekimori.alert.close_reason", close_reason);
}

/* The site's own clauses for those of the standard, each once. */
static void put_own_clauses(sk_json *o, const struct sk_policy *p, const struct sk_rule *r, const struct budget *b) {
    sk_json *list = sk_json_new_array();
    for (size_t i = 0; p && i < r->clauses.n; i++) {
        const char *const *own = NULL;
        size_t n = sk_policy_own_clauses(p, r->clauses.at[i], &own);
        for (size_t k = 0; k < n && sk_json_size(list) < b->clauses; k++) {
            bool told = false;
            for (size_t j = 0; j < sk_json_size(list); j++)
                told |= strcmp(sk_json_text_of(sk_json_item(list, j)), own[k]) == 0;
            if (!told)
                alert_add_text(list, own[k], b->text);
        }
    }
    if (sk_json_size(list))
        sk_json_put(o, "sekimori.own_clauses", list);
    else
        sk_json_free(list);
}

static void put_clauses(sk_json *o, const struct sk_rule *r, unsigned max) {
    char clause[ALERT_CLAUSE_BYTES];
    sk_json *list = NULL;
    for (unsigned i = 0; i < max && alert_clause(r, i, clause); i++) {
        list = list ? list : sk_json_new_array();
        sk_json_add_text(list, clause);
    }
    if (list)
        sk_json_put(o, "sekimori.clauses", list);
}

/* `file:number`. Of a long path the end is what tells files apart. */
static void put_frames(sk_json *o, const struct sk_alert_config *cfg, const struct alert *al, const struct budget *b) {
    if (!al->n_frames || !cfg->names || !cfg->names->file)
        return;
    sk_json *list = sk_json_new_array();
    for (unsigned i = 0; i < al->n_frames && i < b->frames; i++) {
        const char *file = cfg->names->file(cfg->names->arg, al->frame[i].file);
        struct sk_buf text = {0};
        file = file ? file : "-";
        size_t n = strlen(file), from = n > b->text ? n - b->text : 0;
        while (((unsigned char)file[from] & 0xc0) == 0x80)
            from++;
        sk_buf_fmt(&text, "%s%s:%llu", from ? "…" : "", file + from, (unsigned long long)al->frame[i].number);
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
    struct sk_buf message[2], headline[2], device_short[2]; /* English, Japanese */
    struct chain_view chain;
};

/* The text in this language, else in the other, else the title. */
static const char *choose_text(const struct sk_text2 *t, bool ja, const char *title) {
    const char *first = ja ? t->ja : t->en, *second = ja ? t->en : t->ja;
    return first && first[0] ? first : second && second[0] ? second : title;
}

/* At most HEADLINE_COLUMNS columns. */
static void cut_headline(struct sk_buf *h) {
    size_t fit = sk_text_fit(h->p, h->len, HEADLINE_COLUMNS);
    if (fit == h->len)
        return;
    h->len = sk_text_fit(h->p, h->len, HEADLINE_COLUMNS - 1);
    sk_buf_str(h, "…");
}

/* A sentence never ends up empty: a template of nothing but absent values is the title. */
static void render_text(const char *text, const char *title, const struct template_from *from, struct sk_buf *ret) {
    template_render(text, from, SENTENCE_BYTES, ret);
    if (ret->len == 0)
        sk_buf_str(ret, title);
}

/* Of guests only that something happened, where and how often. */
static void make_private_words(const struct alert *al, struct words *ret) {
    unsigned long long n = (unsigned long long)al->count;
    const struct sk_rule *r = al->rule;
    for (int ja = 0; ja < 2; ja++) {
        const char *headline = choose_text(&r->headline, ja, r->title);
        sk_buf_str(&ret->headline[ja], strchr(headline, '{') ? r->title : headline);
        cut_headline(&ret->headline[ja]);
    }
    sk_buf_fmt(&ret->message[0], "%s: %llu on %s, a private segment, of which no devices or contents are kept.",
               r->title, n, al->guests->id);
    sk_buf_fmt(&ret->message[1],
               "%s: %s で %llu 件。プライバシー保護の対象セグメントのため、端末と内容は記録していません。",
               ret->headline[1].p, al->guests->id, n);
    sk_buf_str(&ret->device_short[0], "private");
    sk_buf_str(&ret->device_short[1], "非公開");
}

/* The busiest subjects, three of them. */
static void add_busiest(struct sk_buf *buf, const struct alert_values *v, bool ja) {
    unsigned order[ALERT_VALUES], n = alert_values_order(v, order);
    for (unsigned i = 0; i < n && i < 3; i++) {
        sk_buf_str(buf, i == 0 ? "" : ja ? "、" : ", ");
        sk_buf_str(buf, v->text[order[i]]);
    }
}

static void add_seen_most(struct sk_buf *buf, const struct alert_values *v, bool ja) {
    if (v->n == 1 && strcmp(v->text[0], "-") == 0)
        return; /* one alert a segment: its subject has no name */
    sk_buf_str(buf, ja ? "多いもの: " : " Seen most: ");
    add_busiest(buf, v, ja);
    sk_buf_str(buf, ja ? "。" : ".");
}

/* What a storm is of: the headline in Japanese as far as it names nobody. Titles are English. */
static void add_storm_name(struct sk_buf *buf, const struct sk_rule *r) {
    const char *headline = choose_text(&r->headline, true, r->title);
    size_t n = strcspn(headline, "{");
    if (headline[n] == '\0') {
        sk_buf_str(buf, headline);
        return;
    }
    while (n && strchr(" :(", headline[n - 1]))
        n--;
    if (n >= 3 && memcmp(headline + n - 3, "（", 3) == 0)
        n -= 3;
    sk_buf_add(buf, n ? headline : r->title, n ? n : strlen(r->title));
}

/* A storm is about nobody: how many would have been told, and which of them were seen most. */
static void make_storm_words(const struct alert_writer *w, const struct alert *al, struct words *ret) {
    const struct sk_rule *r = al->rule;
    bool about;
    unsigned long long n = (unsigned long long)al->count,
                       subjects = (unsigned long long)alert_values_count(&al->subjects, &about);
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    const char *segment =
        sk_event_get(al->last, w->cfg.names, SKF_network_name, 0, scratch, &v) ? v.s.p : "the network";
    struct sk_buf name = {0};
    add_storm_name(&name, r);
    sk_buf_add(&name, "", 1);
    for (int ja = 0; ja < 2; ja++) {
        const char *headline = choose_text(&r->headline, ja, r->title);
        sk_buf_str(&ret->headline[ja], ja ? "多発: " : "storm: ");
        sk_buf_str(&ret->headline[ja], ja ? name.p : strchr(headline, '{') ? r->title : headline);
        cut_headline(&ret->headline[ja]);
        sk_buf_str(&ret->device_short[ja], ja ? "多数" : "many");
    }
    if (n == 1) { /* it opens: what came before has alerts of its own */
        sk_buf_fmt(&ret->message[0], "%s: so many on %s that from here on they are told together.", r->title, segment);
        sk_buf_fmt(&ret->message[1], "%s で「%s」が多発しています。以後はまとめて知らせます。", segment, name.p);
        sk_buf_free(&name);
        return;
    }
    sk_buf_fmt(&ret->message[0],
               "%s: so many on %s that they are told together: %llu, of %s%llu different one%s, up to %llu a second.",
               r->title, segment, n, about ? "about " : "", subjects, subjects == 1 ? "" : "s",
               (unsigned long long)al->peak_rate);
    add_seen_most(&ret->message[0], &al->subjects, false);
    sk_buf_fmt(&ret->message[1],
               "%s で「%s」が多発したため、まとめて知らせます: %llu 件、対象 %s%llu、最大毎秒 %llu 件。", segment,
               name.p, n, about ? "約" : "", subjects, (unsigned long long)al->peak_rate);
    add_seen_most(&ret->message[1], &al->subjects, true);
    sk_buf_free(&name);
}

static void make_words(const struct alert_writer *w, const struct alert *al, struct words *ret) {
    const struct sk_rule *r = al->rule;
    bool about;
    uint64_t n = alert_values_count(&al->members, &about);
    alert_device(&w->cfg, r, al->last, &ret->device);
    for (int ja = 0; ja < 2; ja++) {
        struct sk_buf device = {0};
        alert_device_text(&ret->device, false, ja, &device);
        struct template_from from = {al, al->last, w->cfg.names, device.p, ja};
        render_text(choose_text(&r->message, ja, r->title), r->title, &from, &ret->message[ja]);
        render_text(choose_text(&r->headline, ja, r->title), r->title, &from, &ret->headline[ja]);
        cut_headline(&ret->headline[ja]);
        sk_buf_free(&device);
        if (al->members.field && n > 1)
            sk_buf_fmt(&ret->device_short[ja], ja ? "%llu台" : "%llu devices", (unsigned long long)n);
        else
            alert_device_text(&ret->device, true, ja, &ret->device_short[ja]);
    }
}

static void free_words(struct words *w) {
    for (int i = 0; i < 2; i++) {
        sk_buf_free(&w->message[i]);
        sk_buf_free(&w->headline[i]);
        sk_buf_free(&w->device_short[i]);
    }
}

static void put_observer(sk_json *o, const struct sk_alert_config *cfg) {
    alert_put_text(o, "observer.name", cfg->observer, HEADLINE_COLUMNS * 2);
    sk_json_put_text(o, "observer.product", "sekimori");
    sk_json_put_text(o, "observer.type", "ids");
    sk_json_put_text(o, "observer.version", SK_VERSION);
}

static void put_number(sk_json *o, const char *path, const char *estimated, const struct alert_values *v) {
    bool about;
    sk_json_put_int(o, path, (int64_t)alert_values_count(v, &about));
    if (about)
        sk_json_put_bool(o, estimated, true);
}

/* The most frequent ones, each with its count and times. */
static void put_each(sk_json *o, const char *path, const struct alert_values *v, const struct budget *b) {
    unsigned order[ALERT_VALUES], n = alert_values_order(v, order);
    sk_json *list = NULL;
    for (unsigned i = 0; i < n && i < b->each; i++) {
        sk_json *one = sk_json_new_object();
        alert_put_text(one, "id", v->text[order[i]], b->text);
        sk_json_put_int(one, "count", (int64_t)v->hits[order[i]]);
        put_time(one, "first_seen", v->first[order[i]]);
        put_time(one, "last_seen", v->last[order[i]]);
        list = list ? list : sk_json_new_array();
        sk_json_add(list, one);
    }
    if (list)
        sk_json_put(o, path, list);
}

/* Who, and how many of them; nothing of guests. */
static void put_devices(sk_json *o, const struct alert *al, const struct words *words, const struct budget *b) {
    sk_json_put(o, "sekimori.device", sk_json_new_object());
    if (al->guests)
        return;
    if (al->storm) {
        put_number(o, "sekimori.storm.subjects", "sekimori.storm.estimated", &al->subjects);
        put_each(o, "sekimori.storm.busiest", &al->subjects, b);
        return;
    }
    alert_device_json(&words->device, o);
    if (al->members.field) {
        put_number(o, "sekimori.members.count", "sekimori.members.estimated", &al->members);
        put_values(o, "sekimori.members.sample", &al->members, b);
        put_each(o, "sekimori.members.busiest", &al->members, b);
    }
}

/* The steps of the attack that this is one of, in the order of time. */
static void put_chain(sk_json *o, const struct chain_view *c) {
    if (!c->id)
        return;
    sk_json *list = sk_json_new_array();
    for (unsigned i = 0; i < c->n_step; i++) {
        sk_json *one = sk_json_new_object();
        sk_json_put_text(one, "rule", c->step[i].detection);
        sk_json_put_text(one, "alert", c->step[i].alert);
        put_time(one, "first_seen", c->step[i].first);
        sk_json_add(list, one);
    }
    sk_json_put_text(o, "sekimori.chain.id", c->id);
    sk_json_put_text(o, "sekimori.chain.name", c->name);
    sk_json_put(o, "sekimori.chain.steps", list);
}

static sk_json *make_line(const struct alert_writer *w, const struct alert *al, enum sk_action action, sk_time ts,
                          const char *close_reason, const struct words *words, const struct budget *b) {
    sk_json *o = sk_json_new_object();
    char path[160];
    put_time(o, "@timestamp", ts);
    sk_json_put_text(o, "ecs.version", "8.11.0");
    put_event(o, w, al, action, ts, b);
    alert_put_text(o, "message", words->message[0].p, b->text);
    put_observer(o, &w->cfg);
    put_rule(o, al->rule, b);
    alert_put_threat(o, al->rule, TAGS_MAX);
    put_facts(o, &w->cfg, al, ECS_TOP, b);
    sk_json_put_text(o, "sekimori.schema", "1.0");
    sk_json_put_text(o, "sekimori.severity", sk_level_name(al->level));
    put_certainty(o, al->rule, al->last);
    alert_put_text(o, "sekimori.run", w->cfg.run, b->text);
    alert_put_text(o, "sekimori.headline", words->headline[0].p, b->text);
    alert_put_text(o, "sekimori.headline_ja", words->headline[1].p, b->text);
    alert_put_text(o, "sekimori.message_ja", words->message[1].p, b->text);
    enum sk_tri reached = alert_reached_outside(al->last);
    if (reached != SK_UNKNOWN)
        sk_json_put_bool(o, "sekimori.reached_outside", reached == SK_YES);
    put_life(o, al, close_reason);
    put_chain(o, &words->chain);
    put_devices(o, al, words, b);
    if (al->exception) {
        alert_put_text(o, "sekimori.exception.id", al->exception->id, b->text);
        sk_json_put_text(o, "sekimori.exception.effect", sk_exception_effect_name(al->exception->effect));
    }
    put_own_clauses(o, w->cfg.policy, al->rule, b);
    put_clauses(o, al->rule, b->clauses);
    sk_json_put(o, "sekimori.facts", sk_json_new_object());
    if (b->facts)
        put_facts(o, &w->cfg, al, ECS_FACTS, b);
    for (unsigned i = 0; i < al->n_grows; i++) {
        snprintf(path, sizeof path, "sekimori.grown.%s", sk_fields[al->grows[i].field].name);
        put_values(o, path, &al->grows[i], b);
    }
    alert_put_text(o, "sekimori.policy_line", text_value(al->last, SKF_policy_line), b->text);
    put_frames(o, &w->cfg, al, b);
    sk_json_put_text(o, "sekimori.previous_line", w->previous);
    return o;
}

/* The line as text, at most LINE_MAX_BYTES with its newline; malloc'ed. */
static char *write_text(const struct alert_writer *w, const struct alert *al, enum sk_action action, sk_time ts,
                        const char *close_reason, const struct words *words) {
    char *text = NULL;
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        free(text);
        sk_json *o = make_line(w, al, action, ts, close_reason, words, &budgets[i]);
        text = sk_json_line(o);
        sk_json_free(o);
        if (strlen(text) < LINE_MAX_BYTES)
            break;
    }
    return text;
}

void alert_render(struct sk_alerts *a, struct alert *al, enum sk_action action, sk_time ts, const char *close_reason) {
    struct alert_writer *w = alert_writer_of(a);
    struct words words = {0};
    char scratch[SK_EVENT_SCRATCH], mac[SK_MAC_TEXT] = "", ip[SK_ADDR_TEXT] = "";
    struct sk_value segment;
    bool named = sk_event_get(al->last, w->cfg.names, SKF_network_name, 0, scratch, &segment);
    w->sequence++;
    if (al->guests)
        make_private_words(al, &words);
    else if (al->storm)
        make_storm_words(w, al, &words);
    else
        make_words(w, al, &words);
    if (!alert_chain_of(a, al, &words.chain))
        words.chain = (struct chain_view){0};
    char *text = write_text(w, al, action, ts, close_reason, &words);
    uint8_t hash[32];
    sk_sha256(text, strlen(text), hash);
    sk_hex(hash, sizeof hash, w->previous);
    if (!sk_mac_zero(&words.device.mac))
        sk_mac_text(&words.device.mac, mac);
    if (words.device.n_ip)
        sk_addr_text(&words.device.ip[0], ip);
    struct sk_alert_line line = {.json = text,
                                 .len = strlen(text),
                                 .action = action,
                                 .level = al->level,
                                 .rule = al->rule,
                                 .count = al->count,
                                 .ts = ts,
                                 .device = words.device_short[0].p,
                                 .device_ja = words.device_short[1].p,
                                 .mac = mac,
                                 .ip = ip,
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
