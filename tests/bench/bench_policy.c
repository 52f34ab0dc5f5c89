/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a policy costs: nanoseconds of a longest-prefix look-up at 100, 5,000 and 100,000 prefixes, bytes a prefix, and
 * milliseconds to load 5,000 prefixes with 10,000 devices. One JSON line a case; no arguments. The folder for the
 * ledger is made below /tmp and removed.
 */
#include "policy/lpm.h"
#include "sekimori/policy.h"
#include "sekimori/text.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 7, LOOKUPS = 1 << 20, BIGGEST = 100000 };

static uint64_t seed = 0x9e3779b97f4a7c15u;
static uint32_t rnd(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16);
}

static double seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* As sites number: /24 of 10.0.0.0/8 and /64 of a few /32, /40, /48, which stand close together and far from each
 * other.
 */
static struct sk_prefix site_prefix(uint8_t fam) {
    static const uint8_t head[4][6] = {{0x20, 0x01, 0x0d, 0xb8, 0, 0},
                                       {0x24, 0x00, 0x40, 0x00, 0x12, 0},
                                       {0xfd, 0x12, 0x34, 0x56, 0x78, 0x9a},
                                       {0x2a, 0x02, 0x01, 0x23, 0x45, 0x67}};
    struct sk_prefix p = {.addr = {.fam = fam}, .len = fam == 4 ? 24 : 64};
    uint32_t r = rnd();
    if (fam == 4) {
        p.addr.b[0] = 10;
        p.addr.b[1] = (uint8_t)r;
        p.addr.b[2] = (uint8_t)(r >> 8);
        return p;
    }
    memcpy(p.addr.b, head[r & 3], 6);
    if ((r & 3) < 2)
        p.addr.b[5] = (uint8_t)(r >> 24);
    p.addr.b[6] = (uint8_t)(r >> 8);
    p.addr.b[7] = (uint8_t)(r >> 16);
    return p;
}

static struct sk_prefix prefix[BIGGEST];
static struct sk_addr asked[LOOKUPS];

static void lookups(uint8_t fam, size_t n) {
    struct sk_arena arena = {0};
    struct pol_lpm lpm;
    size_t before = mallinfo2().uordblks;
    for (size_t i = 0; i < n; i++)
        prefix[i] = site_prefix(fam);
    double begin = seconds();
    pol_lpm_build(&lpm, prefix, n, &arena, NULL);
    double built = seconds() - begin;
    size_t bytes = mallinfo2().uordblks - before;
    for (size_t i = 0; i < LOOKUPS; i++) { /* half of them in a prefix, in no order */
        asked[i] = i & 1 ? prefix[rnd() % n].addr : site_prefix(fam).addr;
        asked[i].b[fam == 4 ? 3 : 15] = (uint8_t)rnd();
    }
    double best = 1e9;
    uint64_t sum = 0;
    for (int r = 0; r < ROUNDS; r++) {
        begin = seconds();
        for (size_t i = 0; i < LOOKUPS; i++)
            sum += pol_lpm_find(&lpm, &asked[i]);
        double took = (seconds() - begin) / LOOKUPS;
        best = took < best ? took : best;
    }
    (void)printf("{\"bench\":\"policy\",\"case\":\"lookup-v%u\",\"prefixes\":%zu,\"ns\":%.1f,\"bytes_per_prefix\":%.0f,"
                 "\"build_ms\":%.1f,\"sum\":%llu}\n",
                 fam, n, best * 1e9, (double)bytes / (double)n, built * 1e3, (unsigned long long)sum);
    sk_arena_free(&arena);
}

/* --- loading -------------------------------------------------------------------------------------------------------
 */

static void write_all(const char *folder, const char *name, const struct sk_buf *text) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (!f || fwrite(text->p, 1, text->len, f) != text->len || fclose(f) != 0)
        exit(1);
}

static void loading(size_t prefixes, size_t devices) {
    char folder[] = "/tmp/sekimori-bench-XXXXXX", path[128];
    struct sk_buf policy = {0}, ledger = {0};
    if (!mkdtemp(folder))
        exit(1);
    sk_buf_str(&policy, "sekimori-policy: 1\ndevices: {file: ledger.csv}\nsegments:\n");
    for (size_t i = 0; i < prefixes; i++)
        sk_buf_fmt(&policy, "  s%zu: {prefixes: [\"2001:db8:%zx:%zx::/64\"], ipv6: dual-stack}\n", i, i >> 8, i & 0xff);
    sk_buf_str(&ledger, "number,name,MAC,IPv4,segment,state\n");
    for (size_t i = 0; i < devices; i++)
        sk_buf_fmt(&ledger, "B-%zu,pc-%zu,02-00-00-%02zX-%02zX-%02zX,10.%zu.%zu.%zu,s%zu,in-use\n", i, i,
                   i >> 16 & 0xff, i >> 8 & 0xff, i & 0xff, i >> 16 & 0xff, i >> 8 & 0xff, i & 0xff, i % prefixes);
    write_all(folder, "policy.yml", &policy);
    write_all(folder, "ledger.csv", &ledger);
    (void)snprintf(path, sizeof path, "%s/policy.yml", folder);
    size_t before = mallinfo2().uordblks;
    double begin = seconds();
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    sk_err e = sk_policy_load(path, &p, &diags);
    double took = seconds() - begin;
    if (e == SK_OK)
        (void)printf(
            "{\"bench\":\"policy\",\"case\":\"load\",\"prefixes\":%zu,\"devices\":%zu,\"ms\":%.1f,\"mib\":%.1f}\n",
            prefixes, devices, took * 1e3, (double)(mallinfo2().uordblks - before) / 1048576);
    sk_policy_free(p);
    sk_diags_free(&diags);
    sk_buf_free(&policy);
    sk_buf_free(&ledger);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/ledger.csv", folder);
    (void)unlink(path);
    (void)rmdir(folder);
}

int main(void) {
    static const size_t n[] = {100, 5000, BIGGEST};
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        lookups(4, n[i]);
        lookups(6, n[i]);
    }
    loading(5000, 10000);
    loading(50000, 100000);
    return 0;
}
