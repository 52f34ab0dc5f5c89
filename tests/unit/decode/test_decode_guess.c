/* SPDX-License-Identifier: Apache-2.0 */
/** Tunnels that no number names for sure: L2TPv3, TSP, TZSP, foo-over-UDP, GUE, GRE in UDP. */
#include "frame.h"

#include "hex.h"
#include "layers_check.h"

static struct frame f;
static struct sk_layers l;

static void sweep(void) {
    const char *wrong = sk_layers_sweep(frame_bytes(&f), frame_len(&f), 1);
    if (wrong)
        fail_msg("%s", wrong);
}
static void whole(enum sk_tunnel_kind k) {
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    expect_written(&f, &l);
    expect_only(&l, 0);
    sweep();
    if (sk_tunnel_kinds(&l, false) != UINT64_C(1) << k)
        fail_msg("kinds %llx, not %s", (unsigned long long)sk_tunnel_kinds(&l, false), sk_tunnel_kind_name(k));
}
/** Nothing above layer n - 1 is claimed, and nothing is said to be odd. */
static void stops_after(unsigned n) {
    wrap_ether(&f);
    decode_frame(&f, 1, &l);
    assert_int_equal(l.n, n);
    expect_only(&l, 0);
    sweep();
}
static void syn(unsigned version) {
    frame_begin(&f);
    wrap_tcp(&f, 1, 2, 0);
    if (version == 4) {
        wrap_ipv4(&f, 1, 2, 0);
    } else {
        wrap_ipv6(&f, 1, 2);
        fix_upper6(&f, 16);
    }
}
static void in_udp(unsigned port) {
    wrap_udp(&f, 40000, port);
    wrap_ipv4(&f, 3, 4, 0);
}
static void payload(const char *hex) {
    struct sk_hex h = sk_hex_of(hex);
    frame_begin(&f);
    memcpy(frame_room(&f, h.n), h.b, h.n);
}
static void text(const char *head, const char *words) {
    struct sk_hex h = sk_hex_of(head);
    frame_begin(&f);
    memcpy(frame_room(&f, strlen(words)), words, strlen(words));
    memcpy(frame_room(&f, h.n), h.b, h.n);
}

/* --- L2TPv3 --- */

static void l2tpv3_carries_frames_behind_a_cookie_of_any_length(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2u * 3 * 2 * 4 * 2; i++) {
        bool udp = i & 1, sublayer = i / 2 & 1;
        unsigned cookie = 4 * (i / 4 % 3), what = i / 12 % 4;
        syn(i / 48 ? 4 : 6);
        if (what == 0)
            wrap_ether(&f);
        else if (what == 1)
            wrap_ppp(&f, i & 4, false);
        else if (what == 2)
            wrap_chdlc(&f);
        wrap_l2tpv3(&f, udp, cookie, sublayer, 0x01020304);
        if (udp)
            in_udp(1701);
        else
            wrap_ipv6(&f, 3, 4);
        whole(SK_TUN_L2TPV3);
        unsigned at = udp ? 3 : 2;
        assert_int_equal(l.at[at].id, 0x01020304);
        assert_int_equal(l.at[at].hdr_len, (udp ? 8 : 4) + cookie + 4 * sublayer);
        assert_int_equal(l.depth, 1);
    }
}

static void l2tpv3_carries_arp_spanning_tree_and_link_negotiation(void **state) {
    (void)state;
    const struct {
        const char *hex;
        enum sk_proto first;
    } rows[] = {
        {"ffffffffffff 020000000001 0806 0001080006040001 020000000001 0a000001 000000000000 0a000002", SKP_ETHER},
        {"0180c2000000 020000000001 0026 424203 0000000000 8000020000000001 00000000 8000020000000001 8001 0000 1400 "
         "0200"
         "0f00 0000000000000000",
         SKP_ETHER},
        {"ff03 c021 01 01 000a 0506 11223344", SKP_PPP},
        {"8057 01 01 000e 010a 1122334455667788", SKP_PPP},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned cookie = 0; cookie <= 8; cookie += 4) {
            payload(rows[i].hex);
            wrap_l2tpv3(&f, false, cookie, false, 9);
            wrap_ipv4(&f, 1, 2, 0);
            wrap_ether(&f);
            decode_frame(&f, 1, &l);
            assert_true(l.n > 3);
            assert_int_equal(l.at[3].proto, rows[i].first);
            assert_int_equal(l.at[2].hdr_len, 4 + cookie);
            sweep();
        }
}

static void what_an_l2tpv3_session_carries_is_not_claimed_without_proof(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        syn(i < 2 ? 4 : 6);
        if (i == 0)
            frame_bytes(&f)[11] ^= 1; /* header checksum */
        else if (i == 1)
            frame_bytes(&f)[3]++; /* total length */
        else if (i == 2)
            frame_bytes(&f)[5]++; /* payload length */
        else
            frame_bytes(&f)[6] = 200; /* next header nobody has */
        wrap_ether(&f);
        wrap_l2tpv3(&f, false, 4, false, 9);
        wrap_ipv4(&f, 1, 2, 0);
        stops_after(3);
        assert_int_equal(l.at[2].flags, SK_LAYER_TUNNEL);
        assert_int_equal(sk_tunnel_kind(&l, 2), SK_TUN_L2TPV3);
        assert_int_equal(l.at[2].hdr_len, 4);
    }
}

static void l2tpv3_control_is_a_layer_and_no_tunnel(void **state) {
    (void)state;
    for (unsigned udp = 0; udp < 2; udp++) {
        payload(udp ? "c803 0014 00000000 0000 0000 8008 0000 0000 0001"
                    : "00000000 c803 0014 00000000 0000 0000 8008 0000 0000 0001");
        if (udp)
            in_udp(1701);
        else {
            f.ipproto = 115;
            wrap_ipv4(&f, 1, 2, 0);
        }
        stops_after(udp ? 4 : 3);
        assert_int_equal(l.at[l.n - 1].proto, SKP_L2TPV3);
        assert_int_equal(l.depth, 0);
    }
}

static void other_traffic_on_the_l2tp_port_is_left_alone(void **state) {
    (void)state;
    static const char *const rows[] = {"00030001 00000001 0102030405060708", /* reserved bits */
                                       "00030000 00000000 0102030405060708", /* session 0 */
                                       "c803 0040 00000000 00000000",        /* longer than the datagram */
                                       "8003 000c 00000000 00000000",        /* control without length and sequence */
                                       "0003",
                                       "00"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        payload(rows[i]);
        in_udp(1701);
        stops_after(3);
    }
}

/* --- TSP --- */

static void tsp_carries_ipv6_at_once_and_signalling_behind_a_header(void **state) {
    (void)state;
    syn(6);
    in_udp(3653);
    whole(SK_TUN_TSP);
    char path[64];
    sk_tunnel_path(&l, l.n, path, sizeof path);
    assert_string_equal(path, "eth/ip4/udp/tsp/ip6/tcp");
    static const char *const words[] = {"VERSION=2.0.0\r\n", "CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS\r\n",
                                        "AUTHENTICATE ANONYMOUS\r\n", "200 Success\r\n",
                                        "Content-length: 20\r\n<tunnel action=\"create\""};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        text("f0000001 12345678", words[i]);
        in_udp(3653);
        stops_after(4);
        assert_int_equal(l.at[3].proto, SKP_TSP);
        assert_int_equal(l.at[3].hdr_len, 8);
        assert_int_equal(sk_tunnel_kind(&l, 3), SK_TUN_TSP);
    }
}

static void other_traffic_on_the_tsp_port_is_left_alone(void **state) {
    (void)state;
    text("f0000001 12345678", "HELLO\r\n");
    in_udp(3653);
    stops_after(3);
    text("e0000001 12345678", "VERSION=2.0.0\r\n");
    in_udp(3653);
    stops_after(3);
    text("", "VERSION=2.0.0\r\n");
    in_udp(3653);
    stops_after(3);
    syn(6);
    frame_room(&f, 0);
    frame_bytes(&f)[5]++;
    in_udp(3653);
    stops_after(3);
}

/* --- mirrors --- */

static void tzsp_carries_the_frames_of_a_mirror(void **state) {
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        syn(i & 1 ? 4 : 6);
        wrap_ether(&f);
        wrap_tzsp(&f, 1, i & 2, i & 4);
        in_udp(37008);
        whole(SK_TUN_TZSP);
        assert_int_equal(l.at[3].id, 1);
    }
    syn(6);
    wrap_snap(&f);
    wrap_wlan(&f, 1, true, false, false);
    wrap_tzsp(&f, 18, 0, 0);
    in_udp(37008);
    whole(SK_TUN_TZSP);
}

static void tzsp_keepalives_carry_nothing_and_other_traffic_is_left_alone(void **state) {
    (void)state;
    payload("01 04 0001 01");
    in_udp(37008);
    stops_after(4);
    assert_int_equal(l.depth, 0);
    static const char *const rows[] = {"02 00 0001 01 ffffffffffff 020000000001 0800 45",    /* version */
                                       "01 00 0002 01 ffffffffffff 020000000001 0800 45",    /* token ring */
                                       "01 02 0001 01 ffffffffffff 020000000001 0800 45",    /* type */
                                       "01 00 0001 29 ff ffffffffffff 020000000001 0800",    /* tag runs out */
                                       "01 00 0001 00 00 00",                                /* no end */
                                       "01 00 0001 01 ffffffffffff 020000000001 ffff 4500"}; /* no such EtherType */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        payload(rows[i]);
        in_udp(37008);
        stops_after(3);
    }
}

static void erspan_type_one_has_its_name_without_a_header_of_its_own(void **state) {
    (void)state;
    for (unsigned v6 = 0; v6 < 2; v6++) {
        syn(6);
        wrap_ether(&f);
        f.ethertype = 0x88be;
        wrap_gre(&f, false, false, false, 0);
        if (v6)
            wrap_ipv6(&f, 1, 2);
        else
            wrap_ipv4(&f, 1, 2, 0);
        whole(SK_TUN_ERSPAN);
    }
}

/* --- IP in UDP --- */

static void ip_in_udp_on_any_port_proves_itself(void **state) {
    (void)state;
    for (unsigned port = 0; port < 3; port++) {
        static const unsigned ports[] = {5555, 4789, 53}; /* one that nobody has, one of VXLAN, one of DNS */
        syn(4);
        in_udp(ports[port]);
        whole(SK_TUN_FOU);
        syn(6);
        in_udp(ports[port]);
        whole(SK_TUN_FOU);
        char path[64];
        sk_tunnel_path(&l, l.n, path, sizeof path);
        assert_string_equal(path, "eth/ip4/udp/fou/ip6/tcp");
    }
}

/* An extension header is what hides a router advertisement from guards: the sum behind it proves the packet. */
static void ip_in_udp_proves_itself_behind_options(void **state) {
    (void)state;
    for (unsigned wrong = 0; wrong < 2; wrong++) {
        uint8_t sum[2];
        syn(6);
        memcpy(sum, frame_bytes(&f) + 56, 2);
        frame_begin(&f);
        wrap_tcp(&f, 1, 2, 0);
        wrap_ext(&f, SKP_DSTOPTS, 60, 1);
        memcpy(frame_bytes(&f) + 2, "\1\014", 2); /* PadN over the rest */
        wrap_ext(&f, SKP_HOPOPTS, 0, 0);
        memcpy(frame_bytes(&f) + 2, "\1\004", 2);
        wrap_ipv6(&f, 1, 2);
        memcpy(frame_bytes(&f) + 40 + 8 + 16 + 16, sum, 2);
        frame_bytes(&f)[40 + 8 + 16 + 16] ^= (uint8_t)wrong;
        in_udp(5555);
        if (wrong)
            stops_after(3);
        else
            whole(SK_TUN_FOU);
    }
}

static void ip_in_udp_without_proof_is_payload(void **state) {
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        syn(i < 3 ? 4 : 6);
        uint8_t *h = frame_bytes(&f);
        if (i == 0)
            h[10] ^= 1; /* header checksum */
        else if (i == 1)
            h[3]--; /* shorter than the datagram */
        else if (i == 2)
            h[0] = 0x46;
        else if (i == 3)
            h[56] ^= 1; /* checksum of the upper layer */
        else if (i == 4)
            h[6] = 59;
        else
            h[5]--;
        in_udp(5555);
        stops_after(3);
    }
}

static void a_tunnel_hides_on_no_other_protocols_port(void **state) {
    (void)state;
    static const unsigned ports[] = {1701, 2152, 3653, 4341, 4754, 4789, 5072, 5246, 5247, 6080, 6081, 37008};
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        syn(6);
        put32(frame_bytes(&f) + 8, 0x20010000); /* a Teredo address */
        wrap_teredo(&f, i & 1, i & 2);
        in_udp(ports[i]);
        whole(SK_TUN_TEREDO);
    }
}

static void gue_carries_ip_behind_its_options(void **state) {
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        syn(i & 1 ? 4 : 6);
        wrap_gue(&f, i);
        in_udp(6080);
        whole(SK_TUN_GUE);
    }
    syn(4);
    wrap_gue(&f, 0);
    frame_bytes(&f)[0] |= 0x20; /* control */
    in_udp(6080);
    stops_after(3);
    syn(4);
    wrap_gue(&f, 0);
    frame_bytes(&f)[1] = 6;
    in_udp(6080);
    stops_after(3);
}

static void gre_in_udp_is_tested_since_a_port_is_no_proof(void **state) {
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        syn(6);
        if (i & 8)
            wrap_ether(&f);
        wrap_gre(&f, i & 1, i & 2, i & 4, 0x1000);
        in_udp(4754);
        wrap_ether(&f);
        decode_frame(&f, 1, &l);
        expect_written(&f, &l);
        expect_only(&l, 0);
        sweep();
        assert_int_equal(sk_tunnel_kind(&l, 3), (i & 10) == 10 ? SK_TUN_NVGRE : SK_TUN_GRE);
    }
    for (unsigned i = 0; i < 4; i++) {
        syn(6);
        wrap_gre(&f, false, false, false, 0);
        uint8_t *h = frame_bytes(&f);
        if (i == 0)
            put16(h, 0x4000);
        else if (i == 1)
            put16(h, 0x0008);
        else if (i == 2)
            put16(h + 2, 0x1234);
        else
            h[4 + 5]++; /* payload length inside */
        in_udp(4754);
        stops_after(3);
    }
}

/* --- IPv4 in IPv6 by its addresses --- */

static void addresses_tell_ds_lite_and_map_e(void **state) {
    (void)state;
    const struct {
        uint32_t src, dst;
        enum sk_tunnel_kind kind;
    } rows[] = {{0xc0000002, 0xcb007105, SK_TUN_DSLITE}, {0xcb007105, 0xc0000001, SK_TUN_DSLITE},
                {0xc0000008, 0xcb007105, SK_TUN_4IN6},   {0x0a000001, 0xcb007105, SK_TUN_4IN6},
                {0xc6336407, 0xcb007105, SK_TUN_MAPE},   {0xcb007105, 0xc6336407, SK_TUN_MAPE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        frame_begin(&f);
        wrap_tcp(&f, 1, 2, 0);
        wrap_ipv4(&f, rows[i].src, rows[i].dst, 0);
        wrap_ipv6(&f, 1, 2);
        unsigned end = rows[i].src == 0xc6336407 ? 8 : 24; /* 2001:db8::[0000 c633 6407 0034] */
        put32(frame_bytes(&f) + end + 8, 0x0000c633);
        put32(frame_bytes(&f) + end + 12, 0x64070034);
        whole(rows[i].kind);
    }
}

/* --- chance --- */

static uint64_t state64;
static uint64_t next64(void) {
    uint64_t z = (state64 += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/** Nothing but random bytes, and on every port that names a tunnel; the first byte is one that passes cheap tests. */
static void random_payloads_are_no_tunnel_on_ports_without_a_name(void **state) {
    (void)state;
    static const unsigned ports[] = {51000, 3653, 4754, 6080, 37008};
    uint8_t b[42 + 256];
    unsigned hits = 0;
    frame_begin(&f);
    frame_room(&f, 256);
    in_udp(51000);
    wrap_ether(&f);
    memcpy(b, frame_bytes(&f), sizeof b);
    for (unsigned i = 0; i < 400000; i++) {
        for (unsigned k = 42; k + 8 <= sizeof b; k += 8) {
            uint64_t r = next64();
            memcpy(b + k, &r, 8);
        }
        put16(b + 36, ports[i % 5]);
        b[42] = (uint8_t)(i % 3 == 0 ? 0x60 | (b[42] & 15) : i % 3 == 1 ? 0x45 : b[42]);
        struct sk_packet p = {.data = b, .caplen = sizeof b, .wirelen = sizeof b, .linktype = 1};
        sk_decode(&p, &l);
        hits += l.depth > 0;
    }
    assert_int_equal(hits, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(l2tpv3_carries_frames_behind_a_cookie_of_any_length),
        cmocka_unit_test(l2tpv3_carries_arp_spanning_tree_and_link_negotiation),
        cmocka_unit_test(what_an_l2tpv3_session_carries_is_not_claimed_without_proof),
        cmocka_unit_test(l2tpv3_control_is_a_layer_and_no_tunnel),
        cmocka_unit_test(other_traffic_on_the_l2tp_port_is_left_alone),
        cmocka_unit_test(tsp_carries_ipv6_at_once_and_signalling_behind_a_header),
        cmocka_unit_test(other_traffic_on_the_tsp_port_is_left_alone),
        cmocka_unit_test(tzsp_carries_the_frames_of_a_mirror),
        cmocka_unit_test(tzsp_keepalives_carry_nothing_and_other_traffic_is_left_alone),
        cmocka_unit_test(erspan_type_one_has_its_name_without_a_header_of_its_own),
        cmocka_unit_test(ip_in_udp_on_any_port_proves_itself),
        cmocka_unit_test(ip_in_udp_proves_itself_behind_options),
        cmocka_unit_test(ip_in_udp_without_proof_is_payload),
        cmocka_unit_test(a_tunnel_hides_on_no_other_protocols_port),
        cmocka_unit_test(gue_carries_ip_behind_its_options),
        cmocka_unit_test(gre_in_udp_is_tested_since_a_port_is_no_proof),
        cmocka_unit_test(addresses_tell_ds_lite_and_map_e),
        cmocka_unit_test(random_payloads_are_no_tunnel_on_ports_without_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
