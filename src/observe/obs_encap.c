/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encapsulation that no protocol names: payloads of UDP, or of TCP segments that were pushed, in which an IP packet
 * begins at the same small offset again and again and ends where they end.
 *
 *   | outer IP | UDP or TCP | 0 to 32 bytes of their own | IP packet, to the last byte |
 *
 * Told when five such packets were seen, of both directions: as tunnel.state of kind unknown. What is inside is named
 * by addresses; it is not decoded further, since its framing is not known.
 */
#include "observe/ip.h"
#include "observe/tunnel_life.h"

/* clang-format off */
SK_FIELD(tunnel_offset, "tunnel.offset", LONG, ONE, "B", "0.1", "Bytes before the IP packet inside an encapsulation of unknown kind")
/* clang-format on */

enum { FLOWS_CAP = 1 << 14, PACKETS_NEEDED = 5, HASHED_BYTES = 256, CONFIDENCE = 75, TCP = 6, UDP = 17 };

struct key {
    struct sk_tunnel_key ends;
    uint16_t low_port, high_port;
    uint8_t transport, zero[3];
};

struct flow {
    struct sk_tunnel_life life; /**< counts the packets that fit */
    struct sk_addr src, dst;    /**< inside, from the side of who began */
    uint8_t offset, proto;
    uint64_t seen[2]; /**< payloads of the last two packets: a copy that a mirror made is no packet of its own */
    char path[96];
};

static sk_err init(void *state, struct sk_obs *o) {
    return sk_tunnels_init(state, o, sizeof(struct key), sizeof(struct flow), FLOWS_CAP);
}

static void fini(void *state) { sk_tunnels_fini(state); }

static void put(struct sk_event *ev, const void *tunnel, const char *state) {
    const struct flow *f = tunnel;
    sk_tunnel_put_life(ev, &f->life, "unknown", state);
    sk_event_put_text(ev, SKF_tunnel_path, f->path);
    sk_event_put_int(ev, SKF_tunnel_offset, f->offset);
    sk_event_put_ip(ev, SKF_tunnel_inner_source_ip, &f->src);
    sk_event_put_ip(ev, SKF_tunnel_inner_destination_ip, &f->dst);
    sk_event_put_text(ev, SKF_tunnel_inner_type, f->src.fam == 4 ? "ipv4" : "ipv6");
}

static struct key key_of(const struct sk_layers *l, unsigned layer, const struct sk_ip *outer) {
    struct key k;
    memset(&k, 0, sizeof k);
    sk_tunnel_key(l, layer, outer, 0, 0, &k.ends);
    uint16_t sport = (uint16_t)(l->at[layer].id >> 16), dport = (uint16_t)l->at[layer].id;
    k.low_port = sport < dport ? sport : dport;
    k.high_port = sport < dport ? dport : sport;
    k.transport = outer->proto;
    return k;
}

static void read_inner(struct flow *f, struct sk_cur c, unsigned dir) {
    bool is4 = sk_cur_peek(&c, 0) >> 4 == 4;
    sk_cur_skip(&c, is4 ? 12 : 8);
    struct sk_addr src = is4 ? sk_cur_ip4(&c) : sk_cur_ip6(&c), dst = is4 ? sk_cur_ip4(&c) : sk_cur_ip6(&c);
    f->src = dir ? dst : src;
    f->dst = dir ? src : dst;
}

static void begin(struct sk_obs *o, unsigned layer, const struct sk_ip *outer, unsigned off, struct flow *f) {
    sk_tunnel_begin(o, layer, outer, &f->life);
    f->life.silent = true;
    f->life.confidence = CONFIDENCE;
    f->offset = (uint8_t)off;
    sk_tunnel_path(o->layers, layer, f->path, sizeof f->path);
}

/* Copies of bulk are looked for in samples only (pipeline/copies.c), which five packets are too few for. */
static bool seen_before(struct sk_obs *o, struct sk_cur payload, struct flow *f) {
    size_t n = payload.left < HASHED_BYTES ? payload.left : HASHED_BYTES;
    uint64_t hash = sk_hash(o->key, sk_cur_take(&payload, n), n);
    if (hash == f->seen[0] || hash == f->seen[1])
        return true;
    f->seen[1] = f->seen[0];
    f->seen[0] = hash;
    return false;
}

static void follow(struct sk_tunnels *s, struct sk_obs *o, unsigned layer, struct sk_cur payload, uint32_t wire) {
    const struct sk_layers *l = o->layers;
    const struct sk_ip *outer = &l->ip[l->at[layer].ip];
    int off = sk_find_ip(payload, wire, 0);
    if (off < 0)
        return;
    struct key k = key_of(l, layer, outer);
    bool fresh;
    struct flow *f = sk_tunnels_put(s, o, &k, &fresh);
    if (fresh)
        begin(o, layer, outer, (unsigned)off, f);
    else if (off != f->offset && sk_find_ip(payload, wire, f->offset) != f->offset)
        return; /* a shape by chance: the first offset stays, until the flow is forgotten */
    if (f->life.confirmed != SK_TWO_WAY && seen_before(o, payload, f))
        return;
    sk_cur_skip(&payload, f->offset);
    uint32_t bytes = sk_tunnel_bytes(l, outer);
    unsigned dir = sk_tunnel_count(o, outer, bytes, &f->life);
    const uint64_t *n = f->life.packets;
    if (f->life.confirmed == SK_TWO_WAY || n[0] == 0 || n[1] == 0 || n[0] + n[1] < PACKETS_NEEDED)
        return;
    f->life.confirmed = SK_TWO_WAY;
    f->life.silent = false;
    read_inner(f, payload, dir);
    struct sk_event *ev = sk_tunnel_tell(o, layer, &f->life);
    if (!ev)
        return;
    put(ev, f, "two-way");
    sk_obs_commit(o, ev);
}

/* What writes a packet at a time into a stream pushes it. */
static bool pushed(const struct sk_obs *o, const struct sk_layer *y) {
    struct sk_cur c = sk_layer_bytes(o->pkt, y);
    sk_cur_skip(&c, 13);
    return sk_cur_u8(&c) & 8 && sk_cur_ok(&c);
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    const struct sk_layers *l = o->layers;
    const struct sk_layer *y = &l->at[i];
    if (i + 1u != l->n || y->flags & (SK_LAYER_QUOTED | SK_LAYER_TUNNEL) || y->ip >= l->n_ip)
        return; /* decoded, or to be */
    const struct sk_ip *outer = &l->ip[y->ip];
    struct sk_cur payload = sk_layer_payload(o->pkt, y);
    if (payload.left < 20 || outer->upper_layer != i || outer->wire_upper_len < y->hdr_len || outer->fragment ||
        o->copy)
        return;
    if (outer->proto == TCP ? !pushed(o, y) : outer->proto != UDP)
        return;
    follow(state, o, i, payload, outer->wire_upper_len - y->hdr_len);
}

static void tick(void *state, struct sk_obs *o) { sk_tunnels_tick(state, o, put); }
static void flush(void *state, struct sk_obs *o) { sk_tunnels_flush(state, o, put); }

static const uint8_t protos[] = {SKP_UDP, SKP_TCP, SKP_NONE};
const struct sk_observer sk_obs_encap = {.name = "encap",
                                         .protos = protos,
                                         .state_size = sizeof(struct sk_tunnels),
                                         .init = init,
                                         .fini = fini,
                                         .layer = layer,
                                         .tick = tick,
                                         .flush = flush};
