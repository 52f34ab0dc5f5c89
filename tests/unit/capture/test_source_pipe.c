/* SPDX-License-Identifier: Apache-2.0 */
/* The source over pipes and standard input: waiting, stopping, what was taken is handed out. */
#include "source_rig.h"

/* ---- pipes ---------------------------------------------------------------------------------------------------------
 */

struct writer {
    int fd;
    const uint8_t *p;
    size_t n, step;
};
/* Hands over the bytes in small steps, as a slow pipe does. */
static void *write_slowly(void *arg) {
    struct writer *w = (struct writer *)arg;
    for (size_t at = 0; at < w->n;) {
        size_t some = w->n - at < w->step ? w->n - at : w->step;
        ssize_t done = write(w->fd, w->p + at, some);
        if (done < 0)
            break;
        at += (size_t)done;
    }
    (void)close(w->fd);
    return NULL;
}

static void a_pipe_is_read_like_a_file_and_its_digest_too(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    for (uint64_t k = 0; k < 2000; k++)
        pcap_record(&b, k, 60 + k % 50);
    uint8_t want[32], got[32];
    sk_sha256(b.p, 65536, want);
    assert_true(b.n > 65536);
    for (size_t step = 7; step < 100000; step = step * 31 + 1)
        for (int digest = 0; digest < 2; digest++) {
            int fds[2];
            assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
            struct writer w = {.fd = fds[1], .p = b.p, .n = b.n, .step = step};
            pthread_t t;
            assert_int_equal(pthread_create(&t, NULL, write_slowly, &w), 0);
            char path[64];
            (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fds[0]);
            const char *paths[] = {path};
            struct seen *s = seen_new();
            struct sk_source *src = open_paths(paths, 1, s, false);
            if (digest) {
                struct sk_sha256 *h = sk_sha256_new();
                sk_source_digest(src, h);
                sk_sha256_final(h, got);
                assert_memory_equal(got, want, 32);
            }
            read_all(src, s, 64);
            assert_int_equal(s->n, 2000);
            assert_int_equal(s->reports, 0);
            assert_patterns(s);
            assert_int_equal(s->stats.bytes_total, 0);
            sk_source_close(src);
            (void)close(fds[0]);
            (void)pthread_join(t, NULL);
            free(s);
        }
    free(b.p);
}

static void packets_of_a_pipe_arrive_before_the_pipe_is_full(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    pcap_record(&b, 0, 60);
    pcap_record(&b, 1, 60);
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(write(fds[1], b.p, b.n), b.n); /* and the writer stays */
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fds[0]);
    const char *paths[] = {path};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 1, s, false);
    struct sk_packet at[8];
    size_t n = 0;
    assert_int_equal(sk_source_next(src, at, 8, &n), SK_NEXT_PACKETS);
    assert_int_equal(n, 2);
    (void)close(fds[1]);
    assert_int_equal(sk_source_next(src, at, 8, &n), SK_NEXT_END);
    sk_source_close(src);
    (void)close(fds[0]);
    free(s);
    free(b.p);
}

static void *stop_later(void *arg) {
    sk_source_stop((struct sk_source *)arg);
    return NULL;
}
static void a_silent_pipe_can_be_stopped(void **state) {
    (void)state;
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fds[0]);
    const char *paths[] = {path};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 1, s, false);
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, stop_later, src), 0);
    struct sk_packet at[1];
    size_t n = 0;
    assert_int_equal(sk_source_next(src, at, 1, &n), SK_NEXT_END);
    (void)pthread_join(t, NULL);
    assert_int_equal(s->reports, 0);
    sk_source_close(src);
    (void)close(fds[0]);
    (void)close(fds[1]);
    free(s);
}

static void what_was_taken_from_a_pipe_is_handed_out_after_a_stop(void **state) {
    (void)state;
    struct bytes b = pcap_file(true, NSEC_MAGIC, 65535, 1);
    for (uint64_t k = 0; k < 9; k++)
        pcap_record(&b, k, 60);
    for (int digest = 0; digest < 2; digest++) {
        int fds[2];
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        char path[64], missed[256];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fds[0]);
        write_capture("a.pcap", 30);
        const char *paths[] = {path, in_folder("a.pcap", missed)};
        struct seen *s = seen_new();
        struct sk_source *src = open_paths(paths, 2, s, false);
        assert_int_equal(write(fds[1], b.p, b.n - 5), b.n - 5); /* the last record is not whole */
        struct sk_packet at[1];
        size_t n = 0, have = 0;
        if (digest) {
            (void)close(fds[1]);
            struct sk_sha256 *h = sk_sha256_new();
            sk_source_digest(src, h);
            uint8_t sum[32];
            sk_sha256_final(h, sum);
        } else {
            assert_int_equal(sk_source_next(src, at, 1, &n), SK_NEXT_PACKETS);
            have = n;
        }
        sk_source_stop(src);
        for (enum sk_next next; (next = sk_source_next(src, at, 1, &n)) != SK_NEXT_END; have += n)
            if (next == SK_NEXT_WAIT)
                sk_source_retire(src, have);
        assert_int_equal(have,
                         digest ? 8 : 6); /* 512 bytes were taken to see what it is; all else is still in the pipe */
        assert_int_equal(sk_source_next(src, at, 1, &n), SK_NEXT_END);
        assert_int_equal(s->reports, 0);
        sk_source_close(src);
        (void)close(fds[0]);
        if (!digest)
            (void)close(fds[1]);
        free(s);
    }
    free(b.p);
}

static void standard_input_is_read_once_named(void **state) {
    (void)state;
    struct bytes b = pcap_file(true, NSEC_MAGIC, 65535, 1);
    for (uint64_t k = 0; k < 5; k++)
        pcap_record(&b, k, 60);
    char path[64];
    int fd = file_of(b.p, b.n, path), was = dup(STDIN_FILENO);
    for (int digest = 0; digest < 2; digest++) {
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
        const char *paths[] = {"-"};
        struct seen *s = seen_new();
        struct sk_source *src = open_paths(paths, 1, s, false);
        if (digest) {
            uint8_t want[32], got[32];
            sk_sha256(b.p, b.n, want);
            struct sk_sha256 *h = sk_sha256_new();
            sk_source_digest(src, h);
            sk_sha256_final(h, got);
            assert_memory_equal(got, want, 32);
        }
        assert_string_equal(sk_source_input(src, 0)->path, "-");
        read_all(src, s, 64);
        assert_int_equal(s->n, 5);
        assert_patterns(s);
        sk_source_close(src);
        free(s);
    }
    if (was >= 0) {
        (void)dup2(was, STDIN_FILENO);
        (void)close(was);
    }
    (void)close(fd);
    free(b.p);
}

int main(void) {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe_is_read_like_a_file_and_its_digest_too),
        cmocka_unit_test(packets_of_a_pipe_arrive_before_the_pipe_is_full),
        cmocka_unit_test(a_silent_pipe_can_be_stopped),
        IN_FOLDER(what_was_taken_from_a_pipe_is_handed_out_after_a_stop),
        cmocka_unit_test(standard_input_is_read_once_named),
    };
#undef IN_FOLDER
    return cmocka_run_group_tests(tests, NULL, NULL);
}
