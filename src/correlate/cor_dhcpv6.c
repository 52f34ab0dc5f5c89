/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who takes the names of hosts over by DHCPv6 (what mitm6 does): a server that gives itself, or a stranger, as resolver
 * (RFC 3646), and what else speaks against it: router advertisements without a router that only lure to DHCPv6, leases
 * that no server gives, clients that ask it for names, answers for names that are nobody's. One derived event each time
 * the server speaks or something new is known; evidence lives ten minutes.
 */
#include "correlate/correlate.h"
#include "correlate/link.h"
#include "correlate/values.h"
#include "sekimori/table.h"

/* clang-format off */
SK_EVENT(dhcpv6_takeover, "dhcpv6.takeover", DERIVED, "0.1", "A DHCPv6 server gives out a resolver, and more speaks for a takeover of names (mitm6's pattern)")
SK_FIELD(dhcpv6_takeover_evidence, "dhcpv6.takeover.evidence", KEYWORD, LIST, "", "0.1", "What is known, in ten minutes: dns-self (it is the resolver it gives), dns-link-local, dns-unlisted (the policy does not have it), lure (its advertisements have lifetime 0, M or O, and no prefix), short-lifetimes (an address preferred for at most 600 s), mitm6-timers (T1 200 s, T2 250 s), lease-link-local, asked (clients ask it for names), bait (it answers wpad or isatap)")
SK_FIELD(dhcpv6_takeover_score, "dhcpv6.takeover.score", LONG, ONE, "", "0.1", "How many of these beside the resolver itself")
SK_FIELD(dhcpv6_takeover_resolver, "dhcpv6.takeover.resolver", IP, LIST, "", "0.1", "Resolvers it gave, at most 4")
SK_FIELD(dhcpv6_takeover_router, "dhcpv6.takeover.router", BOOL, ONE, "", "0.1", "The same MAC address advertises itself as default router: the box of a provider looks like this too")
SK_FIELD(dhcpv6_takeover_victims, "dhcpv6.takeover.victims", LONG, ONE, "", "0.1", "Clients it answered or that asked it for names, counted up to 32")
SK_FIELD(dhcpv6_takeover_victim, "dhcpv6.takeover.victim", KEYWORD, LIST, "", "0.1", "Their MAC addresses")
/* clang-format on */

enum evidence {
    DNS_SELF,
    DNS_LINK_LOCAL,
    DNS_UNLISTED,
    LURE, /* those before are about the resolver, those from here are more */
    SHORT_LIFETIMES,
    MITM6_TIMERS,
    LEASE_LINK_LOCAL,
    ASKED,
    BAIT,
    EVIDENCES
};
static const char *const words[EVIDENCES] = {
    "dns-self",     "dns-link-local",   "dns-unlisted", "lure", "short-lifetimes",
    "mitm6-timers", "lease-link-local", "asked",        "bait"};

enum { SERVERS_MAX = 4096, VICTIMS_MAX = 32, RESOLVERS_MAX = 4, SHORT = 600 };
#define LIVES (600 * SK_SEC)

struct key {
    struct cor_link link;
    struct sk_mac mac;
    uint16_t zero;
};
struct suspect {
    sk_time seen[EVIDENCES]; /* last time; 0: never */
    sk_time router;          /* it advertised a lifetime above 0 */
    struct sk_addr addr, resolver[RESOLVERS_MAX];
    char verdict[16]; /* of its last DHCPv6 message */
    unsigned n_resolver, n_victim;
    struct sk_mac victim[VICTIMS_MAX];
};
/* Resolver given -> who gave it. */
struct given_key {
    struct cor_link link;
    struct sk_addr addr;
};
struct state {
    struct sk_table *suspects, *given;
    struct cor_room room;
};

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    s->suspects = sk_table_new(&(struct sk_table_config){
        .key_size = sizeof(struct key), .value_size = sizeof(struct suspect), .cap = SERVERS_MAX, .key = *ctx->key});
    s->given = sk_table_new(&(struct sk_table_config){.key_size = sizeof(struct given_key),
                                                      .value_size = sizeof(struct sk_mac),
                                                      .cap = SERVERS_MAX,
                                                      .key = *ctx->key});
    return s->suspects && s->given ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->suspects);
    sk_table_free(s->given);
}

static struct key key_of(const struct sk_event *ev, const struct sk_mac *mac) {
    struct key k;
    memset(&k, 0, sizeof k);
    k.link = cor_link_of(ev);
    k.mac = *mac;
    return k;
}

static bool lives(const struct suspect *s, enum evidence e, sk_time now) {
    return s->seen[e] && now - s->seen[e] <= LIVES;
}

/* @return it was not known */
static bool note(struct suspect *s, enum evidence e, sk_time now) {
    bool fresh = !lives(s, e, now);
    s->seen[e] = now;
    return fresh;
}

static void add_victim(struct suspect *s, const struct sk_mac *mac) {
    if (sk_mac_zero(mac) || (mac->b[0] & 1)) /* a group is nobody */
        return;
    for (unsigned i = 0; i < s->n_victim; i++)
        if (sk_mac_eq(&s->victim[i], mac))
            return;
    if (s->n_victim < VICTIMS_MAX)
        s->victim[s->n_victim++] = *mac;
}

/* --- telling --- */

static bool link_local(const struct sk_addr *a) { return sk_addr_scope(a) == SK_SCOPE_LINK_LOCAL; }

static void tell(struct state *st, struct sk_cor_ctx *ctx, const struct sk_event *cause, const struct suspect *s,
                 const struct sk_mac *mac) {
    int64_t score = 0;
    bool resolver = false;
    for (unsigned e = 0; e < EVIDENCES; e++) {
        resolver |= e < LURE && lives(s, e, cause->ts);
        score += e >= LURE && lives(s, e, cause->ts);
    }
    if (!resolver || score == 0)
        return;
    char text[SK_MAC_TEXT];
    struct sk_event *out = cor_derived_head(&st->room, cause, SKE_dhcpv6_takeover);
    if (!sk_mac_eq(&cause->smac, mac)) { /* the client's packet: what it tells is of the server */
        out->dmac = cause->smac;
        out->dst = cause->src;
        out->smac = *mac;
        out->src = s->addr;
        out->sport = out->dport = 0;
    }
    for (unsigned e = 0; e < EVIDENCES; e++)
        if (lives(s, e, cause->ts))
            sk_event_put_text(out, SKF_dhcpv6_takeover_evidence, words[e]);
    sk_event_put_int(out, SKF_dhcpv6_takeover_score, score);
    for (unsigned i = 0; i < s->n_resolver; i++)
        sk_event_put_ip(out, SKF_dhcpv6_takeover_resolver, &s->resolver[i]);
    sk_event_put_int(out, SKF_dhcpv6_takeover_router, s->router && cause->ts - s->router <= SK_DAY);
    sk_event_put_int(out, SKF_dhcpv6_takeover_victims, s->n_victim);
    for (unsigned i = 0; i < s->n_victim; i++)
        sk_event_put_text(out, SKF_dhcpv6_takeover_victim, sk_mac_text(&s->victim[i], text));
    sk_event_put_text(out, SKF_policy_dhcpv6_server_verdict, s->verdict);
    sk_event_put_text(out, SKF_sekimori_certainty, "inferred");
    sk_event_put_int(out, SKF_sekimori_confidence, score > 1 ? 99 : 90);
    ctx->derive(ctx, out);
}

/* --- learning --- */

static void resolvers(struct state *st, struct sk_cor_ctx *ctx, const struct sk_event *ev, struct suspect *s) {
    struct sk_value v;
    for (uint32_t at = 0; sk_event_next(ev, NULL, SKF_dhcpv6_dns, &at, NULL, &v);) {
        struct given_key g;
        memset(&g, 0, sizeof g);
        g.link = cor_link_of(ev);
        g.addr = v.ip;
        *(struct sk_mac *)sk_cor_put(ctx, st->given, &g, NULL) = ev->smac;
        if (sk_addr_eq(&v.ip, &ev->src))
            note(s, DNS_SELF, ev->ts);
        if (link_local(&v.ip))
            note(s, DNS_LINK_LOCAL, ev->ts);
        if (sk_policy_offered_resolver(ctx->policy, ev->segment, &v.ip) == SK_NO)
            note(s, DNS_UNLISTED, ev->ts);
        bool known = false;
        for (unsigned i = 0; i < s->n_resolver; i++)
            known |= sk_addr_eq(&s->resolver[i], &v.ip);
        if (!known && s->n_resolver < RESOLVERS_MAX)
            s->resolver[s->n_resolver++] = v.ip;
    }
}

static void leases(const struct sk_event *ev, struct suspect *s) {
    struct sk_value v;
    int64_t t1 = 0, t2 = 0;
    for (unsigned k = 0; k < 32 && sk_event_get(ev, NULL, SKF_dhcpv6_address, k, NULL, &v); k++) {
        if (link_local(&v.ip))
            note(s, LEASE_LINK_LOCAL, ev->ts);
        if (sk_event_get(ev, NULL, SKF_dhcpv6_preferred, k, NULL, &v) && v.i > 0 && v.i <= SHORT)
            note(s, SHORT_LIFETIMES, ev->ts);
    }
    if (cor_int(ev, SKF_dhcpv6_t1, &t1) && cor_int(ev, SKF_dhcpv6_t2, &t2) && t1 == 200 && t2 == 250)
        note(s, MITM6_TIMERS, ev->ts);
}

static void server_spoke(struct state *st, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    struct sk_mac client;
    if (!cor_says(ev, SKF_dhcpv6_role, "server") || cor_says(ev, SKF_dhcpv6_type, "relay-reply"))
        return;
    struct key k = key_of(ev, &ev->smac);
    struct suspect *s = sk_cor_put(ctx, st->suspects, &k, NULL);
    s->addr = ev->src;
    if (sk_event_get(ev, NULL, SKF_policy_dhcpv6_server_verdict, 0, scratch, &v))
        snprintf(s->verdict, sizeof s->verdict, "%s", v.s.p);
    resolvers(st, ctx, ev, s);
    leases(ev, s);
    if (!sk_cor_private(ctx->policy, ev))
        add_victim(s, sk_event_mac(ev, SKF_dhcpv6_client_mac, &client) ? &client : &ev->dmac);
    tell(st, ctx, ev, s, &ev->smac);
}

static void advertised(struct state *st, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    int64_t lifetime = 0;
    if (!cor_int(ev, SKF_icmpv6_ra_router_lifetime, &lifetime))
        return;
    bool lure = cor_says(ev, SKF_icmpv6_ra_kind, "dhcp-lure") && !cor_says(ev, SKF_icmpv6_ra_offers, "prefix");
    if (!lure && lifetime == 0)
        return;
    struct key k = key_of(ev, &ev->smac);
    struct suspect *s =
        ctx->crowded && !lure ? sk_table_peek(st->suspects, &k) : sk_cor_put(ctx, st->suspects, &k, NULL);
    if (s && lifetime > 0)
        s->router = ev->ts;
    else if (s && note(s, LURE, ev->ts))
        tell(st, ctx, ev, s, &ev->smac);
}

/* Somebody asks, and is perhaps answered by, a resolver that a DHCPv6 server gave. */
static void asked(struct state *st, struct sk_cor_ctx *ctx, const struct sk_event *ev, bool bait) {
    struct given_key g;
    if (sk_table_count(st->given) == 0)
        return;
    memset(&g, 0, sizeof g);
    g.link = cor_link_of(ev);
    g.addr = ev->dst;
    const struct sk_mac *by = sk_table_peek(st->given, &g);
    if (!by || sk_mac_eq(by, &ev->smac))
        return;
    struct sk_mac mac = *by;
    struct key k = key_of(ev, &mac);
    struct suspect *s = sk_table_peek(st->suspects, &k);
    if (!s)
        return;
    unsigned before = s->n_victim;
    bool fresh = note(s, ASKED, ev->ts);
    fresh |= bait && note(s, BAIT, ev->ts);
    if (!sk_cor_private(ctx->policy, ev))
        add_victim(s, &ev->smac);
    if (fresh || s->n_victim != before)
        tell(st, ctx, ev, s, &mac);
}

static bool is_bait(const struct sk_event *ev) {
    static const char *const names[] = {"wpad", "isatap"};
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    int64_t answers = 0;
    if (!cor_int(ev, SKF_dns_answers_count, &answers) || answers == 0 ||
        !sk_event_get(ev, NULL, SKF_dns_question_name, 0, scratch, &v))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (strncmp(v.s.p, names[i], n) == 0 && (v.s.p[n] == '.' || v.s.p[n] == '\0'))
            return true;
    }
    return false;
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    enum { DNS = 53 };
    if ((ev->flags & SK_EV_DUPLICATE) || sk_mac_zero(&ev->smac))
        return;
    if (ev->type == SKE_dhcpv6_message && !sk_cor_discarded(ev))
        server_spoke(state, ctx, ev);
    else if (ev->type == SKE_icmpv6_ra && !sk_cor_discarded(ev))
        advertised(state, ctx, ev);
    else if (ev->type == SKE_dns_transaction)
        asked(state, ctx, ev, is_bait(ev));
    else if (ev->type == SKE_flow_state && ev->dport == DNS)
        asked(state, ctx, ev, false);
}

static const uint16_t wants[] = {SKE_dhcpv6_message, SKE_icmpv6_ra, SKE_flow_state, SKE_dns_transaction, 0};
const struct sk_correlator sk_cor_dhcpv6 = {.name = "dhcpv6",
                                            .rank = 60, /* after the verdict of the policy */
                                            .wants = wants,
                                            .looks_at = wants,
                                            .state_size = sizeof(struct state),
                                            .init = init,
                                            .fini = fini,
                                            .event = event};
