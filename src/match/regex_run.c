/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program over a text: all threads in step, each instruction at most once per character. */
#include "match/regex.h"

#include <string.h>

struct threads {
    uint16_t pc[SK_REGEX_INSTS];
    size_t n;
};
struct run {
    const struct sk_regex *rx;
    const char *s;
    size_t n;
    uint64_t seen[SK_REGEX_INSTS / 64]; /* instructions reached at this position */
    uint64_t steps;
    bool matched;
};

static bool holds(const struct run *r, uint8_t op, size_t pos) {
    switch (op) {
    case RX_BOT:
        return pos == 0;
    case RX_BOL:
        return pos == 0 || r->s[pos - 1] == '\n';
    case RX_EOL:
        return pos == r->n || r->s[pos] == '\n';
    default:
        return pos == r->n || (pos + 1 == r->n && r->s[pos] == '\n');
    }
}

/* Follow everything that takes no character from pc on; what takes one becomes a thread. */
static void reach(struct run *r, struct threads *to, unsigned start, size_t pos) {
    uint16_t todo[2 * SK_REGEX_INSTS + 1]; /* each instruction is expanded once and adds at most two */
    size_t n = 0;
    todo[n++] = (uint16_t)start;
    while (n > 0) {
        unsigned pc = todo[--n];
        if (r->seen[pc / 64] >> pc % 64 & 1)
            continue;
        r->seen[pc / 64] |= (uint64_t)1 << pc % 64;
        r->steps++;
        const struct sk_regex_inst *in = &r->rx->at[pc];
        switch (in->op) {
        case RX_MATCH:
            r->matched = true;
            return;
        case RX_JUMP:
            todo[n++] = (uint16_t)((int)pc + in->x);
            break;
        case RX_SPLIT:
            todo[n++] = (uint16_t)((int)pc + in->y);
            todo[n++] = (uint16_t)((int)pc + in->x);
            break;
        case RX_BOT:
        case RX_BOL:
        case RX_EOL:
        case RX_EOT:
            if (holds(r, in->op, pos))
                todo[n++] = (uint16_t)(pc + 1);
            break;
        default:
            to->pc[to->n++] = (uint16_t)pc;
            break;
        }
    }
}

static uint32_t swap_case(uint32_t c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ? c ^ 32 : c; }

static bool in_class(const struct sk_regex_class *k, uint32_t c) {
    for (unsigned i = 0; i < k->n; i++)
        if (c >= k->range[i][0] && c <= k->range[i][1])
            return true;
    return false;
}

static bool takes(const struct sk_regex *rx, const struct sk_regex_inst *in, uint32_t c) {
    bool either = rx->flags & SK_REGEX_I;
    switch (in->op) {
    case RX_CHAR:
        return in->c == (either && c >= 'A' && c <= 'Z' ? c + 32 : c);
    case RX_ANY:
        return c != '\n';
    case RX_ALL:
        return true;
    default: {
        const struct sk_regex_class *k = &rx->class[in->c];
        return (in_class(k, c) || (either && in_class(k, swap_case(c)))) != k->negated;
    }
    }
}

bool sk_regex_match(const struct sk_regex *rx, const char *s, size_t n, uint64_t *steps) {
    struct run r = {.rx = rx, .s = s, .n = n};
    struct threads a, b, *now = &a, *next = &b;
    now->n = 0;
    size_t words = (rx->n + 63u) / 64;
    for (size_t pos = 0;;) {
        reach(&r, now, 0, pos); /* a match may begin here; seen still holds what older threads reached */
        if (r.matched || pos >= n)
            break;
        size_t after = pos;
        uint32_t c = sk_regex_next(s, n, &after);
        memset(r.seen, 0, words * sizeof r.seen[0]);
        next->n = 0;
        for (size_t k = 0; k < now->n && !r.matched; k++) {
            r.steps++;
            if (takes(rx, &rx->at[now->pc[k]], c))
                reach(&r, next, now->pc[k] + 1u, after);
        }
        if (r.matched)
            break;
        struct threads *t = now;
        now = next;
        next = t;
        pos = after;
    }
    if (steps)
        *steps += r.steps;
    return r.matched;
}
