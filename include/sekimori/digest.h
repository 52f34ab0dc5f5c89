/* SPDX-License-Identifier: Apache-2.0 */
/** SHA-1 (Community ID) and SHA-256 (hash chain, run id) through libgcrypt; only src/base/digest.c includes gcrypt.h.
 */
#ifndef SEKIMORI_DIGEST_H
#define SEKIMORI_DIGEST_H

#include <stddef.h>
#include <stdint.h>

void sk_sha1(const void *bytes, size_t n, uint8_t out[20]);
void sk_sha256(const void *bytes, size_t n, uint8_t out[32]);
/** Incremental SHA-256. final frees. */
struct sk_sha256;
struct sk_sha256 *sk_sha256_new(void);
void sk_sha256_add(struct sk_sha256 *h, const void *bytes, size_t n);
void sk_sha256_final(struct sk_sha256 *h, uint8_t out[32]);
/** Lower-case hexadecimal, NUL-terminated; out holds 2n+1. */
void sk_hex(const uint8_t *bytes, size_t n, char *out);
/** The bytes that pairs of hexadecimal digits spell. @return their number; 0: not such pairs, or more than cap */
size_t sk_unhex(const char *hex, uint8_t *out, size_t cap);
/** RFC 4648 base64 with padding; out holds 4*((n+2)/3)+1. */
void sk_base64(const uint8_t *bytes, size_t n, char *out);

#endif
