/* SPDX-License-Identifier: Apache-2.0 */
/* Starts a run: inline, or with lanes (threads.c). */
#include "sekimori/pipeline.h"

#include "base/mem.h"
#include "pipeline/lane.h"
#include "pipeline/reader.h"
#include "pipeline/threads.h"

#include <stdlib.h>

struct inline_run {
    const struct sk_pipeline *p;
    struct sk_lane *lane;
    struct sk_event *room;
    uint64_t done;
};

static struct sk_event *room(void *arg) {
    struct inline_run *run = arg;
    return run->room;
}

static bool put(void *arg, const struct sk_event *ev) {
    const struct inline_run *run = arg;
    run->p->down.event(run->p->down.arg, ev);
    return true;
}

static void lane_mark(void *arg, enum sk_mark mark, uint64_t seq, sk_time now) {
    const struct sk_downstream *down = &((const struct inline_run *)arg)->p->down;
    if (mark == SK_MARK_TICK)
        down->tick(down->arg, seq, now);
    else if (mark != SK_MARK_FLOWS)
        down->flush(down->arg, seq, now, mark == SK_MARK_LAST);
}

static void packets(void *arg, const struct sk_packet *pkt, size_t n) {
    struct inline_run *run = arg;
    const struct sk_packet *at[SK_LANE_GROUP];
    for (size_t i = 0; i < n; i += SK_LANE_GROUP) {
        size_t k = 0;
        for (; k < SK_LANE_GROUP && i + k < n; k++)
            at[k] = &pkt[i + k];
        sk_lane_packets(run->lane, at, k);
    }
    run->done = pkt[n - 1].seq;
}

static void reader_mark(void *arg, enum sk_mark mark, uint64_t seq, sk_time now) {
    struct inline_run *run = arg;
    if (mark == SK_MARK_TICK)
        sk_lane_tick(run->lane, seq, now);
    else
        sk_lane_flush(run->lane, seq, now, mark);
}

static uint64_t done(void *arg) { return ((const struct inline_run *)arg)->done; }

/* Inline, every packet given is done: retiring it frees its block. */
static void no_wait(void *arg) { (void)arg; }

static sk_err run_inline(const struct sk_pipeline *p, struct sk_pipeline_result *ret, struct sk_error *err) {
    struct inline_run run = {.p = p};
    struct sk_lane_config cfg = {.policy = p->policy,
                                 .wanted = p->wanted,
                                 .offline = !p->live,
                                 .flows_max = p->flows_max ? p->flows_max : SK_FLOWS_DEFAULT,
                                 .out = {.room = room, .put = put, .mark = lane_mark, .arg = &run}};
    run.lane = sk_lane_new(&cfg, err);
    if (!run.lane)
        return SK_ENOMEM;
    run.room = sk_mem_new(1, SK_EVENT_MAX);
    struct sk_dealer to = {.packets = packets, .mark = reader_mark, .done = done, .wait = no_wait, .arg = &run};
    sk_reader_run(p, &to, ret);
    sk_lane_report(run.lane, &ret->counts, &ret->lane[0]);
    ret->lane[0].cpu_ns = sk_thread_cpu_ns();
    sk_lane_free(run.lane);
    free(run.room);
    return SK_OK;
}

sk_err sk_pipeline_run(const struct sk_pipeline *p, struct sk_pipeline_result *ret, struct sk_error *err) {
    *ret = (struct sk_pipeline_result){0};
    if (p->lanes > SK_LANES_MAX)
        return sk_error_set(err, SK_EUSAGE, "%u lanes; at most %d are possible", p->lanes, SK_LANES_MAX);
    sk_err e = p->lanes ? sk_threads_run(p, ret, err) : run_inline(p, ret, err);
    if (p->rest && p->rest->n) /* everything before it is done with: the next run begins with all blocks but its own */
        sk_source_retire(p->source, p->rest->pkt[0].seq - 1);
    return e;
}
