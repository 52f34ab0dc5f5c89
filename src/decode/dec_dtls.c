/* SPDX-License-Identifier: Apache-2.0 */
/**
 * DTLS record, RFC 6347 section 4.1 and RFC 9147 section 4, where a carrier says that it follows. Decoding ends.
 *
 *   0      8         24      40                88       104
 *   +------+---------+-------+-----------------+--------+
 *   | type | version | epoch | sequence number | length |
 *   +------+---------+-------+-----------------+--------+
 *
 * Version 1.3 has a shorter header (001 in the highest bits of the first byte), which is encrypted in part.
 */
#include "decode/decoder.h"

enum { FIXED = 13, UNIFIED = 0x20, UNIFIED_MASK = 0xe0 };

static bool decode(struct sk_dec *d) {
    if (d->cur.left == 0)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    uint8_t type = sk_cur_peek(&d->cur, 0);
    uint32_t hdr = (type & UNIFIED_MASK) == UNIFIED ? 1 : FIXED;
    if (hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    return sk_dec_push(d, SKP_DTLS, hdr, type) && sk_dec_end(d);
}

const struct sk_decoder sk_dec_dtls = {
    .label = "dtls",
    /* RFC 6347, RFC 9147 */
    .decode = decode,
    .binds = {{SK_END, 0}},
};
