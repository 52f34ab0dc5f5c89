/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns an IPv6 address, who takes it, who keeps hosts from getting one. */
#include "cor_rig.h"

#define A      "02-00-00-00-00-0A"
#define B      "02-00-00-00-7F-0B"
#define ADDR   "2001:db8::1"
#define NODES  "ff02::1"
#define VMAC   "00-00-5E-00-02-0A"
#define BIND   SKE_neighbour_binding
#define STATE  SKF_neighbour_binding_state
#define SECOND SK_SEC

/* A neighbour advertisement: flags as letters of R, S, O. */
static struct sk_event *na_of(struct cor_rig *r, sk_time ts, const char *mac, const char *target, const char *flags) {
    struct sk_event *ev = event_of(r, SKE_icmpv6_na, ts, mac, target, strchr(flags, 'S') ? "fe80::99" : NODES);
    char one[2] = "";
    struct sk_addr t = addr_of(target);
    sk_event_put_ip(ev, SKF_icmpv6_na_target, &t);
    for (; *flags; flags++) {
        one[0] = *flags;
        sk_event_put_text(ev, SKF_icmpv6_na_flags, one);
    }
    sk_event_put_text(ev, SKF_icmpv6_nd_tlla, mac);
    return ev;
}
static void na(struct cor_rig *r, sk_time ts, const char *mac, const char *target, const char *flags) {
    struct sk_event *ev = na_of(r, ts, mac, target, flags);
    sk_event_put_text(ev, SKF_sekimori_effect, "accepted");
    feed(r, ev);
}
static void dad(struct cor_rig *r, sk_time ts, const char *mac, const char *target, const char *nonce) {
    struct sk_event *ev = event_of(r, SKE_icmpv6_ns, ts, mac, "::", "ff02::1:ff00:1");
    struct sk_addr t = addr_of(target);
    sk_event_put_int(ev, SKF_icmpv6_ns_dad, true);
    sk_event_put_ip(ev, SKF_icmpv6_ns_target, &t);
    if (nonce)
        sk_event_put_text(ev, SKF_icmpv6_nd_nonce, nonce);
    feed(r, ev);
}
static void flow(struct cor_rig *r, sk_time ts, const char *mac, const char *src) {
    struct sk_event *ev = event_of(r, SKE_flow_state, ts, mac, src, "2001:db8:9::9");
    sk_event_put_text(ev, SKF_flow_state, "opened");
    feed(r, ev);
}

static void two_that_are_alive_are_a_conflict_about_the_later(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    na(r, T0, A, ADDR, "SO");
    assert_string_equal(last_of(r, BIND, STATE), "new");
    na(r, T0 + SECOND, B, ADDR, "SO");
    assert_string_equal(last_of(r, BIND, STATE), "flip");
    na(r, T0 + 2 * SECOND, A, ADDR, "SO");
    assert_string_equal(last_of(r, BIND, STATE), "conflict");
    assert_string_equal(last_of(r, BIND, SKF_neighbour_binding_mac), B);
    assert_string_equal(last_of(r, BIND, SKF_source_mac), B);
    assert_string_equal(last_of(r, BIND, SKF_neighbour_binding_previous_mac), A);
    cor_rig_free(r);
}

static void unsolicited_claims_need_three_turns(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    na(r, T0, A, ADDR, "SO");
    na(r, T0 + 1 * SECOND, B, ADDR, "O");
    assert_string_equal(last_of(r, BIND, STATE), "flip");
    flow(r, T0 + 2 * SECOND, A, ADDR); /* the owner is there all the same */
    assert_string_equal(last_of(r, BIND, STATE), "returned");
    na(r, T0 + 3 * SECOND, B, ADDR, "O");
    assert_string_equal(last_of(r, BIND, STATE), "conflict");
    cor_rig_free(r);
}

static void a_silent_owner_is_replaced(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    na(r, T0, A, ADDR, "SO");
    na(r, T0 + 601 * SECOND, B, ADDR, "O");
    assert_string_equal(last_of(r, BIND, STATE), "changed");
    cor_clear(r);
    na(r, T0 + 602 * SECOND, B, ADDR, "O");
    assert_int_equal(count_of(r, BIND), 0);
    cor_rig_free(r);
}

static void no_conflict(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    for (int k = 0; k < 6; k++) { /* anycast and proxies do not override; who forwards never claimed it */
        na(r, T0 + k * SECOND, k % 2 ? A : B, ADDR, "S");
        flow(r, T0 + k * SECOND, "02-00-00-00-00-0F", ADDR);
    }
    for (int k = 0; k < 6; k++) /* a virtual MAC is handed over: to it, and minutes later back */
        na(r, T0 + k * 60 * SECOND, k < 2 || k > 4 ? B : VMAC, "2001:db8::2", "SO");
    for (int k = 0; k < 6; k++) /* routers that share an address by two virtual MACs */
        na(r, T0 + k * SECOND, k % 2 ? VMAC : "00-07-B4-00-01-02", "2001:db8::4", "SO");
    for (int k = 0; k < 6; k++) { /* a mirror's copies */
        struct sk_event *ev = na_of(r, T0 + k * SECOND, k % 2 ? A : B, "2001:db8::3", "SO");
        ev->flags |= k ? SK_EV_DUPLICATE : 0;
        feed(r, ev);
    }
    for (int k = 0; k < 6; k++) { /* one address on two VLANs */
        struct sk_event *ev = na_of(r, T0 + k * SECOND, k % 2 ? A : B, "fe80::1", "SO");
        ev->n_vlan = 1;
        ev->vlan[0] = k % 2 ? 10 : 20;
        feed(r, ev);
    }
    for (unsigned i = 0; i < r->n; i++)
        if (r->out[i]->type == BIND)
            assert_string_equal(text_of(r, r->out[i], STATE), "new");
    cor_rig_free(r);
}

static void a_virtual_mac_in_turns_with_a_real_one_is_a_conflict(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    for (int k = 0; k < 6; k++)
        na(r, T0 + k * SECOND, k % 2 ? VMAC : B, ADDR, "SO");
    assert_string_equal(last_of(r, BIND, STATE), "conflict");
    assert_string_equal(last_of(r, BIND, SKF_neighbour_binding_mac), VMAC); /* it came later */
    assert_string_equal(last_of(r, BIND, SKF_neighbour_binding_virtual), "true");
    cor_rig_free(r);
}

static void what_hosts_discard_changes_nothing(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new("sekimori-policy: 1\nsegments:\n  s: {vlan: any, ipv6: dual-stack, routers: "
                                    "[{mac: " A ", link_local: \"fe80::1\"}]}\n");
    na(r, T0, A, ADDR, "SO");
    cor_clear(r);
    struct sk_event *ev = na_of(r, T0 + SECOND, B, ADDR, "O");
    sk_event_put_text(ev, SKF_sekimori_effect, "ignored-by-rfc");
    sk_event_put_text(ev, SKF_icmpv6_anomaly, "hop-limit");
    feed(r, ev);                           /* the rules of neighbour discovery tell it */
    na(r, T0 + 2 * SECOND, A, ADDR, "SO"); /* still the owner: nothing to tell */
    assert_int_equal(count_of(r, BIND), 0);
    ev = na_of(r, T0 + 3 * SECOND, B, "fe80::1", "O");
    sk_event_put_text(ev, SKF_sekimori_effect, "ignored-by-rfc");
    sk_event_put_text(ev, SKF_icmpv6_checksum, "bad");
    feed(r, ev);
    assert_string_equal(last_of(r, BIND, STATE), "router-takeover");
    assert_string_equal(last_of(r, BIND, SKF_neighbour_binding_accepted), "false");
    cor_rig_free(r);
}

static void who_asked_first_and_was_not_answered_has_a_new_card(void **state) {
    (void)state;
    for (int defended = 0; defended < 2; defended++) {
        struct cor_rig *r = cor_rig_new(NULL);
        na(r, T0, A, ADDR, "SO");
        dad(r, T0 + 20 * SECOND, B, ADDR, NULL);
        if (defended)
            na(r, T0 + 20 * SECOND + SK_MSEC, A, ADDR, "O");
        na(r, T0 + 22 * SECOND, B, ADDR, "O");
        assert_string_equal(last_of(r, BIND, STATE), defended ? "flip" : "changed");
        assert_string_equal(last_of(r, BIND, SKF_neighbour_binding_previous_idle), defended ? "1" : "22");
        cor_rig_free(r);
    }
}

static void a_declared_router_is_taken_at_once(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new("sekimori-policy: 1\nsegments:\n  s: {vlan: any, ipv6: dual-stack, routers: "
                                    "[{macs: [" A ", " VMAC "], link_local: \"fe80::1\"}]}\n");
    na(r, T0, A, "fe80::1", "RSO");
    assert_string_equal(last_of(r, BIND, STATE), "new");
    cor_clear(r);
    na(r, T0 + SECOND, VMAC, "fe80::1", "RO");
    assert_int_equal(count_of(r, BIND), 0);
    na(r, T0 + 2 * SECOND, B, "fe80::1", "O");
    assert_string_equal(last_of(r, BIND, STATE), "router-takeover");
    assert_string_equal(last_of(r, BIND, SKF_neighbour_binding_router), "declared");
    cor_rig_free(r);
}

static void guests_are_not_kept(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new("sekimori-policy: 1\nsegments:\n  g: {vlan: any, private: true}\n");
    for (int k = 0; k < 6; k++)
        na(r, T0 + k * SECOND, k % 2 ? A : B, ADDR, "SO");
    dad(r, T0, A, ADDR, NULL);
    na(r, T0 + SK_MSEC, B, ADDR, "O");
    assert_int_equal(count_of(r, BIND) + count_of(r, SKE_neighbour_dad), 0);
    cor_rig_free(r);
}

/* One MAC fills no more than a tenth of the table, and says so. */
static void one_sender_has_a_share(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    char target[40];
    for (unsigned k = 0; k < 262144 / 10 + 50; k++) {
        snprintf(target, sizeof target, "2001:db8::%x:%x", k >> 16, (k & 0xffff) + 1);
        na(r, T0 + (sk_time)k, A, target, "SO");
        cor_clear(r);
    }
    assert_true(sk_correlation_evictions(r->c) >= 50);
    na(r, T0 + SECOND, B, "2001:db8:1::1", "SO"); /* others still have room */
    na(r, T0 + 2 * SECOND, A, "2001:db8:1::1", "SO");
    assert_string_equal(last_of(r, BIND, STATE), "flip");
    cor_rig_free(r);
}

#define DAD_STATE last_of(r, SKE_neighbour_dad, SKF_neighbour_dad_state)
static void who_defeats_several_addresses_denies(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    dad(r, T0, A, "2001:db8::a", NULL);
    na(r, T0 + SK_MSEC, "72-05-EE-00-00-01", "2001:db8::a", "O");
    assert_string_equal(DAD_STATE, "duplicate");
    dad(r, T0 + 60 * SECOND, A, "2001:db8::b", NULL);
    na(r, T0 + 60 * SECOND + SK_MSEC, "72-05-EE-77-66-55", "2001:db8::b", "O"); /* half of the MAC is drawn anew */
    assert_string_equal(DAD_STATE, "denial");
    assert_string_equal(last_of(r, SKE_neighbour_dad, SKF_neighbour_dad_host_mac), A);
    cor_clear(r);
    dad(r, T0 + 1000 * SECOND, A, "2001:db8::c", NULL); /* ten minutes later the count begins anew */
    na(r, T0 + 1000 * SECOND + SK_MSEC, "72-05-EE-77-66-54", "2001:db8::c", "O");
    assert_string_equal(DAD_STATE, "duplicate");
    cor_rig_free(r);
}

static void no_denial(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    dad(r, T0, A, ADDR, NULL);
    dad(r, T0 + SK_MSEC, A, ADDR, NULL);  /* its own question looped back */
    na(r, T0 + 2 * SECOND, B, ADDR, "O"); /* after the time hosts wait */
    dad(r, T0 + 10 * SECOND, A, "2001:db8::2", "2bf3e3151da3");
    dad(r, T0 + 10 * SECOND + SK_MSEC, B, "2001:db8::2", "2bf3e3151da3"); /* repeated by who puts his own MAC on it */
    assert_int_equal(count_of(r, SKE_neighbour_dad), 0);
    for (int k = 0; k < 3; k++) { /* who owns an address defends it: duplicates, however many */
        char target[32];
        snprintf(target, sizeof target, "2001:db8::1%d", k);
        na(r, T0 + (20 + k) * SECOND, B, target, "O");
        dad(r, T0 + (30 + k) * SECOND, A, target, NULL);
        na(r, T0 + (30 + k) * SECOND + SK_MSEC, B, target, "O");
        assert_string_equal(DAD_STATE, "duplicate");
        assert_string_equal(last_of(r, SKE_neighbour_dad, SKF_neighbour_dad_known), "true");
    }
    cor_rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_that_are_alive_are_a_conflict_about_the_later),
                                       cmocka_unit_test(unsolicited_claims_need_three_turns),
                                       cmocka_unit_test(a_silent_owner_is_replaced),
                                       cmocka_unit_test(no_conflict),
                                       cmocka_unit_test(a_virtual_mac_in_turns_with_a_real_one_is_a_conflict),
                                       cmocka_unit_test(what_hosts_discard_changes_nothing),
                                       cmocka_unit_test(who_asked_first_and_was_not_answered_has_a_new_card),
                                       cmocka_unit_test(a_declared_router_is_taken_at_once),
                                       cmocka_unit_test(guests_are_not_kept),
                                       cmocka_unit_test(one_sender_has_a_share),
                                       cmocka_unit_test(who_defeats_several_addresses_denies),
                                       cmocka_unit_test(no_denial)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
