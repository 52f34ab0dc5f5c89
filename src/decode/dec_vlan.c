/* SPDX-License-Identifier: Apache-2.0 */
/**
 * VLAN tags: 802.1Q, 802.1ad and the older 0x9100 and 0x9200, IEEE 802.1Q clause 9.
 *
 *   0    3   4            16                  32
 *   +----+---+------------+-------------------+
 *   | PCP|DEI| VLAN id    | type or length    |
 *   +----+---+------------+-------------------+
 *
 * VID 0 is a priority tag: no VLAN. Two of them, or one before LLC/SNAP, pass by RA guard on some switches (VU#855201).
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint16_t tci = sk_cur_be16(&c);
    uint16_t type = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_VLAN, 4, tci))
        return false;
    sk_dec_vid(d, tci & 0xfff);
    if ((tci & 0xfff) == 0 && d->vid0++ > 0)
        sk_dec_anomaly(d, SK_AN_L2_STACKING);
    return sk_dec_type_or_length(d, type);
}

const struct sk_decoder sk_dec_vlan = {
    .label = "vlan",
    /* IEEE 802.1Q */
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0x8100},
              {SK_BY_ETHERTYPE, 0x88a8},
              {SK_BY_ETHERTYPE, 0x9100},
              {SK_BY_ETHERTYPE, 0x9200}},
};
