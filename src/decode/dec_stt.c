/* SPDX-License-Identifier: Apache-2.0 */
/**
 * STT, Stateless Transport Tunneling, draft-davie-stt section 3: Ethernet frames behind something that only looks like
 * TCP, so that network cards cut it in segments. dec_tcp.c has read that header: port 7471, the sequence number is the
 * frame's length and the segment's place in it. Only the first segment has this header, and what is inside it is all
 * that is decoded: the others continue it.
 *
 *   +------------------+---------+----------------+----------+
 *   | version 0        | flags   | layer 4 offset | reserved |
 *   | maximum segment size       | PCP, V, VLAN id           |
 *   | context identifier, 8                                  |
 *   | padding, 2                 | Ethernet frame ..         |
 *   +----------------------------+---------------------------+
 *
 * TCP may use this port in earnest: version, reserved and padding must be zero, and the frame's type known.
 */
#include "decode/guess.h"

enum { HEADER = 18, FLAGS = 0x0f, CONTEXT_LOW = 12 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t version = sk_cur_u8(&c), flags = sk_cur_u8(&c);
    sk_cur_skip(&c, 1);
    uint8_t reserved = sk_cur_u8(&c);
    sk_cur_skip(&c, CONTEXT_LOW - 4);
    uint32_t context = sk_cur_be32(&c);
    uint16_t padding = sk_cur_be16(&c);
    if (!sk_cur_ok(&c) || version || flags & ~FLAGS || reserved || padding || d->wire < HEADER + 14 ||
        !sk_guess_ethernet_type(c, d->wire - HEADER))
        return sk_dec_not_it(d);
    if (!sk_dec_push(d, SKP_STT, HEADER, context))
        return false;
    return !sk_dec_tunnel(d) || sk_dec_next(d, SK_BY_PROTO, SKP_ETHER);
}

const struct sk_decoder sk_dec_stt = {
    .label = "stt",
    /* draft-davie-stt-08 */
    .decode = decode,
    .binds = {{SK_END, 0}},
};
