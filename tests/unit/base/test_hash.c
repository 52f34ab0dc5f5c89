/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"
#include "sekimori/digest.h"
#include "sekimori/hash.h"
#include "unit.h"

#include <pthread.h>

static const struct sk_hash_key paper_key = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};

/* The messages of the reference vectors: 00, 00 01, 00 01 02 ... */
static void count_up(uint8_t *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        b[i] = (uint8_t)i;
}

static void siphash_2_4_gives_the_vector_of_the_paper(void **state) {
    (void)state;
    uint8_t m[15];
    count_up(m, sizeof m);
    assert_true(sk_hash24(&paper_key, m, 15) == UINT64_C(0xa129ca6149be45e5)); /* appendix A of the paper */
}

/* First 16 of the 64 vectors published with the reference implementation. */
static void siphash_2_4_gives_the_reference_vectors(void **state) {
    (void)state;
    static const uint64_t want[] = {
        0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
        0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
        0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
        0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5,
    };
    uint8_t m[16];
    count_up(m, sizeof m);
    struct sk_guard g = sk_guard_end(m, sizeof m);
    for (size_t n = 0; n < 16; n++)
        assert_true(sk_hash24(&paper_key, sk_guard_cut(&g, m, n), n) == want[n]);
    sk_guard_free(&g);
}

/* SipHash-1-3 has no vectors in the paper: a straight transcription of its pseudo-code, which gives the paper's vector
 * for 2-4, stands in for them. */
static uint64_t rotl(uint64_t x, int b) { return x << b | x >> (64 - b); }
static void plain_round(uint64_t *a, uint64_t *b, uint64_t *c, uint64_t *d) {
    *a += *b;
    *c += *d;
    *b = rotl(*b, 13);
    *d = rotl(*d, 16);
    *b ^= *a;
    *d ^= *c;
    *a = rotl(*a, 32);
    *c += *b;
    *a += *d;
    *b = rotl(*b, 17);
    *d = rotl(*d, 21);
    *b ^= *c;
    *d ^= *a;
    *c = rotl(*c, 32);
}
static uint64_t plain_siphash(const struct sk_hash_key *key, const uint8_t *m, size_t n, int rounds, int final) {
    uint64_t a = key->k[0] ^ 0x736f6d6570736575, b = key->k[1] ^ 0x646f72616e646f6d;
    uint64_t c = key->k[0] ^ 0x6c7967656e657261, d = key->k[1] ^ 0x7465646279746573;
    for (size_t word = 0; word <= n / 8; word++) {
        uint64_t w = word == n / 8 ? (uint64_t)(n % 256) << 56 : 0;
        for (size_t i = 0; i < 8 && word * 8 + i < n; i++)
            w |= (uint64_t)m[word * 8 + i] << 8 * i;
        d ^= w;
        for (int r = 0; r < rounds; r++)
            plain_round(&a, &b, &c, &d);
        a ^= w;
    }
    c ^= 0xff;
    for (int r = 0; r < final; r++)
        plain_round(&a, &b, &c, &d);
    return a ^ b ^ c ^ d;
}

static void siphash_1_3_equals_the_paper_s_pseudo_code_at_every_length(void **state) {
    (void)state;
    uint8_t m[300];
    count_up(m, sizeof m);
    struct sk_guard g = sk_guard_end(m, sizeof m);
    assert_true(plain_siphash(&paper_key, m, 15, 2, 4) == UINT64_C(0xa129ca6149be45e5));
    for (size_t n = 0; n <= sizeof m; n++) {
        const uint8_t *at = sk_guard_cut(&g, m, n);
        assert_true(sk_hash(&paper_key, at, n) == plain_siphash(&paper_key, m, n, 1, 3));
        assert_true(sk_hash24(&paper_key, at, n) == plain_siphash(&paper_key, m, n, 2, 4));
    }
    sk_guard_free(&g);
}

static void another_key_gives_another_hash(void **state) {
    (void)state;
    assert_true(sk_hash(&paper_key, "abc", 3) != sk_hash(&sk_hash_key_fixed, "abc", 3));
    struct sk_hash_key a = sk_hash_key_random();
    struct sk_hash_key b = sk_hash_key_random();
    assert_memory_not_equal(&a, &b, sizeof a);
}

static void hex_is(const uint8_t *bytes, size_t n, const char *want) {
    char text[129];
    sk_hex(bytes, n, text);
    assert_string_equal(text, want);
}

static void sha1_gives_the_vectors_of_fips_180(void **state) {
    (void)state;
    uint8_t d[20];
    sk_sha1("abc", 3, d);
    hex_is(d, 20, "a9993e364706816aba3e25717850c26c9cd0d89d");
    sk_sha1(NULL, 0, d);
    hex_is(d, 20, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    sk_sha1(two_blocks, strlen(two_blocks), d);
    hex_is(d, 20, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

static const char sha256_abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void sha256_gives_the_vectors_of_fips_180(void **state) {
    (void)state;
    uint8_t d[32];
    sk_sha256("abc", 3, d);
    hex_is(d, 32, sha256_abc);
    sk_sha256(NULL, 0, d);
    hex_is(d, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void sha256_in_pieces_equals_sha256_at_once(void **state) {
    (void)state;
    uint8_t m[300];
    uint8_t whole[32];
    uint8_t pieces[32];
    count_up(m, sizeof m);
    sk_sha256(m, sizeof m, whole);
    for (size_t cut = 0; cut <= sizeof m; cut += 7) {
        struct sk_sha256 *h = sk_sha256_new();
        sk_sha256_add(h, m, cut);
        sk_sha256_add(h, NULL, 0);
        sk_sha256_add(h, m + cut, sizeof m - cut);
        sk_sha256_final(h, pieces);
        assert_memory_equal(whole, pieces, 32);
    }
}

static void *digest_in_a_thread(void *out) {
    sk_sha256("abc", 3, out);
    return NULL;
}

static void several_threads_may_begin_at_once(void **state) {
    (void)state;
    pthread_t t[4];
    uint8_t d[4][32];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&t[i], NULL, digest_in_a_thread, d[i]), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(t[i], NULL), 0);
        hex_is(d[i], 32, sha256_abc);
    }
}

static void base64_is(const char *in, const char *want) {
    char out[64];
    memset(out, '!', sizeof out);
    sk_base64((const uint8_t *)in, strlen(in), out);
    assert_string_equal(out, want);
}

static void base64_gives_the_vectors_of_rfc_4648(void **state) {
    (void)state;
    base64_is("", "");
    base64_is("f", "Zg==");
    base64_is("fo", "Zm8=");
    base64_is("foo", "Zm9v");
    base64_is("foob", "Zm9vYg==");
    base64_is("fooba", "Zm9vYmE=");
    base64_is("foobar", "Zm9vYmFy");
    base64_is("\xff\xff\xfe", "///+");
}

static void hex_of_nothing_is_empty(void **state) {
    (void)state;
    hex_is((const uint8_t *)"", 0, "");
    hex_is((const uint8_t *)"\x00\x9f\xff", 3, "009fff");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_threads_may_begin_at_once), /* first: before any other digest is made */
        cmocka_unit_test(siphash_2_4_gives_the_vector_of_the_paper),
        cmocka_unit_test(siphash_2_4_gives_the_reference_vectors),
        cmocka_unit_test(siphash_1_3_equals_the_paper_s_pseudo_code_at_every_length),
        cmocka_unit_test(another_key_gives_another_hash),
        cmocka_unit_test(sha1_gives_the_vectors_of_fips_180),
        cmocka_unit_test(sha256_gives_the_vectors_of_fips_180),
        cmocka_unit_test(sha256_in_pieces_equals_sha256_at_once),
        cmocka_unit_test(base64_gives_the_vectors_of_rfc_4648),
        cmocka_unit_test(hex_of_nothing_is_empty),
    };
    return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
