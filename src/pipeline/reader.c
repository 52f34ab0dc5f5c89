/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader.
 *
 * A chain is a run of inputs without a flush between. Its clock is the latest packet time so far: a packet that is up
 * to SK_CLOCK_BACK late makes no tick, and a jump forward makes one. A tick stands before the packet that caused it and
 * carries that packet's time, so what expired is said before the packet is looked at.
 */
#include "pipeline/reader.h"

#include "pipeline/mirror.h"
#include "sekimori/policy.h"

#include <string.h>
#include <time.h>

enum { PROGRESS_EVERY = 4096 };

struct reader {
    const struct sk_pipeline *p;
    const struct sk_dealer *to;
    bool in_chain;
    sk_time clock;       /* of ticks */
    sk_time end;         /* latest packet time of the chain */
    sk_time last_tick;   /* clock of the last tick */
    uint64_t since_tick; /* packets */
    uint64_t last_seq;
    bool any;
    uint32_t file; /* of the last packet */
    uint32_t group, chain_group;
    uint16_t tap, chain_tap;
    sk_time arrived; /* live: monotonic time of the last packets */
    uint64_t since_progress;
    sk_time progressed; /* live: monotonic time */
    uint64_t clock_back, clock_forward;
    unsigned steps; /* back, of late */
    sk_time step_at;
    bool mirrors; /* the policy declares some */
};

static sk_time monotonic(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (sk_time)ts.tv_sec * SK_SEC + ts.tv_nsec;
}

static uint16_t tap_of(const struct reader *r, uint32_t file) {
    if (r->p->forced_tap != SK_TAP_NONE)
        return r->p->forced_tap;
    const struct sk_input *in = sk_source_input(r->p->source, file);
    if (!in || !in->path)
        return SK_TAP_NONE;
    return r->p->live ? sk_policy_tap_of_iface(r->p->policy, in->path) : sk_policy_tap_of_file(r->p->policy, in->path);
}

/* Does a file that begins with this packet go on where the last one ended? */
static bool continues(const struct reader *r, const struct sk_packet *pkt) {
    /* Differences of two times may not fit; what is compared with a bound near r->end does. */
    return r->tap == r->chain_tap && r->group == r->chain_group && pkt->ts >= r->end - SK_CHAIN_BEFORE &&
           (pkt->ts <= r->end || pkt->ts - SK_CHAIN_AFTER <= r->end);
}

static void mark(struct reader *r, enum sk_mark mark, uint64_t seq) {
    r->to->mark(r->to->arg, mark, seq, r->clock);
    r->last_tick = r->clock;
    r->since_tick = 0;
}

static void begin_chain(struct reader *r, const struct sk_packet *pkt) {
    r->in_chain = true;
    r->chain_tap = r->tap;
    r->chain_group = r->group;
    r->clock = r->end = r->last_tick = pkt->ts;
    r->since_tick = 0;
}

/* The first packet of an input. @return false: it begins another chain, which is the next run's */
static bool begin_input(struct reader *r, const struct sk_packet *pkt) {
    const struct sk_input *in = sk_source_input(r->p->source, pkt->file);
    r->file = pkt->file;
    r->tap = tap_of(r, pkt->file);
    r->group = in ? in->group : 0;
    if (r->in_chain && continues(r, pkt))
        return true;
    if (r->in_chain && r->p->rest)
        return false;
    if (r->in_chain)
        mark(r, SK_MARK_FLUSH, pkt->seq);
    begin_chain(r, pkt);
    return true;
}

/*
 * Did the clock of the capture step back before this packet (detections.md G12)? Then what is open is told and all
 * begins anew at the earlier time: nothing has a negative age, and one packet from the far future holds back nothing.
 * A capture whose times jump about more often than that is unsorted; there the clock never goes back, as with packets
 * that are a little late.
 */
static bool stepped_back(struct reader *r, sk_time ts) {
    if (ts >= r->clock - SK_CLOCK_BACK) /* times are not before 1970 */
        return false;
    r->clock_back++;
    if (r->clock - r->step_at > SK_CLOCK_FORWARD)
        r->steps = 0;
    r->step_at = ts;
    return ++r->steps <= SK_CLOCK_STEPS;
}

/* Is a tick due before this packet? Moves the clock. */
static bool tick_due(struct reader *r, sk_time ts) {
    r->clock_forward += ts > r->clock && ts - r->clock > SK_CLOCK_FORWARD;
    if (ts > r->end)
        r->end = ts;
    if (ts > r->clock)
        r->clock = ts;
    return r->since_tick >= SK_TICK_PACKETS || r->clock - r->last_tick >= SK_TICK_TIME;
}

static void give(struct reader *r, const struct sk_packet *pkt, size_t n) {
    if (n)
        r->to->packets(r->to->arg, pkt, n);
}

/* Gives packets in runs without a tick inside. @return false: none were given, they are kept for the next run */
static bool deal(struct reader *r, struct sk_packet *pkt, size_t n) {
    size_t given = 0;
    if ((!r->any || pkt[0].file != r->file) && !begin_input(r, &pkt[0])) {
        memcpy(r->p->rest->pkt, pkt, n * sizeof *pkt);
        r->p->rest->n = n;
        return false;
    }
    r->any = true;
    for (size_t i = 0; i < n; i++) {
        pkt[i].tap = r->tap;
        if (r->mirrors)
            mirror_strip(r->p->policy, &pkt[i]);
        bool back = stepped_back(r, pkt[i].ts);
        if (back || tick_due(r, pkt[i].ts)) {
            give(r, pkt + given, i - given);
            given = i;
            mark(r, back ? SK_MARK_FLUSH : SK_MARK_TICK, pkt[i].seq);
        }
        if (back)
            begin_chain(r, &pkt[i]);
        r->since_tick++;
    }
    give(r, pkt + given, n - given);
    r->last_seq = pkt[n - 1].seq;
    if (r->p->live)
        r->arrived = monotonic();
    return true;
}

static void progress(struct reader *r, size_t n) {
    r->since_progress += n;
    bool many = r->since_progress >= PROGRESS_EVERY;
    bool due = many || (r->p->live && monotonic() - r->progressed >= SK_SEC);
    if (!due || !r->p->progress)
        return;
    if (many)
        r->since_progress = 0;
    r->progressed = r->p->live ? monotonic() : 0;
    r->p->progress(r->p->progress_arg);
}

/* Nothing ever came, live: time begins all the same, or nobody would learn that the mirror is dead. */
static void begin_silent(struct reader *r) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    r->tap = tap_of(r, 0);
    sk_time ts = (sk_time)now.tv_sec * SK_SEC + now.tv_nsec;
    begin_chain(r, &(struct sk_packet){.ts = ts > r->clock ? ts : r->clock});
    r->arrived = monotonic();
}

/* Nothing came: packet time goes on with the wall clock since the last packet. */
static void idle(struct reader *r) {
    if (!r->any)
        begin_silent(r);
    sk_time now = r->end + (monotonic() - r->arrived);
    if (now > r->clock)
        r->clock = now;
    mark(r, SK_MARK_TICK, r->last_seq + 1);
}

/* What the run before this one kept. */
static void begin_with_rest(struct reader *r) {
    struct sk_chain_rest *rest = r->p->rest;
    if (!rest || rest->n == 0)
        return;
    size_t n = rest->n;
    rest->n = 0;
    r->last_seq = rest->pkt[0].seq - 1;
    (void)deal(r, rest->pkt, n);
    progress(r, n);
}

void sk_reader_run(const struct sk_pipeline *p, const struct sk_dealer *to, struct sk_pipeline_result *ret) {
    struct reader r = {.p = p, .to = to, .tap = SK_TAP_NONE, .mirrors = p->policy && sk_policy_has_mirrors(p->policy)};
    struct sk_packet pkt[SK_READ_BATCH];
    begin_with_rest(&r);
    for (;;) {
        size_t n = 0;
        enum sk_next next = sk_source_next(p->source, pkt, SK_READ_BATCH, &n);
        if (next == SK_NEXT_END)
            break;
        if (next == SK_NEXT_PACKETS) {
            if (!deal(&r, pkt, n))
                break;
            progress(&r, n);
        } else if (next == SK_NEXT_IDLE) {
            if (p->live)
                idle(&r);
            progress(&r, p->live ? 0 : SK_READ_BATCH);
        } else {
            to->wait(to->arg);
        }
        sk_source_retire(p->source, to->done(to->arg));
    }
    mark(&r, SK_MARK_LAST, r.last_seq + 1);
    ret->clock_back = r.clock_back;
    ret->clock_forward = r.clock_forward;
}
