/* SPDX-License-Identifier: Apache-2.0 */
/** Guests have a right to privacy: what may be said of a `private` segment, inside this folder only. */
#ifndef SEKIMORI_SRC_ALERT_PRIVACY_H
#define SEKIMORI_SRC_ALERT_PRIVACY_H

#include "sekimori/alert.h"

/** May this field be told of it? Kinds, verdicts, the segment; never who, with whom, or what was asked. */
bool alert_private_may(enum sk_field_id f);

#endif
