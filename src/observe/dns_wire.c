/* SPDX-License-Identifier: Apache-2.0 */
/**
 * DNS messages, RFC 1035 section 4.1; EDNS, RFC 6891; unknown types, RFC 3597.
 *
 *   +----+-------+---------+---------+-----------+------------+
 *   | id | flags | qdcount | ancount |  nscount  |  arcount   |
 *   +----+-------+---------+---------+-----------+------------+
 *   | question: name, type, class                             |
 *   | records: name, type, class, ttl, length, data           |
 */
#include "observe/dns_wire.h"

#include <stddef.h>
#include <stdio.h>

enum { LABEL_MAX = 63, LABELS_MAX = 127, POINTER = 0xc0, ALIASES_MAX = 8 };

struct record {
    size_t owner, data; /* offsets in the message */
    uint16_t type, class, len;
};

static struct sk_cur at(const struct sk_cur *message, size_t off) {
    struct sk_cur c = *message;
    sk_cur_skip(&c, off);
    return c;
}

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c; }

/** Append one label. @return false: the name is too long */
static bool add_label(struct sk_dns_name *n, struct sk_cur label, uint8_t len) {
    if (n->len + 1u + len + 1u > SK_DNS_NAME_MAX)
        return false;
    n->b[n->len++] = len;
    for (unsigned i = 0; i < len; i++)
        n->b[n->len++] = lower(sk_cur_u8(&label));
    return true;
}

bool sk_dns_name_read(const struct sk_cur *message, size_t *off, struct sk_dns_name *ret) {
    ret->len = 0;
    size_t from = *off; /* every pointer must go before the place where the reading of this part began */
    bool jumped = false;
    struct sk_cur c = at(message, from);
    for (unsigned budget = 2 * LABELS_MAX; budget; budget--) {
        uint8_t len = sk_cur_u8(&c);
        if (!sk_cur_ok(&c))
            return false;
        if (len > LABEL_MAX) {
            size_t to = ((size_t)(len & 0x3f) << 8) | sk_cur_u8(&c);
            if (len < POINTER || !sk_cur_ok(&c) || to >= from)
                return false;
            if (!jumped)
                *off = message->left - c.left;
            jumped = true;
            from = to;
            c = at(message, to);
            continue;
        }
        if (len == 0) {
            ret->b[ret->len++] = 0;
            if (!jumped)
                *off = message->left - c.left;
            return true;
        }
        struct sk_cur label = sk_cur_sub(&c, len);
        if (!sk_cur_ok(&label) || !add_label(ret, label, len))
            return false;
    }
    return false;
}

/** Step over a name without reading what its pointer points to. */
static bool skip_name(struct sk_cur *c) {
    for (unsigned budget = LABELS_MAX + 1; budget; budget--) {
        uint8_t len = sk_cur_u8(c);
        if (len >= POINTER) {
            sk_cur_skip(c, 1);
            return sk_cur_ok(c);
        }
        if (len > LABEL_MAX)
            return false;
        if (len == 0)
            return sk_cur_ok(c);
        sk_cur_skip(c, len);
    }
    return false;
}

static bool same_name(const struct sk_dns_name *a, const struct sk_dns_name *b) {
    return a->len == b->len && memcmp(a->b, b->b, a->len) == 0;
}

static bool owner_is(const struct sk_cur *message, const struct record *r, const struct sk_dns_name *name) {
    struct sk_dns_name owner;
    size_t off = r->owner;
    return sk_dns_name_read(message, &off, &owner) && same_name(&owner, name);
}

/** Follow the aliases of the name asked for as far as this answer knows them. @return the end of the chain */
static struct sk_dns_name follow_aliases(struct sk_dns *d, const struct sk_cur *message, const struct record *r,
                                         unsigned n) {
    struct sk_dns_name name = d->qname;
    for (unsigned step = 0; step < ALIASES_MAX; step++) {
        unsigned i = 0;
        while (i < n && !(r[i].type == SK_DNS_TYPE_CNAME && r[i].class == d->qclass && owner_is(message, &r[i], &name)))
            i++;
        size_t off = i < n ? r[i].data : 0;
        struct sk_dns_name target;
        if (i == n || !sk_dns_name_read(message, &off, &target))
            break;
        d->cname = true;
        name = target;
    }
    return name;
}

/** RFC 7208 section 4.5: the strings of one record, put together, begin with v=spf1 and then a space or nothing. */
static bool is_spf(struct sk_cur data) {
    static const char version[] = "v=spf1";
    unsigned n = 0;
    while (data.left && n <= sizeof version - 1) {
        struct sk_cur s = sk_cur_sub(&data, sk_cur_u8(&data));
        while (s.left && n <= sizeof version - 1) {
            uint8_t c = lower(sk_cur_u8(&s));
            if (n == sizeof version - 1)
                return c == ' ';
            if (c != (uint8_t)version[n++])
                return false;
        }
        if (!sk_cur_ok(&data))
            return false;
    }
    return n == sizeof version - 1;
}

/** Nothing was found: is that because there is nothing? */
static enum sk_dns_spf nothing_found(const struct sk_dns *d, bool some_txt, bool all_seen) {
    if (d->flags & SK_DNS_TC || !all_seen || !d->complete || !(d->flags & (SK_DNS_AA | SK_DNS_RA)))
        return SK_DNS_SPF_UNKNOWN;
    if (d->rcode == 0 && some_txt)
        return SK_DNS_SPF_ABSENT;
    /* A referral, or an alias that the server did not follow, says nothing of the name. */
    if ((d->rcode != 0 && d->rcode != 3) || d->referral || (d->cname && !d->soa))
        return SK_DNS_SPF_UNKNOWN;
    return SK_DNS_SPF_ABSENT;
}

static void look_into(struct sk_dns *d, const struct sk_cur *message, const struct record *r, unsigned n) {
    bool wanted = d->has_question && d->flags & SK_DNS_QR && d->qclass == SK_DNS_CLASS_IN;
    if (!wanted)
        return;
    struct sk_dns_name name = follow_aliases(d, message, r, n);
    bool some_txt = false, spf = false;
    for (unsigned i = 0; i < n; i++) {
        bool address = r[i].type == SK_DNS_TYPE_A || r[i].type == SK_DNS_TYPE_AAAA;
        bool txt = r[i].type == SK_DNS_TYPE_TXT && d->qtype == SK_DNS_TYPE_TXT;
        if (r[i].class != SK_DNS_CLASS_IN || !(address || txt) || !owner_is(message, &r[i], &name))
            continue;
        struct sk_cur data = at(message, r[i].data);
        sk_cur_limit(&data, r[i].len);
        some_txt |= txt;
        spf |= txt && is_spf(data);
        if (r[i].type == SK_DNS_TYPE_A && r[i].len == 4 && d->n_ip < SK_DNS_IPS_MAX)
            d->ip[d->n_ip++] = sk_cur_ip4(&data);
        if (r[i].type == SK_DNS_TYPE_AAAA && r[i].len == 16 && d->n_ip < SK_DNS_IPS_MAX)
            d->ip[d->n_ip++] = sk_cur_ip6(&data);
    }
    if (d->qtype != SK_DNS_TYPE_TXT)
        return;
    bool all_seen = n == d->count[1];
    d->spf = d->rcode == 0 && spf ? SK_DNS_SPF_PRESENT : nothing_found(d, some_txt, all_seen);
}

static void read_opt(struct sk_dns *d, uint16_t size, uint32_t ttl) {
    d->edns = true;
    d->udp_size = size;
    d->dnssec_ok = ttl >> 15 & 1;
    d->rcode = (uint16_t)(d->rcode | (ttl >> 24) << 4);
}

/** One record. @return false: broken or cut */
static bool read_record(struct sk_dns *d, const struct sk_cur *message, struct sk_cur *c, unsigned section,
                        struct record *r) {
    r->owner = message->left - c->left;
    if (!skip_name(c))
        return false;
    r->type = sk_cur_be16(c);
    r->class = sk_cur_be16(c);
    uint32_t ttl = sk_cur_be32(c);
    r->len = sk_cur_be16(c);
    r->data = message->left - c->left;
    sk_cur_skip(c, r->len);
    if (!sk_cur_ok(c))
        return false;
    if (section == 2 && r->type == SK_DNS_TYPE_SOA)
        d->soa = true;
    if (section == 2 && r->type == SK_DNS_TYPE_NS)
        d->referral = true;
    if (section == 3 && r->type == SK_DNS_TYPE_OPT && !d->edns)
        read_opt(d, r->class, ttl);
    return true;
}

static void read_records(struct sk_dns *d, const struct sk_cur *message, struct sk_cur *c) {
    struct record answer[SK_DNS_ANSWERS_MAX];
    unsigned n = 0, budget = SK_DNS_RRS_MAX;
    bool good = true;
    for (unsigned section = 1; section <= 3 && good; section++)
        for (unsigned i = 0; i < d->count[section] && good; i++) {
            struct record r;
            good = budget-- && read_record(d, message, c, section, &r);
            if (good && section == 1 && n < SK_DNS_ANSWERS_MAX)
                answer[n++] = r;
        }
    d->complete = good;
    if (d->soa)
        d->referral = false;
    look_into(d, message, answer, n);
}

bool sk_dns_read(struct sk_cur message, struct sk_dns *ret) {
    memset(ret, 0, offsetof(struct sk_dns, qname));
    ret->qname.len = 0;
    ret->n_ip = 0;
    ret->spf = SK_DNS_SPF_UNKNOWN;
    struct sk_cur c = message;
    ret->id = sk_cur_be16(&c);
    ret->flags = sk_cur_be16(&c);
    ret->rcode = ret->flags & 15;
    for (unsigned i = 0; i < 4; i++)
        ret->count[i] = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return false;
    if (ret->count[0] > 1) /* nobody asks two things at once (RFC 9619) */
        return false;
    if (ret->count[0]) {
        size_t off = message.left - c.left;
        if (!sk_dns_name_read(&message, &off, &ret->qname))
            return false;
        c = at(&message, off);
        ret->qtype = sk_cur_be16(&c);
        ret->qclass = sk_cur_be16(&c);
        if (!sk_cur_ok(&c))
            return false;
        ret->has_question = true;
    }
    read_records(ret, &message, &c);
    return true;
}

static bool read_rr(const struct sk_cur *message, struct sk_cur *c, struct sk_dns_rr *r) {
    r->owner = message->left - c->left;
    if (!skip_name(c))
        return false;
    r->type = sk_cur_be16(c);
    r->class = sk_cur_be16(c);
    r->ttl = sk_cur_be32(c);
    r->len = sk_cur_be16(c);
    r->data = message->left - c->left;
    sk_cur_skip(c, r->len);
    return sk_cur_ok(c);
}

bool sk_dns_records(const struct sk_cur *message, bool (*each)(void *arg, const struct sk_dns_rr *r), void *arg) {
    struct sk_cur c = *message;
    uint16_t count[4];
    unsigned budget = SK_DNS_RRS_MAX;
    sk_cur_skip(&c, 4);
    for (unsigned i = 0; i < 4; i++)
        count[i] = sk_cur_be16(&c);
    if (!sk_cur_ok(&c))
        return false;
    for (unsigned i = 0; i < count[0]; i++) {
        if (!budget-- || !skip_name(&c))
            return false;
        sk_cur_skip(&c, 4);
    }
    for (unsigned section = 1; section <= 3; section++)
        for (unsigned i = 0; i < count[section]; i++) {
            struct sk_dns_rr r = {.section = section};
            if (!budget-- || !read_rr(message, &c, &r))
                return false;
            if (!each(arg, &r))
                return true;
        }
    return true;
}

/* --- text --- */

char *sk_dns_name_text(const struct sk_dns_name *n, char buf[SK_DNS_NAME_TEXT]) {
    struct sk_cur c = sk_cur_of(n->b, n->len);
    size_t len = 0;
    for (uint8_t label = sk_cur_u8(&c); label; label = sk_cur_u8(&c)) {
        if (len)
            buf[len++] = '.';
        for (unsigned i = 0; i < label; i++) {
            uint8_t b = sk_cur_u8(&c);
            if (b == '.' || b == '\\') {
                buf[len++] = '\\';
                buf[len++] = (char)b;
            } else if (b > 0x20 && b < 0x7f) {
                buf[len++] = (char)b;
            } else {
                buf[len++] = '\\';
                buf[len++] = (char)('0' + b / 100);
                buf[len++] = (char)('0' + b / 10 % 10);
                buf[len++] = (char)('0' + b % 10);
            }
        }
    }
    if (len == 0)
        buf[len++] = '.';
    buf[len] = '\0';
    return buf;
}

const char *sk_dns_type_name(uint16_t type, char buf[16]) {
    static const struct {
        uint16_t type;
        const char *name;
    } known[] = {{1, "A"},      {2, "NS"},       {5, "CNAME"},       {6, "SOA"},         {12, "PTR"},   {13, "HINFO"},
                 {15, "MX"},    {16, "TXT"},     {24, "SIG"},        {25, "KEY"},        {28, "AAAA"},  {29, "LOC"},
                 {33, "SRV"},   {35, "NAPTR"},   {39, "DNAME"},      {41, "OPT"},        {43, "DS"},    {46, "RRSIG"},
                 {47, "NSEC"},  {48, "DNSKEY"},  {50, "NSEC3"},      {51, "NSEC3PARAM"}, {52, "TLSA"},  {53, "SMIMEA"},
                 {59, "CDS"},   {60, "CDNSKEY"}, {61, "OPENPGPKEY"}, {64, "SVCB"},       {65, "HTTPS"}, {99, "SPF"},
                 {249, "TKEY"}, {250, "TSIG"},   {251, "IXFR"},      {252, "AXFR"},      {255, "ANY"},  {256, "URI"},
                 {257, "CAA"}};
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].type == type)
            return known[i].name;
    (void)snprintf(buf, 16, "TYPE%u", type);
    return buf;
}

const char *sk_dns_rcode_name(uint16_t rcode, char buf[16]) {
    static const char *const known[] = {"NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED",
                                        "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE", "DSOTYPENI"};
    if (rcode < sizeof known / sizeof known[0])
        return known[rcode];
    if (rcode == 16)
        return "BADVERS";
    if (rcode == 23)
        return "BADCOOKIE";
    (void)snprintf(buf, 16, "%u", rcode);
    return buf;
}
