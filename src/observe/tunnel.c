/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one tunnel layer: ends, what is inside, and whether the IPv4 address inside an address fits the outer one. */
#include "observe/tunnel.h"

#include "observe/ip.h"

enum { ICMPV6 = 58, NO_NEXT = 59 };

/* The IP header that the tunnel at this layer carries, at once or inside a frame. */
static const struct sk_ip *inner_of(const struct sk_layers *l, unsigned layer) {
    for (unsigned i = 0; i < l->n_ip; i++)
        if (l->ip[i].layer > layer && l->ip[i].depth == l->at[layer].depth + 1 && !l->ip[i].quoted)
            return &l->ip[i];
    return NULL;
}

static void read_inner(const struct sk_layers *l, const struct sk_ip *ip, struct sk_tunnel_inner *ret) {
    ret->src = ip->src;
    ret->dst = ip->dst;
    ret->transport = sk_ip_transport(l, ip);
    if (ip->upper_layer >= l->n || (ip->proto != 6 && ip->proto != 17 && ip->proto != 132))
        return;
    uint32_t id = l->at[ip->upper_layer].id;
    ret->sport = (uint16_t)(id >> 16);
    ret->dport = (uint16_t)id;
}

/* Neighbour discovery and listener reports keep a tunnel alive; they carry nothing for anybody. */
static bool housekeeping(const struct sk_layers *l, const struct sk_ip *ip) {
    if (ip->proto != ICMPV6 || ip->src.fam != 6 || ip->upper_layer >= l->n)
        return false;
    unsigned type = l->at[ip->upper_layer].id >> 8;
    return (type >= 133 && type <= 137) || (type >= 130 && type <= 132) || type == 143;
}

static enum sk_carried carried(const struct sk_layers *l, unsigned layer, const struct sk_ip *inner) {
    if (!inner) {
        const struct sk_layer *y = &l->at[layer];
        bool other =
            y->proto == SKP_GRE || y->proto == SKP_L2TPV3 || (layer + 1u < l->n && l->at[layer + 1].depth > y->depth);
        return other && y->len > y->hdr_len ? SK_CARRIED_OPAQUE : SK_CARRIED_NOTHING;
    }
    if (inner->proto == NO_NEXT || inner->wire_upper_len == 0 || housekeeping(l, inner))
        return SK_CARRIED_NOTHING;
    /* What it is may be cut off: then nothing is claimed. */
    if (inner->proto == ICMPV6 && inner->src.fam == 6 && inner->upper_layer >= l->n && !inner->frag_off)
        return SK_CARRIED_NOTHING;
    return SK_CARRIED_DATA;
}

/*  2002:a.b.c.d::/16 (RFC 3056) */
static bool embedded_6to4(const struct sk_addr *a, struct sk_addr *ret) {
    if (a->fam != 6 || a->b[0] != 0x20 || a->b[1] != 0x02)
        return false;
    *ret = (struct sk_addr){.fam = 4};
    memcpy(ret->b, a->b + 2, 4);
    return true;
}

/*  interface identifier [02]00:5efe:a.b.c.d (RFC 5214 6.1) */
static bool embedded_isatap(const struct sk_addr *a, struct sk_addr *ret) {
    if (a->fam != 6 || (a->b[8] & 0xfd) || a->b[9] || a->b[10] != 0x5e || a->b[11] != 0xfe)
        return false;
    *ret = (struct sk_addr){.fam = 4};
    memcpy(ret->b, a->b + 12, 4);
    return true;
}

/* IPv4 addresses that no 6to4 host can have (RFC 3964 5.3.1); ISATAP works among private ones. */
static bool bogus(const struct sk_addr *a, bool private_too) {
    if (a->b[0] == 0)
        return true;
    switch (sk_addr_scope(a)) {
    case SK_SCOPE_PRIVATE:
    case SK_SCOPE_LINK_LOCAL:
        return private_too;
    case SK_SCOPE_UNSPECIFIED:
    case SK_SCOPE_LOOPBACK:
    case SK_SCOPE_MULTICAST:
    case SK_SCOPE_BROADCAST:
    case SK_SCOPE_RESERVED:
        return a->b[0] == 0 || a->b[0] == 127 || a->b[0] >= 224;
    default:
        return false;
    }
}

static enum sk_embedded judge(const struct sk_addr *embedded, const struct sk_addr *outer, bool isatap) {
    if (bogus(embedded, !isatap))
        return SK_EMBEDDED_BOGUS;
    return sk_addr_eq(embedded, outer) ? SK_EMBEDDED_MATCH : SK_EMBEDDED_MISMATCH;
}

static void read_embedded(struct sk_tunnel_frame *f) {
    bool isatap = f->kind == SK_TUN_ISATAP;
    bool (*of)(const struct sk_addr *, struct sk_addr *) = isatap ? embedded_isatap : embedded_6to4;
    struct sk_addr a;
    if (of(&f->inner.dst, &a)) {
        f->embedded = a;
        f->verdict = judge(&a, &f->outer->dst, isatap);
    }
    if (of(&f->inner.src, &a)) {
        enum sk_embedded v = judge(&a, &f->outer->src, isatap);
        f->embedded = a;
        f->verdict = v > f->verdict ? v : f->verdict;
    }
}

static void read_ports(const struct sk_layers *l, unsigned layer, struct sk_tunnel_frame *f) {
    if (f->outer->upper_layer >= l->n || f->outer->upper_layer > layer || f->outer->proto != 17)
        return;
    uint32_t id = l->at[f->outer->upper_layer].id;
    f->sport = (uint16_t)(id >> 16);
    f->dport = (uint16_t)id;
}

bool sk_tunnel_read(const struct sk_obs *o, unsigned layer, struct sk_tunnel_frame *ret) {
    const struct sk_layers *l = o->layers;
    const struct sk_layer *y = &l->at[layer];
    if (y->ip >= l->n_ip)
        return false;
    *ret = (struct sk_tunnel_frame){.kind = sk_tunnel_kind(l, layer), .outer = &l->ip[y->ip], .confidence = 99};
    const struct sk_ip *inner = inner_of(l, layer);
    if (inner)
        read_inner(l, inner, &ret->inner);
    ret->carried = carried(l, layer, inner);
    ret->bytes = ret->outer->upper_off - l->at[ret->outer->layer].off + ret->outer->wire_upper_len;
    read_ports(l, layer, ret);
    if (ret->kind == SK_TUN_TEREDO)
        sk_teredo_read(o, layer, ret);
    else if (ret->kind == SK_TUN_6TO4 || ret->kind == SK_TUN_ISATAP)
        read_embedded(ret);
    sk_tunnel_path(l, inner ? inner->layer : layer + 1, ret->path, sizeof ret->path);
    return true;
}
