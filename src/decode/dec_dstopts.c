/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IPv6 destination options, RFC 8200 section 4.6. Options are read by observers.
 *
 *   +-------------+-----------------+------------------------+
 *   | next header | length/8 less 1 | options ..             |
 *   +-------------+-----------------+------------------------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) { return sk_dec_ext_uniform(d, SKP_DSTOPTS, SK_EXT_DSTOPTS, SK_RANK_DSTOPTS); }

const struct sk_decoder sk_dec_dstopts = {
    .label = "dst",
    /* RFC 8200 4.6 */
    .decode = decode,
    .binds = {{SK_BY_IP6, 60}},
};
