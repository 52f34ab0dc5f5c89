/* SPDX-License-Identifier: Apache-2.0 */
/* Longest-prefix match over a fixed set of prefixes: nested prefixes are flattened once into sorted, disjoint ranges.
 * A look-up goes through nodes that cut what they hold into about as many equal parts as there are ranges, and the
 * parts that are still crowded again: prefixes stand close together and far apart, and two or three steps find the
 * range whatever their number. */
#ifndef POLICY_LPM_H
#define POLICY_LPM_H

#include "base/mem.h"
#include "sekimori/addr.h"

#include <stdint.h>

#define POL_LPM_NONE UINT32_MAX
#define POL_LPM_NODE 0x80000000u

/* A range begins here and ends before the next begins. IPv4 stands in hi. */
struct pol_lpm_range {
    uint64_t hi;
    uint32_t entry; /* index of the prefix that rules it, POL_LPM_NONE in a gap */
    uint32_t low;   /* index of the lower 64 bits; 0: they are zero */
};
/* Cuts ranges low..high-1 by hi, or, where all have one hi, by their lower 64 bits. */
struct pol_lpm_node {
    uint64_t base, hi;
    uint32_t low, high, first, parts; /* first of parts + 1 entries of part */
    uint8_t shift;
    bool by_low;
};
struct pol_lpm_table {
    const struct pol_lpm_range *range;
    const uint64_t *lower;
    const struct pol_lpm_node *node; /* the first is the root */
    const uint32_t *part;            /* index of the first range in it or later, or POL_LPM_NODE | node */
    uint32_t n;
};
/* A zeroed struct matches nothing. */
struct pol_lpm {
    struct pol_lpm_table v4, v6;
};

/* Build over n prefixes (host bits zero); memory comes from arena. Of equal prefixes the last one rules.
 * parent (n, may be NULL): the closest other prefix that holds prefix i, POL_LPM_NONE = none; an equal prefix given
 * earlier counts as one that holds it. */
void pol_lpm_build(struct pol_lpm *t, const struct sk_prefix *prefix, size_t n, struct sk_arena *arena,
                   uint32_t *parent);
/* Index of the longest prefix that holds a, or POL_LPM_NONE. Any thread. */
uint32_t pol_lpm_find(const struct pol_lpm *t, const struct sk_addr *a);
/* Does any of the prefixes hold an address of this one? */
bool pol_lpm_any_within(const struct pol_lpm *t, const struct sk_prefix *p);

#endif
