/* SPDX-License-Identifier: Apache-2.0 */
/* ARP, DHCPv4, DHCPv6 and who speaks IPv6. */
#include "rig.h"

static const struct sk_event *one(struct rig *r, const struct bytes *frame, enum sk_event_type type) {
    rig_clear(r);
    rig_frame(r, frame->b, frame->n);
    const struct sk_event *ev = rig_event(r, type, 0);
    if (!ev)
        fail_msg("no %s", sk_events[type].name);
    return ev;
}

/* --- ARP --- */

static struct bytes arp(const char *hex) {
    struct bytes m = rig_hex(hex);
    return rig_eth(0x0806, &m);
}

static void an_arp_request_tells_who_asks_for_whom(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = arp("0001 0800 06 04 0001 0200000000aa 0a000001 000000000000 0a000002");
    const struct sk_event *ev = one(r, &f, SKE_arp_message);
    assert_field(ev, "arp.operation", "request");
    assert_field(ev, "arp.sender.mac", "02-00-00-00-00-AA");
    assert_field(ev, "arp.sender.ip", "10.0.0.1");
    assert_field(ev, "arp.target.mac", "");
    assert_field(ev, "arp.target.ip", "10.0.0.2");
    assert_field(ev, "arp.gratuitous", "false");
    assert_field(ev, "arp.probe", "false");
    assert_field(ev, "arp.mac_mismatch", "false");
    assert_field(ev, "network.type", "arp");
    rig_sweep(&f);
    rig_free(r);
}

static void probes_announcements_and_forged_senders_are_marked(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = arp("0001 0800 06 04 0001 0200000000aa 00000000 000000000000 0a000002");
    const struct sk_event *ev = one(r, &f, SKE_arp_message);
    assert_field(ev, "arp.probe", "true");
    assert_field(ev, "arp.gratuitous", "false");
    assert_field(ev, "source.ip", "");
    f = arp("0001 0800 06 04 0002 0200000000bb 0a000002 ffffffffffff 0a000002");
    ev = one(r, &f, SKE_arp_message);
    assert_field(ev, "arp.operation", "reply");
    assert_field(ev, "arp.gratuitous", "true");
    assert_field(ev, "arp.mac_mismatch", "true");
    f = arp("0006 0800 06 04 0009 0200000000bb 0a000002 ffffffffffff 0a000002");
    ev = one(r, &f, SKE_arp_message);
    assert_field(ev, "arp.operation", "9");
    assert_field(ev, "arp.sender.ip", "");
    rig_free(r);
}

/* --- DHCPv6 --- */

static struct bytes dhcpv6(uint16_t sport, uint16_t dport, const struct bytes *m) {
    struct bytes udp = rig_udp(sport, dport, m), ip = rig_ip6("fe80::bad", "fe80::1", 64, 17, &udp);
    return rig_eth(0x86dd, &ip);
}

#define CLIENT_ID "0001 000a 0003 0001 020000000001"
#define SERVER_ID "0002 000e 0001 0001 29558569 0200000000aa"

static void an_advertisement_of_a_dhcpv6_server_is_told_whole(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes m = rig_hex("02 00abcd" CLIENT_ID SERVER_ID "0007 0001 ff"
                             "0003 0028 00000001 000000c8 000000fa"
                             "0005 0018 fe80000000000000001000000000 0005 0000012c 0000012c"
                             "0017 0010 fe800000000000000000000000000bad"
                             "0018 000e 04 636f7270 07 6578616d706c65 00"
                             "000d 0002 0000");
    struct bytes f = dhcpv6(547, 546, &m);
    const struct sk_event *ev = one(r, &f, SKE_dhcpv6_message);
    assert_field(ev, "dhcpv6.type", "advertise");
    assert_field(ev, "dhcpv6.role", "server");
    assert_field(ev, "dhcpv6.transaction_id", "43981");
    assert_field(ev, "dhcpv6.client.duid", "00030001020000000001");
    assert_field(ev, "dhcpv6.client.mac", "02-00-00-00-00-01");
    assert_field(ev, "dhcpv6.server.duid", "00010001295585690200000000aa");
    assert_field(ev, "dhcpv6.server.mac", "02-00-00-00-00-AA");
    assert_field(ev, "dhcpv6.address", "fe80::10:0:0:5");
    assert_field(ev, "dhcpv6.t1", "200");
    assert_field(ev, "dhcpv6.t2", "250");
    assert_field(ev, "dhcpv6.preferred", "300");
    assert_field(ev, "dhcpv6.valid", "300");
    assert_field(ev, "dhcpv6.dns", "fe80::bad");
    assert_field(ev, "dhcpv6.domain", "corp.example");
    assert_field(ev, "dhcpv6.preference", "255");
    assert_field(ev, "dhcpv6.status", "0");
    assert_field(ev, "dhcpv6.option", "1,2,7,3,23,24,13");
    assert_field(ev, "dhcpv6.well_formed", "true");
    assert_field(ev, "dhcpv6.checksum", "ok");
    assert_field(ev, "sekimori.effect", "accepted");
    assert_field(ev, "source.port", "547");
    rig_sweep(&f);
    rig_free(r);
}

static void a_client_tells_its_name_and_what_it_wants(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes m = rig_hex("01 000001" CLIENT_ID "0008 0002 0000 000e 0000"
                             "0003 000c 00000001 00000000 00000000"
                             "0019 0029 00000002 00000000 00000000 001a 0019 00000000 00000000 38"
                             "20010db8000000000000000000000000"
                             "0027 0009 00 03 706331 04 636f72" /* cut name: nothing told */
                             "0010 000e 00000137 0008 4d53465420352e30"
                             "0006 0006 0017 0018 0027");
    struct bytes f = dhcpv6(50000, 547, &m);
    const struct sk_event *ev = one(r, &f, SKE_dhcpv6_message);
    assert_field(ev, "dhcpv6.type", "solicit");
    assert_field(ev, "dhcpv6.role", "client");
    assert_field(ev, "dhcpv6.rapid_commit", "true");
    assert_field(ev, "dhcpv6.prefix", "2001:db8::/56");
    assert_field(ev, "dhcpv6.fqdn", "");
    assert_field(ev, "dhcpv6.vendor_class", "MSFT 5.0");
    assert_field(ev, "dhcpv6.vendor_enterprise", "311");
    assert_field(ev, "dhcpv6.requested", "23,24,39");
    rig_sweep(&f);
    m = rig_hex("01 000001" CLIENT_ID "0027 000a 00 03 706331 04 636f7270");
    f = dhcpv6(546, 547, &m);
    assert_field(one(r, &f, SKE_dhcpv6_message), "dhcpv6.fqdn", "pc1.corp");
    rig_free(r);
}

static struct bytes relayed(const struct bytes *inner, unsigned times, uint8_t type) {
    struct bytes m = *inner;
    for (unsigned i = 0; i < times; i++) {
        struct bytes head =
            rig_hex("0c 00 20010db8000000000000000000000001 fe800000000000000000000000000002 0009 0000");
        head.b[0] = type;
        head.b[head.n - 2] = (uint8_t)(m.n >> 8);
        head.b[head.n - 1] = (uint8_t)m.n;
        m = rig_join(&head, &m);
    }
    return m;
}

static void a_relayed_message_is_unwrapped_within_a_budget(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes m = rig_hex("01 000001" CLIENT_ID), twice = relayed(&m, 2, 12), f = dhcpv6(547, 547, &twice);
    const struct sk_event *ev = one(r, &f, SKE_dhcpv6_message);
    assert_field(ev, "dhcpv6.type", "relay-forward");
    assert_field(ev, "dhcpv6.role", "relay");
    assert_field(ev, "dhcpv6.inner.type", "solicit");
    assert_field(ev, "dhcpv6.relay.hops", "2");
    assert_field(ev, "dhcpv6.relay.link", "2001:db8::1,2001:db8::1");
    assert_field(ev, "dhcpv6.relay.peer", "fe80::2,fe80::2");
    assert_field(ev, "dhcpv6.client.mac", "02-00-00-00-00-01");
    rig_sweep(&f);
    struct bytes nine = relayed(&m, 9, 13);
    f = dhcpv6(547, 547, &nine);
    ev = one(r, &f, SKE_dhcpv6_message);
    assert_field(ev, "dhcpv6.relay.hops", "8");
    assert_field(ev, "dhcpv6.anomaly", "relay-depth");
    assert_field(ev, "dhcpv6.client.mac", "");
    rig_free(r);
}

static void malformed_dhcpv6_is_told_with_what_is_wrong(void **state) {
    (void)state;
    static const struct {
        const char *hex, *anomaly, *well_formed;
    } rows[] = {
        {"01 000001 0001 00ff 0003", "option-length", "false"},
        {"01 000001 0001", "option-length", "false"},
        {"01 00", "short", "false"},
        {"0c 00 2001", "short", "false"},
        {"0c 00 20010db8000000000000000000000001 fe800000000000000000000000000002", "relay-empty", "false"},
        {"c8 000001", "type", "false"},
        {"07 000001" CLIENT_ID, "", "false"}, /* a server that does not say who it is */
        {"07 000001" SERVER_ID, "", "true"},
    };
    struct rig *r = rig_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bytes m = rig_hex(rows[i].hex), f = dhcpv6(547, 546, &m);
        const struct sk_event *ev = one(r, &f, SKE_dhcpv6_message);
        assert_field(ev, "dhcpv6.anomaly", rows[i].anomaly);
        assert_field(ev, "dhcpv6.well_formed", rows[i].well_formed);
        rig_sweep(&f);
    }
    rig_free(r);
}

static void other_ports_and_ipv4_are_no_dhcpv6(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes m = rig_hex("01 000001" CLIENT_ID), f = dhcpv6(5460, 5470, &m);
    rig_frame(r, f.b, f.n);
    struct bytes udp = rig_udp(547, 546, &m), ip = rig_ip4("10.0.0.1", "10.0.0.2", 17, &udp);
    f = rig_eth(0x0800, &ip);
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_dhcpv6_message), 0);
    assert_int_equal(r->counts.events[SKE_dhcpv6_message], 0);
    rig_free(r);
}

static void the_captured_dhcpv6_server_is_read(void **state) {
    (void)state;
    struct rig *r = rig_new();
    assert_int_equal(rig_pcap(r, "captures/attacks/dhcps6.pcap") > 11, 1);
    const struct sk_event *ev = rig_event(r, SKE_dhcpv6_message, 1);
    assert_field(ev, "dhcpv6.type", "advertise");
    assert_field(ev, "dhcpv6.hop_limit", "64");
    assert_field(ev, "dhcpv6.address", "2001:db8:5:0:100::");
    assert_field(ev, "sekimori.effect", "accepted");
    rig_free(r);
}

/* --- DHCPv4 --- */

static struct bytes dhcpv4(uint8_t op, const char *options) {
    struct bytes m = {.n = 236}, o = rig_hex(options);
    struct bytes head = rig_hex("00 01 06 00 12345678 0000 0000 00000000 0a000063 00000000 0a0000fe 020000000001");
    memcpy(m.b, head.b, head.n);
    m.b[0] = op;
    m = rig_join(&m, &o);
    struct bytes udp = rig_udp(op == 1 ? 68 : 67, op == 1 ? 67 : 68, &m);
    struct bytes ip = rig_ip4("10.0.0.1", "255.255.255.255", 17, &udp);
    return rig_eth(0x0800, &ip);
}

static void a_dhcpv4_answer_is_told_whole(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = dhcpv4(2, "63825363 35 01 05 36 04 0a000001 33 04 00000e10 01 04 ffffff00 03 04 0a000001"
                               "06 08 0a000035 0a000036 0f 04 636f7270 0c 03 706331 51 06 000000 706331"
                               "3d 07 01 020000000001 3c 08 4d53465420352e30 52 08 01 02 0005 02 02 abcd"
                               "79 06 08 0a 0a0000fd 00 6c 04 00000708 fc 03 68747470"); /* last one overruns */
    const struct sk_event *ev = one(r, &f, SKE_dhcpv4_message);
    assert_field(ev, "dhcpv4.type", "ack");
    assert_field(ev, "dhcpv4.role", "server");
    assert_field(ev, "dhcpv4.transaction_id", "305419896");
    assert_field(ev, "dhcpv4.client.mac", "02-00-00-00-00-01");
    assert_field(ev, "dhcpv4.your.ip", "10.0.0.99");
    assert_field(ev, "dhcpv4.relay.ip", "10.0.0.254");
    assert_field(ev, "dhcpv4.client.ip", "");
    assert_field(ev, "dhcpv4.server.ip", "10.0.0.1");
    assert_field(ev, "dhcpv4.router", "10.0.0.1");
    assert_field(ev, "dhcpv4.dns", "10.0.0.53,10.0.0.54");
    assert_field(ev, "dhcpv4.domain", "corp");
    assert_field(ev, "dhcpv4.hostname", "pc1");
    assert_field(ev, "dhcpv4.fqdn", "pc1");
    assert_field(ev, "dhcpv4.client.id", "01020000000001");
    assert_field(ev, "dhcpv4.vendor_class", "MSFT 5.0");
    assert_field(ev, "dhcpv4.circuit_id", "0005");
    assert_field(ev, "dhcpv4.remote_id", "abcd");
    assert_field(ev, "dhcpv4.route", "10.0.0.0/8");
    assert_field(ev, "dhcpv4.route_gateway", "10.0.0.253");
    assert_field(ev, "dhcpv4.v6only_wait", "1800");
    rig_sweep(&f);
    rig_free(r);
}

static void bootp_overload_and_broken_options_are_read_with_care(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = dhcpv4(1, "00000000 35 01 05");
    const struct sk_event *ev = one(r, &f, SKE_dhcpv4_message);
    assert_field(ev, "dhcpv4.type", "bootp-request");
    assert_field(ev, "dhcpv4.anomaly", "magic");
    f = dhcpv4(1, "63825363 35 01 01 0c ff 61");
    ev = one(r, &f, SKE_dhcpv4_message);
    assert_field(ev, "dhcpv4.type", "discover");
    assert_field(ev, "dhcpv4.anomaly", "option-length");
    f = dhcpv4(1, "63825363 34 01 01 ff");
    static const uint8_t in_file[] = {12, 3, 'p', 'c', '9', 53, 1, 1, 255};
    memcpy(f.b + 14 + 20 + 8 + 108, in_file, sizeof in_file);
    ev = one(r, &f, SKE_dhcpv4_message);
    assert_field(ev, "dhcpv4.hostname", "pc9");
    assert_field(ev, "dhcpv4.type", "discover");
    f = dhcpv4(9, "63825363");
    rig_clear(r);
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_dhcpv4_message), 0);
    rig_free(r);
}

/* --- who speaks IPv6 --- */

/* What a router sent on shows its MAC beside another's address: that hides nothing which the router says itself. */
static void what_a_mirror_shows_again_speaks_for_nobody(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("fe80::ff:fe00:aa", "ff02::2", 255, "85 00 0000 00000000");
    r->o.copy = r->o.routed = true;
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_ipv6_seen), 0);
    r->o.copy = r->o.routed = false;
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_ipv6_seen), 1);
    rig_free(r);
}

static void a_speaker_is_told_once_a_kind_and_day(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("fe80::ff:fe00:aa", "ff02::2", 255, "85 00 0000 00000000");
    const struct sk_event *ev = one(r, &f, SKE_ipv6_seen);
    assert_field(ev, "ipv6.category", "rs");
    assert_field(ev, "ipv6.source.scope", "link-local");
    assert_field(ev, "ipv6.source.kind", "eui64");
    assert_field(ev, "ipv6.source.embedded_mac", "02-00-00-00-00-AA");
    rig_frame(r, f.b, f.n);
    rig_frame_at(r, f.b, f.n, f.n, SK_DAY - 1);
    assert_int_equal(rig_count(r, SKE_ipv6_seen), 1);
    rig_frame_at(r, f.b, f.n, f.n, SK_DAY);
    assert_int_equal(rig_count(r, SKE_ipv6_seen), 2);
    rig_tick(r, 5 * SK_DAY);
    rig_frame_at(r, f.b, f.n, f.n, 5 * SK_DAY);
    assert_int_equal(rig_count(r, SKE_ipv6_seen), 3);
    rig_flush(r, 5 * SK_DAY);
    rig_frame_at(r, f.b, f.n, f.n, 5 * SK_DAY);
    assert_int_equal(rig_count(r, SKE_ipv6_seen), 4);
    rig_free(r);
}

static void each_category_is_recognised(void **state) {
    (void)state;
    static const struct {
        const char *src, *dst;
        uint8_t next;
        const char *hex, *category, *scope, *kind;
    } rows[] = {
        {"::", "ff02::1:ff00:1", 58, "87 00 0000 00000000 fe800000000000000000000000000001", "dad", "link-local",
         "manual"},
        {"::", "ff02::1:ff00:1", 58, "87 00 0000 00000000 20010db8000000001234567812345678", "dad", "global",
         "stable-or-random"},
        {"fe80::1", "ff02::1:ff00:1", 58, "87 00 0000 00000000 fe800000000000000000000000000001", "ns", "link-local",
         "manual"},
        {"fe80::1", "ff02::1", 58, "88 00 0000 00000000 fe800000000000000000000000000001", "na", "link-local",
         "manual"},
        {"fe80::1", "ff02::1", 58, "86 00 0000 00 00 0000 00000000 00000000", "ra", "link-local", "manual"},
        {"::", "ff02::16", 58, "8f 00 0000 0000 0000", "mld", "unspecified", "unspecified"},
        {"fe80::1", "ff02::fb", 17, "14e9 14e9 0008 0000", "mdns", "link-local", "manual"},
        {"fe80::1", "ff02::1:3", 17, "c000 14eb 0008 0000", "llmnr", "link-local", "manual"},
        {"fe80::1", "ff02::1:2", 17, "0222 0223 0008 0000", "dhcp6c", "link-local", "manual"},
        {"fe80::1", "fe80::2", 17, "0223 0222 0008 0000", "dhcp6s", "link-local", "manual"},
        {"fd00::1", "fd00::2", 17, "0007 0009 0008 0000", "udp", "ula", "manual"},
        {"2002:c000:201::1", "2001:db8::1", 6, "0050 c000 00000000 00000000 50 02 0000 0000 0000", "tcp", "global",
         "6to4"},
        {"2001:0:cb00:71dd::1", "2001:db8::1", 59, "", "other", "global", "teredo"},
        {"fe80::5efe:a00:1", "fe80::1", 59, "", "other", "link-local", "isatap"},
        {"::ffff:10.0.0.1", "2001:db8::1", 59, "", "other", NULL, "v4-mapped"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *r = rig_new();
        struct bytes m = rig_hex(rows[i].hex), ip = rig_ip6(rows[i].src, rows[i].dst, 255, rows[i].next, &m);
        struct bytes f = rig_eth(0x86dd, &ip);
        const struct sk_event *ev = one(r, &f, SKE_ipv6_seen);
        assert_field(ev, "ipv6.category", rows[i].category);
        assert_field(ev, "ipv6.source.kind", rows[i].kind);
        if (rows[i].scope)
            assert_field(ev, "ipv6.source.scope", rows[i].scope);
        rig_sweep(&f);
        rig_free(r);
    }
}

/* Over PPP IPv6 is on as soon as it is negotiated; who rejects the protocol or ends it has none. */
static void ipv6_negotiated_over_ppp_is_seen(void **state) {
    (void)state;
    static const struct {
        const char *ppp;
        bool seen;
    } rows[] = {
        {"1100 0001 0010 8057 01 01 000e 010a 0200 00ff fe00 00aa", true},                  /* Configure-Request */
        {"1100 0001 0010 8057 02 01 000e 010a 0200 00ff fe00 00aa", true},                  /* Configure-Ack */
        {"1100 0001 0012 ff03 8057 03 01 000e 010a 0200 00ff fe00 00aa", true},             /* Configure-Nak */
        {"1100 0001 0006 8057 06 01 0004", false},                                          /* Terminate-Ack */
        {"1100 0001 0014 c021 08 01 0012 8057 01 01 000e 010a 0200 00ff fe00 00aa", false}, /* LCP Protocol-Reject */
        {"1100 0001 000c 8021 01 01 000a 0306 0a00 0001", false},                           /* IPCP */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *r = rig_new();
        struct bytes m = rig_hex(rows[i].ppp), f = rig_eth(0x8864, &m);
        rig_frame(r, f.b, f.n);
        assert_int_equal(rig_count(r, SKE_ipv6_seen), rows[i].seen);
        if (rows[i].seen) {
            assert_field(rig_event(r, SKE_ipv6_seen, 0), "ipv6.category", "ipv6cp");
            assert_field(rig_event(r, SKE_ipv6_seen, 0), "source.mac", "02-00-00-00-00-AA");
        }
        rig_sweep(&f);
        rig_free(r);
    }
}

static void ipv6_in_an_ip_tunnel_shows_no_mac_and_is_not_seen(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes none = {.n = 0}, in = rig_ip6("2001:db8::1", "2001:db8::2", 64, 59, &none);
    struct bytes ip = rig_ip4("10.0.0.1", "192.0.2.1", 41, &in), f = rig_eth(0x0800, &ip);
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_ipv6_seen), 0);
    /* frames in a tunnel do: GRE with Ethernet inside */
    struct bytes eth = rig_eth(0x86dd, &in), gre = rig_hex("0000 6558"), body = rig_join(&gre, &eth);
    ip = rig_ip4("10.0.0.1", "192.0.2.1", 47, &body);
    f = rig_eth(0x0800, &ip);
    f.b[11] = 0xbb; /* the outer sender is another */
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_ipv6_seen), 1);
    assert_field(rig_event(r, SKE_ipv6_seen, 0), "source.mac", "02-00-00-00-00-AA");
    assert_field(rig_event(r, SKE_ipv6_seen, 0), "tunnel.depth", "1");
    rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arp_request_tells_who_asks_for_whom),
        cmocka_unit_test(probes_announcements_and_forged_senders_are_marked),
        cmocka_unit_test(an_advertisement_of_a_dhcpv6_server_is_told_whole),
        cmocka_unit_test(a_client_tells_its_name_and_what_it_wants),
        cmocka_unit_test(a_relayed_message_is_unwrapped_within_a_budget),
        cmocka_unit_test(malformed_dhcpv6_is_told_with_what_is_wrong),
        cmocka_unit_test(other_ports_and_ipv4_are_no_dhcpv6),
        cmocka_unit_test(the_captured_dhcpv6_server_is_read),
        cmocka_unit_test(a_dhcpv4_answer_is_told_whole),
        cmocka_unit_test(bootp_overload_and_broken_options_are_read_with_care),
        cmocka_unit_test(what_a_mirror_shows_again_speaks_for_nobody),
        cmocka_unit_test(a_speaker_is_told_once_a_kind_and_day),
        cmocka_unit_test(each_category_is_recognised),
        cmocka_unit_test(ipv6_negotiated_over_ppp_is_seen),
        cmocka_unit_test(ipv6_in_an_ip_tunnel_shows_no_mac_and_is_not_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
