/* SPDX-License-Identifier: Apache-2.0 */
/**
 * PKTAP of Apple systems (LINKTYPE_PKTAP, 258, and the older USER2, 149): which interface and process a frame belongs
 * to, and then the frame, of the link type that is named. All little endian.
 *
 *   0        4        8           12          36      40      44          48           52
 *   +--------+--------+-----------+-----------+-------+-------+-----------+------------+---------+
 *   | length | 1      | link type | interface | flags | family| header len| trailer len| ..      |
 *   +--------+--------+-----------+-----------+-------+-------+-----------+------------+---------+
 */
#include "decode/decoder.h"

enum { FIXED = 12, PACKET = 1, TRAILER_AT = 48 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint32_t len = sk_cur_le32(&c);
    uint32_t next = sk_cur_le32(&c);
    uint32_t linktype = sk_cur_le32(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (len < FIXED || linktype > UINT16_MAX)
        return sk_dec_stop(d, SK_AN_LINKTYPE);
    if (len > d->cur.left)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    sk_cur_skip(&c, TRAILER_AT - FIXED);
    uint32_t trailer = len >= TRAILER_AT + 4 ? sk_cur_le32(&c) : 0;
    if (!sk_dec_push(d, SKP_PKTAP, len, linktype))
        return false;
    sk_dec_trim(d, trailer);
    return next == PACKET ? sk_dec_next(d, SK_BY_LINKTYPE, (uint16_t)linktype) : sk_dec_end(d);
}

const struct sk_decoder sk_dec_pktap = {
    .label = "pktap",
    /* LINKTYPE_PKTAP */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 258}, {SK_BY_LINKTYPE, 149}},
};
