/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One file from the disk up to the captures in it:
 *
 *   file or pipe -> [decompressed] -> [read ahead] -> capture
 *   file or pipe -> [decompressed] -> [read ahead] -> zip or tar -> entry -> [decompressed] -> capture
 *
 * Each step is chosen by the first bytes of what it stands on. There is no other way, so nothing nests without end.
 */
#ifndef SEKIMORI_CAPTURE_UNPACK_H
#define SEKIMORI_CAPTURE_UNPACK_H

#include "capture/archive.h"

struct sk_unpack {
    struct sk_raw raw;
    struct sk_budget first;  /**< of the decompression of the whole */
    struct sk_budget budget; /**< of all above it */
    uint64_t out_before;     /**< the budget when the entry began */
    unsigned bombs;          /**< entries that spent it */
    bool pipe;
    struct sk_stream *outer, *ahead, *inner;
    struct sk_archive *container;
};

enum sk_found_kind {
    SK_FOUND_CAPTURE,
    SK_FOUND_CONTAINER, /**< ask sk_unpack_next() */
    SK_FOUND_OTHER,     /**< no capture; why */
    SK_FOUND_REFUSED,   /**< may hold captures that are not read; why */
    SK_FOUND_DAMAGED,   /**< cannot be read; why */
    SK_FOUND_END,       /**< no more entries */
    SK_FOUND_STOPPED,
};
struct sk_found {
    struct sk_stream *in;
    const struct sk_format *format;
    char why[300];
};

/** Takes fd and head. @param max_ratio 0 = SK_RATIO_MAX */
void sk_unpack_open(struct sk_unpack *u, int fd, bool regular, uint8_t *head, size_t head_len, const atomic_bool *stop,
                    uint32_t max_ratio);
/** What the file is. */
enum sk_found_kind sk_unpack_first(struct sk_unpack *u, struct sk_found *ret);
/** The next file in the archive, whatever it is; its name is sk_archive_name(u->container). */
enum sk_found_kind sk_unpack_next(struct sk_unpack *u, struct sk_found *ret);
/** Bytes of the file read for what was had so far. */
static inline uint64_t sk_unpack_read(const struct sk_unpack *u) { return *u->budget.in; }
/** Nothing more is wanted of what is inside; the file itself stays open. */
void sk_unpack_settle(struct sk_unpack *u);
void sk_unpack_close(struct sk_unpack *u);

#endif
