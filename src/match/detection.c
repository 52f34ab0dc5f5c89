/* SPDX-License-Identifier: Apache-2.0 */
/* The detection section: search identifiers (a map is an AND, a list of maps an OR, a list of texts a search over the
 * whole event) and the condition that joins them. */
#include "match/pred.h"

#include <stdlib.h>
#include <string.h>

static bool new_pred(const struct sk_load *l, struct sk_detection *d, const struct sk_yaml *key,
                     const struct sk_yaml *value) {
    if (d->n == SK_TREE_MAX) {
        sk_load_error(l, key, "more than %d comparisons in one detection", SK_TREE_MAX);
        return false;
    }
    d->pred = sk_grow(d->pred, d->n, &d->cap, sizeof d->pred[0]);
    d->cost = sk_grow(d->cost, d->n, &d->cost_cap, sizeof d->cost[0]);
    bool ok = sk_pred_compile(l, key, value, &d->pred[d->n], &d->cost[d->n]);
    d->n++;
    return ok;
}

static void end_alt(struct sk_detection *d, struct sk_ident_alt *alt, size_t *n_alt, size_t first) {
    if (d->n > first)
        alt[(*n_alt)++] = (struct sk_ident_alt){(uint16_t)first, (uint16_t)(d->n - first)};
}

static bool map_alt(const struct sk_load *l, struct sk_detection *d, const struct sk_yaml *map,
                    struct sk_ident_alt *alt, size_t *n_alt) {
    size_t first = d->n;
    bool ok = true;
    if (map->n == 0) {
        sk_load_error(l, map, "an empty map matches nothing: name fields and values");
        return false;
    }
    for (size_t i = 0; i < map->n; i++)
        ok = new_pred(l, d, &map->key[i], &map->item[i]) && ok;
    end_alt(d, alt, n_alt, first);
    return ok;
}

/* Texts of a list are one search over the whole event; maps beside them are further alternatives. */
static bool list_alts(const struct sk_load *l, struct sk_detection *d, const struct sk_yaml *list,
                      struct sk_ident_alt *alt, size_t *n_alt) {
    struct sk_yaml *word = sk_mem_new(list->n + 1, sizeof *word);
    size_t words = 0;
    bool ok = true;
    if (list->n == 0) {
        sk_load_error(l, list, "an empty list matches nothing");
        ok = false;
    }
    for (size_t i = 0; i < list->n; i++) {
        const struct sk_yaml *v = &list->item[i];
        if (v->kind == SK_YAML_MAP) {
            ok = map_alt(l, d, v, alt, n_alt) && ok;
        } else if (v->kind == SK_YAML_LIST) {
            sk_load_error(l, v, "a list in a list of searches has no meaning");
            ok = false;
        } else {
            word[words++] = *v;
        }
    }
    if (words > 0) {
        char none[1] = "";
        struct sk_yaml key = {.kind = SK_YAML_TEXT, .line = word[0].line, .col = word[0].col, .text = none};
        struct sk_yaml value = {
            .kind = SK_YAML_LIST, .line = word[0].line, .col = word[0].col, .item = word, .n = words};
        size_t first = d->n;
        ok = new_pred(l, d, &key, &value) && ok;
        end_alt(d, alt, n_alt, first);
    }
    free(word);
    return ok;
}

static bool name_ok(const struct sk_load *l, const struct sk_yaml *key) {
    static const char *const reserved[] = {"and", "or", "not", "of", "all", "them", "1"};
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (strcmp(key->text, reserved[i]) == 0) {
            sk_load_error(l, key, "`%s` is a word of conditions and cannot name a search", key->text);
            return false;
        }
    for (size_t i = 0; i < key->len; i++) {
        char c = key->text[i];
        bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                    c == '-' || c == '.' || (c & 0x80);
        if (!word) {
            sk_load_error(l, key, "the name of a search may hold letters, digits, _ - and . only");
            return false;
        }
    }
    return true;
}

static bool ident(const struct sk_load *l, struct sk_detection *d, const struct sk_yaml *key, const struct sk_yaml *v) {
    bool ok = name_ok(l, key);
    struct sk_ident id = {.name = sk_arena_text(l->arena, key->text, key->len), .line = key->line, .col = key->col};
    id.alt = sk_arena_array(l->arena, v->n + 1, sizeof *id.alt);
    if (v->kind == SK_YAML_MAP) {
        ok = map_alt(l, d, v, id.alt, &id.n_alt) && ok;
    } else if (v->kind == SK_YAML_LIST) {
        ok = list_alts(l, d, v, id.alt, &id.n_alt) && ok;
    } else {
        sk_load_error(l, v, "`%s` needs a map of fields or a list, got %s", id.name, sk_yaml_kind_name(v->kind));
        ok = false;
    }
    d->ident = sk_grow(d->ident, d->n_ident, &d->ident_cap, sizeof d->ident[0]);
    d->ident[d->n_ident++] = id;
    return ok;
}

static uint16_t parse(const struct sk_load *l, struct sk_detection *d, struct sk_tree *t, const struct sk_yaml *text) {
    if (text->kind != SK_YAML_TEXT) {
        sk_load_error(l, text, "a condition is text, got %s", sk_yaml_kind_name(text->kind));
        return 0;
    }
    struct sk_idents idents = {.at = d->ident, .n = d->n_ident, .cost = d->cost};
    struct sk_condition_pos pos = {.file = l->file,
                                   .line = text->line,
                                   .col = text->col + text->quoted,
                                   .exact = !memchr(text->text, '\n', text->len),
                                   .diags = l->diags};
    if (!pos.exact)
        pos.col = text->col;
    return sk_condition_parse(text->text, text->len, &idents, t, &pos);
}

/* A list of conditions is an OR. */
static struct sk_program expression(const struct sk_load *l, struct sk_detection *d, const struct sk_yaml *v) {
    struct sk_tree t = {0};
    uint16_t root = 0;
    bool ok = true;
    size_t n = v->kind == SK_YAML_LIST ? v->n : 1;
    if (n == 0)
        sk_load_error(l, v, "the list of conditions is empty");
    for (size_t i = 0; i < n && !t.full; i++) {
        uint16_t one = parse(l, d, &t, v->kind == SK_YAML_LIST ? &v->item[i] : v);
        ok = ok && one;
        if (one)
            root = sk_tree_join(&t, SK_NODE_OR, root, one);
    }
    struct sk_program ret = {0};
    if (ok && root && !t.full)
        ret = sk_tree_program(&t, root, l->arena);
    sk_tree_free(&t);
    return ret;
}

struct sk_program sk_detection_expression(const struct sk_load *l, struct sk_detection *d, const struct sk_yaml *text) {
    return expression(l, d, text);
}

bool sk_detection_searches(const struct sk_load *l, const struct sk_yaml *map, struct sk_detection *ret) {
    if (map->kind != SK_YAML_MAP) {
        sk_load_error(l, map, "`searches` needs a map of names and fields, got %s", sk_yaml_kind_name(map->kind));
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < map->n; i++)
        ok = ident(l, ret, &map->key[i], &map->item[i]) && ok;
    return ok;
}

bool sk_detection_compile(const struct sk_load *l, const struct sk_yaml *detection, const char *key_of,
                          struct sk_detection *ret) {
    *ret = (struct sk_detection){0};
    if (detection->kind != SK_YAML_MAP) {
        sk_load_error(l, detection, "`%s` needs a map, got %s", key_of, sk_yaml_kind_name(detection->kind));
        return false;
    }
    const struct sk_yaml *condition = NULL;
    bool ok = true;
    for (size_t i = 0; i < detection->n; i++) {
        const struct sk_yaml *key = &detection->key[i];
        if (strcmp(key->text, "condition") == 0) {
            condition = &detection->item[i];
        } else if (strcmp(key->text, "timeframe") == 0) {
            sk_load_error(l, key, "`timeframe` is gone from Sigma: write a correlation with `timespan`");
            ok = false;
        } else {
            ok = ident(l, ret, key, &detection->item[i]) && ok;
        }
    }
    if (!condition) {
        sk_load_error(l, detection, "`%s` needs a `condition`", key_of);
        return false;
    }
    ret->condition = expression(l, ret, condition);
    return ok && ret->condition.n > 0;
}

void sk_detection_free(struct sk_detection *d) {
    free(d->pred);
    free(d->cost);
    free(d->ident);
    *d = (struct sk_detection){0};
}
