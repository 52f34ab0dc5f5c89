/* SPDX-License-Identifier: Apache-2.0 */
/** For people: the table of alerts on a terminal, the summary after a run. Text from the network is shown without
 * control characters. */
#ifndef SEKIMORI_REPORT_H
#define SEKIMORI_REPORT_H

#include "sekimori/alert.h"
#include "sekimori/notes.h"
#include "sekimori/observer.h"

/** Keeps the latest state of each alert (at most 100 000, the least severe closed ones go first, counted). */
struct sk_listing;
struct sk_listing_options {
    const char *lang;     /**< "en", "ja" */
    const char *timezone; /**< name for tzset, NULL = local */
    unsigned columns;     /**< 80, or the terminal's */
    bool wide;            /**< segment, MAC, address and the whole sentence */
    bool colour;
    const struct sk_notes *notes; /**< what analysts wrote down, or NULL; must outlive the listing */
};
struct sk_listing *sk_listing_new(const struct sk_listing_options *opt);
void sk_listing_line(struct sk_listing *t, const struct sk_alert_line *line);
/** For the footer: matches that exceptions of the policy silenced, and how many of its exceptions are past their end.
 */
void sk_listing_muted(struct sk_listing *t, uint64_t muted, size_t expired);
/** Worst first, then by time; header, rows, footer. Appends to buf. */
void sk_listing_render(struct sk_listing *t, struct sk_buf *buf);
void sk_listing_free(struct sk_listing *t);

/** `sekimori read --count`: {"packets": N, "events": {...}, "quoted": {...}, "layers": {...}}; names sorted, zeros left
 * out. */
void sk_counts_json(const struct sk_counts *c, struct sk_buf *buf);

/** The inventory of devices, collected from the ends of chains (sk_correlation_devices): what has one id is one device,
 * on whatever segments it was seen. At most 200 000; more are counted. */
struct sk_devices;
struct sk_devices *sk_devices_new(void);
/** Names of segments are copied. */
void sk_devices_add(struct sk_devices *d, const struct sk_policy *p, const struct sk_device_entry *e);
struct sk_devices_options {
    struct sk_listing_options listing;
    const char *segment;    /**< only of this segment, or this VLAN by number; NULL: all */
    const char *text;       /**< only with this in a name, MAC, address, vendor or section, whatever the case */
    const char *registered; /**< only "yes", "no", "retired", "unknown" */
    unsigned roles;         /**< only with one of these, bits of enum sk_device_role; 0: all */
};
/** By segment, then name, then MAC. One JSON object a line (schema: sk_devices_schema), or a table. Appends to buf. */
void sk_devices_json(struct sk_devices *d, const struct sk_devices_options *opt, struct sk_buf *buf);
void sk_devices_table(struct sk_devices *d, const struct sk_devices_options *opt, struct sk_buf *buf);
/** "router", "forwarder", "dhcp", "dhcpv6", "dns", "mail"; NULL for other bits. */
const char *sk_device_role_name(unsigned bit);
/** NULL-terminated, in the order of their bits. */
const char *const *sk_device_role_names(void);
void sk_devices_free(struct sk_devices *d);
/** JSON Schema 2020-12 of a line. */
const char *sk_devices_schema(void);

#endif
