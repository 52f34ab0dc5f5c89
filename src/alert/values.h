/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEKIMORI_SRC_ALERT_VALUES_H
#define SEKIMORI_SRC_ALERT_VALUES_H

#include "alert/fold.h"
#include "sekimori/hash.h"

/** For this field. room: hashes that all alerts together may still keep; past it the count is an estimate. */
void alert_values_begin(struct alert_values *v, enum sk_field_id field, uint64_t *room);
/** key: of the run, for values are what an attacker chooses. @return true: a value not seen before (false where only
 * an estimate is kept: nobody is woken for those) */
bool alert_values_add(struct alert_values *v, const struct sk_hash_key *key, const char *text, sk_time ts);
/** How many different values. @param ret_about true: an estimate, within some 2 % */
uint64_t alert_values_count(const struct alert_values *v, bool *ret_about);
/** Indices of text[], most frequent first, ties by their first appearance. @return how many */
unsigned alert_values_order(const struct alert_values *v, unsigned order[ALERT_VALUES]);
void alert_values_free(struct alert_values *v);

#endif
