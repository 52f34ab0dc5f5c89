/* SPDX-License-Identifier: Apache-2.0 */
/* What commands share: options with the nearest right word, diagnostics, loading of policy and signatures, output. */
#include "app/command.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef SK_DATADIR
#define SK_DATADIR "/usr/share/sekimori"
#endif

void complain(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fflush(stdout);
    fputs("sekimori: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
}

void complain_error(const struct sk_error *err) {
    if (err->file[0] && err->line)
        complain("%s:%u:%u: %s", err->file, err->line, err->col, err->msg);
    else if (err->file[0])
        complain("%s: %s", err->file, err->msg);
    else
        complain("%s", err->msg);
}

bool complain_diags(struct sk_diags *diags) {
    bool errors = diags->errors > 0;
    sk_diags_sort(diags);
    fflush(stdout);
    for (size_t i = 0; i < diags->n; i++) {
        char *text = sk_diag_text(&diags->at[i]);
        fprintf(stderr, "%s\n", text);
        free(text);
    }
    if (diags->lost)
        fprintf(stderr, "and %zu more\n", diags->lost);
    sk_diags_free(diags);
    return errors;
}

static void wrong_option(const struct option_set *set, const char *word) {
    char name[128];
    const char *names[64] = {0};
    size_t n = 0;
    if (strncmp(word, "--", 2) != 0) {
        complain("no option `%s`. See: sekimori %s --help", word, set->command->name);
        return;
    }
    snprintf(name, sizeof name, "%s", word + 2);
    name[strcspn(name, "=")] = '\0';
    for (const struct option *o = set->long_options; o->name && n < 62; o++)
        names[n++] = o->name;
    names[n] = "help";
    const char *near = sk_nearest(name, names);
    if (near)
        complain("no option `--%s`. Did you mean `--%s`?", name, near);
    else
        complain("no option `--%s`. See: sekimori %s --help", name, set->command->name);
}

int next_option(const struct option_set *set, int argc, char **argv) {
    opterr = 0;
    int before = optind;
    int c = getopt_long(argc, argv, set->short_options, set->long_options, NULL);
    if (c == -1)
        return OPTION_END;
    if (c == 'h') {
        fputs(set->command->help, stdout);
        return OPTION_HELP;
    }
    if (c == ':') {
        complain("`%s` needs a value. See: sekimori %s --help", argv[optind - 1], set->command->name);
        return OPTION_WRONG;
    }
    if (c == '?') {
        char one[3] = {'-', (char)optopt, 0};
        while (before + 1 < argc && argv[before][0] != '-')
            before++; /* words that stand before the option: getopt moves them later */
        const char *word = argv[before < argc ? before : argc - 1];
        wrong_option(set, strncmp(word, "--", 2) == 0 || !optopt ? word : one);
        return OPTION_WRONG;
    }
    return c;
}

const char *choose_language(const char *option, const struct sk_policy *policy) {
    if (option)
        return option;
    if (policy && sk_policy_language(policy))
        return sk_policy_language(policy);
    static const char *const vars[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof vars / sizeof *vars; i++) {
        const char *value = getenv(vars[i]);
        if (value && value[0])
            return strncmp(value, "ja", 2) == 0 ? "ja" : "en";
    }
    return "en";
}

const struct sk_policy *load_policy(const char *path) {
    if (!path)
        return sk_policy_none();
    if (strcmp(path, "-") == 0) { /* it is read again on SIGHUP, and - is a capture */
        complain("--policy takes a file or a folder, not standard input");
        return NULL;
    }
    struct sk_diags diags = {0};
    const struct sk_policy *policy = NULL;
    sk_err e = sk_policy_load(path, &policy, &diags);
    complain_diags(&diags);
    return e == SK_OK ? policy : NULL;
}

char *signatures_folder(void) {
    const char *given = getenv("SEKIMORI_SIGNATURES");
    if (given && given[0])
        return strdup(given);
    /* In the build tree, or below another prefix than the one it was built for. */
    static const char *const beside[] = {"../../signatures", "../share/sekimori/signatures"};
    char exe[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    char *slash = n > 0 ? memrchr(exe, '/', (size_t)n) : NULL;
    for (size_t i = 0; slash && i < sizeof beside / sizeof *beside; i++) {
        struct sk_buf path = {0};
        sk_buf_fmt(&path, "%.*s/%s", (int)(slash - exe), exe, beside[i]);
        char *found = realpath(path.p, NULL);
        sk_buf_free(&path);
        if (found)
            return found;
    }
    return strdup(SK_DATADIR "/signatures");
}

struct sk_ruleset *load_signatures(const char *const *extra, size_t n, const struct sk_policy *policy) {
    char *shipped = signatures_folder();
    const char **paths = calloc(n + 1, sizeof *paths);
    if (!shipped || !paths) {
        complain("out of memory");
        free(shipped);
        free(paths);
        return NULL;
    }
    paths[0] = shipped;
    for (size_t i = 0; i < n; i++)
        paths[i + 1] = extra[i];
    struct sk_diags diags = {0};
    struct sk_ruleset *rs = NULL;
    sk_err e = sk_ruleset_load(paths, n + 1, policy, &rs, &diags);
    if (e != SK_OK)
        complain_diags(&diags);
    else
        sk_diags_free(&diags); /* warnings belong to `signatures check` */
    free(shipped);
    free(paths);
    return e == SK_OK ? rs : NULL;
}

bool parse_number(const char *option, const char *text, long min, long max, long *ret) {
    char *end;
    errno = 0;
    long v = strtol(text, &end, 10);
    if (errno || end == text || *end || v < min || v > max) {
        complain("%s needs a number from %ld to %ld, got `%s`", option, min, max, text);
        return false;
    }
    *ret = v;
    return true;
}

bool parse_word(const char *option, const char *text, const char *const *words, size_t *ret) {
    for (size_t i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0) {
            *ret = i;
            return true;
        }
    struct sk_buf list = {0};
    for (size_t i = 0; words[i]; i++)
        sk_buf_fmt(&list, "%s%s", i ? ", " : "", words[i]);
    const char *near = sk_nearest(text, words);
    complain("%s: no such word `%s`. %s%s%sIt takes: %s", option, text, near ? "Did you mean `" : "", near ? near : "",
             near ? "`? " : "", list.p);
    sk_buf_free(&list);
    return false;
}

bool write_out(int fd, struct sk_buf *buf) {
    size_t done = 0;
    while (done < buf->len) {
        ssize_t n = write(fd, buf->p + done, buf->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) { /* a pipe that somebody made non-blocking */
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            (void)poll(&wait, 1, -1);
            continue;
        }
        if (n < 0)
            return false;
        done += (size_t)n;
    }
    sk_buf_clear(buf);
    return true;
}
