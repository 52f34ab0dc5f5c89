/* SPDX-License-Identifier: Apache-2.0 */
/* The source over files and folders: order, what is told, waiting, stopping, the digest. */
#include "source_rig.h"

/* ---- inputs --------------------------------------------------------------------------------------------------------
 */

static void files_of_a_folder_are_read_in_the_order_of_their_names(void **state) {
    (void)state;
    char sub[256];
    write_capture("b.pcap", 2);
    write_capture("a.pcap", 1);
    write_capture("B.pcap", 4);
    write_capture(".hidden", 50);
    assert_int_equal(mkdir(in_folder("a-sub", sub), 0700), 0);
    write_capture("a-sub/z.pcap", 8);
    for (int recursive = 0; recursive < 2; recursive++) {
        const char *paths[] = {folder};
        struct seen *s = seen_new();
        struct sk_source *src = open_paths(paths, 1, s, recursive);
        read_all(src, s, 64);
        assert_int_equal(sk_source_inputs(src), 3 + recursive);
        assert_int_equal(s->n, recursive ? 15 : 7);
        assert_int_equal(s->reports, 0);
        assert_patterns(s);
        static const uint64_t packets[] = {4, 1, 2, 8};
        for (uint32_t i = 0; i < 3U + (unsigned)recursive; i++) {
            assert_int_equal(sk_source_input(src, i)->packets, packets[i]);
            assert_true(sk_source_input(src, i)->opened);
        }
        assert_string_equal(strrchr(sk_source_input(src, 0)->path, '/'), "/B.pcap");
        assert_null(sk_source_input(src, 4));
        assert_int_equal(s->stats.opened_inputs, 3 + recursive);
        assert_int_equal(s->stats.bytes_read, s->stats.bytes_total);
        sk_source_close(src);
        free(s);
    }
}

static void packet_numbers_begin_anew_in_each_file_and_sequence_numbers_go_on(void **state) {
    (void)state;
    char one[256], two[256];
    write_capture("one", 3);
    write_capture("two", 3);
    const char *paths[] = {in_folder("two", two), in_folder("one", one)};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 2, s, false);
    read_all(src, s, 64);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(s->at[i].seq, i + 1);
        assert_int_equal(s->at[i].number, i % 3 + 1);
        assert_int_equal(s->at[i].file, i / 3);
    }
    sk_source_close(src);
    free(s);
}

static void one_bad_file_never_hides_the_others(void **state) {
    (void)state;
    char p[6][256];
    write_capture("good1.pcap", 2);
    write_file("empty", "", 0);
    write_file("x.evtx", "ElfFile\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 30);
    write_file("cut.pcap", "\xd4\xc3\xb2\xa1\2\0\4\0", 8);
    write_capture("good2.pcap", 3);
    const char *paths[] = {in_folder("empty", p[0]),      in_folder("good1.pcap", p[1]), in_folder("god2.pcap", p[2]),
                           in_folder("x.evtx", p[3]),     in_folder("cut.pcap", p[4]),   in_folder("good2.pcap", p[5]),
                           "/nowhere-at-all/capture.pcap"};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 7, s, false);
    read_all(src, s, 64);
    assert_int_equal(s->n, 5);
    assert_int_equal(s->reports, 5);
    assert_string_equal(s->what[0], "empty: 0 bytes, not a capture");
    assert_string_equal(s->what[1], "no such file. Near: good2.pcap");
    assert_string_equal(s->what[2], "not a capture file (starts with \"ElfFile\": a Windows event log)");
    assert_string_equal(s->what[3], "file ends inside its header: 8 of 24 bytes are there");
    assert_string_equal(s->what[4], "no such file");
    assert_int_equal(s->offset[0], SK_NO_OFFSET);
    assert_int_equal(s->stats.opened_inputs, 2);
    assert_int_equal(s->stats.unreadable_inputs, 5);
    assert_int_equal(s->stats.damaged_inputs, 0);
    sk_source_close(src);
    free(s);
}

static void nothing_that_is_a_capture_and_a_capture_of_no_packets_differ(void **state) {
    (void)state;
    char p[256];
    write_capture("none.pcap", 0);
    write_file("text", "time,source\n1,2\n", 16);
    const char *paths[] = {in_folder("none.pcap", p)};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 1, s, false);
    read_all(src, s, 64);
    assert_int_equal(s->stats.opened_inputs, 1);
    assert_int_equal(s->stats.unreadable_inputs, 0);
    sk_source_close(src);
    paths[0] = in_folder("text", p);
    src = open_paths(paths, 1, s, false);
    read_all(src, s, 64);
    assert_int_equal(s->stats.opened_inputs, 0);
    assert_int_equal(s->stats.unreadable_inputs, 1);
    assert_string_equal(s->what[0], "not a capture file (starts with \"time,source\": text)");
    sk_source_close(src);
    free(s);
}

static void a_folder_without_files_is_told(void **state) {
    (void)state;
    char p[256], q[256];
    assert_int_equal(mkdir(in_folder("none", p), 0700), 0);
    assert_int_equal(mkdir(in_folder("none/deeper", q), 0700), 0);
    const char *paths[] = {p, q, "/dev/null"};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 3, s, false);
    read_all(src, s, 64);
    assert_int_equal(s->reports, 3);
    assert_string_equal(s->what[0], "folder holds no files, only folders");
    assert_string_equal(s->what[1], "folder holds no files");
    assert_string_equal(s->what[2], "empty: 0 bytes, not a capture");
    assert_int_equal(s->stats.unreadable_inputs, 3);
    sk_source_close(src);
    free(s);
}

static void links_that_lead_in_a_circle_end(void **state) {
    (void)state;
    char p[256];
    write_capture("a.pcap", 1);
    assert_int_equal(symlink(folder, in_folder("circle", p)), 0);
    assert_int_equal(symlink("a.pcap", in_folder("b.pcap", p)), 0);
    const char *paths[] = {folder};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 1, s, true);
    read_all(src, s, 64);
    assert_int_equal(s->n, 2); /* the file and the link to it */
    assert_int_equal(sk_source_inputs(src), 2);
    sk_source_close(src);
    free(s);
}

static void wrong_calls_are_refused_with_a_sentence(void **state) {
    (void)state;
    struct sk_source *src = NULL;
    struct sk_error err = {0};
    assert_int_equal(sk_source_files(NULL, 0, NULL, &src, &err), SK_EUSAGE);
    assert_non_null(strstr(err.msg, "no file named"));
    const char *twice[] = {"-", "-"};
    err = (struct sk_error){0};
    assert_int_equal(sk_source_files(twice, 2, NULL, &src, &err), SK_EUSAGE);
    assert_non_null(strstr(err.msg, "standard input"));
    assert_null(src);
    struct sk_source_options opt = {.filter = "ip6 an"};
    assert_int_equal(sk_source_files(twice, 1, &opt, &src, NULL), SK_EUSAGE);
    err = (struct sk_error){0};
    assert_int_equal(sk_source_live("no-such-if0", NULL, &src, &err), SK_ENOTFOUND);
    assert_non_null(strstr(err.msg, "no-such-if0: no such interface"));
    assert_null(src);
    sk_source_close(NULL);
}

/* ---- waiting, stopping ---------------------------------------------------------------------------------------------
 */

/* 400 packets of `size` bytes, of which `most` fit into all blocks. */
static void waits_and_goes_on(const struct bytes *b, size_t size, size_t most) {
    char path[64];
    int fd = file_of(b->p, b->n, path);
    const char *paths[] = {path};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 1, s, false);
    static struct sk_packet at[400];
    size_t have = 0, retired = 0, waits = 0, n = 0;
    for (enum sk_next next; (next = sk_source_next(src, at + have, 400 - have, &n)) != SK_NEXT_END; have += n) {
        if (next == SK_NEXT_PACKETS)
            continue;
        assert_int_equal(next, SK_NEXT_WAIT);
        assert_int_equal(sk_source_next(src, at + have, 400 - have, &n), SK_NEXT_WAIT); /* still */
        assert_in_range(have - retired, 60, most);
        for (; retired < have - 10; retired++) /* all bytes are still what they were */
            assert_true(is_pattern(at[retired].data, retired, size));
        sk_source_retire(src, retired);
        waits++;
    }
    assert_int_equal(have, 400);
    assert_true(waits >= 390 / most);
    for (; retired < have; retired++)
        assert_true(is_pattern(at[retired].data, retired, size));
    sk_source_close(src);
    (void)close(fd);
    free(s);
}

static void without_retiring_it_waits_and_with_it_goes_on_where_it_was(void **state) {
    (void)state;
    struct bytes pcap = pcap_file(false, USEC_MAGIC, 65535, 1), ng = {0}, many = {0};
    ng_section(&ng);
    ng_interface(&ng, 1, 0, -1, 0, NULL);
    ng_section(&many);
    ng_interface(&many, 1, 0, -1, 0, NULL);
    for (uint64_t k = 0; k < 400; k++) { /* one in a block of 256: 64 blocks fill up */
        pcap_record(&pcap, k, 200);
        ng_enhanced(&ng, 0, k, k, 200, 200);
        ng_enhanced(&many, 0, k, k, 20, 20); /* several in a block */
    }
    waits_and_goes_on(&pcap, 200, 64);
    waits_and_goes_on(&ng, 200, 64);
    waits_and_goes_on(&many, 20, 64 * 5);
    free(pcap.p);
    free(ng.p);
    free(many.p);
}

static void waiting_in_a_search_after_damage_goes_on_too(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    for (uint64_t k = 0; k < 300; k++)
        pcap_record(&b, k, 200);
    for (size_t k = 10; k < 300; k += 30)
        set32(&b, 24 + k * 216 + 8, UINT32_MAX);
    char path[64];
    int fd = file_of(b.p, b.n, path);
    const char *paths[] = {path};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 1, s, false);
    struct sk_packet at[1];
    size_t have = 0, n = 0;
    for (enum sk_next next; (next = sk_source_next(src, at, 1, &n)) != SK_NEXT_END; have += n)
        if (next == SK_NEXT_WAIT)
            sk_source_retire(src, have);
    assert_int_equal(have, 290);
    assert_int_equal(s->reports, 10);
    sk_source_close(src);
    (void)close(fd);
    free(s);
    free(b.p);
}

static void stopping_ends_it_without_a_word(void **state) {
    (void)state;
    char p[256];
    write_capture("a.pcap", 30);
    const char *paths[] = {in_folder("a.pcap", p)};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 1, s, false);
    struct sk_packet at[4];
    size_t n = 0;
    assert_int_equal(sk_source_next(src, at, 4, &n), SK_NEXT_PACKETS);
    sk_source_stop(src);
    assert_int_equal(sk_source_next(src, at, 4, &n), SK_NEXT_END);
    assert_int_equal(n, 0);
    sk_source_close(src);
    assert_int_equal(s->reports, 0);
    free(s);
}

/* ---- digest, growing, cut ------------------------------------------------------------------------------------------
 */

static void the_digest_is_over_the_first_64_kib_of_each_file_in_order(void **state) {
    (void)state;
    char p[3][256];
    struct bytes b = {0};
    put_pattern(&b, 3, 65536 + 10);
    write_file("large", b.p, b.n);
    write_file("small", "abc", 3);
    const char *paths[] = {in_folder("large", p[0]), in_folder("missing", p[1]), in_folder("small", p[2])};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 3, s, false);
    struct sk_sha256 *h = sk_sha256_new();
    sk_source_digest(src, h);
    uint8_t want[32], got[32];
    sk_sha256_final(h, got);
    b.n = 65536;
    put(&b, "abc", 3);
    sk_sha256(b.p, b.n, want);
    assert_memory_equal(got, want, 32);
    assert_int_equal(s->reports, 0); /* told when their turn comes, once */
    sk_source_close(src);
    free(s);
    free(b.p);
}

static void a_file_cut_while_it_is_read_ends_that_file_only(void **state) {
    (void)state;
    char one[256], two[256];
    write_capture("one", 500);
    write_capture("two", 3);
    const char *paths[] = {in_folder("one", one), in_folder("two", two)};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 2, s, false);
    struct sk_packet at[64];
    size_t n = 0, of_one = 0, of_two = 0;
    assert_int_equal(sk_source_next(src, at, 64, &n), SK_NEXT_PACKETS);
    of_one += n;
    sk_source_retire(src, of_one);
    assert_int_equal(truncate(one, 100), 0);
    while (sk_source_next(src, at, 64, &n) == SK_NEXT_PACKETS) {
        of_one += at[0].file == 0 ? n : 0;
        of_two += at[0].file == 1 ? n : 0;
        sk_source_retire(src, at[n - 1].seq);
    }
    assert_in_range(of_one, 1, 400);
    assert_int_equal(of_two, 3);
    assert_true(s->reports <= 1); /* none if the cut fell between records */
    sk_source_close(src);
    free(s);
}

static void a_file_that_grows_is_read_to_what_is_there_at_its_end(void **state) {
    (void)state;
    char path[256];
    write_capture("grow", 3);
    const char *paths[] = {in_folder("grow", path)};
    struct seen *s = seen_new();
    struct sk_source *src = open_paths(paths, 1, s, false);
    struct sk_packet at[64];
    size_t n = 0, all = 0;
    int fd = open(path, O_WRONLY | O_APPEND);
    for (uint64_t k = 3; sk_source_next(src, at, 64, &n) == SK_NEXT_PACKETS; k++) {
        all += n;
        sk_source_retire(src, all);
        if (k >= 10)
            continue;
        struct bytes b = {0};
        pcap_record(&b, k, 60);
        assert_int_equal(write(fd, b.p, b.n), b.n);
        free(b.p);
    }
    assert_int_equal(all, 10);
    assert_int_equal(s->reports, 0);
    (void)close(fd);
    sk_source_close(src);
    free(s);
}

int main(void) {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(files_of_a_folder_are_read_in_the_order_of_their_names),
        IN_FOLDER(packet_numbers_begin_anew_in_each_file_and_sequence_numbers_go_on),
        IN_FOLDER(one_bad_file_never_hides_the_others),
        IN_FOLDER(nothing_that_is_a_capture_and_a_capture_of_no_packets_differ),
        IN_FOLDER(a_folder_without_files_is_told),
        IN_FOLDER(links_that_lead_in_a_circle_end),
        cmocka_unit_test(wrong_calls_are_refused_with_a_sentence),
        cmocka_unit_test(without_retiring_it_waits_and_with_it_goes_on_where_it_was),
        cmocka_unit_test(waiting_in_a_search_after_damage_goes_on_too),
        IN_FOLDER(stopping_ends_it_without_a_word),
        IN_FOLDER(the_digest_is_over_the_first_64_kib_of_each_file_in_order),
        IN_FOLDER(a_file_cut_while_it_is_read_ends_that_file_only),
        IN_FOLDER(a_file_that_grows_is_read_to_what_is_there_at_its_end),
    };
#undef IN_FOLDER
    return cmocka_run_group_tests(tests, NULL, NULL);
}
