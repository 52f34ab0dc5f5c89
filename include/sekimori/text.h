/* SPDX-License-Identifier: Apache-2.0 */
/** Growing text buffers, safe escapes for text from the network, JSON out (append-only), and jansson behind a wall. */
#ifndef SEKIMORI_TEXT_H
#define SEKIMORI_TEXT_H

#include "sekimori/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Growing, always NUL-terminated once written to. Zeroed struct is empty. Out of memory aborts (operator's limit). */
struct sk_buf {
    char *p;
    size_t len, cap;
};
void sk_buf_add(struct sk_buf *b, const void *bytes, size_t n);
void sk_buf_str(struct sk_buf *b, const char *s);
void sk_buf_fmt(struct sk_buf *b, const char *fmt, ...) SK_PRINTF(2, 3);
void sk_buf_clear(struct sk_buf *b);
void sk_buf_free(struct sk_buf *b);

/** Bytes from the network as valid UTF-8 text: bytes that are not UTF-8 as `\xNN` (lower case), backslash doubled,
 * control characters (C0, DEL, C1, line separators, bidirectional controls, BOM) byte by byte as `\xNN`. At most four
 * bytes of text for one of input. Writes at most cap-1 bytes and a NUL, never cuts inside an escape or character.
 * @return length written */
size_t sk_text_escape(const uint8_t *bytes, size_t n, char *out, size_t cap);
/** Append text for a terminal: what sk_text_escape() would call a control character, and bytes that are no UTF-8, as
 * `?`; everything else as it is (text from the network was escaped when it came in). */
void sk_buf_printable(struct sk_buf *b, const char *s, size_t n);
/** Is this valid UTF-8 (RFC 3629: no surrogates, no overlong forms)? */
bool sk_utf8_valid(const char *s, size_t n);
/** Decimal digits of n. For what is written once an event; else printf. @return buf */
enum { SK_UINT_TEXT = 11 };
char *sk_uint_text(uint32_t n, char buf[SK_UINT_TEXT]);
/** Columns a terminal uses: East Asian wide and full-width 2, combining 0, others 1 (also a byte that is no UTF-8). */
size_t sk_text_columns(const char *s, size_t n);
/** Longest prefix of s that fits in cols columns, in bytes; never cuts a character. */
size_t sk_text_fit(const char *s, size_t n, size_t cols);

/**
 * Append-only JSON writer: what it writes equals sk_json_line() of the same tree, byte for byte (the tests hold it
 * against it). Reals have at most 15 significant digits; one that is not finite is written 0.0. Text should be valid
 * UTF-8 (sk_text_escape() first); text that is not is escaped rather than lost. Commas are its own business. At most 63
 * levels deep; a key without value or an end without begin aborts.
 */
struct sk_json_out {
    struct sk_buf *buf;
    uint8_t depth;
    uint64_t comma; /**< bit d: a value was already written at depth d */
    bool after_key;
};
void sk_json_begin(struct sk_json_out *j, struct sk_buf *buf);
void sk_json_object(struct sk_json_out *j);
void sk_json_end_object(struct sk_json_out *j);
void sk_json_array(struct sk_json_out *j);
void sk_json_end_array(struct sk_json_out *j);
void sk_json_key(struct sk_json_out *j, const char *key);
void sk_json_text(struct sk_json_out *j, const char *s);
void sk_json_textn(struct sk_json_out *j, const char *s, size_t n);
void sk_json_int(struct sk_json_out *j, int64_t v);
void sk_json_real(struct sk_json_out *j, double v);
void sk_json_bool(struct sk_json_out *j, bool v);

/** Tree form, for alerts and for reading. Thin wrappers; only src/base includes jansson.h. Keys keep insertion order.
 */
typedef struct sk_json sk_json;
sk_json *sk_json_new_object(void);
sk_json *sk_json_new_array(void);
/** Set takes ownership of v. `path` is dotted ("event.action") and makes the objects on the way; a path that leads
 *  through something that is no object is a programmer's error and aborts. */
void sk_json_put(sk_json *o, const char *path, sk_json *v);
void sk_json_put_text(sk_json *o, const char *path, const char *s);
void sk_json_put_int(sk_json *o, const char *path, int64_t v);
void sk_json_put_real(sk_json *o, const char *path, double v);
void sk_json_put_bool(sk_json *o, const char *path, bool v);
/** Literal key, dots and all ("icmpv6.ra" as a key of `--count`); takes ownership of v, replaces what was there. */
void sk_json_set(sk_json *o, const char *key, sk_json *v);
void sk_json_add(sk_json *array, sk_json *v);
void sk_json_add_text(sk_json *array, const char *s);
void sk_json_add_int(sk_json *array, int64_t v);
/** Compact, one line, no newline; malloc'ed. */
char *sk_json_line(const sk_json *v);
/** Parse one value (whole text); duplicate keys are refused. NULL and *err (line and column within text) on failure. */
sk_json *sk_json_parse(const char *text, size_t n, struct sk_error *err);
/** Dotted path; NULL when absent. Borrowed. */
const sk_json *sk_json_at(const sk_json *v, const char *path);
const char *sk_json_get_text(const sk_json *v, const char *path); /**< NULL when absent or no string; borrowed */
int64_t sk_json_get_int(const sk_json *v, const char *path, int64_t absent);
bool sk_json_get_bool(const sk_json *v, const char *path, bool absent);
/** Value under a literal key (dots are part of it); NULL when absent or o is no object. Borrowed. */
const sk_json *sk_json_get(const sk_json *o, const char *key);
enum sk_json_kind {
    SK_JSON_ABSENT, /**< of NULL */
    SK_JSON_OBJECT,
    SK_JSON_ARRAY,
    SK_JSON_TEXT,
    SK_JSON_INT,
    SK_JSON_REAL,
    SK_JSON_BOOL,
    SK_JSON_NULL
};
enum sk_json_kind sk_json_kind_of(const sk_json *v);
const char *sk_json_text_of(const sk_json *v); /**< NULL when v is no string; borrowed */
int64_t sk_json_int_of(const sk_json *v);      /**< of true 1; 0 when v is neither an integer nor a boolean */
double sk_json_real_of(const sk_json *v);      /**< integers count as reals */
/**
 * Walk an object in insertion order: `after` NULL gives the first key, else the one behind it; NULL at the end. `after`
 * must be the pointer this function returned.
 */
const char *sk_json_each(const sk_json *o, const char *after, const sk_json **ret);
size_t sk_json_size(const sk_json *v); /**< of an array or object, else 0 */
const sk_json *sk_json_item(const sk_json *array, size_t i);
/** Deep copy. */
sk_json *sk_json_copy(const sk_json *v);
void sk_json_free(sk_json *v);

#endif
