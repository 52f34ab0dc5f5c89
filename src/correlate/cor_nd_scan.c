/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scans that fill neighbour caches (RFC 6583): many addresses of one /64 asked for, by neighbour solicitations on the
 * link (by the scanner, or by the router that resolves for a scanner outside) or by flows from elsewhere, and next to
 * none of them answers. A router that starts again asks for hosts that do answer.
 *
 * A source and /64 has a sliding minute of new targets and of answers, and a day of both for those who go slowly. The
 * answers of a burst are waited for: it is judged three seconds after it crossed the limit, at a tick if nothing more
 * comes.
 *
 * There is one more entry for all sources of a /64: a scanner may invent a MAC address for each question. That one is
 * judged by how many do not answer, not by their share: others on the link ask and are answered meanwhile. A source
 * adds to it only its first few, and only while most of what it asks for is dead (see adds()): so its limit takes more
 * than four sources, one scanner is neither told as many nor hides them, and a server that looks for all laptops, half
 * of them switched off, adds nothing. On the link an address that spoke there is not counted, whether the mirror shows
 * its answer or not.
 */
#include "correlate/correlate.h"
#include "correlate/link.h"
#include "correlate/sliding.h"
#include "correlate/values.h"

#include "sekimori/table.h"

#include <stdlib.h>

/* clang-format off */
SK_EVENT(neighbour_scan, "neighbour.scan", DERIVED, "0.1", "Many addresses of one /64 are asked for and next to none answers")
SK_FIELD(neighbour_scan_seen_by, "neighbour.scan.seen_by", KEYWORD, ONE, "", "0.1", "ns: neighbour solicitations on the link; flow: flows to the addresses")
SK_FIELD(neighbour_scan_pace, "neighbour.scan.pace", KEYWORD, ONE, "", "0.1", "fast (over 64 addresses a minute, of distributed sources over 256 unanswered) or slow (over 512 unanswered in a day)")
SK_FIELD(neighbour_scan_distributed, "neighbour.scan.distributed", BOOL, ONE, "", "0.1", "Counted over all sources")
SK_FIELD(neighbour_scan_prefix, "neighbour.scan.prefix", KEYWORD, ONE, "", "0.1", "The /64")
SK_FIELD(neighbour_scan_targets, "neighbour.scan.targets", LONG, ONE, "", "0.1", "Different addresses asked for in the window, an estimate above 2000")
SK_FIELD(neighbour_scan_answered, "neighbour.scan.answered", LONG, ONE, "", "0.1", "Those that answered")
SK_FIELD(neighbour_scan_rate, "neighbour.scan.rate", LONG, ONE, "", "0.1", "New addresses a second, in the busier of the last two buckets of five seconds")
/* clang-format on */

enum {
    SCANS_MAX = 8192,
    RING = 96,
    DAY_BITS = 4096,
    WAITING_MAX = 256,
    PER_TICK = 4,
    FAST = 64,
    DISTRIBUTED = 256,
    SLOW = 512,
    ADDS_MINUTE = DISTRIBUTED / 4, /* of one source to all */
    ADDS_DAY = SLOW / 4
};
#define MINUTE (60 * SK_SEC)
#define WAIT   (3 * SK_SEC) /* MAX_MULTICAST_SOLICIT times RetransTimer (RFC 4861 10) */

struct key {
    struct sk_addr src; /* fam 0: all sources */
    uint8_t flow, guests, prefix[8];
    struct cor_wire wire;
};
struct scan {
    struct sliding asked, answered;
    struct {
        uint32_t target;
        bool answered, added; /* added: to the count of all */
        sk_time at;
    } ring[RING]; /* of the last minute */
    unsigned next;
    sk_time day;                                /* when its count began */
    uint32_t day_asked, day_answered, day_told; /* told: of how many */
    uint8_t day_bits[2][DAY_BITS / 8];
    bool waits;
    sk_time active; /* judged a scan until then */
};
struct waiting {
    struct key key;
    sk_time due;
    _Alignas(struct sk_event) uint8_t head[sizeof(struct sk_event)]; /* of the event that crossed the limit */
};
struct state {
    struct sk_table *scans;
    struct sk_hash_key hash;
    struct waiting *waiting; /* a ring, in order of due */
    unsigned first, n;
};

static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->scans);
    free(s->waiting);
}
static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    struct sk_table_config cfg = {
        .key_size = sizeof(struct key), .value_size = sizeof(struct scan), .cap = SCANS_MAX, .key = *ctx->key};
    s->hash = *ctx->key;
    s->scans = sk_table_new(&cfg);
    s->waiting = calloc(WAITING_MAX, sizeof *s->waiting);
    return s->scans && s->waiting ? SK_OK : SK_ENOMEM;
}

/* Not so the one count of guests: it is of who gets answers too. */
static bool is_of_all(const struct key *k) { return !k->src.fam && !k->guests; }

static struct key of_all(const struct key *one) {
    struct key k = *one;
    memset(&k.src, 0, sizeof k.src);
    return k;
}

static struct key key_of(const struct sk_event *ev, const struct sk_addr *src, const struct sk_addr *target,
                         bool flow) {
    struct key k;
    memset(&k, 0, sizeof k); /* padding is hashed */
    if (src)
        k.src = *src;
    k.guests = !src;
    k.flow = flow;
    memcpy(k.prefix, target->b, sizeof k.prefix);
    k.wire = cor_wire_of(ev);
    return k;
}

/* ---- counting ---- */

static bool has_bit(const uint8_t *bits, uint64_t hash) { return bits[hash % DAY_BITS / 8] & 1u << hash % 8; }

static bool set_bit(uint8_t *bits, uint64_t hash) {
    uint8_t *at = &bits[hash % DAY_BITS / 8], bit = (uint8_t)(1u << hash % 8);
    bool fresh = !(*at & bit);
    *at |= bit;
    return fresh;
}

static void begin_day(struct scan *x, sk_time now) {
    if (x->day && now - x->day <= SK_DAY)
        return;
    x->day = now;
    x->day_asked = x->day_answered = x->day_told = 0;
    memset(x->day_bits, 0, sizeof x->day_bits);
}

/* @return it was not asked for in the last minute */
static bool ask(struct scan *x, uint64_t target, sk_time now) {
    begin_day(x, now);
    for (unsigned i = 0; i < RING; i++)
        if (x->ring[i].target == (uint32_t)target && x->ring[i].at && now - x->ring[i].at <= MINUTE)
            return false;
    x->ring[x->next].target = (uint32_t)target;
    x->ring[x->next].answered = x->ring[x->next].added = false;
    x->ring[x->next].at = now;
    x->next = (x->next + 1) % RING;
    sliding_add(&x->asked, now, MINUTE);
    sliding_move(&x->answered, now, MINUTE);
    x->day_asked += set_bit(x->day_bits[0], target);
    return true;
}

enum answer { NO_ANSWER, ANSWER, ANSWER_ADDED };

/* @return whether it answers a question for the first time, and one that was added to those of all */
static enum answer answer(struct scan *x, uint64_t target, sk_time now) {
    for (unsigned i = 0; i < RING; i++)
        if (x->ring[i].target == (uint32_t)target && x->ring[i].at && now - x->ring[i].at <= WAIT) {
            if (x->ring[i].answered)
                return NO_ANSWER;
            x->ring[i].answered = true;
            sliding_add(&x->answered, now, MINUTE);
            x->day_answered += set_bit(x->day_bits[1], target);
            return x->ring[i].added ? ANSWER_ADDED : ANSWER;
        }
    return NO_ANSWER;
}

/* The answer to whomever: the target lives. */
static void answer_all(struct scan *all, uint64_t target, bool added, sk_time now) {
    if (added)
        sliding_add(&all->answered, now, MINUTE);
    if (set_bit(all->day_bits[1], target) && has_bit(all->day_bits[0], target))
        all->day_answered++;
}

/* What it asks for now counts among all. A third that lives is no scan: who asks for one that does before each two gets
 * past, at two thirds of the speed. */
static bool adds(const struct scan *x) {
    return sliding_sum(&x->asked) <= ADDS_MINUTE && x->day_asked <= ADDS_DAY && x->day_answered * 3 < x->day_asked;
}

/* At most one in ten answers. */
static bool dead(uint64_t asked, uint64_t answered) { return answered * 10 <= asked; }

static bool crossed(const struct key *k, const struct scan *x) {
    uint64_t limit = is_of_all(k) ? DISTRIBUTED + sliding_sum(&x->answered) : k->src.fam ? FAST : DISTRIBUTED;
    return sliding_sum(&x->asked) > limit;
}

static bool fast(const struct key *k, struct scan *x, sk_time now) {
    sliding_move(&x->asked, now, MINUTE);
    sliding_move(&x->answered, now, MINUTE);
    return crossed(k, x) && (is_of_all(k) || dead(sliding_sum(&x->asked), sliding_sum(&x->answered)));
}

static bool slow(const struct key *k, const struct scan *x) {
    return x->day_asked > SLOW + x->day_answered && (is_of_all(k) || dead(x->day_asked, x->day_answered));
}

/* ---- telling ---- */

static int64_t rate_of(const struct scan *x) {
    uint32_t now = x->asked.n[(uint64_t)x->asked.at % SLIDING_BUCKETS];
    uint32_t before = x->asked.n[(uint64_t)(x->asked.at + SLIDING_BUCKETS - 1) % SLIDING_BUCKETS];
    return (now > before ? now : before) / 5;
}

static void tell(struct sk_cor_ctx *ctx, const struct sk_event *cause, const struct key *k, const struct scan *x,
                 bool quick, sk_time now) {
    struct cor_room room;
    struct sk_event *ev = cor_derived_head(&room, cause, SKE_neighbour_scan);
    struct sk_prefix p = {.addr = {.fam = 6}, .len = 64};
    memcpy(p.addr.b, k->prefix, sizeof k->prefix);
    ev->ts = now;
    sk_event_put_text(ev, SKF_neighbour_scan_seen_by, k->flow ? "flow" : "ns");
    sk_event_put_text(ev, SKF_neighbour_scan_pace, quick ? "fast" : "slow");
    sk_event_put_int(ev, SKF_neighbour_scan_distributed, k->src.fam == 0);
    sk_event_put_prefix(ev, SKF_neighbour_scan_prefix, &p);
    sk_event_put_int(ev, SKF_neighbour_scan_targets, (int64_t)(quick ? sliding_sum(&x->asked) : x->day_asked));
    sk_event_put_int(ev, SKF_neighbour_scan_answered, (int64_t)(quick ? sliding_sum(&x->answered) : x->day_answered));
    sk_event_put_int(ev, SKF_neighbour_scan_rate, rate_of(x));
    sk_event_put_text(ev, SKF_sekimori_certainty, "inferred");
    ctx->derive(ctx, ev);
}

/* ---- waiting for answers ---- */

static void wait_for_answers(struct state *s, struct sk_cor_ctx *ctx, const struct key *k, struct scan *x,
                             const struct sk_event *ev) {
    if (x->waits)
        return;
    if (s->n == WAITING_MAX) {
        ctx->evictions++;
        return;
    }
    struct waiting *w = &s->waiting[(s->first + s->n++) % WAITING_MAX];
    w->key = *k;
    w->due = ev->ts + WAIT;
    memcpy(w->head, ev, sizeof w->head);
    x->waits = true;
}

/* all: the end; there is no later tick for what is left. */
static void judge(struct state *s, struct sk_cor_ctx *ctx, sk_time now, bool all) {
    for (unsigned told = 0; s->n && (all || (told < PER_TICK && s->waiting[s->first].due <= now));) {
        struct waiting *w = &s->waiting[s->first];
        struct scan *x = sk_table_peek(s->scans, &w->key);
        sk_time at = all && w->due > now ? now : w->due;
        if (x) {
            x->waits = false;
            if (fast(&w->key, x, at)) {
                x->active = at + MINUTE;
                told++;
                tell(ctx, (const struct sk_event *)(const void *)w->head, &w->key, x, true, at);
            }
        }
        s->first = (s->first + 1) % WAITING_MAX;
        s->n--;
    }
}

/* ---- events ---- */

/* @return it was not asked for in the last minute */
static bool count(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct key *k,
                  const struct sk_addr *target) {
    uint64_t before = sk_table_evicted(s->scans);
    struct scan *x = sk_table_put(s->scans, k, NULL);
    ctx->evictions += sk_table_evicted(s->scans) - before;
    uint32_t day = x->day_asked;
    if (!ask(x, sk_hash(&s->hash, target, sizeof *target), ev->ts))
        return false;
    if (x->active >= ev->ts && fast(k, x, ev->ts)) {
        x->active = ev->ts + MINUTE;
        tell(ctx, ev, k, x, true, ev->ts);
    } else if (crossed(k, x)) {
        wait_for_answers(s, ctx, k, x, ev);
    } else if (x->day_asked > day && slow(k, x) && x->day_asked >= 2 * x->day_told) { /* again when it has doubled */
        x->day_told = x->day_asked;
        tell(ctx, ev, k, x, false, ev->ts);
    }
    return true;
}

static void asked(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct key *k,
                  const struct sk_addr *target, bool living) {
    if (!count(s, ctx, ev, k, target) || living || k->guests)
        return;
    struct scan *x = sk_table_peek(s->scans, k);
    struct key every = of_all(k);
    if (!x || !adds(x) || !count(s, ctx, ev, &every, target))
        return;
    x = sk_table_peek(s->scans, k); /* the other may have taken its place */
    if (x)
        x->ring[(x->next + RING - 1) % RING].added = true;
}

static void answered(struct state *s, const struct sk_event *ev, const struct key *k, const struct sk_addr *target) {
    struct scan *x = sk_table_peek(s->scans, k);
    uint64_t hash = sk_hash(&s->hash, target, sizeof *target);
    enum answer a = x ? answer(x, hash, ev->ts) : NO_ANSWER;
    if (a == NO_ANSWER || k->guests)
        return;
    struct key every = of_all(k);
    struct scan *all = sk_table_peek(s->scans, &every);
    if (all)
        answer_all(all, hash, a == ANSWER_ADDED, ev->ts);
}

static bool guests(const struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    const struct sk_segment *seg = sk_policy_segment_at(ctx->policy, ev->segment);
    return seg && seg->is_private;
}

/* Of guests no address is kept: one count a segment and /64. */
static void solicited(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_addr target;
    if (!cor_ip(ev, SKF_icmpv6_ns_target, &target) || sk_addr_scope(&ev->src) == SK_SCOPE_UNSPECIFIED ||
        sk_addr_scope(&ev->dst) != SK_SCOPE_MULTICAST) /* to one host: it is still there, not: who has it? */
        return;
    struct key k = key_of(ev, guests(ctx, ev) ? NULL : &ev->src, &target, false);
    asked(s, ctx, ev, &k, &target, sk_neighbour_at_home(sk_correlation_of(ctx), ev, &target));
}

static void advertised(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_addr target;
    if (!cor_ip(ev, SKF_icmpv6_na_target, &target) || !cor_says(ev, SKF_icmpv6_na_flags, "S"))
        return;
    struct key k = key_of(ev, guests(ctx, ev) ? NULL : &ev->dst, &target, false);
    answered(s, ev, &k, &target);
}

/* It answered somebody today. Not used on the link, where anybody can forge answers for all bits. */
static bool lives(const struct state *s, const struct key *k, const struct sk_addr *target) {
    struct key every = of_all(k);
    const struct scan *all = sk_table_peek(s->scans, &every);
    return all && has_bit(all->day_bits[1], sk_hash(&s->hash, target, sizeof *target));
}

/* Only towards addresses that are ours by the policy: what is asked of the world is no cache of ours. */
static void flow(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_place place;
    if (ev->src.fam != 6 || memcmp(ev->src.b, ev->dst.b, 8) == 0 || sk_addr_scope(&ev->dst) == SK_SCOPE_MULTICAST)
        return;
    sk_policy_place(ctx->policy, &ev->dst, SK_SEGMENT_NONE, &place);
    if (place.side != SK_SIDE_INSIDE || sk_cor_private(ctx->policy, ev))
        return;
    struct key k = key_of(ev, &ev->src, &ev->dst, true);
    if (cor_says(ev, SKF_flow_state, "opened"))
        asked(s, ctx, ev, &k, &ev->dst, lives(s, &k, &ev->dst));
    else if (cor_says(ev, SKF_flow_state, "established") || cor_says(ev, SKF_flow_state, "refused"))
        answered(s, ev, &k, &ev->dst);
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    if (ev->type == SKE_flow_state) {
        flow(s, ctx, ev);
        return;
    }
    if ((ev->type != SKE_icmpv6_ns && ev->type != SKE_icmpv6_na) || ev->flags & SK_EV_DUPLICATE)
        return;
    if (ev->type == SKE_icmpv6_ns)
        solicited(s, ctx, ev);
    else if (!sk_cor_discarded(ev))
        advertised(s, ctx, ev);
}

static void tick(void *state, struct sk_cor_ctx *ctx) { judge(state, ctx, ctx->now, false); }
static void flush(void *state, struct sk_cor_ctx *ctx) { judge(state, ctx, ctx->now, true); }

static const uint16_t wants[] = {SKE_icmpv6_ns, SKE_icmpv6_na, SKE_flow_state, 0};
const struct sk_correlator sk_cor_nd_scan = {.name = "nd_scan",
                                             .rank = 27,
                                             .wants = wants,
                                             .looks_at = wants,
                                             .state_size = sizeof(struct state),
                                             .init = init,
                                             .fini = fini,
                                             .event = event,
                                             .tick = tick,
                                             .flush = flush};
