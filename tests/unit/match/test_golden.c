/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong rules are answered word for word: tests/golden/signatures/NAME.yml gives NAME.txt. With SK_GOLDEN=write in the
 * environment the texts are written anew, to be read before they are committed. */
#include "rules.h"

#include <glob.h>

static char *read_file(const char *name) {
    FILE *f = fopen(name, "rb");
    struct sk_buf b = {0};
    char part[4096];
    sk_buf_str(&b, "");
    for (size_t n; f && (n = fread(part, 1, sizeof part, f)) > 0;)
        sk_buf_add(&b, part, n);
    if (f)
        (void)fclose(f);
    return b.p;
}

static void write_file(const char *name, const char *text) {
    FILE *f = fopen(name, "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void every_wrong_rule_gets_the_expected_diagnostics(void **state) {
    (void)state;
    const struct sk_policy *policy = NULL;
    struct sk_diags none = {0};
    assert_int_equal(sk_policy_load("tests/golden/signatures/policy.yaml", &policy, &none), SK_OK);
    glob_t g;
    assert_int_equal(glob("tests/golden/signatures/*.yml", 0, NULL, &g), 0);
    assert_true(g.gl_pathc >= 7);
    const char *mode = getenv("SK_GOLDEN");
    for (size_t i = 0; i < g.gl_pathc; i++) {
        const char *path = g.gl_pathv[i];
        struct sk_diags d = {0};
        struct sk_ruleset *rs = NULL;
        sk_err e = sk_ruleset_load(&path, 1, policy, &rs, &d);
        bool warnings = strstr(path, "warnings") != NULL;
        char name[256];
        snprintf(name, sizeof name, "%.*s.txt", (int)(strlen(path) - 4), path);
        char *got = diags_text(&d), *want = read_file(name);
        if (mode && strcmp(mode, "write") == 0)
            write_file(name, got);
        else
            assert_string_equal(got, want);
        assert_int_equal(e, warnings ? SK_OK : SK_EUSAGE);
        assert_int_equal(rs != NULL, warnings);
        free(got);
        free(want);
        sk_diags_free(&d);
        sk_ruleset_free(rs);
    }
    globfree(&g);
    sk_diags_free(&none);
    sk_policy_free(policy);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_wrong_rule_gets_the_expected_diagnostics)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
