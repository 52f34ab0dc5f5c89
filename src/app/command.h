/* SPDX-License-Identifier: Apache-2.0 */
/** Commands of the program and what they share. Only src/app knows all stages. */
#ifndef SEKIMORI_APP_COMMAND_H
#define SEKIMORI_APP_COMMAND_H

#include "sekimori/err.h"
#include "sekimori/match.h"
#include "sekimori/policy.h"
#include "sekimori/text.h"

#include <getopt.h>

/** Exit status (design section 7). */
enum { EXIT_OK = 0, EXIT_COULD_NOT = 1, EXIT_WRONG_CALL = 2, EXIT_DAMAGED = 3, EXIT_INTERRUPTED = 130 };

struct command {
    const char *name;
    const char *summary;               /**< one line of `sekimori --help` */
    const char *help;                  /**< complete text of `sekimori NAME --help` */
    int (*run)(int argc, char **argv); /**< argv[0] is the command's name; returns the exit status */
};
extern const struct command command_read, command_watch, command_signatures, command_policy, command_explain,
    command_fields, command_schema, command_verify, command_devices, command_note;

/** The options of one command: a getopt_long table whose flag-less entries carry a value below. */
struct option_set {
    const struct command *command;
    const char *short_options; /**< beginning with ':' */
    const struct option *long_options;
};
enum { OPTION_END = -1, OPTION_WRONG = -2, OPTION_HELP = 'h' };
/** Next option as getopt_long gives it; a wrong one is answered on stderr with the nearest right word (OPTION_WRONG).
 * `--help` has been printed when OPTION_HELP comes back. */
int next_option(const struct option_set *set, int argc, char **argv);

/** `sekimori: message` on stderr. */
void complain(const char *fmt, ...) SK_PRINTF(1, 2);
void complain_error(const struct sk_error *err);
/** Every diagnostic, sorted; then freed. @return true: there was an error among them */
bool complain_diags(struct sk_diags *diags);

/** "en" or "ja": the option's word, else the policy's, else the locale's. */
const char *choose_language(const char *option, const struct sk_policy *policy);
/** NULL (answered on stderr) or the policy; path NULL is no policy. */
const struct sk_policy *load_policy(const char *path);
/** Folder of the shipped signatures: SEKIMORI_SIGNATURES, beside the build, or installed. malloc'ed. */
char *signatures_folder(void);
/** The shipped signatures and the user's folders. NULL (answered on stderr). */
struct sk_ruleset *load_signatures(const char *const *extra, size_t n, const struct sk_policy *policy);
/** A number in [min, max]; otherwise answered on stderr. */
bool parse_number(const char *option, const char *text, long min, long max, long *ret);
/** One of a NULL-terminated list; otherwise answered with the nearest. */
bool parse_word(const char *option, const char *text, const char *const *words, size_t *ret);
/** Write all of buf to fd; false: errno says why. buf is emptied. */
bool write_out(int fd, struct sk_buf *buf);

#endif
