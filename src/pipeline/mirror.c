/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Declared mirror encapsulation: | Ethernet | IP | GRE, ERSPAN or UDP, TZSP or UDP, VXLAN | the frame |
 *
 * Done by the reader, so that lanes are chosen by the addresses of the frame inside. Only the first fragment of a
 * transport packet holds headers, and the rest goes to the lane of the outer pair: so fragments are left alone and show
 * as a tunnel.
 */
#include "pipeline/mirror.h"

#include "sekimori/layers.h"

enum { MIRRORS_MAX = 4, LINK_PPP = 9, LINK_RAW = 101, TZSP_ETHERNET = 1, TZSP_PPP = 4, TZSP_WLAN = 18 };
enum { LINK_WLAN = 105, ERSPAN_II = 1, TAG_KEPT = 3 };

/* Where the frame inside begins and what it is. */
struct inside {
    uint32_t off, len, wire;
    uint16_t linktype, vlan;
};

static bool is_tag(uint16_t type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200; }

/*
 * ERSPAN tells which VLAN the frame was in when the switch took the tag off (or there was none, on an access port).
 *
 *   | version, 4 | VLAN, 12 | class of service, 3 | encapsulation, 2 | ..
 */
static uint16_t vlan_of(const struct sk_packet *pkt, const struct sk_layer *erspan) {
    struct sk_cur c = sk_layer_bytes(pkt, erspan), frame = sk_layer_payload(pkt, erspan);
    uint32_t word = sk_cur_be32(&c);
    sk_cur_skip(&frame, 12);
    bool tagged = is_tag(sk_cur_be16(&frame)) && sk_cur_ok(&frame);
    bool kept = word >> 28 == ERSPAN_II && (word >> 11 & 3) == TAG_KEPT;
    return tagged || kept ? 0 : (uint16_t)(word >> 16 & 0xfff);
}

static uint16_t link_of_tzsp(uint32_t encapsulated) {
    switch (encapsulated) {
    case TZSP_ETHERNET:
        return SK_LINKTYPE_ETHERNET;
    case TZSP_PPP:
        return LINK_PPP;
    case TZSP_WLAN:
        return LINK_WLAN;
    default: /* 119 Prism, 127 AVS: 119 is Prism's link type too, 163 is that of AVS */
        return encapsulated == 119 ? 119 : 163;
    }
}

/* Link type by what was decoded inside; 0: nothing that a mirror copies. */
static uint16_t link_of_layer(const struct sk_layers *l, unsigned i) {
    if (i >= l->n)
        return 0;
    switch ((enum sk_proto)l->at[i].proto) {
    case SKP_ETHER:
        return SK_LINKTYPE_ETHERNET;
    case SKP_IPV4:
    case SKP_IPV6:
        return LINK_RAW;
    default:
        return 0;
    }
}

/* The layers around a frame, and its link type. @return index of the last of them; link 0: it is none of the declared
 */
static unsigned transport(const struct sk_layers *l, unsigned i, unsigned declared, uint16_t *ret_link) {
    static const struct {
        enum sk_tunnel_kind kind;
        enum sk_mirror mirror;
    } rows[] = {{SK_TUN_ERSPAN, SK_MIRROR_ERSPAN},
                {SK_TUN_TZSP, SK_MIRROR_TZSP},
                {SK_TUN_GRE, SK_MIRROR_GRE},
                {SK_TUN_NVGRE, SK_MIRROR_GRE},
                {SK_TUN_VXLAN, SK_MIRROR_VXLAN}};
    enum sk_tunnel_kind kind = sk_tunnel_kind(l, i);
    enum sk_mirror mirror = SK_MIRROR_NONE;
    for (unsigned k = 0; k < sizeof rows / sizeof *rows; k++)
        if (rows[k].kind == kind)
            mirror = rows[k].mirror;
    *ret_link = 0;
    if (mirror == SK_MIRROR_NONE || !(declared >> mirror & 1))
        return i;
    if (kind == SK_TUN_ERSPAN) {
        *ret_link = SK_LINKTYPE_ETHERNET;
        return l->at[i].flags & SK_LAYER_MIRROR ? i : i + 1;
    }
    *ret_link = kind == SK_TUN_TZSP ? link_of_tzsp(l->at[i].id) : link_of_layer(l, i + 1);
    return i;
}

static bool find(const struct sk_packet *pkt, const struct sk_layers *l, unsigned declared, struct inside *ret) {
    unsigned i = l->ip[0].layer;
    while (i < l->n && !(l->at[i].flags & SK_LAYER_TUNNEL))
        i++;
    if (i >= l->n || l->at[i].depth != 0 || l->at[i].ip != 0)
        return false;
    unsigned last = transport(l, i, declared, &ret->linktype);
    if (ret->linktype == 0 || last >= l->n)
        return false;
    const struct sk_layer *y = &l->at[last];
    ret->off = y->off + y->hdr_len;
    ret->len = y->len - y->hdr_len;
    uint32_t declared_end = l->ip[0].upper_off + l->ip[0].wire_upper_len;
    ret->wire = declared_end > ret->off + ret->len ? declared_end - ret->off : ret->len;
    ret->vlan = y->proto == SKP_ERSPAN ? vlan_of(pkt, y) : 0;
    return ret->len > 0;
}

/* @return false: it is no declared transport */
static bool strip(const struct sk_policy *p, struct sk_packet *pkt) {
    struct sk_layers l;
    struct inside in = {0};
    sk_decode_outer(pkt, &l);
    if (l.n_ip == 0 || l.ip[0].quoted || l.ip[0].fragment)
        return false;
    unsigned declared = sk_policy_mirrors(p, &l.ip[0].src, &l.ip[0].dst);
    if (!declared)
        return false;
    sk_decode(pkt, &l);
    if (!find(pkt, &l, declared, &in))
        return false;
    pkt->data += in.off;
    pkt->caplen = in.len;
    pkt->wirelen = in.wire;
    pkt->linktype = in.linktype;
    pkt->vlan = in.vlan;
    return true;
}

void mirror_strip(const struct sk_policy *p, struct sk_packet *pkt) {
    for (unsigned i = 0; i < MIRRORS_MAX && strip(p, pkt); i++) {
    }
}
