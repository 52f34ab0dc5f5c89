/* SPDX-License-Identifier: Apache-2.0 */
/* What a match leaves in its alert: the event that is told, its frame, the rate. */
#include "alert/evidence.h"

#include <stdlib.h>
#include <string.h>

struct sk_event *alert_copy_event(const struct sk_event *ev) {
    struct sk_event *copy = malloc(ev->size);
    if (copy)
        memcpy(copy, ev, ev->size);
    return copy;
}

/* The last match is the one an update tells of. */
void alert_keep_last(struct alert *al, const struct sk_event *ev) {
    if (al->last->size < ev->size) {
        struct sk_event *bigger = realloc(al->last, ev->size);
        if (!bigger)
            return;
        al->last = bigger;
    }
    memcpy(al->last, ev, ev->size);
}

void alert_add_frame(struct alert *al, const struct sk_event *ev) {
    if (!(ev->flags & SK_EV_FRAME) || al->guests)
        return;
    struct alert_frame f = {ev->file, ev->number};
    if (al->n_frames < ALERT_FRAMES)
        al->frame[al->n_frames++] = f;
    else
        al->frame[ALERT_FRAMES - 1] = f; /* the first ones stay, the last is the latest */
}

/* The n packets that a correlation counted before it spoke: when each came is not kept, their mean is what is sure. */
void alert_begin_rate(struct alert *al, uint64_t n) {
    uint64_t seconds = (uint64_t)((al->first_seen - al->counted_from) / SK_SEC) + 1;
    al->second = al->first_seen - al->first_seen % SK_SEC;
    al->in_second = seconds == 1 ? n : 1;
    al->peak_rate = (n + seconds - 1) / seconds;
}

void alert_add_rate(struct alert *al, sk_time ts) {
    sk_time second = ts - ts % SK_SEC;
    if (second != al->second) {
        al->second = second;
        al->in_second = 0;
    }
    if (++al->in_second > al->peak_rate)
        al->peak_rate = al->in_second;
}
