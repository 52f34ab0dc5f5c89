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
    sk_time last;
    uint64_t first_seq;
    uint64_t packets[2], bytes[2];
    uint8_t depth, direction, confirmed, confidence;
    bool inferred;
    bool silent; /**< nothing was told of it, and its end will not be either */
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
/** Count the packet. @return its direction */
unsigned sk_tunnel_count(struct sk_obs *o, const struct sk_ip *outer, uint32_t bytes, struct sk_tunnel_life *t);
/** A tunnel.state event from the side of who sent the first packet; frame and order are this packet's. NULL: nobody
 * wants it. */
struct sk_event *sk_tunnel_tell(struct sk_obs *o, unsigned layer, const struct sk_tunnel_life *t);
/** State, confirmation, ends, volumes, certainty. */
void sk_tunnel_put_life(struct sk_event *ev, const struct sk_tunnel_life *t, const char *kind, const char *state);
/** Close those last seen before limit, in the order of their first packets: put adds what is known beside the life. */
void sk_tunnel_close_before(struct sk_table *tunnels, struct sk_obs *o, sk_time limit,
                            void (*put)(struct sk_event *ev, const void *tunnel, const char *state));

#endif
