/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which device: MAC <-> segment <-> IPv4 <-> every IPv6 <-> DUID <-> names, learned from what devices say of themselves
 * (ARP, neighbour discovery, DHCP, name services) and from the frames they send. Honest where it cannot know: behind a
 * router only the router's MAC is seen (detections.md "Attribution of the device").
 *
 * Trust, best first: lease (DHCP) while it lasts, binding (ARP, ND) of the last ten minutes, frame. Nothing is learned
 * on `private` segments, from what a host would discard, or from the copies that a mirror makes of a frame.
 */
#include "correlate/inventory.h"
#include "correlate/new_routers.h"

#include "sekimori/part.h"
#include "sekimori/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LEASE_LIFE   SK_DAY /* where the server does not say */
#define BINDING_LIFE (600 * SK_SEC)

struct learning {
    struct inv_state *s;
    const struct sk_policy *policy;
    const struct sk_event *ev;
    struct inv_key place;
    int32_t vlan;
    sk_time now;
};

static sk_err init(void *state, struct sk_cor_ctx *ctx) { return inv_init(state, ctx->key) ? SK_OK : SK_ENOMEM; }
static void fini(void *state) { inv_fini(state); }

/* ---- values of the event ---- */

static bool ip_value(const struct sk_event *ev, enum sk_field_id f, struct sk_addr *ret) {
    struct sk_value v;
    if (!sk_event_get(ev, NULL, f, 0, NULL, &v))
        return false;
    *ret = v.ip;
    return true;
}
static const char *text_value(const struct sk_event *ev, enum sk_field_id f) {
    struct sk_value v;
    return sk_event_get(ev, NULL, f, 0, NULL, &v) ? v.s.p : "";
}
static bool says(const struct sk_event *ev, enum sk_field_id f, const char *word) {
    return strcasecmp(text_value(ev, f), word) == 0;
}

/* ---- learning ---- */

static struct inv_device *put(const struct learning *l, const struct sk_mac *mac) {
    struct inv_key who = inv_who(l->place, mac);
    bool keep = l->vlan == INV_LINK_UNKNOWN && inv_find(l->s, &who); /* seen on its own link, it told better */
    struct inv_device *d = inv_put(l->s, l->policy, &who, l->now);
    d->vlan = keep ? d->vlan : l->vlan;
    return d;
}
static void bind(const struct learning *l, const struct sk_mac *mac, const struct sk_addr *a, enum sk_known_by by,
                 sk_time life) {
    struct inv_key who = inv_who(l->place, mac);
    if (inv_usable_mac(mac) && inv_usable_addr(a))
        put(l, mac);
    inv_bind(l->s, l->policy, &who, a, by, l->now, life);
}
static void learn_name(const struct learning *l, struct inv_device *d, enum sk_field_id f, const char *source) {
    const char *name = text_value(l->ev, f);
    inv_name(l->s, d, name, strlen(name), source, l->now);
}
static void plays(const struct learning *l, const struct sk_mac *mac, enum sk_device_role role) {
    if (inv_usable_mac(mac))
        put(l, mac)->roles |= (uint8_t)role;
}

static void learn_arp(const struct learning *l) {
    struct sk_mac mac;
    struct sk_addr ip;
    if (sk_event_mac(l->ev, SKF_arp_sender_mac, &mac) && ip_value(l->ev, SKF_arp_sender_ip, &ip))
        bind(l, &mac, &ip, SK_BY_BINDING, BINDING_LIFE);
}

/* Duplicate address detection (RFC 4862 5.4) is done on the link where the address will be used: it tells an address of
 * this device from one it forwards for. Only a wish so far: it takes no address from anybody. */
static void learn_dad(const struct learning *l) {
    struct sk_addr target;
    if (!ip_value(l->ev, SKF_icmpv6_ns_target, &target))
        return;
    const struct inv_binding *b = inv_binding_of(l->s, l->place, &target, l->now);
    if (!b || sk_mac_eq(&b->mac, &l->ev->smac))
        bind(l, &l->ev->smac, &target, SK_BY_BINDING, BINDING_LIFE);
}

/* RFC 4861 7.2.3-7.2.5: what a host would take over. */
static void learn_nd(const struct learning *l) {
    const struct sk_event *ev = l->ev;
    struct sk_mac mac;
    struct sk_addr target;
    if (ev->type == SKE_icmpv6_na && ip_value(ev, SKF_icmpv6_na_target, &target)) {
        if (!sk_event_mac(ev, SKF_icmpv6_nd_tlla, &mac))
            mac = ev->smac;
        if (sk_mac_eq(&mac, &ev->smac)) /* otherwise somebody answers for another (a sleep proxy, or worse) */
            bind(l, &mac, &target, SK_BY_BINDING, BINDING_LIFE);
        return;
    }
    if (ev->type == SKE_icmpv6_ns && sk_addr_scope(&ev->src) == SK_SCOPE_UNSPECIFIED)
        learn_dad(l);
    else
        bind(l, &ev->smac, &ev->src, SK_BY_BINDING, BINDING_LIFE);
    if (ev->type == SKE_icmpv6_ra)
        plays(l, &ev->smac, SK_ROLE_ROUTER);
}

/* A relay carries the client's message away from the client's link: at home is where the address is at home. */
static bool at_home(struct learning *l, const struct sk_addr *leased, const struct sk_addr *relay) {
    struct sk_place place;
    l->vlan = INV_LINK_UNKNOWN;
    sk_policy_place(l->policy, leased->fam ? leased : relay, SK_SEGMENT_NONE, &place);
    const struct sk_segment *home = sk_policy_segment_at(l->policy, place.segment);
    if (home)
        l->place = inv_place_of_segment(place.segment);
    return !home || !home->is_private;
}

static void replace(char **to, const char *text) {
    if (*to && strcmp(*to, text) == 0)
        return;
    free(*to);
    *to = strdup(text);
}
static void learn_port(const struct learning *l, struct inv_device *d) {
    const char *circuit = text_value(l->ev, SKF_dhcpv4_circuit_id);
    if (circuit[0])
        replace(&d->switch_port, circuit);
}

/* RFC 4361: | ff | interface, 4 | DUID |: the name by which DHCPv6 knows the same host. Of others only its own word. */
static void learn_client_id(const struct learning *l, struct inv_device *d) {
    enum { BEFORE = 10 };
    const char *id = text_value(l->ev, SKF_dhcpv4_client_id);
    if (says(l->ev, SKF_dhcpv4_role, "client") && strncmp(id, "ff", 2) == 0 && strlen(id) > BEFORE)
        inv_duid(l->s, d, id + BEFORE, l->now);
}

static void learn_dhcpv4(struct learning *l) {
    const struct sk_event *ev = l->ev;
    struct sk_mac mac;
    struct sk_addr ip = {0}, relay;
    bool server = says(ev, SKF_dhcpv4_role, "server"), relayed = ip_value(ev, SKF_dhcpv4_relay_ip, &relay);
    if (server && !relayed && (says(ev, SKF_dhcpv4_type, "offer") || says(ev, SKF_dhcpv4_type, "ack")))
        plays(l, &ev->smac, SK_ROLE_DHCP);
    bool lease = says(ev, SKF_dhcpv4_type, "ack") && ip_value(ev, SKF_dhcpv4_your_ip, &ip);
    if (!sk_event_mac(ev, SKF_dhcpv4_client_mac, &mac) || !inv_usable_mac(&mac) ||
        (relayed && !at_home(l, &ip, &relay)))
        return;
    struct inv_device *d = put(l, &mac);
    learn_name(l, d, SKF_dhcpv4_hostname, "dhcp");
    if (text_value(ev, SKF_dhcpv4_hostname)[0] == '\0')
        learn_name(l, d, SKF_dhcpv4_fqdn, "dhcp");
    learn_port(l, d);
    learn_client_id(l, d);
    struct sk_value v;
    bool said = sk_event_get(ev, NULL, SKF_dhcpv4_lease_time, 0, NULL, &v) && v.i > 0;
    if (lease)
        bind(l, &mac, &ip, SK_BY_LEASE, said && v.i < 365 * 86400 ? v.i * SK_SEC : LEASE_LIFE);
}

static void take_leases6(const struct learning *l, const struct sk_mac *mac) {
    const struct sk_event *ev = l->ev;
    struct sk_value a, life;
    for (unsigned k = 0; k < INV_IPS_KNOWN && sk_event_get(ev, NULL, SKF_dhcpv6_address, k, NULL, &a); k++)
        if (sk_event_get(ev, NULL, SKF_dhcpv6_valid, k, NULL, &life) && life.i > 0)
            bind(l, mac, &a.ip, SK_BY_LEASE, life.i < 365 * 86400 ? life.i * SK_SEC : 365 * SK_DAY);
}

/* Addresses that a server gave: to who has this DUID, else to whom the answer went. */
static void learn_lease6(const struct learning *l) {
    const struct inv_device *d = inv_of_duid(l->s, text_value(l->ev, SKF_dhcpv6_client_duid));
    bool here = d && inv_same_place(&d->key, &l->place);
    struct sk_mac mac = here ? d->key.mac : l->ev->dmac;
    if (says(l->ev, SKF_dhcpv6_type, "reply") && inv_usable_mac(&mac))
        take_leases6(l, &mac);
}

/* Behind a relay (RFC 9915 19) only the message itself tells: the innermost relay knows the client's link-local
 * address, which may have its MAC inside, and so may its DUID. */
static void learn_relayed6(struct learning *l) {
    const struct sk_event *ev = l->ev;
    struct sk_addr link = {0}, leased = {0};
    struct sk_value v;
    struct sk_mac mac;
    unsigned inmost = 0;
    while (sk_event_get(ev, NULL, SKF_dhcpv6_relay_peer, inmost + 1, NULL, &v))
        inmost++;
    bool peer = sk_event_get(ev, NULL, SKF_dhcpv6_relay_peer, inmost, NULL, &v);
    if (!(peer && sk_addr_eui64(&v.ip, &mac)) && !sk_event_mac(ev, SKF_dhcpv6_client_mac, &mac))
        return;
    if (sk_event_get(ev, NULL, SKF_dhcpv6_relay_link, inmost, NULL, &v))
        link = v.ip;
    bool reply = says(ev, SKF_dhcpv6_inner_type, "reply");
    if (reply && sk_event_get(ev, NULL, SKF_dhcpv6_address, 0, NULL, &v))
        leased = v.ip;
    if (!inv_usable_mac(&mac) || !at_home(l, &leased, &link))
        return;
    struct inv_device *d = put(l, &mac);
    if (says(ev, SKF_dhcpv6_type, "relay-forward"))
        learn_name(l, d, SKF_dhcpv6_fqdn, "dhcpv6");
    inv_duid(l->s, d, text_value(ev, SKF_dhcpv6_client_duid), l->now);
    if (reply)
        take_leases6(l, &mac);
}

static void learn_dhcpv6(struct learning *l) {
    const struct sk_event *ev = l->ev;
    if (!inv_usable_mac(&ev->smac))
        return;
    if (says(ev, SKF_dhcpv6_type, "relay-forward") || says(ev, SKF_dhcpv6_type, "relay-reply")) {
        learn_relayed6(l);
    } else if (says(ev, SKF_dhcpv6_role, "server")) {
        plays(l, &ev->smac, SK_ROLE_DHCPV6);
        learn_lease6(l);
    } else if (says(ev, SKF_dhcpv6_role, "client") && ev->sport == 546) {
        struct inv_device *d = put(l, &ev->smac);
        learn_name(l, d, SKF_dhcpv6_fqdn, "dhcpv6");
        inv_duid(l->s, d, text_value(ev, SKF_dhcpv6_client_duid), l->now);
    }
}

/* Is one of the addresses that the name has the sender's own? A sleep proxy answers for others (and so may anybody). */
static bool claims_for_itself(const struct learning *l) {
    struct sk_value a;
    const struct sk_event *ev = l->ev;
    for (unsigned k = 0; sk_event_get(ev, NULL, SKF_name_claim_ip, k, NULL, &a); k++) {
        const struct inv_binding *b = inv_binding_of(l->s, l->place, &a.ip, l->now);
        if (sk_addr_eq(&a.ip, &ev->src) || (b && sk_mac_eq(&b->mac, &ev->smac)))
            return true;
    }
    return !sk_event_has(ev, NULL, SKF_name_claim_ip); /* a list of its own names (NBSTAT), or its model */
}

/* In DNS names what is no printable ASCII stands as \DDD (RFC 4343 2.1); mDNS and LLMNR mean UTF-8 by it (RFC 6762 16,
 * RFC 4795 1). */
static size_t readable(const char *presentation, char *out, size_t cap) {
    uint8_t bytes[256];
    size_t n = 0;
    for (const char *p = presentation; *p && n < sizeof bytes; n++) {
        bool decimal = p[0] == '\\' && isdigit((unsigned char)p[1]) && isdigit((unsigned char)p[2]) &&
                       isdigit((unsigned char)p[3]);
        if (decimal)
            bytes[n] = (uint8_t)((p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0'));
        else
            bytes[n] = (uint8_t)p[p[0] == '\\' && p[1]];
        p += decimal ? 4 : p[0] == '\\' && p[1] ? 2 : 1;
    }
    return sk_text_escape(bytes, n, out, cap);
}

static void learn_claim(const struct learning *l) {
    static const struct {
        const char *protocol, *source;
    } known[] = {{"mdns", "mdns"}, {"llmnr", "llmnr"}, {"nbns", "nbns"}};
    const struct sk_event *ev = l->ev;
    struct sk_place place;
    sk_policy_place(l->policy, &ev->src, ev->segment, &place);
    if (!inv_usable_mac(&ev->smac) || inv_elsewhere(&place, ev->segment) || !claims_for_itself(l))
        return;
    char name[4 * 256];
    const char *model = text_value(ev, SKF_name_claim_model);
    size_t n = readable(text_value(ev, SKF_name_claim_name), name, sizeof name);
    if (n > 6 && strcmp(name + n - 6, ".local") == 0)
        n -= 6;
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (says(ev, SKF_name_claim_protocol, known[i].protocol))
            inv_name(l->s, put(l, &ev->smac), name, n, known[i].source, l->now);
    if (model[0])
        replace(&put(l, &ev->smac)->model, model);
}

/* A frame shows the sender's MAC beside the source address; on the far side of a router it shows the router's. */
static void learn_frame(const struct learning *l) {
    const struct sk_event *ev = l->ev;
    struct sk_place place;
    if (ev->depth > 0 || !inv_usable_mac(&ev->smac) || !inv_usable_addr(&ev->src))
        return;
    sk_policy_place(l->policy, &ev->src, ev->segment, &place);
    const struct sk_segment *home = sk_policy_segment_at(l->policy, place.segment);
    if (home && home->is_private)
        return;
    if (!inv_elsewhere(&place, ev->segment)) {
        bind(l, &ev->smac, &ev->src, SK_BY_FRAME, 0);
        return;
    }
    struct inv_device *d = put(l, &ev->smac);
    for (unsigned i = 0; i < d->strangers; i++)
        if (sk_addr_eq(&d->stranger[i], &ev->src))
            return;
    if (d->strangers < INV_STRANGERS)
        d->stranger[d->strangers++] = ev->src;
}

/* Who answered? Known by the address only: the answer's frame may come from a router. */
static void learn_server(const struct learning *l) {
    const struct sk_event *ev = l->ev;
    struct sk_value v;
    bool dns = ev->type == SKE_dns_transaction && says(ev, SKF_dns_proof, "recursion");
    bool mail = ev->type == SKE_smtp_transaction && sk_event_get(ev, NULL, SKF_smtp_accepted, 0, NULL, &v) && v.i;
    const struct inv_binding *b = dns || mail ? inv_binding_of(l->s, l->place, &ev->dst, l->now) : NULL;
    if (b)
        plays(l, &b->mac, dns ? SK_ROLE_DNS : SK_ROLE_MAIL);
}

/* Its beginning, a moment ago, showed the sender already. */
static bool shown_at_once(const struct sk_event *ev) {
    const struct sk_part_flow *f = sk_event_flow(ev);
    return f && f->sender_shown && f->state != SK_FLOW_OPENED && f->end - f->start < SK_SEC;
}

static void learn(struct learning *l) {
    switch (l->ev->type) {
    case SKE_arp_message:
        learn_arp(l);
        break;
    case SKE_icmpv6_ns:
    case SKE_icmpv6_na:
    case SKE_icmpv6_rs:
    case SKE_icmpv6_ra:
        learn_nd(l);
        break;
    case SKE_dhcpv4_message:
        learn_dhcpv4(l);
        break;
    case SKE_dhcpv6_message:
        learn_dhcpv6(l);
        break;
    case SKE_name_claim:
        learn_frame(l);
        learn_claim(l);
        break;
    case SKE_flow_state:
        learn_frame(l);
        break;
    default:
        learn_frame(l);
        learn_server(l);
        break;
    }
}

/* What is told at a tick is older: a flow says when its last packet was. @return false: no telling */
static bool when(const struct sk_event *ev, sk_time *ret) {
    struct sk_value v;
    const struct sk_part_flow *f = sk_event_flow(ev);
    if (f) {
        *ret = f->end;
        return true;
    }
    bool said = sk_event_get(ev, NULL, SKF_event_end, 0, NULL, &v);
    *ret = said ? v.i : ev->ts;
    return said || ev->phase != 0;
}

/* Who advertises itself as a router, was never seen, and is one of too many on this link. */
static bool crowded(const struct learning *l, struct sk_cor_ctx *ctx) {
    if (l->ev->type != SKE_icmpv6_ra || !inv_usable_mac(&l->ev->smac))
        return false;
    struct inv_key who = inv_who(l->place, &l->ev->smac);
    return !inv_find(l->s, &who) && cor_new_routers_crowd(l->s->new_routers, ctx, l->ev);
}

static void event(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev) {
    struct inv_state *s = state;
    const struct sk_segment *seg = sk_policy_segment_at(ctx->policy, ev->segment);
    if (shown_at_once(ev))
        return;
    if ((seg && seg->is_private) || (ev->flags & SK_EV_DUPLICATE) || sk_cor_discarded(ev))
        return;
    if (sk_events[ev->type].per == SK_PER_DERIVED) /* its cause has been learned from, or was discarded */
        return;
    struct learning l = {.s = s, .policy = ctx->policy, .ev = ev, .place = inv_place(ev), .vlan = inv_link(ev)};
    uint64_t before = inv_evicted(s);
    ctx->crowded = crowded(&l, ctx);
    if (ctx->crowded || !when(ev, &l.now))
        return;
    learn(&l);
    ctx->evictions += inv_evicted(s) - before;
}

static const uint16_t wants[] = {SKE_arp_message,    SKE_icmpv6_ns,  SKE_icmpv6_na,
                                 SKE_icmpv6_rs,      SKE_icmpv6_ra,  SKE_dhcpv4_message,
                                 SKE_dhcpv6_message, SKE_name_claim, 0};
const struct sk_correlator sk_cor_inventory = {.name = "inventory",
                                               .rank = 10,
                                               .wants = wants,
                                               .state_size = sizeof(struct inv_state),
                                               .init = init,
                                               .fini = fini,
                                               .event = event};
