/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures for `make bench`, the same bytes every time: bench_make KIND FILE PACKETS
 *
 *   mix           packets of about 300 bytes over many protocols, some 20 000 flows, IPv4 and IPv6, VLANs, tunnels
 *   small         64-byte packets of 100 000 UDP flows
 *   flows         PACKETS/4 TCP flows of 4 packets, one flow after the other
 *   flows-random  the same flows, all open at once: round by round, in random order
 *   flows-few     the same, but 10 000 at a time; those of the last hour (20 000) are open
 *   ra-flood      router advertisements like those of atk6-flood_router26: MAC, source and 17 prefixes new in each
 *   mix-flood     the mix, with such a flood at the tool's speed beside it: 3 000 advertisements a second of packet
 * time
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 0x9e3779b97f4a7c15;
static uint32_t rnd(void) { /* splitmix64 */
    uint64_t z = seed += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (uint32_t)((z ^ (z >> 31)) >> 16);
}

static uint8_t frame[2048];
static size_t len;
static FILE *out;
static uint64_t now_us = 1764000000000000; /* a day of November 2025 */
enum { FLOOD_US = 333 };                   /* between two advertisements: what atk6-flood_router26 was measured to do */

static void b8(unsigned v) { frame[len++] = (uint8_t)v; }
static void b16(unsigned v) { b8(v >> 8), b8(v & 255); }
static void b32(uint32_t v) { b16(v >> 16), b16(v & 0xffff); }
static void set16(size_t at, size_t v) {
    frame[at] = (uint8_t)(v >> 8);
    frame[at + 1] = (uint8_t)v;
}
static void fill(size_t n) {
    for (size_t i = 0; i < n; i++)
        b8(rnd() & 255);
}

static void write_record(void) {
    uint32_t head[4] = {(uint32_t)(now_us / 1000000), (uint32_t)(now_us % 1000000), (uint32_t)len, (uint32_t)len};
    now_us += 3;
    fwrite(head, sizeof head, 1, out);
    fwrite(frame, len, 1, out);
}

static void ether(uint32_t host, unsigned vlan, unsigned type) {
    len = 0;
    b32(0x02005e10), b16(1);
    b16(0x0200), b32(host);
    if (vlan)
        b16(0x8100), b16(vlan);
    b16(type);
}
static size_t ip4(uint32_t src, uint32_t dst, unsigned proto) {
    size_t at = len;
    b16(0x4500), b16(0), b16(rnd() & 0xffff), b16(0x4000), b8(64), b8(proto), b16(0), b32(src), b32(dst);
    return at;
}
static void end4(size_t at) {
    uint32_t sum = 0;
    set16(at + 2, len - at);
    set16(at + 10, 0);
    for (size_t i = 0; i < 20; i += 2)
        sum += (uint32_t)frame[at + i] << 8 | frame[at + i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    set16(at + 10, ~sum & 0xffff);
}
static size_t ip6(uint32_t src, uint32_t dst, unsigned next) {
    size_t at = len;
    b32(0x60000000), b16(0), b8(next), b8(64);
    b32(0x20010db8), b32(0), b32(0), b32(src);
    b32(0x20010db8), b32(0xffff), b32(0), b32(dst);
    return at;
}
static void end6(size_t at) { set16(at + 4, len - at - 40); }
static void tcp(unsigned sport, unsigned dport, unsigned flags, uint32_t seq) {
    b16(sport), b16(dport), b32(seq), b32(flags & 16 ? seq ^ 0x55555555 : 0), b16(0x5000 | flags), b16(65535), b16(0),
        b16(0);
}
static size_t udp(unsigned sport, unsigned dport) {
    size_t at = len;
    b16(sport), b16(dport), b16(0), b16(0);
    return at;
}
static void endu(size_t at) { set16(at + 4, len - at); }

static void dns(unsigned id, int answer) {
    b16(id), b16(answer ? 0x8180 : 0x0100), b16(1), b16((unsigned)answer), b16(0), b16(0);
    b8(3), b8('w'), b8('w'), b8('w'), b8(7);
    for (unsigned i = 0; i < 7; i++)
        b8('a' + (id >> (2 * i)) % 26);
    b8(7), b8('e'), b8('x'), b8('a'), b8('m'), b8('p'), b8('l'), b8('e'), b8(0);
    b16(1), b16(1);
    if (answer)
        b16(0xc00c), b16(1), b16(1), b32(300), b16(4), b32(0xcb007100 | (id & 255));
}

/* One of some 20 000 conversations; either direction. */
static void mix(void) {
    uint32_t flow = rnd() % 20000, what = flow % 100, back = rnd() & 1;
    uint32_t client = 0x0a000000 | (flow / 8 + 1), server = 0xc6336400 | (flow % 250 + 1);
    uint32_t a = back ? server : client, b = back ? client : server;
    unsigned port = 20000 + flow % 40000, vlan = 10 + flow % 4, size = 150 + rnd() % 300;
    size_t l3, l4;
    if (what < 55) { /* TCP: web and others */
        ether(a, vlan, 0x0800), l3 = ip4(a, b, 6);
        tcp(back ? 443 : port, back ? port : 443, 0x18, rnd()), fill(size), end4(l3);
    } else if (what < 70) { /* TCP over IPv6 */
        ether(a, vlan, 0x86dd), l3 = ip6(a, b, 6);
        tcp(back ? 80 : port, back ? port : 80, 0x18, rnd()), fill(size), end6(l3);
    } else if (what < 80) { /* QUIC-like UDP */
        ether(a, vlan, 0x0800), l3 = ip4(a, b, 17), l4 = udp(back ? 443 : port, back ? port : 443);
        b8(0x40 | (rnd() & 63)), fill(size), endu(l4), end4(l3);
    } else if (what < 88) { /* DNS */
        ether(a, vlan, 0x0800), l3 = ip4(a, b, 17), l4 = udp(back ? 53 : port, back ? port : 53);
        dns(flow & 0xffff, (int)back), endu(l4), end4(l3);
    } else if (what < 90) { /* NTP */
        ether(a, vlan, 0x0800), l3 = ip4(a, b, 17), l4 = udp(123, 123), b8(0x23), fill(47), endu(l4), end4(l3);
    } else if (what < 92) { /* ping */
        ether(a, vlan, 0x0800), l3 = ip4(a, b, 1), b8(back ? 0 : 8), b8(0), b16(0), b16(flow & 0xffff), b16(1),
                                fill(56), end4(l3);
    } else if (what < 94) { /* neighbour solicitation */
        ether(a, vlan, 0x86dd), l3 = ip6(a, b, 58), frame[l3 + 7] = 255;
        b8(135), b8(0), b16(0), b32(0), b32(0x20010db8), b32(0xffff), b32(0), b32(b), b8(1), b8(1), b16(0x0200), b32(a),
            end6(l3);
    } else if (what < 95) { /* ARP */
        ether(a, vlan, 0x0806);
        b16(1), b16(0x0800), b8(6), b8(4), b16(1 + back), b16(0x0200), b32(a), b32(a), b16(0), b32(0), b32(b), fill(18);
    } else if (what < 97) { /* GRE with IPv4 inside */
        ether(a, vlan, 0x0800), l3 = ip4(a, b, 47), b32(0x0800);
        size_t inner = ip4(a ^ 0x01000000, b ^ 0x01000000, 6);
        tcp(port, 8080, 0x18, rnd()), fill(size), end4(inner), end4(l3);
    } else if (what < 98) { /* 6in4 */
        ether(a, vlan, 0x0800), l3 = ip4(a, b, 41);
        size_t inner = ip6(a, b, 6);
        tcp(port, 443, 0x18, rnd()), fill(size), end6(inner), end4(l3);
    } else { /* SNMP and syslog sized UDP */
        ether(a, 0, 0x0800), l3 = ip4(a, b, 17), l4 = udp(back ? 161 : port, back ? port : 161), b8(0x30),
                             fill(size / 2), endu(l4), end4(l3);
    }
    write_record();
}

static void small(void) {
    uint32_t flow = rnd() % 100000, back = rnd() & 1;
    uint32_t a = 0x0a000000 | (flow >> 4), b = 0xc0a80000 | (flow & 0xffff);
    ether(back ? b : a, 0, 0x0800);
    size_t l3 = ip4(back ? b : a, back ? a : b, 17),
           l4 = udp(back ? 9000 : 10000 + flow % 50000, back ? 10000 + flow % 50000 : 9000);
    fill(22), endu(l4), end4(l3);
    write_record();
}

static void step(uint32_t flow, unsigned k) {
    static const unsigned flags[] = {0x02, 0x12, 0x10, 0x18};
    unsigned back = k == 1;
    uint32_t a = 0x0a000000 | (flow >> 4), b = 0xc0000000 | (flow * 2654435761u >> 8);
    unsigned port = 1024 + (flow & 15) * 4000 + flow % 3999;
    ether(back ? b : a, 0, 0x0800);
    size_t l3 = ip4(back ? b : a, back ? a : b, 6);
    tcp(back ? 443 : port, back ? port : 443, flags[k], flow + k);
    if (k == 3)
        fill(32);
    end4(l3);
    write_record();
}

static void shuffle(uint32_t *order, uint32_t n) {
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = rnd() % i, t = order[i - 1];
        order[i - 1] = order[j];
        order[j] = t;
    }
}

/* `together` flows at a time, their packets in random order, round by round. */
static void flows(uint32_t count, uint32_t together) {
    uint32_t *order = malloc(count * sizeof *order);
    if (!order)
        abort();
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t from = 0; from < count; from += together) {
        uint32_t n = count - from < together ? count - from : together;
        for (unsigned k = 0; k < 4; k++) {
            shuffle(order + from, n);
            for (uint32_t i = 0; i < n; i++)
                step(order[from + i], k);
        }
        if (together > 1)
            now_us += UINT64_C(1900) * 1000000; /* idle flows end after an hour */
    }
    free(order);
}

/* The checksum of ICMPv6 over the pseudo-header (RFC 8200 8.1). */
static void end_icmp6(size_t l3) {
    uint32_t sum = 58;
    end6(l3);
    size_t from = l3 + 40;
    sum += (uint32_t)(len - from);
    for (size_t i = l3 + 8; i + 1 < len; i += 2)
        sum += (uint32_t)frame[i] << 8 | frame[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    set16(from + 2, ~sum & 0xffff);
}

static void ra_flood(void) {
    uint32_t who = rnd();
    len = 0;
    b16(0x3333), b32(1), b16(0x0218), b32(who), b16(0x86dd);
    size_t l3 = len;
    b32(0x60000000), b16(0), b8(58), b8(255);
    b32(0xfe800000), b32(0), b32(0x021800ff), b32(0xfe000000 | (who & 0xffffff));
    b32(0xff020000), b32(0), b32(0), b32(1);
    b8(134), b8(0), b16(0), b8(255), b8(0x08), b16(65535), b32(0), b32(0);
    for (unsigned i = 0; i < 17; i++) { /* prefixes: on-link, autonomous */
        b8(3), b8(4), b8(64), b8(0xc0), b32(0xffffffff), b32(0xffffffff), b32(0);
        b32(0x2a000000 | (rnd() & 0xffffff)), b32(rnd()), b32(0), b32(0);
    }
    b8(1), b8(1), b16(0x0218), b32(who);
    end_icmp6(l3);
    write_record();
}
static void flood(void) {
    now_us += FLOOD_US - 3; /* what write_record() adds */
    ra_flood();
}

/* PACKETS are those of both. */
static void mix_flood(void) {
    static uint64_t next;
    if (now_us < next) {
        mix();
        return;
    }
    next = now_us + FLOOD_US;
    ra_flood();
}

int main(int argc, char **argv) {
    static const uint32_t file_head[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
    if (argc != 4 || !(out = fopen(argv[2], "wbe"))) {
        fprintf(stderr, "usage: bench_make mix|small|flows|flows-random|flows-few|ra-flood|mix-flood FILE PACKETS\n");
        return 2;
    }
    uint64_t n = strtoull(argv[3], NULL, 10);
    fwrite(file_head, sizeof file_head, 1, out);
    bool is_flows = strncmp(argv[1], "flows", 5) == 0;
    uint32_t count = (uint32_t)(n / 4), random = strcmp(argv[1], "flows-few") == 0 ? 10000 : count;
    if (is_flows)
        flows(count, strcmp(argv[1], "flows") == 0 ? 1 : random);
    void (*make)(void) = strcmp(argv[1], "mix") == 0         ? mix
                         : strcmp(argv[1], "ra-flood") == 0  ? flood
                         : strcmp(argv[1], "mix-flood") == 0 ? mix_flood
                                                             : small;
    for (uint64_t i = 0; !is_flows && i < n; i++)
        make();
    return fclose(out) == 0 ? 0 : 1;
}
