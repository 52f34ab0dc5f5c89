/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbour discovery and DHCPv6 server messages sent so that a guard in the switch does not see them (RFC 7113, 7610):
 * behind extension headers, in fragments (RFC 6980), in a first fragment without its upper layer (RFC 7112), in
 * overlapping fragments (RFC 5722), under stacked tags (VU#855201). One event a packet or datagram: the first of these
 * that holds. No honest stack sends any of it; multicast listener discovery, which must have a hop-by-hop header
 * (RFC 2711), is no business of this.
 */
#include "observe/icmp6.h"

/* clang-format off */
SK_EVENT(nd_evasion, "nd.evasion", FRAME, "0.1", "Neighbour discovery or a DHCPv6 server message, disguised from guards in switches (RFC 6980, 7112, 7113, 7610)")
SK_FIELD(nd_evasion_variant, "nd.evasion.variant", KEYWORD, ONE, "", "0.1", "overlap (fragments to the link differ where they overlap), no-upper-layer (first fragment without it), later-fragment (it looks like neighbour discovery, the first never came), fragment, atomic-fragment, extension-header, l2-stacking (two VID 0 tags, or one before LLC/SNAP)")
SK_FIELD(nd_evasion_message, "nd.evasion.message", KEYWORD, ONE, "", "0.1", "What is disguised, where it can be read: router-solicitation, router-advertisement, neighbour-solicitation, neighbour-advertisement, redirect, certification-path, dhcpv6-server, dhcp, arp")
/* clang-format on */

enum { RS = 133, REDIRECT = 137, CPS = 148, CPA = 149 };
enum { ADVERTISE = 2, REPLY = 7, RECONFIGURE = 10 };
enum { PORT_DHCPV6_CLIENT = 546 };

/* The datagram or packet told last: it is told once, however many layers and variants of it are offered. */
struct state {
    uint64_t seq, first_seq;
    bool told;
};

static bool again(const struct state *s, const struct sk_obs *o) {
    return s->told && s->seq == o->seq && s->first_seq == (o->datagram ? o->datagram->first_seq : 0);
}

/* What hosts do with it, as the RFCs want it: headers are walked, fragments of neighbour discovery discarded. */
static const char *effect_of(const char *variant) {
    if (strcmp(variant, "extension-header") == 0)
        return "accepted";
    if (strcmp(variant, "l2-stacking") == 0)
        return "host-dependent";
    return strcmp(variant, "later-fragment") == 0 ? "unknown" : "ignored-by-rfc";
}

static void tell(struct state *s, struct sk_obs *o, unsigned layer, const char *variant, const char *message) {
    const struct sk_layers *l = o->layers;
    if (again(s, o) || (l->at[layer].flags & SK_LAYER_QUOTED))
        return;
    s->told = true;
    s->seq = o->seq;
    s->first_seq = o->datagram ? o->datagram->first_seq : 0;
    struct sk_event *ev = sk_obs_event(o, SKE_nd_evasion, layer);
    if (!ev)
        return;
    sk_event_put_text(ev, SKF_nd_evasion_variant, variant);
    if (message)
        sk_event_put_text(ev, SKF_nd_evasion_message, message);
    if (l->at[layer].ip < l->n_ip)
        sk_icmp6_extensions(ev, &l->ip[l->at[layer].ip]);
    sk_event_put_text(ev, SKF_sekimori_effect, effect_of(variant));
    sk_event_put_text(ev, SKF_sekimori_certainty, "observed");
    bool guess = strcmp(variant, "no-upper-layer") == 0 || strcmp(variant, "later-fragment") == 0;
    sk_event_put_int(ev, SKF_sekimori_confidence, guess ? 85 : 97);
    sk_obs_commit(o, ev);
}

static const char *nd_message(uint8_t type) {
    static const char *const names[] = {"router-solicitation", "router-advertisement", "neighbour-solicitation",
                                        "neighbour-advertisement", "redirect"};
    if (type >= RS && type <= REDIRECT)
        return names[type - RS];
    return type == CPS || type == CPA ? "certification-path" : NULL;
}

static bool stacked(const struct sk_layers *l) { return l->anomalies >> SK_AN_L2_STACKING & 1; }

/* How the header chain of this IP header disguises what it carries; NULL: it does not. */
static const char *disguise(const struct sk_layers *l, const struct sk_ip *ip, bool may_fragment) {
    bool fragment = (ip->ext & SK_EXT_FRAGMENT) && !may_fragment;
    if (fragment)
        return ip->atomic ? "atomic-fragment" : "fragment";
    if (ip->ext & (uint8_t)~SK_EXT_FRAGMENT)
        return "extension-header";
    return stacked(l) ? "l2-stacking" : NULL;
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    const struct sk_layer *y = &o->layers->at[i];
    if (y->proto == SKP_ARP) {
        if (stacked(o->layers))
            tell(state, o, i, "l2-stacking", "arp");
        return;
    }
    struct sk_icmp6 m;
    if (!sk_icmp6_of(o, i, &m))
        return;
    const char *message = nd_message(m.type);
    const char *how = message ? disguise(o->layers, m.ip, m.type == CPA) : NULL; /* RFC 6980: CPA alone may be */
    if (how)
        tell(state, o, i, how, message);
}

static void datagram(void *state, struct sk_obs *o, unsigned i, struct sk_cur payload) {
    const struct sk_layers *l = o->layers;
    const struct sk_ip *ip = l->at[i].ip < l->n_ip ? &l->ip[l->at[i].ip] : NULL;
    if (!ip || payload.left == 0)
        return;
    uint16_t to = (uint16_t)l->at[i].id;
    uint8_t type = sk_cur_peek(&payload, 0);
    bool server =
        ip->src.fam == 6 && to == PORT_DHCPV6_CLIENT && (type == ADVERTISE || type == REPLY || type == RECONFIGURE);
    const char *how = server ? disguise(l, ip, false) : stacked(l) ? "l2-stacking" : NULL;
    if (how)
        tell(state, o, i, how, server ? "dhcpv6-server" : "dhcp");
}

static bool of_the_link(const struct sk_addr *a) {
    if (a->fam != 6)
        return false;
    return sk_addr_scope(a) == SK_SCOPE_LINK_LOCAL || (a->b[0] == 0xff && (a->b[1] & 0x0f) <= 2);
}

/* What only the fragments show. */
static void datagram_done(void *state, struct sk_obs *o) {
    const struct sk_datagram *d = o->datagram;
    const struct sk_ip *ip = &o->layers->ip[d->ip];
    if (ip->src.fam != 6 || ip->quoted)
        return;
    bool upper = ip->upper_layer < o->layers->n && o->layers->at[ip->upper_layer].proto == SKP_ICMPV6;
    const char *message = upper ? nd_message((uint8_t)(o->layers->at[ip->upper_layer].id >> 8)) : NULL;
    if ((d->problems & SK_FRAG_CONFLICT) && of_the_link(&ip->dst))
        tell(state, o, d->from, "overlap", message);
    else if ((d->problems & SK_FRAG_NO_UPPER) && (of_the_link(&ip->dst) || of_the_link(&ip->src)))
        tell(state, o, d->from, "no-upper-layer", message);
    else if (d->problems & SK_FRAG_NO_FIRST)
        tell(state, o, d->from, "later-fragment", NULL);
}

static const uint8_t protos[] = {SKP_ICMPV6, SKP_ARP, SKP_NONE};
static const uint16_t ports[] = {67, 68, PORT_DHCPV6_CLIENT, 547, 0};
const struct sk_observer sk_obs_nd_evasion = {.name = "nd_evasion",
                                              .protos = protos,
                                              .udp_ports = ports,
                                              .state_size = sizeof(struct state),
                                              .layer = layer,
                                              .datagram = datagram,
                                              .datagram_done = datagram_done};
