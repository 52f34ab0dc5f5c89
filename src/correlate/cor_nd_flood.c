/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floods of neighbour discovery in a sliding window: many addresses claimed by one MAC, or more messages of a kind on a
 * segment than hosts ever send, whatever MACs they invent. Counted in a state a MAC (bounded) and one a segment and
 * kind, so that a flood of new MACs costs nothing but entries that are the first to go.
 *
 * Limits are far above what a segment of a thousand hosts sends when all of them come up at once.
 */
#include "correlate/correlate.h"
#include "correlate/link.h"
#include "correlate/sliding.h"
#include "correlate/values.h"

#include "sekimori/table.h"

/* clang-format off */
SK_EVENT(neighbour_flood, "neighbour.flood", DERIVED, "0.1", "More messages of neighbour discovery or amplification than hosts send: of one MAC for many addresses, or of a whole segment")
SK_FIELD(neighbour_flood_kind, "neighbour.flood.kind", KEYWORD, ONE, "", "0.1", "one-sender (over 30 advertisements in ten seconds for over 5 addresses) or segment (in ten seconds over 1000 unsolicited advertisements, 1000 solicitations of groups, 3000 questions of duplicate address detection, 50 redirects, 100 packets of ipv6.amplification)")
SK_FIELD(neighbour_flood_message, "neighbour.flood.message", KEYWORD, ONE, "", "0.1", "na, ns, dad, redirect, amplification")
SK_FIELD(neighbour_flood_rate, "neighbour.flood.rate", LONG, ONE, "", "0.1", "Such messages in the last ten seconds")
SK_FIELD(neighbour_flood_targets, "neighbour.flood.targets", LONG, ONE, "", "0.1", "Addresses the sender claimed in these (counted up to 6)")
/* clang-format on */

enum { SENDERS_MAX = 8192, SEGMENTS_MAX = 1024, TARGETS = 6, ONE_SENDER = 30 };
#define WINDOW (12 * SK_SEC) /* ten seconds, and the bucket that is filling */

enum message { NA, NS, DAD, REDIRECT, AMPLIFICATION };
static const struct {
    const char *name;
    unsigned limit;
} messages[] = {{"na", 1000}, {"ns", 1000}, {"dad", 3000}, {"redirect", 50}, {"amplification", 100}};

struct place {
    uint8_t message; /* of the whole segment */
    struct cor_wire wire;
    struct sk_mac mac; /* zero: the whole segment */
};
struct sender {
    struct sliding n;
    struct {
        uint64_t target;
        sk_time at;
    } of[TARGETS];
};
struct state {
    struct sk_table *senders, *segments;
    struct sk_hash_key key;
};

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    struct sk_table_config one = {
        .key_size = sizeof(struct place), .value_size = sizeof(struct sender), .cap = SENDERS_MAX, .key = *ctx->key};
    struct sk_table_config all = {
        .key_size = sizeof(struct place), .value_size = sizeof(struct sliding), .cap = SEGMENTS_MAX, .key = *ctx->key};
    s->key = *ctx->key;
    s->senders = sk_table_new(&one);
    s->segments = sk_table_new(&all);
    return s->senders && s->segments ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->senders);
    sk_table_free(s->segments);
}

static struct place place_of(const struct sk_event *ev, const struct sk_mac *mac, enum message what) {
    struct place p;
    memset(&p, 0, sizeof p);
    p.message = (uint8_t)what;
    p.wire = cor_wire_of(ev);
    if (mac)
        p.mac = *mac;
    return p;
}

/* Different addresses of the window, up to TARGETS: the place of one that is gone, or of the oldest, is taken. */
static unsigned targets(struct sender *x, uint64_t target, sk_time now) {
    unsigned to = 0, n = 0;
    bool there = false;
    for (unsigned i = 0; i < TARGETS; i++) {
        if (x->of[i].at < x->of[to].at)
            to = i;
        if (x->of[i].target == target && !there) {
            x->of[i].at = now;
            there = true;
        }
        n += x->of[i].target && now - x->of[i].at <= WINDOW;
    }
    if (there)
        return n;
    n += !(x->of[to].target && now - x->of[to].at <= WINDOW);
    x->of[to].target = target;
    x->of[to].at = now;
    return n;
}

static void tell(struct sk_cor_ctx *ctx, const struct sk_event *cause, enum message what, uint64_t rate, unsigned of) {
    static const char *const verdicts[] = {"unknown", "not-listed", "listed"};
    struct cor_room room;
    struct sk_event *ev = cor_derived_head(&room, cause, SKE_neighbour_flood);
    sk_event_put_text(ev, SKF_neighbour_flood_kind, of ? "one-sender" : "segment");
    sk_event_put_text(ev, SKF_neighbour_flood_message, messages[what].name);
    sk_event_put_int(ev, SKF_neighbour_flood_rate, (int64_t)rate);
    sk_event_put_text(ev, SKF_policy_neighbour_router,
                      verdicts[sk_policy_router_mac(ctx->policy, cause->segment, &cause->smac)]);
    if (of)
        sk_event_put_int(ev, SKF_neighbour_flood_targets, of);
    ctx->derive(ctx, ev);
}

/* @return the segment has more of them than hosts send, and that is told */
static bool of_segment(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev, enum message what) {
    struct place whole = place_of(ev, NULL, what);
    uint64_t before = sk_table_evicted(s->segments);
    uint64_t rate = sliding_add(sk_table_put(s->segments, &whole, NULL), ev->ts, WINDOW);
    ctx->evictions += sk_table_evicted(s->segments) - before;
    if (rate <= messages[what].limit)
        return false;
    tell(ctx, ev, what, rate, 0);
    return true;
}

static void of_sender(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_addr target;
    if (sk_mac_zero(&ev->smac) || !cor_ip(ev, SKF_icmpv6_na_target, &target))
        return;
    struct place one = place_of(ev, &ev->smac, NA);
    uint64_t before = sk_table_evicted(s->senders);
    struct sender *x = sk_table_put(s->senders, &one, NULL);
    ctx->evictions += sk_table_evicted(s->senders) - before;
    uint64_t rate = sliding_add(&x->n, ev->ts, WINDOW);
    unsigned of = targets(x, sk_hash(&s->key, &target, sizeof target) | 1, ev->ts);
    if (rate > ONE_SENDER && of == TARGETS)
        tell(ctx, ev, NA, rate, of);
}

/* Attempts that hosts discard are a flood too: the switch and the wire carry them. */
static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    if (ev->flags & SK_EV_DUPLICATE)
        return;
    switch (ev->type) {
    case SKE_icmpv6_na:
        if (cor_says(ev, SKF_icmpv6_na_flags, "S") || !of_segment(s, ctx, ev, NA))
            of_sender(s, ctx, ev);
        break;
    case SKE_icmpv6_ns:
        if (sk_addr_scope(&ev->dst) == SK_SCOPE_MULTICAST)
            (void)of_segment(s, ctx, ev, cor_true(ev, SKF_icmpv6_ns_dad) ? DAD : NS);
        break;
    case SKE_icmpv6_redirect:
        (void)of_segment(s, ctx, ev, REDIRECT);
        break;
    case SKE_ipv6_amplification:
        (void)of_segment(s, ctx, ev, AMPLIFICATION);
        break;
    default:
        break;
    }
}

static const uint16_t wants[] = {SKE_icmpv6_na, SKE_icmpv6_ns, SKE_icmpv6_redirect, SKE_ipv6_amplification, 0};
const struct sk_correlator sk_cor_nd_flood = {.name = "nd_flood",
                                              .rank = 26,
                                              .wants = wants,
                                              .looks_at = wants,
                                              .state_size = sizeof(struct state),
                                              .init = init,
                                              .fini = fini,
                                              .event = event};
