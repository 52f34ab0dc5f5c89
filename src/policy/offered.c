/* SPDX-License-Identifier: Apache-2.0 */
/* What hosts of a segment may be told to use, whoever tells them: what the site declares, or one of the segment's
 * routers. */
#include "policy/pol.h"

static const struct pol_peers *routers_of(const struct sk_policy *p, uint16_t segment) {
    static const struct pol_peers none;
    return segment < p->segments.n ? &p->segments.at[segment].routers : &none;
}

enum sk_tri sk_policy_offered_resolver(const struct sk_policy *p, uint16_t segment, const struct sk_addr *server) {
    enum sk_tri known = sk_policy_is_resolver(p, server);
    const struct pol_peers *routers = routers_of(p, segment);
    for (size_t i = 0; i < routers->list.n && known != SK_YES; i++)
        if (routers->list.at[i].known & POL_ROUTER_RDNSS)
            known = pol_nets_have(&routers->list.at[i].rdnss, server) ? SK_YES : SK_NO;
    return known;
}

/* A search domain is ours if it is one of our names, lies below one, or is what one of them lies below; but above our
 * names a top-level domain (or the root) is nobody's. */
static bool related(const struct pol_texts *names, const char *domain) {
    const char *dot = strchr(domain, '.');
    bool several = dot && dot[1];
    for (size_t i = 0; i < names->list.n; i++)
        if (pol_domain_below(domain, names->list.at[i].text) ||
            (several && pol_domain_below(names->list.at[i].text, domain)))
            return true;
    return false;
}

enum sk_tri sk_policy_offered_domain(const struct sk_policy *p, uint16_t segment, const char *domain) {
    bool known = pol_declared(p, "dns.internal_names");
    bool ours =
        related(&p->internal_names, domain) || related(&p->public_names, domain) || related(&p->own_domains, domain);
    const struct pol_peers *routers = routers_of(p, segment);
    for (size_t i = 0; i < routers->list.n; i++) {
        known |= (routers->list.at[i].known & POL_ROUTER_DNSSL) != 0;
        ours |= related(&routers->list.at[i].dnssl, domain);
    }
    return ours ? SK_YES : known ? SK_NO : SK_UNKNOWN;
}

enum sk_tri sk_policy_offered_nat64(const struct sk_policy *p, uint16_t segment, const struct sk_prefix *prefix) {
    enum sk_tri known = sk_policy_is_nat64_prefix(p, prefix);
    const struct pol_peers *routers = routers_of(p, segment);
    for (size_t i = 0; i < routers->list.n && known != SK_YES; i++) {
        const struct pol_peer *e = &routers->list.at[i];
        if (!(e->known & POL_ROUTER_PREF64))
            continue;
        known = pol_nets_name(&e->pref64, prefix) ? SK_YES : SK_NO;
    }
    return known;
}
