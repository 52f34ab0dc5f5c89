/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Provider backbone bridge service tag, IEEE 802.1Q clause 9.7 (802.1ah): a customer's whole frame follows.
 *
 *   0   3 4 5   8              32
 *   +---+-+-+---+---------------+
 *   |PCP|D|U| 0 | service id    |
 *   +---+-+-+---+---------------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint32_t word = sk_cur_be32(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    return sk_dec_push(d, SKP_PBB, 4, word & 0xffffff) && sk_dec_next(d, SK_BY_PROTO, SKP_ETHER);
}

const struct sk_decoder sk_dec_pbb = {
    .label = "pbb",
    /* IEEE 802.1Q */
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0x88e7}},
};
