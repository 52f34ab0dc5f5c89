/* SPDX-License-Identifier: Apache-2.0 */
/**
 * LISP data (UDP 4341), RFC 9300 section 5, and its generic protocol extension, RFC 9305: a tunnel of IP packets in
 * UDP.
 *
 *   0 1 2 3 4 5 6 8                                    32
 *   +-+-+-+-+-+-+--+-----------------------------------+
 *   |N|L|E|V|I|P|KK| nonce, map versions; P: protocol  |
 *   +-+-+-+-+-+-+--+-----------------------------------+
 *   | I: instance id, 3 bytes; locator status bits     |
 *
 * KK names a key: the payload is encrypted (RFC 8061).
 *
 * LISP control (UDP 4342), RFC 9301 section 5: a type of 1 to 8 in the first four bits. Type 8 without S carries a
 * control message as a whole IP packet, behind four bytes; other messages end here.
 */
#include "decode/decoder.h"

enum { I = 0x08, P = 0x04, KK = 0x03, GPE_IP4 = 1, GPE_IP6 = 2, GPE_ETHERNET = 3, GPE_NSH = 4 };

enum { DATA_PORT = 4341, CONTROL_PORT = 4342, CONTROL_HEADER = 4, ENCAPSULATED = 8, SECURED = 0x08 };

static bool is_control(uint32_t ports) {
    return (ports & 0xffff) == CONTROL_PORT || (ports >> 16 == CONTROL_PORT && (ports & 0xffff) != DATA_PORT);
}

static bool control(struct sk_dec *d) {
    uint8_t first = sk_cur_peek(&d->cur, 0), type = first >> 4;
    if (d->cur.left < CONTROL_HEADER || type < 1 || type > ENCAPSULATED)
        return sk_dec_not_it(d);
    if (!sk_dec_push(d, SKP_LISP, CONTROL_HEADER, 0))
        return false;
    if (type != ENCAPSULATED || first & SECURED)
        return sk_dec_end(d);
    return !sk_dec_tunnel(d) || sk_dec_next(d, SK_BY_VERSION, 0);
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    if (is_control(d->ret->at[d->ret->n - 1].id))
        return control(d);
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
    /* RFC 9300, RFC 9301, RFC 9305 */
    .decode = decode,
    .binds = {{SK_BY_UDP, DATA_PORT}, {SK_BY_UDP, CONTROL_PORT}},
};
