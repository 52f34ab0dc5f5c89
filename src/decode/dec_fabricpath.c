/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Cisco FabricPath: a frame in a frame, with a tag behind the outer type (0x8903).
 *
 *   +--------------------+--------+
 *   | forwarding tag, 10 | TTL, 6 |
 *   +--------------------+--------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint16_t tag = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    return sk_dec_push(d, SKP_FABRICPATH, 2, tag >> 6) && sk_dec_next(d, SK_BY_PROTO, SKP_ETHER);
}

const struct sk_decoder sk_dec_fabricpath = {
    .label = "fabricpath",
    /* EtherType 0x8903 */
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0x8903}},
};
