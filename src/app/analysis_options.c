/* SPDX-License-Identifier: Apache-2.0 */
/* The options that `read` and `watch` share. */
#include "app/analysis.h"

#include "app/command.h"

bool analysis_option(struct analysis_options *opt, int c, const char *value) {
    static const char *const formats[] = {"table", "json", NULL}, *const languages[] = {"en", "ja", NULL};
    size_t word;
    long number;
    switch (c) {
    case 'c':
        opt->policy_path = value;
        return true;
    case 'o':
        opt->sink = value;
        return true;
    case OPT_TAP:
        opt->tap = value;
        return true;
    case OPT_COUNT:
        opt->output = OUTPUT_COUNT;
        return true;
    case OPT_WIDE:
        opt->wide = true;
        return true;
    case OPT_NOTES:
        opt->notes = value;
        return true;
    case OPT_COVERAGE:
        opt->coverage = value;
        return true;
    case OPT_FILTER:
        opt->filter = value;
        return true;
    case OPT_MANIFEST:
        opt->manifest = value;
        return true;
    case OPT_NO_MANIFEST:
        opt->no_manifest = true;
        return true;
    case OPT_NO_RECURSIVE:
        opt->flat = true;
        return true;
    case OPT_RESUME:
        opt->resume = true;
        return true;
    case OPT_OUI:
        opt->oui = value;
        return true;
    case OPT_QUIET:
        opt->quiet = true;
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
