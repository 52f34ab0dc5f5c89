/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One lane: decode, count, flow, observe. State and functions; it does not know whether it runs in the reader's thread
 * or in one of its own. What it makes goes to a sk_lane_out.
 *
 * Order of what it gives, per epoch (an epoch begins with a tick or a flush):
 *   events of flows that expire, by first_seq
 *   mark SK_MARK_FLOWS
 *   events that observers make at the tick, by sk_event_compare()
 *   mark SK_MARK_TICK or SK_MARK_FLUSH
 *   events of packets, by seq and sub
 * The first part is a stream and never gathered as a whole: a flush may close a million flows.
 */
#ifndef PIPELINE_LANE_H
#define PIPELINE_LANE_H

#include "pipeline/hold.h"
#include "sekimori/pipeline.h"

enum sk_mark { SK_MARK_FLOWS, SK_MARK_TICK, SK_MARK_FLUSH, SK_MARK_LAST };

struct sk_lane_out {
    /* Room for an event of SK_EVENT_MAX bytes; asked again without put(), it is the same room. Never NULL. */
    struct sk_event *(*room)(void *arg);
    /* ev is what room() gave last, or another's: then it is copied. false: dropped. */
    bool (*put)(void *arg, const struct sk_event *ev);
    void (*mark)(void *arg, enum sk_mark mark, uint64_t seq, sk_time now);
    void *arg;
};

struct sk_lane;
struct sk_lane_config {
    const struct sk_policy *policy;
    const bool *wanted;
    bool offline;
    uint32_t flows_max; /* of this lane */
    unsigned lanes;     /* among which the limits of fragments are shared; 0: this one alone */
    struct sk_lane_out out;
};
enum {
    SK_LANE_GROUP = 16, /* packets decoded ahead of the flow table, see lane.c */
    SK_FLOWS_DEFAULT = 1 << 21,
};
/* Fails where an observer's init does. */
struct sk_lane *sk_lane_new(const struct sk_lane_config *cfg, struct sk_error *err);
/* n <= SK_LANE_GROUP packets in order. */
void sk_lane_packets(struct sk_lane *lane, const struct sk_packet *const pkt[], size_t n);
void sk_lane_tick(struct sk_lane *lane, uint64_t seq, sk_time now);
/* mark: SK_MARK_FLUSH or SK_MARK_LAST. */
void sk_lane_flush(struct sk_lane *lane, uint64_t seq, sk_time now, enum sk_mark mark);
/* Adds what the lane counted. */
void sk_lane_report(struct sk_lane *lane, struct sk_counts *counts, struct sk_lane_report *report);
void sk_lane_free(struct sk_lane *lane);

#endif
