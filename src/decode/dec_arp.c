/* SPDX-License-Identifier: Apache-2.0 */
/**
 * ARP and RARP, RFC 826, RFC 903. The header is the whole message.
 *
 *   +---------------+---------------+-------+-------+-----------+
 *   | hardware type | protocol type | hlen  | plen  | operation |
 *   +---------------+---------------+-------+-------+-----------+
 *   | sender hardware, protocol; target hardware, protocol      |
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    sk_cur_skip(&c, 4);
    uint32_t hlen = sk_cur_u8(&c);
    uint32_t plen = sk_cur_u8(&c);
    uint16_t op = sk_cur_be16(&c);
    uint32_t hdr = 8 + 2 * (hlen + plen);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (hdr > d->cur.left) { /* addresses cut or longer than the frame: the operation is known all the same */
        sk_dec_anomaly(d, SK_AN_TRUNCATED);
        hdr = (uint32_t)d->cur.left;
    }
    return sk_dec_push(d, SKP_ARP, hdr, op) && sk_dec_end(d);
}

const struct sk_decoder sk_dec_arp = {
    .label = "arp",
    /* RFC 826 */
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0x0806}, {SK_BY_ETHERTYPE, 0x8035}},
};
