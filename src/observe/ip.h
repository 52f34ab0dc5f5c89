/* SPDX-License-Identifier: Apache-2.0 */
/* What may be said of an IP header although the capture ends early. */
#ifndef SK_OBSERVE_IP_H
#define SK_OBSERVE_IP_H

#include "sekimori/layers.h"

/** Protocol number of the upper layer, 0 = none, or hidden behind an extension header that is not all there. */
static inline uint8_t sk_ip_transport(const struct sk_layers *l, const struct sk_ip *ip) {
    bool cut = ip->upper_layer >= l->n && ip->upper_len < ip->wire_upper_len;
    switch (ip->proto) {
    case 0:
    case 43:
    case 44:
    case 51:
    case 60:
    case 135:
    case 139:
    case 140:
    case 253:
    case 254:
        return cut ? 0 : ip->proto;
    case 59:
        return 0;
    default:
        return ip->proto;
    }
}

#endif
