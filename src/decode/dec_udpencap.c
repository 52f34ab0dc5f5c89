/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IPsec in UDP, RFC 3948: what crosses a NAT on port 4500. The first four bytes tell ESP from IKE.
 *
 *   +----------------------------------------+      +---------------------------+
 *   | non-ESP marker, 0: IKE follows (2.2)   |  or  | security parameters index |
 *   +----------------------------------------+      | sequence number           |  ESP, encrypted from here on (2.1)
 *   | IKE header                             |      +---------------------------+
 *   +----------------------------------------+
 *
 * A single byte 0xff keeps the NAT's mapping alive (2.3). Indexes 1 to 255 are reserved (RFC 4303 2.1): no ESP.
 */
#include "decode/decoder.h"

enum { MARKER = 4, ESP_HEADER = 8, ESP_LEAST = 12 /**< header, pad length and next header on a boundary of 4 */ };
enum { SPI_FIRST = 256 };

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint32_t spi = sk_cur_be32(&c);
    if (!sk_cur_ok(&c) || (spi > 0 && spi < SPI_FIRST) || (spi > 0 && d->wire < ESP_LEAST))
        return sk_dec_not_it(d);
    if (spi == 0)
        return sk_dec_push(d, SKP_UDPENCAP, MARKER, 0) && sk_dec_end(d);
    if (d->cur.left < ESP_HEADER)
        return sk_dec_short(d, SK_AN_L4_HEADER);
    return sk_dec_push(d, SKP_ESP, ESP_HEADER, spi) && sk_dec_end(d);
}

const struct sk_decoder sk_dec_udpencap = {
    .label = "udpencap",
    /* RFC 3948 */
    .decode = decode,
    .binds = {{SK_BY_UDP, 4500}},
};
