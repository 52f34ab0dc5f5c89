/* SPDX-License-Identifier: Apache-2.0 */
/* What `policy check` says of every policy in tests/golden/policy on 2026-11-22, line for line.
 * SK_GOLDEN_UPDATE=1 writes the .expected files anew. */
#include "policy_text.h"
#include "sekimori/text.h"

#include <dirent.h>
#include <unistd.h>

static char *said_of(const char *path) {
    struct sk_diags diags = {0};
    struct sk_buf out = {0};
    const struct sk_policy *p = NULL;
    sk_err err = sk_policy_load(path, &p, &diags);
    assert_int_equal(err == SK_OK, diags.errors == 0);
    assert_int_equal(err == SK_OK, p != NULL);
    if (p)
        sk_policy_review(p, day_of("2026-11-22"), &diags);
    for (size_t i = 0; i < diags.n; i++) {
        char *text = sk_diag_text(&diags.at[i]);
        sk_buf_fmt(&out, "%s\n", text);
        free(text);
    }
    sk_buf_fmt(&out, "%zu errors, %zu warnings\n", diags.errors, diags.warnings);
    sk_diags_free(&diags);
    sk_policy_free(p);
    return out.p;
}

static char *expected_of(const char *path) {
    char *text = calloc(1, 65536);
    FILE *f = fopen(path, "r");
    if (f) {
        assert_true(fread(text, 1, 65535, f) < 65535);
        (void)fclose(f);
    }
    return text;
}

static bool is_case(const char *name, char *expected, size_t cap) {
    size_t n = strlen(name);
    if (name[0] == '.' || (strchr(name, '.') && strcmp(strchr(name, '.'), ".yml") != 0))
        return false;
    (void)snprintf(expected, cap, "%.*s.expected", (int)(strchr(name, '.') ? n - 4 : n), name);
    return true;
}

static void every_wrong_policy_is_answered_as_written(void **state) {
    (void)state;
    assert_int_equal(chdir("tests/golden/policy"), 0);
    DIR *dir = opendir(".");
    assert_non_null(dir);
    unsigned cases = 0;
    unsigned wrong = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        char path[512];
        if (!is_case(e->d_name, path, sizeof path))
            continue;
        char *said = said_of(e->d_name);
        if (getenv("SK_GOLDEN_UPDATE")) {
            FILE *f = fopen(path, "w");
            assert_non_null(f);
            (void)fputs(said, f);
            (void)fclose(f);
        }
        char *expected = expected_of(path);
        if (strcmp(said, expected) != 0)
            print_message("%s: expected\n%s\nsaid\n%s\n", e->d_name, expected, said);
        wrong += strcmp(said, expected) != 0;
        cases++;
        free(said);
        free(expected);
    }
    (void)closedir(dir);
    assert_true(cases >= 20);
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wrong_policy_is_answered_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
