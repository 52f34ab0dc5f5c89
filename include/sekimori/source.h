/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where packets come from: files, folders, stdin, or an interface. One thread (the reader) calls everything here, with
 * two exceptions: sk_source_stop() and sk_source_input() may be called from any thread.
 *
 * Bytes stay valid until the pipeline retires their sequence number, so a source may have several blocks in use at
 * once.
 *
 * Files may be compressed (gzip, zstd, lz4, xz, bzip2) and captures may lie inside zip and tar archives, compressed or
 * not; all is told by content, never by name. A capture inside an archive is an input of its own, named
 * `archive.zip!folder/file.pcap`, and so may itself be compressed; an archive inside an archive is refused. Streams are
 * read once, forward, and never written to disk.
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
    const char *path;    /**< as given or found below a folder; "-" for stdin; `archive!entry` (escaped) inside an
                              archive; the interface's name live */
    uint64_t size;       /**< bytes of the file (of an entry: unpacked), 0 unknown */
    uint64_t packets;    /**< handed out so far */
    uint64_t filtered;   /**< left out by the filter so far */
    sk_time first, last; /**< of its first and its last packet, left out or not; 0 before the first */
    uint32_t container;  /**< index of the archive this capture lies in; its own index if it is a file itself */
    uint32_t group;      /**< inputs of different groups never form a chain; 0 until sk_source_order(); a
                              capture found in an archive has the archive's */
    bool archive;        /**< holds captures, which are inputs of their own; never opened itself */
    bool opened;         /**< it is a capture file (a capture of no packets is one) */
    bool damaged;        /**< something could not be read; was reported through on_damage */
    bool digest_ok;      /**< sha256 is of the whole file; set when the last byte was read (options.digests) */
    uint8_t sha256[32];  /**< of the file's bytes as they are on disk; of an entry see its container */
};

/** No place within the file: an input that is no capture, cannot be opened, or has more problems than are told. */
#define SK_NO_OFFSET UINT64_MAX
/**
 * What the operator must know of a damaged or unreadable input: `file:offset: what`, or `file: what` where offset is
 * SK_NO_OFFSET. `what` is one line in plain words. Called on the thread that calls sk_source_next().
 */
typedef void (*sk_damage_fn)(void *arg, const char *file, uint64_t offset, const char *what);

struct sk_source_stats;
struct sk_source_options {
    sk_damage_fn on_damage;
    void *arg;
    bool recursive; /**< folders: their folders' files too */
    /** Is this file of a folder no input, but what the program itself writes? NULL: none is. Called with arg, while the
     *  list is made. */
    bool (*leave_out)(void *arg, const char *path);
    const char *filter;  /**< expression of pcap-filter(7), NULL = all; names of hosts are never asked of a server */
    bool digests;        /**< SHA-256 of every file into its sk_input, as it is read */
    uint32_t block_size; /**< 0 = default; the tests make it small */
    uint32_t max_ratio;  /**< bytes a compressed byte may become before it is a bomb; 0 = SK_RATIO_MAX */
};
enum {
    SK_RATIO_MAX = 250,               /**< captures reach 3 to 30; DEFLATE cannot exceed 1032, the others can */
    SK_RATIO_FREE = 64 * 1024 * 1024, /**< bytes any file may become, whatever the ratio */
    SK_ENTRIES_MAX = 1000000,         /**< files of one archive that are looked at */
};

/**
 * Files, folders and "-" in the order given; a folder's files sorted by name (bytes), names that begin with a dot left
 * out. Lists folders, opens nothing: sk_source_next() does, so one bad file never hides the others; what cannot be
 * listed or does not exist is an input too and is told in its turn. Copies paths and options.
 * @return SK_EUSAGE (no path, "-" twice, a filter no link type understands: err->msg says why), SK_ENOMEM
 */
SK_MUST_USE sk_err sk_source_files(const char *const *paths, size_t n, const struct sk_source_options *opt,
                                   struct sk_source **ret, struct sk_error *err);
struct sk_live_options {
    uint32_t snaplen;     /**< 0 = 262144, the most */
    uint32_t buffer_size; /**< bytes of kernel ring, 0 = 64 MiB */
    bool promiscuous;
    const char *filter;     /**< as for files; applied here and not in the kernel, whose counters it would bypass */
    sk_damage_fn on_damage; /**< the interface went away; then SK_NEXT_END follows */
    void *arg;
};
/** libpcap live capture (TPACKET_V3). One input, named like the interface. */
SK_MUST_USE sk_err sk_source_live(const char *iface, const struct sk_live_options *opt, struct sk_source **ret,
                                  struct sk_error *err);

enum sk_next {
    SK_NEXT_PACKETS, /**< *n packets */
    SK_NEXT_END,     /**< no more, ever */
    SK_NEXT_WAIT,    /**< all blocks are in use: retire some, then ask again */
    SK_NEXT_IDLE,    /**< live: nothing came for up to 100 ms; send a tick. Files: all of a batch was filtered out */
};
/**
 * Up to max packets into at[]. All packets of one call are of the same input.
 * @param ret_n number of packets, > 0 exactly for SK_NEXT_PACKETS
 */
SK_MUST_USE enum sk_next sk_source_next(struct sk_source *s, struct sk_packet *at, size_t max, size_t *ret_n);
/** Every packet with pkt.seq <= seq is done with; their blocks may be reused. */
void sk_source_retire(struct sk_source *s, uint64_t seq);
/**
 * Stop early: sk_source_next() answers SK_NEXT_END, after what was already taken from a pipe, which nobody else could
 * read any more. Async-signal-safe, from any thread.
 */
void sk_source_stop(struct sk_source *s);

/* ---- before the first sk_source_next(): what the files are, and their order ----------------------------------------
 */

enum sk_probe_kind {
    SK_PROBE_NOTHING, /**< no capture, or unreadable: told when its turn comes */
    SK_PROBE_CAPTURE, /**< ifaces, and first if has_first */
    SK_PROBE_PIPE,    /**< not looked at: what is taken from a pipe is gone */
    SK_PROBE_ARCHIVE, /**< its captures become inputs while it is read, in its order; the rest is of the first capture
                       */
};
enum { SK_PROBE_IFACES = 16, SK_PROBE_BYTES = 256 * 1024 };
struct sk_probe {
    enum sk_probe_kind kind;
    bool has_first;
    sk_time first;   /**< of the first packet; has_first false: none within the first SK_PROBE_BYTES */
    size_t n_ifaces; /**< those described before the first packet, at most SK_PROBE_IFACES */
    struct {
        uint16_t linktype;
        const char *name; /**< escaped; NULL = none given; valid until sk_source_close() */
    } iface[SK_PROBE_IFACES];
};
/** Look at the head of one input: opens it, reads at most SK_PROBE_BYTES (unpacked), closes it. @return false: no such
 *  input, or reading has begun */
bool sk_source_probe(struct sk_source *s, uint32_t index, struct sk_probe *ret);
/**
 * Hand out the inputs in this order, in these groups. Indices of inputs (pkt.file) stay as they are.
 * @param order permutation of 0..sk_source_inputs()-1: order[k] is read k-th; NULL = as they are. Copied.
 * @param group group[i] is the group of input i; NULL = all 0
 * @return SK_EUSAGE: no permutation, or reading has begun; SK_ENOMEM
 */
SK_MUST_USE sk_err sk_source_order(struct sk_source *s, const uint32_t *order, const uint32_t *group);

/**
 * The first n of the order were read by an earlier run, whose stats at their end these were: they are not opened, and
 * packets are numbered and counted on from there. After sk_source_order(), before the first sk_source_next().
 */
void sk_source_skip(struct sk_source *s, size_t n, const struct sk_source_stats *before);

/** Grows while archives are read. */
size_t sk_source_inputs(const struct sk_source *s);
/** Valid until sk_source_close(). NULL past the end. From any thread; the counts are for the reader's. */
const struct sk_input *sk_source_input(const struct sk_source *s, uint32_t index);
/** Name of interface `iface` (pkt.iface) of an input, escaped; NULL if the file gives none. Valid until the source is
 *  asked for packets of that input again: alerts, which another thread writes later, do not have it. */
const char *sk_source_iface(const struct sk_source *s, uint32_t input, uint16_t iface);
/**
 * First at most 64 KiB of each input, in reading order, as SHA-256 into the running hash of the run id (files only).
 * Call it before the first sk_source_next(): of a pipe, the bytes are read and kept for it.
 */
struct sk_sha256;
void sk_source_digest(struct sk_source *s, struct sk_sha256 *h);

struct sk_source_stats {
    uint64_t packets, bytes;                                     /**< bytes: lengths on the wire */
    uint64_t bytes_read, bytes_total;                            /**< of the files, for progress; total 0 = unknown */
    uint64_t kernel_received, kernel_dropped, interface_dropped; /**< live */
    uint64_t clamped_times;
    uint32_t reading;       /**< index of the input being read or read next, UINT32_MAX at the end */
    uint64_t filtered;      /**< packets left out by the filter */
    uint64_t unfilterable;  /**< of these, of link types the filter has no meaning for; told once each */
    uint64_t opened_inputs; /**< are captures, damaged or not; 0 at the end = nothing was analysed */
    uint64_t damaged_inputs, unreadable_inputs; /**< opened, but not all of it read; not opened */
};
void sk_source_stats(struct sk_source *s, struct sk_source_stats *ret);
/** The same without the file that is being read (an archive: all of it): what sk_source_skip() takes. */
void sk_source_stats_done(struct sk_source *s, struct sk_source_stats *ret);
/** NULL does nothing. */
void sk_source_close(struct sk_source *s);

#endif
