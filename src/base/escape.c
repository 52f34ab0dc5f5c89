/* SPDX-License-Identifier: Apache-2.0 */
/* Text from the network made safe for JSON, terminals and pages. */
#include "base/utf8.h"
#include "sekimori/text.h"

#include <string.h>

/* Unicode's categories Cc, Cf, Zl and Zp beyond ASCII: what steers a terminal, reorders what a reader sees, or is not
 * seen at all, so that one name can be made to read as another. */
static const struct {
    uint32_t first, last;
} hidden[] = {{0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x0600, 0x0605},   {0x061c, 0x061c},   {0x06dd, 0x06dd},
              {0x070f, 0x070f},   {0x0890, 0x0891},   {0x08e2, 0x08e2},   {0x180e, 0x180e},   {0x200b, 0x200f},
              {0x2028, 0x202e},   {0x2060, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd},
              {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe007f}};

bool sk_char_hidden(uint32_t code) {
    if (code < 0x7f)
        return code < 0x20;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden && hidden[i].first <= code; i++)
        if (code <= hidden[i].last)
            return true;
    return false;
}

size_t sk_text_escape(const uint8_t *bytes, size_t n, char *out, size_t cap) {
    static const char digit[] = "0123456789abcdef";
    size_t o = 0;
    if (cap == 0)
        return 0;
    for (size_t i = 0; i < n;) {
        char unit[16]; /* one character or escape, written whole or not at all */
        size_t unit_len = 0;
        uint32_t code = 0;
        unsigned len = sk_utf8_next(bytes + i, n - i, &code);
        if (len && code == '\\') {
            unit[unit_len++] = '\\';
            unit[unit_len++] = '\\';
        } else if (len && !sk_char_hidden(code)) {
            memcpy(unit, bytes + i, len);
            unit_len = len;
        } else {
            len = len ? len : 1;
            for (unsigned k = 0; k < len; k++) {
                unit[unit_len++] = '\\';
                unit[unit_len++] = 'x';
                unit[unit_len++] = digit[bytes[i + k] >> 4];
                unit[unit_len++] = digit[bytes[i + k] & 15];
            }
        }
        if (unit_len > cap - 1 - o)
            break;
        memcpy(out + o, unit, unit_len);
        o += unit_len;
        i += len;
    }
    out[o] = '\0';
    return o;
}

void sk_buf_printable(struct sk_buf *b, const char *s, size_t n) {
    for (size_t i = 0; i < n;) {
        uint32_t code = 0;
        unsigned len = sk_utf8_next((const uint8_t *)s + i, n - i, &code);
        if (len && !sk_char_hidden(code))
            sk_buf_add(b, s + i, len);
        else
            sk_buf_add(b, "?", 1);
        i += len ? len : 1;
    }
}

char *sk_uint_text(uint32_t n, char buf[SK_UINT_TEXT]) {
    char digits[SK_UINT_TEXT];
    unsigned len = 0, at = 0;
    do
        digits[len++] = (char)('0' + n % 10);
    while (n /= 10);
    while (len)
        buf[at++] = digits[--len];
    buf[at] = '\0';
    return buf;
}
