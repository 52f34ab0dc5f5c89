/* SPDX-License-Identifier: Apache-2.0 */
/**
 * BSD loopback (LINKTYPE_NULL, 0, in the byte order of the machine that captured; LINKTYPE_LOOP, 108, in network
 * order).
 *
 *   +-----------------------------------------+
 *   | address family, 4: 2 is IPv4 everywhere,|
 *   | 10, 24, 28, 30 are IPv6 somewhere       |
 *   +-----------------------------------------+
 */
#include "decode/decoder.h"

static bool is_ip(uint32_t family) {
    return family == 2 || family == 10 || family == 24 || family == 28 || family == 30;
}

static bool decode(struct sk_dec *d) {
    struct sk_cur big = d->cur;
    struct sk_cur little = d->cur;
    uint32_t family = sk_cur_be32(&big);
    bool ip = is_ip(family) || is_ip(sk_cur_le32(&little));
    if (!sk_cur_ok(&big))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_LOOPBACK, 4, 0))
        return false;
    if (ip)
        return sk_dec_next(d, SK_BY_VERSION, 0);
    if ((family & 0xffff) >= 0x600) /* some serial drivers write a type of their own and the EtherType */
        return sk_dec_next(d, SK_BY_ETHERTYPE, (uint16_t)family);
    sk_dec_anomaly(d, SK_AN_LINKTYPE);
    return sk_dec_end(d);
}

const struct sk_decoder sk_dec_loopback = {
    .label = "lo",
    /* LINKTYPE_NULL, LINKTYPE_LOOP */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 0}, {SK_BY_LINKTYPE, 108}},
};
