/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Teredo addresses and framing (RFC 4380 sections 4 and 5.1.1).
 *
 *   | 2001:0000 | server IPv4, 4 | flags, 2 | client port ^ ffff | client IPv4 ^ ffffffff |
 *
 *   authentication: | 0 | 1 | id length | auth length | id | auth | nonce, 8 | confirmation |
 *   origin:         | 0 | 0 | port ^ ffff | address ^ ffffffff |
 */
#include "observe/tunnel.h"

enum { SERVER_PORT = 3544, RS = 133, RA = 134, NO_NEXT = 59 };

bool sk_is_teredo(const struct sk_addr *a) {
    return a->fam == 6 && a->b[0] == 0x20 && a->b[1] == 0x01 && a->b[2] == 0 && a->b[3] == 0;
}

const char *sk_teredo_role_name(enum sk_teredo_role r) {
    static const char *const names[] = {"", "qualify", "qualified", "bubble", "peer", "relay"};
    return names[r];
}

static struct sk_addr ip4_of(const uint8_t *b, uint8_t mask) {
    struct sk_addr a = {.fam = 4};
    for (unsigned i = 0; i < 4; i++)
        a.b[i] = b[i] ^ mask;
    return a;
}

static uint16_t port_of(const struct sk_addr *a) { return (uint16_t)(((unsigned)a->b[10] << 8 | a->b[11]) ^ 0xffffu); }

/* The address says where its owner stands, as seen from outside NAT: does this end of the UDP flow stand there? */
static bool stands_at(const struct sk_addr *teredo, const struct sk_addr *ip, uint16_t port) {
    struct sk_addr there = ip4_of(teredo->b + 12, 0xff);
    return sk_is_teredo(teredo) && sk_addr_eq(&there, ip) && port_of(teredo) == port;
}

static void from_address(struct sk_tunnel_frame *f, const struct sk_addr *a) {
    f->server = ip4_of(a->b + 4, 0);
    f->mapped = ip4_of(a->b + 12, 0xff);
    f->mapped_port = port_of(a);
}

/* The flags' highest bit; RFC 5991 makes the others random. */
static bool is_cone(const struct sk_addr *a) { return sk_is_teredo(a) && a->b[8] & 0x80; }

static void read_nonce(const struct sk_obs *o, unsigned layer, struct sk_tunnel_frame *f) {
    const struct sk_layer *y = &o->layers->at[layer];
    if (y->proto != SKP_TEREDO)
        return;
    struct sk_cur c = sk_layer_bytes(o->pkt, y);
    sk_cur_limit(&c, y->hdr_len);
    uint16_t what = sk_cur_be16(&c);
    unsigned id = sk_cur_u8(&c);
    unsigned auth = sk_cur_u8(&c);
    sk_cur_skip(&c, id + auth);
    sk_cur_copy(&c, f->nonce, sizeof f->nonce);
    f->has_nonce = what == 1 && sk_cur_ok(&c);
}

/* A server's answer says how the client looks from outside. */
static void from_origin(const struct sk_obs *o, unsigned layer, struct sk_tunnel_frame *f) {
    const struct sk_layer *y = &o->layers->at[layer];
    if (y->proto != SKP_TEREDO)
        return;
    struct sk_cur c = sk_layer_bytes(o->pkt, y);
    sk_cur_limit(&c, y->hdr_len);
    uint16_t what = sk_cur_be16(&c);
    if (what == 1) {
        unsigned id = sk_cur_u8(&c);
        unsigned auth = sk_cur_u8(&c);
        sk_cur_skip(&c, id + auth + 9u);
        what = sk_cur_be16(&c);
    }
    uint16_t port = sk_cur_be16(&c);
    const uint8_t *ip = sk_cur_take(&c, 4);
    if (!ip || what != 0)
        return;
    f->mapped = ip4_of(ip, 0xff);
    f->mapped_port = port ^ 0xffff;
}

static void confidence(struct sk_tunnel_frame *f) {
    bool both = sk_is_teredo(&f->inner.src) && sk_is_teredo(&f->inner.dst);
    if (stands_at(&f->inner.src, &f->outer->src, f->sport) || stands_at(&f->inner.dst, &f->outer->dst, f->dport)) {
        f->confidence = 99;
        f->verdict = SK_EMBEDDED_MATCH;
    } else if (f->server_port) {
        f->confidence = f->inner.src.fam ? 98 : 60;
    } else {
        f->confidence = both || f->role == SK_TEREDO_BUBBLE ? 80 : 50;
    }
}

/* What cannot be seen gives no role. */
static enum sk_teredo_role role_of(const struct sk_tunnel_frame *f, uint8_t icmp_type, bool bubble) {
    if (f->inner.src.fam == 0 || (f->inner.transport == 58 && icmp_type == 0))
        return SK_TEREDO_NONE;
    if (f->server_port)
        return icmp_type == RS ? SK_TEREDO_QUALIFY : SK_TEREDO_QUALIFIED;
    if (bubble)
        return SK_TEREDO_BUBBLE;
    return sk_is_teredo(&f->inner.src) && sk_is_teredo(&f->inner.dst) ? SK_TEREDO_PEER : SK_TEREDO_RELAY;
}

void sk_teredo_read(const struct sk_obs *o, unsigned layer, struct sk_tunnel_frame *f) {
    const struct sk_layers *l = o->layers;
    uint8_t icmp_type = 0;
    bool bubble = false;
    f->server_port = f->sport == SERVER_PORT || f->dport == SERVER_PORT;
    for (unsigned i = 0; i < l->n_ip; i++) {
        const struct sk_ip *ip = &l->ip[i];
        if (ip->layer <= layer || ip->depth != l->at[layer].depth + 1)
            continue;
        bubble = ip->proto == NO_NEXT && ip->wire_upper_len == 0;
        if (ip->proto == 58 && ip->upper_layer < l->n)
            icmp_type = (uint8_t)(l->at[ip->upper_layer].id >> 8);
        break;
    }
    f->role = role_of(f, icmp_type, bubble);
    if (sk_is_teredo(&f->inner.src))
        from_address(f, &f->inner.src);
    else if (sk_is_teredo(&f->inner.dst))
        from_address(f, &f->inner.dst);
    else if (f->server_port)
        f->server = f->dport == SERVER_PORT ? f->outer->dst : f->outer->src;
    if (icmp_type == RA && f->sport == SERVER_PORT)
        from_origin(o, layer, f);
    read_nonce(o, layer, f);
    f->cone = is_cone(&f->inner.src);
    if (f->mapped.fam)
        f->embedded = f->mapped;
    confidence(f);
}
