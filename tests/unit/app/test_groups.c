/* SPDX-License-Identifier: Apache-2.0 */
/* Which files belong together and in which order they are read. */
#include "app/groups.h"

#include "sekimori/text.h"
#include "unit.h"

#include <stdlib.h>

enum { MAX = 64 };
#define T(seconds) ((seconds)*SK_SEC)

static struct group_input file(const char *path, sk_time first) {
    return (struct group_input){
        .path = path, .kind = "1", .tap = SK_TAP_NONE, .capture = true, .timed = true, .first = first};
}
static struct group_input at_tap(const char *path, uint16_t tap, sk_time first) {
    struct group_input in = file(path, first);
    in.tap = tap;
    return in;
}
static struct group_input empty(const char *path) {
    return (struct group_input){.path = path, .kind = "", .tap = SK_TAP_NONE};
}
static struct group_input fifo(const char *path) {
    return (struct group_input){.path = path, .kind = "", .tap = SK_TAP_NONE, .pipe = true};
}

/* "1:path 1:path 2:path " */
static char *planned(struct group_input *in, size_t n) {
    uint32_t order[MAX];
    struct sk_buf text = {0};
    uint32_t groups = groups_plan(in, n, order), most = 0;
    sk_buf_str(&text, "");
    for (size_t i = 0; i < n; i++) {
        const struct group_input *at = &in[order[i]];
        sk_buf_fmt(&text, "%u:%s ", at->group, at->path);
        most = at->group > most ? at->group : most;
    }
    assert_int_equal(groups, most);
    return text.p;
}

static void expect(struct group_input *in, size_t n, const char *plan) {
    char *got = planned(in, n);
    assert_string_equal(got, plan);
    free(got);
}

static void files_of_one_folder_are_a_group_in_order_of_time(void **state) {
    (void)state;
    struct group_input in[] = {file("d/a", T(30)), file("d/b", T(10)), file("d/c", T(20))};
    expect(in, 3, "1:d/b 1:d/c 1:d/a ");
}

static void folders_are_groups_in_order_of_their_first_packet(void **state) {
    (void)state;
    struct group_input in[] = {file("a/x", T(20)), file("b/x", T(10)), file("a/y", T(5)), file("b/y", T(40))};
    expect(in, 4, "1:a/y 1:a/x 2:b/x 2:b/y ");
    struct group_input nested[] = {file("a/b/x", T(3)), file("a/x", T(1)), file("a/y", T(5)), file("/x", T(9)),
                                   file("x", T(8))};
    expect(nested, 5, "1:a/x 1:a/y 2:a/b/x 3:x 4:/x ");
}

static void other_interfaces_or_link_types_are_another_group(void **state) {
    (void)state;
    struct group_input in[] = {file("d/a", T(1)), file("d/b", T(2)), file("d/c", T(3))};
    in[1].kind = "1 eth1";
    expect(in, 3, "1:d/a 1:d/c 2:d/b ");
}

static void a_tap_is_a_group_over_folders_and_kinds(void **state) {
    (void)state;
    struct group_input in[] = {at_tap("x/a", 1, T(3)), at_tap("y/b", 1, T(1)), at_tap("x/c", 0, T(2)),
                               file("x/d", T(9))};
    in[0].kind = "113";
    expect(in, 4, "1:y/b 1:x/a 2:x/c 3:x/d ");
}

static void equal_times_are_in_order_of_paths(void **state) {
    (void)state;
    struct group_input in[] = {file("d/b", T(1)), file("d/B", T(1)), file("d/a", T(1)), file("c/z", T(1))};
    expect(in, 4, "1:c/z 2:d/B 2:d/a 2:d/b ");
}

static void captures_whose_first_packet_is_not_known_are_groups_of_their_own(void **state) {
    (void)state;
    struct group_input in[] = {empty("d/b"), file("d/c", T(1)), empty("d/a")};
    in[0].capture = in[2].capture = true;
    expect(in, 3, "1:d/c 2:d/a 3:d/b ");
}

static void files_that_cannot_be_read_come_last_and_are_in_no_group(void **state) {
    (void)state;
    struct group_input in[] = {empty("d/b"), file("d/c", T(1)), empty("d/a")};
    expect(in, 3, "1:d/c 0:d/a 0:d/b ");
    struct group_input none[] = {empty("a")};
    expect(none, 1, "0:a ");
    expect(NULL, 0, "");
}

static void pipes_come_after_all_in_the_order_given_each_a_group(void **state) {
    (void)state;
    struct group_input in[] = {fifo("-"), file("x", T(9)), fifo("a"), empty("y")};
    expect(in, 4, "1:x 0:y 2:- 3:a ");
    struct group_input same[] = {fifo("p"), fifo("o")};
    same[0].tap = same[1].tap = 3;
    expect(same, 2, "1:p 2:o ");
}

static void a_time_before_all_clocks_is_a_time(void **state) {
    (void)state;
    struct group_input in[] = {file("a", 0), file("b", INT64_MIN), file("c", INT64_MAX)};
    expect(in, 3, "1:b 1:a 1:c ");
}

static void the_plan_does_not_depend_on_the_order_given(void **state) {
    (void)state;
    char path[MAX][16];
    struct group_input in[MAX];
    for (unsigned i = 0; i < MAX; i++) {
        snprintf(path[i], sizeof path[i], "%c/%c%c", 'a' + i % 3, 'a' + i * 7 % 26, 'a' + i / 26);
        in[i] = i % 9 == 0   ? empty(path[i])
                : i % 4 == 0 ? at_tap(path[i], (uint16_t)(i % 8 / 4), T(i % 10))
                             : file(path[i], T(i * 37 % 20));
        in[i].kind = i % 5 == 0 ? "101" : "1";
    }
    char *first = planned(in, MAX);
    unsigned seed = 1;
    for (unsigned turn = 0; turn < 50; turn++) {
        for (unsigned i = MAX - 1; i > 0; i--) {
            seed = seed * 1103515245u + 12345u;
            unsigned k = (seed >> 16) % (i + 1);
            struct group_input swap = in[i];
            in[i] = in[k];
            in[k] = swap;
        }
        char *again = planned(in, MAX);
        assert_string_equal(again, first);
        free(again);
    }
    free(first);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_one_folder_are_a_group_in_order_of_time),
        cmocka_unit_test(folders_are_groups_in_order_of_their_first_packet),
        cmocka_unit_test(other_interfaces_or_link_types_are_another_group),
        cmocka_unit_test(a_tap_is_a_group_over_folders_and_kinds),
        cmocka_unit_test(equal_times_are_in_order_of_paths),
        cmocka_unit_test(captures_whose_first_packet_is_not_known_are_groups_of_their_own),
        cmocka_unit_test(files_that_cannot_be_read_come_last_and_are_in_no_group),
        cmocka_unit_test(pipes_come_after_all_in_the_order_given_each_a_group),
        cmocka_unit_test(a_time_before_all_clocks_is_a_time),
        cmocka_unit_test(the_plan_does_not_depend_on_the_order_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
