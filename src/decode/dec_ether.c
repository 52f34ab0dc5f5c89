/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Ethernet II and 802.3, IEEE 802.3 clause 3.
 *
 *   +----------------------+----------------------+----------------+
 *   | destination, 6 bytes | source, 6 bytes      | type or length |
 *   +----------------------+----------------------+----------------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    if (c.left < 14)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    struct sk_mac dst = sk_cur_mac(&c);
    struct sk_mac src = sk_cur_mac(&c);
    uint16_t type = sk_cur_be16(&c);
    if (!sk_dec_push(d, SKP_ETHER, 14, 0))
        return false;
    d->vid0 = 0;
    d->vlans = d->ret->n == 1;
    if (d->ret->n == 1) {
        d->ret->dst_mac = dst;
        d->ret->src_mac = src;
    }
    return sk_dec_type_or_length(d, type);
}

const struct sk_decoder sk_dec_ether = {
    .label = "eth",
    .spec = "IEEE 802.3",
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, SK_LINKTYPE_ETHERNET}, {SK_BY_ETHERTYPE, 0x6558}},
};
