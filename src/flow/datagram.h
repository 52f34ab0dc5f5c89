/* SPDX-License-Identifier: Apache-2.0 */
/** One datagram in the making: its bytes under both ways of keeping overlaps, and what is odd about it. */
#ifndef SEKIMORI_SRC_FLOW_DATAGRAM_H
#define SEKIMORI_SRC_FLOW_DATAGRAM_H

#include "sekimori/defrag.h"

enum { UNITS = 65536 / 8, HEAD_MAX = 4096 + 256, MARKS_MAX = 4 * SK_DEFRAG_FRAGMENTS };

struct flow_datagram {
    uint64_t have[UNITS / 64]; /* 8-byte units that arrived */
    uint8_t *first, *last;     /* bytes as kept by who keeps the first, the last; last NULL: the same */
    uint32_t cap, last_cap;
    uint32_t end_first, end_last; /* length by the first and the last final fragment; 0 = none came */
    uint32_t reach;               /* bytes seen so far */
    uint32_t fragments, problems;
    uint64_t first_seq;
    sk_time began, touched;
    uint8_t source; /* its place in the counts of sources */
    bool done;      /* given already */
    bool repeat;    /* all of its fragments were in one that was given just before: a mirror's copies, so far */
    uint64_t *mark; /* what fragments came: [0, n_past) of those given before, [n_past, n_mark) of this one */
    uint32_t n_past, n_mark, mark_cap;
    bool headless; /* head is of a later fragment; the first did not come yet */
    bool nd;       /* ... which begins like neighbour discovery */
    /* frame of the first fragment up to its payload, and its layers up to there */
    uint8_t *head;
    uint32_t head_len;
    struct sk_packet head_pkt;
    struct sk_layers *layers;
    uint8_t ip;
    struct sk_packet last_pkt; /* of the fragment that came last: data is not valid */
};

/** One fragment: n bytes at offset off; same: this very one came before. @return bytes of memory taken (may be negative
 * never; 0 when refused) */
size_t flow_datagram_add(struct flow_datagram *d, uint32_t off, const uint8_t *bytes, uint32_t n, bool more, bool same);
/**
 * Remember that this fragment came. Marks are as many as MARKS_MAX; what comes after is taken as new.
 * @param ret_same it came before, in this datagram or one that was given
 * @return it was in a datagram that was given before
 */
bool flow_datagram_mark(struct flow_datagram *d, uint64_t mark, bool *ret_same);
/** It was given: its fragments are those of one given before, and it is empty for the next with its identification. */
void flow_datagram_again(struct flow_datagram *d);
/** Every byte up to the (first or last) final fragment's end is there. */
bool flow_datagram_complete(const struct flow_datagram *d);
/** Memory held. */
size_t flow_datagram_bytes(const struct flow_datagram *d);
/** Frees what it holds; the struct stays. */
void flow_datagram_clear(struct flow_datagram *d);

#endif
