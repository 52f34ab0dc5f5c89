/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who forwards: a mirror shows a packet, and within a tenth of a second the same packet again with a hop limit (TTL)
 * one lower, from another MAC. That MAC is a router's, whether meant as one or not; bridges keep the hop limit.
 *
 * Once per MAC, segment, family and hour: a mirror of both sides of a router shows nothing else.
 */
#include "sekimori/observer.h"

#include "sekimori/table.h"

/* clang-format off */
SK_EVENT(ip_forwarded, "ip.forwarded", STATE, "0.1", "A machine forwards packets: one was seen again with a hop limit one lower, from its MAC. Once per MAC, segment, IP version and hour")
SK_FIELD(ip_forwarder_mac, "ip.forwarder.mac", KEYWORD, ONE, "", "0.1", "MAC address of the machine that forwards")
SK_FIELD(ip_forwarded_hop_limit, "ip.forwarded.hop_limit", LONG, ONE, "", "0.1", "Hop limit (TTL) of the packet after it was forwarded")
/* clang-format on */

enum { SEEN_MAX = 16384 };
#define HOUR (3600 * SK_SEC)

struct key {
    struct sk_mac mac;
    uint16_t segment;
    uint32_t hour;
    uint8_t family, zero[3];
};
struct state {
    struct sk_table *seen;
};

static sk_err init(void *state, struct sk_obs *o) {
    struct state *s = state;
    struct sk_table_config cfg = {.key_size = sizeof(struct key), .cap = SEEN_MAX, .key = *o->key};
    s->seen = sk_table_new(&cfg);
    return s->seen ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) { sk_table_free(((struct state *)state)->seen); }

static bool first(struct state *s, struct sk_obs *o, const struct key *k) {
    bool fresh = false;
    uint64_t before = sk_table_evicted(s->seen);
    (void)sk_table_put(s->seen, k, &fresh);
    o->counts->evictions += sk_table_evicted(s->seen) - before;
    return fresh;
}

/* The outermost packet is what the frame carries; what is inside of a tunnel crossed no router of this link. */
static void layer(void *state, struct sk_obs *o, unsigned i) {
    const struct sk_layers *l = o->layers;
    const struct sk_layer *y = &l->at[i];
    struct sk_mac mac;
    if (!o->routed || y->depth > 0 || y->ip >= l->n_ip || (y->flags & SK_LAYER_QUOTED) ||
        !sk_obs_source_mac(o, i, &mac))
        return;
    const struct sk_ip *ip = &l->ip[y->ip];
    struct key k;
    memset(&k, 0, sizeof k); /* padding is hashed */
    k.mac = mac;
    k.segment = sk_obs_segment(o, i);
    k.hour = (uint32_t)(o->pkt->ts / HOUR);
    k.family = ip->src.fam;
    if (!first(state, o, &k))
        return;
    struct sk_event *ev = sk_obs_event(o, SKE_ip_forwarded, i);
    if (!ev)
        return;
    ev->flags &= (uint8_t)~SK_EV_DUPLICATE; /* the copy is the finding */
    sk_event_put_mac(ev, SKF_ip_forwarder_mac, &mac);
    sk_event_put_int(ev, SKF_ip_forwarded_hop_limit, ip->hop_limit);
    sk_event_put_text(ev, SKF_sekimori_certainty, "observed");
    sk_obs_commit(o, ev);
}

static void flush(void *state, struct sk_obs *o) {
    (void)o;
    sk_table_clear(((struct state *)state)->seen);
}

static const uint8_t protos[] = {SKP_IPV6, SKP_IPV4, SKP_NONE};
const struct sk_observer sk_obs_ip_forwarded = {.name = "ip_forwarded",
                                                .protos = protos,
                                                .state_size = sizeof(struct state),
                                                .init = init,
                                                .fini = fini,
                                                .layer = layer,
                                                .flush = flush};
