/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IP over InfiniBand (LINKTYPE_IPOIB, 242), RFC 4391 section 6, behind the place of a global routing header.
 *
 *   +---------------------------+--------------+-------------+
 *   | global routing header, 40 | EtherType, 2 | reserved, 2 |
 *   +---------------------------+--------------+-------------+
 */
#include "decode/decoder.h"

enum { ROUTING = 40, HEADER = 44 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    sk_cur_skip(&c, ROUTING);
    uint16_t type = sk_cur_be16(&c);
    sk_cur_skip(&c, 2);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    return sk_dec_push(d, SKP_IPOIB, HEADER, 0) && sk_dec_next(d, SK_BY_ETHERTYPE, type);
}

const struct sk_decoder sk_dec_ipoib = {
    .label = "ipoib",
    /* RFC 4391 */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 242}},
};
