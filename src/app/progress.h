/* SPDX-License-Identifier: Apache-2.0 */
/** How far a run over files is, in one line of a terminal that is written again and again and gone at the end. */
#ifndef SEKIMORI_APP_PROGRESS_H
#define SEKIMORI_APP_PROGRESS_H

#include "sekimori/source.h"
#include "sekimori/text.h"

/** What one line says. */
struct progress_state {
    uint64_t packets, bytes_read;
    uint64_t bytes_total;      /**< 0: not known, then there is no bar and no end in sight */
    double packets_s, bytes_s; /**< of late; 0: not known yet */
    const char *file;          /**< the one being read, NULL: none */
};
/**
 * Append the line, at most `columns` wide (display width), no newline: bar, share, rates, time left, file. What does
 * not fit is left out, the least important first; of a long name the middle is.
 */
void progress_line(const struct progress_state *s, unsigned columns, struct sk_buf *buf);

struct progress;
/** NULL where standard error is no terminal; every function takes that and does nothing. */
struct progress *progress_new(void);
/** Bytes and packets of a run before this one: they are done, but say nothing of speed. */
void progress_begin_at(struct progress *p, uint64_t packets, uint64_t bytes);
/** Draws at most five times a second, and not in the first fifth of one. */
void progress_show(struct progress *p, const struct sk_source_stats *stats, const char *file);
/** Take the line away: something else is about to be written, or the run is over. */
void progress_clear(struct progress *p);
void progress_free(struct progress *p);

#endif
