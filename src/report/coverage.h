/* SPDX-License-Identifier: Apache-2.0 */
/** What the two forms of the coverage statement share: names, shares, and why a detection could not have fired. */
#ifndef REPORT_COVERAGE_H
#define REPORT_COVERAGE_H

#include "sekimori/coverage.h"

enum {
    ONE_SIDED_MATTERS = 20, /**< percent of one-sided flows that is worth a word */
    ONE_SIDED = 80,         /**< percent from which answers count as not seen (detections.md G10) */
    FLOWS_THAT_TELL = 10,
    TRUNCATED_MATTERS = 20, /**< percent of cut frames from which contents count as not seen */
};

/** Why it could not have fired. */
enum why { COULD_FIRE, NEEDS_POLICY, NOT_SEEN };
/** Why it may have missed things though it could fire, or why nothing of its kind was seen; bits. */
enum { LIMIT_ONE_SIDED = 1, LIMIT_TRUNCATED = 2, LIMIT_ENCRYPTED = 4, LIMIT_LOST = 8, LIMITS = 4 };

enum why coverage_why(const struct sk_coverage *c, const struct sk_rule *r);
unsigned coverage_limits(const struct sk_coverage *c, const struct sk_rule *r);
const char *coverage_limit_name(unsigned bit); /**< of the bit's number: "one-sided", "truncated", ... */

unsigned coverage_percent(uint64_t part, uint64_t whole);
/** Percent of one-sided flows, 0 where they are too few to tell. */
unsigned coverage_one_sided(uint64_t one_sided, uint64_t flows);
/** All segments as one. */
struct sk_segment_counts coverage_sum(const struct sk_counts *c);

/** Name of a place of counts.segment[], counts.tap[], counts.pair[]; NULL: there is nothing to say of it. */
const char *coverage_segment(const struct sk_coverage *c, unsigned i);
const char *coverage_tap(const struct sk_coverage *c, unsigned i);
const char *coverage_pair_end(const struct sk_coverage *c, unsigned i);

#endif
