/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The inventory's tables, inside this folder: who was seen (MAC on a segment), which address is whose, which DUID.
 *
 * Two generations, so that a flood of invented MACs pushes out nobody who is known: a device is young until it is seen
 * again a minute after it was first seen, or gets a lease. Each generation has a cap, each segment a share of it;
 * within a full share the device that was silent longest gives way. An address belongs to the record of its device,
 * which has room for few: so one MAC cannot fill the table of addresses either.
 */
#ifndef SEKIMORI_SRC_INVENTORY_H
#define SEKIMORI_SRC_INVENTORY_H

#include "correlate/correlate.h"

#include "sekimori/table.h"

enum {
    INV_KNOWN_MAX = 131072,
    INV_YOUNG_MAX = 262144,
    INV_SHARE_MAX = 131072,  /* of the known, for one segment */
    INV_SHARE_YOUNG = 32768, /* of the young: what a flood of invented MACs can fill */
    INV_ADDRESSES_MAX = 1 << 20,
    INV_DUIDS_MAX = 131072,
    INV_SHARES = 1024, /* segments share a share where their hashes meet */
    INV_RECENT = 4096, /* 2^12: the top bits of a product */
    INV_IPS_KNOWN = 20,
    INV_IPS_YOUNG = 8,
    INV_NAMES = 6,
    INV_CONFLICTS = 8,
    INV_STRANGERS = 4,
    INV_DUID_TEXT = 261, /* 130 bytes in hexadecimal (RFC 9915 11.1) */
};
#define INV_LINK_UNKNOWN SK_DEVICE_LINK_UNKNOWN
#define INV_GROWN_UP     (60 * SK_SEC)
#define INV_ACTIVE       (600 * SK_SEC) /* who was seen in the last ten minutes is still there */

/** A MAC in its place; of all zero MAC: the place itself. Keys are compared as bytes: made by inv_place() only. */
struct inv_key {
    struct sk_mac mac;
    uint16_t segment, tap;
    uint16_t zero;
    int32_t link; /* VLAN, or -1 - VNI; 0 where a segment is known */
};
struct inv_device {
    struct inv_key key;
    struct inv_device *older, *newer; /* in its share */
    uint64_t id, own_id;              /* own: before it was joined with another */
    sk_time first, last;
    struct sk_device_ip *ip;
    struct sk_device_name *name;
    struct sk_device_conflict *conflict;
    char *duid, *switch_port, *model;
    uint64_t ip_forgotten;
    int32_t vlan;
    uint8_t n_ip, room_ip, n_name, n_conflict;
    uint8_t roles;
    bool young, leased;
    uint16_t share;    /* index of its share */
    uint8_t strangers; /* outside addresses it sent from, up to INV_STRANGERS: then it forwards for others */
    struct sk_addr stranger[INV_STRANGERS];
};
struct inv_binding {
    sk_time until; /* what a weaker source says does not count before */
    struct sk_mac mac;
    uint8_t by;
};
struct inv_share {
    struct inv_device *oldest, *newest;
    uint32_t n;
};
struct inv_state {
    struct sk_table *known, *young; /* inv_key -> inv_device */
    struct sk_table *addresses;     /* address and place -> inv_binding */
    struct sk_table *duids;         /* DUID -> whose */
    struct sk_table *new_routers;   /* new_routers.h */
    struct inv_share share[2][INV_SHARES];
    /* Who was put lately, by some bits of the MAC: most packets come from few. Valid where the key is the one asked
     * for; a record that leaves its table loses its key. */
    struct inv_device *recent[INV_RECENT];
    struct sk_hash_key hash;
    uint64_t evicted; /* of shares; the tables count theirs */
};

bool inv_init(struct inv_state *s, const struct sk_hash_key *key);
void inv_fini(struct inv_state *s);
/** Entries that had to give way so far. */
uint64_t inv_evicted(const struct inv_state *s);

/** Where an event was seen; the MAC is zero. */
struct inv_key inv_place(const struct sk_event *ev);
/** VLAN of the frame, 0 untagged; -1 - VNI inside an overlay. */
int32_t inv_link(const struct sk_event *ev);
/** The same place in a segment of the policy. */
struct inv_key inv_place_of_segment(uint16_t segment);
struct inv_key inv_who(struct inv_key place, const struct sk_mac *mac);
bool inv_same_place(const struct inv_key *a, const struct inv_key *b);
/** Does the policy say that this address is at home elsewhere than in the segment where it was seen? */
bool inv_elsewhere(const struct sk_place *place, uint16_t segment);
bool inv_usable_mac(const struct sk_mac *m);
bool inv_usable_addr(const struct sk_addr *a);
/** "vrrp", "hsrp" ..., NULL: a MAC of one device. */
const char *inv_virtual_mac(const struct sk_mac *m);

/** NULL: not known. */
struct inv_device *inv_find(const struct inv_state *s, const struct inv_key *who);
/** Seen now; never NULL. Another call may move it: keep no pointer. */
struct inv_device *inv_put(struct inv_state *s, const struct sk_policy *p, const struct inv_key *who, sk_time now);
/** It got a lease: it will be remembered. */
struct inv_device *inv_keep(struct inv_state *s, const struct sk_policy *p, const struct inv_key *who, sk_time now);

/** This device has this address, and nobody who knows less may say otherwise for `life`. Who else says so is noted with
 * both. */
void inv_bind(struct inv_state *s, const struct sk_policy *p, const struct inv_key *who, const struct sk_addr *a,
              enum sk_known_by by, sk_time now, sk_time life);
/** What is bound to this address here and still counts. */
const struct inv_binding *inv_binding_of(const struct inv_state *s, struct inv_key place, const struct sk_addr *a,
                                         sk_time now);
/** Is this address still its own? Another device may have it since. */
bool inv_still_has(const struct inv_state *s, const struct inv_key *who, const struct sk_addr *a);

/** Its name, as it says itself by this source. */
void inv_name(struct inv_state *s, struct inv_device *d, const char *text, size_t n, const char *source, sk_time now);
/** The best name and its source; false: none. */
bool inv_best_name(const struct inv_device *d, const char **ret_name, const char **ret_source);
/** Its DUID in hexadecimal: devices that have one DUID, one after the other, are one. */
void inv_duid(struct inv_state *s, struct inv_device *d, const char *hex, sk_time now);
/** It no longer has one. */
void inv_forget_duid(struct inv_state *s, struct inv_device *d);
/** Who has this DUID; NULL: nobody known. */
struct inv_device *inv_of_duid(const struct inv_state *s, const char *hex);
/** An address with somebody's MAC inside, and that one's name: the same device behind another MAC. */
void inv_join_eui(struct inv_state *s, struct inv_device *d, sk_time now);
void inv_conflict(struct inv_device *d, const char *what, const struct sk_mac *other, const struct sk_addr *a,
                  sk_time now);
/** The id of a device of which nothing but this MAC is known here. */
uint64_t inv_id(const struct sk_policy *p, const struct inv_key *who);
uint64_t inv_id_bytes(const void *bytes, size_t n);

#endif
