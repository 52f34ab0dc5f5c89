/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The decoded stack of one packet, as offsets: values only, no pointers; may be copied, compared, logged.
 *
 * sk_decode() is pure: no allocation, no clock, no log. It cannot fail: where it stops it says why (an anomaly).
 *
 * Invariants (the fuzz target asserts them): hdr_len > 0; hdr_len <= len; off + len <= caplen; a child begins where its
 * parent's header ends and lies inside its parent's payload; depth never falls, and rises by one after a layer with
 * SK_LAYER_TUNNEL. Truncation law: what sk_decode finds in frame[0..k] is a prefix of what it finds in the whole frame
 * (of the same wire length); aside: anomalies, the len of layers, the frame's MACs, which are zero until their
 * header is found, and of the last layer hdr_len and the flags TRUNCATED and TUNNEL.
 */
#ifndef SEKIMORI_LAYERS_H
#define SEKIMORI_LAYERS_H

#include "sekimori/cursor.h"
#include "sekimori/packet.h"

#include <stdbool.h>
#include <stdint.h>

/** One value for each src/decode/dec_<name>.c: SKP_ETHER, SKP_VLAN, ...; SKP_COUNT. Made by make. */
enum sk_proto {
    SKP_NONE = 0,
#define SK_PROTO(upper, lower) SKP_##upper,
#include "protos.gen.h"
#undef SK_PROTO
    SKP_COUNT
};
/** "ether", "vlan", "ipv6", ... the file's name; bounds-safe ("none"). */
const char *sk_proto_name(enum sk_proto p);
/** "eth", "vlan", "ip6", ... the element of a tunnel path; bounds-safe. */
const char *sk_proto_label(enum sk_proto p);

enum {
    SK_LAYERS_MAX = 48,              /**< layers in a stack, extension headers not counted */
    SK_TUNNELS_MAX = 8,              /**< tunnel depth */
    SK_IPS_MAX = SK_TUNNELS_MAX + 2, /**< IP headers: one a depth, and the one an ICMP error quotes */
    SK_EXT_MAX = 16,                 /**< extension headers of one IPv6 header */
    SK_EXT_BYTES = 4096,             /**< and their bytes */
    SK_EXT_TOTAL = 48,               /**< extension headers of the whole stack */
    SK_AT_MAX = SK_LAYERS_MAX + SK_EXT_TOTAL,
    SK_VLANS_MAX = 4,
};

/** Bits of sk_layer.flags. */
enum {
    SK_LAYER_QUOTED = 1, /**< inside the packet an ICMP error quotes: never an event of its own */
    /** The frame ends inside its declared length. hdr_len of the last layer may be cut then (TCP, ICMP, ARP, IPv4
     * options): read headers through sk_layer_bytes(), not by hdr_len. */
    SK_LAYER_TRUNCATED = 2,
    /** Begins a new tunnel depth: its payload has depth + 1. Set by what the header says, even if nothing could be
     * decoded inside. IP in IP: on the last layer before the inner IP header. Teredo without authentication and origin
     * has no header of its own: on the UDP layer. */
    SK_LAYER_TUNNEL = 4,
    SK_LAYER_EXT = 8,     /**< IPv6 extension header; AH and ESP in IPv4 too */
    SK_LAYER_MIRROR = 16, /**< GRE that carries ERSPAN type I, which has no header of its own */
};

struct sk_layer {
    uint8_t proto; /**< enum sk_proto */
    uint8_t depth; /**< number of tunnels around it */
    uint8_t flags;
    uint8_t ip;   /**< index in sk_layers.ip of the IP header it is or belongs to; 0xff = none yet */
    uint32_t off; /**< of its header, from the first byte of the frame */
    uint32_t hdr_len;
    uint32_t len; /**< header and captured payload, as bounded by its own and all outer length fields */
    uint32_t id;  /**< VLAN: TCI; GRE: key; UDP, TCP: source port << 16 | destination port; ICMP: type << 8 | code;
                       ARP: opcode; fragment header: identification; ESP, AH: SPI; VXLAN, GENEVE: VNI; GTP-U: TEID;
                       MPLS: label; PPPoE: session; else 0 */
};

/** Extension headers met between an IPv6 header and its upper layer. */
enum {
    SK_EXT_HOPOPTS = 1,
    SK_EXT_ROUTING = 2,
    SK_EXT_FRAGMENT = 4,
    SK_EXT_DSTOPTS = 8,
    SK_EXT_AH = 16,
    SK_EXT_ESP = 32,
    SK_EXT_MOBILITY = 64,
    SK_EXT_OTHER = 128, /**< 139, 140, 253, 254 */
};

/** One IP header with what every observer wants to know of it. */
struct sk_ip {
    struct sk_addr src, dst;
    uint8_t layer;       /**< its index in at[] */
    uint8_t upper_layer; /**< index in at[] of the layer after the extension headers, 0xff = none decoded */
    uint8_t proto;       /**< protocol number after the extension headers (the first fragment's), 59 = none */
    uint8_t hop_limit;   /**< or TTL */
    uint8_t tclass;
    uint8_t depth;
    uint8_t ext; /**< SK_EXT_ bits */
    uint8_t n_ext;
    bool quoted;
    bool fragment; /**< offset or more-fragments set: not the whole datagram */
    bool atomic;   /**< IPv6 fragment header with offset 0 and M 0 (RFC 6946) */
    bool more;
    bool reassembled;  /**< put together from fragments (sk_decode_resume); fragment is false then */
    uint16_t frag_off; /**< bytes */
    uint32_t frag_id;
    uint32_t upper_off;      /**< of the first byte after the IP header and extension headers, from the frame */
    uint32_t upper_len;      /**< captured bytes there, bounded by the declared length */
    uint32_t wire_upper_len; /**< declared bytes there, captured or not */
};

/** Why decoding stopped or what is odd. One bit each; names in src/decode/anomaly.c. */
enum sk_anomaly {
    SK_AN_TRUNCATED,        /**< the capture ends inside a declared length */
    SK_AN_LINKTYPE,         /**< link type not decoded */
    SK_AN_ETHERTYPE,        /**< EtherType not decoded */
    SK_AN_VERSION_MISMATCH, /**< EtherType and IP version nibble differ (decoded by the nibble) */
    SK_AN_IP_HEADER,        /**< header length below 20, version neither 4 nor 6 */
    SK_AN_IP_LENGTH,        /**< total or payload length impossible */
    SK_AN_EXT_LIMIT,        /**< more extension headers than SK_EXT_MAX or SK_EXT_BYTES */
    SK_AN_EXT_ORDER,        /**< extension headers repeated or out of RFC 8200 order */
    SK_AN_UPPER_UNKNOWN,    /**< next header not decoded */
    SK_AN_L4_HEADER,        /**< UDP or TCP length impossible */
    SK_AN_OPTION_ZERO,      /**< an option of length zero (RFC 4861 4.6: discard) */
    SK_AN_OPTION_LENGTH,    /**< an option runs out of its header */
    SK_AN_LAYER_LIMIT,      /**< more than SK_LAYERS_MAX layers */
    SK_AN_TUNNEL_LIMIT,     /**< more than SK_TUNNELS_MAX tunnels */
    SK_AN_VLAN_LIMIT,       /**< more than SK_VLANS_MAX tags */
    SK_AN_L2_STACKING,      /**< two or more VID 0 tags, or a VID 0 tag before LLC/SNAP (VU#855201) */
    SK_AN_TUNNEL_INNER,     /**< what a tunnel should carry is not there */
    SK_AN_JUMBO,            /**< IP length field 0 (jumbogram or segmentation offload): the frame's length is used */
    SK_AN_LENGTH_FIELD,     /**< 802.3 length differs from the frame */
    SK_AN_LINK_FRAGMENT,    /**< part of a frame that the link or a tunnel divided; parts are not put together */
    SK_AN_AGGREGATE,        /**< several frames in one: the first is decoded */
    SK_AN_FRAME_CHECK,      /**< frame check sequence wrong: not decoded */
    SK_AN_COUNT
};
const char *sk_anomaly_name(enum sk_anomaly a); /**< "truncated", "ip-length", ... */

struct sk_layers {
    uint8_t n, n_ip;
    uint8_t depth;               /**< deepest tunnel, decoded inside or not; 0 = no layer has SK_LAYER_TUNNEL */
    uint8_t n_vlan;              /**< outermost tags only; VID 0 tags are kept here and skipped for the segment */
    uint16_t vlan[SK_VLANS_MAX]; /**< VIDs, outermost first */
    uint64_t anomalies;          /**< 1 << enum sk_anomaly */
    /** Of the outermost header that has any: Ethernet, 802.11 (who sends and who is to get it, not who relays), FDDI
     * ..; cooked captures: source only; else zero. */
    struct sk_mac src_mac, dst_mac;
    struct sk_ip ip[SK_IPS_MAX];
    struct sk_layer at[SK_AT_MAX]; /**< only at[0..n-1] are written */
};

void sk_decode(const struct sk_packet *pkt, struct sk_layers *ret);
/** Stop after the first IP header: for sharding. Same result as the prefix of sk_decode(). */
void sk_decode_outer(const struct sk_packet *pkt, struct sk_layers *ret);

/**
 * Go on with a datagram put together from fragments. ret: the layers of its first fragment; what follows the fragment
 * header (or the IPv4 header) is cut and decoded anew. pkt: that fragment's frame up to there, then the whole payload.
 * @param ip index of the IP header that is fragmented
 */
void sk_decode_resume(const struct sk_packet *pkt, struct sk_layers *ret, unsigned ip);
/** Number of layers up to and with the header that makes ip a fragment: the IPv4 header, or the IPv6 fragment header.
 */
unsigned sk_layers_to_fragment(const struct sk_layers *l, unsigned ip);
/** Cut the stack after n layers (they end with a header of IP header ip), as if nothing more had been decoded. */
void sk_layers_cut(struct sk_layers *l, unsigned n, unsigned ip);

/** Bytes of a layer's payload (after its header). */
static inline struct sk_cur sk_layer_payload(const struct sk_packet *pkt, const struct sk_layer *l) {
    return sk_cur_of(pkt->data + l->off + l->hdr_len, l->len - l->hdr_len);
}
/** Bytes of a whole layer, header first. */
static inline struct sk_cur sk_layer_bytes(const struct sk_packet *pkt, const struct sk_layer *l) {
    return sk_cur_of(pkt->data + l->off, l->len);
}

/**
 * Link addresses that this layer's header names, read from the packet.
 * @return false: it is no such header (all but Ethernet, 802.11, A-MSDU, FDDI, Token Ring); ret untouched
 */
bool sk_layer_macs(const struct sk_packet *pkt, const struct sk_layer *l, struct sk_mac *ret_dst,
                   struct sk_mac *ret_src);
/** The stack ends at a header behind which all is encrypted: ESP, MACsec, DTLS, 802.11 protection. */
bool sk_layers_encrypted(const struct sk_layers *l);

/**
 * Where in these bytes an IP packet begins that ends where they end: IPv4 whose header sums up, IPv6 with a next header
 * that is known and an own source. From itself alone: what no header names may still be a tunnel.
 * @param wire bytes as declared, captured or not @param first try this offset before all others
 * @return offset 0 to SK_FIND_IP_MOST, -1 = nowhere
 */
enum { SK_FIND_IP_MOST = 32 };
int sk_find_ip(struct sk_cur c, uint32_t wire, unsigned first);

enum sk_checksum { SK_CKSUM_OK, SK_CKSUM_BAD, SK_CKSUM_ABSENT, SK_CKSUM_NOT_VERIFIABLE };
/** ICMP, ICMPv6, UDP or TCP checksum of the upper layer of ip (RFC 1071, 8200 8.1). Computed when asked, since it costs
 *  65-190 ns. NOT_VERIFIABLE: fragment, truncated, or left to the sender's
 *  network card (UDP, TCP: only the pseudo-header's sum stands there). */
enum sk_checksum sk_checksum_upper(const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip);
const char *sk_checksum_name(enum sk_checksum c); /**< "ok", "bad", "absent", "not-verifiable" */

/** Does the IPv4 header (index into l->ip) sum up? True for IPv6. Computed when asked; needs the whole header captured
 * (else true). */
bool sk_checksum_ip4(const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip);

enum sk_tunnel_kind {
    SK_TUN_NONE,
    SK_TUN_6IN4,   /**< RFC 4213, protocol 41 in IPv4 and none of the next three */
    SK_TUN_6TO4,   /**< RFC 3056: an address in 2002::/16 inside, or 192.88.99.0/24 outside */
    SK_TUN_ISATAP, /**< RFC 5214: interface identifier ::[02]00:5efe:a.b.c.d */
    SK_TUN_6OVER4, /**< RFC 2529: outer destination in 239.192.0.0/16 */
    SK_TUN_TEREDO, /**< RFC 4380 */
    SK_TUN_GRE,    /**< RFC 2784, 2890, 7676 */
    SK_TUN_IPIP,   /**< RFC 2003 */
    SK_TUN_4IN6,   /**< RFC 2473, 6333 */
    SK_TUN_IP6IP6, /**< RFC 2473 */
    SK_TUN_VXLAN,
    SK_TUN_GENEVE,
    SK_TUN_GTPU,
    SK_TUN_ETHERIP,
    SK_TUN_PSEUDOWIRE, /**< RFC 4448 */
    SK_TUN_NVGRE,      /**< RFC 7637: GRE with a key, carrying Ethernet */
    SK_TUN_ERSPAN,     /**< a mirror's own transport */
    SK_TUN_L2TP,       /**< RFC 2661 */
    SK_TUN_AYIYA,
    SK_TUN_MPLS,   /**< MPLS in IP or UDP, RFC 4023, 7510 */
    SK_TUN_CAPWAP, /**< RFC 5415, and LWAPP: frames of a wireless network to its controller */
    SK_TUN_LISP,   /**< RFC 9300 */
    SK_TUN_L2TPV3, /**< RFC 3931 */
    SK_TUN_TSP,    /**< RFC 5572 */
    SK_TUN_TZSP,   /**< a mirror's own transport */
    SK_TUN_FOU,    /**< IP at once in UDP, on any port */
    SK_TUN_GUE,
    SK_TUN_DSLITE, /**< RFC 6333: IPv4 in IPv6 with an end in 192.0.0.0/29 inside */
    SK_TUN_MAPE,   /**< RFC 7597, 7596: IPv4 in IPv6, the outer interface identifier holds the inner IPv4 address */
    SK_TUN_6RD,    /**< RFC 5969: known by the policy only */
    SK_TUN_LW4O6,  /**< RFC 7596: known by the policy only, else it looks like MAP-E */
    SK_TUN_STT,    /**< draft-davie-stt */
    SK_TUN_OTHER,
    SK_TUN_COUNT
};
/** "6in4", "6to4", "isatap", "6over4", "teredo", "gre", "ipip", "4in6", "ip6ip6", "vxlan", ...; bounds-safe ("none").
 */
const char *sk_tunnel_kind_name(enum sk_tunnel_kind k);
/** Kind of the tunnel that begins at layer i, by protocol and addresses; SK_TUN_NONE if it has no SK_LAYER_TUNNEL. */
enum sk_tunnel_kind sk_tunnel_kind(const struct sk_layers *l, unsigned layer);
/**
 * Kinds of all tunnels of the frame, as bits 1 << enum sk_tunnel_kind: of the layers not quoted by an ICMP error, or
 * (quoted true) of the quoted ones. Costs one compare when l->depth is 0; so --count may call it for every frame.
 */
uint64_t sk_tunnel_kinds(const struct sk_layers *l, bool quoted);
/** `eth/vlan/ip4/41/ip6` into buf (NUL-terminated, cut at cap). */
void sk_tunnel_path(const struct sk_layers *l, unsigned upto_layer, char *buf, size_t cap);

#endif
