/* SPDX-License-Identifier: Apache-2.0 */
/**
 * ARCNET: RFC 1051 (a type alone), RFC 1201 (split flag and sequence number) and RFC 2497 (IPv6).
 *
 *   +---------+--------------+-----------+------+      +------------+-------------+
 *   | source  | destination  | offset, 2 | type |      | split flag | sequence, 2 |   RFC 1201 only
 *   +---------+--------------+-----------+------+      +------------+-------------+
 *                              Linux only: LINKTYPE_ARCNET_LINUX (129), not LINKTYPE_ARCNET_BSD (7)
 *
 * Split flag 255: type, flag and sequence come once more. Else 0: whole; odd: first part; even: a later part.
 */
#include "decode/decoder.h"

enum { BSD = 7, EXCEPTION = 0xff };
enum { OLD_IP4 = 240, OLD_ARP = 241, IP4 = 212, ARP = 213, RARP = 214, IP6 = 196 };

/** @return 0: not decoded */
static uint16_t ethertype_of(uint8_t type) {
    switch (type) {
    case OLD_IP4:
    case IP4:
        return 0x0800;
    case OLD_ARP:
    case ARP:
        return 0x0806;
    case RARP:
        return 0x8035;
    case IP6:
        return 0x86dd;
    default:
        return 0;
    }
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint32_t hdr = d->value == BSD ? 3 : 5;
    uint8_t flag = 0;
    sk_cur_skip(&c, hdr - 1);
    uint8_t type = sk_cur_u8(&c);
    uint16_t next = ethertype_of(type);
    if (next && type != OLD_IP4 && type != OLD_ARP) {
        flag = sk_cur_u8(&c);
        sk_cur_skip(&c, 2);
        hdr += 3;
        if (flag == EXCEPTION) {
            sk_cur_skip(&c, 1);
            flag = sk_cur_u8(&c);
            sk_cur_skip(&c, 2);
            hdr += 4;
        }
    }
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_ARCNET, hdr, type))
        return false;
    if (!next)
        sk_dec_anomaly(d, SK_AN_ETHERTYPE);
    if (flag)
        sk_dec_anomaly(d, SK_AN_LINK_FRAGMENT);
    return next && (flag == 0 || flag & 1) ? sk_dec_next(d, SK_BY_ETHERTYPE, next) : sk_dec_end(d);
}

const struct sk_decoder sk_dec_arcnet = {
    .label = "arcnet",
    /* RFC 1051, RFC 1201, RFC 2497 */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, BSD}, {SK_BY_LINKTYPE, 129}},
};
