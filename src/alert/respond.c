/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of configuration that answer an alert, filled with its addresses: whom to look for at the switch, the guard
 * that would have kept the frame away, what a packet filter drops. Only what parses as a MAC, an address or a port gets
 * into a line that somebody may paste. Without an alert the places are marked <MAC>, <address>.
 */
#include "alert/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct facts {
    char mac[SK_MAC_TEXT], dotted[16], colons[18]; /* 02-.., 0200.0000.00aa, 02:00:.. */
    char inside[SK_ADDR_TEXT], peer[SK_ADDR_TEXT];
    const char *ip; /* "ip" or "ip6": of inside */
    bool ends;      /* both ends are addresses, of one family */
    char port[8], transport[8];
    const char *kind; /* of a tunnel, or NULL */
    bool local;       /* the frame is the device's own: no router between */
    bool alert;
};

/* ---- what the alert says ---- */

static void take_mac(const struct explain *e, struct facts *f) {
    struct sk_mac m;
    const char *text = e->alert ? sk_json_get_text(e->alert, "sekimori.device.mac") : NULL;
    snprintf(f->mac, sizeof f->mac, "<MAC>");
    snprintf(f->dotted, sizeof f->dotted, "<MAC>");
    snprintf(f->colons, sizeof f->colons, "<MAC>");
    if (!text || !sk_mac_parse(text, strlen(text), &m))
        return;
    sk_mac_text(&m, f->mac);
    snprintf(f->dotted, sizeof f->dotted, "%02x%02x.%02x%02x.%02x%02x", m.b[0], m.b[1], m.b[2], m.b[3], m.b[4], m.b[5]);
    snprintf(f->colons, sizeof f->colons, "%02x:%02x:%02x:%02x:%02x:%02x", m.b[0], m.b[1], m.b[2], m.b[3], m.b[4],
             m.b[5]);
}

/* The first of these fields that is an address. @return its family, 0: none */
static uint8_t take_addr(const struct explain *e, const char *const *fields, char out[SK_ADDR_TEXT]) {
    struct sk_addr a;
    snprintf(out, SK_ADDR_TEXT, "<address>");
    for (size_t i = 0; fields[i]; i++) {
        const char *text = explain_text(e, fields[i]);
        if (text && sk_addr_parse(text, strlen(text), &a)) {
            sk_addr_text(&a, out);
            return a.fam;
        }
    }
    return 0;
}

static void take(const struct explain *e, struct facts *f) {
    static const char *const inside[] = {"tunnel.inside.ip", "tunnel.outer.source.ip", "source.ip", NULL},
                             *const peer[] = {"tunnel.outer.peer.ip", "tunnel.outer.destination.ip", "destination.ip",
                                              NULL};
    const char *known_by = e->alert ? sk_json_get_text(e->alert, "sekimori.device.known_by") : NULL,
               *transport = explain_text(e, "network.transport");
    int64_t port = e->alert ? sk_json_get_int(e->alert, "destination.port", 0) : 0;
    *f = (struct facts){.alert = e->alert != NULL};
    take_mac(e, f);
    uint8_t a = take_addr(e, inside, f->inside), b = take_addr(e, peer, f->peer);
    f->ip = (a ? a : b) == 6 ? "ip6" : "ip";
    f->ends = !f->alert || (a && a == b);
    if (port > 0 && port <= 65535)
        snprintf(f->port, sizeof f->port, "%d", (int)port);
    if (transport && (strcmp(transport, "tcp") == 0 || strcmp(transport, "udp") == 0))
        snprintf(f->transport, sizeof f->transport, "%s", transport);
    f->kind = explain_text(e, "tunnel.kind");
    f->local = !known_by || strcmp(known_by, "router-mac-only") != 0;
}

/* ---- the lines ---- */

struct lines {
    struct explain *e;
    const char *name; /* label of the first line */
    unsigned n;
    bool chain[2]; /* of enum family: made */
};
enum family { BRIDGE, ROUTED };

static void put(struct lines *l, const char *what, const char *fmt, ...) SK_PRINTF(3, 4);
static void put(struct lines *l, const char *what, const char *fmt, ...) {
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    explain_label(l->e, l->n++ == 0 ? l->name : "");
    sk_buf_str(&l->e->out, what);
    sk_buf_str(&l->e->out, ": ");
    explain_put(l->e, text);
    sk_buf_str(&l->e->out, "\n");
}

/* A rule, and before the first one its chain: what is there already stays as it is. */
static void rule(struct lines *l, enum family at, const char *fmt, ...) SK_PRINTF(3, 4);
static void rule(struct lines *l, enum family at, const char *fmt, ...) {
    const char *family = at == BRIDGE ? "bridge" : "inet";
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (!l->chain[at])
        put(l, "nftables",
            "nft 'add table %s filter; add chain %s filter forward { type filter hook forward priority 0; }'", family,
            family);
    l->chain[at] = true;
    put(l, "nftables", "nft add rule %s filter forward %s", family, text);
}

static const char *switch_word(const struct lines *l) { return l->e->ja ? "スイッチ（IOS）" : "switch (IOS)"; }

static void switch_port(struct lines *l, const struct facts *f) {
    if (!f->local || (f->alert && f->mac[0] == '<'))
        return;
    put(l, switch_word(l), "show mac address-table address %s", f->dotted);
    put(l, "Linux", "bridge fdb show | grep -i %s", f->colons);
}

static void guard(struct lines *l, const struct facts *f, const char *config, const char *match) {
    put(l, switch_word(l), "%s", config);
    if (f->local && !(f->alert && f->mac[0] == '<'))
        rule(l, BRIDGE, "ether saddr %s %s drop", f->colons, match);
}

static void ra_guard(struct lines *l, const struct facts *f) {
    guard(l, f, "ipv6 nd raguard policy HOSTS / device-role host / interface ... / ipv6 nd raguard attach-policy HOSTS",
          "icmpv6 type nd-router-advert");
}
static void dhcpv6_guard(struct lines *l, const struct facts *f) {
    guard(l, f,
          "ipv6 dhcp guard policy CLIENTS / device-role client / interface ... / ipv6 dhcp guard attach-policy CLIENTS",
          "udp sport 547");
}
static void nd_inspection(struct lines *l, const struct facts *f) {
    guard(l, f,
          "ipv6 nd inspection policy HOSTS / device-role host / interface ... / ipv6 nd inspection attach-policy HOSTS",
          "icmpv6 type { nd-neighbor-advert, nd-redirect }");
}
/* Does a list of the alert's facts hold this word? */
static bool holds(const struct explain *e, const char *field, const char *word) {
    const sk_json *v = e->alert ? explain_value(e, field) : NULL;
    const char *one = sk_json_text_of(v);
    bool ret = one && strcmp(one, word) == 0;
    for (size_t i = 0; !ret && sk_json_kind_of(v) == SK_JSON_ARRAY && i < sk_json_size(v); i++) {
        one = sk_json_text_of(sk_json_item(v, i));
        ret = one && strcmp(one, word) == 0;
    }
    return ret;
}

/* What drops the header that the alert is about, and nothing that the next one has. */
static const struct {
    const char *field, *word, *match;
} headers[] = {{"ip.routing.kind", "rh0", "rt type 0"},
               {"ip.routing.kind", "nimrod", "rt type 1"},
               {"ip.routing.kind", "mobile", "rt type 2"},
               {"ip.routing.kind", "rpl", "rt type 3"},
               {"ip.routing.kind", "srv6", "rt type 4"},
               {"ip.routing.kind", "lsrr", "ip option lsrr exists"},
               {"ip.routing.kind", "ssrr", "ip option ssrr exists"},
               {"ip.header.problem", "atomic-fragment", "frag frag-off 0 frag more-fragments 0"},
               {"ip.header.extension", "hopopts", "exthdr hbh exists"}};

static void drop_headers(struct lines *l, const struct facts *f) {
    if (!f->alert) {
        rule(l, ROUTED, "rt type 0 drop");
        rule(l, ROUTED, "exthdr hbh exists drop");
        return;
    }
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (holds(l->e, headers[i].field, headers[i].word))
            rule(l, ROUTED, "%s drop", headers[i].match);
}

static void block_peer(struct lines *l, const struct facts *f) {
    if (!f->ends)
        return;
    if (f->transport[0] && f->port[0])
        rule(l, ROUTED, "%s saddr %s %s daddr %s %s dport %s drop", f->ip, f->inside, f->ip, f->peer, f->transport,
             f->port);
    else
        rule(l, ROUTED, "%s saddr %s %s daddr %s drop", f->ip, f->inside, f->ip, f->peer);
}

/* IP protocol number of a tunnel's outer packets, or the UDP port of its servers. */
struct carrier {
    const char *kind;
    unsigned protocol, port;
};
static const struct carrier carriers[] = {
    {"6in4", 41, 0},     {"6to4", 41, 0},      {"6rd", 41, 0},      {"isatap", 41, 0}, {"6over4", 41, 0},
    {"ip6ip6", 41, 0},   {"gre", 47, 0},       {"nvgre", 47, 0},    {"erspan", 47, 0}, {"4in6", 4, 0},
    {"ds-lite", 4, 0},   {"lw4o6", 4, 0},      {"map-e", 4, 0},     {"ipip", 4, 0},    {"etherip", 97, 0},
    {"l2tpv3", 115, 0},  {"teredo", 17, 3544}, {"ayiya", 17, 5072}, {"tsp", 17, 3653}, {"l2tp", 17, 1701},
    {"vxlan", 17, 4789}, {"geneve", 17, 6081}, {"gtp-u", 17, 2152}, {"gue", 17, 6080}, {"lisp", 17, 4341}};

static void block_tunnel(struct lines *l, const struct facts *f) {
    const struct carrier *c = NULL;
    for (size_t i = 0; f->kind && i < sizeof carriers / sizeof *carriers; i++)
        if (strcmp(carriers[i].kind, f->kind) == 0)
            c = &carriers[i];
    const char *acl = l->e->ja ? "ルータ（IOS）" : "router (IOS)";
    if (c && f->alert && f->inside[0] == '<')
        return;
    if (c && c->port) {
        rule(l, ROUTED, "%s saddr %s udp dport %u drop", f->ip, f->inside, c->port);
        put(l, acl, "deny udp host %s any eq %u", f->inside, c->port);
        if (f->alert && f->ends && strtoul(f->port, NULL, 10) != c->port) /* on another port: this peer alone */
            rule(l, ROUTED, "%s saddr %s %s daddr %s meta l4proto udp drop", f->ip, f->inside, f->ip, f->peer);
    } else if (c) {
        rule(l, ROUTED, "%s saddr %s meta l4proto %u drop", f->ip, f->inside, c->protocol);
        put(l, acl, "deny %u host %s any", c->protocol, f->inside);
    } else if (f->alert) {
        block_peer(l, f);
    }
}

static const struct response {
    const char *word;
    void (*put)(struct lines *l, const struct facts *f);
} responses[] = {{"switch-port", switch_port},     {"ra-guard", ra_guard},         {"dhcpv6-guard", dhcpv6_guard},
                 {"nd-inspection", nd_inspection}, {"block-tunnel", block_tunnel}, {"block-peer", block_peer},
                 {"drop-headers", drop_headers}};

/* By what the signature listens to, where it says nothing. */
static const struct {
    const char *event, *word;
} usual[] = {{"icmpv6.ra", "ra-guard"},       {"router.", "ra-guard"},
             {"nd.evasion", "ra-guard"},      {"dhcpv6.", "dhcpv6-guard"},
             {"neighbour.", "nd-inspection"}, {"icmpv6.na", "nd-inspection"},
             {"icmpv6.ns", "nd-inspection"},  {"icmpv6.redirect", "nd-inspection"},
             {"dad.", "nd-inspection"},       {"tunnel.", "block-tunnel"},
             {"tsp.", "block-tunnel"},        {"flow.", "block-peer"},
             {"ip.header", "drop-headers"}};

static bool first_hop(const char *word) { return strcmp(word, "block-tunnel") != 0 && strcmp(word, "block-peer") != 0; }

static void respond(struct lines *l, const struct facts *f, const char *word) {
    for (size_t i = 0; i < sizeof responses / sizeof *responses; i++)
        if (strcmp(responses[i].word, word) == 0)
            responses[i].put(l, f);
}

void explain_respond(struct explain *e, const char *name) {
    struct facts f;
    struct lines l = {.e = e, .name = name};
    const struct sk_rule *r = e->rule;
    take(e, &f);
    if (r->responds) {
        for (size_t i = 0; i < r->respond.n; i++)
            respond(&l, &f, r->respond.at[i]);
        return;
    }
    const char *event = r->event ? sk_events[r->event].name : "";
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (strncmp(event, usual[i].event, strlen(usual[i].event)) == 0) {
            if (first_hop(usual[i].word) || f.alert)
                switch_port(&l, &f);
            respond(&l, &f, usual[i].word);
            return;
        }
    if (f.alert)
        switch_port(&l, &f);
}
