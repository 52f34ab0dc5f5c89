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

static bool test_field(const struct sk_pred *p, const struct sk_want *w, const struct sk_look *k,
                       const struct sk_value *v) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value o;
    for (uint32_t at = 0; sk_look_next(k, w->field.id, &at, scratch, &o);)
        if (test_pair(p, w, v, &o) != p->negated)
            return true;
    return false;
}

/* One element against one value. */
static bool test_value(const struct sk_pred *p, const struct sk_want *w, const struct sk_look *k,
                       const struct sk_value *v) {
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
        return test_field(p, w, k, v);
    case SK_WANT_NULL:
    case SK_WANT_ANY:
        return false;
    }
    return ok != p->negated;
}

static bool holds_now(const struct sk_want *w, const struct sk_look *k) {
    return w->until == 0 || k->ev->ts <= w->until;
}

/* One element against those of the values (from first to end) that hold now. */
static bool test_values(const struct sk_pred *p, size_t first, size_t end, const struct sk_look *k,
                        const struct sk_value *v) {
    for (size_t i = first; i < end; i++)
        if (holds_now(&p->want[i], k) && test_value(p, &p->want[i], k, v))
            return true;
    return false;
}

/* Some element of the field fits some of these values. */
static bool test_wants(const struct sk_pred *p, size_t first, size_t end, const struct sk_look *k) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    enum sk_want_kind kind = p->want[first].kind;
    if (kind == SK_WANT_NULL || kind == SK_WANT_ANY) /* they stand alone */
        return sk_event_has(k->ev, k->names, p->field) == (kind == SK_WANT_ANY);
    if (sk_event_lacks(k->ev, p->field))
        return false;
    if (sk_fields[p->field].many == SK_M_ONE)
        return sk_event_get(k->ev, k->names, p->field, 0, scratch, &v) && test_values(p, first, end, k, &v);
    for (uint32_t at = 0; sk_look_next(k, p->field, &at, scratch, &v);)
        if (test_values(p, first, end, k, &v))
            return true;
    return false;
}

/* The same over text and addresses of every field of the event. */
static bool test_keywords(const struct sk_pred *p, size_t first, size_t end, const struct sk_look *k) {
    char scratch[SK_EVENT_SCRATCH], text[SK_ADDR_TEXT];
    struct sk_value v;
    enum sk_field_id fields[SKF_COUNT];
    unsigned n = sk_event_fields(k->ev, k->names, fields);
    for (unsigned i = 0; i < n; i++) {
        enum sk_field_id f = fields[i];
        if (sk_fields[f].type != SK_T_KEYWORD && sk_fields[f].type != SK_T_IP)
            continue;
        for (uint32_t at = 0; sk_look_next(k, f, &at, scratch, &v);) {
            if (v.type == SK_T_IP) {
                sk_addr_text(&v.ip, text);
                v = (struct sk_value){.type = SK_T_KEYWORD, .s = {text, (uint32_t)strlen(text)}};
            }
            if (test_values(p, first, end, k, &v))
                return true;
        }
    }
    return false;
}

bool sk_pred_test(const struct sk_pred *p, const struct sk_look *k) {
    bool (*test)(const struct sk_pred *, size_t, size_t, const struct sk_look *) =
        p->field == SKF_none ? test_keywords : test_wants;
    bool some = false;
    if (p->n == 0) /* a list of the policy that is empty or not declared */
        return false;
    if (!p->all)
        return test(p, 0, p->n, k);
    for (size_t i = 0; i < p->n; i++) {
        if (!holds_now(&p->want[i], k))
            continue;
        if (!test(p, i, i + 1, k))
            return false;
        some = true;
    }
    return some;
}

/* Rules of one event type ask much the same. */
static bool ask(const struct sk_pred *p, const struct sk_look *k) {
    if (!k->said || !p->shared)
        return sk_pred_test(p, k);
    uint64_t *said = &k->said[p->shared];
    if (*said >> 1 != k->serial)
        *said = k->serial << 1 | (sk_pred_test(p, k) ? 1 : 0);
    return *said & 1;
}

bool sk_program_run(const struct sk_program *prog, const struct sk_pred *pred, const struct sk_look *k) {
    uint16_t at = prog->n > 0 ? 0 : SK_STEP_NO;
    while (at < SK_STEP_NO) {
        const struct sk_step *s = &prog->at[at];
        at = ask(&pred[s->pred], k) ? s->yes : s->no;
    }
    return at == SK_STEP_YES;
}
