/* SPDX-License-Identifier: Apache-2.0 */
/**
 * LISP data, RFC 9300 section 5, and its generic protocol extension, RFC 9305: a tunnel of IP packets in UDP.
 *
 *   0 1 2 3 4 5 6 8                                    32
 *   +-+-+-+-+-+-+--+-----------------------------------+
 *   |N|L|E|V|I|P|KK| nonce, map versions; P: protocol  |
 *   +-+-+-+-+-+-+--+-----------------------------------+
 *   | I: instance id, 3 bytes; locator status bits     |
 *
 * KK names a key: the payload is encrypted (RFC 8061).
 */
#include "decode/decoder.h"

enum { I = 0x08, P = 0x04, KK = 0x03, GPE_IP4 = 1, GPE_IP6 = 2, GPE_ETHERNET = 3, GPE_NSH = 4 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t flags = sk_cur_u8(&c);
    sk_cur_skip(&c, 2);
    uint8_t next = sk_cur_u8(&c);
    uint32_t instance = sk_cur_be32(&c);
    uint8_t version = sk_cur_peek(&c, 0) >> 4;
    bool gpe = flags & P;
    bool ip = gpe ? next == GPE_IP4 || next == GPE_IP6 : version == 4 || version == 6;
    bool other = gpe && (next == GPE_ETHERNET || next == GPE_NSH);
    if (!sk_cur_ok(&c) || !(ip || other || flags & KK))
        return sk_dec_not_it(d);
    if (!sk_dec_push(d, SKP_LISP, 8, flags & I ? instance >> 8 : 0))
        return false;
    if (!sk_dec_tunnel(d))
        return true;
    if (flags & KK)
        return sk_dec_end(d);
    if (ip)
        return sk_dec_next(d, SK_BY_VERSION, 0);
    return sk_dec_next(d, SK_BY_PROTO, next == GPE_NSH ? SKP_NSH : SKP_ETHER);
}

const struct sk_decoder sk_dec_lisp = {
    .label = "lisp",
    .spec = "RFC 9300, RFC 9305",
    .decode = decode,
    .binds = {{SK_BY_UDP, 4341}},
};
