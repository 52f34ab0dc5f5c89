/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VPNs, known by their handshakes on any port, and IPsec by its protocol numbers: tunnel.state events like those of
 * tunnels that are decoded. What is carried stays hidden.
 *
 *   asks ──▶ answers ──▶ [the asker again] ──▶ two-way        10 seconds from step to step
 *
 * One packet that looks like a question is an attempt. An answer that names the question proves an exchange; where the
 * answer names nothing (OpenVPN behind tls-crypt), the asker must go on with the session it began. ESP and AH: data of
 * both directions within 60 seconds; that they belong together is inferred.
 */
#include "observe/ip.h"
#include "observe/tunnel_life.h"
#include "observe/vpn.h"

/* clang-format off */
SK_FIELD(vpn_handshake, "vpn.handshake", KEYWORD, ONE, "", "0.1", "How far a VPN's handshake was seen: asked, answered, complete; none: data alone (IPsec)")
/* clang-format on */

enum { VPNS_CAP = 1 << 14 };
#define STEP (10 * SK_SEC)

enum stage { NOTHING, ASKED, ANSWERED, COMPLETE };

struct vpn {
    struct sk_tunnel_life life;
    sk_time step, data[2];
    uint8_t kind, stage, asker;
    bool has_data[2];
    uint8_t session[8]; /**< the asker's */
    char path[96];
};

struct state {
    struct sk_tunnels tunnels;
    sk_time hello; /* the latest of ZeroTier in this lane */
};

static sk_err init(void *state, struct sk_obs *o) {
    struct state *s = state;
    return sk_tunnels_init(&s->tunnels, o, sizeof(struct sk_tunnel_key), sizeof(struct vpn), VPNS_CAP);
}

static void fini(void *state) { sk_tunnels_fini(&((struct state *)state)->tunnels); }

static void put(struct sk_event *ev, const void *tunnel, const char *state) {
    static const char *const stages[] = {"none", "asked", "answered", "complete"};
    const struct vpn *v = tunnel;
    sk_tunnel_put_life(ev, &v->life, sk_vpn_name((enum sk_vpn_kind)v->kind), state);
    sk_event_put_text(ev, SKF_tunnel_path, v->path);
    sk_event_put_text(ev, SKF_vpn_handshake, stages[v->stage]);
}

static void tell(struct sk_obs *o, unsigned layer, const struct vpn *v) {
    struct sk_event *ev = sk_tunnel_tell(o, layer, &v->life);
    if (!ev)
        return;
    put(ev, v, v->life.confirmed == SK_TWO_WAY ? "two-way" : "opened");
    sk_obs_commit(o, ev);
}

/* --- following --- */

static bool soon(sk_time from, sk_time to) { return to - from <= STEP && from - to <= STEP; }

static void asked(struct vpn *v, const struct sk_vpn_sign *sign, unsigned dir, sk_time now) {
    if (v->stage == COMPLETE && dir != v->asker)
        return; /* keys are renewed by either side */
    v->stage = v->stage > ASKED ? v->stage : ASKED;
    v->asker = (uint8_t)dir;
    v->step = now;
    memcpy(v->session, sign->own, sizeof v->session);
    if (sign->confidence > v->life.confidence)
        v->life.confidence = sign->confidence;
}

static void complete(struct vpn *v, uint8_t confidence) {
    v->stage = COMPLETE;
    v->life.inferred = false;
    v->life.confirmed = SK_TWO_WAY;
    if (confidence > v->life.confidence)
        v->life.confidence = confidence;
}

static bool names_session(const struct vpn *v, const uint8_t session[8]) {
    return memcmp(v->session, session, sizeof v->session) == 0;
}

/* Whether this is the answer that the asker waits for. */
static bool is_awaited(const struct vpn *v, const struct sk_vpn_sign *sign, unsigned dir, sk_time now) {
    return dir != v->asker && soon(v->step, now) && (!sign->names_other || names_session(v, sign->other));
}

static void answered(struct vpn *v, const struct sk_vpn_sign *sign, unsigned dir, sk_time now) {
    if (v->stage == NOTHING || !is_awaited(v, sign, dir, now))
        return;
    v->step = now;
    if (sign->kind == SK_VPN_OPENVPN && !sign->names_other)
        v->stage = v->stage > ANSWERED ? v->stage : ANSWERED;
    else
        complete(v, sign->confidence);
}

/* Goes on with the session: it was answered, even where the mirror shows one side alone. */
static void confirmed(struct vpn *v, const struct sk_vpn_sign *sign, unsigned dir, sk_time now) {
    if (dir != v->asker || !soon(v->step, now) || !names_session(v, sign->own))
        return;
    if (v->stage == ANSWERED) {
        complete(v, sign->confidence);
    } else if (v->stage == ASKED) {
        v->life.confirmed = SK_ONE_WAY;
        v->life.inferred = true;
        v->life.confidence = v->life.confidence > 85 ? v->life.confidence : 85;
    }
}

static void take_step(struct vpn *v, const struct sk_vpn_sign *sign, unsigned dir, sk_time now) {
    switch (sign->step) {
    case SK_VPN_ASKS:
        asked(v, sign, dir, now);
        break;
    case SK_VPN_GREETS:
        if (v->stage == NOTHING || dir == v->asker)
            asked(v, sign, dir, now);
        else
            answered(v, sign, dir, now);
        break;
    case SK_VPN_ANSWERS:
        answered(v, sign, dir, now);
        break;
    case SK_VPN_CONFIRMS:
        confirmed(v, sign, dir, now);
        break;
    case SK_VPN_CARRIES:
        break;
    }
}

/* Data that nobody can read, each way. */
static void carried(struct vpn *v, unsigned dir, sk_time now, uint8_t confidence) {
    v->has_data[dir] = true;
    v->data[dir] = now;
    if (confidence > v->life.confidence)
        v->life.confidence = confidence;
    if (v->life.confirmed == SK_TWO_WAY)
        return;
    bool near = v->has_data[!dir] && now - v->data[!dir] <= SK_TUNNEL_NEAR && v->data[!dir] - now <= SK_TUNNEL_NEAR;
    v->life.confirmed = near ? SK_TWO_WAY : SK_ONE_WAY;
    v->life.inferred |= near;
}

/* A guess is nobody's, and neither counted nor lets the tunnel live on, unless it is the one answer that is awaited. */
static struct vpn *find_guessed(struct sk_tunnels *s, const struct sk_tunnel_key *k, const struct sk_vpn_sign *sign,
                                const struct sk_ip *outer, sk_time now) {
    struct vpn *v = sk_table_peek(s->table, k);
    if (!v || v->stage != ASKED || !is_awaited(v, sign, sk_tunnel_dir(outer, &v->life), now))
        return NULL;
    sk_table_touch(s->table, v);
    return v;
}

/* A new one begins with a question or with IPsec's data; everything else is about one that is known. */
static struct vpn *find(struct sk_tunnels *s, struct sk_obs *o, unsigned layer, const struct sk_vpn_sign *sign,
                        bool data, bool *fresh) {
    const struct sk_layers *l = o->layers;
    const struct sk_ip *outer = &l->ip[l->at[layer].ip];
    struct sk_tunnel_key k;
    sk_tunnel_key(l, layer, outer, (uint8_t)sign->kind, 0, &k);
    *fresh = false;
    if (sign->guess)
        return find_guessed(s, &k, sign, outer, o->pkt->ts);
    if (sign->step != SK_VPN_ASKS && sign->step != SK_VPN_GREETS && !data)
        return sk_table_get(s->table, &k);
    struct vpn *v = sk_tunnels_put(s, o, &k, fresh);
    if (*fresh) {
        sk_tunnel_begin(o, layer, outer, &v->life);
        v->kind = (uint8_t)sign->kind;
        sk_tunnel_path(l, layer, v->path, sizeof v->path);
    }
    return v;
}

static void follow(struct sk_tunnels *s, struct sk_obs *o, unsigned layer, const struct sk_vpn_sign *sign, bool data) {
    const struct sk_layers *l = o->layers;
    const struct sk_ip *outer = &l->ip[l->at[layer].ip];
    bool fresh;
    struct vpn *v = find(s, o, layer, sign, data, &fresh);
    if (!v)
        return;
    uint32_t bytes = sk_tunnel_bytes(l, outer);
    unsigned dir = sk_tunnel_count(o, outer, bytes, &v->life);
    uint8_t confirmed = v->life.confirmed, stage = v->stage;
    if (data)
        carried(v, dir, o->pkt->ts, sign->confidence);
    else
        take_step(v, sign, dir, o->pkt->ts);
    if (fresh || v->life.confirmed != confirmed || v->stage != stage)
        tell(o, layer, v);
}

/* --- packets --- */

static bool to_many(const struct sk_addr *a) {
    enum sk_scope scope = sk_addr_scope(a);
    return scope == SK_SCOPE_MULTICAST || scope == SK_SCOPE_BROADCAST;
}

/* ESP and AH to a group or on the link protect routing protocols; alone between two ends they are a tunnel, or as good
 * as one. */
static void ipsec(struct sk_tunnels *s, struct sk_obs *o, unsigned layer) {
    const struct sk_layer *y = &o->layers->at[layer];
    const struct sk_ip *outer = &o->layers->ip[y->ip];
    struct sk_vpn_sign sign = {.kind = SK_VPN_IPSEC, .step = SK_VPN_CARRIES};
    sign.confidence = outer->proto == 17 ? 75 : 95; /* in UDP the port says so, and a number that is not reserved */
    bool on_link = sk_addr_scope(&outer->src) == SK_SCOPE_LINK_LOCAL;
    if (!to_many(&outer->dst) && !on_link && !outer->frag_off)
        follow(s, o, layer, &sign, true);
}

/* Which step a payload is. On other ports than its own ZeroTier's answer is looked for shortly after a question only:
 * this saves time and decides nothing, for the question that is answered is in this lane and no later than the latest.
 */
static bool step_of(struct state *s, const struct sk_obs *o, const struct sk_layer *y, struct sk_cur payload,
                    uint32_t wire, struct sk_vpn_sign *ret) {
    if (y->proto != SKP_UDP)
        return sk_vpn_tcp(payload, wire, ret);
    bool known = sk_vpn_udp(payload, wire, (uint16_t)(y->id >> 16), (uint16_t)y->id, ret);
    if (known && ret->kind == SK_VPN_ZEROTIER && ret->step == SK_VPN_ASKS && o->pkt->ts > s->hello)
        s->hello = o->pkt->ts;
    if (known || o->pkt->ts - s->hello > STEP)
        return known;
    return sk_vpn_zerotier_answer(payload, wire, ret);
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    struct state *s = state;
    const struct sk_layers *l = o->layers;
    const struct sk_layer *y = &l->at[i];
    if (y->flags & SK_LAYER_QUOTED || y->ip >= l->n_ip)
        return;
    if (y->proto == SKP_ESP || y->proto == SKP_AH) {
        ipsec(&s->tunnels, o, i);
        return;
    }
    const struct sk_ip *outer = &l->ip[y->ip];
    struct sk_cur payload = sk_layer_payload(o->pkt, y);
    if (payload.left == 0 || outer->upper_layer != i || outer->wire_upper_len < y->hdr_len || to_many(&outer->dst))
        return;
    uint32_t wire = outer->wire_upper_len - y->hdr_len;
    struct sk_vpn_sign sign;
    if (step_of(s, o, y, payload, wire, &sign))
        follow(&s->tunnels, o, i, &sign, false);
}

static void tick(void *state, struct sk_obs *o) { sk_tunnels_tick(&((struct state *)state)->tunnels, o, put); }
static void flush(void *state, struct sk_obs *o) {
    struct state *s = state;
    sk_tunnels_flush(&s->tunnels, o, put);
    s->hello = 0;
}

static const uint8_t protos[] = {SKP_UDP, SKP_TCP, SKP_ESP, SKP_AH, SKP_NONE};
const struct sk_observer sk_obs_vpn = {.name = "vpn",
                                       .protos = protos,
                                       .state_size = sizeof(struct state),
                                       .init = init,
                                       .fini = fini,
                                       .layer = layer,
                                       .tick = tick,
                                       .flush = flush};
