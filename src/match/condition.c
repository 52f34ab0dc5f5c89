/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sigma's condition language, by the shunting-yard method:
 *
 *   expr := term { ("and" | "or") term } ;  term := "not" term | "(" expr ")" | name | ("1" | "all") "of" (name* |
 * "them")
 *
 * `not` binds tighter than `and`, `and` tighter than `or`.
 */
#include "match/glob.h"
#include "match/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH = 64, WORDS = 1024 };
enum op { OP_OPEN, OP_OR, OP_AND, OP_NOT }; /* by strength */

struct parser {
    const char *s;
    size_t n, i;
    size_t word, len; /* the word at hand; len 0: the end */
    struct sk_idents *idents;
    struct sk_tree *tree;
    const struct sk_condition_pos *pos;
    uint8_t op[DEPTH];
    size_t op_at[DEPTH]; /* where an operator stands in the text */
    size_t ops;
    uint16_t value[DEPTH + 1];
    size_t values;
    bool failed;
};

static void fail(struct parser *p, size_t at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void fail(struct parser *p, size_t at, const char *fmt, ...) {
    if (p->failed)
        return;
    p->failed = true;
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    sk_diag_add(p->pos->diags, SK_DIAG_ERROR, p->pos->file, p->pos->line,
                p->pos->col + (p->pos->exact ? (unsigned)at : 0), "condition: %s", text);
}

static bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '*' ||
           c == '-' || c == '.' || (c & 0x80);
}

static void next(struct parser *p) {
    while (p->i < p->n && (p->s[p->i] == ' ' || (p->s[p->i] >= '\t' && p->s[p->i] <= '\r')))
        p->i++;
    p->word = p->i;
    while (p->i < p->n && is_word(p->s[p->i]))
        p->i++;
    if (p->i == p->word && p->i < p->n)
        p->i++;
    p->len = p->i - p->word;
}

static bool is(const struct parser *p, const char *word) {
    return strlen(word) == p->len && strncasecmp(p->s + p->word, word, p->len) == 0;
}

static int shown(size_t len) { return len > 60 ? 60 : (int)len; }

static void push_value(struct parser *p, uint16_t node) {
    if (p->values == DEPTH + 1)
        fail(p, p->word, "nested deeper than %d", DEPTH);
    else
        p->value[p->values++] = node;
}

static void push_op(struct parser *p, enum op op) {
    if (p->ops == DEPTH) {
        fail(p, p->word, "nested deeper than %d", DEPTH);
        return;
    }
    p->op_at[p->ops] = p->word;
    p->op[p->ops++] = (uint8_t)op;
}

static void apply(struct parser *p) {
    enum op op = p->op[--p->ops];
    if (op == OP_NOT) {
        p->value[p->values - 1] = sk_tree_not(p->tree, p->value[p->values - 1]);
    } else {
        uint16_t b = p->value[--p->values], a = p->value[p->values - 1];
        p->value[p->values - 1] = sk_tree_join(p->tree, op == OP_AND ? SK_NODE_AND : SK_NODE_OR, a, b);
    }
    if (p->tree->full)
        fail(p, p->word, "too large (more than %d comparisons)", SK_TREE_MAX);
}

/* The nodes of one identifier, made anew for each use. */
static uint16_t instance(struct parser *p, struct sk_ident *id) {
    id->used = true;
    uint16_t any = 0;
    for (size_t i = 0; i < id->n_alt && !p->tree->full; i++) {
        uint16_t all = 0;
        for (unsigned k = 0; k < id->alt[i].n && !p->tree->full; k++) {
            uint16_t pred = (uint16_t)(id->alt[i].first + k);
            all = sk_tree_join(p->tree, SK_NODE_AND, all, sk_tree_pred(p->tree, pred, p->idents->cost[pred]));
        }
        any = sk_tree_join(p->tree, SK_NODE_OR, any, all);
    }
    if (p->tree->full)
        fail(p, p->word, "too large (more than %d comparisons)", SK_TREE_MAX);
    return any;
}

/* After "1 of", "all of": the word at hand is a pattern of names. */
static void some_of(struct parser *p, enum sk_node_op op) {
    bool them = is(p, "them");
    if (p->len == 0 || !is_word(p->s[p->word])) {
        fail(p, p->word, "after `of` a name, a pattern of names (sel*) or `them` is needed");
        return;
    }
    struct sk_glob_draft *d = sk_mem_new(1, sizeof *d);
    struct sk_arena arena = {0};
    d->cased = true;
    sk_glob_add_pattern(d, p->s + p->word, p->len);
    struct sk_glob g = sk_glob_end(d, &arena);
    free(d);
    uint16_t node = 0;
    bool found = false;
    for (size_t i = 0; i < p->idents->n && !p->failed; i++) {
        struct sk_ident *id = &p->idents->at[i];
        if (them ? id->name[0] == '_' : !sk_glob_match(&g, id->name, strlen(id->name), NULL))
            continue;
        found = true;
        node = sk_tree_join(p->tree, op, node, instance(p, id));
    }
    sk_arena_free(&arena);
    if (!found)
        fail(p, p->word, "no search identifier is called like `%.*s`", shown(p->len), p->s + p->word);
    push_value(p, node);
}

static void name(struct parser *p) {
    for (size_t i = 0; i < p->idents->n; i++) {
        struct sk_ident *id = &p->idents->at[i];
        if (strlen(id->name) == p->len && memcmp(id->name, p->s + p->word, p->len) == 0) {
            push_value(p, instance(p, id));
            return;
        }
    }
    if (memchr(p->s + p->word, '*', p->len)) {
        fail(p, p->word, "a pattern needs a count: write `1 of %.*s` or `all of %.*s`", shown(p->len), p->s + p->word,
             shown(p->len), p->s + p->word);
        return;
    }
    const char **names = sk_mem_new(p->idents->n + 1, sizeof *names);
    for (size_t i = 0; i < p->idents->n; i++)
        names[i] = p->idents->at[i].name;
    char word[64];
    snprintf(word, sizeof word, "%.*s", shown(p->len), p->s + p->word);
    const char *near = sk_nearest(word, names);
    free(names);
    if (near)
        fail(p, p->word, "there is no search identifier `%s`. Did you mean `%s`?", word, near);
    else
        fail(p, p->word, "there is no search identifier `%s`", word);
}

/* @return true: an operand was read, an operator must follow */
static bool operand(struct parser *p) {
    if (is(p, "not")) {
        push_op(p, OP_NOT);
        return false;
    }
    if (is(p, "(")) {
        push_op(p, OP_OPEN);
        return false;
    }
    if (p->len == 0 || !is_word(p->s[p->word]) || is(p, "and") || is(p, "or") || is(p, "of")) {
        if (p->len == 0)
            fail(p, p->n, "it ends where a search identifier is needed");
        else
            fail(p, p->word, "a search identifier is needed, not `%.*s`", shown(p->len), p->s + p->word);
        return true;
    }
    struct parser save = {.word = p->word, .len = p->len, .i = p->i};
    bool number = p->s[p->word] >= '0' && p->s[p->word] <= '9', all = is(p, "all"), one = is(p, "1") || is(p, "any");
    next(p);
    if (is(p, "of")) {
        next(p);
        if (all || one)
            some_of(p, all ? SK_NODE_AND : SK_NODE_OR);
        else
            fail(p, save.word,
                 number ? "of the counts only `1 of` and `all of` exist, not `%.*s of`"
                        : "`of` needs `1` or `all` before it, not `%.*s`",
                 shown(save.len), p->s + save.word);
        return true;
    }
    p->word = save.word, p->len = save.len, p->i = save.i;
    name(p);
    return true;
}

/* @return true: an operand must follow */
static bool operator(struct parser *p) {
    if (is(p, ")")) {
        while (p->ops > 0 && p->op[p->ops - 1] != OP_OPEN)
            apply(p);
        if (p->ops == 0)
            fail(p, p->word, "`)` closes nothing");
        else
            p->ops--;
        return false;
    }
    bool and = is(p, "and");
    if (!and&&!is(p, "or")) {
        if (is(p, "|"))
            fail(p, p->word, "aggregations after `|` are gone from Sigma: write a correlation");
        else
            fail(p, p->word, "`and` or `or` is missing before `%.*s`", shown(p->len), p->s + p->word);
        return false;
    }
    enum op op = and? OP_AND : OP_OR;
    while (p->ops > 0 && p->op[p->ops - 1] >= op)
        apply(p);
    push_op(p, op);
    return true;
}

uint16_t sk_condition_parse(const char *text, size_t n, struct sk_idents *idents, struct sk_tree *t,
                            const struct sk_condition_pos *pos) {
    struct parser p = {.s = text, .n = n, .idents = idents, .tree = t, .pos = pos};
    bool want_operand = true;
    next(&p);
    for (unsigned words = 0; !p.failed && (p.len > 0 || want_operand); words++) {
        if (words == WORDS)
            fail(&p, p.word, "more than %d words", WORDS);
        else if (want_operand)
            want_operand = !operand(&p);
        else
            want_operand = operator(&p);
        next(&p);
    }
    while (!p.failed && p.ops > 0) {
        if (p.op[p.ops - 1] == OP_OPEN)
            fail(&p, p.op_at[p.ops - 1], "`(` is not closed");
        else
            apply(&p);
    }
    return p.failed ? 0 : p.value[0];
}
