/* SPDX-License-Identifier: Apache-2.0 */
/* Classic pcap files: forms, damage, truncation at every byte. */
#include "maker.h"

static const uint32_t block_sizes[] = {0, 16, 17, 64, 100, 333, 4096};

static void both_byte_orders_and_both_resolutions_give_the_same_packets(void **state) {
    (void)state;
    for (int form = 0; form < 4; form++) {
        bool be = form & 1, nano = form & 2;
        struct bytes b = pcap_file(be, nano ? NSEC_MAGIC : USEC_MAGIC, 65535, 1);
        for (uint64_t k = 0; k < 5; k++) {
            pcap_header(&b, (uint32_t)(T0 + k), nano ? 123456789 : 123456, (uint32_t)(60 + k), 1500);
            put_pattern(&b, k, 60 + k);
        }
        struct seen *s = read_bytes(&b);
        assert_int_equal(s->n, 5);
        assert_int_equal(s->reports, 0);
        assert_patterns(s);
        for (size_t i = 0; i < 5; i++) {
            assert_int_equal(s->at[i].ts, (sk_time)(T0 + i) * SK_SEC + (nano ? 123456789 : 123456000));
            assert_int_equal(s->at[i].caplen, 60 + i);
            assert_int_equal(s->at[i].wirelen, 1500);
            assert_int_equal(s->at[i].number, i + 1);
            assert_int_equal(s->at[i].linktype, 1);
            assert_int_equal(s->at[i].iface, 0);
            assert_int_equal(s->at[i].tap, SK_TAP_NONE);
        }
        assert_int_equal(s->stats.packets, 5);
        assert_int_equal(s->stats.bytes, 5 * 1500);
        assert_int_equal(s->stats.opened_inputs, 1);
        assert_int_equal(s->stats.damaged_inputs, 0);
        assert_int_equal(s->stats.unreadable_inputs, 0);
        assert_int_equal(s->stats.bytes_read, b.n);
        assert_int_equal(s->stats.bytes_total, b.n);
        assert_int_equal(s->input.packets, 5);
        assert_int_equal(s->input.first, s->at[0].ts);
        assert_int_equal(s->input.last, s->at[4].ts);
        free(s);
        free(b.p);
    }
}

static void fcs_bits_above_the_link_type_are_masked(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 0x24000000U | 113);
    pcap_record(&b, 0, 20);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 1);
    assert_int_equal(s->at[0].linktype, 113);
    free(s);
    free(b.p);
}

static void times_up_to_2106_are_read_unsigned(void **state) {
    (void)state;
    struct bytes b = pcap_file(true, USEC_MAGIC, 65535, 1);
    pcap_header(&b, UINT32_MAX, 999999, 4, 4);
    put_pattern(&b, 0, 4);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 1);
    assert_int_equal(s->at[0].ts, (sk_time)UINT32_MAX * SK_SEC + 999999000);
    assert_int_equal(s->stats.clamped_times, 0);
    free(s);
    free(b.p);
}

static void a_wire_length_below_the_captured_length_is_raised_to_it(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    pcap_header(&b, T0, 0, 10, 3);
    put_pattern(&b, 0, 10);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 1);
    assert_int_equal(s->at[0].caplen, 10);
    assert_int_equal(s->at[0].wirelen, 10);
    free(s);
    free(b.p);
}

static void a_packet_of_no_bytes_is_a_packet(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    pcap_record(&b, 0, 30);
    pcap_header(&b, T0, 0, 0, 60);
    pcap_record(&b, 2, 30);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 3);
    assert_int_equal(s->reports, 0);
    assert_int_equal(s->at[1].caplen, 0);
    assert_int_equal(s->at[1].wirelen, 60);
    assert_patterns(s);
    free(s);
    free(b.p);
}

/* Extra bytes between the record header and the packet, as three programs wrote them under one magic. */
static void modified_files_are_read_in_each_of_their_layouts(void **state) {
    (void)state;
    static const size_t extra[] = {8, 0, 12};
    for (size_t i = 0; i < 6; i++) {
        struct bytes b = pcap_file(i >= 3, MODIFIED_MAGIC, 65535, 1);
        for (uint64_t k = 0; k < 4; k++) {
            pcap_header(&b, (uint32_t)(T0 + k), 5, (uint32_t)(70 + k), (uint32_t)(70 + k));
            for (size_t x = 0; x < extra[i % 3]; x++)
                put_u(&b, x == 0 ? 2 : 0, 1);
            put_pattern(&b, k, 70 + k);
        }
        for (size_t z = 0; z < sizeof block_sizes / sizeof block_sizes[0]; z++) {
            struct seen *s = read_cut(&b, b.n, block_sizes[z], 64);
            assert_int_equal(s->n, 4);
            assert_int_equal(s->reports, 0);
            assert_patterns(s);
            free(s);
        }
        free(b.p);
    }
}

static void files_before_2_4_have_their_lengths_the_other_way_round(void **state) {
    (void)state;
    for (uint8_t minor = 2; minor <= 3; minor++) {
        struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
        b.p[6] = minor;
        pcap_header(&b, T0, 0, 1500, 40);
        put_pattern(&b, 0, 40);
        struct seen *s = read_bytes(&b);
        assert_int_equal(s->n, 1);
        assert_int_equal(s->at[0].caplen, 40);
        assert_int_equal(s->at[0].wirelen, 1500);
        assert_patterns(s);
        free(s);
        free(b.p);
    }
}

static void an_unknown_version_is_told_and_read(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    b.p[4] = 9;
    pcap_record(&b, 0, 30);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 1);
    assert_int_equal(s->reports, 1);
    assert_string_equal(s->what[0], "pcap version 9.4 is not known; read as 2.4");
    free(s);
    free(b.p);
}

static void a_capture_of_no_packets_is_a_capture(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 0);
    assert_int_equal(s->reports, 0);
    assert_true(s->input.opened);
    assert_int_equal(s->stats.opened_inputs, 1);
    free(s);
    free(b.p);
}

static void records_across_blocks_of_any_size_arrive_whole(void **state) {
    (void)state;
    struct bytes b = pcap_file(true, NSEC_MAGIC, 65535, 1);
    for (uint64_t k = 0; k < 300; k++)
        pcap_record(&b, k, 1 + k * 37 % 200);
    for (size_t z = 0; z < sizeof block_sizes / sizeof block_sizes[0]; z++)
        for (size_t batch = 1; batch <= 64; batch += 21) {
            struct seen *s = read_cut(&b, b.n, block_sizes[z], batch);
            assert_int_equal(s->n, 300);
            assert_int_equal(s->reports, 0);
            assert_int_equal(s->waits, 0);
            assert_patterns(s);
            free(s);
        }
    free(b.p);
}

static void a_packet_larger_than_a_block_gets_a_larger_block(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 0xffffffff, 1);
    pcap_record(&b, 0, 100);
    pcap_record(&b, 1, 3 * 1024 * 1024);
    pcap_record(&b, 2, 16 * 1024 * 1024);
    pcap_record(&b, 3, 100);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 4);
    assert_int_equal(s->reports, 0);
    assert_patterns(s);
    free(s);
    free(b.p);
}

/* ---- damage -------------------------------------------------------------------------------------------------------
 */

static struct bytes twenty(bool be) {
    struct bytes b = pcap_file(be, USEC_MAGIC, 262144, 1);
    for (uint64_t k = 0; k < 20; k++)
        pcap_record(&b, k, 84);
    return b;
}
enum { RECORD = 100 }; /* bytes of each record of twenty() */
static size_t record_at(size_t k) { return 24 + k * RECORD; }

static void a_length_that_cannot_be_costs_one_packet(void **state) {
    (void)state;
    for (int be = 0; be < 2; be++)
        for (size_t z = 0; z < sizeof block_sizes / sizeof block_sizes[0]; z++) {
            struct bytes b = twenty(be);
            set32(&b, record_at(7) + 8, 4294967040U);
            struct seen *s = read_cut(&b, b.n, block_sizes[z], 64);
            assert_int_equal(s->n, 19);
            assert_int_equal(s->reports, 1);
            assert_int_equal(s->offset[0], record_at(7));
            assert_string_equal(
                s->what[0], "packet header says 4294967040 bytes; skipped to the next sane record (100 bytes lost)");
            assert_int_equal(s->at[6].ts / SK_SEC, T0 + 6);
            assert_int_equal(s->at[7].ts / SK_SEC, T0 + 8);
            assert_int_equal(s->stats.damaged_inputs, 1);
            assert_true(s->input.damaged && s->input.opened);
            free(s);
            free(b.p);
        }
}

static void a_length_below_the_snapshot_limit_is_believed(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 96, 1); /* other readers accept up to 256 KiB whatever it says */
    pcap_record(&b, 0, 200000);
    pcap_record(&b, 1, 60);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 2);
    assert_int_equal(s->reports, 0);
    free(s);
    free(b.p);
}

static void a_length_just_above_the_limit_is_not_believed(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 96, 1);
    pcap_record(&b, 0, 262145);
    pcap_record(&b, 1, 60);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 1);
    assert_int_equal(s->reports, 1);
    free(s);
    free(b.p);
}

static void zeros_in_the_middle_are_skipped_and_told(void **state) {
    (void)state;
    struct bytes b = twenty(false);
    memset(b.p + record_at(3), 0, 5 * RECORD);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 15);
    assert_int_equal(s->reports, 1);
    assert_string_equal(s->what[0], "zeros where a packet header should be; skipped to the next sane record (500 bytes "
                                    "lost)");
    free(s);
    free(b.p);
}

static void zeros_at_the_end_as_a_crash_leaves_them_are_no_packets(void **state) {
    (void)state;
    struct bytes b = twenty(false);
    for (int i = 0; i < 4096; i++)
        put_u(&b, 0, 1);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 20);
    assert_int_equal(s->reports, 1);
    assert_int_equal(s->offset[0], record_at(20));
    assert_string_equal(s->what[0], "zeros where a packet header should be; no sane record follows (4096 bytes lost)");
    free(s);
    free(b.p);
}

static void bytes_cut_out_of_the_middle_cost_what_they_touched(void **state) {
    (void)state;
    struct bytes b = twenty(false);
    size_t at = record_at(5) + 40;
    memmove(b.p + at, b.p + at + 130, b.n - at - 130); /* the rest of record 5 and most of 6 */
    b.n -= 130;
    struct seen *s = read_bytes(&b);
    assert_true(s->n >= 18); /* record 5 swallows the begin of 7; what is lost was touched */
    assert_int_equal(s->reports, 1);
    assert_int_equal(s->at[s->n - 1].ts / SK_SEC, T0 + 19);
    free(s);
    free(b.p);
}

static void the_last_record_alone_is_found_because_it_ends_the_file(void **state) {
    (void)state;
    struct bytes b = twenty(false);
    set32(&b, record_at(18) + 8, UINT32_MAX);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 19);
    assert_int_equal(s->at[18].ts / SK_SEC, T0 + 19);
    free(s);
    free(b.p);
}

static void damage_in_the_first_record_is_survived(void **state) {
    (void)state;
    struct bytes b = twenty(true);
    set32(&b, record_at(0) + 8, 0x7fffffff);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 19);
    assert_int_equal(s->reports, 1);
    free(s);
    free(b.p);
}

static void a_plausible_but_wrong_length_near_the_end_does_not_hide_the_rest(void **state) {
    (void)state;
    struct bytes b = twenty(false);
    set32(&b, record_at(10) + 8, 60000); /* runs past the end of the file */
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 19);
    assert_int_equal(s->reports, 1);
    assert_string_equal(s->what[0], "packet header says 60000 bytes; skipped to the next sane record (100 bytes lost)");
    free(s);
    free(b.p);
}

static void a_gap_of_megabytes_is_crossed(void **state) {
    (void)state;
    struct bytes b = twenty(false);
    uint32_t x = 1;
    for (size_t i = 0; i < 5 * 1024 * 1024 / 4; i++) {
        x = x * 1664525 + 1013904223;
        put_u(&b, x | 0x80000000U, 4);
    }
    for (uint64_t k = 20; k < 30; k++)
        pcap_record(&b, k, 84);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 30);
    assert_int_equal(s->reports, 1);
    assert_non_null(strstr(s->what[0], "(5242880 bytes lost)"));
    free(s);
    free(b.p);
}

static void only_the_first_twenty_problems_are_told_one_by_one(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 262144, 1);
    for (uint64_t k = 0; k < 400; k++)
        pcap_record(&b, k, 84);
    for (size_t k = 5; k < 400; k += 10)
        set32(&b, record_at(k) + 8, UINT32_MAX);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 360);
    assert_int_equal(s->reports, 21);
    assert_int_equal(s->offset[20], SK_NO_OFFSET);
    assert_string_equal(s->what[20], "20 more problems in this file");
    assert_int_equal(s->stats.damaged_inputs, 1);
    free(s);
    free(b.p);
}

static void cut_at_every_byte_it_gives_the_whole_packets_before_and_tells(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    size_t boundary[8] = {b.n};
    for (uint64_t k = 0; k < 7; k++) {
        pcap_record(&b, k, 11 * (k + 1));
        boundary[k + 1] = b.n;
    }
    for (size_t z = 0; z < 3; z++)
        for (size_t cut = 0; cut <= b.n; cut++) {
            struct seen *s = read_cut(&b, cut, block_sizes[z], 64);
            size_t whole = 0;
            bool on_boundary = cut == boundary[0];
            for (size_t k = 1; k < 8; k++) {
                whole += boundary[k] <= cut;
                on_boundary = on_boundary || boundary[k] == cut;
            }
            assert_int_equal(s->n, whole);
            assert_patterns(s);
            assert_int_equal(s->reports, on_boundary ? 0 : 1);
            assert_int_equal(s->stats.opened_inputs, cut >= 24);
            assert_int_equal(s->stats.unreadable_inputs, cut < 24);
            assert_int_equal(s->stats.damaged_inputs, cut >= 24 && !on_boundary);
            free(s);
        }
    free(b.p);
}

static void the_end_inside_a_packet_is_told_with_both_lengths(void **state) {
    (void)state;
    struct bytes b = twenty(false);
    struct seen *s = read_cut(&b, record_at(19) + 16 + 30, 0, 64);
    assert_int_equal(s->n, 19);
    assert_int_equal(s->offset[0], record_at(19));
    assert_string_equal(s->what[0], "file ends inside a packet: 46 of 100 bytes are there");
    free(s);
    s = read_cut(&b, record_at(19) + 3, 0, 64);
    assert_string_equal(s->what[0], "file ends inside a packet header: 3 of 16 bytes are there");
    free(s);
    s = read_cut(&b, 10, 0, 64);
    assert_string_equal(s->what[0], "file ends inside its header: 10 of 24 bytes are there");
    free(s);
    free(b.p);
}

/* A captured length of 20 that became 235 swallows six records before a header is seen to be none: no reader can know
 * earlier. All other changes cost less. */
static void any_single_byte_changed_loses_few_packets(void **state) {
    (void)state;
    struct bytes b = pcap_file(false, USEC_MAGIC, 65535, 1);
    for (uint64_t k = 0; k < 12; k++)
        pcap_record(&b, k, 20);
    for (size_t i = 24; i < b.n; i++) {
        uint8_t was = b.p[i];
        b.p[i] ^= 0xff;
        struct seen *s = read_cut(&b, b.n, 64, 64);
        assert_in_range(s->n, 5, 12);
        free(s);
        b.p[i] = was;
    }
    free(b.p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_byte_orders_and_both_resolutions_give_the_same_packets),
        cmocka_unit_test(fcs_bits_above_the_link_type_are_masked),
        cmocka_unit_test(times_up_to_2106_are_read_unsigned),
        cmocka_unit_test(a_wire_length_below_the_captured_length_is_raised_to_it),
        cmocka_unit_test(a_packet_of_no_bytes_is_a_packet),
        cmocka_unit_test(modified_files_are_read_in_each_of_their_layouts),
        cmocka_unit_test(files_before_2_4_have_their_lengths_the_other_way_round),
        cmocka_unit_test(an_unknown_version_is_told_and_read),
        cmocka_unit_test(a_capture_of_no_packets_is_a_capture),
        cmocka_unit_test(records_across_blocks_of_any_size_arrive_whole),
        cmocka_unit_test(a_packet_larger_than_a_block_gets_a_larger_block),
        cmocka_unit_test(a_length_that_cannot_be_costs_one_packet),
        cmocka_unit_test(a_length_below_the_snapshot_limit_is_believed),
        cmocka_unit_test(a_length_just_above_the_limit_is_not_believed),
        cmocka_unit_test(zeros_in_the_middle_are_skipped_and_told),
        cmocka_unit_test(zeros_at_the_end_as_a_crash_leaves_them_are_no_packets),
        cmocka_unit_test(bytes_cut_out_of_the_middle_cost_what_they_touched),
        cmocka_unit_test(the_last_record_alone_is_found_because_it_ends_the_file),
        cmocka_unit_test(damage_in_the_first_record_is_survived),
        cmocka_unit_test(a_plausible_but_wrong_length_near_the_end_does_not_hide_the_rest),
        cmocka_unit_test(a_gap_of_megabytes_is_crossed),
        cmocka_unit_test(only_the_first_twenty_problems_are_told_one_by_one),
        cmocka_unit_test(cut_at_every_byte_it_gives_the_whole_packets_before_and_tells),
        cmocka_unit_test(the_end_inside_a_packet_is_told_with_both_lengths),
        cmocka_unit_test(any_single_byte_changed_loses_few_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
