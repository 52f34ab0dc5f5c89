/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 addresses inside the IPv6 addresses of translators. */
#ifndef SK_OBSERVE_TRANSLATION_H
#define SK_OBSERVE_TRANSLATION_H

#include "sekimori/event.h"
#include "sekimori/policy.h"

struct sk_nat64 {
    struct sk_prefix prefix;
    struct sk_addr ip4;
    const char *origin; /**< "policy", "well-known", "local-use" */
    bool not_global;    /**< the well-known prefix before an address that is not global */
};
/** Is a in a NAT64 prefix, declared or reserved for that? */
bool sk_nat64(const struct sk_policy *p, const struct sk_addr *a, struct sk_nat64 *ret);
/** What both ends of an event show of translators and of tunnels that are not seen. */
void sk_obs_put_translation(const struct sk_policy *p, struct sk_event *ev);

/** Kind and embedded IPv4 address, if a is a 6to4 or Teredo address and the event tells of none yet. */
void sk_obs_put_transition(struct sk_event *ev, const struct sk_addr *a, const char *role);

#endif
