/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629): validity, and the columns text takes on a terminal. */
#include "base/utf8.h"
#include "base/width.h"
#include "sekimori/text.h"

unsigned sk_utf8_next(const uint8_t *s, size_t n, uint32_t *ret_code) {
    uint8_t lead = s[0];
    if (lead < 0x80) {
        *ret_code = lead;
        return 1;
    }
    unsigned len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || n < len)
        return 0;
    uint32_t code = lead & (0x7fu >> len);
    for (unsigned i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3fu);
    }
    static const uint32_t least[] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000}; /* below: an overlong form */
    if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *ret_code = code;
    return len;
}

bool sk_utf8_valid(const char *s, size_t n) {
    const uint8_t *b = (const uint8_t *)s;
    for (size_t i = 0; i < n;) {
        uint32_t code;
        unsigned len = sk_utf8_next(b + i, n - i, &code);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

static bool in_ranges(uint32_t code, const struct width_range *r, size_t n) {
    size_t low = 0;
    while (low < n) {
        size_t mid = low + (n - low) / 2;
        if (code > r[mid].last)
            low = mid + 1;
        else if (code < r[mid].first)
            n = mid;
        else
            return true;
    }
    return false;
}

static unsigned columns_of(uint32_t code) {
    if (code < 0x300)
        return code == 0xad ? 0 : 1;
    if (in_ranges(code, width_zero, sizeof width_zero / sizeof width_zero[0]))
        return 0;
    return in_ranges(code, width_wide, sizeof width_wide / sizeof width_wide[0]) ? 2 : 1;
}

/* Bytes of s that fit in `cols`, and the columns they take. A byte that is no UTF-8 counts as one column. */
static size_t measure(const char *s, size_t n, size_t cols, size_t *ret_cols) {
    const uint8_t *b = (const uint8_t *)s;
    size_t used = 0;
    size_t i = 0;
    while (i < n) {
        uint32_t code = 0xfffd;
        unsigned len = sk_utf8_next(b + i, n - i, &code);
        unsigned width = columns_of(code);
        if (width > cols - used)
            break;
        used += width;
        i += len ? len : 1;
    }
    *ret_cols = used;
    return i;
}

size_t sk_text_columns(const char *s, size_t n) {
    size_t cols;
    (void)measure(s, n, SIZE_MAX, &cols);
    return cols;
}

size_t sk_text_fit(const char *s, size_t n, size_t cols) {
    size_t used;
    return measure(s, n, cols, &used);
}
