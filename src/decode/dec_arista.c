/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Arista's timestamp of a tapped frame, between its addresses and its type (EtherType 0xd28b).
 *
 *   +---------+----------------------------------------------+------------------------+------+
 *   | subtype | format: clock, 8; 1: 64 bits, 2: 48; model, 4| timestamp, 8 or 6      | type |
 *   +---------+----------------------------------------------+------------------------+------+
 */
#include "decode/decoder.h"

enum { TIMESTAMP = 1, BITS64 = 1, BITS48 = 2 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint16_t subtype = sk_cur_be16(&c);
    unsigned format = sk_cur_be16(&c) >> 4 & 15;
    bool known = subtype == TIMESTAMP && (format == BITS64 || format == BITS48);
    uint32_t stamp = format == BITS48 ? 6 : 8;
    if (known)
        sk_cur_skip(&c, stamp);
    uint16_t type = known ? sk_cur_be16(&c) : 0;
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!known)
        return sk_dec_stop(d, SK_AN_ETHERTYPE);
    return sk_dec_push(d, SKP_ARISTA, 4 + stamp + 2, 0) && sk_dec_type_or_length(d, type);
}

const struct sk_decoder sk_dec_arista = {
    .label = "arista",
    /* EtherType 0xd28b */
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0xd28b}},
};
