/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEKIMORI_SRC_ALERT_OUTSIDE_H
#define SEKIMORI_SRC_ALERT_OUTSIDE_H

#include "sekimori/event.h"
#include "sekimori/policy.h"

/** Did something cross the boundary? YES: data went through, one way or both; NO: it was tried and did not; UNKNOWN:
 * the event does not tell, or both ends are on one side. */
enum sk_tri alert_reached_outside(const struct sk_event *ev);

#endif
