/* SPDX-License-Identifier: Apache-2.0 */
/* Zone to zone: is this flow one that the site wants? */
#include "policy/pol.h"

#include <netinet/in.h>

const char *sk_flow_verdict_name(enum sk_flow_verdict v) {
    static const char *const name[] = {"unknown", "allowed", "denied"};
    return (unsigned)v < sizeof name / sizeof *name ? name[v] : "unknown";
}

/* Where an end is, by its two names. */
struct spot {
    const char *zone, *segment;
};

static struct spot spot_of(const struct sk_policy *p, const struct sk_addr *a, uint16_t seen_in) {
    struct sk_place place;
    sk_policy_place(p, a, seen_in, &place);
    const struct sk_segment *s = sk_policy_segment_at(p, place.segment);
    return (struct spot){place.zone, s ? s->id : NULL};
}

static bool is_named(const struct pol_end *end, const struct spot *s) {
    for (size_t i = 0; i < end->names.list.n; i++) {
        const char *name = end->names.list.at[i].text;
        if (strcmp(name, s->zone) == 0 || (s->segment && strcmp(name, s->segment) == 0))
            return true;
    }
    return false;
}

/* Hosts that are not named are all. */
static bool has(const struct pol_nets *nets, const struct sk_addr *a) {
    return nets->list.n == 0 || pol_nets_have(nets, a);
}

static uint8_t transport_bits(const struct sk_flow_query *q) {
    switch (q->transport) {
    case IPPROTO_TCP:
        return POL_TCP;
    case IPPROTO_UDP:
        return POL_UDP;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        return q->echo ? POL_ICMP : 0;
    default:
        return 0;
    }
}

static bool fits(const struct pol_flow *f, const struct sk_flow_query *q, const struct spot *from,
                 const struct spot *to, sk_time now) {
    if ((f->until && now > f->until) || (f->family && f->family != q->src.fam))
        return false;
    if ((!f->from.any && !is_named(&f->from, from)) || (!f->to.any && !is_named(&f->to, to)))
        return false;
    if (!has(&f->hosts, &q->src) || !has(&f->peers, &q->dst))
        return false;
    return pol_service_fits(&f->services, transport_bits(q), transport_bits(q) == POL_ICMP ? 0 : q->port);
}

/* Does some line open or close this place? Then what no line allows is not wanted. */
static bool any_line_names(const struct sk_policy *p, const struct spot *s) {
    for (size_t i = 0; i < p->flows.n; i++)
        if (is_named(&p->flows.at[i].from, s) || is_named(&p->flows.at[i].to, s))
            return true;
    return false;
}

enum sk_flow_verdict sk_policy_flow(const struct sk_policy *p, const struct sk_flow_query *q, sk_time now,
                                    struct sk_origin *ret) {
    if (!p->flows_known)
        return SK_FLOW_UNKNOWN;
    struct spot from = spot_of(p, &q->src, q->seen_in), to = spot_of(p, &q->dst, POL_NONE);
    bool within = strcmp(from.zone, to.zone) == 0;
    for (size_t i = 0; i < p->flows.n; i++) {
        const struct pol_flow *f = &p->flows.at[i];
        /* `any to any` is about crossing, not about neighbours */
        if ((within && (f->from.any || f->to.any)) || !fits(f, q, &from, &to, now))
            continue;
        *ret = pol_origin(&f->pos, f->id);
        return f->deny ? SK_FLOW_DENIED : SK_FLOW_ALLOWED;
    }
    if (within || (!any_line_names(p, &from) && !any_line_names(p, &to)))
        return SK_FLOW_UNKNOWN;
    *ret = pol_origin(&p->flows_pos, NULL);
    return SK_FLOW_DENIED;
}

/* The key of the segment, else a line for ping from the Internet. */
enum sk_tri sk_policy_echo_inbound(const struct sk_policy *p, const struct sk_addr *inside, struct sk_origin *ret) {
    struct sk_place place;
    sk_policy_place(p, inside, POL_NONE, &place);
    const struct pol_segment *s = place.segment < p->segments.n ? &p->segments.at[place.segment] : NULL;
    if (s && s->echo_inbound != SK_UNKNOWN) {
        *ret = pol_origin(&s->echo_pos, s->pub.id);
        return (enum sk_tri)s->echo_inbound;
    }
    struct spot from = {"internet", NULL}, to = spot_of(p, inside, POL_NONE);
    for (size_t i = 0; i < p->flows.n; i++) {
        const struct pol_flow *f = &p->flows.at[i];
        if (f->hosts.list.n || f->until || (f->family && f->family != inside->fam))
            continue; /* says nothing of everybody, always */
        if ((!f->from.any && !is_named(&f->from, &from)) || (!f->to.any && !is_named(&f->to, &to)))
            continue;
        if (!has(&f->peers, inside) || !pol_service_fits(&f->services, POL_ICMP, 0))
            continue;
        *ret = pol_origin(&f->pos, f->id);
        return f->deny ? SK_NO : SK_YES;
    }
    return SK_UNKNOWN;
}
