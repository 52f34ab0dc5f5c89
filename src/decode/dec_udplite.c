/* SPDX-License-Identifier: Apache-2.0 */
/**
 * UDP-Lite, RFC 3828.
 *
 *   +-------------+------------------+
 *   | source port | destination port |
 *   | checksum coverage; checksum     |
 */
#include "decode/decoder.h"

enum { FIXED = 8 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    if (c.left < FIXED)
        return sk_dec_short(d, SK_AN_L4_HEADER);
    return sk_dec_push(d, SKP_UDPLITE, FIXED, sk_cur_be32(&c)) && sk_dec_end(d);
}

const struct sk_decoder sk_dec_udplite = {
    .label = "udplite",
    /* RFC 3828 */
    .decode = decode,
    .binds = {{SK_BY_IP4, 136}, {SK_BY_IP6, 136}},
};
