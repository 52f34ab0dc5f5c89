/* SPDX-License-Identifier: Apache-2.0 */
/** An alert in the making, inside this folder only: what folding keeps and rendering reads. */
#ifndef SEKIMORI_SRC_ALERT_FOLD_H
#define SEKIMORI_SRC_ALERT_FOLD_H

#include "sekimori/alert.h"

enum {
    ALERT_FRAMES = 8,         /**< frames kept as evidence: the first three, the last, and some between */
    ALERT_VALUES = 32,        /**< distinct values shown of a field that grows, and of members */
    ALERT_GROWS = 4,          /**< fields that grow */
    ALERT_DISTINCT = 4096,    /**< distinct values told apart of one field; past it the count says "at least" */
    ALERT_DISTINCT_FEW = 256, /**< the same where very many alerts are open: memory stays bounded */
    ALERT_VALUE_BYTES = 256,  /**< of a value's text that are kept */
};

/** Distinct values of one field. */
struct alert_values {
    enum sk_field_id field;
    char *text[ALERT_VALUES]; /**< the first ones, owned */
    unsigned n_text;
    uint32_t limit; /**< ALERT_DISTINCT or ALERT_DISTINCT_FEW */
    uint64_t n;     /**< distinct, exact up to limit */
    uint64_t *seen; /**< open-addressing set of hashes, owned, grown by doubling */
    uint32_t seen_cap;
    uint64_t *hits; /**< ALERT_VALUES counts of text[], owned: {field.top} */
};
struct alert_frame {
    uint32_t file;
    uint64_t number;
};

struct alert {
    const struct sk_rule *rule;
    char id[37];
    enum sk_level level;
    const struct sk_segment
        *guests; /**< the `private` segment it is about: no identities are kept or told; NULL: none */
    uint64_t revision, count;
    uint64_t copies; /**< matches of frames that a mirror showed before: in no count */
    sk_time first_seen, last_seen;
    struct sk_event *last; /**< copy, owned: the match that is told, the latest of the worst ones */
    struct alert_frame frame[ALERT_FRAMES];
    unsigned n_frames;
    struct alert_values grows[ALERT_GROWS];
    unsigned n_grows;
    struct alert_values members; /**< field SKF_none: no roll-up */
    /* rate */
    sk_time second; /**< the second now counted */
    uint64_t in_second, peak_rate;
    /* writing */
    bool dirty; /**< something happened since the last line */
    sk_time next_update;
    unsigned update_step, bursts;
    sk_time burst_minute;
};

struct sk_alerts;

/** One line of this alert. close_reason only for closes. Fills and hands out the line; sequence and chain are kept in
 * a. */
void alert_render(struct sk_alerts *a, struct alert *al, enum sk_action action, sk_time ts, const char *close_reason);

/** State of rendering, kept by fold.c in struct sk_alerts. */
struct alert_writer {
    struct sk_alert_config cfg;
    uint64_t sequence;
    char previous[65]; /**< SHA-256 of the previous line, hex */
    sk_time now;       /**< latest time told: a line that has no packet of its own bears it */
};
struct alert_writer *alert_writer_of(struct sk_alerts *a);

/** UUIDv8 (RFC 9562 5.8): 48 bits of Unix milliseconds, then a hash of bytes. out: 37 bytes. */
void alert_uuid(sk_time t, const void *bytes, size_t n, char out[37]);

#endif
