/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori explain: what a detection means, or why this alert is here. */
#include "app/command.h"
#include "sekimori/alert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: sekimori explain [options] ID | ALERT | -\n\n"
    "ID      a detection (V6-011), a signature's name or UUID: what it means, what to check, what to do, which clause "
    "and RFC\n"
    "ALERT   the id of an alert or of one of its lines, looked up in --alerts FILE: the same, with why it is here\n"
    "-       one alert line (JSON) on standard input\n\n"
    "  -c, --policy FILE|DIR   the policy, to say which of its lines decided and whether the signature can fire\n"
    "      --alerts FILE       where alerts are (default: alerts.jsonl)\n"
    "      --signatures DIR    more signatures; may be repeated\n"
    "      --lang en|ja        language (default: the policy's, else the locale's)\n"
    "  -h, --help              this text\n\n"
    "exit status: 0 explained; 1 nothing on standard input, or the file cannot be read; 2 no such id\n";

enum { LINE_MAX_BYTES = 1 << 20 }; /* ours have at most 8 KiB; a consumer may have added to them */

struct request {
    const char *policy_path, *alerts, *language; /* alerts NULL: alerts.jsonl, if it is there */
    const char *signatures[16];
    size_t n_signatures;
};

static int print_explanation(const struct sk_rule *rule, const struct sk_policy *policy, const sk_json *alert,
                             const char *lang) {
    struct sk_buf out = {0};
    char *text = sk_explain(rule, policy, alert, lang);
    sk_buf_str(&out, text);
    free(text);
    bool ok = write_out(STDOUT_FILENO, &out);
    sk_buf_free(&out);
    return ok ? EXIT_OK : EXIT_COULD_NOT;
}

static int explain_line(const struct sk_ruleset *rs, const struct sk_policy *policy, const char *line, size_t n,
                        const char *lang) {
    struct sk_error err = {0};
    sk_json *alert = sk_json_parse(line, n, &err);
    const char *uuid = alert ? sk_json_get_text(alert, "rule.uuid") : NULL;
    const char *id = alert ? sk_json_get_text(alert, "rule.id") : NULL;
    const struct sk_rule *rule = uuid ? sk_ruleset_find(rs, uuid) : NULL;
    if (!rule && id)
        rule = sk_ruleset_find(rs, id);
    int status = EXIT_WRONG_CALL;
    if (rule)
        status = print_explanation(rule, policy, alert, lang);
    else if (!alert)
        complain("that is no alert line: %s", err.msg);
    else
        complain("the line names no signature of this version%s%s", id ? ": " : "", id ? id : "");
    sk_json_free(alert);
    return status;
}

/* The first line that is not blank. */
static int explain_stdin(const struct sk_ruleset *rs, const struct sk_policy *policy, const char *lang) {
    struct sk_buf line = {0};
    int c;
    while ((c = getchar()) != EOF && line.len <= LINE_MAX_BYTES) {
        char byte = (char)c;
        bool blank = c == '\n' || c == '\r' || c == ' ' || c == '\t';
        if (c == '\n' && line.len)
            break;
        if (!blank || line.len)
            sk_buf_add(&line, &byte, 1);
    }
    int status = EXIT_COULD_NOT;
    if (line.len == 0)
        complain("nothing on standard input: give one alert line");
    else if (line.len > LINE_MAX_BYTES)
        complain("the line on standard input is longer than any alert line");
    else
        status = explain_line(rs, policy, line.p, line.len, lang);
    sk_buf_free(&line);
    return status;
}

/* Could this be (the beginning of) the id of an alert? */
static bool looks_like_id(const char *what) {
    size_t n = strlen(what);
    return n >= 8 && n <= 36 && strspn(what, "0123456789abcdef-") == n;
}

/* Latest line of the alert with this id (of the alert or of a line). @return exit status, -1: not there */
static int explain_from_file(const struct request *rq, const struct sk_ruleset *rs, const struct sk_policy *policy,
                             const char *id, const char *lang) {
    const char *path = rq->alerts ? rq->alerts : "alerts.jsonl";
    FILE *f = fopen(path, "re");
    if (!f && (rq->alerts || looks_like_id(id))) {
        complain("%s: %s. Alerts are looked up in --alerts FILE", path, strerror(errno));
        return EXIT_COULD_NOT;
    }
    if (!f)
        return -1;
    char *line = NULL, *best = NULL;
    size_t cap = 0;
    for (ssize_t n; (n = getline(&line, &cap, f)) > 0;) {
        if (n > LINE_MAX_BYTES || !strstr(line, id))
            continue;
        free(best);
        best = strdup(line);
    }
    int status = best ? explain_line(rs, policy, best, strlen(best), lang) : -1;
    if (!best && looks_like_id(id)) {
        complain("%s: no alert `%s`", path, id);
        status = EXIT_WRONG_CALL;
    }
    free(best);
    free(line);
    fclose(f);
    return status;
}

static int no_such(const struct sk_ruleset *rs, const char *what) {
    size_t n = sk_ruleset_size(rs);
    const char **names = calloc(2 * n + 1, sizeof *names);
    struct sk_buf list = {0};
    for (size_t i = 0; i < n; i++) {
        names[2 * i] = sk_ruleset_at(rs, i)->detection;
        names[2 * i + 1] = sk_ruleset_at(rs, i)->name;
        sk_buf_fmt(&list, "%s%s", i ? ", " : "", names[2 * i]);
    }
    const char *near = sk_nearest(what, names);
    const struct sk_rule *r = near ? sk_ruleset_find(rs, near) : NULL;
    if (r)
        complain("no such id `%s`. Did you mean %s %s? There are: %s", what, r->detection, r->name, list.p);
    else
        complain("no such id `%s`. There are: %s", what, list.p ? list.p : "none");
    sk_buf_free(&list);
    free(names);
    return EXIT_WRONG_CALL;
}

static int explain(const struct request *rq, const char *what) {
    const struct sk_policy *policy = load_policy(rq->policy_path);
    struct sk_ruleset *rs = policy ? load_signatures(rq->signatures, rq->n_signatures, policy) : NULL;
    int status = EXIT_WRONG_CALL;
    if (rs) {
        const char *lang = choose_language(rq->language, policy);
        const struct sk_rule *rule = sk_ruleset_find(rs, what);
        if (strcmp(what, "-") == 0)
            status = explain_stdin(rs, policy, lang);
        else if (rule)
            status = print_explanation(rule, policy, NULL, lang);
        else if ((!rq->alerts && !looks_like_id(what)) || (status = explain_from_file(rq, rs, policy, what, lang)) < 0)
            status = no_such(rs, what);
    }
    sk_ruleset_free(rs);
    if (policy)
        sk_policy_free(policy);
    return status;
}

static int run(int argc, char **argv) {
    enum { OPT_ALERTS = 256, OPT_SIGNATURES, OPT_LANG };
    static const struct option longs[] = {{"policy", required_argument, NULL, 'c'},
                                          {"alerts", required_argument, NULL, OPT_ALERTS},
                                          {"signatures", required_argument, NULL, OPT_SIGNATURES},
                                          {"lang", required_argument, NULL, OPT_LANG},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    static const struct option_set set = {&command_explain, ":c:h", longs};
    static const char *const languages[] = {"en", "ja", NULL};
    struct request rq = {0};
    size_t word;
    for (int c; (c = next_option(&set, argc, argv)) != OPTION_END;) {
        if (c == OPTION_HELP)
            return EXIT_OK;
        if (c == OPTION_WRONG || (c == OPT_LANG && !parse_word("--lang", optarg, languages, &word)))
            return EXIT_WRONG_CALL;
        if (c == 'c')
            rq.policy_path = optarg;
        else if (c == OPT_ALERTS)
            rq.alerts = optarg;
        else if (c == OPT_LANG)
            rq.language = languages[word];
        else if (rq.n_signatures < sizeof rq.signatures / sizeof *rq.signatures)
            rq.signatures[rq.n_signatures++] = optarg;
        else {
            complain("--signatures: at most 16 folders");
            return EXIT_WRONG_CALL;
        }
    }
    if (argc - optind != 1) {
        complain("explain what? A detection (V6-011), the id of an alert, or - for an alert line on standard input");
        return EXIT_WRONG_CALL;
    }
    return explain(&rq, argv[optind]);
}

const struct command command_explain = {"explain", "what a detection or an alert means and what to do", help, run};
