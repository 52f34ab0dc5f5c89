/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv6 addresses that must not be on the wire, as source or destination: IANA's special-purpose registry (RFC 6890,
 * 8190) and what was taken back. Teredo, 6to4 and NAT64 prefixes are transition techniques and told as such; a group as
 * source is told as ipv6.amplification.
 *
 * Documentation and segment identifiers are somebody's choice: they are told only where the policy declares IPv6
 * prefixes, and none of that kind. A site that writes 2001:db8::/32 into its policy means it. This is decided here and
 * not in the correlator, since else every packet of such a site would be an event.
 */
#include "sekimori/observer.h"

/* clang-format off */
SK_EVENT(ipv6_address, "ipv6.address", FRAME, "0.1", "An IPv6 packet with an address that must not be on the wire")
SK_FIELD(ipv6_address_class, "ipv6.address.class", KEYWORD, ONE, "", "0.1", "v4-mapped, v4-compatible, loopback, unspecified (as source but of DAD, RS, MLD, or as destination), site-local, 6bone, nsap, orchid, discard, documentation, srv6-sid (both only where the policy declares IPv6 prefixes, none of that kind)")
SK_FIELD(ipv6_address_role, "ipv6.address.role", KEYWORD, ONE, "", "0.1", "source or destination")
SK_FIELD(ipv6_address_ip, "ipv6.address.ip", IP, ONE, "", "0.1", "That address")
/* clang-format on */

struct block {
    const char *name;
    uint8_t bytes[16];
    uint8_t len;
    bool optional; /* told where the policy declares prefixes and none in it */
};
static const struct block blocks[] = {
    {"v4-mapped", {[10] = 0xff, [11] = 0xff}, 96, false},
    {"unspecified", {0}, 128, false},
    {"loopback", {[15] = 1}, 128, false},
    {"v4-compatible", {0}, 96, false},
    {"discard", {0x01}, 64, false},
    {"nsap", {0x02}, 7, false},
    {"orchid", {0x20, 0x01, 0x00, 0x10}, 28, false},
    {"documentation", {0x20, 0x01, 0x0d, 0xb8}, 32, true},
    {"6bone", {0x3f, 0xfe}, 16, false},
    {"documentation", {0x3f, 0xff}, 20, true},
    {"srv6-sid", {0x5f, 0x00}, 16, true},
    {"site-local", {0xfe, 0xc0}, 10, false},
};

/* Most addresses are 2000::/3, fc00::/7, fe80::/10 or a group: one look tells them apart. */
static bool ordinary(const struct sk_addr *a) {
    uint8_t b = a->b[0];
    if (b == 0x20)
        return a->b[1] != 1 || (a->b[2] != 0x0d && (a->b[2] || a->b[3] >> 4 != 1));
    if (b == 0x3f)
        return a->b[1] < 0xfe;
    if (b == 0x5f)
        return a->b[1] != 0;
    if (b == 0xfe)
        return a->b[1] < 0xc0;
    return b > 3; /* ::/8, 100::/8, 200::/7 */
}

static const struct block *block_of(const struct sk_addr *a) {
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        struct sk_prefix p = {.addr = {.fam = 6}, .len = blocks[i].len};
        memcpy(p.addr.b, blocks[i].bytes, sizeof p.addr.b);
        if (sk_prefix_has(&p, a))
            return &blocks[i];
    }
    return NULL;
}

/* Who has no address yet may ask for one's being free, for a router, and report groups (RFC 4862, 4861, 9777). Snooping
 * switches query from it too (RFC 4541). None of this comes in fragments (RFC 6980), so a later one alone is no such.
 */
static bool may_be_nobody(const struct sk_layers *l, const struct sk_ip *ip) {
    if (ip->frag_off)
        return false;
    if (ip->upper_layer >= l->n)
        return ip->upper_len < ip->wire_upper_len;
    if (ip->proto != 58)
        return false;
    unsigned type = l->at[ip->upper_layer].id >> 8;
    return (type >= 130 && type <= 133) || type == 135 || type == 143;
}

/* A capture on the loopback interface: there ::1 is at home. Such frames name no MAC address, or zeros. */
static bool on_loopback(const struct sk_obs *o, unsigned layer) {
    struct sk_mac mac;
    return o->layers->at[layer].depth == 0 && !sk_obs_source_mac(o, layer, &mac);
}

static bool is_wrong(const struct sk_obs *o, unsigned layer, const struct block *b, const struct sk_addr *a,
                     bool source) {
    const struct sk_ip *ip = &o->layers->ip[o->layers->at[layer].ip];
    static const struct sk_prefix all = {.addr = {.fam = 6}};
    if (b->optional) {
        struct sk_prefix p = {.addr = {.fam = 6}, .len = b->len};
        memcpy(p.addr.b, b->bytes, sizeof p.addr.b);
        return sk_policy_declares_within(o->policy, &all) && !sk_policy_declares_within(o->policy, &p);
    }
    switch (sk_addr_scope(a)) {
    case SK_SCOPE_UNSPECIFIED:
        return !source || !may_be_nobody(o->layers, ip);
    case SK_SCOPE_LOOPBACK:
        return !on_loopback(o, layer);
    default:
        return true;
    }
}

static void look(struct sk_obs *o, unsigned layer, const struct sk_addr *a, bool source) {
    const struct block *b = ordinary(a) ? NULL : block_of(a);
    if (!b || !is_wrong(o, layer, b, a, source))
        return;
    struct sk_event *ev = sk_obs_event(o, SKE_ipv6_address, layer);
    if (!ev)
        return;
    sk_event_put_text(ev, SKF_ipv6_address_class, b->name);
    sk_event_put_text(ev, SKF_ipv6_address_role, source ? "source" : "destination");
    sk_event_put_ip(ev, SKF_ipv6_address_ip, a);
    sk_event_put_text(ev, SKF_sekimori_certainty, "observed");
    sk_obs_commit(o, ev);
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    (void)state;
    uint8_t at = o->layers->at[i].ip;
    if (at >= o->layers->n_ip || (o->datagram && o->datagram->keeps_last)) /* the addresses were told */
        return;
    const struct sk_ip *ip = &o->layers->ip[at];
    look(o, i, &ip->dst, false); /* first: it hangs on nothing that a cut frame lacks */
    look(o, i, &ip->src, true);
}

static const uint8_t protos[] = {SKP_IPV6, SKP_NONE};
const struct sk_observer sk_obs_ipv6_address = {.name = "ipv6_address", .protos = protos, .layer = layer};
