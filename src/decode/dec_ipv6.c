/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IPv6, RFC 8200 section 3.
 *
 *   0       4               12                               31
 *   +-------+---------------+---------------------------------+
 *   |   6   | traffic class | flow label                      |
 *   +-------+---------------+----+-------------+--------------+
 *   | payload length             | next header | hop limit    |
 *   +----------------------------+-------------+--------------+
 *   | source address, 16 bytes                                |
 *   | destination address, 16 bytes                           |
 *
 * Payload length 0 with something behind it is a jumbogram (RFC 2675) or segmentation offload: the frame's length
 * counts.
 */
#include "decode/decoder.h"

enum { FIXED = 40, NO_NEXT = 59 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    if (c.left < FIXED)
        return sk_dec_short(d, SK_AN_IP_HEADER);
    uint32_t word = sk_cur_be32(&c);
    uint32_t payload = sk_cur_be16(&c);
    uint8_t next = sk_cur_u8(&c);
    uint8_t hop_limit = sk_cur_u8(&c);
    struct sk_ip *ip = sk_dec_ip(d);
    if (!ip)
        return false;
    if (payload == 0 && next != NO_NEXT && d->wire > FIXED) {
        payload = d->wire - FIXED;
        sk_dec_anomaly(d, SK_AN_JUMBO);
    }
    sk_dec_bound(d, FIXED + payload, SK_AN_IP_LENGTH);
    ip->src = sk_cur_ip6(&c);
    ip->dst = sk_cur_ip6(&c);
    ip->proto = next;
    ip->hop_limit = hop_limit;
    ip->tclass = (uint8_t)(word >> 20);
    sk_dec_push(d, SKP_IPV6, FIXED, 0);
    ip->upper_off = d->off;
    ip->upper_len = (uint32_t)d->cur.left;
    ip->wire_upper_len = payload;
    return sk_dec_next(d, SK_BY_IP6, next);
}

const struct sk_decoder sk_dec_ipv6 = {
    .label = "ip6",
    /* RFC 8200 */
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0x86dd},
              {SK_BY_IP4, 41},
              {SK_BY_IP6, 41},
              {SK_BY_PPP, 0x57},
              {SK_BY_LINKTYPE, 229},
              {SK_BY_LINKTYPE, 12},
              {SK_BY_LINKTYPE, 14},
              {SK_BY_LINKTYPE, 101}},
};
