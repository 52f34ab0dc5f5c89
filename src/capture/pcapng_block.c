/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of pcapng (draft-ietf-opsawg-pcapng): section header, interface description, and the packet blocks that the
 * fast loop of pcapng_file.c leaves: old, simple, or with a time that needs care.
 *
 *  options: +------+--------+------- - - -+    until code 0 or the end of the block
 *           | code | length | value, pad 4|
 *           +------+--------+------- - - -+
 */
#include "capture/pcapng_block.h"

#include <inttypes.h>

enum { BYTE_ORDER_BE = 0x1a2b3c4d, BYTE_ORDER_LE = 0x4d3c2b1a };
enum { OPT_END = 0, IF_NAME = 2, IF_TSRESOL = 9, IF_TSOFFSET = 14 };
enum { TSRESOL_DEFAULT = 6, TSRESOL_BINARY = 0x80 };
#define TIME_MAX SK_TIME_MAX
#define SEC_MAX  (TIME_MAX / SK_SEC)

static inline uint16_t u16(struct sk_cur *c, bool be) { return be ? sk_cur_be16(c) : sk_cur_le16(c); }
static inline uint32_t u32(struct sk_cur *c, bool be) { return be ? sk_cur_be32(c) : sk_cur_le32(c); }
static uint64_t u64(struct sk_cur *c, bool be) {
    uint64_t first = u32(c, be);
    uint64_t second = u32(c, be);
    return be ? first << 32 | second : second << 32 | first;
}

bool sk_ng_byte_order(struct sk_cur *magic, bool *ret_big_endian) {
    uint32_t m = sk_cur_be32(magic);
    if (m == BYTE_ORDER_BE)
        *ret_big_endian = true;
    else if (m == BYTE_ORDER_LE)
        *ret_big_endian = false;
    return sk_cur_ok(magic) && (m == BYTE_ORDER_BE || m == BYTE_ORDER_LE);
}

/* ---- time ---------------------------------------------------------------------------------------------------------
 */

static uint64_t power_of_ten(unsigned e) {
    uint64_t v = 1;
    while (e-- > 0)
        v *= 10;
    return v;
}

/* Whole seconds and nanoseconds of ticks; resolutions finer than 64 bits can count within a second are all fraction. */
static void split(uint8_t tsresol, uint64_t ticks, uint64_t *ret_sec, uint64_t *ret_ns) {
    unsigned e = tsresol & 0x7fU;
    *ret_sec = 0;
    *ret_ns = 0;
    if (tsresol & TSRESOL_BINARY) {
        uint64_t frac = e < 64 ? ticks & ((UINT64_C(1) << e) - 1) : ticks;
        if (e < 64)
            *ret_sec = ticks >> e;
        if (e > 34) { /* 2^34 * 10^9 still fits; what is cut is below a nanosecond */
            frac = e - 34 < 64 ? frac >> (e - 34) : 0;
            e = 34;
        }
        *ret_ns = frac * (uint64_t)SK_SEC >> e;
    } else if (e <= 9) {
        uint64_t units = power_of_ten(e);
        *ret_sec = ticks / units;
        *ret_ns = ticks % units * power_of_ten(9 - e);
    } else if (e <= 28) { /* 10^(28-9) is the largest power of ten that fits */
        uint64_t ns = ticks / power_of_ten(e - 9);
        *ret_sec = ns / (uint64_t)SK_SEC;
        *ret_ns = ns % (uint64_t)SK_SEC;
    }
}

sk_time sk_ng_time(const struct sk_pcapng_iface *iface, uint64_t ticks, bool *ret_clamped) {
    uint64_t sec = 0, ns = 0;
    split(iface->tsresol, ticks, &sec, &ns);
    int64_t all = 0;
    bool overflow = sec > INT64_MAX || __builtin_add_overflow((int64_t)sec, iface->offset, &all);
    if (!overflow && all >= 0 && all < SEC_MAX)
        return all * SK_SEC + (sk_time)ns;
    *ret_clamped = true;
    return overflow || all >= SEC_MAX ? TIME_MAX : 0;
}

/* Most interfaces count powers of ten up to nanoseconds from 1970: then a time is one multiplication. */
static void prepare_time(struct sk_pcapng_iface *iface) {
    if (iface->tsresol > 9 || iface->offset != 0)
        return;
    iface->mult = power_of_ten(9U - iface->tsresol);
    iface->ts_end = (uint64_t)SEC_MAX * power_of_ten(iface->tsresol);
}

/* ---- section, interface -------------------------------------------------------------------------------------------
 */

/* Next option; false at their end. Options that run past the block are told once and end there. */
static bool option(struct sk_reader *r, struct sk_cur *c, bool be, uint16_t *ret_code, struct sk_cur *ret_value) {
    if (c->left == 0)
        return false;
    size_t left = c->left;
    *ret_code = u16(c, be);
    uint16_t len = u16(c, be);
    if (sk_cur_ok(c) && *ret_code == OPT_END)
        return false;
    *ret_value = sk_cur_sub(c, len);
    if (!sk_cur_ok(c)) {
        sk_reader_report(r, r->feed.offset, "options run past the end of their block (%zu bytes left)", left);
        return false;
    }
    sk_cur_skip(c, c->left < (4U - len % 4U) % 4U ? c->left : (4U - len % 4U) % 4U);
    return true;
}

static void section(struct sk_reader *r, bool be, struct sk_cur body) {
    struct sk_pcapng *p = &r->pcapng;
    sk_cur_skip(&body, 4); /* byte-order mark */
    uint16_t major = u16(&body, be);
    uint16_t minor = u16(&body, be);
    sk_cur_skip(&body, 8); /* length of the section: not needed to find the next */
    p->big_endian = be;
    p->first_iface += p->n_iface;
    p->n_iface = 0;
    p->skip_section = true;
    if (!sk_cur_ok(&body)) {
        sk_reader_report(r, r->feed.offset, "section header is too short; its section is skipped");
        return;
    }
    if (major != 1) {
        sk_reader_report(r, r->feed.offset, "pcapng version %u.%u is not known; its section is skipped", major, minor);
        return;
    }
    p->skip_section = false;
    p->in_section = true;
    struct sk_cur value;
    uint16_t code;
    while (option(r, &body, be, &code, &value)) /* nothing here is used; damage is told */
        ;
}

static struct sk_pcapng_iface *new_iface(struct sk_reader *r) {
    struct sk_pcapng *p = &r->pcapng;
    if (p->first_iface + p->n_iface >= SK_IFACES_MAX)
        return NULL;
    if (p->n_iface == p->cap_iface) {
        size_t cap = p->cap_iface ? p->cap_iface * 2 : 4;
        struct sk_pcapng_iface *grown = (struct sk_pcapng_iface *)realloc(p->iface, cap * sizeof *grown);
        if (!grown)
            return NULL;
        p->iface = grown;
        p->cap_iface = cap;
    }
    struct sk_pcapng_iface *iface = &p->iface[p->n_iface++];
    *iface = (struct sk_pcapng_iface){.tsresol = TSRESOL_DEFAULT};
    return iface;
}

static void interface(struct sk_reader *r, bool be, struct sk_cur body) {
    uint16_t linktype = u16(&body, be);
    sk_cur_skip(&body, 2);
    uint32_t snaplen = u32(&body, be);
    struct sk_pcapng_iface *iface = new_iface(r);
    if (!iface) {
        sk_reader_report(r, r->feed.offset, "more than %d interfaces in one file; this one's packets are not read",
                         SK_IFACES_MAX);
        return;
    }
    iface->linktype = linktype;
    iface->snaplen = snaplen;
    if (!sk_cur_ok(&body))
        sk_reader_report(r, r->feed.offset, "interface description is too short");
    struct sk_cur value;
    struct sk_cur name = {0};
    uint16_t code;
    while (option(r, &body, be, &code, &value)) {
        if (code == IF_NAME)
            name = value;
        else if (code == IF_TSRESOL && value.left == 1)
            iface->tsresol = sk_cur_u8(&value);
        else if (code == IF_TSOFFSET && value.left == 8)
            iface->offset = (int64_t)u64(&value, be);
        else if (code == IF_TSRESOL || code == IF_TSOFFSET)
            sk_reader_report(r, r->feed.offset, "option %u of an interface has %zu bytes; not used", code, value.left);
    }
    prepare_time(iface);
    sk_reader_name(r, name.p, name.left);
}

/* ---- packets ------------------------------------------------------------------------------------------------------
 */

/* @return of this section, or NULL after telling */
static const struct sk_pcapng_iface *iface_of(struct sk_reader *r, uint32_t id) {
    if (id < r->pcapng.n_iface)
        return &r->pcapng.iface[id];
    sk_reader_report(r, r->feed.offset, "packet of interface %" PRIu32 ", but the section describes %zu; skipped", id,
                     r->pcapng.n_iface);
    return NULL;
}

static bool deliver(struct sk_reader *r, uint32_t id, sk_time ts, uint32_t wirelen, struct sk_cur *data,
                    uint32_t caplen, struct sk_packet *at) {
    if (caplen > data->left || caplen > SK_RECORD_MAX) {
        sk_reader_report(r, r->feed.offset, "packet says %" PRIu32 " bytes, but its block holds %zu; skipped", caplen,
                         data->left);
        return false;
    }
    *at = (struct sk_packet){.data = sk_cur_take(data, caplen),
                             .caplen = caplen,
                             .wirelen = wirelen > caplen ? wirelen : caplen,
                             .ts = ts,
                             .seq = ++r->seq,
                             .number = ++r->number,
                             .file = r->index,
                             .linktype = r->pcapng.iface[id].linktype,
                             .iface = (uint16_t)(r->pcapng.first_iface + id),
                             .tap = SK_TAP_NONE};
    r->bytes += at->wirelen;
    r->pcapng.last = ts;
    return true;
}

/* Enhanced, or the old packet block whose interface has 16 bits, followed by a count of drops. */
static bool packet(struct sk_reader *r, uint32_t type, bool be, struct sk_cur body, struct sk_packet *at) {
    uint32_t id = type == SK_NG_EPB ? u32(&body, be) : u16(&body, be);
    if (type == SK_NG_PB)
        sk_cur_skip(&body, 2);
    uint64_t high = u32(&body, be);
    uint64_t ticks = high << 32 | u32(&body, be);
    uint32_t caplen = u32(&body, be);
    uint32_t wirelen = u32(&body, be);
    if (!sk_cur_ok(&body)) {
        sk_reader_report(r, r->feed.offset, "packet block is too short; skipped");
        return false;
    }
    const struct sk_pcapng_iface *iface = iface_of(r, id);
    if (!iface)
        return false;
    bool clamped = false;
    sk_time ts = sk_ng_time(iface, ticks, &clamped);
    if (!deliver(r, id, ts, wirelen, &body, caplen, at))
        return false;
    r->clamped += clamped;
    return true;
}

/* Only a length on the wire: captured is that or the snapshot length, the time is the last packet's. */
static bool simple_packet(struct sk_reader *r, bool be, struct sk_cur body, struct sk_packet *at) {
    uint32_t wirelen = u32(&body, be);
    if (!sk_cur_ok(&body)) {
        sk_reader_report(r, r->feed.offset, "packet block is too short; skipped");
        return false;
    }
    const struct sk_pcapng_iface *iface = iface_of(r, 0);
    if (!iface)
        return false;
    uint32_t caplen = iface->snaplen && iface->snaplen < wirelen ? iface->snaplen : wirelen;
    return deliver(r, 0, r->pcapng.last, wirelen, &body, caplen, at);
}

bool sk_ng_block(struct sk_reader *r, uint32_t type, bool big_endian, struct sk_cur body, struct sk_packet *at) {
    if (type == SK_NG_SHB)
        section(r, big_endian, body);
    else if (r->pcapng.skip_section)
        return false;
    else if (type == SK_NG_IDB)
        interface(r, big_endian, body);
    else if (type == SK_NG_EPB || type == SK_NG_PB)
        return packet(r, type, big_endian, body, at);
    else if (type == SK_NG_SPB)
        return simple_packet(r, big_endian, body, at);
    else if (type == SK_NG_CUSTOM || type == SK_NG_CUSTOM_NOCOPY || type == SK_NG_JOURNAL)
        r->number++; /* no packet, but Wireshark shows these as frames: its numbers are what people look for */
    return false;
}
