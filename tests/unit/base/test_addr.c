/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"
#include "sekimori/addr.h"
#include "unit.h"

#include <arpa/inet.h>

static struct sk_addr addr(const char *text) {
    struct sk_addr a = {0};
    if (!sk_addr_parse(text, strlen(text), &a))
        fail_msg("not parsed: %s", text);
    return a;
}

static void reads_and_prints(const char *in, const char *want) {
    struct sk_addr a = addr(in);
    char buf[SK_ADDR_TEXT];
    assert_string_equal(sk_addr_text(&a, buf), want);
}

static void unchanged(const char *text) { reads_and_prints(text, text); }

static void leading_zeros_go_4_1(void **state) {
    (void)state;
    reads_and_prints("2001:0db8::0001", "2001:db8::1");
    reads_and_prints("0:0:0:0:0:0:0:0000", "::");
    reads_and_prints("2001:db8:0001:0000:1:1:1:1", "2001:db8:1:0:1:1:1:1");
}

static void zeros_shorten_as_far_as_possible_4_2_1(void **state) {
    (void)state;
    reads_and_prints("2001:db8:0:0:0:0:2:1", "2001:db8::2:1");
    reads_and_prints("0:0:0:0:0:0:0:1", "::1");
    reads_and_prints("1:0:0:0:0:0:0:0", "1::");
    reads_and_prints("2001:db8:0:0:0:0:0:0", "2001:db8::");
}

static void one_zero_group_is_not_shortened_4_2_2(void **state) {
    (void)state;
    unchanged("2001:db8:0:1:1:1:1:1");
    reads_and_prints("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
    reads_and_prints("::1:1:1:1:1:1:1", "0:1:1:1:1:1:1:1");
    reads_and_prints("1:1:1:1:1:1:1::", "1:1:1:1:1:1:1:0");
}

static void the_longest_run_is_shortened_and_the_first_of_equals_4_2_3(void **state) {
    (void)state;
    reads_and_prints("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
    reads_and_prints("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
    reads_and_prints("0:0:1:0:0:0:0:0", "0:0:1::");
    reads_and_prints("0:0:0:1:0:0:0:1", "::1:0:0:0:1");
}

static void letters_are_lower_case_4_3(void **state) {
    (void)state;
    reads_and_prints("2001:DB8:AAAA::FFFF", "2001:db8:aaaa::ffff");
}

static void only_mapped_addresses_are_printed_mixed_5(void **state) {
    (void)state;
    unchanged("::ffff:192.0.2.1");
    reads_and_prints("::ffff:c000:201", "::ffff:192.0.2.1");
    reads_and_prints("::ffff:0:0", "::ffff:0.0.0.0");
    reads_and_prints("64:ff9b::192.0.2.33", "64:ff9b::c000:221");
    reads_and_prints("::192.0.2.1", "::c000:201"); /* where inet_ntop() would print it mixed */
    reads_and_prints("fe80::5efe:192.0.2.1", "fe80::5efe:c000:201");
    unchanged("::ffff:0:1:2");
}

static void the_longest_texts_fit(void **state) {
    (void)state;
    unchanged("1111:2222:3333:4444:5555:6666:7777:8888");
    unchanged("255.255.255.255");
    unchanged("0.0.0.0");
    struct sk_addr none = {0};
    char buf[SK_ADDR_TEXT];
    assert_string_equal(sk_addr_text(&none, buf), "");
}

/* All 2^8 patterns of zero and non-zero groups: what we print parses back to the same address by the C library. */
static void every_pattern_of_zero_groups_survives_the_way_out_and_back(void **state) {
    (void)state;
    for (unsigned pattern = 0; pattern < 256; pattern++) {
        struct sk_addr a = {.fam = 6};
        for (unsigned g = 0; g < 8; g++)
            a.b[2 * g + 1] = pattern >> g & 1 ? (uint8_t)(g + 1) : 0;
        char buf[SK_ADDR_TEXT];
        struct in6_addr back;
        assert_int_equal(inet_pton(AF_INET6, sk_addr_text(&a, buf), &back), 1);
        assert_memory_equal(&back, a.b, 16);
        struct sk_addr again = addr(buf);
        assert_true(sk_addr_eq(&again, &a));
    }
}

static void what_is_no_address_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.04",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.-4",
        "0x1.2.3.4",
        ":",
        ":::",
        "1::2::3",
        "fe80::1%0",
        "fe80::1/64",
        "12345::",
        "g::",
        "1:2:3:4:5:6",
        "[::1]",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        ":1::",
        "1:",
        "::1.2.3",
        "::01.2.3.4",
        "1.2.3.4::",
        "00000::1",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa",
    };
    struct sk_addr a;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (sk_addr_parse(bad[i], strlen(bad[i]), &a))
            fail_msg("accepted: \"%s\"", bad[i]);
    assert_false(sk_addr_parse("1.2.3.4\0junk", 12, &a));
}

static void exactly_len_bytes_are_read(void **state) {
    (void)state;
    struct sk_guard g = sk_guard_end("2001:db8::1", 11);
    struct sk_addr a;
    struct sk_prefix p;
    struct sk_mac m;
    for (size_t k = 0; k <= 11; k++) {
        const char *at = (const char *)sk_guard_cut(&g, "2001:db8::1", k);
        assert_true(sk_addr_parse(at, k, &a) == (k >= 10));
        assert_true(sk_prefix_parse(at, k, true, &p) == (k >= 10));
        assert_false(sk_mac_parse(at, k, &m));
    }
    sk_guard_free(&g);
}

static void ip4_is_not_mapped_ip6(void **state) {
    (void)state;
    struct sk_addr four = addr("1.2.3.4");
    struct sk_addr mapped = addr("::ffff:1.2.3.4");
    assert_int_equal(four.fam, 4);
    assert_int_equal(mapped.fam, 6);
    assert_false(sk_addr_eq(&four, &mapped));
}

static void macs_are_read_in_three_forms_and_written_in_one(void **state) {
    (void)state;
    static const char *const good[] = {"02-00-5e-00-53-aA", "02:00:5E:00:53:aa", "0200.5e00.53AA"};
    for (size_t i = 0; i < 3; i++) {
        struct sk_mac m;
        char buf[SK_MAC_TEXT];
        assert_true(sk_mac_parse(good[i], strlen(good[i]), &m));
        assert_string_equal(sk_mac_text(&m, buf), "02-00-5E-00-53-AA");
    }
}

static void what_is_no_mac_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "02-00-5e-00-53",
        "02-00-5e:00-53-aa",
        "02-00-5e-00-53-ag",
        "02005e0053aa",
        "0200-5e00-53aa",
        "02-00-5e-00-53-aa-bb",
        "2-0-5e-0-53-aa",
        "02 00 5e 00 53 aa",
        "0200.5e00:53aa",
        "-2-00-5e-00-53-aa",
        "02-00-5e-00-53-aa ",
    };
    struct sk_mac m;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (sk_mac_parse(bad[i], strlen(bad[i]), &m))
            fail_msg("accepted: \"%s\"", bad[i]);
}

static bool prefix(const char *text, bool lax, struct sk_prefix *p) {
    return sk_prefix_parse(text, strlen(text), lax, p);
}

static void prefixes_are_read_and_written(void **state) {
    (void)state;
    static const char *const good[] = {"10.0.0.0/8", "0.0.0.0/0", "::/0",         "2001:db8::/32",
                                       "fe80::/10",  "::1/128",   "192.0.2.1/32", "2001:db8:0:8000::/49"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct sk_prefix p;
        char buf[SK_PREFIX_TEXT];
        assert_true(prefix(good[i], false, &p));
        assert_string_equal(sk_prefix_text(&p, buf), good[i]);
    }
    struct sk_prefix p;
    assert_true(prefix("2001:db8::1", false, &p));
    assert_int_equal(p.len, 128);
    assert_true(prefix("192.0.2.1", false, &p));
    assert_int_equal(p.len, 32);
    struct sk_prefix none = {0};
    char buf[SK_PREFIX_TEXT];
    assert_string_equal(sk_prefix_text(&none, buf), "");
}

static void host_bits_are_refused_unless_lax(void **state) {
    (void)state;
    struct sk_prefix p;
    char buf[SK_PREFIX_TEXT];
    assert_false(prefix("10.0.0.1/8", false, &p));
    assert_false(prefix("2001:db8::1/64", false, &p));
    assert_false(prefix("128.0.0.0/0", false, &p));
    assert_true(prefix("10.0.0.1/8", true, &p));
    assert_string_equal(sk_prefix_text(&p, buf), "10.0.0.0/8");
    assert_true(prefix("2001:db8:ffff::1/33", true, &p));
    assert_string_equal(sk_prefix_text(&p, buf), "2001:db8:8000::/33");
}

static void what_is_no_prefix_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"10.0.0.0/33", "::/129", "::/",   "/64",      "::/ 64", "::/064",       "::/+4",
                                      "::/4x",       "::/-1",  "::/1e", "::/64/64", "::/256", "::/4294967296"};
    struct sk_prefix p;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (prefix(bad[i], true, &p))
            fail_msg("accepted: \"%s\"", bad[i]);
}

static void has_is(const char *prefix_text, const char *addr_text, bool want) {
    struct sk_prefix p;
    assert_true(prefix(prefix_text, false, &p));
    struct sk_addr a = addr(addr_text);
    assert_true(sk_prefix_has(&p, &a) == want);
}

static void a_prefix_holds_its_first_and_last_address_and_no_neighbour(void **state) {
    (void)state;
    has_is("10.30.0.0/22", "10.30.0.0", true);
    has_is("10.30.0.0/22", "10.30.3.255", true);
    has_is("10.30.0.0/22", "10.30.4.0", false);
    has_is("10.30.0.0/22", "10.29.255.255", false);
    has_is("2001:db8:50::/61", "2001:db8:50:7:ffff:ffff:ffff:ffff", true);
    has_is("2001:db8:50::/61", "2001:db8:50:8::", false);
    has_is("::/0", "ffff::1", true);
    has_is("0.0.0.0/0", "255.0.0.1", true);
    has_is("::1/128", "::1", true);
    has_is("::1/128", "::", false);
}

static void a_prefix_never_holds_the_other_family(void **state) {
    (void)state;
    has_is("::/0", "1.2.3.4", false);
    has_is("0.0.0.0/0", "::1", false);
    struct sk_prefix none = {0};
    struct sk_addr no = {0};
    assert_false(sk_prefix_has(&none, &no));
}

static void scope_is(const char *text, const char *want) {
    struct sk_addr a = addr(text);
    assert_string_equal(sk_scope_name(sk_addr_scope(&a)), want);
}

static void scopes_of_ip4(void **state) {
    (void)state;
    scope_is("0.0.0.0", "unspecified");
    scope_is("0.0.0.1", "reserved");
    scope_is("127.255.0.1", "loopback");
    scope_is("169.254.1.1", "link-local");
    scope_is("10.0.0.1", "private");
    scope_is("172.15.255.255", "global");
    scope_is("172.16.0.0", "private");
    scope_is("172.31.255.255", "private");
    scope_is("172.32.0.0", "global");
    scope_is("192.168.0.1", "private");
    scope_is("100.63.255.255", "global");
    scope_is("100.64.0.0", "private");
    scope_is("100.128.0.0", "global");
    scope_is("8.8.8.8", "global");
    scope_is("224.0.0.1", "multicast");
    scope_is("239.255.255.255", "multicast");
    scope_is("240.0.0.1", "reserved");
    scope_is("255.255.255.255", "broadcast");
}

static void scopes_of_ip6(void **state) {
    (void)state;
    scope_is("::", "unspecified");
    scope_is("::1", "loopback");
    scope_is("::2", "reserved");
    scope_is("::ffff:8.8.8.8", "reserved");
    scope_is("fe80::1", "link-local");
    scope_is("febf::1", "link-local");
    scope_is("fec0::1", "private");
    scope_is("fc00::1", "ula");
    scope_is("fdff::1", "ula");
    scope_is("2001:db8::1", "global");
    scope_is("2002:c000:201::1", "global");
    scope_is("3fff::1", "global");
    scope_is("4000::1", "reserved");
    scope_is("64:ff9b::808:808", "global");
    scope_is("64:ff9b:1::a00:1", "private");
    scope_is("100::1", "reserved");
    scope_is("ff02::1", "multicast");
    struct sk_addr none = {0};
    assert_int_equal(sk_addr_scope(&none), SK_SCOPE_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leading_zeros_go_4_1),
        cmocka_unit_test(zeros_shorten_as_far_as_possible_4_2_1),
        cmocka_unit_test(one_zero_group_is_not_shortened_4_2_2),
        cmocka_unit_test(the_longest_run_is_shortened_and_the_first_of_equals_4_2_3),
        cmocka_unit_test(letters_are_lower_case_4_3),
        cmocka_unit_test(only_mapped_addresses_are_printed_mixed_5),
        cmocka_unit_test(the_longest_texts_fit),
        cmocka_unit_test(every_pattern_of_zero_groups_survives_the_way_out_and_back),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(exactly_len_bytes_are_read),
        cmocka_unit_test(ip4_is_not_mapped_ip6),
        cmocka_unit_test(macs_are_read_in_three_forms_and_written_in_one),
        cmocka_unit_test(what_is_no_mac_is_refused),
        cmocka_unit_test(prefixes_are_read_and_written),
        cmocka_unit_test(host_bits_are_refused_unless_lax),
        cmocka_unit_test(what_is_no_prefix_is_refused),
        cmocka_unit_test(a_prefix_holds_its_first_and_last_address_and_no_neighbour),
        cmocka_unit_test(a_prefix_never_holds_the_other_family),
        cmocka_unit_test(scopes_of_ip4),
        cmocka_unit_test(scopes_of_ip6),
    };
    return cmocka_run_group_tests_name("base/addr", tests, NULL, NULL);
}
