/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of captures by what the decoder found in them, for test_labels.py: one JSON line a file,
 * {"file": index in the arguments, "frames": {label: frames}}. The labels are the oracle's (categories.tsv of the
 * corpus); a frame counts once, whatever is in it at any depth, what an ICMP error quotes as well; a datagram that came
 * in fragments is a part of the frame that completes it.
 *
 * It decodes, puts together and reads DNS with the library's own functions and decides nothing itself but which of
 * their results a label names.
 */
#include "observe/dns_wire.h"
#include "sekimori/defrag.h"
#include "sekimori/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* clang-format off */
#define LABELS(X) \
    X(ip) X(ipv6) X(ipv6_and_ip) X(icmpv6) X(icmpv6_ptb) X(nd_hlim_not255) X(nd_with_exthdr) X(nd_fragmented) \
    X(proto41) X(proto41_mcast6over4) X(relay_192_88_99) X(addr_6to4) X(addr_teredo) X(addr_64ff9b) \
    X(proto41_and_6to4addr) X(teredo_auth) X(teredo_orig) X(udp3544) X(isatap_5efe) X(isatap_dns) X(teredo_dns) \
    X(wpad_dns) X(gre_ipv6) X(gre_teb) X(erspan) X(ayiya) X(tsp_port) X(ipip_proto4) X(ipv6_nxt4) X(ipv6_nxt41) \
    X(etherip) X(v6_rh0) X(v6_srh) X(v6_jumbo) X(v6_ah_esp) X(v6_nonext) X(v4_frag) X(dns) X(mdns) X(llmnr) \
    X(dns_resp) X(dns_resp_ra) X(dns_resp_ra_answers) X(dns_qtype16) X(dns_spf99) X(dns_dmarc) X(dns_mx) X(dns_axfr) \
    X(dns_ixfr) X(dns_aaaa_q) X(dns_do) X(dns_ad) X(dns_cd) X(dns_edns) X(dns_any) X(smtp_ports) X(qinq) X(mpls) \
    X(pppoes) X(pppoed) X(l2tp) X(vxlan) X(geneve) X(gtp) X(inner_ipv6_any_tunnel)
enum label {
#define X(name) L_##name,
    LABELS(X)
#undef X
    LABELS_N
};
static const char *const names[LABELS_N] = {
#define X(name) #name,
    LABELS(X)
#undef X
};
/* clang-format on */

/* A frame and what was put together with it. nd, ext, frag, hlim255: parts of labels. */
struct frame {
    bool has[LABELS_N];
    bool nd, ext, frag, hlim255, gre, tunnel;
};

static bool zero(const uint8_t *b, unsigned n) {
    while (n && b[n - 1] == 0)
        n--;
    return n == 0;
}

static bool in_nat64(const uint8_t *b) {
    return b[0] == 0 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b && zero(b + 4, 8);
}

static bool in_isatap(const uint8_t *b) {
    return (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe;
}

static void address6(struct frame *f, const uint8_t *b) {
    f->has[L_addr_6to4] |= b[0] == 0x20 && b[1] == 0x02;
    f->has[L_addr_teredo] |= b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0;
    f->has[L_addr_64ff9b] |= in_nat64(b);
    f->has[L_isatap_5efe] |= in_isatap(b);
}

static bool is_relay(const struct sk_addr *a) { return a->b[0] == 192 && a->b[1] == 88 && a->b[2] == 99; }

static void ip4(struct frame *f, const struct sk_ip *ip, struct sk_cur c) {
    sk_cur_skip(&c, 6);
    uint16_t fragment = sk_cur_be16(&c);
    sk_cur_skip(&c, 1);
    uint8_t proto = sk_cur_u8(&c);
    f->has[L_ip] = true;
    f->has[L_v4_frag] |= (fragment & 0x3fff) != 0;
    f->has[L_ipip_proto4] |= proto == 4;
    f->has[L_proto41] |= proto == 41;
    f->has[L_proto41_mcast6over4] |= proto == 41 && ip->dst.b[0] == 239 && ip->dst.b[1] == 192;
    f->has[L_relay_192_88_99] |= proto == 41 && (is_relay(&ip->src) || is_relay(&ip->dst));
}

static void ip6(struct frame *f, const struct sk_ip *ip, struct sk_cur c) {
    sk_cur_skip(&c, 6);
    uint8_t next = sk_cur_u8(&c);
    f->has[L_ipv6] = true;
    f->has[L_ipv6_nxt4] |= next == 4;
    f->has[L_ipv6_nxt41] |= next == 41;
    f->has[L_v6_nonext] |= next == 59;
    f->hlim255 |= ip->hop_limit == 255;
    address6(f, ip->src.b);
    address6(f, ip->dst.b);
}

/* --- one layer --- */

static void gre(struct frame *f, struct sk_cur c) {
    sk_cur_skip(&c, 2);
    uint16_t type = sk_cur_be16(&c);
    f->gre = true;
    f->has[L_gre_ipv6] |= type == 0x86dd;
    f->has[L_gre_teb] |= type == 0x6558;
    f->has[L_erspan] |= type == 0x88be || type == 0x22eb;
}

static void teredo(struct frame *f, struct sk_cur c) {
    uint16_t what = sk_cur_be16(&c);
    if (what == 1) {
        unsigned id = sk_cur_u8(&c), auth = sk_cur_u8(&c);
        sk_cur_skip(&c, id + auth + 9u);
        what = c.left ? sk_cur_be16(&c) : 1;
        f->has[L_teredo_auth] = true;
    }
    f->has[L_teredo_orig] |= what == 0;
}

static void routing(struct frame *f, struct sk_cur c) {
    sk_cur_skip(&c, 2);
    uint8_t type = sk_cur_u8(&c);
    f->has[L_v6_rh0] |= type == 0;
    f->has[L_v6_srh] |= type == 4;
}

/* Options of a hop-by-hop header: type, length, value; type 0 is one byte (RFC 8200 4.2). */
static void hopopts(struct frame *f, struct sk_cur c) {
    sk_cur_skip(&c, 2);
    while (c.left) {
        uint8_t type = sk_cur_u8(&c);
        if (type == 0)
            continue;
        uint8_t len = sk_cur_u8(&c);
        sk_cur_skip(&c, len);
        f->has[L_v6_jumbo] |= type == 0xc2 && sk_cur_ok(&c);
        if (!sk_cur_ok(&c))
            return;
    }
}

static unsigned type_before(const struct sk_packet *pkt, const struct sk_layer *y) {
    return y->off < 2 ? 0 : (unsigned)pkt->data[y->off - 2] << 8 | pkt->data[y->off - 1];
}

static void vlan(struct frame *f, const struct sk_packet *pkt, const struct sk_layers *l, unsigned i) {
    unsigned type = type_before(pkt, &l->at[i]);
    uint8_t parent = i ? l->at[i - 1].proto : SKP_NONE;
    f->has[L_qinq] |= parent == SKP_ETHER && (type == 0x88a8 || type == 0x9100);
    f->has[L_qinq] |= parent == SKP_VLAN && (type == 0x88a8 || type == 0x8100);
}

static void icmpv6(struct frame *f, unsigned type) {
    f->has[L_icmpv6] = true;
    f->has[L_icmpv6_ptb] |= type == 2;
    f->nd |= type >= 133 && type <= 137;
}

/* --- DNS --- */

static bool begins(const char *name, const char *label) {
    size_t n = strlen(label);
    return strncasecmp(name, label, n) == 0 && (name[n] == '.' || name[n] == '\0');
}

static void dns_question(struct frame *f, const struct sk_dns *d) {
    char text[SK_DNS_NAME_TEXT];
    if (!d->has_question)
        return;
    sk_dns_name_text(&d->qname, text);
    f->has[L_isatap_dns] |= begins(text, "isatap");
    f->has[L_wpad_dns] |= begins(text, "wpad");
    f->has[L_dns_dmarc] |= strncasecmp(text, "_dmarc.", 7) == 0;
    f->has[L_teredo_dns] |= strcasestr(text, "teredo") != NULL;
    f->has[L_dns_mx] |= d->qtype == 15;
    f->has[L_dns_qtype16] |= d->qtype == 16;
    f->has[L_dns_aaaa_q] |= d->qtype == 28;
    f->has[L_dns_spf99] |= d->qtype == 99;
    f->has[L_dns_ixfr] |= d->qtype == 251;
    f->has[L_dns_axfr] |= d->qtype == 252;
    f->has[L_dns_any] |= d->qtype == 255;
}

static void dns_message(struct frame *f, struct sk_cur payload, bool header_flags) {
    struct sk_dns d;
    if (!sk_dns_read(payload, &d))
        return;
    bool answer = d.flags & SK_DNS_QR, recursion = answer && (d.flags & SK_DNS_RA) && header_flags;
    f->has[L_dns_resp] |= answer;
    f->has[L_dns_resp_ra] |= recursion;
    f->has[L_dns_resp_ra_answers] |= recursion && (d.flags & 15) == 0 && d.count[1] > 0;
    f->has[L_dns_ad] |= header_flags && (d.flags & SK_DNS_AD);
    f->has[L_dns_cd] |= header_flags && (d.flags & SK_DNS_CD);
    f->has[L_dns_edns] |= d.edns;
    f->has[L_dns_do] |= d.edns && d.dnssec_ok;
    dns_question(f, &d);
}

static void udp(struct frame *f, const struct sk_packet *pkt, const struct sk_layer *y) {
    uint16_t port[2] = {(uint16_t)(y->id >> 16), (uint16_t)y->id};
    for (unsigned i = 0; i < 2; i++) {
        enum label what = port[i] == 53 ? L_dns : port[i] == 5353 ? L_mdns : port[i] == 5355 ? L_llmnr : LABELS_N;
        f->has[L_udp3544] |= port[i] == 3544;
        f->has[L_tsp_port] |= port[i] == 3653;
        struct sk_cur payload = sk_layer_payload(pkt, y);
        if (what == LABELS_N || payload.left == 0)
            continue;
        f->has[what] = true;
        dns_message(f, payload, what != L_llmnr);
    }
}

static void tcp(struct frame *f, uint32_t id) {
    uint16_t port[2] = {(uint16_t)(id >> 16), (uint16_t)id};
    for (unsigned i = 0; i < 2; i++) {
        f->has[L_tsp_port] |= port[i] == 3653;
        f->has[L_smtp_ports] |= port[i] == 25 || port[i] == 587 || port[i] == 465 || port[i] == 2525;
    }
}

/* Protocols that are a label by being there. */
static const uint8_t by_proto[SKP_COUNT] = {
    [SKP_MPLS] = L_mpls, [SKP_L2TP] = L_l2tp,   [SKP_VXLAN] = L_vxlan,     [SKP_GENEVE] = L_geneve,
    [SKP_GTPU] = L_gtp,  [SKP_AYIYA] = L_ayiya, [SKP_ETHERIP] = L_etherip,
};

static void layer(struct frame *f, const struct sk_packet *pkt, const struct sk_layers *l, unsigned i) {
    const struct sk_layer *y = &l->at[i];
    struct sk_cur c = sk_layer_bytes(pkt, y);
    struct sk_cur header = c;
    sk_cur_limit(&header, y->hdr_len);
    if (by_proto[y->proto])
        f->has[by_proto[y->proto]] = true;
    switch ((enum sk_proto)y->proto) {
    case SKP_IPV4:
        ip4(f, &l->ip[y->ip], c);
        break;
    case SKP_IPV6:
        ip6(f, &l->ip[y->ip], c);
        break;
    case SKP_GRE:
        gre(f, c);
        break;
    case SKP_TEREDO:
        teredo(f, header);
        break;
    case SKP_ROUTING:
        routing(f, header);
        break;
    case SKP_HOPOPTS:
        hopopts(f, header);
        break;
    case SKP_VLAN:
        vlan(f, pkt, l, i);
        break;
    case SKP_PPPOE:
        f->has[type_before(pkt, y) == 0x8863 ? L_pppoed : L_pppoes] = true;
        break;
    case SKP_ICMPV6:
        icmpv6(f, y->id >> 8);
        break;
    case SKP_UDP:
        udp(f, pkt, y);
        break;
    case SKP_TCP:
        tcp(f, y->id);
        break;
    default:
        break;
    }
    f->ext |= y->proto == SKP_HOPOPTS || y->proto == SKP_DSTOPTS || y->proto == SKP_ROUTING || y->proto == SKP_FRAGMENT;
    f->frag |= y->proto == SKP_FRAGMENT;
    f->has[L_v6_ah_esp] |= y->proto == SKP_AH || y->proto == SKP_ESP;
    f->tunnel |= sk_tunnel_kind(l, i) == SK_TUN_TEREDO;
}

static void look(struct frame *f, const struct sk_packet *pkt, const struct sk_layers *l, unsigned n) {
    for (unsigned i = 0; i < n; i++)
        layer(f, pkt, l, i);
}

static void combine(struct frame *f) {
    bool *has = f->has;
    has[L_ipv6_and_ip] = has[L_ip] && has[L_ipv6];
    has[L_nd_hlim_not255] = f->nd && !f->hlim255;
    has[L_nd_with_exthdr] = f->nd && f->ext;
    has[L_nd_fragmented] = f->nd && f->frag;
    has[L_proto41_and_6to4addr] = has[L_proto41] && has[L_addr_6to4];
    has[L_inner_ipv6_any_tunnel] =
        has[L_ipv6] &&
        (has[L_proto41] || f->tunnel || f->gre || has[L_ayiya] || has[L_vxlan] || has[L_geneve] || has[L_gtp] ||
         has[L_l2tp] || has[L_mpls] || has[L_pppoes] || has[L_ipv6_nxt41] || has[L_ipv6_nxt4]);
}

/* --- files --- */

struct run {
    struct sk_defrag *defrag;
    struct frame frame;
    bool in_frame; /* a datagram is complete with this frame; at a flush there is none */
    uint64_t count[LABELS_N];
};

/* What is in a datagram may be fragments again. */
static void show(struct run *r, const struct sk_packet *pkt, struct sk_layers *l) {
    unsigned ip = sk_defrag_wants(pkt, l);
    if (ip == SK_IPS_MAX) {
        look(&r->frame, pkt, l, l->n);
        return;
    }
    look(&r->frame, pkt, l, sk_layers_to_fragment(l, ip));
    sk_defrag_packet(r->defrag, pkt, l, ip, -1);
}

static void on_datagram(void *arg, const struct sk_packet *pkt, struct sk_layers *l, const struct sk_datagram *d) {
    struct run *r = arg;
    if (r->in_frame && d->complete)
        show(r, pkt, l);
}

static void one(struct run *r, const struct sk_packet *pkt, const char *only, uint64_t number, const char *file) {
    static struct sk_layers l;
    memset(&r->frame, 0, sizeof r->frame);
    sk_decode(pkt, &l);
    r->in_frame = true;
    show(r, pkt, &l);
    r->in_frame = false;
    combine(&r->frame);
    for (unsigned i = 0; i < LABELS_N; i++) {
        r->count[i] += r->frame.has[i];
        if (only && r->frame.has[i] && strcmp(only, names[i]) == 0)
            (void)fprintf(stderr, "%s\t%llu\n", file, (unsigned long long)number);
    }
}

static void put(struct run *r, uint32_t file) {
    const char *comma = "";
    (void)printf("{\"file\":%u,\"frames\":{", file);
    for (unsigned i = 0; i < LABELS_N; i++) {
        if (r->count[i]) {
            (void)printf("%s\"%s\":%llu", comma, names[i], (unsigned long long)r->count[i]);
            comma = ",";
        }
    }
    (void)printf("}}\n");
    memset(r->count, 0, sizeof r->count);
    sk_defrag_flush(r->defrag);
}

/* With the environment variable ONLY=LABEL the frames that have the label go to standard error. */
int main(int argc, char **argv) {
    struct run r = {0};
    struct sk_defrag_config cfg = {.key = sk_hash_key_fixed};
    struct sk_defrag_hooks hooks = {.datagram = on_datagram, .arg = &r};
    struct sk_source_options opt = {0};
    struct sk_source *s = NULL;
    struct sk_error err = {0};
    static struct sk_packet pkt[256];
    uint32_t file = 0;
    size_t n;
    r.defrag = sk_defrag_new(&cfg, &hooks);
    if (!r.defrag || sk_source_files((const char *const *)argv + 1, (size_t)argc - 1, &opt, &s, &err) != SK_OK) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return 2;
    }
    enum sk_next next;
    while ((next = sk_source_next(s, pkt, sizeof pkt / sizeof pkt[0], &n)) != SK_NEXT_END) {
        if (next != SK_NEXT_PACKETS)
            continue;
        if (pkt[0].file != file) {
            put(&r, file);
            file = pkt[0].file;
        }
        for (size_t i = 0; i < n; i++)
            one(&r, &pkt[i], getenv("ONLY"), pkt[i].number, argv[1 + file]);
        sk_defrag_tick(r.defrag, pkt[n - 1].ts);
        sk_source_retire(s, pkt[n - 1].seq);
    }
    put(&r, file);
    sk_source_close(s);
    sk_defrag_free(r.defrag);
    return 0;
}
