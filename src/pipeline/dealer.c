/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the reader to the lanes.
 *
 * A lane that gets no packets would hold back the merge and the source's blocks. So it hears SK_OP_PASS: all that was
 * dealt up to there, and nothing of it was yours. That is said every PASS_EVERY packets (live: every batch), at every
 * mark, and before the reader waits for anything: while it waits for one lane, the merge may need another's word to
 * make that one's room.
 *
 * Live, a full lane is waited for once (the kernel's buffer holds what comes meanwhile), longer than a lane waits for
 * the merge; then its packets are dropped, counted, until it has room. Marks always wait: a lane drops events rather
 * than stop.
 *
 *   D1 sk_deal_done: store done, release    D2 done: load done, acquire    a lane's reads of packet bytes are finished
 *                                                                          before the source reuses their block
 */
#include "pipeline/dealer.h"

enum { RESERVE = 64, PASS_EVERY = 1024, WAIT_US = 100000, LIVE_WAIT_US = 200000 };

bool sk_deal_lane_init(struct sk_deal_lane *l) {
    *l = (struct sk_deal_lane){.tasks = sk_ring_new(SK_TASKS, sizeof(struct sk_task))};
    atomic_init(&l->done, 0);
    return l->tasks != NULL;
}

void sk_deal_lane_free(struct sk_deal_lane *l) { sk_ring_free(l->tasks); }

static void commit(struct sk_deal_lane *l) {
    if (l->n_filled)
        sk_ring_commit(l->tasks, l->n_filled);
    l->n_filled = 0;
    l->n_reserved = 0;
}

/* Room for one task without waiting, or NULL. */
static struct sk_task *try_room(struct sk_deal_lane *l) {
    if (l->n_filled == l->n_reserved) {
        commit(l);
        l->reserved = sk_ring_reserve(l->tasks, RESERVE, &l->n_reserved);
        if (!l->n_reserved)
            return NULL;
    }
    return &l->reserved[l->n_filled++];
}

static void try_pass(struct sk_deal *d, struct sk_deal_lane *l) {
    if (l->told < d->last_seq) {
        struct sk_task *t = try_room(l);
        if (t) {
            *t = (struct sk_task){.pkt = {.seq = d->last_seq}, .epoch = d->epoch, .op = SK_OP_PASS};
            l->told = d->last_seq;
        }
    }
    commit(l);
}

static void pass_all(struct sk_deal *d) {
    for (unsigned i = 0; i < d->n; i++)
        try_pass(d, d->lane[i]);
    d->passed_at = d->last_seq;
}

static struct sk_task *wait_room(struct sk_deal *d, struct sk_deal_lane *l, bool droppable) {
    struct sk_task *t = try_room(l);
    while (!t && !(l->stalled && droppable)) {
        pass_all(d);
        d->waits++;
        if (!sk_ring_wait_room(l->tasks, d->live ? LIVE_WAIT_US : WAIT_US) && d->live && droppable)
            l->stalled = true;
        t = try_room(l);
    }
    if (t)
        l->stalled = false;
    return t;
}

static void packets(void *arg, const struct sk_packet *pkt, size_t n) {
    struct sk_deal *d = arg;
    for (size_t i = 0; i < n; i++) {
        struct sk_deal_lane *l = d->lane[sk_shard(&pkt[i], d->n, &d->key)];
        struct sk_task *t = wait_room(d, l, true);
        if (t) {
            *t = (struct sk_task){.pkt = pkt[i], .epoch = d->epoch, .op = SK_OP_PACKET};
            l->told = pkt[i].seq;
        } else {
            d->dropped++;
            if (d->told)
                atomic_store_explicit(d->told, d->dropped, memory_order_relaxed); /* H4, with H3 of app/health.c */
        }
        d->last_seq = pkt[i].seq;
    }
    if (d->live || d->last_seq - d->passed_at >= PASS_EVERY) {
        pass_all(d);
        return;
    }
    for (unsigned i = 0; i < d->n; i++)
        commit(d->lane[i]);
}

static void mark(void *arg, enum sk_mark what, uint64_t seq, sk_time now) {
    struct sk_deal *d = arg;
    uint32_t epoch = d->epoch + 1;
    pass_all(d);
    for (unsigned i = 0; i < d->n; i++) {
        struct sk_deal_lane *l = d->lane[i];
        struct sk_task *t = wait_room(d, l, false);
        *t = (struct sk_task){.pkt = {.seq = seq, .ts = now}, .epoch = epoch, .op = SK_OP_MARK, .mark = (uint8_t)what};
        l->told = d->last_seq; /* a mark says as much as a pass */
        commit(l);
    }
    /* Only now: a lane that waits for its mark still hears of the epoch before. */
    d->epoch = epoch;
}

void sk_deal_done(struct sk_deal_lane *l, uint64_t seq) {
    atomic_store_explicit(&l->done, seq, memory_order_release); /* D1, with D2 */
}

static struct sk_deal_lane *slowest(struct sk_deal *d, uint64_t *ret_done) {
    struct sk_deal_lane *l = NULL;
    for (unsigned i = 0; i < d->n; i++) {
        uint64_t done = atomic_load_explicit(&d->lane[i]->done, memory_order_acquire); /* D2, with D1 */
        if (!l || done < *ret_done) {
            l = d->lane[i];
            *ret_done = done;
        }
    }
    return l;
}

static uint64_t done(void *arg) {
    uint64_t ret = 0;
    slowest(arg, &ret);
    return ret;
}

static void wait(void *arg) {
    struct sk_deal *d = arg;
    uint64_t seq = 0;
    pass_all(d);
    struct sk_deal_lane *l = slowest(d, &seq);
    if (seq >= d->last_seq)
        return;
    d->waits++;
    sk_ring_wait_room(l->tasks, WAIT_US);
}

struct sk_dealer sk_deal_dealer(struct sk_deal *d) {
    return (struct sk_dealer){.packets = packets, .mark = mark, .done = done, .wait = wait, .arg = d};
}
