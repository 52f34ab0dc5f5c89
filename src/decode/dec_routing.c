/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IPv6 routing header of any type, RFC 8200 section 4.4, RFC 5095, RFC 8754.
 *
 *   +-------------+-----------------+------------------------+
 *   | next header | length/8 less 1 | type, segments left, .. |
 *   +-------------+-----------------+------------------------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) { return sk_dec_ext_uniform(d, SKP_ROUTING, SK_EXT_ROUTING, SK_RANK_ROUTING); }

const struct sk_decoder sk_dec_routing = {
    .label = "rh",
    /* RFC 8200 4.4 */
    .decode = decode,
    .binds = {{SK_BY_IP6, 43}},
};
