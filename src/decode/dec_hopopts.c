/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IPv6 hop-by-hop options, RFC 8200 section 4.3. Options are read by observers.
 *
 *   +-------------+-----------------+------------------------+
 *   | next header | length/8 less 1 | options ..             |
 *   +-------------+-----------------+------------------------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) { return sk_dec_ext_uniform(d, SKP_HOPOPTS, SK_EXT_HOPOPTS, SK_RANK_HOPOPTS); }

const struct sk_decoder sk_dec_hopopts = {
    .label = "hbh",
    /* RFC 8200 4.3 */
    .decode = decode,
    .binds = {{SK_BY_IP6, 0}},
};
