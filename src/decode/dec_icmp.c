/* SPDX-License-Identifier: Apache-2.0 */
/**
 * ICMP, RFC 792; extended errors RFC 4884.
 *
 *   +------+------+----------+
 *   | type | code | checksum |
 *   +------+------+----------+
 *   | by type: in errors the |
 *   | second byte = quoted/4 |
 *   +------------------------+
 *   | errors: quoted packet  |
 *
 * The quoted packet is decoded on; its layers have SK_LAYER_QUOTED.
 */
#include "decode/decoder.h"

enum { FIXED = 8, SHORTEST = 4 };

static bool is_error(uint8_t type) { return type == 3 || type == 4 || type == 5 || type == 11 || type == 12; }

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t type = sk_cur_u8(&c);
    uint8_t code = sk_cur_u8(&c);
    sk_cur_skip(&c, 2);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_L4_HEADER);
    if (d->wire < FIXED)
        sk_dec_anomaly(d, SK_AN_L4_HEADER);
    uint32_t quoted = 4 * (uint32_t)sk_cur_peek(&c, 1);
    uint32_t hdr = d->cur.left < FIXED ? SHORTEST : FIXED;
    if (!sk_dec_push(d, SKP_ICMP, hdr, (uint32_t)type << 8 | code))
        return false;
    if (hdr < FIXED || !is_error(type))
        return sk_dec_end(d);
    return sk_dec_quote(d, type == 4 || type == 5 ? 0 : quoted);
}

const struct sk_decoder sk_dec_icmp = {
    .label = "icmp",
    /* RFC 792 */
    .decode = decode,
    .binds = {{SK_BY_IP4, 1}},
};
