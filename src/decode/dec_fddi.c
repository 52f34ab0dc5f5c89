/* SPDX-License-Identifier: Apache-2.0 */
/**
 * FDDI (LINKTYPE_FDDI, 10), ISO 9314-2; IP by RFC 1390. Frames of station management and tokens end here.
 *
 *   +------------------+----------------------+----------------------+
 *   | frame control, 1 | destination, 6 bytes | source, 6 bytes      |
 *   +------------------+----------------------+----------------------+
 */
#include "decode/decoder.h"

enum { HEADER = 13, LLC = 0x50, LLC_MASK = 0x70 };

static bool macs(struct sk_cur header, uint32_t id, struct sk_mac *dst, struct sk_mac *src) {
    (void)id;
    sk_cur_skip(&header, 1);
    *dst = sk_cur_mac(&header);
    *src = sk_cur_mac(&header);
    return sk_cur_ok(&header);
}

static bool decode(struct sk_dec *d) {
    struct sk_mac dst, src;
    if (!macs(d->cur, 0, &dst, &src))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    uint8_t control = sk_cur_peek(&d->cur, 0);
    if (!sk_dec_push(d, SKP_FDDI, HEADER, control))
        return false;
    sk_dec_macs(d, &dst, &src);
    return (control & LLC_MASK) == LLC ? sk_dec_next(d, SK_BY_PROTO, SKP_LLC) : sk_dec_end(d);
}

const struct sk_decoder sk_dec_fddi = {
    .label = "fddi",
    /* ISO 9314-2, RFC 1390 */
    .decode = decode,
    .macs = macs,
    .binds = {{SK_BY_LINKTYPE, 10}},
};
