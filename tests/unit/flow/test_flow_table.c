/* SPDX-License-Identifier: Apache-2.0 */
/* Growth, expiry, eviction, order, prefetch, memory. */
#include "world.h"

/** A UDP packet of flow number i, as the table would see it from the decoder. */
struct fast {
    struct sk_packet pkt;
    struct sk_layers l;
    uint8_t b[64];
};

static void fast_make(struct fast *f, uint32_t i, uint64_t seq, sk_time ts, bool back) {
    memset(f, 0, offsetof(struct fast, l.at));
    f->pkt = (struct sk_packet){.data = f->b, .caplen = 64, .wirelen = 64, .ts = ts, .seq = seq, .number = seq};
    struct sk_ip *ip = &f->l.ip[0];
    f->l.n = 1;
    f->l.n_ip = 1;
    f->l.at[0].off = 14;
    struct sk_addr a = {.fam = 4, .b = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
    struct sk_addr b = {.fam = 4, .b = {192, 0, 2, 1}};
    ip->src = back ? b : a;
    ip->dst = back ? a : b;
    ip->proto = 17;
    ip->upper_off = 34;
    ip->upper_len = ip->wire_upper_len = 30;
    memset(f->b, 0, sizeof f->b);
    f->b[34] = f->b[36] = 0x9c;
    f->b[35] = back ? 2 : 1;
    f->b[37] = back ? 1 : 2;
}

static uint32_t fast_send(struct world *w, uint32_t i, bool back) {
    static struct fast f;
    fast_make(&f, i, ++w->seq, w->now, back);
    return sk_flow_packet(w->t, &f.pkt, &f.l, 0, 0, -1);
}

static struct sk_flow_stats stats(const struct world *w) {
    struct sk_flow_stats s;
    sk_flow_stats(w->t, &s);
    return s;
}

static void every_flow_is_found_again_while_the_index_grows(void **state) {
    struct world *w = *state;
    enum { N = 2000 };
    uint32_t number[N];
    for (uint32_t i = 0; i < N; i++)
        number[i] = fast_send(w, i, false);
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal(fast_send(w, i, true), number[i]);
    assert_int_equal(stats(w).created, N);
    assert_int_equal(stats(w).now, N);
    assert_int_equal(w->n, 2 * N);
}

static void a_mirrors_copies_are_counted_as_such_and_as_packets(void **state) {
    struct world *w = *state;
    fast_send(w, 1, false);
    w->copy = true;
    fast_send(w, 1, false);
    fast_send(w, 2, false); /* another flow, all of it copies */
    w->copy = false;
    fast_send(w, 1, true);
    sk_flow_flush(w->t);
    const struct sk_flow_view *first = &w->told[w->n - 2].v, *second = &w->told[w->n - 1].v;
    assert_int_equal(first->packets[0] + first->packets[1], 3);
    assert_int_equal(first->copies, 1);
    assert_int_equal(second->packets[0] + second->packets[1], 1);
    assert_int_equal(second->copies, 1);
}

/** Against a plain array: flows come and go at random, none is lost or found twice. */
static void removal_loses_no_neighbour(void **state) {
    struct world *w = *state;
    enum { N = 3000, ROUNDS = 40 };
    static sk_time seen[N];
    uint64_t random = 88172645463325252u, created = 0;
    memset(seen, 0, sizeof seen);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned k = 0; k < 800; k++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            uint32_t i = (uint32_t)(random % N);
            w->n = 0;
            created += seen[i] == 0;
            assert_int_not_equal(fast_send(w, i, false), 0);
            assert_int_equal(w->n, seen[i] == 0);
            seen[i] = w->now;
        }
        w->n = 0;
        w->now += 50 * SK_SEC;
        size_t due = 0;
        for (uint32_t i = 0; i < N; i++)
            if (seen[i] && w->now - seen[i] > 180 * SK_SEC) {
                seen[i] = 0;
                due++;
            }
        sk_flow_tick(w->t, w->now);
        assert_int_equal(w->n, due);
    }
    assert_int_equal(stats(w).created, created);
}

static void expiries_come_in_the_order_of_first_packets(void **state) {
    struct world *w = *state;
    for (uint32_t i = 0; i < 500; i++)
        fast_send(w, i * 7919 % 500, false);
    for (uint32_t i = 500; i-- > 0;) { /* seen last in another order */
        w->now += SK_MSEC;
        fast_send(w, i, false);
    }
    w->n = 0;
    tick(w, 181 * SK_SEC);
    assert_int_equal(w->n, 500);
    for (size_t i = 0; i < w->n; i++) {
        assert_int_equal(w->told[i].v.first_seq, i + 1);
        assert_true(w->told[i].at_tick);
    }
}

static void a_flow_that_lives_on_is_not_expired(void **state) {
    struct world *w = *state;
    fast_send(w, 1, false);
    for (int i = 0; i < 50; i++) {
        tick(w, 100 * SK_SEC);
        fast_send(w, 1, false);
    }
    assert_int_equal(w->n, 1);
    tick(w, 179 * SK_SEC);
    assert_int_equal(w->n, 1);
    tick(w, 2 * SK_SEC);
    assert_int_equal(w->n, 2);
    assert_int_equal(last(w)->packets[0], 51);
}

/** When a flow expires does not depend on how often ticks came before. */
static void expiry_is_a_matter_of_packets_and_the_tick_at_hand(void **state) {
    struct world *w = *state;
    for (int often = 0; often < 2; often++) {
        sk_time begin = w->now;
        fast_send(w, 1, false);
        w->n = 0;
        if (often)
            for (sk_time at = begin; at < begin + 179 * SK_SEC; at += 333 * SK_MSEC)
                sk_flow_tick(w->t, at);
        sk_flow_tick(w->t, begin + 180 * SK_SEC);
        assert_int_equal(w->n, 0);
        sk_flow_tick(w->t, begin + 180 * SK_SEC + 135 * SK_MSEC);
        assert_int_equal(w->n, 1);
        w->now = begin + 4096 * (sk_time)134217728; /* the same place within a slot */
    }
}

static void a_jump_of_years_is_one_tick(void **state) {
    struct world *w = *state;
    for (uint32_t i = 0; i < 100; i++)
        fast_send(w, i, false);
    w->n = 0;
    tick(w, 20000 * SK_DAY);
    assert_int_equal(w->n, 100);
    assert_int_equal(stats(w).now, 0);
}

static void time_that_jumps_back_loses_no_flow(void **state) {
    struct world *w = *state;
    w->now = 3000 * SK_DAY;
    fast_send(w, 1, false);
    sk_flow_tick(w->t, w->now);
    w->now = 1000 * SK_DAY;
    sk_flow_tick(w->t, w->now);
    fast_send(w, 2, false);
    w->n = 0;
    for (int i = 0; i < 60; i++)
        tick(w, 100 * SK_SEC);
    assert_int_equal(w->n, 1);
    assert_int_equal(last(w)->first_seq, 2);
    sk_flow_flush(w->t);
    assert_int_equal(w->n, 2);
}

static void flush_tells_all_in_order_and_empties(void **state) {
    struct world *w = *state;
    for (uint32_t i = 0; i < 100; i++)
        fast_send(w, i * 37 % 100, false);
    fast_send(w, 0, true);
    w->n = 0;
    sk_flow_flush(w->t);
    assert_int_equal(w->n, 100);
    for (size_t i = 0; i < w->n; i++) {
        assert_int_equal(w->told[i].v.first_seq, i + 1);
        /* The input ended before anybody could answer: nothing is said of that. */
        assert_int_equal(w->told[i].v.state, SK_FLOW_CLOSED);
    }
    assert_int_equal(stats(w).now, 0);
    fast_send(w, 5, false);
    assert_int_equal(stats(w).created, 101);
}

static void at_the_end_asking_twice_in_vain_is_unanswered(void **state) {
    struct world *w = *state;
    fast_send(w, 1, false);
    w->now += SK_SEC;
    fast_send(w, 1, false);
    sk_flow_flush(w->t);
    assert_string_equal(states(w), "opened unanswered");
}

static void at_the_cap_the_longest_idle_goes_and_is_counted(void **state) {
    struct world *w = *state;
    sk_flow_free(w->t);
    world_open(w, 16);
    for (uint32_t i = 0; i < 16; i++) {
        fast_send(w, i, false);
        w->now += SK_SEC;
    }
    fast_send(w, 0, false); /* the first one lives on, the second is now the longest idle */
    w->n = 0;
    for (uint32_t i = 100; i < 103; i++)
        fast_send(w, i, false);
    assert_int_equal(stats(w).evicted, 3);
    assert_int_equal(stats(w).now, 16);
    assert_int_equal(w->n, 6);
    assert_int_equal(w->told[0].v.state, SK_FLOW_CLOSED);
    assert_int_equal(w->told[0].v.addr[0].b[3], 1);
    assert_int_equal(w->told[2].v.addr[0].b[3], 2);
    assert_int_equal(w->told[4].v.addr[0].b[3], 3);
    for (uint32_t i = 0; i < 5000; i++) /* and a flood of new ones stays within the cap */
        w->n = 0, fast_send(w, 1000 + i, false);
    assert_int_equal(stats(w).now, 16);
    assert_int_equal(stats(w).peak, 16);
}

static void counters_do_not_wrap(void **state) {
    struct world *w = *state;
    static struct fast f;
    for (uint32_t i = 0; i < 70000; i++) {
        fast_make(&f, 1, ++w->seq, w->now, false);
        f.l.ip[0].wire_upper_len = 0xfff0;
        sk_flow_packet(w->t, &f.pkt, &f.l, 0, 0, -1);
    }
    sk_flow_flush(w->t);
    assert_int_equal(last(w)->packets[0], 70000);
    assert_int_equal(last(w)->bytes[0], 70000ull * (0xfff0 + 20));
}

/** Asked ahead in groups, as a lane does, or not at all: the same flows. */
static void prefetch_changes_nothing(void **state) {
    struct world *w = *state;
    enum { GROUP = 16, GROUPS = 200 };
    static struct fast f[GROUP];
    for (unsigned round = 0; round < 2; round++) {
        uint64_t random = 42;
        for (unsigned g = 0; g < GROUPS; g++) {
            for (unsigned i = 0; i < GROUP; i++) {
                random = random * 6364136223846793005u + 1442695040888963407u;
                fast_make(&f[i], (uint32_t)(random >> 40) % 300, ++w->seq, w->now, random >> 63);
                f[i].l.ip[1] = f[i].l.ip[0];
                f[i].l.ip[1].src.b[2] ^= 0x40;
                f[i].l.n_ip = 2;
                if (round) {
                    sk_flow_prefetch(w->t, &f[i].pkt, &f[i].l, 0, -1);
                    if (i % 3) /* not always */
                        sk_flow_prefetch(w->t, &f[i].pkt, &f[i].l, 1, -1);
                }
            }
            for (unsigned i = 0; i < GROUP; i++) {
                sk_flow_packet(w->t, &f[i].pkt, &f[i].l, 0, 0, -1);
                sk_flow_packet(w->t, &f[i].pkt, &f[i].l, 1, 0, -1);
            }
        }
        sk_flow_flush(w->t);
        static struct tell before[TELLS_MAX];
        static size_t n;
        if (!round) {
            n = w->n;
            memcpy(before, w->told, sizeof before);
        } else {
            assert_int_equal(w->n, n);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(w->told[i].v.state, before[i].v.state);
                assert_memory_equal(w->told[i].v.addr, before[i].v.addr, sizeof before[i].v.addr);
                assert_memory_equal(w->told[i].v.packets, before[i].v.packets, sizeof before[i].v.packets);
            }
        }
        w->n = 0;
    }
}

/** 0 where a sanitizer takes memory of its own. */
static long resident_kib(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0;
#endif
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmRSS: %ld", &kib) == 1)
            break;
    if (f)
        fclose(f);
    return kib;
}

static void no_tell(void *arg, const struct sk_flow_view *v, bool at_tick) {
    (void)v;
    (void)at_tick;
    ++*(uint64_t *)arg;
}

static void a_million_open_flows_stay_within_300_mib(void **state) {
    (void)state;
    uint64_t told = 0;
    long before = resident_kib();
    struct sk_flow_config cfg = {.max = 1 << 20, .key = sk_hash_key_fixed};
    struct sk_flow_hooks hooks = {.state = no_tell, .arg = &told};
    struct sk_flow_table *t = sk_flow_new(&cfg, &hooks);
    static struct fast f;
    for (uint32_t i = 0; i < 1000000; i++) {
        fast_make(&f, i, i + 1, 1000 * SK_SEC, false);
        sk_flow_packet(t, &f.pkt, &f.l, 0, 0, -1);
    }
    assert_int_equal(told, 1000000);
    assert_true(resident_kib() - before < 300 * 1024);
    sk_flow_flush(t);
    assert_int_equal(told, 2000000);
    assert_true(resident_kib() - before < 300 * 1024);
    sk_flow_free(t);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        T(every_flow_is_found_again_while_the_index_grows),
        T(a_mirrors_copies_are_counted_as_such_and_as_packets),
        T(removal_loses_no_neighbour),
        T(expiries_come_in_the_order_of_first_packets),
        T(a_flow_that_lives_on_is_not_expired),
        T(expiry_is_a_matter_of_packets_and_the_tick_at_hand),
        T(a_jump_of_years_is_one_tick),
        T(time_that_jumps_back_loses_no_flow),
        T(flush_tells_all_in_order_and_empties),
        T(at_the_end_asking_twice_in_vain_is_unanswered),
        T(at_the_cap_the_longest_idle_goes_and_is_counted),
        T(counters_do_not_wrap),
        T(prefetch_changes_nothing),
        T(a_million_open_flows_stay_within_300_mib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
