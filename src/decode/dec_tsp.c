/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Tunnel Setup Protocol and what it sets up through NAT, RFC 5572: UDP port 3653 carries IPv6 packets as they are
 * (first nibble 6, section 5.4), and signalling behind a header of its own (first nibble 15, section 4.4.1).
 *
 *   +------+-------------------------------+
 *   | 0xf  | sequence number, 28           |
 *   +------+-------------------------------+
 *   | timestamp                            |
 *   +--------------------------------------+
 *   | VERSION=2.0.0, AUTHENTICATE, 200, Content-length: and XML ..
 *
 * The port alone proves nothing: an IPv6 packet must end where the datagram ends, signalling must begin with one of its
 * words. TSP in TCP is the observer's.
 */
#include "decode/decoder.h"

enum { HEADER = 8, IP6_FIXED = 40, LONGEST_WORD = 15 };

static bool begins(struct sk_cur c, const char *word, size_t n) {
    const uint8_t *b = sk_cur_take(&c, n);
    return b && memcmp(b, word, n) == 0;
}

static bool is_digit(uint8_t b) { return b >= '0' && b <= '9'; }

/** "200 Success": a status of three digits. */
static bool is_status(const struct sk_cur *c) {
    return c->left >= 4 && is_digit(sk_cur_peek(c, 0)) && is_digit(sk_cur_peek(c, 1)) && is_digit(sk_cur_peek(c, 2)) &&
           sk_cur_peek(c, 3) == ' ';
}

static bool is_signalling(struct sk_cur c) {
    return begins(c, "VERSION=", 8) || begins(c, "CAPABILITY ", 11) || begins(c, "AUTHENTICATE ", 13) ||
           begins(c, "Content-length:", LONGEST_WORD) || is_status(&c);
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint8_t nibble = sk_cur_peek(&c, 0) >> 4;
    if (nibble == 6) {
        sk_cur_skip(&c, 4);
        uint32_t length = IP6_FIXED + (uint32_t)sk_cur_be16(&c);
        if (!sk_cur_ok(&c) || length != d->wire)
            return sk_dec_not_it(d);
        return sk_dec_tunnel(d) && sk_dec_next(d, SK_BY_VERSION, 0);
    }
    sk_cur_skip(&c, HEADER);
    if (nibble != 15 || !sk_cur_ok(&c) || !is_signalling(c))
        return sk_dec_not_it(d);
    if (!sk_dec_push(d, SKP_TSP, HEADER, 0))
        return false;
    (void)sk_dec_tunnel(d);
    return sk_dec_end(d);
}

const struct sk_decoder sk_dec_tsp = {
    .label = "tsp",
    /* RFC 5572 */
    .decode = decode,
    .binds = {{SK_BY_UDP, 3653}},
};
