/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bare loop: how fast packets come out of a source when nothing is done with them but touching each header. With
 * --mmap the same over a mapped classic pcap file of this machine's byte order, without any check: the limit that no
 * reader passes, and yardstick (a) of `make bench`. One JSON line.
 *
 *   bench_read [--mmap] [--quiet] FILE...
 */
#include "sekimori/cursor.h"
#include "sekimori/source.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH = 256, TOUCH = 64 };

struct result {
    uint64_t packets, bytes, sum, opened, damaged;
};

static double now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One load per 16 header bytes is what a decoder does at least. */
static inline uint64_t touch(const uint8_t *p, uint32_t n) {
    struct sk_cur c = sk_cur_of(p, n < TOUCH ? n : TOUCH);
    uint64_t sum = 0;
    while (c.left >= 16) {
        sum += sk_cur_le32(&c);
        sk_cur_skip(&c, 12);
    }
    return sum;
}

static void complain(void *arg, const char *file, uint64_t offset, const char *what) {
    if (*(const bool *)arg)
        return;
    if (offset == SK_NO_OFFSET)
        (void)fprintf(stderr, "%s: %s\n", file, what);
    else
        (void)fprintf(stderr, "%s:%" PRIu64 ": %s\n", file, offset, what);
}

static bool through_source(const char *const *paths, size_t n, bool *quiet, struct result *ret) {
    struct sk_source_options opt = {.on_damage = complain, .arg = quiet};
    struct sk_error err = {0};
    struct sk_source *s = NULL;
    if (sk_source_files(paths, n, &opt, &s, &err) != SK_OK) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return false;
    }
    struct sk_packet at[BATCH];
    size_t got = 0;
    for (enum sk_next next; (next = sk_source_next(s, at, BATCH, &got)) != SK_NEXT_END;) {
        for (size_t i = 0; i < got; i++)
            ret->sum += touch(at[i].data, at[i].caplen);
        if (got > 0)
            sk_source_retire(s, at[got - 1].seq);
    }
    struct sk_source_stats st;
    sk_source_stats(s, &st);
    *ret = (struct result){st.packets, st.bytes_read, ret->sum, st.opened_inputs, st.damaged_inputs};
    sk_source_close(s);
    return true;
}

static bool through_mmap(const char *path, struct result *ret) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < 24) {
        perror(path);
        return false;
    }
    size_t size = (size_t)st.st_size;
    const uint8_t *map = (const uint8_t *)mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)close(fd);
    if (map == MAP_FAILED) {
        perror(path);
        return false;
    }
    (void)madvise((void *)(uintptr_t)map, size, MADV_SEQUENTIAL);
    for (size_t at = 24; at + 16 <= size; ret->packets++) {
        uint32_t caplen = 0;
        memcpy(&caplen, map + at + 8, sizeof caplen);
        at += 16;
        if (caplen > size - at)
            break;
        ret->sum += touch(map + at, caplen);
        at += caplen;
    }
    ret->bytes += size;
    ret->opened++;
    (void)munmap((void *)(uintptr_t)map, size);
    return true;
}

int main(int argc, char **argv) {
    bool mapped = false, quiet = false, ok = true;
    int first = 1;
    for (; first < argc && argv[first][0] == '-' && argv[first][1] == '-'; first++) {
        mapped = mapped || strcmp(argv[first], "--mmap") == 0;
        quiet = quiet || strcmp(argv[first], "--quiet") == 0;
    }
    struct result res = {0};
    double begin = now();
    if (mapped)
        for (int i = first; i < argc; i++)
            ok = through_mmap(argv[i], &res) && ok;
    else
        ok = through_source((const char *const *)(argv + first), (size_t)(argc - first), &quiet, &res);
    double seconds = now() - begin;
    struct rusage use;
    (void)getrusage(RUSAGE_SELF, &use);
    double cpu = (double)use.ru_utime.tv_sec + (double)use.ru_stime.tv_sec +
                 (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
    (void)printf("{\"how\":\"%s\",\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64
                 ",\"seconds\":%.3f,\"cpu_seconds\":%.3f,\"packets_per_second\":%.0f,\"mb_per_second\":%.1f,"
                 "\"peak_rss_kib\":%ld,\"opened\":%" PRIu64 ",\"damaged\":%" PRIu64 ",\"touched\":%" PRIu64 "}\n",
                 mapped ? "mmap" : "source", res.packets, res.bytes, seconds, cpu, (double)res.packets / seconds,
                 (double)res.bytes / seconds / 1e6, use.ru_maxrss, res.opened, res.damaged, res.sum);
    return ok && res.opened > 0 ? 0 : 1;
}
