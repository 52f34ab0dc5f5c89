/* SPDX-License-Identifier: Apache-2.0 */
/**
 * GENEVE, RFC 8926.
 *
 *   0   2          8            16                       31
 *   +---+----------+------------+-------------------------+
 *   | 0 | length/4 | O, C       | EtherType               |
 *   +---+----------+------------+-------------+-----------+
 *   | virtual network identifier, 3           | reserved  |
 *   +-----------------------------------------+-----------+
 *   | options ..                                          |
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t first = sk_cur_u8(&c);
    sk_cur_skip(&c, 1);
    uint16_t type = sk_cur_be16(&c);
    uint32_t vni = sk_cur_be32(&c) >> 8;
    uint32_t hdr = 8 + 4 * (uint32_t)(first & 0x3f);
    if (!sk_cur_ok(&c) || first >> 6 != 0 || hdr > d->cur.left || !sk_decoder_of(SK_BY_ETHERTYPE, type))
        return sk_dec_not_it(d);
    if (!sk_dec_push(d, SKP_GENEVE, hdr, vni))
        return false;
    return !sk_dec_tunnel(d) || sk_dec_next(d, SK_BY_ETHERTYPE, type);
}

const struct sk_decoder sk_dec_geneve = {
    .label = "geneve",
    /* RFC 8926 */
    .decode = decode,
    .binds = {{SK_BY_UDP, 6081}},
};
