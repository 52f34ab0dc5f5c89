/* SPDX-License-Identifier: Apache-2.0 */
/* Overlays and tunnels in UDP, GRE and IP, and what only looks like one. */
#include "overlay_rig.h"

static void vxlan_carries_frames_by_the_i_bit(void **state) {
    (void)state;
    const unsigned ports[] = {4789, 8472, 4790};
    for (size_t i = 0; i < 3; i++) {
        ra();
        wrap_vlan(&f, 0x8100, 42);
        wrap_ether(&f);
        wrap_vxlan(&f, 0x123456);
        frame_bytes(&f)[0] |= 0x80; /* group policy: ignored on receipt */
        in_udp(ports[i]);
        whole(0);
        expect_tunnel(3, SK_TUN_VXLAN);
        assert_int_equal(l.at[3].id, 0x123456);
        assert_int_equal(l.n_vlan, 0);
    }
}

static void priority_tags_outside_and_inside_an_overlay_are_no_stack(void **state) {
    (void)state;
    ra();
    wrap_vlan(&f, 0x8100, 0);
    wrap_ether(&f);
    wrap_vxlan(&f, 1);
    in_udp(4789);
    wrap_vlan(&f, 0x8100, 0);
    whole(0);
}

static void vxlan_gpe_carries_ip(void **state) {
    (void)state;
    ra();
    wrap_vxlan(&f, 1);
    frame_bytes(&f)[0] = 0x0c;
    frame_bytes(&f)[3] = 2;
    in_udp(4790);
    whole(0);
    expect_tunnel(3, SK_TUN_VXLAN);
}

static void other_traffic_on_the_vxlan_port_is_left_alone(void **state) {
    (void)state;
    ra();
    wrap_ether(&f);
    wrap_vxlan(&f, 1);
    frame_bytes(&f)[0] = 0;
    in_udp(4789);
    wrap_ether(&f);
    stops_at_udp();
    ra();
    wrap_ether(&f);
    put16(frame_bytes(&f) + 12, 0x9999);
    wrap_vxlan(&f, 1);
    in_udp(4789);
    wrap_ether(&f);
    stops_at_udp();
}

static void geneve_carries_what_its_ethertype_says(void **state) {
    (void)state;
    for (unsigned options = 0; options < 64; options += 21) {
        ra();
        if (options)
            wrap_ether(&f);
        wrap_geneve(&f, 0xabcdef, options);
        in_udp(6081);
        whole(0);
        expect_tunnel(3, SK_TUN_GENEVE);
        assert_int_equal(l.at[3].id, 0xabcdef);
        assert_int_equal(l.at[3].hdr_len, 8 + 4 * options);
    }
    ra();
    wrap_geneve(&f, 1, 0);
    frame_bytes(&f)[0] = 0x40; /* a version that does not exist */
    in_udp(6081);
    wrap_ether(&f);
    stops_at_udp();
}

static void gtp_u_walks_its_extensions(void **state) {
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        ra();
        wrap_gtpu(&f, 0xcafe0001, i & 1, i / 2);
        in_udp(2152);
        whole(0);
        expect_tunnel(3, SK_TUN_GTPU);
        assert_int_equal(l.at[3].id, 0xcafe0001);
    }
    ra();
    wrap_gtpu(&f, 1, false, 1);
    frame_bytes(&f)[12] = 0; /* an extension of length zero never ends */
    in_udp(2152);
    wrap_ether(&f);
    stops_at_udp();
    ra();
    wrap_gtpu(&f, 1, false, 0);
    put16(frame_bytes(&f) + 2, 49); /* one byte more than there is */
    in_udp(2152);
    wrap_ether(&f);
    stops_at_udp();
    ra();
    wrap_gtpu(&f, 1, false, 0);
    frame_bytes(&f)[1] = 1; /* echo request: signalling */
    in_udp(2152);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 4);
    assert_int_equal(l.depth, 0);
}

static void etherip_nvgre_and_erspan_carry_frames(void **state) {
    (void)state;
    ra();
    wrap_ether(&f);
    wrap_etherip(&f);
    wrap_ipv6(&f, 1, 2);
    whole(0);
    expect_tunnel(2, SK_TUN_ETHERIP);
    ra();
    wrap_ether(&f);
    wrap_gre(&f, false, true, false, 0x12345600);
    wrap_ipv4(&f, 1, 2, 0);
    whole(0);
    expect_tunnel(2, SK_TUN_NVGRE);
    for (unsigned i = 1; i <= 3; i++) {
        ra();
        wrap_ether(&f);
        wrap_erspan(&f, i > 1 ? 2 : 1, i == 3);
        wrap_gre(&f, false, false, true, 0);
        wrap_ipv4(&f, 1, 2, 0);
        whole(0);
        expect_tunnel(2, SK_TUN_ERSPAN);
        assert_int_equal(l.at[3].id, 0x3ff);
    }
    ra(); /* type I */
    wrap_ether(&f);
    f.ethertype = 0x88be;
    wrap_gre(&f, false, false, false, 0);
    wrap_ipv4(&f, 1, 2, 0);
    whole(0);
    expect_tunnel(2, SK_TUN_ERSPAN);
    ra();
    wrap_ether(&f);
    wrap_gre(&f, false, false, false, 0);
    wrap_ipv4(&f, 1, 2, 0);
    whole(0);
    expect_tunnel(2, SK_TUN_GRE);
    ra();
    frame_room(&f, 2);
    f.ipproto = 97;
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 2);
    expect_only(&l, AN(TUNNEL_INNER));
}

static void l2tp_and_pptp_carry_ppp(void **state) {
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        ra();
        wrap_ppp(&f, true, false);
        wrap_l2tp(&f, i & 1, i & 2, i & 4);
        in_udp(1701);
        whole(0);
        expect_tunnel(3, SK_TUN_L2TP);
    }
    ra();
    wrap_ppp(&f, true, false);
    wrap_l2tp(&f, true, true, false);
    frame_bytes(&f)[0] |= 0x80; /* control */
    in_udp(1701);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 4);
    assert_int_equal(l.depth, 0);
    for (unsigned i = 0; i < 4; i++) {
        ra();
        wrap_ppp(&f, true, false);
        uint8_t *h = frame_layer(&f, SKP_GRE, 8u + 4u * (i & 1) + 2u * (i & 2));
        put16(h, 0x2001 | (i & 1 ? 0x1000u : 0) | (i & 2 ? 0x0080u : 0));
        put16(h + 2, 0x880b);
        f.ipproto = 47;
        wrap_ipv4(&f, 1, 2, 0);
        whole(0);
        expect_tunnel(2, SK_TUN_GRE);
    }
}

/* RFC 3948: what the first four bytes say decides. */
static void udp_4500_is_esp_or_ike(void **state) {
    (void)state;
    frame_begin(&f);
    memset(frame_room(&f, 32), 0xa5, 32);
    put32(frame_layer(&f, SKP_ESP, 8), 0x100);
    in_udp(4500);
    whole(0);
    assert_int_equal(l.at[3].id, 0x100);
    assert_true(sk_layers_encrypted(&l));
    frame_begin(&f);
    memset(frame_room(&f, 28), 0x11, 28);
    put32(frame_layer(&f, SKP_UDPENCAP, 4), 0);
    in_udp(4500);
    whole(0);
    assert_false(sk_layers_encrypted(&l));
}

static void udp_4500_keepalives_and_reserved_indexes_are_no_esp(void **state) {
    (void)state;
    frame_begin(&f);
    frame_room(&f, 1)[0] = 0xff;
    in_udp(4500);
    wrap_ether(&f);
    stops_at_udp();
    frame_begin(&f);
    put32(frame_room(&f, 32), 255);
    in_udp(4500);
    wrap_ether(&f);
    stops_at_udp();
    frame_begin(&f);
    put32(frame_room(&f, 8), 0x100); /* shorter than any ESP packet */
    in_udp(4500);
    wrap_ether(&f);
    stops_at_udp();
}

static void ayiya_carries_ipv6_behind_identity_and_signature(void **state) {
    (void)state;
    ra();
    wrap_ayiya(&f);
    in_udp(5072);
    whole(0);
    expect_tunnel(3, SK_TUN_AYIYA);
    frame_begin(&f);
    f.ipproto = 59;
    wrap_ayiya(&f);
    frame_bytes(&f)[2] = 0x10; /* heartbeat */
    in_udp(5072);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 4);
    expect_tunnel(3, SK_TUN_AYIYA);
    assert_int_equal(l.depth, 1);
    ra();
    wrap_ayiya(&f);
    frame_bytes(&f)[3] = 6;
    in_udp(5072);
    wrap_ether(&f);
    stops_at_udp();
}

static void other_transports_have_their_layer(void **state) {
    (void)state;
    const struct {
        enum sk_proto p;
        unsigned number, len;
    } rows[] = {{SKP_SCTP, 132, 12}, {SKP_DCCP, 33, 12}, {SKP_UDPLITE, 136, 8}};
    for (size_t i = 0; i < 3; i++) {
        frame_begin(&f);
        frame_room(&f, 4);
        put32(frame_layer(&f, rows[i].p, rows[i].len), 0x00070008);
        f.ipproto = (int)rows[i].number;
        wrap_ipv6(&f, 1, 2);
        whole(0);
        assert_int_equal(l.at[2].id, 0x00070008);
        assert_int_equal(l.at[2].hdr_len, rows[i].len);
    }
    frame_begin(&f);
    frame_layer(&f, SKP_IGMP, 8)[0] = 0x22;
    f.ipproto = 2;
    wrap_ipv4(&f, 1, 2, 4);
    whole(0);
    assert_int_equal(l.at[2].id, 0x2200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vxlan_carries_frames_by_the_i_bit),
        cmocka_unit_test(priority_tags_outside_and_inside_an_overlay_are_no_stack),
        cmocka_unit_test(vxlan_gpe_carries_ip),
        cmocka_unit_test(other_traffic_on_the_vxlan_port_is_left_alone),
        cmocka_unit_test(geneve_carries_what_its_ethertype_says),
        cmocka_unit_test(gtp_u_walks_its_extensions),
        cmocka_unit_test(etherip_nvgre_and_erspan_carry_frames),
        cmocka_unit_test(l2tp_and_pptp_carry_ppp),
        cmocka_unit_test(udp_4500_is_esp_or_ike),
        cmocka_unit_test(udp_4500_keepalives_and_reserved_indexes_are_no_esp),
        cmocka_unit_test(ayiya_carries_ipv6_behind_identity_and_signature),
        cmocka_unit_test(other_transports_have_their_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
