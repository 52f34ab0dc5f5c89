/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv4 addresses inside IPv6 addresses of NAT64, 464XLAT and MAP-T (RFC 6052 2.2): who is really spoken to. And
 * addresses that exist only behind a tunnel, 6to4 (RFC 3056) and Teredo (RFC 4380): who uses one natively has a router
 * or a relay that tunnels for it, where the tunnel itself may not be seen.
 */
#include "observe/translation.h"

#include "observe/tunnel.h"

/* clang-format off */
SK_FIELD(source_nat_ip, "source.nat.ip", IP, ONE, "", "0.1", "IPv4 address inside the source, where its prefix is a NAT64's (RFC 6052)")
SK_FIELD(destination_nat_ip, "destination.nat.ip", IP, ONE, "", "0.1", "IPv4 address inside the destination, where its prefix is a NAT64's (RFC 6052): who is spoken to")
SK_FIELD(nat64_prefix, "nat64.prefix", KEYWORD, ONE, "", "0.1", "NAT64 prefix of the destination, else of the source")
SK_FIELD(nat64_origin, "nat64.origin", KEYWORD, ONE, "", "0.1", "How the prefix is known: well-known (64:ff9b::/96), local-use (64:ff9b:1::/48, RFC 8215), policy, ra (advertised, RFC 8781: flows only)")
SK_FIELD(nat64_verdict, "nat64.verdict", KEYWORD, ONE, "", "0.1", "ok; not-global: the well-known prefix before an address that is not global (RFC 6052 3.1), a way around a boundary")
SK_FIELD(nat64_clat, "nat64.clat", BOOL, ONE, "", "0.1", "A sender of 192.0.0.0/29 outside of a tunnel: a 464XLAT client's own address leaks (RFC 6877, 7335)")
SK_FIELD(transition_kind, "transition.kind", KEYWORD, ONE, "", "0.1", "6to4 (2002::/16) or teredo (2001::/32): source or destination is such an address; tunnel.kind tells where its tunnel was seen")
SK_FIELD(transition_ip, "transition.ip", IP, ONE, "", "0.1", "That address: the source's, else the destination's")
SK_FIELD(transition_role, "transition.role", KEYWORD, ONE, "", "0.1", "source, destination, or tentative (asked about by duplicate address detection)")
SK_FIELD(transition_embedded_ipv4, "transition.embedded.ipv4", IP, ONE, "", "0.1", "IPv4 address inside it: of the 6to4 router, or of the Teredo client as seen from outside its NAT")
SK_FIELD(transition_embedded_bogus, "transition.embedded.bogus", BOOL, ONE, "", "0.1", "An IPv4 address that nobody can have there (private, loopback, group, ...: RFC 3964 5.3.1)")
/* clang-format on */

static const uint8_t well_known[12] = {0, 0x64, 0xff, 0x9b};
static const uint8_t local_use[6] = {0, 0x64, 0xff, 0x9b, 0, 1};

static bool is_zero(const uint8_t *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (b[i])
            return false;
    return true;
}

/* RFC 8215 leaves the length within 64:ff9b:1::/48 to the site: a /48's own form ends in zeros, /96 does not. */
static unsigned local_use_len(const struct sk_addr *a) {
    return is_zero(a->b + 11, 5) && !is_zero(a->b + 9, 2) ? 48 : 96;
}

bool sk_nat64(const struct sk_policy *p, const struct sk_addr *a, struct sk_nat64 *ret) {
    if (a->fam != 6)
        return false;
    *ret = (struct sk_nat64){.prefix = {.addr = *a}};
    if (sk_policy_nat64(p, a, &ret->prefix)) {
        ret->origin = "policy";
    } else if (memcmp(a->b, well_known, sizeof well_known) == 0) {
        ret->origin = "well-known";
        ret->prefix.len = 96;
    } else if (memcmp(a->b, local_use, sizeof local_use) == 0) {
        ret->origin = "local-use";
        ret->prefix.len = (uint8_t)local_use_len(a);
    } else {
        return false;
    }
    memset(ret->prefix.addr.b + ret->prefix.len / 8, 0, 16 - ret->prefix.len / 8);
    ret->not_global = memcmp(a->b, well_known, sizeof well_known) == 0;
    if (!sk_addr_rfc6052(a, ret->prefix.len, &ret->ip4))
        return false;
    ret->not_global = ret->not_global && sk_addr_scope(&ret->ip4) != SK_SCOPE_GLOBAL;
    return true;
}

static bool is_clat(const struct sk_addr *a) {
    return a->fam == 4 && a->b[0] == 192 && is_zero(a->b + 1, 2) && a->b[3] < 8;
}

void sk_obs_put_transition(struct sk_event *ev, const struct sk_addr *a, const char *role) {
    bool sixto4 = a->b[0] == 0x20 && a->b[1] == 0x02;
    struct sk_addr v4 = {.fam = 4};
    if (a->fam != 6 || (!sixto4 && !sk_is_teredo(a)) || sk_event_has(ev, NULL, SKF_transition_kind))
        return;
    for (unsigned i = 0; i < 4; i++)
        v4.b[i] = sixto4 ? a->b[2 + i] : a->b[12 + i] ^ 0xff;
    sk_event_put_text(ev, SKF_transition_kind, sixto4 ? "6to4" : "teredo");
    sk_event_put_ip(ev, SKF_transition_ip, a);
    sk_event_put_text(ev, SKF_transition_role, role);
    sk_event_put_ip(ev, SKF_transition_embedded_ipv4, &v4);
    if (sk_embedded_bogus(&v4, true))
        sk_event_put_int(ev, SKF_transition_embedded_bogus, true);
}

void sk_obs_put_translation(const struct sk_policy *p, struct sk_event *ev) {
    struct sk_nat64 src, dst;
    bool from = sk_nat64(p, &ev->src, &src), to = sk_nat64(p, &ev->dst, &dst);
    if (ev->depth == 0 && is_clat(&ev->src)) /* who sends to one scans, or answers what is told already */
        sk_event_put_int(ev, SKF_nat64_clat, true);
    if (ev->src.fam == 6 && ev->type != SKE_tunnel_state &&
        ev->type != SKE_tunnel_frame) { /* these read their inside */
        sk_obs_put_transition(ev, &ev->src, "source");
        sk_obs_put_transition(ev, &ev->dst, "destination");
    }
    if (!from && !to)
        return;
    char text[SK_PREFIX_TEXT];
    const struct sk_nat64 *n = to ? &dst : &src;
    if (from)
        sk_event_put_ip(ev, SKF_source_nat_ip, &src.ip4);
    if (to)
        sk_event_put_ip(ev, SKF_destination_nat_ip, &dst.ip4);
    sk_event_put_text(ev, SKF_nat64_prefix, sk_prefix_text(&n->prefix, text));
    sk_event_put_text(ev, SKF_nat64_origin, n->origin);
    bool bad = (from && src.not_global) || (to && dst.not_global);
    sk_event_put_text(ev, SKF_nat64_verdict, bad ? "not-global" : "ok");
}
