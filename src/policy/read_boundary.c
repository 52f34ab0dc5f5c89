/* SPDX-License-Identifier: Apache-2.0 */
/* The sections proxies, no_proxy, dns.authoritative, tunnels and scanners: lists of entries. */
#include "policy/read.h"

#include <stdio.h>

/* --- proxies --------------------------------------------------------------------------------------------------------
 */

bool pol_read_ports(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_proxy *e = at;
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    if (!pol_items(r, v, &item, &n))
        return false;
    bool ok = n > 0;
    if (!ok)
        POL_ERROR(r, v, "an empty list fits no port. Name the ports, or remove the line for any");
    for (size_t i = 0; i < n; i++) {
        int64_t port;
        if (pol_get_int(r, &item[i], 1, 65535, &port))
            *POL_PUSH(&e->ports) = (uint16_t)port;
        else
            ok = false;
    }
    return ok;
}

const char *const pol_words_proxy_kind[] = {"explicit", "transparent", "socks", NULL};
bool pol_read_proxy_kind(struct pol_read *r, const struct sk_yaml *v, void *at) {
    int i = pol_get_word(r, v, pol_words_proxy_kind);
    if (i >= 0)
        *(const char **)at = pol_words_proxy_kind[i];
    return i >= 0;
}

bool pol_read_proxy_zone(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_proxy *e = at;
    e->zone_pos = pol_pos(r, v);
    return pol_read_text(r, v, &e->zone_name);
}

static void read_proxy(struct pol_read *r, const struct sk_yaml *v) {
    struct pol_proxy *e = POL_PUSH(&r->p->proxies);
    e->pos = pol_pos(r, v);
    if (pol_read_map(r, "proxies.*", v, e))
        pol_need_all(r, "proxies.*", v);
}

bool pol_read_proxies(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    if (!r->p->proxies_pos.path)
        r->p->proxies_pos = pol_pos(r, r->key);
    return pol_each_entry(r, v, "{ip: [10.200.1.10], ports: [8080]}", read_proxy);
}

/* --- no_proxy -------------------------------------------------------------------------------------------------------
 */

bool pol_read_hosts(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_no_proxy *e = at;
    e->hosts_given = true;
    return pol_read_nets(r, v, &e->hosts);
}

bool pol_read_to(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_no_proxy *e = at;
    e->to_given = true;
    return pol_read_map(r, "no_proxy.*.to", v, e);
}

static void read_exemption(struct pol_read *r, const struct sk_yaml *v) {
    struct pol_no_proxy *e = POL_PUSH(&r->p->no_proxy);
    size_t index = r->p->no_proxy.n - 1;
    e->services.any = true; /* unless `service` says which */
    e->pos = pol_pos(r, v);
    if (!pol_read_map(r, "no_proxy.*", v, e))
        return;
    if (!e->hosts_given && !e->to_given)
        POL_ERROR(r, v, "this entry lets everybody go everywhere without the proxy. Name hosts: or to:");
    for (size_t i = 0; i < index; i++)
        pol_unique_id(r, v, e->id, r->p->no_proxy.at[i].id, &r->p->no_proxy.at[i].pos);
    pol_note_until(r, v, "no_proxy entry", e->id ? e->id : e->why, e->until);
}

bool pol_read_no_proxy(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    return pol_each_entry(r, v, "{hosts: [10.30.2.20], why: WSUS, until: 2027-03-31}", read_exemption);
}

/* --- dns.authoritative ----------------------------------------------------------------------------------------------
 */

static void read_authoritative(struct pol_read *r, const struct sk_yaml *v) {
    struct pol_authoritative *e = POL_PUSH(&r->p->authoritative);
    e->pos = pol_pos(r, v);
    if (!pol_read_map(r, "dns.authoritative.*", v, e))
        return;
    pol_need_all(r, "dns.authoritative.*", v);
}

bool pol_read_authoritative(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    return pol_each_entry(r, v, "{ip: [203.0.113.6], zones: [city.example]}", read_authoritative);
}

/* --- tunnels --------------------------------------------------------------------------------------------------------
 */

const char *const pol_words_tunnel_kind[] = {
    "6in4",       "6to4",      "6rd",      "isatap", "6over4",  "teredo", "gre",    "ipip",  "4in6",   "ip6ip6",
    "ds-lite",    "lw4o6",     "map-e",    "vxlan",  "geneve",  "nvgre",  "erspan", "tzsp",  "gtp-u",  "etherip",
    "pseudowire", "mpls",      "l2tp",     "l2tpv3", "ayiya",   "tsp",    "fou",    "gue",   "capwap", "lisp",
    "ipsec",      "wireguard", "openvpn",  "pptp",   "sstp",    "ssh",    "nat64",  "other", "tinc",   "zerotier",
    "tailscale",  "nebula",    "dtls-vpn", "stt",    "unknown", NULL};
bool pol_read_tunnel_kind(struct pol_read *r, const struct sk_yaml *v, void *at) {
    int i = pol_get_word(r, v, pol_words_tunnel_kind);
    if (i >= 0)
        *(const char **)at = pol_words_tunnel_kind[i];
    return i >= 0;
}

/* RFC 5969 section 4: the IPv6 prefix of a 6rd domain, and how many first bits all its IPv4 addresses share. */
bool pol_read_sixrd_prefix(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_tunnel *e = at;
    struct sk_prefix net;
    char text[SK_PREFIX_TEXT];
    if (!pol_get_net(r, v, false, true, &net))
        return false;
    if (net.addr.fam != 6 || net.len == 0 || net.len > 64) {
        POL_ERROR(r, v, "%s is no 6rd prefix: IPv6 with length 1 to 64 (RFC 5969), like \"2001:db8::/32\"",
                  sk_prefix_text(&net, text));
        return false;
    }
    e->sixrd.prefix = net;
    return true;
}

bool pol_read_sixrd_mask(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_tunnel *e = at;
    int64_t n;
    if (!pol_get_int(r, v, 0, 32, &n))
        return false;
    e->sixrd.ipv4_mask_len = (uint8_t)n;
    return true;
}

/* Both belong to 6rd, and the IPv4 bits must fit behind the prefix. */
static void check_sixrd(struct pol_read *r, const struct sk_yaml *v, const struct pol_tunnel *e) {
    const struct sk_sixrd *s = &e->sixrd;
    const struct sk_yaml *prefix = sk_yaml_get(v, "prefix"), *mask = sk_yaml_get(v, "ipv4_mask_len");
    if (!prefix && !mask)
        return;
    if (strcmp(e->kind, "6rd") != 0 && *e->kind)
        POL_ERROR(r, prefix ? prefix : mask, "`%s` belongs to kind 6rd only. Remove it here",
                  prefix ? "prefix" : "ipv4_mask_len");
    else if (!prefix)
        POL_ERROR(r, mask, "`ipv4_mask_len` needs the prefix of the domain: prefix: \"2001:db8::/32\"");
    else if (s->prefix.len && s->prefix.len + 32 - s->ipv4_mask_len > 64)
        POL_ERROR(r, prefix,
                  "a prefix of %d bits and %d bits of the IPv4 address are more than 64. Is an "
                  "`ipv4_mask_len` missing?",
                  s->prefix.len, 32 - s->ipv4_mask_len);
}

static void read_tunnel(struct pol_read *r, const struct sk_yaml *v) {
    struct pol_tunnel *e = POL_PUSH(&r->p->tunnels);
    size_t index = r->p->tunnels.n - 1;
    e->pos = pol_pos(r, v);
    e->kind = "";
    if (!pol_read_map(r, "tunnels.*", v, e))
        return;
    pol_need_all(r, "tunnels.*", v);
    check_sixrd(r, v, e);
    for (size_t i = 0; i < index; i++)
        pol_unique_id(r, v, e->id, r->p->tunnels.at[i].id, &r->p->tunnels.at[i].pos);
    pol_note_until(r, v, "tunnels entry", e->id ? e->id : e->kind, e->until);
}

bool pol_read_tunnels(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    if (!r->p->tunnels_pos.path)
        r->p->tunnels_pos = pol_pos(r, r->key);
    return pol_each_entry(r, v, "{id: TN-1, kind: 6in4, local: 203.0.113.9, remote: 198.51.100.20}", read_tunnel);
}

/* --- scanners -------------------------------------------------------------------------------------------------------
 */

static void read_scanner(struct pol_read *r, const struct sk_yaml *v) {
    struct pol_scanner *e = POL_PUSH(&r->p->scanners);
    e->pos = pol_pos(r, v);
    if (!pol_read_map(r, "scanners.*", v, e))
        return;
    pol_need_all(r, "scanners.*", v);
    pol_note_until(r, v, "scanners entry", e->why, e->until);
}

bool pol_read_scanners(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    return pol_each_entry(r, v, "{ip: [10.99.0.20], until: 2026-12-28}", read_scanner);
}

/* --- srv6_domains ---------------------------------------------------------------------------------------------------
 */

/* RFC 8754 section 5.1: segment routing headers stay within these. */
bool pol_read_srv6(struct pol_read *r, const struct sk_yaml *v, void *at) {
    return pol_read_prefixes(r, v, &((struct sk_policy *)at)->srv6_domains);
}
