/* SPDX-License-Identifier: Apache-2.0 */
/** Storms, inside this folder only: when one detection opens too many alerts in one segment. */
#ifndef SEKIMORI_SRC_ALERT_STORM_H
#define SEKIMORI_SRC_ALERT_STORM_H

#include "alert/fold.h"
#include "sekimori/table.h"

/** Token buckets by detection and segment. @return NULL: out of memory */
struct sk_table *alert_storms_new(const struct sk_hash_key *key);
/** May this match open an alert of its own? Takes a token. */
bool alert_storms_may_open(struct sk_table *buckets, const struct sk_rule *r, const struct sk_event *ev);
/**
 * An alert opens. @return until when it is to wait: another of its detection in its segment opened just before, and
 * some rule absorbs these, so that a flood may be on its way; 0: not at all. A lone alert never waits.
 */
sk_time alert_storms_hold(struct sk_table *buckets, const struct sk_rule *r, const struct sk_event *ev);
/** What a storm of this detection in this segment is folded by. */
void alert_storm_key(const struct sk_rule *r, const struct sk_event *ev, uint8_t key[16]);
/** One more match of a storm: whose it would have been. */
void alert_storm_subject(struct alert *al, const struct sk_hash_key *key, const struct sk_names *names,
                         const struct sk_rule *r, const struct sk_event *ev);

#endif
