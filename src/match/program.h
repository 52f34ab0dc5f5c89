/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Boolean expressions over predicates: first a tree, then a program of steps that only go forward. A step tests one
 * predicate and names the step that follows for yes and for no; so evaluation is short-circuited, needs no stack, and
 * ends after at most as many tests as there are steps.
 */
#ifndef SK_MATCH_PROGRAM_H
#define SK_MATCH_PROGRAM_H

#include "match/arena.h"
#include "sekimori/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { SK_TREE_MAX = 4096 /**< nodes, and so steps, of one expression */ };
enum { SK_STEP_YES = 0xffff, SK_STEP_NO = 0xfffe };

struct sk_step {
    uint16_t pred, yes, no; /**< yes, no: index of the next step, or SK_STEP_ */
};
struct sk_program {
    const struct sk_step *at;
    size_t n;
};

enum sk_node_op { SK_NODE_PRED, SK_NODE_AND, SK_NODE_OR, SK_NODE_NOT };
struct sk_node {
    uint8_t op;
    uint16_t pred, yes, no;
    uint16_t child, last, next; /**< 0: none */
    uint32_t cost;              /**< of testing everything below */
};
/** A zeroed tree is empty; node 0 is no node. */
struct sk_tree {
    struct sk_node *at;
    size_t n, cap;
    bool full; /**< over SK_TREE_MAX: what was built is not to be used */
};
uint16_t sk_tree_pred(struct sk_tree *t, uint16_t pred, uint32_t cost);
/** a op b; an operand 0 gives the other one. Chains of one operator become one node with many children. */
uint16_t sk_tree_join(struct sk_tree *t, enum sk_node_op op, uint16_t a, uint16_t b);
uint16_t sk_tree_not(struct sk_tree *t, uint16_t a);
/** Order children by cost, cheap first, and lay out the steps. */
struct sk_program sk_tree_program(struct sk_tree *t, uint16_t root, struct sk_arena *a);
void sk_tree_free(struct sk_tree *t);

/** A search identifier: an OR of ANDs of predicates. */
struct sk_ident {
    const char *name;
    unsigned line, col;
    struct sk_ident_alt {
        uint16_t first, n; /**< range of predicates */
    } * alt;
    size_t n_alt;
    bool used;
};
struct sk_idents {
    struct sk_ident *at;
    size_t n;
    const uint32_t *cost; /**< of each predicate */
};

/** Where a condition stands, for messages; col is that of its first character. */
struct sk_condition_pos {
    const char *file;
    unsigned line, col;
    bool exact; /**< columns inside the text can be told: a plain or quoted scalar on one line */
    struct sk_diags *diags;
};
/**
 * Parse one condition into t. Marks identifiers as used. Without recursion: two explicit stacks with a limit.
 * @return root, 0 after an error that stands in diags
 */
uint16_t sk_condition_parse(const char *text, size_t n, struct sk_idents *idents, struct sk_tree *t,
                            const struct sk_condition_pos *pos);

#endif
