/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts of the policy as values of the event: what is allowed here, and which line of the policy says so. Signatures
 * compare these; nothing here judges. Where the policy does not speak, the value is "unknown" or absent, never
 * "forbidden".
 */
#include "correlate/correlate.h"

#include "sekimori/part.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
SK_FIELD(policy_segment_ipv6, "policy.segment.ipv6", KEYWORD, ONE, "", "0.1", "What the policy says of IPv6 on the segment: forbidden, dual-stack, ipv6-only, unknown")
SK_FIELD(policy_segment_tolerated, "policy.segment.tolerated", BOOL, ONE, "", "0.1", "tolerate of the segment covers this ipv6.category and is not past its date")
SK_FIELD(policy_router_verdict, "policy.router.verdict", KEYWORD, ONE, "", "0.1", "Sender of a router advertisement against segments.*.routers: listed, not-listed, impersonation, unknown")
SK_FIELD(policy_mld_querier_listed, "policy.mld_querier.listed", BOOL, ONE, "", "0.1", "Sender of a multicast listener message against segments.*.mld_queriers and the MACs of the segment's routers; absent where neither is declared")
SK_FIELD(policy_dhcpv6_server_verdict, "policy.dhcpv6_server.verdict", KEYWORD, ONE, "", "0.1", "DHCPv6 server against segments.*.dhcpv6_servers: listed, not-listed, impersonation, unknown")
SK_FIELD(policy_tunnel_verdict, "policy.tunnel.verdict", KEYWORD, ONE, "", "0.1", "Tunnel against tunnels: allowed, not-allowed, unknown")
SK_FIELD(policy_tunnel_clients, "policy.tunnel.clients", BOOL, ONE, "", "0.1", "An end of the tunnel that is ours stands in a segment with clients: true")
SK_FIELD(policy_source_zone, "policy.source.zone", KEYWORD, ONE, "", "0.1", "Zone of source.ip; internet where no zone claims an outside address")
SK_FIELD(policy_source_side, "policy.source.side", KEYWORD, ONE, "", "0.1", "inside, partner, outside")
SK_FIELD(policy_source_web, "policy.source.web", KEYWORD, ONE, "", "0.1", "How this terminal may reach the web: none, via-proxy, direct; absent for what is no terminal")
SK_FIELD(policy_destination_zone, "policy.destination.zone", KEYWORD, ONE, "", "0.1", "Zone of destination.ip")
SK_FIELD(policy_destination_side, "policy.destination.side", KEYWORD, ONE, "", "0.1", "inside, partner, outside")
SK_FIELD(policy_destination_web, "policy.destination.web", KEYWORD, ONE, "", "0.1", "How the destination may reach the web")
SK_FIELD(policy_destination_group, "policy.destination.group", KEYWORD, ONE, "", "0.1", "Server name, else the /24 or /48 of destination.ip: what one finding about a destination is folded by")
SK_FIELD(policy_proxy_verdict, "policy.proxy.verdict", KEYWORD, ONE, "", "0.1", "May this flow pass the proxy by: is-proxy, exempt, service-exempt, no, unknown")
SK_FIELD(policy_dns_own_zone, "policy.dns.own_zone", BOOL, ONE, "", "0.1", "The name asked is in a zone that the policy declares this server authoritative for")
SK_FIELD(policy_line, "policy.line", KEYWORD, ONE, "", "0.1", "File and line of the policy statement that decided")
SK_FIELD(policy_entry, "policy.entry", KEYWORD, ONE, "", "0.1", "Its id where it has one")
/* clang-format on */

static void put_origin(struct sk_event *ev, const struct sk_origin *o) {
    if (!o->file || sk_event_has(ev, NULL, SKF_policy_line)) /* line and entry are of one statement */
        return;
    char line[300];
    snprintf(line, sizeof line, "%s:%u", o->file, o->line);
    sk_event_put_text(ev, SKF_policy_line, line);
    if (o->entry)
        sk_event_put_text(ev, SKF_policy_entry, o->entry);
}

static const char *text_of(const struct sk_event *ev, enum sk_field_id f, char *scratch) {
    struct sk_value v;
    return sk_event_get(ev, NULL, f, 0, scratch, &v) && v.type == SK_T_KEYWORD ? v.s.p : NULL;
}

static enum sk_ipv6_rule ipv6_rule(const struct sk_segment *s, sk_time at) {
    return s && at >= s->since ? s->ipv6 : SK_IPV6_UNKNOWN;
}

static void segment(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    const struct sk_segment *s = sk_policy_segment_at(ctx->policy, ev->segment);
    enum sk_ipv6_rule rule = ipv6_rule(s, ev->ts);
    if (ev->type == SKE_ipv6_seen) {
        char scratch[SK_EVENT_SCRATCH];
        const char *category = text_of(ev, SKF_ipv6_category, scratch);
        struct sk_origin o = {0};
        bool tolerated = category && sk_policy_tolerates(ctx->policy, ev->segment, category, ev->ts, &o);
        sk_event_put_int(ev, SKF_policy_segment_tolerated, tolerated);
        if (tolerated)
            put_origin(ev, &o);
    }
    if (s && rule == SK_IPV6_FORBIDDEN && (ev->type == SKE_ipv6_seen || ev->type == SKE_icmpv6_rs))
        put_origin(ev, &s->ipv6_origin);
}

static void router(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct sk_mac slla;
    bool has = sk_event_mac(ev, SKF_icmpv6_nd_slla, &slla);
    struct sk_origin o = {0};
    enum sk_router_verdict v = sk_policy_router(ctx->policy, ev->segment, &ev->smac, &ev->src, has ? &slla : NULL, &o);
    sk_event_put_text(ev, SKF_policy_router_verdict, sk_router_verdict_name(v));
    const struct sk_segment *s = sk_policy_segment_at(ctx->policy, ev->segment);
    if (o.file || !s)
        put_origin(ev, &o);
    else if (s->ipv6 == SK_IPV6_FORBIDDEN && ev->ts >= s->since)
        put_origin(ev, &s->ipv6_origin);
}

static int digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Our own hexadecimal back to bytes; stops at anything else. */
static size_t unhex(const char *text, uint8_t *out, size_t cap) {
    size_t n = 0;
    for (; n < cap && digit(text[0]) >= 0 && digit(text[1]) >= 0; text += 2)
        out[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
    return n;
}

static void dhcpv6_server(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH];
    const char *hex = text_of(ev, SKF_dhcpv6_server_duid, scratch);
    uint8_t duid[130];
    size_t n = hex ? unhex(hex, duid, sizeof duid) : 0;
    struct sk_origin o = {0};
    enum sk_router_verdict v =
        sk_policy_dhcpv6_server(ctx->policy, ev->segment, &ev->smac, &ev->src, n ? duid : NULL, n, &o);
    sk_event_put_text(ev, SKF_policy_dhcpv6_server_verdict, sk_router_verdict_name(v));
    const struct sk_segment *s = sk_policy_segment_at(ctx->policy, ev->segment);
    if (!o.file && s && s->ipv6 == SK_IPV6_FORBIDDEN && ev->ts >= s->since)
        o = s->ipv6_origin;
    put_origin(ev, &o);
}

/* Is this a terminal's address: by the segment that holds it, else by the one it was seen in? */
static bool of_clients(const struct sk_policy *p, const struct sk_addr *a, uint16_t seen_in) {
    struct sk_place place;
    sk_policy_place(p, a, seen_in, &place);
    if (place.side != SK_SIDE_INSIDE)
        return false;
    const struct sk_segment *s = sk_policy_segment_at(p, place.segment);
    return (s = s ? s : sk_policy_segment_at(p, seen_in)) && s->clients == SK_YES;
}

static void tunnel_verdict(struct sk_cor_ctx *ctx, struct sk_event *ev, const char *kind, const struct sk_addr *a,
                           const struct sk_addr *b) {
    struct sk_origin o = {0};
    enum sk_tunnel_verdict v = sk_policy_tunnel(ctx->policy, kind, a, b, ev->ts, &o);
    sk_event_put_text(ev, SKF_policy_tunnel_verdict, sk_tunnel_verdict_name(v));
    if (of_clients(ctx->policy, a, ev->segment) || of_clients(ctx->policy, b, ev->segment))
        sk_event_put_int(ev, SKF_policy_tunnel_clients, true);
    put_origin(ev, &o);
}

/* The data of PPTP is PPP in GRE (RFC 2637 4.1). */
static bool carries_ppp(const struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH];
    const char *path = text_of(ev, SKF_tunnel_path, scratch);
    return path && strstr(path, "gre/ppp");
}

static void mld(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    enum sk_tri listed = sk_policy_mld_querier(ctx->policy, ev->segment, &ev->smac);
    if (listed != SK_UNKNOWN)
        sk_event_put_int(ev, SKF_policy_mld_querier_listed, listed == SK_YES);
}

static void tunnel(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH];
    const char *kind = carries_ppp(ev) ? "pptp" : text_of(ev, SKF_tunnel_kind, scratch);
    struct sk_value a, b;
    if (kind && sk_event_get(ev, NULL, SKF_tunnel_outer_source_ip, 0, NULL, &a) &&
        sk_event_get(ev, NULL, SKF_tunnel_outer_destination_ip, 0, NULL, &b))
        tunnel_verdict(ctx, ev, kind, &a.ip, &b.ip);
}

/* An address that exists only behind a tunnel: the tunnel's ends may be elsewhere. */
static void transition(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_origin o = {0};
    const char *kind = sk_event_lacks(ev, SKF_transition_kind) ? NULL : text_of(ev, SKF_transition_kind, scratch);
    if (!kind)
        return;
    enum sk_tunnel_verdict v = sk_policy_tunnel_kind(ctx->policy, kind, ev->ts, &o);
    sk_event_put_text(ev, SKF_policy_tunnel_verdict, sk_tunnel_verdict_name(v));
    put_origin(ev, &o);
}

/* The tunnel that an ICMP error quotes: its outermost. */
static void quoted_tunnel(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH];
    const char *kind = text_of(ev, SKF_icmp_quoted_tunnel_kind, scratch);
    struct sk_value a, b;
    if (kind && sk_event_get(ev, NULL, SKF_icmp_quoted_source_ip, 0, NULL, &a) &&
        sk_event_get(ev, NULL, SKF_icmp_quoted_destination_ip, 0, NULL, &b))
        tunnel_verdict(ctx, ev, kind, &a.ip, &b.ip);
}

static void flow(struct sk_cor_ctx *ctx, const struct sk_event *ev, struct sk_part_verdict *ret,
                 struct sk_origin *ret_origin) {
    char scratch[SK_EVENT_SCRATCH];
    const char *name = text_of(ev, SKF_destination_domain, scratch);
    ret->conversation = true;
    ret->proxy =
        (uint8_t)sk_policy_proxy(ctx->policy, &ev->src, &ev->dst, ev->transport, ev->dport, name, ev->ts, ret_origin);
}

static void dns(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH];
    const char *name = text_of(ev, SKF_dns_question_name, scratch);
    enum sk_tri own = name ? sk_policy_own_zone(ctx->policy, &ev->dst, name) : SK_UNKNOWN;
    if (own != SK_UNKNOWN)
        sk_event_put_int(ev, SKF_policy_dns_own_zone, own == SK_YES);
}

/* A terminal's way to the web is a fact about terminals: servers have one only where the zone allows none at all. */
static bool web_applies(const struct sk_place *p) {
    return p->web == SK_WEB_NONE || (p->web != SK_WEB_UNKNOWN && p->client != SK_NO);
}

static void end(const struct sk_place *p, unsigned which, struct sk_part_verdict *ret) {
    ret->zone[which] = p->zone;
    ret->segment[which] = p->segment;
    ret->side[which] = (uint8_t)p->side;
    ret->web[which] = web_applies(p) ? (uint8_t)p->web : SK_WEB_UNKNOWN;
}

/* What is said of every event: where its ends are, and the segment's rule. @return of a conversation, what decided */
static struct sk_origin put_verdict(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct sk_part_verdict v;
    memset(&v, 0, sizeof v); /* padding too: it goes into the event */
    v.segment[0] = v.segment[1] = SK_SEGMENT_NONE;
    struct sk_place source = {0}, to;
    struct sk_origin o = {0};
    if (ev->src.fam) {
        sk_policy_place(ctx->policy, &ev->src, ev->segment, &source);
        end(&source, 0, &v);
    }
    if (ev->dst.fam) {
        sk_policy_place(ctx->policy, &ev->dst, SK_SEGMENT_NONE, &to);
        end(&to, 1, &v);
    }
    v.ipv6 = (uint8_t)ipv6_rule(sk_policy_segment_at(ctx->policy, ev->segment), ev->ts);
    if (ev->type == SKE_flow_state)
        flow(ctx, ev, &v, &o);
    sk_event_put_verdict(ev, &v);
    return o.file ? o : source.origin;
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    (void)state;
    struct sk_origin way = put_verdict(ctx, ev);
    switch (ev->type) {
    case SKE_icmpv6_ra:
        router(ctx, ev);
        tunnel(ctx, ev);
        break;
    case SKE_dhcpv6_message:
        dhcpv6_server(ctx, ev);
        break;
    case SKE_icmpv6_mld:
        mld(ctx, ev);
        break;
    case SKE_tunnel_state:
        tunnel(ctx, ev);
        break;
    case SKE_tsp_message:
        tunnel_verdict(ctx, ev, "tsp", &ev->src, &ev->dst);
        break;
    case SKE_icmp_error:
    case SKE_icmpv6_error:
        quoted_tunnel(ctx, ev);
        break;
    case SKE_ipv6_seen:
        transition(ctx, ev);
        break;
    case SKE_flow_state:
        transition(ctx, ev);
        put_origin(ev, &way);
        break;
    case SKE_dns_transaction:
        dns(ctx, ev);
        break;
    default:
        break;
    }
    segment(ctx, ev);
}

const struct sk_correlator sk_cor_policy = {.name = "policy", .rank = 50, .event = event};
