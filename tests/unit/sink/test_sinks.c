/* SPDX-License-Identifier: Apache-2.0 */
/* Where lines go: whole lines, appended, errors said with their cause. */
#include "sekimori/sink.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96];

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/sekimori-sink-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/alerts.jsonl", folder);
    return 0;
}
static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static const struct sk_alert_line a = {.json = "{\"a\":1}", .len = 7}, b = {.json = "{\"b\":2}", .len = 7};

static void *opened(const struct sk_sink_ops **ops, const char *spec) {
    struct sk_error err = {0};
    const char *target;
    void *sink = NULL;
    *ops = sk_sink_find(spec, &target, &err);
    assert_non_null(*ops);
    if ((*ops)->open(&sink, target, &err) != SK_OK)
        fail_msg("%s", err.msg);
    return sink;
}
static void write_lines(const char *spec) {
    const struct sk_sink_ops *ops;
    struct sk_error err = {0};
    void *sink = opened(&ops, spec);
    assert_int_equal(ops->write(sink, &a, &err), SK_OK);
    assert_int_equal(ops->write(sink, &b, &err), SK_OK);
    assert_int_equal(ops->flush(sink, &err), SK_OK);
    ops->close(sink);
}
static void holds(const char *want) {
    char text[256] = "";
    int fd = open(path, O_RDONLY);
    assert_true(read(fd, text, sizeof text - 1) >= 0);
    close(fd);
    assert_string_equal(text, want);
}
static void begin_with(const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void lines_are_appended(void **state) {
    (void)state;
    begin_with("{\"old\":0}\n");
    write_lines(path);
    holds("{\"old\":0}\n{\"a\":1}\n{\"b\":2}\n");
    char spec[128];
    snprintf(spec, sizeof spec, "file:%s", path);
    write_lines(spec);
    holds("{\"old\":0}\n{\"a\":1}\n{\"b\":2}\n{\"a\":1}\n{\"b\":2}\n");
}

static void a_line_half_written_is_ended_first(void **state) {
    (void)state;
    begin_with("{\"old\":");
    write_lines(path);
    holds("{\"old\":\n{\"a\":1}\n{\"b\":2}\n");
    begin_with("");
    write_lines(path);
    holds("{\"a\":1}\n{\"b\":2}\n");
}

static void a_new_file_is_not_for_everybody(void **state) {
    (void)state;
    struct stat st;
    unlink(path);
    write_lines(path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07, 0);
}

static void a_full_disk_is_said(void **state) {
    (void)state;
    const struct sk_sink_ops *ops;
    struct sk_error err = {0};
    void *sink = opened(&ops, "/dev/full");
    assert_int_equal(ops->write(sink, &a, &err), SK_EIO);
    assert_string_equal(err.msg, "/dev/full: No space left on device");
    ops->close(sink);
}

static void what_cannot_be_opened_is_said(void **state) {
    (void)state;
    static const char *const targets[] = {"/", "/nonexistent/alerts.jsonl", ""};
    for (size_t i = 0; i < 3; i++) {
        struct sk_error err = {0};
        const char *target;
        void *sink = NULL;
        const struct sk_sink_ops *ops = sk_sink_find(targets[i], &target, &err);
        assert_non_null(ops);
        assert_int_equal(ops->open(&sink, target, &err), SK_EIO);
        assert_true(err.msg[0]);
    }
}

static void a_pipe_whose_reader_left_is_an_error_not_a_wait(void **state) {
    (void)state;
    char fifo[96];
    snprintf(fifo, sizeof fifo, "%s/pipe", folder);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    signal(SIGPIPE, SIG_IGN);
    int reader = open(fifo, O_RDONLY | O_NONBLOCK);
    const struct sk_sink_ops *ops;
    struct sk_error err = {0};
    void *sink = opened(&ops, fifo);
    assert_int_equal(ops->write(sink, &a, &err), SK_OK);
    assert_int_equal(ops->flush(sink, &err), SK_OK);
    char text[16] = "";
    assert_int_equal(read(reader, text, sizeof text), 8);
    close(reader);
    assert_int_equal(ops->write(sink, &a, &err), SK_EIO);
    assert_non_null(strstr(err.msg, "Broken pipe"));
    ops->close(sink);
    unlink(fifo);
}

static void outputs_are_found_by_name_and_the_nearest_is_offered(void **state) {
    (void)state;
    struct sk_error err = {0};
    const char *target;
    assert_string_equal(sk_sink_find("-", &target, &err)->name, "stdout");
    assert_string_equal(sk_sink_find("stdout", &target, &err)->name, "stdout");
    assert_string_equal(sk_sink_find("file:x", &target, &err)->name, "file");
    assert_string_equal(target, "x");
    assert_string_equal(sk_sink_find("x.jsonl", &target, &err)->name, "file");
    assert_string_equal(target, "x.jsonl");
    assert_string_equal(sk_sink_find("./a:b", &target, &err)->name, "file");
    assert_string_equal(target, "./a:b");
    assert_null(sk_sink_find("fiel:x", &target, &err));
    assert_string_equal(err.msg,
                        "no output `fiel`. Did you mean `file`? There are: file, stdout; a file is file:PATH or "
                        "a path");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_appended),
        cmocka_unit_test(a_line_half_written_is_ended_first),
        cmocka_unit_test(a_new_file_is_not_for_everybody),
        cmocka_unit_test(a_full_disk_is_said),
        cmocka_unit_test(what_cannot_be_opened_is_said),
        cmocka_unit_test(a_pipe_whose_reader_left_is_an_error_not_a_wait),
        cmocka_unit_test(outputs_are_found_by_name_and_the_nearest_is_offered),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
