/* SPDX-License-Identifier: Apache-2.0 */
/* What a loaded policy holds. Filled at load (read_*.c), checked (check.c), indexed (index_*.c), then only read. */
#ifndef POLICY_POL_H
#define POLICY_POL_H

#include "policy/lpm.h"
#include "policy/tz.h"
#include "sekimori/policy.h"

enum { POL_NONE = 0xffff, POL_SEGMENTS_MAX = 0xfff0, POL_ZONES_MAX = 0xfff0, POL_TAPS_MAX = 1024, POL_VIDS = 4096 };

/* Where a statement stands. */
struct pol_pos {
    const char *path; /* as given by the operator: diagnostics */
    const char *base; /* without its folders: alerts */
    unsigned line, col;
};
static inline struct sk_origin pol_origin(const struct pol_pos *pos, const char *entry) {
    return (struct sk_origin){.file = pos->base, .line = pos->line, .entry = entry, .path = pos->path, .col = pos->col};
}

/* An array that grows while reading. */
#define POL_ARRAY(type)                                                                                                \
    struct {                                                                                                           \
        type *at;                                                                                                      \
        size_t n, cap;                                                                                                 \
    }
/* Room for one more; at[n] is zeroed and n counts it. @return its index as an lvalue pointer */
#define POL_PUSH(array)                                                                                                \
    ((array)->at = pol_grow((array)->at, &(array)->n, &(array)->cap, sizeof *(array)->at), &(array)->at[(array)->n - 1])
void *pol_grow(void *at, size_t *n, size_t *cap, size_t size);

struct pol_net {
    struct sk_prefix net; /* an address is a prefix of full length */
    sk_time until;        /* 0 = no end */
    struct pol_pos pos;
};
struct pol_nets {
    POL_ARRAY(struct pol_net) list;
};
struct pol_text {
    const char *text;
    struct pol_pos pos;
};
struct pol_texts {
    POL_ARRAY(struct pol_text) list;
};
struct pol_macs {
    POL_ARRAY(struct sk_mac) list;
};

enum pol_transport_bits { POL_TCP = 1, POL_UDP = 2, POL_ICMP = 4 }; /* POL_ICMP: echo requests, port 0 */
struct pol_service {
    uint16_t port;
    uint8_t transports;
};
struct pol_services {
    struct pol_service *at;
    size_t n, cap;
    bool any;
};
/* Named ports of the site (services_ports). */
struct pol_port_name {
    const char *name;
    struct pol_service at;
    struct pol_pos pos;
};

struct pol_tap {
    const char *name, *sensor, *iface, *sees, *place;
    struct pol_texts files;
    struct pol_pos pos;
};

/* Transport of the site's own mirrors. */
struct pol_mirror {
    enum sk_mirror kind;
    struct pol_nets from, to; /* none: any */
    const char *why;
    struct pol_pos pos;
};

struct pol_zone {
    const char *name, *title;
    enum sk_side side;
    enum sk_web web;
    bool web_said; /* also when it says unknown */
    int64_t weight;
    struct pol_nets prefixes;
    struct pol_pos pos;
};

enum pol_router_bits {
    POL_ROUTER_PREFIXES = 1,
    POL_ROUTER_RDNSS = 2,
    POL_ROUTER_DNSSL = 4,
    POL_ROUTER_PREF64 = 8,
    POL_ROUTER_ROUTES = 16,
    POL_ROUTER_FLAGS = 32,
    POL_ROUTER_PREF = 64,
};
/* A router or a DHCP server: whoever may speak with authority on a segment. */
struct pol_peer {
    struct pol_macs macs;
    struct pol_nets addrs; /* link-local of a router, addresses of a server */
    const uint8_t *duid;
    size_t duid_len;
    struct pol_nets prefixes, rdnss, pref64, routes, dynamic;
    struct pol_texts flags, dnssl;
    uint8_t known;     /* of a router: bits of enum pol_router_bits */
    uint8_t flag_bits; /* as on the wire */
    uint8_t preference;
    bool any_prefix;      /* pd_dynamic: true */
    int64_t mtu;          /* 0 = not said */
    int64_t lifetime_max; /* seconds; 0 = not said */
    struct pol_pos pos;
};
struct pol_peers {
    POL_ARRAY(struct pol_peer) list;
    bool known;
    struct pol_pos pos; /* of the key */
};

struct pol_tolerate {
    struct pol_texts kinds;
    sk_time until;
    const char *reason;
    bool given;
    struct pol_pos pos;
};

struct pol_segment {
    struct sk_segment pub;
    const char *tap_name, *zone_name;
    uint16_t tap, zone; /* indices, POL_NONE = not said */
    POL_ARRAY(int32_t) vnis;
    bool vlan_any;
    POL_ARRAY(uint16_t) vids; /* 0 = untagged */
    struct pol_nets prefixes;
    bool has4, has6; /* declares prefixes of that family */
    struct pol_peers routers, dhcp_servers, dhcpv6_servers;
    struct pol_tolerate tolerate;
    struct pol_macs mld_queriers, mdns_reflectors;
    struct pol_services lateral;
    bool queriers_known, reflectors_known, lateral_known;
    uint8_t echo_inbound, transit; /* enum sk_tri */
    struct pol_pos lateral_pos, echo_pos;
    struct pol_pos pos, tap_pos, zone_pos;
};

struct pol_proxy {
    struct pol_nets ip;
    POL_ARRAY(uint16_t) ports; /* none: every port */
    const char *kind, *zone_name;
    struct pol_pos pos, zone_pos;
};
struct pol_no_proxy {
    struct pol_nets hosts, to_ips;
    struct pol_texts to_names;
    struct pol_services services;
    bool hosts_given, to_given;
    const char *id, *why, *owner;
    sk_time until;
    struct pol_pos pos;
};
/* One end of a flow: zones and segments. */
struct pol_end {
    struct pol_texts names;
    bool any;
};
struct pol_flow {
    const char *id, *why, *owner;
    struct pol_end from, to;
    struct pol_nets hosts, peers; /* of `from`, of `to`; none: all */
    struct pol_services services;
    uint8_t family; /* 0: both */
    bool deny;
    sk_time until, review;
    struct pol_pos pos;
};
struct pol_one_way {
    const char *id, *why, *to_service;
    struct pol_end from, to;
    struct pol_nets hosts_from, hosts_to;
    const char *back; /* a word, or NULL */
    int64_t back_bytes, back_bytes_flow;
    sk_time until;
    struct pol_pos pos;
};
/* A service outside that the site approved. */
struct pol_cloud {
    const char *id, *list, *grade, *registered, *why, *owner;
    struct pol_texts names;
    struct pol_nets ips;
    struct pol_end zones;
    struct pol_date approved;
    bool approved_given;
    sk_time until;
    struct pol_pos pos;
};
struct pol_tunnel {
    const char *id, *kind, *why, *owner;
    struct pol_nets local, remote;
    struct sk_sixrd sixrd; /* prefix.len 0: not said */
    sk_time until;
    struct pol_pos pos;
};
struct pol_authoritative {
    struct pol_nets ip, secondaries;
    struct pol_texts zones;
    struct pol_pos pos;
};
struct pol_scanner {
    struct pol_nets ip;
    const char *why;
    sk_time until;
    struct pol_pos pos;
};

/* A clause of the national standard, and the site's for it. */
struct pol_clause {
    const char *national; /* normal form: 2.4.1.1(2)(b) */
    const char *own;
    size_t row; /* order of writing */
};
/* Office hours, as minutes of the day; from == to: closed. */
struct pol_hours {
    uint16_t from, to;
    bool said;
};

/* A device of the ledger, or of the policy itself. */
struct pol_device {
    struct sk_policy_device pub;
    struct pol_macs macs; /* while reading */
    struct pol_nets ips;  /* while reading */
    struct pol_texts segments;
    struct pol_date date;
    bool dated;
    struct pol_pos pos;
};
enum { POL_DEVICE_NAME_MAX = 255 };
struct pol_device_key {
    const void *at;
    size_t n;
    uint32_t device;
};
struct pol_device_index {
    struct pol_device_key *at;
    size_t n, cap;
};

/* `where` of an exception: each list that is given must fit. */
struct pol_scope {
    struct pol_texts segments, zones, devices, protocols;
    struct pol_nets source, destination;
    POL_ARRAY(uint16_t) ports;
    POL_ARRAY(uint16_t) vids;
};
struct pol_exception {
    struct sk_exception pub;
    struct pol_texts rules; /* patterns */
    struct pol_scope where;
    POL_ARRAY(struct sk_mac) macs; /* of where.devices: written, or the ledger's */
    struct pol_pos pos;
};

/* By a hash of one of its words: see index_exceptions.c. */
struct pol_exception_key {
    uint64_t hash;
    uint32_t entry;
};
#define POL_EXCEPTION_ANY 0 /* of entries that no word finds: always looked at */
struct pol_exception_index {
    struct pol_exception_key *at;
    size_t n, cap;
    unsigned kinds;          /* of words that entries stand under */
    bool lengths[2][2][129]; /* of prefixes they stand under: source, destination; IPv4, IPv6 */
};

/* A threshold of the site for one rule. */
struct pol_watch {
    const char *rule;
    struct sk_watch words;
    struct pol_pos pos;
};
struct pol_silence {
    const char *tap_name;
    int64_t seconds;
    struct pol_pos pos;
};

enum pol_dated_kind {
    POL_ENDS,      /* is not honoured after it */
    POL_REVIEW,    /* holds on, but is to be looked at again */
    POL_AUTHORITY, /* what all the watching rests on */
};
/* Something with a last day, for sk_policy_review(). */
struct pol_dated {
    const char *what; /* "tunnels entry TN-1" */
    struct pol_date last;
    sk_time until;
    enum pol_dated_kind kind;
    struct pol_pos pos;
};

/* A set of addresses, ready to be asked. */
struct pol_set {
    struct pol_lpm lpm;
    bool declared;
};

/* Who claims a prefix; completed by the prefixes around it: a segment of no zone is in the zone that holds it. */
struct pol_claim {
    const char *owner;      /* segment or zone */
    uint16_t zone, segment; /* POL_NONE = says nothing of it */
    struct pol_pos pos;
};
struct pol_vni {
    int32_t vni;
    uint16_t segment;
    uint8_t exact;
};

enum pol_list_id {
    POL_LIST_PROXIES,
    POL_LIST_RESOLVERS,
    POL_LIST_RELAYS,
    POL_LIST_OWN_DOMAINS,
    POL_LIST_SCANNERS,
    POL_LIST_MX,
    POL_LIST_SUBMISSION,
    POL_LIST_NO_MAIL_DOMAINS,
    POL_LIST_TRUSTED_AUTHSERV_IDS,
    POL_LIST_UPSTREAMS,
    POL_LIST_AUTHORITATIVE,
    POL_LIST_OWN_ZONES,
    POL_LIST_INTERNAL_NAMES,
    POL_LIST_PUBLIC_NAMES,
    POL_LIST_DOH_ALLOWED,
    POL_LIST_NAT64_PREFIXES,
    POL_LIST_SRV6_DOMAINS,
    POL_LIST_NTP_SERVERS,
    POL_LISTS
};

enum { POL_KEYS_MAX = 320 };

struct sk_policy {
    struct sk_arena arena;
    bool none, any_private;
    uint8_t hash[32];
    bool declared[POL_KEYS_MAX]; /* by row of keys.h */

    const char *site_name, *language, *timezone;
    struct pol_tz tz;
    struct pol_date review_last;
    int64_t review_days, review_months;
    bool review_given;
    const char *first_path;      /* of the first file */
    struct pol_texts incomplete; /* sections of which some could not be read */
    struct pol_pos review_pos;
    const char *model, *standard;
    POL_ARRAY(struct pol_clause) clauses; /* sorted */
    const char **own_clause;              /* the texts of `clauses` in their order */
    struct sk_authority authority;
    struct pol_pos authority_pos, clauses_pos, hours_pos;
    bool authority_said, holidays_jp;
    struct pol_hours weekdays, saturday, sunday;
    POL_ARRAY(int64_t) holidays; /* days since 1970 */
    const char *spf_end;
    struct pol_pos spf_end_pos;
    uint8_t local_parts; /* enum sk_tri */

    POL_ARRAY(struct pol_tap) taps;
    POL_ARRAY(struct pol_mirror) mirrors;
    POL_ARRAY(struct pol_zone) zones;
    POL_ARRAY(struct pol_segment) segments;
    POL_ARRAY(struct pol_proxy) proxies;
    POL_ARRAY(struct pol_no_proxy) no_proxy;
    POL_ARRAY(struct pol_tunnel) tunnels;
    POL_ARRAY(struct pol_authoritative) authoritative;
    POL_ARRAY(struct pol_scanner) scanners;
    POL_ARRAY(struct pol_dated) dated;
    POL_ARRAY(struct pol_device) devices;
    POL_ARRAY(struct pol_exception) exceptions;
    struct pol_exception_index by_exception;
    POL_ARRAY(struct pol_watch) watches;
    POL_ARRAY(struct pol_silence) silences;
    struct pol_device_index by_mac, by_duid, by_ip, by_name;
    bool devices_known, ledger_missing;
    int ledger_encoding;     /* enum pol_encoding */
    const char *ledger_path; /* NULL: none */
    struct pol_pos ledger_pos, site_pos, list_pos[POL_LISTS];
    size_t ledger_rows, ledger_nameless;
    uint32_t loss_ppm;
    struct pol_pos loss_pos; /* path NULL: not said */
    struct pol_nets resolvers, upstreams, nat64_prefixes, mx, relays, submission, ntp_servers;
    struct pol_nets srv6_domains;
    POL_ARRAY(struct pol_port_name) port_names;
    POL_ARRAY(struct pol_flow) flows;
    POL_ARRAY(struct pol_one_way) one_ways;
    POL_ARRAY(struct pol_cloud) clouds;
    bool flows_known;
    const char *services_unlisted; /* NULL: not said */
    struct pol_pos flows_pos, unlisted_pos;
    struct pol_texts internal_names, public_names, doh_allowed, own_domains, no_mail_domains, trusted_authserv_ids;
    struct pol_pos proxies_pos, tunnels_pos, resolvers_pos, ntp_pos, relays_pos, mirrors_pos; /* of the keys */

    /* index_*.c */
    uint16_t *flat; /* (taps + 1) rows of POL_VIDS: segment by tap and VID, last row: tap not known */
    struct pol_vni *vni;
    size_t n_vni;
    uint16_t any;             /* the segment of `vlan: any` alone */
    struct pol_lpm by_prefix; /* segments that choose by prefix: entry -> prefix_segment */
    uint16_t *prefix_segment;
    struct pol_lpm places; /* entry -> claim, completed by the prefixes around it */
    struct pol_claim *claim;
    bool tunnels_known, proxies_known, authoritative_known, own_domains_known;
    bool clients_named; /* some segment says clients: true */
    struct pol_set resolver_set, mail_set, sender_set, ntp_set, named_set;
    struct sk_policy_list lists[POL_LISTS];
};

/* NULL for an index that is none. */
static inline const struct pol_segment *pol_segment_at(const struct sk_policy *p, uint16_t segment) {
    return segment < p->segments.n ? &p->segments.at[segment] : NULL;
}
/* sets.c: a NULL list has nothing, and nothing has a NULL address. */
bool pol_nets_have(const struct pol_nets *nets, const struct sk_addr *a);
/* Exactly this prefix? */
bool pol_nets_name(const struct pol_nets *nets, const struct sk_prefix *x);
bool pol_macs_have(const struct pol_macs *macs, const struct sk_mac *m);
/* keys.c: is the row of this path declared? */
bool pol_declared(const struct sk_policy *p, const char *path);

/* check.c: names that must exist, resolved to indices. */
void pol_resolve(struct sk_policy *p, struct sk_diags *diags);
/* index_segment.c, index_place.c: lay out the answers; what has two answers is an error. */
void pol_index_segments(struct sk_policy *p, struct sk_diags *diags);
void pol_index_places(struct sk_policy *p, struct sk_diags *diags);
/* "line 33", or "b.yml:33" when the other stands in another file. @return buf */
enum { POL_WHERE = 288 };
const char *pol_where(const struct pol_pos *pos, const struct pol_pos *from, char buf[POL_WHERE]);
/* How exact the matchers of a segment are: VNI 4, VLAN 2, tap 1, added up; 0 = it chooses by prefix or takes any. */
unsigned pol_exactness(const struct pol_segment *s);
/* devices.c: lay out the look-ups; first entry of a key, and does entry i have it? */
void pol_index_devices(struct sk_policy *p, struct sk_diags *diags);
size_t pol_device_first(const struct pol_device_index *index, const void *key, size_t n);
bool pol_device_is(const struct pol_device_index *index, size_t i, const void *key, size_t n);
/* check_names.c: names of segments, taps and devices that the ledger, the exceptions and `watch` take from others. */
void pol_resolve_names(struct sk_policy *p, struct sk_diags *diags);
/* index_exceptions.c; exceptions.c: does an entry hold, and the VID it is asked about. */
void pol_index_exceptions(struct sk_policy *p);
bool pol_exception_holds(const struct sk_policy *p, const struct pol_exception *e, const struct sk_exception_query *q,
                         sk_time now);
uint16_t pol_exception_vid(const struct sk_exception_query *q);
/* Was something of the section (a key at the left margin) refused, so that names may be missing? */
bool pol_is_incomplete(const struct sk_policy *p, const char *section);
void pol_say_no_such(const struct sk_policy *p, struct sk_diags *diags, const struct pol_pos *pos, const char *what,
                     const char *name, const char *const *words, const char *cure);
/* lists.c */
void pol_make_lists(struct sk_policy *p);
/* The key whose values it holds. */
const char *pol_list_key(enum pol_list_id id);

/* services.c: port 0 with POL_ICMP is an echo request. */
bool pol_service_fits(const struct pol_services *services, uint8_t transport_bits, uint16_t port);
/* names.c */
/* Shell pattern of * and ? only; * crosses slashes. Linear in space, no recursion. */
bool pol_glob(const char *pattern, const char *text);
/* The same without case. */
bool pol_glob_nocase(const char *pattern, const char *text);
/* Is name this domain or below it, at a label boundary? Case and a final dot ignored. */
bool pol_domain_below(const char *name, const char *domain);
/* `*.example.jp` or a full name. */
bool pol_name_fits(const char *name, const char *pattern);

#endif
