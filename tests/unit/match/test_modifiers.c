/* SPDX-License-Identifier: Apache-2.0 */
/* Every comparison and modifier: a value that fires, and one that stays silent. */
#include "rules.h"

struct pair {
    const char *fires, *silent;
};
static void check(const struct pair *p, size_t n, const struct sk_policy *policy) {
    for (size_t i = 0; i < n; i++) {
        if (p[i].fires && !item_fires(p[i].fires, policy))
            fail_msg("silent: %s", p[i].fires);
        if (p[i].silent && item_fires(p[i].silent, policy))
            fail_msg("fires: %s", p[i].silent);
    }
}
#define CHECK(policy, ...)                                                                                             \
    do {                                                                                                               \
        static const struct pair pairs[] = {__VA_ARGS__};                                                              \
        check(pairs, sizeof pairs / sizeof pairs[0], policy);                                                          \
    } while (0)

static void text_is_compared_without_case_and_whole(void **state) {
    (void)state;
    CHECK(NULL, {"icmpv6.ra.kind: default-router", "icmpv6.ra.kind: default"},
          {"icmpv6.ra.kind: DEFAULT-ROUTER", "icmpv6.ra.kind: router"},
          {"icmpv6.ra.kind: default-*", "icmpv6.ra.kind: '*-route'"},
          {"icmpv6.ra.kind: default?router", "icmpv6.ra.kind: default??router"},
          {"icmpv6.ra.kind: [empty, default-router]", "icmpv6.ra.kind: [empty, dns-only]"},
          {"icmpv6.ra.captive_portal: 'https://a\\*b.example/x\\y\\?q=100%25'",
           "icmpv6.ra.captive_portal: 'https://a\\?b.example*'"},
          {"network.vlan.id: '30'", "network.vlan.id: '3'"});
}

static void cased_minds_case(void **state) {
    (void)state;
    CHECK(NULL, {"icmpv6.ra.kind|cased: Default-Router", "icmpv6.ra.kind|cased: default-router"},
          {"icmpv6.ra.kind|contains|cased: Router", "icmpv6.ra.kind|contains|cased: router"});
}

static void contains_startswith_endswith_wrap_the_value(void **state) {
    (void)state;
    CHECK(NULL, {"icmpv6.ra.kind|contains: ault-rou", "icmpv6.ra.kind|contains: lure"},
          {"icmpv6.ra.kind|startswith: DEF", "icmpv6.ra.kind|startswith: router"},
          {"icmpv6.ra.kind|endswith: router", "icmpv6.ra.kind|endswith: default"},
          {"icmpv6.ra.kind|contains: 'f*lt'", "icmpv6.ra.kind|contains: 'f\\*lt'"},
          {"icmpv6.ra.kind|contains|all: [default, router]", "icmpv6.ra.kind|contains|all: [default, lure]"});
}

static void numbers_are_compared_as_numbers(void **state) {
    (void)state;
    CHECK(NULL, {"icmpv6.ra.router_lifetime: 1800", "icmpv6.ra.router_lifetime: 1801"},
          {"icmpv6.ra.router_lifetime: 1800.0", "icmpv6.ra.router_lifetime: 1800.5"},
          {"icmpv6.ra.router_lifetime|gt: 1799", "icmpv6.ra.router_lifetime|gt: 1800"},
          {"icmpv6.ra.router_lifetime|gt: 1799.5", "icmpv6.ra.router_lifetime|gt: 1800.5"},
          {"icmpv6.ra.router_lifetime|gte: 1800", "icmpv6.ra.router_lifetime|gte: 1801"},
          {"icmpv6.ra.router_lifetime|lt: 1801", "icmpv6.ra.router_lifetime|lt: 1800"},
          {"icmpv6.ra.router_lifetime|lte: 1800", "icmpv6.ra.router_lifetime|lte: 1799"},
          {"icmpv6.ra.router_lifetime|lt: 1.0e300", "icmpv6.ra.router_lifetime|lt: -1.0e300"},
          {"icmpv6.ra.router_lifetime|neq: 5", "icmpv6.ra.router_lifetime|neq: 1800"},
          {"icmpv6.ra.router_lifetime: [1, 1800]", "icmpv6.ra.router_lifetime: [1, 2]"},
          {"icmpv6.nd.mac_mismatch: true", "icmpv6.nd.mac_mismatch: false"});
}

static void neq_is_true_of_another_value_and_never_of_an_absent_one(void **state) {
    (void)state;
    CHECK(NULL, {"icmpv6.ra.kind|neq: empty", "icmpv6.ra.kind|neq: default-router"},
          {"icmpv6.ra.kind|neq|all: [empty, dns-only]", "icmpv6.ra.kind|neq|all: [empty, default-router]"},
          {"source.ip|neq: 'fe80::1'", "source.ip|neq: 'fe80::bad'"}, {NULL, "icmpv6.ra.preference|neq: high"});
}

static void addresses_are_compared_parsed(void **state) {
    (void)state;
    CHECK(NULL, {"source.ip: 'fe80:0:0:0::0BAD'", "source.ip: 'fe80::bad0'"},
          {"source.ip|cidr: 'fe80::/10'", "source.ip|cidr: 'fe80::1:0/112'"},
          {"source.ip|cidr: ['10.0.0.0/8', 'fe80::/64']", "source.ip|cidr: ['0.0.0.0/0', '2000::/3']"},
          {"source.ip|cidr: 'fe80::bad'", "source.ip|cidr: 'fe80::bae'"},
          {"icmpv6.ra.rdnss: '2001:db8:1::53'", "icmpv6.ra.rdnss: '2001:db8:2::53'"},
          {"icmpv6.ra.rdnss|cidr|all: ['2001:db8::/48', '2001:db8:1::/48']",
           "icmpv6.ra.rdnss|cidr|all: ['2001:db8::/48', '2001:db8:2::/48']"});
}

static void a_list_matches_if_any_element_does_and_all_asks_for_each_value(void **state) {
    (void)state;
    CHECK(NULL, {"icmpv6.ra.flags: o", "icmpv6.ra.flags: H"}, {"icmpv6.ra.flags: [H, M]", "icmpv6.ra.flags: [H, P]"},
          {"icmpv6.ra.flags|all: [O, M]", "icmpv6.ra.flags|all: [O, H]"});
}

static void exists_and_null_ask_whether_the_field_is_there(void **state) {
    (void)state;
    CHECK(NULL, {"icmpv6.ra.kind|exists: true", "icmpv6.ra.kind|exists: false"},
          {"icmpv6.ra.preference|exists: false", "icmpv6.ra.preference|exists: true"},
          {"icmpv6.ra.preference: null", "icmpv6.ra.kind: null"}, {NULL, "icmpv6.ra.kind: ''"},
          {"icmpv6.ra.kind: '*'", "icmpv6.ra.preference: '*'"}, {NULL, "icmpv6.ra.preference: ''"});
}

static void an_absent_field_makes_every_comparison_false(void **state) {
    (void)state;
    CHECK(NULL, {NULL, "icmpv6.ra.preference: high"}, {NULL, "icmpv6.ra.preference|contains: ''"},
          {NULL, "icmpv6.ra.preference|re: '.*'"}, {NULL, "icmpv6.ra.cur_hop_limit|lt: 1000"},
          {NULL, "icmpv6.ra.cur_hop_limit|gte: 0"}, {NULL, "icmpv6.ra.cur_hop_limit|neq: 5"},
          {NULL, "icmpv6.ns.target|cidr: '::/0'"}, {NULL, "icmpv6.ns.dad: false"},
          {NULL, "icmpv6.ra.preference|fieldref: icmpv6.ra.kind"},
          {NULL, "icmpv6.ra.kind|fieldref: icmpv6.ra.preference"},
          {NULL, "icmpv6.ra.kind|neq|fieldref: icmpv6.ra.preference"});
}

static void regular_expressions_mind_case_and_are_not_anchored(void **state) {
    (void)state;
    CHECK(NULL, {"icmpv6.ra.kind|re: 'ault-R'", "icmpv6.ra.kind|re: 'ault-r'"},
          {"icmpv6.ra.kind|re|i: 'ault-r'", "icmpv6.ra.kind|re|i: '^ault-r'"},
          {"icmpv6.ra.kind|re: '^D.{5}t-R[a-z]+$'", "icmpv6.ra.kind|re: '^D.{4}t-R'"},
          {"icmpv6.ra.kind|re|all: ['^D', 'r$']", "icmpv6.ra.kind|re|all: ['^D', 'R$']"},
          {"icmpv6.ra.kind|re|m|s: '^D'", NULL});
}

static void fieldref_compares_with_another_field(void **state) {
    (void)state;
    CHECK(NULL,
          {"icmpv6.ra.router_lifetime|fieldref: icmpv6.ra.rdnss_lifetime",
           "icmpv6.ra.router_lifetime|fieldref: icmpv6.ra.mtu"},
          {"icmpv6.ra.router_lifetime|gt|fieldref: icmpv6.ra.mtu",
           "icmpv6.ra.router_lifetime|lt|fieldref: icmpv6.ra.mtu"},
          {"icmpv6.ra.mtu|neq|fieldref: icmpv6.ra.router_lifetime",
           "icmpv6.ra.router_lifetime|neq|fieldref: icmpv6.ra.rdnss_lifetime"},
          {"source.ip|neq|fieldref: destination.ip", "source.ip|fieldref: destination.ip"},
          {"icmpv6.ra.captive_portal|startswith|fieldref: icmpv6.nd.slla", "icmpv6.ra.kind|fieldref: icmpv6.nd.slla"},
          {"icmpv6.ra.kind|contains|fieldref: icmpv6.ra.flags",
           "icmpv6.ra.kind|contains|fieldref|cased: icmpv6.ra.flags"});
}

static void a_placeholder_stands_for_a_list_of_the_policy(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("sekimori-policy: 1\n"
                                          "scanners: [{ip: ['2001:db8::53'], until: 1970-01-01}, {ip: ['fe80::bad']}]\n"
                                          "mail: {own_domains: [example, city.example]}\n");
    CHECK(p, {"source.ip|expand: '%scanners%'", "destination.ip|expand: '%scanners%'"},
          {"source.ip|cidr|expand: '%scanners%'", "destination.ip|cidr|expand: '%scanners%'"},
          {"icmpv6.ra.captive_portal|contains|expand: 'b.%own_domains%/'",
           "icmpv6.ra.captive_portal|contains|expand: 'x.%own_domains%/'"},
          {NULL, "source.ip|neq|all|expand: '%scanners%'"});
    sk_policy_free(p);
}

static void an_entry_of_the_policy_past_its_date_drops_out_by_packet_time(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("sekimori-policy: 1\nscanners: [{ip: ['fe80::bad'], until: 1970-01-10}]\n");
    struct sk_event *ev = ra_event();
    const char *d = "  a: {source.ip|expand: '%scanners%'}\n  condition: a";
    assert_true(fires_at(d, p, ev));
    ev->ts = 30 * SK_DAY;
    assert_false(fires_at(d, p, ev));
    free(ev);
    sk_policy_free(p);
}

static void an_undeclared_list_matches_nothing(void **state) {
    (void)state;
    CHECK(NULL, {NULL, "source.ip|expand: '%scanners%'"}, {NULL, "source.ip|neq|all|expand: '%scanners%'"});
}

static void a_percent_sign_without_expand_is_a_percent_sign(void **state) {
    (void)state;
    CHECK(NULL, {"icmpv6.ra.captive_portal|endswith: '100%25'", "icmpv6.ra.captive_portal|endswith: '%scanners%'"});
}

static bool keyword(const char *list) {
    struct sk_event *ev = ra_event();
    struct sk_buf b = {0};
    sk_buf_fmt(&b, "  a:\n%s\n  condition: a", list);
    bool ret = fires_at(b.p, NULL, ev);
    sk_buf_free(&b);
    free(ev);
    return ret;
}

static void a_plain_list_searches_the_whole_event(void **state) {
    (void)state;
    assert_true(keyword("    - nothing\n    - ault-rout"));
    assert_false(keyword("    - nothing\n    - ault-lure"));
    assert_true(keyword("    - 'fe80::b'"));
    assert_true(keyword("    - 'b.ex*q='"));
    assert_false(keyword("    - 'q=*b.ex'"));
    assert_true(keyword("    '|all': [router, example]"));
    assert_false(keyword("    '|all': [router, nothing]"));
    assert_true(keyword("    '|re': ['^D.*r$']"));
    assert_false(keyword("    '|cased': [default]"));
    assert_true(keyword("    - icmpv6.ra.kind: nothing\n    - ault-rout"));
    assert_true(keyword("    - icmpv6.ra.kind: default-router\n    - nothing"));
}

static void a_map_is_an_and_a_list_of_maps_an_or(void **state) {
    (void)state;
    assert_true(keyword("    icmpv6.ra.kind: default-router\n    icmpv6.ra.mtu: 1280"));
    assert_false(keyword("    icmpv6.ra.kind: default-router\n    icmpv6.ra.mtu: 1281"));
    assert_true(keyword("    - icmpv6.ra.kind: empty\n    - icmpv6.ra.mtu: 1280"));
    assert_false(keyword("    - icmpv6.ra.kind: default-router\n      icmpv6.ra.mtu: 1\n    - icmpv6.ra.mtu: 2"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_compared_without_case_and_whole),
        cmocka_unit_test(cased_minds_case),
        cmocka_unit_test(contains_startswith_endswith_wrap_the_value),
        cmocka_unit_test(numbers_are_compared_as_numbers),
        cmocka_unit_test(neq_is_true_of_another_value_and_never_of_an_absent_one),
        cmocka_unit_test(addresses_are_compared_parsed),
        cmocka_unit_test(a_list_matches_if_any_element_does_and_all_asks_for_each_value),
        cmocka_unit_test(exists_and_null_ask_whether_the_field_is_there),
        cmocka_unit_test(an_absent_field_makes_every_comparison_false),
        cmocka_unit_test(regular_expressions_mind_case_and_are_not_anchored),
        cmocka_unit_test(fieldref_compares_with_another_field),
        cmocka_unit_test(a_placeholder_stands_for_a_list_of_the_policy),
        cmocka_unit_test(an_entry_of_the_policy_past_its_date_drops_out_by_packet_time),
        cmocka_unit_test(an_undeclared_list_matches_nothing),
        cmocka_unit_test(a_percent_sign_without_expand_is_a_percent_sign),
        cmocka_unit_test(a_plain_list_searches_the_whole_event),
        cmocka_unit_test(a_map_is_an_and_a_list_of_maps_an_or),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
