/* SPDX-License-Identifier: Apache-2.0 */
/** What the blocks of a pcapng file hold. */
#ifndef SEKIMORI_CAPTURE_PCAPNG_BLOCK_H
#define SEKIMORI_CAPTURE_PCAPNG_BLOCK_H

#include "capture/reader.h"

/* Block types, draft-ietf-opsawg-pcapng section 11.1. */
#define SK_NG_SHB           0x0a0d0d0aU
#define SK_NG_IDB           1U
#define SK_NG_PB            2U
#define SK_NG_SPB           3U
#define SK_NG_EPB           6U
#define SK_NG_JOURNAL       9U
#define SK_NG_DSB           10U
#define SK_NG_CUSTOM        0x00000badU
#define SK_NG_CUSTOM_NOCOPY 0x40000badU

static inline bool sk_ng_is_packet(uint32_t type) { return type == SK_NG_EPB || type == SK_NG_SPB || type == SK_NG_PB; }

/** The byte-order mark of a section header. @return false: it is none */
bool sk_ng_byte_order(struct sk_cur *magic, bool *ret_big_endian);

/**
 * Take in a whole block.
 * @param body after type and length, before the trailing length
 * @param at filled if the block holds a packet
 * @return a packet was delivered
 */
bool sk_ng_block(struct sk_reader *r, uint32_t type, bool big_endian, struct sk_cur body, struct sk_packet *at);

/** Time of ticks on this interface, clamped to what sk_time holds. @param ret_clamped set if so, else left */
sk_time sk_ng_time(const struct sk_pcapng_iface *iface, uint64_t ticks, bool *ret_clamped);

#endif
