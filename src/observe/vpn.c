/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First packets of VPNs. Each test is the structure that its protocol demands, seldom chance; none asks for a port
 * where the structure is enough.
 *
 *   OpenVPN    | opcode 5, key 3 | session 8 | [HMAC 16..64, number 4, time 4] | acks n | n x 4, session 8 | number 4 |
 *   WireGuard  | type 1, 0 0 0 | sender 4 | .. | mac1 16 | mac2 16 |   148 asks, 92 answers, 64 asks for a cookie
 *   IKE        | initiator SPI 8 | responder SPI 8 | next | version | exchange | flags | message 4 | length 4 |
 *   L2TP       | c8 02 or c8 03 | length 2 | .. | first AVP: 80 08 0000 0000 type 2 |        (RFC 2661 4.4.1, 3931)
 *   PPTP       | length 156 | 1 | 1a2b3c4d | 1 asks, 2 answers |                             (RFC 2637 2.1)
 *   tinc       | 0 name 17.7 LF |
 *   ZeroTier   | number 8 | to 5 | from 5 | flags | mac 8 | verb 1 HELLO | version .. | identity: from 5 again |
 *   Tailscale  | 54 53 f0 9f 92 ac | key 32 | nonce 24 | box |                               disco
 *   Nebula     | 1 version, 0 handshake | 0 | 0 0 | index 4 | counter 8: 1 asks, 2 answers |
 *   DTLS, 443  | 16 | fe fd, fe ff or 01 00 | epoch 0 2 | sequence 6 | length 2 | 1 asks, 2 or 3 answers |
 */
#include "observe/vpn.h"

enum { SESSION = 8, RETRIES = 64 };

const char *sk_vpn_name(enum sk_vpn_kind k) {
    static const char *const names[SK_VPN_COUNT] = {
        [SK_VPN_NONE] = "none",     [SK_VPN_OPENVPN] = "openvpn",   [SK_VPN_WIREGUARD] = "wireguard",
        [SK_VPN_IPSEC] = "ipsec",   [SK_VPN_L2TP] = "l2tp",         [SK_VPN_PPTP] = "pptp",
        [SK_VPN_TINC] = "tinc",     [SK_VPN_ZEROTIER] = "zerotier", [SK_VPN_TAILSCALE] = "tailscale",
        [SK_VPN_NEBULA] = "nebula", [SK_VPN_DTLS] = "dtls-vpn",
    };
    return (unsigned)k < SK_VPN_COUNT ? names[k] : "none";
}

static bool says(struct sk_vpn_sign *ret, enum sk_vpn_kind kind, enum sk_vpn_step step, uint8_t confidence) {
    ret->kind = kind;
    ret->step = step;
    ret->confidence = confidence;
    return true;
}

static bool take(struct sk_cur c, size_t off, uint8_t *out, size_t n) {
    sk_cur_skip(&c, off);
    const uint8_t *b = sk_cur_take(&c, n);
    if (b)
        memcpy(out, b, n);
    return b != NULL;
}

static uint32_t be32_at(struct sk_cur c, size_t off) {
    sk_cur_skip(&c, off);
    return sk_cur_be32(&c);
}

static bool zero_at(struct sk_cur c, size_t off, size_t n) {
    sk_cur_skip(&c, off);
    uint8_t all = 0;
    for (size_t i = 0; i < n; i++)
        all |= sk_cur_u8(&c);
    return sk_cur_ok(&c) && all == 0;
}

/* --- OpenVPN --- */

enum { HARD_RESET_SERVER_V2 = 0x40, HARD_RESET_CLIENT_V2 = 0x38, HARD_RESET_CLIENT_V3 = 0x50 };
enum { CONTROL_V1 = 0x20, ACK_V1 = 0x28, CONTROL_WKC_V1 = 0x58, DATA_V1 = 0x30, DATA_V2 = 0x48, KEY_BITS = 7 };

/* Bytes that authentication adds: the digest of tls-auth, a number and a time. */
static bool is_digest(uint32_t extra) {
    static const uint8_t sizes[] = {16, 20, 28, 32, 48, 64};
    for (size_t i = 0; extra >= 8 && i < sizeof sizes; i++)
        if (extra - 8 == sizes[i])
            return true;
    return extra == 0;
}

/* tls-crypt hides all behind the session but its own number of the packet, which counts from 1. */
static bool counts_from_one(struct sk_cur c) {
    uint32_t number = be32_at(c, 1 + SESSION) & 0xffff; /* above: what may be negotiated early (tls-crypt-v2) */
    return number >= 1 && number <= RETRIES;
}

static bool openvpn_asks(struct sk_cur c, uint32_t wire) {
    enum { PLAIN = 14, CRYPT = 54 };
    if (sk_cur_peek(&c, 0) == HARD_RESET_CLIENT_V3) { /* then the wrapped key with its length at the end */
        struct sk_cur tail = c;
        sk_cur_skip(&tail, wire > 2 ? wire - 2 : 0);
        uint16_t wrapped = sk_cur_be16(&tail);
        return sk_cur_ok(&tail) && wire == (uint32_t)CRYPT + wrapped && counts_from_one(c);
    }
    if (wire < PLAIN || !is_digest(wire - PLAIN))
        return false;
    /* No acknowledgment, and the first number there is. */
    return zero_at(c, wire - 5, 5) || (wire == CRYPT && counts_from_one(c));
}

static bool openvpn_answers(struct sk_cur c, uint32_t wire, struct sk_vpn_sign *ret) {
    enum { PLAIN = 26, CRYPT = 66, CRYPT_MOST = CRYPT + 16 /**< what was negotiated early */ };
    if (wire >= PLAIN && is_digest(wire - PLAIN) && zero_at(c, wire - 4, 4) &&
        take(c, wire - 4 - SESSION, ret->other, SESSION)) {
        ret->names_other = true;
        return says(ret, SK_VPN_OPENVPN, SK_VPN_ANSWERS, 98);
    }
    return wire >= CRYPT && wire <= CRYPT_MOST && counts_from_one(c) && says(ret, SK_VPN_OPENVPN, SK_VPN_ANSWERS, 50);
}

static bool openvpn(struct sk_cur c, uint32_t wire, struct sk_vpn_sign *ret) {
    uint8_t op = sk_cur_peek(&c, 0);
    if (!take(c, 1, ret->own, SESSION))
        return false;
    switch (op) {
    case HARD_RESET_CLIENT_V2:
    case HARD_RESET_CLIENT_V3:
        return !zero_at(c, 1, SESSION) && openvpn_asks(c, wire) && says(ret, SK_VPN_OPENVPN, SK_VPN_ASKS, 50);
    case HARD_RESET_SERVER_V2:
        return !zero_at(c, 1, SESSION) && openvpn_answers(c, wire, ret);
    case CONTROL_V1:
    case ACK_V1:
    case CONTROL_WKC_V1:
        return says(ret, SK_VPN_OPENVPN, SK_VPN_CONFIRMS, 95);
    default:
        op &= (uint8_t)~KEY_BITS;
        return (op == DATA_V1 || op == DATA_V2) && says(ret, SK_VPN_OPENVPN, SK_VPN_CARRIES, 50);
    }
}

/* --- WireGuard, Tailscale, Nebula, ZeroTier --- */

static bool wireguard(struct sk_cur c, uint32_t wire, struct sk_vpn_sign *ret) {
    enum { INITIATION = 148, RESPONSE = 92, COOKIE = 64, DATA_LEAST = 32 };
    uint8_t type = sk_cur_peek(&c, 0);
    if (!zero_at(c, 1, 3))
        return false;
    if (type == 1 && wire == INITIATION && take(c, 4, ret->own, 4))
        return says(ret, SK_VPN_WIREGUARD, SK_VPN_ASKS, 80);
    if (type == 2 && wire == RESPONSE && take(c, 4, ret->own, 4)) {
        ret->names_other = take(c, 8, ret->other, 4);
        return ret->names_other && says(ret, SK_VPN_WIREGUARD, SK_VPN_ANSWERS, 98);
    }
    if (type == 3 && wire == COOKIE) {
        ret->names_other = take(c, 4, ret->other, 4);
        return ret->names_other && says(ret, SK_VPN_WIREGUARD, SK_VPN_ANSWERS, 98);
    }
    return type == 4 && wire >= DATA_LEAST && wire % 16 == 0 && says(ret, SK_VPN_WIREGUARD, SK_VPN_CARRIES, 50);
}

static bool tailscale(struct sk_cur c, uint32_t wire, struct sk_vpn_sign *ret) {
    static const uint8_t magic[] = {'T', 'S', 0xf0, 0x9f, 0x92, 0xac};
    uint8_t b[sizeof magic];
    return wire >= 6 + 32 + 24 + 16 + 2 && take(c, 0, b, sizeof b) && memcmp(b, magic, sizeof b) == 0 &&
           says(ret, SK_VPN_TAILSCALE, SK_VPN_GREETS, 95);
}

static bool nebula(struct sk_cur c, uint32_t wire, struct sk_vpn_sign *ret) {
    if (wire < 64 || be32_at(c, 0) != 0x10000000 || be32_at(c, 8) != 0)
        return false;
    uint32_t counter = be32_at(c, 12);
    if (counter == 1 && be32_at(c, 4) == 0)
        return says(ret, SK_VPN_NEBULA, SK_VPN_ASKS, 80);
    return counter == 2 && says(ret, SK_VPN_NEBULA, SK_VPN_ANSWERS, 95);
}

enum { ZEROTIER_ADDRESS = 5, ZEROTIER_TO = 8, ZEROTIER_FROM = 13, ZEROTIER_VERB = 27 };

/* Read as what answers a HELLO. */
static bool zerotier_answer(struct sk_cur c, uint32_t wire, struct sk_vpn_sign *ret) {
    *ret = (struct sk_vpn_sign){.kind = SK_VPN_NONE};
    ret->names_other = true;
    return wire > ZEROTIER_VERB && take(c, ZEROTIER_FROM, ret->own, ZEROTIER_ADDRESS) &&
           take(c, ZEROTIER_TO, ret->other, ZEROTIER_ADDRESS) && says(ret, SK_VPN_ZEROTIER, SK_VPN_ANSWERS, 95);
}

bool sk_vpn_zerotier_answer(struct sk_cur c, uint32_t wire, struct sk_vpn_sign *ret) {
    bool has = zerotier_answer(c, wire, ret);
    ret->guess = true;
    return has;
}

static bool zerotier(struct sk_cur c, uint32_t wire, uint16_t sport, uint16_t dport, struct sk_vpn_sign *ret) {
    enum { ADDRESS = ZEROTIER_ADDRESS, FROM = ZEROTIER_FROM, VERB = ZEROTIER_VERB };
    enum { FLAGS = 18, CIPHER = 0x38, HELLO = 1, PORT = 9993 };
    enum { VERSION_MOST = 32, IDENTITY = 41, LEAST = IDENTITY + ADDRESS + 1 + 64 }; /* type 0, public key */
    uint8_t identity[ADDRESS];
    if (!zerotier_answer(c, wire, ret))
        return false;
    struct sk_cur flags = c, verb = c;
    sk_cur_skip(&flags, FLAGS);
    sk_cur_skip(&verb, VERB);
    bool hello = (sk_cur_u8(&flags) & CIPHER) == 0 && (sk_cur_u8(&verb) & 0x1f) == HELLO;
    uint8_t version = sk_cur_u8(&verb);
    hello = hello && wire >= LEAST && version > 0 && version <= VERSION_MOST && zero_at(c, IDENTITY + ADDRESS, 1);
    if (hello && take(c, IDENTITY, identity, ADDRESS) && memcmp(identity, ret->own, ADDRESS) == 0 &&
        !zero_at(c, FROM, 2))
        return says(ret, SK_VPN_ZEROTIER, SK_VPN_ASKS, 95);
    return sport == PORT || dport == PORT;
}

/* --- IKE, L2TP, DTLS --- */

static bool ike(struct sk_cur c, uint32_t wire, uint16_t sport, uint16_t dport, struct sk_vpn_sign *ret) {
    enum { HEADER = 28, V1 = 0x10, V2 = 0x20, IDENTITY = 2, AGGRESSIVE = 4, SA_INIT = 34, RESPONSE = 0x20, SA_V1 = 1 };
    bool marked = (sport == 4500 || dport == 4500) && zero_at(c, 0, 4); /* RFC 3948 2.2 */
    if (marked) {
        sk_cur_skip(&c, 4);
        wire -= 4;
    }
    if (wire < HEADER || be32_at(c, 24) != wire || !take(c, 0, ret->own, 8) || zero_at(c, 0, 8))
        return false;
    struct sk_cur words = c;
    sk_cur_skip(&words, 16);
    uint8_t next = sk_cur_u8(&words), version = sk_cur_u8(&words), exchange = sk_cur_u8(&words);
    uint8_t flags = sk_cur_u8(&words);
    bool begins = (version >> 4 == V2 >> 4 && exchange == SA_INIT) ||
                  (version >> 4 == V1 >> 4 && (exchange == IDENTITY || exchange == AGGRESSIVE) && next == SA_V1);
    if (!begins)
        return false;
    bool answer = version >> 4 == V2 >> 4 ? (flags & RESPONSE) != 0 : !zero_at(c, 8, 8);
    if (!answer)
        return zero_at(c, 8, 8) && says(ret, SK_VPN_IPSEC, SK_VPN_ASKS, 90);
    memcpy(ret->other, ret->own, sizeof ret->other); /* the asker's SPI comes first both ways */
    ret->names_other = true;
    return says(ret, SK_VPN_IPSEC, SK_VPN_ANSWERS, 98);
}

static bool l2tp(struct sk_cur c, uint32_t wire, struct sk_vpn_sign *ret) {
    enum { CONTROL_V2 = 0xc802, CONTROL_V3 = 0xc803, HEADER = 12, ASKS = 1, ANSWERS = 2 };
    uint32_t first = be32_at(c, 0), type = be32_at(c, HEADER + 4);
    if ((first >> 16 != CONTROL_V2 && first >> 16 != CONTROL_V3) || (first & 0xffff) != wire || wire < HEADER + 8)
        return false;
    if (be32_at(c, HEADER) != 0x80080000 ||
        type >> 16 != 0) /* mandatory, 8 bytes, vendor 0, attribute 0: message type */
        return false;
    if (type == ASKS)
        return says(ret, SK_VPN_L2TP, SK_VPN_ASKS, 90);
    return type == ANSWERS && says(ret, SK_VPN_L2TP, SK_VPN_ANSWERS, 98);
}

/* A browser speaks QUIC there, a remote access client DTLS: AnyConnect, OpenConnect, FortiClient. Version 01 00 was
 * only ever Cisco's. */
static bool dtls(struct sk_cur c, uint32_t wire, uint16_t sport, uint16_t dport, struct sk_vpn_sign *ret) {
    enum { RECORD = 13, HANDSHAKE = 22, PORT = 443 };
    uint32_t first = be32_at(c, 0);
    uint16_t version = (uint16_t)(first >> 8);
    if (first >> 24 != HANDSHAKE || (version != 0xfefd && version != 0xfeff && version != 0x0100) ||
        wire < RECORD + 12 || !zero_at(c, 3, 2))
        return false;
    struct sk_cur body = c;
    sk_cur_skip(&body, RECORD);
    uint8_t type = sk_cur_u8(&body), confidence = version == 0x0100 ? 90 : 70;
    if (type == 1 && dport == PORT)
        return says(ret, SK_VPN_DTLS, SK_VPN_ASKS, confidence);
    return (type == 2 || type == 3) && sport == PORT && says(ret, SK_VPN_DTLS, SK_VPN_ANSWERS, confidence);
}

bool sk_vpn_udp(struct sk_cur c, uint32_t wire, uint16_t sport, uint16_t dport, struct sk_vpn_sign *ret) {
    *ret = (struct sk_vpn_sign){.kind = SK_VPN_NONE};
    if (wire < 14 || c.left < 12)
        return false;
    switch (sk_cur_peek(&c, 0)) {
    case 0x01:
    case 0x02:
    case 0x03:
    case 0x04:
        if (wireguard(c, wire, ret))
            return true;
        break;
    case 0x10:
        if (nebula(c, wire, ret))
            return true;
        break;
    case 0x16:
        if (dtls(c, wire, sport, dport, ret))
            return true;
        break;
    case 'T':
        if (tailscale(c, wire, ret))
            return true;
        break;
    case 0xc8:
        if (l2tp(c, wire, ret))
            return true;
        break;
    default:
        break;
    }
    *ret = (struct sk_vpn_sign){.kind = SK_VPN_NONE};
    if (ike(c, wire, sport, dport, ret))
        return true;
    *ret = (struct sk_vpn_sign){.kind = SK_VPN_NONE};
    if (zerotier(c, wire, sport, dport, ret))
        return true;
    *ret = (struct sk_vpn_sign){.kind = SK_VPN_NONE};
    return openvpn(c, wire, ret);
}

/* --- TCP --- */

static bool pptp(struct sk_cur c, uint32_t wire, struct sk_vpn_sign *ret) {
    if (wire < 156 || be32_at(c, 0) != 0x009c0001 || be32_at(c, 4) != 0x1a2b3c4d)
        return false;
    uint32_t type = be32_at(c, 8) >> 16;
    if (type == 1)
        return says(ret, SK_VPN_PPTP, SK_VPN_ASKS, 95);
    return type == 2 && says(ret, SK_VPN_PPTP, SK_VPN_ANSWERS, 98);
}

static bool is_name(uint8_t b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_';
}

static bool tinc(struct sk_cur c, struct sk_vpn_sign *ret) {
    enum { NAME_MAX_LEN = 64, ZERO_BLANK = 0x3020 };
    uint8_t rest[3];
    size_t n = 0;
    if (sk_cur_be16(&c) != ZERO_BLANK)
        return false;
    while (n < NAME_MAX_LEN && is_name(sk_cur_peek(&c, n)))
        n++;
    sk_cur_skip(&c, n);
    if (n == 0 || !take(c, 0, rest, sizeof rest) || memcmp(rest, " 17", sizeof rest) != 0)
        return false;
    uint8_t end = sk_cur_peek(&c, sizeof rest);
    return (end == '\n' || end == '.') && says(ret, SK_VPN_TINC, SK_VPN_GREETS, 90);
}

bool sk_vpn_tcp(struct sk_cur c, uint32_t wire, struct sk_vpn_sign *ret) {
    *ret = (struct sk_vpn_sign){.kind = SK_VPN_NONE};
    if (c.left < 6 || wire < 6)
        return false;
    uint32_t length = be32_at(c, 0) >> 16;
    if (length + 2 == wire) { /* each message of OpenVPN behind its length */
        sk_cur_skip(&c, 2);
        return openvpn(c, wire - 2, ret);
    }
    return sk_cur_peek(&c, 0) == '0' ? tinc(c, ret) : pptp(c, wire, ret);
}
