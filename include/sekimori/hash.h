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

#endif
