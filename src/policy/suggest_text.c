/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The suggestion as YAML. Statements that the site must decide stand behind `#: `: taking these three characters away
 * makes them statements, and the file still loads. Everything else behind `#` is prose: why, how sure, what to ask.
 */
#include "policy/suggest.h"

#include "base/mem.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 8, PREFIXES_MAX = 512 };

/* A prefix that is written: no other may overlap it, that would be two homes of one address. */
struct written {
    struct sk_prefix at[PREFIXES_MAX];
    int segment[PREFIXES_MAX];
    unsigned n;
};
struct writing {
    struct sk_suggestion *s;
    struct sk_buf *out;
    struct written prefixes;
    bool taps;
};
struct place {
    struct sug_link link;
    const struct sug_segment *seg;
};

/* ---- pieces ---- */

static void text(struct sk_buf *out, const char *s) { sk_buf_printable(out, s, strlen(s)); }
static const char *many(uint64_t n) { return n == 1 ? "" : "s"; }
static unsigned long long count(uint64_t n) { return (unsigned long long)n; }

static void when(struct sk_buf *out, sk_time t) {
    char full[SK_TIME_TEXT];
    sk_buf_add(out, sk_time_text(t, full), 19);
    out->p[out->len - 9] = ' ';
}

/* "every 300 s": of regular announcements the distance tells a router from a tool. */
static void interval(struct sk_buf *out, const struct sug_seen *v) {
    if (v->n > 1 && v->last > v->first)
        sk_buf_fmt(out, ", every %llu s", count((uint64_t)((v->last - v->first) / SK_SEC) / (v->n - 1)));
}

static void who(const struct writing *w, const struct sug_seen *v) {
    const struct sug_note *n = sug_note_of(w->s, v->key.segment, &v->key.mac);
    if (!n)
        return;
    if (n->name[0]) {
        sk_buf_str(w->out, ", calls itself ");
        text(w->out, n->name);
        sk_buf_fmt(w->out, " (%s)", n->source ? n->source : "?");
    }
    if (n->virtual_mac)
        sk_buf_fmt(w->out, ", virtual MAC (%s): a group of routers, name all their MACs", n->virtual_mac);
    else if (n->random)
        sk_buf_str(w->out, ", RANDOM MAC: no usual server");
}

static void list(struct sk_buf *out, const char *key, const struct sug_list *l, bool quoted) {
    if (l->n == 0)
        return;
    sk_buf_fmt(out, ", %s: [", key);
    for (unsigned i = 0; i < l->n; i++)
        sk_buf_fmt(out, quoted ? "%s\"%s\"" : "%s%s", i ? ", " : "", l->at[i]);
    sk_buf_str(out, "]");
}

static void addr(struct sk_buf *out, const struct sk_addr *a) {
    char t[SK_ADDR_TEXT];
    sk_buf_fmt(out, a->fam == 6 ? "\"%s\"" : "%s", sk_addr_text(a, t));
}

static void left_out(const struct writing *w, const char *indent, size_t n) {
    if (n > SHOWN_MAX)
        sk_buf_fmt(w->out, "%s# ... and %zu more: so many are a flood or a scan, not a network\n", indent,
                   n - SHOWN_MAX);
}

/* ---- segments ---- */

static void segment_name(const struct place *p, bool taps, char out[64]) {
    char tap[24] = "";
    if (taps)
        snprintf(tap, sizeof tap, "tap%u-", p->link.tap + 1u);
    if (p->link.link == INT32_MAX)
        snprintf(out, 64, "%sseen", tap);
    else if (p->link.link < 0)
        snprintf(out, 64, "%svni%d", tap, -1 - p->link.link);
    else if (p->link.link == 0)
        snprintf(out, 64, "%suntagged", tap);
    else
        snprintf(out, 64, "%svlan%d", tap, p->link.link);
}

/* @return the segment where an overlapping one stands; 0: nothing is in the way; -1: no room */
static int taken(const struct written *w, const struct sk_prefix *p) {
    for (unsigned i = 0; i < w->n; i++)
        if (sk_prefix_has(&w->at[i], &p->addr) || sk_prefix_has(p, &w->at[i].addr))
            return w->segment[i];
    return w->n == PREFIXES_MAX ? -1 : 0;
}

/* What DHCP's masks say before what only addresses make likely. @return how many can be written, into ret */
static unsigned choose_prefixes(struct writing *w, struct sug_seen **all, size_t n, struct sug_seen *ret[SHOWN_MAX]) {
    static const char *const order[] = {"mask", "guess"};
    unsigned k = 0;
    for (unsigned pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n && k < SHOWN_MAX; i++) {
            struct sk_prefix p = {.addr = all[i]->key.a, .len = all[i]->len};
            if (strcmp(all[i]->key.word, order[pass]) != 0 || taken(&w->prefixes, &p))
                continue;
            w->prefixes.segment[w->prefixes.n] = all[i]->key.segment;
            w->prefixes.at[w->prefixes.n++] = p;
            ret[k++] = all[i];
        }
    return k;
}

/* Addresses whose prefix the site must say. */
static void unwritten(const struct writing *w, const struct place *p, const struct sug_seen *v) {
    char t[SK_PREFIX_TEXT];
    struct sk_prefix q = {.addr = v->key.a, .len = v->len};
    bool public = strcmp(v->key.word, "public") == 0;
    int at = taken(&w->prefixes, &q);
    if ((public && p->link.link == INT32_MAX) || (!public && at == v->key.segment))
        return;
    sk_buf_fmt(w->out, "    # %llu address%s of %s at home here%s  ASK\n", count(v->clients),
               v->clients == 1 ? "" : "es", sk_prefix_text(&q, t),
               public ? ": which prefix of the Internet is yours?" : " too; it stands above. Where does it belong?");
}

static void prefixes(struct writing *w, const struct place *p) {
    size_t n;
    char t[SK_PREFIX_TEXT];
    struct sug_seen *use[SHOWN_MAX], **all = sug_of(w->s, SUG_PREFIX, p->seg->index, &n);
    unsigned k = choose_prefixes(w, all, n, use);
    for (unsigned i = 0; i < k; i++) {
        struct sk_prefix q = {.addr = use[i]->key.a, .len = use[i]->len};
        sk_buf_fmt(w->out, "%s%s", i ? ", " : "    prefixes: [", sk_prefix_text(&q, t));
    }
    for (unsigned i = 0; i < k; i++) {
        bool mask = strcmp(use[i]->key.word, "mask") == 0;
        sk_buf_fmt(w->out, "%s%llu address%s%s", i ? ", " : "]   # ", count(use[i]->clients),
                   use[i]->clients == 1 ? "" : "es", mask ? " leased with this mask" : ": the length is a guess");
    }
    if (k)
        sk_buf_str(w->out, "\n");
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++)
        unwritten(w, p, all[i]);
    if (k == 0 && p->link.link == INT32_MAX)
        sk_buf_str(w->out, "    vlan: any   # no link layer, no private addresses: nothing tells segments apart\n");
    free(all);
}

static void ipv6(const struct writing *w, const struct sug_segment *g) {
    sk_buf_str(w->out, "    ipv6: unknown   # ?  forbidden, dual-stack or ipv6-only.  Seen: ");
    if (g->with_ipv6 == 0) {
        sk_buf_str(w->out, "no IPv6\n");
        return;
    }
    sk_buf_fmt(w->out, "%llu device%s speak IPv6 (", count(g->with_ipv6), many(g->with_ipv6));
    const char *sep = "";
    for (unsigned i = 0; sug_categories[i]; i++)
        if (g->category[i]) {
            sk_buf_fmt(w->out, "%s%s %llu", sep, sug_categories[i], count(g->category[i]));
            sep = ", ";
        }
    sk_buf_fmt(w->out, "), %llu from global addresses\n", count(g->with_global));
}

static void one_router(const struct writing *w, const struct sug_seen *v) {
    char mac[SK_MAC_TEXT];
    sk_buf_fmt(w->out, "    # %llu advertisement%s", count(v->n), many(v->n));
    interval(w->out, v);
    sk_buf_str(w->out, ", since ");
    when(w->out, v->first);
    who(w, v);
    if (strcmp(v->state, "dhcp-lure") == 0)
        sk_buf_str(w->out, ", LURES HOSTS TO DHCPv6 and is no router itself (mitm6 does so)");
    if (v->lifetime == 0 && strcmp(v->state, "dhcp-lure") != 0)
        sk_buf_str(w->out, ", lifetime 0: not a default router");
    sk_buf_fmt(w->out, ".  ASK\n    #:   - {mac: %s, link_local: ", sk_mac_text(&v->key.mac, mac));
    addr(w->out, &v->key.a);
    list(w->out, "prefixes", &v->prefixes, true);
    list(w->out, "rdnss", &v->addrs, true);
    struct sug_list known = {0};
    for (unsigned i = 0; i < v->words.n; i++) /* the two that the policy asks about */
        if (strcmp(v->words.at[i], "M") == 0 || strcmp(v->words.at[i], "O") == 0)
            memcpy(known.at[known.n++], v->words.at[i], sizeof known.at[0]);
    list(w->out, "flags", &known, false);
    if (v->lifetime)
        sk_buf_fmt(w->out, ", lifetime_max: %llds", (long long)v->lifetime);
    sk_buf_str(w->out, "}\n");
}

static void one_dhcp(const struct writing *w, const struct sug_seen *v) {
    char mac[SK_MAC_TEXT];
    bool six = v->key.what == SUG_DHCPV6;
    sk_buf_fmt(w->out, "    # %llu answer%s to %llu client%s, since ", count(v->n), many(v->n), count(v->clients),
               many(v->clients));
    when(w->out, v->first);
    who(w, v);
    for (unsigned i = 0; i < v->addrs.n; i++)
        sk_buf_fmt(w->out, "%s%s", i ? ", " : "; names as resolver ", v->addrs.at[i]);
    sk_buf_fmt(w->out, ".  ASK\n    #:   - {mac: %s, %s: ", sk_mac_text(&v->key.mac, mac), six ? "addr" : "ip");
    addr(w->out, &v->key.a);
    sk_buf_str(w->out, "}\n");
}

static void servers(const struct writing *w, const struct place *p, enum sug_what what, const char *key,
                    void (*one)(const struct writing *w, const struct sug_seen *v)) {
    size_t n;
    struct sug_seen **all = sug_of(w->s, what, p->seg->index, &n);
    if (n)
        sk_buf_fmt(w->out, "    #: %s:   # ?  whom of these did you set up?\n", key);
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++)
        one(w, all[i]);
    left_out(w, "    ", n);
    free(all);
}

static void one_segment(struct writing *w, const struct place *p) {
    const struct sug_segment *g = p->seg;
    char name[64];
    segment_name(p, w->taps, name);
    sk_buf_fmt(w->out, "  %s:   # ", name);
    if (p->link.link == INT32_MAX)
        sk_buf_str(w->out, "captured without a link layer: no MAC, no VLAN");
    else
        sk_buf_fmt(w->out, "%llu device%s", count(g->devices), many(g->devices));
    if (g->random)
        sk_buf_fmt(w->out, ", %llu with a random MAC", count(g->random));
    sk_buf_str(w->out, "\n");
    if (w->taps)
        sk_buf_fmt(w->out, "    tap: tap%u\n", p->link.tap + 1u);
    if (p->link.link != INT32_MAX)
        sk_buf_fmt(w->out, p->link.link < 0 ? "    vni: %d\n" : "    vlan: %d\n",
                   p->link.link < 0 ? -1 - p->link.link : p->link.link);
    prefixes(w, p);
    ipv6(w, g);
    sk_buf_str(w->out, "    #: clients: true   # ?  are these terminals of people?\n");
    if (g->random > 1 && 2 * g->random >= g->devices)
        sk_buf_str(
            w->out,
            "    #: private: true   # ?  most MACs are random: phones of guests? Then nothing of them is kept\n");
    servers(w, p, SUG_ROUTER, "routers", one_router);
    servers(w, p, SUG_DHCP, "dhcp_servers", one_dhcp);
    servers(w, p, SUG_DHCPV6, "dhcpv6_servers", one_dhcp);
    sk_buf_str(w->out, "\n");
}

static int in_order(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    if (x->link.tap != y->link.tap)
        return x->link.tap < y->link.tap ? -1 : 1;
    return x->link.link < y->link.link ? -1 : x->link.link > y->link.link;
}

static void segments(struct writing *w) {
    struct place *all = sk_mem_new(sk_table_count(w->s->segments) + 1u, sizeof *all);
    const void *key;
    void *value;
    size_t n = 0;
    for (uint32_t at = 0; sk_table_next(w->s->segments, &at, &key, &value); n++) {
        memcpy(&all[n].link, key, sizeof all[n].link);
        all[n].seg = value;
    }
    qsort(all, n, sizeof *all, in_order);
    sk_buf_str(
        w->out,
        "segments:   # ?  one for each link that was seen: give them names, put together what belongs together\n");
    for (size_t i = 0; i < n; i++)
        one_segment(w, &all[i]);
    if (sk_table_evicted(w->s->segments))
        sk_buf_fmt(w->out, "  # more than %d links were seen: %llu of them, quiet the longest, are not here\n\n",
                   SUG_SEGMENTS_MAX, count(sk_table_evicted(w->s->segments)));
    free(all);
}

/* ---- what belongs to no segment ---- */

static void taps(const struct writing *w) {
    const void *key;
    void *value;
    if (!w->taps)
        return;
    sk_buf_str(w->out, "taps:   # ?  one for each folder of captures: where does the mirror sit, what does it see?\n");
    for (uint32_t at = 0; sk_table_next(w->s->taps, &at, &key, &value);) {
        const char *folder = key;
        sk_buf_fmt(w->out, "  tap%u: {files: [\"", *(uint16_t *)value + 1u);
        for (const char *p = folder; *p; p++) {
            if ((unsigned char)*p < 0x20 || *p == 0x7f) {
                sk_buf_str(w->out, "*"); /* a pattern fits it all the same */
                continue;
            }
            if (*p == '"' || *p == '\\')
                sk_buf_str(w->out, "\\");
            sk_buf_add(w->out, p, 1);
        }
        sk_buf_str(w->out, *folder ? "/*\"]}\n" : "*\"]}\n");
    }
    sk_buf_str(w->out, "\n");
}

struct section {
    enum sug_what what;
    const char *indent, *did; /* "answered 12 questions of 3 clients" */
};

static void used(const struct writing *w, const struct section *sec, const struct sug_seen *v) {
    sk_buf_fmt(w->out, "   # %s %llu time%s for %llu client%s, since ", sec->did, count(v->n), many(v->n),
               count(v->clients), many(v->clients));
    when(w->out, v->first);
    bool public = sk_addr_scope(&v->key.a) == SK_SCOPE_GLOBAL;
    sk_buf_str(w->out, public ? "; an address of the Internet: yours, or whose?  ASK\n" : ".  ASK\n");
}

static void plain_list(const struct writing *w, const struct section *sec, struct sug_seen **all, size_t n) {
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
        sk_buf_fmt(w->out, "#: %s- ", sec->indent);
        addr(w->out, &all[i]->key.a);
        used(w, sec, all[i]);
    }
    left_out(w, sec->indent, n);
}

static void dns(const struct writing *w) {
    static const struct section sec = {SUG_RESOLVER, "    ", "resolved"};
    size_t n, m;
    struct sug_seen **resolvers = sug_of(w->s, SUG_RESOLVER, SUG_ANYWHERE, &n);
    struct sug_seen **nat64 = sug_of(w->s, SUG_NAT64, SUG_ANYWHERE, &m);
    if (n || m)
        sk_buf_str(w->out, "#: dns:   # ?  whom may clients ask? One outside, or one that nobody set up, is a finding "
                           "once this stands\n");
    if (n)
        sk_buf_str(w->out, "#:   resolvers:\n");
    plain_list(w, &sec, resolvers, n);
    if (m)
        sk_buf_str(w->out, "#:   nat64_prefixes:\n");
    for (size_t i = 0; i < m && i < SHOWN_MAX; i++) {
        char t[SK_PREFIX_TEXT];
        struct sk_prefix p = {.addr = nat64[i]->key.a, .len = (uint8_t)nat64[i]->key.port};
        sk_buf_fmt(w->out, "#:     - \"%s\"   # seen %llu time%s: who translates there?  ASK\n", sk_prefix_text(&p, t),
                   count(nat64[i]->n), many(nat64[i]->n));
    }
    sk_buf_str(w->out, n || m ? "\n" : "");
    free(resolvers);
    free(nat64);
}

static void proxies(const struct writing *w) {
    static const struct section sec = {SUG_PROXY, "", "used"};
    size_t n;
    struct sug_seen **all = sug_of(w->s, SUG_PROXY, SUG_ANYWHERE, &n);
    if (n)
        sk_buf_str(
            w->out,
            "#: proxies:   # ?  told by their port only. Once they stand here, ways out without them are findings\n");
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
        sk_buf_str(w->out, "#:   - {ip: [");
        addr(w->out, &all[i]->key.a);
        sk_buf_fmt(w->out, "], ports: [%u], kind: %s}", all[i]->key.port,
                   all[i]->key.port == 1080 ? "socks" : "explicit");
        used(w, &sec, all[i]);
    }
    left_out(w, "", n);
    sk_buf_str(w->out, n ? "\n" : "");
    free(all);
}

static void servers_of_all(const struct writing *w, enum sug_what what, const char *head, const char *indent,
                           const char *did) {
    const struct section sec = {what, indent, did};
    size_t n;
    struct sug_seen **all = sug_of(w->s, what, SUG_ANYWHERE, &n);
    if (n)
        sk_buf_str(w->out, head);
    plain_list(w, &sec, all, n);
    sk_buf_str(w->out, n ? "\n" : "");
    free(all);
}

static void tunnels(const struct writing *w) {
    size_t n;
    struct sug_seen **all = sug_of(w->s, SUG_TUNNEL, SUG_ANYWHERE, &n);
    if (n)
        sk_buf_str(w->out, "#: tunnels:   # ?  which of these are yours? Once some stand here, all others are "
                           "findings; most need no entry to be one\n");
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
        sk_buf_fmt(w->out, "#:   - {kind: %s, local: ", all[i]->key.word);
        addr(w->out, &all[i]->key.a);
        sk_buf_str(w->out, ", remote: ");
        addr(w->out, &all[i]->key.b);
        sk_buf_fmt(w->out, "}   # %s, %llu time%s, since ", all[i]->state[0] ? all[i]->state : "seen", count(all[i]->n),
                   many(all[i]->n));
        when(w->out, all[i]->first);
        sk_buf_str(w->out, ".  ASK\n");
    }
    left_out(w, "", n);
    sk_buf_str(w->out, n ? "\n" : "");
    free(all);
}

static void mirrors(const struct writing *w) {
    size_t n;
    struct sug_seen **all = sug_of(w->s, SUG_MIRROR, SUG_ANYWHERE, &n);
    if (n)
        sk_buf_str(
            w->out,
            "#: mirror_encap:   # ?  does your mirror wrap frames so? Then they are what it carries, and no tunnel\n");
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
        sk_buf_fmt(w->out, "#:   - {kind: %s, from: ", all[i]->key.word);
        addr(w->out, &all[i]->key.a);
        sk_buf_str(w->out, ", to: ");
        addr(w->out, &all[i]->key.b);
        sk_buf_fmt(w->out, "}   # %llu time%s.  ASK\n", count(all[i]->n), many(all[i]->n));
    }
    left_out(w, "", n);
    sk_buf_str(w->out, n ? "\n" : "");
    free(all);
}

static void head(const struct writing *w, const char *from) {
    sk_buf_str(w->out, "# A first policy, made by `sekimori policy suggest` from ");
    text(w->out, from);
    sk_buf_str(w->out, "\n# seen ");
    when(w->out, w->s->first);
    sk_buf_str(w->out, " to ");
    when(w->out, w->s->last);
    sk_buf_str(
        w->out,
        " UTC.\n"
        "#\n"
        "# Seen is not allowed: whoever attacked meanwhile is in here too. So nothing below allows anybody anything "
        "yet.\n"
        "#   # ?   a question that only you can answer\n"
        "#   #:    a statement for you to decide: ask, correct, then take these two characters and the blank away\n"
        "#   ASK   find out whose this is, at the switch or at the colleague's desk, before it becomes a statement\n"
        "# A key that is absent is unknown, and unknown is never forbidden. An empty list is: none is allowed.\n"
        "# Check it:  sekimori policy check FILE\n"
        "sekimori-policy: 1\n\n"
        "#: site: {name: \"?\", timezone: Asia/Tokyo, review: {last: 2026-01-01, every: 3 months}}   # ?  yours\n\n");
}

void sk_suggestion_write(struct sk_suggestion *s, const char *from, struct sk_buf *out) {
    struct writing w = {.s = s, .out = out, .taps = sk_table_count(s->taps) > 1};
    head(&w, from);
    taps(&w);
    segments(&w);
    sk_buf_str(out, "#: zones: {}   # ?  which segments belong together, what lies outside\n\n");
    proxies(&w);
    dns(&w);
    servers_of_all(&w, SUG_MAIL, "#: mail:   # ?  own_domains: whose mail is yours?\n#:   relays:\n", "    ",
                   "took mail");
    servers_of_all(&w, SUG_NTP, "#: ntp_servers:\n", "  ", "told the time");
    tunnels(&w);
    mirrors(&w);
    sk_buf_str(out, "# devices: {file: ledger.csv}   # ?  the asset ledger (number, name, MAC, section, state); "
                    "`sekimori devices`\n"
                    "#                               shows what was seen\n");
}
