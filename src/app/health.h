/* SPDX-License-Identifier: Apache-2.0 */
/** What only the running program knows of the sensor's health, told to the correlator as sensor.counts: packets that
 * kernel, interface or rings dropped, steps of the clock, the tap that a silent interface belongs to. */
#ifndef SEKIMORI_APP_HEALTH_H
#define SEKIMORI_APP_HEALTH_H

#include "sekimori/event.h"

#include <stdatomic.h>

struct analysis;

struct health {
    _Atomic uint64_t dropped;      /**< kernel and interface; the reader's thread writes it */
    _Atomic uint64_t ring_dropped; /**< the pipeline's reader writes it */
    uint64_t told;                 /**< of both, downstream */
    uint64_t steps;                /**< of the clock, not told yet */
    sk_time at;                    /**< of the last tick told */
};

/** Reader's thread, live, now and then: takes the kernel's counts over. */
void health_read(struct analysis *a);
/** Downstream, live, at ticks: every ten seconds what was lost since. */
void health_tick(struct analysis *a, uint64_t seq, sk_time now);
/** Downstream, before a flush. Flushes amid a chain come from a clock that was set back (SK_CLOCK_BACK). */
void health_flush(struct analysis *a, uint64_t seq, sk_time now, bool last);

#endif
