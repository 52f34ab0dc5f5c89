/* SPDX-License-Identifier: Apache-2.0 */
/** For people: the table of alerts on a terminal, the summary after a run. Text from the network is shown without
 * control characters. */
#ifndef SEKIMORI_REPORT_H
#define SEKIMORI_REPORT_H

#include "sekimori/alert.h"
#include "sekimori/observer.h"

/** Keeps the latest state of each alert (at most 100 000, the least severe closed ones go first, counted). */
struct sk_listing;
struct sk_listing_options {
    const char *lang;     /**< "en", "ja" */
    const char *timezone; /**< name for tzset, NULL = local */
    unsigned columns;     /**< 80, or the terminal's */
    bool wide;            /**< segment, MAC, address and the whole sentence */
    bool colour;
};
struct sk_listing *sk_listing_new(const struct sk_listing_options *opt);
void sk_listing_line(struct sk_listing *t, const struct sk_alert_line *line);
/** Worst first, then by time; header, rows, footer. Appends to buf. */
void sk_listing_render(struct sk_listing *t, struct sk_buf *buf);
size_t sk_listing_size(const struct sk_listing *t);
void sk_listing_free(struct sk_listing *t);

/** `sekimori read --count`: {"packets": N, "events": {...}, "quoted": {...}, "layers": {...}}; names sorted, zeros left
 * out. */
void sk_counts_json(const struct sk_counts *c, struct sk_buf *buf);

#endif
