/* SPDX-License-Identifier: Apache-2.0 */
/* Longest-prefix match as sorted disjoint ranges. Prefixes either nest or are disjoint, so one sweep with a stack over
 * the prefixes in order of (first address, length) yields every point where the ruling prefix changes. */
#include "policy/lpm.h"

#include <stdlib.h>

enum { LPM_BUCKETS_MAX = 1 << 16 };

struct sweep_item {
    pol_u128 first, last;
    uint32_t index;
    uint8_t len;
};

struct sweep {
    pol_u128 *start;
    uint32_t *entry;
    size_t n;
};

static pol_u128 addr_number(const struct sk_addr *a) {
    unsigned bytes = a->fam == 4 ? 4 : 16;
    pol_u128 v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v = v << 8 | a->b[i];
    return v;
}

static int item_order(const void *pa, const void *pb) {
    const struct sweep_item *a = pa;
    const struct sweep_item *b = pb;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* From `start` on, `entry` rules; a change at the same point replaces the one before. */
static void change(struct sweep *s, pol_u128 start, uint32_t entry) {
    if (s->n && s->start[s->n - 1] == start)
        s->n--;
    s->start[s->n] = start;
    s->entry[s->n++] = entry;
}

static void run_sweep(struct sweep *s, const struct sweep_item *item, size_t n, pol_u128 highest, uint32_t *parent) {
    size_t *open = sk_mem_new(n, sizeof *open);
    size_t depth = 0;
    for (size_t i = 0; i <= n; i++) {
        while (depth && (i == n || item[open[depth - 1]].last < item[i].first)) {
            pol_u128 last = item[open[--depth]].last;
            if (last != highest)
                change(s, last + 1, depth ? item[open[depth - 1]].index : POL_LPM_NONE);
        }
        if (i == n)
            break;
        if (parent)
            parent[item[i].index] = depth ? item[open[depth - 1]].index : POL_LPM_NONE;
        open[depth++] = i;
        change(s, item[i].first, item[i].index);
    }
    free(open);
}

static void build_buckets(struct pol_lpm_table *t, struct sk_arena *arena) {
    pol_u128 span = t->start[t->n - 1] - t->start[0];
    uint32_t buckets = 1;
    while (buckets < t->n && buckets < LPM_BUCKETS_MAX)
        buckets <<= 1;
    unsigned shift = 0;
    while (span >> shift >= buckets)
        shift++;
    uint32_t *first = sk_arena_new(arena, ((size_t)buckets + 1) * sizeof *first);
    uint32_t b = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t in = (uint32_t)((t->start[i] - t->start[0]) >> shift);
        for (; b <= in; b++)
            first[b] = i;
    }
    for (; b <= buckets; b++)
        first[b] = (uint32_t)t->n;
    t->bucket = first;
    t->buckets = buckets;
    t->shift = shift;
}

static void build_family(struct pol_lpm_table *t, uint8_t fam, const struct sk_prefix *prefix, size_t n,
                         struct sk_arena *arena, uint32_t *parent) {
    size_t mine = 0;
    for (size_t i = 0; i < n; i++)
        mine += prefix[i].addr.fam == fam;
    *t = (struct pol_lpm_table){0};
    if (mine == 0)
        return;
    unsigned bits = fam == 4 ? 32 : 128;
    pol_u128 highest = bits == 128 ? ~(pol_u128)0 : ((pol_u128)1 << bits) - 1;
    struct sweep_item *item = sk_mem_new(mine, sizeof *item);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (prefix[i].addr.fam != fam)
            continue;
        pol_u128 first = addr_number(&prefix[i].addr);
        pol_u128 hosts = prefix[i].len >= bits ? 0 : highest >> prefix[i].len;
        item[k++] = (struct sweep_item){first, first | hosts, (uint32_t)i, prefix[i].len};
    }
    qsort(item, mine, sizeof *item, item_order);
    struct sweep s = {sk_arena_new(arena, 2 * mine * sizeof *s.start), sk_arena_new(arena, 2 * mine * sizeof *s.entry),
                      0};
    run_sweep(&s, item, mine, highest, parent);
    free(item);
    t->start = s.start;
    t->entry = s.entry;
    t->n = s.n;
    build_buckets(t, arena);
}

void pol_lpm_build(struct pol_lpm *t, const struct sk_prefix *prefix, size_t n, struct sk_arena *arena,
                   uint32_t *parent) {
    build_family(&t->v4, 4, prefix, n, arena, parent);
    build_family(&t->v6, 6, prefix, n, arena, parent);
}

uint32_t pol_lpm_find(const struct pol_lpm *lpm, const struct sk_addr *a) {
    const struct pol_lpm_table *t = a->fam == 4 ? &lpm->v4 : &lpm->v6;
    if (t->n == 0 || a->fam == 0)
        return POL_LPM_NONE;
    pol_u128 x = addr_number(a);
    if (x < t->start[0])
        return POL_LPM_NONE;
    pol_u128 at = (x - t->start[0]) >> t->shift;
    uint32_t b = at < t->buckets ? (uint32_t)at : t->buckets - 1;
    uint32_t low = t->bucket[b];
    uint32_t high = t->bucket[b + 1];
    while (low < high) { /* first range that starts after x */
        uint32_t mid = low + (high - low) / 2;
        if (t->start[mid] <= x)
            low = mid + 1;
        else
            high = mid;
    }
    return t->entry[low - 1]; /* start[0] <= x, so low >= 1 */
}

bool pol_lpm_any_within(const struct pol_lpm *lpm, const struct sk_prefix *p) {
    const struct pol_lpm_table *t = p->addr.fam == 4 ? &lpm->v4 : &lpm->v6;
    unsigned bits = p->addr.fam == 4 ? 32 : 128;
    if (pol_lpm_find(lpm, &p->addr) != POL_LPM_NONE)
        return true;
    pol_u128 first = addr_number(&p->addr), highest = bits == 128 ? ~(pol_u128)0 : ((pol_u128)1 << bits) - 1;
    pol_u128 last = p->len >= bits ? first : first | highest >> p->len;
    size_t low = 0, high = t->n;
    while (low < high) { /* first range that starts in the prefix or later */
        size_t mid = low + (high - low) / 2;
        if (t->start[mid] < first)
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < t->n && t->start[low] <= last; low++) /* two gaps never follow each other: two turns at most */
        if (t->entry[low] != POL_LPM_NONE)
            return true;
    return false;
}
