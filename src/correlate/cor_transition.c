/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a provider's servers tell of its way to carry one IP in the other: 6rd domains (DHCPv4 option 212, RFC 5969),
 * and DS-Lite, MAP-E, MAP-T, lw4o6 (DHCPv6 options 64, 94, 95, 96; RFC 6334, 7598). Tunnels of such addresses and
 * kinds say so from then on. Nothing is allowed by it: anybody can send such an answer.
 */
#include "correlate/correlate.h"

/* clang-format off */
SK_FIELD(tunnel_sixrd_prefix, "tunnel.sixrd.prefix", KEYWORD, ONE, "", "0.1", "6rd prefix around an address inside that a DHCPv4 server told (option 212)")
SK_FIELD(tunnel_sixrd_customer_edge, "tunnel.sixrd.customer_edge", BOOL, ONE, "", "0.1", "Our end of the tunnel is the host that was told this prefix")
SK_FIELD(tunnel_provider, "tunnel.provider", KEYWORD, LIST, "", "0.1", "Ways of IPv4 over IPv6 that a DHCPv6 server told before: ds-lite, map-e, map-t, lw4o6 (options 64, 94, 95, 96)")
/* clang-format on */

enum { DOMAINS_MAX = 64 };
#define TOLD_FOR SK_DAY

struct domain {
    struct sk_prefix prefix;
    struct sk_addr edge; /* whom it was told */
    sk_time at;
};
static const struct {
    int64_t option;
    const char *word;
} ways[] = {{64, "ds-lite"}, {94, "map-e"}, {95, "map-t"}, {96, "lw4o6"}};
enum { WAYS = sizeof ways / sizeof *ways };

struct state {
    struct domain at[DOMAINS_MAX];
    unsigned n;
    sk_time told[WAYS];
    bool was_told[WAYS];
};

static bool is_text(const struct sk_event *ev, enum sk_field_id f, const char *word) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    return sk_event_get(ev, NULL, f, 0, scratch, &v) && v.type == SK_T_KEYWORD && strcmp(v.s.p, word) == 0;
}

static void learn_domain(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value text, edge;
    struct sk_prefix p;
    if (!sk_event_get(ev, NULL, SKF_dhcpv4_sixrd_prefix, 0, scratch, &text) || text.type != SK_T_KEYWORD ||
        !sk_prefix_parse(text.s.p, text.s.len, false, &p) || p.len < 12 || !is_text(ev, SKF_dhcpv4_type, "ack") ||
        !sk_event_get(ev, NULL, SKF_dhcpv4_your_ip, 0, NULL, &edge))
        return;
    unsigned to = 0;
    for (unsigned i = 0; i < s->n; i++) {
        if (sk_addr_eq(&s->at[i].edge, &edge.ip)) {
            s->at[i] = (struct domain){.prefix = p, .edge = edge.ip, .at = ev->ts};
            return;
        }
        if (s->at[i].at < s->at[to].at)
            to = i;
    }
    ctx->evictions += s->n == DOMAINS_MAX;
    to = s->n < DOMAINS_MAX ? s->n++ : to; /* the oldest gives way */
    s->at[to] = (struct domain){.prefix = p, .edge = edge.ip, .at = ev->ts};
}

static void learn_ways(struct state *s, const struct sk_event *ev) {
    struct sk_value v;
    if (!is_text(ev, SKF_dhcpv6_role, "server"))
        return;
    for (unsigned k = 0; sk_event_get(ev, NULL, SKF_dhcpv6_option, k, NULL, &v); k++) {
        for (unsigned i = 0; i < WAYS; i++) {
            if (v.i != ways[i].option)
                continue;
            s->was_told[i] = true;
            s->told[i] = ev->ts;
        }
    }
}

static bool holds(const struct sk_prefix *p, const struct sk_event *ev, enum sk_field_id f) {
    struct sk_value v;
    return sk_event_get(ev, NULL, f, 0, NULL, &v) && sk_prefix_has(p, &v.ip);
}

/* The domain of an address inside; if several were told, that of our own end. */
static const struct domain *domain_of(const struct state *s, const struct sk_event *ev, const struct sk_addr *inside) {
    const struct domain *found = NULL;
    for (unsigned i = 0; i < s->n; i++) {
        const struct domain *d = &s->at[i];
        if (!holds(&d->prefix, ev, SKF_tunnel_inner_source_ip) &&
            !holds(&d->prefix, ev, SKF_tunnel_inner_destination_ip))
            continue;
        if (!found || sk_addr_eq(&d->edge, inside))
            found = d;
    }
    return found;
}

static void tunnel(const struct state *s, struct sk_event *ev) {
    char text[SK_PREFIX_TEXT];
    struct sk_value inside;
    const struct domain *d = NULL;
    if (is_text(ev, SKF_tunnel_kind, "6in4") && sk_event_get(ev, NULL, SKF_tunnel_inside_ip, 0, NULL, &inside))
        d = domain_of(s, ev, &inside.ip);
    if (d) {
        sk_event_put_text(ev, SKF_tunnel_sixrd_prefix, sk_prefix_text(&d->prefix, text));
        if (sk_addr_eq(&d->edge, &inside.ip))
            sk_event_put_int(ev, SKF_tunnel_sixrd_customer_edge, true);
    }
    bool carries_ip4 = is_text(ev, SKF_tunnel_kind, "4in6") || is_text(ev, SKF_tunnel_kind, "ds-lite") ||
                       is_text(ev, SKF_tunnel_kind, "map-e") || is_text(ev, SKF_tunnel_kind, "lw4o6");
    for (unsigned i = 0; carries_ip4 && i < WAYS; i++)
        if (s->was_told[i] && ev->ts - s->told[i] <= TOLD_FOR)
            sk_event_put_text(ev, SKF_tunnel_provider, ways[i].word);
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    if (ev->type == SKE_tunnel_state)
        tunnel(s, ev);
    else if (ev->type == SKE_dhcpv4_message && !sk_cor_discarded(ev) && !sk_cor_private(ctx->policy, ev))
        learn_domain(s, ctx, ev);
    else if (ev->type == SKE_dhcpv6_message && !sk_cor_discarded(ev))
        learn_ways(s, ev);
}

static const uint16_t wants[] = {SKE_dhcpv4_message, SKE_dhcpv6_message, 0};
static const uint16_t looks_at[] = {SKE_tunnel_state, SKE_dhcpv4_message, SKE_dhcpv6_message, 0};
const struct sk_correlator sk_cor_transition = {.name = "transition",
                                                .rank = 30,
                                                .wants = wants,
                                                .state_size = sizeof(struct state),
                                                .looks_at = looks_at,
                                                .event = event};
