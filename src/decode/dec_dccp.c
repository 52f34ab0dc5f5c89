/* SPDX-License-Identifier: Apache-2.0 */
/**
 * DCCP generic header, RFC 4340 section 5.1 (its shortest form).
 *
 *   +-------------+------------------+
 *   | source port | destination port |
 *   | offset, CCVal; checksum; type   |
 */
#include "decode/decoder.h"

enum { FIXED = 12 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    if (c.left < FIXED)
        return sk_dec_short(d, SK_AN_L4_HEADER);
    return sk_dec_push(d, SKP_DCCP, FIXED, sk_cur_be32(&c)) && sk_dec_end(d);
}

const struct sk_decoder sk_dec_dccp = {
    .label = "dccp",
    /* RFC 4340 */
    .decode = decode,
    .binds = {{SK_BY_IP4, 33}, {SK_BY_IP6, 33}},
};
