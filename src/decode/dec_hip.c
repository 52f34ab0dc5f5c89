/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Host identity protocol, RFC 7401 section 5.1: an extension header by its form.
 *
 *   +-------------+-----------------+------------------------+
 *   | next header | length/8 less 1 | type, version, ..      |
 *   +-------------+-----------------+------------------------+
 */
#include "decode/decoder.h"

static bool decode(struct sk_dec *d) { return sk_dec_ext_uniform(d, SKP_HIP, SK_EXT_OTHER, SK_RANK_ANY); }

const struct sk_decoder sk_dec_hip = {
    .label = "hip",
    /* RFC 7401 5.1 */
    .decode = decode,
    .binds = {{SK_BY_IP6, 139}},
};
