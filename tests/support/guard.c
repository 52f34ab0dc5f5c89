/* SPDX-License-Identifier: Apache-2.0 */
/* Guard-page buffers for tests. */
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void die(const char *what) {
    perror(what);
    abort();
}

/* Pages for n bytes between two forbidden pages. @return the first usable byte; *ret_room: usable bytes */
static uint8_t *map_between(struct sk_guard *g, size_t n, size_t *ret_room) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    *ret_room = (n + page - 1) / page * page;
    g->map_len = *ret_room + 2 * page;
    g->map = mmap(NULL, g->map_len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g->map == MAP_FAILED)
        die("mmap");
    uint8_t *usable = (uint8_t *)g->map + page;
    if (*ret_room && mprotect(usable, *ret_room, PROT_READ | PROT_WRITE) != 0)
        die("mprotect");
    return usable;
}

static void fill(struct sk_guard *g, const void *bytes, size_t n) {
    g->n = n;
    if (bytes && n)
        memcpy(g->p, bytes, n);
}

struct sk_guard sk_guard_end(const void *bytes, size_t n) {
    struct sk_guard g = {0};
    size_t room;
    uint8_t *usable = map_between(&g, n, &room);
    g.p = usable + room - n;
    fill(&g, bytes, n);
    return g;
}

struct sk_guard sk_guard_begin(const void *bytes, size_t n) {
    struct sk_guard g = {0};
    size_t room;
    g.p = map_between(&g, n, &room);
    fill(&g, bytes, n);
    return g;
}

const uint8_t *sk_guard_cut(struct sk_guard *g, const void *bytes, size_t k) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (k > g->map_len - 2 * page)
        die("sk_guard_cut: more than the guard was made for");
    g->p = (uint8_t *)g->map + g->map_len - page - k;
    fill(g, bytes, k);
    return g->p;
}

void sk_guard_free(struct sk_guard *g) {
    if (g->map && munmap(g->map, g->map_len) != 0)
        die("munmap");
    *g = (struct sk_guard){0};
}
