/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Broadcom's tag between a switch and its processor: inside an Ethernet header (LINKTYPE_DSA_TAG_BRCM, 281) or in front
 * of it (_BRCM_PREPEND, 282).
 *
 *   281  +-----------------+------------+--------+----------------+     282  +--------+
 *        | destination, 6  | source, 6  | tag, 4 | type or length |          | tag, 4 |  Ethernet ..
 *        +-----------------+------------+--------+----------------+          +--------+
 */
#include "decode/decoder.h"

enum { PREPENDED = 282, TAG = 4, HEADER = 18 };

/** The tag in front has no addresses; both forms differ in length, which id tells. */
static bool macs(struct sk_cur header, uint32_t id, struct sk_mac *dst, struct sk_mac *src) {
    if (id == PREPENDED)
        return false;
    *dst = sk_cur_mac(&header);
    *src = sk_cur_mac(&header);
    return sk_cur_ok(&header);
}

static bool decode(struct sk_dec *d) {
    uint16_t form = d->value;
    struct sk_cur c = d->cur;
    struct sk_mac dst, src;
    if (form == PREPENDED) {
        if (c.left < TAG)
            return sk_dec_short(d, SK_AN_TRUNCATED);
        return sk_dec_push(d, SKP_BRCM, TAG, form) && sk_dec_next(d, SK_BY_PROTO, SKP_ETHER);
    }
    (void)macs(c, form, &dst, &src);
    sk_cur_skip(&c, HEADER - 2);
    uint16_t type = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_BRCM, HEADER, form))
        return false;
    sk_dec_macs(d, &dst, &src);
    return sk_dec_type_or_length(d, type);
}

const struct sk_decoder sk_dec_brcm = {
    .label = "brcm",
    /* LINKTYPE_DSA_TAG_BRCM */
    .decode = decode,
    .macs = macs,
    .binds = {{SK_BY_LINKTYPE, 281}, {SK_BY_LINKTYPE, PREPENDED}},
};
