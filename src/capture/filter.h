/* SPDX-License-Identifier: Apache-2.0 */
/**
 * An expression of pcap-filter(7), as libpcap understands it. Where the fields of a packet lie depends on its link
 * type, so it is compiled once for each link type that occurs.
 */
#ifndef SEKIMORI_CAPTURE_FILTER_H
#define SEKIMORI_CAPTURE_FILTER_H

#include "sekimori/err.h"
#include "sekimori/packet.h"

#include <stdbool.h>

struct sk_filter;

/** @return SK_EUSAGE: no link type understands it, with libpcap's words; SK_ENOMEM */
SK_MUST_USE sk_err sk_filter_new(const char *expression, struct sk_filter **ret, struct sk_error *err);

enum sk_filtered {
    SK_FILTER_PASS,
    SK_FILTER_OUT,
    SK_FILTER_MEANINGLESS, /**< the expression has no meaning for this link type */
};
enum sk_filtered sk_filter_packet(struct sk_filter *f, const struct sk_packet *pkt);
/** After SK_FILTER_MEANINGLESS, true once for each link type: somebody should be told. */
bool sk_filter_is_news(struct sk_filter *f, uint16_t linktype);
/** Why it has no meaning for this link type, in libpcap's words; "" if it has. Valid until the next call. */
const char *sk_filter_why(struct sk_filter *f, uint16_t linktype);
/** NULL does nothing. */
void sk_filter_free(struct sk_filter *f);

#endif
