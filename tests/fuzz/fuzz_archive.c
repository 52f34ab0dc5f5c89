/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that may be compressed, an archive, or damaged in any layer of that: looked at, then read twice, with the
 * usual blocks and with tiny ones. Both must give the same inputs, packets and problems, and end.
 */
#include "sekimori/source.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
    uint64_t packets, hash, reports, inputs;
    bool bomb; /* where it is left depends on how much is asked for at once */
    struct sk_source_stats stats;
};

static void mix(uint64_t *hash, uint64_t v) { *hash = (*hash ^ v) * UINT64_C(0x100000001b3); }

static void on_damage(void *arg, const char *file, uint64_t offset, const char *what) {
    struct result *r = (struct result *)arg;
    if (!file || !what || strlen(what) == 0)
        abort();
    for (const char *p = what; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            abort();
    for (const char *p = file; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            abort();
    r->reports++;
    r->bomb |= strstr(what, "unpacks to more than") != NULL;
    mix(&r->hash, offset);
}

static void take(struct result *r, const struct sk_packet *pkt, const struct sk_source *s) {
    if (pkt->seq != ++r->packets || pkt->wirelen < pkt->caplen || pkt->ts < 0)
        abort();
    const struct sk_input *in = sk_source_input(s, pkt->file);
    if (!in || !in->opened || in->archive || !sk_source_input(s, in->container))
        abort();
    for (uint32_t b = 0; b < pkt->caplen; b++)
        mix(&r->hash, pkt->data[b]);
    mix(&r->hash, pkt->number);
    mix(&r->hash, (uint64_t)pkt->file << 32 | pkt->linktype);
}

static struct result read_with(const char *path, uint32_t block_size, size_t batch) {
    struct result r = {0};
    struct sk_source_options opt = {.on_damage = on_damage, .arg = &r, .block_size = block_size, .digests = true};
    struct sk_source *s = NULL;
    if (sk_source_files(&path, 1, &opt, &s, NULL) != SK_OK)
        abort();
    struct sk_probe probe;
    if (!sk_source_probe(s, 0, &probe) || r.reports != 0)
        abort();
    struct sk_packet at[32];
    size_t n = 0;
    enum sk_next next;
    while ((next = sk_source_next(s, at, batch, &n)) == SK_NEXT_PACKETS) {
        for (size_t i = 0; i < n; i++)
            take(&r, &at[i], s);
        sk_source_retire(s, at[n - 1].seq);
    }
    sk_source_stats(s, &r.stats);
    r.inputs = sk_source_inputs(s);
    if (next != SK_NEXT_END || r.stats.packets != r.packets || r.stats.opened_inputs + r.stats.unreadable_inputs == 0 ||
        !sk_source_input(s, 0)->digest_ok)
        abort();
    if (probe.has_first && (probe.kind == SK_PROBE_NOTHING || r.packets == 0))
        abort();
    sk_source_close(s);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("archive", MFD_CLOEXEC);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    struct result usual = read_with(path, 0, 32);
    struct result tiny = read_with(path, 24, 3);
    if (!usual.bomb && !tiny.bomb && memcmp(&usual, &tiny, sizeof usual) != 0)
        abort();
    return 0;
}
