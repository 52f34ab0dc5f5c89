/* SPDX-License-Identifier: Apache-2.0 */
/** What a match leaves in its alert, inside this folder only. */
#ifndef SEKIMORI_SRC_ALERT_EVIDENCE_H
#define SEKIMORI_SRC_ALERT_EVIDENCE_H

#include "alert/fold.h"

/** malloc'ed; NULL: out of memory */
struct sk_event *alert_copy_event(const struct sk_event *ev);
/** It becomes the match that is told. */
void alert_keep_last(struct alert *al, const struct sk_event *ev);
/** Its frame is evidence: the first ones stay, the last is the latest. */
void alert_add_frame(struct alert *al, const struct sk_event *ev);
/** A correlation counted n of them before it spoke, from counted_from to first_seen: their mean is the first rate. */
void alert_begin_rate(struct alert *al, uint64_t n);
/** It counts for the rate of its second. */
void alert_add_rate(struct alert *al, sk_time ts);

#endif
