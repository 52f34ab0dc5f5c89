/* SPDX-License-Identifier: Apache-2.0 */
/** A set of rules as it stands in memory, and loading from memory for tests and fuzzing. */
#ifndef SK_MATCH_RULESET_H
#define SK_MATCH_RULESET_H

#include "match/corr.h"
#include "match/filter.h"
#include "match/shared.h"
#include "sekimori/digest.h"
#include "sekimori/err.h"
#include "sekimori/match.h"

struct sk_ruleset {
    struct sk_arena arena;
    struct sk_rule_code **at; /**< by UUID: the order of matches */
    size_t n, cap;
    struct sk_rule_code **listed; /**< by detection id, then UUID */
    struct sk_rule_code **firing; /**< over single events, those that can fire, by event type, then UUID */
    enum sk_field_id *needs;      /**< of each in firing: the field without which it cannot match, or SKF_none */
    size_t first[SKE_COUNT + 1];  /**< of each event type in firing */
    struct sk_rule_code **corr;   /**< correlations that can fire, by depth, then UUID: corr->index */
    size_t n_corr;
    struct sk_filter_code **filter; /**< by id */
    size_t n_filter, filter_cap;
    struct sk_named named;   /**< while loading */
    struct sk_shared shared; /**< while loading */
    size_t n_shared;         /**< numbers given to predicates; the first is 1 */
    struct sk_sha256 *sum;
    uint8_t hash[32];
};

/** As sk_ruleset_load(), from the bytes of one file called `file`. policy NULL: none. */
SK_MUST_USE sk_err sk_ruleset_parse(const char *file, const char *bytes, size_t n, const struct sk_policy *policy,
                                    struct sk_ruleset **ret, struct sk_diags *diags);

#endif
