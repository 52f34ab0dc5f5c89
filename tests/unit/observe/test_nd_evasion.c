/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbour discovery and DHCPv6 servers that hide from guards: each way once, and nobody honest. */
#include "rig.h"

#define RA "86 00 0000 40 00 0708 00000000 00000000"

static struct bytes behind(const char *header, uint8_t next, const char *message, uint8_t hops) {
    struct bytes h = rig_hex(header), m = rig_hex(message), all = rig_join(&h, &m);
    return rig_ip6("fe80::bad", "ff02::1", hops, next, &all);
}

static void is(struct rig *r, const struct bytes *packet, const char *variant, const char *message) {
    struct bytes f = rig_eth(0x86dd, packet);
    rig_clear(r);
    rig_frame(r, f.b, f.n);
    const struct sk_event *ev = rig_event(r, SKE_nd_evasion, 0);
    assert_int_equal(rig_count(r, SKE_nd_evasion), variant != NULL);
    if (!variant)
        return;
    assert_string_equal(rig_get(ev, "nd.evasion.variant"), variant);
    assert_string_equal(rig_get(ev, "nd.evasion.message"), message);
    rig_sweep(&f);
}

static void every_header_before_neighbour_discovery_hides_it(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes p = behind("3a 00 01 04 00000000", 0, RA, 255);
    is(r, &p, "extension-header", "router-advertisement");
    p = behind("3a 00 01 04 00000000", 60, RA, 255);
    is(r, &p, "extension-header", "router-advertisement");
    p = behind("3a 00 0000 00000007", 44, RA, 255); /* atomic */
    is(r, &p, "atomic-fragment", "router-advertisement");
    p = behind("3a 00 01 04 00000000", 0, "87 00 0000 00000000 fe800000000000000000000000000099", 255);
    is(r, &p, "extension-header", "neighbour-solicitation");
    p = behind("3a 00 01 04 00000000", 0,
               "89 00 0000 00000000 fe80000000000000000000000000009920010db8000000000000000000000001", 255);
    is(r, &p, "extension-header", "redirect");
    rig_free(r);
}

static void listeners_echoes_and_plain_messages_do_not(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes p = behind("3a 00 05 02 0000 01 00", 0, "8f 00 0000 0000 0000", 1); /* MLD with its router alert */
    is(r, &p, NULL, NULL);
    p = behind("3a 00 01 04 00000000", 60, "80 00 0000 0001 0001", 64); /* echo behind destination options */
    is(r, &p, NULL, NULL);
    p = behind("", 58, RA, 255);
    is(r, &p, NULL, NULL);
    rig_free(r);
}

static void a_dhcpv6_server_behind_a_header_hides_a_client_does_not(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes body = rig_hex("02 000001 0002 000a 00030001 0200000000aa"), udp = rig_udp(547, 546, &body);
    struct bytes head = rig_hex("11 00 01 04 00000000"), all = rig_join(&head, &udp);
    struct bytes p = rig_ip6("fe80::bad", "fe80::1", 64, 60, &all);
    is(r, &p, "extension-header", "dhcpv6-server");
    struct bytes ask = rig_hex("01 000001 0001 000a 00030001 020000000120");
    udp = rig_udp(546, 547, &ask);
    all = rig_join(&head, &udp);
    p = rig_ip6("fe80::1", "ff02::1:2", 1, 60, &all);
    is(r, &p, NULL, NULL);
    rig_free(r);
}

static void stacked_tags_hide_what_runs_on_the_link(void **state) {
    (void)state;
    struct rig *r = rig_new();
    struct bytes m = rig_hex(RA), p = rig_ip6("fe80::bad", "ff02::1", 255, 58, &m);
    struct bytes tags = rig_hex("0000 8100 0000 86dd"), all = rig_join(&tags, &p), f = rig_eth(0x8100, &all);
    rig_frame(r, f.b, f.n);
    assert_string_equal(rig_get(rig_event(r, SKE_nd_evasion, 0), "nd.evasion.variant"), "l2-stacking");
    rig_sweep(&f);
    tags = rig_hex("0000 86dd"); /* one priority tag is honest */
    all = rig_join(&tags, &p);
    f = rig_eth(0x8100, &all);
    rig_clear(r);
    rig_frame(r, f.b, f.n);
    assert_int_equal(rig_count(r, SKE_nd_evasion), 0);
    rig_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_header_before_neighbour_discovery_hides_it),
        cmocka_unit_test(listeners_echoes_and_plain_messages_do_not),
        cmocka_unit_test(a_dhcpv6_server_behind_a_header_hides_a_client_does_not),
        cmocka_unit_test(stacked_tags_hide_what_runs_on_the_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
