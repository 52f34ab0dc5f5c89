/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of an event: which fields each answers for, and how. */
#include "sekimori/part.h"

#include "observe/event.h"
#include "sekimori/text.h"

/* The fields of each part, in the order in which they are rendered. */
#define FLOW(X)                                                                                                        \
    X(flow_state)                                                                                                      \
    X(flow_initiator)                                                                                                  \
    X(flow_initiator_by)                                                                                               \
    X(flow_midstream)                                                                                                  \
    X(flow_one_sided)                                                                                                  \
    X(flow_quic)                                                                                                       \
    X(network_protocol)                                                                                                \
    X(source_bytes)                                                                                                    \
    X(destination_bytes)                                                                                               \
    X(source_packets)                                                                                                  \
    X(destination_packets)                                                                                             \
    X(network_bytes)                                                                                                   \
    X(network_packets)                                                                                                 \
    X(flow_copies)                                                                                                     \
    X(event_start)                                                                                                     \
    X(event_end)
#define VERDICT(X)                                                                                                     \
    X(policy_source_zone)                                                                                              \
    X(policy_source_side)                                                                                              \
    X(policy_source_web)                                                                                               \
    X(policy_destination_zone)                                                                                         \
    X(policy_destination_side)                                                                                         \
    X(policy_destination_web)                                                                                          \
    X(policy_proxy_verdict)                                                                                            \
    X(policy_destination_group)                                                                                        \
    X(policy_segment_ipv6)

#define ID(f) SKF_##f,
static const uint16_t flow_fields[] = {FLOW(ID) SKF_none};
static const uint16_t verdict_fields[] = {VERDICT(ID) SKF_none};
static const uint16_t *const fields_of[SK_PARTS] = {flow_fields, verdict_fields};

const struct sk_part_run sk_part_runs[SK_PARTS][SK_PART_RUNS] = {
    {{SKF_flow_state, SKF_event_end}, {SKF_source_bytes, SKF_network_packets}},
    {{SKF_policy_source_zone, SKF_policy_proxy_verdict}, {SKF_policy_segment_ipv6, SKF_policy_segment_ipv6}},
};
#define FIELDS(list) (sizeof(list) / sizeof(list)[0] - 1)
#define RUN(a, b)    (SKF_##b - SKF_##a + 1)
_Static_assert(RUN(flow_state, event_end) + RUN(source_bytes, network_packets) == FIELDS(flow_fields),
               "obs_flow.c and begin.c declare these and no others there");
_Static_assert(RUN(policy_source_zone, policy_proxy_verdict) + 1 == FIELDS(verdict_fields),
               "cor_policy.c declares these and no others there");

#define OF_FLOW(f)    [SKF_##f] = SK_PART_FLOW + 1,
#define OF_VERDICT(f) [SKF_##f] = SK_PART_VERDICT + 1,
static const uint8_t part_of[SKF_COUNT] = {FLOW(OF_FLOW) VERDICT(OF_VERDICT)};

unsigned sk_part_of(enum sk_field_id f) { return part_of[f]; }
const uint16_t *sk_part_fields(enum sk_part p) { return fields_of[p]; }

static bool word(struct sk_value *ret, int64_t v) {
    ret->i = v;
    return true;
}
static bool text(struct sk_value *ret, const char *s) {
    if (!s)
        return false;
    ret->s.p = s;
    ret->s.len = (uint32_t)strlen(s);
    return true;
}

static bool get_volume(const struct sk_part_flow *p, enum sk_field_id f, struct sk_value *ret) {
    switch ((unsigned)f) {
    case SKF_source_bytes:
        return word(ret, (int64_t)p->bytes[0]);
    case SKF_destination_bytes:
        return word(ret, (int64_t)p->bytes[1]);
    case SKF_source_packets:
        return word(ret, (int64_t)p->packets[0]);
    case SKF_destination_packets:
        return word(ret, (int64_t)p->packets[1]);
    case SKF_network_bytes:
        return word(ret, (int64_t)(p->bytes[0] + p->bytes[1]));
    case SKF_network_packets:
        return word(ret, (int64_t)(p->packets[0] + p->packets[1]));
    case SKF_flow_copies:
        return p->copies && word(ret, (int64_t)p->copies);
    default:
        return false;
    }
}

static bool get_flow(const struct sk_part_flow *p, enum sk_field_id f, struct sk_value *ret) {
    switch ((unsigned)f) {
    case SKF_flow_state:
        return text(ret, sk_flow_state_name((enum sk_flow_state)p->state));
    case SKF_flow_initiator:
        return text(ret, "source");
    case SKF_flow_initiator_by:
        return text(ret, sk_initiator_by_name((enum sk_initiator_by)p->by));
    case SKF_flow_midstream:
        return word(ret, p->midstream);
    case SKF_flow_one_sided:
        return word(ret, p->one_sided);
    case SKF_flow_quic:
        return p->quic && word(ret, true);
    case SKF_network_protocol:
        return text(ret, p->quic ? "quic" : NULL);
    case SKF_event_start:
        return word(ret, p->start);
    case SKF_event_end:
        return word(ret, p->end);
    default:
        return get_volume(p, f, ret);
    }
}

/* Name of the server if the event knows it, else its /24 or /48 (detections.md BND-001: what a finding is folded by).
 */
static bool group(const struct sk_event *ev, char *scratch, struct sk_value *ret) {
    if (sk_event_get(ev, NULL, SKF_destination_domain, 0, scratch, ret))
        return true;
    if (!scratch)
        return text(ret, "");
    struct sk_prefix p = {.addr = ev->dst, .len = ev->dst.fam == 4 ? 24 : 48};
    memset(p.addr.b + p.len / 8, 0, sizeof p.addr.b - p.len / 8);
    return text(ret, sk_prefix_text(&p, scratch));
}

static bool get_verdict(const struct sk_part_verdict *p, const struct sk_event *ev, enum sk_field_id f, char *scratch,
                        struct sk_value *ret) {
    bool to = f == SKF_policy_destination_zone || f == SKF_policy_destination_side || f == SKF_policy_destination_web;
    switch ((unsigned)f) {
    case SKF_policy_source_zone:
    case SKF_policy_destination_zone:
        return text(ret, p->zone[to]);
    case SKF_policy_source_side:
    case SKF_policy_destination_side:
        return p->zone[to] && text(ret, sk_side_name((enum sk_side)p->side[to]));
    case SKF_policy_source_web:
    case SKF_policy_destination_web:
        return p->web[to] != SK_WEB_UNKNOWN && text(ret, sk_web_name((enum sk_web)p->web[to]));
    case SKF_policy_proxy_verdict:
        return p->conversation && text(ret, sk_proxy_verdict_name((enum sk_proxy_verdict)p->proxy));
    case SKF_policy_destination_group:
        return p->conversation && group(ev, scratch, ret);
    case SKF_policy_segment_ipv6:
        return text(ret, sk_ipv6_rule_name((enum sk_ipv6_rule)p->ipv6));
    default:
        return false;
    }
}

bool sk_part_get(const void *part, const struct sk_event *ev, enum sk_field_id f, char *scratch, struct sk_value *ret) {
    ret->type = sk_fields[f].type;
    return part_of[f] == SK_PART_FLOW + 1 ? get_flow(part, f, ret) : get_verdict(part, ev, f, scratch, ret);
}

void sk_event_put_flow(struct sk_event *ev, const struct sk_part_flow *p) {
    if (!sk_event_put_part(ev, SK_PART_FLOW, p, sizeof *p))
        return;
    if (!p->copies)
        sk_event_lack(ev, SKF_flow_copies);
    if (!p->quic) {
        sk_event_lack(ev, SKF_flow_quic);
        sk_event_lack(ev, SKF_network_protocol);
    }
}

void sk_event_put_verdict(struct sk_event *ev, const struct sk_part_verdict *p) {
    static const uint16_t of_end[2][3] = {
        {SKF_policy_source_web, SKF_policy_source_zone, SKF_policy_source_side},
        {SKF_policy_destination_web, SKF_policy_destination_zone, SKF_policy_destination_side}};
    if (!sk_event_put_part(ev, SK_PART_VERDICT, p, sizeof *p))
        return;
    for (unsigned e = 0; e < 2; e++) {
        unsigned absent = !p->zone[e] ? 3 : p->web[e] == SK_WEB_UNKNOWN;
        for (unsigned i = 0; i < absent; i++)
            sk_event_lack(ev, (enum sk_field_id)of_end[e][i]);
    }
    if (!p->conversation) {
        sk_event_lack(ev, SKF_policy_proxy_verdict);
        sk_event_lack(ev, SKF_policy_destination_group);
    }
}

const struct sk_part_flow *sk_event_flow(const struct sk_event *ev) { return sk_event_part(ev, SK_PART_FLOW); }

const struct sk_part_verdict *sk_event_verdict(const struct sk_event *ev) { return sk_event_part(ev, SK_PART_VERDICT); }
