/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IP encapsulating security payload, RFC 4303: encrypted from here on, decoding ends.
 *
 *   +---------------------------+
 *   | security parameters index |
 *   | sequence number           |
 *   +---------------------------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint32_t spi = sk_cur_be32(&c);
    sk_cur_skip(&c, 4);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_IP_LENGTH);
    /* 50 stays the protocol of the packet: what ESP hides is not known. */
    return sk_dec_ext(d, SKP_ESP, SK_EXT_ESP, SK_RANK_ESP, 8, 50, spi) && sk_dec_end(d);
}

const struct sk_decoder sk_dec_esp = {
    .label = "esp",
    /* RFC 4303 */
    .decode = decode,
    .binds = {{SK_BY_IP4, 50}, {SK_BY_IP6, 50}},
};
