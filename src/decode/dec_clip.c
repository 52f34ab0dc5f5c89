/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Classical IP over ATM (LINKTYPE_ATM_CLIP, 106), RFC 2225: LLC/SNAP, or IP alone. It has no header of its own and
 * never stands in a stack.
 *
 *   | aa aa 03 00 00 00, EtherType; IP ..  or  IP .. |
 */
#include "decode/decoder.h"

enum { SNAP = 0xaa };

static bool decode(struct sk_dec *d) {
    if (d->cur.left == 0)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (sk_cur_peek(&d->cur, 0) == SNAP)
        return sk_dec_next(d, SK_BY_PROTO, SKP_LLC);
    return sk_dec_next(d, SK_BY_VERSION, 0);
}

const struct sk_decoder sk_dec_clip = {
    .label = "clip",
    /* RFC 2225 */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 106}},
};
