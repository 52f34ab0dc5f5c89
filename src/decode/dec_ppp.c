/* SPDX-License-Identifier: Apache-2.0 */
/**
 * PPP, RFC 1661, RFC 1662; also behind PPPoE, L2TP and GRE.
 *
 *   +------+------+----------------------+
 *   | 0xff | 0x03 | protocol, 1 or 2     |
 *   +------+------+----------------------+
 *   (address and control may be absent; a protocol below 256 may be one byte, RFC 1661 6.5)
 */
#include "decode/decoder.h"

enum { CONTROL_PROTOCOLS = 0x4000 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint32_t hdr = 0;
    if (sk_cur_peek(&c, 0) == 0xff && c.left >= 2 && sk_cur_peek(&c, 1) == 0x03) {
        sk_cur_skip(&c, 2);
        hdr = 2;
    }
    bool compressed = sk_cur_peek(&c, 0) & 1;
    uint16_t proto = compressed ? sk_cur_u8(&c) : sk_cur_be16(&c);
    hdr += compressed ? 1 : 2;
    /* A lone 0xff may be half of an address and control field. */
    if (!sk_cur_ok(&c) || d->cur.left < 2)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_PPP, hdr, 0))
        return false;
    return proto >= CONTROL_PROTOCOLS ? sk_dec_end(d) : sk_dec_next(d, SK_BY_PPP, proto);
}

const struct sk_decoder sk_dec_ppp = {
    .label = "ppp",
    /* RFC 1661 */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 9}, {SK_BY_LINKTYPE, 50}, {SK_BY_ETHERTYPE, 0x880b}},
};
