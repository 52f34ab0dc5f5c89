/* SPDX-License-Identifier: Apache-2.0 */
/**
 * PPP over Ethernet, RFC 2516: session (0x8864) and discovery (0x8863).
 *
 *   +---------+------+------------+--------+
 *   | ver|type| code | session id | length |
 *   +---------+------+------------+--------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    bool session = d->space != SK_BY_ETHERTYPE || d->value == 0x8864;
    struct sk_cur c = d->cur;
    uint8_t version = sk_cur_u8(&c);
    uint8_t code = sk_cur_u8(&c);
    uint16_t id = sk_cur_be16(&c);
    uint32_t len = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (version != 0x11)
        return sk_dec_stop(d, SK_AN_ETHERTYPE);
    if (6 + len > d->wire)
        sk_dec_anomaly(d, SK_AN_LENGTH_FIELD); /* not a bound: what is inside has a length of its own */
    if (!sk_dec_push(d, SKP_PPPOE, 6, id))
        return false;
    return session && code == 0 ? sk_dec_next(d, SK_BY_PROTO, SKP_PPP) : sk_dec_end(d);
}

const struct sk_decoder sk_dec_pppoe = {
    .label = "pppoe",
    /* RFC 2516 */
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0x8864}, {SK_BY_ETHERTYPE, 0x8863}, {SK_BY_LINKTYPE, 51}},
};
