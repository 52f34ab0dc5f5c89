/* SPDX-License-Identifier: Apache-2.0 */
/* Events that must be sorted before they go on: what a lane makes at a tick. Not used on the packet path. */
#ifndef PIPELINE_HOLD_H
#define PIPELINE_HOLD_H

#include "sekimori/event.h"

struct sk_hold {
    uint8_t *bytes;
    size_t used, cap;
    uint32_t *at; /* of each event in bytes, in units of 8 bytes */
    size_t n, at_cap;
};
/* Copies ev. */
void sk_hold_add(struct sk_hold *h, const struct sk_event *ev);
/* Gives every event in total order and is empty then. */
void sk_hold_drain(struct sk_hold *h, void (*put)(void *arg, const struct sk_event *ev), void *arg);
void sk_hold_free(struct sk_hold *h);

#endif
