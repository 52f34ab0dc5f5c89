/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A first policy from what was seen: YAML that `policy check` accepts as it is. What was only seen is never written as
 * allowed, because whoever attacked while it was recorded is in it: routers, servers, resolvers, proxies and tunnels
 * stand behind `#: `, with how often, since when and why they are doubtful; questions are marked `# ?`.
 */
#ifndef SEKIMORI_SUGGEST_H
#define SEKIMORI_SUGGEST_H

#include "sekimori/correlate.h"

struct sk_suggestion;

struct sk_suggestion *sk_suggestion_new(void);
/** Event types it learns from, ended by 0. */
const uint16_t *sk_suggestion_wants(void);
/** An event that the correlator is done with; what hosts discard, and copies, say nothing. names tells files apart. */
void sk_suggestion_event(struct sk_suggestion *s, const struct sk_event *ev, const struct sk_names *names);
/** A device, at the end of the chain whose events came last. */
void sk_suggestion_device(struct sk_suggestion *s, const struct sk_device_entry *e);
/** Was anything seen that a segment can be made of? */
bool sk_suggestion_any(const struct sk_suggestion *s);
/** Appends the policy to out. @param from words that name what was read; control characters are not shown */
void sk_suggestion_write(struct sk_suggestion *s, const char *from, struct sk_buf *out);
void sk_suggestion_free(struct sk_suggestion *s);

#endif
