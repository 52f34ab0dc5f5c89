/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run with lane threads: reader (the calling thread) -> N lanes -> merge and downstream (one thread).
 *
 * Threads end in the order of flow: the reader's last mark ends each lane, the last mark of all lanes ends the merge.
 * Where a thread cannot be started, those that run are given that mark at once.
 */
#include "pipeline/threads.h"

#include "base/mem.h"
#include "pipeline/dealer.h"
#include "pipeline/merge.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TAKE = 64, SAY = 1024, WAIT_US = 100000, LINE = 64 };

struct worker {
    struct sk_deal_lane in;
    struct sk_channel out;
    struct sk_lane *lane;
    uint64_t seq; /* every packet up to it is done with */
    uint64_t cpu_ns;
    pthread_t thread;
};

struct run {
    const struct sk_pipeline *p;
    struct worker *worker[SK_LANES_MAX];
    struct sk_deal_lane *in[SK_LANES_MAX];
    struct sk_channel *out[SK_LANES_MAX];
    unsigned n; /* workers made */
    pthread_t merge;
    uint64_t late;
};

uint64_t sk_thread_cpu_ns(void) {
    struct timespec t = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- a lane's thread --- */

/* Packets at the front of n tasks, at most a group. @return how many */
static uint32_t packets(struct worker *w, const struct sk_task *t, uint32_t n) {
    const struct sk_packet *pkt[SK_LANE_GROUP];
    uint32_t k = 0;
    while (k < n && k < SK_LANE_GROUP && t[k].op == SK_OP_PACKET && t[k].epoch == t[0].epoch) {
        pkt[k] = &t[k].pkt;
        k++;
    }
    sk_channel_begin(&w->out, t[0].epoch, false);
    sk_lane_packets(w->lane, pkt, k);
    return k;
}

static void mark(struct worker *w, const struct sk_task *t) {
    sk_channel_begin(&w->out, t->epoch, true);
    if (t->mark == SK_MARK_TICK)
        sk_lane_tick(w->lane, t->pkt.seq, t->pkt.ts);
    else
        sk_lane_flush(w->lane, t->pkt.seq, t->pkt.ts, t->mark);
}

/* Everything of these tasks. *ret_mark: one of them was a mark. @return false: that was the last */
static bool tasks(struct worker *w, const struct sk_task *t, uint32_t n, bool *ret_mark) {
    uint32_t i = 0;
    *ret_mark = false;
    while (i < n) {
        if (t[i].op == SK_OP_PACKET) {
            i += packets(w, t + i, n - i);
            continue;
        }
        *ret_mark |= t[i].op == SK_OP_MARK;
        if (t[i].op == SK_OP_MARK)
            mark(w, &t[i]);
        else
            sk_channel_begin(&w->out, t[i].epoch, false);
        i++;
    }
    const struct sk_task *last = &t[n - 1];
    w->seq = last->op == SK_OP_MARK ? last->pkt.seq - 1 : last->pkt.seq;
    sk_deal_done(&w->in, w->seq);
    return last->op != SK_OP_MARK || last->mark != SK_MARK_LAST;
}

/* The merge hears of the lane when it is idle, at marks, and every SAY tasks: each word may wake it. */
static void *lane_main(void *arg) {
    struct worker *w = arg;
    uint32_t unsaid = 0;
    for (bool more = true; more;) {
        uint32_t n;
        const struct sk_task *t = sk_ring_peek(w->in.tasks, TAKE, &n);
        if (n) {
            bool marked;
            more = tasks(w, t, n, &marked);
            sk_ring_release(w->in.tasks, n);
            unsaid += n;
            if (!marked && unsaid < SAY)
                continue;
        }
        if (unsaid)
            sk_channel_pass(&w->out, w->seq);
        else
            sk_ring_wait_data(w->in.tasks, WAIT_US);
        unsaid = 0;
    }
    w->cpu_ns = sk_thread_cpu_ns();
    return NULL;
}

static void *merge_main(void *arg) {
    struct run *run = arg;
    struct sk_merge_config cfg = {.channel = run->out, .n = run->n, .down = &run->p->down, .live = run->p->live};
    run->late = sk_merge_run(&cfg);
    return NULL;
}

/* --- life --- */

static void free_worker(struct worker *w) {
    sk_lane_free(w->lane);
    sk_channel_free(&w->out);
    sk_deal_lane_free(&w->in);
    free(w);
}

static struct worker *new_worker(const struct sk_pipeline *p, struct sk_error *err) {
    struct worker *w = aligned_alloc(LINE, sizeof *w);
    if (!w) {
        (void)sk_error_set(err, SK_ENOMEM, "no memory for a lane");
        return NULL;
    }
    memset(w, 0, sizeof *w);
    if (!sk_deal_lane_init(&w->in) || !sk_channel_init(&w->out, p->live)) {
        (void)sk_error_set(err, SK_ENOMEM, "no memory for the rings of a lane");
        free_worker(w);
        return NULL;
    }
    uint32_t flows = p->flows_max ? p->flows_max : SK_FLOWS_DEFAULT;
    struct sk_lane_config cfg = {.policy = p->policy,
                                 .wanted = p->wanted,
                                 .offline = !p->live,
                                 .flows_max = flows / p->lanes ? flows / p->lanes : 1,
                                 .lanes = p->lanes,
                                 .out = sk_channel_out(&w->out)};
    w->lane = sk_lane_new(&cfg, err);
    if (!w->lane) {
        free_worker(w);
        return NULL;
    }
    return w;
}

static bool start(pthread_t *t, void *(*main)(void *), void *arg, const char *name, unsigned index) {
    char text[16];
    if (pthread_create(t, NULL, main, arg) != 0)
        return false;
    snprintf(text, sizeof text, "%s%u", name, index % 1000);
    pthread_setname_np(*t, text);
    return true;
}

/* Signals are the calling thread's business: its handler stops the source. @return lanes started; *ret_merge: it too */
static unsigned start_all(struct run *run, bool *ret_merge) {
    sigset_t all, before;
    unsigned started = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    *ret_merge = start(&run->merge, merge_main, run, "sk-merge", 0);
    while (*ret_merge && started < run->n &&
           start(&run->worker[started]->thread, lane_main, run->worker[started], "sk-lane", started))
        started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static void report(const struct run *run, struct sk_pipeline_result *ret, const struct sk_deal *deal) {
    for (unsigned i = 0; i < run->n; i++) {
        struct worker *w = run->worker[i];
        sk_lane_report(w->lane, &ret->counts, &ret->lane[i]);
        ret->lane[i].waits = w->out.waits;
        ret->lane[i].cpu_ns = w->cpu_ns;
    }
    ret->ring_dropped = deal->dropped;
    ret->reader_waits = deal->waits;
    ret->late = run->late;
}

static sk_err run_threads(struct run *run, struct sk_pipeline_result *ret, struct sk_error *err) {
    const struct sk_pipeline *p = run->p;
    struct sk_deal deal = {.lane = run->in,
                           .n = run->n,
                           .live = p->live,
                           .told = p->dropped,
                           .key = p->live ? sk_hash_key_random() : sk_hash_key_fixed};
    struct sk_dealer to = sk_deal_dealer(&deal);
    bool merge;
    unsigned started = start_all(run, &merge);
    bool all = merge && started == run->n;
    if (all)
        sk_reader_run(p, &to, ret);
    else
        to.mark(to.arg, SK_MARK_LAST, 1, 0);
    for (unsigned i = 0; i < started; i++)
        pthread_join(run->worker[i]->thread, NULL);
    /* The merge ends when every lane has; the calling thread says it for those that never ran. */
    for (unsigned i = started; merge && i < run->n; i++)
        lane_main(run->worker[i]);
    if (merge)
        pthread_join(run->merge, NULL);
    if (!all)
        return sk_error_set(err, SK_ENOMEM, "cannot start thread %u of %u lanes", started + 1, run->n);
    report(run, ret, &deal);
    return SK_OK;
}

sk_err sk_threads_run(const struct sk_pipeline *p, struct sk_pipeline_result *ret, struct sk_error *err) {
    struct run *run = sk_mem_new(1, sizeof *run);
    sk_err e = SK_OK;
    run->p = p;
    while (run->n < p->lanes) {
        struct worker *w = new_worker(p, err);
        if (!w) {
            e = SK_ENOMEM;
            break;
        }
        run->in[run->n] = &w->in;
        run->out[run->n] = &w->out;
        run->worker[run->n++] = w;
    }
    if (e == SK_OK)
        e = run_threads(run, ret, err);
    for (unsigned i = 0; i < run->n; i++)
        free_worker(run->worker[i]);
    free(run);
    return e;
}
