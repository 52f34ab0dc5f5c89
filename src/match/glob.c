/* SPDX-License-Identifier: Apache-2.0 */
/* Wildcard patterns as arrays of elements, matched with one point of return: the last `*`. An earlier `*` never needs
 * to be tried again, since a longer run there cannot let a later part match that the later `*` could not reach. */
#include "match/glob.h"

enum { ONE = 256, RUN = 257 };

static uint8_t fold(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

static void add(struct sk_glob_draft *d, uint16_t element) {
    if (d->n == SK_GLOB_MAX)
        d->too_long = true;
    else
        d->at[d->n++] = element;
}

void sk_glob_add_run(struct sk_glob_draft *d) {
    if (d->n == 0 || d->at[d->n - 1] != RUN)
        add(d, RUN);
}

void sk_glob_add_literal(struct sk_glob_draft *d, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++)
        add(d, d->cased ? (uint8_t)s[i] : fold((uint8_t)s[i]));
}

void sk_glob_add_pattern(struct sk_glob_draft *d, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\\' && i + 1 < n && (s[i + 1] == '*' || s[i + 1] == '?' || s[i + 1] == '\\'))
            sk_glob_add_literal(d, &s[++i], 1);
        else if (s[i] == '*')
            sk_glob_add_run(d);
        else if (s[i] == '?')
            add(d, ONE);
        else
            sk_glob_add_literal(d, &s[i], 1);
    }
}

struct sk_glob sk_glob_end(const struct sk_glob_draft *d, struct sk_arena *a) {
    struct sk_glob g = {.n = (uint16_t)d->n, .cased = d->cased};
    for (size_t i = 0; i < d->n; i++)
        g.wild = g.wild || d->at[i] >= ONE;
    while (g.tail < d->n && d->at[d->n - 1 - g.tail] < ONE)
        g.tail++;
    g.at = sk_arena_copy(a, d->at, d->n, sizeof d->at[0]);
    return g;
}

/* Does the text end as the pattern does? Looked at backwards: names of one domain differ at their beginning. */
static bool match_tail(const struct sk_glob *g, const char *s, size_t n) {
    if (n < g->tail)
        return false;
    for (size_t i = 1; i <= g->tail; i++)
        if ((g->cased ? (uint8_t)s[n - i] : fold((uint8_t)s[n - i])) != g->at[g->n - i])
            return false;
    return true;
}

bool sk_glob_match(const struct sk_glob *g, const char *s, size_t n, uint64_t *steps) {
    if ((!g->wild && n != g->n) || !match_tail(g, s, n))
        return false;
    if (!g->wild || (g->tail + 1 == g->n && g->at[0] == RUN))
        return true;
    size_t p = 0, t = 0;         /* where we are in pattern and text */
    size_t run = SIZE_MAX, from; /* the last `*`, and where its run ends at present */
    uint64_t count = 0;
    bool ok = true;
    from = 0;
    for (;;) {
        count++;
        if (p < g->n && g->at[p] == RUN) {
            run = p++;
            from = t;
            if (p == g->n)
                break; /* a `*` at the end takes the rest */
            continue;
        }
        if (t == n && p == g->n)
            break;
        if (t < n && p < g->n && g->at[p] == ONE) {
            for (t++, p++; t < n && ((uint8_t)s[t] & 0xc0) == 0x80; t++)
                continue;
            continue;
        }
        if (t < n && p < g->n && g->at[p] == (g->cased ? (uint8_t)s[t] : fold((uint8_t)s[t]))) {
            t++, p++;
            continue;
        }
        if (run == SIZE_MAX || from == n) {
            ok = false;
            break;
        }
        t = ++from;
        p = run + 1;
    }
    if (steps)
        *steps += count;
    return ok;
}
