/* SPDX-License-Identifier: Apache-2.0 */
/** A rule with its code, and what the files that read rules share. */
#ifndef SK_MATCH_RULE_H
#define SK_MATCH_RULE_H

#include "match/pred.h"
#include "sekimori/match.h"

struct sk_rule_code;
struct sk_corr;
struct sk_filter_code;

/** A name of something elsewhere, resolved when all is loaded. */
struct sk_ref {
    const char *name, *file;
    unsigned line, col;
};
struct sk_refs {
    const struct sk_ref *at;
    size_t n;
};
/** Everything that names rules, right or wrong elsewhere, so that all errors come at once. */
struct sk_named {
    struct sk_named_ref {
        struct sk_ref ref;
        const char *key; /**< what names it */
    } * at;
    size_t n, cap;
    const char **broken; /**< names and ids of documents with errors: that they are no rules needs no more words */
    size_t n_broken, broken_cap;
};
void sk_named_add(const struct sk_load *l, const struct sk_ref *ref, const char *key);
/** An error for each that is no rule, with the nearest name. */
void sk_named_check(const struct sk_load *l, struct sk_rule_code *const *rules, size_t n);

/** A correlation that counts a rule, and the rule's place in its `rules`. */
struct sk_rule_user {
    struct sk_rule_code *by;
    unsigned place;
};

struct sk_rule_level {
    struct sk_program when;
    enum sk_level level;
};
struct sk_rule_search {
    const char *name;
    struct sk_program holds;
};
struct sk_rule_code {
    struct sk_rule rule;
    const struct sk_pred *pred;
    struct sk_program condition;
    const struct sk_rule_level *level; /* the first that holds */
    size_t n_level;
    struct sk_program alone;             /* n 0: no alone_when */
    const struct sk_rule_search *search; /* each alone, for explanations */
    size_t n_search;
    unsigned path; /* which of the paths given it came from: a later one overrides */
    unsigned id_col, id_line;
    struct sk_refs absorbs;
    struct sk_corr *corr;            /**< NULL: it matches single events */
    const struct sk_rule_user *user; /**< once linked */
    size_t n_user;
    const struct sk_filter_code *const *filter; /**< once linked */
    size_t n_filter;
    bool subject; /**< the rule names one itself */
};

/** By id, name, or (last) detection id, case ignored; NULL: none. */
struct sk_rule_code *sk_rule_named(struct sk_rule_code *const *rules, size_t n, const char *what);
/** One document. @return NULL: errors stand in diags */
struct sk_rule_code *sk_rule_read(const struct sk_load *l, const struct sk_yaml *doc);
/** The custom key `sekimori:`; v may be NULL. @return false: errors stand in diags */
bool sk_rule_custom(const struct sk_load *l, const struct sk_yaml *v, struct sk_detection *d, struct sk_rule_code *c);
/** Of it, what only `sekimori explain` needs. */
bool sk_rule_explained(const struct sk_load *l, const struct sk_yaml *v, struct sk_rule *r);
bool sk_rule_cases(const struct sk_load *l, const struct sk_yaml *tests, struct sk_rule *r);
/** Names in {braces} of a message template exist. r gets the fields whose different values it tells. */
bool sk_template_check(const struct sk_load *l, const struct sk_yaml *text, struct sk_rule *r);

/* Typed reading. Each says what is wrong and returns false; an absent key (v NULL) is right and leaves *ret alone. */
bool sk_read_text(const struct sk_load *l, const struct sk_yaml *v, const char *key, const char **ret);
/** Texts or numbers, or one of them alone. */
bool sk_read_list(const struct sk_load *l, const struct sk_yaml *v, const char *key, struct sk_list *ret);
/** Names of rules, to be looked up when all is loaded (sk_named_check()). */
bool sk_read_refs(const struct sk_load *l, const struct sk_yaml *v, const char *key, struct sk_refs *ret);
bool sk_read_fields(const struct sk_load *l, const struct sk_yaml *v, const char *key, const enum sk_field_id **ret,
                    size_t *n);
bool sk_read_level(const struct sk_load *l, const struct sk_yaml *v, enum sk_level *ret);
/** 30s 5m 2h 1d */
bool sk_read_span(const struct sk_load *l, const struct sk_yaml *v, const char *key, sk_time *ret);
/** Every key of map is one of words (NULL-terminated). where: "`sekimori`", for the message. */
bool sk_read_keys(const struct sk_load *l, const struct sk_yaml *map, const char *where, const char *const *words);
bool sk_read_uuid(const struct sk_load *l, const struct sk_yaml *v, const char **ret); /**< in lower case */
bool sk_read_date(const struct sk_load *l, const struct sk_yaml *v, const char *key);  /**< YYYY-MM-DD */
bool sk_read_logsource(const struct sk_load *l, const struct sk_yaml *v, enum sk_event_type *ret);
/** v is one of words. */
bool sk_read_word(const struct sk_load *l, const struct sk_yaml *v, const char *key, const char *const *words,
                  const char **ret);

#endif
