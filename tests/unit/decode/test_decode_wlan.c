/* SPDX-License-Identifier: Apache-2.0 */
/** 802.11 frames, what receivers write in front of them (radiotap, LINK_PPI, Prism, LINK_AVS), and CAPWAP, which
 * carries them. */
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
/** Decoding ends after n layers of what was written. */
static void ends_after(unsigned linktype, unsigned n, uint64_t anomalies) {
    decode_frame(&f, linktype, &l);
    assert_int_equal(l.n, n);
    expect_only(&l, anomalies);
    sweep(linktype);
}
static void ra(void) {
    frame_begin(&f);
    wrap_icmpv6(&f, 134, 0);
    wrap_ipv6(&f, 1, 2);
}
static void ra_snap(void) {
    ra();
    wrap_snap(&f);
}
static void expect_from_1_to_2(void) {
    assert_int_equal(l.src_mac.b[5], STA1);
    assert_int_equal(l.dst_mac.b[5], STA2);
}
/** Subtype and flags of the 802.11 header in front. */
static void set_fc(unsigned first, unsigned flags) {
    frame_bytes(&f)[0] = (uint8_t)first;
    frame_bytes(&f)[1] |= (uint8_t)flags;
}

/* --- 802.11 --- */

static void data_frames_of_every_direction_name_sender_and_receiver_not_the_relays(void **state) {
    (void)state;
    for (unsigned ds = 0; ds < 4; ds++)
        for (unsigned qos = 0; qos < 3; qos++) {
            ra_snap();
            wrap_wlan(&f, ds, qos > 0, qos > 1, false);
            whole_as(LINK_IEEE80211, 0);
            expect_from_1_to_2();
            assert_int_equal(l.at[0].hdr_len, 24 + 6 * (ds == 3) + (qos > 0 ? 2 : 0) + (qos > 1 ? 4 : 0));
            assert_int_equal(l.depth, 0);
            assert_false(sk_layers_encrypted(&l));
        }
}

static void the_order_bit_adds_no_field_where_there_is_no_qos(void **state) {
    (void)state;
    ra_snap();
    wrap_wlan(&f, 1, false, false, false);
    set_fc(0x08, 0x80);
    whole_as(LINK_IEEE80211, 0);
    assert_int_equal(l.at[0].hdr_len, 24);
}

static void data_with_acknowledgement_is_data_and_null_functions_have_no_body(void **state) {
    (void)state;
    for (unsigned subtype = 0; subtype < 16; subtype++) {
        ra_snap();
        wrap_wlan(&f, 1, subtype & 8, false, false);
        set_fc(subtype << 4 | 8, 0);
        if (subtype & 4)
            ends_after(LINK_IEEE80211, 1, 0);
        else
            whole_as(LINK_IEEE80211, 0);
        expect_from_1_to_2();
    }
}

static void management_and_control_frames_end_the_decoding(void **state) {
    (void)state;
    for (unsigned subtype = 0; subtype < 16; subtype++)
        for (unsigned type = 0; type < 4; type++) {
            ra_snap();
            wrap_wlan(&f, 0, false, false, false);
            set_fc(subtype << 4 | type << 2, 0);
            if (type == 2)
                continue;
            ends_after(LINK_IEEE80211, 1, 0);
            assert_int_equal(l.at[0].hdr_len, type == 0 ? 24 : 10);
            assert_int_equal(sk_mac_zero(&l.src_mac), type != 0);
        }
    ra_snap();
    wrap_wlan(&f, 0, false, false, false);
    set_fc(0xd0, 0x80); /* action with HT control */
    ends_after(LINK_IEEE80211, 1, 0);
    assert_int_equal(l.at[0].hdr_len, 28);
}

static void protected_frames_end_as_encrypted(void **state) {
    (void)state;
    for (unsigned extended = 0; extended < 2; extended++) {
        frame_begin(&f);
        frame_room(&f, 40);
        frame_layer(&f, SKP_WLANSEC, extended ? 8 : 4)[3] = extended ? 0x20 : 0xc0;
        wrap_wlan(&f, 2, true, false, true);
        set_fc(0x88, 0x40);
        whole_as(LINK_IEEE80211, 0);
        assert_int_equal(l.at[1].hdr_len, extended ? 8 : 4);
        assert_true(sk_layers_encrypted(&l));
        expect_from_1_to_2();
        set_fc(0xc0, 0x40); /* deauthentication */
        decode_frame(&f, LINK_IEEE80211, &l);
        assert_true(sk_layers_encrypted(&l));
        set_fc(0x40, 0x40); /* a probe request never is */
        decode_frame(&f, LINK_IEEE80211, &l);
        assert_int_equal(l.n, 1);
        assert_false(sk_layers_encrypted(&l));
    }
}

static void parts_of_a_divided_frame_are_named_and_only_the_first_is_decoded(void **state) {
    (void)state;
    ra_snap();
    wrap_wlan(&f, 1, false, false, false);
    set_fc(0x08, 0x04);
    whole_as(LINK_IEEE80211, AN(LINK_FRAGMENT));
    frame_bytes(&f)[22] = 0x31;
    ends_after(LINK_IEEE80211, 1, AN(LINK_FRAGMENT));
    set_fc(0x08, 0);
    frame_bytes(&f)[1] &= 0xfb; /* the last one */
    ends_after(LINK_IEEE80211, 1, AN(LINK_FRAGMENT));
    frame_bytes(&f)[22] = 0x30; /* fragment 0 of frame 3 */
    whole_as(LINK_IEEE80211, 0);
}

static void an_aggregate_is_decoded_to_its_first_frame_whose_addresses_count(void **state) {
    (void)state;
    for (unsigned ds = 0; ds < 4; ds++) {
        ra_snap();
        wrap_amsdu(&f);
        uint8_t *h = wrap_wlan(&f, ds, true, ds & 1, true);
        h[9] = h[15] = h[21] = 99;
        whole_as(LINK_IEEE80211, 0);
        expect_from_1_to_2();
        struct sk_packet p = {.data = frame_bytes(&f), .caplen = (uint32_t)frame_len(&f)};
        struct sk_mac dst, src;
        assert_false(sk_layer_macs(&p, &l.at[0], &dst, &src));
        assert_true(sk_layer_macs(&p, &l.at[1], &dst, &src));
        assert_true(sk_mac_eq(&dst, &l.dst_mac) && sk_mac_eq(&src, &l.src_mac));
    }
}

static void more_frames_of_an_aggregate_are_named(void **state) {
    (void)state;
    const size_t behind[] = {0, 3, 16, 40}; /* padding, a check sequence, another frame */
    for (size_t i = 0; i < 4; i++) {
        ra_snap();
        wrap_amsdu(&f);
        size_t n = frame_len(&f);
        static uint8_t first[256];
        memcpy(first, frame_bytes(&f), n);
        ra_snap();
        uint8_t *all = (frame_begin(&f), frame_room(&f, n + behind[i]));
        memcpy(all, first, n);
        f.expect[0] = SKP_ICMPV6;
        f.expect[1] = SKP_IPV6;
        f.expect[2] = SKP_LLC;
        f.expect[3] = SKP_AMSDU;
        f.n = 4;
        wrap_wlan(&f, 1, true, false, true);
        whole_as(LINK_IEEE80211, behind[i] > 14 ? AN(AGGREGATE) : 0);
    }
}

static void an_aggregate_longer_than_its_frame_is_truncated(void **state) {
    (void)state;
    ra_snap();
    wrap_amsdu(&f);
    put16(frame_bytes(&f) + 12, (unsigned)frame_len(&f)); /* 14 more than there are */
    wrap_wlan(&f, 1, true, false, true);
    decode_frame(&f, LINK_IEEE80211, &l);
    expect_written(&f, &l);
    expect_only(&l, AN(TRUNCATED));
    sweep(LINK_IEEE80211);
    ra_snap();
    wrap_amsdu(&f);
    put16(frame_bytes(&f) + 12, 0); /* an empty frame */
    wrap_wlan(&f, 1, true, false, true);
    ends_after(LINK_IEEE80211, 2, AN(AGGREGATE));
}

static void mesh_control_is_stepped_over_and_names_who_is_behind_the_mesh(void **state) {
    (void)state;
    for (unsigned extension = 0; extension < 4; extension++) {
        ra_snap();
        uint8_t *mesh = frame_room(&f, 6 + 6 * extension);
        mesh[0] = (uint8_t)extension;
        if (extension == 2) {
            mesh[6] = mesh[12] = 2;
            mesh[11] = 77;
            mesh[17] = 78;
        }
        wrap_wlan(&f, 3, true, false, false)[31] = 1;
        whole_as(LINK_IEEE80211, 0);
        assert_int_equal(l.at[0].hdr_len, 32 + 6 + 6 * extension);
        assert_int_equal(l.dst_mac.b[5], extension == 2 ? 77 : STA2);
        assert_int_equal(l.src_mac.b[5], extension == 2 ? 78 : STA1);
    }
    ra_snap();
    uint8_t *mesh = frame_room(&f, 12); /* group addressed */
    mesh[0] = 1;
    mesh[6] = 2;
    mesh[11] = 79;
    wrap_wlan(&f, 2, true, false, false)[25] = 1;
    whole_as(LINK_IEEE80211, 0);
    assert_int_equal(l.src_mac.b[5], 79);
    ra_snap();
    wrap_wlan(&f, 1, true, false, false)[25] = 0xff; /* a station's queue size */
    whole_as(LINK_IEEE80211, 0);
}

static void another_version_is_not_decoded(void **state) {
    (void)state;
    for (unsigned version = 1; version < 4; version++) {
        ra_snap();
        wrap_wlan(&f, 1, false, false, false);
        set_fc(0x08 | version, 0);
        ends_after(LINK_IEEE80211, 0, AN(LINKTYPE));
    }
}

static void a_data_frame_without_a_body_is_silent(void **state) {
    (void)state;
    frame_begin(&f);
    wrap_wlan(&f, 1, true, false, false);
    whole_as(LINK_IEEE80211, 0);
}

/* --- in front of it --- */

static void radiotap_is_stepped_over_whatever_it_measures(void **state) {
    (void)state;
    for (unsigned words = 1; words < 5; words++)
        for (unsigned clock = 0; clock < 2; clock++) {
            ra_snap();
            wrap_wlan(&f, 2, true, false, false);
            wrap_radiotap(&f, words, clock, 0x02);
            whole_as(LINK_RADIOTAP, 0);
            expect_from_1_to_2();
        }
    ra_snap();
    wrap_wlan(&f, 2, true, false, false);
    frame_layer(&f, SKP_RADIOTAP, 8)[2] = 8; /* nothing measured */
    whole_as(LINK_RADIOTAP, 0);
}

static void radiotap_says_that_a_check_sequence_ends_the_frame(void **state) {
    (void)state;
    frame_begin(&f);
    frame_room(&f, 4);
    f.ethertype = 0x1234;
    wrap_wlan(&f, 1, false, false, false); /* no body at all, then the check sequence */
    wrap_radiotap(&f, 1, true, 0x10);
    whole_as(LINK_RADIOTAP, 0);
    frame_bytes(&f)[16] = 0;
    decode_frame(&f, LINK_RADIOTAP, &l);
    assert_int_equal(l.n, 3); /* without the flag those bytes are LLC's */
}

static void radiotap_says_that_padding_follows_the_header(void **state) {
    (void)state;
    ra_snap();
    frame_room(&f, 2);
    wrap_wlan(&f, 1, true, false, false);
    wrap_radiotap(&f, 1, false, 0x20);
    whole_as(LINK_RADIOTAP, 0);
    assert_int_equal(l.at[1].hdr_len, 28);
    ra_snap();
    wrap_wlan(&f, 1, false, false, false); /* 24 need none */
    wrap_radiotap(&f, 1, false, 0x20);
    whole_as(LINK_RADIOTAP, 0);
}

static void frames_that_failed_their_check_are_named_and_not_decoded(void **state) {
    (void)state;
    ra_snap();
    wrap_wlan(&f, 1, true, false, false);
    wrap_radiotap(&f, 1, false, 0x40);
    ends_after(LINK_RADIOTAP, 1, AN(FRAME_CHECK));
    assert_true(sk_mac_zero(&l.src_mac));
}

static void impossible_radiotap_headers_are_named(void **state) {
    (void)state;
    const char *const bad[] = {"01 00 0800 00000000", "00 00 0700 00000000", "00 00 0000 00000000"};
    for (size_t i = 0; i < 3; i++) {
        struct sk_hex h = sk_hex_of(bad[i]);
        frame_begin(&f);
        memcpy(frame_room(&f, h.n), h.b, h.n);
        ends_after(LINK_RADIOTAP, 0, AN(LINKTYPE));
    }
    struct sk_hex h = sk_hex_of("00 00 0800 02000000 10 01 0000"); /* the flags would be behind the header */
    frame_begin(&f);
    memcpy(frame_room(&f, h.n), h.b, h.n);
    decode_frame(&f, LINK_RADIOTAP, &l);
    assert_int_equal(l.at[0].id, 0);
    sweep(LINK_RADIOTAP);
}

static void prism_and_avs_headers_are_stepped_over(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        ra_snap();
        wrap_wlan(&f, 1, true, false, false);
        uint8_t *h = frame_layer(&f, SKP_PRISM, 144);
        h[i ? 3 : 0] = 0x44;
        h[i ? 7 : 4] = 144;
        whole_as(LINK_PRISM, 0);
        expect_from_1_to_2();
        ra_snap();
        wrap_wlan(&f, 1, true, false, false);
        h = frame_layer(&f, SKP_AVS, 64);
        put32(h, 0x80211001);
        put32(h + 4, 64);
        whole_as(i ? LINK_PRISM : LINK_AVS, 0);
    }
    const char *const bad[] = {"80211001 00000007", "44000000 17000000", "00000044 00000000", "44000000 00010100"};
    for (size_t i = 0; i < 4; i++) {
        struct sk_hex h = sk_hex_of(bad[i]);
        frame_begin(&f);
        memcpy(frame_room(&f, h.n), h.b, h.n);
        ends_after(LINK_PRISM, 0, AN(LINKTYPE));
        ends_after(LINK_AVS, 0, AN(LINKTYPE));
    }
}

static void ppi_names_the_link_type_of_its_frame(void **state) {
    (void)state;
    for (unsigned aligned = 0; aligned < 2; aligned++) {
        ra_snap();
        frame_begin(&f);
        frame_room(&f, 4);
        wrap_wlan(&f, 1, false, false, false);
        wrap_ppi(&f, LINK_IEEE80211, aligned, 1); /* a check sequence and nothing else */
        whole_as(LINK_PPI, 0);
        ra();
        wrap_ether(&f);
        wrap_ppi(&f, 1, aligned, 0);
        whole_as(LINK_PPI, 0);
        assert_int_equal(l.src_mac.b[5], 1);
        ra_snap();
        wrap_wlan(&f, 1, false, false, false);
        wrap_ppi(&f, LINK_IEEE80211, aligned, 4);
        ends_after(LINK_PPI, 1, AN(FRAME_CHECK));
        ra();
        wrap_ppi(&f, 101, aligned, 0);
        whole_as(LINK_PPI, 0);
    }
    const char *const bad[] = {"01 00 0800 69000000", "00 00 0700 69000000", "00 00 0800 69000100"};
    for (size_t i = 0; i < 3; i++) {
        struct sk_hex h = sk_hex_of(bad[i]);
        frame_begin(&f);
        memcpy(frame_room(&f, h.n), h.b, h.n);
        ends_after(LINK_PPI, 0, AN(LINKTYPE));
    }
    /* what looks like a field behind the header is none */
    struct sk_hex h = sk_hex_of("00 00 0800 69000000 0200 1400 0000000000000000 0400 00000000000000000000");
    frame_begin(&f);
    memcpy(frame_room(&f, h.n), h.b, h.n);
    ends_after(LINK_PPI, 1, AN(LINKTYPE));
    ra();
    wrap_ppi(&f, 250, false, 0);
    ends_after(LINK_PPI, 1, AN(LINKTYPE));
}

static void ppi_in_ppi_ends_at_the_limit_of_layers(void **state) {
    (void)state;
    frame_begin(&f);
    for (unsigned i = 0; i < 60; i++) {
        uint8_t *h = frame_room(&f, 8);
        h[2] = 8;
        h[4] = LINK_PPI;
    }
    ends_after(LINK_PPI, SK_LAYERS_MAX, AN(LAYER_LIMIT));
}

/* --- CAPWAP --- */

static void in_udp(unsigned port) {
    wrap_udp(&f, 50000, port);
    wrap_ipv4(&f, 1, 2, 0);
    wrap_ether(&f);
}

static void capwap_carries_frames_of_either_kind(void **state) {
    (void)state;
    for (unsigned native = 0; native < 2; native++)
        for (unsigned words = 0; words < 4; words++) {
            ra();
            if (native) {
                wrap_snap(&f);
                wrap_wlan(&f, 1 + words % 2, words > 1, false, false);
            } else {
                wrap_ether(&f);
            }
            wrap_capwap(&f, native, words);
            in_udp(5247);
            whole_as(1, 0);
            assert_int_equal(l.depth, 1);
            assert_int_equal(sk_tunnel_kinds(&l, false), 1u << SK_TUN_CAPWAP);
            assert_string_equal(sk_tunnel_kind_name(sk_tunnel_kind(&l, 3)), "capwap");
            struct sk_mac dst, src;
            struct sk_packet p = {.data = frame_bytes(&f), .caplen = (uint32_t)frame_len(&f)};
            assert_true(sk_layer_macs(&p, &l.at[4], &dst, &src));
            assert_int_equal(src.b[5], 1);
            assert_int_equal(dst.b[5], 2);
            assert_false(sk_layer_macs(&p, &l.at[3], &dst, &src));
        }
}

static void frame_control_may_be_swapped_inside_capwap_only(void **state) {
    (void)state;
    for (unsigned ds = 1; ds < 4; ds++) {
        ra_snap();
        uint8_t *h = wrap_wlan(&f, ds, true, false, false);
        h[0] = (uint8_t)ds;
        h[1] = 0x88;
        ends_after(LINK_IEEE80211, 0, AN(LINKTYPE));
        wrap_capwap(&f, true, 1);
        in_udp(5247);
        whole_as(1, 0);
    }
    ra_snap();
    wrap_wlan(&f, 1, true, false, false)[0] = 0x8b; /* a version in either order */
    frame_bytes(&f)[1] = 0x03;
    wrap_capwap(&f, true, 1);
    in_udp(5247);
    ends_after(1, 4, AN(LINKTYPE));
}

static void control_keep_alives_and_other_bindings_are_not_followed(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        ra_snap();
        wrap_wlan(&f, 1, true, false, false);
        wrap_capwap(&f, true, 0);
        if (i == 1)
            frame_bytes(&f)[3] |= 0x08;
        if (i == 2)
            frame_bytes(&f)[2] = 0x47; /* binding 3 */
        in_udp(i == 0 ? 5246 : 5247);
        ends_after(1, i == 3 ? 8 : 4, 0);
        assert_int_equal(l.depth, i >= 2);
    }
    frame_begin(&f);
    wrap_capwap(&f, true, 0);
    in_udp(5247);
    ends_after(1, 4, 0);
    assert_int_equal(l.depth, 0);
}

static void parts_of_a_divided_capwap_frame_are_named(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        ra();
        wrap_ether(&f);
        wrap_capwap(&f, false, 0);
        frame_bytes(&f)[3] |= 0x80;
        put16(frame_bytes(&f) + 6, i << 3);
        in_udp(5247);
        ends_after(1, i ? 4 : 7, AN(LINK_FRAGMENT));
        assert_int_equal(l.depth, 1);
    }
}

static void dtls_in_capwap_is_encrypted(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        frame_begin(&f);
        frame_room(&f, 40);
        frame_layer(&f, SKP_DTLS, i & 2 ? 1 : 13)[0] = i & 2 ? 0x2e : 23;
        frame_layer(&f, SKP_CAPWAP, 4)[0] = 1;
        in_udp(i & 1 ? 5246 : 5247);
        whole_as(1, 0);
        assert_true(sk_layers_encrypted(&l));
        assert_int_equal(l.at[4].hdr_len, i & 2 ? 1 : 13);
    }
}

static void lwapp_carries_802_11_and_its_control_messages_end(void **state) {
    (void)state;
    for (unsigned flags = 0; flags < 8; flags++)
        for (unsigned swapped = 0; swapped < 2; swapped++) {
            ra_snap();
            uint8_t *h = wrap_wlan(&f, 1, false, false, false);
            if (swapped) {
                h[0] = 1;
                h[1] = 8;
            }
            wrap_lwapp(&f, flags);
            in_udp(flags & 4 ? 12223 : 12222);
            if (flags < 2) {
                whole_as(1, 0);
                assert_int_equal(sk_tunnel_kinds(&l, false), 1u << SK_TUN_CAPWAP);
            } else {
                ends_after(1, 4, flags & 4 ? 0 : AN(LINK_FRAGMENT));
            }
            assert_int_equal(l.at[3].id, 2);
            assert_int_equal(l.depth, flags & 4 ? 0 : 1);
        }
    const char *const other[] = {"40 00 0001 0000 08", "00 00 0000 0000 08", "00 00 0002 0000 08", "00 00 0001 00"};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        struct sk_hex h = sk_hex_of(other[i]);
        frame_begin(&f);
        memcpy(frame_room(&f, h.n), h.b, h.n);
        in_udp(12222);
        ends_after(1, 3, 0);
    }
}

static void what_is_no_capwap_is_left_alone(void **state) {
    (void)state;
    const char *const other[] = {"10 10 4300 00000000", "02 10 4300 00000000", "00 08 4300 00000000",
                                 "00 f8 4300 00000000", "01 000000 13",        "01 000000 40"};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        struct sk_hex h = sk_hex_of(other[i]);
        frame_begin(&f);
        memcpy(frame_room(&f, h.n), h.b, h.n);
        in_udp(5247);
        ends_after(1, 3, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_frames_of_every_direction_name_sender_and_receiver_not_the_relays),
        cmocka_unit_test(the_order_bit_adds_no_field_where_there_is_no_qos),
        cmocka_unit_test(data_with_acknowledgement_is_data_and_null_functions_have_no_body),
        cmocka_unit_test(management_and_control_frames_end_the_decoding),
        cmocka_unit_test(protected_frames_end_as_encrypted),
        cmocka_unit_test(parts_of_a_divided_frame_are_named_and_only_the_first_is_decoded),
        cmocka_unit_test(an_aggregate_is_decoded_to_its_first_frame_whose_addresses_count),
        cmocka_unit_test(more_frames_of_an_aggregate_are_named),
        cmocka_unit_test(an_aggregate_longer_than_its_frame_is_truncated),
        cmocka_unit_test(mesh_control_is_stepped_over_and_names_who_is_behind_the_mesh),
        cmocka_unit_test(another_version_is_not_decoded),
        cmocka_unit_test(a_data_frame_without_a_body_is_silent),
        cmocka_unit_test(radiotap_is_stepped_over_whatever_it_measures),
        cmocka_unit_test(radiotap_says_that_a_check_sequence_ends_the_frame),
        cmocka_unit_test(radiotap_says_that_padding_follows_the_header),
        cmocka_unit_test(frames_that_failed_their_check_are_named_and_not_decoded),
        cmocka_unit_test(impossible_radiotap_headers_are_named),
        cmocka_unit_test(prism_and_avs_headers_are_stepped_over),
        cmocka_unit_test(ppi_names_the_link_type_of_its_frame),
        cmocka_unit_test(ppi_in_ppi_ends_at_the_limit_of_layers),
        cmocka_unit_test(capwap_carries_frames_of_either_kind),
        cmocka_unit_test(frame_control_may_be_swapped_inside_capwap_only),
        cmocka_unit_test(control_keep_alives_and_other_bindings_are_not_followed),
        cmocka_unit_test(parts_of_a_divided_capwap_frame_are_named),
        cmocka_unit_test(dtls_in_capwap_is_encrypted),
        cmocka_unit_test(lwapp_carries_802_11_and_its_control_messages_end),
        cmocka_unit_test(what_is_no_capwap_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
