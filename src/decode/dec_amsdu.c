/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A-MSDU, IEEE 802.11 clause 9.3.2.2: several frames in one, each with this header and padded to four bytes. The first
 * is decoded; that there are more is named.
 *
 *   +----------------------+----------------------+-----------+-----------+
 *   | destination, 6 bytes | source, 6 bytes      | length, 2 | LLC ..    |
 *   +----------------------+----------------------+-----------+-----------+
 */
#include "decode/decoder.h"

enum { HEADER = 14 };

static bool macs(struct sk_cur header, uint32_t id, struct sk_mac *dst, struct sk_mac *src) {
    (void)id;
    *dst = sk_cur_mac(&header);
    *src = sk_cur_mac(&header);
    return sk_cur_ok(&header);
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    struct sk_mac dst = sk_cur_mac(&c);
    struct sk_mac src = sk_cur_mac(&c);
    uint32_t len = HEADER + (uint32_t)sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (((len + 3) & ~3u) + HEADER <= d->wire)
        sk_dec_anomaly(d, SK_AN_AGGREGATE);
    sk_dec_bound(d, len, SK_AN_LENGTH_FIELD);
    if (!sk_dec_push(d, SKP_AMSDU, HEADER, 0))
        return false;
    sk_dec_macs(d, &dst, &src);
    return d->wire ? sk_dec_next(d, SK_BY_PROTO, SKP_LLC) : sk_dec_end(d);
}

const struct sk_decoder sk_dec_amsdu = {
    .label = "amsdu",
    /* IEEE 802.11 */
    .decode = decode,
    .macs = macs,
    .binds = {{SK_END, 0}},
};
