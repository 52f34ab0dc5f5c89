/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Expiry by packet time. A record is filed once under its deadline; packets only move its `last`. When the slot comes,
 * a record that lived on is filed anew, so a tick costs what is due and, amortised, one look per record and timeout.
 *
 * A slot is looked at when it has passed as a whole: a flow expires at the first tick whose slot is later than that of
 * last + timeout, which depends on the packets of this flow and on the ticks alone. Time that jumps back makes records
 * wait, at most for one turn of the wheel.
 */
#include "flow/table.h"

#include "base/mem.h"

#include <stdlib.h>

static sk_time timeout(const struct sk_flow_table *t, const struct flow_hot *h) {
    switch (flow_proto(h)) {
    case 6:
    case 132:
        if (flow_both(h, FB_FIN) || flow_state(h) == SK_FLOW_REFUSED)
            return t->cfg.closed_linger;
        /* With no SYN seen there is no opening to wait for. */
        return flow_state(h) == SK_FLOW_OPENED && h->bits & FB_SYN ? t->cfg.tcp_opening : t->cfg.tcp_idle;
    case 17:
        return t->cfg.udp_idle;
    default:
        return t->cfg.icmp_idle;
    }
}

static int64_t slot_of(sk_time at) { return at >> FLOW_WHEEL_SHIFT; }

static int64_t due_slot(const struct sk_flow_table *t, uint32_t number) {
    const struct flow_hot *h = &t->hot[number];
    sk_time wait = timeout(t, h);
    return slot_of(h->last > INT64_MAX - wait ? INT64_MAX : h->last + wait);
}

static void file_under(struct sk_flow_table *t, uint32_t number, int64_t slot) {
    if (slot < t->wheel_at)
        slot = t->wheel_at;
    if (slot - t->wheel_at >= FLOW_WHEEL)
        slot = t->wheel_at + FLOW_WHEEL - 1;
    uint32_t s = (uint32_t)(slot & (FLOW_WHEEL - 1));
    struct flow_cold *c = &t->cold[number];
    c->slot = s;
    c->prev = FLOW_NONE;
    c->next = t->wheel[s];
    if (c->next != FLOW_NONE)
        t->cold[c->next].prev = number;
    t->wheel[s] = number;
}

void flow_wheel_add(struct sk_flow_table *t, uint32_t number) {
    if (!t->wheel_set) {
        t->wheel_set = true;
        t->wheel_at = slot_of(t->hot[number].last);
    }
    file_under(t, number, due_slot(t, number));
}

void flow_wheel_take(struct sk_flow_table *t, uint32_t number) {
    struct flow_cold *c = &t->cold[number];
    if (c->prev != FLOW_NONE)
        t->cold[c->prev].next = c->next;
    else
        t->wheel[c->slot] = c->next;
    if (c->next != FLOW_NONE)
        t->cold[c->next].prev = c->prev;
}

void flow_wheel_move(struct sk_flow_table *t, uint32_t number) {
    flow_wheel_take(t, number);
    file_under(t, number, due_slot(t, number));
}

uint32_t flow_wheel_first(struct sk_flow_table *t) {
    uint32_t oldest = FLOW_NONE;
    for (int64_t at = t->wheel_at; at < t->wheel_at + FLOW_WHEEL; at++) {
        uint32_t s = (uint32_t)(at & (FLOW_WHEEL - 1));
        uint32_t number = t->wheel[s];
        while (number != FLOW_NONE) {
            uint32_t next = t->cold[number].next;
            if (due_slot(t, number) <= at || due_slot(t, number) - t->wheel_at >= FLOW_WHEEL)
                return number;
            oldest = number;
            flow_wheel_move(t, number);
            number = next;
        }
    }
    return oldest;
}

static int by_first(const void *a, const void *b) {
    uint64_t x = ((const struct flow_due *)a)->first_seq;
    uint64_t y = ((const struct flow_due *)b)->first_seq;
    if (x != y)
        return x < y ? -1 : 1;
    /* Flows inside of one another begin with one packet: the outer one first. */
    return ((const struct flow_due *)a)->depth - ((const struct flow_due *)b)->depth;
}

static void due_add(struct sk_flow_table *t, size_t n, uint32_t number) {
    if (n == t->due_cap) {
        t->due_cap = t->due_cap ? t->due_cap * 2 : 1024;
        t->due = sk_mem_resize(t->due, t->due_cap, sizeof *t->due);
    }
    t->due[n] =
        (struct flow_due){.first_seq = t->cold[number].first_seq, .number = number, .depth = t->cold[number].depth};
}

static void in_order(struct sk_flow_table *t, size_t n) {
    if (n > 1)
        qsort(t->due, n, sizeof *t->due, by_first);
}

void sk_flow_tick(struct sk_flow_table *t, sk_time now) {
    int64_t to = slot_of(now);
    int64_t from = t->wheel_set ? t->wheel_at : to;
    t->wheel_set = true;
    t->wheel_at = to;
    if (t->stats.now == 0)
        return;
    if (to - from > FLOW_WHEEL)
        from = to - FLOW_WHEEL;
    size_t n = 0;
    for (int64_t at = from; at < to; at++) {
        uint32_t number = t->wheel[at & (FLOW_WHEEL - 1)];
        while (number != FLOW_NONE) {
            uint32_t next = t->cold[number].next;
            if (due_slot(t, number) < to)
                due_add(t, n++, number);
            else
                flow_wheel_move(t, number);
            number = next;
        }
    }
    in_order(t, n);
    for (size_t i = 0; i < n; i++)
        flow_end(t, t->due[i].number, true, false);
}

void sk_flow_flush(struct sk_flow_table *t) {
    size_t n = 0;
    for (uint32_t s = 0; s < FLOW_WHEEL; s++)
        for (uint32_t number = t->wheel[s]; number != FLOW_NONE; number = t->cold[number].next)
            due_add(t, n++, number);
    in_order(t, n);
    for (size_t i = 0; i < n; i++)
        flow_end_tell(t, t->due[i].number, true, true);
    flow_remove_all(t);
    t->wheel_set = false;
}
