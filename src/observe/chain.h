/* SPDX-License-Identifier: Apache-2.0 */
/* The extension headers of one IPv6 header, walked once (RFC 8200 section 4). */
#ifndef SK_OBSERVE_CHAIN_H
#define SK_OBSERVE_CHAIN_H

#include "sekimori/observer.h"

enum {
    CHAIN_TOO_MANY = 1,
    CHAIN_TOO_LONG = 2,
    CHAIN_REPEATED = 4,
    CHAIN_HOPOPTS_NOT_FIRST = 8,
    CHAIN_ORDER = 16,
    CHAIN_OPTIONS_MANY = 32,
    CHAIN_PADDING_RUN = 64,
    CHAIN_PADDING_DATA = 128,
    CHAIN_OPTION_UNKNOWN = 256,
    CHAIN_OPTION_OVERRUN = 512,
    CHAIN_ROUTER_ALERT = 1024,
    CHAIN_JUMBO_PAYLOAD = 2048,
    CHAIN_RESERVED = 4096,
    CHAIN_ATOMIC = 8192,
    CHAIN_OPTION_EXPERIMENTAL = 16384,
};

enum { CHAIN_UNKNOWN_MAX = 8 };
struct chain {
    unsigned first, end; /**< layers: extension headers are consecutive */
    unsigned n, bytes;   /**< of the headers */
    unsigned options;    /**< padding not counted */
    uint32_t problems;   /**< CHAIN_ */
    bool routing;        /**< there is a routing header; type and segments are the first one's */
    bool router_alert;
    uint8_t routing_type, segments_left;
    uint8_t n_unknown;
    uint8_t unknown[CHAIN_UNKNOWN_MAX]; /**< types of options */
};

/** Reads the chain of this IPv6 header; sets all problems but those that hang on limits or on what follows. */
void chain_read(const struct sk_packet *pkt, const struct sk_layers *l, const struct sk_ip *ip, struct chain *ret);
/** Is what follows the chain something that routers are to look at (RFC 2711, 4286, 9777)? */
bool chain_wants_alert(const struct sk_layers *l, const struct sk_ip *ip);

#endif
