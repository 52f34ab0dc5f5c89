/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is allowed here. Immutable once loaded, so every thread reads it without locks. Absent is unknown, an empty list
 * is none allowed: unknown is never forbidden. Every date is judged by packet time in site.timezone.
 */
#ifndef SEKIMORI_POLICY_H
#define SEKIMORI_POLICY_H

#include "sekimori/addr.h"
#include "sekimori/err.h"
#include "sekimori/packet.h"
#include "sekimori/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sk_policy;
struct sk_buf;

/**
 * Load one file, every *.yml / *.yaml of a folder in name order, or "-", standard input. Every error at once in diags;
 * a table beside it that is missing is a warning. @return SK_OK (maybe with warnings), SK_EUSAGE with errors in diags,
 * SK_ENOTFOUND with the nearest name.
 */
SK_MUST_USE sk_err sk_policy_load(const char *path, const struct sk_policy **ret, struct sk_diags *diags);
/** The same from bytes; file names them in errors and origins. */
SK_MUST_USE sk_err sk_policy_parse(const char *file, const char *bytes, size_t n, const struct sk_policy **ret,
                                   struct sk_diags *diags);
/** For `policy check`: the same, and what the calendar says (sk_policy_review()) whether there are errors or not. *ret
 * is given with errors too, for what it names (exceptions, watch): nothing may be judged by it then. It is NULL only
 * where nothing could be read. */
SK_MUST_USE sk_err sk_policy_examine(const char *path, sk_time today, const struct sk_policy **ret,
                                     struct sk_diags *diags);
/** What the calendar says, for `policy check` and `policy show` only: entries past their end (warnings), a review that
 * is due (a note). today: now. Traffic is never judged by it. */
void sk_policy_review(const struct sk_policy *p, sk_time today, struct sk_diags *diags);
/** What is in force, a line each with where it stands, then the lists, then what is not declared. today: see above. */
void sk_policy_show(const struct sk_policy *p, sk_time today, struct sk_buf *out);
/** What is shown, and how. All zero: everything, as lines. */
struct sk_policy_view {
    const char *segment;        /**< only what is said of this segment */
    const struct sk_addr *addr; /**< only what is said of this address */
    const struct sk_mac *mac;   /**< only what is said of this MAC */
    bool json;                  /**< one object a statement: section, segment, id, file, line, text, in_force, judged */
};
void sk_policy_show_view(const struct sk_policy *p, const struct sk_policy_view *view, sk_time today,
                         struct sk_buf *out);
/** JSON Schema (2020-12) of a policy file, as one line. */
void sk_policy_schema(struct sk_buf *out);
/** The policy of no policy: RFC 1918, 6598, ULA, link-local inside, the rest outside, everything else unknown. Never
 * fails. */
const struct sk_policy *sk_policy_none(void);
bool sk_policy_is_none(const struct sk_policy *p);
/** Is any segment `private`? Where none is, nothing needs to be asked about the place of an address for it. */
bool sk_policy_any_private(const struct sk_policy *p);
void sk_policy_free(const struct sk_policy *p);
/** SHA-256 of the bytes of the files, for the run id. */
void sk_policy_hash(const struct sk_policy *p, uint8_t out[32]);

enum sk_tri { SK_UNKNOWN = 0, SK_NO, SK_YES };
enum sk_ipv6_rule { SK_IPV6_UNKNOWN, SK_IPV6_FORBIDDEN, SK_IPV6_DUAL_STACK, SK_IPV6_ONLY };
enum sk_side { SK_SIDE_INSIDE, SK_SIDE_PARTNER, SK_SIDE_OUTSIDE };
enum sk_web { SK_WEB_UNKNOWN, SK_WEB_NONE, SK_WEB_VIA_PROXY, SK_WEB_DIRECT };
const char *sk_ipv6_rule_name(enum sk_ipv6_rule r); /**< "unknown", "forbidden", "dual-stack", "ipv6-only" */
const char *sk_side_name(enum sk_side s);
const char *sk_web_name(enum sk_web w);

/** Where a policy statement stands: `policy.yml:33` (file without its folders) and, where it has one, its id. */
struct sk_origin {
    const char *file; /**< NULL: built in */
    unsigned line;
    const char *entry; /**< "REQ-001", or NULL */
    const char *path;  /**< the file as it was given, for messages of `policy check`; NULL: built in */
    unsigned col;
};

struct sk_segment {
    const char *id, *zone; /**< zone NULL = unknown */
    enum sk_ipv6_rule ipv6;
    sk_time since; /**< 0 = always; before it the ipv6 rule is unknown */
    enum sk_tri clients;
    bool is_private, registered_only;
    bool routers_known, dhcpv6_servers_known;
    struct sk_origin origin, ipv6_origin;
};

/** Index of the first tap with a `files` pattern that matches path (`*` crosses folders), of the only tap with this
 * iface (two sensors may both have an eth1: none then), of the tap of this name (--tap). SK_TAP_NONE: none. */
uint16_t sk_policy_tap_of_file(const struct sk_policy *p, const char *path);
uint16_t sk_policy_tap_of_iface(const struct sk_policy *p, const char *iface);
uint16_t sk_policy_tap_by_name(const struct sk_policy *p, const char *name);
/** Some tap has `files` patterns: then a file that matches none is worth a word. */
bool sk_policy_taps_have_files(const struct sk_policy *p);
const char *sk_policy_tap_name(const struct sk_policy *p, uint16_t tap); /**< NULL for none */

/**
 * Segment of a packet (design section 5): every one of tap, vni, vlan that a segment names must match; prefixes choose
 * only among segments that name none of the three; the most exact wins: VNI, VLAN, tap, prefix, `vlan: any`. A tap that
 * is not known (SK_TAP_NONE) matches any; where two segments then fit alike, neither does. One table read; of
 * prefixes, the source's count before the destination's.
 * @param vlan VIDs outermost first; VID 0 counts as untagged @param vni -1 none @param src,dst may be NULL
 * @return index, SK_SEGMENT_NONE (0xffff)
 */
uint16_t sk_policy_segment(const struct sk_policy *p, uint16_t tap, const uint16_t *vlan, unsigned n_vlan, int32_t vni,
                           const struct sk_addr *src, const struct sk_addr *dst);
/** NULL for SK_SEGMENT_NONE. */
const struct sk_segment *sk_policy_segment_at(const struct sk_policy *p, uint16_t segment);
size_t sk_policy_segments(const struct sk_policy *p);

/** Which zone an address is in: longest prefix of zones, segments and what their routers may advertise; then, of a
 * packet's own source, the segment it was seen in (link-local; private where the segment declares no prefix of that
 * family; never global: a router brings those from anywhere); then scope (RFC 1918, 6598, ULA, link-local, loopback,
 * multicast: inside), else outside. */
struct sk_place {
    const char *zone; /**< "internet" outside, "inside" where no zone is declared */
    enum sk_side side;
    enum sk_web web; /**< the zone's; where it says nothing and there are proxies: via-proxy for terminals */
    /** Is it a terminal? Where some segment says clients: true, only those; else every inside address but resolvers,
     * proxies, mail, NTP and name servers and no_proxy hosts without an end. Unknown without a policy. */
    enum sk_tri client;
    uint16_t segment; /**< whose prefixes hold it, or SK_SEGMENT_NONE */
    struct sk_origin origin;
};
void sk_policy_place(const struct sk_policy *p, const struct sk_addr *a, uint16_t seen_in, struct sk_place *ret);
/** Does this segment declare IPv6 prefixes, by itself or by its routers? */
bool sk_policy_segment_has_ipv6(const struct sk_policy *p, uint16_t segment);
/** Does a zone, a segment or a router of one claim an address of this prefix? */
bool sk_policy_declares_within(const struct sk_policy *p, const struct sk_prefix *prefix);

enum sk_router_verdict { SK_ROUTER_UNKNOWN, SK_ROUTER_LISTED, SK_ROUTER_NOT_LISTED, SK_ROUTER_IMPERSONATION };
const char *sk_router_verdict_name(enum sk_router_verdict v);
/** Is this the segment's router? All declared fields of one entry must match; half of one is impersonation. slla may be
 * NULL. */
enum sk_router_verdict sk_policy_router(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac,
                                        const struct sk_addr *link_local, const struct sk_mac *slla,
                                        struct sk_origin *ret);
/** Is this MAC one of the segment's routers' (their virtual ones too), this link-local address one of them? UNKNOWN:
 * routers are not declared, or some entry does not name any. */
enum sk_tri sk_policy_router_mac(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac);
enum sk_tri sk_policy_router_address(const struct sk_policy *p, uint16_t segment, const struct sk_addr *link_local,
                                     struct sk_origin *ret);

/** What the entry of a router lets it advertise. Each is known only where the entry (or the policy) says it. */
struct sk_router_rules {
    const void *entry;
    uint8_t flags;      /**< as on the wire: M 0x80, O 0x40, H 0x20, P 0x04 */
    bool flags_known;   /**< `flags: []` = none of them */
    uint8_t preference; /**< bits of RFC 4191: 1 high, 0 medium, 3 low */
    bool preference_known;
    uint32_t mtu;                                /**< 0: not said */
    uint32_t lifetime_max;                       /**< seconds; 0: not said */
    bool rdnss_known, dnssl_known, pref64_known; /**< the entry itself says these */
    bool pd_dynamic;                             /**< prefixes come from the provider and change */
    unsigned macs; /**< MACs it names: more than one is a pair that takes over from each other (VRRP) */
    struct sk_origin origin;
};
/** The entry of `routers` that fits in all it declares (sk_policy_router() says LISTED). @return false: none */
bool sk_policy_router_rules(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac,
                            const struct sk_addr *link_local, const struct sk_mac *slla, struct sk_router_rules *ret);
/** May it advertise this? UNKNOWN: the entry does not say. A prefix: its `prefixes`, or within `pd_dynamic`; a route:
 * its `routes`, then its prefixes; a resolver: its `rdnss`, else dns.resolvers; a search domain: its `dnssl`, exact or
 * below; a translation prefix: its `pref64`, else dns.nat64_prefixes. */
enum sk_tri sk_router_may_prefix(const struct sk_policy *p, const struct sk_router_rules *r, const struct sk_prefix *x);
enum sk_tri sk_router_may_route(const struct sk_policy *p, const struct sk_router_rules *r, const struct sk_prefix *x);
enum sk_tri sk_router_may_resolver(const struct sk_policy *p, const struct sk_router_rules *r, const struct sk_addr *x);
enum sk_tri sk_router_may_domain(const struct sk_policy *p, const struct sk_router_rules *r, const char *name);
enum sk_tri sk_router_may_pref64(const struct sk_policy *p, const struct sk_router_rules *r, const struct sk_prefix *x);
/** Is this prefix one of dns.nat64_prefixes? UNKNOWN: not declared. */
enum sk_tri sk_policy_is_nat64_prefix(const struct sk_policy *p, const struct sk_prefix *x);

/** May hosts of the segment be told, by whomever, to ask this resolver (dns.resolvers, rdnss of the segment's routers),
 * to search this domain (dns.internal_names, dnssl; ours too: dns.public_names, mail.own_domains), to use this NAT64
 * prefix (dns.nat64_prefixes, pref64)? */
enum sk_tri sk_policy_offered_resolver(const struct sk_policy *p, uint16_t segment, const struct sk_addr *server);
enum sk_tri sk_policy_offered_domain(const struct sk_policy *p, uint16_t segment, const char *domain);
enum sk_tri sk_policy_offered_nat64(const struct sk_policy *p, uint16_t segment, const struct sk_prefix *prefix);

/** `mld_queriers`: who but the segment's routers may query for multicast listeners (switches that snoop). UNKNOWN:
 * neither those nor MACs of routers are declared. */
enum sk_tri sk_policy_mld_querier(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac);
/** `mdns_reflectors`: who may answer multicast DNS and LLMNR for others. */
enum sk_tri sk_policy_mdns_reflector(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac);
/** `nd_scope: transit`: other people's traffic crosses it, so sources from elsewhere mean nothing. */
enum sk_tri sk_policy_is_transit(const struct sk_policy *p, uint16_t segment);
/** `icmpv6_echo_inbound` of the segment that holds this inside address: may the outside ping it? Where it does not
 * say, `flows` with service ping from internet do. */
enum sk_tri sk_policy_echo_inbound(const struct sk_policy *p, const struct sk_addr *inside, struct sk_origin *ret);
/** `lateral_ok`: may terminals of the segment speak to each other on this port? For the detections of the boundary,
 * which are to come. */
enum sk_tri sk_policy_lateral(const struct sk_policy *p, uint16_t segment, uint8_t transport, uint16_t port,
                              struct sk_origin *ret);

/** Same words for DHCP servers of IPv4; addr may be NULL. */
enum sk_router_verdict sk_policy_dhcp_server(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac,
                                             const struct sk_addr *addr, struct sk_origin *ret);
/** Same words for DHCPv6 servers; duid may be NULL. */
enum sk_router_verdict sk_policy_dhcpv6_server(const struct sk_policy *p, uint16_t segment, const struct sk_mac *mac,
                                               const struct sk_addr *addr, const uint8_t *duid, size_t duid_len,
                                               struct sk_origin *ret);
/** Does tolerate of the segment cover this ipv6.category, and is it not past its date? */
bool sk_policy_tolerates(const struct sk_policy *p, uint16_t segment, const char *category, sk_time now,
                         struct sk_origin *ret);

enum sk_tunnel_verdict { SK_TUNNEL_UNKNOWN, SK_TUNNEL_ALLOWED, SK_TUNNEL_NOT_ALLOWED };
const char *sk_tunnel_verdict_name(enum sk_tunnel_verdict v);
/** `tunnels` absent: UNKNOWN; no entry fits: NOT_ALLOWED; expired entries fit nothing. Ends in either order. An entry
 * of kind 4in6 covers ds-lite, map-e and lw4o6, 6in4 covers 6rd, l2tp covers l2tpv3, fou covers gue. */
enum sk_tunnel_verdict sk_policy_tunnel(const struct sk_policy *p, const char *kind, const struct sk_addr *a,
                                        const struct sk_addr *b, sk_time now, struct sk_origin *ret);

/** The same of a tunnel whose ends nobody sees: is any of this kind declared? */
enum sk_tunnel_verdict sk_policy_tunnel_kind(const struct sk_policy *p, const char *kind, sk_time now,
                                             struct sk_origin *ret);

/** What a mirror wraps its frames in (`mirror_encap`). */
enum sk_mirror { SK_MIRROR_NONE, SK_MIRROR_ERSPAN, SK_MIRROR_TZSP, SK_MIRROR_GRE, SK_MIRROR_VXLAN };
const char *sk_mirror_name(enum sk_mirror m); /**< "erspan", "tzsp", "gre", "vxlan"; bounds-safe ("") */
/** Transport declared for packets from one address to the other, as bits 1 << enum sk_mirror; 0 = none. */
unsigned sk_policy_mirrors(const struct sk_policy *p, const struct sk_addr *from, const struct sk_addr *to);
/** Is any declared? Where not, no packet needs to be asked about. */
bool sk_policy_has_mirrors(const struct sk_policy *p);

/** A 6rd domain (RFC 5969): an address in it is prefix, then the IPv4 address without its first ipv4_mask_len bits. */
struct sk_sixrd {
    struct sk_prefix prefix;
    uint8_t ipv4_mask_len;
};
/** The domain among `tunnels` that holds this address. */
bool sk_policy_sixrd(const struct sk_policy *p, const struct sk_addr *a, struct sk_sixrd *ret);

/** The NAT64 prefix of `dns.nat64_prefixes` that holds this address; lengths 32, 40, 48, 56, 64, 96 (RFC 6052). */
bool sk_policy_nat64(const struct sk_policy *p, const struct sk_addr *a, struct sk_prefix *ret);

/** Kind of the first entry of `tunnels` between these ends (in either order, not past its date) whose kind is one of
 * kinds (NULL-terminated): what only the site can know. NULL: none. */
const char *sk_policy_tunnel_named(const struct sk_policy *p, const char *const *kinds, const struct sk_addr *a,
                                   const struct sk_addr *b, sk_time now);

enum sk_proxy_verdict { SK_PROXY_UNKNOWN, SK_PROXY_IS_PROXY, SK_PROXY_EXEMPT, SK_PROXY_SERVICE_EXEMPT, SK_PROXY_NO };
const char *
sk_proxy_verdict_name(enum sk_proxy_verdict v); /**< "unknown", "is-proxy", "exempt", "service-exempt", "no" */
/**
 * May client reach server like this without the proxy? IS_PROXY: either end is a proxy (its own way out included);
 * EXEMPT: no_proxy entry; SERVICE_EXEMPT: DNS from or to a declared resolver, NTP to a declared server, mail from a
 * declared relay; UNKNOWN: proxies not declared. name: server name if known, else NULL.
 */
enum sk_proxy_verdict sk_policy_proxy(const struct sk_policy *p, const struct sk_addr *client,
                                      const struct sk_addr *server, uint8_t transport, uint16_t port, const char *name,
                                      sk_time now, struct sk_origin *ret);

enum sk_flow_verdict { SK_FLOW_UNKNOWN, SK_FLOW_ALLOWED, SK_FLOW_DENIED };
const char *sk_flow_verdict_name(enum sk_flow_verdict v); /**< "unknown", "allowed", "denied" */
struct sk_flow_query {
    struct sk_addr src, dst; /**< the initiator, the one who is asked */
    uint16_t seen_in;        /**< segment of the packet, or SK_SEGMENT_NONE */
    uint8_t transport;       /**< IPPROTO_*; ICMP and ICMPv6: only `any` and `ping` fit */
    uint16_t port;           /**< destination port; of ICMP: 0 unless an echo request */
    bool echo;               /**< an ICMP or ICMPv6 echo request */
};
/**
 * Do `flows` allow this? The first line that fits decides; where none does, a zone or segment that some line names is
 * closed. UNKNOWN: no `flows`, both ends in one zone that no line names to itself, or neither end is named.
 * @param ret the line; of "no line fits" that of `flows`
 */
enum sk_flow_verdict sk_policy_flow(const struct sk_policy *p, const struct sk_flow_query *q, sk_time now,
                                    struct sk_origin *ret);

/** Is qname (lower case, no final dot) in a zone that this server is declared authoritative for? UNKNOWN: not declared.
 */
enum sk_tri sk_policy_own_zone(const struct sk_policy *p, const struct sk_addr *server, const char *qname);
enum sk_tri sk_policy_is_resolver(const struct sk_policy *p, const struct sk_addr *a);
/** mail.mx or mail.relays. UNKNOWN: neither declared. */
enum sk_tri sk_policy_is_mail_server(const struct sk_policy *p, const struct sk_addr *a);
/** mail.own_domains, exact or below. For the detections of mail, which are to come. */
enum sk_tri sk_policy_is_own_domain(const struct sk_policy *p, const char *domain);

/* --- the ledger ------------------------------------------------------------------------------------------------------
 */

/** A device of `devices`: a row of the ledger file or an entry of the policy. Nothing of it was seen on the wire. */
struct sk_policy_device {
    const char *number, *name, *section, *role; /**< asset number, name, section, role; NULL = not said */
    const struct sk_mac *mac;                   /**< n_mac */
    const struct sk_addr *ip;                   /**< n_ip */
    const uint8_t *duid;                        /**< duid_len bytes; 0: not said */
    const char *const *segment;                 /**< n_segment names of segments or zones; 0: not said, any */
    size_t n_mac, n_ip, duid_len, n_segment;
    uint8_t state; /**< enum sk_device_state, from `since` on */
    sk_time since; /**< of retired and lost: in use before; 0: always */
    struct sk_origin origin;
};
enum sk_device_state { SK_DEVICE_IN_USE, SK_DEVICE_RETIRED, SK_DEVICE_LOST };
const char *sk_device_state_name(enum sk_device_state s); /**< "in-use", "retired", "lost" */
/** State at packet time: what is retired on a day was in use until its end. */
enum sk_device_state sk_policy_device_state(const struct sk_policy_device *d, sk_time now);

/** Look up in the ledger; NULL: not in it. Where rows share the key, one in use at `now` before others, then the first
 * written. Names without case. */
const struct sk_policy_device *sk_policy_device_by_mac(const struct sk_policy *p, const struct sk_mac *mac,
                                                       sk_time now);
const struct sk_policy_device *sk_policy_device_by_duid(const struct sk_policy *p, const uint8_t *duid, size_t len,
                                                        sk_time now);
const struct sk_policy_device *sk_policy_device_by_ip(const struct sk_policy *p, const struct sk_addr *ip, sk_time now);
const struct sk_policy_device *sk_policy_device_by_name(const struct sk_policy *p, const char *name, size_t len,
                                                        sk_time now);
/** All rows of the ledger in their order, for who walks them (the fuzzers: each row must be found by what it says). */
size_t sk_policy_devices(const struct sk_policy *p);
const struct sk_policy_device *sk_policy_device_at(const struct sk_policy *p, size_t i);

enum sk_device_verdict {
    SK_REGISTER_UNKNOWN,    /**< no ledger, or it could not be read: nothing follows */
    SK_REGISTER_LISTED,     /**< in use, and may be in this segment */
    SK_REGISTER_ELSEWHERE,  /**< in use, but not registered for this segment */
    SK_REGISTER_RETIRED,    /**< retired by the ledger, and seen again */
    SK_REGISTER_LOST,       /**< lost or stolen by the ledger, and seen again */
    SK_REGISTER_NOT_LISTED, /**< the ledger is known and does not have it */
};
/** d: what a look-up gave, may be NULL. segment SK_SEGMENT_NONE: any. */
enum sk_device_verdict sk_policy_device_verdict(const struct sk_policy *p, const struct sk_policy_device *d,
                                                uint16_t segment, sk_time now);

/* --- the register of exceptions --------------------------------------------------------------------------------------
 */

enum sk_exception_effect { SK_EXCEPTION_MUTE, SK_EXCEPTION_LOWER, SK_EXCEPTION_RAISE };
const char *sk_exception_effect_name(enum sk_exception_effect e); /**< "mute", "lower", "raise" */
struct sk_exception {
    const char *id, *rule; /**< rule: as written, patterns joined by ", " */
    enum sk_exception_effect effect;
    const char *owner, *approver, *reason;
    sk_time until; /**< the last nanosecond of its last day */
    struct sk_origin origin;
    size_t index; /**< of the entry, for counters: below sk_policy_exceptions() */
};
/** What is asked about. Only what was observed may identify a device: its MAC (the frame's own, not a router's) and the
 * source address, never a name it gave itself. */
struct sk_exception_query {
    const char *rule_id, *rule_name, *detection; /**< UUID, name, "V6-011"; each may be NULL */
    uint16_t segment;                            /**< or SK_SEGMENT_NONE */
    const char *zone;                            /**< the source's, may be NULL */
    const struct sk_mac *mac;                    /**< may be NULL */
    const struct sk_addr *src, *dst;             /**< may be NULL */
    uint16_t dport;                              /**< 0: none */
    const char *protocol;                        /**< "tcp", "udp", "icmpv6", ... or an application's; may be NULL */
    const char *transport;                       /**< a second word for `protocol`; may be NULL */
    const uint16_t *vlan;                        /**< VIDs, n_vlan */
    unsigned n_vlan;
    const struct sk_policy_device *device; /**< the ledger's record of the subject, may be NULL */
    bool critical;                         /**< the match is of level critical: no mute holds */
};
/** The first entry written that holds at packet time `now`: every word of `where` fits, not past its end. NULL: none.
 */
const struct sk_exception *sk_policy_exception(const struct sk_policy *p, const struct sk_exception_query *q,
                                               sk_time now);
size_t sk_policy_exceptions(const struct sk_policy *p);
const struct sk_exception *sk_policy_exception_at(const struct sk_policy *p, size_t i);
/** The last nanosecond of a day ("2027-03-31") at the site: till when what ends on it holds. @return false: no date */
bool sk_policy_day_end(const struct sk_policy *p, const char *date, size_t len, sk_time *ret);
/** Does the entry's `rule` name this rule? (`policy check`: names of no rule, mutes of what is critical.) */
bool sk_policy_exception_names(const struct sk_policy *p, size_t i, const char *rule_id, const char *rule_name,
                               const char *detection);

/* --- thresholds of the site ------------------------------------------------------------------------------------------
 */

enum sk_watch_op { SK_WATCH_NONE, SK_WATCH_GT, SK_WATCH_GTE, SK_WATCH_LT, SK_WATCH_LTE, SK_WATCH_EQ, SK_WATCH_NEQ };
/** A correlation's own words, which replace the signature's. */
struct sk_watch {
    enum sk_watch_op op; /**< SK_WATCH_NONE: the signature's condition stays */
    double value;
    sk_time timespan; /**< 0: the signature's stays */
    struct sk_origin origin;
};
/** What `watch` says of the rule under this name (or detection id). @return false: nothing */
bool sk_policy_watch(const struct sk_policy *p, const char *rule, struct sk_watch *ret);
/** The i-th rule name of `watch` (for `policy check`), NULL at the end. */
const char *sk_policy_watch_name(const struct sk_policy *p, size_t i, struct sk_origin *ret);
/** `watch.loss_alert`: lost packets per million from which on it is an alert. @return false: not said */
bool sk_policy_loss_alert(const struct sk_policy *p, uint32_t *ret_ppm, struct sk_origin *ret);
/** `watch.silent_mirror`: how long this tap may be silent. @return false: not said */
bool sk_policy_silent_mirror(const struct sk_policy *p, uint16_t tap, sk_time *ret_span, struct sk_origin *ret);

/** A list that Sigma's %name% is bound to: its plain values (`scanners` -> their ip). */
struct sk_policy_list {
    const char *name;
    const char *const *value; /**< n texts */
    const sk_time *until;     /**< n; 0 = no end: entries past it drop out by packet time */
    size_t n;
    bool declared; /**< false: unknown (matches nothing) */
};
/** NULL: no such list. */
const struct sk_policy_list *sk_policy_list(const struct sk_policy *p, const char *name, size_t len);
/** NULL-terminated. */
const char *const *sk_policy_list_names(void);

/** Is a key of the policy declared? `needs` of signatures: "proxies", "mail.mx", "segments.*.ipv6", "zones.*.web", ...
 *  @param ret_known false: there is no such key at all */
bool sk_policy_declares(const struct sk_policy *p, const char *key, bool *ret_known);
/** NULL-terminated: all keys that `needs` may name. */
const char *const *sk_policy_keys(void);

/** The site's own clauses for a clause of the national standard (`site.own_clauses`), by the most exact one it names:
 * for "NISD-K305-111C 2.4.1.1(2)(b)-3" those of 2.4.1.1(2)(b), else of 2.4.1.1(2), ... @return how many in *ret */
size_t sk_policy_own_clauses(const struct sk_policy *p, const char *clause, const char *const **ret);
/** `site.standard`, or NULL. This and the authority are for the head of reports, which are to come. */
const char *sk_policy_standard(const struct sk_policy *p);
/** `site.authority`: who allowed the monitoring. @return false: not said */
struct sk_authority {
    const char *approved_by, *purpose, *payload; /**< payload: "headers-only" or "full"; each may be NULL */
    sk_time from, until;                         /**< 0: not said */
    struct sk_origin origin;
};
bool sk_policy_authority(const struct sk_policy *p, struct sk_authority *ret);

/** `mail.spf_own_must_end`: "-all" or "~all"; NULL: not said. Both keys are for the detections of mail, which are to
 * come. */
const char *sk_policy_spf_end(const struct sk_policy *p, struct sk_origin *ret);
/** `mail.show_local_parts`: may alerts show what stands before the @? UNKNOWN: not said, so no. */
enum sk_tri sk_policy_show_local_parts(const struct sk_policy *p);

const char *sk_policy_timezone(const struct sk_policy *p); /**< "Asia/Tokyo"; "UTC" when absent */
const char *sk_policy_language(const struct sk_policy *p); /**< "ja", "en" or NULL */

#endif
