/* SPDX-License-Identifier: Apache-2.0 */
/** What the two kinds of source share. */
#ifndef SEKIMORI_CAPTURE_SOURCE_IMPL_H
#define SEKIMORI_CAPTURE_SOURCE_IMPL_H

#include "capture/files.h"
#include "capture/filter.h"
#include "capture/reader.h"

struct sk_source_ops {
    enum sk_next (*next)(struct sk_source *s, struct sk_packet *at, size_t max, size_t *ret_n);
    void (*stats)(struct sk_source *s, struct sk_source_stats *ret); /**< what the common part does not know */
    void (*stop)(struct sk_source *s);                               /**< NULL: the flag is enough */
    bool (*held)(const struct sk_source *s); /**< stopped, but bytes of a pipe are here; NULL: never */
    void (*close)(struct sk_source *s);
};

/** The common part, first member of each kind. */
struct sk_source {
    const struct sk_source_ops *ops;
    struct sk_blocks pool;
    atomic_bool stop;
    struct sk_list list;
    sk_damage_fn on_damage;
    void *arg;
    struct sk_source_stats stats;
    struct sk_filter *filter; /**< NULL: everything is handed out */
};

/** Does the filter leave it out? Counts it, and tells once of each link type the filter has no meaning for. */
bool sk_source_left_out(struct sk_source *s, struct sk_input *input, const struct sk_packet *pkt);

#endif
