/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SCTP common header, RFC 9260 section 3.1.
 *
 *   +-------------+------------------+
 *   | source port | destination port |
 *   | verification tag; checksum     |
 */
#include "decode/decoder.h"

enum { FIXED = 12 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    if (c.left < FIXED)
        return sk_dec_short(d, SK_AN_L4_HEADER);
    return sk_dec_push(d, SKP_SCTP, FIXED, sk_cur_be32(&c)) && sk_dec_end(d);
}

const struct sk_decoder sk_dec_sctp = {
    .label = "sctp",
    /* RFC 9260 */
    .decode = decode,
    .binds = {{SK_BY_IP4, 132}, {SK_BY_IP6, 132}},
};
