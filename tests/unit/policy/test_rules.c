/* SPDX-License-Identifier: Apache-2.0 */
/* The site's own rules: clauses, authority, hours, mail; each error of the sections that are lists of sentences. */
#include "policy_text.h"

static const char clauses[] =
    "site:\n  standard: NISD-K305-111C\n  own_clauses:\n    \"2.4.1.1(2)\": 当市対策基準 第24条\n"
    "    \"NISD-K305-111C 2.4.1.1(2)(b)\": [当市対策基準 第25条, 当市実施手順 3]\n    \"2.3\": 第3章\n";

static void own(const struct sk_policy *p, const char *clause, const char *expected) {
    const char *const *text = NULL;
    char all[256] = "";
    size_t n = sk_policy_own_clauses(p, clause, &text);
    for (size_t i = 0; i < n; i++)
        (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? " / " : "", text[i]);
    assert_string_equal(all, expected);
}

static void the_most_exact_own_clause_is_cited(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of(clauses);
    own(p, "NISD-K305-111C 2.4.1.1(2)(a)-1", "当市対策基準 第24条");
    own(p, "NISD-K305-111C 2.4.1.1(2)(b)-3", "当市対策基準 第25条 / 当市実施手順 3");
    own(p, "2.4.1.1(2)(b)-T", "当市対策基準 第25条 / 当市実施手順 3");
    own(p, "2.4.1.1(1)(c)", "");
    own(p, "2.3.4.3(2)(b)(ア)", "第3章");
    own(p, "2.30.1", "");
    own(p, "", "");
    own(p, "RFC 4861", "");
    assert_string_equal(sk_policy_standard(p), "NISD-K305-111C");
    sk_policy_free(p);
    own(sk_policy_none(), "2.4.1.1(2)(b)", "");
}

static void said_by(const char *text, char said[4096]) {
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    char whole[4096];
    int n = snprintf(whole, sizeof whole, "sekimori-policy: 1\n%s", text);
    sk_err err = sk_policy_parse("p.yml", whole, (size_t)n, &p, &diags);
    assert_int_equal(err == SK_OK, p != NULL);
    said[0] = '\0';
    for (size_t i = 0, at = 0; i < diags.n && at < 3500; i++) {
        char *one = sk_diag_text(&diags.at[i]);
        at += (size_t)snprintf(said + at, 4096 - at, "%.300s\n", one);
        free(one);
    }
    sk_diags_free(&diags);
    sk_policy_free(p);
}

static void refuses(const char *text, const char *expected) {
    char said[4096];
    said_by(text, said);
    if (!strstr(said, expected))
        print_message("expected: %s\ngot: %s", expected, said);
    assert_non_null(strstr(said, expected));
}

static void errors_of_the_site(void **state) {
    (void)state;
    refuses("site: {model: gamma}\n", "p.yml:2:15: `gamma` is no word of this key. Words: alpha, alpha-prime");
    refuses("site: {authority: {purpose: x}}\n", "p.yml:2:19: `authority` does not say whose it is. Add approved_by:");
    refuses("site: {authority: {approved_by: x, payload: some}}\n", "`some` is no word of this key");
    refuses("site: {hours: {weekdays: \"17:15-08:30\"}}\n", "are no hours. Write them in quotes, the earlier first");
    refuses("site: {hours: {weekdays: \"8:30-17:15\"}}\n", "are no hours");
    refuses("site: {hours: {weekdays: \"08:60-17:15\"}}\n", "are no hours");
    refuses("site: {hours: {holidays: [2026-02-30]}}\n", "2026-02-30 is no date");
    refuses("site: {own_clauses: {\"abc\": x}}\n", "\"abc\" is no clause of the standard");
    refuses("site: {own_clauses: no.csv}\n", "warning: no.csv cannot be read (No such file or directory)");
    refuses("mail: {spf_own_must_end: \"+all\"}\n", "`\"+all\"` is no word of this key. Did you mean `-all`?");
    refuses("mail: {show_local_parts: 1}\n", "true or false is needed, got number 1");
}

static void errors_of_routers_and_segments(void **state) {
    (void)state;
#define ROUTER(x) "segments: {s: {vlan: 1, routers: [{link_local: \"fe80::1\", " x "}]}}\n"
    refuses(ROUTER("pref: hihg"), "`hihg` is no word of this key. Did you mean `high`?");
    refuses(ROUTER("mtu: 1000"), "a number from 1280 to 65535 is needed, got number 1000");
    refuses(ROUTER("pref64: [\"64:ff9b::/95\"]"), "64:ff9b::/95 is no NAT64 prefix");
    refuses(ROUTER("dnssl: [\"*.corp.example\"]"), "write `corp.example`, it covers what is below it too");
    refuses(ROUTER("routes: [10.0.0.0/8]"), "10.0.0.0/8: a router advertises IPv6 routes");
    refuses(ROUTER("pd_dynamic: yes"), "yes");
    refuses("segments: {s: {vni: []}}\n", "an empty list names no VNI");
    refuses("segments: {s: {vlan: 010}}\n",
            "p.yml:2:22: 010 begins with a zero: some YAML readers take it for a number of base 8. Write 10");
    refuses("proxies: [{ip: 10.0.0.1, ports: [08080]}]\n", "08080 begins with a zero");
    refuses("segments: {s: {vni: [5, 5]}}\n", "VNI 5 stands twice in this list");
    refuses("segments: {s: {vni: 16777216}}\n", "a number from 0 to 16777215 is needed");
    refuses("segments: {a: {vni: [5, 6]}, b: {vni: 6}}\n", "segment");
    refuses("segments: {s: {vlan: 1, nd_scope: onlink}}\n", "Did you mean `on-link`?");
    refuses("segments: {s: {vlan: 1, icmpv6_echo_inbound: true}}\n", "one of these words is needed here, got");
    refuses("segments: {s: {vlan: 1, lateral_ok: [prnt]}}\n", "service `prnt` is not known. Did you mean `print`?");
    refuses("segments: {s: {vlan: 1, mld_queriers: [01-00-5E-00-00-01]}}\n", "is a group address");
}

static void errors_of_flows_and_services(void **state) {
    (void)state;
    refuses("flows: [{to: any, service: any}]\n", "this entry has no `from`");
    refuses("flows: [{from: any, service: any}]\n", "this entry has no `to`");
    refuses("flows: [{from: any, to: any}]\n", "this entry has no `service`. Add service: [https], or any");
    refuses("flows: [{from: [], to: any, service: any}]\n", "an empty list fits nothing");
    refuses("zones: {lgwan: {side: inside}}\nflows: [{from: lgwann, to: any, service: any}]\n",
            "p.yml:3:16: zone or segment `lgwann` is not declared. Did you mean `lgwan`?");
    refuses("flows: [{from: any, to: any, service: any, ip: 5}]\n", "5 is no version of IP. Write 4 or 6");
    refuses("flows: [{from: any, to: any, action: block}]\n", "`block` is no word of this key. Words: allow, deny");
    refuses("flows: [{from: any, to: any, service: [rdp-gateway-443]}]\n",
            "warning: service `rdp-gateway-443` is not known, taken as tcp/443. Define it under services_ports");
    refuses("flows: [{from: any, to: any, service: [rdp-gw]}]\n",
            "service `rdp-gw` is not known. Define it under services_ports, or write the port: tcp/443");
    refuses("flows: [{id: A, from: any, to: any, service: any}, {id: A, from: any, to: any, service: any}]\n",
            "id `A` stands already at p.yml:2");
    refuses("services_ports: {a: 443}\n", "443 is no port. Write tcp/443 or udp/53");
    refuses("services_ports: [a]\n", "a map of names is needed here, got a list");
    refuses("one_way: [{from: internet, to: internet}]\n", "this entry has no `back`. Add back: tcp-ack-only");
    refuses("one_way: [{from: internet, to: {}, back: nothing}]\n", "this end names nothing");
    refuses("one_way: [{from: internet, to: {service: p}, back: nothing}]\n",
            "service `p` is not declared. Add it under services:");
    refuses("one_way: [{from: internet, to: internet, back: {max_bytes: many}}]\n", "a number from 0 to");
    refuses("services: [{names: [a.example]}]\n", "this entry has no `id`. Add id: webmeet");
    refuses("services: [{id: a}]\n", "this entry fits nothing: it names neither names, list nor ips");
    refuses("services: [{id: a, ips: 10.0.0.1, zones: q}]\n", "zone or segment `q` is not declared");
    refuses("services_unlisted: maybe\n", "`maybe` is no word of this key. Words: report, violation");
    refuses("srv6_domains: [fe80::/10]\n", "fe80::/10");
}

static void what_is_said_can_be_asked(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("site: {authority: {approved_by: mayor, date: 2026-04-01, until: 2027-03-31, "
                                          "purpose: x, payload: headers-only}, "
                                          "hours: {weekdays: \"08:30-17:15\", holidays: jp}}\nmail: {spf_own_must_end: "
                                          "\"-all\", show_local_parts: false}\n");
    struct sk_authority a;
    struct sk_origin o;
    assert_true(sk_policy_authority(p, &a));
    assert_string_equal(a.approved_by, "mayor");
    assert_string_equal(a.payload, "headers-only");
    assert_int_equal(a.from, day_of("2026-04-01"));
    assert_int_equal(a.until, day_of("2027-04-01") - 1);
    assert_string_equal(sk_policy_spf_end(p, &o), "-all");
    assert_int_equal(sk_policy_show_local_parts(p), SK_NO);
    assert_false(sk_policy_authority(sk_policy_none(), &a));
    assert_null(sk_policy_spf_end(sk_policy_none(), &o));
    assert_int_equal(sk_policy_show_local_parts(sk_policy_none()), SK_UNKNOWN);
    sk_policy_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_exact_own_clause_is_cited), cmocka_unit_test(errors_of_the_site),
        cmocka_unit_test(errors_of_routers_and_segments),     cmocka_unit_test(errors_of_flows_and_services),
        cmocka_unit_test(what_is_said_can_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
