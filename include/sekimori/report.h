/* SPDX-License-Identifier: Apache-2.0 */
/** For people: the table of alerts on a terminal, the summary after a run. Text from the network is shown without
 * control characters. */
#ifndef SEKIMORI_REPORT_H
#define SEKIMORI_REPORT_H

#include "sekimori/alert.h"
#include "sekimori/observer.h"

/** Keeps the latest state of each alert (at most 100 000, the least severe closed ones go first, counted). */
struct sk_table;
struct sk_table_options {
    const char *lang;     /**< "en", "ja" */
    const char *timezone; /**< name for tzset, NULL = local */
    unsigned columns;     /**< 80, or the terminal's */
    bool wide;            /**< segment, MAC, address and the whole sentence */
    bool colour;
};
struct sk_table *sk_table_new(const struct sk_table_options *opt);
void sk_table_line(struct sk_table *t, const struct sk_alert_line *line);
/** Worst first, then by time; header, rows, footer. Appends to buf. */
void sk_table_render(struct sk_table *t, struct sk_buf *buf);
size_t sk_table_size(const struct sk_table *t);
void sk_table_free(struct sk_table *t);

/** `sekimori read --count`: {"packets": N, "events": {...}, "quoted": {...}, "layers": {...}}; names sorted, zeros left
 * out. */
void sk_counts_json(const struct sk_counts *c, struct sk_buf *buf);

#endif
