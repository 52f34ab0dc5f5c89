/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes that come one after the other: of a file or pipe (sk_raw, here), decompressed, or of a file inside an archive
 * (archive.h). Streams stand on streams; each may be looked into before it is read. What stands above does not own what
 * is below.
 */
#ifndef SEKIMORI_CAPTURE_STREAM_H
#define SEKIMORI_CAPTURE_STREAM_H

#include "sekimori/digest.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SK_PEEK_MAX = 512 };

struct sk_stream;
struct sk_stream_ops {
    /** @return bytes read, at least one; 0 = end (at_end), or stopped */
    size_t (*read)(struct sk_stream *s, uint8_t *to, size_t n);
    /** Step over up to n bytes without reading them. @return how many; NULL = cannot */
    uint64_t (*skip)(struct sk_stream *s, uint64_t n);
    /** Begin anew. @return false: cannot; NULL = cannot */
    bool (*rewind)(struct sk_stream *s);
    /** There may be bytes that were taken from a pipe, which nobody else could read any more. */
    bool (*held)(const struct sk_stream *s);
    void (*close)(struct sk_stream *s); /**< NULL: the owner does it another way */
};

struct sk_stream {
    const struct sk_stream_ops *ops;
    uint8_t peek[SK_PEEK_MAX];
    size_t peek_at, peek_len;
    bool at_end;   /**< said so once; a file that grows later is not asked again */
    char why[200]; /**< it ended early or is not what it was, and why; else empty */
    bool told;     /**< a stream above has taken this over */
};

/** @return bytes read, at least one; 0 = end, error or stop */
size_t sk_stream_read(struct sk_stream *s, uint8_t *to, size_t n);
/** See the first want bytes (at most SK_PEEK_MAX) before any are read. @return how many there are: fewer at the end,
 *  more if they came along */
size_t sk_stream_peek(struct sk_stream *s, size_t want);
bool sk_stream_held(const struct sk_stream *s);
/** NULL does nothing. */
void sk_stream_close(struct sk_stream *s);

/** A file or a pipe. */
struct sk_raw {
    struct sk_stream stream;
    int fd;
    bool regular;    /**< a file: read() does not wait */
    uint64_t offset; /**< of what is read next */
    uint64_t most;   /**< the largest it ever was */
    uint64_t limit;  /**< end there as if the file did; 0 = none */
    uint8_t *head;   /**< bytes taken from a pipe before reading began (digest); owned */
    size_t head_len, head_at;
    const atomic_bool *stop;
    struct sk_sha256 *hash; /**< of everything up to hashed; NULL = not asked for */
    uint64_t hashed;
};

/** What a file may become. */
struct sk_budget {
    const uint64_t *in; /**< bytes of the file read so far: what it is measured against */
    uint64_t out;       /**< bytes unpacked so far */
    uint64_t free;      /**< allowed in any case */
    uint32_t ratio;     /**< allowed for each byte of the file */
    bool spent;
};
/** n more bytes were unpacked. @return false: too much for such a file, a sentence in why */
bool sk_budget_afford(struct sk_budget *b, uint64_t n, char *why, size_t cap);

/** Takes fd and head, closed and freed by sk_raw_close(). */
void sk_raw_open(struct sk_raw *r, int fd, bool regular, uint8_t *head, size_t head_len, const atomic_bool *stop);
void sk_raw_digest(struct sk_raw *r);
/** The digest of the whole: what was not read yet, or was stepped over, is read now. @return false: not asked for,
 *  stopped, or unreadable */
bool sk_raw_finish(struct sk_raw *r, uint8_t ret[32]);
void sk_raw_close(struct sk_raw *r);

#endif
