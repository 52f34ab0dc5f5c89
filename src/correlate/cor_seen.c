/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipv6.seen is once per MAC, segment, category, scope and day. Each lane says its own first one; events come here in
 * total order, so the first to arrive is the earliest and the others are repeats.
 *
 * No link has many routers: of MACs that begin to advertise themselves a link tells some at once and then one a second
 * of packet time. What a flood of forged ones leaves out is told by each advertisement's own event, and counted there.
 */
#include "correlate/correlate.h"
#include "correlate/link.h"

#include "sekimori/table.h"

struct key {
    struct sk_mac mac;
    uint16_t segment;
    uint32_t day;
    uint32_t words; /* category and scope, hashed: a global source must not hide behind an earlier link-local one */
};
struct state {
    struct sk_table *seen;
    struct sk_table *routers; /* link -> when its bucket is, or was, full: tokens as the time they take to drip */
};
enum { SEEN_MAX = 1 << 18 }; /* what a lane keeps too: 16 384 MACs with all their categories */
enum { LINKS_MAX = 4096, ROUTERS_AT_ONCE = 64 };
#define ROUTER_TOKEN SK_SEC

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    struct sk_table_config cfg = {.key_size = sizeof(struct key), .cap = SEEN_MAX, .key = *ctx->key};
    struct sk_table_config links = {
        .key_size = sizeof(struct cor_link), .value_size = sizeof(sk_time), .cap = LINKS_MAX, .key = *ctx->key};
    s->seen = sk_table_new(&cfg);
    s->routers = sk_table_new(&links);
    return s->seen && s->routers ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->seen);
    sk_table_free(s->routers);
}

/* @return this link has too many new routers to tell each */
static bool flooded(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    const sk_time room = ROUTERS_AT_ONCE * ROUTER_TOKEN;
    struct cor_link link = cor_link_of(ev);
    uint64_t before = sk_table_evicted(s->routers);
    sk_time *full = sk_table_put(s->routers, &link, NULL);
    ctx->evictions += sk_table_evicted(s->routers) - before;
    if (*full < ev->ts || sk_time_add(ev->ts, room) < *full) /* the last: the clock was set back */
        *full = ev->ts;
    if (*full > sk_time_add(ev->ts, room - ROUTER_TOKEN))
        return true;
    *full = sk_time_add(*full, ROUTER_TOKEN);
    return false;
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    if (ev->type != SKE_ipv6_seen)
        return;
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH];
    char words[2][12] = {{0}}; /* longest category is dhcp6c */
    struct key k;
    memset(&k, 0, sizeof k); /* padding is hashed */
    k.mac = ev->smac;
    k.segment = ev->segment;
    k.day = (uint32_t)(ev->ts / SK_DAY);
    if (sk_event_get(ev, NULL, SKF_ipv6_category, 0, scratch, &v))
        memcpy(words[0], v.s.p, v.s.len < sizeof words[0] ? v.s.len : sizeof words[0]);
    if (sk_event_get(ev, NULL, SKF_ipv6_source_scope, 0, scratch, &v))
        memcpy(words[1], v.s.p, v.s.len < sizeof words[1] ? v.s.len : sizeof words[1]);
    k.words = (uint32_t)sk_hash(ctx->key, words, sizeof words);
    bool fresh = false;
    uint64_t before = sk_table_evicted(s->seen);
    (void)sk_table_put(s->seen, &k, &fresh);
    ctx->evictions += sk_table_evicted(s->seen) - before;
    ctx->drop = !fresh || (strcmp(words[0], "ra") == 0 && flooded(s, ctx, ev));
}

static const uint16_t wants[] = {SKE_ipv6_seen, 0};
const struct sk_correlator sk_cor_seen = {.name = "seen",
                                          .rank = 5,
                                          .wants = wants,
                                          .looks_at = wants,
                                          .state_size = sizeof(struct state),
                                          .init = init,
                                          .fini = fini,
                                          .event = event};
