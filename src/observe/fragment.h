/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SK_OBSERVE_FRAGMENT_H
#define SK_OBSERVE_FRAGMENT_H

#include "sekimori/defrag.h"
#include "sekimori/event.h"

/** What an event found in a reassembled datagram says of its fragments. */
void sk_obs_put_fragments(struct sk_event *ev, const struct sk_datagram *d);

#endif
