/* SPDX-License-Identifier: Apache-2.0 */
/** Loading from memory, for tests and fuzzing. */
#ifndef SK_MATCH_RULESET_H
#define SK_MATCH_RULESET_H

#include "sekimori/err.h"
#include "sekimori/match.h"

/** As sk_ruleset_load(), from the bytes of one file called `file`. policy NULL: none. */
SK_MUST_USE sk_err sk_ruleset_parse(const char *file, const char *bytes, size_t n, const struct sk_policy *policy,
                                    struct sk_ruleset **ret, struct sk_diags *diags);

#endif
