/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori watch: the sensor. The same pipeline on a live interface, until SIGINT or SIGTERM. */
#include "app/analysis.h"
#include "app/command.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static const char help[] =
    "usage: sekimori watch [options] -i IFACE\n\n"
    "Watch a mirror port (SPAN) until SIGINT or SIGTERM. Nothing is ever sent. At the end the kernel's and our own "
    "counts\n"
    "are printed on standard error.\n\n"
    "  -i, --interface IFACE   the interface\n"
    "      --sensor NAME       observer.name in alerts (default: the host's name)\n" ANALYSIS_HELP
    "\nexit status: 0 ended by a signal; 1 could not watch, or output failed; 2 wrong call, policy or signature;\n"
    "3 ended by a signal, but packets or events were lost\n";

enum { OPT_SENSOR = OPT_OWN };
static struct sk_source *running; /* for the signal handler only */

static void on_signal(int number) {
    (void)number;
    if (running)
        sk_source_stop(running);
}

/* Exact accounting: what the kernel saw, what it dropped, what we dropped. */
static int account(const struct analysis *a, const char *iface) {
    struct sk_source_stats s;
    sk_source_stats(a->source, &s);
    const struct sk_pipeline_result *r = &a->result;
    unsigned long long lost = (unsigned long long)(s.kernel_dropped + s.interface_dropped + r->ring_dropped +
                                                   r->counts.events_dropped + r->late);
    fprintf(stderr,
            "%s: kernel received %llu, kernel dropped %llu, interface dropped %llu; read %llu, analysed %llu, ring "
            "dropped %llu; "
            "events dropped %llu, late %llu\n",
            iface, (unsigned long long)s.kernel_received, (unsigned long long)s.kernel_dropped,
            (unsigned long long)s.interface_dropped, (unsigned long long)s.packets,
            (unsigned long long)r->counts.packets, (unsigned long long)r->ring_dropped,
            (unsigned long long)r->counts.events_dropped, (unsigned long long)r->late);
    if (a->opt->filter)
        fprintf(stderr, "%s: left out by the filter %llu\n", iface, (unsigned long long)s.filtered);
    analysis_tell_coverage(a);
    return lost ? EXIT_DAMAGED : EXIT_OK;
}

static int watch(struct analysis *a, const char *iface) {
    struct sk_error err = {0};
    struct sk_source *source = NULL;
    struct sk_live_options lo = {.promiscuous = true, .filter = a->opt->filter};
    sk_err e = sk_source_live(iface, &lo, &source, &err);
    if (e != SK_OK) {
        complain_error(&err);
        return e == SK_EUSAGE ? EXIT_WRONG_CALL : EXIT_COULD_NOT;
    }
    running = source;
    struct sigaction act = {.sa_handler = on_signal};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    if (!a->opt->quiet)
        fprintf(stderr, "%s: watching\n", iface);
    int status = analysis_run(a, source);
    running = NULL;
    return status == EXIT_OK ? account(a, iface) : status;
}

static int run(int argc, char **argv) {
    static const struct option longs[] = {{"interface", required_argument, NULL, 'i'},
                                          {"sensor", required_argument, NULL, OPT_SENSOR},
                                          ANALYSIS_LONG,
                                          {0}};
    static const struct option_set set = {&command_watch, ANALYSIS_SHORT "i:", longs};
    char host[65] = {0};
    struct analysis_options opt = {.live = true};
    const char *iface = NULL;
    for (int c; (c = next_option(&set, argc, argv)) != OPTION_END;) {
        if (c == OPTION_HELP)
            return EXIT_OK;
        if (c == 'i')
            iface = optarg;
        else if (c == OPT_SENSOR)
            opt.observer = optarg;
        else if (c == OPTION_WRONG || !analysis_option(&opt, c, optarg))
            return EXIT_WRONG_CALL;
    }
    if (!iface || optind != argc) {
        complain(iface ? "watch takes no files; `sekimori read` does" : "watch which interface? -i IFACE");
        return EXIT_WRONG_CALL;
    }
    if (!opt.observer)
        opt.observer = gethostname(host, sizeof host - 1) == 0 && host[0] ? host : "sensor";
    struct analysis a;
    int status = analysis_open(&a, &opt);
    if (status == EXIT_OK)
        status = watch(&a, iface);
    analysis_close(&a);
    return status;
}

const struct command command_watch = {"watch", "watch an interface until interrupted", help, run};
