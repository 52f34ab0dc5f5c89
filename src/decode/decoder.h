/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a decoder is: one protocol, one file dec_<name>.c, one `const struct sk_decoder sk_dec_<name>`. The makefile
 * finds the file, the table finds its bindings; nothing else is to be edited.
 *
 * A decoder reads its header at d->cur, pushes one layer, and says what follows. It never sees bytes outside of the
 * lengths that all outer headers declare. Three rules make the truncation law hold (layers.h):
 *  - push only when every byte that decides hdr_len, id and the next protocol is captured;
 *  - a check of a length compares with d->wire (declared), never with d->cur.left (captured);
 *  - bytes that are not captured stop the decoding (sk_dec_short), they never choose another way.
 */
#ifndef DECODE_DECODER_H
#define DECODE_DECODER_H

#include "sekimori/layers.h"

/** The number spaces by which one header names the next. */
enum sk_space {
    SK_END,          /**< nothing follows that is decoded here */
    SK_BY_LINKTYPE,  /**< LINKTYPE_ */
    SK_BY_ETHERTYPE, /**< EtherType; 0x0800 and 0x86dd are decoded by the version nibble */
    SK_BY_VERSION,   /**< IP by the version nibble, value is not used */
    SK_BY_IP4,       /**< protocol field of IPv4 */
    SK_BY_IP6,       /**< next header field of IPv6 */
    SK_BY_UDP,       /**< UDP port, the destination's first; value is not used (the id of the UDP layer is) */
    SK_BY_PPP,       /**< PPP protocol field */
    SK_BY_PROTO,     /**< enum sk_proto: no number chooses, the header has only one kind of payload */
};

struct sk_bind {
    uint16_t space; /**< enum sk_space; SK_END ends the list */
    uint16_t value;
};
enum { SK_BINDS_MAX = 12 };

/** State of one sk_decode() run. */
struct sk_dec {
    struct sk_layers *ret;
    struct sk_cur cur; /**< what follows the layers pushed so far: captured bytes */
    uint32_t off;      /**< of cur from the first byte of the frame */
    uint32_t wire;     /**< declared bytes at cur, >= cur.left */
    uint8_t space;     /**< what follows: enum sk_space ... */
    uint8_t depth;
    uint8_t flags;  /**< SK_LAYER_QUOTED or 0: for all layers to come */
    uint8_t ip;     /**< index of the innermost IP header, 0xff = none */
    uint16_t value; /**< ... and its number */
    bool bounded;   /**< an IP header declared wire (before that it is the frame's length) */
    uint8_t room;   /**< layers left, extension headers not counted */
    uint8_t ext_room;
    uint8_t ext_rank;   /**< place of the last extension header in the order of RFC 8200 4.1 */
    uint16_t ext_bytes; /**< of the innermost IP header */
    bool vlans;         /**< before any tunnel or second Ethernet header: the tags are the segment's */
    bool link;          /**< before any tunnel and any header with link addresses: the next ones are the frame's */
    uint8_t vid0;       /**< VID 0 tags in front of the outermost payload */
};

struct sk_decoder {
    const char *label; /**< element of a tunnel path */
    /** @return false: nothing pushed, stop (the reason is in the anomalies, if there is one) */
    bool (*decode)(struct sk_dec *d);
    /** Link addresses of a header with this sk_layer.id, false: it has none; NULL: it never has. */
    bool (*macs)(struct sk_cur header, uint32_t id, struct sk_mac *dst, struct sk_mac *src);
    struct sk_bind binds[SK_BINDS_MAX];
};

#define SK_PROTO(upper, lower) extern const struct sk_decoder sk_dec_##lower;
#include "protos.gen.h"
#undef SK_PROTO

static inline void sk_dec_anomaly(struct sk_dec *d, enum sk_anomaly a) { d->ret->anomalies |= (uint64_t)1 << a; }

/**
 * The header at cur is longer than what is there: not captured (truncated), or in another fragment (upper-unknown), or
 * else the anomaly a. @return false
 */
bool sk_dec_short(struct sk_dec *d, enum sk_anomaly a);
/** Stop with an anomaly, nothing pushed. @return false */
static inline bool sk_dec_stop(struct sk_dec *d, enum sk_anomaly a) {
    sk_dec_anomaly(d, a);
    d->space = SK_END;
    return false;
}

/** Inside a fragment, whose rest comes in others. */
static inline bool sk_dec_in_fragment(const struct sk_dec *d) {
    for (unsigned i = 0; i < d->ret->n_ip; i++)
        if (d->ret->ip[i].fragment)
            return true;
    return false;
}

/**
 * The layer at cur and its payload are `declared` bytes long. More than the outer headers leave is the anomaly a and is
 * cut; more than the frame, than a fragment holds of a tunnelled packet, or than an ICMP error quotes, is truncation:
 * none of these lengths is a claim about what is inside.
 */
static inline void sk_dec_bound(struct sk_dec *d, uint32_t declared, enum sk_anomaly a) {
    if (declared > d->wire && d->bounded && !(d->flags & SK_LAYER_QUOTED) && !sk_dec_in_fragment(d)) {
        sk_dec_anomaly(d, a);
        declared = d->wire;
    }
    d->wire = declared;
    d->bounded = true;
    sk_cur_limit(&d->cur, declared);
}

/**
 * Push the layer whose header is the next hdr bytes, and step over it.
 *
 * @param hdr 1..d->cur.left
 * @return the layer, or NULL when the stack is full
 */
static inline struct sk_layer *sk_dec_push(struct sk_dec *d, enum sk_proto proto, uint32_t hdr, uint32_t id) {
    struct sk_layers *ret = d->ret;
    if (d->room == 0) {
        sk_dec_stop(d, SK_AN_LAYER_LIMIT);
        return NULL;
    }
    d->room--;
    struct sk_layer *l = &ret->at[ret->n++];
    uint8_t flags = d->flags;
    if (d->cur.left < d->wire) {
        flags |= SK_LAYER_TRUNCATED;
        sk_dec_anomaly(d, SK_AN_TRUNCATED);
    }
    *l = (struct sk_layer){.proto = (uint8_t)proto,
                           .depth = d->depth,
                           .flags = flags,
                           .ip = d->ip,
                           .off = d->off,
                           .hdr_len = hdr,
                           .len = (uint32_t)d->cur.left,
                           .id = id};
    sk_cur_skip(&d->cur, hdr);
    d->off += hdr;
    d->wire -= hdr;
    return l;
}

/** What follows the layer just pushed. @return true */
static inline bool sk_dec_next(struct sk_dec *d, enum sk_space space, uint16_t value) {
    d->space = (uint8_t)space;
    d->value = value;
    return true;
}
/** Link addresses of the header just pushed: the frame's, if it is the outermost that has any. */
static inline void sk_dec_macs(struct sk_dec *d, const struct sk_mac *dst, const struct sk_mac *src) {
    if (!d->link)
        return;
    d->link = false;
    d->ret->dst_mac = *dst;
    d->ret->src_mac = *src;
}

/** A VLAN tag that the frame has: one of the segment's, if no other frame is around. */
static inline void sk_dec_vid(struct sk_dec *d, uint16_t vid) {
    struct sk_layers *ret = d->ret;
    if (!d->vlans)
        return;
    if (ret->n_vlan < SK_VLANS_MAX)
        ret->vlan[ret->n_vlan++] = vid;
    else
        sk_dec_anomaly(d, SK_AN_VLAN_LIMIT);
}

/** The last n declared bytes are a trailer, not payload. */
static inline void sk_dec_trim(struct sk_dec *d, uint32_t n) {
    d->wire -= n < d->wire ? n : d->wire;
    sk_cur_limit(&d->cur, d->wire);
}

/** Nothing follows that is decoded. @return true */
static inline bool sk_dec_end(struct sk_dec *d) {
    d->space = SK_END;
    return true;
}

/** A port or a nibble is no proof: what is here is not this protocol. Nothing pushed, no anomaly. @return false */
static inline bool sk_dec_not_it(struct sk_dec *d) {
    d->space = SK_END;
    return false;
}

/** The payload of the last layer pushed is a tunnel's. @return false: too deep, stop (d->space is SK_END) */
static inline bool sk_dec_tunnel(struct sk_dec *d) {
    d->ret->at[d->ret->n - 1].flags |= SK_LAYER_TUNNEL;
    if (d->depth == SK_TUNNELS_MAX)
        return sk_dec_stop(d, SK_AN_TUNNEL_LIMIT);
    d->depth++;
    d->vlans = false;
    d->link = false;
    d->ret->depth = d->depth;
    return true;
}

/** The type-or-length field of Ethernet and VLAN headers chooses what follows (the header is pushed). @return true */
bool sk_dec_type_or_length(struct sk_dec *d, uint16_t value);

/** The slot of an IP header about to be pushed, layer, depth and flags set; NULL = too many. */
struct sk_ip *sk_dec_ip(struct sk_dec *d);

/** Places of extension headers in RFC 8200 4.1; destination options have two. */
enum sk_ext_rank {
    SK_RANK_ANY, /**< RFC 8200 gives it no place */
    SK_RANK_HOPOPTS,
    SK_RANK_DSTOPTS,
    SK_RANK_ROUTING,
    SK_RANK_FRAGMENT,
    SK_RANK_AH,
    SK_RANK_ESP,
    SK_RANK_LAST_DSTOPTS,
};
/** Push an extension header of hdr bytes; keeps the budgets, the order and the summary in sk_ip. @return NULL: stop */
struct sk_layer *sk_dec_ext(struct sk_dec *d, enum sk_proto proto, unsigned bit, enum sk_ext_rank rank, uint32_t hdr,
                            uint8_t next, uint32_t id);
/** The whole decoder of a header in the uniform format of RFC 6564: next header, length in 8 bytes less the first. */
bool sk_dec_ext_uniform(struct sk_dec *d, enum sk_proto proto, unsigned bit, enum sk_ext_rank rank);
/** Next header after an extension header of either IP version. @return true */
bool sk_dec_ext_next(struct sk_dec *d, uint8_t next);

/** An ICMP error quotes `quoted` bytes (0 = all that are there) of a packet. @return true */
bool sk_dec_quote(struct sk_dec *d, uint32_t quoted);

/** The decoder's tables, filled before main(). */
extern const struct sk_decoder *const sk_decoders[SKP_COUNT];
uint8_t sk_decoder_of(enum sk_space space, uint16_t value);

#endif
