/* SPDX-License-Identifier: Apache-2.0 */
/** The files of a run: looked into before the first packet, put in order and in groups, written down when read. */
#ifndef SEKIMORI_APP_INPUTS_H
#define SEKIMORI_APP_INPUTS_H

#include "app/records.h"

#include <stdbool.h>

struct analysis;

/** A zeroed struct is empty. */
struct inputs {
    uint32_t *order;      /**< n indices of inputs, as they are read; captures in archives are found while reading */
    size_t n;             /**< files, folders' files and pipes as named */
    size_t done;          /**< of order: nothing more will be read of them, they have records */
    bool taps_have_files; /**< the policy tells taps by file names: what matches none is worth a word */
    struct records records;
    const char **without_tap; /**< captures that match none, once all is recorded; NULL: no tap names files */
    size_t n_without_tap;
};

/** Probe all inputs, order and group them, tell which match no tap of the policy. Before anything is read.
 *  @return false: answered on stderr */
bool inputs_plan(struct analysis *a);
/** Place in `order` of the file this input is, or lies in. */
size_t inputs_place(const struct analysis *a, uint32_t input);
/** Write down what became of everything before this place in `order`. */
void inputs_record(struct analysis *a, size_t until);
/** The last ones: everything before this place, and the part that was read of the one there. */
void inputs_finish(struct analysis *a, size_t until);
void inputs_free(struct inputs *in);

#endif
