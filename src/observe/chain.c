/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking the extension headers of one IPv6 header.
 *
 *   hop-by-hop, destination options   | next | length | type | length | value ..   (Pad1 is a type alone)
 *   routing                           | next | length | type | segments left | ..
 *   fragment                          | next | reserved | offset, reserved, M | identification
 */
#include "observe/chain.h"

enum { PAD1 = 0, PADN = 1, ROUTER_ALERT = 5, JUMBO = 0xc2, PADDING_MAX = 8, RSVP = 46, ICMPV6 = 58 };

/* IANA's registry of 2026: standard and deprecated. */
static bool known_option(uint8_t type) {
    static const uint8_t known[] = {0x04, 0x05, 0x07, 0x08, 0x0f, 0x11, 0x12, 0x23, 0x26, 0x30, 0x31,
                                    0x4d, 0x63, 0x6d, 0x8a, 0x8b, 0x8c, 0xc2, 0xc3, 0xc9, 0xee};
    for (unsigned i = 0; i < sizeof known; i++)
        if (known[i] == type)
            return true;
    return false;
}

/* RFC 4727: xxx11110 is for experiments, which are no business of other people's networks (RFC 3692, 9288 4.3). */
static bool for_experiments(uint8_t type) { return (type & 0x1f) == 0x1e; }

static void read_option(struct chain *r, uint8_t type, bool has_payload_length) {
    r->options++;
    if (type == ROUTER_ALERT)
        r->router_alert = true;
    if (type == JUMBO && has_payload_length) /* RFC 2675 3: the length field must be 0 */
        r->problems |= CHAIN_JUMBO_PAYLOAD;
    if (known_option(type))
        return;
    r->problems |= for_experiments(type) ? CHAIN_OPTION_EXPERIMENTAL : CHAIN_OPTION_UNKNOWN;
    if (r->n_unknown < CHAIN_UNKNOWN_MAX)
        r->unknown[r->n_unknown++] = type;
}

/* Padding aligns what follows to 8 bytes (RFC 8200 4.2): more than that, or anything but zeros in it, has another use.
 */
static void pad(struct chain *r, struct sk_cur value, unsigned n, unsigned *run) {
    *run += n;
    if (*run > PADDING_MAX)
        r->problems |= CHAIN_PADDING_RUN;
    while (value.left)
        if (sk_cur_u8(&value))
            r->problems |= CHAIN_PADDING_DATA;
}

static void read_options(struct chain *r, struct sk_cur c, bool has_payload_length) {
    unsigned run = 0;
    sk_cur_skip(&c, 2);
    while (c.left) { /* each turn takes a byte of at most 2048 */
        uint8_t type = sk_cur_u8(&c);
        if (type == PAD1) {
            pad(r, sk_cur_of(NULL, 0), 1, &run);
            continue;
        }
        uint8_t n = sk_cur_u8(&c);
        struct sk_cur value = sk_cur_sub(&c, n);
        if (!sk_cur_ok(&c)) {
            r->problems |= CHAIN_OPTION_OVERRUN;
            return;
        }
        if (type == PADN) {
            pad(r, value, n + 2u, &run);
            continue;
        }
        run = 0;
        read_option(r, type, has_payload_length);
    }
}

static void read_routing(struct chain *r, struct sk_cur c) {
    if (r->routing)
        return;
    r->routing = true;
    sk_cur_skip(&c, 2);
    r->routing_type = sk_cur_u8(&c);
    r->segments_left = sk_cur_u8(&c);
}

/* The places of RFC 8200 4.1; destination options have two, others none. */
static unsigned rank_of(uint8_t proto, unsigned before) {
    switch (proto) {
    case SKP_HOPOPTS:
        return 1;
    case SKP_DSTOPTS:
        return before >= 2 ? 7 : 2;
    case SKP_ROUTING:
        return 3;
    case SKP_FRAGMENT:
        return 4;
    case SKP_AH:
        return 5;
    case SKP_ESP:
        return 6;
    default:
        return 0;
    }
}

static void check_place(struct chain *r, uint8_t proto, unsigned *seen, unsigned *before) {
    unsigned rank = rank_of(proto, *before);
    unsigned most = proto == SKP_DSTOPTS ? 2 : 1;
    if (rank == 0)
        return;
    seen[proto]++;
    if (seen[proto] > most)
        r->problems |= CHAIN_REPEATED;
    if (proto == SKP_HOPOPTS && r->n > 1)
        r->problems |= CHAIN_HOPOPTS_NOT_FIRST;
    else if (rank <= *before && seen[proto] <= most)
        r->problems |= CHAIN_ORDER;
    else
        *before = rank;
}

static void read_header(struct chain *r, uint8_t proto, struct sk_cur c, bool has_payload_length) {
    switch (proto) {
    case SKP_HOPOPTS:
    case SKP_DSTOPTS:
        read_options(r, c, has_payload_length);
        break;
    case SKP_ROUTING:
        read_routing(r, c);
        break;
    case SKP_FRAGMENT: /* RFC 8200 4.5: initialised to zero */
        sk_cur_skip(&c, 1);
        if (sk_cur_u8(&c) || (sk_cur_be16(&c) & 6))
            r->problems |= CHAIN_RESERVED;
        break;
    default:
        break;
    }
}

void chain_read(const struct sk_packet *pkt, const struct sk_layers *l, const struct sk_ip *ip, struct chain *ret) {
    unsigned seen[SKP_COUNT] = {0}, before = 0;
    struct sk_cur ip6 = sk_layer_bytes(pkt, &l->at[ip->layer]);
    bool has_payload_length = sk_cur_peek(&ip6, 4) || sk_cur_peek(&ip6, 5);
    *ret = (struct chain){.first = ip->layer + 1u, .end = ip->layer + 1u};
    while (ret->end < l->n && (l->at[ret->end].flags & SK_LAYER_EXT)) {
        const struct sk_layer *y = &l->at[ret->end++];
        struct sk_cur c = sk_layer_bytes(pkt, y);
        sk_cur_limit(&c, y->hdr_len);
        ret->n++;
        ret->bytes += y->hdr_len;
        check_place(ret, y->proto, seen, &before);
        read_header(ret, y->proto, c, has_payload_length);
    }
}

bool chain_wants_alert(const struct sk_layers *l, const struct sk_ip *ip) {
    if (ip->proto == RSVP)
        return true;
    if (ip->proto != ICMPV6)
        return false;
    if (ip->upper_layer >= l->n) /* a later fragment's */
        return true;
    unsigned type = l->at[ip->upper_layer].id >> 8;
    return (type >= 130 && type <= 132) || type == 143 || (type >= 151 && type <= 153);
}
