/* SPDX-License-Identifier: Apache-2.0 */
/* The register of exceptions and the thresholds of the site. */
#include "policy_text.h"

#define ENTRY(id, rule, where, effect)                                                                                 \
    "  - {id: " id ", rule: " rule ", where: {" where "}, effect: " effect                                             \
    ", owner: o, approver: a, reason: r, until: 2026-12-31}\n"

static const char base[] = "site: {timezone: Asia/Tokyo}\n"
                           "segments: {inet: {vlan: 30, zone: z, prefixes: [10.30.0.0/22]}, other: {vlan: 31}}\n"
                           "zones: {z: {side: inside}}\n"
                           "devices: [{name: kouhou-007, mac: 00-00-5E-00-53-B7, ip: 10.30.0.7}]\n"
                           "exceptions:\n";

static const struct sk_policy *with(const char *entries) {
    char text[4096];
    (void)snprintf(text, sizeof text, "%s%s", base, entries);
    return policy_of(text);
}

static const char *id_of(const struct sk_policy *p, const struct sk_exception_query *q, const char *day) {
    const struct sk_exception *e = sk_policy_exception(p, q, day_of(day));
    return e ? e->id : "-";
}

static void a_rule_is_named_by_name_id_or_pattern(void **state) {
    (void)state;
    const struct sk_policy *p = with(ENTRY("E1", "ra-flood", "segment: inet", "lower")         //
                                     ENTRY("E2", "[V6-01?, 'nd-*']", "segment: inet", "raise") //
                                     ENTRY("E3", "'*'", "segment: other", "mute"));
    struct sk_exception_query q = {.rule_name = "ra-flood", .detection = "V6-012", .segment = 0};
    assert_string_equal(id_of(p, &q, "2026-11-01"), "E1");
    q.rule_name = "rogue";
    assert_string_equal(id_of(p, &q, "2026-11-01"), "E2");
    q.detection = "v6-020";
    assert_string_equal(id_of(p, &q, "2026-11-01"), "-");
    q.rule_name = "ND-spoof";
    assert_string_equal(id_of(p, &q, "2026-11-01"), "E2");
    q.segment = 1;
    assert_string_equal(id_of(p, &q, "2026-11-01"), "E3");
    q.critical = true; /* mute never applies to what is critical */
    assert_string_equal(id_of(p, &q, "2026-11-01"), "-");
    const struct sk_exception *e = sk_policy_exception_at(p, 1);
    assert_string_equal(e->rule, "V6-01?, nd-*");
    assert_int_equal(e->effect, SK_EXCEPTION_RAISE);
    assert_int_equal(e->index, 1);
    assert_int_equal(e->origin.line, 8);
    assert_string_equal(e->origin.entry, "E2");
    assert_int_equal(sk_policy_exceptions(p), 3);
    assert_true(sk_policy_exception_names(p, 1, NULL, NULL, "V6-019"));
    sk_policy_free(p);
}

static void an_entry_ends_with_its_last_day_at_the_site(void **state) {
    (void)state;
    const struct sk_policy *p = with(ENTRY("E1", "r", "segment: inet", "mute"));
    struct sk_exception_query q = {.rule_name = "r", .segment = 0};
    assert_non_null(sk_policy_exception(p, &q, day_of("2026-12-31") + 15 * 3600 * SK_SEC - 1));
    assert_null(sk_policy_exception(p, &q, day_of("2026-12-31") + 15 * 3600 * SK_SEC));
    sk_policy_free(p);
}

static void every_word_of_where_must_fit(void **state) {
    (void)state;
    const struct sk_policy *p =
        with(ENTRY("E1", "r", "source: 10.30.3.0/24, destination: [198.51.100.99], port: [443, 80]", "mute") //
             ENTRY("E2", "r", "device: kouhou-007", "lower")                                                 //
             ENTRY("E3", "r", "device: 00-00-5E-00-53-C1, vlan: 30, protocol: [tcp, tls]", "lower")          //
             ENTRY("E4", "r", "zone: z, protocol: icmpv6", "lower"));
    struct sk_addr src = addr_of("10.30.3.77"), dst = addr_of("198.51.100.99"), seven = addr_of("10.30.0.7");
    struct sk_mac kouhou = mac_of("00-00-5E-00-53-B7"), c1 = mac_of("00-00-5E-00-53-C1");
    static const uint16_t vlan[] = {0, 30};
    struct sk_exception_query q = {.rule_name = "r", .segment = 0, .src = &src, .dst = &dst, .dport = 443};
    assert_string_equal(id_of(p, &q, "2026-11-01"), "E1");
    q.dport = 8443;
    assert_string_equal(id_of(p, &q, "2026-11-01"), "-");
    q.mac = &kouhou;
    assert_string_equal(id_of(p, &q, "2026-11-01"), "E2");
    q.mac = NULL;
    q.src = &seven; /* the ledger gives this address to that device */
    assert_string_equal(id_of(p, &q, "2026-11-01"), "E2");
    q = (struct sk_exception_query){.rule_name = "r", .segment = 0, .mac = &c1, .vlan = vlan, .n_vlan = 2};
    assert_string_equal(id_of(p, &q, "2026-11-01"), "-");
    q.protocol = "TLS";
    assert_string_equal(id_of(p, &q, "2026-11-01"), "E3");
    q.n_vlan = 1;
    assert_string_equal(id_of(p, &q, "2026-11-01"), "-");
    q = (struct sk_exception_query){.rule_name = "r", .segment = 1, .zone = "z", .transport = "icmpv6"};
    assert_string_equal(id_of(p, &q, "2026-11-01"), "E4");
    sk_policy_free(p);
}

static void refuses(const char *entries, const char *expected) {
    char text[4096], said[4096] = "";
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    int n = snprintf(text, sizeof text, "sekimori-policy: 1\n%s%s", base, entries);
    assert_int_equal(sk_policy_parse("p.yml", text, (size_t)n, &p, &diags), SK_EUSAGE);
    for (size_t i = 0, at = 0; i < diags.n && at < 3500; i++)
        at += (size_t)snprintf(said + at, sizeof said - at, "%u:%u: %.200s\n", diags.at[i].line, diags.at[i].col,
                               diags.at[i].msg);
    if (!strstr(said, expected))
        print_message("expected: %s\ngot: %s", expected, said);
    assert_non_null(strstr(said, expected));
    sk_diags_free(&diags);
}

static void each_word_of_an_entry_is_needed(void **state) {
    (void)state;
    static const char *const word[] = {"id", "rule", "where", "effect", "owner", "approver", "reason", "until"};
    static const char *const value[] = {"E1", "r", "{segment: inet}", "mute", "o", "a", "r", "2026-12-31"};
    for (size_t left_out = 0; left_out < 8; left_out++) {
        char entry[512] = "  - {", expected[128];
        for (size_t i = 0; i < 8; i++)
            if (i != left_out)
                (void)snprintf(entry + strlen(entry), sizeof entry - strlen(entry), "%s: %s, ", word[i], value[i]);
        (void)snprintf(entry + strlen(entry) - 2, 4, "}\n");
        (void)snprintf(expected, sizeof expected, "7:5: this entry has no `%s`. Add %s: ", word[left_out],
                       word[left_out]);
        refuses(entry, expected);
    }
}

static void wrong_entries_are_named(void **state) {
    (void)state;
    refuses("  - {id: E, rule: r, where: {port: 1}, effect: mute, owner: \"?\", approver: a, reason: r, until: "
            "2026-12-31}\n",
            "7:61: `owner` says nothing");
    refuses("  - {id: E, rule: r, where: {port: 1}, effect: mute, owner: o, approver: a, reason: \"-\", until: "
            "2026-12-31}\n",
            "`reason` says nothing");
    refuses(ENTRY("E1", "r", "", "mute"), "7:30: an exception for everything everywhere is none");
    refuses(ENTRY("E1", "r", "segment: inett", "mute"), "segment `inett` is not declared. Did you mean `inet`?");
    refuses(ENTRY("E1", "r", "zone: q", "mute"), "zone `q` is not declared");
    refuses(ENTRY("E1", "r", "device: kouhou-07", "mute"),
            "device `kouhou-07` is not declared. Did you mean `kouhou-007`");
    refuses(ENTRY("E1", "r", "device: fridge", "mute"), "Write its MAC, or its name in the ledger");
    refuses(ENTRY("E1", "r", "sorce: 10.0.0.1", "mute"), "unknown key `sorce`. The key is `source`");
    refuses(ENTRY("E1", "r", "source: []", "mute"), "an empty list fits nothing");
    refuses(ENTRY("E1", "r", "port: 70000", "mute"), "a number from 1 to 65535 is needed");
    refuses(ENTRY("E1", "r", "segment: inet", "silence"),
            "`silence` is no word of this key. Words: mute, lower, raise");
    refuses(ENTRY("E1", "'ra flood'", "segment: inet", "mute"), "is no name of a rule");
    refuses(ENTRY("E1", "[]", "segment: inet", "mute"), "an empty list names no rule");
    refuses(ENTRY("E1", "r", "segment: inet", "mute") ENTRY("E1", "q", "segment: inet", "mute"),
            "8:5: id `E1` stands already at p.yml:7");
}

static void the_site_replaces_a_correlations_words(void **state) {
    (void)state;
    const struct sk_policy *p =
        policy_of("taps: {core: {iface: eth0}, quiet: {iface: eth1}}\nwatch:\n  ra-flood: {gt: 50, timespan: 10s}\n"
                  "  V6-020: {gte: 2.5}\n  loss_alert: 0.1%\n  silent_mirror: {core: 60s}\n");
    struct sk_watch w;
    struct sk_origin o;
    sk_time span;
    uint32_t ppm;
    assert_true(sk_policy_watch(p, "ra-flood", &w));
    assert_int_equal(w.op, SK_WATCH_GT);
    assert_int_equal((int)w.value, 50);
    assert_int_equal(w.timespan, 10 * SK_SEC);
    assert_int_equal(w.origin.line, 4);
    assert_true(sk_policy_watch(p, "v6-020", &w));
    assert_int_equal(w.op, SK_WATCH_GTE);
    assert_int_equal(w.timespan, 0);
    assert_false(sk_policy_watch(p, "loss_alert", &w));
    assert_true(sk_policy_loss_alert(p, &ppm, &o));
    assert_int_equal(ppm, 1000);
    assert_true(sk_policy_silent_mirror(p, 0, &span, &o));
    assert_int_equal(span, 60 * SK_SEC);
    assert_false(sk_policy_silent_mirror(p, 1, &span, &o));
    assert_false(sk_policy_silent_mirror(p, SK_TAP_NONE, &span, &o));
    assert_string_equal(sk_policy_watch_name(p, 1, &o), "V6-020");
    assert_null(sk_policy_watch_name(p, 2, &o));
    sk_policy_free(p);
}

static void watches(const char *text, const char *expected) {
    char entries[512];
    (void)snprintf(entries, sizeof entries, "  []\nwatch:\n  %s\n", text);
    refuses(entries, expected);
}

static void wrong_thresholds_are_named(void **state) {
    (void)state;
    watches("ra-flood: 50", "thresholds of a rule are written under its name");
    watches("ra-flood: {gt: many}", "`gt` needs a number, got text \"many\"");
    watches("ra-flood: {gt: 5, lt: 7}", "`gt` and `lt`: a correlation compares once");
    watches("ra-flood: {gtt: 5}", "unknown key `gtt`. The key is `gt`");
    watches("ra-flood: {timespan: 0s}", "a span of no time counts nothing");
    watches("ra-flood: {timespan: soon}", "soon is no duration");
    watches("ra-flood: {timespan: 213504d}",
            "213504d is longer than 100 years"); /* its nanoseconds are -2^63 and some */
    watches("silent_mirror: {core: 999999999h}", "999999999h is longer than 100 years");
    watches("ra-flood: {}", "nothing is said of `ra-flood`");
    watches("ra-flood: {gt: 5}\n  RA-flood: {gt: 6}", "`RA-flood` is written already at p.yml:9");
    watches("loss_alert: much", "much is no share of packets. Write a percentage: 0.1%");
    watches("loss_alert: 101%", "is no share of packets");
    watches("los_alert: 1%", "unknown key `los_alert`. The key is `loss_alert`");
    watches("silent_mirror: {core: 60s}", "tap `core` is not declared");
    watches("silent_mirror: 60s", "a span for each tap is needed here");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_is_named_by_name_id_or_pattern),
        cmocka_unit_test(an_entry_ends_with_its_last_day_at_the_site),
        cmocka_unit_test(every_word_of_where_must_fit),
        cmocka_unit_test(each_word_of_an_entry_is_needed),
        cmocka_unit_test(wrong_entries_are_named),
        cmocka_unit_test(the_site_replaces_a_correlations_words),
        cmocka_unit_test(wrong_thresholds_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
