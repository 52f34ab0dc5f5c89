/* SPDX-License-Identifier: Apache-2.0 */
/**
 * LWAPP, RFC 5412 section 3.3, in UDP (12222, 12223): what CAPWAP was made from; a tunnel of 802.11 frames.
 *
 *   0   2       5 6 7 8             16                       32                       48
 *   +---+-------+-+-+-+-------------+------------------------+------------------------+
 *   | 0 | radio |C|F|L| fragment id | length of the payload  | status or WLANs        |
 *   +---+-------+-+-+-+-------------+------------------------+------------------------+
 *
 * C: a control message, which ends here. Of a divided frame (F) nothing tells the first part: it ends here as well.
 */
#include "decode/decoder.h"

enum { HEADER = 6, VERSION = 0xc0, C = 0x04, F = 0x02 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t flags = sk_cur_u8(&c);
    sk_cur_skip(&c, 1);
    uint32_t len = HEADER + (uint32_t)sk_cur_be16(&c);
    sk_cur_skip(&c, 2);
    if (!sk_cur_ok(&c) || flags & VERSION || len == HEADER || len > d->wire)
        return sk_dec_not_it(d);
    sk_dec_bound(d, len, SK_AN_TUNNEL_INNER);
    if (!sk_dec_push(d, SKP_LWAPP, HEADER, flags >> 3 & 7))
        return false;
    if (flags & C)
        return sk_dec_end(d);
    if (!sk_dec_tunnel(d))
        return true;
    if (flags & F) {
        sk_dec_anomaly(d, SK_AN_LINK_FRAGMENT);
        return sk_dec_end(d);
    }
    return sk_dec_next(d, SK_BY_PROTO, SKP_WLAN);
}

const struct sk_decoder sk_dec_lwapp = {
    .label = "lwapp",
    /* RFC 5412 */
    .decode = decode,
    .binds = {{SK_BY_UDP, 12222}, {SK_BY_UDP, 12223}},
};
