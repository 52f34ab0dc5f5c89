/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting what a first policy could say: links, who speaks IPv6, who does what for others. */
#include "policy/suggest.h"

#include "base/mem.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const sug_categories[] = {"dad", "rs",     "ra",     "ns",     "na",  "mld", "mdns",  "llmnr", "ssdp",
                                      "wsd", "dhcp6c", "dhcp6s", "ipv6cp", "tcp", "udp", "other", NULL};

static const uint16_t wants[] = {SKE_icmpv6_ra,  SKE_dhcpv4_message,  SKE_dhcpv6_message,
                                 SKE_ipv6_seen,  SKE_dns_transaction, SKE_smtp_transaction,
                                 SKE_flow_state, SKE_tunnel_state,    0};
const uint16_t *sk_suggestion_wants(void) { return wants; }

static struct sk_table *table(size_t key, size_t value, uint32_t cap) {
    struct sk_table_config c = {.key_size = key, .value_size = value, .cap = cap, .key = sk_hash_key_fixed};
    struct sk_table *t = sk_table_new(&c);
    if (!t)
        sk_mem_abort();
    return t;
}

struct once {
    uint64_t whose, who;
};

struct sk_suggestion *sk_suggestion_new(void) {
    struct sk_suggestion *s = sk_mem_new(1, sizeof *s);
    s->segments = table(sizeof(struct sug_link), sizeof(struct sug_segment), SUG_SEGMENTS_MAX);
    s->taps = table(SUG_TAP, sizeof(uint16_t), SUG_SEGMENTS_MAX);
    s->once = table(sizeof(struct once), 0, SUG_CLIENTS_MAX);
    s->notes = table(sizeof(struct sug_mac), sizeof(struct sug_note), SUG_SEEN_MAX);
    for (unsigned i = 0; i < SUG_KINDS; i++)
        s->seen[i] = table(sizeof(struct sug_key), sizeof(struct sug_seen), SUG_SEEN_MAX);
    return s;
}
void sk_suggestion_free(struct sk_suggestion *s) {
    if (!s)
        return;
    sk_table_free(s->segments);
    sk_table_free(s->taps);
    sk_table_free(s->once);
    sk_table_free(s->notes);
    for (unsigned i = 0; i < SUG_KINDS; i++)
        sk_table_free(s->seen[i]);
    free(s);
}
bool sk_suggestion_any(const struct sk_suggestion *s) { return sk_table_count(s->segments) > 0; }

/* ---- values ---- */

static const char *text_value(const struct sk_event *ev, enum sk_field_id f) {
    struct sk_value v;
    return sk_event_get(ev, NULL, f, 0, NULL, &v) ? v.s.p : "";
}
static bool says(const struct sk_event *ev, enum sk_field_id f, const char *word) {
    return strcmp(text_value(ev, f), word) == 0;
}
static bool usable_mac(const struct sk_mac *m) { return !sk_mac_zero(m) && !(m->b[0] & 1); }

static void add_text(struct sug_list *l, const char *text) {
    unsigned i = 0;
    while (i < l->n && strcmp(l->at[i], text) != 0)
        i++;
    if (i < l->n || l->n == SUG_LISTED || strlen(text) >= sizeof l->at[0] || !text[0])
        return;
    memcpy(l->at[l->n++], text, strlen(text) + 1);
}
/* Every value of a field, IPs as text. */
static void add_all(struct sug_list *l, const struct sk_event *ev, enum sk_field_id f) {
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH], text[SK_PREFIX_TEXT];
    for (unsigned k = 0; k < 64 && sk_event_get(ev, NULL, f, k, scratch, &v); k++)
        add_text(l, sk_value_text(&v, text, sizeof text));
}
/* A lifetime of 0 takes back what stands at the same place (RFC 4861 6.3.4, 8106 5.1, 8781 4): nobody offers it. */
static bool taken_back(const struct sk_event *ev, enum sk_field_id lifetime, unsigned k) {
    struct sk_value v;
    return sk_event_get(ev, NULL, lifetime, k, NULL, &v) && v.i == 0;
}
static void add_offered(struct sug_list *l, const struct sk_event *ev, enum sk_field_id f, enum sk_field_id lifetime) {
    struct sk_value v;
    char scratch[SK_EVENT_SCRATCH], text[SK_PREFIX_TEXT];
    for (unsigned k = 0; k < 64 && sk_event_get(ev, NULL, f, k, scratch, &v); k++)
        if (!taken_back(ev, lifetime, k))
            add_text(l, sk_value_text(&v, text, sizeof text));
}

/* ---- where ---- */

/* The folder stands for the tap: without a policy files are grouped by it. */
static uint16_t tap_of(struct sk_suggestion *s, const struct sk_event *ev, const struct sk_names *names) {
    const char *path = names && names->file ? names->file(names->arg, ev->file) : NULL;
    char folder[SUG_TAP] = {0};
    const char *slash = path ? strrchr(path, '/') : NULL;
    size_t n = slash ? (size_t)(slash - path) : 0;
    bool fresh;
    memcpy(folder, n ? path : "", n < SUG_TAP - 1 ? n : SUG_TAP - 1);
    uint16_t *index = sk_table_put(s->taps, folder, &fresh);
    if (fresh)
        *index = s->n_taps++;
    return *index;
}

static int32_t link_of(const struct sk_event *ev) {
    if (ev->vni >= 0 && ev->depth > 0)
        return -1 - ev->vni;
    for (unsigned i = 0; i < ev->n_vlan; i++)
        if (ev->vlan[i])
            return ev->vlan[i];
    return ev->depth == 0 && sk_mac_zero(&ev->smac) && sk_mac_zero(&ev->dmac) ? INT32_MAX : 0;
}

static struct sug_link link_key(const struct sk_suggestion *s, int32_t link) {
    struct sug_link k;
    memset(&k, 0, sizeof k);
    k.tap = s->tap;
    k.link = link;
    return k;
}
static struct sug_segment *segment_at(struct sk_suggestion *s, int32_t link) {
    struct sug_link k = link_key(s, link);
    bool fresh;
    struct sug_segment *g = sk_table_put(s->segments, &k, &fresh);
    if (fresh)
        g->index = ++s->n_segments; /* not the count: at the cap that stays as it is, and two would share their facts */
    return g;
}
static struct sug_segment *segment_of(struct sk_suggestion *s, const struct sk_event *ev) {
    struct sug_segment *g = segment_at(s, link_of(ev));
    if (!g->first || ev->ts < g->first)
        g->first = ev->ts;
    if (ev->ts > g->last)
        g->last = ev->ts;
    return g;
}

/* ---- who ---- */

static struct sug_key key_of(enum sug_what what, int segment) {
    struct sug_key k;
    memset(&k, 0, sizeof k);
    k.what = (uint8_t)what;
    k.segment = segment;
    return k;
}
static struct sug_seen *seen(struct sk_suggestion *s, const struct sug_key *k, sk_time now) {
    bool fresh;
    struct sug_seen *v = sk_table_put(s->seen[k->what], k, &fresh);
    if (fresh) {
        v->key = *k;
        v->first = now;
    }
    v->last = now > v->last ? now : v->last;
    v->n++;
    return v;
}
static void note(struct sk_suggestion *s, int segment, const struct sk_mac *mac) {
    struct sug_mac k;
    memset(&k, 0, sizeof k);
    k.segment = segment;
    k.mac = *mac;
    (void)sk_table_put(s->notes, &k, NULL);
}
const struct sug_note *sug_note_of(const struct sk_suggestion *s, int segment, const struct sk_mac *mac) {
    struct sug_mac k;
    memset(&k, 0, sizeof k);
    k.segment = segment;
    k.mac = *mac;
    return sk_table_peek(s->notes, &k);
}
/* Is this one counted for the first time? */
static bool first_time(struct sk_suggestion *s, const void *whose, size_t n, const void *who, size_t m) {
    struct once k = {sk_hash(&sk_hash_key_fixed, whose, n), sk_hash(&sk_hash_key_fixed, who, m)};
    bool fresh;
    (void)sk_table_put(s->once, &k, &fresh);
    return fresh;
}
static void client(struct sk_suggestion *s, struct sug_seen *v, const struct sk_addr *who) {
    v->clients += first_time(s, &v->key, sizeof v->key, who, sizeof *who);
}

/* ---- what events tell ---- */

static void router(struct sk_suggestion *s, const struct sk_event *ev) {
    struct sug_key k = key_of(SUG_ROUTER, segment_of(s, ev)->index);
    struct sk_value v;
    if (!usable_mac(&ev->smac) || ev->src.fam != 6)
        return;
    k.mac = ev->smac;
    k.a = ev->src;
    struct sug_seen *r = seen(s, &k, ev->ts);
    note(s, k.segment, &k.mac);
    add_offered(&r->prefixes, ev, SKF_icmpv6_ra_prefix, SKF_icmpv6_ra_prefix_valid);
    add_offered(&r->addrs, ev, SKF_icmpv6_ra_rdnss, SKF_icmpv6_ra_rdnss_lifetime);
    add_all(&r->words, ev, SKF_icmpv6_ra_flags);
    if (sk_event_get(ev, NULL, SKF_icmpv6_ra_router_lifetime, 0, NULL, &v) && v.i > r->lifetime)
        r->lifetime = v.i;
    if (strcmp(r->state, "dhcp-lure") != 0) /* once is enough to be told */
        snprintf(r->state, sizeof r->state, "%s", text_value(ev, SKF_icmpv6_ra_kind));
    char scratch[SK_EVENT_SCRATCH];
    for (unsigned i = 0; i < SUG_LISTED && sk_event_get(ev, NULL, SKF_icmpv6_ra_pref64, i, scratch, &v); i++) {
        struct sug_key n = key_of(SUG_NAT64, SUG_ANYWHERE);
        struct sk_prefix p;
        if (taken_back(ev, SKF_icmpv6_ra_pref64_lifetime, i) || !sk_prefix_parse(v.s.p, v.s.len, false, &p))
            continue;
        n.a = p.addr;
        n.port = p.len;
        seen(s, &n, ev->ts)->key.mac = ev->smac;
    }
}

/* Networks that nobody else can have are written; a prefix of the Internet is the site's to declare. */
static void prefix4(struct sk_suggestion *s, int segment, const struct sk_addr *a, uint8_t len, const char *how,
                    sk_time now) {
    struct sug_key k = key_of(SUG_PREFIX, segment);
    if (a->fam != 4 || len < 8 || len > 30)
        return;
    if (sk_addr_scope(a) != SK_SCOPE_PRIVATE)
        how = "public";
    k.a = *a;
    for (unsigned i = len; i < 32; i++)
        k.a.b[i / 8] &= (uint8_t) ~(0x80u >> (i % 8));
    k.port = len;
    snprintf(k.word, sizeof k.word, "%s", how);
    struct sug_seen *p = seen(s, &k, now);
    p->len = len;
    client(s, p, a);
}

static uint8_t mask_len(const struct sk_addr *mask) {
    uint8_t n = 0;
    while (n < 32 && (mask->b[n / 8] & (0x80u >> (n % 8))))
        n++;
    return n;
}

static void dhcp(struct sk_suggestion *s, const struct sk_event *ev) {
    struct sug_key k = key_of(SUG_DHCP, segment_of(s, ev)->index);
    struct sk_value server, your, mask;
    if (!usable_mac(&ev->smac) || !says(ev, SKF_dhcpv4_role, "server") ||
        (!says(ev, SKF_dhcpv4_type, "ack") && !says(ev, SKF_dhcpv4_type, "offer")))
        return;
    k.mac = ev->smac;
    k.a = sk_event_get(ev, NULL, SKF_dhcpv4_server_ip, 0, NULL, &server) ? server.ip : ev->src;
    struct sug_seen *d = seen(s, &k, ev->ts);
    note(s, k.segment, &k.mac);
    add_all(&d->addrs, ev, SKF_dhcpv4_dns);
    bool given = sk_event_get(ev, NULL, SKF_dhcpv4_your_ip, 0, NULL, &your);
    if (given)
        client(s, d, &your.ip);
    if (given && sk_event_get(ev, NULL, SKF_dhcpv4_subnet_mask, 0, NULL, &mask))
        prefix4(s, k.segment, &your.ip, mask_len(&mask.ip), "mask", ev->ts);
}

static void dhcpv6(struct sk_suggestion *s, const struct sk_event *ev) {
    struct sug_key k = key_of(SUG_DHCPV6, segment_of(s, ev)->index);
    if (!usable_mac(&ev->smac) || !says(ev, SKF_dhcpv6_role, "server") || says(ev, SKF_dhcpv6_type, "relay-reply"))
        return;
    k.mac = ev->smac;
    k.a = ev->src;
    struct sug_seen *d = seen(s, &k, ev->ts);
    note(s, k.segment, &k.mac);
    add_all(&d->addrs, ev, SKF_dhcpv6_dns);
    client(s, d, &ev->dst);
}

static void speaks_ipv6(struct sk_suggestion *s, const struct sk_event *ev) {
    struct sug_segment *g = segment_of(s, ev);
    if (!usable_mac(&ev->smac)) /* a group's MAC is nobody's */
        return;
    const char *category = text_value(ev, SKF_ipv6_category);
    for (unsigned i = 0; sug_categories[i]; i++)
        if (strcmp(sug_categories[i], category) == 0) {
            struct {
                int segment;
                unsigned category;
            } whose = {g->index, i};
            g->category[i] += first_time(s, &whose, sizeof whose, &ev->smac, sizeof ev->smac);
        }
    struct {
        int segment;
        char what[8];
    } any = {g->index, "v6"}, global = {g->index, "global"};
    g->with_ipv6 += first_time(s, &any, sizeof any, &ev->smac, sizeof ev->smac);
    if (says(ev, SKF_ipv6_source_scope, "global"))
        g->with_global += first_time(s, &global, sizeof global, &ev->smac, sizeof ev->smac);
}

static void server(struct sk_suggestion *s, const struct sk_event *ev, enum sug_what what) {
    struct sug_key k = key_of(what, SUG_ANYWHERE);
    k.a = ev->dst;
    if (what == SUG_PROXY)
        k.port = ev->dport;
    client(s, seen(s, &k, ev->ts), &ev->src);
}

static void flow(struct sk_suggestion *s, const struct sk_event *ev) {
    static const uint16_t proxies[] = {3128, 8080, 8118, 1080};
    enum { TCP = 6, UDP = 17, NTP = 123 };
    enum sk_scope to = sk_addr_scope(&ev->dst);
    struct sk_value v;
    if (ev->depth == 0)
        (void)segment_of(s, ev);
    if (link_of(ev) == INT32_MAX && ev->depth == 0) /* addresses are all there is */
        prefix4(s, segment_of(s, ev)->index, &ev->src, 24, "guess", ev->ts);
    if (says(ev, SKF_flow_state, "opened") && sk_event_get(ev, NULL, SKF_nat64_prefix, 0, NULL, &v) &&
        says(ev, SKF_nat64_origin, "local-use")) {
        struct sug_key k = key_of(SUG_NAT64, SUG_ANYWHERE);
        struct sk_prefix p;
        if (sk_prefix_parse(v.s.p, v.s.len, true, &p)) {
            k.a = p.addr;
            k.port = p.len;
            (void)seen(s, &k, ev->ts);
        }
    }
    if (!says(ev, SKF_flow_state, "established"))
        return;
    for (unsigned i = 0; i < sizeof proxies / sizeof *proxies; i++)
        if (ev->transport == TCP && ev->dport == proxies[i] && (to == SK_SCOPE_PRIVATE || to == SK_SCOPE_ULA))
            server(s, ev, SUG_PROXY);
    if (ev->transport == UDP && ev->dport == NTP && sk_addr_scope(&ev->dst) != SK_SCOPE_MULTICAST)
        server(s, ev, SUG_NTP);
}

static void tunnel(struct sk_suggestion *s, const struct sk_event *ev) {
    const char *kind = text_value(ev, SKF_tunnel_kind);
    bool mirror = strcmp(kind, "erspan") == 0 || strcmp(kind, "tzsp") == 0;
    struct sug_key k = key_of(mirror ? SUG_MIRROR : SUG_TUNNEL, SUG_ANYWHERE);
    struct sk_value ours, peer;
    if (!says(ev, SKF_tunnel_state, "closed") || !sk_event_get(ev, NULL, SKF_tunnel_inside_ip, 0, NULL, &ours) ||
        !sk_event_get(ev, NULL, SKF_tunnel_outer_peer_ip, 0, NULL, &peer))
        return;
    snprintf(k.word, sizeof k.word, "%s", kind);
    bool group = sk_addr_scope(&ours.ip) == SK_SCOPE_MULTICAST; /* 6over4: the sender is the end */
    k.a = group ? peer.ip : ours.ip;
    k.b = group ? ours.ip : peer.ip;
    struct sug_seen *t = seen(s, &k, ev->ts);
    if (strcmp(t->state, "two-way") != 0)
        snprintf(t->state, sizeof t->state, "%s", text_value(ev, SKF_tunnel_confirmed));
}

static bool discarded(const struct sk_event *ev) { return says(ev, SKF_sekimori_effect, "ignored-by-rfc"); }

void sk_suggestion_event(struct sk_suggestion *s, const struct sk_event *ev, const struct sk_names *names) {
    struct sk_value v;
    if ((ev->flags & SK_EV_DUPLICATE) || discarded(ev))
        return;
    s->tap = tap_of(s, ev, names);
    s->events++;
    s->first = s->events == 1 || ev->ts < s->first ? ev->ts : s->first;
    s->last = ev->ts > s->last ? ev->ts : s->last;
    if (ev->type == SKE_icmpv6_ra)
        router(s, ev);
    else if (ev->type == SKE_dhcpv4_message)
        dhcp(s, ev);
    else if (ev->type == SKE_dhcpv6_message)
        dhcpv6(s, ev);
    else if (ev->type == SKE_ipv6_seen)
        speaks_ipv6(s, ev);
    else if (ev->type == SKE_flow_state)
        flow(s, ev);
    else if (ev->type == SKE_tunnel_state)
        tunnel(s, ev);
    else if (ev->type == SKE_dns_transaction && says(ev, SKF_dns_proof, "recursion"))
        server(s, ev, SUG_RESOLVER);
    else if (ev->type == SKE_smtp_transaction && sk_event_get(ev, NULL, SKF_smtp_accepted, 0, NULL, &v) && v.i)
        server(s, ev, SUG_MAIL);
}

/* The inventory remembers devices of links that gave way to others, and they do not come back for that. */
static bool gave_way(const struct sk_suggestion *s, int32_t link) {
    struct sug_link k = link_key(s, link);
    return sk_table_evicted(s->segments) && !sk_table_peek(s->segments, &k);
}

void sk_suggestion_device(struct sk_suggestion *s, const struct sk_device_entry *e) {
    if (gave_way(s, e->vlan))
        return;
    struct sug_segment *g = segment_at(s, e->vlan);
    struct sug_mac k;
    memset(&k, 0, sizeof k);
    k.segment = g->index;
    k.mac = e->device.mac;
    struct sug_note *n = sk_table_peek(s->notes, &k);
    if (n) {
        snprintf(n->name, sizeof n->name, "%s", e->device.name ? e->device.name : "");
        n->source = e->device.name_source;
        n->virtual_mac = e->device.virtual_mac;
        n->random = e->device.mac_random;
    }
    for (unsigned i = 0; i < e->n_ip; i++)
        if (e->ip[i].by >= SK_BY_BINDING)
            prefix4(s, g->index, &e->ip[i].addr, 24, "guess", e->last);
    struct {
        int segment;
        char what[8];
    } whose = {g->index, "device"};
    if (!first_time(s, &whose, sizeof whose, &k.mac, sizeof k.mac))
        return;
    g->devices++;
    g->random += e->device.mac_random;
}

/* ---- asking ---- */

static int most_first(const void *a, const void *b) {
    const struct sug_seen *x = *(struct sug_seen *const *)a, *y = *(struct sug_seen *const *)b;
    if (x->clients != y->clients)
        return x->clients > y->clients ? -1 : 1;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return memcmp(&x->key, &y->key, sizeof x->key);
}

struct sug_seen **sug_of(const struct sk_suggestion *s, enum sug_what what, int segment, size_t *ret_n) {
    struct sug_seen **ret = sk_mem_new(sk_table_count(s->seen[what]) + 1, sizeof *ret);
    const void *key;
    void *value;
    size_t n = 0;
    for (uint32_t at = 0; sk_table_next(s->seen[what], &at, &key, &value);)
        if (((struct sug_seen *)value)->key.segment == segment)
            ret[n++] = value;
    qsort(ret, n, sizeof *ret, most_first);
    *ret_n = n;
    return ret;
}
