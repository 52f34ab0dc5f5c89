/* SPDX-License-Identifier: Apache-2.0 */
/* The tools of the tests are worth nothing if they do not bite. */
#include "guard.h"
#include "hex.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a child: die of it, quietly. cmocka and the sanitizers catch signals, and their reports are expected here. */
static void die_quietly(void) {
    static const int deaths[] = {SIGSEGV, SIGBUS, SIGABRT};
    for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++)
        (void)signal(deaths[i], SIG_DFL);
    (void)dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
}

/* Does reading (or writing) this byte kill a process? */
static bool deadly(volatile uint8_t *at, bool write_it) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        die_quietly();
        uint8_t seen = *at;
        if (write_it)
            *at = seen;
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status);
}

static void a_guarded_buffer_ends_at_a_deadly_byte(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 14, 4095, 4096, 4097};
    uint8_t bytes[4097];
    memset(bytes, 0x5a, sizeof bytes);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct sk_guard g = sk_guard_end(bytes, sizes[i]);
        assert_memory_equal(g.p, bytes, sizes[i]);
        assert_false(deadly(g.p + g.n - 1, true));
        assert_true(deadly(g.p + g.n, false));
        sk_guard_free(&g);
        assert_null(g.p);
    }
}

static void a_guarded_buffer_of_nothing_may_not_be_touched(void **state) {
    (void)state;
    struct sk_guard g = sk_guard_end(NULL, 0);
    assert_true(deadly(g.p, false));
    sk_guard_free(&g);
}

static void the_byte_before_a_buffer_is_deadly_too(void **state) {
    (void)state;
    struct sk_guard g = sk_guard_begin("abc", 3);
    assert_memory_equal(g.p, "abc", 3);
    assert_true(deadly(g.p - 1, false));
    assert_false(deadly(g.p, true));
    sk_guard_free(&g);
}

static void a_cut_moves_the_end_to_the_page(void **state) {
    (void)state;
    struct sk_guard g = sk_guard_end("abcdef", 6);
    for (size_t k = 0; k <= 6; k++) {
        const uint8_t *p = sk_guard_cut(&g, "abcdef", k);
        assert_int_equal(g.n, k);
        assert_memory_equal(p, "abcdef", k);
    }
    (void)sk_guard_cut(&g, "abcdef", 2);
    assert_true(deadly(g.p + 2, false));
    sk_guard_free(&g);
}

static void annotated_hexadecimal_becomes_bytes(void **state) {
    (void)state;
    struct sk_hex h = sk_hex_of("86 00 # router advertisement: ff\n"
                                "  dEaD\tbe\n"
                                "ef#\n"
                                "# nothing else");
    assert_int_equal(h.n, 6);
    assert_memory_equal(h.b, "\x86\x00\xde\xad\xbe\xef", 6);
    assert_int_equal(sk_hex_of("").n, 0);
}

static void bad_hexadecimal_stops_the_test(void **state) {
    (void)state;
    static const char *const bad[] = {"8", "8 6", "8x", "zz", "86 0", "86 00 11"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            uint8_t two[2];
            die_quietly();
            (void)sk_hex_read(bad[i], two, sizeof two);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guarded_buffer_ends_at_a_deadly_byte),
        cmocka_unit_test(a_guarded_buffer_of_nothing_may_not_be_touched),
        cmocka_unit_test(the_byte_before_a_buffer_is_deadly_too),
        cmocka_unit_test(a_cut_moves_the_end_to_the_page),
        cmocka_unit_test(annotated_hexadecimal_becomes_bytes),
        cmocka_unit_test(bad_hexadecimal_stops_the_test),
    };
    return cmocka_run_group_tests_name("base/support", tests, NULL, NULL);
}
