/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The questions that alerts and `sekimori devices` ask of the inventory. In the order of trust (detections.md B.A):
 * lease, binding, the frame's MAC where the address is at home on that link, addresses inside the address, DUID. Where
 * only a router's MAC is known, no MAC is told.
 */
#include "correlate/inventory.h"

#include "sekimori/digest.h"

#include <stdio.h>
#include <string.h>

extern const struct sk_correlator sk_cor_inventory;

static const char *const known_by_words[] = {"frame", "frame", "binding", "lease"};

/* Does it send for others? Addresses from elsewhere, or several of IPv4 that no ARP and no lease ever gave it. */
static bool forwards(const struct inv_device *d) {
    unsigned only_frames = 0;
    for (unsigned i = 0; i < d->n_ip; i++)
        only_frames += d->ip[i].addr.fam == 4 && d->ip[i].by == SK_BY_FRAME;
    return d->strangers >= 2 || only_frames >= 3;
}

/* ---- its addresses ---- */

static bool only_passed_on(const struct sk_device_ip *ip) {
    return ip->by == SK_BY_FRAME && sk_addr_scope(&ip->addr) != SK_SCOPE_LINK_LOCAL;
}

enum { ROOM = sizeof(((struct sk_device *)0)->ip) / sizeof(struct sk_addr) };

struct pick {
    const struct sk_device_ip *at[INV_IPS_KNOWN];
    unsigned n;
};
/* Of those that are still its own, the n seen last, in the order they were first seen. */
static struct pick freshest(const struct inv_state *s, const struct inv_device *d, unsigned n) {
    struct pick own = {.n = 0}, ret = {.n = 0};
    bool others = forwards(d);
    for (unsigned i = 0; i < d->n_ip; i++)
        if (inv_still_has(s, &d->key, &d->ip[i].addr) && !(others && only_passed_on(&d->ip[i])))
            own.at[own.n++] = &d->ip[i];
    for (unsigned i = 0; i < own.n; i++) {
        unsigned fresher = 0;
        for (unsigned k = 0; k < own.n; k++)
            fresher += own.at[k]->last > own.at[i]->last || (k > i && own.at[k]->last == own.at[i]->last);
        if (fresher < n)
            ret.at[ret.n++] = own.at[i];
    }
    return ret;
}

/* IPv4 first; that of the alert is among them. */
static void fill_ips(const struct inv_state *s, const struct inv_device *d, const struct sk_addr *addr,
                     struct sk_device *ret) {
    struct pick p = freshest(s, d, ROOM);
    bool told = !addr;
    for (unsigned i = 0; i < p.n; i++)
        told |= addr && sk_addr_eq(addr, &p.at[i]->addr);
    if (!told)
        p = freshest(s, d, ROOM - 1);
    for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
        for (unsigned i = 0; i < p.n; i++)
            if (p.at[i]->addr.fam == family)
                ret->ip[ret->n_ip++] = p.at[i]->addr;
        if (addr && !told && addr->fam == family)
            ret->ip[ret->n_ip++] = *addr;
    }
}

static void name_id(struct sk_device *ret, uint64_t id) {
    snprintf(ret->id, sizeof ret->id, "d-%016llx", (unsigned long long)id);
}

/* All of it but the addresses. */
static void fill(const struct sk_correlation *c, const struct inv_device *d, struct sk_device *ret) {
    name_id(ret, d->id);
    ret->mac = d->key.mac;
    ret->mac_random = d->key.mac.b[0] & 2;
    ret->virtual_mac = inv_virtual_mac(&d->key.mac);
    ret->vendor = sk_correlation_vendor(c, &d->key.mac);
    ret->duid = d->duid;
    ret->switch_port = d->switch_port;
    ret->model = d->model;
    ret->conflict = d->conflict;
    ret->n_conflict = d->n_conflict;
    inv_best_name(d, &ret->name, &ret->name_source);
}

/* ---- who it is ---- */

struct asked {
    const struct inv_state *s;
    const struct sk_policy *policy;
    const struct sk_event *ev;
    const struct sk_addr *addr;
    const struct sk_mac *mac;
};
struct found {
    struct inv_key who; /* MAC zero: nobody */
    const char *by;
};

/* At home first: where both segments are mirrored, a routed packet is still of the device that has the address. */
static bool by_binding(const struct asked *q, struct found *ret) {
    struct inv_key here = inv_place(q->ev);
    struct sk_place home;
    const struct inv_binding *b = NULL;
    sk_policy_place(q->policy, q->addr, SK_SEGMENT_NONE, &home);
    if (home.segment != SK_SEGMENT_NONE && home.segment != q->ev->segment) {
        struct inv_key there = inv_place_of_segment(home.segment);
        if ((b = inv_binding_of(q->s, there, q->addr, q->ev->ts)) && b->by > SK_BY_FRAME)
            here = there;
        else
            b = NULL;
    }
    if (!b)
        b = inv_binding_of(q->s, here, q->addr, q->ev->ts);
    if (b)
        *ret = (struct found){inv_who(here, &b->mac), known_by_words[b->by]};
    return b != NULL;
}

/* A policy that names no line and no zone says of no address where it lives: it is as if there were none. */
static bool is_elsewhere(const struct asked *q) {
    struct sk_place place;
    bool known;
    if (sk_policy_is_none(q->policy) ||
        (!sk_policy_declares(q->policy, "segments", &known) && !sk_policy_declares(q->policy, "zones", &known)))
        return false;
    sk_policy_place(q->policy, q->addr, q->ev->segment, &place);
    return inv_elsewhere(&place, q->ev->segment);
}
static bool is_outside(const struct asked *q) {
    struct sk_place place;
    sk_policy_place(q->policy, q->addr, q->ev->segment, &place);
    return place.side == SK_SIDE_OUTSIDE;
}

/* The address itself tells: an IPv4 address whose device is known, or a MAC (not of outside: nobody vouches for it). */
static bool by_embedded(const struct asked *q, struct found *ret) {
    struct sk_addr v4;
    struct sk_mac mac;
    if (sk_addr_embedded4(q->addr, &v4)) {
        struct asked inner = *q;
        inner.addr = &v4;
        if (!by_binding(&inner, ret))
            return false;
    } else if (!is_outside(q) && sk_addr_eui64(q->addr, &mac) && inv_usable_mac(&mac)) {
        ret->who = inv_who(inv_place(q->ev), &mac);
    } else {
        return false;
    }
    ret->by = "embedded";
    return true;
}

/* A relay's frame, but the client's DUID inside. */
static bool by_duid(const struct asked *q, struct found *ret) {
    struct sk_value v;
    if (q->ev->type != SKE_dhcpv6_message || !sk_event_get(q->ev, NULL, SKF_dhcpv6_client_duid, 0, NULL, &v))
        return false;
    const struct inv_device *d = inv_of_duid(q->s, v.s.p);
    if (d)
        *ret = (struct found){d->key, "embedded"};
    return d != NULL;
}

/* Only a frame shows a MAC: is it that of the device, or of the router that sent the frame on? */
static struct found by_frame(const struct asked *q, struct found shown) {
    const struct inv_device *d = inv_find(q->s, &shown.who);
    struct found better;
    if (!q->addr || sk_addr_scope(q->addr) == SK_SCOPE_LINK_LOCAL || /* no router forwards those (RFC 4291 2.5.6) */
        (!is_elsewhere(q) && !(d && forwards(d))))
        return shown;
    if (by_embedded(q, &better) || by_duid(q, &better))
        return better;
    return (struct found){{.segment = q->ev->segment}, "router-mac-only"}; /* that MAC is no name of this device */
}

static struct found identify(const struct asked *q) {
    struct found ret = {{.segment = q->ev->segment}, "frame"};
    if (q->addr && by_binding(q, &ret) && strcmp(ret.by, "frame") != 0)
        return ret;
    if (sk_mac_zero(&ret.who.mac) && q->mac && inv_usable_mac(q->mac))
        ret = (struct found){inv_who(inv_place(q->ev), q->mac), "frame"};
    if (!sk_mac_zero(&ret.who.mac))
        return by_frame(q, ret);
    if (q->addr)
        (void)by_embedded(q, &ret);
    return ret;
}

/* ---- the ledger ---- */

/* By what was observed: MAC, DUID, the address of a row that names no MAC. By a name only where a row has nothing else:
 * anybody can give himself a name. */
static const struct sk_policy_device *row_of(const struct sk_policy *p, const struct sk_device *d, sk_time now) {
    uint8_t duid[INV_DUID_TEXT / 2];
    const struct sk_policy_device *row = NULL;
    bool has_mac = !sk_mac_zero(&d->mac);
    if (has_mac)
        row = sk_policy_device_by_mac(p, &d->mac, now);
    size_t n = d->duid ? sk_unhex(d->duid, duid, sizeof duid) : 0;
    if (!row && n)
        row = sk_policy_device_by_duid(p, duid, n, now);
    for (unsigned i = 0; !row && i < d->n_ip; i++)
        if ((row = sk_policy_device_by_ip(p, &d->ip[i], now)) && row->n_mac && has_mac)
            row = NULL; /* the address of a device with another MAC */
    if (!row && d->name && (row = sk_policy_device_by_name(p, d->name, strlen(d->name), now)) &&
        (row->n_mac || row->duid_len || row->n_ip))
        row = NULL;
    return row;
}

static void look_up(const struct sk_policy *p, uint16_t segment, sk_time now, struct sk_device *d) {
    static const char *const words[] = {
        [SK_REGISTER_UNKNOWN] = "unknown", [SK_REGISTER_LISTED] = "yes",   [SK_REGISTER_ELSEWHERE] = "yes",
        [SK_REGISTER_RETIRED] = "retired", [SK_REGISTER_LOST] = "retired", [SK_REGISTER_NOT_LISTED] = "no"};
    const struct sk_policy_device *row = row_of(p, d, now);
    bool can_tell = row || (!sk_mac_zero(&d->mac) && !d->virtual_mac); /* of a router's MAC nothing follows */
    if (can_tell)
        d->registered = words[sk_policy_device_verdict(p, row, segment, now)];
    if (!row)
        return;
    d->section = row->section;
    if (row->name) {
        d->name = row->name;
        d->name_source = "register";
    }
}

bool sk_correlation_device(struct sk_correlation *c, const struct sk_event *ev, const struct sk_addr *addr,
                           const struct sk_mac *mac, struct sk_device *ret) {
    struct asked q = {sk_correlator_state(c, &sk_cor_inventory), sk_correlation_policy(c), ev,
                      addr && addr->fam ? addr : NULL, mac};
    *ret = (struct sk_device){.registered = "unknown"};
    if (!q.addr && !(mac && inv_usable_mac(mac)))
        return false;
    struct found f = identify(&q);
    const struct inv_device *d = sk_mac_zero(&f.who.mac) ? NULL : inv_find(q.s, &f.who);
    ret->known_by = f.by;
    if (d) {
        fill(c, d, ret);
        fill_ips(q.s, d, q.addr, ret);
        look_up(q.policy, f.who.segment, ev->ts, ret);
        return true;
    }
    if (sk_mac_zero(&f.who.mac)) {
        name_id(ret, inv_id_bytes(q.addr, sizeof *q.addr));
    } else {
        name_id(ret, inv_id(q.policy, &f.who));
        ret->mac = f.who.mac;
        ret->mac_random = f.who.mac.b[0] & 2;
        ret->virtual_mac = inv_virtual_mac(&f.who.mac);
        ret->vendor = sk_correlation_vendor(c, &f.who.mac);
    }
    if (q.addr)
        ret->ip[ret->n_ip++] = *q.addr;
    look_up(q.policy, f.who.segment, ev->ts, ret);
    return true;
}

/* ---- all of them ---- */

/* Of what sends for others the addresses that only its frames showed are others' addresses. */
static unsigned own_ips(const struct inv_device *d, struct sk_device_ip own[INV_IPS_KNOWN]) {
    unsigned n = 0;
    bool others = forwards(d);
    for (unsigned i = 0; i < d->n_ip && n < INV_IPS_KNOWN; i++)
        if (!others || !only_passed_on(&d->ip[i]))
            own[n++] = d->ip[i];
    return n;
}

static void give(const struct sk_correlation *c, const struct inv_state *s, const struct inv_device *d,
                 void (*each)(void *arg, const struct sk_device_entry *e), void *arg) {
    struct sk_device_ip own[INV_IPS_KNOWN];
    struct sk_device_entry e = {.device = {.registered = "unknown"},
                                .segment = d->key.segment,
                                .tap = d->key.tap,
                                .vlan = d->vlan,
                                .ip = own,
                                .n_ip = own_ips(d, own),
                                .ip_forgotten = d->ip_forgotten,
                                .name = d->name,
                                .n_name = d->n_name,
                                .roles = d->roles | (forwards(d) ? SK_ROLE_FORWARDER : 0),
                                .first = d->first,
                                .last = d->last};
    fill(c, d, &e.device);
    fill_ips(s, d, NULL, &e.device);
    look_up(sk_correlation_policy(c), e.segment, e.last, &e.device);
    each(arg, &e);
}

void sk_correlation_devices(struct sk_correlation *c, void (*each)(void *arg, const struct sk_device_entry *e),
                            void *arg) {
    const struct inv_state *s = sk_correlator_state(c, &sk_cor_inventory);
    const struct sk_table *generations[] = {s->known, s->young};
    const void *key;
    void *value;
    for (unsigned i = 0; i < 2; i++)
        for (uint32_t at = 0; sk_table_next(generations[i], &at, &key, &value);)
            give(c, s, value, each, arg);
}
