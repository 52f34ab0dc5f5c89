/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The loop over the layers of a frame: find the decoder that the last header names, call it, until nothing is named.
 * It ends because every turn pushes a layer of at least one byte, or deepens the tunnel, or stops; both are counted.
 * (Only classical IP over ATM has no header: after it, LLC or IP is due.)
 */
#include "decode/guess.h"

static void begin(struct sk_dec *d, const struct sk_packet *pkt, struct sk_layers *ret) {
    ret->n = 0;
    ret->n_ip = 0;
    ret->depth = 0;
    ret->n_vlan = pkt->vlan != 0;
    ret->vlan[0] = pkt->vlan;
    ret->anomalies = 0;
    memset(&ret->src_mac, 0, sizeof ret->src_mac);
    memset(&ret->dst_mac, 0, sizeof ret->dst_mac);
    *d = (struct sk_dec){.ret = ret,
                         .cur = sk_cur_of(pkt->data, pkt->caplen),
                         .wire = pkt->wirelen > pkt->caplen ? pkt->wirelen : pkt->caplen,
                         .space = SK_BY_LINKTYPE,
                         .value = pkt->linktype,
                         .ip = 0xff,
                         .vlans = true,
                         .link = true,
                         .room = SK_LAYERS_MAX,
                         .ext_room = SK_EXT_TOTAL};
}

/**
 * What keeps the link itself going, between neighbours: nothing that a host says to another is inside, so nothing is
 * missed by not reading it. What carries data (FCoE, PROFINET, EtherCAT) is not among it.
 */
static bool manages_link(uint16_t ethertype) {
    switch (ethertype) {
    case 0x0842: /* Wake-on-LAN */
    case 0x8808: /* MAC control: pause, IEEE 802.3 annex 31 */
    case 0x8809: /* slow protocols: LACP, OAM */
    case 0x888e: /* EAPOL, IEEE 802.1X */
    case 0x8899: /* loop detection of Realtek's switches */
    case 0x88cc: /* LLDP, IEEE 802.1AB */
    case 0x88d9: /* LLTD */
    case 0x88e1: /* HomePlug AV management */
    case 0x88f5: /* MVRP */
    case 0x88f6: /* MMRP */
    case 0x88f7: /* PTP, IEEE 1588 */
    case 0x8902: /* CFM, IEEE 802.1ag */
    case 0x893a: /* IEEE 1905.1 */
    case 0x9000: /* configuration test: loops, keepalives of switches */
        return true;
    default:
        return false;
    }
}

/** No decoder has the number: say so where the number names something that should have one. */
static void unknown(struct sk_dec *d) {
    switch ((enum sk_space)d->space) {
    case SK_BY_LINKTYPE:
        sk_dec_anomaly(d, SK_AN_LINKTYPE);
        break;
    case SK_BY_ETHERTYPE:
        if (!manages_link(d->value))
            sk_dec_anomaly(d, SK_AN_ETHERTYPE);
        break;
    case SK_BY_PPP:
        sk_dec_anomaly(d, SK_AN_ETHERTYPE);
        break;
    case SK_BY_IP4:
    case SK_BY_IP6:
        if (d->value != 59)
            sk_dec_anomaly(d, SK_AN_UPPER_UNKNOWN);
        break;
    default:
        break;
    }
}

static bool says_no_version(const struct sk_dec *d) {
    return d->space == SK_BY_VERSION ||
           (d->space == SK_BY_LINKTYPE && (d->value == 12 || d->value == 14 || d->value == 101));
}

/** IP behind IP at the same depth: a protocol between them (MPLS in IP) carries it. */
static bool is_inner(const struct sk_dec *d) {
    if (d->space == SK_BY_IP4 || d->space == SK_BY_IP6)
        return true;
    if (d->ip == 0xff)
        return false;
    const struct sk_ip *ip = &d->ret->ip[d->ip];
    return ip->depth == d->depth && ip->quoted == !!(d->flags & SK_LAYER_QUOTED);
}

/** An IP header follows: the version nibble decides which, whatever named it. @return 0: neither */
static uint8_t ip_by_version(struct sk_dec *d, uint8_t named) {
    bool inner = is_inner(d);
    bool any = says_no_version(d);
    if (inner && !sk_dec_tunnel(d))
        return 0;
    if (d->cur.left == 0) {
        sk_dec_short(d, inner ? SK_AN_TUNNEL_INNER : SK_AN_IP_HEADER);
        return 0;
    }
    unsigned version = sk_cur_peek(&d->cur, 0) >> 4;
    uint8_t real = version == 4 ? SKP_IPV4 : version == 6 ? SKP_IPV6 : 0;
    if (!real)
        sk_dec_stop(d, d->depth > 0 && !(d->flags & SK_LAYER_QUOTED) ? SK_AN_TUNNEL_INNER : SK_AN_IP_HEADER);
    else if (real != named && !any)
        sk_dec_anomaly(d, SK_AN_VERSION_MISMATCH);
    return real;
}

/** LLC/SNAP under an EtherType nobody has: the 802.3 length field is wrong (VU#855201), some receivers do not look at
 * it. */
static bool looks_like_snap(const struct sk_cur *c) {
    static const uint8_t snap[6] = {0xaa, 0xaa, 0x03, 0, 0, 0};
    struct sk_cur peek = *c;
    const uint8_t *b = sk_cur_take(&peek, sizeof snap);
    return b && memcmp(b, snap, sizeof snap) == 0;
}

/** Teredo peers use any port: the first bytes are an IPv6 header's, or those of its optional headers. */
static bool may_be_teredo(const struct sk_dec *d) {
    uint8_t first = sk_cur_peek(&d->cur, 0);
    return d->wire >= 40 && (first >> 4 == 6 || (first == 0 && sk_cur_peek(&d->cur, 1) <= 1));
}

/** Foo-over-UDP uses any port too: IP at once. */
static bool may_be_fou(const struct sk_dec *d) {
    uint8_t first = sk_cur_peek(&d->cur, 0);
    return d->cur.left == d->wire && ((first >= 0x45 && first <= 0x4f) || first >> 4 == 6);
}

static uint8_t decoder_of_udp(const struct sk_dec *d) {
    uint32_t ports = d->ret->at[d->ret->n - 1].id;
    uint8_t p = sk_decoder_of(SK_BY_UDP, (uint16_t)ports);
    if (!p)
        p = sk_decoder_of(SK_BY_UDP, (uint16_t)(ports >> 16));
    if (p)
        return p;
    return may_be_teredo(d) ? SKP_TEREDO : may_be_fou(d) ? SKP_FOU : SKP_NONE;
}

/**
 * The decoder p of a port did not find its protocol: a tunnel may use that port all the same. Only with the whole
 * payload: a cut one must not be taken for something else than the whole one.
 */
static bool other_in_udp(struct sk_dec *d, uint8_t p) {
    if (d->cur.left != d->wire)
        return false;
    if (p != SKP_TEREDO && p != SKP_FOU && may_be_teredo(d) && sk_decoders[SKP_TEREDO]->decode(d))
        return true;
    return p != SKP_FOU && may_be_fou(d) && sk_decoders[SKP_FOU]->decode(d);
}

static uint8_t find(struct sk_dec *d) {
    uint8_t p;
    if (d->space == SK_BY_UDP)
        p = decoder_of_udp(d);
    else
        p = sk_decoder_of((enum sk_space)d->space, d->value);
    if (p == SKP_IPV4 || p == SKP_IPV6)
        return ip_by_version(d, p);
    if (!p && d->space == SK_BY_ETHERTYPE && looks_like_snap(&d->cur)) {
        sk_dec_anomaly(d, SK_AN_LENGTH_FIELD);
        return SKP_LLC;
    }
    if (!p)
        unknown(d);
    return p;
}

static inline void run(struct sk_dec *d, bool outer) {
    struct sk_layers *ret = d->ret;
    while (d->space != SK_END) {
        bool upper = d->space == SK_BY_IP4 || d->space == SK_BY_IP6;
        uint8_t ip = d->ip;
        uint8_t p = find(d);
        if (!p)
            break;
        unsigned n = ret->n;
        bool udp = d->space == SK_BY_UDP;
        if (!sk_decoders[p]->decode(d) && !(udp && ret->n == n && other_in_udp(d, p)))
            break;
        if (upper && !(ret->at[n].flags & SK_LAYER_EXT))
            ret->ip[ip].upper_layer = (uint8_t)n;
        if (outer && ret->n_ip)
            break;
    }
}

void sk_decode(const struct sk_packet *pkt, struct sk_layers *ret) {
    struct sk_dec d;
    begin(&d, pkt, ret);
    run(&d, false);
}
void sk_decode_outer(const struct sk_packet *pkt, struct sk_layers *ret) {
    struct sk_dec d;
    begin(&d, pkt, ret);
    run(&d, true);
}

unsigned sk_layers_to_fragment(const struct sk_layers *l, unsigned ip) {
    unsigned n = l->ip[ip].layer + 1u;
    if (l->ip[ip].src.fam == 4)
        return n;
    while (n < l->n && l->at[n].proto != SKP_FRAGMENT)
        n++;
    return n < l->n ? n + 1 : n;
}

void sk_layers_cut(struct sk_layers *l, unsigned n, unsigned ip) {
    struct sk_ip *h = &l->ip[ip];
    l->n = (uint8_t)n;
    l->n_ip = (uint8_t)(ip + 1);
    l->depth = 0;
    h->upper_layer = 0xff;
    h->n_ext = 0;
    for (unsigned i = 0; i < n; i++) {
        if (l->at[i].flags & SK_LAYER_TUNNEL && l->at[i].depth >= l->depth)
            l->depth = (uint8_t)(l->at[i].depth + 1);
        h->n_ext = (uint8_t)(h->n_ext + (i > h->layer && l->at[i].flags & SK_LAYER_EXT));
    }
    h->upper_off = l->at[n - 1].off + l->at[n - 1].hdr_len;
}

void sk_decode_resume(const struct sk_packet *pkt, struct sk_layers *ret, unsigned ip) {
    struct sk_dec d;
    unsigned n = sk_layers_to_fragment(ret, ip), ext = 0;
    struct sk_ip *h = &ret->ip[ip];
    sk_layers_cut(ret, n, ip);
    for (unsigned i = 0; i < n; i++) {
        ret->at[i].len = pkt->caplen - ret->at[i].off;
        ext += (ret->at[i].flags & SK_LAYER_EXT) != 0;
    }
    struct sk_cur head = sk_layer_bytes(pkt, &ret->at[n - 1]);
    if (h->src.fam == 6)
        h->proto = sk_cur_u8(&head); /* the first fragment's: later ones are not to be trusted (RFC 8200 4.5) */
    h->fragment = h->more = false;
    h->frag_off = 0;
    h->reassembled = true;
    h->upper_len = h->wire_upper_len = pkt->caplen - h->upper_off;
    d = (struct sk_dec){.ret = ret,
                        .cur = sk_cur_of(pkt->data, pkt->caplen),
                        .off = h->upper_off,
                        .wire = h->upper_len,
                        .space = h->src.fam == 4 ? SK_BY_IP4 : SK_BY_IP6,
                        .value = h->proto,
                        .depth = h->depth,
                        .ip = (uint8_t)ip,
                        .bounded = true,
                        .room = (uint8_t)(SK_LAYERS_MAX - (n - ext)),
                        .ext_room = (uint8_t)(SK_EXT_TOTAL - ext),
                        .ext_rank = SK_RANK_FRAGMENT};
    sk_cur_skip(&d.cur, h->upper_off);
    run(&d, false);
}

bool sk_dec_short(struct sk_dec *d, enum sk_anomaly a) {
    if (d->cur.left < d->wire)
        a = SK_AN_TRUNCATED;
    else if (d->ip != 0xff && d->ret->ip[d->ip].fragment)
        a = SK_AN_UPPER_UNKNOWN;
    return sk_dec_stop(d, a);
}

bool sk_dec_type_or_length(struct sk_dec *d, uint16_t value) {
    if (value >= 0x600)
        return sk_dec_next(d, SK_BY_ETHERTYPE, value);
    /* The length is not used as a bound: receivers that ignore a wrong one would see what we cut (VU#855201). Shorter
     * than the frame is padding only in a frame of minimal size. */
    if (value > 1500 || value > d->wire || (value < d->wire && d->wire > SK_SMALLEST_PAYLOAD))
        sk_dec_anomaly(d, SK_AN_LENGTH_FIELD);
    return sk_dec_next(d, SK_BY_PROTO, SKP_LLC);
}

bool sk_layer_macs(const struct sk_packet *pkt, const struct sk_layer *l, struct sk_mac *ret_dst,
                   struct sk_mac *ret_src) {
    const struct sk_decoder *p = l->proto < SKP_COUNT ? sk_decoders[l->proto] : NULL;
    return p && p->macs && p->macs(sk_layer_bytes(pkt, l), l->id, ret_dst, ret_src);
}

bool sk_layers_encrypted(const struct sk_layers *l) {
    uint8_t end = l->n ? l->at[l->n - 1].proto : SKP_NONE;
    return end == SKP_ESP || end == SKP_MACSEC || end == SKP_WLANSEC || end == SKP_DTLS;
}

struct sk_ip *sk_dec_ip(struct sk_dec *d) {
    struct sk_layers *ret = d->ret;
    if (ret->n_ip == SK_IPS_MAX || d->room == 0) {
        sk_dec_stop(d, d->room == 0 ? SK_AN_LAYER_LIMIT : SK_AN_TUNNEL_LIMIT);
        return NULL;
    }
    struct sk_ip *ip = &ret->ip[ret->n_ip];
    ip->layer = ret->n;
    ip->upper_layer = 0xff;
    ip->depth = d->depth;
    ip->ext = 0;
    ip->n_ext = 0;
    ip->quoted = d->flags & SK_LAYER_QUOTED;
    ip->fragment = false;
    ip->atomic = false;
    ip->reassembled = false;
    ip->more = false;
    ip->frag_off = 0;
    ip->frag_id = 0;
    d->ip = ret->n_ip++;
    d->ext_rank = 0;
    d->ext_bytes = 0;
    return ip;
}

bool sk_dec_quote(struct sk_dec *d, uint32_t quoted) {
    /* Nobody may send an error about an error (RFC 1122 3.2.2, 4443 2.4e); so one quotation is enough. */
    if (d->flags & SK_LAYER_QUOTED || d->wire == 0)
        return sk_dec_end(d);
    if (quoted && quoted < d->wire) {
        d->wire = quoted;
        sk_cur_limit(&d->cur, quoted);
    }
    d->flags |= SK_LAYER_QUOTED;
    return sk_dec_next(d, SK_BY_VERSION, 0);
}
