/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a datagram in the making. Two buffers: one where the byte that came first stays, one where the byte that
 * came last stays; the second exists only once they differ.
 */
#include "flow/datagram.h"

#include <stdlib.h>
#include <string.h>

static bool room(uint8_t **buffer, uint32_t *cap, uint32_t need) {
    if (need <= *cap)
        return true;
    uint32_t bigger = *cap ? *cap : 2048;
    while (bigger < need)
        bigger *= 2;
    uint8_t *p = realloc(*buffer, bigger);
    if (!p)
        return false;
    *buffer = p;
    *cap = bigger;
    return true;
}

static bool unit(const struct flow_datagram *d, uint32_t u) { return d->have[u / 64] >> (u % 64) & 1; }
static void set_unit(struct flow_datagram *d, uint32_t u) { d->have[u / 64] |= UINT64_C(1) << (u % 64); }

static bool split(struct flow_datagram *d) {
    if (d->last)
        return true;
    if (!room(&d->last, &d->last_cap, d->cap))
        return false;
    if (d->last && d->first)
        memcpy(d->last, d->first, d->reach);
    return d->last != NULL;
}

/* Bytes of one unit that were there before: equal, or both ways are kept from here on. */
static bool meet(struct flow_datagram *d, uint32_t at, const uint8_t *bytes, uint32_t n) {
    uint32_t old = at + n > d->reach ? d->reach - at : n; /* the tail of an old final fragment may be shorter */
    bool same = memcmp(d->first + at, bytes, old) == 0 && (!d->last || memcmp(d->last + at, bytes, old) == 0);
    if (same && old == n)
        return true;
    if (!same) {
        d->problems |= SK_FRAG_CONFLICT;
        if (!split(d))
            return false;
        memcpy(d->last + at, bytes, n);
    }
    if (old < n) { /* the part beyond is new to both */
        memcpy(d->first + at + old, bytes + old, n - old);
        if (d->last)
            memcpy(d->last + at + old, bytes + old, n - old);
    }
    return true;
}

/* Where the datagram ends must be the same for all that is said of it. */
static void check_end(struct flow_datagram *d, uint32_t end, uint32_t old_reach, bool more) {
    if (more) {
        d->problems |= d->end_first && end > d->end_first ? SK_FRAG_BEYOND : 0;
        return;
    }
    if (d->end_last && d->end_last != end)
        d->problems |= SK_FRAG_CONFLICT | SK_FRAG_TWO_ENDS;
    if (end < old_reach)
        d->problems |= SK_FRAG_BEYOND;
    if (!d->end_first)
        d->end_first = end;
    d->end_last = end;
}

size_t flow_datagram_add(struct flow_datagram *d, uint32_t off, const uint8_t *bytes, uint32_t n, bool more,
                         bool same) {
    size_t before = flow_datagram_bytes(d);
    uint32_t end = off + n, met = 0;
    if (end > 65535) {
        d->problems |= SK_FRAG_TOO_LONG;
        return 0;
    }
    if (!room(&d->first, &d->cap, end ? end : 1) || (d->last && !room(&d->last, &d->last_cap, end)))
        return 0;
    uint32_t old_reach = d->reach;
    for (uint32_t at = off; at < end; at += 8) {
        uint32_t k = end - at < 8 ? end - at : 8;
        if (unit(d, at / 8) && at < old_reach) {
            met++;
            if (!meet(d, at, bytes + (at - off), k))
                return 0;
        } else {
            memcpy(d->first + at, bytes + (at - off), k);
            if (d->last)
                memcpy(d->last + at, bytes + (at - off), k);
            set_unit(d, at / 8);
        }
        if (at + k > d->reach)
            d->reach = at + k;
    }
    if (met)
        d->problems |= same ? SK_FRAG_DUPLICATE : SK_FRAG_OVERLAP;
    if (more && n % 8)
        d->problems |= SK_FRAG_UNALIGNED;
    check_end(d, end, old_reach, more);
    return flow_datagram_bytes(d) - before;
}

bool flow_datagram_mark(struct flow_datagram *d, uint64_t mark, bool *ret_same) {
    *ret_same = true;
    for (uint32_t i = 0; i < d->n_mark; i++)
        if (d->mark[i] == mark)
            return i < d->n_past;
    *ret_same = false;
    if (d->n_mark == d->mark_cap && d->mark_cap < MARKS_MAX) {
        uint32_t cap = d->mark_cap ? d->mark_cap * 2 : 4;
        uint64_t *bigger = realloc(d->mark, cap * sizeof *bigger);
        if (bigger) {
            d->mark = bigger;
            d->mark_cap = cap;
        }
    }
    if (d->n_mark < d->mark_cap)
        d->mark[d->n_mark++] = mark;
    return false;
}

void flow_datagram_again(struct flow_datagram *d) {
    memset(d->have, 0, sizeof d->have);
    d->end_first = d->end_last = d->reach = d->fragments = d->problems = 0;
    d->n_past = d->n_mark;
    d->done = false;
    d->repeat = true;
}

bool flow_datagram_complete(const struct flow_datagram *d) {
    if (!d->end_first || !d->head || d->headless)
        return false;
    uint32_t units = (d->end_first + 7) / 8;
    for (uint32_t w = 0; w < units / 64; w++)
        if (d->have[w] != UINT64_MAX)
            return false;
    uint64_t rest = units % 64 ? (UINT64_C(1) << units % 64) - 1 : 0;
    return (d->have[units / 64 < UNITS / 64 ? units / 64 : 0] & rest) == rest;
}

size_t flow_datagram_bytes(const struct flow_datagram *d) {
    return d->cap + d->last_cap + d->head_len + (d->layers ? sizeof *d->layers : 0) + d->mark_cap * sizeof *d->mark;
}

void flow_datagram_clear(struct flow_datagram *d) {
    free(d->first);
    free(d->last);
    free(d->head);
    free(d->layers);
    free(d->mark);
    d->first = d->last = d->head = NULL;
    d->layers = NULL;
    d->mark = NULL;
    d->cap = d->last_cap = d->head_len = d->n_past = d->n_mark = d->mark_cap = 0;
}
