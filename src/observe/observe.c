/* SPDX-License-Identifier: Apache-2.0 */
/* The observers of one lane: who asked for what, and calling them. */
#include "sekimori/observer.h"

#include <stdlib.h>

#define SK_OBSERVER(name) extern const struct sk_observer sk_obs_##name;
#include "observers.gen.h"
#undef SK_OBSERVER
static const struct sk_observer *const observers[] = {
#define SK_OBSERVER(name) &sk_obs_##name,
#include "observers.gen.h"
#undef SK_OBSERVER
};
enum { N = sizeof observers / sizeof observers[0] };

/* One observer that wants a port. Lists are short (a dozen ports), the bitmap keeps most packets from reading them. */
struct port {
    uint16_t port;
    uint8_t observer;
};
enum { PORTS_MAX = 64 };
struct ports {
    uint64_t bits[65536 / 64];
    struct port at[PORTS_MAX];
    unsigned n;
};

struct sk_observers {
    void *state[N];
    bool ready[N];
    uint8_t by_proto[SKP_COUNT][N + 1]; /**< observer index + 1, ended by 0 */
    bool asked[SKP_COUNT];              /**< some observer looks at such a layer */
    uint8_t of_flows[N + 1];            /**< who looks at flows; as above */
    struct ports udp, tcp;
};

static void add_ports(struct ports *p, const uint16_t *list, uint8_t observer) {
    for (; list && *list && p->n < PORTS_MAX; list++) {
        p->bits[*list / 64] |= (uint64_t)1 << (*list % 64);
        p->at[p->n++] = (struct port){.port = *list, .observer = observer};
    }
}

static bool wants_port(const struct ports *p, uint16_t port) { return p->bits[port / 64] >> (port % 64) & 1; }

static void add_observer(uint8_t list[N + 1], unsigned i) {
    unsigned k = 0;
    while (list[k])
        k++;
    list[k] = (uint8_t)(i + 1);
}

static void subscribe(struct sk_observers *all, unsigned i) {
    for (const uint8_t *p = observers[i]->protos; p && *p != SKP_NONE; p++) {
        add_observer(all->by_proto[*p], i);
        all->asked[*p] = true;
    }
    if (observers[i]->flow)
        add_observer(all->of_flows, i);
    all->asked[SKP_UDP] = true; /* by port */
    add_ports(&all->udp, observers[i]->udp_ports, (uint8_t)i);
    add_ports(&all->tcp, observers[i]->tcp_ports, (uint8_t)i);
}

struct sk_observers *sk_observers_new(struct sk_obs *o, struct sk_error *err) {
    struct sk_observers *all = (struct sk_observers *)calloc(1, sizeof *all);
    if (!all) {
        sk_error_set(err, SK_ENOMEM, "out of memory for the observers");
        return NULL;
    }
    for (unsigned i = 0; i < N; i++) {
        subscribe(all, i);
        size_t size = observers[i]->state_size;
        all->state[i] = size ? calloc(1, size) : NULL;
        if ((size && !all->state[i]) || (observers[i]->init && observers[i]->init(all->state[i], o) != SK_OK)) {
            sk_error_set(err, SK_ENOMEM, "out of memory for observer %s", observers[i]->name);
            sk_observers_free(all);
            return NULL;
        }
        all->ready[i] = true;
    }
    return all;
}

void sk_observers_free(struct sk_observers *all) {
    if (!all)
        return;
    for (unsigned i = 0; i < N; i++) {
        if (all->ready[i] && observers[i]->fini)
            observers[i]->fini(all->state[i]);
        free(all->state[i]);
    }
    free(all);
}

/* Both ends of the flow name the protocol; an observer that asked for both is called once. */
static void datagram(struct sk_observers *all, struct sk_obs *o, unsigned layer) {
    const struct sk_layer *l = &o->layers->at[layer];
    uint16_t sport = (uint16_t)(l->id >> 16), dport = (uint16_t)l->id;
    if (!wants_port(&all->udp, sport) && !wants_port(&all->udp, dport))
        return;
    unsigned called = N;
    for (unsigned i = 0; i < all->udp.n; i++) {
        const struct port *p = &all->udp.at[i];
        if ((p->port != sport && p->port != dport) || p->observer == called)
            continue;
        called = p->observer; /* an observer's ports are consecutive in the list */
        observers[called]->datagram(all->state[called], o, layer, sk_layer_payload(o->pkt, l));
    }
}

static void tunnel(struct sk_observers *all, struct sk_obs *o, unsigned layer) {
    for (unsigned i = 0; i < N; i++)
        if (observers[i]->tunnel)
            observers[i]->tunnel(all->state[i], o, layer);
}

void sk_observe_packet(struct sk_observers *all, struct sk_obs *o) {
    sk_observe_part(all, o, 0, o->layers->n);
    if (!o->layers->anomalies)
        return;
    for (unsigned i = 0; i < N; i++)
        if (observers[i]->anomalous)
            observers[i]->anomalous(all->state[i], o);
}

void sk_observe_datagram(struct sk_observers *all, struct sk_obs *o) {
    for (unsigned i = 0; i < N; i++)
        if (observers[i]->datagram_done)
            observers[i]->datagram_done(all->state[i], o);
}

void sk_observe_part(struct sk_observers *all, struct sk_obs *o, unsigned from, unsigned to) {
    const struct sk_layers *l = o->layers;
    for (unsigned i = from; i < to && i < l->n; i++) {
        if (!all->asked[l->at[i].proto] && !(l->at[i].flags & SK_LAYER_TUNNEL))
            continue;
        const uint8_t *who = all->by_proto[l->at[i].proto];
        for (; *who; who++)
            observers[*who - 1]->layer(all->state[*who - 1], o, i);
        if (l->at[i].proto == SKP_UDP)
            datagram(all, o, i);
        if (l->at[i].flags & SK_LAYER_TUNNEL)
            tunnel(all, o, i);
    }
}

void sk_observe_flow(struct sk_observers *all, struct sk_obs *o, const struct sk_flow_view *v, bool at_tick) {
    for (const uint8_t *who = all->of_flows; *who; who++)
        observers[*who - 1]->flow(all->state[*who - 1], o, v, at_tick);
}

unsigned sk_observe_stream_port(const struct sk_observers *all, uint16_t port) {
    if (!wants_port(&all->tcp, port))
        return 0;
    for (unsigned i = 0; i < all->tcp.n; i++)
        if (all->tcp.at[i].port == port)
            return all->tcp.at[i].observer + 1u;
    return 0;
}

void sk_observe_stream(struct sk_observers *all, struct sk_obs *o, const struct sk_flow_view *v, unsigned observer,
                       void **user, unsigned dir, const uint8_t *data, size_t n, bool gap, bool end) {
    if (observer == 0 || observer > N)
        return;
    const struct sk_observer *who = observers[observer - 1];
    if (who->stream)
        who->stream(all->state[observer - 1], o, v, user, dir, data, n, gap, end);
}

void sk_observe_tick(struct sk_observers *all, struct sk_obs *o) {
    for (unsigned i = 0; i < N; i++)
        if (observers[i]->tick)
            observers[i]->tick(all->state[i], o);
}

void sk_observe_flush(struct sk_observers *all, struct sk_obs *o) {
    for (unsigned i = 0; i < N; i++)
        if (observers[i]->flush)
            observers[i]->flush(all->state[i], o);
}
