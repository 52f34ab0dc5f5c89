/* SPDX-License-Identifier: Apache-2.0 */
/* What `explain` prints: filled from the alert line, in both languages, and nothing of a hostile line unfiltered. */
#include "alert_rig.h"

static const char *const advice_en[] = {"Cut {source.mac}", "Names asked of {icmpv6.ra.rdnss|the given resolver}",
                                        "Lasts {icmpv6.ra.router_lifetime} s", "BIND: allow-recursion { inside; };"};
static const char *const advice_ja[] = {"{source.mac} を遮断する", "種別 {icmpv6.ra.kind|不明}"};
static const char *const clauses[] = {"NISD-K305-111C 2.4.1.1(2)(b)-1"};
static const char *const rfcs[] = {"4861"};
static const struct sk_rule rule = {.id = "6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a6011",
                                    .name = "rogue",
                                    .title = "Rogue IPv6 router advertisement",
                                    .description = "It says it is a router.",
                                    .detection = "V6-011",
                                    .file = "signatures/rogue.yml",
                                    .level = SK_LEVEL_HIGH,
                                    .clauses = {clauses, 1},
                                    .rfcs = {rfcs, 1},
                                    .headline = {"rogue router", "不正なルータ広告 {icmpv6.ra.kind}"},
                                    .title_ja = "不正なルータ広告",
                                    .advice_en = {advice_en, 4},
                                    .advice_ja = {advice_ja, 2}};

static char *explained(const char *line, const char *lang) {
    struct sk_error err = {0};
    sk_json *alert = line ? sk_json_parse(line, strlen(line), &err) : NULL;
    if (line && !alert)
        fail_msg("%s", err.msg);
    const struct sk_explain_request rq = {.alert = alert, .lang = lang};
    char *text = sk_explain(&rule, &rq);
    sk_json_free(alert);
    return text;
}
static void has(const char *text, const char *want) {
    if (!strstr(text, want))
        fail_msg("no `%s` in:\n%s", want, text);
}

#define LINE                                                                                                                \
    "{\"message\":\"kali says it\",\"source\":{\"mac\":\"02-00-00-00-00-AA\"},\"network\":{\"name\":\"pcs\"},"              \
    "\"sekimori\":{\"severity\":\"critical\",\"message_ja\":\"kali が送信\",\"headline_ja\":\"不正なルータ広告 " \
    "デフォルトルータ\",\"alert\":{\"first_seen\":\"T1\",\"last_seen\":\"T2\",\"count\":11},\"device\":{\"name\":"  \
    "\"kali\","                                                                                                             \
    "\"registered\":\"no\",\"known_by\":\"binding\",\"ip\":[\"10.30.1.201\"]},\"policy_line\":\"policy.yml:39\","           \
    "\"facts\":{\"icmpv6\":{\"ra\":{\"kind\":\"default-router\",\"router_lifetime\":1800,\"rdnss\":[\"2001:db8::1\","       \
    "\"2001:db8::2\"]}}},\"frames\":[\"a.pcap:1\"]}}"

static void an_alert_is_explained_with_its_own_values(void **state) {
    (void)state;
    char *text = explained(LINE, "en");
    has(text, "V6-011  Rogue IPv6 router advertisement  [critical]\n");
    has(text, "kali says it");
    has(text, "kali\n");
    has(text, "not in the register\n");
    has(text, "neighbour discovery or ARP bound address and MAC\n");
    has(text, "tshark -r 'a.pcap' -Y 'frame.number in {1}'\n");
    has(text, "10.30.1.201");
    has(text, "policy.yml:39");
    has(text, "1 Cut 02-00-00-00-00-AA\n");
    has(text, "2 Names asked of 2001:db8::1, 2001:db8::2\n");
    has(text, "3 Lasts 1800 s\n");
    has(text, "4 BIND: allow-recursion { inside; };\n");
    has(text, "icmpv6.ra.kind = default-router\n");
    has(text, "NISD-K305-111C 2.4.1.1(2)(b)\n");
    has(text, "RFC 4861");
    has(text, "a.pcap:1");
    free(text);
}

static void in_japanese_everything_that_has_a_word_is_japanese(void **state) {
    (void)state;
    char *text = explained(LINE, "ja");
    has(text, "V6-011  不正なルータ広告 デフォルトルータ  [critical]\n");
    has(text, "kali が送信");
    has(text, "台帳にない\n");
    has(text, "1 02-00-00-00-00-AA を遮断する\n");
    has(text, "2 種別 デフォルトルータ\n");
    free(text);
    text = explained(NULL, "ja");
    has(text, "V6-011  不正なルータ広告  [high]\n");
    has(text, "2 種別 不明\n");
    free(text);
}

static void a_detection_alone_shows_fallbacks_and_names(void **state) {
    (void)state;
    char *text = explained(NULL, "en");
    has(text, "1 Cut <sender's MAC>\n");
    has(text, "2 Names asked of the given resolver\n");
    has(text, "It says it is a router.");
    assert_null(strstr(text, "when"));
    assert_null(strstr(text, "{source"));
    free(text);
    text = explained(NULL, "ja");
    assert_null(strstr(text, "{source"));
    free(text);
}

static void values_of_the_wrong_kind_are_passed_over(void **state) {
    (void)state;
    char *text = explained("{\"message\":7,\"source\":{\"mac\":{\"x\":1}},\"network\":[],\"sekimori\":{\"severity\":[],"
                           "\"alert\":3,\"device\":[],\"facts\":{\"icmpv6\":null,\"tunnel\":{\"kind\":[[],{},null,"
                           "\"gre\"]}},\"frames\":{\"a\":1}}}",
                           "en");
    has(text, "[high]");
    has(text, "1 Cut <sender's MAC>\n");
    free(text);
    text = explained("[]", "ja");
    has(text, "V6-011");
    free(text);
}

static void a_hostile_line_does_not_reach_the_terminal(void **state) {
    (void)state;
    char *text = explained(
        "{\"message\":\"\\u001b[2J\\nforged: "
        "line\",\"source\":{\"mac\":\"\\u009b31m\"},\"network\":{\"name\":\"\\u202e\"},"
        "\"sekimori\":{\"severity\":\"\\u001b[31m\",\"headline_ja\":\"\\u0007\",\"alert\":{\"first_seen\":\"\\r\"},"
        "\"device\":{\"name\":\"\\u001b]0;x\\u0007\",\"ip\":[\"\\u001b\"]},\"facts\":{\"icmpv6\":{\"ra\":{\"kind\":"
        "\"\\u001b[1m\"}}},\"frames\":[\"\\u001b[0m\"]}}",
        "ja");
    for (const char *p = text; *p; p++)
        assert_true(*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
    assert_null(strstr(text, "\xc2\x9b"));
    assert_null(strstr(text, "\xe2\x80\xae"));
    assert_null(strstr(text, "\nforged"));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_is_explained_with_its_own_values),
        cmocka_unit_test(in_japanese_everything_that_has_a_word_is_japanese),
        cmocka_unit_test(a_detection_alone_shows_fallbacks_and_names),
        cmocka_unit_test(values_of_the_wrong_kind_are_passed_over),
        cmocka_unit_test(a_hostile_line_does_not_reach_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
