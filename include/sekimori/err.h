/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Error codes and operator-facing diagnostics.
 *
 * Four channels that never mix: a programmer's error aborts; an operator's error is a code plus a diagnostic with
 * file, line and column; hostile bytes are anomalies and counters; findings are events. Nothing on the packet path
 * returns sk_err or logs.
 */
#ifndef SEKIMORI_ERR_H
#define SEKIMORI_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define SK_MUST_USE          __attribute__((warn_unused_result))
#define SK_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/** Codes grouped by who must act. Zero is success, all others are negative. */
typedef enum {
    SK_OK = 0,
    SK_EIO = -1,       /**< the system said no: open, read, write */
    SK_ENOMEM = -2,    /**< out of memory or over a cap of our own */
    SK_EFORMAT = -3,   /**< the bytes are not what they should be */
    SK_EUSAGE = -4,    /**< the operator asked for something that cannot be */
    SK_ENOTFOUND = -5, /**< no such file, name, device */
    SK_EINTR = -6,     /**< stopped by a signal */
} sk_err;

/** The first error wins: sk_error_set() on a filled error changes nothing. A zeroed struct is empty. */
struct sk_error {
    char file[256];     /**< empty when no file is concerned */
    unsigned line, col; /**< 1-based, 0 = unknown */
    char msg[768];
};

/** Fill err (may be NULL) unless it is filled already. @return code, so that callers write `return sk_error_set(...)`.
 */
sk_err sk_error_set(struct sk_error *err, sk_err code, const char *fmt, ...) SK_PRINTF(3, 4);
/** Same with a position; file may be NULL. */
sk_err sk_error_at(struct sk_error *err, sk_err code, const char *file, unsigned line, unsigned col, const char *fmt,
                   ...) SK_PRINTF(6, 7);

enum sk_diag_level { SK_DIAG_ERROR, SK_DIAG_WARNING, SK_DIAG_NOTE };

struct sk_diag {
    enum sk_diag_level level;
    char *file; /**< owned; may be NULL */
    unsigned line, col;
    char *msg; /**< owned: what, why, and what would be right */
};

/** Every error at once, in the order found; sk_diags_sort() orders by file, line, column. A zeroed struct is empty. */
struct sk_diags {
    struct sk_diag *at;
    size_t n, cap;
    size_t errors, warnings;
    size_t lost; /**< more than SK_DIAGS_MAX were found */
};
enum { SK_DIAGS_MAX = 1000 };

void sk_diag_add(struct sk_diags *d, enum sk_diag_level level, const char *file, unsigned line, unsigned col,
                 const char *fmt, ...) SK_PRINTF(6, 7);
void sk_diags_sort(struct sk_diags *d);
/** Text of one diagnostic, `file:line:col: [warning: ]msg`, malloc'ed, no newline. */
char *sk_diag_text(const struct sk_diag *d);
void sk_diags_free(struct sk_diags *d);

/**
 * The candidate nearest to word (Damerau-Levenshtein, at most a third of the word wrong), or NULL.
 * @param words NULL-terminated list
 */
const char *sk_nearest(const char *word, const char *const *words);

#endif
