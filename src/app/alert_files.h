/* SPDX-License-Identifier: Apache-2.0 */
/** Alerts in files: a file, or those of a folder. For commands that look one up. */
#ifndef SEKIMORI_APP_ALERT_FILES_H
#define SEKIMORI_APP_ALERT_FILES_H

#include "sekimori/text.h"

/** What to look for: an id of an alert or of a line, or its beginning (at least 8 digits), or alerts of a detection. */
struct alert_wanted {
    const char *id;        /**< or NULL */
    const char *detection; /**< or NULL: the latest of it */
};
struct alert_found {
    char *line;       /**< the latest line of that alert, NULL: none; malloc'ed */
    char *file;       /**< it stands in this one */
    char id[40];      /**< of the alert */
    char other[40];   /**< id of another alert that the wanted id fits as well, or "" */
    char nearest[40]; /**< where none was found: the id most like it, or "" */
    size_t alerts;    /**< that were looked at */
};
/** @return false: no file could be read, answered on stderr */
bool alert_find(const char *where, const struct alert_wanted *wanted, struct alert_found *ret);
void alert_found_free(struct alert_found *f);
/** Could this be (the beginning of) the id of an alert? */
bool alert_looks_like_id(const char *what);

/** SHA-256 (hex) of the last whole alert line of a log that is appended to. @return false: it has none */
bool alert_last_line(const char *path, char hex[65]);

#endif
