/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pipeline from file to a downstream that only counts: what reading, decoding, flows, observers and the merge cost
 * together. One JSON line a run, so that inline and lanes stand side by side.
 *
 *   bench_pipeline [--lanes N[,N...]] [--all-events] FILE...
 */
#include "sekimori/pipeline.h"
#include "sekimori/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { WAYS_MAX = 16 };

struct given {
    uint64_t events, bytes, ticks;
};

static double now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
static double cpu(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_event(void *arg, const struct sk_event *ev) {
    struct given *g = arg;
    g->events++;
    g->bytes += ev->size;
}
static void on_tick(void *arg, uint64_t seq, sk_time at) {
    (void)seq, (void)at;
    ((struct given *)arg)->ticks++;
}
static void on_flush(void *arg, uint64_t seq, sk_time at, bool last) { (void)arg, (void)seq, (void)at, (void)last; }

static void print_lanes(const struct sk_pipeline_result *res, unsigned lanes) {
    for (unsigned i = 0; i < (lanes ? lanes : 1); i++)
        (void)printf("%s{\"packets\":%" PRIu64 ",\"waits\":%" PRIu64 ",\"cpu\":%.3f}", i ? "," : "",
                     res->lane[i].packets, res->lane[i].waits, (double)res->lane[i].cpu_ns / 1e9);
}

static bool run(const char *const *paths, size_t n, unsigned lanes, const bool *wanted) {
    static struct sk_pipeline_result res;
    struct sk_source_options opt = {0};
    struct sk_error err = {0};
    struct given g = {0};
    struct sk_pipeline p = {.policy = sk_policy_none(),
                            .down = {.event = on_event, .tick = on_tick, .flush = on_flush, .arg = &g},
                            .wanted = wanted,
                            .lanes = lanes,
                            .forced_tap = SK_TAP_NONE};
    if (sk_source_files(paths, n, &opt, &p.source, &err) != SK_OK) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return false;
    }
    double t = now(), c = cpu();
    sk_err e = sk_pipeline_run(&p, &res, &err);
    t = now() - t;
    c = cpu() - c;
    sk_source_close(p.source);
    if (e != SK_OK) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return false;
    }
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    (void)printf("{\"bench\":\"pipeline\",\"lanes\":%u,\"packets\":%" PRIu64 ",\"seconds\":%.3f,\"mpps\":%.3f,"
                 "\"mb_s\":%.1f,\"cpu\":%.3f,\"ns_packet\":%.1f,\"events\":%" PRIu64 ",\"event_bytes\":%" PRIu64
                 ",\"flows\":%" PRIu64 ",\"reader_waits\":%" PRIu64 ",\"peak_kb\":%ld,\"lane\":[",
                 lanes, res.counts.packets, t, (double)res.counts.packets / t / 1e6, (double)res.counts.bytes / t / 1e6,
                 c, t * 1e9 / (double)(res.counts.packets ? res.counts.packets : 1), g.events, g.bytes,
                 res.counts.flow.created, res.reader_waits, u.ru_maxrss);
    print_lanes(&res, lanes);
    (void)puts("]}");
    return true;
}

int main(int argc, char **argv) {
    unsigned way[WAYS_MAX] = {0}, ways = 1;
    bool wanted[SKE_COUNT], all = false;
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--all-events") == 0) {
            all = true;
        } else if (strcmp(argv[i], "--lanes") == 0 && i + 1 < argc) {
            ways = 0;
            char *end = argv[++i];
            do
                way[ways++] = (unsigned)strtoul(end, &end, 10);
            while (*end++ == ',' && ways < WAYS_MAX);
        } else {
            break;
        }
    }
    if (i >= argc) {
        (void)fprintf(stderr, "usage: bench_pipeline [--lanes N[,N...]] [--all-events] FILE...\n");
        return 2;
    }
    for (size_t t = 0; t < SKE_COUNT; t++)
        wanted[t] = all || sk_events[t].per == SK_PER_STATE;
    for (unsigned k = 0; k < ways; k++)
        if (!run((const char *const *)(argv + i), (size_t)(argc - i), way[k], wanted))
            return 1;
    return 0;
}
