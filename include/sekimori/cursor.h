/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The only code that turns bytes into integers.
 *
 * Sticky: the first read past the end sets `bad` and `left` to 0; every later read yields 0, so loops over `left` end.
 * Read a whole header, then ask sk_cur_ok() once, before the first decision. A sub-cursor cannot outgrow its parent.
 */
#ifndef SEKIMORI_CURSOR_H
#define SEKIMORI_CURSOR_H

#include "sekimori/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sk_cur {
    const uint8_t *p;
    size_t left;
    bool bad;
};

static inline struct sk_cur sk_cur_of(const void *bytes, size_t n) {
    return (struct sk_cur){.p = (const uint8_t *)bytes, .left = n, .bad = false};
}
static inline bool sk_cur_ok(const struct sk_cur *c) { return !c->bad; }

/** n bytes and step over them, or NULL (and bad). The whole safety argument of the program is this function. */
static inline const uint8_t *sk_cur_take(struct sk_cur *c, size_t n) {
    if (n > c->left) {
        c->bad = true;
        c->left = 0;
        return NULL;
    }
    const uint8_t *at = c->p;
    c->p += n;
    c->left -= n;
    return at;
}
static inline void sk_cur_skip(struct sk_cur *c, size_t n) { (void)sk_cur_take(c, n); }
static inline uint8_t sk_cur_u8(struct sk_cur *c) {
    const uint8_t *b = sk_cur_take(c, 1);
    return b ? b[0] : 0;
}
static inline uint16_t sk_cur_be16(struct sk_cur *c) {
    const uint8_t *b = sk_cur_take(c, 2);
    return b ? (uint16_t)((unsigned)b[0] << 8 | b[1]) : 0;
}
static inline uint32_t sk_cur_be32(struct sk_cur *c) {
    const uint8_t *b = sk_cur_take(c, 4);
    return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}
static inline uint64_t sk_cur_be64(struct sk_cur *c) {
    uint64_t high = sk_cur_be32(c);
    uint64_t low = sk_cur_be32(c);
    return c->bad ? 0 : high << 32 | low;
}
static inline uint16_t sk_cur_le16(struct sk_cur *c) {
    const uint8_t *b = sk_cur_take(c, 2);
    return b ? (uint16_t)((unsigned)b[1] << 8 | b[0]) : 0;
}
static inline uint32_t sk_cur_le32(struct sk_cur *c) {
    const uint8_t *b = sk_cur_take(c, 4);
    return b ? (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0] : 0;
}
/** The next n bytes as a cursor of their own; short input gives an empty bad one and makes c bad. */
static inline struct sk_cur sk_cur_sub(struct sk_cur *c, size_t n) {
    const uint8_t *b = sk_cur_take(c, n);
    static const uint8_t nothing; /* NULL + 0 is undefined */
    return (struct sk_cur){.p = b ? b : &nothing, .left = b ? n : 0, .bad = b == NULL};
}
/** Byte at offset `at` from here without moving; past the end: 0 and *ret_ok (may be NULL) false. Never sets bad. */
static inline uint8_t sk_cur_peek(const struct sk_cur *c, size_t at) { return at < c->left ? c->p[at] : 0; }
/** Copy n bytes out; short input zeroes dst. */
static inline void sk_cur_copy(struct sk_cur *c, void *dst, size_t n) {
    const uint8_t *b = sk_cur_take(c, n);
    if (b)
        memcpy(dst, b, n);
    else
        memset(dst, 0, n);
}
static inline struct sk_mac sk_cur_mac(struct sk_cur *c) {
    struct sk_mac m = {{0}};
    sk_cur_copy(c, m.b, sizeof m.b);
    return m;
}
static inline struct sk_addr sk_cur_ip4(struct sk_cur *c) {
    struct sk_addr a = {.fam = 4};
    sk_cur_copy(c, a.b, 4);
    return a;
}
static inline struct sk_addr sk_cur_ip6(struct sk_cur *c) {
    struct sk_addr a = {.fam = 6};
    sk_cur_copy(c, a.b, 16);
    return a;
}
/** Drop all but the first n bytes (a header's declared length); n above left changes nothing. */
static inline void sk_cur_limit(struct sk_cur *c, size_t n) {
    if (n < c->left)
        c->left = n;
}

#endif
