/* SPDX-License-Identifier: Apache-2.0 */
/* policy show: segments, and who speaks with authority there. */
#include "policy/show.h"

/* An empty list says something too: none of it. */
static void show_said_nets(struct show *s, const struct pol_peer *e, uint8_t bit, const char *word,
                           const struct pol_nets *nets) {
    if (e->known & bit)
        show_nets(s, word, nets, "none");
}

static void show_router_rules(struct show *s, const struct pol_peer *e) {
    static const char *const preference[] = {"medium", "high", "", "low"};
    if (e->any_prefix)
        sk_buf_str(&s->text, ", any delegated prefix");
    show_nets(s, ", prefixes within ", &e->dynamic, NULL);
    show_said_nets(s, e, POL_ROUTER_ROUTES, ", routes ", &e->routes);
    show_said_nets(s, e, POL_ROUTER_RDNSS, ", resolvers ", &e->rdnss);
    show_said_nets(s, e, POL_ROUTER_PREF64, ", translation prefixes ", &e->pref64);
    if (e->known & POL_ROUTER_DNSSL && e->dnssl.list.n == 0)
        sk_buf_str(&s->text, ", search domains none");
    show_texts(s, ", search domains ", &e->dnssl);
    if (e->known & POL_ROUTER_FLAGS && e->flags.list.n == 0)
        sk_buf_str(&s->text, ", flags none");
    show_texts(s, ", flags ", &e->flags);
    if (e->known & POL_ROUTER_PREF)
        sk_buf_fmt(&s->text, ", preference %s", preference[e->preference & 3]);
    if (e->mtu)
        sk_buf_fmt(&s->text, ", MTU %lld", (long long)e->mtu);
    if (e->lifetime_max)
        sk_buf_fmt(&s->text, ", lifetime at most %lld s", (long long)e->lifetime_max);
}

static void show_peer(struct show *s, const struct pol_segment *g, const char *what, const struct pol_peer *e) {
    show_begin(s, "segments", &e->pos);
    s->segment = g->pub.id;
    sk_buf_fmt(&s->text, "  %s:", what);
    show_macs(s, " ", " or ", &e->macs);
    show_nets(s, " at ", &e->addrs, NULL);
    for (size_t k = 0; k < e->duid_len; k++)
        sk_buf_fmt(&s->text, "%s%02x", k ? ":" : " DUID ", e->duid[k]);
    show_nets(s, ", prefixes ", &e->prefixes, NULL);
    show_router_rules(s, e);
    show_end(s);
}

static void show_peers(struct show *s, const struct pol_segment *g, const char *what, const struct pol_peers *peers,
                       bool whole) {
    if (peers->known && peers->list.n == 0 && whole) {
        show_begin(s, "segments", &peers->pos);
        s->segment = g->pub.id;
        sk_buf_fmt(&s->text, "  %s: none allowed", what);
        show_end(s);
    }
    for (size_t i = 0; peers->known && i < peers->list.n; i++)
        if (whole || show_wants(s, &peers->list.at[i].addrs, NULL, &peers->list.at[i].macs))
            show_peer(s, g, what, &peers->list.at[i]);
}

/* What a packet must carry to be in it. */
static void add_matchers(struct show *s, const struct pol_segment *g) {
    const char *between = ": ";
    if (g->tap_name) {
        sk_buf_str(&s->text, between);
        show_pair(s, "tap ", g->tap_name);
        between = ", ";
    }
    for (size_t i = 0; i < g->vnis.n; i++)
        sk_buf_fmt(&s->text, "%s%s%d", i ? " or " : between, i ? "" : "VNI ", g->vnis.at[i]);
    if (g->vnis.n)
        between = ", ";
    if (g->vlan_any || g->vids.n) {
        sk_buf_fmt(&s->text, "%sVLAN %s", between, g->vlan_any ? "any" : "");
        between = ", ";
    }
    for (size_t i = 0; i < g->vids.n; i++)
        sk_buf_fmt(&s->text, "%s%u", i ? " or " : "", g->vids.at[i]);
    show_nets(s, between, &g->prefixes, NULL);
}

static void show_macs_of(struct show *s, const struct pol_segment *g, const char *what, bool said,
                         const struct pol_macs *macs, bool whole) {
    if (!said || (!whole && !show_wants(s, NULL, NULL, macs)))
        return;
    show_begin(s, "segments", &g->pos);
    s->segment = g->pub.id;
    sk_buf_fmt(&s->text, "  %s:%s", what, macs->list.n ? "" : " none allowed");
    show_macs(s, " ", ", ", macs);
    show_end(s);
}

static void show_extras(struct show *s, const struct pol_segment *g) {
    if (g->tolerate.given) {
        show_begin(s, "segments", &g->tolerate.pos);
        s->segment = g->pub.id;
        show_texts(s, "  tolerates ", &g->tolerate.kinds);
        show_until(s, g->tolerate.until);
        show_end(s);
    }
    if (g->echo_inbound != SK_UNKNOWN) {
        show_begin(s, "segments", &g->echo_pos);
        s->segment = g->pub.id;
        sk_buf_fmt(&s->text, "  echo requests from outside: %s", g->echo_inbound == SK_YES ? "allowed" : "not allowed");
        show_end(s);
    }
    if (g->lateral_known) {
        show_begin(s, "segments", &g->lateral_pos);
        s->segment = g->pub.id;
        show_services(s, "  terminals may speak to each other by ", &g->lateral);
        if (g->lateral.any)
            sk_buf_str(&s->text, "  terminals may speak to each other");
        s->later = true;
        show_end(s);
    }
}

static void show_segment(struct show *s, const struct pol_segment *g) {
    show_begin(s, "segments", &g->pos);
    s->segment = g->pub.id;
    show_pair(s, "segment ", g->pub.id);
    add_matchers(s, g);
    show_pair(s, ", zone ", g->pub.zone);
    sk_buf_fmt(&s->text, ", IPv6 %s", sk_ipv6_rule_name(g->pub.ipv6));
    show_day(s, " since ", g->pub.since);
    sk_buf_fmt(&s->text, "%s%s%s%s", g->pub.clients == SK_YES ? ", terminals" : "",
               g->pub.is_private ? ", private" : "", g->pub.registered_only ? ", registered devices only" : "",
               g->transit == SK_YES ? ", transit" : "");
    show_end(s);
    show_extras(s, g);
}

void show_segments(struct show *s) {
    const struct pol_segment *asked = show_asked_segment(s);
    for (size_t i = 0; i < s->p->segments.n; i++) {
        const struct pol_segment *g = &s->p->segments.at[i];
        bool whole = show_all(s) || g == asked;
        if (whole)
            show_segment(s, g);
        show_peers(s, g, "router", &g->routers, whole);
        show_peers(s, g, "DHCP server", &g->dhcp_servers, whole);
        show_peers(s, g, "DHCPv6 server", &g->dhcpv6_servers, whole);
        show_macs_of(s, g, "MLD querier", g->queriers_known, &g->mld_queriers, whole);
        show_macs_of(s, g, "mDNS reflector", g->reflectors_known, &g->mdns_reflectors, whole);
    }
}
