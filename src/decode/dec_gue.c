/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Generic UDP encapsulation, variant 0, draft-ietf-intarea-gue-09 section 3. Variant 1 is IP at once (dec_fou.c).
 *
 *   0   2 3       8             16                      31
 *   +---+-+-------+-------------+------------------------+
 *   | 0 |C| len/4 | protocol    | flags                  |
 *   +---+-+-------+-------------+------------------------+
 *   | optional fields ..                                 |
 *
 * C is control: what follows is no packet. Any datagram to the port may look like this, so the IP packet inside must
 * end where the datagram ends.
 */
#include "decode/guess.h"

enum { C = 0x20, LENGTH = 0x1f, IP4 = 4, IP6 = 41 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t first = sk_cur_u8(&c);
    uint8_t proto = sk_cur_u8(&c);
    uint32_t hdr = 4 + 4 * (uint32_t)(first & LENGTH);
    sk_cur_skip(&c, hdr - 2);
    bool ip = proto == IP4 || proto == IP6;
    if (!sk_cur_ok(&c) || first >> 6 != 0 || first & C || !ip || hdr >= d->wire)
        return sk_dec_not_it(d);
    if (!sk_guess_ip(c, d->wire - hdr, false))
        return sk_dec_not_it(d);
    if (!sk_dec_push(d, SKP_GUE, hdr, 0))
        return false;
    return !sk_dec_tunnel(d) || sk_dec_next(d, SK_BY_VERSION, 0);
}

const struct sk_decoder sk_dec_gue = {
    .label = "gue",
    /* draft-ietf-intarea-gue */
    .decode = decode,
    .binds = {{SK_BY_UDP, 6080}},
};
