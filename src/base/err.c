/* SPDX-License-Identifier: Apache-2.0 */
/* Errors, lists of diagnostics, and the nearest word for a misspelt name. */
#include "sekimori/err.h"
#include "base/mem.h"
#include "sekimori/text.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sk_err error_fill(struct sk_error *err, sk_err code, const char *file, unsigned line, unsigned col,
                         const char *fmt, va_list args) SK_PRINTF(6, 0);

static sk_err error_fill(struct sk_error *err, sk_err code, const char *file, unsigned line, unsigned col,
                         const char *fmt, va_list args) {
    if (!err || err->msg[0] != '\0')
        return code;
    (void)snprintf(err->file, sizeof err->file, "%s", file ? file : "");
    err->line = line;
    err->col = col;
    (void)vsnprintf(err->msg, sizeof err->msg, fmt, args);
    if (err->msg[0] == '\0') /* an empty message must still count as filled */
        (void)snprintf(err->msg, sizeof err->msg, "error %d", code);
    return code;
}

sk_err sk_error_set(struct sk_error *err, sk_err code, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    error_fill(err, code, NULL, 0, 0, fmt, args);
    va_end(args);
    return code;
}

sk_err sk_error_at(struct sk_error *err, sk_err code, const char *file, unsigned line, unsigned col, const char *fmt,
                   ...) {
    va_list args;
    va_start(args, fmt);
    error_fill(err, code, file, line, col, fmt, args);
    va_end(args);
    return code;
}

void sk_diag_add(struct sk_diags *d, enum sk_diag_level level, const char *file, unsigned line, unsigned col,
                 const char *fmt, ...) {
    d->errors += level == SK_DIAG_ERROR;
    d->warnings += level == SK_DIAG_WARNING;
    if (d->n >= SK_DIAGS_MAX) {
        d->lost++;
        return;
    }
    if (d->n == d->cap) {
        d->cap = d->cap ? d->cap * 2 : 16;
        d->at = sk_mem_resize(d->at, d->cap, sizeof *d->at);
    }
    char *msg = NULL;
    va_list args;
    va_start(args, fmt);
    int n = vasprintf(&msg, fmt, args);
    va_end(args);
    if (n < 0)
        sk_mem_abort();
    struct sk_buf safe = {0}; /* it may quote files of others, and goes to a terminal */
    sk_buf_printable(&safe, msg, (size_t)n);
    free(msg);
    d->at[d->n++] = (struct sk_diag){.level = level,
                                     .file = file ? sk_mem_text(file, strlen(file)) : NULL,
                                     .line = line,
                                     .col = col,
                                     .msg = safe.p ? safe.p : sk_mem_text("", 0)};
}

static int diag_order(const void *left, const void *right) {
    const struct sk_diag *a = left;
    const struct sk_diag *b = right;
    int by_file = strcmp(a->file ? a->file : "", b->file ? b->file : "");
    if (by_file != 0)
        return by_file;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->col != b->col)
        return a->col < b->col ? -1 : 1;
    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    return strcmp(a->msg, b->msg);
}

void sk_diags_sort(struct sk_diags *d) {
    if (d->n > 1)
        qsort(d->at, d->n, sizeof *d->at, diag_order);
}

char *sk_diag_text(const struct sk_diag *d) {
    static const char *const level[] = {
        [SK_DIAG_ERROR] = "", [SK_DIAG_WARNING] = "warning: ", [SK_DIAG_NOTE] = "note: "};
    char at[32] = "";
    if (d->line && d->col)
        (void)snprintf(at, sizeof at, "%s%u:%u", d->file ? ":" : "", d->line, d->col);
    else if (d->line)
        (void)snprintf(at, sizeof at, "%s%u", d->file ? ":" : "", d->line);
    const char *gap = d->file || at[0] ? ": " : "";
    char *text = NULL;
    if (asprintf(&text, "%s%s%s%s%s", d->file ? d->file : "", at, gap, level[d->level], d->msg) < 0)
        sk_mem_abort();
    return text;
}

void sk_diags_free(struct sk_diags *d) {
    for (size_t i = 0; i < d->n; i++) {
        free(d->at[i].file);
        free(d->at[i].msg);
    }
    free(d->at);
    *d = (struct sk_diags){0};
}

enum { WORD_MAX = 63 };

static unsigned min3(unsigned a, unsigned b, unsigned c) {
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

/* Damerau-Levenshtein distance in its restricted form: insert, delete, replace, swap of two neighbours; letter case
 * is no difference, since people who type the wrong case need the right word all the more. */
static unsigned word_distance(const char *a, size_t na, const char *b, size_t nb) {
    unsigned row[3][WORD_MAX + 1];
    for (unsigned j = 0; j <= nb; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        unsigned *now = row[i % 3];
        const unsigned *up = row[(i + 2) % 3];
        const unsigned *up2 = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            int x = tolower((unsigned char)a[i - 1]);
            int y = tolower((unsigned char)b[j - 1]);
            now[j] = min3(up[j] + 1, now[j - 1] + 1, up[j - 1] + (x != y));
            bool swapped = i > 1 && j > 1 && x != y && x == tolower((unsigned char)b[j - 2]) &&
                           y == tolower((unsigned char)a[i - 2]);
            if (swapped && up2[j - 2] + 1 < now[j])
                now[j] = up2[j - 2] + 1;
        }
    }
    return row[na % 3][nb];
}

const char *sk_nearest(const char *word, const char *const *words) {
    size_t n = strlen(word);
    if (n == 0 || n > WORD_MAX)
        return NULL;
    const char *best = NULL;
    unsigned best_distance = (unsigned)(n < 3 ? 0 : n / 3) + 1; /* one more than is allowed */
    for (size_t i = 0; words[i]; i++) {
        size_t m = strlen(words[i]);
        size_t gap = m > n ? m - n : n - m;
        if (m > WORD_MAX || gap >= best_distance)
            continue;
        unsigned d = word_distance(word, n, words[i], m);
        if (d < best_distance) {
            best_distance = d;
            best = words[i];
        }
    }
    return best;
}
