/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random rules on random events, against a second evaluator written as plainly as the specification reads: recursive,
 * without compiling, over its own model of event and rule. The rule reaches the program as YAML text only.
 */
#include "rules.h"

enum { FIELDS = 7, VALUES = 3, ITEMS = 3, IDENTS = 5, NODES = 12, ROUNDS = 4000, EVENTS = 6 };

static uint64_t state = 0x9e3779b97f4a7c15u;
static unsigned rnd(unsigned n) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (unsigned)((state >> 11) % n);
}

/* --- the model -----------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    enum sk_field_id id;
    enum sk_field_type type;
    bool list;
} field[FIELDS] = {{"icmpv6.ra.kind", SKF_icmpv6_ra_kind, SK_T_KEYWORD, false},
                   {"icmpv6.ra.flags", SKF_icmpv6_ra_flags, SK_T_KEYWORD, true},
                   {"icmpv6.ra.mtu", SKF_icmpv6_ra_mtu, SK_T_LONG, false},
                   {"icmpv6.nd.option", SKF_icmpv6_nd_option, SK_T_LONG, true},
                   {"icmpv6.ns.target", SKF_icmpv6_ns_target, SK_T_IP, false},
                   {"icmpv6.ra.rdnss", SKF_icmpv6_ra_rdnss, SK_T_IP, true},
                   {"icmpv6.nd.mac_mismatch", SKF_icmpv6_nd_mac_mismatch, SK_T_BOOL, false}};

struct value {
    char text[48]; /* as written: pattern, number, address, prefix, field name */
    int64_t i;
};
struct facts {
    struct value v[FIELDS][VALUES];
    unsigned n[FIELDS];
};
enum kind { EQ, CONTAINS, STARTS, ENDS, LT, LTE, GT, GTE, NEQ, CIDR, EXISTS, ABSENT, REF, KEYWORDS };
struct item {
    unsigned field, n;
    enum kind kind;
    bool all, cased, in_list;
    unsigned ref;
    struct value v[VALUES];
};
struct ident {
    char name[8];
    struct item item[2][ITEMS]; /* OR of ANDs */
    unsigned n_item[2], n_alt;
};
enum op { NAME, AND, OR, NOT, ONE_OF, ALL_OF };
struct node {
    enum op op;
    unsigned a, b;   /* children, or index of identifier */
    char pattern[8]; /* of ONE_OF, ALL_OF */
};
struct rule {
    struct ident ident[IDENTS];
    struct node node[NODES];
    unsigned n_node;
};

/* --- the slow evaluator ---------------------------------------------------------------------------------------------
 */

static int low(int c, bool cased) { return !cased && c >= 'A' && c <= 'Z' ? c + 32 : c; }

static bool glob_is(const char *p, const char *t, bool cased) {
    if (*p == 0)
        return *t == 0;
    if (*p == '*')
        return glob_is(p + 1, t, cased) || (*t && glob_is(p, t + 1, cased));
    if (*p == '?')
        return *t && glob_is(p + 1, t + 1, cased);
    if (*p == '\\' && (p[1] == '*' || p[1] == '?' || p[1] == '\\'))
        p++;
    return low(*p, cased) == low(*t, cased) && *t && glob_is(p + 1, t + 1, cased);
}

static bool text_is(const struct item *it, const struct value *want, const char *have) {
    bool before = it->kind == CONTAINS || it->kind == ENDS || it->kind == KEYWORDS;
    bool after = it->kind == CONTAINS || it->kind == STARTS || it->kind == KEYWORDS;
    size_t n = strlen(have);
    for (size_t from = 0; from <= (before ? n : 0); from++)
        for (size_t to = after ? from : n; to <= n; to++) {
            char part[64];
            snprintf(part, sizeof part, "%.*s", (int)(to - from), have + from);
            if (glob_is(want->text, part, it->cased))
                return true;
        }
    return false;
}

static bool in_prefix(const char *prefix, const char *addr) {
    char text[48];
    unsigned bits = 128;
    snprintf(text, sizeof text, "%s", prefix);
    char *slash = strchr(text, '/');
    if (slash) {
        bits = (unsigned)strtoul(slash + 1, NULL, 10);
        *slash = 0;
    }
    struct sk_addr p = addr_of(text), a = addr_of(addr);
    if (p.fam != a.fam)
        return false;
    for (unsigned i = 0; i < bits && i < (p.fam == 4 ? 32 : 128); i++)
        if ((p.b[i / 8] >> (7 - i % 8) & 1) != (a.b[i / 8] >> (7 - i % 8) & 1))
            return false;
    return true;
}

static bool ref_is(const struct item *it, const struct facts *f, const struct value *have) {
    for (unsigned k = 0; k < f->n[it->ref]; k++) {
        const struct value *o = &f->v[it->ref][k];
        if (field[it->field].type == SK_T_LONG ? have->i == o->i
            : field[it->field].type == SK_T_IP ? in_prefix(o->text, have->text)
                                               : strcasecmp(o->text, have->text) == 0)
            return true;
    }
    return false;
}

static bool one_is(const struct item *it, const struct facts *f, const struct value *want, const struct value *have) {
    if (it->kind == REF)
        return ref_is(it, f, have);
    bool equal;
    switch (field[it->field].type) {
    case SK_T_KEYWORD:
        equal = text_is(it, want, have->text);
        break;
    case SK_T_IP:
        equal = in_prefix(want->text, have->text);
        break;
    default:
        equal = have->i == want->i;
        break;
    }
    switch (it->kind) {
    case LT:
        return have->i < want->i;
    case LTE:
        return have->i <= want->i;
    case GT:
        return have->i > want->i;
    case GTE:
        return have->i >= want->i;
    case NEQ:
        return !equal;
    default:
        return equal;
    }
}

static bool want_is(const struct item *it, const struct facts *f, const struct value *want) {
    if (it->kind == KEYWORDS) {
        for (unsigned i = 0; i < FIELDS; i++)
            for (unsigned k = 0; k < f->n[i]; k++)
                if ((field[i].type == SK_T_KEYWORD || field[i].type == SK_T_IP) && text_is(it, want, f->v[i][k].text))
                    return true;
        return text_is(it, want, "icmpv6.ra") || text_is(it, want, "unassigned"); /* event.dataset, network.name */
    }
    for (unsigned k = 0; k < f->n[it->field]; k++)
        if (one_is(it, f, want, &f->v[it->field][k]))
            return true;
    return false;
}

static bool item_is(const struct item *it, const struct facts *f) {
    if (it->kind == EXISTS || it->kind == ABSENT)
        return (f->n[it->field] > 0) == (it->kind == EXISTS);
    for (unsigned i = 0; i < it->n; i++)
        if (want_is(it, f, &it->v[i]) != it->all)
            return !it->all;
    return it->all;
}

static bool ident_is(const struct ident *id, const struct facts *f) {
    for (unsigned a = 0; a < id->n_alt; a++) {
        bool all = true;
        for (unsigned i = 0; i < id->n_item[a]; i++)
            all = all && item_is(&id->item[a][i], f);
        if (all)
            return true;
    }
    return false;
}

static bool node_is(const struct rule *r, unsigned n, const struct facts *f) {
    const struct node *x = &r->node[n];
    switch (x->op) {
    case NAME:
        return ident_is(&r->ident[x->a], f);
    case AND:
        return node_is(r, x->a, f) && node_is(r, x->b, f);
    case OR:
        return node_is(r, x->a, f) || node_is(r, x->b, f);
    case NOT:
        return !node_is(r, x->a, f);
    default:
        break;
    }
    for (unsigned i = 0; i < IDENTS; i++) {
        bool them = strcmp(x->pattern, "them") == 0;
        if (them ? r->ident[i].name[0] == '_' : !glob_is(x->pattern, r->ident[i].name, true))
            continue;
        if (ident_is(&r->ident[i], f) != (x->op == ALL_OF))
            return x->op == ONE_OF;
    }
    return x->op == ALL_OF;
}

/* --- making them ----------------------------------------------------------------------------------------------------
 */

static void random_text(char *to, const char *letters, unsigned min, unsigned max) {
    unsigned n = min + rnd(max - min + 1), k = (unsigned)strlen(letters);
    for (unsigned i = 0; i < n; i++)
        to[i] = letters[rnd(k)];
    to[n] = 0;
}

static const char *const addresses[] = {"10.0.0.1",           "10.0.128.1", "10.1.0.1", "2001:db8::1",
                                        "2001:db8:0:8000::1", "fe80::a",    "fe80::b"};

static struct value have_value(unsigned f) {
    struct value v = {.i = rnd(5)};
    if (field[f].type == SK_T_KEYWORD)
        random_text(v.text, "abBc*?\\", 1, 5);
    else if (field[f].type == SK_T_IP)
        snprintf(v.text, sizeof v.text, "%s", addresses[rnd(7)]);
    else if (field[f].type == SK_T_BOOL)
        v.i = rnd(2);
    return v;
}

static struct facts random_facts(struct sk_event *ev) {
    struct facts f = {0};
    sk_event_init(ev, SKE_icmpv6_ra);
    for (unsigned i = 0; i < FIELDS; i++) {
        f.n[i] = rnd(field[i].list ? VALUES + 1 : 2);
        for (unsigned k = 0; k < f.n[i]; k++) {
            struct value *v = &f.v[i][k];
            *v = have_value(i);
            struct sk_addr a;
            if (field[i].type == SK_T_KEYWORD) {
                sk_event_put_text(ev, field[i].id, v->text);
            } else if (field[i].type == SK_T_IP) {
                a = addr_of(v->text);
                sk_event_put_ip(ev, field[i].id, &a);
            } else {
                sk_event_put_int(ev, field[i].id, v->i);
            }
        }
    }
    return f;
}

static struct value want_value(const struct item *it) {
    struct value v = have_value(it->field);
    if (it->kind == KEYWORDS || field[it->field].type == SK_T_KEYWORD) {
        random_text(v.text, "abBc*?\\", it->kind == KEYWORDS ? 1 : 0, 4);
    } else if (it->kind == CIDR) {
        unsigned bits = rnd(strchr(v.text, ':') ? 129 : 33);
        struct sk_prefix p;
        char with[64];
        snprintf(with, sizeof with, "%s/%u", v.text, bits);
        assert_true(sk_prefix_parse(with, strlen(with), true, &p));
        char base[SK_ADDR_TEXT];
        snprintf(v.text, sizeof v.text, "%s/%u", sk_addr_text(&p.addr, base), bits);
    }
    return v;
}

static struct item random_item(bool keywords) {
    struct item it = {.field = rnd(FIELDS), .kind = EQ};
    enum sk_field_type t = field[it.field].type;
    if (keywords) {
        it.kind = KEYWORDS;
    } else if (rnd(8) == 0) {
        it.kind = rnd(2) ? EXISTS : ABSENT;
    } else if (t == SK_T_KEYWORD) {
        static const enum kind k[] = {EQ, EQ, CONTAINS, STARTS, ENDS, NEQ, REF};
        it.kind = k[rnd(7)];
    } else if (t == SK_T_LONG) {
        static const enum kind k[] = {EQ, LT, LTE, GT, GTE, NEQ, REF};
        it.kind = k[rnd(7)];
    } else if (t == SK_T_IP) {
        static const enum kind k[] = {EQ, CIDR, CIDR, NEQ, REF};
        it.kind = k[rnd(5)];
    }
    it.ref = it.field ^ 1u; /* the field of the same type beside it */
    it.cased =
        t == SK_T_KEYWORD && it.kind != REF && it.kind != EXISTS && it.kind != ABSENT && !keywords && rnd(3) == 0;
    bool many = it.kind != EXISTS && it.kind != ABSENT && it.kind != REF && rnd(2);
    it.n = many ? 1 + rnd(VALUES) : 1;
    it.in_list = many || keywords;
    it.all = many && (rnd(2) || it.kind == NEQ);
    for (unsigned i = 0; i < it.n; i++)
        it.v[i] = want_value(&it);
    return it;
}

static unsigned random_node(struct rule *r, unsigned depth) {
    struct node x = {.op = NAME, .a = rnd(IDENTS)};
    unsigned what = rnd(8);
    if (depth < 3 && r->n_node < NODES - 4 && what < 5) {
        x.op = what < 2 ? AND : what < 4 ? OR : NOT;
        x.a = random_node(r, depth + 1);
        if (x.op != NOT)
            x.b = random_node(r, depth + 1);
    } else if (what == 5) {
        static const char *const pattern[] = {"s*", "*1", "them", "_*", "t0", "*"};
        x.op = rnd(2) ? ONE_OF : ALL_OF;
        snprintf(x.pattern, sizeof x.pattern, "%s", pattern[rnd(6)]);
    }
    if (r->n_node == NODES)
        return 0;
    r->node[r->n_node] = x;
    return r->n_node++;
}

static void random_rule(struct rule *r) {
    static const char *const names[IDENTS] = {"s0", "s1", "t0", "t1", "_u"};
    *r = (struct rule){0};
    for (unsigned i = 0; i < IDENTS; i++) {
        struct ident *id = &r->ident[i];
        snprintf(id->name, sizeof id->name, "%s", names[i]);
        id->n_alt = 1 + rnd(2);
        bool keywords = rnd(6) == 0;
        if (keywords)
            id->n_alt = 1;
        for (unsigned a = 0; a < id->n_alt; a++) {
            id->n_item[a] = keywords ? 1 : 1 + rnd(ITEMS);
            for (unsigned k = 0; k < id->n_item[a]; k++) {
                struct item it = random_item(keywords);
                for (unsigned j = 0; j < k; j++) /* a key may stand once in a map */
                    if (id->item[a][j].field == it.field)
                        it.field = FIELDS;
                if (it.field < FIELDS)
                    id->item[a][k] = it;
                else
                    id->n_item[a] = k;
            }
        }
    }
}

/* --- writing them ---------------------------------------------------------------------------------------------------
 */

static void write_value(struct sk_buf *b, const struct item *it, const struct value *v) {
    enum sk_field_type t = field[it->field].type;
    if (it->kind == REF)
        sk_buf_str(b, field[it->ref].name);
    else if (it->kind == KEYWORDS || t == SK_T_KEYWORD || t == SK_T_IP)
        sk_buf_fmt(b, "'%s'", v->text);
    else if (t == SK_T_BOOL)
        sk_buf_str(b, v->i ? "true" : "false");
    else
        sk_buf_fmt(b, "%d", (int)v->i);
}

static void write_item(struct sk_buf *b, const struct item *it) {
    static const char *const mod[] = {"",     "|contains", "|startswith", "|endswith", "|lt", "|lte",      "|gt",
                                      "|gte", "|neq",      "|cidr",       "|exists",   "",    "|fieldref", ""};
    sk_buf_fmt(b, "'%s%s%s%s': ", it->kind == KEYWORDS ? "" : field[it->field].name, mod[it->kind],
               it->cased ? "|cased" : "", it->all ? "|all" : "");
    if (it->kind == EXISTS || it->kind == ABSENT) {
        sk_buf_str(b, it->kind == EXISTS ? "true" : "null");
        return;
    }
    sk_buf_str(b, it->in_list ? "[" : "");
    for (unsigned i = 0; i < it->n; i++) {
        sk_buf_str(b, i ? ", " : "");
        write_value(b, it, &it->v[i]);
    }
    sk_buf_str(b, it->in_list ? "]" : "");
}

/* Parentheses only where the binding asks for them, and now and then elsewhere. */
static void write_node(struct sk_buf *b, const struct rule *r, unsigned n, int around) {
    const struct node *x = &r->node[n];
    int strength = x->op == OR ? 1 : x->op == AND ? 2 : 3;
    bool paren = strength < around || rnd(6) == 0;
    sk_buf_str(b, paren ? "(" : "");
    switch (x->op) {
    case NAME:
        sk_buf_str(b, r->ident[x->a].name);
        break;
    case NOT:
        sk_buf_str(b, "not ");
        write_node(b, r, x->a, 3);
        break;
    case ONE_OF:
    case ALL_OF:
        sk_buf_fmt(b, "%s of %s", x->op == ONE_OF ? "1" : "all", x->pattern);
        break;
    default:
        write_node(b, r, x->a, strength);
        sk_buf_str(b, x->op == AND ? " and " : " or ");
        write_node(b, r, x->b, strength);
        break;
    }
    sk_buf_str(b, paren ? ")" : "");
}

static void write_rule(struct sk_buf *b, const struct rule *r, unsigned root) {
    sk_buf_clear(b);
    sk_buf_str(b, RULE_HEAD "detection:\n");
    for (unsigned i = 0; i < IDENTS; i++) {
        const struct ident *id = &r->ident[i];
        sk_buf_fmt(b, "  %s:\n", id->name);
        for (unsigned a = 0; a < id->n_alt; a++)
            for (unsigned k = 0; k < id->n_item[a]; k++) {
                sk_buf_str(b, id->n_alt == 1 ? "    " : k == 0 ? "    - " : "      ");
                write_item(b, &id->item[a][k]);
                sk_buf_str(b, "\n");
            }
    }
    sk_buf_str(b, "  condition: ");
    write_node(b, r, root, 0);
    sk_buf_str(b, "\n");
}

static void random_rules_agree_with_the_slow_evaluator(void **unused) {
    (void)unused;
    struct rule *r = calloc(1, sizeof *r);
    struct sk_event *ev = calloc(1, SK_EVENT_MAX);
    struct sk_buf b = {0};
    unsigned fired = 0, silent = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        random_rule(r);
        unsigned root = random_node(r, 0);
        write_rule(&b, r, root);
        struct sk_ruleset *rs = rules_of(b.p, NULL, NULL);
        for (unsigned k = 0; k < EVENTS; k++) {
            struct facts f = random_facts(ev);
            bool want = node_is(r, root, &f), got = fire(rs, ev).n == 1;
            if (want != got) {
                struct sk_buf json = {0};
                sk_event_json(ev, NULL, &json);
                fail_msg("round %u: %d instead of %d\n%s%s", i, got, want, b.p, json.p);
            }
            *(want ? &fired : &silent) += 1;
        }
        sk_ruleset_free(rs);
    }
    assert_true(fired > ROUNDS && silent > ROUNDS);
    sk_buf_free(&b);
    free(ev);
    free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_rules_agree_with_the_slow_evaluator)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
