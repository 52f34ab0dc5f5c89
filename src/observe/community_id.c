/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Community ID version 1: "1:" base64(SHA-1(seed, address, address, protocol, 0, port, port)), ends ordered so that
 * both directions of a flow have the same id.
 *
 *   +-------+--------------+--------------+-------+---+-------+-------+
 *   | seed  | lower address| other address| proto | 0 | port  | port  |
 *   | 2     | 4 or 16      | 4 or 16      | 1     | 1 | 2     | 2     |
 *   +-------+--------------+--------------+-------+---+-------+-------+
 *
 * ICMP and ICMPv6 put their type where the source port is and the type of the answer where the destination port is;
 * types without an answer keep type and code and their direction. Protocols without ports leave ports out.
 */
#include "observe/event.h"
#include "sekimori/digest.h"

struct pair {
    uint8_t a, b;
};
static const struct pair icmp4_pairs[] = {{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}};
static const struct pair icmp6_pairs[] = {{128, 129}, {133, 134}, {135, 136}, {130, 131}, {139, 140}, {144, 145}};

/* The type of the answer to (or question of) this type, -1 = one way. */
static int mate(const struct pair *p, size_t n, uint8_t type) {
    for (size_t i = 0; i < n; i++) {
        if (p[i].a == type)
            return p[i].b;
        if (p[i].b == type)
            return p[i].a;
    }
    return -1;
}

/* @return false: a protocol with ports, or ICMP, whose ports or type are not known */
static bool ports_of(const struct sk_event *ev, uint16_t *ret_a, uint16_t *ret_b, bool *ret_have, bool *ret_oneway) {
    *ret_have = true;
    *ret_oneway = false;
    if (ev->transport == 1 || ev->transport == 58) {
        int m = ev->transport == 1 ? mate(icmp4_pairs, sizeof icmp4_pairs / sizeof *icmp4_pairs, ev->icmp_type)
                                   : mate(icmp6_pairs, sizeof icmp6_pairs / sizeof *icmp6_pairs, ev->icmp_type);
        *ret_a = ev->icmp_type;
        *ret_b = m < 0 ? ev->icmp_code : (uint16_t)m;
        *ret_oneway = m < 0;
        return ev->flags & SK_EV_ICMP;
    }
    if (ev->transport == 6 || ev->transport == 17 || ev->transport == 132) {
        *ret_a = ev->sport;
        *ret_b = ev->dport;
        return ev->sport != 0 || ev->dport != 0;
    }
    *ret_have = false;
    *ret_a = *ret_b = 0;
    return true;
}

bool sk_community_id(const struct sk_event *ev, char out[SK_COMMUNITY_ID]) {
    uint16_t pa = 0, pb = 0;
    bool have, oneway;
    if (ev->src.fam == 0 || ev->src.fam != ev->dst.fam || ev->transport == 0 || !ports_of(ev, &pa, &pb, &have, &oneway))
        return false;
    size_t alen = ev->src.fam == 4 ? 4 : 16;
    const struct sk_addr *a = &ev->src, *b = &ev->dst;
    int order = memcmp(a->b, b->b, alen);
    if (!oneway && (order > 0 || (order == 0 && pa > pb))) {
        const struct sk_addr *t = a;
        a = b;
        b = t;
        uint16_t p = pa;
        pa = pb;
        pb = p;
    }
    uint8_t m[2 + 32 + 2 + 4] = {0}, sum[20];
    size_t n = 2;
    memcpy(m + n, a->b, alen);
    n += alen;
    memcpy(m + n, b->b, alen);
    n += alen;
    m[n++] = ev->transport;
    m[n++] = 0;
    if (have) {
        m[n++] = (uint8_t)(pa >> 8);
        m[n++] = (uint8_t)pa;
        m[n++] = (uint8_t)(pb >> 8);
        m[n++] = (uint8_t)pb;
    }
    sk_sha1(m, n, sum);
    memcpy(out, "1:", 2);
    sk_base64(sum, sizeof sum, out + 2);
    return true;
}
