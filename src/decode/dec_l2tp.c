/* SPDX-License-Identifier: Apache-2.0 */
/**
 * L2TP version 2, RFC 2661: PPP in UDP.
 *
 *   0 1     4   6 7        12    16
 *   +-+-+---+-+-+-+--------+------+-------------------+
 *   |T|L| 0 |S|0|O|P  0    | 2    | length, if L      |
 *   +-+-+---+-+-+-+--------+------+-------------------+
 *   | tunnel id                   | session id        |
 *   | Ns, if S                    | Nr, if S          |
 *   | offset size, if O           | padding ..        |
 */
#include "decode/decoder.h"

enum { T = 0x8000, L = 0x4000, S = 0x0800, O = 0x0200, VERSION = 0x000f };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint16_t flags = sk_cur_be16(&c);
    if ((flags & VERSION) == 3)
        return sk_dec_l2tpv3.decode(d);
    uint32_t len = flags & L ? sk_cur_be16(&c) : d->wire;
    uint32_t id = sk_cur_be32(&c);
    if (flags & S)
        sk_cur_skip(&c, 4);
    uint32_t pad = flags & O ? sk_cur_be16(&c) : 0;
    uint32_t hdr = 6 + (flags & L ? 2u : 0) + (flags & S ? 4u : 0) + (flags & O ? 2 + pad : 0);
    if (!sk_cur_ok(&c) || (flags & VERSION) != 2 || len > d->wire || hdr > len || hdr > d->cur.left)
        return sk_dec_not_it(d);
    sk_dec_bound(d, len, SK_AN_TUNNEL_INNER);
    if (!sk_dec_push(d, SKP_L2TP, hdr, id))
        return false;
    if (flags & T)
        return sk_dec_end(d);
    return !sk_dec_tunnel(d) || sk_dec_next(d, SK_BY_PROTO, SKP_PPP);
}

const struct sk_decoder sk_dec_l2tp = {
    .label = "l2tp",
    /* RFC 2661 */
    .decode = decode,
    .binds = {{SK_BY_UDP, 1701}},
};
