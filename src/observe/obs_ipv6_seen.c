/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who speaks IPv6 on a segment: one event a MAC, segment, category, scope of the source and UTC day. Each lane says its
 * first; the correlator keeps the earliest of several lanes.
 *
 * Only where a frame shows the MAC of the speaker: native IPv6 and IPv6 inside frames that a tunnel carries. The scope
 * is part of the key because a first packet from a link-local address must not hide the first from a global one.
 * Who negotiates IPv6 over PPP (IPV6CP, RFC 5072) has it on, though no packet of it came yet.
 */
#include "observe/translation.h"
#include "sekimori/observer.h"
#include "sekimori/table.h"

/* clang-format off */
SK_EVENT(ipv6_seen, "ipv6.seen", STATE, "0.1", "First IPv6 packet of a kind from this MAC on this segment today; of MACs that advertise themselves as routers a link tells 64 at once and then one a second")
SK_FIELD(ipv6_category, "ipv6.category", KEYWORD, ONE, "", "0.1", "dad rs ra ns na mld mdns llmnr ssdp wsd dhcp6c dhcp6s ipv6cp tcp udp other")
SK_FIELD(ipv6_source_scope, "ipv6.source.scope", KEYWORD, ONE, "", "0.1", "Scope of the source (of the tentative address, for dad): link-local, ula, global, unspecified, ...")
SK_FIELD(ipv6_source_kind, "ipv6.source.kind", KEYWORD, ONE, "", "0.1", "How the address was formed: eui64, manual (small numbers), stable-or-random, teredo, 6to4, isatap, nat64, v4-mapped, v4-compatible, unspecified")
SK_FIELD(ipv6_source_embedded_mac, "ipv6.source.embedded_mac", KEYWORD, ONE, "", "0.1", "MAC address inside an EUI-64 interface identifier: the owner's, even if the frame's was rewritten")
SK_FIELD(ipv6_tentative_ip, "ipv6.tentative.ip", IP, ONE, "", "0.1", "Address that duplicate address detection asks about")
/* clang-format on */

enum { SEEN_CAP = 1 << 18, NS = 135, IPV6CP_PROTOCOL = 0x8057 };

enum category { DAD, RS, RA, NS_, NA, MLD, MDNS, LLMNR, SSDP, WSD, DHCP6C, DHCP6S, IPV6CP, TCP, UDP, OTHER };
static const char *const category_names[] = {"dad",  "rs",  "ra",     "ns",     "na",     "mld", "mdns", "llmnr",
                                             "ssdp", "wsd", "dhcp6c", "dhcp6s", "ipv6cp", "tcp", "udp",  "other"};

struct key {
    uint8_t mac[6];
    uint16_t segment;
    uint32_t day;
    uint8_t category, scope;
    uint16_t zero;
};
_Static_assert(sizeof(struct key) == 16, "no padding: keys are compared as bytes");

struct state {
    struct sk_table *seen;
    struct key last; /* one sender's burst asks once */
    uint64_t evicted;
};

static sk_err init(void *state, struct sk_obs *o) {
    struct state *s = state;
    struct sk_table_config cfg = {.key_size = sizeof(struct key), .value_size = 0, .cap = SEEN_CAP, .key = *o->key};
    s->seen = sk_table_new(&cfg);
    return s->seen ? SK_OK : SK_ENOMEM;
}

static void fini(void *state) {
    struct state *s = state;
    sk_table_free(s->seen);
}

static enum category of_icmpv6(const struct sk_ip *ip, uint8_t type) {
    switch (type) {
    case 133:
        return RS;
    case 134:
        return RA;
    case NS:
        return sk_addr_scope(&ip->src) == SK_SCOPE_UNSPECIFIED ? DAD : NS_;
    case 136:
        return NA;
    case 130:
    case 131:
    case 132:
    case 143:
        return MLD;
    default:
        return OTHER;
    }
}

static enum category of_udp(uint16_t sport, uint16_t dport) {
    if (dport == 5353 || sport == 5353)
        return MDNS;
    if (dport == 5355 || sport == 5355)
        return LLMNR;
    if (dport == 1900 || sport == 1900)
        return SSDP;
    if (dport == 3702 || sport == 3702) /* WS-Discovery */
        return WSD;
    if (dport == 546 || (dport == 547 && sport == 547)) /* servers, and relays on their way to one */
        return DHCP6S;
    return dport == 547 ? DHCP6C : UDP;
}

/* @return false: the capture ends before what decides */
static bool categorise(const struct sk_layers *l, const struct sk_ip *ip, enum category *ret) {
    if (ip->frag_off) {
        *ret = OTHER;
        return true;
    }
    if (ip->upper_layer >= l->n) {
        *ret = OTHER;
        return ip->upper_len >= ip->wire_upper_len;
    }
    uint32_t id = l->at[ip->upper_layer].id;
    switch (ip->proto) {
    case 58:
        *ret = of_icmpv6(ip, (uint8_t)(id >> 8));
        break;
    case 17:
        *ret = of_udp((uint16_t)(id >> 16), (uint16_t)id);
        break;
    case 6:
        *ret = TCP;
        break;
    default:
        *ret = OTHER;
        break;
    }
    return true;
}

/* The address that decides scope and kind: the source, or what DAD asks about. @return false: cut off */
static bool speaker(const struct sk_obs *o, const struct sk_ip *ip, enum category c, struct sk_addr *ret) {
    *ret = ip->src;
    if (c != DAD)
        return true;
    struct sk_cur m = sk_layer_bytes(o->pkt, &o->layers->at[ip->upper_layer]);
    sk_cur_skip(&m, 8);
    *ret = sk_cur_ip6(&m);
    return sk_cur_ok(&m);
}

static void put_values(struct sk_event *ev, enum category c, const struct sk_addr *a) {
    struct sk_mac mac;
    sk_event_put_text(ev, SKF_ipv6_category, category_names[c]);
    sk_event_put_text(ev, SKF_ipv6_source_scope, sk_scope_name(sk_addr_scope(a)));
    sk_event_put_text(ev, SKF_ipv6_source_kind, sk_addr_kind(a));
    if (sk_addr_eui64(a, &mac))
        sk_event_put_mac(ev, SKF_ipv6_source_embedded_mac, &mac);
    if (c == DAD) {
        sk_event_put_ip(ev, SKF_ipv6_tentative_ip, a);
        sk_obs_put_transition(ev, a, "tentative");
    }
    sk_event_put_text(ev, SKF_sekimori_certainty, "observed");
}

static uint32_t day_of(sk_time t) { return t < 0 ? 0 : (uint32_t)(t / SK_DAY); }

/* @return is it the first of its kind? */
static bool first(struct state *s, struct sk_obs *o, const struct key *k) {
    bool fresh;
    if (memcmp(k, &s->last, sizeof *k) == 0)
        return false;
    s->last = *k;
    (void)sk_table_put(s->seen, k, &fresh);
    o->counts->evictions += sk_table_evicted(s->seen) - s->evicted;
    s->evicted = sk_table_evicted(s->seen);
    return fresh;
}

/* Does a PPP frame configure IPv6: asks for it, agrees, or haggles? Who ends it, or does not know it, has none. */
static bool negotiates(const struct sk_obs *o, const struct sk_layer *y) {
    enum { CONFIGURE_REQUEST = 1, CONFIGURE_REJECT = 4 };
    struct sk_cur c = sk_layer_bytes(o->pkt, y);
    if (y->hdr_len & 1) /* the protocol in one byte: below 256 */
        return false;
    sk_cur_skip(&c, y->hdr_len - 2);
    uint16_t protocol = sk_cur_be16(&c);
    uint8_t code = sk_cur_u8(&c);
    return sk_cur_ok(&c) && protocol == IPV6CP_PROTOCOL && code >= CONFIGURE_REQUEST && code <= CONFIGURE_REJECT;
}

/* What kind of speech it is, and whose. @return false: none, or the capture ends before that */
static bool speech(const struct sk_obs *o, unsigned i, enum category *ret_c, struct sk_addr *ret_who) {
    const struct sk_layer *y = &o->layers->at[i];
    if (y->proto == SKP_PPP) {
        *ret_c = IPV6CP;
        *ret_who = (struct sk_addr){.fam = 6};
        return negotiates(o, y);
    }
    if (y->ip >= o->layers->n_ip)
        return false;
    const struct sk_ip *ip = &o->layers->ip[y->ip];
    return categorise(o->layers, ip, ret_c) && speaker(o, ip, *ret_c, ret_who);
}

static void layer(void *state, struct sk_obs *o, unsigned i) {
    struct state *s = state;
    const struct sk_layer *y = &o->layers->at[i];
    struct sk_mac mac;
    struct sk_addr who;
    enum category c;
    if (o->copy || (y->flags & SK_LAYER_QUOTED) || !sk_obs_source_mac(o, i, &mac))
        return; /* a copy that a router sent on has its MAC beside another's address */
    if (!speech(o, i, &c, &who))
        return;
    struct key k = {.segment = sk_obs_segment(o, i),
                    .day = day_of(o->pkt->ts),
                    .category = (uint8_t)c,
                    .scope = (uint8_t)sk_addr_scope(&who)};
    memcpy(k.mac, mac.b, sizeof k.mac);
    if (!first(s, o, &k))
        return;
    struct sk_event *ev = sk_obs_event(o, SKE_ipv6_seen, i);
    if (!ev)
        return;
    put_values(ev, c, &who);
    sk_obs_commit(o, ev);
}

/* Days gone by are never asked for again. Oldest use first, so this stops at once on most ticks. */
static void tick(void *state, struct sk_obs *o) {
    struct state *s = state;
    const void *key;
    uint32_t today = day_of(o->now);
    while (sk_table_oldest(s->seen, &key)) {
        struct key k;
        memcpy(&k, key, sizeof k);
        if (k.day + 2 > today)
            return;
        sk_table_del(s->seen, &k);
    }
}

static void flush(void *state, struct sk_obs *o) {
    struct state *s = state;
    (void)o;
    sk_table_clear(s->seen);
    memset(&s->last, 0, sizeof s->last);
}

static const uint8_t protos[] = {SKP_IPV6, SKP_PPP, SKP_NONE};
const struct sk_observer sk_obs_ipv6_seen = {.name = "ipv6_seen",
                                             .protos = protos,
                                             .state_size = sizeof(struct state),
                                             .init = init,
                                             .fini = fini,
                                             .layer = layer,
                                             .tick = tick,
                                             .flush = flush};
