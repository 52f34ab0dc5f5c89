/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Shim6, RFC 5533 section 5: in front of the upper layer of a multihomed host.
 *
 *   +-------------+-----------------+------------------------+
 *   | next header | length/8 less 1 | P, context tag ..      |
 *   +-------------+-----------------+------------------------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) { return sk_dec_ext_uniform(d, SKP_SHIM6, SK_EXT_OTHER, SK_RANK_ANY); }

const struct sk_decoder sk_dec_shim6 = {
    .label = "shim6",
    /* RFC 5533 5 */
    .decode = decode,
    .binds = {{SK_BY_IP6, 140}},
};
