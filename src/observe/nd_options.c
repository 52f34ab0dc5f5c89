/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of neighbour discovery: RFC 4861 4.6 (link-layer addresses, prefix, MTU, redirected header), 4191 (route),
 * 8106 (DNS), 5175 (flags), 7527 / 3971 (nonce), 8781 (PREF64), 8910 (captive portal), 9463 (encrypted DNS).
 *
 *   +------+--------+----------
 *   | type | len/8  | value ..     length 0: the whole message is discarded
 *   +------+--------+----------
 *
 * Budget: OPTIONS_MAX options a message, LISTED_MAX values of a list.
 */
#include "observe/icmp6.h"
#include "observe/wire_text.h"

/* clang-format off */
SK_FIELD(icmpv6_nd_option, "icmpv6.nd.option", LONG, LIST, "", "0.1", "Types of the options in their order")
SK_FIELD(icmpv6_nd_slla, "icmpv6.nd.slla", KEYWORD, ONE, "", "0.1", "Source link-layer address option (RFC 4861 4.6.1)")
SK_FIELD(icmpv6_nd_tlla, "icmpv6.nd.tlla", KEYWORD, ONE, "", "0.1", "Target link-layer address option (RFC 4861 4.6.1)")
SK_FIELD(icmpv6_nd_mac_mismatch, "icmpv6.nd.mac_mismatch", BOOL, ONE, "", "0.1", "A link-layer address option and the frame's source differ")
SK_FIELD(icmpv6_nd_nonce, "icmpv6.nd.nonce", KEYWORD, ONE, "", "0.1", "Nonce option in hexadecimal (RFC 7527, 3971)")
SK_FIELD(icmpv6_ra_prefix, "icmpv6.ra.prefix", KEYWORD, LIST, "", "0.1", "Prefixes advertised (RFC 4861 4.6.2)")
SK_FIELD(icmpv6_ra_prefix_flags, "icmpv6.ra.prefix_flags", KEYWORD, LIST, "", "0.1", "Flags of each prefix in the same order: letters of L (on-link), A (autoconfiguration), R (router address), P (DHCPv6-PD preferred); - for none")
SK_FIELD(icmpv6_ra_prefix_valid, "icmpv6.ra.prefix_valid", LONG, LIST, "s", "0.1", "Valid lifetime of each prefix; 4294967295 is for ever")
SK_FIELD(icmpv6_ra_prefix_preferred, "icmpv6.ra.prefix_preferred", LONG, LIST, "s", "0.1", "Preferred lifetime of each prefix; 4294967295 is for ever")
SK_FIELD(icmpv6_ra_mtu, "icmpv6.ra.mtu", LONG, ONE, "B", "0.1", "MTU option")
SK_FIELD(icmpv6_ra_rdnss, "icmpv6.ra.rdnss", IP, LIST, "", "0.1", "Recursive DNS servers advertised (RFC 8106)")
SK_FIELD(icmpv6_ra_rdnss_lifetime, "icmpv6.ra.rdnss_lifetime", LONG, LIST, "s", "0.1", "Lifetime of each server of icmpv6.ra.rdnss in the same order; 0 takes it back (RFC 8106 5.1)")
SK_FIELD(icmpv6_ra_dnssl, "icmpv6.ra.dnssl", KEYWORD, LIST, "", "0.1", "DNS search list advertised (RFC 8106)")
SK_FIELD(icmpv6_ra_dnssl_lifetime, "icmpv6.ra.dnssl_lifetime", LONG, LIST, "s", "0.1", "Lifetime of each domain of icmpv6.ra.dnssl in the same order; 0 takes it back (RFC 8106 5.2)")
SK_FIELD(icmpv6_ra_route, "icmpv6.ra.route", KEYWORD, LIST, "", "0.1", "Routes advertised (RFC 4191)")
SK_FIELD(icmpv6_ra_route_preference, "icmpv6.ra.route_preference", KEYWORD, LIST, "", "0.1", "Preference of each route: low, medium, high, reserved")
SK_FIELD(icmpv6_ra_route_lifetime, "icmpv6.ra.route_lifetime", LONG, LIST, "s", "0.1", "Lifetime of each route; 0 takes it back (RFC 4191 2.3)")
SK_FIELD(icmpv6_ra_pref64, "icmpv6.ra.pref64", KEYWORD, LIST, "", "0.1", "NAT64 prefixes advertised (RFC 8781)")
SK_FIELD(icmpv6_ra_pref64_lifetime, "icmpv6.ra.pref64_lifetime", LONG, LIST, "s", "0.1", "Lifetime of each NAT64 prefix; 0 takes it back (RFC 8781 4)")
SK_FIELD(icmpv6_ra_flags_extension, "icmpv6.ra.flags_extension", KEYWORD, ONE, "", "0.1", "Flags expansion option in hexadecimal (RFC 5175)")
SK_FIELD(icmpv6_ra_offers, "icmpv6.ra.offers", KEYWORD, LIST, "", "0.1", "What it gives, each with a lifetime above 0: default-route (router lifetime, or a route of at most three bits), dhcp (M or O), prefix, route, rdnss, dnssl, dnr, pref64")
SK_FIELD(icmpv6_ra_captive_portal, "icmpv6.ra.captive_portal", KEYWORD, ONE, "", "0.1", "Captive portal URI (RFC 8910)")
SK_FIELD(icmpv6_ra_dnr_name, "icmpv6.ra.dnr.name", KEYWORD, LIST, "", "0.1", "Authentication domain names of encrypted resolvers (RFC 9463)")
SK_FIELD(icmpv6_ra_dnr_ip, "icmpv6.ra.dnr.ip", IP, LIST, "", "0.1", "Addresses of encrypted resolvers (RFC 9463)")
SK_FIELD(icmpv6_ra_dnr_lifetime, "icmpv6.ra.dnr.lifetime", LONG, LIST, "s", "0.1", "Lifetime of each encrypted DNS option")
SK_FIELD(icmpv6_ra_dnr_ip_lifetime, "icmpv6.ra.dnr.ip_lifetime", LONG, LIST, "s", "0.1", "Lifetime of each address of icmpv6.ra.dnr.ip in the same order; 0 takes it back (RFC 9463 6.1)")
/* clang-format on */

/* A route of three bits or fewer is the Internet: ::/0, its halves, 2000::/3. */
enum { OPTIONS_MAX = 64, LISTED_MAX = 32, DEFAULT_BITS = 3 };

/* The lists that options fill, of known length: a flood's advertisements have many prefixes. */
struct lists {
    unsigned options, prefixes; /* how many there will be at most, then how many there is room for */
    unsigned n_option, n_prefix;
    int64_t *option, *valid, *preferred;
    struct sk_prefix *prefix;
    sk_event_short *flags;
};

/* What an option's reader works on. */
struct at {
    struct sk_event *ev;
    struct sk_icmp6 *m;
    struct sk_nd_summary *sum;
    struct lists list;
    unsigned rdnss, dnssl, dnr; /* listed so far: each for itself, or many names would hide a resolver */
};

/* The kind names one of these; a level must not depend on what else stands beside it. In the order of the wire. */
void sk_nd_offer(struct sk_event *ev, const char *word) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    for (uint32_t at = 0; sk_event_next(ev, NULL, SKF_icmpv6_ra_offers, &at, scratch, &v);)
        if (strcmp(v.s.p, word) == 0)
            return;
    sk_event_put_text(ev, SKF_icmpv6_ra_offers, word);
}

static void bad_size(struct at *a) { sk_icmp6_anomaly(a->ev, a->m, "option-size", false); }

/* A prefix of len bits; bytes beyond those present are zero. */
static struct sk_prefix prefix_of(struct sk_cur *c, size_t bytes, unsigned bits) {
    struct sk_prefix p = {.addr = {.fam = 6}, .len = (uint8_t)(bits > 128 ? 128 : bits)};
    sk_cur_copy(c, p.addr.b, bytes);
    unsigned whole = p.len / 8;
    if (whole < sizeof p.addr.b) {
        p.addr.b[whole] &= (uint8_t)(0xff00u >> (p.len % 8));
        memset(p.addr.b + whole + 1, 0, sizeof p.addr.b - whole - 1);
    }
    return p;
}

/* The same of 16 bytes, in two words. */
static struct sk_prefix prefix_of_16(struct sk_cur *c, unsigned bits) {
    struct sk_prefix p = {.addr = {.fam = 6}, .len = (uint8_t)(bits > 128 ? 128 : bits)};
    uint64_t high = sk_cur_be64(c), low = sk_cur_be64(c);
    high &= p.len >= 64 ? UINT64_MAX : p.len ? UINT64_MAX << (64 - p.len) : 0;
    low &= p.len <= 64 ? 0 : UINT64_MAX << (128 - p.len);
    for (unsigned i = 0; i < 8; i++) {
        p.addr.b[i] = (uint8_t)(high >> (56 - 8 * i));
        p.addr.b[8 + i] = (uint8_t)(low >> (56 - 8 * i));
    }
    return p;
}

static void link_layer(struct at *a, struct sk_cur c, bool source) {
    struct sk_mac mac = sk_cur_mac(&c);
    if (!sk_cur_ok(&c))
        return;
    bool own = source || a->m->type == 136; /* the target of a redirect is another */
    sk_event_put_mac(a->ev, source ? SKF_icmpv6_nd_slla : SKF_icmpv6_nd_tlla, &mac);
    a->sum->has_slla |= source;
    a->sum->has_tlla |= !source;
    a->sum->differs |= own && !sk_mac_eq(&mac, &a->ev->smac);
}

static bool prefix_option(uint8_t type, unsigned units, uint8_t bits) { return type == 3 && units == 4 && bits <= 128; }

/* How many values the lists will have: the same walk over the options, without reading them. */
static void measure(struct lists *ret, const struct sk_icmp6 *m, struct sk_cur c) {
    while (c.left && ret->options < OPTIONS_MAX) {
        uint8_t type = sk_cur_u8(&c);
        unsigned units = sk_cur_u8(&c);
        if (!sk_cur_ok(&c) || units == 0 || units * 8 - 2 > c.left)
            return;
        ret->options++;
        ret->prefixes += m->type == 134 && prefix_option(type, units, sk_cur_peek(&c, 0));
        sk_cur_skip(&c, units * 8 - 2);
    }
}

static void list_option(struct at *a, uint8_t type) {
    struct lists *l = &a->list;
    if (l->n_option == 0)
        l->option = sk_event_list_ints(a->ev, SKF_icmpv6_nd_option, &l->options);
    if (l->option && l->n_option < l->options)
        l->option[l->n_option++] = type;
}

/* The lists begin where the first of their values would stand: the fields of an event keep their order. Where there is
 * no room for all prefixes, there is as much of each list as of the others. */
static void begin_prefixes(struct at *a) {
    enum { EACH = sizeof(struct sk_prefix) + sizeof(sk_event_short) + 2 * sizeof(int64_t), HEADS = 64 };
    struct lists *l = &a->list;
    size_t left = SK_EVENT_MAX - a->ev->size, room = left > HEADS ? (left - HEADS) / EACH : 0;
    if (l->prefixes > room) {
        l->prefixes = (unsigned)room;
        a->ev->flags |= SK_EV_OVERFLOW;
    }
    l->prefix = sk_event_list_prefixes(a->ev, SKF_icmpv6_ra_prefix, &l->prefixes);
    l->flags = sk_event_list_shorts(a->ev, SKF_icmpv6_ra_prefix_flags, &l->prefixes);
    l->valid = sk_event_list_ints(a->ev, SKF_icmpv6_ra_prefix_valid, &l->prefixes);
    l->preferred = sk_event_list_ints(a->ev, SKF_icmpv6_ra_prefix_preferred, &l->prefixes);
}

/* L, A, R and P, by the bits of the wire. */
static const sk_event_short letters[16] = {"-", "P",  "R",  "RP",  "A",  "AP",  "AR",  "ARP",
                                           "L", "LP", "LR", "LRP", "LA", "LAP", "LAR", "LARP"};

static void list_prefix(struct at *a, const struct sk_prefix *p, uint8_t flags, uint32_t valid, uint32_t preferred) {
    struct lists *l = &a->list;
    if (l->n_prefix == 0)
        begin_prefixes(a);
    if (l->n_prefix >= l->prefixes || !l->preferred)
        return;
    memcpy(l->flags[l->n_prefix], letters[flags >> 4], sizeof letters[0]);
    l->prefix[l->n_prefix] = *p;
    l->valid[l->n_prefix] = valid;
    l->preferred[l->n_prefix++] = preferred;
}

/*  | type 3 | 4 | prefix length | LARP | valid, 4 | preferred, 4 | reserved, 4 | prefix, 16 | */
static void prefix(struct at *a, struct sk_cur c) {
    uint8_t bits = sk_cur_u8(&c);
    uint8_t flags = sk_cur_u8(&c);
    uint32_t valid = sk_cur_be32(&c);
    uint32_t preferred = sk_cur_be32(&c);
    sk_cur_skip(&c, 4);
    struct sk_prefix p = prefix_of_16(&c, bits);
    if (!sk_cur_ok(&c) || bits > 128) {
        bad_size(a);
        return;
    }
    list_prefix(a, &p, flags, valid, preferred);
    if (valid > 0) {
        if (!a->sum->prefix) /* said once: a flood has many */
            sk_nd_offer(a->ev, "prefix");
        a->sum->prefix = true;
    }
    if (valid == 0 || preferred == 0)
        a->sum->prefix_dead = true;
}

static const char *preference(unsigned two_bits) {
    static const char *const names[] = {"medium", "high", "reserved", "low"};
    return names[two_bits & 3];
}

/*  | type 24 | 1..3 | prefix length | 000 Prf 000 | lifetime, 4 | prefix, 0, 8 or 16 | */
static void route(struct at *a, struct sk_cur c, unsigned units) {
    uint8_t bits = sk_cur_u8(&c);
    uint8_t prf = sk_cur_u8(&c);
    uint32_t lifetime = sk_cur_be32(&c);
    size_t bytes = units > 3 ? 0 : (units - 1) * 8;
    struct sk_prefix p = prefix_of(&c, bytes, bits);
    if (!sk_cur_ok(&c) || units > 3 || bits > 128 || bits > bytes * 8) {
        bad_size(a);
        return;
    }
    sk_event_put_prefix(a->ev, SKF_icmpv6_ra_route, &p);
    sk_event_put_text(a->ev, SKF_icmpv6_ra_route_preference, preference(prf >> 3));
    sk_event_put_int(a->ev, SKF_icmpv6_ra_route_lifetime, lifetime);
    if (lifetime == 0) {
        a->sum->dead = true;
        return;
    }
    a->sum->route = true;
    sk_nd_offer(a->ev, "route");
    if (bits <= DEFAULT_BITS)
        sk_nd_offer(a->ev, "default-route");
    *(sk_addr_scope(&p.addr) == SK_SCOPE_ULA ? &a->sum->route_ula : &a->sum->route_other) = true;
}

static void mtu(struct at *a, struct sk_cur c) {
    sk_cur_skip(&c, 2);
    uint32_t v = sk_cur_be32(&c);
    if (sk_cur_ok(&c))
        sk_event_put_int(a->ev, SKF_icmpv6_ra_mtu, v);
}

static void lived(struct at *a, uint32_t lifetime, bool *what, const char *word) {
    if (lifetime) {
        *what = true;
        sk_nd_offer(a->ev, word);
    } else {
        a->sum->dead = true;
    }
}

/*  | type 25 | 3, 5, .. | reserved, 2 | lifetime, 4 | addresses of 16 .. | */
static void rdnss(struct at *a, struct sk_cur c, unsigned units) {
    sk_cur_skip(&c, 2);
    uint32_t lifetime = sk_cur_be32(&c);
    if (units < 3 || units % 2 == 0)
        bad_size(a);
    if (!sk_cur_ok(&c) || c.left < 16)
        return;
    lived(a, lifetime, &a->sum->dns, "rdnss");
    for (; c.left >= 16 && a->rdnss < LISTED_MAX; a->rdnss++) {
        struct sk_addr server = sk_cur_ip6(&c);
        sk_event_put_ip(a->ev, SKF_icmpv6_ra_rdnss, &server);
        sk_event_put_int(a->ev, SKF_icmpv6_ra_rdnss_lifetime, lifetime);
    }
}

static void dnssl(struct at *a, struct sk_cur c) {
    char name[SK_WIRE_NAME];
    sk_cur_skip(&c, 2);
    uint32_t lifetime = sk_cur_be32(&c);
    if (!sk_cur_ok(&c))
        return;
    lived(a, lifetime, &a->sum->dns, "dnssl");
    for (; a->dnssl < LISTED_MAX && sk_wire_name(&c, name, sizeof name); a->dnssl++) {
        sk_event_put_text(a->ev, SKF_icmpv6_ra_dnssl, name);
        sk_event_put_int(a->ev, SKF_icmpv6_ra_dnssl_lifetime, lifetime);
    }
}

/*  | type 38 | 2 | lifetime / 8, 13 bits; prefix length code, 3 bits | highest 96 bits of the prefix | */
static void pref64(struct at *a, struct sk_cur c) {
    static const uint8_t lengths[] = {96, 64, 56, 48, 40, 32};
    uint16_t word = sk_cur_be16(&c);
    unsigned code = word & 7;
    uint32_t lifetime = word & 0xfff8u;
    struct sk_prefix p = prefix_of(&c, 12, code < sizeof lengths ? lengths[code] : 96);
    if (!sk_cur_ok(&c) || code >= sizeof lengths) {
        bad_size(a);
        return;
    }
    sk_event_put_prefix(a->ev, SKF_icmpv6_ra_pref64, &p);
    sk_event_put_int(a->ev, SKF_icmpv6_ra_pref64_lifetime, lifetime);
    lived(a, lifetime, &a->sum->pref64, "pref64");
}

/*  | type 144 | len | priority, 2 | lifetime, 4 | name length, 2 | name | address length, 2 | addresses | .. | */
static void encrypted_dns(struct at *a, struct sk_cur c) {
    char name[SK_WIRE_NAME];
    sk_cur_skip(&c, 2);
    uint32_t lifetime = sk_cur_be32(&c);
    uint16_t name_len = sk_cur_be16(&c);
    struct sk_cur adn = sk_cur_sub(&c, name_len);
    if (!sk_cur_ok(&c)) {
        bad_size(a);
        return;
    }
    sk_event_put_int(a->ev, SKF_icmpv6_ra_dnr_lifetime, lifetime);
    lived(a, lifetime, &a->sum->dns, "dnr");
    if (sk_wire_name(&adn, name, sizeof name))
        sk_event_put_text(a->ev, SKF_icmpv6_ra_dnr_name, name);
    uint16_t addrs_len = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return; /* name only: RFC 9463 3.1.6 */
    struct sk_cur addrs = sk_cur_sub(&c, addrs_len);
    for (; addrs.left >= 16 && a->dnr < LISTED_MAX; a->dnr++) {
        struct sk_addr server = sk_cur_ip6(&addrs);
        sk_event_put_ip(a->ev, SKF_icmpv6_ra_dnr_ip, &server);
        sk_event_put_int(a->ev, SKF_icmpv6_ra_dnr_ip_lifetime, lifetime);
    }
}

static void captive_portal(struct at *a, struct sk_cur c) {
    while (c.left && sk_cur_peek(&c, c.left - 1) == 0) /* padded with zeros to 8 bytes */
        sk_cur_limit(&c, c.left - 1);
    sk_event_put_bytes(a->ev, SKF_icmpv6_ra_captive_portal, c.p, c.left);
}

/* Options that only a router advertisement may carry; elsewhere hosts ignore them. */
static void ra_option(struct at *a, uint8_t type, unsigned units, struct sk_cur value) {
    switch (type) {
    case 3:
        if (units != 4)
            bad_size(a);
        else
            prefix(a, value);
        break;
    case 5:
        mtu(a, value);
        break;
    case 24:
        route(a, value, units);
        break;
    case 25:
        rdnss(a, value, units);
        break;
    case 26:
        sk_wire_put_hex(a->ev, SKF_icmpv6_ra_flags_extension, value);
        break;
    case 31:
        dnssl(a, value);
        break;
    case 37:
        captive_portal(a, value);
        break;
    case 38:
        if (units != 2)
            bad_size(a);
        else
            pref64(a, value);
        break;
    case 144:
        encrypted_dns(a, value);
        break;
    default:
        break; /* listed by number */
    }
}

static void option(struct at *a, uint8_t type, unsigned units, struct sk_cur value) {
    switch (type) {
    case 1:
    case 2:
        link_layer(a, value, type == 1);
        break;
    case 14:
        sk_wire_put_hex(a->ev, SKF_icmpv6_nd_nonce, value);
        break;
    default:
        if (a->m->type == 134)
            ra_option(a, type, units, value);
        break;
    }
}

/* One option that differs is enough; that none does can only be said of a whole message. */
static void tell_mismatch(const struct at *a) {
    const struct sk_nd_summary *s = a->sum;
    if (sk_mac_zero(&a->ev->smac) || (!s->has_slla && !s->has_tlla))
        return;
    if (s->differs || !a->m->incomplete)
        sk_event_put_int(a->ev, SKF_icmpv6_nd_mac_mismatch, s->differs);
}

void sk_nd_options(struct sk_event *ev, struct sk_icmp6 *m, struct sk_cur c, struct sk_nd_summary *ret) {
    *ret = (struct sk_nd_summary){0};
    struct at a = {.ev = ev, .m = m, .sum = ret};
    unsigned n = 0;
    measure(&a.list, m, c);
    while (c.left && !ret->stopped) {
        uint8_t type = sk_cur_u8(&c);
        unsigned units = sk_cur_u8(&c);
        if (!sk_cur_ok(&c) || (units && units * 8 - 2 > c.left)) {
            /* A cut capture proves nothing; a message that ends inside an option is discarded. */
            if (!m->incomplete)
                sk_icmp6_anomaly(ev, m, "option-length", true);
            ret->stopped = true;
        } else if (units == 0) {
            sk_icmp6_anomaly(ev, m, "option-zero", true);
            ret->stopped = true;
        } else if (n++ == OPTIONS_MAX) {
            sk_icmp6_anomaly(ev, m, "option-count", false);
            ret->stopped = true;
        } else {
            list_option(&a, type);
            option(&a, type, units, sk_cur_sub(&c, units * 8 - 2));
        }
    }
    tell_mismatch(&a);
}
