/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A stream that a thread of its own reads a little ahead of whoever reads this one: decompressing and digesting go on
 * while packets are analysed. A few chunks at most are ahead, so memory stays flat. What comes out does not depend on
 * how fast either side is.
 */
#ifndef SEKIMORI_CAPTURE_AHEAD_H
#define SEKIMORI_CAPTURE_AHEAD_H

#include "capture/stream.h"

/**
 * From here on nobody else may touch below, nor what it stands on, until this is closed.
 * @param raw what below stands on; a file, not a pipe: a read of it must not wait
 * @return NULL: no memory or thread for it; below is as it was
 */
struct sk_stream *sk_ahead_new(struct sk_stream *below, const struct sk_raw *raw);
/** How much of the file was read for what was taken from the stream so far; changes as the stream is read. */
const uint64_t *sk_ahead_most(const struct sk_stream *s);

#endif
