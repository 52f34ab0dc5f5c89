/* SPDX-License-Identifier: Apache-2.0 */
/* One tunnel layer of one packet, read: what obs_tunnel.c keeps and tells. */
#ifndef SK_OBSERVE_TUNNEL_H
#define SK_OBSERVE_TUNNEL_H

#include "sekimori/observer.h"

/** What is carried: nothing that moves data (solicitations, bubbles, empty packets, undecodable), data, or bytes that
 *  are carried in earnest but not decoded (PPP in GRE, ...). */
enum sk_carried { SK_CARRIED_NOTHING, SK_CARRIED_DATA, SK_CARRIED_OPAQUE };

enum sk_teredo_role {
    SK_TEREDO_NONE,
    SK_TEREDO_QUALIFY,   /**< asks its server */
    SK_TEREDO_QUALIFIED, /**< the server answered */
    SK_TEREDO_BUBBLE,    /**< empty packets between peers */
    SK_TEREDO_PEER,
    SK_TEREDO_RELAY, /**< the other end is native IPv6 */
};

enum sk_embedded { SK_EMBEDDED_NONE, SK_EMBEDDED_MATCH, SK_EMBEDDED_MISMATCH, SK_EMBEDDED_BOGUS };

struct sk_tunnel_inner {
    struct sk_addr src, dst; /**< fam 0: none decoded */
    uint16_t sport, dport;
    uint8_t transport; /**< 0 = none */
};

struct sk_tunnel_frame {
    enum sk_tunnel_kind kind;
    const struct sk_ip *outer;
    uint16_t sport, dport; /**< of the UDP that carries it, else 0 */
    struct sk_tunnel_inner inner;
    enum sk_carried carried;
    enum sk_teredo_role role;
    bool server_port;         /**< Teredo: one end is on 3544 */
    struct sk_addr server;    /**< Teredo server, fam 0 unknown */
    struct sk_addr mapped;    /**< outside address of the Teredo client, fam 0 unknown */
    uint16_t mapped_port;     /**< with mapped */
    struct sk_addr embedded;  /**< IPv4 address inside the inner address of the sender's end, else of the other's */
    enum sk_embedded verdict; /**< the worse of both ends */
    bool loops;               /**< ends of an outer header again inside, or on its way back to who sent it (RFC 6324) */
    bool cone;                /**< Teredo: the client says its NAT is a cone (RFC 4380 4) */
    bool has_nonce;           /**< Teredo: authentication encapsulation */
    uint8_t nonce[8];         /**< with has_nonce */
    uint32_t key;             /**< session of L2TPv3, ERSPAN; key of GRE; TEID; with has_key */
    bool has_key;
    uint8_t confidence; /**< 0..100 */
    uint32_t bytes;     /**< of the outer IP packet, as declared */
    char path[96];
};

/** Kind of the tunnel at this layer, by protocol, addresses and what the policy says of these (6rd, DS-Lite, ..). */
enum sk_tunnel_kind sk_obs_tunnel_kind(const struct sk_obs *o, unsigned layer);
/** Read the tunnel that begins at this layer. @return false: no IP header carries it */
bool sk_tunnel_read(const struct sk_obs *o, unsigned layer, struct sk_tunnel_frame *ret);
/** Teredo's part of it: role, server, mapping, confidence. */
void sk_teredo_read(const struct sk_obs *o, unsigned layer, struct sk_tunnel_frame *f);
const char *sk_teredo_role_name(enum sk_teredo_role r);
bool sk_is_teredo(const struct sk_addr *a);
/** An IPv4 address that no 6to4 host can have (RFC 3964 5.3.1); ISATAP works among private ones. */
bool sk_embedded_bogus(const struct sk_addr *a, bool private_too);

#endif
