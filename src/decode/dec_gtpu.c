/* SPDX-License-Identifier: Apache-2.0 */
/**
 * GTP-U version 1, 3GPP TS 29.281: what mobile users send, on its way to the core.
 *
 *   0     3   4   5 6 7  8           16                     31
 *   +-----+---+---+-----+------------+-----------------------+
 *   | 1   | 1 | 0 |E S P| type       | length behind byte 8  |
 *   +-----+---+---+-----+------------+-----------------------+
 *   | tunnel endpoint identifier                             |
 *   +------------------------------+-----------+-------------+
 *   | sequence (if E, S or P)      | N-PDU     | extension   |
 *   +------------------------------+-----------+-------------+
 *   extensions: length/4, content, type of the next
 */
#include "decode/decoder.h"

enum { G_PDU = 255, OPTIONAL = 0x07, E = 0x04 };

/** Bytes of optional fields and extension headers in front of the packet; 0 and *ret_ok false: they do not hold. */
static uint32_t optional(struct sk_cur c, uint8_t flags, bool *ret_ok) {
    size_t before = c.left;
    *ret_ok = true;
    if (!(flags & OPTIONAL))
        return 0;
    sk_cur_skip(&c, 3);
    uint8_t next = sk_cur_u8(&c);
    while (flags & E && next && sk_cur_ok(&c)) {
        uint32_t len = 4 * (uint32_t)sk_cur_u8(&c);
        if (len == 0)
            *ret_ok = false;
        sk_cur_skip(&c, len < 2 ? 0 : len - 2);
        next = sk_cur_u8(&c);
        if (!*ret_ok)
            return 0;
    }
    *ret_ok = sk_cur_ok(&c);
    return (uint32_t)(before - c.left);
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t flags = sk_cur_u8(&c);
    uint8_t type = sk_cur_u8(&c);
    uint32_t len = sk_cur_be16(&c);
    uint32_t teid = sk_cur_be32(&c);
    bool ok;
    if (!sk_cur_ok(&c) || (flags & 0xf0) != 0x30 || 8 + len > d->wire)
        return sk_dec_not_it(d);
    uint32_t hdr = 8 + optional(c, flags, &ok);
    if (!ok || hdr > 8 + len)
        return sk_dec_not_it(d);
    sk_dec_bound(d, 8 + len, SK_AN_TUNNEL_INNER);
    if (!sk_dec_push(d, SKP_GTPU, hdr, teid))
        return false;
    if (type != G_PDU)
        return sk_dec_end(d);
    return !sk_dec_tunnel(d) || sk_dec_next(d, SK_BY_VERSION, 0);
}

const struct sk_decoder sk_dec_gtpu = {
    .label = "gtpu",
    /* 3GPP TS 29.281 */
    .decode = decode,
    .binds = {{SK_BY_UDP, 2152}},
};
