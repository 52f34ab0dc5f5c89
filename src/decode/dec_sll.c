/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Linux cooked capture (LINKTYPE_LINUX_SLL, 113): what `-i any` gives instead of Ethernet.
 *
 *   +-------------+--------------+----------------+------------+----------+
 *   | packet type | ARPHRD type  | address length | address, 8 | protocol |
 *   +-------------+--------------+----------------+------------+----------+
 *
 * The address is the sender's. Protocol 4 is an LLC frame, 1 raw 802.3; all else EtherTypes.
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    sk_cur_skip(&c, 4);
    uint16_t addr_len = sk_cur_be16(&c);
    struct sk_mac src = sk_cur_mac(&c);
    sk_cur_skip(&c, 2);
    uint16_t proto = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_SLL, 16, 0))
        return false;
    static const struct sk_mac none;
    if (addr_len == 6)
        sk_dec_macs(d, &none, &src);
    return proto == 4 ? sk_dec_next(d, SK_BY_PROTO, SKP_LLC) : sk_dec_next(d, SK_BY_ETHERTYPE, proto);
}

const struct sk_decoder sk_dec_sll = {
    .label = "sll",
    /* LINKTYPE_LINUX_SLL */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 113}},
};
