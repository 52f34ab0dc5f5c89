/* SPDX-License-Identifier: Apache-2.0 */
/* Text from the network made safe for JSON, terminals and pages. */
#include "base/utf8.h"
#include "sekimori/text.h"

#include <string.h>

/* Characters that are valid UTF-8 but steer a terminal or reorder what a reader sees: C0, DEL, C1, the line separators,
 * and the bidirectional controls with which a name can be made to read as another. */
static bool is_control(uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c || (code >= 0x200e && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
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
        } else if (len && !is_control(code)) {
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
        if (len && !is_control(code))
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
