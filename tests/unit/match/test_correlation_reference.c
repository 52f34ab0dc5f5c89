/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random correlations on random events, against a reference that keeps every event and counts anew each time. Times go
 * back a little now and then, some events are copies, some come too late, some lack a field.
 */
#include "rules.h"

enum { RULES = 3, PLACES = 3, EVENTS = 150, ROUNDS = 3000, KEYS = 3, FIELDS = 4 };

static uint64_t state = 0x2545f4914f6cdd1du;
static unsigned rnd(unsigned n) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (unsigned)((state >> 11) % n);
}

/* --- events --------------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    enum sk_field_id id;
    bool number;
    unsigned most; /* values */
} field[FIELDS] = {{"icmpv6.ra.kind", SKF_icmpv6_ra_kind, false, 1},
                   {"icmpv6.ra.flags", SKF_icmpv6_ra_flags, false, 2},
                   {"icmpv6.ra.mtu", SKF_icmpv6_ra_mtu, true, 1},
                   {"icmpv6.nd.option", SKF_icmpv6_nd_option, true, 3}};

struct facts {
    sk_time ts;
    bool copy;
    unsigned n[FIELDS], v[FIELDS][3];
};

static struct facts random_facts(sk_time *clock, bool disorder) {
    struct facts f = {.copy = rnd(12) == 0};
    *clock += (sk_time)rnd(4) * 500 * SK_MSEC;
    f.ts = *clock - (disorder && rnd(4) == 0 ? (sk_time)rnd(12) * 500 * SK_MSEC : 0);
    for (unsigned i = 0; i < FIELDS; i++) {
        f.n[i] = field[i].most == 1 ? rnd(8) != 0 : rnd(field[i].most + 1);
        for (unsigned k = 0; k < f.n[i]; k++)
            f.v[i][k] = rnd(3);
    }
    return f;
}

static void make_event(const struct facts *f, struct sk_event *ev) {
    char text[2] = "a";
    sk_event_init(ev, SKE_icmpv6_ra);
    ev->ts = f->ts;
    ev->segment = SK_SEGMENT_NONE;
    ev->flags = f->copy ? SK_EV_DUPLICATE : 0;
    for (unsigned i = 0; i < FIELDS; i++)
        for (unsigned k = 0; k < f->n[i]; k++) {
            text[0] = (char)('a' + f->v[i][k]);
            if (field[i].number)
                sk_event_put_int(ev, field[i].id, f->v[i][k]);
            else
                sk_event_put_text(ev, field[i].id, text);
        }
}

/* --- rules ---------------------------------------------------------------------------------------------------------
 */

enum type { EVENT_COUNT, VALUE_COUNT, VALUE_SUM, TEMPORAL, ORDERED, TYPES };
static const char *const type_name[] = {"event_count", "value_count", "value_sum", "temporal", "temporal_ordered"};
static const char *const cmp_name[] = {"gt", "gte", "lt", "lte", "eq", "neq"};

struct corr {
    enum type type;
    unsigned rule[PLACES], n; /* of the base rules, or BELOW: the correlation below */
    unsigned group[PLACES][2], n_group;
    bool alias[2];
    unsigned field[2], n_field;
    sk_time span;
    unsigned cmp;
    int64_t limit;
    bool bare, generate; /* bare: no condition is written */
};
enum { BELOW = RULES };

/* Of base rule `rule`: `kind` is (not) b; past the first day of 1970 it no longer holds. */
struct filter {
    bool is, negated;
    unsigned rule;
};
#define DAY_END (86400 * SK_SEC - 1)

static void write_filter(struct sk_buf *b, const struct filter *f) {
    if (!f->is)
        return;
    sk_buf_fmt(b,
               "---\ntitle: f\nid: 6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a0a01\nlogsource: {product: sekimori, category: "
               "icmpv6.ra}\nfilter:\n  rules: [r%u]\n  selection: {icmpv6.ra.kind: b}\n  condition: %sselection\n"
               "sekimori: {owner: a, approver: b, reason: c, until: 1970-01-01}\n",
               f->rule, f->negated ? "not " : "");
}
static bool silences(const struct filter *f, unsigned rule, const struct facts *e) {
    bool b = e->n[0] && e->v[0][0] == 1;
    return f->is && f->rule == rule && e->ts <= DAY_END && b == f->negated;
}

static struct corr random_corr(bool upper) {
    struct corr c = {.type = (enum type)rnd(TYPES), .generate = rnd(2)};
    unsigned first = rnd(RULES);
    c.n = 1 + rnd(PLACES);
    for (unsigned i = 0; i < c.n; i++)
        c.rule[i] = upper && i == 0 ? (unsigned)BELOW : (first + i) % RULES;
    c.n_group = rnd(3);
    for (unsigned g = 0; g < c.n_group; g++) {
        c.alias[g] = rnd(3) == 0;
        for (unsigned i = 0; i < c.n; i++)
            c.group[i][g] = c.alias[g] ? rnd(FIELDS) : i ? c.group[0][g] : rnd(2) + 2 * g;
    }
    c.span = (sk_time)(1 + rnd(12)) * SK_SEC;
    c.cmp = rnd(6);
    c.limit = rnd(6);
    if (c.type == VALUE_COUNT) {
        c.n_field = 1 + rnd(2);
        c.field[0] = rnd(FIELDS);
        c.field[1] = (c.field[0] + 1) % FIELDS;
    }
    if (c.type == VALUE_SUM) {
        c.n_field = 1;
        c.field[0] = 2 + rnd(2);
    }
    if (c.type == ORDERED || (c.type == TEMPORAL && rnd(2))) {
        c.bare = true;
        c.cmp = 1;
        c.limit = c.n;
    }
    return c;
}

static void write_corr(struct sk_buf *b, const struct corr *c, unsigned which) {
    static const char *const rule[] = {"r0", "r1", "r2", "c0"};
    sk_buf_fmt(b,
               "---\ntitle: c\nname: c%u\nid: 6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a01%02u\ncorrelation:\n  type: %s\n  "
               "timespan: %us\n  generate: %s\n  rules: [",
               which, which, type_name[c->type], (unsigned)(c->span / SK_SEC), c->generate ? "true" : "false");
    for (unsigned i = 0; i < c->n; i++)
        sk_buf_fmt(b, "%s%s", i ? ", " : "", rule[c->rule[i]]);
    sk_buf_str(b, "]\n  group-by: [");
    bool aliases = false;
    for (unsigned g = 0; g < c->n_group; g++) {
        sk_buf_fmt(b, "%s%s%.*s", g ? ", " : "", c->alias[g] ? "alias" : field[c->group[0][g]].name, c->alias[g],
                   g ? "1" : "0");
        aliases = aliases || c->alias[g];
    }
    sk_buf_fmt(b, "]\n%s", aliases ? "  aliases:\n" : "");
    for (unsigned g = 0; g < c->n_group; g++) {
        if (c->alias[g])
            sk_buf_fmt(b, "    alias%u:\n", g);
        for (unsigned i = 0; c->alias[g] && i < c->n; i++)
            sk_buf_fmt(b, "      %s: %s\n", rule[c->rule[i]], field[c->group[i][g]].name);
    }
    if (c->bare)
        return;
    sk_buf_fmt(b, "  condition: {%s: %d", cmp_name[c->cmp], (int)c->limit);
    if (c->n_field == 1)
        sk_buf_fmt(b, ", field: %s", field[c->field[0]].name);
    if (c->n_field == 2)
        sk_buf_fmt(b, ", field: [%s, %s]", field[c->field[0]].name, field[c->field[1]].name);
    sk_buf_str(b, "}\n");
}

/* Base rule i: kind is one of a, b, c but one. */
static void write_base(struct sk_buf *b, bool base[RULES][3]) {
    for (unsigned i = 0; i < RULES; i++) {
        sk_buf_fmt(b,
                   "%stitle: r\nname: r%u\nid: 6d0f5b6e-6b0e-4c1c-9a54-0b6c1f0a00%02u\nlogsource: {product: sekimori, "
                   "category: icmpv6.ra}\ndetection:\n  a: {icmpv6.ra.mtu: [7",
                   i ? "---\n" : "", i, i);
        for (unsigned k = 0; k < 3; k++)
            if (base[i][k])
                sk_buf_fmt(b, ", %u", k);
        sk_buf_str(b, "]}\n  condition: a\n");
    }
}

/* --- the reference -------------------------------------------------------------------------------------------------
 */

struct kept {
    struct facts f;
    uint64_t group;
    unsigned places;
    bool told;
};
struct reference {
    const struct corr *c;
    struct kept at[EVENTS * PLACES];
    unsigned n;
};
struct verdict {
    uint64_t n;
    uint64_t counted[PLACES], distinct[PLACES], events[PLACES];
    int64_t sum[PLACES];
};

/* A number that stands for all values of a field. */
static uint64_t with_field(uint64_t to, unsigned i, const struct facts *f) {
    to = to * 8 + f->n[i] * 2 + field[i].number;
    for (unsigned k = 0; k < f->n[i]; k++)
        to = to * 4 + f->v[i][k];
    return to;
}
static bool group_of(const struct corr *c, unsigned place, const struct facts *f, uint64_t *ret) {
    *ret = 1;
    for (unsigned g = 0; g < c->n_group; g++) {
        if (f->n[c->group[place][g]] == 0)
            return false;
        *ret = with_field(*ret, c->group[place][g], f);
    }
    return true;
}

static bool newest_of(const struct reference *r, uint64_t group, sk_time *ret) {
    bool any = false;
    for (unsigned i = 0; i < r->n; i++)
        if (r->at[i].group == group && (!any || r->at[i].f.ts > *ret)) {
            *ret = r->at[i].f.ts;
            any = true;
        }
    return any;
}

/* The event at this place of `rules`. @return false: it counts nowhere */
static bool keep(struct reference *r, unsigned place, const struct facts *f, unsigned first, uint64_t *group) {
    sk_time newest = 0;
    for (unsigned k = 0; k < r->c->n_field; k++)
        if (f->n[r->c->field[k]] == 0)
            return false;
    if (!group_of(r->c, place, f, group))
        return false;
    if (newest_of(r, *group, &newest) && newest - f->ts >= r->c->span)
        return false;
    for (unsigned i = first; i < r->n; i++)
        if (r->at[i].group == *group) {
            r->at[i].places |= 1u << place;
            return true;
        }
    struct kept *x = &r->at[r->n++];
    *x = (struct kept){.f = *f, .group = *group, .places = 1u << place};
    return true;
}

static unsigned distinct_values(const struct reference *r, const struct kept *const *in, unsigned n) {
    uint64_t seen[EVENTS * PLACES * 3];
    unsigned ret = 0;
    for (unsigned i = 0; i < n; i++) {
        unsigned many = r->c->n_field > 1 ? 1 : in[i]->f.n[r->c->field[0]];
        for (unsigned k = 0; k < many; k++) {
            uint64_t v = r->c->n_field > 1
                             ? with_field(with_field(1, r->c->field[0], &in[i]->f), r->c->field[1], &in[i]->f)
                             : in[i]->f.v[r->c->field[0]][k];
            bool old = false;
            for (unsigned m = 0; m < ret; m++)
                old = old || seen[m] == v;
            if (!old)
                seen[ret++] = v;
        }
    }
    return ret;
}

static int64_t sum_values(const struct reference *r, const struct kept *const *in, unsigned n) {
    int64_t ret = 0;
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < in[i]->f.n[r->c->field[0]]; k++)
            ret += in[i]->f.v[r->c->field[0]][k];
    return ret;
}

/* By time; those of one time as they came. */
static unsigned reached(const struct reference *r, const struct kept **in, unsigned n) {
    unsigned ret = 0;
    for (unsigned i = 1; i < n; i++)
        for (unsigned k = i; k > 0 && in[k - 1]->f.ts > in[k]->f.ts; k--) {
            const struct kept *x = in[k];
            in[k] = in[k - 1];
            in[k - 1] = x;
        }
    for (unsigned i = 0; i < n; i++)
        for (unsigned p = 0; p < r->c->n; p++)
            ret += p == ret && (in[i]->places >> p & 1);
    return ret;
}

static bool is_true(const struct corr *c, int64_t v) {
    const bool t[] = {v > c->limit, v >= c->limit, v < c->limit, v <= c->limit, v == c->limit, v != c->limit};
    return t[c->cmp];
}

static void judge(struct reference *r, uint64_t group, struct verdict *ret) {
    const struct kept *in[EVENTS * PLACES];
    unsigned n = 0, seen = 0;
    sk_time newest = 0;
    newest_of(r, group, &newest);
    for (unsigned i = 0; i < r->n; i++)
        if (r->at[i].group == group && newest - r->at[i].f.ts < r->c->span)
            in[n++] = &r->at[i];
    for (unsigned p = 0; p < r->c->n; p++)
        for (unsigned i = 0, old = 0; i < n && !old; i++)
            seen += old = in[i]->places >> p & 1;
    int64_t value = n, sum = 0;
    unsigned distinct = 0;
    if (r->c->type == VALUE_COUNT)
        value = distinct = distinct_values(r, in, n);
    if (r->c->type == VALUE_SUM)
        value = sum = sum_values(r, in, n);
    if (r->c->type == TEMPORAL)
        value = distinct = seen;
    if (r->c->type == ORDERED)
        value = distinct = reached(r, in, n);
    if (!is_true(r->c, value))
        return;
    ret->counted[ret->n] = n;
    ret->distinct[ret->n] = distinct;
    ret->sum[ret->n] = sum;
    for (unsigned i = 0; i < r->n; i++)
        if (r->at[i].group == group && newest - r->at[i].f.ts < r->c->span && !r->at[i].told) {
            r->at[i].told = true;
            ret->events[ret->n]++;
        }
    ret->n++;
}

static struct verdict refer(struct reference *r, unsigned matched, const struct facts *f) {
    struct verdict ret = {0};
    uint64_t group[PLACES];
    bool counts[PLACES];
    unsigned first = r->n;
    for (unsigned p = 0; p < r->c->n; p++)
        counts[p] = matched >> r->c->rule[p] & 1 && keep(r, p, f, first, &group[p]);
    for (unsigned p = 0; p < r->c->n; p++) {
        bool again = false;
        for (unsigned q = 0; q < p; q++)
            again = again || (counts[q] && counts[p] && group[p] == group[q]);
        if (counts[p] && !again)
            judge(r, group[p], &ret);
    }
    return ret;
}

/* --- both ----------------------------------------------------------------------------------------------------------
 */

struct heard {
    unsigned base, silenced;
    struct verdict c[2];
};
static void hear(void *arg, const struct sk_match *m, const struct sk_event *ev) {
    struct heard *h = arg;
    struct sk_value v;
    if (m->rule->name[0] == 'r') {
        *(m->suppressed ? &h->silenced : &h->base) |= 1u << (m->rule->name[1] - '0');
        return;
    }
    struct verdict *c = &h->c[m->rule->name[1] - '0'];
    assert_false(m->estimated);
    assert_true(sk_event_get(ev, NULL, SKF_correlation_count, 0, NULL, &v));
    assert_int_equal(v.i, m->counted);
    c->counted[c->n] = m->counted;
    c->distinct[c->n] = m->distinct;
    c->sum[c->n] = m->sum;
    c->events[c->n++] = m->events;
}

/* One set of rules, at work, beside its reference. */
struct round {
    struct corr c[2];
    bool base[RULES][3], chain, disorder;
    struct filter filter;
    unsigned told; /* which base rules alert themselves */
    struct reference *ref;
    struct sk_buf text;
    unsigned fired, silent, silenced;
};

static void make_round(struct round *r) {
    r->c[0] = random_corr(false);
    r->c[1] = random_corr(true);
    r->chain = rnd(2);
    r->disorder = rnd(2) && r->c[0].type != ORDERED && r->c[1].type != ORDERED;
    for (unsigned i = 0; i < RULES * 3; i++)
        r->base[i / 3][i % 3] = rnd(2);
    r->filter = (struct filter){.is = rnd(3) == 0, .negated = rnd(2), .rule = rnd(RULES)};
    sk_buf_clear(&r->text);
    write_base(&r->text, r->base);
    r->told = (1u << RULES) - 1;
    for (unsigned i = 0; i <= r->chain; i++) {
        write_corr(&r->text, &r->c[i], i);
        r->ref[i] = (struct reference){.c = &r->c[i]};
        for (unsigned p = 0; p < r->c[i].n; p++)
            r->told &= ~(1u << r->c[i].rule[p]);
    }
    for (unsigned i = 0; i <= r->chain; i++)
        for (unsigned p = 0; r->c[i].generate && p < r->c[i].n; p++)
            r->told |= 1u << r->c[i].rule[p];
    write_filter(&r->text, &r->filter);
}

/* What the matches of this event must be. */
static struct heard expect(struct round *r, const struct facts *f) {
    struct heard want = {0};
    unsigned matched = 0;
    for (unsigned i = 0; f->n[2] && i < RULES; i++)
        matched |= (unsigned)r->base[i][f->v[2][0]] << i;
    for (unsigned i = 0; i < RULES; i++)
        if (matched >> i & 1 && silences(&r->filter, i, f)) {
            matched &= ~(1u << i);
            want.silenced |= r->told & 1u << i;
            r->silenced++;
        }
    want.base = matched & r->told;
    if (!f->copy)
        want.c[0] = refer(&r->ref[0], matched, f);
    if (!f->copy && r->chain)
        want.c[1] = refer(&r->ref[1], matched | (want.c[0].n ? 1u << BELOW : 0), f);
    *(want.c[0].n ? &r->fired : &r->silent) += 1;
    if (r->chain && !r->c[1].generate)
        want.c[0] = (struct verdict){0};
    return want;
}

static void differ(const struct round *r, unsigned event, const struct heard *got, const struct heard *want) {
    for (unsigned i = 0; i < 2; i++) {
        const struct verdict *g = &got->c[i], *w = &want->c[i];
        print_error("c%u: %llu instead of %llu; counted %llu, %llu; distinct %llu, %llu; events %llu, %llu\n", i,
                    (unsigned long long)g->n, (unsigned long long)w->n, (unsigned long long)g->counted[0],
                    (unsigned long long)w->counted[0], (unsigned long long)g->distinct[0],
                    (unsigned long long)w->distinct[0], (unsigned long long)g->events[0],
                    (unsigned long long)w->events[0]);
    }
    fail_msg("event %u: base %x instead of %x\n%s", event, got->base, want->base, r->text.p);
}

static void random_correlations_agree_with_a_recount(void **unused) {
    (void)unused;
    struct sk_event *ev = calloc(1, SK_EVENT_MAX);
    struct round *r = calloc(1, sizeof *r);
    uint64_t counted = 0;
    r->ref = calloc(2, sizeof *r->ref);
    for (unsigned round = 0; round < ROUNDS; round++) {
        make_round(r);
        struct sk_ruleset *rs = rules_of(r->text.p, NULL, NULL);
        struct sk_matcher *m = sk_matcher_new(rs, NULL, &sk_hash_key_fixed);
        sk_time clock = (86400 - 60) * SK_SEC;
        unsigned n = 20 + rnd(EVENTS - 20);
        for (unsigned k = 0; k < n; k++) {
            struct facts f = random_facts(&clock, r->disorder);
            struct heard got = {0}, want = expect(r, &f);
            make_event(&f, ev);
            sk_matcher_event(m, ev, hear, &got);
            if (memcmp(&got, &want, sizeof got) != 0)
                differ(r, k, &got, &want);
        }
        if (r->filter.is)
            counted += sk_matcher_silenced(m)[0];
        sk_matcher_free(m);
        sk_ruleset_free(rs);
    }
    assert_true(r->fired > ROUNDS && r->silent > ROUNDS && r->silenced > ROUNDS);
    assert_int_equal(counted, r->silenced);
    sk_buf_free(&r->text);
    free(r->ref);
    free(r);
    free(ev);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_correlations_agree_with_a_recount)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
