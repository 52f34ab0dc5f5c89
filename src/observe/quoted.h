/* SPDX-License-Identifier: Apache-2.0 */
/* The packet that an ICMP error quotes, as values of the error's event. */
#ifndef SK_OBSERVE_QUOTED_H
#define SK_OBSERVE_QUOTED_H

#include "sekimori/observer.h"

/** icmp.quoted.*: the outermost quoted IP header after `layer`, its ports, and the first tunnel in it. */
void sk_quoted_put(const struct sk_obs *o, struct sk_event *ev, unsigned layer);
/** The same from bytes that begin with an IPv6 header (redirected header option): addresses and protocol. */
void sk_quoted_ipv6(struct sk_event *ev, struct sk_cur c);

#endif
