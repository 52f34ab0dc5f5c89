/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers of the matcher's tests: a rule from its detection section, one event, does it fire? */
#ifndef TESTS_MATCH_RULES_H
#define TESTS_MATCH_RULES_H

#include "match/ruleset.h"
#include "sekimori/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define RULE_HEAD                                                                                                      \
    "title: t\nid: 6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a0001\nlogsource: {product: sekimori, category: icmpv6.ra}\n"

static inline struct sk_addr addr_of(const char *text) {
    struct sk_addr a;
    assert_true(sk_addr_parse(text, strlen(text), &a));
    return a;
}

/* A policy from text; it lives to the end of the test program's run (sk_policy_free()). */
static inline const struct sk_policy *policy_of(const char *text) {
    char name[] = "/tmp/sk-match-XXXXXX.yml";
    int fd = mkstemps(name, 4);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    const struct sk_policy *p = NULL;
    struct sk_diags d = {0};
    sk_err e = sk_policy_load(name, &p, &d);
    unlink(name);
    for (size_t i = 0; i < d.n; i++)
        if (e != SK_OK)
            print_error("%s\n", d.at[i].msg);
    sk_diags_free(&d);
    assert_int_equal(e, SK_OK);
    return p;
}

/* All diagnostics, one a line. Free it. */
static inline char *diags_text(struct sk_diags *d) {
    struct sk_buf b = {0};
    sk_diags_sort(d);
    sk_buf_str(&b, "");
    for (size_t i = 0; i < d->n; i++) {
        char *t = sk_diag_text(&d->at[i]);
        sk_buf_fmt(&b, "%s\n", t);
        free(t);
    }
    return b.p;
}

/* The ruleset, or NULL and the diagnostics in *errors (free it). */
static inline struct sk_ruleset *rules_of(const char *text, const struct sk_policy *policy, char **errors) {
    struct sk_ruleset *rs = NULL;
    struct sk_diags d = {0};
    sk_err e = sk_ruleset_parse("r.yml", text, strlen(text), policy, &rs, &d);
    assert_int_equal(e == SK_OK, rs != NULL);
    assert_int_equal(e == SK_OK, d.errors == 0);
    if (errors)
        *errors = diags_text(&d);
    else if (!rs)
        fail_msg("%s:\n%s", text, diags_text(&d));
    sk_diags_free(&d);
    return rs;
}

/* The event of most tests. Values: see below. */
static inline struct sk_event *ra_event(void) {
    struct sk_event *ev = calloc(1, SK_EVENT_MAX);
    assert_non_null(ev);
    sk_event_init(ev, SKE_icmpv6_ra);
    ev->ts = 1000 * SK_SEC;
    ev->src = addr_of("fe80::bad");
    ev->dst = addr_of("ff02::1");
    ev->n_vlan = 1;
    ev->vlan[0] = 30;
    ev->segment = SK_SEGMENT_NONE;
    sk_event_put_int(ev, SKF_icmpv6_ra_router_lifetime, 1800);
    sk_event_put_text(ev, SKF_icmpv6_ra_kind, "Default-Router");
    sk_event_put_text(ev, SKF_icmpv6_ra_flags, "M");
    sk_event_put_text(ev, SKF_icmpv6_ra_flags, "O");
    struct sk_addr dns = addr_of("2001:db8::53"), dns2 = addr_of("2001:db8:1::53");
    sk_event_put_ip(ev, SKF_icmpv6_ra_rdnss, &dns);
    sk_event_put_ip(ev, SKF_icmpv6_ra_rdnss, &dns2);
    sk_event_put_text(ev, SKF_icmpv6_ra_captive_portal, "https://a*b.example/x\\y?q=100%25");
    sk_event_put_text(ev, SKF_icmpv6_nd_slla, "HTTPS://A*B");
    sk_event_put_int(ev, SKF_icmpv6_nd_mac_mismatch, 1);
    sk_event_put_int(ev, SKF_icmpv6_ra_mtu, 1280);
    sk_event_put_int(ev, SKF_icmpv6_ra_rdnss_lifetime, 1800);
    return ev;
}

struct fired {
    unsigned n;
    struct sk_match last;
};
static inline void count_match(void *arg, const struct sk_match *m, const struct sk_event *ev) {
    struct fired *f = arg;
    (void)ev;
    f->n++;
    f->last = *m;
}
/* Rules that have seen no other event. */
static inline void match_alone(const struct sk_ruleset *rs, const struct sk_event *ev, sk_match_found *found,
                               void *arg) {
    struct sk_matcher *m = sk_matcher_new(rs, NULL, &sk_hash_key_fixed);
    assert_non_null(m);
    sk_matcher_event(m, ev, found, arg);
    sk_matcher_free(m);
}
static inline struct fired fire(const struct sk_ruleset *rs, const struct sk_event *ev) {
    struct fired f = {0};
    match_alone(rs, ev, count_match, &f);
    return f;
}

/* detection: the lines below `detection:`, indented by two. */
static inline bool fires_at(const char *detection, const struct sk_policy *policy, const struct sk_event *ev) {
    struct sk_buf b = {0};
    sk_buf_fmt(&b, RULE_HEAD "detection:\n%s\n", detection);
    struct sk_ruleset *rs = rules_of(b.p, policy, NULL);
    bool ret = fire(rs, ev).n == 1;
    sk_ruleset_free(rs);
    sk_buf_free(&b);
    return ret;
}
/* One item under one identifier. */
static inline bool item_fires(const char *item, const struct sk_policy *policy) {
    struct sk_buf b = {0};
    struct sk_event *ev = ra_event();
    sk_buf_fmt(&b, "  a: {%s}\n  condition: a", item);
    bool ret = fires_at(b.p, policy, ev);
    sk_buf_free(&b);
    free(ev);
    return ret;
}

#endif
