/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of rules: what a rule holds once loaded, levels, roll-up, needs, order, look-up, overriding, hash. */
#include "rules.h"

#include <sys/stat.h>

#define HEAD(id, extra)                                                                                                \
    "title: Rule " id "\nid: 6D0F5B6E-6b0e-4c1c-9a54-0b6c1f0a00" id                                                    \
    "\nlogsource: {product: sekimori, category: icmpv6.ra}\n" extra

static void a_full_rule_keeps_all_it_was_given(void **state) {
    (void)state;
    static const char text[] =
        "title: Full\nid: 6D0F5B6E-6b0e-4c1c-9a54-0b6c1f0a0001\nname: full\nstatus: test\ndescription: d\nauthor: me\n"
        "date: 2026-11-22\ntags: [attack.t1557, attack.impact]\nreferences: [https://example.org/x]\n"
        "logsource: {product: sekimori, category: icmpv6.ra}\n"
        "detection: {a: {icmpv6.ra.mtu|gt: 1}, condition: a}\n"
        "fields: [source.ip, icmpv6.ra.kind]\nfalsepositives: [some thing]\nlevel: high\nmine: anything\n"
        "sekimori:\n  detection: V6-011\n  headline: {en: 'rogue {icmpv6.ra.kind}', ja: 不正}\n"
        "  subject: [network.name, source.ip]\n  discriminator: [icmpv6.ra.kind]\n  grows: [source.mac]\n"
        "  window: 30m\n  certainty: from-event\n  clauses: [X 1]\n  rfcs: [4861, 6104]\n"
        "  needs: {any: [segments.*.ipv6], optional: [proxies]}\n"
        "  message: {en: '{device} {count} {distinct.source.mac} {icmpv6.ra.kind.top}', ja: '{icmpv6.ra.rdnss|なし}'}\n"
        "  advice: {en: ['allow { inside; }', '{source.mac}'], ja: [あ]}\n"
        "  tests:\n    fires: [{capture: c.pcap, policy: p.yml, opens: 1, count: 7, level: high, levels: [low, high], "
        "field: {icmpv6.ra.kind: empty, icmpv6.ra.mtu: 1280}, why: x}]\n    silent: [{capture: d.pcap, policy: none, "
        "level_at_most: low}]\n";
    struct sk_ruleset *rs = rules_of(text, NULL, NULL);
    assert_int_equal(sk_ruleset_size(rs), 1);
    const struct sk_rule *r = sk_ruleset_at(rs, 0);
    assert_null(sk_ruleset_at(rs, 1));
    assert_string_equal(r->id, "6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a0001");
    assert_string_equal(r->name, "full");
    assert_string_equal(r->title, "Full");
    assert_string_equal(r->status, "test");
    assert_string_equal(r->file, "r.yml");
    assert_int_equal(r->line, 1);
    assert_string_equal(r->detection, "V6-011");
    assert_int_equal(r->event, SKE_icmpv6_ra);
    assert_int_equal(r->level, SK_LEVEL_HIGH);
    assert_int_equal(r->tags.n, 2);
    assert_string_equal(r->tags.at[0], "attack.t1557");
    assert_int_equal(r->n_fields, 2);
    assert_int_equal(r->fields[1], SKF_icmpv6_ra_kind);
    assert_int_equal(r->n_subject, 2);
    assert_int_equal(r->subject[0], SKF_network_name);
    assert_int_equal(r->n_discriminator, 1);
    assert_int_equal(r->n_grows, 1);
    assert_int_equal(r->window, 1800 * SK_SEC);
    assert_string_equal(r->certainty, "from-event");
    assert_string_equal(r->rfcs.at[1], "6104");
    assert_string_equal(r->headline.ja, "不正");
    assert_string_equal(r->message.ja, "{icmpv6.ra.rdnss|なし}");
    assert_string_equal(r->advice_en.at[0], "allow { inside; }");
    assert_int_equal(r->advice_ja.n, 1);
    assert_int_equal(r->needs_any.n, 1);
    assert_int_equal(r->needs_optional.n, 1);
    assert_int_equal(r->roll_up_members, SKF_none);
    assert_int_equal(r->n_tests, 2);
    const struct sk_case *c = r->tests;
    assert_true(c[0].fires);
    assert_string_equal(c[0].policy, "p.yml");
    assert_int_equal(c[0].opens, 1);
    assert_int_equal(c[0].count, 7);
    assert_int_equal(c[0].level, SK_LEVEL_HIGH);
    assert_int_equal(c[0].level_at_most, 0);
    assert_int_equal(c[0].levels, 1u << SK_LEVEL_LOW | 1u << SK_LEVEL_HIGH);
    assert_int_equal(c[1].levels, 0);
    assert_string_equal(c[0].field.at[1], "icmpv6.ra.mtu");
    assert_string_equal(c[0].value.at[1], "1280");
    assert_false(c[1].fires);
    assert_int_equal(c[1].opens, -1);
    assert_int_equal(c[1].level_at_most, SK_LEVEL_LOW);
    sk_ruleset_free(rs);
}

static void a_plain_sigma_rule_gets_sensible_defaults(void **state) {
    (void)state;
    struct sk_ruleset *rs = rules_of(HEAD("01", "detection: {a: {icmpv6.ra.mtu: 1}, condition: a}\n"), NULL, NULL);
    const struct sk_rule *r = sk_ruleset_at(rs, 0);
    assert_int_equal(strncmp(r->detection, "USR-", 4), 0);
    assert_int_equal(strlen(r->detection), 13);
    assert_int_equal(strspn(r->detection + 4, "0123456789"), 9);
    assert_int_equal(r->level, SK_LEVEL_MEDIUM);
    assert_int_equal(r->window, 600 * SK_SEC);
    assert_int_equal(r->n_subject, 2);
    assert_string_equal(r->certainty, "observed");
    assert_string_equal(r->message.en, "Rule 01");
    assert_string_equal(r->name, r->id);
    assert_true(r->can_fire);
    assert_string_equal(r->missing, "");
    sk_ruleset_free(rs);
}

static void the_first_level_that_holds_wins_and_alone_is_told(void **state) {
    (void)state;
    static const char text[] = HEAD("01", "level: low\ndetection:\n  a: {icmpv6.ra.mtu|gt: 0}\n"
                                          "  _big: {icmpv6.ra.mtu|gt: 1000}\n  _huge: {icmpv6.ra.mtu|gt: 9000}\n"
                                          "  condition: a\n"
                                          "sekimori:\n  levels: [{when: _huge, level: critical}, {when: _big or _huge, "
                                          "level: high}, {when: a, level: medium}]\n"
                                          "  roll_up: {members: source.mac, alone_when: _huge and a}\n");
    static const struct {
        int64_t mtu;
        enum sk_level level;
        bool alone;
    } rows[] = {{500, SK_LEVEL_MEDIUM, false}, {1500, SK_LEVEL_HIGH, false}, {9500, SK_LEVEL_CRITICAL, true}};
    struct sk_ruleset *rs = rules_of(text, NULL, NULL);
    assert_int_equal(sk_ruleset_at(rs, 0)->roll_up_members, SKF_source_mac);
    struct sk_event *ev = calloc(1, SK_EVENT_MAX);
    for (size_t i = 0; i < 3; i++) {
        sk_event_init(ev, SKE_icmpv6_ra);
        sk_event_put_int(ev, SKF_icmpv6_ra_mtu, rows[i].mtu);
        struct fired f = fire(rs, ev);
        assert_int_equal(f.n, 1);
        assert_int_equal(f.last.level, rows[i].level);
        assert_int_equal(f.last.alone, rows[i].alone);
    }
    free(ev);
    sk_ruleset_free(rs);
}

static void a_rule_fires_only_where_the_policy_says_what_it_needs(void **state) {
    (void)state;
    static const char text[] = HEAD("01", "detection: {a: {icmpv6.ra.mtu: 1280}, condition: a}\n"
                                          "sekimori: {needs: {any: [segments.*.ipv6, mail.mx], all: [proxies]}}\n");
    struct sk_event *ev = ra_event();
    bool wanted[SKE_COUNT] = {false};
    char *errors = NULL;
    struct sk_ruleset *rs = rules_of(text, NULL, &errors);
    assert_string_equal(errors, ""); /* without a policy this is no surprise */
    free(errors);
    assert_false(sk_ruleset_at(rs, 0)->can_fire);
    assert_string_equal(sk_ruleset_at(rs, 0)->missing, "proxies, and segments.*.ipv6 or mail.mx");
    assert_int_equal(fire(rs, ev).n, 0);
    sk_ruleset_wants(rs, wanted);
    assert_false(wanted[SKE_icmpv6_ra]);
    sk_ruleset_free(rs);
    const struct sk_policy *p =
        policy_of("sekimori-policy: 1\nmail: {mx: []}\nproxies: [{ip: [10.200.1.10], ports: [8080]}]\n");
    rs = rules_of(text, p, NULL);
    assert_true(sk_ruleset_at(rs, 0)->can_fire);
    assert_int_equal(fire(rs, ev).n, 1);
    sk_ruleset_wants(rs, wanted);
    assert_true(wanted[SKE_icmpv6_ra]);
    assert_false(wanted[SKE_icmpv6_rs]);
    sk_ruleset_free(rs);
    sk_policy_free(p);
    free(ev);
}

static void collect(void *arg, const struct sk_match *m, const struct sk_event *ev) {
    (void)ev;
    sk_buf_str(arg, m->rule->name);
}

static void matches_come_by_uuid_and_lists_by_detection_id(void **state) {
    (void)state;
    static const char text[] = HEAD(
        "03",
        "name: c\ndetection: {a: {icmpv6.ra.mtu: 1280}, condition: a}\nsekimori: {detection: "
        "A-001}\n") "---\n" HEAD("01",
                                 "name: a\ndetection: {a: {icmpv6.ra.mtu: 1280}, condition: a}\nsekimori: {detection: "
                                 "C-001}\n") "---\n" HEAD("04",
                                                          "name: d\ndetection: {a: {icmpv6.ra.mtu: 1}, condition: "
                                                          "a}\nsekimori: {detection: B-002}\n") "---\n"
                                                                                                "title: other\nname: "
                                                                                                "o\nid: "
                                                                                                "6d0f5b6e-6b0e-4c1c-"
                                                                                                "9a54-"
                                                                                                "0b6c1f0a0000\n"
                                                                                                "logsource: {product: "
                                                                                                "sekimori, category: "
                                                                                                "icmpv6.rs}\n"
                                                                                                "detection: {a: "
                                                                                                "{icmpv6.hop_limit|"
                                                                                                "exists: "
                                                                                                "false}, condition: "
                                                                                                "a}\n---\n" HEAD(
                                                                                                    "02",
                                                                                                    "name: "
                                                                                                    "b\ndetection: {a: "
                                                                                                    "{icmpv6.ra.mtu: "
                                                                                                    "1280}, "
                                                                                                    "condition: "
                                                                                                    "a}\nsekimori: "
                                                                                                    "{detection: "
                                                                                                    "B-001}\n");
    struct sk_ruleset *rs = rules_of(text, NULL, NULL);
    struct sk_event *ev = ra_event();
    struct sk_buf b = {0};
    match_alone(rs, ev, collect, &b);
    assert_string_equal(b.p, "abc");
    sk_buf_clear(&b);
    for (size_t i = 0; i < sk_ruleset_size(rs); i++)
        sk_buf_str(&b, sk_ruleset_at(rs, i)->name);
    assert_string_equal(b.p, "cbdao");
    sk_buf_free(&b);
    assert_string_equal(sk_ruleset_find(rs, "b-001")->name, "b");
    assert_string_equal(sk_ruleset_find(rs, "D")->name, "d");
    assert_string_equal(sk_ruleset_find(rs, "6D0F5B6E-6B0E-4C1C-9A54-0B6C1F0A0003")->name, "c");
    assert_null(sk_ruleset_find(rs, "B-00"));
    free(ev);
    sk_ruleset_free(rs);
}

static void put(const char *folder, const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static sk_err load(const char *const *paths, size_t n, struct sk_ruleset **rs, char **errors) {
    struct sk_diags d = {0};
    sk_err e = sk_ruleset_load(paths, n, NULL, rs, &d);
    *errors = diags_text(&d);
    sk_diags_free(&d);
    return e;
}

static void a_later_folder_overrides_by_id_and_the_hash_tells(void **state) {
    (void)state;
    char a[] = "/tmp/sk-match-XXXXXX", b[] = "/tmp/sk-match-XXXXXX", sub[64], lists[64];
    assert_non_null(mkdtemp(a));
    assert_non_null(mkdtemp(b));
    snprintf(sub, sizeof sub, "%s/deep", a);
    snprintf(lists, sizeof lists, "%s/lists", a);
    assert_int_equal(mkdir(sub, 0700), 0);
    assert_int_equal(mkdir(lists, 0700), 0);
    put(sub, "one.yml", HEAD("01", "name: one\ndetection: {a: {icmpv6.ra.mtu: 1}, condition: a}\n"));
    put(a, "two.yaml", HEAD("02", "name: two\ndetection: {a: {icmpv6.ra.mtu: 1}, condition: a}\n"));
    put(a, "README.md", "no rule");
    put(a, ".hidden.yml", "no rule");
    put(lists, "data.yml", "no rule");
    put(b, "mine.yml", HEAD("01", "name: mine\ndetection: {a: {icmpv6.ra.mtu: 2}, condition: a}\n"));
    const char *paths[] = {a, b};
    struct sk_ruleset *rs = NULL;
    char *errors = NULL;
    uint8_t h1[32], h2[32], h3[32];
    assert_int_equal(load(paths, 1, &rs, &errors), SK_OK);
    free(errors);
    assert_int_equal(sk_ruleset_size(rs), 2);
    assert_non_null(sk_ruleset_find(rs, "one"));
    sk_ruleset_hash(rs, h1);
    sk_ruleset_free(rs);
    assert_int_equal(load(paths, 1, &rs, &errors), SK_OK);
    free(errors);
    sk_ruleset_hash(rs, h2);
    assert_memory_equal(h1, h2, 32);
    sk_ruleset_free(rs);
    assert_int_equal(load(paths, 2, &rs, &errors), SK_OK);
    free(errors);
    assert_int_equal(sk_ruleset_size(rs), 2);
    assert_null(sk_ruleset_find(rs, "one"));
    assert_non_null(sk_ruleset_find(rs, "mine"));
    sk_ruleset_hash(rs, h3);
    assert_memory_not_equal(h1, h3, 32);
    sk_ruleset_free(rs);
    put(b, "again.yml", HEAD("02", "name: two2\ndetection: {a: {icmpv6.ra.mtu: 2}, condition: a}\n"));
    put(b, "twice.yml", HEAD("02", "name: two3\ndetection: {a: {icmpv6.ra.mtu: 2}, condition: a}\n"));
    assert_int_equal(load(paths, 2, &rs, &errors), SK_EUSAGE);
    assert_null(rs);
    assert_non_null(strstr(errors, "is taken by"));
    free(errors);
    static const char *const all[] = {"deep/one.yml",   "two.yaml", "README.md", ".hidden.yml",
                                      "lists/data.yml", "deep",     "lists",     ""};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", a, all[i]);
        assert_int_equal(remove(path), 0);
    }
    static const char *const mine[] = {"mine.yml", "again.yml", "twice.yml", ""};
    for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", b, mine[i]);
        assert_int_equal(remove(path), 0);
    }
}

static void a_missing_folder_is_one_clear_error(void **state) {
    (void)state;
    const char *paths[] = {"/nowhere/rules"};
    struct sk_ruleset *rs = NULL;
    char *errors = NULL;
    assert_int_equal(load(paths, 1, &rs, &errors), SK_EUSAGE);
    assert_string_equal(errors, "/nowhere/rules: no such file or folder\n");
    free(errors);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_rule_keeps_all_it_was_given),
        cmocka_unit_test(a_plain_sigma_rule_gets_sensible_defaults),
        cmocka_unit_test(the_first_level_that_holds_wins_and_alone_is_told),
        cmocka_unit_test(a_rule_fires_only_where_the_policy_says_what_it_needs),
        cmocka_unit_test(matches_come_by_uuid_and_lists_by_detection_id),
        cmocka_unit_test(a_later_folder_overrides_by_id_and_the_hash_tells),
        cmocka_unit_test(a_missing_folder_is_one_clear_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
