/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEKIMORI_SRC_ALERT_VALUES_H
#define SEKIMORI_SRC_ALERT_VALUES_H

#include "alert/fold.h"
#include "sekimori/hash.h"

/** For this field; at most limit values are told apart. */
void alert_values_begin(struct alert_values *v, enum sk_field_id field, uint32_t limit);
/** key: of the run, for values are what an attacker chooses. @return true: a value not seen before (up to
 * the limit) */
bool alert_values_add(struct alert_values *v, const struct sk_hash_key *key, const char *text);
void alert_values_free(struct alert_values *v);

#endif
