/* SPDX-License-Identifier: Apache-2.0 */
/* Printing a policy statement by statement. A statement is begun with where it stands, its text is added, and it is
 * ended: as a line, or as a JSON object. */
#ifndef POLICY_SHOW_H
#define POLICY_SHOW_H

#include "policy/pol.h"
#include "sekimori/text.h"

struct show {
    const struct sk_policy *p;
    const struct sk_policy_view *view;
    sk_time today;
    struct sk_buf *out;
    struct sk_buf text;       /* of the statement */
    const struct pol_pos *at; /* NULL: it stands nowhere */
    const char *section, *segment, *entry;
    bool ended; /* it is not in force any more */
    bool later; /* no detection of this version judges by it */
};

void show_begin(struct show *s, const char *section, const struct pol_pos *at);
void show_end(struct show *s);
/* Text of the policy goes to a terminal: no control characters. text NULL: nothing is added. */
void show_pair(struct show *s, const char *word, const char *text);
void show_day(struct show *s, const char *word, sk_time t);
void show_until(struct show *s, sk_time until);
/* none: what an empty list is called; NULL: then nothing is added. */
void show_nets(struct show *s, const char *word, const struct pol_nets *nets, const char *none);
void show_macs(struct show *s, const char *word, const char *between, const struct pol_macs *macs);
void show_texts(struct show *s, const char *word, const struct pol_texts *texts);
void show_services(struct show *s, const char *word, const struct pol_services *services);

/* Is everything shown? */
bool show_all(const struct show *s);
/* Everything, or only an address that these hold, a MAC that is among these. NULL: there are none. */
bool show_wants(const struct show *s, const struct pol_nets *a, const struct pol_nets *b, const struct pol_macs *macs);
/* The segment that is asked for (--segment), or that holds the address (--for); NULL: none is asked for. */
const struct pol_segment *show_asked_segment(const struct show *s);
/* Does this end name the segment that is asked for, or its zone? */
bool show_end_names(const struct show *s, const struct pol_end *end);

/* show_segment.c, show_boundary.c, show_register.c: the sections */
void show_segments(struct show *s);
void show_boundary(struct show *s);
void show_registers(struct show *s);

#endif
