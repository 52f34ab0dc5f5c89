/* SPDX-License-Identifier: Apache-2.0 */
/* MLD, echo, errors of both ICMPs, and what errors quote. */
#include "rig.h"

static const struct sk_event *one(struct rig *r, const struct bytes *frame, enum sk_event_type type) {
    rig_clear(r);
    rig_frame(r, frame->b, frame->n);
    const struct sk_event *ev = rig_event(r, type, 0);
    if (!ev)
        fail_msg("no %s", sk_events[type].name);
    return ev;
}

/* Hop-by-hop with router alert in front of an MLD message. */
static struct bytes mld(const char *src, const char *dst, uint8_t hops, const char *hex) {
    struct bytes m = rig_hex(hex), alert = rig_hex("3a 00 05 02 0000 01 00"), inner = rig_ip6(src, dst, hops, 58, &m);
    struct bytes payload = {.n = inner.n - 40};
    memcpy(payload.b, inner.b + 40, payload.n);
    struct bytes body = rig_join(&alert, &payload), ip = rig_ip6(src, dst, hops, 0, &body);
    return rig_eth(0x86dd, &ip);
}

static void a_version_2_report_tells_groups_and_kinds_of_records(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = mld("fe80::1", "ff02::16", 1,
                         "8f 00 0000 0000 0002"
                         "04 00 0001 ff0200000000000000000001ff000001 20010db8000000000000000000000001"
                         "02 01 0000 ff020000000000000000000000000005 00000000");
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_mld);
    assert_field(ev, "icmpv6.mld.kind", "report");
    assert_field(ev, "icmpv6.mld.version", "2");
    assert_field(ev, "icmpv6.mld.group", "ff02::1:ff00:1,ff02::5");
    assert_field(ev, "icmpv6.mld.record", "to-exclude,is-exclude");
    assert_field(ev, "icmpv6.mld.router_alert", "true");
    assert_field(ev, "icmpv6.extension", "hopopts");
    assert_field(ev, "icmpv6.anomaly", "");
    assert_field(ev, "sekimori.effect", "accepted");
    rig_sweep(&f);
    rig_free(r);
}

static void queries_and_version_1_are_told_apart(void **state) {
    (void)state;
    static const struct {
        const char *hex, *kind, *version, *group;
    } rows[] = {
        {"82 00 0000 2710 0000 00000000000000000000000000000000", "query", "1", ""},
        {"82 00 0000 2710 0000 00000000000000000000000000000000 02 7d 0000", "query", "2", ""},
        {"82 00 0000 03e8 0000 ff020000000000000000000000000005 02 7d 0000", "query", "2", "ff02::5"},
        {"83 00 0000 0000 0000 ff020000000000000000000000000005", "report", "1", "ff02::5"},
        {"84 00 0000 0000 0000 ff020000000000000000000000000005", "done", "1", "ff02::5"},
    };
    struct rig *r = rig_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bytes f = mld("fe80::1", "ff02::1", 1, rows[i].hex);
        const struct sk_event *ev = one(r, &f, SKE_icmpv6_mld);
        assert_field(ev, "icmpv6.mld.kind", rows[i].kind);
        assert_field(ev, "icmpv6.mld.version", rows[i].version);
        assert_field(ev, "icmpv6.mld.group", rows[i].group);
        rig_sweep(&f);
    }
    rig_free(r);
}

static void a_malformed_listener_report_is_ignored_by_routers(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = mld("fe80::1", "ff02::16", 1, "8f 00 0000 0000 0005 04 00 0000 ff020000000000000000000000000005");
    assert_field(one(r, &f, SKE_icmpv6_mld), "icmpv6.anomaly", ""); /* fewer records than told: nothing overran */
    f = mld("fe80::1", "ff02::16", 1, "8f 00 0000 0000 0001 04 00 00ff ff020000000000000000000000000005");
    assert_field(one(r, &f, SKE_icmpv6_mld), "icmpv6.anomaly", "records");
    assert_field(rig_event(r, SKE_icmpv6_mld, 0), "sekimori.effect", "ignored-by-rfc");
    f = mld("2001:db8::1", "ff02::16", 64, "8f 00 0000 0000 0000");
    assert_field(one(r, &f, SKE_icmpv6_mld), "icmpv6.anomaly", "source,hop-limit");
    rig_free(r);
}

static void echo_tells_kind_and_numbers(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("2001:db8::1", "2001:db8::2", 64, "80 00 0000 0007 0009 01020304");
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_echo);
    assert_field(ev, "icmpv6.echo.kind", "request");
    assert_field(ev, "icmpv6.echo.id", "7");
    assert_field(ev, "icmpv6.echo.sequence", "9");
    rig_sweep(&f);
    f = rig_icmp6("ff02::1", "2001:db8::2", 64, "81 00 0000 0007 0009");
    ev = one(r, &f, SKE_icmpv6_echo);
    assert_field(ev, "icmpv6.echo.kind", "reply");
    assert_field(ev, "icmpv6.anomaly", "source");
    f = rig_icmp6("2001:db8::1", "2001:db8::2", 64, "8b 00 0000 0007 0009");
    rig_clear(r);
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_icmpv6_echo), 0);
    rig_free(r);
}

static void another_chain_asked_nothing_that_is_answered_here(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes ask = rig_icmp6("2001:db8::1", "2001:db8::2", 64, "80 00 0000 0007 0009 01020304"),
                 other = rig_icmp6("2001:db8::2", "2001:db8::1", 64, "81 00 0000 0007 0009 01020305");
    rig_frame(r, ask.b, ask.n);
    assert_field(one(r, &other, SKE_icmpv6_echo), "icmpv6.echo.altered", "true");
    rig_flush(r, 1001 * SK_SEC);
    assert_field(one(r, &other, SKE_icmpv6_echo), "icmpv6.echo.altered", "");
    rig_free(r);
}

static void an_icmpv6_error_tells_the_ports_it_quotes(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes data = rig_hex("00"), udp = rig_udp(4000, 53, &data);
    struct bytes quoted = rig_ip6("2001:db8::1", "2001:db8::2", 64, 17, &udp), head = rig_hex("02 00 0000 00000500");
    struct bytes m = rig_join(&head, &quoted), ip = rig_ip6("2001:db8::9", "2001:db8::1", 64, 58, &m);
    struct bytes f = rig_eth(0x86dd, &ip);
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_error);
    assert_field(ev, "icmp.error.kind", "packet-too-big");
    assert_field(ev, "icmp.error.mtu", "1280");
    assert_field(ev, "icmp.quoted.source.ip", "2001:db8::1");
    assert_field(ev, "icmp.quoted.source.port", "4000");
    assert_field(ev, "icmp.quoted.destination.ip", "2001:db8::2");
    assert_field(ev, "icmp.quoted.destination.port", "53");
    assert_field(ev, "icmp.quoted.iana_number", "17");
    assert_field(ev, "icmpv6.checksum", "ok");
    rig_sweep(&f);
    rig_free(r);
}

static void an_icmpv4_error_that_quotes_protocol_41_is_evidence_of_a_tunnel(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes none = {.n = 0}, in = rig_ip6("2002:c000:201::1", "2001:db8::2", 64, 59, &none);
    struct bytes quoted = rig_ip4("192.0.2.1", "192.88.99.1", 41, &in), head = rig_hex("03 02 0000 00000000");
    struct bytes m = rig_join(&head, &quoted);
    uint16_t sum = (uint16_t)~rig_sum(0, m.b, m.n);
    m.b[2] = (uint8_t)(sum >> 8);
    m.b[3] = (uint8_t)sum;
    struct bytes ip = rig_ip4("10.0.0.1", "192.0.2.1", 1, &m), f = rig_eth(0x0800, &ip);
    const struct sk_event *ev = one(r, &f, SKE_icmp_error);
    assert_field(ev, "icmp.error.kind", "unreachable");
    assert_field(ev, "icmp.code", "2");
    assert_field(ev, "icmp.checksum", "ok");
    assert_field(ev, "icmp.quoted.source.ip", "192.0.2.1");
    assert_field(ev, "icmp.quoted.iana_number", "41");
    assert_field(ev, "icmp.quoted.tunnel.kind", "6to4");
    assert_int_equal(rig_count(r, SKE_tunnel_frame), 0);
    assert_int_equal(rig_count(r, SKE_tunnel_state), 0);
    assert_int_equal(rig_count(r, SKE_ipv6_seen), 0);
    assert_int_equal(r->counts.quoted[SKE_tunnel_frame], 1);
    rig_sweep(&f);
    rig_free(r);
}

static void an_icmpv4_redirect_names_the_gateway_and_echo_is_no_error(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes m = rig_hex("05 01 0000 0a0000fe"), ip = rig_ip4("10.0.0.1", "10.0.0.2", 1, &m);
    struct bytes f = rig_eth(0x0800, &ip);
    assert_field(one(r, &f, SKE_icmp_error), "icmp.error.gateway", "10.0.0.254");
    rig_sweep(&f);
    m = rig_hex("08 00 0000 0001 0001");
    ip = rig_ip4("10.0.0.1", "10.0.0.2", 1, &m);
    f = rig_eth(0x0800, &ip);
    rig_clear(r);
    rig_frame(r, f.b, f.n);
    assert_int_equal(r->n, 0);
    rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_2_report_tells_groups_and_kinds_of_records),
        cmocka_unit_test(queries_and_version_1_are_told_apart),
        cmocka_unit_test(a_malformed_listener_report_is_ignored_by_routers),
        cmocka_unit_test(echo_tells_kind_and_numbers),
        cmocka_unit_test(another_chain_asked_nothing_that_is_answered_here),
        cmocka_unit_test(an_icmpv6_error_tells_the_ports_it_quotes),
        cmocka_unit_test(an_icmpv4_error_that_quotes_protocol_41_is_evidence_of_a_tunnel),
        cmocka_unit_test(an_icmpv4_redirect_names_the_gateway_and_echo_is_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
