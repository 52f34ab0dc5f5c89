/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbour discovery: every message and option fires, malformed ones say why, quoted and cut ones claim nothing. */
#include "rig.h"

static const struct sk_event *one(struct rig *r, const struct bytes *frame, enum sk_event_type type) {
    rig_clear(r);
    rig_frame(r, frame->b, frame->n);
    const struct sk_event *ev = rig_event(r, type, 0);
    if (!ev)
        fail_msg("no %s", sk_events[type].name);
    return ev;
}

#define RA_HEAD "86 00 0000 40 "

static void a_router_advertisement_tells_all_its_options(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("fe80::1", "ff02::1", 255,
                               RA_HEAD "c8 0708 00007530 000003e8"               /* M O, high, 1800 s */
                                       "01 01 0200000000aa"                      /* source link-layer address */
                                       "03 04 40 c0 00015180 00003840 00000000"  /* prefix, L A */
                                       "20010db8000100000000000000000000"        /* 2001:db8:1::/64 */
                                       "05 01 0000 000005dc"                     /* MTU 1500 */
                                       "18 02 30 08 00000e10 20010db8 0002 0000" /* route 2001:db8:2::/48 high */
                                       "19 03 0000 00000258 20010db8000000000000000000000053"      /* RDNSS */
                                       "1f 03 0000 00000258 04 636f7270 07 6578616d706c65 00 0000" /* DNSSL */
                                       "26 02 0380 0064ff9b 00000000 00000000"               /* PREF64 /96, 896 s */
                                       "1a 01 800000000000"                                  /* flags expansion */
                                       "25 03 68747470733a2f2f702e6578616d706c652f 00000000" /* captive portal */
                                       "0e 01 0102030405 06"                                 /* nonce */
                                       "90 06 0001 00000e10 0005 03 646e73 00 0010"          /* encrypted DNS */
                                       "20010db8000000000000000000000054 0000 0000000000 0000000000 000000");
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_ra);
    assert_field(ev, "icmpv6.ra.kind", "default-router");
    assert_field(ev, "icmpv6.ra.router_lifetime", "1800");
    assert_field(ev, "icmpv6.ra.flags", "M,O");
    assert_field(ev, "icmpv6.ra.preference", "high");
    assert_field(ev, "icmpv6.ra.cur_hop_limit", "64");
    assert_field(ev, "icmpv6.ra.reachable_time", "30000");
    assert_field(ev, "icmpv6.ra.retrans_timer", "1000");
    assert_field(ev, "icmpv6.nd.slla", "02-00-00-00-00-AA");
    assert_field(ev, "icmpv6.nd.mac_mismatch", "false");
    assert_field(ev, "icmpv6.ra.prefix", "2001:db8:1::/64");
    assert_field(ev, "icmpv6.ra.prefix_flags", "LA");
    assert_field(ev, "icmpv6.ra.prefix_valid", "86400");
    assert_field(ev, "icmpv6.ra.prefix_preferred", "14400");
    assert_field(ev, "icmpv6.ra.mtu", "1500");
    assert_field(ev, "icmpv6.ra.route", "2001:db8:2::/48");
    assert_field(ev, "icmpv6.ra.route_preference", "high");
    assert_field(ev, "icmpv6.ra.route_lifetime", "3600");
    assert_field(ev, "icmpv6.ra.rdnss", "2001:db8::53");
    assert_field(ev, "icmpv6.ra.rdnss_lifetime", "600");
    assert_field(ev, "icmpv6.ra.dnssl", "corp.example");
    assert_field(ev, "icmpv6.ra.pref64", "64:ff9b::/96");
    assert_field(ev, "icmpv6.ra.pref64_lifetime", "896");
    assert_field(ev, "icmpv6.ra.flags_extension", "800000000000");
    assert_field(ev, "icmpv6.ra.captive_portal", "https://p.example/");
    assert_field(ev, "icmpv6.nd.nonce", "010203040506");
    assert_field(ev, "icmpv6.ra.dnr.name", "dns");
    assert_field(ev, "icmpv6.ra.dnr.ip", "2001:db8::54");
    assert_field(ev, "icmpv6.nd.option", "1,3,5,24,25,31,38,26,37,14,144");
    assert_field(ev, "icmpv6.hop_limit", "255");
    assert_field(ev, "icmpv6.checksum", "ok");
    assert_field(ev, "sekimori.effect", "accepted");
    assert_field(ev, "icmpv6.anomaly", "");
    assert_field(ev, "source.ip", "fe80::1");
    assert_field(ev, "source.mac", "02-00-00-00-00-AA");
    assert_field(ev, "network.transport", "icmpv6");
    assert_field(ev, "icmp.type", "134");
    assert_int_equal(rig_count(r, SKE_icmpv6_ra), 1);
    rig_sweep(&f);
    rig_free(r);
}

#define PIO(valid, preferred) "03 04 40 c0 " valid " " preferred " 00000000 20010db8000100000000000000000000"
#define FOREVER               "ffffffff"

static void what_lifetime_0_takes_back_is_not_offered(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("fe80::1", "ff02::1", 255,
                               RA_HEAD "00 0000 00000000 00000000"
                                       "19 05 0000 00000000 20010db8000000000000000000000053"
                                       "20010db8000000000000000000000054"
                                       "19 03 0000 00000258 20010db8000000000000000000000055"
                                       "1f 02 0000 00000000 01 61 00 01 62 00 0000"
                                       "18 01 00 00 00000000"
                                       "26 02 0000 0064ff9b 00000000 00000000");
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_ra);
    assert_field(ev, "icmpv6.ra.offers", "rdnss");
    assert_field(ev, "icmpv6.ra.rdnss", "2001:db8::53,2001:db8::54,2001:db8::55");
    assert_field(ev, "icmpv6.ra.rdnss_lifetime", "0,0,600"); /* of each server, not of each option */
    assert_field(ev, "icmpv6.ra.dnssl_lifetime", "0,0");
    f = rig_icmp6("fe80::1", "ff02::1", 255, RA_HEAD "40 0000 00000000 00000000 18 01 00 00 00000708");
    assert_field(one(r, &f, SKE_icmpv6_ra), "icmpv6.ra.offers", "dhcp,route,default-route"); /* RFC 4191 3.1 */
    rig_sweep(&f);
    rig_free(r);
}

static void the_kind_of_an_advertisement_is_what_it_asks_of_hosts(void **state) {
    (void)state;
    static const struct {
        const char *hex, *kind;
    } rows[] = {
        {RA_HEAD "00 0001 00000000 00000000", "default-router"},
        {RA_HEAD "c0 0000 00000000 00000000", "dhcp-lure"},
        {RA_HEAD "40 0000 00000000 00000000" PIO(FOREVER, FOREVER), "dhcp-lure"},
        {RA_HEAD "00 0000 00000000 00000000", "empty"},
        {RA_HEAD "00 0000 00000000 00000000" PIO(FOREVER, FOREVER), "prefix-only"},
        {RA_HEAD "00 0000 00000000 00000000" PIO("00000000", "00000000"), "withdrawal"},
        {RA_HEAD "00 0000 00000000 00000000"
                 "19 03 0000 00000258 20010db8000000000000000000000053",
         "dns-only"},
        {RA_HEAD "00 0000 00000000 00000000"
                 "19 03 0000 00000000 20010db8000000000000000000000053",
         "withdrawal"},
        {RA_HEAD "00 0000 00000000 00000000"
                 "26 02 0380 0064ff9b 00000000 00000000",
         "nat64"},
        {RA_HEAD "00 0000 00000000 00000000"
                 "18 02 40 00 00000708 fd00 0001 0002 0003" PIO(FOREVER, FOREVER),
         "stub-router"},
        {RA_HEAD "00 0000 00000000 00000000"
                 "18 02 40 00 00000708 20010db8 0002 0003",
         "prefix-only"},
        {RA_HEAD "00 0000 00000000 00000000"
                 "18 02 40 00 00000708 fd00 0001 0002 0003"
                 "18 01 00 00 00000708",
         "prefix-only"},
    };
    struct rig *r = rig_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bytes f = rig_icmp6("fe80::1", "ff02::1", 255, rows[i].hex);
        assert_field(one(r, &f, SKE_icmpv6_ra), "icmpv6.ra.kind", rows[i].kind);
        rig_sweep(&f);
    }
    rig_free(r);
}

static void what_hosts_must_discard_is_told_and_marked(void **state) {
    (void)state;
    static const struct {
        const char *src;
        uint8_t hops;
        const char *hex, *anomaly;
    } rows[] = {
        {"fe80::1", 64, RA_HEAD "00 0708 00000000 00000000", "hop-limit"},
        {"2001:db8::1", 255, RA_HEAD "00 0708 00000000 00000000", "source"},
        {"fe80::1", 255, "86 01 0000 40 00 0708 00000000 00000000", "code"},
        {"fe80::1", 255, "86 00 0000 40 00 0708", "short"},
        {"fe80::1", 255, RA_HEAD "00 0708 00000000 00000000 03 00 0000", "option-zero"},
        {"fe80::1", 255, RA_HEAD "00 0708 00000000 00000000 03 04 40 c0", "option-length"},
        {"fe80::1", 255, RA_HEAD "00 0708 00000000 00000000 01", "option-length"},
    };
    struct rig *r = rig_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bytes f = rig_icmp6(rows[i].src, "ff02::1", rows[i].hops, rows[i].hex);
        const struct sk_event *ev = one(r, &f, SKE_icmpv6_ra);
        assert_field(ev, "icmpv6.anomaly", rows[i].anomaly);
        assert_field(ev, "sekimori.effect", "ignored-by-rfc");
        rig_sweep(&f);
    }
    rig_free(r);
}

static void an_option_of_a_wrong_size_is_an_anomaly_that_hosts_live_with(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f =
        rig_icmp6("fe80::1", "ff02::1", 255,
                  RA_HEAD "00 0708 00000000 00000000 03 01 400000000000 26 02 0387 0064ff9b 0000000000000000"
                          "18 02 80 00 00000708 fd00000100020003");
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_ra);
    assert_field(ev, "icmpv6.anomaly", "option-size,option-size,option-size");
    assert_field(ev, "icmpv6.ra.prefix", "");
    assert_field(ev, "sekimori.effect", "accepted");
    rig_free(r);
}

static void the_number_of_options_has_a_budget(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes m = rig_hex(RA_HEAD "00 0708 00000000 00000000");
    for (unsigned i = 0; i < 100; i++) {
        struct bytes mtu = rig_hex("05 01 0000 000005dc");
        m = rig_join(&m, &mtu);
    }
    struct bytes ip = rig_ip6("fe80::1", "ff02::1", 255, 58, &m), f = rig_eth(0x86dd, &ip);
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_ra);
    assert_field(ev, "icmpv6.anomaly", "option-count");
    unsigned n = 0;
    struct sk_value v;
    while (sk_event_get(ev, NULL, SKF_icmpv6_nd_option, n, NULL, &v))
        n++;
    assert_int_equal(n, 64);
    rig_free(r);
}

static void a_bad_checksum_is_ignored_by_hosts_but_not_by_us(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("fe80::1", "ff02::1", 255, RA_HEAD "00 0708 00000000 00000000");
    f.b[14 + 40 + 3] ^= 1;
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_ra);
    assert_field(ev, "icmpv6.checksum", "bad");
    assert_field(ev, "sekimori.effect", "ignored-by-rfc");
    assert_field(ev, "icmpv6.ra.kind", "default-router");
    rig_free(r);
}

static void a_solicitation_of_a_router_tells_its_link_layer_address(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("fe80::2", "ff02::2", 255, "85 00 0000 00000000 01 01 0200000000bb");
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_rs);
    assert_field(ev, "icmpv6.nd.slla", "02-00-00-00-00-BB");
    assert_field(ev, "icmpv6.nd.mac_mismatch", "true");
    assert_field(ev, "sekimori.effect", "accepted");
    rig_sweep(&f);
    f = rig_icmp6("::", "ff02::2", 255, "85 00 0000 00000000 01 01 0200000000bb");
    assert_field(one(r, &f, SKE_icmpv6_rs), "icmpv6.anomaly", "unexpected-slla");
    rig_free(r);
}

static void duplicate_address_detection_is_a_solicitation_from_nowhere(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("::", "ff02::1:ff00:1", 255, "87 00 0000 00000000 fe800000000000000000000000000001");
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_ns);
    assert_field(ev, "icmpv6.ns.dad", "true");
    assert_field(ev, "icmpv6.ns.target", "fe80::1");
    assert_field(ev, "icmpv6.anomaly", "");
    rig_sweep(&f);
    f = rig_icmp6("fe80::2", "ff02::1:ff00:1", 255,
                  "87 00 0000 00000000 fe800000000000000000000000000001 01 01 0200000000aa");
    assert_field(one(r, &f, SKE_icmpv6_ns), "icmpv6.ns.dad", "false");
    f = rig_icmp6("::", "fe80::1", 255, "87 00 0000 00000000 fe800000000000000000000000000001 01 01 0200000000aa");
    assert_field(one(r, &f, SKE_icmpv6_ns), "icmpv6.anomaly", "unexpected-slla,destination");
    f = rig_icmp6("fe80::2", "ff02::1", 255, "87 00 0000 00000000 ff020000000000000000000000000001");
    assert_field(one(r, &f, SKE_icmpv6_ns), "icmpv6.anomaly", "target");
    rig_free(r);
}

static void a_neighbour_advertisement_tells_flags_target_and_address(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f =
        rig_icmp6("fe80::1", "ff02::1", 255, "88 00 0000 a0000000 fe800000000000000000000000000001 02 01 0200000000aa");
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_na);
    assert_field(ev, "icmpv6.na.flags", "R,O");
    assert_field(ev, "icmpv6.na.target", "fe80::1");
    assert_field(ev, "icmpv6.nd.tlla", "02-00-00-00-00-AA");
    assert_field(ev, "sekimori.effect", "accepted");
    rig_sweep(&f);
    f = rig_icmp6("fe80::1", "ff02::1", 255, "88 00 0000 60000000 fe800000000000000000000000000001");
    assert_field(one(r, &f, SKE_icmpv6_na), "icmpv6.anomaly", "solicited-multicast");
    rig_free(r);
}

static void a_redirect_tells_where_to_and_which_packet(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("fe80::1", "fe80::2", 255,
                               "89 00 0000 00000000 fe800000000000000000000000000bad 20010db8000900000000000000000001"
                               "02 01 0200000000aa"
                               "04 06 000000000000 60000000 0000 3b 40"
                               "20010db8000000000000000000000002 20010db8000900000000000000000001");
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_redirect);
    assert_field(ev, "icmpv6.redirect.target", "fe80::bad");
    assert_field(ev, "icmpv6.redirect.destination", "2001:db8:9::1");
    assert_field(ev, "icmp.quoted.source.ip", "2001:db8::2");
    assert_field(ev, "icmp.quoted.destination.ip", "2001:db8:9::1");
    assert_field(ev, "icmp.quoted.iana_number", "59");
    assert_field(ev, "icmpv6.anomaly", "");
    rig_sweep(&f);
    f = rig_icmp6("2001:db8::1", "fe80::2", 255,
                  "89 00 0000 00000000 20010db8000000000000000000000bad 20010db8000900000000000000000001");
    assert_field(one(r, &f, SKE_icmpv6_redirect), "icmpv6.anomaly", "source,target");
    rig_free(r);
}

static void a_quoted_advertisement_counts_as_quoted_alone(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes m = rig_hex(RA_HEAD "00 0708 00000000 00000000");
    struct bytes quoted = rig_ip6("fe80::1", "ff02::1", 255, 58, &m), head = rig_hex("01 00 0000 00000000");
    struct bytes error = rig_join(&head, &quoted), ip = rig_ip6("fe80::2", "fe80::1", 64, 58, &error);
    struct bytes f = rig_eth(0x86dd, &ip);
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_error);
    assert_int_equal(rig_count(r, SKE_icmpv6_ra), 0);
    assert_int_equal(r->counts.events[SKE_icmpv6_ra], 0);
    assert_int_equal(r->counts.quoted[SKE_icmpv6_ra], 1);
    assert_field(ev, "icmp.error.kind", "unreachable");
    assert_field(ev, "icmp.quoted.source.ip", "fe80::1");
    assert_field(ev, "icmp.quoted.icmp_type", "134");
    rig_sweep(&f);
    rig_free(r);
}

static void what_nobody_wants_is_counted_and_not_made(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("fe80::1", "ff02::1", 255, RA_HEAD "00 0708 00000000 00000000");
    r->wanted[SKE_icmpv6_ra] = false;
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_icmpv6_ra), 0);
    assert_int_equal(r->counts.events[SKE_icmpv6_ra], 1);
    rig_free(r);
}

static void captured_attacks_are_what_their_bytes_say(void **state) {
    (void)state;
    static const struct {
        const char *file;
        unsigned ra;
        const char *kind, *effect, *extension;
    } rows[] = {
        {"ra_plain", 1, "default-router", "accepted", ""},
        {"ra_E1", 1, "default-router", "accepted", ""},
        {"ra_EH", 1, "default-router", "accepted", "hopopts"},
        {"l2_plain", 1, "default-router", "accepted", ""},
        {"l2_vlan0", 1, "default-router", "accepted", ""},
        {"l2_ad0", 1, "default-router", "accepted", ""},
        {"l2_vlan0x2", 1, "default-router", "host-dependent", ""},
        {"l2_snap", 1, "default-router", "host-dependent", ""},
        {"l2_vlan0snap", 1, "default-router", "host-dependent", ""},
        {"l2_unicastL2", 1, "default-router", "accepted", ""},
        {"l2_dstopt", 1, "default-router", "accepted", "dstopts"},
        {"l2_badcksum", 1, "default-router", "ignored-by-rfc", ""},
        {"l2_hlim64", 1, "default-router", "ignored-by-rfc", ""},
        {"l2_atomic", 1, "default-router", "ignored-by-rfc", "atomic-fragment"},
        {"l2_ethtype0800", 1, "default-router", "ignored-by-rfc", ""},
        {"v_mitm6ra", 1, "dhcp-lure", "accepted", ""},
        {"v_rahbh", 1, "default-router", "accepted", "hopopts"},
        {"v_raatom", 1, "default-router", "ignored-by-rfc", "atomic-fragment"},
        {"flood_router26_1000", 996, "default-router", "accepted", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[256];
        struct rig *r = rig_new();
        snprintf(path, sizeof path, "captures/attacks/%s.pcap", rows[i].file);
        if (rig_pcap(r, path) < 0)
            fail_msg("cannot read %s", path);
        const struct sk_event *ev = rig_event(r, SKE_icmpv6_ra, 0);
        if (rig_count(r, SKE_icmpv6_ra) < rows[i].ra || !ev)
            fail_msg("%s: %u advertisements", rows[i].file, rig_count(r, SKE_icmpv6_ra));
        if (strcmp(rig_get(ev, "icmpv6.ra.kind"), rows[i].kind) != 0 ||
            strcmp(rig_get(ev, "sekimori.effect"), rows[i].effect) != 0 ||
            strcmp(rig_get(ev, "icmpv6.extension"), rows[i].extension) != 0)
            fail_msg("%s: %s %s %s", rows[i].file, rig_get(ev, "icmpv6.ra.kind"), rig_get(ev, "sekimori.effect"),
                     rig_get(ev, "icmpv6.extension"));
        rig_free(r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_router_advertisement_tells_all_its_options),
        cmocka_unit_test(what_lifetime_0_takes_back_is_not_offered),
        cmocka_unit_test(the_kind_of_an_advertisement_is_what_it_asks_of_hosts),
        cmocka_unit_test(what_hosts_must_discard_is_told_and_marked),
        cmocka_unit_test(an_option_of_a_wrong_size_is_an_anomaly_that_hosts_live_with),
        cmocka_unit_test(the_number_of_options_has_a_budget),
        cmocka_unit_test(a_bad_checksum_is_ignored_by_hosts_but_not_by_us),
        cmocka_unit_test(a_solicitation_of_a_router_tells_its_link_layer_address),
        cmocka_unit_test(duplicate_address_detection_is_a_solicitation_from_nowhere),
        cmocka_unit_test(a_neighbour_advertisement_tells_flags_target_and_address),
        cmocka_unit_test(a_redirect_tells_where_to_and_which_packet),
        cmocka_unit_test(a_quoted_advertisement_counts_as_quoted_alone),
        cmocka_unit_test(what_nobody_wants_is_counted_and_not_made),
        cmocka_unit_test(captured_attacks_are_what_their_bytes_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
