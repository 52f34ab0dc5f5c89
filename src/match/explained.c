/* SPDX-License-Identifier: Apache-2.0 */
/* What a signature says for `sekimori explain`: the attack it is a step of, its meaning and what is harmless in other
 * languages than Sigma's own keys, what answers it. */
#include "match/rule.h"

#include <string.h>

/* What src/alert/respond.c has lines for. */
static const char *const responses[] = {"switch-port",  "ra-guard",   "dhcpv6-guard", "nd-inspection",
                                        "block-tunnel", "block-peer", "drop-headers", NULL};
static const char *const japanese[] = {"ja", NULL};

/* {ja: ...}: English stands in Sigma's own key. */
static const struct sk_yaml *in_japanese(const struct sk_load *l, const struct sk_yaml *v, const char *where,
                                         bool *ok) {
    if (!v)
        return NULL;
    *ok = sk_read_keys(l, v, where, japanese) && *ok;
    return v->kind == SK_YAML_MAP ? sk_yaml_get(v, "ja") : NULL;
}

static bool respond(const struct sk_load *l, const struct sk_yaml *v, struct sk_rule *r) {
    const char *word;
    if (!v)
        return true;
    if (!sk_read_list(l, v, "respond", &r->respond))
        return false;
    bool ok = true;
    for (size_t i = 0; v->kind == SK_YAML_LIST && i < v->n; i++)
        ok = sk_read_word(l, &v->item[i], "respond", responses, &word) && ok;
    if (v->kind != SK_YAML_LIST)
        ok = sk_read_word(l, v, "respond", responses, &word);
    r->responds = true;
    return ok;
}

bool sk_rule_explained(const struct sk_load *l, const struct sk_yaml *v, struct sk_rule *r) {
    bool ok = true;
    const struct sk_yaml *title = in_japanese(l, sk_yaml_get(v, "title"), "`title`", &ok),
                         *meaning = in_japanese(l, sk_yaml_get(v, "meaning"), "`meaning`", &ok),
                         *harmless = in_japanese(l, sk_yaml_get(v, "harmless"), "`harmless`", &ok);
    ok = sk_read_text(l, sk_yaml_get(v, "chain"), "chain", &r->chain) && ok;
    ok = sk_read_text(l, title, "title", &r->title_ja) && ok;
    ok = sk_read_text(l, meaning, "meaning", &r->meaning_ja) && ok;
    ok = sk_read_list(l, harmless, "harmless", &r->harmless_ja) && ok;
    return respond(l, sk_yaml_get(v, "respond"), r) && ok;
}

const char *sk_rule_title(const struct sk_rule *r, bool ja) {
    const char *headline = r->headline.ja;
    if (!ja)
        return r->title;
    if (r->title_ja)
        return r->title_ja;
    return headline && !strchr(headline, '{') ? headline : r->title;
}
