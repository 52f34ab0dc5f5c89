/* SPDX-License-Identifier: Apache-2.0 */
/** Internet checksums (RFC 1071), computed when asked: never trusted, never suppressing. */
#include "sekimori/layers.h"

/** The sum of 32 bytes as 32-bit words: what stands in each half of a word of 64 bits has room for their carries. */
static inline uint64_t add_block(uint64_t sum, const uint8_t *b) {
    uint64_t w[4];
    memcpy(w, b, sizeof w);
    for (unsigned i = 0; i < 4; i++)
        sum += (w[i] & UINT32_MAX) + (w[i] >> 32);
    return sum;
}
/** Add the bytes of c as 16-bit words in memory order; the sum is folded and swapped once at the end (RFC 1071 2 B). */
static uint64_t add(uint64_t sum, struct sk_cur c) {
    enum { BLOCK = 32 };
    size_t whole = c.left / BLOCK * BLOCK;
    const uint8_t *b = sk_cur_take(&c, whole);
    for (size_t i = 0; b && i < whole; i += BLOCK)
        sum = add_block(sum, b + i);
    while (c.left) {
        uint16_t v = 0;
        sk_cur_copy(&c, &v, c.left < 2 ? c.left : 2); /* an odd last byte is padded with zero */
        sum += v;
    }
    return sum;
}
static uint16_t fold(uint64_t sum) {
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}
static uint64_t add_be32(uint64_t sum, uint32_t value) {
    const uint8_t b[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
    return add(sum, sk_cur_of(b, sizeof b));
}
static uint64_t add_addr(uint64_t sum, const struct sk_addr *a) {
    return add(sum, sk_cur_of(a->b, a->fam == 4 ? 4 : 16));
}

/**
 * The pseudo header has the final destination (RFC 8200 8.1): with segments left, the last address of a type 0 or 2
 * routing header, the first segment (the last in travel) of a type 4 one.
 * @return false: another type, not known
 */
static bool final_destination(const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip,
                              struct sk_addr *ret) {
    *ret = l->ip[ip].dst;
    if (!(l->ip[ip].ext & SK_EXT_ROUTING))
        return true;
    for (unsigned i = l->ip[ip].layer + 1u; i < l->n && l->at[i].flags & SK_LAYER_EXT; i++) {
        if (l->at[i].proto != SKP_ROUTING)
            continue;
        struct sk_cur c = sk_layer_bytes(pkt, &l->at[i]);
        sk_cur_limit(&c, l->at[i].hdr_len);
        sk_cur_skip(&c, 2);
        uint8_t type = sk_cur_u8(&c);
        uint8_t left = sk_cur_u8(&c);
        if (left == 0)
            continue;
        if (type != 0 && type != 2 && type != 4)
            return false;
        sk_cur_skip(&c, 4);
        if (type != 4 && c.left >= 16)
            sk_cur_skip(&c, c.left - 16);
        *ret = sk_cur_ip6(&c);
        if (!sk_cur_ok(&c))
            return false;
    }
    return true;
}

/** What the checksum covers: UDP's own length may be shorter than what IP carries. */
static uint32_t covered(const struct sk_ip *ip, struct sk_cur c) {
    if (ip->proto != 17)
        return ip->upper_len;
    sk_cur_skip(&c, 4);
    uint32_t len = sk_cur_be16(&c);
    return len >= 8 && len < ip->upper_len ? len : ip->upper_len;
}

/** Where the checksum field is; 0 = a protocol without one here. */
static uint32_t field_at(const struct sk_ip *ip) {
    switch (ip->proto) {
    case 1:
        return ip->src.fam == 4 ? 2 : 0;
    case 58:
        return ip->src.fam == 6 ? 2 : 0;
    case 6:
        return 16;
    case 17:
        return 6;
    default:
        return 0;
    }
}

enum sk_checksum sk_checksum_upper(const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip) {
    if (ip >= l->n_ip)
        return SK_CKSUM_NOT_VERIFIABLE;
    const struct sk_ip *h = &l->ip[ip];
    uint32_t at = field_at(h);
    if (!at || h->upper_layer == 0xff || h->fragment || h->upper_len < h->wire_upper_len || h->upper_len < at + 2)
        return SK_CKSUM_NOT_VERIFIABLE;
    struct sk_cur c = sk_cur_of(pkt->data, pkt->caplen);
    sk_cur_skip(&c, h->upper_off);
    sk_cur_limit(&c, covered(h, c));
    if (h->proto == 17 && sk_cur_peek(&c, at) == 0 && sk_cur_peek(&c, at + 1) == 0)
        return SK_CKSUM_ABSENT;
    uint64_t sum = 0;
    if (h->proto != 1) {
        struct sk_addr dst;
        if (!final_destination(pkt, l, ip, &dst))
            return SK_CKSUM_NOT_VERIFIABLE;
        sum = add_addr(add_addr(0, &h->src), &dst);
        sum = add_be32(add_be32(sum, (uint32_t)c.left), h->proto);
        /* The sum of the pseudo-header alone stands there when the card was to compute the rest (offload): a capture on
         * the sending host, not damage (detections.md G3). */
        struct sk_cur field = c;
        uint16_t stands; /* in memory order, like the sum */
        sk_cur_skip(&field, at);
        sk_cur_copy(&field, &stands, sizeof stands);
        if (h->proto != 58 && stands == fold(sum))
            return SK_CKSUM_NOT_VERIFIABLE;
    }
    return fold(add(sum, c)) == 0xffff ? SK_CKSUM_OK : SK_CKSUM_BAD;
}

bool sk_checksum_ip4(const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip) {
    if (ip >= l->n_ip || l->ip[ip].src.fam != 4)
        return true;
    struct sk_cur c = sk_layer_bytes(pkt, &l->at[l->ip[ip].layer]);
    size_t hdr = 4 * (size_t)(sk_cur_peek(&c, 0) & 15);
    if (c.left < hdr)
        return true;
    sk_cur_limit(&c, hdr);
    return fold(add(0, c)) == 0xffff;
}

const char *sk_checksum_name(enum sk_checksum c) {
    static const char *const names[] = {"ok", "bad", "absent", "not-verifiable"};
    return (unsigned)c < sizeof names / sizeof *names ? names[c] : "";
}
