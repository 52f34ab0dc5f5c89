/* SPDX-License-Identifier: Apache-2.0 */
/** An alert in the making, inside this folder only: what folding keeps and rendering reads. */
#ifndef SEKIMORI_SRC_ALERT_FOLD_H
#define SEKIMORI_SRC_ALERT_FOLD_H

#include "sekimori/alert.h"

enum {
    ALERT_FRAMES = 8,                /**< frames kept as evidence: the first three, the last, and some between */
    ALERT_VALUES = 32,               /**< distinct values shown of a field that grows, and of members */
    ALERT_GROWS = 2 * SK_RULE_GROWS, /**< fields that grow, and others whose values messages tell */
    ALERT_DISTINCT = 65536,   /**< distinct values of one field that are counted exactly; past it they are estimated */
    ALERT_DISTINCT_FEW = 256, /**< the same where the room of all alerts together is used up */
    ALERT_DISTINCT_ROOM = 1 << 22, /**< hashes that all alerts together may keep beyond the few: 32 MiB */
    ALERT_VALUE_BYTES = 256,       /**< of a value's text that are kept */
};

/** Distinct values of one field (or, of a storm, its subjects). */
struct alert_values {
    enum sk_field_id field;
    bool busiest;             /**< the kept ones are the most frequent (Space-Saving); otherwise the first ones */
    char *text[ALERT_VALUES]; /**< owned */
    unsigned n_text;
    uint64_t n;            /**< distinct, exact while there is no sketch */
    uint64_t *seen;        /**< open-addressing set of hashes, owned, grown by doubling */
    uint32_t seen_cap;     /**< 0: none */
    uint8_t *sketch;       /**< HyperLogLog registers once the set may not grow, owned */
    uint64_t *room;        /**< hashes that all alerts together may still keep; may be NULL in tests */
    uint64_t *hits;        /**< ALERT_VALUES counts of text[], owned */
    sk_time *first, *last; /**< of each text[], in the same block */
};
struct alert_frame {
    uint32_t file;
    uint64_t number;
};

/** Matches of another rule that an open alert swallowed. */
struct alert_absorbed {
    const char *detection;
    uint64_t n;
    sk_time last;
};

/** Whether it absorbs a rule, once asked: a flood asks about the same few. */
enum { ALERT_ASKED = 64 };
struct alert_asked {
    const struct sk_rule *by, *rule; /**< by: its own rule then */
    bool absorbs;
};

enum { ALERT_TALLIES = 4 };
struct alert {
    const struct sk_rule *rule;
    char id[37];
    enum sk_level level;
    const struct sk_segment
        *guests; /**< the `private` segment it is about: no identities are kept or told; NULL: none */
    uint64_t revision, count;
    uint64_t copies;                      /**< matches of frames that a mirror showed before: in no count */
    uint64_t muted;                       /**< matches that an exception silenced while it was open: in no count */
    const struct sk_exception *exception; /**< what lowered or raised its level, or NULL */
    sk_time first_seen, last_seen;
    sk_time counted_from; /**< when the first packet of count came: of a correlation before first_seen */
    sk_time held;         /**< until then it waits for an alert that swallows it, and nothing is told; 0: it was told */
    struct sk_event *last; /**< copy, owned: the match that is told, the latest of the worst ones */
    struct alert_frame frame[ALERT_FRAMES];
    unsigned n_frames;
    struct alert_values grows[ALERT_GROWS];
    unsigned n_grows, n_growing;  /**< n_growing: the first ones, whose new values are an update */
    struct alert_values members;  /**< field SKF_none: no roll-up */
    bool storm;                   /**< stands for the many that would have been opened */
    struct alert_values subjects; /**< of a storm */
    uint64_t chain;               /**< number of the chain it is a step of; 0: none */
    unsigned parties;             /**< of that chain, that it brought along */
    /* what it swallows while it is open */
    struct alert_absorbed *absorbed; /**< owned */
    unsigned n_absorbed;
    struct alert_asked *asked; /**< owned */
    bool absorber;
    uint16_t segment;
    uint64_t subject;            /**< hash of its subject's values */
    struct alert *newer, *older; /**< absorbers of one segment */
    const char *absorbed_by;     /**< id of the alert that swallowed this one, while it is being closed */
    /* correlations of one detection count the same events: the largest of their sums is what they add to the count */
    struct alert_tally {
        const struct sk_rule *rule;
        uint16_t type; /**< of the events */
        uint64_t n;
    } tally[ALERT_TALLIES];
    unsigned n_tally;
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

struct chain_view;
/** The chain of attack this alert is a step of. */
bool alert_chain_of(struct sk_alerts *a, const struct alert *al, struct chain_view *ret);

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
