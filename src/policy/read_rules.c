/* SPDX-License-Identifier: Apache-2.0 */
/* What of the site's own rules stands in the policy: model, authority, office hours, what of mail may be shown. */
#include "policy/read.h"

const char *const pol_words_model[] = {"alpha", "alpha-prime", "beta", "beta-prime", NULL};
bool pol_read_model(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    int i = pol_get_word(r, v, pol_words_model);
    if (i >= 0)
        p->model = pol_words_model[i];
    return i >= 0;
}

/* --- authority ------------------------------------------------------------------------------------------------------
 */

bool pol_read_authority_date(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    struct pol_date d;
    if (!pol_get_date(r, v, &d))
        return false;
    p->authority.from = pol_date_begin(&p->tz, &d);
    return true;
}

const char *const pol_words_payload[] = {"headers-only", "full", NULL};
bool pol_read_payload(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    int i = pol_get_word(r, v, pol_words_payload);
    if (i >= 0)
        p->authority.payload = pol_words_payload[i];
    return i >= 0;
}

bool pol_read_authority(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    p->authority_pos = pol_pos(r, r->key);
    if (!pol_read_map(r, "site.authority", v, p))
        return false;
    if (v->n && !sk_yaml_get(v, "approved_by"))
        POL_ERROR(r, v, "`authority` does not say whose it is. Add approved_by:");
    p->authority_said = v->n > 0;
    p->authority.origin = pol_origin(&p->authority_pos, NULL);
    pol_note_authority(r, v, p->authority.until);
    return p->authority_said;
}

bool sk_policy_authority(const struct sk_policy *p, struct sk_authority *ret) {
    *ret = p->authority;
    return p->authority_said;
}

const char *sk_policy_standard(const struct sk_policy *p) { return p->standard; }

/* --- office hours ---------------------------------------------------------------------------------------------------
 */

static bool two_digits(const char *s, int *ret) {
    *ret = (s[0] - '0') * 10 + (s[1] - '0');
    return s[0] >= '0' && s[0] <= '9' && s[1] >= '0' && s[1] <= '9';
}

/* "08:30-17:15" */
static bool parse_hours(const char *s, size_t n, struct pol_hours *ret) {
    int h1, m1, h2, m2;
    if (n != 11 || s[2] != ':' || s[5] != '-' || s[8] != ':')
        return false;
    if (!two_digits(s, &h1) || !two_digits(s + 3, &m1) || !two_digits(s + 6, &h2) || !two_digits(s + 9, &m2))
        return false;
    *ret = (struct pol_hours){(uint16_t)(h1 * 60 + m1), (uint16_t)(h2 * 60 + m2), true};
    return m1 < 60 && m2 < 60 && ret->from < ret->to && ret->to <= 24 * 60;
}

bool pol_read_hours(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    struct pol_hours hours = {.said = true};
    char shown[POL_SHOW];
    p->hours_pos = pol_pos(r, r->key);
    bool closed = v->kind == SK_YAML_TEXT && strcmp(v->text, "closed") == 0;
    if (!closed && (v->kind != SK_YAML_TEXT || !parse_hours(v->text, v->len, &hours))) {
        POL_ERROR(r, v, "%s are no hours. Write them in quotes, the earlier first: \"08:30-17:15\", or closed",
                  pol_show(v, shown));
        return false;
    }
    if (strcmp(r->key->text, "weekdays") == 0)
        p->weekdays = hours;
    else if (strcmp(r->key->text, "saturday") == 0)
        p->saturday = hours;
    else
        p->sunday = hours;
    return true;
}

/* `jp`: the public holidays of Japan; or the days themselves. */
bool pol_read_holidays(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    const struct sk_yaml *item = NULL;
    size_t n = 0;
    if (v->kind == SK_YAML_TEXT && strcmp(v->text, "jp") == 0) {
        p->holidays_jp = true;
        return true;
    }
    if (!pol_items(r, v, &item, &n))
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        struct pol_date d;
        if (pol_get_date(r, &item[i], &d))
            *POL_PUSH(&p->holidays) = pol_date_days(&d);
        else
            ok = false;
    }
    return ok;
}

/* --- mail -----------------------------------------------------------------------------------------------------------
 */

const char *const pol_words_spf_end[] = {"-all", "~all", NULL};
bool pol_read_spf_end(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    int i = pol_get_word(r, v, pol_words_spf_end);
    if (i >= 0)
        p->spf_end = pol_words_spf_end[i];
    p->spf_end_pos = pol_pos(r, v);
    return i >= 0;
}

bool pol_read_local_parts(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    bool yes;
    if (!pol_get_bool(r, v, &yes))
        return false;
    p->local_parts = yes ? SK_YES : SK_NO;
    return true;
}

const char *sk_policy_spf_end(const struct sk_policy *p, struct sk_origin *ret) {
    if (p->spf_end)
        *ret = pol_origin(&p->spf_end_pos, NULL);
    return p->spf_end;
}

enum sk_tri sk_policy_show_local_parts(const struct sk_policy *p) { return (enum sk_tri)p->local_parts; }
