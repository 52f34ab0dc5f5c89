/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Frames built from the inside out, written from the RFCs and without a look at src/decode: each wrap puts one header
 * in front, with right lengths and next-protocol numbers, and notes the layer a decoder has to find.
 */
#ifndef TESTS_DECODE_FRAME_H
#define TESTS_DECODE_FRAME_H

#include "sekimori/layers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 16384 };

struct frame {
    uint8_t b[ROOM];
    size_t at; /**< first byte used; the frame is b[at..ROOM-1] */
    uint8_t expect[2 * SK_AT_MAX];
    unsigned n;         /**< layers noted, innermost first */
    uint16_t ethertype; /**< what an outer header has to say of the header in front; 0 = cannot be named so */
    int ipproto;        /**< -1 = cannot be named so */
    uint16_t ppp;
};

#define UNUSED __attribute__((unused))

static UNUSED void frame_begin(struct frame *f) {
    f->at = ROOM;
    f->n = 0;
    f->ethertype = 0;
    f->ipproto = -1;
    f->ppp = 0;
}
static UNUSED size_t frame_len(const struct frame *f) { return ROOM - f->at; }
static UNUSED uint8_t *frame_bytes(struct frame *f) { return f->b + f->at; }

static UNUSED void put8(uint8_t *p, unsigned v) { p[0] = (uint8_t)v; }
static UNUSED void put16(uint8_t *p, unsigned v) {
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static UNUSED void put32(uint8_t *p, uint32_t v) {
    put16(p, v >> 16);
    put16(p + 2, v & 0xffff);
}

/** n zero bytes in front, no layer. */
static UNUSED uint8_t *frame_room(struct frame *f, size_t n) {
    assert_true(n <= f->at);
    f->at -= n;
    memset(f->b + f->at, 0, n);
    return f->b + f->at;
}
static UNUSED uint8_t *frame_layer(struct frame *f, enum sk_proto p, size_t n) {
    assert_true(f->n < sizeof f->expect);
    f->expect[f->n++] = (uint8_t)p;
    f->ethertype = 0;
    f->ipproto = -1;
    f->ppp = 0;
    return frame_room(f, n);
}

static UNUSED void wrap_udp(struct frame *f, unsigned sport, unsigned dport) {
    size_t len = frame_len(f) + 8;
    uint8_t *h = frame_layer(f, SKP_UDP, 8);
    put16(h, sport);
    put16(h + 2, dport);
    put16(h + 4, (unsigned)len);
    f->ipproto = 17;
}
static UNUSED void wrap_tcp(struct frame *f, unsigned sport, unsigned dport, unsigned options) {
    uint8_t *h = frame_layer(f, SKP_TCP, 20 + options);
    put16(h, sport);
    put16(h + 2, dport);
    put8(h + 12, (20 + options) / 4 << 4);
    f->ipproto = 6;
}
static UNUSED void wrap_icmp(struct frame *f, unsigned type, unsigned code) {
    uint8_t *h = frame_layer(f, SKP_ICMP, 8);
    h[0] = (uint8_t)type;
    h[1] = (uint8_t)code;
    f->ipproto = 1;
}
static UNUSED void wrap_icmpv6(struct frame *f, unsigned type, unsigned code) {
    uint8_t *h = frame_layer(f, SKP_ICMPV6, 8);
    h[0] = (uint8_t)type;
    h[1] = (uint8_t)code;
    f->ipproto = 58;
}

static UNUSED void wrap_ext(struct frame *f, enum sk_proto p, unsigned number, unsigned more) {
    int next = f->ipproto < 0 ? 59 : f->ipproto;
    uint8_t *h = frame_layer(f, p, 8 + 8 * more);
    h[0] = (uint8_t)next;
    h[1] = (uint8_t)more;
    f->ipproto = (int)number;
}
static UNUSED void wrap_fragment(struct frame *f, unsigned offset, bool m, uint32_t id) {
    int next = f->ipproto < 0 ? 59 : f->ipproto;
    uint8_t *h = frame_layer(f, SKP_FRAGMENT, 8);
    h[0] = (uint8_t)next;
    put16(h + 2, offset | m);
    put32(h + 4, id);
    f->ipproto = 44;
}
static UNUSED void wrap_ah(struct frame *f) {
    int next = f->ipproto < 0 ? 59 : f->ipproto;
    uint8_t *h = frame_layer(f, SKP_AH, 24);
    h[0] = (uint8_t)next;
    h[1] = 4;
    f->ipproto = 51;
}

static UNUSED void wrap_ipv6(struct frame *f, unsigned src, unsigned dst) {
    size_t len = frame_len(f);
    int next = f->ipproto < 0 ? 59 : f->ipproto;
    uint8_t *h = frame_layer(f, SKP_IPV6, 40);
    h[0] = 0x60;
    put16(h + 4, (unsigned)len);
    h[6] = (uint8_t)next;
    h[7] = 255;
    put32(h + 8, 0x20010db8);
    put32(h + 20, src);
    put32(h + 24, 0x20010db8);
    put32(h + 36, dst);
    f->ipproto = 41;
    f->ethertype = 0x86dd;
    f->ppp = 0x57;
}
static UNUSED uint32_t frame_sum(const uint8_t *p, size_t n, uint32_t sum) {
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}
/** The frame begins with an IPv6 header: the checksum at `at` of its upper layer made right. */
static UNUSED void fix_upper6(struct frame *f, unsigned at) {
    uint8_t *h = f->b + f->at;
    size_t n = (size_t)h[4] << 8 | h[5];
    put16(h + 40 + at, 0);
    uint32_t sum = frame_sum(h + 8, 32, (uint32_t)n + h[6]);
    put16(h + 40 + at, ~frame_sum(h + 40, n, sum) & 0xffff);
}
static UNUSED void wrap_ipv4(struct frame *f, uint32_t src, uint32_t dst, unsigned options) {
    int next = f->ipproto < 0 ? 59 : f->ipproto;
    size_t len = frame_len(f) + 20 + options;
    uint8_t *h = frame_layer(f, SKP_IPV4, 20 + options);
    h[0] = (uint8_t)(0x40 + (20 + options) / 4);
    put16(h + 2, (unsigned)len);
    h[8] = 64;
    h[9] = (uint8_t)next;
    put32(h + 12, src);
    put32(h + 16, dst);
    put16(h + 10, ~frame_sum(h, 20 + options, 0) & 0xffff);
    f->ipproto = 4;
    f->ethertype = 0x0800;
    f->ppp = 0x21;
}

static UNUSED void wrap_snap(struct frame *f) {
    unsigned type = f->ethertype;
    size_t len = frame_len(f) + 8;
    uint8_t *h = frame_layer(f, SKP_LLC, 8);
    put32(h, 0xaaaa0300);
    put16(h + 6, type);
    f->ethertype = (uint16_t)len;
}
static UNUSED void wrap_vlan(struct frame *f, unsigned tpid, unsigned vid) {
    unsigned type = f->ethertype;
    uint8_t *h = frame_layer(f, SKP_VLAN, 4);
    put16(h, vid);
    put16(h + 2, type);
    f->ethertype = (uint16_t)tpid;
}
static UNUSED void wrap_ether(struct frame *f) {
    static const uint8_t macs[12] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    unsigned type = f->ethertype;
    uint8_t *h = frame_layer(f, SKP_ETHER, 14);
    memcpy(h, macs, sizeof macs);
    put16(h + 12, type);
    f->ethertype = 0x6558;
}
static UNUSED void wrap_gre(struct frame *f, bool checksum, bool key, bool sequence, uint32_t k) {
    unsigned type = f->ethertype;
    uint8_t *h = frame_layer(f, SKP_GRE, 4 + 4u * checksum + 4u * key + 4u * sequence);
    put16(h, (checksum ? 0x8000u : 0) | (key ? 0x2000u : 0) | (sequence ? 0x1000u : 0));
    put16(h + 2, type);
    if (key)
        put32(h + 4 + 4 * checksum, k);
    f->ipproto = 47;
}
/** Teredo authentication (idlen 0, aulen 0) and origin indication; then it still needs UDP. */
static UNUSED void wrap_teredo(struct frame *f, bool authentication, bool origin) {
    if (!authentication && !origin)
        return;
    uint8_t *h = frame_layer(f, SKP_TEREDO, 13u * authentication + 8u * origin);
    if (authentication)
        h[1] = 1;
    if (origin)
        put16(h + 13 * authentication + 2, 0x215a);
}

static UNUSED void wrap_ppp(struct frame *f, bool address, bool compressed) {
    unsigned proto = f->ppp;
    uint8_t *h = frame_layer(f, SKP_PPP, 2u * address + (compressed ? 1u : 2u));
    if (address)
        put16(h, 0xff03);
    if (compressed)
        put8(h + 2 * address, proto);
    else
        put16(h + 2 * address, proto);
    f->ethertype = 0x880b;
}
/** Needs PPP in front. */
static UNUSED void wrap_pppoe(struct frame *f, unsigned session) {
    size_t len = frame_len(f);
    uint8_t *h = frame_layer(f, SKP_PPPOE, 6);
    h[0] = 0x11;
    put16(h + 2, session);
    put16(h + 4, (unsigned)len);
    f->ethertype = 0x8864;
}
/** Version 2, data; needs PPP in front and UDP behind. */
static UNUSED void wrap_l2tp(struct frame *f, bool length, bool sequence, bool offset) {
    size_t n = 6u + 2u * length + 4u * sequence + 4u * offset;
    size_t len = frame_len(f) + n;
    uint8_t *h = frame_layer(f, SKP_L2TP, n);
    put16(h, 2u | (length ? 0x4000u : 0) | (sequence ? 0x0800u : 0) | (offset ? 0x0200u : 0));
    if (length)
        put16(h + 2, (unsigned)len);
    put16(h + 2 + 2 * length, 7);
    if (offset)
        put16(h + n - 4, 2);
}
/** Needs Ethernet, PPP, HDLC or IP behind. udp: still needs UDP. */
static UNUSED void wrap_l2tpv3(struct frame *f, bool udp, unsigned cookie, bool sublayer, uint32_t session) {
    size_t fixed = udp ? 8 : 4;
    uint8_t *h = frame_layer(f, SKP_L2TPV3, fixed + cookie + 4u * sublayer);
    if (udp)
        put32(h, 0x00030000);
    put32(h + fixed - 4, session);
    memset(h + fixed, 0xc7, cookie);
    if (sublayer)
        put32(h + fixed + cookie, 0x40000001);
    f->ipproto = 115;
}
/** Needs IP behind and UDP in front. */
static UNUSED void wrap_gue(struct frame *f, unsigned option_words) {
    int next = f->ipproto;
    uint8_t *h = frame_layer(f, SKP_GUE, 4 + 4u * option_words);
    put8(h, option_words);
    put8(h + 1, (unsigned)next);
}
/** Needs Ethernet behind and UDP in front. tag_bytes: of value, 0 = no tag */
static UNUSED void wrap_tzsp(struct frame *f, unsigned encapsulated, unsigned padding, unsigned tag_bytes) {
    uint8_t *h = frame_layer(f, SKP_TZSP, 4 + padding + (tag_bytes ? 2 + tag_bytes : 0) + 1);
    h[0] = 1;
    put16(h + 2, encapsulated);
    if (tag_bytes) {
        h[4 + padding] = 41;
        h[5 + padding] = (uint8_t)tag_bytes;
    }
    h[4 + padding + (tag_bytes ? 2 + tag_bytes : 0)] = 1;
}
static UNUSED void wrap_chdlc(struct frame *f) {
    unsigned type = f->ethertype;
    uint8_t *h = frame_layer(f, SKP_CHDLC, 4);
    put16(h, 0x0f00);
    put16(h + 2, type);
}
static UNUSED void wrap_mpls(struct frame *f, uint32_t label, bool bottom) {
    uint8_t *h = frame_layer(f, SKP_MPLS, 4);
    put32(h, label << 12 | (bottom ? 0x100u : 0) | 64);
    f->ethertype = 0x8847;
    f->ppp = 0x0281;
    f->ipproto = 137;
}
/** Needs Ethernet in front and MPLS behind. */
static UNUSED void wrap_control_word(struct frame *f) { frame_layer(f, SKP_PWCW, 4); }
/** Needs Ethernet in front and UDP behind. */
static UNUSED void wrap_vxlan(struct frame *f, uint32_t vni) {
    uint8_t *h = frame_layer(f, SKP_VXLAN, 8);
    h[0] = 0x08;
    put32(h + 4, vni << 8);
}
static UNUSED void wrap_geneve(struct frame *f, uint32_t vni, unsigned option_words) {
    unsigned type = f->ethertype;
    uint8_t *h = frame_layer(f, SKP_GENEVE, 8 + 4u * option_words);
    put8(h, option_words);
    put16(h + 2, type);
    put32(h + 4, vni << 8);
}
/** Needs IP in front and UDP behind. extensions: each 4 bytes long */
static UNUSED void wrap_gtpu(struct frame *f, uint32_t teid, bool sequence, unsigned extensions) {
    size_t inner = frame_len(f);
    size_t n = 8u + (sequence || extensions ? 4u : 0) + 4u * extensions;
    uint8_t *h = frame_layer(f, SKP_GTPU, n);
    put8(h, 0x30 | (sequence ? 2u : 0) | (extensions ? 4u : 0));
    put8(h + 1, 255);
    put16(h + 2, (unsigned)(inner + n - 8));
    put32(h + 4, teid);
    for (unsigned i = 0; i < extensions; i++) {
        put8(h + 11 + 4 * i, 0x85);
        put8(h + 12 + 4 * i, 1);
    }
}
static UNUSED void wrap_etherip(struct frame *f) {
    frame_layer(f, SKP_ETHERIP, 2)[0] = 0x30;
    f->ipproto = 97;
}
/** Needs Ethernet in front. version 1: type II, 2: type III */
static UNUSED void wrap_erspan(struct frame *f, unsigned version, bool optional) {
    uint8_t *h = frame_layer(f, SKP_ERSPAN, version == 1 ? 8 : optional ? 20 : 12);
    put8(h, version << 4);
    put16(h + 2, 0x3ff);
    if (version == 2 && optional)
        h[11] = 1;
    f->ethertype = version == 1 ? 0x88be : 0x22eb;
}
static UNUSED void wrap_pbb(struct frame *f, uint32_t service) {
    put32(frame_layer(f, SKP_PBB, 4), service);
    f->ethertype = 0x88e7;
}
/** Integrity only. */
static UNUSED void wrap_macsec(struct frame *f, bool sci) {
    unsigned type = f->ethertype;
    uint8_t *h = frame_layer(f, SKP_MACSEC, sci ? 16 : 8);
    h[0] = sci ? 0x20 : 0;
    put16(h + (sci ? 14 : 6), type);
    f->ethertype = 0x88e5;
}
/** Needs IP in front and UDP behind. */
static UNUSED void wrap_ayiya(struct frame *f) {
    int next = f->ipproto;
    uint8_t *h = frame_layer(f, SKP_AYIYA, 8 + 16 + 20);
    put16(h, 0x4152);
    put8(h + 2, 0x11);
    put8(h + 3, (unsigned)next);
}

/** Who is on the air: stations 1 and 2, access points 0xa and 0xb; the last byte of each address. */
enum { STA1 = 1, STA2 = 2, AP = 0xa, AP2 = 0xb };
/** Data frame from STA1 to STA2. ds: 1 = to DS, 2 = from DS; needs LLC, or (amsdu) an A-MSDU header in front. */
static UNUSED uint8_t *wrap_wlan(struct frame *f, unsigned ds, bool qos, bool htc, bool amsdu) {
    static const uint8_t last[4][4] = {{STA2, STA1, AP}, {AP, STA1, STA2}, {STA2, AP, STA1}, {AP2, AP, STA2, STA1}};
    size_t n = 24u + (ds == 3 ? 6u : 0) + (qos ? 2u : 0) + (qos && htc ? 4u : 0);
    uint8_t *h = frame_layer(f, SKP_WLAN, n);
    put8(h, qos ? 0x88 : 0x08);
    put8(h + 1, ds | (htc ? 0x80u : 0));
    for (unsigned i = 0; i < (ds == 3 ? 4u : 3u); i++) {
        uint8_t *a = h + (i == 3 ? 24 : 4 + 6 * i);
        a[0] = 2;
        a[5] = last[ds][i];
    }
    if (qos && amsdu)
        h[ds == 3 ? 30 : 24] = 0x80;
    return h;
}
/** Header of the first frame of an A-MSDU, from STA1 to STA2; needs LLC in front. */
static UNUSED void wrap_amsdu(struct frame *f) {
    size_t len = frame_len(f);
    uint8_t *h = frame_layer(f, SKP_AMSDU, 14);
    h[0] = h[6] = 2;
    h[5] = STA2;
    h[11] = STA1;
    put16(h + 12, (unsigned)len);
}
/** Needs Ethernet or (native) 802.11 in front and UDP behind. */
static UNUSED void wrap_capwap(struct frame *f, bool native, unsigned option_words) {
    uint8_t *h = frame_layer(f, SKP_CAPWAP, 8 + 4u * option_words);
    put32(h, (2 + option_words) << 19 | 1 << 14 | 1 << 9 | (native ? 0x100u : 0));
}
/** Needs 802.11 in front and UDP behind. flags: control, fragment, not last */
static UNUSED void wrap_lwapp(struct frame *f, unsigned flags) {
    size_t n = frame_len(f);
    uint8_t *h = frame_layer(f, SKP_LWAPP, 6);
    put8(h, 2u << 3 | flags);
    put16(h + 2, (unsigned)n);
}
/** Needs IP in front and UDP behind. */
static UNUSED void wrap_lisp(struct frame *f, uint32_t instance) {
    uint8_t *h = frame_layer(f, SKP_LISP, 8);
    h[0] = instance ? 0x88 : 0x80;
    put32(h + 4, instance << 8);
}
static UNUSED void wrap_arista(struct frame *f, bool short_stamp) {
    unsigned type = f->ethertype;
    uint8_t *h = frame_layer(f, SKP_ARISTA, short_stamp ? 12 : 14);
    put16(h, 1);
    put16(h + 2, short_stamp ? 0x0120 : 0x0010);
    put16(h + (short_stamp ? 10 : 12), type);
    f->ethertype = 0xd28b;
}

static UNUSED void decode_frame(struct frame *f, unsigned linktype, struct sk_layers *ret) {
    struct sk_packet p = {.data = frame_bytes(f),
                          .caplen = (uint32_t)frame_len(f),
                          .wirelen = (uint32_t)frame_len(f),
                          .linktype = (uint16_t)linktype};
    sk_decode(&p, ret);
}
/** The stack read is the stack written. */
static UNUSED void expect_written(const struct frame *f, const struct sk_layers *l) {
    unsigned same = 0;
    while (same < l->n && same < f->n && l->at[same].proto == f->expect[f->n - 1 - same])
        same++;
    if (same < f->n || l->n != f->n) {
        char path[256];
        sk_tunnel_path(l, l->n, path, sizeof path);
        char written[1024] = "";
        for (unsigned i = f->n, at = 0; i-- > 0 && at < sizeof written - 32;)
            at += (unsigned)snprintf(written + at, sizeof written - at, "/%s", sk_proto_label(f->expect[i]));
        fail_msg("%u layers written, %u read, %u the same: %s, written %s", f->n, l->n, same, path, written);
    }
}
static UNUSED bool has_anomaly(const struct sk_layers *l, enum sk_anomaly a) { return l->anomalies >> a & 1; }
static UNUSED void expect_only(const struct sk_layers *l, uint64_t anomalies) {
    for (unsigned a = 0; a < SK_AN_COUNT; a++)
        if ((l->anomalies >> a & 1) != (anomalies >> a & 1))
            fail_msg("anomaly %s %s", sk_anomaly_name((enum sk_anomaly)a),
                     anomalies >> a & 1 ? "missing" : "unexpected");
}
#define AN(a) ((uint64_t)1 << (SK_AN_##a))

#endif
