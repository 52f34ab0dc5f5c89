/* SPDX-License-Identifier: Apache-2.0 */
/** What all IPv6 extension headers share (RFC 8200 section 4, RFC 6564): budgets, order, the summary in sk_ip. */
#include "decode/decoder.h"

/** RFC 8200 4.1: hop-by-hop only directly after the IPv6 header, each once, destination options twice. */
static void check_order(struct sk_dec *d, const struct sk_ip *ip, enum sk_ext_rank rank) {
    if (rank == SK_RANK_DSTOPTS && d->ext_rank >= SK_RANK_DSTOPTS)
        rank = SK_RANK_LAST_DSTOPTS;
    if (rank == SK_RANK_ANY)
        return;
    if (rank <= d->ext_rank || (rank == SK_RANK_HOPOPTS && ip->n_ext > 0))
        sk_dec_anomaly(d, SK_AN_EXT_ORDER);
    else
        d->ext_rank = (uint8_t)rank;
}

struct sk_layer *sk_dec_ext(struct sk_dec *d, enum sk_proto proto, unsigned bit, enum sk_ext_rank rank, uint32_t hdr,
                            uint8_t next, uint32_t id) {
    struct sk_ip *ip = &d->ret->ip[d->ip];
    if (ip->n_ext == SK_EXT_MAX || d->ext_room == 0 || d->ext_bytes + hdr > SK_EXT_BYTES) {
        sk_dec_stop(d, SK_AN_EXT_LIMIT);
        return NULL;
    }
    check_order(d, ip, rank);
    d->ext_room--;
    d->ext_bytes = (uint16_t)(d->ext_bytes + hdr);
    d->room++; /* extension headers are counted apart */
    struct sk_layer *l = sk_dec_push(d, proto, hdr, id);
    if (!l)
        return NULL;
    l->flags |= SK_LAYER_EXT;
    ip->ext |= (uint8_t)bit;
    ip->n_ext++;
    ip->proto = next;
    ip->upper_off = d->off;
    ip->upper_len = (uint32_t)d->cur.left;
    ip->wire_upper_len = ip->wire_upper_len > hdr ? ip->wire_upper_len - hdr : 0;
    return l;
}

bool sk_dec_ext_next(struct sk_dec *d, uint8_t next) {
    return sk_dec_next(d, d->ret->ip[d->ip].src.fam == 4 ? SK_BY_IP4 : SK_BY_IP6, next);
}

bool sk_dec_ext_uniform(struct sk_dec *d, enum sk_proto proto, unsigned bit, enum sk_ext_rank rank) {
    struct sk_cur c = d->cur;
    uint8_t next = sk_cur_u8(&c);
    uint32_t hdr = 8 + 8 * (uint32_t)sk_cur_u8(&c);
    if (!sk_cur_ok(&c) || hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_IP_LENGTH);
    return sk_dec_ext(d, proto, bit, rank, hdr, next, 0) && sk_dec_ext_next(d, next);
}
