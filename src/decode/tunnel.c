/* SPDX-License-Identifier: Apache-2.0 */
/** Which tunnel it is, by protocol and addresses, and the path of a layer in words. */
#include "sekimori/layers.h"

static const char *const kind_names[SK_TUN_COUNT] = {
    [SK_TUN_NONE] = "none",      [SK_TUN_6IN4] = "6in4",       [SK_TUN_6TO4] = "6to4",
    [SK_TUN_ISATAP] = "isatap",  [SK_TUN_6OVER4] = "6over4",   [SK_TUN_TEREDO] = "teredo",
    [SK_TUN_GRE] = "gre",        [SK_TUN_IPIP] = "ipip",       [SK_TUN_4IN6] = "4in6",
    [SK_TUN_IP6IP6] = "ip6ip6",  [SK_TUN_VXLAN] = "vxlan",     [SK_TUN_GENEVE] = "geneve",
    [SK_TUN_GTPU] = "gtp-u",     [SK_TUN_ETHERIP] = "etherip", [SK_TUN_PSEUDOWIRE] = "pseudowire",
    [SK_TUN_NVGRE] = "nvgre",    [SK_TUN_ERSPAN] = "erspan",   [SK_TUN_L2TP] = "l2tp",
    [SK_TUN_AYIYA] = "ayiya",    [SK_TUN_MPLS] = "mpls",       [SK_TUN_CAPWAP] = "capwap",
    [SK_TUN_LISP] = "lisp",      [SK_TUN_L2TPV3] = "l2tpv3",   [SK_TUN_TSP] = "tsp",
    [SK_TUN_TZSP] = "tzsp",      [SK_TUN_FOU] = "fou",         [SK_TUN_GUE] = "gue",
    [SK_TUN_DSLITE] = "ds-lite", [SK_TUN_MAPE] = "map-e",      [SK_TUN_6RD] = "6rd",
    [SK_TUN_LW4O6] = "lw4o6",    [SK_TUN_STT] = "stt",         [SK_TUN_OTHER] = "other",
};
_Static_assert(SK_TUN_COUNT <= 64, "sets of kinds are 64 bits");
const char *sk_tunnel_kind_name(enum sk_tunnel_kind k) { return (unsigned)k < SK_TUN_COUNT ? kind_names[k] : "none"; }

static bool is_6to4(const struct sk_addr *a) { return a->fam == 6 && a->b[0] == 0x20 && a->b[1] == 0x02; }
static bool is_6to4_relay(const struct sk_addr *a) {
    return a->fam == 4 && a->b[0] == 192 && a->b[1] == 88 && a->b[2] == 99;
}
/** RFC 5214 section 6.1: 00-00-5E-FE, the universal/local bit set for a globally unique IPv4 address. */
static bool is_isatap(const struct sk_addr *a) {
    return a->fam == 6 && (a->b[8] & 0xfd) == 0 && a->b[9] == 0 && a->b[10] == 0x5e && a->b[11] == 0xfe;
}
static bool is_6over4_group(const struct sk_addr *a) { return a->fam == 4 && a->b[0] == 239 && a->b[1] == 192; }

static enum sk_tunnel_kind kind_of_6in4(const struct sk_ip *outer, const struct sk_ip *inner) {
    if (is_6over4_group(&outer->dst))
        return SK_TUN_6OVER4;
    if (inner && (is_isatap(&inner->src) || is_isatap(&inner->dst)))
        return SK_TUN_ISATAP;
    if ((inner && (is_6to4(&inner->src) || is_6to4(&inner->dst))) || is_6to4_relay(&outer->src) ||
        is_6to4_relay(&outer->dst))
        return SK_TUN_6TO4;
    return SK_TUN_6IN4;
}

/** RFC 6333 section 5.7: 192.0.0.0/29 is for the ends of a DS-Lite tunnel. */
static bool is_dslite(const struct sk_addr *a) {
    return a->fam == 4 && a->b[0] == 192 && a->b[1] == 0 && a->b[2] == 0 && a->b[3] < 8;
}
/** RFC 7597 section 6: interface identifier of 16 zero bits, the IPv4 address, the port set. */
static bool is_mape(const struct sk_addr *outer, const struct sk_addr *inner) {
    return inner->fam == 4 && outer->b[8] == 0 && outer->b[9] == 0 && memcmp(outer->b + 10, inner->b, 4) == 0;
}

static enum sk_tunnel_kind kind_of_4in6(const struct sk_ip *outer, const struct sk_ip *inner) {
    if (!inner || inner->src.fam != 4)
        return SK_TUN_4IN6;
    if (is_dslite(&inner->src) || is_dslite(&inner->dst))
        return SK_TUN_DSLITE;
    return is_mape(&outer->src, &inner->src) || is_mape(&outer->dst, &inner->dst) ? SK_TUN_MAPE : SK_TUN_4IN6;
}

/** The tunnel begins directly behind an IP header (or its extension headers): protocol 4 or 41. */
static enum sk_tunnel_kind kind_of_ip_in_ip(const struct sk_layers *l, unsigned layer) {
    const struct sk_ip *outer = &l->ip[l->at[layer].ip];
    const struct sk_ip *inner = NULL;
    if (layer + 1u < l->n && l->at[layer + 1].ip < l->n_ip)
        inner = &l->ip[l->at[layer + 1].ip];
    if (outer->src.fam == 6)
        return outer->proto == 41 ? SK_TUN_IP6IP6 : kind_of_4in6(outer, inner);
    return outer->proto == 41 ? kind_of_6in4(outer, inner) : SK_TUN_IPIP;
}

/** GRE by what it carries; a key that is all zero is no virtual subnet (RFC 7637 reserves those below 0x1000). */
static enum sk_tunnel_kind kind_of_gre(const struct sk_layers *l, unsigned layer) {
    uint8_t next = layer + 1u < l->n ? l->at[layer + 1].proto : SKP_NONE;
    if (next == SKP_ERSPAN || l->at[layer].flags & SK_LAYER_MIRROR)
        return SK_TUN_ERSPAN;
    return next == SKP_ETHER && l->at[layer].id ? SK_TUN_NVGRE : SK_TUN_GRE;
}

static bool is_teredo(const struct sk_addr *a) {
    return a->fam == 6 && a->b[0] == 0x20 && a->b[1] == 0x01 && a->b[2] == 0 && a->b[3] == 0;
}

/** A link-local address that tells the sender's port and IPv4 address with every bit turned (RFC 4380 section 4). */
static bool is_teredo_link_local(const struct sk_addr *a, const struct sk_addr *sender, uint16_t port) {
    bool same = a->fam == 6 && sender->fam == 4 && a->b[0] == 0xfe && a->b[1] == 0x80;
    for (unsigned i = 2; i < 8; i++)
        same = same && a->b[i] == 0;
    for (unsigned i = 0; i < 4; i++)
        same = same && (a->b[12 + i] ^ sender->b[i]) == 0xff;
    return same && (a->b[10] ^ port >> 8) == 0xff && (a->b[11] ^ (port & 0xff)) == 0xff;
}

/** IP at once in UDP: Teredo without headers of its own, TSP's data, foo-over-UDP. What is inside may be cut off. */
static enum sk_tunnel_kind kind_of_udp(const struct sk_layers *l, unsigned layer) {
    uint16_t sport = (uint16_t)(l->at[layer].id >> 16), dport = (uint16_t)l->at[layer].id;
    const struct sk_layer *next = layer + 1u < l->n ? &l->at[layer + 1] : NULL;
    const struct sk_ip *inner = next && next->ip < l->n_ip ? &l->ip[next->ip] : NULL;
    if (inner && inner->src.fam == 4)
        return SK_TUN_FOU;
    if (sport == 3544 || dport == 3544 || (inner && (is_teredo(&inner->src) || is_teredo(&inner->dst))))
        return SK_TUN_TEREDO;
    if (inner && l->at[layer].ip < l->n_ip && is_teredo_link_local(&inner->src, &l->ip[l->at[layer].ip].src, sport))
        return SK_TUN_TEREDO;
    if (sport == 3653 || dport == 3653)
        return SK_TUN_TSP;
    return inner ? SK_TUN_FOU : SK_TUN_TEREDO;
}

enum sk_tunnel_kind sk_tunnel_kind(const struct sk_layers *l, unsigned layer) {
    if (layer >= l->n || !(l->at[layer].flags & SK_LAYER_TUNNEL))
        return SK_TUN_NONE;
    if (l->at[layer].flags & SK_LAYER_EXT)
        return kind_of_ip_in_ip(l, layer);
    switch ((enum sk_proto)l->at[layer].proto) {
    case SKP_IPV4:
    case SKP_IPV6:
        return kind_of_ip_in_ip(l, layer);
    case SKP_GRE:
        return kind_of_gre(l, layer);
    case SKP_UDP:
        return kind_of_udp(l, layer);
    case SKP_TEREDO:
        return SK_TUN_TEREDO;
    case SKP_VXLAN:
        return SK_TUN_VXLAN;
    case SKP_GENEVE:
        return SK_TUN_GENEVE;
    case SKP_GTPU:
        return SK_TUN_GTPU;
    case SKP_ETHERIP:
        return SK_TUN_ETHERIP;
    case SKP_PWCW:
        return SK_TUN_PSEUDOWIRE;
    case SKP_L2TP:
        return SK_TUN_L2TP;
    case SKP_AYIYA:
        return SK_TUN_AYIYA;
    case SKP_MPLS: /* Ethernet at the bottom of the stack: a pseudowire without its control word */
        return layer + 1u < l->n && l->at[layer + 1].proto == SKP_ETHER ? SK_TUN_PSEUDOWIRE : SK_TUN_MPLS;
    case SKP_CAPWAP:
    case SKP_LWAPP: /* its predecessor */
        return SK_TUN_CAPWAP;
    case SKP_LISP:
        return SK_TUN_LISP;
    case SKP_L2TPV3:
        return SK_TUN_L2TPV3;
    case SKP_TSP:
        return SK_TUN_TSP;
    case SKP_TZSP:
        return SK_TUN_TZSP;
    case SKP_GUE:
        return SK_TUN_GUE;
    case SKP_STT:
        return SK_TUN_STT;
    default:
        return SK_TUN_OTHER;
    }
}

uint64_t sk_tunnel_kinds(const struct sk_layers *l, bool quoted) {
    uint64_t kinds = 0;
    if (l->depth == 0)
        return 0;
    for (unsigned i = 0; i < l->n; i++)
        if (l->at[i].flags & SK_LAYER_TUNNEL && !(l->at[i].flags & SK_LAYER_QUOTED) == !quoted)
            kinds |= UINT64_C(1) << sk_tunnel_kind(l, i);
    return kinds;
}

static size_t put(char *buf, size_t cap, size_t at, const char *text) {
    if (at && at + 1 < cap)
        buf[at++] = '/';
    for (; *text && at + 1 < cap; text++)
        buf[at++] = *text;
    return at;
}

void sk_tunnel_path(const struct sk_layers *l, unsigned upto_layer, char *buf, size_t cap) {
    size_t at = 0;
    if (cap == 0)
        return;
    for (unsigned i = 0; i < l->n && i <= upto_layer; i++) {
        const struct sk_layer *y = &l->at[i];
        bool ip = y->proto == SKP_IPV4 || y->proto == SKP_IPV6 || y->flags & SK_LAYER_EXT;
        if (!(y->flags & SK_LAYER_EXT))
            at = put(buf, cap, at, sk_proto_label((enum sk_proto)y->proto));
        if (y->flags & SK_LAYER_TUNNEL && ip && i < upto_layer)
            at = put(buf, cap, at, l->ip[y->ip].proto == 41 ? "41" : "4");
        else if (y->flags & SK_LAYER_TUNNEL && y->proto == SKP_UDP && i < upto_layer)
            at = put(buf, cap, at, sk_tunnel_kind_name(sk_tunnel_kind(l, i)));
    }
    buf[at] = '\0';
}
