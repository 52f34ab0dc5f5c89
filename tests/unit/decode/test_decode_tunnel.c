/* SPDX-License-Identifier: Apache-2.0 */
/** IP in IP in all four ways, GRE, Teredo; kinds, paths, depths. */
#include "frame.h"

#include "hex.h"
#include "layers_check.h"

static struct frame f;
static struct sk_layers l;

static void whole(uint64_t anomalies) {
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, anomalies);
    const char *wrong = sk_layers_sweep(frame_bytes(&f), frame_len(&f), 1);
    if (wrong)
        fail_msg("%s", wrong);
}
static void expect_kind(enum sk_tunnel_kind k) {
    if (sk_tunnel_kinds(&l, false) != UINT64_C(1) << k)
        fail_msg("kinds %llx, not %s", (unsigned long long)sk_tunnel_kinds(&l, false), sk_tunnel_kind_name(k));
}
static void expect_path(const char *path) {
    char buf[128];
    sk_tunnel_path(&l, l.n, buf, sizeof buf);
    assert_string_equal(buf, path);
}
static void syn6(void) {
    frame_begin(&f);
    wrap_tcp(&f, 1, 2, 0);
    wrap_ipv6(&f, 1, 2);
}
static void syn4(void) {
    frame_begin(&f);
    wrap_tcp(&f, 1, 2, 0);
    wrap_ipv4(&f, 1, 2, 0);
}

static void protocol_41_raises_the_depth_behind_the_outer_header(void **state) {
    (void)state;
    syn6();
    wrap_ipv4(&f, 0xcb007109, 0x0a000005, 0);
    wrap_vlan(&f, 0x8100, 3);
    whole(0);
    expect_kind(SK_TUN_6IN4);
    expect_path("eth/vlan/ip4/41/ip6/tcp");
    assert_int_equal(l.depth, 1);
    assert_int_equal(l.at[2].flags, SK_LAYER_TUNNEL);
    assert_int_equal(l.at[2].depth, 0);
    assert_int_equal(l.at[3].depth, 1);
    assert_int_equal(l.ip[1].depth, 1);
    assert_int_equal(l.ip[0].upper_layer, 3);
    assert_int_equal(sk_tunnel_kind(&l, 2), SK_TUN_6IN4);
    assert_int_equal(sk_tunnel_kind(&l, 3), SK_TUN_NONE);
    assert_int_equal(sk_tunnel_kind(&l, 200), SK_TUN_NONE);
}

static void all_ip_in_ip_pairs_are_told_apart(void **state) {
    (void)state;
    syn4();
    wrap_ipv4(&f, 1, 2, 0);
    whole(0);
    expect_kind(SK_TUN_IPIP);
    expect_path("eth/ip4/4/ip4/tcp");
    syn4();
    wrap_ipv6(&f, 1, 2);
    whole(0);
    expect_kind(SK_TUN_4IN6);
    expect_path("eth/ip6/4/ip4/tcp");
    syn6();
    wrap_ipv6(&f, 1, 2);
    whole(0);
    expect_kind(SK_TUN_IP6IP6);
    expect_path("eth/ip6/41/ip6/tcp");
}

static void behind_extension_headers_the_last_of_them_carries_the_tunnel(void **state) {
    (void)state;
    syn6();
    wrap_ext(&f, SKP_DSTOPTS, 60, 0);
    wrap_ipv6(&f, 1, 2);
    whole(0);
    expect_kind(SK_TUN_IP6IP6);
    expect_path("eth/ip6/41/ip6/tcp");
    assert_int_equal(l.at[1].flags, 0);
    assert_int_equal(l.at[2].flags, SK_LAYER_TUNNEL | SK_LAYER_EXT);
    assert_int_equal(l.at[3].depth, 1);
}

static void addresses_tell_6to4_isatap_and_6over4(void **state) {
    (void)state;
    for (unsigned end = 0; end < 2; end++) {
        syn6();
        put32(frame_bytes(&f) + 8 + 16 * end, 0x2002c000);
        wrap_ipv4(&f, 1, 2, 0);
        whole(0);
        expect_kind(SK_TUN_6TO4);
        for (unsigned u = 0; u < 2; u++) {
            syn6();
            put32(frame_bytes(&f) + 16 + 16 * end, u ? 0x02005efe : 0x00005efe);
            wrap_ipv4(&f, 1, 2, 0);
            whole(0);
            expect_kind(SK_TUN_ISATAP);
        }
        syn6();
        wrap_ipv4(&f, end ? 0xc0586301 : 1, end ? 1 : 0xc0586301, 0);
        whole(0);
        expect_kind(SK_TUN_6TO4);
    }
    syn6();
    put32(frame_bytes(&f) + 16, 0x04005efe); /* another bit than universal/local */
    wrap_ipv4(&f, 1, 2, 0);
    whole(0);
    expect_kind(SK_TUN_6IN4);
    syn6();
    wrap_ipv4(&f, 1, 0xefc00002, 0);
    whole(0);
    expect_kind(SK_TUN_6OVER4);
}

static void an_attempt_counts_even_when_nothing_is_inside(void **state) {
    (void)state;
    syn6();
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    struct sk_packet p = {.data = frame_bytes(&f), .caplen = 34, .wirelen = 200, .linktype = 1};
    sk_decode(&p, &l);
    assert_int_equal(l.n, 2);
    assert_int_equal(l.depth, 1);
    expect_kind(SK_TUN_6IN4);
    frame_begin(&f);
    f.ipproto = 41;
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 2);
    expect_only(&l, AN(TUNNEL_INNER));
    expect_kind(SK_TUN_6IN4);
}

static void the_wrong_version_inside_is_decoded_and_named(void **state) {
    (void)state;
    syn4();
    f.ipproto = 41;
    wrap_ipv4(&f, 1, 2, 0);
    whole(AN(VERSION_MISMATCH));
    frame_bytes(&f)[34] = 0x00;
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 2);
    expect_only(&l, AN(TUNNEL_INNER));
}

static void an_inner_length_beyond_the_outer_is_named_and_cut(void **state) {
    (void)state;
    syn6();
    put16(frame_bytes(&f) + 4, 500);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_only(&l, AN(IP_LENGTH));
    assert_int_equal(l.n, 4);
    assert_int_equal(l.ip[1].wire_upper_len, 500);
    assert_int_equal(l.ip[1].upper_len, 20);
    frame_bytes(&f)[20] |= 0x20; /* more fragments: what is missing comes in them */
    decode_frame(&f, 1, &l);
    assert_false(l.anomalies >> SK_AN_IP_LENGTH & 1);
    assert_int_equal(l.ip[1].wire_upper_len, 500);
}

static void gre_walks_its_optional_fields_and_gives_the_key(void **state) {
    (void)state;
    for (unsigned bits = 0; bits < 8; bits++)
        for (unsigned v6 = 0; v6 < 2; v6++) {
            syn6();
            wrap_gre(&f, bits & 1, bits & 2, bits & 4, 0x01020304);
            if (v6)
                wrap_ipv6(&f, 1, 2);
            else
                wrap_ipv4(&f, 1, 2, 0);
            whole(0);
            expect_kind(SK_TUN_GRE);
            assert_int_equal(l.at[2].id, bits & 2 ? 0x01020304 : 0);
            assert_int_equal(l.at[2].flags, SK_LAYER_TUNNEL);
            assert_int_equal(l.at[3].depth, 1);
        }
    expect_path("eth/ip6/gre/ip6/tcp");
}

static void gre_carries_ethernet_with_tags_of_its_own(void **state) {
    (void)state;
    syn6();
    wrap_vlan(&f, 0x8100, 99);
    wrap_ether(&f);
    frame_bytes(&f)[0] = 6;
    wrap_gre(&f, false, true, false, 0xabcd00);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_vlan(&f, 0x8100, 7);
    whole(0);
    assert_int_equal(l.n_vlan, 1);
    assert_int_equal(l.vlan[0], 7);
    assert_int_equal(l.dst_mac.b[0], 2);
    expect_path("eth/vlan/ip4/gre/eth/vlan/ip6/tcp");
}

static void gre_of_another_version_or_with_source_routes_stops(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        syn6();
        wrap_gre(&f, false, false, false, 0);
        put16(frame_bytes(&f), i ? 0x4000 : 0x2001);
        wrap_ipv4(&f, 1, 2, 0);
        wrap_ether(&f);
        decode_frame(&f, 1, &l);
        assert_int_equal(l.n, 3);
        expect_only(&l, AN(TUNNEL_INNER));
        expect_kind(SK_TUN_GRE);
    }
}

static void teredo_is_decoded_with_every_encapsulation(void **state) {
    (void)state;
    for (unsigned bits = 0; bits < 4; bits++)
        for (unsigned side = 0; side < 2; side++) {
            syn6();
            wrap_teredo(&f, bits & 1, bits & 2);
            wrap_udp(&f, side ? 3544 : 50000, side ? 50000 : 3544);
            wrap_ipv4(&f, 1, 2, 0);
            whole(0);
            expect_kind(SK_TUN_TEREDO);
            expect_path("eth/ip4/udp/teredo/ip6/tcp");
            assert_int_equal(l.depth, 1);
            assert_int_equal(l.n, bits ? 6 : 5);
        }
}

static void a_teredo_bubble_is_an_ipv6_header_alone(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_ipv6(&f, 1, 2);
    wrap_udp(&f, 3544, 50000);
    wrap_ipv4(&f, 1, 2, 0);
    whole(0);
    expect_kind(SK_TUN_TEREDO);
}

static void teredo_trailers_may_fill_the_rest(void **state) {
    (void)state;
    const struct {
        const char *trailer;
        bool holds;
    } rows[] = {{"01 04 11223344", true}, {"03 02 aabb 05 00", true}, {"02 00", true}, {"01 05 11223344", false},
                {"00 00", false},         {"09 01 00", false},        {"01", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sk_hex h = sk_hex_of(rows[i].trailer);
        frame_begin(&f);
        memcpy(frame_room(&f, h.n), h.b, h.n);
        uint8_t *ip = frame_layer(&f, SKP_IPV6, 40);
        ip[0] = 0x60;
        ip[6] = 59;
        wrap_udp(&f, 3544, 50000);
        wrap_ipv4(&f, 1, 2, 0);
        wrap_ether(&f);
        decode_frame(&f, 1, &l);
        assert_int_equal(l.n, rows[i].holds ? 4 : 3);
        assert_int_equal(l.depth, rows[i].holds);
        expect_only(&l, 0);
        assert_null(sk_layers_sweep(frame_bytes(&f), frame_len(&f), 1));
    }
}

static void teredo_cut_by_the_capture_is_still_teredo(void **state) {
    (void)state;
    syn6();
    wrap_udp(&f, 50000, 3544);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    struct sk_packet p = {
        .data = frame_bytes(&f), .caplen = 42 + 40, .wirelen = (uint32_t)frame_len(&f), .linktype = 1};
    sk_decode(&p, &l);
    assert_int_equal(l.n, 4);
    expect_kind(SK_TUN_TEREDO);
    expect_only(&l, AN(TRUNCATED));
}

static void between_peers_a_link_local_source_must_tell_the_senders_port_and_address(void **state) {
    (void)state;
    for (unsigned wrong = 0; wrong < 18;
         wrong++) { /* 0: right; 1 to 15: that byte of the source is not; the outer port, address */
        if (wrong == 8 || wrong == 9)
            continue; /* the flags tell nothing */
        syn6();
        uint8_t *ip6 = frame_bytes(&f);
        memcpy(ip6 + 8, (uint8_t[16]){0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x80, 0, 0x38, 0xc7, 0xf5, 0xff, 0xff, 0xfe}, 16);
        if (wrong && wrong < 16)
            ip6[8 + wrong] ^= 1;
        wrap_udp(&f, 51000 + (wrong == 16), 52000);
        wrap_ipv4(&f, 0x0a000001 ^ (wrong == 17), 2, 0);
        wrap_ether(&f);
        decode_frame(&f, 1, &l);
        assert_int_equal(l.depth, wrong == 0);
        if (!wrong)
            assert_int_equal(sk_tunnel_kind(&l, 2), SK_TUN_TEREDO);
    }
}

static void port_3544_without_the_framing_is_no_teredo(void **state) {
    (void)state;
    syn6();
    frame_bytes(&f)[5] = 21; /* one byte more than there is */
    wrap_udp(&f, 50000, 3544);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 3);
    assert_int_equal(l.at[2].flags, 0);
    expect_only(&l, 0);
    syn4();
    frame_bytes(&f)[10] ^= 1; /* with a right header checksum it proves itself: foo-over-UDP */
    wrap_udp(&f, 50000, 3544);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 3);
    syn6();
    wrap_udp(&f, 50000, 3545);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 3);
}

static void tunnels_in_a_quoted_packet_count_as_quoted(void **state) {
    (void)state;
    syn6();
    wrap_ipv4(&f, 1, 2, 0);
    wrap_icmp(&f, 3, 2);
    wrap_ipv4(&f, 3, 4, 0);
    whole(0);
    assert_int_equal(sk_tunnel_kinds(&l, false), 0);
    assert_int_equal(sk_tunnel_kinds(&l, true), 1u << SK_TUN_6IN4);
    assert_int_equal(l.n_ip, 3);
    expect_path("eth/ip4/icmp/ip4/41/ip6/tcp");
}

static void a_path_is_cut_at_the_buffer_and_at_the_layer(void **state) {
    (void)state;
    char buf[32];
    syn6();
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    sk_tunnel_path(&l, 1, buf, sizeof buf);
    assert_string_equal(buf, "eth/ip4");
    sk_tunnel_path(&l, 2, buf, sizeof buf);
    assert_string_equal(buf, "eth/ip4/41/ip6");
    for (size_t cap = 1; cap < 20; cap++) {
        memset(buf, 'x', sizeof buf);
        sk_tunnel_path(&l, 9, buf, cap);
        assert_true(strlen(buf) < cap);
        assert_memory_equal(buf, "eth/ip4/41/ip6/tcp", strlen(buf));
        assert_int_equal(buf[cap], 'x');
    }
}

static void names_are_there_for_every_number_and_for_none(void **state) {
    (void)state;
    for (unsigned i = 0; i < SK_TUN_COUNT; i++)
        assert_true(strlen(sk_tunnel_kind_name((enum sk_tunnel_kind)i)) > 1);
    for (unsigned i = 0; i < SK_AN_COUNT; i++) {
        assert_true(strlen(sk_anomaly_name((enum sk_anomaly)i)) > 4);
    }
    for (unsigned i = 1; i < SKP_COUNT; i++) {
        assert_true(strlen(sk_proto_name((enum sk_proto)i)) > 1);
        assert_true(strlen(sk_proto_label((enum sk_proto)i)) > 1);
    }
    assert_string_equal(sk_proto_name(SKP_IPV6), "ipv6");
    assert_string_equal(sk_proto_label(SKP_IPV6), "ip6");
    assert_string_equal(sk_proto_name((enum sk_proto)250), "none");
    assert_string_equal(sk_anomaly_name((enum sk_anomaly)60), "");
    assert_string_equal(sk_tunnel_kind_name((enum sk_tunnel_kind)60), "none");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocol_41_raises_the_depth_behind_the_outer_header),
        cmocka_unit_test(all_ip_in_ip_pairs_are_told_apart),
        cmocka_unit_test(behind_extension_headers_the_last_of_them_carries_the_tunnel),
        cmocka_unit_test(addresses_tell_6to4_isatap_and_6over4),
        cmocka_unit_test(an_attempt_counts_even_when_nothing_is_inside),
        cmocka_unit_test(the_wrong_version_inside_is_decoded_and_named),
        cmocka_unit_test(an_inner_length_beyond_the_outer_is_named_and_cut),
        cmocka_unit_test(gre_walks_its_optional_fields_and_gives_the_key),
        cmocka_unit_test(gre_carries_ethernet_with_tags_of_its_own),
        cmocka_unit_test(gre_of_another_version_or_with_source_routes_stops),
        cmocka_unit_test(teredo_is_decoded_with_every_encapsulation),
        cmocka_unit_test(a_teredo_bubble_is_an_ipv6_header_alone),
        cmocka_unit_test(teredo_trailers_may_fill_the_rest),
        cmocka_unit_test(teredo_cut_by_the_capture_is_still_teredo),
        cmocka_unit_test(between_peers_a_link_local_source_must_tell_the_senders_port_and_address),
        cmocka_unit_test(port_3544_without_the_framing_is_no_teredo),
        cmocka_unit_test(tunnels_in_a_quoted_packet_count_as_quoted),
        cmocka_unit_test(a_path_is_cut_at_the_buffer_and_at_the_layer),
        cmocka_unit_test(names_are_there_for_every_number_and_for_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
