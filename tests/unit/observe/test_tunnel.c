/* SPDX-License-Identifier: Apache-2.0 */
/* Tunnels: every frame, the life of each tunnel, which end is ours, whose address is inside. */
#include "rig.h"

#define HOST  "10.0.0.5"
#define PEER  "203.0.113.7"
#define RELAY "192.88.99.1"

static struct bytes none(void) { return (struct bytes){.n = 0}; }

static struct bytes v4(const char *src, const char *dst, uint8_t proto, const struct bytes *payload) {
    struct bytes ip = rig_ip4(src, dst, proto, payload);
    return rig_eth(0x0800, &ip);
}

/* An echo request or reply, which is data, in protocol 41. */
static struct bytes sixin4(const char *osrc, const char *odst, const char *src, const char *dst, const char *hex) {
    struct bytes m = rig_hex(hex), in = rig_ip6(src, dst, 64, 58, &m);
    return v4(osrc, odst, 41, &in);
}

#define ECHO "80 00 0000 0001 0001 01020304"

static const struct sk_event *last(const struct rig *r, enum sk_event_type type) {
    unsigned n = rig_count(r, type);
    if (n == 0)
        fail_msg("no %s", sk_events[type].name);
    return rig_event(r, type, n - 1);
}

static void a_tunnel_grows_from_attempt_to_two_way_and_closes_when_idle(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes empty = none(), in = rig_ip6("2001:db8::1", "2001:db8::2", 64, 59, &empty);
    struct bytes bare = v4(HOST, PEER, 41, &in);
    struct bytes out = sixin4(HOST, PEER, "2001:db8::1", "2001:db8::2", ECHO);
    struct bytes back = sixin4(PEER, HOST, "2001:db8::2", "2001:db8::1", ECHO);

    rig_frame_at(r, bare.b, bare.n, bare.n, 100 * SK_SEC);
    const struct sk_event *ev = last(r, SKE_tunnel_state);
    assert_field(ev, "tunnel.state", "opened");
    assert_field(ev, "tunnel.confirmed", "attempt");
    assert_field(ev, "tunnel.kind", "6in4");
    assert_field(ev, "tunnel.path", "eth/ip4/41/ip6");
    assert_field(ev, "tunnel.depth", "1");
    assert_field(ev, "tunnel.direction", "outbound");
    assert_field(ev, "tunnel.inside.ip", HOST);
    assert_field(ev, "tunnel.outer.peer.ip", PEER);
    assert_field(ev, "tunnel.outer.source.ip", HOST);
    assert_field(ev, "tunnel.inner.source.ip", "2001:db8::1");
    assert_field(ev, "source.mac", "02-00-00-00-00-AA");
    assert_field(ev, "sekimori.certainty", "observed");

    rig_frame_at(r, bare.b, bare.n, bare.n, 101 * SK_SEC);
    assert_int_equal(rig_count(r, SKE_tunnel_state), 1); /* nothing new */

    rig_frame_at(r, out.b, out.n, out.n, 102 * SK_SEC);
    ev = last(r, SKE_tunnel_state);
    assert_field(ev, "tunnel.state", "opened");
    assert_field(ev, "tunnel.confirmed", "one-way");
    assert_field(ev, "tunnel.inner.transport", "icmpv6");

    rig_frame_at(r, back.b, back.n, back.n, 103 * SK_SEC);
    ev = last(r, SKE_tunnel_state);
    assert_field(ev, "tunnel.state", "two-way");
    assert_field(ev, "tunnel.confirmed", "two-way");
    assert_field(ev, "tunnel.inner.source.ip", "2001:db8::1"); /* told from the side of who began */
    assert_field(ev, "source.ip", HOST);
    assert_field(ev, "network.packets", "4");
    assert_field(ev, "source.bytes", "192");
    assert_field(ev, "destination.bytes", "72");
    assert_field(ev, "network.bytes", "264");
    assert_int_equal(rig_count(r, SKE_tunnel_state), 3);
    assert_int_equal(rig_count(r, SKE_tunnel_frame), 4);

    rig_tick(r, 103 * SK_SEC + 1790 * SK_SEC);
    assert_int_equal(rig_count(r, SKE_tunnel_state), 3);
    rig_tick(r, 103 * SK_SEC + 1820 * SK_SEC);
    ev = last(r, SKE_tunnel_state);
    assert_int_equal(rig_count(r, SKE_tunnel_state), 4);
    assert_field(ev, "tunnel.state", "closed");
    assert_field(ev, "tunnel.confirmed", "two-way");
    assert_field(ev, "network.packets", "4");
    assert_field(ev, "source.ip", HOST);
    assert_field(ev, "sekimori.packet.number", "1");
    assert_int_equal(ev->phase, 0);
    assert_int_equal(ev->sub, 1);
    rig_flush(r, 3000 * SK_SEC);
    assert_int_equal(rig_count(r, SKE_tunnel_state), 4);
    rig_free(r);
}

static void answers_of_others_or_too_late_confirm_nothing(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes out = sixin4(HOST, PEER, "2001:db8::1", "2001:db8::2", ECHO);
    struct bytes other = sixin4(PEER, HOST, "2001:db8::9", "2001:db8::1", ECHO);
    struct bytes back = sixin4(PEER, HOST, "2001:db8::2", "2001:db8::1", ECHO);
    rig_frame_at(r, out.b, out.n, out.n, 100 * SK_SEC);
    rig_frame_at(r, other.b, other.n, other.n, 101 * SK_SEC);
    assert_field(last(r, SKE_tunnel_state), "tunnel.confirmed", "one-way");
    rig_frame_at(r, back.b, back.n, back.n, 161 * SK_SEC);
    assert_field(last(r, SKE_tunnel_state), "tunnel.confirmed", "one-way");
    rig_frame_at(r, out.b, out.n, out.n, 162 * SK_SEC);
    assert_field(last(r, SKE_tunnel_state), "tunnel.confirmed", "two-way");
    rig_free(r);
}

static void solicitations_in_a_tunnel_are_an_attempt(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes rs = sixin4(HOST, PEER, "fe80::5efe:a00:5", "ff02::2", "85 00 0000 00000000");
    rig_frame(r, rs.b, rs.n);
    const struct sk_event *ev = last(r, SKE_tunnel_state);
    assert_field(ev, "tunnel.kind", "isatap");
    assert_field(ev, "tunnel.confirmed", "attempt");
    assert_field(ev, "tunnel.embedded.ipv4", HOST);
    assert_field(ev, "tunnel.embedded.verdict", "match"); /* private addresses are at home in ISATAP */
    assert_field(last(r, SKE_icmpv6_rs), "tunnel.kind", "isatap");
    rig_sweep(&rs);
    rs = sixin4("10.0.0.6", PEER, "fe80::5efe:a00:5", "ff02::2", "85 00 0000 00000000");
    rig_frame(r, rs.b, rs.n);
    assert_field(last(r, SKE_tunnel_state), "tunnel.embedded.verdict", "mismatch");
    rig_free(r);
}

static void a_truncated_inner_packet_is_still_an_attempt(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = sixin4(HOST, PEER, "2001:db8::1", "2001:db8::2", ECHO);
    rig_frame_at(r, f.b, 34, f.n, 1000 * SK_SEC);
    const struct sk_event *ev = last(r, SKE_tunnel_state);
    assert_field(ev, "tunnel.kind", "6in4");
    assert_field(ev, "tunnel.confirmed", "attempt");
    assert_field(ev, "tunnel.inner.source.ip", "");
    rig_sweep(&f);
    rig_free(r);
}

static void which_end_is_ours_and_who_began(void **state) {
    (void)state;
    static const struct {
        const char *src, *dst, *direction, *inside, *peer;
    } rows[] = {
        {HOST, PEER, "outbound", HOST, PEER},
        {PEER, HOST, "inbound", HOST, PEER},
        {HOST, "10.0.0.9", "inside", HOST, "10.0.0.9"},
        {"10.0.0.9", HOST, "inside", "10.0.0.9", HOST},
        {PEER, "198.51.100.1", "transit", PEER, "198.51.100.1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *r = rig_new();
        struct bytes f = sixin4(rows[i].src, rows[i].dst, "2001:db8::1", "2001:db8::2", ECHO);
        rig_frame(r, f.b, f.n);
        const struct sk_event *ev = last(r, SKE_tunnel_state);
        assert_field(ev, "tunnel.direction", rows[i].direction);
        assert_field(ev, "tunnel.inside.ip", rows[i].inside);
        assert_field(ev, "tunnel.outer.peer.ip", rows[i].peer);
        rig_free(r);
    }
}

static void the_address_inside_a_6to4_address_is_judged(void **state) {
    (void)state;
    static const struct {
        const char *outer, *inner, *embedded, *verdict;
    } rows[] = {
        {"192.0.2.1", "2002:c000:201::1", "192.0.2.1", "match"},
        {HOST, "2002:c000:201::1", "192.0.2.1", "mismatch"},
        {HOST, "2002:a00:5::1", HOST, "bogus"}, /* private: no answer can come back */
        {HOST, "2002:7f00:1::1", "127.0.0.1", "bogus"},
        {HOST, "2002:a9fe:1::1", "169.254.0.1", "bogus"},
        {HOST, "2002:6440:1::1", "100.64.0.1", "bogus"},
        {HOST, "2002:e000:1::1", "224.0.0.1", "bogus"},
        {HOST, "2002:f000:1::1", "240.0.0.1", "bogus"},
        {HOST, "2002:1:203::1", "0.1.2.3", "bogus"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *r = rig_new();
        struct bytes f = sixin4(rows[i].outer, RELAY, rows[i].inner, "2001:db8::2", ECHO);
        rig_frame(r, f.b, f.n);
        const struct sk_event *ev = last(r, SKE_tunnel_state);
        assert_field(ev, "tunnel.kind", "6to4");
        assert_field(ev, "tunnel.embedded.ipv4", rows[i].embedded);
        assert_field(ev, "tunnel.embedded.verdict", rows[i].verdict);
        rig_free(r);
    }
}

static struct bytes teredo(const char *osrc, const char *odst, uint16_t sport, uint16_t dport, const char *header,
                           const struct bytes *in) {
    struct bytes h = rig_hex(header), m = rig_join(&h, in), udp = rig_udp(sport, dport, &m);
    return v4(osrc, odst, 17, &udp);
}

static void a_teredo_client_qualifies_at_its_server(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes rs = rig_hex("85 00 0000 00000000"), in = rig_ip6("fe80::ffff:ffff:ffff", "ff02::2", 255, 58, &rs);
    struct bytes f = teredo(HOST, PEER, 51000, 3544, "0001 00 00 0102030405060708 00", &in);
    rig_frame(r, f.b, f.n);
    const struct sk_event *ev = last(r, SKE_tunnel_state);
    assert_field(ev, "tunnel.kind", "teredo");
    assert_field(ev, "teredo.role", "qualify");
    assert_field(ev, "teredo.server.ip", PEER);
    assert_field(ev, "tunnel.confirmed", "attempt");
    rig_sweep(&f);

    struct bytes ra = rig_hex("86 00 0000 00 00 0000 00000000 00000000");
    in = rig_ip6("fe80::8000:f227:34ff:8ef8", "fe80::ffff:ffff:ffff", 255, 58, &ra);
    f = teredo(PEER, HOST, 3544, 51000, "0001 00 00 0102030405060708 00 0000 215a 34ff8ef5", &in);
    rig_frame(r, f.b, f.n);
    ev = last(r, SKE_tunnel_state);
    assert_int_equal(rig_count(r, SKE_tunnel_state), 2);
    assert_field(ev, "teredo.role", "qualified");
    assert_field(ev, "tunnel.confirmed", "attempt"); /* nothing was carried yet */
    assert_field(ev, "teredo.mapped.ip", "203.0.113.10");
    assert_field(ev, "teredo.mapped.port", "56997");
    assert_field(ev, "tunnel.direction", "outbound");
    rig_sweep(&f);
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_tunnel_state), 2);
    rig_free(r);
}

static void captured_tunnels_are_what_their_bytes_say(void **state) {
    (void)state;
    static const struct {
        const char *file, *kind, *confirmed, *role, *verdict;
        unsigned frames, states;
    } rows[] = {
        {"teredo", "teredo", "one-way", "qualified", "match", 3, 3},
        {"tunnel_teredo_3544", "teredo", "attempt", "qualify", "", 3, 1},
        {"tunnel_6in4", "6in4", "one-way", "", "", 3, 1},
        {"tunnel_gre6", "gre", "one-way", "", "", 3, 1},
        {"v_6to4", "6to4", "attempt", "", "mismatch", 1, 1},
        {"v_bubble", "teredo", "attempt", "bubble", "match", 1, 1},
        {"tunnel_bubble_arb", "teredo", "attempt", "bubble", "", 3, 1},
        {"v_vxlan", "vxlan", "attempt", "", "", 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[256];
        struct rig *r = rig_new();
        snprintf(path, sizeof path, "captures/attacks/%s.pcap", rows[i].file);
        if (rig_pcap(r, path) < 0)
            fail_msg("cannot read %s", path);
        print_message("%s\n", rows[i].file);
        const struct sk_event *ev = last(r, SKE_tunnel_state);
        assert_int_equal(rig_count(r, SKE_tunnel_frame), rows[i].frames);
        assert_int_equal(rig_count(r, SKE_tunnel_state), rows[i].states);
        assert_field(ev, "tunnel.kind", rows[i].kind);
        assert_field(ev, "tunnel.confirmed", rows[i].confirmed);
        assert_field(ev, "teredo.role", rows[i].role);
        assert_field(ev, "tunnel.embedded.verdict", rows[i].verdict);
        rig_free(r);
    }
}

static void a_tunnel_in_a_tunnel_is_two_tunnels(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes m = rig_hex(ECHO), in = rig_ip6("2001:db8::1", "2001:db8::2", 64, 58, &m);
    struct bytes mid = rig_ip4("192.168.0.1", "198.51.100.1", 41, &in), gre = rig_hex("0000 0800");
    struct bytes body = rig_join(&gre, &mid), f = v4(HOST, PEER, 47, &body);
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_tunnel_frame), 2);
    assert_int_equal(rig_count(r, SKE_tunnel_state), 2);
    const struct sk_event *outer = rig_event(r, SKE_tunnel_state, 0), *inner = rig_event(r, SKE_tunnel_state, 1);
    assert_field(outer, "tunnel.kind", "gre");
    assert_field(outer, "tunnel.depth", "1");
    assert_field(inner, "tunnel.kind", "6in4");
    assert_field(inner, "tunnel.depth", "2");
    assert_field(inner, "tunnel.path", "eth/ip4/gre/ip4/41/ip6");
    assert_field(inner, "tunnel.inside.ip", "192.168.0.1");
    assert_field(inner, "source.mac", ""); /* the frame's is the outer sender's */
    assert_field(rig_event(r, SKE_tunnel_frame, 1), "tunnel.kind", "6in4");
    rig_sweep(&f);
    rig_clear(r);
    rig_flush(r, 2000 * SK_SEC);
    assert_int_equal(rig_count(r, SKE_tunnel_state), 2); /* closed in order: same packet, so by depth */
    assert_field(rig_event(r, SKE_tunnel_state, 0), "tunnel.kind", "gre");
    assert_field(rig_event(r, SKE_tunnel_state, 1), "tunnel.kind", "6in4");
    rig_free(r);
}

static void what_is_carried_but_not_decoded_is_two_way_by_inference(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes gre = rig_hex("0000 9999 0102030405060708"), out = v4(HOST, PEER, 47, &gre);
    struct bytes back = v4(PEER, HOST, 47, &gre);
    rig_frame(r, out.b, out.n);
    assert_field(last(r, SKE_tunnel_state), "tunnel.confirmed", "attempt");
    rig_frame(r, back.b, back.n);
    assert_field(last(r, SKE_tunnel_state), "tunnel.confirmed", "two-way");
    assert_field(last(r, SKE_tunnel_state), "sekimori.certainty", "inferred");
    rig_free(r);
}

static void tunnels_close_in_the_order_they_began(void **state) {
    (void)state;
    struct rig *r = rig_new();
    for (unsigned i = 0; i < 20; i++) {
        char peer[32];
        snprintf(peer, sizeof peer, "203.0.113.%u", 100 - i);
        struct bytes f = sixin4(HOST, peer, "2001:db8::1", "2001:db8::2", ECHO);
        rig_frame(r, f.b, f.n);
    }
    struct bytes again = sixin4(HOST, "203.0.113.100", "2001:db8::1", "2001:db8::2", ECHO);
    rig_frame(r, again.b, again.n);
    rig_clear(r);
    rig_flush(r, 2000 * SK_SEC);
    assert_int_equal(rig_count(r, SKE_tunnel_state), 20);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(rig_event(r, SKE_tunnel_state, i)->sub, i + 1);
    rig_free(r);
}

static void plain_traffic_is_no_tunnel(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("2001:db8::1", "2001:db8::2", 64, ECHO);
    rig_frame(r, f.b, f.n);
    struct bytes junk = rig_hex("60 01 02 03"), udp = rig_udp(51000, 3544, &junk);
    f = v4(HOST, PEER, 17, &udp);
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_tunnel_frame), 0);
    assert_int_equal(r->counts.events[SKE_tunnel_state], 0);
    rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tunnel_grows_from_attempt_to_two_way_and_closes_when_idle),
        cmocka_unit_test(answers_of_others_or_too_late_confirm_nothing),
        cmocka_unit_test(solicitations_in_a_tunnel_are_an_attempt),
        cmocka_unit_test(a_truncated_inner_packet_is_still_an_attempt),
        cmocka_unit_test(which_end_is_ours_and_who_began),
        cmocka_unit_test(the_address_inside_a_6to4_address_is_judged),
        cmocka_unit_test(a_teredo_client_qualifies_at_its_server),
        cmocka_unit_test(captured_tunnels_are_what_their_bytes_say),
        cmocka_unit_test(a_tunnel_in_a_tunnel_is_two_tunnels),
        cmocka_unit_test(what_is_carried_but_not_decoded_is_two_way_by_inference),
        cmocka_unit_test(tunnels_close_in_the_order_they_began),
        cmocka_unit_test(plain_traffic_is_no_tunnel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
