/* SPDX-License-Identifier: Apache-2.0 */
/**
 * VXLAN, RFC 7348, and its generic protocol extension (GPE).
 *
 *   +----------------+-----------------------+---------------+
 *   | flags, 0x08: I | reserved, 2           | next protocol |
 *   +----------------+-----------------------+---------------+
 *   | VXLAN network identifier, 3            | reserved      |
 *   +----------------------------------------+---------------+
 *
 * Flags other than I are ignored on receipt (RFC 7348 5), so they prove nothing. Ports are guessed easily: the Ethernet
 * frame inside must have a type that is known or a length that fits.
 */
#include "decode/guess.h"

enum { I = 0x08, P = 0x04, GPE_IP4 = 1, GPE_IP6 = 2, GPE_ETHERNET = 3, GPE_NSH = 4 };

/** What a GPE header names must begin as such a thing does: IP with its version, NSH with version 0 and a metadata type
 * of 1 or 2 (RFC 8300 2.2). */
static bool begins_as(struct sk_cur c, uint8_t next) {
    uint8_t first = sk_cur_u8(&c);
    sk_cur_skip(&c, 1);
    uint8_t type = sk_cur_u8(&c) & 0x0f;
    if (next == GPE_NSH)
        return sk_cur_ok(&c) && first >> 6 == 0 && (type == 1 || type == 2);
    return first >> 4 == (next == GPE_IP4 ? 4 : 6);
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t flags = sk_cur_u8(&c);
    sk_cur_skip(&c, 2);
    uint8_t next = sk_cur_u8(&c);
    uint32_t vni = sk_cur_be32(&c) >> 8;
    bool gpe = flags & P;
    bool ip = gpe && (next == GPE_IP4 || next == GPE_IP6) && begins_as(c, next);
    bool nsh = gpe && next == GPE_NSH && begins_as(c, next);
    bool ethernet = !gpe || next == GPE_ETHERNET || next == 0;
    if (!sk_cur_ok(&c) || !(flags & I) || !(ip || nsh || (ethernet && sk_guess_ethernet_type(c, d->wire))))
        return sk_dec_not_it(d);
    if (!sk_dec_push(d, SKP_VXLAN, 8, vni))
        return false;
    if (!sk_dec_tunnel(d))
        return true;
    if (ip)
        return sk_dec_next(d, SK_BY_VERSION, 0);
    return sk_dec_next(d, SK_BY_PROTO, nsh ? SKP_NSH : SKP_ETHER);
}

const struct sk_decoder sk_dec_vxlan = {
    .label = "vxlan",
    /* RFC 7348 */
    .decode = decode,
    .binds = {{SK_BY_UDP, 4789}, {SK_BY_UDP, 8472}, {SK_BY_UDP, 4790}},
};
