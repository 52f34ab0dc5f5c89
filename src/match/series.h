/* SPDX-License-Identifier: Apache-2.0 */
/** A correlation at work: its groups and what was counted of each. */
#ifndef SK_MATCH_SERIES_H
#define SK_MATCH_SERIES_H

#include "match/corr.h"
#include "match/values.h"
#include "sekimori/table.h"

/** Tables that a correlation's groups are spread over by the first of several fields (a segment, a source): who makes
 * up the others takes no room from them all. */
enum { SK_SERIES_TABLES = 8 };

struct sk_series {
    const struct sk_rule_code *code;
    struct sk_table *groups[SK_SERIES_TABLES];
    unsigned n_tables;
    struct sk_share share;
    struct sk_hash_key key;
    uint64_t places;        /**< of `rules`: which matched the present event */
    uint64_t evicted, late; /**< evicted: of tables that are gone */
};
struct sk_group;

/** @return false: out of memory */
bool sk_series_begin(struct sk_series *s, const struct sk_rule_code *code, const struct sk_hash_key *key);
/**
 * Count the event for the rules in s->places, then judge each group it fell into. serial: of the event.
 * @param ret room for SK_CORR_RULES @return number of groups whose condition holds
 */
unsigned sk_series_event(struct sk_series *s, const struct sk_look *k, uint64_t serial, struct sk_match *ret,
                         unsigned *ret_place);
uint64_t sk_series_evicted(const struct sk_series *s);
/** Gives the tables back; the numbers stay. */
void sk_series_end(struct sk_series *s);

#endif
