/* SPDX-License-Identifier: Apache-2.0 */
/** A correlation as read and linked: what it counts, over what, until when. Its running state is series.h. */
#ifndef SK_MATCH_CORR_H
#define SK_MATCH_CORR_H

#include "match/rule.h"

enum { SK_CORR_RULES = 32, SK_CORR_GROUPS = 8, SK_CORR_DEPTH = 4 };
#define SK_CORR_SILENT UINT32_MAX

enum sk_corr_type {
    SK_CORR_EVENT_COUNT,
    SK_CORR_VALUE_COUNT,
    SK_CORR_VALUE_SUM,
    SK_CORR_TEMPORAL,
    SK_CORR_TEMPORAL_ORDERED
};
enum sk_corr_cmp { SK_CORR_GT, SK_CORR_GTE, SK_CORR_LT, SK_CORR_LTE, SK_CORR_EQ, SK_CORR_NEQ };

/** A field of `group-by`, of each referred rule's events. */
struct sk_corr_group {
    struct sk_ref name;
    enum sk_field_id field; /**< of all, or SKF_none: an alias */
    const struct sk_ref *alias_rule;
    const enum sk_field_id *alias_field; /**< n_alias */
    size_t n_alias;
    enum sk_field_id of[SK_CORR_RULES]; /**< by place in `rules`, once linked */
};
struct sk_corr {
    enum sk_corr_type type;
    enum sk_corr_cmp cmp;
    int64_t limit;
    sk_time span;
    struct sk_refs rules;
    struct sk_rule_code **from; /**< of `rules`, once linked */
    struct sk_corr_group group[SK_CORR_GROUPS];
    unsigned n_group;
    const enum sk_field_id *field; /**< of value_count and value_sum */
    size_t n_field;
    bool generate;
    unsigned depth; /**< 1: over rules, 2: over correlations of depth 1 ...; 0 not linked */
    unsigned index; /**< among the correlations that can fire, or SK_CORR_SILENT */
};

/** `correlation:` (and `generate:`). @return false: errors stand in diags */
bool sk_corr_read(const struct sk_load *l, const struct sk_yaml *doc, struct sk_rule_code *c);
/** Names to rules, the site's own words from `watch`, depth, who is a building block. Rules of all are loaded. */
void sk_corr_link(const struct sk_load *l, struct sk_rule_code *const *rules, size_t n);
const char *sk_corr_type_name(enum sk_corr_type t);
const char *sk_corr_cmp_name(enum sk_corr_cmp c);
bool sk_corr_true(const struct sk_corr *c, int64_t value);

#endif
