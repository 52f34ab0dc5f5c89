/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori explain: what a detection means, or why this alert is here. */
#include "app/alert_files.h"
#include "app/command.h"
#include "sekimori/alert.h"
#include "sekimori/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "usage: sekimori explain [options] ID | ALERT | -\n\n"
    "ID      a detection (V6-011), a signature's name or UUID: what it means, what to check, what to do, which clause "
    "and RFC\n"
    "ALERT   the id of an alert or of one of its lines (8 digits or more), looked up in --alerts: the same, with why "
    "it "
    "is\n"
    "        here, who, and lines for switch and packet filter filled with its addresses\n"
    "-       one alert line (JSON) on standard input\n\n"
    "  -c, --policy FILE|DIR   the policy, to say which of its lines decided and whether the signature can fire\n"
    "      --alerts FILE|DIR   where alerts are (default: alerts.jsonl)\n"
    "      --last              with ID: the latest alert of that detection\n"
    "      --notes FILE        what `sekimori note` wrote down (default: beside the alerts)\n"
    "      --signatures DIR    more signatures; may be repeated\n"
    "      --lang en|ja        language (default: the policy's, else the locale's)\n"
    "  -h, --help              this text\n\n"
    "Times are those of the policy's site.timezone (else of this machine), and UTC.\n\n"
    "exit status: 0 explained; 1 nothing on standard input, or the file cannot be read; 2 no such id\n";

enum { LINE_MAX_BYTES = 1 << 20 }; /* ours have at most 8 KiB; a consumer may have added to them */

struct request {
    const char *policy_path, *alerts, *notes, *language; /* alerts NULL: alerts.jsonl, if it is there */
    const char *signatures[16];
    size_t n_signatures;
    bool last;
};
struct session {
    const struct request *rq;
    const struct sk_policy *policy;
    const struct sk_ruleset *rs;
    const char *lang;
};

/* ---- what the policy says there ---- */

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Line `number` of a file, without blanks around. */
static void text_of_line(const char *path, long number, struct sk_buf *ret) {
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    for (long i = 1; f && getline(&line, &cap, f) > 0; i++)
        if (i == number) {
            const char *p = line + strspn(line, " \t");
            sk_buf_add(ret, p, strcspn(p, "\r\n"));
            break;
        }
    free(line);
    if (f)
        fclose(f);
}

/* `policy.yml:39` names the file without its folders: it is the policy's file, or one in its folder. */
static void policy_words(const struct session *s, const sk_json *alert, struct sk_buf *ret) {
    const char *where = sk_json_get_text(alert, "sekimori.policy_line"), *colon = where ? strrchr(where, ':') : NULL;
    struct stat st;
    struct sk_buf path = {0};
    if (!s->rq->policy_path || !colon || memchr(where, '/', (size_t)(colon - where)) ||
        stat(s->rq->policy_path, &st) != 0)
        return;
    size_t n = (size_t)(colon - where);
    const char *own = base_name(s->rq->policy_path);
    if (S_ISDIR(st.st_mode))
        sk_buf_fmt(&path, "%s/%.*s", s->rq->policy_path, (int)n, where);
    else if (strlen(own) == n && strncmp(own, where, n) == 0)
        sk_buf_str(&path, s->rq->policy_path);
    if (path.len)
        text_of_line(path.p, strtol(colon + 1, NULL, 10), ret);
    sk_buf_free(&path);
}

/* ---- one explanation ---- */

static int print_explanation(const struct session *s, const struct sk_rule *rule, const sk_json *alert,
                             const struct sk_note *note) {
    struct sk_buf out = {0}, words = {0}, lists = {0};
    char *folder = signatures_folder();
    sk_buf_fmt(&lists, "%s/lists", folder ? folder : "");
    if (alert)
        policy_words(s, alert, &words);
    const struct sk_explain_request rq = {
        .policy = s->policy, .alert = alert, .lang = s->lang, .policy_words = words.p, .lists = lists.p, .note = note};
    char *text = sk_explain(rule, &rq);
    sk_buf_str(&out, text);
    free(text);
    bool ok = write_out(STDOUT_FILENO, &out);
    sk_buf_free(&out);
    sk_buf_free(&words);
    sk_buf_free(&lists);
    free(folder);
    return ok ? EXIT_OK : EXIT_COULD_NOT;
}

/* file: where the line stands, or NULL. */
static int explain_line(const struct session *s, const char *line, size_t n, const char *file) {
    struct sk_error err = {0};
    struct sk_buf path = {0};
    sk_json *alert = sk_json_parse(line, n, &err);
    const char *uuid = alert ? sk_json_get_text(alert, "rule.uuid") : NULL,
               *id = alert ? sk_json_get_text(alert, "rule.id") : NULL,
               *of = alert ? sk_json_get_text(alert, "sekimori.alert.id") : NULL;
    const struct sk_rule *rule = uuid ? sk_ruleset_find(s->rs, uuid) : NULL;
    if (!rule && id)
        rule = sk_ruleset_find(s->rs, id);
    if (s->rq->notes)
        sk_buf_str(&path, s->rq->notes);
    else if (file)
        sk_notes_path(file, &path);
    struct sk_notes *notes = path.len ? sk_notes_load(path.p) : NULL;
    int status = EXIT_WRONG_CALL;
    if (rule)
        status = print_explanation(s, rule, alert, of ? sk_notes_of(notes, of) : NULL);
    else if (!alert)
        complain("that is no alert line: %s", err.msg);
    else if (alert && sk_json_at(alert, "sekimori.summary"))
        complain("that line is the summary of a run, no alert: it says how much exceptions and filters silenced");
    else
        complain("the line names no signature of this version%s%s", id ? ": " : "", id ? id : "");
    sk_notes_free(notes);
    sk_buf_free(&path);
    sk_json_free(alert);
    return status;
}

/* The first line that is not blank. */
static int explain_stdin(const struct session *s) {
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
        status = explain_line(s, line.p, line.len, NULL);
    sk_buf_free(&line);
    return status;
}

/* ---- alerts in files ---- */

static int explain_wanted(const struct session *s, const struct alert_wanted *wanted, const char *what) {
    const char *where = s->rq->alerts ? s->rq->alerts : "alerts.jsonl";
    struct alert_found found;
    int status = EXIT_WRONG_CALL;
    if (!alert_find(where, wanted, &found))
        status = EXIT_COULD_NOT;
    else if (!found.line)
        complain("%s: no alert `%s`%s%s", where, what, found.nearest[0] ? ". The nearest is " : "", found.nearest);
    else if (found.other[0])
        complain("%s: more than one alert begins with `%s`: %s, %s", where, what, found.other, found.id);
    else
        status = explain_line(s, found.line, strlen(found.line), found.file);
    alert_found_free(&found);
    return status;
}

static int no_such(const struct sk_ruleset *rs, const char *what) {
    size_t n = sk_ruleset_size(rs);
    const char **names = calloc(2 * n + 1, sizeof *names);
    struct sk_buf list = {0};
    for (size_t i = 0; i < n; i++) {
        names[2 * i] = sk_ruleset_at(rs, i)->detection;
        names[2 * i + 1] = sk_ruleset_at(rs, i)->name;
        if (!sk_ruleset_at(rs, i)->building_block && (!i || strcmp(names[2 * i], names[2 * i - 2]) != 0))
            sk_buf_fmt(&list, "%s%s", list.len ? ", " : "", names[2 * i]);
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

static int explain_what(const struct session *s, const char *what) {
    const struct sk_rule *rule = sk_ruleset_find(s->rs, what);
    const struct alert_wanted latest = {.detection = rule ? rule->detection : NULL}, id = {.id = what};
    if (strcmp(what, "-") == 0)
        return explain_stdin(s);
    if (rule && s->rq->last)
        return explain_wanted(s, &latest, what);
    if (rule)
        return print_explanation(s, rule, NULL, NULL);
    return alert_looks_like_id(what) ? explain_wanted(s, &id, what) : no_such(s->rs, what);
}

static int explain(const struct request *rq, const char *what) {
    const struct sk_policy *policy = load_policy(rq->policy_path);
    struct sk_ruleset *rs = policy ? load_signatures(rq->signatures, rq->n_signatures, policy) : NULL;
    int status = EXIT_WRONG_CALL;
    if (rs) {
        const struct session s = {rq, policy, rs, choose_language(rq->language, policy)};
        if (!sk_policy_is_none(policy)) {
            setenv("TZ", sk_policy_timezone(policy), 1); /* there are no other threads */
            tzset();
        }
        status = explain_what(&s, what);
    }
    sk_ruleset_free(rs);
    if (policy)
        sk_policy_free(policy);
    return status;
}

static int run(int argc, char **argv) {
    enum { OPT_ALERTS = 256, OPT_SIGNATURES, OPT_LANG, OPT_LAST, OPT_NOTES };
    static const struct option longs[] = {{"policy", required_argument, NULL, 'c'},
                                          {"alerts", required_argument, NULL, OPT_ALERTS},
                                          {"notes", required_argument, NULL, OPT_NOTES},
                                          {"last", no_argument, NULL, OPT_LAST},
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
        else if (c == OPT_NOTES)
            rq.notes = optarg;
        else if (c == OPT_LAST)
            rq.last = true;
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
