/* SPDX-License-Identifier: Apache-2.0 */
/** IPv4, IPv6, extension headers, fragments: lengths, order, limits, and the summary in sk_ip. */
#include "frame.h"

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
static void tcp(void) {
    frame_begin(&f);
    wrap_tcp(&f, 40000, 443, 12);
}
static void echo(void) {
    frame_begin(&f);
    wrap_icmpv6(&f, 128, 0);
}

static void ipv4_summary_is_what_the_header_says(void **state) {
    (void)state;
    tcp();
    wrap_ipv4(&f, 0xc0000201, 0xc6336402, 0);
    frame_bytes(&f)[1] = 0xb8;
    put16(frame_bytes(&f) + 4, 0x1234);
    whole(0);
    const struct sk_ip *ip = &l.ip[0];
    assert_int_equal(l.n_ip, 1);
    assert_int_equal(ip->src.fam, 4);
    assert_memory_equal(ip->src.b, "\xc0\x00\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_memory_equal(ip->dst.b, "\xc6\x33\x64\x02\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_int_equal(ip->tclass, 0xb8);
    assert_int_equal(ip->hop_limit, 64);
    assert_int_equal(ip->proto, 6);
    assert_int_equal(ip->frag_id, 0x1234);
    assert_false(ip->fragment || ip->more || ip->atomic || ip->quoted);
    assert_int_equal(ip->layer, 1);
    assert_int_equal(ip->upper_layer, 2);
    assert_int_equal(ip->upper_off, 34);
    assert_int_equal(ip->upper_len, 32);
    assert_int_equal(ip->wire_upper_len, 32);
}

static void ipv6_summary_is_what_the_header_says(void **state) {
    (void)state;
    echo();
    wrap_ipv6(&f, 0xa, 0xb);
    put32(frame_bytes(&f), 0x6ab12345);
    whole(0);
    const struct sk_ip *ip = &l.ip[0];
    assert_int_equal(ip->src.fam, 6);
    assert_int_equal(ip->src.b[15], 0xa);
    assert_int_equal(ip->dst.b[15], 0xb);
    assert_int_equal(ip->tclass, 0xab);
    assert_int_equal(ip->hop_limit, 255);
    assert_int_equal(ip->proto, 58);
    assert_int_equal(ip->upper_off, 54);
    assert_int_equal(ip->upper_len, 8);
    assert_int_equal(ip->n_ext, 0);
    assert_int_equal(l.at[2].ip, 0);
    assert_int_equal(l.at[0].ip, 0xff);
}

static void ipv4_options_belong_to_the_header(void **state) {
    (void)state;
    tcp();
    wrap_ipv4(&f, 1, 2, 40);
    whole(0);
    assert_int_equal(l.at[1].hdr_len, 60);
}

static void ipv4_options_cut_by_the_capture_leave_the_addresses(void **state) {
    (void)state;
    tcp();
    wrap_ipv4(&f, 1, 2, 40);
    wrap_ether(&f);
    struct sk_packet p = {
        .data = frame_bytes(&f), .caplen = 14 + 30, .wirelen = (uint32_t)frame_len(&f), .linktype = 1};
    sk_decode(&p, &l);
    assert_int_equal(l.n, 2);
    assert_int_equal(l.at[1].hdr_len, 30);
    assert_int_equal(l.ip[0].dst.b[3], 2);
    assert_int_equal(l.ip[0].upper_len, 0);
    expect_only(&l, AN(TRUNCATED));
}

static void ethernet_padding_is_not_payload(void **state) {
    (void)state;
    frame_begin(&f);
    frame_room(&f, 20);
    struct frame inner;
    frame_begin(&inner);
    wrap_tcp(&inner, 1, 2, 0);
    wrap_ipv4(&inner, 1, 2, 0);
    memcpy(frame_room(&f, frame_len(&inner)), frame_bytes(&inner), frame_len(&inner));
    f.ethertype = 0x0800;
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_only(&l, 0);
    assert_int_equal(l.n, 3);
    assert_int_equal(l.at[1].len, 40);
    assert_int_equal(l.at[2].len, 20);
    assert_int_equal(l.at[0].len, 74);
}

static void impossible_ipv4_headers_are_named(void **state) {
    (void)state;
    tcp();
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    uint8_t *ip = frame_bytes(&f) + 14;
    ip[0] = 0x44;
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 1);
    expect_only(&l, AN(IP_HEADER));
    ip[0] = 0x45;
    put16(ip + 2, 19); /* shorter than its header: no payload */
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 2);
    assert_true(has_anomaly(&l, SK_AN_IP_LENGTH));
    put16(ip + 2, 20 + 32 + 1); /* longer than the frame */
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 3);
    expect_only(&l, AN(TRUNCATED));
    assert_int_equal(l.ip[0].wire_upper_len, 33);
    assert_int_equal(l.ip[0].upper_len, 32);
    put16(ip + 2, 0);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 3);
    expect_only(&l, AN(JUMBO));
}

static void ipv6_payload_length_zero_takes_the_frame_unless_nothing_is_behind(void **state) {
    (void)state;
    echo();
    wrap_ipv6(&f, 1, 2);
    put16(frame_bytes(&f) + 4, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, AN(JUMBO));
    frame_begin(&f);
    wrap_ipv6(&f, 1, 2);
    whole(0); /* next header 59, payload 0: legal, a Teredo bubble for one */
    assert_int_equal(l.ip[0].upper_layer, 0xff);
}

static void every_extension_header_is_walked_and_counted(void **state) {
    (void)state;
    echo();
    wrap_ext(&f, SKP_SHIM6, 140, 0);
    wrap_ext(&f, SKP_DSTOPTS, 60, 2);
    wrap_ah(&f);
    wrap_fragment(&f, 0, false, 77);
    wrap_ext(&f, SKP_ROUTING, 43, 2);
    wrap_ext(&f, SKP_DSTOPTS, 60, 0);
    wrap_ext(&f, SKP_HOPOPTS, 0, 1);
    wrap_ipv6(&f, 1, 2);
    whole(0);
    const struct sk_ip *ip = &l.ip[0];
    assert_int_equal(ip->n_ext, 7);
    assert_int_equal(ip->ext,
                     SK_EXT_HOPOPTS | SK_EXT_DSTOPTS | SK_EXT_ROUTING | SK_EXT_FRAGMENT | SK_EXT_AH | SK_EXT_OTHER);
    assert_int_equal(ip->proto, 58);
    assert_int_equal(ip->upper_layer, l.n - 1);
    assert_int_equal(ip->upper_len, 8);
    assert_int_equal(ip->wire_upper_len, 8);
    assert_true(ip->atomic && !ip->fragment);
    assert_int_equal(ip->frag_id, 77);
    for (unsigned i = 2; i + 1u < l.n; i++)
        assert_true(l.at[i].flags & SK_LAYER_EXT);
    assert_false(l.at[l.n - 1].flags & SK_LAYER_EXT);
}

static void mobility_hip_and_experimental_headers_are_other_extension_headers(void **state) {
    (void)state;
    const struct {
        enum sk_proto p;
        unsigned number, bit;
    } rows[] = {{SKP_MOBILITY, 135, SK_EXT_MOBILITY},
                {SKP_HIP, 139, SK_EXT_OTHER},
                {SKP_EXPEXT, 253, SK_EXT_OTHER},
                {SKP_EXPEXT, 254, SK_EXT_OTHER}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        echo();
        wrap_ext(&f, rows[i].p, rows[i].number, 0);
        wrap_ipv6(&f, 1, 2);
        whole(0);
        assert_int_equal(l.ip[0].ext, rows[i].bit);
    }
}

static void wrong_order_and_repetition_are_named_and_walked_on(void **state) {
    (void)state;
    const struct {
        enum sk_proto p[3];
        unsigned number[3];
        bool anomaly;
    } rows[] = {
        {{SKP_HOPOPTS, SKP_HOPOPTS}, {0, 0}, true},
        {{SKP_DSTOPTS, SKP_HOPOPTS}, {60, 0}, true},
        {{SKP_ROUTING, SKP_ROUTING}, {43, 43}, true},
        {{SKP_DSTOPTS, SKP_DSTOPTS, SKP_DSTOPTS}, {60, 60, 60}, true},
        {{SKP_DSTOPTS, SKP_ROUTING, SKP_DSTOPTS}, {60, 43, 60}, false},
        {{SKP_HOPOPTS, SKP_ROUTING, SKP_DSTOPTS}, {0, 43, 60}, false},
        {{SKP_SHIM6, SKP_ROUTING}, {140, 43}, false},
        {{SKP_ROUTING, SKP_SHIM6, SKP_HOPOPTS}, {43, 140, 0}, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        echo();
        for (int k = 2; k >= 0; k--)
            if (rows[i].p[k])
                wrap_ext(&f, rows[i].p[k], rows[i].number[k], 0);
        wrap_ipv6(&f, 1, 2);
        whole(rows[i].anomaly ? AN(EXT_ORDER) : 0);
    }
}

static void sixteen_extension_headers_are_walked_and_no_more(void **state) {
    (void)state;
    for (unsigned n = 16; n <= 17; n++) {
        echo();
        for (unsigned i = 0; i < n; i++)
            wrap_ext(&f, SKP_DSTOPTS, 60, 0);
        wrap_ipv6(&f, 1, 2);
        wrap_ether(&f);
        decode_frame(&f, 1, &l);
        assert_int_equal(l.ip[0].n_ext, 16);
        assert_int_equal(l.ip[0].upper_layer, n == 16 ? 18 : 0xff);
        expect_only(&l, n == 16 ? AN(EXT_ORDER) : AN(EXT_ORDER) | AN(EXT_LIMIT));
    }
}

static void extension_headers_have_a_budget_of_bytes(void **state) {
    (void)state;
    echo();
    wrap_ext(&f, SKP_DSTOPTS, 60, 255);
    wrap_ext(&f, SKP_DSTOPTS, 60, 255);
    wrap_ipv6(&f, 1, 2);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, 0);
    echo(); /* each IPv6 header has its own budget */
    wrap_ext(&f, SKP_DSTOPTS, 60, 255);
    wrap_ipv6(&f, 1, 2);
    wrap_ext(&f, SKP_DSTOPTS, 60, 255);
    wrap_ext(&f, SKP_DSTOPTS, 60, 100);
    wrap_ipv6(&f, 1, 2);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, 0);
    echo();
    wrap_ext(&f, SKP_DSTOPTS, 60, 0);
    wrap_ext(&f, SKP_DSTOPTS, 60, 255);
    wrap_ext(&f, SKP_HOPOPTS, 0, 255);
    wrap_ipv6(&f, 1, 2);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 4);
    expect_only(&l, AN(EXT_LIMIT));
}

static void an_extension_header_longer_than_the_packet_is_named(void **state) {
    (void)state;
    echo();
    wrap_ext(&f, SKP_DSTOPTS, 60, 0);
    wrap_ipv6(&f, 1, 2);
    frame_bytes(&f)[41] = 2;
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 2);
    expect_only(&l, AN(IP_LENGTH));
}

static void hop_by_hop_options_are_none_in_ipv4(void **state) {
    (void)state;
    echo();
    wrap_ext(&f, SKP_HOPOPTS, 0, 0);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 2);
    expect_only(&l, AN(UPPER_UNKNOWN));
}

static void ah_is_walked_in_ipv4_and_esp_ends_the_decoding(void **state) {
    (void)state;
    tcp();
    wrap_ah(&f);
    put32(frame_bytes(&f) + 4, 0xabcdef01);
    wrap_ipv4(&f, 1, 2, 0);
    whole(0);
    assert_int_equal(l.ip[0].proto, 6);
    assert_int_equal(l.at[2].id, 0xabcdef01);
    for (unsigned v6 = 0; v6 < 2; v6++) {
        frame_begin(&f);
        frame_room(&f, 64);
        put32(frame_layer(&f, SKP_ESP, 8), 5);
        f.ipproto = 50;
        if (v6)
            wrap_ipv6(&f, 1, 2);
        else
            wrap_ipv4(&f, 1, 2, 0);
        whole(0);
        assert_int_equal(l.ip[0].proto, 50);
        assert_int_equal(l.ip[0].ext, SK_EXT_ESP);
        assert_int_equal(l.at[2].id, 5);
    }
}

static void a_first_fragment_is_decoded_on_a_later_one_is_not(void **state) {
    (void)state;
    for (unsigned later = 0; later < 2; later++) {
        echo();
        frame_room(&f, 0);
        wrap_fragment(&f, later ? 1232 : 0, true, 0xfeedface);
        wrap_ipv6(&f, 1, 2);
        if (later)
            memmove(f.expect, f.expect + 1, --f.n);
        whole(0);
        const struct sk_ip *ip = &l.ip[0];
        assert_true(ip->fragment && ip->more && !ip->atomic);
        assert_int_equal(ip->frag_off, later ? 1232 : 0);
        assert_int_equal(ip->frag_id, 0xfeedface);
        assert_int_equal(ip->proto, 58);
        assert_int_equal(ip->upper_layer, later ? 0xff : 3);
        assert_int_equal(ip->upper_len, 8);
        tcp();
        wrap_ipv4(&f, 1, 2, 0);
        put16(frame_bytes(&f) + 6, later ? 0x2000 | 154 : 0x2000);
        if (later)
            memmove(f.expect, f.expect + 1, --f.n);
        whole(0);
        assert_true(l.ip[0].fragment && l.ip[0].more);
        assert_int_equal(l.ip[0].frag_off, later ? 1232 : 0);
    }
}

static void the_last_fragment_is_a_fragment_and_dont_fragment_is_none(void **state) {
    (void)state;
    tcp();
    wrap_ipv4(&f, 1, 2, 0);
    put16(frame_bytes(&f) + 6, 0x4000);
    whole(0);
    assert_false(l.ip[0].fragment);
    put16(frame_bytes(&f) + 14 + 6, 0x0001);
    decode_frame(&f, 1, &l);
    assert_true(l.ip[0].fragment && !l.ip[0].more);
    assert_int_equal(l.ip[0].frag_off, 8);
    assert_int_equal(l.n, 2);
    expect_only(&l, 0);
}

static void a_first_fragment_without_the_upper_header_is_undetermined(void **state) {
    (void)state;
    frame_begin(&f);
    f.ipproto = 58;
    wrap_ext(&f, SKP_DSTOPTS, 60, 0);
    wrap_fragment(&f, 0, true, 1);
    wrap_ipv6(&f, 1, 2);
    whole(AN(UPPER_UNKNOWN));
    assert_int_equal(l.ip[0].proto, 58);
    assert_int_equal(l.ip[0].upper_layer, 0xff);
}

static void an_unknown_protocol_is_named_and_no_next_header_is_not(void **state) {
    (void)state;
    frame_begin(&f);
    frame_room(&f, 8);
    f.ipproto = 200;
    wrap_ipv6(&f, 1, 2);
    whole(AN(UPPER_UNKNOWN));
    assert_int_equal(l.ip[0].proto, 200);
    frame_begin(&f);
    wrap_ipv6(&f, 1, 2);
    whole(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_summary_is_what_the_header_says),
        cmocka_unit_test(ipv6_summary_is_what_the_header_says),
        cmocka_unit_test(ipv4_options_belong_to_the_header),
        cmocka_unit_test(ipv4_options_cut_by_the_capture_leave_the_addresses),
        cmocka_unit_test(ethernet_padding_is_not_payload),
        cmocka_unit_test(impossible_ipv4_headers_are_named),
        cmocka_unit_test(ipv6_payload_length_zero_takes_the_frame_unless_nothing_is_behind),
        cmocka_unit_test(every_extension_header_is_walked_and_counted),
        cmocka_unit_test(mobility_hip_and_experimental_headers_are_other_extension_headers),
        cmocka_unit_test(wrong_order_and_repetition_are_named_and_walked_on),
        cmocka_unit_test(sixteen_extension_headers_are_walked_and_no_more),
        cmocka_unit_test(extension_headers_have_a_budget_of_bytes),
        cmocka_unit_test(an_extension_header_longer_than_the_packet_is_named),
        cmocka_unit_test(hop_by_hop_options_are_none_in_ipv4),
        cmocka_unit_test(ah_is_walked_in_ipv4_and_esp_ends_the_decoding),
        cmocka_unit_test(a_first_fragment_is_decoded_on_a_later_one_is_not),
        cmocka_unit_test(the_last_fragment_is_a_fragment_and_dont_fragment_is_none),
        cmocka_unit_test(a_first_fragment_without_the_upper_header_is_undetermined),
        cmocka_unit_test(an_unknown_protocol_is_named_and_no_next_header_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
