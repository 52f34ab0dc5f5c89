/* SPDX-License-Identifier: Apache-2.0 */
/** Parts of an alert line that stand for themselves, inside this folder only. */
#ifndef SEKIMORI_SRC_ALERT_PARTS_H
#define SEKIMORI_SRC_ALERT_PARTS_H

#include "sekimori/alert.h"
#include "sekimori/match.h"
#include "sekimori/text.h"

enum { ALERT_CLAUSE_BYTES = SK_CLAUSE_BYTES };

/** ATT&CK tags of a rule as ECS threat.*: at most max techniques; a sub-technique brings its technique along. */
void alert_put_threat(sk_json *line, const struct sk_rule *r, unsigned max);
/**
 * The i-th clause of a rule as people see it: our own sub-numbers (-1, -T) are cut off, and what is the same then is
 * told once. @return false: no more
 */
bool alert_clause(const struct sk_rule *r, unsigned i, char out[ALERT_CLAUSE_BYTES]);
/** A clause without our own sub-number. */
void alert_clause_text(const char *clause, char out[ALERT_CLAUSE_BYTES]);
/** Text at path, cut at a character to max bytes; nothing when it is empty. */
void alert_put_text(sk_json *line, const char *path, const char *text, size_t max);
/** The same, appended to a list. */
void alert_add_text(sk_json *list, const char *text, size_t max);

#endif
