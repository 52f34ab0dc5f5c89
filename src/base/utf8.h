/* SPDX-License-Identifier: Apache-2.0 */
/* One UTF-8 character at a time. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/** The character at the start of s: its length in bytes (1..4) and code point, or 0 when it is no valid UTF-8. n > 0.
 */
unsigned sk_utf8_next(const uint8_t *s, size_t n, uint32_t *ret_code);

#endif
