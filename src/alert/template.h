/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SEKIMORI_SRC_ALERT_TEMPLATE_H
#define SEKIMORI_SRC_ALERT_TEMPLATE_H

#include "alert/fold.h"

/** What a message is rendered from. */
struct template_from {
    const struct alert *alert;
    const struct sk_event *event;
    const struct sk_names *names;
    const char *device; /**< text of {device} */
    bool ja;            /**< joins lists the Japanese way */
};

/** Replace {field}, {field|fallback} and the words made here (device, destination, duration, count, members.count,
 * peak_rate, distinct.FIELD, FIELD.top); at most max bytes, cut at a character. Appends to buf. */
void template_render(const char *text, const struct template_from *from, size_t max, struct sk_buf *buf);

#endif
