/* SPDX-License-Identifier: Apache-2.0 */
/* The site's own clauses for those of the national standard: a city is bound by its own rules, so alerts cite them
 * first. Written as a table (CSV: national clause, own clause) or as a YAML map. */
#include "policy/ledger.h"

#include <stdio.h>
#include <strings.h>

enum { CLAUSE_MAX = 128 };

/* "NISD-K305-111C 2.4.1.1(2)(b)-3" -> "2.4.1.1(2)(b)": without the name of the standard, spaces, and what tells our
 * examples in the commentary apart. @return length; 0: it is no clause */
static size_t normal_form(const char *text, size_t n, char out[CLAUSE_MAX]) {
    char plain[CLAUSE_MAX];
    n = pol_plain_text(text, n, plain, sizeof plain);
    while (n && plain[n - 1] == ' ')
        n--;
    size_t from = n;
    while (from && plain[from - 1] != ' ') /* what stands last is the number */
        from--;
    size_t len = 0;
    for (size_t i = from; i < n; i++)
        out[len++] = plain[i];
    out[len] = '\0';
    char *dash = strrchr(out, '-');
    if (dash && strspn(dash + 1, "0123456789T") == strlen(dash + 1)) {
        len = (size_t)(dash - out);
        out[len] = '\0';
    }
    return len && out[0] >= '0' && out[0] <= '9' ? len : 0;
}

static void add_clause(struct sk_policy *p, const char *national, size_t n, const char *own, size_t m) {
    size_t row = p->clauses.n;
    *POL_PUSH(&p->clauses) =
        (struct pol_clause){sk_arena_text(&p->arena, national, n), sk_arena_text(&p->arena, own, m), row};
}

static int clause_order(const void *left, const void *right) {
    const struct pol_clause *a = left, *b = right;
    int order = strcmp(a->national, b->national);
    return order ? order : a->row < b->row ? -1 : a->row > b->row;
}

static void finish(struct sk_policy *p) {
    if (p->clauses.n)
        qsort(p->clauses.at, p->clauses.n, sizeof *p->clauses.at, clause_order);
    p->own_clause = sk_arena_new(&p->arena, (p->clauses.n + 1) * sizeof *p->own_clause);
    for (size_t i = 0; i < p->clauses.n; i++)
        p->own_clause[i] = p->clauses.at[i].own;
}

/* --- as a table -----------------------------------------------------------------------------------------------------
 */

static void read_row(struct sk_policy *p, const char *path, const struct pol_row *row, bool first,
                     struct sk_diags *diags) {
    char clause[CLAUSE_MAX];
    size_t n = normal_form(row->cell[0].text, row->cell[0].len, clause);
    if (n == 0 && first)
        return; /* the names of the columns */
    if (n == 0)
        sk_diag_add(diags, SK_DIAG_ERROR, path, row->cell[0].line, row->cell[0].col,
                    "%.64s is no clause of the standard. Write its number, like 2.4.1.1(2)(b)", row->cell[0].text);
    else if (row->n < 2 || row->cell[1].len == 0)
        sk_diag_add(diags, SK_DIAG_WARNING, path, row->cell[0].line, row->cell[0].col,
                    "no clause of your own stands beside %s", clause);
    else
        add_clause(p, clause, n, row->cell[1].text, row->cell[1].len);
}

static bool load_csv(struct pol_read *r, const struct sk_yaml *v) {
    struct pol_csv csv = {0};
    const char *path = NULL;
    bool ok = pol_load_table(r, v, POL_ENCODING_GUESS, &csv, &path);
    for (size_t i = 0; ok && i < csv.n; i++)
        if (!csv.row[i].bad)
            read_row(r->p, path, &csv.row[i], i == 0, r->diags);
    pol_csv_free(&csv);
    return ok;
}

/* --- as a map -------------------------------------------------------------------------------------------------------
 */

static void read_pair(struct pol_read *r, const struct sk_yaml *key, const struct sk_yaml *v) {
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    char clause[CLAUSE_MAX], shown[POL_SHOW];
    size_t len = normal_form(key->text, key->len, clause);
    if (len == 0) {
        POL_ERROR(r, key, "%s is no clause of the standard. Write its number in quotes, like \"2.4.1.1(2)(b)\"",
                  pol_show(key, shown));
        return;
    }
    if (!pol_items(r, v, &item, &n))
        return;
    for (size_t i = 0; i < n; i++) {
        const char *own = NULL;
        if (pol_read_text(r, &item[i], &own))
            add_clause(r->p, clause, len, own, strlen(own));
    }
}

/* A table beside the policy, or the map itself. */
bool pol_read_own_clauses(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    const char *name = NULL;
    p->clauses_pos = pol_pos(r, r->key);
    bool ok = true;
    if (v->kind == SK_YAML_MAP)
        for (size_t i = 0; i < v->n; i++)
            read_pair(r, &v->key[i], &v->item[i]);
    else
        ok = pol_read_text(r, v, &name) && load_csv(r, v);
    finish(p);
    return ok && p->clauses.n > 0;
}

/* --- asked ----------------------------------------------------------------------------------------------------------
 */

static size_t find(const struct sk_policy *p, const char *clause, const char *const **ret) {
    size_t low = 0, high = p->clauses.n, n = 0;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(p->clauses.at[mid].national, clause) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    while (low + n < p->clauses.n && strcmp(p->clauses.at[low + n].national, clause) == 0)
        n++;
    *ret = n ? &p->own_clause[low] : NULL;
    return n;
}

size_t sk_policy_own_clauses(const struct sk_policy *p, const char *clause, const char *const **ret) {
    char text[CLAUSE_MAX];
    size_t len = p->clauses.n ? normal_form(clause, strlen(clause), text) : 0;
    *ret = NULL;
    while (len) {
        size_t n = find(p, text, ret);
        if (n)
            return n;
        while (len && text[len - 1] != '(' && text[len - 1] != '.') /* the part it stands in */
            len--;
        len -= len > 0;
        text[len] = '\0';
    }
    return 0;
}
