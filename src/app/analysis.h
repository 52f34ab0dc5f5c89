/* SPDX-License-Identifier: Apache-2.0 */
/** One analysis: a source through every stage to alerts, events or counts. Shared by `read` and `watch`. */
#ifndef SEKIMORI_APP_ANALYSIS_H
#define SEKIMORI_APP_ANALYSIS_H

#include "app/health.h"
#include "app/inputs.h"
#include "app/progress.h"
#include "app/resume.h"
#include "sekimori/coverage.h"
#include "sekimori/pipeline.h"
#include "sekimori/report.h"
#include "sekimori/sink.h"

#include <signal.h>

enum output { OUTPUT_ALERTS, OUTPUT_EVENTS, OUTPUT_COUNT, OUTPUT_KNOWLEDGE /**< what is known, no findings */ };
enum format { FORMAT_AUTO, FORMAT_TABLE, FORMAT_JSON };

struct analysis;
struct analysis_options {
    const char *policy_path, *tap, *language, *observer;
    const char *signatures[16];
    size_t n_signatures;
    const char *sink;     /**< -o */
    const char *events;   /**< list of types, "" = all */
    const char *notes;    /**< what analysts wrote down; NULL: beside the output file */
    const char *coverage; /**< file for the JSON record, or NULL */
    const char *manifest; /**< file for it; NULL: beside the output file */
    const char *filter;   /**< expression of pcap-filter(7), or NULL */
    char **said;          /**< for the manifest: options that bear on the result, `--name=value` */
    size_t n_said;
    const char *const *paths; /**< for the manifest: what was named, sorted */
    size_t n_paths;
    const volatile sig_atomic_t *interrupted; /**< somebody stopped the source; may be NULL */
    enum output output;
    enum format format;
    unsigned lanes;
    bool wide, live, quiet, no_manifest, resume, flat;
    /** Every alert line, for callers inside the program (`signatures test`); standard output gets nothing then. */
    void (*on_line)(void *arg, const struct sk_alert_line *line);
    void *on_line_arg;
    /** Each event before it is matched, with on_line_arg; may be NULL. */
    void (*before_match)(void *arg, const struct analysis *a, const struct sk_event *ev);
    /** OUTPUT_KNOWLEDGE: more event types that are wanted (ended by 0); each event that is not of a guest, when the
     * correlator is done with it; the end of each chain, while all that was learned is still known. */
    const uint16_t *wants;
    void (*on_event)(void *arg, const struct analysis *a, const struct sk_event *ev);
    void (*on_chain)(void *arg, const struct analysis *a);
    void *knowledge_arg;
    const char *oui; /**< --oui */
};

/** Everything a running analysis holds; made by analysis_open, ended by analysis_close. */
struct analysis {
    const struct analysis_options *opt;
    const struct sk_policy *policy;
    struct sk_ruleset *rules;
    struct sk_source *source;
    struct sk_oui *oui;
    struct sk_correlation *correlation;
    struct sk_matcher *matcher;
    struct sk_alerts *alerts;
    struct sk_listing *table;
    struct sk_notes *notes; /**< shown in the table; NULL: there are none */
    struct sk_names names;
    const struct sk_sink_ops *sink_ops;
    void *sink;
    const char *output_path; /**< of a sink that is a file, or NULL */
    bool wanted[SKE_COUNT];  /**< somebody uses events of this type */
    bool print[SKE_COUNT];   /**< --events */
    struct sk_buf out;       /**< standard output, not yet written */
    uint64_t withheld;       /**< events of private segments that --events did not print */
    bool output_failed;
    bool json_to_stdout;
    bool analysed; /**< the source was read, to its end or until somebody stopped it */
    char run[33];
    const char *language;
    struct inputs inputs;             /**< files: in which order they are read, and what became of them */
    struct resume resume;             /**< files: what a run after this one needs if it is interrupted */
    struct progress *progress;        /**< NULL: none is shown */
    struct sk_chain_rest rest;        /**< files: what was read beyond the present chain */
    struct sk_pipeline_result result; /**< of all chains so far */
    struct health health;
};

/** Policy, signatures, sinks, before any packet: what is wrong here is exit 2 (or 1) and nothing is analysed.
 *  @return EXIT_OK or the exit status; answered on stderr */
int analysis_open(struct analysis *a, const struct analysis_options *opt);
/** Run source through everything. Takes the source over. @return EXIT_OK or EXIT_COULD_NOT */
int analysis_run(struct analysis *a, struct sk_source *source);
void analysis_close(struct analysis *a);
/** Analyse these files and folders from first to last as `read` does: signals, damage, outputs. @return exit status */
int read_captures(struct analysis_options *opt, char **paths, size_t n);
/** Somebody stopped the source: not all was read. */
static inline bool analysis_interrupted(const struct analysis *a) {
    return a->opt->interrupted && *a->opt->interrupted;
}
/** Standard output as far as it is written; a failure is told once and stops the source. */
void analysis_flush(struct analysis *a);
/** Entries of correlators and of correlations that were forgotten because tables were full. */
uint64_t analysis_forgotten(const struct analysis *a);
/** What was seen, and what therefore could not have been found; valid while a is open. */
void analysis_coverage(const struct analysis *a, struct sk_coverage *ret);
/** What "nothing found" is worth, for people: on stderr, after a run whose table or messages somebody looks at. */
void analysis_tell_coverage(const struct analysis *a);

/** The option letters and names both commands know, for their tables. */
#define ANALYSIS_SHORT ":c:o:h"
enum {
    OPT_TAP = 256,
    OPT_SIGNATURES,
    OPT_EVENTS,
    OPT_COUNT,
    OPT_FORMAT,
    OPT_LANG,
    OPT_LANES,
    OPT_WIDE,
    OPT_QUIET,
    OPT_COVERAGE,
    OPT_NOTES,
    OPT_FILTER,
    OPT_MANIFEST,
    OPT_NO_MANIFEST,
    OPT_RESUME,
    OPT_NO_RECURSIVE,
    OPT_OUI,
    OPT_OWN
};
/* clang-format off */
#define ANALYSIS_LONG                                                                                                  \
    {"policy", required_argument, NULL, 'c'}, {"output", required_argument, NULL, 'o'},                                \
    {"tap", required_argument, NULL, OPT_TAP}, {"signatures", required_argument, NULL, OPT_SIGNATURES},               \
    {"events", optional_argument, NULL, OPT_EVENTS}, {"count", no_argument, NULL, OPT_COUNT},                          \
    {"format", required_argument, NULL, OPT_FORMAT}, {"lang", required_argument, NULL, OPT_LANG},                      \
    {"filter", required_argument, NULL, OPT_FILTER}, {"lanes", required_argument, NULL, OPT_LANES}, {"wide", no_argument, NULL, OPT_WIDE},                              \
    {"coverage", required_argument, NULL, OPT_COVERAGE}, {"notes", required_argument, NULL, OPT_NOTES}, {"quiet", no_argument, NULL, OPT_QUIET}, {"oui", required_argument, NULL, OPT_OUI}, {"help", no_argument, NULL, 'h'}
/* clang-format on */
/** One shared option. @return false: its value is wrong, answered on stderr */
bool analysis_option(struct analysis_options *opt, int c, const char *value);

/** Help of the shared options. */
#define ANALYSIS_HELP                                                                                                  \
    "  -c, --policy FILE|DIR   judge by this policy; without one, only what holds on any network is a finding\n"       \
    "      --tap NAME          take everything as seen at this tap of the policy (default: by file name)\n"            \
    "      --signatures DIR    more signatures; one with the id of a shipped one replaces it; may be repeated\n"       \
    "  -o, --output FILE       append the alerts as JSON lines to FILE as well (file:FILE, stdout)\n"                  \
    "      --events[=TYPE,..]  print events instead of alerts, one JSON line each (types: sekimori fields --events)\n" \
    "      --count             print one JSON object with packets, events, quoted and layers instead\n"                \
    "      --format table|json what standard output gets (default: a table on a terminal, JSON lines in a pipe)\n"     \
    "      --filter EXPR       only packets that match, as in pcap-filter(7); no server is asked for names\n"          \
    "      --wide              more columns in the table\n"                                                            \
    "      --lang en|ja        language of the table (default: the policy's, else the locale's)\n"                     \
    "      --lanes N           analyse in N threads, 0 to 64 (default 0: all in one; the output is the same)\n"        \
    "      --notes FILE        what `sekimori note` wrote down, for the table (default: beside the file of -o)\n"      \
    "      --coverage FILE     write what was seen, and what could not have been found, as JSON to FILE\n"             \
    "      --oui FILE|none     names of vendors from this file (default: of Debian's ieee-data, where installed)\n"    \
    "      --quiet             no progress bar and no summary on standard error\n"                                     \
    "  -h, --help              this text\n"

#endif
