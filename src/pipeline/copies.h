/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Copies that a mirror port makes of a frame: the port and its VLAN, both sides of a router, two ports of a switch.
 *
 * A frame is known by what no switch or router on the way changes: addresses, protocol, identification, length and the
 * first bytes after the IP header (checksum and sequence number stand there); not by its link layer, TTL, DSCP or
 * header checksum. Seen again within COPIES_WINDOW, in another VLAN or on another interface, or there with a TTL at
 * most one off, it is a copy. More than COPIES_MAX of them no mirror makes: that is a flood, and each one counts.
 *
 * Frames that make events are all looked at: what is neither TCP nor UDP, what asks for a TCP connection, UDP of known
 * ports. Of bulk only one in COPIES_SAMPLE is, chosen by its own bytes (both copies are chosen or none), until an
 * address pair is found to be shown twice: then all of its frames.
 *
 * What is a copy depends on the frames of one address pair alone, so it is the same with any number of lanes as long
 * as nothing is forgotten early; the table grows to prevent that, up to COPIES_BUCKETS, and counts what it forgot.
 */
#ifndef PIPELINE_COPIES_H
#define PIPELINE_COPIES_H

#include "sekimori/hash.h"
#include "sekimori/layers.h"

enum {
    COPIES_MAX = 3,           /* of one frame: a mirror shows it two to four times */
    COPIES_WAYS = 4,          /* frames of a bucket: one cache line */
    COPIES_BUCKETS = 1 << 16, /* at most: 4 MiB a lane, a quarter of a million frames in a tenth of a second */
    COPIES_FIRST = 1 << 10,
    COPIES_SAMPLE = 16,
    COPIES_PAIRS = 1 << 16, /* address pairs known to be shown twice, at most */
};
#define COPIES_WINDOW (100 * SK_MSEC)

/* What a frame is known by. */
struct copies_mark {
    uint64_t hash;  /* 0: not looked at */
    uint16_t place; /* VLANs, interface, tap */
    uint8_t ttl;
    uint8_t sender; /* six bits of the frame's source MAC */
};

struct copies;
struct copies *copies_new(const struct sk_hash_key *key);
/* Also asks for the bucket, to be there by the time copies_seen() is called. */
void copies_mark(const struct copies *c, const struct sk_packet *pkt, const struct sk_layers *l,
                 struct copies_mark *ret);
/* Remember the frame; m: what copies_mark() said. @return true: it is a copy of one before */
bool copies_seen(struct copies *c, const struct sk_packet *pkt, const struct sk_layers *l, const struct copies_mark *m);
/* The copy last seen has a hop limit one lower than the first, and another sender: that one forwarded it. */
bool copies_routed(const struct copies *c);
/* At ticks, the same in every lane. */
void copies_tick(struct copies *c, sk_time now);
/* A chain of inputs ended: nothing of it is known any more. */
void copies_clear(struct copies *c);
/* Frames forgotten inside their window. */
uint64_t copies_forgotten(const struct copies *c);
void copies_free(struct copies *c);

#endif
