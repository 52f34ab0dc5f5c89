/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and prefixes: text in (strict) and out (RFC 5952), containment, scope. */
#include "sekimori/addr.h"

#include <arpa/inet.h>

static bool is_mapped(const uint8_t b[16]) {
    static const uint8_t head[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(b, head, sizeof head) == 0;
}

/* RFC 5952 section 4.2: the longest run of zero groups, the first of equals, never a single group.
 * @param zero bit g: group g is zero @return its first group, or 8 when there is none */
static unsigned longest_zeros(unsigned zero, unsigned *ret_len) {
    unsigned run = zero & zero >> 1, len = 1, first = 8; /* bit g: a run of len + 1 begins at g */
    for (; run; run &= zero >> len) {
        first = (unsigned)__builtin_ctz(run);
        len++;
    }
    *ret_len = first < 8 ? len : 0;
    return first;
}

/* Without its leading zeros. */
static inline char *hex_text(unsigned group, char *p) {
    static const char digits[] = "0123456789abcdef";
    if (group >= 0x1000)
        *p++ = digits[group >> 12];
    if (group >= 0x100)
        *p++ = digits[group >> 8 & 15];
    if (group >= 0x10)
        *p++ = digits[group >> 4 & 15];
    *p++ = digits[group & 15];
    return p;
}

/* @return the end of the text */
static char *ip6_text(const uint8_t b[16], char buf[SK_ADDR_TEXT]) {
    unsigned group[8], zero = 0, zeros_len;
    for (unsigned g = 0; g < 8; g++) {
        group[g] = (unsigned)b[2 * g] << 8 | b[2 * g + 1];
        zero |= (group[g] == 0 ? 1u : 0u) << g;
    }
    unsigned zeros = longest_zeros(zero, &zeros_len);
    char *p = buf;
    for (unsigned g = 0; g < 8; g++) {
        if (g == zeros) {
            *p++ = ':';
            g += zeros_len - 1;
            if (g == 7)
                *p++ = ':';
            continue;
        }
        if (g > 0)
            *p++ = ':';
        p = hex_text(group[g], p);
    }
    *p = '\0';
    return p;
}

/* Event logs are lines of addresses by the million: printf is ten times as slow. */
static char *ip4_text(const uint8_t b[4], char *p) {
    for (unsigned i = 0; i < 4; i++) {
        if (b[i] >= 100)
            *p++ = (char)('0' + b[i] / 100);
        if (b[i] >= 10)
            *p++ = (char)('0' + b[i] / 10 % 10);
        *p++ = (char)('0' + b[i] % 10);
        *p++ = i < 3 ? '.' : '\0';
    }
    return p - 1;
}

/* @return the end of the text */
static char *addr_text(const struct sk_addr *a, char buf[SK_ADDR_TEXT]) {
    static const char mapped[] = "::ffff:";
    const uint8_t *b = a->b;
    buf[0] = '\0';
    if (a->fam == 4)
        return ip4_text(b, buf);
    if (a->fam != 6)
        return buf;
    if (!is_mapped(b))
        return ip6_text(b, buf);
    memcpy(buf, mapped, sizeof mapped - 1);
    return ip4_text(b + 12, buf + sizeof mapped - 1);
}

char *sk_addr_text(const struct sk_addr *a, char buf[SK_ADDR_TEXT]) {
    (void)addr_text(a, buf);
    return buf;
}

char *sk_mac_text(const struct sk_mac *m, char buf[SK_MAC_TEXT]) {
    static const char digits[] = "0123456789ABCDEF";
    char *p = buf;
    for (unsigned i = 0; i < sizeof m->b; i++) {
        *p++ = digits[m->b[i] >> 4];
        *p++ = digits[m->b[i] & 15];
        *p++ = '-';
    }
    p[-1] = '\0';
    return buf;
}

char *sk_prefix_text(const struct sk_prefix *p, char buf[SK_PREFIX_TEXT]) {
    buf[0] = '\0';
    if (!p->addr.fam)
        return buf;
    char *at = addr_text(&p->addr, buf); /* by hand: a flood of advertisements makes millions */
    *at++ = '/';
    if (p->len >= 100)
        *at++ = (char)('0' + p->len / 100);
    if (p->len >= 10)
        *at++ = (char)('0' + p->len / 10 % 10);
    *at++ = (char)('0' + p->len % 10);
    *at = '\0';
    return buf;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* IPv6 without an IPv4 tail (RFC 4291 2.2), as inet_pton reads it: correlators read back what a flood of advertisements
 * says. */
static bool parse6(const char *p, const char *end, uint8_t b[16]) {
    unsigned n = 0, gap = 16;
    if (*p == ':' && (++p == end || *p != ':'))
        return false;
    while (p < end) {
        if (*p == ':') { /* the second of a pair */
            if (gap < 16 || n == 16)
                return false;
            gap = n;
            p++;
            continue;
        }
        unsigned group = 0, digits = 0;
        for (int d; p < end && (d = hex_digit(*p)) >= 0; p++, digits++)
            group = group << 4 | (unsigned)d;
        if (digits == 0 || digits > 4 || n == 16 || (p < end && (*p++ != ':' || p == end)))
            return false;
        b[n++] = (uint8_t)(group >> 8);
        b[n++] = (uint8_t)group;
    }
    if (n == 16)
        return gap == 16;
    if (gap == 16)
        return false;
    memmove(b + 16 - (n - gap), b + gap, n - gap);
    memset(b + gap, 0, 16 - n);
    return true;
}

bool sk_addr_parse(const char *text, size_t len, struct sk_addr *ret) {
    char copy[SK_ADDR_TEXT];
    if (len == 0 || len >= sizeof copy || memchr(text, '\0', len))
        return false;
    struct sk_addr a = {.fam = memchr(text, ':', len) ? 6 : 4};
    if (a.fam == 4 || memchr(text, '.', len)) {
        memcpy(copy, text, len);
        copy[len] = '\0';
        if (inet_pton(a.fam == 6 ? AF_INET6 : AF_INET, copy, a.b) != 1)
            return false;
    } else if (!parse6(text, text + len, a.b)) {
        return false;
    }
    *ret = a;
    return true;
}

bool sk_mac_parse(const char *text, size_t len, struct sk_mac *ret) {
    /* group: digits between two separators. One kind of separator throughout, or it is no MAC. */
    size_t group = len == 17 ? 2 : 4;
    char sep = len == 17 ? text[2] : '.';
    if ((len != 17 && len != 14) || (len == 17 && sep != '-' && sep != ':'))
        return false;
    struct sk_mac m = {{0}};
    size_t digits = 0;
    for (size_t i = 0; i < len; i++) {
        if (i % (group + 1) == group) {
            if (text[i] != sep)
                return false;
            continue;
        }
        int d = hex_digit(text[i]);
        if (d < 0)
            return false;
        m.b[digits / 2] = (uint8_t)(m.b[digits / 2] << 4 | d);
        digits++;
    }
    *ret = m;
    return true;
}

/* Zero all bits of a behind len. @return were they zero before? */
static bool mask(struct sk_addr *a, unsigned len) {
    static const uint8_t zero[sizeof a->b];
    struct sk_addr before = *a;
    unsigned whole = len / 8;
    if (whole >= sizeof a->b)
        return true;
    a->b[whole] = (uint8_t)(a->b[whole] & (0xff00u >> len % 8));
    memcpy(a->b + whole + 1, zero, sizeof a->b - whole - 1);
    return memcmp(a->b, before.b, sizeof a->b) == 0;
}

bool sk_prefix_parse(const char *text, size_t len, bool lax, struct sk_prefix *ret) {
    const char *slash = len ? memchr(text, '/', len) : NULL;
    size_t addr_len = slash ? (size_t)(slash - text) : len;
    struct sk_prefix p = {0};
    if (!sk_addr_parse(text, addr_len, &p.addr))
        return false;
    unsigned most = p.addr.fam == 4 ? 32 : 128;
    unsigned bits = most;
    if (slash) {
        size_t digits = len - addr_len - 1;
        bits = 0;
        if (digits == 0 || digits > 3 || (digits > 1 && slash[1] == '0'))
            return false;
        for (size_t i = 1; i <= digits; i++) {
            if (slash[i] < '0' || slash[i] > '9')
                return false;
            bits = bits * 10 + (unsigned)(slash[i] - '0');
        }
    }
    if (bits > most || (!mask(&p.addr, bits) && !lax))
        return false;
    p.len = (uint8_t)bits;
    *ret = p;
    return true;
}

bool sk_prefix_has(const struct sk_prefix *p, const struct sk_addr *a) {
    if (a->fam == 0 || a->fam != p->addr.fam)
        return false;
    size_t whole = p->len / 8;
    unsigned rest = p->len % 8;
    if (memcmp(p->addr.b, a->b, whole) != 0)
        return false;
    return rest == 0 || (p->addr.b[whole] ^ a->b[whole]) >> (8 - rest) == 0;
}

static enum sk_scope scope4(const uint8_t b[4]) {
    if (b[0] == 0)
        return b[1] || b[2] || b[3] ? SK_SCOPE_RESERVED : SK_SCOPE_UNSPECIFIED;
    if (b[0] == 127)
        return SK_SCOPE_LOOPBACK;
    if (b[0] == 169 && b[1] == 254)
        return SK_SCOPE_LINK_LOCAL;
    if (b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
        (b[0] == 100 && (b[1] & 0xc0) == 64))
        return SK_SCOPE_PRIVATE;
    if (b[0] < 224)
        return SK_SCOPE_GLOBAL;
    if (b[0] < 240)
        return SK_SCOPE_MULTICAST;
    return b[0] == 255 && b[1] == 255 && b[2] == 255 && b[3] == 255 ? SK_SCOPE_BROADCAST : SK_SCOPE_RESERVED;
}

static enum sk_scope scope6(const uint8_t b[16]) {
    static const uint8_t zero[15];
    if (b[0] == 0xff)
        return SK_SCOPE_MULTICAST;
    if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
        return SK_SCOPE_LINK_LOCAL;
    if (b[0] == 0xfe && (b[1] & 0xc0) == 0xc0) /* site-local: deprecated (RFC 3879), still never routed outside */
        return SK_SCOPE_PRIVATE;
    if ((b[0] & 0xfe) == 0xfc)
        return SK_SCOPE_ULA;
    if (memcmp(b, zero, 15) == 0 && b[15] <= 1)
        return b[15] ? SK_SCOPE_LOOPBACK : SK_SCOPE_UNSPECIFIED;
    if ((b[0] & 0xe0) == 0x20)
        return SK_SCOPE_GLOBAL;
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};                  /* RFC 6052 */
    static const uint8_t nat64_local[6] = {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}; /* RFC 8215 */
    if (memcmp(b, nat64, sizeof nat64) == 0)
        return SK_SCOPE_GLOBAL;
    return memcmp(b, nat64_local, sizeof nat64_local) == 0 ? SK_SCOPE_PRIVATE : SK_SCOPE_RESERVED;
}

/*
 *   | prefix, 32 | v4, 32             | u | suffix      |      u: bits 64 to 71, zero
 *   | prefix, 40     | v4, 24         | u | v4, 8 | ..  |
 *   | prefix, 48         | v4, 16     | u | v4, 16 | .. |
 *   | prefix, 56             | v4, 8  | u | v4, 24 | .. |
 *   | prefix, 64                      | u | v4, 32 | .. |
 *   | prefix, 96                                | v4, 32|
 */
bool sk_addr_rfc6052(const struct sk_addr *a, unsigned prefix_len, struct sk_addr *ret) {
    enum { U = 8 };
    unsigned at = prefix_len / 8;
    if (a->fam != 6 || prefix_len % 8 || (at != 12 && (at < 4 || at > U || a->b[U])))
        return false;
    *ret = (struct sk_addr){.fam = 4};
    for (unsigned i = 0; i < 4; i++) {
        at += at == U;
        ret->b[i] = a->b[at++];
    }
    return true;
}

enum sk_scope sk_addr_scope(const struct sk_addr *a) {
    if (a->fam == 4)
        return scope4(a->b);
    return a->fam == 6 ? scope6(a->b) : SK_SCOPE_NONE;
}

const char *sk_scope_name(enum sk_scope s) {
    static const char *const name[] = {
        [SK_SCOPE_NONE] = "none",           [SK_SCOPE_UNSPECIFIED] = "unspecified",
        [SK_SCOPE_LOOPBACK] = "loopback",   [SK_SCOPE_LINK_LOCAL] = "link-local",
        [SK_SCOPE_PRIVATE] = "private",     [SK_SCOPE_ULA] = "ula",
        [SK_SCOPE_GLOBAL] = "global",       [SK_SCOPE_MULTICAST] = "multicast",
        [SK_SCOPE_BROADCAST] = "broadcast", [SK_SCOPE_RESERVED] = "reserved",
    };
    return name[s];
}

static bool zeros(const uint8_t *b, unsigned n) {
    while (n && b[n - 1] == 0)
        n--;
    return n == 0;
}

const char *sk_addr_kind(const struct sk_addr *a) {
    const uint8_t *b = a->b;
    if (sk_addr_scope(a) == SK_SCOPE_UNSPECIFIED)
        return "unspecified";
    if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0)
        return "teredo";
    if (b[0] == 0x20 && b[1] == 0x02)
        return "6to4";
    if (b[0] == 0 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b)
        return "nat64";
    if (zeros(b, 10) && b[10] == 0xff && b[11] == 0xff)
        return "v4-mapped";
    if (zeros(b, 12))
        return "v4-compatible";
    if ((b[8] & 0xfd) == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe)
        return "isatap";
    if (b[11] == 0xff && b[12] == 0xfe)
        return "eui64";
    return zeros(b + 8, 6) ? "manual" : "stable-or-random";
}

bool sk_addr_eui64(const struct sk_addr *a, struct sk_mac *ret) {
    const uint8_t *b = a->b;
    if (a->fam != 6 || strcmp(sk_addr_kind(a), "eui64") != 0)
        return false;
    *ret = (struct sk_mac){{(uint8_t)(b[8] ^ 2), b[9], b[10], b[13], b[14], b[15]}};
    return true;
}

/*
 *   6to4:    | 2002 | v4, 32 | ..                      Teredo:  | 2001:0 | server | flags | port | v4 with bits
 * inverted ISATAP:  | prefix, 64 | [02]00 5e fe | v4, 32 |
 */
bool sk_addr_embedded4(const struct sk_addr *a, struct sk_addr *ret) {
    const char *kind = a->fam == 6 ? sk_addr_kind(a) : "";
    bool teredo = strcmp(kind, "teredo") == 0, sixtofour = strcmp(kind, "6to4") == 0;
    if (!teredo && !sixtofour && strcmp(kind, "isatap") != 0)
        return false;
    *ret = (struct sk_addr){.fam = 4};
    for (unsigned i = 0; i < 4; i++)
        ret->b[i] = sixtofour ? a->b[2 + i] : (uint8_t)(a->b[12 + i] ^ (teredo ? 0xff : 0));
    return true;
}
