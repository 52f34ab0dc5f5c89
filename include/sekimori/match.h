/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Signatures: Sigma 2.1 rules over events (the subset is described in signatures/README.md). Loaded, checked and
 * compiled once; evaluation allocates nothing.
 */
#ifndef SEKIMORI_MATCH_H
#define SEKIMORI_MATCH_H

#include "sekimori/event.h"
#include "sekimori/hash.h"
#include "sekimori/policy.h"

enum sk_level { SK_LEVEL_INFORMATIONAL = 1, SK_LEVEL_LOW, SK_LEVEL_MEDIUM, SK_LEVEL_HIGH, SK_LEVEL_CRITICAL };
const char *sk_level_name(enum sk_level l);

/** A two-language text. Templates hold {field}, {field|fallback}, {device}, {count}, ... checked at load. Either may be
 * NULL. */
struct sk_text2 {
    const char *en, *ja;
};
struct sk_list {
    const char *const *at;
    size_t n;
};
struct sk_case {
    const char *capture, *policy; /**< relative to the project's root; policy NULL or "none" = without */
    bool fires;
    int64_t opens, count;               /**< -1: not said */
    enum sk_level level, level_at_most; /**< 0: not said */
    unsigned levels;                    /**< bits 1 << level: each had by an alert of this very rule; 0: not said */
    struct sk_list field, value;        /**< expected field values of the first alert, in pairs */
    unsigned line;
};

enum { SK_RULE_GROWS = 4 /**< most fields of `grows`, and most others that messages count */ };

/** All that is known of a signature once loaded; immutable. */
struct sk_rule {
    const char *file;
    unsigned line;
    const char *id, *name, *title, *description, *status, *author; /**< id: the UUID */
    const char *detection;    /**< "V6-011"; rules of a user without one get USR-<9 digits of a hash> */
    enum sk_event_type event; /**< logsource.category; of a correlation: of its first rule */
    enum sk_level level;
    enum sk_level worst; /**< the highest that its `levels` can give, 0: it has none */
    struct sk_list tags, references, falsepositives, clauses, rfcs;
    const enum sk_field_id *fields;
    size_t n_fields;
    const enum sk_field_id *subject, *discriminator, *grows;
    size_t n_subject, n_discriminator, n_grows;
    const enum sk_field_id *told; /**< other fields whose values {distinct.F} or {F.top} of a message tell */
    size_t n_told;
    sk_time window;
    const char *certainty;            /**< "observed", "inferred", "heuristic", or "from-event" */
    enum sk_field_id roll_up_members; /**< SKF_none: no roll-up */
    struct sk_list absorbs;           /**< UUIDs of rules whose matches fold in while an alert of this one is open */
    bool absorbed;                    /**< another rule that can fire names it there */
    struct sk_text2 headline, message;
    struct sk_list advice_en, advice_ja;
    const char *chain;          /**< name of the attack it is a step of, or NULL */
    const char *title_ja;       /**< NULL: what the headline says, where that has no place to be filled */
    const char *meaning_ja;     /**< the description in Japanese, or NULL */
    struct sk_list harmless_ja; /**< falsepositives in Japanese */
    struct sk_list respond;     /**< what answers it: "ra-guard", ...; see signatures/README.md */
    bool responds;              /**< it is said, if only that nothing does */
    struct sk_list needs_any, needs_all, needs_optional;
    const char *fires_elsewhere; /**< test file that makes it fire where no capture can (a live sensor); NULL: none */
    const struct sk_case *tests;
    size_t n_tests;
    bool can_fire; /**< by the present policy */
    bool correlation;
    struct sk_list rules; /**< of a correlation: UUIDs of those it counts */
    const char *counts; /**< of a correlation: what it counts, and from what on it matches, the site's words included */
    bool building_block; /**< referred to by a correlation: does not alert by itself */
    const char *missing; /**< why not: the keys it needs, "" when it can */
};

struct sk_ruleset;
/** Its title, in Japanese where there is one. */
const char *sk_rule_title(const struct sk_rule *r, bool ja);
/**
 * Load every *.yml below the folders (or single files), in name order; a later folder overrides by id. Every error at
 * once.
 * @return SK_OK, or SK_EUSAGE with errors in diags (nothing is returned then)
 */
SK_MUST_USE sk_err sk_ruleset_load(const char *const *paths, size_t n, const struct sk_policy *policy,
                                   struct sk_ruleset **ret, struct sk_diags *diags);
size_t sk_ruleset_size(const struct sk_ruleset *rs);
const struct sk_rule *sk_ruleset_at(const struct sk_ruleset *rs, size_t i); /**< by detection id, then uuid */
/** By UUID, name or detection id (case ignored); NULL: none. */
const struct sk_rule *sk_ruleset_find(const struct sk_ruleset *rs, const char *what);
/** What the calendar says, for `signatures check`: filters past their end (warnings). Traffic is never judged by it. */
void sk_ruleset_review(const struct sk_ruleset *rs, sk_time today, struct sk_diags *diags);
/** What each search and the condition (NULL) of a rule say to an event: for who asks why it does not fire. Of a
 * correlation: nothing. */
void sk_rule_searches(const struct sk_rule *r, const struct sk_event *ev, const struct sk_names *names,
                      void (*said)(void *arg, const char *search, bool holds), void *arg);
/** Event types some rule that can fire listens to: sets entries of wanted[SKE_COUNT] to true. */
void sk_ruleset_wants(const struct sk_ruleset *rs, bool *wanted);
void sk_ruleset_hash(const struct sk_ruleset *rs, uint8_t out[32]);

/** A filter document: what it silences, somebody answers for. Immutable. */
struct sk_filter {
    const char *file;
    unsigned line;
    const char *id, *title, *owner, *approver, *reason, *until_text;
    sk_time until; /**< the last nanosecond of its last day */
};
size_t sk_ruleset_filters(const struct sk_ruleset *rs);
const struct sk_filter *sk_ruleset_filter(const struct sk_ruleset *rs, size_t i); /**< by id */
/** The rules that filter i is for, in the order of sk_ruleset_at(): ret has room for sk_ruleset_size(). */
size_t sk_ruleset_filtered(const struct sk_ruleset *rs, size_t i, const struct sk_rule **ret);

/**
 * A match. level is the rule's after its `levels`; alone: the roll-up's alone_when holds.
 *
 * Of a correlation the event handed on is the one that made the condition true (or came while it was), with the
 * fields correlation.*. Its first match stands for all the events that were counted till then and are in no match yet:
 * `events` says for how many, so that a flood's alert counts every packet; every later match stands for one.
 */
struct sk_match {
    const struct sk_rule *rule;
    enum sk_level level;
    bool alone;
    uint64_t events;                    /**< 0 is 1 */
    sk_time since;                      /**< when the first of these events came; 0: now */
    const struct sk_filter *suppressed; /**< NULL, or the filter that silences it: it is counted and nothing else */
    /* of correlations; else 0 */
    uint64_t counted;  /**< events of this group in the window */
    uint64_t distinct; /**< values of value_count, rules of temporal */
    int64_t sum;       /**< value_sum */
    bool estimated;    /**< what the condition compares is an estimate */
};
typedef void sk_match_found(void *arg, const struct sk_match *m, const struct sk_event *ev);

/** Rules at work on one stream of events: what correlations have counted so far. Not shared between threads. */
struct sk_matcher;
/** rs must outlive it. key: of the tables (sk_hash_key_fixed where results must repeat). NULL: out of memory */
struct sk_matcher *sk_matcher_new(const struct sk_ruleset *rs, const struct sk_names *names,
                                  const struct sk_hash_key *key);
/**
 * Every match of this event: correlations first, then rules that absorb others, then the rest, each by UUID. ev->ts,
 * packet time, is the time of windows and of entries that expire. Copies of a frame (SK_EV_DUPLICATE) count in no
 * correlation.
 */
void sk_matcher_event(struct sk_matcher *m, const struct sk_event *ev, sk_match_found *found, void *arg);
/** The end of a chain of inputs: all that was counted is forgotten; the numbers below go on. */
void sk_matcher_forget(struct sk_matcher *m);
struct sk_matcher_stats {
    uint64_t evicted; /**< groups of correlations that were forgotten because there were too many */
    uint64_t late;    /**< events that came after their window had passed */
};
void sk_matcher_stats(const struct sk_matcher *m, struct sk_matcher_stats *ret);
/** Matches that each filter silenced: sk_ruleset_filters() numbers, those of building blocks included. */
const uint64_t *sk_matcher_silenced(const struct sk_matcher *m);
/** Adds to them all; silenced: as above. */
void sk_matcher_carry(struct sk_matcher *m, const struct sk_matcher_stats *s, const uint64_t *silenced);
void sk_matcher_free(struct sk_matcher *m);

void sk_ruleset_free(struct sk_ruleset *rs);

#endif
