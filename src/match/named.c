/* SPDX-License-Identifier: Apache-2.0 */
/* Rules by what others call them. */
#include "match/rule.h"

#include <stdlib.h>
#include <strings.h>

struct sk_rule_code *sk_rule_named(struct sk_rule_code *const *rules, size_t n, const char *what) {
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(rules[i]->rule.id, what) == 0 || strcasecmp(rules[i]->rule.name, what) == 0)
            return rules[i];
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(rules[i]->rule.detection, what) == 0)
            return rules[i];
    return NULL;
}

void sk_named_add(const struct sk_load *l, const struct sk_ref *ref, const char *key) {
    struct sk_named *named = l->named;
    named->at = sk_grow(named->at, named->n, &named->cap, sizeof named->at[0]);
    named->at[named->n++] = (struct sk_named_ref){*ref, key};
}

static bool is_broken(const struct sk_named *named, const char *what) {
    for (size_t i = 0; i < named->n_broken; i++)
        if (strcasecmp(named->broken[i], what) == 0)
            return true;
    return false;
}

void sk_named_check(const struct sk_load *l, struct sk_rule_code *const *rules, size_t n) {
    struct sk_load there = *l;
    const char **names = sk_mem_new(n + 1, sizeof(*names));
    for (size_t i = 0; i < n; i++)
        names[i] = rules[i]->rule.name;
    for (size_t i = 0; i < l->named->n; i++) {
        const struct sk_named_ref *r = &l->named->at[i];
        if (sk_rule_named(rules, n, r->ref.name) || is_broken(l->named, r->ref.name))
            continue;
        struct sk_yaml at = {.line = r->ref.line, .col = r->ref.col};
        const char *near = sk_nearest(r->ref.name, names);
        there.file = r->ref.file;
        sk_load_error(&there, &at, "`%s` names `%s`, which is no rule.%s%s%s", r->key, r->ref.name,
                      near ? " Did you mean `" : "", near ? near : "", near ? "`?" : "");
    }
    free(names);
}
