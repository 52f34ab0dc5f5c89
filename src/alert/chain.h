/* SPDX-License-Identifier: Apache-2.0 */
/** Alerts that are steps of one attack (`chain` of their signatures), inside this folder only. */
#ifndef SEKIMORI_SRC_ALERT_CHAIN_H
#define SEKIMORI_SRC_ALERT_CHAIN_H

#include "alert/fold.h"
#include "sekimori/hash.h"

enum { CHAIN_STEPS = 8 };
struct chain_step {
    const char *detection;
    char alert[37]; /**< the first of this detection */
    sk_time first;
};
struct chain_view {
    const char *id, *name;
    const struct chain_step *step;
    unsigned n_step;
};

struct alert_chains;
struct alert_chains *alert_chains_new(const struct sk_hash_key *key); /**< NULL: out of memory */
/** A match of this alert: who takes part in it. Nothing where its rule is of no chain. */
void alert_chain_add(struct alert_chains *c, struct alert *al, const struct sk_event *ev);
/** The chain it is a step of, once that has steps of two detections. */
bool alert_chain_get(const struct alert_chains *c, const struct alert *al, struct chain_view *ret);
/** What was known of whom is forgotten: the next group of inputs has nothing to do with it. */
void alert_chains_forget(struct alert_chains *c);
/** Chains and parties for which there was no room. */
uint64_t alert_chains_evicted(const struct alert_chains *c);
void alert_chains_free(struct alert_chains *c);

#endif
