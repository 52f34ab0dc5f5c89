/* SPDX-License-Identifier: Apache-2.0 */
/** What tells one alert from another, inside this folder only. */
#ifndef SEKIMORI_SRC_ALERT_KEY_H
#define SEKIMORI_SRC_ALERT_KEY_H

#include "alert/fold.h"
#include "sekimori/hash.h"
#include "sekimori/policy.h"

/** Is the segment all that alerts of this rule are about? */
bool alert_key_of_segment(const struct sk_rule *r);
/** What its id is made of: the same in every run. */
void alert_key_name(const struct sk_buf *bytes, uint8_t ret[16]);

/** The key of the last match: matches of a flood are about the same, one after the other. Zeroed but for find. */
struct alert_keys {
    struct sk_hash_key find; /**< never a known one */
    struct sk_buf bytes;     /**< of the key asked for last */
    struct sk_buf made;      /**< those that key was made of */
    uint8_t key[16];
    /* what bytes was made of, where the segment is all; else detection is NULL */
    const char *detection;
    const struct sk_segment *guests;
    uint16_t segment;
};
/** By which the match's alert is found: keyed, 128 bits, good in this run only. Made of detection, subject and
 * discriminator; a host that stands out of its roll-up is a subject of its own. Of a private segment (guests) there are
 * only counts: the segment is the subject. */
void alert_keys_make(struct alert_keys *k, const struct sk_match *m, const struct sk_event *ev,
                     const struct sk_names *names, const struct sk_segment *guests, uint8_t ret[16]);
void alert_keys_free(struct alert_keys *k);

#endif
