/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Control word of a pseudowire, RFC 4385 section 3, before Ethernet (RFC 4448): a tunnel of frames over MPLS.
 *
 *   0     4      8    10       16              31
 *   +-----+------+----+--------+----------------+
 *   | 0   | flags| FRG| length | sequence       |
 *   +-----+------+----+--------+----------------+
 */
#include "decode/decoder.h"

enum { ETHERNET_HEADER = 14 };

static bool decode(struct sk_dec *d) {
    if (d->cur.left < 4)
        return sk_dec_short(d, SK_AN_TUNNEL_INNER);
    if (d->wire < 4 + ETHERNET_HEADER)
        return sk_dec_stop(d, SK_AN_TUNNEL_INNER);
    if (!sk_dec_push(d, SKP_PWCW, 4, 0))
        return false;
    if (!sk_dec_tunnel(d))
        return true;
    return sk_dec_next(d, SK_BY_PROTO, SKP_ETHER);
}

const struct sk_decoder sk_dec_pwcw = {
    .label = "pw",
    /* RFC 4385, RFC 4448 */
    .decode = decode,
    .binds = {{SK_END, 0}},
};
