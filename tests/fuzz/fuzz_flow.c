/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets of a few flows through a small table, from a script of arbitrary bytes: TCP with any numbers and flags, UDP,
 * ticks, flush. Every flow is told opened first and ends once; every stream ends once.
 */
#include "sekimori/flow.h"

#include <stdlib.h>
#include <string.h>

enum { FLOWS = 12, MAX = 8, ALIVE_MAX = 1 << 16 };

struct tally {
    uint64_t opened, ended, refused, streams, stream_ends;
};

static void on_state(void *arg, const struct sk_flow_view *v, bool at_tick) {
    struct tally *t = arg;
    (void)at_tick;
    switch (v->state) {
    case SK_FLOW_OPENED:
        t->opened++;
        break;
    case SK_FLOW_REFUSED:
        t->refused++;
        break;
    case SK_FLOW_ESTABLISHED:
        break;
    default:
        t->ended++;
    }
    if (v->packets[0] + v->packets[1] == 0 || v->last < v->first)
        abort();
}

static void on_stream(void *arg, const struct sk_flow_view *v, unsigned observer, void **user, unsigned dir,
                      const uint8_t *data, size_t n, bool gap, bool end) {
    struct tally *t = arg;
    (void)v;
    (void)gap;
    if (observer != 1 || dir > 1 || end != (n == 0))
        abort();
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum = (uint8_t)(sum + data[i]);
    if (!*user) {
        *user = malloc(1);
        t->streams++;
    }
    if (end) {
        free(*user);
        *user = NULL;
        t->stream_ends++;
    }
}

static unsigned on_port(void *arg, uint16_t port) {
    (void)arg;
    return port == 25;
}

/** A packet without link layer, as the decoder would describe it. */
static void send(struct sk_flow_table *t, struct sk_cur *c, uint64_t seq, sk_time now) {
    static struct sk_layers l;
    uint8_t b[20 + 60 + 255];
    uint8_t which = sk_cur_u8(c), flags = sk_cur_u8(c), n = sk_cur_u8(c);
    bool back = which & 0x80, is_udp = which & 0x40;
    uint8_t id = which % FLOWS;
    uint16_t ports[2] = {(uint16_t)(40000 + id), id % 3 ? 25 : 443};
    memset(b, 0, sizeof b);
    for (unsigned k = 0; k < 2; k++) {
        b[2 * k] = (uint8_t)(ports[k ^ back] >> 8);
        b[2 * k + 1] = (uint8_t)ports[k ^ back];
    }
    b[4] = (uint8_t)(flags >> 6 ? 0 : 0xff); /* around the turn of the numbers */
    b[5] = b[4];
    b[6] = (uint8_t)(sk_cur_u8(c) & 7);
    b[7] = sk_cur_u8(c);
    memcpy(b + 8, b + 4, 4);
    b[10] = (uint8_t)(b[10] + (sk_cur_u8(c) & 7));
    b[12] = 0x50;
    b[13] = flags & 0x1f;
    sk_cur_copy(c, b + 20, n % 64);
    uint32_t len = (is_udp ? 8u : 20u) + n;
    struct sk_packet pkt = {
        .data = b, .caplen = len < sizeof b ? len : (uint32_t)sizeof b, .ts = now, .seq = seq, .number = seq};
    pkt.wirelen = len;
    l.n = 1;
    l.n_ip = 1;
    l.at[0] = (struct sk_layer){.len = len};
    l.ip[0] =
        (struct sk_ip){.proto = is_udp ? 17 : 6, .upper_layer = 0xff, .upper_len = pkt.caplen, .wire_upper_len = len};
    l.ip[0].src = (struct sk_addr){.fam = 4, .b = {10, 0, 0, back ? 2 : 1}};
    l.ip[0].dst = (struct sk_addr){.fam = 4, .b = {10, 0, 0, back ? 1 : 2}};
    if (flags & 0x20)
        sk_flow_prefetch(t, &pkt, &l, 0, -1);
    sk_flow_packet(t, &pkt, &l, 0, 0, -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sk_flow_table *t;
    static struct tally tally;
    static uint64_t seq;
    if (!t) {
        struct sk_flow_config cfg = {.max = MAX, .key = sk_hash_key_fixed};
        struct sk_flow_hooks hooks = {.state = on_state, .stream = on_stream, .stream_port = on_port, .arg = &tally};
        t = sk_flow_new(&cfg, &hooks);
    }
    struct sk_cur c = sk_cur_of(data, size);
    sk_time now = 1000 * SK_SEC;
    while (c.left) {
        uint8_t op = sk_cur_peek(&c, 0);
        if (op >> 2 == 0x0f) { /* time goes on, or back */
            sk_cur_skip(&c, 1);
            now += ((sk_time)sk_cur_u8(&c) - 20) * SK_SEC * (op & 1 ? 1 : 100);
            now = now < 0 ? 0 : now;
            sk_flow_tick(t, now);
        } else {
            send(t, &c, ++seq, now);
        }
    }
    sk_flow_flush(t);
    struct sk_flow_stats s;
    sk_flow_stats(t, &s);
    if (s.now || s.peak > MAX || tally.opened != s.created || tally.ended > tally.opened ||
        tally.ended + tally.refused < tally.opened || tally.streams > tally.stream_ends)
        abort();
    return 0;
}
