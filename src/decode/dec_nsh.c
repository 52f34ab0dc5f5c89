/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Network service header, RFC 8300: in front of a packet or frame on its way through service functions.
 *
 *   0   2 3 4    10       16   20        24             31
 *   +---+-+-+----+--------+----+---------+---------------+
 *   |ver|O|U|TTL | length/4| U | MD type | next protocol |
 *   +---+-+-+----+--------+----+---------+---------------+
 *   | service path                       | index         |
 *   | context ..                                         |
 */
#include "decode/decoder.h"

enum { IP4 = 1, IP6 = 2, ETHERNET = 3, MPLS = 5 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint16_t first = sk_cur_be16(&c);
    sk_cur_skip(&c, 1);
    uint8_t next = sk_cur_u8(&c);
    uint32_t path = sk_cur_be32(&c) >> 8;
    uint32_t hdr = 4 * (uint32_t)(first & 0x3f);
    if (!sk_cur_ok(&c) || hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (first >> 14 != 0 || hdr < 8)
        return sk_dec_stop(d, SK_AN_ETHERTYPE);
    if (!sk_dec_push(d, SKP_NSH, hdr, path))
        return false;
    switch (next) {
    case IP4:
    case IP6:
        return sk_dec_next(d, SK_BY_VERSION, 0);
    case ETHERNET:
        return sk_dec_next(d, SK_BY_PROTO, SKP_ETHER);
    case MPLS:
        return sk_dec_next(d, SK_BY_PROTO, SKP_MPLS);
    default:
        return sk_dec_end(d);
    }
}

const struct sk_decoder sk_dec_nsh = {
    .label = "nsh",
    /* RFC 8300 */
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0x894f}},
};
