/* SPDX-License-Identifier: Apache-2.0 */
/* Transition mechanisms by address and by policy: 6rd, DS-Lite, MAP-E, NAT64; what sets tunnels up (TSP); keys, loops.
 */
#include "rig.h"

#define HOST "10.0.0.5"
#define PEER "203.0.113.7"
#define ECHO "80 00 0000 0001 0001 01020304"

static struct bytes v4(const char *src, const char *dst, uint8_t proto, const struct bytes *payload) {
    struct bytes ip = rig_ip4(src, dst, proto, payload);
    return rig_eth(0x0800, &ip);
}
static struct bytes v6(const char *src, const char *dst, uint8_t proto, const struct bytes *payload) {
    struct bytes ip = rig_ip6(src, dst, 64, proto, payload);
    return rig_eth(0x86dd, &ip);
}
static struct bytes echo6(const char *src, const char *dst) {
    struct bytes m = rig_hex(ECHO);
    return rig_ip6(src, dst, 64, 58, &m);
}
static struct bytes ping4(const char *src, const char *dst) {
    struct bytes m = rig_hex("08 00 f7fd 0001 0001");
    return rig_ip4(src, dst, 1, &m);
}

static const struct sk_policy *policy(const char *text) {
    char whole[1024];
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    int n = snprintf(whole, sizeof whole, "sekimori-policy: 1\n%s", text);
    if (sk_policy_parse("p.yml", whole, (size_t)n, &p, &diags) != SK_OK)
        fail_msg("%s", diags.n ? sk_diag_text(&diags.at[0]) : "policy");
    sk_diags_free(&diags);
    return p;
}

static const struct sk_event *last(const struct rig *r, enum sk_event_type type) {
    unsigned n = rig_count(r, type);
    if (n == 0)
        fail_msg("no %s", sk_events[type].name);
    return rig_event(r, type, n - 1);
}

/* --- names --- */

static void a_6rd_domain_of_the_policy_names_the_tunnel_and_judges_the_address(void **state) {
    (void)state;
    const struct sk_policy *p = policy("tunnels:\n"
                                       "  - {kind: 6rd, remote: 203.0.113.7, prefix: \"2001:db8::/32\"}\n"
                                       "  - {kind: 6rd, prefix: \"2001:dba:4000::/36\", ipv4_mask_len: 8}\n");
    static const struct {
        const char *osrc, *odst, *src, *dst, *kind, *embedded, *verdict;
    } rows[] = {
        {HOST, PEER, "2001:db8:a00:5::1", "2600::1", "6rd", HOST, "match"},
        {PEER, HOST, "2600::1", "2001:db8:a00:5::1", "6rd", HOST, "match"},
        {HOST, PEER, "2001:db8:a00:6::1", "2600::1", "6rd", "10.0.0.6", "mismatch"},
        {HOST, PEER, "2001:dba:4000:50::1", "2600::1", "6rd", HOST, "match"},
        {"10.255.1.5", PEER, "2001:dba:4ff0:1050::1", "2600::1", "6rd", "10.255.1.5", "match"},
        {HOST, PEER, "2001:dbb::1", "2600::1", "6in4", "", ""},
        {HOST, PEER, "2002:a00:5::1", "2600::1", "6to4", HOST, "bogus"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *r = rig_new();
        r->o.policy = p;
        struct bytes in = echo6(rows[i].src, rows[i].dst), f = v4(rows[i].osrc, rows[i].odst, 41, &in);
        rig_frame(r, f.b, f.n);
        const struct sk_event *ev = last(r, SKE_tunnel_state);
        assert_field(ev, "tunnel.kind", rows[i].kind);
        assert_field(ev, "tunnel.embedded.ipv4", rows[i].embedded);
        assert_field(ev, "tunnel.embedded.verdict", rows[i].verdict);
        assert_field(ev, "tunnel.inner.type", "ipv6");
        assert_field(last(r, SKE_icmpv6_echo), "tunnel.kind", rows[i].kind);
        rig_free(r);
    }
    struct rig *r = rig_new(); /* without a policy it is protocol 41 */
    struct bytes in = echo6("2001:db8:a00:5::1", "2600::1"), f = v4(HOST, PEER, 41, &in);
    rig_frame(r, f.b, f.n);
    assert_field(last(r, SKE_tunnel_state), "tunnel.kind", "6in4");
    rig_free(r);
    sk_policy_free(p);
}

static void ipv4_in_ipv6_has_the_name_its_addresses_or_the_policy_give(void **state) {
    (void)state;
    const struct sk_policy *p = policy("tunnels:\n"
                                       "  - {kind: lw4o6, remote: \"2001:db8:a::1\"}\n"
                                       "  - {kind: ds-lite, remote: \"2001:db8:b::1\"}\n");
    static const struct {
        const char *osrc, *odst, *src, *kind, *embedded;
    } rows[] = {
        {"2001:db8::5", "2001:db8::1", "192.168.0.9", "4in6", ""},
        {"2001:db8::5", "2001:db8::1", "192.0.0.2", "ds-lite", ""},
        {"2001:db8::5", "2001:db8:b::1", "192.168.0.9", "ds-lite", ""},
        {"2001:db8:12:34:0:c633:6407:34", "2001:db8::1", "198.51.100.7", "map-e", "198.51.100.7"},
        {"2001:db8:12:34:0:c633:6407:34", "2001:db8:a::1", "198.51.100.7", "lw4o6", "198.51.100.7"},
        {"2001:db8:12:34:0:c633:6408:34", "2001:db8::1", "198.51.100.7", "4in6", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *r = rig_new();
        r->o.policy = p;
        struct bytes in = ping4(rows[i].src, "203.0.113.1"), f = v6(rows[i].osrc, rows[i].odst, 4, &in);
        rig_frame(r, f.b, f.n);
        const struct sk_event *ev = last(r, SKE_tunnel_state);
        assert_field(ev, "tunnel.kind", rows[i].kind);
        assert_field(ev, "tunnel.embedded.ipv4", rows[i].embedded);
        assert_field(ev, "tunnel.inner.type", "ipv4");
        rig_free(r);
        rig_sweep(&f);
    }
    sk_policy_free(p);
}

/* --- NAT64 --- */

static void the_ipv4_address_inside_a_nat64_address_is_told(void **state) {
    (void)state;
    const struct sk_policy *p = policy("dns: {nat64_prefixes: [\"2001:db8::/32\", \"2001:db9:100::/40\", "
                                       "\"2001:dba:122::/48\", \"2001:dbb:122:300::/56\", \"2001:dbc:122:344::/64\", "
                                       "\"2001:dbd:122:344::/96\"]}\n");
    static const struct {
        const char *dst, *ip4, *prefix, *origin, *verdict;
    } rows[] = {
        /* RFC 6052 section 2.4 */
        {"2001:db8:c000:221::", "192.0.2.33", "2001:db8::/32", "policy", "ok"},
        {"2001:db9:1c0:2:21::", "192.0.2.33", "2001:db9:100::/40", "policy", "ok"},
        {"2001:dba:122:c000:2:2100::", "192.0.2.33", "2001:dba:122::/48", "policy", "ok"},
        {"2001:dbb:122:3c0:0:221::", "192.0.2.33", "2001:dbb:122:300::/56", "policy", "ok"},
        {"2001:dbc:122:344:c0:2:2100:0", "192.0.2.33", "2001:dbc:122:344::/64", "policy", "ok"},
        {"2001:dbd:122:344::c000:221", "192.0.2.33", "2001:dbd:122:344::/96", "policy", "ok"},
        {"64:ff9b::cb00:7101", "203.0.113.1", "64:ff9b::/96", "well-known", "ok"},
        {"64:ff9b::a00:1", "10.0.0.1", "64:ff9b::/96", "well-known", "not-global"},
        {"64:ff9b:1:abcd::a00:1", "10.0.0.1", "64:ff9b:1:abcd::/96", "local-use", "ok"},
        {"64:ff9b:1:cb00:71:100::", "203.0.113.1", "64:ff9b:1::/48", "local-use", "ok"},
        {"2001:db8:c000:221:100::", "", "", "", ""}, /* bits 64 to 71 */
        {"64:ff9b:2::a00:1", "", "", "", ""},
        {"2001:dbe::1", "", "", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig *r = rig_new();
        r->o.policy = p;
        struct bytes ip = echo6("2600::5", rows[i].dst), f = rig_eth(0x86dd, &ip);
        rig_frame(r, f.b, f.n);
        const struct sk_event *ev = last(r, SKE_icmpv6_echo);
        assert_field(ev, "destination.nat.ip", rows[i].ip4);
        assert_field(ev, "source.nat.ip", "");
        assert_field(ev, "nat64.prefix", rows[i].prefix);
        assert_field(ev, "nat64.origin", rows[i].origin);
        assert_field(ev, "nat64.verdict", rows[i].verdict);
        ip = echo6(rows[i].dst, "2600::5");
        f = rig_eth(0x86dd, &ip);
        rig_frame(r, f.b, f.n);
        ev = last(r, SKE_icmpv6_echo);
        assert_field(ev, "source.nat.ip", rows[i].ip4);
        assert_field(ev, "nat64.prefix", rows[i].prefix);
        rig_sweep(&f);
        rig_free(r);
    }
    sk_policy_free(p);
}

static void a_flow_to_a_translator_names_who_is_spoken_to_and_a_leaking_client(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct sk_flow_view v = {
        .addr = {rig_addr("2600::5"), rig_addr("64:ff9b::cb00:7101")}, .port = {40000, 443}, .transport = 6, .vni = -1};
    sk_observe_flow(r->all, &r->o, &v, false);
    const struct sk_event *ev = last(r, SKE_flow_state);
    assert_field(ev, "destination.nat.ip", "203.0.113.1");
    assert_field(ev, "nat64.clat", "");
    assert_field(ev, "tunnel.kind", "");
    v.addr[0] = rig_addr("192.0.0.4");
    v.addr[1] = rig_addr("203.0.113.1");
    sk_observe_flow(r->all, &r->o, &v, false);
    assert_field(last(r, SKE_flow_state), "nat64.clat", "true");
    v.depth = 1; /* inside DS-Lite it belongs there */
    v.tunnel = SK_TUN_DSLITE;
    sk_observe_flow(r->all, &r->o, &v, false);
    assert_field(last(r, SKE_flow_state), "nat64.clat", "");
    assert_field(last(r, SKE_flow_state), "tunnel.kind", "ds-lite");
    v.depth = 0;
    v.addr[0] = rig_addr("192.0.0.8");
    sk_observe_flow(r->all, &r->o, &v, false);
    assert_field(last(r, SKE_flow_state), "nat64.clat", "");
    v.addr[0] = rig_addr("10.30.1.5"); /* who sends to such an address has none */
    v.addr[1] = rig_addr("192.0.0.4");
    sk_observe_flow(r->all, &r->o, &v, false);
    assert_field(last(r, SKE_flow_state), "nat64.clat", "");
    rig_free(r);
}

/* --- keys, loops, confidence --- */

static void nvgre_has_a_network_id_and_sessions_have_their_key(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes ip = echo6("2001:db8::1", "2001:db8::2"), eth = rig_eth(0x86dd, &ip);
    struct bytes gre = rig_hex("2000 6558 01234507"), body = rig_join(&gre, &eth), f = v4(HOST, PEER, 47, &body);
    rig_frame(r, f.b, f.n);
    const struct sk_event *ev = last(r, SKE_tunnel_state);
    assert_field(ev, "tunnel.kind", "nvgre");
    assert_field(ev, "tunnel.key", "19088647");
    assert_field(last(r, SKE_icmpv6_echo), "tunnel.vni", "74565"); /* 0x012345 */
    rig_sweep(&f);
    struct bytes l2tp = rig_hex("0000beef c0c0c0c0");
    body = rig_join(&l2tp, &eth);
    f = v4(HOST, PEER, 115, &body);
    rig_frame(r, f.b, f.n);
    ev = last(r, SKE_tunnel_state);
    assert_field(ev, "tunnel.kind", "l2tpv3");
    assert_field(ev, "tunnel.key", "48879");
    assert_field(ev, "tunnel.confirmed", "one-way");
    assert_field(ev, "tunnel.inner.source.ip", "2001:db8::1");
    rig_sweep(&f);
    rig_free(r);
    r = rig_new(); /* what is not decoded inside is carried all the same */
    body = rig_hex("0000beef 0102030405060708090a0b0c0d0e0f");
    f = v4(HOST, PEER, 115, &body);
    struct bytes back = v4(PEER, HOST, 115, &body);
    rig_frame(r, f.b, f.n);
    assert_field(last(r, SKE_tunnel_state), "tunnel.confirmed", "attempt");
    rig_frame(r, back.b, back.n);
    assert_field(last(r, SKE_tunnel_state), "tunnel.confirmed", "two-way");
    assert_field(last(r, SKE_tunnel_state), "sekimori.certainty", "inferred");
    struct bytes erspan = rig_hex("1000 88be 00000001 1000012c 00000000");
    body = rig_join(&erspan, &eth);
    f = v4(HOST, PEER, 47, &body);
    rig_frame(r, f.b, f.n);
    assert_field(last(r, SKE_tunnel_state), "tunnel.kind", "erspan");
    assert_field(last(r, SKE_tunnel_state), "tunnel.key", "300");
    rig_free(r);
}

static void a_packet_that_goes_round_is_told(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes in = ping4(PEER, HOST), f = v4(HOST, PEER, 4, &in);
    rig_frame(r, f.b, f.n);
    assert_field(last(r, SKE_tunnel_state), "tunnel.loops", "true");
    in = echo6("2001:db8::5", "2002:c633:6409::1");
    f = v4("198.51.100.9", "192.88.99.1", 41, &in); /* RFC 6324: it will come back */
    rig_frame(r, f.b, f.n);
    assert_field(last(r, SKE_tunnel_state), "tunnel.loops", "true");
    in = echo6("2001:db8::5", "2002:cb00:7107::1");
    f = v4("198.51.100.9", PEER, 41, &in);
    rig_frame(r, f.b, f.n);
    assert_field(last(r, SKE_tunnel_state), "tunnel.loops", "");
    rig_free(r);
}

static struct bytes teredo(const char *src, const char *dst, uint16_t sport, uint16_t dport, const char *head,
                           const struct bytes *ip6) {
    struct bytes h = rig_hex(head), body = rig_join(&h, ip6), udp = rig_udp(sport, dport, &body);
    return v4(src, dst, 17, &udp);
}

static void a_teredo_answer_has_the_nonce_of_its_question_or_not(void **state) {
    (void)state;
    for (unsigned same = 0; same < 2; same++) {
        struct rig *r = rig_new();
        struct bytes rs = rig_hex("85 00 0000 00000000"), in = rig_ip6("fe80::8000:ffff:ffff", "ff02::2", 255, 58, &rs);
        struct bytes f = teredo(HOST, PEER, 51000, 3544, "0001 02 01 aabb cc 0102030405060708 00", &in);
        rig_frame(r, f.b, f.n);
        assert_field(last(r, SKE_tunnel_frame), "teredo.nonce", "0102030405060708");
        assert_field(last(r, SKE_tunnel_state), "teredo.nonce_match", "");
        rig_sweep(&f);
        struct bytes ra = rig_hex("86 00 0000 00 00 0000 00000000 00000000");
        in = rig_ip6("fe80::8000:f227:34ff:8ef8", "fe80::8000:ffff:ffff", 255, 58, &ra);
        f = teredo(PEER, HOST, 3544, 51000,
                   same ? "0001 00 00 0102030405060708 00 0000 215a 34ff8ef5" : "0001 00 00 0102030405060709 00", &in);
        rig_frame(r, f.b, f.n);
        assert_field(last(r, SKE_tunnel_state), "teredo.role", "qualified");
        assert_field(last(r, SKE_tunnel_state), "teredo.nonce_match", same ? "true" : "false");
        rig_sweep(&f);
        rig_free(r);
    }
}

static void teredo_peers_on_any_port_are_surer_with_every_sign(void **state) {
    (void)state;
    /* server 192.0.2.45, cone, port 40000, 192.0.2.1: the mapping of RFC 4380 section 4 */
    static const char there[] = "2001:0:c000:22d:8000:63bf:3fff:fdfe";
    struct rig *r = rig_new();
    struct bytes none = {.n = 0}, in = rig_ip6(there, "2001:0:c000:22d:0:1111:2222:3333", 64, 59, &none);
    struct bytes f = teredo("192.0.2.1", HOST, 40000, 52000, "", &in);
    rig_frame(r, f.b, f.n);
    const struct sk_event *ev = last(r, SKE_tunnel_state);
    assert_field(ev, "teredo.role", "bubble");
    assert_field(ev, "sekimori.confidence", "99");
    assert_field(ev, "teredo.server.ip", "192.0.2.45");
    assert_field(ev, "teredo.mapped.ip", "192.0.2.1");
    assert_field(ev, "teredo.mapped.port", "40000");
    assert_field(ev, "teredo.cone", "true");
    rig_free(r);
    r = rig_new(); /* the mapping fits neither end: three packets of both sides */
    in = echo6("2001:0:c000:22d::1", "2001:db8::1");
    f = teredo(HOST, PEER, 51000, 52000, "", &in);
    rig_frame(r, f.b, f.n);
    assert_field(last(r, SKE_tunnel_state), "sekimori.confidence", "50");
    assert_field(last(r, SKE_tunnel_state), "sekimori.certainty", "heuristic");
    rig_frame(r, f.b, f.n);
    in = echo6("2001:db8::1", "2001:0:c000:22d::1");
    f = teredo(PEER, HOST, 52000, 51000, "", &in);
    rig_frame(r, f.b, f.n);
    assert_field(last(r, SKE_tunnel_state), "tunnel.confirmed", "two-way");
    assert_field(last(r, SKE_tunnel_state), "sekimori.confidence", "85");
    assert_field(last(r, SKE_tunnel_state), "sekimori.certainty", "observed");
    rig_free(r);
}

static void an_ayiya_heartbeat_is_an_attempt(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes body = rig_hex("4152103b 00000000 000102030405060708090a0b0c0d0e0f "
                                "0000000000000000000000000000000000000000");
    struct bytes udp = rig_udp(40000, 5072, &body), f = v4(HOST, PEER, 17, &udp);
    rig_frame(r, f.b, f.n);
    assert_field(last(r, SKE_tunnel_state), "tunnel.kind", "ayiya");
    assert_field(last(r, SKE_tunnel_state), "tunnel.confirmed", "attempt");
    assert_field(last(r, SKE_tunnel_state), "sekimori.confidence", "90");
    rig_sweep(&f);
    rig_free(r);
}

/* --- TSP --- */

#define CREATE                                                                                                         \
    "<tunnel action=\"create\" type=\"v6udpv4\" proxy=\"no\">\r\n <client>\r\n  <address "                             \
    "type=\"ipv4\">10.0.0.5</address>\r\n </client>\r\n</tunnel>\r\n"
#define INFO                                                                                                           \
    "200 OK\r\n<tunnel action=\"info\" type=\"v6udpv4\" lifetime=\"1440\">\r\n<server><address "                       \
    "type=\"ipv4\">203.0.113.7</address><address type=\"ipv6\">2001:db8::1</address></server>"                         \
    "<client><address type=\"ipv4\">198.51.100.9</address><address type=\"ipv6\">2001:db8::2</address>"                \
    "<router><prefix length=\"48\">2001:db8:7::</prefix></router></client></tunnel>\r\n"

static struct bytes tsp(uint16_t sport, uint16_t dport, const char *text) {
    struct bytes body = rig_hex("f0000001 5f000000");
    memcpy(body.b + body.n, text, strlen(text));
    body.n += strlen(text);
    struct bytes udp = rig_udp(sport, dport, &body);
    return sport == 3653 ? v4(PEER, HOST, 17, &udp) : v4(HOST, PEER, 17, &udp);
}

static void tsp_over_udp_tells_what_is_asked_and_given(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = tsp(40000, 3653, "VERSION=2.0.0\r\n");
    rig_frame(r, f.b, f.n);
    const struct sk_event *ev = last(r, SKE_tsp_message);
    assert_field(ev, "tsp.command", "version");
    assert_field(ev, "tsp.version", "2.0.0");
    assert_field(last(r, SKE_tunnel_state), "tunnel.kind", "tsp");
    assert_field(last(r, SKE_tunnel_state), "tunnel.confirmed", "attempt");
    rig_sweep(&f);
    f = tsp(40000, 3653, "AUTHENTICATE ANONYMOUS\r\n");
    rig_frame(r, f.b, f.n);
    assert_field(last(r, SKE_tsp_message), "tsp.authentication", "ANONYMOUS");
    rig_sweep(&f);
    char text[1024];
    snprintf(text, sizeof text, "Content-length: %zu\r\n%s", strlen(CREATE), CREATE);
    f = tsp(40000, 3653, text);
    rig_frame(r, f.b, f.n);
    ev = last(r, SKE_tsp_message);
    assert_field(ev, "tsp.command", "tunnel");
    assert_field(ev, "tsp.action", "create");
    assert_field(ev, "tsp.tunnel.type", "v6udpv4");
    assert_field(ev, "tsp.client.ip", "10.0.0.5");
    rig_sweep(&f);
    snprintf(text, sizeof text, "Content-length: %zu\r\n%s", strlen(INFO), INFO);
    f = tsp(3653, 40000, text);
    rig_frame(r, f.b, f.n);
    ev = last(r, SKE_tsp_message);
    assert_field(ev, "tsp.status", "200");
    assert_field(ev, "tsp.action", "info");
    assert_field(ev, "tsp.tunnel.lifetime", "1440");
    assert_field(ev, "tsp.server.ip", "203.0.113.7,2001:db8::1");
    assert_field(ev, "tsp.client.ip", "198.51.100.9,2001:db8::2");
    assert_field(ev, "tsp.prefix", "2001:db8:7::/48");
    rig_sweep(&f);
    unsigned n = rig_count(r, SKE_tsp_message);
    f = tsp(40000, 3653, "GET / HTTP/1.1\r\n");
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_tsp_message), n);
    rig_free(r);
}

static void tsp_over_tcp_is_read_however_it_is_cut(void **state) {
    (void)state;
    char client[2048], server[2048];
    snprintf(client, sizeof client, "VERSION=2.0.0\r\nAUTHENTICATE ANONYMOUS\r\nContent-length: %zu\r\n%s",
             strlen(CREATE), CREATE);
    snprintf(server, sizeof server, "CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS\r\n200 Success\r\nContent-length: %zu\r\n%s",
             strlen(INFO), INFO);
    for (size_t step = 1; step < 700; step += step < 20 ? 1 : 61) {
        struct rig *r = rig_new();
        struct sk_flow_view view = {
            .addr = {rig_addr(HOST), rig_addr(PEER)}, .port = {40000, 3653}, .transport = 6, .vni = -1};
        struct sk_packet pkt = {.number = 9, .tap = SK_TAP_NONE};
        void *user = NULL;
        unsigned who = sk_observe_stream_port(r->all, 3653);
        r->o.pkt = &pkt;
        for (unsigned dir = 0; dir < 2; dir++) {
            const char *text = dir ? server : client;
            for (size_t at = 0, n = strlen(text); at < n; at += step) {
                struct sk_guard g = sk_guard_end((const uint8_t *)text + at, step < n - at ? step : n - at);
                sk_observe_stream(r->all, &r->o, &view, who, &user, dir, g.p, step < n - at ? step : n - at, false,
                                  false);
                sk_guard_free(&g);
            }
        }
        sk_observe_stream(r->all, &r->o, &view, who, &user, 0, NULL, 0, false, true);
        assert_null(user);
        assert_int_equal(rig_count(r, SKE_tsp_message), 6);
        assert_field(rig_event(r, SKE_tsp_message, 2), "tsp.action", "create");
        assert_field(rig_event(r, SKE_tsp_message, 5), "tsp.prefix", "2001:db8:7::/48");
        rig_free(r);
    }
}

/* What a length that is not there would be read from: a cursor of three bytes at an address of nobody's. */
static __attribute__((noinline)) size_t dirty_stack(void) {
    volatile size_t words[2048];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        words[i] = 3;
    return words[7];
}

static void tsp_with_a_length_that_no_cr_ends_reads_nothing_else(void **state) {
    (void)state;
    static const char text[] = "Content-length: 123456789\nabc\n";
    struct rig *r = rig_new();
    struct sk_flow_view view = {
        .addr = {rig_addr(HOST), rig_addr(PEER)}, .port = {40000, 3653}, .transport = 6, .vni = -1};
    struct sk_packet pkt = {.number = 9, .tap = SK_TAP_NONE};
    void *user = NULL;
    unsigned who = sk_observe_stream_port(r->all, 3653);
    r->o.pkt = &pkt;
    assert_int_equal(dirty_stack(), 3);
    sk_observe_stream(r->all, &r->o, &view, who, &user, 0, (const uint8_t *)text, sizeof text - 1, false, false);
    sk_observe_stream(r->all, &r->o, &view, who, &user, 0, NULL, 0, false, true);
    assert_int_equal(rig_count(r, SKE_tsp_message), 0);
    rig_free(r);
}

static void tsp_of_any_length_is_bounded_and_gaps_end_it(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct sk_flow_view view = {
        .addr = {rig_addr(HOST), rig_addr(PEER)}, .port = {40000, 3653}, .transport = 6, .vni = -1};
    void *user = NULL;
    unsigned who = sk_observe_stream_port(r->all, 3653);
    uint8_t much[5000];
    memset(much, 'x', sizeof much);
    memcpy(much, "Content-length: 99999\r\n", 23);
    sk_observe_stream(r->all, &r->o, &view, who, &user, 0, much, sizeof much, false, false);
    assert_int_equal(rig_count(r, SKE_tsp_message), 1);
    sk_observe_stream(r->all, &r->o, &view, who, &user, 1, (const uint8_t *)"VERSION=2.0.0\r\n", 15, true, false);
    assert_int_equal(rig_count(r, SKE_tsp_message), 1);
    sk_observe_stream(r->all, &r->o, &view, who, &user, 0, NULL, 0, false, true);
    rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_6rd_domain_of_the_policy_names_the_tunnel_and_judges_the_address),
        cmocka_unit_test(ipv4_in_ipv6_has_the_name_its_addresses_or_the_policy_give),
        cmocka_unit_test(the_ipv4_address_inside_a_nat64_address_is_told),
        cmocka_unit_test(a_flow_to_a_translator_names_who_is_spoken_to_and_a_leaking_client),
        cmocka_unit_test(nvgre_has_a_network_id_and_sessions_have_their_key),
        cmocka_unit_test(a_packet_that_goes_round_is_told),
        cmocka_unit_test(a_teredo_answer_has_the_nonce_of_its_question_or_not),
        cmocka_unit_test(teredo_peers_on_any_port_are_surer_with_every_sign),
        cmocka_unit_test(an_ayiya_heartbeat_is_an_attempt),
        cmocka_unit_test(tsp_over_udp_tells_what_is_asked_and_given),
        cmocka_unit_test(tsp_over_tcp_is_read_however_it_is_cut),
        cmocka_unit_test(tsp_with_a_length_that_no_cr_ends_reads_nothing_else),
        cmocka_unit_test(tsp_of_any_length_is_bounded_and_gaps_end_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
