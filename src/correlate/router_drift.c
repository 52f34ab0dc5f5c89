/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a listed router advertises against what the policy says it does, and against the other listed routers of its
 * link. One derived event a thing that differs. What the policy does not say is unknown and never differs.
 */
#include "correlate/router.h"

enum { DRIFTS_MAX = 6, VALUES_MAX = 16 }; /* events of one advertisement, values of one event */

struct drift {
    struct cor_room *room;
    struct sk_cor_ctx *ctx;
    const struct sk_event *ev;
    const struct sk_router_rules *rules;
    unsigned told;
};

static struct sk_event *begin(struct drift *d, const char *field, const char *against) {
    struct sk_event *out = cor_derived(d->room, d->ev, SKE_router_drift);
    sk_event_put_text(out, SKF_router_drift_field, field);
    sk_event_put_text(out, SKF_router_drift_against, against);
    return out;
}

static void tell(struct drift *d, const struct sk_event *out) {
    if (d->told++ < DRIFTS_MAX)
        d->ctx->derive(d->ctx, out);
}

enum { PREFIX, RDNSS, ROUTE, PREF64, DNSSL };

static enum sk_tri may(const struct drift *d, int what, const struct sk_value *v) {
    const struct sk_policy *p = d->ctx->policy;
    struct sk_prefix x;
    if (what == RDNSS)
        return d->rules->rdnss_known ? sk_router_may_resolver(p, d->rules, &v->ip) : SK_UNKNOWN;
    if (what == DNSSL)
        return sk_router_may_domain(p, d->rules, v->s.p);
    if (!sk_prefix_parse(v->s.p, v->s.len, true, &x))
        return SK_UNKNOWN;
    if (what == PREFIX)
        return sk_router_may_prefix(p, d->rules, &x);
    if (what == ROUTE)
        return sk_router_may_route(p, d->rules, &x);
    return d->rules->pref64_known ? sk_router_may_pref64(p, d->rules, &x) : SK_UNKNOWN;
}

/* Lists of prefixes, addresses or names, and the lifetimes that go with them. */
static const struct listed {
    enum sk_field_id values, lifetimes;
    const char *word;
    int what;
} lists[] = {{SKF_icmpv6_ra_prefix, SKF_icmpv6_ra_prefix_valid, "prefix", PREFIX},
             {SKF_icmpv6_ra_rdnss, SKF_icmpv6_ra_rdnss_lifetime, "rdnss", RDNSS},
             {SKF_icmpv6_ra_route, SKF_icmpv6_ra_route_lifetime, "route", ROUTE},
             {SKF_icmpv6_ra_pref64, SKF_icmpv6_ra_pref64_lifetime, "pref64", PREF64},
             {SKF_icmpv6_ra_dnssl, SKF_icmpv6_ra_dnssl_lifetime, "dnssl", DNSSL}};

/* Each of its values the entry has or has not. What a lifetime of 0 takes back is not advertised any more. */
static void list(struct drift *d, const struct listed *l) {
    char scratch[SK_EVENT_SCRATCH], text[SK_EVENT_TEXT_MAX + 1];
    struct sk_event *out = NULL;
    struct sk_value v, lifetime;
    uint32_t life = 0;
    unsigned n = 0;
    for (uint32_t at = 0; n < VALUES_MAX && sk_event_next(d->ev, NULL, l->values, &at, scratch, &v);) {
        bool ended = sk_event_next(d->ev, NULL, l->lifetimes, &life, NULL, &lifetime) && lifetime.i == 0;
        if (ended || may(d, l->what, &v) != SK_NO)
            continue;
        if (!out)
            out = begin(d, l->word, "policy");
        sk_event_put_text(out, SKF_router_drift_value, sk_value_text(&v, text, sizeof text));
        n++;
    }
    if (out)
        tell(d, out);
}

/* M and O must be as the entry says: set and not named, or named and not set. */
static void flags(struct drift *d, const struct cor_ra *a) {
    enum { M = 0x80, O = 0x40 };
    unsigned set = (a->managed ? M : 0u) | (a->other ? O : 0u);
    if (!d->rules->flags_known || set == (d->rules->flags & (M | O)))
        return;
    struct sk_event *out = begin(d, "flags", "policy");
    if (a->managed)
        sk_event_put_text(out, SKF_router_drift_value, "M");
    if (a->other)
        sk_event_put_text(out, SKF_router_drift_value, "O");
    tell(d, out);
}

static void number(struct drift *d, const char *field, const char *against, int64_t value) {
    char text[24];
    struct sk_event *out = begin(d, field, against);
    snprintf(text, sizeof text, "%lld", (long long)value);
    sk_event_put_text(out, SKF_router_drift_value, text);
    tell(d, out);
}

static void scalars(struct drift *d, const struct cor_ra *a) {
    static const char *const preference[] = {"medium", "high", "reserved", "low"};
    const struct sk_router_rules *r = d->rules;
    if (r->lifetime_max && a->lifetime > r->lifetime_max)
        number(d, "lifetime", "policy", a->lifetime);
    if (r->mtu && a->mtu && a->mtu != r->mtu)
        number(d, "mtu", "policy", a->mtu);
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    if (r->preference_known && a->lifetime > 0 && sk_event_get(d->ev, NULL, SKF_icmpv6_ra_preference, 0, scratch, &v) &&
        strcmp(v.s.p, preference[r->preference & 3]) != 0) {
        struct sk_event *out = begin(d, "preference", "policy");
        sk_event_put_text(out, SKF_router_drift_value, v.s.p);
        tell(d, out);
    }
}

/* RFC 4861 6.2.7: hop limit and M, O, where both say something. MTU too. */
static void against_router(struct drift *d, const struct cor_ra *a, const struct cor_router_alive *o) {
    struct sk_event *out = NULL;
    char text[24];
    const char *value = text;
    if (a->managed != o->managed || a->other != o->other) {
        out = begin(d, "flags", "router");
        value = a->managed && a->other ? "MO" : a->managed ? "M" : a->other ? "O" : "-";
    } else if (a->hop_limit && o->hop_limit && a->hop_limit != o->hop_limit) {
        out = begin(d, "hop-limit", "router");
        snprintf(text, sizeof text, "%lld", (long long)a->hop_limit);
    } else if (a->mtu && o->mtu && a->mtu != o->mtu) {
        out = begin(d, "mtu", "router");
        snprintf(text, sizeof text, "%lld", (long long)a->mtu);
    }
    if (!out)
        return;
    sk_event_put_text(out, SKF_router_drift_value, value);
    sk_event_put_ip(out, SKF_router_drift_router, &o->addr);
    tell(d, out);
}

void cor_router_drift(struct cor_room *room, struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct cor_ra *a,
                      const struct sk_router_rules *rules, const struct cor_router_alive *alive) {
    struct drift d = {.room = room, .ctx = ctx, .ev = ev, .rules = rules};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        list(&d, &lists[i]);
    flags(&d, a);
    scalars(&d, a);
    for (unsigned i = 0; i < COR_ALIVE_MAX; i++)
        if (alive[i].listed && alive[i].until >= ev->ts && !sk_addr_eq(&alive[i].addr, &ev->src)) {
            against_router(&d, a, &alive[i]);
            break;
        }
}
