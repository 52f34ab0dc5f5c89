/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Netfilter's log (LINKTYPE_NFLOG, 239): attributes, one of which is the packet.
 *
 *   +-----------+------------+----------+     +------------+----------+------------------+
 *   | family, 1 | version, 1 | group, 2 |     | length, 2  | type, 2  | value; padding ..|
 *   +-----------+------------+----------+     +------------+----------+------------------+
 *                                               of the capturing machine, little endian
 *
 * Type 9 is the packet; 8 the sender's link address; 16 the link header. The header is all up to the packet.
 */
#include "decode/decoder.h"

enum { FIXED = 4, ATTRIBUTE = 4, ATTRIBUTES_MAX = 64, SENDER = 8, PAYLOAD = 9, LINK_HEADER = 16, ETHERNET = 14 };
enum { TYPE_MASK = 0x3fff }; /* above it: nested, byte order */
enum { FAMILY_IP4 = 2, FAMILY_ARP = 3, FAMILY_BRIDGE = 7, FAMILY_IP6 = 10 };

struct found {
    uint32_t hdr; /**< up to the packet; 0 = there is none */
    uint32_t len; /**< of the packet */
    struct sk_mac dst, src;
    bool sender;
    uint16_t ethertype;
};

static void read_sender(struct sk_cur value, struct found *ret) {
    uint16_t len = sk_cur_be16(&value);
    sk_cur_skip(&value, 2);
    struct sk_mac mac = sk_cur_mac(&value);
    if (!sk_cur_ok(&value) || len != sizeof mac.b || ret->sender)
        return;
    ret->sender = true;
    ret->src = mac;
}

static void read_link_header(struct sk_cur value, struct found *ret) {
    if (value.left != ETHERNET)
        return;
    ret->sender = true;
    ret->dst = sk_cur_mac(&value);
    ret->src = sk_cur_mac(&value);
    ret->ethertype = sk_cur_be16(&value);
}

/** An attribute cannot be: the packet is not found, unless it is the capture that ends here. @return go on */
static bool bent(struct sk_dec *d, enum sk_anomaly a) {
    if (d->cur.left < d->wire)
        return sk_dec_short(d, a);
    sk_dec_anomaly(d, a);
    return true;
}

/** Walk the attributes up to the packet. @return false: stopped, they are not captured */
static bool walk(struct sk_dec *d, struct found *ret) {
    struct sk_cur c = d->cur;
    uint32_t at = FIXED;
    sk_cur_skip(&c, FIXED);
    for (unsigned i = 0; i < ATTRIBUTES_MAX && at < d->wire; i++) {
        uint32_t len = sk_cur_le16(&c);
        uint16_t type = sk_cur_le16(&c) & TYPE_MASK;
        if (!sk_cur_ok(&c))
            return bent(d, SK_AN_OPTION_LENGTH);
        if (len < ATTRIBUTE) {
            sk_dec_anomaly(d, len ? SK_AN_OPTION_LENGTH : SK_AN_OPTION_ZERO);
            return true;
        }
        if (type == PAYLOAD) {
            ret->hdr = at + ATTRIBUTE;
            ret->len = len - ATTRIBUTE;
            return true;
        }
        uint32_t padded = (len + 3) & ~3u;
        struct sk_cur value = sk_cur_sub(&c, len - ATTRIBUTE);
        if (!sk_cur_ok(&c))
            return bent(d, SK_AN_OPTION_LENGTH);
        if (type == SENDER)
            read_sender(value, ret);
        else if (type == LINK_HEADER)
            read_link_header(value, ret);
        sk_cur_skip(&c, padded - len);
        at += padded;
    }
    return true;
}

static bool next(struct sk_dec *d, uint8_t family, uint16_t ethertype) {
    switch (family) {
    case FAMILY_IP4:
        return sk_dec_next(d, SK_BY_ETHERTYPE, 0x0800);
    case FAMILY_IP6:
        return sk_dec_next(d, SK_BY_ETHERTYPE, 0x86dd);
    case FAMILY_ARP:
        return sk_dec_next(d, SK_BY_ETHERTYPE, 0x0806);
    case FAMILY_BRIDGE:
        return ethertype ? sk_dec_type_or_length(d, ethertype) : sk_dec_next(d, SK_BY_VERSION, 0);
    default:
        sk_dec_anomaly(d, SK_AN_LINKTYPE);
        return sk_dec_end(d);
    }
}

static bool decode(struct sk_dec *d) {
    struct found f = {0};
    if (d->cur.left < FIXED)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    uint8_t family = sk_cur_peek(&d->cur, 0);
    if (sk_cur_peek(&d->cur, 1) != 0)
        return sk_dec_stop(d, SK_AN_LINKTYPE);
    if (!walk(d, &f))
        return false;
    if (f.hdr == 0)
        return sk_dec_push(d, SKP_NFLOG, FIXED, 0) && sk_dec_end(d);
    sk_dec_bound(d, f.hdr + f.len, SK_AN_OPTION_LENGTH);
    if (!sk_dec_push(d, SKP_NFLOG, f.hdr, 0))
        return false;
    if (f.sender)
        sk_dec_macs(d, &f.dst, &f.src);
    return next(d, family, f.ethertype);
}

const struct sk_decoder sk_dec_nflog = {
    .label = "nflog",
    /* LINKTYPE_NFLOG */
    .decode = decode,
    .binds = {{SK_BY_LINKTYPE, 239}},
};
