/* SPDX-License-Identifier: Apache-2.0 */
/* Which step of which VPN's handshake one packet is, from its bytes alone. */
#ifndef SK_OBSERVE_VPN_H
#define SK_OBSERVE_VPN_H

#include "sekimori/observer.h"

enum sk_vpn_kind {
    SK_VPN_NONE,
    SK_VPN_OPENVPN,
    SK_VPN_WIREGUARD,
    SK_VPN_IPSEC,
    SK_VPN_L2TP,
    SK_VPN_PPTP,
    SK_VPN_TINC,
    SK_VPN_ZEROTIER,
    SK_VPN_TAILSCALE,
    SK_VPN_NEBULA,
    SK_VPN_DTLS,
    SK_VPN_COUNT
};
const char *sk_vpn_name(enum sk_vpn_kind k); /**< "openvpn", "wireguard", ...; bounds-safe */

enum sk_vpn_step {
    SK_VPN_ASKS,
    SK_VPN_ANSWERS,  /**< only after a question */
    SK_VPN_CONFIRMS, /**< the asker again, after the answer */
    SK_VPN_GREETS,   /**< both sides say the same: the second one answers */
    SK_VPN_CARRIES,  /**< data; proves nothing by itself */
};

struct sk_vpn_sign {
    enum sk_vpn_kind kind;
    enum sk_vpn_step step;
    uint8_t own[8], other[8]; /**< sessions of the sender and, where named, of the receiver */
    bool names_other;
    bool guess;         /**< any datagram has as much: it counts only as the answer to the question that it names */
    uint8_t confidence; /**< alone; answered it is more */
};

/** @param wire bytes of the payload, captured or not */
bool sk_vpn_udp(struct sk_cur payload, uint32_t wire, uint16_t sport, uint16_t dport, struct sk_vpn_sign *ret);
/** What ZeroTier's HELLO is answered by is encrypted but for the two addresses: a guess. For ports that are not
 * ZeroTier's. */
bool sk_vpn_zerotier_answer(struct sk_cur payload, uint32_t wire, struct sk_vpn_sign *ret);
/** A segment's payload: handshakes fit one. */
bool sk_vpn_tcp(struct sk_cur payload, uint32_t wire, struct sk_vpn_sign *ret);

#endif
