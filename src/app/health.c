/* SPDX-License-Identifier: Apache-2.0 */
/* Health of the sensor as the program sees it, handed to the correlator in the order of events. */
#include "app/health.h"

#include "app/analysis.h"

#define TOLD_EVERY (10 * SK_SEC)

void health_read(struct analysis *a) {
    struct sk_source_stats s;
    sk_source_stats(a->source, &s);
    /* H1: a lone number, read at a tick (H2); nothing else hangs on it */
    atomic_store_explicit(&a->health.dropped, s.kernel_dropped + s.interface_dropped, memory_order_relaxed);
}

static uint16_t tap_of(const struct analysis *a) {
    if (a->opt->tap)
        return sk_policy_tap_by_name(a->policy, a->opt->tap);
    const struct sk_input *in = sk_source_input(a->source, 0);
    return in && in->path ? sk_policy_tap_of_iface(a->policy, in->path) : SK_TAP_NONE;
}

static void tell(struct analysis *a, uint64_t seq, sk_time now, enum sk_field_id what, uint64_t n) {
    struct {
        _Alignas(struct sk_event) uint8_t bytes[SK_EVENT_MAX];
    } room;
    struct sk_event *ev = (struct sk_event *)(void *)room.bytes;
    sk_event_init(ev, SKE_sensor_counts);
    ev->ts = now;
    ev->seq = seq;
    ev->tap = a->opt->live ? tap_of(a) : SK_TAP_NONE;
    if (n)
        sk_event_put_int(ev, what, (int64_t)n);
    sk_correlate_event(a->correlation, ev);
    a->result.counts.events[SKE_sensor_counts]++; /* the correlator takes it off again */
}

static void tell_lost(struct analysis *a, uint64_t seq, sk_time now) {
    uint64_t lost = atomic_load_explicit(&a->health.dropped, memory_order_relaxed) +     /* H2, with H1 */
                    atomic_load_explicit(&a->health.ring_dropped, memory_order_relaxed); /* H3, with H4 */
    a->health.at = now;
    tell(a, seq, now, SKF_sensor_lost, lost - a->health.told);
    a->health.told = lost;
}

void health_tick(struct analysis *a, uint64_t seq, sk_time now) {
    if (a->opt->live && now - a->health.at >= TOLD_EVERY)
        tell_lost(a, seq, now);
}

void health_flush(struct analysis *a, uint64_t seq, sk_time now, bool last) {
    if (a->opt->live)
        tell_lost(a, seq, now);
    a->health.steps += !last;
    if (a->health.steps && (last || a->opt->live)) { /* of a recording in one sentence, at its end */
        tell(a, seq, now, SKF_sensor_clock_steps, a->health.steps);
        a->health.steps = 0;
    }
}
