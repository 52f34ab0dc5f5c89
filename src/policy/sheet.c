/* SPDX-License-Identifier: Apache-2.0 */
/* What people type in a sheet: full-width letters, dates in four ways. */
#include "policy/ledger.h"

#include "base/utf8.h"

size_t pol_plain_text(const char *text, size_t n, char *out, size_t cap) {
    size_t at = 0;
    uint32_t code;
    for (size_t i = 0; i < n;) {
        unsigned len = sk_utf8_next((const uint8_t *)text + i, n - i, &code);
        if (len == 0 || at + len >= cap)
            break;
        if (code >= 0xff01 && code <= 0xff5e) { /* FULLWIDTH EXCLAMATION MARK .. TILDE stand as in ASCII */
            out[at++] = (char)(code - 0xff01 + '!');
        } else if (code == 0x3000) {
            out[at++] = ' ';
        } else if (code == 0x2010 || code == 0x2212) { /* what full-width minus becomes, by the converter */
            out[at++] = '-';
        } else {
            memcpy(out + at, text + i, len);
            at += len;
        }
        i += len;
    }
    out[at] = '\0';
    return at;
}

struct reading {
    const char *at, *end;
};

static bool skip_word(struct reading *s, const char *word) {
    size_t n = strlen(word);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
        return false;
    s->at += n;
    return true;
}

static bool take_number(struct reading *s, int *ret) {
    int n = 0;
    const char *from = s->at;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9' && s->at - from < 4; s->at++)
        n = n * 10 + (*s->at - '0');
    *ret = n;
    return s->at > from;
}

bool pol_sheet_date(const char *text, size_t n, struct pol_date *ret) {
    struct reading s = {text, text + n};
    struct pol_date d;
    char iso[16];
    bool reiwa = skip_word(&s, "令和") || skip_word(&s, "R") || skip_word(&s, "r"); /* 1 = 2019 */
    bool first = reiwa && skip_word(&s, "元");
    if (first)
        d.year = 1;
    else if (!take_number(&s, &d.year))
        return false;
    bool kanji = skip_word(&s, "年");
    if (!kanji && !skip_word(&s, "-") && !skip_word(&s, "/") && !skip_word(&s, "."))
        return false;
    if (!take_number(&s, &d.month))
        return false;
    if (kanji ? !skip_word(&s, "月") : !skip_word(&s, "-") && !skip_word(&s, "/") && !skip_word(&s, "."))
        return false;
    if (!take_number(&s, &d.day) || (kanji && !skip_word(&s, "日")) || s.at != s.end)
        return false;
    d.year += reiwa ? 2018 : 0;
    if (d.year > 9999 || d.month > 99 || d.day > 99)
        return false;
    for (int i = 3, y = d.year; i >= 0; i--, y /= 10)
        iso[i] = (char)('0' + y % 10);
    iso[4] = iso[7] = '-';
    iso[5] = (char)('0' + d.month / 10);
    iso[6] = (char)('0' + d.month % 10);
    iso[8] = (char)('0' + d.day / 10);
    iso[9] = (char)('0' + d.day % 10);
    return pol_date_parse(iso, 10, ret);
}
