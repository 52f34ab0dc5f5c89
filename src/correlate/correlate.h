/* SPDX-License-Identifier: Apache-2.0 */
/** What correlators may ask of each other, inside this folder only. */
#ifndef SEKIMORI_SRC_CORRELATE_H
#define SEKIMORI_SRC_CORRELATE_H

#include "sekimori/correlate.h"
#include "sekimori/table.h"

/** The whole that a context belongs to. */
struct sk_correlation *sk_correlation_of(struct sk_cor_ctx *ctx);
/** The policy it judges by. */
const struct sk_policy *sk_correlation_policy(const struct sk_correlation *c);
/** The key of its tables. */
const struct sk_hash_key *sk_correlation_key(const struct sk_correlation *c);
/** Who made this card; NULL: unknown, or nobody asked for it. */
const char *sk_correlation_vendor(const struct sk_correlation *c, const struct sk_mac *mac);
/** Guests: the event was seen on a `private` segment, or its source is an address of one. */
bool sk_cor_private(const struct sk_policy *p, const struct sk_event *ev);
/** Hosts discard what it is made from (sekimori.effect ignored-by-rfc): it changes nothing that is believed. */
bool sk_cor_discarded(const struct sk_event *ev);
/** sk_table_put(); what had to give way for it is counted. */
void *sk_cor_put(struct sk_cor_ctx *ctx, struct sk_table *t, const void *key, bool *ret_new);
/** State of another correlator; NULL: it is not in this whole. */
void *sk_correlator_state(struct sk_correlation *c, const struct sk_correlator *which);
/** Did this MAC ever (in a day) own the address on the link of the event? */
bool sk_neighbour_had(struct sk_correlation *c, const struct sk_event *ev, const struct sk_addr *addr,
                      const struct sk_mac *mac);
/** Did `from` open a flow to `to` in the last ten minutes? */
bool sk_flow_opened(struct sk_correlation *c, const struct sk_addr *from, const struct sk_addr *to, sk_time now);
/** Has neighbour discovery shown (in a day) that the address is on the link of the event? */
bool sk_neighbour_at_home(struct sk_correlation *c, const struct sk_event *ev, const struct sk_addr *addr);

#endif
