/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redirects (RFC 4861 8, RFC 792 type 5): may their sender redirect, where to, and was the packet they quote ever sent?
 * A router redirects what it has just forwarded; who never saw the packet redirects blindly.
 *
 * Address pairs of flows are kept a few minutes to tell that. A quoted packet that was not seen proves nothing by
 * itself: the mirror may show one side only.
 */
#include "correlate/correlate.h"
#include "correlate/values.h"

#include <stdlib.h>

/* clang-format off */
SK_FIELD(redirect_family, "redirect.family", LONG, ONE, "", "0.1", "4 or 6")
SK_FIELD(redirect_blind, "redirect.blind", BOOL, ONE, "", "0.1", "The packet that the redirect quotes was not seen in the last ten minutes; absent: it quotes none")
SK_FIELD(redirect_to_sender, "redirect.to_sender", BOOL, ONE, "", "0.1", "The better next hop is the sender of the redirect itself, by its address or MAC: no router says that")
SK_FIELD(policy_redirect_sender, "policy.redirect.sender", KEYWORD, ONE, "", "0.1", "Sender of a redirect against segments.*.routers: listed, not-listed, impersonation, unknown")
SK_FIELD(policy_redirect_target, "policy.redirect.target", KEYWORD, ONE, "", "0.1", "Next hop that a redirect names: router (declared), destination (on-link), other, unknown")
/* clang-format on */

extern const struct sk_correlator sk_cor_redirect;

/* Pairs of addresses by a keyed hash, a few places each: of those that meet, who was seen longest ago gives way: that
 * is no loss worth counting. A pair of another hash is taken for one with the chance of 1 in 2^46. */
enum { BUCKETS = 1 << 16, PLACES = 4 };
#define KEPT (600 * SK_SEC)

struct place {
    sk_time at; /* 0: free */
    uint32_t tag;
};
struct state {
    struct place (*pairs)[PLACES];
};

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    (void)ctx;
    struct state *s = state;
    s->pairs = calloc(BUCKETS, sizeof *s->pairs);
    return s->pairs ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) { free(((struct state *)state)->pairs); }

/* Where the pair is, else where it belongs. */
static struct place *place_of(const struct state *s, const struct sk_hash_key *key, const struct sk_addr *src,
                              const struct sk_addr *dst, uint32_t *ret_tag) {
    const struct sk_addr pair[2] = {*src, *dst};
    uint64_t hash = sk_hash(key, pair, sizeof pair);
    struct place *bucket = s->pairs[hash % BUCKETS], *ret = bucket;
    *ret_tag = (uint32_t)(hash >> 32);
    for (unsigned i = 0; i < PLACES; i++) {
        if (bucket[i].at && bucket[i].tag == *ret_tag)
            return &bucket[i];
        if (bucket[i].at < ret->at)
            ret = &bucket[i];
    }
    return ret;
}

static void remember(struct state *s, const struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    const struct sk_segment *seg = sk_policy_segment_at(ctx->policy, ev->segment);
    uint32_t tag;
    if (seg && seg->is_private) /* guests: no inventory */
        return;
    struct place *p = place_of(s, ctx->key, &ev->src, &ev->dst, &tag);
    *p = (struct place){.at = ev->ts, .tag = tag};
}

static bool opened(const struct state *s, const struct sk_hash_key *key, const struct sk_addr *src,
                   const struct sk_addr *dst, sk_time now) {
    uint32_t tag;
    const struct place *p = place_of(s, key, src, dst, &tag);
    return p->at && p->tag == tag && now - p->at <= KEPT;
}

bool sk_flow_opened(struct sk_correlation *c, const struct sk_addr *from, const struct sk_addr *to, sk_time now) {
    const struct state *s = sk_correlator_state(c, &sk_cor_redirect);
    return s && opened(s, sk_correlation_key(c), from, to, now);
}

/* Either direction: the redirected packet may be the answer. */
static void put_blind(const struct state *s, const struct sk_hash_key *key, struct sk_event *ev) {
    struct sk_addr src, dst;
    if (cor_ip(ev, SKF_icmp_quoted_source_ip, &src) && cor_ip(ev, SKF_icmp_quoted_destination_ip, &dst))
        sk_event_put_int(ev, SKF_redirect_blind,
                         !opened(s, key, &src, &dst, ev->ts) && !opened(s, key, &dst, &src, ev->ts));
}

static const char *target_of(const struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct sk_addr *target,
                             const struct sk_addr *destination) {
    if (sk_addr_eq(target, destination))
        return "destination";
    switch (sk_policy_router_address(ctx->policy, ev->segment, target, NULL)) {
    case SK_YES:
        return "router";
    case SK_NO:
        return "other";
    default:
        return "unknown";
    }
}

static void redirect6(struct state *s, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct sk_addr target, destination;
    struct sk_mac tlla;
    enum sk_router_verdict v = sk_policy_router(ctx->policy, ev->segment, &ev->smac, &ev->src, NULL, NULL);
    sk_event_put_int(ev, SKF_redirect_family, 6);
    sk_event_put_text(ev, SKF_policy_redirect_sender, sk_router_verdict_name(v));
    put_blind(s, ctx->key, ev);
    if (!cor_ip(ev, SKF_icmpv6_redirect_target, &target) || !cor_ip(ev, SKF_icmpv6_redirect_destination, &destination))
        return;
    bool own_mac =
        sk_event_mac(ev, SKF_icmpv6_nd_tlla, &tlla) && !sk_mac_zero(&ev->smac) && sk_mac_eq(&tlla, &ev->smac);
    sk_event_put_int(ev, SKF_redirect_to_sender, own_mac || sk_addr_eq(&target, &ev->src));
    sk_event_put_text(ev, SKF_policy_redirect_target, target_of(ctx, ev, &target, &destination));
}

/* Of IPv4 the policy knows its routers by their MACs. */
static void redirect4(struct state *s, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    static const char *const verdicts[] = {"unknown", "not-listed", "listed"};
    struct sk_addr gateway;
    enum sk_tri listed = sk_policy_router_mac(ctx->policy, ev->segment, &ev->smac);
    sk_event_put_int(ev, SKF_redirect_family, 4);
    sk_event_put_text(ev, SKF_policy_redirect_sender, verdicts[sk_mac_zero(&ev->smac) ? SK_UNKNOWN : listed]);
    put_blind(s, ctx->key, ev);
    if (cor_ip(ev, SKF_icmp_error_gateway, &gateway))
        sk_event_put_int(ev, SKF_redirect_to_sender, sk_addr_eq(&gateway, &ev->src));
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    if (ev->type == SKE_flow_state && cor_says(ev, SKF_flow_state, "opened"))
        remember(state, ctx, ev);
    else if (ev->type == SKE_icmpv6_redirect)
        redirect6(state, ctx, ev);
    else if (ev->type == SKE_icmp_error && cor_says(ev, SKF_icmp_error_kind, "redirect"))
        redirect4(state, ctx, ev);
}

static const uint16_t wants[] = {SKE_flow_state, 0};
static const uint16_t looks_at[] = {SKE_flow_state, SKE_icmpv6_redirect, SKE_icmp_error, 0};
const struct sk_correlator sk_cor_redirect = {.name = "redirect",
                                              .wants = wants,
                                              .rank = 30,
                                              .state_size = sizeof(struct state),
                                              .init = init,
                                              .fini = fini,
                                              .looks_at = looks_at,
                                              .event = event};
