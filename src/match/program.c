/* SPDX-License-Identifier: Apache-2.0 */
/* From tree to steps. Leaves are numbered from left to right; then every node passes down where its yes and its no
 * lead: in `a and b` a yes of a leads to b and a no where the whole's no leads; `or` is the mirror image, `not` swaps.
 */
#include "match/program.h"

#include <stdlib.h>

static uint16_t node(struct sk_tree *t, struct sk_node n) {
    if (t->n > SK_TREE_MAX) {
        t->full = true;
        return 1;
    }
    if (t->n == 0) {
        t->at = sk_grow(t->at, t->n, &t->cap, sizeof t->at[0]);
        t->at[t->n++] = (struct sk_node){0};
    }
    t->at = sk_grow(t->at, t->n, &t->cap, sizeof t->at[0]);
    t->at[t->n] = n;
    return (uint16_t)t->n++;
}

uint16_t sk_tree_pred(struct sk_tree *t, uint16_t pred, uint32_t cost) {
    return node(t, (struct sk_node){.op = SK_NODE_PRED, .pred = pred, .cost = cost});
}

static void append(struct sk_tree *t, uint16_t parent, uint16_t child) {
    struct sk_node *p = &t->at[parent];
    if (p->last)
        t->at[p->last].next = child;
    else
        p->child = child;
    p->last = child;
    p->cost += t->at[child].cost;
}

uint16_t sk_tree_join(struct sk_tree *t, enum sk_node_op op, uint16_t a, uint16_t b) {
    if (a == 0 || b == 0)
        return a ? a : b;
    uint16_t p = a;
    if (t->at[a].op != op) {
        p = node(t, (struct sk_node){.op = (uint8_t)op});
        if (!t->full)
            append(t, p, a);
    }
    if (!t->full)
        append(t, p, b);
    return p;
}

uint16_t sk_tree_not(struct sk_tree *t, uint16_t a) {
    uint16_t p = node(t, (struct sk_node){.op = SK_NODE_NOT});
    if (!t->full)
        append(t, p, a);
    return p;
}

struct by_cost {
    uint32_t cost;
    uint16_t node;
};
static int compare(const void *a, const void *b) {
    const struct by_cost *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

/* The predicates are pure, so their order is ours to choose. */
static void sort_children(struct sk_tree *t, uint16_t parent, struct by_cost *tmp) {
    struct sk_node *p = &t->at[parent];
    size_t n = 0;
    for (uint16_t c = p->child; c; c = t->at[c].next)
        tmp[n++] = (struct by_cost){t->at[c].cost, c};
    if (n < 2)
        return;
    qsort(tmp, n, sizeof tmp[0], compare);
    p->child = tmp[0].node;
    p->last = tmp[n - 1].node;
    for (size_t i = 0; i < n; i++)
        t->at[tmp[i].node].next = i + 1 < n ? tmp[i + 1].node : 0;
}

static uint16_t leftmost(const struct sk_tree *t, uint16_t n) {
    while (t->at[n].op != SK_NODE_PRED)
        n = t->at[n].child;
    return t->at[n].cost & 0xffff; /* its step, see number_leaves() */
}

/* After this the cost of a leaf is the index of its step. */
static size_t number_leaves(struct sk_tree *t, uint16_t root, uint16_t *todo, uint16_t *back) {
    size_t n = 0, steps = 0;
    todo[n++] = root;
    while (n > 0) {
        uint16_t at = todo[--n];
        if (t->at[at].op == SK_NODE_PRED) {
            t->at[at].cost = (uint32_t)steps++;
            continue;
        }
        size_t children = 0;
        for (uint16_t c = t->at[at].child; c; c = t->at[c].next)
            back[children++] = c;
        while (children > 0)
            todo[n++] = back[--children];
    }
    return steps;
}

static void lead(struct sk_tree *t, uint16_t at) {
    const struct sk_node *p = &t->at[at];
    for (uint16_t c = p->child; c; c = t->at[c].next) {
        uint16_t next = t->at[c].next ? leftmost(t, t->at[c].next) : 0;
        t->at[c].yes = p->op == SK_NODE_NOT ? p->no : p->op == SK_NODE_AND && t->at[c].next ? next : p->yes;
        t->at[c].no = p->op == SK_NODE_NOT ? p->yes : p->op == SK_NODE_OR && t->at[c].next ? next : p->no;
    }
}

struct sk_program sk_tree_program(struct sk_tree *t, uint16_t root, struct sk_arena *a) {
    struct sk_program ret = {0};
    if (t->full || root == 0)
        return ret;
    struct by_cost *tmp = sk_mem_new(t->n, sizeof *tmp);
    uint16_t *todo = sk_mem_new(t->n, sizeof *todo), *back = sk_mem_new(t->n, sizeof *back);
    for (size_t i = 1; i < t->n; i++)
        sort_children(t, (uint16_t)i, tmp);
    ret.n = number_leaves(t, root, todo, back);
    struct sk_step *step = sk_arena_array(a, ret.n, sizeof *step);
    t->at[root].yes = SK_STEP_YES;
    t->at[root].no = SK_STEP_NO;
    size_t n = 0;
    todo[n++] = root;
    while (n > 0) {
        uint16_t at = todo[--n];
        const struct sk_node *p = &t->at[at];
        if (p->op == SK_NODE_PRED) {
            step[p->cost] = (struct sk_step){p->pred, p->yes, p->no};
            continue;
        }
        lead(t, at);
        for (uint16_t c = p->child; c; c = t->at[c].next)
            todo[n++] = c;
    }
    ret.at = step;
    free(tmp);
    free(todo);
    free(back);
    return ret;
}

void sk_tree_free(struct sk_tree *t) {
    free(t->at);
    *t = (struct sk_tree){0};
}
