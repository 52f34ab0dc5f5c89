/* SPDX-License-Identifier: Apache-2.0 */
/* Typed reading of YAML nodes, with messages that say what would be right. */
#include "match/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

SK_PRINTF(4, 0)
static void report(const struct sk_load *l, enum sk_diag_level level, const struct sk_yaml *at, const char *fmt,
                   va_list ap) {
    char text[1024];
    vsnprintf(text, sizeof text, fmt, ap);
    sk_diag_add(l->diags, level, l->file, at ? at->line : 0, at ? at->col : 0, "%s", text);
}
void sk_load_error(const struct sk_load *l, const struct sk_yaml *at, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    report(l, SK_DIAG_ERROR, at, fmt, ap);
    va_end(ap);
}
void sk_load_warning(const struct sk_load *l, const struct sk_yaml *at, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    report(l, SK_DIAG_WARNING, at, fmt, ap);
    va_end(ap);
}

static const char *const level_names[] = {"", "informational", "low", "medium", "high", "critical", NULL};
const char *sk_level_name(enum sk_level l) { return level_names[l]; }
/* 0: no such level */
static enum sk_level level_find(const char *word, size_t len) {
    for (unsigned i = 1; level_names[i]; i++)
        if (strlen(level_names[i]) == len && memcmp(level_names[i], word, len) == 0)
            return (enum sk_level)i;
    return (enum sk_level)0;
}

bool sk_read_text(const struct sk_load *l, const struct sk_yaml *v, const char *key, const char **ret) {
    if (!v)
        return true;
    if (v->kind != SK_YAML_TEXT || v->len == 0) {
        sk_load_error(l, v, "`%s` needs text, got %s", key,
                      v->kind == SK_YAML_TEXT ? "an empty one" : sk_yaml_kind_name(v->kind));
        return false;
    }
    *ret = sk_arena_text(l->arena, v->text, v->len);
    return true;
}

static bool list_item(const struct sk_load *l, const struct sk_yaml *v, const char *key, const char **ret) {
    if ((v->kind != SK_YAML_TEXT && v->kind != SK_YAML_INT) || v->len == 0) {
        sk_load_error(l, v, "`%s` needs texts, got %s", key, sk_yaml_kind_name(v->kind));
        return false;
    }
    *ret = sk_arena_text(l->arena, v->text, v->len);
    return true;
}

bool sk_read_list(const struct sk_load *l, const struct sk_yaml *v, const char *key, struct sk_list *ret) {
    if (!v)
        return true;
    size_t n = v->kind == SK_YAML_LIST ? v->n : 1;
    const char **at = sk_arena_array(l->arena, n + 1, sizeof *at);
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok = list_item(l, v->kind == SK_YAML_LIST ? &v->item[i] : v, key, &at[i]) && ok;
    *ret = (struct sk_list){at, n};
    return ok;
}

bool sk_read_refs(const struct sk_load *l, const struct sk_yaml *v, const char *key, struct sk_refs *ret) {
    struct sk_list names = {0};
    if (!v)
        return true;
    bool ok = sk_read_list(l, v, key, &names);
    struct sk_ref *at = sk_arena_array(l->arena, names.n + 1, sizeof *at);
    for (size_t i = 0; ok && i < names.n; i++) {
        const struct sk_yaml *x = v->kind == SK_YAML_LIST ? &v->item[i] : v;
        at[i] = (struct sk_ref){names.at[i], l->file, x->line, x->col};
        sk_named_add(l, &at[i], key);
    }
    *ret = (struct sk_refs){at, ok ? names.n : 0};
    return ok;
}

bool sk_read_fields(const struct sk_load *l, const struct sk_yaml *v, const char *key, const enum sk_field_id **ret,
                    size_t *n) {
    if (!v)
        return true;
    if (v->kind != SK_YAML_LIST) {
        sk_load_error(l, v, "`%s` needs a list of fields, got %s", key, sk_yaml_kind_name(v->kind));
        return false;
    }
    enum sk_field_id *at = sk_arena_array(l->arena, v->n + 1, sizeof *at);
    bool ok = true;
    for (size_t i = 0; i < v->n; i++) {
        const struct sk_yaml *f = &v->item[i];
        if (f->kind != SK_YAML_TEXT) {
            sk_load_error(l, f, "`%s` needs names of fields, got %s", key, sk_yaml_kind_name(f->kind));
            ok = false;
            continue;
        }
        at[i] = sk_load_field(l, f, f->text, f->len, true);
        ok = ok && at[i] != SKF_none;
    }
    *ret = at;
    *n = v->n;
    return ok;
}

bool sk_read_word(const struct sk_load *l, const struct sk_yaml *v, const char *key, const char *const *words,
                  const char **ret) {
    if (!sk_read_text(l, v, key, ret))
        return false;
    if (!v)
        return true;
    struct sk_buf all = {0};
    for (const char *const *w = words; *w; w++) {
        if (strcmp(*w, *ret) == 0) {
            *ret = *w;
            sk_buf_free(&all);
            return true;
        }
        sk_buf_fmt(&all, "%s%s", all.len ? ", " : "", *w);
    }
    const char *near = sk_nearest(*ret, words);
    if (near)
        sk_load_error(l, v, "`%s` cannot be `%s`. Did you mean `%s`?", key, *ret, near);
    else
        sk_load_error(l, v, "`%s` cannot be `%s`. It is one of: %s", key, *ret, all.p);
    sk_buf_free(&all);
    return false;
}

bool sk_read_level(const struct sk_load *l, const struct sk_yaml *v, enum sk_level *ret) {
    const char *word = NULL;
    if (!sk_read_word(l, v, "level", level_names + 1, &word))
        return false;
    if (v)
        *ret = level_find(word, strlen(word));
    return true;
}

bool sk_read_span(const struct sk_load *l, const struct sk_yaml *v, const char *key, sk_time *ret) {
    if (!v)
        return true;
    sk_time n = 0;
    size_t i = 0;
    bool text = v->kind == SK_YAML_TEXT;
    while (text && i < 6 && v->text[i] >= '0' && v->text[i] <= '9')
        n = n * 10 + (v->text[i++] - '0');
    sk_time unit = 0;
    if (text && i > 0 && v->len == i + 1)
        unit = v->text[i] == 's'   ? SK_SEC
               : v->text[i] == 'm' ? 60 * SK_SEC
               : v->text[i] == 'h' ? 3600 * SK_SEC
               : v->text[i] == 'd' ? SK_DAY
                                   : 0;
    if (unit == 0 || n == 0 || n > 36500 * SK_DAY / unit) {
        sk_load_error(l, v, "`%s` needs a span such as 30s, 5m, 2h or 1d, got %s", key,
                      text ? v->text : sk_yaml_kind_name(v->kind));
        return false;
    }
    *ret = n * unit;
    return true;
}

bool sk_read_keys(const struct sk_load *l, const struct sk_yaml *map, const char *where, const char *const *words) {
    if (map->kind != SK_YAML_MAP) {
        sk_load_error(l, map, "%s needs a map, got %s", where, sk_yaml_kind_name(map->kind));
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < map->n; i++) {
        const char *const *w = words;
        while (*w && strcmp(*w, map->key[i].text) != 0)
            w++;
        if (*w)
            continue;
        ok = false;
        const char *near = sk_nearest(map->key[i].text, words);
        if (near)
            sk_load_error(l, &map->key[i], "%s has no key `%s`. Did you mean `%s`?", where, map->key[i].text, near);
        else
            sk_load_error(l, &map->key[i], "%s has no key `%s`", where, map->key[i].text);
    }
    return ok;
}

static const char *unit_word(const char *unit) {
    return strcmp(unit, "s") == 0 ? "seconds" : strcmp(unit, "B") == 0 ? "bytes" : unit;
}

/* Is a part of the name, between underscores? */
static bool has_part(const char *name, const char *part) {
    size_t n = strlen(part);
    for (const char *p = name; (p = strstr(p, part)); p++)
        if ((p == name || p[-1] == '_') && (p[n] == 0 || p[n] == '_'))
            return true;
    return false;
}

/* The nearest field: in the same group one whose name holds the word (`lifetime`: `router_lifetime`), of several one
 * that is no list; else the one with the fewest letters changed. */
static const char *near_field(const char *word) {
    const char *dot = strrchr(word, '.'), *best = NULL;
    size_t group = dot ? (size_t)(dot - word) + 1 : 0;
    bool best_one = false;
    for (unsigned f = 1; group > 0 && word[group] && f < SKF_COUNT; f++) {
        const char *name = sk_fields[f].name;
        bool one = sk_fields[f].many == SK_M_ONE;
        if (strncmp(name, word, group) != 0 || strchr(name + group, '.') || !has_part(name + group, word + group))
            continue;
        if (!best || one > best_one || (one == best_one && strlen(name) < strlen(best))) {
            best = name;
            best_one = one;
        }
    }
    return best ? best : sk_nearest(word, sk_field_names());
}

enum sk_field_id sk_load_field(const struct sk_load *l, const struct sk_yaml *at, const char *name, size_t len,
                               bool matchable) {
    static const char *const type[] = {"text", "address", "number", "number", "true or false", "time"};
    enum sk_field_id f = sk_field_find(name, len);
    if (f != SKF_none) {
        enum sk_field_many many = sk_fields[f].many;
        if (!matchable || many == SK_M_ONE || many == SK_M_LIST)
            return f;
        sk_load_error(l, at, "`%s` exists only in %s and cannot be matched", sk_fields[f].name,
                      many == SK_M_RENDER ? "messages" : "alerts");
        return SKF_none;
    }
    char word[128];
    snprintf(word, sizeof word, "%.*s", (int)(len > 100 ? 100 : len), name);
    const char *near = near_field(word);
    if (!near) {
        sk_load_error(l, at, "field `%s` does not exist (`sekimori fields` lists them)", word);
        return SKF_none;
    }
    const struct sk_field_info *info = &sk_fields[sk_field_find(near, strlen(near))];
    sk_load_error(l, at, "field `%s` does not exist. Did you mean `%s` (%s%s%s)?", word, near, type[info->type],
                  info->unit[0] ? ", " : "", unit_word(info->unit));
    return SKF_none;
}
