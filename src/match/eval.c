/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation: an absent field makes every comparison false; a list matches if any element does. */
#include "match/pred.h"

#include <string.h>

static bool number_fits(const struct sk_pred *p, int order) {
    switch (p->cmp) {
    case SK_CMP_LT:
        return order < 0;
    case SK_CMP_LTE:
        return order <= 0;
    case SK_CMP_GT:
        return order > 0;
    case SK_CMP_GTE:
        return order >= 0;
    default:
        return order == 0;
    }
}

/* Exact also where a double cannot hold the integer. */
static int compare_int_real(int64_t i, double f) {
    if (f >= 9223372036854775808.0)
        return -1;
    if (f < -9223372036854775808.0)
        return 1;
    int64_t whole = (int64_t)f;
    if (i != whole)
        return i < whole ? -1 : 1;
    double rest = f - (double)whole;
    return rest > 0 ? -1 : rest < 0 ? 1 : 0;
}

static int compare_int(int64_t a, int64_t b) { return a < b ? -1 : a > b; }
static int compare_real(double a, double b) { return a < b ? -1 : a > b; }

static bool is_whole(enum sk_field_type t) { return t == SK_T_LONG || t == SK_T_DATE || t == SK_T_BOOL; }

static bool test_number(const struct sk_pred *p, const struct sk_want *w, const struct sk_value *v) {
    if (v->type == SK_T_LONG)
        return number_fits(p, w->kind == SK_WANT_INT ? compare_int(v->i, w->i) : compare_int_real(v->i, w->f));
    if (v->type != SK_T_FLOAT)
        return false;
    return number_fits(p, w->kind == SK_WANT_INT ? -compare_int_real(w->i, v->f) : compare_real(v->f, w->f));
}

static bool same_bytes(const char *a, const char *b, size_t n, bool cased) {
    if (cased)
        return memcmp(a, b, n) == 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char x = (unsigned char)a[i], y = (unsigned char)b[i];
        x = x >= 'A' && x <= 'Z' ? (unsigned char)(x + 32) : x;
        y = y >= 'A' && y <= 'Z' ? (unsigned char)(y + 32) : y;
        if (x != y)
            return false;
    }
    return true;
}

static bool test_text_pair(const struct sk_value *v, const struct sk_value *o, enum sk_wrap wrap, bool cased) {
    size_t n = v->s.len, m = o->s.len;
    if (m > n || (wrap == SK_WRAP_NONE && m != n))
        return false;
    if (wrap == SK_WRAP_ENDS)
        return same_bytes(v->s.p + (n - m), o->s.p, m, cased);
    if (wrap != SK_WRAP_CONTAINS)
        return same_bytes(v->s.p, o->s.p, m, cased);
    for (size_t i = 0; i + m <= n; i++) /* both are at most SK_EVENT_TEXT_MAX long */
        if (same_bytes(v->s.p + i, o->s.p, m, cased))
            return true;
    return false;
}

static bool test_pair(const struct sk_pred *p, const struct sk_want *w, const struct sk_value *v,
                      const struct sk_value *o) {
    if (v->type == SK_T_KEYWORD && o->type == SK_T_KEYWORD)
        return test_text_pair(v, o, w->field.wrap, p->cased);
    if (v->type == SK_T_IP && o->type == SK_T_IP)
        return sk_addr_eq(&v->ip, &o->ip);
    if (is_whole(v->type) && is_whole(o->type))
        return number_fits(p, compare_int(v->i, o->i));
    if (is_whole(v->type) && o->type == SK_T_FLOAT)
        return number_fits(p, compare_int_real(v->i, o->f));
    if (v->type == SK_T_FLOAT && is_whole(o->type))
        return number_fits(p, -compare_int_real(o->i, v->f));
    return v->type == SK_T_FLOAT && o->type == SK_T_FLOAT && number_fits(p, compare_real(v->f, o->f));
}

static bool test_field(const struct sk_pred *p, const struct sk_want *w, const struct sk_event *ev,
                       const struct sk_names *names, const struct sk_value *v) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value o;
    for (unsigned k = 0; sk_event_get(ev, names, w->field.id, k, scratch, &o); k++)
        if (test_pair(p, w, v, &o) != p->negated)
            return true;
    return false;
}

/* One element against one value. */
static bool test_value(const struct sk_pred *p, const struct sk_want *w, const struct sk_event *ev,
                       const struct sk_names *names, const struct sk_value *v) {
    bool ok = false;
    switch (w->kind) {
    case SK_WANT_GLOB:
        ok = v->type == SK_T_KEYWORD && sk_glob_match(&w->glob, v->s.p, v->s.len, NULL);
        break;
    case SK_WANT_REGEX:
        ok = v->type == SK_T_KEYWORD && sk_regex_match(&w->regex, v->s.p, v->s.len, NULL);
        break;
    case SK_WANT_INT:
    case SK_WANT_REAL:
        ok = test_number(p, w, v);
        break;
    case SK_WANT_BOOL:
        ok = v->type == SK_T_BOOL && (v->i != 0) == w->b;
        break;
    case SK_WANT_PREFIX:
        ok = v->type == SK_T_IP && sk_prefix_has(&w->prefix, &v->ip);
        break;
    case SK_WANT_FIELD:
        return test_field(p, w, ev, names, v);
    case SK_WANT_NULL:
    case SK_WANT_ANY:
        return false;
    }
    return ok != p->negated;
}

static bool test_want(const struct sk_pred *p, const struct sk_want *w, const struct sk_event *ev,
                      const struct sk_names *names) {
    if (w->kind == SK_WANT_NULL || w->kind == SK_WANT_ANY)
        return sk_event_has(ev, names, p->field) == (w->kind == SK_WANT_ANY);
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    for (unsigned k = 0; sk_event_get(ev, names, p->field, k, scratch, &v); k++)
        if (test_value(p, w, ev, names, &v))
            return true;
    return false;
}

/* Text and addresses of every field of the event. */
static bool test_keyword(const struct sk_pred *p, const struct sk_want *w, const struct sk_event *ev,
                         const struct sk_names *names) {
    char scratch[SK_EVENT_SCRATCH], text[SK_ADDR_TEXT];
    struct sk_value v;
    enum sk_field_id fields[SKF_COUNT];
    unsigned n = sk_event_fields(ev, names, fields);
    for (unsigned i = 0; i < n; i++) {
        enum sk_field_id f = fields[i];
        if (sk_fields[f].type != SK_T_KEYWORD && sk_fields[f].type != SK_T_IP)
            continue;
        for (unsigned k = 0; sk_event_get(ev, names, f, k, scratch, &v); k++) {
            if (v.type == SK_T_IP) {
                sk_addr_text(&v.ip, text);
                v = (struct sk_value){.type = SK_T_KEYWORD, .s = {text, (uint32_t)strlen(text)}};
            }
            if (test_value(p, w, ev, names, &v))
                return true;
        }
    }
    return false;
}

bool sk_pred_test(const struct sk_pred *p, const struct sk_event *ev, const struct sk_names *names, sk_time now) {
    bool some = false;
    for (size_t i = 0; i < p->n; i++) {
        const struct sk_want *w = &p->want[i];
        if (w->until != 0 && now > w->until)
            continue;
        bool ok = p->field == SKF_none ? test_keyword(p, w, ev, names) : test_want(p, w, ev, names);
        if (ok != p->all)
            return ok;
        some = true;
    }
    return some && p->all;
}

bool sk_program_run(const struct sk_program *prog, const struct sk_pred *pred, const struct sk_event *ev,
                    const struct sk_names *names, sk_time now) {
    uint16_t at = prog->n > 0 ? 0 : SK_STEP_NO;
    while (at < SK_STEP_NO) {
        const struct sk_step *s = &prog->at[at];
        at = sk_pred_test(&pred[s->pred], ev, names, now) ? s->yes : s->no;
    }
    return at == SK_STEP_YES;
}
