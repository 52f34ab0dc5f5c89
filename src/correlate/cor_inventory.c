/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which device: MAC <-> segment <-> IPv4 <-> every IPv6 <-> name, learned from what devices say of themselves (ARP,
 * neighbour discovery, DHCP) and from the frames they send. Honest where it cannot know: behind a router only the
 * router's MAC is seen (detections.md "Attribution of the device").
 *
 * Trust, best first: lease (DHCP) while it lasts, binding (ARP, ND) of the last ten minutes, frame. Nothing is learned
 * on `private` segments. What a host would discard changes nothing here.
 */
#include "correlate/correlate.h"

#include "sekimori/table.h"

#include <stdio.h>

enum { DEVICES_MAX = 131072, ADDRESSES_MAX = 262144, DEVICE_IPS = 8, NAME_MAX_BYTES = 64, ROUTER_ADDRESSES = 4 };
enum known_by { BY_NOTHING, BY_FRAME, BY_BINDING, BY_LEASE };
#define LEASE_LIFE   SK_DAY /* where the server does not say */
#define BINDING_LIFE (600 * SK_SEC)

struct mac_key {
    struct sk_mac mac;
    uint16_t segment;
};
struct device {
    struct sk_addr ip[DEVICE_IPS];
    uint8_t by[DEVICE_IPS];
    uint8_t n_ip;
    uint8_t strangers; /* outside addresses it sent from, up to ROUTER_ADDRESSES: then it forwards for others */
    struct sk_addr stranger[ROUTER_ADDRESSES];
    char name[NAME_MAX_BYTES];
    const char *name_source;
};
struct addr_key {
    struct sk_addr addr;
    uint8_t zero;
    uint16_t segment;
};
struct binding {
    sk_time until; /* what a weaker source says does not count before */
    struct sk_mac mac;
    uint8_t by;
};
struct state {
    struct sk_table *devices;   /* mac_key -> device */
    struct sk_table *addresses; /* addr_key -> binding */
};

extern const struct sk_correlator sk_cor_inventory;

static bool make_tables(struct state *s, const struct sk_hash_key *key) {
    struct sk_table_config d = {
        .key_size = sizeof(struct mac_key), .value_size = sizeof(struct device), .cap = DEVICES_MAX, .key = *key};
    struct sk_table_config a = {
        .key_size = sizeof(struct addr_key), .value_size = sizeof(struct binding), .cap = ADDRESSES_MAX, .key = *key};
    s->devices = sk_table_new(&d);
    s->addresses = sk_table_new(&a);
    return s->devices && s->addresses;
}
static sk_err init(void *state, struct sk_cor_ctx *ctx) { return make_tables(state, ctx->key) ? SK_OK : SK_ENOMEM; }
static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->devices);
    sk_table_free(s->addresses);
}

static struct mac_key key_of_mac(const struct sk_mac *mac, uint16_t segment) {
    struct mac_key k;
    memset(&k, 0, sizeof k);
    k.mac = *mac;
    k.segment = segment;
    return k;
}
static struct addr_key key_of_addr(const struct sk_addr *a, uint16_t segment) {
    struct addr_key k;
    memset(&k, 0, sizeof k);
    k.addr = *a;
    k.segment = segment;
    return k;
}

static bool usable_mac(const struct sk_mac *m) { return !sk_mac_zero(m) && !(m->b[0] & 1); }
static bool usable_addr(const struct sk_addr *a) {
    enum sk_scope s = a->fam ? sk_addr_scope(a) : SK_SCOPE_NONE;
    return s == SK_SCOPE_LINK_LOCAL || s == SK_SCOPE_PRIVATE || s == SK_SCOPE_ULA || s == SK_SCOPE_GLOBAL;
}

static struct device *device_put(struct state *s, struct sk_cor_ctx *ctx, const struct sk_mac *mac, uint16_t segment) {
    struct mac_key k = key_of_mac(mac, segment);
    uint64_t before = sk_table_evicted(s->devices);
    struct device *d = sk_table_put(s->devices, &k, NULL);
    ctx->evictions += sk_table_evicted(s->devices) - before;
    return d;
}

static void device_add_ip(struct device *d, const struct sk_addr *a, enum known_by by) {
    unsigned i = 0;
    while (i < d->n_ip && !sk_addr_eq(&d->ip[i], a))
        i++;
    if (i == DEVICE_IPS) { /* the oldest gives way: temporary addresses come and go (RFC 8981) */
        memmove(d->ip, d->ip + 1, (DEVICE_IPS - 1) * sizeof *d->ip);
        memmove(d->by, d->by + 1, DEVICE_IPS - 1);
        i = --d->n_ip;
    }
    if (i == d->n_ip) {
        d->ip[i] = *a;
        d->by[i] = BY_NOTHING;
        d->n_ip++;
    }
    if (by > d->by[i])
        d->by[i] = (uint8_t)by;
}

/* This device has this address, and nobody who knows less may say otherwise for `life`. */
static void bind(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev, const struct sk_mac *mac,
                 const struct sk_addr *a, enum known_by by, sk_time life) {
    if (!usable_mac(mac) || !usable_addr(a))
        return;
    struct addr_key k = key_of_addr(a, ev->segment);
    uint64_t before = sk_table_evicted(s->addresses);
    struct binding *b = sk_table_put(s->addresses, &k, NULL);
    ctx->evictions += sk_table_evicted(s->addresses) - before;
    if (b->by > by && ev->ts < b->until) {
        if (!sk_mac_eq(&b->mac, mac))
            return;                /* a better source says otherwise */
        by = (enum known_by)b->by; /* the same, less well known */
    } else {
        b->until = sk_time_add(ev->ts, life);
        b->by = (uint8_t)by;
        b->mac = *mac;
    }
    device_add_ip(device_put(s, ctx, mac, ev->segment), a, by);
}

static bool mac_value(const struct sk_event *ev, enum sk_field_id f, struct sk_mac *ret) {
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH];
    return sk_event_get(ev, NULL, f, 0, scratch, &v) && sk_mac_parse(v.s.p, v.s.len, ret);
}
static bool ip_value(const struct sk_event *ev, enum sk_field_id f, struct sk_addr *ret) {
    struct sk_value v;
    if (!sk_event_get(ev, NULL, f, 0, NULL, &v))
        return false;
    *ret = v.ip;
    return true;
}

static void learn_name(struct device *d, const struct sk_event *ev, enum sk_field_id f, const char *source) {
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH];
    if (!sk_event_get(ev, NULL, f, 0, scratch, &v) || v.s.len == 0)
        return;
    size_t n = v.s.len < NAME_MAX_BYTES - 1 ? v.s.len : NAME_MAX_BYTES - 1;
    while (n > 0 && !sk_utf8_valid(v.s.p, n))
        n--;
    memcpy(d->name, v.s.p, n);
    d->name[n] = '\0';
    d->name_source = source;
}

static void learn_arp(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_mac mac;
    struct sk_addr ip;
    if (mac_value(ev, SKF_arp_sender_mac, &mac) && ip_value(ev, SKF_arp_sender_ip, &ip))
        bind(s, ctx, ev, &mac, &ip, BY_BINDING, BINDING_LIFE);
}

/* Duplicate address detection (RFC 4862 5.4) is done on the link where the address will be used: it tells an address of
 * this device from one it forwards for. Only a wish so far: it takes no address from anybody. */
static void learn_dad(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_addr target;
    if (!ip_value(ev, SKF_icmpv6_ns_target, &target))
        return;
    struct addr_key k = key_of_addr(&target, ev->segment);
    const struct binding *b = sk_table_peek(s->addresses, &k);
    if (!b || sk_mac_eq(&b->mac, &ev->smac))
        bind(s, ctx, ev, &ev->smac, &target, BY_BINDING, BINDING_LIFE);
}

/* RFC 4861 7.2.3-7.2.5: what a host would take over. */
static void learn_nd(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_mac mac;
    struct sk_addr target;
    if (ev->type == SKE_icmpv6_na && ip_value(ev, SKF_icmpv6_na_target, &target)) {
        if (!mac_value(ev, SKF_icmpv6_nd_tlla, &mac))
            mac = ev->smac;
        if (sk_mac_eq(&mac, &ev->smac)) /* otherwise somebody answers for another: the bindings of a later issue */
            bind(s, ctx, ev, &mac, &target, BY_BINDING, BINDING_LIFE);
        return;
    }
    if (ev->type == SKE_icmpv6_ns && sk_addr_scope(&ev->src) == SK_SCOPE_UNSPECIFIED)
        learn_dad(s, ctx, ev);
    else
        bind(s, ctx, ev, &ev->smac, &ev->src, BY_BINDING, BINDING_LIFE);
}

static void learn_dhcpv4(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    struct sk_mac mac;
    struct sk_addr ip;
    if (!mac_value(ev, SKF_dhcpv4_client_mac, &mac) || !usable_mac(&mac))
        return;
    learn_name(device_put(s, ctx, &mac, ev->segment), ev, SKF_dhcpv4_hostname, "dhcp");
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH];
    if (!sk_event_get(ev, NULL, SKF_dhcpv4_type, 0, scratch, &v) || strcasecmp(v.s.p, "ack") != 0 ||
        !ip_value(ev, SKF_dhcpv4_your_ip, &ip))
        return;
    bool said = sk_event_get(ev, NULL, SKF_dhcpv4_lease_time, 0, NULL, &v) && v.i > 0;
    bind(s, ctx, ev, &mac, &ip, BY_LEASE, said && v.i < 365 * 86400 ? v.i * SK_SEC : LEASE_LIFE);
}

static void learn_dhcpv6(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    if (usable_mac(&ev->smac) && ev->sport == 546)
        learn_name(device_put(s, ctx, &ev->smac, ev->segment), ev, SKF_dhcpv6_fqdn, "dhcpv6");
}

/* Does the policy say that this address is at home elsewhere? Then only a router can have sent the frame. */
static bool from_elsewhere(const struct sk_policy *p, const struct sk_addr *a, uint16_t segment) {
    struct sk_place place;
    sk_policy_place(p, a, segment, &place);
    return place.side != SK_SIDE_INSIDE || (place.segment != SK_SEGMENT_NONE && place.segment != segment);
}

/* A frame shows the sender's MAC beside the source address; on the far side of a router it shows the router's. */
static void learn_frame(struct state *s, struct sk_cor_ctx *ctx, const struct sk_event *ev) {
    if (ev->depth > 0 || !usable_mac(&ev->smac) || !usable_addr(&ev->src))
        return;
    struct device *d = device_put(s, ctx, &ev->smac, ev->segment);
    if (!from_elsewhere(ctx->policy, &ev->src, ev->segment)) {
        bind(s, ctx, ev, &ev->smac, &ev->src, BY_FRAME, 0);
        return;
    }
    for (unsigned i = 0; i < d->strangers; i++)
        if (sk_addr_eq(&d->stranger[i], &ev->src))
            return;
    if (d->strangers < ROUTER_ADDRESSES)
        d->stranger[d->strangers++] = ev->src;
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct state *s = state;
    const struct sk_segment *seg = sk_policy_segment_at(ctx->policy, ev->segment);
    if (seg && seg->is_private)
        return;
    if (sk_cor_discarded(ev))
        return;
    switch (ev->type) {
    case SKE_arp_message:
        learn_arp(s, ctx, ev);
        break;
    case SKE_icmpv6_ns:
    case SKE_icmpv6_na:
    case SKE_icmpv6_rs:
    case SKE_icmpv6_ra:
        learn_nd(s, ctx, ev);
        break;
    case SKE_dhcpv4_message:
        learn_dhcpv4(s, ctx, ev);
        break;
    case SKE_dhcpv6_message:
        learn_dhcpv6(s, ctx, ev);
        break;
    default:
        learn_frame(s, ctx, ev);
        break;
    }
}

/* ---- the question alerts ask ---- */

static const char *const known_by_words[] = {"frame", "frame", "binding", "lease"};

/* RFC 9562 has nothing to say here: an id that is the same in every run, from the first stable identity. */
static void name_id(struct sk_device *ret, const void *bytes, size_t n) {
    snprintf(ret->id, sizeof ret->id, "d-%016llx", (unsigned long long)sk_hash24(&sk_hash_key_fixed, bytes, n));
}

/* Is this address still its own? Another device may have it since. */
static bool still_has(const struct state *s, const struct mac_key *who, const struct sk_addr *a) {
    struct addr_key k = key_of_addr(a, who->segment);
    const struct binding *b = sk_table_peek(s->addresses, &k);
    return !b || sk_mac_eq(&b->mac, &who->mac);
}

/* Its addresses, that of the alert among them, and its name. */
static void fill(const struct state *s, const struct mac_key *who, const struct device *d, const struct sk_addr *addr,
                 struct sk_device *ret) {
    enum { ROOM = sizeof ret->ip / sizeof *ret->ip };
    bool told = !addr;
    for (unsigned family = 4; family <= 6; family += 2) {
        for (unsigned i = 0; i < d->n_ip; i++)
            if (d->ip[i].fam == family && ret->n_ip < ROOM && still_has(s, who, &d->ip[i])) {
                told |= addr && sk_addr_eq(addr, &d->ip[i]);
                ret->ip[ret->n_ip++] = d->ip[i];
            }
        if (!told && addr->fam == family) {
            ret->n_ip -= ret->n_ip == ROOM;
            ret->ip[ret->n_ip++] = *addr;
            told = true;
        }
    }
    if (d->name[0]) {
        ret->name = d->name;
        ret->name_source = d->name_source;
    }
}

/* Does it send for others? Addresses from elsewhere, or several of IPv4 that no ARP and no lease ever gave it. */
static bool forwards(const struct device *d) {
    unsigned only_frames = 0;
    for (unsigned i = 0; i < d->n_ip; i++)
        only_frames += d->ip[i].fam == 4 && d->by[i] == BY_FRAME;
    return d->strangers >= 2 || only_frames >= 3;
}

/* What is bound to this address and still counts at this time. */
static const struct binding *valid_binding(const struct state *s, const struct sk_addr *addr, uint16_t segment,
                                           sk_time now) {
    struct addr_key k = key_of_addr(addr, segment);
    const struct binding *b = sk_table_peek(s->addresses, &k);
    return b && (b->by == BY_FRAME || now < b->until) ? b : NULL;
}

bool sk_correlation_device(struct sk_correlation *c, const struct sk_event *ev, const struct sk_addr *addr,
                           const struct sk_mac *mac, struct sk_device *ret) {
    const struct state *s = sk_correlator_state(c, &sk_cor_inventory);
    const struct sk_policy *policy = sk_correlation_policy(c);
    *ret = (struct sk_device){.registered = "unknown"};
    addr = addr && addr->fam ? addr : NULL;
    const struct binding *b = addr ? valid_binding(s, addr, ev->segment, ev->ts) : NULL;
    const struct sk_mac *found = b ? &b->mac : mac && usable_mac(mac) ? mac : NULL;
    if (!found && !addr)
        return false;
    struct mac_key who = key_of_mac(found ? found : &(struct sk_mac){{0}}, ev->segment);
    const struct device *d = found ? sk_table_peek(s->devices, &who) : NULL;
    bool shown_only = found && (!b || b->by == BY_FRAME);
    bool elsewhere = addr && !sk_policy_is_none(policy) && from_elsewhere(policy, addr, ev->segment);
    ret->known_by = known_by_words[b ? b->by : BY_FRAME];
    if (addr && shown_only && (elsewhere || (d && forwards(d)))) {
        ret->known_by = "router-mac-only"; /* and that MAC is no name of this device */
        found = NULL;
        d = NULL;
    }
    if (found) {
        ret->mac = *found;
        ret->mac_random = found->b[0] & 2;
    }
    name_id(ret, found ? (const void *)found : (const void *)addr, found ? sizeof *found : sizeof *addr);
    if (d)
        fill(s, &who, d, addr, ret);
    else if (addr)
        ret->ip[ret->n_ip++] = *addr;
    return true;
}

static const uint16_t wants[] = {SKE_arp_message, SKE_icmpv6_ns,      SKE_icmpv6_na,      SKE_icmpv6_rs,
                                 SKE_icmpv6_ra,   SKE_dhcpv4_message, SKE_dhcpv6_message, 0};
const struct sk_correlator sk_cor_inventory = {.name = "inventory",
                                               .rank = 10,
                                               .wants = wants,
                                               .state_size = sizeof(struct state),
                                               .init = init,
                                               .fini = fini,
                                               .event = event};
