/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Going on after an interruption. Beside an output file lies, while it is written, a state file (FILE.resume): which
 * inputs are done and how long the output was then. It is written where a chain ends, because there every table is
 * empty and no alert is open; a run that goes on from there writes what one that was never interrupted writes, byte for
 * byte.
 *
 * Order on disk: the output is synced, then the state replaced. So whenever the power fails, the output is at least as
 * long as the state says, and what is beyond is cut off.
 */
#ifndef SEKIMORI_APP_RESUME_H
#define SEKIMORI_APP_RESUME_H

#include "sekimori/text.h"
#include "sekimori/time.h"

#include <stdbool.h>

struct analysis;

/** A zeroed struct keeps no state. */
struct resume {
    char *path;         /**< of the state file; NULL: none is kept */
    uint64_t start;     /**< length of the output before the first line of this run (of all its parts) */
    sk_json *state;     /**< what the run before left; until resume_take() */
    sk_time next, cost; /**< monotonic: no state before then; how long the last one took */
    bool told;          /**< that the state cannot be written */
};

/** Before the output is opened: is a state kept, and with --resume, is there one? @return EXIT_OK or the exit status */
int resume_open(struct analysis *a);
/** Inputs and stages are known, nothing is read: compare, cut the output back, take over; or begin anew.
 *  @return EXIT_OK or the exit status; answered on stderr */
int resume_take(struct analysis *a);
/** A chain ended and was flushed; the next one begins in input `next`. */
void resume_chain_done(struct analysis *a, uint32_t next);
/** Everything was analysed: there is nothing left to resume. */
void resume_complete(struct analysis *a);
void resume_free(struct resume *r);

#endif
