/* SPDX-License-Identifier: Apache-2.0 */
/** Predicates: one comparison of a field (or of the whole event) with one or more values, compiled. */
#ifndef SK_MATCH_PRED_H
#define SK_MATCH_PRED_H

#include "match/glob.h"
#include "match/program.h"
#include "match/regex.h"
#include "sekimori/event.h"
#include "sekimori/policy.h"
#include "sekimori/yaml.h"

enum sk_cmp { SK_CMP_EQ, SK_CMP_LT, SK_CMP_LTE, SK_CMP_GT, SK_CMP_GTE };
enum sk_want_kind {
    SK_WANT_GLOB,
    SK_WANT_REGEX,
    SK_WANT_INT,
    SK_WANT_REAL,
    SK_WANT_BOOL,
    SK_WANT_PREFIX, /**< an address is a prefix of full length */
    SK_WANT_FIELD,  /**< fieldref */
    SK_WANT_NULL,   /**< the field is absent */
    SK_WANT_ANY,    /**< the field is there */
};
enum sk_wrap { SK_WRAP_NONE, SK_WRAP_CONTAINS, SK_WRAP_STARTS, SK_WRAP_ENDS };

struct sk_want {
    enum sk_want_kind kind;
    sk_time until; /**< 0: no end; an entry of the policy past its date compares with nothing */
    union {
        struct sk_glob glob;
        struct sk_regex regex;
        int64_t i;
        double f;
        bool b;
        struct sk_prefix prefix;
        struct {
            enum sk_field_id id;
            enum sk_wrap wrap;
        } field;
    };
};
struct sk_pred {
    enum sk_field_id field; /**< SKF_none: keyword search over all values */
    uint8_t cmp;            /**< enum sk_cmp, for numbers */
    bool all, negated, cased;
    uint32_t shared; /**< number that it has in common with those that ask the same (shared.h), 0: none */
    const struct sk_want *want;
    size_t n;
};

struct sk_named;
struct sk_shared;
/** What compiling needs of its surroundings. */
struct sk_load {
    const struct sk_policy *policy;
    struct sk_diags *diags;
    struct sk_arena *arena;
    const char *file;
    struct sk_named *named;   /**< what is to be looked up when all is loaded */
    struct sk_shared *shared; /**< predicates so far; NULL: they are not numbered */
    enum sk_event_type event; /**< of the rule whose searches are read; SKE_none: not known yet */
};
/** The event type whose name begins the field's: `icmpv6.ra` of `icmpv6.ra.mtu`; SKE_none: it is of no single type. */
enum sk_event_type sk_field_owner(enum sk_field_id f);
/** A warning where the events of l->event never have the field: it would never match. */
void sk_load_absent(const struct sk_load *l, const struct sk_yaml *at, enum sk_field_id f);
void sk_load_error(const struct sk_load *l, const struct sk_yaml *at, const char *fmt, ...) SK_PRINTF(3, 4);
void sk_load_warning(const struct sk_load *l, const struct sk_yaml *at, const char *fmt, ...) SK_PRINTF(3, 4);

/**
 * Compile `field|modifier|...: value`. key may be empty of a field ("|all"): a keyword search.
 * @param cost ret: relative cost of testing it @return false: the error stands in diags
 */
bool sk_pred_compile(const struct sk_load *l, const struct sk_yaml *key, const struct sk_yaml *value,
                     struct sk_pred *ret, uint32_t *cost);
/** Field by name, with the nearest name in the error. @param matchable false: names of messages are allowed too
 *  @return SKF_none after an error */
enum sk_field_id sk_load_field(const struct sk_load *l, const struct sk_yaml *at, const char *name, size_t len,
                               bool matchable);

/** Detection section compiled: predicates and the identifiers that group them. */
struct sk_detection {
    struct sk_pred *pred;
    uint32_t *cost;
    size_t n, cap, cost_cap;
    struct sk_ident *ident;
    size_t n_ident, ident_cap;
    struct sk_program condition;
};
/** Every identifier and the condition. sk_detection_free() in any case. key: of the map, for messages.
 *  @return false: errors stand in diags */
bool sk_detection_compile(const struct sk_load *l, const struct sk_yaml *detection, const char *key,
                          struct sk_detection *ret);
/** Identifiers alone, for a correlation's levels. sk_detection_free() in any case. */
bool sk_detection_searches(const struct sk_load *l, const struct sk_yaml *map, struct sk_detection *ret);
/** Another expression over the same identifiers (levels, alone_when). */
struct sk_program sk_detection_expression(const struct sk_load *l, struct sk_detection *d, const struct sk_yaml *text);
void sk_detection_free(struct sk_detection *d);

/** The event that is looked at. Its time is that of entries of the policy that end. said: what each shared predicate
 * said last, and of which event: 2 * serial, 1 more for yes. */
struct sk_look {
    const struct sk_event *ev;
    const struct sk_names *names;
    uint64_t *said;  /**< NULL: every predicate is asked */
    uint64_t serial; /**< of the event, from 1 */
};
static inline bool sk_look_next(const struct sk_look *k, enum sk_field_id f, uint32_t *at, char *scratch,
                                struct sk_value *ret) {
    return sk_event_next(k->ev, k->names, f, at, scratch, ret);
}
/** Evaluate. Allocates nothing. */
bool sk_pred_test(const struct sk_pred *p, const struct sk_look *k);
bool sk_program_run(const struct sk_program *prog, const struct sk_pred *pred, const struct sk_look *k);

#endif
