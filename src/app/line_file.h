/* SPDX-License-Identifier: Apache-2.0 */
/** Lines of a file or of standard input, decompressed on the way if its first bytes say so (gzip, zstd, lz4, xz,
 * bzip2): rotated logs of alerts. */
#ifndef SEKIMORI_APP_LINE_FILE_H
#define SEKIMORI_APP_LINE_FILE_H

#include "sekimori/text.h"

struct line_file;
/** @param path "-" is standard input. @return NULL: errno says why */
struct line_file *line_file_open(const char *path);
struct line {
    const char *text; /**< without its newline, NUL-terminated; valid until the next */
    size_t n;
    bool ended; /**< it had a newline */
};
/** @return false: no more */
bool line_file_next(struct line_file *f, struct line *ret);
/** Why it ended early; "" if it did not. */
const char *line_file_why(const struct line_file *f);
void line_file_close(struct line_file *f);

#endif
