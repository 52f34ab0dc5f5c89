/* SPDX-License-Identifier: Apache-2.0 */
/**
 * AYIYA on its port, draft-massar-v6ops-ayiya-02: IPv6 in UDP with an identity and a signature.
 *
 *   +--------------+----------------+------------------+-------------+
 *   | idlen, type  | siglen/4, hash | auth, opcode     | next header |
 *   +--------------+----------------+------------------+-------------+
 *   | epoch                                                          |
 *   | identity, 2 ^ idlen bytes; signature                           |
 */
#include "decode/decoder.h"

enum { FORWARD = 1, IPV6 = 41, IPV4 = 4, NO_NEXT = 59, OPCODES = 8 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t id = sk_cur_u8(&c);
    uint8_t sig = sk_cur_u8(&c);
    uint8_t opcode = sk_cur_u8(&c) & 15;
    uint8_t next = sk_cur_u8(&c);
    uint32_t hdr = 8 + (1u << (id >> 4)) + 4 * (uint32_t)(sig >> 4);
    bool carries = opcode == FORWARD && (next == IPV6 || next == IPV4);
    if (!sk_cur_ok(&c) || hdr > d->cur.left || !(carries || (opcode < OPCODES && next == NO_NEXT)))
        return sk_dec_not_it(d);
    if (!sk_dec_push(d, SKP_AYIYA, hdr, 0))
        return false;
    if (!sk_dec_tunnel(d) || !carries) /* a heartbeat keeps the tunnel open */
        return sk_dec_end(d);
    return sk_dec_next(d, SK_BY_VERSION, 0);
}

const struct sk_decoder sk_dec_ayiya = {
    .label = "ayiya",
    /* draft-massar-v6ops-ayiya-02 */
    .decode = decode,
    .binds = {{SK_BY_UDP, 5072}},
};
