/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what an alert is about got across the boundary: the first question after "who". */
#include "alert/outside.h"

#include <string.h>

static bool is(const struct sk_event *ev, enum sk_field_id f, const char *word) {
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH];
    return sk_event_get(ev, NULL, f, 0, scratch, &v) && v.type == SK_T_KEYWORD && strcmp(v.s.p, word) == 0;
}

static enum sk_tri of_tunnel(const struct sk_event *ev) {
    if (!is(ev, SKF_tunnel_direction, "outbound") && !is(ev, SKF_tunnel_direction, "inbound"))
        return SK_UNKNOWN;
    if (is(ev, SKF_tunnel_confirmed, "two-way") || is(ev, SKF_tunnel_confirmed, "one-way"))
        return SK_YES;
    return is(ev, SKF_tunnel_confirmed, "attempt") ? SK_NO : SK_UNKNOWN;
}

static bool crosses(const struct sk_event *ev) {
    return is(ev, SKF_policy_source_side, "outside") != is(ev, SKF_policy_destination_side, "outside");
}

static enum sk_tri of_flow(const struct sk_event *ev) {
    if (is(ev, SKF_flow_state, "established"))
        return SK_YES;
    return is(ev, SKF_flow_state, "refused") || is(ev, SKF_flow_state, "unanswered") ? SK_NO : SK_UNKNOWN;
}

static enum sk_tri of_dns(const struct sk_event *ev) {
    struct sk_value v;
    if (!sk_event_get(ev, NULL, SKF_dns_answered, 0, NULL, &v))
        return SK_UNKNOWN;
    return v.i ? SK_YES : SK_NO;
}

enum sk_tri alert_reached_outside(const struct sk_event *ev) {
    switch (ev->type) {
    case SKE_tunnel_state:
        return of_tunnel(ev);
    case SKE_flow_state:
        return crosses(ev) ? of_flow(ev) : SK_UNKNOWN;
    case SKE_dns_transaction:
        return crosses(ev) ? of_dns(ev) : SK_UNKNOWN;
    default:
        return SK_UNKNOWN;
    }
}
