/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori policy: is it right, and what is in force? */
#include "app/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "usage: sekimori policy check|show FILE|DIR\n\n"
    "check   every error at once, as file:line:column: what, why, and what would be right; then what is expired\n"
    "        or due for review today. Keys that this version does not use yet are warnings.\n"
    "show    what is in force today, one statement a line with the file and line where it stands; then the lists that\n"
    "        signatures compare with, and what is not declared and therefore unknown.\n\n"
    "  -h, --help  this text\n\n"
    "exit status: 0 no errors; 1 errors; 2 wrong call, or no such file\n";

static int check(const char *path) {
    struct sk_diags diags = {0};
    const struct sk_policy *policy = NULL;
    sk_err e = sk_policy_load(path, &policy, &diags);
    if (e == SK_OK)
        sk_policy_review(policy, (sk_time)time(NULL) * SK_SEC, &diags);
    size_t errors = diags.errors, warnings = diags.warnings;
    complain_diags(&diags);
    if (e == SK_OK)
        printf("%s: no errors, %zu warnings. sha256 ", path, warnings);
    else
        printf("%s: %zu errors, %zu warnings\n", path, errors, warnings);
    if (e == SK_OK) {
        uint8_t hash[32];
        sk_policy_hash(policy, hash);
        for (size_t i = 0; i < 8; i++)
            printf("%02x", hash[i]);
        putchar('\n');
        sk_policy_free(policy);
        return EXIT_OK;
    }
    return e == SK_ENOTFOUND ? EXIT_WRONG_CALL : EXIT_COULD_NOT;
}

static int show(const char *path) {
    struct sk_diags diags = {0};
    const struct sk_policy *policy = NULL;
    sk_err e = sk_policy_load(path, &policy, &diags);
    complain_diags(&diags);
    if (e != SK_OK)
        return e == SK_ENOTFOUND ? EXIT_WRONG_CALL : EXIT_COULD_NOT;
    struct sk_buf out = {0};
    sk_policy_show(policy, (sk_time)time(NULL) * SK_SEC, &out);
    bool ok = write_out(STDOUT_FILENO, &out);
    if (!ok && errno != EPIPE)
        complain("standard output: %s", strerror(errno));
    sk_buf_free(&out);
    sk_policy_free(policy);
    return ok ? EXIT_OK : EXIT_COULD_NOT;
}

static int run(int argc, char **argv) {
    static const struct option longs[] = {{"help", no_argument, NULL, 'h'}, {0}};
    static const struct option_set set = {&command_policy, ":h", longs};
    static const char *const words[] = {"check", "show", NULL};
    size_t word;
    for (int c; (c = next_option(&set, argc, argv)) != OPTION_END;)
        return c == OPTION_HELP ? EXIT_OK : EXIT_WRONG_CALL;
    if (optind == argc) {
        complain("policy what? check or show");
        return EXIT_WRONG_CALL;
    }
    if (!parse_word("policy", argv[optind], words, &word))
        return EXIT_WRONG_CALL;
    if (argc - optind != 2) {
        complain("policy %s takes one file or folder", words[word]);
        return EXIT_WRONG_CALL;
    }
    return word == 0 ? check(argv[optind + 1]) : show(argv[optind + 1]);
}

const struct command command_policy = {"policy", "check a policy, show what is in force", help, run};
