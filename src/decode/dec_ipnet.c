/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Solaris IPNET (LINKTYPE_IPNET, 226): packets between zones of a host.
 *
 *   +------------+--------+----------+------------+--------------+----------+----------------+-------------+
 *   | version, 1 | family | hook, 2  | length, 4  | interface, 4 | group, 4 | source zone, 4 | to zone, 4  |
 *   +------------+--------+----------+------------+--------------+----------+----------------+-------------+
 */
#include "decode/decoder.h"

enum { HEADER = 24, VERSION = 1, FAMILY_IP4 = 2, FAMILY_IP6 = 26 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t version = sk_cur_u8(&c);
    uint8_t family = sk_cur_u8(&c);
    sk_cur_skip(&c, HEADER - 2);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (version != VERSION || (family != FAMILY_IP4 && family != FAMILY_IP6))
        return sk_dec_stop(d, SK_AN_LINKTYPE);
    return sk_dec_push(d, SKP_IPNET, HEADER, 0) &&
           sk_dec_next(d, SK_BY_ETHERTYPE, family == FAMILY_IP4 ? 0x0800 : 0x86dd);
}

const struct sk_decoder sk_dec_ipnet = {
    .label = "ipnet",
    /* LINKTYPE_IPNET */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 226}},
};
