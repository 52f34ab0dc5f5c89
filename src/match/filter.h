/* SPDX-License-Identifier: Apache-2.0 */
/** Filter documents: a condition that is ANDed, as it is written, to the rules they name. */
#ifndef SK_MATCH_FILTER_H
#define SK_MATCH_FILTER_H

#include "match/rule.h"

struct sk_filter_code {
    struct sk_filter filter;
    const struct sk_pred *pred;
    struct sk_program condition;
    enum sk_event_type event;
    bool any; /**< of all rules about this event type */
    struct sk_refs rules;
    unsigned path, id_line, id_col;
    size_t index; /**< once linked: among all, by id */
};

/** One document with `filter:`. @return NULL: errors stand in diags */
struct sk_filter_code *sk_filter_read(const struct sk_load *l, const struct sk_yaml *doc);
/** Give each rule the filters that name it. filters are sorted. */
void sk_filter_link(const struct sk_load *l, struct sk_filter_code *const *filters, size_t n,
                    struct sk_rule_code *const *rules, size_t n_rules);
/** The first filter that holds now and whose condition fails; NULL: none, the match stands. */
const struct sk_filter_code *sk_filter_silences(const struct sk_rule_code *c, const struct sk_look *k);

#endif
