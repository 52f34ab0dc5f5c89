/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each router of a link advertised last (RFC 4861 6.3.4), so that its next advertisement can be told as what it
 * is: one that takes back what was given, one of a sender that competes with others, one of too many. Routers that the
 * policy lists are kept apart, so that no flood pushes them out; of the others a link has a share.
 *
 * Copies of a mirror and what hosts discard change nothing and are not judged here.
 */
#include "correlate/correlate.h"
#include "correlate/link.h"
#include "correlate/router.h"
#include "correlate/values.h"
#include "sekimori/table.h"

/* clang-format off */
SK_FIELD(icmpv6_ra_withdraws, "icmpv6.ra.withdraws", KEYWORD, LIST, "", "0.1", "What it takes back of what the same router gave in the last 30 minutes: default-router, prefix (preferred lifetime 0, or valid below 2 hours), rdnss, dnssl, route, pref64")
SK_FIELD(icmpv6_ra_mac_changed, "icmpv6.ra.mac_changed", BOOL, ONE, "", "0.1", "The same link-local address advertised from another MAC address before")
SK_FIELD(icmpv6_ra_alternating, "icmpv6.ra.alternating", BOOL, ONE, "", "0.1", "Taken back for the second time within a minute, and given in between: two senders contradict each other")
SK_FIELD(icmpv6_ra_routers_left, "icmpv6.ra.routers_left", LONG, ONE, "", "0.1", "Other default routers of this link whose lifetime goes on (where the policy lists routers: of those), counted up to 8")
SK_FIELD(icmpv6_ra_competitors, "icmpv6.ra.competitors", LONG, ONE, "", "0.1", "Other default routers of this link that advertise other prefixes, counted up to 8")
SK_FIELD(icmpv6_ra_day_senders, "icmpv6.ra.day.senders", LONG, ONE, "", "0.1", "Senders of this link that the policy does not list, over 24 hours, counted up to 32")
SK_FIELD(icmpv6_ra_day_prefixes, "icmpv6.ra.day.prefixes", LONG, ONE, "", "0.1", "Prefixes that they advertised, over 24 hours, counted up to 32")
SK_FIELD(icmpv6_ra_sharing, "icmpv6.ra.sharing", BOOL, ONE, "", "0.1", "It looks like a shared connection: a 6to4 prefix, or the sender gives IPv4 addresses of Windows connection sharing (192.168.137.0/24) or of a phone's hotspot")
SK_FIELD(policy_router_pair, "policy.router.pair", BOOL, ONE, "", "0.1", "The router's entry of the policy names several MAC addresses: one takes over from the other (VRRP)")
SK_FIELD(policy_router_pd_dynamic, "policy.router.pd_dynamic", BOOL, ONE, "", "0.1", "The router's prefixes come from its provider and change (pd_dynamic)")
SK_EVENT(router_drift, "router.drift", DERIVED, "0.1", "A router that the policy lists advertises something else than its entry says, or than another listed router of the link (RFC 4861 6.2.7)")
SK_FIELD(router_drift_field, "router.drift.field", KEYWORD, ONE, "", "0.1", "What differs: prefix, rdnss, dnssl, route, pref64, flags, mtu, preference, lifetime, hop-limit")
SK_FIELD(router_drift_against, "router.drift.against", KEYWORD, ONE, "", "0.1", "policy, or router: another listed router of the link")
SK_FIELD(router_drift_value, "router.drift.value", KEYWORD, LIST, "", "0.1", "What was advertised and is not what was expected; for flags those set; none where it is missing")
SK_FIELD(router_drift_router, "router.drift.router", IP, ONE, "", "0.1", "The other router")
/* clang-format on */

enum { LISTED_MAX = 1024, OTHERS_MAX = 8192, OTHERS_A_LINK = 1024, LINKS_MAX = 4096, DAY_MAX = 32, SHARING_MAX = 1024 };
#define REMEMBERED (1800 * SK_SEC)
#define ALTERNATES (60 * SK_SEC)
enum { TWO_HOURS = 7200 }; /* RFC 4862 5.5.3 e: below it a host keeps what it had */

struct given_prefix {
    struct sk_prefix prefix;
    uint32_t valid, preferred;
};
struct router_key {
    struct cor_link link;
    struct sk_addr addr;
};
/* What a sender gave last. */
struct router {
    struct sk_mac mac;
    bool is_default;
    bool rdnss, dnssl, route, pref64;
    sk_time last, withdrawn;
    unsigned n_prefix;
    struct given_prefix prefix[COR_RA_PREFIXES];
};

/* Distinct things of a day, by their hashes. */
struct day_set {
    unsigned n;
    sk_time oldest;    /* nothing in it was last seen before */
    uint64_t some[16]; /* bit for each that is in it: most that are not are told without a look at all */
    uint64_t hash[DAY_MAX];
    sk_time last[DAY_MAX];
};
struct link_state {
    unsigned others; /* entries of the table of others */
    struct day_set senders, prefixes;
    struct cor_router_alive alive[COR_ALIVE_MAX];
};
struct state {
    struct sk_table *listed, *others, *links, *sharing;
    struct cor_room room;
};

static struct sk_table *table(const struct sk_hash_key *key, size_t k, size_t v, uint32_t cap) {
    return sk_table_new(&(struct sk_table_config){.key_size = k, .value_size = v, .cap = cap, .key = *key});
}

/* An entry of the others leaves: its link's share is free again. */
static void other_gone(void *user, const void *key, void *value, bool evicted) {
    struct state *s = user;
    struct router_key k;
    (void)value;
    if (!evicted)
        return;
    memcpy(&k, key, sizeof k);
    struct link_state *l = sk_table_peek(s->links, &k.link);
    if (l && l->others)
        l->others--;
}

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    s->listed = table(ctx->key, sizeof(struct router_key), sizeof(struct router), LISTED_MAX);
    s->others = sk_table_new(&(struct sk_table_config){.key_size = sizeof(struct router_key),
                                                       .value_size = sizeof(struct router),
                                                       .cap = OTHERS_MAX,
                                                       .key = *ctx->key,
                                                       .gone = other_gone,
                                                       .user = s});
    s->links = table(ctx->key, sizeof(struct cor_link), sizeof(struct link_state), LINKS_MAX);
    s->sharing = table(ctx->key, sizeof(struct sk_mac), 0, SHARING_MAX);
    return s->listed && s->others && s->links && s->sharing ? SK_OK : SK_ENOMEM;
}

static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->listed);
    sk_table_free(s->others);
    sk_table_free(s->links);
    sk_table_free(s->sharing);
}

/* --- what the advertisement says --- */

static uint64_t hash_of(const struct sk_hash_key *key, const struct sk_addr *a) {
    uint64_t half[2];
    memcpy(half, a->b, sizeof half);
    return sk_hash_pair(key, half[0], half[1]);
}

static void read_prefixes(const struct sk_hash_key *key, const struct sk_event *ev, struct cor_ra *a) {
    int64_t valid[COR_RA_PREFIXES], preferred[COR_RA_PREFIXES];
    struct sk_prefix prefix[COR_RA_PREFIXES];
    unsigned n = sk_event_ints(ev, SKF_icmpv6_ra_prefix_valid, valid, COR_RA_PREFIXES);
    unsigned m = sk_event_ints(ev, SKF_icmpv6_ra_prefix_preferred, preferred, COR_RA_PREFIXES);
    unsigned k = sk_event_prefixes(ev, SKF_icmpv6_ra_prefix, prefix, COR_RA_PREFIXES);
    for (unsigned i = 0; i < n && i < m && i < k; i++) {
        struct cor_ra_prefix *p = &a->prefix[a->n_prefix];
        if (!prefix[i].addr.fam)
            continue;
        p->prefix = prefix[i];
        p->valid = (uint32_t)valid[i];
        p->preferred = (uint32_t)preferred[i];
        p->hash = hash_of(key, &prefix[i].addr);
        a->n_prefix++;
    }
}

/* Lifetimes of a kind of option: was any above 0, was any 0? */
static struct cor_ra_option option(const struct sk_event *ev, enum sk_field_id f) {
    struct cor_ra_option ret = {0};
    int64_t v;
    for (uint32_t at = 0; sk_event_next_int(ev, f, &at, &v);) {
        ret.given |= v > 0;
        ret.ended |= v == 0;
    }
    return ret;
}

static bool read_ra(const struct sk_hash_key *key, const struct sk_event *ev, struct cor_ra *a) {
    memset(a, 0, sizeof *a);
    if (!cor_int(ev, SKF_icmpv6_ra_router_lifetime, &a->lifetime))
        return false;
    a->managed = cor_says(ev, SKF_icmpv6_ra_flags, "M");
    a->other = cor_says(ev, SKF_icmpv6_ra_flags, "O");
    (void)cor_int(ev, SKF_icmpv6_ra_cur_hop_limit, &a->hop_limit);
    (void)cor_int(ev, SKF_icmpv6_ra_mtu, &a->mtu);
    read_prefixes(key, ev, a);
    a->rdnss = option(ev, SKF_icmpv6_ra_rdnss_lifetime);
    a->dnssl = option(ev, SKF_icmpv6_ra_dnssl_lifetime);
    a->route = option(ev, SKF_icmpv6_ra_route_lifetime);
    a->pref64 = option(ev, SKF_icmpv6_ra_pref64_lifetime);
    return true;
}

/* --- what it takes back --- */

static const struct given_prefix *had(const struct router *r, const struct sk_prefix *p) {
    for (unsigned i = 0; i < r->n_prefix; i++)
        if (r->prefix[i].prefix.len == p->len && sk_addr_eq(&r->prefix[i].prefix.addr, &p->addr))
            return &r->prefix[i];
    return NULL;
}

/* A lifetime that runs out in real time is not cut: RFC 4861 6.2.1 lets a router count down, as with delegated
 * prefixes. */
static bool cut(uint32_t before, uint32_t now, int64_t elapsed) {
    enum { SLACK = 30 };
    return before > now && (int64_t)before - now > elapsed + SLACK;
}

static bool prefix_taken(const struct router *r, const struct cor_ra *a, int64_t elapsed) {
    for (unsigned i = 0; i < a->n_prefix; i++) {
        const struct given_prefix *before = had(r, &a->prefix[i].prefix);
        const struct cor_ra_prefix *now = &a->prefix[i];
        if (before &&
            ((now->preferred == 0 && cut(before->preferred, 0, elapsed)) ||
             (before->valid >= TWO_HOURS && now->valid < TWO_HOURS && cut(before->valid, now->valid, elapsed))))
            return true;
    }
    return false;
}

static void withdraw(struct sk_event *ev, struct router *r, const struct cor_ra *a) {
    if (ev->ts - r->last > REMEMBERED)
        return;
    if (r->is_default && a->lifetime == 0) {
        sk_event_put_text(ev, SKF_icmpv6_ra_withdraws, "default-router");
        if (r->withdrawn && ev->ts - r->withdrawn <= ALTERNATES)
            sk_event_put_int(ev, SKF_icmpv6_ra_alternating, 1);
        r->withdrawn = ev->ts;
    }
    if (prefix_taken(r, a, (ev->ts - r->last) / SK_SEC))
        sk_event_put_text(ev, SKF_icmpv6_ra_withdraws, "prefix");
    const struct {
        bool before;
        const struct cor_ra_option *now;
        const char *word;
    } options[] = {{r->rdnss, &a->rdnss, "rdnss"},
                   {r->dnssl, &a->dnssl, "dnssl"},
                   {r->route, &a->route, "route"},
                   {r->pref64, &a->pref64, "pref64"}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].before && options[i].now->ended && !options[i].now->given)
            sk_event_put_text(ev, SKF_icmpv6_ra_withdraws, options[i].word);
}

static void learn(struct router *r, const struct sk_event *ev, const struct cor_ra *a) {
    r->mac = ev->smac;
    r->last = ev->ts;
    r->is_default = a->lifetime > 0;
    r->rdnss = a->rdnss.given;
    r->dnssl = a->dnssl.given;
    r->route = a->route.given;
    r->pref64 = a->pref64.given;
    r->n_prefix = a->n_prefix;
    for (unsigned i = 0; i < a->n_prefix; i++)
        r->prefix[i] = (struct given_prefix){a->prefix[i].prefix, a->prefix[i].valid, a->prefix[i].preferred};
}

/* --- the link --- */

static uint64_t *day_bit(struct day_set *d, uint64_t hash) { return &d->some[hash / 64 % 16]; }

/* Those of yesterday leave; the others stand close together. */
static void leave_old(struct day_set *d, sk_time now) {
    unsigned kept = 0;
    if (now - d->oldest <= SK_DAY)
        return;
    memset(d->some, 0, sizeof d->some);
    d->oldest = now;
    for (unsigned i = 0; i < d->n; i++)
        if (now - d->last[i] <= SK_DAY) {
            d->oldest = d->last[i] < d->oldest ? d->last[i] : d->oldest;
            *day_bit(d, d->hash[i]) |= UINT64_C(1) << d->hash[i] % 64;
            d->hash[kept] = d->hash[i];
            d->last[kept++] = d->last[i];
        }
    d->n = kept;
}

static void day_add(struct day_set *d, uint64_t hash, sk_time now) {
    uint64_t *word = day_bit(d, hash), bit = UINT64_C(1) << hash % 64;
    if (d->n == DAY_MAX && !(*word & bit)) /* not in it, and it is full */
        return;
    unsigned i = *word & bit ? 0 : d->n;
    while (i < d->n && d->hash[i] != hash)
        i++;
    if (i == DAY_MAX)
        return;
    d->oldest = i == 0 && d->n == 0 ? now : now < d->oldest ? now : d->oldest;
    d->n += i == d->n;
    *word |= bit;
    d->hash[i] = hash;
    d->last[i] = now;
}

static void count_day(struct link_state *l, struct sk_cor_ctx *ctx, struct sk_event *ev, const struct cor_ra *a) {
    leave_old(&l->prefixes, ev->ts);
    leave_old(&l->senders, ev->ts);
    for (unsigned i = 0; i < a->n_prefix; i++)
        day_add(&l->prefixes, a->prefix[i].hash, ev->ts);
    day_add(&l->senders, hash_of(ctx->key, &ev->src), ev->ts);
    sk_event_put_int(ev, SKF_icmpv6_ra_day_senders, l->senders.n);
    sk_event_put_int(ev, SKF_icmpv6_ra_day_prefixes, l->prefixes.n);
}

/* Where this sender stands, or may: only where all places are taken a listed router takes that of another. */
static struct cor_router_alive *place(struct link_state *l, const struct sk_event *ev, bool listed) {
    struct cor_router_alive *room = NULL, *other = NULL;
    for (unsigned i = 0; i < COR_ALIVE_MAX; i++) {
        struct cor_router_alive *at = &l->alive[i];
        if (at->until && sk_addr_eq(&at->addr, &ev->src))
            return at;
        if (at->until < ev->ts)
            room = at;
        else if (listed && !at->listed)
            other = at;
    }
    return room ? room : other;
}

static uint64_t digest(const struct cor_ra *a) {
    uint64_t sum = 0; /* of any order */
    for (unsigned i = 0; i < a->n_prefix; i++)
        if (a->prefix[i].valid)
            sum += a->prefix[i].hash | 1;
    return sum;
}

static void compare_with_others(const struct link_state *l, struct sk_event *ev, uint64_t prefixes, bool known,
                                bool is_default) {
    int64_t left = 0, competitors = 0;
    for (unsigned i = 0; i < COR_ALIVE_MAX; i++) {
        const struct cor_router_alive *at = &l->alive[i];
        if (at->until < ev->ts || sk_addr_eq(&at->addr, &ev->src))
            continue;
        left += at->listed || !known;
        competitors += prefixes && at->prefixes && prefixes != at->prefixes;
    }
    if (sk_event_has(ev, NULL, SKF_icmpv6_ra_withdraws))
        sk_event_put_int(ev, SKF_icmpv6_ra_routers_left, left);
    if (is_default)
        sk_event_put_int(ev, SKF_icmpv6_ra_competitors, competitors);
}

static void keep_alive(struct link_state *l, const struct sk_event *ev, const struct cor_ra *a, uint64_t prefixes,
                       bool listed) {
    struct cor_router_alive *at = place(l, ev, listed);
    if (!at)
        return;
    *at = (struct cor_router_alive){.addr = ev->src,
                                    .until = a->lifetime ? sk_time_add(ev->ts, a->lifetime * SK_SEC) : 0,
                                    .listed = listed,
                                    .prefixes = prefixes,
                                    .managed = a->managed,
                                    .other = a->other,
                                    .hop_limit = a->hop_limit,
                                    .mtu = a->mtu};
}

/* --- shared connections --- */

static bool shared_net(const struct sk_addr *a) {
    const uint8_t *b = a->b;
    if (a->fam != 4)
        return false;
    bool phone = (b[0] == 192 && b[1] == 168 && b[2] >= 42 && b[2] <= 49) || (b[0] == 172 && b[1] == 20 && b[2] == 10);
    return phone || (b[0] == 192 && b[1] == 168 && b[2] == 137);
}

static void leased(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_addr yours;
    if (cor_says(ev, SKF_dhcpv4_role, "server") && cor_ip(ev, SKF_dhcpv4_your_ip, &yours) && shared_net(&yours) &&
        !sk_mac_zero(&ev->smac))
        (void)sk_cor_put(ctx, s->sharing, &ev->smac, NULL);
}

static bool shares(const struct state *s, const struct sk_event *ev, const struct cor_ra *a) {
    for (unsigned i = 0; i < a->n_prefix; i++)
        if (a->prefix[i].prefix.addr.b[0] == 0x20 && a->prefix[i].prefix.addr.b[1] == 0x02)
            return true;
    return sk_table_peek(s->sharing, &ev->smac) != NULL;
}

/* --- one advertisement --- */

static struct router *router_of(struct state *s, struct sk_cor_ctx *ctx, struct link_state *l,
                                const struct sk_event *ev, bool listed) {
    struct router_key key;
    memset(&key, 0, sizeof key);
    key.link = cor_link_of(ev);
    key.addr = ev->src;
    if (listed)
        return sk_cor_put(ctx, s->listed, &key, NULL);
    struct router *known = sk_table_get(s->others, &key);
    if (known || ctx->crowded)
        return known;
    if (l->others >= OTHERS_A_LINK) {
        ctx->evictions++;
        return NULL;
    }
    l->others++;
    return sk_cor_put(ctx, s->others, &key, NULL);
}

/* A sender that has half of a listed router's identity is held against what that router said; it adds nothing. */
static void impersonates(struct state *s, struct sk_event *ev, const struct cor_ra *a) {
    struct router_key key;
    memset(&key, 0, sizeof key);
    key.link = cor_link_of(ev);
    key.addr = ev->src;
    struct router *r = sk_table_peek(s->listed, &key);
    if (!r)
        return;
    withdraw(ev, r, a);
    sk_event_put_int(ev, SKF_icmpv6_ra_mac_changed, !sk_mac_eq(&r->mac, &ev->smac));
}

static void advertised(struct state *s, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct cor_ra a;
    struct cor_link link = cor_link_of(ev);
    if (!read_ra(ctx->key, ev, &a))
        return;
    bool listed = cor_says(ev, SKF_policy_router_verdict, "listed");
    bool unknown = cor_says(ev, SKF_policy_router_verdict, "unknown");
    bool forged = cor_says(ev, SKF_policy_router_verdict, "impersonation");
    struct link_state *l = sk_cor_put(ctx, s->links, &link, NULL);
    uint64_t prefixes = digest(&a);
    struct sk_router_rules rules = {0};
    struct sk_mac slla;
    bool has_slla = sk_event_mac(ev, SKF_icmpv6_nd_slla, &slla);
    if (forged) {
        impersonates(s, ev, &a);
    } else {
        struct router *r = router_of(s, ctx, l, ev, listed);
        if (r && r->last) {
            withdraw(ev, r, &a);
            sk_event_put_int(ev, SKF_icmpv6_ra_mac_changed, !sk_mac_eq(&r->mac, &ev->smac));
        }
        if (r)
            learn(r, ev, &a);
    }
    compare_with_others(l, ev, prefixes, !unknown, a.lifetime > 0);
    if (!listed)
        count_day(l, ctx, ev, &a);
    if (!listed && shares(s, ev, &a))
        sk_event_put_int(ev, SKF_icmpv6_ra_sharing, 1);
    if (listed &&
        sk_policy_router_rules(ctx->policy, ev->segment, &ev->smac, &ev->src, has_slla ? &slla : NULL, &rules)) {
        sk_event_put_int(ev, SKF_policy_router_pair, rules.macs > 1);
        sk_event_put_int(ev, SKF_policy_router_pd_dynamic, rules.pd_dynamic);
        cor_router_drift(&s->room, ctx, ev, &a, &rules, l->alive);
    }
    if (!forged)
        keep_alive(l, ev, &a, prefixes, listed);
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    if ((ev->type != SKE_icmpv6_ra && ev->type != SKE_dhcpv4_message) || (ev->flags & SK_EV_DUPLICATE) ||
        sk_cor_discarded(ev) || sk_cor_private(ctx->policy, ev))
        return;
    if (ev->type == SKE_dhcpv4_message)
        leased(state, ctx, ev);
    else
        advertised(state, ctx, ev);
}

/* Senders of yesterday make room in their link's share. */
static void tick(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    const void *key;
    for (struct router *r; (r = sk_table_oldest(s->others, &key)) && ctx->now - r->last > SK_DAY;) {
        struct router_key k;
        memcpy(&k, key, sizeof k);
        struct link_state *l = sk_table_peek(s->links, &k.link);
        if (l && l->others)
            l->others--;
        sk_table_del(s->others, &k);
    }
}

static const uint16_t wants[] = {SKE_icmpv6_ra, SKE_dhcpv4_message, 0};
const struct sk_correlator sk_cor_router = {.name = "router",
                                            .rank = 60, /* after the verdict of the policy */
                                            .wants = wants,
                                            .looks_at = wants,
                                            .state_size = sizeof(struct state),
                                            .init = init,
                                            .fini = fini,
                                            .event = event,
                                            .tick = tick};
