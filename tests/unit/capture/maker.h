/* SPDX-License-Identifier: Apache-2.0 */
/** Capture files made in memory, and a reader that keeps all that came out of a source. */
#ifndef TESTS_UNIT_CAPTURE_MAKER_H
#define TESTS_UNIT_CAPTURE_MAKER_H

#include "sekimori/source.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define UNUSED __attribute__((unused))

/* ---- bytes --------------------------------------------------------------------------------------------------------
 */

struct bytes {
    uint8_t *p;
    size_t n, cap;
    bool be; /* byte order of what is put */
};

UNUSED static void put(struct bytes *b, const void *p, size_t n) {
    if (b->n + n > b->cap) {
        b->cap = (b->n + n) * 2;
        b->p = (uint8_t *)realloc(b->p, b->cap);
        assert_non_null(b->p);
    }
    if (n > 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
}
UNUSED static void put_u(struct bytes *b, uint64_t v, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)(v >> 8 * (b->be ? n - 1 - i : i));
        put(b, &byte, 1);
    }
}
UNUSED static void put16(struct bytes *b, uint64_t v) { put_u(b, v, 2); }
UNUSED static void put32(struct bytes *b, uint64_t v) { put_u(b, v, 4); }
UNUSED static void put64(struct bytes *b, uint64_t v) { put_u(b, v, 8); }
/* Overwrite 32 bits. */
UNUSED static void set32(struct bytes *b, size_t at, uint32_t v) {
    for (size_t i = 0; i < 4; i++)
        b->p[at + i] = (uint8_t)(v >> 8 * (b->be ? 3 - i : i));
}
/* The n bytes of packet k: a wrong offset or a block used too early shows. */
UNUSED static void put_pattern(struct bytes *b, uint64_t k, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)(k * 31 + i * 7 + 1);
        put(b, &byte, 1);
    }
}
UNUSED static bool is_pattern(const uint8_t *p, uint64_t k, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i] != (uint8_t)(k * 31 + i * 7 + 1))
            return false;
    return true;
}

/* ---- pcap ---------------------------------------------------------------------------------------------------------
 */

enum { T0 = 1700000000 };
#define USEC_MAGIC     0xa1b2c3d4U
#define NSEC_MAGIC     0xa1b23c4dU
#define MODIFIED_MAGIC 0xa1b2cd34U

UNUSED static struct bytes pcap_file(bool be, uint32_t magic, uint32_t snaplen, uint32_t linktype) {
    struct bytes b = {.be = be};
    put32(&b, magic);
    put16(&b, 2);
    put16(&b, 4);
    put64(&b, 0);
    put32(&b, snaplen);
    put32(&b, linktype);
    return b;
}
UNUSED static void pcap_header(struct bytes *b, uint32_t sec, uint32_t frac, uint32_t caplen, uint32_t wirelen) {
    put32(b, sec);
    put32(b, frac);
    put32(b, caplen);
    put32(b, wirelen);
}
UNUSED static void pcap_record(struct bytes *b, uint64_t k, size_t n) {
    pcap_header(b, (uint32_t)(T0 + k), (uint32_t)(k * 1000 % 1000000), (uint32_t)n, (uint32_t)n);
    put_pattern(b, k, n);
}

/* ---- pcapng -------------------------------------------------------------------------------------------------------
 */

UNUSED static void ng_block(struct bytes *b, uint32_t type, const struct bytes *body) {
    size_t pad = (4 - body->n % 4) % 4;
    put32(b, type);
    put32(b, 12 + body->n + pad);
    put(b, body->p, body->n);
    put(b, "\0\0\0", pad);
    put32(b, 12 + body->n + pad);
    free(body->p);
}
UNUSED static void ng_option(struct bytes *body, uint16_t code, const void *value, size_t n) {
    put16(body, code);
    put16(body, n);
    put(body, value, n);
    put(body, "\0\0\0", (4 - n % 4) % 4);
}
UNUSED static void ng_section(struct bytes *b) {
    struct bytes body = {.be = b->be};
    put32(&body, 0x1a2b3c4d);
    put16(&body, 1);
    put16(&body, 0);
    put64(&body, UINT64_MAX);
    ng_block(b, 0x0a0d0d0a, &body);
}
/* tsresol < 0, name NULL, offset 0: no such option */
UNUSED static void ng_interface(struct bytes *b, uint16_t linktype, uint32_t snaplen, int tsresol, int64_t offset,
                                const char *name) {
    struct bytes body = {.be = b->be};
    put16(&body, linktype);
    put16(&body, 0);
    put32(&body, snaplen);
    if (name)
        ng_option(&body, 2, name, strlen(name));
    if (tsresol >= 0)
        ng_option(&body, 9, &(uint8_t){(uint8_t)tsresol}, 1);
    if (offset != 0) {
        struct bytes v = {.be = b->be};
        put64(&v, (uint64_t)offset);
        ng_option(&body, 14, v.p, v.n);
        free(v.p);
    }
    if (name || tsresol >= 0 || offset != 0)
        ng_option(&body, 0, NULL, 0);
    ng_block(b, 1, &body);
}
UNUSED static void ng_enhanced(struct bytes *b, uint32_t iface, uint64_t ticks, uint64_t k, size_t n,
                               uint32_t wirelen) {
    struct bytes body = {.be = b->be};
    put32(&body, iface);
    put32(&body, ticks >> 32);
    put32(&body, ticks & 0xffffffff);
    put32(&body, n);
    put32(&body, wirelen);
    put_pattern(&body, k, n);
    ng_block(b, 6, &body);
}
UNUSED static void ng_old(struct bytes *b, uint16_t iface, uint64_t ticks, uint64_t k, size_t n, uint32_t wirelen) {
    struct bytes body = {.be = b->be};
    put16(&body, iface);
    put16(&body, 7); /* drops */
    put32(&body, ticks >> 32);
    put32(&body, ticks & 0xffffffff);
    put32(&body, n);
    put32(&body, wirelen);
    put_pattern(&body, k, n);
    ng_block(b, 2, &body);
}
UNUSED static void ng_simple(struct bytes *b, uint64_t k, size_t n, uint32_t wirelen) {
    struct bytes body = {.be = b->be};
    put32(&body, wirelen);
    put_pattern(&body, k, n);
    ng_block(b, 3, &body);
}
UNUSED static void ng_other(struct bytes *b, uint32_t type, size_t n) {
    struct bytes body = {.be = b->be};
    for (size_t i = 0; i < n; i++)
        put_u(&body, 0xee, 1);
    ng_block(b, type, &body);
}

/* ---- what came out ------------------------------------------------------------------------------------------------
 */

enum { SEEN_MAX = 4096, SEEN_REPORTS = 64 };
struct seen {
    size_t n;
    struct sk_packet at[SEEN_MAX]; /* data NULL */
    bool pattern[SEEN_MAX];        /* its bytes were those of packet `number` (or of the one with its time) */
    size_t waits;
    size_t reports;
    char what[SEEN_REPORTS][320]; /* file-less: "offset: what" or "what" */
    uint64_t offset[SEEN_REPORTS];
    struct sk_source_stats stats;
    struct sk_input input; /* the first; path NULL */
};

UNUSED static void on_damage(void *arg, const char *file, uint64_t offset, const char *what) {
    struct seen *s = (struct seen *)arg;
    assert_non_null(file);
    if (s->reports < SEEN_REPORTS) {
        s->offset[s->reports] = offset;
        (void)snprintf(s->what[s->reports], sizeof s->what[0], "%s", what);
    }
    s->reports++;
}

UNUSED static void read_all(struct sk_source *src, struct seen *s, size_t batch) {
    struct sk_packet at[64];
    size_t n = 0;
    assert_true(batch <= 64);
    for (enum sk_next next; (next = sk_source_next(src, at, batch, &n)) != SK_NEXT_END;) {
        assert_true((next == SK_NEXT_PACKETS) == (n > 0));
        s->waits += next == SK_NEXT_WAIT;
        assert_true(s->waits < 3);
        for (size_t i = 0; i < n && s->n < SEEN_MAX; i++, s->n++) {
            s->at[s->n] = at[i];
            s->pattern[s->n] = is_pattern(at[i].data, at[i].number - 1, at[i].caplen);
            s->at[s->n].data = NULL;
            assert_int_equal(at[i].seq, s->n + 1);
        }
        if (n > 0)
            sk_source_retire(src, at[n - 1].seq);
    }
    assert_int_equal(sk_source_next(src, at, batch, &n), SK_NEXT_END);
    sk_source_stats(src, &s->stats);
    s->input = *sk_source_input(src, 0);
    s->input.path = NULL;
}

/* A path to these bytes as a file of its own. @return fd, to be closed after use */
UNUSED static int file_of(const void *p, size_t n, char path[64]) {
    int fd = memfd_create("capture", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    (void)snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* Read the first n of the bytes as a file. */
UNUSED static struct seen *read_cut(const struct bytes *b, size_t n, uint32_t block_size, size_t batch) {
    struct seen *s = (struct seen *)calloc(1, sizeof *s);
    assert_non_null(s);
    char path[64];
    int fd = file_of(b->p, n, path);
    const char *paths[] = {path};
    struct sk_source_options opt = {.on_damage = on_damage, .arg = s, .block_size = block_size};
    struct sk_source *src = NULL;
    struct sk_error err = {0};
    assert_int_equal(sk_source_files(paths, 1, &opt, &src, &err), SK_OK);
    read_all(src, s, batch);
    sk_source_close(src);
    (void)close(fd);
    return s;
}
UNUSED static struct seen *read_bytes(const struct bytes *b) { return read_cut(b, b->n, 0, 64); }

/* Every packet's bytes are those of the packet with its number. */
UNUSED static void assert_patterns(const struct seen *s) {
    for (size_t i = 0; i < s->n; i++)
        assert_true(s->pattern[i]);
}

#endif
