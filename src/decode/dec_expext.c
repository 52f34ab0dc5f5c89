/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Extension headers for experiments (253, 254), RFC 4727 3.4, in the uniform format of RFC 6564.
 *
 *   +-------------+-----------------+------------------------+
 *   | next header | length/8 less 1 | data                   |
 *   +-------------+-----------------+------------------------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) { return sk_dec_ext_uniform(d, SKP_EXPEXT, SK_EXT_OTHER, SK_RANK_ANY); }

const struct sk_decoder sk_dec_expext = {
    .label = "exp",
    /* RFC 4727, RFC 6564 */
    .decode = decode,
    .binds = {{SK_BY_IP6, 253}, {SK_BY_IP6, 254}},
};
