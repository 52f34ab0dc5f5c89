/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IPv6 fragment header, RFC 8200 section 4.5; atomic fragments RFC 6946.
 *
 *   0             8             16                           29  31
 *   +-------------+-------------+-----------------------------+--+-+
 *   | next header |  reserved   | offset in 8 bytes           |  |M|
 *   +-------------+-------------+-----------------------------+--+-+
 *   | identification                                               |
 *   +--------------------------------------------------------------+
 *
 * A first fragment is decoded on: what is in it is evidence. A later one stops here; its next header is not to be
 * trusted (RFC 8200 4.5).
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t next = sk_cur_u8(&c);
    sk_cur_skip(&c, 1);
    uint16_t field = sk_cur_be16(&c);
    uint32_t id = sk_cur_be32(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_IP_LENGTH);
    if (!sk_dec_ext(d, SKP_FRAGMENT, SK_EXT_FRAGMENT, SK_RANK_FRAGMENT, 8, next, id))
        return false;
    struct sk_ip *ip = &d->ret->ip[d->ip];
    ip->frag_off = field & 0xfff8;
    ip->more = field & 1;
    ip->frag_id = id;
    ip->fragment = ip->frag_off != 0 || ip->more;
    ip->atomic = !ip->fragment;
    return ip->frag_off ? sk_dec_end(d) : sk_dec_ext_next(d, next);
}

const struct sk_decoder sk_dec_fragment = {
    .label = "frag",
    /* RFC 8200 4.5 */
    .decode = decode,
    .binds = {{SK_BY_IP6, 44}},
};
