/* SPDX-License-Identifier: Apache-2.0 */
/* Before reading: a look at the head of each file, and the order in which they are read. */
#include "capture/source_files.h"

#include <unistd.h>

enum { PROBE_BLOCK = 64 * 1024 };

/* ---- looking -------------------------------------------------------------------------------------------------------
 */

static uint16_t linktype_of(const struct sk_reader *r, size_t iface) {
    return r->format == &sk_format_pcap ? r->pcap.linktype : r->pcapng.iface[iface].linktype;
}

/* Read up to the first packet; what was described before it is what the file tells of its interfaces. */
static void probe_capture(const struct sk_found *found, const atomic_bool *stop, struct sk_file *f,
                          struct sk_probe *ret) {
    struct sk_blocks *pool = (struct sk_blocks *)malloc(sizeof *pool);
    if (!pool)
        return;
    sk_blocks_init(pool, PROBE_BLOCK);
    struct sk_input unseen = {.opened = true};
    struct sk_reader r = {.input = &unseen, .format = found->format};
    sk_feed_open(&r.feed, pool, found->in, stop);
    struct sk_packet first;
    size_t n = 0;
    (void)r.format->next(&r, &first, 1, &n);
    ret->has_first = n > 0;
    ret->first = n > 0 ? first.ts : 0;
    size_t known = r.format == &sk_format_pcap ? r.pcap.header_done : r.pcapng.n_iface;
    ret->n_ifaces = known < SK_PROBE_IFACES ? known : SK_PROBE_IFACES;
    for (size_t i = 0; i < ret->n_ifaces; i++) {
        ret->iface[i].linktype = linktype_of(&r, i);
        ret->iface[i].name = i < r.n_names ? r.names[i].name : NULL;
    }
    sk_ifnames_free(f->probed, f->n_probed);
    f->probed = r.names;
    f->n_probed = r.n_names;
    if (r.format->close)
        r.format->close(&r);
    sk_feed_close(&r.feed);
    sk_blocks_free(pool);
    free(pool);
}

static void probe_file(struct sk_source *s, struct sk_file *f, int fd, struct sk_unpack *u, struct sk_probe *ret) {
    struct sk_found found;
    sk_unpack_open(u, fd, true, NULL, 0, &s->stop, 1);
    u->raw.limit = SK_PROBE_BYTES;
    u->first.free = u->budget.free = SK_PROBE_BYTES;
    enum sk_found_kind kind = sk_unpack_first(u, &found);
    ret->kind = kind == SK_FOUND_CONTAINER ? SK_PROBE_ARCHIVE
                : kind == SK_FOUND_CAPTURE ? SK_PROBE_CAPTURE
                                           : SK_PROBE_NOTHING;
    if (kind == SK_FOUND_CONTAINER)
        do
            kind = sk_unpack_next(u, &found);
        while (kind == SK_FOUND_OTHER || kind == SK_FOUND_REFUSED);
    if (kind == SK_FOUND_CAPTURE)
        probe_capture(&found, &s->stop, f, ret);
    sk_unpack_close(u);
}

bool sk_source_probe(struct sk_source *s, uint32_t index, struct sk_probe *ret) {
    struct sk_file_source *fs = sk_files_of(s);
    *ret = (struct sk_probe){.kind = SK_PROBE_NOTHING};
    if (!fs || fs->begun || index >= fs->n_named)
        return false;
    struct sk_file *f = sk_list_at(&s->list, index);
    char why[300];
    if (f->why)
        return true;
    if (!f->regular || strcmp(f->input.path, "-") == 0) {
        ret->kind = SK_PROBE_PIPE;
        return true;
    }
    int fd = sk_file_open(f, why, sizeof why);
    struct sk_unpack *u = fd >= 0 ? (struct sk_unpack *)calloc(1, sizeof *u) : NULL;
    if (u)
        probe_file(s, f, fd, u, ret);
    else if (fd >= 0)
        (void)close(fd);
    free(u);
    return true;
}

/* ---- the order -----------------------------------------------------------------------------------------------------
 */

static bool is_permutation(const uint32_t *order, size_t n, bool *seen) {
    for (size_t k = 0; k < n; k++) {
        if (order[k] >= n || seen[order[k]])
            return false;
        seen[order[k]] = true;
    }
    return true;
}

sk_err sk_source_order(struct sk_source *s, const uint32_t *order, const uint32_t *group) {
    struct sk_file_source *fs = sk_files_of(s);
    if (!fs || fs->begun)
        return SK_EUSAGE;
    size_t n = fs->n_named;
    if (order) {
        bool *seen = (bool *)calloc(n, sizeof *seen);
        uint32_t *copy = (uint32_t *)calloc(n, sizeof *copy);
        bool memory = seen && copy, good = memory && is_permutation(order, n, seen);
        free(seen);
        if (!good) {
            free(copy);
            return memory ? SK_EUSAGE : SK_ENOMEM;
        }
        memcpy(copy, order, n * sizeof *copy);
        free(fs->order);
        fs->order = copy;
    }
    for (size_t i = 0; i < n; i++)
        sk_list_at(&s->list, i)->input.group = group ? group[i] : 0;
    return SK_OK;
}

void sk_source_skip(struct sk_source *s, size_t n, const struct sk_source_stats *before) {
    struct sk_file_source *fs = sk_files_of(s);
    if (!fs || fs->begun)
        return;
    fs->next = n < fs->n_named ? n : fs->n_named;
    fs->seq = before->packets;
    fs->bytes = before->bytes;
    fs->read = before->bytes_read;
    fs->clamped = before->clamped_times;
    s->stats.filtered = before->filtered;
    s->stats.unfilterable = before->unfilterable;
    s->stats.opened_inputs = before->opened_inputs;
    s->stats.damaged_inputs = before->damaged_inputs;
    s->stats.unreadable_inputs = before->unreadable_inputs;
}
