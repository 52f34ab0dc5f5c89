/* SPDX-License-Identifier: Apache-2.0 */
#include "layers_check.h"

#include "guard.h"

static const char *wrong_layer(const struct sk_packet *pkt, const struct sk_layers *l, unsigned i) {
    const struct sk_layer *y = &l->at[i];
    if (y->proto == SKP_NONE || y->proto >= SKP_COUNT)
        return "no protocol";
    if (y->hdr_len == 0 || y->hdr_len > y->len)
        return "hdr_len outside 1..len";
    if ((uint64_t)y->off + y->len > pkt->caplen)
        return "layer ends behind the frame";
    if (y->ip != 0xff && y->ip >= l->n_ip)
        return "ip index";
    if (i == 0)
        return y->off == 0 && y->depth == 0 ? NULL : "first layer is not at 0";
    const struct sk_layer *parent = &l->at[i - 1];
    if (y->off != parent->off + parent->hdr_len)
        return "child does not begin behind its parent's header";
    if (y->off + y->len > parent->off + parent->len)
        return "child ends behind its parent";
    if (y->depth != parent->depth + (parent->flags & SK_LAYER_TUNNEL ? 1 : 0))
        return "depth does not follow the tunnels";
    if (parent->flags & SK_LAYER_QUOTED && !(y->flags & SK_LAYER_QUOTED))
        return "quoted is lost";
    return NULL;
}

static const char *wrong_ip(const struct sk_packet *pkt, const struct sk_layers *l, unsigned i) {
    const struct sk_ip *ip = &l->ip[i];
    if (ip->layer >= l->n || l->at[ip->layer].ip != i)
        return "ip and layer do not name each other";
    if (ip->depth != l->at[ip->layer].depth || ip->quoted != !!(l->at[ip->layer].flags & SK_LAYER_QUOTED))
        return "ip and layer differ";
    if (ip->upper_layer != 0xff && (ip->upper_layer <= ip->layer || ip->upper_layer >= l->n))
        return "upper_layer";
    if (ip->upper_layer != 0xff && l->at[ip->upper_layer].off != ip->upper_off)
        return "upper_off";
    if ((uint64_t)ip->upper_off + ip->upper_len > pkt->caplen)
        return "upper_len ends behind the frame";
    if (ip->upper_len > ip->wire_upper_len)
        return "more captured than declared";
    if (ip->n_ext > SK_EXT_MAX || ip->src.fam != ip->dst.fam || (ip->src.fam != 4 && ip->src.fam != 6))
        return "ip summary";
    if (ip->fragment != (ip->more || ip->frag_off != 0) && ip->src.fam == 6)
        return "fragment bits";
    return NULL;
}

const char *sk_layers_wrong(const struct sk_packet *pkt, const struct sk_layers *l) {
    unsigned plain = 0;
    uint8_t deepest = 0;
    if (l->n > SK_AT_MAX || l->n_ip > SK_IPS_MAX || l->n_vlan > SK_VLANS_MAX || l->depth > SK_TUNNELS_MAX)
        return "a count is above its limit";
    if (l->anomalies >> SK_AN_COUNT)
        return "an unknown anomaly";
    for (unsigned i = 0; i < l->n; i++) {
        const char *wrong = wrong_layer(pkt, l, i);
        if (wrong)
            return wrong;
        plain += !(l->at[i].flags & SK_LAYER_EXT);
        deepest = l->at[i].depth > deepest ? l->at[i].depth : deepest;
    }
    if (plain > SK_LAYERS_MAX)
        return "too many layers";
    if (deepest > l->depth)
        return "depth is not the deepest";
    for (unsigned i = 0; i < l->n_ip; i++) {
        const char *wrong = wrong_ip(pkt, l, i);
        if (wrong)
            return wrong;
    }
    return NULL;
}

static bool same_layer(const struct sk_layer *a, const struct sk_layer *b, bool last) {
    unsigned ignore = SK_LAYER_TRUNCATED;
    if (a->proto != b->proto || a->depth != b->depth || a->ip != b->ip || a->off != b->off || a->id != b->id)
        return false;
    if ((a->flags | ignore) != (b->flags | ignore)) {
        /* An outer UDP header becomes a tunnel only when what it carries is captured. */
        if (!(last && (b->flags & ~a->flags) == SK_LAYER_TUNNEL))
            return false;
    }
    return a->hdr_len == b->hdr_len || (last && a->hdr_len < b->hdr_len);
}

const char *sk_layers_no_prefix(const struct sk_layers *part, const struct sk_layers *whole) {
    if (part->n > whole->n || part->n_ip > whole->n_ip || part->n_vlan > whole->n_vlan || part->depth > whole->depth)
        return "more found in fewer bytes";
    for (unsigned i = 0; i < part->n; i++)
        if (!same_layer(&part->at[i], &whole->at[i], i + 1u == part->n))
            return "a layer differs";
    for (unsigned i = 0; i < part->n_ip; i++) {
        const struct sk_ip *a = &part->ip[i];
        const struct sk_ip *b = &whole->ip[i];
        if (!sk_addr_eq(&a->src, &b->src) || !sk_addr_eq(&a->dst, &b->dst) || a->layer != b->layer ||
            a->hop_limit != b->hop_limit || a->tclass != b->tclass || (a->ext & ~b->ext) || a->n_ext > b->n_ext ||
            (a->upper_layer != 0xff && a->upper_layer != b->upper_layer))
            return "an IP summary differs";
    }
    if (memcmp(part->vlan, whole->vlan, part->n_vlan * sizeof part->vlan[0]) != 0)
        return "a VLAN differs";
    bool none = sk_mac_zero(&part->src_mac) && sk_mac_zero(&part->dst_mac);
    if (!none && (!sk_mac_eq(&part->src_mac, &whole->src_mac) || !sk_mac_eq(&part->dst_mac, &whole->dst_mac)))
        return "a MAC differs";
    return NULL;
}

static const char *outer_wrong(const struct sk_packet *pkt, const struct sk_layers *whole) {
    static struct sk_layers outer;
    sk_decode_outer(pkt, &outer);
    if (outer.n_ip > 1)
        return "sk_decode_outer went on";
    if (whole->n_ip && outer.n_ip != 1)
        return "sk_decode_outer found no IP";
    for (unsigned i = 0; i < outer.n; i++)
        if (outer.at[i].off != whole->at[i].off || outer.at[i].proto != whole->at[i].proto)
            return "sk_decode_outer differs";
    return outer.n > whole->n ? "sk_decode_outer found more" : NULL;
}

const char *sk_layers_sweep(const uint8_t *bytes, size_t n, uint16_t linktype) {
    static struct sk_layers whole, part;
    struct sk_packet pkt = {.data = bytes, .caplen = (uint32_t)n, .wirelen = (uint32_t)n, .linktype = linktype};
    struct sk_guard g = sk_guard_end(bytes, n);
    const char *wrong = NULL;
    pkt.data = g.p;
    sk_decode(&pkt, &whole);
    wrong = sk_layers_wrong(&pkt, &whole);
    wrong = wrong ? wrong : outer_wrong(&pkt, &whole);
    for (size_t k = 0; k < 2 * n && !wrong; k++) {
        pkt.caplen = (uint32_t)(k / 2);
        pkt.wirelen = k % 2 ? (uint32_t)n : pkt.caplen;
        pkt.data = sk_guard_cut(&g, bytes, k / 2);
        sk_decode(&pkt, &part);
        wrong = sk_layers_wrong(&pkt, &part);
        /* With an IP length of 0 the wire length is the declared one: a shorter wire is another packet. */
        if (k % 2 || !((part.anomalies | whole.anomalies) >> SK_AN_JUMBO & 1))
            wrong = wrong ? wrong : sk_layers_no_prefix(&part, &whole);
        if (k % 2 && !wrong && !(part.anomalies >> SK_AN_TRUNCATED & 1) && part.n < whole.n)
            wrong = "a layer is missing and nothing says why";
    }
    sk_guard_free(&g);
    return wrong;
}
