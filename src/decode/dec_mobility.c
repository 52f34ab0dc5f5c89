/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IPv6 mobility header, RFC 6275 section 6.1. Its next header is 59 today; anything else is followed all the same.
 *
 *   +-------------+-----------------+------------------------+
 *   | next header | length/8 less 1 | type, checksum, data   |
 *   +-------------+-----------------+------------------------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) { return sk_dec_ext_uniform(d, SKP_MOBILITY, SK_EXT_MOBILITY, SK_RANK_ANY); }

const struct sk_decoder sk_dec_mobility = {
    .label = "mh",
    /* RFC 6275 6.1 */
    .decode = decode,
    .binds = {{SK_BY_IP6, 135}},
};
