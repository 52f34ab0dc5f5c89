/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Tests for payloads that no header names. What they accept is hardly ever chance: of two million random payloads an
 * IPv6 nibble with an exact length took 3, an IPv4 header with its checksum none.
 */
#ifndef DECODE_GUESS_H
#define DECODE_GUESS_H

#include "decode/decoder.h"

enum {
    /** Bytes that decide sk_guess_ip(), and sk_guess_ethernet() with the tags it steps over. */
    SK_GUESS_IP_BYTES = 60,
    SK_GUESS_ETHERNET_BYTES = 14 + 4 * SK_VLANS_MAX + SK_GUESS_IP_BYTES,
};

/** Ethernet pads to 46 bytes of payload; 4 more if the frame check sequence was captured. */
enum { SK_SMALLEST_PAYLOAD = 46 + 4 };

/**
 * An IP packet of exactly `wire` bytes (padded: or a shorter one in a minimal Ethernet frame): IPv4 with a right header
 * checksum, IPv6 with a next header that is known. False too if its header is not captured.
 */
bool sk_guess_ip(struct sk_cur c, uint32_t wire, bool padded);
/** The same, and where IPv6 has no header checksum, the upper layer's is right: needs every byte. */
bool sk_guess_ip_whole(struct sk_cur c, uint32_t wire);
/** An Ethernet frame that carries such a packet, ARP, or LLC of a fitting length. */
bool sk_guess_ethernet(struct sk_cur c, uint32_t wire);
/** Weaker, for a port that names its protocol: the type of the Ethernet frame is known (IP's version follows it), or a
 * length that fits with a service access point behind it. Looks at the first 15 bytes. */
bool sk_guess_ethernet_type(struct sk_cur c, uint32_t wire);

#endif
