/* SPDX-License-Identifier: Apache-2.0 */
/* Which lane a packet goes to. Frames are made by hand and decoded by the real decoder. */
#include "sekimori/hash.h"
#include "sekimori/pipeline.h"

#include "unit.h"

struct frame {
    uint8_t b[128];
    uint32_t n;
};
static struct sk_packet packet_of(const struct frame *f) {
    return (struct sk_packet){.data = f->b, .caplen = f->n, .wirelen = f->n, .linktype = SK_LINKTYPE_ETHERNET};
}
static unsigned lane_of(const struct frame *f, unsigned n) {
    struct sk_packet pkt = packet_of(f);
    return sk_shard(&pkt, n, &sk_hash_key_fixed);
}
static struct frame ipv4(uint32_t src, uint32_t dst, uint16_t sport, uint16_t frag) {
    struct frame f = {.n = 14 + 20 + 8};
    f.b[12] = 0x08;
    uint8_t *ip = f.b + 14;
    ip[0] = 0x45;
    ip[3] = 28;
    ip[6] = (uint8_t)(frag >> 8);
    ip[7] = (uint8_t)frag;
    ip[8] = 64;
    ip[9] = 17;
    for (int i = 0; i < 4; i++) {
        ip[12 + i] = (uint8_t)(src >> (24 - 8 * i));
        ip[16 + i] = (uint8_t)(dst >> (24 - 8 * i));
    }
    ip[20] = (uint8_t)(sport >> 8);
    ip[21] = (uint8_t)sport;
    ip[23] = 53;
    ip[25] = 8;
    return f;
}
static struct frame ipv6(uint64_t src, uint64_t dst) {
    struct frame f = {.n = 14 + 40};
    f.b[12] = 0x86;
    f.b[13] = 0xdd;
    uint8_t *ip = f.b + 14;
    ip[0] = 0x60;
    ip[6] = 59;
    ip[7] = 64;
    ip[8] = ip[24] = 0x20;
    for (int i = 0; i < 8; i++) {
        ip[16 + i] = (uint8_t)(src >> (56 - 8 * i));
        ip[32 + i] = (uint8_t)(dst >> (56 - 8 * i));
    }
    return f;
}
/* The same frame behind a tag. */
static struct frame tagged(const struct frame *f, uint16_t vid) {
    struct frame t = {.n = f->n + 4};
    memcpy(t.b, f->b, 12);
    t.b[12] = 0x81;
    t.b[14] = (uint8_t)(vid >> 8);
    t.b[15] = (uint8_t)vid;
    memcpy(t.b + 16, f->b + 12, f->n - 12);
    return t;
}

static uint64_t next_random(uint64_t *x) {
    *x += 0x9e3779b97f4a7c15u;
    uint64_t z = *x;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    return z ^ z >> 27;
}

static void both_directions_and_all_fragments_and_ports_share_a_lane(void **state) {
    (void)state;
    uint64_t x = 1;
    for (int i = 0; i < 1000; i++) {
        uint32_t a = (uint32_t)next_random(&x), b = (uint32_t)next_random(&x);
        struct frame there = ipv4(a, b, 1000, 0), back = ipv4(b, a, 53, 0), later = ipv4(a, b, 7777, 185);
        struct frame vlan = tagged(&there, 7);
        unsigned lane = lane_of(&there, 8);
        assert_int_equal(lane_of(&back, 8), lane);
        assert_int_equal(lane_of(&later, 8), lane);
        assert_int_equal(lane_of(&vlan, 8), lane);
        struct frame six = ipv6(a, b), six_back = ipv6(b, a);
        assert_int_equal(lane_of(&six, 8), lane_of(&six_back, 8));
    }
}

static void what_has_no_ip_goes_to_lane_0(void **state) {
    (void)state;
    struct frame arp = {.n = 42};
    arp.b[12] = 0x08;
    arp.b[13] = 0x06;
    struct frame nothing = {.n = 0};
    assert_int_equal(lane_of(&arp, 8), 0);
    assert_int_equal(lane_of(&nothing, 8), 0);
}

static void one_lane_or_none_is_lane_0(void **state) {
    (void)state;
    struct frame f = ipv4(1, 2, 3, 0);
    assert_int_equal(lane_of(&f, 0), 0);
    assert_int_equal(lane_of(&f, 1), 0);
}

/* Only the outer pair counts: what is inside a tunnel stays together. */
static void the_inner_pair_of_a_tunnel_does_not_matter(void **state) {
    (void)state;
    struct frame outer = ipv4(5, 6, 0, 0);
    unsigned lane = lane_of(&outer, 64);
    for (uint64_t i = 0; i < 100; i++) {
        struct frame inner = ipv6(i, 99), f = ipv4(5, 6, 0, 0);
        f.b[14 + 3] = 60;
        f.b[14 + 9] = 41;
        memcpy(f.b + 34, inner.b + 14, 40);
        f.n = 34 + 40;
        assert_int_equal(lane_of(&f, 64), lane);
    }
}

static void truncated_at_any_byte_it_is_a_lane_that_exists(void **state) {
    (void)state;
    struct frame f = ipv6(1, 2), four = ipv4(1, 2, 3, 0);
    for (uint32_t n = 0; n < 54; n++) {
        f.n = n;
        assert_true(lane_of(&f, 3) < 3);
        four.n = n < 42 ? n : 42;
        assert_true(lane_of(&four, 3) < 3);
    }
}

/* Neighbouring addresses, as in one office, and random ones; within a tenth of even. */
static void lanes_are_balanced(void **state) {
    (void)state;
    static const unsigned lanes[] = {2, 3, 4, 8, 64};
    enum { PAIRS = 64000 };
    for (size_t k = 0; k < sizeof lanes / sizeof lanes[0]; k++) {
        for (int kind = 0; kind < 3; kind++) {
            unsigned count[64] = {0};
            uint64_t x = 99;
            for (uint32_t i = 0; i < PAIRS; i++) {
                struct frame f = kind == 0   ? ipv4(0x0a000001 + i % 250, 0x0a010001 + i / 250, 1, 0)
                                 : kind == 1 ? ipv4((uint32_t)next_random(&x), (uint32_t)next_random(&x), 1, 0)
                                             : ipv6(i % 250, UINT64_C(1) << 63 | i / 250);
                count[lane_of(&f, lanes[k])]++;
            }
            for (unsigned i = 0; i < lanes[k]; i++)
                assert_in_range(count[i], PAIRS / lanes[k] * 85 / 100, PAIRS / lanes[k] * 115 / 100);
        }
    }
}

static void another_key_deals_differently(void **state) {
    (void)state;
    struct sk_hash_key other = {{1, 2}};
    unsigned moved = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        struct frame f = ipv4(i, 77, 1, 0);
        struct sk_packet pkt = packet_of(&f);
        moved += sk_shard(&pkt, 2, &other) != lane_of(&f, 2);
    }
    assert_in_range(moved, 400, 600);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions_and_all_fragments_and_ports_share_a_lane),
        cmocka_unit_test(what_has_no_ip_goes_to_lane_0),
        cmocka_unit_test(one_lane_or_none_is_lane_0),
        cmocka_unit_test(the_inner_pair_of_a_tunnel_does_not_matter),
        cmocka_unit_test(truncated_at_any_byte_it_is_a_lane_that_exists),
        cmocka_unit_test(lanes_are_balanced),
        cmocka_unit_test(another_key_deals_differently),
    };
    return cmocka_run_group_tests_name("pipeline/shard", tests, NULL, NULL);
}
