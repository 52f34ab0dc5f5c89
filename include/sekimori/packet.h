/* SPDX-License-Identifier: Apache-2.0 */
/** One captured frame, borrowed. */
#ifndef SEKIMORI_PACKET_H
#define SEKIMORI_PACKET_H

#include "sekimori/time.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Bytes belong to a block of the source; they stay valid until sk_source_retire() was called with a sequence number
 * >= seq. Copy what must outlive that.
 */
struct sk_packet {
    const uint8_t *data;
    uint32_t caplen;  /**< bytes at data */
    uint32_t wirelen; /**< length on the wire; volumes count this */
    sk_time ts;
    uint64_t seq; /**< 1-based over all inputs in reading order: the order of everything */
    uint64_t
        number;    /**< 1-based within its file: Wireshark's frame number (which counts custom blocks of pcapng too) */
    uint32_t file; /**< index of the input (sk_source_input) */
    uint16_t linktype; /**< LINKTYPE_ of the interface it came from (1 = Ethernet) */
    uint16_t iface;    /**< index of the interface within its file (pcapng), else 0 */
    uint16_t vlan;     /**< VID that a mirror took off the frame and told of apart (ERSPAN); 0 = none */
    uint16_t tap;      /**< index of the policy's tap, SK_TAP_NONE = none matches */
    bool own;          /**< live: sent by the interface that is watched */
};
enum { SK_TAP_NONE = 0xffff };

enum { SK_LINKTYPE_ETHERNET = 1 };

#endif
