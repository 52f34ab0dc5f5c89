/* SPDX-License-Identifier: Apache-2.0 */
/**
 * UDP, RFC 768.
 *
 *   +-------------+------------------+
 *   | source port | destination port |
 *   | length      | checksum         |
 *   +-------------+------------------+
 *
 * The length bounds the payload when it can be true; in a first fragment it names the whole datagram.
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    if (c.left < 8)
        return sk_dec_short(d, SK_AN_L4_HEADER);
    uint32_t ports = sk_cur_be32(&c);
    uint32_t len = sk_cur_be16(&c);
    bool part = (d->flags & SK_LAYER_QUOTED) || d->ret->ip[d->ip].fragment;
    if (len >= 8 && len < d->wire)
        sk_dec_bound(d, len, SK_AN_L4_HEADER);
    else if ((len < 8 && !(len == 0 && d->wire > 0xffff)) || (len > d->wire && !part))
        sk_dec_anomaly(d, SK_AN_L4_HEADER);
    return sk_dec_push(d, SKP_UDP, 8, ports) && sk_dec_next(d, SK_BY_UDP, 0);
}

const struct sk_decoder sk_dec_udp = {
    .label = "udp",
    /* RFC 768 */
    .decode = decode,
    .binds = {{SK_BY_IP4, 17}, {SK_BY_IP6, 17}},
};
