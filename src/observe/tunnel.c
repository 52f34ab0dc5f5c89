/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one tunnel layer: ends, what is inside, and whether the IPv4 address inside an address fits the outer one. */
#include "observe/tunnel.h"

#include "observe/ip.h"

enum { ICMPV6 = 58, NO_NEXT = 59 };

static const struct sk_ip *inner_of(const struct sk_layers *l, unsigned layer);

/* The same packets are DS-Lite, lw4o6 or MAP-E by what the site has agreed upon with its provider. */
static enum sk_tunnel_kind kind_of_4in6(const struct sk_obs *o, const struct sk_ip *outer, enum sk_tunnel_kind kind) {
    static const char *const names[] = {"ds-lite", "lw4o6", "map-e", NULL};
    static const enum sk_tunnel_kind kinds[] = {SK_TUN_DSLITE, SK_TUN_LW4O6, SK_TUN_MAPE};
    const char *named = sk_policy_tunnel_named(o->policy, names, &outer->src, &outer->dst, o->now);
    for (unsigned i = 0; named && i < sizeof kinds / sizeof *kinds; i++)
        if (named == names[i])
            return kinds[i];
    return kind;
}

enum sk_tunnel_kind sk_obs_tunnel_kind(const struct sk_obs *o, unsigned layer) {
    const struct sk_layers *l = o->layers;
    enum sk_tunnel_kind kind = sk_tunnel_kind(l, layer);
    const struct sk_ip *inner = kind == SK_TUN_6IN4 ? inner_of(l, layer) : NULL;
    struct sk_sixrd domain;
    if (inner && (sk_policy_sixrd(o->policy, &inner->src, &domain) || sk_policy_sixrd(o->policy, &inner->dst, &domain)))
        return SK_TUN_6RD;
    if (kind == SK_TUN_4IN6 || kind == SK_TUN_MAPE || kind == SK_TUN_DSLITE)
        return kind_of_4in6(o, &l->ip[l->at[layer].ip], kind);
    return kind;
}

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

/* A router asks its tunnel's other end to send an empty GRE packet back, by which it knows that both are alive: the
 * ends stand inside again, the other way round, and nothing is carried. */
static bool is_keepalive(const struct sk_ip *outer, const struct sk_ip *inner) {
    enum { GRE = 47, GRE_HEADER_MOST = 16 };
    return outer->proto == GRE && inner->proto == GRE && inner->wire_upper_len <= GRE_HEADER_MOST &&
           sk_addr_eq(&inner->src, &outer->dst) && sk_addr_eq(&inner->dst, &outer->src);
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
    if (inner->proto == NO_NEXT || inner->wire_upper_len == 0 || housekeeping(l, inner) ||
        is_keepalive(&l->ip[l->at[layer].ip], inner))
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

bool sk_embedded_bogus(const struct sk_addr *a, bool private_too) {
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
    if (sk_embedded_bogus(embedded, !isatap))
        return SK_EMBEDDED_BOGUS;
    return sk_addr_eq(embedded, outer) ? SK_EMBEDDED_MATCH : SK_EMBEDDED_MISMATCH;
}

/* RFC 5969 section 4: behind the prefix of the domain, without the bits that all its IPv4 addresses share. */
static bool embedded_6rd(const struct sk_obs *o, const struct sk_addr *a, const struct sk_addr *outer,
                         struct sk_addr *ret) {
    struct sk_sixrd d;
    if (outer->fam != 4 || !sk_policy_sixrd(o->policy, a, &d))
        return false;
    *ret = *outer;
    for (unsigned i = d.ipv4_mask_len; i < 32; i++) {
        unsigned from = d.prefix.len + i - d.ipv4_mask_len;
        unsigned bit = a->b[from / 8] >> (7 - from % 8) & 1;
        ret->b[i / 8] = (uint8_t)((ret->b[i / 8] & ~(0x80u >> i % 8)) | bit << (7 - i % 8));
    }
    return true;
}

static void read_6rd(const struct sk_obs *o, struct sk_tunnel_frame *f) {
    struct sk_addr a;
    if (embedded_6rd(o, &f->inner.dst, &f->outer->dst, &a)) {
        f->embedded = a;
        f->verdict = sk_addr_eq(&a, &f->outer->dst) ? SK_EMBEDDED_MATCH : SK_EMBEDDED_MISMATCH;
    }
    if (embedded_6rd(o, &f->inner.src, &f->outer->src, &a)) {
        enum sk_embedded v = sk_addr_eq(&a, &f->outer->src) ? SK_EMBEDDED_MATCH : SK_EMBEDDED_MISMATCH;
        f->embedded = a;
        f->verdict = v > f->verdict ? v : f->verdict;
    }
}

/* RFC 7597 section 6: the interface identifier of a customer's end holds its IPv4 address. */
static void read_mape(struct sk_tunnel_frame *f) {
    const struct sk_addr *outer[] = {&f->outer->dst, &f->outer->src}, *inner[] = {&f->inner.dst, &f->inner.src};
    for (unsigned i = 0; i < 2; i++) {
        if (inner[i]->fam != 4 || outer[i]->b[8] || outer[i]->b[9] || memcmp(outer[i]->b + 10, inner[i]->b, 4) != 0)
            continue;
        f->embedded = *inner[i];
        f->verdict = SK_EMBEDDED_MATCH;
    }
}

static bool same_ends(const struct sk_addr *a, const struct sk_addr *b, const struct sk_ip *ip) {
    return (sk_addr_eq(a, &ip->src) && sk_addr_eq(b, &ip->dst)) || (sk_addr_eq(a, &ip->dst) && sk_addr_eq(b, &ip->src));
}

/*
 * The ends of an outer header are the ends inside as well; or the address inside leads back to who sent the packet
 * (RFC 6324 section 2: two routers of automatic tunnels send it to each other for ever).
 */
static bool loops(const struct sk_layers *l, const struct sk_tunnel_frame *f) {
    struct sk_addr back;
    if (f->inner.src.fam == 0)
        return false;
    for (unsigned i = 0; i < l->n_ip && &l->ip[i] <= f->outer; i++)
        if (!l->ip[i].quoted && same_ends(&f->inner.src, &f->inner.dst, &l->ip[i]))
            return true;
    bool led = f->kind == SK_TUN_ISATAP ? embedded_isatap(&f->inner.dst, &back) : embedded_6to4(&f->inner.dst, &back);
    return led && (f->kind == SK_TUN_6TO4 || f->kind == SK_TUN_ISATAP) && sk_addr_eq(&back, &f->outer->src) &&
           !sk_addr_eq(&back, &f->outer->dst);
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

/* What tells the sessions between two ends apart. */
static void read_key(const struct sk_layers *l, unsigned layer, struct sk_tunnel_frame *f) {
    const struct sk_layer *y = &l->at[layer];
    if (f->kind == SK_TUN_ERSPAN && layer + 1u < l->n && l->at[layer + 1].proto == SKP_ERSPAN)
        y = &l->at[layer + 1];
    bool has = y->proto == SKP_ERSPAN || y->proto == SKP_L2TPV3 || y->proto == SKP_L2TP || y->proto == SKP_GTPU ||
               (y->proto == SKP_GRE && y->id);
    f->has_key = has;
    f->key = y->id;
}

/* A number that IANA or a port gave proves less than a structure that is seldom chance. */
static uint8_t confidence_of(enum sk_tunnel_kind kind, bool in_udp) {
    switch (kind) {
    case SK_TUN_6RD:
        return 85;
    case SK_TUN_AYIYA:
        return 90;
    case SK_TUN_4IN6:
    case SK_TUN_DSLITE:
    case SK_TUN_MAPE:
    case SK_TUN_LW4O6:
    case SK_TUN_ISATAP:
        return 98;
    case SK_TUN_6OVER4:
        return 95;
    default:
        return in_udp ? 95 : 99;
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
    if (y->ip > 0 && is_keepalive(&l->ip[y->ip - 1], &l->ip[y->ip])) /* what comes back is the same tunnel's */
        return false;
    *ret = (struct sk_tunnel_frame){.kind = sk_obs_tunnel_kind(o, layer), .outer = &l->ip[y->ip]};
    ret->confidence = confidence_of(ret->kind, ret->outer->proto == 17);
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
    else if (ret->kind == SK_TUN_6RD)
        read_6rd(o, ret);
    else if (ret->outer->src.fam == 6 && (ret->kind == SK_TUN_MAPE || ret->kind == SK_TUN_LW4O6))
        read_mape(ret);
    read_key(l, layer, ret);
    ret->loops = !(inner && is_keepalive(ret->outer, inner)) && loops(l, ret);
    sk_tunnel_path(l, inner ? inner->layer : layer + 1, ret->path, sizeof ret->path);
    return true;
}
