/* SPDX-License-Identifier: Apache-2.0 */
/** A router advertisement as cor_router.c reads it, and its comparison with the policy (router_drift.c). */
#ifndef SEKIMORI_SRC_CORRELATE_ROUTER_H
#define SEKIMORI_SRC_CORRELATE_ROUTER_H

#include "correlate/values.h"

enum { COR_RA_PREFIXES = 32, COR_ALIVE_MAX = 8 };

struct cor_ra_prefix {
    struct sk_prefix prefix;
    uint32_t valid, preferred;
    uint64_t hash; /**< of the address, keyed */
};
struct cor_ra_option {
    bool given, ended; /**< one has a lifetime; one has none */
};
struct cor_ra {
    int64_t lifetime, hop_limit, mtu; /**< mtu 0: not said */
    bool managed, other;
    struct cor_ra_option rdnss, dnssl, route, pref64;
    unsigned n_prefix;
    struct cor_ra_prefix prefix[COR_RA_PREFIXES];
};

/** A default router of a link whose lifetime goes on. */
struct cor_router_alive {
    struct sk_addr addr;
    sk_time until; /**< 0: free */
    bool listed, managed, other;
    uint64_t prefixes; /**< hash of those it advertises, 0 = none */
    int64_t hop_limit, mtu;
};

/** Derives router.drift for each thing in which the advertisement of a listed router differs from its entry of the
 * policy, or from another listed router of the link (RFC 4861 6.2.7); alive: COR_ALIVE_MAX. */
void cor_router_drift(struct cor_room *room, struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct cor_ra *a,
                      const struct sk_router_rules *rules, const struct cor_router_alive *alive);

#endif
