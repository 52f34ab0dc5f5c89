/* SPDX-License-Identifier: Apache-2.0 */
/** More of frame.h: headers that only a capture file has, or links other than Ethernet; each wrap names its link type.
 */
#ifndef TESTS_DECODE_FRAME_LINK_H
#define TESTS_DECODE_FRAME_LINK_H

#include "frame.h"

enum {
    LINK_ETHERNET = 1,
    LINK_TOKENRING = 6,
    LINK_ARCNET_BSD = 7,
    LINK_FDDI = 10,
    LINK_RAW = 101,
    LINK_IEEE80211 = 105,
    LINK_CLIP = 106,
    LINK_PRISM = 119,
    LINK_RADIOTAP = 127,
    LINK_ARCNET_LINUX = 129,
    LINK_AVS = 163,
    LINK_JUNIPER = 178,
    LINK_PPI = 192,
    LINK_IPNET = 226,
    LINK_NFLOG = 239,
    LINK_IPOIB = 242,
    LINK_PKTAP = 258,
    LINK_BRCM = 281,
    LINK_BRCM_PREPEND = 282,
    LINK_DSA = 284,
    LINK_EDSA = 285,
};

static UNUSED void put_le16(uint8_t *p, unsigned v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}
static UNUSED void put_le32(uint8_t *p, uint32_t v) {
    put_le16(p, v & 0xffff);
    put_le16(p + 2, v >> 16);
}

/** Radiotap with `words` words of bits, the clock if asked for, and the flags. Needs 802.11 in front. */
static UNUSED unsigned wrap_radiotap(struct frame *f, unsigned words, bool clock, unsigned flags) {
    size_t at = 4 + 4 * words;
    size_t field = clock ? (at + 7) / 8 * 8 + 8 : at;
    size_t n = field + 1 + 5;
    uint8_t *h = frame_layer(f, SKP_RADIOTAP, n);
    put_le16(h + 2, (unsigned)n);
    h[4] = clock ? 3 : 2;
    for (unsigned i = 0; i + 1 < words; i++)
        h[4 + 4 * i + 3] = 0x80;
    memset(h + at, 0xff, field - at);
    h[field] = (uint8_t)flags;
    return LINK_RADIOTAP;
}
/** PPI with two fields; the first has an odd length, and padding if aligned. common: flags of the second, 802.11 */
static UNUSED unsigned wrap_ppi(struct frame *f, unsigned linktype, bool aligned, unsigned common) {
    size_t n = 8u + 7 + aligned + 24;
    uint8_t *h = frame_layer(f, SKP_PPI, n);
    h[1] = aligned;
    put_le16(h + 2, (unsigned)n);
    put_le32(h + 4, linktype);
    h[8] = 4;
    h[10] = 3;
    uint8_t *field = h + 15 + aligned;
    field[0] = 2;
    field[2] = 20;
    field[12] = (uint8_t)common;
    return LINK_PPI;
}
static UNUSED unsigned wrap_pktap(struct frame *f, unsigned linktype, unsigned trailer) {
    uint8_t *h = frame_layer(f, SKP_PKTAP, 108);
    put_le32(h, 108);
    put_le32(h + 4, 1);
    put_le32(h + 8, linktype);
    put_le32(h + 48, trailer);
    return LINK_PKTAP;
}
/** From 02-..-01 to 02-..-02, as wrap_ether(). Needs LLC in front. */
static UNUSED unsigned wrap_fddi(struct frame *f) {
    static const uint8_t head[13] = {0x50, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    memcpy(frame_layer(f, SKP_FDDI, sizeof head), head, sizeof head);
    return LINK_FDDI;
}
/** route: bytes of the route, 0 or an even number from 2. Needs LLC in front. */
static UNUSED unsigned wrap_tokenring(struct frame *f, unsigned route) {
    static const uint8_t head[14] = {0x10, 0x40, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    uint8_t *h = frame_layer(f, SKP_TOKENRING, sizeof head + route);
    memcpy(h, head, sizeof head);
    if (route) {
        h[8] |= 0x80;
        h[14] = (uint8_t)(0x80 | route);
    }
    return LINK_TOKENRING;
}
/** Protocol by EtherType 0x0800, 0x0806, 0x86dd in front; old: RFC 1051, which has no IPv6. */
static UNUSED unsigned wrap_arcnet(struct frame *f, bool linux_header, bool old, bool exception) {
    unsigned type = f->ethertype == 0x86dd ? 196 : (f->ethertype == 0x0806) + (old ? 240u : 212u);
    size_t n = (linux_header ? 5u : 3u) + (old ? 0 : 3u) + (!old && exception ? 4u : 0);
    uint8_t *h = frame_layer(f, SKP_ARCNET, n) + (linux_header ? 4 : 2);
    put8(h, type);
    if (!old && exception) {
        memset(h + 1, 0xff, 3);
        put8(h + 4, type);
    }
    return linux_header ? LINK_ARCNET_LINUX : LINK_ARCNET_BSD;
}
/** vid with bit 15: the frame had this tag. From 02-..-01 to 02-..-02, as all here. */
static UNUSED unsigned wrap_dsa(struct frame *f, bool edsa, unsigned vid) {
    static const uint8_t addresses[12] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    unsigned type = f->ethertype;
    uint8_t *h = frame_layer(f, SKP_DSA, edsa ? 22 : 18), *tag = h + (edsa ? 16 : 12);
    memcpy(h, addresses, sizeof addresses);
    if (edsa)
        put16(h + 12, 0xdada);
    put16(tag, vid & 0x8000 ? 0xe108 : 0xc108);
    put16(tag + 2, vid & 0xfff);
    put16(tag + 4, type);
    return edsa ? LINK_EDSA : LINK_DSA;
}
/** Needs Ethernet in front if prepended. */
static UNUSED unsigned wrap_brcm(struct frame *f, bool prepended) {
    static const uint8_t addresses[12] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    unsigned type = f->ethertype;
    uint8_t *h = frame_layer(f, SKP_BRCM, prepended ? 4 : 18);
    if (prepended)
        return LINK_BRCM_PREPEND;
    memcpy(h, addresses, sizeof addresses);
    put16(h + 16, type);
    return LINK_BRCM;
}
static UNUSED unsigned wrap_ipoib(struct frame *f) {
    unsigned type = f->ethertype;
    put16(frame_layer(f, SKP_IPOIB, 44) + 40, type);
    return LINK_IPOIB;
}
static UNUSED unsigned wrap_juniper(struct frame *f, unsigned extension, bool no_link) {
    uint8_t *h = frame_layer(f, SKP_JUNIPER, 4 + (extension ? 2 + extension : 0) + (no_link ? 4u : 0));
    put32(h, 0x4d474300u | (extension ? 0x80u : 0) | (no_link ? 2u : 0));
    if (extension)
        put16(h + 4, extension);
    return LINK_JUNIPER;
}
/** IP in front. */
static UNUSED unsigned wrap_ipnet(struct frame *f) {
    unsigned family = f->ethertype == 0x0800 ? 2 : 26;
    uint8_t *h = frame_layer(f, SKP_IPNET, 24);
    h[0] = 1;
    put8(h + 1, family);
    return LINK_IPNET;
}
/** An attribute of NFLOG in front. */
static UNUSED void frame_attribute(struct frame *f, unsigned type, const uint8_t *value, size_t n) {
    uint8_t *a = frame_room(f, 4 + (n + 3) / 4 * 4);
    put_le16(a, (unsigned)n + 4);
    put_le16(a + 2, type);
    memcpy(a + 4, value, n);
}
/** A network packet in front; sender: the attribute 8, link: the attribute 16, from 02-..-01 to 02-..-02. */
static UNUSED unsigned wrap_nflog(struct frame *f, unsigned family, bool sender, bool link) {
    static const uint8_t from[12] = {0, 6, 0, 0, 2, 0, 0, 0, 0, 1};
    uint8_t ethernet[14] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    unsigned type = f->ethertype;
    size_t n = frame_len(f);
    put_le16(frame_room(f, 4), (unsigned)n + 4);
    put_le16(frame_bytes(f) + 2, 9);
    put16(ethernet + 12, type);
    if (link)
        frame_attribute(f, 16, ethernet, sizeof ethernet);
    if (sender)
        frame_attribute(f, 8, from, sizeof from);
    frame_attribute(f, 10, (const uint8_t *)"a", 1);
    frame_layer(f, SKP_NFLOG, 4)[0] = (uint8_t)family;
    return LINK_NFLOG;
}

#endif
