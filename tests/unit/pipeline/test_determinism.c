/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All stages that are real, over real captures: the events as JSON are the same inline and with any number of lanes,
 * and however the source cuts its blocks. The attacks are ours; a mix of other people's captures needs CORPUS and is
 * skipped without it; DETERMINISM_ALL=1 takes all of them.
 */
#include "sekimori/pipeline.h"
#include "sekimori/policy.h"

#include "unit.h"

#include <ftw.h>
#include <sys/stat.h>

enum { FILES_MAX = 4096, MIXED = 50, SIZE_MAX_MIXED = 1 << 20, GROUP = 8 };

static char *files[FILES_MAX];
static size_t n_files;
static bool wanted[SKE_COUNT];

/* --- one run --- */

struct told {
    struct sk_buf text, seen;
    struct sk_names names;
    int64_t counts[3];
};

/* Each lane tells its first ipv6.seen of a sender; the correlator keeps the first of all. So does this. */
static bool is_repeat(struct told *t, const struct sk_event *ev) {
    static const enum sk_field_id part[] = {SKF_ipv6_category, SKF_ipv6_source_scope};
    char mac[SK_MAC_TEXT], key[256];
    if (ev->type != SKE_ipv6_seen)
        return false;
    int n = snprintf(key, sizeof key, "\n%s %u %ld", sk_mac_text(&ev->smac, mac), ev->segment, ev->ts / SK_DAY);
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        struct sk_value v;
        char scratch[SK_EVENT_SCRATCH];
        if (sk_event_get(ev, &t->names, part[i], 0, scratch, &v))
            n += snprintf(key + n, sizeof key - (size_t)n, " %.*s", (int)v.s.len, v.s.p);
    }
    (void)snprintf(key + n, sizeof key - (size_t)n, "\n");
    bool repeat = t->seen.p && strstr(t->seen.p, key);
    if (!repeat)
        sk_buf_str(&t->seen, key);
    return repeat;
}

/* As many as lanes; the correlator adds them up, so their sum must be the same. */
static void add_counts(struct told *t, const struct sk_event *ev) {
    static const enum sk_field_id part[] = {SKF_sensor_packets, SKF_sensor_truncated, SKF_sensor_copies};
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        struct sk_value v;
        if (sk_event_get(ev, &t->names, part[i], 0, NULL, &v))
            t->counts[i] += v.i;
    }
}

static void on_event(void *arg, const struct sk_event *ev) {
    struct told *t = arg;
    if (ev->type == SKE_sensor_counts)
        add_counts(t, ev);
    if (ev->type == SKE_sensor_counts || is_repeat(t, ev))
        return;
    sk_event_json(ev, &t->names, &t->text);
    sk_buf_fmt(&t->text, " %lu %u\n", ev->seq, ev->phase);
}
static void on_tick(void *arg, uint64_t seq, sk_time now) {
    struct told *t = arg;
    sk_buf_fmt(&t->text, "tick %lu %ld\n", seq, now);
}
static void on_flush(void *arg, uint64_t seq, sk_time now, bool last) {
    struct told *t = arg;
    sk_buf_fmt(&t->text, "flush %lu %ld %d\n", seq, now, last);
    sk_buf_clear(&t->seen);
}

static void run(char *const *paths, size_t n, unsigned lanes, uint32_t block, struct told *t,
                struct sk_pipeline_result *ret) {
    struct sk_source_options opt = {.block_size = block};
    struct sk_pipeline p = {.policy = sk_policy_none(),
                            .down = {.event = on_event, .tick = on_tick, .flush = on_flush, .arg = t},
                            .wanted = wanted,
                            .lanes = lanes,
                            .forced_tap = SK_TAP_NONE};
    t->names.policy = p.policy;
    sk_buf_clear(&t->text);
    sk_buf_clear(&t->seen);
    memset(t->counts, 0, sizeof t->counts);
    assert_int_equal(sk_source_files((const char *const *)paths, n, &opt, &p.source, NULL), SK_OK);
    assert_int_equal(sk_pipeline_run(&p, ret, NULL), SK_OK);
    sk_source_close(p.source);
}

static void show_first_difference(const char *a, const char *b) {
    while (*a && *a == *b) {
        const char *ea = strchr(a, '\n'), *eb = strchr(b, '\n');
        if (!ea || !eb || ea - a != eb - b || memcmp(a, b, (size_t)(ea - a)) != 0)
            break;
        a = ea + 1;
        b = eb + 1;
    }
    print_message("inline: %.*s\nother:  %.*s\n", (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
}

static uint64_t dealt[SK_LANES_MAX + 1][SK_LANES_MAX];

static void same_in_every_way(char *const *paths, size_t n) {
    static const struct {
        unsigned lanes;
        uint32_t block;
    } way[] = {{1, 0}, {2, 0}, {4, 0}, {8, 0}, {0, 4096}, {2, 4096}, {4, 65536}};
    struct told base = {0}, other = {0};
    struct sk_pipeline_result base_res, res;
    run(paths, n, 0, 0, &base, &base_res);
    for (size_t i = 0; i < sizeof way / sizeof way[0]; i++) {
        run(paths, n, way[i].lanes, way[i].block, &other, &res);
        if (base.text.len != other.text.len || memcmp(base.text.p, other.text.p, base.text.len) != 0) {
            print_message("%s (%zu files), %u lanes, blocks of %u\n", paths[0], n, way[i].lanes, way[i].block);
            show_first_difference(base.text.p, other.text.p);
            fail();
        }
        assert_memory_equal(base.counts, other.counts, sizeof base.counts);
        base_res.counts.events[SKE_sensor_counts] = res.counts.events[SKE_sensor_counts] = 0;
        base_res.counts.events[SKE_ipv6_seen] = res.counts.events[SKE_ipv6_seen] = 0;
        assert_memory_equal(&res.counts.events, &base_res.counts.events, sizeof res.counts.events);
        assert_memory_equal(&res.counts.layers, &base_res.counts.layers, sizeof res.counts.layers);
        assert_int_equal(res.counts.packets, base_res.counts.packets);
        assert_int_equal(res.counts.flow.created, base_res.counts.flow.created);
        assert_int_equal(res.ring_dropped + res.late + res.counts.events_dropped, 0);
        for (unsigned k = 0; k < way[i].lanes; k++)
            dealt[way[i].lanes][k] += res.lane[k].packets;
    }
    sk_buf_free(&base.text);
    sk_buf_free(&base.seen);
    sk_buf_free(&other.text);
    sk_buf_free(&other.seen);
}

static void show_dealt(void) {
    for (unsigned lanes = 1; lanes <= 8; lanes *= 2) {
        print_message("%u lanes, packets:", lanes);
        for (unsigned k = 0; k < lanes; k++)
            print_message(" %lu", dealt[lanes][k]);
        print_message("\n");
    }
    memset(dealt, 0, sizeof dealt);
}

/* --- which files --- */

static int add_file(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)ftw;
    const char *dot = strrchr(path, '.');
    bool other = dot && (strcmp(dot, ".md") == 0 || strcmp(dot, ".tsv") == 0 || strcmp(dot, ".jsonl") == 0);
    if (type == FTW_F && !other && st->st_size <= SIZE_MAX_MIXED && n_files < FILES_MAX)
        files[n_files++] = strdup(path);
    return 0;
}
static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }
static void find(const char *dir) {
    n_files = 0;
    (void)nftw(dir, add_file, 16, FTW_PHYS);
    qsort(files, n_files, sizeof files[0], by_name);
}
static void forget(void) {
    for (size_t i = 0; i < n_files; i++)
        free(files[i]);
    n_files = 0;
}

static void every_attack_is_told_the_same_with_any_lanes_and_blocks(void **state) {
    (void)state;
    find("captures/attacks");
    assert_true(n_files > 30);
    for (size_t i = 0; i < n_files; i++)
        same_in_every_way(&files[i], 1);
    show_dealt();
    forget();
}

static void all_attacks_in_one_run_are_told_the_same(void **state) {
    (void)state;
    find("captures/attacks");
    same_in_every_way(files, n_files);
    show_dealt();
    forget();
}

static void a_mix_of_other_peoples_captures_is_told_the_same(void **state) {
    (void)state;
    const char *corpus = getenv("CORPUS");
    char dir[4096];
    if (!corpus || !*corpus) {
        print_message("skipped: CORPUS is not set (folder with captures/labels.jsonl)\n");
        skip();
        return;
    }
    (void)snprintf(dir, sizeof dir, "%s/captures", corpus);
    find(dir);
    assert_true(n_files > MIXED);
    const char *all = getenv("DETERMINISM_ALL");
    size_t step = all && *all ? 1 : n_files / MIXED;
    for (size_t i = 0; i < n_files; i += step)
        same_in_every_way(&files[i], 1);
    /* Several unrelated files in one run: flushes between them. */
    for (size_t i = 0; i + GROUP <= n_files; i += 10 * step)
        same_in_every_way(&files[i], GROUP);
    show_dealt();
    forget();
}

int main(void) {
    for (size_t i = 0; i < SKE_COUNT; i++)
        wanted[i] = true;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_attack_is_told_the_same_with_any_lanes_and_blocks),
        cmocka_unit_test(all_attacks_in_one_run_are_told_the_same),
        cmocka_unit_test(a_mix_of_other_peoples_captures_is_told_the_same),
    };
    return cmocka_run_group_tests_name("pipeline/determinism", tests, NULL, NULL);
}
