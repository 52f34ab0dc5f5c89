/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as a tree: jansson behind a wall. A sk_json is a json_t by another name. */
#include "base/json.h"
#include "base/mem.h"
#include "sekimori/text.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { KEY_MAX = 256, LINE_FLAGS = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(SK_JSON_PRECISION) };

static json_t *tree(sk_json *v) { return (json_t *)v; }
/* jansson's readers take const, but some of its macros drop it. */
static const json_t *tree_const(const sk_json *v) { return (const json_t *)v; }
static sk_json *wrap(json_t *v) {
    if (!v)
        sk_mem_abort();
    return (sk_json *)v;
}

static sk_json *text_value(const char *s) {
    size_t n = strlen(s);
    char *safe = sk_json_safe(s, n, &n);
    json_t *v = json_stringn_nocheck(safe ? safe : s, n); /* checked by sk_json_safe */
    free(safe);
    return wrap(v);
}

sk_json *sk_json_new_object(void) { return wrap(json_object()); }
sk_json *sk_json_new_array(void) { return wrap(json_array()); }

void sk_json_set(sk_json *o, const char *key, sk_json *v) {
    size_t n = strlen(key);
    char *safe = sk_json_safe(key, n, &n);
    if (json_object_set_new_nocheck(tree(o), safe ? safe : key, tree(v)) != 0) {
        (void)fprintf(stderr, "sekimori: json: cannot set \"%s\" here\n", safe ? safe : key);
        abort();
    }
    free(safe);
}

/* The first name of a dotted path into out. @return what follows it, or NULL when it was the last */
static const char *path_step(const char *path, char out[KEY_MAX]) {
    const char *dot = strchr(path, '.');
    size_t n = dot ? (size_t)(dot - path) : strlen(path);
    if (n >= KEY_MAX) {
        (void)fprintf(stderr, "sekimori: json: a name in the path \"%.40s...\" is too long\n", path);
        abort();
    }
    memcpy(out, path, n);
    out[n] = '\0';
    return dot ? dot + 1 : NULL;
}

void sk_json_put(sk_json *o, const char *path, sk_json *v) {
    char key[KEY_MAX];
    for (;;) {
        const char *rest = path_step(path, key);
        if (!rest)
            break;
        json_t *child = json_object_get(tree(o), key);
        if (!child) {
            child = json_object();
            sk_json_set(o, key, wrap(child));
        }
        o = (sk_json *)child;
        path = rest;
    }
    sk_json_set(o, key, v);
}

void sk_json_put_text(sk_json *o, const char *path, const char *s) { sk_json_put(o, path, text_value(s)); }
void sk_json_put_int(sk_json *o, const char *path, int64_t v) { sk_json_put(o, path, wrap(json_integer(v))); }
void sk_json_put_real(sk_json *o, const char *path, double v) {
    sk_json_put(o, path, wrap(json_real(isfinite(v) ? v : 0.0)));
}
void sk_json_put_bool(sk_json *o, const char *path, bool v) { sk_json_put(o, path, wrap(json_boolean(v))); }

void sk_json_add(sk_json *array, sk_json *v) {
    if (json_array_append_new(tree(array), tree(v)) != 0) {
        (void)fputs("sekimori: json: cannot append here\n", stderr);
        abort();
    }
}
void sk_json_add_text(sk_json *array, const char *s) { sk_json_add(array, text_value(s)); }
void sk_json_add_int(sk_json *array, int64_t v) { sk_json_add(array, wrap(json_integer(v))); }

char *sk_json_line(const sk_json *v) {
    char *line = json_dumps(tree_const(v), LINE_FLAGS);
    struct sk_buf b = {0};
    if (line)
        sk_json_unhide(&b, line, strlen(line)); /* outside texts there is nothing but ASCII */
    else
        sk_mem_abort();
    free(line);
    return b.p;
}

sk_json *sk_json_parse(const char *text, size_t n, struct sk_error *err) {
    json_error_t e;
    json_t *v = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (v)
        return (sk_json *)v;
    unsigned line = e.line > 0 ? (unsigned)e.line : 1;
    unsigned col = e.column > 0 ? (unsigned)e.column : 1;
    (void)sk_error_at(err, SK_EFORMAT, NULL, line, col, "no valid JSON: %s", e.text);
    return NULL;
}

const sk_json *sk_json_get(const sk_json *o, const char *key) {
    return (const sk_json *)json_object_get(tree_const(o), key);
}

const sk_json *sk_json_at(const sk_json *v, const char *path) {
    char key[KEY_MAX];
    while (v && path) {
        path = path_step(path, key);
        v = sk_json_get(v, key);
    }
    return v;
}

const char *sk_json_text_of(const sk_json *v) { return json_string_value(tree_const(v)); }

const char *sk_json_get_text(const sk_json *v, const char *path) { return sk_json_text_of(sk_json_at(v, path)); }

int64_t sk_json_get_int(const sk_json *v, const char *path, int64_t absent) {
    const json_t *at = tree_const(sk_json_at(v, path));
    return json_is_integer(at) ? json_integer_value(at) : absent;
}

bool sk_json_get_bool(const sk_json *v, const char *path, bool absent) {
    const json_t *at = tree_const(sk_json_at(v, path));
    return json_is_boolean(at) ? json_is_true(at) : absent;
}

enum sk_json_kind sk_json_kind_of(const sk_json *v) {
    if (!v)
        return SK_JSON_ABSENT;
    switch (json_typeof(tree_const(v))) {
    case JSON_OBJECT:
        return SK_JSON_OBJECT;
    case JSON_ARRAY:
        return SK_JSON_ARRAY;
    case JSON_STRING:
        return SK_JSON_TEXT;
    case JSON_INTEGER:
        return SK_JSON_INT;
    case JSON_REAL:
        return SK_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return SK_JSON_BOOL;
    case JSON_NULL:
        break;
    }
    return SK_JSON_NULL;
}

int64_t sk_json_int_of(const sk_json *v) {
    const json_t *t = tree_const(v);
    return json_is_true(t) ? 1 : (int64_t)json_integer_value(t);
}

double sk_json_real_of(const sk_json *v) { return json_number_value(tree_const(v)); }

size_t sk_json_size(const sk_json *v) {
    const json_t *t = tree_const(v);
    return json_is_array(t) ? json_array_size(t) : json_object_size(t);
}

const sk_json *sk_json_item(const sk_json *array, size_t i) {
    return (const sk_json *)json_array_get(tree_const(array), i);
}

const char *sk_json_each(const sk_json *o, const char *after, const sk_json **ret) {
    json_t *t = (json_t *)(uintptr_t)o; /* jansson's iterators take no const, but do not write */
    void *at = after ? json_object_iter_next(t, json_object_key_to_iter(after)) : json_object_iter(t);
    *ret = (const sk_json *)json_object_iter_value(at);
    return json_object_iter_key(at);
}

sk_json *sk_json_copy(const sk_json *v) { return wrap(json_deep_copy(tree_const(v))); }

void sk_json_free(sk_json *v) { json_decref(tree(v)); }
