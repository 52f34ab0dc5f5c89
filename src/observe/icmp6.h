/* SPDX-License-Identifier: Apache-2.0 */
/* What the observers of ICMPv6 messages share: the message as a value, and whether hosts would take it. */
#ifndef SK_OBSERVE_ICMP6_H
#define SK_OBSERVE_ICMP6_H

#include "sekimori/observer.h"

/** One ICMPv6 message of a packet. */
struct sk_icmp6 {
    const struct sk_ip *ip;
    unsigned layer;
    uint8_t type, code;
    bool incomplete;     /**< cut by the capture, or a first fragment: absence of anything proves nothing */
    struct sk_cur body;  /**< after type, code and checksum */
    uint32_t wire_len;   /**< of the whole message as declared */
    bool broken;         /**< a rule of the message's RFC is broken: receivers must discard it */
    uint8_t n_anomalies; /**< already said in the event */
};

/** The message at this layer. @return false: it is no ICMPv6 layer of an IP header */
bool sk_icmp6_of(const struct sk_obs *o, unsigned layer, struct sk_icmp6 *ret);
/** Begin an event of the message: head, hop limit, checksum, extension headers. NULL as sk_obs_event(). */
struct sk_event *sk_icmp6_begin(struct sk_obs *o, enum sk_event_type type, const struct sk_icmp6 *m);
/** icmpv6.extension: the extension headers of this IP header. */
void sk_icmp6_extensions(struct sk_event *ev, const struct sk_ip *ip);
/** Say what is wrong with it (icmpv6.anomaly) and, if receivers must discard it for that, remember so. */
void sk_icmp6_anomaly(struct sk_event *ev, struct sk_icmp6 *m, const char *word, bool discard);
/**
 * The last value: sekimori.effect. hop_limit: what the RFC of the message demands, 0 = anything. unfragmented: RFC 6980
 * forbids fragments of it.
 */
void sk_icmp6_end(struct sk_obs *o, struct sk_event *ev, struct sk_icmp6 *m, uint8_t hop_limit, bool unfragmented);

/** Neighbour discovery options; puts icmpv6.nd.* and icmpv6.ra.* values. What they said, for the kind of an RA: */
struct sk_nd_summary {
    bool prefix, prefix_dead;         /**< a prefix information with, without lifetime */
    bool dns, pref64;                 /**< with a lifetime above 0 */
    bool route;                       /**< any route information with a lifetime above 0; of these: */
    bool route_ula, route_other;      /**< to a ULA, to anywhere else */
    bool dead;                        /**< any other option whose lifetime is 0 */
    bool has_slla, has_tlla, stopped; /**< stopped: an option broke the list */
    bool differs;                     /**< a link-layer address option of the sender is not the frame's source */
};
/** A router advertisement gives this (icmpv6.ra.offers); said once. */
void sk_nd_offer(struct sk_event *ev, const char *word);
/** c: at the first option. ev->type decides which options belong (others are only listed). */
void sk_nd_options(struct sk_event *ev, struct sk_icmp6 *m, struct sk_cur c, struct sk_nd_summary *ret);

#endif
