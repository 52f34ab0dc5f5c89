/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of `sekimori explain`. The alert line may come from anywhere: nothing of it reaches the terminal unfiltered. */
#include "alert/explain.h"
#include "alert/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LABEL_COLUMNS = 14, SHOWN = 4 };

void explain_put(struct explain *e, const char *text) { sk_buf_printable(&e->out, text, strlen(text)); }

void explain_label(struct explain *e, const char *name) {
    name = name ? name : "";
    sk_buf_str(&e->out, "  ");
    sk_buf_str(&e->out, name);
    for (size_t used = sk_text_columns(name, strlen(name)); used < LABEL_COLUMNS; used++)
        sk_buf_str(&e->out, " ");
}

void explain_line(struct explain *e, const char *name, const char *text) {
    if (!text || !text[0])
        return;
    explain_label(e, name);
    explain_put(e, text);
    sk_buf_str(&e->out, "\n");
}

void explain_leaf(struct explain *e, const sk_json *v, enum sk_field_id f) {
    bool is_list = sk_json_kind_of(v) == SK_JSON_ARRAY;
    size_t n = is_list ? sk_json_size(v) : 1;
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        const sk_json *item = is_list ? sk_json_item(v, i) : v;
        enum sk_json_kind kind = sk_json_kind_of(item);
        if (kind == SK_JSON_OBJECT || kind == SK_JSON_ARRAY || kind == SK_JSON_NULL)
            continue;
        if (i)
            sk_buf_str(&e->out, e->ja ? "、" : ", ");
        const char *text = sk_json_text_of(item);
        if (text) {
            explain_put(e, e->ja && f ? alert_word_ja(f, text) : text);
            continue;
        }
        if (kind == SK_JSON_REAL) { /* people read it */
            sk_buf_fmt(&e->out, "%.2f", sk_json_real_of(item));
            continue;
        }
        char *other = sk_json_line(item);
        explain_put(e, other);
        free(other);
    }
    if (n > SHOWN)
        sk_buf_str(&e->out, " …");
}

const sk_json *explain_value(const struct explain *e, const char *field) {
    char path[160];
    if (!e->alert)
        return NULL;
    snprintf(path, sizeof path, "sekimori.facts.%s", field);
    const sk_json *v = sk_json_at(e->alert, path);
    return v ? v : sk_json_at(e->alert, field);
}

const char *explain_text(const struct explain *e, const char *field) {
    const sk_json *v = explain_value(e, field);
    const char *text = sk_json_text_of(sk_json_kind_of(v) == SK_JSON_ARRAY ? sk_json_item(v, 0) : v);
    return text && text[0] ? text : NULL;
}

/* What stands for a value that is not known: a place that people fill in. By the field, or the end of its name. */
static void unknown_value(struct explain *e, const char *field) {
    static const char *const words[][3] = {{"source.mac", "sender's MAC", "送信元MAC"},
                                           {"source.ip", "sender's address", "送信元アドレス"},
                                           {"destination.mac", "receiver's MAC", "宛先MAC"},
                                           {"destination.ip", "receiver's address", "宛先アドレス"},
                                           {"ip.forwarder.mac", "forwarder's MAC", "転送した機器のMAC"},
                                           {"network.name", "segment", "セグメント名"},
                                           {".kind", "kind", "種別"},
                                           {".port", "port", "ポート番号"},
                                           {".prefix", "prefix", "プレフィックス"},
                                           {".domain", "domain", "ドメイン名"},
                                           {".mac", "MAC", "MAC"},
                                           {".ip", "address", "アドレス"}};
    size_t n = strlen(field);
    enum sk_field_id f = sk_field_find(field, n);
    const char *word = f && sk_fields[f].type == SK_T_BOOL ? (e->ja ? "はい・いいえ" : "yes or no") : NULL;
    for (size_t i = 0; !word && i < sizeof words / sizeof *words; i++) {
        size_t tail = strlen(words[i][0]);
        if (n >= tail && strcmp(field + n - tail, words[i][0]) == 0 && (n == tail || words[i][0][0] == '.'))
            word = words[i][e->ja ? 2 : 1];
    }
    sk_buf_str(&e->out, "<");
    explain_put(e, word ? word : field);
    sk_buf_str(&e->out, ">");
}

/* One {field|fallback}: the alert's value; else the fallback; else a place to fill in. Without an alert a fallback that
 * says yes or no would say what nobody looked at. */
static void placeholder(struct explain *e, const char *p, const char *end) {
    char field[96];
    const char *bar = memchr(p, '|', (size_t)(end - p));
    const char *name_end = bar ? bar : end;
    snprintf(field, sizeof field, "%.*s", (int)(name_end - p - 1), p + 1);
    enum sk_field_id f = sk_field_find(field, strlen(field));
    const sk_json *v = explain_value(e, field);
    size_t before = e->out.len;
    if (v)
        explain_leaf(e, v, f);
    if (e->out.len > before)
        return;
    if (bar && (e->alert || !f || sk_fields[f].type != SK_T_BOOL))
        sk_buf_printable(&e->out, bar + 1, (size_t)(end - bar - 1));
    else
        unknown_value(e, field);
}

void explain_filled(struct explain *e, const char *text) {
    for (const char *p = text; *p;) {
        const char *end = *p == '{' && ((p[1] >= 'a' && p[1] <= 'z') || p[1] == '@') ? strchr(p, '}') : NULL;
        if (end) {
            placeholder(e, p, end);
            p = end + 1;
            continue;
        }
        size_t n = 1 + strcspn(p + 1, "{");
        sk_buf_printable(&e->out, p, n);
        p += n;
    }
}

void explain_list(struct explain *e, const char *name, const char *path) {
    const sk_json *at = e->alert ? sk_json_at(e->alert, path) : NULL;
    for (size_t i = 0; i < sk_json_size(at); i++)
        explain_line(e, i == 0 ? name : "", sk_json_text_of(sk_json_item(at, i)));
}

void explain_local(struct explain *e, const char *utc, bool day) {
    struct tm tm;
    char text[64];
    sk_time at = 0;
    if (!utc || !sk_time_parse(utc, &at)) {
        explain_put(e, utc ? utc : "?");
        return;
    }
    time_t t = (time_t)(at / SK_SEC);
    if (localtime_r(&t, &tm) && strftime(text, sizeof text, day ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &tm))
        explain_put(e, text);
}
