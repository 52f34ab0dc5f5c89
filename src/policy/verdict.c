/* SPDX-License-Identifier: Apache-2.0 */
/* Routers, DHCP servers, tolerances, tunnels, names: is this what the policy says? Every answer names its line. */
#include "policy/pol.h"

static void say(struct sk_origin *ret, const struct pol_pos *pos, const char *entry) {
    if (ret)
        *ret = pol_origin(pos, entry);
}

/* What an entry declares against what the frame shows. */
struct identity {
    unsigned declared, right;
};

static void compare(struct identity *id, bool declared, bool right) {
    id->declared += declared;
    id->right += declared && right;
}

static enum sk_router_verdict judge(const struct identity *id, bool clean, enum sk_router_verdict before) {
    if (id->declared && id->right == id->declared && clean)
        return SK_ROUTER_LISTED;
    return id->right ? SK_ROUTER_IMPERSONATION : before;
}

enum sk_router_verdict sk_policy_router(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac,
                                        const struct sk_addr *link_local, const struct sk_mac *slla,
                                        struct sk_origin *ret) {
    const struct pol_segment *s = pol_segment_at(p, segment);
    if (!s || !s->routers.known)
        return SK_ROUTER_UNKNOWN;
    enum sk_router_verdict verdict = SK_ROUTER_NOT_LISTED;
    say(ret, &s->routers.pos, s->pub.id);
    for (size_t i = 0; i < s->routers.list.n && verdict != SK_ROUTER_LISTED; i++) {
        const struct pol_peer *r = &s->routers.list.at[i];
        bool borrowed = slla && pol_macs_have(&r->macs, slla); /* says it is this router, whatever the frame's source */
        struct identity id = {0};
        compare(&id, r->macs.list.n > 0, pol_macs_have(&r->macs, mac));
        compare(&id, r->addrs.list.n > 0, pol_nets_have(&r->addrs, link_local));
        bool clean = !slla || sk_mac_eq(slla, mac) || borrowed;
        enum sk_router_verdict now = judge(&id, clean, verdict);
        if (now == SK_ROUTER_NOT_LISTED && borrowed)
            now = SK_ROUTER_IMPERSONATION;
        if (now != verdict)
            say(ret, &r->pos, s->pub.id);
        verdict = now;
    }
    return verdict;
}

enum sk_tri sk_policy_router_mac(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac) {
    const struct pol_segment *s = pol_segment_at(p, segment);
    bool all_named = s && s->routers.known;
    for (size_t i = 0; s && i < s->routers.list.n; i++) {
        const struct pol_peer *r = &s->routers.list.at[i];
        if (pol_macs_have(&r->macs, mac))
            return SK_YES;
        all_named = all_named && r->macs.list.n > 0;
    }
    return all_named ? SK_NO : SK_UNKNOWN;
}

enum sk_tri sk_policy_router_address(const struct sk_policy *p, uint16_t segment, const struct sk_addr *link_local,
                                     struct sk_origin *ret) {
    const struct pol_segment *s = pol_segment_at(p, segment);
    bool all_named = s && s->routers.known;
    for (size_t i = 0; s && i < s->routers.list.n; i++) {
        const struct pol_peer *r = &s->routers.list.at[i];
        if (pol_nets_have(&r->addrs, link_local)) {
            say(ret, &r->pos, s->pub.id);
            return SK_YES;
        }
        all_named = all_named && r->addrs.list.n > 0;
    }
    return all_named ? SK_NO : SK_UNKNOWN;
}

/* The identity that a server of IPv4 shows: MAC and address. */
enum sk_router_verdict sk_policy_dhcp_server(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac,
                                             const struct sk_addr *addr, struct sk_origin *ret) {
    const struct pol_segment *s = pol_segment_at(p, segment);
    if (!s || !s->dhcp_servers.known)
        return SK_ROUTER_UNKNOWN;
    enum sk_router_verdict verdict = SK_ROUTER_NOT_LISTED;
    say(ret, &s->dhcp_servers.pos, s->pub.id);
    for (size_t i = 0; i < s->dhcp_servers.list.n && verdict != SK_ROUTER_LISTED; i++) {
        const struct pol_peer *d = &s->dhcp_servers.list.at[i];
        struct identity id = {0};
        compare(&id, d->macs.list.n > 0, pol_macs_have(&d->macs, mac));
        compare(&id, d->addrs.list.n > 0 && addr, addr && pol_nets_have(&d->addrs, addr));
        enum sk_router_verdict now = judge(&id, true, verdict);
        if (now != verdict)
            say(ret, &d->pos, s->pub.id);
        verdict = now;
    }
    return verdict;
}

enum sk_router_verdict sk_policy_dhcpv6_server(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac,
                                               const struct sk_addr *addr, const uint8_t *duid, size_t duid_len,
                                               struct sk_origin *ret) {
    const struct pol_segment *s = pol_segment_at(p, segment);
    if (!s || !s->dhcpv6_servers.known)
        return SK_ROUTER_UNKNOWN;
    enum sk_router_verdict verdict = SK_ROUTER_NOT_LISTED;
    say(ret, &s->dhcpv6_servers.pos, s->pub.id);
    for (size_t i = 0; i < s->dhcpv6_servers.list.n && verdict != SK_ROUTER_LISTED; i++) {
        const struct pol_peer *d = &s->dhcpv6_servers.list.at[i];
        struct identity id = {0};
        compare(&id, d->macs.list.n > 0, pol_macs_have(&d->macs, mac));
        compare(&id, d->addrs.list.n > 0, pol_nets_have(&d->addrs, addr));
        compare(&id, d->duid_len > 0, duid && duid_len == d->duid_len && memcmp(duid, d->duid, duid_len) == 0);
        enum sk_router_verdict now = judge(&id, true, verdict);
        if (now != verdict)
            say(ret, &d->pos, s->pub.id);
        verdict = now;
    }
    return verdict;
}

bool sk_policy_tolerates(const struct sk_policy *p, uint16_t segment, const char *category, sk_time now,
                         struct sk_origin *ret) {
    const struct pol_segment *s = pol_segment_at(p, segment);
    if (!s || !s->tolerate.given || (s->tolerate.until && now > s->tolerate.until))
        return false;
    for (size_t i = 0; i < s->tolerate.kinds.list.n; i++) {
        if (strcmp(s->tolerate.kinds.list.at[i].text, category) == 0) {
            say(ret, &s->tolerate.pos, s->pub.id);
            return true;
        }
    }
    return false;
}

/* An end that is not said is any. */
static bool end_fits(const struct pol_nets *end, const struct sk_addr *a) {
    return end->list.n == 0 || (a && pol_nets_have(end, a));
}

/* What addresses tell more of is still the tunnel that was declared. */
static bool kind_covers(const char *declared, const char *kind) {
    static const char *const rows[][2] = {{"4in6", "ds-lite"}, {"4in6", "map-e"}, {"4in6", "lw4o6"},
                                          {"lw4o6", "map-e"},  {"6in4", "6rd"},   {"l2tp", "l2tpv3"},
                                          {"fou", "gue"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(declared, rows[i][0]) == 0 && strcmp(kind, rows[i][1]) == 0)
            return true;
    return strcmp(declared, kind) == 0;
}

static bool between(const struct pol_tunnel *t, const struct sk_addr *a, const struct sk_addr *b, sk_time now) {
    if (t->until && now > t->until)
        return false;
    return (end_fits(&t->local, a) && end_fits(&t->remote, b)) || (end_fits(&t->local, b) && end_fits(&t->remote, a));
}

const char *sk_policy_tunnel_named(const struct sk_policy *p, const char *const *kinds, const struct sk_addr *a,
                                   const struct sk_addr *b, sk_time now) {
    for (size_t i = 0; i < p->tunnels.n; i++)
        for (const char *const *k = kinds; *k; k++)
            if (strcmp(p->tunnels.at[i].kind, *k) == 0 && between(&p->tunnels.at[i], a, b, now))
                return *k;
    return NULL;
}

enum sk_tunnel_verdict sk_policy_tunnel(const struct sk_policy *p, const char *kind, const struct sk_addr *a,
                                        const struct sk_addr *b, sk_time now, struct sk_origin *ret) {
    if (!p->tunnels_known)
        return SK_TUNNEL_UNKNOWN;
    for (size_t i = 0; i < p->tunnels.n; i++) {
        const struct pol_tunnel *t = &p->tunnels.at[i];
        if (kind_covers(t->kind, kind) && between(t, a, b, now)) {
            say(ret, &t->pos, t->id);
            return SK_TUNNEL_ALLOWED;
        }
    }
    say(ret, &p->tunnels_pos, NULL);
    return SK_TUNNEL_NOT_ALLOWED;
}

enum sk_tunnel_verdict sk_policy_tunnel_kind(const struct sk_policy *p, const char *kind, sk_time now,
                                             struct sk_origin *ret) {
    if (!p->tunnels_known)
        return SK_TUNNEL_UNKNOWN;
    for (size_t i = 0; i < p->tunnels.n; i++) {
        const struct pol_tunnel *t = &p->tunnels.at[i];
        if (kind_covers(t->kind, kind) && !(t->until && now > t->until)) {
            say(ret, &t->pos, t->id);
            return SK_TUNNEL_ALLOWED;
        }
    }
    say(ret, &p->tunnels_pos, NULL);
    return SK_TUNNEL_NOT_ALLOWED;
}

static enum sk_tri in_set(const struct pol_set *set, const struct sk_addr *a) {
    if (!set->declared)
        return SK_UNKNOWN;
    return pol_lpm_find(&set->lpm, a) == POL_LPM_NONE ? SK_NO : SK_YES;
}

enum sk_tri sk_policy_is_resolver(const struct sk_policy *p, const struct sk_addr *a) {
    return in_set(&p->resolver_set, a);
}

enum sk_tri sk_policy_is_mail_server(const struct sk_policy *p, const struct sk_addr *a) {
    return in_set(&p->mail_set, a);
}

enum sk_tri sk_policy_own_zone(const struct sk_policy *p, const struct sk_addr *server, const char *qname) {
    if (!p->authoritative_known)
        return SK_UNKNOWN;
    for (size_t i = 0; i < p->authoritative.n; i++) {
        const struct pol_authoritative *e = &p->authoritative.at[i];
        if (!pol_nets_have(&e->ip, server))
            continue;
        for (size_t k = 0; k < e->zones.list.n; k++)
            if (pol_domain_below(qname, e->zones.list.at[k].text))
                return SK_YES;
    }
    return SK_NO;
}

enum sk_tri sk_policy_is_own_domain(const struct sk_policy *p, const char *domain) {
    if (!p->own_domains_known)
        return SK_UNKNOWN;
    for (size_t i = 0; i < p->own_domains.list.n; i++)
        if (pol_domain_below(domain, p->own_domains.list.at[i].text))
            return SK_YES;
    return SK_NO;
}

/* --- past the proxy -------------------------------------------------------------------------------------------------
 */

static bool is_proxy(const struct sk_policy *p, const struct sk_addr *client, const struct sk_addr *server,
                     uint16_t port, struct sk_origin *ret) {
    for (size_t i = 0; i < p->proxies.n; i++) {
        const struct pol_proxy *e = &p->proxies.at[i];
        bool fits = pol_nets_have(&e->ip, client); /* its own way out, on any port */
        if (!fits && pol_nets_have(&e->ip, server)) {
            fits = e->ports.n == 0;
            for (size_t k = 0; k < e->ports.n; k++)
                fits |= e->ports.at[k] == port;
        }
        if (fits) {
            say(ret, &e->pos, NULL);
            return true;
        }
    }
    return false;
}

static uint8_t transport_bit(uint8_t transport) { return transport == 6 ? POL_TCP : transport == 17 ? POL_UDP : 0; }

static bool target_fits(const struct pol_no_proxy *e, const struct sk_addr *server, const char *name) {
    if (!e->to_given || pol_nets_have(&e->to_ips, server))
        return true;
    for (size_t i = 0; name && i < e->to_names.list.n; i++)
        if (pol_name_fits(name, e->to_names.list.at[i].text))
            return true;
    return false;
}

static bool is_exempt(const struct sk_policy *p, const struct sk_addr *client, const struct sk_addr *server,
                      uint8_t transport, uint16_t port, const char *name, sk_time now, struct sk_origin *ret) {
    for (size_t i = 0; i < p->no_proxy.n; i++) {
        const struct pol_no_proxy *e = &p->no_proxy.at[i];
        if ((e->until && now > e->until) || (e->hosts_given && !pol_nets_have(&e->hosts, client)))
            continue;
        if (pol_service_fits(&e->services, transport_bit(transport), port) && target_fits(e, server, name)) {
            say(ret, &e->pos, e->id);
            return true;
        }
    }
    return false;
}

/* DNS secondaries fetch and are told about zones; both sides of that are the servers' own business. */
static bool is_zone_transfer(const struct sk_policy *p, const struct sk_addr *client, const struct sk_addr *server) {
    for (size_t i = 0; i < p->authoritative.n; i++) {
        const struct pol_authoritative *e = &p->authoritative.at[i];
        if ((pol_nets_have(&e->ip, client) && pol_nets_have(&e->secondaries, server)) ||
            (pol_nets_have(&e->ip, server) && pol_nets_have(&e->secondaries, client)))
            return true;
    }
    return false;
}

static bool is_service(const struct sk_policy *p, const struct sk_addr *client, const struct sk_addr *server,
                       uint8_t transport, uint16_t port, struct sk_origin *ret) {
    const struct pol_pos *pos = NULL;
    if (port == 53 || port == 853) {
        if (in_set(&p->resolver_set, client) == SK_YES || in_set(&p->resolver_set, server) == SK_YES ||
            is_zone_transfer(p, client, server))
            pos = &p->resolvers_pos;
    } else if (port == 123 && transport == 17) {
        if (in_set(&p->ntp_set, client) == SK_YES || in_set(&p->ntp_set, server) == SK_YES)
            pos = &p->ntp_pos;
    } else if (transport == 6 && (port == 25 || port == 465 || port == 587)) {
        if (in_set(&p->sender_set, client) == SK_YES)
            pos = &p->relays_pos;
    }
    if (pos)
        say(ret, pos, NULL);
    return pos != NULL;
}

enum sk_proxy_verdict sk_policy_proxy(const struct sk_policy *p, const struct sk_addr *client,
                                      const struct sk_addr *server, uint8_t transport, uint16_t port, const char *name,
                                      sk_time now, struct sk_origin *ret) {
    if (!p->proxies_known)
        return SK_PROXY_UNKNOWN;
    if (is_proxy(p, client, server, port, ret))
        return SK_PROXY_IS_PROXY;
    if (is_exempt(p, client, server, transport, port, name, now, ret))
        return SK_PROXY_EXEMPT;
    if (is_service(p, client, server, transport, port, ret))
        return SK_PROXY_SERVICE_EXEMPT;
    say(ret, &p->proxies_pos, NULL);
    return SK_PROXY_NO;
}
