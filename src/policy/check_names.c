/* SPDX-License-Identifier: Apache-2.0 */
/* Names that the ledger, the exceptions and `watch` take from other sections. */
#include "policy/pol.h"

#include <stdlib.h>
#include <strings.h>

/* Names of segments and zones, NULL-terminated, and what else stands for a place. */
static const char **place_names(const struct sk_policy *p, bool zones) {
    const char **name = sk_mem_new(p->segments.n + p->zones.n + 3, sizeof *name);
    size_t n = 0;
    for (size_t i = 0; !zones && i < p->segments.n; i++)
        name[n++] = p->segments.at[i].pub.id;
    for (size_t i = 0; zones && i < p->zones.n; i++)
        name[n++] = p->zones.at[i].name;
    return name;
}

static bool is_among(const char *word, const char *const *words) {
    for (size_t i = 0; words[i]; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static int name_order(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Names of segments and zones in order: thousands of devices name thousands of segments. */
struct places {
    const char **name;
    size_t n;
};

static struct places places_of(const struct sk_policy *p) {
    struct places ret = {sk_mem_new(p->segments.n + p->zones.n + 1, sizeof *ret.name), 0};
    for (size_t i = 0; i < p->segments.n; i++)
        ret.name[ret.n++] = p->segments.at[i].pub.id;
    for (size_t i = 0; i < p->zones.n; i++)
        ret.name[ret.n++] = p->zones.at[i].name;
    qsort(ret.name, ret.n, sizeof *ret.name, name_order);
    return ret;
}

static bool is_place(const char *word, const struct places *places) {
    return strcmp(word, "any") == 0 ||
           (places->n && bsearch(&word, places->name, places->n, sizeof *places->name, name_order));
}

/* --- devices --------------------------------------------------------------------------------------------------------
 */

/* The sheet's words may be its own ("業務用"): then it does not say where the device may be. Told once a word. */
struct told {
    const char *word[64];
    size_t n;
};

static bool told_before(struct told *t, const char *word) {
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->word[i], word) == 0)
            return true;
    if (t->n == sizeof t->word / sizeof *t->word)
        return true;
    t->word[t->n++] = word;
    return false;
}

static void say_no_place(const struct sk_policy *p, struct told *told, const struct pol_text *t,
                         const char *const *segments, struct sk_diags *diags) {
    bool ledger = p->ledger_path && strcmp(t->pos.path, p->ledger_path) == 0;
    if (!ledger) {
        pol_say_no_such(p, diags, &t->pos, "segment", t->text, segments, "Write a segment, a zone, or any");
        return;
    }
    if (pol_is_incomplete(p, "segments") || pol_is_incomplete(p, "zones") || told_before(told, t->text))
        return;
    const char *near = sk_nearest(t->text, segments);
    sk_diag_add(diags, SK_DIAG_WARNING, t->pos.path, t->pos.line, t->pos.col,
                "`%s` is no segment and no zone of the policy: such rows do not say where the device may be%s%s%s",
                t->text, near ? ". Did you mean `" : "", near ? near : "", near ? "`?" : "");
}

static void resolve_places(struct sk_policy *p, struct pol_device *d, const char *const *segments,
                           const struct places *places, struct told *told, struct sk_diags *diags) {
    const char **kept = (const char **)d->pub.segment;
    size_t n = 0;
    for (size_t i = 0; i < d->segments.list.n; i++) {
        const struct pol_text *t = &d->segments.list.at[i];
        if (is_place(t->text, places))
            kept[n++] = t->text;
        else
            say_no_place(p, told, t, segments, diags);
    }
    d->pub.n_segment = n;
}

/* --- exceptions -----------------------------------------------------------------------------------------------------
 */

/* @return how many devices in use have this name */
static size_t add_macs(const struct sk_policy *p, struct pol_exception *e, const char *name) {
    size_t in_use = 0;
    for (size_t i = 0; i < p->devices.n; i++) {
        const struct sk_policy_device *d = &p->devices.at[i].pub;
        if (!d->name || strcasecmp(d->name, name) != 0)
            continue;
        in_use += d->state == SK_DEVICE_IN_USE;
        for (size_t k = 0; k < d->n_mac; k++)
            *POL_PUSH(&e->macs) = d->mac[k];
    }
    return in_use;
}

/* A device is named by its MAC, or as the ledger names it: what it calls itself on the wire could be anything. */
static void resolve_device(const struct sk_policy *p, struct pol_exception *e, const struct pol_text *t,
                           struct sk_diags *diags) {
    struct sk_mac mac;
    if (sk_mac_parse(t->text, strlen(t->text), &mac)) {
        *POL_PUSH(&e->macs) = mac;
        return;
    }
    if (sk_policy_device_by_name(p, t->text, strlen(t->text), 0)) {
        size_t n = add_macs(p, e, t->text);
        if (n > 1)
            sk_diag_add(diags, SK_DIAG_WARNING, t->pos.path, t->pos.line, t->pos.col,
                        "%zu devices in use are named `%s`, and this exception is for all of them. Write the MAC of "
                        "the one that is meant",
                        n, t->text);
        return;
    }
    const char **name = sk_mem_new(p->devices.n + 1, sizeof *name);
    size_t n = 0;
    for (size_t i = 0; i < p->devices.n; i++)
        if (p->devices.at[i].pub.name)
            name[n++] = p->devices.at[i].pub.name;
    if (p->ledger_missing)
        sk_diag_add(diags, SK_DIAG_WARNING, t->pos.path, t->pos.line, t->pos.col,
                    "device `%s` is not known, and the ledger could not be read: this entry fits nobody", t->text);
    else
        pol_say_no_such(p, diags, &t->pos, "device", t->text, name, "Write its MAC, or its name in the ledger");
    free(name);
}

static void resolve_exception(struct sk_policy *p, struct pol_exception *e, const char *const *segments,
                              const char *const *zones, struct sk_diags *diags) {
    for (size_t i = 0; i < e->where.segments.list.n; i++) {
        const struct pol_text *t = &e->where.segments.list.at[i];
        if (!is_among(t->text, segments) && strcmp(t->text, "unassigned") != 0)
            pol_say_no_such(p, diags, &t->pos, "segment", t->text, segments, "Add it under segments:");
    }
    for (size_t i = 0; i < e->where.zones.list.n; i++) {
        const struct pol_text *t = &e->where.zones.list.at[i];
        if (!is_among(t->text, zones) && strcmp(t->text, "internet") != 0 && strcmp(t->text, "inside") != 0)
            pol_say_no_such(p, diags, &t->pos, "zone", t->text, zones, "Add it under zones:");
    }
    for (size_t i = 0; i < e->where.devices.list.n; i++)
        resolve_device(p, e, &e->where.devices.list.at[i], diags);
}

/* --- flows ----------------------------------------------------------------------------------------------------------
 */

static void resolve_end(const struct sk_policy *p, const struct pol_end *end, const char *const *places,
                        struct sk_diags *diags) {
    for (size_t i = 0; i < end->names.list.n; i++) {
        const struct pol_text *t = &end->names.list.at[i];
        if (strcmp(t->text, "any") != 0 && !is_among(t->text, places))
            pol_say_no_such(p, diags, &t->pos, "zone or segment", t->text, places, "Add it under zones: or segments:");
    }
}

static void resolve_service(const struct sk_policy *p, const struct pol_one_way *w, struct sk_diags *diags) {
    const char **id = sk_mem_new(p->clouds.n + 1, sizeof *id);
    size_t n = 0;
    for (size_t i = 0; i < p->clouds.n; i++)
        if (p->clouds.at[i].id)
            id[n++] = p->clouds.at[i].id;
    if (w->to_service && !is_among(w->to_service, id))
        pol_say_no_such(p, diags, &w->pos, "service", w->to_service, id, "Add it under services: with this id");
    free(id);
}

static void resolve_flows(const struct sk_policy *p, const char *const *segments, const char *const *zones,
                          struct sk_diags *diags) {
    const char **places = sk_mem_new(p->segments.n + p->zones.n + 3, sizeof *places);
    size_t n = 0;
    for (size_t i = 0; segments[i]; i++)
        places[n++] = segments[i];
    for (size_t i = 0; zones[i]; i++)
        places[n++] = zones[i];
    places[n++] = "internet";
    places[n] = "inside";
    for (size_t i = 0; i < p->flows.n; i++) {
        resolve_end(p, &p->flows.at[i].from, places, diags);
        resolve_end(p, &p->flows.at[i].to, places, diags);
    }
    for (size_t i = 0; i < p->one_ways.n; i++) {
        resolve_end(p, &p->one_ways.at[i].from, places, diags);
        resolve_end(p, &p->one_ways.at[i].to, places, diags);
        resolve_service(p, &p->one_ways.at[i], diags);
    }
    for (size_t i = 0; i < p->clouds.n; i++)
        resolve_end(p, &p->clouds.at[i].zones, places, diags);
    free(places);
}

/* --- watch ----------------------------------------------------------------------------------------------------------
 */

static void check_silences(const struct sk_policy *p, struct sk_diags *diags) {
    const char **tap = sk_mem_new(p->taps.n + 1, sizeof *tap);
    for (size_t i = 0; i < p->taps.n; i++)
        tap[i] = p->taps.at[i].name;
    for (size_t i = 0; i < p->silences.n; i++)
        if (!is_among(p->silences.at[i].tap_name, tap))
            pol_say_no_such(p, diags, &p->silences.at[i].pos, "tap", p->silences.at[i].tap_name, tap,
                            "Add it under taps:");
    free(tap);
}

void pol_resolve_names(struct sk_policy *p, struct sk_diags *diags) {
    const char **segments = place_names(p, false);
    const char **zones = place_names(p, true);
    struct told told = {.n = 0};
    struct places places = places_of(p);
    for (size_t i = 0; i < p->devices.n; i++)
        resolve_places(p, &p->devices.at[i], segments, &places, &told, diags);
    free(places.name);
    for (size_t i = 0; i < p->exceptions.n; i++)
        resolve_exception(p, &p->exceptions.at[i], segments, zones, diags);
    resolve_flows(p, segments, zones, diags);
    check_silences(p, diags);
    free(segments);
    free(zones);
}
