/* SPDX-License-Identifier: Apache-2.0 */
/* Annotated hexadecimal text to bytes. */
#include "hex.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void die(const char *what, size_t at) {
    (void)fprintf(stderr, "hex text: %s at character %zu\n", what, at);
    abort();
}

static unsigned digit(char c, size_t at) {
    if (!isxdigit((unsigned char)c))
        die("no hexadecimal digit", at);
    return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

size_t sk_hex_read(const char *text, uint8_t *out, size_t cap) {
    size_t n = 0;
    bool comment = false;
    for (size_t i = 0; text[i]; i++) {
        comment = text[i] == '#' || (comment && text[i] != '\n');
        if (comment || isspace((unsigned char)text[i]))
            continue;
        if (n == cap)
            die("more bytes than there is room for", i);
        unsigned high = digit(text[i], i);
        i++;
        out[n++] = (uint8_t)(high << 4 | digit(text[i], i));
    }
    return n;
}

struct sk_hex sk_hex_of(const char *text) {
    struct sk_hex h = {.n = 0};
    h.n = sk_hex_read(text, h.b, sizeof h.b);
    return h;
}
