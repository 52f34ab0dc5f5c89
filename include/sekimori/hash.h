/* SPDX-License-Identifier: Apache-2.0 */
/** Keyed hash for every table whose keys an attacker chooses (SipHash-1-3; 2-4 where a value leaves the program). */
#ifndef SEKIMORI_HASH_H
#define SEKIMORI_HASH_H

#include <stddef.h>
#include <stdint.h>

struct sk_hash_key {
    uint64_t k[2];
};
/** From the kernel's random source; offline runs use sk_hash_key_fixed so that evictions repeat. */
struct sk_hash_key sk_hash_key_random(void);
extern const struct sk_hash_key sk_hash_key_fixed;
/** SipHash-1-3. */
uint64_t sk_hash(const struct sk_hash_key *key, const void *bytes, size_t n);
/** SipHash-2-4, for test vectors of the paper. */
uint64_t sk_hash24(const struct sk_hash_key *key, const void *bytes, size_t n);

/**
 * Of two words by two keyed multiplications (as in wyhash): a tenth of the cost. For few values that are told apart or
 * counted, never for a table: its strength against who knows results is not SipHash's.
 */
static inline uint64_t sk_hash_pair(const struct sk_hash_key *key, uint64_t a, uint64_t b) {
    __extension__ typedef unsigned __int128 wide;
    wide m = (wide)(a ^ key->k[0]) * (b ^ key->k[1]);
    uint64_t low = (uint64_t)m, high = (uint64_t)(m >> 64);
    m = (wide)(low ^ key->k[1] ^ 0x9e3779b97f4a7c15) * (high ^ key->k[0] ^ 0xbf58476d1ce4e5b9);
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

#endif
