/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classic pcap files (draft-ietf-opsawg-pcap), both byte orders, micro- and nanoseconds, and the "modified" form of
 * Alexey Kuznetzov's patches.
 *
 *  file header, 24 bytes                         record header, 16 bytes (24 or 28 in modified files)
 *  +--------+-----+-----+--------+--------+      +---------+----------+----------+----------+ - - - - +
 *  | magic  |major|minor|timezone|accuracy|      | seconds | fraction | captured | on wire  | more    |
 *  +--------+-----+-----+--------+--------+      +---------+----------+----------+----------+ - - - - +
 *  | snapshot length    | FCS, link type  |      | captured bytes ...
 *  +--------------------+-----------------+
 *
 * There is no marker between records: after a header that cannot be, the next record is found by searching for headers
 * that chain.
 */
#include "capture/reader.h"

#include <inttypes.h>

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    MODIFIED_HEADER = 24, /* + interface index, protocol, packet type, padding */
    SS990915_HEADER = 28, /* an older modified form */
    CHAIN = 3,            /* sane record headers in a row that make a search believe */
    CHAIN_DAYS = 30,      /* and their times lie this close together */
};
enum length_order { LENGTHS_NORMAL, LENGTHS_SWAPPED, LENGTHS_MAYBE_SWAPPED };

struct record {
    uint32_t sec, frac, caplen, wirelen;
};

static inline uint32_t u32(struct sk_cur *c, bool big_endian) { return big_endian ? sk_cur_be32(c) : sk_cur_le32(c); }

static struct record record_of(const struct sk_pcap *p, struct sk_cur *c) {
    struct sk_cur h = sk_cur_sub(c, p->record_header);
    struct record rec = {.sec = u32(&h, p->big_endian)};
    rec.frac = u32(&h, p->big_endian);
    rec.caplen = u32(&h, p->big_endian);
    rec.wirelen = u32(&h, p->big_endian);
    if (p->length_order == LENGTHS_SWAPPED || (p->length_order == LENGTHS_MAYBE_SWAPPED && rec.caplen > rec.wirelen)) {
        uint32_t caplen = rec.wirelen;
        rec.wirelen = rec.caplen;
        rec.caplen = caplen;
    }
    return rec;
}

/* ---- searching ----------------------------------------------------------------------------------------------------
 */

enum verdict { NO, YES, MORE };

/* Stricter than what is accepted in sequence: here the bytes must look like a record by themselves. */
static bool sane(const struct sk_pcap *p, const struct record *rec, uint32_t ref_sec) {
    int64_t distance = (int64_t)rec->sec - (int64_t)ref_sec;
    return rec->caplen > 0 && rec->caplen <= SK_RECORD_LIKELY && rec->wirelen >= rec->caplen &&
           rec->wirelen <= SK_RECORD_MAX && (uint64_t)rec->frac * p->frac_ns < (uint64_t)SK_SEC &&
           distance < CHAIN_DAYS * 86400 && distance > -CHAIN_DAYS * 86400;
}

/* Do records begin here? At the end of the file fewer suffice, if the last ends exactly there. */
static enum verdict chain(const struct sk_reader *r, struct sk_cur c, size_t *ret_need) {
    const struct sk_pcap *p = &r->pcap;
    size_t all = c.left;
    uint32_t ref = p->last_sec;
    for (int i = 0; i < CHAIN; i++) {
        size_t at = all - c.left;
        if (c.left == 0 && r->feed.at_end)
            return i >= (p->cut ? 2 : 1) ? YES : NO;
        if (c.left < p->record_header) {
            *ret_need = at + p->record_header;
            return !r->feed.at_end ? MORE : i >= 2 ? YES : NO;
        }
        struct record rec = record_of(p, &c);
        if (r->number == 0 && i == 0)
            ref = rec.sec;
        if (!sane(p, &rec, ref))
            return NO;
        ref = rec.sec;
        if (c.left < rec.caplen && i < CHAIN - 1) {
            *ret_need = at + p->record_header + rec.caplen;
            return !r->feed.at_end ? MORE : i >= 1 ? YES : NO;
        }
        sk_cur_skip(&c, rec.caplen);
    }
    return YES;
}

static void report_lost(struct sk_reader *r, bool found) {
    struct sk_pcap *p = &r->pcap;
    uint64_t lost = r->feed.offset - p->lost_from;
    p->searching = false;
    if (p->cut && !found)
        sk_reader_report(r, p->lost_from, "file ends inside a packet: %" PRIu64 " of %" PRIu64 " bytes are there", lost,
                         (uint64_t)p->record_header + p->bad_length);
    else if (p->zeros)
        sk_reader_report(r, p->lost_from, "zeros where a packet header should be; %s (%" PRIu64 " bytes lost)",
                         found ? "skipped to the next sane record" : "no sane record follows", lost);
    else
        sk_reader_report(r, p->lost_from, "packet header says %" PRIu32 " bytes; %s (%" PRIu64 " bytes lost)",
                         p->bad_length, found ? "skipped to the next sane record" : "no sane record follows", lost);
}

/* Go on with a search. OK: a record begins at the window's start. END: none is left. */
static enum sk_feed_result search(struct sk_reader *r) {
    for (;;) {
        struct sk_cur c = sk_feed_window(&r->feed);
        size_t need = r->pcap.record_header;
        enum verdict v = c.left < need && !r->feed.at_end ? MORE : NO;
        while (v == NO && c.left > 0) {
            v = chain(r, c, &need);
            if (v == NO)
                sk_cur_skip(&c, 1);
        }
        sk_feed_consume(&r->feed, sk_feed_left(&r->feed) - c.left);
        if (v == YES || (v == NO && r->feed.at_end)) {
            report_lost(r, v == YES);
            return v == YES ? SK_FEED_OK : SK_FEED_END;
        }
        enum sk_feed_result res = sk_feed_need(&r->feed, v == MORE ? need : 1, SK_RESYNC_BLOCK);
        if (res == SK_FEED_WAIT || res == SK_FEED_STOP)
            return res;
    }
}

static enum sk_feed_result search_from_here(struct sk_reader *r, const struct record *bad, bool cut) {
    struct sk_pcap *p = &r->pcap;
    p->searching = true;
    p->cut = cut;
    p->zeros = bad->caplen == 0;
    p->bad_length = bad->caplen;
    p->lost_from = r->feed.offset;
    sk_feed_consume(&r->feed, 1);
    return search(r);
}

/* ---- the file header ----------------------------------------------------------------------------------------------
 */

/* Programs wrote three record layouts under the modified magic; the one whose records chain is it. */
static enum sk_feed_result choose_layout(struct sk_reader *r) {
    static const uint8_t layouts[] = {MODIFIED_HEADER, RECORD_HEADER, SS990915_HEADER};
    for (size_t i = 0; i < sizeof layouts; i++) {
        r->pcap.record_header = layouts[i];
        size_t need = 0;
        enum verdict v;
        while ((v = chain(r, sk_feed_window(&r->feed), &need)) == MORE) {
            enum sk_feed_result res = sk_feed_need(&r->feed, need, 0);
            if (res == SK_FEED_WAIT || res == SK_FEED_STOP) {
                r->pcap.record_header = 0; /* to be chosen yet */
                return res;
            }
        }
        if (v == YES)
            return SK_FEED_OK;
    }
    r->pcap.record_header = MODIFIED_HEADER;
    return SK_FEED_OK;
}

/* Magic numbers as a big-endian reader sees them. */
#define USEC_BE     0xa1b2c3d4U
#define USEC_LE     0xd4c3b2a1U
#define NSEC_BE     0xa1b23c4dU
#define NSEC_LE     0x4d3cb2a1U
#define MODIFIED_BE 0xa1b2cd34U
#define MODIFIED_LE 0x34cdb2a1U

static void set_limit(struct sk_pcap *p, uint32_t snaplen) {
    p->limit = snaplen < SK_RECORD_LIKELY ? SK_RECORD_LIKELY : snaplen > SK_RECORD_MAX ? SK_RECORD_MAX : snaplen;
}

static enum sk_feed_result file_header(struct sk_reader *r) {
    struct sk_pcap *p = &r->pcap;
    enum sk_feed_result res = sk_feed_need(&r->feed, FILE_HEADER, 0);
    if (res == SK_FEED_END) {
        sk_reader_report(r, r->feed.offset, "file ends inside its header: %zu of %d bytes are there",
                         sk_feed_left(&r->feed), FILE_HEADER);
        r->input->opened = r->feed.offset > 0;
    }
    if (res != SK_FEED_OK)
        return res;
    struct sk_cur c = sk_feed_window(&r->feed);
    uint32_t magic = sk_cur_be32(&c);
    bool modified = magic == MODIFIED_BE || magic == MODIFIED_LE;
    p->big_endian = magic == USEC_BE || magic == NSEC_BE || magic == MODIFIED_BE;
    p->frac_ns = magic == NSEC_BE || magic == NSEC_LE ? 1 : 1000;
    p->record_header = RECORD_HEADER;
    uint16_t major = p->big_endian ? sk_cur_be16(&c) : sk_cur_le16(&c);
    uint16_t minor = p->big_endian ? sk_cur_be16(&c) : sk_cur_le16(&c);
    sk_cur_skip(&c, 8); /* time zone and accuracy: always zero in practice, never applied by others */
    set_limit(p, u32(&c, p->big_endian));
    p->linktype = (uint16_t)u32(&c, p->big_endian); /* above it: length of the FCS, reserved bits */
    p->length_order = LENGTHS_NORMAL;
    if (major == 2 && minor < 3)
        p->length_order = LENGTHS_SWAPPED;
    else if (major == 2 && minor == 3)
        p->length_order = LENGTHS_MAYBE_SWAPPED;
    if (major != 2)
        sk_reader_report(r, r->feed.offset + 4, "pcap version %u.%u is not known; read as 2.4", major, minor);
    sk_feed_consume(&r->feed, FILE_HEADER);
    p->header_done = true;
    p->searching = false;
    if (!modified)
        return SK_FEED_OK;
    return choose_layout(r);
}

/* ---- records ------------------------------------------------------------------------------------------------------
 */

/*
 * As many whole, plausible records as the window holds. Stops, without saying why, at the first that is neither. This
 * is the loop that runs once per packet: byte order and header length are constants in its copies below.
 */
static inline __attribute__((always_inline)) size_t run(struct sk_reader *r, struct sk_packet *at, size_t max,
                                                        const bool big_endian, const size_t header) {
    const uint32_t limit = r->pcap.limit;
    const sk_time frac_ns = r->pcap.frac_ns;
    struct sk_packet pkt = {
        .seq = r->seq, .number = r->number, .file = r->index, .linktype = r->pcap.linktype, .tap = SK_TAP_NONE};
    struct sk_cur c = sk_feed_window(&r->feed);
    const size_t all = c.left;
    uint64_t bytes = 0;
    uint32_t sec = r->pcap.last_sec;
    size_t n = 0;
    while (n < max && c.left >= header) {
        struct sk_cur next = c;
        struct sk_cur h = sk_cur_sub(&next, header);
        uint32_t this_sec = u32(&h, big_endian);
        uint32_t frac = u32(&h, big_endian);
        pkt.caplen = u32(&h, big_endian);
        pkt.wirelen = u32(&h, big_endian);
        if (pkt.caplen - 1 >= limit || pkt.caplen > next.left) /* zero wraps: looked at with care elsewhere */
            break;
        if (pkt.wirelen < pkt.caplen)
            pkt.wirelen = pkt.caplen;
        sec = this_sec;
        pkt.ts = (sk_time)sec * SK_SEC + (sk_time)frac * frac_ns;
        pkt.data = sk_cur_take(&next, pkt.caplen);
        pkt.seq++;
        pkt.number++;
        bytes += pkt.wirelen;
        at[n++] = pkt;
        c = next;
    }
    sk_feed_consume(&r->feed, all - c.left);
    r->seq = pkt.seq;
    r->number = pkt.number;
    r->bytes += bytes;
    r->pcap.last_sec = sec;
    return n;
}

static size_t run_le(struct sk_reader *r, struct sk_packet *at, size_t max) {
    return run(r, at, max, false, RECORD_HEADER);
}
static size_t run_be(struct sk_reader *r, struct sk_packet *at, size_t max) {
    return run(r, at, max, true, RECORD_HEADER);
}
static size_t run_modified(struct sk_reader *r, struct sk_packet *at, size_t max) {
    return run(r, at, max, r->pcap.big_endian, r->pcap.record_header);
}

static void deliver(struct sk_reader *r, const struct record *rec, const uint8_t *data, struct sk_packet *at) {
    *at = (struct sk_packet){.data = data,
                             .caplen = rec->caplen,
                             .wirelen = rec->wirelen > rec->caplen ? rec->wirelen : rec->caplen,
                             .ts = (sk_time)rec->sec * SK_SEC + (sk_time)rec->frac * r->pcap.frac_ns,
                             .seq = ++r->seq,
                             .number = ++r->number,
                             .file = r->index,
                             .linktype = r->pcap.linktype,
                             .tap = SK_TAP_NONE};
    r->bytes += at->wirelen;
    r->pcap.last_sec = rec->sec;
}

/* Captures that were appended to one another (`cat`, or rotated ones compressed as members of one gzip file): what lies
 * here is the header of the next, of version 2.4 and with zero where a record has its lengths. */
static bool is_file_header(struct sk_cur c) {
    uint32_t magic = sk_cur_be32(&c);
    uint32_t version = sk_cur_be32(&c);
    uint64_t zeros = (uint64_t)sk_cur_be32(&c) | sk_cur_be32(&c);
    bool big = magic == USEC_BE || magic == NSEC_BE || magic == MODIFIED_BE;
    bool little = magic == USEC_LE || magic == NSEC_LE || magic == MODIFIED_LE;
    return sk_cur_ok(&c) && zeros == 0 && ((big && version == 0x00020004) || (little && version == 0x02000400));
}

/* One record the fast loop did not take: one that needs more bytes, an odd one, or damage. */
static enum sk_feed_result one(struct sk_reader *r, struct sk_packet *at, bool *ret_delivered) {
    struct sk_pcap *p = &r->pcap;
    enum sk_feed_result res = sk_feed_need(&r->feed, p->record_header, 0);
    if (res == SK_FEED_END && sk_feed_left(&r->feed) > 0)
        sk_reader_report(r, r->feed.offset, "file ends inside a packet header: %zu of %u bytes are there",
                         sk_feed_left(&r->feed), p->record_header);
    if (res != SK_FEED_OK)
        return res;
    struct sk_cur c = sk_feed_window(&r->feed);
    if (is_file_header(c)) {
        p->header_done = false;
        return SK_FEED_OK;
    }
    struct record rec = record_of(p, &c);
    bool nothing = rec.caplen == 0 && rec.wirelen == 0 && rec.sec == 0 && rec.frac == 0;
    if (nothing || rec.caplen > p->limit)
        return search_from_here(r, &rec, false);
    size_t whole = (size_t)p->record_header + rec.caplen;
    res = sk_feed_need(&r->feed, whole, 0);
    if (res == SK_FEED_END)
        return search_from_here(r, &rec, true);
    if (res != SK_FEED_OK)
        return res;
    c = sk_feed_window(&r->feed);
    sk_cur_skip(&c, p->record_header);
    deliver(r, &rec, sk_cur_take(&c, rec.caplen), at);
    sk_feed_consume(&r->feed, whole);
    *ret_delivered = true;
    return SK_FEED_OK;
}

static enum sk_step pcap_next(struct sk_reader *r, struct sk_packet *at, size_t max, size_t *ret_n) {
    struct sk_pcap *p = &r->pcap;
    enum sk_feed_result res = SK_FEED_OK;
    size_t n = 0;
    while (res == SK_FEED_OK && n == 0) {
        if (!p->header_done || p->record_header == 0 || p->searching) {
            res = !p->header_done ? file_header(r) : p->searching ? search(r) : choose_layout(r);
            continue;
        }
        if (p->length_order == LENGTHS_NORMAL)
            n = p->record_header != RECORD_HEADER ? run_modified(r, at, max)
                : p->big_endian                   ? run_be(r, at, max)
                                                  : run_le(r, at, max);
        bool delivered = false;
        if (n == 0)
            res = one(r, at, &delivered);
        n += delivered;
        r->feed.last_seq = r->seq;
    }
    *ret_n = n;
    return n > 0 ? SK_STEP_PACKETS : res == SK_FEED_WAIT ? SK_STEP_WAIT : SK_STEP_END;
}

const struct sk_format sk_format_pcap = {.name = "pcap", .next = pcap_next};
