/* SPDX-License-Identifier: Apache-2.0 */
/* Events of frames that are not Ethernet's: the sender is the station's MAC, LLC/SNAP is the rule there and no trick.
 */
#include "rig.h"

enum { IEEE80211 = 105, RADIOTAP = 127, FDDI = 10 };

/* Addresses: the station that sends is 02-..-aa, the access point 02-..-0a, the group 33-33-00-00-00-01. */
#define GROUP      "333300000001"
#define STATION    "0200000000aa"
#define AP         "02000000000a"
#define SNAP       "aaaa03000000 86dd"
#define TO_DS      "0801 0000" AP STATION GROUP "1000"
#define FROM_DS    "0802 0000" GROUP AP STATION "1000"
#define AGGREGATED "8801 0000" AP "02000000000b" AP "1000 8000" GROUP STATION
#define RA         "86 00 0000 40 00 0708 00000000 00000000 01 01 " STATION

static struct bytes ra(void) {
    struct bytes m = rig_hex(RA);
    return rig_ip6("fe80::1", "ff02::1", 255, 58, &m);
}
static struct bytes behind(const char *header, const struct bytes *payload) {
    struct bytes h = rig_hex(header);
    return rig_join(&h, payload);
}
static const struct sk_event *seen(struct rig *r, const struct bytes *f, uint16_t linktype, enum sk_event_type type) {
    rig_clear(r);
    rig_frame_of(r, linktype, f->b, f->n, f->n, 1000 * SK_SEC);
    const struct sk_event *ev = rig_event(r, type, 0);
    if (!ev)
        fail_msg("no %s", sk_events[type].name);
    return ev;
}
static void expect_ra_of_the_station(const struct sk_event *ev) {
    assert_field(ev, "source.mac", "02-00-00-00-00-AA");
    assert_field(ev, "destination.mac", "33-33-00-00-00-01");
    assert_field(ev, "icmpv6.nd.mac_mismatch", "false");
    assert_field(ev, "icmpv6.checksum", "ok");
    assert_field(ev, "sekimori.effect", "accepted");
}

static void a_router_advertisement_on_the_air_is_its_stations_in_both_directions(void **state) {
    (void)state;
    struct rig *r = rig_new();
    const char *const headers[] = {TO_DS SNAP, FROM_DS SNAP};
    for (size_t i = 0; i < 2; i++) {
        struct bytes ip = ra(), f = behind(headers[i], &ip);
        expect_ra_of_the_station(seen(r, &f, IEEE80211, SKE_icmpv6_ra));
        struct bytes tap = behind("00 00 0800 00000000", &f);
        const struct sk_event *ev = seen(r, &tap, RADIOTAP, SKE_icmpv6_ra);
        expect_ra_of_the_station(ev);
        assert_field(ev, "tunnel.path", "");
        assert_int_equal(rig_count(r, SKE_tunnel_frame), 0);
    }
    rig_free(r);
}

static void a_router_advertisement_in_an_aggregate_is_its_stations(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes ip = ra(), llc = behind(SNAP, &ip), f = behind(AGGREGATED "0048", &llc);
    assert_int_equal(llc.n, 0x48);
    expect_ra_of_the_station(seen(r, &f, IEEE80211, SKE_icmpv6_ra));
    rig_free(r);
}

static void a_router_advertisement_in_capwap_is_its_stations_not_the_access_points(void **state) {
    (void)state;
    struct rig *r = rig_new();
    const char *const headers[] = {"00 104300 00000000" TO_DS SNAP, "00 104200 00000000" GROUP STATION "86dd"};
    const char *const paths[] = {"eth/ip4/udp/capwap/wlan/llc/ip6/icmp6", "eth/ip4/udp/capwap/eth/ip6/icmp6"};
    for (size_t i = 0; i < 2; i++) {
        struct bytes ip = ra(), in = behind(headers[i], &ip), udp = rig_udp(12380, 5247, &in);
        struct bytes outer = rig_ip4("192.0.2.10", "192.0.2.9", 17, &udp), f = rig_eth(0x0800, &outer);
        f.b[11] = 0x0a; /* the outer sender: the access point */
        const struct sk_event *ev = seen(r, &f, SK_LINKTYPE_ETHERNET, SKE_icmpv6_ra);
        expect_ra_of_the_station(ev);
        assert_field(ev, "tunnel.kind", "capwap");
        assert_field(ev, "tunnel.depth", "1");
        assert_field(ev, "tunnel.path", paths[i]);
        assert_field(rig_event(r, SKE_tunnel_frame, 0), "tunnel.outer.source.ip", "192.0.2.10");
        assert_int_equal(rig_count(r, SKE_tunnel_state), i == 0);
    }
    rig_free(r);
}

static void snap_in_ethernet_stays_host_dependent(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes ip = ra(), llc = behind(SNAP, &ip), f = rig_eth((uint16_t)llc.n, &llc);
    assert_field(seen(r, &f, SK_LINKTYPE_ETHERNET, SKE_icmpv6_ra), "sekimori.effect", "host-dependent");
    struct bytes tagged = behind(GROUP STATION "8100 0005 0048", &llc);
    assert_field(seen(r, &tagged, SK_LINKTYPE_ETHERNET, SKE_icmpv6_ra), "sekimori.effect", "host-dependent");
    struct bytes fddi = behind("50" GROUP STATION, &llc);
    expect_ra_of_the_station(seen(r, &fddi, FDDI, SKE_icmpv6_ra));
    rig_free(r);
}

static void an_arp_claim_on_the_air_is_held_against_the_station(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes m = rig_hex("0001 0800 06 04 0001" STATION "c0000201"
                             "000000000000 c0000202");
    struct bytes f = behind(FROM_DS "aaaa03000000 0806", &m);
    assert_field(seen(r, &f, IEEE80211, SKE_arp_message), "arp.mac_mismatch", "false");
    f.b[21] = 0xbb; /* address 3, the sender */
    assert_field(seen(r, &f, IEEE80211, SKE_arp_message), "arp.mac_mismatch", "true");
    rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_router_advertisement_on_the_air_is_its_stations_in_both_directions),
        cmocka_unit_test(a_router_advertisement_in_an_aggregate_is_its_stations),
        cmocka_unit_test(a_router_advertisement_in_capwap_is_its_stations_not_the_access_points),
        cmocka_unit_test(snap_in_ethernet_stays_host_dependent),
        cmocka_unit_test(an_arp_claim_on_the_air_is_held_against_the_station),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
