/* SPDX-License-Identifier: Apache-2.0 */
/** What must be there for a program to say yes. */
#ifndef SK_MATCH_PRESENCE_H
#define SK_MATCH_PRESENCE_H

#include "match/pred.h"

/** A field that every event has of which the program says yes, the first that it asks for; no head field. SKF_none:
 * there is none. Time grows with the square of its steps: call it once, when all is loaded. */
enum sk_field_id sk_program_needs(const struct sk_program *prog, const struct sk_pred *pred);

#endif
