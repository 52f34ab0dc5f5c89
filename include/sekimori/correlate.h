/* SPDX-License-Identifier: Apache-2.0 */
/**
 * All that needs more than one flow: devices, neighbour bindings, DNS and mail knowledge, policy verdicts, counts. Runs
 * in one thread, sees events in total order. One subject per file src/correlate/cor_<subject>.c, gathered by make.
 *
 * For each event: every correlator learns from it and adds context (values) to it, in rank order; then the event goes
 * on; then the events derived from it. A derived event never derives another.
 */
#ifndef SEKIMORI_CORRELATE_H
#define SEKIMORI_CORRELATE_H

#include "sekimori/event.h"
#include "sekimori/hash.h"
#include "sekimori/oui.h"
#include "sekimori/policy.h"

struct sk_correlation; /* the running whole */

/** What a correlator may use while it is called. */
struct sk_cor_ctx {
    const struct sk_policy *policy;
    const struct sk_names *names;
    const struct sk_hash_key *key;
    sk_time now;
    bool offline;
    uint64_t evictions; /**< add to it */
    /** Give a derived event on; the record is copied. Its order is the cause's. */
    void (*derive)(struct sk_cor_ctx *ctx, const struct sk_event *ev);
    /** Say that this event is a repeat and goes no further (ipv6.seen of a second lane): it is taken off the counts. */
    bool drop;
    /** Its sender advertises itself as a router, is not known, and its link has had too many such (inventory): what is
     * known already is held against it, but nothing new is kept of it. That is no eviction: its event goes on,
     * and is counted where floods are. Set for each event anew. */
    bool crowded;
};

struct sk_correlator {
    const char *name; /**< of the file */
    int rank;         /**< learning order: 10 inventory, 20 bindings, 30 knowledge, 50 verdicts of the policy */
    /** Event types that must be made even if nobody else asks for them, ended by 0, or NULL. */
    const uint16_t *wants;
    const uint16_t *looks_at; /**< event types that event() is given, ended by 0; NULL: all */
    size_t state_size;
    sk_err (*init)(void *state, struct sk_cor_ctx *ctx);
    void (*fini)(void *state);
    /** ev is a work copy with room up to SK_EVENT_MAX: put values. */
    void (*event)(void *state, struct sk_cor_ctx *ctx, struct sk_event *ev);
    void (*tick)(void *state, struct sk_cor_ctx *ctx);
    /** The end of a chain: say what is pending. The state is made anew after it, by fini and init. */
    void (*flush)(void *state, struct sk_cor_ctx *ctx);
};

struct sk_correlation_config {
    const struct sk_policy *policy;
    const struct sk_names *names;
    struct sk_oui *oui; /**< names of vendors; NULL: none are told */
    bool offline;
    /** Annotated and derived events, in order. */
    void (*event)(void *arg, struct sk_event *ev);
    void *arg;
};
/** Event types that some correlator needs: sets entries of wanted[SKE_COUNT] to true. */
void sk_correlation_wants(bool *wanted);
struct sk_correlation *sk_correlation_new(const struct sk_correlation_config *cfg, struct sk_error *err);
void sk_correlate_event(struct sk_correlation *c, const struct sk_event *ev);
void sk_correlate_tick(struct sk_correlation *c, uint64_t seq, sk_time now);
/** A chain of inputs ends: windows close, and what they tell is given on. Devices are still known. */
void sk_correlate_flush(struct sk_correlation *c, uint64_t seq, sk_time now);
/** After it, when alerts are closed: all knowledge is forgotten, as if c were new. Only the counts below stay. */
void sk_correlate_forget(struct sk_correlation *c);
/** Events dropped as repeats, by type (SKE_COUNT), and derived, by type (an event told again with more knowledge is
 * none). */
const uint64_t *sk_correlation_dropped(const struct sk_correlation *c);
const uint64_t *sk_correlation_derived(const struct sk_correlation *c);
uint64_t sk_correlation_evictions(const struct sk_correlation *c);
/** Those three together: what a run that is resumed takes over from the one before. */
struct sk_correlation_totals {
    uint64_t dropped[SKE_COUNT], derived[SKE_COUNT];
    uint64_t evictions;
};
void sk_correlation_totals(const struct sk_correlation *c, struct sk_correlation_totals *ret);
/** Adds to them. */
void sk_correlation_carry(struct sk_correlation *c, const struct sk_correlation_totals *t);
void sk_correlation_free(struct sk_correlation *c);

/** An address of a device. known_by: the best it was ever known by there. */
struct sk_device_ip {
    struct sk_addr addr;
    uint8_t by;  /**< enum sk_known_by */
    bool lease6; /**< given by DHCPv6 */
    sk_time first, last;
};
enum sk_known_by { SK_BY_NOTHING, SK_BY_FRAME, SK_BY_BINDING, SK_BY_LEASE };
/** A name a device gave itself (or the site gave it), who told, from when to when. */
enum { SK_DEVICE_NAME = 64, SK_DEVICE_LINK_UNKNOWN = INT32_MIN };
struct sk_device_name {
    char text[SK_DEVICE_NAME];
    const char *source; /**< "dhcp", "dhcpv6", "mdns", "llmnr", "nbns" */
    sk_time first, last;
};
/** Two devices say the same of themselves. Both are told; none is chosen. */
struct sk_device_conflict {
    const char *what; /**< "ip", "duid", "name" (hostname and EUI-64 address) */
    struct sk_mac other;
    struct sk_addr addr; /**< of "ip", else fam 0 */
    sk_time last;
    uint64_t count;
};
enum sk_device_role {
    SK_ROLE_ROUTER = 1,    /**< advertises itself (RFC 4861) */
    SK_ROLE_FORWARDER = 2, /**< sends for addresses that are not its own */
    SK_ROLE_DHCP = 4,      /**< sends offers and acknowledgements */
    SK_ROLE_DHCPV6 = 8,
    SK_ROLE_DNS = 16,  /**< answered a question by recursion */
    SK_ROLE_MAIL = 32, /**< took mail */
};

/** What is known of a device. Text members are valid until the next call on c; NULL or zero: unknown. */
struct sk_device {
    char id[24]; /**< "d-" and 16 hex digits: hash of the first stable identity seen: universal MAC, DUID of a random
                    one, random MAC, address. Devices that are one (below) have one id */
    struct sk_mac mac;       /**< zero where only the router's is known */
    bool mac_random;         /**< locally administered */
    const char *virtual_mac; /**< "vrrp", "vrrp6", "hsrp", "hsrp2", "glbp": the MAC of a group of routers */
    const char *vendor;
    const char *name, *name_source; /**< "register", "dhcp", "dhcpv6", "mdns", "llmnr", "nbns" */
    struct sk_addr ip[8];           /**< IPv4 first, then IPv6, oldest first */
    unsigned n_ip;
    const char *duid, *switch_port; /**< hexadecimal; circuit id of DHCPv4's option 82 */
    const char *model;              /**< as mDNS says */
    const char *section;
    const char *registered; /**< "yes", "no", "retired", "unknown" */
    const char *known_by;   /**< "lease", "binding", "frame", "embedded", "router-mac-only" */
    const struct sk_device_conflict *conflict;
    unsigned n_conflict;
};
/** The device an alert is about. addr or mac may be NULL; ev gives segment and what the frame itself shows.
 *  @return false: nothing known and nothing in the frame; *ret is zeroed then */
bool sk_correlation_device(struct sk_correlation *c, const struct sk_event *ev, const struct sk_addr *addr,
                           const struct sk_mac *mac, struct sk_device *ret);

/** One device on one segment (where no policy names segments: in one VLAN of one tap), as the inventory has it. */
struct sk_device_entry {
    struct sk_device device; /**< its ip list is short: see below */
    uint16_t segment, tap;   /**< tap is SK_TAP_NONE where a segment is known */
    int32_t vlan; /**< as last seen; 0 untagged, -1 - VNI in an overlay; SK_DEVICE_LINK_UNKNOWN: behind a relay */
    const struct sk_device_ip *ip; /**< every address, oldest first */
    unsigned n_ip;
    uint64_t ip_forgotten; /**< addresses that gave way to others */
    const struct sk_device_name *name;
    unsigned n_name;
    unsigned roles; /**< bits of enum sk_device_role */
    sk_time first, last;
};
/** The inventory as it stands, in the order in which devices were first seen (what is remembered for good, then what
 * was seen only for a moment). Nothing of `private` segments is in it. */
void sk_correlation_devices(struct sk_correlation *c, void (*each)(void *arg, const struct sk_device_entry *e),
                            void *arg);

#endif
