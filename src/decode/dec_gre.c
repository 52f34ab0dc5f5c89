/* SPDX-License-Identifier: Apache-2.0 */
/**
 * GRE, RFC 2784 and 2890; over IPv6 RFC 7676; version 1 is PPTP's, RFC 2637.
 *
 *   0 1 2 3            13   16                               31
 *   +-+-+-+-+-----------+---+--------------------------------+
 *   |C|R|K|S| 0         |ver| EtherType                      |
 *   +-+-+-+-+-----------+---+--------------------------------+
 *   | checksum, offset: if C or R   (R: source routes follow)|
 *   | key: if K (version 1: payload length, call id)         |
 *   | sequence number: if S; version 1: acknowledgment if A  |
 *
 * In UDP, RFC 8086: port 4754, where any datagram may come; what is carried must be known and no reserved bit be set.
 *
 * Source routes (R) were withdrawn with RFC 1701: decoding stops there and says so.
 */
#include "decode/guess.h"

enum { C = 0x8000, R = 0x4000, K = 0x2000, S = 0x1000, A = 0x0080, VERSION = 0x0007, ERSPAN = 0x88be, PPP = 0x880b };

/** Version 1 has a key of payload length and call id, and an acknowledgment number if A. */
static bool pptp(struct sk_dec *d, uint16_t flags, struct sk_cur c) {
    uint32_t key = sk_cur_be32(&c);
    uint32_t hdr = 8 + (flags & S ? 4u : 0) + (flags & A ? 4u : 0);
    if (!sk_cur_ok(&c) || hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_TUNNEL_INNER);
    if (!sk_dec_push(d, SKP_GRE, hdr, key))
        return false;
    if (!sk_dec_tunnel(d) || d->wire == 0) /* an acknowledgment alone carries nothing */
        return sk_dec_end(d);
    return sk_dec_next(d, SK_BY_PROTO, SKP_PPP);
}

/** In UDP, hdr bytes of header: what is carried is what the type says. */
static bool holds_in_udp(const struct sk_dec *d, uint16_t flags, uint16_t type, uint32_t hdr) {
    struct sk_cur c = d->cur;
    sk_cur_skip(&c, hdr);
    if (!sk_cur_ok(&c) || flags & ~(C | K | S) || hdr >= d->wire)
        return false;
    if (type == 0x0800 || type == 0x86dd)
        return sk_guess_ip(c, d->wire - hdr, false);
    return type == 0x6558 ? sk_guess_ethernet_type(c, d->wire - hdr) : sk_decoder_of(SK_BY_ETHERTYPE, type) != SKP_NONE;
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint16_t flags = sk_cur_be16(&c);
    uint16_t type = sk_cur_be16(&c);
    bool udp = d->space == SK_BY_UDP;
    if (!sk_cur_ok(&c))
        return udp ? sk_dec_not_it(d) : sk_dec_short(d, SK_AN_TUNNEL_INNER);
    if (!udp && (flags & VERSION) == 1 && (flags & K) && type == PPP)
        return pptp(d, flags, c);
    bool plain = (flags & VERSION) == 0 && !(flags & R);
    uint32_t hdr = plain ? 4 + (flags & C ? 4u : 0) + (flags & K ? 4u : 0) + (flags & S ? 4u : 0) : 4;
    if (udp && !holds_in_udp(d, flags, type, hdr))
        return sk_dec_not_it(d);
    if (hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_TUNNEL_INNER);
    if (flags & C)
        sk_cur_skip(&c, 4);
    uint32_t key = plain && (flags & K) ? sk_cur_be32(&c) : 0;
    struct sk_layer *layer = sk_dec_push(d, SKP_GRE, hdr, key);
    if (!layer)
        return false;
    bool mirror = type == ERSPAN && !(flags & S);
    if (mirror)
        layer->flags |= SK_LAYER_MIRROR;
    if (!sk_dec_tunnel(d))
        return true;
    if (!plain) {
        sk_dec_stop(d, SK_AN_TUNNEL_INNER);
        return true;
    }
    if (mirror) /* type I: the mirrored frame follows at once */
        return sk_dec_next(d, SK_BY_PROTO, SKP_ETHER);
    return type == 0 ? sk_dec_end(d) : sk_dec_next(d, SK_BY_ETHERTYPE, type);
}

const struct sk_decoder sk_dec_gre = {
    .label = "gre",
    /* RFC 2784 */
    .decode = decode,
    .binds = {{SK_BY_IP4, 47}, {SK_BY_IP6, 47}, {SK_BY_UDP, 4754}},
};
