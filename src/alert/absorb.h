/* SPDX-License-Identifier: Apache-2.0 */
/** What swallows what (`absorbs`), inside this folder only. */
#ifndef SEKIMORI_SRC_ALERT_ABSORB_H
#define SEKIMORI_SRC_ALERT_ABSORB_H

#include "alert/fold.h"
#include "sekimori/table.h"

/** Open alerts that absorb, by segment. @return NULL: out of memory */
struct sk_table *alert_absorbers_new(const struct sk_hash_key *key);
/** An alert opened; nothing where its rule absorbs nothing. */
void alert_absorbers_add(struct sk_table *t, struct alert *al, const struct sk_names *names);
/** An alert closes. */
void alert_absorbers_remove(struct sk_table *t, struct alert *al);
/** The open alert that this match belongs to, or NULL. */
struct alert *alert_absorber(const struct sk_table *t, const struct sk_match *m, const struct sk_event *ev,
                             const struct sk_names *names, const struct sk_segment *guests);
/** Does an alert of rule r with this last event belong to `al`? */
bool alert_absorbs(struct alert *al, const struct sk_rule *r, const struct sk_event *ev, const struct sk_names *names,
                   const struct sk_segment *guests);
/** Count a match, which stands for so many events, into it. @return false: a mirror's copy of one that is counted */
bool alert_absorb(struct alert *al, const struct sk_match *m, const struct sk_event *ev, uint64_t events);
/** An alert that nobody was told of is counted into it with all that it holds. */
void alert_absorb_whole(struct alert *al, const struct alert *untold);

#endif
