/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-1 and SHA-256 through libgcrypt; hexadecimal and base64 text. */
#include "sekimori/digest.h"
#include "base/mem.h"

#include <gcrypt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct sk_sha256 {
    gcry_md_hd_t md;
};

/* Without this libgcrypt would lock memory pages for secrets, which we have none of, and warn where it may not. */
static void gcrypt_setup(void) {
    if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
        return; /* another library of this process was first */
    if (!gcry_check_version(GCRYPT_VERSION)) {
        (void)fputs("sekimori: libgcrypt is older than the one this program was built with\n", stderr);
        abort();
    }
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

static void gcrypt_ready(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, gcrypt_setup);
}

void sk_sha1(const void *bytes, size_t n, uint8_t out[20]) {
    gcrypt_ready();
    gcry_md_hash_buffer(GCRY_MD_SHA1, out, n ? bytes : "", n);
}

void sk_sha256(const void *bytes, size_t n, uint8_t out[32]) {
    gcrypt_ready();
    gcry_md_hash_buffer(GCRY_MD_SHA256, out, n ? bytes : "", n);
}

struct sk_sha256 *sk_sha256_new(void) {
    gcrypt_ready();
    struct sk_sha256 *h = sk_mem_new(1, sizeof *h);
    if (gcry_md_open(&h->md, GCRY_MD_SHA256, 0) != 0)
        sk_mem_abort();
    return h;
}

void sk_sha256_add(struct sk_sha256 *h, const void *bytes, size_t n) {
    if (n)
        gcry_md_write(h->md, bytes, n);
}

void sk_sha256_final(struct sk_sha256 *h, uint8_t out[32]) {
    memcpy(out, gcry_md_read(h->md, GCRY_MD_SHA256), 32);
    gcry_md_close(h->md);
    free(h);
}

void sk_hex(const uint8_t *bytes, size_t n, char *out) {
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digit[bytes[i] >> 4];
        out[2 * i + 1] = digit[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

void sk_base64(const uint8_t *bytes, size_t n, char *out) {
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t o = 0;
    for (size_t i = 0; i < n; i += 3) {
        size_t have = n - i < 3 ? n - i : 3;
        uint32_t v = (uint32_t)bytes[i] << 16;
        v |= have > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        v |= have > 2 ? bytes[i + 2] : 0;
        out[o++] = digit[v >> 18];
        out[o++] = digit[v >> 12 & 63];
        out[o++] = have > 1 ? digit[v >> 6 & 63] : '=';
        out[o++] = have > 2 ? digit[v & 63] : '=';
    }
    out[o] = '\0';
}

static int digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t sk_unhex(const char *hex, uint8_t *out, size_t cap) {
    size_t n = strlen(hex) / 2;
    if (strlen(hex) % 2 || n > cap)
        return 0;
    for (size_t i = 0; i < n; i++) {
        int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return 0;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return n;
}
