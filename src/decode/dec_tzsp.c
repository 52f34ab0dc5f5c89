/* SPDX-License-Identifier: Apache-2.0 */
/**
 * TaZmen Sniffer Protocol: the frames of an access point's or router's mirror in UDP port 37008.
 *
 *   +-------------+-------------+----------------------+
 *   | version, 1  | type        | encapsulated protocol|
 *   +-------------+-------------+----------------------+
 *   | tags: number, length, value ..; 0 is padding, 1 is the end, both one byte
 *
 * Types 0 (received) and 1 (to be sent) carry a frame: 1 is Ethernet, 4 PPP, 18 802.11, 119 Prism, 127 AVS.
 */
#include "decode/guess.h"

enum { RECEIVED = 0, TRANSMIT = 1, CONFIG = 3, PORT_OPENER = 5, PADDING = 0, END = 1, TAGS_MAX = 64 };
enum { ETHERNET = 1, PPP = 4, WLAN = 18, PRISM = 119, AVS = 127 };

/** Bytes of the tags, the end tag with them; 0: they do not hold. */
static uint32_t tags(struct sk_cur c) {
    size_t before = c.left;
    for (unsigned i = 0; i < TAGS_MAX && c.left; i++) {
        uint8_t tag = sk_cur_u8(&c);
        if (tag == END)
            return (uint32_t)(before - c.left);
        if (tag != PADDING)
            sk_cur_skip(&c, sk_cur_u8(&c));
    }
    return 0;
}

static uint8_t frame_of(uint16_t encapsulated) {
    switch (encapsulated) {
    case ETHERNET:
        return SKP_ETHER;
    case PPP:
        return SKP_PPP;
    case WLAN:
        return SKP_WLAN;
    case PRISM:
        return SKP_PRISM;
    case AVS:
        return SKP_AVS;
    default:
        return SKP_NONE;
    }
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t version = sk_cur_u8(&c);
    uint8_t type = sk_cur_u8(&c);
    uint16_t encapsulated = sk_cur_be16(&c);
    if (!sk_cur_ok(&c) || version != 1)
        return sk_dec_not_it(d);
    if (type >= CONFIG && type <= PORT_OPENER) /* keeps a door open, carries nothing */
        return sk_dec_push(d, SKP_TZSP, 4, 0) && sk_dec_end(d);
    uint8_t frame = frame_of(encapsulated);
    uint32_t n = tags(c);
    if ((type != RECEIVED && type != TRANSMIT) || !frame || n == 0)
        return sk_dec_not_it(d);
    sk_cur_skip(&c, n);
    if (frame == SKP_ETHER && !sk_guess_ethernet_type(c, d->wire))
        return sk_dec_not_it(d);
    if (!sk_dec_push(d, SKP_TZSP, 4 + n, encapsulated))
        return false;
    return !sk_dec_tunnel(d) || sk_dec_next(d, SK_BY_PROTO, frame);
}

const struct sk_decoder sk_dec_tzsp = {
    .label = "tzsp",
    /* TaZmen Sniffer Protocol */
    .decode = decode,
    .binds = {{SK_BY_UDP, 37008}},
};
