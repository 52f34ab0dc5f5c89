/* SPDX-License-Identifier: Apache-2.0 */
/* flow.state events: the initiator is the source; what is not wanted costs a count. */
#include "rig.h"

static struct sk_flow_view view(enum sk_flow_state state) {
    return (struct sk_flow_view){.addr = {rig_addr("2001:db8::1"), rig_addr("2001:db8::2")},
                                 .port = {40000, 443},
                                 .mac = {{{2, 0, 0, 0, 0, 1}}, {{0}}},
                                 .transport = 17,
                                 .n_vlan = 1,
                                 .vlan = {30},
                                 .vni = -1,
                                 .tap = SK_TAP_NONE,
                                 .segment = SK_SEGMENT_NONE,
                                 .state = state,
                                 .by = SK_BY_QUIC,
                                 .one_sided = true,
                                 .first = 1000 * SK_SEC,
                                 .last = 1001 * SK_SEC,
                                 .first_seq = 55,
                                 .number = 7,
                                 .packets = {3, 1},
                                 .bytes = {4000, 1200}};
}

/* Echo alone is a flow, and who asks is its source: Community ID of request and answer. */
static void a_flow_of_echoes_names_their_type(void **state) {
    (void)state;
    for (unsigned v6 = 0; v6 < 2; v6++) {
        struct rig *r = rig_new();
        struct sk_flow_view v = view(SK_FLOW_OPENED);
        v.transport = v6 ? 58 : 1;
        v.port[0] = v.port[1] = 0;
        v.addr[0] = rig_addr(v6 ? "fe80::280:f0ff:fe01:14dc" : "192.168.0.89");
        v.addr[1] = rig_addr(v6 ? "fe80::280:f0ff:fe01:aa" : "192.168.0.1");
        sk_observe_flow(r->all, &r->o, &v, false);
        const struct sk_event *ev = rig_event(r, SKE_flow_state, 0);
        assert_field(ev, "icmp.type", v6 ? "128" : "8");
        assert_field(ev, "icmp.code", "0");
        if (!v6)
            assert_field(ev, "network.community_id", "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
        rig_free(r);
    }
}

static void an_event_carries_the_flow(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct sk_flow_view v = view(SK_FLOW_ESTABLISHED);
    v.quic = true;
    v.one_sided = false;
    r->o.seq = 60;
    sk_observe_flow(r->all, &r->o, &v, false);
    const struct sk_event *ev = rig_event(r, SKE_flow_state, 0);
    assert_non_null(ev);
    assert_field(ev, "flow.state", "established");
    assert_field(ev, "flow.initiator", "source");
    assert_field(ev, "flow.initiator_by", "quic");
    assert_field(ev, "flow.midstream", "false");
    assert_field(ev, "flow.one_sided", "false");
    assert_field(ev, "flow.quic", "true");
    assert_field(ev, "network.protocol", "quic");
    assert_field(ev, "network.transport", "udp");
    assert_field(ev, "network.vlan.id", "30");
    assert_field(ev, "source.ip", "2001:db8::1");
    assert_field(ev, "source.mac", "02-00-00-00-00-01");
    assert_field(ev, "destination.mac", "");
    assert_field(ev, "destination.port", "443");
    assert_field(ev, "source.bytes", "4000");
    assert_field(ev, "destination.bytes", "1200");
    assert_field(ev, "network.bytes", "5200");
    assert_field(ev, "source.packets", "3");
    assert_field(ev, "destination.packets", "1");
    assert_field(ev, "network.packets", "4");
    assert_field(ev, "event.start", "1970-01-01T00:16:40.000000Z");
    assert_field(ev, "event.end", "1970-01-01T00:16:41.000000Z");
    assert_field(ev, "sekimori.packet.number", "7");
    assert_int_equal(ev->phase, 1);
    rig_free(r);
}

static void at_a_tick_the_first_packet_orders_it(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct sk_flow_view v = view(SK_FLOW_UNANSWERED);
    sk_observe_flow(r->all, &r->o, &v, true);
    const struct sk_event *ev = rig_event(r, SKE_flow_state, 0);
    assert_field(ev, "flow.state", "unanswered");
    assert_field(ev, "flow.quic", "");
    assert_field(ev, "network.protocol", "");
    assert_int_equal(ev->phase, 0);
    assert_int_equal(ev->sub, 55);
    rig_free(r);
}

static void what_nobody_wants_is_only_counted(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct sk_flow_view v = view(SK_FLOW_OPENED);
    r->wanted[SKE_flow_state] = false;
    sk_observe_flow(r->all, &r->o, &v, false);
    assert_int_equal(rig_count(r, SKE_flow_state), 0);
    assert_int_equal(r->counts.events[SKE_flow_state], 1);
    rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_carries_the_flow),
        cmocka_unit_test(a_flow_of_echoes_names_their_type),
        cmocka_unit_test(at_a_tick_the_first_packet_orders_it),
        cmocka_unit_test(what_nobody_wants_is_only_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
