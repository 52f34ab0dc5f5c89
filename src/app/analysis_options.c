/* SPDX-License-Identifier: Apache-2.0 */
/* The options that `read` and `watch` share. */
#include "app/analysis.h"

#include "app/command.h"

/* Where an option's text goes; NULL: it is another kind of option. */
static const char **text_of(struct analysis_options *opt, int c) {
    switch (c) {
    case 'c':
        return &opt->policy_path;
    case 'o':
        return &opt->sink;
    case OPT_TAP:
        return &opt->tap;
    case OPT_NOTES:
        return &opt->notes;
    case OPT_COVERAGE:
        return &opt->coverage;
    case OPT_FILTER:
        return &opt->filter;
    case OPT_MANIFEST:
        return &opt->manifest;
    case OPT_OUI:
        return &opt->oui;
    default:
        return NULL;
    }
}

static bool *flag_of(struct analysis_options *opt, int c) {
    switch (c) {
    case OPT_WIDE:
        return &opt->wide;
    case OPT_NO_MANIFEST:
        return &opt->no_manifest;
    case OPT_NO_RECURSIVE:
        return &opt->flat;
    case OPT_RESUME:
        return &opt->resume;
    case OPT_QUIET:
        return &opt->quiet;
    default:
        return NULL;
    }
}

bool analysis_option(struct analysis_options *opt, int c, const char *value) {
    static const char *const formats[] = {"table", "json", NULL}, *const languages[] = {"en", "ja", NULL};
    const char **text = text_of(opt, c);
    bool *flag = flag_of(opt, c);
    size_t word;
    long number;
    if (text)
        *text = value;
    if (flag)
        *flag = true;
    if (text || flag)
        return true;
    switch (c) {
    case OPT_COUNT:
        opt->output = OUTPUT_COUNT;
        return true;
    case OPT_EVENTS:
        opt->output = OUTPUT_EVENTS;
        opt->events = value ? value : "";
        return true;
    case OPT_SIGNATURES:
        if (opt->n_signatures == sizeof opt->signatures / sizeof *opt->signatures) {
            complain("--signatures: at most 16 folders");
            return false;
        }
        opt->signatures[opt->n_signatures++] = value;
        return true;
    case OPT_FORMAT:
        if (!parse_word("--format", value, formats, &word))
            return false;
        opt->format = word == 0 ? FORMAT_TABLE : FORMAT_JSON;
        return true;
    case OPT_LANG:
        if (!parse_word("--lang", value, languages, &word))
            return false;
        opt->language = languages[word];
        return true;
    case OPT_LANES:
        if (!parse_number("--lanes", value, 0, SK_LANES_MAX, &number))
            return false;
        opt->lanes = (unsigned)number;
        return true;
    default:
        return false;
    }
}
