/* SPDX-License-Identifier: Apache-2.0 */
/* The sections site, taps and zones. */
#include "policy/read.h"

bool pol_read_version(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    char shown[POL_SHOW];
    if (v->kind == SK_YAML_INT && v->i == 1)
        return true;
    POL_ERROR(r, v, "version %s of the policy is not known to this program. Write sekimori-policy: 1",
              pol_show(v, shown));
    return false;
}

/* --- site -----------------------------------------------------------------------------------------------------------
 */

static void say_no_such_zone(struct pol_read *r, const struct sk_yaml *v) {
    char shown[POL_SHOW];
    const char *near = pol_tz_nearest(v->text, &r->p->arena);
    pol_show(v, shown);
    if (near)
        POL_ERROR(r, v, "time zone `%s` is not known. Did you mean `%s`?", shown, near);
    else
        POL_ERROR(r, v, "time zone `%s` is not known. Write a name of the tz database, like Asia/Tokyo or UTC", shown);
}

void pol_read_timezone_first(struct pol_read *r, const struct sk_yaml *root) {
    const struct sk_yaml *site = root->kind == SK_YAML_MAP ? sk_yaml_get(root, "site") : NULL;
    const struct sk_yaml *v = site && site->kind == SK_YAML_MAP ? sk_yaml_get(site, "timezone") : NULL;
    char shown[POL_SHOW];
    if (!v || v->kind != SK_YAML_TEXT)
        return;
    pol_show(v, shown);
    switch (pol_tz_load(&r->p->tz, v->text, &r->p->arena)) {
    case POL_TZ_OK:
        r->p->timezone = sk_arena_text(&r->p->arena, v->text, v->len);
        break;
    case POL_TZ_NO_SUCH_ZONE:
        say_no_such_zone(r, v);
        break;
    case POL_TZ_NO_DATABASE:
        POL_ERROR(r, v, "time zone `%s` cannot be looked up: this system has no tz database. Install tzdata", shown);
        break;
    }
}

/* Done by pol_read_timezone_first(); here only its kind is left to check. */
bool pol_read_timezone(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    char shown[POL_SHOW];
    if (v->kind == SK_YAML_TEXT)
        return true;
    POL_ERROR(r, v, "a time zone is needed here, like Asia/Tokyo; got %s", pol_got(v, shown));
    return false;
}

const char *const pol_words_language[] = {"ja", "en", NULL};
bool pol_read_language(struct pol_read *r, const struct sk_yaml *v, void *at) {
    int i = pol_get_word(r, v, pol_words_language);
    if (i >= 0)
        *(const char **)at = pol_words_language[i];
    return i >= 0;
}

bool pol_read_review_last(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct sk_policy *p = at;
    p->review_pos = pol_pos(r, v);
    p->review_given = pol_get_date(r, v, &p->review_last);
    return p->review_given;
}

/* "3 months", "90 days", "1 year", "2 weeks" */
bool pol_read_review_every(struct pol_read *r, const struct sk_yaml *v, void *at) {
    static const struct {
        const char *one, *many;
        int days, months;
    } unit[] = {{"day", "days", 1, 0}, {"week", "weeks", 7, 0}, {"month", "months", 0, 1}, {"year", "years", 0, 12}};
    struct sk_policy *p = at;
    char shown[POL_SHOW];
    const char *text = v->kind == SK_YAML_TEXT ? v->text : "";
    int n = 0;
    size_t i = 0;
    for (; i < 3 && text[i] >= '0' && text[i] <= '9'; i++)
        n = n * 10 + (text[i] - '0');
    for (unsigned k = 0; n > 0 && text[i] == ' ' && k < sizeof unit / sizeof *unit; k++) {
        if (strcmp(text + i + 1, unit[k].one) != 0 && strcmp(text + i + 1, unit[k].many) != 0)
            continue;
        p->review_days = unit[k].days * n;
        p->review_months = unit[k].months * n;
        return true;
    }
    POL_ERROR(r, v, "%s is no interval. Write a number and days, weeks, months or years: 3 months", pol_show(v, shown));
    return false;
}

/* --- names that the site chooses ------------------------------------------------------------------------------------
 */

bool pol_get_name(struct pol_read *r, const struct sk_yaml *key, const char *what, const char **ret) {
    char shown[POL_SHOW];
    pol_show(key, shown);
    if (key->len == 0 || key->len > 64 || strlen(key->text) != key->len || strpbrk(key->text, " \t\r\n")) {
        POL_ERROR(r, key, "`%s` cannot name a %s: 1 to 64 bytes without spaces", shown, what);
        return false;
    }
    bool built_in = strcmp(what, "segment") == 0 && (!strcmp(key->text, "internet") || !strcmp(key->text, "inside"));
    if (built_in || strcmp(key->text, "any") == 0 || strcmp(key->text, "unassigned") == 0) {
        POL_ERROR(r, key, "`%s` cannot name a %s: the word has a meaning of its own. Choose another name", shown, what);
        return false;
    }
    *ret = sk_arena_text(&r->p->arena, key->text, key->len);
    return true;
}

static bool named_before(struct pol_read *r, const struct sk_yaml *key, const char *what, const struct pol_pos *pos) {
    POL_ERROR(r, key, "%s `%s` stands already at %s:%u. Give one of them another name", what, key->text, pos->path,
              pos->line);
    return true;
}

/* --- taps -----------------------------------------------------------------------------------------------------------
 */

const char *const pol_words_sees[] = {"both-directions", "rx-only", "tx-only", NULL};
bool pol_read_sees(struct pol_read *r, const struct sk_yaml *v, void *at) {
    int i = pol_get_word(r, v, pol_words_sees);
    if (i >= 0)
        *(const char **)at = pol_words_sees[i];
    return i >= 0;
}

const char *const pol_words_tap_place[] = {"inside-nat", "outside-nat", "no-nat", NULL};
bool pol_read_tap_place(struct pol_read *r, const struct sk_yaml *v, void *at) {
    int i = pol_get_word(r, v, pol_words_tap_place);
    if (i >= 0)
        *(const char **)at = pol_words_tap_place[i];
    return i >= 0;
}

static void read_tap(struct pol_read *r, const struct sk_yaml *key, const struct sk_yaml *v) {
    const char *name = NULL;
    if (!pol_get_name(r, key, "tap", &name))
        return;
    for (size_t i = 0; i < r->taps; i++)
        if (strcmp(r->p->taps.at[i].name, name) == 0 && named_before(r, key, "tap", &r->p->taps.at[i].pos))
            return;
    if (r->p->taps.n == POL_TAPS_MAX) {
        POL_ERROR(r, key, "more than %d taps", POL_TAPS_MAX);
        return;
    }
    struct pol_tap *tap = POL_PUSH(&r->p->taps);
    tap->name = name;
    tap->pos = pol_pos(r, key);
    (void)pol_read_map(r, "taps.*", v, tap);
}

static bool each_named(struct pol_read *r, const struct sk_yaml *v, const char *what,
                       void (*read)(struct pol_read *r, const struct sk_yaml *key, const struct sk_yaml *v)) {
    char shown[POL_SHOW];
    if (v->kind == SK_YAML_LIST && v->n == 0)
        return true;
    if (v->kind != SK_YAML_MAP) {
        POL_ERROR(r, v, "`%s` needs a map of names, got %s. Write {NAME: {...}}", what, pol_got(v, shown));
        pol_note_incomplete(r, what);
        return false;
    }
    for (size_t i = 0; i < v->n; i++)
        read(r, &v->key[i], &v->item[i]);
    return true;
}

bool pol_read_taps(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    return each_named(r, v, "taps", read_tap);
}

/* --- mirror_encap ---------------------------------------------------------------------------------------------------
 */

const char *const pol_words_mirror_kind[] = {"erspan", "tzsp", "gre", "vxlan", NULL};

bool pol_read_mirror_kind(struct pol_read *r, const struct sk_yaml *v, void *at) {
    int i = pol_get_word(r, v, pol_words_mirror_kind);
    if (i >= 0)
        *(enum sk_mirror *)at = (enum sk_mirror)(i + SK_MIRROR_ERSPAN);
    return i >= 0;
}

/* What these two carry may be users' traffic as well: stripped without an end, that would pass for native. */
static bool needs_an_end(struct pol_read *r, const struct sk_yaml *v, const struct pol_mirror *m) {
    if ((m->kind != SK_MIRROR_GRE && m->kind != SK_MIRROR_VXLAN) || m->to.list.n)
        return false;
    POL_ERROR(r, v, "`%s` carries users' traffic too. Say where the mirror ends: {kind: %s, to: 192.0.2.10}",
              sk_mirror_name(m->kind), sk_mirror_name(m->kind));
    return true;
}

static bool read_mirror(struct pol_read *r, const struct sk_yaml *v) {
    struct pol_mirror *m = POL_PUSH(&r->p->mirrors);
    m->pos = pol_pos(r, v);
    if (v->kind != SK_YAML_MAP)
        return pol_read_mirror_kind(r, v, &m->kind) && !needs_an_end(r, v, m);
    if (!pol_read_map(r, "mirror_encap.*", v, m))
        return false;
    if (!sk_yaml_get(v, "kind")) {
        POL_ERROR(r, v, "this entry has no `kind`. Add kind: erspan");
        return false;
    }
    return !sk_yaml_get(v, "to") || m->to.list.n ? !needs_an_end(r, v, m) : false;
}

/* Each entry is a word, or a map that says which mirror; one entry alone needs no list. */
bool pol_read_mirrors(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    if (!r->p->mirrors_pos.path)
        r->p->mirrors_pos = pol_pos(r, r->key);
    bool list = v->kind == SK_YAML_LIST, ok = true;
    for (size_t i = 0; i < (list ? v->n : 1); i++)
        ok = read_mirror(r, list ? &v->item[i] : v) && ok;
    return ok;
}

/* --- zones ----------------------------------------------------------------------------------------------------------
 */

const char *const pol_words_side[] = {"inside", "partner", "outside", NULL};
bool pol_read_side(struct pol_read *r, const struct sk_yaml *v, void *at) {
    int i = pol_get_word(r, v, pol_words_side);
    if (i >= 0)
        *(enum sk_side *)at = (enum sk_side)i;
    return i >= 0;
}

const char *const pol_words_web[] = {"unknown", "none", "via-proxy", "direct", NULL};
bool pol_read_web(struct pol_read *r, const struct sk_yaml *v, void *at) {
    struct pol_zone *z = at;
    int i = pol_get_word(r, v, pol_words_web);
    if (i >= 0)
        z->web = (enum sk_web)i;
    z->web_said = i >= 0;
    return i > 0;
}

bool pol_read_weight(struct pol_read *r, const struct sk_yaml *v, void *at) { return pol_get_int(r, v, -2, 2, at); }

static void read_zone(struct pol_read *r, const struct sk_yaml *key, const struct sk_yaml *v) {
    const char *name = NULL;
    if (!pol_get_name(r, key, "zone", &name))
        return;
    if (strcmp(name, "internet") == 0 || strcmp(name, "inside") == 0) {
        POL_ERROR(r, key, "zone `%s` is built in: everything no zone claims. Choose another name", name);
        return;
    }
    for (size_t i = 0; i < r->zones; i++)
        if (strcmp(r->p->zones.at[i].name, name) == 0 && named_before(r, key, "zone", &r->p->zones.at[i].pos))
            return;
    if (r->p->zones.n == POL_ZONES_MAX) {
        POL_ERROR(r, key, "more than %d zones", POL_ZONES_MAX);
        return;
    }
    struct pol_zone *zone = POL_PUSH(&r->p->zones);
    zone->name = name;
    zone->side = SK_SIDE_INSIDE;
    zone->pos = pol_pos(r, key);
    (void)pol_read_map(r, "zones.*", v, zone);
}

bool pol_read_zones(struct pol_read *r, const struct sk_yaml *v, void *at) {
    (void)at;
    return each_named(r, v, "zones", read_zone);
}
