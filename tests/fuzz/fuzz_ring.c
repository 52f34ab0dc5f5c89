/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets: sk_ring_reserve, sk_ring_commit, sk_ring_peek, sk_ring_release.
 *
 * The input is a list of steps for one thread that plays both sides; a plain counter on each side is the model. The
 * first four bytes are the index from which the ring starts, so that the wrap lies anywhere.
 */
#include "sekimori/ring.h"

#include <stdlib.h>
#include <string.h>

static void must(bool ok) {
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 5)
        return 0;
    uint32_t first, capacity = UINT32_C(2) << data[4] % 6;
    memcpy(&first, data, sizeof first);
    struct sk_ring *r = sk_ring_new_from(capacity, sizeof(uint64_t), first);
    must(r != NULL);
    uint64_t in = 0, out = 0;
    for (size_t i = 5; i + 1 < size; i += 2) {
        uint32_t want = data[i] & 127, use = data[i + 1], n;
        bool producer = data[i] & 128;
        uint64_t *at = producer ? sk_ring_reserve(r, want, &n) : sk_ring_peek(r, want, &n);
        uint64_t there = producer ? capacity - (in - out) : in - out;
        must(n <= want && n <= there);
        must(n > 0 || want == 0 || there == 0);
        use = use < n ? use : n;
        for (uint32_t k = 0; k < use; k++) {
            if (producer)
                at[k] = ~in++;
            else
                must(at[k] == ~out++);
        }
        if (producer)
            sk_ring_commit(r, use);
        else
            sk_ring_release(r, use);
    }
    sk_ring_free(r);
    return 0;
}
