/* SPDX-License-Identifier: Apache-2.0 */
/**
 * IP fragments put together again (RFC 791 3.2, RFC 8200 4.5, RFC 5722, RFC 6946), of one lane.
 *
 * What an attacker hides in fragments depends on which bytes the victim keeps where fragments overlap. So where
 * overlapping bytes differ, the datagram is given twice: as a host sees it that keeps what came first, and as one that
 * keeps what came last. A datagram that is never complete is given too, as far as its first fragment goes: that is
 * evidence. Without a first one its headers are given, up to the fragment's (IPv4: of TCP alone, RFC 1858).
 *
 * Where there is no room, what goes is, of the oldest: a datagram that was given and of which no copies are awaited;
 * one of a sender that holds more than a tenth of the table; the oldest.
 *
 * Atomic fragments (offset 0, no more) are no business of this table (RFC 6946).
 */
#ifndef SEKIMORI_DEFRAG_H
#define SEKIMORI_DEFRAG_H

#include "sekimori/hash.h"
#include "sekimori/layers.h"
#include "sekimori/packet.h"

enum {
    SK_DEFRAG_DATAGRAMS = 8192, /**< open at once, per family */
    SK_DEFRAG_FRAGMENTS = 128,  /**< of one datagram */
    SK_DEFRAG_BYTES = 64 << 20, /**< held in all */
};

/** Why a datagram is odd. */
enum {
    SK_FRAG_DUPLICATE = 1,    /**< a fragment came twice, byte for byte (legal; what a mirror port does) */
    SK_FRAG_OVERLAP = 2,      /**< fragments that are not the same one overlap */
    SK_FRAG_CONFLICT = 4,     /**< overlapping bytes differ, or two final fragments end at different places */
    SK_FRAG_TOO_MANY = 8,     /**< more than SK_DEFRAG_FRAGMENTS */
    SK_FRAG_TOO_LONG = 16,    /**< a fragment ends past 65535 bytes */
    SK_FRAG_UNALIGNED = 32,   /**< a fragment with more to come is no multiple of 8 bytes */
    SK_FRAG_NO_UPPER = 64,    /**< the first fragment does not hold the whole header chain (RFC 7112), or a
                               later one begins inside of the TCP header (RFC 1858) */
    SK_FRAG_INCOMPLETE = 128, /**< the rest never came */
    SK_FRAG_EVICTED = 256,    /**< given up for want of room */
    SK_FRAG_TWO_ENDS = 2048,  /**< two final fragments that end at different places */
    SK_FRAG_BEYOND = 4096,    /**< a fragment ends past the final one */
    SK_FRAG_LATE =
        512, /**< overlapping bytes came more than a second after the rest: the identification may be used anew */
    SK_FRAG_NO_FIRST = 1024, /**< the first fragment never came, and a later one begins like neighbour discovery: what
                              an attacker sends who hopes that nobody waits for the first (RFC 6980, RFC 7113) */
};

/** What is known of a datagram when it is given. */
struct sk_datagram {
    uint64_t first_seq; /**< sequence of the packet of its first fragment to arrive: orders what expires */
    sk_time first, last;
    uint32_t fragments;
    uint32_t bytes;    /**< of its payload, as far as known */
    uint32_t problems; /**< SK_FRAG_ */
    bool complete;
    bool keeps_last;    /**< the variant of a host that keeps what came last */
    bool more_variants; /**< another one follows */
    unsigned from;      /**< first layer that was not shown before: the IP header */
    unsigned fresh;     /**< first layer that no fragment's frame counted: what follows the fragment header */
    unsigned ip;        /**< index of its IP header */
};

struct sk_defrag_hooks {
    /** A datagram: pkt is a frame made for it (the frame of its first fragment up to the fragment's payload, then the
     * whole payload; seq, number, file, ts are those of the fragment that completed it), l its layers. Both valid for
     * the call. */
    void (*datagram)(void *arg, const struct sk_packet *pkt, struct sk_layers *l, const struct sk_datagram *d);
    void *arg;
};
struct sk_defrag_config {
    struct sk_hash_key key;
    uint32_t datagrams, bytes;  /**< 0 = the limits above; a lane's share */
    sk_time timeout4, timeout6; /**< 0 = 30 s, 60 s */
};
struct sk_defrag_stats {
    uint64_t fragments, datagrams, incomplete, evicted, conflicts;
    uint64_t bytes, peak_bytes; /**< held now, at most */
};

struct sk_defrag;
/** NULL: no memory. Copies its arguments. */
struct sk_defrag *sk_defrag_new(const struct sk_defrag_config *cfg, const struct sk_defrag_hooks *hooks);
/** Index of the first IP header of this packet that is a fragment this table can hold (whole, not quoted, not atomic),
 * or SK_IPS_MAX. Cheap. */
unsigned sk_defrag_wants(const struct sk_packet *pkt, const struct sk_layers *l);
/** Take that fragment. May call the hook, also for others (eviction). vni as sk_flow_packet() gets it. */
void sk_defrag_packet(struct sk_defrag *t, const struct sk_packet *pkt, const struct sk_layers *l, unsigned ip,
                      int32_t vni);
/** Give up what is overdue, in the order of first_seq. */
void sk_defrag_tick(struct sk_defrag *t, sk_time now);
/** Give up everything, in the order of first_seq. */
void sk_defrag_flush(struct sk_defrag *t);
void sk_defrag_stats(const struct sk_defrag *t, struct sk_defrag_stats *ret);
void sk_defrag_free(struct sk_defrag *t);

#endif
