/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A stream that is decompressed (gzip: gunzip.h), or the files inside an archive one after the other, through
 * libarchive. Only the one filter or format that the first bytes call for is ever enabled: nothing guesses, and nothing
 * can run a program.
 */
#ifndef SEKIMORI_CAPTURE_ARCHIVE_H
#define SEKIMORI_CAPTURE_ARCHIVE_H

#include "capture/reader.h"

struct sk_archive;
/** @param kind one that can be looked into; decompression is ready to be read. @return NULL: out of memory */
struct sk_archive *sk_archive_new(enum sk_kind kind, struct sk_stream *below, bool pipe, struct sk_budget *budget);
/** The decompressed bytes, or those of the entry; closing it closes the archive. */
struct sk_stream *sk_archive_stream(struct sk_archive *ar);

enum sk_entry {
    SK_ENTRY_FILE,
    SK_ENTRY_ENCRYPTED, /**< a file, but a password is needed */
    SK_ENTRY_ELSE,      /**< a folder, link, device */
    SK_ENTRY_END,
    SK_ENTRY_DAMAGED, /**< no more can be found; sk_archive_stream()->why */
};
/** Go to the next file; what is left of this one is stepped over. */
enum sk_entry sk_archive_next(struct sk_archive *ar);
/** Of the entry: its name, escaped; unpacked bytes, 0 unknown. Valid until the next. */
const char *sk_archive_name(const struct sk_archive *ar);
uint64_t sk_archive_size(const struct sk_archive *ar);
/** The next can be reached without unpacking this one. */
bool sk_archive_steps_over(const struct sk_archive *ar);

#endif
