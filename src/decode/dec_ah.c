/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IP authentication header, RFC 4302: authenticates, does not hide; what follows is decoded.
 *
 *   +-------------+-----------------+----------+
 *   | next header | length/4 less 2 | reserved |
 *   +-------------+-----------------+----------+
 *   | security parameters index                |
 *   | sequence number                          |
 *   | integrity check value ..                 |
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t next = sk_cur_u8(&c);
    uint32_t hdr = 8 + 4 * (uint32_t)sk_cur_u8(&c);
    sk_cur_skip(&c, 2);
    uint32_t spi = sk_cur_be32(&c);
    if (!sk_cur_ok(&c) || hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_IP_LENGTH);
    return sk_dec_ext(d, SKP_AH, SK_EXT_AH, SK_RANK_AH, hdr, next, spi) && sk_dec_ext_next(d, next);
}

const struct sk_decoder sk_dec_ah = {
    .label = "ah",
    /* RFC 4302 */
    .decode = decode,
    .binds = {{SK_BY_IP4, 51}, {SK_BY_IP6, 51}},
};
