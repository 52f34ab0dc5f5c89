/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Cisco HDLC (LINKTYPE_C_HDLC, 104), RFC 1547 section 4.3.1.
 *
 *   +---------+---------+-----------+
 *   | address | control | EtherType |
 *   +---------+---------+-----------+
 */
#include "decode/decoder.h"

enum { SLARP = 0x8035 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    sk_cur_skip(&c, 2);
    uint16_t type = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_CHDLC, 4, 0))
        return false;
    /* The number of RARP is the serial line's keepalive here. */
    return type == SLARP ? sk_dec_end(d) : sk_dec_next(d, SK_BY_ETHERTYPE, type);
}

const struct sk_decoder sk_dec_chdlc = {
    .label = "chdlc",
    /* RFC 1547 4.3.1 */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 104}},
};
