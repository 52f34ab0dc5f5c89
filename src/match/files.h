/* SPDX-License-Identifier: Apache-2.0 */
/** The rule files below a path. */
#ifndef SK_MATCH_FILES_H
#define SK_MATCH_FILES_H

#include "sekimori/err.h"
#include "sekimori/text.h"

struct sk_rule_files {
    char **at; /**< sorted by name */
    size_t n, cap;
};
/** path itself if it is a file, else every *.yml and *.yaml below it; folders called lists and hidden ones are left
 * out. Errors go to diags. */
void sk_rule_files_find(const char *path, struct sk_rule_files *ret, struct sk_diags *diags);
/** @return false: the error stands in diags */
bool sk_rule_files_read(const char *file, struct sk_buf *ret, struct sk_diags *diags);
void sk_rule_files_free(struct sk_rule_files *f);

#endif
