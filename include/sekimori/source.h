/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where packets come from: files, folders, stdin, or an interface. One thread (the reader) calls everything here.
 *
 * Bytes stay valid until the pipeline retires their sequence number, so a source may have several blocks in use at
 * once.
 */
#ifndef SEKIMORI_SOURCE_H
#define SEKIMORI_SOURCE_H

#include "sekimori/err.h"
#include "sekimori/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sk_source;

/** One input as the user and the evidence see it. */
struct sk_input {
    const char *path;    /**< as given or found below a folder; "-" for stdin; the interface's name live */
    uint64_t size;       /**< bytes, 0 unknown */
    uint64_t packets;    /**< so far */
    sk_time first, last; /**< of its packets; 0 before the first */
    bool opened;         /**< it is a capture file */
    bool damaged;        /**< something could not be read; was reported through on_damage */
};

/** What the operator must know of a damaged input: `file:offset: what`. Called on the reader's thread. */
typedef void (*sk_damage_fn)(void *arg, const char *file, uint64_t offset, const char *what);

struct sk_source_options {
    sk_damage_fn on_damage;
    void *arg;
    bool recursive;      /**< folders: their files too */
    const char *filter;  /**< BPF expression, NULL = all (next issue) */
    uint32_t block_size; /**< 0 = default; the tests make it small */
};

/**
 * Files, folders and "-" in the order given; a folder's files sorted by name. Opens nothing yet: sk_source_next() does,
 * so one bad file never hides the others.
 */
SK_MUST_USE sk_err sk_source_files(const char *const *paths, size_t n, const struct sk_source_options *opt,
                                   struct sk_source **ret, struct sk_error *err);
struct sk_live_options {
    uint32_t snaplen;     /**< 0 = 262144 */
    uint32_t buffer_size; /**< bytes of kernel ring, 0 = 64 MiB */
    bool promiscuous;
};
/** libpcap live capture (TPACKET_V3). */
SK_MUST_USE sk_err sk_source_live(const char *iface, const struct sk_live_options *opt, struct sk_source **ret,
                                  struct sk_error *err);

enum sk_next {
    SK_NEXT_PACKETS, /**< *n packets */
    SK_NEXT_END,     /**< no more, ever */
    SK_NEXT_WAIT,    /**< all blocks are in use: retire some, then ask again */
    SK_NEXT_IDLE,    /**< live: nothing came for up to 100 ms; send a tick */
};
/**
 * Up to max packets into at[]. All packets of one call are of the same input.
 * @param ret_n number of packets, > 0 exactly for SK_NEXT_PACKETS
 */
enum sk_next sk_source_next(struct sk_source *s, struct sk_packet *at, size_t max, size_t *ret_n);
/** Every packet with pkt.seq <= seq is done with; their blocks may be reused. */
void sk_source_retire(struct sk_source *s, uint64_t seq);
/** Stop early: the next sk_source_next() answers SK_NEXT_END. Async-signal-safe. */
void sk_source_stop(struct sk_source *s);

size_t sk_source_inputs(const struct sk_source *s);
const struct sk_input *sk_source_input(const struct sk_source *s, uint32_t index);
/** First at most 64 KiB of each input as SHA-256 into the running hash of the run id (files only). */
struct sk_sha256;
void sk_source_digest(struct sk_source *s, struct sk_sha256 *h);

struct sk_source_stats {
    uint64_t packets, bytes;
    uint64_t bytes_read, bytes_total;                            /**< of the files, for progress; total 0 = unknown */
    uint64_t kernel_received, kernel_dropped, interface_dropped; /**< live */
    uint64_t clamped_times;
    uint64_t damaged_inputs, unreadable_inputs;
};
void sk_source_stats(struct sk_source *s, struct sk_source_stats *ret);
void sk_source_close(struct sk_source *s);

#endif
