/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: sk_yaml_parse() sk_yaml_salvage(). A refusal names at least one error with a place; a tree can be walked
 * from end to end; what is salvaged from a text without errors is the text. */
#include "sekimori/text.h"
#include "sekimori/yaml.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(bool ok) {
    if (!ok)
        abort();
}

enum { PENDING = 20000 };

static void walk(const struct sk_yaml *root, bool salvaged) {
    static const struct sk_yaml *pending[PENDING];
    size_t n = 0;
    pending[n++] = root;
    while (n > 0) {
        const struct sk_yaml *v = pending[--n];
        check(v->line > 0 && v->col > 0);
        bool collection = v->kind == SK_YAML_LIST || v->kind == SK_YAML_MAP;
        check(collection || (v->text && v->text[v->len] == '\0'));
        for (size_t i = 0; collection && i < v->n; i++) {
            if (v->kind == SK_YAML_MAP)
                check(v->key[i].text && v->key[i].kind != SK_YAML_LIST && v->key[i].kind != SK_YAML_MAP);
            if (v->kind == SK_YAML_MAP && !salvaged)
                check(v->key[i].kind == SK_YAML_TEXT && sk_yaml_get(v, v->key[i].text) == &v->item[i]);
            if (n < PENDING)
                pending[n++] = &v->item[i];
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct sk_yaml_docs docs;
    struct sk_diags diags = {0};
    sk_err err = sk_yaml_parse("f.yml", (const char *)bytes, n, &docs, &diags);
    check(err == SK_OK || err == SK_EFORMAT);
    check((err == SK_OK) == (diags.errors == 0));
    check(err == SK_OK || docs.n == 0);
    for (size_t i = 0; i < diags.n; i++)
        check(sk_utf8_valid(diags.at[i].msg, strlen(diags.at[i].msg)) && diags.at[i].msg[0] && diags.at[i].line > 0);
    for (size_t i = 0; i < docs.n; i++)
        walk(&docs.doc[i], false);
    size_t errors = diags.errors, plain = docs.n;
    sk_diags_free(&diags);
    sk_yaml_free(&docs);
    err = sk_yaml_salvage("f.yml", (const char *)bytes, n, &docs, &diags);
    check((err == SK_OK) == (errors == 0) && (err != SK_OK || docs.n == plain));
    check(err == SK_OK || diags.errors > 0);
    for (size_t i = 0; i < docs.n; i++)
        walk(&docs.doc[i], true);
    for (size_t i = 0; i < docs.n_cut; i++)
        check(docs.cut[i] != NULL);
    sk_diags_free(&diags);
    sk_yaml_free(&docs);
    return 0;
}
