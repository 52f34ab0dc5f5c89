/* SPDX-License-Identifier: Apache-2.0 */
/**
 * TCP, RFC 9293 section 3.1.
 *
 *   +-------------------------+------------------+
 *   | source port             | destination port |
 *   | sequence number                            |
 *   | acknowledgment number                      |
 *   | len/4 | 0 | flags       | window           |
 *   | checksum                | urgent pointer   |
 *   | options ..                                 |
 *
 * ICMP errors quote as little as 8 bytes and captures cut the options: the ports make the layer, hdr_len is what is
 * there.
 */
#include "decode/decoder.h"

enum { FIXED = 20, PORTS = 4 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    if (c.left < PORTS)
        return sk_dec_short(d, SK_AN_L4_HEADER);
    uint32_t ports = sk_cur_be32(&c);
    uint32_t hdr = FIXED;
    if (c.left >= FIXED - PORTS) {
        sk_cur_skip(&c, 8);
        hdr = 4 * (uint32_t)(sk_cur_u8(&c) >> 4);
    }
    bool part = d->ret->ip[d->ip].fragment; /* the rest of the options is in another fragment */
    if (hdr < FIXED || (hdr > d->wire && !part)) {
        sk_dec_anomaly(d, SK_AN_L4_HEADER);
        hdr = hdr < FIXED ? FIXED : hdr;
    }
    if (hdr > d->cur.left)
        hdr = (uint32_t)d->cur.left;
    return sk_dec_push(d, SKP_TCP, hdr, ports) && sk_dec_end(d);
}

const struct sk_decoder sk_dec_tcp = {
    .label = "tcp",
    .spec = "RFC 9293",
    .decode = decode,
    .binds = {{SK_BY_IP4, 6}, {SK_BY_IP6, 6}},
};
