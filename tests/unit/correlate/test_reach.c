/* SPDX-License-Identifier: Apache-2.0 */
/* Scans that fill neighbour caches, floods, who answers to every name, who is reached from outside and through whom. */
#include "cor_rig.h"

#define A      "02-00-00-00-00-0A"
#define B      "02-00-00-00-7F-0B"
#define SECOND SK_SEC
#define SCAN   SKE_neighbour_scan

static const char site[] = "sekimori-policy: 1\n"
                           "segments:\n"
                           "  s: {vlan: any, ipv6: dual-stack, prefixes: [\"2001:db8:30::/64\"], "
                           "routers: [{mac: 02-00-00-00-00-01, link_local: \"fe80::1\"}]}\n"
                           "flows:\n"
                           "  - {from: internet, to: s, service: [https], peers: [\"2001:db8:30::80\"]}\n"
                           "  - {from: any, to: any, action: deny}\n";

static void ns(struct cor_rig *r, sk_time ts, const char *mac, const char *src, const char *target) {
    struct sk_event *ev = event_of(r, SKE_icmpv6_ns, ts, mac, src, "ff02::1:ff00:1");
    struct sk_addr t = addr_of(target);
    sk_event_put_ip(ev, SKF_icmpv6_ns_target, &t);
    feed(r, ev);
}
static void na(struct cor_rig *r, sk_time ts, const char *mac, const char *dst, const char *target) {
    struct sk_event *ev = event_of(r, SKE_icmpv6_na, ts, mac, target, dst);
    struct sk_addr t = addr_of(target);
    sk_event_put_ip(ev, SKF_icmpv6_na_target, &t);
    sk_event_put_text(ev, SKF_icmpv6_na_flags, "S");
    sk_event_put_text(ev, SKF_icmpv6_na_flags, "O");
    feed(r, ev);
}
static const char *target_of(unsigned k) {
    static char text[40];
    snprintf(text, sizeof text, "2001:db8:30::5:%x", k + 1);
    return text;
}

static void a_burst_that_nobody_answers_is_judged_at_a_tick(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    for (unsigned k = 0; k < 65; k++)
        ns(r, T0 + k, A, "fe80::a", target_of(k));
    sk_correlate_tick(r->c, r->seq, T0 + 2 * SECOND);
    assert_int_equal(count_of(r, SCAN), 0); /* answers may still come */
    sk_correlate_tick(r->c, r->seq, T0 + 4 * SECOND);
    assert_int_equal(count_of(r, SCAN), 1);
    assert_string_equal(last_of(r, SCAN, SKF_neighbour_scan_targets), "65");
    assert_string_equal(last_of(r, SCAN, SKF_neighbour_scan_prefix), "2001:db8:30::/64");
    assert_string_equal(last_of(r, SCAN, SKF_source_mac), A);
    ns(r, T0 + 5 * SECOND, A, "fe80::a", target_of(70)); /* it goes on: told at once */
    assert_int_equal(count_of(r, SCAN), 2);
    cor_rig_free(r);
}

static void scans_that_the_end_of_the_input_cuts_off_are_told(void **state) {
    (void)state;
    enum { SCANNERS = 12 };
    char mac[SK_MAC_TEXT], src[40];
    struct cor_rig *r = cor_rig_new(NULL);
    for (unsigned s = 1; s <= SCANNERS; s++)
        for (unsigned k = 0; k < 70; k++) {
            snprintf(mac, sizeof mac, "02-00-00-00-01-%02X", s);
            snprintf(src, sizeof src, "fe80::%x", s);
            ns(r, T0 + k, mac, src, target_of(k));
            cor_clear(r);
        }
    sk_correlate_flush(r->c, r->seq, T0 + SECOND);
    assert_int_equal(count_of(r, SCAN), SCANNERS);
    assert_int_equal(sk_correlation_evictions(r->c), 0);
    cor_rig_free(r);
}

static void nothing(struct cor_rig *r) {
    assert_int_equal(count_of(r, SCAN), 0);
    cor_clear(r);
}

static void few_or_answered_or_repeated_is_no_scan(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    for (unsigned k = 0; k < 64; k++)
        nothing(r), ns(r, T0 + k, A, "fe80::a", target_of(k));
    for (unsigned k = 0; k < 200; k++) /* one that is not there, again and again */
        nothing(r), ns(r, T0 + k, B, "fe80::b", target_of(7));
    for (unsigned k = 0; k < 90; k++) {
        nothing(r);
        ns(r, T0 + 10 * SECOND + k, "02-00-00-00-00-0C", "fe80::c", target_of(k));
        na(r, T0 + 10 * SECOND + k, B, "fe80::c", target_of(k));
    }
    for (unsigned k = 0; k < 40; k++) /* two minutes for 80 */
        nothing(r), ns(r, T0 + (20 + (sk_time)k * 3) * SECOND, "02-00-00-00-00-0D", "fe80::d", target_of(k));
    sk_correlate_flush(r->c, r->seq, T0 + 200 * SECOND);
    assert_int_equal(count_of(r, SCAN), 0);
    cor_rig_free(r);
}

static void slowly_over_a_day(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    for (unsigned k = 0; k < 700; k++) {
        ns(r, T0 + (sk_time)k * 60 * SECOND, A, "fe80::a", target_of(k));
        if (count_of(r, SCAN))
            break;
        cor_clear(r);
    }
    assert_string_equal(last_of(r, SCAN, SKF_neighbour_scan_pace), "slow");
    cor_rig_free(r);
}

/* Each question from a MAC address of its own: one by one they are nothing. */
static unsigned invented(struct cor_rig *r, sk_time from, unsigned n, sk_time apart, bool at_home) {
    char mac[24], src[40];
    unsigned told = 0;
    for (unsigned k = 0; k < n; k++) {
        snprintf(mac, sizeof mac, "02-00-00-01-%02X-%02X", k >> 8, k & 255);
        snprintf(src, sizeof src, "fe80::1:%x", k + 1);
        if (at_home) /* who asks for somebody said before who it is; no answer is mirrored */
            ns(r, from + (sk_time)k * apart, "02-00-00-02-00-01", target_of(k), "2001:db8:30::9");
        ns(r, from + (sk_time)k * apart + 1, mac, src, target_of(k));
        told += count_of(r, SCAN);
        if (count_of(r, SCAN))
            assert_string_equal(last_of(r, SCAN, SKF_neighbour_scan_distributed), "true");
        cor_clear(r);
    }
    sk_correlate_tick(r->c, r->seq, from + (sk_time)n * apart + 4 * SECOND);
    told += count_of(r, SCAN);
    return told;
}

static void invented_macs_scan_one_prefix_on_the_link(void **state) {
    (void)state;
    static const struct {
        unsigned n;
        sk_time apart;
        bool at_home;
        unsigned told;
    } rows[] = {{300, 20 * SK_MSEC, false, 1}, {250, 20 * SK_MSEC, false, 0}, {700, 60 * SECOND, false, 1},
                {1200, 60 * SECOND, false, 2}, {500, 60 * SECOND, false, 0},  {300, 20 * SK_MSEC, true, 0},
                {1200, 60 * SECOND, true, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cor_rig *r = cor_rig_new(NULL);
        unsigned told = invented(r, T0, rows[i].n, rows[i].apart, rows[i].at_home);
        if (told != rows[i].told)
            fail_msg("%u questions: told %u times, not %u", rows[i].n, told, rows[i].told);
        cor_rig_free(r);
    }
}

/* One that asks for n, this far apart. @return how often it is told; as one, not as many */
static unsigned scanned(struct cor_rig *r, sk_time from, unsigned n, sk_time apart) {
    unsigned told = 0;
    for (unsigned k = 0; k < n; k++) {
        sk_time at = from + (sk_time)k * apart;
        ns(r, at, A, "fe80::a", target_of(k));
        sk_correlate_tick(r->c, r->seq, at);
        told += count_of(r, SCAN);
        if (count_of(r, SCAN))
            assert_string_equal(last_of(r, SCAN, SKF_neighbour_scan_distributed), "false");
        cor_clear(r);
    }
    return told;
}

static void one_scanner_is_not_told_as_many(void **state) {
    (void)state;
    static const struct {
        unsigned n;
        sk_time apart;
    } rows[] = {{400, 20 * SK_MSEC}, {5000, SK_MSEC}, {1200, 60 * SECOND}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cor_rig *r = cor_rig_new(NULL);
        assert_true(scanned(r, T0, rows[i].n, rows[i].apart) > 0);
        sk_correlate_tick(r->c, r->seq, T0 + (sk_time)rows[i].n * rows[i].apart + 60 * SECOND);
        nothing(r);
        cor_rig_free(r);
    }
}

/* A scanner that may, or one that is thrown in to be seen, covers nobody. */
static void one_scanner_does_not_hide_many(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    assert_true(scanned(r, T0, 150, 300 * SK_MSEC) > 0);
    assert_int_equal(invented(r, T0 + 3600 * SECOND, 300, 20 * SK_MSEC, false), 1);
    cor_rig_free(r);
    r = cor_rig_new(NULL);
    assert_true(scanned(r, T0, 80, 10 * SK_MSEC) == 0);
    sk_correlate_tick(r->c, r->seq, T0 + 4 * SECOND);
    assert_int_equal(count_of(r, SCAN), 1);
    cor_clear(r);
    assert_int_equal(invented(r, T0 + 10 * SECOND, 340, 20 * SK_MSEC, false), 1);
    cor_rig_free(r);
}

/* Others ask and are answered meanwhile: sixty that ask each other, or each a new one that asks for a new one. */
static void what_others_are_answered_does_not_hide_a_scan(void **state) {
    (void)state;
    char mac[24], src[40], target[40];
    for (unsigned others = 60; others <= 1000; others += 940) {
        unsigned told = 0;
        struct cor_rig *r = cor_rig_new(NULL);
        for (unsigned k = 0; k < 500; k++) {
            sk_time at = T0 + (sk_time)k * 180 * SK_MSEC;
            snprintf(mac, sizeof mac, "02-00-00-03-%02X-%02X", k % others >> 8, k % others & 255);
            snprintf(src, sizeof src, "2001:db8:30::3:%x", k % others + 1);
            snprintf(target, sizeof target, "2001:db8:30::3:%x", (k + others / 2) % others + 1);
            ns(r, at, mac, src, target);
            na(r, at + SK_MSEC, B, src, target);
            snprintf(mac, sizeof mac, "02-00-00-01-%02X-%02X", k >> 8, k & 255);
            snprintf(src, sizeof src, "fe80::1:%x", k + 1);
            ns(r, at + 2 * SK_MSEC, mac, src, target_of(k));
            sk_correlate_tick(r->c, r->seq, at + 2 * SK_MSEC);
            told += count_of(r, SCAN);
            if (count_of(r, SCAN))
                assert_string_equal(last_of(r, SCAN, SKF_neighbour_scan_distributed), "true");
            cor_clear(r);
        }
        assert_true(told > 0);
        cor_rig_free(r);
    }
}

/* Servers look for all laptops, and routers start again and ask for whoever they knew: each for all of them, half of
 * them switched off or none, the answers some milliseconds later. */
static void many_that_look_for_what_is_mostly_there_are_no_scan(void **state) {
    (void)state;
    enum { ASK = 12, LATER = 12 };
    char mac[24], src[40];
    for (unsigned dead = 0; dead < 2; dead++) {
        struct cor_rig *r = cor_rig_new(NULL);
        for (unsigned k = 0; k < 600 + LATER; k++)
            for (unsigned s = 1; s <= ASK; s++) {
                sk_time at = T0 + (sk_time)k * 2 * SK_MSEC + (sk_time)s;
                snprintf(src, sizeof src, "2001:db8:30::%x", s);
                snprintf(mac, sizeof mac, "02-00-00-04-00-%02X", s);
                unsigned then = k - LATER + 37 * s;
                if (k < 600)
                    ns(r, at, mac, src, target_of((k + 37 * s) % 600));
                if (k >= LATER && !(dead && then % 2))
                    na(r, at, B, src, target_of(then % 600));
                sk_correlate_tick(r->c, r->seq, at);
                nothing(r);
            }
        sk_correlate_flush(r->c, r->seq, T0 + 60 * SECOND);
        nothing(r);
        cor_rig_free(r);
    }
}

static void flow(struct cor_rig *r, sk_time ts, const char *src, const char *dst, uint16_t port, const char *how) {
    struct sk_event *ev = event_of(r, SKE_flow_state, ts, "02-00-00-00-00-01", src, dst);
    ev->transport = 6;
    ev->dport = port;
    sk_event_put_text(ev, SKF_flow_state, how);
    sk_event_put_text(ev, SKF_flow_initiator_by, "syn");
    feed(r, ev);
}

static void many_sources_scan_one_prefix(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(site);
    char src[40];
    for (unsigned k = 0; k < 300; k++) {
        snprintf(src, sizeof src, "2001:db8:ff::%x", k + 1);
        flow(r, T0 + (sk_time)k * 10 * SK_MSEC, src, target_of(k), 443, "opened");
        cor_clear(r);
    }
    sk_correlate_tick(r->c, r->seq, T0 + 9 * SECOND);
    assert_string_equal(last_of(r, SCAN, SKF_neighbour_scan_distributed), "true");
    cor_rig_free(r);
}

/* From a mirror that lost every other answer: each server did answer somebody. */
static void a_farm_of_servers_is_not_scanned(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(site);
    char src[40];
    for (unsigned k = 0; k < 3000; k++) {
        sk_time at = T0 + (sk_time)k * 20 * SK_MSEC;
        snprintf(src, sizeof src, "2001:db8:ff::%x", k + 1);
        flow(r, at, src, target_of(k % 200), 443, "opened");
        if ((k / 200 + k) % 2)
            flow(r, at + SK_MSEC, src, target_of(k % 200), 443, "established");
        sk_correlate_tick(r->c, r->seq, at);
        nothing(r);
    }
    cor_rig_free(r);
}

static void from_outside_to_inside_by_the_policy(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(site);
    flow(r, T0, "2001:db8:ff::1", "2001:db8:30::20", 22, "established");
    assert_string_equal(last_text(r, SKF_reach_inbound), "policy");
    assert_string_equal(last_text(r, SKF_policy_flow_verdict), "denied");
    flow(r, T0, "2001:db8:ff::1", "2001:db8:30::80", 443, "established");
    assert_string_equal(last_text(r, SKF_policy_flow_verdict), "allowed");
    flow(r, T0, "2001:db8:30::20", "2001:db8:ff::1", 443, "established");
    assert_string_equal(last_text(r, SKF_reach_inbound), "");
    assert_string_equal(last_text(r, SKF_reach_outbound), "policy");
    cor_rig_free(r);
}

static void who_forwards_is_told_once_by_all_lanes(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(site);
    for (int k = 0; k < 3; k++)
        feed(r, event_of(r, SKE_ip_forwarded, T0 + k, B, "2001:db8:30::20", "2001:db8:ff::1"));
    assert_int_equal(count_of(r, SKE_ip_forwarded), 1);
    assert_string_equal(last_text(r, SKF_policy_forwarder_verdict), "not-listed");
    feed(r, event_of(r, SKE_ip_forwarded, T0, "02-00-00-00-00-01", "2001:db8:30::20", "2001:db8:ff::1"));
    assert_string_equal(last_text(r, SKF_policy_forwarder_verdict), "listed");
    cor_rig_free(r);
}

static void claims(struct cor_rig *r, sk_time ts, const char *mac, const char *protocol, const char *name,
                   const char *ip) {
    struct sk_event *ev = event_of(r, SKE_name_claim, ts, mac, "192.168.30.66", "192.168.30.10");
    struct sk_addr a = addr_of(ip);
    sk_event_put_text(ev, SKF_name_claim_protocol, protocol);
    sk_event_put_text(ev, SKF_name_claim_message, "response");
    sk_event_put_text(ev, SKF_name_claim_name, name);
    sk_event_put_ip(ev, SKF_name_claim_ip, &a);
    feed(r, ev);
}
static void four_unrelated_names_of_one_address(void **state) {
    (void)state;
    static const char *const names[] = {"wpad", "fileserv", "intranet", "dc01"};
    struct cor_rig *r = cor_rig_new(NULL);
    for (unsigned k = 0; k < 4; k++) {
        assert_int_equal(count_of(r, SKE_name_poisoning), 0);
        claims(r, T0 + k * SECOND, A, k % 2 ? "nbns" : "llmnr", names[k], "192.168.30.66");
    }
    assert_string_equal(last_of(r, SKE_name_poisoning, SKF_name_poisoning_names), "4");
    cor_clear(r);
    for (unsigned k = 0; k < 4; k++) { /* spread over more than ten minutes; for others; one machine's spellings */
        static const char *const spelt[] = {"soumu-printer-west-1", "soumu-printer-w", "soumu-printer-west-2.local",
                                            "soumu-printer"};
        char ip[32];
        snprintf(ip, sizeof ip, "192.168.30.%u", 100 + k);
        claims(r, T0 + k * 300 * SECOND, B, "llmnr", names[k], "192.168.30.67");
        claims(r, T0 + k * SECOND, "02-00-00-00-00-0C", "mdns", names[k], ip);
        claims(r, T0 + k * SECOND, "02-00-00-00-00-0D", "mdns", spelt[k], "192.168.30.68");
    }
    assert_int_equal(count_of(r, SKE_name_poisoning), 0);
    cor_rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_burst_that_nobody_answers_is_judged_at_a_tick),
                                       cmocka_unit_test(scans_that_the_end_of_the_input_cuts_off_are_told),
                                       cmocka_unit_test(few_or_answered_or_repeated_is_no_scan),
                                       cmocka_unit_test(slowly_over_a_day),
                                       cmocka_unit_test(many_sources_scan_one_prefix),
                                       cmocka_unit_test(invented_macs_scan_one_prefix_on_the_link),
                                       cmocka_unit_test(one_scanner_is_not_told_as_many),
                                       cmocka_unit_test(one_scanner_does_not_hide_many),
                                       cmocka_unit_test(what_others_are_answered_does_not_hide_a_scan),
                                       cmocka_unit_test(many_that_look_for_what_is_mostly_there_are_no_scan),
                                       cmocka_unit_test(a_farm_of_servers_is_not_scanned),
                                       cmocka_unit_test(from_outside_to_inside_by_the_policy),
                                       cmocka_unit_test(who_forwards_is_told_once_by_all_lanes),
                                       cmocka_unit_test(four_unrelated_names_of_one_address)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
