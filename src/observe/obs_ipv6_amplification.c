/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets that make many hosts answer one (RFC 4443 2.4 e, RFC 4291 2.7): an echo request to a group, an option that
 * every member must complain about, a source that is a group.
 *
 *   option type  | 10 x xxxxx |   not known: discard, and tell the source even if the destination was a group
 *
 * Budget: OPTIONS_MAX options a header.
 */
#include "observe/icmp6.h"

/* clang-format off */
SK_EVENT(ipv6_amplification, "ipv6.amplification", FRAME, "0.1", "IPv6 packet that makes the members of a group answer its source, or names a group as source")
SK_FIELD(ipv6_amplification_kind, "ipv6.amplification.kind", KEYWORD, LIST, "", "0.1", "multicast-source, echo-to-multicast, option-to-multicast (an unknown option that all must answer with an error)")
SK_FIELD(ipv6_amplification_source, "ipv6.amplification.source", KEYWORD, ONE, "", "0.1", "What stands as source: unspecified, multicast, link-local, ula, global, ...")
SK_FIELD(ipv6_amplification_option, "ipv6.amplification.option", LONG, ONE, "", "0.1", "Type of that option")
/* clang-format on */

enum { OPTIONS_MAX = 64, ECHO_REQUEST = 128 };

static bool multicast(const struct sk_addr *a) { return a->fam == 6 && a->b[0] == 0xff; }

/* IANA's options whose first bits are 10: endpoint identification, ILNP nonce (RFC 6744), line identification (6788).
 */
static bool assigned(uint8_t type) { return type == 0x8a || type == 0x8b || type == 0x8c; }

static int answered_option(struct sk_cur c) {
    sk_cur_skip(&c, 2);
    for (unsigned n = 0; c.left && n < OPTIONS_MAX; n++) {
        uint8_t type = sk_cur_u8(&c);
        if (type == 0)
            continue; /* Pad1 has no length */
        if ((type & 0xc0) == 0x80 && !assigned(type))
            return type;
        sk_cur_skip(&c, sk_cur_u8(&c));
    }
    return -1;
}

static int option_of(const struct sk_obs *o, const struct sk_ip *ip) {
    const struct sk_layers *l = o->layers;
    for (unsigned i = ip->layer + 1u; i < l->n && (l->at[i].flags & SK_LAYER_EXT); i++) {
        if (l->at[i].proto != SKP_HOPOPTS && l->at[i].proto != SKP_DSTOPTS)
            continue;
        struct sk_cur c = sk_layer_bytes(o->pkt, &l->at[i]);
        sk_cur_limit(&c, l->at[i].hdr_len);
        int type = answered_option(c);
        if (type >= 0)
            return type;
    }
    return -1;
}

static bool echo_request(const struct sk_layers *l, const struct sk_ip *ip) {
    return ip->proto == 58 && !ip->frag_off && ip->upper_layer < l->n && l->at[ip->upper_layer].id >> 8 == ECHO_REQUEST;
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    (void)state;
    const struct sk_layers *l = o->layers;
    const struct sk_layer *y = &l->at[i];
    if ((y->flags & SK_LAYER_QUOTED) || y->ip >= l->n_ip)
        return;
    const struct sk_ip *ip = &l->ip[y->ip];
    bool from_group = multicast(&ip->src), to_group = multicast(&ip->dst);
    if (!from_group && !to_group)
        return;
    bool echo = to_group && echo_request(l, ip);
    int option = to_group && (ip->ext & (SK_EXT_HOPOPTS | SK_EXT_DSTOPTS)) ? option_of(o, ip) : -1;
    struct sk_event *ev = from_group || echo || option >= 0 ? sk_obs_event(o, SKE_ipv6_amplification, i) : NULL;
    if (!ev)
        return;
    if (from_group)
        sk_event_put_text(ev, SKF_ipv6_amplification_kind, "multicast-source");
    if (option >= 0) {
        sk_event_put_text(ev, SKF_ipv6_amplification_kind, "option-to-multicast");
        sk_event_put_int(ev, SKF_ipv6_amplification_option, option);
    }
    if (echo)
        sk_event_put_text(ev, SKF_ipv6_amplification_kind, "echo-to-multicast");
    sk_event_put_text(ev, SKF_ipv6_amplification_source, sk_scope_name(sk_addr_scope(&ip->src)));
    /* RFC 4443 2.4 (e.6): nobody answers a source that is not one host. */
    bool one = !from_group && sk_addr_scope(&ip->src) != SK_SCOPE_UNSPECIFIED;
    sk_event_put_text(ev, SKF_sekimori_effect, one ? "accepted" : "ignored-by-rfc");
    sk_event_put_text(ev, SKF_sekimori_certainty, "observed");
    sk_obs_commit(o, ev);
}

static const uint8_t protos[] = {SKP_IPV6, SKP_NONE};
const struct sk_observer sk_obs_ipv6_amplification = {.name = "ipv6_amplification", .protos = protos, .layer = layer};
