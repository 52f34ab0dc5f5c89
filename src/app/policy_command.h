/* SPDX-License-Identifier: Apache-2.0 */
/* What the words of `sekimori policy` share. */
#ifndef APP_POLICY_COMMAND_H
#define APP_POLICY_COMMAND_H

#include "app/command.h"

enum { POLICY_SIGNATURES_MAX = 16 };
struct policy_request {
    const char *path;
    const char *signatures[POLICY_SIGNATURES_MAX];
    size_t n_signatures;
    const char *segment; /* show: only this segment; NULL: all */
    const char *address; /* show: what is said of this address; NULL: all */
    bool json;
};
int policy_check(const struct policy_request *rq);
int policy_show(const struct policy_request *rq);
/* Has options and files of its own: argv[0] is the word. */
int policy_suggest(int argc, char **argv);
/* The signatures under this policy, without a word; NULL: they cannot be read. */
struct sk_ruleset *policy_signatures(const struct policy_request *rq, const struct sk_policy *policy);

#endif
