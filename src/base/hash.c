/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash (Aumasson and Bernstein, 2012), c compression and d finalisation rounds. */
#include "sekimori/hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

const struct sk_hash_key sk_hash_key_fixed = {{0x73656b696d6f7269, 0x6f66666c696e6531}};

struct sk_hash_key sk_hash_key_random(void) {
    struct sk_hash_key key;
    ssize_t got;
    do
        got = getrandom(&key, sizeof key, 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof key) { /* a guessable key would undo every table's protection: better to stop */
        (void)fputs("sekimori: the kernel gives no random bytes\n", stderr);
        abort();
    }
    return key;
}

static inline uint64_t rotate(uint64_t x, unsigned n) { return x << n | x >> (64 - n); }

static inline uint64_t load_le64(const uint8_t *b) {
    uint64_t x;
    memcpy(&x, b, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static inline void sip_round(uint64_t v[4]) {
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* Inlined twice with constant round counts. The rounds are unrolled by order: at -O2 the compiler would keep the loops,
 * and the state in memory with them. */
static inline __attribute__((always_inline)) uint64_t siphash(const struct sk_hash_key *key, const uint8_t *b, size_t n,
                                                              int c, int d) {
    uint64_t v[4] = {key->k[0] ^ 0x736f6d6570736575, key->k[1] ^ 0x646f72616e646f6d, key->k[0] ^ 0x6c7967656e657261,
                     key->k[1] ^ 0x7465646279746573};
    size_t whole = n / 8 * 8;
    for (size_t i = 0; i < whole; i += 8) {
        uint64_t m = load_le64(b + i);
        v[3] ^= m;
#pragma GCC unroll 4
        for (int r = 0; r < c; r++)
            sip_round(v);
        v[0] ^= m;
    }
    uint64_t last = (uint64_t)(n & 0xff) << 56;
    if (n > whole && n >= 8) /* the last bytes again, with what was hashed already shifted out */
        last |= load_le64(b + n - 8) >> (8 * (8 - (n - whole)));
    else
        for (size_t i = whole; i < n; i++)
            last |= (uint64_t)b[i] << (8 * (i - whole));
    v[3] ^= last;
#pragma GCC unroll 4
    for (int r = 0; r < c; r++)
        sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
#pragma GCC unroll 4
    for (int r = 0; r < d; r++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t sk_hash(const struct sk_hash_key *key, const void *bytes, size_t n) { return siphash(key, bytes, n, 1, 3); }

uint64_t sk_hash24(const struct sk_hash_key *key, const void *bytes, size_t n) { return siphash(key, bytes, n, 2, 4); }
