/* SPDX-License-Identifier: Apache-2.0 */
/** Notes of analysts on alerts, in a side file that is only appended to: alerts.jsonl -> alerts.notes.jsonl. */
#ifndef SEKIMORI_NOTES_H
#define SEKIMORI_NOTES_H

#include "sekimori/text.h"

/** "ack" seen, "false" a false alarm, "true" what it says, "done" dealt with; NULL-terminated. */
extern const char *const sk_note_verdicts[];
struct sk_note {
    char when[40];   /**< RFC 3339, UTC */
    char verdict[8]; /**< one of sk_note_verdicts */
    char by[64];     /**< who */
    char text[1024]; /**< may be empty */
};
/** A verdict in at most four columns: "ack", "FP", "TP", "done"; "確認", "誤報", "真", "済". */
const char *sk_note_word(const char *verdict, bool ja);
/** Name of the side file of a file of alerts. Appends to ret. */
void sk_notes_path(const char *alerts, struct sk_buf *ret);

/** The last note on each alert (the 200 000 latest); control characters are gone. */
struct sk_notes;
struct sk_notes *sk_notes_load(const char *path); /**< NULL: there is none, or it cannot be read */
const struct sk_note *sk_notes_of(const struct sk_notes *s, const char *alert); /**< NULL: none; s may be NULL */
void sk_notes_free(struct sk_notes *s);
/** Append one, under a lock. Texts must be valid UTF-8. */
SK_MUST_USE sk_err sk_note_add(const char *path, const char *alert, const struct sk_note *note, struct sk_error *err);

#endif
