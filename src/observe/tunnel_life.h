/* SPDX-License-Identifier: Apache-2.0 */
/* What all tunnels have, whatever shows them: ends, which of them is ours, the first packet, the last time, the close.
 */
#ifndef SK_OBSERVE_TUNNEL_LIFE_H
#define SK_OBSERVE_TUNNEL_LIFE_H

#include "sekimori/observer.h"
#include "sekimori/table.h"

enum sk_confirmed { SK_ATTEMPT, SK_ONE_WAY, SK_TWO_WAY };
enum sk_direction { SK_OUTBOUND, SK_INBOUND, SK_INTERNAL, SK_TRANSIT };

#define SK_TUNNEL_IDLE (1800 * SK_SEC)
#define SK_TUNNEL_NEAR (60 * SK_SEC) /* data of both directions so near to each other is an exchange */

/** First member of the values of a table of tunnels. Direction 0 is the first sender's. */
struct sk_tunnel_life {
    _Alignas(8) uint8_t head[sizeof(struct sk_event)]; /**< of the first packet: sk_tunnel_head() */
    struct sk_addr inside;                             /**< outer address of our end */
    struct sk_mac inside_mac; /**< of a tunnel in a tunnel: whose frame carries both; or zero */
    sk_time last;
    uint64_t first_seq;
    uint64_t packets[2], bytes[2];
    uint8_t depth, direction, confirmed, confidence;
    bool inferred;
    bool silent; /**< nothing was told of it, and its end will not be either */
};

/** The tunnels an observer of a lane follows: values begin with struct sk_tunnel_life, keys with struct sk_tunnel_key.
 */
struct sk_tunnels {
    struct sk_table *table;
    uint64_t evicted;
    sk_time walked;
};

/** Key of such a table: packets of one tunnel meet in one lane. The rest is the observer's. */
struct sk_tunnel_key {
    struct sk_addr low, high, outermost_low, outermost_high; /* 17 bytes each */
    uint8_t kind, depth, other, zero;
};

/** Addresses, MACs, VLANs, file and number of the first packet. */
static inline struct sk_event *sk_tunnel_head(const struct sk_tunnel_life *t) {
    return (struct sk_event *)(void *)t->head;
}
void sk_tunnel_key(const struct sk_layers *l, unsigned layer, const struct sk_ip *outer, uint8_t kind, uint8_t other,
                   struct sk_tunnel_key *ret);
/** Which way, and the outer address of our end: of a tunnel in a tunnel between strangers, of what carries it. */
enum sk_direction sk_tunnel_direction(struct sk_obs *o, unsigned layer, const struct sk_ip *outer,
                                      struct sk_addr *inside);
void sk_tunnel_put_ends(struct sk_event *ev, const struct sk_addr *src, const struct sk_addr *dst, unsigned direction,
                        const struct sk_addr *inside);
/** Begin with the packet in hand: the rest of the value is zero. */
void sk_tunnel_begin(struct sk_obs *o, unsigned layer, const struct sk_ip *outer, struct sk_tunnel_life *t);
/** The direction of a packet. */
static inline unsigned sk_tunnel_dir(const struct sk_ip *outer, const struct sk_tunnel_life *t) {
    return !sk_addr_eq(&outer->src, &sk_tunnel_head(t)->src);
}
/** Count the packet. @return its direction */
unsigned sk_tunnel_count(struct sk_obs *o, const struct sk_ip *outer, uint32_t bytes, struct sk_tunnel_life *t);
/** A tunnel.state event from the side of who sent the first packet; frame and order are this packet's. NULL: nobody
 * wants it. */
struct sk_event *sk_tunnel_tell(struct sk_obs *o, unsigned layer, const struct sk_tunnel_life *t);
/** State, confirmation, ends, volumes, certainty. */
void sk_tunnel_put_life(struct sk_event *ev, const struct sk_tunnel_life *t, const char *kind, const char *state);
/** Bytes of the packet that this header begins, as declared. */
static inline uint32_t sk_tunnel_bytes(const struct sk_layers *l, const struct sk_ip *outer) {
    return outer->upper_off - l->at[outer->layer].off + outer->wire_upper_len;
}

/** Adds what an observer knows of a tunnel beside its life. */
typedef void (*sk_tunnel_put_fn)(struct sk_event *ev, const void *tunnel, const char *state);

sk_err sk_tunnels_init(struct sk_tunnels *t, const struct sk_obs *o, size_t key_size, size_t value_size, uint32_t cap);
void sk_tunnels_fini(struct sk_tunnels *t);
/** The tunnel with this key, begun if it is new (*fresh): what had to give way for it is counted. */
void *sk_tunnels_put(struct sk_tunnels *t, struct sk_obs *o, const void *key, bool *fresh);
/** Every 10 seconds of packet time, in every lane alike: close those idle for half an hour, in the order of their first
 * packets. */
void sk_tunnels_tick(struct sk_tunnels *t, struct sk_obs *o, sk_tunnel_put_fn put);
/** The end of the input closes all. */
void sk_tunnels_flush(struct sk_tunnels *t, struct sk_obs *o, sk_tunnel_put_fn put);

#endif
