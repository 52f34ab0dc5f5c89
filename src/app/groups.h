/* SPDX-License-Identifier: Apache-2.0 */
/**
 * In which order many files are read, and which belong together (design section 7). A group is what one tap saw: files
 * whose name the policy gives to the same tap, or, where it says nothing, files of one folder with the same interfaces
 * and link types. Groups share no state.
 *
 * The plan depends on the set of files alone, never on the order they were named in; only pipes, which cannot be looked
 * into beforehand, keep theirs.
 */
#ifndef SEKIMORI_APP_GROUPS_H
#define SEKIMORI_APP_GROUPS_H

#include "sekimori/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct group_input {
    const char *path;
    const char *kind; /**< its interfaces and link types as text, "" none known; of no meaning where the tap is known */
    uint16_t tap;     /**< SK_TAP_NONE: the policy says nothing of this file */
    bool pipe;        /**< cannot be looked into beforehand */
    bool capture;     /**< it can be read */
    bool timed;       /**< and has a packet, the first at `first`; false: none was found where one is looked for */
    sk_time first;
    uint32_t group; /**< set: 1, 2, ... in reading order; 0: nothing to read, hence in none */
};

/**
 * Groups in the order of their first packet, then of their path; in a group files in the order of their first packet,
 * then of their path (bytes). Then the files whose first packet is not known, by path, and last the pipes, in the order
 * given, each a group of its own.
 * @param order n indices into at, set: the order of reading
 * @return number of groups
 */
uint32_t groups_plan(struct group_input *at, size_t n, uint32_t *order);

#endif
