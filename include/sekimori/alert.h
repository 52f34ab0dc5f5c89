/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Matches folded into alerts with a life: open, update, close. A flood is one alert with an exact count. Folding is by
 * detection id, subject and discriminator. Runs in the correlator's thread.
 */
#ifndef SEKIMORI_ALERT_H
#define SEKIMORI_ALERT_H

#include "sekimori/correlate.h"
#include "sekimori/match.h"

enum sk_action { SK_ACTION_OPEN, SK_ACTION_UPDATE, SK_ACTION_CLOSE };
const char *sk_action_name(enum sk_action a);

/** One line as sinks and the table get it; borrowed for the call. */
struct sk_alert_line {
    const char *json; /**< no newline */
    size_t len;
    enum sk_action action;
    enum sk_level level;
    const struct sk_rule *rule;
    char alert_id[37];
    uint64_t count;
    sk_time ts;
    const char *device, *device_ja; /**< best name: name, MAC, address, or "38 devices" */
    const char *mac, *ip;           /**< of the device, "" where unknown or private */
    const char *segment;
    const char *headline_en, *headline_ja; /**< rendered, <= 36 columns */
    const char *message_en, *message_ja;
};

struct sk_alert_config {
    const struct sk_policy *policy;
    const struct sk_names *names;
    struct sk_correlation *correlation; /**< for devices; may be NULL in tests */
    const char *observer;               /**< sensor name; offline "pcap" */
    const char *run;                    /**< sekimori.run */
    bool offline;                       /**< no event.created */
    uint32_t max_open; /**< 0 = 65536; past it the longest idle is closed, reason superseded, counted */
    void (*line)(void *arg, const struct sk_alert_line *line);
    void *arg;
};
struct sk_alerts;
struct sk_alerts *sk_alerts_new(const struct sk_alert_config *cfg);
void sk_alerts_match(struct sk_alerts *a, const struct sk_match *m, const struct sk_event *ev);
/** Windows that are over close; due updates are written. */
void sk_alerts_tick(struct sk_alerts *a, sk_time now);
/** Close all: "end-of-input" or "shutdown". */
void sk_alerts_close(struct sk_alerts *a, sk_time now, const char *reason);
/** Nothing is lost: matches = counted + copies + absorbed + muted + filtered. Only uint64_t in here. */
struct sk_alert_stats {
    uint64_t matches, lines, opened, closed, open, evicted;
    uint64_t by_level[6]; /**< alerts by their highest level */
    uint64_t counted;     /**< matches in some alert's count */
    uint64_t copies;      /**< of frames that a mirror port had shown before */
    uint64_t absorbed;    /**< swallowed by an alert whose rule names theirs */
    uint64_t muted;       /**< silenced by the policy's exceptions */
    uint64_t filtered;    /**< silenced by filter documents of signatures */
    uint64_t storms;      /**< alerts that stand for the many that would have been opened */
    uint64_t forgotten;   /**< who took part in a chain, or a chain, for which there was no room */
};
void sk_alerts_stats(const struct sk_alerts *a, struct sk_alert_stats *ret);
/** The line that ends a run in which something was silenced: with it a log tells by itself where each match is. After
 * sk_alerts_close(). @return NULL: nothing was; else malloc'ed, no newline */
char *sk_alerts_summary(struct sk_alerts *a, sk_time last);
/** Matches that each entry of the policy's exceptions silenced, lowered or raised, by its index; may be written to
 * before the first match, by a run that is resumed. */
uint64_t *sk_alerts_excepted(struct sk_alerts *a, size_t *ret_n);
/** What goes on through all chains of a run, beside open alerts: a run that is resumed takes it over from the one
 * before, at a place where no alert is open. */
struct sk_alerts_state {
    uint64_t sequence; /**< of the last line */
    char previous[65]; /**< its SHA-256, hex */
    struct sk_alert_stats stats;
};
void sk_alerts_save(const struct sk_alerts *a, struct sk_alerts_state *ret);
/** Before the first match. */
void sk_alerts_restore(struct sk_alerts *a, const struct sk_alerts_state *s);
void sk_alerts_free(struct sk_alerts *a);

/** Guests have a right to privacy: the `private` segment whose device this event is about (seen there, or an end of it
 * is an address of one), NULL: none. Of such events only counts are told. */
const struct sk_segment *sk_private_segment(const struct sk_policy *p, const struct sk_event *ev);

/** The i-th clause of a rule as people are told it: without what we put behind it (`-1`, `-T`), each once.
 * @return false: there are no more */
enum { SK_CLAUSE_BYTES = 160 };
bool sk_rule_clause(const struct sk_rule *r, unsigned i, char out[SK_CLAUSE_BYTES]);
/** The strict (our tests) or open (consumers) JSON Schema 2020-12 of an alert line, generated from the field table;
 * malloc'ed. */
char *sk_alert_schema(bool strict);
/** An OpenSearch index template with a mapping of every field of an alert line, from the same table; malloc'ed. */
char *sk_alert_opensearch(void);
/**
 * The check of a log's hash chain: files and their lines in order, then what vouches for the ends, then judgement.
 * Names every line that was changed, removed, moved or cut off.
 */
struct sk_verify;
struct sk_verify_result {
    uint64_t lines, runs;
    char last_line[33]; /**< first half of the last line's SHA-256, hex */
    bool vouched;       /**< somebody said what the last line is */
    bool full;          /**< there were more lines than are looked at */
};
/** partial: the first chain may begin anywhere. NULL: out of memory. */
struct sk_verify *sk_verify_new(bool partial);
void sk_verify_file(struct sk_verify *v, const char *name);
/** Without its newline; ended: it had one. */
void sk_verify_line(struct sk_verify *v, const char *text, size_t n, bool ended);
/** How a run's chain ends, as its manifest or a note says: number (0: not known) and SHA-256 (or its first half) of its
 * last line, as hex. run NULL: the latest chain's; a run that is not in the log is a finding. */
void sk_verify_end_of(struct sk_verify *v, const char *run, uint64_t sequence, const char *hash);
/** Somebody vouches that the run of the latest file wrote no line. */
void sk_verify_nothing(struct sk_verify *v);
/** Once. @return how many findings */
size_t sk_verify_judge(struct sk_verify *v, struct sk_verify_result *ret);
/** In the order of files and lines; the first thousand. */
void sk_verify_each(const struct sk_verify *v,
                    void (*found)(void *arg, const char *file, uint32_t line, const char *what), void *arg);
void sk_verify_free(struct sk_verify *v);

struct sk_note;
/** What `sekimori explain` is made from. Any member but lang may be NULL. */
struct sk_explain_request {
    const struct sk_policy *policy;
    const sk_json *alert;     /**< one line; NULL: the detection alone */
    const char *lang;         /**< "en", "ja" */
    const char *policy_words; /**< text of the line of the policy that decided */
    const char *lists;        /**< folder of signatures/lists, for the clauses */
    const struct sk_note *note;
};
/** What a rule means, why it fired here, who, what to do, clauses, RFCs: text for a terminal, malloc'ed. Times are
 * UTC and, where it differs, local time (TZ). */
char *sk_explain(const struct sk_rule *rule, const struct sk_explain_request *rq);

#endif
