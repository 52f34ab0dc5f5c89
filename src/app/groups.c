/* SPDX-License-Identifier: Apache-2.0 */
/* Which files belong together, and in which order all are read. Two sorts: one that brings together what is of one
 * group, so that the first time of each is known, and one that puts everything in its place. */
#include "app/groups.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum rank { RANK_TIMED, RANK_UNTIMED, RANK_PIPE };

struct entry {
    const struct group_input *in;
    const struct entry *head; /* first file of its group in reading order */
    uint32_t index;
};

static enum rank rank_of(const struct group_input *in) {
    if (in->pipe)
        return RANK_PIPE;
    return in->timed ? RANK_TIMED : RANK_UNTIMED;
}

static size_t folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0; /* "/a" and "a" are of two folders */
}

/* Of which group? Equal exactly for files of one. */
static int by_group(const struct group_input *a, const struct group_input *b) {
    if (a->tap != b->tap)
        return a->tap < b->tap ? -1 : 1;
    if (a->tap != SK_TAP_NONE)
        return 0;
    size_t na = folder_of(a->path), nb = folder_of(b->path);
    int d = strncmp(a->path, b->path, na < nb ? na : nb);
    if (d != 0)
        return d;
    if (na != nb)
        return na < nb ? -1 : 1;
    return strcmp(a->kind, b->kind);
}

static int by_time(const struct entry *a, const struct entry *b) {
    if (a->in->first != b->in->first)
        return a->in->first < b->in->first ? -1 : 1;
    int d = strcmp(a->in->path, b->in->path);
    if (d != 0)
        return d;
    return a->index < b->index ? -1 : a->index > b->index; /* one file named twice: no one can tell */
}

static int together(const void *x, const void *y) {
    const struct entry *a = x, *b = y;
    int d = by_group(a->in, b->in);
    return d ? d : by_time(a, b);
}

static int in_reading_order(const void *x, const void *y) {
    const struct entry *a = x, *b = y;
    enum rank ra = rank_of(a->in), rb = rank_of(b->in);
    if (ra != rb)
        return ra < rb ? -1 : 1;
    if (ra == RANK_PIPE)
        return a->index < b->index ? -1 : 1;
    if (ra == RANK_TIMED && a->head != b->head) {
        int d = by_time(a->head, b->head);
        return d ? d : by_group(a->in, b->in);
    }
    return by_time(a, b);
}

uint32_t groups_plan(struct group_input *at, size_t n, uint32_t *order) {
    struct entry *timed = sk_mem_new(n ? n : 1, sizeof *timed), *all = sk_mem_new(n ? n : 1, sizeof *all);
    size_t n_timed = 0, n_all = 0;
    for (size_t i = 0; i < n; i++) {
        struct entry e = {.in = &at[i], .index = (uint32_t)i};
        if (rank_of(&at[i]) == RANK_TIMED)
            timed[n_timed++] = e;
        else
            all[n_all++] = e;
    }
    qsort(timed, n_timed, sizeof *timed, together);
    for (size_t i = 0; i < n_timed; i++) {
        bool same = i > 0 && by_group(timed[i - 1].in, timed[i].in) == 0;
        timed[i].head = same ? timed[i - 1].head : &timed[i];
        all[n_all++] = timed[i];
    }
    qsort(all, n, sizeof *all, in_reading_order);
    uint32_t groups = 0;
    for (size_t i = 0; i < n; i++) {
        struct group_input *in = &at[all[i].index];
        bool joins = all[i].head && i > 0 && all[i].head == all[i - 1].head,
             in_none = rank_of(in) == RANK_UNTIMED && !in->capture;
        order[i] = all[i].index;
        groups += !joins && !in_none;
        in->group = in_none ? 0 : groups;
    }
    free(timed);
    free(all);
    return groups;
}
