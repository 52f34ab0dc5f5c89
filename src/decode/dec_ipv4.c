/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IPv4, RFC 791.
 *
 *   0       4       8              16  19                      31
 *   +-------+-------+---------------+---------------------------+
 *   |   4   | len/4 | class         | total length              |
 *   +-------+-------+---------------+--+------------------------+
 *   | identification                | 0DM| offset in 8 bytes    |
 *   +---------------+---------------+----+----------------------+
 *   | time to live  | protocol      | header checksum           |
 *   +---------------+---------------+---------------------------+
 *   | source address                                            |
 *   | destination address                                       |
 *   | options ..                                                |
 *
 * The header checksum is not computed here (sk_checksum_ip4): a wrong one does not stop the decoding.
 */
#include "decode/decoder.h"

enum { FIXED = 20 };

/** The declared length of the packet; what no packet can have is named and replaced. */
static uint32_t total_length(struct sk_dec *d, uint32_t hdr, uint32_t total) {
    if (total >= hdr)
        return total;
    if (total == 0) {
        sk_dec_anomaly(d, SK_AN_JUMBO); /* segmentation offload on the sending host */
        return d->wire > hdr ? d->wire : hdr;
    }
    sk_dec_anomaly(d, SK_AN_IP_LENGTH);
    return hdr;
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    if (c.left < FIXED)
        return sk_dec_short(d, SK_AN_IP_HEADER);
    uint32_t hdr = 4 * (uint32_t)(sk_cur_u8(&c) & 15);
    uint8_t tclass = sk_cur_u8(&c);
    uint32_t total = sk_cur_be16(&c);
    uint16_t id = sk_cur_be16(&c);
    uint16_t frag = sk_cur_be16(&c);
    uint8_t ttl = sk_cur_u8(&c);
    uint8_t proto = sk_cur_u8(&c);
    sk_cur_skip(&c, 2);
    if (hdr < FIXED)
        return sk_dec_stop(d, SK_AN_IP_HEADER);
    struct sk_ip *ip = sk_dec_ip(d);
    if (!ip)
        return false;
    total = total_length(d, hdr, total);
    sk_dec_bound(d, total, SK_AN_IP_LENGTH);
    uint32_t have = hdr < d->cur.left ? hdr : (uint32_t)d->cur.left;
    ip->src = sk_cur_ip4(&c);
    ip->dst = sk_cur_ip4(&c);
    ip->proto = proto;
    ip->hop_limit = ttl;
    ip->tclass = tclass;
    ip->more = frag & 0x2000;
    ip->frag_off = (uint16_t)((frag & 0x1fff) << 3);
    ip->frag_id = id;
    ip->fragment = frag & 0x3fff;
    sk_dec_push(d, SKP_IPV4, have, 0);
    ip->upper_off = d->off;
    ip->upper_len = (uint32_t)d->cur.left;
    ip->wire_upper_len = total - hdr;
    if (have < hdr)
        return sk_dec_end(d);
    return ip->frag_off ? sk_dec_end(d) : sk_dec_next(d, SK_BY_IP4, proto);
}

const struct sk_decoder sk_dec_ipv4 = {
    .label = "ip4",
    /* RFC 791 */
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0x0800}, {SK_BY_IP4, 4}, {SK_BY_IP6, 4}, {SK_BY_PPP, 0x21}, {SK_BY_LINKTYPE, 228}},
};
