/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv4 addresses inside IPv6 addresses of NAT64, 464XLAT and MAP-T (RFC 6052 2.2): who is really spoken to.
 */
#include "observe/translation.h"

/* clang-format off */
SK_FIELD(source_nat_ip, "source.nat.ip", IP, ONE, "", "0.1", "IPv4 address inside the source, where its prefix is a NAT64's (RFC 6052)")
SK_FIELD(destination_nat_ip, "destination.nat.ip", IP, ONE, "", "0.1", "IPv4 address inside the destination, where its prefix is a NAT64's (RFC 6052): who is spoken to")
SK_FIELD(nat64_prefix, "nat64.prefix", KEYWORD, ONE, "", "0.1", "NAT64 prefix of the destination, else of the source")
SK_FIELD(nat64_origin, "nat64.origin", KEYWORD, ONE, "", "0.1", "How the prefix is known: well-known (64:ff9b::/96), local-use (64:ff9b:1::/48, RFC 8215), policy, ra (advertised, RFC 8781: flows only)")
SK_FIELD(nat64_verdict, "nat64.verdict", KEYWORD, ONE, "", "0.1", "ok; not-global: the well-known prefix before an address that is not global (RFC 6052 3.1), a way around a boundary")
SK_FIELD(nat64_clat, "nat64.clat", BOOL, ONE, "", "0.1", "An address of 192.0.0.0/29 outside of a tunnel: a 464XLAT client's own address leaks (RFC 6877, 7335)")
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

void sk_obs_put_translation(const struct sk_policy *p, struct sk_event *ev) {
    struct sk_nat64 src, dst;
    bool from = sk_nat64(p, &ev->src, &src), to = sk_nat64(p, &ev->dst, &dst);
    if (ev->depth == 0 && (is_clat(&ev->src) || is_clat(&ev->dst)))
        sk_event_put_int(ev, SKF_nat64_clat, true);
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
