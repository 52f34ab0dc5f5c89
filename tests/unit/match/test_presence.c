/* SPDX-License-Identifier: Apache-2.0 */
/* Which field a rule cannot do without: events that lack it are not asked further. */
#include "rules.h"

#include "match/presence.h"

static const char *needs(const char *detection) {
    struct sk_buf b = {0};
    sk_buf_fmt(&b, RULE_HEAD "detection:\n%s\n", detection);
    struct sk_ruleset *rs = rules_of(b.p, NULL, NULL);
    const char *ret = rs->needs[0] == SKF_none ? "" : sk_fields[rs->needs[0]].name;
    sk_ruleset_free(rs);
    sk_buf_free(&b);
    return ret;
}

#define A "  a: {icmpv6.ra.mtu: 1280}\n"
#define B "  b: {icmpv6.ra.kind: empty}\n"

static void what_every_way_to_yes_asks_for_is_needed(void **state) {
    (void)state;
    assert_string_equal(needs(A "  condition: a"), "icmpv6.ra.mtu");
    assert_string_equal(needs(A B "  condition: a and b"), "icmpv6.ra.mtu");
    assert_string_equal(needs(A B "  c: {icmpv6.ra.mtu: 1400}\n  condition: (a and not b) or c"), "icmpv6.ra.mtu");
    assert_string_equal(needs("  a: {icmpv6.ra.mtu|exists: true}\n  condition: a"), "icmpv6.ra.mtu");
    assert_string_equal(needs("  a: {icmpv6.ra.mtu|gt: 1280}\n  condition: a"), "icmpv6.ra.mtu");
    assert_string_equal(needs("  a: {icmpv6.ra.rdnss|cidr|all: [2001:db8::/32, 2001:db8:1::/48]}\n  condition: a"),
                        "icmpv6.ra.rdnss");
}

static void what_one_way_does_without_is_not(void **state) {
    (void)state;
    assert_string_equal(needs(A B "  condition: a or b"), "");
    assert_string_equal(needs(A "  condition: not a"), "");
    assert_string_equal(needs(A "  condition: not (not a)"), "icmpv6.ra.mtu");
    assert_string_equal(needs("  a: {icmpv6.ra.mtu: null}\n  condition: a"), "");
    assert_string_equal(needs("  a: {icmpv6.ra.mtu|exists: false}\n  condition: a"), "");
    assert_string_equal(needs("  a: ['words', 'anywhere']\n  condition: a"), "");
    assert_string_equal(needs("  a: {source.ip: 'fe80::1'}\n  condition: a"), ""); /* the head's bits say nothing */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_every_way_to_yes_asks_for_is_needed),
        cmocka_unit_test(what_one_way_does_without_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
