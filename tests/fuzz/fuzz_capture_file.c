/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capture file of any kind, read twice: with the usual blocks and with tiny ones, so that every record lies across
 * blocks. Both must give the same packets and the same number of problems; every byte of every packet is touched.
 */
#include "sekimori/source.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
    uint64_t packets, hash, reports, offsets;
};

static void mix(uint64_t *hash, uint64_t v) { *hash = (*hash ^ v) * UINT64_C(0x100000001b3); }

static void on_damage(void *arg, const char *file, uint64_t offset, const char *what) {
    struct result *r = (struct result *)arg;
    if (!file || !what || strlen(what) == 0 || strchr(what, '\n'))
        abort();
    r->reports++;
    mix(&r->offsets, offset);
}

static struct result read_with(const char *path, uint32_t block_size, size_t batch) {
    struct result r = {0};
    struct sk_source_options opt = {.on_damage = on_damage, .arg = &r, .block_size = block_size};
    struct sk_source *s = NULL;
    if (sk_source_files(&path, 1, &opt, &s, NULL) != SK_OK)
        abort();
    struct sk_packet at[32];
    size_t n = 0;
    enum sk_next next;
    while ((next = sk_source_next(s, at, batch, &n)) == SK_NEXT_PACKETS) {
        for (size_t i = 0; i < n; i++) {
            if (at[i].seq != ++r.packets || at[i].wirelen < at[i].caplen || at[i].ts < 0 || at[i].number < at[i].seq)
                abort();
            for (uint32_t b = 0; b < at[i].caplen; b++)
                mix(&r.hash, at[i].data[b]);
            mix(&r.hash, (uint64_t)at[i].ts);
            mix(&r.hash, (uint64_t)at[i].linktype << 16 | at[i].iface);
            mix(&r.hash, (uint64_t)at[i].wirelen);
            mix(&r.hash, at[i].number);
            const char *name = sk_source_iface(s, 0, at[i].iface);
            mix(&r.hash, name ? strlen(name) : 0);
        }
        sk_source_retire(s, at[n - 1].seq);
    }
    struct sk_source_stats st;
    sk_source_stats(s, &st);
    if (next != SK_NEXT_END || st.packets != r.packets || st.opened_inputs + st.unreadable_inputs != 1 ||
        (st.opened_inputs && st.damaged_inputs != (r.reports > 0)))
        abort();
    sk_source_close(s);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("capture", MFD_CLOEXEC);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    struct result usual = read_with(path, 0, 32);
    struct result tiny = read_with(path, 24, 3);
    if (memcmp(&usual, &tiny, sizeof usual) != 0)
        abort();
    return 0;
}
