/* SPDX-License-Identifier: Apache-2.0 */
/**
 * MPLS label, RFC 3032; in GRE and IP RFC 4023, in UDP RFC 7510. One layer a label.
 *
 *   0                    20   23 24       31
 *   +--------------------+----+--+---------+
 *   | label              | TC |S | TTL     |
 *   +--------------------+----+--+---------+
 *
 * Nothing names what is behind the bottom of the stack (S): a first nibble 4 or 6 is taken for IP and 0 for the control
 * word of a pseudowire (RFC 4385), as routers do when they balance load (RFC 4928).
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint32_t word = sk_cur_be32(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_MPLS, 4, word >> 12))
        return false;
    if (!(word & 0x100))
        return sk_dec_next(d, SK_BY_PROTO, SKP_MPLS);
    if (d->cur.left == 0) {
        sk_dec_short(d, SK_AN_TUNNEL_INNER);
        return true;
    }
    switch (sk_cur_peek(&d->cur, 0) >> 4) {
    case 0:
        return sk_dec_next(d, SK_BY_PROTO, SKP_PWCW);
    case 4:
    case 6:
        return sk_dec_next(d, SK_BY_VERSION, 0);
    default:
        return sk_dec_end(d);
    }
}

const struct sk_decoder sk_dec_mpls = {
    .label = "mpls",
    .spec = "RFC 3032",
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0x8847},
              {SK_BY_ETHERTYPE, 0x8848},
              {SK_BY_PPP, 0x0281},
              {SK_BY_IP4, 137},
              {SK_BY_IP6, 137},
              {SK_BY_UDP, 6635},
              {SK_BY_LINKTYPE, 219}},
};
