/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What makes two packets one conversation: both ends, the protocol, the VLAN list, the tunnels around them.
 *
 * The addresses of every outer IP header belong to the identity (unordered): lanes are chosen by the outermost pair, so
 * a flow must not span two of them, and two tunnels may carry the same private addresses. VID 0 is no VLAN.
 */
#include "flow/table.h"

#include <endian.h>
#include <stddef.h>

enum { WHERE_HASHED = (int)0x80000000, PORTS_BYTES = 4, ECHO_BYTES = 8 };

struct where_bytes {
    uint16_t vlan[SK_VLANS_MAX];
    int32_t vni;
    uint8_t n_path, n_pair;
    uint8_t path[SK_TUNNELS_MAX + 2]; /* protocols that begin a tunnel */
    uint8_t pair[SK_IPS_MAX][2][16];
};

static unsigned real_vlans(const struct sk_layers *l, uint16_t out[SK_VLANS_MAX]) {
    unsigned n = 0;
    for (unsigned i = 0; i < l->n_vlan && i < SK_VLANS_MAX; i++)
        if (l->vlan[i])
            out[n++] = l->vlan[i];
    return n;
}

static uint32_t where_hashed(const struct sk_flow_table *t, const struct sk_layers *l, unsigned ip, int32_t vni) {
    struct where_bytes w;
    memset(&w, 0, sizeof w);
    (void)real_vlans(l, w.vlan);
    w.vni = vni;
    for (unsigned i = 0; i < l->ip[ip].layer && i < l->n; i++)
        if (l->at[i].flags & SK_LAYER_TUNNEL && w.n_path < sizeof w.path)
            w.path[w.n_path++] = l->at[i].proto;
    for (unsigned i = 0; i < ip; i++) {
        const struct sk_ip *outer = &l->ip[i];
        bool swap = memcmp(outer->src.b, outer->dst.b, 16) > 0;
        memcpy(w.pair[w.n_pair][swap], outer->src.b, 16);
        memcpy(w.pair[w.n_pair][!swap], outer->dst.b, 16);
        w.n_pair++;
    }
    size_t used = offsetof(struct where_bytes, pair) + w.n_pair * sizeof w.pair[0];
    return (uint32_t)sk_hash(&t->key, &w, used) | (uint32_t)WHERE_HASHED;
}

/** Up to two tags outside of tunnels are themselves; all else is hashed. */
static uint32_t where_of(const struct sk_flow_table *t, const struct sk_layers *l, unsigned ip, int32_t vni) {
    if (l->n_vlan == 0 && ip == 0 && vni < 0)
        return 0;
    uint16_t vlan[SK_VLANS_MAX] = {0};
    unsigned n = real_vlans(l, vlan);
    if (ip == 0 && vni < 0 && n <= 2)
        return (uint32_t)vlan[0] | (uint32_t)vlan[1] << 12;
    return where_hashed(t, l, ip, vni);
}

/** The numbers that tell conversations of one pair apart: ports, or the identifier of an echo. */
static bool ports_of(const struct sk_packet *pkt, const struct sk_layers *l, const struct sk_ip *ip, uint16_t *sport,
                     uint16_t *dport) {
    bool has_ports = ip->proto == 6 || ip->proto == 17 || ip->proto == 132;
    if (has_ports && ip->upper_layer < l->n) { /* the decoder has read them; of a cut header it tells nothing */
        *sport = (uint16_t)(l->at[ip->upper_layer].id >> 16);
        *dport = (uint16_t)l->at[ip->upper_layer].id;
        return true;
    }
    struct sk_cur c = sk_cur_of(pkt->data + ip->upper_off, ip->upper_len);
    switch (ip->proto) {
    case 6:
    case 17:
    case 132:
        *sport = sk_cur_be16(&c);
        *dport = sk_cur_be16(&c);
        return sk_cur_ok(&c);
    case 1:
    case 58: {
        uint8_t type = sk_cur_u8(&c);
        bool echo = ip->proto == 1 ? type == 8 || type == 0 : type == 128 || type == 129;
        sk_cur_skip(&c, 3);
        *sport = *dport = sk_cur_be16(&c);
        return echo && sk_cur_ok(&c);
    }
    default:
        return false;
    }
}

/* The bytes that differ between flows of one family; the rest of an IPv4 address is zero. */
uint32_t flow_hash(const struct sk_flow_table *t, const struct flow_key *k) {
    if (k->kind & FLOW_V6)
        return (uint32_t)sk_hash(&t->key, k, FLOW_KEY_BYTES);
    uint8_t b[18];
    memcpy(b, k->addr[0], 4);
    memcpy(b + 4, k->addr[1], 4);
    memcpy(b + 8, (const uint8_t *)k + offsetof(struct flow_key, port), 10);
    return (uint32_t)sk_hash(&t->key, b, sizeof b);
}

/** memcmp() of 16 bytes. */
static inline int compare(const uint8_t *x, const uint8_t *y) {
    uint64_t a[2], b[2];
    memcpy(a, x, sizeof a);
    memcpy(b, y, sizeof b);
    unsigned i = a[0] == b[0];
    if (a[i] == b[i])
        return 0;
    return be64toh(a[i]) < be64toh(b[i]) ? -1 : 1;
}

bool flow_key_of(const struct sk_flow_table *t, const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip,
                 int32_t vni, struct flow_seen *ret) {
    const struct sk_ip *h = &l->ip[ip];
    uint16_t sport, dport;
    if (h->quoted || h->frag_off || !ports_of(pkt, l, h, &sport, &dport))
        return false;
    struct flow_key *k = &ret->key;
    int order = compare(h->src.b, h->dst.b);
    unsigned swap = order > 0 || (order == 0 && sport > dport);
    memcpy(k->addr[swap], h->src.b, 16);
    memcpy(k->addr[!swap], h->dst.b, 16);
    k->port[swap] = sport;
    k->port[!swap] = dport;
    k->where = where_of(t, l, ip, vni);
    k->kind = (uint16_t)(h->proto | (h->src.fam == 6 ? FLOW_V6 : 0));
    ret->end = (uint8_t)swap;
    ret->ip = (uint8_t)ip;
    ret->seq = pkt->seq;
    ret->hash = flow_hash(t, k);
    return true;
}
