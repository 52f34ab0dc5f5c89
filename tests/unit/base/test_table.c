/* SPDX-License-Identifier: Apache-2.0 */
#include "sekimori/table.h"
#include "unit.h"

#include <stdio.h>

struct gone {
    unsigned evicted, freed;
    uint32_t last;
};

static void note_gone(void *user, const void *key, void *value, bool evicted) {
    struct gone *g = user;
    (void)value;
    memcpy(&g->last, key, sizeof g->last);
    if (evicted)
        g->evicted++;
    else
        g->freed++;
}

static struct sk_table *table(uint32_t cap, struct gone *gone) {
    struct sk_table_config c = {
        .key_size = sizeof(uint32_t), .value_size = sizeof(uint64_t), .cap = cap, .key = sk_hash_key_fixed};
    if (gone) {
        c.gone = note_gone;
        c.user = gone;
    }
    struct sk_table *t = sk_table_new(&c);
    assert_non_null(t);
    return t;
}

static uint64_t *put(struct sk_table *t, uint32_t key, uint64_t value) {
    uint64_t *v = sk_table_put(t, &key, NULL);
    *v = value;
    return v;
}
static uint64_t *get(struct sk_table *t, uint32_t key) { return sk_table_get(t, &key); }
static bool del(struct sk_table *t, uint32_t key) { return sk_table_del(t, &key); }
static bool has(struct sk_table *t, uint32_t key) { return sk_table_peek(t, &key) != NULL; }

static void order_is(struct sk_table *t, const char *want) {
    char seen[128] = "";
    size_t n = 0;
    uint32_t at = 0;
    const void *key;
    void *value;
    while (sk_table_next(t, &at, &key, &value)) {
        uint32_t k;
        memcpy(&k, key, sizeof k);
        n += (size_t)snprintf(seen + n, sizeof seen - n, "%u ", k);
    }
    assert_false(sk_table_next(t, &at, &key, &value)); /* the end stays the end */
    assert_string_equal(seen, want);
}

static void a_cleared_table_is_empty_and_goes_on(void **state) {
    (void)state;
    struct gone gone = {0};
    struct sk_table *t = table(100, &gone);
    sk_table_clear(t);
    for (uint32_t i = 0; i < 80; i++)
        put(t, i, i);
    sk_table_clear(t);
    assert_int_equal(sk_table_count(t), 0);
    assert_int_equal(gone.evicted + gone.freed, 0);
    order_is(t, "");
    assert_false(has(t, 7));
    put(t, 7, 1);
    put(t, 3, 2);
    order_is(t, "7 3 ");
    assert_int_equal(*get(t, 3), 2);
    sk_table_free(t);
    assert_int_equal(gone.freed, 2);
}

static void what_was_put_is_found_and_what_was_not_is_not(void **state) {
    (void)state;
    struct sk_table *t = table(100, NULL);
    uint32_t key = 7;
    bool added = false;
    uint64_t *v = sk_table_put(t, &key, &added);
    assert_true(added);
    assert_true(*v == 0);
    *v = 70;
    assert_ptr_equal(sk_table_put(t, &key, &added), v);
    assert_false(added);
    assert_true(*get(t, 7) == 70);
    assert_null(get(t, 8));
    assert_int_equal(sk_table_count(t), 1);
    assert_true(del(t, 7));
    assert_false(del(t, 7));
    assert_null(get(t, 7));
    assert_int_equal(sk_table_count(t), 0);
    put(t, 7, 1);
    assert_true(*get(t, 7) == 1);
    sk_table_free(t);
}

static void a_deleted_value_comes_back_as_zeros(void **state) {
    (void)state;
    struct sk_table *t = table(4, NULL);
    put(t, 1, UINT64_MAX);
    del(t, 1);
    uint32_t key = 2;
    assert_true(*(uint64_t *)sk_table_put(t, &key, NULL) == 0);
    sk_table_free(t);
}

static void the_least_recently_used_is_evicted_first_and_counted(void **state) {
    (void)state;
    struct gone gone = {0};
    struct sk_table *t = table(3, &gone);
    put(t, 1, 10);
    put(t, 2, 20);
    put(t, 3, 30);
    assert_non_null(get(t, 1)); /* 2 is the oldest now */
    put(t, 4, 40);
    assert_false(has(t, 2));
    assert_true(has(t, 1) && has(t, 3) && has(t, 4));
    assert_int_equal(gone.last, 2);
    put(t, 3, 31); /* a put of what is there is a use too */
    put(t, 5, 50);
    assert_int_equal(gone.last, 1);
    assert_int_equal(gone.evicted, 2);
    assert_true(sk_table_evicted(t) == 2);
    assert_int_equal(sk_table_count(t), 3);
    sk_table_free(t);
    assert_int_equal(gone.freed, 3);
}

static void peek_is_no_use(void **state) {
    (void)state;
    struct sk_table *t = table(2, NULL);
    put(t, 1, 0);
    put(t, 2, 0);
    assert_true(has(t, 1));
    put(t, 3, 0);
    assert_false(has(t, 1));
    sk_table_free(t);
}

static void a_touched_value_is_used(void **state) {
    (void)state;
    struct sk_table *t = table(3, NULL);
    const uint64_t *first = put(t, 1, 1);
    put(t, 2, 2);
    put(t, 3, 3);
    sk_table_touch(t, first);
    put(t, 4, 4);
    assert_true(has(t, 1));
    assert_false(has(t, 2));
    sk_table_free(t);
}

static void a_table_of_one_holds_the_last(void **state) {
    (void)state;
    struct sk_table *t = table(1, NULL);
    for (uint32_t k = 0; k < 100; k++) {
        put(t, k, k);
        assert_int_equal(sk_table_count(t), 1);
        assert_true(has(t, k));
        assert_true(k == 0 || !has(t, k - 1));
    }
    assert_true(sk_table_evicted(t) == 99);
    sk_table_free(t);
}

static void deletion_does_not_count_as_eviction_nor_call_back(void **state) {
    (void)state;
    struct gone gone = {0};
    struct sk_table *t = table(3, &gone);
    put(t, 1, 0);
    del(t, 1);
    assert_int_equal(gone.evicted + gone.freed, 0);
    assert_true(sk_table_evicted(t) == 0);
    sk_table_free(t);
    assert_int_equal(gone.freed, 0);
}

static void iteration_is_in_order_of_insertion(void **state) {
    (void)state;
    struct sk_table *t = table(5, NULL);
    order_is(t, "");
    put(t, 30, 0);
    put(t, 10, 0);
    put(t, 20, 0);
    (void)get(t, 30); /* use changes nothing */
    put(t, 10, 1);
    order_is(t, "30 10 20 ");
    del(t, 10);
    put(t, 10, 0); /* back at the end, in the place of a deleted record */
    order_is(t, "30 20 10 ");
    put(t, 1, 0);
    put(t, 2, 0);
    put(t, 3, 0); /* evicts 20: the only one never used since */
    order_is(t, "30 10 1 2 3 ");
    sk_table_free(t);
}

static void the_hash_key_changes_no_order(void **state) {
    (void)state;
    char first[4096];
    for (int round = 0; round < 4; round++) {
        struct sk_table_config c = {.key_size = 4, .value_size = 0, .cap = 50, .key = sk_hash_key_random()};
        struct sk_table *t = sk_table_new(&c);
        for (uint32_t i = 0; i < 500; i++) {
            uint32_t k = i * 7919 % 101;
            if (i % 5 == 4)
                (void)sk_table_del(t, &k);
            else
                (void)sk_table_put(t, &k, NULL);
        }
        char seen[4096] = "";
        size_t n = 0;
        uint32_t at = 0;
        const void *key;
        while (sk_table_next(t, &at, &key, NULL)) {
            uint32_t k;
            memcpy(&k, key, 4);
            n += (size_t)snprintf(seen + n, sizeof seen - n, "%u ", k);
        }
        if (round == 0)
            memcpy(first, seen, sizeof first);
        assert_string_equal(seen, first);
        sk_table_free(t);
    }
}

static void the_current_entry_may_be_deleted_while_walking(void **state) {
    (void)state;
    struct sk_table *t = table(100, NULL);
    for (uint32_t k = 0; k < 10; k++)
        put(t, k, k);
    uint32_t at = 0;
    const void *key;
    void *value;
    while (sk_table_next(t, &at, &key, &value))
        if (*(uint64_t *)value % 2 == 0)
            assert_true(sk_table_del(t, key)); /* the key lies inside the entry that goes */
    order_is(t, "1 3 5 7 9 ");
    sk_table_free(t);
}

static void expiry_takes_the_oldest_first(void **state) {
    (void)state;
    struct sk_table *t = table(100, NULL);
    assert_null(sk_table_oldest(t, NULL));
    for (uint32_t k = 0; k < 10; k++)
        put(t, k, k);
    *get(t, 0) = 50;
    const void *key;
    uint64_t *v;
    while ((v = sk_table_oldest(t, &key)) && *v < 6)
        sk_table_del(t, key);
    order_is(t, "0 6 7 8 9 ");
    assert_true(*(uint64_t *)sk_table_oldest(t, NULL) == 6);
    sk_table_free(t);
}

static void values_do_not_move_while_the_table_grows(void **state) {
    (void)state;
    struct sk_table *t = table(200000, NULL);
    uint64_t *first = put(t, 0, 4711);
    for (uint32_t k = 1; k < 100000; k++)
        put(t, k, k);
    assert_ptr_equal(get(t, 0), first);
    assert_true(*first == 4711);
    sk_table_free(t);
}

static void memory_is_what_is_used_not_the_cap(void **state) {
    (void)state;
    struct sk_table *small = table(1000, NULL);
    struct sk_table *large = table(INT32_MAX, NULL);
    put(small, 1, 1);
    put(large, 1, 1);
    assert_true(sk_table_bytes(large) < 80 * 1024);
    assert_true(sk_table_bytes(small) < 80 * 1024);
    for (uint32_t k = 0; k < 100000; k++)
        put(large, k, k);
    assert_true(sk_table_bytes(large) > 100000 * 16);
    assert_true(sk_table_bytes(large) < 100000 * 80);
    sk_table_free(small);
    sk_table_free(large);
}

static void a_configuration_out_of_range_is_refused(void **state) {
    (void)state;
    struct sk_table_config c = {.key_size = 4, .value_size = 4, .cap = 1};
    struct sk_table_config bad = c;
    bad.key_size = 0;
    assert_null(sk_table_new(&bad));
    bad.key_size = 4097;
    assert_null(sk_table_new(&bad));
    bad = c;
    bad.cap = 0;
    assert_null(sk_table_new(&bad));
    bad.cap = UINT32_MAX;
    assert_null(sk_table_new(&bad));
    bad = c;
    bad.value_size = 65537;
    assert_null(sk_table_new(&bad));
    sk_table_free(NULL);
    c.key_size = 4096;
    c.value_size = 65536;
    struct sk_table *t = sk_table_new(&c);
    assert_non_null(t);
    char *key = calloc(1, 4096);
    memset(sk_table_put(t, key, NULL), 0xff, 65536);
    free(key);
    sk_table_free(t);
}

static void odd_sizes_are_aligned(void **state) {
    (void)state;
    struct sk_table_config c = {.key_size = 13, .value_size = 9, .cap = 100, .key = sk_hash_key_fixed};
    struct sk_table *t = sk_table_new(&c);
    for (int i = 0; i < 100; i++) {
        char key[13] = {(char)i};
        assert_int_equal((uintptr_t)sk_table_put(t, key, NULL) % 8, 0);
    }
    sk_table_free(t);
}

/* The model: plain arrays, searched from end to end. 200,000 random operations must agree with it, evictions and all.
 */
struct model {
    uint32_t key[64];
    uint64_t value[64];
    uint64_t used[64];
    size_t n;
};

static size_t model_find(const struct model *m, uint32_t key) {
    size_t i = 0;
    while (i < m->n && m->key[i] != key)
        i++;
    return i;
}
static void model_remove(struct model *m, size_t at) {
    m->n--;
    for (size_t i = at; i < m->n; i++) {
        m->key[i] = m->key[i + 1];
        m->value[i] = m->value[i + 1];
        m->used[i] = m->used[i + 1];
    }
}
static void model_put(struct model *m, uint32_t key, uint64_t value, uint64_t now, size_t cap) {
    size_t i = model_find(m, key);
    if (i == m->n) {
        if (m->n == cap) {
            size_t oldest = 0;
            for (size_t k = 1; k < m->n; k++)
                oldest = m->used[k] < m->used[oldest] ? k : oldest;
            model_remove(m, oldest);
        }
        i = m->n++;
        m->key[i] = key;
    }
    m->value[i] = value;
    m->used[i] = now;
}

static void random_operations_agree_with_a_plain_model(void **state) {
    (void)state;
    enum { CAP = 48 };
    struct model m = {.n = 0};
    struct sk_table *t = table(CAP, NULL);
    uint64_t x = 88172645463325252;
    for (uint64_t now = 1; now <= 200000; now++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        uint32_t key = (uint32_t)(x >> 20) % 90;
        size_t i = model_find(&m, key);
        switch (x % 4) {
        case 0:
        case 1:
            model_put(&m, key, x, now, CAP);
            put(t, key, x);
            break;
        case 2:
            assert_true(del(t, key) == (i < m.n));
            if (i < m.n)
                model_remove(&m, i);
            break;
        default: {
            uint64_t *v = get(t, key);
            assert_true((v != NULL) == (i < m.n));
            if (v) {
                assert_true(*v == m.value[i]);
                m.used[i] = now;
            }
        }
        }
        assert_int_equal(sk_table_count(t), m.n);
        if (now % 64 != 0)
            continue;
        uint32_t at = 0;
        const void *k;
        void *v;
        size_t walked = 0;
        while (sk_table_next(t, &at, &k, &v)) {
            assert_memory_equal(k, &m.key[walked], sizeof(uint32_t));
            assert_memory_equal(v, &m.value[walked], sizeof(uint64_t));
            walked++;
        }
        assert_int_equal(walked, m.n);
    }
    sk_table_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cleared_table_is_empty_and_goes_on),
        cmocka_unit_test(what_was_put_is_found_and_what_was_not_is_not),
        cmocka_unit_test(a_deleted_value_comes_back_as_zeros),
        cmocka_unit_test(the_least_recently_used_is_evicted_first_and_counted),
        cmocka_unit_test(peek_is_no_use),
        cmocka_unit_test(a_touched_value_is_used),
        cmocka_unit_test(a_table_of_one_holds_the_last),
        cmocka_unit_test(deletion_does_not_count_as_eviction_nor_call_back),
        cmocka_unit_test(iteration_is_in_order_of_insertion),
        cmocka_unit_test(the_hash_key_changes_no_order),
        cmocka_unit_test(the_current_entry_may_be_deleted_while_walking),
        cmocka_unit_test(expiry_takes_the_oldest_first),
        cmocka_unit_test(values_do_not_move_while_the_table_grows),
        cmocka_unit_test(memory_is_what_is_used_not_the_cap),
        cmocka_unit_test(a_configuration_out_of_range_is_refused),
        cmocka_unit_test(odd_sizes_are_aligned),
        cmocka_unit_test(random_operations_agree_with_a_plain_model),
    };
    return cmocka_run_group_tests_name("base/table", tests, NULL, NULL);
}
