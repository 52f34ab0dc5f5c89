/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures nobody on the project wrote: the number of packets of each is the oracle's (tshark), or a reviewed row of
 * tests/oracle/packets-differences.tsv says why not. Needs CORPUS; skipped without it.
 */
#include "maker.h"
#include "sekimori/text.h"

#include <dirent.h>

enum { DIFFERENCES_MAX = 100, PATH = 1024 };
static struct difference {
    char file[256];
    uint64_t ours, oracle;
    bool used;
} differences[DIFFERENCES_MAX];
static size_t n_differences;

static const char *corpus(void) {
    const char *dir = getenv("CORPUS");
    if (dir && *dir)
        return dir;
    print_message("skipped: CORPUS is not set (folder with captures/labels.jsonl)\n");
    skip();
    return NULL;
}

static void read_differences(void) {
    FILE *f = fopen("tests/oracle/packets-differences.tsv", "r");
    assert_non_null(f);
    char line[1024];
    n_differences = 0;
    while (fgets(line, sizeof line, f)) {
        char *save = NULL;
        if (line[0] == '#')
            continue;
        assert_true(n_differences < DIFFERENCES_MAX);
        struct difference *d = &differences[n_differences++];
        const char *file = strtok_r(line, "\t\n", &save);
        const char *ours = strtok_r(NULL, "\t\n", &save);
        const char *oracle = strtok_r(NULL, "\t\n", &save);
        const char *reason = strtok_r(NULL, "\t\n", &save);
        assert_true(file && ours && oracle && reason && strlen(reason) > 20);
        (void)snprintf(d->file, sizeof d->file, "%s", file);
        d->ours = strtoull(ours, NULL, 10);
        d->oracle = strtoull(oracle, NULL, 10);
        d->used = false;
    }
    (void)fclose(f);
}

static bool explained(const char *file, uint64_t ours, uint64_t oracle) {
    for (size_t i = 0; i < n_differences; i++)
        if (strcmp(differences[i].file, file) == 0 && differences[i].ours == ours && differences[i].oracle == oracle)
            return differences[i].used = true;
    return false;
}

struct told {
    size_t reports;
};
static void count_report(void *arg, const char *file, uint64_t offset, const char *what) {
    (void)file;
    (void)offset;
    (void)what;
    ((struct told *)arg)->reports++;
}

/* Packets of a file; *ret_reports problems told. */
static uint64_t packets_of(const char *path, size_t *ret_reports, struct sk_source_stats *st) {
    struct told told = {0};
    struct sk_source_options opt = {.on_damage = count_report, .arg = &told};
    struct sk_source *src = NULL;
    assert_int_equal(sk_source_files(&path, 1, &opt, &src, NULL), SK_OK);
    struct sk_packet at[64];
    size_t n = 0;
    uint64_t all = 0;
    while (sk_source_next(src, at, 64, &n) == SK_NEXT_PACKETS) {
        all += n;
        sk_source_retire(src, all);
    }
    sk_source_stats(src, st);
    sk_source_close(src);
    *ret_reports = told.reports;
    return all;
}

static void every_labelled_capture_has_the_oracles_number_of_packets(void **state) {
    (void)state;
    const char *dir = corpus();
    read_differences();
    char path[PATH];
    (void)snprintf(path, sizeof path, "%s/captures/labels.jsonl", dir);
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("%s cannot be opened", path);
    char *line = NULL;
    size_t cap = 0, files = 0, wrong = 0;
    uint64_t packets = 0;
    for (ssize_t len; (len = getline(&line, &cap, f)) > 0; files++) {
        sk_json *row = sk_json_parse(line, (size_t)len, NULL);
        assert_non_null(row);
        const char *file = sk_json_get_text(row, "file");
        uint64_t want = (uint64_t)sk_json_get_int(row, "packets", -1);
        bool complete = sk_json_get_int(row, "oracle_exit", -1) == 0; /* otherwise it stopped at damage */
        (void)snprintf(path, sizeof path, "%s/captures/%s", dir, file);
        size_t reports = 0;
        struct sk_source_stats st;
        uint64_t got = packets_of(path, &reports, &st);
        packets += got;
        bool agree = complete ? got == want : got >= want;
        if (!agree && !explained(file, got, want)) {
            print_error("%s: %llu packets, the oracle has %llu\n", file, (unsigned long long)got,
                        (unsigned long long)want);
            wrong++;
        }
        if (agree && complete && reports > 0 && strcmp(file, "rshk-python-pcapng/test_data__test006.ntar") != 0) {
            print_error("%s: damage told that the oracle did not see\n", file); /* that one: unpadded block length */
            wrong++;
        }
        sk_json_free(row);
    }
    free(line);
    (void)fclose(f);
    for (size_t i = 0; i < n_differences; i++)
        if (!differences[i].used) {
            print_error("%s: the row of packets-differences.tsv is not needed\n", differences[i].file);
            wrong++;
        }
    print_message("%zu captures, %llu packets, %zu explained differences\n", files, (unsigned long long)packets,
                  n_differences);
    assert_true(files > 0);
    assert_int_equal(wrong, 0);
}

static void the_recorded_attacks_are_read_without_damage(void **state) {
    (void)state;
    char dir[PATH];
    (void)snprintf(dir, sizeof dir, "%s/captures/attacks", corpus());
    struct seen *s = (struct seen *)calloc(1, sizeof *s);
    assert_non_null(s);
    const char *paths[] = {dir};
    struct sk_source_options opt = {.on_damage = on_damage, .arg = s};
    struct sk_source *src = NULL;
    assert_int_equal(sk_source_files(paths, 1, &opt, &src, NULL), SK_OK);
    struct sk_packet at[64];
    size_t n = 0;
    while (sk_source_next(src, at, 64, &n) == SK_NEXT_PACKETS)
        sk_source_retire(src, at[n - 1].seq);
    struct sk_source_stats st;
    sk_source_stats(src, &st);
    assert_int_equal(st.opened_inputs, sk_source_inputs(src));
    assert_true(st.packets > 1000);
    assert_int_equal(st.damaged_inputs, 0);
    assert_int_equal(s->reports, 0);
    sk_source_close(src);
    free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_labelled_capture_has_the_oracles_number_of_packets),
        cmocka_unit_test(the_recorded_attacks_are_read_without_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
