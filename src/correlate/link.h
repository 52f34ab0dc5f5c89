/* SPDX-License-Identifier: Apache-2.0 */
/** The link that an event was seen on, as a key: what speaks of a router or a server holds there and nowhere else. */
#ifndef SEKIMORI_SRC_CORRELATE_LINK_H
#define SEKIMORI_SRC_CORRELATE_LINK_H

#include "sekimori/event.h"

/** A segment; where the policy knows none, tap, VLAN and overlay network tell links apart. No padding: it is hashed. */
struct cor_link {
    uint16_t segment, tap, vlan, zero;
    int32_t vni;
};

static inline struct cor_link cor_link_of(const struct sk_event *ev) {
    struct cor_link l = {.segment = ev->segment, .vni = -1};
    if (ev->segment != SK_SEGMENT_NONE)
        return l;
    l.tap = ev->tap;
    l.vni = ev->vni;
    for (unsigned i = 0; i < ev->n_vlan && !l.vlan; i++)
        l.vlan = ev->vlan[i];
    return l;
}

/** The wire a frame was on, finer than that: with every tag, because a segment that no policy tells apart may be many.
 * No padding: it is hashed. */
struct cor_wire {
    uint16_t segment, vlan[SK_VLANS_MAX], zero;
    int32_t vni;
};

static inline struct cor_wire cor_wire_of(const struct sk_event *ev) {
    struct cor_wire w = {.segment = ev->segment, .vni = ev->vni};
    for (unsigned i = 0; i < ev->n_vlan && i < SK_VLANS_MAX; i++)
        w.vlan[i] = ev->vlan[i];
    return w;
}

#endif
