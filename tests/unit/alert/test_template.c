/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences: every word a template may hold, fallbacks, cutting, Japanese. */
#include "alert/template.h"
#include "alert/values.h"
#include "alert_rig.h"

static const struct sk_rule any = {.detection = "BND-001", .title = "t"};

static void renders_to(struct alert *al, const struct sk_event *ev, bool ja, const char *text, const char *want) {
    struct template_from from = {al, ev, NULL, ja ? "端末" : "the device", ja};
    struct sk_buf out = {0};
    template_render(text, &from, 1000, &out);
    assert_string_equal(out.p ? out.p : "", want);
    sk_buf_free(&out);
}

static struct sk_event *flow(void) {
    struct sk_event *ev = event_at(SKE_flow_state, T0, "10.0.0.1", "192.0.2.1");
    ev->transport = 6;
    ev->dport = 443;
    return ev;
}

static void every_word_is_filled(void **state) {
    (void)state;
    struct alert al = {.rule = &any, .count = 12, .peak_rate = 7, .counted_from = T0, .last_seen = T0 + 90 * SK_SEC};
    struct sk_event *ev = flow();
    renders_to(&al, ev, false, "{device} {count} {peak_rate}/s {duration} {members.count}", "the device 12 7/s 90 s 1");
    renders_to(&al, ev, true, "{device} {duration}", "端末 90秒");
    renders_to(&al, ev, false, "{source.ip} -> {destination}", "10.0.0.1 -> 192.0.2.1");
    renders_to(&al, ev, false, "{network.transport}/{destination.port}", "tcp/443");
    renders_to(&al, ev, true, "{network.transport}/{destination.port}", "TCP/443");
    sk_event_put_text(ev, SKF_destination_domain, "files.example.net");
    renders_to(&al, ev, false, "{destination}", "files.example.net (192.0.2.1)");
    renders_to(&al, ev, true, "{destination} へ {count} 件", "files.example.net（192.0.2.1）へ 12 件");
    al.last_seen = T0 + 3 * 3600 * SK_SEC;
    renders_to(&al, ev, false, "{duration}", "3 h");
    renders_to(&al, ev, true, "{duration}", "3時間");
    al.last_seen = T0 + 10 * MINUTE_;
    renders_to(&al, ev, false, "{duration}", "10 min");
    al.last_seen = T0 + SK_SEC / 2;
    renders_to(&al, ev, false, "{duration}", "less than 1 s");
    renders_to(&al, ev, true, "{duration}", "1秒未満");
}

static void what_is_absent_gives_its_fallback(void **state) {
    (void)state;
    struct alert al = {.rule = &any, .count = 1};
    struct sk_event *ev = flow();
    renders_to(&al, ev, false, "DNS {icmpv6.ra.rdnss|none}.", "DNS none.");
    renders_to(&al, ev, false, "[{icmpv6.ra.rdnss}]", "[]");
    renders_to(&al, ev, false, "[{tunnel.kind|}]", "[]");
    renders_to(&al, ev, false, "{victims.count|0} followed", "0 followed");
    renders_to(&al, ev, false, "{source.ip|none}", "10.0.0.1");
}

static void truths_are_words(void **state) {
    (void)state;
    struct alert al = {.rule = &any, .count = 1};
    struct sk_event *ev = flow();
    sk_event_put_int(ev, SKF_redirect_blind, 1);
    renders_to(&al, ev, false, "{redirect.blind|unknown}", "yes");
    renders_to(&al, ev, true, "{redirect.blind|不明}", "はい");
}

static void braces_that_are_no_words_stay(void **state) {
    (void)state;
    struct alert al = {.rule = &any};
    renders_to(&al, flow(), false, "allow-recursion { inside; }; {", "allow-recursion { inside; }; {");
    renders_to(&al, flow(), false, "{unclosed", "{unclosed");
}

static void numbers_are_for_people(void **state) {
    (void)state;
    struct alert al = {.rule = &any};
    struct sk_event *ev = event_at(SKE_dns_transaction, T0, "192.0.2.1", "10.0.0.1");
    sk_event_put_real(ev, SKF_dns_amplification, 14.230769230769);
    renders_to(&al, ev, false, "{dns.amplification}x", "14.2x");
}

static void lists_show_the_first_four(void **state) {
    (void)state;
    struct alert al = {.rule = &any};
    struct sk_event *ev = event_at(SKE_icmpv6_ra, T0, "fe80::1", "ff02::1");
    for (int i = 0; i < 6; i++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "2001:db8:%d::/64", i);
        sk_event_put_text(ev, SKF_icmpv6_ra_prefix, prefix);
    }
    renders_to(&al, ev, false, "{icmpv6.ra.prefix}",
               "2001:db8:0::/64, 2001:db8:1::/64, 2001:db8:2::/64, 2001:db8:3::/64 …");
    renders_to(&al, ev, true, "{icmpv6.ra.prefix}",
               "2001:db8:0::/64、2001:db8:1::/64、2001:db8:2::/64、2001:db8:3::/64 …");
}

static void top_is_the_three_most_frequent_and_distinct_counts_all(void **state) {
    (void)state;
    struct alert al = {.rule = &any, .n_grows = 1};
    alert_values_begin(&al.grows[0], SKF_ipv6_category, NULL);
    static const char *const seen[] = {"dad", "mld", "mld", "rs", "mld", "rs", "mdns", "llmnr"};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        alert_values_add(&al.grows[0], &sk_hash_key_fixed, seen[i], T0);
    struct sk_event *ev = event_at(SKE_ipv6_seen, T0, "fe80::1", "ff02::16");
    renders_to(&al, ev, false, "{ipv6.category.top}", "mld, rs, dad");
    renders_to(&al, ev, true, "{ipv6.category.top}", "MLD、RS、DAD");
    renders_to(&al, ev, false, "{distinct.ipv6.category}", "5");
    alert_values_free(&al.grows[0]);
}

static void values_past_the_bound_are_estimated_and_said_to_be(void **state) {
    (void)state;
    struct alert al = {.rule = &any, .n_grows = 1};
    alert_values_begin(&al.grows[0], SKF_destination_ip, NULL);
    unsigned fresh = 0;
    for (unsigned i = 0; i < ALERT_DISTINCT + 50; i++) {
        char text[32];
        snprintf(text, sizeof text, "2001:db8::%x", i);
        fresh += alert_values_add(&al.grows[0], &sk_hash_key_fixed, text, T0);
        assert_false(alert_values_add(&al.grows[0], &sk_hash_key_fixed, text, T0)); /* a repeat is never new */
    }
    assert_int_equal(fresh, ALERT_DISTINCT);
    bool about = false;
    uint64_t n = alert_values_count(&al.grows[0], &about);
    assert_true(about && n > (ALERT_DISTINCT + 50) * 95 / 100 && n < (ALERT_DISTINCT + 50) * 105 / 100);
    char text[64];
    snprintf(text, sizeof text, "about %llu", (unsigned long long)n);
    renders_to(&al, flow(), false, "{distinct.destination.ip}", text);
    snprintf(text, sizeof text, "約%llu", (unsigned long long)n);
    renders_to(&al, flow(), true, "{distinct.destination.ip}", text);
    alert_values_free(&al.grows[0]);
}

static void without_room_few_are_exact_and_more_an_estimate_and_the_room_comes_back(void **state) {
    (void)state;
    uint64_t room = 4096, before = room;
    struct alert_values v[2];
    bool about = false;
    for (unsigned k = 0; k < 2; k++) {
        alert_values_begin(&v[k], SKF_destination_ip, &room);
        for (unsigned i = 0; i < 1500; i++) {
            char text[32];
            snprintf(text, sizeof text, "2001:db8::%x", i);
            alert_values_add(&v[k], &sk_hash_key_fixed, text, T0);
            if (i == 255)
                assert_true(alert_values_count(&v[k], &about) == 256 && !about);
        }
    }
    assert_true(alert_values_count(&v[0], &about) == 1500 && !about);
    uint64_t n = alert_values_count(&v[1], &about);
    assert_true(about && n > 1400 && n < 1600);
    alert_values_free(&v[0]);
    alert_values_free(&v[1]);
    assert_int_equal(room, before);
}

static void long_values_that_begin_alike_are_told_apart_in_the_count(void **state) {
    (void)state;
    struct alert_values v;
    char text[1001];
    alert_values_begin(&v, SKF_dns_question_name, NULL);
    memset(text, 'x', 1000);
    text[1000] = '\0';
    for (char c = 'a'; c <= 'e'; c++) {
        text[999] = c;
        assert_true(alert_values_add(&v, &sk_hash_key_fixed, text, T0));
        assert_false(alert_values_add(&v, &sk_hash_key_fixed, text, T0));
    }
    assert_int_equal(v.n, 5);
    assert_int_equal(v.n_text, 1);
    assert_int_equal(strlen(v.text[0]), 255);
    alert_values_free(&v);
}

static void one_is_not_told_as_many(void **state) {
    (void)state;
    struct alert al = {.rule = &any, .count = 1};
    renders_to(&al, flow(), false, "{count} devices are here, {count} addresses", "1 device is here, 1 address");
    renders_to(&al, flow(), false, "{count} queries were asked, {count} packets", "1 query was asked, 1 packet");
    renders_to(&al, flow(), false, "{count} bus, {count} s, VLAN{count} boxes", "1 bus, 1 s, VLAN1 boxes");
    renders_to(&al, flow(), true, "{count} devices", "1 devices");
    al.count = 11;
    renders_to(&al, flow(), false, "{count} devices are", "11 devices are");
}

static void long_texts_are_cut_at_a_character(void **state) {
    (void)state;
    struct alert al = {.rule = &any};
    struct template_from from = {&al, flow(), NULL, "d", true};
    for (size_t max = 10; max < 40; max++) {
        struct sk_buf out = {0};
        template_render("不正なルータ広告を見つけました", &from, max, &out);
        assert_true(out.len <= max);
        assert_true(sk_utf8_valid(out.p, out.len));
        assert_string_equal(out.p + out.len - 3, "…");
        sk_buf_free(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_is_filled),
        cmocka_unit_test(what_is_absent_gives_its_fallback),
        cmocka_unit_test(truths_are_words),
        cmocka_unit_test(braces_that_are_no_words_stay),
        cmocka_unit_test(numbers_are_for_people),
        cmocka_unit_test(lists_show_the_first_four),
        cmocka_unit_test(top_is_the_three_most_frequent_and_distinct_counts_all),
        cmocka_unit_test(values_past_the_bound_are_estimated_and_said_to_be),
        cmocka_unit_test(without_room_few_are_exact_and_more_an_estimate_and_the_room_comes_back),
        cmocka_unit_test(long_values_that_begin_alike_are_told_apart_in_the_count),
        cmocka_unit_test(one_is_not_told_as_many),
        cmocka_unit_test(long_texts_are_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
