/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IEEE 802.11 frames, clause 9: data frames go on as LLC, or as an A-MSDU; management and control frames end here.
 *
 *   0     2 4    8       16       32
 *   +-----+-+----+-------+--------+-----------+-----------+-----------+-----+------------+-----+---------+-----+
 *   |0|typ|subtyp| flags | duratn | address 1 | address 2 | address 3 | seq | address 4 | QoS | control | mesh|
 *   +-----+-+----+-------+--------+-----------+-----------+-----------+-----+------------+-----+---------+-----+
 *                                                                             both DS     QoS   +HTC
 *
 *   To DS, From DS      00       10       01       11
 *   destination      address 1  3        1        3
 *   source           address 2  2        3        4         (mesh, A-MSDU: others, further in)
 *
 * Protected frames are encrypted from the body on (dec_wlansec.c). A fragment that is not the first has no header of
 * what it carries. Some controllers swap the two bytes of frame control inside CAPWAP: a version that is not 0 tells.
 */
#include "decode/decoder.h"

enum {
    VERSION = 0x0003,
    NO_DATA = 0x0040,
    QOS = 0x0080,
    TO_DS = 0x0100,
    FROM_DS = 0x0200,
    MORE_FRAGMENTS = 0x0400,
    PROTECTED = 0x4000,
    HTC = 0x8000,
    BOTH_DS = TO_DS | FROM_DS
};
enum { MANAGEMENT = 0, CONTROL = 1, DATA = 2 };
enum { CONTROL_HEADER = 10, QOS_AMSDU = 0x0080, QOS_MESH = 0x0100, RADIOTAP_PAD = 0x20 };

struct wlan {
    struct sk_mac dst, src;
    uint32_t hdr;
    bool amsdu;
    uint8_t fragment;
};

static unsigned type_of(uint16_t fc) { return fc >> 2 & 3; }
static bool is_qos(uint16_t fc) { return type_of(fc) == DATA && fc & QOS; }

/** Mesh control (9.2.4.7.3): flags, TTL, sequence number, and addresses of who is behind the mesh. */
static void read_mesh(struct sk_cur *c, uint16_t fc, struct wlan *ret) {
    unsigned extension = sk_cur_u8(c) & 3;
    sk_cur_skip(c, 5);
    ret->hdr += 6 + 6 * extension;
    if (extension == 1) {
        struct sk_mac a4 = sk_cur_mac(c);
        if ((fc & BOTH_DS) == FROM_DS)
            ret->src = a4;
    } else if (extension == 2) {
        ret->dst = sk_cur_mac(c);
        ret->src = sk_cur_mac(c);
    } else {
        sk_cur_skip(c, 6 * (size_t)extension);
    }
}

/** Header of a data or management frame; the cursor at frame control. @return false: not all of it is captured */
static bool read(struct sk_cur c, uint16_t fc, struct wlan *ret) {
    *ret = (struct wlan){.hdr = 24};
    sk_cur_skip(&c, 4);
    struct sk_mac a1 = sk_cur_mac(&c), a2 = sk_cur_mac(&c), a3 = sk_cur_mac(&c), a4 = {{0}};
    ret->fragment = sk_cur_le16(&c) & 15;
    unsigned ds = type_of(fc) == DATA ? fc & BOTH_DS : 0;
    uint16_t qos = 0;
    if (ds == BOTH_DS) {
        a4 = sk_cur_mac(&c);
        ret->hdr += 6;
    }
    if (is_qos(fc)) {
        qos = sk_cur_le16(&c);
        ret->hdr += 2;
    }
    if (fc & HTC && (is_qos(fc) || type_of(fc) == MANAGEMENT)) {
        sk_cur_skip(&c, 4);
        ret->hdr += 4;
    }
    ret->dst = ds & TO_DS ? a3 : a1;
    ret->src = ds == BOTH_DS ? a4 : ds == FROM_DS ? a3 : a2;
    bool body = is_qos(fc) && !(fc & (NO_DATA | PROTECTED)) && ret->fragment == 0;
    ret->amsdu = body && qos & QOS_AMSDU;
    if (body && !ret->amsdu && qos & QOS_MESH && ds & FROM_DS) /* from a station the bit is its queue's */
        read_mesh(&c, fc, ret);
    return sk_cur_ok(&c);
}

/** From the header alone: the addresses of an A-MSDU stand in front of each of its frames. */
static bool macs(struct sk_cur header, uint32_t id, struct sk_mac *dst, struct sk_mac *src) {
    struct wlan w;
    uint16_t fc = (uint16_t)id;
    if ((type_of(fc) != DATA && type_of(fc) != MANAGEMENT) || !read(header, fc, &w) || w.amsdu)
        return false;
    *dst = w.dst;
    *src = w.src;
    return true;
}

/** Disassociation, authentication, deauthentication, action; no other management frame can be. */
static bool may_be_protected(uint16_t fc) {
    unsigned subtype = fc >> 4 & 15;
    return type_of(fc) == DATA || (subtype >= 10 && subtype <= 13);
}

static bool body(struct sk_dec *d, uint16_t fc, const struct wlan *w) {
    if (type_of(fc) == DATA && fc & NO_DATA)
        return sk_dec_end(d);
    if (fc & PROTECTED && may_be_protected(fc))
        return sk_dec_next(d, SK_BY_PROTO, SKP_WLANSEC);
    if (type_of(fc) == MANAGEMENT)
        return sk_dec_end(d);
    if (w->fragment || fc & MORE_FRAGMENTS)
        sk_dec_anomaly(d, SK_AN_LINK_FRAGMENT);
    if (w->fragment || d->wire == 0)
        return sk_dec_end(d);
    return sk_dec_next(d, SK_BY_PROTO, w->amsdu ? SKP_AMSDU : SKP_LLC);
}

/** Radiotap says that the body begins at a multiple of four bytes. */
static bool padded(const struct sk_dec *d) {
    const struct sk_layer *parent = d->ret->n ? &d->ret->at[d->ret->n - 1] : NULL;
    return parent && parent->proto == SKP_RADIOTAP && parent->id & RADIOTAP_PAD;
}

static uint16_t frame_control(const struct sk_dec *d, uint16_t fc) {
    uint8_t parent = d->ret->n ? d->ret->at[d->ret->n - 1].proto : SKP_NONE;
    bool capwap = parent == SKP_CAPWAP || parent == SKP_LWAPP;
    uint16_t swapped = (uint16_t)((unsigned)fc << 8 | (unsigned)fc >> 8);
    if (capwap && fc & VERSION && !(swapped & VERSION))
        return swapped;
    return fc;
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    struct wlan w;
    if (c.left < 2)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    uint16_t fc = frame_control(d, sk_cur_le16(&c));
    if (fc & VERSION)
        return sk_dec_stop(d, SK_AN_LINKTYPE);
    if (type_of(fc) != DATA && type_of(fc) != MANAGEMENT) {
        if (d->cur.left < CONTROL_HEADER)
            return sk_dec_short(d, SK_AN_TRUNCATED);
        return sk_dec_push(d, SKP_WLAN, CONTROL_HEADER, fc) && sk_dec_end(d);
    }
    if (!read(d->cur, fc, &w))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    uint32_t hdr = padded(d) ? (w.hdr + 3) & ~3u : w.hdr;
    if (hdr > d->cur.left)
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_WLAN, hdr, fc))
        return false;
    if (!w.amsdu)
        sk_dec_macs(d, &w.dst, &w.src);
    return body(d, fc, &w);
}

const struct sk_decoder sk_dec_wlan = {
    .label = "wlan",
    /* IEEE 802.11 */
    .decode = decode,
    .macs = macs,
    .binds = {{SK_BY_LINKTYPE, 105}},
};
