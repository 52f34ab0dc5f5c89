/* SPDX-License-Identifier: Apache-2.0 */
/* Lays out packet -> segment so that a packet costs one table read, and finds the ties: two segments, equally exact,
 * that could both hold the same packet. */
#include "policy/pol.h"

#include <stdlib.h>

unsigned pol_exactness(const struct pol_segment *s) {
    return (s->vnis.n ? 4U : 0) + (s->vids.n ? 2U : 0) + (s->tap_name ? 1U : 0);
}

struct ties {
    struct sk_policy *p;
    struct sk_diags *diags;
    bool *said; /* by segment: its tie is reported */
};

static void tie(struct ties *t, uint16_t a, uint16_t b, const char *common) {
    const struct pol_segment *first = &t->p->segments.at[a];
    const struct pol_segment *second = &t->p->segments.at[b];
    char where[POL_WHERE];
    if (a == b || t->said[b])
        return;
    t->said[b] = true;
    sk_diag_add(t->diags, SK_DIAG_ERROR, second->pos.path, second->pos.line, second->pos.col,
                "segment `%s` ties with `%s` (%s): both could hold the same packet%s. Make one more exact: VNI before "
                "VLAN before tap before prefix",
                second->pub.id, first->pub.id, pol_where(&first->pos, &second->pos, where), common);
}

/* --- by tap and VID -------------------------------------------------------------------------------------------------
 */

static void put(struct ties *t, size_t row, uint16_t vid, uint16_t segment, unsigned exact) {
    uint16_t *cell = &t->p->flat[row * POL_VIDS + vid];
    if (*cell == POL_NONE)
        *cell = segment;
    else if (pol_exactness(&t->p->segments.at[*cell]) == exact)
        tie(t, *cell, segment, "");
}

static void put_row(struct ties *t, size_t row, uint16_t segment, unsigned exact) {
    const struct pol_segment *s = &t->p->segments.at[segment];
    if (t->said[segment])
        return; /* an error already; and work stays bounded by the number of VLANs */
    for (size_t i = 0; i < s->vids.n; i++)
        put(t, row, s->vids.at[i], segment, exact);
    for (unsigned vid = 0; s->vids.n == 0 && vid < POL_VIDS; vid++)
        put(t, row, (uint16_t)vid, segment, exact);
}

/* The tap is not known: any tap fits. Where two segments would, neither is taken; a less exact one may still be. */
static void fill_unknown_tap(struct sk_policy *p, unsigned exact) {
    enum { SEVERAL = POL_NONE - 1 };
    uint16_t *row = &p->flat[p->taps.n * POL_VIDS];
    uint16_t *found = sk_mem_new(POL_VIDS, sizeof *found);
    memset(found, 0xff, POL_VIDS * sizeof *found);
    for (size_t i = 0; i < p->segments.n; i++) {
        const struct pol_segment *s = &p->segments.at[i];
        if (pol_exactness(s) != exact)
            continue;
        size_t n = s->vids.n ? s->vids.n : POL_VIDS;
        for (size_t k = 0; k < n; k++) {
            uint16_t vid = s->vids.n ? s->vids.at[k] : (uint16_t)k;
            found[vid] = found[vid] == POL_NONE ? (uint16_t)i : (uint16_t)SEVERAL;
        }
    }
    for (unsigned vid = 0; vid < POL_VIDS; vid++)
        if (row[vid] == POL_NONE && found[vid] != SEVERAL)
            row[vid] = found[vid];
    free(found);
}

static void fill_flat(struct ties *t) {
    struct sk_policy *p = t->p;
    for (size_t i = 0; i < p->segments.n; i++)
        p->any_private |= p->segments.at[i].pub.is_private;
    size_t cells = (p->taps.n + 1) * POL_VIDS;
    p->flat = sk_arena_new(&p->arena, cells * sizeof *p->flat);
    memset(p->flat, 0xff, cells * sizeof *p->flat);
    for (unsigned exact = 3; exact >= 1; exact--) {
        for (size_t i = 0; i < p->segments.n; i++) {
            const struct pol_segment *s = &p->segments.at[i];
            if (pol_exactness(s) != exact)
                continue;
            if (s->tap != POL_NONE)
                put_row(t, s->tap, (uint16_t)i, exact);
            for (size_t row = 0; !s->tap_name && row < p->taps.n; row++)
                put_row(t, row, (uint16_t)i, exact);
        }
        fill_unknown_tap(p, exact);
    }
}

/* Without taps nothing shows ties of the row of unknown taps; with them that row's twins are no error. */
static void find_vlan_ties(struct ties *t) {
    uint16_t first[POL_VIDS];
    memset(first, 0xff, sizeof first);
    for (size_t i = 0; i < t->p->segments.n; i++) {
        const struct pol_segment *s = &t->p->segments.at[i];
        if (pol_exactness(s) != 2)
            continue;
        for (size_t k = 0; k < s->vids.n; k++) {
            uint16_t *at = &first[s->vids.at[k]];
            if (*at == POL_NONE)
                *at = (uint16_t)i;
            else
                tie(t, *at, (uint16_t)i, "");
        }
    }
}

/* --- by VNI ---------------------------------------------------------------------------------------------------------
 */

static int vni_order(const void *pa, const void *pb) {
    const struct pol_vni *a = pa;
    const struct pol_vni *b = pb;
    if (a->vni != b->vni)
        return a->vni < b->vni ? -1 : 1;
    if (a->exact != b->exact)
        return a->exact > b->exact ? -1 : 1;
    return a->segment < b->segment ? -1 : a->segment > b->segment;
}

static bool share_vid(const struct pol_segment *a, const struct pol_segment *b) {
    for (size_t i = 0; i < a->vids.n; i++)
        for (size_t k = 0; k < b->vids.n; k++)
            if (a->vids.at[i] == b->vids.at[k])
                return true;
    return a->vids.n == 0 && b->vids.n == 0;
}

static void fill_vni(struct ties *t) {
    struct sk_policy *p = t->p;
    size_t n = 0;
    for (size_t i = 0; i < p->segments.n; i++)
        n += p->segments.at[i].vnis.n;
    p->vni = sk_arena_new(&p->arena, (n + 1) * sizeof *p->vni);
    for (size_t i = 0; i < p->segments.n; i++) {
        const struct pol_segment *s = &p->segments.at[i];
        for (size_t k = 0; k < s->vnis.n; k++)
            p->vni[p->n_vni++] = (struct pol_vni){s->vnis.at[k], (uint16_t)i, (uint8_t)pol_exactness(s)};
    }
    qsort(p->vni, p->n_vni, sizeof *p->vni, vni_order);
    for (size_t i = 0; i < p->n_vni; i++) {
        const struct pol_segment *a = &p->segments.at[p->vni[i].segment];
        if (t->said[p->vni[i].segment])
            continue;
        for (size_t k = i + 1; k < p->n_vni && p->vni[k].vni == p->vni[i].vni && p->vni[k].exact == p->vni[i].exact;
             k++) {
            const struct pol_segment *b = &p->segments.at[p->vni[k].segment];
            if (a->tap == b->tap && !t->said[p->vni[k].segment] && share_vid(a, b))
                tie(t, p->vni[i].segment, p->vni[k].segment, "");
        }
    }
}

/* --- by prefix, and any ---------------------------------------------------------------------------------------------
 */

static void fill_prefixes(struct ties *t) {
    struct sk_policy *p = t->p;
    size_t n = 0;
    p->any = POL_NONE;
    for (size_t i = 0; i < p->segments.n; i++) {
        const struct pol_segment *s = &p->segments.at[i];
        if (pol_exactness(s) != 0)
            continue;
        if (!s->vlan_any)
            n += s->prefixes.list.n;
        else if (p->any == POL_NONE)
            p->any = (uint16_t)i;
        else
            tie(t, p->any, (uint16_t)i, " of any VLAN");
    }
    struct sk_prefix *net = sk_mem_new(n + 1, sizeof *net);
    uint32_t *parent = sk_mem_new(n + 1, sizeof *parent);
    p->prefix_segment = sk_arena_new(&p->arena, (n + 1) * sizeof *p->prefix_segment);
    size_t at = 0;
    for (size_t i = 0; i < p->segments.n; i++) {
        const struct pol_segment *s = &p->segments.at[i];
        for (size_t k = 0; pol_exactness(s) == 0 && !s->vlan_any && k < s->prefixes.list.n; k++) {
            net[at] = s->prefixes.list.at[k].net;
            p->prefix_segment[at++] = (uint16_t)i;
        }
    }
    pol_lpm_build(&p->by_prefix, net, n, &p->arena, parent);
    for (size_t i = 0; i < n; i++)
        if (parent[i] != POL_LPM_NONE && net[parent[i]].len == net[i].len)
            tie(t, p->prefix_segment[parent[i]], p->prefix_segment[i], " of the same prefix");
    free(net);
    free(parent);
}

void pol_index_segments(struct sk_policy *p, struct sk_diags *diags) {
    struct ties t = {p, diags, sk_mem_new(p->segments.n + 1, sizeof *t.said)};
    find_vlan_ties(&t);
    fill_flat(&t);
    fill_vni(&t);
    fill_prefixes(&t);
    free(t.said);
}
