/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipv6.seen is once per MAC, segment, category, scope and day. Each lane says its own first one; events come here in
 * total order, so the first to arrive is the earliest and the others are repeats.
 *
 * Of new routers a link tells no more than it may have (new_routers.h). What a flood of forged ones leaves out is told
 * by each advertisement's own event, and counted there.
 */
#include "correlate/correlate.h"
#include "correlate/new_routers.h"

#include "sekimori/table.h"

struct key {
    struct sk_mac mac;
    uint16_t segment;
    uint32_t day;
    uint32_t words; /* category and scope, hashed: a global source must not hide behind an earlier link-local one */
};
struct state {
    struct sk_table *seen;
    struct sk_table *routers; /* new_routers.h */
};
enum { SEEN_MAX = 1 << 18 }; /* what a lane keeps too: 16 384 MACs with all their categories */

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    struct sk_table_config cfg = {.key_size = sizeof(struct key), .cap = SEEN_MAX, .key = *ctx->key};
    s->seen = sk_table_new(&cfg);
    s->routers = cor_new_routers(ctx->key);
    return s->seen && s->routers ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->seen);
    sk_table_free(s->routers);
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
    bool repeat = sk_table_get(s->seen, &k) != NULL;
    ctx->drop = repeat || (strcmp(words[0], "ra") == 0 && cor_new_routers_crowd(s->routers, ctx, ev));
    if (ctx->drop) /* one too many is not kept either: a flood pushes out nobody */
        return;
    uint64_t before = sk_table_evicted(s->seen);
    (void)sk_table_put(s->seen, &k, NULL);
    ctx->evictions += sk_table_evicted(s->seen) - before;
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
