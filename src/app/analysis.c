/* SPDX-License-Identifier: Apache-2.0 */
/* One analysis: builds the stages, hands events down, writes what comes out, counts what was lost. */
#include "app/analysis.h"

#include "app/alert_files.h"
#include "app/command.h"
#include "sekimori/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { FLUSH_AT = 1 << 16 };

/* ---- names of numbers ---- */

static const char *input_name(void *arg, uint32_t file) {
    const struct sk_input *in = sk_source_input(((struct analysis *)arg)->source, file);
    return in ? in->path : NULL;
}

/* A sensor's only input is its interface. Of captures the reader's names go with the file: sk_source_iface() is not for
 * the thread that writes. */
static const char *live_iface(void *arg, uint32_t file, uint16_t iface) {
    (void)iface;
    return input_name(arg, file);
}

/* ---- output ---- */

void analysis_flush(struct analysis *a) {
    if (a->output_failed || a->out.len == 0 || write_out(STDOUT_FILENO, &a->out))
        return;
    if (errno != EPIPE) /* the reader of a pipe went away: it knows */
        complain("standard output: %s", strerror(errno));
    a->output_failed = true;
    sk_source_stop(a->source);
}

static void put_line(struct analysis *a, const char *text, size_t n) {
    sk_buf_add(&a->out, text, n);
    sk_buf_add(&a->out, "\n", 1);
    if (a->out.len >= FLUSH_AT || a->opt->live)
        analysis_flush(a);
}

static void alert_line(void *arg, const struct sk_alert_line *line) {
    struct analysis *a = arg;
    struct sk_error err = {0};
    if (a->sink && !a->output_failed && a->sink_ops->write(a->sink, line, &err) != SK_OK) {
        complain_error(&err);
        a->output_failed = true;
        sk_source_stop(a->source);
    }
    if (a->opt->on_line)
        a->opt->on_line(a->opt->on_line_arg, line);
    if (a->json_to_stdout)
        put_line(a, line->json, line->len);
    if (a->table)
        sk_listing_line(a->table, line);
}

/* ---- stages ---- */

static void found(void *arg, const struct sk_match *m, const struct sk_event *ev) {
    sk_alerts_match(((struct analysis *)arg)->alerts, m, ev);
}

/* An event that the correlator is done with. */
static void finished_event(void *arg, struct sk_event *ev) {
    struct analysis *a = arg;
    if (a->opt->output == OUTPUT_KNOWLEDGE) {
        if (a->opt->on_event && !sk_private_segment(a->policy, ev))
            a->opt->on_event(a->opt->knowledge_arg, a, ev);
        return;
    }
    if (a->opt->output == OUTPUT_EVENTS && a->print[ev->type]) {
        if (sk_private_segment(a->policy, ev)) {
            a->withheld++;
        } else {
            sk_event_json(ev, &a->names, &a->out);
            put_line(a, "", 0);
        }
    }
    if (a->opt->before_match)
        a->opt->before_match(a->opt->on_line_arg, a, ev);
    sk_matcher_event(a->matcher, ev, found, a);
}

static void down_event(void *arg, const struct sk_event *ev) {
    sk_correlate_event(((struct analysis *)arg)->correlation, ev);
}
static void down_tick(void *arg, uint64_t seq, sk_time now) {
    struct analysis *a = arg;
    sk_alerts_tick(a->alerts, now);
    health_tick(a, seq, now);
    sk_correlate_tick(a->correlation, seq, now);
}
static void down_flush(void *arg, uint64_t seq, sk_time now, bool last) {
    struct analysis *a = arg;
    health_flush(a, seq, now, last);
    sk_correlate_flush(a->correlation, seq, now);
    sk_alerts_close(a->alerts, now, last && a->opt->live ? "shutdown" : "end-of-input"); /* still knows the devices */
    if (a->opt->on_chain)
        a->opt->on_chain(a->opt->knowledge_arg, a);
    sk_correlate_forget(a->correlation);
    sk_matcher_forget(a->matcher);
}

static void live_progress(void *arg) { health_read(arg); }

static void progress(void *arg) {
    struct analysis *a = arg;
    struct sk_source_stats s;
    sk_source_stats(a->source, &s);
    progress_show(a->progress, &s, input_name(a, s.reading));
}

/* ---- what the options ask for ---- */

/* --events=TYPE,TYPE: which are printed. */
static bool choose_events(struct analysis *a) {
    const char *p = a->opt->events;
    if (!*p)
        for (unsigned i = 1; i < SKE_COUNT; i++)
            a->print[i] = sk_events[i].per != SK_PER_FRAME || strcmp(sk_events[i].name, "tunnel.frame") != 0;
    while (*p) {
        size_t n = strcspn(p, ",");
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(n < 63 ? n : 63), p);
        enum sk_event_type t = sk_event_type_find(name, strlen(name));
        if (!t) {
            const char *near = sk_nearest(name, sk_event_type_names());
            complain("--events: no event type `%s`. %s%s%s", name, near ? "Did you mean `" : "", near ? near : "",
                     near ? "`?" : "`sekimori fields --events` lists them");
            return false;
        }
        a->print[t] = true;
        p += n + (p[n] == ',');
    }
    for (unsigned i = 1; i < SKE_COUNT; i++)
        a->wanted[i] |= a->print[i];
    return true;
}

static int open_sink(struct analysis *a, const char *target) {
    struct sk_error err = {0};
    if (a->sink_ops->open(&a->sink, target, &err) == SK_OK)
        return EXIT_OK;
    complain_error(&err);
    return EXIT_COULD_NOT;
}

/* A name that is no output is a wrong call; one that cannot be written to is not. */
static int choose_sink(struct analysis *a) {
    struct sk_error err = {0};
    const char *target = NULL;
    if (a->opt->sink && !(a->sink_ops = sk_sink_find(a->opt->sink, &target, &err))) {
        complain_error(&err);
        return EXIT_WRONG_CALL;
    }
    if (a->sink_ops && strcmp(a->sink_ops->name, "file") == 0)
        a->output_path = target;
    int status = resume_open(a);
    if (status != EXIT_OK || !a->sink_ops || a->resume.state) /* to be cut back before it is opened */
        return status;
    return open_sink(a, target);
}

static void open_output(struct analysis *a) {
    const struct analysis_options *o = a->opt;
    bool terminal = isatty(STDOUT_FILENO);
    if (o->output != OUTPUT_ALERTS || o->on_line)
        return;
    if (a->sink_ops && strcmp(a->sink_ops->name, "stdout") == 0)
        return; /* -o stdout: the lines are there already */
    a->json_to_stdout = o->format == FORMAT_JSON || (o->format == FORMAT_AUTO && !terminal);
    if (a->json_to_stdout)
        return;
    struct winsize w = {0};
    unsigned columns = 80;
    if (o->wide)
        columns = 160;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40 && (o->wide || w.ws_col < columns))
        columns = w.ws_col;
    struct sk_buf notes = {0};
    if (o->notes)
        sk_buf_str(&notes, o->notes);
    else if (a->output_path)
        sk_notes_path(a->output_path, &notes);
    a->notes = notes.len ? sk_notes_load(notes.p) : NULL;
    sk_buf_free(&notes);
    const char *tz = sk_policy_is_none(a->policy) ? NULL : sk_policy_timezone(a->policy);
    struct sk_listing_options t = {.lang = a->language,
                                   .timezone = tz,
                                   .columns = columns,
                                   .wide = o->wide,
                                   .colour = terminal && !getenv("NO_COLOR"),
                                   .notes = a->notes};
    a->table = sk_listing_new(&t);
}

int analysis_open(struct analysis *a, const struct analysis_options *opt) {
    *a = (struct analysis){.opt = opt};
    a->policy = load_policy(opt->policy_path);
    if (!a->policy)
        return EXIT_WRONG_CALL;
    if (opt->tap && sk_policy_tap_by_name(a->policy, opt->tap) == SK_TAP_NONE) {
        complain("--tap: the policy has no tap `%s`", opt->tap);
        return EXIT_WRONG_CALL;
    }
    a->rules = load_signatures(opt->signatures, opt->n_signatures, a->policy);
    if (!a->rules)
        return EXIT_WRONG_CALL;
    if (opt->output != OUTPUT_KNOWLEDGE)
        sk_ruleset_wants(a->rules, a->wanted);
    for (const uint16_t *w = opt->wants; w && *w; w++)
        a->wanted[*w] = true;
    sk_correlation_wants(a->wanted);
    if (opt->output == OUTPUT_EVENTS && !choose_events(a))
        return EXIT_WRONG_CALL;
    a->language = choose_language(opt->language, a->policy);
    int status = choose_sink(a);
    if (status != EXIT_OK)
        return status;
    open_output(a);
    return EXIT_OK;
}

/* ---- the run ---- */

/* sekimori.run offline: what was read, by what, under which rules. */
static void name_run(struct analysis *a) {
    uint8_t hash[32];
    struct sk_sha256 *h = sk_sha256_new();
    static const char version[] = "sekimori " SK_VERSION;
    sk_sha256_add(h, version, sizeof version);
    sk_source_digest(a->source, h);
    sk_policy_hash(a->policy, hash);
    sk_sha256_add(h, hash, sizeof hash);
    sk_ruleset_hash(a->rules, hash);
    sk_sha256_add(h, hash, sizeof hash);
    if (a->opt->filter)
        sk_sha256_add(h, a->opt->filter, strlen(a->opt->filter));
    sk_sha256_final(h, hash);
    sk_hex(hash, 16, a->run);
}

/* A log that is appended to stays one chain: the first line bears the hash of the one before it. A run that is resumed
 * takes over what its first part began with. */
static void append_to_log(struct analysis *a) {
    struct sk_alerts_state s = {0};
    if (a->alerts && a->output_path && alert_last_line(a->output_path, s.previous))
        sk_alerts_restore(a->alerts, &s);
}

static bool make_stages(struct analysis *a, struct sk_error *err) {
    const struct sk_hash_key key = a->opt->live ? sk_hash_key_random() : sk_hash_key_fixed;
    bool live = a->opt->live;
    a->names = (struct sk_names){
        .policy = a->policy, .file = live ? NULL : input_name, .iface = live ? live_iface : NULL, .arg = a};
    a->oui = sk_oui_new(a->opt->oui ? a->opt->oui : getenv("SEKIMORI_OUI"));
    struct sk_correlation_config cc = {.policy = a->policy,
                                       .names = &a->names,
                                       .oui = a->oui,
                                       .offline = !a->opt->live,
                                       .event = finished_event,
                                       .arg = a};
    a->correlation = sk_correlation_new(&cc, err);
    if (!a->correlation)
        return false;
    struct sk_alert_config ac = {.policy = a->policy,
                                 .names = &a->names,
                                 .correlation = a->correlation,
                                 .observer = a->opt->observer ? a->opt->observer : "pcap",
                                 .run = a->run,
                                 .offline = !a->opt->live,
                                 .line = alert_line,
                                 .arg = a};
    a->alerts = sk_alerts_new(&ac);
    append_to_log(a);
    a->matcher = sk_matcher_new(a->rules, &a->names, &key);
    if (!a->alerts || !a->matcher)
        sk_error_set(err, SK_ENOMEM, "out of memory for alerts");
    return a->alerts && a->matcher;
}

/* What the reader of a table must know is missing from it. */
static void tell_exceptions(const struct analysis *a) {
    struct sk_coverage c;
    analysis_coverage(a, &c);
    sk_listing_muted(a->table, c.alerts.muted + c.alerts.filtered, sk_coverage_expired(&c));
}

static void write_results(struct analysis *a) {
    if (a->opt->output == OUTPUT_COUNT) {
        struct sk_counts *c = &a->result.counts;
        for (unsigned i = 1; i < SKE_COUNT; i++) {
            c->events[i] -= sk_correlation_dropped(a->correlation)[i];
            c->events[i] += sk_correlation_derived(a->correlation)[i];
        }
        sk_counts_json(c, &a->out);
        put_line(a, "", 0);
    }
    if (a->withheld && !a->opt->quiet)
        complain("%llu events of private segments are not shown: of guests there are only counts (--count)",
                 (unsigned long long)a->withheld);
    if (a->table) {
        tell_exceptions(a);
        sk_listing_render(a->table, &a->out);
    }
    analysis_flush(a);
    struct sk_error err = {0};
    if (a->sink && !a->output_failed && a->sink_ops->flush(a->sink, &err) != SK_OK) {
        complain_error(&err);
        a->output_failed = true;
    }
}

uint64_t analysis_forgotten(const struct analysis *a) {
    struct sk_matcher_stats m;
    struct sk_alert_stats alerts;
    sk_matcher_stats(a->matcher, &m);
    sk_alerts_stats(a->alerts, &alerts);
    return sk_correlation_evictions(a->correlation) + m.evicted + alerts.forgotten;
}

void analysis_coverage(const struct analysis *a, struct sk_coverage *ret) {
    const struct sk_pipeline_result *r = &a->result;
    *ret = (struct sk_coverage){.without_tap = a->inputs.without_tap,
                                .n_without_tap = a->inputs.n_without_tap,
                                .counts = &r->counts,
                                .policy = a->policy,
                                .rules = a->rules,
                                .silenced = sk_matcher_silenced(a->matcher),
                                .evicted = r->counts.flow.evicted + r->counts.evictions + r->counts.defrag.evicted +
                                           analysis_forgotten(a),
                                .lost = r->ring_dropped + r->counts.events_dropped + r->late,
                                .clock_back = r->clock_back,
                                .clock_forward = r->clock_forward};
    size_t n;
    sk_alerts_stats(a->alerts, &ret->alerts);
    ret->excepted = sk_alerts_excepted(a->alerts, &n);
    sk_source_stats(a->source, &ret->source);
}

void analysis_tell_coverage(const struct analysis *a) {
    struct sk_coverage c;
    struct sk_buf text = {0};
    if (a->opt->quiet || !(a->table || isatty(STDERR_FILENO)))
        return;
    analysis_coverage(a, &c);
    sk_coverage_text(&c, a->language, &text);
    fputs(text.p, stderr);
    sk_buf_free(&text);
}

static bool write_coverage(const struct analysis *a) {
    struct sk_coverage c;
    struct sk_buf out = {0};
    analysis_coverage(a, &c);
    sk_coverage_json(&c, &out);
    sk_buf_str(&out, "\n");
    int fd = open(a->opt->coverage, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool ok = fd >= 0 && write_out(fd, &out);
    if (!ok)
        complain("%s: %s", a->opt->coverage, strerror(errno));
    if (fd >= 0)
        close(fd);
    sk_buf_free(&out);
    return ok;
}

/* A chain has ended and everything was flushed: what it counted is added up. */
static void add_result(struct sk_pipeline_result *to, const struct sk_pipeline_result *r) {
    uint64_t flows = to->counts.flow.peak, bytes = to->counts.defrag.peak_bytes;
    sk_counts_add(&to->counts, &r->counts);
    to->counts.flow.peak = flows > r->counts.flow.peak ? flows : r->counts.flow.peak; /* chains do not live together */
    to->counts.defrag.peak_bytes = bytes > r->counts.defrag.peak_bytes ? bytes : r->counts.defrag.peak_bytes;
    for (unsigned i = 0; i < SK_LANES_MAX; i++) {
        to->lane[i].packets += r->lane[i].packets;
        to->lane[i].events += r->lane[i].events;
        to->lane[i].waits += r->lane[i].waits;
        to->lane[i].cpu_ns += r->lane[i].cpu_ns;
    }
    to->ring_dropped += r->ring_dropped;
    to->late += r->late;
    to->reader_waits += r->reader_waits;
    to->clock_back += r->clock_back;
    to->clock_forward += r->clock_forward;
}

/* Chain after chain, each through lanes that know nothing of the one before. */
static sk_err run_chains(struct analysis *a, struct sk_error *err) {
    struct sk_pipeline p = {.source = a->source,
                            .policy = a->policy,
                            .down = {down_event, down_tick, down_flush, a},
                            .wanted = a->wanted,
                            .lanes = a->opt->lanes,
                            .live = a->opt->live,
                            .forced_tap = a->opt->tap ? sk_policy_tap_by_name(a->policy, a->opt->tap) : SK_TAP_NONE,
                            .rest = a->opt->live ? NULL : &a->rest,
                            .dropped = &a->health.ring_dropped,
                            .progress = a->opt->live  ? live_progress
                                        : a->progress ? progress
                                                      : NULL,
                            .progress_arg = a};
    sk_err e;
    do {
        struct sk_pipeline_result *r = calloc(1, sizeof *r);
        if (!r)
            return sk_error_set(err, SK_ENOMEM, "out of memory for counts");
        e = sk_pipeline_run(&p, r, err);
        add_result(&a->result, r);
        free(r);
        progress(a);
        if (a->rest.n > 0)
            resume_chain_done(a, a->rest.pkt[0].file);
    } while (e == SK_OK && a->rest.n > 0);
    return e;
}

/* Files: order, groups, and where an interrupted run left off. */
static int begin_files(struct analysis *a) {
    if (a->opt->live)
        return EXIT_OK;
    a->progress = a->opt->quiet ? NULL : progress_new();
    bool resumes = a->resume.state != NULL;
    int status = resume_take(a);
    return status == EXIT_OK && resumes ? open_sink(a, a->output_path) : status;
}

/* Time of the last packet. */
static sk_time last_packet(const struct analysis *a) {
    struct timespec now;
    sk_time last = 0;
    if (a->opt->live) {
        clock_gettime(CLOCK_REALTIME, &now);
        return (sk_time)now.tv_sec * SK_SEC + now.tv_nsec;
    }
    for (size_t i = 0; i < a->inputs.records.n; i++)
        last = a->inputs.records.at[i].last > last ? a->inputs.records.at[i].last : last;
    const struct sk_input *in;
    for (uint32_t i = 0; (in = sk_source_input(a->source, i)); i++)
        last = in->last > last ? in->last : last;
    return last;
}

/* Of the log that is kept; on standard output every line is an alert. */
static void write_summary(struct analysis *a) {
    struct sk_error err = {0};
    if (a->opt->output != OUTPUT_ALERTS || a->opt->on_line || !a->output_path || !a->sink || a->output_failed)
        return;
    char *text = sk_alerts_summary(a->alerts, last_packet(a));
    if (!text)
        return;
    struct sk_alert_line line = {.json = text, .len = strlen(text)};
    if (a->sink_ops->write(a->sink, &line, &err) != SK_OK) {
        complain_error(&err);
        a->output_failed = true;
    }
    free(text);
}

/* Everything is analysed, or the run was interrupted: what there is, is written. */
static int finish(struct analysis *a) {
    write_summary(a);
    write_results(a);
    if (!a->opt->live) {
        struct sk_source_stats s;
        sk_source_stats(a->source, &s);
        inputs_finish(a, analysis_interrupted(a) || a->output_failed ? inputs_place(a, s.reading) : a->inputs.n);
    }
    if (a->opt->coverage && !write_coverage(a))
        a->output_failed = true;
    return a->output_failed ? EXIT_COULD_NOT : EXIT_OK;
}

int analysis_run(struct analysis *a, struct sk_source *source) {
    struct sk_error err = {0};
    a->source = source;
    if (!a->opt->live && !inputs_plan(a))
        return EXIT_COULD_NOT;
    name_run(a);
    if (!make_stages(a, &err)) {
        complain_error(&err);
        return EXIT_COULD_NOT;
    }
    int status = begin_files(a);
    if (status != EXIT_OK)
        return status;
    sk_err e = run_chains(a, &err);
    progress_clear(a->progress);
    if (e != SK_OK) {
        complain_error(&err);
        return EXIT_COULD_NOT;
    }
    a->analysed = true;
    return finish(a);
}

void analysis_close(struct analysis *a) {
    if (a->sink)
        a->sink_ops->close(a->sink);
    progress_free(a->progress);
    inputs_free(&a->inputs);
    resume_free(&a->resume);
    sk_listing_free(a->table);
    sk_notes_free(a->notes);
    sk_alerts_free(a->alerts);
    sk_matcher_free(a->matcher);
    sk_correlation_free(a->correlation);
    sk_oui_free(a->oui);
    sk_ruleset_free(a->rules);
    if (a->source)
        sk_source_close(a->source);
    if (a->policy)
        sk_policy_free(a->policy);
    sk_buf_free(&a->out);
}
