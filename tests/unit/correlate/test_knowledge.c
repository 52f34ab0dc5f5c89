/* SPDX-License-Identifier: Apache-2.0 */
/* What DNS taught: SPF records, names of destinations, resolvers that answer outsiders; and repeats that are dropped.
 */
#include "cor_rig.h"

#define DAY_  SK_DAY
#define HOUR_ (3600 * SK_SEC)

/* ---- SPF ---- */

static void dns_says(struct cor_rig *r, sk_time ts, const char *domain, const char *spf, const char *code,
                     bool unsolicited) {
    struct sk_event *ev = event_of(r, SKE_dns_transaction, ts, NULL, "10.0.0.53", "192.0.2.53");
    sk_event_put_text(ev, SKF_dns_question_name, domain);
    sk_event_put_text(ev, SKF_dns_question_type, "TXT");
    sk_event_put_text(ev, SKF_dns_response_code, code);
    sk_event_put_text(ev, SKF_dns_txt_spf, spf);
    sk_event_put_int(ev, SKF_dns_answers_count, strcmp(spf, "present") == 0);
    if (unsolicited)
        sk_event_put_int(ev, SKF_dns_unsolicited, true);
    feed(r, ev);
}
static void mail_from(struct cor_rig *r, sk_time ts, const char *domain) {
    struct sk_event *ev = event_of(r, SKE_smtp_transaction, ts, NULL, "192.0.2.25", "10.0.0.25");
    sk_event_put_text(ev, SKF_smtp_mail_from_domain, domain);
    sk_event_put_int(ev, SKF_smtp_accepted, true);
    ev->flags |= SK_EV_FRAME;
    ev->number = 7;
    feed(r, ev);
}

static void silence_is_unknown_never_absent(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    mail_from(r, T0, "a.example");
    assert_string_equal(last_text(r, SKF_spf_record), "unknown");
    dns_says(r, T0 + 1, "a.example", "unknown", "SERVFAIL", false);
    mail_from(r, T0 + 2, "a.example");
    assert_string_equal(last_text(r, SKF_spf_record), "unknown");
    assert_string_equal(last_text(r, SKF_spf_evidence), "");
    cor_rig_free(r);
}

static void an_answer_before_the_mail_decides(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    dns_says(r, T0, "good.example", "present", "NOERROR", false);
    dns_says(r, T0, "bare.example", "absent", "NOERROR", false);
    dns_says(r, T0, "none.example", "absent", "NXDOMAIN", false);
    mail_from(r, T0 + 1, "good.example");
    assert_string_equal(last_text(r, SKF_spf_record), "present");
    mail_from(r, T0 + 2, "bare.example");
    assert_string_equal(last_text(r, SKF_spf_record), "absent");
    assert_string_equal(last_text(r, SKF_spf_evidence), "dns-nodata");
    mail_from(r, T0 + 3, "none.example");
    assert_string_equal(last_text(r, SKF_spf_evidence), "dns-nxdomain");
    assert_string_equal(last_text(r, SKF_dns_response_code), "NXDOMAIN");
    mail_from(r, T0 + 4, "sub.none.example"); /* of another name it says nothing */
    assert_string_equal(last_text(r, SKF_spf_record), "unknown");
    cor_rig_free(r);
}

static void a_late_answer_tells_the_mail_again_once_and_in_order(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    mail_from(r, T0, "late.example");
    dns_says(r, T0 + 5 * SK_SEC, "late.example", "absent", "NOERROR", false);
    assert_int_equal(r->n, 3); /* mail, answer, mail again */
    assert_int_equal(r->out[2]->type, SKE_smtp_transaction);
    assert_string_equal(last_text(r, SKF_spf_record), "absent");
    assert_string_equal(last_text(r, SKF_event_revision), "1");
    assert_string_equal(last_text(r, SKF_event_start), "2026-11-24T00:00:00.000000Z");
    assert_true(r->out[2]->ts == r->out[1]->ts && r->out[2]->seq == r->out[1]->seq);
    assert_int_equal(r->out[2]->number, 7);                                  /* the mail's frame */
    assert_int_equal(sk_correlation_derived(r->c)[SKE_smtp_transaction], 0); /* not one mail more */
    dns_says(r, T0 + 6 * SK_SEC, "late.example", "absent", "NOERROR", false);
    assert_int_equal(r->n, 4);
    cor_rig_free(r);
}

static void a_late_answer_with_a_record_or_after_an_hour_tells_nothing(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    mail_from(r, T0, "good.example");
    dns_says(r, T0 + SK_SEC, "good.example", "present", "NOERROR", false);
    mail_from(r, T0, "old.example");
    dns_says(r, T0 + HOUR_ + SK_SEC, "old.example", "absent", "NOERROR", false);
    assert_int_equal(r->n, 4);
    cor_rig_free(r);
}

static void knowledge_ends_after_a_day(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    dns_says(r, T0, "a.example", "absent", "NOERROR", false);
    mail_from(r, T0 + DAY_, "a.example");
    assert_string_equal(last_text(r, SKF_spf_record), "absent");
    mail_from(r, T0 + DAY_ + SK_SEC, "a.example");
    assert_string_equal(last_text(r, SKF_spf_record), "unknown");
    cor_rig_free(r);
}

static void an_answer_nobody_asked_for_is_inferred_and_overturns_nothing(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    dns_says(r, T0, "a.example", "present", "NOERROR", false);
    dns_says(r, T0 + 1, "a.example", "absent", "NXDOMAIN", true);
    mail_from(r, T0 + 2, "a.example");
    assert_string_equal(last_text(r, SKF_spf_record), "present");
    dns_says(r, T0 + 3, "b.example", "absent", "NOERROR", true); /* a mirror that shows answers only */
    mail_from(r, T0 + 4, "b.example");
    assert_string_equal(last_text(r, SKF_spf_record), "absent");
    assert_string_equal(last_text(r, SKF_sekimori_certainty), "inferred");
    dns_says(r, T0 + 5, "b.example", "present", "NOERROR", false);
    mail_from(r, T0 + 6, "b.example");
    assert_string_equal(last_text(r, SKF_spf_record), "present");
    assert_string_equal(last_text(r, SKF_sekimori_certainty), "");
    cor_rig_free(r);
}

/* ---- names ---- */

static void client_learns(struct cor_rig *r, sk_time ts, const char *client, const char *name, const char *ip,
                          bool unsolicited) {
    struct sk_event *ev = event_of(r, SKE_dns_transaction, ts, NULL, client, "10.0.0.53");
    struct sk_addr a = addr_of(ip);
    sk_event_put_text(ev, SKF_dns_question_name, name);
    sk_event_put_ip(ev, SKF_dns_resolved_ip, &a);
    if (unsolicited)
        sk_event_put_int(ev, SKF_dns_unsolicited, true);
    feed(r, ev);
}
static const char *name_of(struct cor_rig *r, sk_time ts, const char *client, const char *ip) {
    feed(r, event_of(r, SKE_flow_state, ts, NULL, client, ip));
    return last_text(r, SKF_destination_domain);
}

static void a_destination_is_called_what_this_client_was_told(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    client_learns(r, T0, "10.0.0.1", "files.example.net", "192.0.2.80", false);
    assert_string_equal(name_of(r, T0 + 1, "10.0.0.1", "192.0.2.80"), "files.example.net");
    assert_string_equal(last_text(r, SKF_policy_destination_group), "files.example.net");
    assert_string_equal(name_of(r, T0 + 1, "10.0.0.2", "192.0.2.80"), ""); /* another client */
    assert_string_equal(last_text(r, SKF_policy_destination_group), "192.0.2.0/24");
    assert_string_equal(name_of(r, T0 + HOUR_ + 1, "10.0.0.1", "192.0.2.80"), ""); /* an hour is over */
    client_learns(r, T0 + 2, "10.0.0.1", "allowed.example", "192.0.2.81", true);   /* anybody can send answers */
    assert_string_equal(name_of(r, T0 + 3, "10.0.0.1", "192.0.2.81"), "");
    cor_rig_free(r);
}

static void inside_a_tunnel_it_is_called_what_either_end_of_the_client_was_told(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    struct sk_addr end = addr_of("10.0.0.5"), home = addr_of("2001:db8:41::2"), site = addr_of("2001:db8:80::80");
    client_learns(r, T0, "10.0.0.5", "www.example.jp", "2001:db8:80::80", false);
    for (unsigned back = 0; back < 2; back++) {
        struct sk_event *ev = event_of(r, SKE_tunnel_state, T0 + SK_SEC, NULL, "10.0.0.5", "192.0.2.9");
        sk_event_put_ip(ev, SKF_tunnel_inside_ip, &end);
        sk_event_put_ip(ev, SKF_tunnel_inner_source_ip, back ? &site : &home);
        sk_event_put_ip(ev, SKF_tunnel_inner_destination_ip, back ? &home : &site);
        feed(r, ev);
        assert_string_equal(last_text(r, SKF_tunnel_inner_domain), "www.example.jp");
    }
    cor_rig_free(r);
}

static void of_guests_no_names_are_kept(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new("segments:\n  office: {vlan: 30}\n  guests: {vlan: 90, prefixes: [10.90.0.0/16], "
                                    "private: true}\n");
    client_learns(r, T0, "10.90.0.1", "secret.example", "192.0.2.80", false); /* seen on the office's line */
    assert_string_equal(name_of(r, T0 + 1, "10.90.0.1", "192.0.2.80"), "");
    cor_rig_free(r);
}

/* ---- resolvers ---- */

static struct sk_event *asked(struct cor_rig *r, sk_time ts, const char *client, const char *server) {
    struct sk_event *ev = event_of(r, SKE_dns_transaction, ts, NULL, client, server);
    sk_event_put_int(ev, SKF_dns_answered, true);
    sk_event_put_text(ev, SKF_dns_proof, "recursion");
    return ev;
}

static void outside_askers_of_an_inside_server_are_counted(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    feed(r, asked(r, T0, "192.0.2.1", "10.0.0.53"));
    feed(r, asked(r, T0, "192.0.2.1", "10.0.0.53"));
    feed(r, asked(r, T0, "192.0.2.2", "10.0.0.53"));
    assert_string_equal(last_text(r, SKF_dns_clients), "2");
    feed(r, asked(r, T0, "192.0.2.1", "10.0.0.54"));
    assert_string_equal(last_text(r, SKF_dns_clients), "1");
    feed(r, asked(r, T0, "10.0.0.9", "10.0.0.53")); /* an inside asker */
    assert_string_equal(last_text(r, SKF_dns_clients), "");
    feed(r, asked(r, T0, "192.0.2.1", "198.51.100.53")); /* nobody of ours */
    assert_string_equal(last_text(r, SKF_dns_clients), "");
    cor_rig_free(r);
}

static void the_rate_is_that_of_the_last_ten_to_twenty_seconds(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    for (int i = 0; i < 200; i++) {
        cor_clear(r);
        feed(r, asked(r, T0 + i * 100 * SK_MSEC, "192.0.2.1", "10.0.0.53"));
    }
    double rate = strtod(last_text(r, SKF_dns_rate), NULL);
    assert_true(rate > 9.9 && rate < 10.1);
    feed(r, asked(r, T0 + 100 * SK_SEC, "192.0.2.1", "10.0.0.53"));
    assert_true(strtod(last_text(r, SKF_dns_rate), NULL) < 0.2);
    cor_rig_free(r);
}

static void one_flooded_server_leaves_room_for_the_others(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    char ip[64];
    for (unsigned i = 0; i < 70000; i++) {
        cor_clear(r);
        snprintf(ip, sizeof ip, "192.%u.%u.%u", 1 + (i >> 16), (i >> 8) & 255, i & 255);
        feed(r, asked(r, T0, ip, "10.0.0.53"));
    }
    assert_string_equal(last_text(r, SKF_dns_clients), "4096");
    assert_int_equal(sk_correlation_evictions(r->c), 0);
    feed(r, asked(r, T0, "192.0.2.1", "10.0.0.54"));
    assert_string_equal(last_text(r, SKF_dns_clients), "1");
    cor_rig_free(r);
}

/* ---- repeats ---- */

static struct sk_event *category(struct cor_rig *r, sk_time ts, const char *mac, const char *word) {
    struct sk_event *ev = event_of(r, SKE_ipv6_seen, ts, mac, "fe80::1", "ff02::1");
    sk_event_put_text(ev, SKF_ipv6_category, word);
    return ev;
}

/* A link's new routers: 64 at once, then one a second; another link's, and whoever does no such thing, are told. */
static void a_flood_of_forged_routers_is_not_told_one_by_one(void **state) {
    (void)state;
    char mac[18];
    struct cor_rig *r = cor_rig_new(NULL);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(mac, sizeof mac, "02-00-5E-00-53-%02X", i);
        feed(r, category(r, T0 + i, mac, "ra"));
    }
    assert_int_equal(r->n, 64);
    assert_int_equal(sk_correlation_dropped(r->c)[SKE_ipv6_seen], 36);
    feed(r, category(r, T0 + 100, "02-00-5E-00-54-01", "rs"));
    struct sk_event *ev = category(r, T0 + 101, "02-00-5E-00-54-01", "ra");
    ev->n_vlan = 1;
    ev->vlan[0] = 7;
    feed(r, ev);
    assert_int_equal(r->n, 66);
    feed(r, category(r, T0 + 2 * SK_SEC, "02-00-5E-00-53-63", "ra")); /* refused then, not remembered as told */
    assert_int_equal(r->n, 67);
    feed(r, category(r, T0 + 4 * SK_SEC, "02-00-5E-00-53-63", "ra"));
    assert_int_equal(r->n, 67);
    feed(r, category(r, T0 + 2 * SK_SEC, "02-00-5E-00-54-02", "ra"));
    feed(r, category(r, T0 + 2 * SK_SEC, "02-00-5E-00-54-03", "ra"));
    feed(r, category(r, T0 + 2 * SK_SEC, "02-00-5E-00-54-04", "ra"));
    assert_int_equal(r->n, 68);
    cor_rig_free(r);
}

static void what_another_lane_saw_first_is_dropped_until_the_next_day(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    feed(r, category(r, T0, "00-00-5E-00-53-01", "mld"));
    feed(r, category(r, T0 + 1, "00-00-5E-00-53-01", "mld"));
    assert_int_equal(r->n, 1);
    assert_int_equal(sk_correlation_dropped(r->c)[SKE_ipv6_seen], 1);
    feed(r, category(r, T0 + 2, "00-00-5E-00-53-01", "dad"));
    feed(r, category(r, T0 + 3, "00-00-5E-00-53-02", "mld"));
    struct sk_event *ev = category(r, T0 + 4, "00-00-5E-00-53-01", "mld");
    ev->segment = 5;
    feed(r, ev);
    assert_int_equal(r->n, 4);
    feed(r, category(r, T0 + DAY_ - 1, "00-00-5E-00-53-01", "mld"));
    assert_int_equal(r->n, 4);
    feed(r, category(r, T0 + DAY_, "00-00-5E-00-53-01", "mld"));
    assert_int_equal(r->n, 5);
    sk_correlate_flush(r->c, 1, T0 + DAY_);
    sk_correlate_forget(r->c);
    feed(r, category(r, T0 + DAY_ + 1, "00-00-5E-00-53-01", "mld"));
    assert_int_equal(r->n, 6);
    cor_rig_free(r);
}

/* ---- followers of router advertisements ---- */

static struct sk_event *advertisement(struct cor_rig *r, sk_time ts) {
    struct sk_event *ev = event_of(r, SKE_icmpv6_ra, ts, "02-00-00-00-00-AA", "fe80::bad", "ff02::1");
    sk_event_put_text(ev, SKF_icmpv6_ra_prefix, "2001:db8:bad::/64");
    return ev;
}
static void forms(struct cor_rig *r, sk_time ts, const char *mac, const char *address) {
    struct sk_event *ev = event_of(r, SKE_icmpv6_ns, ts, mac, "::", "ff02::1:ff00:1");
    struct sk_addr a = addr_of(address);
    sk_event_put_ip(ev, SKF_icmpv6_ns_target, &a);
    sk_event_put_int(ev, SKF_icmpv6_ns_dad, true);
    feed(r, ev);
}

static void hosts_that_form_an_address_afterwards_are_followers(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    forms(r, T0, "00-00-5E-00-53-01", "2001:db8:bad::1"); /* before: nobody's follower */
    feed(r, advertisement(r, T0 + 1));
    assert_string_equal(last_text(r, SKF_icmpv6_ra_followers), "0");
    forms(r, T0 + 2, "00-00-5E-00-53-02", "2001:db8:bad::2");
    forms(r, T0 + 3, "00-00-5E-00-53-02", "2001:db8:bad::3");  /* the same host */
    forms(r, T0 + 4, "00-00-5E-00-53-03", "2001:db8:900d::3"); /* another prefix */
    feed(r, advertisement(r, T0 + 5));
    assert_string_equal(last_text(r, SKF_icmpv6_ra_followers), "1");
    assert_string_equal(last_text(r, SKF_icmpv6_ra_follower), "00-00-5E-00-53-02");
    cor_rig_free(r);
}

static void a_host_that_follows_with_two_prefixes_is_one_host(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    struct sk_event *ev = advertisement(r, T0);
    sk_event_put_text(ev, SKF_icmpv6_ra_prefix, "fd00:db8::/64");
    feed(r, ev);
    forms(r, T0 + 1, "00-00-5E-00-53-02", "2001:db8:bad::2");
    forms(r, T0 + 2, "00-00-5E-00-53-02", "fd00:db8::2");
    forms(r, T0 + 3, "00-00-5E-00-53-03", "fd00:db8::3");
    ev = advertisement(r, T0 + 4);
    sk_event_put_text(ev, SKF_icmpv6_ra_prefix, "fd00:db8::/64");
    feed(r, ev);
    assert_string_equal(last_text(r, SKF_icmpv6_ra_followers), "2");
    cor_rig_free(r);
}

static void what_hosts_discard_has_no_followers(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    struct sk_event *ev = advertisement(r, T0);
    sk_event_put_text(ev, SKF_sekimori_effect, "ignored-by-rfc");
    feed(r, ev);
    forms(r, T0 + 1, "00-00-5E-00-53-02", "2001:db8:bad::2");
    feed(r, advertisement(r, T0 + 2));
    assert_string_equal(last_text(r, SKF_icmpv6_ra_followers), "0");
    cor_rig_free(r);
}

/* ---- NAT64 ---- */

static void router_says(struct cor_rig *r, sk_time ts, const char *prefix, int64_t lifetime, bool discarded) {
    struct sk_event *ev = event_of(r, SKE_icmpv6_ra, ts, "02-00-00-00-00-01", "fe80::1", "ff02::1");
    sk_event_put_text(ev, SKF_icmpv6_ra_pref64, "2001:db8:99::/96");
    sk_event_put_int(ev, SKF_icmpv6_ra_pref64_lifetime, 60);
    sk_event_put_text(ev, SKF_icmpv6_ra_pref64, prefix);
    sk_event_put_int(ev, SKF_icmpv6_ra_pref64_lifetime, lifetime);
    if (discarded)
        sk_event_put_text(ev, SKF_sekimori_effect, "ignored-by-rfc");
    feed(r, ev);
}
static void flow_to(struct cor_rig *r, sk_time ts, const char *dst) {
    feed(r, event_of(r, SKE_flow_state, ts, NULL, "2001:db8::5", dst));
}

static void a_nat64_prefix_that_a_router_advertises_tells_who_is_spoken_to(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    flow_to(r, T0, "2001:db8:64::cb00:7101");
    assert_string_equal(last_text(r, SKF_nat64_prefix), "");
    router_says(r, T0, "2001:db8:64::/96", 600, true); /* hosts discard it */
    flow_to(r, T0 + 1, "2001:db8:64::cb00:7101");
    assert_string_equal(last_text(r, SKF_nat64_prefix), "");
    router_says(r, T0 + 2, "2001:db8:64::/96", 600, false);
    flow_to(r, T0 + 3, "2001:db8:64::cb00:7101");
    assert_string_equal(last_text(r, SKF_destination_nat_ip), "203.0.113.1");
    assert_string_equal(last_text(r, SKF_nat64_prefix), "2001:db8:64::/96");
    assert_string_equal(last_text(r, SKF_nat64_origin), "ra");
    assert_string_equal(last_text(r, SKF_source_nat_ip), "");
    flow_to(r, T0 + 4, "2001:db8:65::cb00:7101");
    assert_string_equal(last_text(r, SKF_nat64_prefix), "");
    flow_to(r, T0 + 700 * SK_SEC, "2001:db8:64::cb00:7101"); /* its lifetime is over */
    assert_string_equal(last_text(r, SKF_nat64_prefix), "");
    router_says(r, T0 + 701 * SK_SEC, "2001:db8:64::/96", 600, false);
    router_says(r, T0 + 702 * SK_SEC, "2001:db8:64::/96", 0, false); /* withdrawn */
    flow_to(r, T0 + 703 * SK_SEC, "2001:db8:64::cb00:7101");
    assert_string_equal(last_text(r, SKF_nat64_prefix), "");
    for (unsigned i = 0; i < 200; i++) {
        char prefix[64];
        snprintf(prefix, sizeof prefix, "2001:db8:%x::/96", 0x1000 + i);
        router_says(r, T0 + 800 * SK_SEC, prefix, 600, false);
        cor_clear(r);
    }
    assert_true(sk_correlation_evictions(r->c) > 0);
    flow_to(r, T0 + 801 * SK_SEC, "2001:db8:10c7::cb00:7101");
    assert_string_equal(last_text(r, SKF_destination_nat_ip), "203.0.113.1");
    cor_rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_unknown_never_absent),
        cmocka_unit_test(an_answer_before_the_mail_decides),
        cmocka_unit_test(a_late_answer_tells_the_mail_again_once_and_in_order),
        cmocka_unit_test(a_late_answer_with_a_record_or_after_an_hour_tells_nothing),
        cmocka_unit_test(knowledge_ends_after_a_day),
        cmocka_unit_test(an_answer_nobody_asked_for_is_inferred_and_overturns_nothing),
        cmocka_unit_test(a_destination_is_called_what_this_client_was_told),
        cmocka_unit_test(inside_a_tunnel_it_is_called_what_either_end_of_the_client_was_told),
        cmocka_unit_test(of_guests_no_names_are_kept),
        cmocka_unit_test(outside_askers_of_an_inside_server_are_counted),
        cmocka_unit_test(the_rate_is_that_of_the_last_ten_to_twenty_seconds),
        cmocka_unit_test(one_flooded_server_leaves_room_for_the_others),
        cmocka_unit_test(hosts_that_form_an_address_afterwards_are_followers),
        cmocka_unit_test(a_host_that_follows_with_two_prefixes_is_one_host),
        cmocka_unit_test(what_hosts_discard_has_no_followers),
        cmocka_unit_test(a_flood_of_forged_routers_is_not_told_one_by_one),
        cmocka_unit_test(what_another_lane_saw_first_is_dropped_until_the_next_day),
        cmocka_unit_test(a_nat64_prefix_that_a_router_advertises_tells_who_is_spoken_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
