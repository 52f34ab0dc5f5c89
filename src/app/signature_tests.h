/* SPDX-License-Identifier: Apache-2.0 */
/** `sekimori signatures test`: the cases that signatures name under `tests:`. */
#ifndef SEKIMORI_APP_SIGNATURE_TESTS_H
#define SEKIMORI_APP_SIGNATURE_TESTS_H

#include "sekimori/match.h"

struct signature_tests {
    const struct sk_ruleset *rules;
    const char *root; /**< captures and policies are below it, or else beside the signature's file */
    const char *const *more;
    size_t n_more;           /**< folders of signatures beside the shipped ones */
    const char *const *only; /**< n_only: rules of these files and folders; n_only 0: all */
    size_t n_only;
    bool why; /**< tell what a failed case saw */
};
/** Runs and prints them. @return number of failures */
size_t signature_tests_run(const struct signature_tests *t);

#endif
