/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Juniper's header in front of Ethernet (LINKTYPE_JUNIPER_ETHER, 178).
 *
 *   +------------------+-------+----------------------+------------------+
 *   | 4d 47 43 ("MGC") | flags | length, 2, if 0x80   | extensions ..    |
 *   +------------------+-------+----------------------+------------------+
 *
 * Flag 0x02: no Ethernet header follows, but four bytes and IP.
 */
#include "decode/decoder.h"

enum { MAGIC = 0x4d4743, EXTENDED = 0x80, NO_LINK = 0x02, NO_LINK_BYTES = 4 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint32_t word = sk_cur_be32(&c);
    bool extended = word & EXTENDED, no_link = word & NO_LINK;
    uint32_t hdr = 4 + (extended ? 2u + sk_cur_be16(&c) : 0) + (no_link ? NO_LINK_BYTES : 0);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (word >> 8 != MAGIC)
        return sk_dec_stop(d, SK_AN_LINKTYPE);
    if (hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_JUNIPER, hdr, word & 0xff))
        return false;
    return no_link ? sk_dec_next(d, SK_BY_VERSION, 0) : sk_dec_next(d, SK_BY_PROTO, SKP_ETHER);
}

const struct sk_decoder sk_dec_juniper = {
    .label = "juniper",
    /* LINKTYPE_JUNIPER_ETHER */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 178}},
};
