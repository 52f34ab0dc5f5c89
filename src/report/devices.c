/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory for people and programs: records of one id put together, chosen, put in order. */
#include "report/devices.h"

#include "base/mem.h"

#include "sekimori/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEVICES_MAX = 200000, TEXTS_MAX = 64, LISTED_MAX = 256 };

struct sk_devices {
    struct sk_table *by_id; /* id -> struct collected * */
    uint64_t left_out;
};
struct id_key {
    char id[24];
};

static void texts_free(struct texts *t) {
    for (unsigned i = 0; i < t->n; i++)
        free(t->at[i]);
    free(t->at);
}
static void on_gone(void *user, const void *key, void *value, bool evicted) {
    struct collected *c = *(struct collected **)value;
    struct texts *const lists[] = {&c->macs, &c->segments, &c->vlans, &c->vnis, &c->duids};
    char *const one[] = {c->vendor, c->name, c->name_source, c->section, c->registered, c->switch_port, c->model};
    (void)user, (void)key, (void)evicted;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        texts_free(lists[i]);
    for (size_t i = 0; i < sizeof one / sizeof *one; i++)
        free(one[i]);
    free(c->ip);
    free(c->names);
    free(c->conflict);
    free(c);
}

struct sk_devices *sk_devices_new(void) {
    struct sk_devices *d = sk_mem_new(1, sizeof *d);
    struct sk_table_config tc = {.key_size = sizeof(struct id_key),
                                 .value_size = sizeof(struct collected *),
                                 .cap = DEVICES_MAX,
                                 .key = sk_hash_key_fixed,
                                 .gone = on_gone};
    if (!(d->by_id = sk_table_new(&tc)))
        sk_mem_abort();
    return d;
}
void sk_devices_free(struct sk_devices *d) {
    if (!d)
        return;
    sk_table_free(d->by_id);
    free(d);
}
uint64_t devices_left_out(const struct sk_devices *d) { return d->left_out; }

/* ---- putting together ---- */

static void add_text(struct texts *t, const char *text) {
    unsigned i = 0;
    while (i < t->n && strcmp(t->at[i], text) != 0)
        i++;
    if (!text[0] || i < t->n || t->n == TEXTS_MAX)
        return;
    t->at = sk_mem_resize(t->at, t->n + 1, sizeof *t->at);
    t->at[t->n++] = sk_mem_text(text, strlen(text));
}
static void replace(char **to, const char *text) {
    if (!text)
        return;
    free(*to);
    *to = sk_mem_text(text, strlen(text));
}

static void add_ip(struct collected *c, const struct sk_device_ip *ip) {
    for (unsigned i = 0; i < c->n_ip; i++) {
        struct sk_device_ip *x = &c->ip[i];
        if (!sk_addr_eq(&x->addr, &ip->addr))
            continue;
        x->first = ip->first < x->first ? ip->first : x->first;
        x->last = ip->last > x->last ? ip->last : x->last;
        x->by = ip->by > x->by ? ip->by : x->by;
        x->lease6 |= ip->lease6;
        return;
    }
    if (c->n_ip == LISTED_MAX) {
        c->ip_forgotten++;
        return;
    }
    c->ip = sk_mem_resize(c->ip, c->n_ip + 1, sizeof *c->ip);
    c->ip[c->n_ip++] = *ip;
}
static void add_name(struct collected *c, const struct sk_device_name *n) {
    for (unsigned i = 0; i < c->n_names; i++)
        if (strcmp(c->names[i].text, n->text) == 0 && strcmp(c->names[i].source, n->source) == 0) {
            c->names[i].first = n->first < c->names[i].first ? n->first : c->names[i].first;
            c->names[i].last = n->last > c->names[i].last ? n->last : c->names[i].last;
            return;
        }
    if (c->n_names == LISTED_MAX)
        return;
    c->names = sk_mem_resize(c->names, c->n_names + 1, sizeof *c->names);
    c->names[c->n_names++] = *n;
}
static void add_conflict(struct collected *c, const struct sk_device_conflict *f) {
    for (unsigned i = 0; i < c->n_conflict; i++) {
        struct sk_device_conflict *x = &c->conflict[i];
        if (strcmp(x->what, f->what) == 0 && sk_mac_eq(&x->other, &f->other) && sk_addr_eq(&x->addr, &f->addr)) {
            x->last = f->last > x->last ? f->last : x->last;
            x->count += f->count;
            return;
        }
    }
    if (c->n_conflict == LISTED_MAX)
        return;
    c->conflict = sk_mem_resize(c->conflict, c->n_conflict + 1, sizeof *c->conflict);
    c->conflict[c->n_conflict++] = *f;
}

static void add_place(struct collected *c, const struct sk_policy *p, const struct sk_device_entry *e) {
    const struct sk_segment *seg = sk_policy_segment_at(p, e->segment);
    char number[16];
    if (seg)
        add_text(&c->segments, seg->id);
    if (e->vlan == SK_DEVICE_LINK_UNKNOWN)
        return;
    snprintf(number, sizeof number, "%d", e->vlan < 0 ? -1 - e->vlan : e->vlan);
    if (e->vlan)
        add_text(e->vlan < 0 ? &c->vnis : &c->vlans, number);
    else
        c->untagged = true;
}

static void add_lists(struct collected *c, const struct sk_device_entry *e) {
    char mac[SK_MAC_TEXT];
    add_text(&c->macs, sk_mac_text(&e->device.mac, mac));
    if (e->device.duid)
        add_text(&c->duids, e->device.duid);
    for (unsigned i = 0; i < e->n_ip; i++)
        add_ip(c, &e->ip[i]);
    for (unsigned i = 0; i < e->n_name; i++)
        add_name(c, &e->name[i]);
    for (unsigned i = 0; i < e->device.n_conflict; i++)
        add_conflict(c, &e->device.conflict[i]);
    c->ip_forgotten += e->ip_forgotten;
    c->roles |= e->roles;
}

/* Of several records the one seen last speaks for the device. */
static void speak(struct collected *c, const struct sk_device *d) {
    c->mac = d->mac;
    c->mac_random = d->mac_random;
    c->virtual_mac = d->virtual_mac;
    replace(&c->vendor, d->vendor);
    replace(&c->name, d->name);
    replace(&c->name_source, d->name ? d->name_source : NULL);
    replace(&c->section, d->section);
    replace(&c->registered, d->registered);
    replace(&c->switch_port, d->switch_port);
    replace(&c->model, d->model);
}

void sk_devices_add(struct sk_devices *d, const struct sk_policy *p, const struct sk_device_entry *e) {
    struct id_key k;
    bool fresh;
    memset(&k, 0, sizeof k);
    snprintf(k.id, sizeof k.id, "%s", e->device.id);
    if (sk_table_count(d->by_id) == DEVICES_MAX && !sk_table_peek(d->by_id, &k)) {
        d->left_out++;
        return;
    }
    struct collected **slot = sk_table_put(d->by_id, &k, &fresh);
    if (fresh) {
        *slot = sk_mem_new(1, sizeof **slot);
        memcpy((*slot)->id, k.id, sizeof k.id);
        (*slot)->first = e->first;
    }
    struct collected *c = *slot;
    if (fresh || e->last >= c->last)
        speak(c, &e->device);
    c->first = e->first < c->first ? e->first : c->first;
    c->last = e->last > c->last ? e->last : c->last;
    add_place(c, p, e);
    add_lists(c, e);
}

/* ---- how an address was formed ---- */

static bool random_like(const struct sk_device_ip *ip) {
    return ip->addr.fam == 6 && !ip->lease6 && strcmp(sk_addr_kind(&ip->addr), "stable-or-random") == 0;
}

/* One look at bits does not tell a stable random identifier (RFC 7217) from a temporary one (RFC 8981). But a
 * link-local address is never temporary, and of several in one /64 the later ones are new every day. */
const char *devices_ip_kind(const struct collected *c, unsigned i) {
    const struct sk_device_ip *ip = &c->ip[i];
    if (ip->addr.fam != 6)
        return "ipv4";
    if (ip->lease6)
        return "dhcpv6";
    if (!random_like(ip))
        return sk_addr_kind(&ip->addr);
    if (sk_addr_scope(&ip->addr) == SK_SCOPE_LINK_LOCAL)
        return "stable";
    for (unsigned k = 0; k < c->n_ip; k++)
        if (k != i && random_like(&c->ip[k]) && memcmp(c->ip[k].addr.b, ip->addr.b, 8) == 0 &&
            (c->ip[k].first < ip->first || (k < i && c->ip[k].first == ip->first)))
            return "temporary-like";
    return "stable-or-temporary";
}

/* ---- choosing ---- */

static bool holds(const char *text, const char *part) { return text && strcasestr(text, part); }
static bool lists(const struct texts *t, const char *text) {
    for (unsigned i = 0; i < t->n; i++)
        if (strcasecmp(t->at[i], text) == 0)
            return true;
    return false;
}

static bool speaks_of(const struct collected *c, const char *part) {
    char ip[SK_ADDR_TEXT];
    bool hit = holds(c->name, part) || holds(c->vendor, part) || holds(c->section, part) || holds(c->id, part);
    for (unsigned i = 0; !hit && i < c->macs.n; i++)
        hit = holds(c->macs.at[i], part);
    for (unsigned i = 0; !hit && i < c->n_names; i++)
        hit = holds(c->names[i].text, part);
    for (unsigned i = 0; !hit && i < c->n_ip; i++)
        hit = holds(sk_addr_text(&c->ip[i].addr, ip), part);
    return hit;
}

static bool chosen(const struct collected *c, const struct sk_devices_options *o) {
    return (!o->segment || lists(&c->segments, o->segment) || lists(&c->vlans, o->segment)) &&
           (!o->text || speaks_of(c, o->text)) && (!o->registered || strcmp(c->registered, o->registered) == 0) &&
           (!o->roles || (c->roles & o->roles));
}

static int by_number(const char *a, const char *b) {
    long x = strtol(a, NULL, 10), y = strtol(b, NULL, 10);
    return x < y ? -1 : x > y;
}
static int by_place(const struct collected *x, const struct collected *y) {
    if (!x->segments.n != !y->segments.n)
        return x->segments.n ? -1 : 1;
    if (x->segments.n && strcmp(x->segments.at[0], y->segments.at[0]) != 0)
        return strcmp(x->segments.at[0], y->segments.at[0]);
    if (!x->segments.n && !x->vlans.n != !y->vlans.n)
        return x->vlans.n ? 1 : -1;
    return !x->segments.n && x->vlans.n ? by_number(x->vlans.at[0], y->vlans.at[0]) : 0;
}
static int in_order(const void *a, const void *b) {
    const struct collected *x = *(struct collected *const *)a, *y = *(struct collected *const *)b;
    int place = by_place(x, y);
    if (place)
        return place;
    if (!x->name != !y->name)
        return x->name ? -1 : 1;
    int name = x->name ? strcasecmp(x->name, y->name) : 0;
    if (name)
        return name;
    int mac = memcmp(&x->mac, &y->mac, sizeof x->mac);
    return mac ? mac : strcmp(x->id, y->id);
}

struct collected **devices_chosen(struct sk_devices *d, const struct sk_devices_options *opt, size_t *ret_n) {
    struct collected **ret = sk_mem_new(sk_table_count(d->by_id) + 1, sizeof *ret);
    const void *key;
    void *value;
    size_t n = 0;
    for (uint32_t at = 0; sk_table_next(d->by_id, &at, &key, &value);)
        if (chosen(*(struct collected **)value, opt))
            ret[n++] = *(struct collected **)value;
    qsort(ret, n, sizeof *ret, in_order);
    *ret_n = n;
    return ret;
}

/* ---- words ---- */

static const char *const roles[] = {"router", "forwarder", "dhcp", "dhcpv6", "dns", "mail", NULL};
const char *const *sk_device_role_names(void) { return roles; }
const char *sk_device_role_name(unsigned bit) {
    for (unsigned i = 0; roles[i]; i++)
        if (bit == 1U << i)
            return roles[i];
    return NULL;
}
