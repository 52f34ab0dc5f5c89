/* SPDX-License-Identifier: Apache-2.0 */
/** What the parts of `sekimori explain` share, inside this folder only. Everything from a line or a file passes
 * explain_put() or explain_line() on its way to the terminal. */
#ifndef SEKIMORI_SRC_ALERT_EXPLAIN_H
#define SEKIMORI_SRC_ALERT_EXPLAIN_H

#include "sekimori/alert.h"

struct explain {
    struct sk_buf out;
    const struct sk_rule *rule;
    const struct sk_explain_request *rq;
    const sk_json *alert; /**< or NULL */
    bool ja;
};

/** Text without control characters. */
void explain_put(struct explain *e, const char *text);
/** The label's column; name NULL or "": the same again. */
void explain_label(struct explain *e, const char *name);
/** A labelled line; nothing for an empty text. */
void explain_line(struct explain *e, const char *name, const char *text);
/** A leaf as people read it, of a list the first few. */
void explain_leaf(struct explain *e, const sk_json *v, enum sk_field_id f);
/** Value of a field in the line: below sekimori.facts, or where ECS has its place. NULL: not there. */
const sk_json *explain_value(const struct explain *e, const char *field);
/** The first text of a field, or NULL. */
const char *explain_text(const struct explain *e, const char *field);
/** A template with its {fields} filled from the line; a name that is not in the line stands as it is. */
void explain_filled(struct explain *e, const char *text);
/** A list of the line, one item a line. */
void explain_list(struct explain *e, const char *name, const char *path);
/** `09:12:03` in local time, with the day where day is true; the text itself where it is no time. */
void explain_local(struct explain *e, const char *utc, bool day);

/** Lines of configuration, filled: switch, guards, packet filter. */
void explain_respond(struct explain *e, const char *name);
/** How to write the exception, how to see the packets. */
void explain_exception(struct explain *e, const char *name);
void explain_packets(struct explain *e, const char *name);
/** Clauses, the site's own first, with their subject and what they rest on. */
void explain_clauses(struct explain *e, const char *name);

#endif
