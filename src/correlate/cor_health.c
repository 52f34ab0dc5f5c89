/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How well the sensor sees (detections.md F.8): what the lanes counted, added up and judged; and what flows show, one
 * side of conversations alone, or both sides on different VLANs. A state weakens verdicts and says which. Offline it is
 * judged once, at the end of a chain, over all of it; live every minute over that minute. A few packets prove nothing:
 * a share waits until there are enough of them, however many minutes that takes on a quiet line.
 */
#include "correlate/values.h"

#include "sekimori/part.h"
#include "sekimori/table.h"

/* clang-format off */
SK_EVENT(sensor_state, "sensor.state", DERIVED, "0.1", "Something makes the sensor see less than it should (detections.md F.8)")
SK_FIELD(sensor_state, "sensor.state", KEYWORD, ONE, "", "0.1", "dropping, truncated, one-sided, clock-step, evicting, vlan-asymmetry, speaks, undecoded, unreadable, silent-mirror, duplicates")
SK_FIELD(sensor_share, "sensor.share", FLOAT, ONE, "%", "0.1", "How much of what was looked at: of frames, or of TCP flows")
SK_FIELD(sensor_span, "sensor.span", LONG, ONE, "s", "0.1", "Time that is judged; of silent-mirror: the silence")
SK_FIELD(sensor_live, "sensor.live", BOOL, ONE, "", "0.1", "A running sensor, not a capture file")
SK_FIELD(sensor_tcp_flows, "sensor.tcp_flows", LONG, ONE, "", "0.1", "TCP flows that ended")
SK_FIELD(sensor_one_sided, "sensor.one_sided", LONG, ONE, "", "0.1", "Of these, flows of which one side alone was seen")
SK_FIELD(sensor_between, "sensor.between", KEYWORD, LIST, "", "0.1", "Segments of the two ends; elsewhere: of none")
SK_FIELD(sensor_vlan, "sensor.vlan", KEYWORD, LIST, "", "0.1", "VLAN of the one direction, VLAN of the other; none: untagged")
SK_FIELD(sensor_weakens, "sensor.weakens", KEYWORD, LIST, "", "0.1", "Event types of which less is to be believed; all: of everything, what was not found may be there")
/* clang-format on */

enum {
    PACKETS_THAT_TELL = 1000,
    FLOWS_THAT_TELL = 20,
    SPLIT_THAT_TELL = 10,
    SPLIT_FLOWS = 8192,
    PAIRS = 1024,
    TCP = 6,
    UDP = 17
};
#define JUDGED_EVERY   (60 * SK_SEC)
#define SILENT_AGAIN   (600 * SK_SEC) /* well within the window of SYS-011: its alert stays open */
#define SILENT_DEFAULT (60 * SK_SEC)
#define CLOCK_FORWARD  (3600 * SK_SEC)
#define SPLIT_APART    (60 * SK_SEC)

/* Shares in parts per million from which on they are told. */
enum { TRUNCATED = 10000, ONE_SIDED = 800000, UNDECODED = 10000, UNREADABLE = 10000, DUPLICATES = 50000, LOSS = 1000 };

enum sum {
    PACKETS,
    CUT,
    UNDECODED_,
    UNREADABLE_,
    COPIES,
    EVICTED,
    EVICTED_FLOWS,
    EVICTED_DATAGRAMS,
    LOST,
    OWN,
    STEPS,
    SUMS
};
static const uint16_t sum_fields[SUMS] = {
    SKF_sensor_packets, SKF_sensor_truncated, SKF_sensor_undecoded,     SKF_sensor_unreadable,
    SKF_sensor_copies,  SKF_sensor_evicted,   SKF_sensor_evicted_flows, SKF_sensor_evicted_datagrams,
    SKF_sensor_lost,    SKF_sensor_own,       SKF_sensor_clock_steps,
};

/* Two segments, the lower first. */
struct pair_key {
    uint16_t segment[2];
};
struct pair {
    uint64_t flows, one_sided;
    sk_time first;
};
/* A conversation, by its ends in the order of their bytes. */
struct split_key {
    struct sk_addr addr[2];
    uint16_t port[2];
};
struct split {
    sk_time at;
    uint16_t vlan;
    bool forward; /* the side seen is the first end's */
};
/* What lanes counted since first. */
struct sums {
    uint64_t n[SUMS];
    sk_time first;
};
struct state {
    struct sums window;
    struct sums shares; /* until there are enough packets */
    struct sk_table *pairs, *splits;
    uint64_t split; /* conversations whose sides are on two VLANs */
    sk_time split_first;
    uint16_t split_vlan[2];
    sk_time now;
    sk_time heard;       /* live: packets came last */
    sk_time silent_told; /* 0: not silent */
    uint16_t tap;
    uint64_t evictions; /* of the correlators, told */
    uint64_t forgotten; /* by them in this window */
};

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    struct sk_table_config pairs = {
        .key_size = sizeof(struct pair_key), .value_size = sizeof(struct pair), .cap = PAIRS, .key = *ctx->key};
    struct sk_table_config splits = {
        .key_size = sizeof(struct split_key), .value_size = sizeof(struct split), .cap = SPLIT_FLOWS, .key = *ctx->key};
    s->pairs = sk_table_new(&pairs);
    s->splits = sk_table_new(&splits);
    s->tap = SK_TAP_NONE;
    s->evictions = ctx->evictions;
    return s->pairs && s->splits ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->pairs);
    sk_table_free(s->splits);
}

/* ---- what is told ---- */

static struct sk_event *begin(struct cor_room *w, const struct state *s, struct sk_cor_ctx *ctx, const char *what,
                              const char *const *weakens) {
    struct sk_event *ev = (struct sk_event *)(void *)w->bytes;
    sk_event_init(ev, SKE_sensor_state);
    ev->ts = ctx->now;
    ev->tap = s->tap;
    sk_event_put_text(ev, SKF_sensor_state, what);
    sk_event_put_int(ev, SKF_sensor_live, !ctx->offline);
    for (; *weakens; weakens++)
        sk_event_put_text(ev, SKF_sensor_weakens, *weakens);
    sk_event_put_text(ev, SKF_sekimori_certainty, "observed");
    return ev;
}

/* To a tenth. */
static double percent(uint64_t part, uint64_t whole) {
    return whole ? (double)(uint64_t)(1000.0 * (double)part / (double)whole + 0.5) / 10 : 0;
}

static bool reaches(uint64_t part, uint64_t whole, uint32_t ppm) {
    return whole && (double)part * 1e6 >= (double)ppm * (double)whole;
}

static void put_span(struct sk_event *ev, sk_time span) {
    sk_event_put_int(ev, SKF_sensor_span, span > 0 ? (int64_t)(span / SK_SEC) : 0);
}

static void frames(const struct state *s, struct sk_cor_ctx *ctx, const struct sums *of, const char *what,
                   enum sum part, const char *const *weakens) {
    struct cor_room w;
    struct sk_event *ev = begin(&w, s, ctx, what, weakens);
    uint64_t all = of->n[PACKETS] + (part == LOST ? of->n[LOST] : 0);
    sk_event_put_int(ev, SKF_sensor_packets, (int64_t)of->n[PACKETS]);
    sk_event_put_int(ev, sum_fields[part], (int64_t)of->n[part]);
    if (part != EVICTED && part != STEPS)
        sk_event_put_real(ev, SKF_sensor_share, percent(of->n[part], all));
    put_span(ev, s->now - of->first);
    ctx->derive(ctx, ev);
}

static const char *const everything[] = {"all", NULL};

/* Flows and datagrams are counted apart; the other tables of the lanes hold who spoke, tunnels and open questions,
 * those of the correlators bindings and counts. */
static void evicting(const struct state *s, struct sk_cor_ctx *ctx) {
    const char *weakens[8];
    unsigned n = 0;
    const uint64_t *sum = s->window.n;
    uint64_t lanes = sum[EVICTED] - s->forgotten;
    if (sum[EVICTED_FLOWS])
        weakens[n++] = "flow.state";
    if (sum[EVICTED_DATAGRAMS])
        weakens[n++] = "ip.fragments";
    if (lanes > sum[EVICTED_FLOWS] + sum[EVICTED_DATAGRAMS]) {
        weakens[n++] = "ipv6.seen";
        weakens[n++] = "tunnel.state";
        weakens[n++] = "dns.transaction";
    }
    if (s->forgotten)
        weakens[n++] = "neighbour.binding";
    weakens[n] = NULL;
    frames(s, ctx, &s->window, "evicting", EVICTED, weakens);
}

static void judge_window(const struct state *s, struct sk_cor_ctx *ctx) {
    static const char *const windows[] = {"flow.state", "ip.fragments", "dns.transaction", NULL};
    static const char *const own[] = {"ipv6.seen", "icmpv6.ns", "icmpv6.mld", NULL};
    uint32_t loss = LOSS;
    struct sk_origin from;
    (void)sk_policy_loss_alert(ctx->policy, &loss, &from);
    const uint64_t *sum = s->window.n;
    if (sum[LOST] && reaches(sum[LOST], sum[PACKETS] + sum[LOST], loss))
        frames(s, ctx, &s->window, "dropping", LOST, everything);
    if (sum[STEPS])
        frames(s, ctx, &s->window, "clock-step", STEPS, windows);
    if (sum[EVICTED])
        evicting(s, ctx);
    if (sum[OWN])
        frames(s, ctx, &s->window, "speaks", OWN, own);
}

static void judge_shares(struct state *s, struct sk_cor_ctx *ctx) {
    static const char *const contents[] = {
        "dns.transaction", "smtp.transaction", "dhcpv6.message", "dhcpv4.message", "icmpv6.ra", "ip.fragments", NULL};
    static const char *const rates[] = {"flow.state", "icmpv6.error", "icmpv6.echo", NULL};
    static const struct {
        const char *what;
        enum sum part;
        uint32_t limit;
        const char *const *weakens;
    } told[] = {{"truncated", CUT, TRUNCATED, contents},
                {"undecoded", UNDECODED_, UNDECODED, everything},
                {"unreadable", UNREADABLE_, UNREADABLE, everything},
                {"duplicates", COPIES, DUPLICATES, rates}};
    struct sums *of = &s->shares;
    for (unsigned i = 0; i < SUMS; i++)
        of->n[i] += s->window.n[i];
    if (of->n[PACKETS] < PACKETS_THAT_TELL)
        return;
    for (unsigned i = 0; i < sizeof told / sizeof *told; i++)
        if (reaches(of->n[told[i].part], of->n[PACKETS], told[i].limit))
            frames(s, ctx, of, told[i].what, told[i].part, told[i].weakens);
    *of = (struct sums){.first = s->now};
}

static const char *segment_id(struct sk_cor_ctx *ctx, uint16_t segment) {
    const struct sk_segment *seg = sk_policy_segment_at(ctx->policy, segment);
    return seg ? seg->id : "elsewhere";
}

static const char *const answers[] = {"flow.state", "dns.transaction", "smtp.transaction", "tunnel.state", NULL};

static void one_sided(const struct state *s, struct sk_cor_ctx *ctx, const struct pair_key *k, const struct pair *p) {
    struct cor_room w;
    struct sk_event *ev = begin(&w, s, ctx, "one-sided", answers);
    sk_event_put_int(ev, SKF_sensor_tcp_flows, (int64_t)p->flows);
    sk_event_put_int(ev, SKF_sensor_one_sided, (int64_t)p->one_sided);
    sk_event_put_real(ev, SKF_sensor_share, percent(p->one_sided, p->flows));
    sk_event_put_text(ev, SKF_sensor_between, segment_id(ctx, k->segment[0]));
    sk_event_put_text(ev, SKF_sensor_between, segment_id(ctx, k->segment[1]));
    put_span(ev, s->now - p->first);
    ctx->derive(ctx, ev);
}

static void judge_pairs(struct state *s, struct sk_cor_ctx *ctx) {
    const void *key;
    void *value;
    uint32_t waiting = 0;
    for (uint32_t at = 0; sk_table_next(s->pairs, &at, &key, &value);) {
        struct pair *p = value;
        if (p->flows < FLOWS_THAT_TELL) {
            waiting++;
            continue;
        }
        if (reaches(p->one_sided, p->flows, ONE_SIDED))
            one_sided(s, ctx, key, p);
        *p = (struct pair){.first = s->now};
    }
    if (waiting > PAIRS / 2) /* begun anew rather than evicted */
        sk_table_clear(s->pairs);
}

static void judge_split(struct state *s, struct sk_cor_ctx *ctx) {
    struct cor_room w;
    if (s->split < SPLIT_THAT_TELL)
        return;
    struct sk_event *ev = begin(&w, s, ctx, "vlan-asymmetry", answers);
    sk_event_put_int(ev, SKF_sensor_one_sided, (int64_t)s->split);
    for (unsigned i = 0; i < 2; i++) {
        char text[8];
        snprintf(text, sizeof text, "%u", s->split_vlan[i]);
        sk_event_put_text(ev, SKF_sensor_vlan, s->split_vlan[i] ? text : "none");
    }
    put_span(ev, s->now - s->split_first);
    ctx->derive(ctx, ev);
    s->split = 0;
}

/* ---- what is counted ---- */

static int64_t number(const struct sk_event *ev, enum sk_field_id f) {
    int64_t v = 0;
    (void)cor_int(ev, f, &v);
    return v;
}

static void add_counts(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    uint64_t *sum = s->window.n;
    uint64_t others = sum[PACKETS] - sum[OWN];
    for (unsigned i = 0; i < SUMS; i++)
        sum[i] += (uint64_t)number(ev, sum_fields[i]);
    if (ev->tap != SK_TAP_NONE)
        s->tap = ev->tap;
    if (sum[PACKETS] - sum[OWN] > others) { /* its own voice is no sign of a mirror */
        s->heard = ctx->now;
        s->silent_told = 0;
    }
}

static uint16_t outer_vlan(const struct sk_event *ev) {
    for (unsigned i = 0; i < ev->n_vlan && i < SK_VLANS_MAX; i++)
        if (ev->vlan[i])
            return ev->vlan[i];
    return 0;
}

/* The other side of this conversation, on another VLAN a short time ago? (detections.md G8) */
static void look_for_split(struct state *s, const struct sk_event *ev, const struct sk_part_flow *f) {
    struct split_key k;
    memset(&k, 0, sizeof k); /* padding is hashed */
    int order = memcmp(&ev->src, &ev->dst, sizeof ev->src);
    bool swap = order > 0 || (order == 0 && ev->sport > ev->dport);
    k.addr[swap] = ev->src;
    k.addr[!swap] = ev->dst;
    k.port[swap] = ev->sport;
    k.port[!swap] = ev->dport;
    bool fresh = false, forward = (f->packets[0] > 0) != swap;
    struct split *known = sk_table_put(s->splits, &k, &fresh); /* of the latest few: to forget is no loss */
    uint16_t vlan = outer_vlan(ev);
    if (!fresh && known->forward != forward && known->vlan != vlan && ev->ts - known->at <= SPLIT_APART) {
        if (s->split++ == 0) {
            s->split_first = f->start;
            s->split_vlan[0] = forward ? vlan : known->vlan;
            s->split_vlan[1] = forward ? known->vlan : vlan;
        }
    }
    *known = (struct split){.at = ev->ts, .vlan = vlan, .forward = forward};
}

/* SYNs alone, and their repetitions, that the end of the input cut off: nobody answered yet. */
static bool only_asks(const struct sk_part_flow *f) {
    enum { SYNS = 7, SYN_BYTES = 104 };
    return f->packets[1] == 0 && f->packets[0] <= f->copies + SYNS && f->bytes[0] <= f->packets[0] * SYN_BYTES;
}

/* Conversations that ended, or were refused. Where nobody answered there was nothing to see of the other side, but it
 * may be on another VLAN. Of UDP many a one has one side by nature. */
static void add_flow(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    bool tcp = ev->transport == TCP;
    if (!(tcp || ev->transport == UDP) || ev->depth || (ev->flags & SK_EV_DUPLICATE))
        return;
    const struct sk_part_flow *f = sk_event_flow(ev);
    if (!f || f->state == SK_FLOW_OPENED || f->state == SK_FLOW_ESTABLISHED)
        return;
    bool over = f->state != SK_FLOW_UNANSWERED;
    uint64_t from = f->packets[0], to = f->packets[1];
    if ((from == 0) != (to == 0))
        look_for_split(s, ev, f);
    if (!tcp || !over || only_asks(f))
        return;
    const struct sk_part_verdict *v = sk_event_verdict(ev); /* of a correlator before this one */
    if (!v)
        return;
    uint16_t a = v->segment[0], b = v->segment[1];
    struct pair_key k = {{a < b ? a : b, a < b ? b : a}};
    uint64_t before = sk_table_evicted(s->pairs);
    struct pair *p = sk_table_put(s->pairs, &k, NULL);
    ctx->evictions += sk_table_evicted(s->pairs) - before;
    p->first = p->first ? p->first : f->start; /* told when it ends, it began the time that is judged */
    p->flows++;
    p->one_sided += (from == 0) != (to == 0);
}

static void judge(struct state *s, struct sk_cor_ctx *ctx) {
    s->forgotten = ctx->evictions - s->evictions;
    s->window.n[EVICTED] += s->forgotten;
    s->evictions = ctx->evictions;
    judge_window(s, ctx);
    judge_shares(s, ctx);
    judge_pairs(s, ctx);
    judge_split(s, ctx);
    s->window = (struct sums){.first = ctx->now};
}

/* The first of all that is judged. */
static void begin_at(struct state *s, sk_time ts) {
    s->window.first = s->window.first ? s->window.first : ts;
    s->shares.first = s->shares.first ? s->shares.first : ts;
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    if (ev->type == SKE_sensor_counts) {
        add_counts(s, ctx, ev);
        ctx->drop = true;
    } else if (ev->type == SKE_flow_state) {
        add_flow(s, ctx, ev);
    }
    begin_at(s, ev->ts);
    s->now = ev->ts > s->now ? ev->ts : s->now;
}

/* ---- time, live ---- */

/* No packet at all: the mirror is dead, or the cable is out. Told again while it lasts. */
static void listen(struct state *s, struct sk_cor_ctx *ctx) {
    sk_time limit = SILENT_DEFAULT;
    struct sk_origin from;
    (void)sk_policy_silent_mirror(ctx->policy, s->tap, &limit, &from);
    if (!s->heard)
        s->heard = ctx->now;
    if (ctx->now - s->heard < limit || (s->silent_told && ctx->now - s->silent_told < SILENT_AGAIN))
        return;
    struct cor_room w;
    struct sk_event *ev = begin(&w, s, ctx, "silent-mirror", everything);
    put_span(ev, ctx->now - s->heard);
    ctx->derive(ctx, ev);
    s->silent_told = ctx->now;
}

static void tick(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    if (ctx->offline)
        return;
    if (s->now && ctx->now - s->now > CLOCK_FORWARD) /* live, a tick comes every tenth of a second */
        s->window.n[STEPS]++;
    s->now = ctx->now > s->now ? ctx->now : s->now;
    begin_at(s, ctx->now);
    listen(s, ctx);
    if (ctx->now - s->window.first >= JUDGED_EVERY)
        judge(s, ctx);
}

/* A chain ends: what too few packets show of it is not carried into the next, which may begin at an earlier time. */
static void flush(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    judge(s, ctx);
    s->window = s->shares = (struct sums){.first = 0};
    s->now = 0;
    sk_table_clear(s->pairs);
    s->split = 0;
}

static const uint16_t wants[] = {SKE_sensor_counts, SKE_flow_state, 0};
const struct sk_correlator sk_cor_health = {.name = "health",
                                            .rank = 90,
                                            .wants = wants,
                                            .state_size = sizeof(struct state),
                                            .init = init,
                                            .fini = fini,
                                            .event = event,
                                            .tick = tick,
                                            .flush = flush};
