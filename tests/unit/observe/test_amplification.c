/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that make groups answer; node information; SEND. */
#include "rig.h"

static const struct sk_event *one(struct rig *r, const struct bytes *frame, enum sk_event_type type) {
    rig_clear(r);
    rig_frame(r, frame->b, frame->n);
    return rig_event(r, type, 0);
}

/* Destination options with one option in front of an echo request. */
static struct bytes behind_option(const char *src, const char *dst, const char *option) {
    struct bytes m = rig_hex("80 00 0000 0001 0001 00000000"), opt = rig_hex(option);
    struct bytes inner = rig_ip6(src, dst, 64, 58, &m), payload = {.n = inner.n - 40};
    memcpy(payload.b, inner.b + 40, payload.n);
    struct bytes body = rig_join(&opt, &payload), ip = rig_ip6(src, dst, 64, 60, &body);
    return rig_eth(0x86dd, &ip);
}

static void groups_that_answer(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = behind_option("fe80::1", "ff02::1", "3a 00 80 04 00000000");
    const struct sk_event *ev = one(r, &f, SKE_ipv6_amplification);
    assert_field(ev, "ipv6.amplification.kind", "option-to-multicast,echo-to-multicast");
    assert_field(ev, "ipv6.amplification.option", "128");
    assert_field(ev, "sekimori.effect", "accepted");
    rig_sweep(&f);
    f = behind_option("ff02::1", "fe80::2", "3a 00 01 04 00000000");
    ev = one(r, &f, SKE_ipv6_amplification);
    assert_field(ev, "ipv6.amplification.kind", "multicast-source");
    assert_field(ev, "sekimori.effect", "ignored-by-rfc");
    rig_sweep(&f);
    f = behind_option("fe80::1", "fe80::2", "3a 00 80 04 00000000"); /* to one host */
    assert_null(one(r, &f, SKE_ipv6_amplification));
    f = rig_icmp6("fe80::1", "ff02::1", 255, "88 00 0000 20000000 fe800000000000000000000000000001");
    assert_null(one(r, &f, SKE_ipv6_amplification));
    f = rig_icmp6("::", "ff02::1", 64, "80 00 0000 0001 0001");
    assert_field(one(r, &f, SKE_ipv6_amplification), "ipv6.amplification.source", "unspecified");
    rig_free(r);
}

static void assigned_options_are_no_attack(void **state) {
    (void)state;
    struct rig *r = rig_new();
    static const char *const known[] = {"3a 00 8c 04 00000000", "3a 00 8b 04 00000000", "3a 00 01 04 00000000"};
    for (unsigned i = 0; i < 3; i++) {
        struct bytes f = behind_option("fe80::1", "ff02::1", known[i]);
        assert_field(one(r, &f, SKE_ipv6_amplification), "ipv6.amplification.kind", "echo-to-multicast");
    }
    rig_free(r);
}

static void node_information(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("2001:db8::1", "2001:db8::2", 57,
                               "8b 00 0000 0002 0000 0001020304050607 20010db8000000000000000000000002");
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_node_info);
    assert_field(ev, "icmpv6.node_info.kind", "query");
    assert_field(ev, "icmpv6.node_info.qtype", "node-name");
    assert_field(ev, "icmpv6.node_info.nonce", "0001020304050607");
    rig_sweep(&f);
    f = rig_icmp6("2001:db8::2", "2001:db8::1", 64, "8c 01 0000 0007 0000 0001020304050607");
    ev = one(r, &f, SKE_icmpv6_node_info);
    assert_field(ev, "icmpv6.node_info.kind", "refused");
    assert_field(ev, "icmpv6.node_info.qtype", "7");
    rig_sweep(&f);
    rig_free(r);
}

static void certification_paths(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes f = rig_icmp6("fe80::1", "ff02::2", 255, "94 00 0000 1234 0000");
    const struct sk_event *ev = one(r, &f, SKE_icmpv6_send);
    assert_field(ev, "icmpv6.send.kind", "solicitation");
    assert_field(ev, "icmpv6.anomaly", "");
    rig_sweep(&f);
    f = rig_icmp6("fe80::1", "ff02::1", 64, "95 00 0000 1234 0001 0000 0000");
    assert_field(one(r, &f, SKE_icmpv6_send), "icmpv6.anomaly", "hop-limit");
    rig_sweep(&f);
    rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(groups_that_answer),
                                       cmocka_unit_test(assigned_options_are_no_attack),
                                       cmocka_unit_test(node_information), cmocka_unit_test(certification_paths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
