/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message templates: `{field}` and `{field|what stands there when it is absent}`. A brace that is not followed by a
 * lower-case letter, a digit or `@` is only a brace, so that configuration lines can stand in advice.
 *
 * Beside fields there are names made when the alert is rendered; those that are not in the field table stand here.
 */
#include "match/rule.h"

#include <stdio.h>

static const char *const rendered[] = {"device",        "destination", "duration", "count",
                                       "members.count", "peak_rate",   NULL};

static bool is_rendered(const char *s, size_t n) {
    for (const char *const *r = rendered; *r; r++)
        if (strlen(*r) == n && memcmp(*r, s, n) == 0)
            return true;
    return false;
}

/* {distinct.FIELD} counts the different values of a field, {FIELD.top} names its most frequent ones. */
static bool is_name(const char *s, size_t n) {
    if (sk_field_find(s, n) != SKF_none || is_rendered(s, n))
        return true;
    if (n > 9 && memcmp(s, "distinct.", 9) == 0)
        return sk_field_find(s + 9, n - 9) != SKF_none;
    return n > 4 && memcmp(s + n - 4, ".top", 4) == 0 && sk_field_find(s, n - 4) != SKF_none;
}

static bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '@'; }

/* The part that may be wrong in a word: of distinct.X the X. */
static bool unknown(const struct sk_load *l, const struct sk_yaml *at, const char *s, size_t n) {
    if (n > 9 && memcmp(s, "distinct.", 9) == 0)
        s += 9, n -= 9;
    else if (n > 4 && memcmp(s + n - 4, ".top", 4) == 0)
        n -= 4;
    char word[128];
    snprintf(word, sizeof word, "%.*s", (int)(n > 100 ? 100 : n), s);
    const char *near = sk_nearest(word, rendered);
    if (near && sk_nearest(word, sk_field_names()) == NULL)
        sk_load_error(l, at, "{%s} is no field and no word of messages. Did you mean {%s}?", word, near);
    else
        (void)sk_load_field(l, at, s, n, false);
    return false;
}

/* {distinct.F} and {F.top} need the different values of F: the alert keeps them. */
static bool tell(const struct sk_load *l, const struct sk_yaml *at, const char *s, size_t n, struct sk_rule *r) {
    enum sk_field_id f = SKF_none;
    if (n > 9 && memcmp(s, "distinct.", 9) == 0)
        f = sk_field_find(s + 9, n - 9);
    else if (n > 4 && memcmp(s + n - 4, ".top", 4) == 0 && sk_field_find(s, n) == SKF_none)
        f = sk_field_find(s, n - 4);
    for (size_t i = 0; i < r->n_told; i++)
        if (r->told[i] == f)
            return true;
    if (f == SKF_none)
        return true;
    if (r->n_told == SK_RULE_GROWS) {
        sk_load_error(l, at, "messages may count the values of %d fields at most", SK_RULE_GROWS);
        return false;
    }
    enum sk_field_id *told = sk_arena_array(l->arena, SK_RULE_GROWS, sizeof *told);
    for (size_t i = 0; i < r->n_told; i++)
        told[i] = r->told[i];
    told[r->n_told++] = f;
    r->told = told;
    return true;
}

bool sk_template_check(const struct sk_load *l, const struct sk_yaml *text, struct sk_rule *r) {
    const char *s = text->text;
    size_t n = text->len;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        if (s[i] != '{' || i + 1 == n || !starts_name(s[i + 1]))
            continue;
        size_t name = i + 1, end = name;
        while (end < n && s[end] != '}' && s[end] != '|')
            end++;
        struct sk_yaml at = *text;
        if (!memchr(s, '\n', n))
            at.col += text->quoted + (unsigned)sk_text_columns(s, i);
        if (end == n || !memchr(s + end, '}', n - end)) {
            sk_load_error(l, &at, "`{` is not closed by `}`");
            return false;
        }
        if (!is_name(s + name, end - name))
            ok = unknown(l, &at, s + name, end - name);
        else
            ok = tell(l, &at, s + name, end - name, r) && ok;
        i = (size_t)((const char *)memchr(s + end, '}', n - end) - s);
    }
    return ok;
}
