/* SPDX-License-Identifier: Apache-2.0 */
/**
 * ERSPAN: a mirror port's frames in GRE, draft-foschiano-erspan-03. Type II (0x88be with a sequence number) and III
 * (0x22eb); type I has no header of its own (dec_gre.c).
 *
 *   II, 8 bytes:                        III, 12 bytes, and 8 more if O:
 *   | ver, VLAN | COS, En, T, session | | ver, VLAN | COS, BSO, T, session |
 *   | reserved  | index               | | timestamp                        |
 *                                       | SGT | P, FT, Hw, D, Gra, O       |
 */
#include "decode/decoder.h"

enum { TYPE_II = 1, TYPE_III = 2, SESSION = 0x3ff, OPTIONAL = 1 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint32_t word = sk_cur_be32(&c);
    sk_cur_skip(&c, 4);
    uint32_t version = word >> 28;
    uint32_t hdr = 8;
    if (version == TYPE_III) {
        uint32_t last = sk_cur_be32(&c);
        hdr = 12 + (last & OPTIONAL ? 8u : 0);
    }
    if (!sk_cur_ok(&c) || hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_TUNNEL_INNER);
    if (version != TYPE_II && version != TYPE_III)
        return sk_dec_stop(d, SK_AN_TUNNEL_INNER);
    return sk_dec_push(d, SKP_ERSPAN, hdr, word & SESSION) && sk_dec_next(d, SK_BY_PROTO, SKP_ETHER);
}

const struct sk_decoder sk_dec_erspan = {
    .label = "erspan",
    /* draft-foschiano-erspan-03 */
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0x88be}, {SK_BY_ETHERTYPE, 0x22eb}},
};
