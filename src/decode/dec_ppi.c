/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Per-packet information (LINKTYPE_PPI, 192): measurements, and then a frame of the link type that it names.
 *
 *   +------------+-------+-----------+--------------+--------------------------------------+
 *   | version, 0 | flags | length, 2 | link type, 4 | fields: type, 2; length, 2; value .. |
 *   +------------+-------+-----------+--------------+--------------------------------------+
 *
 * All little endian. The field 2 (802.11 common) says whether a check sequence ends the frame, and whether it is wrong.
 */
#include "decode/decoder.h"

enum { FIXED = 8, ALIGNED = 1, COMMON = 2, COMMON_FCS = 1, COMMON_BAD = 4, FCS = 4, FIELDS_MAX = 64 };

/** Flags of 802.11 common, behind the 8 bytes of the clock; 0 if there are none. */
static uint16_t read_common(struct sk_cur fields, bool aligned) {
    for (unsigned i = 0; i < FIELDS_MAX && fields.left >= 4; i++) {
        uint16_t type = sk_cur_le16(&fields);
        uint32_t len = sk_cur_le16(&fields);
        struct sk_cur value = sk_cur_sub(&fields, len);
        if (type == COMMON) {
            sk_cur_skip(&value, 8);
            return sk_cur_le16(&value);
        }
        if (aligned)
            sk_cur_skip(&fields, (4 - len % 4) % 4);
    }
    return 0;
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t version = sk_cur_u8(&c);
    uint8_t flags = sk_cur_u8(&c);
    uint32_t len = sk_cur_le16(&c);
    uint32_t linktype = sk_cur_le32(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (version != 0 || len < FIXED || linktype > UINT16_MAX)
        return sk_dec_stop(d, SK_AN_LINKTYPE);
    if (len > d->cur.left)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    sk_cur_limit(&c, len - FIXED);
    uint16_t common = read_common(c, flags & ALIGNED);
    if (!sk_dec_push(d, SKP_PPI, len, linktype))
        return false;
    if (common & COMMON_FCS)
        sk_dec_trim(d, FCS);
    if (common & COMMON_BAD) {
        sk_dec_anomaly(d, SK_AN_FRAME_CHECK);
        return sk_dec_end(d);
    }
    return sk_dec_next(d, SK_BY_LINKTYPE, (uint16_t)linktype);
}

const struct sk_decoder sk_dec_ppi = {
    .label = "ppi",
    /* LINKTYPE_PPI */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 192}},
};
