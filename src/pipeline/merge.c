/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ordered merge.
 *
 * Each lane's items come in order. The merge looks at the first of each; the least of them goes on as soon as no lane
 * without one could still give a lesser: each lane's floor, raised by every item and by SK_ITEM_PASS, says so. A tick
 * goes on once, when every lane has reached it.
 *
 * Live, a lane that holds back others for SK_MERGE_WAIT is passed over until it gives something again; what it gives
 * then is late: given at once, counted.
 */
#include "pipeline/merge.h"

#include "base/mem.h"

#include <stdlib.h>
#include <time.h>

enum { TAKE = 64, WAIT_US = 100000 };
#define SK_MERGE_WAIT (500 * SK_MSEC)

struct lane {
    struct sk_channel *c;
    const struct sk_item *taken; /* in the ring */
    uint32_t n, next;
    bool has; /* head is the lane's first item */
    struct sk_item head;
    const struct sk_event *event;
    struct sk_place_in_order floor; /* nothing before it comes any more */
    bool ended;
    bool passed_over;
};

struct merge {
    const struct sk_merge_config *cfg;
    struct lane *lane;
    struct sk_place_in_order at; /* of what went on last */
    uint64_t late;
    bool ended;
    sk_time blocked_since; /* live; 0 = not blocked */
};

/* --- order --- */

static int compare_places(const struct sk_place_in_order *a, const struct sk_place_in_order *b) {
    if (a->epoch != b->epoch)
        return a->epoch < b->epoch ? -1 : 1;
    if (a->stage != b->stage)
        return a->stage < b->stage ? -1 : 1;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static struct sk_place_in_order place_of(const struct sk_item *i) {
    return (struct sk_place_in_order){i->epoch, i->stage, i->stage == SK_STAGE_PACKETS ? i->seq : 0};
}

static int compare_heads(const struct lane *a, const struct lane *b) {
    struct sk_place_in_order pa = place_of(&a->head), pb = place_of(&b->head);
    int c = compare_places(&pa, &pb);
    if (c || a->head.kind != SK_ITEM_EVENT || b->head.kind != SK_ITEM_EVENT)
        return c;
    return sk_event_compare(a->event, b->event);
}

/* --- one lane's items --- */

static void give_room(struct lane *l) {
    if (l->next)
        sk_ring_release(l->c->items, l->next);
    l->n = l->next = 0;
}

static bool take(struct lane *l, struct sk_item *ret) {
    if (l->next == l->n) {
        give_room(l);
        l->taken = sk_ring_peek(l->c->items, TAKE, &l->n);
        if (!l->n)
            return false;
    }
    *ret = l->taken[l->next++];
    return true;
}

/* Fills head if there is an item. */
static void look(struct lane *l) {
    struct sk_item item;
    while (!l->has && !l->ended && take(l, &item)) {
        l->passed_over = false;
        l->floor = place_of(&item);
        if (item.kind == SK_ITEM_PASS)
            continue;
        l->head = item;
        l->has = true;
        if (item.kind == SK_ITEM_EVENT)
            l->event = sk_channel_event(l->c, &item);
    }
}

static void drop_head(struct lane *l) {
    l->has = false;
    if (l->head.kind != SK_ITEM_MARK)
        return;
    l->floor = (struct sk_place_in_order){l->head.epoch, SK_STAGE_PACKETS, 0};
    l->ended = l->head.mark == SK_MARK_LAST;
}

/* May something of this lane still come before (or, but for packets, at) the place? */
static bool holds_back(const struct lane *l, const struct sk_place_in_order *place) {
    return !l->has && !l->ended && compare_places(&l->floor, place) <= 0;
}

/* --- the merge --- */

static struct lane *least_head(struct merge *m) {
    struct lane *best = NULL;
    for (unsigned i = 0; i < m->cfg->n; i++) {
        struct lane *l = &m->lane[i];
        look(l);
        if (l->has && (!best || compare_heads(l, best) < 0))
            best = l;
    }
    return best;
}

/* The lane to wait for before best (NULL: there is none) may go on, or NULL. */
static struct lane *blocker(struct merge *m, const struct lane *best) {
    struct sk_place_in_order place = {UINT32_MAX, SK_STAGE_PACKETS, UINT64_MAX};
    bool last = best && best->head.kind == SK_ITEM_MARK && best->head.mark == SK_MARK_LAST;
    if (best)
        place = place_of(&best->head);
    struct lane *found = NULL;
    for (unsigned i = 0; i < m->cfg->n; i++) {
        struct lane *l = &m->lane[i];
        if (l == best || !holds_back(l, &place) || (l->passed_over && best && !last))
            continue;
        if (!found || compare_places(&l->floor, &found->floor) < 0)
            found = l;
    }
    return found;
}

static sk_time monotonic(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (sk_time)ts.tv_sec * SK_SEC + ts.tv_nsec;
}

static void wait_for(struct merge *m, struct lane *l, bool others_wait) {
    for (unsigned i = 0; i < m->cfg->n; i++)
        give_room(&m->lane[i]);
    if (!m->cfg->live || !others_wait) {
        m->blocked_since = 0;
        sk_ring_wait_data(l->c->items, WAIT_US);
        return;
    }
    sk_time now = monotonic();
    if (!m->blocked_since)
        m->blocked_since = now;
    if (!sk_ring_wait_data(l->c->items, WAIT_US) && now - m->blocked_since >= SK_MERGE_WAIT)
        l->passed_over = true;
}

static void give_mark(struct merge *m, const struct sk_item *i) {
    const struct sk_downstream *d = m->cfg->down;
    if (i->mark == SK_MARK_TICK)
        d->tick(d->arg, i->seq, i->now);
    else
        d->flush(d->arg, i->seq, i->now, i->mark == SK_MARK_LAST);
}

/* The head of every lane that stands at this mark is the same mark. */
static void drop_mark(struct merge *m, const struct sk_item *mark) {
    for (unsigned i = 0; i < m->cfg->n; i++) {
        struct lane *l = &m->lane[i];
        if (l->has && l->head.kind == SK_ITEM_MARK && l->head.epoch == mark->epoch)
            drop_head(l);
    }
}

static void go_on(struct merge *m, struct lane *best) {
    const struct sk_downstream *d = m->cfg->down;
    struct sk_place_in_order place = place_of(&best->head);
    bool late = compare_places(&place, &m->at) < 0;
    m->blocked_since = 0;
    if (best->head.kind == SK_ITEM_EVENT) {
        m->late += late;
        d->event(d->arg, best->event);
        drop_head(best);
    } else {
        struct sk_item mark = best->head;
        /* A tick that a lane reaches late was given without it; the end is not given without anyone. */
        if (compare_places(&place, &m->at) > 0)
            give_mark(m, &mark);
        drop_mark(m, &mark);
        m->ended = mark.mark == SK_MARK_LAST;
    }
    if (!late)
        m->at = place;
}

uint64_t sk_merge_run(const struct sk_merge_config *cfg) {
    struct merge m = {.cfg = cfg, .lane = sk_mem_new(cfg->n, sizeof *m.lane)};
    for (unsigned i = 0; i < cfg->n; i++)
        m.lane[i].c = cfg->channel[i];
    while (!m.ended) {
        struct lane *best = least_head(&m);
        struct lane *before = blocker(&m, best);
        if (before)
            wait_for(&m, before, best != NULL);
        else
            go_on(&m, best);
    }
    for (unsigned i = 0; i < cfg->n; i++)
        give_room(&m.lane[i]);
    free(m.lane);
    return m.late;
}
