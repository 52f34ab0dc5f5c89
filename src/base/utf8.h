/* SPDX-License-Identifier: Apache-2.0 */
/* One UTF-8 character at a time. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The character at the start of s: its length in bytes (1..4) and code point, or 0 when it is no valid UTF-8. n > 0.
 */
unsigned sk_utf8_next(const uint8_t *s, size_t n, uint32_t *ret_code);
/** Is it a control or format character, or a line separator: nothing a reader sees, but something that changes what is
 * seen? */
bool sk_char_hidden(uint32_t code);

#endif
