/* SPDX-License-Identifier: Apache-2.0 */
/* Does an IPv6 source belong where it was seen? */
#include "cor_rig.h"

static const char policy[] = "sekimori-policy: 1\n"
                             "zones:\n"
                             "  wan: {side: outside}\n"
                             "  lan: {side: inside}\n"
                             "segments:\n"
                             "  office:\n"
                             "    vlan: 30\n"
                             "    zone: lan\n"
                             "    prefixes: [\"2400:30::/64\"]\n"
                             "    routers: [{mac: 02-00-00-00-00-01, link_local: \"fe80::1\"}]\n"
                             "  servers:\n"
                             "    vlan: 31\n"
                             "    zone: lan\n"
                             "    prefixes: [\"2400:31::/64\"]\n"
                             "    routers: [{link_local: \"fe80::1\"}]\n"
                             "  wan: {vlan: 100, zone: wan}\n"
                             "  quiet: {vlan: 32, zone: lan}\n";
enum { OFFICE, SERVERS, WAN, QUIET };
#define HOST   "02-00-00-00-00-66"
#define ROUTER "02-00-00-00-00-01"

static const char *verdict(struct cor_rig *r, uint16_t segment, const char *mac, const char *src, const char *dst) {
    struct sk_event *ev = event_of(r, SKE_flow_state, T0, mac, src, dst);
    ev->segment = segment;
    ev->transport = 17;
    sk_event_put_text(ev, SKF_flow_state, "opened");
    feed(r, ev);
    return last_text(r, SKF_policy_source_verdict);
}

static void a_host_sends_from_its_own_prefix(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    assert_string_equal(verdict(r, OFFICE, HOST, "2400:30::66", "2a00::1"), "own");
    assert_string_equal(verdict(r, OFFICE, HOST, "2400:99::66", "2a00::1"), "foreign");
    assert_string_equal(verdict(r, OFFICE, HOST, "2400:31::66", "2a00::1"), "foreign"); /* a neighbour line's */
    cor_rig_free(r);
}

static void what_may_have_come_by_a_router_is_not_judged(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    assert_string_equal(verdict(r, OFFICE, ROUTER, "2a00::1", "2400:30::66"), "");
    assert_string_equal(verdict(r, OFFICE, ROUTER, "2a00::1", "2a00::2"), "");
    assert_string_equal(verdict(r, OFFICE, HOST, "2a00::1", "2400:30::66"), ""); /* a router the policy does not know */
    assert_string_equal(verdict(r, SERVERS, HOST, "2400:99::1", "2a00::1"), ""); /* no MAC address is declared */
    assert_string_equal(verdict(r, QUIET, HOST, "2400:99::1", "2a00::1"), "");   /* no prefix is */
    assert_string_equal(verdict(r, SK_SEGMENT_NONE, HOST, "2400:99::1", "2a00::1"), "");
    cor_rig_free(r);
}

static void other_kinds_of_addresses_are_not_judged(void **state) {
    (void)state;
    static const char *const sources[] = {"fe80::66", "fd00::66", "2002:c000:201::1", "2001:0:1::1", "::", "10.0.0.1"};
    struct cor_rig *r = cor_rig_new(policy);
    for (unsigned i = 0; i < sizeof sources / sizeof *sources; i++)
        assert_string_equal(verdict(r, OFFICE, HOST, sources[i], i == 5 ? "192.0.2.1" : "2a00::1"), "");
    assert_string_equal(verdict(r, OFFICE, HOST, "2400:99::1", "ff02::1"), "");
    assert_string_equal(verdict(r, OFFICE, NULL, "2400:99::1", "2a00::1"), "");
    cor_rig_free(r);
}

static void inside_addresses_do_not_come_from_outside(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(policy);
    assert_string_equal(verdict(r, WAN, HOST, "2400:31::7", "2400:30::66"), "inside-from-outside");
    assert_string_equal(verdict(r, WAN, HOST, "2a00::1", "2400:30::66"), "");
    assert_string_equal(verdict(r, WAN, HOST, "2400:30::66", "2a00::1"), "");
    cor_rig_free(r);
}

static void without_a_policy_nothing_is_foreign(void **state) {
    (void)state;
    struct cor_rig *r = cor_rig_new(NULL);
    assert_string_equal(verdict(r, SK_SEGMENT_NONE, HOST, "2400:99::1", "2a00::1"), "");
    cor_rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_sends_from_its_own_prefix),
        cmocka_unit_test(what_may_have_come_by_a_router_is_not_judged),
        cmocka_unit_test(other_kinds_of_addresses_are_not_judged),
        cmocka_unit_test(inside_addresses_do_not_come_from_outside),
        cmocka_unit_test(without_a_policy_nothing_is_foreign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
