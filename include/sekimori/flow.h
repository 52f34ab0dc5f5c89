/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Conversations of one lane. A flow is an address and port pair, a protocol, the VLAN list and the tunnel path it was
 * seen in. The 64-byte hot part lives in one pre-sized table; the cold part is allocated when somebody wants one.
 *
 * Owned by one lane; never crosses a thread.
 */
#ifndef SEKIMORI_FLOW_H
#define SEKIMORI_FLOW_H

#include "sekimori/addr.h"
#include "sekimori/hash.h"
#include "sekimori/layers.h"
#include "sekimori/packet.h"

#include <stdbool.h>
#include <stdint.h>

enum sk_flow_state { SK_FLOW_OPENED, SK_FLOW_ESTABLISHED, SK_FLOW_REFUSED, SK_FLOW_UNANSWERED, SK_FLOW_CLOSED };
const char *sk_flow_state_name(enum sk_flow_state s); /**< "opened", "established", "refused", "unanswered", "closed" */
/** detections.md G9, in the order of trust. */
enum sk_initiator_by { SK_BY_SYN, SK_BY_ICMP, SK_BY_DNS, SK_BY_BANNER, SK_BY_QUIC, SK_BY_PORT, SK_BY_FIRST_PACKET };
const char *sk_initiator_by_name(enum sk_initiator_by b);

/** What is told of a flow when its state changes; made then, not kept. Side 0 is the initiator. */
struct sk_flow_view {
    struct sk_addr addr[2];
    uint16_t port[2];
    struct sk_mac
        mac[2];        /**< as the initiator's first packet and the answer's first packet showed them; zero unknown */
    uint8_t transport; /**< IP protocol number */
    uint8_t depth;
    uint8_t n_vlan;
    uint16_t vlan[SK_VLANS_MAX];
    int32_t vni;
    uint16_t tap, segment;
    enum sk_flow_state state;
    enum sk_initiator_by by;
    bool midstream; /**< no SYN seen */
    bool one_sided; /**< only one direction seen */
    bool quic;      /**< QUIC long header answered by the other side */
    sk_time first, last;
    uint64_t first_seq; /**< of its first packet: unique, orders expiries */
    uint32_t file;      /**< of its first packet */
    uint64_t number;
    uint64_t packets[2], bytes[2]; /**< wire lengths of the IP packets, by direction */
};

struct sk_flow_table;
struct sk_flow_config {
    uint32_t initial, max; /**< flows; grows by doubling up to max, then evicts the longest idle, counted */
    struct sk_hash_key key;
    sk_time tcp_opening, tcp_idle, udp_idle, icmp_idle, closed_linger; /**< 0 = defaults */
};
struct sk_flow_stats {
    uint64_t created, evicted, now, peak;
    uint64_t segments_buffered, bytes_gapped, streams_capped; /**< TCP reassembly */
};
/** Calls of the lane, see observer.h; arg is the lane's. */
struct sk_flow_hooks {
    void (*state)(void *arg, const struct sk_flow_view *v, bool at_tick);
    /** In-order bytes of a TCP flow that wants them (stream_port said so): dir 0 = from the initiator. gap: bytes were
     * lost before data. user: the observer's pointer of this flow; end: last call, data empty, free *user. */
    void (*stream)(void *arg, const struct sk_flow_view *v, unsigned observer, void **user, unsigned dir,
                   const uint8_t *data, size_t n, bool gap, bool end);
    /** Index + 1 of the observer that wants the bytes of TCP flows to this port, 0 = none. */
    unsigned (*stream_port)(void *arg, uint16_t port);
    void *arg;
};

struct sk_flow_table *sk_flow_new(const struct sk_flow_config *cfg, const struct sk_flow_hooks *hooks);
/**
 * One IP header of a packet (not quoted, not a later fragment). May call hooks. Segment, tap, vni: what the lane found
 * for it.
 * @return opaque flow index + 1 for the observers' own use, 0 = no flow (no transport decoded)
 */
uint32_t sk_flow_packet(struct sk_flow_table *t, const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip,
                        uint16_t segment, int32_t vni);
/** Bring the hot line of this packet's flow into the cache; cheap; call some packets ahead. */
void sk_flow_prefetch(const struct sk_flow_table *t, const struct sk_packet *pkt, const struct sk_layers *l,
                      unsigned ip);
/** Expire by packet time, at ticks only. Calls hooks in the order of first_seq. */
void sk_flow_tick(struct sk_flow_table *t, sk_time now);
/** End of input or of a group: every flow is closed, in the order of first_seq. */
void sk_flow_flush(struct sk_flow_table *t);
void sk_flow_stats(const struct sk_flow_table *t, struct sk_flow_stats *ret);
void sk_flow_free(struct sk_flow_table *t);

#endif
