/* SPDX-License-Identifier: Apache-2.0 */
/* Append-only JSON writer; the same bytes as jansson's compact form. */
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "sekimori/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void misuse(const char *what) { /* a programmer's error: the contract of text.h was broken */
    (void)fprintf(stderr, "sekimori: json writer: %s\n", what);
    abort();
}

size_t sk_json_real_text(double v, char out[SK_JSON_REAL_TEXT]) {
    if (!isfinite(v)) /* JSON has no word for it; callers do not produce it */
        v = 0.0;
    char raw[SK_JSON_REAL_TEXT];
    (void)snprintf(raw, sizeof raw, "%.*g", SK_JSON_PRECISION, v);
    size_t o = 0;
    bool whole = true;    /* neither point nor exponent so far */
    bool leading = false; /* at the first digits of an exponent, where '+' and zeros go */
    for (size_t i = 0; raw[i]; i++) {
        char c = raw[i];
        if (leading && (c == '+' || (c == '0' && raw[i + 1])))
            continue;
        if (c >= '0' && c <= '9')
            leading = false;
        else if (c == 'e')
            leading = true;
        else if (c != '-' && c != '+')
            c = '.'; /* the locale's decimal point, whatever it is */
        whole = whole && c != '.' && c != 'e';
        out[o++] = c;
    }
    if (whole) {
        out[o++] = '.';
        out[o++] = '0';
    }
    out[o] = '\0';
    return o;
}

void sk_json_begin(struct sk_json_out *j, struct sk_buf *buf) { *j = (struct sk_json_out){.buf = buf}; }

/* What stands before a value: nothing after a key, else a comma unless it is the first of its container. */
static void before_value(struct sk_json_out *j) {
    uint64_t bit = UINT64_C(1) << j->depth;
    if (j->after_key)
        j->after_key = false;
    else if (j->comma & bit)
        sk_buf_add(j->buf, ",", 1);
    j->comma |= bit;
}

static void open_container(struct sk_json_out *j, const char *bracket) {
    before_value(j);
    if (j->depth >= 63)
        misuse("more than 63 levels");
    j->depth++;
    j->comma &= ~(UINT64_C(1) << j->depth);
    sk_buf_add(j->buf, bracket, 1);
}

static void close_container(struct sk_json_out *j, const char *bracket) {
    if (j->depth == 0 || j->after_key)
        misuse("end without begin, or a key without value");
    j->depth--;
    sk_buf_add(j->buf, bracket, 1);
}

void sk_json_object(struct sk_json_out *j) { open_container(j, "{"); }
void sk_json_end_object(struct sk_json_out *j) { close_container(j, "}"); }
void sk_json_array(struct sk_json_out *j) { open_container(j, "["); }
void sk_json_end_array(struct sk_json_out *j) { close_container(j, "]"); }

void sk_json_unhide(struct sk_buf *b, const char *s, size_t n) {
    size_t from = 0; /* what needs no escape is added in runs */
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)s[i];
        uint32_t code = c;
        unsigned len = c < 0x7f ? 1 : sk_utf8_next((const uint8_t *)s + i, n - i, &code);
        if (c >= 0x7f && len && sk_char_hidden(code)) {
            sk_buf_add(b, s + from, i - from);
            from = i + len;
            if (code > 0xffff)
                sk_buf_fmt(b, "\\u%04X\\u%04X", 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
            else
                sk_buf_fmt(b, "\\u%04X", code);
        }
        i += len ? len : 1;
    }
    sk_buf_add(b, s + from, n - from);
}

static void quote(struct sk_buf *b, const char *s, size_t n) {
    sk_buf_add(b, "\"", 1);
    size_t from = 0; /* bytes that need no escape are added in runs */
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        sk_json_unhide(b, s + from, i - from);
        from = i + 1;
        static const char short_form[] = "btn\0fr"; /* U+0008 .. U+000D; U+000B has none */
        if (c == '"' || c == '\\')
            sk_buf_fmt(b, "\\%c", c);
        else if (c >= 8 && c <= 13 && short_form[c - 8])
            sk_buf_fmt(b, "\\%c", short_form[c - 8]);
        else
            sk_buf_fmt(b, "\\u%04X", c);
    }
    sk_json_unhide(b, s + from, n - from);
    sk_buf_add(b, "\"", 1);
}

char *sk_json_safe(const char *s, size_t n, size_t *ret_n) {
    if (sk_utf8_valid(s, n))
        return NULL;
    size_t cap = n * 4 + 1;
    char *safe = sk_mem_new(cap, 1);
    *ret_n = sk_text_escape((const uint8_t *)s, n, safe, cap);
    return safe;
}

static void put_text(struct sk_json_out *j, const char *s, size_t n) {
    size_t safe_n;
    char *safe = sk_json_safe(s, n, &safe_n);
    quote(j->buf, safe ? safe : s, safe ? safe_n : n);
    free(safe);
}

void sk_json_key(struct sk_json_out *j, const char *key) {
    if (j->after_key)
        misuse("two keys in a row");
    before_value(j);
    put_text(j, key, strlen(key));
    sk_buf_add(j->buf, ":", 1);
    j->after_key = true;
}

void sk_json_textn(struct sk_json_out *j, const char *s, size_t n) {
    before_value(j);
    put_text(j, s, n);
}

void sk_json_text(struct sk_json_out *j, const char *s) { sk_json_textn(j, s, strlen(s)); }

void sk_json_int(struct sk_json_out *j, int64_t v) {
    before_value(j);
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)v);
    sk_buf_add(j->buf, text, (size_t)n);
}

void sk_json_real(struct sk_json_out *j, double v) {
    before_value(j);
    char text[SK_JSON_REAL_TEXT];
    size_t n = sk_json_real_text(v, text);
    sk_buf_add(j->buf, text, n);
}

void sk_json_bool(struct sk_json_out *j, bool v) {
    before_value(j);
    sk_buf_str(j->buf, v ? "true" : "false");
}
