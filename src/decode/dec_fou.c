/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IP in UDP without a header between them: foo-over-UDP (Linux), and variant 1 of GUE. Its port is whatever was
 * configured, so the packet must prove itself: it ends where the datagram ends, and a checksum is right (IPv4: the
 * header's; IPv6: of TCP, UDP or ICMPv6 inside). A random payload passes one time in 2^40. The UDP layer carries
 * SK_LAYER_TUNNEL and the IP header follows it; a truncated frame proves nothing.
 */
#include "decode/guess.h"

static bool decode(struct sk_dec *d) {
    if (!sk_guess_ip_whole(d->cur, d->wire))
        return sk_dec_not_it(d);
    return sk_dec_tunnel(d) && sk_dec_next(d, SK_BY_VERSION, 0);
}

const struct sk_decoder sk_dec_fou = {
    .label = "fou",
    /* Linux ip-fou */
    .decode = decode,
    .binds = {{SK_END, 0}},
};
