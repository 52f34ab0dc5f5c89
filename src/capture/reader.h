/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One open capture file: the feed of its bytes, the state of its format, and how damage is told. A format is a function
 * that fills packets; detect.c finds it by the first bytes.
 */
#ifndef SEKIMORI_CAPTURE_READER_H
#define SEKIMORI_CAPTURE_READER_H

#include "capture/feed.h"
#include "sekimori/source.h"

enum {
    SK_RECORD_MAX = 16 * 1024 * 1024,  /**< no packet is larger; a header that says so is damaged */
    SK_RECORD_LIKELY = 256 * 1024,     /**< above this a packet must fit the snapshot length (libpcap's default) */
    SK_RESYNC_BLOCK = 2 * 1024 * 1024, /**< block for a search: far more than a chain of records needs */
    SK_REPORTS_MAX = 20,               /**< problems told one by one; of a file with more, only the number */
    SK_IFACES_MAX = 65535,             /**< of one file */
    SK_DETECT_BYTES = 28,              /**< what sk_detect() wants to see */
};

enum sk_step {
    SK_STEP_PACKETS, /**< *ret_n packets, at least one */
    SK_STEP_END,
    SK_STEP_WAIT, /**< no free block */
};

struct sk_reader;
struct sk_format {
    const char *name;
    enum sk_step (*next)(struct sk_reader *r, struct sk_packet *at, size_t max, size_t *ret_n);
    void (*close)(struct sk_reader *r); /**< NULL: nothing to free */
};
extern const struct sk_format sk_format_pcap, sk_format_pcapng;

struct sk_pcap {
    bool header_done;
    bool big_endian;
    uint8_t record_header; /**< bytes: 16, or more in modified files */
    uint8_t length_order;  /**< enum in pcap_file.c: before version 2.4 the two lengths may be exchanged */
    uint16_t linktype;
    uint32_t limit;    /**< largest captured length believed */
    uint32_t frac_ns;  /**< nanoseconds per unit of the fraction: 1000 or 1 */
    uint32_t last_sec; /**< of the last packet; what a search for the next record compares with */
    bool searching;    /**< for the next sane record, since lost_from */
    bool zeros;        /**< the bad header was all zero */
    bool cut;          /**< the bad record runs past the end of the file */
    uint32_t bad_length;
    uint64_t lost_from;
};

struct sk_pcapng_iface {
    uint64_t ts_end; /**< this time stamp and larger ones need the slow way; 0 = all */
    uint64_t mult;   /**< nanoseconds per unit */
    int64_t offset;  /**< seconds to add (if_tsoffset) */
    uint32_t snaplen;
    uint16_t linktype;
    uint8_t tsresol; /**< as in the file */
};
struct sk_pcapng {
    bool big_endian;
    bool in_section;   /**< a section header that can be read was seen, now or before */
    bool skip_section; /**< of a version not known: only its end is looked for */
    struct sk_pcapng_iface *iface;
    size_t n_iface, cap_iface;
    size_t first_iface; /**< of this section, among those of the file */
    sk_time last;       /**< of the last packet: simple packets carry none */
    uint64_t skipping;  /**< bytes of a block too large to hold that are left to skip, its trailer not counted */
    uint32_t skip_len;  /**< its length, compared with its trailer; 0 = none is being skipped */
    uint64_t skip_from;
    bool searching; /**< for the next sane block, since lost_from */
    uint64_t lost_from;
    uint32_t cut_len; /**< the bad block says this length and runs past the end of the file; 0 = another damage */
    char lost_why[96];
};

struct sk_ifname {
    char *name; /**< NULL: none given */
};

struct sk_reader {
    struct sk_feed feed;
    const struct sk_format *format;
    struct sk_input *input;
    uint32_t index;  /**< of the input */
    uint64_t seq;    /**< of the last packet handed out, over all inputs */
    uint64_t number; /**< of the last packet handed out, in this file */
    uint64_t bytes;  /**< wire lengths of its packets */
    uint64_t clamped;
    uint64_t reports;
    sk_damage_fn on_damage;
    void *arg;
    struct sk_ifname *names; /**< per interface of the file; the source owns them after closing */
    size_t n_names;
    union {
        struct sk_pcap pcap;
        struct sk_pcapng pcapng;
    };
};

/** Tell the operator, at most SK_REPORTS_MAX times a file; marks the input damaged. */
void sk_reader_report(struct sk_reader *r, uint64_t offset, const char *fmt, ...) SK_PRINTF(3, 4);
/** Remember the name of the next interface of this file (bytes may hold anything). */
void sk_reader_name(struct sk_reader *r, const uint8_t *name, size_t n);
enum sk_kind {
    SK_KIND_OTHER,
    SK_KIND_CAPTURE,
    SK_KIND_GZIP,
    SK_KIND_ZSTD,
    SK_KIND_LZ4,
    SK_KIND_XZ,
    SK_KIND_BZIP2,
    SK_KIND_ZIP,
    SK_KIND_TAR, /**< known only by SK_PEEK_MAX bytes */
};
/** What begins with these bytes, as far as it can be read or looked into. */
enum sk_kind sk_kind_of(const uint8_t *bytes, size_t n);
/**
 * The format of a capture that begins with these bytes.
 * @param n at most SK_PEEK_MAX; fewer than SK_DETECT_BYTES only if the file is shorter
 * @param ret_why set when NULL is returned: a sentence for the operator
 */
const struct sk_format *sk_detect(const uint8_t *bytes, size_t n, char *ret_why, size_t cap);

#endif
