/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng files (draft-ietf-opsawg-pcapng): sections of either byte order, each with its own interfaces; a block is
 *
 *  0        4        8                       length-4    length
 *  +--------+--------+---------- - - - -----------+--------+
 *  |  type  | length | body, padded to 4, options | length |
 *  +--------+--------+---------- - - - -----------+--------+
 *
 * The length at both ends makes damage visible and the next sane block findable.
 */
#include "capture/pcapng_block.h"

#include <inttypes.h>
#include <stdarg.h>

enum {
    BLOCK_MIN = 12,
    SHB_MIN = 28,
    EPB_FIXED = 28, /* type, length, interface, time (2), captured, on wire */
    EPB_MIN = EPB_FIXED + 4,
    BLOCK_HELD = SK_RECORD_MAX + 4096, /* larger blocks are stepped over, never held */
    SEARCH_HELD = 1024 * 1024,         /* larger blocks are not found by a search */
};

static inline uint32_t u32(struct sk_cur *c, bool big_endian) { return big_endian ? sk_cur_be32(c) : sk_cur_le32(c); }

/* ---- searching ----------------------------------------------------------------------------------------------------
 */

enum verdict { NO, YES, MORE };

static bool known_type(uint32_t type) {
    return (type >= SK_NG_IDB && type <= SK_NG_DSB) || type == SK_NG_SHB || type == SK_NG_CUSTOM ||
           type == SK_NG_CUSTOM_NOCOPY;
}

/* Does a whole block of a known type, with the same length at both ends, begin here? */
static enum verdict block_here(const struct sk_reader *r, struct sk_cur c, size_t *ret_need) {
    bool be = r->pcapng.big_endian;
    if (c.left < BLOCK_MIN) {
        *ret_need = BLOCK_MIN;
        return r->feed.at_end ? NO : MORE;
    }
    struct sk_cur whole = c;
    uint32_t type = u32(&c, be);
    if (!known_type(type))
        return NO;
    struct sk_cur magic = c;
    sk_cur_skip(&magic, 4);
    if (type == SK_NG_SHB && !sk_ng_byte_order(&magic, &be))
        return NO;
    uint32_t len = u32(&c, be);
    if (len < BLOCK_MIN || len % 4 != 0 || len > SEARCH_HELD)
        return NO;
    if (whole.left < len) {
        *ret_need = len;
        return r->feed.at_end ? NO : MORE;
    }
    sk_cur_skip(&whole, len - 4);
    return u32(&whole, be) == len ? YES : NO;
}

static void report_lost(struct sk_reader *r, bool found) {
    struct sk_pcapng *p = &r->pcapng;
    uint64_t lost = r->feed.offset - p->lost_from;
    p->searching = false;
    if (p->cut_len > 0 && !found)
        sk_reader_report(r, p->lost_from, "file ends inside a block: %" PRIu64 " of %" PRIu32 " bytes are there", lost,
                         p->cut_len);
    else
        sk_reader_report(r, p->lost_from, "%s; %s (%" PRIu64 " bytes lost)", p->lost_why,
                         found ? "skipped to the next sane block" : "no sane block follows", lost);
}

static enum sk_feed_result search(struct sk_reader *r) {
    for (;;) {
        struct sk_cur c = sk_feed_window(&r->feed);
        size_t need = BLOCK_MIN;
        enum verdict v = c.left < need && !r->feed.at_end ? MORE : NO;
        while (v == NO && c.left > 0) {
            v = block_here(r, c, &need);
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

static enum sk_feed_result SK_PRINTF(2, 3) search_from_here(struct sk_reader *r, const char *fmt, ...) {
    struct sk_pcapng *p = &r->pcapng;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(p->lost_why, sizeof p->lost_why, fmt, ap);
    va_end(ap);
    p->searching = true;
    p->cut_len = 0;
    p->lost_from = r->feed.offset;
    sk_feed_consume(&r->feed, 1);
    return search(r);
}

/* ---- packets ------------------------------------------------------------------------------------------------------
 */

/*
 * Enhanced packet blocks as long as they come, are whole and sane. Stops, without saying why, at anything else. This is
 * the loop that runs once per packet.
 */
static inline __attribute__((always_inline)) size_t run(struct sk_reader *r, struct sk_packet *at, size_t max,
                                                        const bool be) {
    struct sk_pcapng *p = &r->pcapng;
    struct sk_packet pkt = {.seq = r->seq, .number = r->number, .file = r->index, .tap = SK_TAP_NONE, .ts = p->last};
    struct sk_cur c = sk_feed_window(&r->feed);
    const size_t all = c.left;
    size_t n = 0;
    while (n < max && c.left >= EPB_MIN) {
        struct sk_cur next = c;
        uint32_t type = u32(&next, be);
        uint32_t len = u32(&next, be);
        if (type != SK_NG_EPB || len < EPB_MIN || len % 4 != 0 || len > c.left)
            break;
        struct sk_cur body = sk_cur_sub(&next, len - BLOCK_MIN);
        uint32_t trailer = u32(&next, be);
        uint32_t id = u32(&body, be);
        uint64_t high = u32(&body, be);
        uint64_t ticks = high << 32 | u32(&body, be);
        pkt.caplen = u32(&body, be);
        pkt.wirelen = u32(&body, be);
        if (trailer != len || id >= p->n_iface || pkt.caplen > body.left || pkt.caplen > SK_RECORD_MAX)
            break;
        const struct sk_pcapng_iface *iface = &p->iface[id];
        if (ticks >= iface->ts_end)
            break; /* the slow way */
        pkt.ts = (sk_time)(ticks * iface->mult);
        pkt.linktype = iface->linktype;
        pkt.iface = (uint16_t)(p->first_iface + id);
        if (pkt.wirelen < pkt.caplen)
            pkt.wirelen = pkt.caplen;
        pkt.data = sk_cur_take(&body, pkt.caplen);
        pkt.seq++;
        pkt.number++;
        r->bytes += pkt.wirelen;
        at[n++] = pkt;
        c = next;
    }
    sk_feed_consume(&r->feed, all - c.left);
    r->seq = pkt.seq;
    r->number = pkt.number;
    p->last = pkt.ts;
    return n;
}

static size_t run_le(struct sk_reader *r, struct sk_packet *at, size_t max) { return run(r, at, max, false); }
static size_t run_be(struct sk_reader *r, struct sk_packet *at, size_t max) { return run(r, at, max, true); }

/* ---- blocks one by one --------------------------------------------------------------------------------------------
 */

/* A block too large to hold: over it without keeping a byte, then its trailer. */
static enum sk_feed_result skip_large(struct sk_reader *r) {
    struct sk_pcapng *p = &r->pcapng;
    enum sk_feed_result res = sk_feed_skip(&r->feed, &p->skipping);
    if (res == SK_FEED_OK)
        res = sk_feed_need(&r->feed, 4, 0);
    if (res == SK_FEED_WAIT || res == SK_FEED_STOP)
        return res;
    uint32_t len = p->skip_len;
    p->skip_len = 0;
    if (res == SK_FEED_END) {
        sk_reader_report(r, p->skip_from, "file ends inside a block: %" PRIu64 " of %" PRIu32 " bytes are there",
                         r->feed.offset + sk_feed_left(&r->feed) - p->skip_from, len);
        sk_feed_consume(&r->feed, sk_feed_left(&r->feed));
        return res;
    }
    struct sk_cur c = sk_feed_window(&r->feed);
    uint32_t trailer = u32(&c, p->big_endian);
    sk_feed_consume(&r->feed, 4);
    if (trailer != len)
        sk_reader_report(r, p->skip_from, "block says %" PRIu32 " bytes at its begin and %" PRIu32 " at its end", len,
                         trailer);
    return SK_FEED_OK;
}

/* Type and length of the block at the window's start, with the byte order a section header brings itself. */
struct head {
    uint32_t type, len;
    bool be;
};
static bool head_of(const struct sk_reader *r, struct head *ret) {
    struct sk_cur c = sk_feed_window(&r->feed);
    *ret = (struct head){.be = r->pcapng.big_endian};
    ret->type = u32(&c, ret->be);
    struct sk_cur magic = c;
    sk_cur_skip(&magic, 4);
    bool ok = ret->type != SK_NG_SHB || sk_ng_byte_order(&magic, &ret->be);
    ret->len = u32(&c, ret->be);
    return ok;
}

/* The trailer is wrong: is it only that, and the next block begins where the length says? */
static enum sk_feed_result wrong_trailer(struct sk_reader *r, const struct head *h, uint32_t trailer, bool *ret_only) {
    *ret_only = false;
    for (;;) {
        struct sk_cur c = sk_feed_window(&r->feed);
        sk_cur_skip(&c, h->len);
        if (c.left == 0 && r->feed.at_end)
            break;
        size_t more = BLOCK_MIN;
        enum verdict v = block_here(r, c, &more);
        if (v == YES)
            break;
        if (v == NO)
            return search_from_here(r, "block says %" PRIu32 " bytes at its begin and %" PRIu32 " at its end", h->len,
                                    trailer);
        enum sk_feed_result res = sk_feed_need(&r->feed, h->len + more, 0);
        if (res == SK_FEED_WAIT || res == SK_FEED_STOP)
            return res;
    }
    sk_reader_report(r, r->feed.offset, "block says %" PRIu32 " bytes at its begin and %" PRIu32 " at its end; read on",
                     h->len, trailer);
    *ret_only = true;
    return SK_FEED_OK;
}

/* The block runs past the end of the file: the file was cut, or the length is wrong and blocks follow. */
static enum sk_feed_result past_the_end(struct sk_reader *r, const struct head *h) {
    struct sk_pcapng *p = &r->pcapng;
    (void)snprintf(p->lost_why, sizeof p->lost_why, "block says %" PRIu32 " bytes", h->len);
    p->searching = true;
    p->cut_len = h->len;
    p->lost_from = r->feed.offset;
    sk_feed_consume(&r->feed, 1);
    return search(r);
}

/* A length that cannot be held or cannot be: over it, or on to the next sane block. */
static enum sk_feed_result odd_length(struct sk_reader *r, const struct head *h) {
    struct sk_pcapng *p = &r->pcapng;
    if (h->len < BLOCK_MIN)
        return search_from_here(r, "block of type %" PRIu32 " says %" PRIu32 " bytes: too short", h->type, h->len);
    bool can_be_large = h->len % 4 == 0 && known_type(h->type) && h->type != SK_NG_SHB && h->type != SK_NG_IDB;
    if (sk_ng_is_packet(h->type) || !can_be_large)
        return search_from_here(r, "block of type %" PRIu32 " says %" PRIu32 " bytes", h->type, h->len);
    p->skip_len = h->len;
    p->skip_from = r->feed.offset;
    p->skipping = h->len - 4;
    return skip_large(r);
}

/* One block of any kind, whole or damaged. */
static enum sk_feed_result one(struct sk_reader *r, struct sk_packet *at, bool *ret_delivered) {
    enum sk_feed_result res = sk_feed_need(&r->feed, BLOCK_MIN, 0);
    if (res == SK_FEED_END && sk_feed_left(&r->feed) > 0)
        sk_reader_report(r, r->feed.offset, "file ends inside a block: %zu bytes are there", sk_feed_left(&r->feed));
    if (res != SK_FEED_OK)
        return res;
    struct head h;
    if (!head_of(r, &h))
        return search_from_here(r, "section header has no byte-order mark");
    if (h.len < BLOCK_MIN || h.len > BLOCK_HELD)
        return odd_length(r, &h);
    size_t whole = (h.len + 3U) & ~3U; /* some writers pad, but do not count the padding */
    res = sk_feed_need(&r->feed, whole, 0);
    if (res == SK_FEED_END)
        return past_the_end(r, &h);
    if (res != SK_FEED_OK)
        return res;
    struct sk_cur c = sk_feed_window(&r->feed);
    sk_cur_skip(&c, whole - 4);
    uint32_t trailer = u32(&c, h.be);
    bool only = trailer == h.len;
    if (h.len % 4 != 0 && !only)
        return search_from_here(r, "block of type %" PRIu32 " says %" PRIu32 " bytes: not a multiple of 4", h.type,
                                h.len);
    if (h.len % 4 != 0)
        sk_reader_report(r, r->feed.offset, "block says %" PRIu32 " bytes, not a multiple of 4; read as %zu", h.len,
                         whole);
    if (!only) {
        res = wrong_trailer(r, &h, trailer, &only);
        if (!only)
            return res;
    }
    c = sk_feed_window(&r->feed);
    struct sk_cur body = sk_cur_sub(&c, whole - 4);
    sk_cur_skip(&body, 8);
    *ret_delivered = sk_ng_block(r, h.type, h.be, body, at);
    sk_feed_consume(&r->feed, whole);
    return SK_FEED_OK;
}

static enum sk_step pcapng_next(struct sk_reader *r, struct sk_packet *at, size_t max, size_t *ret_n) {
    struct sk_pcapng *p = &r->pcapng;
    enum sk_feed_result res = SK_FEED_OK;
    size_t n = 0;
    while (n < max) {
        if (p->in_section && !p->searching && p->skip_len == 0)
            n += p->big_endian ? run_be(r, at + n, max - n) : run_le(r, at + n, max - n);
        r->feed.last_seq = r->seq;
        if (n > 0) /* the next block may have to be waited for */
            break;
        bool delivered = false;
        res = p->skip_len > 0 ? skip_large(r) : p->searching ? search(r) : one(r, at, &delivered);
        r->feed.last_seq = r->seq;
        n += delivered;
        if (res != SK_FEED_OK)
            break;
    }
    if (!p->in_section && n == 0 && res == SK_FEED_END)
        r->input->opened = false;
    *ret_n = n;
    return n > 0 ? SK_STEP_PACKETS : res == SK_FEED_WAIT ? SK_STEP_WAIT : SK_STEP_END;
}

static void pcapng_close(struct sk_reader *r) { free(r->pcapng.iface); }

const struct sk_format sk_format_pcapng = {.name = "pcapng", .next = pcapng_next, .close = pcapng_close};
