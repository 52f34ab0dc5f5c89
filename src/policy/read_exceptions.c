/* SPDX-License-Identifier: Apache-2.0 */
/* The register of exceptions. Every word of an entry is needed: whoever finds it in two years must know what it is for
 * and whom to ask. */
#include "policy/read.h"

#include <ctype.h>

/* Names (ra-flood), detection ids (V6-012), UUIDs, with * and ?. */
static bool fits_rule(const struct sk_yaml *v) {
    if (v->kind != SK_YAML_TEXT || v->len == 0 || v->len > 128 || strlen(v->text) != v->len)
        return false;
    for (size_t i = 0; i < v->len; i++)
        if (!isalnum((unsigned char)v->text[i]) && !strchr("-_.*?", v->text[i]))
            return false;
    return true;
}

static const char *joined(struct pol_read *r, const struct pol_texts *texts) {
    size_t n = 0;
    for (size_t i = 0; i < texts->list.n; i++)
        n += strlen(texts->list.at[i].text) + 2;
    char *out = sk_arena_new(&r->p->arena, n + 1);
    size_t at = 0;
    for (size_t i = 0; i < texts->list.n; i++) {
        size_t len = strlen(texts->list.at[i].text);
        memcpy(out + at, i ? ", " : "", i ? 2 : 0);
        at += i ? 2 : 0;
        memcpy(out + at, texts->list.at[i].text, len);
        at += len;
    }
    return out;
}

bool pol_read_rules(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_exception *e = at;
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    char shown[POL_SHOW];
    if (!pol_items(r, v, &item, &n))
        return false;
    bool ok = n > 0;
    if (!ok)
        POL_ERROR(r, v, "an empty list names no rule. Write a name or id: ra-flood, V6-012, V6-*");
    for (size_t i = 0; i < n; i++) {
        if (!fits_rule(&item[i])) {
            POL_ERROR(r, &item[i], "%s is no name of a rule. Write a name or id: ra-flood, V6-012, \"V6-*\"",
                      pol_show(&item[i], shown));
            ok = false;
            continue;
        }
        struct pol_text *t = POL_PUSH(&e->rules.list);
        t->text = sk_arena_text(&r->p->arena, item[i].text, item[i].len);
        t->pos = pol_pos(r, &item[i]);
    }
    e->pub.rule = joined(r, &e->rules);
    return ok;
}

static bool read_numbers(struct pol_read *r, const struct sk_yaml *v, int64_t low, int64_t high, const char *what,
                         void (*push)(struct pol_scope *w, uint16_t n), struct pol_scope *w) {
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    if (!pol_items(r, v, &item, &n))
        return false;
    bool ok = n > 0;
    if (!ok)
        POL_ERROR(r, v, "an empty list fits no %s. Remove the line for any", what);
    for (size_t i = 0; i < n; i++) {
        int64_t number;
        if (pol_get_int(r, &item[i], low, high, &number))
            push(w, (uint16_t)number);
        else
            ok = false;
    }
    return ok;
}

static void push_port(struct pol_scope *w, uint16_t n) { *POL_PUSH(&w->ports) = n; }
static void push_vid(struct pol_scope *w, uint16_t n) { *POL_PUSH(&w->vids) = n; }

bool pol_read_where_ports(struct pol_read *r, const struct sk_yaml *v, void *at) {
    return read_numbers(r, v, 1, 65535, "port", push_port, at);
}

bool pol_read_where_vlan(struct pol_read *r, const struct sk_yaml *v, void *at) {
    return read_numbers(r, v, 0, 4094, "VLAN", push_vid, at);
}

bool pol_read_where(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_exception *e = at;
    if (!pol_read_map(r, "exceptions.*.where", v, &e->where))
        return false;
    if (v->n == 0)
        POL_ERROR(r, v, "an exception for everything everywhere is none. Say where: {segment: ...}");
    for (size_t i = 0; i < v->n; i++)
        if (v->item[i].kind == SK_YAML_LIST && v->item[i].n == 0)
            POL_ERROR(r, &v->item[i], "an empty list fits nothing. Remove the line for any");
    return v->n > 0;
}

const char *const pol_words_effect[] = {"mute", "lower", "raise", NULL};
bool pol_read_effect(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_exception *e = at;
    int i = pol_get_word(r, v, pol_words_effect);
    if (i >= 0)
        e->pub.effect = (enum sk_exception_effect)i;
    return i >= 0;
}

/* "?" is what `explain` leaves to be filled in; "-" is what people write who must write something. */
static void refuse_nothing_said(struct pol_read *r, const struct sk_yaml *v) {
    static const char *const words[] = {"owner", "approver", "reason"};
    for (size_t i = 0; v->kind == SK_YAML_MAP && i < sizeof words / sizeof *words; i++) {
        const struct sk_yaml *said = sk_yaml_get(v, words[i]);
        bool any = !said || !pol_is_scalar(said) || said->broken;
        for (size_t k = 0; !any && k < said->len; k++)
            any = isalnum((unsigned char)said->text[k]) || (unsigned char)said->text[k] >= 0x80;
        bool told = said && (said->kind == SK_YAML_NULL || said->len == 0); /* as a key without a value, as no text */
        if (!any && !told)
            POL_ERROR(r, said, "`%s` says nothing. An exception names who needs it, who allowed it, and why", words[i]);
    }
}

static void read_exception(struct pol_read *r, const struct sk_yaml *v) {
    struct pol_exception *e = POL_PUSH(&r->p->exceptions);
    size_t index = r->p->exceptions.n - 1;
    e->pos = pol_pos(r, v);
    e->pub.index = index;
    if (!pol_read_map(r, "exceptions.*", v, e))
        return;
    pol_need_all(r, "exceptions.*", v);
    refuse_nothing_said(r, v);
    for (size_t i = 0; i < index; i++)
        pol_unique_id(r, v, e->pub.id, r->p->exceptions.at[i].pub.id, &r->p->exceptions.at[i].pos);
    e->pub.origin = pol_origin(&e->pos, e->pub.id);
    pol_note_until(r, v, "exception", e->pub.id, e->pub.until);
}

bool pol_read_exceptions(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    return pol_each_entry(r, v,
                          "{id: EX-2026-014, rule: ra-flood, where: {segment: ...}, effect: lower, owner: ..., "
                          "approver: ..., reason: ..., until: 2027-03-31}",
                          read_exception);
}
