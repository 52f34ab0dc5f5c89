/* SPDX-License-Identifier: Apache-2.0 */
/** A flow table, frames made by hand for it, and a log of what it told. */
#ifndef TESTS_FLOW_WORLD_H
#define TESTS_FLOW_WORLD_H

#include "sekimori/flow.h"

#include "guard.h"
#include "unit.h"

#include <stdio.h>

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
enum { TELLS_MAX = 4096, BYTES_MAX = 1 << 20 };

struct tell {
    struct sk_flow_view v;
    bool at_tick;
};
struct world {
    struct sk_flow_table *t;
    struct tell told[TELLS_MAX];
    size_t n;
    /* of streams */
    uint16_t port;
    uint8_t bytes[2][BYTES_MAX];
    size_t len[2];
    unsigned gaps[2], ends, calls;
    void *user;
    /* of the next packet */
    uint64_t seq;
    sk_time now;
    uint16_t vlan;
    bool outer; /* inside of an IPv4 tunnel 192.0.2.1 > 192.0.2.2 */
    uint8_t outer_last;
    uint32_t cut; /* bytes that are not captured */
    bool bad_sum;
    bool copy;           /* a mirror showed it before */
    uint32_t sseq, sack; /* TCP numbers */
    uint8_t frame[70000];
    uint32_t frame_len;
};

static inline void on_state(void *arg, const struct sk_flow_view *v, bool at_tick) {
    struct world *w = arg;
    assert_true(w->n < TELLS_MAX);
    w->told[w->n++] = (struct tell){.v = *v, .at_tick = at_tick};
}

static inline void on_stream(void *arg, const struct sk_flow_view *v, unsigned observer, void **user, unsigned dir,
                             const uint8_t *data, size_t n, bool gap, bool end) {
    struct world *w = arg;
    (void)v;
    assert_int_equal(observer, 7);
    w->calls++;
    assert_true(*user == NULL || *user == w);
    *user = w;
    if (end) {
        assert_int_equal(n, 0);
        w->ends++;
        *user = NULL;
        return;
    }
    assert_true(n > 0 && n <= BYTES_MAX);
    if (w->len[dir] + n > BYTES_MAX) /* tests that look at bytes send fewer */
        w->len[dir] = 0;
    memcpy(w->bytes[dir] + w->len[dir], data, n);
    w->len[dir] += n;
    w->gaps[dir] += gap;
}

static inline unsigned on_port(void *arg, uint16_t port) {
    const struct world *w = arg;
    return w->port && port == w->port ? 7 : 0;
}

static inline void world_open(struct world *w, uint32_t max) {
    struct sk_flow_config cfg = {.max = max, .key = sk_hash_key_fixed};
    struct sk_flow_hooks hooks = {
        .state = on_state, .stream = on_stream, .stream_port = on_port, .copy = &w->copy, .arg = w};
    w->t = sk_flow_new(&cfg, &hooks);
    assert_non_null(w->t);
    w->now = 1000 * SK_SEC;
    w->n = 0;
}

static inline int world_setup(void **state) {
    struct world *w = calloc(1, sizeof *w);
    world_open(w, 1 << 16);
    *state = w;
    return 0;
}
static inline int world_teardown(void **state) {
    struct world *w = *state;
    sk_flow_free(w->t);
    free(w);
    return 0;
}

/* --- frames --- */

static inline void add(struct world *w, const void *bytes, size_t n) {
    if (n)
        memcpy(w->frame + w->frame_len, bytes, n);
    w->frame_len += (uint32_t)n;
}
static inline void add16(struct world *w, unsigned v) { add(w, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2); }
static inline void add32(struct world *w, uint32_t v) {
    add16(w, v >> 16);
    add16(w, v & 0xffff);
}

static inline void add_ip(struct world *w, const struct sk_addr *src, const struct sk_addr *dst, uint8_t proto,
                          size_t n) {
    if (src->fam == 6) {
        add32(w, 0x60000000);
        add16(w, (unsigned)n);
        add(w, (uint8_t[]){proto, 64}, 2);
        add(w, src->b, 16);
        add(w, dst->b, 16);
        return;
    }
    add16(w, 0x4500);
    add16(w, (unsigned)n + 20);
    add32(w, 0x00010000);
    add(w, (uint8_t[]){64, proto, 0, 0}, 4);
    add(w, src->b, 4);
    add(w, dst->b, 4);
}

static inline uint32_t sum_of(const uint8_t *b, size_t n, uint32_t sum) {
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? b[i] : (uint32_t)b[i] << 8;
    return sum;
}

static inline void fix_sum(struct world *w, size_t upper, size_t at, const struct sk_addr *src,
                           const struct sk_addr *dst, uint8_t proto) {
    size_t n = w->frame_len - upper, len = src->fam == 6 ? 16 : 4;
    uint32_t sum = sum_of(src->b, len, sum_of(dst->b, len, proto + (uint32_t)n));
    sum = sum_of(w->frame + upper, n, sum);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (~sum & 0xffff) ^ (w->bad_sum ? 0x5555 : 0);
    w->frame[at] = (uint8_t)(sum >> 8);
    w->frame[at + 1] = (uint8_t)sum;
}

static inline struct sk_addr addr(const char *text) {
    struct sk_addr a;
    assert_true(sk_addr_parse(text, strlen(text), &a));
    return a;
}

static inline void begin_frame(struct world *w, const struct sk_addr *src, const struct sk_addr *dst, uint8_t proto,
                               size_t n) {
    w->frame_len = 0;
    add(w, (uint8_t[]){2, 0, 0, 0, 0, dst->b[src->fam == 6 ? 15 : 3]}, 6);
    add(w, (uint8_t[]){2, 0, 0, 0, 0, src->b[src->fam == 6 ? 15 : 3]}, 6);
    if (w->vlan)
        add32(w, 0x81000000u | (w->vlan & 0xfffu));
    if (w->outer) {
        struct sk_addr a = addr("192.0.2.1"), b = addr("192.0.2.2");
        b.b[3] = w->outer_last ? w->outer_last : 2;
        bool back = src->b[src->fam == 6 ? 15 : 3] > dst->b[src->fam == 6 ? 15 : 3];
        add16(w, 0x0800);
        add_ip(w, back ? &b : &a, back ? &a : &b, src->fam == 6 ? 41 : 4, n + (src->fam == 6 ? 40 : 20));
    } else {
        add16(w, src->fam == 6 ? 0x86dd : 0x0800);
    }
    add_ip(w, src, dst, proto, n);
}

/** Give the frame to the table. @return what sk_flow_packet() said of its innermost IP header */
static inline uint32_t send(struct world *w) {
    static struct sk_layers l;
    struct sk_guard g = sk_guard_end(w->frame, w->frame_len - w->cut);
    struct sk_packet pkt = {.data = g.p,
                            .caplen = w->frame_len - w->cut,
                            .wirelen = w->frame_len,
                            .ts = w->now,
                            .seq = ++w->seq,
                            .number = w->seq,
                            .file = 3,
                            .linktype = 1,
                            .tap = SK_TAP_NONE};
    sk_decode(&pkt, &l);
    uint32_t got = 0;
    for (unsigned i = 0; i < l.n_ip; i++)
        got = sk_flow_packet(w->t, &pkt, &l, i, 5, -1);
    sk_guard_free(&g);
    return got;
}

static inline uint32_t tcp(struct world *w, const char *from, uint16_t sport, const char *to, uint16_t dport,
                           uint8_t flags, const void *data, size_t n) {
    struct sk_addr src = addr(from), dst = addr(to);
    begin_frame(w, &src, &dst, 6, n + 20);
    size_t upper = w->frame_len;
    add16(w, sport);
    add16(w, dport);
    add32(w, w->sseq);
    add32(w, w->sack);
    add(w, (uint8_t[]){0x50, flags, 0x20, 0, 0, 0, 0, 0}, 8);
    add(w, data, n);
    fix_sum(w, upper, upper + 16, &src, &dst, 6);
    return send(w);
}

static inline uint32_t udp(struct world *w, const char *from, uint16_t sport, const char *to, uint16_t dport,
                           const void *data, size_t n) {
    struct sk_addr src = addr(from), dst = addr(to);
    begin_frame(w, &src, &dst, 17, n + 8);
    size_t upper = w->frame_len;
    add16(w, sport);
    add16(w, dport);
    add16(w, (unsigned)n + 8);
    add16(w, 0);
    add(w, data, n);
    fix_sum(w, upper, upper + 6, &src, &dst, 17);
    return send(w);
}

static inline uint32_t echo(struct world *w, const char *from, const char *to, uint8_t type, uint16_t id) {
    struct sk_addr src = addr(from), dst = addr(to);
    begin_frame(w, &src, &dst, src.fam == 6 ? 58 : 1, 8);
    add(w, (uint8_t[]){type, 0, 0, 0}, 4);
    add16(w, id);
    add16(w, 1);
    return send(w);
}

/** The states told so far, "opened established", and forget them. */
static inline const char *states(struct world *w) {
    static char text[4096];
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < w->n; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i ? " " : "",
                                sk_flow_state_name(w->told[i].v.state));
    w->n = 0;
    return text;
}
static inline const struct sk_flow_view *last(const struct world *w) {
    assert_true(w->n > 0);
    return &w->told[w->n - 1].v;
}
static inline void tick(struct world *w, sk_time later) {
    w->now += later;
    sk_flow_tick(w->t, w->now);
}

#define A "198.51.100.1"
#define B "203.0.113.9"

#endif
