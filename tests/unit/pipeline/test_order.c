/* SPDX-License-Identifier: Apache-2.0 */
/* What downstream sees: the same with any number of lanes, in order, with ticks and flushes in their places. */
#include "world.h"

enum { PACKETS = 30000 };
static const sk_time T0 = 1000 * SK_SEC;

static uint32_t next_random(uint32_t *x) {
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

/* A few hundred pairs, times that jump and go back, a file that continues and one that does not. */
static struct made_packet *busy_script(void) {
    struct made_packet *m = calloc(PACKETS, sizeof *m);
    uint32_t x = 12345;
    sk_time t = T0;
    for (size_t i = 0; i < PACKETS; i++) {
        uint32_t r = next_random(&x);
        t += r % 50 * SK_USEC;
        if (r % 1000 == 1)
            t += SK_SEC;
        m[i] = (struct made_packet){.ts = r % 97 == 5 ? t - 5 * SK_MSEC : t, .pair = r >> 8 & 255};
        if (r % 11 == 0)
            m[i].pair = i & 32767;
        m[i].file = i < 10000 ? 0 : i < 20000 ? 1 : 2;
        if (i == 19999)
            t += 3600 * SK_SEC;
    }
    return m;
}

static struct sk_source source_of(const struct made_packet *m, size_t n, size_t batch, uint64_t window) {
    return (struct sk_source){
        .script = m, .n = n, .batch = batch, .window = window, .input = {{.path = "a"}, {.path = "b"}, {.path = "c"}}};
}

static void run_world(struct sk_source *s, struct record *r, unsigned lanes, struct sk_pipeline_result *ret) {
    struct sk_pipeline p = pipeline_of(s, r, lanes);
    assert_int_equal(sk_pipeline_run(&p, ret, NULL), SK_OK);
    sk_source_retire(s, UINT64_MAX);
}

static void the_same_comes_out_inline_and_with_any_number_of_lanes(void **state) {
    (void)state;
    struct made_packet *m = busy_script();
    struct record inline_record = {0};
    struct sk_pipeline_result res;
    struct sk_source s = source_of(m, PACKETS, 0, 0);
    run_world(&s, &inline_record, 0, &res);
    assert_int_equal(res.counts.packets, PACKETS);
    assert_int_equal(res.lane[0].events, inline_record.events);
    assert_int_equal(inline_record.disorder, 0);
    assert_int_equal(inline_record.flushes, 2);
    assert_int_equal(inline_record.lasts, 1);
    assert_true(inline_record.events > PACKETS && inline_record.ticks > 10);

    static const unsigned lanes[] = {1, 2, 3, 4, 8};
    static const size_t batch[] = {0, 1, 7, 100, 256};
    static const uint64_t window[] = {0, 33, 300, 1000, 2};
    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
        struct record r = {0};
        s = source_of(m, PACKETS, batch[i], window[i]);
        run_world(&s, &r, lanes[i], &res);
        assert_int_equal(res.counts.packets, PACKETS);
        assert_int_equal(res.ring_dropped, 0);
        assert_int_equal(res.late, 0);
        assert_int_equal(r.text.len, inline_record.text.len);
        assert_memory_equal(r.text.p, inline_record.text.p, r.text.len);
        print_message("%u lanes, packets:", lanes[i]);
        for (unsigned k = 0; k < lanes[i]; k++) {
            print_message(" %lu", res.lane[k].packets);
            assert_true(res.lane[k].packets > PACKETS / lanes[i] / 3);
        }
        print_message("\n");
        sk_buf_free(&r.text);
    }
    sk_buf_free(&inline_record.text);
    free(m);
}

static void more_lanes_than_there_may_be_are_refused(void **state) {
    (void)state;
    struct made_packet m = {.ts = T0};
    struct sk_source s = source_of(&m, 1, 0, 0);
    struct record r = {0};
    struct sk_pipeline p = pipeline_of(&s, &r, SK_LANES_MAX + 1);
    struct sk_pipeline_result res;
    struct sk_error err = {0};
    assert_int_equal(sk_pipeline_run(&p, &res, &err), SK_EUSAGE);
    assert_non_null(strstr(err.msg, "at most 64"));
}

/* --- marks: only ticks and flushes are looked at --- */

static char *marks_of(const struct made_packet *m, size_t n, size_t batch, unsigned lanes) {
    struct record r = {0};
    struct sk_pipeline_result res;
    struct sk_source s = source_of(m, n, batch, 0);
    s.input[3] = (struct sk_input){.path = "t1"};
    run_world(&s, &r, lanes, &res);
    struct sk_buf marks = {0};
    sk_buf_str(&marks, "");
    char *save = NULL;
    for (char *line = strtok_r(r.text.p, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (line[0] != 'e')
            sk_buf_fmt(&marks, "%s\n", line);
    sk_buf_free(&r.text);
    return marks.p;
}

static void expect_marks(const struct made_packet *m, size_t n, const char *expected) {
    for (unsigned lanes = 0; lanes < 3; lanes++) {
        char *got = marks_of(m, n, lanes * 3, lanes);
        assert_string_equal(got, expected);
        free(got);
    }
}

static void no_packet_at_all_ends_with_one_flush(void **state) {
    (void)state;
    expect_marks(NULL, 0, "f 1 0 1\n");
}

static void a_tick_comes_with_each_tenth_of_a_second_of_packet_time(void **state) {
    (void)state;
    const struct made_packet m[] = {
        {.ts = 0}, {.ts = 99999999}, {.ts = 100000000}, {.ts = 150000000}, {.ts = 200000000}};
    expect_marks(m, 5, "t 3 100000000\nt 5 200000000\nf 6 200000000 1\n");
}

static void a_jump_is_one_tick(void **state) {
    (void)state;
    const struct made_packet m[] = {{.ts = 0}, {.ts = 5000000000}, {.ts = 5000000001}};
    expect_marks(m, 3, "t 2 5000000000\nf 4 5000000001 1\n");
}

static void packets_up_to_two_seconds_late_make_no_tick(void **state) {
    (void)state;
    const struct made_packet m[] = {{.ts = 5000000000}, {.ts = 3000000000}, {.ts = 4900000000}, {.ts = 5099999999}};
    expect_marks(m, 4, "f 5 5099999999 1\n");
}

static void a_clock_that_is_set_back_begins_anew(void **state) {
    (void)state;
    const struct made_packet m[] = {{.ts = 5000000000}, {.ts = 2999999999}, {.ts = 3100000000}};
    expect_marks(m, 3, "f 2 5000000000 0\nt 3 3100000000\nf 4 3100000000 1\n");
}

static void one_packet_from_the_far_future_holds_back_no_tick(void **state) {
    (void)state;
    const struct made_packet m[] = {{.ts = SK_SEC}, {.ts = 7000 * SK_SEC}, {.ts = SK_SEC + 1}, {.ts = 2 * SK_SEC}};
    expect_marks(m, 4, "t 2 7000000000000\nf 3 7000000000000 0\nt 4 2000000000\nf 5 2000000000 1\n");
}

static void an_unsorted_capture_is_not_flushed_without_end(void **state) {
    (void)state;
    enum { N = 1000 };
    struct made_packet *m = calloc(N, sizeof *m);
    for (unsigned i = 0; i < N; i++)
        m[i].ts = i % 2 ? SK_SEC : 9 * SK_SEC;
    struct record r = {0};
    struct sk_pipeline_result res;
    struct sk_source source = source_of(m, N, 0, 0);
    run_world(&source, &r, 0, &res);
    unsigned flushes = 0;
    for (const char *p = r.text.p; (p = strstr(p, "\nf ")); p++)
        flushes++;
    assert_int_equal(flushes, SK_CLOCK_STEPS + 1); /* and the last */
    assert_int_equal(res.clock_back, N / 2);
    assert_int_equal(res.clock_forward, 0);
    sk_buf_free(&r.text);
    free(m);
}

static void a_tick_comes_after_4096_packets_without_time(void **state) {
    (void)state;
    struct made_packet *m = calloc(8194, sizeof *m);
    expect_marks(m, 4096, "f 4097 0 1\n");
    expect_marks(m, 4097, "t 4097 0\nf 4098 0 1\n");
    expect_marks(m, 8194, "t 4097 0\nt 8193 0\nf 8195 0 1\n");
    free(m);
}

static void a_file_near_the_end_of_the_last_continues_it(void **state) {
    (void)state;
    const struct made_packet back[] = {{.ts = 10 * SK_SEC}, {.ts = 8 * SK_SEC, .file = 1}};
    expect_marks(back, 2, "f 3 10000000000 1\n");
    const struct made_packet on[] = {{.ts = 10 * SK_SEC}, {.ts = 70 * SK_SEC, .file = 1}};
    expect_marks(on, 2, "t 2 70000000000\nf 3 70000000000 1\n");
}

static void a_file_further_away_begins_after_a_flush(void **state) {
    (void)state;
    const struct made_packet back[] = {{.ts = 10 * SK_SEC}, {.ts = 8 * SK_SEC - 1, .file = 1}};
    expect_marks(back, 2, "f 2 10000000000 0\nf 3 7999999999 1\n");
    const struct made_packet on[] = {{.ts = 10 * SK_SEC}, {.ts = 70 * SK_SEC + 1, .file = 1}};
    expect_marks(on, 2, "f 2 10000000000 0\nf 3 70000000001 1\n");
    const struct made_packet ends[] = {{.ts = INT64_MAX}, {.ts = 0, .file = 1}, {.ts = INT64_MAX, .file = 2}};
    expect_marks(ends, 3, "f 2 9223372036854775807 0\nf 3 0 0\nf 4 9223372036854775807 1\n");
}

static void the_end_of_a_file_is_its_latest_packet_not_its_last(void **state) {
    (void)state;
    const struct made_packet m[] = {{.ts = 10 * SK_SEC}, {.ts = 8500 * SK_MSEC}, {.ts = 69 * SK_SEC, .file = 1}};
    expect_marks(m, 3, "t 3 69000000000\nf 4 69000000000 1\n");
}

static void a_file_of_another_tap_begins_after_a_flush(void **state) {
    (void)state;
    const struct made_packet m[] = {{.ts = 10 * SK_SEC}, {.ts = 10 * SK_SEC, .file = 3}};
    expect_marks(m, 2, "f 2 10000000000 0\nf 3 10000000000 1\n");
}

static void a_jump_inside_a_file_is_no_flush(void **state) {
    (void)state;
    const struct made_packet m[] = {{.ts = 0}, {.ts = 3600 * SK_SEC}};
    expect_marks(m, 2, "t 2 3600000000000\nf 3 3600000000000 1\n");
}

static void a_file_of_another_group_begins_after_a_flush(void **state) {
    (void)state;
    const struct made_packet m[] = {{.ts = 10 * SK_SEC}, {.ts = 10 * SK_SEC, .file = 1}};
    for (uint32_t group = 0; group < 2; group++) {
        struct record r = {0};
        struct sk_pipeline_result res;
        struct sk_source s = source_of(m, 2, 0, 0);
        s.input[1].group = group;
        run_world(&s, &r, 0, &res);
        assert_int_equal(r.flushes, 1 + group);
        sk_buf_free(&r.text);
    }
}

/* --- one run a chain --- */

/* Every flush is the last one of its run. */
static void mark_flushes_last(struct sk_buf *text) {
    for (char *line = text->p; line && *line; line = strchr(line, '\n') + 1)
        if (line[0] == 'f')
            strchr(line, '\n')[-1] = '1';
}

static void chain_by_chain_gives_what_one_run_gives(void **state) {
    (void)state;
    static const size_t batch[] = {0, 1, 7, 256}, window[] = {0, 33, 300, 1000};
    struct made_packet *m = busy_script();
    struct record whole = {0};
    struct sk_pipeline_result res;
    struct sk_source s = source_of(m, PACKETS, 0, 0);
    run_world(&s, &whole, 0, &res);
    mark_flushes_last(&whole.text);
    for (unsigned lanes = 0; lanes < 4; lanes++) {
        struct record r = {0};
        struct sk_chain_rest rest = {.n = 0};
        uint64_t packets = 0, runs = 0;
        s = source_of(m, PACKETS, batch[lanes], window[lanes]);
        struct sk_pipeline p = pipeline_of(&s, &r, lanes);
        p.rest = &rest;
        do {
            assert_int_equal(sk_pipeline_run(&p, &res, NULL), SK_OK);
            packets += res.counts.packets;
            runs++;
        } while (rest.n);
        sk_source_retire(&s, UINT64_MAX);
        assert_int_equal(packets, PACKETS);
        assert_int_equal(runs, whole.flushes);
        assert_int_equal(r.text.len, whole.text.len);
        assert_memory_equal(r.text.p, whole.text.p, r.text.len);
        sk_buf_free(&r.text);
    }
    sk_buf_free(&whole.text);
    free(m);
}

/* --- taps --- */

static uint16_t seen_tap;
static void note_tap(const struct sk_packet *pkt) { seen_tap = pkt->tap; }

static void packets_carry_the_tap_of_their_file_or_the_forced_one(void **state) {
    (void)state;
    const struct made_packet m[] = {{.ts = T0, .file = 3}};
    struct sk_pipeline_result res;
    on_lane_packet = note_tap;
    for (int forced = 0; forced < 2; forced++) {
        struct record r = {0};
        struct sk_source s = source_of(m, 1, 0, 0);
        s.input[3] = (struct sk_input){.path = "t5"};
        struct sk_pipeline p = pipeline_of(&s, &r, 0);
        if (forced)
            p.forced_tap = 9;
        assert_int_equal(sk_pipeline_run(&p, &res, NULL), SK_OK);
        assert_int_equal(seen_tap, forced ? 9 : 5);
        sk_source_retire(&s, UINT64_MAX);
        sk_buf_free(&r.text);
    }
    on_lane_packet = NULL;
}

/* --- the end --- */

static void stop_at_5000(struct record *r, const struct sk_event *ev) {
    if (ev->seq >= 5000)
        sk_source_stop(r->arg);
}

static void a_stopped_source_ends_in_order_with_all_that_was_read(void **state) {
    (void)state;
    struct made_packet *m = busy_script();
    for (unsigned lanes = 0; lanes < 5; lanes += 2) {
        struct sk_source s = source_of(m, PACKETS, 64, 500);
        struct record r = {.on_event = stop_at_5000, .arg = &s};
        struct sk_pipeline_result res;
        run_world(&s, &r, lanes, &res);
        assert_int_equal(res.counts.packets, s.seq);
        assert_int_equal(r.disorder, 0);
        assert_int_equal(r.lasts, 1);
        assert_true(s.seq >= 5000 && s.seq < PACKETS);
        sk_buf_free(&r.text);
    }
    free(m);
}

static unsigned calls;
static void count_call(void *arg) {
    (void)arg;
    calls++;
}

static void progress_is_told_at_most_every_4096_packets(void **state) {
    (void)state;
    struct made_packet *m = busy_script();
    struct sk_source s = source_of(m, PACKETS, 256, 0);
    struct record r = {0};
    struct sk_pipeline p = pipeline_of(&s, &r, 0);
    struct sk_pipeline_result res;
    p.progress = count_call;
    calls = 0;
    assert_int_equal(sk_pipeline_run(&p, &res, NULL), SK_OK);
    sk_source_retire(&s, UINT64_MAX);
    assert_in_range(calls, 5, PACKETS / 4096);
    sk_buf_free(&r.text);
    free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_comes_out_inline_and_with_any_number_of_lanes),
        cmocka_unit_test(more_lanes_than_there_may_be_are_refused),
        cmocka_unit_test(no_packet_at_all_ends_with_one_flush),
        cmocka_unit_test(a_tick_comes_with_each_tenth_of_a_second_of_packet_time),
        cmocka_unit_test(a_jump_is_one_tick),
        cmocka_unit_test(packets_up_to_two_seconds_late_make_no_tick),
        cmocka_unit_test(a_clock_that_is_set_back_begins_anew),
        cmocka_unit_test(one_packet_from_the_far_future_holds_back_no_tick),
        cmocka_unit_test(an_unsorted_capture_is_not_flushed_without_end),
        cmocka_unit_test(a_tick_comes_after_4096_packets_without_time),
        cmocka_unit_test(a_file_near_the_end_of_the_last_continues_it),
        cmocka_unit_test(a_file_further_away_begins_after_a_flush),
        cmocka_unit_test(the_end_of_a_file_is_its_latest_packet_not_its_last),
        cmocka_unit_test(a_file_of_another_tap_begins_after_a_flush),
        cmocka_unit_test(a_jump_inside_a_file_is_no_flush),
        cmocka_unit_test(a_file_of_another_group_begins_after_a_flush),
        cmocka_unit_test(chain_by_chain_gives_what_one_run_gives),
        cmocka_unit_test(packets_carry_the_tap_of_their_file_or_the_forced_one),
        cmocka_unit_test(a_stopped_source_ends_in_order_with_all_that_was_read),
        cmocka_unit_test(progress_is_told_at_most_every_4096_packets),
    };
    return cmocka_run_group_tests_name("pipeline/order", tests, NULL, NULL);
}
