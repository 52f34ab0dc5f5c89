/* SPDX-License-Identifier: Apache-2.0 */
/* Policies written in tests. */
#ifndef TESTS_POLICY_TEXT_H
#define TESTS_POLICY_TEXT_H

#include "policy/tz.h"
#include "sekimori/policy.h"
#include "unit.h"

#include <stdio.h>

static inline void print_diags(const struct sk_diags *d) {
    for (size_t i = 0; i < d->n; i++) {
        char *text = sk_diag_text(&d->at[i]);
        print_message("%s\n", text);
        free(text);
    }
}

/* A policy that must load; the version line is added. */
static inline const struct sk_policy *policy_of(const char *text) {
    char whole[16384];
    struct sk_diags diags = {0};
    const struct sk_policy *p = NULL;
    int n = snprintf(whole, sizeof whole, "sekimori-policy: 1\n%s", text);
    sk_err err = sk_policy_parse("some/folder/test.yml", whole, (size_t)n, &p, &diags);
    if (err != SK_OK)
        print_diags(&diags);
    sk_diags_free(&diags);
    assert_int_equal(err, SK_OK);
    return p;
}

static inline struct sk_addr addr_of(const char *text) {
    struct sk_addr a = {.fam = 0};
    if (text)
        assert_true(sk_addr_parse(text, strlen(text), &a));
    return a;
}

static inline struct sk_mac mac_of(const char *text) {
    struct sk_mac m;
    assert_true(sk_mac_parse(text, strlen(text), &m));
    return m;
}

/* Midnight UTC at the begin of the day. */
static inline sk_time day_of(const char *text) {
    struct pol_date d;
    assert_true(pol_date_parse(text, strlen(text), &d));
    return pol_date_days(&d) * SK_DAY;
}

#endif
