/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What routers and DHCP servers tell hosts to use for names and for reaching IPv4: resolvers and search domains (RFC
 * 8106, 3646, 9463), NAT64 prefixes (RFC 8781, 7050), IPv6-only preferred (RFC 8925); which of it the policy does not
 * know, and which clients then asked such a resolver.
 */
#include "correlate/correlate.h"
#include "correlate/link.h"
#include "correlate/values.h"
#include "sekimori/table.h"

/* clang-format off */
SK_FIELD(policy_resolver_unlisted, "policy.resolver.unlisted", IP, LIST, "", "0.1", "Resolvers offered that the policy does not have (dns.resolvers, rdnss of the segment's routers)")
SK_FIELD(policy_resolver_unlisted_name, "policy.resolver.unlisted_name", KEYWORD, LIST, "", "0.1", "Search domains offered that are not ours (dns.internal_names, dnssl of the segment's routers)")
SK_FIELD(policy_resolver_self, "policy.resolver.self", BOOL, ONE, "", "0.1", "The sender offers itself as resolver")
SK_FIELD(policy_resolver_users, "policy.resolver.users", LONG, ONE, "", "0.1", "Clients that were seen to ask such a resolver since it was offered, counted up to 16")
SK_FIELD(policy_resolver_user, "policy.resolver.user", KEYWORD, LIST, "", "0.1", "Their MAC addresses")
SK_FIELD(policy_pref64_unlisted, "policy.pref64.unlisted", KEYWORD, LIST, "", "0.1", "NAT64 prefixes offered, by a router or by an answer for ipv4only.arpa, that the policy does not have (dns.nat64_prefixes, pref64 of the segment's routers)")
SK_FIELD(policy_dhcp_server_verdict, "policy.dhcp_server.verdict", KEYWORD, ONE, "", "0.1", "DHCPv4 server against segments.*.dhcp_servers: listed, not-listed, impersonation, unknown")
/* clang-format on */

enum { SERVERS_MAX = 4096, DNS = 53, DOT = 853, HTTPS = 443 };
#define OFFER_LIFE SK_DAY

struct server_key {
    struct cor_link link;
    struct sk_addr addr;
};
struct server {
    sk_time last;
    struct cor_macs users;
};
struct state {
    struct sk_table *servers; /* resolvers offered that the policy does not have */
};

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    s->servers = sk_table_new(&(struct sk_table_config){.key_size = sizeof(struct server_key),
                                                        .value_size = sizeof(struct server),
                                                        .cap = SERVERS_MAX,
                                                        .key = *ctx->key});
    return s->servers ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) { sk_table_free(((struct state *)state)->servers); }

static struct server_key key_of(const struct sk_event *ev, const struct sk_addr *addr) {
    struct server_key k;
    memset(&k, 0, sizeof k);
    k.link = cor_link_of(ev);
    k.addr = *addr;
    return k;
}

/* --- resolvers --- */

struct offers {
    struct state *s;
    struct sk_cor_ctx *ctx;
    struct sk_event *ev;
    struct cor_macs users;
    bool any, remember;
};

static void unlisted(struct offers *o, const struct sk_addr *addr) {
    o->any = true;
    sk_event_put_ip(o->ev, SKF_policy_resolver_unlisted, addr);
    if (!o->remember)
        return;
    struct server_key key = key_of(o->ev, addr);
    uint64_t before = sk_table_evicted(o->s->servers);
    struct server *known = sk_table_put(o->s->servers, &key, NULL);
    o->ctx->evictions += sk_table_evicted(o->s->servers) - before;
    known->last = o->ev->ts;
    for (unsigned i = 0; i < known->users.n; i++)
        if (cor_macs_add(&o->users, &known->users.at[i])) /* who asks two of them is one client */
            sk_event_put_mac(o->ev, SKF_policy_resolver_user, &known->users.at[i]);
}

/* The lifetime that goes with the next value; 0 takes back instead of giving (RFC 8106 5.1, 8781 4, 9463 6.1). */
static bool given(const struct sk_event *ev, enum sk_field_id lifetime, uint32_t *at) {
    struct sk_value v;
    return lifetime == SKF_none || !sk_event_next(ev, NULL, lifetime, at, NULL, &v) || v.i > 0;
}

static void servers(struct offers *o, enum sk_field_id f, enum sk_field_id lifetime) {
    struct sk_value v;
    uint32_t life = 0;
    for (uint32_t at = 0; sk_event_next(o->ev, NULL, f, &at, NULL, &v);) {
        struct sk_addr addr = v.ip; /* putting values may move the record's */
        if (!given(o->ev, lifetime, &life))
            continue;
        if (sk_addr_eq(&addr, &o->ev->src))
            sk_event_put_int(o->ev, SKF_policy_resolver_self, 1);
        if (sk_policy_offered_resolver(o->ctx->policy, o->ev->segment, &addr) == SK_NO)
            unlisted(o, &addr);
    }
}

static void domains(struct offers *o, enum sk_field_id f, enum sk_field_id lifetime) {
    char name[SK_EVENT_TEXT_MAX + 1];
    struct sk_value v;
    uint32_t life = 0;
    for (uint32_t at = 0; sk_event_next(o->ev, NULL, f, &at, NULL, &v);) {
        if (!given(o->ev, lifetime, &life) || v.s.len > SK_EVENT_TEXT_MAX)
            continue;
        memcpy(name, v.s.p, v.s.len + 1);
        if (sk_policy_offered_domain(o->ctx->policy, o->ev->segment, name) == SK_NO)
            sk_event_put_text(o->ev, SKF_policy_resolver_unlisted_name, name);
    }
}

/* What the entry of a listed router says itself, it is held against there (router.drift): one thing is told once. */
static struct sk_router_rules told_as_drift(const struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_router_rules rules;
    struct sk_mac slla;
    bool has = sk_event_mac(ev, SKF_icmpv6_nd_slla, &slla);
    if (cor_says(ev, SKF_policy_router_verdict, "listed") &&
        sk_policy_router_rules(ctx->policy, ev->segment, &ev->smac, &ev->src, has ? &slla : NULL, &rules))
        return rules;
    return (struct sk_router_rules){0};
}

static void resolvers(struct state *s, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct offers o = {.s = s, .ctx = ctx, .ev = ev};
    o.remember = !sk_cor_discarded(ev) && !sk_cor_private(ctx->policy, ev) && !ctx->crowded;
    if (ev->type == SKE_icmpv6_ra) {
        struct sk_router_rules told = told_as_drift(ctx, ev);
        if (!told.rdnss_known)
            servers(&o, SKF_icmpv6_ra_rdnss, SKF_icmpv6_ra_rdnss_lifetime);
        servers(&o, SKF_icmpv6_ra_dnr_ip, SKF_icmpv6_ra_dnr_ip_lifetime);
        if (!told.dnssl_known)
            domains(&o, SKF_icmpv6_ra_dnssl, SKF_icmpv6_ra_dnssl_lifetime);
    } else if (cor_says(ev, SKF_dhcpv6_role, "server")) {
        servers(&o, SKF_dhcpv6_dns, SKF_none);
        domains(&o, SKF_dhcpv6_domain, SKF_none);
    }
    if (o.any && o.remember)
        sk_event_put_int(ev, SKF_policy_resolver_users, o.users.n);
}

/* A client asks a resolver that was offered and is not ours. */
static void asked(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    if ((ev->dport != DNS && ev->dport != DOT && ev->dport != HTTPS) || sk_mac_zero(&ev->smac) ||
        sk_table_count(s->servers) == 0)
        return;
    struct server_key key = key_of(ev, &ev->dst);
    struct server *known = sk_table_peek(s->servers, &key);
    if (!known || ev->ts - known->last > OFFER_LIFE || sk_cor_private(ctx->policy, ev))
        return;
    (void)cor_macs_add(&known->users, &ev->smac);
}

/* --- NAT64 --- */

static void pref64_of_router(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct sk_prefix p;
    uint32_t life = 0;
    for (uint32_t at = 0; sk_event_next_prefix(ev, SKF_icmpv6_ra_pref64, &at, &p);)
        if (given(ev, SKF_icmpv6_ra_pref64_lifetime, &life) && p.addr.fam &&
            sk_policy_offered_nat64(ctx->policy, ev->segment, &p) == SK_NO)
            sk_event_put_prefix(ev, SKF_policy_pref64_unlisted, &p);
}

/* RFC 7050 2.2: ipv4only.arpa is 192.0.0.170 and 192.0.0.171; an AAAA answer shows the prefix they are put into. */
static bool prefix_of_answer(const struct sk_addr *a, struct sk_prefix *ret) {
    static const uint8_t lengths[] = {96, 64, 56, 48, 40, 32};
    for (size_t i = 0; i < sizeof lengths; i++) {
        struct sk_addr v4;
        if (!sk_addr_rfc6052(a, lengths[i], &v4) || v4.b[0] != 192 || v4.b[1] != 0 || v4.b[2] != 0 ||
            (v4.b[3] != 170 && v4.b[3] != 171))
            continue;
        *ret = (struct sk_prefix){.addr = *a, .len = lengths[i]};
        memset(ret->addr.b + lengths[i] / 8, 0, sizeof ret->addr.b - lengths[i] / 8);
        return true;
    }
    return false;
}

static void pref64_of_answer(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH], text[SK_PREFIX_TEXT];
    struct sk_value v;
    if (!sk_event_get(ev, NULL, SKF_dns_question_name, 0, scratch, &v) || strcmp(v.s.p, "ipv4only.arpa") != 0)
        return;
    for (uint32_t at = 0; sk_event_next(ev, NULL, SKF_dns_resolved_ip, &at, NULL, &v);) {
        struct sk_prefix p;
        struct sk_addr a = v.ip;
        if (a.fam == 6 && prefix_of_answer(&a, &p) && sk_policy_offered_nat64(ctx->policy, ev->segment, &p) == SK_NO &&
            !cor_says(ev, SKF_policy_pref64_unlisted, sk_prefix_text(&p, text)))
            sk_event_put_text(ev, SKF_policy_pref64_unlisted, text);
    }
}

static void dhcpv4(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct sk_origin o = {0};
    if (!cor_says(ev, SKF_dhcpv4_role, "server"))
        return;
    enum sk_router_verdict v = sk_policy_dhcp_server(ctx->policy, ev->segment, &ev->smac, &ev->src, &o);
    sk_event_put_text(ev, SKF_policy_dhcp_server_verdict, sk_router_verdict_name(v));
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    switch (ev->type) {
    case SKE_icmpv6_ra:
        if (!told_as_drift(ctx, ev).pref64_known)
            pref64_of_router(ctx, ev);
        resolvers(state, ctx, ev);
        break;
    case SKE_dhcpv6_message:
        resolvers(state, ctx, ev);
        break;
    case SKE_dhcpv4_message:
        dhcpv4(ctx, ev);
        break;
    case SKE_dns_transaction:
        pref64_of_answer(ctx, ev);
        break;
    case SKE_flow_state:
        asked(state, ctx, ev);
        break;
    default:
        break;
    }
}

static const uint16_t wants[] = {SKE_icmpv6_ra, SKE_dhcpv6_message, SKE_flow_state, 0};
static const uint16_t looks_at[] = {SKE_icmpv6_ra,       SKE_dhcpv6_message, SKE_dhcpv4_message,
                                    SKE_dns_transaction, SKE_flow_state,     0};
const struct sk_correlator sk_cor_offered = {.name = "offered",
                                             .rank = 60,
                                             .wants = wants,
                                             .state_size = sizeof(struct state),
                                             .init = init,
                                             .fini = fini,
                                             .looks_at = looks_at,
                                             .event = event};
