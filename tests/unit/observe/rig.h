/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A lane without a pipeline: frames in, events out. Also frames built by hand with right lengths and checksums, a
 * reader of classic capture files, and the truncation law of observers.
 */
#ifndef TESTS_OBSERVE_RIG_H
#define TESTS_OBSERVE_RIG_H

#include "guard.h"
#include "hex.h"
#include "sekimori/observer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef RIG_WITHOUT_CMOCKA /* fuzz targets are not linked with it */
#define fail_msg(...) (fprintf(stderr, __VA_ARGS__), abort())
#else
#include <cmocka.h>
#endif

#define UNUSED __attribute__((unused))

enum { RIG_EVENTS = 4096 };

struct rig {
    struct sk_emit emit;
    struct sk_obs o;
    struct sk_observers *all;
    struct sk_counts counts;
    bool wanted[SKE_COUNT];
    struct sk_event *scratch;
    struct sk_event *ev[RIG_EVENTS];
    unsigned n;
    uint64_t seq;
    struct sk_layers layers;
};

static UNUSED struct sk_event *rig_begin(struct sk_emit *e) { return ((struct rig *)(void *)e)->scratch; }

static UNUSED void rig_commit(struct sk_emit *e, struct sk_event *ev) {
    struct rig *r = (struct rig *)(void *)e;
    if (r->n == RIG_EVENTS)
        return;
    r->ev[r->n] = (struct sk_event *)malloc(ev->size);
    memcpy(r->ev[r->n++], ev, ev->size);
}

static UNUSED struct rig *rig_new(void) {
    struct rig *r = (struct rig *)calloc(1, sizeof *r);
    r->emit = (struct sk_emit){.begin = rig_begin, .commit = rig_commit};
    r->scratch = (struct sk_event *)malloc(SK_EVENT_MAX);
    memset(r->wanted, 1, sizeof r->wanted);
    r->o = (struct sk_obs){.policy = sk_policy_none(),
                           .emit = &r->emit,
                           .counts = &r->counts,
                           .wanted = r->wanted,
                           .key = &sk_hash_key_fixed,
                           .offline = true};
    r->all = sk_observers_new(&r->o, NULL);
    return r;
}

static UNUSED void rig_clear(struct rig *r) {
    for (unsigned i = 0; i < r->n; i++)
        free(r->ev[i]);
    r->n = 0;
}

static UNUSED void rig_free(struct rig *r) {
    rig_clear(r);
    sk_observers_free(r->all);
    free(r->scratch);
    free(r);
}

static UNUSED void rig_packet(struct rig *r, const struct sk_packet *pkt) {
    sk_decode(pkt, &r->layers);
    r->o.pkt = pkt;
    r->o.layers = &r->layers;
    r->o.now = pkt->ts;
    r->o.seq = pkt->seq;
    r->o.sub = 0;
    sk_observe_packet(r->all, &r->o);
}

static UNUSED void rig_frame_of(struct rig *r, uint16_t linktype, const uint8_t *b, size_t n, size_t wire, sk_time ts) {
    r->seq++;
    struct sk_packet pkt = {.data = b,
                            .caplen = (uint32_t)n,
                            .wirelen = (uint32_t)wire,
                            .ts = ts,
                            .seq = r->seq,
                            .number = r->seq,
                            .linktype = linktype,
                            .tap = SK_TAP_NONE};
    rig_packet(r, &pkt);
}
static UNUSED void rig_frame_at(struct rig *r, const uint8_t *b, size_t n, size_t wire, sk_time ts) {
    rig_frame_of(r, SK_LINKTYPE_ETHERNET, b, n, wire, ts);
}

static UNUSED void rig_frame(struct rig *r, const uint8_t *b, size_t n) { rig_frame_at(r, b, n, n, 1000 * SK_SEC); }

static UNUSED void rig_tick(struct rig *r, sk_time now) {
    r->o.pkt = NULL;
    r->o.layers = NULL;
    r->o.now = now;
    r->o.seq = r->seq + 1;
    r->o.sub = 0;
    sk_observe_tick(r->all, &r->o);
}

static UNUSED void rig_flush(struct rig *r, sk_time now) {
    r->o.pkt = NULL;
    r->o.layers = NULL;
    r->o.now = now;
    r->o.seq = r->seq + 1;
    sk_observe_flush(r->all, &r->o);
}

/** Whole file in memory (the caller frees), or NULL. */
static UNUSED uint8_t *rig_read(const char *path, size_t *ret_n) {
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    uint8_t *b = (uint8_t *)malloc(1 << 22);
    *ret_n = fread(b, 1, 1 << 22, f);
    (void)fclose(f);
    return b;
}

/** Every frame of a little-endian microsecond capture file. @return frames, -1 = cannot be read */
static UNUSED int rig_pcap(struct rig *r, const char *path) {
    size_t n;
    uint8_t *b = rig_read(path, &n);
    if (!b)
        return -1;
    struct sk_cur c = sk_cur_of(b, n);
    uint32_t magic = sk_cur_le32(&c);
    sk_cur_skip(&c, 16);
    uint32_t link = sk_cur_le32(&c);
    int frames = 0;
    while (magic == 0xa1b2c3d4 && c.left) {
        sk_time ts = (sk_time)sk_cur_le32(&c) * SK_SEC;
        ts += (sk_time)sk_cur_le32(&c) * SK_USEC;
        uint32_t cap = sk_cur_le32(&c);
        uint32_t wire = sk_cur_le32(&c);
        struct sk_cur body = sk_cur_sub(&c, cap);
        if (!sk_cur_ok(&c))
            break;
        frames++;
        r->seq++;
        struct sk_packet pkt = {.data = body.p,
                                .caplen = cap,
                                .wirelen = wire,
                                .ts = ts,
                                .seq = r->seq,
                                .number = (uint64_t)frames,
                                .linktype = (uint16_t)link,
                                .tap = SK_TAP_NONE};
        rig_packet(r, &pkt);
    }
    free(b);
    return magic == 0xa1b2c3d4 ? frames : -1;
}

/* --- what came out --- */

/** The k-th event of a type, NULL = fewer. */
static UNUSED const struct sk_event *rig_event(const struct rig *r, enum sk_event_type type, unsigned k) {
    for (unsigned i = 0; i < r->n; i++)
        if (r->ev[i]->type == type && k-- == 0)
            return r->ev[i];
    return NULL;
}

static UNUSED unsigned rig_count(const struct rig *r, enum sk_event_type type) {
    unsigned n = 0;
    while (rig_event(r, type, n))
        n++;
    return n;
}

/** All values of a field, joined with commas; "" = none. Valid until the eighth next call. */
static UNUSED const char *rig_get(const struct sk_event *ev, const char *field) {
    static char ring[8][2048];
    static unsigned turn;
    char *buf = ring[turn++ % 8], scratch[SK_EVENT_SCRATCH], text[SK_EVENT_TEXT_MAX + 1];
    enum sk_field_id f = sk_field_find(field, strlen(field));
    struct sk_value v;
    if (f == SKF_none)
        fail_msg("no such field: %s", field);
    size_t n = 0;
    buf[0] = '\0';
    for (unsigned k = 0; ev && sk_event_get(ev, NULL, f, k, scratch, &v) && n < 1900; k++) {
        size_t left = 2048 - n;
        n += (size_t)snprintf(buf + n, left, "%s%s", k ? "," : "", sk_value_text(&v, text, sizeof text));
    }
    return buf;
}

#define assert_field(ev, field, expected) assert_string_equal(rig_get(ev, field), expected)

/* --- frames --- */

struct bytes {
    uint8_t b[2048];
    size_t n;
};

static UNUSED struct bytes rig_hex(const char *text) {
    struct bytes r = {.n = 0};
    r.n = sk_hex_read(text, r.b, sizeof r.b);
    return r;
}

static UNUSED uint16_t rig_sum(uint32_t sum, const uint8_t *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? b[i] : (uint32_t)b[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static UNUSED struct sk_addr rig_addr(const char *text) {
    struct sk_addr a;
    if (!sk_addr_parse(text, strlen(text), &a))
        fail_msg("no address: %s", text);
    return a;
}

/** IPv6 around a payload; the checksum of ICMPv6 and UDP is filled in. */
static UNUSED struct bytes rig_ip6(const char *src, const char *dst, uint8_t hops, uint8_t next,
                                   const struct bytes *payload) {
    struct bytes r = {.n = 40 + payload->n};
    struct sk_addr s = rig_addr(src), d = rig_addr(dst);
    r.b[0] = 0x60;
    r.b[4] = (uint8_t)(payload->n >> 8);
    r.b[5] = (uint8_t)payload->n;
    r.b[6] = next;
    r.b[7] = hops;
    memcpy(r.b + 8, s.b, 16);
    memcpy(r.b + 24, d.b, 16);
    memcpy(r.b + 40, payload->b, payload->n);
    size_t at = next == 58 ? 42 : 46;
    if ((next == 58 || next == 17) && r.n >= at + 2) {
        r.b[at] = r.b[at + 1] = 0;
        uint32_t sum = rig_sum((uint32_t)payload->n + next, r.b + 8, 32);
        uint16_t check = (uint16_t)~rig_sum(sum, r.b + 40, payload->n);
        r.b[at] = (uint8_t)(check >> 8);
        r.b[at + 1] = (uint8_t)check;
    }
    return r;
}

static UNUSED struct bytes rig_ip4(const char *src, const char *dst, uint8_t proto, const struct bytes *payload) {
    struct bytes r = {.n = 20 + payload->n};
    struct sk_addr s = rig_addr(src), d = rig_addr(dst);
    r.b[0] = 0x45;
    r.b[2] = (uint8_t)(r.n >> 8);
    r.b[3] = (uint8_t)r.n;
    r.b[8] = 64;
    r.b[9] = proto;
    memcpy(r.b + 12, s.b, 4);
    memcpy(r.b + 16, d.b, 4);
    uint16_t check = (uint16_t)~rig_sum(0, r.b, 20);
    r.b[10] = (uint8_t)(check >> 8);
    r.b[11] = (uint8_t)check;
    memcpy(r.b + 20, payload->b, payload->n);
    return r;
}

static UNUSED struct bytes rig_udp(uint16_t sport, uint16_t dport, const struct bytes *payload) {
    struct bytes r = {.n = 8 + payload->n};
    r.b[0] = (uint8_t)(sport >> 8);
    r.b[1] = (uint8_t)sport;
    r.b[2] = (uint8_t)(dport >> 8);
    r.b[3] = (uint8_t)dport;
    r.b[4] = (uint8_t)(r.n >> 8);
    r.b[5] = (uint8_t)r.n;
    memcpy(r.b + 8, payload->b, payload->n);
    return r;
}

/** Ethernet from 02-00-00-00-00-AA to 33-33-00-00-00-01. */
static UNUSED struct bytes rig_eth(uint16_t type, const struct bytes *payload) {
    static const uint8_t macs[] = {0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0xaa};
    struct bytes r = {.n = 14 + payload->n};
    memcpy(r.b, macs, 12);
    r.b[12] = (uint8_t)(type >> 8);
    r.b[13] = (uint8_t)type;
    memcpy(r.b + 14, payload->b, payload->n);
    return r;
}

/** An ICMPv6 message in Ethernet, from its hexadecimal text (checksum left out of account). */
static UNUSED struct bytes rig_icmp6(const char *src, const char *dst, uint8_t hops, const char *hex) {
    struct bytes m = rig_hex(hex), ip = rig_ip6(src, dst, hops, 58, &m);
    return rig_eth(0x86dd, &ip);
}

static UNUSED struct bytes rig_join(const struct bytes *a, const struct bytes *b) {
    struct bytes r = *a;
    memcpy(r.b + r.n, b->b, b->n);
    r.n += b->n;
    return r;
}

/* --- the truncation law: what a cut frame says is part of what the whole frame says --- */

/* Anomalies, and what follows from not having seen everything. A tunnel whose inside was not seen has the plain kind of
 * its protocol. The high bits of a DNS response code stand in the last record of the message: rather the header's code
 * (NOERROR, where BADVERS is the one other code with these four bits) than none for every capture cut at 96 bytes. */
static UNUSED bool rig_law_excepts(enum sk_field_id f) {
    switch ((unsigned)f) {
    case SKF_icmpv6_anomaly:
    case SKF_icmpv6_checksum:
    case SKF_icmp_checksum:
    case SKF_dhcpv6_anomaly:
    case SKF_dhcpv4_checksum:
    case SKF_dhcpv6_checksum:
    case SKF_dhcpv4_anomaly:
    case SKF_sekimori_effect:
    case SKF_sekimori_certainty:
    case SKF_sekimori_confidence:
    case SKF_tunnel_kind:
    case SKF_icmp_quoted_tunnel_kind:
    case SKF_tunnel_path:
    case SKF_tunnel_confirmed:
    case SKF_network_community_id:
    case SKF_dns_response_code:
        return true;
    default:
        return false;
    }
}

/** Is every value of `part` a value of `whole`? Names the field that is not. */
static UNUSED const char *rig_not_within(const struct sk_event *part, const struct sk_event *whole) {
    enum sk_field_id fields[SKF_COUNT];
    unsigned n = sk_event_fields(part, NULL, fields);
    for (unsigned i = 0; i < n; i++) {
        enum sk_field_id f = fields[i];
        char pa[SK_EVENT_SCRATCH], pb[SK_EVENT_SCRATCH], ta[SK_EVENT_TEXT_MAX + 1], tb[SK_EVENT_TEXT_MAX + 1];
        struct sk_value a, b;
        if (rig_law_excepts(f))
            continue;
        for (unsigned k = 0; sk_event_get(part, NULL, f, k, pa, &a); k++) {
            if (!sk_event_get(whole, NULL, f, k, pb, &b))
                return sk_fields[f].name;
            if (strcmp(sk_value_text(&a, ta, sizeof ta), sk_value_text(&b, tb, sizeof tb)) != 0)
                return sk_fields[f].name;
        }
    }
    return NULL;
}

static UNUSED void rig_sweep(const struct bytes *frame) {
    struct rig *whole = rig_new();
    struct sk_guard g = sk_guard_end(frame->b, frame->n);
    rig_frame(whole, g.p, frame->n);
    for (size_t k = 0; k < frame->n; k++) {
        struct rig *part = rig_new();
        rig_frame_at(part, sk_guard_cut(&g, frame->b, k), k, frame->n, 1000 * SK_SEC);
        unsigned used[SKE_COUNT] = {0};
        for (unsigned i = 0; i < part->n; i++) {
            const struct sk_event *e = part->ev[i], *w = rig_event(whole, e->type, used[e->type]++);
            const char *wrong = w ? rig_not_within(e, w) : "the event itself";
            if (wrong)
                fail_msg("at %zu bytes %s says more than the whole frame: %s", k, sk_events[e->type].name, wrong);
        }
        rig_free(part);
    }
    sk_guard_free(&g);
    rig_free(whole);
}

#endif
