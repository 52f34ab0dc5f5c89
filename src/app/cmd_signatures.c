/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori signatures: which there are, whether they are right, whether they do what their tests say. */
#include "app/command.h"
#include "app/signature_tests.h"
#include "sekimori/alert.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "usage: sekimori signatures list|check|test [options] [FILE|DIR ...]\n\n"
    "list    id, level, title, tags, clauses of each, what it needs, and whether it can fire under the policy\n"
    "check   every error at once, as file:line:column: what, and what would be right\n"
    "test    run the cases that each file names under `tests:` and compare\n\n"
    "FILE and DIR are your signatures: they are read after the shipped ones, add to them and replace those of the "
    "same\n"
    "id. With some, test runs the cases of yours only.\n\n"
    "  -c, --policy FILE|DIR   the policy to judge `can fire` and the placeholders by\n"
    "      --signatures DIR    more signatures, as for other commands; may be repeated\n"
    "      --root DIR          captures and policies of `tests:` are below it, or else beside the file that names "
    "them\n"
    "                          (default: beside the shipped signatures)\n"
    "      --why               test: what the rule saw in a case that failed\n"
    "      --format table|json what list prints (default: table)\n"
    "      --lang en|ja        language of titles where there is one\n"
    "  -h, --help              this text\n\n"
    "exit status: 0 right; 1 errors, or a test failed; 2 wrong call\n";

enum { FOLDERS = 16, OPT_ROOT_DIR = 256, OPT_FORMAT_WORD, OPT_LANG_WORD, OPT_MORE, OPT_WHY };

struct request {
    const char *policy_path, *root;
    bool json, why, ja;
    const char *paths[FOLDERS]; /* --signatures, then what was named */
    size_t n_paths;
    const char *const *named;
    size_t n_named;
};

/* ---- list ---- */

static void put_list(struct sk_buf *out, const char *before, const struct sk_list *l, const char *between) {
    for (size_t i = 0; i < l->n; i++)
        sk_buf_fmt(out, "%s%s", i ? between : before, l->at[i]);
}

static void put_needs(struct sk_buf *out, const struct sk_rule *r) {
    size_t before = out->len;
    put_list(out, "", &r->needs_all, " and ");
    put_list(out, out->len > before ? ", and " : "", &r->needs_any, " or ");
    put_list(out, out->len > before ? "; better with " : "nothing; better with ", &r->needs_optional, ", ");
    if (out->len == before)
        sk_buf_str(out, "nothing: holds on any network");
}

static void list_one(struct sk_buf *out, const struct request *rq, const struct sk_rule *r,
                     const struct sk_policy *policy) {
    char clause[SK_CLAUSE_BYTES];
    const char *can = r->building_block ? "part" : r->can_fire ? "yes" : "no";
    sk_buf_fmt(out, "%-9s %-13s %-4s %s\n", r->detection, sk_level_name(r->level), can, sk_rule_title(r, rq->ja));
    sk_buf_fmt(out, "%10sneeds   ", "");
    put_needs(out, r);
    if (!r->can_fire && !sk_policy_is_none(policy))
        sk_buf_fmt(out, "\n%10slacks   %s", "", r->missing);
    if (r->correlation)
        sk_buf_fmt(out, "\n%10scounts  %s", "", r->counts);
    if (r->tags.n > 0)
        sk_buf_fmt(out, "\n%10stags    ", "");
    put_list(out, "", &r->tags, ", ");
    for (unsigned i = 0; sk_rule_clause(r, i, clause); i++)
        sk_buf_fmt(out, "%s%s", i ? ", " : "\n          clauses ", clause);
    sk_buf_str(out, "\n");
}

static void json_list(struct sk_json_out *j, const char *key, const struct sk_list *l) {
    sk_json_key(j, key);
    sk_json_array(j);
    for (size_t k = 0; k < l->n; k++)
        sk_json_text(j, l->at[k]);
    sk_json_end_array(j);
}

static void json_clauses(struct sk_json_out *j, const struct sk_rule *r) {
    char clause[SK_CLAUSE_BYTES];
    sk_json_key(j, "clauses");
    sk_json_array(j);
    for (unsigned i = 0; sk_rule_clause(r, i, clause); i++)
        sk_json_text(j, clause);
    sk_json_end_array(j);
}

static void list_json(struct sk_buf *out, const struct sk_rule *r) {
    struct sk_json_out j;
    sk_json_begin(&j, out);
    sk_json_object(&j);
    sk_json_key(&j, "detection"), sk_json_text(&j, r->detection);
    sk_json_key(&j, "id"), sk_json_text(&j, r->id);
    sk_json_key(&j, "name"), sk_json_text(&j, r->name ? r->name : "");
    sk_json_key(&j, "level"), sk_json_text(&j, sk_level_name(r->level));
    sk_json_key(&j, "title"), sk_json_text(&j, r->title);
    sk_json_key(&j, "event"), sk_json_text(&j, sk_events[r->event].name);
    json_list(&j, "tags", &r->tags);
    json_clauses(&j, r);
    json_list(&j, "rfcs", &r->rfcs);
    json_list(&j, "needs_any", &r->needs_any);
    json_list(&j, "needs_all", &r->needs_all);
    json_list(&j, "needs_optional", &r->needs_optional);
    if (r->correlation)
        json_list(&j, "rules", &r->rules), sk_json_key(&j, "counts"), sk_json_text(&j, r->counts);
    sk_json_key(&j, "building_block"), sk_json_bool(&j, r->building_block);
    sk_json_key(&j, "can_fire"), sk_json_bool(&j, r->can_fire);
    sk_json_key(&j, "lacks"), sk_json_text(&j, r->missing);
    sk_json_key(&j, "file"), sk_json_text(&j, r->file);
    sk_json_key(&j, "line"), sk_json_int(&j, r->line);
    sk_json_end_object(&j);
    sk_buf_str(out, "\n");
}

static void list_filters(struct sk_buf *out, const struct sk_ruleset *rs) {
    const struct sk_rule **rule = calloc(sk_ruleset_size(rs) + 1, sizeof(*rule));
    for (size_t i = 0; rule && i < sk_ruleset_filters(rs); i++) {
        const struct sk_filter *f = sk_ruleset_filter(rs, i);
        size_t n = sk_ruleset_filtered(rs, i, rule);
        sk_buf_fmt(out, "%s%s\n%10suntil %s, owner %s, approver %s: %s\n%10sfilters ", i ? "" : "\nfilters\n", f->title,
                   "", f->until_text, f->owner, f->approver, f->reason, "");
        for (size_t k = 0; k < n; k++)
            sk_buf_fmt(out, "%s%s", k ? ", " : "", rule[k]->detection);
        sk_buf_str(out, "\n");
    }
    free(rule);
}

static int list(const struct request *rq, const struct sk_policy *policy) {
    struct sk_ruleset *rs = load_signatures(rq->paths, rq->n_paths, policy);
    if (!rs)
        return EXIT_WRONG_CALL;
    struct sk_buf out = {0};
    if (!rq->json)
        sk_buf_str(&out, "id        level         can? title\n");
    for (size_t i = 0; i < sk_ruleset_size(rs); i++) {
        if (rq->json)
            list_json(&out, sk_ruleset_at(rs, i));
        else
            list_one(&out, rq, sk_ruleset_at(rs, i), policy);
    }
    if (!rq->json)
        list_filters(&out, rs);
    bool ok = write_out(STDOUT_FILENO, &out);
    sk_buf_free(&out);
    sk_ruleset_free(rs);
    return ok ? EXIT_OK : EXIT_COULD_NOT;
}

/* ---- check ---- */

static size_t files_with_errors(struct sk_diags *d) {
    const char *last = NULL;
    size_t n = 0;
    sk_diags_sort(d);
    for (size_t i = 0; i < d->n; i++) {
        const char *file = d->at[i].file ? d->at[i].file : "";
        if (d->at[i].level != SK_DIAG_ERROR || (last && strcmp(last, file) == 0))
            continue;
        last = file;
        n++;
    }
    return n;
}

/* Who asks about signatures of his own is not told about the others. */
static void leave_out_warnings(struct sk_diags *d, const char *folder) {
    size_t kept = 0;
    for (size_t i = 0; i < d->n; i++) {
        struct sk_diag *x = &d->at[i];
        if (x->level == SK_DIAG_WARNING && x->file && strncmp(x->file, folder, strlen(folder)) == 0) {
            free(x->file);
            free(x->msg);
            d->warnings--;
        } else {
            d->at[kept++] = *x;
        }
    }
    d->n = kept;
}

static int check(const struct request *rq, const struct sk_policy *policy) {
    char *shipped = signatures_folder();
    const char *paths[FOLDERS + 1] = {shipped};
    struct sk_diags diags = {0};
    struct sk_ruleset *rs = NULL;
    memcpy(paths + 1, rq->paths, rq->n_paths * sizeof paths[0]);
    sk_err e = sk_ruleset_load(paths, rq->n_paths + 1, policy, &rs, &diags);
    if (e == SK_OK)
        sk_ruleset_review(rs, (sk_time)time(NULL) * SK_SEC, &diags);
    if (rq->n_paths > 0)
        leave_out_warnings(&diags, shipped);
    size_t errors = diags.errors, warnings = diags.warnings, files = files_with_errors(&diags);
    complain_diags(&diags);
    if (e == SK_OK)
        printf("%zu signatures, no errors, %zu warning%s\n", sk_ruleset_size(rs), warnings, warnings == 1 ? "" : "s");
    else
        printf("%zu error%s in %zu file%s, %zu warning%s\n", errors, errors == 1 ? "" : "s", files,
               files == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
    sk_ruleset_free(rs);
    free(shipped);
    return e == SK_OK ? EXIT_OK : e == SK_ENOTFOUND ? EXIT_WRONG_CALL : EXIT_COULD_NOT;
}

/* ---- test ---- */

static int test(const struct request *rq, const struct sk_policy *policy) {
    struct sk_ruleset *rs = load_signatures(rq->paths, rq->n_paths, policy);
    if (!rs)
        return EXIT_WRONG_CALL;
    struct signature_tests t = {.rules = rs,
                                .root = rq->root,
                                .more = rq->paths,
                                .n_more = rq->n_paths,
                                .only = rq->named,
                                .n_only = rq->n_named,
                                .why = rq->why};
    size_t failed = signature_tests_run(&t);
    sk_ruleset_free(rs);
    return failed ? EXIT_COULD_NOT : EXIT_OK;
}

/* ---- */

static int dispatch(size_t word, struct request *rq) {
    const struct sk_policy *policy = load_policy(rq->policy_path);
    char *shipped = signatures_folder();
    char *root = shipped ? strdup(shipped) : NULL;
    int status = EXIT_WRONG_CALL;
    if (!rq->root && root)
        rq->root = dirname(root);
    if (policy && rq->root)
        status = word == 0 ? list(rq, policy) : word == 1 ? check(rq, policy) : test(rq, policy);
    if (policy)
        sk_policy_free(policy);
    free(root);
    free(shipped);
    return status;
}

static bool add_path(struct request *rq, const char *path) {
    if (rq->n_paths == FOLDERS) {
        complain("signatures: at most %d files and folders", FOLDERS);
        return false;
    }
    rq->paths[rq->n_paths++] = path;
    return true;
}

static bool take_option(struct request *rq, int c, const char *value) {
    static const char *const formats[] = {"table", "json", NULL}, *const languages[] = {"en", "ja", NULL};
    size_t word = 0;
    switch (c) {
    case 'c':
        rq->policy_path = value;
        return true;
    case OPT_ROOT_DIR:
        rq->root = value;
        return true;
    case OPT_FORMAT_WORD:
        if (!parse_word("--format", value, formats, &word))
            return false;
        rq->json = word == 1;
        return true;
    case OPT_LANG_WORD:
        if (!parse_word("--lang", value, languages, &word))
            return false;
        rq->ja = word == 1;
        return true;
    case OPT_MORE:
        return add_path(rq, value);
    case OPT_WHY:
        rq->why = true;
        return true;
    default:
        return false;
    }
}

static int run(int argc, char **argv) {
    static const struct option longs[] = {{"policy", required_argument, NULL, 'c'},
                                          {"root", required_argument, NULL, OPT_ROOT_DIR},
                                          {"format", required_argument, NULL, OPT_FORMAT_WORD},
                                          {"lang", required_argument, NULL, OPT_LANG_WORD},
                                          {"signatures", required_argument, NULL, OPT_MORE},
                                          {"why", no_argument, NULL, OPT_WHY},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    static const struct option_set set = {&command_signatures, ":c:h", longs};
    static const char *const words[] = {"list", "check", "test", NULL};
    struct request rq = {0};
    size_t word;
    for (int c; (c = next_option(&set, argc, argv)) != OPTION_END;) {
        if (c == OPTION_HELP)
            return EXIT_OK;
        if (!take_option(&rq, c, optarg))
            return EXIT_WRONG_CALL;
    }
    if (optind == argc) {
        complain("signatures what? list, check or test");
        return EXIT_WRONG_CALL;
    }
    if (!parse_word("signatures", argv[optind], words, &word))
        return EXIT_WRONG_CALL;
    rq.named = (const char *const *)argv + optind + 1;
    rq.n_named = (size_t)(argc - optind - 1);
    for (size_t i = 0; i < rq.n_named; i++)
        if (!add_path(&rq, rq.named[i]))
            return EXIT_WRONG_CALL;
    return dispatch(word, &rq);
}

const struct command command_signatures = {"signatures", "list, check and test the signatures", help, run};
