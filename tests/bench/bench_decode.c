/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Nanoseconds that sk_decode() costs a packet: `bench_decode NAME=FILE.pcap ...` and some frames of its own. One JSON
 * line a case: name, packets, ns (best of several rounds).
 */
#include "sekimori/layers.h"

#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 7, TARGET = 4000000, FRAMES = 65536 };

static struct sk_packet frames[FRAMES];

static double seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void measure(const char *name, size_t n) {
    static struct sk_layers l;
    size_t loops = TARGET / n + 1;
    double best = 1e9;
    uint64_t sum = 0;
    for (int r = 0; r < ROUNDS; r++) {
        double begin = seconds();
        for (size_t i = 0; i < loops; i++)
            for (size_t k = 0; k < n; k++) {
                sk_decode(&frames[k], &l);
                sum += l.n;
            }
        double took = (seconds() - begin) / (double)(loops * n);
        best = took < best ? took : best;
    }
    (void)printf("{\"bench\":\"decode\",\"case\":\"%s\",\"packets\":%zu,\"layers\":%.2f,\"ns\":%.1f}\n", name, n,
                 (double)sum / (double)(loops * n * ROUNDS), best * 1e9);
}

static void file(const char *name, const char *path) {
    char err[PCAP_ERRBUF_SIZE];
    pcap_t *p = pcap_open_offline(path, err);
    if (!p) {
        (void)fprintf(stderr, "%s\n", err);
        exit(1);
    }
    struct pcap_pkthdr h;
    const uint8_t *bytes;
    size_t n = 0;
    while (n < FRAMES && (bytes = pcap_next(p, &h))) {
        uint8_t *copy = malloc(h.caplen + 1u);
        if (!copy)
            exit(1);
        memcpy(copy, bytes, h.caplen);
        frames[n++] = (struct sk_packet){
            .data = copy, .caplen = h.caplen, .wirelen = h.len, .linktype = (uint16_t)pcap_datalink(p)};
    }
    pcap_close(p);
    if (n)
        measure(name, n);
    for (size_t i = 0; i < n; i++)
        free((void *)(uintptr_t)frames[i].data);
}

/** Ethernet, tags VLAN tags, IP version, protocol 6 or 17, 64 bytes and more. */
static void own(const char *name, unsigned tags, unsigned version, uint8_t proto) {
    uint8_t f[128] = {0};
    size_t at = 12;
    for (unsigned i = 0; i < tags; i++, at += 4) {
        f[at] = 0x81;
        f[at + 3] = (uint8_t)(10 + i);
    }
    f[at] = version == 4 ? 0x08 : 0x86;
    f[at + 1] = version == 4 ? 0x00 : 0xdd;
    at += 2;
    f[at] = version == 4 ? 0x45 : 0x60;
    f[at + (version == 4 ? 3 : 5)] = version == 4 ? 40 : 20;
    f[at + (version == 4 ? 9 : 6)] = proto;
    at += version == 4 ? 20 : 40;
    f[at + 1] = 80;
    f[at + 3] = 81;
    f[at + 5] = 20;
    f[at + 12] = 0x50;
    at += 20;
    for (size_t k = 0; k < 64; k++)
        frames[k] = (struct sk_packet){.data = f, .caplen = (uint32_t)at, .wirelen = (uint32_t)at, .linktype = 1};
    measure(name, 64);
}

int main(int argc, char **argv) {
    own("eth/ip4/tcp", 0, 4, 6);
    own("eth/vlan/ip4/udp", 1, 4, 17);
    own("eth/ip6/tcp", 0, 6, 6);
    own("eth/vlan/vlan/ip6/udp", 2, 6, 17);
    for (int i = 1; i < argc; i++) {
        char *path = strchr(argv[i], '=');
        if (path) {
            *path++ = '\0';
            file(argv[i], path);
        }
    }
    return 0;
}
