/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbour discovery (RFC 4861): router solicitation and advertisement, neighbour solicitation and advertisement,
 * redirect; one event a message.
 *
 *   133 RS  | reserved, 4 |                                                          | options
 *   134 RA  | hop limit | M O H Prf P | lifetime, 2 | reachable, 4 | retransmit, 4   | options
 *   135 NS  | reserved, 4 | target, 16                                               | options
 *   136 NA  | R S O .. , 4 | target, 16                                              | options
 *   137 RD  | reserved, 4 | target, 16 | destination, 16                             | options
 *
 * icmpv6.ra.kind says what the advertisement by itself asks of hosts. Whether its sender may say so, and whether
 * lifetime 0 takes back what the same router said before, needs the policy and the router's history: the correlator's.
 */
#include "observe/icmp6.h"
#include "observe/quoted.h"

/* clang-format off */
SK_EVENT(icmpv6_rs, "icmpv6.rs", FRAME, "0.1", "Router solicitation (RFC 4861 4.1)")
SK_EVENT(icmpv6_ra, "icmpv6.ra", FRAME, "0.1", "Router advertisement (RFC 4861 4.2)")
SK_EVENT(icmpv6_ns, "icmpv6.ns", FRAME, "0.1", "Neighbour solicitation (RFC 4861 4.3)")
SK_EVENT(icmpv6_na, "icmpv6.na", FRAME, "0.1", "Neighbour advertisement (RFC 4861 4.4)")
SK_EVENT(icmpv6_redirect, "icmpv6.redirect", FRAME, "0.1", "Redirect (RFC 4861 4.5)")
SK_FIELD(icmpv6_ra_kind, "icmpv6.ra.kind", KEYWORD, ONE, "", "0.1", "default-router; dhcp-lure (lifetime 0, M or O); nat64; stub-router (lifetime 0, routes to ULAs only); prefix-only; dns-only; withdrawal (only lifetimes of 0); empty")
SK_FIELD(icmpv6_ra_router_lifetime, "icmpv6.ra.router_lifetime", LONG, ONE, "s", "0.1", "Router lifetime; 0: not a default router")
SK_FIELD(icmpv6_ra_flags, "icmpv6.ra.flags", KEYWORD, LIST, "", "0.1", "Flags set: M (addresses by DHCPv6), O (other by DHCPv6), H (home agent), P (proxy), S (stub network router)")
SK_FIELD(icmpv6_ra_preference, "icmpv6.ra.preference", KEYWORD, ONE, "", "0.1", "Preference as default router (RFC 4191): low, medium, high, reserved")
SK_FIELD(icmpv6_ra_cur_hop_limit, "icmpv6.ra.cur_hop_limit", LONG, ONE, "", "0.1", "Hop limit that hosts shall use; 0: not said")
SK_FIELD(icmpv6_ra_reachable_time, "icmpv6.ra.reachable_time", LONG, ONE, "ms", "0.1", "Reachable time; 0: not said")
SK_FIELD(icmpv6_ra_retrans_timer, "icmpv6.ra.retrans_timer", LONG, ONE, "ms", "0.1", "Retransmission timer; 0: not said")
SK_FIELD(icmpv6_ns_target, "icmpv6.ns.target", IP, ONE, "", "0.1", "Address asked for")
SK_FIELD(icmpv6_ns_dad, "icmpv6.ns.dad", BOOL, ONE, "", "0.1", "Duplicate address detection: sent from the unspecified address (RFC 4862 5.4.2)")
SK_FIELD(icmpv6_na_target, "icmpv6.na.target", IP, ONE, "", "0.1", "Address claimed")
SK_FIELD(icmpv6_na_flags, "icmpv6.na.flags", KEYWORD, LIST, "", "0.1", "Flags set: R (router), S (solicited), O (override)")
SK_FIELD(icmpv6_redirect_target, "icmpv6.redirect.target", IP, ONE, "", "0.1", "Better next hop")
SK_FIELD(icmpv6_redirect_destination, "icmpv6.redirect.destination", IP, ONE, "", "0.1", "Destination that is redirected")
/* clang-format on */

enum { ND_HOP_LIMIT = 255, RS = 133, REDIRECT = 137, REDIRECTED_HEADER = 4 };

static bool unspecified(const struct sk_addr *a) { return sk_addr_scope(a) == SK_SCOPE_UNSPECIFIED; }
static bool link_local(const struct sk_addr *a) { return sk_addr_scope(a) == SK_SCOPE_LINK_LOCAL; }
static bool multicast(const struct sk_addr *a) { return a->fam == 6 && a->b[0] == 0xff; }

/* ff02::1:ff00:0/104 (RFC 4291 2.7.1) */
static bool solicited_node(const struct sk_addr *a) {
    static const uint8_t group[13] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
    return a->fam == 6 && memcmp(a->b, group, sizeof group) == 0;
}

static void check_length(struct sk_event *ev, struct sk_icmp6 *m, uint32_t least) {
    if (m->wire_len < least && !m->ip->fragment)
        sk_icmp6_anomaly(ev, m, "short", true);
    if (m->code != 0)
        sk_icmp6_anomaly(ev, m, "code", true);
}

static void solicit_router(struct sk_event *ev, struct sk_icmp6 *m) {
    struct sk_nd_summary sum;
    struct sk_cur c = m->body;
    check_length(ev, m, 8);
    sk_cur_skip(&c, 4);
    sk_nd_options(ev, m, c, &sum);
    if (sum.has_slla && unspecified(&m->ip->src))
        sk_icmp6_anomaly(ev, m, "unexpected-slla", true);
}

/* What it asks of hosts; NULL: a cut capture hides what decides. */
static const char *ra_kind(uint16_t lifetime, uint8_t flags, const struct sk_nd_summary *s, bool incomplete) {
    if (lifetime > 0)
        return "default-router";
    if (flags & 0xc0)
        return "dhcp-lure";
    if (s->pref64)
        return "nat64";
    if (incomplete)
        return NULL;
    if ((s->route_ula || (flags & 0x02)) && !s->route_other)
        return "stub-router";
    if (s->prefix || s->route)
        return "prefix-only";
    if (s->dns)
        return "dns-only";
    return s->prefix_dead || s->dead ? "withdrawal" : "empty";
}

static void put_ra_flags(struct sk_event *ev, uint8_t flags) {
    static const char *const names[8] = {"M", "O", "H", NULL, NULL, "P", "S", NULL};
    static const char *const preference[4] = {"medium", "high", "reserved", "low"};
    for (unsigned i = 0; i < 8; i++)
        if (names[i] && (flags & 0x80 >> i))
            sk_event_put_text(ev, SKF_icmpv6_ra_flags, names[i]);
    sk_event_put_text(ev, SKF_icmpv6_ra_preference, preference[flags >> 3 & 3]);
}

static void advertise_router(struct sk_event *ev, struct sk_icmp6 *m) {
    struct sk_nd_summary sum;
    struct sk_cur c = m->body;
    check_length(ev, m, 16);
    if (!link_local(&m->ip->src))
        sk_icmp6_anomaly(ev, m, "source", true);
    uint8_t hop_limit = sk_cur_u8(&c);
    uint8_t flags = sk_cur_u8(&c);
    uint16_t lifetime = sk_cur_be16(&c);
    uint32_t reachable = sk_cur_be32(&c);
    uint32_t retrans = sk_cur_be32(&c);
    if (!sk_cur_ok(&c))
        return;
    sk_event_put_int(ev, SKF_icmpv6_ra_router_lifetime, lifetime);
    put_ra_flags(ev, flags);
    sk_event_put_int(ev, SKF_icmpv6_ra_cur_hop_limit, hop_limit);
    sk_event_put_int(ev, SKF_icmpv6_ra_reachable_time, reachable);
    sk_event_put_int(ev, SKF_icmpv6_ra_retrans_timer, retrans);
    if (lifetime > 0)
        sk_nd_offer(ev, "default-route");
    if (flags & 0xc0)
        sk_nd_offer(ev, "dhcp");
    sk_nd_options(ev, m, c, &sum);
    const char *kind = ra_kind(lifetime, flags, &sum, m->incomplete || sum.stopped);
    if (kind)
        sk_event_put_text(ev, SKF_icmpv6_ra_kind, kind);
}

static void solicit_neighbour(struct sk_event *ev, struct sk_icmp6 *m) {
    struct sk_nd_summary sum;
    struct sk_cur c = m->body;
    bool dad = unspecified(&m->ip->src);
    check_length(ev, m, 24);
    sk_cur_skip(&c, 4);
    struct sk_addr target = sk_cur_ip6(&c);
    sk_event_put_int(ev, SKF_icmpv6_ns_dad, dad);
    if (!sk_cur_ok(&c))
        return;
    sk_event_put_ip(ev, SKF_icmpv6_ns_target, &target);
    if (multicast(&target))
        sk_icmp6_anomaly(ev, m, "target", true);
    sk_nd_options(ev, m, c, &sum);
    if (dad && sum.has_slla)
        sk_icmp6_anomaly(ev, m, "unexpected-slla", true);
    if (dad && !solicited_node(&m->ip->dst)) /* RFC 4861 7.1.1 */
        sk_icmp6_anomaly(ev, m, "destination", true);
}

static void advertise_neighbour(struct sk_event *ev, struct sk_icmp6 *m) {
    struct sk_nd_summary sum;
    struct sk_cur c = m->body;
    check_length(ev, m, 24);
    uint32_t flags = sk_cur_be32(&c);
    struct sk_addr target = sk_cur_ip6(&c);
    if (!sk_cur_ok(&c))
        return;
    static const char *const names[] = {"R", "S", "O"};
    for (unsigned i = 0; i < 3; i++)
        if (flags & 0x80000000u >> i)
            sk_event_put_text(ev, SKF_icmpv6_na_flags, names[i]);
    sk_event_put_ip(ev, SKF_icmpv6_na_target, &target);
    if (multicast(&target))
        sk_icmp6_anomaly(ev, m, "target", true);
    if (multicast(&m->ip->dst) && (flags & 0x40000000u))
        sk_icmp6_anomaly(ev, m, "solicited-multicast", true);
    sk_nd_options(ev, m, c, &sum);
}

/* The packet that is redirected, as the option quotes it. It is no ICMP error's quotation: the decoder leaves it. */
static void redirected_header(struct sk_event *ev, struct sk_cur c) {
    for (unsigned budget = 0; c.left && budget < 16; budget++) {
        uint8_t type = sk_cur_u8(&c);
        unsigned units = sk_cur_u8(&c);
        if (units == 0)
            return;
        struct sk_cur value = sk_cur_sub(&c, units * 8 - 2);
        if (type == REDIRECTED_HEADER) {
            sk_cur_skip(&value, 6);
            sk_quoted_ipv6(ev, value);
            return;
        }
    }
}

static void redirect(struct sk_event *ev, struct sk_icmp6 *m) {
    struct sk_nd_summary sum;
    struct sk_cur c = m->body;
    check_length(ev, m, 40);
    sk_cur_skip(&c, 4);
    struct sk_addr target = sk_cur_ip6(&c);
    struct sk_addr destination = sk_cur_ip6(&c);
    if (!link_local(&m->ip->src))
        sk_icmp6_anomaly(ev, m, "source", true);
    if (!sk_cur_ok(&c))
        return;
    sk_event_put_ip(ev, SKF_icmpv6_redirect_target, &target);
    sk_event_put_ip(ev, SKF_icmpv6_redirect_destination, &destination);
    if (multicast(&destination))
        sk_icmp6_anomaly(ev, m, "destination", true);
    if (!link_local(&target) && !sk_addr_eq(&target, &destination))
        sk_icmp6_anomaly(ev, m, "target", true);
    sk_nd_options(ev, m, c, &sum);
    redirected_header(ev, c);
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    static const struct {
        enum sk_event_type type;
        void (*read)(struct sk_event *ev, struct sk_icmp6 *m);
    } messages[] = {{SKE_icmpv6_rs, solicit_router},
                    {SKE_icmpv6_ra, advertise_router},
                    {SKE_icmpv6_ns, solicit_neighbour},
                    {SKE_icmpv6_na, advertise_neighbour},
                    {SKE_icmpv6_redirect, redirect}};
    (void)state;
    struct sk_icmp6 m;
    if (!sk_icmp6_of(o, i, &m) || m.type < RS || m.type > REDIRECT)
        return;
    struct sk_event *ev = sk_icmp6_begin(o, messages[m.type - RS].type, &m);
    if (!ev)
        return;
    messages[m.type - RS].read(ev, &m);
    sk_icmp6_end(o, ev, &m, ND_HOP_LIMIT, true);
}

static const uint8_t protos[] = {SKP_ICMPV6, SKP_NONE};
const struct sk_observer sk_obs_icmpv6_nd = {.name = "icmpv6_nd", .protos = protos, .layer = layer};
