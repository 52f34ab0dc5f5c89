/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys and the one loop that walks a map by it. */
#include "policy/read.h"

#include <stdio.h>

static const struct pol_key keys[] = {
#define POL_FN(path, reader, text)                {path, reader, 0, false, text},
#define POL_MAP(path, text)                       {path, NULL, 0, true, text},
#define POL_KEY(path, reader, type, member, text) {path, reader, offsetof(type, member), false, text},
#define POL_NEED(path, key, like)
#include "policy/keys.def"
#undef POL_FN
#undef POL_MAP
#undef POL_KEY
#undef POL_NEED
};
enum { KEYS = sizeof keys / sizeof *keys };
_Static_assert(sizeof keys / sizeof *keys <= (size_t)POL_KEYS_MAX, "raise POL_KEYS_MAX");

static const struct pol_needed needed[] = {
#define POL_FN(path, reader, text)
#define POL_MAP(path, text)
#define POL_KEY(path, reader, type, member, text)
#define POL_NEED(path, key, like) {path, key, like},
#include "policy/keys.def"
#undef POL_FN
#undef POL_MAP
#undef POL_KEY
#undef POL_NEED
};

static const char *const key_names[] = {
#define POL_FN(path, reader, text)                path,
#define POL_MAP(path, text)                       path,
#define POL_KEY(path, reader, type, member, text) path,
#define POL_NEED(path, key, like)
#include "policy/keys.def"
    NULL,
};

const struct pol_key *pol_key_at(size_t i) { return i < KEYS ? &keys[i] : NULL; }

const struct pol_needed *pol_needed_at(size_t i) { return i < sizeof needed / sizeof *needed ? &needed[i] : NULL; }

/* Is there a key that is none, and that was told to be this one misspelt? */
static bool misspelt(const char *path, const struct sk_yaml *v, const char *wanted) {
    const char *const word[] = {wanted, NULL};
    char full[256];
    for (size_t i = 0; v->kind == SK_YAML_MAP && i < v->n; i++) {
        int n = snprintf(full, sizeof full, "%s.%s", path, v->key[i].text);
        if (n > 0 && (size_t)n < sizeof full && !pol_key_find(full) && sk_nearest(v->key[i].text, word))
            return true;
    }
    return false;
}

void pol_need(struct pol_read *r, const char *path, const struct sk_yaml *v, const char *key, const char *like) {
    for (size_t i = 0; v->kind == SK_YAML_MAP && i < v->n; i++)
        if (v->key[i].broken)
            return; /* that may have been it */
    if (v->kind == SK_YAML_MAP && !sk_yaml_get(v, key) && !misspelt(path, v, key))
        POL_ERROR(r, v, "this entry has no `%s`. Add %s: %s", key, key, like);
}

void pol_need_all(struct pol_read *r, const char *path, const struct sk_yaml *v) {
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (strcmp(needed[i].path, path) == 0)
            pol_need(r, path, v, needed[i].key, needed[i].like);
}

const struct pol_key *pol_key_find(const char *path) {
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].path, path) == 0)
            return &keys[i];
    return NULL;
}

size_t pol_key_row(const struct pol_key *key) { return (size_t)(key - keys); }

bool pol_declared(const struct sk_policy *p, const char *path) {
    const struct pol_key *key = pol_key_find(path);
    return key && p->declared[pol_key_row(key)];
}

bool sk_policy_declares(const struct sk_policy *p, const char *key, bool *ret_known) {
    const struct pol_key *row = pol_key_find(key);
    *ret_known = row != NULL;
    return row && p->declared[pol_key_row(row)];
}

const char *const *sk_policy_keys(void) { return key_names; }

/* The last word of a row that stands directly below path, or NULL. */
static const char *word_below(const char *row, const char *path) {
    size_t n = strlen(path);
    if (n) {
        if (strncmp(row, path, n) != 0 || row[n] != '.')
            return NULL;
        row += n + 1;
    }
    return strchr(row, '.') || *row == '*' ? NULL : row;
}

/* "segments.*.routers.*" -> "segments.NAME.routers" */
static void show_path(const char *path, size_t n, char *out, size_t cap) {
    if (n > 2 && strncmp(path + n - 2, ".*", 2) == 0)
        n -= 2;
    size_t at = 0;
    for (size_t i = 0; i < n && at + 5 < cap; i++) {
        bool star = path[i] == '*';
        memcpy(out + at, star ? "NAME" : path + i, star ? 4 : 1);
        at += star ? 4 : 1;
    }
    out[at] = '\0';
}

/* Under a name of the site's, or under a section: not within the entries of a list, whose keys are words like `port`.
 */
static bool stands_alone(const char *path) {
    static const char *const named[] = {"segments.*.", "zones.*.", "taps.*."};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strncmp(path, named[i], strlen(named[i])) == 0)
            path += strlen(named[i]);
    return !strchr(path, '*');
}

/* A key that is unknown here but known somewhere else: `resolvers` belongs under `dns`. */
static bool say_where_it_belongs(struct pol_read *r, const char *path, const struct sk_yaml *key) {
    size_t section = strcspn(path, ".");
    for (size_t i = 0; i < KEYS; i++) {
        const char *dot = strrchr(keys[i].path, '.');
        char where[128];
        if (strcmp(dot ? dot + 1 : keys[i].path, key->text) != 0)
            continue;
        bool same_section = section && strncmp(path, keys[i].path, section) == 0 && keys[i].path[section] == '.';
        if (!same_section && !stands_alone(keys[i].path))
            continue;
        if (dot) {
            show_path(keys[i].path, (size_t)(dot - keys[i].path), where, sizeof where);
            POL_ERROR(r, key, "unknown key `%s` here. It belongs under `%s`", key->text, where);
        } else {
            POL_ERROR(r, key, "unknown key `%s` here. It belongs at the left margin of the file", key->text);
        }
        return true;
    }
    return false;
}

/* In { } a comma ends a text without quotes, and what follows becomes a key of its own, without a colon. */
static bool is_rest_of_text(const struct sk_yaml *key, const struct sk_yaml *v) {
    unsigned chars = 0;
    for (size_t i = 0; i < key->len; i++)
        chars += ((unsigned char)key->text[i] & 0xc0) != 0x80;
    return v->kind == SK_YAML_NULL && v->len == 0 && !key->quoted && v->line == key->line && v->col == key->col + chars;
}

/* What stands below a misspelt section, and within `devices`, would have declared names that others use. */
static void note_meant(struct pol_read *r, const char *path, const char *near) {
    if (!*path)
        pol_note_incomplete(r, near);
    else if (strcmp(path, "devices") == 0)
        pol_note_incomplete(r, path);
}

static void say_unknown(struct pol_read *r, const char *path, const struct sk_yaml *key) {
    const char *word[POL_KEYS_MAX + 1];
    size_t n = 0;
    for (size_t i = 0; i < KEYS; i++) {
        word[n] = word_below(keys[i].path, path);
        n += word[n] != NULL;
    }
    word[n] = NULL;
    const char *near = sk_nearest(key->text, word);
    char shown[POL_SHOW];
    if (near) {
        POL_ERROR(r, key, "unknown key `%s`. The key is `%s`", pol_show(key, shown), near);
        note_meant(r, path, near);
        return;
    }
    if (say_where_it_belongs(r, path, key))
        return;
    char all[512] = "";
    for (size_t i = 0, at = 0; i < n && at < sizeof all - 64; i++)
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", i ? ", " : "", word[i]);
    POL_ERROR(r, key, "unknown key `%s`. Keys here: %s", pol_show(key, shown), all);
}

/* Lists and maps of several files add up; a single value written in two files is a contradiction. */
static bool written_before(struct pol_read *r, const struct pol_key *row, const struct sk_yaml *key,
                           const struct sk_yaml *v) {
    struct pol_pos *first = &r->first[pol_key_row(row)];
    if (strchr(row->path, '*') || strcmp(row->path, "sekimori-policy") == 0)
        return false;
    if (!first->path) {
        *first = pol_pos(r, key);
        return false;
    }
    if (!pol_is_scalar(v) || strcmp(first->path, r->path) == 0)
        return false;
    POL_ERROR(r, key, "`%s` is written already at %s:%u. Keep one of the two", row->path, first->path, first->line);
    return true;
}

void pol_read_key(struct pol_read *r, const char *path, const struct sk_yaml *key, const struct sk_yaml *v, void *obj) {
    char full[256];
    if (key->broken || (v->broken && pol_is_scalar(v))) {
        r->silent++;
        if (!*path && v->broken)
            pol_note_incomplete(r, key->text);
        return;
    }
    int n = snprintf(full, sizeof full, "%s%s%s", path, *path ? "." : "", key->text);
    bool plain = n > 0 && strlen(key->text) == key->len && (size_t)n < sizeof full && !strpbrk(key->text, ".*");
    const struct pol_key *row = plain ? pol_key_find(full) : NULL;
    if (!row && is_rest_of_text(key, v)) {
        char shown[POL_SHOW];
        POL_WARN(r, key, "`%s` is cut off: a comma within { } ends a text. Put the text before it in quotes",
                 pol_show(key, shown));
        return;
    }
    if (!row) {
        say_unknown(r, path, key);
        return;
    }
    size_t at = pol_key_row(row);
    if (v->kind == SK_YAML_NULL) {
        POL_ERROR(r, key, "`%s` has no value. Write [] if none is allowed, or remove the line if it is not known",
                  key->text);
        if (!*path)
            pol_note_incomplete(r, key->text);
        return;
    }
    if (written_before(r, row, key, v))
        return;
    r->key = key;
    if (row->map ? pol_read_map(r, row->path, v, obj) : row->read(r, v, (char *)obj + row->offset))
        r->p->declared[at] = true;
}

bool pol_read_map(struct pol_read *r, const char *path, const struct sk_yaml *map, void *obj) {
    char shown[POL_SHOW];
    if (map->kind != SK_YAML_MAP) {
        POL_ERROR(r, map, "a map (key: value) is needed here, got %s", pol_got(map, shown));
        return false;
    }
    for (size_t i = 0; i < map->n; i++)
        pol_read_key(r, path, &map->key[i], &map->item[i], obj);
    return true;
}
