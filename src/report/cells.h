/* SPDX-License-Identifier: Apache-2.0 */
/** Cells of tables for a terminal: counted in columns, without control characters. */
#ifndef SEKIMORI_SRC_REPORT_CELLS_H
#define SEKIMORI_SRC_REPORT_CELLS_H

#include "sekimori/text.h"

/** Text in exactly `columns` columns, cut with an ellipsis. */
void sk_cell(struct sk_buf *buf, const char *text, size_t columns, bool right);
/** The last cell of a line: without blanks at its end, with the newline. */
void sk_last_cell(struct sk_buf *buf, const char *text, size_t columns);
/** A line of dashes. */
void sk_rule_off(struct sk_buf *buf, unsigned columns);

#endif
