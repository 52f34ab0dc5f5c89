/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Ethernet in IP, RFC 3378.
 *
 *   +---+---------------+
 *   | 3 | reserved, 12  |
 *   +---+---------------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint16_t word = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TUNNEL_INNER);
    if (word >> 12 != 3)
        return sk_dec_stop(d, SK_AN_TUNNEL_INNER);
    if (!sk_dec_push(d, SKP_ETHERIP, 2, 0))
        return false;
    return !sk_dec_tunnel(d) || sk_dec_next(d, SK_BY_PROTO, SKP_ETHER);
}

const struct sk_decoder sk_dec_etherip = {
    .label = "etherip",
    /* RFC 3378 */
    .decode = decode,
    .binds = {{SK_BY_IP4, 97}, {SK_BY_IP6, 97}},
};
