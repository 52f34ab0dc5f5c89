/* SPDX-License-Identifier: Apache-2.0 */
/* Live: nobody waits without bound for a slow part; what is lost or late is counted. */
#include "world.h"

static const sk_time T0 = 1000 * SK_SEC;

static struct made_packet *script_of(size_t n, uint32_t pairs) {
    struct made_packet *m = calloc(n, sizeof *m);
    for (size_t i = 0; i < n; i++)
        m[i] = (struct made_packet){.ts = T0, .pair = 1 + (uint32_t)i % pairs};
    return m;
}

static uint64_t events_made(size_t packets, uint32_t pairs) {
    uint64_t n = 0;
    for (uint64_t seq = 1; seq <= packets; seq++)
        n += events_of(seq) + (seq % 100 == 0);
    /* Each flow: opened, expired, and for each third one more. */
    return n + 2 * pairs + pairs / 3;
}

/* --- a downstream that is stuck until the source has been read to its end --- */

struct stuck {
    struct sk_source *source;
    sem_t go;
    bool once;
};
static void get_stuck(struct record *r, const struct sk_event *ev) {
    struct stuck *s = r->arg;
    (void)ev;
    if (!s->once)
        sem_wait(&s->go);
    s->once = true;
}
static struct stuck *stuck_now;
static _Atomic uint64_t lane_packets;
static void let_go_at_the_end(const struct sk_packet *pkt) {
    (void)pkt;
    if (atomic_fetch_add(&lane_packets, 1) + 1 == stuck_now->source->n)
        sem_post(&stuck_now->go);
}

static void a_stuck_downstream_costs_events_that_are_counted_and_no_packet(void **state) {
    (void)state;
    enum { N = 1900, PAIRS = 3 }; /* fewer than a lane has slots */
    struct made_packet *m = script_of(N, PAIRS);
    struct sk_source s = {.script = m, .n = N, .input = {{.path = "a"}}};
    struct stuck stuck = {.source = &s};
    sem_init(&stuck.go, 0, 0);
    stuck_now = &stuck;
    atomic_store(&lane_packets, 0);
    on_lane_packet = let_go_at_the_end;
    struct record r = {.on_event = get_stuck, .arg = &stuck};
    struct sk_pipeline p = pipeline_of(&s, &r, 1);
    struct sk_pipeline_result res;
    p.live = true;
    assert_int_equal(sk_pipeline_run(&p, &res, NULL), SK_OK);
    on_lane_packet = NULL;
    sk_source_retire(&s, UINT64_MAX);
    assert_int_equal(res.counts.packets, N);
    assert_int_equal(res.ring_dropped, 0);
    assert_true(res.counts.events_dropped > 0);
    assert_int_equal(res.counts.events_dropped + r.events, events_made(N, PAIRS));
    assert_int_equal(res.lane[0].events, r.events);
    assert_int_equal(r.disorder, 0);
    assert_int_equal(r.lasts, 1);
    sk_buf_free(&r.text);
    free(m);
}

/* --- a lane that is stuck until downstream has seen an event of the last packet --- */

static sem_t lane_go;
static uint64_t stuck_seq;
static void block_one_lane(const struct sk_packet *pkt) {
    if (pkt->seq == stuck_seq)
        sem_wait(&lane_go);
}
static void release_lane(struct record *r, const struct sk_event *ev) {
    (void)r;
    if (ev->seq > stuck_seq + 500)
        sem_post(&lane_go);
}

/* A packet whose event must come, in a lane of its own. */
static void what_comes_from_a_stuck_lane_is_given_late_and_counted(void **state) {
    (void)state;
    enum { N = 1500 };
    struct made_packet *m = script_of(N, 40);
    struct sk_source s = {.script = m, .n = N, .input = {{.path = "a"}}};
    for (stuck_seq = 10; events_of(stuck_seq) == 0; stuck_seq++)
        ;
    sem_init(&lane_go, 0, 0);
    on_lane_packet = block_one_lane;
    struct record r = {.on_event = release_lane};
    struct sk_pipeline p = pipeline_of(&s, &r, 2);
    struct sk_pipeline_result res;
    p.live = true;
    assert_int_equal(sk_pipeline_run(&p, &res, NULL), SK_OK);
    on_lane_packet = NULL;
    sk_source_retire(&s, UINT64_MAX);
    assert_int_equal(res.counts.packets, N);
    assert_true(res.late > 0);
    assert_true(r.disorder > 0);
    assert_int_equal(r.lasts, 1);
    assert_int_equal(res.counts.events_dropped + r.events, events_made(N, 40));
    sk_buf_free(&r.text);
    free(m);
}

/* --- a lane that is stuck until packets were dropped --- */

static void block_till_end(const struct sk_packet *pkt) {
    if (pkt->seq == 1)
        sem_wait(&lane_go);
}
static void on_progress(void *arg) {
    const struct sk_source *s = arg;
    if (s->seq >= 4000)
        sem_post(&lane_go);
}

static void packets_for_a_full_lane_are_dropped_and_counted(void **state) {
    (void)state;
    enum { N = 4096 };
    struct made_packet *m = script_of(N, 1);
    struct sk_source s = {.script = m, .n = N, .input = {{.path = "a"}}};
    sem_init(&lane_go, 0, 0);
    on_lane_packet = block_till_end;
    struct record r = {0};
    struct sk_pipeline p = pipeline_of(&s, &r, 1);
    struct sk_pipeline_result res;
    p.live = true;
    p.progress = on_progress;
    p.progress_arg = &s;
    assert_int_equal(sk_pipeline_run(&p, &res, NULL), SK_OK);
    on_lane_packet = NULL;
    sk_source_retire(&s, UINT64_MAX);
    assert_true(res.ring_dropped > 1000);
    assert_int_equal(res.counts.packets + res.ring_dropped, N);
    assert_int_equal(r.lasts, 1);
    sk_buf_free(&r.text);
    free(m);
}

/* --- idle --- */

static void an_idle_interface_makes_ticks_that_do_not_go_back(void **state) {
    (void)state;
    const struct made_packet m[] = {{.idle = true}, {.ts = T0, .pair = 1}, {.idle = true}, {.idle = true}};
    for (unsigned lanes = 0; lanes < 4; lanes++) {
        struct sk_source s = {.script = m, .n = 4, .input = {{.path = "a"}}};
        struct record r = {0};
        struct sk_pipeline p = pipeline_of(&s, &r, lanes);
        struct sk_pipeline_result res;
        p.live = true;
        assert_int_equal(sk_pipeline_run(&p, &res, NULL), SK_OK);
        sk_source_retire(&s, UINT64_MAX);
        /* Before the first packet too, by the wall clock: a mirror that is silent from the start is told. */
        assert_int_equal(r.ticks, 3);
        assert_int_equal(r.lasts, 1);
        sk_buf_free(&r.text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stuck_downstream_costs_events_that_are_counted_and_no_packet),
        cmocka_unit_test(what_comes_from_a_stuck_lane_is_given_late_and_counted),
        cmocka_unit_test(packets_for_a_full_lane_are_dropped_and_counted),
        cmocka_unit_test(an_idle_interface_makes_ticks_that_do_not_go_back),
    };
    return cmocka_run_group_tests_name("pipeline/live", tests, NULL, NULL);
}
