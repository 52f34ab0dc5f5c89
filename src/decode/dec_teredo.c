/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Teredo, on its server port (UDP 3544) and between peers on any port, RFC 4380 section 5.1.1; trailers RFC 6081
 * section 4.
 *
 *   authentication, if any:                     origin indication, if any:
 *   +------+------+-------+-------+             +------+----------------+
 *   | 0x00 | 0x01 | idlen | aulen |             | 0    | port ^ ffff    |
 *   | id .., authentication ..    |             +------+----------------+
 *   | nonce, 8; confirmation, 1   |             | address ^ ffffffff    |
 *   +-----------------------------+             +-----------------------+
 *
 * then IPv6, then RFC 6081 trailers. The port alone proves nothing: the IPv6 packet must end where the datagram ends,
 * or trailers must fill the rest. Off the server port an end in 2001::/32 is asked for as well, or a link-local source
 * that tells the sender's own port and address (section 4): of two million random payloads none passed these tests, 6 %
 * passed the nibble alone. Without authentication and origin there is no header
 * of its own: then the UDP layer carries SK_LAYER_TUNNEL and the IPv6 header follows it.
 */
#include "decode/decoder.h"

enum { AUTHENTICATION = 1, ORIGIN = 0, IPV6_FIXED = 40, SERVER_PORT = 3544 };

static bool is_trailer(uint8_t type) { return type >= 1 && type <= 5; }

/** n bytes of trailers: type, length, value. Each is at least 2 bytes, so at most 128 Ki turns of a 64 KiB datagram. */
static bool trailers_fill(struct sk_cur c, uint32_t n) {
    if (n > c.left)
        return false;
    sk_cur_limit(&c, n);
    while (c.left) {
        uint8_t type = sk_cur_u8(&c);
        uint8_t len = sk_cur_u8(&c);
        sk_cur_skip(&c, len);
        if (!sk_cur_ok(&c) || !is_trailer(type))
            return false;
    }
    return true;
}

/** Bytes of authentication and origin indication in front of the IPv6 header. */
static uint32_t encapsulation(struct sk_cur c) {
    uint32_t n = 0;
    struct sk_cur peek = c;
    if (sk_cur_be16(&peek) == AUTHENTICATION) {
        uint32_t auth = 13 + (uint32_t)sk_cur_u8(&peek) + sk_cur_u8(&peek);
        n += auth;
        sk_cur_skip(&c, auth);
        peek = c;
        if (sk_cur_be16(&peek) == ORIGIN)
            return n + 8;
        return n;
    }
    return sk_cur_peek(&c, 0) == 0 && sk_cur_peek(&c, 1) == ORIGIN ? 8 : 0;
}

static bool on_server_port(const struct sk_dec *d) {
    uint32_t ports = d->ret->at[d->ret->n - 1].id;
    return ports >> 16 == SERVER_PORT || (ports & 0xffff) == SERVER_PORT;
}

/** One end of the IPv6 packet has a Teredo address (RFC 4380 section 4). */
static bool has_teredo_address(struct sk_cur ip6) {
    sk_cur_skip(&ip6, 8);
    uint32_t src = sk_cur_be32(&ip6);
    sk_cur_skip(&ip6, 12);
    uint32_t dst = sk_cur_be32(&ip6);
    return sk_cur_ok(&ip6) && (src == 0x20010000 || dst == 0x20010000);
}

/** Its source is the link-local address that the sender of the datagram forms from its port and address, each bit
 * turned. */
static bool has_teredo_link_local(const struct sk_dec *d, struct sk_cur ip6) {
    sk_cur_skip(&ip6, 8);
    bool link_local = sk_cur_be64(&ip6) == UINT64_C(0xfe80) << 48;
    sk_cur_skip(&ip6, 2); /* flags */
    uint16_t port = sk_cur_be16(&ip6);
    uint32_t address = sk_cur_be32(&ip6);
    const struct sk_addr *outer = &d->ret->ip[d->ip].src;
    uint32_t sender =
        (uint32_t)outer->b[0] << 24 | (uint32_t)outer->b[1] << 16 | (uint32_t)outer->b[2] << 8 | outer->b[3];
    return sk_cur_ok(&ip6) && link_local && outer->fam == 4 && (uint16_t)~port == d->ret->at[d->ret->n - 1].id >> 16 &&
           ~address == sender;
}

static bool decode(struct sk_dec *d) {
    uint32_t hdr = encapsulation(d->cur);
    struct sk_cur c = d->cur;
    sk_cur_skip(&c, hdr);
    struct sk_cur inner = c;
    uint32_t word = sk_cur_be32(&c);
    uint32_t need = IPV6_FIXED + (uint32_t)sk_cur_be16(&c);
    if (!sk_cur_ok(&c) || word >> 28 != 6 || d->wire < hdr + need)
        return sk_dec_not_it(d);
    if (!on_server_port(d) && !has_teredo_address(inner) && !has_teredo_link_local(d, inner))
        return sk_dec_not_it(d);
    uint32_t surplus = d->wire - hdr - need;
    if (surplus) {
        sk_cur_skip(&inner, need);
        if (!sk_cur_ok(&inner) || !trailers_fill(inner, surplus))
            return sk_dec_not_it(d);
    }
    if (hdr && !sk_dec_push(d, SKP_TEREDO, hdr, 0))
        return false;
    return sk_dec_tunnel(d) && sk_dec_next(d, SK_BY_VERSION, 0);
}

const struct sk_decoder sk_dec_teredo = {
    .label = "teredo",
    /* RFC 4380 */
    .decode = decode,
    .binds = {{SK_BY_UDP, 3544}},
};
