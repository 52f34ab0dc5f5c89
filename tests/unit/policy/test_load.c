/* SPDX-License-Identifier: Apache-2.0 */
/* Files, folders, and what a loaded policy says of itself. */
#include "policy_text.h"

#include <unistd.h>

static const struct sk_policy *load(const char *path, size_t *ret_errors) {
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    sk_err err = sk_policy_load(path, &p, &diags);
    if (err != SK_OK)
        print_diags(&diags);
    assert_int_equal(err == SK_OK, p != NULL);
    *ret_errors = diags.errors;
    sk_diags_free(&diags);
    return p;
}

static void shipped_policies_load_without_error(void **state) {
    (void)state;
    static const char *const path[] = {"deploy/policy.yml",
                                       "deploy/policy-minimal.yml",
                                       "captures/policy/forbidden.yml",
                                       "captures/policy/dualstack.yml",
                                       "captures/policy/minimal.yml",
                                       "captures/policy/own-zone.yml",
                                       "captures/policy/mail.yml",
                                       "captures/policy/tolerate-mld.yml",
                                       "captures/policy/tunnel-6to4-allowed.yml"};
    for (size_t i = 0; i < sizeof path / sizeof *path; i++) {
        size_t errors = 1;
        const struct sk_policy *p = load(path[i], &errors);
        assert_int_equal(errors, 0);
        sk_policy_free(p);
    }
}

static void the_models_of_the_corpus_load_without_error(void **state) {
    (void)state;
    const char *corpus = getenv("CORPUS") ? getenv("CORPUS") : "../shared";
    static const char *const name[] = {"policy.yml", "policy-minimal.yml"};
    for (size_t i = 0; i < 2; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/examples/%s", corpus, name[i]);
        FILE *f = fopen(path, "r");
        if (!f) {
            print_message("skipped: no corpus at %s\n", corpus);
            skip();
        }
        (void)fclose(f);
        size_t errors = 1;
        const struct sk_policy *p = load(path, &errors);
        assert_int_equal(errors, 0);
        sk_policy_free(p);
    }
}

static void the_model_policy_answers_as_its_remarks_say(void **state) {
    (void)state;
    size_t errors;
    const struct sk_policy *p = load("deploy/policy.yml", &errors);
    assert_string_equal(sk_policy_timezone(p), "Asia/Tokyo");
    assert_string_equal(sk_policy_language(p), "ja");
    assert_false(sk_policy_is_none(p));
    struct {
        const char *addr, *zone, *side, *web;
    } t[] = {{"10.10.10.14", "mynumber", "inside", "none"},      {"10.30.1.44", "internet-zone", "inside", "via-proxy"},
             {"10.90.1.1", "guest", "inside", "direct"},         {"203.0.113.5", "dmz", "inside", "none"},
             {"10.200.1.10", "ken-cloud", "partner", "unknown"}, {"192.0.2.80", "lgwan-net", "partner", "unknown"},
             {"2001:db8:90::5", "guest", "inside", "direct"},    {"2001:db8::1", "internet", "outside", "unknown"},
             {"198.51.100.99", "internet", "outside", "unknown"}};
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct sk_addr a = addr_of(t[i].addr);
        struct sk_place place;
        sk_policy_place(p, &a, 0xffff, &place);
        assert_string_equal(place.zone, t[i].zone);
        assert_string_equal(sk_side_name(place.side), t[i].side);
        assert_string_equal(sk_web_name(place.web), t[i].web);
    }
    const uint16_t v30 = 30;
    uint16_t s = sk_policy_segment(p, sk_policy_tap_of_file(p, "/evidence/s1/0412.pcap"), &v30, 1, -1, NULL, NULL);
    assert_string_equal(sk_policy_segment_at(p, s)->id, "inet-terminals");
    struct sk_mac mac = mac_of("00-00-5E-00-53-90");
    struct sk_addr ll = addr_of("fe80::1");
    const uint16_t v90 = 90;
    s = sk_policy_segment(p, SK_TAP_NONE, &v90, 1, -1, NULL, NULL);
    assert_int_equal(sk_policy_router(p, s, &mac, &ll, NULL, NULL), SK_ROUTER_LISTED);
    sk_policy_free(p);
}

static void a_folder_is_read_as_one_policy_in_name_order(void **state) {
    (void)state;
    size_t errors;
    const struct sk_policy *p = load("tests/golden/policy/merge-good", &errors);
    assert_int_equal(errors, 0);
    assert_string_equal(sk_policy_timezone(p), "Asia/Tokyo"); /* of the second file, for the dates of both */
    assert_string_equal(sk_policy_segment_at(p, 0)->zone, "z");
    const struct sk_policy_list *l = sk_policy_list(p, "resolvers", 9);
    assert_int_equal(l->n, 2);
    assert_string_equal(l->value[0], "10.0.0.1");
    assert_string_equal(l->value[1], "10.0.0.2");
    const struct sk_policy *again = load("tests/golden/policy/merge-good/", &errors);
    uint8_t one[32], two[32];
    sk_policy_hash(p, one);
    sk_policy_hash(again, two);
    assert_memory_equal(one, two, 32);
    sk_policy_free(p);
    sk_policy_free(again);
}

static void files_of_a_folder_are_read_in_name_order_whatever_the_folders_own(void **state) {
    (void)state;
    char folder[] = "/tmp/sk-policy-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    static const unsigned order[] = {7, 3, 9, 1, 5, 8, 2, 6, 4, 0};
    for (unsigned i = 0; i < 10; i++) {
        (void)snprintf(path, sizeof path, "%s/%u.yml", folder, order[i]);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        (void)fprintf(f, "sekimori-policy: 1\nntp_servers: [10.0.0.%u]\n", order[i]);
        (void)fclose(f);
    }
    size_t errors;
    const struct sk_policy *p = load(folder, &errors);
    const struct sk_policy_list *l = sk_policy_list(p, "ntp_servers", 11);
    assert_int_equal(l->n, 10);
    for (unsigned i = 0; i < 10; i++) {
        (void)snprintf(path, sizeof path, "10.0.0.%u", i);
        assert_string_equal(l->value[i], path);
        (void)snprintf(path, sizeof path, "%s/%u.yml", folder, i);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
    sk_policy_free(p);
}

static void the_hash_follows_the_bytes(void **state) {
    (void)state;
    const struct sk_policy *p = policy_of("");
    const struct sk_policy *q = policy_of("# a remark\n");
    uint8_t one[32], two[32], none[32], zero[32] = {0};
    sk_policy_hash(p, one);
    sk_policy_hash(q, two);
    sk_policy_hash(sk_policy_none(), none);
    assert_memory_not_equal(one, two, 32);
    assert_memory_equal(none, zero, 32);
    sk_policy_free(p);
    sk_policy_free(q);
}

static void a_file_that_is_not_there_is_answered_with_the_nearest(void **state) {
    (void)state;
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    assert_int_equal(sk_policy_load("deploy/polcy.yml", &p, &diags), SK_ENOTFOUND);
    assert_null(p);
    assert_int_equal(diags.errors, 1);
    assert_non_null(strstr(diags.at[0].msg, "policy.yml"));
    sk_diags_free(&diags);
}

static void what_is_no_policy_is_refused(void **state) {
    (void)state;
    static const char *const path[] = {"", "tests/unit", "/dev/null", "tests/golden/policy/empty.yml/x"};
    for (size_t i = 0; i < sizeof path / sizeof *path; i++) {
        struct sk_diags diags = {0};
        const struct sk_policy *p = NULL;
        assert_int_not_equal(sk_policy_load(path[i], &p, &diags), SK_OK);
        assert_null(p);
        assert_true(diags.errors > 0);
        sk_diags_free(&diags);
    }
}

static void all_errors_are_found_at_once_in_the_order_of_lines(void **state) {
    (void)state;
    static const char text[] =
        "sekimori-policy: 1\nzones: {z: {side: x}}\nsegments: {a: {vlan: 5000, zone: q}}\nfoo: 1\n";
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    assert_int_equal(sk_policy_parse("p.yml", text, sizeof text - 1, &p, &diags), SK_EUSAGE);
    assert_int_equal(diags.errors, 4);
    unsigned line[] = {2, 3, 3, 4};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(diags.at[i].line, line[i]);
    sk_diags_free(&diags);
}

static void errors_found_before_do_not_spoil_a_good_policy(void **state) {
    (void)state;
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    sk_diag_add(&diags, SK_DIAG_ERROR, "other.yml", 1, 1, "of a signature");
    assert_int_equal(sk_policy_parse("p.yml", "sekimori-policy: 1\n", 19, &p, &diags), SK_OK);
    sk_policy_free(p);
    sk_diags_free(&diags);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_policies_load_without_error),
        cmocka_unit_test(the_models_of_the_corpus_load_without_error),
        cmocka_unit_test(the_model_policy_answers_as_its_remarks_say),
        cmocka_unit_test(a_folder_is_read_as_one_policy_in_name_order),
        cmocka_unit_test(files_of_a_folder_are_read_in_name_order_whatever_the_folders_own),
        cmocka_unit_test(the_hash_follows_the_bytes),
        cmocka_unit_test(a_file_that_is_not_there_is_answered_with_the_nearest),
        cmocka_unit_test(what_is_no_policy_is_refused),
        cmocka_unit_test(all_errors_are_found_at_once_in_the_order_of_lines),
        cmocka_unit_test(errors_found_before_do_not_spoil_a_good_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
