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
 * STT puts on this header (dec_stt.c): then the sequence number is the length of its frame and the place of this
 * segment in it.
 *
 * ICMP errors quote as little as 8 bytes and captures cut the options: the ports make the layer, hdr_len is what is
 * there.
 */
#include "decode/decoder.h"

enum { FIXED = 20, PORTS = 4, STT_PORT = 7471 };

/* The first segment of a frame that is at least as long. */
static bool begins_stt(const struct sk_dec *d, uint32_t ports, uint32_t sequence) {
    return (ports & 0xffff) == STT_PORT && (sequence & 0xffff) == 0 && d->cur.left && sequence >> 16 >= d->wire &&
           !(d->flags & SK_LAYER_QUOTED);
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    if (c.left < PORTS)
        return sk_dec_short(d, SK_AN_L4_HEADER);
    uint32_t ports = sk_cur_be32(&c);
    uint32_t hdr = FIXED, sequence = 1;
    if (c.left >= FIXED - PORTS) {
        sequence = sk_cur_be32(&c);
        sk_cur_skip(&c, 4);
        hdr = 4 * (uint32_t)(sk_cur_u8(&c) >> 4);
    }
    bool part = d->ret->ip[d->ip].fragment; /* the rest of the options is in another fragment */
    if (hdr < FIXED || (hdr > d->wire && !part)) {
        sk_dec_anomaly(d, SK_AN_L4_HEADER);
        hdr = hdr < FIXED ? FIXED : hdr;
    }
    if (hdr > d->cur.left)
        hdr = (uint32_t)d->cur.left;
    if (!sk_dec_push(d, SKP_TCP, hdr, ports))
        return false;
    if (!begins_stt(d, ports, sequence))
        return sk_dec_end(d);
    d->wire = sequence >> 16; /* the rest is in other segments: as if it were not captured */
    return sk_dec_next(d, SK_BY_PROTO, SKP_STT);
}

const struct sk_decoder sk_dec_tcp = {
    .label = "tcp",
    /* RFC 9293 */
    .decode = decode,
    .binds = {{SK_BY_IP4, 6}, {SK_BY_IP6, 6}},
};
