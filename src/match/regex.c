/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiler: one pass, no recursion. Code of the last atom always stands at the end of the program and its jumps are
 * relative, so that a quantifier wraps it by moving or copying the block:
 *
 *   a*      split(+1, out) a jump(back)        a+   a split(back, +1)        a?   split(+1, out) a
 *   a|b     split(+1, b) a jump(out) b         a{2,3}   a a split(+1, out) a
 *
 * Pending jumps out of the alternatives of a group are chained through their own x until the group closes.
 */
#include "match/regex.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 128, RANGES = 256, NONE = -1, INFINITE = -1 };

struct group {
    int start;   /* first instruction of the group */
    int alt;     /* first instruction of the present alternative */
    int pending; /* last jump that waits for the group's end */
};
struct compiler {
    const char *s;
    size_t n, i;
    unsigned flags;
    struct sk_regex_inst code[SK_REGEX_INSTS], block[SK_REGEX_INSTS]; /* block: copy of an atom that is repeated */
    int len;
    int atom; /* where the last atom begins; NONE: nothing that can be repeated */
    struct group group[SK_REGEX_DEPTH];
    int depth;
    struct sk_regex_class class[CLASSES];
    size_t n_class;
    uint32_t range[RANGES][2];
    size_t n_range;
    struct sk_arena *arena;
    struct sk_regex_error *err;
    bool failed;
};

static void fail(struct compiler *c, size_t at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void fail(struct compiler *c, size_t at, const char *fmt, ...) {
    if (c->failed)
        return;
    c->failed = true;
    c->err->at = at;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(c->err->what, sizeof c->err->what, fmt, ap);
    va_end(ap);
}

uint32_t sk_regex_next(const char *s, size_t n, size_t *i) {
    uint8_t b = (uint8_t)s[*i];
    unsigned more = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : b >= 0xc0 ? 1 : 0;
    if (b < 0x80 || more == 0 || *i + more >= n) {
        (*i)++;
        return b < 0x80 ? b : 0x110000u + b;
    }
    uint32_t v = b & (0x3fu >> more);
    for (unsigned k = 1; k <= more; k++) {
        uint8_t x = (uint8_t)s[*i + k];
        if ((x & 0xc0) != 0x80) {
            (*i)++;
            return 0x110000u + b;
        }
        v = v << 6 | (x & 0x3fu);
    }
    *i += more + 1;
    return v;
}

/* Make room for one instruction at `at`; what stood there moves up. */
static struct sk_regex_inst *insert(struct compiler *c, int at) {
    if (c->len >= SK_REGEX_INSTS - 1) {
        fail(c, c->i, "the expression is too large (more than %d steps)", SK_REGEX_INSTS);
        return &c->code[SK_REGEX_INSTS - 1];
    }
    memmove(&c->code[at + 1], &c->code[at], (size_t)(c->len - at) * sizeof c->code[0]);
    c->len++;
    c->code[at] = (struct sk_regex_inst){0};
    return &c->code[at];
}

static void emit(struct compiler *c, uint8_t op, int x, int y, uint32_t ch) {
    *insert(c, c->len) = (struct sk_regex_inst){.op = op, .x = (int16_t)x, .y = (int16_t)y, .c = ch};
}

static uint32_t fold(uint32_t c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }

static void emit_char(struct compiler *c, uint32_t ch) {
    c->atom = c->len;
    emit(c, RX_CHAR, 0, 0, c->flags & SK_REGEX_I ? fold(ch) : ch);
}

/* --- classes ------------------------------------------------------------------------------------------------------ */

static void range(struct compiler *c, uint32_t first, uint32_t last) {
    if (c->n_range == RANGES) {
        fail(c, c->i, "too many ranges in one class");
        return;
    }
    c->range[c->n_range][0] = first;
    c->range[c->n_range++][1] = last;
}

/* \d \w \s and their opposites, as ranges added to the class at hand. @return false: no such class */
static bool shorthand(struct compiler *c, char letter) {
    static const uint32_t digit[][2] = {{'0', '9'}}, word[][2] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}},
                          space[][2] = {{'\t', '\r'}, {' ', ' '}};
    const uint32_t(*r)[2];
    size_t n;
    switch (letter | 32) {
    case 'd':
        r = digit, n = 1;
        break;
    case 'w':
        r = word, n = 4;
        break;
    case 's':
        r = space, n = 2;
        break;
    default:
        return false;
    }
    if (letter & 32) {
        for (size_t k = 0; k < n; k++)
            range(c, r[k][0], r[k][1]);
        return true;
    }
    uint32_t from = 0;
    for (size_t k = 0; k < n; k++) {
        range(c, from, r[k][0] - 1);
        from = r[k][1] + 1;
    }
    range(c, from, UINT32_MAX);
    return true;
}

static void end_class(struct compiler *c, bool negated) {
    if (c->n_class == CLASSES) {
        fail(c, c->i, "too many classes");
        return;
    }
    struct sk_regex_class *k = &c->class[c->n_class];
    *k = (struct sk_regex_class){.negated = negated, .n = (uint16_t)c->n_range};
    k->range = sk_arena_copy(c->arena, c->range, c->n_range, sizeof c->range[0]);
    c->atom = c->len;
    emit(c, RX_CLASS, 0, 0, (uint32_t)c->n_class++);
}

static int hex(char ch) {
    return ch >= '0' && ch <= '9' ? ch - '0' : (ch | 32) >= 'a' && (ch | 32) <= 'f' ? (ch | 32) - 'a' + 10 : -1;
}

/* After `\x`. */
static uint32_t hex_escape(struct compiler *c) {
    uint32_t v = 0;
    bool brace = c->i < c->n && c->s[c->i] == '{';
    size_t digits = 0, max = brace ? 6 : 2;
    c->i += brace;
    for (; digits < max && c->i < c->n && hex(c->s[c->i]) >= 0; digits++)
        v = v << 4 | (uint32_t)hex(c->s[c->i++]);
    if (digits == 0 || v > 0x10ffff || (brace && (c->i == c->n || c->s[c->i++] != '}')))
        fail(c, c->i, "\\x needs two hexadecimal digits, or \\x{...}");
    return v;
}

/* A backslash and what follows, when it is one character. i stands after the backslash. */
static uint32_t escape(struct compiler *c) {
    size_t at = c->i - 1;
    if (c->i == c->n) {
        fail(c, at, "a backslash at the end escapes nothing");
        return 0;
    }
    char ch = c->s[c->i];
    if ((uint8_t)ch >= 0x80)
        return sk_regex_next(c->s, c->n, &c->i);
    c->i++;
    switch (ch) {
    case 't':
        return '\t';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 'f':
        return '\f';
    case 'v':
        return '\v';
    case 'x':
        return hex_escape(c);
    default:
        break;
    }
    if (ch >= '0' && ch <= '9')
        fail(c, at, "back-references are not supported (they cannot be matched in linear time)");
    else if ((ch | 32) >= 'a' && (ch | 32) <= 'z')
        fail(c, at, "`\\%c` is not supported", ch);
    return (uint8_t)ch;
}

static uint32_t class_char(struct compiler *c, bool *is_class) {
    *is_class = false;
    uint32_t ch = sk_regex_next(c->s, c->n, &c->i);
    if (ch != '\\')
        return ch;
    if (c->i < c->n && (uint8_t)c->s[c->i] < 0x80 && shorthand(c, c->s[c->i])) {
        c->i++;
        *is_class = true;
        return 0;
    }
    return escape(c);
}

/* i stands after `[`. */
static void bracket(struct compiler *c) {
    size_t open = c->i - 1;
    bool negated = c->i < c->n && c->s[c->i] == '^', set;
    c->i += negated;
    c->n_range = 0;
    for (bool first = true; !c->failed; first = false) {
        if (c->i >= c->n) {
            fail(c, open, "`[` is not closed");
            return;
        }
        if (c->s[c->i] == ']' && !first) {
            c->i++;
            break;
        }
        if (c->s[c->i] == '[' && c->i + 1 < c->n && c->s[c->i + 1] == ':') {
            fail(c, c->i, "classes with a name such as [:alpha:] are not supported");
            return;
        }
        size_t at = c->i;
        uint32_t a = class_char(c, &set), b = a;
        if (set)
            continue;
        if (c->i + 1 < c->n && c->s[c->i] == '-' && c->s[c->i + 1] != ']') {
            c->i++;
            b = class_char(c, &set);
            if (set || b < a)
                fail(c, at, "a range in [ ] runs backwards or ends in a class");
        }
        range(c, a, b);
    }
    end_class(c, negated);
}

/* --- quantifiers, groups -------------------------------------------------------------------------------------------
 */

/* Wrap the last atom. max INFINITE: no end. */
static void repeat(struct compiler *c, int min, int max) {
    struct sk_regex_inst *block = c->block;
    int len = c->len - c->atom;
    memcpy(block, &c->code[c->atom], (size_t)len * sizeof block[0]);
    c->len = c->atom;
    for (int k = 0; k < min && !c->failed; k++)
        for (int j = 0; j < len; j++)
            *insert(c, c->len) = block[j];
    if (max == INFINITE && min > 0) {
        emit(c, RX_SPLIT, -len, 1, 0);
    } else if (max == INFINITE) {
        emit(c, RX_SPLIT, 1, len + 2, 0);
        for (int j = 0; j < len; j++)
            *insert(c, c->len) = block[j];
        emit(c, RX_JUMP, -(len + 1), 0, 0);
    }
    for (int k = min; k < max && !c->failed; k++) {
        emit(c, RX_SPLIT, 1, (max - k) * (len + 1), 0);
        for (int j = 0; j < len; j++)
            *insert(c, c->len) = block[j];
    }
    c->atom = NONE;
}

static int number(struct compiler *c) {
    int v = 0;
    size_t start = c->i;
    for (; c->i < c->n && c->s[c->i] >= '0' && c->s[c->i] <= '9'; c->i++)
        v = v > SK_REGEX_REPEAT ? v : v * 10 + (c->s[c->i] - '0');
    return c->i == start ? NONE : v;
}

/* i stands after the quantifier's first character. */
static void quantifier(struct compiler *c, char q) {
    size_t at = c->i - 1;
    int min = q == '+', max = q == '?' ? 1 : INFINITE;
    if (q == '{') {
        min = max = number(c);
        if (c->i < c->n && c->s[c->i] == ',') {
            c->i++;
            max = number(c);
        }
        if (min == NONE || c->i >= c->n || c->s[c->i] != '}') {
            fail(c, at, "`{` needs numbers as in {2,5}; for the character write \\{");
            return;
        }
        c->i++;
        if (min > SK_REGEX_REPEAT || max > SK_REGEX_REPEAT || (max != INFINITE && max < min)) {
            fail(c, at, "a repetition is at most {0,%d} and its second number not below its first", SK_REGEX_REPEAT);
            return;
        }
    }
    if (c->atom == NONE) {
        fail(c, at, "`%c` has nothing to repeat", q);
        return;
    }
    if (c->i < c->n && c->s[c->i] == '?') /* lazy: which match is found first does not matter here */
        c->i++;
    else if (c->i < c->n && c->s[c->i] == '+')
        fail(c, c->i, "possessive quantifiers are not supported");
    repeat(c, min, max);
}

static void open_group(struct compiler *c) {
    size_t at = c->i - 1;
    if (c->i < c->n && c->s[c->i] == '?') {
        if (c->i + 1 >= c->n || c->s[c->i + 1] != ':') {
            fail(c, at, "of the groups that begin with (? only (?: is supported");
            return;
        }
        c->i += 2;
    }
    if (c->depth == SK_REGEX_DEPTH) {
        fail(c, at, "more than %d groups in groups", SK_REGEX_DEPTH - 1);
        return;
    }
    c->group[c->depth++] = (struct group){.start = c->len, .alt = c->len, .pending = NONE};
    c->atom = NONE;
}

static void alternative(struct compiler *c) {
    struct group *g = &c->group[c->depth - 1];
    int len = c->len - g->alt;
    struct sk_regex_inst *split = insert(c, g->alt);
    split->op = RX_SPLIT, split->x = 1, split->y = (int16_t)(len + 2);
    emit(c, RX_JUMP, g->pending, 0, 0);
    if (c->failed)
        return;
    g->pending = c->len - 1;
    g->alt = c->len;
    c->atom = NONE;
}

static void close_group(struct compiler *c) {
    struct group *g = &c->group[--c->depth];
    for (int p = g->pending; p != NONE;) {
        int next = c->code[p].x;
        c->code[p].x = (int16_t)(c->len - p);
        p = next;
    }
    c->atom = g->start;
}

static void one(struct compiler *c) {
    size_t at = c->i;
    uint32_t ch = sk_regex_next(c->s, c->n, &c->i);
    bool lines = c->flags & SK_REGEX_M;
    switch (ch) {
    case '.':
        c->atom = c->len;
        emit(c, c->flags & SK_REGEX_S ? RX_ALL : RX_ANY, 0, 0, 0);
        return;
    case '^':
    case '$':
        emit(c, ch == '^' ? (lines ? RX_BOL : RX_BOT) : (lines ? RX_EOL : RX_EOT), 0, 0, 0);
        c->atom = NONE;
        return;
    case '*':
    case '+':
    case '?':
    case '{':
        quantifier(c, (char)ch);
        return;
    case '[':
        bracket(c);
        return;
    case '(':
        open_group(c);
        return;
    case '|':
        alternative(c);
        return;
    case ')':
        if (c->depth == 1)
            fail(c, at, "`)` closes nothing");
        else
            close_group(c);
        return;
    case '\\':
        c->n_range = 0;
        if (c->i < c->n && (uint8_t)c->s[c->i] < 0x80 && shorthand(c, c->s[c->i])) {
            c->i++;
            end_class(c, false);
        } else {
            emit_char(c, escape(c));
        }
        return;
    default:
        emit_char(c, ch);
        return;
    }
}

bool sk_regex_compile(const char *s, size_t n, unsigned flags, struct sk_arena *a, struct sk_regex *ret,
                      struct sk_regex_error *err) {
    struct compiler *c = sk_mem_new(1, sizeof *c);
    *err = (struct sk_regex_error){0};
    c->s = s, c->n = n, c->flags = flags, c->arena = a, c->err = err;
    c->depth = 1;
    c->group[0].pending = c->atom = NONE;
    while (c->i < n && !c->failed)
        one(c);
    if (c->depth > 1)
        fail(c, n, "`(` is not closed");
    if (!c->failed) {
        close_group(c);
        emit(c, RX_MATCH, 0, 0, 0);
    }
    bool ok = !c->failed;
    if (ok) {
        *ret = (struct sk_regex){.n = (uint16_t)c->len, .flags = (uint8_t)flags};
        ret->at = sk_arena_copy(a, c->code, (size_t)c->len, sizeof c->code[0]);
        ret->class = sk_arena_copy(a, c->class, c->n_class, sizeof c->class[0]);
    }
    free(c);
    return ok;
}
