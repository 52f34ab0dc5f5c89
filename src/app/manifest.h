/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The manifest: what was read, by what, under which rules, as one JSON object beside the alerts. It is what makes a
 * finding traceable to the bytes it rests on. Like the alerts it is the same, byte for byte, for the same input and
 * policy: no clock, no host, no number of lanes. Its schema: deploy/schema/sekimori-manifest-1.schema.json.
 */
#ifndef SEKIMORI_APP_MANIFEST_H
#define SEKIMORI_APP_MANIFEST_H

#include <stdbool.h>

struct analysis;

/** The file the options ask for, malloc'ed; NULL: none is written. */
char *manifest_path(const struct analysis *a);
/** Write it, whole or not at all. @param status the exit status of the run  @return false: answered on stderr */
bool manifest_write(const struct analysis *a, int status);

#endif
