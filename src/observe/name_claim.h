/* SPDX-License-Identifier: Apache-2.0 */
/** A host says that a name is its own: what mDNS, LLMNR and NetBIOS have in common. */
#ifndef OBSERVE_NAME_CLAIM_H
#define OBSERVE_NAME_CLAIM_H

#include "observe/dns_wire.h"
#include "sekimori/observer.h"

enum { SK_CLAIM_IPS = 16 };

struct sk_claim {
    const char *protocol, *message; /**< of name.claim.protocol and .message */
    const char *name;               /**< escaped, NULL: none */
    const char *model;              /**< of _device-info, NULL: none */
    struct sk_addr ip[SK_CLAIM_IPS];
    unsigned n_ip;
};
enum { SK_NBNS_NAME = 15, SK_NBNS_NAME_TEXT = 4 * SK_NBNS_NAME + 1 };
/** The computer's name in a NetBIOS name as it stands in a message (RFC 1001 14.1), lower case. @return false: none */
bool sk_nbns_name(const struct sk_dns_name *n, char out[SK_NBNS_NAME_TEXT]);
/** Would hosts take it? Otherwise the event says so. */
void sk_claim_tell(struct sk_obs *o, unsigned layer, const struct sk_claim *c);
/** An address record of a name: A or AAAA of the right length, class IN (the top bit is mDNS's). */
bool sk_claim_address(const struct sk_cur *message, uint16_t type, uint16_t class, size_t at, uint16_t len,
                      struct sk_addr *ret);

#endif
