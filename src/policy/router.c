/* SPDX-License-Identifier: Apache-2.0 */
/* What the routers of a segment may advertise, and who else may speak there. */
#include "policy/pol.h"

#include <netinet/in.h>

static bool nets_hold(const struct pol_nets *nets, const struct sk_prefix *x) {
    for (size_t i = 0; i < nets->list.n; i++)
        if (nets->list.at[i].net.len <= x->len && sk_prefix_has(&nets->list.at[i].net, &x->addr))
            return true;
    return false;
}

static enum sk_tri tri(bool known, bool yes) { return !known ? SK_UNKNOWN : yes ? SK_YES : SK_NO; }

/* --- what a router may advertise ------------------------------------------------------------------------------------
 */

bool sk_policy_router_rules(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac,
                            const struct sk_addr *link_local, const struct sk_mac *slla, struct sk_router_rules *ret) {
    const struct pol_segment *s = pol_segment_at(p, segment);
    for (size_t i = 0; s && i < s->routers.list.n; i++) {
        const struct pol_peer *r = &s->routers.list.at[i];
        bool mac_ok = r->macs.list.n == 0 || pol_macs_have(&r->macs, mac);
        bool addr_ok = r->addrs.list.n == 0 || pol_nets_have(&r->addrs, link_local);
        bool slla_ok = !slla || sk_mac_eq(slla, mac) || pol_macs_have(&r->macs, slla);
        if (!mac_ok || !addr_ok || !slla_ok)
            continue;
        *ret = (struct sk_router_rules){.entry = r,
                                        .flags = r->flag_bits,
                                        .flags_known = r->known & POL_ROUTER_FLAGS,
                                        .preference = r->preference,
                                        .preference_known = r->known & POL_ROUTER_PREF,
                                        .mtu = (uint32_t)r->mtu,
                                        .lifetime_max = (uint32_t)r->lifetime_max,
                                        .rdnss_known = r->known & POL_ROUTER_RDNSS,
                                        .dnssl_known = r->known & POL_ROUTER_DNSSL,
                                        .pref64_known = r->known & POL_ROUTER_PREF64,
                                        .pd_dynamic = r->any_prefix || r->dynamic.list.n > 0,
                                        .macs = (unsigned)r->macs.list.n,
                                        .origin = pol_origin(&r->pos, s->pub.id)};
        return true;
    }
    return false;
}

enum sk_tri sk_router_may_prefix(const struct sk_policy *p, const struct sk_router_rules *r,
                                 const struct sk_prefix *x) {
    const struct pol_peer *e = r->entry;
    (void)p;
    if (e->any_prefix || nets_hold(&e->dynamic, x))
        return SK_YES;
    return tri(e->known & POL_ROUTER_PREFIXES || e->dynamic.list.n, pol_nets_name(&e->prefixes, x));
}

enum sk_tri sk_router_may_route(const struct sk_policy *p, const struct sk_router_rules *r, const struct sk_prefix *x) {
    const struct pol_peer *e = r->entry;
    (void)p;
    return tri(e->known & POL_ROUTER_ROUTES, pol_nets_name(&e->routes, x) || pol_nets_name(&e->prefixes, x));
}

enum sk_tri sk_router_may_resolver(const struct sk_policy *p, const struct sk_router_rules *r,
                                   const struct sk_addr *x) {
    const struct pol_peer *e = r->entry;
    if (e->known & POL_ROUTER_RDNSS)
        return pol_nets_have(&e->rdnss, x) ? SK_YES : SK_NO;
    return sk_policy_is_resolver(p, x);
}

enum sk_tri sk_router_may_domain(const struct sk_policy *p, const struct sk_router_rules *r, const char *name) {
    const struct pol_peer *e = r->entry;
    bool listed = false;
    (void)p;
    for (size_t i = 0; i < e->dnssl.list.n; i++)
        listed = listed || pol_domain_below(name, e->dnssl.list.at[i].text);
    return tri(e->known & POL_ROUTER_DNSSL, listed);
}

enum sk_tri sk_policy_is_nat64_prefix(const struct sk_policy *p, const struct sk_prefix *x) {
    return tri(pol_declared(p, "dns.nat64_prefixes"), pol_nets_name(&p->nat64_prefixes, x));
}

enum sk_tri sk_router_may_pref64(const struct sk_policy *p, const struct sk_router_rules *r,
                                 const struct sk_prefix *x) {
    const struct pol_peer *e = r->entry;
    if (e->known & POL_ROUTER_PREF64)
        return pol_nets_name(&e->pref64, x) ? SK_YES : SK_NO;
    return sk_policy_is_nat64_prefix(p, x);
}

/* --- who else may speak ---------------------------------------------------------------------------------------------
 */

enum sk_tri sk_policy_mld_querier(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac) {
    const struct pol_segment *s = pol_segment_at(p, segment);
    bool known = s && s->queriers_known;
    for (size_t i = 0; s && i < s->routers.list.n; i++) {
        known = known || s->routers.list.at[i].macs.list.n > 0;
        if (pol_macs_have(&s->routers.list.at[i].macs, mac))
            return SK_YES;
    }
    return tri(known, known && pol_macs_have(&s->mld_queriers, mac));
}

enum sk_tri sk_policy_mdns_reflector(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac) {
    const struct pol_segment *s = pol_segment_at(p, segment);
    return tri(s && s->reflectors_known, s && pol_macs_have(&s->mdns_reflectors, mac));
}

enum sk_tri sk_policy_is_transit(const struct sk_policy *p, uint16_t segment) {
    const struct pol_segment *s = pol_segment_at(p, segment);
    return s ? (enum sk_tri)s->transit : SK_UNKNOWN;
}

enum sk_tri sk_policy_lateral(const struct sk_policy *p, uint16_t segment, uint8_t transport, uint16_t port,
                              struct sk_origin *ret) {
    const struct pol_segment *s = pol_segment_at(p, segment);
    uint8_t bits = transport == IPPROTO_TCP ? POL_TCP : transport == IPPROTO_UDP ? POL_UDP : 0;
    if (!s || !s->lateral_known)
        return SK_UNKNOWN;
    *ret = pol_origin(&s->lateral_pos, s->pub.id);
    return pol_service_fits(&s->lateral, bits, port) ? SK_YES : SK_NO;
}
