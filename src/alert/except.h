/* SPDX-License-Identifier: Apache-2.0 */
/** The policy's register of exceptions, applied; inside this folder only. */
#ifndef SEKIMORI_SRC_ALERT_EXCEPT_H
#define SEKIMORI_SRC_ALERT_EXCEPT_H

#include "alert/fold.h"

/** The entry that holds for this match, or NULL. Nothing of guests is asked about but where they are. */
const struct sk_exception *alert_exception(const struct sk_alert_config *cfg, const struct sk_match *m,
                                           const struct sk_event *ev, const struct sk_segment *guests);
/** The level after `lower` or `raise`: one step. */
enum sk_level alert_exception_level(const struct sk_exception *e, enum sk_level level);

#endif
