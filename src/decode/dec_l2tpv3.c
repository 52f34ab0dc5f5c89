/* SPDX-License-Identifier: Apache-2.0 */
/**
 * L2TP version 3, RFC 3931: frames in IP (protocol 115, section 4.1.1) or UDP (port 1701, section 4.1.2).
 *
 *   in UDP:  +-+-------------+------+-------------------+   control, behind session id 0 in IP:
 *            |T| reserved    | 3    | reserved          |   +-+-+-+-+--------+------+--------------+
 *            +-+-------------+------+-------------------+   |T|L| |S| 0      | 3    | length       |
 *   both:    | session id                               |   +-+-+-+-+--------+------+--------------+
 *            | cookie, 0, 4 or 8 bytes                  |   | control connection id                |
 *            | sublayer, 0 or 4 bytes                   |   | Ns                    | Nr           |
 *
 * How long the cookie is, whether there is a sublayer and what is carried was agreed upon in the control connection,
 * which may be old. So every way is tried with tests that chance does not pass (guess.h): Ethernet (RFC 4719), PPP,
 * HDLC (RFC 4349), IP. If none fits, the tunnel is told of and its inside is not.
 */
#include "decode/guess.h"

enum { T = 0x8000, L = 0x4000, S = 0x0800, VERSION = 0x000f, CONTROL = 12, LONGEST = 12, LINK = 14 + 4 * SK_VLANS_MAX };
enum { LCP = 0xc021, IPCP = 0x8021, IPV6CP = 0x8057, LCP_CODES = 15 };

/** Code, identifier and a length that ends where the frame ends (RFC 1661 5). */
static bool is_negotiation(struct sk_cur c, uint32_t wire) {
    uint8_t code = sk_cur_u8(&c);
    sk_cur_skip(&c, 1);
    return code >= 1 && code <= LCP_CODES && sk_cur_be16(&c) == wire && sk_cur_ok(&c);
}

static bool is_ppp(struct sk_cur c, uint32_t wire) {
    uint16_t proto = sk_cur_be16(&c);
    uint32_t hdr = 2;
    if (proto == 0xff03) {
        proto = sk_cur_be16(&c);
        hdr = 4;
    }
    if (!sk_cur_ok(&c) || wire < hdr)
        return false;
    if (proto == LCP || proto == IPCP || proto == IPV6CP)
        return is_negotiation(c, wire - hdr);
    return (proto == 0x0021 || proto == 0x0057) && sk_guess_ip(c, wire - hdr, false);
}

static bool is_hdlc(struct sk_cur c, uint32_t wire) {
    uint16_t address = sk_cur_be16(&c);
    uint16_t type = sk_cur_be16(&c);
    bool ip = type == 0x0800 || type == 0x86dd;
    return sk_cur_ok(&c) && wire >= 4 && (address == 0x0f00 || address == 0x8f00) && ip &&
           sk_guess_ip(c, wire - 4, false);
}

static uint8_t carried(struct sk_cur c, uint32_t wire) {
    if (sk_guess_ethernet(c, wire))
        return SKP_ETHER;
    if (is_ppp(c, wire))
        return SKP_PPP;
    if (is_hdlc(c, wire))
        return SKP_CHDLC;
    return sk_guess_ip(c, wire, false) ? SKP_IPV4 : SKP_NONE;
}

/** Cookie and sublayer in front of what is carried; *ret SKP_NONE: not known. c: what is behind the session id. */
static uint32_t in_front(struct sk_cur c, uint32_t wire, uint8_t *ret) {
    *ret = SKP_NONE;
    uint32_t decide = LONGEST + LINK + SK_GUESS_IP_BYTES;
    if (c.left < wire && c.left < decide)
        return 0;
    for (uint32_t n = 0; n <= LONGEST && n < wire; n += 4) {
        *ret = carried(c, wire - n);
        if (*ret)
            return n;
        sk_cur_skip(&c, 4);
    }
    return 0;
}

static bool data(struct sk_dec *d, uint32_t hdr, uint32_t session, struct sk_cur c) {
    uint8_t inside;
    hdr += in_front(c, d->wire - hdr, &inside);
    if (!sk_dec_push(d, SKP_L2TPV3, hdr, session))
        return false;
    if (!sk_dec_tunnel(d) || inside == SKP_NONE)
        return sk_dec_end(d);
    return inside == SKP_IPV4 ? sk_dec_next(d, SK_BY_VERSION, 0) : sk_dec_next(d, SK_BY_PROTO, inside);
}

/** The control header at c, hdr bytes in front of it; its id is the control connection's. */
static bool control(struct sk_dec *d, uint32_t hdr, struct sk_cur c) {
    uint16_t flags = sk_cur_be16(&c);
    uint32_t len = sk_cur_be16(&c);
    uint32_t connection = sk_cur_be32(&c);
    sk_cur_skip(&c, 4);
    bool bits = (flags & (T | L | S | VERSION)) == (T | L | S | 3);
    if (!sk_cur_ok(&c) || !bits || len < CONTROL || hdr + len > d->wire)
        return sk_dec_not_it(d);
    sk_dec_bound(d, hdr + len, SK_AN_TUNNEL_INNER);
    return sk_dec_push(d, SKP_L2TPV3, hdr + CONTROL, connection) && sk_dec_end(d);
}

static bool in_udp(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint32_t word = sk_cur_be32(&c);
    if (word >> 16 & T)
        return control(d, 0, d->cur);
    uint32_t session = sk_cur_be32(&c);
    /* A port proves little: reserved bits, ignored on receipt, are asked to be 0. */
    if (!sk_cur_ok(&c) || word != 3u << 16 || session == 0)
        return sk_dec_not_it(d);
    return data(d, 8, session, c);
}

static bool decode(struct sk_dec *d) {
    if (d->space == SK_BY_UDP)
        return in_udp(d);
    struct sk_cur c = d->cur;
    uint32_t session = sk_cur_be32(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TUNNEL_INNER);
    return session ? data(d, 4, session, c) : control(d, 4, c);
}

const struct sk_decoder sk_dec_l2tpv3 = {
    .label = "l2tpv3",
    /* RFC 3931 */
    .decode = decode,
    .binds = {{SK_BY_IP4, 115}, {SK_BY_IP6, 115}},
};
