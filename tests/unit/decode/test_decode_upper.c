/* SPDX-License-Identifier: Apache-2.0 */
/** UDP, TCP, ICMP and ICMPv6, the packets that errors quote, and the checksums. */
#include "frame.h"

#include "hex.h"
#include "layers_check.h"

static struct frame f;
static struct sk_layers l;

static void sweep(void) {
    const char *wrong = sk_layers_sweep(frame_bytes(&f), frame_len(&f), 1);
    if (wrong)
        fail_msg("%s", wrong);
}
static void whole(uint64_t anomalies) {
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, anomalies);
    sweep();
}
static struct sk_packet packet(void) {
    return (struct sk_packet){
        .data = frame_bytes(&f), .caplen = (uint32_t)frame_len(&f), .wirelen = (uint32_t)frame_len(&f), .linktype = 1};
}

static void ports_are_the_id_source_first(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_tcp(&f, 0xa001, 443, 12);
    wrap_ipv6(&f, 1, 2);
    whole(0);
    assert_int_equal(l.at[2].id, 0xa00101bb);
    assert_int_equal(l.at[2].hdr_len, 32);
    frame_begin(&f);
    wrap_udp(&f, 53, 0xffff);
    wrap_ipv4(&f, 1, 2, 0);
    whole(0);
    assert_int_equal(l.at[2].id, 0x0035ffff);
}

static void udp_length_bounds_the_payload_when_it_can_be_true(void **state) {
    (void)state;
    frame_begin(&f);
    frame_room(&f, 20);
    wrap_udp(&f, 1, 2);
    put16(frame_bytes(&f) + 4, 18);
    wrap_ipv4(&f, 1, 2, 0);
    whole(0);
    assert_int_equal(l.at[2].len, 18);
    assert_int_equal(l.ip[0].upper_len, 28);
    const unsigned impossible[] = {0, 7, 29, 0xffff};
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        put16(frame_bytes(&f) + 14 + 20 + 4, impossible[i]);
        decode_frame(&f, 1, &l);
        assert_int_equal(l.n, 3);
        assert_int_equal(l.at[2].len, 28);
        expect_only(&l, AN(L4_HEADER));
    }
}

static void udp_length_of_a_first_fragment_names_the_whole_datagram(void **state) {
    (void)state;
    frame_begin(&f);
    frame_room(&f, 16);
    wrap_udp(&f, 1, 2);
    put16(frame_bytes(&f) + 4, 4000);
    wrap_fragment(&f, 0, true, 9);
    wrap_ipv6(&f, 1, 2);
    whole(0);
    assert_int_equal(l.at[3].len, 24);
}

static void impossible_tcp_headers_are_named_and_the_ports_stay(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_tcp(&f, 7, 8, 0);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    for (unsigned words = 0; words < 16; words++) {
        put8(frame_bytes(&f) + 14 + 20 + 12, words << 4);
        decode_frame(&f, 1, &l);
        assert_int_equal(l.n, 3);
        assert_int_equal(l.at[2].hdr_len, 20);
        assert_int_equal(l.at[2].id, 0x00070008);
        expect_only(&l, words == 5 ? 0 : AN(L4_HEADER));
    }
}

static void tcp_options_cut_by_the_capture_leave_the_ports(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_tcp(&f, 7, 8, 20);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    struct sk_packet p = packet();
    p.caplen = 68; /* the classic snap length */
    sk_decode(&p, &l);
    assert_int_equal(l.n, 3);
    assert_int_equal(l.at[2].hdr_len, 34);
    assert_true(l.at[2].flags & SK_LAYER_TRUNCATED);
    expect_only(&l, AN(TRUNCATED));
}

static void icmp_type_and_code_are_the_id(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_icmpv6(&f, 134, 3);
    wrap_ipv6(&f, 1, 2);
    whole(0);
    assert_int_equal(l.at[2].id, 134 << 8 | 3);
    frame_begin(&f);
    wrap_icmp(&f, 8, 1);
    wrap_ipv4(&f, 1, 2, 0);
    whole(0);
    assert_int_equal(l.at[2].id, 8 << 8 | 1);
}

static void icmp_messages_below_8_bytes_are_named(void **state) {
    (void)state;
    frame_begin(&f);
    frame_room(&f, 6)[0] = 133;
    f.ipproto = 58;
    wrap_ipv6(&f, 1, 2);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 3);
    assert_int_equal(l.at[2].id, 133 << 8);
    expect_only(&l, AN(L4_HEADER));
    sweep();
}

static void the_packet_an_error_quotes_is_decoded_and_marked(void **state) {
    (void)state;
    const unsigned errors6[] = {1, 2, 3, 4};
    for (size_t i = 0; i < 4; i++) {
        frame_begin(&f);
        wrap_udp(&f, 1000, 53);
        wrap_ipv6(&f, 5, 6);
        wrap_icmpv6(&f, errors6[i], 0);
        wrap_ipv6(&f, 1, 2);
        whole(0);
        assert_int_equal(l.n_ip, 2);
        assert_false(l.ip[0].quoted);
        assert_true(l.ip[1].quoted);
        assert_int_equal(l.ip[0].upper_layer, 2);
        assert_int_equal(l.ip[1].upper_layer, 4);
        for (unsigned k = 0; k < l.n; k++)
            assert_int_equal(!!(l.at[k].flags & SK_LAYER_QUOTED), k >= 3);
        assert_int_equal(l.depth, 0);
    }
    const unsigned errors4[] = {3, 4, 5, 11, 12};
    for (size_t i = 0; i < 5; i++) {
        frame_begin(&f);
        wrap_udp(&f, 1000, 53);
        wrap_ipv4(&f, 5, 6, 0);
        wrap_icmp(&f, errors4[i], 0);
        wrap_ipv4(&f, 1, 2, 0);
        whole(0);
        assert_true(l.ip[1].quoted);
    }
}

static void echo_quotes_nothing(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_udp(&f, 1000, 53);
    wrap_ipv6(&f, 5, 6);
    wrap_icmpv6(&f, 128, 0);
    wrap_ipv6(&f, 1, 2);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 3);
}

static void quoted_packets_may_be_cut_without_an_anomaly(void **state) {
    (void)state;
    frame_begin(&f); /* RFC 792: IP header and 8 bytes */
    put32(frame_room(&f, 8), 0x01bb2000);
    f.ipproto = 6;
    wrap_ipv4(&f, 5, 6, 0);
    put16(frame_bytes(&f) + 2, 1500);
    wrap_icmp(&f, 3, 3);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_only(&l, AN(TRUNCATED));
    assert_int_equal(l.n, 5);
    assert_int_equal(l.at[4].proto, SKP_TCP);
    assert_int_equal(l.at[4].id, 0x01bb2000);
    assert_int_equal(l.at[4].hdr_len, 8);
    assert_int_equal(l.ip[1].wire_upper_len, 1480);
    sweep();
}

static void an_extended_error_says_where_the_quotation_ends(void **state) {
    (void)state;
    frame_begin(&f); /* RFC 4884: 128 bytes quoted, then extensions */
    frame_room(&f, 12 + 100);
    wrap_udp(&f, 1, 2);
    wrap_ipv4(&f, 5, 6, 0);
    put16(frame_bytes(&f) + 2, 20 + 8 + 2000);
    put16(frame_bytes(&f) + 20 + 4, 2008);
    wrap_icmp(&f, 11, 0);
    frame_bytes(&f)[5] = 128 / 4;
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.at[3].len, 128);
    assert_int_equal(l.at[2].len, 8 + 140);
}

static void an_error_about_an_error_is_quoted_once(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_udp(&f, 1, 2);
    wrap_ipv6(&f, 7, 8);
    wrap_icmpv6(&f, 1, 0);
    wrap_ipv6(&f, 5, 6);
    wrap_icmpv6(&f, 1, 0);
    wrap_ipv6(&f, 1, 2);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 5);
    assert_int_equal(l.n_ip, 2);
    sweep();
}

/* --- checksums --- */
static void fix(unsigned ip_at, unsigned off, unsigned at, unsigned len, unsigned proto, unsigned addr, unsigned alen) {
    uint8_t *b = frame_bytes(&f);
    uint32_t sum = len + proto;
    put16(b + off + at, 0);
    for (unsigned i = 0; i < 2 * alen; i++)
        sum += (uint32_t)b[ip_at + addr + i] << (i % 2 ? 0 : 8);
    for (unsigned i = 0; i < len; i++)
        sum += (uint32_t)b[off + i] << (i % 2 ? 0 : 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    put16(b + off + at, ~sum & 0xffff);
}

static void a_right_checksum_is_ok_and_every_changed_bit_is_bad(void **state) {
    (void)state;
    for (unsigned len = 0; len < 70; len++) {
        frame_begin(&f);
        memset(frame_room(&f, len), 0xa5, len);
        wrap_udp(&f, 1000, 53);
        wrap_ipv6(&f, 1, 2);
        wrap_ether(&f);
        fix(14, 54, 6, 8 + len, 17, 8, 16);
        decode_frame(&f, 1, &l);
        struct sk_packet p = packet();
        assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_OK);
        frame_bytes(&f)[frame_len(&f) - 1] ^= 0x10;
        assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_BAD);
        frame_bytes(&f)[frame_len(&f) - 1] ^= 0x10;
        frame_bytes(&f)[14 + 23] ^= 1; /* the pseudo header counts */
        decode_frame(&f, 1, &l);
        assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_BAD);
    }
}

static void tcp_and_icmp_checksums_are_verified_in_both_versions(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_tcp(&f, 1, 2, 4);
    wrap_ipv4(&f, 0x0a000001, 0x0a000002, 0);
    wrap_ether(&f);
    fix(14, 34, 16, 24, 6, 12, 4);
    decode_frame(&f, 1, &l);
    struct sk_packet p = packet();
    assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_OK);
    frame_bytes(&f)[36] ^= 1;
    assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_BAD);
    frame_begin(&f);
    wrap_icmp(&f, 8, 0);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    fix(14, 34, 2, 8, 0, 12, 0);
    put16(frame_bytes(&f) + 36, 0xf7ff);
    decode_frame(&f, 1, &l);
    p = packet();
    assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_OK);
    frame_begin(&f);
    wrap_icmpv6(&f, 128, 0);
    wrap_ipv6(&f, 1, 2);
    wrap_ether(&f);
    fix(14, 54, 2, 8, 58, 8, 16);
    decode_frame(&f, 1, &l);
    p = packet();
    assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_OK);
}

static void absent_and_unverifiable_checksums_are_told_apart(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_udp(&f, 1, 2);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    struct sk_packet p = packet();
    assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_ABSENT);
    assert_int_equal(sk_checksum_upper(&p, &l, 1), SK_CKSUM_NOT_VERIFIABLE);
    put16(frame_bytes(&f) + 14 + 6, 0x2000);
    decode_frame(&f, 1, &l);
    assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_NOT_VERIFIABLE);
    put16(frame_bytes(&f) + 14 + 6, 0);
    put16(frame_bytes(&f) + 14 + 2, 29);
    decode_frame(&f, 1, &l);
    assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_NOT_VERIFIABLE);
}

static void a_routing_header_with_segments_left_names_the_final_destination(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_icmpv6(&f, 128, 0);
    wrap_ext(&f, SKP_ROUTING, 43, 2);
    frame_bytes(&f)[3] = 1;
    put32(frame_bytes(&f) + 8, 0x20010db8);
    frame_bytes(&f)[23] = 9;
    wrap_ipv6(&f, 1, 9);
    wrap_ether(&f);
    fix(14, 78, 2, 8, 58, 8, 16); /* with destination ::9, the final one */
    frame_bytes(&f)[14 + 39] = 2; /* on the way to ::2 */
    decode_frame(&f, 1, &l);
    struct sk_packet p = packet();
    assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_OK);
    frame_bytes(&f)[54 + 2] = 99;
    assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_NOT_VERIFIABLE);
}

static void a_segment_routing_header_names_its_last_segment_first(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_icmpv6(&f, 128, 0);
    wrap_ext(&f, SKP_ROUTING, 43, 4);
    frame_bytes(&f)[2] = 4;
    frame_bytes(&f)[3] = 1;
    put32(frame_bytes(&f) + 8, 0x20010db8); /* first in the list: the final destination ::9 */
    frame_bytes(&f)[23] = 9;
    frame_bytes(&f)[39] = 2;
    wrap_ipv6(&f, 1, 9);
    wrap_ether(&f);
    fix(14, 94, 2, 8, 58, 8, 16);
    frame_bytes(&f)[14 + 39] = 2;
    decode_frame(&f, 1, &l);
    struct sk_packet p = packet();
    assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_OK);
    frame_bytes(&f)[54 + 3] = 0; /* arrived: ::2 counts, and it is wrong */
    assert_int_equal(sk_checksum_upper(&p, &l, 0), SK_CKSUM_BAD);
}

static void the_ipv4_header_checksum_is_verified_when_asked(void **state) {
    (void)state;
    struct sk_hex h = sk_hex_of("45000073 00004000 4011b861 c0a80001 c0a800c7");
    struct sk_packet p = {.data = h.b, .caplen = (uint32_t)h.n, .wirelen = 0x73, .linktype = 228};
    l.n_ip = 1;
    l.n = 1;
    l.ip[0].src.fam = 4;
    l.ip[0].layer = 0;
    l.at[0] = (struct sk_layer){.hdr_len = 20, .len = 20};
    assert_true(sk_checksum_ip4(&p, &l, 0));
    h.b[11] ^= 1;
    assert_false(sk_checksum_ip4(&p, &l, 0));
    assert_string_equal(sk_checksum_name(SK_CKSUM_ABSENT), "absent");
    assert_string_equal(sk_checksum_name(SK_CKSUM_NOT_VERIFIABLE), "not-verifiable");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_are_the_id_source_first),
        cmocka_unit_test(udp_length_bounds_the_payload_when_it_can_be_true),
        cmocka_unit_test(udp_length_of_a_first_fragment_names_the_whole_datagram),
        cmocka_unit_test(impossible_tcp_headers_are_named_and_the_ports_stay),
        cmocka_unit_test(tcp_options_cut_by_the_capture_leave_the_ports),
        cmocka_unit_test(icmp_type_and_code_are_the_id),
        cmocka_unit_test(icmp_messages_below_8_bytes_are_named),
        cmocka_unit_test(the_packet_an_error_quotes_is_decoded_and_marked),
        cmocka_unit_test(echo_quotes_nothing),
        cmocka_unit_test(quoted_packets_may_be_cut_without_an_anomaly),
        cmocka_unit_test(an_extended_error_says_where_the_quotation_ends),
        cmocka_unit_test(an_error_about_an_error_is_quoted_once),
        cmocka_unit_test(a_right_checksum_is_ok_and_every_changed_bit_is_bad),
        cmocka_unit_test(tcp_and_icmp_checksums_are_verified_in_both_versions),
        cmocka_unit_test(absent_and_unverifiable_checksums_are_told_apart),
        cmocka_unit_test(a_routing_header_with_segments_left_names_the_final_destination),
        cmocka_unit_test(a_segment_routing_header_names_its_last_segment_first),
        cmocka_unit_test(the_ipv4_header_checksum_is_verified_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
