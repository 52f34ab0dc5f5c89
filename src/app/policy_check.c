/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori policy check: what the policy says, and whether the rules it names exist. */
#include "app/policy_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* "1 error", "2 errors" */
static void add_count(struct sk_buf *out, size_t n, const char *what) {
    sk_buf_fmt(out, "%s%zu %s%s", out->len ? ", " : "", n, what, n == 1 ? "" : "s");
}

static size_t notes_of(const struct sk_diags *d) {
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        n += d->at[i].level == SK_DIAG_NOTE;
    return n;
}

/* The shipped signatures and the user's; NULL: they could not be read, which `signatures check` tells. */
struct sk_ruleset *policy_signatures(const struct policy_request *rq, const struct sk_policy *policy) {
    const char *paths[POLICY_SIGNATURES_MAX + 1];
    struct sk_diags ignored = {0};
    struct sk_ruleset *rs = NULL;
    char *shipped = signatures_folder();
    paths[0] = shipped;
    for (size_t i = 0; i < rq->n_signatures; i++)
        paths[i + 1] = rq->signatures[i];
    if (sk_ruleset_load(paths, rq->n_signatures + 1, policy, &rs, &ignored) != SK_OK)
        rs = NULL;
    sk_diags_free(&ignored);
    free(shipped);
    return rs;
}

/* Names and detection ids of all rules, NULL-terminated. */
static const char **names_of(const struct sk_ruleset *rs) {
    const char **name = calloc(2 * sk_ruleset_size(rs) + 1, sizeof *name);
    size_t n = 0;
    for (size_t i = 0; name && i < sk_ruleset_size(rs); i++) {
        const struct sk_rule *r = sk_ruleset_at(rs, i);
        if (r->name)
            name[n++] = r->name;
        if (r->detection)
            name[n++] = r->detection;
    }
    return name;
}

static void say_no_rule(const struct sk_origin *at, const char *what, const char *rule, const char *const *names,
                        struct sk_diags *diags) {
    const char *near = names ? sk_nearest(rule, names) : NULL;
    sk_diag_add(diags, SK_DIAG_WARNING, at->path, at->line, at->col, "%s: no signature has the name `%s`%s%s%s", what,
                rule, near ? ". Did you mean `" : "", near ? near : "", near ? "`?" : "");
}

/* An entry that fits no rule silences nothing; a mute does not reach what is critical. */
static void check_exception(const struct sk_policy *p, size_t i, const struct sk_ruleset *rs, const char *const *names,
                            sk_time today, struct sk_diags *diags) {
    const struct sk_exception *e = sk_policy_exception_at(p, i);
    const struct sk_rule *critical = NULL;
    size_t found = 0;
    if (!e->rule)
        return; /* that is an error of its own */
    char what[96];
    (void)snprintf(what, sizeof what, "exception %.80s", e->id ? e->id : "");
    for (size_t k = 0; k < sk_ruleset_size(rs); k++) {
        const struct sk_rule *r = sk_ruleset_at(rs, k);
        if (!sk_policy_exception_names(p, i, r->id, r->name, r->detection))
            continue;
        found++;
        if (!critical && (r->level == SK_LEVEL_CRITICAL || r->worst == SK_LEVEL_CRITICAL))
            critical = r;
    }
    if (found == 0)
        say_no_rule(&e->origin, what, e->rule, names, diags);
    if (critical && e->effect == SK_EXCEPTION_MUTE && today <= e->until)
        sk_diag_add(diags, SK_DIAG_WARNING, e->origin.path, e->origin.line, e->origin.col,
                    "%s mutes `%s`, which can be critical: mute never applies to level critical, such alerts come all "
                    "the same. Write effect: lower if less is enough",
                    what, critical->name);
}

static void check_watch(const struct sk_policy *p, const struct sk_ruleset *rs, const char *const *names,
                        struct sk_diags *diags) {
    struct sk_origin at;
    const char *name;
    for (size_t i = 0; (name = sk_policy_watch_name(p, i, &at)); i++) {
        const struct sk_rule *r = sk_ruleset_find(rs, name);
        if (!r)
            say_no_rule(&at, "watch", name, names, diags);
        else if (!r->correlation)
            sk_diag_add(diags, SK_DIAG_WARNING, at.path, at.line, at.col,
                        "watch: `%s` counts nothing, so it has no threshold. Only correlations do", name);
    }
}

static void check_rules(const struct policy_request *rq, const struct sk_policy *p, sk_time today,
                        struct sk_diags *diags) {
    struct sk_origin at;
    if (sk_policy_exceptions(p) == 0 && !sk_policy_watch_name(p, 0, &at))
        return;
    struct sk_ruleset *rs = policy_signatures(rq, p);
    if (!rs) {
        sk_diag_add(
            diags, SK_DIAG_NOTE, rq->path, 0, 0,
            "the signatures could not be read, so names of rules were not checked. See: sekimori signatures check");
        return;
    }
    const char **names = names_of(rs);
    for (size_t i = 0; i < sk_policy_exceptions(p); i++)
        check_exception(p, i, rs, names, today, diags);
    check_watch(p, rs, names, diags);
    free(names);
    sk_ruleset_free(rs);
}

int policy_check(const struct policy_request *rq) {
    struct sk_diags diags = {0};
    struct sk_buf counts = {0};
    const struct sk_policy *policy = NULL;
    sk_time today = (sk_time)time(NULL) * SK_SEC;
    sk_err e = sk_policy_examine(rq->path, today, &policy, &diags);
    if (policy)
        check_rules(rq, policy, today, &diags);
    if (diags.errors)
        add_count(&counts, diags.errors, "error");
    else
        sk_buf_str(&counts, "no errors");
    add_count(&counts, diags.warnings, "warning");
    if (notes_of(&diags))
        add_count(&counts, notes_of(&diags), "note");
    complain_diags(&diags);
    printf("%s: %s", strcmp(rq->path, "-") == 0 ? "standard input" : rq->path, counts.p);
    sk_buf_free(&counts);
    if (e == SK_OK) {
        uint8_t hash[32];
        sk_policy_hash(policy, hash);
        printf(". sha256 ");
        for (size_t i = 0; i < 8; i++)
            printf("%02x", hash[i]);
    }
    sk_policy_free(policy);
    putchar('\n');
    return e == SK_OK ? EXIT_OK : e == SK_ENOTFOUND ? EXIT_WRONG_CALL : EXIT_COULD_NOT;
}
