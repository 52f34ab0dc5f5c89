/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Nanoseconds a packet costs the flow table, keys included, decoding not: flows open at once, packets in random order,
 * with and without prefetch in groups of 16 as a lane does it; and what opening a flow costs. One JSON line a case.
 */
#include "sekimori/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GROUP = 16, PACKETS = 4000000, ROUNDS = 3 };

struct one {
    struct sk_packet pkt;
    struct sk_layers l;
    uint8_t b[64];
};
static struct one one[GROUP];
static uint64_t random_state = 88172645463325252u, seq, told;

static double seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint32_t rnd(uint32_t n) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 32) * n >> 32);
}

static void on_state(void *arg, const struct sk_flow_view *v, bool at_tick) {
    (void)arg;
    (void)at_tick;
    told += v->port[0];
}

/** A TCP packet of flow i, as the decoder leaves it. */
static void make(struct one *o, uint32_t i, bool v6, uint8_t flags) {
    struct sk_ip *ip = &o->l.ip[0];
    uint8_t id[4] = {(uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
    o->pkt.seq = ++seq;
    memcpy(ip->src.b + (v6 ? 12 : 0), id, 4);
    o->b[0] = 0xc0;
    o->b[1] = id[3];
    o->b[13] = flags;
}

static void prepare(bool v6) {
    memset(one, 0, sizeof one);
    for (unsigned k = 0; k < GROUP; k++) {
        struct one *o = &one[k];
        o->pkt = (struct sk_packet){.data = o->b, .caplen = 64, .wirelen = 64, .ts = 1000 * SK_SEC};
        o->l.n = 2;
        o->l.n_ip = 1;
        o->l.ip[0].proto = 6;
        o->l.ip[0].src.fam = o->l.ip[0].dst.fam = v6 ? 6 : 4;
        o->l.ip[0].dst.b[0] = 0xfd;
        o->l.ip[0].upper_len = o->l.ip[0].wire_upper_len = 64;
        o->b[2] = 0x01;
        o->b[3] = 0xbb;
        o->b[12] = 0x50;
    }
}

static double pass(struct sk_flow_table *t, uint32_t flows, bool v6, bool prefetch, bool opening) {
    uint32_t packets = opening ? flows : PACKETS;
    double begin = seconds();
    for (uint32_t at = 0; at < packets; at += GROUP) {
        for (uint32_t k = 0; k < GROUP; k++) {
            make(&one[k], opening ? at + k : rnd(flows), v6, opening ? 2 : 16);
            if (prefetch)
                sk_flow_prefetch(t, &one[k].pkt, &one[k].l, 0, -1);
        }
        for (uint32_t k = 0; k < GROUP; k++)
            sk_flow_packet(t, &one[k].pkt, &one[k].l, 0, 0, -1);
    }
    return (seconds() - begin) / packets * 1e9;
}

static void measure(uint32_t flows, bool v6) {
    double ns[3] = {1e9, 1e9, 1e9}, flush = 1e9;
    prepare(v6);
    for (int r = 0; r < ROUNDS; r++) {
        struct sk_flow_config cfg = {.max = 1 << 21, .initial = 1 << 14, .key = sk_hash_key_fixed};
        struct sk_flow_hooks hooks = {.state = on_state};
        struct sk_flow_table *t = sk_flow_new(&cfg, &hooks);
        if (!t)
            exit(1);
        double took[3] = {pass(t, flows, v6, true, true), pass(t, flows, v6, false, false),
                          pass(t, flows, v6, true, false)};
        double begin = seconds();
        sk_flow_flush(t);
        double end = (seconds() - begin) / flows * 1e9;
        flush = end < flush ? end : flush;
        for (int k = 0; k < 3; k++)
            ns[k] = took[k] < ns[k] ? took[k] : ns[k];
        sk_flow_free(t);
    }
    (void)printf("{\"bench\":\"flow\",\"flows\":%u,\"ip\":%d,\"ns_open\":%.1f,\"ns_without_prefetch\":%.1f,\"ns\":%.1f,"
                 "\"ns_close\":%.1f}\n",
                 flows, v6 ? 6 : 4, ns[0], ns[1], ns[2], flush);
}

int main(void) {
    static const uint32_t flows[] = {10000, 100000, 1000000};
    for (unsigned i = 0; i < sizeof flows / sizeof flows[0]; i++) {
        measure(flows[i], false);
        measure(flows[i], true);
    }
    return told == 0;
}
