/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that people keep in a spreadsheet: RFC 4180 with what spreadsheets write around it. */
#ifndef POLICY_CSV_H
#define POLICY_CSV_H

#include "base/mem.h"
#include "sekimori/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { POL_CSV_BYTES_MAX = 16 << 20, POL_CSV_ROWS_MAX = 200000, POL_CSV_COLUMNS_MAX = 64 };

/* No UTF-8 has this byte. */
#define POL_CSV_BAD '\xff'

enum pol_encoding { POL_ENCODING_GUESS, POL_ENCODING_UTF8, POL_ENCODING_CP932 };

/* A cell: no spaces around it (ideographic ones neither), UTF-8, NUL-terminated, no NUL within. */
struct pol_cell {
    const char *text;
    size_t len;
    unsigned line, col; /* of its first character, in characters */
};
struct pol_row {
    const struct pol_cell *cell;
    size_t n;
    bool bad; /* bytes that are no text stand in it, which is told: at most its good cells are worth reading */
};
struct pol_csv {
    char *bytes; /* UTF-8, owned; in it a byte that is no text is POL_CSV_BAD and its two halves as 80..8f */
    size_t len;
    const char *encoding; /* what the bytes were read as */
    struct pol_row *row;
    size_t n;
    struct sk_arena arena;
};

/* The bytes of a table as UTF-8: a byte order mark decides, then `encoding`, then whether they are UTF-8, but for the
 * odd byte; if not, CP932. A byte that is no text is kept as such: the rows around it are read all the same.
 * @return false with an error in diags: this system cannot read that encoding */
bool pol_csv_decode(const char *file, const char *bytes, size_t n, enum pol_encoding encoding, struct pol_csv *ret,
                    struct sk_diags *diags);
/* Cut into rows and cells; empty rows are left out. Commas, or tabs where the first row has tabs and no comma. An error
 * within a row marks it as bad, the first one is told with line and column, and the next row is read.
 * @return false with an error in diags: what stands behind it cannot be told apart */
bool pol_csv_split(const char *file, struct pol_csv *csv, struct sk_diags *diags);
void pol_csv_free(struct pol_csv *csv);

#endif
