/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who followed a router advertisement: hosts that then formed an address in the advertised prefix, as their duplicate
 * address detection shows (RFC 4862 5.4). Later advertisements of the prefix carry what is known by then. An
 * advertisement that hosts would discard has no followers.
 */
#include "correlate/correlate.h"
#include "correlate/link.h"
#include "correlate/values.h"

#include "sekimori/table.h"

/* clang-format off */
SK_FIELD(icmpv6_ra_followers, "icmpv6.ra.followers", LONG, ONE, "", "0.1", "Hosts seen so far to form an address in an advertised prefix after its first advertisement, whoever sent that (counted up to 16; of a link 64 new prefixes a second are watched)")
SK_FIELD(icmpv6_ra_follower, "icmpv6.ra.follower", KEYWORD, LIST, "", "0.1", "Their MAC addresses")
/* clang-format on */

enum { PREFIXES_MAX = 8192 };
#define PREFIX_LIFE (SK_DAY)

struct prefix_key {
    uint8_t prefix[8]; /* SLAAC forms addresses in /64s (RFC 4862 5.5.3) */
    uint16_t segment;
};
struct prefix {
    sk_time last;
    struct cor_macs hosts;
};
struct state {
    struct sk_table *prefixes;
    struct sk_table *links; /* link -> new prefixes of a second */
};
/* No router brings that many prefixes, and hosts follow few: of a flood the others are not kept. */
enum { LINKS_MAX = 4096, NEW_A_SECOND = 64, PREFIXES_AN_RA = 8 };
struct pace {
    int64_t second;
    unsigned n;
};

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct sk_table_config cfg = {.key_size = sizeof(struct prefix_key),
                                  .value_size = sizeof(struct prefix),
                                  .cap = PREFIXES_MAX,
                                  .key = *ctx->key};
    struct state *s = state;
    struct sk_table_config links = {
        .key_size = sizeof(struct cor_link), .value_size = sizeof(struct pace), .cap = LINKS_MAX, .key = *ctx->key};
    s->prefixes = sk_table_new(&cfg);
    s->links = sk_table_new(&links);
    return s->prefixes && s->links ? SK_OK : SK_ENOMEM;
}
static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->prefixes);
    sk_table_free(s->links);
}

static struct prefix_key key_of(const struct sk_addr *a, uint16_t segment) {
    struct prefix_key k;
    memset(&k, 0, sizeof k);
    memcpy(k.prefix, a->b, sizeof k.prefix);
    k.segment = segment;
    return k;
}

/* What is kept of a prefix; NULL: it is new, and one of too many. */
static struct prefix *known_or_new(struct state *s, struct sk_cor_ctx *ctx, struct pace *pace,
                                   const struct prefix_key *key) {
    struct prefix *known = sk_table_get(s->prefixes, key);
    if (known)
        return known;
    if (ctx->crowded || pace->n == NEW_A_SECOND)
        return NULL;
    pace->n++;
    return sk_cor_put(ctx, s->prefixes, key, NULL);
}

static void advertised(struct state *s, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct cor_macs followers = {.n = 0};
    struct cor_link link = cor_link_of(ev);
    struct pace *pace = sk_cor_put(ctx, s->links, &link, NULL);
    struct sk_prefix prefix[PREFIXES_AN_RA];
    unsigned n = sk_event_prefixes(ev, SKF_icmpv6_ra_prefix, prefix, PREFIXES_AN_RA);
    bool any = false;
    if (pace->second != ev->ts / SK_SEC)
        *pace = (struct pace){.second = ev->ts / SK_SEC};
    for (unsigned k = 0; k < n; k++) {
        if (prefix[k].addr.fam != 6 || prefix[k].len != 64)
            continue;
        any = true;
        struct prefix_key key = key_of(&prefix[k].addr, ev->segment);
        struct prefix *known = known_or_new(s, ctx, pace, &key);
        if (!known)
            continue;
        known->last = ev->ts;
        for (unsigned i = 0; i < known->hosts.n; i++)
            if (cor_macs_add(&followers, &known->hosts.at[i])) /* who has an address in each prefix is one host */
                sk_event_put_mac(ev, SKF_icmpv6_ra_follower, &known->hosts.at[i]);
    }
    if (any)
        sk_event_put_int(ev, SKF_icmpv6_ra_followers, followers.n);
}

static void formed(struct state *s, const struct sk_event *ev) {
    struct sk_value dad, target;
    if (!sk_event_get(ev, NULL, SKF_icmpv6_ns_dad, 0, NULL, &dad) || !dad.i ||
        !sk_event_get(ev, NULL, SKF_icmpv6_ns_target, 0, NULL, &target) || sk_mac_zero(&ev->smac))
        return;
    struct prefix_key key = key_of(&target.ip, ev->segment);
    struct prefix *known = sk_table_peek(s->prefixes, &key);
    if (!known || ev->ts - known->last > PREFIX_LIFE)
        return;
    (void)cor_macs_add(&known->hosts, &ev->smac);
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    const struct sk_segment *seg = sk_policy_segment_at(ctx->policy, ev->segment);
    if (seg && seg->is_private) /* guests: no inventory */
        return;
    if (sk_cor_discarded(ev))
        return;
    if (ev->type == SKE_icmpv6_ra)
        advertised(state, ctx, ev);
    else if (ev->type == SKE_icmpv6_ns)
        formed(state, ev);
}

static const uint16_t wants[] = {SKE_icmpv6_ra, SKE_icmpv6_ns, 0};
const struct sk_correlator sk_cor_followers = {.name = "followers",
                                               .rank = 40,
                                               .wants = wants,
                                               .looks_at = wants,
                                               .state_size = sizeof(struct state),
                                               .init = init,
                                               .fini = fini,
                                               .event = event};
