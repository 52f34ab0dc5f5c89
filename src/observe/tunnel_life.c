/* SPDX-License-Identifier: Apache-2.0 */
/* Beginning, telling and closing tunnels: what obs_tunnel.c (decoded) and others (known by their handshakes) share. */
#include "observe/tunnel_life.h"

#include <stdlib.h>

/* --- ends --- */

static void order(const struct sk_ip *ip, struct sk_addr *low, struct sk_addr *high) {
    bool swap = memcmp(&ip->src, &ip->dst, sizeof ip->src) > 0;
    *low = swap ? ip->dst : ip->src;
    *high = swap ? ip->src : ip->dst;
}

void sk_tunnel_key(const struct sk_layers *l, unsigned layer, const struct sk_ip *outer, uint8_t kind, uint8_t other,
                   struct sk_tunnel_key *ret) {
    memset(ret, 0, sizeof *ret);
    order(outer, &ret->low, &ret->high);
    order(&l->ip[0], &ret->outermost_low, &ret->outermost_high);
    ret->kind = kind;
    ret->depth = l->at[layer].depth;
    ret->other = other;
}

static enum sk_direction direction_between(struct sk_obs *o, unsigned layer, const struct sk_ip *outer) {
    struct sk_place src, dst;
    uint16_t segment = sk_obs_segment(o, layer);
    sk_policy_place(o->policy, &outer->src, segment, &src);
    sk_policy_place(o->policy, &outer->dst, segment, &dst);
    bool from_inside = src.side == SK_SIDE_INSIDE, to_inside = dst.side == SK_SIDE_INSIDE;
    if (from_inside)
        return to_inside ? SK_INTERNAL : SK_OUTBOUND;
    return to_inside ? SK_INBOUND : SK_TRANSIT;
}

/* The ends of a tunnel in a tunnel may be nobody's here: then whose packets carry both is asked, from the inside out.
 */
enum sk_direction sk_tunnel_direction(struct sk_obs *o, unsigned layer, const struct sk_ip *outer,
                                      struct sk_addr *inside) {
    const struct sk_ip *ip = outer;
    enum sk_direction d = direction_between(o, layer, ip);
    while (d == SK_TRANSIT && ip > o->layers->ip) {
        ip--;
        d = direction_between(o, ip->layer, ip);
    }
    if (d == SK_TRANSIT)
        ip = outer;
    *inside = d == SK_INBOUND ? ip->dst : ip->src;
    return d;
}

void sk_tunnel_put_ends(struct sk_event *ev, const struct sk_addr *src, const struct sk_addr *dst, unsigned direction,
                        const struct sk_addr *inside) {
    static const char *const names[] = {"outbound", "inbound", "inside", "transit"};
    sk_event_put_text(ev, SKF_tunnel_direction, names[direction]);
    sk_event_put_ip(ev, SKF_tunnel_inside_ip, inside);
    sk_event_put_ip(ev, SKF_tunnel_outer_peer_ip, direction == SK_INBOUND ? src : dst);
    sk_event_put_ip(ev, SKF_tunnel_outer_source_ip, src);
    sk_event_put_ip(ev, SKF_tunnel_outer_destination_ip, dst);
}

/* --- telling --- */

void sk_tunnel_begin(struct sk_obs *o, unsigned layer, const struct sk_ip *outer, struct sk_tunnel_life *t) {
    sk_obs_head(o, SKE_tunnel_state, layer, sk_tunnel_head(t));
    sk_tunnel_head(t)->depth++; /* what it is about is inside */
    t->first_seq = o->seq;
    t->depth = o->layers->at[layer].depth;
    t->direction = (uint8_t)sk_tunnel_direction(o, layer, outer, &t->inside);
    if (t->depth && sk_mac_zero(&sk_tunnel_head(t)->smac)) {
        const struct sk_layers *l = o->layers;
        if (sk_addr_eq(&t->inside, &l->ip[0].src))
            t->inside_mac = l->src_mac;
        else if (sk_addr_eq(&t->inside, &l->ip[0].dst))
            t->inside_mac = l->dst_mac;
    }
}

unsigned sk_tunnel_count(struct sk_obs *o, const struct sk_ip *outer, uint32_t bytes, struct sk_tunnel_life *t) {
    unsigned dir = sk_tunnel_dir(outer, t);
    t->last = o->pkt->ts;
    if (o->copy) /* a mirror showed it before */
        return dir;
    t->packets[dir]++;
    t->bytes[dir] += bytes;
    return dir;
}

struct sk_event *sk_tunnel_tell(struct sk_obs *o, unsigned layer, const struct sk_tunnel_life *t) {
    struct sk_event *ev = sk_obs_event(o, SKE_tunnel_state, layer);
    if (!ev)
        return NULL;
    ev->depth++;
    const struct sk_event *h = sk_tunnel_head(t);
    ev->src = h->src;
    ev->dst = h->dst;
    ev->smac = h->smac;
    ev->dmac = h->dmac;
    ev->sport = h->sport;
    ev->dport = h->dport;
    ev->segment = h->segment;
    return ev;
}

static const char *certainty(const struct sk_tunnel_life *t) {
    if (t->confidence < 80)
        return "heuristic";
    return t->inferred ? "inferred" : "observed";
}

void sk_tunnel_put_life(struct sk_event *ev, const struct sk_tunnel_life *t, const char *kind, const char *state) {
    static const char *const confirmed[] = {"attempt", "one-way", "two-way"};
    unsigned out = t->direction == SK_INBOUND;
    sk_event_put_text(ev, SKF_tunnel_kind, kind);
    sk_event_put_text(ev, SKF_tunnel_state, state);
    sk_event_put_text(ev, SKF_tunnel_confirmed, confirmed[t->confirmed]);
    sk_tunnel_put_ends(ev, &sk_tunnel_head(t)->src, &sk_tunnel_head(t)->dst, t->direction, &t->inside);
    if (!sk_mac_zero(&t->inside_mac))
        sk_event_put_mac(ev, SKF_tunnel_inside_mac, &t->inside_mac);
    sk_event_put_int(ev, SKF_tunnel_bytes_out, (int64_t)t->bytes[out]);
    sk_event_put_int(ev, SKF_tunnel_bytes_in, (int64_t)t->bytes[!out]);
    sk_event_put_int(ev, SKF_source_bytes, (int64_t)t->bytes[0]);
    sk_event_put_int(ev, SKF_destination_bytes, (int64_t)t->bytes[1]);
    sk_event_put_int(ev, SKF_network_bytes, (int64_t)(t->bytes[0] + t->bytes[1]));
    sk_event_put_int(ev, SKF_network_packets, (int64_t)(t->packets[0] + t->packets[1]));
    sk_event_put_text(ev, SKF_sekimori_certainty, certainty(t));
    sk_event_put_int(ev, SKF_sekimori_confidence, t->confidence);
}

/* --- closing --- */

static int by_first(const void *a, const void *b) {
    const struct sk_tunnel_life *x = *(const struct sk_tunnel_life *const *)a,
                                *y = *(const struct sk_tunnel_life *const *)b;
    if (x->first_seq != y->first_seq)
        return x->first_seq < y->first_seq ? -1 : 1;
    return (int)x->depth - (int)y->depth;
}

static void close_one(struct sk_obs *o, const struct sk_tunnel_life *t, sk_tunnel_put_fn put) {
    struct sk_event *ev = t->silent ? NULL : sk_obs_tick_event(o, SKE_tunnel_state, t->first_seq, t->depth);
    if (!ev)
        return;
    struct sk_event *h = sk_tunnel_head(t);
    h->ts = ev->ts;
    h->seq = ev->seq;
    h->sub = ev->sub;
    h->phase = ev->phase;
    h->order = ev->order;
    memcpy(ev, h, sizeof *h);
    put(ev, t, "closed");
    sk_obs_commit(o, ev);
}

/* Values stay where they are while the table only loses entries. */
static void close_before(struct sk_table *tunnels, struct sk_obs *o, sk_time limit, sk_tunnel_put_fn put) {
    uint32_t at = 0, n = 0, count = sk_table_count(tunnels);
    const void *key;
    void *value;
    const struct sk_tunnel_life **gone = count ? calloc(count, sizeof *gone) : NULL;
    if (!gone)
        return;
    while (sk_table_next(tunnels, &at, &key, &value)) {
        const struct sk_tunnel_life *t = value;
        if (t->last < limit)
            gone[n++] = t;
    }
    qsort(gone, n, sizeof *gone, by_first);
    for (uint32_t i = 0; i < n; i++)
        close_one(o, gone[i], put);
    free(gone);
    at = 0;
    while (n && sk_table_next(tunnels, &at, &key, &value)) {
        const struct sk_tunnel_life *t = value;
        if (t->last < limit)
            sk_table_del(tunnels, key);
    }
}

/* --- the table --- */

#define WALK (10 * SK_SEC) /* how often idle ones are looked for */

sk_err sk_tunnels_init(struct sk_tunnels *t, const struct sk_obs *o, size_t key_size, size_t value_size, uint32_t cap) {
    struct sk_table_config cfg = {.key_size = key_size, .value_size = value_size, .cap = cap, .key = *o->key};
    t->table = sk_table_new(&cfg);
    return t->table ? SK_OK : SK_ENOMEM;
}

void sk_tunnels_fini(struct sk_tunnels *t) { sk_table_free(t->table); }

void *sk_tunnels_put(struct sk_tunnels *t, struct sk_obs *o, const void *key, bool *fresh) {
    void *value = sk_table_put(t->table, key, fresh);
    o->counts->evictions += sk_table_evicted(t->table) - t->evicted;
    t->evicted = sk_table_evicted(t->table);
    return value;
}

void sk_tunnels_tick(struct sk_tunnels *t, struct sk_obs *o, sk_tunnel_put_fn put) {
    if (o->now / WALK == t->walked / WALK)
        return;
    t->walked = o->now;
    close_before(t->table, o, o->now - SK_TUNNEL_IDLE, put);
}

void sk_tunnels_flush(struct sk_tunnels *t, struct sk_obs *o, sk_tunnel_put_fn put) {
    close_before(t->table, o, INT64_MAX, put);
    t->walked = 0;
}
