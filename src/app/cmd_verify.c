/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori verify: is a log of alerts what was written? */
#include "app/atomic_file.h"
#include "app/command.h"
#include "sekimori/alert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: sekimori verify [options] FILE|- ...\n\n"
    "Follow the hash chain of alert lines and name every line that was changed, removed, moved or cut off, as\n"
    "FILE:LINE: what. Files of one chain are named in their order. A file may hold several runs, one after another.\n"
    "What vouches for the last line is the manifest that `read -o FILE` wrote beside it (FILE.manifest.json), or a\n"
    "hash that somebody kept elsewhere: note the one this command prints.\n\n"
    "      --last HASH    SHA-256 of the last line, or its first 32 digits, as it was noted\n"
    "      --partial      earlier files of the chain are elsewhere: the first line may have any number\n"
    "      --quiet        only what is wrong\n"
    "  -h, --help         this text\n\n"
    "exit status: 0 whole; 1 something was found, or a file cannot be read; 2 wrong call\n";

enum { LINE_MAX_BYTES = 1 << 20, MANIFEST_MAX = 1 << 28 };

static void found(void *arg, const char *file, uint32_t line, const char *what) {
    (void)arg;
    printf("%s:%u: %s\n", file, line, what);
}

static bool read_lines(struct sk_verify *v, const char *path) {
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    if (!f) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    sk_verify_file(v, is_stdin ? "standard input" : path);
    for (ssize_t n; (n = getline(&line, &cap, f)) > 0;) {
        bool ended = line[n - 1] == '\n';
        sk_verify_line(v, line, (size_t)n - ended, ended);
    }
    bool ok = !ferror(f);
    if (!ok)
        complain("%s: %s", path, strerror(errno));
    free(line);
    if (!is_stdin)
        fclose(f);
    return ok;
}

/* The manifest beside the file says how its run ended. */
static void take_manifest(struct sk_verify *v, const char *path) {
    struct sk_buf name = {0}, text = {0};
    struct sk_error err = {0};
    sk_buf_fmt(&name, "%s.manifest.json", path);
    if (atomic_file_read(name.p, MANIFEST_MAX, &text, NULL) == SK_OK && text.len) {
        sk_json *o = sk_json_parse(text.p, text.len, &err);
        const char *run = o ? sk_json_get_text(o, "run") : NULL;
        int64_t lines = o ? sk_json_get_int(o, "alerts.lines", 0) : 0;
        if (run && lines > 0)
            sk_verify_end_of(v, run, (uint64_t)lines, sk_json_get_text(o, "alerts.last_line"));
        sk_json_free(o);
    }
    sk_buf_free(&name);
    sk_buf_free(&text);
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
        ok = read_lines(v, paths[i]) && ok;
        take_manifest(v, paths[i]);
    }
    if (!v)
        return EXIT_COULD_NOT;
    if (last)
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
