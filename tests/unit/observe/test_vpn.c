/* SPDX-License-Identifier: Apache-2.0 */
/* VPNs by their handshakes: a question alone, an answer that fits, one that does not; what only looks alike. */
#include "rig.h"

#define HOST   "10.0.0.5"
#define PEER   "203.0.113.7"
#define CLIENT "c1020304 05060708"
#define SERVER "5e020304 05060709"

/* A UDP payload: hex, then filled up to n bytes. */
static struct bytes datagram(bool out, uint16_t port, const char *hex, size_t n) {
    struct bytes m = rig_hex(hex);
    while (m.n < n) {
        m.b[m.n] = (uint8_t)(0x40 + m.n % 32);
        m.n++;
    }
    struct bytes udp = out ? rig_udp(40000, port, &m) : rig_udp(port, 40000, &m);
    struct bytes ip = out ? rig_ip4(HOST, PEER, 17, &udp) : rig_ip4(PEER, HOST, 17, &udp);
    return rig_eth(0x0800, &ip);
}

static void send_at(struct rig *r, sk_time ts, bool out, uint16_t port, const char *hex, size_t n) {
    struct bytes f = datagram(out, port, hex, n);
    rig_frame_at(r, f.b, f.n, f.n, ts);
}

static const struct sk_event *last(const struct rig *r) {
    unsigned n = rig_count(r, SKE_tunnel_state);
    if (n == 0)
        fail_msg("no tunnel.state");
    return rig_event(r, SKE_tunnel_state, n - 1);
}

static void told(const struct rig *r, const char *kind, const char *confirmed, const char *handshake,
                 const char *conf) {
    const struct sk_event *ev = last(r);
    assert_field(ev, "tunnel.kind", kind);
    assert_field(ev, "tunnel.confirmed", confirmed);
    assert_field(ev, "vpn.handshake", handshake);
    assert_field(ev, "sekimori.confidence", conf);
    assert_field(ev, "tunnel.inside.ip", HOST);
    assert_field(ev, "tunnel.outer.peer.ip", PEER);
}

/* What the asker says, the answer, and a third packet where one is needed; n: bytes. */
struct row {
    const char *kind, *ask, *answer, *third;
    size_t n_ask, n_answer, n_third;
    uint16_t port;
    const char *alone, *both;
};
static const struct row rows[] = {
    {"wireguard", "01000000 aa010203", "02000000 bb010203 aa010203", NULL, 148, 92, 0, 51820, "80", "98"},
    {"wireguard", "01000000 aa010203", "03000000 aa010203", NULL, 148, 64, 0, 53, "80", "98"},
    {"openvpn", "38 " CLIENT " 00 00000000", "40 " SERVER " 01 00000000 " CLIENT " 00000000", NULL, 14, 26, 0, 1194,
     "50", "98"},
    {"openvpn", "38 " CLIENT " 00000001 65000000", "40 " SERVER " 00000001 65000000", "28 " CLIENT, 54, 66, 40, 443,
     "50", "95"},
    {"ipsec", "1111111111111111 0000000000000000 21202208 00000000 00000060",
     "1111111111111111 2222222222222222 21202220 00000000 00000060", NULL, 96, 96, 0, 500, "90", "98"},
    {"ipsec", "00000000 1111111111111111 0000000000000000 01100200 00000000 00000060",
     "00000000 1111111111111111 2222222222222222 01100200 00000000 00000060", NULL, 100, 100, 0, 4500, "90", "98"},
    {"l2tp", "c802 0014 0000 0000 0000 0000 8008 0000 0000 0001", "c802 0014 0007 0000 0000 0001 8008 0000 0000 0002",
     NULL, 20, 20, 0, 1701, "90", "98"},
    {"zerotier",
     "0001020304050607 7788990011 1a2b3c4d5e 00 0000000000000000 01 0b010a0002 0000000000000000 1a2b3c4d5e 00",
     "0001020304050607 1a2b3c4d5e 7788990011 08", NULL, 120, 80, 0, 9993, "95", "95"},
    {"zerotier",
     "0001020304050607 7788990011 1a2b3c4d5e 00 0000000000000000 01 0b010a0002 0000000000000000 1a2b3c4d5e 00",
     "5551020304050607 1a2b3c4d5e 7788990011 08", NULL, 120, 80, 0, 29994, "95", "95"}, /* any port */
    {"tailscale", "5453f09f92ac", "5453f09f92ac", NULL, 106, 106, 0, 41641, "95", "95"},
    {"nebula", "10000000 00000000 0000000000000001", "10000000 01020304 0000000000000002", NULL, 120, 120, 0, 4242,
     "80", "95"},
    {"dtls-vpn", "16 fefd 0000 000000000000 0050 01", "16 fefd 0000 000000000000 0050 02", NULL, 93, 93, 0, 443, "70",
     "70"},
    {"dtls-vpn", "16 0100 0000 000000000000 0050 01", "16 0100 0000 000000000000 0050 03", NULL, 93, 93, 0, 443, "90",
     "90"},
};

static void a_question_is_an_attempt_and_its_answer_an_exchange(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *w = &rows[i];
        struct rig *r = rig_new();
        send_at(r, 100 * SK_SEC, true, w->port, w->ask, w->n_ask);
        told(r, w->kind, "attempt", "asked", w->alone);
        assert_field(last(r), "tunnel.direction", "outbound");
        send_at(r, 101 * SK_SEC, false, w->port, w->answer, w->n_answer);
        if (w->third) {
            told(r, w->kind, "attempt", "answered", w->alone);
            send_at(r, 102 * SK_SEC, true, w->port, w->third, w->n_third);
        }
        told(r, w->kind, "two-way", "complete", w->both);
        unsigned n = rig_count(r, SKE_tunnel_state);
        rig_tick(r, 2000 * SK_SEC);
        assert_int_equal(rig_count(r, SKE_tunnel_state), n + 1);
        assert_field(last(r), "tunnel.state", "closed");
        struct bytes ask = datagram(true, w->port, w->ask, w->n_ask),
                     answer = datagram(false, w->port, w->answer, w->n_answer);
        rig_sweep(&ask);
        rig_sweep(&answer);
        rig_free(r);
    }
}

static void an_answer_without_a_question_too_late_or_to_another_is_none(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *w = &rows[i];
        bool greets = strcmp(w->kind, "tailscale") == 0; /* both sides say the same */
        struct rig *r = rig_new();
        send_at(r, 100 * SK_SEC, false, w->port, w->answer, w->n_answer);
        assert_int_equal(rig_count(r, SKE_tunnel_state), greets);
        rig_free(r);
        r = rig_new();
        send_at(r, 100 * SK_SEC, true, w->port, w->ask, w->n_ask);
        send_at(r, 111 * SK_SEC, false, w->port, w->answer, w->n_answer);
        told(r, w->kind, "attempt", "asked", w->alone);
        rig_free(r);
    }
    struct rig *r = rig_new();
    send_at(r, 100 * SK_SEC, true, 51820, "01000000 aa010203", 148);
    send_at(r, 101 * SK_SEC, false, 51820, "02000000 bb010203 aa010204", 92);
    told(r, "wireguard", "attempt", "asked", "80");
    rig_free(r);
    r = rig_new();
    send_at(r, 100 * SK_SEC, true, 29994,
            "0001020304050607 7788990011 1a2b3c4d5e 00 0000000000000000 01 0b010a0002 0000000000000000 1a2b3c4d5e 00",
            120);
    send_at(r, 101 * SK_SEC, false, 29994, "5551020304050607 1a2b3c4d5f 7788990011 08", 80); /* to another */
    told(r, "zerotier", "attempt", "asked", "95");
    rig_free(r);
}

/* ZeroTier's HELLO to PEER on no port of its own, and what answers it. */
static void send_hello(struct rig *r, sk_time ts, const char *host) {
    struct bytes m = rig_hex("0001020304050607 7788990011 1a2b3c4d5e 00 0000000000000000 01 0b010a0002"
                             "0000000000000000 1a2b3c4d5e 00");
    memset(m.b + m.n, 0x40, 120 - m.n);
    m.n = 120;
    struct bytes udp = rig_udp(40000, 29994, &m), ip = rig_ip4(host, PEER, 17, &udp), f = rig_eth(0x0800, &ip);
    rig_frame_at(r, f.b, f.n, f.n, ts);
}

#define OK_HELLO "5551020304050607 1a2b3c4d5e 7788990011 08"

/* Whatever else the two say to each other is no tunnel's: neither by what this pair asked nor by what another did. */
static void what_a_pair_says_otherwise_is_not_zerotiers(void **state) {
    (void)state;
    for (unsigned with_answer = 0; with_answer < 2; with_answer++) {
        struct rig *r = rig_new();
        send_hello(r, 100 * SK_SEC, HOST);
        send_at(r, 101 * SK_SEC, false, 8000, "5551020304050607", 900);
        send_at(r, 101 * SK_SEC, true, 8000, "5551020304050607", 900);
        send_at(r, 101 * SK_SEC, true, 8000, OK_HELLO, 900); /* the asker's own */
        told(r, "zerotier", "attempt", "asked", "95");
        if (with_answer) {
            send_at(r, 102 * SK_SEC, false, 29994, OK_HELLO, 80);
            told(r, "zerotier", "two-way", "complete", "95");
            send_at(r, 103 * SK_SEC, false, 29994, OK_HELLO, 80); /* asked once, answered once */
        }
        send_hello(r, 109 * SK_SEC, "10.0.0.6");
        unsigned n = rig_count(r, SKE_tunnel_state);
        for (unsigned k = 0; k < 8; k++)
            send_at(r, (110 + k) * SK_SEC, k % 2 == 0, 8000, "5551020304050607", 900);
        if (!with_answer)
            send_at(r, 118 * SK_SEC, false, 29994, OK_HELLO, 80); /* too late, whoever asked since */
        assert_int_equal(rig_count(r, SKE_tunnel_state), n);
        rig_tick(r, 1906 * SK_SEC); /* half an hour after the handshake, not after the rest */
        assert_int_equal(rig_count(r, SKE_tunnel_state), n + 1);
        assert_field(last(r), "tunnel.state", "closed");
        assert_field(last(r), "source.ip", HOST);
        assert_field(last(r), "tunnel.bytes_out", "148");
        assert_field(last(r), "tunnel.bytes_in", with_answer ? "108" : "0");
        assert_field(last(r), "network.packets", with_answer ? "2" : "1");
        rig_free(r);
    }
}

/* The clock of the capture went back: that another asked later does not hide an answer. */
static void an_answer_is_found_whenever_others_asked(void **state) {
    (void)state;
    static const unsigned others[] = {99, 100, 109, 500};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct rig *r = rig_new();
        send_hello(r, 100 * SK_SEC, HOST);
        send_hello(r, others[i] * SK_SEC, "10.0.0.6");
        send_at(r, 101 * SK_SEC, false, 29994, OK_HELLO, 80);
        told(r, "zerotier", "two-way", "complete", "95");
        rig_free(r);
    }
}

static void one_side_that_goes_on_was_answered(void **state) {
    (void)state;
    struct rig *r = rig_new();
    send_at(r, 100 * SK_SEC, true, 1194, "38 " CLIENT " 00 00000000", 14);
    send_at(r, 101 * SK_SEC, true, 1194, "20 " SERVER, 60); /* another session */
    told(r, "openvpn", "attempt", "asked", "50");
    send_at(r, 102 * SK_SEC, true, 1194, "20 " CLIENT, 60);
    told(r, "openvpn", "one-way", "asked", "85");
    assert_field(last(r), "sekimori.certainty", "inferred");
    rig_free(r);
}

static void ipsec_data_of_both_ways_is_inferred_to_belong_together(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes esp = rig_hex("00001000 00000001 0102030405060708090a0b0c"), out = rig_ip4(HOST, PEER, 50, &esp),
                 back = rig_ip4(PEER, HOST, 50, &esp);
    out = rig_eth(0x0800, &out);
    back = rig_eth(0x0800, &back);
    rig_frame_at(r, out.b, out.n, out.n, 100 * SK_SEC);
    told(r, "ipsec", "one-way", "none", "95");
    rig_frame_at(r, back.b, back.n, back.n, 161 * SK_SEC);
    told(r, "ipsec", "one-way", "none", "95");
    rig_frame_at(r, out.b, out.n, out.n, 170 * SK_SEC);
    told(r, "ipsec", "two-way", "none", "95");
    assert_field(last(r), "sekimori.certainty", "inferred");
    assert_field(last(r), "tunnel.bytes_out", "80");
    assert_field(last(r), "tunnel.bytes_in", "40");
    rig_sweep(&out);
    rig_free(r);
    r = rig_new(); /* a routing protocol's, on the link */
    struct bytes group = rig_ip6("fe80::1", "ff02::5", 1, 50, &esp), link = rig_ip6("fe80::1", "fe80::2", 1, 50, &esp);
    group = rig_eth(0x86dd, &group);
    link = rig_eth(0x86dd, &link);
    rig_frame(r, group.b, group.n);
    rig_frame(r, link.b, link.n);
    assert_int_equal(rig_count(r, SKE_tunnel_state), 0);
    rig_free(r);
}

static void over_tcp(struct rig *r, bool out, const char *hex, size_t n) {
    struct bytes head = rig_hex("9c40 06bb 00000001 00000001 5018 ffff 0000 0000"), m = rig_hex(hex);
    if (!out) {
        head.b[0] = 0x06, head.b[1] = 0xbb;
        head.b[2] = 0x9c, head.b[3] = 0x40;
    }
    for (; m.n < n; m.n++)
        m.b[m.n] = 0;
    struct bytes tcp = rig_join(&head, &m), ip = out ? rig_ip4(HOST, PEER, 6, &tcp) : rig_ip4(PEER, HOST, 6, &tcp);
    ip = rig_eth(0x0800, &ip);
    rig_frame(r, ip.b, ip.n);
}

static void over_tcp_too(void **state) {
    (void)state;
    static const struct {
        const char *kind, *ask, *answer;
        size_t n_ask, n_answer;
        const char *conf;
    } tcp[] = {
        {"pptp", "009c 0001 1a2b3c4d 0001", "009c 0001 1a2b3c4d 0002", 156, 156, "98"},
        {"tinc", "30206f66666963652031372e370a", "3020686f6d652031372e370a", 0, 0, "90"},
        {"openvpn", "000e 38 " CLIENT " 00 00000000", "001a 40 " SERVER " 01 00000000 " CLIENT " 00000000", 0, 0, "98"},
    };
    for (size_t i = 0; i < sizeof tcp / sizeof *tcp; i++) {
        struct rig *r = rig_new();
        over_tcp(r, true, tcp[i].ask, tcp[i].n_ask);
        assert_field(last(r), "tunnel.confirmed", "attempt");
        over_tcp(r, false, tcp[i].answer, tcp[i].n_answer);
        told(r, tcp[i].kind, "two-way", "complete", tcp[i].conf);
        rig_free(r);
    }
}

static void what_only_looks_alike_is_none(void **state) {
    (void)state;
    static const struct {
        uint16_t port;
        const char *hex;
        size_t n;
    } none[] = {
        {3478, "0001 0000 2112a442 0102030405060708090a0b0c", 20}, /* STUN */
        {16384, "8060 0001 00000001 00000001", 172},               /* RTP */
        {443, "c3 00000001 08 8394c8f03e515708 00", 1200},         /* QUIC */
        {443, "50 0102030405060708 090a0b0c", 60},                 /* its short header */
        {53, "0102 0100 0001 0000 0000 0000 03777777 076578616d706c65 00 0001 0001", 0},
        {27015, "38 0102030405060708 090a0b0c", 42},
        {51820, "01000000 aa010203", 147},
        {51820, "01000001 aa010203", 148},
        {500, "1111111111111111 0000000000000000 21202208 00000000 00000061", 96}, /* length */
        {1701, "c802 0015 0000 0000 0000 0000 8008 0000 0000 0001", 20},
        {5000, "16 fefd 0000 000000000000 0050 01", 93},                          /* DTLS of a call */
        {7000, "bfcdb4be1b557a5c000001230000000100 0001b1010501028b2d0001", 108}, /* AFS */
    };
    struct rig *r = rig_new();
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        send_at(r, 100 * SK_SEC, true, none[i].port, none[i].hex, none[i].n);
        send_at(r, 100 * SK_SEC, false, none[i].port, none[i].hex, none[i].n);
        if (rig_count(r, SKE_tunnel_state))
            fail_msg("row %zu", i);
    }
    rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_an_attempt_and_its_answer_an_exchange),
        cmocka_unit_test(an_answer_without_a_question_too_late_or_to_another_is_none),
        cmocka_unit_test(what_a_pair_says_otherwise_is_not_zerotiers),
        cmocka_unit_test(an_answer_is_found_whenever_others_asked),
        cmocka_unit_test(one_side_that_goes_on_was_answered),
        cmocka_unit_test(ipsec_data_of_both_ways_is_inferred_to_belong_together),
        cmocka_unit_test(over_tcp_too),
        cmocka_unit_test(what_only_looks_alike_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
