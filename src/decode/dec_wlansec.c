/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Encrypted body of an 802.11 frame, IEEE 802.11 clause 12: WEP, TKIP, CCMP, GCMP. Decoding ends.
 *
 *   0          24     30 32          64
 *   +----------+--+--+---+-----------+
 *   | IV or PN |0 |E |key| more of it|
 *   +----------+--+--+---+-----------+
 *                  E: 8 bytes, not 4
 */
#include "decode/decoder.h"

enum { EXTENDED = 0x20 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    sk_cur_skip(&c, 3);
    uint32_t hdr = sk_cur_u8(&c) & EXTENDED ? 8 : 4;
    if (!sk_cur_ok(&c) || hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    return sk_dec_push(d, SKP_WLANSEC, hdr, 0) && sk_dec_end(d);
}

const struct sk_decoder sk_dec_wlansec = {
    .label = "wsec",
    /* IEEE 802.11 */
    .decode = decode,
    .binds = {{SK_END, 0}},
};
