/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP headers and extension headers with something to tell: source routes (RFC 5095, 8754, IPv4's LSRR and SSRR), chains
 * that RFC 8200 4.1 forbids or that no ordinary packet has, options nobody knows, padding that carries data, atomic
 * fragments (RFC 6946), headers that are impossible. An ordinary packet makes no event. Nothing is said of a header
 * chain that the capture cuts off.
 */
#include "observe/chain.h"

/* clang-format off */
SK_EVENT(ip_header, "ip.header", FRAME, "0.1", "An IP header, or its extension headers, with something to tell")
SK_FIELD(ip_header_problem, "ip.header.problem", KEYWORD, LIST, "", "0.1", "too-many (over 8 extension headers), too-long (over 256 bytes without a fragment header), repeated, hopopts-not-first, order, options-many (over 8), padding-run (over 8 bytes), padding-data, option-unknown, option-experimental (a type that RFC 3692 keeps for experiments), option-overrun, router-alert (before something that is neither MLD, MRD nor RSVP), jumbo-payload, reserved-bits, atomic-fragment; and of headers that are impossible: version-mismatch, ip-header, ip-length, l4-header, longer-than-frame")
SK_FIELD(ip_header_extension, "ip.header.extension", KEYWORD, LIST, "", "0.1", "Extension headers in their order: hopopts, routing, fragment, dstopts, ah, esp, mobility, hip, shim6, expext")
SK_FIELD(ip_header_extension_bytes, "ip.header.extension_bytes", LONG, ONE, "B", "0.1", "Bytes of all extension headers")
SK_FIELD(ip_header_announced, "ip.header.announced", KEYWORD, ONE, "", "0.1", "What the frame says an impossible header is: ipv4 or ipv6")
SK_FIELD(ip_routing_kind, "ip.routing.kind", KEYWORD, ONE, "", "0.1", "Source route: rh0 (RFC 5095: forbidden), nimrod, mobile, rpl, srv6, crh, experimental, unknown; of IPv4: lsrr, ssrr")
SK_FIELD(ip_routing_type, "ip.routing.type", LONG, ONE, "", "0.1", "Type of the routing header; of IPv4: of the option")
SK_FIELD(ip_routing_segments_left, "ip.routing.segments_left", LONG, ONE, "", "0.1", "Stations the packet is still to be sent to")
SK_FIELD(ip_option_count, "ip.option.count", LONG, ONE, "", "0.1", "Options in hop-by-hop and destination options headers, padding not counted")
SK_FIELD(ip_option_unknown, "ip.option.unknown", LONG, LIST, "", "0.1", "Types of options that IANA does not know, or keeps for experiments")
/* clang-format on */

enum { HEADERS_MAX = 8, BYTES_MAX = 256, OPTIONS_MAX = 8, LSRR = 131, SSRR = 137 };

static void put_problems(struct sk_event *ev, uint32_t problems) {
    static const char *const names[] = {"too-many",       "too-long",        "repeated",           "hopopts-not-first",
                                        "order",          "options-many",    "padding-run",        "padding-data",
                                        "option-unknown", "option-overrun",  "router-alert",       "jumbo-payload",
                                        "reserved-bits",  "atomic-fragment", "option-experimental"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (problems >> i & 1)
            sk_event_put_text(ev, SKF_ip_header_problem, names[i]);
}

static const char *routing_kind(uint8_t type) {
    static const char *const names[] = {"rh0", "nimrod", "mobile", "rpl", "srv6", "crh", "crh"};
    if (type < sizeof names / sizeof *names)
        return names[type];
    return type == 253 || type == 254 ? "experimental" : "unknown";
}

static void put_chain(struct sk_event *ev, const struct sk_layers *l, const struct chain *c) {
    for (unsigned i = c->first; i < c->end; i++)
        sk_event_put_text(ev, SKF_ip_header_extension, sk_proto_name((enum sk_proto)l->at[i].proto));
    if (c->bytes)
        sk_event_put_int(ev, SKF_ip_header_extension_bytes, c->bytes);
    if (c->options)
        sk_event_put_int(ev, SKF_ip_option_count, c->options);
    for (unsigned i = 0; i < c->n_unknown; i++)
        sk_event_put_int(ev, SKF_ip_option_unknown, c->unknown[i]);
    if (!c->routing)
        return;
    sk_event_put_text(ev, SKF_ip_routing_kind, routing_kind(c->routing_type));
    sk_event_put_int(ev, SKF_ip_routing_type, c->routing_type);
    sk_event_put_int(ev, SKF_ip_routing_segments_left, c->segments_left);
}

static void finish(struct sk_obs *o, struct sk_event *ev) {
    sk_event_put_text(ev, SKF_sekimori_certainty, "observed");
    sk_obs_commit(o, ev);
}

/* The chain is not all there: what follows in it is not known. */
static bool cut(const struct sk_layers *l, const struct sk_ip *ip) {
    return ip->upper_layer >= l->n && ip->upper_len < ip->wire_upper_len;
}

static uint32_t problems_of(const struct sk_obs *o, const struct sk_ip *ip, const struct chain *c) {
    uint32_t p = c->problems;
    if (c->n > HEADERS_MAX)
        p |= CHAIN_TOO_MANY;
    if (c->bytes > BYTES_MAX && !(ip->ext & SK_EXT_FRAGMENT))
        p |= CHAIN_TOO_LONG;
    if (c->options > OPTIONS_MAX)
        p |= CHAIN_OPTIONS_MANY;
    if (ip->atomic)
        p |= CHAIN_ATOMIC;
    if (c->router_alert && !chain_wants_alert(o->layers, ip))
        p |= CHAIN_ROUTER_ALERT;
    return p;
}

static void ipv6(struct sk_obs *o, unsigned layer) {
    const struct sk_layers *l = o->layers;
    const struct sk_ip *ip = &l->ip[l->at[layer].ip];
    struct chain c;
    if (!ip->n_ext || cut(l, ip))
        return;
    chain_read(o->pkt, l, ip, &c);
    uint32_t problems = problems_of(o, ip, &c);
    if (!problems && !c.routing)
        return;
    struct sk_event *ev = sk_obs_event(o, SKE_ip_header, layer);
    if (!ev)
        return;
    put_problems(ev, problems);
    put_chain(ev, l, &c);
    finish(o, ev);
}

/* RFC 791 3.1: type, length, pointer from 1 to the next address; past the length the route is at its end. */
static void ipv4(struct sk_obs *o, unsigned layer) {
    struct sk_cur c = sk_layer_bytes(o->pkt, &o->layers->at[layer]);
    sk_cur_limit(&c, o->layers->at[layer].hdr_len);
    if (4u * (sk_cur_peek(&c, 0) & 15) > c.left) /* cut */
        return;
    sk_cur_skip(&c, 20);
    for (unsigned budget = 0; c.left && budget < 40; budget++) {
        uint8_t type = sk_cur_u8(&c);
        if (type == 0)
            return;
        if (type == 1)
            continue;
        uint8_t len = sk_cur_u8(&c);
        struct sk_cur value = sk_cur_sub(&c, len >= 2 ? len - 2u : c.left + 1);
        if (!sk_cur_ok(&value) || (type != LSRR && type != SSRR))
            continue;
        uint8_t pointer = sk_cur_u8(&value);
        struct sk_event *ev = sk_obs_event(o, SKE_ip_header, layer);
        if (!ev)
            return;
        sk_event_put_text(ev, SKF_ip_routing_kind, type == LSRR ? "lsrr" : "ssrr");
        sk_event_put_int(ev, SKF_ip_routing_type, type);
        sk_event_put_int(ev, SKF_ip_routing_segments_left,
                         pointer >= 4 && pointer <= len ? (len - pointer + 1) / 4 : 0);
        finish(o, ev);
    }
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    (void)state;
    if (o->layers->at[i].ip >= o->layers->n_ip)
        return;
    if (o->layers->at[i].proto == SKP_IPV6)
        ipv6(o, i);
    else if (o->layers->at[i].hdr_len > 20)
        ipv4(o, i);
}

/* ---- headers that are impossible ---- */

#define ANOMALY(a) (UINT64_C(1) << (a))

/* The outermost IP packet says that it is longer than the frame, all of which was captured. */
static bool longer_than_frame(const struct sk_packet *pkt, const struct sk_layers *l) {
    return pkt->caplen == pkt->wirelen && l->n_ip && l->ip[0].depth == 0 &&
           l->ip[0].upper_len < l->ip[0].wire_upper_len;
}

/* What this header says of the one behind it; NULL: neither version. */
static const char *names_behind(const struct sk_packet *pkt, const struct sk_layers *l, const struct sk_layer *y) {
    struct sk_cur c = sk_layer_bytes(pkt, y);
    unsigned type = 0;
    if (y->proto == SKP_IPV4 || y->proto == SKP_IPV6)
        type = l->ip[y->ip].proto == 41 ? 0x86dd : l->ip[y->ip].proto == 4 ? 0x0800 : 0;
    else if ((y->proto == SKP_ETHER || y->proto == SKP_VLAN || y->proto == SKP_LLC) && y->hdr_len >= 4) {
        sk_cur_skip(&c, y->hdr_len - 2);
        type = sk_cur_be16(&c);
    } else if (y->proto == SKP_GRE) {
        sk_cur_skip(&c, 2);
        type = sk_cur_be16(&c);
    }
    return type == 0x86dd ? "ipv6" : type == 0x0800 ? "ipv4" : NULL;
}

/* What the frame says the impossible header is: of one of another version, what stands before it says so. */
static const char *announced(const struct sk_packet *pkt, const struct sk_layers *l) {
    for (unsigned i = 1; (l->anomalies & ANOMALY(SK_AN_VERSION_MISMATCH)) && i < l->n; i++) {
        const char *said = names_behind(pkt, l, &l->at[i - 1]);
        const char *is = l->at[i].proto == SKP_IPV6 ? "ipv6" : l->at[i].proto == SKP_IPV4 ? "ipv4" : NULL;
        if (said && is && strcmp(said, is) != 0)
            return said;
    }
    const struct sk_layer *y = &l->at[l->n - 1];
    if (y->ip < l->n_ip)
        return l->ip[y->ip].src.fam == 4 ? "ipv4" : "ipv6";
    return names_behind(pkt, l, y);
}

static void impossible(struct sk_obs *o) {
    static const enum sk_anomaly told[] = {SK_AN_VERSION_MISMATCH, SK_AN_IP_HEADER, SK_AN_IP_LENGTH, SK_AN_L4_HEADER};
    static const uint64_t any = ANOMALY(SK_AN_VERSION_MISMATCH) | ANOMALY(SK_AN_IP_HEADER) | ANOMALY(SK_AN_IP_LENGTH) |
                                ANOMALY(SK_AN_L4_HEADER);
    const struct sk_layers *l = o->layers;
    bool longer = longer_than_frame(o->pkt, l);
    if (l->n == 0 || (l->at[l->n - 1].flags & SK_LAYER_QUOTED) || !(longer || l->anomalies & any))
        return;
    if ((l->anomalies & ANOMALY(SK_AN_TRUNCATED)) && !longer)
        return;
    const char *what = announced(o->pkt, l);
    struct sk_event *ev = sk_obs_event(o, SKE_ip_header, l->n - 1u);
    if (!ev)
        return;
    for (unsigned i = 0; i < sizeof told / sizeof *told; i++)
        if (l->anomalies & ANOMALY(told[i]))
            sk_event_put_text(ev, SKF_ip_header_problem, sk_anomaly_name(told[i]));
    if (longer)
        sk_event_put_text(ev, SKF_ip_header_problem, "longer-than-frame");
    if (what)
        sk_event_put_text(ev, SKF_ip_header_announced, what);
    finish(o, ev);
}

static void anomalous(void *state, struct sk_obs *o) {
    (void)state;
    impossible(o);
}

static void datagram_done(void *state, struct sk_obs *o) {
    (void)state;
    if (o->datagram->complete)
        impossible(o);
}

static const uint8_t protos[] = {SKP_IPV6, SKP_IPV4, SKP_NONE};
const struct sk_observer sk_obs_ip_header = {
    .name = "ip_header", .protos = protos, .layer = layer, .anomalous = anomalous, .datagram_done = datagram_done};
