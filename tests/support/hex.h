/* SPDX-License-Identifier: Apache-2.0 */
/** Packets written as annotated hexadecimal: blanks and newlines anywhere, `#` starts a comment to the end of the line.
 */
#ifndef TESTS_SUPPORT_HEX_H
#define TESTS_SUPPORT_HEX_H

#include <stddef.h>
#include <stdint.h>

/** Bytes of text into out. Aborts with a message on anything that is no hexadecimal, half a byte, or more than cap.
 *  @return bytes written */
size_t sk_hex_read(const char *text, uint8_t *out, size_t cap);

struct sk_hex {
    uint8_t b[4096];
    size_t n;
};
/** The same as a value: `struct sk_hex f = sk_hex_of("86 00 # router advertisement");` */
struct sk_hex sk_hex_of(const char *text);

#endif
