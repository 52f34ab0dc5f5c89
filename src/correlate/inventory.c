/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the inventory: two generations with shares, and the addresses that belong to each record. */
#include "correlate/inventory.h"
#include "correlate/new_routers.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct addr_key {
    struct inv_key place;
    struct sk_addr addr;
    uint8_t zero[7];
};

/* ---- keys ---- */

struct inv_key inv_place_of_segment(uint16_t segment) {
    struct inv_key k;
    memset(&k, 0, sizeof k);
    k.segment = segment;
    k.tap = SK_TAP_NONE;
    return k;
}

int32_t inv_link(const struct sk_event *ev) {
    if (ev->vni >= 0 && ev->depth > 0)
        return -1 - ev->vni;
    for (unsigned i = 0; i < ev->n_vlan; i++)
        if (ev->vlan[i]) /* VID 0 is only a priority (802.1Q 9.6) */
            return ev->vlan[i];
    return 0;
}

/* Without a segment of the policy the link itself keeps devices apart: fe80::1 is at home in every VLAN. */
struct inv_key inv_place(const struct sk_event *ev) {
    struct inv_key k = inv_place_of_segment(ev->segment);
    if (ev->segment == SK_SEGMENT_NONE) {
        k.tap = ev->tap;
        k.link = inv_link(ev);
    }
    return k;
}

struct inv_key inv_who(struct inv_key place, const struct sk_mac *mac) {
    place.mac = *mac;
    return place;
}

bool inv_same_place(const struct inv_key *a, const struct inv_key *b) {
    return a->segment == b->segment && a->tap == b->tap && a->link == b->link;
}

bool inv_elsewhere(const struct sk_place *place, uint16_t segment) {
    return place->side != SK_SIDE_INSIDE || (place->segment != SK_SEGMENT_NONE && place->segment != segment);
}

static struct addr_key addr_key_of(struct inv_key place, const struct sk_addr *a) {
    struct addr_key k;
    memset(&k, 0, sizeof k);
    k.place = place;
    memset(&k.place.mac, 0, sizeof k.place.mac);
    k.addr = *a;
    return k;
}

bool inv_usable_mac(const struct sk_mac *m) { return !sk_mac_zero(m) && !(m->b[0] & 1); }
bool inv_usable_addr(const struct sk_addr *a) {
    enum sk_scope s = a->fam ? sk_addr_scope(a) : SK_SCOPE_NONE;
    return s == SK_SCOPE_LINK_LOCAL || s == SK_SCOPE_PRIVATE || s == SK_SCOPE_ULA || s == SK_SCOPE_GLOBAL;
}

/* RFC 9568 7.3; Cisco: HSRP (RFC 2281 3), HSRP version 2 for IPv4 and IPv6, GLBP. */
const char *inv_virtual_mac(const struct sk_mac *m) {
    static const struct {
        uint8_t b[5], n;
        const char *name;
    } known[] = {{{0x00, 0x00, 0x5e, 0x00, 0x01}, 5, "vrrp"}, {{0x00, 0x00, 0x5e, 0x00, 0x02}, 5, "vrrp6"},
                 {{0x00, 0x00, 0x0c, 0x07, 0xac}, 5, "hsrp"}, {{0x00, 0x00, 0x0c, 0x9f}, 4, "hsrp2"},
                 {{0x00, 0x05, 0x73, 0xa0}, 4, "hsrp2"},      {{0x00, 0x07, 0xb4}, 3, "glbp"}};
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (memcmp(m->b, known[i].b, known[i].n) == 0 &&
            (known[i].n != 4 || (m->b[4] & 0xf0) == (known[i].b[3] == 0x9f ? 0xf0 : 0)))
            return known[i].name;
    return NULL;
}

/* ---- ids ---- */

uint64_t inv_id_bytes(const void *bytes, size_t n) { return sk_hash24(&sk_hash_key_fixed, bytes, n); }

/* The same in every run and, where the MAC was given by its maker, under every policy. One that was not is unique on
 * its own link only (RFC 9542 2.1: every hypervisor and phone draws its own), and a virtual MAC is another router in
 * every segment: there the place belongs to it. */
uint64_t inv_id(const struct sk_policy *p, const struct inv_key *who) {
    char text[160];
    if (!inv_virtual_mac(&who->mac) && !(who->mac.b[0] & 2))
        return inv_id_bytes(&who->mac, sizeof who->mac);
    const struct sk_segment *seg = sk_policy_segment_at(p, who->segment);
    size_t most = sizeof text - SK_MAC_TEXT - 16, named = seg ? strlen(seg->id) : 0;
    char *at = sk_mac_text(&who->mac, text) + SK_MAC_TEXT - 1; /* by hand: a flood brings one a packet */
    *at++ = ' ';
    at = mempcpy(at, seg ? seg->id : "", named < most ? named : most);
    *at++ = ' ';
    if (who->link < 0)
        *at++ = '-';
    at += strlen(sk_uint_text(who->link < 0 ? 0u - (uint32_t)who->link : (uint32_t)who->link, at));
    return inv_id_bytes(text, (size_t)(at - text));
}

/* ---- shares ---- */

static uint16_t share_index(const struct inv_state *s, const struct inv_key *who) {
    struct inv_key place = *who;
    memset(&place.mac, 0, sizeof place.mac);
    return (uint16_t)(sk_hash(&s->hash, &place, sizeof place) % INV_SHARES);
}
static struct inv_share *share_of(struct inv_state *s, const struct inv_device *d) {
    return &s->share[d->young][d->share];
}
static void leave(struct inv_state *s, struct inv_device *d) {
    struct inv_share *sh = share_of(s, d);
    *(d->older ? &d->older->newer : &sh->oldest) = d->newer;
    *(d->newer ? &d->newer->older : &sh->newest) = d->older;
    sh->n--;
}
static void enter(struct inv_state *s, struct inv_device *d) {
    struct inv_share *sh = share_of(s, d);
    d->older = sh->newest;
    d->newer = NULL;
    *(sh->newest ? &sh->newest->newer : &sh->oldest) = d;
    sh->newest = d;
    sh->n++;
}

static void unbind(struct inv_state *s, const struct inv_device *d, const struct sk_addr *a) {
    struct addr_key k = addr_key_of(d->key, a);
    const struct inv_binding *b = sk_table_peek(s->addresses, &k);
    if (b && sk_mac_eq(&b->mac, &d->key.mac))
        sk_table_del(s->addresses, &k);
}
static void free_lists(struct inv_device *d) {
    free(d->ip);
    free(d->name);
    free(d->conflict);
    free(d->duid);
    free(d->switch_port);
    free(d->model);
}
/* It is forgotten, and what it owned. */
static void forget(struct inv_state *s, struct inv_device *d) {
    leave(s, d);
    for (unsigned i = 0; i < d->n_ip; i++)
        unbind(s, d, &d->ip[i].addr);
    inv_forget_duid(s, d);
    free_lists(d);
    memset(&d->key, 0, sizeof d->key); /* nobody has it: see recent */
}
static void on_gone(void *user, const void *key, void *value, bool evicted) {
    (void)key;
    if (evicted)
        forget(user, value);
    else
        free_lists(value);
}

static struct sk_table *device_table(struct inv_state *s, uint32_t cap) {
    struct sk_table_config c = {.key_size = sizeof(struct inv_key),
                                .value_size = sizeof(struct inv_device),
                                .cap = cap,
                                .key = s->hash,
                                .gone = on_gone,
                                .user = s};
    return sk_table_new(&c);
}

bool inv_init(struct inv_state *s, const struct sk_hash_key *key) {
    struct sk_table_config a = {.key_size = sizeof(struct addr_key),
                                .value_size = sizeof(struct inv_binding),
                                .cap = INV_ADDRESSES_MAX,
                                .key = *key};
    struct sk_table_config u = {
        .key_size = INV_DUID_TEXT, .value_size = sizeof(struct inv_key), .cap = INV_DUIDS_MAX, .key = *key};
    s->hash = *key;
    s->known = device_table(s, INV_KNOWN_MAX);
    s->young = device_table(s, INV_YOUNG_MAX);
    s->addresses = sk_table_new(&a);
    s->duids = sk_table_new(&u);
    s->new_routers = cor_new_routers(key);
    return s->known && s->young && s->addresses && s->duids && s->new_routers;
}
void inv_fini(struct inv_state *s) {
    sk_table_free(s->known);
    sk_table_free(s->young);
    sk_table_free(s->addresses);
    sk_table_free(s->duids);
    sk_table_free(s->new_routers);
}
uint64_t inv_evicted(const struct inv_state *s) {
    return s->evicted + sk_table_evicted(s->known) + sk_table_evicted(s->young) + sk_table_evicted(s->addresses) +
           sk_table_evicted(s->duids);
}

/* ---- records ---- */

struct inv_device *inv_find(const struct inv_state *s, const struct inv_key *who) {
    struct inv_device *d = sk_table_peek(s->known, who);
    return d ? d : sk_table_peek(s->young, who);
}

static struct sk_table *generation(struct inv_state *s, bool young) { return young ? s->young : s->known; }

/* Room in a share: who was silent longest gives way. */
static void make_room(struct inv_state *s, uint16_t share, bool young) {
    struct inv_share *sh = &s->share[young][share];
    if (sh->n < (young ? INV_SHARE_YOUNG : INV_SHARE_MAX))
        return;
    struct inv_device *d = sh->oldest;
    struct inv_key key = d->key;
    forget(s, d);
    sk_table_del(generation(s, young), &key);
    s->evicted++;
}

static struct inv_device *grow_up(struct inv_state *s, struct inv_device *young) {
    struct inv_key key = young->key, *who = &key;
    make_room(s, young->share, false);
    struct inv_device *d = sk_table_put(s->known, who, NULL);
    leave(s, young);
    *d = *young;
    d->young = false;
    memset(&young->key, 0, sizeof young->key);
    sk_table_del(s->young, who);
    enter(s, d);
    return d;
}

static struct inv_device *be_born(struct inv_state *s, const struct sk_policy *p, const struct inv_key *who,
                                  sk_time now) {
    uint16_t share = share_index(s, who);
    make_room(s, share, true);
    struct inv_device *d = sk_table_put(s->young, who, NULL);
    d->key = *who;
    d->young = true;
    d->share = share;
    d->first = d->last = now;
    d->id = d->own_id = inv_id(p, who);
    enter(s, d);
    return d;
}

/* No keyed hash: who makes MACs meet here makes the search as long as it is without. */
static struct inv_device **recent_place(struct inv_state *s, const struct inv_key *who) {
    uint64_t mac = 0;
    memcpy(&mac, who->mac.b, sizeof who->mac.b);
    mac = (mac ^ (uint64_t)who->segment << 48 ^ (uint32_t)who->link) * UINT64_C(0x9e3779b97f4a7c15);
    return &s->recent[mac >> 52];
}

/* As inv_find(), and it becomes the most recently used. */
static struct inv_device *find_used(struct inv_state *s, const struct inv_key *who) {
    struct inv_device *d = *recent_place(s, who);
    if (d && memcmp(&d->key, who, sizeof *who) == 0) {
        sk_table_touch(generation(s, d->young), d);
        return d;
    }
    d = sk_table_get(s->known, who);
    return d ? d : sk_table_get(s->young, who);
}

static struct inv_device *put(struct inv_state *s, const struct sk_policy *p, const struct inv_key *who, sk_time now,
                              bool leased) {
    struct inv_device *d = find_used(s, who);
    if (d && d->young && (leased || now - d->first >= INV_GROWN_UP))
        d = grow_up(s, d);
    if (!d) {
        d = be_born(s, p, who, now);
        return *recent_place(s, who) = leased ? grow_up(s, d) : d;
    }
    *recent_place(s, who) = d;
    if (now > d->last)
        d->last = now;
    if (share_of(s, d)->newest != d) {
        leave(s, d);
        enter(s, d);
    }
    return d;
}
struct inv_device *inv_put(struct inv_state *s, const struct sk_policy *p, const struct inv_key *who, sk_time now) {
    return put(s, p, who, now, false);
}
struct inv_device *inv_keep(struct inv_state *s, const struct sk_policy *p, const struct inv_key *who, sk_time now) {
    struct inv_device *d = put(s, p, who, now, true);
    d->leased = true;
    return d;
}

/* ---- addresses ---- */

/* The address not seen for longest gives way: temporary addresses come and go (RFC 8981). */
static void drop_oldest_ip(struct inv_state *s, struct inv_device *d) {
    unsigned oldest = 0;
    for (unsigned i = 1; i < d->n_ip; i++)
        if (d->ip[i].last < d->ip[oldest].last)
            oldest = i;
    unbind(s, d, &d->ip[oldest].addr);
    memmove(d->ip + oldest, d->ip + oldest + 1, (size_t)(d->n_ip - oldest - 1) * sizeof *d->ip);
    d->n_ip--;
    d->ip_forgotten++;
}

static void add_ip(struct inv_state *s, struct inv_device *d, const struct sk_addr *a, enum sk_known_by by,
                   sk_time now) {
    unsigned i = 0, room = d->young ? INV_IPS_YOUNG : INV_IPS_KNOWN;
    while (i < d->n_ip && !sk_addr_eq(&d->ip[i].addr, a))
        i++;
    if (i == d->n_ip) {
        if (d->n_ip >= room)
            drop_oldest_ip(s, d);
        if (d->n_ip == d->room_ip) {
            d->room_ip = (uint8_t)(d->room_ip ? d->room_ip + d->room_ip : 1);
            d->ip = sk_mem_resize(d->ip, d->room_ip, sizeof *d->ip);
        }
        i = d->n_ip++;
        d->ip[i] = (struct sk_device_ip){.addr = *a, .first = now, .last = now};
        inv_join_eui(s, d, now);
    }
    struct sk_device_ip *ip = &d->ip[i];
    ip->last = now > ip->last ? now : ip->last;
    ip->by = by > ip->by ? (uint8_t)by : ip->by;
    ip->lease6 |= by == SK_BY_LEASE && a->fam == 6;
}

static void contest(struct inv_state *s, const struct inv_key *who, const struct inv_binding *b,
                    const struct sk_addr *a, sk_time now) {
    struct inv_key other = inv_who(*who, &b->mac);
    struct inv_device *x = inv_find(s, who), *y = inv_find(s, &other);
    if (x)
        inv_conflict(x, "ip", &b->mac, a, now);
    if (y)
        inv_conflict(y, "ip", &who->mac, a, now);
}

void inv_bind(struct inv_state *s, const struct sk_policy *p, const struct inv_key *who, const struct sk_addr *a,
              enum sk_known_by by, sk_time now, sk_time life) {
    if (!inv_usable_mac(&who->mac) || !inv_usable_addr(a))
        return;
    struct inv_device *d = by == SK_BY_LEASE ? inv_keep(s, p, who, now) : inv_put(s, p, who, now);
    struct addr_key k = addr_key_of(*who, a);
    struct inv_binding *b = sk_table_put(s->addresses, &k, NULL);
    bool mine = b->by == SK_BY_NOTHING || sk_mac_eq(&b->mac, &who->mac);
    if (!mine && now < b->until) {
        struct inv_binding before = *b;
        if (by > SK_BY_FRAME) /* a frame may have come over a router */
            contest(s, who, &before, a, now);
        if (before.by > by)
            return; /* a better source says otherwise */
    }
    if (mine && b->by > by && now < b->until) {
        by = (enum sk_known_by)b->by; /* the same, less well known */
    } else {
        b->until = sk_time_add(now, life);
        b->by = (uint8_t)by;
        b->mac = who->mac;
    }
    add_ip(s, d, a, by, now);
}

const struct inv_binding *inv_binding_of(const struct inv_state *s, struct inv_key place, const struct sk_addr *a,
                                         sk_time now) {
    struct addr_key k = addr_key_of(place, a);
    const struct inv_binding *b = sk_table_peek(s->addresses, &k);
    return b && (b->by == SK_BY_FRAME || now < b->until) ? b : NULL;
}

bool inv_still_has(const struct inv_state *s, const struct inv_key *who, const struct sk_addr *a) {
    struct addr_key k = addr_key_of(*who, a);
    const struct inv_binding *b = sk_table_peek(s->addresses, &k);
    return !b || sk_mac_eq(&b->mac, &who->mac);
}
