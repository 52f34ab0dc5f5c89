/* SPDX-License-Identifier: Apache-2.0 */
/**
 * capture -> ring -> lane (decode, flow, observe) -> ring -> ordered merge -> downstream (correlate, match, alert).
 *
 * lanes 0 runs reader, lane and downstream inline in the calling thread; lanes N >= 1 runs N lane threads, the reader
 * in the calling thread, downstream in one more. The order and content of what downstream sees is the same, byte for
 * byte.
 */
#ifndef SEKIMORI_PIPELINE_H
#define SEKIMORI_PIPELINE_H

#include "sekimori/observer.h"
#include "sekimori/source.h"

#include <stdatomic.h>

/**
 * Called by one thread only, in total order: events of packets by seq and sub; at a tick first the events of flows by
 * the seq of their first packet, then those of fragments and observers by sk_event_compare(), then the tick itself.
 * Flows are a stream of their own there, so that a flush of a million of them is never held in memory. The calling
 * thread of sk_pipeline_run() with lanes 0, a thread of the pipeline otherwise.
 */
struct sk_downstream {
    void (*event)(void *arg, const struct sk_event *ev);
    /** Every event before packet seq has been given; time is now (packet time). */
    void (*tick)(void *arg, uint64_t seq, sk_time now);
    /** A group of inputs ended (or the whole input): flows are flushed, close windows and alerts. */
    void (*flush)(void *arg, uint64_t seq, sk_time now, bool last);
    void *arg;
};

enum { SK_LANES_MAX = 64, SK_TICK_PACKETS = 4096 };
#define SK_TICK_TIME (100 * SK_MSEC)
/** A file of the same group (sk_input) and tap that starts within these around the end of the last continues it: they
 * are one chain. Otherwise everything is flushed between: chains share no state. */
#define SK_CHAIN_BEFORE (2 * SK_SEC)
#define SK_CHAIN_AFTER  (60 * SK_SEC)
/** detections.md G12. A packet more than this behind the latest one: the clock was set back. What is open is flushed
 * and packet time begins anew there; after SK_CLOCK_STEPS of them without an hour between they are only counted. */
#define SK_CLOCK_BACK (2 * SK_SEC)
enum { SK_CLOCK_STEPS = 64 };
/** More than this ahead: a step forward, or silence. One tick, as for any pause; it is counted. */
#define SK_CLOCK_FORWARD (3600 * SK_SEC)

/**
 * What a run that ended with a chain read beyond it, to begin the next run with. Zeroed before the first run; the
 * source must not be retired past it.
 */
enum { SK_READ_BATCH = 256 };
struct sk_chain_rest {
    struct sk_packet pkt[SK_READ_BATCH];
    size_t n; /**< 0: nothing, the input has ended */
};

struct sk_pipeline {
    struct sk_source *source;
    const struct sk_policy *policy;
    struct sk_downstream down;
    const bool *wanted;  /**< SKE_COUNT */
    unsigned lanes;      /**< 0 = inline */
    bool live;           /**< drops are counted instead of waited for; the merge waits a bounded time */
    uint32_t flows_max;  /**< over all lanes, 0 = default */
    uint16_t forced_tap; /**< --tap, or SK_TAP_NONE: by file name or interface */
    /** NULL: one run reads everything and flushes between chains. Else the run ends where a chain does, its flush is
     * the last one; while rest->n > 0 another run, with lanes that know nothing of this one, goes on. */
    struct sk_chain_rest *rest;
    _Atomic uint64_t *dropped;   /**< kept at ring_dropped while it runs, relaxed; may be NULL */
    void (*progress)(void *arg); /**< reader's thread, at most every 4096 packets, live every second; may be NULL */
    void *progress_arg;
};
struct sk_lane_report {
    uint64_t packets, events, waits, cpu_ns;
};
struct sk_pipeline_result {
    struct sk_counts counts;
    struct sk_lane_report lane[SK_LANES_MAX]; /**< lanes 0: [0] is the inline one */
    uint64_t ring_dropped;                    /**< live: packets not given to a full lane */
    uint64_t late;                            /**< live: events that came after the merge had gone on */
    uint64_t reader_waits;
    uint64_t clock_back, clock_forward; /**< steps of the capture's clock, see SK_CLOCK_BACK */
};
SK_MUST_USE sk_err sk_pipeline_run(const struct sk_pipeline *p, struct sk_pipeline_result *ret, struct sk_error *err);

/** Which lane of n: symmetric keyed hash of the outermost IP pair, never ports; without IP: 0. */
unsigned sk_shard(const struct sk_packet *pkt, unsigned n, const struct sk_hash_key *key);

#endif
