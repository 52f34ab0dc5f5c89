/* SPDX-License-Identifier: Apache-2.0 */
/**
 * MPLS label, RFC 3032; in GRE and IP RFC 4023, in UDP RFC 7510. One layer a label.
 *
 *   0                    20   23 24       31
 *   +--------------------+----+--+---------+
 *   | label              | TC |S | TTL     |
 *   +--------------------+----+--+---------+
 *
 * Nothing names what is behind the bottom of the stack (S): a first nibble 4 or 6 is taken for IP and 0 for the control
 * word of a pseudowire (RFC 4385), as routers do when they balance load (RFC 4928). A pseudowire may do without (RFC
 * 4448 section 4.6), and then the nibble is the destination's: what can be no IP packet, or makes no frame behind a
 * control word, is a frame if its EtherType and the version behind it agree.
 */
#include "decode/decoder.h"

enum { ETHERTYPE_AT = 12, PAYLOAD_AT = 14 };
enum answer { NO, YES, CUT };

/** Is an Ethernet frame at offset at, as far as its first bytes tell? */
static enum answer is_frame(const struct sk_dec *d, uint32_t at) {
    if (d->cur.left <= at + PAYLOAD_AT)
        return CUT;
    unsigned type =
        (unsigned)sk_cur_peek(&d->cur, at + ETHERTYPE_AT) << 8 | sk_cur_peek(&d->cur, at + ETHERTYPE_AT + 1);
    unsigned first = sk_cur_peek(&d->cur, at + PAYLOAD_AT);
    switch (type) {
    case 0x0800:
        return first >> 4 == 4 ? YES : NO;
    case 0x86dd:
        return first >> 4 == 6 ? YES : NO;
    case 0x0806:
        return first == 0 ? YES : NO; /* hardware types are small */
    case 0x8100:
    case 0x88a8:
    case 0x8863:
    case 0x8864:
        return YES;
    default:
        return NO;
    }
}

static bool frame_follows(struct sk_dec *d) { return !sk_dec_tunnel(d) || sk_dec_next(d, SK_BY_PROTO, SKP_ETHER); }

static bool below_the_labels(struct sk_dec *d) {
    unsigned nibble = sk_cur_peek(&d->cur, 0) >> 4;
    if (nibble == 4 || nibble == 6)
        return sk_dec_next(d, SK_BY_VERSION, 0);
    if (nibble == 1) /* associated channel (RFC 4385) */
        return sk_dec_end(d);
    enum answer behind_word = nibble == 0 ? is_frame(d, 4) : NO;
    enum answer frame = behind_word == NO ? is_frame(d, 0) : NO;
    if (behind_word == CUT || frame == CUT) {
        sk_dec_short(d, SK_AN_TUNNEL_INNER);
        return true;
    }
    if (frame == YES)
        return frame_follows(d);
    return nibble == 0 ? sk_dec_next(d, SK_BY_PROTO, SKP_PWCW) : sk_dec_end(d);
}

static bool decode(struct sk_dec *d) {
    struct sk_cur c = d->cur;
    uint32_t word = sk_cur_be32(&c);
    if (!sk_cur_ok(&c))
        return sk_dec_short(d, SK_AN_TRUNCATED);
    if (!sk_dec_push(d, SKP_MPLS, 4, word >> 12))
        return false;
    if (!(word & 0x100))
        return sk_dec_next(d, SK_BY_PROTO, SKP_MPLS);
    if (d->cur.left == 0) {
        sk_dec_short(d, SK_AN_TUNNEL_INNER);
        return true;
    }
    return below_the_labels(d);
}

const struct sk_decoder sk_dec_mpls = {
    .label = "mpls",
    /* RFC 3032 */
    .decode = decode,
    .binds = {{SK_BY_ETHERTYPE, 0x8847},
              {SK_BY_ETHERTYPE, 0x8848},
              {SK_BY_PPP, 0x0281},
              {SK_BY_IP4, 137},
              {SK_BY_IP6, 137},
              {SK_BY_UDP, 6635},
              {SK_BY_LINKTYPE, 219}},
};
