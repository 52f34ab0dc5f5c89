/* SPDX-License-Identifier: Apache-2.0 */
/* Longest-prefix match against a slow reference. */
#include "policy/lpm.h"
#include "unit.h"

static uint64_t seed = 0x9e3779b97f4a7c15u;
static uint32_t rnd(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16);
}

static struct sk_prefix net(const char *text) {
    struct sk_prefix p;
    assert_true(sk_prefix_parse(text, strlen(text), false, &p));
    return p;
}

static struct sk_addr addr(const char *text) {
    struct sk_addr a;
    assert_true(sk_addr_parse(text, strlen(text), &a));
    return a;
}

static struct sk_addr random_addr(uint8_t fam, unsigned bits) {
    struct sk_addr a = {.fam = fam};
    unsigned bytes = fam == 4 ? 4 : 16;
    for (unsigned i = 0; i < bytes; i++)
        a.b[i] = (uint8_t)(rnd() & ((1u << bits) - 1)); /* few bits: prefixes meet and nest often */
    return a;
}

static struct sk_prefix random_prefix(uint8_t fam, unsigned bits) {
    struct sk_prefix p = {.addr = random_addr(fam, bits), .len = (uint8_t)(rnd() % (fam == 4 ? 33 : 129))};
    for (unsigned bit = p.len; bit < (fam == 4 ? 32u : 128u); bit++)
        p.addr.b[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
    return p;
}

/* The last of the longest prefixes that hold a. */
static uint32_t slow_find(const struct sk_prefix *p, size_t n, const struct sk_addr *a) {
    uint32_t best = POL_LPM_NONE;
    for (size_t i = 0; i < n; i++)
        if (p[i].addr.fam == a->fam && sk_prefix_has(&p[i], a) && (best == POL_LPM_NONE || p[i].len >= p[best].len))
            best = (uint32_t)i;
    return best;
}

static bool nests(const struct sk_prefix *outer, const struct sk_prefix *inner) {
    return outer->addr.fam == inner->addr.fam && outer->len <= inner->len && sk_prefix_has(outer, &inner->addr);
}

/* The closest other prefix around i: longer wins, of equal ones the last before i. */
static uint32_t slow_parent(const struct sk_prefix *p, size_t n, size_t i) {
    uint32_t best = POL_LPM_NONE;
    for (size_t k = 0; k < n; k++) {
        if (k == i || !nests(&p[k], &p[i]) || (p[k].len == p[i].len && k > i))
            continue;
        if (best == POL_LPM_NONE || p[k].len >= p[best].len)
            best = (uint32_t)k;
    }
    return best;
}

static void random_prefixes_are_found_as_by_a_slow_search(void **state) {
    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        struct sk_prefix p[60];
        uint32_t parent[60];
        size_t n = rnd() % 60;
        unsigned bits = 1 + rnd() % 8;
        for (size_t i = 0; i < n; i++)
            p[i] = random_prefix(rnd() & 1 ? 4 : 6, bits);
        struct sk_arena arena = {0};
        struct pol_lpm t = {0};
        pol_lpm_build(&t, p, n, &arena, parent);
        for (unsigned k = 0; k < 200; k++) {
            struct sk_addr a = random_addr(k & 1 ? 4 : 6, bits);
            if (n && k % 3 == 0)
                a = p[rnd() % n].addr; /* first addresses of ranges */
            assert_int_equal(pol_lpm_find(&t, &a), slow_find(p, n, &a));
        }
        for (size_t i = 0; i < n; i++)
            assert_int_equal(parent[i], slow_parent(p, n, i));
        sk_arena_free(&arena);
    }
}

static void hundred_thousand_prefixes_are_found_as_by_a_slow_search(void **state) {
    (void)state;
    size_t n = 100000;
    struct sk_prefix *p = calloc(n, sizeof *p);
    for (size_t i = 0; i < n; i++) {
        p[i] = random_prefix(i & 1 ? 4 : 6, 8);
        if (p[i].len < 12)
            p[i] = random_prefix(i & 1 ? 4 : 6, 8);
    }
    struct sk_arena arena = {0};
    struct pol_lpm t = {0};
    pol_lpm_build(&t, p, n, &arena, NULL);
    for (unsigned k = 0; k < 150; k++) {
        struct sk_addr a = k % 2 ? p[rnd() % n].addr : random_addr(k % 4 ? 4 : 6, 8);
        assert_int_equal(pol_lpm_find(&t, &a), slow_find(p, n, &a));
    }
    sk_arena_free(&arena);
    free(p);
}

/* What a look-up may cost: ranges compared at the end, and nodes on the way. */
static void assert_flat(const struct pol_lpm_table *t, unsigned nodes_max) {
    uint32_t nodes = 1;
    for (uint32_t i = 0; i < nodes; i++)
        for (uint32_t k = 0; k < t->node[i].parts; k++)
            nodes += (t->part[t->node[i].first + k] & POL_LPM_NODE) != 0;
    unsigned *depth = calloc(nodes, sizeof *depth);
    assert_non_null(depth);
    depth[0] = 1;
    for (uint32_t i = 0; i < nodes; i++) {
        const struct pol_lpm_node *n = &t->node[i];
        assert_true(depth[i] > 0 && depth[i] <= nodes_max);
        for (uint32_t k = 0; k < n->parts; k++) {
            uint32_t low = t->part[n->first + k], high = t->part[n->first + k + 1];
            if (low & POL_LPM_NODE) {
                depth[low & ~POL_LPM_NODE] = depth[i] + 1;
                continue;
            }
            high = high & POL_LPM_NODE ? t->node[high & ~POL_LPM_NODE].low : high;
            assert_true(high - low <= 4);
        }
    }
    free(depth);
}

static void assert_flat_of(const struct sk_prefix *p, size_t n, unsigned nodes_max) {
    struct sk_arena arena = {0};
    struct pol_lpm t = {0};
    pol_lpm_build(&t, p, n, &arena, NULL);
    assert_flat(p[0].addr.fam == 4 ? &t.v4 : &t.v6, nodes_max);
    for (size_t i = 0; i < n; i += n / 50)
        assert_int_equal(pol_lpm_find(&t, &p[i].addr), i);
    sk_arena_free(&arena);
}

static void a_lookup_among_many_prefixes_compares_few(void **state) {
    (void)state;
    size_t n = 100000;
    struct sk_prefix *p = calloc(n, sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++) { /* side by side */
        p[i] = net("2001:db8::/48");
        p[i].addr.b[2] = (uint8_t)(i >> 16);
        p[i].addr.b[3] = (uint8_t)(i >> 8);
        p[i].addr.b[4] = (uint8_t)i;
    }
    assert_flat_of(p, n, 2);
    for (size_t i = 0; i < n; i++) { /* close together, and far apart */
        p[i] = net(i & 1 ? "2001:db8::/64" : "fd12:3456:789a::/64");
        p[i].addr.b[5] = (uint8_t)(i >> 17);
        p[i].addr.b[6] = (uint8_t)(i >> 9);
        p[i].addr.b[7] = (uint8_t)(i >> 1);
    }
    assert_flat_of(p, n, 3);
    for (size_t i = 0; i < n; i++) { /* hosts of one network */
        p[i] = net("2001:db8::/128");
        p[i].addr.b[13] = (uint8_t)(i >> 16);
        p[i].addr.b[14] = (uint8_t)(i >> 8);
        p[i].addr.b[15] = (uint8_t)i;
    }
    assert_flat_of(p, n, 3);
    for (size_t i = 0; i < n; i++) { /* IPv4 hosts */
        p[i] = net("10.0.0.0/32");
        p[i].addr.b[1] = (uint8_t)(i >> 16);
        p[i].addr.b[2] = (uint8_t)(i >> 8);
        p[i].addr.b[3] = (uint8_t)i;
    }
    assert_flat_of(p, n, 2);
    for (size_t i = 0; i < 128; i++) { /* each half as far away as the last: the worst there is */
        p[i] = net("::/128");
        p[i].addr.b[i / 8] = (uint8_t)(0x80u >> i % 8);
    }
    assert_flat_of(p, 128, 24);
    free(p);
}

/* Hosts within one /64, and prefixes around and among them. */
static void lower_halves_of_addresses_are_told_apart(void **state) {
    (void)state;
    enum { N = 300 };
    struct sk_prefix p[N];
    for (unsigned round = 0; round < 30; round++) {
        for (unsigned i = 0; i < N; i++) {
            p[i] = random_prefix(6, 8);
            memcpy(p[i].addr.b, "\x20\x01\x0d\xb8\0\0\0\0", 8);
            p[i].addr.b[7] = (uint8_t)(rnd() & 1);
            p[i].len = (uint8_t)(60 + rnd() % 69);
            for (unsigned bit = p[i].len; bit < 128; bit++)
                p[i].addr.b[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
        }
        struct sk_arena arena = {0};
        struct pol_lpm t = {0};
        pol_lpm_build(&t, p, N, &arena, NULL);
        for (unsigned k = 0; k < 300; k++) {
            struct sk_addr a = p[rnd() % N].addr;
            a.b[8 + rnd() % 8] ^= (uint8_t)(1u << rnd() % 8);
            a.b[7] = (uint8_t)(rnd() % 3);
            assert_int_equal(pol_lpm_find(&t, &a), slow_find(p, N, &a));
        }
        sk_arena_free(&arena);
    }
}

static void a_prefix_holds_some_of_the_others_or_none(void **state) {
    (void)state;
    enum { N = 40 };
    struct sk_prefix p[N];
    for (unsigned round = 0; round < 200; round++) {
        for (unsigned i = 0; i < N; i++)
            do
                p[i] = random_prefix(i & 1 ? 4 : 6, 8);
            while (p[i].len < 10);
        struct sk_arena arena = {0};
        struct pol_lpm t = {0};
        pol_lpm_build(&t, p, N, &arena, NULL);
        for (unsigned k = 0; k < 50; k++) {
            struct sk_prefix q = random_prefix(k & 1 ? 4 : 6, 8);
            bool want = false;
            for (unsigned i = 0; i < N; i++)
                want = want || nests(&p[i], &q) || nests(&q, &p[i]);
            assert_int_equal(pol_lpm_any_within(&t, &q), want);
        }
        sk_arena_free(&arena);
    }
    struct pol_lpm none = {0};
    assert_false(pol_lpm_any_within(&none, &p[0]));
}

static void edges_of_the_address_space_are_found(void **state) {
    (void)state;
    struct sk_prefix p[] = {net("0.0.0.0/0"), net("255.255.255.255/32"), net("::/0"),
                            net("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"), net("0.0.0.0/32")};
    struct sk_arena arena = {0};
    struct pol_lpm t = {0};
    pol_lpm_build(&t, p, 5, &arena, NULL);
    struct sk_addr a[] = {addr("0.0.0.0"),
                          addr("0.0.0.1"),
                          addr("255.255.255.254"),
                          addr("255.255.255.255"),
                          addr("::"),
                          addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"),
                          addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")};
    uint32_t want[] = {4, 0, 0, 1, 2, 2, 3};
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(pol_lpm_find(&t, &a[i]), want[i]);
    sk_arena_free(&arena);
}

static void addresses_outside_every_prefix_find_nothing(void **state) {
    (void)state;
    struct sk_prefix p[] = {net("10.0.0.0/8"), net("2001:db8::/32")};
    struct sk_arena arena = {0};
    struct pol_lpm t = {0};
    struct sk_addr a[] = {addr("9.255.255.255"), addr("11.0.0.0"),        addr("2001:db7:ffff::"),
                          addr("2001:db9::"),    addr("::ffff:10.0.0.1"), {.fam = 0}};
    for (size_t i = 0; i < 6; i++) /* a zeroed table */
        assert_int_equal(pol_lpm_find(&t, &a[i]), POL_LPM_NONE);
    pol_lpm_build(&t, p, 2, &arena, NULL);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(pol_lpm_find(&t, &a[i]), POL_LPM_NONE);
    struct sk_addr in = addr("10.255.255.255");
    assert_int_equal(pol_lpm_find(&t, &in), 0);
    sk_arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_prefixes_are_found_as_by_a_slow_search),
        cmocka_unit_test(hundred_thousand_prefixes_are_found_as_by_a_slow_search),
        cmocka_unit_test(a_lookup_among_many_prefixes_compares_few),
        cmocka_unit_test(lower_halves_of_addresses_are_told_apart),
        cmocka_unit_test(a_prefix_holds_some_of_the_others_or_none),
        cmocka_unit_test(edges_of_the_address_space_are_found),
        cmocka_unit_test(addresses_outside_every_prefix_find_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
