/* SPDX-License-Identifier: Apache-2.0 */
/**
 * ICMPv6, RFC 4443; extended errors RFC 4884.
 *
 *   +------+------+----------+
 *   | type | code | checksum |
 *   +------+------+----------+
 *   | by type: in errors 1, 3|
 *   | first byte = quoted/8  |
 *   +------------------------+
 *   | errors: quoted packet  |
 *
 * The quoted packet is decoded on; its layers have SK_LAYER_QUOTED. Neighbour discovery is read by observers.
 */
#include "decode/decoder.h"

enum { FIXED = 8, SHORTEST = 4, UNREACHABLE = 1, TIME_EXCEEDED = 3, PARAMETER_PROBLEM = 4 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t type = sk_cur_u8(&c);
    uint8_t code = sk_cur_u8(&c);
    sk_cur_skip(&c, 2);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_L4_HEADER);
    if (d->wire < FIXED)
        sk_dec_anomaly(d, SK_AN_L4_HEADER);
    uint32_t quoted = 8 * (uint32_t)sk_cur_peek(&c, 0);
    uint32_t hdr = d->cur.left < FIXED ? SHORTEST : FIXED;
    if (!sk_dec_push(d, SKP_ICMPV6, hdr, (uint32_t)type << 8 | code))
        return false;
    if (hdr < FIXED || type < UNREACHABLE || type > PARAMETER_PROBLEM)
        return sk_dec_end(d);
    return sk_dec_quote(d, type == UNREACHABLE || type == TIME_EXCEEDED ? quoted : 0);
}

const struct sk_decoder sk_dec_icmpv6 = {
    .label = "icmp6",
    /* RFC 4443 */
    .decode = decode,
    .binds = {{SK_BY_IP6, 58}},
};
