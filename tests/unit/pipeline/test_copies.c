/* SPDX-License-Identifier: Apache-2.0 */
/* What a mirror shows twice, and what only looks like it. Frames are made by hand and decoded by the real decoder. */
#include "pipeline/copies.h"

#include "guard.h"
#include "unit.h"

#include <stdlib.h>

enum { ROOM = 256, BODY = 40 };

/* One frame; every member is what the next frame says. */
struct shot {
    unsigned vlan, vlan2; /* 0: none */
    uint8_t mac, ttl, tos;
    unsigned proto, id, sport, dport, flags;
    uint32_t seq;
    uint8_t host; /* last byte of the source */
    bool v6, arp, in_gre;
    bool low;           /* v6: from ::/64 */
    unsigned body;      /* 0: BODY */
    uint8_t fill, tail; /* tail: what the last byte differs by */
    unsigned iface;
};
static const struct shot ping = {.vlan = 10, .mac = 1, .ttl = 64, .proto = 1, .id = 7, .host = 1};
static const struct shot bulk = {
    .vlan = 10, .mac = 1, .ttl = 64, .proto = 6, .id = 7, .sport = 50000, .dport = 443, .flags = 0x10, .host = 1};

struct buffer {
    uint8_t b[ROOM];
    unsigned n;
};
static void put(struct buffer *f, uint64_t v, unsigned bytes) {
    while (bytes--)
        f->b[f->n++] = (uint8_t)(bytes < 8 ? v >> (8 * bytes) : 0);
}
static void put_ip(struct buffer *f, const struct shot *s, unsigned proto, unsigned payload) {
    if (s->v6) {
        put(f, 0x60000000u | (uint32_t)s->tos << 20, 4), put(f, payload, 2), put(f, proto, 1), put(f, s->ttl, 1);
        put(f, s->low ? 0 : 0x20010db800000000, 8), put(f, s->host, 8), put(f, 0x20010db800000000, 8), put(f, 0xff, 8);
        return;
    }
    put(f, 0x45, 1), put(f, s->tos, 1), put(f, payload + 20, 2), put(f, s->id, 2), put(f, 0, 2), put(f, s->ttl, 1);
    put(f, proto, 1), put(f, (unsigned)s->ttl * 257 & 0xffff, 2), put(f, 0x0a000000 | s->host, 4),
        put(f, 0x0a0000ff, 4);
}
static void build(struct buffer *f, const struct shot *s) {
    unsigned body = s->body ? s->body : BODY, upper = s->proto == 6 ? 20 : 8;
    f->n = 0;
    put(f, 0x020000000000 | s->mac, 6), put(f, 0x020000000100 | s->mac, 6);
    if (s->vlan)
        put(f, 0x81000000 | s->vlan, 4);
    if (s->vlan2)
        put(f, 0x81000000 | s->vlan2, 4);
    if (s->arp) {
        put(f, 0x0806, 2), put(f, 0x0001080006040001, 8), put(f, s->host, 6), put(f, 0x0a000001, 4), put(f, 0, 10);
        put(f, s->fill, 18); /* padding */
        return;
    }
    put(f, s->v6 ? 0x86dd : 0x0800, 2);
    if (s->in_gre) {
        struct shot outer = *s;
        outer.host = 77;
        put_ip(f, &outer, 47, upper + body + 24);
        put(f, 0x00000800, 4);
        struct shot inner = *s;
        inner.ttl = 9; /* a mirror changes nothing inside */
        put_ip(f, &inner, s->proto, upper + body);
    } else {
        put_ip(f, s, s->proto, upper + body);
    }
    if (s->proto == 6)
        put(f, s->sport, 2), put(f, s->dport, 2), put(f, s->seq, 4), put(f, 1, 4), put(f, 0x5000 | s->flags, 2),
            put(f, 1000, 2), put(f, s->seq * 31 & 0xffff, 2), put(f, 0, 2);
    else if (s->proto == 17)
        put(f, s->sport, 2), put(f, s->dport, 2), put(f, 8 + body, 2), put(f, s->seq * 31 & 0xffff, 2);
    else
        put(f, s->proto == 58 ? 0x8000 : 0x0800, 2), put(f, s->seq & 0xffff, 2), put(f, s->seq, 4);
    for (unsigned i = 0; i < body; i++)
        put(f, s->fill, 1);
    f->b[f->n - 1] ^= s->tail;
}

static bool seen(struct copies *c, const struct shot *s, sk_time ts) {
    static struct sk_layers l;
    struct buffer f;
    struct copies_mark m;
    build(&f, s);
    struct sk_guard g = sk_guard_end(f.b, f.n);
    struct sk_packet pkt = {.data = g.p,
                            .caplen = f.n,
                            .wirelen = f.n,
                            .ts = ts,
                            .linktype = SK_LINKTYPE_ETHERNET,
                            .iface = (uint16_t)s->iface,
                            .tap = SK_TAP_NONE};
    sk_decode(&pkt, &l);
    copies_mark(c, &pkt, &l, &m);
    bool copy = copies_seen(c, &pkt, &l, &m);
    sk_guard_free(&g);
    return copy;
}
static struct copies *fresh(void) { return copies_new(&sk_hash_key_fixed); }

/* first, then second so much later. @return the second is a copy */
static bool twice(struct shot first, struct shot second, sk_time later) {
    struct copies *c = fresh();
    assert_false(seen(c, &first, SK_SEC));
    bool copy = seen(c, &second, SK_SEC + later);
    copies_free(c);
    return copy;
}

static void a_frame_shown_twice_is_a_copy(void **state) {
    (void)state;
    assert_true(twice(ping, ping, 12 * SK_USEC));
    struct shot s = ping;
    s.vlan = 20;
    assert_true(twice(ping, s, 0));
    s.vlan = 0, s.mac = 9, s.ttl = 63, s.tos = 0xb8; /* routed and marked on the way */
    assert_true(twice(ping, s, SK_MSEC));
    s = ping, s.iface = 3;
    assert_true(twice(ping, s, SK_MSEC));
    s = ping, s.v6 = true, s.proto = 58;
    struct shot back = s;
    back.ttl = 63, back.mac = 8;
    assert_true(twice(s, back, SK_MSEC));
    assert_true(twice(back, s, SK_MSEC)); /* the later hop may be shown first */
}

static void an_arp_message_is_known_without_its_padding(void **state) {
    (void)state;
    struct shot a = {.vlan = 10, .mac = 1, .arp = true, .host = 5, .fill = 0}, b = a;
    b.fill = 0xee, b.vlan = 11;
    assert_true(twice(a, b, SK_MSEC));
    b = a, b.host = 6;
    assert_false(twice(a, b, SK_MSEC));
}

static void other_bytes_are_another_frame(void **state) {
    (void)state;
    struct shot s = ping;
    s.id = 8; /* sent again: IPv4 counts */
    assert_false(twice(ping, s, SK_MSEC));
    s = ping, s.seq = 1;
    assert_false(twice(ping, s, SK_MSEC));
    s = ping, s.host = 2;
    assert_false(twice(ping, s, SK_MSEC));
    s = ping, s.body = BODY + 1;
    assert_false(twice(ping, s, SK_MSEC));
    s = ping, s.in_gre = true;
    struct shot other = s;
    other.seq = 5; /* the outer headers are the same */
    assert_false(twice(s, other, SK_MSEC));
    assert_true(twice(s, s, SK_MSEC));
    s = ping, s.body = 1;
    assert_true(twice(s, s, SK_MSEC));
    s = ping, s.v6 = s.low = true, s.proto = 17;
    other = s, other.host = 2;
    assert_false(twice(s, other, SK_MSEC));
    assert_true(twice(s, s, SK_MSEC));
}

static void after_a_tenth_of_a_second_it_was_sent_again(void **state) {
    (void)state;
    assert_true(twice(ping, ping, 99 * SK_MSEC));
    assert_false(twice(ping, ping, 101 * SK_MSEC));
    assert_true(twice(ping, ping, -99 * SK_MSEC)); /* queues of a tap */
    assert_false(twice(ping, ping, -101 * SK_MSEC));
}

static void two_hops_apart_in_one_vlan_is_a_loop_not_a_copy(void **state) {
    (void)state;
    struct shot s = ping;
    s.ttl = 62;
    assert_false(twice(ping, s, SK_MSEC));
    s.vlan = 20; /* seen behind two routers */
    assert_true(twice(ping, s, SK_MSEC));
}

static void more_copies_than_a_mirror_makes_are_a_flood(void **state) {
    (void)state;
    struct copies *c = fresh();
    unsigned copies = 0;
    for (unsigned i = 0; i < 1000; i++)
        copies += seen(c, &ping, SK_SEC + i * SK_MSEC);
    assert_int_equal(copies, COPIES_MAX);
    copies_free(c);
}

static void of_bulk_one_in_sixteen_is_looked_at_until_a_pair_is_shown_twice(void **state) {
    (void)state;
    struct copies *c = fresh();
    struct shot s = bulk;
    unsigned first = 0, copies = 0;
    for (unsigned i = 0; i < 1000; i++) {
        s.seq = i * 1460, s.id = i;
        assert_false(seen(c, &s, SK_SEC + i * SK_USEC));
        if (seen(c, &s, SK_SEC + i * SK_USEC)) {
            copies++;
            first = first ? first : i + 1;
        }
    }
    assert_in_range(first, 1, 100);
    assert_int_equal(copies, 1000 - first + 1);
    s.host = 2; /* another pair: looked at now and then */
    unsigned others = 0;
    for (unsigned i = 0; i < 16; i++) {
        s.seq = i * 1460, s.id = i;
        seen(c, &s, 2 * SK_SEC);
        others += seen(c, &s, 2 * SK_SEC);
    }
    assert_true(others < 16);
    copies_free(c);
}

static void what_begins_a_conversation_is_always_looked_at(void **state) {
    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        struct shot syn = bulk, dns = bulk;
        syn.flags = 2, syn.seq = i * 7919;
        dns.proto = 17, dns.dport = 53, dns.seq = i * 7919;
        assert_true(twice(syn, syn, SK_USEC));
        assert_true(twice(dns, dns, SK_USEC));
    }
}

static void nothing_is_forgotten_while_there_is_room(void **state) {
    (void)state;
    struct copies *c = fresh();
    enum { MANY = 100000 };
    struct shot s = ping;
    for (unsigned i = 0; i < MANY; i++) {
        s.seq = i;
        assert_false(seen(c, &s, SK_SEC));
    }
    for (unsigned i = 0; i < MANY; i++) {
        s.seq = i;
        assert_true(seen(c, &s, SK_SEC + SK_MSEC));
    }
    assert_int_equal(copies_forgotten(c), 0);
    copies_free(c);
}

static void past_the_cap_it_forgets_and_counts(void **state) {
    (void)state;
    struct copies *c = fresh();
    struct shot s = ping;
    enum { MORE = COPIES_BUCKETS * COPIES_WAYS + 1000 };
    for (unsigned i = 0; i < MORE; i++) {
        s.seq = i;
        seen(c, &s, SK_SEC);
    }
    assert_true(copies_forgotten(c) >= 1000);
    copies_free(c);
}

/* Times are kept in 32 bits, of which the half is three days. */
static void after_days_without_a_packet_nothing_old_takes_room(void **state) {
    (void)state;
    enum { MANY = COPIES_BUCKETS * COPIES_WAYS * 5 / 8 };
    const sk_time day = 86400 * SK_SEC;
    struct copies *c = fresh();
    struct shot s = ping;
    for (unsigned i = 0; i < 2 * MANY; i++) {
        sk_time now = SK_SEC + (i < MANY ? 0 : 4 * day);
        if (i == MANY)
            copies_tick(c, now);
        s.seq = i;
        assert_false(seen(c, &s, now));
    }
    assert_true(copies_forgotten(c) < MANY / 100); /* a few while the table grows, so full */
    copies_free(c);
}

/* A frame is known as long as the tick says so, whatever else was seen: with lanes, other frames go elsewhere. */
static void what_else_is_seen_changes_nothing(void **state) {
    (void)state;
    for (unsigned others = 0; others < 3; others++) {
        struct copies *c = fresh();
        struct shot s = ping;
        copies_tick(c, SK_SEC);
        assert_false(seen(c, &ping, SK_SEC + 1));
        copies_tick(c, SK_SEC + 90 * SK_MSEC);
        for (unsigned i = 1; i <= others * 4000; i++) {
            s.seq = i;
            seen(c, &s, SK_SEC + 180 * SK_MSEC); /* newer than the window of the first */
        }
        assert_true(seen(c, &ping, SK_SEC + 95 * SK_MSEC));
        copies_free(c);
    }
}

static void a_chain_that_ended_is_forgotten(void **state) {
    (void)state;
    struct copies *c = fresh();
    assert_false(seen(c, &ping, SK_SEC));
    copies_clear(c);
    assert_false(seen(c, &ping, SK_SEC));
    assert_true(seen(c, &ping, SK_SEC));
    copies_free(c);
}

static void truncated_frames_are_looked_at_safely(void **state) {
    (void)state;
    struct shot shots[] = {ping, bulk, ping, ping};
    shots[2].in_gre = true;
    shots[3].arp = true;
    for (unsigned k = 0; k < 4; k++) {
        struct buffer f;
        build(&f, &shots[k]);
        for (unsigned n = 0; n <= f.n; n++) {
            struct copies *c = fresh();
            static struct sk_layers l;
            struct copies_mark m;
            struct sk_guard g = sk_guard_end(f.b, n);
            struct sk_packet pkt = {.data = g.p, .caplen = n, .wirelen = f.n, .ts = 1, .linktype = 1};
            sk_decode(&pkt, &l);
            copies_mark(c, &pkt, &l, &m);
            assert_false(copies_seen(c, &pkt, &l, &m));
            assert_true(copies_seen(c, &pkt, &l, &m) == (m.hash != 0));
            sk_guard_free(&g);
            copies_free(c);
        }
    }
}

/* Two router advertisements may differ in their last option alone, and have one checksum. */
static void a_message_that_differs_in_its_last_byte_is_no_copy(void **state) {
    (void)state;
    struct shot other = ping;
    other.tail = 1;
    assert_true(twice(ping, ping, SK_MSEC));
    assert_false(twice(ping, other, SK_MSEC));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_that_differs_in_its_last_byte_is_no_copy),
        cmocka_unit_test(a_frame_shown_twice_is_a_copy),
        cmocka_unit_test(an_arp_message_is_known_without_its_padding),
        cmocka_unit_test(other_bytes_are_another_frame),
        cmocka_unit_test(after_a_tenth_of_a_second_it_was_sent_again),
        cmocka_unit_test(two_hops_apart_in_one_vlan_is_a_loop_not_a_copy),
        cmocka_unit_test(more_copies_than_a_mirror_makes_are_a_flood),
        cmocka_unit_test(of_bulk_one_in_sixteen_is_looked_at_until_a_pair_is_shown_twice),
        cmocka_unit_test(what_begins_a_conversation_is_always_looked_at),
        cmocka_unit_test(nothing_is_forgotten_while_there_is_room),
        cmocka_unit_test(past_the_cap_it_forgets_and_counts),
        cmocka_unit_test(after_days_without_a_packet_nothing_old_takes_room),
        cmocka_unit_test(what_else_is_seen_changes_nothing),
        cmocka_unit_test(a_chain_that_ended_is_forgotten),
        cmocka_unit_test(truncated_frames_are_looked_at_safely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
