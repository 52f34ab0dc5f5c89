/* SPDX-License-Identifier: Apache-2.0 */
/* Tables beside the policy: the ledger of devices, the site's own clauses. */
#ifndef POLICY_LEDGER_H
#define POLICY_LEDGER_H

#include "policy/csv.h"
#include "policy/read.h"

#include <stdlib.h>

/* A file that a key names, relative to the folder of the policy, as a table. Its bytes count for the policy's hash.
 * *ret_path: its name for diagnostics, in the arena.
 * @return false: it cannot be read: a warning where it is missing, an error where it is no table */
bool pol_load_table(struct pol_read *r, const struct sk_yaml *v, enum pol_encoding encoding, struct pol_csv *ret,
                    const char **ret_path);
/* The rows of the ledger become devices. @return false: there is none to be had */
bool pol_load_ledger(struct pol_read *r, const struct sk_yaml *v);
void pol_finish_device(struct pol_read *r, struct pol_device *d);

/* What people type in a sheet, as ASCII where it is meant so: full-width letters, digits and signs become plain ones.
 * @return length written to out, always NUL-terminated; longer texts are cut */
size_t pol_plain_text(const char *text, size_t n, char *out, size_t cap);
/* 2026-09-30, 2026/9/30, 2026.9.30, 2026年9月30日, R8.9.30, 令和8年9月30日. */
bool pol_sheet_date(const char *text, size_t n, struct pol_date *ret);

#endif
