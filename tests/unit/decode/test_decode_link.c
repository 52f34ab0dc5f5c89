/* SPDX-License-Identifier: Apache-2.0 */
/** Ethernet, VLAN tags, LLC/SNAP, ARP. */
#include "frame.h"

#include "layers_check.h"

static struct frame f;
static struct sk_layers l;

static void inner_echo(void) {
    frame_begin(&f);
    wrap_icmpv6(&f, 128, 0);
    wrap_ipv6(&f, 1, 2);
}
static void sweep(void) {
    const char *wrong = sk_layers_sweep(frame_bytes(&f), frame_len(&f), 1);
    if (wrong)
        fail_msg("%s", wrong);
}

static void ethernet_gives_the_macs_and_the_type_chooses_the_next_layer(void **state) {
    (void)state;
    inner_echo();
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, 0);
    assert_int_equal(l.dst_mac.b[5], 2);
    assert_int_equal(l.src_mac.b[5], 1);
    assert_int_equal(l.n_vlan, 0);
    assert_int_equal(l.depth, 0);
    sweep();
}

static void every_tag_protocol_is_a_vlan_and_all_vids_are_kept_outermost_first(void **state) {
    (void)state;
    inner_echo();
    wrap_vlan(&f, 0x8100, 40);
    wrap_vlan(&f, 0x88a8, 0xe000 | 30);
    wrap_vlan(&f, 0x9100, 20);
    wrap_vlan(&f, 0x9200, 10);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, 0);
    assert_int_equal(l.n_vlan, 4);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(l.vlan[i], 10 + 10 * i);
    assert_int_equal(l.at[3].id, 0xe000 | 30);
    sweep();
}

static void a_fifth_tag_is_an_anomaly_and_the_frame_is_decoded_on(void **state) {
    (void)state;
    inner_echo();
    for (unsigned i = 0; i < 5; i++)
        wrap_vlan(&f, 0x8100, 5 - i);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, AN(VLAN_LIMIT));
    assert_int_equal(l.n_vlan, 4);
    assert_int_equal(l.vlan[3], 4);
}

static void one_priority_tag_is_silent_two_are_stacking(void **state) {
    (void)state;
    inner_echo();
    wrap_vlan(&f, 0x8100, 0x2000);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, 0);
    assert_int_equal(l.vlan[0], 0);
    inner_echo();
    wrap_vlan(&f, 0x8100, 0);
    wrap_vlan(&f, 0x88a8, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, AN(L2_STACKING));
}

static void a_vlan_with_a_vid_and_a_priority_tag_is_silent(void **state) {
    (void)state;
    inner_echo();
    wrap_vlan(&f, 0x8100, 0);
    wrap_vlan(&f, 0x8100, 7);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_only(&l, 0);
}

static void ipv6_in_snap_is_found_with_and_without_tags(void **state) {
    (void)state;
    inner_echo();
    wrap_snap(&f);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, 0);
    sweep();
    inner_echo();
    wrap_snap(&f);
    wrap_vlan(&f, 0x8100, 5);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, 0);
}

static void a_priority_tag_before_snap_is_stacking(void **state) {
    (void)state;
    inner_echo();
    wrap_snap(&f);
    wrap_vlan(&f, 0x8100, 0);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, AN(L2_STACKING));
}

static void snap_under_a_wrong_length_field_is_decoded_all_the_same(void **state) {
    (void)state;
    const unsigned lengths[] = {0, 3, 1000, 1500, 1501, 1535, 0x0601, 0x7fff, 0xffff};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        inner_echo();
        wrap_snap(&f);
        f.ethertype = (uint16_t)lengths[i];
        wrap_ether(&f);
        decode_frame(&f, 1, &l);
        expect_written(&f, &l);
        expect_only(&l, AN(LENGTH_FIELD));
        sweep();
    }
}

static void padding_of_a_minimal_802_3_frame_is_silent(void **state) {
    (void)state;
    frame_begin(&f);
    frame_room(&f, 38);
    memcpy(frame_layer(&f, SKP_LLC, 3), "\x42\x42\x03", 3); /* spanning tree */
    f.ethertype = 35;
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, 0);
}

static void between_1501_and_1535_there_is_a_wrong_length_and_no_type(void **state) {
    (void)state;
    const unsigned values[] = {1501, 1535, 1536};
    for (size_t i = 0; i < 3; i++) {
        frame_begin(&f);
        frame_room(&f, 60);
        memcpy(frame_layer(&f, SKP_LLC, 3), "\x42\x42\x03", 3);
        f.ethertype = (uint16_t)values[i];
        wrap_ether(&f);
        decode_frame(&f, 1, &l);
        assert_int_equal(l.n, values[i] < 1536 ? 2 : 1);
        expect_only(&l, values[i] < 1536 ? AN(LENGTH_FIELD) : AN(ETHERTYPE));
    }
}

static void llc_names_ip_by_sap_6_and_nothing_else_is_followed(void **state) {
    (void)state;
    inner_echo();
    memcpy(frame_layer(&f, SKP_LLC, 3), "\x06\x06\x03", 3);
    f.ethertype = (uint16_t)frame_len(&f);
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    /* numbered frames have a control field of two bytes */
    frame_begin(&f);
    memcpy(frame_layer(&f, SKP_LLC, 4), "\x42\x42\x00\x00", 4);
    f.ethertype = 4;
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, 0);
    assert_int_equal(l.at[1].hdr_len, 4);
    /* SNAP of a vendor's organization */
    inner_echo();
    wrap_snap(&f);
    frame_bytes(&f)[5] = 0x0c;
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 2);
}

static void an_unknown_ethertype_is_an_anomaly(void **state) {
    (void)state;
    frame_begin(&f);
    frame_room(&f, 50);
    f.ethertype = 0x88b5; /* for experiments */
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, AN(ETHERTYPE));
}

/* LLDP and its like keep the link going: nothing that a host says is missed. */
static void management_of_the_link_is_no_anomaly(void **state) {
    (void)state;
    static const uint16_t types[] = {0x88cc, 0x888e, 0x8809, 0x9000};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        frame_begin(&f);
        frame_room(&f, 50);
        f.ethertype = types[i];
        wrap_ether(&f);
        decode_frame(&f, 1, &l);
        expect_written(&f, &l);
        expect_only(&l, 0);
    }
}

static void the_version_nibble_wins_over_the_ethertype(void **state) {
    (void)state;
    inner_echo();
    f.ethertype = 0x0800;
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, AN(VERSION_MISMATCH));
    frame_begin(&f);
    wrap_tcp(&f, 1, 2, 0);
    wrap_ipv4(&f, 1, 2, 0);
    f.ethertype = 0x86dd;
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, AN(VERSION_MISMATCH));
    frame_bytes(&f)[14] = 0x55;
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 1);
    expect_only(&l, AN(IP_HEADER));
}

static void arp_has_its_operation_as_id_and_needs_all_its_addresses(void **state) {
    (void)state;
    frame_begin(&f);
    uint8_t *h = frame_layer(&f, SKP_ARP, 28);
    memcpy(h, "\0\1\x08\0\6\4\0\2", 8);
    f.ethertype = 0x0806;
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, 0);
    assert_int_equal(l.at[1].id, 2);
    assert_int_equal(l.at[1].hdr_len, 28);
    sweep();
    frame_bytes(&f)[14 + 4] = 7; /* hardware addresses that are not all there */
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, 2);
    assert_int_equal(l.at[1].hdr_len, 28);
    assert_int_equal(l.at[1].id, 2);
    expect_only(&l, AN(TRUNCATED));
    struct sk_packet p = {.data = frame_bytes(&f), .caplen = 21, .wirelen = 42, .linktype = 1};
    sk_decode(&p, &l);
    assert_int_equal(l.n, 1);
    expect_only(&l, AN(TRUNCATED));
}

static void short_frames_are_truncated(void **state) {
    (void)state;
    inner_echo();
    wrap_ether(&f);
    struct sk_packet p = {.data = frame_bytes(&f), .caplen = 13, .wirelen = 13, .linktype = 1};
    sk_decode(&p, &l);
    assert_int_equal(l.n, 0);
    expect_only(&l, AN(TRUNCATED));
    p.caplen = p.wirelen = 0;
    sk_decode(&p, &l);
    assert_int_equal(l.n, 0);
}

static void an_unknown_link_type_is_an_anomaly(void **state) {
    (void)state;
    inner_echo();
    wrap_ether(&f);
    decode_frame(&f, 9999, &l);
    assert_int_equal(l.n, 0);
    expect_only(&l, AN(LINKTYPE));
    decode_frame(&f, 147, &l);
    expect_only(&l, AN(LINKTYPE));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ethernet_gives_the_macs_and_the_type_chooses_the_next_layer),
        cmocka_unit_test(every_tag_protocol_is_a_vlan_and_all_vids_are_kept_outermost_first),
        cmocka_unit_test(a_fifth_tag_is_an_anomaly_and_the_frame_is_decoded_on),
        cmocka_unit_test(one_priority_tag_is_silent_two_are_stacking),
        cmocka_unit_test(a_vlan_with_a_vid_and_a_priority_tag_is_silent),
        cmocka_unit_test(ipv6_in_snap_is_found_with_and_without_tags),
        cmocka_unit_test(a_priority_tag_before_snap_is_stacking),
        cmocka_unit_test(snap_under_a_wrong_length_field_is_decoded_all_the_same),
        cmocka_unit_test(padding_of_a_minimal_802_3_frame_is_silent),
        cmocka_unit_test(between_1501_and_1535_there_is_a_wrong_length_and_no_type),
        cmocka_unit_test(llc_names_ip_by_sap_6_and_nothing_else_is_followed),
        cmocka_unit_test(an_unknown_ethertype_is_an_anomaly),
        cmocka_unit_test(management_of_the_link_is_no_anomaly),
        cmocka_unit_test(the_version_nibble_wins_over_the_ethertype),
        cmocka_unit_test(arp_has_its_operation_as_id_and_needs_all_its_addresses),
        cmocka_unit_test(short_frames_are_truncated),
        cmocka_unit_test(an_unknown_link_type_is_an_anomaly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
