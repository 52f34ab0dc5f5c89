/* SPDX-License-Identifier: Apache-2.0 */
/* Longest-prefix match over a fixed set of prefixes: nested prefixes are flattened once into sorted, disjoint ranges;
 * a lookup is one bucket and a short binary search, whatever the number of prefixes. */
#ifndef POLICY_LPM_H
#define POLICY_LPM_H

#include "base/mem.h"
#include "sekimori/addr.h"

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 pol_u128;

#define POL_LPM_NONE UINT32_MAX

struct pol_lpm_table {
    const pol_u128 *start; /* n range starts, ascending; a range ends before the next start */
    const uint32_t *entry; /* n: index of the prefix that rules the range, POL_LPM_NONE in a gap */
    size_t n;
    const uint32_t *bucket; /* buckets + 1: first range whose start lies in bucket b or later */
    uint32_t buckets;
    unsigned shift; /* bucket of x = (x - start[0]) >> shift */
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
