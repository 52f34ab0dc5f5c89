/* SPDX-License-Identifier: Apache-2.0 */
/**
 * CAPWAP, RFC 5415 section 4: control (UDP 5246) and data (UDP 5247) between access points and their controller. Data
 * is a tunnel of 802.3 or (T, binding 1, RFC 5416) 802.11 frames.
 *
 *   0       4       8       13      18      23                      32
 *   +-------+-------+-------+-------+-------+-+-+-+-+-+-+-----------+
 *   | 0     | type  | len/4 | radio | bindng|T|F|L|W|M|K| 0         |
 *   +-------+-------+-------+-------+-------+-+-+-+-+-+-+-----------+
 *   | fragment id                   | offset in 8 bytes       | 0   |
 *   | radio MAC address, if M; wireless information, if W            |
 *
 * Type 1 is DTLS: three reserved bytes, then its record. K is a keep-alive. Fragments are not put together.
 */
#include "decode/decoder.h"

enum { T = 0x100, F = 0x80, K = 0x08, BINDING_80211 = 1, DATA_PORT = 5247, FIXED = 8 };

static bool dtls(struct sk_dec *d, struct sk_cur c) {
    sk_cur_skip(&c, 3);
    uint8_t record = sk_cur_u8(&c);
    if (!sk_cur_ok(&c) || record < 20 || record > 63) /* RFC 9147 4.1: 20 to 63 are records */
        return sk_dec_not_it(d);
    return sk_dec_push(d, SKP_CAPWAP, 4, 0) && sk_dec_next(d, SK_BY_PROTO, SKP_DTLS);
}

static bool data_port(const struct sk_dec *d) {
    uint32_t ports = d->ret->at[d->ret->n - 1].id;
    return (ports & 0xffff) == DATA_PORT || ports >> 16 == DATA_PORT;
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    bool data = data_port(d);
    uint8_t preamble = sk_cur_u8(&c);
    if (preamble == 1)
        return dtls(d, c);
    uint32_t word = (uint32_t)sk_cur_u8(&c) << 16;
    word |= sk_cur_be16(&c);
    sk_cur_skip(&c, 2);
    uint32_t offset = sk_cur_be16(&c) >> 3;
    uint32_t hdr = 4 * (word >> 19);
    if (!sk_cur_ok(&c) || preamble != 0 || hdr < FIXED || hdr > d->cur.left)
        return sk_dec_not_it(d);
    if (!sk_dec_push(d, SKP_CAPWAP, hdr, word >> 14 & 31))
        return false;
    if (!data || word & K || d->wire == 0)
        return sk_dec_end(d);
    if (!sk_dec_tunnel(d))
        return true;
    if (word & F)
        sk_dec_anomaly(d, SK_AN_LINK_FRAGMENT);
    if (word & F && offset)
        return sk_dec_end(d);
    if (!(word & T))
        return sk_dec_next(d, SK_BY_PROTO, SKP_ETHER);
    return (word >> 9 & 31) == BINDING_80211 ? sk_dec_next(d, SK_BY_PROTO, SKP_WLAN) : sk_dec_end(d);
}

const struct sk_decoder sk_dec_capwap = {
    .label = "capwap",
    /* RFC 5415, RFC 5416 */
    .decode = decode,
    .binds = {{SK_BY_UDP, 5246}, {SK_BY_UDP, DATA_PORT}},
};
