/* SPDX-License-Identifier: Apache-2.0 */
/** A list of files as one source: what its parts (reading, looking ahead, run digest) share. */
#ifndef SEKIMORI_CAPTURE_SOURCE_FILES_H
#define SEKIMORI_CAPTURE_SOURCE_FILES_H

#include "capture/source_impl.h"
#include "capture/unpack.h"

struct sk_file_source {
    struct sk_source common;
    size_t n_named;  /**< inputs that were named; those found in archives follow */
    uint32_t *order; /**< of these; NULL = as they are; owned */
    size_t next;     /**< position in the order */
    bool begun;      /**< reading has */
    bool digests;
    uint32_t max_ratio;

    bool file_open; /**< unpack is in use, for input root */
    uint32_t root;
    struct sk_unpack unpack;
    struct sk_source_stats before;   /**< when it was opened */
    uint64_t captures, others, told; /**< of the open archive: entries; problems */

    bool open; /**< reader is in use; it reads found */
    struct sk_found found;
    struct sk_reader reader;
    uint64_t seq, bytes, read, clamped;
};

extern const struct sk_source_ops sk_files_ops;

/** @return NULL: another kind of source */
static inline struct sk_file_source *sk_files_of(struct sk_source *s) {
    return s->ops == &sk_files_ops ? (struct sk_file_source *)(void *)s : NULL;
}
/** Index of the input at a position of the order. */
static inline uint32_t sk_files_at(const struct sk_file_source *fs, size_t position) {
    return fs->order ? fs->order[position] : (uint32_t)position;
}

#endif
