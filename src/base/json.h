/* SPDX-License-Identifier: Apache-2.0 */
/* What the two JSON writers share, so that they cannot drift apart. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>

/* Significant digits of reals: the most that every decimal number survives, so 0.1 is written 0.1. */
enum { SK_JSON_PRECISION = 15, SK_JSON_REAL_TEXT = 40 };

/** A finite number as JSON text (others: 0.0), NUL-terminated. @return length */
size_t sk_json_real_text(double v, char out[SK_JSON_REAL_TEXT]);
/** NULL when s is valid UTF-8; else its escaped form (sk_text_escape), malloc'ed. A caller's slip must not lose a line.
 */
char *sk_json_safe(const char *s, size_t n, size_t *ret_n);

struct sk_buf;
/** Append valid UTF-8 with each hidden character (sk_char_hidden) from DEL on as \uXXXX, by a pair of them above
 * U+FFFF: to a reader of JSON the same text, to a terminal or a viewer of logs no trick. */
void sk_json_unhide(struct sk_buf *b, const char *s, size_t n);

#endif
