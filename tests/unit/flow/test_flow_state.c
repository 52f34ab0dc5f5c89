/* SPDX-License-Identifier: Apache-2.0 */
/* Who began a flow, what became of it, and when that is said. */
#include "world.h"

static void a_handshake_opens_and_establishes(void **state) {
    struct world *w = *state;
    assert_int_not_equal(tcp(w, A, 40000, B, 443, SYN, NULL, 0), 0);
    assert_int_equal(w->n, 1);
    const struct sk_flow_view *v = last(w);
    assert_int_equal(v->state, SK_FLOW_OPENED);
    assert_int_equal(v->by, SK_BY_SYN);
    assert_false(v->midstream);
    assert_true(v->one_sided);
    assert_int_equal(v->port[0], 40000);
    assert_int_equal(v->port[1], 443);
    assert_int_equal(v->addr[0].b[0], 198);
    assert_int_equal(v->segment, 5);
    assert_int_equal(v->file, 3);
    assert_int_equal(v->number, 1);
    assert_int_equal(v->mac[0].b[5], 1);
    assert_true(sk_mac_zero(&v->mac[1]));
    tcp(w, B, 443, A, 40000, SYN | ACK, NULL, 0);
    assert_int_equal(w->n, 2);
    v = last(w);
    assert_int_equal(v->state, SK_FLOW_ESTABLISHED);
    assert_int_equal(v->port[0], 40000);
    assert_int_equal(v->mac[1].b[5], 9);
    assert_false(v->one_sided);
    tcp(w, A, 40000, B, 443, ACK, NULL, 0);
    assert_int_equal(w->n, 2);
}

static void the_initiator_is_side_0_whichever_address_is_lower(void **state) {
    struct world *w = *state;
    tcp(w, B, 40000, A, 443, SYN, NULL, 0);
    assert_int_equal(last(w)->addr[0].b[0], 203);
    tcp(w, A, 443, B, 40000, SYN | ACK, NULL, 0);
    assert_int_equal(last(w)->addr[0].b[0], 203);
    assert_int_equal(last(w)->packets[0], 1);
    assert_int_equal(last(w)->packets[1], 1);
}

static void whose_frame_was_shown_at_the_beginning_is_said(void **state) {
    struct world *w = *state;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    assert_true(last(w)->sender_shown);
    tcp(w, B, 443, A, 40000, SYN | ACK, NULL, 0);
    assert_true(last(w)->sender_shown);
    tcp(w, B, 443, A, 40001, SYN | ACK, NULL, 0); /* the answer is seen first */
    assert_false(last(w)->sender_shown);
    assert_int_equal(last(w)->port[0], 40001);
    tcp(w, A, 40001, B, 443, ACK, NULL, 0);
    assert_false(last(w)->sender_shown);
}

static void a_reset_that_answers_the_syn_refuses(void **state) {
    struct world *w = *state;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    tcp(w, B, 443, A, 40000, RST | ACK, NULL, 0);
    assert_string_equal(states(w), "opened refused");
    tick(w, 60 * SK_SEC); /* told once; no close after it */
    assert_string_equal(states(w), "");
}

static void a_reset_with_a_wrong_checksum_ends_nothing(void **state) {
    struct world *w = *state;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    w->bad_sum = true;
    tcp(w, B, 443, A, 40000, RST | ACK, NULL, 0);
    assert_int_equal(w->n, 1); /* not refused */
    w->bad_sum = false;
    tcp(w, B, 443, A, 40000, SYN | ACK, NULL, 0);
    assert_int_equal(last(w)->state, SK_FLOW_ESTABLISHED);
    w->bad_sum = true;
    tcp(w, A, 40000, B, 443, RST, NULL, 0);
    w->bad_sum = false;
    size_t told = w->n;
    sk_flow_tick(w->t, w->now + 60 * SK_SEC);
    assert_int_equal(w->n, told);
    tcp(w, A, 40000, B, 443, RST, NULL, 0);
    sk_flow_tick(w->t, w->now + 120 * SK_SEC);
    assert_int_equal(w->n, told + 1);
    assert_int_equal(last(w)->state, SK_FLOW_CLOSED);
}

static void a_reset_outside_of_the_window_of_a_stream_that_is_read_ends_nothing(void **state) {
    struct world *w = *state;
    w->port = 25;
    w->sseq = 1000, w->sack = 0;
    tcp(w, A, 40000, B, 25, SYN, NULL, 0);
    w->sseq = 5000, w->sack = 1001;
    tcp(w, B, 25, A, 40000, SYN | ACK, NULL, 0);
    w->sseq = 1001 + (1u << 24);
    tcp(w, A, 40000, B, 25, RST, NULL, 0); /* forged, its number guessed wrong */
    size_t told = w->n;
    sk_flow_tick(w->t, w->now + 60 * SK_SEC);
    assert_int_equal(w->n, told);
    assert_int_equal(w->ends, 0);
    w->sseq = 1001;
    tcp(w, A, 40000, B, 25, RST, NULL, 0);
    assert_int_equal(w->ends, 1);
    sk_flow_tick(w->t, w->now + 120 * SK_SEC);
    assert_int_equal(last(w)->state, SK_FLOW_CLOSED);
}

static void a_reset_by_the_initiator_refuses_nothing(void **state) {
    struct world *w = *state;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    tcp(w, A, 40000, B, 443, RST, NULL, 0);
    assert_string_equal(states(w), "opened");
    tick(w, 60 * SK_SEC);
    assert_string_equal(states(w), "unanswered");
}

static void a_reset_of_an_established_flow_closes_it_soon(void **state) {
    struct world *w = *state;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    tcp(w, B, 443, A, 40000, SYN | ACK, NULL, 0);
    tcp(w, B, 443, A, 40000, RST, NULL, 0);
    tick(w, 4 * SK_SEC);
    assert_string_equal(states(w), "opened established");
    tick(w, 2 * SK_SEC);
    assert_string_equal(states(w), "closed");
}

static void fins_of_both_sides_close_with_the_last_counts(void **state) {
    struct world *w = *state;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    tcp(w, B, 443, A, 40000, SYN | ACK, NULL, 0);
    tcp(w, A, 40000, B, 443, ACK, "abcd", 4);
    tcp(w, A, 40000, B, 443, FIN | ACK, NULL, 0);
    tcp(w, B, 443, A, 40000, FIN | ACK, NULL, 0);
    tcp(w, A, 40000, B, 443, ACK, NULL, 0);
    states(w);
    tick(w, 6 * SK_SEC);
    assert_int_equal(w->n, 1);
    assert_true(w->told[0].at_tick);
    const struct sk_flow_view *v = last(w);
    assert_int_equal(v->state, SK_FLOW_CLOSED);
    assert_int_equal(v->packets[0], 4);
    assert_int_equal(v->bytes[0], 4 * 40 + 4);
    assert_int_equal(v->packets[1], 2);
    assert_int_equal(v->bytes[1], 2 * 40);
    struct sk_flow_stats s;
    sk_flow_stats(w->t, &s);
    assert_int_equal(s.now, 0);
    assert_int_equal(s.created, 1);
}

static void one_fin_leaves_the_flow_open(void **state) {
    struct world *w = *state;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    tcp(w, B, 443, A, 40000, SYN | ACK, NULL, 0);
    tcp(w, A, 40000, B, 443, FIN | ACK, NULL, 0);
    states(w);
    tick(w, 60 * SK_SEC);
    assert_string_equal(states(w), "");
}

static void a_syn_on_the_ports_of_a_closed_flow_is_a_new_flow(void **state) {
    struct world *w = *state;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    tcp(w, B, 443, A, 40000, SYN | ACK, NULL, 0);
    tcp(w, B, 443, A, 40000, RST, NULL, 0);
    w->now += SK_SEC;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    assert_int_equal(last(w)->first_seq, 4);
    assert_string_equal(states(w), "opened established closed opened");
}

static void a_syn_again_is_no_new_flow(void **state) {
    struct world *w = *state;
    for (int wait = 1; wait <= 32; wait *= 2) { /* as Linux repeats it */
        tcp(w, A, 40000, B, 443, SYN, NULL, 0);
        tick(w, wait * SK_SEC);
    }
    assert_string_equal(states(w), "opened");
    tick(w, 10 * SK_SEC);
    assert_int_equal(last(w)->packets[0], 6);
    assert_string_equal(states(w), "unanswered");
}

static void simultaneous_open_is_established(void **state) {
    struct world *w = *state;
    tcp(w, A, 4000, B, 5000, SYN, NULL, 0);
    tcp(w, B, 5000, A, 4000, SYN, NULL, 0);
    assert_string_equal(states(w), "opened");
    tcp(w, A, 4000, B, 5000, SYN | ACK, NULL, 0);
    assert_int_equal(last(w)->port[0], 4000);
    assert_string_equal(states(w), "established");
}

static void midstream_data_both_ways_is_established_by_port(void **state) {
    struct world *w = *state;
    tcp(w, B, 443, A, 40000, ACK | PSH, "data", 4);
    const struct sk_flow_view *v = last(w);
    assert_true(v->midstream);
    assert_int_equal(v->by, SK_BY_PORT);
    assert_int_equal(v->port[0], 40000);
    assert_true(sk_mac_zero(&v->mac[0]));
    tcp(w, A, 40000, B, 443, ACK, NULL, 0);
    assert_string_equal(states(w), "opened established");
}

static void midstream_data_one_way_is_never_established_nor_unanswered(void **state) {
    struct world *w = *state;
    for (int i = 0; i < 10; i++)
        tcp(w, B, 443, A, 40000, ACK | PSH, "data", 4);
    tick(w, 2 * 3600 * SK_SEC);
    assert_string_equal(states(w), "opened closed");
}

static void ports_that_do_not_tell_leave_the_first_packet(void **state) {
    struct world *w = *state;
    tcp(w, A, 40000, B, 50000, ACK, "data", 4);
    assert_int_equal(last(w)->by, SK_BY_FIRST_PACKET);
    assert_int_equal(last(w)->port[0], 40000);
}

static void an_answer_without_its_syn_is_guessed_and_established_by_data(void **state) {
    struct world *w = *state;
    tcp(w, B, 443, A, 40000, SYN | ACK, NULL, 0);
    const struct sk_flow_view *v = last(w);
    assert_int_equal(v->port[0], 40000);
    assert_int_equal(v->by, SK_BY_PORT);
    assert_true(v->midstream);
    assert_string_equal(states(w), "opened");
    tcp(w, B, 443, A, 40000, ACK | PSH, "hello", 5);
    assert_true(last(w)->one_sided);
    assert_string_equal(states(w), "established");
}

static void an_answer_alone_is_never_unanswered(void **state) {
    struct world *w = *state;
    tcp(w, B, 443, A, 40000, SYN | ACK, NULL, 0);
    tick(w, 2 * 3600 * SK_SEC);
    assert_string_equal(states(w), "opened closed");
}

static void a_late_syn_says_better_who_began(void **state) {
    struct world *w = *state;
    tcp(w, B, 50001, A, 40000, SYN | ACK, NULL, 0);
    tcp(w, A, 40000, B, 50001, SYN, NULL, 0);
    assert_int_equal(last(w)->by, SK_BY_SYN);
    assert_int_equal(last(w)->port[0], 40000);
    assert_string_equal(states(w), "opened established");
}

static void an_initiator_that_sends_data_was_answered(void **state) {
    struct world *w = *state;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    tcp(w, A, 40000, B, 443, ACK, NULL, 0);
    assert_string_equal(states(w), "opened");
    tcp(w, A, 40000, B, 443, ACK, "GET /", 5);
    assert_true(last(w)->one_sided);
    assert_string_equal(states(w), "established");
}

static void lone_resets_and_bare_acknowledgments_make_no_flow(void **state) {
    struct world *w = *state;
    assert_int_equal(tcp(w, A, 40000, B, 443, RST, NULL, 0), 0);
    assert_int_equal(tcp(w, A, 40000, B, 443, ACK, NULL, 0), 0);
    assert_int_equal(tcp(w, A, 40000, B, 443, FIN | ACK, NULL, 0), 0);
    assert_int_equal(tcp(w, A, 40000, B, 443, SYN | RST, NULL, 0), 0);
    assert_string_equal(states(w), "");
}

static void udp_is_established_by_its_answer(void **state) {
    struct world *w = *state;
    udp(w, A, 40000, B, 123, "x", 1);
    assert_int_equal(last(w)->by, SK_BY_PORT);
    udp(w, A, 40000, B, 123, "x", 1);
    assert_string_equal(states(w), "opened");
    udp(w, B, 123, A, 40000, "x", 1);
    assert_false(last(w)->quic);
    assert_false(last(w)->midstream);
    assert_string_equal(states(w), "established");
    tick(w, 200 * SK_SEC);
    assert_string_equal(states(w), "closed");
}

static void udp_without_answer_is_unanswered(void **state) {
    struct world *w = *state;
    udp(w, A, 40000, B, 123, "x", 1);
    tick(w, 179 * SK_SEC);
    assert_string_equal(states(w), "opened");
    tick(w, 2 * SK_SEC);
    assert_string_equal(states(w), "unanswered");
}

static void a_udp_answer_alone_is_closed_not_unanswered(void **state) {
    struct world *w = *state;
    udp(w, B, 123, A, 40000, "x", 1);
    assert_int_equal(last(w)->port[0], 40000);
    tick(w, 200 * SK_SEC);
    assert_string_equal(states(w), "opened closed");
}

static void the_qr_bit_says_who_asks(void **state) {
    struct world *w = *state;
    uint8_t question[12] = {0, 1, 1, 0}, answer[12] = {0, 1, 0x81, 0x80};
    udp(w, B, 53, A, 53, answer, sizeof answer); /* ports do not tell */
    assert_int_equal(last(w)->by, SK_BY_DNS);
    assert_int_equal(last(w)->addr[0].b[0], 198);
    udp(w, A, 999, B, 53, question, sizeof question);
    assert_int_equal(last(w)->addr[0].b[0], 198);
}

/* RFC 9000 17.2.2: form and fixed bit, type Initial, version, connection ids; a client pads to 1200 bytes. */
static size_t quic(uint8_t *b, uint32_t version, uint8_t first, uint8_t dcid, size_t n) {
    memset(b, 0, n);
    b[0] = first;
    for (unsigned i = 0; i < 4; i++)
        b[1 + i] = (uint8_t)(version >> (24 - 8 * i));
    b[5] = dcid;
    b[6 + dcid] = 8;
    return n;
}

static void quic_is_a_long_header_answered_by_one(void **state) {
    struct world *w = *state;
    uint8_t b[1400];
    udp(w, A, 40000, B, 50443, b, quic(b, 1, 0xc3, 8, 1200));
    assert_int_equal(last(w)->by, SK_BY_QUIC);
    assert_false(last(w)->quic);
    udp(w, B, 50443, A, 40000, b, quic(b, 1, 0xc1, 8, 1200));
    assert_true(last(w)->quic);
    assert_string_equal(states(w), "opened established");
}

static void quic_versions_known_and_reserved_count(void **state) {
    struct world *w = *state;
    static const uint32_t versions[] = {1, 0x6b3343cf, 0xff00001d, 0x1a2a3a4a};
    uint8_t b[1400];
    for (uint16_t i = 0; i < 4; i++) {
        udp(w, A, (uint16_t)(41000 + i), B, 443, b, quic(b, versions[i], i == 1 ? 0xd3 : 0xc3, 8, 1200));
        assert_int_equal(last(w)->by, SK_BY_QUIC);
        udp(w, B, 443, A, (uint16_t)(41000 + i), b, quic(b, 0, 0x80, 8, 60)); /* version negotiation */
        assert_true(last(w)->quic);
    }
}

static void what_looks_like_quic_a_little_is_not(void **state) {
    struct world *w = *state;
    static const struct {
        uint32_t version;
        uint8_t first, dcid;
        size_t n;
    } not [] = {
        {1, 0x43, 8, 1200},          /* short header */
        {1, 0x83, 8, 1200},          /* fixed bit clear */
        {0x01000000, 0xc3, 8, 1200}, /* no such version */
        {1, 0xc3, 21, 1200},         /* connection id too long */
        {1, 0xc3, 8, 14},            /* cut inside of the ids */
    };
    uint8_t b[1400];
    for (uint16_t i = 0; i < sizeof not / sizeof not [0]; i++) {
        quic(b, not [i].version, not [i].first, not [i].dcid, 1200);
        udp(w, A, (uint16_t)(42000 + i), B, 443, b, not [i].n);
        assert_int_equal(last(w)->by, SK_BY_PORT);
        udp(w, B, 443, A, (uint16_t)(42000 + i), b, quic(b, 1, 0xc3, 8, 1200));
        assert_false(last(w)->quic);
        assert_int_equal(last(w)->state, SK_FLOW_ESTABLISHED);
    }
}

static void a_servers_initial_does_not_make_it_the_client(void **state) {
    struct world *w = *state;
    uint8_t b[1400];
    udp(w, B, 443, A, 40000, b, quic(b, 1, 0xc3, 8, 1200));
    assert_int_equal(last(w)->by, SK_BY_PORT);
    assert_int_equal(last(w)->port[0], 40000);
}

static void echo_is_a_flow_by_its_identifier(void **state) {
    struct world *w = *state;
    echo(w, A, B, 8, 77);
    assert_int_equal(last(w)->by, SK_BY_ICMP);
    assert_int_equal(last(w)->port[0], 0);
    echo(w, A, B, 8, 78);
    assert_string_equal(states(w), "opened opened");
    echo(w, B, A, 0, 77);
    assert_int_equal(last(w)->addr[0].b[0], 198);
    assert_string_equal(states(w), "established");
    tick(w, 31 * SK_SEC);
    assert_string_equal(states(w), "closed unanswered");
}

static void an_echo_reply_alone_names_its_asker(void **state) {
    struct world *w = *state;
    echo(w, "2001:db8::2", "2001:db8::1", 129, 1);
    assert_int_equal(last(w)->by, SK_BY_ICMP);
    assert_int_equal(last(w)->addr[0].b[15], 1);
    tick(w, 31 * SK_SEC);
    assert_string_equal(states(w), "opened closed");
}

static void other_icmp_makes_no_flow(void **state) {
    struct world *w = *state;
    assert_int_equal(echo(w, A, B, 13, 1), 0);
    assert_int_equal(echo(w, "fe80::1", "ff02::1", 134, 1), 0);
}

static void vlans_tunnels_and_families_are_kept_apart(void **state) {
    struct world *w = *state;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    w->vlan = 10;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    assert_int_equal(last(w)->vlan[0], 10);
    w->vlan = 11;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    w->vlan = 0;
    w->outer = true;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    assert_int_equal(last(w)->depth, 1);
    w->outer_last = 77; /* another tunnel with the same addresses inside */
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    w->outer = false;
    tcp(w, "c633:6401::", 40000, "cb00:7109::", 443, SYN, NULL, 0); /* the octets of A and B */
    assert_string_equal(states(w), "opened opened opened opened opened opened");
}

static void both_directions_of_a_tunnel_are_one_flow(void **state) {
    struct world *w = *state;
    w->outer = true;
    tcp(w, "2001:db8::1", 40000, "2001:db8::2", 443, SYN, NULL, 0);
    tcp(w, "2001:db8::2", 443, "2001:db8::1", 40000, SYN | ACK, NULL, 0);
    assert_string_equal(states(w), "opened established");
}

static void a_priority_tag_is_no_vlan(void **state) {
    struct world *w = *state;
    tcp(w, A, 40000, B, 443, SYN, NULL, 0);
    struct sk_addr src = addr(B), dst = addr(A);
    begin_frame(w, &src, &dst, 6, 20);
    memmove(w->frame + 16, w->frame + 12, w->frame_len - 12);
    memcpy(w->frame + 12, (uint8_t[]){0x81, 0, 0xa0, 0}, 4);
    w->frame_len += 4;
    add16(w, 443);
    add16(w, 40000);
    add32(w, 0);
    add32(w, 0);
    add(w, (uint8_t[]){0x50, SYN | ACK, 0, 0, 0, 0, 0, 0}, 8);
    send(w);
    assert_string_equal(states(w), "opened established");
}

static void padding_and_truncation_do_not_change_volumes(void **state) {
    struct world *w = *state;
    uint8_t data[100] = {0};
    w->cut = 60;
    udp(w, A, 40000, B, 123, data, sizeof data);
    assert_int_equal(last(w)->bytes[0], 20 + 8 + 100);
}

static void later_fragments_and_quotes_make_no_flow(void **state) {
    struct world *w = *state;
    struct sk_addr src = addr(A), dst = addr(B);
    begin_frame(w, &src, &dst, 17, 16);
    w->frame[14 + 7] = 2; /* offset 16 */
    add32(w, 0x9c40007b);
    add32(w, 0);
    add32(w, 0);
    add32(w, 0);
    assert_int_equal(send(w), 0);
}

static void nothing_is_read_behind_the_capture(void **state) {
    struct world *w = *state;
    uint8_t b[1400];
    struct sk_flow_stats s;
    udp(w, A, 40000, B, 443, b, quic(b, 1, 0xc3, 8, 1200));
    uint32_t whole = w->frame_len;
    for (uint32_t k = 0; k < 120; k++) { /* each frame ends at a forbidden page */
        w->frame_len = whole;
        w->cut = whole - k;
        send(w);
    }
    w->cut = 0;
    tcp(w, A, 40001, B, 443, SYN, NULL, 0);
    whole = w->frame_len;
    for (uint32_t k = 0; k < whole; k++) {
        w->frame_len = whole;
        w->cut = whole - k;
        send(w);
    }
    sk_flow_stats(w->t, &s);
    assert_int_equal(s.created, 2); /* and what is cut is never another flow */
}

static void names_of_states_are_those_of_the_field_table(void **state) {
    (void)state;
    assert_string_equal(sk_flow_state_name(SK_FLOW_UNANSWERED), "unanswered");
    assert_string_equal(sk_flow_state_name((enum sk_flow_state)99), "");
    assert_string_equal(sk_initiator_by_name(SK_BY_FIRST_PACKET), "first-packet");
    assert_string_equal(sk_initiator_by_name((enum sk_initiator_by)99), "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_handshake_opens_and_establishes),
        T(the_initiator_is_side_0_whichever_address_is_lower),
        T(whose_frame_was_shown_at_the_beginning_is_said),
        T(a_reset_that_answers_the_syn_refuses),
        T(a_reset_by_the_initiator_refuses_nothing),
        T(a_reset_of_an_established_flow_closes_it_soon),
        T(fins_of_both_sides_close_with_the_last_counts),
        T(one_fin_leaves_the_flow_open),
        T(a_syn_on_the_ports_of_a_closed_flow_is_a_new_flow),
        T(a_syn_again_is_no_new_flow),
        T(simultaneous_open_is_established),
        T(midstream_data_both_ways_is_established_by_port),
        T(midstream_data_one_way_is_never_established_nor_unanswered),
        T(ports_that_do_not_tell_leave_the_first_packet),
        T(an_answer_without_its_syn_is_guessed_and_established_by_data),
        T(an_answer_alone_is_never_unanswered),
        T(a_late_syn_says_better_who_began),
        T(an_initiator_that_sends_data_was_answered),
        T(lone_resets_and_bare_acknowledgments_make_no_flow),
        T(udp_is_established_by_its_answer),
        T(udp_without_answer_is_unanswered),
        T(a_udp_answer_alone_is_closed_not_unanswered),
        T(the_qr_bit_says_who_asks),
        T(quic_is_a_long_header_answered_by_one),
        T(quic_versions_known_and_reserved_count),
        T(what_looks_like_quic_a_little_is_not),
        T(a_servers_initial_does_not_make_it_the_client),
        T(echo_is_a_flow_by_its_identifier),
        T(an_echo_reply_alone_names_its_asker),
        T(other_icmp_makes_no_flow),
        T(vlans_tunnels_and_families_are_kept_apart),
        T(both_directions_of_a_tunnel_are_one_flow),
        T(a_priority_tag_is_no_vlan),
        T(padding_and_truncation_do_not_change_volumes),
        T(later_fragments_and_quotes_make_no_flow),
        T(nothing_is_read_behind_the_capture),
        T(names_of_states_are_those_of_the_field_table),
        T(a_reset_with_a_wrong_checksum_ends_nothing),
        T(a_reset_outside_of_the_window_of_a_stream_that_is_read_ends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
