/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori read: capture files, folders, standard input. */
#include "app/analysis.h"
#include "app/command.h"
#include "app/manifest.h"
#include "base/mem.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
    "usage: sekimori read [options] FILE|DIR|- ...\n\n"
    "Analyse capture files: pcap and pcapng; compressed (gzip, zstd, lz4, xz, bzip2) and inside zip and tar archives\n"
    "too, told by content and never by name. A folder means its files and those of its folders, by name, without\n"
    "hidden ones; - is standard input. Alerts go to standard output.\n"
    "The same input and policy give the same output, byte for byte, with any number of lanes.\n\n" ANALYSIS_HELP
    "      --no-recursive      of a folder only its own files, not those of its folders\n"
    "      --resume            go on where a run that was interrupted left off: the same call again, with -o FILE\n"
    "      --manifest FILE     where the manifest goes (default with -o FILE: FILE.manifest.json)\n"
    "      --no-manifest       none, and no input is hashed\n"
    "\nmany files:\n"
    "  They are grouped by the tap that the policy names for them (taps: files:), else by folder, interfaces and link\n"
    "  types. Groups are read in the order of their first packet, and so are files within a group; a file that starts\n"
    "  2 s before to 60 s after the end of the last continues it, otherwise flows, windows and alerts close. Groups\n"
    "  share no state. The output does not depend on the order of arguments, but for pipes: they come last, as named.\n"
    "  The manifest names each input with its SHA-256, what was read of it and what judged it, as one JSON object.\n"
    "  While FILE of -o is written, FILE.resume says how far it is; it is removed when everything was analysed.\n"
    "\nexamples:\n"
    "  sekimori read -c policy.yml -o alerts.jsonl --format table monday.pcapng\n"
    "  sekimori read --events=icmpv6.ra,dhcpv6.message suspicious.pcap | jq .\n"
    "  sekimori read --count captures/ | jq .packets\n"
    "  sekimori read -c policy.yml -o case-17.jsonl --resume evidence/\n"
    "  sekimori read --filter 'icmp6 or (vlan and icmp6)' case.zip\n"
    "\nexit status: 0 analysed; 1 no input was a capture, or output failed; 2 wrong call, policy or signature;\n"
    "3 analysed, but something was damaged, unreadable or lost; 130 interrupted (what was found so far is written)\n";

static struct sk_source *running; /* for the signal handler only */
static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
    (void)number;
    interrupted = 1;
    if (running)
        sk_source_stop(running);
}

static void on_damage(void *arg, const char *file, uint64_t offset, const char *what) {
    struct analysis *a = arg;
    progress_clear(a->progress);
    records_damage(&a->inputs.records, file, offset, what);
    if (offset != SK_NO_OFFSET)
        complain("%s:%llu: %s", file, (unsigned long long)offset, what);
    else
        complain("%s: %s", file, what);
}

/* Which of exit 0, 1 and 3: what could not be read or was lost. */
static int judge(const struct analysis *a) {
    struct sk_source_stats s;
    sk_source_stats(a->source, &s);
    if (interrupted)
        return EXIT_INTERRUPTED;
    if (s.opened_inputs == 0)
        return EXIT_COULD_NOT;
    const struct sk_counts *c = &a->result.counts;
    if (c->flow.evicted || c->evictions || c->defrag.evicted || analysis_forgotten(a))
        complain("tables were full: %llu flows and %llu entries evicted; counts stay exact, findings may be missing",
                 (unsigned long long)c->flow.evicted,
                 (unsigned long long)(c->evictions + c->defrag.evicted + analysis_forgotten(a)));
    else if (s.damaged_inputs == 0 && s.unreadable_inputs == 0 && s.clamped_times == 0 && s.unfilterable == 0)
        return EXIT_OK;
    if (s.unfilterable)
        complain("%llu packets were left out because the filter has no meaning for their link type",
                 (unsigned long long)s.unfilterable);
    if (s.clamped_times)
        complain("%llu packets had times that cannot be; they were clamped", (unsigned long long)s.clamped_times);
    return EXIT_DAMAGED;
}

/* What a person wants to hear when the table is short. */
static void hint(const struct analysis *a) {
    analysis_tell_coverage(a);
    if (!a->opt->quiet && a->table && sk_policy_is_none(a->policy))
        fputs(strcmp(a->language, "ja") == 0
                  ? "policy なし: ここで何が禁止かは分かりません。policy を渡してください: -c policy.yml\n"
                  : "no policy: nothing can be forbidden here, so the rest are facts (--events). Give one: -c "
                    "policy.yml\n",
              stderr);
}

/* The manifest tells how the run ended; only then there is nothing left to resume. */
static int conclude(struct analysis *a, int status) {
    if (!a->analysed)
        return status;
    if (!manifest_write(a, status))
        return EXIT_COULD_NOT;
    if (status != EXIT_INTERRUPTED && !a->output_failed) /* what could not be written can be, with --resume */
        resume_complete(a);
    else if (status == EXIT_INTERRUPTED && a->resume.path && !a->opt->quiet)
        complain("interrupted; the same call with --resume goes on where the last group of files ended");
    return status;
}

static bool digests(const struct analysis *a) {
    char *path = manifest_path(a);
    free(path);
    return path != NULL;
}

static bool same_file(const struct stat *x, const char *path) {
    struct stat y;
    return path && stat(path, &y) == 0 && S_ISREG(y.st_mode) && x->st_dev == y.st_dev && x->st_ino == y.st_ino;
}

/* @return the output that is this file, or NULL */
static const char *output_that_is(const struct analysis_options *opt, const char *path) {
    const char *sink = opt->sink && strncmp(opt->sink, "file:", 5) == 0 ? opt->sink + 5 : opt->sink;
    char manifest[PATH_MAX] = "", resume[PATH_MAX] = "";
    struct stat st;
    if (stat(path, &st) != 0)
        return NULL;
    if (sink) {
        snprintf(manifest, sizeof manifest, "%s.manifest.json", sink);
        snprintf(resume, sizeof resume, "%s.resume", sink);
    }
    static const char *const names[] = {"-o", "--coverage", "the manifest", "the state of --resume"};
    const char *const written[] = {sink, opt->coverage, opt->manifest ? opt->manifest : manifest, resume};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        if (same_file(&st, written[i]))
            return names[i];
    return NULL;
}

/* What an earlier run wrote into the folder is JSON, which no capture begins like; anything else is evidence. */
static bool is_output(void *arg, const char *path) {
    if (!output_that_is(((const struct analysis *)arg)->opt, path))
        return false;
    FILE *f = fopen(path, "re");
    int first = f ? fgetc(f) : 'x';
    if (f)
        fclose(f);
    return first == '{' || first == EOF;
}

static bool spared(const struct analysis_options *opt, const char *path) {
    const char *written = output_that_is(opt, path);
    if (written)
        complain("%s: is to be read and to be written (%s); an input is never written to", path, written);
    return !written;
}

/* Evidence is not written to, whatever a slip of the hand names: looked at before any output is opened. */
static bool spares_inputs(const struct analysis_options *opt, const char *const *paths, size_t n) {
    struct analysis a = {.opt = opt};
    struct sk_source_options so = {.arg = &a, .leave_out = is_output, .recursive = !opt->flat};
    struct sk_source *source = NULL;
    struct sk_error err = {0};
    bool ok = true;
    if (sk_source_files(paths, n, &so, &source, &err) != SK_OK)
        return true; /* told when it is read */
    for (uint32_t i = 0; ok && i < sk_source_inputs(source); i++)
        ok = spared(opt, sk_source_input(source, i)->path);
    sk_source_close(source);
    return ok;
}

static int read_inputs(struct analysis *a, const char *const *paths, size_t n) {
    struct sk_error err = {0};
    struct sk_source *source = NULL;
    struct sk_source_options so = {.on_damage = on_damage,
                                   .arg = a,
                                   .leave_out = is_output,
                                   .recursive = !a->opt->flat,
                                   .filter = a->opt->filter,
                                   .digests = digests(a)};
    sk_err e = sk_source_files(paths, n, &so, &source, &err);
    if (e != SK_OK) {
        complain_error(&err);
        return e == SK_EUSAGE ? EXIT_WRONG_CALL : EXIT_COULD_NOT;
    }
    running = source;
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    int status = analysis_run(a, source);
    running = NULL;
    if (status == EXIT_OK) {
        hint(a);
        status = judge(a);
    }
    return conclude(a, status);
}

/* ---- the call ---- */

static int by_bytes(const void *x, const void *y) { return strcmp(*(char *const *)x, *(char *const *)y); }

/* The manifest names options by their whole names, and none that leaves the result as it is. */
static void remember(struct analysis_options *opt, const struct option *longs, int c, const char *value) {
    struct sk_buf text = {0};
    if (c == OPT_LANES || c == OPT_QUIET || c == OPT_RESUME)
        return;
    while (longs->name && longs->val != c)
        longs++;
    sk_buf_fmt(&text, "--%s%s%s", longs->name ? longs->name : "", value ? "=" : "", value ? value : "");
    opt->said = sk_mem_resize(opt->said, opt->n_said + 1, sizeof *opt->said);
    opt->said[opt->n_said++] = text.p;
}

static void forget(struct analysis_options *opt) {
    for (size_t i = 0; i < opt->n_said; i++)
        free(opt->said[i]);
    free(opt->said);
}

static bool outputs_differ(const struct analysis_options *opt) {
    const char *sink = opt->sink && strncmp(opt->sink, "file:", 5) == 0 ? opt->sink + 5 : opt->sink;
    const char *const written[] = {sink, opt->manifest, opt->coverage};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        for (size_t k = 0; k < i; k++)
            if (written[i] && written[k] && strcmp(written[i], written[k]) == 0) {
                complain("%s: named for two outputs; each needs a file of its own", written[i]);
                return false;
            }
    return true;
}

int read_captures(struct analysis_options *opt, char **paths, size_t n) {
    struct analysis a;
    opt->interrupted = &interrupted;
    int status = analysis_open(&a, opt);
    char **sorted = sk_mem_new(n, sizeof *sorted);
    memcpy(sorted, paths, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_bytes);
    opt->paths = (const char *const *)sorted;
    opt->n_paths = n;
    if (status == EXIT_OK)
        status = read_inputs(&a, (const char *const *)paths, n);
    analysis_close(&a);
    free(sorted);
    return status;
}

static int run(int argc, char **argv) {
    static const struct option longs[] = {ANALYSIS_LONG,
                                          {"no-recursive", no_argument, NULL, OPT_NO_RECURSIVE},
                                          {"manifest", required_argument, NULL, OPT_MANIFEST},
                                          {"no-manifest", no_argument, NULL, OPT_NO_MANIFEST},
                                          {"resume", no_argument, NULL, OPT_RESUME},
                                          {0}};
    static const struct option_set set = {&command_read, ANALYSIS_SHORT, longs};
    struct analysis_options opt = {0};
    int status = EXIT_OK, c = 0;
    while (status == EXIT_OK && (c = next_option(&set, argc, argv)) != OPTION_END) {
        if (c == OPTION_HELP)
            break;
        if (c == OPTION_WRONG || !analysis_option(&opt, c, optarg))
            status = EXIT_WRONG_CALL;
        else
            remember(&opt, longs, c, optarg);
    }
    if (status == EXIT_OK && c != OPTION_HELP && optind == argc) {
        complain("read what? Name capture files, folders, or - for standard input");
        status = EXIT_WRONG_CALL;
    }
    if (status == EXIT_OK && c != OPTION_HELP && !outputs_differ(&opt))
        status = EXIT_WRONG_CALL;
    if (status == EXIT_OK && c != OPTION_HELP &&
        !spares_inputs(&opt, (const char *const *)argv + optind, (size_t)(argc - optind)))
        status = EXIT_WRONG_CALL;
    if (status == EXIT_OK && c != OPTION_HELP)
        status = read_captures(&opt, argv + optind, (size_t)(argc - optind));
    forget(&opt);
    return status;
}

const struct command command_read = {"read", "analyse captures: files, folders, standard input", help, run};
