/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels: one event a frame and tunnel layer (tunnel.frame), and the life of each tunnel (tunnel.state).
 *
 *   opened ──▶ two-way ──▶ closed            idle 30 minutes, or the end of the input
 *
 * tunnel.confirmed grows: attempt (solicitations, a bubble, empty or undecodable packets), one-way (data in one
 * direction), two-way (data or bubbles in both within 60 s with inner addresses mirrored; bytes that are not decoded:
 * outer addresses alone, then certainty is inferred). A state event is made when the state, the confirmation or the
 * role in Teredo changes. Every one of them is told from the side of who sent the first packet.
 *
 * A tunnel is the pair of its ends, its kind, its depth and the outermost pair: packets of one tunnel meet in one lane.
 */
#include "observe/tunnel.h"
#include "observe/tunnel_life.h"

/* clang-format off */
SK_EVENT(tunnel_frame, "tunnel.frame", FRAME, "0.1", "A frame with a tunnel layer")
SK_EVENT(tunnel_state, "tunnel.state", STATE, "0.1", "A tunnel opened, was confirmed further, or closed")
SK_FIELD(tunnel_kind, "tunnel.kind", KEYWORD, ONE, "", "0.1", "6in4 6to4 6rd isatap 6over4 teredo gre nvgre erspan ipip 4in6 ds-lite lw4o6 map-e ip6ip6 vxlan geneve gtp-u etherip l2tp l2tpv3 tsp ayiya tzsp fou gue capwap lisp mpls pseudowire stt other; by handshake: openvpn wireguard ipsec l2tp pptp tinc zerotier tailscale nebula dtls-vpn; by structure: unknown")
SK_FIELD(tunnel_state, "tunnel.state", KEYWORD, ONE, "", "0.1", "opened, two-way, closed")
SK_FIELD(tunnel_confirmed, "tunnel.confirmed", KEYWORD, ONE, "", "0.1", "attempt, one-way (data in one direction), two-way")
SK_FIELD(tunnel_path, "tunnel.path", KEYWORD, ONE, "", "0.1", "Layers down to what is inside: eth/vlan/ip4/41/ip6")
SK_FIELD(tunnel_direction, "tunnel.direction", KEYWORD, ONE, "", "0.1", "Of the first packet: outbound, inbound, inside (both ends), transit (neither)")
SK_FIELD(tunnel_inside_ip, "tunnel.inside.ip", IP, ONE, "", "0.1", "Outer address of our end; of the first sender where both ends are ours or neither; of a tunnel in a tunnel between strangers: our end of what carries it")
SK_FIELD(tunnel_outer_peer_ip, "tunnel.outer.peer.ip", IP, ONE, "", "0.1", "Outer address of the other end")
SK_FIELD(tunnel_outer_source_ip, "tunnel.outer.source.ip", IP, ONE, "", "0.1", "Outer source")
SK_FIELD(tunnel_outer_destination_ip, "tunnel.outer.destination.ip", IP, ONE, "", "0.1", "Outer destination")
SK_FIELD(tunnel_bytes_out, "tunnel.bytes_out", LONG, ONE, "B", "0.1", "Bytes that our end sent through the tunnel (of both ends ours or neither: the first sender), outer headers included")
SK_FIELD(tunnel_bytes_in, "tunnel.bytes_in", LONG, ONE, "B", "0.1", "Bytes that came to it")
SK_FIELD(tunnel_inner_source_ip, "tunnel.inner.source.ip", IP, ONE, "", "0.1", "Inner source")
SK_FIELD(tunnel_inner_source_port, "tunnel.inner.source.port", LONG, ONE, "", "0.1", "Inner source port")
SK_FIELD(tunnel_inner_destination_ip, "tunnel.inner.destination.ip", IP, ONE, "", "0.1", "Inner destination")
SK_FIELD(tunnel_inner_destination_port, "tunnel.inner.destination.port", LONG, ONE, "", "0.1", "Inner destination port")
SK_FIELD(tunnel_inner_transport, "tunnel.inner.transport", KEYWORD, ONE, "", "0.1", "Transport inside: tcp, udp, icmpv6, ... or the protocol number")
SK_FIELD(tunnel_inner_type, "tunnel.inner.type", KEYWORD, ONE, "", "0.1", "Family inside: ipv4 or ipv6")
SK_FIELD(tunnel_loops, "tunnel.loops", BOOL, ONE, "", "0.1", "The ends of an outer header stand inside again, or the address inside leads back to the sender (RFC 6324)")
SK_FIELD(tunnel_nest, "tunnel.nest", LONG, ONE, "", "0.1", "Tunnels in all around what this packet carries innermost; tunnel.depth says which of them the event tells of; absent where it is 1, or the frame is cut")
SK_FIELD(tunnel_repeats, "tunnel.repeats", BOOL, ONE, "", "0.1", "A tunnel of the same kind is around this one (IPv6 in IPv4 and in IPv6 are one kind here)")
SK_FIELD(tunnel_key, "tunnel.key", LONG, ONE, "", "0.1", "GRE key (NVGRE: subnet, then 8 bits of flow id), session of L2TP, L2TPv3 and ERSPAN, endpoint of GTP-U: of the first packet")
SK_FIELD(tunnel_embedded_ipv4, "tunnel.embedded.ipv4", IP, ONE, "", "0.1", "IPv4 address inside the inner 6to4, 6rd, ISATAP or Teredo address, or in MAP-E's outer one: whose it is")
SK_FIELD(tunnel_embedded_verdict, "tunnel.embedded.verdict", KEYWORD, ONE, "", "0.1", "match, mismatch (with the outer address, RFC 3964, 5214), bogus (an address nobody can have there)")
SK_FIELD(teredo_role, "teredo.role", KEYWORD, ONE, "", "0.1", "qualify (asks its server), qualified (was answered), bubble, peer, relay (other end is native)")
SK_FIELD(teredo_server_ip, "teredo.server.ip", IP, ONE, "", "0.1", "Teredo server, from the address or the outer packet")
SK_FIELD(teredo_mapped_ip, "teredo.mapped.ip", IP, ONE, "", "0.1", "Address of the client as seen from outside its NAT")
SK_FIELD(teredo_cone, "teredo.cone", BOOL, ONE, "", "0.1", "The Teredo address says its NAT is a cone (RFC 4380 4; RFC 5991: no longer set)")
SK_FIELD(teredo_nonce, "teredo.nonce", KEYWORD, ONE, "", "0.1", "Nonce of the authentication encapsulation in hexadecimal")
SK_FIELD(teredo_nonce_match, "teredo.nonce_match", BOOL, ONE, "", "0.1", "The server's answer carries the nonce of the client's question")
SK_FIELD(teredo_mapped_port, "teredo.mapped.port", LONG, ONE, "", "0.1", "Port of the client as seen from outside its NAT")
/* clang-format on */

enum { TUNNELS_CAP = 1 << 15, RECENT = 4 };

struct recent {
    struct sk_addr src, dst;
    sk_time ts;
};

struct tunnel {
    struct sk_tunnel_life life;
    struct sk_tunnel_inner inner;
    struct sk_addr embedded, server, mapped;
    struct recent recent[2][RECENT];
    sk_time opaque[2];
    uint16_t mapped_port;
    uint32_t key;
    uint8_t nonce[8]; /**< of the question */
    uint8_t kind, role, verdict, nest, next[2];
    bool has_opaque[2], loops, repeats, has_key, cone, has_nonce, nonce_match, nonce_judged;
    char path[96];
};

static sk_err init(void *state, struct sk_obs *o) {
    return sk_tunnels_init(state, o, sizeof(struct sk_tunnel_key), sizeof(struct tunnel), TUNNELS_CAP);
}

static void fini(void *state) { sk_tunnels_fini(state); }

/* --- telling --- */

static const char *transport_name(uint8_t proto, char number[8]) {
    switch (proto) {
    case 1:
        return "icmp";
    case 6:
        return "tcp";
    case 17:
        return "udp";
    case 58:
        return "icmpv6";
    case 132:
        return "sctp";
    default:
        snprintf(number, 8, "%u", proto);
        return number;
    }
}

static void put_inner(struct sk_event *ev, const struct sk_tunnel_inner *in) {
    char number[8];
    sk_event_put_ip(ev, SKF_tunnel_inner_source_ip, &in->src);
    sk_event_put_ip(ev, SKF_tunnel_inner_destination_ip, &in->dst);
    if (in->sport || in->dport) {
        sk_event_put_int(ev, SKF_tunnel_inner_source_port, in->sport);
        sk_event_put_int(ev, SKF_tunnel_inner_destination_port, in->dport);
    }
    if (in->src.fam)
        sk_event_put_text(ev, SKF_tunnel_inner_type, in->src.fam == 4 ? "ipv4" : "ipv6");
    if (in->transport)
        sk_event_put_text(ev, SKF_tunnel_inner_transport, transport_name(in->transport, number));
}

static void put_embedded(struct sk_event *ev, const struct sk_addr *embedded, unsigned verdict) {
    static const char *const names[] = {"", "match", "mismatch", "bogus"};
    sk_event_put_ip(ev, SKF_tunnel_embedded_ipv4, embedded);
    sk_event_put_text(ev, SKF_tunnel_embedded_verdict, names[verdict]);
}

static void put_teredo(struct sk_event *ev, unsigned role, const struct sk_addr *server, const struct sk_addr *mapped,
                       uint16_t port) {
    if (role == SK_TEREDO_NONE)
        return;
    sk_event_put_text(ev, SKF_teredo_role, sk_teredo_role_name((enum sk_teredo_role)role));
    sk_event_put_ip(ev, SKF_teredo_server_ip, server);
    sk_event_put_ip(ev, SKF_teredo_mapped_ip, mapped);
    if (mapped->fam)
        sk_event_put_int(ev, SKF_teredo_mapped_port, port);
}

static void put_nonce(struct sk_event *ev, const uint8_t nonce[8]) {
    char text[17];
    for (unsigned i = 0; i < 8; i++)
        snprintf(text + 2 * i, 3, "%02x", nonce[i]);
    sk_event_put_text(ev, SKF_teredo_nonce, text);
}

static void tell_frame(struct sk_obs *o, unsigned layer, const struct sk_tunnel_frame *f) {
    struct sk_event *ev = sk_obs_event(o, SKE_tunnel_frame, layer);
    if (!ev)
        return;
    ev->depth++; /* what it is about is inside */
    sk_event_put_text(ev, SKF_tunnel_kind, sk_tunnel_kind_name(f->kind));
    sk_event_put_text(ev, SKF_tunnel_path, f->path);
    struct sk_addr inside;
    enum sk_direction d = sk_tunnel_direction(o, layer, f->outer, &inside);
    sk_tunnel_put_ends(ev, &f->outer->src, &f->outer->dst, d, &inside);
    put_inner(ev, &f->inner);
    put_embedded(ev, &f->embedded, f->verdict);
    put_teredo(ev, f->role, &f->server, &f->mapped, f->mapped_port);
    if (f->role && sk_is_teredo(&f->inner.src))
        sk_event_put_int(ev, SKF_teredo_cone, f->cone);
    if (f->has_nonce)
        put_nonce(ev, f->nonce);
    if (f->has_key)
        sk_event_put_int(ev, SKF_tunnel_key, f->key);
    if (f->loops)
        sk_event_put_int(ev, SKF_tunnel_loops, true);
    sk_event_put_int(ev, SKF_network_bytes, f->bytes);
    sk_event_put_int(ev, SKF_sekimori_confidence, f->confidence);
    sk_obs_commit(o, ev);
}

static void put_state(struct sk_event *ev, const void *tunnel, const char *state) {
    const struct tunnel *t = tunnel;
    sk_tunnel_put_life(ev, &t->life, sk_tunnel_kind_name((enum sk_tunnel_kind)t->kind), state);
    sk_event_put_text(ev, SKF_tunnel_path, t->path);
    put_inner(ev, &t->inner);
    put_embedded(ev, &t->embedded, t->verdict);
    put_teredo(ev, t->role, &t->server, &t->mapped, t->mapped_port);
    if (t->cone)
        sk_event_put_int(ev, SKF_teredo_cone, true);
    if (t->nonce_judged)
        sk_event_put_int(ev, SKF_teredo_nonce_match, t->nonce_match);
    if (t->has_key)
        sk_event_put_int(ev, SKF_tunnel_key, t->key);
    if (t->loops)
        sk_event_put_int(ev, SKF_tunnel_loops, true);
    if (t->nest > 1)
        sk_event_put_int(ev, SKF_tunnel_nest, t->nest);
    if (t->repeats)
        sk_event_put_int(ev, SKF_tunnel_repeats, true);
}

static void tell_state(struct sk_obs *o, unsigned layer, const struct tunnel *t) {
    struct sk_event *ev = sk_tunnel_tell(o, layer, &t->life);
    if (!ev)
        return;
    put_state(ev, t, t->life.confirmed == SK_TWO_WAY ? "two-way" : "opened");
    sk_obs_commit(o, ev);
}

/* --- keeping --- */

static enum sk_tunnel_kind family(enum sk_tunnel_kind kind) { return kind == SK_TUN_IP6IP6 ? SK_TUN_6IN4 : kind; }

static bool repeats(const struct sk_obs *o, unsigned layer, enum sk_tunnel_kind kind) {
    for (unsigned i = 0; i < layer; i++)
        if (o->layers->at[i].flags & SK_LAYER_TUNNEL && family(sk_obs_tunnel_kind(o, i)) == family(kind))
            return true;
    return false;
}

static void begin(struct sk_obs *o, unsigned layer, const struct sk_tunnel_frame *f, struct tunnel *t) {
    sk_tunnel_begin(o, layer, f->outer, &t->life);
    t->kind = (uint8_t)f->kind;
    t->life.confidence = f->confidence;
    t->repeats = o->layers->at[layer].depth && repeats(o, layer, f->kind);
    t->has_key = f->has_key;
    t->key = f->key;
    memcpy(t->path, f->path, sizeof t->path);
}

static void swap_inner(struct sk_tunnel_inner *in) {
    struct sk_tunnel_inner was = *in;
    in->src = was.dst;
    in->dst = was.src;
    in->sport = was.dport;
    in->dport = was.sport;
}

/* What the tunnel's events say of its inside: the first packet's, then the first that carries data. */
static void learn_inner(struct tunnel *t, const struct sk_tunnel_frame *f, unsigned dir) {
    bool better = f->carried == SK_CARRIED_DATA && t->life.confirmed == SK_ATTEMPT;
    if (f->inner.src.fam && (t->inner.src.fam == 0 || better)) {
        t->inner = f->inner;
        if (dir == 1)
            swap_inner(&t->inner);
    }
    if (f->embedded.fam && (t->embedded.fam == 0 || (better && dir == 0)))
        t->embedded = f->embedded;
    if (f->verdict > t->verdict)
        t->verdict = (uint8_t)f->verdict;
    if (f->server.fam && t->server.fam == 0)
        t->server = f->server;
    if (f->mapped.fam && (t->mapped.fam == 0 || (better && dir == 0))) {
        t->mapped = f->mapped;
        t->mapped_port = f->mapped_port;
    }
    if (f->confidence > t->life.confidence)
        t->life.confidence = f->confidence;
}

static bool mirrored(const struct tunnel *t, const struct sk_tunnel_frame *f, unsigned dir, sk_time now) {
    for (unsigned i = 0; i < RECENT; i++) {
        const struct recent *r = &t->recent[!dir][i];
        bool near = now - r->ts <= SK_TUNNEL_NEAR && r->ts - now <= SK_TUNNEL_NEAR;
        if (r->src.fam && near && sk_addr_eq(&r->src, &f->inner.dst) && sk_addr_eq(&r->dst, &f->inner.src))
            return true;
    }
    return false;
}

/* One place a pair: a busy pair must not push the others out. */
static void remember(struct tunnel *t, const struct sk_tunnel_frame *f, unsigned dir, sk_time now) {
    struct recent *r = NULL;
    for (unsigned i = 0; i < RECENT && !r; i++)
        if (sk_addr_eq(&t->recent[dir][i].src, &f->inner.src) && sk_addr_eq(&t->recent[dir][i].dst, &f->inner.dst))
            r = &t->recent[dir][i];
    if (!r)
        r = &t->recent[dir][t->next[dir]++ % RECENT];
    *r = (struct recent){.src = f->inner.src, .dst = f->inner.dst, .ts = now};
}

static void confirm_data(struct tunnel *t, const struct sk_tunnel_frame *f, unsigned dir, sk_time now) {
    if (t->life.confirmed == SK_TWO_WAY)
        return;
    remember(t, f, dir, now);
    t->life.confirmed = mirrored(t, f, dir, now) ? SK_TWO_WAY : SK_ONE_WAY;
}

static void confirm_opaque(struct tunnel *t, unsigned dir, sk_time now) {
    t->has_opaque[dir] = true;
    t->opaque[dir] = now;
    bool near =
        t->has_opaque[!dir] && now - t->opaque[!dir] <= SK_TUNNEL_NEAR && t->opaque[!dir] - now <= SK_TUNNEL_NEAR;
    if (near && t->life.confirmed != SK_TWO_WAY) {
        t->life.confirmed = SK_TWO_WAY;
        t->life.inferred = true;
    }
}

/* Bubbles carry nothing, but one that answers the other has opened the way through both NATs (RFC 4380 5.2.3). */
static void confirm_bubble(struct tunnel *t, const struct sk_tunnel_frame *f, unsigned dir, sk_time now) {
    remember(t, f, dir, now);
    if (mirrored(t, f, dir, now))
        t->life.confirmed = SK_TWO_WAY;
}

/* The answer repeats the nonce of the question (RFC 4380 5.2.1): else somebody who did not see it answers. */
static void learn_nonce(struct tunnel *t, const struct sk_tunnel_frame *f) {
    if (!f->has_nonce)
        return;
    if (f->role == SK_TEREDO_QUALIFY) {
        t->has_nonce = true;
        memcpy(t->nonce, f->nonce, sizeof t->nonce);
    } else if (f->role == SK_TEREDO_QUALIFIED && t->has_nonce && !t->nonce_judged) {
        t->nonce_judged = true;
        t->nonce_match = memcmp(t->nonce, f->nonce, sizeof t->nonce) == 0;
    }
}

/* One packet that only looks like Teredo may be chance; three, with an answer among them, are not (G: TUN-004). */
static void learn_confidence(struct tunnel *t) {
    if (t->kind == SK_TUN_TEREDO && t->life.confidence == 50 && t->life.packets[0] && t->life.packets[1] &&
        t->life.packets[0] + t->life.packets[1] >= 3)
        t->life.confidence = 85;
}

/* Roles only grow: who is qualified stays so. */
static bool learn_role(struct tunnel *t, const struct sk_tunnel_frame *f) {
    if (f->role <= t->role)
        return false;
    t->role = (uint8_t)f->role;
    return true;
}

/* 0: what is cut off may hold more. */
static uint8_t nest_of(const struct sk_obs *o) {
    const struct sk_layers *l = o->layers;
    uint8_t n = 0;
    if (o->pkt->caplen < o->pkt->wirelen)
        return 0;
    for (unsigned i = 0; i < l->n; i++)
        if (l->at[i].flags & SK_LAYER_TUNNEL && !(l->at[i].flags & SK_LAYER_QUOTED))
            n = (uint8_t)(l->at[i].depth + 1);
    return n;
}

static void follow(struct sk_tunnels *s, struct sk_obs *o, unsigned layer, const struct sk_tunnel_frame *f) {
    struct sk_tunnel_key k;
    sk_tunnel_key(o->layers, layer, f->outer, (uint8_t)f->kind, f->server_port, &k);
    bool fresh;
    struct tunnel *t = sk_tunnels_put(s, o, &k, &fresh);
    if (fresh)
        begin(o, layer, f, t);
    unsigned dir = sk_tunnel_count(o, f->outer, f->bytes, &t->life);
    uint8_t was = t->life.confirmed;
    learn_inner(t, f, dir);
    if (f->carried == SK_CARRIED_DATA)
        confirm_data(t, f, dir, o->pkt->ts);
    else if (f->carried == SK_CARRIED_OPAQUE)
        confirm_opaque(t, dir, o->pkt->ts);
    else if (f->role == SK_TEREDO_BUBBLE)
        confirm_bubble(t, f, dir, o->pkt->ts);
    learn_nonce(t, f);
    learn_confidence(t);
    bool role = learn_role(t, f);
    bool loops = f->loops && !t->loops;
    t->loops |= f->loops;
    t->cone |= f->cone;
    t->nest = nest_of(o);
    if (fresh || role || loops || t->life.confirmed != was)
        tell_state(o, layer, t);
}

static void tunnel(void *state, struct sk_obs *o, unsigned layer) {
    struct sk_tunnel_frame f;
    if (!sk_tunnel_read(o, layer, &f))
        return;
    tell_frame(o, layer, &f);
    if (!(o->layers->at[layer].flags & SK_LAYER_QUOTED))
        follow(state, o, layer, &f);
}

static void tick(void *state, struct sk_obs *o) { sk_tunnels_tick(state, o, put_state); }
static void flush(void *state, struct sk_obs *o) { sk_tunnels_flush(state, o, put_state); }

const struct sk_observer sk_obs_tunnel = {.name = "tunnel",
                                          .state_size = sizeof(struct sk_tunnels),
                                          .init = init,
                                          .fini = fini,
                                          .tunnel = tunnel,
                                          .tick = tick,
                                          .flush = flush};
