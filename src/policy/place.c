/* SPDX-License-Identifier: Apache-2.0 */
/* Address -> zone, side, way to the web, terminal or not. */
#include "policy/pol.h"

static bool scope_is_inside(enum sk_scope s) {
    return s != SK_SCOPE_GLOBAL && s != SK_SCOPE_RESERVED && s != SK_SCOPE_NONE;
}

/* Does the segment a packet was seen in say where its source belongs? Of a global address it does not: a router brings
 * those from anywhere. Of a private one only where the segment names no prefixes, which it would be in. */
static const struct pol_segment *own_segment(const struct sk_policy *p, const struct sk_addr *a, uint16_t seen_in,
                                             enum sk_scope scope) {
    if (seen_in >= p->segments.n)
        return NULL;
    const struct pol_segment *s = &p->segments.at[seen_in];
    if (scope == SK_SCOPE_LINK_LOCAL || scope == SK_SCOPE_UNSPECIFIED)
        return s;
    if (scope == SK_SCOPE_PRIVATE || scope == SK_SCOPE_ULA)
        return (a->fam == 4 ? s->has4 : s->has6) ? NULL : s;
    return NULL;
}

static enum sk_tri is_client(const struct sk_policy *p, const struct sk_addr *a, const struct pol_segment *s,
                             const struct sk_place *place, enum sk_scope scope) {
    if (p->none)
        return SK_UNKNOWN;
    if (place->side != SK_SIDE_INSIDE || scope == SK_SCOPE_MULTICAST || scope == SK_SCOPE_BROADCAST)
        return SK_NO;
    if (s && s->pub.clients != SK_UNKNOWN)
        return s->pub.clients;
    if (p->clients_named)
        return SK_NO;
    return pol_lpm_find(&p->named_set.lpm, a) == POL_LPM_NONE ? SK_YES : SK_NO;
}

static void place_in_zone(const struct sk_policy *p, uint16_t zone, struct sk_place *ret) {
    const struct pol_zone *z = &p->zones.at[zone];
    ret->zone = z->name;
    ret->side = z->side;
    ret->web = z->web;
}

void sk_policy_place(const struct sk_policy *p, const struct sk_addr *a, uint16_t seen_in, struct sk_place *ret) {
    enum sk_scope scope = sk_addr_scope(a);
    uint32_t at = pol_lpm_find(&p->places, a);
    const struct pol_claim *claim = at == POL_LPM_NONE ? NULL : &p->claim[at];
    bool inside = claim || scope_is_inside(scope);
    *ret = (struct sk_place){
        .zone = inside ? "inside" : "internet", .side = inside ? SK_SIDE_INSIDE : SK_SIDE_OUTSIDE, .segment = POL_NONE};
    const struct pol_segment *s = NULL;
    uint16_t zone = POL_NONE;
    if (claim) {
        ret->segment = claim->segment;
        ret->origin = pol_origin(&claim->pos, NULL);
        zone = claim->zone;
        s = claim->segment == POL_NONE ? NULL : &p->segments.at[claim->segment];
    } else if ((s = own_segment(p, a, seen_in, scope))) {
        ret->origin = s->pub.origin;
        zone = s->zone;
    }
    if (zone != POL_NONE)
        place_in_zone(p, zone, ret);
    ret->client = is_client(p, a, s, ret, scope);
    bool said = zone != POL_NONE && p->zones.at[zone].web_said;
    if (!said && ret->client == SK_YES && p->proxies.n) {
        ret->web = SK_WEB_VIA_PROXY;
        if (!ret->origin.file)
            ret->origin = pol_origin(&p->proxies_pos, NULL);
    }
}

bool sk_policy_declares_within(const struct sk_policy *p, const struct sk_prefix *prefix) {
    return pol_lpm_any_within(&p->places, prefix);
}

bool sk_policy_segment_has_ipv6(const struct sk_policy *p, uint16_t segment) {
    return segment < p->segments.n && p->segments.at[segment].has6;
}
