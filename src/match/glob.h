/* SPDX-License-Identifier: Apache-2.0 */
/* Sigma's text patterns: `*` any run, `?` one character, `\` escapes `* ? \` and is itself before anything else. */
#ifndef SK_MATCH_GLOB_H
#define SK_MATCH_GLOB_H

#include "match/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum { SK_GLOB_MAX = 4096 }; /**< elements of one pattern */

/** A compiled pattern: bytes, or one of the two wildcards. */
struct sk_glob {
    const uint16_t *at;
    uint16_t n;
    uint16_t tail; /**< elements at the end that are no wildcards */
    bool cased;    /**< else ASCII letters match in either case (Unicode case is not folded) */
    bool wild;     /**< holds a wildcard: a pattern without one is compared, not searched */
};

/** Work area while a pattern is put together from parts. Zeroed: empty, not cased. */
struct sk_glob_draft {
    uint16_t at[SK_GLOB_MAX];
    size_t n;
    bool cased, too_long;
};
void sk_glob_add_run(struct sk_glob_draft *d);
/** Text with wildcards and escapes. */
void sk_glob_add_pattern(struct sk_glob_draft *d, const char *s, size_t n);
/** Text taken as it stands. */
void sk_glob_add_literal(struct sk_glob_draft *d, const char *s, size_t n);
struct sk_glob sk_glob_end(const struct sk_glob_draft *d, struct sk_arena *a);

/**
 * Does the whole text match? s is valid UTF-8; `?` takes one character, not one byte. Time is at most pattern x text:
 * only the last `*` is ever tried again. @param steps added to, for the tests; may be NULL
 */
bool sk_glob_match(const struct sk_glob *g, const char *s, size_t n, uint64_t *steps);

#endif
