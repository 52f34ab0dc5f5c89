/* SPDX-License-Identifier: Apache-2.0 */
/** Small files that are there whole, old or new, even after the power failed. */
#ifndef SEKIMORI_APP_ATOMIC_FILE_H
#define SEKIMORI_APP_ATOMIC_FILE_H

#include "sekimori/err.h"
#include "sekimori/text.h"

/**
 * Replace the content of path: written beside it, synced, renamed, and the folder synced. Through a symbolic link the
 * file it leads to is replaced; what is no regular file (/dev/stdout, a FIFO) is written to.
 */
SK_MUST_USE sk_err atomic_file_write(const char *path, const struct sk_buf *text, struct sk_error *err);
/** Whole content of a regular file of at most max bytes. @return SK_ENOTFOUND: there is none; SK_EIO, SK_EFORMAT */
SK_MUST_USE sk_err atomic_file_read(const char *path, size_t max, struct sk_buf *ret, struct sk_error *err);

#endif
