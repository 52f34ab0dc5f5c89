/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/csv.h"

#include "base/utf8.h"
#include "sekimori/text.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- encodings ------------------------------------------------------------------------------------------------------
 */

static bool begins(const char *bytes, size_t n, const char *mark, size_t m) {
    return n >= m && memcmp(bytes, mark, m) == 0;
}

/* A byte that is no text, as csv.h says. */
static char *put_bad(char *out, char byte) {
    unsigned code = (uint8_t)byte;
    *out++ = POL_CSV_BAD;
    *out++ = (char)(0x80 | code >> 4);
    *out++ = (char)(0x80 | (code & 15));
    return out;
}

/* At most three bytes of UTF-8 come of one byte of CP932 or of one that is none, and of two of UTF-16. */
static char *make_room(struct pol_csv *ret, size_t n, const char *encoding) {
    ret->encoding = encoding;
    ret->bytes = sk_mem_new(3 * n + 4, 1);
    return ret->bytes;
}

static void take_utf8(const char *bytes, size_t n, struct pol_csv *ret) {
    char *out = make_room(ret, n, "UTF-8");
    uint32_t code;
    for (size_t at = 0; at < n;) {
        unsigned len = sk_utf8_next((const uint8_t *)bytes + at, n - at, &code);
        if (len == 0)
            out = put_bad(out, bytes[at]);
        for (unsigned i = 0; i < len; i++)
            *out++ = bytes[at + i];
        at += len ? len : 1;
    }
    ret->len = (size_t)(out - ret->bytes);
}

static bool convert(const char *file, const char *from, size_t unit, const char *bytes, size_t n, struct pol_csv *ret,
                    struct sk_diags *diags) {
    iconv_t cd = iconv_open("UTF-8", from);
    if (cd == (iconv_t)-1) {
        sk_diag_add(diags, SK_DIAG_ERROR, file, 0, 0,
                    "%s cannot be read: this system's C library has no table for it. Save the table as \"CSV UTF-8\"",
                    from);
        return false;
    }
    char *in = (char *)bytes, *out = make_room(ret, n, from);
    size_t left = n;
    for (;;) {
        size_t room = 3 * left + 3;
        if (iconv(cd, &in, &left, &out, &room) != (size_t)-1 || left == 0)
            break;
        out = put_bad(out, *in);
        size_t skip = unit < left ? unit : left;
        in += skip;
        left -= skip;
    }
    (void)iconv_close(cd);
    *out = '\0';
    ret->len = (size_t)(out - ret->bytes);
    return true;
}

/* CP932 is hardly ever UTF-8 by chance, and a table in UTF-8 with a damaged byte stays one: among what is not ASCII, at
 * most one byte in nine is no UTF-8. */
static bool looks_like_utf8(const char *bytes, size_t n) {
    size_t good = 0, bad = 0;
    uint32_t code;
    for (size_t at = 0; at < n;) {
        unsigned len = sk_utf8_next((const uint8_t *)bytes + at, n - at, &code);
        bad += len == 0;
        good += len > 1 ? len : 0;
        at += len ? len : 1;
    }
    return 8 * bad <= good;
}

bool pol_csv_decode(const char *file, const char *bytes, size_t n, enum pol_encoding encoding, struct pol_csv *ret,
                    struct sk_diags *diags) {
    bool marked = begins(bytes, n, "\xef\xbb\xbf", 3);
    if (!marked && begins(bytes, n, "\xff\xfe", 2))
        return convert(file, "UTF-16LE", 2, bytes + 2, n - 2, ret, diags);
    if (!marked && begins(bytes, n, "\xfe\xff", 2))
        return convert(file, "UTF-16BE", 2, bytes + 2, n - 2, ret, diags);
    if (!marked && encoding != POL_ENCODING_UTF8 && (encoding == POL_ENCODING_CP932 || !looks_like_utf8(bytes, n)))
        return convert(file, "CP932", 1, bytes, n, ret, diags);
    take_utf8(bytes + (marked ? 3 : 0), n - (marked ? 3 : 0), ret);
    return true;
}

/* --- rows and cells -------------------------------------------------------------------------------------------------
 */

struct split {
    const char *file;
    struct pol_csv *csv;
    struct sk_diags *diags;
    size_t at;
    unsigned line, col;
    char comma;
    size_t cap;
    bool bad; /* the row it stands in */
};

/* One error a row: the first. */
#define ROW_ERROR(s, line, col, ...)                                                                                   \
    do {                                                                                                               \
        if (!(s)->bad)                                                                                                 \
            sk_diag_add((s)->diags, SK_DIAG_ERROR, (s)->file, line, col, __VA_ARGS__);                                 \
        (s)->bad = true;                                                                                               \
    } while (0)

static char here(const struct split *s) { return s->at < s->csv->len ? s->csv->bytes[s->at] : '\n'; }

static void say_bad_byte(struct split *s, const char *bad) {
    bool utf8 = strcmp(s->csv->encoding, "UTF-8") == 0;
    ROW_ERROR(s, s->line, s->col, "byte %02x is no %s. Save the table as \"CSV UTF-8\"%s",
              (unsigned)((bad[1] & 15) << 4 | (bad[2] & 15)), s->csv->encoding,
              utf8 ? ", or write encoding: cp932" : " and leave out encoding:");
}

/* One byte on; columns count characters, CR LF and a lone CR are one line end. */
static void step(struct split *s) {
    const char c = s->csv->bytes[s->at];
    if (c == POL_CSV_BAD)
        say_bad_byte(s, s->csv->bytes + s->at);
    s->at++;
    if (c == '\n' || (c == '\r' && (s->at >= s->csv->len || s->csv->bytes[s->at] != '\n'))) {
        s->line++;
        s->col = 1;
    } else if (((unsigned char)c & 0xc0) != 0x80) {
        s->col++;
    }
}

static void skip_spaces(struct split *s) {
    while (s->at < s->csv->len && (here(s) == ' ' || (here(s) == '\t' && s->comma != '\t')))
        step(s);
}

/* The ideographic space U+3000 and no-break space U+00A0 are spaces to those who type them. */
static void trim(struct pol_cell *cell, char *text) {
    size_t n = cell->len;
    for (bool more = true; more && n;) {
        more = true;
        if (strchr(" \t\r\n", text[n - 1]))
            n--;
        else if (n >= 3 && memcmp(text + n - 3, "\xe3\x80\x80", 3) == 0)
            n -= 3;
        else if (n >= 2 && memcmp(text + n - 2, "\xc2\xa0", 2) == 0)
            n -= 2;
        else
            more = false;
    }
    text[n] = '\0';
    while (n >= 3 && memcmp(text, "\xe3\x80\x80", 3) == 0) {
        text += 3;
        n -= 3;
    }
    cell->text = text;
    cell->len = n;
}

/* A cell in quotes; "" within is one quote. @return false: no closing quote, so everything is in the cell */
static bool read_quoted(struct split *s, struct sk_buf *text) {
    step(s);
    while (s->at < s->csv->len) {
        char c = here(s);
        step(s);
        if (c != '"') {
            sk_buf_add(text, &c, 1);
            continue;
        }
        if (s->at >= s->csv->len || here(s) != '"')
            return true;
        sk_buf_add(text, "\"", 1);
        step(s);
    }
    return false;
}

static bool at_cell_end(const struct split *s) {
    char c = here(s);
    return s->at >= s->csv->len || c == s->comma || c == '\n' || c == '\r';
}

static bool read_cell(struct split *s, struct pol_cell *cell, struct sk_buf *text) {
    sk_buf_clear(text);
    skip_spaces(s);
    cell->line = s->line;
    cell->col = s->col;
    bool quoted = s->at < s->csv->len && here(s) == '"';
    if (quoted && !read_quoted(s, text)) {
        sk_diag_add(s->diags, SK_DIAG_ERROR, s->file, cell->line, cell->col,
                    "the quote that begins this cell is never closed. A quote within a cell is written twice: \"\"");
        return false;
    }
    if (quoted)
        skip_spaces(s);
    if (quoted && !at_cell_end(s))
        ROW_ERROR(s, s->line, s->col,
                  "something stands behind a closing quote. A quote within a cell is written twice: \"\"");
    for (; !at_cell_end(s); step(s))
        sk_buf_add(text, s->csv->bytes + s->at, 1);
    size_t n = text->p ? text->len : 0;
    if (n && memchr(text->p, '\0', n)) {
        ROW_ERROR(s, cell->line, cell->col, "a zero byte stands in this cell");
        n = 0;
    }
    cell->len = n;
    trim(cell, sk_arena_text(&s->csv->arena, n ? text->p : "", n));
    return true;
}

static void keep_row(struct split *s, const struct pol_cell *cell, size_t n) {
    bool empty = true;
    for (size_t i = 0; i < n; i++)
        empty = empty && cell[i].len == 0;
    if (empty && !s->bad)
        return;
    if (s->csv->n == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 64;
        s->csv->row = sk_mem_resize(s->csv->row, s->cap, sizeof *s->csv->row);
    }
    struct pol_cell *kept = sk_arena_new(&s->csv->arena, n * sizeof *kept);
    memcpy(kept, cell, n * sizeof *kept);
    s->csv->row[s->csv->n++] = (struct pol_row){kept, n, s->bad};
}

/* @return false where no row can be told from the next, or at a cap */
static bool read_row(struct split *s, struct sk_buf *text) {
    struct pol_cell cell[POL_CSV_COLUMNS_MAX];
    size_t n = 0;
    s->bad = false;
    for (;;) {
        if (n == POL_CSV_COLUMNS_MAX) {
            sk_diag_add(s->diags, SK_DIAG_ERROR, s->file, s->line, s->col, "more than %d columns", POL_CSV_COLUMNS_MAX);
            return false;
        }
        if (!read_cell(s, &cell[n++], text))
            return false;
        if (s->at >= s->csv->len || here(s) != s->comma)
            break;
        step(s);
    }
    if (s->at < s->csv->len && here(s) == '\r')
        step(s);
    if (s->at < s->csv->len && here(s) == '\n')
        step(s);
    keep_row(s, cell, n);
    if (s->csv->n <= POL_CSV_ROWS_MAX)
        return true;
    sk_diag_add(s->diags, SK_DIAG_ERROR, s->file, s->line, s->col, "more than %d rows", POL_CSV_ROWS_MAX);
    return false;
}

static char find_comma(const struct pol_csv *csv) {
    size_t n = 0;
    while (n < csv->len && csv->bytes[n] != '\n')
        n++;
    return n && memchr(csv->bytes, '\t', n) && !memchr(csv->bytes, ',', n) ? '\t' : ',';
}

bool pol_csv_split(const char *file, struct pol_csv *csv, struct sk_diags *diags) {
    struct split s = {.file = file, .csv = csv, .diags = diags, .line = 1, .col = 1, .comma = find_comma(csv)};
    struct sk_buf text = {0};
    bool ok = true;
    while (ok && s.at < csv->len)
        ok = read_row(&s, &text);
    sk_buf_free(&text);
    return ok;
}

void pol_csv_free(struct pol_csv *csv) {
    free(csv->bytes);
    free(csv->row);
    sk_arena_free(&csv->arena);
    *csv = (struct pol_csv){0};
}
