/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The coverage statement: what was seen, and what therefore could not have been found. "Nothing found" is worth only
 * what would have been seen.
 */
#ifndef SEKIMORI_COVERAGE_H
#define SEKIMORI_COVERAGE_H

#include "sekimori/alert.h"
#include "sekimori/observer.h"
#include "sekimori/source.h"

struct sk_coverage {
    const struct sk_counts *counts;
    const struct sk_policy *policy;
    const struct sk_ruleset *rules;
    const uint64_t *silenced; /**< matches, by filter of rules */
    struct sk_source_stats source;
    /** Captures of which the policy names no tap, in the order of reading; NULL: no tap of the policy names files. */
    const char *const *without_tap;
    size_t n_without_tap;
    uint64_t evicted;                   /**< entries of all tables */
    uint64_t lost;                      /**< packets and events, live */
    uint64_t clock_back, clock_forward; /**< steps of the captures' clock */
    struct sk_alert_stats alerts;
    const uint64_t *excepted; /**< matches by exception of the policy; NULL: not counted */
};

/** Exceptions of the policy that were past their end when the last packet came: not honoured from then on. */
size_t sk_coverage_expired(const struct sk_coverage *c);
/** One JSON object as deploy/schema/sekimori-coverage-1.schema.json has it; no newline. Appends to buf. */
void sk_coverage_json(const struct sk_coverage *c, struct sk_buf *buf);
/** Some lines for people; lang "en" or "ja". Appends to buf. */
void sk_coverage_text(const struct sk_coverage *c, const char *lang, struct sk_buf *buf);

#endif
