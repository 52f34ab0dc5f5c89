/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEKIMORI_SRC_ALERT_DEVICE_H
#define SEKIMORI_SRC_ALERT_DEVICE_H

#include "alert/fold.h"

/** Which device this event of this rule is about: the end that the rule's subject names, else the inside end. */
bool alert_device(const struct sk_alert_config *cfg, const struct sk_rule *rule, const struct sk_event *ev,
                  struct sk_device *ret);
/** `kouhou-007 (00-00-5E-00-53-B7, 10.30.1.44)` as far as known; short: the best single word. Appends to buf. */
void alert_device_text(const struct sk_device *d, bool short_form, bool ja, struct sk_buf *buf);
/** sekimori.device of the line. */
void alert_device_json(const struct sk_device *d, sk_json *line);

#endif
