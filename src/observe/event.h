/* SPDX-License-Identifier: Apache-2.0 */
/* What event.c, head.c and event_json.c share: the record's layout and the head fields. */
#ifndef SK_OBSERVE_EVENT_H
#define SK_OBSERVE_EVENT_H

#include "sekimori/event.h"

/** How a value is stored. What was put as a prefix or a MAC stays one: its text is made when somebody asks for it. */
enum sk_form {
    SK_FORM_WORD,
    SK_FORM_IP,
    SK_FORM_TEXT,
    SK_FORM_PREFIX,
    SK_FORM_MAC,
    SK_FORM_PART,
    SK_FORM_LISTS, /**< from here on: values of one size, side by side */
    SK_FORM_WORDS = SK_FORM_LISTS,
    SK_FORM_PREFIXES,
    SK_FORM_SHORTS, /**< texts with their NUL */
};

/** One stored value, or a list: this header, then len bytes, then padding to a multiple of 8. Text is NUL-terminated
 * (the NUL is in len). */
struct sk_stored {
    uint16_t field; /**< enum sk_field_id; of a part: enum sk_part */
    uint16_t next;  /**< next value in the same chain: a place, as in struct sk_event */
    uint16_t form;  /**< enum sk_form */
    uint16_t len;
};

/** The value at *at of ev->data, and step over it. @return NULL: no more */
const struct sk_stored *sk_stored_next(const struct sk_event *ev, uint32_t *at);
/** Is this field answered by the head (event.c's list)? */
bool sk_head_has_field(enum sk_field_id f);
/** Value of a head field. @return false: none */
bool sk_head_get(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id f, char *scratch,
                 struct sk_value *ret);
/** The k-th head field in the order of rendering, SKF_none = no more. */
enum sk_field_id sk_head_field(unsigned k);
/** Is it worth a place in a line? Flags that are not set answer when asked but are not listed. */
bool sk_head_listed(const struct sk_event *ev, const struct sk_names *names, enum sk_field_id f);
/** Put a part, with a value of all its fields, unless it is there. @return false: it is, or the record is full */
bool sk_event_put_part(struct sk_event *ev, enum sk_part part, const void *bytes, uint32_t size);
/** NULL: it is not there. */
const void *sk_event_part(const struct sk_event *ev, enum sk_part part);
/** This field of a part just put has none. */
void sk_event_lack(struct sk_event *ev, enum sk_field_id f);
/** Part that answers for this field + 1, 0 = none does. */
unsigned sk_part_of(enum sk_field_id f);
/** Its fields in the order of rendering, ended by SKF_none. */
const uint16_t *sk_part_fields(enum sk_part p);
/** The same as runs of neighbours in the table of fields, both ends included. */
enum { SK_PART_RUNS = 2 };
struct sk_part_run {
    uint16_t first, last;
};
extern const struct sk_part_run sk_part_runs[SK_PARTS][SK_PART_RUNS];
/** Value of a field of the part. scratch: as in sk_event_get(). @return false: none */
bool sk_part_get(const void *part, const struct sk_event *ev, enum sk_field_id f, char *scratch, struct sk_value *ret);
/** Community ID v1, seed 0: "1:" and 28 characters of base64. @return false: addresses or ports are not known */
enum { SK_COMMUNITY_ID = 31, SK_VALUE_SCRATCH = 64 /**< any address or time as text */ };
bool sk_community_id(const struct sk_event *ev, char out[SK_COMMUNITY_ID]);

#endif
