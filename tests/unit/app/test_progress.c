/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line: what it says, and that it never is wider than the terminal. */
#include "app/progress.h"
#include "unit.h"

static const struct progress_state half = {.packets = 12345678,
                                           .bytes_read = 500,
                                           .bytes_total = 1000,
                                           .packets_s = 2470000,
                                           .bytes_s = 4,
                                           .file = "captures/monday/office-0001.pcapng"};

static void expect(const struct progress_state *s, unsigned columns, const char *line) {
    struct sk_buf b = {0};
    sk_buf_str(&b, "");
    progress_line(s, columns, &b);
    assert_string_equal(b.p, line);
    sk_buf_free(&b);
}

static void bar_share_time_rates_and_file_stand_in_one_line(void **state) {
    (void)state;
    expect(&half, 120,
           "##########..........  50 %  ETA 2:05  2.47 M packets/s  4 B/s  captures/monday/office-0001.pcapng");
}

static void of_a_name_that_is_too_long_the_middle_is_left_out(void **state) {
    (void)state;
    expect(&half, 79, "##########..........  50 %  ETA 2:05  2.47 M packets/s  4 B/s  capture…1.pcapng");
}

static void a_japanese_name_is_cut_by_its_width(void **state) {
    (void)state;
    struct progress_state s = half;
    s.file = "証拠/総務部の端末/月曜日の記録その一.pcap";
    expect(&s, 79, "##########..........  50 %  ETA 2:05  2.47 M packets/s  4 B/s  証拠/総…一.pcap");
}

static void on_a_narrow_terminal_the_least_important_is_left_out(void **state) {
    (void)state;
    expect(&half, 45, "#####.....  50 %  ETA 2:05  2.47 M packets/s");
    expect(&half, 34, " 50 %  ETA 2:05  2.47 M packets/s");
    expect(&half, 30, " 50 %  ETA 2:05  4 B/s");
    expect(&half, 5, " 50 %");
    expect(&half, 0, "");
}

static void without_a_known_size_there_is_no_bar(void **state) {
    (void)state;
    struct progress_state s = half;
    s.bytes_total = 0;
    s.file = "-";
    expect(&s, 80, "12.3 M packets  2.47 M packets/s  4 B/s  -");
}

static void a_file_that_grew_is_at_most_whole(void **state) {
    (void)state;
    struct progress_state s = half;
    s.bytes_read = 3000;
    s.file = NULL;
    expect(&s, 60, "########## 100 %  ETA 0:00  2.47 M packets/s  4 B/s");
}

static void control_characters_of_a_name_never_reach_the_terminal(void **state) {
    (void)state;
    struct progress_state s = {.bytes_total = 1, .file = "a\033[2Jb\n"};
    expect(&s, 60, "..........   0 %  a?[2Jb?");
}

static void no_line_is_wider_than_the_terminal(void **state) {
    (void)state;
    static const char *const names[] = {"a", "captures/monday/office-0001.pcapng",
                                        "証拠/総務部の端末/月曜日の記録.pcap", "", NULL};
    static const double rates[] = {0, 0.4, 9.99, 999.4, 999.6, 123456789.0, 9.9e15};
    for (unsigned i = 0; i < 5; i++)
        for (unsigned r = 0; r < sizeof rates / sizeof *rates; r++)
            for (unsigned columns = 0; columns < 130; columns++) {
                struct progress_state s = half;
                struct sk_buf b = {0};
                s.file = names[i];
                s.packets_s = s.bytes_s = rates[r];
                s.bytes_total = r % 2 ? UINT64_MAX : 0;
                progress_line(&s, columns, &b);
                assert_true(sk_text_columns(b.p, b.len) <= columns);
                assert_true(sk_utf8_valid(b.p, b.len));
                sk_buf_free(&b);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bar_share_time_rates_and_file_stand_in_one_line),
        cmocka_unit_test(of_a_name_that_is_too_long_the_middle_is_left_out),
        cmocka_unit_test(a_japanese_name_is_cut_by_its_width),
        cmocka_unit_test(on_a_narrow_terminal_the_least_important_is_left_out),
        cmocka_unit_test(without_a_known_size_there_is_no_bar),
        cmocka_unit_test(a_file_that_grew_is_at_most_whole),
        cmocka_unit_test(control_characters_of_a_name_never_reach_the_terminal),
        cmocka_unit_test(no_line_is_wider_than_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
