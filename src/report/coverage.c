/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was seen, judged: the shares, and which detections could have fired. A detection needs its keys of the policy,
 * and at least one fact of its kind; what it then may have missed is told with it: answers on a side that is not seen,
 * contents that were cut, encrypted or lost.
 */
#include "report/coverage.h"

#include <string.h>

unsigned coverage_percent(uint64_t part, uint64_t whole) {
    return whole ? (unsigned)((100 * part + whole / 2) / whole) : 0;
}

unsigned coverage_one_sided(uint64_t one_sided, uint64_t flows) {
    return flows >= FLOWS_THAT_TELL ? coverage_percent(one_sided, flows) : 0;
}

struct sk_segment_counts coverage_sum(const struct sk_counts *c) {
    struct sk_segment_counts sum = {0};
    for (unsigned i = 0; i < SK_SEGMENTS_COUNTED; i++) {
        const struct sk_segment_counts *s = &c->segment[i];
        if (s->packets && (sum.packets == 0 || s->first < sum.first))
            sum.first = s->first;
        if (s->packets && (sum.packets == 0 || s->last > sum.last))
            sum.last = s->last;
        sum.packets += s->packets;
        sum.bytes += s->bytes;
        sum.truncated += s->truncated;
        sum.undecoded += s->undecoded;
        sum.encrypted += s->encrypted;
        sum.copies += s->copies;
        sum.tcp_flows += s->tcp_flows;
        sum.one_sided += s->one_sided;
    }
    return sum;
}

/* ---- detections ---- */

/* What facts of a type are made from, beside headers. */
enum { ANSWERS = 1, CONTENTS = 2, CLEAR_TEXT = 4 };
static unsigned made_from(enum sk_event_type type) {
    switch ((unsigned)type) {
    case SKE_smtp_transaction:
        return ANSWERS | CONTENTS | CLEAR_TEXT;
    case SKE_dns_transaction:
        return ANSWERS | CONTENTS | CLEAR_TEXT;
    case SKE_dhcpv4_message:
    case SKE_dhcpv6_message:
        return CONTENTS;
    case SKE_flow_state:
    case SKE_tunnel_state:
        return ANSWERS;
    default:
        return 0;
    }
}

/*
 * Were there facts it could have been found in? Some are told only when something is wrong, so that none is no gap:
 * then what they are made from counts; of derived events that is not known here, and any packet will do.
 */
static bool seen(const struct sk_coverage *c, enum sk_event_type type) {
    const uint64_t *layers = c->counts->layers;
    if (c->counts->events[type])
        return true;
    switch ((unsigned)type) {
    case SKE_ip_header:
    case SKE_ip_fragments:
    case SKE_ip_forwarded:
        return layers[SKP_IPV6] || layers[SKP_IPV4];
    case SKE_ipv6_address:
    case SKE_ipv6_amplification:
    case SKE_nd_evasion:
        return layers[SKP_IPV6];
    default:
        return sk_events[type].per == SK_PER_DERIVED && c->counts->packets;
    }
}

enum why coverage_why(const struct sk_coverage *c, const struct sk_rule *r) {
    if (!r->can_fire)
        return NEEDS_POLICY;
    return seen(c, r->event) ? COULD_FIRE : NOT_SEEN;
}

unsigned coverage_limits(const struct sk_coverage *c, const struct sk_rule *r) {
    struct sk_segment_counts all = coverage_sum(c->counts);
    unsigned from = made_from(r->event), limits = 0;
    if (from & ANSWERS && coverage_one_sided(all.one_sided, all.tcp_flows) > ONE_SIDED)
        limits |= LIMIT_ONE_SIDED;
    if (from & CONTENTS && coverage_percent(all.truncated, all.packets) >= TRUNCATED_MATTERS)
        limits |= LIMIT_TRUNCATED;
    if (from & CLEAR_TEXT && coverage_percent(all.encrypted, all.packets))
        limits |= LIMIT_ENCRYPTED;
    if (c->lost || c->source.kernel_dropped || c->source.interface_dropped)
        limits |= LIMIT_LOST;
    return limits;
}

const char *coverage_limit_name(unsigned bit) {
    static const char *const names[LIMITS] = {"one-sided", "truncated", "encrypted", "lost"};
    return bit < LIMITS ? names[bit] : "";
}

/* ---- names ---- */

/* Segments of the policy, seen or not; the last place only if something fell there. */
const char *coverage_segment(const struct sk_coverage *c, unsigned i) {
    if (i == SK_SEGMENTS_COUNTED - 1)
        return c->counts->segment[i].packets ? "unassigned" : NULL;
    const struct sk_segment *s =
        i < sk_policy_segments(c->policy) ? sk_policy_segment_at(c->policy, (uint16_t)i) : NULL;
    return s ? s->id : NULL;
}

const char *coverage_tap(const struct sk_coverage *c, unsigned i) {
    if (i == SK_TAPS_COUNTED - 1)
        return c->counts->tap[i].packets ? "others" : NULL;
    return sk_policy_tap_name(c->policy, (uint16_t)i);
}

const char *coverage_pair_end(const struct sk_coverage *c, unsigned i) {
    if (i == SK_PAIRS_COUNTED - 1)
        return "elsewhere";
    const struct sk_segment *s =
        i < sk_policy_segments(c->policy) ? sk_policy_segment_at(c->policy, (uint16_t)i) : NULL;
    return s ? s->id : NULL;
}

size_t sk_coverage_expired(const struct sk_coverage *c) {
    sk_time now = coverage_sum(c->counts).last;
    size_t n = 0;
    for (size_t i = 0; i < sk_policy_exceptions(c->policy); i++)
        n += sk_policy_exception_at(c->policy, i)->until < now;
    return n;
}
