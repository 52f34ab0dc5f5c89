/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori policy suggest: a first policy from captures. */
#include "app/analysis.h"
#include "app/policy_command.h"
#include "app/suggest_lines.h"
#include "sekimori/suggest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "usage: sekimori policy suggest [options] FILE|DIR|- ...\n"
    "       sekimori policy suggest [--since TIME] --from EVENTS ...\n\n"
    "Write a first policy, as YAML on standard output, from what captures show: segments by VLAN (and by folder, "
    "where\n"
    "there are several), their prefixes, who speaks IPv6; routers, DHCP servers, resolvers, proxies, mail and time\n"
    "servers, tunnels, NAT64. `sekimori policy check` accepts it as it is.\n\n"
    "Seen is not allowed: an attacker of that week is in the captures too. So whoever does something for others "
    "stands\n"
    "behind `#: `, with how often, since when, and what is odd about it; what nobody can guess is marked `# ?`. Ask,\n"
    "correct, and take the `#: ` away. Names of clients are not written.\n\n"
    "      --from EVENTS     from lines that `read --events` or the sensor's `watch --events` wrote (- is standard\n"
    "                        input; may be repeated) instead of captures\n"
    "      --since TIME      only what is later: 2026-11-01, 2026-11-01T08:00:00Z, or 7d, 12h, 30m before now\n"
    "      --filter EXPR     only packets that match, as in pcap-filter(7)\n"
    "      --no-recursive    of a folder only its own files, not those of its folders\n"
    "      --lanes N         analyse in N threads, 0 to 64 (default 0: all in one; the output is the same)\n"
    "      --quiet           no progress bar and no remarks on standard error\n"
    "  -h, --help            this text\n\n"
    "example:\n"
    "  sekimori policy suggest captures/ > policy.yml && sekimori policy check policy.yml\n"
    "  sekimori policy suggest --since 7d --from /var/lib/sekimori/events.jsonl > policy.yml\n\n"
    "exit status: 0 written; 1 nothing to write it from, or output failed; 2 wrong call;\n"
    "3 written, but something was damaged, unreadable or lost; 130 interrupted (from what was seen so far)\n";

enum { OPT_SINCE = OPT_OWN, OPT_FROM };

enum { FROM_MAX = 256 };
struct call {
    struct analysis_options opt;
    struct sk_suggestion *suggestion;
    sk_time since;
    struct sk_buf from;
    const char *events[FROM_MAX]; /**< --from */
    size_t n_events;
};

static void one_event(void *arg, const struct analysis *a, const struct sk_event *ev) {
    struct call *c = arg;
    if (ev->ts >= c->since)
        sk_suggestion_event(c->suggestion, ev, &a->names);
}
static void one_device(void *arg, const struct sk_device_entry *e) {
    struct call *c = arg;
    if (e->last >= c->since)
        sk_suggestion_device(c->suggestion, e);
}
static void chain_ends(void *arg, const struct analysis *a) { sk_correlation_devices(a->correlation, one_device, arg); }

/* ---- when ---- */

/* 7d, 12h, 30m before now. */
static bool before_now(const char *text, sk_time *ret) {
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (end == text || n <= 0 || n > 36500 || errno)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (end[0] == units[i].letter && end[1] == '\0') {
            *ret = ((sk_time)time(NULL) - n * units[i].seconds) * SK_SEC;
            return true;
        }
    return false;
}

static bool on_a_day(const char *text, sk_time *ret) {
    static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm tm = {0};
        const char *end = strptime(text, forms[i], &tm);
        if (end && *end == '\0') {
            *ret = (sk_time)timegm(&tm) * SK_SEC;
            return true;
        }
    }
    return false;
}

static bool own_option(struct call *c, int o, const char *value) {
    if (o == OPT_FROM && c->n_events == FROM_MAX) {
        complain("--from: at most %d files", FROM_MAX);
        return false;
    }
    if (o == OPT_FROM) {
        c->events[c->n_events++] = value;
        return true;
    }
    if (o != OPT_SINCE)
        return analysis_option(&c->opt, o, value);
    if (before_now(value, &c->since) || on_a_day(value, &c->since))
        return true;
    complain("--since: `%s` is no time. Write 2026-11-01, 2026-11-01T08:00:00Z, or 7d (days before now)", value);
    return false;
}

/* ---- the run ---- */

static int print(struct call *c) {
    struct sk_buf out = {0};
    if (!sk_suggestion_any(c->suggestion)) {
        complain("nothing was seen that a policy could be made from");
        return EXIT_COULD_NOT;
    }
    sk_suggestion_write(c->suggestion, c->from.p, &out);
    bool ok = write_out(STDOUT_FILENO, &out);
    if (!ok && errno != EPIPE)
        complain("standard output: %s", strerror(errno));
    sk_buf_free(&out);
    return ok ? EXIT_OK : EXIT_COULD_NOT;
}

static void name_source(struct call *c, const char *first, size_t n) {
    sk_buf_str(&c->from, first);
    if (n > 1)
        sk_buf_fmt(&c->from, " and %zu more", n - 1);
}

static int suggest(struct call *c, char **paths, size_t n) {
    c->opt.output = OUTPUT_KNOWLEDGE;
    c->opt.wants = sk_suggestion_wants();
    c->opt.on_event = one_event;
    c->opt.on_chain = chain_ends;
    c->opt.knowledge_arg = c;
    name_source(c, paths[0], n);
    return read_captures(&c->opt, paths, n);
}

static int suggest_from_events(struct call *c) {
    struct suggest_lines l = {.suggestion = c->suggestion, .since = c->since};
    name_source(c, c->events[0], c->n_events);
    return suggest_read_lines(&l, c->events, c->n_events);
}

static int conclude(struct call *c, int status) {
    if (status != EXIT_WRONG_CALL && status != EXIT_COULD_NOT && print(c) != EXIT_OK)
        status = EXIT_COULD_NOT;
    sk_suggestion_free(c->suggestion);
    sk_buf_free(&c->from);
    return status;
}

int policy_suggest(int argc, char **argv) {
    static const struct option longs[] = {{"since", required_argument, NULL, OPT_SINCE},
                                          {"from", required_argument, NULL, OPT_FROM},
                                          {"filter", required_argument, NULL, OPT_FILTER},
                                          {"no-recursive", no_argument, NULL, OPT_NO_RECURSIVE},
                                          {"lanes", required_argument, NULL, OPT_LANES},
                                          {"quiet", no_argument, NULL, OPT_QUIET},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    static const struct command command = {"policy suggest", "a first policy from captures", help, policy_suggest};
    static const struct option_set set = {&command, ":h", longs};
    struct call c = {.since = INT64_MIN};
    for (int o; (o = next_option(&set, argc, argv)) != OPTION_END;) {
        if (o == OPTION_HELP)
            return EXIT_OK;
        if (o == OPTION_WRONG || !own_option(&c, o, optarg))
            return EXIT_WRONG_CALL;
    }
    if ((optind == argc) != (c.n_events > 0)) {
        complain(c.n_events ? "policy suggest: captures or --from, not both"
                            : "policy suggest from what? Name capture files, folders, or - for standard input");
        return EXIT_WRONG_CALL;
    }
    c.suggestion = sk_suggestion_new();
    return conclude(&c, c.n_events ? suggest_from_events(&c) : suggest(&c, argv + optind, (size_t)(argc - optind)));
}
