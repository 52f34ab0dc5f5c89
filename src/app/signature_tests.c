/* SPDX-License-Identifier: Apache-2.0 */
/* Each case is an analysis like any other; what it wrote is compared with what was expected, and where they differ
 * --why tells what the rule saw: events, searches, alerts. */
#include "app/signature_tests.h"

#include "app/analysis.h"
#include "app/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEARCHES = 32, OTHERS = 64 };

struct outcome {
    const struct signature_tests *tests;
    const struct sk_rule *rule;
    int64_t opens;
    uint64_t count;
    enum sk_level highest;
    unsigned levels; /* bits 1 << level: of alerts of this rule itself, not of another of its detection */
    sk_json *first;  /* its opening line */
    /* for --why */
    struct sk_buf lines;
    uint64_t events, condition;
    const char *search[SEARCHES];
    uint64_t holds[SEARCHES];
    unsigned n_search;
    const char *other[OTHERS]; /* detections that opened alerts beside it */
    uint64_t others[OTHERS];
    unsigned n_other;
    const struct sk_rule *seen; /* whose searches those are */
};

static void note_other(struct outcome *o, const char *detection) {
    unsigned i = 0;
    while (i < o->n_other && strcmp(o->other[i], detection) != 0)
        i++;
    if (i == OTHERS)
        return;
    if (i == o->n_other)
        o->other[o->n_other++] = detection;
    o->others[i]++;
}

/* Its own lines as they are; of the others, which may have folded its matches into theirs, who they are. */
static void note_line(struct outcome *o, const struct sk_alert_line *line) {
    if (o->tests->why && strcmp(line->rule->detection, o->rule->detection) != 0) {
        if (line->action == SK_ACTION_OPEN)
            note_other(o, line->rule->detection);
    } else if (o->tests->why)
        sk_buf_fmt(&o->lines, "       %s %s %s count %llu: %s\n", sk_action_name(line->action), line->rule->detection,
                   sk_level_name(line->level), (unsigned long long)line->count, line->message_en);
}

static void on_line(void *arg, const struct sk_alert_line *line) {
    struct outcome *o = arg;
    note_line(o, line);
    if (strcmp(line->rule->detection, o->rule->detection) != 0)
        return;
    if (line->level > o->highest)
        o->highest = line->level;
    if (strcmp(line->rule->id, o->rule->id) == 0)
        o->levels |= 1u << line->level;
    if (line->action == SK_ACTION_CLOSE)
        o->count += line->count;
    if (line->action != SK_ACTION_OPEN)
        return;
    o->opens++;
    struct sk_error err = {0};
    if (!o->first)
        o->first = sk_json_parse(line->json, line->len, &err);
}

/* ---- what the rule saw ---- */

static void said(void *arg, const char *search, bool holds) {
    struct outcome *o = arg;
    if (!search) {
        o->condition += holds;
        return;
    }
    unsigned i = 0;
    while (i < o->n_search && strcmp(o->search[i], search) != 0)
        i++;
    if (i == SEARCHES)
        return;
    if (i == o->n_search)
        o->search[o->n_search++] = search;
    o->holds[i] += holds;
}

static void before_match(void *arg, const struct analysis *a, const struct sk_event *ev) {
    struct outcome *o = arg;
    if (ev->type != o->seen->event)
        return;
    o->events++;
    /* by id: placeholders are bound to the policy of the case */
    const struct sk_rule *r = sk_ruleset_find(a->rules, o->seen->id);
    if (r)
        sk_rule_searches(r, ev, &a->names, said, o);
}

static void tell_why(const struct outcome *o, const struct sk_rule *as_loaded) {
    if (as_loaded && !as_loaded->can_fire)
        printf("       cannot fire under this policy: needs %s\n", as_loaded->missing);
    printf("       %s: %llu events %s; condition true for %llu", o->seen->name, (unsigned long long)o->events,
           sk_events[o->seen->event].name, (unsigned long long)o->condition);
    for (unsigned i = 0; i < o->n_search; i++)
        printf("%s %s %llu", i ? "," : "; searches:", o->search[i], (unsigned long long)o->holds[i]);
    printf("\n%s", o->lines.p ? o->lines.p : "       no alert of it\n");
    for (unsigned i = 0; i < o->n_other; i++)
        printf("%s %s %llu", i ? "," : "       alerts of others:", o->other[i], (unsigned long long)o->others[i]);
    printf("%s", o->n_other ? "\n" : "");
}

/* ---- comparing ---- */

static bool is_text(const sk_json *v, const char *want) {
    char number[32];
    const char *text = sk_json_text_of(v);
    sk_json *wrap = sk_json_new_object();
    sk_json_set(wrap, "v", sk_json_copy(v));
    if (sk_json_kind_of(v) == SK_JSON_INT) {
        snprintf(number, sizeof number, "%lld", (long long)sk_json_get_int(wrap, "v", 0));
        text = number;
    } else if (sk_json_kind_of(v) == SK_JSON_BOOL) {
        text = sk_json_get_bool(wrap, "v", false) ? "true" : "false";
    }
    bool ret = text && strcmp(text, want) == 0;
    sk_json_free(wrap);
    return ret;
}

/* A field in an alert line: facts first, then the ECS part. */
static const sk_json *field_of(const sk_json *line, const char *field) {
    char path[160];
    snprintf(path, sizeof path, "sekimori.facts.%s", field);
    const sk_json *at = sk_json_at(line, path);
    return at ? at : sk_json_at(line, field);
}

static void compare_field(const sk_json *line, const char *field, const char *want, struct sk_buf *why) {
    const sk_json *at = field_of(line, field);
    size_t n = at && sk_json_kind_of(at) == SK_JSON_ARRAY ? sk_json_size(at) : 0;
    bool same = at && !n && is_text(at, want);
    for (size_t i = 0; i < n && !same; i++)
        same = is_text(sk_json_item(at, i), want);
    if (same)
        return;
    char *is = at ? sk_json_line(at) : NULL;
    sk_buf_fmt(why, " %s is %s, %s wanted;", field, is ? is : "absent", want);
    free(is);
}

static void judge(const struct sk_case *t, const struct outcome *o, struct sk_buf *why) {
    if (!t->fires) {
        if (t->level_at_most && o->highest > t->level_at_most)
            sk_buf_fmt(why, " level %s, at most %s wanted;", sk_level_name(o->highest),
                       sk_level_name(t->level_at_most));
        else if (!t->level_at_most && o->opens)
            sk_buf_fmt(why, " %lld alerts, none wanted;", (long long)o->opens);
        return;
    }
    if (t->opens >= 0 ? o->opens != t->opens : o->opens == 0)
        sk_buf_fmt(why, " %lld alerts, %lld wanted;", (long long)o->opens, (long long)(t->opens >= 0 ? t->opens : 1));
    if (t->count >= 0 && o->count != (uint64_t)t->count)
        sk_buf_fmt(why, " count %llu, %lld wanted;", (unsigned long long)o->count, (long long)t->count);
    if (t->level && o->highest != t->level)
        sk_buf_fmt(why, " level %s, %s wanted;", o->highest ? sk_level_name(o->highest) : "none",
                   sk_level_name(t->level));
    for (unsigned level = 1; t->levels >> level; level++)
        if (t->levels & ~o->levels & 1u << level)
            sk_buf_fmt(why, " no alert of this rule has level %s;", sk_level_name((enum sk_level)level));
    for (size_t i = 0; o->first && i < t->field.n; i++)
        compare_field(o->first, t->field.at[i], t->value.at[i], why);
}

/* ---- running ---- */

/* Below the root, or else beside the file that names it. */
static void place_of(const struct signature_tests *t, const struct sk_rule *r, const char *name, struct sk_buf *ret) {
    const char *slash = strrchr(r->file, '/');
    sk_buf_fmt(ret, "%s/%s", t->root, name);
    if (access(ret->p, R_OK) == 0)
        return;
    struct sk_buf beside = {0};
    sk_buf_fmt(&beside, "%.*s%s", slash ? (int)(slash - r->file + 1) : 0, r->file, name);
    if (access(beside.p, R_OK) == 0) {
        sk_buf_clear(ret);
        sk_buf_str(ret, beside.p);
    }
    sk_buf_free(&beside);
}

static void analyse(struct analysis *a, const char *capture, const struct sk_case *t, struct outcome *o,
                    struct sk_buf *why) {
    struct sk_source *source = NULL;
    struct sk_error err = {0};
    const char *const paths[] = {capture};
    if (sk_source_files(paths, 1, &(struct sk_source_options){0}, &source, &err) != SK_OK ||
        analysis_run(a, source) != EXIT_OK)
        sk_buf_fmt(why, " could not be analysed: %s;", err.msg);
    else
        judge(t, o, why);
}

static bool test_one(const struct signature_tests *tests, const struct sk_rule *r, const struct sk_case *t) {
    struct sk_buf capture = {0}, policy = {0}, why = {0};
    const struct sk_rule *seen = r->correlation ? sk_ruleset_find(tests->rules, r->rules.at[0]) : r;
    struct outcome o = {.tests = tests, .rule = r, .seen = seen};
    bool with = t->policy && strcmp(t->policy, "none") != 0;
    place_of(tests, r, t->capture, &capture);
    if (with)
        place_of(tests, r, t->policy, &policy);
    struct analysis_options opt = {.policy_path = with ? policy.p : NULL,
                                   .quiet = true,
                                   .on_line = on_line,
                                   .on_line_arg = &o,
                                   .before_match = tests->why ? before_match : NULL,
                                   .language = "en"};
    for (size_t i = 0; i < tests->n_more && i < sizeof opt.signatures / sizeof *opt.signatures; i++)
        opt.signatures[opt.n_signatures++] = tests->more[i];
    struct analysis a = {0};
    bool readable = access(capture.p, R_OK) == 0;
    if (!readable)
        sk_buf_fmt(&why, " %s: %s;", t->capture, strerror(errno));
    else if (analysis_open(&a, &opt) != EXIT_OK)
        sk_buf_str(&why, " its policy or signatures are wrong;");
    else
        analyse(&a, capture.p, t, &o, &why);
    bool good = why.len == 0;
    printf("%s %-9s %-6s %s%s%s%s%s\n", good ? "ok  " : "FAIL", r->detection, t->fires ? "fires" : "silent", t->capture,
           with ? "  " : "", with ? t->policy : "", good ? "" : " :", good ? "" : why.p);
    if (!good && tests->why && a.rules)
        tell_why(&o, sk_ruleset_find(a.rules, r->id));
    if (readable)
        analysis_close(&a);
    sk_json_free(o.first);
    sk_buf_free(&o.lines);
    sk_buf_free(&capture);
    sk_buf_free(&policy);
    sk_buf_free(&why);
    return good;
}

static bool is_asked_for(const struct signature_tests *t, const struct sk_rule *r) {
    for (size_t i = 0; i < t->n_only; i++)
        if (strncmp(r->file, t->only[i], strlen(t->only[i])) == 0)
            return true;
    return t->n_only == 0;
}

/* A running sensor's own state is in no capture: another test makes it fire, and is named. */
static bool fires_elsewhere(const struct signature_tests *t, const struct sk_rule *r) {
    struct sk_buf path = {0};
    if (!r->fires_elsewhere)
        return false;
    place_of(t, r, r->fires_elsewhere, &path);
    bool there = access(path.p, R_OK) == 0;
    printf("%s %-9s fires  %s%s\n", there ? "ok  " : "FAIL", r->detection, r->fires_elsewhere,
           there ? " (elsewhere)" : ": no such file");
    sk_buf_free(&path);
    return there;
}

/* @return failures */
static size_t test_rule(const struct signature_tests *t, const struct sk_rule *r, size_t *passed) {
    bool fires = fires_elsewhere(t, r), silent = false;
    size_t failed = 0;
    for (size_t k = 0; k < r->n_tests; k++) {
        fires |= r->tests[k].fires;
        silent |= !r->tests[k].fires;
        bool good = test_one(t, r, &r->tests[k]);
        *passed += good;
        failed += !good;
    }
    if (r->building_block || (fires && silent))
        return failed;
    printf("FAIL %-9s names no %s case\n", r->detection, fires ? "silent" : "firing");
    return failed + 1;
}

size_t signature_tests_run(const struct signature_tests *t) {
    size_t passed = 0, failed = 0;
    for (size_t i = 0; i < sk_ruleset_size(t->rules); i++)
        if (is_asked_for(t, sk_ruleset_at(t->rules, i)))
            failed += test_rule(t, sk_ruleset_at(t->rules, i), &passed);
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed;
}
