/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has an IPv6 address on a segment, as neighbour discovery and the frames of its owner show it (RFC 4861 7.2), and
 * what happens when somebody else claims it:
 *
 *   new              first owner seen; of who asks for routers or is one, that message itself says so
 *   changed          another owner, the one before was silent for ten minutes, or did not answer when the new one asked
 *                    whether the address is taken: a new network card
 *   flip             another owner while the one before was alive
 *   returned         the first owner is back
 *   conflict         two owners in turns within a minute: both are alive; told of the one that came later
 *   router-takeover  somebody claims an address of a router
 *   mismatch         an unsolicited advertisement of another MAC than the one that sent it
 *
 * No conflict: a virtual MAC that routers hand over (VRRP, HSRP, GLBP), an advertisement without override (anycast,
 * proxies: RFC 4861 7.2.7, 4389), the same MAC in another place. What hosts discard changes no binding: cor_nd_rules.c
 * tells it, and here is told only what would take a router's address but for its checksum. Copies of a mirror are not
 * looked at; nothing is kept of `private` segments. One message makes one event here.
 */
#include "correlate/correlate.h"
#include "correlate/inventory.h"
#include "correlate/link.h"
#include "correlate/values.h"

#include "sekimori/table.h"

/* clang-format off */
SK_EVENT(neighbour_binding, "neighbour.binding", DERIVED, "0.1", "An IPv6 address got an owner, another owner, or is claimed by two")
SK_FIELD(neighbour_binding_state, "neighbour.binding.state", KEYWORD, ONE, "", "0.1", "new, changed, flip, returned, conflict, router-takeover, mismatch")
SK_FIELD(neighbour_binding_ip, "neighbour.binding.ip", IP, ONE, "", "0.1", "The address")
SK_FIELD(neighbour_binding_mac, "neighbour.binding.mac", KEYWORD, ONE, "", "0.1", "MAC address that claims it now")
SK_FIELD(neighbour_binding_by, "neighbour.binding.by", KEYWORD, ONE, "", "0.1", "What claims it: na-solicited, na-unsolicited, ns, rs, ra, data")
SK_FIELD(neighbour_binding_accepted, "neighbour.binding.accepted", BOOL, ONE, "", "0.1", "Hosts take it over; false: they must discard the message")
SK_FIELD(neighbour_binding_router_flag, "neighbour.binding.router_flag", BOOL, ONE, "", "0.1", "The advertisement says its sender is a router (R)")
SK_FIELD(neighbour_binding_virtual, "neighbour.binding.virtual", BOOL, ONE, "", "0.1", "One of the two MACs is one that routers hand over (VRRP, HSRP, GLBP)")
SK_FIELD(policy_neighbour_router, "policy.neighbour.router", KEYWORD, ONE, "", "0.1", "MAC that claims an address against segments.*.routers: listed, not-listed, unknown")
SK_FIELD(neighbour_binding_turns, "neighbour.binding.turns", LONG, ONE, "", "0.1", "How often the owner changed in the last minute")
SK_FIELD(neighbour_binding_router, "neighbour.binding.router", KEYWORD, ONE, "", "0.1", "The address is a router's: declared (by the policy) or learned (it advertised itself)")
SK_FIELD(neighbour_binding_previous_mac, "neighbour.binding.previous.mac", KEYWORD, ONE, "", "0.1", "MAC address that had it before")
SK_FIELD(neighbour_binding_previous_seen, "neighbour.binding.previous.seen", DATE, ONE, "", "0.1", "When that one was last seen to use the address")
SK_FIELD(neighbour_binding_previous_idle, "neighbour.binding.previous.idle", LONG, ONE, "s", "0.1", "How long ago that was")
SK_FIELD(neighbour_binding_previous_sleeps, "neighbour.binding.previous.sleeps", BOOL, ONE, "", "0.1", "That one asked for a sleep proxy by mDNS in the last day: another machine may answer for it while it sleeps")
SK_FIELD(neighbour_binding_previous_packet, "neighbour.binding.previous.packet", LONG, ONE, "", "0.1", "Number of that frame in its file")
SK_FIELD(neighbour_binding_history_mac, "neighbour.binding.history.mac", KEYWORD, LIST, "", "0.1", "Owners so far, at most the last four, oldest first")
SK_FIELD(neighbour_binding_adjacent, "neighbour.binding.adjacent", BOOL, ONE, "", "0.1", "The two MAC addresses are next to each other, differ in the local bit alone, or are of one device of the inventory (one DUID): ports of one machine, as a rule")
SK_FIELD(ipv6_amplification_spoofed, "ipv6.amplification.spoofed", BOOL, ONE, "", "0.1", "The source is the address of another machine on this link; absent: nobody is known to have it")
SK_FIELD(neighbour_binding_known_owner, "neighbour.binding.known_owner", BOOL, ONE, "", "0.1", "The new owner had the address before: two machines that take turns")
/* clang-format on */

enum { SLEEPERS_MAX = 4096 };
enum { BINDINGS_MAX = 262144, PARTS = 8, PER_MAC = BINDINGS_MAX / 10, OWNERS = 4, SHARES = 4096, TURNS_MAX = 250 };
#define FORGOTTEN (24 * 3600 * SK_SEC)
#define RECENT    (600 * SK_SEC)
#define TURNING   (60 * SK_SEC)

extern const struct sk_correlator sk_cor_neighbour;

struct key {
    struct sk_addr addr;
    uint8_t zero;
    struct cor_wire wire;
};
struct owner {
    struct sk_mac mac;
    bool proved;     /* sent from the address, or answered for it when asked */
    sk_time seen;    /* last */
    uint64_t packet; /* frame of that time */
    uint64_t to;     /* whom it answered, hashed; 0: a group */
    uint32_t file;
    const char *by;
};
struct binding {
    struct owner owner[OWNERS]; /* [n - 1] is the present one */
    struct sk_mac first;        /* whose address it is, as far as can be known */
    struct sk_mac wants;        /* asked whether the address is taken (RFC 4862 5.4) */
    sk_time wanted;             /* and when */
    uint8_t n, turns;
    bool router;     /* advertised itself as one */
    uint16_t share;  /* whose share it takes: of the MAC that made it */
    sk_time turning; /* the first turn of those counted */
};
struct state {
    struct sk_table *part[PARTS]; /* a link's are in one: a flood of invented addresses fills that, and no more */
    struct sk_table *sleepers;    /* struct sleeper -> sk_time: who asked for a sleep proxy */
    uint32_t share[SHARES];
    struct sk_hash_key key;
};
struct sleeper {
    struct sk_mac mac;
    uint16_t segment;
};

/* A claim to an address. */
struct claim {
    struct sk_addr addr;
    struct sk_mac mac;
    const char *by;
    uint64_t to; /* hash of the host it is said to; 0: a group */
    bool proves, overrides, unsolicited, router_flag, router, mismatch, accepted;
    bool plain; /* a flood of such messages needs no second event each */
};

static void gone(void *user, const void *key, void *value, bool evicted) {
    (void)key;
    (void)evicted;
    ((struct state *)user)->share[((struct binding *)value)->share]--;
}

static sk_err init(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    struct sk_table_config cfg = {.key_size = sizeof(struct key),
                                  .value_size = sizeof(struct binding),
                                  .cap = BINDINGS_MAX / PARTS,
                                  .key = *ctx->key,
                                  .gone = gone,
                                  .user = s};
    struct sk_table_config sleepers = {
        .key_size = sizeof(struct sleeper), .value_size = sizeof(sk_time), .cap = SLEEPERS_MAX, .key = *ctx->key};
    s->key = *ctx->key;
    if (!(s->sleepers = sk_table_new(&sleepers)))
        return SK_ENOMEM;
    for (unsigned i = 0; i < PARTS; i++)
        if (!(s->part[i] = sk_table_new(&cfg)))
            return SK_ENOMEM;
    return SK_OK;
}
static void fini(void *state) {
    sk_table_free(((struct state *)state)->sleepers);
    for (unsigned i = 0; i < PARTS; i++)
        sk_table_free(((struct state *)state)->part[i]);
}

static struct sk_table *part_of(const struct state *s, const struct key *k) {
    size_t at = offsetof(struct key, wire);
    return s->part[sk_hash(&s->key, (const char *)k + at, sizeof *k - at) % PARTS];
}

/* ---- reading what is claimed ---- */

/* CARP has those of VRRP. */
static bool virtual_mac(const struct sk_mac *m) { return inv_virtual_mac(m) != NULL; }

static bool usable(const struct claim *c) {
    enum sk_scope scope = sk_addr_scope(&c->addr);
    bool host = scope == SK_SCOPE_LINK_LOCAL || scope == SK_SCOPE_ULA || scope == SK_SCOPE_GLOBAL;
    return c->addr.fam == 6 && host && !sk_mac_zero(&c->mac) && !(c->mac.b[0] & 1);
}

static bool advertised(const struct sk_event *ev, struct claim *c) {
    bool solicited = cor_says(ev, SKF_icmpv6_na_flags, "S");
    c->by = solicited ? "na-solicited" : "na-unsolicited";
    c->mac = ev->smac;
    (void)sk_event_mac(ev, SKF_icmpv6_nd_tlla, &c->mac);
    c->proves = solicited;
    c->unsolicited = !solicited;
    c->overrides = cor_says(ev, SKF_icmpv6_na_flags, "O");
    c->router_flag = cor_says(ev, SKF_icmpv6_na_flags, "R");
    c->mismatch = !solicited && cor_true(ev, SKF_icmpv6_nd_mac_mismatch);
    return cor_ip(ev, SKF_icmpv6_na_target, &c->addr);
}

static bool solicited_from(const struct sk_event *ev, const char *by, struct claim *c) {
    c->by = by;
    c->addr = ev->src;
    c->mac = ev->smac;
    (void)sk_event_mac(ev, SKF_icmpv6_nd_slla, &c->mac);
    c->proves = c->overrides = true;
    return true;
}

/* What else hosts discard is told by cor_nd_rules.c. */
static bool only_the_checksum(const struct sk_event *ev) {
    return cor_says(ev, SKF_icmpv6_checksum, "bad") && !sk_event_has(ev, NULL, SKF_icmpv6_anomaly) &&
           !cor_says(ev, SKF_icmpv6_extension, "fragment") && !cor_says(ev, SKF_icmpv6_extension, "atomic-fragment");
}

/* @return false: nothing is claimed */
static bool read_claim(const struct sk_event *ev, struct claim *c) {
    int64_t lifetime = 0;
    *c = (struct claim){.accepted = !sk_cor_discarded(ev)};
    if (!c->accepted && !only_the_checksum(ev))
        return false;
    switch (ev->type) {
    case SKE_icmpv6_na:
        return advertised(ev, c) && usable(c);
    case SKE_icmpv6_ns: /* duplicate address detection is from nobody, and claims nothing yet */
        return solicited_from(ev, "ns", c) && usable(c);
    case SKE_icmpv6_rs:
        c->plain = true;
        return solicited_from(ev, "rs", c) && usable(c);
    case SKE_icmpv6_ra:
        c->router = cor_int(ev, SKF_icmpv6_ra_router_lifetime, &lifetime) && lifetime > 0;
        c->router_flag = c->plain = true;
        c->mismatch = cor_true(ev, SKF_icmpv6_nd_mac_mismatch);
        return solicited_from(ev, "ra", c) && usable(c);
    default:
        return false;
    }
}

/* ---- telling ---- */

static bool adjacent(const struct sk_mac *a, const struct sk_mac *b) {
    int apart = (int)a->b[5] - b->b[5];
    bool near = apart >= -8 && apart <= 8;
    return ((a->b[0] ^ b->b[0]) & ~2) == 0 && memcmp(a->b + 1, b->b + 1, 4) == 0 && near;
}

static struct sleeper sleeper_of(const struct sk_event *ev, const struct sk_mac *mac) {
    struct sleeper k;
    memset(&k, 0, sizeof k);
    k.mac = *mac;
    k.segment = ev->segment;
    return k;
}

/* Two ports or two MACs of one machine, as far as numbers and the inventory (DUID) tell. */
static bool one_machine(struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct sk_mac *a,
                        const struct sk_mac *b) {
    struct sk_device x, y;
    char id[sizeof x.id];
    if (adjacent(a, b))
        return true;
    if (!sk_correlation_device(sk_correlation_of(ctx), ev, NULL, a, &x))
        return false;
    memcpy(id, x.id, sizeof id);
    return sk_correlation_device(sk_correlation_of(ctx), ev, NULL, b, &y) && strcmp(id, y.id) == 0;
}

static void put_previous(const struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *cause,
                         const struct owner *before, const struct claim *c, struct sk_event *ev) {
    struct sleeper k = sleeper_of(cause, &before->mac);
    const sk_time *asked = sk_table_peek(s->sleepers, &k);
    sk_event_put_mac(ev, SKF_neighbour_binding_previous_mac, &before->mac);
    sk_event_put_int(ev, SKF_neighbour_binding_adjacent, one_machine(ctx, cause, &before->mac, &c->mac));
    sk_event_put_int(ev, SKF_neighbour_binding_previous_seen, before->seen);
    sk_event_put_int(ev, SKF_neighbour_binding_previous_idle, (cause->ts - before->seen) / SK_SEC);
    sk_event_put_int(ev, SKF_neighbour_binding_previous_sleeps, asked && cause->ts - *asked <= FORGOTTEN);
    if (before->packet)
        sk_event_put_int(ev, SKF_neighbour_binding_previous_packet, (int64_t)before->packet);
}

static void tell(const struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *cause, const struct binding *b,
                 const struct claim *c, const struct owner *before, const char *state) {
    struct cor_room room;
    static const char *const verdicts[] = {"unknown", "not-listed", "listed"};
    struct sk_event *ev = cor_derived_head(&room, cause, SKE_neighbour_binding);
    if (sk_addr_eq(&ev->src, &c->addr)) /* whose it is, is the question: the device is known by its MAC alone */
        ev->src = (struct sk_addr){0};
    sk_event_put_text(ev, SKF_neighbour_binding_state, state);
    sk_event_put_ip(ev, SKF_neighbour_binding_ip, &c->addr);
    sk_event_put_mac(ev, SKF_neighbour_binding_mac, &c->mac);
    sk_event_put_text(ev, SKF_neighbour_binding_by, c->by);
    sk_event_put_int(ev, SKF_neighbour_binding_accepted, c->accepted);
    sk_event_put_int(ev, SKF_neighbour_binding_router_flag, c->router_flag);
    sk_event_put_int(ev, SKF_neighbour_binding_virtual, virtual_mac(&c->mac) || (before && virtual_mac(&before->mac)));
    sk_event_put_text(ev, SKF_policy_neighbour_router,
                      verdicts[sk_policy_router_mac(ctx->policy, cause->segment, &c->mac)]);
    if (b && b->turns)
        sk_event_put_int(ev, SKF_neighbour_binding_turns, b->turns);
    struct sk_origin origin = {0};
    bool declared = sk_policy_router_address(ctx->policy, cause->segment, &c->addr, &origin) == SK_YES;
    if (declared || (b && b->router))
        sk_event_put_text(ev, SKF_neighbour_binding_router, declared ? "declared" : "learned");
    if (before)
        put_previous(s, ctx, cause, before, c, ev);
    if (strcmp(state, "mismatch") == 0)
        sk_event_put_int(ev, SKF_neighbour_binding_adjacent, one_machine(ctx, cause, &cause->smac, &c->mac));
    bool known = false;
    for (unsigned i = 0; b && i < b->n; i++) {
        sk_event_put_mac(ev, SKF_neighbour_binding_history_mac, &b->owner[i].mac);
        known |= i + 1 < b->n && sk_mac_eq(&b->owner[i].mac, &c->mac);
    }
    sk_event_put_int(ev, SKF_neighbour_binding_known_owner, known);
    sk_event_put_text(ev, SKF_sekimori_effect, c->accepted ? "accepted" : "ignored-by-rfc");
    sk_event_put_text(ev, SKF_sekimori_certainty, strcmp(state, "router-takeover") == 0 ? "observed" : "inferred");
    ctx->derive(ctx, ev);
}

/* The first owner spoke: the finding is about the other, and the frame it last claimed the address with. */
static void tell_other(const struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *cause,
                       const struct binding *b, const struct claim *first, const struct owner *other) {
    struct cor_room room;
    struct sk_event *ev = cor_derived_head(&room, cause, (enum sk_event_type)cause->type);
    struct claim c = {.addr = first->addr, .mac = other->mac, .by = other->by, .accepted = true};
    struct owner before = {.mac = first->mac, .seen = cause->ts, .packet = cause->number};
    ev->smac = other->mac;
    ev->src = first->addr;
    ev->dst = (struct sk_addr){0};
    ev->dmac = (struct sk_mac){{0}};
    ev->file = other->file;
    ev->number = other->packet;
    tell(s, ctx, ev, b, &c, &before, "conflict");
}

/* ---- keeping ---- */

static struct binding *make(struct state *s, struct sk_cor_ctx *ctx, const struct key *k, const struct sk_mac *mac) {
    uint16_t share = (uint16_t)(sk_hash(&s->key, mac, sizeof *mac) % SHARES);
    if (s->share[share] >= PER_MAC) {
        ctx->evictions++;
        return NULL;
    }
    struct sk_table *t = part_of(s, k);
    uint64_t before = sk_table_evicted(t);
    struct binding *b = sk_table_put(t, k, NULL);
    ctx->evictions += sk_table_evicted(t) - before;
    b->share = share;
    s->share[share]++;
    return b;
}

static void use(struct owner *o, const struct claim *c, const struct sk_event *ev) {
    o->seen = ev->ts;
    o->packet = ev->flags & SK_EV_FRAME ? ev->number : 0;
    o->proved |= c->proves;
    o->to = c->to;
    o->file = ev->file;
    o->by = c->by;
}

static void own(struct binding *b, const struct claim *c, const struct sk_event *ev) {
    if (b->n == OWNERS) {
        memmove(b->owner, b->owner + 1, (OWNERS - 1) * sizeof *b->owner);
        b->n--;
    }
    struct owner *o = &b->owner[b->n++];
    *o = (struct owner){.mac = c->mac};
    for (unsigned i = 0; i + 1 < b->n; i++) /* what is known of it from an earlier turn */
        if (sk_mac_eq(&b->owner[i].mac, &c->mac))
            o->proved = b->owner[i].proved && ev->ts - b->owner[i].seen <= TURNING;
    use(o, c, ev);
}

static void count_turn(struct binding *b, sk_time now) {
    if (b->turns == 0 || now - b->turning > TURNING) {
        b->turns = 0;
        b->turning = now;
    }
    if (b->turns < TURNS_MAX)
        b->turns++;
}

/* Two owners in turns: two turns say so if both proved that they are there, else one of them must have come thrice. */
static bool both_alive(const struct binding *b) {
    const struct owner *now = &b->owner[b->n - 1], *before = &b->owner[b->n - 2];
    return b->turns >= (now->proved && before->proved ? 2 : 3);
}

/* fe80::1 is the router of many links. Where neither policy nor tag tells them apart, only who speaks to the same host
 * is on the same link. */
static bool same_link(const struct sk_event *ev, const struct claim *c, const struct owner *before) {
    bool told = ev->segment != SK_SEGMENT_NONE || ev->n_vlan > 0 || ev->vni >= 0;
    return told || sk_addr_scope(&c->addr) != SK_SCOPE_LINK_LOCAL || (c->to && c->to == before->to);
}

/* The new owner asked whether the address is taken, and the one before let it pass: it is gone. */
static bool undefended(const struct binding *b, const struct claim *c, const struct owner *before, sk_time now) {
    return b->wanted && sk_mac_eq(&b->wants, &c->mac) && before->seen < b->wanted && now - b->wanted <= RECENT;
}

static const char *judge(const struct sk_event *ev, const struct binding *b, const struct claim *c,
                         const struct owner *before) {
    bool is = virtual_mac(&c->mac), was = virtual_mac(&before->mac);
    if ((is && was) || !same_link(ev, c, before))
        return NULL; /* routers hand it over */
    if (both_alive(b))
        return "conflict";
    if (is || was)
        return NULL;
    if (ev->ts - before->seen > RECENT || undefended(b, c, before, ev->ts))
        return "changed";
    return sk_mac_eq(&c->mac, &b->first) ? "returned" : "flip";
}

/* An address of a declared router belongs to the MACs declared with it, whatever was seen before. */
static bool takes_over(const struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct claim *c) {
    return sk_policy_router_address(ctx->policy, ev->segment, &c->addr, NULL) == SK_YES &&
           sk_policy_router(ctx->policy, ev->segment, &c->mac, &c->addr, NULL, NULL) == SK_ROUTER_IMPERSONATION;
}

static struct key key_of(const struct sk_addr *a, const struct sk_event *ev) {
    struct key k;
    memset(&k, 0, sizeof k);
    k.addr = *a;
    k.wire = cor_wire_of(ev);
    return k;
}

/* A declared router may announce another of its declared MACs (a redundant pair). */
static bool both_routers(const struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct claim *c) {
    return sk_policy_router_mac(ctx->policy, ev->segment, &ev->smac) == SK_YES &&
           sk_policy_router_mac(ctx->policy, ev->segment, &c->mac) == SK_YES;
}

/* These tell more than that an advertisement names another MAC than its sender's. */
static bool grave(const char *state) {
    return state &&
           (strcmp(state, "router-takeover") == 0 || strcmp(state, "conflict") == 0 || strcmp(state, "flip") == 0);
}

/* What is claimed against what is known; told where it is not the same. */
static void take(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct claim *c) {
    struct key k = key_of(&c->addr, ev);
    struct binding *b = sk_table_get(part_of(s, &k), &k);
    struct owner before = b ? b->owner[b->n - 1] : (struct owner){0};
    bool same = b && sk_mac_eq(&before.mac, &c->mac);
    bool stolen = takes_over(ctx, ev, c);
    if (!c->accepted) { /* an attempt: told if it would have taken something */
        if (stolen)
            tell(s, ctx, ev, b, c, b ? &before : NULL, "router-takeover");
        return;
    }
    const char *state = stolen ? "router-takeover" : c->plain ? NULL : "new";
    if (!b) {
        b = ctx->crowded ? NULL : make(s, ctx, &k, &c->mac);
        if (b) {
            b->first = c->mac;
            own(b, c, ev);
        }
    } else if (same) {
        use(&b->owner[b->n - 1], c, ev);
        state = stolen ? state : NULL;
    } else if (c->overrides) {
        count_turn(b, ev->ts);
        own(b, c, ev);
        const char *found = judge(ev, b, c, &before);
        state = stolen ? state : found;
        if (found ? strcmp(found, "changed") == 0 : virtual_mac(&c->mac) == virtual_mac(&before.mac))
            b->first = c->mac;
    } else {
        state = NULL; /* hosts keep what they have: RFC 4861 7.2.5 */
    }
    if (b)
        b->router |= c->router;
    if (state && strcmp(state, "conflict") == 0 && sk_mac_eq(&c->mac, &b->first))
        tell_other(s, ctx, ev, b, c, &before);
    else if (grave(state))
        tell(s, ctx, ev, b, c, before.seen && !same ? &before : NULL, state);
    else if (c->mismatch && !virtual_mac(&c->mac) && !virtual_mac(&ev->smac) && !both_routers(ctx, ev, c))
        tell(s, ctx, ev, b, c, NULL, "mismatch");
    else if (state)
        tell(s, ctx, ev, b, c, before.seen && !same ? &before : NULL, state);
}

static bool had(const struct binding *b, const struct sk_mac *mac) {
    for (unsigned i = 0; i < b->n; i++)
        if (sk_mac_eq(&b->owner[i].mac, mac))
            return true;
    return false;
}

bool sk_neighbour_had(struct sk_correlation *c, const struct sk_event *ev, const struct sk_addr *addr,
                      const struct sk_mac *mac) {
    const struct state *s = sk_correlator_state(c, &sk_cor_neighbour);
    struct key k = key_of(addr, ev);
    const struct binding *b = s ? sk_table_peek(part_of(s, &k), &k) : NULL;
    return b && had(b, mac);
}

bool sk_neighbour_at_home(struct sk_correlation *c, const struct sk_event *ev, const struct sk_addr *addr) {
    const struct state *s = sk_correlator_state(c, &sk_cor_neighbour);
    struct key k = key_of(addr, ev);
    return s && sk_table_peek(part_of(s, &k), &k);
}

/* Somebody asks whether an address is taken that has an owner. */
static void asks(struct state *s, const struct sk_event *ev) {
    struct sk_addr target;
    if (!cor_true(ev, SKF_icmpv6_ns_dad) || sk_cor_discarded(ev) || !cor_ip(ev, SKF_icmpv6_ns_target, &target))
        return;
    struct key k = key_of(&target, ev);
    struct binding *b = sk_table_peek(part_of(s, &k), &k);
    if (!b || sk_mac_eq(&b->owner[b->n - 1].mac, &ev->smac))
        return;
    b->wants = ev->smac;
    b->wanted = ev->ts;
}

/* Who asks by mDNS for a machine that answers in its place means to sleep. */
static void may_sleep(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    if (sk_mac_zero(&ev->smac) || !cor_says(ev, SKF_dns_question_name, "_sleep-proxy._udp.local"))
        return;
    struct sleeper k = sleeper_of(ev, &ev->smac);
    uint64_t before = sk_table_evicted(s->sleepers);
    sk_time *at = sk_table_put(s->sleepers, &k, NULL);
    ctx->evictions += sk_table_evicted(s->sleepers) - before;
    *at = ev->ts;
}

/* Somebody sends from the address: an owner shows that he is there. Who never claimed it forwards for others. */
static void frame_of(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct sk_addr *addr,
                     const struct sk_mac *mac) {
    struct key k = key_of(addr, ev);
    struct claim c = {.addr = *addr, .mac = *mac, .by = "data", .proves = true, .overrides = true, .accepted = true};
    const struct binding *b = usable(&c) ? sk_table_peek(part_of(s, &k), &k) : NULL;
    if (b && had(b, mac))
        take(s, ctx, ev, &c);
}

/* An echo to a group whose source somebody else owns: the answers go to him. */
static void put_spoofed(const struct state *s, struct sk_event *ev) {
    struct key k = key_of(&ev->src, ev);
    const struct binding *b = sk_mac_zero(&ev->smac) ? NULL : sk_table_peek(part_of(s, &k), &k);
    if (b)
        sk_event_put_int(ev, SKF_ipv6_amplification_spoofed, !had(b, &ev->smac));
}

static uint64_t host_hash(const struct state *s, const struct sk_addr *a) {
    return sk_addr_scope(a) == SK_SCOPE_MULTICAST ? 0 : sk_hash(&s->key, a, sizeof *a) | 1;
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    struct claim c;
    if (ev->flags & SK_EV_DUPLICATE || sk_events[ev->type].per == SK_PER_DERIVED || sk_cor_private(ctx->policy, ev))
        return;
    if (ev->type == SKE_ipv6_amplification) {
        put_spoofed(s, ev);
    } else if (ev->type == SKE_flow_state) {
        if (ev->src.fam != 6 || ev->depth > 0)
            return;
        bool answered = cor_says(ev, SKF_flow_state, "established");
        if (answered || cor_says(ev, SKF_flow_state, "opened"))
            frame_of(s, ctx, ev, &ev->src, &ev->smac);
        if (answered)
            frame_of(s, ctx, ev, &ev->dst, &ev->dmac);
    } else if (ev->type == SKE_name_question) {
        may_sleep(s, ctx, ev);
    } else if (!sk_mac_zero(&ev->smac) && read_claim(ev, &c)) {
        c.to = host_hash(s, &ev->dst);
        take(s, ctx, ev, &c);
    } else if (ev->type == SKE_icmpv6_ns && !sk_mac_zero(&ev->smac)) {
        asks(s, ev);
    }
}

static void forget_old(struct state *s, struct sk_table *t, sk_time now) {
    const void *key;
    const struct binding *b;
    while ((b = sk_table_oldest(t, &key)) && now - b->owner[b->n - 1].seen > FORGOTTEN) {
        struct key k;
        memcpy(&k, key, sizeof k);
        s->share[b->share]--;
        sk_table_del(t, &k);
    }
}

static void tick(void *state, struct sk_cor_ctx *ctx) {
    struct state *s = state;
    for (unsigned i = 0; i < PARTS; i++)
        forget_old(s, s->part[i], ctx->now);
}

static const uint16_t wants[] = {
    SKE_icmpv6_na, SKE_icmpv6_ns, SKE_icmpv6_rs, SKE_icmpv6_ra, SKE_flow_state, SKE_name_question, 0};
const struct sk_correlator sk_cor_neighbour = {.name = "neighbour",
                                               .rank = 20,
                                               .wants = wants,
                                               .state_size = sizeof(struct state),
                                               .init = init,
                                               .fini = fini,
                                               .event = event,
                                               .tick = tick};
