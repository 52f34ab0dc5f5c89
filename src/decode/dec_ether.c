/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Ethernet II and 802.3, IEEE 802.3 clause 3.
 *
 *   +----------------------+----------------------+----------------+
 *   | destination, 6 bytes | source, 6 bytes      | type or length |
 *   +----------------------+----------------------+----------------+
 */
#include "decode/decoder.h"

static bool macs(struct sk_cur header, uint32_t id, struct sk_mac *dst, struct sk_mac *src) {
    (void)id;
    *dst = sk_cur_mac(&header);
    *src = sk_cur_mac(&header);
    return sk_cur_ok(&header);
}

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
    d->vlans = d->link;
    sk_dec_macs(d, &dst, &src);
    return sk_dec_type_or_length(d, type);
}

const struct sk_decoder sk_dec_ether = {
    .label = "eth",
    /* IEEE 802.3 */
    .decode = decode,
    .macs = macs,
    .binds = {{SK_BY_LINKTYPE, SK_LINKTYPE_ETHERNET}, {SK_BY_ETHERTYPE, 0x6558}},
};
