/* SPDX-License-Identifier: Apache-2.0 */
/* `field|modifier: value` to a predicate. Every mistake is answered with what would be right. */
#include "match/pred.h"
#include "match/shared.h"
#include "sekimori/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum modifier {
    MOD_CONTAINS = 1 << 0,
    MOD_STARTS = 1 << 1,
    MOD_ENDS = 1 << 2,
    MOD_RE = 1 << 3,
    MOD_CIDR = 1 << 4,
    MOD_LT = 1 << 5,
    MOD_LTE = 1 << 6,
    MOD_GT = 1 << 7,
    MOD_GTE = 1 << 8,
    MOD_EXISTS = 1 << 9,
    MOD_NEQ = 1 << 10,
    MOD_ALL = 1 << 11,
    MOD_CASED = 1 << 12,
    MOD_FIELDREF = 1 << 13,
    MOD_EXPAND = 1 << 14,
    MOD_I = 1 << 15,
    MOD_M = 1 << 16,
    MOD_S = 1 << 17,
    WRAPS = MOD_CONTAINS | MOD_STARTS | MOD_ENDS,
    ORDERS = MOD_LT | MOD_LTE | MOD_GT | MOD_GTE,
    TEXT_ONLY = WRAPS | MOD_RE | MOD_CASED,
    /* at most one of these says what is compared */
    KINDS = WRAPS | ORDERS | MOD_RE | MOD_CIDR | MOD_EXISTS | MOD_NEQ,
};
static const char *const modifier_names[] = {"contains", "startswith", "endswith", "re",  "cidr", "lt",    "lte",
                                             "gt",       "gte",        "exists",   "neq", "all",  "cased", "fieldref",
                                             "expand",   "i",          "m",        "s",   NULL};

static const struct {
    const char *name, *why;
} refused[] = {
    {"base64", "fields hold decoded text"},
    {"base64offset", "fields hold decoded text"},
    {"utf16", "all text is UTF-8 here"},
    {"utf16le", "all text is UTF-8 here"},
    {"utf16be", "all text is UTF-8 here"},
    {"wide", "all text is UTF-8 here"},
    {"windash", "it is about command lines"},
    {"minute", "time modifiers need dates that can be taken apart; events carry packet time"},
    {"hour", "time modifiers need dates that can be taken apart; events carry packet time"},
    {"day", "time modifiers need dates that can be taken apart; events carry packet time"},
    {"week", "time modifiers need dates that can be taken apart; events carry packet time"},
    {"month", "time modifiers need dates that can be taken apart; events carry packet time"},
    {"year", "time modifiers need dates that can be taken apart; events carry packet time"},
};

/* One item while it is compiled. */
struct item {
    const struct sk_load *l;
    const struct sk_yaml *key;
    const char *field; /* as written, NUL-terminated */
    unsigned mods;
    enum sk_field_type type;
    struct sk_pred *pred;
    struct sk_want *want;
    size_t cap;
    bool ok;
};

#define WRONG(it, at, ...) ((it)->ok = false, sk_load_error((it)->l, at, __VA_ARGS__))

static const char *first_name(unsigned mods) {
    for (unsigned i = 0; modifier_names[i]; i++)
        if (mods & 1u << i)
            return modifier_names[i];
    return "";
}

static const char *type_word(enum sk_field_type t) {
    static const char *const word[] = {"text", "an address", "a number", "a number", "true or false", "a time"};
    return word[t];
}

/* Text of a value for a message, cut. */
struct shown {
    char text[160];
};
static struct shown show(const struct sk_yaml *v) {
    struct shown s;
    size_t fit = v->text ? sk_text_fit(v->text, v->len, 40) : 0;
    switch (v->kind) {
    case SK_YAML_TEXT:
        snprintf(s.text, sizeof s.text, "text \"%.*s\"", (int)fit, v->text);
        break;
    case SK_YAML_INT:
    case SK_YAML_REAL:
        snprintf(s.text, sizeof s.text, "the number %.*s", (int)fit, v->text);
        break;
    default:
        snprintf(s.text, sizeof s.text, "%s", sk_yaml_kind_name(v->kind));
        break;
    }
    return s;
}

/* --- the key ------------------------------------------------------------------------------------------------------ */

static unsigned modifier(struct item *it, const char *name, size_t len) {
    for (unsigned i = 0; modifier_names[i]; i++)
        if (strlen(modifier_names[i]) == len && memcmp(modifier_names[i], name, len) == 0)
            return 1u << i;
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(len > 60 ? 60 : len), name);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (strcmp(refused[i].name, word) == 0) {
            WRONG(it, it->key, "modifier `%s` is not supported (%s).", word, refused[i].why);
            return 0;
        }
    const char *near = sk_nearest(word, modifier_names);
    if (near)
        WRONG(it, it->key, "there is no modifier `%s`. Did you mean `%s`?", word, near);
    else
        WRONG(it, it->key,
              "there is no modifier `%s`. There are: contains, startswith, endswith, cased, re, cidr, lt, lte, gt, "
              "gte, neq, all, exists, fieldref, expand.",
              word);
    return 0;
}

static void read_key(struct item *it) {
    const char *s = it->key->text, *end = s + it->key->len;
    const char *bar = memchr(s, '|', it->key->len);
    size_t len = bar ? (size_t)(bar - s) : it->key->len;
    it->field = sk_arena_text(it->l->arena, s, len);
    if (len > 0) {
        it->pred->field = sk_load_field(it->l, it->key, s, len, true);
        it->ok = it->pred->field != SKF_none;
        it->type = sk_fields[it->pred->field].type;
    } else {
        it->type = SK_T_KEYWORD;
    }
    while (bar && bar < end) {
        const char *from = bar + 1;
        bar = memchr(from, '|', (size_t)(end - from));
        it->mods |= modifier(it, from, (size_t)((bar ? bar : end) - from));
    }
}

static void check_modifiers(struct item *it) {
    unsigned m = it->mods, kinds = m & KINDS;
    if (!it->ok)
        return;
    if (kinds & (kinds - 1)) {
        WRONG(it, it->key, "`%s` and `%s` contradict each other: use one.", first_name(kinds),
              first_name(kinds & (kinds - 1)));
    } else if ((m & (MOD_I | MOD_M | MOD_S)) && !(m & MOD_RE)) {
        WRONG(it, it->key, "`%s` belongs to `re`: write `%s|re|%s`.", first_name(m & (MOD_I | MOD_M | MOD_S)),
              it->field, first_name(m & (MOD_I | MOD_M | MOD_S)));
    } else if ((m & MOD_CASED) && (m & MOD_RE)) {
        WRONG(it, it->key, "`re` minds case already; `|re|i` does not.");
    } else if ((m & MOD_EXISTS) && (m & ~(unsigned)MOD_EXISTS)) {
        WRONG(it, it->key, "`exists` stands alone.");
    } else if ((m & MOD_FIELDREF) && (m & (MOD_RE | MOD_CIDR | MOD_EXPAND))) {
        WRONG(it, it->key, "`fieldref` does not go with `%s`.", first_name(m & (MOD_RE | MOD_CIDR | MOD_EXPAND)));
    } else if (it->pred->field == SKF_none &&
               (m & ~(unsigned)(TEXT_ONLY | MOD_ALL | MOD_EXPAND | MOD_I | MOD_M | MOD_S))) {
        WRONG(it, it->key, "a search over the whole event takes `all`, `re`, `cased`, `expand` and no `%s`.",
              first_name(m & ~(unsigned)(TEXT_ONLY | MOD_ALL | MOD_EXPAND)));
    } else if ((m & TEXT_ONLY) && it->type != SK_T_KEYWORD) {
        WRONG(it, it->key, "`%s` is about text, but `%s` is %s%s.", first_name(m & TEXT_ONLY), it->field,
              type_word(it->type), it->type == SK_T_IP ? "; for ranges there is `cidr`" : "");
    } else if ((m & MOD_CIDR) && it->type != SK_T_IP) {
        WRONG(it, it->key, "`cidr` is about addresses, but `%s` is %s.", it->field, type_word(it->type));
    } else if ((m & ORDERS) &&
               !(it->type == SK_T_LONG || it->type == SK_T_FLOAT || (it->type == SK_T_DATE && (m & MOD_FIELDREF)))) {
        WRONG(it, it->key, "`%s` is about numbers, but `%s` is %s.", first_name(m & ORDERS), it->field,
              type_word(it->type));
    }
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static struct sk_want *add(struct item *it) {
    it->want = sk_grow(it->want, it->pred->n, &it->cap, sizeof it->want[0]);
    it->want[it->pred->n] = (struct sk_want){0};
    return &it->want[it->pred->n++];
}

/* before + middle (taken as it stands) + after */
static void add_glob(struct item *it, const struct sk_yaml *at, const char *before, size_t n_before, const char *middle,
                     const char *after, size_t n_after, sk_time until) {
    struct sk_glob_draft *d = sk_mem_new(1, sizeof *d);
    bool anywhere = it->pred->field == SKF_none && !(it->mods & (MOD_STARTS | MOD_ENDS));
    d->cased = it->mods & MOD_CASED;
    if (it->mods & (MOD_CONTAINS | MOD_ENDS) || anywhere)
        sk_glob_add_run(d);
    sk_glob_add_pattern(d, before, n_before);
    if (middle)
        sk_glob_add_literal(d, middle, strlen(middle));
    sk_glob_add_pattern(d, after, n_after);
    if (it->mods & (MOD_CONTAINS | MOD_STARTS) || anywhere)
        sk_glob_add_run(d);
    if (d->too_long) {
        WRONG(it, at, "the text is longer than %d bytes.", SK_GLOB_MAX);
    } else {
        struct sk_want *w = add(it);
        *w = (struct sk_want){.kind = SK_WANT_GLOB, .until = until};
        w->glob = sk_glob_end(d, it->l->arena);
    }
    free(d);
}

static void add_regex(struct item *it, const struct sk_yaml *v) {
    struct sk_regex_error err;
    struct sk_regex rx;
    unsigned flags = (it->mods & MOD_I ? SK_REGEX_I : 0u) | (it->mods & MOD_M ? SK_REGEX_M : 0u) |
                     (it->mods & MOD_S ? SK_REGEX_S : 0u);
    if (!sk_regex_compile(v->text, v->len, flags, it->l->arena, &rx, &err)) {
        WRONG(it, v, "regular expression, at character %zu: %s.", err.at + 1, err.what);
        return;
    }
    struct sk_want *w = add(it);
    w->kind = SK_WANT_REGEX;
    w->regex = rx;
}

static bool add_prefix(struct item *it, const char *text, size_t len, bool range, sk_time until) {
    struct sk_prefix p;
    if (!sk_prefix_parse(text, len, false, &p) || (!range && memchr(text, '/', len)))
        return false;
    struct sk_want *w = add(it);
    *w = (struct sk_want){.kind = SK_WANT_PREFIX, .until = until, .prefix = p};
    return true;
}

static void wrong_address(struct item *it, const struct sk_yaml *v, const char *text, size_t len) {
    struct sk_prefix p;
    int fit = (int)sk_text_fit(text, len, 60);
    char exact[SK_PREFIX_TEXT];
    if (!sk_prefix_parse(text, len, true, &p))
        WRONG(it, v, "`%s` needs %s, got \"%.*s\"%s.", it->field,
              it->mods & MOD_CIDR ? "a range such as 192.0.2.0/24 or 2001:db8::/32" : "an address", fit, text,
              memchr(text, '*', len) ? "; for ranges there is `cidr`" : "");
    else if (!(it->mods & MOD_CIDR) && memchr(text, '/', len))
        WRONG(it, v, "\"%.*s\" is a range: write `%s|cidr`.", fit, text, it->field);
    else
        WRONG(it, v, "\"%.*s\" has bits beyond its length. Write %s.", fit, text, sk_prefix_text(&p, exact));
}

/* The lists of the policy, for a message. */
static const char *lists(struct sk_buf *b) {
    for (const char *const *name = sk_policy_list_names(); name && *name; name++)
        sk_buf_fmt(b, "%s%s", b->len ? ", " : "", *name);
    return b->p ? b->p : "none";
}

static bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The first %name% in s. @return false: none */
static bool placeholder(const char *s, size_t n, size_t *start, size_t *len) {
    for (size_t i = 0; i < n; i++) {
        if (s[i] != '%')
            continue;
        size_t k = i + 1;
        while (k < n && is_word(s[k]))
            k++;
        if (k < n && s[k] == '%' && k > i + 1) {
            *start = i + 1;
            *len = k - i - 1;
            return true;
        }
    }
    return false;
}

static void bind(struct item *it, const struct sk_yaml *v, const struct sk_policy_list *list, size_t start,
                 size_t len) {
    const char *after = v->text + start + len + 1;
    size_t n_before = start - 1, n_after = v->len - (start + len + 1);
    for (size_t i = 0; i < list->n; i++) {
        sk_time until = list->until ? list->until[i] : 0;
        if (it->type == SK_T_KEYWORD)
            add_glob(it, v, v->text, n_before, list->value[i], after, n_after, until);
        else if (!add_prefix(it, list->value[i], strlen(list->value[i]), true, until))
            sk_load_warning(it->l, v, "entry \"%s\" of %%%s%% is no address and is left out here", list->value[i],
                            list->name);
    }
}

static void expand(struct item *it, const struct sk_yaml *v) {
    size_t start, len, more_start, more_len;
    if (!placeholder(v->text, v->len, &start, &len)) {
        WRONG(it, v, "`expand` needs a placeholder such as %%scanners%%, got %s.", show(v).text);
        return;
    }
    if (placeholder(v->text + start + len + 1, v->len - (start + len + 1), &more_start, &more_len)) {
        WRONG(it, v, "one placeholder a value, please.");
        return;
    }
    if (it->type != SK_T_KEYWORD && (it->type != SK_T_IP || len + 2 != v->len)) {
        if (it->type == SK_T_IP)
            WRONG(it, v, "`%s` is an address: a placeholder stands there alone.", it->field);
        else
            WRONG(it, v, "a placeholder fits text and addresses, but `%s` is %s.", it->field, type_word(it->type));
        return;
    }
    const struct sk_policy_list *list = sk_policy_list(it->l->policy, v->text + start, len);
    if (list) {
        bind(it, v, list, start, len);
        return;
    }
    struct sk_buf b = {0};
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(len > 60 ? 60 : len), v->text + start);
    const char *near = sk_nearest(word, sk_policy_list_names());
    WRONG(it, v, "%%%s%% is no list of the policy.%s%s%s Lists: %s.", word, near ? " Did you mean %" : "",
          near ? near : "", near ? "%?" : "", lists(&b));
    sk_buf_free(&b);
}

static void add_field(struct item *it, const struct sk_yaml *v) {
    enum sk_field_id f = sk_load_field(it->l, v, v->text, v->len, true);
    if (f == SKF_none) {
        it->ok = false;
        return;
    }
    enum sk_field_type t = sk_fields[f].type;
    bool numbers = (t == SK_T_LONG || t == SK_T_FLOAT) && (it->type == SK_T_LONG || it->type == SK_T_FLOAT);
    if (t != it->type && !numbers) {
        WRONG(it, v, "`%s` is %s and `%s` is %s: they are never equal.", it->field, type_word(it->type), v->text,
              type_word(t));
        return;
    }
    struct sk_want *w = add(it);
    w->kind = SK_WANT_FIELD;
    w->field.id = f;
    w->field.wrap = it->mods & MOD_CONTAINS ? SK_WRAP_CONTAINS
                    : it->mods & MOD_STARTS ? SK_WRAP_STARTS
                    : it->mods & MOD_ENDS   ? SK_WRAP_ENDS
                                            : SK_WRAP_NONE;
}

static bool names_macs(const char *field) {
    static const char *const end[] = {".mac", ".slla", ".tlla", "embedded_mac"};
    size_t n = strlen(field);
    for (size_t i = 0; i < sizeof end / sizeof end[0]; i++)
        if (n > strlen(end[i]) && strcmp(field + n - strlen(end[i]), end[i]) == 0)
            return true;
    return false;
}

/* Text is compared as it stands, and events write MACs with hyphens, addresses as RFC 5952 has it: another spelling of
 * the same would simply never match. */
static void check_spelling(struct item *it, const struct sk_yaml *v) {
    char right[SK_PREFIX_TEXT];
    struct sk_mac mac;
    struct sk_prefix net;
    bool whole = !(it->mods & (WRAPS | MOD_RE)), macs = names_macs(it->field);
    if (whole && macs && sk_mac_parse(v->text, v->len, &mac)) {
        if (strcasecmp(v->text, sk_mac_text(&mac, right)) != 0)
            WRONG(it, v, "`%s` holds MAC addresses with hyphens. Write %s.", it->field, right);
    } else if (macs && !(it->mods & MOD_RE) && memchr(v->text, ':', v->len)) {
        WRONG(it, v, "`%s` holds MAC addresses with hyphens, as in 02-00-5E-00-53-01: got %s.", it->field,
              show(v).text);
    } else if (whole && sk_prefix_parse(v->text, v->len, true, &net)) {
        (void)(memchr(v->text, '/', v->len) ? sk_prefix_text(&net, right) : sk_addr_text(&net.addr, right));
        if (strcasecmp(v->text, right) != 0)
            sk_load_warning(it->l, v, "events write this address as %s: any other spelling never matches", right);
    }
}

static void text_value(struct item *it, const struct sk_yaml *v) {
    bool plain_number = it->pred->field == SKF_none && (v->kind == SK_YAML_INT || v->kind == SK_YAML_REAL);
    if (v->kind != SK_YAML_TEXT && !plain_number) {
        WRONG(it, v, "`%s` is text, got %s. Write \"%s\".", it->field, show(v).text, v->text ? v->text : "...");
        return;
    }
    check_spelling(it, v);
    if (it->mods & MOD_RE)
        add_regex(it, v);
    else
        add_glob(it, v, v->text, v->len, NULL, "", 0, 0);
}

static void number_value(struct item *it, const struct sk_yaml *v) {
    if (v->kind == SK_YAML_INT || v->kind == SK_YAML_REAL) {
        struct sk_want *w = add(it);
        w->kind = v->kind == SK_YAML_INT ? SK_WANT_INT : SK_WANT_REAL;
        if (v->kind == SK_YAML_INT)
            w->i = v->i;
        else
            w->f = v->f;
        return;
    }
    size_t digits = 0;
    while (v->kind == SK_YAML_TEXT && v->text[digits] >= '0' && v->text[digits] <= '9')
        digits++;
    struct shown name;
    snprintf(name.text, sizeof name.text, "%s",
             it->mods & (ORDERS | MOD_NEQ) ? first_name(it->mods & (ORDERS | MOD_NEQ)) : it->field);
    if (digits > 0 && digits < 19)
        WRONG(it, v, "`%s` needs a number, got %s. Write %.*s.", name.text, show(v).text, (int)digits, v->text);
    else
        WRONG(it, v, "`%s` needs a number, got %s.", name.text, show(v).text);
}

static void bool_value(struct item *it, const struct sk_yaml *v, const char *name) {
    if (v->kind != SK_YAML_BOOL) {
        WRONG(it, v, "`%s` needs true or false, got %s.", name, show(v).text);
        return;
    }
    struct sk_want *w = add(it);
    w->kind = SK_WANT_BOOL;
    w->b = v->b;
}

static void scalar(struct item *it, const struct sk_yaml *v, bool in_list) {
    if (v->kind == SK_YAML_MAP || v->kind == SK_YAML_LIST) {
        WRONG(it, v, "`%s` needs a value, got %s.", it->field, sk_yaml_kind_name(v->kind));
    } else if (v->kind == SK_YAML_NULL) {
        if (in_list)
            WRONG(it, v, "null never stands in a list: give it an identifier of its own.");
        else if (it->mods || it->pred->field == SKF_none)
            WRONG(it, v, "null stands for an absent field and takes no modifier.");
        else
            add(it)->kind = SK_WANT_NULL;
    } else if ((it->mods & (MOD_FIELDREF | MOD_EXPAND)) && v->kind != SK_YAML_TEXT) {
        WRONG(it, v, "`%s` needs text, got %s.", first_name(it->mods & (MOD_FIELDREF | MOD_EXPAND)), show(v).text);
    } else if (it->mods & MOD_FIELDREF) {
        add_field(it, v);
    } else if (it->mods & MOD_EXPAND) {
        expand(it, v);
    } else if (it->mods & MOD_EXISTS) {
        bool_value(it, v, "exists");
        if (it->ok)
            it->want[it->pred->n - 1].kind = v->b ? SK_WANT_ANY : SK_WANT_NULL;
    } else {
        switch (it->type) {
        case SK_T_KEYWORD:
            text_value(it, v);
            break;
        case SK_T_LONG:
        case SK_T_FLOAT:
            number_value(it, v);
            break;
        case SK_T_BOOL:
            bool_value(it, v, it->field);
            break;
        case SK_T_IP:
            if (!add_prefix(it, v->text, v->len, it->mods & MOD_CIDR, 0))
                wrong_address(it, v, v->text, v->len);
            break;
        case SK_T_DATE:
            WRONG(it, v, "`%s` is a time: it can be compared by `fieldref` or `exists` only.", it->field);
            break;
        }
    }
}

static uint32_t cost_of(const struct sk_pred *p) {
    uint32_t cost = 0;
    for (size_t i = 0; i < p->n && cost < 100000; i++) {
        const struct sk_want *w = &p->want[i];
        cost += w->kind == SK_WANT_REGEX ? 40 : w->kind == SK_WANT_GLOB ? (w->glob.wild ? 8 : 2) : 1;
    }
    return (cost + 1) * (p->field == SKF_none ? 30 : 1);
}

bool sk_pred_compile(const struct sk_load *l, const struct sk_yaml *key, const struct sk_yaml *value,
                     struct sk_pred *ret, uint32_t *cost) {
    struct item it = {.l = l, .key = key, .pred = ret, .ok = true};
    *ret = (struct sk_pred){0};
    read_key(&it);
    sk_load_absent(l, key, ret->field);
    check_modifiers(&it);
    bool list = value->kind == SK_YAML_LIST;
    if (it.ok && list && value->n == 0)
        WRONG(&it, value, "an empty list matches nothing: leave `%s` out or name values.", it.field);
    if (it.ok && (it.mods & MOD_NEQ) && (list || it.mods & MOD_EXPAND) && !(it.mods & MOD_ALL))
        WRONG(&it, value, "`neq` with several values is true of nearly everything: write `%s|neq|all%s`.", it.field,
              it.mods & MOD_EXPAND ? "|expand" : "");
    if (it.ok && (it.mods & MOD_ALL) && !list && !(it.mods & MOD_EXPAND))
        WRONG(&it, value, "`all` needs a list of values.");
    if (it.ok && list && (it.mods & MOD_EXISTS))
        WRONG(&it, value, "`exists` needs true or false, got a list.");
    bool key_ok = it.ok;
    for (size_t i = 0; key_ok && i < (list ? value->n : 1); i++)
        scalar(&it, list ? &value->item[i] : value, list);
    ret->all = it.mods & MOD_ALL;
    ret->negated = it.mods & MOD_NEQ;
    ret->cased = it.mods & MOD_CASED;
    ret->cmp = it.mods & MOD_LT    ? SK_CMP_LT
               : it.mods & MOD_LTE ? SK_CMP_LTE
               : it.mods & MOD_GT  ? SK_CMP_GT
               : it.mods & MOD_GTE ? SK_CMP_GTE
                                   : SK_CMP_EQ;
    ret->want = sk_arena_copy(l->arena, it.want, ret->n, sizeof it.want[0]);
    free(it.want);
    ret->shared = l->shared ? sk_shared_number(l->shared, ret) : 0;
    *cost = cost_of(ret);
    return it.ok;
}
