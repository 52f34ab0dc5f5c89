/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Inside of the flow table, shared by the files of this folder.
 *
 * Records live at fixed places of two reserved arrays, hot and cold, under one number; an open-addressing index of
 * hash and number finds them. The arrays are reserved for the maximum and touched as flows come, so nothing is ever
 * copied when the table grows; only the index doubles, in one sequential pass.
 *
 * A packet of a known flow touches one slot of the index and the hot record, nothing else: the timer wheel is lazy, a
 * record is filed under the deadline it had when it was filed, and looked at again when that comes.
 */
#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H

#include "sekimori/flow.h"

/** The ends in the order of their bytes, so that both directions have one key. */
struct flow_key {
    uint8_t addr[2][16];
    uint16_t port[2];
    uint32_t where; /**< VLAN list and tunnel path: small ones as they are, else a keyed hash */
    uint16_t kind;  /**< IP protocol | FLOW_V6 */
} __attribute__((packed, aligned(8)));
enum { FLOW_V6 = 0x100, FLOW_KEY_BYTES = 42 };

enum {
    FB_END1 = 1,         /**< the initiator is end 1 */
    FB_STATE = 7 << 1,   /**< enum sk_flow_state */
    FB_BY = 7 << 4,      /**< enum sk_initiator_by */
    FB_SEEN = 3 << 7,    /**< by end: it sent something */
    FB_QUIC = 3 << 9,    /**< by end: it sent a QUIC long header */
    FB_FIN = 3 << 11,    /**< by end; both after a reset */
    FB_SYN = 1 << 13,    /**< SYN without ACK of the initiator seen */
    FB_ANSWER = 1 << 14, /**< SYN with ACK of the responder seen */
    FB_STREAM = 1 << 15, /**< somebody reads its bytes */
};

struct flow_hot {
    uint8_t addr[2][16];
    uint16_t port[2];
    uint32_t where;
    uint16_t kind;
    uint16_t bits;       /**< FB_ */
    uint16_t packets[2]; /**< by end, modulo 2^16; the rest is in the cold record */
    sk_time last;
    uint32_t bytes[2]; /**< by end, modulo 2^32 */
};
_Static_assert(sizeof(struct flow_hot) == 64, "one cache line");

struct flow_cold {
    sk_time first;
    uint64_t first_seq, number;
    uint32_t file;
    int32_t vni;
    uint32_t prev, next; /**< of the wheel's slot, by number, FLOW_NONE ends; next: of the free list */
    uint32_t slot;       /**< of the wheel it is in */
    uint32_t stream;     /**< number of its stream, FB_STREAM */
    uint32_t packets_high[2];
    uint16_t bytes_high[2];
    uint32_t copies;
    uint16_t tap, segment;
    uint16_t vlan[SK_VLANS_MAX];
    struct sk_mac mac[2]; /**< by end */
    uint8_t n_vlan, depth, tunnel;
    uint8_t
        shown; /**< end + 1 of who was told as the initiator at its first packet, and sent that; 0: it was the other */
};
_Static_assert(sizeof(struct flow_cold) <= 96, "a million open flows stay within their budget");

#define FLOW_NONE UINT32_MAX

/** A slot of the index. */
struct flow_slot {
    uint32_t hash;
    uint32_t number; /**< + 1, 0 = free */
};

enum {
    FLOW_AHEAD = 64,       /**< headers whose key is remembered between prefetch and use */
    FLOW_AHEAD_RECORD = 8, /**< headers before use: the slot has come, the record is asked for */
    FLOW_AHEAD_COLD = 3,   /**< headers before use: the record has come; the cold one is asked for if it will be told */
    FLOW_WHEEL = 1 << 15,  /**< slots of FLOW_WHEEL_SHIFT: 73 minutes */
    FLOW_WHEEL_SHIFT = 27, /**< 134 ms */
    FLOW_SLOTS_MIN = 1 << 10, /**< of the index */
    FLOW_DEFAULT_MAX = 1 << 20,
};

/** A packet as the table sees it. */
struct flow_seen {
    struct flow_key key;
    uint32_t hash;
    uint8_t ip;
    uint8_t end; /**< of the sender */
    uint64_t seq;
    uint32_t guess; /**< first record of its slot + 1, once that has come; 0 none */
};

struct flow_due {
    uint64_t first_seq;
    uint32_t number;
    uint8_t depth;
};

struct flow_streams;
struct sk_flow_table {
    struct flow_slot *slot;
    uint32_t mask;
    struct flow_hot *hot;
    struct flow_cold *cold;
    uint32_t used; /**< records ever used; below it the free ones are listed */
    uint32_t free; /**< first of the free list */
    uint32_t max;
    uint32_t *wheel;  /**< first record of each slot */
    int64_t wheel_at; /**< next slot of time to look at */
    bool wheel_set;
    struct flow_due *due;
    size_t due_cap;
    struct flow_streams *streams;
    struct sk_hash_key key;
    struct sk_flow_config cfg;
    struct sk_flow_hooks hooks;
    struct sk_flow_stats stats;
    size_t hot_bytes, cold_bytes, slot_bytes;
    /* Keys between prefetch and use, a queue: [ahead_use, ahead_put), records asked for up to ahead_record, cold ones
     * up to ahead_cold. */
    uint32_t ahead_put, ahead_use, ahead_record, ahead_cold;
    struct flow_seen ahead[FLOW_AHEAD];
};

/* What the packet being looked at is, for the parts that follow its protocol. */
struct flow_packet {
    const struct sk_packet *pkt;
    const struct sk_layers *layers;
    const struct sk_ip *ip;
    unsigned ip_index;
    struct sk_cur upper; /**< captured bytes after the IP headers */
    uint32_t wire;       /**< declared bytes there */
    uint16_t sport, dport;
    uint8_t tcp_flags;
    uint32_t tcp_seq, tcp_ack;
    uint32_t header;  /**< bytes of the transport header */
    uint32_t payload; /**< declared bytes after it */
    uint16_t segment;
    int32_t vni;
};
enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

static inline struct flow_hot *flow_hot(struct sk_flow_table *t, uint32_t number) { return &t->hot[number]; }
static inline enum sk_flow_state flow_state(const struct flow_hot *h) {
    return (enum sk_flow_state)((h->bits & FB_STATE) >> 1);
}
static inline void flow_set_state(struct flow_hot *h, enum sk_flow_state s) {
    h->bits = (uint16_t)((h->bits & ~FB_STATE) | (unsigned)s << 1);
}
static inline enum sk_initiator_by flow_by(const struct flow_hot *h) {
    return (enum sk_initiator_by)((h->bits & FB_BY) >> 4);
}
static inline unsigned flow_initiator(const struct flow_hot *h) { return h->bits & FB_END1; }
static inline void flow_set_initiator(struct flow_hot *h, unsigned end, enum sk_initiator_by by) {
    h->bits = (uint16_t)((h->bits & ~(FB_END1 | FB_BY)) | end | (unsigned)by << 4);
}
static inline uint16_t flow_bit(unsigned first, unsigned end) { return (uint16_t)(first << end); }
enum { FB_SEEN0 = 1 << 7, FB_QUIC0 = 1 << 9, FB_FIN0 = 1 << 11 };
static inline bool flow_both(const struct flow_hot *h, unsigned bits) { return (h->bits & bits) == bits; }
static inline uint8_t flow_proto(const struct flow_hot *h) { return (uint8_t)h->kind; }

/* key.c */
/** Key, hash and sender of a packet. @return false: no flow (protocol, fragment, truncation) */
bool flow_key_of(const struct sk_flow_table *t, const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip,
                 int32_t vni, struct flow_seen *ret);
uint32_t flow_hash(const struct sk_flow_table *t, const struct flow_key *k);

/* index.c */
/** @return number, FLOW_NONE = not there */
uint32_t flow_find(const struct sk_flow_table *t, const struct flow_key *k, uint32_t hash);
/** New record, key filled, all else zero; evicts at the cap. */
uint32_t flow_add(struct sk_flow_table *t, const struct flow_key *k, uint32_t hash);
/** Out of index and wheel, back to the free list. */
void flow_remove(struct sk_flow_table *t, uint32_t number);
/** All of them at once. */
void flow_remove_all(struct sk_flow_table *t);

/* wheel.c */
void flow_wheel_add(struct sk_flow_table *t, uint32_t number);
void flow_wheel_take(struct sk_flow_table *t, uint32_t number);
/** It is due earlier than where it is filed (its state changed). */
void flow_wheel_move(struct sk_flow_table *t, uint32_t number);
/** The record nearest to its end; the table is not empty. */
uint32_t flow_wheel_first(struct sk_flow_table *t);
/** End of a flow: what is pending is told, the record is given back. */
void flow_end(struct sk_flow_table *t, uint32_t number, bool at_tick, bool cut);
/** The same, but the record stays in index and wheel. */
void flow_end_tell(struct sk_flow_table *t, uint32_t number, bool at_tick, bool cut);

/* follow.c */
/** Who began it, by what the first packet shows. end: the sender's. */
void flow_begin(struct flow_hot *h, const struct flow_packet *p, unsigned end);
/** Follow the state of the protocol. @return true: the state changed (tell it) */
bool flow_follow(struct flow_hot *h, const struct flow_packet *p, unsigned end);
/** The first packet of a conversation we cannot know (a lone reset or acknowledgment) makes no flow. */
bool flow_worth(const struct flow_packet *p);
/** A new connection on the ports of a finished one. */
bool flow_reused(const struct flow_hot *h, const struct flow_packet *p);

/* view.c */
void flow_view(const struct sk_flow_table *t, uint32_t number, struct sk_flow_view *ret);
void flow_tell(struct sk_flow_table *t, uint32_t number, bool at_tick);

/* stream.c */
struct flow_streams *flow_streams_new(void);
void flow_streams_free(struct flow_streams *s);
/** A TCP flow began: does somebody want its bytes? */
void flow_stream_begin(struct sk_flow_table *t, uint32_t number, const struct flow_packet *p);
void flow_stream_packet(struct sk_flow_table *t, uint32_t number, const struct flow_packet *p, unsigned end);
/** Does this reset end the stream (RFC 5961)? */
bool flow_stream_reset(const struct sk_flow_table *t, uint32_t number, const struct flow_packet *p, unsigned end);
/** Say what is buffered, say the end, give it all back. */
void flow_stream_end(struct sk_flow_table *t, uint32_t number);

#endif
