/* SPDX-License-Identifier: Apache-2.0 */
/** Links other than Ethernet (FDDI, token ring, ARCNET, InfiniBand, ATM), what capturing systems write in front of a
 *  frame (PKTAP, NFLOG, Juniper, IPNET, Arista's timestamps), and LISP. */
#include "frame_link.h"

#include "hex.h"
#include "layers_check.h"

static struct frame f;
static struct sk_layers l;

static void sweep(unsigned linktype) {
    const char *wrong = sk_layers_sweep(frame_bytes(&f), frame_len(&f), (uint16_t)linktype);
    if (wrong)
        fail_msg("%s", wrong);
}
static void whole_as(unsigned linktype, uint64_t anomalies) {
    decode_frame(&f, linktype, &l);
    expect_written(&f, &l);
    expect_only(&l, anomalies);
    sweep(linktype);
}
static void ends_after(unsigned linktype, unsigned n, uint64_t anomalies) {
    decode_frame(&f, linktype, &l);
    assert_int_equal(l.n, n);
    expect_only(&l, anomalies);
    sweep(linktype);
}
static void bytes_end_after(const char *hex, unsigned linktype, unsigned n, uint64_t anomalies) {
    struct sk_hex h = sk_hex_of(hex);
    frame_begin(&f);
    memcpy(frame_room(&f, h.n), h.b, h.n);
    ends_after(linktype, n, anomalies);
}
static void ra(void) {
    frame_begin(&f);
    wrap_icmpv6(&f, 134, 0);
    wrap_ipv6(&f, 1, 2);
}
static void syn4(void) {
    frame_begin(&f);
    wrap_tcp(&f, 1, 2, 0);
    wrap_ipv4(&f, 1, 2, 0);
}
/** ARP with addresses of hlen bytes. */
static void arp(unsigned hlen) {
    frame_begin(&f);
    uint8_t *h = frame_layer(&f, SKP_ARP, 8 + 2 * (hlen + 4));
    put16(h, 7);
    put16(h + 2, 0x0800);
    put8(h + 4, hlen);
    put8(h + 5, 4);
    put16(h + 6, 1);
    f.ethertype = 0x0806;
}
static void expect_from_1_to_2(void) {
    assert_int_equal(l.src_mac.b[0], 2);
    assert_int_equal(l.src_mac.b[5], 1);
    assert_int_equal(l.dst_mac.b[5], 2);
}

/* --- links --- */

static void fddi_and_token_ring_give_macs_and_carry_llc(void **state) {
    (void)state;
    ra();
    wrap_snap(&f);
    wrap_fddi(&f);
    whole_as(LINK_FDDI, 0);
    expect_from_1_to_2();
    for (unsigned route = 0; route <= 30; route += 2) {
        ra();
        wrap_snap(&f);
        wrap_tokenring(&f, route);
        whole_as(LINK_TOKENRING, 0);
        expect_from_1_to_2();
        assert_int_equal(l.at[0].hdr_len, 14 + route);
        struct sk_mac dst, src;
        struct sk_packet p = {.data = frame_bytes(&f), .caplen = (uint32_t)frame_len(&f)};
        assert_true(sk_layer_macs(&p, &l.at[0], &dst, &src));
        assert_true(sk_mac_eq(&src, &l.src_mac) && sk_mac_eq(&dst, &l.dst_mac));
    }
}

static void frames_of_the_rings_themselves_end_the_decoding(void **state) {
    (void)state;
    ra();
    wrap_snap(&f);
    wrap_fddi(&f);
    frame_bytes(&f)[0] = 0x41; /* station management */
    ends_after(LINK_FDDI, 1, 0);
    ra();
    wrap_snap(&f);
    wrap_tokenring(&f, 0);
    frame_bytes(&f)[1] = 0x05;
    ends_after(LINK_TOKENRING, 1, 0);
    ra();
    wrap_snap(&f);
    wrap_tokenring(&f, 2);
    frame_bytes(&f)[14] = 0; /* a route of no length */
    ends_after(LINK_TOKENRING, 0, AN(LENGTH_FIELD));
}

static void arcnet_has_an_old_and_a_new_header_on_two_systems(void **state) {
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        syn4();
        whole_as(wrap_arcnet(&f, i & 1, i & 2, i & 4), 0);
        arp(1);
        whole_as(wrap_arcnet(&f, i & 1, i & 2, i & 4), 0);
        ra();
        whole_as(wrap_arcnet(&f, i & 1, false, i & 4), 0);
        assert_true(sk_mac_zero(&l.src_mac));
    }
    bytes_end_after("0102 d6 00 0001 0001 0800 0604 0003", LINK_ARCNET_BSD, 2, AN(TRUNCATED)); /* RARP */
    bytes_end_after("0102 dd 00 0001", LINK_ARCNET_BSD, 1, AN(ETHERTYPE));
}

static void parts_of_a_divided_arcnet_packet_are_named(void **state) {
    (void)state;
    const unsigned flags[] = {0, 1, 2, 3};
    for (size_t i = 0; i < 4; i++) {
        ra();
        wrap_arcnet(&f, true, false, false);
        frame_bytes(&f)[5] = (uint8_t)flags[i];
        ends_after(LINK_ARCNET_LINUX, flags[i] == 2 ? 1 : 3, flags[i] ? AN(LINK_FRAGMENT) : 0);
        ra();
        wrap_arcnet(&f, false, false, true);
        frame_bytes(&f)[7] = (uint8_t)flags[i];
        ends_after(LINK_ARCNET_BSD, flags[i] == 2 ? 1 : 3, flags[i] ? AN(LINK_FRAGMENT) : 0);
    }
}

static void tags_of_switch_chips_stand_in_or_before_ethernet(void **state) {
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        ra();
        if (i & 1)
            wrap_vlan(&f, 0x8100, 7);
        if (i / 2 == 2) {
            wrap_ether(&f);
            whole_as(wrap_brcm(&f, true), 0);
            assert_int_equal(l.at[0].hdr_len, 4);
        } else if (i / 2 == 1) {
            whole_as(wrap_brcm(&f, false), 0);
        } else {
            wrap_snap(&f);
            whole_as(wrap_brcm(&f, false), 0);
        }
        expect_from_1_to_2();
        assert_int_equal(l.n_vlan, i & 1);
    }
    for (unsigned i = 0; i < 4; i++) {
        ra();
        wrap_vlan(&f, 0x8100, 7);
        whole_as(wrap_dsa(&f, i & 1, i & 2 ? 0x8539 : 0x539), 0);
        expect_from_1_to_2();
        assert_int_equal(l.n_vlan, i & 2 ? 2 : 1);
        assert_int_equal(l.vlan[0], i & 2 ? 0x539 : 7); /* the port's own VLAN is no tag */
        struct sk_mac dst, src;
        struct sk_packet p = {.data = frame_bytes(&f), .caplen = (uint32_t)frame_len(&f)};
        assert_true(sk_layer_macs(&p, &l.at[0], &dst, &src));
        assert_true(sk_mac_eq(&src, &l.src_mac) && sk_mac_eq(&dst, &l.dst_mac));
    }
}

static void ip_over_infiniband_has_an_ethertype(void **state) {
    (void)state;
    ra();
    whole_as(wrap_ipoib(&f), 0);
    arp(20);
    whole_as(wrap_ipoib(&f), 0);
    ra();
    f.ethertype = 0x1234;
    ends_after(wrap_ipoib(&f), 1, AN(ETHERTYPE));
}

static void classical_ip_over_atm_is_snap_or_ip_alone(void **state) {
    (void)state;
    ra();
    wrap_snap(&f);
    whole_as(LINK_CLIP, 0);
    whole_as(100, 0);
    ra();
    whole_as(LINK_CLIP, 0);
    syn4();
    whole_as(LINK_CLIP, 0);
    bytes_end_after("30", LINK_CLIP, 0, AN(IP_HEADER));
    frame_begin(&f);
    decode_frame(&f, LINK_CLIP, &l);
    assert_int_equal(l.n, 0);
}

/* --- headers of capturing systems --- */

static void pktap_names_the_link_type_and_the_trailer(void **state) {
    (void)state;
    const unsigned linktypes[] = {258, 149};
    for (size_t i = 0; i < 2; i++) {
        ra();
        wrap_ether(&f);
        wrap_pktap(&f, LINK_ETHERNET, 0);
        whole_as(linktypes[i], 0);
        expect_from_1_to_2();
        ra();
        wrap_pktap(&f, LINK_RAW, 0);
        whole_as(linktypes[i], 0);
        frame_begin(&f);
        frame_room(&f, 5);
        wrap_wlan(&f, 1, false, false, false); /* no body, and five bytes behind */
        wrap_pktap(&f, LINK_IEEE80211, 5);
        whole_as(linktypes[i], 0);
        ra();
        wrap_pktap(&f, LINK_RAW, 0xffffffff); /* all is trailer: what is left of IP is its truth */
        decode_frame(&f, linktypes[i], &l);
        assert_int_equal(l.n, 1);
        sweep(linktypes[i]);
        ra();
        wrap_pktap(&f, LINK_RAW, 0);
        put_le32(frame_bytes(&f) + 4, 0); /* no packet */
        ends_after(linktypes[i], 1, 0);
    }
    bytes_end_after("0b000000 01000000 01000000", LINK_PKTAP, 0, AN(LINKTYPE));
    bytes_end_after("0c000000 01000000 01000100", LINK_PKTAP, 0, AN(LINKTYPE));
    bytes_end_after("0c000000 01000000 fa000000 00", LINK_PKTAP, 1, AN(LINKTYPE));
}

static void nflog_carries_the_packet_of_its_family_behind_its_attributes(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        ra();
        whole_as(wrap_nflog(&f, 10, i & 1, i & 2), 0);
        if (i)
            assert_int_equal(l.src_mac.b[5], 1);
        assert_int_equal(l.dst_mac.b[5], i & 2 ? 2 : 0);
        syn4();
        whole_as(wrap_nflog(&f, 2, i & 1, i & 2), 0);
        arp(6);
        whole_as(wrap_nflog(&f, 3, i & 1, i & 2), 0);
        ra();
        whole_as(wrap_nflog(&f, 7, i & 1, i & 2), 0);
        arp(6);
        if (i & 2)
            whole_as(wrap_nflog(&f, 7, i & 1, true), 0);
    }
    ra();
    whole_as(wrap_nflog(&f, 2, true, false), AN(VERSION_MISMATCH));
    ra();
    ends_after(wrap_nflog(&f, 99, true, false), 1, AN(LINKTYPE));
}

static void addresses_of_nflog_are_those_of_the_link_header_if_it_is_ethernets(void **state) {
    (void)state;
    const uint8_t other[12] = {0, 6, 0, 0, 2, 0, 0, 0, 0, 9}, infiniband[12] = {0, 20, 0, 0, 2, 0, 0, 0, 0, 9};
    const uint8_t sll[20] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    const struct {
        const uint8_t *sender, *link;
        size_t link_size;
        unsigned mac;
    } cases[] = {{other, NULL, 0, 9}, {infiniband, NULL, 0, 0}, {other, sll, 14, 1}, {infiniband, sll, 20, 0}};
    for (size_t i = 0; i < 4; i++) {
        ra();
        size_t n = frame_len(&f);
        put_le16(frame_room(&f, 4), (unsigned)n + 4);
        put_le16(frame_bytes(&f) + 2, 0x8009); /* the highest bits are flags */
        frame_attribute(&f, 8, cases[i].sender, 12);
        if (cases[i].link)
            frame_attribute(&f, 16, cases[i].link, cases[i].link_size);
        frame_layer(&f, SKP_NFLOG, 4)[0] = 10;
        whole_as(LINK_NFLOG, 0);
        assert_int_equal(l.src_mac.b[5], cases[i].mac);
    }
}

static void the_packet_of_nflog_ends_where_its_attribute_ends(void **state) {
    (void)state;
    frame_begin(&f);
    frame_room(&f, 8); /* padding and more */
    frame_room(&f, 44);
    f.at += 44;
    wrap_ipv6(&f, 1, 2);
    put16(frame_bytes(&f) + 4, 8);
    uint8_t *a = frame_room(&f, 4);
    put_le16(a, 44);
    put_le16(a + 2, 9);
    frame_layer(&f, SKP_NFLOG, 4)[0] = 10;
    decode_frame(&f, LINK_NFLOG, &l);
    assert_int_equal(l.n, 2);
    expect_only(&l, AN(IP_LENGTH)); /* eight bytes more than the attribute has */
    sweep(LINK_NFLOG);
}

static void bent_attributes_of_nflog_are_named(void **state) {
    (void)state;
    bytes_end_after("02 00 0000", LINK_NFLOG, 1, 0);                               /* no packet */
    bytes_end_after("02 00 0000 0500 0a00 61000000", LINK_NFLOG, 1, 0);            /* only others */
    bytes_end_after("02 00 0000 0000 0900 45", LINK_NFLOG, 1, AN(OPTION_ZERO));    /* a length of zero */
    bytes_end_after("02 00 0000 0300 0100 00", LINK_NFLOG, 1, AN(OPTION_LENGTH));  /* below its own header */
    bytes_end_after("02 00 0000 0900 0100 00", LINK_NFLOG, 1, AN(OPTION_LENGTH));  /* out of the frame */
    bytes_end_after("02 01 0000 0500 0a00 61000000", LINK_NFLOG, 0, AN(LINKTYPE)); /* another version */
    bytes_end_after("02 00 0000 0a00 0800 0006 0000 0200 0000 0400 0900", LINK_NFLOG, 1,
                    AN(IP_HEADER)); /* short sender */
    ra();
    put_le16(frame_room(&f, 4), 4 + 48);
    put_le16(frame_bytes(&f) + 2, 9);
    for (unsigned i = 0; i < 64; i++)
        put_le16(frame_room(&f, 4), 4);
    frame_room(&f, 4)[0] = 10;
    ends_after(LINK_NFLOG, 1, 0); /* more attributes than anybody writes: not walked on */
}

static void juniper_headers_are_stepped_over(void **state) {
    (void)state;
    for (unsigned extension = 0; extension < 20; extension++) {
        ra();
        wrap_ether(&f);
        whole_as(wrap_juniper(&f, extension, false), 0);
        expect_from_1_to_2();
        ra();
        whole_as(wrap_juniper(&f, extension, true), 0);
    }
    bytes_end_after("4d4744 00", LINK_JUNIPER, 0, AN(LINKTYPE));
}

static void ipnet_names_the_family(void **state) {
    (void)state;
    ra();
    whole_as(wrap_ipnet(&f), 0);
    syn4();
    whole_as(wrap_ipnet(&f), 0);
    frame_bytes(&f)[1] = 26;
    whole_as(LINK_IPNET, AN(VERSION_MISMATCH));
    frame_bytes(&f)[1] = 3;
    ends_after(LINK_IPNET, 0, AN(LINKTYPE));
    frame_bytes(&f)[1] = 2;
    frame_bytes(&f)[0] = 2;
    ends_after(LINK_IPNET, 0, AN(LINKTYPE));
}

static void timestamps_of_arista_stand_before_the_type(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        ra();
        wrap_vlan(&f, 0x8100, 100);
        wrap_arista(&f, i);
        wrap_ether(&f);
        whole_as(LINK_ETHERNET, 0);
        assert_int_equal(l.vlan[0], 100);
        ra();
        wrap_snap(&f);
        wrap_arista(&f, i);
        wrap_ether(&f);
        whole_as(LINK_ETHERNET, 0);
    }
    bytes_end_after("020000000002 020000000001 d28b 0002 0010 0000000000000000 86dd", LINK_ETHERNET, 1, AN(ETHERTYPE));
    bytes_end_after("020000000002 020000000001 d28b 0001 0030 0000000000000000 86dd", LINK_ETHERNET, 1, AN(ETHERTYPE));
}

/* --- LISP --- */

static void in_udp(unsigned port) {
    wrap_udp(&f, 50000, port);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
}

static void lisp_carries_ip_of_either_version_and_names_the_instance(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        if (i & 1)
            ra();
        else
            syn4();
        wrap_lisp(&f, i & 2 ? 0x123456 : 0);
        if (!(i & 2))
            put32(frame_bytes(&f) + 4, 0xffffffff); /* without I all of it is status bits */
        in_udp(4341);
        whole_as(LINK_ETHERNET, 0);
        assert_int_equal(l.at[3].id, i & 2 ? 0x123456 : 0);
        assert_int_equal(sk_tunnel_kinds(&l, false), 1u << SK_TUN_LISP);
        assert_string_equal(sk_tunnel_kind_name(sk_tunnel_kind(&l, 3)), "lisp");
    }
}

static void lisp_gpe_carries_what_its_protocol_says(void **state) {
    (void)state;
    for (unsigned next = 0; next < 6; next++) {
        ra();
        if (next == 3)
            wrap_ether(&f);
        if (next == 4) {
            put32(frame_layer(&f, SKP_NSH, 8), 0x0fc20102);
        }
        wrap_lisp(&f, 0);
        frame_bytes(&f)[0] = 0x04;
        frame_bytes(&f)[3] = (uint8_t)next;
        in_udp(4341);
        if (next >= 1 && next <= 4)
            whole_as(LINK_ETHERNET, 0);
        else
            ends_after(LINK_ETHERNET, 3, 0);
    }
}

static void encrypted_lisp_is_a_tunnel_and_ends(void **state) {
    (void)state;
    ra();
    wrap_lisp(&f, 7);
    frame_bytes(&f)[0] |= 1;
    in_udp(4341);
    ends_after(LINK_ETHERNET, 4, 0);
    assert_int_equal(l.depth, 1);
}

static void lisp_control_ends_unless_it_carries_a_packet(void **state) {
    (void)state;
    for (unsigned type = 0; type < 16; type++) {
        for (unsigned secured = 0; secured < 2; secured++) {
            ra();
            frame_layer(&f, SKP_LISP, 4)[0] = (uint8_t)(type << 4 | (secured ? 8 : 0));
            if (type & 1)
                wrap_udp(&f, 4342, 50000);
            else
                wrap_udp(&f, 4341, 4342);
            wrap_ipv4(&f, 1, 2, 0);
            wrap_ether(&f);
            if (type == 8 && !secured) {
                whole_as(LINK_ETHERNET, 0);
                assert_int_equal(sk_tunnel_kinds(&l, false), 1u << SK_TUN_LISP);
            } else {
                ends_after(LINK_ETHERNET, type >= 1 && type <= 8 ? 4 : 3, 0);
                assert_int_equal(l.depth, 0);
            }
        }
    }
    ra();
    wrap_lisp(&f, 7);
    wrap_udp(&f, 4342, 4341); /* data, whatever port it comes from */
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
    whole_as(LINK_ETHERNET, 0);
    assert_int_equal(l.at[3].id, 7);
}

static void other_traffic_on_the_port_of_lisp_is_left_alone(void **state) {
    (void)state;
    frame_begin(&f);
    memset(frame_room(&f, 60), 0x30, 60);
    in_udp(4341);
    ends_after(LINK_ETHERNET, 3, 0);
    frame_begin(&f);
    frame_room(&f, 8);
    in_udp(4341);
    ends_after(LINK_ETHERNET, 3, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fddi_and_token_ring_give_macs_and_carry_llc),
        cmocka_unit_test(frames_of_the_rings_themselves_end_the_decoding),
        cmocka_unit_test(arcnet_has_an_old_and_a_new_header_on_two_systems),
        cmocka_unit_test(parts_of_a_divided_arcnet_packet_are_named),
        cmocka_unit_test(tags_of_switch_chips_stand_in_or_before_ethernet),
        cmocka_unit_test(ip_over_infiniband_has_an_ethertype),
        cmocka_unit_test(classical_ip_over_atm_is_snap_or_ip_alone),
        cmocka_unit_test(pktap_names_the_link_type_and_the_trailer),
        cmocka_unit_test(nflog_carries_the_packet_of_its_family_behind_its_attributes),
        cmocka_unit_test(addresses_of_nflog_are_those_of_the_link_header_if_it_is_ethernets),
        cmocka_unit_test(the_packet_of_nflog_ends_where_its_attribute_ends),
        cmocka_unit_test(bent_attributes_of_nflog_are_named),
        cmocka_unit_test(juniper_headers_are_stepped_over),
        cmocka_unit_test(ipnet_names_the_family),
        cmocka_unit_test(timestamps_of_arista_stand_before_the_type),
        cmocka_unit_test(lisp_carries_ip_of_either_version_and_names_the_instance),
        cmocka_unit_test(lisp_gpe_carries_what_its_protocol_says),
        cmocka_unit_test(encrypted_lisp_is_a_tunnel_and_ends),
        cmocka_unit_test(lisp_control_ends_unless_it_carries_a_packet),
        cmocka_unit_test(other_traffic_on_the_port_of_lisp_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
