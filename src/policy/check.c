/* SPDX-License-Identifier: Apache-2.0 */
/* Names that one statement takes from another: taps and zones that must exist. */
#include "policy/pol.h"

#include <stdio.h>
#include <stdlib.h>

const char *pol_where(const struct pol_pos *pos, const struct pol_pos *from, char buf[POL_WHERE]) {
    if (strcmp(pos->path, from->path) == 0)
        (void)snprintf(buf, POL_WHERE, "line %u", pos->line);
    else
        (void)snprintf(buf, POL_WHERE, "%s:%u", pos->base, pos->line);
    return buf;
}

/* A section that could not be read may well declare it: its own error is enough. */
static bool is_incomplete(const struct sk_policy *p, const char *what) {
    static const struct {
        const char *what, *section;
    } row[] = {{"tap", "taps"},
               {"zone", "zones"},
               {"segment", "segments"},
               {"zone or segment", "zones"},
               {"zone or segment", "segments"},
               {"device", "devices"},
               {"service", "services"}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (strcmp(row[i].what, what) == 0 && pol_is_incomplete(p, row[i].section))
            return true;
    return false;
}

bool pol_is_incomplete(const struct sk_policy *p, const char *section) {
    for (size_t i = 0; i < p->incomplete.list.n; i++)
        if (strcmp(p->incomplete.list.at[i].text, section) == 0)
            return true;
    return false;
}

void pol_say_no_such(const struct sk_policy *p, struct sk_diags *diags, const struct pol_pos *pos, const char *what,
                     const char *name, const char *const *words, const char *cure) {
    const char *near = sk_nearest(name, words);
    if (is_incomplete(p, what))
        return;
    if (near)
        sk_diag_add(diags, SK_DIAG_ERROR, pos->path, pos->line, pos->col, "%s `%s` is not declared. Did you mean `%s`?",
                    what, name, near);
    else
        sk_diag_add(diags, SK_DIAG_ERROR, pos->path, pos->line, pos->col, "%s `%s` is not declared. %s", what, name,
                    cure);
}

static uint16_t find_zone(const struct sk_policy *p, const char *name) {
    for (size_t i = 0; i < p->zones.n; i++)
        if (strcmp(p->zones.at[i].name, name) == 0)
            return (uint16_t)i;
    return POL_NONE;
}

/* `internet` needs no declaration; it becomes a zone like others once a segment is in it. */
static uint16_t take_zone(struct sk_policy *p, const char *name) {
    uint16_t zone = find_zone(p, name);
    if (zone == POL_NONE && strcmp(name, "internet") == 0) {
        struct pol_zone *z = POL_PUSH(&p->zones);
        *z = (struct pol_zone){.name = "internet", .side = SK_SIDE_OUTSIDE};
        zone = (uint16_t)(p->zones.n - 1);
    }
    return zone;
}

static void note_families(struct pol_segment *s, const struct pol_nets *nets) {
    for (size_t i = 0; i < nets->list.n; i++) {
        s->has4 |= nets->list.at[i].net.addr.fam == 4;
        s->has6 |= nets->list.at[i].net.addr.fam == 6;
    }
}

static void resolve_segment(struct sk_policy *p, struct pol_segment *s, const char *const *taps,
                            const char *const *zones, struct sk_diags *diags) {
    if (s->tap_name) {
        s->tap = sk_policy_tap_by_name(p, s->tap_name);
        if (s->tap == SK_TAP_NONE)
            pol_say_no_such(p, diags, &s->tap_pos, "tap", s->tap_name, taps, "Add it under taps:");
    }
    if (s->zone_name) {
        s->zone = take_zone(p, s->zone_name);
        if (s->zone == POL_NONE)
            pol_say_no_such(p, diags, &s->zone_pos, "zone", s->zone_name, zones,
                            "Add it under zones: with its side, as in {side: inside}");
        else
            s->pub.zone = p->zones.at[s->zone].name;
    }
    note_families(s, &s->prefixes);
    for (size_t i = 0; i < s->routers.list.n; i++)
        note_families(s, &s->routers.list.at[i].prefixes);
}

/* One socket of one sensor is one place. */
static void check_taps(const struct sk_policy *p, struct sk_diags *diags) {
    for (size_t i = 0; i < p->taps.n; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct pol_tap *a = &p->taps.at[k];
            const struct pol_tap *b = &p->taps.at[i];
            char where[POL_WHERE];
            if (!a->iface || !b->iface || strcmp(a->iface, b->iface) != 0)
                continue;
            if (strcmp(a->sensor ? a->sensor : "", b->sensor ? b->sensor : "") != 0)
                continue;
            sk_diag_add(diags, SK_DIAG_ERROR, b->pos.path, b->pos.line, b->pos.col,
                        "tap `%s` has the interface of `%s` (%s), and the same sensor. Each interface is one tap",
                        b->name, a->name, pol_where(&a->pos, &b->pos, where));
            break;
        }
    }
}

void pol_resolve(struct sk_policy *p, struct sk_diags *diags) {
    const char **taps = sk_mem_new(p->taps.n + 1, sizeof *taps);
    const char **zones = sk_mem_new(p->zones.n + 2, sizeof *zones);
    for (size_t i = 0; i < p->taps.n; i++)
        taps[i] = p->taps.at[i].name;
    for (size_t i = 0; i < p->zones.n; i++)
        zones[i] = p->zones.at[i].name;
    zones[p->zones.n] = "internet";
    for (size_t i = 0; i < p->segments.n; i++)
        resolve_segment(p, &p->segments.at[i], taps, zones, diags);
    for (size_t i = 0; i < p->proxies.n; i++) {
        const struct pol_proxy *e = &p->proxies.at[i];
        if (e->zone_name && take_zone(p, e->zone_name) == POL_NONE)
            pol_say_no_such(p, diags, &e->zone_pos, "zone", e->zone_name, zones,
                            "Add it under zones: with its side, as in {side: inside}");
    }
    check_taps(p, diags);
    free(taps);
    free(zones);
}
