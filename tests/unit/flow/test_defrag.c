/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments put together: order, overlaps, limits, time, what is inside again. */
#include "unit.h"

#include "sekimori/defrag.h"

#include <stdlib.h>
#include <string.h>

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

static void on_datagram(void *arg, const struct sk_packet *pkt, struct sk_layers *l, const struct sk_datagram *d) {
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

static void begin(struct rig *r, const struct sk_defrag_config *cfg) {
    static const struct sk_defrag_config none = {0};
    *r = (struct rig){.now = 1000 * SK_SEC};
    r->t = sk_defrag_new(cfg ? cfg : &none, &(struct sk_defrag_hooks){.datagram = on_datagram, .arg = r});
    assert_non_null(r->t);
}
static void finish(struct rig *r) {
    sk_defrag_free(r->t);
    for (size_t i = 0; i < r->n; i++)
        free(r->at[i].payload);
}

/* An IP packet of its own, linktype raw. */
static bool feed(struct rig *r, const uint8_t *bytes, uint32_t n, uint32_t wire) {
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

static uint32_t v6(uint8_t *p, uint32_t id, uint32_t off, bool more, uint8_t next, const uint8_t *payload, uint32_t n) {
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
static uint32_t v4(uint8_t *p, uint16_t id, uint32_t off, bool more, uint8_t proto, const uint8_t *payload,
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

static bool frag6(struct rig *r, uint32_t id, uint32_t off, bool more, const uint8_t *payload, uint32_t n) {
    static uint8_t p[PAYLOAD_MAX + 64];
    uint32_t len = v6(p, id, off, more, 17, payload, n);
    return feed(r, p, len, len);
}
static bool frag4(struct rig *r, uint16_t id, uint32_t off, bool more, const uint8_t *payload, uint32_t n) {
    static uint8_t p[PAYLOAD_MAX + 64];
    uint32_t len = v4(p, id, off, more, 17, payload, n);
    return feed(r, p, len, len);
}

/* A UDP datagram of n bytes, all told. */
static void udp(uint8_t *p, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        p[i] = (uint8_t)(i * 7 + i / 256);
    p[0] = 0x10, p[1] = 0, p[2] = 0x20, p[3] = 0;
    p[4] = (uint8_t)(n >> 8), p[5] = (uint8_t)n;
}

static struct sk_defrag_stats stats(const struct rig *r) {
    struct sk_defrag_stats s;
    sk_defrag_stats(r->t, &s);
    return s;
}

static void in_order_and_out_of_order_give_the_same_datagram(void **state) {
    (void)state;
    uint8_t p[100];
    udp(p, sizeof p);
    static const int orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
    for (size_t k = 0; k < sizeof orders / sizeof *orders; k++)
        for (int six = 0; six < 2; six++) {
            struct rig r;
            begin(&r, NULL);
            for (int i = 0; i < 3; i++) {
                uint32_t off = (uint32_t)orders[k][i] * 40, n = off == 80 ? 20 : 40;
                assert_int_equal(r.n, 0);
                assert_true(six ? frag6(&r, 9, off, off < 80, p + off, n) : frag4(&r, 9, off, off < 80, p + off, n));
            }
            assert_int_equal(r.n, 1);
            assert_int_equal(r.at[0].n, sizeof p);
            assert_memory_equal(r.at[0].payload, p, sizeof p);
            assert_int_equal(r.at[0].upper, SKP_UDP);
            assert_true(r.at[0].reassembled && !r.at[0].fragment && r.at[0].d.complete);
            assert_int_equal(r.at[0].d.problems, 0);
            assert_int_equal(stats(&r).bytes, 4 * sizeof(uint64_t)); /* what tells copies, for a second */
            finish(&r);
        }
}

static void what_is_no_fragment_is_not_taken(void **state) {
    (void)state;
    uint8_t p[64], q[128];
    struct rig r;
    udp(p, 40);
    begin(&r, NULL);
    assert_false(frag6(&r, 1, 0, false, p, 40)); /* atomic: RFC 6946 */
    uint32_t n = v6(q, 1, 0, true, 17, p, 40);
    assert_false(feed(&r, q, n - 8, n)); /* not all of it was captured */
    assert_int_equal(stats(&r).fragments, 0);
    finish(&r);
}

static void identical_copies_are_no_overlap_and_late_ones_are_swallowed(void **state) {
    (void)state;
    uint8_t p[80];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    for (int copy = 0; copy < 2; copy++)
        frag6(&r, 5, 0, true, p, 40);
    for (int copy = 0; copy < 3; copy++)
        frag6(&r, 5, 40, false, p + 40, 40);
    assert_int_equal(r.n, 1);
    assert_int_equal(r.at[0].d.problems, SK_FRAG_DUPLICATE);
    r.now += 2 * SK_SEC; /* the identification is used anew */
    frag6(&r, 5, 0, true, p, 40);
    frag6(&r, 5, 40, false, p + 40, 40);
    assert_int_equal(r.n, 2);
    assert_int_equal(r.at[1].d.problems, 0);
    finish(&r);
}

/* A harmless datagram first, then another with its identification: a host puts both together, and so do we. */
static void what_follows_a_datagram_under_its_identification_is_given_unless_it_is_a_copy(void **state) {
    (void)state;
    uint8_t p[80], other[40];
    struct rig r;
    udp(p, sizeof p);
    memset(other, 0x5a, sizeof other);
    begin(&r, NULL);
    frag6(&r, 5, 0, true, p, 40);
    frag6(&r, 5, 40, false, p + 40, 40);
    assert_int_equal(r.n, 1);
    for (int copy = 0; copy < 3; copy++) { /* as a mirror shows them: nothing is told */
        frag6(&r, 5, 0, true, p, 40);
        frag6(&r, 5, 40, false, p + 40, 40);
    }
    assert_int_equal(r.n, 1);
    frag6(&r, 5, 0, true, p, 40); /* the first fragment is shared */
    frag6(&r, 5, 40, false, other, 40);
    assert_int_equal(r.n, 2);
    assert_int_equal(r.at[1].d.problems, 0);
    frag6(&r, 5, 0, true, p, 40); /* a copy of the second datagram, backwards */
    frag6(&r, 5, 40, false, other, 40);
    assert_int_equal(r.n, 2);
    frag6(&r, 5, 40, false, p + 40, 40); /* half a copy: silent at the end too */
    sk_defrag_flush(r.t);
    assert_int_equal(r.n, 2);
    finish(&r);
}

static void a_flood_of_copies_that_could_hide_a_fragment_is_told(void **state) {
    (void)state;
    uint8_t p[80];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    frag6(&r, 5, 0, true, p, 40);
    frag6(&r, 5, 40, false, p + 40, 40);
    for (unsigned copy = 0; copy < SK_DEFRAG_FRAGMENTS; copy++)
        frag6(&r, 5, 0, true, p, 40);
    assert_int_equal(r.n, 2);
    assert_true(r.at[1].d.problems & SK_FRAG_TOO_MANY);
    finish(&r);
}

/* In IPv4 from 10.0.0.1 to 10.0.0.2: protocol 41, or GRE that carries IPv6. */
static bool frag6_in(struct rig *r, bool gre, uint32_t off, bool more, const uint8_t *payload, uint32_t n) {
    uint8_t inner[256], outer[300];
    uint32_t len = v6(inner, 5, off, more, 17, payload, n);
    if (!gre) {
        len = v4(outer, 0, 0, false, 41, inner, len);
    } else {
        uint8_t with[260] = {0x00, 0x00, 0x86, 0xdd};
        memcpy(with + 4, inner, len);
        len = v4(outer, 0, 0, false, 47, with, len + 4);
    }
    return feed(r, outer, len, len);
}

static void fragments_in_different_tunnels_of_the_same_ends_are_different_datagrams(void **state) {
    (void)state;
    uint8_t p[80], other[40];
    struct rig r;
    udp(p, sizeof p);
    memset(other, 0xee, sizeof other);
    begin(&r, NULL);
    assert_true(frag6_in(&r, true, 40, false, other, 40));
    assert_true(frag6_in(&r, false, 0, true, p, 40));
    assert_int_equal(r.n, 0);
    assert_true(frag6_in(&r, false, 40, false, p + 40, 40));
    assert_int_equal(r.n, 1);
    assert_int_equal(r.at[0].d.problems, 0);
    assert_memory_equal(r.at[0].payload, p, 80);
    assert_true(frag6_in(&r, true, 0, true, p, 40));
    assert_int_equal(r.n, 2);
    assert_memory_equal(r.at[1].payload + 40, other, 40);
    finish(&r);
}

static void overlaps_that_differ_are_given_both_ways(void **state) {
    (void)state;
    uint8_t p[80], other[40];
    struct rig r;
    udp(p, sizeof p);
    memset(other, 0xee, sizeof other);
    begin(&r, NULL);
    frag6(&r, 6, 40, false, p + 40, 40);
    frag6(&r, 6, 40, false, other, 40);
    assert_int_equal(r.n, 0);
    frag6(&r, 6, 0, true, p, 40);
    assert_int_equal(r.n, 2);
    assert_true(r.at[0].d.problems & SK_FRAG_CONFLICT);
    assert_true(r.at[0].d.more_variants && !r.at[0].d.keeps_last);
    assert_true(r.at[1].d.keeps_last && !r.at[1].d.more_variants);
    assert_memory_equal(r.at[0].payload, p, 80);
    assert_memory_equal(r.at[1].payload, p, 40);
    assert_memory_equal(r.at[1].payload + 40, other, 40);
    assert_int_equal(stats(&r).conflicts, 1);
    finish(&r);
}

static void partial_overlaps_that_agree_are_named_and_given_once(void **state) {
    (void)state;
    uint8_t p[80];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    frag4(&r, 7, 0, true, p, 48);
    frag4(&r, 7, 40, false, p + 40, 40);
    assert_int_equal(r.n, 1);
    assert_int_equal(r.at[0].d.problems, SK_FRAG_OVERLAP);
    assert_memory_equal(r.at[0].payload, p, 80);
    finish(&r);
}

static void what_never_ends_is_given_as_far_as_its_first_fragment(void **state) {
    (void)state;
    uint8_t p[80];
    struct rig r;
    udp(p, sizeof p);
    for (int six = 0; six < 2; six++) {
        sk_time limit = (six ? 60 : 30) * SK_SEC;
        begin(&r, NULL);
        six ? frag6(&r, 8, 0, true, p, 40) : frag4(&r, 8, 0, true, p, 40);
        six ? frag6(&r, 9, 40, false, p, 40) : frag4(&r, 9, 40, false, p, 40); /* its beginning never comes */
        sk_defrag_tick(r.t, r.now + limit - 1);
        assert_int_equal(r.n, 0);
        sk_defrag_tick(r.t, r.now + limit);
        assert_int_equal(r.n, 1);
        assert_true(!r.at[0].d.complete && r.at[0].fragment && !r.at[0].reassembled);
        assert_true(r.at[0].d.problems & SK_FRAG_INCOMPLETE);
        assert_int_equal(r.at[0].n, 40);
        assert_int_equal(stats(&r).incomplete, 2);
        assert_int_equal(stats(&r).bytes, 0);
        finish(&r);
    }
}

static void a_flush_gives_everything_in_the_order_of_its_beginning(void **state) {
    (void)state;
    uint8_t p[40];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    for (uint32_t i = 0; i < 20; i++)
        i % 2 ? frag6(&r, 100 - i, 0, true, p, 40) : frag4(&r, (uint16_t)(100 - i), 0, true, p, 40);
    sk_defrag_flush(r.t);
    assert_int_equal(r.n, 20);
    for (size_t i = 1; i < r.n; i++)
        assert_true(r.at[i - 1].d.first_seq < r.at[i].d.first_seq);
    finish(&r);
}

static void identity_is_addresses_id_and_for_ipv4_the_protocol(void **state) {
    (void)state;
    uint8_t p[80], q[128];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    frag4(&r, 1, 0, true, p, 40);
    uint32_t n = v4(q, 1, 40, false, 6, p + 40, 40); /* another protocol */
    feed(&r, q, n, n);
    n = v4(q, 1, 40, false, 17, p + 40, 40);
    q[15] = 9; /* another source */
    feed(&r, q, n, n);
    assert_int_equal(r.n, 0);
    frag4(&r, 1, 40, false, p + 40, 40);
    assert_int_equal(r.n, 1);
    finish(&r);
}

static void limits_hold_and_are_counted(void **state) {
    (void)state;
    uint8_t p[1024];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, &(struct sk_defrag_config){.datagrams = 4});
    for (uint16_t i = 0; i < 10; i++)
        frag4(&r, i, 0, true, p, 40);
    assert_int_equal(stats(&r).evicted, 6);
    assert_int_equal(r.n, 6);
    assert_true(r.at[0].d.problems & SK_FRAG_EVICTED);
    finish(&r);

    begin(&r, &(struct sk_defrag_config){.bytes = 64 * 1024});
    for (uint16_t i = 0; i < 200; i++)
        frag4(&r, i, 8 * 1000, true, p, 1024);
    assert_true(stats(&r).evicted > 100);
    assert_true(stats(&r).bytes <= 64 * 1024);
    finish(&r);

    begin(&r, NULL); /* too many fragments of one datagram: given up, told */
    for (uint32_t i = 0; i < SK_DEFRAG_FRAGMENTS; i++)
        frag4(&r, 1, 16 * i, true, p, 8);
    assert_int_equal(r.n, 1);
    assert_true(r.at[0].d.problems & SK_FRAG_TOO_MANY);
    finish(&r);

    begin(&r, NULL); /* past 65535 bytes */
    frag4(&r, 2, 0, true, p, 40);
    frag4(&r, 2, 65528, false, p, 40);
    sk_defrag_flush(r.t);
    assert_true(r.at[0].d.problems & SK_FRAG_TOO_LONG);
    finish(&r);
}

static void a_sender_that_fills_the_table_gives_way_before_the_others_do(void **state) {
    (void)state;
    uint8_t p[64], q[128];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, &(struct sk_defrag_config){.datagrams = 40});
    frag6(&r, 1, 0, true, p, 40); /* of another family: its own table */
    uint32_t n = v4(q, 1, 0, true, 17, p, 40);
    q[15] = 99; /* the oldest of all, of somebody else */
    feed(&r, q, n, n);
    for (uint16_t i = 0; i < 200; i++)
        frag4(&r, i, 0, true, p, 40);
    assert_int_equal(stats(&r).evicted, 161);
    n = v4(q, 1, 40, false, 17, p + 40, 24);
    q[15] = 99;
    size_t before = r.total;
    feed(&r, q, n, n);
    assert_int_equal(r.total, before + 1); /* still there, now whole */
    assert_int_equal(stats(&r).datagrams - stats(&r).incomplete, 1);
    finish(&r);
}

static void datagrams_that_were_given_leave_before_those_that_wait(void **state) {
    (void)state;
    uint8_t p[64], q[128];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, &(struct sk_defrag_config){.datagrams = 40});
    for (uint16_t i = 0; i < 40; i++) {
        uint32_t n = v4(q, i, 0, true, 17, p, 40);
        q[14] = (uint8_t)(i + 1); /* all of different senders */
        feed(&r, q, n, n);
        if (i % 2) {
            n = v4(q, i, 40, false, 17, p + 40, 24);
            q[14] = (uint8_t)(i + 1);
            feed(&r, q, n, n);
        }
    }
    r.now += 2 * SK_SEC;
    for (uint16_t i = 100; i < 120; i++)
        frag4(&r, i, 0, true, p, 40);
    assert_int_equal(stats(&r).evicted, 0);
    finish(&r);
}

static void an_overlap_in_ipv4_a_second_later_is_named_late(void **state) {
    (void)state;
    uint8_t p[64], q[64];
    struct rig r;
    udp(p, sizeof p);
    memset(q, 0xee, sizeof q);
    for (unsigned late = 0; late < 2; late++) {
        begin(&r, NULL);
        frag4(&r, 9, 0, true, p, 40);
        r.now += late ? 1100 * SK_MSEC : 900 * SK_MSEC;
        frag4(&r, 9, 8, true, q, 16);
        sk_defrag_flush(r.t);
        assert_int_equal((r.at[0].d.problems & SK_FRAG_CONFLICT) != 0, 1);
        assert_int_equal((r.at[0].d.problems & SK_FRAG_LATE) != 0, late);
        finish(&r);
    }
    begin(&r, NULL); /* IPv6: 32 bits of identification do not come around so soon */
    frag6(&r, 9, 0, true, p, 40);
    r.now += 1100 * SK_MSEC;
    frag6(&r, 9, 8, true, q, 16);
    sk_defrag_flush(r.t);
    assert_int_equal(r.at[0].d.problems & (SK_FRAG_CONFLICT | SK_FRAG_LATE), SK_FRAG_CONFLICT);
    finish(&r);
}

/* RFC 1858 3, RFC 3128: such a fragment can rewrite the flags of the one before. */
static void a_later_fragment_that_begins_inside_of_the_tcp_header_is_named(void **state) {
    (void)state;
    uint8_t p[64], q[128];
    struct rig r;
    udp(p, sizeof p);
    p[12] = 0x50;
    for (uint32_t off = 8; off <= 24; off += 8) {
        begin(&r, NULL);
        uint32_t n = v4(q, 9, 0, true, 6, p, 24);
        feed(&r, q, n, n);
        n = v4(q, 9, off, false, 6, p + off, 64 - off);
        feed(&r, q, n, n);
        assert_int_equal((r.at[0].d.problems & SK_FRAG_NO_UPPER) != 0, off < 20);
        finish(&r);
    }
}

static void a_first_fragment_without_its_upper_header_is_named(void **state) {
    (void)state;
    uint8_t p[80], q[160];
    struct rig r;
    udp(p, sizeof p);
    p[12] = 0x50; /* a TCP header of 20 bytes, 8 of them in the first fragment */
    begin(&r, NULL);
    uint32_t n = v6(q, 3, 0, true, 6, p, 8);
    assert_true(feed(&r, q, n, n));
    n = v6(q, 3, 8, false, 6, p + 8, 72);
    assert_true(feed(&r, q, n, n));
    assert_int_equal(r.n, 1);
    assert_true(r.at[0].d.problems & SK_FRAG_NO_UPPER);
    assert_int_equal(r.at[0].upper, SKP_TCP);
    finish(&r);
}

/* ESP, no next header and protocols that are not decoded end a chain; an extension header does not. */
static void what_ends_a_header_chain_is_no_fault(void **state) {
    (void)state;
    static const struct {
        uint8_t proto, at, byte;
        uint32_t n;
        bool ok;
    } cases[] = {{50, 0, 1, 16, true},     {50, 0, 1, 8, true},      {89, 0, 2, 8, true},
                 {17, 0, 9, 8, true},      {6, 12, 0x50, 16, false}, {6, 12, 0x50, 24, true},
                 {6, 12, 0x80, 24, false}, {60, 1, 9, 16, false},    {58, 0, 128, 8, true}};
    uint8_t p[160], q[256];
    struct rig r;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        udp(p, sizeof p);
        p[cases[i].at] = cases[i].byte;
        begin(&r, NULL);
        uint32_t n = v6(q, 3, 0, true, cases[i].proto, p, cases[i].n);
        assert_true(feed(&r, q, n, n));
        n = v6(q, 3, cases[i].n, false, cases[i].proto, p + cases[i].n, 64);
        assert_true(feed(&r, q, n, n));
        assert_int_equal(r.n, 1);
        if (((r.at[0].d.problems & SK_FRAG_NO_UPPER) == 0) != cases[i].ok)
            fail_msg("case %u", i);
        finish(&r);
    }
}

static void ends_that_disagree_are_named(void **state) {
    (void)state;
    uint8_t p[80];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    frag6(&r, 5, 40, false, p + 40, 16);
    frag6(&r, 5, 40, false, p + 40, 24);
    frag6(&r, 5, 0, true, p, 40);
    assert_int_equal(r.at[0].d.problems & (SK_FRAG_TWO_ENDS | SK_FRAG_BEYOND), SK_FRAG_TWO_ENDS);
    finish(&r);
    begin(&r, NULL);
    frag6(&r, 5, 40, true, p + 40, 32);
    frag6(&r, 5, 40, false, p + 40, 16);
    frag6(&r, 5, 0, true, p, 40);
    assert_int_equal(r.at[0].d.problems & (SK_FRAG_TWO_ENDS | SK_FRAG_BEYOND), SK_FRAG_BEYOND);
    finish(&r);
}

/* 6in4 whose outer and inner packets are both in fragments. */
static void fragments_inside_fragments_are_put_together_too(void **state) {
    (void)state;
    uint8_t p[80], inner[2][128], outer[256];
    struct rig r;
    udp(p, sizeof p);
    begin(&r, NULL);
    r.again = true;
    for (int i = 0; i < 2; i++) {
        uint32_t n = v6(inner[i], 77, (uint32_t)i * 40, i == 0, 17, p + i * 40, 40);
        for (uint32_t off = 0; off < n; off += 48) {
            uint32_t k = n - off < 48 ? n - off : 48;
            uint32_t len = v4(outer, (uint16_t)(20 + i), off, off + k < n, 41, inner[i] + off, k);
            feed(&r, outer, len, len);
        }
    }
    assert_int_equal(r.n, 3); /* two outer ones, the inner one */
    assert_int_equal(r.at[2].upper, SKP_UDP);
    assert_int_equal(r.at[2].n, 80);
    assert_memory_equal(r.at[2].payload, p, 80);
    finish(&r);
}

static uint32_t lcg(uint32_t *s) { return *s = *s * 1664525u + 1013904223u, *s >> 8; }

static void any_order_and_any_cuts_give_the_same_bytes(void **state) {
    (void)state;
    uint32_t seed = 1;
    static uint8_t p[4096];
    for (unsigned round = 0; round < 300; round++) {
        uint32_t n = 16 + lcg(&seed) % 4000, cut[512], k = 0;
        udp(p, n);
        for (uint32_t off = 0; off < n && k < 100; off += 8 * (1 + lcg(&seed) % 40))
            cut[k++] = off;
        struct rig r;
        begin(&r, NULL);
        for (uint32_t i = k; i > 1; i--) {
            uint32_t j = lcg(&seed) % i, t = cut[i - 1];
            cut[i - 1] = cut[j];
            cut[j] = t;
        }
        for (uint32_t i = 0; i < k; i++) {
            uint32_t end = n;
            for (uint32_t j = 0; j < k; j++)
                if (cut[j] > cut[i] && cut[j] < end)
                    end = cut[j];
            if (k == 1)
                break;
            frag6(&r, round, cut[i], end < n, p + cut[i], end - cut[i]);
            if (lcg(&seed) % 4 == 0 && i + 1 < k)
                frag6(&r, round, cut[i], end < n, p + cut[i], end - cut[i]);
        }
        if (k > 1) {
            assert_int_equal(r.n, 1);
            assert_int_equal(r.at[0].n, n);
            assert_memory_equal(r.at[0].payload, p, n);
        }
        finish(&r);
    }
}

static void a_million_random_and_broken_fragments_keep_the_bound(void **state) {
    (void)state;
    static uint8_t p[2048];
    uint32_t seed = 7;
    struct rig r;
    begin(&r, &(struct sk_defrag_config){.datagrams = 256, .bytes = 1 << 20});
    udp(p, sizeof p);
    for (uint32_t i = 0; i < 1000000; i++) {
        uint32_t off = 8 * (lcg(&seed) % 8192), n = lcg(&seed) % 600;
        bool more = lcg(&seed) % 3;
        r.now += SK_MSEC;
        lcg(&seed) % 2 ? frag6(&r, lcg(&seed) % 300, off, more, p, n)
                       : frag4(&r, (uint16_t)(lcg(&seed) % 300), off, more, p, n);
        if (i % 4096 == 0)
            sk_defrag_tick(r.t, r.now);
    }
    /* one fragment may go over before the oldest give way: a whole datagram, both ways */
    assert_true(stats(&r).peak_bytes <= (1 << 20) + 4 * 65536 + 8192);
    assert_true(stats(&r).evicted > 0 && stats(&r).fragments > 900000);
    sk_defrag_flush(r.t);
    assert_int_equal(stats(&r).bytes, 0);
    finish(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order_and_out_of_order_give_the_same_datagram),
        cmocka_unit_test(what_is_no_fragment_is_not_taken),
        cmocka_unit_test(fragments_in_different_tunnels_of_the_same_ends_are_different_datagrams),
        cmocka_unit_test(identical_copies_are_no_overlap_and_late_ones_are_swallowed),
        cmocka_unit_test(what_follows_a_datagram_under_its_identification_is_given_unless_it_is_a_copy),
        cmocka_unit_test(a_flood_of_copies_that_could_hide_a_fragment_is_told),
        cmocka_unit_test(overlaps_that_differ_are_given_both_ways),
        cmocka_unit_test(partial_overlaps_that_agree_are_named_and_given_once),
        cmocka_unit_test(what_never_ends_is_given_as_far_as_its_first_fragment),
        cmocka_unit_test(a_flush_gives_everything_in_the_order_of_its_beginning),
        cmocka_unit_test(identity_is_addresses_id_and_for_ipv4_the_protocol),
        cmocka_unit_test(limits_hold_and_are_counted),
        cmocka_unit_test(a_sender_that_fills_the_table_gives_way_before_the_others_do),
        cmocka_unit_test(datagrams_that_were_given_leave_before_those_that_wait),
        cmocka_unit_test(an_overlap_in_ipv4_a_second_later_is_named_late),
        cmocka_unit_test(a_later_fragment_that_begins_inside_of_the_tcp_header_is_named),
        cmocka_unit_test(a_first_fragment_without_its_upper_header_is_named),
        cmocka_unit_test(what_ends_a_header_chain_is_no_fault),
        cmocka_unit_test(ends_that_disagree_are_named),
        cmocka_unit_test(fragments_inside_fragments_are_put_together_too),
        cmocka_unit_test(any_order_and_any_cuts_give_the_same_bytes),
        cmocka_unit_test(a_million_random_and_broken_fragments_keep_the_bound),
    };
    return cmocka_run_group_tests_name("flow/defrag", tests, NULL, NULL);
}
