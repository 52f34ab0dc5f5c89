/* SPDX-License-Identifier: Apache-2.0 */
/* What the heads of all kinds of documents share: id, log source, dates. */
#include "match/rule.h"

bool sk_read_uuid(const struct sk_load *l, const struct sk_yaml *v, const char **ret) {
    const char *text = NULL;
    if (!sk_read_text(l, v, "id", &text))
        return false;
    size_t n = strlen(text);
    char *low = sk_arena_array(l->arena, n + 1, 1);
    bool ok = n == 36;
    for (size_t i = 0; i < n && ok; i++) {
        char ch = text[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        low[i] = ch >= 'A' && ch <= 'F' ? (char)(ch + 32) : ch;
        ok = dash ? ch == '-' : (low[i] >= '0' && low[i] <= '9') || (low[i] >= 'a' && low[i] <= 'f');
    }
    if (!ok) {
        sk_load_error(l, v, "`id` is a UUID such as 6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a6011 (uuidgen makes one), got `%s`",
                      text);
        return false;
    }
    *ret = low;
    return true;
}

bool sk_read_logsource(const struct sk_load *l, const struct sk_yaml *v, enum sk_event_type *ret) {
    static const char *const keys[] = {"product", "category", "service", "definition", NULL};
    bool ok = sk_read_keys(l, v, "`logsource`", keys);
    if (v->kind != SK_YAML_MAP)
        return false;
    const struct sk_yaml *product = sk_yaml_get(v, "product"), *category = sk_yaml_get(v, "category"),
                         *service = sk_yaml_get(v, "service");
    if (product && (product->kind != SK_YAML_TEXT || strcmp(product->text, "sekimori") != 0)) {
        sk_load_error(l, product, "this rule is about %s; only `product: sekimori` can be matched here",
                      product->kind == SK_YAML_TEXT ? product->text : sk_yaml_kind_name(product->kind));
        return false;
    }
    if (service) {
        sk_load_error(l, service, "`service` is not used here: name the event type in `category`");
        ok = false;
    }
    if (!category || category->kind != SK_YAML_TEXT) {
        sk_load_error(l, category ? category : v, "`logsource` needs `category`: an event type such as icmpv6.ra");
        return false;
    }
    *ret = sk_event_type_find(category->text, category->len);
    if (*ret == SKE_none) {
        const char *near = sk_nearest(category->text, sk_event_type_names());
        if (near)
            sk_load_error(l, category, "event type `%s` does not exist. Did you mean `%s`?", category->text, near);
        else
            sk_load_error(l, category, "event type `%s` does not exist (`sekimori fields` lists them)", category->text);
        return false;
    }
    return ok;
}

bool sk_read_date(const struct sk_load *l, const struct sk_yaml *v, const char *key) {
    if (!v)
        return true;
    sk_time end;
    bool ok = v->kind == SK_YAML_TEXT && v->len == 10 && sk_policy_day_end(l->policy, v->text, v->len, &end);
    if (!ok)
        sk_load_error(l, v, "`%s` needs a date such as 2026-11-22", key);
    return ok;
}
