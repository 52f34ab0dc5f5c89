/* SPDX-License-Identifier: Apache-2.0 */
/* A table that is walked at random misses the TLB on every packet; on pages of 2 MiB it does not. Small tables stay on
 * small pages: the first touch of a huge page clears all of it. */
#include "flow/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

void *flow_pages_new(size_t bytes) {
    size_t slack = bytes >= HUGE_PAGE ? HUGE_PAGE : 0;
    char *p = mmap(NULL, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (slack) {
        size_t head = (HUGE_PAGE - (uintptr_t)p % HUGE_PAGE) % HUGE_PAGE;
        if (head)
            (void)munmap(p, head);
        p += head;
        size_t end = (bytes + 4095) & ~(size_t)4095;
        if (slack - head > end - bytes)
            (void)munmap(p + end, bytes + slack - head - end);
        (void)madvise(p, end, MADV_HUGEPAGE); /* a wish: without it the table works, slower */
    }
    return p;
}

void flow_pages_free(void *p, size_t bytes) {
    if (p)
        (void)munmap(p, bytes);
}
