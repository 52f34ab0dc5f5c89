/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Prism monitor header (LINKTYPE_IEEE802_11_PRISM, 119), in front of an 802.11 frame; in the byte order of the machine
 * that captured. Some drivers write the AVS header under the same number.
 *
 *   +--------------+-----------+------------------+--------------------------+
 *   | code, 4: 44  | length, 4 | device name, 16  | ten measurements, 12 each|
 *   +--------------+-----------+------------------+--------------------------+
 */
#include "decode/decoder.h"

enum { FIXED = 24, LONGEST = 4096 };

static bool decode(struct sk_dec *d) {
    struct sk_cur big = d->cur;
    struct sk_cur little = d->cur;
    uint32_t code = sk_cur_be32(&big);
    uint32_t len = sk_cur_be32(&big);
    if (!sk_cur_ok(&big))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (code >> 12 == 0x80211)
        return sk_dec_avs.decode(d);
    if (len > LONGEST) {
        sk_cur_skip(&little, 4);
        len = sk_cur_le32(&little);
    }
    if (len < FIXED || len > LONGEST)
        return sk_dec_stop(d, SK_AN_LINKTYPE);
    if (len > d->cur.left)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    return sk_dec_push(d, SKP_PRISM, len, 0) && sk_dec_next(d, SK_BY_PROTO, SKP_WLAN);
}

const struct sk_decoder sk_dec_prism = {
    .label = "prism",
    /* LINKTYPE_IEEE802_11_PRISM */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 119}},
};
