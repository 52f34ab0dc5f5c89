/* SPDX-License-Identifier: Apache-2.0 */
/** A table of fragments, what is put into it, and what it gives. */
#ifndef TESTS_FLOW_DEFRAG_RIG_H
#define TESTS_FLOW_DEFRAG_RIG_H

#include "unit.h"

#include "sekimori/defrag.h"

#include <stdlib.h>
#include <string.h>

#define UNUSED __attribute__((unused))

enum { GIVEN_MAX = 64, PAYLOAD_MAX = 65535 };

struct given {
    struct sk_datagram d;
    uint8_t *payload;
    uint32_t n;
    uint8_t upper; /* protocol of the layer after the fragment header */
    bool fragment, reassembled;
};
struct rig {
    struct sk_defrag *t;
    struct given at[GIVEN_MAX];
    size_t n, total;
    uint64_t seq;
    sk_time now;
    bool again; /* feed what is given back in, as a lane does */
};

static UNUSED void on_datagram(void *arg, const struct sk_packet *pkt, struct sk_layers *l,
                               const struct sk_datagram *d) {
    struct rig *r = arg;
    r->total++;
    if (r->n < GIVEN_MAX) {
        struct given *g = &r->at[r->n++];
        const struct sk_ip *ip = &l->ip[d->ip];
        const struct sk_layer *last = &l->at[d->fresh - 1];
        uint32_t from = last->off + last->hdr_len;
        g->d = *d;
        g->n = pkt->caplen - from;
        g->payload = malloc(g->n + 1);
        assert_non_null(g->payload);
        memcpy(g->payload, pkt->data + from, g->n);
        g->upper = ip->upper_layer == 0xff ? 0 : l->at[ip->upper_layer].proto;
        g->fragment = ip->fragment;
        g->reassembled = ip->reassembled;
    }
    unsigned inner = r->again ? sk_defrag_wants(pkt, l) : SK_IPS_MAX;
    if (inner != SK_IPS_MAX && inner > d->ip)
        sk_defrag_packet(r->t, pkt, l, inner, -1);
}

static UNUSED void begin(struct rig *r, const struct sk_defrag_config *cfg) {
    static const struct sk_defrag_config none = {0};
    *r = (struct rig){.now = 1000 * SK_SEC};
    r->t = sk_defrag_new(cfg ? cfg : &none, &(struct sk_defrag_hooks){.datagram = on_datagram, .arg = r});
    assert_non_null(r->t);
}
static UNUSED void finish(struct rig *r) {
    sk_defrag_free(r->t);
    for (size_t i = 0; i < r->n; i++)
        free(r->at[i].payload);
}

/* An IP packet of its own, linktype raw. */
static UNUSED bool feed(struct rig *r, const uint8_t *bytes, uint32_t n, uint32_t wire) {
    struct sk_packet pkt = {.data = bytes,
                            .caplen = n,
                            .wirelen = wire,
                            .ts = r->now,
                            .seq = ++r->seq,
                            .number = r->seq,
                            .linktype = 101,
                            .tap = SK_TAP_NONE};
    static struct sk_layers l;
    sk_decode(&pkt, &l);
    unsigned ip = sk_defrag_wants(&pkt, &l);
    if (ip == SK_IPS_MAX)
        return false;
    sk_defrag_packet(r->t, &pkt, &l, ip, -1);
    return true;
}

static UNUSED uint32_t v6(uint8_t *p, uint32_t id, uint32_t off, bool more, uint8_t next, const uint8_t *payload,
                          uint32_t n) {
    memset(p, 0, 48);
    p[0] = 0x60;
    p[4] = (uint8_t)((n + 8) >> 8);
    p[5] = (uint8_t)(n + 8);
    p[6] = 44;
    p[7] = 64;
    p[8] = 0xfe, p[9] = 0x80, p[23] = 1;
    p[24] = 0xfe, p[25] = 0x80, p[39] = 2;
    p[40] = next;
    p[42] = (uint8_t)(off >> 8);
    p[43] = (uint8_t)((off & 0xf8) | more);
    p[44] = (uint8_t)(id >> 24), p[45] = (uint8_t)(id >> 16), p[46] = (uint8_t)(id >> 8), p[47] = (uint8_t)id;
    memcpy(p + 48, payload, n);
    return 48 + n;
}
static UNUSED uint32_t v4(uint8_t *p, uint16_t id, uint32_t off, bool more, uint8_t proto, const uint8_t *payload,
                          uint32_t n) {
    memset(p, 0, 20);
    p[0] = 0x45;
    p[2] = (uint8_t)((20 + n) >> 8);
    p[3] = (uint8_t)(20 + n);
    p[4] = (uint8_t)(id >> 8), p[5] = (uint8_t)id;
    p[6] = (uint8_t)((more ? 0x20 : 0) | off >> 11);
    p[7] = (uint8_t)(off >> 3);
    p[8] = 64, p[9] = proto;
    p[12] = 10, p[15] = 1, p[16] = 10, p[19] = 2;
    memcpy(p + 20, payload, n);
    return 20 + n;
}

static UNUSED bool frag6(struct rig *r, uint32_t id, uint32_t off, bool more, const uint8_t *payload, uint32_t n) {
    static uint8_t p[PAYLOAD_MAX + 64];
    uint32_t len = v6(p, id, off, more, 17, payload, n);
    return feed(r, p, len, len);
}
static UNUSED bool frag4(struct rig *r, uint16_t id, uint32_t off, bool more, const uint8_t *payload, uint32_t n) {
    static uint8_t p[PAYLOAD_MAX + 64];
    uint32_t len = v4(p, id, off, more, 17, payload, n);
    return feed(r, p, len, len);
}

/* A UDP datagram of n bytes, all told. */
static UNUSED void udp(uint8_t *p, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        p[i] = (uint8_t)(i * 7 + i / 256);
    p[0] = 0x10, p[1] = 0, p[2] = 0x20, p[3] = 0;
    p[4] = (uint8_t)(n >> 8), p[5] = (uint8_t)n;
}

static UNUSED struct sk_defrag_stats stats(const struct rig *r) {
    struct sk_defrag_stats s;
    sk_defrag_stats(r->t, &s);
    return s;
}
static UNUSED uint32_t lcg(uint32_t *s) { return *s = *s * 1664525u + 1013904223u, *s >> 8; }

#endif
