/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that neighbour discovery messages must keep, whatever their type (RFC 4861 6.1, 7.1, 8.1; RFC 6980): which of
 * them a message breaks, as one event, so that a signature need not be written five times. Receivers must discard such
 * a message, so it is told as an attempt and changes nothing that is believed. It comes after the verdict on redirects,
 * which the violation carries along.
 */
#include "correlate/correlate.h"
#include "correlate/values.h"

/* clang-format off */
SK_EVENT(neighbour_violation, "neighbour.violation", DERIVED, "0.1", "A neighbour discovery or SEND message that breaks a rule receivers must discard it for (RFC 4861, 6980)")
SK_FIELD(neighbour_violation_rule, "neighbour.violation.rule", KEYWORD, LIST, "", "0.1", "Rules broken: hop-limit, code, short, source, destination, target, option-zero, option-length, unexpected-slla, solicited-multicast, checksum, fragment, atomic-fragment")
/* clang-format on */

/* What icmpv6.anomaly says beside these is odd, but no reason to discard. */
static const char *const rules[] = {
    "hop-limit", "code",        "short",         "source",          "destination",
    "target",    "option-zero", "option-length", "unexpected-slla", "solicited-multicast"};

static unsigned put_rules(const struct sk_event *ev, struct sk_event *to) {
    unsigned n = 0;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (cor_says(ev, SKF_icmpv6_anomaly, rules[i])) {
            sk_event_put_text(to, SKF_neighbour_violation_rule, rules[i]);
            n++;
        }
    if (cor_says(ev, SKF_icmpv6_checksum, "bad")) {
        sk_event_put_text(to, SKF_neighbour_violation_rule, "checksum");
        n++;
    }
    /* RFC 6980 5: all of them but the certification path advertisement, which may be too long for one packet. */
    static const char *const fragments[] = {"fragment", "atomic-fragment"};
    for (unsigned i = 0; i < 2; i++)
        if (cor_says(ev, SKF_icmpv6_extension, fragments[i]) && ev->icmp_type != 149) {
            sk_event_put_text(to, SKF_neighbour_violation_rule, fragments[i]);
            n++;
        }
    return n;
}

static bool of_interest(const struct sk_event *ev) {
    switch (ev->type) {
    case SKE_icmpv6_rs:
    case SKE_icmpv6_ra:
    case SKE_icmpv6_ns:
    case SKE_icmpv6_na:
    case SKE_icmpv6_redirect:
    case SKE_icmpv6_send:
        return true;
    default:
        return false;
    }
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    (void)state;
    if (!of_interest(ev) ||
        (!sk_event_has(ev, NULL, SKF_icmpv6_anomaly) && !sk_event_has(ev, NULL, SKF_icmpv6_extension) &&
         !cor_says(ev, SKF_icmpv6_checksum, "bad")))
        return;
    struct cor_room room;
    struct sk_event *to = cor_derived(&room, ev, SKE_neighbour_violation);
    if (put_rules(ev, to))
        ctx->derive(ctx, to);
}

static const uint16_t wants[] = {
    SKE_icmpv6_rs, SKE_icmpv6_ra, SKE_icmpv6_ns, SKE_icmpv6_na, SKE_icmpv6_redirect, SKE_icmpv6_send, 0};
const struct sk_correlator sk_cor_nd_rules = {
    .name = "nd_rules", .rank = 33, .wants = wants, .looks_at = wants, .event = event};
