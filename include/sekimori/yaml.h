/* SPDX-License-Identifier: Apache-2.0 */
/**
 * YAML as a tree that remembers where every node stood. The only user of libyaml is src/base/yaml.c.
 *
 * YAML 1.2 core scalars: null ~, true/false, integers, floats, else text. Bare yes/no/on/off (any case), duplicate
 * keys, merge keys, tags, more than 100 levels, alias expansion beyond a budget: errors with line and column. Values
 * that YAML 1.1 readers would misread (all-digit MAC with colons, `*.example.jp`, `[::1, x]`, `fe80::`) are named as
 * such with the cure "put it in quotes".
 */
#ifndef SEKIMORI_YAML_H
#define SEKIMORI_YAML_H

#include "sekimori/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sk_yaml_kind { SK_YAML_NULL, SK_YAML_BOOL, SK_YAML_INT, SK_YAML_REAL, SK_YAML_TEXT, SK_YAML_LIST, SK_YAML_MAP };

struct sk_yaml {
    enum sk_yaml_kind kind;
    unsigned line, col; /**< 1-based, of the node's first character */
    bool quoted;        /**< scalar stood in quotes or as a block */
    bool broken; /**< it was refused already (sk_yaml_salvage() only); scalars are NULL then, keys "" or as read */
    char *text;  /**< scalars: the text as written (decoded), NUL-terminated; never NULL for scalars.
            A quoted value may hold NULs ("\0"): then strlen() < len. Keys never do. */
    size_t len;
    bool b;
    int64_t i;
    double f;             /**< also of an integer */
    struct sk_yaml *key;  /**< in a map: array of n keys (text scalars) */
    struct sk_yaml *item; /**< list: n items; map: n values, item[k] belongs to key[k] */
    size_t n;
};

/** A file may hold several documents separated by `---`. */
struct sk_yaml_docs {
    char *file;
    struct sk_yaml *doc; /**< array of n; a file of nothing but comments has none */
    size_t n;
    void *mem;        /**< where nodes and texts live; sk_yaml_free() frees it */
    const char **cut; /**< n_cut: keys at the left margin whose sections could not be read (sk_yaml_salvage() only) */
    size_t n_cut;
};

/**
 * Parse. Everything that can be found in one run becomes a diagnostic, in order of line and column: all scalar
 * problems, all address traps, and the first other syntax error (nothing behind it can be judged). Limits: 16 MiB, 100
 * levels, a million nodes, 10,000 nodes added by aliases. Nodes under an alias carry their own positions, its root that
 * of the alias.
 * @param file name for messages; may be NULL
 * @return SK_OK, or SK_EFORMAT with at least one error in diags. */
SK_MUST_USE sk_err sk_yaml_parse(const char *file, const char *bytes, size_t n, struct sk_yaml_docs *ret,
                                 struct sk_diags *diags);
/**
 * The same, and what could be read in spite of errors: nodes that were refused are marked broken, a section (all below
 * a key at the left margin) that is no YAML is cut out and named, so that whoever reads the tree finds his errors too.
 * @return SK_OK, or SK_EFORMAT with at least one error in diags; *ret must be freed either way
 */
SK_MUST_USE sk_err sk_yaml_salvage(const char *file, const char *bytes, size_t n, struct sk_yaml_docs *ret,
                                   struct sk_diags *diags);
/** Read the file (at most 16 MiB) and parse. SK_ENOTFOUND: no such file (diags names the nearest file name in its
 * folder). */
SK_MUST_USE sk_err sk_yaml_load(const char *file, struct sk_yaml_docs *ret, struct sk_diags *diags);
void sk_yaml_free(struct sk_yaml_docs *docs);
/** Value under key in a map; NULL when absent or map is no map (NULL is allowed). */
const struct sk_yaml *sk_yaml_get(const struct sk_yaml *map, const char *key);
/** "a map", "a list", "text", "a number", ... for messages. */
const char *sk_yaml_kind_name(enum sk_yaml_kind kind);

#endif
