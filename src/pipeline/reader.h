/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader: packets from the source, ticks and flushes between them. Where those stand depends on the packets alone,
 * never on batches or lanes.
 */
#ifndef PIPELINE_READER_H
#define PIPELINE_READER_H

#include "pipeline/lane.h"

/* Where the reader's packets go. */
struct sk_dealer {
    /* Packets of one epoch; their bytes stay until done() passed them. */
    void (*packets)(void *arg, const struct sk_packet *pkt, size_t n);
    /* SK_MARK_TICK, SK_MARK_FLUSH, SK_MARK_LAST; before packet seq. */
    void (*mark)(void *arg, enum sk_mark mark, uint64_t seq, sk_time now);
    /* Every packet up to this sequence number is done with. */
    uint64_t (*done)(void *arg);
    /* Let done() get on: called when the source has no block left. */
    void (*wait)(void *arg);
    void *arg;
};
/* Reads the source to its end (or stop), then gives SK_MARK_LAST. ret: only the steps of the clock are set. */
void sk_reader_run(const struct sk_pipeline *p, const struct sk_dealer *to, struct sk_pipeline_result *ret);

#endif
