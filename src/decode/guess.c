/* SPDX-License-Identifier: Apache-2.0 */
/** What a payload is, from itself alone: lengths that end where it ends, checksums, numbers that are known. */
#include "decode/guess.h"

#include <string.h>

enum {
    IP4_FIXED = 20,
    IP6_FIXED = 40,
    NO_NEXT = 59,
    UDP = 17,
    TCP = 6,
    ICMPV6 = 58,
    HOPOPTS = 0,
    DSTOPTS = 60,
    EXT_WALKED = 8
};

/** One's complement sum of the 16-bit words of c, an odd last byte padded with zero (RFC 1071). */
static uint32_t sum16(struct sk_cur c, uint32_t sum) {
    while (c.left >= 2)
        sum += sk_cur_be16(&c); /* at most 64 Ki bytes: the sum stays below 2^32 */
    if (c.left)
        sum += (uint32_t)sk_cur_u8(&c) << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static bool length_fits(uint32_t length, uint32_t wire, bool padded) {
    return length == wire || (padded && length < wire && wire <= SK_SMALLEST_PAYLOAD);
}

static bool is_ip4(struct sk_cur c, uint32_t wire, bool padded) {
    struct sk_cur header = c;
    uint32_t hdr = 4 * (uint32_t)(sk_cur_u8(&c) & 15);
    sk_cur_skip(&c, 1);
    uint32_t total = sk_cur_be16(&c);
    if (!sk_cur_ok(&c) || hdr < 20 || hdr > header.left || total < hdr || !length_fits(total, wire, padded))
        return false;
    sk_cur_limit(&header, hdr);
    return sum16(header, 0) == 0xffff;
}

static bool is_ip6(struct sk_cur c, uint32_t wire, bool padded) {
    if (c.left < IP6_FIXED)
        return false;
    sk_cur_skip(&c, 4);
    uint32_t length = IP6_FIXED + (uint32_t)sk_cur_be16(&c);
    uint8_t next = sk_cur_u8(&c);
    return length_fits(length, wire, padded) && (next == NO_NEXT || sk_decoder_of(SK_BY_IP6, next) != SKP_NONE);
}

bool sk_guess_ip(struct sk_cur c, uint32_t wire, bool padded) {
    switch (sk_cur_peek(&c, 0) >> 4) {
    case 4:
        return is_ip4(c, wire, padded);
    case 6:
        return is_ip6(c, wire, padded);
    default:
        return false;
    }
}

/** Pseudo header and payload sum up (RFC 8200 8.1), behind at most a few hop-by-hop and destination options: behind
 * other extension headers nothing is proved. */
static bool ip6_upper_sums_up(struct sk_cur c) {
    sk_cur_skip(&c, 4);
    uint32_t length = sk_cur_be16(&c);
    uint8_t next = sk_cur_u8(&c);
    sk_cur_skip(&c, 1);
    struct sk_cur addresses = sk_cur_sub(&c, 2 * 16);
    for (unsigned i = 0; i < EXT_WALKED && (next == HOPOPTS || next == DSTOPTS); i++) {
        next = sk_cur_u8(&c);
        uint32_t hdr = 8 * (sk_cur_u8(&c) + 1u);
        sk_cur_skip(&c, hdr - 2);
        if (!sk_cur_ok(&c) || hdr > length)
            return false;
        length -= hdr;
    }
    if (!sk_cur_ok(&c) || (next != TCP && next != UDP && next != ICMPV6))
        return false;
    return length >= 8 && sum16(c, sum16(addresses, length + next)) == 0xffff;
}

bool sk_guess_ip_whole(struct sk_cur c, uint32_t wire) {
    if (c.left < wire || !sk_guess_ip(c, wire, false))
        return false;
    return sk_cur_peek(&c, 0) >> 4 == 4 || ip6_upper_sums_up(c);
}

/** Nobody sends from a group or from nowhere in earnest; long runs of one byte are no addresses. */
static bool ip6_source_is_own(struct sk_cur c) {
    sk_cur_skip(&c, 8);
    struct sk_addr src = sk_cur_ip6(&c), dst = sk_cur_ip6(&c);
    enum sk_scope scope = sk_addr_scope(&src);
    return sk_cur_ok(&c) && scope != SK_SCOPE_MULTICAST && scope != SK_SCOPE_UNSPECIFIED && !sk_addr_eq(&src, &dst);
}

static bool ip_at(struct sk_cur c, uint32_t wire, unsigned off) {
    unsigned version = off < c.left ? sk_cur_peek(&c, off) >> 4 : 0;
    if ((version != 4 && version != 6) || wire < off + 20)
        return false;
    sk_cur_skip(&c, off);
    return sk_guess_ip(c, wire - off, false) && (version == 4 || ip6_source_is_own(c));
}

/** As the two bytes of a number stand in memory. */
static uint16_t be16(unsigned v) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap16((uint16_t)v);
#else
    return (uint16_t)v;
#endif
}

/** Could a total length (IPv4) or payload length (IPv6) that ends with the payload stand behind some of the first
 * offsets? Nearly all payloads say no to all of them: one pass without a branch, over as many offsets as vectors hold
 * (even and odd ones apart); one more is asked for by itself. */
static bool some_length_fits(const uint8_t *b, uint32_t wire) {
    enum { PAIRS = SK_FIND_IP_MOST / 2 };
    uint16_t even[PAIRS + 1], odd[PAIRS + 1], fit = 0;
    memcpy(even, b + 2, sizeof even);
    memcpy(odd, b + 3, sizeof odd);
    for (unsigned i = 0; i < PAIRS; i++) {
        unsigned rest = wire - 2 * i;
        fit |= (uint16_t)(even[i] == be16(rest));
        fit |= (uint16_t)(even[i + 1] == be16(rest - IP6_FIXED));
        fit |= (uint16_t)(odd[i] == be16(rest - 1));
        fit |= (uint16_t)(odd[i + 1] == be16(rest - 1 - IP6_FIXED));
    }
    return fit;
}

/** The same of a payload that is shorter: behind its end a length of 0 would fit. */
static bool some_length_fits_short(const uint8_t *b, uint32_t wire) {
    bool fits = false;
    for (unsigned off = 0; off + IP4_FIXED <= wire && off < SK_FIND_IP_MOST; off++)
        fits |= (uint32_t)(b[off + 2] << 8 | b[off + 3]) == wire - off ||
                (uint32_t)(b[off + 4] << 8 | b[off + 5]) + IP6_FIXED == wire - off;
    return fits;
}

int sk_find_ip(struct sk_cur c, uint32_t wire, unsigned first) {
    enum { LOOKED_AT = SK_FIND_IP_MOST + 6 };
    uint8_t head[LOOKED_AT] = {0};
    struct sk_cur peek = c;
    size_t n = c.left < LOOKED_AT ? c.left : LOOKED_AT;
    const uint8_t *b = sk_cur_take(&peek, n);
    if (n < LOOKED_AT && b) {
        memcpy(head, b, n);
        b = head;
    }
    if (!b)
        return -1;
    bool whole = wire >= SK_FIND_IP_MOST + IP4_FIXED;
    if (!(whole ? some_length_fits(b, wire) : some_length_fits_short(b, wire)))
        return ip_at(c, wire, SK_FIND_IP_MOST) ? SK_FIND_IP_MOST : -1;
    if (first <= SK_FIND_IP_MOST && ip_at(c, wire, first))
        return (int)first;
    for (unsigned off = 0; off <= SK_FIND_IP_MOST; off++)
        if (ip_at(c, wire, off))
            return (int)off;
    return -1;
}

static bool is_tag(uint16_t type) { return sk_decoder_of(SK_BY_ETHERTYPE, type) == SKP_VLAN; }

/** Hardware type Ethernet, protocol type IPv4, addresses of 6 and 4 bytes (RFC 826). */
static bool is_arp(struct sk_cur c, uint32_t wire) {
    uint32_t types = sk_cur_be32(&c);
    uint16_t sizes = sk_cur_be16(&c);
    return sk_cur_ok(&c) && wire >= 28 && types == 0x00010800 && sizes == 0x0604;
}

/** Spanning tree or SNAP, the two that switches send everywhere. */
static bool is_llc(struct sk_cur c, uint32_t length, uint32_t wire) {
    uint16_t saps = sk_cur_be16(&c);
    uint8_t control = sk_cur_u8(&c);
    return sk_cur_ok(&c) && length_fits(length, wire, true) && control == 3 && (saps == 0x4242 || saps == 0xaaaa);
}

bool sk_guess_ethernet(struct sk_cur c, uint32_t wire) {
    if (wire < 14)
        return false;
    sk_cur_skip(&c, 12);
    uint16_t type = sk_cur_be16(&c);
    wire -= 14;
    for (unsigned i = 0; i < SK_VLANS_MAX && is_tag(type) && wire >= 4; i++) {
        sk_cur_skip(&c, 2);
        type = sk_cur_be16(&c);
        wire -= 4;
    }
    if (!sk_cur_ok(&c))
        return false;
    if (type == 0x0800 || type == 0x86dd)
        return sk_cur_peek(&c, 0) >> 4 == (type == 0x0800 ? 4 : 6) && sk_guess_ip(c, wire, true);
    if (type == 0x0806)
        return is_arp(c, wire);
    return type < 0x600 && is_llc(c, type, wire);
}

/** Service access points that are in use: SNAP, spanning tree, IS-IS, NetBIOS, IPX. */
static bool is_sap(uint8_t sap) {
    return sap == 0xaa || sap == 0x42 || sap == 0xfe || sap == 0xf0 || sap == 0xe0 || sap == 0xff;
}

bool sk_guess_ethernet_type(struct sk_cur c, uint32_t wire) {
    sk_cur_skip(&c, 12);
    uint16_t type = sk_cur_be16(&c);
    uint8_t next = sk_cur_u8(&c);
    if (!sk_cur_ok(&c))
        return false;
    if (type < 0x600)
        return type <= wire && is_sap(next);
    if (type == 0x0800 || type == 0x86dd)
        return next >> 4 == 4 || next >> 4 == 6;
    return sk_decoder_of(SK_BY_ETHERTYPE, type) != SKP_NONE;
}
