/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices say of themselves beside addresses: names and DUIDs, and which records are therefore one device
 * (detections.md B.A: joined by MAC first, then by DUID, then by hostname and EUI-64 address).
 *
 * A MAC can be random and change; a DUID or a name can be claimed by anybody. So two records become one only where one
 * fell silent before the other appeared. Where both speak, both keep their own id and the conflict is noted with both.
 */
#include "correlate/inventory.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- conflicts ---- */

static bool is_conflict(const struct sk_device_conflict *c, const char *what, const struct sk_mac *other,
                        const struct sk_addr *a) {
    return strcmp(c->what, what) == 0 && sk_mac_eq(&c->other, other) && sk_addr_eq(&c->addr, a);
}

void inv_conflict(struct inv_device *d, const char *what, const struct sk_mac *other, const struct sk_addr *a,
                  sk_time now) {
    static const struct sk_addr none;
    unsigned oldest = 0;
    a = a ? a : &none;
    for (unsigned i = 0; i < d->n_conflict; i++) {
        struct sk_device_conflict *c = &d->conflict[i];
        if (is_conflict(c, what, other, a)) {
            c->last = now;
            c->count++;
            return;
        }
        oldest = c->last < d->conflict[oldest].last ? i : oldest;
    }
    if (d->n_conflict < INV_CONFLICTS) {
        oldest = d->n_conflict++;
        d->conflict = sk_mem_resize(d->conflict, d->n_conflict, sizeof *d->conflict);
    }
    d->conflict[oldest] =
        (struct sk_device_conflict){.what = what, .other = *other, .addr = *a, .last = now, .count = 1};
}

/* Was one silent before the other was first seen? Else they are two that say the same. */
static bool one_after_the_other(const struct inv_device *a, const struct inv_device *b) {
    return a->last <= b->first || b->last <= a->first;
}
static void join(struct inv_device *d, struct inv_device *other, const char *by, sk_time now) {
    if (sk_mac_eq(&d->key.mac, &other->key.mac) || one_after_the_other(d, other)) {
        d->id = other->id;
        return;
    }
    if (d->id == other->id) { /* that was a mistake: the other is still there */
        d->id = d->own_id;
        other->id = other->own_id;
    }
    inv_conflict(d, by, &other->key.mac, NULL, now);
    inv_conflict(other, by, &d->key.mac, NULL, now);
}

/* ---- names ---- */

static unsigned trust_in(const char *source) {
    static const char *const order[] = {"llmnr", "nbns", "mdns", "dhcpv6", "dhcp"};
    for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
        if (strcmp(order[i], source) == 0)
            return i;
    return 0;
}

bool inv_best_name(const struct inv_device *d, const char **ret_name, const char **ret_source) {
    const struct sk_device_name *best = NULL;
    for (unsigned i = 0; i < d->n_name; i++) {
        const struct sk_device_name *n = &d->name[i];
        unsigned now = trust_in(n->source), then = best ? trust_in(best->source) : 0;
        if (!best || now > then || (now == then && n->last >= best->last))
            best = n;
    }
    *ret_name = best ? best->text : NULL;
    *ret_source = best ? best->source : NULL;
    return best != NULL;
}

/* Room for one more: the name not heard for longest gives way, so that whoever answers to every name fills only his own
 * list. */
static struct sk_device_name *room_for_name(struct inv_device *d) {
    unsigned oldest = 0;
    if (d->n_name < INV_NAMES) {
        d->name = sk_mem_resize(d->name, d->n_name + 1u, sizeof *d->name);
        return &d->name[d->n_name++];
    }
    for (unsigned i = 1; i < d->n_name; i++)
        if (d->name[i].last < d->name[oldest].last)
            oldest = i;
    memmove(d->name + oldest, d->name + oldest + 1, (size_t)(d->n_name - oldest - 1) * sizeof *d->name);
    return &d->name[d->n_name - 1];
}

/* A name has a letter or a digit: "-", "..." and blanks name nobody. */
static bool names_something(const char *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] >= 0x80 || isalnum((unsigned char)text[i]))
            return true;
    return false;
}

/* As much as there is room for, cut at a character, and said to be cut; an escape (`\x1b`) is one character. */
static size_t fit_name(const char *text, size_t n, char out[SK_DEVICE_NAME]) {
    static const char more[] = "\xe2\x80\xa6"; /* an ellipsis */
    size_t fit = n < SK_DEVICE_NAME ? n : SK_DEVICE_NAME - sizeof more;
    while (fit > 0 && !sk_utf8_valid(text, fit))
        fit--;
    for (size_t back = 1; fit < n && back < 4 && back <= fit; back++)
        if (text[fit - back] == '\\' && text[fit - back + 1] == 'x')
            fit -= back;
    memcpy(out, text, fit);
    if (fit > 0 && fit < n) {
        memcpy(out + fit, more, sizeof more - 1);
        fit += sizeof more - 1;
    }
    return fit;
}

void inv_name(struct inv_state *s, struct inv_device *d, const char *text, size_t n, const char *source, sk_time now) {
    struct sk_device_name fresh = {.source = source, .first = now, .last = now};
    if (!names_something(text, n) || fit_name(text, n, fresh.text) == 0)
        return;
    for (unsigned i = 0; i < d->n_name; i++)
        if (strcmp(d->name[i].source, source) == 0 && strcmp(d->name[i].text, fresh.text) == 0) {
            d->name[i].last = now > d->name[i].last ? now : d->name[i].last;
            return;
        }
    *room_for_name(d) = fresh;
    inv_join_eui(s, d, now);
}

static bool same_name(const struct inv_device *a, const struct inv_device *b) {
    const char *x, *y, *source;
    return inv_best_name(a, &x, &source) && inv_best_name(b, &y, &source) && strcasecmp(x, y) == 0;
}

void inv_join_eui(struct inv_state *s, struct inv_device *d, sk_time now) {
    struct sk_mac inside;
    for (unsigned i = 0; i < d->n_ip && d->n_name; i++) {
        if (!sk_addr_eui64(&d->ip[i].addr, &inside) || sk_mac_eq(&inside, &d->key.mac) || (inside.b[0] & 3))
            continue;
        struct inv_key who = inv_who(d->key, &inside);
        struct inv_device *other = inv_find(s, &who);
        if (other && same_name(d, other))
            join(d, other, "name", now);
    }
}

/* ---- DUIDs ---- */

static bool duid_key(const char *hex, char key[INV_DUID_TEXT]) {
    size_t n = strlen(hex);
    memset(key, 0, INV_DUID_TEXT);
    if (n == 0 || n >= INV_DUID_TEXT)
        return false;
    memcpy(key, hex, n);
    return true;
}

struct inv_device *inv_of_duid(const struct inv_state *s, const char *hex) {
    char key[INV_DUID_TEXT];
    const struct inv_key *who = duid_key(hex, key) ? sk_table_peek(s->duids, key) : NULL;
    return who ? inv_find(s, who) : NULL;
}

/* So that one MAC that asks under ever new DUIDs has room for one of them. */
void inv_forget_duid(struct inv_state *s, struct inv_device *d) {
    char key[INV_DUID_TEXT];
    const struct inv_key *who = d->duid && duid_key(d->duid, key) ? sk_table_peek(s->duids, key) : NULL;
    if (who && memcmp(who, &d->key, sizeof *who) == 0)
        sk_table_del(s->duids, key);
    free(d->duid);
    d->duid = NULL;
}

void inv_duid(struct inv_state *s, struct inv_device *d, const char *hex, sk_time now) {
    char key[INV_DUID_TEXT];
    if (!duid_key(hex, key))
        return;
    if (!d->duid || strcmp(d->duid, hex) != 0) {
        inv_forget_duid(s, d);
        d->duid = sk_mem_text(hex, strlen(hex));
    }
    bool fresh;
    struct inv_key *who = sk_table_put(s->duids, key, &fresh);
    struct inv_device *other = fresh ? NULL : inv_find(s, who);
    if (other && other != d)
        join(d, other, "duid", now);
    else if (!other && (d->key.mac.b[0] & 2)) /* a random MAC will change, this will not */
        d->id = inv_id_bytes(key, strlen(key));
    *who = d->key;
}
