/* SPDX-License-Identifier: Apache-2.0 */
/* Longest-prefix match as sorted disjoint ranges. Prefixes either nest or are disjoint, so one sweep with a stack over
 * the prefixes in order of (first address, length) yields every point where the ruling prefix changes. */
#include "policy/lpm.h"

#include <stdlib.h>

enum { PARTS_MAX = 1 << 16, CROWD = 4 }; /* more ranges than this in a part: it gets a node of its own */

__extension__ typedef unsigned __int128 pol_u128;

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

/* --- prefixes to ranges ---------------------------------------------------------------------------------------------
 */

static pol_u128 addr_number(const struct sk_addr *a) {
    unsigned bytes = a->fam == 4 ? 4 : 16;
    pol_u128 v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v = v << 8 | a->b[i];
    return a->fam == 4 ? v << 64 : v;
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

/* --- ranges to nodes ------------------------------------------------------------------------------------------------
 */

struct building {
    struct pol_lpm_table *t;
    struct pol_lpm_node *node;
    size_t nodes, node_cap;
    uint32_t *part;
    size_t parts, part_cap;
};

static uint64_t lower_of(const struct pol_lpm_table *t, uint32_t i) { return t->lower[t->range[i].low]; }

static uint32_t add_node(struct building *b, uint32_t low, uint32_t high) {
    if (b->nodes == b->node_cap) {
        b->node_cap = b->node_cap ? 2 * b->node_cap : 16;
        b->node = sk_mem_resize(b->node, b->node_cap, sizeof *b->node);
    }
    const struct pol_lpm_table *t = b->t;
    bool by_low = t->range[low].hi == t->range[high - 1].hi;
    b->node[b->nodes] = (struct pol_lpm_node){.hi = t->range[low].hi,
                                              .base = by_low ? lower_of(t, low) : t->range[low].hi,
                                              .low = low,
                                              .high = high,
                                              .by_low = by_low};
    return (uint32_t)b->nodes++;
}

static uint64_t key_of(const struct pol_lpm_table *t, const struct pol_lpm_node *n, uint32_t i) {
    return n->by_low ? lower_of(t, i) : t->range[i].hi;
}

static uint32_t *add_parts(struct building *b, struct pol_lpm_node *n) {
    uint64_t span = key_of(b->t, n, n->high - 1) - n->base;
    n->parts = 1;
    while (n->parts < n->high - n->low && n->parts < PARTS_MAX)
        n->parts <<= 1;
    while (n->shift < 63 && span >> n->shift >= n->parts)
        n->shift++;
    while (b->part_cap < b->parts + n->parts + 1) {
        b->part_cap = b->part_cap ? 2 * b->part_cap : 64;
        b->part = sk_mem_resize(b->part, b->part_cap, sizeof *b->part);
    }
    n->first = (uint32_t)b->parts;
    b->parts += n->parts + 1U;
    return b->part + n->first;
}

/* Each part gets the first range in it or later; crowded ones become nodes, to be cut in their turn. */
static void cut(struct building *b, size_t at) {
    struct pol_lpm_node n = b->node[at];
    uint32_t *part = add_parts(b, &n);
    uint32_t k = 0;
    for (uint32_t i = n.low; i < n.high; i++) {
        uint32_t in = (uint32_t)((key_of(b->t, &n, i) - n.base) >> n.shift);
        for (; k <= in; k++)
            part[k] = i;
    }
    for (; k <= n.parts; k++)
        part[k] = n.high;
    b->node[at] = n;
    for (k = 0; k < n.parts; k++) {
        uint32_t low = part[k], high = part[k + 1];
        if (high - low > CROWD && (n.shift > 0 || !n.by_low)) /* shift 0 of hi: one hi, to be cut by the lower bits */
            part[k] = POL_LPM_NODE | add_node(b, low, high);
    }
}

static void build_nodes(struct pol_lpm_table *t, struct sk_arena *arena) {
    struct building b = {.t = t};
    (void)add_node(&b, 0, t->n);
    for (size_t i = 0; i < b.nodes; i++)
        cut(&b, i);
    struct pol_lpm_node *node = sk_arena_new(arena, b.nodes * sizeof *node);
    uint32_t *part = sk_arena_new(arena, b.parts * sizeof *part);
    memcpy(node, b.node, b.nodes * sizeof *node);
    memcpy(part, b.part, b.parts * sizeof *part);
    t->node = node;
    t->part = part;
    free(b.node);
    free(b.part);
}

static void keep_ranges(struct pol_lpm_table *t, const struct sweep *s, struct sk_arena *arena) {
    size_t lows = 1;
    for (size_t i = 0; i < s->n; i++)
        lows += (uint64_t)s->start[i] != 0;
    struct pol_lpm_range *range = sk_arena_new(arena, s->n * sizeof *range);
    uint64_t *lower = sk_arena_new(arena, lows * sizeof *lower);
    lows = 1;
    for (size_t i = 0; i < s->n; i++) {
        uint64_t low = (uint64_t)s->start[i];
        range[i] = (struct pol_lpm_range){(uint64_t)(s->start[i] >> 64), s->entry[i], low ? (uint32_t)lows : 0};
        if (low)
            lower[lows++] = low;
    }
    t->range = range;
    t->lower = lower;
    t->n = (uint32_t)s->n;
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
    pol_u128 highest = bits == 128 ? ~(pol_u128)0 : ((pol_u128)1 << 96) - 1;
    struct sweep_item *item = sk_mem_new(mine, sizeof *item);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (prefix[i].addr.fam != fam)
            continue;
        pol_u128 first = addr_number(&prefix[i].addr);
        pol_u128 hosts = prefix[i].len >= 128 ? 0 : highest >> prefix[i].len;
        item[k++] = (struct sweep_item){first, first | hosts, (uint32_t)i, prefix[i].len};
    }
    qsort(item, mine, sizeof *item, item_order);
    struct sweep s = {sk_mem_new(2 * mine, sizeof *s.start), sk_mem_new(2 * mine, sizeof *s.entry), 0};
    run_sweep(&s, item, mine, highest, parent);
    free(item);
    keep_ranges(t, &s, arena);
    free(s.start);
    free(s.entry);
    build_nodes(t, arena);
}

void pol_lpm_build(struct pol_lpm *t, const struct sk_prefix *prefix, size_t n, struct sk_arena *arena,
                   uint32_t *parent) {
    build_family(&t->v4, 4, prefix, n, arena, parent);
    build_family(&t->v6, 6, prefix, n, arena, parent);
}

/* --- look-ups -------------------------------------------------------------------------------------------------------
 */

static uint64_t eight_bytes(const uint8_t *b) {
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v = v << 8 | b[i];
    return v;
}

/* Does range i begin at or before the address? */
static bool begins_before(const struct pol_lpm_table *t, uint32_t i, uint64_t hi, uint64_t lo) {
    const struct pol_lpm_range *r = &t->range[i];
    return r->hi < hi || (r->hi == hi && (r->low == 0 || t->lower[r->low] <= lo));
}

static uint32_t first_of(const struct pol_lpm_table *t, uint32_t part) {
    return part & POL_LPM_NODE ? t->node[part & ~POL_LPM_NODE].low : part;
}

/* Number of ranges that begin at or before the address: in 1..n. Each node is a part of the one before, so this ends.
 */
static uint32_t ranges_before(const struct pol_lpm_table *t, uint64_t hi, uint64_t lo) {
    const struct pol_lpm_node *n = t->node;
    for (;;) {
        uint64_t key = n->by_low ? lo : hi;
        if (n->by_low && hi != n->hi)
            return hi < n->hi ? n->low : n->high;
        if (key < n->base)
            return n->low;
        uint64_t at = (key - n->base) >> n->shift;
        uint32_t part = n->first + (at < n->parts ? (uint32_t)at : n->parts - 1);
        uint32_t low = t->part[part];
        if (low & POL_LPM_NODE) {
            n = &t->node[low & ~POL_LPM_NODE];
            continue;
        }
        uint32_t high = first_of(t, t->part[part + 1]);
        while (low < high && begins_before(t, low, hi, lo))
            low++;
        return low;
    }
}

uint32_t pol_lpm_find(const struct pol_lpm *lpm, const struct sk_addr *a) {
    const struct pol_lpm_table *t = a->fam == 4 ? &lpm->v4 : &lpm->v6;
    if (t->n == 0 || a->fam == 0)
        return POL_LPM_NONE;
    uint64_t hi = a->fam == 4 ? eight_bytes(a->b) >> 32 : eight_bytes(a->b);
    uint64_t lo = a->fam == 4 ? 0 : eight_bytes(a->b + 8);
    if (!begins_before(t, 0, hi, lo))
        return POL_LPM_NONE;
    return t->range[ranges_before(t, hi, lo) - 1].entry;
}

bool pol_lpm_any_within(const struct pol_lpm *lpm, const struct sk_prefix *p) {
    const struct pol_lpm_table *t = p->addr.fam == 4 ? &lpm->v4 : &lpm->v6;
    if (t->n == 0)
        return false;
    if (pol_lpm_find(lpm, &p->addr) != POL_LPM_NONE)
        return true;
    pol_u128 first = addr_number(&p->addr);
    pol_u128 highest = p->addr.fam == 4 ? ((pol_u128)1 << 96) - 1 : ~(pol_u128)0;
    pol_u128 last = p->len >= 128 ? first : first | highest >> p->len;
    uint64_t hi = (uint64_t)(last >> 64), lo = (uint64_t)last;
    bool before_all = !begins_before(t, 0, (uint64_t)(first >> 64), (uint64_t)first);
    uint32_t i = before_all ? 0 : ranges_before(t, (uint64_t)(first >> 64), (uint64_t)first);
    for (; i < t->n && begins_before(t, i, hi, lo); i++) /* two gaps never follow each other: two turns at most */
        if (t->range[i].entry != POL_LPM_NONE)
            return true;
    return false;
}
