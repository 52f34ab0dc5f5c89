/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Radiotap (LINKTYPE_IEEE802_11_RADIOTAP, 127): what a receiver knows of an 802.11 frame, in front of it.
 *
 *   +------------+-----+-----------+---------------------------+------------------------------------+
 *   | version, 0 | pad | length, 2 | present, 4; the highest   | fields in the order of the bits,   |
 *   |            |     | (little)  | bit: one more word        | each aligned to its size           |
 *   +------------+-----+-----------+---------------------------+------------------------------------+
 *
 * Only the field of flags (bit 1) matters here: padding behind the 802.11 header, a check sequence at the end, and that
 * this sequence is wrong: such a frame is noise that no station takes.
 */
#include "decode/decoder.h"

enum { FIXED = 8, TSFT = 1, FLAGS = 2, FLAG_FCS = 0x10, FLAG_BAD = 0x40, FCS = 4 };
static const uint32_t more_words = 0x80000000;

/** The field of flags, 0 if there is none. */
static uint8_t read_flags(struct sk_cur c, uint32_t len) {
    uint32_t at = FIXED;
    sk_cur_limit(&c, len);
    sk_cur_skip(&c, 4);
    uint32_t present = sk_cur_le32(&c);
    for (uint32_t word = present; word & more_words && sk_cur_ok(&c); at += 4)
        word = sk_cur_le32(&c);
    if (!(present & FLAGS))
        return 0;
    if (present & TSFT)
        sk_cur_skip(&c, (8 - at % 8) % 8 + 8);
    return sk_cur_u8(&c);
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t version = sk_cur_u8(&c);
    sk_cur_skip(&c, 1);
    uint32_t len = sk_cur_le16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (version != 0 || len < FIXED)
        return sk_dec_stop(d, SK_AN_LINKTYPE);
    if (len > d->cur.left)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    uint8_t flags = read_flags(d->cur, len);
    if (!sk_dec_push(d, SKP_RADIOTAP, len, flags))
        return false;
    if (flags & FLAG_FCS)
        sk_dec_trim(d, FCS);
    if (flags & FLAG_BAD) {
        sk_dec_anomaly(d, SK_AN_FRAME_CHECK);
        return sk_dec_end(d);
    }
    return sk_dec_next(d, SK_BY_PROTO, SKP_WLAN);
}

const struct sk_decoder sk_dec_radiotap = {
    .label = "radiotap",
    /* LINKTYPE_IEEE802_11_RADIOTAP */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 127}},
};
