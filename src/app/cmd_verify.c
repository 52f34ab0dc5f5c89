/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori verify: is a log of alerts what was written? */
#include "app/atomic_file.h"
#include "app/command.h"
#include "app/line_file.h"
#include "sekimori/alert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: sekimori verify [options] FILE|- ...\n\n"
    "Follow the hash chain of alert lines and name every line that was changed, removed, moved or cut off, as\n"
    "FILE:LINE: what. Files of one chain are named in their order; they may be compressed (gzip, zstd, lz4, xz, "
    "bzip2).\n"
    "A file may hold several runs, one after another: each knows the line it was appended to.\n"
    "What vouches for the last line is the manifest that `read -o FILE` wrote beside it (FILE.manifest.json), or a\n"
    "hash that somebody kept elsewhere: note the one this command prints.\n\n"
    "      --last HASH    SHA-256 of the last line, or its first 32 digits, as it was noted\n"
    "      --partial      earlier files of the chain are elsewhere: the first line may have any number\n"
    "      --quiet        only what is wrong\n"
    "  -h, --help         this text\n\n"
    "exit status: 0 whole; 1 something was found, or a file cannot be read; 2 wrong call\n";

enum { MANIFEST_MAX = 1 << 28 };

static void found(void *arg, const char *file, uint32_t line, const char *what) {
    (void)arg;
    printf("%s:%u: %s\n", file, line, what);
}

static bool read_lines(struct sk_verify *v, const char *path) {
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    struct line_file *f = line_file_open(path);
    struct line line;
    if (!f) {
        complain("%s: %s", name, strerror(errno));
        return false;
    }
    sk_verify_file(v, name);
    while (line_file_next(f, &line))
        sk_verify_line(v, line.text, line.n, line.ended);
    bool ok = !line_file_why(f)[0];
    if (!ok)
        complain("%s: %s", name, line_file_why(f));
    line_file_close(f);
    return ok;
}

/* The manifest beside the file says how its run ended. @return false: there is none */
static bool take_manifest_of(struct sk_verify *v, const char *path, size_t n) {
    struct sk_buf name = {0}, text = {0};
    struct sk_error err = {0};
    sk_buf_fmt(&name, "%.*s.manifest.json", (int)n, path);
    bool there = atomic_file_read(name.p, MANIFEST_MAX, &text, NULL) == SK_OK && text.len;
    if (there) {
        sk_json *o = sk_json_parse(text.p, text.len, &err);
        const char *run = o ? sk_json_get_text(o, "run") : NULL;
        int64_t lines = o ? sk_json_get_int(o, "alerts.lines", -1) : -1;
        if (run && lines > 0)
            sk_verify_end_of(v, run, (uint64_t)lines, sk_json_get_text(o, "alerts.last_line"));
        else if (run && lines == 0)
            sk_verify_nothing(v);
        sk_json_free(o);
    }
    sk_buf_free(&name);
    sk_buf_free(&text);
    return there;
}

/* Of a log that was compressed since, it bears the name from before. */
static void take_manifest(struct sk_verify *v, const char *path) {
    static const char *const suffixes[] = {".gz", ".zst", ".lz4", ".xz", ".bz2"};
    size_t n = strlen(path);
    if (take_manifest_of(v, path, n))
        return;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t tail = strlen(suffixes[i]);
        if (n > tail && strcmp(path + n - tail, suffixes[i]) == 0)
            (void)take_manifest_of(v, path, n - tail);
    }
}

static void tell_whole(const struct sk_verify_result *r) {
    printf("whole: %llu lines of %llu run%s; last line %s%s\n", (unsigned long long)r->lines,
           (unsigned long long)r->runs, r->runs == 1 ? "" : "s", r->lines ? r->last_line : "-",
           r->vouched ? "" : " (nothing vouches for it: keep this hash elsewhere, check it with --last)");
}

static int verify(char **paths, int n, const char *last, bool partial, bool quiet) {
    struct sk_verify *v = sk_verify_new(partial);
    struct sk_verify_result r;
    bool ok = v != NULL;
    for (int i = 0; v && i < n; i++) {
        if (read_lines(v, paths[i]))
            take_manifest(v, paths[i]);
        else
            ok = false;
    }
    if (!v)
        return EXIT_COULD_NOT;
    if (last && ok)
        sk_verify_end_of(v, NULL, 0, last);
    size_t wrong = sk_verify_judge(v, &r);
    sk_verify_each(v, found, NULL);
    if (r.full)
        complain("there are more lines than are looked at: name the files in parts, with --partial");
    if (wrong)
        complain("%zu finding%s in %llu lines", wrong, wrong == 1 ? "" : "s", (unsigned long long)r.lines);
    else if (ok && !r.full && !quiet)
        tell_whole(&r);
    sk_verify_free(v);
    if (fflush(stdout) != 0)
        ok = false;
    return ok && !wrong && !r.full ? EXIT_OK : EXIT_COULD_NOT;
}

static bool is_hash(const char *text) {
    size_t n = strlen(text);
    if ((n == 32 || n == 64) && strspn(text, "0123456789abcdef") == n)
        return true;
    complain("--last: a hash has 32 or 64 digits 0-9 a-f, got `%s`", text);
    return false;
}

static int run(int argc, char **argv) {
    enum { OPT_LAST = 256, OPT_PARTIAL, OPT_QUIET };
    static const struct option longs[] = {{"last", required_argument, NULL, OPT_LAST},
                                          {"partial", no_argument, NULL, OPT_PARTIAL},
                                          {"quiet", no_argument, NULL, OPT_QUIET},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    static const struct option_set set = {&command_verify, ":h", longs};
    const char *last = NULL;
    bool partial = false, quiet = false;
    for (int c; (c = next_option(&set, argc, argv)) != OPTION_END;) {
        if (c == OPTION_HELP)
            return EXIT_OK;
        if (c == OPTION_WRONG || (c == OPT_LAST && !is_hash(optarg)))
            return EXIT_WRONG_CALL;
        last = c == OPT_LAST ? optarg : last;
        partial |= c == OPT_PARTIAL;
        quiet |= c == OPT_QUIET;
    }
    if (optind == argc) {
        complain("verify what? Name the files that alerts were written to, in their order");
        return EXIT_WRONG_CALL;
    }
    return verify(argv + optind, argc - optind, last, partial, quiet);
}

const struct command command_verify = {"verify", "is a log of alerts what was written?", help, run};
