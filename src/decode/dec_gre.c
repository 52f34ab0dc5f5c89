/* SPDX-License-Identifier: Apache-2.0 */
/**
 * GRE, RFC 2784 and 2890; over IPv6 RFC 7676; version 1 is PPTP's, RFC 2637.
 *
 *   0 1 2 3            13   16                               31
 *   +-+-+-+-+-----------+---+--------------------------------+
 *   |C|R|K|S| 0         |ver| EtherType                      |
 *   +-+-+-+-+-----------+---+--------------------------------+
 *   | checksum, offset: if C or R   (R: source routes follow)|
 *   | key: if K                                              |
 *   | sequence number: if S                                  |
 *
 * Source routes (R) were withdrawn with RFC 1701: decoding stops there and says so.
 */
#include "decode/decoder.h"

enum { C = 0x8000, R = 0x4000, K = 0x2000, S = 0x1000, VERSION = 0x0007 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint16_t flags = sk_cur_be16(&c);
    uint16_t type = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TUNNEL_INNER);
    bool plain = (flags & VERSION) == 0 && !(flags & R);
    uint32_t hdr = plain ? 4 + (flags & C ? 4u : 0) + (flags & K ? 4u : 0) + (flags & S ? 4u : 0) : 4;
    if (hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_TUNNEL_INNER);
    if (flags & C)
        sk_cur_skip(&c, 4);
    uint32_t key = plain && (flags & K) ? sk_cur_be32(&c) : 0;
    if (!sk_dec_push(d, SKP_GRE, hdr, key))
        return false;
    if (!sk_dec_tunnel(d))
        return true;
    if (!plain) {
        sk_dec_stop(d, SK_AN_TUNNEL_INNER);
        return true;
    }
    return type == 0 ? sk_dec_end(d) : sk_dec_next(d, SK_BY_ETHERTYPE, type);
}

const struct sk_decoder sk_dec_gre = {
    .label = "gre",
    .spec = "RFC 2784",
    .decode = decode,
    .binds = {{SK_BY_IP4, 47}, {SK_BY_IP6, 47}},
};
