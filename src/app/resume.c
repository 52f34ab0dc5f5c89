/* SPDX-License-Identifier: Apache-2.0 */
/* Going on after an interruption. */
#include "app/resume.h"

#include "app/analysis.h"
#include "app/atomic_file.h"
#include "app/command.h"
#include "base/mem.h"
#include "sekimori/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STATE_VERSION = 4, STATE_MAX = 1 << 30, COST_SHARE = 10 /* a state takes at most a tenth of the time */ };
enum { COUNTS_WORDS = sizeof(struct sk_counts) / sizeof(uint64_t) };
_Static_assert(sizeof(struct sk_counts) % sizeof(uint64_t) == 0, "counts are words");

static sk_time monotonic(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (sk_time)ts.tv_sec * SK_SEC + ts.tv_nsec;
}

static bool output_length(const struct analysis *a, uint64_t *ret) {
    struct stat st;
    bool ok = stat(a->output_path, &st) == 0 && S_ISREG(st.st_mode);
    *ret = ok ? (uint64_t)st.st_size : 0;
    return ok;
}

/* ---- what must be the same ---- */

enum { SAME_VERSION, SAME_POLICY, SAME_SIGNATURES, SAME_INPUTS, SAME_OPTIONS, SAME_COUNT };
static const char *const same_key[] = {"version", "policy", "signatures", "inputs", "options"};
static const char *const same_told[] = {"this is another version of sekimori", "the policy is another one",
                                        "the signatures are other ones", "the inputs are other ones, or have changed",
                                        "--tap or --filter are other ones"};

/* Names and sizes of the inputs in the order of reading; their bytes are in the run id. */
static void hash_inputs(const struct analysis *a, uint8_t hash[32]) {
    struct sk_sha256 *h = sk_sha256_new();
    for (size_t i = 0; i < a->inputs.n; i++) {
        const struct sk_input *in = sk_source_input(a->source, a->inputs.order[i]);
        sk_sha256_add(h, in->path, strlen(in->path) + 1);
        sk_sha256_add(h, &in->size, sizeof in->size);
        sk_sha256_add(h, &in->group, sizeof in->group);
    }
    sk_sha256_add(h, a->run, strlen(a->run)); /* last: where all else is the same, the run id tells of the inputs */
    sk_sha256_final(h, hash);
}

static void describe(const struct analysis *a, char same[SAME_COUNT][65]) {
    uint8_t hash[32];
    struct sk_buf options = {0};
    snprintf(same[SAME_VERSION], 65, "%s/%zu", SK_VERSION, sizeof(struct sk_counts));
    sk_policy_hash(a->policy, hash);
    sk_hex(hash, 32, same[SAME_POLICY]);
    sk_ruleset_hash(a->rules, hash);
    sk_hex(hash, 32, same[SAME_SIGNATURES]);
    hash_inputs(a, hash);
    sk_hex(hash, 32, same[SAME_INPUTS]);
    sk_buf_fmt(&options, "%s\n%s", a->opt->tap ? a->opt->tap : "", a->opt->filter ? a->opt->filter : "");
    sk_sha256(options.p, options.len, hash);
    sk_hex(hash, 32, same[SAME_OPTIONS]);
    sk_buf_free(&options);
}

/* The first difference is told: it usually explains the others. */
static bool is_same(const struct analysis *a) {
    char same[SAME_COUNT][65];
    describe(a, same);
    for (unsigned i = 0; i < SAME_COUNT; i++) {
        const char *was = sk_json_get_text(a->resume.state, same_key[i]);
        if (was && strcmp(was, same[i]) == 0)
            continue;
        complain("--resume: %s than in the run that was interrupted. Give what was given then, or remove %s and %s and "
                 "begin anew",
                 same_told[i], a->resume.path, a->output_path);
        return false;
    }
    return true;
}

/* ---- writing ---- */

static void put_int(struct sk_json_out *j, const char *key, uint64_t v) {
    sk_json_key(j, key);
    sk_json_int(j, (int64_t)v);
}
static void put_words(struct sk_json_out *j, const char *key, const uint64_t *v, size_t n) {
    sk_json_key(j, key);
    sk_json_array(j);
    for (size_t i = 0; i < n; i++)
        sk_json_int(j, (int64_t)v[i]);
    sk_json_end_array(j);
}

static void put_source(struct sk_json_out *j, const struct sk_source_stats *s) {
    const uint64_t v[] = {s->packets,           s->bytes,         s->bytes_read,
                          s->clamped_times,     s->opened_inputs, s->damaged_inputs,
                          s->unreadable_inputs, s->filtered,      s->unfilterable};
    put_words(j, "source", v, sizeof v / sizeof *v);
}

static void put_alerts(struct sk_json_out *j, struct sk_alerts *alerts) {
    struct sk_alerts_state s;
    size_t n;
    const uint64_t *excepted = sk_alerts_excepted(alerts, &n);
    put_words(j, "excepted", excepted, n);
    sk_alerts_save(alerts, &s);
    put_int(j, "sequence", s.sequence);
    sk_json_key(j, "previous_line");
    sk_json_text(j, s.previous);
    put_words(j, "alerts", (const uint64_t *)&s.stats, sizeof s.stats / sizeof(uint64_t));
}

static void put_correlation(struct sk_json_out *j, const struct sk_correlation *c) {
    struct sk_correlation_totals t;
    sk_correlation_totals(c, &t);
    put_words(j, "dropped", t.dropped, SKE_COUNT);
    put_words(j, "derived", t.derived, SKE_COUNT);
    put_int(j, "evictions", t.evictions);
}

static void state_text(const struct analysis *a, size_t place, uint64_t length, const struct sk_source_stats *source,
                       struct sk_buf *text) {
    char same[SAME_COUNT][65];
    struct sk_json_out j;
    describe(a, same);
    sk_json_begin(&j, text);
    sk_json_object(&j);
    put_int(&j, "sekimori-resume", STATE_VERSION);
    for (unsigned i = 0; i < SAME_COUNT; i++) {
        sk_json_key(&j, same_key[i]);
        sk_json_text(&j, same[i]);
    }
    put_int(&j, "start", a->resume.start);
    put_int(&j, "length", length);
    put_int(&j, "place", place);
    put_source(&j, source);
    put_alerts(&j, a->alerts);
    put_correlation(&j, a->correlation);
    struct sk_matcher_stats m;
    sk_matcher_stats(a->matcher, &m);
    put_words(&j, "matcher", (const uint64_t *)&m, sizeof m / sizeof(uint64_t));
    put_words(&j, "silenced", sk_matcher_silenced(a->matcher), sk_ruleset_filters(a->rules));
    const uint64_t clock[] = {a->result.clock_back, a->result.clock_forward};
    put_words(&j, "clock", clock, 2);
    put_words(&j, "counts", (const uint64_t *)&a->result.counts, COUNTS_WORDS);
    sk_json_key(&j, "records");
    sk_json_array(&j);
    for (size_t i = 0; i < a->inputs.records.n; i++)
        record_json(&j, &a->inputs.records.at[i], true);
    sk_json_end_array(&j);
    sk_json_end_object(&j);
    sk_buf_str(text, "\n");
}

/* Everything before `place` is done, and what was found is in the output. */
static bool write_state(struct analysis *a, size_t place, const struct sk_source_stats *source) {
    struct sk_error err = {0};
    struct sk_buf text = {0};
    uint64_t length = 0;
    if (a->output_failed || !output_length(a, &length) || a->sink_ops->flush(a->sink, &err) != SK_OK)
        return false;
    state_text(a, place, length, source, &text);
    sk_err e = atomic_file_write(a->resume.path, &text, &err);
    sk_buf_free(&text);
    if (e != SK_OK && a->opt->resume && !a->resume.told)
        complain_error(&err);
    a->resume.told |= e != SK_OK;
    return e == SK_OK;
}

/* ---- reading ---- */

static bool get_words(const sk_json *o, const char *key, uint64_t *to, size_t n) {
    const sk_json *array = sk_json_get(o, key);
    if (sk_json_kind_of(array) != SK_JSON_ARRAY || sk_json_size(array) != n)
        return false;
    sk_json *wrap = sk_json_new_object(); /* numbers are read under a key */
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        ok = sk_json_kind_of(sk_json_item(array, i)) == SK_JSON_INT;
        if (!ok)
            break;
        sk_json_set(wrap, "n", sk_json_copy(sk_json_item(array, i)));
        to[i] = (uint64_t)sk_json_get_int(wrap, "n", 0);
    }
    sk_json_free(wrap);
    return ok;
}

static bool take_source(struct analysis *a, size_t place) {
    uint64_t v[9];
    if (!get_words(a->resume.state, "source", v, sizeof v / sizeof *v))
        return false;
    struct sk_source_stats s = {.packets = v[0],
                                .bytes = v[1],
                                .bytes_read = v[2],
                                .clamped_times = v[3],
                                .opened_inputs = v[4],
                                .damaged_inputs = v[5],
                                .unreadable_inputs = v[6],
                                .filtered = v[7],
                                .unfilterable = v[8]};
    sk_source_skip(a->source, place, &s);
    progress_begin_at(a->progress, s.packets, s.bytes_read);
    return true;
}

static bool take_alerts(const struct analysis *a, const char *previous) {
    struct sk_alerts_state s = {.sequence = (uint64_t)sk_json_get_int(a->resume.state, "sequence", 0)};
    if (!get_words(a->resume.state, "alerts", (uint64_t *)&s.stats, sizeof s.stats / sizeof(uint64_t)))
        return false;
    size_t n;
    uint64_t *excepted = sk_alerts_excepted(a->alerts, &n);
    if (!get_words(a->resume.state, "excepted", excepted, n))
        return false;
    memcpy(s.previous, previous, sizeof s.previous);
    sk_alerts_restore(a->alerts, &s);
    return true;
}

static bool take_counts(struct analysis *a) {
    const sk_json *o = a->resume.state;
    struct sk_correlation_totals t = {.evictions = (uint64_t)sk_json_get_int(o, "evictions", 0)};
    struct sk_matcher_stats m;
    uint64_t clock[2];
    size_t filters = sk_ruleset_filters(a->rules);
    uint64_t *silenced = calloc(filters + 1, sizeof *silenced);
    bool ok = silenced && get_words(o, "silenced", silenced, filters) &&
              get_words(o, "matcher", (uint64_t *)&m, sizeof m / sizeof(uint64_t)) && get_words(o, "clock", clock, 2) &&
              get_words(o, "dropped", t.dropped, SKE_COUNT) && get_words(o, "derived", t.derived, SKE_COUNT) &&
              get_words(o, "counts", (uint64_t *)&a->result.counts, COUNTS_WORDS);
    if (ok) {
        sk_correlation_carry(a->correlation, &t);
        sk_matcher_carry(a->matcher, &m, silenced);
        a->result.clock_back = clock[0];
        a->result.clock_forward = clock[1];
    }
    free(silenced);
    return ok;
}

/* The last line before `length` must be the one the state knows: whoever changed the output would get a broken chain.
 */
static bool output_fits(const struct analysis *a, uint64_t length, const char *previous) {
    enum { LINE_MAX_BYTES = 8192 };
    char bytes[LINE_MAX_BYTES + 1], hex[65];
    uint8_t hash[32];
    int fd = open(a->output_path, O_RDONLY | O_CLOEXEC);
    uint64_t from = length > sizeof bytes ? length - sizeof bytes : 0;
    ssize_t n = fd >= 0 ? pread(fd, bytes, (size_t)(length - from), (off_t)from) : -1;
    if (fd >= 0)
        close(fd);
    if (n != (ssize_t)(length - from))
        return false;
    if (sk_json_get_int(a->resume.state, "sequence", 0) == 0)
        return true;
    const char *end = n > 0 && bytes[n - 1] == '\n' ? bytes + n - 1 : NULL;
    const char *line = end ? memrchr(bytes, '\n', (size_t)(end - bytes)) : NULL;
    line = line ? line + 1 : bytes;
    if (!end)
        return false;
    sk_sha256(line, (size_t)(end - line), hash);
    sk_hex(hash, sizeof hash, hex);
    return strcmp(hex, previous) == 0;
}

/* Standard output of the whole run gets all lines; the run before wrote its own to another one. */
static void replay(struct analysis *a, uint64_t start, uint64_t length) {
    char bytes[65536];
    int fd = a->json_to_stdout ? open(a->output_path, O_RDONLY | O_CLOEXEC) : -1;
    for (uint64_t at = start; fd >= 0 && at < length;) {
        ssize_t n = pread(fd, bytes, length - at < sizeof bytes ? (size_t)(length - at) : sizeof bytes, (off_t)at);
        if (n <= 0)
            break;
        sk_buf_add(&a->out, bytes, (size_t)n);
        at += (uint64_t)n;
        analysis_flush(a);
    }
    if (fd >= 0)
        close(fd);
}

static int take_over(struct analysis *a) {
    const sk_json *o = a->resume.state;
    int64_t length = sk_json_get_int(o, "length", -1), start = sk_json_get_int(o, "start", -1);
    int64_t place = sk_json_get_int(o, "place", -1);
    const char *previous = sk_json_get_text(o, "previous_line");
    if (length < 0 || start < 0 || start > length || place < 0 || (uint64_t)place > a->inputs.n || !previous ||
        strlen(previous) != 64) {
        complain("%s: is damaged; remove it and %s and begin anew", a->resume.path, a->output_path);
        return EXIT_COULD_NOT;
    }
    if (!output_fits(a, (uint64_t)length, previous)) {
        complain("--resume: %s was changed since the run was interrupted; remove it and %s and begin anew",
                 a->output_path, a->resume.path);
        return EXIT_COULD_NOT;
    }
    if (!take_source(a, (size_t)place) || !take_alerts(a, previous) || !take_counts(a) ||
        !records_parse(&a->inputs.records, sk_json_get(o, "records"))) {
        complain("%s: is damaged; remove it and %s and begin anew", a->resume.path, a->output_path);
        return EXIT_COULD_NOT;
    }
    if (truncate(a->output_path, length) != 0) {
        complain("%s: %s", a->output_path, strerror(errno));
        return EXIT_COULD_NOT;
    }
    a->inputs.done = (size_t)place;
    a->resume.start = (uint64_t)start;
    replay(a, (uint64_t)start, (uint64_t)length);
    if (!a->opt->quiet)
        complain("going on after %lld of %zu inputs%s", (long long)place, a->inputs.n,
                 a->table ? "; the table shows what is found from here on" : "");
    return EXIT_OK;
}

/* ---- a run ---- */

int resume_open(struct analysis *a) {
    struct resume *r = &a->resume;
    struct sk_error err = {0};
    struct sk_buf text = {0};
    struct stat st;
    bool file = a->output_path && (stat(a->output_path, &st) != 0 || S_ISREG(st.st_mode));
    if (a->opt->resume && (!file || a->opt->output == OUTPUT_EVENTS)) {
        complain(file ? "--resume goes on with alerts; events on standard output cannot be taken back"
                      : "--resume needs -o FILE: what was found before is there");
        return EXIT_WRONG_CALL;
    }
    if (!file || a->opt->live || asprintf(&r->path, "%s.resume", a->output_path) < 0)
        return EXIT_OK;
    if (!a->opt->resume)
        return EXIT_OK;
    sk_err e = atomic_file_read(r->path, STATE_MAX, &text, &err);
    if (e == SK_OK)
        r->state = sk_json_parse(text.p ? text.p : "", text.len, &err);
    sk_buf_free(&text);
    if (e == SK_ENOTFOUND)
        return EXIT_OK; /* nothing was interrupted: begin */
    if (!r->state || sk_json_get_int(r->state, "sekimori-resume", 0) != STATE_VERSION) {
        complain("%s: is no state of an interrupted run that can be read%s%s", r->path, err.msg[0] ? ": " : "",
                 err.msg);
        return EXIT_COULD_NOT;
    }
    return EXIT_OK;
}

int resume_take(struct analysis *a) {
    struct resume *r = &a->resume;
    int status = EXIT_OK;
    if (!r->path)
        return EXIT_OK;
    if (analysis_interrupted(a)) { /* already: not all inputs were looked into, so nothing can be compared with them */
        free(r->path);
        r->path = NULL;
        return r->state ? EXIT_INTERRUPTED : EXIT_OK;
    }
    if (r->state) {
        status = is_same(a) ? take_over(a) : EXIT_WRONG_CALL;
        sk_json_free(r->state);
        r->state = NULL;
        return status;
    }
    (void)output_length(a, &r->start);
    struct sk_source_stats none = {0};
    if (write_state(a, 0, &none) || !a->opt->resume)
        return EXIT_OK;
    return EXIT_COULD_NOT;
}

void resume_chain_done(struct analysis *a, uint32_t next) {
    struct resume *r = &a->resume;
    sk_time now = monotonic();
    if (!r->path || r->told || now < r->next || analysis_interrupted(a))
        return;
    const struct sk_input *in = sk_source_input(a->source, next);
    if (in && in->container != next) /* an archive is read again from its beginning, or not at all */
        for (uint32_t i = 0; i < next; i++) {
            const struct sk_input *before = sk_source_input(a->source, i);
            if (i >= a->inputs.n && before->container == in->container && before->packets > 0)
                return;
        }
    size_t place = inputs_place(a, next);
    struct sk_source_stats s;
    inputs_record(a, place);
    sk_source_stats_done(a->source, &s);
    (void)write_state(a, place, &s);
    r->cost = monotonic() - now;
    r->next = sk_time_add(now, COST_SHARE * r->cost);
}

void resume_complete(struct analysis *a) {
    if (a->resume.path)
        (void)unlink(a->resume.path);
}

void resume_free(struct resume *r) {
    free(r->path);
    sk_json_free(r->state);
    *r = (struct resume){0};
}
