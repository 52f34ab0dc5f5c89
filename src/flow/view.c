/* SPDX-License-Identifier: Apache-2.0 */
/* What others are told of a flow, from the hot and the cold record; and the names of its states. */
#include "flow/table.h"

const char *sk_flow_state_name(enum sk_flow_state s) {
    static const char *const name[] = {"opened", "established", "refused", "unanswered", "closed"};
    return (unsigned)s < sizeof name / sizeof name[0] ? name[s] : "";
}

const char *sk_initiator_by_name(enum sk_initiator_by b) {
    static const char *const name[] = {"syn", "icmp", "dns", "banner", "quic", "port", "first-packet"};
    return (unsigned)b < sizeof name / sizeof name[0] ? name[b] : "";
}

void flow_view(const struct sk_flow_table *t, uint32_t number, struct sk_flow_view *ret) {
    const struct flow_hot *h = &t->hot[number];
    const struct flow_cold *c = &t->cold[number];
    unsigned first = flow_initiator(h);
    bool ports = flow_proto(h) != 1 && flow_proto(h) != 58;
    for (unsigned side = 0; side < 2; side++) {
        unsigned end = side ^ first;
        memcpy(ret->addr[side].b, h->addr[end], 16);
        ret->addr[side].fam = h->kind & FLOW_V6 ? 6 : 4;
        ret->port[side] = ports ? h->port[end] : 0;
        ret->mac[side] = c->mac[end];
        ret->packets[side] = (uint64_t)c->packets_high[end] << 16 | h->packets[end];
        ret->bytes[side] = (uint64_t)c->bytes_high[end] << 32 | h->bytes[end];
    }
    ret->copies = c->copies;
    ret->transport = flow_proto(h);
    ret->depth = c->depth;
    ret->tunnel = c->tunnel;
    ret->n_vlan = c->n_vlan;
    memcpy(ret->vlan, c->vlan, sizeof ret->vlan);
    ret->vni = c->vni;
    ret->tap = c->tap;
    ret->segment = c->segment;
    ret->state = flow_state(h);
    ret->by = flow_by(h);
    ret->midstream = flow_proto(h) == 6 && !(h->bits & FB_SYN);
    ret->one_sided = !flow_both(h, FB_SEEN);
    ret->sender_shown = c->shown == first + 1;
    ret->quic = flow_both(h, FB_QUIC);
    ret->first = c->first;
    ret->last = h->last;
    ret->first_seq = c->first_seq;
    ret->file = c->file;
    ret->number = c->number;
}

void flow_tell(struct sk_flow_table *t, uint32_t number, bool at_tick) {
    if (!t->hooks.state)
        return;
    struct sk_flow_view v;
    flow_view(t, number, &v);
    t->hooks.state(t->hooks.arg, &v, at_tick);
}
