/* SPDX-License-Identifier: Apache-2.0 */
/* TCP reassembly: whatever the segments do, the reader gets the bytes that were sent, or is told of a gap. */
#include "world.h"

static void open_stream(struct world *w, uint32_t isn) {
    w->port = 25;
    w->sseq = isn;
    w->sack = 0;
    tcp(w, A, 40000, B, 25, SYN, NULL, 0);
    w->sseq = 7000;
    w->sack = isn + 1;
    tcp(w, B, 25, A, 40000, SYN | ACK, NULL, 0);
}

static void client(struct world *w, uint32_t seq, const void *data, size_t n) {
    w->sseq = seq;
    w->sack = 7001;
    tcp(w, A, 40000, B, 25, ACK, data, n);
}
static void server(struct world *w, uint32_t seq, uint32_t ack, const void *data, size_t n) {
    w->sseq = seq;
    w->sack = ack;
    tcp(w, B, 25, A, 40000, ACK, data, n);
}

static void assert_stream(const struct world *w, unsigned dir, const char *text) {
    assert_int_equal(w->len[dir], strlen(text));
    assert_memory_equal(w->bytes[dir], text, strlen(text));
}

static void bytes_in_order_go_to_who_wants_the_port(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    server(w, 7001, 101, "220 hi\r\n", 8);
    client(w, 101, "EHLO ", 5);
    client(w, 106, "x\r\n", 3);
    assert_stream(w, 0, "EHLO x\r\n");
    assert_stream(w, 1, "220 hi\r\n");
    assert_int_equal(w->gaps[0] + w->gaps[1], 0);
}

static void nobody_gets_bytes_of_other_ports(void **state) {
    struct world *w = *state;
    w->port = 25;
    tcp(w, A, 40000, B, 26, SYN, NULL, 0);
    tcp(w, A, 40000, B, 26, ACK, "abc", 3);
    assert_int_equal(w->calls, 0);
}

static void early_segments_wait(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    client(w, 107, "789", 3);
    client(w, 104, "456", 3);
    assert_int_equal(w->len[0], 0);
    client(w, 101, "123", 3);
    assert_stream(w, 0, "123456789");
    struct sk_flow_stats s;
    sk_flow_stats(w->t, &s);
    assert_int_equal(s.segments_buffered, 2);
    assert_int_equal(s.bytes_gapped, 0);
}

static void repeats_are_told_once(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    client(w, 101, "abc", 3);
    client(w, 101, "abc", 3);
    client(w, 102, "bcdef", 5);
    assert_stream(w, 0, "abcdef");
}

static void of_overlapping_bytes_the_first_seen_count(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    client(w, 103, "CD", 2);       /* waits: 3,4 */
    client(w, 102, "xyzw", 4);     /* waits: 2 and 5 are new */
    client(w, 101, "AQQQQQQF", 8); /* 1 and 6..8 are new */
    assert_stream(w, 0, "AxCDwQQF");
}

static void numbers_may_wrap(void **state) {
    struct world *w = *state;
    open_stream(w, UINT32_MAX - 2);
    client(w, 1, "cdef", 4);
    client(w, UINT32_MAX - 1, "01", 2);
    client(w, 0, "ab", 2);
    assert_int_equal(w->len[0], 7);
    assert_memory_equal(w->bytes[0], "01adef", 3);
}

static void numbers_half_the_space_away_are_old(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    client(w, 101, "ab", 2);
    client(w, 103 + 0x80000000u, "XXXX", 4); /* neither early nor late: no host takes it */
    client(w, 103, "cd", 2);
    assert_stream(w, 0, "abcd");
}

static void a_syn_may_carry_data(void **state) {
    struct world *w = *state;
    w->port = 25;
    w->sseq = 500;
    tcp(w, A, 40000, B, 25, SYN, "early", 5);
    client(w, 506, " late", 5);
    assert_stream(w, 0, "early late");
    assert_int_equal(w->gaps[0], 0);
}

static void fins_end_the_stream_once_all_is_told(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    w->sseq = 104;
    w->sack = 7001;
    tcp(w, A, 40000, B, 25, FIN | ACK, "d", 1); /* before what comes before it */
    w->sseq = 7001;
    tcp(w, B, 25, A, 40000, FIN | ACK, NULL, 0);
    assert_int_equal(w->ends, 0);
    client(w, 101, "abc", 3);
    assert_stream(w, 0, "abcd");
    assert_int_equal(w->ends, 1);
    tick(w, 10 * SK_SEC);
    assert_int_equal(w->ends, 1);
}

static void bytes_behind_a_fin_are_not_told(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    w->sseq = 101;
    tcp(w, A, 40000, B, 25, FIN | ACK, "ab", 2);
    client(w, 104, "zz", 2);
    client(w, 103, "z", 1);
    assert_stream(w, 0, "ab");
}

static void a_reset_in_its_place_ends_the_stream(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    client(w, 101, "abc", 3);
    w->sseq = 50; /* nobody would believe this one */
    tcp(w, A, 40000, B, 25, RST, NULL, 0);
    assert_int_equal(w->ends, 0);
    client(w, 104, "def", 3);
    assert_stream(w, 0, "abcdef");
    w->sseq = 107;
    tcp(w, A, 40000, B, 25, RST, NULL, 0);
    assert_int_equal(w->ends, 1);
}

static void expiry_ends_the_stream_and_tells_what_waited(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    client(w, 110, "later", 5);
    tick(w, 2 * 3600 * SK_SEC);
    assert_stream(w, 0, "later");
    assert_int_equal(w->gaps[0], 1);
    assert_int_equal(w->ends, 1);
}

static void a_hole_that_is_acknowledged_was_lost_by_the_capture(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    client(w, 101, "ab", 2);
    client(w, 200, "cd", 2);
    for (int i = 0; i < 7; i++)
        server(w, 7001, 202, NULL, 0);
    assert_stream(w, 0, "ab");
    server(w, 7001, 202, NULL, 0);
    assert_stream(w, 0, "abcd");
    assert_int_equal(w->gaps[0], 1);
    struct sk_flow_stats s;
    sk_flow_stats(w->t, &s);
    assert_int_equal(s.bytes_gapped, 97);
}

static void acknowledgments_before_a_hole_do_not_give_it_up(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    client(w, 101, "ab", 2);
    client(w, 105, "ef", 2);
    for (int i = 0; i < 50; i++)
        server(w, 7001, 103, NULL, 0);
    client(w, 103, "cd", 2);
    assert_stream(w, 0, "abcdef");
    assert_int_equal(w->gaps[0], 0);
}

static void what_waits_is_bounded(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    uint8_t data[1400];
    memset(data, 'x', sizeof data);
    for (uint32_t i = 0; i < 100; i++)
        client(w, 102 + i * 1400, data, sizeof data); /* one byte is missing before all */
    assert_true(w->len[0] >= 36 * 1400);
    assert_int_equal(w->gaps[0], 1);
    for (uint32_t i = 0; i < 300; i++) /* one-byte segments, each with a hole */
        client(w, 200000 + i * 2, data, 1);
    sk_flow_flush(w->t);
    assert_int_equal(w->len[0], 100 * 1400 + 300);
}

static void a_stream_met_midway_begins_with_a_gap(void **state) {
    struct world *w = *state;
    w->port = 25;
    client(w, 5000, "DATA\r\n", 6);
    server(w, 8000, 5006, "354\r\n", 5);
    assert_stream(w, 0, "DATA\r\n");
    assert_int_equal(w->gaps[0], 1);
    assert_int_equal(w->gaps[1], 1);
}

static void what_the_capture_cut_is_a_gap(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    w->cut = 4;
    client(w, 101, "abcdefgh", 8);
    w->cut = 0;
    client(w, 109, "ij", 2);
    assert_stream(w, 0, "abcdij");
    assert_int_equal(w->gaps[0], 1);
}

static void a_wrong_checksum_is_not_believed_where_right_ones_are_seen(void **state) {
    struct world *w = *state;
    open_stream(w, 100);
    w->bad_sum = true;
    client(w, 101, "BAD", 3);
    w->bad_sum = false;
    client(w, 101, "abc", 3);
    assert_stream(w, 0, "abc");
}

static void a_sender_that_never_sums_is_read(void **state) {
    struct world *w = *state;
    w->bad_sum = true; /* checksums are made by its network card */
    open_stream(w, 100);
    client(w, 101, "abc", 3);
    assert_stream(w, 0, "abc");
}

static void eviction_ends_the_stream(void **state) {
    struct world *w = *state;
    sk_flow_free(w->t);
    world_open(w, 4);
    open_stream(w, 100);
    client(w, 101, "abc", 3);
    for (uint16_t i = 0; i < 8; i++)
        tcp(w, A, (uint16_t)(5000 + i), B, 80, SYN, NULL, 0);
    w->now += 20 * SK_SEC;
    for (uint16_t i = 0; i < 8; i++)
        tcp(w, A, (uint16_t)(6000 + i), B, 80, ACK, "x", 1);
    assert_int_equal(w->ends, 1);
}

/* --- the property: random segmentation, order, repeats, overlaps of known bytes give these bytes --- */

static uint64_t random_state;
static uint32_t rnd(uint32_t n) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 20) % n;
}

static void any_order_of_any_segments_gives_the_bytes(void **state) {
    struct world *w = *state;
    enum { TOTAL = 40000, WINDOW = 12 };
    static uint8_t sent[TOTAL];
    for (uint64_t seed = 1; seed <= 60; seed++) {
        random_state = seed * 0x9e3779b97f4a7c15u;
        for (size_t i = 0; i < TOTAL; i++)
            sent[i] = (uint8_t)rnd(256);
        uint32_t isn = seed % 2 ? (uint32_t)(0u - rnd(TOTAL)) : rnd(1000000);
        w->len[0] = w->len[1] = 0;
        w->gaps[0] = w->gaps[1] = w->ends = 0;
        w->n = 0;
        open_stream(w, isn);
        struct {
            uint32_t at, n;
        } wait[WINDOW];
        unsigned n_wait = 0;
        uint32_t at = 0;
        while (at < TOTAL || n_wait) {
            bool all_sent = n_wait == 0; /* a window of segments at a time, so that what waits stays within its bound */
            while (all_sent && n_wait < WINDOW && at < TOTAL) {
                uint32_t n = 1 + rnd(rnd(4) ? 200 : 3000);
                n = n < TOTAL - at ? n : TOTAL - at;
                uint32_t back = rnd(3) ? 0 : rnd(at < 400 ? at + 1 : 400); /* overlaps what came before */
                wait[n_wait].at = at - back;
                wait[n_wait++].n = n + back;
                at += n;
            }
            unsigned k = rnd(n_wait);
            client(w, isn + 1 + wait[k].at, sent + wait[k].at, wait[k].n);
            if (rnd(4)) /* else it comes again */
                wait[k] = wait[--n_wait];
        }
        assert_int_equal(w->gaps[0], 0);
        assert_int_equal(w->len[0], TOTAL);
        assert_memory_equal(w->bytes[0], sent, TOTAL);
        w->sseq = isn + 1 + TOTAL;
        tcp(w, A, 40000, B, 25, RST | ACK, NULL, 0);
        assert_int_equal(w->ends, 1);
        tick(w, 10 * SK_SEC);
    }
}

static void many_streams_share_one_pool_and_give_it_back(void **state) {
    struct world *w = *state;
    uint8_t data[1000] = {0};
    w->port = 25;
    for (unsigned round = 0; round < 6; round++) {
        for (uint16_t i = 0; i < 700; i++) { /* 700 x 32 blocks are more than the pool has */
            w->n = 0;
            w->sseq = 100;
            tcp(w, A, (uint16_t)(10000 + i), B, 25, SYN, NULL, 0);
            for (uint32_t k = 0; k < 32; k++) {
                w->sseq = 200 + k * 1000;
                tcp(w, A, (uint16_t)(10000 + i), B, 25, ACK, data, sizeof data);
            }
        }
        w->n = 0;
        w->len[0] = 0;
        sk_flow_flush(w->t);
    }
    assert_int_equal(w->ends, 6 * 700);
    struct sk_flow_stats s;
    sk_flow_stats(w->t, &s);
    assert_int_equal(s.streams_capped, 0);
    w->len[0] = 0;
    w->gaps[0] = 0;
    open_stream(w, 100);
    client(w, 103, "cd", 2);
    client(w, 101, "ab", 2);
    assert_stream(w, 0, "abcd");
    assert_int_equal(w->gaps[0], 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        T(bytes_in_order_go_to_who_wants_the_port),
        T(nobody_gets_bytes_of_other_ports),
        T(early_segments_wait),
        T(repeats_are_told_once),
        T(of_overlapping_bytes_the_first_seen_count),
        T(numbers_may_wrap),
        T(numbers_half_the_space_away_are_old),
        T(a_syn_may_carry_data),
        T(fins_end_the_stream_once_all_is_told),
        T(bytes_behind_a_fin_are_not_told),
        T(a_reset_in_its_place_ends_the_stream),
        T(expiry_ends_the_stream_and_tells_what_waited),
        T(a_hole_that_is_acknowledged_was_lost_by_the_capture),
        T(acknowledgments_before_a_hole_do_not_give_it_up),
        T(what_waits_is_bounded),
        T(a_stream_met_midway_begins_with_a_gap),
        T(what_the_capture_cut_is_a_gap),
        T(a_wrong_checksum_is_not_believed_where_right_ones_are_seen),
        T(a_sender_that_never_sums_is_read),
        T(eviction_ends_the_stream),
        T(any_order_of_any_segments_gives_the_bytes),
        T(many_streams_share_one_pool_and_give_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
