/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEKIMORI_SRC_ALERT_WORDS_H
#define SEKIMORI_SRC_ALERT_WORDS_H

#include "sekimori/field.h"

/** What a Japanese sentence calls this value of this field; the value itself where it has no word of its own. JSON
 * facts always keep the value. */
const char *alert_word_ja(enum sk_field_id f, const char *value);

#endif
