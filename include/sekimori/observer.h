/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Observers turn packets, datagrams and streams into events. One const struct per file src/observe/obs_<name>.c,
 * gathered by make.
 *
 * A walk through one packet: the lane decodes it, counts it, hands each IP header to the flow table
 * (which may call flow and stream hooks), then calls sk_observe_packet(): every observer is called for each layer whose
 * protocol it asked for (layer), and for each UDP payload whose port it asked for (datagram). Layers inside a packet
 * that an ICMP error quotes are offered too; sk_obs_event() counts them under "quoted" and answers NULL (an observer
 * that keeps state looks at SK_LAYER_QUOTED itself). At a tick every observer with a tick function is called.
 */
#ifndef SEKIMORI_OBSERVER_H
#define SEKIMORI_OBSERVER_H

#include "sekimori/defrag.h"
#include "sekimori/event.h"
#include "sekimori/flow.h"
#include "sekimori/policy.h"

/** Where a lane puts its events. The pipeline's, or a test's. begin: room for SK_EVENT_MAX bytes, never NULL; commit
 * may drop (live, ring full, counted). One event at a time. */
struct sk_emit {
    struct sk_event *(*begin)(struct sk_emit *e);
    void (*commit)(struct sk_emit *e, struct sk_event *ev);
};

/** What was seen of one segment of the policy: what "nothing found" there is worth. */
struct sk_segment_counts {
    uint64_t packets, bytes;       /**< wire lengths */
    uint64_t truncated;            /**< frames that end inside a declared length */
    uint64_t undecoded;            /**< frames whose link type, EtherType or upper layer is not decoded */
    uint64_t encrypted;            /**< frames with ESP or MACsec */
    uint64_t copies;               /**< frames that a mirror had shown before */
    uint64_t tcp_flows, one_sided; /**< TCP flows that ended, and those of which one direction was seen */
    sk_time first, last;           /**< of its packets; 0 before the first */
};
enum { SK_SEGMENTS_COUNTED = 256 }; /**< segments counted apart; the last place is of the others and of no segment */

/** TCP flows of which an answer was to be expected, between two segments (of their addresses), either way. */
struct sk_pair_counts {
    uint64_t tcp_flows, one_sided;
};
enum { SK_TAPS_COUNTED = 33, SK_PAIRS_COUNTED = 33 }; /**< the last place: the others, and the outside */

/** Counts of a lane; summed at the end. */
struct sk_counts {
    uint64_t packets, bytes;
    uint64_t events[SKE_COUNT]; /**< per event type, made or not wanted alike */
    uint64_t quoted[SKE_COUNT]; /**< of layers quoted by ICMP errors */
    uint64_t layers[SKP_COUNT]; /**< frames that have the layer, outside quotes */
    uint64_t quoted_layers[SKP_COUNT];
    uint64_t tunnels[64], quoted_tunnels[64]; /**< frames by kind of tunnel, index enum sk_tunnel_kind */
    uint64_t anomalies[64];                   /**< by enum sk_anomaly, frames */
    uint64_t evictions;                       /**< of observers' tables */
    uint64_t copies_forgotten;                /**< frames whose copies could no longer be told */
    uint64_t events_dropped;                  /**< ring full, live */
    uint64_t own;                             /**< frames the sensor's own interface sent, live */
    struct sk_flow_stats flow;
    struct sk_defrag_stats defrag;
    struct sk_segment_counts segment[SK_SEGMENTS_COUNTED];
    struct sk_segment_counts tap[SK_TAPS_COUNTED];                  /**< frames of no tap of the policy are in none */
    struct sk_pair_counts pair[SK_PAIRS_COUNTED][SK_PAIRS_COUNTED]; /**< [lower][higher] index of the segments */
};
void sk_counts_add(struct sk_counts *to, const struct sk_counts *from);

/** What an observer may use while it is called. */
struct sk_obs {
    const struct sk_packet *pkt; /**< NULL in tick and flush */
    const struct sk_layers *layers;
    const struct sk_policy *policy;
    struct sk_emit *emit;
    struct sk_counts *counts;
    const bool *wanted;            /**< by event type: somebody uses it */
    const struct sk_hash_key *key; /**< for the tables of observers */
    sk_time now;
    uint64_t seq; /**< of the packet, or of the next packet in a tick */
    uint64_t sub; /**< next ordinal in this packet: the lane sets 0 for each packet and tick */
    bool offline;
    bool copy;   /**< a mirror showed this frame before (detections.md G7): events of it say so */
    bool routed; /**< and this copy has crossed a router since: its sender forwarded it */
    const struct sk_datagram *datagram; /**< the packet was put together from fragments; NULL: as captured */
    /** observe.c's own: segments of this packet's IP headers, [SK_IPS_MAX] for no IP. Zero at the start. */
    struct {
        uint64_t seq;
        uint32_t known;
        uint16_t of[SK_IPS_MAX + 1];
    } segments;
};

struct sk_observer {
    const char *name;                      /**< of the file */
    const uint8_t *protos;                 /**< SKP_ values, ended by SKP_NONE, or NULL */
    const uint16_t *udp_ports, *tcp_ports; /**< ended by 0, or NULL; either end of the flow */
    size_t state_size;                     /**< zeroed per lane */
    sk_err (*init)(void *state, struct sk_obs *o);
    void (*fini)(void *state);
    void (*layer)(void *state, struct sk_obs *o, unsigned layer);
    /** Called for each layer that begins a tunnel (SK_LAYER_TUNNEL), quoted ones too. */
    void (*tunnel)(void *state, struct sk_obs *o, unsigned layer);
    /** layer: the UDP layer's index in layers->at; payload: what was captured of what the UDP length declares. */
    void (*datagram)(void *state, struct sk_obs *o, unsigned layer, struct sk_cur payload);
    void (*flow)(void *state, struct sk_obs *o, const struct sk_flow_view *v, bool at_tick);
    void (*stream)(void *state, struct sk_obs *o, const struct sk_flow_view *v, void **user, unsigned dir,
                   const uint8_t *data, size_t n, bool gap, bool end);
    /** A datagram put together from fragments, complete or given up (o->datagram); once, before its layers are offered.
     */
    void (*datagram_done)(void *state, struct sk_obs *o);
    /** A frame in which decoding found an anomaly, after its layers; not for fragments: see datagram_done. */
    void (*anomalous)(void *state, struct sk_obs *o);
    void (*tick)(void *state, struct sk_obs *o);
    /** End of input or group: what is pending is said now (phase 0 of the next packet), state is emptied. */
    void (*flush)(void *state, struct sk_obs *o);
};

/**
 * Begin an event about layer `layer` of the packet: head filled from the packet and the IP header the layer belongs to
 * (addresses, ports, MACs, VLANs, depth, path, segment, file and frame number). Always counted.
 * @return NULL: the layer is quoted, or nobody wants this type
 */
struct sk_event *sk_obs_event(struct sk_obs *o, enum sk_event_type type, unsigned layer);
/** Only the head, into ev (room for the head is enough): for observers that keep it for later. Not counted; order is
 * not set. */
void sk_obs_head(struct sk_obs *o, enum sk_event_type type, unsigned layer, struct sk_event *ev);
/** Begin an event at a tick or about a flow: head filled from the view; cause orders it (first_seq). NULL: nobody wants
 * it. */
struct sk_event *sk_obs_flow_event(struct sk_obs *o, enum sk_event_type type, const struct sk_flow_view *v,
                                   bool at_tick);
/** Begin an event at a tick about something else: cause is the seq of the packet that began it, order tells several
 * apart. */
struct sk_event *sk_obs_tick_event(struct sk_obs *o, enum sk_event_type type, uint64_t cause, uint8_t order);
void sk_obs_commit(struct sk_obs *o, struct sk_event *ev);
/** Segment of the frame as seen at the depth of this layer (policy lookup; cached per packet by the lane where it can).
 */
uint16_t sk_obs_segment(struct sk_obs *o, unsigned layer);
/** Network id of the overlay (VXLAN, GENEVE, NVGRE) that carries this layer, -1 = none. */
int32_t sk_obs_vni(const struct sk_layers *l, unsigned layer);
/** MAC of the sender on the link where this layer was seen. @return false: no frame shows it (IP in a tunnel, link
 * types without MACs) */
bool sk_obs_source_mac(const struct sk_obs *o, unsigned layer, struct sk_mac *ret);

/** All observers of one lane. */
struct sk_observers;
struct sk_observers *sk_observers_new(struct sk_obs *o, struct sk_error *err);
void sk_observe_packet(struct sk_observers *all, struct sk_obs *o);
void sk_observe_flow(struct sk_observers *all, struct sk_obs *o, const struct sk_flow_view *v, bool at_tick);
unsigned sk_observe_stream_port(const struct sk_observers *all, uint16_t port);
void sk_observe_stream(struct sk_observers *all, struct sk_obs *o, const struct sk_flow_view *v, unsigned observer,
                       void **user, unsigned dir, const uint8_t *data, size_t n, bool gap, bool end);
/** Layers before `from` and from `to` on are not offered: they were, or will be with the whole datagram. */
void sk_observe_part(struct sk_observers *all, struct sk_obs *o, unsigned from, unsigned to);
/** o->datagram is told. */
void sk_observe_datagram(struct sk_observers *all, struct sk_obs *o);
void sk_observe_tick(struct sk_observers *all, struct sk_obs *o);
void sk_observe_flush(struct sk_observers *all, struct sk_obs *o);
void sk_observers_free(struct sk_observers *all);

#endif
