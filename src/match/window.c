/* SPDX-License-Identifier: Apache-2.0 */
/* Moments in order of time. A late one is put in its place; a full list grows, and at its limit its neighbours closer
 * than a fraction of the span become one. */
#include "match/window.h"

#include <stdlib.h>
#include <string.h>

static struct sk_moment *moments(struct sk_window *w) { return w->more ? w->more : w->few; }
static const struct sk_moment *moments_of(const struct sk_window *w) { return w->more ? w->more : w->few; }
static uint32_t room(const struct sk_window *w) { return w->cap ? w->cap : SK_WINDOW_FEW; }

static int64_t add_capped(int64_t a, int64_t b) {
    int64_t ret;
    if (__builtin_add_overflow(a, b, &ret))
        return b > 0 ? INT64_MAX : INT64_MIN;
    return ret;
}
static uint32_t add_count(uint32_t a, uint32_t b) { return a > UINT32_MAX - b ? UINT32_MAX : a + b; }

static void leave(struct sk_window *w, sk_time edge) {
    const struct sk_moment *at = moments(w);
    while (w->n > 0 && at[w->from].last <= edge) {
        w->count -= at[w->from].n;
        w->untold -= at[w->from].untold;
        w->from++;
        w->n--;
    }
    if (w->n == 0) {
        w->from = 0;
        w->count = w->untold = 0; /* those of a moment stay at the end of their range */
    }
}

static bool grow(struct sk_window *w, struct sk_share *share) {
    uint32_t cap = room(w) * 2;
    size_t more = (cap - (w->more ? w->cap : 0)) * sizeof(struct sk_moment);
    if (cap > SK_WINDOW_MOST || more > share->left)
        return false;
    struct sk_moment *at = realloc(w->more, cap * sizeof *at);
    if (!at)
        return false;
    if (!w->more)
        memcpy(at, w->few, sizeof w->few);
    share->left -= more;
    w->more = at;
    w->cap = cap;
    return true;
}

/* Two neighbours of those that stay are further apart than the grain, so at most half of the room and two stay. */
static void merge(struct sk_window *w, sk_time span) {
    struct sk_moment *at = moments(w);
    sk_time grain = span / room(w) * 4;
    uint32_t kept = 0;
    for (uint32_t i = 1; i < w->n; i++) {
        struct sk_moment *to = &at[kept];
        if (at[i].last - to->first > grain) {
            at[++kept] = at[i];
            continue;
        }
        to->last = at[i].last;
        to->sum = add_capped(to->sum, at[i].sum);
        to->n = add_count(to->n, at[i].n);
        to->untold = add_count(to->untold, at[i].untold);
    }
    w->n = kept + 1;
}

static void make_room(struct sk_window *w, struct sk_share *share, sk_time span) {
    struct sk_moment *at = moments(w);
    if (w->from + w->n < room(w))
        return;
    if (w->from > 0) {
        memmove(at, at + w->from, w->n * sizeof *at);
        w->from = 0;
    }
    if (w->n * 4 >= room(w) * 3 && !grow(w, share) && w->n == room(w))
        merge(w, span);
}

void sk_window_add(struct sk_window *w, struct sk_share *share, sk_time ts, sk_time edge, sk_time span, int64_t value) {
    leave(w, edge);
    make_room(w, share, span);
    struct sk_moment *at = moments(w) + w->from;
    uint32_t i = w->n;
    while (i > 0 && at[i - 1].first > ts)
        i--;
    w->count++;
    w->untold++;
    if (i > 0 && at[i - 1].last >= ts) {
        w->latest = w->from + i - 1;
        at[i - 1].n = add_count(at[i - 1].n, 1);
        at[i - 1].untold = add_count(at[i - 1].untold, 1);
        at[i - 1].sum = add_capped(at[i - 1].sum, value);
        return;
    }
    memmove(at + i + 1, at + i, (w->n - i) * sizeof *at);
    at[i] = (struct sk_moment){.first = ts, .last = ts, .sum = value, .n = 1, .untold = 1};
    w->latest = w->from + i;
    w->n++;
}

uint64_t sk_window_count(const struct sk_window *w, sk_time edge, bool *ret_estimated) {
    *ret_estimated = w->n > 0 && moments_of(w)[w->from].first <= edge;
    return w->count;
}

int64_t sk_window_sum(const struct sk_window *w) {
    const struct sk_moment *at = moments_of(w) + w->from;
    int64_t ret = 0;
    for (uint32_t i = 0; i < w->n; i++)
        ret = add_capped(ret, at[i].sum);
    return ret;
}

uint64_t sk_window_tell(struct sk_window *w, sk_time *ret_oldest) {
    struct sk_moment *at = moments(w);
    uint64_t ret = w->untold;
    *ret_oldest = 0;
    if (w->latest >= w->from && w->latest < w->from + w->n && at[w->latest].untold == ret) {
        *ret_oldest = ret > 1 ? at[w->latest].first : ret ? at[w->latest].last : 0; /* several may be one moment */
        at[w->latest].untold = 0; /* as long as every event is told at once */
    } else
        for (uint32_t i = w->from; i < w->from + w->n; i++) {
            if (at[i].untold && !*ret_oldest)
                *ret_oldest = at[i].first;
            at[i].untold = 0;
        }
    w->untold = 0;
    return ret;
}

void sk_window_clear(struct sk_window *w, struct sk_share *share) {
    if (w->more)
        share->left += w->cap * sizeof *w->more;
    free(w->more);
    *w = (struct sk_window){0};
}
