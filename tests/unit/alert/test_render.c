/* SPDX-License-Identifier: Apache-2.0 */
/* The line: its form, its size, its chain, its ids; what it says of devices and what it keeps from guests. */
#include "alert/parts.h"
#include "alert_rig.h"

static const enum sk_field_id by_source[] = {SKF_source_ip}, grown[] = {SKF_dns_question_name};
static const char *const clauses[] = {"NISD-K305-111C 2.4.1.1(2)(b)-1", "NISD-K305-111C 2.3.3.1(1)(c)(ウ)",
                                      "NISD-K305-111C 2.4.1.1(2)(b)-3", "NISD-K305-111C 2.1.1.3-T",
                                      "当市対策基準 第24条"};
static const char *const tags[] = {"attack.credential-access",
                                   "attack.command-and-control",
                                   "attack.t1557.003",
                                   "attack.t1557",
                                   "attack.s0002",
                                   "cve.2020-1"};
static const struct sk_rule rule = {.id = "6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0ab001",
                                    .name = "test-rule",
                                    .title = "A test",
                                    .detection = "DNS-001",
                                    .level = SK_LEVEL_LOW,
                                    .subject = by_source,
                                    .n_subject = 1,
                                    .grows = grown,
                                    .n_grows = 1,
                                    .window = 30 * MINUTE_,
                                    .certainty = "observed",
                                    .clauses = {clauses, 5},
                                    .tags = {tags, 6},
                                    .headline = {"asked {dns.question.name}", "問合せ {dns.question.name}"},
                                    .message = {"{device} asked {dns.question.name}", "{device} の問合せ"}};

static struct sk_event *question(sk_time ts, const char *src) {
    struct sk_event *ev = event_at(SKE_dns_transaction, ts, src, "192.0.2.53");
    ev->transport = 17;
    ev->sport = 40000;
    ev->dport = 53;
    sk_event_put_text(ev, SKF_dns_question_name, "secret.example");
    sk_event_put_text(ev, SKF_dns_question_type, "A");
    return ev;
}

/* No null, no empty text, anywhere. Depth is that of our own lines. */
static void no_empties(const sk_json *v) {
    const sk_json *child;
    const char *text = sk_json_text_of(v);
    assert_int_not_equal(sk_json_kind_of(v), SK_JSON_NULL);
    assert_true(!text || text[0]);
    for (const char *k = NULL; sk_json_kind_of(v) == SK_JSON_OBJECT && (k = sk_json_each(v, k, &child));)
        no_empties(child);
    for (size_t i = 0; sk_json_kind_of(v) == SK_JSON_ARRAY && i < sk_json_size(v); i++)
        no_empties(sk_json_item(v, i));
}

static void the_line_begins_with_its_time_and_ends_with_the_chain(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    for (int i = 0; i < 5; i++) {
        char src[32];
        snprintf(src, sizeof src, "10.0.0.%d", i);
        match_at(r, &rule, SK_LEVEL_LOW, false, question(T0 + i, src));
    }
    sk_alerts_close(r->alerts, T0 + SK_SEC, "end-of-input");
    char previous[65];
    memset(previous, '0', 64);
    previous[64] = '\0';
    for (size_t i = 0; i < r->n; i++) {
        const char *json = r->line[i].json, *tail = strstr(json, ",\"previous_line\":\"");
        assert_memory_equal(json, "{\"@timestamp\":\"2026-11-24T00:00:0", 33);
        assert_non_null(tail);
        assert_int_equal(strlen(tail), strlen(",\"previous_line\":\"") + 64 + strlen("\"}}"));
        assert_string_equal(text_at(&r->line[i], "sekimori.previous_line"), previous);
        uint8_t hash[32];
        sk_sha256(json, strlen(json), hash);
        sk_hex(hash, 32, previous);
        no_empties(r->line[i].tree);
    }
    alert_rig_free(r);
}

static void ids_are_version_8_and_the_same_in_every_run(void **state) {
    (void)state;
    struct alert_rig *a = alert_rig_new(NULL, 0), *b = alert_rig_new(NULL, 0);
    for (int i = 0; i < 3; i++) {
        match_at(a, &rule, SK_LEVEL_LOW, false, question(T0 + i, "10.0.0.1"));
        match_at(b, &rule, SK_LEVEL_LOW, false, question(T0 + i, "10.0.0.1"));
    }
    sk_alerts_close(a->alerts, T0 + SK_SEC, "end-of-input");
    sk_alerts_close(b->alerts, T0 + SK_SEC, "end-of-input");
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        const char *ids[] = {text_at(&a->line[i], "event.id"), text_at(&a->line[i], "sekimori.alert.id")};
        assert_string_equal(a->line[i].json, b->line[i].json);
        for (int k = 0; k < 2; k++) {
            assert_int_equal(strlen(ids[k]), 36);
            assert_int_equal(ids[k][14], '8');
            assert_non_null(strchr("89ab", ids[k][19]));
        }
    }
    assert_string_not_equal(text_at(&a->line[0], "event.id"), text_at(&a->line[1], "event.id"));
    /* the time of the opening stands in the first 48 bits: 2026-11-24T00:00:00Z in milliseconds */
    assert_memory_equal(a->line[0].id, "01a20ada-2c00", 13);
    alert_rig_free(a);
    alert_rig_free(b);
}

static void huge_events_give_lines_below_8_KiB(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    char text[SK_EVENT_TEXT_MAX + 1];
    for (int kind = 0; kind < 4; kind++) {
        struct sk_event *ev = event_at(SKE_dns_transaction, T0 + kind, kind ? "10.0.0.1" : "10.0.0.2", "192.0.2.1");
        memset(text, kind == 0 ? 'x' : kind == 1 ? '\\' : '"', SK_EVENT_TEXT_MAX);
        text[SK_EVENT_TEXT_MAX] = '\0';
        if (kind == 3)
            for (size_t i = 0; i + 3 <= SK_EVENT_TEXT_MAX; i += 3)
                memcpy(text + i, "漢", 3), text[i + 3] = '\0';
        sk_event_put_text(ev, SKF_dns_question_name, text);
        sk_event_put_text(ev, SKF_smtp_helo, text);
        sk_event_put_text(ev, SKF_smtp_mail_from_domain, text);
        sk_event_put_text(ev, SKF_destination_domain, text);
        sk_event_put_text(ev, SKF_policy_line, text);
        for (int i = 0; i < 5; i++) {
            text[0] = (char)('a' + i);
            sk_event_put_text(ev, SKF_smtp_rcpt_domain, text);
        }
        match_at(r, &rule, SK_LEVEL_LOW, false, ev); /* the rig looks at the length and parses */
    }
    for (int i = 0; i < 100; i++) {
        struct sk_event *ev = question(T0 + 10 + i, "10.0.0.3");
        sk_event_init(ev, SKE_dns_transaction);
        ev->ts = T0 + 10 + i;
        ev->src = addr_of("10.0.0.3");
        memset(text, 'q', SK_EVENT_TEXT_MAX);
        snprintf(text, 16, "%015d", i);
        text[15] = 'q';
        sk_event_put_text(ev, SKF_dns_question_name, text);
        match_at(r, &rule, SK_LEVEL_LOW, false, ev);
    }
    sk_alerts_close(r->alerts, T0 + SK_SEC, "end-of-input");
    for (size_t i = 0; i < r->n; i++)
        no_empties(r->line[i].tree);
    alert_rig_free(r);
}

static void huge_rules_give_lines_below_8_KiB(void **state) {
    (void)state;
    char *text = (char *)malloc(20001);
    memset(text, '\\', 20000);
    text[20000] = '\0';
    const char *many[300];
    char numbered[300][64];
    for (int i = 0; i < 300; i++)
        snprintf(numbered[i], sizeof numbered[i], "attack.t%d.%d", 1000 + i, i), many[i] = numbered[i];
    struct sk_rule big = rule;
    big.title = big.name = text;
    big.message.en = big.message.ja = big.headline.en = text;
    big.tags = (struct sk_list){many, 300};
    big.clauses = (struct sk_list){many, 300};
    big.references = (struct sk_list){(const char *const *)&text, 1};
    struct alert_rig *r = alert_rig_new(NULL, 0);
    match_at(r, &big, SK_LEVEL_LOW, false, question(T0, "10.0.0.1"));
    assert_int_equal(r->n, 1);
    alert_rig_free(r);
    free(text);
}

/* Everything at once: a roll-up that grew, in a chain, that swallowed forty rules, with an exception and own clauses.
 */
static void a_full_life_gives_lines_below_8_KiB(void **state) {
    (void)state;
    enum { OTHERS = 40 };
    static const enum sk_field_id fields[] = {SKF_dns_question_name, SKF_smtp_helo, SKF_destination_domain};
    char text[SK_EVENT_TEXT_MAX + 1], names[OTHERS][16];
    const char *list[OTHERS];
    struct sk_rule big = rule, other = rule;
    for (int i = 0; i < OTHERS; i++)
        snprintf(names[i], sizeof names[i], "XYZ-%09d", i), list[i] = names[i];
    big.absorbs = (struct sk_list){list, OTHERS};
    big.id = "6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0ab099", big.chain = other.chain = "attack";
    big.roll_up_members = SKF_smtp_mail_from_domain;
    big.grows = fields, big.n_grows = 3;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    for (int i = 0; i < 400; i++) {
        struct sk_event *ev = question(T0 + i * SK_MSEC, "10.0.0.1");
        memset(text, i % 3 ? 'q' : '\\', SK_EVENT_TEXT_MAX);
        text[SK_EVENT_TEXT_MAX] = '\0';
        snprintf(text, 16, "%015d", i);
        text[15] = 'q';
        sk_event_put_text(ev, SKF_smtp_helo, text);
        sk_event_put_text(ev, SKF_destination_domain, text);
        sk_event_put_text(ev, SKF_smtp_mail_from_domain, text);
        match_at(r, &big, SK_LEVEL_LOW, false, ev);
        other.detection = names[i % OTHERS];
        match_at(r, &other, SK_LEVEL_LOW, false, ev);
    }
    sk_alerts_close(r->alerts, T0 + MINUTE_, "end-of-input");
    const struct kept *end = &r->line[r->n - 1];
    assert_int_equal(end->count, 400);
    assert_int_equal(int_at(end, "sekimori.alert.absorbed.XYZ-000000000"), 10);
    for (size_t i = 0; i < r->n; i++)
        no_empties(r->line[i].tree);
    alert_rig_free(r);
}

static void clauses_lose_our_own_suffixes_and_are_told_once(void **state) {
    (void)state;
    static const char *const want[] = {"NISD-K305-111C 2.4.1.1(2)(b)", "NISD-K305-111C 2.3.3.1(1)(c)(ウ)",
                                       "NISD-K305-111C 2.1.1.3", "当市対策基準 第24条"};
    char clause[ALERT_CLAUSE_BYTES];
    unsigned n = 0;
    for (; alert_clause(&rule, n, clause); n++)
        assert_string_equal(clause, want[n]);
    assert_int_equal(n, 4);
}

static void tags_are_attack_techniques_and_tactics(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(NULL, 0);
    match_at(r, &rule, SK_LEVEL_LOW, false, question(T0, "10.0.0.1"));
    char *threat = sk_json_line(sk_json_at(r->line[0].tree, "threat"));
    assert_string_equal(threat,
                        "{\"framework\":\"MITRE ATT&CK\",\"tactic\":{\"name\":[\"Credential Access\",\"Command and "
                        "Control\"]},\"technique\":{\"id\":[\"T1557\"],\"subtechnique\":{\"id\":[\"T1557.003\"]}}}");
    free(threat);
    alert_rig_free(r);
}

static void what_the_texts_lack_in_one_language_comes_from_the_other(void **state) {
    (void)state;
    struct sk_rule en = rule, none = rule, hollow = rule;
    en.message.ja = en.headline.ja = NULL;
    none.message = none.headline = (struct sk_text2){NULL, NULL};
    hollow.message.en = "{tunnel.kind|}";
    struct alert_rig *r = alert_rig_new(NULL, 0);
    match_at(r, &en, SK_LEVEL_LOW, false, question(T0, "10.0.0.1"));
    match_at(r, &none, SK_LEVEL_LOW, false, question(T0, "10.0.0.2"));
    match_at(r, &hollow, SK_LEVEL_LOW, false, question(T0, "10.0.0.3"));
    assert_string_equal(r->line[0].message[1], "02-00-00-00-00-AA（10.0.0.1）asked secret.example");
    assert_string_equal(r->line[1].message[0], "A test");
    assert_string_equal(r->line[1].headline[1], "A test");
    assert_string_equal(r->line[2].message[0], "A test");
    alert_rig_free(r);
}

static void headlines_have_at_most_36_columns(void **state) {
    (void)state;
    struct sk_rule wide = rule;
    wide.headline.ja = "不正なIPv6ルータ広告をセグメントで検知しました";
    wide.headline.en = "a headline that is rather longer than a table can show";
    struct alert_rig *r = alert_rig_new(NULL, 0);
    match_at(r, &wide, SK_LEVEL_LOW, false, question(T0, "10.0.0.1"));
    for (int i = 0; i < 2; i++) {
        const char *h = r->line[0].headline[i];
        assert_true(sk_text_columns(h, strlen(h)) <= 36);
        assert_string_equal(h + strlen(h) - 3, "…");
    }
    alert_rig_free(r);
}

#define GUESTS                                                                                                         \
    "segments:\n  guests: {vlan: 90, prefixes: [10.90.0.0/16], private: true}\n  office: {vlan: 30, prefixes: "        \
    "[10.30.0.0/16]}\n"

static void is_silent_about_guests(const struct kept *k) {
    static const char *const never[] = {"secret",   "10.90.0.", "02-00-00", "40000",    "community_id",
                                        "192.0.2.", "monday",   "frames",   "question", "members"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strstr(k->json, never[i]))
            fail_msg("%s in %s", never[i], k->json);
    assert_int_equal(sk_json_size(sk_json_at(k->tree, "sekimori.device")), 0);
    assert_null(strstr(k->message[0], "10.90"));
    assert_null(strstr(k->message[1], "secret"));
    assert_string_equal(k->device, "private");
}

static void of_private_segments_there_are_counts_and_nothing_else(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(GUESTS, 0);
    for (int i = 0; i < 20; i++) {
        char src[32];
        snprintf(src, sizeof src, "10.90.0.%d", i);
        struct sk_event *ev = question(T0 + i, src);
        ev->segment = 0;
        match_at(r, &rule, SK_LEVEL_LOW, false, ev);
    }
    assert_int_equal(r->n, 1); /* one alert a segment, however many guests */
    sk_alerts_close(r->alerts, T0 + SK_SEC, "end-of-input");
    assert_int_equal(r->line[1].count, 20);
    for (size_t i = 0; i < r->n; i++)
        is_silent_about_guests(&r->line[i]);
    assert_string_equal(text_at(&r->line[1], "network.name"), "guests");
    assert_string_equal(r->line[1].message[0],
                        "A test: 20 on guests, a private segment, of which no devices or contents are kept.");
    alert_rig_free(r);
}

static void a_guest_seen_on_another_segment_is_still_a_guest(void **state) {
    (void)state;
    struct alert_rig *r = alert_rig_new(GUESTS, 0);
    struct sk_event *ev = question(T0, "10.90.0.7");
    ev->segment = 1;
    match_at(r, &rule, SK_LEVEL_LOW, false, ev);
    is_silent_about_guests(&r->line[0]);
    ev = question(T0, "192.0.2.7"); /* what comes to a guest from outside is about the guest */
    ev->segment = 1;
    ev->dst = addr_of("10.90.0.7");
    match_at(r, &rule, SK_LEVEL_LOW, false, ev);
    assert_int_equal(r->n, 1);
    ev = question(T0, "10.30.0.7"); /* an office PC is told in full */
    ev->segment = 1;
    match_at(r, &rule, SK_LEVEL_LOW, false, ev);
    assert_string_equal(text_at(&r->line[1], "source.ip"), "10.30.0.7");
    assert_string_equal(text_at(&r->line[1], "dns.question.name"), "secret.example");
    assert_string_equal(sk_json_text_of(sk_json_item(sk_json_at(r->line[1].tree, "sekimori.frames"), 0)),
                        "monday.pcap:1");
    alert_rig_free(r);
}

static int reached(enum sk_event_type type, enum sk_field_id f, const char *word, const char *from, const char *to) {
    struct alert_rig *r = alert_rig_new(NULL, 0);
    struct sk_event *ev = event_at(type, T0, "10.0.0.1", "192.0.2.1");
    sk_event_put_text(ev, f, word);
    if (from)
        sk_event_put_text(ev, SKF_policy_source_side, from);
    if (to && type == SKE_tunnel_state)
        sk_event_put_text(ev, SKF_tunnel_direction, to);
    else if (to)
        sk_event_put_text(ev, SKF_policy_destination_side, to);
    match_at(r, &rule, SK_LEVEL_LOW, false, ev);
    const sk_json *v = sk_json_at(r->line[0].tree, "sekimori.reached_outside");
    int answer = v ? sk_json_get_bool(r->line[0].tree, "sekimori.reached_outside", false) : -1;
    alert_rig_free(r);
    return answer;
}

static void whether_it_got_outside_is_said_where_the_traffic_tells(void **state) {
    (void)state;
    assert_int_equal(reached(SKE_flow_state, SKF_flow_state, "established", "inside", "outside"), 1);
    assert_int_equal(reached(SKE_flow_state, SKF_flow_state, "refused", "inside", "outside"), 0);
    assert_int_equal(reached(SKE_flow_state, SKF_flow_state, "opened", "inside", "outside"), -1);
    assert_int_equal(reached(SKE_flow_state, SKF_flow_state, "established", "inside", "inside"), -1);
    assert_int_equal(reached(SKE_tunnel_state, SKF_tunnel_confirmed, "two-way", NULL, "outbound"), 1);
    assert_int_equal(reached(SKE_tunnel_state, SKF_tunnel_confirmed, "attempt", NULL, "outbound"), 0);
    assert_int_equal(reached(SKE_tunnel_state, SKF_tunnel_confirmed, "two-way", NULL, "inside"), -1);
    assert_int_equal(reached(SKE_ipv6_seen, SKF_ipv6_category, "mld", "inside", "inside"), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_begins_with_its_time_and_ends_with_the_chain),
        cmocka_unit_test(ids_are_version_8_and_the_same_in_every_run),
        cmocka_unit_test(huge_events_give_lines_below_8_KiB),
        cmocka_unit_test(huge_rules_give_lines_below_8_KiB),
        cmocka_unit_test(a_full_life_gives_lines_below_8_KiB),
        cmocka_unit_test(clauses_lose_our_own_suffixes_and_are_told_once),
        cmocka_unit_test(tags_are_attack_techniques_and_tactics),
        cmocka_unit_test(what_the_texts_lack_in_one_language_comes_from_the_other),
        cmocka_unit_test(headlines_have_at_most_36_columns),
        cmocka_unit_test(whether_it_got_outside_is_said_where_the_traffic_tells),
        cmocka_unit_test(of_private_segments_there_are_counts_and_nothing_else),
        cmocka_unit_test(a_guest_seen_on_another_segment_is_still_a_guest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
