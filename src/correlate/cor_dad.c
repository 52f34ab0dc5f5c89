/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Duplicate address detection that fails (RFC 4862 5.4): a host asks whether an address is taken, and within the time
 * it waits somebody else says so, by an advertisement or by asking for the same address.
 *
 * Once is a duplicate address. Who defeats several addresses, or stops one host again and again, denies the service;
 * tools draw the last three bytes of their MAC anew for each answer, so half a MAC is what they are known by. No
 * denial: the host's own message looped back (same MAC, same nonce: RFC 7527), a mirror's copy, an answer by who owned
 * the address before (a real duplicate, a sleep proxy).
 */
#include "correlate/correlate.h"
#include "correlate/link.h"
#include "correlate/values.h"

#include "sekimori/table.h"

/* clang-format off */
SK_EVENT(neighbour_dad, "neighbour.dad", DERIVED, "0.1", "Duplicate address detection of a host failed: somebody else claimed the address")
SK_FIELD(neighbour_dad_state, "neighbour.dad.state", KEYWORD, ONE, "", "0.1", "duplicate; denial (one sender, or one half of a MAC, defeated several addresses in ten minutes, or one host failed with several)")
SK_FIELD(neighbour_dad_target, "neighbour.dad.target", IP, ONE, "", "0.1", "Address the host wanted")
SK_FIELD(neighbour_dad_host_mac, "neighbour.dad.host.mac", KEYWORD, ONE, "", "0.1", "MAC address of that host")
SK_FIELD(neighbour_dad_host_packet, "neighbour.dad.host.packet", LONG, ONE, "", "0.1", "Number of its frame in the file")
SK_FIELD(neighbour_dad_answer_by, "neighbour.dad.answer.by", KEYWORD, ONE, "", "0.1", "na: an advertisement; ns: another host asks for the same address")
SK_FIELD(neighbour_dad_answer_mac, "neighbour.dad.answer.mac", KEYWORD, ONE, "", "0.1", "MAC address that the answer claims it for")
SK_FIELD(neighbour_dad_delay, "neighbour.dad.delay", FLOAT, ONE, "ms", "0.1", "Time from question to answer")
SK_FIELD(neighbour_dad_known, "neighbour.dad.known", BOOL, ONE, "", "0.1", "The answering MAC owned the address before: a real duplicate, or a sleep proxy")
SK_FIELD(neighbour_dad_targets, "neighbour.dad.targets", LONG, ONE, "", "0.1", "Addresses that this sender, or its half of a MAC, defeated in ten minutes (counted up to 8)")
SK_FIELD(neighbour_dad_host_failures, "neighbour.dad.host.failures", LONG, ONE, "", "0.1", "Addresses that this host failed with in ten minutes (counted up to 8)")
/* clang-format on */

enum { PENDING_MAX = 16384, TALLIES_MAX = 8192, TARGETS_MAX = 8, DENIES = 2 };
#define WAITS (1500 * SK_MSEC) /* RetransTimer is 1 s (RFC 4861 10) */
#define KEPT  (3 * SK_SEC)
#define TALLY (600 * SK_SEC)

struct pending_key {
    struct cor_wire wire;
    struct sk_addr target;
};
struct pending {
    sk_time asked;
    uint64_t packet, nonce; /* nonce: hashed, 0: none */
    struct sk_mac mac;
    bool failed;
};
struct tally_key {
    struct cor_wire wire;
    uint8_t kind, mac[6]; /* kind 0: half of a MAC that answers, 1: a host that fails */
};
struct tally {
    struct {
        uint64_t target;
        sk_time at;
    } of[TARGETS_MAX];
    unsigned n;
};
struct state {
    struct sk_table *pending, *tallies;
    struct sk_hash_key key;
};

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    struct sk_table_config p = {.key_size = sizeof(struct pending_key),
                                .value_size = sizeof(struct pending),
                                .cap = PENDING_MAX,
                                .key = *ctx->key};
    struct sk_table_config t = {
        .key_size = sizeof(struct tally_key), .value_size = sizeof(struct tally), .cap = TALLIES_MAX, .key = *ctx->key};
    s->key = *ctx->key;
    s->pending = sk_table_new(&p);
    s->tallies = sk_table_new(&t);
    return s->pending && s->tallies ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->pending);
    sk_table_free(s->tallies);
}

static struct pending_key key_of(const struct sk_event *ev, const struct sk_addr *target) {
    struct pending_key k;
    memset(&k, 0, sizeof k); /* padding is hashed */
    k.wire = cor_wire_of(ev);
    k.target = *target;
    return k;
}

/* One more address in the list of this sender or host. @return how many in the last ten minutes */
static unsigned count(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev, uint8_t kind,
                      const struct sk_mac *mac, const struct sk_addr *target) {
    struct tally_key k;
    memset(&k, 0, sizeof k);
    k.wire = cor_wire_of(ev);
    k.kind = kind;
    memcpy(k.mac, mac->b, kind ? 6 : 3);
    struct tally *t = sk_cor_put(ctx, s->tallies, &k, NULL);
    uint64_t what = sk_hash(&s->key, target, sizeof *target);
    unsigned kept = 0;
    for (unsigned i = 0; i < t->n; i++)
        if (ev->ts - t->of[i].at <= TALLY && t->of[i].target != what)
            t->of[kept++] = t->of[i];
    if (kept == TARGETS_MAX) { /* the oldest gives way: the list is in order of time */
        memmove(t->of, t->of + 1, (TARGETS_MAX - 1) * sizeof *t->of);
        kept--;
    }
    t->of[kept].target = what;
    t->of[kept].at = ev->ts;
    t->n = kept + 1;
    return t->n;
}

static void fail(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *cause, struct pending *p,
                 const struct sk_addr *target, const struct sk_mac *mac, bool na) {
    struct cor_room room;
    struct sk_event *ev = cor_derived_head(&room, cause, SKE_neighbour_dad);
    if (sk_addr_eq(&ev->src, target)) /* whose it is, is the question: the device is known by its MAC alone */
        ev->src = (struct sk_addr){0};
    bool known = sk_neighbour_had(sk_correlation_of(ctx), cause, target, mac);
    unsigned targets = known ? 1 : count(s, ctx, cause, 0, mac, target);
    unsigned failures = known ? 1 : count(s, ctx, cause, 1, &p->mac, target);
    p->failed = true;
    sk_event_put_text(ev, SKF_neighbour_dad_state, targets >= DENIES || failures >= DENIES ? "denial" : "duplicate");
    sk_event_put_ip(ev, SKF_neighbour_dad_target, target);
    sk_event_put_mac(ev, SKF_neighbour_dad_host_mac, &p->mac);
    if (p->packet)
        sk_event_put_int(ev, SKF_neighbour_dad_host_packet, (int64_t)p->packet);
    sk_event_put_text(ev, SKF_neighbour_dad_answer_by, na ? "na" : "ns");
    sk_event_put_mac(ev, SKF_neighbour_dad_answer_mac, mac);
    sk_event_put_real(ev, SKF_neighbour_dad_delay, (double)(cause->ts - p->asked) / (double)SK_MSEC);
    sk_event_put_int(ev, SKF_neighbour_dad_known, known);
    sk_event_put_int(ev, SKF_neighbour_dad_targets, targets);
    sk_event_put_int(ev, SKF_neighbour_dad_host_failures, failures);
    sk_event_put_text(ev, SKF_sekimori_effect, "accepted");
    sk_event_put_text(ev, SKF_sekimori_certainty, "observed");
    ctx->derive(ctx, ev);
}

static uint64_t nonce_of(const struct state *s, const struct sk_event *ev) {
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH];
    return sk_event_get(ev, NULL, SKF_icmpv6_nd_nonce, 0, scratch, &v) ? sk_hash(&s->key, v.s.p, v.s.len) | 1 : 0;
}

static bool waiting(const struct pending *p, sk_time now) { return p && now >= p->asked && now - p->asked <= WAITS; }

static void asked(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_addr target;
    if (!cor_true(ev, SKF_icmpv6_ns_dad) || !cor_ip(ev, SKF_icmpv6_ns_target, &target))
        return;
    struct pending_key k = key_of(ev, &target);
    struct pending *p = sk_table_peek(s->pending, &k);
    uint64_t nonce = nonce_of(s, ev);
    if (waiting(p, ev->ts) && !sk_mac_eq(&p->mac, &ev->smac)) {
        if (!p->failed && !(nonce && nonce == p->nonce))
            fail(s, ctx, ev, p, &target, &ev->smac, false);
        return;
    }
    p = sk_cor_put(ctx, s->pending, &k, NULL);
    *p = (struct pending){.asked = ev->ts, .nonce = nonce, .mac = ev->smac};
    p->packet = ev->flags & SK_EV_FRAME ? ev->number : 0;
}

static void answered(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_addr target;
    struct sk_mac mac = ev->smac;
    if (!cor_ip(ev, SKF_icmpv6_na_target, &target))
        return;
    struct pending_key k = key_of(ev, &target);
    struct pending *p = sk_table_peek(s->pending, &k);
    (void)sk_event_mac(ev, SKF_icmpv6_nd_tlla, &mac);
    if (waiting(p, ev->ts) && !p->failed && !sk_mac_eq(&p->mac, &mac) && !sk_mac_eq(&p->mac, &ev->smac))
        fail(s, ctx, ev, p, &target, &mac, true);
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    if ((ev->type != SKE_icmpv6_ns && ev->type != SKE_icmpv6_na) || ev->flags & SK_EV_DUPLICATE ||
        sk_mac_zero(&ev->smac) || sk_cor_private(ctx->policy, ev) || sk_cor_discarded(ev))
        return;
    if (ev->type == SKE_icmpv6_ns)
        asked(state, ctx, ev);
    else
        answered(state, ctx, ev);
}

static void tick(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    const void *key;
    const struct pending *p;
    while ((p = sk_table_oldest(s->pending, &key)) && ctx->now - p->asked > KEPT) {
        struct pending_key k;
        memcpy(&k, key, sizeof k);
        sk_table_del(s->pending, &k);
    }
}

static const uint16_t wants[] = {SKE_icmpv6_ns, SKE_icmpv6_na, 0};
/* Before the bindings: the answer itself makes its sender an owner. */
const struct sk_correlator sk_cor_dad = {.name = "dad",
                                         .rank = 19,
                                         .wants = wants,
                                         .looks_at = wants,
                                         .state_size = sizeof(struct state),
                                         .init = init,
                                         .fini = fini,
                                         .event = event,
                                         .tick = tick};
