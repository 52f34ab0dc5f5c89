/* SPDX-License-Identifier: Apache-2.0 */
/* Lays out address -> zone and segment, and the sets of addresses that the verdicts ask. Finds addresses that would be
 * in two zones. */
#include "policy/pol.h"

#include <stdlib.h>

struct claims {
    struct sk_policy *p;
    struct sk_diags *diags;
    struct sk_prefix *net;
    uint32_t *parent;
    size_t n;
};

static void add_claims(struct claims *c, const struct pol_nets *nets, const char *owner, uint16_t zone,
                       uint16_t segment) {
    for (size_t i = 0; i < nets->list.n; i++) {
        c->net[c->n] = nets->list.at[i].net;
        c->p->claim[c->n++] =
            (struct pol_claim){.owner = owner, .zone = zone, .segment = segment, .pos = nets->list.at[i].pos};
    }
}

static bool comes_after(const struct pol_pos *a, const struct pol_pos *b) {
    int order = strcmp(a->path, b->path);
    if (order)
        return order > 0;
    return a->line != b->line ? a->line > b->line : a->col > b->col;
}

/* Said at the later of the two, where the mistake was made. */
static void say_overlap(struct claims *c, size_t a, size_t b, enum sk_diag_level level, const char *what) {
    size_t here = comes_after(&c->p->claim[a].pos, &c->p->claim[b].pos) ? a : b;
    size_t other = here == a ? b : a;
    const struct pol_claim *h = &c->p->claim[here];
    const struct pol_claim *o = &c->p->claim[other];
    char net[2][SK_PREFIX_TEXT];
    char where[POL_WHERE];
    sk_diag_add(c->diags, level, h->pos.path, h->pos.line, h->pos.col, "%s (%s) overlaps %s (%s, %s): %s",
                sk_prefix_text(&c->net[here], net[0]), h->owner, sk_prefix_text(&c->net[other], net[1]), o->owner,
                pol_where(&o->pos, &h->pos, where), what);
}

/* A partner's or provider's block around or inside ours is how networks are; two zones of one side are a slip. */
static void check_claim(struct claims *c, size_t i, size_t around) {
    const struct sk_policy *p = c->p;
    const struct pol_claim *a = &p->claim[i];
    const struct pol_claim *b = &p->claim[around];
    bool equal = c->net[i].len == c->net[around].len;
    if (a->zone != POL_NONE && b->zone != POL_NONE && a->zone != b->zone) {
        if (equal || p->zones.at[a->zone].side == p->zones.at[b->zone].side)
            say_overlap(c, i, around, SK_DIAG_ERROR, "one address would be in two zones");
    } else if (equal && a->segment != POL_NONE && b->segment != POL_NONE && a->segment != b->segment &&
               pol_exactness(&p->segments.at[a->segment]) + pol_exactness(&p->segments.at[b->segment]) > 0) {
        /* two that choose by prefix alone are a tie, said there */
        say_overlap(c, i, around, SK_DIAG_WARNING,
                    "addresses of both; where only the address is known, the later segment is taken");
    }
}

/* From the widest to the narrowest, so that what is around a prefix is complete before it. */
static void complete_claims(struct claims *c) {
    for (unsigned len = 0; len <= 128; len++) {
        for (size_t i = 0; i < c->n; i++) {
            if (c->net[i].len != len || c->parent[i] == POL_LPM_NONE)
                continue;
            struct pol_claim *claim = &c->p->claim[i];
            const struct pol_claim *around = &c->p->claim[c->parent[i]];
            check_claim(c, i, c->parent[i]);
            if (claim->zone == POL_NONE)
                claim->zone = around->zone;
            if (claim->segment == POL_NONE)
                claim->segment = around->segment;
        }
    }
}

static size_t count_claims(const struct sk_policy *p) {
    size_t n = 0;
    for (size_t i = 0; i < p->zones.n; i++)
        n += p->zones.at[i].prefixes.list.n;
    for (size_t i = 0; i < p->segments.n; i++) {
        const struct pol_segment *s = &p->segments.at[i];
        n += s->prefixes.list.n;
        for (size_t k = 0; k < s->routers.list.n; k++)
            n += s->routers.list.at[k].prefixes.list.n;
    }
    return n;
}

static void index_claims(struct sk_policy *p, struct sk_diags *diags) {
    size_t n = count_claims(p);
    struct claims c = {p, diags, sk_mem_new(n + 1, sizeof *c.net), sk_mem_new(n + 1, sizeof *c.parent), 0};
    p->claim = sk_arena_new(&p->arena, (n + 1) * sizeof *p->claim);
    for (size_t i = 0; i < p->zones.n; i++)
        add_claims(&c, &p->zones.at[i].prefixes, p->zones.at[i].name, (uint16_t)i, POL_NONE);
    for (size_t i = 0; i < p->segments.n; i++) {
        const struct pol_segment *s = &p->segments.at[i];
        for (size_t k = 0; k < s->routers.list.n; k++) /* what its routers may advertise is of the segment */
            add_claims(&c, &s->routers.list.at[k].prefixes, s->pub.id, s->zone, (uint16_t)i);
        add_claims(&c, &s->prefixes, s->pub.id, s->zone, (uint16_t)i);
    }
    pol_lpm_build(&p->places, c.net, c.n, &p->arena, c.parent);
    complete_claims(&c);
    free(c.net);
    free(c.parent);
}

/* --- sets -----------------------------------------------------------------------------------------------------------
 */

struct gather {
    struct sk_prefix *net;
    size_t n, cap;
};

static void gather(struct gather *g, const struct pol_nets *nets) {
    for (size_t i = 0; i < nets->list.n; i++) {
        g->net = pol_grow(g->net, &g->n, &g->cap, sizeof *g->net);
        g->net[g->n - 1] = nets->list.at[i].net;
    }
}

static void make_set(struct sk_policy *p, struct pol_set *set, struct gather *g, bool declared) {
    pol_lpm_build(&set->lpm, g->net, g->n, &p->arena, NULL);
    set->declared = declared;
    free(g->net);
    *g = (struct gather){0};
}

static void gather_named(struct gather *g, const struct sk_policy *p) {
    gather(g, &p->resolvers);
    gather(g, &p->upstreams);
    gather(g, &p->mx);
    gather(g, &p->relays);
    gather(g, &p->submission);
    gather(g, &p->ntp_servers);
    for (size_t i = 0; i < p->proxies.n; i++)
        gather(g, &p->proxies.at[i].ip);
    for (size_t i = 0; i < p->authoritative.n; i++)
        gather(g, &p->authoritative.at[i].ip);
    for (size_t i = 0; i < p->no_proxy.n; i++)
        if (!p->no_proxy.at[i].until) /* what ends is judged by time, in sk_policy_proxy() */
            gather(g, &p->no_proxy.at[i].hosts);
}

static void index_sets(struct sk_policy *p) {
    struct gather g = {0};
    gather(&g, &p->resolvers);
    make_set(p, &p->resolver_set, &g, pol_declared(p, "dns.resolvers"));
    gather(&g, &p->ntp_servers);
    make_set(p, &p->ntp_set, &g, pol_declared(p, "ntp_servers"));
    bool mail = pol_declared(p, "mail.mx") || pol_declared(p, "mail.relays");
    gather(&g, &p->mx);
    gather(&g, &p->relays);
    make_set(p, &p->mail_set, &g, mail);
    gather(&g, &p->mx);
    gather(&g, &p->relays);
    gather(&g, &p->submission);
    make_set(p, &p->sender_set, &g, mail || pol_declared(p, "mail.submission"));
    gather_named(&g, p);
    make_set(p, &p->named_set, &g, true);
}

void pol_index_places(struct sk_policy *p, struct sk_diags *diags) {
    index_claims(p, diags);
    index_sets(p);
    p->tunnels_known = pol_declared(p, "tunnels");
    p->proxies_known = pol_declared(p, "proxies");
    p->authoritative_known = pol_declared(p, "dns.authoritative");
    p->own_domains_known = pol_declared(p, "mail.own_domains");
}
