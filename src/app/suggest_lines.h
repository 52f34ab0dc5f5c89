/* SPDX-License-Identifier: Apache-2.0 */
/** Lines of events, read back for `policy suggest --from`. */
#ifndef SEKIMORI_APP_SUGGEST_LINES_H
#define SEKIMORI_APP_SUGGEST_LINES_H

#include "app/command.h"
#include "sekimori/suggest.h"

struct suggest_lines {
    struct sk_suggestion *suggestion;
    sk_time since; /**< what is earlier is left out */
};
/** Every line of these files ("-" is standard input) through a correlator of its own, then the devices it knows.
 *  @return exit status: 1 where no line was an event, 3 where something was no line of ours */
int suggest_read_lines(struct suggest_lines *l, const char *const *paths, size_t n);

#endif
