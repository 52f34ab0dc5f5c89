/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Parts of an event: structs that answer for several fields at once, as its head does. What every conversation says of
 * itself is put in one step, and what is text is made when somebody asks for it. A part is put once, by who declares
 * its fields; a value of such a field that is put by itself before or after it is not seen.
 */
#ifndef SEKIMORI_PART_H
#define SEKIMORI_PART_H

#include "sekimori/event.h"
#include "sekimori/flow.h"
#include "sekimori/policy.h"

/** What a flow.state says (obs_flow.c). Its fields are those of the same names. */
struct sk_part_flow {
    uint64_t bytes[2], packets[2], copies; /**< 0 copies: not told */
    sk_time start, end;
    uint8_t state; /**< enum sk_flow_state */
    uint8_t by;    /**< enum sk_initiator_by */
    bool midstream, one_sided;
    bool quic;         /**< false: not told */
    bool sender_shown; /**< as in struct sk_flow_view; no field */
};
void sk_event_put_flow(struct sk_event *ev, const struct sk_part_flow *p);
/** What was put; NULL: nothing. */
const struct sk_part_flow *sk_event_flow(const struct sk_event *ev);

/** Where the ends are, and what the policy says of the way between them (cor_policy.c). Zones: of the policy, or
 * literals; NULL: that end has no address. */
struct sk_part_verdict {
    const char *zone[2];
    uint16_t segment[2]; /**< of the policy, that has the address; SK_SEGMENT_NONE */
    uint8_t side[2];     /**< enum sk_side */
    uint8_t web[2];      /**< enum sk_web; unknown: not told */
    uint8_t ipv6;        /**< enum sk_ipv6_rule */
    bool conversation;
    uint8_t proxy; /**< of a conversation: enum sk_proxy_verdict; its destination group is told too */
};
void sk_event_put_verdict(struct sk_event *ev, const struct sk_part_verdict *p);
/** What was put; NULL: nothing yet. */
const struct sk_part_verdict *sk_event_verdict(const struct sk_event *ev);

#endif
