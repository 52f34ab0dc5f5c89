/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IGMP, RFC 2236, RFC 3376.
 *
 *   +------+-------------------+----------+
 *   | type | max response time | checksum |
 *   | group address                       |
 *   +-------------------------------------+
 */
#include "decode/decoder.h"

enum { FIXED = 8 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    if (c.left < FIXED)
        return sk_dec_short(d, SK_AN_L4_HEADER);
    return sk_dec_push(d, SKP_IGMP, FIXED, (uint32_t)sk_cur_u8(&c) << 8) && sk_dec_end(d);
}

const struct sk_decoder sk_dec_igmp = {
    .label = "igmp",
    /* RFC 3376 */
    .decode = decode,
    .binds = {{SK_BY_IP4, 2}},
};
