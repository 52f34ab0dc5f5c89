/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the source belong where it was seen (RFC 2827, 3704)? Of native IPv6 conversations, against the prefixes and
 * routers of the policy:
 *   foreign              a host (its MAC address is no declared router's) sends from a global address that is none of
 *                        its segment's, to somewhere else. What comes in for the segment may have come by a router that
 *                        the policy does not know, so it is not judged.
 *   inside-from-outside  on a line of an outside zone, from one inside address to another
 */
#include "correlate/values.h"

/* clang-format off */
SK_FIELD(policy_source_verdict, "policy.source.verdict", KEYWORD, ONE, "", "0.1", "IPv6 source of a flow against prefixes and routers of the segment: own, foreign (a host sends from an address of elsewhere), inside-from-outside; absent: not known")
/* clang-format on */

/* 6to4 and Teredo addresses are told as such. */
static bool of_transition(const struct sk_addr *a) {
    return a->b[0] == 0x20 && (a->b[1] == 2 || (a->b[1] == 1 && a->b[2] == 0 && a->b[3] == 0));
}

static bool outside_line(const struct sk_policy *p, uint16_t segment) {
    static const struct sk_addr link_local = {.fam = 6, .b = {0xfe, 0x80, [15] = 1}};
    struct sk_place place;
    sk_policy_place(p, &link_local, segment, &place); /* a link-local address is in the zone of its line */
    return place.side == SK_SIDE_OUTSIDE;
}

static const char *verdict(const struct sk_policy *p, const struct sk_event *ev) {
    struct sk_place from, to;
    sk_policy_place(p, &ev->src, SK_SEGMENT_NONE, &from);
    sk_policy_place(p, &ev->dst, SK_SEGMENT_NONE, &to);
    if (outside_line(p, ev->segment)) {
        bool inside = from.origin.file && from.side == SK_SIDE_INSIDE && to.origin.file && to.side == SK_SIDE_INSIDE;
        return inside ? "inside-from-outside" : NULL;
    }
    if (!sk_policy_segment_has_ipv6(p, ev->segment))
        return NULL;
    if (from.segment == ev->segment)
        return "own";
    bool host = sk_policy_router_mac(p, ev->segment, &ev->smac) == SK_NO;
    return host && to.segment != ev->segment ? "foreign" : NULL;
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    (void)state;
    if (ev->type != SKE_flow_state || ev->src.fam != 6 || ev->depth || ev->segment == SK_SEGMENT_NONE)
        return;
    if (sk_mac_zero(&ev->smac) || sk_addr_scope(&ev->src) != SK_SCOPE_GLOBAL || of_transition(&ev->src) ||
        sk_addr_scope(&ev->dst) == SK_SCOPE_MULTICAST || sk_addr_scope(&ev->dst) == SK_SCOPE_LINK_LOCAL)
        return;
    const char *v = verdict(ctx->policy, ev);
    if (v)
        sk_event_put_text(ev, SKF_policy_source_verdict, v);
}

static const uint16_t looks_at[] = {SKE_flow_state, 0};
const struct sk_correlator sk_cor_source = {.name = "source", .rank = 51, .looks_at = looks_at, .event = event};
