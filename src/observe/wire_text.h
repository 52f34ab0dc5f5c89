/* SPDX-License-Identifier: Apache-2.0 */
/* What DHCPv4, DHCPv6 and neighbour discovery options share: names in wire form, identifiers in hexadecimal. */
#ifndef SK_OBSERVE_WIRE_TEXT_H
#define SK_OBSERVE_WIRE_TEXT_H

#include "sekimori/event.h"

enum { SK_WIRE_NAME = 1025 };

/** One domain name without compression (RFC 1035 3.1), bytes that are not plain as \DDD, no final dot.
 *  @return false: nothing left, the root, or malformed */
bool sk_wire_name(struct sk_cur *c, char *out, size_t cap);
/** A name in wire form that may lack its final zero (partial names of RFC 4704); nothing if malformed. */
void sk_wire_put_name(struct sk_event *ev, enum sk_field_id f, struct sk_cur c);
/** At most 130 bytes (the longest DUID) in hexadecimal; nothing if empty. */
void sk_wire_put_hex(struct sk_event *ev, enum sk_field_id f, struct sk_cur c);
/** MAC inside a DUID-LLT (1) or DUID-LL (3) of hardware type Ethernet (RFC 9915 11.2, 11.4). */
bool sk_wire_duid_mac(struct sk_cur c, struct sk_mac *ret);

#endif
