/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NAT64 prefixes that routers advertise (PREF64, RFC 8781): who a flow to such an address really speaks to. What the
 * policy declares and what is reserved for it is told where the event is made.
 */
#include "correlate/correlate.h"

enum { PREFIXES_MAX = 32 };

struct learned {
    struct sk_prefix prefix;
    sk_time until;
};
struct state {
    struct learned at[PREFIXES_MAX];
    unsigned n;
};

static void learn(struct state *s, struct sk_cor_ctx *ctx, const struct sk_prefix *p, sk_time until) {
    unsigned first = 0;
    for (unsigned i = 0; i < s->n; i++) {
        if (s->at[i].prefix.len == p->len && sk_addr_eq(&s->at[i].prefix.addr, &p->addr)) {
            s->at[i].until = until;
            return;
        }
        if (s->at[i].until < s->at[first].until)
            first = i;
    }
    ctx->evictions += s->n == PREFIXES_MAX;
    unsigned to = s->n < PREFIXES_MAX ? s->n++ : first; /* the one that ends first gives way */
    s->at[to] = (struct learned){.prefix = *p, .until = until};
}

static void advertised(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value text, life;
    for (unsigned k = 0; sk_event_get(ev, NULL, SKF_icmpv6_ra_pref64, k, scratch, &text); k++) {
        struct sk_prefix p;
        if (text.type != SK_T_KEYWORD || !sk_prefix_parse(text.s.p, text.s.len, false, &p))
            continue;
        if (sk_event_get(ev, NULL, SKF_icmpv6_ra_pref64_lifetime, k, NULL, &life) && life.i >= 0 &&
            life.i <= UINT16_MAX)
            learn(s, ctx, &p, ev->ts > INT64_MAX - life.i * SK_SEC ? INT64_MAX : ev->ts + life.i * SK_SEC);
    }
}

/* The longest prefix that is alive. */
static const struct sk_prefix *find(const struct state *s, const struct sk_addr *a, sk_time now) {
    const struct sk_prefix *best = NULL;
    for (unsigned i = 0; i < s->n; i++)
        if (now <= s->at[i].until && sk_prefix_has(&s->at[i].prefix, a) && (!best || s->at[i].prefix.len > best->len))
            best = &s->at[i].prefix;
    return best;
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    if (ev->type == SKE_icmpv6_ra) {
        if (!sk_cor_discarded(ev))
            advertised(s, ctx, ev);
        return;
    }
    if (ev->type != SKE_flow_state || s->n == 0 || sk_event_has(ev, NULL, SKF_nat64_prefix))
        return;
    const struct sk_prefix *dst = find(s, &ev->dst, ev->ts), *src = find(s, &ev->src, ev->ts);
    struct sk_addr to, from;
    char text[SK_PREFIX_TEXT];
    bool has_to = dst && sk_addr_rfc6052(&ev->dst, dst->len, &to);
    bool has_from = src && sk_addr_rfc6052(&ev->src, src->len, &from);
    if (!has_to && !has_from)
        return;
    if (has_from)
        sk_event_put_ip(ev, SKF_source_nat_ip, &from);
    if (has_to)
        sk_event_put_ip(ev, SKF_destination_nat_ip, &to);
    sk_event_put_text(ev, SKF_nat64_prefix, sk_prefix_text(has_to ? dst : src, text));
    sk_event_put_text(ev, SKF_nat64_origin, "ra");
}

static const uint16_t wants[] = {SKE_icmpv6_ra, 0};
static const uint16_t looks_at[] = {SKE_icmpv6_ra, SKE_flow_state, 0};
const struct sk_correlator sk_cor_nat64 = {.name = "nat64",
                                           .rank = 20,
                                           .wants = wants,
                                           .state_size = sizeof(struct state),
                                           .looks_at = looks_at,
                                           .event = event};
