/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of events: what a part answers is what single values would. */
#include "rig.h"

#include "observe/event.h"
#include "sekimori/part.h"

static struct sk_event *fresh(void) {
    struct sk_event *ev = (struct sk_event *)malloc(SK_EVENT_MAX);
    sk_event_init(ev, SKE_flow_state);
    ev->src = rig_addr("192.0.2.7");
    ev->dst = rig_addr("198.51.100.9");
    return ev;
}

static void same_json(const struct sk_event *a, const struct sk_event *b) {
    struct sk_buf x = {0}, y = {0};
    sk_event_json(a, NULL, &x);
    sk_event_json(b, NULL, &y);
    assert_string_equal(x.p, y.p);
    sk_buf_free(&x);
    sk_buf_free(&y);
}

/* What it says to have can be got, by each way of asking; what it says to lack cannot. */
static void says_what_it_has(const struct sk_event *ev, enum sk_part part) {
    char scratch[SK_EVENT_SCRATCH];
    struct sk_value v;
    for (const uint16_t *f = sk_part_fields(part); *f; f++) {
        enum sk_field_id id = (enum sk_field_id) * f;
        uint32_t at = 0, from = 0;
        const void *bytes;
        size_t n;
        bool has = sk_event_has(ev, NULL, id);
        assert_int_equal(sk_part_of(id), part + 1);
        assert_int_equal(sk_event_lacks(ev, id), !has);
        assert_int_equal(sk_event_get(ev, NULL, id, 0, scratch, &v), has);
        assert_int_equal(sk_event_get(ev, NULL, id, 1, scratch, &v), false);
        assert_int_equal(sk_event_next(ev, NULL, id, &at, scratch, &v), has);
        assert_int_equal(sk_event_next(ev, NULL, id, &at, scratch, &v), false);
        assert_true(sk_event_made(ev, id));
        assert_false(sk_event_next_bytes(ev, id, &from, &bytes, &n));
        assert_int_equal(has ? v.type : sk_fields[id].type, sk_fields[id].type);
    }
}

static void put_each(struct sk_event *ev, const struct sk_part_flow *p) {
    sk_event_put_text(ev, SKF_flow_state, sk_flow_state_name((enum sk_flow_state)p->state));
    sk_event_put_text(ev, SKF_flow_initiator, "source");
    sk_event_put_text(ev, SKF_flow_initiator_by, sk_initiator_by_name((enum sk_initiator_by)p->by));
    sk_event_put_int(ev, SKF_flow_midstream, p->midstream);
    sk_event_put_int(ev, SKF_flow_one_sided, p->one_sided);
    if (p->quic) {
        sk_event_put_int(ev, SKF_flow_quic, true);
        sk_event_put_text(ev, SKF_network_protocol, "quic");
    }
    sk_event_put_int(ev, SKF_source_bytes, (int64_t)p->bytes[0]);
    sk_event_put_int(ev, SKF_destination_bytes, (int64_t)p->bytes[1]);
    sk_event_put_int(ev, SKF_source_packets, (int64_t)p->packets[0]);
    sk_event_put_int(ev, SKF_destination_packets, (int64_t)p->packets[1]);
    sk_event_put_int(ev, SKF_network_bytes, (int64_t)(p->bytes[0] + p->bytes[1]));
    sk_event_put_int(ev, SKF_network_packets, (int64_t)(p->packets[0] + p->packets[1]));
    if (p->copies)
        sk_event_put_int(ev, SKF_flow_copies, (int64_t)p->copies);
    sk_event_put_int(ev, SKF_event_start, p->start);
    sk_event_put_int(ev, SKF_event_end, p->end);
}

static void a_conversation_is_what_its_values_are(void **state) {
    (void)state;
    for (unsigned with = 0; with < 4; with++) {
        struct sk_part_flow p = {.bytes = {400, 9000}, .packets = {5, 7}, .start = 1, .end = 2000000, .by = SK_BY_QUIC};
        struct sk_event *ev = fresh(), *one = fresh();
        p.state = SK_FLOW_ESTABLISHED;
        p.quic = with & 1;
        p.copies = with & 2;
        sk_event_put_flow(ev, &p);
        put_each(one, &p);
        same_json(ev, one);
        says_what_it_has(ev, SK_PART_FLOW);
        free(ev);
        free(one);
    }
}

static void a_part_is_put_once_and_goes_with_the_values(void **state) {
    (void)state;
    struct sk_event *ev = fresh();
    sk_event_put_text(ev, SKF_tunnel_kind, "gre");
    sk_event_put_flow(ev, &(struct sk_part_flow){.state = SK_FLOW_CLOSED, .packets = {3, 0}});
    sk_event_put_flow(ev, &(struct sk_part_flow){.state = SK_FLOW_OPENED, .packets = {9, 9}});
    sk_event_put_int(ev, SKF_source_packets, 11); /* the first stands */
    sk_event_put_text(ev, SKF_tunnel_path, "gre/ipv4");
    assert_field(ev, "flow.state", "closed");
    assert_field(ev, "source.packets", "3");
    assert_field(ev, "tunnel.path", "gre/ipv4");
    sk_event_clear(ev);
    assert_false(sk_event_has(ev, NULL, SKF_flow_state));
    assert_null(sk_event_part(ev, SK_PART_FLOW));
    free(ev);
}

static void a_full_record_takes_no_part(void **state) {
    (void)state;
    struct sk_event *ev = fresh();
    char text[SK_EVENT_TEXT_MAX + 1];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    while (!(ev->flags & SK_EV_OVERFLOW))
        sk_event_put_text(ev, SKF_icmpv6_mld_record, text);
    while (SK_EVENT_MAX - ev->size >= 24) /* less than a part needs */
        sk_event_put_text(ev, SKF_icmpv6_mld_record, "x");
    sk_event_put_flow(ev, &(struct sk_part_flow){.state = SK_FLOW_CLOSED});
    assert_false(sk_event_has(ev, NULL, SKF_flow_state));
    assert_true(ev->size <= SK_EVENT_MAX);
    free(ev);
}

static void a_verdict_tells_of_the_ends_that_there_are(void **state) {
    (void)state;
    struct sk_event *ev = fresh();
    sk_event_put_verdict(ev, &(struct sk_part_verdict){.zone = {"office", NULL},
                                                       .side = {SK_SIDE_INSIDE, SK_SIDE_OUTSIDE},
                                                       .web = {SK_WEB_VIA_PROXY, SK_WEB_UNKNOWN},
                                                       .ipv6 = SK_IPV6_FORBIDDEN});
    assert_field(ev, "policy.source.zone", "office");
    assert_field(ev, "policy.source.side", "inside");
    assert_field(ev, "policy.source.web", "via-proxy");
    assert_field(ev, "policy.segment.ipv6", "forbidden");
    assert_false(sk_event_has(ev, NULL, SKF_policy_destination_zone));
    assert_false(sk_event_has(ev, NULL, SKF_policy_destination_side));
    assert_false(sk_event_has(ev, NULL, SKF_policy_proxy_verdict));
    says_what_it_has(ev, SK_PART_VERDICT);
    free(ev);
}

static void a_conversation_is_grouped_by_name_or_net(void **state) {
    (void)state;
    struct sk_part_verdict v = {.zone = {"inside", "internet"}, .conversation = true, .proxy = SK_PROXY_NO};
    struct sk_event *ev = fresh(), *six = fresh(), *named = fresh();
    six->dst = rig_addr("2001:db8:1:2::9");
    sk_event_put_text(named, SKF_destination_domain, "www.example.jp");
    sk_event_put_verdict(ev, &v);
    sk_event_put_verdict(six, &v);
    sk_event_put_verdict(named, &v);
    assert_field(ev, "policy.destination.group", "198.51.100.0/24");
    assert_field(six, "policy.destination.group", "2001:db8:1::/48");
    assert_field(named, "policy.destination.group", "www.example.jp");
    assert_field(ev, "policy.proxy.verdict", "no");
    says_what_it_has(ev, SK_PART_VERDICT);
    assert_ptr_equal(sk_event_verdict(ev)->zone[1], v.zone[1]);
    free(ev);
    free(six);
    free(named);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_is_what_its_values_are),
        cmocka_unit_test(a_part_is_put_once_and_goes_with_the_values),
        cmocka_unit_test(a_full_record_takes_no_part),
        cmocka_unit_test(a_verdict_tells_of_the_ends_that_there_are),
        cmocka_unit_test(a_conversation_is_grouped_by_name_or_net),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
