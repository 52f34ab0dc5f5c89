/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Marvell's tag between a switch and its processor (LINKTYPE_DSA_TAG_DSA, 284; with an EtherType of its own: _EDSA,
 * 285), inside an Ethernet header.
 *
 *   +-----------------+------------+----------------+----------------------------------+----------------+
 *   | destination, 6  | source, 6  | type, 2; 0, 2  | mode, 2; T; port, 13; 4; VID, 12 | type or length |
 *   +-----------------+------------+----------------+----------------------------------+----------------+
 *                                    285 only
 *
 * T: the frame had a VLAN tag at the port; it is in this one now. Without T the VID is the port's own.
 */
#include "decode/decoder.h"

enum { EDSA = 285, HEADER = 18, MORE = 4, TAGGED = 0x20000000, VID = 0xfff };

static bool macs(struct sk_cur header, uint32_t id, struct sk_mac *dst, struct sk_mac *src) {
    (void)id;
    *dst = sk_cur_mac(&header);
    *src = sk_cur_mac(&header);
    return sk_cur_ok(&header);
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    bool edsa = d->value == EDSA;
    struct sk_mac dst = sk_cur_mac(&c);
    struct sk_mac src = sk_cur_mac(&c);
    if (edsa)
        sk_cur_skip(&c, MORE);
    uint32_t tag = sk_cur_be32(&c);
    uint16_t type = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_DSA, HEADER + (edsa ? MORE : 0), tag))
        return false;
    sk_dec_macs(d, &dst, &src);
    if (tag & TAGGED)
        sk_dec_vid(d, tag & VID);
    return sk_dec_type_or_length(d, type);
}

const struct sk_decoder sk_dec_dsa = {
    .label = "dsa",
    /* LINKTYPE_DSA_TAG_DSA */
    .decode = decode,
    .macs = macs,
    .binds = {{SK_BY_LINKTYPE, 284}, {SK_BY_LINKTYPE, EDSA}},
};
