/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: templates of the signature filled with the alert's facts. The templates were checked when they were loaded.
 */
#include "alert/template.h"

#include "alert/values.h"
#include "alert/words.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_VALUES = 4, NAME_MAX_BYTES = 96 };

static void add_separator(struct sk_buf *buf, bool ja) { sk_buf_str(buf, ja ? "、" : ", "); }

/* People read yes and no, programs true and false. */
static void add_yes(struct sk_buf *buf, const char *text, bool ja) {
    bool yes = strcmp(text, "true") == 0;
    sk_buf_str(buf, ja ? (yes ? "はい" : "いいえ") : (yes ? "yes" : "no"));
}

/* Values of the event, the first few. */
static bool add_field(struct sk_buf *buf, const struct template_from *from, enum sk_field_id f) {
    char scratch[SK_EVENT_SCRATCH], text[SK_EVENT_TEXT_MAX + 1];
    struct sk_value v;
    unsigned k = 0;
    for (; sk_event_get(from->event, from->names, f, k, scratch, &v); k++) {
        if (k == SHOWN_VALUES) {
            sk_buf_str(buf, " …");
            break;
        }
        if (k)
            add_separator(buf, from->ja);
        if (v.type == SK_T_KEYWORD && from->ja)
            sk_buf_str(buf, alert_word_ja(f, v.s.p));
        else if (v.type == SK_T_BOOL)
            add_yes(buf, sk_value_text(&v, text, sizeof text), from->ja);
        else if (v.type == SK_T_FLOAT)
            sk_buf_fmt(buf, "%.1f", v.f); /* people read it */
        else
            sk_buf_str(buf, sk_value_text(&v, text, sizeof text));
    }
    return k > 0;
}

static const struct alert_values *values_of(const struct alert *al, enum sk_field_id f) {
    for (unsigned i = 0; i < al->n_grows; i++)
        if (al->grows[i].field == f)
            return &al->grows[i];
    return al->members.field == f && f ? &al->members : NULL;
}

/* The most frequent values, most frequent first, ties by their first appearance. */
static bool add_top(struct sk_buf *buf, const struct template_from *from, enum sk_field_id f) {
    const struct alert_values *v = values_of(from->alert, f);
    if (!v)
        return add_field(buf, from, f);
    unsigned order[ALERT_VALUES], n = alert_values_order(v, order), shown = 0;
    for (; shown < 3 && shown < n; shown++) {
        if (shown)
            add_separator(buf, from->ja);
        const char *text = v->text[order[shown]];
        sk_buf_str(buf, from->ja ? alert_word_ja(f, text) : text);
    }
    return shown > 0;
}

static void add_duration(struct sk_buf *buf, const struct alert *al, bool ja) {
    int64_t s = (al->last_seen - al->counted_from) / SK_SEC;
    if (s == 0)
        sk_buf_str(buf, ja ? "1秒未満" : "less than 1 s");
    else if (s < 120)
        sk_buf_fmt(buf, ja ? "%lld秒" : "%lld s", (long long)s);
    else if (s < 7200)
        sk_buf_fmt(buf, ja ? "%lld分" : "%lld min", (long long)(s / 60));
    else
        sk_buf_fmt(buf, ja ? "%lld時間" : "%lld h", (long long)(s / 3600));
}

static bool add_destination(struct sk_buf *buf, const struct template_from *from) {
    size_t before = buf->len;
    if (add_field(buf, from, SKF_destination_domain)) {
        sk_buf_str(buf, from->ja ? "（" : " (");
        if (add_field(buf, from, SKF_destination_ip)) {
            sk_buf_str(buf, from->ja ? "）" : ")");
            return true;
        }
        buf->len = before;
        return add_field(buf, from, SKF_destination_domain);
    }
    return add_field(buf, from, SKF_destination_ip);
}

static void add_number(struct sk_buf *buf, const struct alert_values *v, bool ja) {
    bool about = false;
    uint64_t n = v ? alert_values_count(v, &about) : 1;
    if (about)
        sk_buf_str(buf, ja ? "約" : "about ");
    sk_buf_fmt(buf, "%llu", (unsigned long long)(n ? n : 1));
}

/* @return false: nothing to say, the fallback stands */
static bool add_word(struct sk_buf *buf, const struct template_from *from, const char *word, size_t n) {
    const struct alert *al = from->alert;
    char name[NAME_MAX_BYTES];
    snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), word);
    enum sk_field_id f = sk_field_find(name, strlen(name));
    size_t len = strlen(name);
    if (strcmp(name, "device") == 0)
        sk_buf_str(buf, from->device);
    else if (strcmp(name, "count") == 0)
        sk_buf_fmt(buf, "%llu", (unsigned long long)al->count);
    else if (strcmp(name, "members.count") == 0)
        add_number(buf, &al->members, from->ja);
    else if (strcmp(name, "duration") == 0)
        add_duration(buf, al, from->ja);
    else if (strcmp(name, "peak_rate") == 0)
        sk_buf_fmt(buf, "%llu", (unsigned long long)al->peak_rate);
    else if (strcmp(name, "destination") == 0)
        return add_destination(buf, from);
    else if (strncmp(name, "distinct.", 9) == 0 && (f = sk_field_find(name + 9, len - 9)))
        add_number(buf, values_of(al, f), from->ja);
    else if (len > 4 && strcmp(name + len - 4, ".top") == 0 && (f = sk_field_find(name, len - 4)))
        return add_top(buf, from, f);
    else
        return f && sk_fields[f].many != SK_M_RENDER && add_field(buf, from, f);
    return true;
}

static bool ends_with(const struct sk_buf *buf, size_t begin, const char *tail) {
    size_t n = strlen(tail);
    return buf->len - begin >= n && memcmp(buf->p + buf->len - n, tail, n) == 0;
}

/* ---- one of many ---- */

struct plural {
    const char *many, *one;
};
/* What a sentence says of more than one, right behind a number. */
static const struct plural verbs[] = {{" are ", " is "},     {" were ", " was "},     {" have ", " has "},
                                      {" do ", " does "},    {" speak ", " speaks "}, {" use ", " uses "},
                                      {" ask ", " asks "},   {" send ", " sends "},   {" put ", " puts "},
                                      {" take ", " takes "}, {" reach ", " reaches "}};

/* ` devices` -> ` device`, ` addresses` -> ` address`, ` queries` -> ` query`. @return bytes of text used, 0: no plural
 */
static size_t singular(struct sk_buf *buf, const char *text) {
    size_t n = text[0] == ' ';
    while (n && text[n] >= 'a' && text[n] <= 'z')
        n++;
    if (n < 4 || text[n - 1] != 's' || text[n - 2] == 's' || text[n - 2] == 'u' || text[n - 2] == 'i')
        return 0;
    size_t stem = n - 1;
    const char *tail = "";
    if (n > 5 && strncmp(text + n - 3, "ies", 3) == 0)
        stem = n - 3, tail = "y";
    else if (n > 5 && (strncmp(text + n - 4, "sses", 4) == 0 || strncmp(text + n - 4, "ches", 4) == 0 ||
                       strncmp(text + n - 4, "shes", 4) == 0 || strncmp(text + n - 3, "xes", 3) == 0))
        stem = n - 2;
    sk_buf_add(buf, text, stem);
    sk_buf_str(buf, tail);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strncmp(text + n, verbs[i].many, strlen(verbs[i].many)) == 0) {
            sk_buf_str(buf, verbs[i].one);
            return n + strlen(verbs[i].many);
        }
    return n;
}

/* Was `1` put in from `at` on, as a word of its own? */
static bool is_one(const struct sk_buf *buf, size_t at) {
    bool alone = at == 0 || buf->p[at - 1] == ' ' || buf->p[at - 1] == '(';
    return alone && buf->len == at + 1 && buf->p[at] == '1';
}

static bool begins_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '@'; }

void template_render(const char *text, const struct template_from *from, size_t max, struct sk_buf *buf) {
    size_t begin = buf->len;
    for (const char *p = text; *p;) {
        const char *end = *p == '{' && begins_word(p[1]) ? strchr(p, '}') : NULL;
        if (!end) {
            if (*p != ' ' || !ends_with(buf, begin, "）")) /* full-width brackets bring their own space */
                sk_buf_add(buf, p, 1);
            p++;
            continue;
        }
        const char *bar = memchr(p, '|', (size_t)(end - p));
        const char *word_end = bar ? bar : end;
        size_t at = buf->len;
        if (!add_word(buf, from, p + 1, (size_t)(word_end - p - 1)) && bar)
            sk_buf_add(buf, bar + 1, (size_t)(end - bar - 1));
        p = end + 1;
        if (!from->ja && is_one(buf, at))
            p += singular(buf, p);
    }
    if (buf->len - begin <= max)
        return;
    size_t n = max - 3;
    while (n > 0 && !sk_utf8_valid(buf->p + begin, n))
        n--;
    buf->len = begin + n;
    sk_buf_str(buf, "…");
}
