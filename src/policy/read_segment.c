/* SPDX-License-Identifier: Apache-2.0 */
/* The section segments: what makes a packet belong to one, and who may speak with authority there. */
#include "policy/read.h"

#include <stdio.h>

bool pol_read_segment_tap(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_segment *s = at;
    s->tap_pos = pol_pos(r, v);
    return pol_read_text(r, v, &s->tap_name);
}

bool pol_read_segment_zone(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_segment *s = at;
    s->zone_pos = pol_pos(r, v);
    return pol_read_text(r, v, &s->zone_name);
}

static bool add_vid(struct pol_read *r, const struct sk_yaml *v, struct pol_segment *s) {
    char shown[POL_SHOW];
    if (pol_refuse_octal(r, v))
        return false;
    if (v->kind != SK_YAML_INT || v->i < 0 || v->i > 4094) {
        POL_ERROR(r, v, "%s is no VLAN. Write a number from 0 (untagged) to 4094, a list of them, or any",
                  pol_show(v, shown));
        return false;
    }
    for (size_t i = 0; i < s->vids.n; i++) {
        if (s->vids.at[i] == v->i) {
            POL_ERROR(r, v, "VLAN %lld stands twice in this list", (long long)v->i);
            return false;
        }
    }
    *POL_PUSH(&s->vids) = (uint16_t)v->i;
    return true;
}

bool pol_read_vlan(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_segment *s = at;
    if (v->kind == SK_YAML_TEXT && strcmp(v->text, "any") == 0) {
        s->vlan_any = true;
        return true;
    }
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    if (!pol_items(r, v, &item, &n))
        return false;
    if (n == 0) {
        POL_ERROR(r, v, "an empty list names no VLAN. Write the VLANs, or any");
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok &= add_vid(r, &item[i], s);
    return ok;
}

/* One overlay, or several that are the same segment. */
bool pol_read_vni(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_segment *s = at;
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    if (!pol_items(r, v, &item, &n))
        return false;
    bool ok = n > 0;
    if (!ok)
        POL_ERROR(r, v, "an empty list names no VNI. Write the VNIs, or remove the line");
    for (size_t i = 0; i < n; i++) {
        int64_t vni;
        bool twice = false;
        if (!pol_get_int(r, &item[i], 0, 0xffffff, &vni)) {
            ok = false;
            continue;
        }
        for (size_t k = 0; k < s->vnis.n; k++)
            twice |= s->vnis.at[k] == vni;
        if (twice)
            POL_ERROR(r, &item[i], "VNI %lld stands twice in this list", (long long)vni);
        else
            *POL_PUSH(&s->vnis) = (int32_t)vni;
    }
    return ok;
}

const char *const pol_words_ipv6[] = {"unknown", "forbidden", "dual-stack", "ipv6-only", NULL};
bool pol_read_ipv6(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_segment *s = at;
    int i = pol_get_word(r, v, pol_words_ipv6);
    if (i < 0)
        return false;
    struct pol_pos pos = pol_pos(r, v);
    s->pub.ipv6 = (enum sk_ipv6_rule)i;
    s->pub.ipv6_origin = pol_origin(&pos, s->pub.id);
    return i > 0;
}

bool pol_read_since(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_segment *s = at;
    struct pol_date d;
    if (!pol_get_date(r, v, &d))
        return false;
    s->pub.since = pol_date_begin(&r->p->tz, &d);
    return true;
}

bool pol_read_clients(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_segment *s = at;
    bool yes;
    if (!pol_get_bool(r, v, &yes))
        return false;
    s->pub.clients = yes ? SK_YES : SK_NO;
    r->p->clients_named |= yes;
    return true;
}

bool pol_read_private(struct pol_read *r, const struct sk_yaml *v, void *at) {
    return pol_get_bool(r, v, &((struct pol_segment *)at)->pub.is_private);
}

bool pol_read_registered_only(struct pol_read *r, const struct sk_yaml *v, void *at) {
    return pol_get_bool(r, v, &((struct pol_segment *)at)->pub.registered_only);
}

/* --- tolerate -------------------------------------------------------------------------------------------------------
 */

/* Housekeeping that an owner may accept for a while; what takes over traffic, or is traffic, never. */
const char *const pol_words_kinds[] = {"dad",  "rs",  "ns",     "na",     "mld", "mdns",  "llmnr",
                                       "ssdp", "wsd", "dhcp6c", "ipv6cp", "udp", "other", NULL};

bool pol_read_kinds(struct pol_read *r, const struct sk_yaml *v, void *at) {
    static const char *const never[] = {"ra", "dhcp6s", "tcp"};
    struct pol_texts *kinds = at;
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    if (!pol_items(r, v, &item, &n))
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        bool refused = false;
        for (unsigned k = 0; k < sizeof never / sizeof *never; k++)
            refused |= item[i].kind == SK_YAML_TEXT && strcmp(item[i].text, never[k]) == 0;
        if (refused)
            POL_ERROR(r, &item[i],
                      "`%s` cannot be tolerated: it is more than housekeeping. If IPv6 is wanted here, "
                      "write ipv6: dual-stack",
                      item[i].text);
        int word = refused ? -1 : pol_get_word(r, &item[i], pol_words_kinds);
        if (word < 0) {
            ok = false;
            continue;
        }
        struct pol_text *to = POL_PUSH(&kinds->list);
        to->text = pol_words_kinds[word];
        to->pos = pol_pos(r, &item[i]);
    }
    return ok;
}

bool pol_read_tolerate(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_segment *s = at;
    s->tolerate.pos = pol_pos(r, r->key);
    if (!pol_read_map(r, "segments.*.tolerate", v, &s->tolerate))
        return false;
    if (!sk_yaml_get(v, "kinds"))
        POL_ERROR(r, v, "`tolerate` of %s says not what: add kinds: [mld, mdns]", s->pub.id);
    if (!sk_yaml_get(v, "until"))
        POL_ERROR(r, v, "`tolerate` of %s has no end: add until: and a date. What never ends is never cleaned up",
                  s->pub.id);
    if (!sk_yaml_get(v, "reason"))
        POL_WARN(r, v, "`tolerate` of %s gives no reason: add reason: for those who review it", s->pub.id);
    s->tolerate.given = s->tolerate.kinds.list.n > 0 && s->tolerate.until != 0;
    pol_note_until(r, v, "tolerate of", s->pub.id, s->tolerate.until);
    return s->tolerate.given;
}

/* --- routers and DHCP servers ---------------------------------------------------------------------------------------
 */

const char *const pol_words_ra_flags[] = {"M", "O", "H", "P", NULL};
bool pol_read_ra_flags(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_texts *flags = at;
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    if (!pol_items(r, v, &item, &n))
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        int word = pol_get_word(r, &item[i], pol_words_ra_flags);
        ok &= word >= 0;
        if (word < 0)
            continue;
        POL_PUSH(&flags->list)->text = pol_words_ra_flags[word];
    }
    return ok;
}

bool pol_read_duid(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_peer *peer = at;
    return pol_get_duid(r, v, &peer->duid, &peer->duid_len);
}

const char *const pol_words_pref[] = {"medium", "high", "low", NULL};
/* RFC 4191 section 2.2 */
bool pol_read_pref(struct pol_read *r, const struct sk_yaml *v, void *at) {
    static const uint8_t bits[] = {0, 1, 3};
    int i = pol_get_word(r, v, pol_words_pref);
    if (i >= 0)
        *(uint8_t *)at = bits[i];
    return i >= 0;
}

bool pol_read_mtu(struct pol_read *r, const struct sk_yaml *v, void *at) { return pol_get_int(r, v, 1280, 65535, at); }

/* A default route is one that a router may have: ::/0 is allowed here. */
bool pol_read_routes(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_nets *nets = at;
    size_t before = nets->list.n;
    bool ok = v->kind == SK_YAML_LIST && v->n == 0 ? true : pol_read_nets(r, v, at);
    for (size_t i = before; i < nets->list.n; i++) {
        const struct pol_net *net = &nets->list.at[i];
        char text[SK_PREFIX_TEXT];
        if (net->net.addr.fam == 6)
            continue;
        sk_diag_add(r->diags, SK_DIAG_ERROR, r->path, net->pos.line, net->pos.col,
                    "%s: a router advertises IPv6 routes. Write it like \"2001:db8:7::/48\"",
                    sk_prefix_text(&net->net, text));
        ok = false;
    }
    return ok;
}

/* true: the provider delegates any prefix; or those within which it does. */
bool pol_read_pd_dynamic(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_peer *peer = at;
    if (v->kind == SK_YAML_BOOL) {
        peer->any_prefix = v->b;
        return true;
    }
    return pol_read_prefixes(r, v, &peer->dynamic);
}

/* What an entry says, where an empty list says something too. */
static void note_router(const struct sk_yaml *v, struct pol_peer *peer) {
    static const struct {
        const char *key;
        uint8_t bit;
    } said[] = {{"prefixes", POL_ROUTER_PREFIXES}, {"rdnss", POL_ROUTER_RDNSS},   {"dnssl", POL_ROUTER_DNSSL},
                {"pref64", POL_ROUTER_PREF64},     {"routes", POL_ROUTER_ROUTES}, {"flags", POL_ROUTER_FLAGS},
                {"pref", POL_ROUTER_PREF}};
    static const char letters[] = "MOHP";
    static const uint8_t bits[] = {0x80, 0x40, 0x20, 0x04};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (sk_yaml_get(v, said[i].key))
            peer->known |= said[i].bit;
    for (size_t i = 0; i < peer->flags.list.n; i++)
        peer->flag_bits |= bits[strchr(letters, *peer->flags.list.at[i].text) - letters];
}

/* The path of the list is that of its key: routers, dhcp_servers, dhcpv6_servers differ in the keys of their items. */
static const char *peers_path(const struct pol_read *r, const struct pol_peers *peers) {
    const struct pol_segment *s = &r->p->segments.at[r->p->segments.n - 1]; /* the one being read */
    if (peers == &s->routers)
        return "segments.*.routers.*";
    return peers == &s->dhcp_servers ? "segments.*.dhcp_servers.*" : "segments.*.dhcpv6_servers.*";
}

bool pol_read_peers(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_peers *peers = at;
    const char *path = peers_path(r, peers);
    char shown[POL_SHOW];
    peers->pos = pol_pos(r, r->key);
    if (v->kind != SK_YAML_LIST) {
        POL_ERROR(r, v, "a list of entries is needed here, got %s. Write - {mac: 00-00-5E-00-53-01, ...}",
                  pol_got(v, shown));
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < v->n; i++) {
        struct pol_peer *peer = POL_PUSH(&peers->list);
        peer->pos = pol_pos(r, &v->item[i]);
        size_t errors = pol_errors(r);
        ok &= pol_read_map(r, path, &v->item[i], peer);
        note_router(&v->item[i], peer);
        if (errors == pol_errors(r) && peer->macs.list.n == 0 && peer->addrs.list.n == 0 && peer->duid_len == 0) {
            POL_ERROR(r, &v->item[i], "this entry fits nobody: it names neither mac nor %s",
                      strstr(path, "routers") ? "link_local" : "ip");
            ok = false;
        }
    }
    peers->known = true;
    return ok;
}

/* --- what else is usual here ----------------------------------------------------------------------------------------
 */

const char *const pol_words_nd_scope[] = {"on-link", "transit", NULL};
bool pol_read_nd_scope(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_segment *s = at;
    int i = pol_get_word(r, v, pol_words_nd_scope);
    if (i >= 0)
        s->transit = i == 1 ? SK_YES : SK_NO;
    return i >= 0;
}

const char *const pol_words_echo_inbound[] = {"deny", "allow", NULL};
bool pol_read_echo_inbound(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_segment *s = at;
    int i = pol_get_word(r, v, pol_words_echo_inbound);
    if (i >= 0)
        s->echo_inbound = i == 1 ? SK_YES : SK_NO;
    s->echo_pos = pol_pos(r, v);
    return i >= 0;
}

bool pol_read_lateral(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_segment *s = at;
    s->lateral_pos = pol_pos(r, r->key);
    s->lateral_known = pol_read_services(r, v, &s->lateral);
    return s->lateral_known;
}

/* --- segments -------------------------------------------------------------------------------------------------------
 */

static bool find_segment(const struct pol_read *r, const char *id, const struct pol_segment **ret) {
    for (size_t i = 0; i < r->segments; i++) {
        *ret = &r->p->segments.at[i];
        if (strcmp((*ret)->pub.id, id) == 0)
            return true;
    }
    return false;
}

static void read_segment(struct pol_read *r, const struct sk_yaml *key, const struct sk_yaml *v) {
    const char *name = NULL;
    const struct pol_segment *before = NULL;
    if (!pol_get_name(r, key, "segment", &name))
        return;
    if (find_segment(r, name, &before)) {
        POL_ERROR(r, key, "segment `%s` stands already at %s:%u. Give one of them another name", name, before->pos.path,
                  before->pos.line);
        return;
    }
    if (r->p->segments.n == POL_SEGMENTS_MAX) {
        POL_ERROR(r, key, "more than %d segments", POL_SEGMENTS_MAX);
        return;
    }
    struct pol_segment *s = POL_PUSH(&r->p->segments);
    s->pos = pol_pos(r, key);
    s->pub.id = name;
    s->pub.origin = pol_origin(&s->pos, name);
    s->pub.ipv6_origin = s->pub.origin;
    s->tap = s->zone = POL_NONE;
    if (pol_read_map(r, "segments.*", v, s) && !sk_yaml_get(v, "tap") && !sk_yaml_get(v, "vlan") &&
        !sk_yaml_get(v, "vni") && !sk_yaml_get(v, "prefixes"))
        POL_ERROR(r, key,
                  "segment `%s` names neither vlan, vni, tap nor prefixes: no packet can be in it. "
                  "Write vlan: any if it is all there is",
                  name);
    s->queriers_known = v->kind == SK_YAML_MAP && sk_yaml_get(v, "mld_queriers");
    s->reflectors_known = v->kind == SK_YAML_MAP && sk_yaml_get(v, "mdns_reflectors");
    s->pub.routers_known = s->routers.known;
    s->pub.dhcpv6_servers_known = s->dhcpv6_servers.known;
}

bool pol_read_segments(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    char shown[POL_SHOW];
    if (v->kind == SK_YAML_LIST && v->n == 0)
        return true;
    if (v->kind != SK_YAML_MAP) {
        POL_ERROR(r, v, "`segments` needs a map of names, got %s. Write {NAME: {vlan: 30, ...}}", pol_got(v, shown));
        pol_note_incomplete(r, "segments");
        return false;
    }
    for (size_t i = 0; i < v->n; i++)
        read_segment(r, &v->key[i], &v->item[i]);
    return true;
}
