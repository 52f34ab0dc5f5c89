/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is reached over IPv6, and through whom: what of a flow is at home on this link, whether the policy's flows allow
 * who comes from outside, which machine a host uses as its way out. And machines that forward (ip.forwarded), told once
 * by each lane: the first that arrives is the earliest, the others are repeats.
 */
#include "correlate/correlate.h"
#include "correlate/values.h"

#include "sekimori/table.h"

#include <stdio.h>

/* clang-format off */
SK_FIELD(reach_prefix, "reach.prefix", KEYWORD, ONE, "", "0.1", "The /64 of the source (of duplicate address detection: of the address asked about), where that is global or ULA")
SK_FIELD(reach_elsewhere, "reach.elsewhere", BOOL, ONE, "", "0.1", "The source is an outside address: it answers who opened a flow here, or reaches for an inside address")
SK_FIELD(reach_inbound, "reach.inbound", KEYWORD, ONE, "", "0.1", "An outside address reaches for an inside one: policy (by declared prefixes), neighbour (the destination was seen to be at home on this link, the source was not)")
SK_FIELD(reach_outbound, "reach.outbound", KEYWORD, ONE, "", "0.1", "An inside address reaches for an outside one: policy, neighbour")
SK_FIELD(reach_early, "reach.early", BOOL, ONE, "", "0.1", "Who began was inferred within five minutes of the first packet seen: the flow may have run before")
SK_FIELD(reach_returning, "reach.returning", BOOL, ONE, "", "0.1", "The inside host opened a flow to the same outside address in the last ten minutes: what comes in may answer that")
SK_FIELD(policy_flow_verdict, "policy.flow.verdict", KEYWORD, ONE, "", "0.1", "IPv6 from outside against flows: allowed, denied, unknown")
SK_FIELD(policy_echo_verdict, "policy.echo.verdict", KEYWORD, ONE, "", "0.1", "Of an ICMPv6 error about what came from outside: whether the one may ping the other, allowed, denied, unknown")
SK_FIELD(policy_segment_transit, "policy.segment.transit", BOOL, ONE, "", "0.1", "nd_scope of the segment is transit: sources from elsewhere mean nothing")
SK_FIELD(policy_forwarder_verdict, "policy.forwarder.verdict", KEYWORD, ONE, "", "0.1", "ip.forwarder.mac against the routers of all segments: listed, not-listed, unknown")
/* clang-format on */

enum { SEEN_MAX = 16384 };
#define HOUR  (3600 * SK_SEC)
#define START (300 * SK_SEC)

struct key {
    struct sk_mac mac;
    uint16_t segment;
    uint32_t hour;
    uint8_t family, zero[3];
};
struct state {
    struct sk_table *forwarders;
    sk_time first; /* packet of this chain */
};

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    struct sk_table_config cfg = {.key_size = sizeof(struct key), .cap = SEEN_MAX, .key = *ctx->key};
    s->forwarders = sk_table_new(&cfg);
    return s->forwarders ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) { sk_table_free(((struct state *)state)->forwarders); }

/* A router may show itself on segments it is not declared for: a mirror of a trunk. */
static enum sk_tri router_anywhere(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac) {
    enum sk_tri here = sk_policy_router_mac(p, segment, mac);
    for (size_t i = 0; here == SK_NO && i < sk_policy_segments(p); i++)
        if (sk_policy_router_mac(p, (uint16_t)i, mac) == SK_YES)
            return SK_YES;
    return here;
}

static void put_forwarder(struct sk_cor_ctx *ctx, struct sk_event *ev, const struct sk_mac *mac) {
    static const char *const verdicts[] = {"unknown", "not-listed", "listed"};
    sk_event_put_text(ev, SKF_policy_forwarder_verdict, verdicts[router_anywhere(ctx->policy, ev->segment, mac)]);
}

static void forwarded(struct state *s, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct key k;
    bool fresh = false;
    memset(&k, 0, sizeof k); /* padding is hashed */
    k.mac = ev->smac;
    k.segment = ev->segment;
    k.hour = (uint32_t)(ev->ts / HOUR);
    k.family = ev->src.fam;
    uint64_t before = sk_table_evicted(s->forwarders);
    (void)sk_table_put(s->forwarders, &k, &fresh);
    ctx->evictions += sk_table_evicted(s->forwarders) - before;
    ctx->drop = !fresh;
    put_forwarder(ctx, ev, &ev->smac);
}

static bool wide(const struct sk_addr *a) {
    enum sk_scope s = a->fam == 6 ? sk_addr_scope(a) : SK_SCOPE_NONE;
    return s == SK_SCOPE_GLOBAL || s == SK_SCOPE_ULA;
}

static void put_prefix(struct sk_event *ev, const struct sk_addr *a) {
    struct sk_prefix p = {.addr = *a, .len = 64};
    if (!wide(a))
        return;
    memset(p.addr.b + 8, 0, 8);
    sk_event_put_prefix(ev, SKF_reach_prefix, &p);
}

static enum sk_side side_of(const struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct sk_addr *a) {
    struct sk_place place;
    sk_policy_place(ctx->policy, a, ev->segment, &place);
    return place.side;
}

/* NULL: no outside address reaches for an inside one, as far as is known. */
static const char *inbound(struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct sk_addr *from,
                           const struct sk_addr *to) {
    if (!wide(to) || sk_addr_scope(from) != SK_SCOPE_GLOBAL || side_of(ctx, ev, from) != SK_SIDE_OUTSIDE)
        return NULL;
    if (side_of(ctx, ev, to) == SK_SIDE_INSIDE)
        return "policy";
    struct sk_correlation *c = sk_correlation_of(ctx);
    return sk_neighbour_at_home(c, ev, to) && !sk_neighbour_at_home(c, ev, from) ? "neighbour" : NULL;
}

/* Of ICMPv6 an echo is meant: what the segment says of it counts first. */
static enum sk_flow_verdict verdict(struct sk_cor_ctx *ctx, sk_time at, const struct sk_addr *from,
                                    const struct sk_addr *to, uint8_t transport, uint16_t port,
                                    struct sk_origin *ret_line) {
    struct sk_flow_query q = {.src = *from,
                              .dst = *to,
                              .seen_in = SK_SEGMENT_NONE,
                              .transport = transport,
                              .port = port,
                              .echo = transport == 58};
    struct sk_origin echo_line = {0};
    enum sk_flow_verdict v = sk_policy_flow(ctx->policy, &q, at, ret_line);
    enum sk_tri echo = transport == 58 ? sk_policy_echo_inbound(ctx->policy, to, &echo_line) : SK_UNKNOWN;
    if (echo == SK_UNKNOWN)
        return v;
    *ret_line = echo_line;
    return echo == SK_YES ? SK_FLOW_ALLOWED : SK_FLOW_DENIED;
}

static void put_verdict(struct sk_cor_ctx *ctx, struct sk_event *ev, const struct sk_addr *from,
                        const struct sk_addr *to, uint8_t transport, uint16_t port) {
    struct sk_origin line = {0};
    enum sk_flow_verdict v = verdict(ctx, ev->ts, from, to, transport, port, &line);
    sk_event_put_text(ev, SKF_policy_flow_verdict, sk_flow_verdict_name(v));
    if (!line.file)
        return;
    char text[300];
    snprintf(text, sizeof text, "%s:%u", line.file, line.line);
    sk_event_put_text(ev, SKF_policy_line, text);
    if (line.entry)
        sk_event_put_text(ev, SKF_policy_entry, line.entry);
}

/* The answer came back through the same machine, so it does forward. Only of a host at home here whose peer is not. */
static void next_hop(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct sk_correlation *c = sk_correlation_of(ctx);
    if (ev->depth > 0 || sk_mac_zero(&ev->dmac) || !cor_says(ev, SKF_flow_state, "established") ||
        cor_true(ev, SKF_flow_midstream) || !sk_neighbour_had(c, ev, &ev->src, &ev->smac) ||
        sk_neighbour_at_home(c, ev, &ev->dst) || side_of(ctx, ev, &ev->dst) != SK_SIDE_OUTSIDE)
        return;
    sk_event_put_mac(ev, SKF_ip_forwarder_mac, &ev->dmac);
    put_forwarder(ctx, ev, &ev->dmac);
}

static void put_transit(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    if (sk_policy_is_transit(ctx->policy, ev->segment) == SK_YES)
        sk_event_put_int(ev, SKF_policy_segment_transit, true);
}

static void flow(struct state *s, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    if (ev->src.fam != 6)
        return;
    put_prefix(ev, &ev->src);
    put_transit(ctx, ev);
    const char *in = inbound(ctx, ev, &ev->src, &ev->dst);
    if (in) {
        sk_event_put_text(ev, SKF_reach_inbound, in);
        sk_event_put_int(ev, SKF_reach_returning, sk_flow_opened(sk_correlation_of(ctx), &ev->dst, &ev->src, ev->ts));
        put_verdict(ctx, ev, &ev->src, &ev->dst, ev->transport, ev->dport);
    }
    const char *out = in ? NULL : inbound(ctx, ev, &ev->dst, &ev->src);
    if (out)
        sk_event_put_text(ev, SKF_reach_outbound, out);
    bool inferred = cor_says(ev, SKF_flow_initiator_by, "first-packet") || cor_says(ev, SKF_flow_initiator_by, "port");
    int64_t began = ev->ts;
    (void)cor_int(ev, SKF_event_start, &began);
    sk_event_put_int(ev, SKF_reach_early, inferred && began - s->first < START);
    bool guessed = inferred || cor_true(ev, SKF_flow_midstream) || cor_true(ev, SKF_flow_one_sided);
    if (!sk_event_has(ev, NULL, SKF_sekimori_certainty))
        sk_event_put_text(ev, SKF_sekimori_certainty, guessed ? "inferred" : "observed"); /* detections.md G9, G10 */
    next_hop(ctx, ev);
}

/* Of an answer by ICMPv6 the one who asked is its destination. */
static void answer(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    int64_t proto = 0, port = 0;
    if (ev->src.fam != 6)
        return;
    const char *in = inbound(ctx, ev, &ev->dst, &ev->src);
    if (!in)
        return;
    sk_event_put_text(ev, SKF_reach_inbound, in);
    sk_event_put_int(ev, SKF_reach_returning, sk_flow_opened(sk_correlation_of(ctx), &ev->src, &ev->dst, ev->ts));
    (void)cor_int(ev, SKF_icmp_quoted_iana_number, &proto);
    (void)cor_int(ev, SKF_icmp_quoted_destination_port, &port);
    if (ev->type != SKE_icmpv6_error) {
        put_verdict(ctx, ev, &ev->dst, &ev->src, 58, 0);
        return;
    }
    struct sk_origin line = {0};
    put_verdict(ctx, ev, &ev->dst, &ev->src, (uint8_t)proto, (uint16_t)port);
    sk_event_put_text(ev, SKF_policy_echo_verdict,
                      sk_flow_verdict_name(verdict(ctx, ev->ts, &ev->dst, &ev->src, 58, 0, &line)));
}

/* An outside address shows up on the link because it answers somebody here, or asks for somebody here. */
static bool elsewhere(struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_correlation *c = sk_correlation_of(ctx);
    if (!wide(&ev->src) || side_of(ctx, ev, &ev->src) == SK_SIDE_INSIDE || sk_neighbour_at_home(c, ev, &ev->src))
        return false;
    return inbound(ctx, ev, &ev->src, &ev->dst) || sk_flow_opened(c, &ev->dst, &ev->src, ev->ts);
}

static void seen(struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct sk_addr tentative;
    put_transit(ctx, ev);
    put_prefix(ev, cor_ip(ev, SKF_ipv6_tentative_ip, &tentative) ? &tentative : &ev->src);
    if (elsewhere(ctx, ev))
        sk_event_put_int(ev, SKF_reach_elsewhere, true);
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    if (s->first == 0)
        s->first = ev->ts;
    switch (ev->type) {
    case SKE_ip_forwarded:
        forwarded(s, ctx, ev);
        break;
    case SKE_flow_state:
        flow(s, ctx, ev);
        break;
    case SKE_icmpv6_error:
    case SKE_icmpv6_node_info:
        answer(ctx, ev);
        break;
    case SKE_ipv6_seen:
        seen(ctx, ev);
        break;
    default:
        break;
    }
}

static const uint16_t wants[] = {SKE_flow_state, 0};
/* After the bindings. */
const struct sk_correlator sk_cor_reach = {.name = "reach",
                                           .rank = 31,
                                           .wants = wants,
                                           .state_size = sizeof(struct state),
                                           .init = init,
                                           .fini = fini,
                                           .event = event};
