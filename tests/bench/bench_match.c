/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event costs the matcher, and what each signature that is asked about it: the events of captures, annotated
 * as in a run, are kept in memory and matched again and again; by the shipped signatures, and by those and as many
 * made-up ones as make 200. The yardstick touches every word of each event. One JSON line a set.
 *
 *   bench_match SIGNATURES POLICY CAPTURE...
 */
#include "match/ruleset.h"
#include "sekimori/correlate.h"
#include "sekimori/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5, EVENTS_MOST = 200000, MANY = 200 };
#define ROUND_SECONDS 0.2

struct kept {
    struct sk_event **at;
    size_t n;
    uint64_t of_type[SKE_COUNT];
    struct sk_correlation *correlation;
};

static double seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- events ---- */

static void keep(void *arg, struct sk_event *ev) {
    struct kept *k = arg;
    if (k->n == EVENTS_MOST)
        return;
    k->at[k->n] = malloc(ev->size);
    if (!k->at[k->n])
        exit(1);
    memcpy(k->at[k->n++], ev, ev->size);
    k->of_type[ev->type]++;
}
static void on_event(void *arg, const struct sk_event *ev) {
    sk_correlate_event(((struct kept *)arg)->correlation, ev);
}
static void on_tick(void *arg, uint64_t seq, sk_time at) {
    sk_correlate_tick(((struct kept *)arg)->correlation, seq, at);
}
static void on_flush(void *arg, uint64_t seq, sk_time at, bool last) {
    (void)last;
    sk_correlate_flush(((struct kept *)arg)->correlation, seq, at);
    sk_correlate_forget(((struct kept *)arg)->correlation);
}

static bool read_events(struct kept *k, const struct sk_ruleset *rs, const struct sk_policy *policy,
                        const struct sk_names *names, const char *path) {
    static struct sk_pipeline_result res;
    struct sk_correlation_config cc = {.policy = policy, .names = names, .offline = true, .event = keep, .arg = k};
    struct sk_source_options opt = {0};
    struct sk_error err = {0};
    bool wanted[SKE_COUNT] = {false};
    sk_ruleset_wants(rs, wanted);
    sk_correlation_wants(wanted);
    k->correlation = sk_correlation_new(&cc, &err);
    struct sk_pipeline p = {
        .policy = policy, .down = {on_event, on_tick, on_flush, k}, .wanted = wanted, .forced_tap = SK_TAP_NONE};
    bool ok = k->correlation && sk_source_files(&path, 1, &opt, &p.source, &err) == SK_OK &&
              sk_pipeline_run(&p, &res, &err) == SK_OK;
    if (!ok)
        (void)fprintf(stderr, "bench_match: %s: %s\n", path, err.msg);
    if (p.source)
        sk_source_close(p.source);
    sk_correlation_free(k->correlation);
    return ok;
}

/* ---- signatures ---- */

/* Made up: over event types as often as they come, with an address, a number and a text to compare. */
static void write_made_up(FILE *f, const struct kept *k, size_t n) {
    size_t event = 0;
    for (size_t i = 0; i < n; i++) {
        event = (event + k->n / (n + 1) + 1) % k->n;
        (void)fprintf(f,
                      "---\ntitle: made up %zu\nid: 00000000-0000-4000-8000-%012zu\nlogsource: {product: sekimori, "
                      "category: %s}\ndetection:\n  a: {source.ip|cidr: [203.0.%zu.0/24, '2001:db8:%zx::/48'], "
                      "network.vlan.id: '%zu'}\n  b: {destination.port: %zu, destination.domain|contains: made%zu}\n  "
                      "c: {source.mac|startswith: 'AA-%02zX'}\n  condition: (a or b or c) and not (a and b)\n",
                      i, i, sk_events[k->at[event]->type].name, i, i, i, 40000 + i, i, i);
    }
}

static struct sk_ruleset *load(const char *const *paths, size_t n, const struct sk_policy *policy) {
    struct sk_ruleset *rs = NULL;
    struct sk_diags d = {0};
    if (sk_ruleset_load(paths, n, policy, &rs, &d) != SK_OK)
        for (size_t i = 0; i < d.n; i++)
            (void)fprintf(stderr, "bench_match: %s\n", d.at[i].msg);
    sk_diags_free(&d);
    return rs;
}

static struct sk_ruleset *load_many(const char *shipped, const struct kept *k, size_t have,
                                    const struct sk_policy *policy) {
    char name[] = "/tmp/bench-match-XXXXXX.yml";
    int fd = mkstemps(name, 4);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f)
        return NULL;
    write_made_up(f, k, have < MANY ? MANY - have : 1);
    (void)fclose(f);
    const char *const paths[] = {shipped, name};
    struct sk_ruleset *rs = load(paths, 2, policy);
    (void)remove(name);
    return rs;
}

/* ---- measuring ---- */

static uint64_t matches;
static void found(void *arg, const struct sk_match *m, const struct sk_event *ev) {
    (void)arg;
    (void)ev;
    matches += m->level;
}

static uint64_t touched;
static void touch(const struct kept *k) {
    for (size_t i = 0; i < k->n; i++)
        for (size_t w = 0; w < k->at[i]->size / sizeof(uint64_t); w++)
            touched += ((const uint64_t *)(const void *)k->at[i])[w];
}

/* Best of some rounds, each long enough to be measured. @param m NULL: the yardstick */
static double ns_per_event(const struct kept *k, struct sk_matcher *m) {
    double best = 1e12;
    for (int r = 0; r < ROUNDS; r++) {
        double begin = seconds(), took;
        uint64_t passes = 0;
        do {
            for (size_t i = 0; m && i < k->n; i++)
                sk_matcher_event(m, k->at[i], found, NULL);
            if (m)
                sk_matcher_forget(m);
            else
                touch(k);
            passes++;
        } while ((took = seconds() - begin) < ROUND_SECONDS);
        double ns = took / (double)passes / (double)k->n * 1e9;
        best = ns < best ? ns : best;
    }
    return best;
}

static void measure(const char *what, const struct kept *k, const struct sk_ruleset *rs, const struct sk_names *names,
                    double yardstick) {
    struct sk_matcher *m = sk_matcher_new(rs, names, &sk_hash_key_fixed);
    if (!m)
        exit(1);
    double asked = 0, ns = ns_per_event(k, m);
    for (unsigned t = 0; t < SKE_COUNT; t++)
        asked += (double)(rs->first[t + 1] - rs->first[t]) * (double)k->of_type[t] / (double)k->n;
    (void)printf("{\"bench\":\"match\",\"set\":\"%s\",\"signatures\":%zu,\"correlations\":%zu,\"events\":%zu,"
                 "\"asked\":%.2f,\"ns_event\":%.1f,\"ns_signature\":%.1f,\"ns_touch\":%.1f}\n",
                 what, rs->n, rs->n_corr, k->n, asked, ns, asked > 0 ? ns / asked : 0, yardstick);
    sk_matcher_free(m);
}

int main(int argc, char **argv) {
    const struct sk_policy *policy = NULL;
    struct sk_diags d = {0};
    static struct sk_event *events[EVENTS_MOST];
    struct kept k = {.at = events};
    if (argc < 4 || sk_policy_load(argv[2], &policy, &d) != SK_OK) {
        (void)fprintf(stderr, "usage: bench_match SIGNATURES POLICY CAPTURE...\n");
        return 2;
    }
    struct sk_names names = {.policy = policy};
    const char *shipped[] = {argv[1]};
    struct sk_ruleset *rs = load(shipped, 1, policy);
    for (int i = 3; rs && i < argc; i++)
        if (!read_events(&k, rs, policy, &names, argv[i]))
            return 1;
    if (!rs || k.n == 0)
        return 1;
    struct sk_ruleset *many = load_many(argv[1], &k, rs->n, policy);
    if (!many)
        return 1;
    double yardstick = ns_per_event(&k, NULL);
    measure("shipped", &k, rs, &names, yardstick);
    measure("many", &k, many, &names, yardstick);
    sk_ruleset_free(rs);
    sk_ruleset_free(many);
    for (size_t i = 0; i < k.n; i++)
        free(k.at[i]);
    sk_policy_free(policy);
    sk_diags_free(&d);
    return matches + touched == 0;
}
