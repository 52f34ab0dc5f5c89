/* SPDX-License-Identifier: Apache-2.0 */
/* pcapng files: blocks, sections, interfaces, times, damage, truncation at every byte. */
#include "maker.h"

static const uint32_t block_sizes[] = {0, 16, 33, 100, 4096};
#define USEC_T0 ((uint64_t)T0 * 1000000)

static struct bytes file_with(bool be, uint16_t linktype) {
    struct bytes b = {.be = be};
    ng_section(&b);
    ng_interface(&b, linktype, 0, -1, 0, NULL);
    return b;
}

static void enhanced_packets_of_both_byte_orders_are_read(void **state) {
    (void)state;
    for (int be = 0; be < 2; be++) {
        struct bytes b = file_with(be, 1);
        for (uint64_t k = 0; k < 9; k++)
            ng_enhanced(&b, 0, USEC_T0 + k, k, 50 + k, 1500);
        for (size_t z = 0; z < sizeof block_sizes / sizeof block_sizes[0]; z++) {
            struct seen *s = read_cut(&b, b.n, block_sizes[z], 4);
            assert_int_equal(s->n, 9);
            assert_int_equal(s->reports, 0);
            assert_patterns(s);
            for (size_t i = 0; i < 9; i++) {
                assert_int_equal(s->at[i].ts, ((sk_time)USEC_T0 + (sk_time)i) * 1000);
                assert_int_equal(s->at[i].caplen, 50 + i);
                assert_int_equal(s->at[i].wirelen, 1500);
                assert_int_equal(s->at[i].number, i + 1);
                assert_int_equal(s->at[i].linktype, 1);
                assert_int_equal(s->at[i].tap, SK_TAP_NONE);
            }
            assert_int_equal(s->stats.packets, 9);
            assert_int_equal(s->stats.bytes, 9 * 1500);
            assert_int_equal(s->stats.bytes_read, b.n);
            free(s);
        }
        free(b.p);
    }
}

static void each_interface_has_its_link_type_and_resolution(void **state) {
    (void)state;
    struct bytes b = {0};
    ng_section(&b);
    ng_interface(&b, 1, 0, -1, 0, "eth0");
    ng_interface(&b, 101, 0, 9, 0, NULL);
    ng_interface(&b, 113, 0, 0x80 | 10, 0, "any");
    ng_enhanced(&b, 2, ((uint64_t)T0 << 10) + 512, 0, 20, 20);
    ng_enhanced(&b, 0, USEC_T0 + 5, 1, 20, 20);
    ng_enhanced(&b, 1, (uint64_t)T0 * 1000000000 + 7, 2, 20, 20);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 3);
    assert_int_equal(s->at[0].linktype, 113);
    assert_int_equal(s->at[0].iface, 2);
    assert_int_equal(s->at[0].ts, (sk_time)T0 * SK_SEC + SK_SEC / 2);
    assert_int_equal(s->at[1].linktype, 1);
    assert_int_equal(s->at[1].ts, (sk_time)T0 * SK_SEC + 5000);
    assert_int_equal(s->at[2].linktype, 101);
    assert_int_equal(s->at[2].ts, (sk_time)T0 * SK_SEC + 7);
    free(s);
    free(b.p);
}

static void sections_may_differ_in_byte_order_and_interfaces_count_on(void **state) {
    (void)state;
    struct bytes b = {.be = true};
    ng_section(&b);
    ng_interface(&b, 1, 0, -1, 0, NULL);
    ng_interface(&b, 1, 0, -1, 0, NULL);
    ng_enhanced(&b, 1, USEC_T0, 0, 20, 20);
    b.be = false;
    ng_section(&b);
    ng_interface(&b, 105, 0, 9, 0, NULL);
    ng_enhanced(&b, 0, USEC_T0 * 1000, 1, 20, 20);
    ng_enhanced(&b, 1, USEC_T0, 9, 20, 20); /* of the first section only */
    ng_enhanced(&b, 0, USEC_T0 * 1000, 2, 20, 20);
    for (size_t z = 0; z < sizeof block_sizes / sizeof block_sizes[0]; z++) {
        struct seen *s = read_cut(&b, b.n, block_sizes[z], 64);
        assert_int_equal(s->n, 3);
        assert_patterns(s);
        assert_int_equal(s->at[0].iface, 1);
        assert_int_equal(s->at[1].iface, 2);
        assert_int_equal(s->at[1].linktype, 105);
        assert_int_equal(s->at[1].ts, s->at[0].ts);
        assert_int_equal(s->reports, 1);
        assert_string_equal(s->what[0], "packet of interface 1, but the section describes 1; skipped");
        free(s);
    }
    free(b.p);
}

struct time_case {
    int tsresol;
    int64_t offset;
    uint64_t ticks;
    sk_time want;
    bool clamped;
};
static void times_of_every_resolution_and_offset_are_exact_or_clamped(void **state) {
    (void)state;
    static const struct time_case cases[] = {
        {-1, 0, 1000001, 1000001000, false},
        {6, 0, 1000001, 1000001000, false},
        {0, 0, 1700000000, 1700000000 * SK_SEC, false},
        {3, 0, 1700000000123, 1700000000123 * SK_MSEC, false},
        {9, 0, 1700000000123456789, 1700000000123456789, false},
        {12, 0, 1700000000123456, 1700000000123, false},
        {19, 0, 15000000000000000000U, 1500000000, false},
        {28, 0, UINT64_MAX, 1, false},
        {29, 0, UINT64_MAX, 0, false},
        {127, 0, UINT64_MAX, 0, false},
        {0x80, 0, 1700000000, 1700000000 * SK_SEC, false},
        {0x80 | 20, 0, (UINT64_C(1700000000) << 20) + (1 << 19), 1700000000 * SK_SEC + 500000000, false},
        {0x80 | 32, 0, (UINT64_C(1700000000) << 32) + (UINT64_C(1) << 30), 1700000000 * SK_SEC + 250000000, false},
        {0x80 | 40, 0, (UINT64_C(1000) << 40) + (UINT64_C(1) << 39), 1000 * SK_SEC + 500000000, false},
        {0x80 | 63, 0, UINT64_C(3) << 62, SK_SEC + 500000000, false},
        {0x80 | 64, 0, UINT64_C(1) << 63, 500000000, false},
        {0x80 | 127, 0, UINT64_MAX, 0, false},
        {6, 1700000000, 5, 1700000000 * SK_SEC + 5000, false},
        {6, 1700000000, 0, 1700000000 * SK_SEC, false},
        {6, -10, 25000000, 15 * SK_SEC, false},
        {6, -10, 5000000, 0, true},
        {9, INT64_MIN, 5, 0, true},
        {6, INT64_MAX, 5000000, SK_TIME_MAX, true},
        {0, 0, 9214646399, 9214646399 * SK_SEC, false},
        {0, 0, 9214646401, SK_TIME_MAX, true},
        {0, 0, UINT64_MAX, SK_TIME_MAX, true},
        {9, 0, UINT64_MAX, SK_TIME_MAX, true},
        {6, 0, UINT64_MAX, SK_TIME_MAX, true},
        {0x80, 0, UINT64_MAX, SK_TIME_MAX, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int be = 0; be < 2; be++) {
            struct bytes b = {.be = be};
            ng_section(&b);
            ng_interface(&b, 1, 0, cases[i].tsresol, cases[i].offset, NULL);
            ng_enhanced(&b, 0, cases[i].ticks, 0, 20, 20);
            ng_old(&b, 0, cases[i].ticks, 1, 20, 20);
            struct seen *s = read_bytes(&b);
            assert_int_equal(s->n, 2);
            assert_int_equal(s->at[0].ts, cases[i].want);
            assert_int_equal(s->at[1].ts, cases[i].want);
            assert_int_equal(s->stats.clamped_times, cases[i].clamped ? 2 : 0);
            assert_int_equal(s->reports, 0);
            free(s);
            free(b.p);
        }
}

static void simple_packets_have_the_snapshot_length_and_the_last_time(void **state) {
    (void)state;
    struct bytes b = {0};
    ng_section(&b);
    ng_interface(&b, 1, 40, -1, 0, NULL);
    ng_simple(&b, 0, 30, 30);
    ng_enhanced(&b, 0, USEC_T0, 1, 20, 20);
    ng_simple(&b, 2, 40, 900);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 3);
    assert_int_equal(s->reports, 0);
    assert_patterns(s);
    assert_int_equal(s->at[0].ts, 0);
    assert_int_equal(s->at[0].caplen, 30);
    assert_int_equal(s->at[2].ts, s->at[1].ts);
    assert_int_equal(s->at[2].caplen, 40);
    assert_int_equal(s->at[2].wirelen, 900);
    free(s);
    free(b.p);
}

static void old_packet_blocks_are_read(void **state) {
    (void)state;
    for (int be = 0; be < 2; be++) {
        struct bytes b = file_with(be, 1);
        ng_interface(&b, 228, 0, -1, 0, NULL);
        ng_old(&b, 1, USEC_T0 + 3, 0, 33, 99);
        struct seen *s = read_bytes(&b);
        assert_int_equal(s->n, 1);
        assert_patterns(s);
        assert_int_equal(s->at[0].linktype, 228);
        assert_int_equal(s->at[0].iface, 1);
        assert_int_equal(s->at[0].wirelen, 99);
        assert_int_equal(s->at[0].ts, ((sk_time)USEC_T0 + 3) * 1000);
        free(s);
        free(b.p);
    }
}

static void unknown_blocks_are_skipped_in_silence_whatever_their_size(void **state) {
    (void)state;
    struct bytes b = file_with(false, 1);
    ng_other(&b, 4, 40);
    ng_other(&b, 5, 12);
    ng_other(&b, 0x12345678, 1000);
    ng_enhanced(&b, 0, USEC_T0, 0, 20, 20);
    ng_other(&b, 10, 17 * 1024 * 1024); /* more than is ever held */
    ng_enhanced(&b, 0, USEC_T0, 1, 20, 20);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 2);
    assert_int_equal(s->reports, 0);
    assert_patterns(s);
    free(s);
    free(b.p);
}

static void custom_blocks_take_a_frame_number_as_in_wireshark(void **state) {
    (void)state;
    struct bytes b = file_with(false, 1);
    ng_other(&b, 0xbad, 8);
    ng_enhanced(&b, 0, USEC_T0, 1, 20, 20);
    ng_other(&b, 0x40000bad, 8);
    ng_other(&b, 5, 12); /* interface statistics do not */
    ng_enhanced(&b, 0, USEC_T0, 3, 20, 20);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 2);
    assert_int_equal(s->at[0].number, 2);
    assert_int_equal(s->at[1].number, 4);
    free(s);
    free(b.p);
}

static void interface_names_are_known_and_escaped(void **state) {
    (void)state;
    struct bytes b = {0};
    ng_section(&b);
    ng_interface(&b, 1, 0, -1, 0, "eth0");
    ng_interface(&b, 1, 0, -1, 0, NULL);
    ng_section(&b);
    ng_interface(&b, 1, 0, -1, 0, "a\x1b[2Jb");
    ng_enhanced(&b, 0, USEC_T0, 0, 20, 20);
    char path[64];
    int fd = file_of(b.p, b.n, path);
    const char *paths[] = {path};
    struct sk_source *src = NULL;
    assert_int_equal(sk_source_files(paths, 1, NULL, &src, NULL), SK_OK);
    assert_null(sk_source_iface(src, 0, 0));
    struct sk_packet at[4];
    size_t n = 0;
    assert_int_equal(sk_source_next(src, at, 4, &n), SK_NEXT_PACKETS);
    for (int again = 0; again < 2; again++) { /* also after the file was closed */
        assert_string_equal(sk_source_iface(src, 0, 0), "eth0");
        assert_null(sk_source_iface(src, 0, 1));
        assert_string_equal(sk_source_iface(src, 0, at[0].iface), "a\\x1b[2Jb");
        assert_null(sk_source_iface(src, 0, 3));
        assert_null(sk_source_iface(src, 1, 0));
        assert_int_equal(sk_source_next(src, at + 1, 3, &n), SK_NEXT_END);
    }
    sk_source_close(src);
    (void)close(fd);
    free(b.p);
}

static void a_capture_of_no_packets_is_a_capture(void **state) {
    (void)state;
    struct bytes b = {0};
    ng_section(&b);
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 0);
    assert_int_equal(s->reports, 0);
    assert_int_equal(s->stats.opened_inputs, 1);
    free(s);
    free(b.p);
}

/* ---- damage -------------------------------------------------------------------------------------------------------
 */

enum { SECTION = 28, INTERFACE = 20, PACKET = 32 + 84 };
static size_t packet_at(size_t k) { return SECTION + INTERFACE + k * PACKET; }
static struct bytes twenty(bool be) {
    struct bytes b = file_with(be, 1);
    for (uint64_t k = 0; k < 20; k++)
        ng_enhanced(&b, 0, USEC_T0 + k * 1000000, k, 84, 84);
    assert_int_equal(b.n, packet_at(20));
    return b;
}
/* Reads it with every block size; the results must agree. */
static struct seen *damaged(struct bytes *b, size_t want) {
    struct seen *last = NULL;
    for (size_t z = 0; z < sizeof block_sizes / sizeof block_sizes[0]; z++) {
        free(last);
        last = read_cut(b, b->n, block_sizes[z], 64);
        assert_int_equal(last->n, want);
        assert_int_equal(last->reports, 1);
        assert_int_equal(last->stats.damaged_inputs, 1);
    }
    free(b->p);
    return last;
}

static void a_block_length_that_cannot_be_costs_one_packet(void **state) {
    (void)state;
    static const struct {
        uint32_t len;
        const char *what;
    } cases[] = {
        {0, "block of type 6 says 0 bytes: too short"},
        {8, "block of type 6 says 8 bytes: too short"},
        {0xfffffff0, "block of type 6 says 4294967280 bytes"},
        {0xffffffff, "block of type 6 says 4294967295 bytes"},
        {PACKET + 1, "block of type 6 says 117 bytes: not a multiple of 4"},
        {40000, "block says 40000 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int be = 0; be < 2; be++) {
            struct bytes b = twenty(be);
            set32(&b, packet_at(7) + 4, cases[i].len);
            struct seen *s = damaged(&b, 19);
            char want[200];
            (void)snprintf(want, sizeof want, "%s; skipped to the next sane block (116 bytes lost)", cases[i].what);
            assert_string_equal(s->what[0], want);
            assert_int_equal(s->offset[0], packet_at(7));
            assert_int_equal(s->at[7].ts / SK_SEC, T0 + 8);
            free(s);
        }
}

static void a_trailer_alone_wrong_costs_nothing_but_is_told(void **state) {
    (void)state;
    struct bytes b = twenty(true);
    set32(&b, packet_at(4) - 4, 77);
    struct seen *s = damaged(&b, 20);
    assert_string_equal(s->what[0], "block says 116 bytes at its begin and 77 at its end; read on");
    assert_int_equal(s->offset[0], packet_at(3));
    free(s);
    b = twenty(false);
    set32(&b, packet_at(20) - 4, 77); /* the last */
    free(damaged(&b, 20));
}

static void a_wrong_length_within_the_file_is_seen_by_its_trailer(void **state) {
    (void)state;
    struct bytes b = twenty(false);
    set32(&b, packet_at(7) + 4, 200);
    struct seen *s = damaged(&b, 19);
    assert_non_null(strstr(s->what[0], "skipped to the next sane block (116 bytes lost)"));
    free(s);
}

static void padding_that_was_not_counted_is_read(void **state) {
    (void)state;
    struct bytes b = file_with(false, 1);
    size_t at = b.n;
    ng_enhanced(&b, 0, USEC_T0, 0, 21, 21); /* 32 + 24 */
    set32(&b, at + 4, 53);
    set32(&b, b.n - 4, 53);
    ng_enhanced(&b, 0, USEC_T0, 1, 20, 20);
    struct seen *s = damaged(&b, 2);
    assert_string_equal(s->what[0], "block says 53 bytes, not a multiple of 4; read as 56");
    assert_patterns(s);
    free(s);
}

static void a_packet_longer_than_its_block_is_skipped(void **state) {
    (void)state;
    struct bytes b = twenty(false);
    set32(&b, packet_at(3) + 20, 85);
    struct seen *s = damaged(&b, 19);
    assert_string_equal(s->what[0], "packet says 85 bytes, but its block holds 84; skipped");
    free(s);
    b = twenty(false);
    ng_simple(&b, 0, 20, 21 + 4);
    s = damaged(&b, 20);
    assert_string_equal(s->what[0], "packet says 25 bytes, but its block holds 20; skipped");
    free(s);
}

static void a_packet_block_too_short_for_its_header_is_skipped(void **state) {
    (void)state;
    static const uint32_t types[] = {6, 2, 3};
    for (size_t i = 0; i < 3; i++) {
        struct bytes b = twenty(false);
        ng_other(&b, types[i], types[i] == 3 ? 0 : 16);
        ng_enhanced(&b, 0, USEC_T0, 0, 20, 20);
        struct seen *s = damaged(&b, 21);
        assert_string_equal(s->what[0], "packet block is too short; skipped");
        free(s);
    }
}

static void options_that_run_past_their_block_are_told_and_the_interface_used(void **state) {
    (void)state;
    struct bytes b = {0};
    ng_section(&b);
    struct bytes body = {0};
    put16(&body, 1);
    put16(&body, 0);
    put32(&body, 0);
    ng_option(&body, 9, "\x09", 1);
    put16(&body, 2);
    put16(&body, 400); /* name of 400 bytes, 4 are there */
    put32(&body, 0x61616161);
    ng_block(&b, 1, &body);
    ng_enhanced(&b, 0, USEC_T0 * 1000, 0, 20, 20);
    struct seen *s = damaged(&b, 1);
    assert_string_equal(s->what[0], "options run past the end of their block (8 bytes left)");
    assert_int_equal(s->at[0].ts, (sk_time)USEC_T0 * 1000);
    free(s);
}

static void an_option_of_the_wrong_size_is_told_and_not_used(void **state) {
    (void)state;
    struct bytes b = {0};
    ng_section(&b);
    struct bytes body = {0};
    put16(&body, 1);
    put16(&body, 0);
    put32(&body, 0);
    ng_option(&body, 9, "\x09\x09", 2);
    ng_block(&b, 1, &body);
    ng_enhanced(&b, 0, USEC_T0, 0, 20, 20);
    struct seen *s = damaged(&b, 1);
    assert_string_equal(s->what[0], "option 9 of an interface has 2 bytes; not used");
    assert_int_equal(s->at[0].ts, (sk_time)USEC_T0 * 1000);
    free(s);
}

static void a_packet_before_any_interface_is_skipped(void **state) {
    (void)state;
    struct bytes b = {0};
    ng_section(&b);
    ng_enhanced(&b, 0, USEC_T0, 0, 20, 20);
    ng_interface(&b, 1, 0, -1, 0, NULL);
    ng_enhanced(&b, 0, USEC_T0, 0, 20, 20);
    struct seen *s = damaged(&b, 1);
    assert_string_equal(s->what[0], "packet of interface 0, but the section describes 0; skipped");
    free(s);
}

static void a_section_of_an_unknown_version_is_skipped_up_to_the_next(void **state) {
    (void)state;
    struct bytes b = {0};
    ng_section(&b);
    b.p[12] = 7;
    ng_interface(&b, 1, 0, -1, 0, NULL);
    ng_enhanced(&b, 0, USEC_T0, 0, 20, 20);
    size_t first = b.n;
    ng_section(&b);
    ng_interface(&b, 1, 0, -1, 0, NULL);
    ng_enhanced(&b, 0, USEC_T0, 0, 20, 20);
    struct seen *s = read_cut(&b, first, 0, 64);
    assert_int_equal(s->n, 0);
    assert_int_equal(s->stats.opened_inputs, 0);
    assert_int_equal(s->stats.unreadable_inputs, 1);
    free(s);
    s = damaged(&b, 1);
    assert_string_equal(s->what[0], "pcapng version 7.0 is not known; its section is skipped");
    free(s);
}

static void a_section_header_without_byte_order_is_no_capture_or_is_searched_past(void **state) {
    (void)state;
    struct bytes b = {0};
    ng_section(&b);
    b.p[8] = 0;
    struct seen *s = read_bytes(&b);
    assert_int_equal(s->n, 0);
    assert_int_equal(s->stats.opened_inputs, 0);
    assert_non_null(strstr(s->what[0], "section header has no byte-order mark"));
    free(s);
    free(b.p);
    b = twenty(false);
    size_t at = b.n;
    ng_section(&b);
    b.p[at + 8] = 0;
    ng_enhanced(&b, 0, USEC_T0, 20, 84, 84); /* of the first section, as far as can be known */
    free(damaged(&b, 21));
}

static void cut_at_every_byte_it_gives_the_whole_packets_before_and_tells(void **state) {
    (void)state;
    struct bytes b = {.be = true};
    size_t boundary[16], packets[16], n = 0, seen_before = 0;
#define BLOCK(make, is_packet)                                                                                         \
    make;                                                                                                              \
    packets[n] = is_packet;                                                                                            \
    boundary[n++] = b.n
    BLOCK(ng_section(&b), 0);
    BLOCK(ng_interface(&b, 1, 0, 9, 0, "eth0"), 0);
    BLOCK(ng_enhanced(&b, 0, USEC_T0, 0, 13, 13), 1);
    BLOCK(ng_old(&b, 0, USEC_T0, 1, 21, 21), 1);
    BLOCK(ng_other(&b, 5, 20), 0);
    BLOCK(ng_simple(&b, 2, 22, 22), 1);
    b.be = false;
    BLOCK(ng_section(&b), 0);
    BLOCK(ng_interface(&b, 1, 0, -1, 0, NULL), 0);
    BLOCK(ng_enhanced(&b, 0, USEC_T0, 3, 40, 40), 1);
    BLOCK(ng_enhanced(&b, 0, USEC_T0, 4, 41, 41), 1);
#undef BLOCK
    for (size_t z = 0; z < 3; z++, seen_before = 0)
        for (size_t cut = 0; cut <= b.n; cut++) {
            struct seen *s = read_cut(&b, cut, block_sizes[z], 64);
            size_t whole = 0;
            bool on_boundary = false;
            for (size_t k = 0; k < n; k++) {
                whole += boundary[k] <= cut ? packets[k] : 0;
                on_boundary = on_boundary || boundary[k] == cut;
            }
            assert_int_equal(s->n, whole);
            assert_true(s->n >= seen_before);
            seen_before = s->n;
            assert_patterns(s);
            assert_int_equal(s->reports, on_boundary ? 0 : 1);
            assert_int_equal(s->stats.opened_inputs, cut >= 28);
            free(s);
        }
    free(b.p);
}

static void the_end_inside_a_block_is_told_with_both_lengths(void **state) {
    (void)state;
    struct bytes b = twenty(false);
    struct seen *s = read_cut(&b, packet_at(19) + 50, 0, 64);
    assert_string_equal(s->what[0], "file ends inside a block: 50 of 116 bytes are there");
    assert_int_equal(s->offset[0], packet_at(19));
    free(s);
    s = read_cut(&b, packet_at(19) + 5, 0, 64);
    assert_string_equal(s->what[0], "file ends inside a block: 5 bytes are there");
    free(s);
    ng_other(&b, 10, 17 * 1024 * 1024);
    s = read_cut(&b, packet_at(20) + 1000, 0, 64);
    assert_string_equal(s->what[0], "file ends inside a block: 1000 of 17825804 bytes are there");
    free(s);
    free(b.p);
}

static void any_single_byte_changed_loses_few_packets(void **state) {
    (void)state;
    struct bytes b = file_with(false, 1);
    size_t first = b.n;
    for (uint64_t k = 0; k < 8; k++)
        ng_enhanced(&b, 0, USEC_T0, k, 20, 20);
    for (size_t i = first; i < b.n; i++)
        for (int bit = 0; bit < 8; bit++) {
            b.p[i] ^= (uint8_t)(1 << bit);
            struct seen *s = read_cut(&b, b.n, 64, 64);
            assert_in_range(s->n, 7, 8);
            free(s);
            b.p[i] ^= (uint8_t)(1 << bit);
        }
    free(b.p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enhanced_packets_of_both_byte_orders_are_read),
        cmocka_unit_test(each_interface_has_its_link_type_and_resolution),
        cmocka_unit_test(sections_may_differ_in_byte_order_and_interfaces_count_on),
        cmocka_unit_test(times_of_every_resolution_and_offset_are_exact_or_clamped),
        cmocka_unit_test(simple_packets_have_the_snapshot_length_and_the_last_time),
        cmocka_unit_test(old_packet_blocks_are_read),
        cmocka_unit_test(unknown_blocks_are_skipped_in_silence_whatever_their_size),
        cmocka_unit_test(custom_blocks_take_a_frame_number_as_in_wireshark),
        cmocka_unit_test(interface_names_are_known_and_escaped),
        cmocka_unit_test(a_capture_of_no_packets_is_a_capture),
        cmocka_unit_test(a_block_length_that_cannot_be_costs_one_packet),
        cmocka_unit_test(a_trailer_alone_wrong_costs_nothing_but_is_told),
        cmocka_unit_test(a_wrong_length_within_the_file_is_seen_by_its_trailer),
        cmocka_unit_test(padding_that_was_not_counted_is_read),
        cmocka_unit_test(a_packet_longer_than_its_block_is_skipped),
        cmocka_unit_test(a_packet_block_too_short_for_its_header_is_skipped),
        cmocka_unit_test(options_that_run_past_their_block_are_told_and_the_interface_used),
        cmocka_unit_test(an_option_of_the_wrong_size_is_told_and_not_used),
        cmocka_unit_test(a_packet_before_any_interface_is_skipped),
        cmocka_unit_test(a_section_of_an_unknown_version_is_skipped_up_to_the_next),
        cmocka_unit_test(a_section_header_without_byte_order_is_no_capture_or_is_searched_past),
        cmocka_unit_test(cut_at_every_byte_it_gives_the_whole_packets_before_and_tells),
        cmocka_unit_test(the_end_inside_a_block_is_told_with_both_lengths),
        cmocka_unit_test(any_single_byte_changed_loses_few_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
