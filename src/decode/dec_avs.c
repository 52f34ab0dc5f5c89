/* SPDX-License-Identifier: Apache-2.0 */
/**
 * AVS header of wireless drivers (LINKTYPE_IEEE802_11_AVS, 163), in front of an 802.11 frame.
 *
 *   +---------------------------+-----------+------------------------------+
 *   | version, 4: 80 21 1x xx   | length, 4 | what the receiver measured.. |
 *   +---------------------------+-----------+------------------------------+
 */
#include "decode/decoder.h"

enum { FIXED = 8 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint32_t version = sk_cur_be32(&c);
    uint32_t len = sk_cur_be32(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (version >> 12 != 0x80211 || len < FIXED)
        return sk_dec_stop(d, SK_AN_LINKTYPE);
    if (len > d->cur.left)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    return sk_dec_push(d, SKP_AVS, len, 0) && sk_dec_next(d, SK_BY_PROTO, SKP_WLAN);
}

const struct sk_decoder sk_dec_avs = {
    .label = "avs",
    /* LINKTYPE_IEEE802_11_AVS */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 163}},
};
