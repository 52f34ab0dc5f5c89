/* SPDX-License-Identifier: Apache-2.0 */
/* Items of all lanes, in order, to the downstream. One thread. */
#ifndef PIPELINE_MERGE_H
#define PIPELINE_MERGE_H

#include "pipeline/channel.h"

struct sk_merge_config {
    struct sk_channel **channel; /* n */
    unsigned n;
    const struct sk_downstream *down;
    bool live;
};
/* Until every lane gave SK_MARK_LAST. @return events given late (live) */
uint64_t sk_merge_run(const struct sk_merge_config *cfg);

#endif
