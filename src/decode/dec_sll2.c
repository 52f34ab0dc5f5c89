/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Linux cooked capture, second version (LINKTYPE_LINUX_SLL2, 276).
 *
 *   +----------+----------+--------------+-------------+-------------+----------------+------------+
 *   | protocol | reserved | interface, 4 | ARPHRD type | packet type | address length | address, 8 |
 *   +----------+----------+--------------+-------------+-------------+----------------+------------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint16_t proto = sk_cur_be16(&c);
    sk_cur_skip(&c, 9);
    uint8_t addr_len = sk_cur_u8(&c);
    struct sk_mac src = sk_cur_mac(&c);
    sk_cur_skip(&c, 2);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_SLL2, 20, 0))
        return false;
    static const struct sk_mac none;
    if (addr_len == 6)
        sk_dec_macs(d, &none, &src);
    return proto == 4 ? sk_dec_next(d, SK_BY_PROTO, SKP_LLC) : sk_dec_next(d, SK_BY_ETHERTYPE, proto);
}

const struct sk_decoder sk_dec_sll2 = {
    .label = "sll",
    /* LINKTYPE_LINUX_SLL2 */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 276}},
};
