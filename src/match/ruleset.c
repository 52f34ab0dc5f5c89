/* SPDX-License-Identifier: Apache-2.0 */
/* A set of rules: files in name order, a later path overrides by id, three orders to look them up by. */
#include "match/ruleset.h"
#include "match/files.h"
#include "match/presence.h"

#include <stdlib.h>
#include <string.h>

static void hash_bytes(struct sk_ruleset *rs, const void *bytes, size_t n) {
    uint8_t len[8];
    for (unsigned i = 0; i < 8; i++)
        len[i] = (uint8_t)((uint64_t)n >> 8 * i);
    sk_sha256_add(rs->sum, len, sizeof len);
    sk_sha256_add(rs->sum, bytes, n);
}

static struct sk_rule_code *by_id(const struct sk_ruleset *rs, const char *id) {
    for (size_t i = 0; i < rs->n; i++)
        if (strcmp(rs->at[i]->rule.id, id) == 0)
            return rs->at[i];
    return NULL;
}

static void add(struct sk_ruleset *rs, const struct sk_load *l, struct sk_rule_code *c, unsigned path) {
    struct sk_rule_code *old = by_id(rs, c->rule.id);
    struct sk_yaml at = {.line = c->id_line, .col = c->id_col};
    c->path = path;
    if (old && old->path == path) {
        sk_load_error(l, &at, "id %s is taken by %s:%u (`%s`); every rule needs its own", c->rule.id, old->rule.file,
                      old->rule.line, old->rule.title);
        return;
    }
    if (old) {
        *old = *c;
        return;
    }
    rs->at = sk_grow(rs->at, rs->n, &rs->cap, sizeof rs->at[0]);
    rs->at[rs->n++] = c;
}

static void add_filter(struct sk_ruleset *rs, const struct sk_load *l, struct sk_filter_code *f, unsigned path) {
    struct sk_yaml at = {.line = f->id_line, .col = f->id_col};
    f->path = path;
    for (size_t i = 0; i < rs->n_filter; i++) {
        struct sk_filter_code *old = rs->filter[i];
        if (strcmp(old->filter.id, f->filter.id) != 0)
            continue;
        if (old->path == path)
            sk_load_error(l, &at, "id %s is taken by %s:%u (`%s`); every filter needs its own", f->filter.id,
                          old->filter.file, old->filter.line, old->filter.title);
        else
            *old = *f;
        return;
    }
    rs->filter = sk_grow(rs->filter, rs->n_filter, &rs->filter_cap, sizeof rs->filter[0]);
    rs->filter[rs->n_filter++] = f;
}

/* Others may name it. */
static void remember_broken(const struct sk_load *l, const struct sk_yaml *doc) {
    const struct sk_yaml *word[] = {sk_yaml_get(doc, "name"), sk_yaml_get(doc, "id")};
    struct sk_named *named = l->named;
    for (unsigned i = 0; i < 2; i++) {
        if (!word[i] || word[i]->kind != SK_YAML_TEXT)
            continue;
        named->broken = sk_grow(named->broken, named->n_broken, &named->broken_cap, sizeof(*named->broken));
        named->broken[named->n_broken++] = sk_arena_text(l->arena, word[i]->text, word[i]->len);
    }
}

/* A rule over single events, a correlation, or a filter. */
static void document(struct sk_ruleset *rs, const struct sk_load *l, const struct sk_yaml *doc, unsigned path) {
    const struct sk_yaml *collection = sk_yaml_get(doc, "action");
    if (doc->kind != SK_YAML_MAP) {
        sk_load_error(l, doc, "a rule is a map that begins with `title:`, got %s", sk_yaml_kind_name(doc->kind));
    } else if (collection) {
        sk_load_error(l, &doc->key[collection - doc->item], "`action` (rule collections) is gone from Sigma");
    } else if (sk_yaml_get(doc, "filter")) {
        struct sk_filter_code *f = sk_filter_read(l, doc);
        if (f)
            add_filter(rs, l, f, path);
    } else {
        struct sk_rule_code *c = sk_rule_read(l, doc);
        if (c)
            add(rs, l, c, path);
        else
            remember_broken(l, doc);
    }
}

static void documents(struct sk_ruleset *rs, struct sk_load *l, const struct sk_yaml_docs *docs, unsigned path) {
    l->file = sk_arena_text(&rs->arena, docs->file ? docs->file : l->file, strlen(docs->file ? docs->file : l->file));
    for (size_t i = 0; i < docs->n; i++)
        document(rs, l, &docs->doc[i], path);
}

/* --- checks over all rules, orders ---------------------------------------------------------------------------------
 */

static void check_names(const struct sk_ruleset *rs, struct sk_load *l) {
    for (size_t i = 0; i < rs->n; i++) {
        const struct sk_rule_code *c = rs->at[i];
        struct sk_yaml at = {.line = c->rule.line, .col = 1};
        l->file = c->rule.file;
        const struct sk_rule_code *first = sk_rule_named(rs->at, rs->n, c->rule.name);
        if (first != c)
            sk_load_error(l, &at, "name `%s` is taken by %s:%u", c->rule.name, first->rule.file, first->rule.line);
    }
}

/* A name or an id is of one rule, the id of a detection of all its rules. @return how many are in ids now */
static size_t add_absorbed(const struct sk_ruleset *rs, const char *what, const char **ids, size_t n) {
    const struct sk_rule_code *one = sk_rule_named(rs->at, rs->n, what);
    if (one && strcasecmp(one->rule.detection, what) != 0) {
        ids[n++] = one->rule.id;
        return n;
    }
    for (size_t i = 0; one && i < rs->n; i++)
        if (strcasecmp(rs->at[i]->rule.detection, what) == 0)
            ids[n++] = rs->at[i]->rule.id;
    return n;
}

static void link_absorbs(const struct sk_ruleset *rs, struct sk_load *l) {
    for (size_t i = 0; i < rs->n; i++) {
        struct sk_rule_code *c = rs->at[i];
        const char **ids = sk_arena_array(l->arena, c->absorbs.n * rs->n + 1, sizeof *ids);
        size_t n = 0;
        for (size_t k = 0; k < c->absorbs.n; k++)
            n = add_absorbed(rs, c->absorbs.at[k].name, ids, n);
        c->rule.absorbs = (struct sk_list){ids, n};
    }
}

static void warn_silent(const struct sk_ruleset *rs, struct sk_load *l) {
    if (sk_policy_is_none(l->policy))
        return;
    for (size_t i = 0; i < rs->n; i++) {
        l->file = rs->at[i]->rule.file;
        if (!rs->at[i]->rule.can_fire)
            sk_load_warning(l, NULL, "`%s` can never fire with this policy: needs %s", rs->at[i]->rule.name,
                            rs->at[i]->rule.missing);
    }
}

/* Of `watch`: a threshold for nothing is a mistake that nobody sees otherwise. */
static void warn_watch(const struct sk_ruleset *rs, const struct sk_load *l) {
    struct sk_origin at = {0};
    const char *name;
    for (size_t i = 0; (name = sk_policy_watch_name(l->policy, i, &at)); i++) {
        const struct sk_rule_code *c = sk_rule_named(rs->at, rs->n, name);
        if (!c || !c->corr)
            sk_diag_add(l->diags, SK_DIAG_WARNING, at.file, at.line, 1, "`watch` names `%s`, which is no %s", name,
                        c ? "correlation: it has no threshold" : "signature");
    }
}

static const struct sk_rule *rule_of(const void *p) { return &(*(struct sk_rule_code *const *)p)->rule; }
static int compare_id(const void *a, const void *b) { return strcmp(rule_of(a)->id, rule_of(b)->id); }
static int compare_listed(const void *a, const void *b) {
    int d = strcmp(rule_of(a)->detection, rule_of(b)->detection);
    return d ? d : compare_id(a, b);
}
/* Who absorbs is told first, so that what it absorbs of the same event finds it open. */
static int compare_firing(const void *a, const void *b) {
    int d = (int)rule_of(a)->event - (int)rule_of(b)->event;
    if (d == 0)
        d = (rule_of(b)->absorbs.n > 0) - (rule_of(a)->absorbs.n > 0);
    return d ? d : compare_id(a, b);
}

static int compare_filter(const void *a, const void *b) {
    return strcmp((*(struct sk_filter_code *const *)a)->filter.id, (*(struct sk_filter_code *const *)b)->filter.id);
}

static void sort(struct sk_rule_code **at, size_t n, int (*compare)(const void *, const void *)) {
    if (n > 1)
        qsort(at, n, sizeof at[0], compare);
}

static int compare_corr(const void *a, const void *b) {
    const struct sk_rule_code *x = *(struct sk_rule_code *const *)a, *y = *(struct sk_rule_code *const *)b;
    return x->corr->depth != y->corr->depth ? (x->corr->depth < y->corr->depth ? -1 : 1) : compare_id(a, b);
}

/* Correlations that can fire, and that somebody hears. A building block is heard through those that count it. */
static void index_correlations(struct sk_ruleset *rs) {
    rs->corr = sk_mem_new(rs->n + 1, sizeof rs->at[0]);
    for (size_t i = 0; i < rs->n; i++)
        if (rs->at[i]->corr) {
            rs->at[i]->corr->index = SK_CORR_SILENT;
            if (rs->at[i]->rule.can_fire)
                rs->corr[rs->n_corr++] = rs->at[i];
        }
    sort(rs->corr, rs->n_corr, compare_corr);
    for (size_t i = 0; i < rs->n_corr; i++)
        rs->corr[i]->corr->index = (unsigned)i;
}

/* Which rules may find their matches absorbed: what they open may soon be told by another alert. */
static void mark_absorbed(const struct sk_ruleset *rs) {
    for (size_t i = 0; i < rs->n; i++) {
        const struct sk_list *names = &rs->at[i]->rule.absorbs;
        for (size_t k = 0; rs->at[i]->rule.can_fire && k < names->n; k++)
            for (size_t j = 0; j < rs->n; j++) {
                struct sk_rule *r = &rs->at[j]->rule;
                r->absorbed = r->absorbed || strcmp(r->id, names->at[k]) == 0;
            }
    }
}

static bool is_heard(const struct sk_rule_code *c) {
    bool ret = !c->rule.building_block;
    for (size_t i = 0; i < c->n_user; i++)
        ret = ret || c->user[i].by->corr->index != SK_CORR_SILENT;
    return ret;
}

static void index_rules(struct sk_ruleset *rs) {
    sort(rs->at, rs->n, compare_id);
    index_correlations(rs);
    mark_absorbed(rs);
    rs->listed = sk_mem_new(rs->n, sizeof rs->at[0]);
    rs->firing = sk_mem_new(rs->n, sizeof rs->at[0]);
    size_t n = 0;
    for (size_t i = 0; i < rs->n; i++) {
        rs->listed[i] = rs->at[i];
        if (rs->at[i]->rule.can_fire && !rs->at[i]->corr && is_heard(rs->at[i]))
            rs->firing[n++] = rs->at[i];
    }
    sort(rs->listed, rs->n, compare_listed);
    sort(rs->firing, n, compare_firing);
    rs->needs = sk_mem_new(n + 1, sizeof rs->needs[0]);
    for (size_t i = 0; i < n; i++)
        rs->needs[i] = sk_program_needs(&rs->firing[i]->condition, rs->firing[i]->pred);
    size_t k = 0;
    for (unsigned t = 0; t <= SKE_COUNT; t++) {
        while (k < n && (unsigned)rs->firing[k]->rule.event < t)
            k++;
        rs->first[t] = k;
    }
}

/* --- the public face -----------------------------------------------------------------------------------------------
 */

static sk_err finish(struct sk_ruleset *rs, struct sk_load *l, size_t errors_before, struct sk_ruleset **ret) {
    sort(rs->at, rs->n, compare_id);
    check_names(rs, l);
    sk_named_check(l, rs->at, rs->n);
    link_absorbs(rs, l);
    sk_corr_link(l, rs->at, rs->n);
    if (rs->n_filter > 1)
        qsort(rs->filter, rs->n_filter, sizeof rs->filter[0], compare_filter);
    sk_filter_link(l, rs->filter, rs->n_filter, rs->at, rs->n);
    sk_sha256_final(rs->sum, rs->hash);
    rs->sum = NULL;
    rs->n_shared = rs->shared.n;
    sk_shared_free(&rs->shared);
    if (l->diags->errors > errors_before) {
        sk_ruleset_free(rs);
        return SK_EUSAGE;
    }
    warn_silent(rs, l);
    warn_watch(rs, l);
    index_rules(rs);
    *ret = rs;
    return SK_OK;
}

static struct sk_ruleset *begin(struct sk_load *l, const struct sk_policy *policy, struct sk_diags *diags) {
    struct sk_ruleset *rs = sk_mem_new(1, sizeof *rs);
    rs->sum = sk_sha256_new();
    *l = (struct sk_load){.policy = policy ? policy : sk_policy_none(),
                          .diags = diags,
                          .arena = &rs->arena,
                          .named = &rs->named,
                          .shared = &rs->shared};
    return rs;
}

sk_err sk_ruleset_parse(const char *file, const char *bytes, size_t n, const struct sk_policy *policy,
                        struct sk_ruleset **ret, struct sk_diags *diags) {
    struct sk_load l;
    struct sk_ruleset *rs = begin(&l, policy, diags);
    struct sk_yaml_docs docs = {0};
    size_t errors = diags->errors;
    *ret = NULL;
    l.file = file;
    if (sk_yaml_parse(file, bytes, n, &docs, diags) == SK_OK)
        documents(rs, &l, &docs, 0);
    sk_yaml_free(&docs);
    hash_bytes(rs, bytes, n);
    return finish(rs, &l, errors, ret);
}

sk_err sk_ruleset_load(const char *const *paths, size_t n, const struct sk_policy *policy, struct sk_ruleset **ret,
                       struct sk_diags *diags) {
    struct sk_load l;
    struct sk_ruleset *rs = begin(&l, policy, diags);
    size_t errors = diags->errors;
    *ret = NULL;
    for (size_t i = 0; i < n; i++) {
        struct sk_rule_files files = {0};
        sk_rule_files_find(paths[i], &files, diags);
        for (size_t k = 0; k < files.n; k++) {
            struct sk_yaml_docs docs = {0};
            struct sk_buf bytes = {0};
            if (sk_rule_files_read(files.at[k], &bytes, diags) &&
                sk_yaml_parse(files.at[k], bytes.p, bytes.len, &docs, diags) == SK_OK) {
                l.file = files.at[k];
                documents(rs, &l, &docs, (unsigned)i);
            }
            hash_bytes(rs, bytes.p, bytes.len);
            sk_yaml_free(&docs);
            sk_buf_free(&bytes);
        }
        sk_rule_files_free(&files);
    }
    return finish(rs, &l, errors, ret);
}

size_t sk_ruleset_filters(const struct sk_ruleset *rs) { return rs->n_filter; }
const struct sk_filter *sk_ruleset_filter(const struct sk_ruleset *rs, size_t i) {
    return i < rs->n_filter ? &rs->filter[i]->filter : NULL;
}
size_t sk_ruleset_filtered(const struct sk_ruleset *rs, size_t i, const struct sk_rule **ret) {
    size_t n = 0;
    for (size_t r = 0; r < rs->n; r++)
        for (size_t k = 0; k < rs->listed[r]->n_filter; k++)
            if (rs->listed[r]->filter[k] == rs->filter[i])
                ret[n++] = &rs->listed[r]->rule;
    return n;
}
size_t sk_ruleset_size(const struct sk_ruleset *rs) { return rs->n; }
const struct sk_rule *sk_ruleset_at(const struct sk_ruleset *rs, size_t i) {
    return i < rs->n ? &rs->listed[i]->rule : NULL;
}
const struct sk_rule *sk_ruleset_find(const struct sk_ruleset *rs, const char *what) {
    const struct sk_rule_code *c = sk_rule_named(rs->at, rs->n, what);
    return c ? &c->rule : NULL;
}
void sk_ruleset_wants(const struct sk_ruleset *rs, bool *wanted) {
    for (unsigned t = 0; t < SKE_COUNT; t++)
        if (rs->first[t] < rs->first[t + 1])
            wanted[t] = true;
}
void sk_ruleset_review(const struct sk_ruleset *rs, sk_time today, struct sk_diags *diags) {
    for (size_t i = 0; i < rs->n_filter; i++) {
        const struct sk_filter *f = &rs->filter[i]->filter;
        if (f->until < today)
            sk_diag_add(diags, SK_DIAG_WARNING, f->file, f->line, 1,
                        "the filter `%s` ended on %s: traffic after that day is judged without it (owner: %s)",
                        f->title, f->until_text, f->owner);
    }
}
void sk_ruleset_hash(const struct sk_ruleset *rs, uint8_t out[32]) { memcpy(out, rs->hash, sizeof rs->hash); }

void sk_ruleset_free(struct sk_ruleset *rs) {
    if (!rs)
        return;
    free(rs->at);
    free(rs->listed);
    free(rs->firing);
    free(rs->needs);
    free(rs->corr);
    free(rs->filter);
    free(rs->named.at);
    free(rs->named.broken);
    sk_shared_free(&rs->shared);
    sk_arena_free(&rs->arena);
    free(rs);
}
