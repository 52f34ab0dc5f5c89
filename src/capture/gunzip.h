/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A gzip stream, decompressed by zlib itself: unlike libarchive's reader it checks the sums, and of a stream that was
 * cut, as of a capture whose writer was still at work, it gives every byte there is. Members one after the other are
 * one stream (RFC 1952 section 2.2).
 */
#ifndef SEKIMORI_CAPTURE_GUNZIP_H
#define SEKIMORI_CAPTURE_GUNZIP_H

#include "capture/stream.h"

/** @return NULL: out of memory; to be closed by sk_stream_close() */
struct sk_stream *sk_gunzip_new(struct sk_stream *below, bool pipe, struct sk_budget *budget);

#endif
