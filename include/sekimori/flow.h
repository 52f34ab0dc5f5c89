/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Conversations of one lane: TCP, UDP, SCTP and ICMP echo. A flow is an address and port pair, a protocol, the VLAN
 * list (VID 0 aside) and the tunnel path it was seen in, the addresses of the outer headers included.
 *
 * States: opened at the first packet; established when answered (TCP: SYN and SYN-ACK; where one of them is missing,
 * data that its sender could not have sent otherwise, or packets of both sides; UDP, SCTP, echo: a packet back);
 * refused when a reset answers the SYN; unanswered when a whole timeout brought nothing back; closed after FINs, a
 * reset, silence, or at the end of input. An answer by ICMP error is joined by the correlator. What is seen from the
 * responder's side only is closed, never unanswered.
 *
 * A reset with a wrong checksum ends nothing; where the bytes are read, nor does one outside of the window (RFC 5961).
 * Elsewhere a forged one shortens the timeout of its flow: what comes later than that is a flow of its own, midstream.
 *
 * No flow begins with a TCP reset or with an acknowledgment that carries nothing. Later fragments are not counted.
 *
 * A record is 64 bytes that packets touch and 96 that they do not; memory is taken as flows come.
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
    struct sk_mac mac[2]; /**< senders of the first packet of each side; zero unknown */
    uint8_t transport;    /**< IP protocol number; ports are 0 for ICMP */
    uint8_t depth;
    uint8_t tunnel; /**< enum sk_tunnel_kind of the innermost tunnel around its first packet, by that packet alone */
    uint8_t n_vlan;
    uint16_t vlan[SK_VLANS_MAX];
    int32_t vni;
    uint16_t tap, segment;
    enum sk_flow_state state;
    enum sk_initiator_by by;
    bool midstream;    /**< TCP: no SYN of the initiator seen */
    bool one_sided;    /**< only one direction seen */
    bool sender_shown; /**< the first packet was the initiator's: what its frame shows was told when the flow was opened
                        */
    bool quic;         /**< QUIC long header answered by the other side */
    sk_time first, last;
    uint64_t first_seq; /**< of its first packet: unique, orders expiries */
    uint32_t file;      /**< of its first packet */
    uint64_t number;
    uint64_t packets[2], bytes[2]; /**< wire lengths of the IP packets, by direction */
    uint64_t copies;               /**< packets among them that a mirror had shown before */
};

struct sk_flow_table;
struct sk_flow_config {
    /** Flows the index has room for from the start, and at the most (0 = 1 Mi). At max the one that is nearest to its
     * timeout is closed and counted as evicted. */
    uint32_t initial, max;
    struct sk_hash_key key;
    /** 0 = 35 s, 1 h, 3 min, 30 s, 5 s. */
    sk_time tcp_opening, tcp_idle, udp_idle, icmp_idle, closed_linger;
};
struct sk_flow_stats {
    uint64_t created, evicted, now, peak;
    /** TCP reassembly: segments that came early, bytes given up, flows whose bytes nobody got for want of room. */
    uint64_t segments_buffered, bytes_gapped, streams_capped;
};
/** Calls of the lane, see observer.h; arg is the lane's. Any may be NULL. They must not call the table. */
struct sk_flow_hooks {
    void (*state)(void *arg, const struct sk_flow_view *v, bool at_tick);
    /** In-order bytes of a TCP flow that wants them: dir 0 = from the initiator. observer: what stream_port said. gap:
     * bytes were lost before data (also: the beginning was not seen). user: the observer's pointer of this flow; end:
     * last call, data empty, free *user: both sides have finished, a reset, or the end of the flow. */
    void (*stream)(void *arg, const struct sk_flow_view *v, unsigned observer, void **user, unsigned dir,
                   const uint8_t *data, size_t n, bool gap, bool end);
    /** Number from 1 of the observer that wants the bytes of TCP flows of this port, 0 = none. */
    unsigned (*stream_port)(void *arg, uint16_t port);
    /** Is the packet that sk_flow_packet() gets a mirror's copy of one before? It is counted as such, and followed like
     * any other: a fast retransmission over IPv6 looks the same (detections.md G7). */
    const bool *copy;
    void *arg;
};

/** @return NULL: out of memory. Copies both arguments. */
struct sk_flow_table *sk_flow_new(const struct sk_flow_config *cfg, const struct sk_flow_hooks *hooks);
/**
 * One IP header of a packet (not quoted, not a later fragment). May call hooks. Segment, tap, vni: what the lane found
 * for it.
 * @return opaque flow index + 1 for the observers' own use, 0 = no flow (no transport decoded)
 */
uint32_t sk_flow_packet(struct sk_flow_table *t, const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip,
                        uint16_t segment, int32_t vni);
/** Bring the hot line of this header's flow into the cache, and remember its key. Call some packets ahead (8 to 32), in
 * the order in which sk_flow_packet() will be called, with the same pkt->seq, ip and vni. Never needed. */
void sk_flow_prefetch(struct sk_flow_table *t, const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip,
                      int32_t vni);
/** Expire by packet time, at ticks only: what was due before the 134 ms that now lies in. Calls hooks in the order of
 * first_seq, for a stream's end first, then for the flow. */
void sk_flow_tick(struct sk_flow_table *t, sk_time now);
/** End of input or of a group: every flow is closed, in the order of first_seq. */
void sk_flow_flush(struct sk_flow_table *t);
void sk_flow_stats(const struct sk_flow_table *t, struct sk_flow_stats *ret);
void sk_flow_free(struct sk_flow_table *t);

#endif
