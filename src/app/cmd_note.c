/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori note: what an analyst found out about an alert. */
#include "app/alert_files.h"
#include "app/command.h"
#include "sekimori/notes.h"
#include "sekimori/time.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "usage: sekimori note [options] ALERT ack|false|true|done [TEXT]\n\n"
    "Write down what became of an alert. ALERT is its id, that of one of its lines, or the beginning of either.\n"
    "ack: seen, somebody is at it; false: a false alarm; true: it is what it says; done: dealt with.\n"
    "Notes stand in a file of their own, which is only appended to; records of alerts are never touched. The last "
    "note\n"
    "counts, and is shown in tables and by `sekimori explain`.\n\n"
    "      --alerts FILE|DIR   where the alert is (default: alerts.jsonl)\n"
    "      --notes FILE        where notes go (default: beside the alerts, alerts.jsonl -> alerts.notes.jsonl)\n"
    "      --by NAME           who says so (default: $USER)\n"
    "  -h, --help              this text\n\n"
    "example: sekimori note 01a20ae5-3438 false \"our new router, see ticket 4711\"\n\n"
    "exit status: 0 written; 1 could not be written, or the alerts cannot be read; 2 wrong call, or no such alert\n";

struct request {
    const char *alerts, *notes, *by, *alert, *text;
    size_t verdict;
};

static const char *who(const char *given) {
    const char *user = getenv("USER");
    const struct passwd *pw = given || (user && user[0]) ? NULL : getpwuid(getuid());
    return given ? given : user && user[0] ? user : pw ? pw->pw_name : "unknown";
}

static bool fits(const char *option, const char *text, size_t cap) {
    bool ok = text[0] && strlen(text) < cap && sk_utf8_valid(text, strlen(text));
    if (!ok)
        complain("%s needs UTF-8 text of 1 to %zu bytes", option, cap - 1);
    return ok;
}

static int add(const struct request *rq, const struct alert_found *found) {
    struct sk_note note = {0};
    struct sk_error err = {0};
    struct sk_buf path = {0};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    sk_time_text((sk_time)now.tv_sec * SK_SEC + now.tv_nsec, note.when);
    snprintf(note.verdict, sizeof note.verdict, "%s", sk_note_verdicts[rq->verdict]);
    snprintf(note.by, sizeof note.by, "%s", rq->by);
    snprintf(note.text, sizeof note.text, "%s", rq->text ? rq->text : "");
    if (rq->notes)
        sk_buf_str(&path, rq->notes);
    else
        sk_notes_path(found->file, &path);
    sk_err e = sk_note_add(path.p, found->id, &note, &err);
    if (e != SK_OK)
        complain_error(&err);
    else
        printf("%s: %s %s\n", path.p, found->id, note.verdict);
    sk_buf_free(&path);
    return e == SK_OK && fflush(stdout) == 0 ? EXIT_OK : EXIT_COULD_NOT;
}

static int note(const struct request *rq) {
    const char *where = rq->alerts ? rq->alerts : "alerts.jsonl";
    const struct alert_wanted wanted = {.id = rq->alert};
    struct alert_found found;
    int status = EXIT_WRONG_CALL;
    if (!alert_find(where, &wanted, &found))
        status = EXIT_COULD_NOT;
    else if (!found.line)
        complain("%s: no alert `%s`.%s%s", where, rq->alert, found.nearest[0] ? " The nearest is " : " There is none",
                 found.nearest);
    else if (found.other[0])
        complain("%s: more than one alert begins with `%s`: %s, %s", where, rq->alert, found.other, found.id);
    else
        status = add(rq, &found);
    alert_found_free(&found);
    return status;
}

static int run(int argc, char **argv) {
    enum { OPT_ALERTS = 256, OPT_NOTES, OPT_BY };
    static const struct option longs[] = {{"alerts", required_argument, NULL, OPT_ALERTS},
                                          {"notes", required_argument, NULL, OPT_NOTES},
                                          {"by", required_argument, NULL, OPT_BY},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    static const struct option_set set = {&command_note, ":h", longs};
    struct request rq = {0};
    for (int c; (c = next_option(&set, argc, argv)) != OPTION_END;) {
        if (c == OPTION_HELP)
            return EXIT_OK;
        if (c == OPTION_WRONG)
            return EXIT_WRONG_CALL;
        *(c == OPT_ALERTS ? &rq.alerts : c == OPT_NOTES ? &rq.notes : &rq.by) = optarg;
    }
    if (argc - optind < 2 || argc - optind > 3) {
        complain("note what? sekimori note ALERT ack|false|true|done \"text\"");
        return EXIT_WRONG_CALL;
    }
    rq.alert = argv[optind];
    rq.text = argc - optind == 3 ? argv[optind + 2] : NULL;
    rq.by = who(rq.by);
    if (!parse_word("note", argv[optind + 1], sk_note_verdicts, &rq.verdict) ||
        !fits("--by", rq.by, sizeof((struct sk_note *)NULL)->by) ||
        (rq.text && !fits("the text", rq.text, sizeof((struct sk_note *)NULL)->text)))
        return EXIT_WRONG_CALL;
    if (!alert_looks_like_id(rq.alert)) {
        complain("`%s` is no id of an alert, nor the first 8 digits or more of one", rq.alert);
        return EXIT_WRONG_CALL;
    }
    return note(&rq);
}

const struct command command_note = {"note", "write down what became of an alert", help, run};
