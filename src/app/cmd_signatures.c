/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori signatures: which there are, whether they are right, whether they do what their tests say. */
#include "app/analysis.h"
#include "app/command.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "usage: sekimori signatures list|check|test [options] [FILE|DIR ...]\n\n"
    "list    id, level, title of each, what it needs, and whether it can fire under the policy\n"
    "check   every error at once, as file:line:column: what, and what would be right (default: the shipped ones)\n"
    "test    run the cases that each file names under `tests:` and compare\n\n"
    "  -c, --policy FILE|DIR   the policy to judge `can fire` and the placeholders by\n"
    "      --root DIR          captures and policies of `tests:` are below it (default: beside the shipped "
    "signatures)\n"
    "      --format table|json what list prints (default: table)\n"
    "      --lang en|ja        language of titles where there is one\n"
    "  -h, --help              this text\n\n"
    "exit status: 0 right; 1 errors, or a test failed; 2 wrong call\n";

struct request {
    const char *policy_path, *root;
    bool json;
    const char *const *paths;
    size_t n_paths;
};

/* ---- list ---- */

static void list_one(struct sk_buf *out, const struct sk_rule *r, const struct sk_policy *policy) {
    const char *can = r->building_block ? "part" : r->can_fire ? "yes" : "no";
    sk_buf_fmt(out, "%-9s %-13s %-4s %s\n", r->detection, sk_level_name(r->level), can, r->title);
    if (!r->can_fire && !sk_policy_is_none(policy))
        sk_buf_fmt(out, "%29sneeds %s\n", "", r->missing);
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
    const struct {
        const char *key;
        const struct sk_list *list;
    } lists[] = {{"tags", &r->tags},           {"clauses", &r->clauses},     {"rfcs", &r->rfcs},
                 {"needs_any", &r->needs_any}, {"needs_all", &r->needs_all}, {"needs_optional", &r->needs_optional}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        sk_json_key(&j, lists[i].key);
        sk_json_array(&j);
        for (size_t k = 0; k < lists[i].list->n; k++)
            sk_json_text(&j, lists[i].list->at[k]);
        sk_json_end_array(&j);
    }
    sk_json_key(&j, "can_fire"), sk_json_bool(&j, r->can_fire);
    sk_json_end_object(&j);
    sk_buf_str(out, "\n");
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
            list_one(&out, sk_ruleset_at(rs, i), policy);
    }
    bool ok = write_out(STDOUT_FILENO, &out);
    sk_buf_free(&out);
    sk_ruleset_free(rs);
    return ok ? EXIT_OK : EXIT_COULD_NOT;
}

/* ---- check ---- */

static int check(const struct request *rq, const struct sk_policy *policy) {
    char *shipped = signatures_folder();
    const char *alone[] = {shipped};
    struct sk_diags diags = {0};
    struct sk_ruleset *rs = NULL;
    sk_err e = sk_ruleset_load(rq->n_paths ? rq->paths : alone, rq->n_paths ? rq->n_paths : 1, policy, &rs, &diags);
    if (e == SK_OK)
        sk_ruleset_review(rs, (sk_time)time(NULL) * SK_SEC, &diags);
    size_t errors = diags.errors, warnings = diags.warnings;
    complain_diags(&diags);
    if (e == SK_OK)
        printf("%zu signatures, no errors, %zu warnings\n", sk_ruleset_size(rs), warnings);
    else
        printf("%zu errors, %zu warnings\n", errors, warnings);
    sk_ruleset_free(rs);
    free(shipped);
    return e == SK_OK ? EXIT_OK : e == SK_ENOTFOUND ? EXIT_WRONG_CALL : EXIT_COULD_NOT;
}

/* ---- test ---- */

struct outcome {
    const struct sk_rule *rule;
    int64_t opens;
    uint64_t count;
    enum sk_level highest;
    sk_json *first; /* its opening line */
};

static void on_line(void *arg, const struct sk_alert_line *line) {
    struct outcome *o = arg;
    if (strcmp(line->rule->detection, o->rule->detection) != 0)
        return;
    if (line->level > o->highest)
        o->highest = line->level;
    if (line->action == SK_ACTION_CLOSE)
        o->count += line->count;
    if (line->action != SK_ACTION_OPEN)
        return;
    o->opens++;
    struct sk_error err = {0};
    if (!o->first)
        o->first = sk_json_parse(line->json, line->len, &err);
}

/* A field's text in an alert line: facts first, then the ECS part. */
static bool has_value(const sk_json *line, const char *field, const char *want) {
    char path[160], number[32];
    for (int k = 0; k < 2; k++) {
        snprintf(path, sizeof path, "%s%s", k == 0 ? "sekimori.facts." : "", field);
        const sk_json *at = sk_json_at(line, path);
        size_t n = at ? sk_json_size(at) : 0;
        for (size_t i = 0; i < n; i++) {
            const char *text = sk_json_text_of(sk_json_item(at, i));
            if (text && strcmp(text, want) == 0)
                return true;
        }
        const char *text = sk_json_get_text(line, path);
        if (text && strcmp(text, want) == 0)
            return true;
        if (at && !n && !text) {
            snprintf(number, sizeof number, "%lld", (long long)sk_json_get_int(line, path, INT64_MIN));
            if (strcmp(number, want) == 0)
                return true;
        }
    }
    return false;
}

static bool judge(const struct sk_case *t, const struct outcome *o, struct sk_buf *why) {
    if (!t->fires) {
        if (t->level_at_most && o->highest > t->level_at_most)
            sk_buf_fmt(why, " level %s, at most %s wanted;", sk_level_name(o->highest),
                       sk_level_name(t->level_at_most));
        else if (!t->level_at_most && o->opens)
            sk_buf_fmt(why, " %lld alerts, none wanted;", (long long)o->opens);
        return why->len == 0;
    }
    if (t->opens >= 0 ? o->opens != t->opens : o->opens == 0)
        sk_buf_fmt(why, " %lld alerts, %lld wanted;", (long long)o->opens, (long long)(t->opens >= 0 ? t->opens : 1));
    if (t->count >= 0 && o->count != (uint64_t)t->count)
        sk_buf_fmt(why, " count %llu, %lld wanted;", (unsigned long long)o->count, (long long)t->count);
    if (t->level && o->highest != t->level)
        sk_buf_fmt(why, " level %s, %s wanted;", o->highest ? sk_level_name(o->highest) : "none",
                   sk_level_name(t->level));
    for (size_t i = 0; o->first && i < t->field.n; i++)
        if (!has_value(o->first, t->field.at[i], t->value.at[i]))
            sk_buf_fmt(why, " %s is not %s;", t->field.at[i], t->value.at[i]);
    return why->len == 0;
}

static bool test_one(const struct request *rq, const struct sk_rule *r, const struct sk_case *t) {
    struct sk_buf capture = {0}, policy = {0}, why = {0};
    struct outcome o = {.rule = r};
    bool with = t->policy && strcmp(t->policy, "none") != 0;
    sk_buf_fmt(&capture, "%s/%s", rq->root, t->capture);
    if (with)
        sk_buf_fmt(&policy, "%s/%s", rq->root, t->policy);
    struct analysis_options opt = {
        .policy_path = with ? policy.p : NULL, .quiet = true, .on_line = on_line, .on_line_arg = &o, .language = "en"};
    for (size_t i = 0; i < rq->n_paths && i < sizeof opt.signatures / sizeof *opt.signatures; i++)
        opt.signatures[opt.n_signatures++] = rq->paths[i];
    struct analysis a;
    struct sk_source *source = NULL;
    struct sk_error err = {0};
    const char *const paths[] = {capture.p};
    int status = access(capture.p, R_OK) == 0 ? analysis_open(&a, &opt) : EXIT_COULD_NOT;
    if (access(capture.p, R_OK) != 0)
        sk_buf_fmt(&why, " %s: %s;", t->capture, strerror(errno));
    else if (status != EXIT_OK)
        sk_buf_str(&why, " its policy or signatures are wrong;");
    else if (sk_source_files(paths, 1, &(struct sk_source_options){0}, &source, &err) != SK_OK ||
             analysis_run(&a, source) != EXIT_OK)
        sk_buf_fmt(&why, " could not be analysed: %s;", err.msg);
    else
        judge(t, &o, &why);
    if (access(capture.p, R_OK) == 0)
        analysis_close(&a);
    bool good = why.len == 0;
    printf("%s %-9s %-6s %s%s%s%s%s\n", good ? "ok  " : "FAIL", r->detection, t->fires ? "fires" : "silent", t->capture,
           with ? "  " : "", with ? t->policy : "", good ? "" : " :", good ? "" : why.p);
    sk_json_free(o.first);
    sk_buf_free(&capture);
    sk_buf_free(&policy);
    sk_buf_free(&why);
    return good;
}

static int test(const struct request *rq, const struct sk_policy *policy) {
    struct sk_ruleset *rs = load_signatures(rq->paths, rq->n_paths, policy);
    size_t passed = 0, failed = 0;
    if (!rs)
        return EXIT_WRONG_CALL;
    for (size_t i = 0; i < sk_ruleset_size(rs); i++) {
        const struct sk_rule *r = sk_ruleset_at(rs, i);
        bool fires = false, silent = false;
        for (size_t k = 0; k < r->n_tests; k++) {
            fires |= r->tests[k].fires;
            silent |= !r->tests[k].fires;
            if (test_one(rq, r, &r->tests[k]))
                passed++;
            else
                failed++;
        }
        if (!r->building_block && (!fires || !silent)) {
            printf("FAIL %-9s names no %s case\n", r->detection, fires ? "silent" : "firing");
            failed++;
        }
    }
    printf("%zu passed, %zu failed\n", passed, failed);
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

static int run(int argc, char **argv) {
    enum { OPT_ROOT_DIR = 256, OPT_FORMAT_WORD, OPT_LANG_WORD };
    static const struct option longs[] = {{"policy", required_argument, NULL, 'c'},
                                          {"root", required_argument, NULL, OPT_ROOT_DIR},
                                          {"format", required_argument, NULL, OPT_FORMAT_WORD},
                                          {"lang", required_argument, NULL, OPT_LANG_WORD},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    static const struct option_set set = {&command_signatures, ":c:h", longs};
    static const char *const formats[] = {"table", "json", NULL}, *const languages[] = {"en", "ja", NULL},
                             *const words[] = {"list", "check", "test", NULL};
    struct request rq = {0};
    size_t word;
    for (int c; (c = next_option(&set, argc, argv)) != OPTION_END;) {
        if (c == OPTION_HELP)
            return EXIT_OK;
        if (c == OPTION_WRONG || (c == OPT_FORMAT_WORD && !parse_word("--format", optarg, formats, &word)) ||
            (c == OPT_LANG_WORD && !parse_word("--lang", optarg, languages, &word)))
            return EXIT_WRONG_CALL;
        if (c == 'c')
            rq.policy_path = optarg;
        else if (c == OPT_ROOT_DIR)
            rq.root = optarg;
        else if (c == OPT_FORMAT_WORD)
            rq.json = word == 1;
    }
    if (optind == argc) {
        complain("signatures what? list, check or test");
        return EXIT_WRONG_CALL;
    }
    if (!parse_word("signatures", argv[optind], words, &word))
        return EXIT_WRONG_CALL;
    rq.paths = (const char *const *)argv + optind + 1;
    rq.n_paths = (size_t)(argc - optind - 1);
    return dispatch(word, &rq);
}

const struct command command_signatures = {"signatures", "list, check and test the signatures", help, run};
