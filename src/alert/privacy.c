/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an alert about a `private` segment may hold: that something of a kind happened, where and how often. A list of
 * what may be told, not of what may not: a field made later is private until somebody decides otherwise.
 */
#include "alert/privacy.h"

#include <string.h>

static const struct sk_segment *if_private(const struct sk_policy *p, uint16_t segment) {
    const struct sk_segment *s = sk_policy_segment_at(p, segment);
    return s && s->is_private ? s : NULL;
}

static const struct sk_segment *of_address(const struct sk_policy *p, const struct sk_addr *a) {
    struct sk_place place;
    if (!a->fam)
        return NULL;
    sk_policy_place(p, a, SK_SEGMENT_NONE, &place);
    return if_private(p, place.segment);
}

const struct sk_segment *sk_private_segment(const struct sk_policy *p, const struct sk_event *ev) {
    if (!p || !sk_policy_any_private(p))
        return NULL;
    const struct sk_segment *s = if_private(p, ev->segment);
    struct sk_value end;
    s = s ? s : of_address(p, &ev->src);
    s = s ? s : of_address(p, &ev->dst);
    if (!s && sk_event_get(ev, NULL, SKF_tunnel_inside_ip, 0, NULL, &end)) /* who speaks inside is its device */
        s = of_address(p, &end.ip);
    return s;
}

bool alert_private_may(enum sk_field_id f) {
    static const char *const told[] = {
        "network.name",          "network.vlan.id",      "network.type",      "network.transport",
        "icmpv6.ra.kind",        "ipv6.category",        "tunnel.kind",       "tunnel.confirmed",
        "tunnel.direction",      "flow.state",           "dhcpv6.type",       "policy.segment.ipv6",
        "policy.router.verdict", "policy.proxy.verdict", "correlation.count", "correlation.distinct",
        "correlation.timespan"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (strcmp(sk_fields[f].name, told[i]) == 0)
            return true;
    return false;
}
