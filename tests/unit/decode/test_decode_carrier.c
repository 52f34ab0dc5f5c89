/* SPDX-License-Identifier: Apache-2.0 */
/* What carries packets below IP: link headers, PPP, labels, service tags, MACsec. */
#include "overlay_rig.h"

static void raw_ip_has_every_number_and_the_version_decides(void **state) {
    (void)state;
    const unsigned any[] = {12, 14, 101};
    for (size_t i = 0; i < 3; i++) {
        ra();
        whole_as(any[i], 0);
        assert_int_equal(l.ip[0].layer, 0);
        syn4();
        whole_as(any[i], 0);
    }
    ra();
    whole_as(229, 0);
    whole_as(228, AN(VERSION_MISMATCH));
    syn4();
    whole_as(228, 0);
}

static void cooked_captures_give_the_senders_mac(void **state) {
    (void)state;
    static const uint8_t sender[6] = {2, 0, 0, 0, 0, 7};
    ra();
    wrap_vlan(&f, 0x8100, 12);
    uint8_t *h = frame_layer(&f, SKP_SLL, 16);
    put16(h + 2, 1);
    put16(h + 4, 6);
    memcpy(h + 6, sender, 6);
    put16(h + 14, 0x8100);
    whole_as(113, 0);
    assert_memory_equal(l.src_mac.b, sender, 6);
    assert_true(sk_mac_zero(&l.dst_mac));
    assert_int_equal(l.vlan[0], 12);
    ra();
    h = frame_layer(&f, SKP_SLL2, 20);
    put16(h, 0x86dd);
    h[11] = 6;
    memcpy(h + 12, sender, 6);
    whole_as(276, 0);
    assert_memory_equal(l.src_mac.b, sender, 6);
    frame_begin(&f);
    memcpy(frame_layer(&f, SKP_LLC, 3), "\x42\x42\x03", 3);
    put16(frame_layer(&f, SKP_SLL, 16) + 14, 4);
    whole_as(113, 0);
    assert_true(sk_mac_zero(&l.src_mac));
}

static void loopback_is_ip_in_either_byte_order(void **state) {
    (void)state;
    const uint32_t families[] = {2, 10, 24, 28, 30, 0x02000000, 0x0a000000, 0x18000000, 0x1c000000, 0x1e000000};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        ra();
        put32(frame_layer(&f, SKP_LOOPBACK, 4), families[i]);
        whole_as(i % 2 ? 0 : 108, 0);
    }
    ra();
    put32(frame_layer(&f, SKP_LOOPBACK, 4), 0x0f0086dd);
    whole_as(0, 0);
    ra();
    put32(frame_layer(&f, SKP_LOOPBACK, 4), 7);
    decode_frame(&f, 0, &l);
    assert_int_equal(l.n, 1);
    expect_only(&l, AN(LINKTYPE));
}

static void serial_lines_carry_ppp_or_cisco_hdlc(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        ra();
        wrap_ppp(&f, i & 1, i & 2);
        whole_as(i & 1 ? 50 : 9, 0);
    }
    frame_begin(&f);
    *frame_room(&f, 1) = 0xff; /* half an address and control field */
    decode_frame(&f, 9, &l);
    assert_int_equal(l.n, 0);
    expect_only(&l, AN(TRUNCATED));
    ra();
    put16(frame_layer(&f, SKP_CHDLC, 4) + 2, 0x86dd);
    whole_as(104, 0);
    frame_begin(&f);
    frame_room(&f, 18);
    put16(frame_layer(&f, SKP_CHDLC, 4) + 2, 0x8035);
    whole_as(104, 0);
}

static void pppoe_sessions_are_followed_and_discovery_is_not(void **state) {
    (void)state;
    ra();
    wrap_ppp(&f, false, false);
    wrap_pppoe(&f, 0x1234);
    wrap_vlan(&f, 0x8100, 9);
    whole(0);
    assert_int_equal(l.at[2].id, 0x1234);
    assert_int_equal(l.depth, 0);
    frame_begin(&f);
    put16(frame_room(&f, 6), 0x8057); /* IPV6CP: a control protocol */
    memset(frame_layer(&f, SKP_PPP, 2), 0xc0, 1);
    frame_bytes(&f)[1] = 0x21;
    wrap_pppoe(&f, 1);
    whole(0);
    frame_begin(&f);
    frame_room(&f, 4);
    wrap_pppoe(&f, 0);
    f.ethertype = 0x8863;
    frame_bytes(&f)[1] = 9;
    whole(0);
    ra();
    wrap_ppp(&f, false, false);
    wrap_pppoe(&f, 1);
    put16(frame_bytes(&f) + 4, 5000);
    whole(AN(LENGTH_FIELD));
}

static void mpls_labels_are_layers_and_the_nibble_decides_at_the_bottom(void **state) {
    (void)state;
    for (unsigned v4 = 0; v4 < 2; v4++) {
        if (v4)
            syn4();
        else
            ra();
        wrap_mpls(&f, 17, true);
        wrap_mpls(&f, 0xabcde, false);
        whole(0);
        assert_int_equal(l.at[1].id, 0xabcde);
        assert_int_equal(l.at[2].id, 17);
        assert_int_equal(l.depth, 0);
    }
    frame_begin(&f);
    frame_room(&f, 20)[0] = 0x10; /* associated channel */
    wrap_mpls(&f, 17, true);
    whole(0);
}

static void a_pseudowire_is_a_tunnel_of_frames(void **state) {
    (void)state;
    ra();
    wrap_vlan(&f, 0x8100, 700);
    wrap_ether(&f);
    wrap_control_word(&f);
    wrap_mpls(&f, 17, true);
    whole(0);
    expect_tunnel(2, SK_TUN_PSEUDOWIRE);
    assert_int_equal(l.n_vlan, 0);
}

static void a_pseudowire_may_do_without_its_control_word(void **state) {
    (void)state;
    static const uint8_t first[] = {0x33, 0x00, 0x02, 0xfe};
    for (size_t i = 0; i < sizeof first; i++) {
        ra();
        wrap_ether(&f);
        frame_bytes(&f)[0] = first[i]; /* also a destination that begins like a control word */
        wrap_mpls(&f, 17, true);
        whole(0);
        expect_tunnel(1, SK_TUN_PSEUDOWIRE);
        assert_int_equal(l.at[2].proto, SKP_ETHER);
        assert_int_equal(l.at[3].proto, SKP_IPV6);
    }
    ra();
    wrap_ether(&f);
    frame_bytes(&f)[0] = 0x33;
    frame_bytes(&f)[12] = 0x08; /* neither EtherType nor version nibble tell of a frame */
    frame_bytes(&f)[13] = 0x00;
    wrap_mpls(&f, 17, true);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 2);
    ra(); /* an IPv6 packet is one, whatever its addresses look like */
    frame_bytes(&f)[12] = 0x86;
    frame_bytes(&f)[13] = 0xdd;
    frame_bytes(&f)[14] = 0x60;
    wrap_mpls(&f, 17, true);
    whole(0);
    assert_int_equal(l.depth, 0);
    assert_int_equal(l.at[2].proto, SKP_IPV6);
}

static void mpls_in_ip_and_in_udp_are_tunnels(void **state) {
    (void)state;
    ra();
    wrap_mpls(&f, 17, true);
    wrap_ipv4(&f, 1, 2, 0);
    whole(0);
    expect_tunnel(2, SK_TUN_MPLS);
    ra();
    wrap_mpls(&f, 17, true);
    in_udp(6635);
    whole(0);
    expect_tunnel(3, SK_TUN_MPLS);
    ra();
    wrap_mpls(&f, 17, true);
    wrap_gre(&f, false, false, false, 0);
    wrap_ipv4(&f, 1, 2, 0);
    whole(0);
    expect_tunnel(2, SK_TUN_GRE);
}

static void backbone_frames_hold_the_customers_frame(void **state) {
    (void)state;
    ra();
    wrap_vlan(&f, 0x8100, 700);
    wrap_ether(&f);
    frame_bytes(&f)[5] = 99;
    wrap_pbb(&f, 0xabcdef);
    wrap_vlan(&f, 0x88a8, 5);
    whole(0);
    assert_int_equal(l.n_vlan, 1);
    assert_int_equal(l.vlan[0], 5);
    assert_int_equal(l.dst_mac.b[5], 2);
    assert_int_equal(l.at[2].id, 0xabcdef);
}

static void fabricpath_and_service_headers_are_stepped_over(void **state) {
    (void)state;
    ra();
    wrap_ether(&f);
    put16(frame_layer(&f, SKP_FABRICPATH, 2), 0x0060);
    f.ethertype = 0x8903;
    whole(0);
    assert_int_equal(l.depth, 0);
    for (unsigned ethernet = 0; ethernet < 2; ethernet++) {
        ra();
        if (ethernet)
            wrap_ether(&f);
        put32(frame_layer(&f, SKP_NSH, 24), 0x0fc60100 | (ethernet ? 3 : 2));
        f.ethertype = 0x894f;
        whole(0);
        ra();
        if (ethernet)
            wrap_ether(&f);
        put32(frame_layer(&f, SKP_NSH, 24), 0x0fc60100 | (ethernet ? 3 : 2));
        wrap_vxlan(&f, 1);
        frame_bytes(&f)[0] = 0x0c;
        frame_bytes(&f)[3] = 4;
        in_udp(4790);
        whole(0);
    }
}

static void a_service_header_that_cannot_be_is_named(void **state) {
    (void)state;
    const unsigned firsts[] = {0x4fc2, 0x0fc1}; /* a version that does not exist; shorter than itself */
    for (size_t i = 0; i < 2; i++) {
        ra();
        uint8_t *h = frame_layer(&f, SKP_NSH, 8);
        put16(h, firsts[i]);
        h[3] = 2;
        f.ethertype = 0x894f;
        wrap_ether(&f);
        decode_frame(&f, 1, &l);
        assert_int_equal(l.n, 1);
        expect_only(&l, AN(ETHERTYPE));
    }
    ra();
    wrap_mpls(&f, 5, true);
    put32(frame_layer(&f, SKP_NSH, 8), 0x0fc20105);
    f.ethertype = 0x894f;
    whole(0);
}

static void frame_relay_has_three_forms(void **state) {
    (void)state;
    const char *const forms[] = {"1841 86dd", "1841 03 8e", "1841 03 00 80 000000 86dd", "1840 4041 03 8e"};
    for (size_t i = 0; i < 4; i++) {
        struct sk_hex h = sk_hex_of(forms[i]);
        ra();
        memcpy(frame_layer(&f, SKP_FRELAY, h.n), h.b, h.n);
        whole_as(107, 0);
    }
}

static void macsec_without_encryption_is_followed(void **state) {
    (void)state;
    for (unsigned sci = 0; sci < 2; sci++) {
        ra();
        wrap_macsec(&f, sci);
        whole(0);
        ra();
        wrap_macsec(&f, sci);
        wrap_ether(&f);
        frame_bytes(&f)[14] |= 0x0c;
        decode_frame(&f, 1, &l);
        assert_int_equal(l.n, 2);
        assert_int_equal(l.at[1].hdr_len, sci ? 14 : 6);
        expect_only(&l, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_ip_has_every_number_and_the_version_decides),
        cmocka_unit_test(cooked_captures_give_the_senders_mac),
        cmocka_unit_test(loopback_is_ip_in_either_byte_order),
        cmocka_unit_test(serial_lines_carry_ppp_or_cisco_hdlc),
        cmocka_unit_test(pppoe_sessions_are_followed_and_discovery_is_not),
        cmocka_unit_test(mpls_labels_are_layers_and_the_nibble_decides_at_the_bottom),
        cmocka_unit_test(a_pseudowire_is_a_tunnel_of_frames),
        cmocka_unit_test(a_pseudowire_may_do_without_its_control_word),
        cmocka_unit_test(mpls_in_ip_and_in_udp_are_tunnels),
        cmocka_unit_test(backbone_frames_hold_the_customers_frame),
        cmocka_unit_test(fabricpath_and_service_headers_are_stepped_over),
        cmocka_unit_test(a_service_header_that_cannot_be_is_named),
        cmocka_unit_test(frame_relay_has_three_forms),
        cmocka_unit_test(macsec_without_encryption_is_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
