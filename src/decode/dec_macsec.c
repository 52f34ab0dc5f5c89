/* SPDX-License-Identifier: Apache-2.0 */
/**
 * MACsec, IEEE 802.1AE clause 9: encrypted unless neither E nor C is set; then the EtherType behind the tag is
 * followed.
 *
 *   0 1  2  3   4 5   6  8            16                48
 *   +-+--+--+---+-+---+--+------------+-----------------+-----------------------+
 *   |V|ES|SC|SCB|E| C |AN| short len  | packet number   | SC identifier, if SC  |
 *   +-+--+--+---+-+---+--+------------+-----------------+-----------------------+
 */
#include "decode/decoder.h"

enum { SC = 0x20, E = 0x08, C = 0x04 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t tci = sk_cur_u8(&c);
    sk_cur_skip(&c, tci & SC ? 13 : 5);
    uint16_t type = tci & (E | C) ? 0 : sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    uint32_t hdr = (tci & SC ? 14u : 6u) + (tci & (E | C) ? 0u : 2u);
    if (!sk_dec_push(d, SKP_MACSEC, hdr, 0))
        return false;
    return tci & (E | C) ? sk_dec_end(d) : sk_dec_type_or_length(d, type);
}

const struct sk_decoder sk_dec_macsec = {
    .label = "macsec",
    /* IEEE 802.1AE */
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0x88e5}},
};
