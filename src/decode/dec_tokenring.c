/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Token ring (LINKTYPE_IEEE802_5, 6), IEEE 802.5; IP by RFC 1042. Frames of the rings themselves end here.
 *
 *   +-----------+-----------+----------------+---------------------+------------------------------+
 *   | access, 1 | control, 1| destination, 6 | source, 6; high bit:| length, 5 bits; route, up to |
 *   |           |           |                | a route follows     | 30 bytes with this           |
 *   +-----------+-----------+----------------+---------------------+------------------------------+
 */
#include "decode/decoder.h"

enum { FIXED = 14, ROUTED = 0x80, ROUTE_LENGTH = 0x1f, LLC = 0x40, LLC_MASK = 0xc0 };

static bool macs(struct sk_cur header, uint32_t id, struct sk_mac *dst, struct sk_mac *src) {
    (void)id;
    sk_cur_skip(&header, 2);
    *dst = sk_cur_mac(&header);
    *src = sk_cur_mac(&header);
    src->b[0] &= (uint8_t)~ROUTED;
    return sk_cur_ok(&header);
}

static bool decode(struct sk_dec *d) {
    struct sk_mac dst, src;
    uint32_t hdr = FIXED;
    if (!macs(d->cur, 0, &dst, &src))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (sk_cur_peek(&d->cur, 8) & ROUTED) {
        if (d->cur.left == FIXED)
            return sk_dec_short(d, SK_AN_TRUNCATED);
        uint32_t route = sk_cur_peek(&d->cur, FIXED) & ROUTE_LENGTH;
        if (route < 2)
            return sk_dec_stop(d, SK_AN_LENGTH_FIELD);
        hdr += route;
    }
    if (hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    uint8_t control = sk_cur_peek(&d->cur, 1);
    if (!sk_dec_push(d, SKP_TOKENRING, hdr, control))
        return false;
    sk_dec_macs(d, &dst, &src);
    return (control & LLC_MASK) == LLC ? sk_dec_next(d, SK_BY_PROTO, SKP_LLC) : sk_dec_end(d);
}

const struct sk_decoder sk_dec_tokenring = {
    .label = "tr",
    /* IEEE 802.5, RFC 1042 */
    .decode = decode,
    .macs = macs,
    .binds = {{SK_BY_LINKTYPE, 6}},
};
